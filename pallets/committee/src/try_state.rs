//! Invariants of the pallet's storage.

use crate::{impls::EpochStateOf, *};
use frame_support::ensure;
use salus_primitives::{
	committee_threshold, CommitteeQuery, Epoch, EpochPhase, Exclusion, MemberIndex,
};
use sp_runtime::{traits::Saturating, TryRuntimeError};

impl<T: Config> Pallet<T> {
	/// Checks every relation between the pallet's storage items.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let latest = Latest::<T>::get();
		ensure!(
			(1..=latest).all(Epochs::<T>::contains_key)
				&& Epochs::<T>::iter_keys().count() == latest as usize,
			"epochs are not numbered from 1 to the latest"
		);
		for (epoch, state) in Epochs::<T>::iter() {
			Self::try_state_seats(&state)?;
			Self::try_state_epoch(epoch, &state)?;
			Self::try_state_phase(epoch, latest, &state)?;
		}
		ensure!(
			Publics::<T>::iter_keys().all(Epochs::<T>::contains_key),
			"a key belongs to no epoch"
		);
		let elected = Elected::<T>::get();
		ensure!(
			elected.iter().all(|one| elected.iter().filter(|other| *other == one).count() == 1),
			"a validator is elected twice"
		);
		Self::try_state_keys()?;
		Self::try_state_dealings()?;
		Self::try_state_clock(latest)
	}

	/// Members are different, and the exclusion of each matches what it did.
	fn try_state_seats(state: &EpochStateOf<T>) -> Result<(), TryRuntimeError> {
		ensure!(!state.seats.is_empty(), "an epoch has no members");
		for seat in &state.seats {
			ensure!(state.count(|other| other.id == seat.id) == 1, "a member has two seats");
			ensure!(
				seat.key.is_none() || state.count(|other| other.key == seat.key) == 1,
				"two members have the same key"
			);
			ensure!(
				seat.key.is_some() || (!seat.dealt && seat.vote.is_none()),
				"a member without a key dealt or confirmed"
			);
			let fits = match seat.excluded {
				None => true,
				Some(Exclusion::NoKey) => seat.key.is_none(),
				Some(Exclusion::NoDealing) => seat.key.is_some() && !seat.dealt,
				Some(Exclusion::InvalidDealing) => seat.dealt && state.has_key(),
			};
			ensure!(fits, "an exclusion does not match what the member did");
		}
		Ok(())
	}

	/// Keys are handed on from epoch to later epoch, and the last one of each key holds it.
	fn try_state_keys() -> Result<(), TryRuntimeError> {
		for (epoch, previous) in Previous::<T>::iter() {
			let state = Epochs::<T>::get(epoch).ok_or("an unknown epoch takes over a key")?;
			let before =
				Epochs::<T>::get(previous).ok_or("the key of an unknown epoch is taken over")?;
			ensure!(previous < epoch && before.has_key(), "a key is taken over that is none");
			ensure!(state.phase != EpochPhase::Abandoned, "an abandoned epoch takes over a key");
			ensure!(
				state.has_key() == Origins::<T>::contains_key(epoch),
				"an epoch took over a key without an origin"
			);
		}
		for (epoch, origin) in Origins::<T>::iter() {
			ensure!(
				Previous::<T>::get(epoch).is_some_and(|previous| Self::origin(previous) == origin)
					&& !Origins::<T>::contains_key(origin),
				"an epoch took over a key, and names another origin"
			);
			let sharings =
				Sharings::<T>::get(origin).ok_or("nobody holds a key that was taken over")?;
			ensure!(sharings.last() >= Some(&epoch), "an earlier epoch holds a key");
		}
		for (origin, complete) in Complete::<T>::iter() {
			let state = Epochs::<T>::get(complete).ok_or("an unknown epoch is complete")?;
			let holds = |seat: &Seat| seat.holds_share() && seat.vote.is_some();
			ensure!(
				Self::origin(complete) == origin
					&& state.has_key()
					&& state.seats.iter().all(holds),
				"an epoch is complete, and a member holds no share"
			);
		}
		for (origin, sharings) in Sharings::<T>::iter() {
			ensure!(
				sharings.iter().all(|epoch| Self::origin(*epoch) == origin),
				"an epoch holds another's key"
			);
			ensure!(sharings.is_sorted() && !sharings.is_empty(), "sharings are out of order");
			let first = Complete::<T>::get(origin).unwrap_or(origin);
			ensure!(sharings.first() == Some(&first), "the last complete epoch was forgotten");
		}
		Ok(())
	}

	/// The members' acts match the phase.
	fn try_state_epoch(epoch: Epoch, state: &EpochStateOf<T>) -> Result<(), TryRuntimeError> {
		let dealt = state.count(|seat| seat.dealt);
		let votes = state.count(|seat| seat.vote.is_some());
		let announced = state.count(|seat| seat.key.is_some());
		ensure!(
			state.phase != EpochPhase::Announcing || dealt == 0,
			"a member dealt before its time"
		);
		ensure!(
			!matches!(state.phase, EpochPhase::Announcing | EpochPhase::Dealing) || votes == 0,
			"a member confirmed before its time"
		);
		let past_announcing =
			!matches!(state.phase, EpochPhase::Announcing | EpochPhase::Abandoned);
		ensure!(
			!past_announcing || announced >= state.quorum(),
			"an epoch continued without a quorum"
		);
		// Before storage version 2, absent members lowered the threshold.
		ensure!(
			state.threshold == state.quorum()
				|| (!state.is_forming() && state.threshold == committee_threshold(announced)),
			"the threshold is not that of all seats"
		);
		ensure!(
			Publics::<T>::contains_key(epoch) == state.has_key(),
			"an epoch lacks its key, or has one too early"
		);
		let agreed = state.seats.iter().any(|seat| {
			seat.vote.is_some() && state.count(|other| other.vote == seat.vote) >= state.quorum()
		});
		ensure!(
			state.phase == EpochPhase::Abandoned || agreed == state.has_key(),
			"a key is in use without a quorum, or a quorum has no key"
		);
		Ok(())
	}

	/// Only the latest epoch forms, and only one is active.
	fn try_state_phase(
		epoch: Epoch,
		latest: Epoch,
		state: &EpochStateOf<T>,
	) -> Result<(), TryRuntimeError> {
		ensure!(!state.is_forming() || epoch == latest, "an epoch that is not the latest forms");
		ensure!(
			(state.phase == EpochPhase::Active) == (Active::<T>::get() == Some(epoch)),
			"another epoch is active"
		);
		Ok(())
	}

	/// Dealings are kept for the forming and the active epoch, exactly as their members posted
	/// them.
	fn try_state_dealings() -> Result<(), TryRuntimeError> {
		for (epoch, index) in Dealings::<T>::iter_keys() {
			let state = Epochs::<T>::get(epoch).ok_or("a dealing belongs to no epoch")?;
			ensure!(
				state.seat(index).is_some_and(|seat| seat.dealt),
				"a dealing exists that nobody posted"
			);
			ensure!(
				state.is_forming() || (state.has_key() && Self::holder(epoch) == epoch),
				"dealings of an old epoch are kept"
			);
		}
		for (epoch, state) in Epochs::<T>::iter() {
			let kept = |index: MemberIndex| Dealings::<T>::contains_key(epoch, index);
			ensure!(
				!(state.is_forming() || state.phase == EpochPhase::Active)
					|| state.indexed().all(|(index, seat)| !seat.dealt || kept(index)),
				"a dealing is missing"
			);
		}
		Ok(())
	}

	/// The phase clock runs only for a phase of the latest epoch, and the next epoch is due only
	/// when none forms.
	fn try_state_clock(latest: Epoch) -> Result<(), TryRuntimeError> {
		let state = Epochs::<T>::get(latest);
		let is_forming = state.as_ref().is_some_and(EpochState::is_forming);
		ensure!(
			Due::<T>::exists() == (Next::<T>::exists() && !is_forming),
			"the next epoch is due while one forms, or is not due while none does"
		);
		ensure!(
			!Next::<T>::exists() || state.is_some(),
			"a next epoch exists without an earlier one"
		);
		ensure!(!Refresh::<T>::exists() || Active::<T>::exists(), "a refresh is due without a key");
		ensure!(
			!FreshKey::<T>::get() || state.as_ref().is_some_and(EpochState::is_forming),
			"a new key is called for, and no epoch forms"
		);
		ensure!(!HandingOn::<T>::exists() || is_forming, "a key is handed on, and no epoch forms");
		let waits = state.as_ref().is_some_and(|state| {
			matches!(state.phase, EpochPhase::Dealing | EpochPhase::Confirming)
		});
		let Some(end) = Closes::<T>::get() else {
			ensure!(!waits, "a phase has no end");
			return Ok(());
		};
		let state = state.ok_or("the clock runs without an epoch")?;
		ensure!(is_forming, "the clock runs in a phase without an end");
		ensure!(
			end == state.since.saturating_add(Self::phase_length())
				|| (state.phase == EpochPhase::Announcing
					&& (end == Self::patience(&state) || Some(end) == Self::deadline())),
			"the clock does not match the phase"
		);
		Ok(())
	}
}
