//! What must hold of the whole state at any time.

use crate::{Config, Denials, Grants, Pallet, Patients};
use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::{ensure, traits::Get};
use salus_primitives::{
	Grantee, RecordEntry, RecordId, RecordQuery, Role, RoleQuery, Scope, Version,
};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks every grant, every denial and every count, and their relations to members and records.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_counters()?;
		for (patient, _, grant) in Grants::<T>::iter() {
			let terms = &grant.terms;
			Self::check_grantee_in_state(&patient, &terms.grantee)?;
			Self::check_scope_in_state(&patient, &terms.scope)?;
			ensure!(
				is_canonical(&terms.purposes),
				"a grant's purposes are empty or not in order"
			);
			ensure!(
				is_canonical(&terms.actions),
				"a grant's actions are empty or not in order"
			);
			let begins = terms.from.map_or(grant.given, |from| from.max(grant.given));
			ensure!(
				terms.until.is_none_or(|until| until > begins),
				"a grant ends before it begins"
			);
		}
		for (patient, _, denial) in Denials::<T>::iter() {
			Self::check_grantee_in_state(&patient, &denial.grantee)?;
			Self::check_scope_in_state(&patient, &denial.scope)?;
		}
		Ok(())
	}

	/// The counts are those of the maps and within the limits, and no number is above the next one.
	fn check_counters() -> Result<(), TryRuntimeError> {
		let mut grants = BTreeMap::<_, Vec<_>>::new();
		for (patient, id) in Grants::<T>::iter_keys() {
			ensure!(
				Patients::<T>::contains_key(&patient),
				"a grant's patient has no counters"
			);
			grants.entry(patient).or_default().push(id);
		}
		let mut denials = BTreeMap::<_, Vec<_>>::new();
		for (patient, id) in Denials::<T>::iter_keys() {
			ensure!(
				Patients::<T>::contains_key(&patient),
				"a denial's patient has no counters"
			);
			denials.entry(patient).or_default().push(id);
		}
		for (patient, counters) in Patients::<T>::iter() {
			let grants = grants.remove(&patient).unwrap_or_default();
			let denials = denials.remove(&patient).unwrap_or_default();
			ensure!(
				grants.len() == counters.grants as usize,
				"a patient's count of grants is not their number"
			);
			ensure!(
				denials.len() == counters.denials as usize,
				"a patient's count of denials is not their number"
			);
			ensure!(
				counters.grants <= T::MaxGrants::get(),
				"a patient has too many grants"
			);
			ensure!(
				counters.denials <= T::MaxDenials::get(),
				"a patient has too many denials"
			);
			ensure!(
				grants.iter().all(|id| *id < counters.next_grant),
				"a grant's number has not been given out yet"
			);
			ensure!(
				denials.iter().all(|id| *id < counters.next_denial),
				"a denial's number has not been given out yet"
			);
			ensure!(
				T::Roles::memberships(&patient)
					.iter()
					.any(|(role, _)| *role == Role::Patient),
				"someone who never was a patient has counters"
			);
		}
		Ok(())
	}

	fn check_grantee_in_state(
		patient: &T::AccountId,
		grantee: &Grantee<T::AccountId>,
	) -> Result<(), TryRuntimeError> {
		ensure!(
			*grantee != Grantee::Account(patient.clone()),
			"a grant or denial is to the patient themself"
		);
		ensure!(
			!matches!(
				grantee,
				Grantee::Role {
					role: Role::Patient,
					..
				}
			),
			"a grant or denial is to the role of patients"
		);
		Ok(())
	}

	fn check_scope_in_state(patient: &T::AccountId, scope: &Scope) -> Result<(), TryRuntimeError> {
		match scope {
			Scope::Everything => Ok(()),
			Scope::Categories(categories) => {
				ensure!(
					is_canonical(categories),
					"a scope's categories are empty or not in order"
				);
				Ok(())
			}
			Scope::Record(record) => Self::check_record(patient, record, 1),
			Scope::Version { record, version } => Self::check_record(patient, record, *version),
		}
	}

	/// The record is or was the patient's and, while it lives, has the version.
	fn check_record(
		patient: &T::AccountId,
		id: &RecordId,
		version: Version,
	) -> Result<(), TryRuntimeError> {
		let owner = match T::Records::record(id).ok_or("a scope's record is unknown")? {
			RecordEntry::Live(record) => {
				ensure!(
					(1..=record.latest).contains(&version),
					"a scope's record has no such version"
				);
				record.patient
			}
			RecordEntry::Erased(stone) => stone.patient,
		};
		ensure!(owner == *patient, "a scope's record is another patient's");
		Ok(())
	}
}

/// Whether a set has items, in order and without repetitions.
fn is_canonical<Item: Ord>(items: &[Item]) -> bool {
	!items.is_empty() && items.is_sorted_by(|one, next| one < next)
}
