//! What the pallet keeps beside the words of the domain.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use frame_system::pallet_prelude::BlockNumberFor;
use salus_primitives::{Moment, OrganisationId, ReaderKey, RequestId, Voice, MAX_VOICES};
use scale_info::TypeInfo;

/// On whose quota a denied request draws.
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
	/// That of those who act for an organisation.
	Staff(OrganisationId),
	/// That of the patients whom a hospital enrolled: they cannot use up what its staff has.
	Patients(OrganisationId),
}

/// What a pool has used of its quota.
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
	/// In which period, counted from the Unix epoch.
	pub period: u64,
	/// How many denied requests.
	pub used: u32,
}

/// A permitted request of a reader that has not ended.
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
	/// Which one.
	pub request: RequestId,
	/// The one-time key that came with it.
	pub reader_key: ReaderKey,
	/// When it ends, that moment excluded.
	pub expires: Moment,
}

/// What a hospital has put up for its emergencies.
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
	/// On whose account it is held.
	pub depositor: AccountId,
	/// How much.
	pub amount: Balance,
}

/// The most people who let one clinician in: who admitted them, and as many as confirm a credential.
pub const MAX_VOUCHERS: u32 = 17;

/// An auditor whom the council appointed to review emergencies.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Auditor<AccountId> {
	/// Who.
	pub account: AccountId,
	/// Of which organisation, when they were appointed. They are drawn as long as they are an auditor of that one.
	pub organisation: OrganisationId,
	/// When they were appointed.
	pub since: Moment,
}

/// The hash of a block by which panels are drawn.
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
	/// The hash; none before the block has come.
	pub hash: Option<Hash>,
	/// How many open cases go by it.
	pub cases: u32,
}

/// Who let a clinician in.
pub type VouchersOf<T> = BoundedVec<<T as frame_system::Config>::AccountId, ConstU32<MAX_VOUCHERS>>;

/// How a case is reviewed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Review<AccountId, BlockNumber> {
	/// The block whose hash draws the panel. `None` for a case of before there were panels.
	pub lot: Option<BlockNumber>,
	/// Who admitted the opener, and who confirmed their credential, when the case was opened. `None` if that is not known.
	pub vouchers: Option<BoundedVec<AccountId, ConstU32<MAX_VOUCHERS>>>,
	/// What drawn auditors said, in order of time.
	pub voices: BoundedVec<Voice<AccountId>, ConstU32<MAX_VOICES>>,
}

impl<AccountId, BlockNumber> Default for Review<AccountId, BlockNumber> {
	fn default() -> Self {
		Self {
			lot: None,
			vouchers: None,
			voices: BoundedVec::new(),
		}
	}
}

/// An appointed auditor with this runtime's accounts.
pub type AuditorOf<T> = Auditor<<T as frame_system::Config>::AccountId>;

/// A review with this runtime's accounts and numbers of blocks.
pub type ReviewOf<T> = Review<<T as frame_system::Config>::AccountId, BlockNumberFor<T>>;
