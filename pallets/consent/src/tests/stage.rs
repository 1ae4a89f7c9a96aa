//! The stage of the random histories: plays each step side by side on the pallet's mock and the
//! reference model.

use super::{
	histories::*,
	model::{DenialRow, Filed, Membership, World},
	*,
};

/// Limit of grants, so low that room must be made for some.
const MAX_GRANTS: usize = 8;

/// Past or present membership, kept apart from the model. One that ended stays ended.
pub struct Tenure {
	pub who: AccountId,
	pub role: Role,
	pub organisation: Option<OrganisationId>,
	pub began: Moment,
	pub over: bool,
}

/// Pallet's mock and model, which see the same history.
pub struct Stage {
	pub world: World,
	/// Every past and present membership, with whether it is over for good.
	pub tenures: Vec<Tenure>,
	/// Questions that were permitted and counted, with the basis of each permit.
	pub counted: Vec<(Question<AccountId>, Basis)>,
}

impl Stage {
	pub fn set() -> Self {
		let mut stage = Self {
			world: World { max_grants: MAX_GRANTS, ..World::default() },
			tenures: vec![],
			counted: vec![],
		};
		MaxGrants::set(MAX_GRANTS as u32);
		stage.tick(START);
		for organisation in ORGANISATIONS {
			stage.play(Step::Organisation(organisation, false));
			Roles::give_key(Recipient::Organisation(organisation), [1; 32]);
			let kind = match organisation {
				1 => OrganisationKind::Hospital,
				_ => OrganisationKind::Research,
			};
			stage.world.kinds.push((organisation, kind));
			Roles::register(organisation, kind);
		}
		for account in ACCOUNTS {
			Roles::give_key(Recipient::Account(account), [1; 32]);
		}
		for patient in PATIENTS {
			stage.play(Step::Admit(patient, Role::Patient, Some(1)));
		}
		stage.play(Step::Admit(3, Role::Practitioner, Some(1)));
		stage.play(Step::Admit(4, Role::Researcher, Some(2)));
		for (byte, category) in [(1, CATEGORIES[0]), (2, CATEGORIES[1]), (3, CATEGORIES[0])] {
			stage.play(Step::Register(RecordId([byte; 32]), PATIENTS[0], category));
		}
		stage.play(Step::Register(RecordId([4; 32]), PATIENTS[1], CATEGORIES[0]));
		stage
	}

	fn tick(&mut self, by: u64) {
		self.world.now += by;
		Now::set(self.world.now);
	}

	pub fn at(&self, shift: i64) -> Moment {
		self.world.now.saturating_add_signed(shift)
	}

	fn member(&mut self, who: AccountId, role: Role) -> Option<&mut Membership> {
		self.world.members.iter_mut().find(|member| member.who == who && member.role == role)
	}

	/// Notes that a membership is over.
	fn end_tenure(&mut self, who: AccountId, role: Role) {
		for tenure in &mut self.tenures {
			tenure.over |= (tenure.who, tenure.role) == (who, role);
		}
	}

	fn live_record(&mut self, id: RecordId) -> Option<&mut Filed> {
		self.world.records.iter_mut().find(|filed| filed.id == id && !filed.erased)
	}

