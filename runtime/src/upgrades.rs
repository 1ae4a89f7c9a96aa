//! The council's way to a new runtime, in the place of sudo.
//!
//! Contract: two thirds of the council authorise the hash of a new runtime; then anyone may hand in its code by
//! `System.apply_authorized_upgrade`. Nothing else of root's power is given out.
//!
//! Down: `frame_system`, which keeps the authorisation and tells of it by its own event. Up: nothing.

pub use pallet::*;

#[frame_support::pallet]
#[allow(
	clippy::expect_used,
	reason = "what the macro expands to looks up its own pallet"
)]
pub mod pallet {
	use frame_support::{dispatch::DispatchClass, pallet_prelude::*};
	use frame_system::{pallet_prelude::*, WeightInfo as _};

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config {
		/// Who decides over the runtime.
		type UpgradeOrigin: EnsureOrigin<Self::RuntimeOrigin>;
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Authorises the runtime whose code has this hash (blake2-256), in the place of one that was authorised before
		/// and not applied.
		///
		/// ## Origin
		/// Two thirds of the council.
		///
		/// ## Details
		/// When the code is handed in, it is refused unless it names the same chain and a higher version.
		///
		/// ## Errors
		/// None beyond a wrong origin.
		///
		/// ## Events
		/// `System.UpgradeAuthorized`.
		#[pallet::call_index(0)]
		#[pallet::weight((T::SystemWeightInfo::authorize_upgrade(), DispatchClass::Operational))]
		pub fn authorize(origin: OriginFor<T>, code_hash: T::Hash) -> DispatchResult {
			T::UpgradeOrigin::ensure_origin(origin)?;
			frame_system::Pallet::<T>::do_authorize_upgrade(code_hash, true);
			Ok(())
		}
	}
}
