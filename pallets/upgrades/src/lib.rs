//! The council's way to a new runtime, in place of sudo.
//!
//! Two thirds of the council authorise the hash of a new runtime. Then anyone may submit its code
//! with `System.apply_authorized_upgrade`. The council gets no other power of root.
//!
//! The pallet stores nothing, so it has no `try_state`. Its call has the weight that `frame_system`
//! measured for the same work.
//!
//! # Neighbours
//!
//! - Uses: `frame_system`, which stores the authorisation and emits its own event.
//! - Used by: no other pallet.

#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use pallet::*;

#[frame_support::pallet]
#[allow(clippy::expect_used, reason = "the macro's expansion looks up its own pallet")]
pub mod pallet {
	use frame_support::{dispatch::DispatchClass, pallet_prelude::*};
	use frame_system::{pallet_prelude::*, WeightInfo as _};

	/// Configuration by the runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config {
		/// Origin that decides about the runtime.
		type UpgradeOrigin: EnsureOrigin<Self::RuntimeOrigin>;
	}

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Authorises the runtime whose code has this hash (blake2-256). It replaces an earlier
		/// authorisation that was not applied.
		///
		/// ## Origin
		/// Two thirds of the council.
		///
		/// ## Details
		/// Submitted code is refused unless it has the same spec name and a higher version.
		///
		/// ## Errors
		/// `BadOrigin` for any other origin.
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
