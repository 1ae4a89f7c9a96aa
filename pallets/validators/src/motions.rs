//! Limit of open motions for each seat.

use crate::*;
use frame_support::{ensure, traits::Get};
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
	/// Counts a motion that `who` proposes in the council, or refuses it if the seat has the
	/// maximum number of open motions.
	///
	/// `motion` is its number; `is_open` returns whether an earlier motion is still open. Motions
	/// are counted by validator, not by representative, so a hospital that changes its
	/// representative gets no more of them.
	pub fn count_motion(
		who: &T::AccountId,
		motion: u32,
		is_open: impl Fn(u32) -> bool,
	) -> DispatchResult {
		let seat = Validators::<T>::get()
			.into_iter()
			.find(|validator| validator.representative == *who)
			.ok_or(Error::<T>::NotRepresentative)?
			.account;
		Motions::<T>::try_mutate(|motions| {
			motions.retain(|(number, _)| is_open(*number));
			let open = motions.iter().filter(|(_, of)| *of == seat).count();
			ensure!((open as u32) < T::MaxMotionsPerSeat::get(), Error::<T>::TooManyMotions);
			motions.try_push((motion, seat)).map_err(|_| Error::<T>::TooManyMotions.into())
		})
	}
}
