//! The decision: one walk over the rules, shared by `decide` and `explain`.
//!
//! Each rule is a function that notes its finding and either settles the question
//! (`ControlFlow::Break`) or passes it on (`ControlFlow::Continue`). `decide` discards the notes
//! and `explain` keeps them; they differ in nothing else. The rules are tried in the order of the
//! lines in [`Pallet::apply_rules`] and [`Pallet::apply_reader_rules`]. To add a rule, add a line
//! to the latter.

use crate::{
	act::{Act, Counted, NumberedDenial, PatientTerms, Target},
	person::Person,
	types::Guardians,
	Config, Grants, Pallet, Patients, WeightInfo,
};
use alloc::vec::Vec;
use core::ops::ControlFlow::{self, Break, Continue};
use frame_support::{traits::Get, weights::Weight};
use salus_primitives::{
	Action, ActsFor, Basis, Category, ConsentPolicy, Considered, Decision, Denial, DenyReason,
	EmergencyQuery, Explanation, Expression, Finding, Grant, GrantId, Grantee, MemberInfo, Moment,
	OrganisationId, PatientQuestion, Purpose, Question, RecordEntry, RecordId, RecordQuery, Role,
	RoleQuery, Rule, Scope, Version, MAX_SHARED,
};

impl<AccountId: PartialEq> Person<'_, AccountId> {
	/// Returns whether the denial bars this person from `target`.
	pub(crate) fn is_denied(&self, denial: &Denial<AccountId>, target: &Target) -> bool {
		self.finding_of_denial(denial, target) == Finding::Applies
	}

	fn finding_of_denial(&self, denial: &Denial<AccountId>, target: &Target) -> Finding {
		match self.party().finding_for_denial(&denial.grantee) {
			Finding::Applies if target.is_covered_by(&denial.scope) => Finding::Applies,
			Finding::Applies => Finding::OtherScope,
			finding => finding,
		}
	}
}

/// Returns whether the grant has no use left.
pub(crate) fn is_used_up<AccountId>(grant: &Grant<AccountId>, counted: Counted) -> bool {
	grant.terms.uses.is_some_and(|uses| match counted {
		Counted::NotYet => grant.used >= uses,
		Counted::ByThisGrant => grant.used.saturating_sub(1) >= uses,
		Counted::ByAnother => true,
	})
}

/// Receiver of the findings of the walk.
trait Notes {
	fn note(&mut self, rule: Rule, finding: Finding);
	/// Notes whether the walk looked for an open emergency case.
	fn note_case(&mut self, _is_read: bool) {}
}

impl Notes for () {
	fn note(&mut self, _: Rule, _: Finding) {}
}

impl Notes for Vec<Considered> {
	fn note(&mut self, rule: Rule, finding: Finding) {
		self.push(Considered { rule, finding });
	}
}

/// Whether a walk looked for an open emergency case, which takes longer than all else.
#[derive(Default)]
struct CaseRead(bool);

impl Notes for CaseRead {
	fn note(&mut self, _: Rule, _: Finding) {}
	fn note_case(&mut self, is_read: bool) {
		self.0 = is_read;
	}
}

/// Returns the decision with which a walk over the rules ends: `NoGrant` if no rule settled it.
fn decision_of(walk: ControlFlow<Decision>) -> Decision {
	match walk {
		Break(decision) => decision,
		Continue(()) => Decision::Deny(DenyReason::NoGrant),
	}
}

