//! Storage types of the pallet that are not in the primitives.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use frame_system::pallet_prelude::BlockNumberFor;
use salus_primitives::{Moment, OrganisationId, PanelVote, ReaderKey, RequestId, MAX_VOTES};
use scale_info::TypeInfo;

/// Quota on which a denied request draws.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Pool {
	/// Quota of the members who act for an organisation.
	Staff(OrganisationId),
	/// Quota of the patients whom a hospital enrolled. It is separate, so that patients cannot use
	/// up the staff's quota.
	Patients(OrganisationId),
}

/// Usage of a pool's quota.
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Usage {
	/// Number of the period, counted from the Unix epoch.
	pub period: u64,
	/// Number of denied requests in the period.
	pub used: u32,
}

/// Permitted request of a reader that has not ended.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Permitted {
	/// Number of the request.
	pub request: RequestId,
	/// One-time key that came with the request.
	pub reader_key: ReaderKey,
	/// End of the request, in milliseconds, exclusive.
	pub expires: Moment,
}

/// Bond that a hospital stakes on its emergency access.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Bond<AccountId, Balance> {
	/// Account on which the bond is held.
	pub depositor: AccountId,
	/// Amount held.
	pub amount: Balance,
}

/// Maximum number of people who vouch for one clinician: the one who admitted them, and all who may
/// attest a credential.
pub const MAX_VOUCHERS: u32 = 17;

/// Auditor whom the council appointed to review emergencies.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Auditor<AccountId> {
	/// Account of the auditor.
	pub account: AccountId,
	/// Organisation of the auditor at the time of appointment. They are drawn only while they audit
	/// for it.
	pub organisation: OrganisationId,
	/// Time of appointment, in milliseconds.
	pub since: Moment,
}

/// Block hash that draws panels.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Lot<Hash> {
	/// Hash of the block, or `None` until it is known.
	pub hash: Option<Hash>,
	/// Number of open cases whose panel is drawn from it.
	pub cases: u32,
}

/// Accounts that vouched for a clinician.
pub type VouchersOf<T> = BoundedVec<<T as frame_system::Config>::AccountId, ConstU32<MAX_VOUCHERS>>;

/// Review of a case.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Review<AccountId, BlockNumber> {
	/// Block whose hash draws the panel. `None` for a case older than the introduction of panels.
	pub lot: Option<BlockNumber>,
	/// Administrators who had admitted the opener or attested their credential when the case was
	/// opened. `None` if not known.
	pub vouchers: Option<BoundedVec<AccountId, ConstU32<MAX_VOUCHERS>>>,
	/// Votes of drawn auditors, oldest first.
	pub votes: BoundedVec<PanelVote<AccountId>, ConstU32<MAX_VOTES>>,
}

impl<AccountId, BlockNumber> Default for Review<AccountId, BlockNumber> {
	fn default() -> Self {
		Self { lot: None, vouchers: None, votes: BoundedVec::new() }
	}
}

/// Appointed auditor with this runtime's accounts.
pub type AuditorOf<T> = Auditor<<T as frame_system::Config>::AccountId>;

/// Review with this runtime's accounts and block numbers.
pub type ReviewOf<T> = Review<<T as frame_system::Config>::AccountId, BlockNumberFor<T>>;
