//! Implementation of the calls, and reads.

use crate::{takeover::Source, *};
use alloc::vec::Vec;
use frame_support::{
	ensure,
	traits::{Get, Time},
	weights::Weight,
};
use frame_system::pallet_prelude::BlockNumberFor;
use salus_primitives::{
	is_excluded, member_bit, CommitteeMember, CommitteeQuery, Dealing, Epoch, EpochInfo, EpochKey,
	EpochPhase, EpochPublic, Exclusion, Hash32, KeyRelease, MemberIndex, MemberKey, RequestId,
	SealedShare, MAX_COMMITTEE,
};
use sp_io::hashing::blake2_256;
use sp_runtime::{
	traits::{Saturating, UniqueSaturatedInto},
	DispatchResult,
};

pub(crate) type EpochStateOf<T> = EpochState<BlockNumberFor<T>>;

/// Returns the hash of a member's vote.
pub(crate) fn outcome(excluded: u16, public: &EpochPublic) -> Hash32 {
	blake2_256(&codec::Encode::encode(&(excluded, public)))
}

// Checks of statements, used by both the authorisation of a transaction and its call.
impl<T: Config> Pallet<T> {
	pub(crate) fn state(epoch: Epoch) -> Result<EpochStateOf<T>, Error<T>> {
		Epochs::<T>::get(epoch).ok_or(Error::UnknownEpoch)
	}

	/// Returns the member in this seat.
	pub(crate) fn id(
		state: &EpochStateOf<T>,
		index: MemberIndex,
	) -> Result<&CommitteeId, Error<T>> {
		let seat = state.seat(index).ok_or(Error::UnknownMember)?;
		Ok(&seat.id)
	}

	pub(crate) fn may_announce(
		epoch: Epoch,
		index: MemberIndex,
		key: &MemberKey,
	) -> Result<EpochStateOf<T>, Error<T>> {
		let state = Self::state(epoch)?;
		let seat = state.seat(index).ok_or(Error::UnknownMember)?;
		ensure!(state.phase == EpochPhase::Announcing, Error::TooLate);
		ensure!(seat.key.is_none(), Error::AlreadySaid);
		let taken = state.count(|seat| seat.key.as_ref() == Some(key));
		ensure!(taken == 0, Error::KeyTaken);
		Ok(state)
	}

	pub(crate) fn may_deal(epoch: Epoch, index: MemberIndex) -> Result<EpochStateOf<T>, Error<T>> {
		let state = Self::state(epoch)?;
		let seat = state.seat(index).ok_or(Error::UnknownMember)?;
		match state.phase {
			EpochPhase::Announcing => return Err(Error::TooEarly),
			EpochPhase::Dealing => {}
			_ => return Err(Error::TooLate),
		}
		ensure!(seat.key.is_some(), Error::NoKey);
		ensure!(!seat.dealt, Error::AlreadySaid);
		ensure!(Self::taken_over(epoch).is_none_or(|before| before.has(seat)), Error::NoShare);
		Ok(state)
	}

	pub(crate) fn may_confirm(
		epoch: Epoch,
		index: MemberIndex,
		excluded: u16,
		public: &EpochPublic,
	) -> Result<EpochStateOf<T>, Error<T>> {
		let state = Self::state(epoch)?;
		let seat = state.seat(index).ok_or(Error::UnknownMember)?;
		match state.phase {
			EpochPhase::Announcing | EpochPhase::Dealing => return Err(Error::TooEarly),
			EpochPhase::Abandoned => return Err(Error::TooLate),
			_ => {}
		}
		ensure!(seat.key.is_some(), Error::NoKey);
		ensure!(seat.vote.is_none(), Error::AlreadySaid);
		if state.has_key() {
			// The key is decided. A member that derived its share later confirms that it holds it.
			let is_the_key = Publics::<T>::get(epoch).as_ref() == Some(public);
			ensure!(is_the_key && excluded == state.invalid(), Error::InvalidExclusion);
			ensure!(seat.holds_share(), Error::Excluded);
			return Ok(state);
		}
		let dealt = state
			.indexed()
			.filter(|(_, seat)| seat.dealt)
			.fold(0, |bits, (index, _)| bits | member_bit(index));
		ensure!(excluded & !dealt == 0, Error::InvalidExclusion);
		// A member that finds its own dealing invalid cannot vouch for a key.
		ensure!(!is_excluded(excluded, index), Error::InvalidExclusion);
		let needed = Self::dealings_needed(epoch, &state);
		ensure!((dealt & !excluded).count_ones() >= needed, Error::InvalidExclusion);
		Ok(state)
	}

	pub(crate) fn may_share(epoch: Epoch, index: MemberIndex) -> Result<EpochStateOf<T>, Error<T>> {
		let state = Self::state(epoch)?;
		let seat = state.seat(index).ok_or(Error::UnknownMember)?;
		ensure!(state.phase != EpochPhase::Abandoned, Error::TooLate);
		ensure!(state.has_key(), Error::TooEarly);
		ensure!(seat.key.is_some(), Error::NoKey);
		ensure!(seat.excluded != Some(Exclusion::InvalidDealing), Error::Excluded);
		Ok(state)
	}
}

