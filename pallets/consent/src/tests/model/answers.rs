//! Reference for guardians, requests, rules and answers. Each function applies a call if it is
//! accepted, and returns whether it is.

use super::*;

impl World {
	pub fn appoint(
		&mut self,
		patient: AccountId,
		guardian: AccountId,
		scope: Scope,
		purposes: Purposes,
		until: Option<Moment>,
	) -> bool {
		let now = self.now;
		let standing = |one: &&Guardianship| {
			one.patient == patient && one.until.is_none_or(|until| until > now)
		};
		let guardianships: Vec<_> = self.guardianships.iter().filter(standing).collect();
		let accepted = self.live_patient(patient, now)
			&& guardian != patient
			&& self.accepts_scope(patient, &scope)
			&& !purposes.is_empty()
			&& !purposes.contains(&Purpose::BTG)
			&& until.is_none_or(|until| until > now)
			&& guardianships.len() < 8
			&& guardianships.iter().all(|guardianship| guardianship.guardian != guardian);
		if accepted {
			self.guardianships.retain(|guardianship| {
				guardianship.patient != patient
					|| guardianship.until.is_none_or(|until| until > now)
			});
			let numbers = self.numbers(patient);
			let id = numbers.guardians;
			numbers.guardians += 1;
			self.guardianships.push(Guardianship {
				patient,
				id,
				guardian,
				scope,
				purposes,
				since: now,
				until,
			});
		}
		accepted
	}

	pub fn dismiss(&mut self, patient: AccountId, id: GuardianId) -> bool {
		let before = self.guardianships.len();
		self.guardianships.retain(|one| one.patient != patient || one.id != id);
		self.guardianships.len() < before
	}

	pub fn set_rule(&mut self, patient: AccountId, rule: StandingRule<AccountId>) -> bool {
		let requester_fine = rule.requester.as_ref().is_none_or(|requester| {
			self.knows(requester) && self.accepts(patient, requester, &Scope::Everything)
		});
		let count = self.rules.iter().filter(|one| one.patient == patient);
		let accepted = count.count() < 16
			&& self.live_patient(patient, self.now)
			&& requester_fine
			&& self.accepts_scope(patient, &rule.scope)
			&& !rule.purposes.is_empty()
			&& !rule.actions.is_empty()
			&& conditions::sound(&rule.condition)
			&& rule.answer != (RuleAnswer::Approve { duration: 0 })
			&& (rule.answer == RuleAnswer::Decline || !rule.purposes.contains(&Purpose::BTG));
		if accepted {
			let numbers = self.numbers(patient);
			let id = numbers.rules;
			numbers.rules += 1;
			let set = self.now;
			self.rules.push(RuleRow { patient, id, set, rule });
		}
		accepted
	}

	pub fn remove_rule(&mut self, patient: AccountId, id: RuleId) -> bool {
		let Some(index) = self.rules.iter().position(|one| one.patient == patient && one.id == id)
		else {
			return false;
		};
		let declines = self.rules[index].rule.answer == RuleAnswer::Decline;
		let accepted = !declines || self.live_patient(patient, self.now);
		if accepted {
			self.rules.remove(index);
		}
		accepted
	}

	pub fn request(
		&mut self,
		requester: AccountId,
		patient: AccountId,
		terms: RequestTerms,
	) -> bool {
		let accepted = requester != patient
			&& self.live_member(requester, self.now)
			&& self.live_patient(patient, self.now)
			&& self.accepts_scope(patient, &terms.scope)
			&& !terms.purposes.is_empty()
			&& !terms.purposes.contains(&Purpose::BTG)
			&& !terms.actions.is_empty()
			&& terms.until.is_none_or(|until| until > self.now);
		if !accepted {
			return false;
		}
		let id = self.numbers(patient).requests;
		let capacity = self.capacity(requester);
		let mut waiting = Waiting { patient, id, requester, terms, made: self.now, capacity };
		let rule = self
			.rules
			.iter()
			.filter(|one| one.patient == patient)
			.find_map(|one| Some((one, self.answers(one, &waiting)?)));
		let answer = rule.map(|(one, capacity)| {
			waiting.capacity = capacity;
			(one.rule.answer, one.rule.condition.clone())
		});
		let answered = match answer {
			Some((RuleAnswer::Decline, _)) => true,
			Some((RuleAnswer::Approve { duration }, condition)) => {
				let end = self.now + duration;
				let until = Some(waiting.terms.until.unwrap_or(end).min(end));
				self.give(&waiting, None, until, condition, true)
			}
			None => false,
		};
		let accepted = answered || self.wait(waiting);
		if accepted {
			self.numbers(patient).requests += 1;
		}
		accepted
	}