impl<T: Config> Pallet<T> {
	/// Returns a function that decides on the latest versions of records of one patient, as
	/// [`ConsentPolicy::decide`] does. It reads the reader's memberships and the patient's terms
	/// once for all records.
	pub fn decider<'a>(
		question: &'a PatientQuestion<T::AccountId>,
		now: Moment,
	) -> impl Fn(&RecordId, Option<&RecordEntry<T::AccountId>>) -> Decision + 'a {
		let PatientQuestion { reader, patient, purpose, action } = question;
		let person = Person::load::<T>(reader, now);
		let terms = PatientTerms::<T>::of(patient);
		let decide = move |id: &RecordId, entry: Option<&RecordEntry<T::AccountId>>| {
			let (owner, target) = Self::consider_record(id, entry, None, &mut ())?;
			if owner != patient {
				return Break(Decision::Deny(DenyReason::UnknownRecord));
			}
			let act = Act::new(patient, reader, purpose, *action, &target, now);
			Self::apply_reader_rules(&person, &act, &terms, &mut ())
		};
		move |id, entry| decision_of(decide(id, entry))
	}

	/// Returns the decision with every rule considered, in order. The last rule settled the
	/// question, unless none did ([`DenyReason::NoGrant`]) or there was no membership to consider
	/// ([`DenyReason::NotMember`]).
	pub fn explain(question: &Question<T::AccountId>, now: Moment) -> Explanation {
		let mut considered = Vec::new();
		let decision = Self::decide_with(question, None, now, &mut considered);
		Explanation { decision, considered }
	}

	/// Returns the decision, and notes the finding on each rule. `counted`: the basis whose use was
	/// counted for this request already; `None` when it is decided for the first time.
	fn decide_with(
		question: &Question<T::AccountId>,
		counted: Option<&Basis>,
		now: Moment,
		notes: &mut impl Notes,
	) -> Decision {
		decision_of(Self::apply_rules(question, counted, now, notes))
	}

	/// Applies all rules. `counted` is as for [`Self::decide_with`].
	fn apply_rules(
		question: &Question<T::AccountId>,
		counted: Option<&Basis>,
		now: Moment,
		notes: &mut impl Notes,
	) -> ControlFlow<Decision> {
		let id = &question.record;
		let entry = T::Records::record(id);
		let (patient, target) = Self::consider_record(id, entry.as_ref(), question.version, notes)?;
		let reader = Person::load::<T>(&question.reader, now);
		let act = Act::of_question(patient, question, &target, counted, now);
		let walk = Self::apply_reader_rules(&reader, &act, &PatientTerms::of(patient), notes);
		notes.note_case(act.context.has_read_case());
		walk
	}

	/// Applies the rules after the first, which are about the reader.
	fn apply_reader_rules(
		reader: &Person<T::AccountId>,
		act: &Act<T>,
		terms: &PatientTerms<T>,
		notes: &mut impl Notes,
	) -> ControlFlow<Decision> {
		Self::consider_standing(reader, notes)?;
		Self::consider_patient(terms.patient, reader, notes)?;
		Self::consider_guardians(terms.guardians(), reader, act, notes)?;
		Self::consider_denials(terms.denials(), reader, act.target, notes)?;
		Self::consider_grants(terms, reader, act, notes)?;
		Self::consider_emergency(reader, act, notes)?;
		Self::consider_emergency_summary(reader, act, notes)
	}

	/// Rule 1: the record is live and has the version. Returns its patient too.
	fn consider_record<'a>(
		id: &'a RecordId,
		entry: Option<&'a RecordEntry<T::AccountId>>,
		version: Option<Version>,
		notes: &mut impl Notes,
	) -> ControlFlow<Decision, (&'a T::AccountId, Target<'a>)> {
		let (finding, reason) = match entry {
			None => (Finding::Absent, DenyReason::UnknownRecord),
			Some(RecordEntry::Erased(_)) => (Finding::Erased, DenyReason::RecordErased),
			Some(RecordEntry::Live(_)) if T::Records::is_withdrawn(id) => {
				(Finding::Absent, DenyReason::RecordWithdrawn)
			}
			Some(RecordEntry::Live(record)) => {
				let version = version.unwrap_or(record.latest);
				if (1..=record.latest).contains(&version) {
					notes.note(Rule::RecordLive, Finding::Applies);
					let target = Target {
						category: record.category,
						confidentiality: Some(record.confidentiality),
						record: Some(id),
						version: Some(version),
					};
					return Continue((&record.patient, target));
				}
				(Finding::Absent, DenyReason::UnknownVersion)
			}
		};
		notes.note(Rule::RecordLive, finding);
		Break(Decision::Deny(reason))
	}

	/// Rule 2: the reader has a live membership.
	fn consider_standing(
		reader: &Person<T::AccountId>,
		notes: &mut impl Notes,
	) -> ControlFlow<Decision> {
		for membership in &reader.memberships {
			let finding = if membership.live { Finding::Applies } else { Finding::NotLive };
			notes.note(Rule::Membership(membership.role), finding);
		}
		if reader.is_in_good_standing() {
			Continue(())
		} else if reader.memberships.is_empty() {
			Break(Decision::Deny(DenyReason::NotMember))
		} else {
			Break(Decision::Deny(DenyReason::NotInGoodStanding))
		}
	}

	/// Rule 3: the reader is the patient, as a live patient.
	fn consider_patient(
		patient: &T::AccountId,
		reader: &Person<T::AccountId>,
		notes: &mut impl Notes,
	) -> ControlFlow<Decision> {
		if reader.account != patient {
			notes.note(Rule::Patient, Finding::OtherGrantee);
			Continue(())
		} else if reader.is_live_patient() {
			notes.note(Rule::Patient, Finding::Applies);
			Break(Decision::Permit(Basis::Patient))
		} else {
			notes.note(Rule::Patient, Finding::NotLive);
			Continue(())
		}
	}

	/// Rule 4: the reader is a guardian. The oldest appointment that covers the question is the
	/// basis. By rule 2 the reader has a live membership. It may be of any kind, because parents
	/// are enrolled as patients.
	fn consider_guardians(
		guardians: &Guardians<T::AccountId>,
		reader: &Person<T::AccountId>,
		act: &Act<T>,
		notes: &mut impl Notes,
	) -> ControlFlow<Decision> {
		for (id, guardian) in guardians {
			let finding = Self::finding_of_guardian(guardian, reader, act);
			notes.note(Rule::Guardian(*id), finding);
			if finding == Finding::Applies {
				return Break(Decision::Permit(Basis::Guardian(*id)));
			}
		}
		Continue(())
	}

	/// Rule 5: an explicit denial, the oldest that covers reader and record.
	fn consider_denials(
		denials: &[NumberedDenial<T>],
		person: &Person<T::AccountId>,
		target: &Target,
		notes: &mut impl Notes,
	) -> ControlFlow<Decision> {
		for (id, denial) in denials {
			let finding = person.finding_of_denial(denial, target);
			notes.note(Rule::Denial(*id), finding);
			if finding == Finding::Applies {
				return Break(Decision::Deny(DenyReason::Denied(*id)));
			}
		}
		Continue(())
	}

	/// Rule 6: a grant, the oldest that covers reader, record, purpose, action, moment and context
	/// and has a use left.
	fn consider_grants(
		terms: &PatientTerms<T>,
		person: &Person<T::AccountId>,
		act: &Act<T>,
		notes: &mut impl Notes,
	) -> ControlFlow<Decision> {
		for (id, grant) in terms.grants() {
			let finding = Self::finding_of_grant(*id, grant, person, act, terms);
			notes.note(Rule::Grant(*id), finding);
			if finding == Finding::Applies {
				return Break(Decision::Permit(Basis::Grant(*id)));
			}
		}
		Continue(())
	}

	fn finding_of_grant(
		id: GrantId,
		grant: &Grant<T::AccountId>,
		person: &Person<T::AccountId>,
		act: &Act<T>,
		patient_terms: &PatientTerms<T>,
	) -> Finding {
		let terms = &grant.terms;
		let counted = act.counted_by(id);
		match person.party().finding_for_grant(&terms.grantee, act.action, grant.given) {
			Finding::Applies => (),
			finding => return finding,
		}
		if !act.target.is_covered_by(&terms.scope) {
			return Finding::OtherScope;
		}
		if !terms.is_for(act.purpose) {
			return Finding::OtherPurpose;
		}
		if !terms.actions.contains(&act.action) {
			return Finding::OtherAction;
		}
		match grant.timeliness(act.context.now) {
			Finding::Applies => (),
			finding => return finding,
		}
		if is_used_up(grant, counted) {
			return Finding::UsedUp;
		}
		let met =
			|condition: Option<&Expression>| Self::condition_is_met(condition, grant, person, act);
		if !met(terms.condition.as_ref()) {
			return Finding::ConditionUnmet;
		}
		match &grant.via {
			Some(via) if !Self::parent_holds(via, counted, act, patient_terms, met) => {
				Finding::ParentEnded
			}
			_ => Finding::Applies,
		}
	}

	/// Returns whether a condition is met under a live membership that the grant includes.
	fn condition_is_met(
		condition: Option<&Expression>,
		grant: &Grant<T::AccountId>,
		person: &Person<T::AccountId>,
		act: &Act<T>,
	) -> bool {
		let party = person.party();
		let is_meant_by =
			|held: &MemberInfo| party.meets(&grant.terms.grantee, act.action, grant.given, held);
		act.context.meets(condition, person, is_meant_by) == Some(true)
	}

	/// Rule 7: a clinician's open emergency case, for the purpose BTG.
	fn consider_emergency(
		reader: &Person<T::AccountId>,
		act: &Act<T>,
		notes: &mut impl Notes,
	) -> ControlFlow<Decision> {
		let opted_out = |patient: &T::AccountId| Patients::<T>::get(patient).opted_out;
		let finding = match reader.finding_as_clinician::<T>() {
			Finding::Applies => Self::emergency_finding(act, Purpose::BTG, opted_out),
			finding => finding,
		};
		Self::under_case(Rule::Emergency, finding, act, notes)
	}

	/// Rule 8: under an open case, a clinician reads an emergency summary for the purpose ETREAT,
	/// even if the patient has opted out of rule 7.
	fn consider_emergency_summary(
		reader: &Person<T::AccountId>,
		act: &Act<T>,
		notes: &mut impl Notes,
	) -> ControlFlow<Decision> {
		let finding = match reader.finding_as_clinician::<T>() {
			Finding::Applies if act.target.category != Category::EmergencySummary => {
				Finding::OtherScope
			}
			Finding::Applies => Self::emergency_finding(act, Purpose::ETREAT, Self::closes_summary),
			finding => finding,
		};
		Self::under_case(Rule::EmergencySummary, finding, act, notes)
	}

	/// Checks what both emergency rules ask of a clinician's act: it is a reading for `purpose`,
	/// and the patient does not bar it.
	fn emergency_finding(
		act: &Act<T>,
		purpose: Purpose,
		is_barred: impl FnOnce(&T::AccountId) -> bool,
	) -> Finding {
		if act.purpose != purpose {
			Finding::OtherPurpose
		} else if act.action != Action::Read {
			Finding::OtherAction
		} else if is_barred(act.context.patient) {
			Finding::OptedOut
		} else {
			Finding::Applies
		}
	}

	/// Permits the act if the emergency rule applies and the reader has an open case. An opt-out
	/// settles the question as the reason for denial, because no earlier condition of the rule
	/// failed.
	fn under_case(
		rule: Rule,
		finding: Finding,
		act: &Act<T>,
		notes: &mut impl Notes,
	) -> ControlFlow<Decision> {
		let (finding, case) = match finding {
			Finding::Applies => {
				act.context.case().map_or((Finding::NoCase, None), |case| (finding, Some(case)))
			}
			_ => (finding, None),
		};
		notes.note(rule, finding);
		match case {
			Some(case) => Break(Decision::Permit(Basis::Emergency(case))),
			None if finding == Finding::OptedOut => Break(Decision::Deny(DenyReason::OptedOut)),
			None => Continue(()),
		}
	}
}

