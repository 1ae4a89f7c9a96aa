//! Opening of epochs: at once for other members or if the council says so, after a
//! pause for changed keys or a returning member, and again if the members did not form a key in
//! time.

use crate::{impls::EpochStateOf, takeover::PATIENCE, *};
use alloc::vec::Vec;
use codec::Encode;
use frame_support::{ensure, traits::Get, weights::Weight, BoundedVec};
use frame_system::pallet_prelude::BlockNumberFor;
use salus_primitives::{Epoch, EpochPhase, Exclusion, MemberIndex, Renewal, MAX_COMMITTEE};
use sp_io::hashing::blake2_256;
use sp_runtime::{
	traits::{CheckedDiv, Saturating, UniqueSaturatedInto, Zero},
	DispatchResult,
};

/// Maximum number of doublings of a phase's time and of the pause between epochs. The maximum is
/// 2^6 times the length of a phase (5 hours 20 minutes with phases of 5 minutes).
const MAX_DOUBLINGS: u32 = 6;

/// Maximum number of doublings of the pause before one more epoch for the same member. The maximum
/// is 2^11 times the length of a phase (a week with phases of 5 minutes).
const MAX_REJOINS: u32 = 11;

type Ids = BoundedVec<CommitteeId, frame_support::traits::ConstU32<MAX_COMMITTEE>>;

/// Returns the first 16 different keys.
fn members(ids: impl Iterator<Item = CommitteeId>) -> Ids {
	let mut members = Ids::default();
	for id in ids {
		if members.contains(&id) {
			log::error!(target: LOG_TARGET, "two members have the same committee key: {id:?}");
			continue;
		}
		if members.try_push(id).is_err() {
			log::error!(target: LOG_TARGET, "more than {MAX_COMMITTEE} members: ignoring the rest");
			break;
		}
	}
	members
}

fn ids_of<T: Config>(state: &EpochStateOf<T>) -> Ids {
	// Truncates nothing: the seats have the same bound.
	BoundedVec::truncate_from(state.seats.iter().map(|seat| seat.id.clone()).collect())
}

impl<T: Config> Pallet<T> {
	/// Takes the members from the session's validators.
	///
	/// Validators outside the committee that join, leave or change their keys are of no concern to
	/// it: a forming epoch continues, and so does a member's request for another one.
	pub(crate) fn set_validators(validators: impl Iterator<Item = (T::AccountId, CommitteeId)>) {
		let members_now = Self::members_of(validators.collect());
		let (mut accounts, ids): (Vec<_>, Vec<_>) = members_now.into_iter().unzip();
		if ids.is_empty() {
			return;
		}
		ElectionDue::<T>::kill();
		accounts.sort();
		let hash = blake2_256(&accounts.encode());
		let same_members = Validators::<T>::get() == Some(hash);
		Validators::<T>::put(hash);
		let ids = members(ids.into_iter());
		if same_members {
			Self::change_keys(ids);
		} else {
			Self::set_members(ids.into_iter());
		}
	}

	/// Opens an epoch for these members at once, unless the latest epoch already has them. Abandons
	/// a forming epoch.
	pub(crate) fn set_members(ids: impl Iterator<Item = CommitteeId>) {
		let ids = members(ids);
		Next::<T>::kill();
		Due::<T>::kill();
		let latest = Epochs::<T>::get(Latest::<T>::get());
		if ids.is_empty() || latest.is_some_and(|state| ids_of::<T>(&state) == ids) {
			return;
		}
		Restarts::<T>::kill();
		HandingOn::<T>::kill();
		Rejoins::<T>::kill();
		Self::open(ids);
	}

	/// Handles changed keys of the same members: a forming epoch continues, and another one
	/// follows.
	fn change_keys(ids: Ids) {
		let Some(latest) = Epochs::<T>::get(Latest::<T>::get()) else {
			return Self::open(ids);
		};
		if ids_of::<T>(&latest) == ids {
			// The keys of the latest epoch are the current ones again. A member's request to rejoin
			// it holds, even if it waits only because others asked shortly before.
			let asked = Rejoins::<T>::get().iter().any(|(_, free)| *free >= latest.since);
			if asked && Due::<T>::exists() {
				Next::<T>::put(ids);
			} else if Next::<T>::get().is_some_and(|next| next != ids) {
				Next::<T>::kill();
				Due::<T>::kill();
				// Meanwhile, the time for new shares may have come: it has not passed.
				if latest.phase == EpochPhase::Active && !Refresh::<T>::exists() {
					Refresh::<T>::put(Self::now());
				}
			}
			return;
		}
		Next::<T>::put(ids);
		if !latest.is_forming() {
			Self::schedule(Self::now());
		}
	}

