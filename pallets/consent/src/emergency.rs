//! Switches with which a patient bars emergency access.

use crate::{Config, Error, Event, Pallet, Patients, SummaryClosed};
use frame_support::{dispatch::DispatchResult, traits::Time};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_set_emergency_opt_out(
		patient: T::AccountId,
		opted_out: bool,
	) -> DispatchResult {
		Self::ensure_may_set(&patient, opted_out)?;
		// The setting for emergency summaries stays unchanged.
		SummaryClosed::<T>::insert(&patient, Self::closes_summary(&patient));
		Patients::<T>::mutate(&patient, |state| state.opted_out = opted_out);
		Self::deposit_event(Event::EmergencyOptOutSet { patient, opted_out });
		Ok(())
	}

	pub(crate) fn do_set_emergency_summary_closed(
		patient: T::AccountId,
		closed: bool,
	) -> DispatchResult {
		Self::ensure_may_set(&patient, closed)?;
		SummaryClosed::<T>::insert(&patient, closed);
		Self::deposit_event(Event::EmergencySummarySet { patient, closed });
		Ok(())
	}

	/// Checks that the account may set a switch. Narrowing access needs no live membership.
	fn ensure_may_set(patient: &T::AccountId, narrows: bool) -> Result<(), Error<T>> {
		if narrows {
			Self::ensure_ever_patient(patient)
		} else {
			Self::ensure_live_patient(patient, T::Time::now())
		}
	}

	/// Returns whether the patient has closed their emergency summaries. A patient who never
	/// decided about summaries but opted out of emergency access has closed them: that opt-out once
	/// covered both.
	pub fn closes_summary(patient: &T::AccountId) -> bool {
		SummaryClosed::<T>::get(patient).unwrap_or_else(|| Patients::<T>::get(patient).opted_out)
	}
}