impl<T: Config> Pallet<T> {
	/// Returns the maximum that these numbers of denials, grants and passed-on grants add to a
	/// decision.
	fn added_weight(denials: u32, grants: u32, shared: u32) -> Weight {
		Self::terms_weight_without_case(denials, grants, shared)
			// The condition of a grant may refer to an emergency.
			.saturating_add(T::Emergencies::open_case_weight())
	}

	fn terms_weight_without_case(denials: u32, grants: u32, shared: u32) -> Weight {
		T::WeightInfo::decide(denials, grants, shared)
			.saturating_sub(T::WeightInfo::decide(0, 0, 0))
			// All guardians of a patient are one value of limited length.
			.saturating_add(T::DbWeight::get().reads(1))
	}

	/// Returns what the patient's terms added to a decision. Only one that looked for an open
	/// emergency case is charged for it; any other one for the `other` reads that its caller's
	/// benchmark lacks, at most the same.
	///
	/// A passed-on grant has the memberships of its sharer read, which no benchmark counts. So a
	/// patient with passed-on grants is charged for the case at any rate.
	fn taken_weight(patient: &T::AccountId, is_case_read: bool, other: Weight) -> Weight {
		let state = Patients::<T>::get(patient);
		let case = T::Emergencies::open_case_weight();
		let further = match is_case_read || !state.shared.is_empty() {
			true => case,
			false => case.min(other),
		};
		let shared = state.shared.len() as u32;
		Self::terms_weight_without_case(state.denials, state.grants, shared).saturating_add(further)
	}