	/// Plays a step on both sides.
	pub fn play(&mut self, step: Step) {
		match step {
			Step::Tick(by) => self.tick(by),
			Step::Admit(who, role, organisation) => self.admit(who, role, organisation),
			Step::SetStatus(who, role, status) => self.set_status(who, role, status),
			Step::SetExpiry(who, role, after) => self.set_expiry(who, role, after),
			Step::Organisation(organisation, suspended) => {
				self.set_organisation(organisation, suspended)
			}
			Step::Register(id, patient, category) => self.register(id, patient, category),
			Step::Revise(id) => self.revise(id),
			Step::Erase(id) => self.erase(id),
			Step::Enrol(patient, organisation) => self.enrol(patient, organisation),
			Step::Grant(patient, terms, from, until) => self.grant(patient, terms, from, until),
			Step::Revoke(who, id) => self.revoke(who, id),
			Step::Deny(patient, grantee, scope) => self.deny(patient, grantee, scope),
			Step::Lift(who, id) => self.lift(who, id),
			Step::SetSpecialty(who, role, specialty) => self.set_specialty(who, role, specialty),
			Step::Classify(id, to) => self.classify(id, to),
			Step::OpenCase(who, patient, case, after) => self.open_case(who, patient, case, after),
			Step::OptOut(who, opted_out) => self.opt_out(who, opted_out),
			Step::CloseSummary(who, closed) => self.close_summary(who, closed),
			Step::Appoint(patient, guardian, scope, purposes, until) => {
				self.appoint(patient, guardian, scope, purposes, until)
			}
			Step::Dismiss(who, id) => self.dismiss(who, id),
			Step::Request(who, patient, terms, until) => self.request(who, patient, terms, until),
			Step::Withdraw(who, patient, request) => self.withdraw(who, patient, request),
			Step::Answer(who, patient, request, answer) => {
				self.answer(who, patient, request, answer)
			}
			Step::AnswerMany(who, patient, answers) => self.answer_many(who, patient, answers),
			Step::SetRule(patient, rule) => self.set_rule(patient, rule),
			Step::RemoveRule(who, rule) => self.remove_rule(who, rule),
			Step::Share(who, patient, parent, terms, until) => {
				self.share(who, patient, parent, terms, until)
			}
			Step::Use(question) => self.take(question),
		}
	}

	fn admit(&mut self, who: AccountId, role: Role, organisation: Option<OrganisationId>) {
		self.world.members.retain(|member| member.who != who || member.role != role);
		self.end_tenure(who, role);
		let since = self.world.now;
		self.tenures.push(Tenure { who, role, organisation, began: since, over: false });
		let status = MemberStatus::Active;
		let member =
			Membership { who, role, organisation, status, expires: None, since, specialty: None };
		self.world.members.push(member);
		Roles::admit(who, role, organisation);
	}

	fn set_status(&mut self, who: AccountId, role: Role, status: MemberStatus) {
		if let Some(member) = self.member(who, role) {
			// A revoked membership stays revoked, as in the pallet `roles`.
			if member.status == MemberStatus::Revoked {
				return;
			}
			member.status = status;
			Roles::set_status(who, role, status);
			if status == MemberStatus::Revoked {
				self.end_tenure(who, role);
			}
		}
	}

	fn set_expiry(&mut self, who: AccountId, role: Role, after: i64) {
		let expires = self.at(after);
		if let Some(member) = self.member(who, role) {
			member.expires = Some(expires);
			Roles::set_expiry(who, role, expires);
		}
	}

	fn set_organisation(&mut self, organisation: OrganisationId, suspended: bool) {
		self.world.organisations.retain(|(id, _)| *id != organisation);
		self.world.organisations.push((organisation, suspended));
		let status = match suspended {
			true => OrganisationStatus::Suspended,
			false => OrganisationStatus::Active,
		};
		Roles::set_organisation(organisation, status);
	}

	fn register(&mut self, id: RecordId, patient: AccountId, category: Category) {
		if !self.world.records.iter().any(|filed| filed.id == id) {
			let latest = 1;
			let filed = Filed {
				id,
				patient,
				category,
				confidentiality: Confidentiality::Normal,
				latest,
				erased: false,
			};
			self.world.records.push(filed);
			Records::register(id, patient, category, latest);
		}
	}

	fn revise(&mut self, id: RecordId) {
		if let Some(filed) = self.live_record(id) {
			filed.latest += 1;
			let confidentiality = filed.confidentiality;
			Records::register(id, filed.patient, filed.category, filed.latest);
			Records::classify(id, confidentiality);
		}
	}

	fn erase(&mut self, id: RecordId) {
		if let Some(filed) = self.live_record(id) {
			filed.erased = true;
			Records::erase(id);
		}
	}

	fn enrol(&mut self, patient: AccountId, organisation: OrganisationId) {
		// Enrolment normally comes before any other grant. Here it may come late, but never
		// when the patient has no room left.
		let held = self.world.grants.iter().filter(|one| one.patient == patient);
		if held.count() == MAX_GRANTS {
			return;
		}
		<Consent as OnEnrolled<AccountId>>::on_enrolled(&patient, Some(organisation));
		let terms = GrantTerms {
			purposes: purposes(&[Purpose::TREAT, Purpose::HOPERAT]),
			actions: actions(&[Action::Read, Action::Write]),
			..terms(Grantee::CareTeam(organisation))
		};
		self.world.note_grant(patient, terms, None, false);
	}