	/// Checks that the member may ask for a new epoch. It knows whether it has lost its share: the
	/// chain only knows what it confirmed.
	pub(crate) fn may_rejoin(
		epoch: Epoch,
		index: MemberIndex,
	) -> Result<EpochStateOf<T>, Error<T>> {
		let state = Self::state(epoch)?;
		let seat = state.seat(index).ok_or(Error::UnknownMember)?;
		ensure!(state.phase == EpochPhase::Active && Latest::<T>::get() == epoch, Error::TooLate);
		let (_, due) = Self::next_due(Self::rejoins(index).1);
		ensure!(Due::<T>::get().is_none_or(|other| due < other), Error::AlreadySaid);
		let is_invalid = seat.excluded == Some(Exclusion::InvalidDealing);
		ensure!(!is_invalid || state.threshold < state.quorum(), Error::Excluded);
		Ok(state)
	}

	pub(crate) fn do_rejoin(epoch: Epoch, index: MemberIndex) -> DispatchResult {
		let state = Self::may_rejoin(epoch, index)?;
		let (count, free) = Self::rejoins(index);
		let place = usize::from(index.saturating_sub(1));
		Rejoins::<T>::mutate(|rejoins| {
			while rejoins.len() <= place && rejoins.try_push(Default::default()).is_ok() {}
			if let Some(rejoin) = rejoins.get_mut(place) {
				*rejoin = (count.saturating_add(1).min(MAX_REJOINS), free);
			}
		});
		// Changed keys are kept.
		if !Next::<T>::exists() {
			Next::<T>::put(ids_of::<T>(&state));
		}
		Self::schedule(free);
		Ok(())
	}

	/// Returns the number of epochs that a member recently asked for, and the first block in which
	/// one more may open for it.
	fn rejoins(index: MemberIndex) -> (u32, BlockNumberFor<T>) {
		let now = Self::now();
		let rejoins = Rejoins::<T>::get();
		let rejoin = rejoins.get(usize::from(index.saturating_sub(1))).copied();
		let (count, last) = rejoin.unwrap_or_default();
		// One is forgotten in each of these periods, which are longer than any pause.
		let count = Self::without_forgotten(count, last, T::RefreshPeriod::get());
		let pause = Self::doubled(count, MAX_REJOINS);
		(count, if count.is_zero() { now } else { last.saturating_add(pause).max(now) })
	}

	/// Returns a count without one for each period since a block.
	fn without_forgotten(count: u32, since: BlockNumberFor<T>, period: BlockNumberFor<T>) -> u32 {
		let passed = Self::now().saturating_sub(since).checked_div(&period).unwrap_or_default();
		count.saturating_sub(passed.unique_saturated_into())
	}

	/// Returns the maximum weight of what a member's pause adds to its request to rejoin.
	pub(crate) fn pause_weight() -> Weight {
		// `Due`, `Reopened` and `Rejoins`.
		T::DbWeight::get().reads_writes(3, 1)
	}

	/// Returns the number of epochs that opened recently, and the block in which the next one may
	/// open: the one after `from`, or a later one if others opened recently.
	fn next_due(from: BlockNumberFor<T>) -> (u32, BlockNumberFor<T>) {
		let (count, last) = Reopened::<T>::get();
		// One is forgotten each day.
		let day = T::PhaseLength::get().saturating_mul(PATIENCE.into());
		let count = Self::without_forgotten(count, last, day);
		let free = last.saturating_add(Self::doubled(count, MAX_DOUBLINGS));
		let due = if count.is_zero() { from } else { free.max(from) };
		(count, due.saturating_add(1u32.into()))
	}

	/// Schedules the next epoch to open after a block, unless one is due earlier.
	pub(crate) fn schedule(from: BlockNumberFor<T>) {
		let (_, due) = Self::next_due(from);
		Due::<T>::mutate(|other| *other = Some(other.map_or(due, |other| other.min(due))));
	}

	/// Schedules an epoch of the same members, unless a change of members is already due.
	pub(crate) fn refresh(now: BlockNumberFor<T>) {
		Refresh::<T>::kill();
		let latest = Epochs::<T>::get(Latest::<T>::get());
		let Some(active) = latest.filter(|state| state.phase == EpochPhase::Active) else {
			return;
		};
		if !Next::<T>::exists() {
			Next::<T>::put(ids_of::<T>(&active));
		}
		Self::schedule(now);
	}

