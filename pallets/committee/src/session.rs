//! The members are validators, as the session names them and the council elected them.

use crate::*;
use frame_support::traits::OneSessionHandler;

impl<T: Config> sp_runtime::BoundToRuntimeAppPublic for Pallet<T> {
	type Public = CommitteeId;
}

impl<T: Config> OneSessionHandler<T::AccountId> for Pallet<T> {
	type Key = CommitteeId;

	fn on_genesis_session<'a, I>(validators: I)
	where
		I: 'a + Iterator<Item = (&'a T::AccountId, Self::Key)>,
		T::AccountId: 'a,
	{
		Self::set_validators(validators.map(|(account, id)| (account.clone(), id)));
	}

	fn on_new_session<'a, I>(changed: bool, validators: I, _queued_validators: I)
	where
		I: 'a + Iterator<Item = (&'a T::AccountId, Self::Key)>,
		T::AccountId: 'a,
	{
		// The members of an election are taken although the validators stay.
		if changed || ElectionDue::<T>::get() {
			Self::set_validators(validators.map(|(account, id)| (account.clone(), id)));
		}
	}

	// A member that is disabled for a while keeps its share, so no new key is needed.
	fn on_disabled(_: u32) {}
}