	fn grant(
		&mut self,
		patient: AccountId,
		mut terms: GrantTerms<AccountId>,
		from: Option<i64>,
		until: Option<i64>,
	) {
		terms.from = from.map(|shift| self.at(shift));
		terms.until = until.map(|shift| self.at(shift));
		let accepted = self.world.accepts_grant(patient, &terms)
			&& self.world.note_grant(patient, terms.clone(), None, false).is_some();
		let wraps = Default::default();
		self.compare(patient, Call::grant { terms, wraps }, accepted);
	}

	fn revoke(&mut self, who: AccountId, id: GrantId) {
		let accepted = self.world.end_grant(who, id);
		let (grant, remove) = (id, Default::default());
		self.compare(who, Call::revoke { grant, remove }, accepted);
	}

	fn deny(&mut self, patient: AccountId, grantee: Grantee<AccountId>, scope: Scope) {
		let accepted = self.world.accepts_denial(patient, &grantee, &scope);
		let result =
			Consent::deny(signed(patient), grantee.clone(), scope.clone(), Default::default());
		assert_eq!(result.is_ok(), accepted, "{patient} denies {grantee:?}: {result:?}");
		if accepted {
			let numbers = self.world.numbers(patient);
			let id = numbers.denials;
			numbers.denials += 1;
			self.world.denials.push(DenialRow { patient, id, grantee, scope });
		}
	}

	fn lift(&mut self, who: AccountId, id: DenialId) {
		let now = self.world.now;
		let is_lifted = |denial: &DenialRow| denial.patient == who && denial.id == id;
		let accepted = Roles::is_live_member(&who, Role::Patient, None, now)
			&& self.world.denials.iter().any(is_lifted);
		let result = Consent::lift(signed(who), id);
		assert_eq!(result.is_ok(), accepted, "{who} lifts {id}: {result:?}");
		if accepted {
			self.world.denials.retain(|denial| !is_lifted(denial));
		}
	}

	fn set_specialty(&mut self, who: AccountId, role: Role, specialty: Specialty) {
		if let Some(member) = self.member(who, role) {
			member.specialty = Some(specialty);
			Roles::set_specialty(who, role, specialty);
		}
	}

	fn classify(&mut self, id: RecordId, to: Confidentiality) {
		if let Some(filed) = self.live_record(id) {
			filed.confidentiality = to;
			Records::classify(id, to);
		}
	}

	fn open_case(&mut self, who: AccountId, patient: AccountId, case: CaseId, after: u64) {
		let until = self.world.now + after;
		let others = |case: &(AccountId, AccountId, _, _)| (case.0, case.1) != (who, patient);
		self.world.cases.retain(others);
		self.world.cases.push((who, patient, case, until));
		Emergencies::open(who, patient, case, until);
	}

	fn opt_out(&mut self, who: AccountId, opted_out: bool) {
		let now = self.world.now;
		let accepted = match opted_out {
			true => self.world.ever_patient(who),
			false => self.world.live_patient(who, now),
		};
		if accepted {
			self.world.opted_out.retain(|one| *one != who);
			self.world.opted_out.extend(opted_out.then_some(who));
		}
		self.compare(who, Call::set_emergency_opt_out { opted_out }, accepted);
	}

	fn close_summary(&mut self, who: AccountId, closed: bool) {
		let now = self.world.now;
		let accepted = match closed {
			true => self.world.ever_patient(who),
			false => self.world.live_patient(who, now),
		};
		if accepted {
			self.world.closed.retain(|one| *one != who);
			self.world.closed.extend(closed.then_some(who));
		}
		let made = Call::set_emergency_summary_closed { closed };
		self.compare(who, made, accepted);
	}

	fn appoint(
		&mut self,
		patient: AccountId,
		guardian: AccountId,
		scope: Scope,
		purposes: Purposes,
		until: Option<i64>,
	) {
		let until = self.shifted(until);
		let (over, why) = (scope.clone(), purposes.clone());
		let accepted = self.world.appoint(patient, guardian, over, why, until);
		let made = Call::appoint_guardian { guardian, scope, purposes, until };
		self.compare(patient, made, accepted);
	}

