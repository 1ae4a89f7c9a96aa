//! Reference for the calls that are accepted.

use super::*;

impl World {
	/// Returns whether a patient's grant is accepted now, apart from room.
	pub fn accepts_grant(&self, patient: AccountId, terms: &GrantTerms<AccountId>) -> bool {
		self.live_patient(patient, self.now) && self.accepts_terms(patient, terms)
	}

	/// Returns whether a patient may give a grant with these terms now.
	pub fn accepts_terms(&self, patient: AccountId, terms: &GrantTerms<AccountId>) -> bool {
		let organisation_fine = match terms.grantee {
			Grantee::Organisation(one) | Grantee::CareTeam(one) => self.active(one),
			Grantee::Member { account, role, organisation } => {
				let there = |member: &&Membership| {
					member.role == role
						&& member.organisation == Some(organisation)
						&& member.status != MemberStatus::Revoked
				};
				self.active(organisation) && self.of(account).iter().any(there)
			}
			Grantee::Role { organisation: Some(one), .. } => self.active(one),
			_ => true,
		};
		let period_fine = match (terms.from, terms.until) {
			(_, None) => true,
			(None, Some(until)) => until > self.now,
			(Some(from), Some(until)) => until > from && until > self.now,
		};
		organisation_fine
			&& period_fine
			&& !terms.purposes.is_empty()
			&& !terms.purposes.contains(&Purpose::BTG)
			&& !terms.actions.is_empty()
			&& terms.uses != Some(0)
			&& conditions::sound(&terms.condition)
			&& self.accepts(patient, &terms.grantee, &terms.scope)
	}

	/// Returns whether a patient's denial is accepted now, apart from room.
	pub fn accepts_denial(
		&self,
		patient: AccountId,
		grantee: &Grantee<AccountId>,
		scope: &Scope,
	) -> bool {
		let organisation_fine = self.knows(grantee);
		self.ever_patient(patient) && organisation_fine && self.accepts(patient, grantee, scope)
	}

	/// Returns whether the grantee's organisation, if it names one, is registered.
	pub fn knows(&self, grantee: &Grantee<AccountId>) -> bool {
		let known = |one| self.organisations.iter().any(|(id, _)| *id == one);
		match *grantee {
			Grantee::Organisation(one)
			| Grantee::CareTeam(one)
			| Grantee::Member { organisation: one, .. } => known(one),
			Grantee::Role { organisation: Some(one), .. } => known(one),
			_ => true,
		}
	}

	pub fn accepts(&self, patient: AccountId, grantee: &Grantee<AccountId>, scope: &Scope) -> bool {
		let to_role_of_patients = matches!(
			grantee,
			Grantee::Role { role: Role::Patient, .. } | Grantee::Member { role: Role::Patient, .. }
		);
		self.accepts_scope(patient, scope)
			&& !to_role_of_patients
			&& grantee.account() != Some(&patient)
	}

	pub fn accepts_scope(&self, patient: AccountId, scope: &Scope) -> bool {
		let own = |id: &RecordId| self.filed(*id).filter(|filed| filed.patient == patient);
		match scope {
			Scope::Everything => true,
			Scope::Categories(list) => !list.is_empty(),
			Scope::Record(id) => own(id).is_some(),
			Scope::Version { record, version } => {
				own(record).is_some_and(|filed| *version >= 1 && *version <= filed.latest)
			}
		}
	}

