//! Invariants of the pallet's storage.

use crate::*;
use frame_support::{ensure, traits::Get};
use sp_runtime::{traits::Saturating, TryRuntimeError};

impl<T: Config> Pallet<T> {
	/// Checks the set, and what is stored about its members against it.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check()?;
		ensure!(Rotations::<T>::get() <= 2, "more sessions are to end than a change needs");
		let set = Validators::<T>::get();
		let now = frame_system::Pallet::<T>::block_number();
		ensure!(
			set.iter().all(|validator| validator.since <= Some(now)),
			"a validator joined in a future block"
		);
		let offenders = Offenders::<T>::get();
		for offender in &offenders {
			ensure!(
				offenders.iter().filter(|other| *other == offender).count() == 1,
				"an offender is listed twice"
			);
		}
		for account in LastAuthored::<T>::iter_keys() {
			ensure!(
				set.iter().any(|validator| validator.account == account),
				"a last block is stored for an account that is not a validator"
			);
		}
		Self::try_state_nominations(&set)?;
		Self::try_state_motions()
	}

	/// Nominations belong to hospitals that run a validator, and none waits longer than the notice
	/// period.
	fn try_state_nominations(set: &[ValidatorOf<T>]) -> Result<(), TryRuntimeError> {
		let latest =
			frame_system::Pallet::<T>::block_number().saturating_add(T::NoticePeriod::get());
		for (organisation, nomination) in Nominations::<T>::iter() {
			ensure!(
				set.iter().any(|validator| validator.organisation == Some(organisation)),
				"a hospital without a seat has a nomination"
			);
			ensure!(
				nomination.from.is_none_or(|from| from <= latest),
				"a nomination waits longer than the notice period"
			);
		}
		Ok(())
	}

	/// A motion is counted once, and no seat has more than the maximum.
	fn try_state_motions() -> Result<(), TryRuntimeError> {
		let motions = Motions::<T>::get();
		for (number, seat) in &motions {
			ensure!(
				motions.iter().filter(|(other, _)| other == number).count() == 1,
				"a motion is counted twice"
			);
			ensure!(
				motions.iter().filter(|(_, of)| of == seat).count() as u32
					<= T::MaxMotionsPerSeat::get(),
				"a seat has more than the maximum number of motions"
			);
		}
		Ok(())
	}
}
