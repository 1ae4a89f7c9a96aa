//! Reference for the decision: every mismatch of every rule, then the first rule without one.

use super::{scopes::reaches, *};

/// Question with the facts known about its record.
struct Asked<'a> {
	question: &'a Question<AccountId>,
	record: &'a Filed,
	version: Version,
	/// Basis whose use was counted for this question.
	counted: Option<&'a Basis>,
	now: Moment,
}

impl Asked<'_> {
	fn reached_by(&self, scope: &Scope) -> bool {
		let filed = self.record;
		reaches(scope, filed.category, Some(filed.id), Some(self.version))
	}

	fn setting(&self) -> Setting {
		Setting {
			patient: self.record.patient,
			actor: self.question.reader,
			purposes: vec![self.question.purpose],
			categories: Some(vec![self.record.category]),
			confidentiality: Some(self.record.confidentiality),
			now: self.now,
		}
	}

	/// Returns the findings of the checks that fail.
	fn lacking(&self, checks: &[(bool, Finding)]) -> Vec<Finding> {
		let failed = checks.iter().filter(|(holds, _)| !holds);
		failed.map(|(_, finding)| *finding).collect()
	}
}

impl World {
	/// Returns every mismatch of the grant with the question.
	fn mismatches(&self, given: &GrantRow, asked: &Asked) -> Vec<Finding> {
		let terms = &given.terms;
		let question = asked.question;
		let counted = asked.counted.map(|basis| *basis == Basis::Grant(given.id));
		let met = |condition| {
			let ties = self.ties(question.reader, &terms.grantee, given.at, question.action);
			self.met(condition, ties, &asked.setting()).0
		};
		let parent_fine = match given.via {
			None => true,
			Some((parent, sharer)) => self.grants.iter().any(|other| {
				other.patient == given.patient
					&& other.id == parent
					&& begun(other, asked.now)
					&& !ended(other, asked.now)
					&& !used_up(other, counted)
					&& met(&other.terms.condition)
					&& self.means(&other.terms.grantee, other.at, Action::Share, sharer, asked.now)
					&& !self.denials.iter().any(|denial| {
						denial.patient == given.patient
							&& self.bars(&denial.grantee, sharer, asked.now)
							&& asked.reached_by(&denial.scope)
					})
			}),
		};
		let reader = question.reader;
		let mut found = if self.means(&terms.grantee, given.at, question.action, reader, asked.now)
		{
			vec![]
		} else if self.ties(reader, &terms.grantee, given.at, question.action).is_empty()
			&& terms.grantee.account() != Some(&reader)
		{
			vec![Finding::OtherGrantee]
		} else {
			vec![Finding::NotLive]
		};
		found.extend(asked.lacking(&[
			(asked.reached_by(&terms.scope), Finding::OtherScope),
			(
				question.purpose != Purpose::BTG && terms.purposes.contains(&question.purpose),
				Finding::OtherPurpose,
			),
			(terms.actions.contains(&question.action), Finding::OtherAction),
			(begun(given, asked.now), Finding::NotYet),
			(!ended(given, asked.now), Finding::Expired),
			(!used_up(given, counted), Finding::UsedUp),
			(met(&terms.condition), Finding::ConditionUnmet),
			(parent_fine, Finding::ParentEnded),
		]));
		found
	}

	fn guardianship_mismatches(&self, guardianship: &Guardianship, asked: &Asked) -> Vec<Finding> {
		let question = asked.question;
		asked.lacking(&[
			(guardianship.guardian == question.reader, Finding::OtherGrantee),
			(asked.reached_by(&guardianship.scope), Finding::OtherScope),
			(
				question.purpose != Purpose::BTG
					&& guardianship.purposes.contains(&question.purpose),
				Finding::OtherPurpose,
			),
			(question.action == Action::Read, Finding::OtherAction),
			(guardianship.since <= asked.now, Finding::NotYet),
			(guardianship.until.is_none_or(|until| asked.now < until), Finding::Expired),
		])
	}

	/// Returns the mismatches that both emergency rules share, for `purpose`, which the patients in
	/// `barred_by` bar.
	fn emergency_mismatches(
		&self,
		asked: &Asked,
		purpose: Purpose,
		barred_by: &[AccountId],
	) -> Vec<Finding> {
		let hospital = |member: &&&Membership| {
			member.role == Role::Practitioner
				&& self.kinds.iter().any(|(id, kind)| {
					member.organisation == Some(*id) && *kind == OrganisationKind::Hospital
				})
		};
		let of = self.of(asked.question.reader);
		let clinician: Vec<_> = of.iter().filter(hospital).collect();
		let live = clinician.iter().any(|member| self.live(member, asked.now));
		asked.lacking(&[
			(live || clinician.is_empty(), Finding::NotLive),
			(!clinician.is_empty(), Finding::OtherGrantee),
			(asked.question.purpose == purpose, Finding::OtherPurpose),
			(asked.question.action == Action::Read, Finding::OtherAction),
			(!barred_by.contains(&asked.record.patient), Finding::OptedOut),
		])
	}

	fn denial_mismatches(&self, denial: &DenialRow, asked: &Asked) -> Vec<Finding> {
		let reader = asked.question.reader;
		let mut found = if self.bars(&denial.grantee, reader, asked.now) {
			vec![]
		} else if self.barred(reader, &denial.grantee).is_empty() {
			vec![Finding::OtherGrantee]
		} else {
			vec![Finding::NotLive]
		};
		found.extend(asked.lacking(&[(asked.reached_by(&denial.scope), Finding::OtherScope)]));
		found
	}

