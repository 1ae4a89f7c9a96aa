//! What the pallet keeps beside the words of the domain.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use salus_primitives::{Moment, Support, Supporter, MAX_GUARDIANS};
use scale_info::TypeInfo;

/// The most who support an attempt at once: every guardian, and the hospital.
pub(crate) const MAX_SUPPORT: u32 = MAX_GUARDIANS.saturating_add(1);

/// An attempt to bring a patient back.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Attempt<AccountId> {
	/// Which account is to act for the patient.
	pub successor: AccountId,
	/// Who proposed it.
	pub proposer: AccountId,
	/// As what: who must wait if the attempt fails.
	pub proposed_as: Supporter<AccountId>,
	/// When it began.
	pub proposed: Moment,
	/// When it ends, that moment excluded.
	pub expires: Moment,
	/// How many guardians the patient asked for then.
	pub threshold: u32,
	/// Whether the patient let the hospital then.
	pub hospital: bool,
	/// Who supports it, oldest first, the proposer included. Some may not be entitled any more.
	pub support: BoundedVec<Support<AccountId>, ConstU32<MAX_SUPPORT>>,
}
