//! Invariants of the pallet's storage.

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
			ensure!((1..=MAX_THRESHOLD).contains(&threshold), "a threshold is out of bounds");
		}
		Ok(())
	}

	/// Checks that there are statements, at most one of each account, all for one organisation, and
	/// none that had already expired when it was made. If a verdict was reached, at least one
	/// statement has it.
	fn try_state_standing(standing: &StandingOf<T>) -> Result<(), TryRuntimeError> {
		let given = &standing.attestations;
		let first = given.first().ok_or("a subject without statements has an entry")?;
		for (attester, attestation) in given {
			ensure!(
				given.iter().filter(|(other, _)| other == attester).count() == 1,
				"an account made two statements about a subject"
			);
			ensure!(
				attestation.organisation == first.1.organisation,
				"statements about a subject are for several organisations"
			);
			ensure!(
				attestation.expires.is_none_or(|end| end > attestation.at),
				"a statement had expired when it was made"
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