	/// Returns the capacity in which an account asks.
	fn capacity(&self, who: AccountId) -> Grantee<AccountId> {
		let mut live = self.of(who);
		live.retain(|member| self.live(member, self.now));
		live.sort_by_key(|member| member.role);
		let named = live.into_iter().find_map(named);
		named.unwrap_or(Grantee::Person(who))
	}

	/// Returns the requester's capacity in the answer if the rule answers the request.
	fn answers(&self, row: &RuleRow, asked: &Waiting) -> Option<Grantee<AccountId>> {
		let rule = &row.rule;
		let (terms, patient, who) = (&asked.terms, asked.patient, asked.requester);
		let setting = self.setting_over(&terms.scope, patient, who, &terms.purposes);
		let approves = rule.answer != RuleAnswer::Decline;
		let mut held = self.of(who);
		held.sort_by_key(|member| member.role);
		let in_it = |all: Vec<&Membership>, one: &Membership| {
			all.into_iter().any(|other| core::ptr::eq(other, one))
		};
		let found = held.into_iter().find(|member| {
			let meant = match (&rule.requester, approves) {
				(None, true) => member.role != Role::Patient,
				(None, false) => true,
				(Some(requester), false) => in_it(self.barred(who, requester), member),
				(Some(requester), true) => terms
					.actions
					.iter()
					.all(|action| in_it(self.ties(who, requester, row.set, *action), member)),
			};
			let (surely, perhaps) = self.met(&rule.condition, vec![*member], &setting);
			let met = if approves { surely } else { perhaps };
			meant && self.live(member, self.now) && met
		})?;
		let purposes = |one: &Purpose| rule.purposes.contains(one);
		let actions = |one: &Action| rule.actions.contains(one);
		let matches = match rule.answer {
			RuleAnswer::Approve { .. } => {
				terms.purposes.iter().all(purposes)
					&& terms.actions.iter().all(actions)
					&& self.inside(&terms.scope, &rule.scope)
			}
			RuleAnswer::Decline => {
				terms.purposes.iter().any(purposes)
					&& terms.actions.iter().any(actions)
					&& self.touch(&terms.scope, &rule.scope)
			}
		};
		matches.then(|| match rule.requester {
			Some(Grantee::Person(_)) => Grantee::Person(who),
			_ => named(found).unwrap_or(Grantee::Person(who)),
		})
	}

	/// Makes the grant that answers a request. Returns whether there is room for it and it may
	/// still be given.
	fn give(
		&mut self,
		asked: &Waiting,
		uses: Option<u32>,
		until: Option<Moment>,
		condition: Option<Expression>,
		answered: bool,
	) -> bool {
		let terms = GrantTerms {
			grantee: asked.capacity.clone(),
			scope: asked.terms.scope.clone(),
			purposes: asked.terms.purposes.clone(),
			actions: asked.terms.actions.clone(),
			from: None,
			until,
			uses,
			condition,
		};
		self.accepts_terms(asked.patient, &terms)
			&& self.note_grant(asked.patient, terms, None, answered).is_some()
	}

	/// Returns the requests that await a patient's answer.
	pub fn waiting(&self, patient: AccountId) -> Vec<ConsentRequestId> {
		let of = self.requests.iter().filter(|one| one.patient == patient);
		of.filter(|one| self.is_open(one)).map(|one| one.id).collect()
	}