	pub(crate) fn do_renew(renewal: Renewal) -> DispatchResult {
		ensure!(Active::<T>::exists(), Error::<T>::UnknownEpoch);
		let latest = Self::state(Latest::<T>::get())?;
		match renewal {
			// An epoch that takes over the key gives its members new shares anyway.
			Renewal::Shares => {
				let takes_over = Previous::<T>::contains_key(Latest::<T>::get());
				ensure!(!(latest.is_forming() && takes_over), Error::<T>::AlreadySaid);
				FreshKey::<T>::kill();
			}
			Renewal::Key => FreshKey::<T>::put(true),
		}
		Due::<T>::kill();
		Restarts::<T>::kill();
		HandingOn::<T>::kill();
		Self::open(Next::<T>::take().unwrap_or_else(|| ids_of::<T>(&latest)));
		Ok(())
	}

	/// Opens the next epoch.
	pub(crate) fn open_next() {
		Due::<T>::kill();
		if let Some(ids) = Next::<T>::take() {
			let (count, _) = Self::next_due(Self::now());
			Reopened::<T>::put((count.saturating_add(1), Self::now()));
			Self::open(ids);
		}
	}

	/// Handles the end of the latest epoch's phase. The epoch continues if a quorum did its part.
	/// Otherwise announcements wait for a quorum, or for members that hold a share, and a later
	/// phase restarts the epoch.
	pub(crate) fn close_phase() {
		Closes::<T>::kill();
		let epoch = Latest::<T>::get();
		let Some(mut state) = Epochs::<T>::get(epoch) else {
			return;
		};
		if Self::end_phase_if_complete(epoch, &mut state) {
			Epochs::<T>::insert(epoch, state);
		} else if state.phase == EpochPhase::Announcing {
			// Without a key to take over, it waits only for a quorum.
			if !Previous::<T>::contains_key(epoch) {
				return;
			}
			let now = Self::now();
			let ends = [Some(Self::patience(&state)), Self::deadline()].into_iter().flatten();
			if let Some(end) = ends.filter(|end| *end > now).min() {
				Closes::<T>::put(end);
			}
		} else if state.is_forming() {
			Self::restart(&state);
		}
	}

	/// Restarts a forming epoch under the next number, with the members of the next epoch if there
	/// are any, or else its own.
	fn restart(state: &EpochStateOf<T>) {
		Restarts::<T>::mutate(|restarts| *restarts = restarts.saturating_add(1));
		Self::open(Next::<T>::take().unwrap_or_else(|| ids_of::<T>(state)));
	}

	/// Restarts an epoch that was forming under the rules of version 1.
	pub(crate) fn reopen(state: &EpochStateOf<T>) {
		Self::open(ids_of::<T>(state));
	}

	/// Returns the length of a phase of the latest epoch, in blocks.
	pub(crate) fn phase_length() -> BlockNumberFor<T> {
		Self::doubled(Restarts::<T>::get(), MAX_DOUBLINGS)
	}

	/// Returns the length of a phase, doubled this many times, within a maximum.
	fn doubled(times: u32, max: u32) -> BlockNumberFor<T> {
		let factor = 1u32.checked_shl(times.min(max)).unwrap_or(u32::MAX);
		T::PhaseLength::get().saturating_mul(factor.into())
	}

	/// Opens an epoch, and abandons the latest one if it still forms.
	fn open(ids: Ids) {
		let latest = Latest::<T>::get();
		let Some(epoch) = latest.checked_add(1) else {
			log::error!(target: LOG_TARGET, "the numbers of epochs are used up");
			return;
		};
		let now = Self::now();
		if let Some(mut state) = Epochs::<T>::get(latest).filter(EpochState::is_forming) {
			state.phase = EpochPhase::Abandoned;
			state.since = now;
			Epochs::<T>::insert(latest, state);
			Previous::<T>::remove(latest);
			Self::drop_dealings(latest);
			Self::deposit_event(Event::EpochAbandoned { epoch: latest });
		}
		let seats = ids.into_iter().map(|id| Seat {
			id,
			key: None,
			dealt: false,
			vote: None,
			excluded: None,
		});
		let mut state = EpochState {
			phase: EpochPhase::Announcing,
			since: now,
			threshold: 0,
			// Truncates nothing: the members have the same bound.
			seats: BoundedVec::truncate_from(seats.collect()),
		};
		state.threshold = state.quorum();
		Self::expect_source(epoch, &state);
		Self::deposit_event(Event::EpochOpened {
			epoch,
			// At most `MAX_COMMITTEE`.
			members: state.seats.len() as u32,
		});
		Epochs::<T>::insert(epoch, state);
		Latest::<T>::put(epoch);
		Closes::<T>::put(now.saturating_add(Self::phase_length()));
	}
}
