//! What must always hold of the pallet's storage.

use crate::*;
use frame_support::ensure;
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks every relation between the pallet's storage items.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		for standing in Standings::<T>::iter_values() {
			Self::try_state_standing(&standing)?;
		}
		for threshold in Thresholds::<T>::iter_values() {
			ensure!(
				(1..=MAX_THRESHOLD).contains(&threshold),
				"a threshold is out of bounds"
			);
		}
		Ok(())
	}

	/// Somebody stated something, nobody twice, all for one organisation, none that had ended when it was made; and who
	/// reached a verdict has at least one statement that says so.
	fn try_state_standing(standing: &StandingOf<T>) -> Result<(), TryRuntimeError> {
		let given = &standing.attestations;
		let first = given
			.first()
			.ok_or("a subject without statements has an entry")?;
		for (attester, attestation) in given {
			ensure!(
				given.iter().filter(|(other, _)| other == attester).count() == 1,
				"someone stated something twice"
			);
			ensure!(
				attestation.organisation == first.1.organisation,
				"statements about a subject are for several organisations"
			);
			ensure!(
				attestation.expires.is_none_or(|end| end > attestation.at),
				"a statement had ended when it was made"
			);
		}
		ensure!(
			standing
				.reached
				.is_none_or(|verdict| given.iter().any(|(_, other)| other.verdict == verdict)),
			"a verdict was reached that nobody stated"
		);
		Ok(())
	}
}
