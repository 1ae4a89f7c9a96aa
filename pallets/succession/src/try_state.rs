//! What must hold of the whole state at any time.

use crate::{types::MAX_SUPPORT, *};
use frame_support::ensure;
use salus_primitives::{RecoveryPolicy, Supporter, MAX_GUARDIANS, MIN_RECOVERY_THRESHOLD};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks the successors against those for whom they act, the attempts in themselves, and what patients ask for.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_successors()?;
		Self::check_attempts()?;
		Self::check_policies()
	}

	fn check_successors() -> Result<(), TryRuntimeError> {
		for (patient, successor) in Successors::<T>::iter() {
			ensure!(
				Predecessors::<T>::get(&successor) == Some(patient),
				"a patient's successor is not known to act for them"
			);
		}
		for (successor, patient) in Predecessors::<T>::iter() {
			ensure!(
				Successors::<T>::contains_key(&patient),
				"someone acts for a patient who has no successor"
			);
			ensure!(
				!Successors::<T>::contains_key(&successor),
				"a successor has a successor of its own"
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
				"one guardian is enough for an attempt, or no number is"
			);
			ensure!(
				attempt.successor != patient,
				"a patient is to succeed themself"
			);
			ensure!(!attempt.support.is_empty(), "nobody supports an attempt");
			ensure!(
				attempt.support.is_sorted_by_key(|support| support.at),
				"supports are not in order of time"
			);
			for (index, support) in attempt.support.iter().enumerate() {
				ensure!(
					attempt.proposed <= support.at && support.at < attempt.expires,
					"a support is older than its attempt, or came after its end"
				);
				ensure!(
					support.by != patient && support.by != attempt.successor,
					"the patient or the successor supports an attempt"
				);
				ensure!(
					match &support.supporter {
						Supporter::Guardian(guardian) => *guardian == support.by,
						Supporter::Hospital(_) => attempt.hospital,
					},
					"a support is in another's name, or of a hospital that is kept out"
				);
				ensure!(
					attempt
						.support
						.iter()
						.skip(index.saturating_add(1))
						.all(|other| {
							other.supporter != support.supporter && other.by != support.by
						}),
					"someone supports an attempt twice"
				);
			}
		}
		Ok(())
	}

	fn check_policies() -> Result<(), TryRuntimeError> {
		for (_, policy) in Policies::<T>::iter() {
			ensure!(
				policy != RecoveryPolicy::default(),
				"what a patient asks for by default has a row"
			);
			ensure!(
				policy.threshold.is_none_or(|threshold| {
					(MIN_RECOVERY_THRESHOLD..=MAX_GUARDIANS).contains(&threshold)
				}),
				"a patient asks for a number of guardians that none may"
			);
		}
		Ok(())
	}
}