	/// Decides as [`ConsentPolicy::may_write`] does. Returns whether it looked for an open
	/// emergency case too, and the author's number of memberships.
	fn decide_writing(
		author: &T::AccountId,
		organisation: OrganisationId,
		patient: &T::AccountId,
		category: Category,
		record: Option<&RecordId>,
		now: Moment,
	) -> (bool, bool, usize) {
		let person = Person::load::<T>(author, now);
		let memberships = person.memberships.len();
		let confidentiality = record.and_then(T::Records::record).and_then(|entry| match entry {
			RecordEntry::Live(record) => Some(record.confidentiality),
			RecordEntry::Erased(_) => None,
		});
		let target = Target { category, confidentiality, record, version: None };
		let purpose = Purpose::TREAT;
		let act = Act::<T>::new(patient, author, &purpose, Action::Write, &target, now);
		let terms = PatientTerms::<T>::of(patient);
		if Self::consider_denials(terms.denials(), &person, &target, &mut ()).is_break() {
			return (false, false, memberships);
		}
		let person = person.acting_for(organisation);
		let may = Self::consider_grants(&terms, &person, &act, &mut ()).is_break();
		(may, act.context.has_read_case(), memberships)
	}
}

impl<T: Config> ConsentPolicy<T::AccountId> for Pallet<T> {
	fn decide(question: &Question<T::AccountId>, now: Moment) -> Decision {
		Self::decide_with(question, None, now, &mut ())
	}

