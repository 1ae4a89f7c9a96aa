//! A patient's policy for the recovery of their account.

use crate::{Attempts, Config, Error, Event, Pallet, Policies};
use frame_support::{dispatch::DispatchResult, ensure};
use salus_primitives::{RecoveryPolicy, MAX_GUARDIANS, MIN_RECOVERY_THRESHOLD};

impl<T: Config> Pallet<T> {
	/// Returns the patient's policy.
	pub fn policy(patient: &T::AccountId) -> RecoveryPolicy {
		Policies::<T>::get(patient)
	}

	pub(crate) fn do_set_threshold(
		who: &T::AccountId,
		patient: T::AccountId,
		threshold: Option<u32>,
	) -> DispatchResult {
		let possible = MIN_RECOVERY_THRESHOLD..=MAX_GUARDIANS;
		ensure!(
			threshold.is_none_or(|threshold| possible.contains(&threshold)),
			Error::<T>::InvalidThreshold
		);
		Self::change_policy(who, patient, |policy| policy.threshold = threshold)
	}

	pub(crate) fn do_let_hospital(
		who: &T::AccountId,
		patient: T::AccountId,
		hospital: bool,
	) -> DispatchResult {
		Self::change_policy(who, patient.clone(), |policy| policy.hospital = hospital)?;
		if !hospital {
			// For good: if the patient allows the hospital again, its earlier support must not
			// count.
			Attempts::<T>::mutate_extant(&patient, |attempt| attempt.hospital = false);
		}
		Ok(())
	}

	fn change_policy(
		who: &T::AccountId,
		patient: T::AccountId,
		change: impl FnOnce(&mut RecoveryPolicy),
	) -> DispatchResult {
		ensure!(*who == Self::holder(&patient), Error::<T>::NotHolder);
		Self::patient(&patient)?;
		let mut policy = Policies::<T>::get(&patient);
		change(&mut policy);
		if policy == RecoveryPolicy::default() {
			Policies::<T>::remove(&patient);
		} else {
			Policies::<T>::insert(&patient, policy);
		}
		Self::deposit_event(Event::PolicySet { patient, policy });
		Ok(())
	}
}
