//! What must hold of the whole state at any time.

use crate::*;
use frame_support::ensure;
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks the set in itself, and what is kept about its members against it.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check()?;
		ensure!(
			Rotations::<T>::get() <= 2,
			"more sessions are to end than a change takes"
		);
		let set = Validators::<T>::get();
		let now = frame_system::Pallet::<T>::block_number();
		ensure!(
			set.iter().all(|validator| validator.since <= Some(now)),
			"a validator came in a block that is still to come"
		);
		for account in LastAuthored::<T>::iter_keys() {
			ensure!(
				set.iter().any(|validator| validator.account == account),
				"the last block of an account is kept that is no validator"
			);
		}
		Ok(())
	}
}