	fn decide_weighed(
		question: &Question<T::AccountId>,
		patient: &T::AccountId,
		now: Moment,
	) -> (Decision, Weight) {
		let mut case = CaseRead::default();
		let decision = Self::decide_with(question, None, now, &mut case);
		// Whether emergency summaries are closed.
		let other = T::DbWeight::get().reads(1);
		(decision, Self::taken_weight(patient, case.0, other))
	}

	/// The reason is an opt-out that comes with closed emergency summaries, or else the oldest
	/// denial over everything that covers the reader.
	fn bars_emergency(
		reader: &T::AccountId,
		patient: &T::AccountId,
		now: Moment,
	) -> Option<DenyReason> {
		if Patients::<T>::get(patient).opted_out && Self::closes_summary(patient) {
			return Some(DenyReason::OptedOut);
		}
		let person = Person::load::<T>(reader, now);
		Self::denials_of(patient)
			.into_iter()
			.find(|(_, denial)| {
				denial.scope == Scope::Everything
					&& person.party().finding_for_denial(&denial.grantee) == Finding::Applies
			})
			.map(|(id, _)| DenyReason::Denied(id))
	}

	/// Applies rules 5 and 6 to something that does not exist yet. Denials consider every live
	/// membership of the author, as they do for readers. Grants consider only memberships in which
	/// the author acts for `organisation`, so that nobody writes for one organisation by a grant to
	/// another. The confidentiality of a new record is not known here, so a condition on it is not
	/// met. Writing does not count as a use.
	fn may_write(
		author: &T::AccountId,
		organisation: OrganisationId,
		patient: &T::AccountId,
		category: Category,
		record: Option<&RecordId>,
		now: Moment,
	) -> bool {
		Self::decide_writing(author, organisation, patient, category, record, now).0
	}

