//! Types that the pallet stores beyond the shared types of the domain.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use salus_primitives::{Moment, Support, Supporter, MAX_GUARDIANS};
use scale_info::TypeInfo;

/// Maximum number of supporters of an attempt: every guardian, and the hospital.
pub(crate) const MAX_SUPPORT: u32 = MAX_GUARDIANS.saturating_add(1);

/// Attempt to recover a patient's account.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Attempt<AccountId> {
	/// Account that is to act for the patient.
	pub successor: AccountId,
	/// Account that proposed it.
	pub proposer: AccountId,
	/// Capacity of the proposer, which has to wait if the attempt fails.
	pub proposed_as: Supporter<AccountId>,
	/// Time of the proposal.
	pub proposed: Moment,
	/// End of the attempt, that moment excluded.
	pub expires: Moment,
	/// Number of guardians that the patient required at the start.
	pub threshold: u32,
	/// Whether the patient allowed the hospital at the start.
	pub hospital: bool,
	/// Supports, oldest first, including the proposer's. Some supporters may no longer be entitled.
	pub support: BoundedVec<Support<AccountId>, ConstU32<MAX_SUPPORT>>,
}
