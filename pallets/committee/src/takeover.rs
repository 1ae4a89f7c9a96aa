//! Handing a key on: whose shares are used, and how long an epoch waits for those who hold them.

use crate::{impls::EpochStateOf, *};
use alloc::{vec, vec::Vec};
use frame_support::{traits::Get, weights::Weight, BoundedVec};
use frame_system::pallet_prelude::BlockNumberFor;
use salus_primitives::{Epoch, MAX_SHARINGS};
use sp_runtime::traits::Saturating;

/// Number of phases for which an epoch waits for more holders of shares than have to deal, after an
/// attempt failed (a day with phases of 5 minutes).
pub(crate) const PATIENCE: u32 = 288;

/// Number of phases for which the members try to hand a key on (a week). Then they make a new one.
pub(crate) const PERSISTENCE: u32 = 7 * PATIENCE;

/// An epoch whose key another one takes over.
pub(crate) struct Before<T: Config>(pub(crate) EpochStateOf<T>);

impl<T: Config> Before<T> {
	/// Returns whether a member of the new epoch holds a share of the key.
	pub(crate) fn has(&self, new: &Seat) -> bool {
		self.0.seats.iter().any(|seat| seat.id == new.id && seat.holds_share())
	}

	/// Returns the number of members of a new epoch that hold a share, and how many of these have
	/// announced a key.
	fn holders(&self, new: &EpochStateOf<T>) -> (u32, u32) {
		(new.count(|seat| self.has(seat)), new.count(|seat| seat.key.is_some() && self.has(seat)))
	}
}

/// Origin of an epoch's key.
pub(crate) enum Source {
	/// A new key, which its members make.
	Own,
	/// The key of this earlier epoch, which its members take over.
	Epoch(Epoch),
	/// Not known yet: too few holders of a share have announced a key.
	Wait,
}

impl<T: Config> Pallet<T> {
	/// Returns the epoch whose key this one takes over.
	pub(crate) fn taken_over(epoch: Epoch) -> Option<Before<T>> {
		Previous::<T>::get(epoch).and_then(Epochs::<T>::get).map(Before)
	}

	/// Returns the maximum weight that taking over a key adds. The other weights were measured on
	/// epochs that make their own key.
	pub(crate) fn takeover_weight() -> Weight {
		// Sources are looked for when an epoch opens, and when a quorum has announced.
		let sources = u64::from(MAX_SHARINGS).saturating_mul(2);
		// A vote that makes the epoch active and complete writes most: `FreshKey`, `HandingOn`,
		// `Origins`, `Sharings`, `Refresh` and `Complete`, and `Reopened` and `Due` for the next
		// one.
		T::DbWeight::get().reads_writes(sources.saturating_add(16), 8)
	}

	/// Returns the number of dealings that make the key of an epoch.
	pub(crate) fn dealings_needed(epoch: Epoch, state: &EpochStateOf<T>) -> u32 {
		Self::taken_over(epoch).map_or(state.quorum(), |Before(before)| before.threshold)
	}

	/// Returns the block until which an epoch waits for more holders than have to deal.
	pub(crate) fn patience(state: &EpochStateOf<T>) -> BlockNumberFor<T> {
		state.since.saturating_add(T::PhaseLength::get().saturating_mul(PATIENCE.into()))
	}

	/// Returns the block in which the members stop trying to hand the key on, if they do.
	pub(crate) fn deadline() -> Option<BlockNumberFor<T>> {
		let week = T::PhaseLength::get().saturating_mul(PERSISTENCE.into());
		HandingOn::<T>::get().map(|since| since.saturating_add(week))
	}

	/// Returns the epochs with the key of an origin whose shares may be needed, latest first.
	pub(crate) fn sharings(origin: Epoch) -> Vec<Epoch> {
		let mut sharings = match Sharings::<T>::get(origin) {
			Some(sharings) => sharings.into_inner(),
			None => Vec::from([origin]),
		};
		sharings.reverse();
		sharings
	}

