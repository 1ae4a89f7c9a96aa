//! Types that the pallet stores.

use crate::CommitteeId;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use salus_primitives::{
	committee_threshold, member_bit, EpochPhase, Exclusion, Hash32, MemberIndex, MemberKey,
	MAX_COMMITTEE,
};
use scale_info::TypeInfo;

/// Seat of a member in an epoch.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Seat {
	/// Validator that has the seat.
	pub id: CommitteeId,
	/// Key to which dealings for it are encrypted, once announced.
	pub key: Option<MemberKey>,
	/// Whether its dealing was posted.
	pub dealt: bool,
	/// Vote of the member: hash of the excluded members and the public key.
	pub vote: Option<Hash32>,
	/// Reason why it contributes nothing to the key, if it does not.
	pub excluded: Option<Exclusion>,
}

/// Seats of an epoch, in order of index.
pub type Seats = BoundedVec<Seat, ConstU32<MAX_COMMITTEE>>;

/// State of an epoch.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct EpochState<BlockNumber> {
	/// Phase of the epoch.
	pub phase: EpochPhase,
	/// Block in which this phase began.
	pub since: BlockNumber,
	/// Number of shares that open a key.
	pub threshold: u32,
	/// Seats of the epoch, in order of index.
	pub seats: Seats,
}

impl Seat {
	/// Returns whether the member holds a share of the epoch's key, once the epoch has one.
	pub fn holds_share(&self) -> bool {
		self.key.is_some() && self.excluded != Some(Exclusion::InvalidDealing)
	}
}

impl<BlockNumber> EpochState<BlockNumber> {
	/// Returns the seat with this index.
	pub fn seat(&self, index: MemberIndex) -> Option<&Seat> {
		self.seats.get(usize::from(index.checked_sub(1)?))
	}

	/// Returns the seat with this index, for changes.
	pub fn seat_mut(&mut self, index: MemberIndex) -> Option<&mut Seat> {
		self.seats.get_mut(usize::from(index.checked_sub(1)?))
	}

	/// Returns the seats with their indices.
	pub fn indexed(&self) -> impl Iterator<Item = (MemberIndex, &Seat)> {
		(1..).zip(self.seats.iter())
	}

	/// Returns the number of seats that meet a condition.
	pub fn count(&self, condition: impl Fn(&Seat) -> bool) -> u32 {
		// At most `MAX_COMMITTEE`.
		self.seats.iter().filter(|seat| condition(seat)).count() as u32
	}

	/// Returns the members whose dealings were invalid, as bits.
	pub fn invalid(&self) -> u16 {
		let is_invalid = |seat: &Seat| seat.excluded == Some(Exclusion::InvalidDealing);
		let invalid = self.indexed().filter(|(_, seat)| is_invalid(seat));
		invalid.fold(0, |bits, (index, _)| bits | member_bit(index))
	}

	/// Returns the number of members that move the epoch from phase to phase: the threshold over
	/// all of them.
	pub fn quorum(&self) -> u32 {
		// At most `MAX_COMMITTEE`.
		committee_threshold(self.seats.len() as u32)
	}

	/// Returns whether it is forming its key.
	pub fn is_forming(&self) -> bool {
		matches!(self.phase, EpochPhase::Announcing | EpochPhase::Dealing | EpochPhase::Confirming)
	}

	/// Returns whether it has a key.
	pub fn has_key(&self) -> bool {
		matches!(self.phase, EpochPhase::Active | EpochPhase::Superseded)
	}
}