// Implementation of the calls.
impl<T: Config> Pallet<T> {
	pub(crate) fn do_announce(epoch: Epoch, index: MemberIndex, key: MemberKey) -> DispatchResult {
		let mut state = Self::may_announce(epoch, index, &key)?;
		state.seat_mut(index).ok_or(Error::<T>::UnknownMember)?.key = Some(key);
		Self::deposit_event(Event::Announced { epoch, index });
		Self::end_phase_if_complete(epoch, &mut state);
		Epochs::<T>::insert(epoch, state);
		Ok(())
	}

	pub(crate) fn do_deal(epoch: Epoch, index: MemberIndex, dealing: Dealing) -> DispatchResult {
		let mut state = Self::may_deal(epoch, index)?;
		state.seat_mut(index).ok_or(Error::<T>::UnknownMember)?.dealt = true;
		Dealings::<T>::insert(epoch, index, dealing);
		Self::deposit_event(Event::Dealt { epoch, index });
		Self::end_phase_if_complete(epoch, &mut state);
		Epochs::<T>::insert(epoch, state);
		Ok(())
	}

	pub(crate) fn do_confirm(
		epoch: Epoch,
		index: MemberIndex,
		excluded: u16,
		public: EpochPublic,
	) -> DispatchResult {
		let mut state = Self::may_confirm(epoch, index, excluded, &public)?;
		let outcome = outcome(excluded, &public);
		state.seat_mut(index).ok_or(Error::<T>::UnknownMember)?.vote = Some(outcome);
		Self::deposit_event(Event::Confirmed { epoch, index, outcome });
		// The deciding vote brings the key along, so no key is stored earlier.
		let agrees = state.count(|seat| seat.vote == Some(outcome)) >= state.quorum();
		if state.is_forming() && agrees {
			Self::activate(epoch, &mut state, excluded, public);
		}
		if state.has_key() {
			Self::note_if_complete(epoch, &state);
		}
		Epochs::<T>::insert(epoch, state);
		Ok(())
	}

	pub(crate) fn do_submit_share(
		request: RequestId,
		epoch: Epoch,
		index: MemberIndex,
		share: SealedShare,
	) -> DispatchResult {
		Self::may_share(epoch, index)?;
		T::Releases::accept_share(request, epoch, index, share, T::Time::now())
	}
}

// Phases of an epoch.
impl<T: Config> Pallet<T> {
	pub(crate) fn now() -> BlockNumberFor<T> {
		frame_system::Pallet::<T>::block_number()
	}

	/// Moves to the next phase if all members did their part, or if the time is over and a quorum
	/// did. Returns whether it moved.
	pub(crate) fn end_phase_if_complete(epoch: Epoch, state: &mut EpochStateOf<T>) -> bool {
		let before = Self::taken_over(epoch).filter(|_| state.phase == EpochPhase::Dealing);
		let deals = |seat: &Seat| before.as_ref().is_none_or(|before| before.has(seat));
		let (due, done, needed, next, reason) = match state.phase {
			EpochPhase::Announcing => (
				state.seats.len() as u32,
				state.count(|seat| seat.key.is_some()),
				state.quorum(),
				EpochPhase::Dealing,
				Exclusion::NoKey,
			),
			EpochPhase::Dealing => (
				state.count(|seat| seat.key.is_some() && deals(seat)),
				state.count(|seat| seat.dealt),
				Self::dealings_needed(epoch, state),
				EpochPhase::Confirming,
				Exclusion::NoDealing,
			),
			_ => return false,
		};
		let now = Self::now();
		let end = state.since.saturating_add(Self::phase_length());
		if done < needed || (done < due && now < end) {
			return false;
		}
		if state.phase == EpochPhase::Announcing {
			match Self::source_of(state) {
				Source::Wait => return false,
				Source::Own => Previous::<T>::remove(epoch),
				Source::Epoch(previous) => Previous::<T>::insert(epoch, previous),
			}
		}
		let missing = |seat: &Seat| match reason {
			Exclusion::NoKey => seat.key.is_none(),
			_ => seat.excluded.is_none() && !seat.dealt && deals(seat),
		};
		for (index, seat) in (1..).zip(state.seats.iter_mut()) {
			if missing(seat) {
				seat.excluded = Some(reason);
				Self::deposit_event(Event::Excluded { epoch, index, reason });
			}
		}
		state.phase = next;
		state.since = now;
		Closes::<T>::put(now.saturating_add(Self::phase_length()));
		true
	}