	/// Adds a grant if there is or can be made room for it, and returns its number.
	pub fn note_grant(
		&mut self,
		patient: AccountId,
		terms: GrantTerms<AccountId>,
		via: Option<(GrantId, AccountId)>,
		answered: bool,
	) -> Option<GrantId> {
		let before = self.grants.clone();
		let full = |world: &World| {
			let of = world.grants.iter().filter(|given| given.patient == patient);
			let shared = of.clone().filter(|given| given.via.is_some());
			of.count() >= world.max_grants || (via.is_some() && shared.count() >= 16)
		};
		let crowded = |world: &World| {
			let of = world.grants.iter().filter(|one| one.patient == patient && one.answered);
			let requester =
				|one: &&GrantRow| one.terms.grantee.account() == terms.grantee.account();
			let organisation = |one: &&GrantRow| {
				answers::organisation_of(&one.terms.grantee)
					== answers::organisation_of(&terms.grantee)
			};
			answered
				&& (of.clone().count() >= 32
					|| of.clone().filter(requester).count() >= 4
					|| of.filter(organisation).count() >= 16)
		};
		let (is_full, is_crowded) = (full(self), crowded(self));
		if is_full || is_crowded {
			let over: Vec<_> = self
				.grants
				.iter()
				.filter(|given| given.patient == patient)
				.filter(|given| is_full || given.answered)
				.filter(|given| ended(given, self.now) || used_up(given, None))
				.map(|given| given.id)
				.take(8)
				.collect();
			for id in over {
				self.end_grant(patient, id);
			}
		}
		if full(self) || crowded(self) {
			self.grants = before;
			return None;
		}
		let numbers = self.numbers(patient);
		let id = numbers.grants;
		numbers.grants += 1;
		self.grants.push(GrantRow { patient, id, terms, at: self.now, used: 0, via, answered });
		Some(id)
	}

	/// Removes a grant and those passed on from it. Returns whether there was one.
	pub fn end_grant(&mut self, patient: AccountId, id: GrantId) -> bool {
		let before = self.grants.len();
		self.grants.retain(|given| {
			let it = given.id == id;
			let from_it = matches!(given.via, Some((parent, _)) if parent == id);
			given.patient != patient || !(it || from_it)
		});
		self.grants.len() < before
	}

	/// Returns whether a sharer may pass on a grant with these terms now, apart from room.
	pub fn accepts_share(
		&self,
		sharer: AccountId,
		patient: AccountId,
		parent: GrantId,
		terms: &GrantTerms<AccountId>,
	) -> bool {
		let Some(given) =
			self.grants.iter().find(|given| given.patient == patient && given.id == parent)
		else {
			return false;
		};
		let wide = &given.terms;
		let setting = self.setting_over(&terms.scope, patient, sharer, &terms.purposes);
		let ties = self.ties(sharer, &wide.grantee, given.at, Action::Share);
		let may_share = given.via.is_none()
			&& wide.actions.contains(&Action::Share)
			&& self.means(&wide.grantee, given.at, Action::Share, sharer, self.now)
			&& begun(given, self.now)
			&& !ended(given, self.now)
			&& !used_up(given, None)
			&& self.met(&wide.condition, ties, &setting).1;
		let barred = self.denials.iter().any(|denial| {
			denial.patient == patient
				&& self.bars(&denial.grantee, sharer, self.now)
				&& self.touch(&denial.scope, &terms.scope)
		});
		let uses_fine = match (wide.uses, terms.uses) {
			(None, _) => true,
			(Some(_), None) => false,
			(Some(most), Some(uses)) => uses + given.used <= most,
		};
		let end_fine = match (wide.until, terms.until) {
			(None, _) => true,
			(Some(_), None) => false,
			(Some(most), Some(until)) => until <= most,
		};
		may_share
			&& !barred
			&& self.accepts_terms(patient, terms)
			&& terms.grantee.account() != Some(&sharer)
			&& self.inside(&terms.scope, &wide.scope)
			&& terms.purposes.iter().all(|one| wide.purposes.contains(one))
			&& terms.actions.iter().all(|one| wide.actions.contains(one))
			&& !terms.actions.contains(&Action::Share)
			&& uses_fine
			&& end_fine
	}

	/// Returns the setting of an actor who requests, or passes on, access over a scope.
	pub fn setting_over(
		&self,
		scope: &Scope,
		patient: AccountId,
		actor: AccountId,
		purposes: &[Purpose],
	) -> Setting {
		let filed = match scope {
			Scope::Record(id) | Scope::Version { record: id, .. } => self.filed(*id),
			_ => None,
		};
		let categories = match scope {
			Scope::Categories(list) => Some(list.to_vec()),
			_ => filed.map(|filed| vec![filed.category]),
		};
		Setting {
			patient,
			actor,
			purposes: purposes.to_vec(),
			categories,
			confidentiality: filed.map(|filed| filed.confidentiality),
			now: self.now,
		}
	}
}