	/// Notes that an epoch took over the key of an origin. The first epoch in the list, the last
	/// complete one, is never removed for lack of room, because each of its members holds a share.
	pub(crate) fn add_sharing(origin: Epoch, epoch: Epoch) {
		Sharings::<T>::mutate(origin, |sharings| {
			let sharings = sharings.get_or_insert_with(|| BoundedVec::truncate_from(vec![origin]));
			if sharings.is_full() {
				sharings.remove(1);
			}
			if sharings.try_push(epoch).is_err() {
				log::error!(target: LOG_TARGET, "the epochs with the key of {origin} have no room");
			}
		});
	}

	/// Returns the epochs with the active key that have enough members in the new epoch, in the
	/// order in which to try them. After each failure the order starts at the next one.
	fn sources(new: &EpochStateOf<T>) -> Vec<(Epoch, Before<T>)> {
		let is_over = Self::deadline().is_some_and(|deadline| Self::now() >= deadline);
		let Some(active) = Active::<T>::get().filter(|_| !is_over && !FreshKey::<T>::get()) else {
			return Vec::new();
		};
		let mut epochs = Self::sharings(Self::origin(active));
		let tried = Restarts::<T>::get().checked_rem(epochs.len() as u32).unwrap_or_default();
		epochs.rotate_left(tried as usize);
		let known = |epoch: Epoch| Some((epoch, Before(Epochs::<T>::get(epoch)?)));
		let mut sources: Vec<(Epoch, Before<T>)> = epochs.into_iter().filter_map(known).collect();
		sources.retain(|(_, before)| before.holders(new).0 >= before.0.threshold);
		sources
	}

	/// Chooses whose key an epoch takes over, once a quorum has announced.
	///
	/// Each failed attempt shows that a member announced and did not deal. So the next attempt
	/// requires one more holder, unless none comes for a day.
	pub(crate) fn source_of(new: &EpochStateOf<T>) -> Source {
		let sources = Self::sources(new);
		if sources.is_empty() {
			return Source::Own;
		}
		let failures = Restarts::<T>::get();
		let spare = if Self::now() < Self::patience(new) { failures } else { 0 };
		let found = sources.iter().find(|(_, before)| {
			let (holders, announced) = before.holders(new);
			announced >= before.0.threshold.saturating_add(spare).min(holders)
		});
		found.map_or(Source::Wait, |(epoch, _)| Source::Epoch(*epoch))
	}

	/// Notes whose key a new epoch takes over, from what is known before anyone announced.
	pub(crate) fn expect_source(epoch: Epoch, new: &EpochStateOf<T>) {
		if let Some((previous, _)) = Self::sources(new).first() {
			Previous::<T>::insert(epoch, previous);
			if !HandingOn::<T>::exists() {
				HandingOn::<T>::put(Self::now());
			}
		}
	}

	/// Notes that every member of an epoch confirmed that it holds a share.
	pub(crate) fn note_if_complete(epoch: Epoch, state: &EpochStateOf<T>) {
		let agreed = |seat: &Seat| {
			let votes = state.count(|other| other.vote == seat.vote);
			seat.holds_share() && seat.vote.is_some() && votes >= state.quorum()
		};
		let origin = Self::origin(epoch);
		let is_later = Complete::<T>::get(origin).is_none_or(|complete| complete < epoch);
		if is_later && state.seats.iter().all(agreed) {
			Complete::<T>::insert(origin, epoch);
			Sharings::<T>::mutate_extant(origin, |sharings| {
				sharings.retain(|sharing| *sharing >= epoch);
				// The list may have dropped this epoch, to make room, before its last member
				// confirmed. It now takes the first place, from the origin or an earlier complete
				// epoch.
				if sharings.first() != Some(&epoch) && sharings.try_insert(0, epoch).is_err() {
					log::error!(target: LOG_TARGET, "the complete epoch {epoch} has no room");
				}
			});
		}
	}
}