	/// Puts the epoch's key in use. The previous epoch's key serves only what is sealed to it.
	fn activate(epoch: Epoch, state: &mut EpochStateOf<T>, excluded: u16, public: EpochPublic) {
		for (index, seat) in (1..).zip(state.seats.iter_mut()) {
			if is_excluded(excluded, index) {
				let reason = Exclusion::InvalidDealing;
				seat.excluded = Some(reason);
				Self::deposit_event(Event::Excluded { epoch, index, reason });
			}
		}
		let now = Self::now();
		state.phase = EpochPhase::Active;
		state.since = now;
		Closes::<T>::kill();
		Restarts::<T>::kill();
		FreshKey::<T>::kill();
		HandingOn::<T>::kill();
		Publics::<T>::insert(epoch, public);
		if let Some(previous) = Previous::<T>::get(epoch) {
			let origin = Self::origin(previous);
			Origins::<T>::insert(epoch, origin);
			Self::add_sharing(origin, epoch);
		}
		Self::deposit_event(Event::EpochActivated { epoch, threshold: state.threshold });
		if let Some(before) = Active::<T>::get() {
			Epochs::<T>::mutate(before, |state| {
				if let Some(state) = state {
					state.phase = EpochPhase::Superseded;
					state.since = now;
				}
			});
			// If nobody took over the key, a member may still have to derive its share of it.
			if Self::holder(before) == epoch {
				Self::drop_dealings(before);
			}
			Self::deposit_event(Event::EpochSuperseded { epoch: before });
		}
		Active::<T>::put(epoch);
		Refresh::<T>::put(now.saturating_add(T::RefreshPeriod::get()));
		if Next::<T>::exists() {
			Self::schedule(now);
		}
	}

	/// Returns the first epoch with the key of an epoch.
	pub(crate) fn origin(epoch: Epoch) -> Epoch {
		Origins::<T>::get(epoch).unwrap_or(epoch)
	}

	/// Removes an epoch's dealings. There is at most one for each member, so one removal takes all.
	pub(crate) fn drop_dealings(epoch: Epoch) {
		let removed = Dealings::<T>::clear_prefix(epoch, MAX_COMMITTEE, None);
		debug_assert!(removed.maybe_cursor.is_none());
	}
}

// Reads for the runtime API.
impl<T: Config> Pallet<T> {
	/// Returns the epoch that is forming its key, or else the active one; 0 before the first.
	pub fn current_epoch() -> Epoch {
		Latest::<T>::get()
	}

	/// Returns an epoch.
	pub fn epoch_info(epoch: Epoch) -> Option<EpochInfo> {
		let state = Epochs::<T>::get(epoch)?;
		let public = Publics::<T>::get(epoch);
		let decided = public.as_ref().map(|public| outcome(state.invalid(), public));
		let members = state
			.indexed()
			.map(|(index, seat)| CommitteeMember {
				index,
				id: sp_core::sr25519::Public::from(seat.id.clone()).0,
				key: seat.key.clone(),
				dealt: seat.dealt,
				confirmed: seat
					.vote
					.is_some_and(|vote| decided.as_ref().is_none_or(|decided| vote == *decided)),
				excluded: seat.excluded,
			})
			.collect();
		Some(EpochInfo {
			epoch,
			phase: state.phase,
			since: state.since.unique_saturated_into(),
			members,
			threshold: state.threshold,
			public,
		})
	}

	/// Returns whose key an epoch has or is to have, and who holds it.
	pub fn epoch_key(epoch: Epoch) -> Option<EpochKey> {
		let state = Epochs::<T>::get(epoch)?;
		let previous = Previous::<T>::get(epoch);
		let origin = match previous.filter(|_| state.is_forming()) {
			Some(previous) => Self::origin(previous),
			None => Self::origin(epoch),
		};
		let complete = Complete::<T>::get(origin);
		let holder = Self::holder(epoch);
		let mut others = Self::sharings(Self::origin(epoch));
		others.retain(|other| *other != holder);
		Some(EpochKey { origin, previous, holder, others, complete })
	}

	/// Returns the dealings of an epoch in order of index, while they are kept.
	pub fn dealings(epoch: Epoch) -> Vec<(MemberIndex, Dealing)> {
		(1..)
			.take(MAX_COMMITTEE as usize)
			.filter_map(|index| Dealings::<T>::get(epoch, index).map(|dealing| (index, dealing)))
			.collect()
	}
}

impl<T: Config> CommitteeQuery for Pallet<T> {
	fn active() -> Option<Epoch> {
		Active::<T>::get()
	}

	fn threshold(epoch: Epoch) -> Option<u32> {
		Epochs::<T>::get(epoch).filter(EpochState::has_key).map(|state| state.threshold)
	}

	fn public(epoch: Epoch) -> Option<EpochPublic> {
		Publics::<T>::get(epoch)
	}

	fn origin(epoch: Epoch) -> Epoch {
		Self::origin(epoch)
	}

	fn holder(epoch: Epoch) -> Epoch {
		let sharings = Sharings::<T>::get(Self::origin(epoch));
		sharings.and_then(|sharings| sharings.last().copied()).unwrap_or(epoch)
	}

	fn can_release(other: Epoch, epoch: Epoch) -> bool {
		let origin = Self::origin(epoch);
		match Sharings::<T>::get(origin) {
			Some(sharings) => sharings.contains(&other),
			None => other == origin,
		}
	}

	fn threshold_weight() -> Weight {
		T::DbWeight::get().reads(1)
	}

	fn holder_weight() -> Weight {
		T::DbWeight::get().reads(2)
	}
}