	fn dismiss(&mut self, who: AccountId, id: GuardianId) {
		let accepted = self.world.dismiss(who, id);
		self.compare(who, Call::dismiss_guardian { id }, accepted);
	}

	fn request(
		&mut self,
		who: AccountId,
		patient: AccountId,
		mut terms: RequestTerms,
		until: Option<i64>,
	) {
		terms.until = self.shifted(until);
		let accepted = self.world.request(who, patient, terms.clone());
		self.compare(who, Call::request { patient, terms }, accepted);
	}

	fn withdraw(&mut self, who: AccountId, patient: AccountId, request: ConsentRequestId) {
		let accepted = self.world.withdraw(who, patient, request);
		self.compare(who, Call::withdraw { patient, request }, accepted);
	}

	fn answer(
		&mut self,
		who: AccountId,
		patient: AccountId,
		request: ConsentRequestId,
		answer: Answer,
	) {
		let answer = self.dated(answer);
		let accepted = self.world.answer(who, patient, request, &answer);
		let made = match answer {
			Answer::Decline => Call::decline { patient, request },
			Answer::Approve(approval) => {
				Call::approve { patient, request, approval, wraps: Default::default() }
			}
		};
		self.compare(who, made, accepted);
	}

	fn answer_many(
		&mut self,
		who: AccountId,
		patient: AccountId,
		answers: Vec<(ConsentRequestId, Answer)>,
	) {
		let answers: Vec<_> =
			answers.into_iter().map(|(id, answer)| (id, self.dated(answer))).collect();
		let before = self.world.clone();
		let accepted =
			answers.iter().all(|(id, answer)| self.world.answer(who, patient, *id, answer));
		if !accepted {
			self.world = before;
		}
		let answers = answers.try_into().expect("at most 64");
		self.compare(who, Call::answer_many { patient, answers }, accepted);
	}

	fn set_rule(&mut self, patient: AccountId, rule: StandingRule<AccountId>) {
		let accepted = self.world.set_rule(patient, rule.clone());
		self.compare(patient, Call::set_rule { rule }, accepted);
	}

	fn remove_rule(&mut self, who: AccountId, rule: RuleId) {
		let accepted = self.world.remove_rule(who, rule);
		self.compare(who, Call::remove_rule { rule }, accepted);
	}

	fn share(
		&mut self,
		who: AccountId,
		patient: AccountId,
		parent: GrantId,
		mut terms: GrantTerms<AccountId>,
		until: Option<i64>,
	) {
		terms.until = self.shifted(until);
		let via = Some((parent, who));
		let accepted = self.world.accepts_share(who, patient, parent, &terms)
			&& self.world.note_grant(patient, terms.clone(), via, false).is_some();
		let made = Call::share { patient, parent, terms };
		self.compare(who, made, accepted);
	}
	fn shifted(&self, shift: Option<i64>) -> Option<Moment> {
		shift.map(|shift| self.at(shift))
	}

	/// Turns the end of an answer, which is relative to the present, into a moment.
	fn dated(&self, answer: Answer) -> Answer {
		match answer {
			Answer::Approve(Approval { uses, until }) => {
				Answer::Approve(Approval { uses, until: until.map(|after| self.world.now + after) })
			}
			Answer::Decline => Answer::Decline,
		}
	}

	/// Makes a request for access, and counts it if it is permitted.
	fn take(&mut self, question: Question<AccountId>) {
		let now = self.world.now;
		let Decision::Permit(basis) = Consent::decide(&question, now) else {
			return;
		};
		let filed = self.world.records.iter().find(|filed| filed.id == question.record);
		let patient = filed.expect("permitted").patient;
		Consent::count_use(&question, &patient, &basis);
		if let Basis::Grant(id) = basis {
			self.world.count(patient, id);
		}
		// At the same moment, the same request is still permitted.
		assert_eq!(Consent::decide_again(&question, &basis, now), Decision::Permit(basis));
		self.counted.push((question, basis));
	}

	/// Makes a call, and checks that it succeeds exactly when the model accepts it.
	fn compare(&self, who: AccountId, made: Call<Test>, accepted: bool) {
		let result = call(who, made.clone());
		assert_eq!(result.is_ok(), accepted, "{who} calls {made:?}: {result:?}");
	}
}