	/// Counts one use of a grant and of its parent.
	pub fn count(&mut self, patient: AccountId, id: GrantId) {
		let via = self.grants.iter().find(|one| one.patient == patient && one.id == id);
		let parent = via.and_then(|given| given.via).map(|(parent, _)| parent);
		for given in self.grants.iter_mut().filter(|one| one.patient == patient) {
			if given.id == id || Some(given.id) == parent {
				given.used += 1;
			}
		}
	}

	fn is_open(&self, waiting: &Waiting) -> bool {
		self.now < waiting.made + 30 * 24 * 3_600_000
	}

	/// Adds a waiting request. Returns whether there is room.
	fn wait(&mut self, waiting: Waiting) -> bool {
		let standing: Vec<_> = self
			.requests
			.iter()
			.filter(|one| one.patient == waiting.patient && self.is_open(one))
			.collect();
		let theirs = standing.iter().filter(|one| one.requester == waiting.requester);
		let of_same = standing
			.iter()
			.filter(|one| organisation_of(&one.capacity) == organisation_of(&waiting.capacity));
		let most = if organisation_of(&waiting.capacity).is_some() { 8 } else { 32 };
		let room = standing.len() < 64 && theirs.count() < 4 && of_same.count() < most;
		if room {
			self.requests.push(waiting);
		}
		room
	}

	/// Returns the index of a waiting request.
	fn find(&self, patient: AccountId, id: ConsentRequestId) -> Option<usize> {
		self.requests
			.iter()
			.position(|one| one.patient == patient && one.id == id && self.is_open(one))
	}

	pub fn withdraw(&mut self, who: AccountId, patient: AccountId, id: ConsentRequestId) -> bool {
		let index = self.find(patient, id);
		let index = index.filter(|index| self.requests[*index].requester == who);
		index.map(|index| self.requests.remove(index)).is_some()
	}

	pub fn answer(
		&mut self,
		who: AccountId,
		patient: AccountId,
		id: ConsentRequestId,
		answer: &Answer,
	) -> bool {
		let Some(index) = self.find(patient, id) else {
			return false;
		};
		let asked = self.requests[index].clone();
		let guardian = self.guardianships.iter().find(|guardianship| {
			guardianship.patient == patient
				&& guardianship.guardian == who
				&& guardianship.until.is_none_or(|until| until > self.now)
		});
		let by_guardian = guardian.is_some_and(|guardianship| {
			who != asked.requester
				&& self.live_member(who, self.now)
				&& asked.terms.actions.iter().all(|one| *one == Action::Read)
				&& (asked.terms.purposes.iter()).all(|one| guardianship.purposes.contains(one))
				&& self.inside(&asked.terms.scope, &guardianship.scope)
		});
		let most = guardian.and_then(|guardianship| guardianship.until);
		let accepted = match answer {
			Answer::Decline => by_guardian || who == patient && self.ever_patient(who),
			Answer::Approve(Approval { uses, until }) => {
				let may = by_guardian || who == patient && self.live_patient(who, self.now);
				let fine = match (until, asked.terms.until) {
					(Some(until), Some(asked)) => *until <= asked,
					_ => true,
				};
				let mut end = until.or(asked.terms.until);
				if who != patient {
					end = match (end, most) {
						(Some(end), Some(most)) => Some(end.min(most)),
						(one, other) => one.or(other),
					};
				}
				may && fine && self.give(&asked, *uses, end, None, who != patient)
			}
		};
		if accepted {
			let index = self.find(patient, id).expect("waits");
			self.requests.remove(index);
		}
		accepted
	}
}

/// Returns the grantee that names the account in the capacity of a membership, if the membership is
/// not a patient's.
fn named(member: &Membership) -> Option<Grantee<AccountId>> {
	match (member.role, member.organisation) {
		(Role::Patient, _) | (_, None) => None,
		(role, Some(organisation)) => {
			Some(Grantee::Member { account: member.who, role, organisation })
		}
	}
}

pub fn organisation_of(capacity: &Grantee<AccountId>) -> Option<OrganisationId> {
	match capacity {
		Grantee::Member { organisation, .. } => Some(*organisation),
		_ => None,
	}
}