	pub fn decide(
		&self,
		question: &Question<AccountId>,
		counted: Option<&Basis>,
		now: Moment,
	) -> Decision {
		self.explain(question, counted, now).0
	}

	/// Returns the decision, and the finding of a complete walk about each rule, even of rules that
	/// are not reached.
	pub fn explain(
		&self,
		question: &Question<AccountId>,
		counted: Option<&Basis>,
		now: Moment,
	) -> (Decision, Vec<(Rule, Finding)>) {
		let (record, version) = match self.version_of(question) {
			Ok(found) => found,
			Err((finding, reason)) => {
				return (Decision::Deny(reason), vec![(Rule::RecordLive, finding)]);
			}
		};
		let mut rules = vec![(Rule::RecordLive, Finding::Applies)];

		let mut held: Vec<_> =
			self.members.iter().filter(|member| member.who == question.reader).collect();
		held.sort_by_key(|member| member.role);
		let alive: Vec<_> = held.iter().filter(|member| self.live(member, now)).collect();
		for member in &held {
			let finding = if self.live(member, now) { Finding::Applies } else { Finding::NotLive };
			rules.push((Rule::Membership(member.role), finding));
		}
		if held.is_empty() {
			return (Decision::Deny(DenyReason::NotMember), rules);
		}
		if alive.is_empty() {
			return (Decision::Deny(DenyReason::NotInGoodStanding), rules);
		}

		let patient = record.patient;
		let is_patient =
			question.reader == patient && alive.iter().any(|member| member.role == Role::Patient);
		let finding = match (is_patient, question.reader == patient) {
			(true, _) => Finding::Applies,
			(false, true) => Finding::NotLive,
			(false, false) => Finding::OtherGrantee,
		};
		rules.push((Rule::Patient, finding));

		let asked = Asked { question, record, version, counted, now };
		let stated = self.first_statement(&asked, &mut rules);
		(if is_patient { Decision::Permit(Basis::Patient) } else { stated }, rules)
	}

	/// Returns the record and the version that a question is about, or the finding and the reason
	/// if there is none.
	fn version_of(
		&self,
		question: &Question<AccountId>,
	) -> Result<(&Filed, Version), (Finding, DenyReason)> {
		let filed = self.records.iter().find(|filed| filed.id == question.record);
		let record = filed.ok_or((Finding::Absent, DenyReason::UnknownRecord))?;
		if record.erased {
			return Err((Finding::Erased, DenyReason::RecordErased));
		}
		let version = question.version.unwrap_or(record.latest);
		if version == 0 || version > record.latest {
			return Err((Finding::Absent, DenyReason::UnknownVersion));
		}
		Ok((record, version))
	}

	/// Returns the decision for somebody other than the patient: the first statement that applies.
	/// Adds the finding about each to `rules`.
	fn first_statement(&self, asked: &Asked, rules: &mut Vec<(Rule, Finding)>) -> Decision {
		let Asked { question, record, now, .. } = *asked;
		let patient = record.patient;
		let mut note = |rule, found: Vec<Finding>| {
			let finding = first(found);
			rules.push((rule, finding));
			finding
		};
		let mut answers = vec![];
		for guardianship in self.guardianships.iter().filter(|one| one.patient == patient) {
			if note(
				Rule::Guardian(guardianship.id),
				self.guardianship_mismatches(guardianship, asked),
			) == Finding::Applies
			{
				answers.push(Decision::Permit(Basis::Guardian(guardianship.id)));
			}
		}
		for denial in self.denials.iter().filter(|one| one.patient == patient) {
			if note(Rule::Denial(denial.id), self.denial_mismatches(denial, asked))
				== Finding::Applies
			{
				answers.push(Decision::Deny(DenyReason::Denied(denial.id)));
			}
		}
		for given in self.grants.iter().filter(|given| given.patient == patient) {
			if note(Rule::Grant(given.id), self.mismatches(given, asked)) == Finding::Applies {
				answers.push(Decision::Permit(Basis::Grant(given.id)));
			}
		}
		let case = self.case(question.reader, patient, now);
		let mut found = self.emergency_mismatches(asked, Purpose::BTG, &self.opted_out);
		found.extend(asked.lacking(&[(case.is_some(), Finding::NoCase)]));
		answers.extend(emergency_answer(note(Rule::Emergency, found), case));
		let summary = record.category == Category::EmergencySummary;
		let mut found = self.emergency_mismatches(asked, Purpose::ETREAT, &self.closed);
		found.extend(
			asked.lacking(&[(summary, Finding::OtherScope), (case.is_some(), Finding::NoCase)]),
		);
		answers.extend(emergency_answer(note(Rule::EmergencySummary, found), case));
		answers.push(Decision::Deny(DenyReason::NoGrant));
		answers[0]
	}
}

/// Returns the decision of a rule for emergencies, if it makes one.
fn emergency_answer(finding: Finding, case: Option<CaseId>) -> Option<Decision> {
	match finding {
		Finding::Applies => case.map(|case| Decision::Permit(Basis::Emergency(case))),
		Finding::OptedOut => Some(Decision::Deny(DenyReason::OptedOut)),
		_ => None,
	}
}

/// Returns the first finding in the order in which [`Finding`] declares them, or `Applies` if there
/// is none.
fn first(mut found: Vec<Finding>) -> Finding {
	use codec::Encode;
	found.sort_by_key(|finding| finding.encode());
	found.first().copied().unwrap_or(Finding::Applies)
}