	fn may_write_weighed(
		author: &T::AccountId,
		organisation: OrganisationId,
		patient: &T::AccountId,
		category: Category,
		record: Option<&RecordId>,
		now: Moment,
	) -> (bool, Weight) {
		let (may, is_case_read, memberships) =
			Self::decide_writing(author, organisation, patient, category, record, now);
		// The authors of the callers' benchmarks have one membership.
		let further = T::Roles::memberships_weight()
			.saturating_mul((memberships as u64).saturating_sub(1))
			.saturating_div(Role::ALL.len() as u64);
		(may, Self::taken_weight(patient, is_case_read, further))
	}

	fn count_use(_: &Question<T::AccountId>, patient: &T::AccountId, basis: &Basis) {
		let Basis::Grant(id) = basis else {
			return;
		};
		let count = |id| {
			Grants::<T>::mutate(patient, id, |grant| {
				let grant = grant.as_mut()?;
				grant.used = grant.used.saturating_add(1);
				grant.via.as_ref().map(|via| via.parent)
			})
		};
		// A use of a passed-on grant counts against its parent too. One step is enough, because a
		// passed-on grant is never passed on again.
		if let Some(parent) = count(*id) {
			count(parent);
		}
	}

	fn count_use_weight() -> Weight {
		// Includes the grant and the memberships that [`ConsentPolicy::acting_for`] reads.
		T::WeightInfo::count_use().saturating_add(T::Roles::memberships_weight())
	}

	fn acting_for(
		reader: &T::AccountId,
		patient: &T::AccountId,
		basis: &Basis,
		now: Moment,
	) -> ActsFor {
		let Basis::Grant(id) = basis else {
			return ActsFor::Unknown;
		};
		let Some(grant) = Grants::<T>::get(patient, id) else {
			return ActsFor::Unknown;
		};
		if let Grantee::Person(_) = grant.terms.grantee {
			return ActsFor::Nobody;
		}
		let person = Person::load::<T>(reader, now);
		let party = person.party();
		let organisation = person
			.live_where(|held| party.meets(&grant.terms.grantee, Action::Read, grant.given, held))
			.find_map(MemberInfo::acts_for);
		organisation.map_or(ActsFor::Nobody, ActsFor::Organisation)
	}

	fn decide_again(question: &Question<T::AccountId>, basis: &Basis, now: Moment) -> Decision {
		Self::decide_with(question, Some(basis), now, &mut ())
	}

	fn terms_weight(patient: &T::AccountId) -> Weight {
		let state = Patients::<T>::get(patient);
		Self::added_weight(state.denials, state.grants, state.shared.len() as u32)
	}

	fn max_terms_weight() -> Weight {
		Self::added_weight(T::MaxDenials::get(), T::MaxGrants::get(), MAX_SHARED)
	}
}
