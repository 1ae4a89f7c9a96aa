//! What the pallet stores.

use crate::CommitteeId;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use salus_primitives::{
	committee_threshold, EpochPhase, Exclusion, Hash32, MemberIndex, MemberKey, MAX_COMMITTEE,
};
use scale_info::TypeInfo;

/// A member's seat in an epoch.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Seat {
	/// Who sits there.
	pub id: CommitteeId,
	/// The key to which dealings for it are encrypted, once announced.
	pub key: Option<MemberKey>,
	/// Whether its dealing was posted.
	pub dealt: bool,
	/// What it confirmed: hash of the excluded and the public key.
	pub vote: Option<Hash32>,
	/// Why nothing of it is in the key, if so.
	pub excluded: Option<Exclusion>,
}

/// The seats of an epoch, in order of index.
pub type Seats = BoundedVec<Seat, ConstU32<MAX_COMMITTEE>>;

/// An epoch.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct EpochState<BlockNumber> {
	/// How far it is.
	pub phase: EpochPhase,
	/// Block in which this phase began.
	pub since: BlockNumber,
	/// How many shares open a key.
	pub threshold: u32,
	/// Who is in it.
	pub seats: Seats,
}

impl<BlockNumber> EpochState<BlockNumber> {
	/// The seat with this index.
	pub fn seat(&self, index: MemberIndex) -> Option<&Seat> {
		self.seats.get(usize::from(index.checked_sub(1)?))
	}

	/// The seat with this index, to change it.
	pub fn seat_mut(&mut self, index: MemberIndex) -> Option<&mut Seat> {
		self.seats.get_mut(usize::from(index.checked_sub(1)?))
	}

	/// The seats with their indices.
	pub fn indexed(&self) -> impl Iterator<Item = (MemberIndex, &Seat)> {
		(1..).zip(self.seats.iter())
	}

	/// How many seats fulfil a condition.
	pub fn count(&self, condition: impl Fn(&Seat) -> bool) -> u32 {
		// At most `MAX_COMMITTEE`.
		self.seats.iter().filter(|seat| condition(seat)).count() as u32
	}

	/// How many members carry the epoch from phase to phase: the threshold over all of them.
	pub fn quorum(&self) -> u32 {
		// At most `MAX_COMMITTEE`.
		committee_threshold(self.seats.len() as u32)
	}

	/// Whether it is on its way to a key.
	pub fn is_forming(&self) -> bool {
		matches!(
			self.phase,
			EpochPhase::Announcing | EpochPhase::Dealing | EpochPhase::Confirming
		)
	}

	/// Whether it has a key.
	pub fn has_key(&self) -> bool {
		matches!(self.phase, EpochPhase::Active | EpochPhase::Superseded)
	}
}
