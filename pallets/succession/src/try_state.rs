//! Invariants of the pallet's storage.

use crate::{types::MAX_SUPPORT, *};
use frame_support::ensure;
use salus_primitives::{RecoveryPolicy, Supporter, MAX_GUARDIANS, MIN_RECOVERY_THRESHOLD};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks the successors against their predecessors, the attempts, and the policies.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_successors()?;
		Self::check_attempts()?;
		Self::check_policies()
	}

	fn check_successors() -> Result<(), TryRuntimeError> {
		for (patient, successor) in Successors::<T>::iter() {
			ensure!(
				Predecessors::<T>::get(&successor) == Some(patient),
				"a successor lacks the entry of its patient"
			);
		}
		for (successor, patient) in Predecessors::<T>::iter() {
			ensure!(
				Successors::<T>::contains_key(&patient),
				"an account acts for a patient without a successor"
			);
			ensure!(
				!Successors::<T>::contains_key(&successor),
				"a successor has its own successor"
			);
			ensure!(
				frame_system::Pallet::<T>::providers(&successor) > 0,
				"a successor cannot sign transactions"
			);
		}
		Ok(())
	}

	fn check_attempts() -> Result<(), TryRuntimeError> {
		for (patient, attempt) in Attempts::<T>::iter() {
			ensure!(
				attempt.proposed <= Self::now() && attempt.proposed < attempt.expires,
				"an attempt began in the future, or ended before it began"
			);
			ensure!(
				attempt.threshold >= MIN_RECOVERY_THRESHOLD && attempt.threshold <= MAX_SUPPORT,
				"an attempt needs one guardian, or more than there can be"
			);
			ensure!(attempt.successor != patient, "a patient is their own successor");
			ensure!(!attempt.support.is_empty(), "an attempt has no support");
			ensure!(
				attempt.support.is_sorted_by_key(|support| support.at),
				"supports are not in order of time"
			);
			for (index, support) in attempt.support.iter().enumerate() {
				ensure!(
					attempt.proposed <= support.at && support.at < attempt.expires,
					"a support is older than its attempt, or later than its end"
				);
				ensure!(
					support.by != patient && support.by != attempt.successor,
					"the patient or the successor supports an attempt"
				);
				ensure!(
					match &support.supporter {
						Supporter::Guardian(guardian) => *guardian == support.by,
						Supporter::Hospital(_) => true,
					},
					"a support is in another's name"
				);
				ensure!(
					attempt.support.iter().skip(index.saturating_add(1)).all(|other| {
						other.supporter != support.supporter && other.by != support.by
					}),
					"a supporter supports an attempt twice"
				);
			}
		}
		Ok(())
	}

	fn check_policies() -> Result<(), TryRuntimeError> {
		for (_, policy) in Policies::<T>::iter() {
			ensure!(policy != RecoveryPolicy::default(), "a default policy is stored");
			ensure!(
				policy.threshold.is_none_or(|threshold| {
					(MIN_RECOVERY_THRESHOLD..=MAX_GUARDIANS).contains(&threshold)
				}),
				"a policy has an invalid number of guardians"
			);
		}
		Ok(())
	}
}
