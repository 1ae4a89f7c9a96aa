//! Answers to `pallet-session`, authorship and offences.

use crate::*;
use alloc::vec::Vec;
use frame_support::{traits::Get, weights::Weight};
use frame_system::pallet_prelude::BlockNumberFor;
use pallet_session::{historical, ShouldEndSession};
use sp_runtime::{
	traits::{Convert, Zero},
	Perbill,
};
use sp_staking::{
	offence::{OffenceDetails, OnOffenceHandler},
	SessionIndex,
};

/// Sessions to end for a change: one to hand the set to `pallet-session`, and one for the set to
/// apply.
const TO_HAND_OVER: u8 = 2;

impl<T: Config> Pallet<T> {
	/// Makes a changed set apply as soon as possible.
	pub(crate) fn hand_over() {
		Rotations::<T>::put(TO_HAND_OVER);
	}

	/// Stores the author of this block.
	pub(crate) fn do_note_author(author: T::AccountId) {
		// A removed validator still authors blocks until the session ends.
		let is_in = Validators::<T>::get().iter().any(|validator| validator.account == author);
		if is_in {
			let now = frame_system::Pallet::<T>::block_number();
			LastAuthored::<T>::insert(author, now);
		}
	}

	fn accounts() -> Vec<T::AccountId> {
		Validators::<T>::get().into_iter().map(|validator| validator.account).collect()
	}
}

impl<T: Config> ShouldEndSession<BlockNumberFor<T>> for Pallet<T> {
	fn should_end_session(now: BlockNumberFor<T>) -> bool {
		#[allow(
			clippy::arithmetic_side_effects,
			reason = "`integrity_test` asserts that a session is longer than a block"
		)]
		let is_over = (now % T::SessionLength::get()).is_zero();
		is_over || Rotations::<T>::get() > 0
	}
}

impl<T: Config> pallet_session::SessionManager<T::AccountId> for Pallet<T> {
	fn new_session(_: SessionIndex) -> Option<Vec<T::AccountId>> {
		let left = Rotations::<T>::get();
		Rotations::<T>::put(left.saturating_sub(1));
		// `pallet-session` treats any set that it gets as a changed one.
		(left == TO_HAND_OVER).then(Self::accounts)
	}

	fn new_session_genesis(_: SessionIndex) -> Option<Vec<T::AccountId>> {
		Some(Self::accounts())
	}

	// Each session that ends drops one that is too old for an offence to be proven.
	fn end_session(index: SessionIndex) {
		if let Some(oldest) = index.checked_sub(T::KeptSessions::get()) {
			historical::Pallet::<T>::prune_up_to(oldest);
		}
	}

	fn start_session(_: SessionIndex) {}
}

impl<T: Config> historical::SessionManager<T::AccountId, ()> for Pallet<T> {
	fn new_session(index: SessionIndex) -> Option<Vec<(T::AccountId, ())>> {
		<Self as pallet_session::SessionManager<_>>::new_session(index).map(identified)
	}

	fn new_session_genesis(index: SessionIndex) -> Option<Vec<(T::AccountId, ())>> {
		<Self as pallet_session::SessionManager<_>>::new_session_genesis(index).map(identified)
	}

	fn end_session(index: SessionIndex) {
		<Self as pallet_session::SessionManager<_>>::end_session(index);
	}

	fn start_session(index: SessionIndex) {
		<Self as pallet_session::SessionManager<_>>::start_session(index);
	}
}

/// Identification of a validator in `pallet_session::historical`: empty, because there is no stake.
pub struct AccountOnly;

impl<AccountId> Convert<AccountId, Option<()>> for AccountOnly {
	fn convert(_: AccountId) -> Option<()> {
		Some(())
	}
}

fn identified<AccountId>(accounts: Vec<AccountId>) -> Vec<(AccountId, ())> {
	accounts.into_iter().map(|account| (account, ())).collect()
}

impl<T: Config, Reporter, Identification>
	OnOffenceHandler<Reporter, (T::AccountId, Identification), Weight> for Pallet<T>
{
	fn on_offence(
		offenders: &[OffenceDetails<Reporter, (T::AccountId, Identification)>],
		_: &[Perbill],
		session: SessionIndex,
	) -> Weight {
		let mut weight = Weight::zero();
		for offence in offenders {
			let (account, _) = &offence.offender;
			weight.saturating_accrue(<T as Config>::WeightInfo::remove());
			// The set and the offenders.
			weight.saturating_accrue(T::DbWeight::get().reads_writes(2, 1));
			let removed = Self::offended(account);
			log::warn!(
				target: LOG_TARGET,
				"{account:?} equivocated in session {session}; removed: {removed}",
			);
		}
		weight
	}
}

impl<T: Config> pallet_authorship::EventHandler<T::AccountId, BlockNumberFor<T>> for Pallet<T> {
	fn note_author(author: T::AccountId) {
		Self::do_note_author(author);
	}
}
