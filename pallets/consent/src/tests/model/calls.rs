//! The reference for what calls accept.

use super::*;

impl World {
	/// Whether a patient's grant is accepted now, as to who and what.
	pub fn accepts_grant(&self, patient: AccountId, terms: &GrantTerms<AccountId>) -> bool {
		let live_patient = self.members.iter().any(|member| {
			member.who == patient && member.role == Role::Patient && self.live(member, self.now)
		});
		let organisation_fine = match terms.grantee {
			Grantee::Organisation(one) => self.active(one),
			Grantee::Role {
				organisation: Some(one),
				..
			} => self.active(one),
			_ => true,
		};
		let period_fine = match (terms.from, terms.until) {
			(_, None) => true,
			(None, Some(until)) => until > self.now,
			(Some(from), Some(until)) => until > from && until > self.now,
		};
		live_patient
			&& organisation_fine
			&& period_fine
			&& !terms.purposes.is_empty()
			&& !terms.actions.is_empty()
			&& self.accepts(patient, &terms.grantee, &terms.scope)
	}

	/// Whether a patient's denial is accepted now.
	pub fn accepts_denial(
		&self,
		patient: AccountId,
		grantee: &Grantee<AccountId>,
		scope: &Scope,
	) -> bool {
		let known = |one| self.organisations.iter().any(|(id, _)| *id == one);
		let organisation_fine = match *grantee {
			Grantee::Organisation(one) => known(one),
			Grantee::Role {
				organisation: Some(one),
				..
			} => known(one),
			_ => true,
		};
		let patient_ever = self
			.members
			.iter()
			.any(|member| member.who == patient && member.role == Role::Patient);
		patient_ever && organisation_fine && self.accepts(patient, grantee, scope)
	}

	fn accepts(&self, patient: AccountId, grantee: &Grantee<AccountId>, scope: &Scope) -> bool {
		let own = |id: &RecordId| {
			self.records
				.iter()
				.find(|filed| filed.id == *id && filed.patient == patient && !filed.erased)
		};
		let scope_fine = match scope {
			Scope::Everything => true,
			Scope::Categories(list) => !list.is_empty(),
			Scope::Record(id) => own(id).is_some(),
			Scope::Version { record, version } => {
				own(record).is_some_and(|filed| *version >= 1 && *version <= filed.latest)
			}
		};
		let to_role_of_patients = matches!(
			grantee,
			Grantee::Role {
				role: Role::Patient,
				..
			}
		);
		scope_fine && !to_role_of_patients && *grantee != Grantee::Account(patient)
	}
}
