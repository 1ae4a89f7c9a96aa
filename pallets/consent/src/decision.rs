//! The decision: one walk over the rules, for `decide` and `explain` alike.
//!
//! Each rule is a function that notes what it found and either settles the question (`ControlFlow::Break`) or passes it on
//! (`ControlFlow::Continue`). `decide` throws the notes away, `explain` keeps them; there is nothing else to differ in. The
//! order of the rules is the order of the lines in [`Pallet::walk`]; a further rule is a further line there.

use crate::{context::Context, person::Person, Config, Grants, Pallet, Patients, WeightInfo};
use alloc::{vec, vec::Vec};
use core::{
	cell::OnceCell,
	ops::ControlFlow::{self, Break, Continue},
};
use frame_support::{traits::Get, weights::Weight};
use salus_primitives::{
	Action, Basis, Category, Confidentiality, ConsentPolicy, Considered, Decision, Denial,
	DenialId, DenyReason, EmergencyQuery, Explanation, Expression, Finding, Grant, GrantId, Moment,
	OrganisationId, Purpose, Question, RecordEntry, RecordId, RecordQuery, Rule, Scope, Version,
	MAX_SHARED,
};

/// On what someone wants to act.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
	pub(crate) category: Category,
	/// `None` for a record that is to be added.
	pub(crate) confidentiality: Option<Confidentiality>,
	/// `None` for a record that is to be added.
	pub(crate) record: Option<&'a RecordId>,
	/// `None` for a version that is to be added.
	pub(crate) version: Option<Version>,
}

impl Target<'_> {
	pub(crate) fn is_covered_by(&self, scope: &Scope) -> bool {
		match scope {
			Scope::Everything => true,
			Scope::Categories(categories) => categories.contains(&self.category),
			Scope::Record(record) => self.record == Some(record),
			Scope::Version { record, version } => {
				self.record == Some(record) && self.version == Some(*version)
			}
		}
	}
}

/// What someone wants to do, and in which context.
pub(crate) struct Act<'a, T: Config> {
	pub(crate) target: &'a Target<'a>,
	pub(crate) purpose: Purpose,
	pub(crate) action: Action,
	/// The basis of the permit that was counted for this very act; `None` if it is decided for the first time.
	counted: Option<&'a Basis>,
	pub(crate) context: Context<'a, T>,
}

impl<'a, T: Config> Act<'a, T> {
	fn new(
		patient: &'a T::AccountId,
		question: &'a Question<T::AccountId>,
		target: &'a Target<'a>,
		counted: Option<&'a Basis>,
		now: Moment,
	) -> Self {
		Self {
			target,
			purpose: question.purpose,
			action: question.action,
			counted,
			context: Context {
				patient,
				actor: &question.reader,
				purposes: core::slice::from_ref(&question.purpose),
				categories: Some(vec![target.category]),
				confidentiality: target.confidentiality,
				now,
				case: OnceCell::new(),
			},
		}
	}

	/// Whether it was a use of this grant that was counted for this very act; `None` if none was, because the act is decided
	/// for the first time.
	fn counted_by(&self, grant: GrantId) -> Option<bool> {
		self.counted.map(|basis| *basis == Basis::Grant(grant))
	}
}

/// What else stands while a grant is looked at.
pub(crate) struct Standing<'a, AccountId> {
	pub(crate) denials: &'a [(DenialId, Denial<AccountId>)],
	pub(crate) grants: &'a [(GrantId, Grant<AccountId>)],
}

impl<AccountId: PartialEq> Person<'_, AccountId> {
	/// Whether the denial bars this person from what it covers of `target`.
	pub(crate) fn is_denied(&self, denial: &Denial<AccountId>, target: &Target) -> bool {
		self.finding_of_denial(denial, target) == Finding::Applies
	}

	fn finding_of_denial(&self, denial: &Denial<AccountId>, target: &Target) -> Finding {
		match self.standing_as(&denial.grantee) {
			Finding::Applies if target.is_covered_by(&denial.scope) => Finding::Applies,
			Finding::Applies => Finding::OtherScope,
			finding => finding,
		}
	}
}

/// `Applies` if the grant holds at `now`: from its beginning, that moment included, until its end, that moment excluded.
pub(crate) fn timeliness<AccountId>(grant: &Grant<AccountId>, now: Moment) -> Finding {
	if now < grant.terms.from.unwrap_or(grant.given) {
		Finding::NotYet
	} else if grant.terms.until.is_some_and(|until| until <= now) {
		Finding::Expired
	} else {
		Finding::Applies
	}
}

/// Whether no use of the grant is left. A use that was counted for the very act in question is not held against it; if another
/// grant's was counted, this one, whose uses are limited, has none for it.
pub(crate) fn is_used_up<AccountId>(grant: &Grant<AccountId>, counted: Option<bool>) -> bool {
	grant.terms.uses.is_some_and(|uses| match counted {
		None => grant.used >= uses,
		Some(true) => grant.used.saturating_sub(1) >= uses,
		Some(false) => true,
	})
}

/// Takes note of what the walk considered.
trait Notes {
	fn note(&mut self, rule: Rule, finding: Finding);
}

impl Notes for () {
	fn note(&mut self, _: Rule, _: Finding) {}
}

impl Notes for Vec<Considered> {
	fn note(&mut self, rule: Rule, finding: Finding) {
		self.push(Considered { rule, finding });
	}
}

impl<T: Config> Pallet<T> {
	/// The decision with every rule that was considered, in order. The last one is the one that settled the question, unless
	/// nothing did ([`DenyReason::NoGrant`]) or there was no membership to look at ([`DenyReason::NotMember`]).
	pub fn explain(question: &Question<T::AccountId>, now: Moment) -> Explanation {
		let mut considered = Vec::new();
		let decision = Self::settle(question, None, now, &mut considered);
		Explanation {
			decision,
			considered,
		}
	}

	fn settle(
		question: &Question<T::AccountId>,
		counted: Option<&Basis>,
		now: Moment,
		notes: &mut impl Notes,
	) -> Decision {
		match Self::walk(question, counted, now, notes) {
			Break(decision) => decision,
			Continue(()) => Decision::Deny(DenyReason::NoGrant),
		}
	}

	fn walk(
		question: &Question<T::AccountId>,
		counted: Option<&Basis>,
		now: Moment,
		notes: &mut impl Notes,
	) -> ControlFlow<Decision> {
		let (patient, target) = Self::live_version(&question.record, question.version, notes)?;
		let reader = Self::member_in_good_standing(&question.reader, now, notes)?;
		Self::patient_themself(&patient, &reader, notes)?;
		let act = Act::new(&patient, question, &target, counted, now);
		Self::guardian_in_scope(&reader, &act, notes)?;
		let denials = Self::denials_of(&patient);
		Self::denials(&denials, &reader, &target, notes)?;
		Self::grants(&denials, &reader, &act, notes)?;
		Self::emergency(&reader, &act, notes)?;
		Self::emergency_summary(&reader, &act, notes)
	}

	/// Rule 1: the record lives and has the version.
	fn live_version<'a>(
		id: &'a RecordId,
		version: Option<Version>,
		notes: &mut impl Notes,
	) -> ControlFlow<Decision, (T::AccountId, Target<'a>)> {
		let (finding, reason) = match T::Records::record(id) {
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
					return Continue((record.patient, target));
				}
				(Finding::Absent, DenyReason::UnknownVersion)
			}
		};
		notes.note(Rule::RecordLive, finding);
		Break(Decision::Deny(reason))
	}

	/// Rule 2: the reader has a live membership.
	fn member_in_good_standing<'a>(
		reader: &'a T::AccountId,
		now: Moment,
		notes: &mut impl Notes,
	) -> ControlFlow<Decision, Person<'a, T::AccountId>> {
		let reader = Person::load::<T>(reader, now);
		for membership in &reader.memberships {
			let finding = if membership.live {
				Finding::Applies
			} else {
				Finding::NotLive
			};
			notes.note(Rule::Membership(membership.role), finding);
		}
		if reader.is_in_good_standing() {
			Continue(reader)
		} else if reader.memberships.is_empty() {
			Break(Decision::Deny(DenyReason::NotMember))
		} else {
			Break(Decision::Deny(DenyReason::NotInGoodStanding))
		}
	}

	/// Rule 3: the reader is the patient themself, as a live patient.
	fn patient_themself(
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

	/// Rule 4: the reader is a guardian in scope, the oldest appointment that covers the question. By rule 2 they have a live
	/// membership; it may be of any kind, for parents are enrolled as patients.
	fn guardian_in_scope(
		reader: &Person<T::AccountId>,
		act: &Act<T>,
		notes: &mut impl Notes,
	) -> ControlFlow<Decision> {
		for (id, guardian) in crate::Guardians::<T>::get(act.context.patient) {
			let finding = Self::finding_of_guardian(&guardian, reader, act);
			notes.note(Rule::Guardian(id), finding);
			if finding == Finding::Applies {
				return Break(Decision::Permit(Basis::Guardian(id)));
			}
		}
		Continue(())
	}

	/// Rule 5: an explicit denial, the oldest that covers reader and record.
	fn denials(
		denials: &[(DenialId, Denial<T::AccountId>)],
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

	/// Rule 6: a grant, the oldest that covers reader, record, purpose, action, moment and context and has a use left.
	fn grants(
		denials: &[(DenialId, Denial<T::AccountId>)],
		person: &Person<T::AccountId>,
		act: &Act<T>,
		notes: &mut impl Notes,
	) -> ControlFlow<Decision> {
		let grants = Self::grants_of(act.context.patient);
		let standing = Standing {
			denials,
			grants: &grants,
		};
		for (id, grant) in &grants {
			let finding = Self::finding_of_grant(*id, grant, person, act, &standing);
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
		standing: &Standing<T::AccountId>,
	) -> Finding {
		let terms = &grant.terms;
		let counted = act.counted_by(id);
		match person.standing_as(&terms.grantee) {
			Finding::Applies => (),
			finding => return finding,
		}
		if !act.target.is_covered_by(&terms.scope) {
			return Finding::OtherScope;
		}
		if !terms.purposes.contains(&act.purpose) {
			return Finding::OtherPurpose;
		}
		if !terms.actions.contains(&act.action) {
			return Finding::OtherAction;
		}
		match timeliness(grant, act.context.now) {
			Finding::Applies => (),
			finding => return finding,
		}
		if is_used_up(grant, counted) {
			return Finding::UsedUp;
		}
		let met = |condition: Option<&Expression>| {
			act.context.meets(condition, person, Some(&terms.grantee)) == Some(true)
		};
		if !met(terms.condition.as_ref()) {
			return Finding::ConditionUnmet;
		}
		match &grant.via {
			Some(via) if !Self::parent_holds(via, counted, act, standing, met) => {
				Finding::ParentEnded
			}
			_ => Finding::Applies,
		}
	}

	/// Rule 7: a clinician's open emergency case, for the purpose BTG.
	fn emergency(
		reader: &Person<T::AccountId>,
		act: &Act<T>,
		notes: &mut impl Notes,
	) -> ControlFlow<Decision> {
		let rule = Rule::Emergency;
		match Self::emergency_finding(reader, act, Purpose::BTG) {
			Finding::Applies => (),
			finding => return Self::without_emergency(rule, finding, notes),
		}
		match act.context.case() {
			Some(case) => {
				notes.note(rule, Finding::Applies);
				Break(Decision::Permit(Basis::Emergency(case)))
			}
			None => Self::without_emergency(rule, Finding::NoCase, notes),
		}
	}

	/// Rule 8: a clinician reads an emergency summary, for the purpose ETREAT.
	fn emergency_summary(
		reader: &Person<T::AccountId>,
		act: &Act<T>,
		notes: &mut impl Notes,
	) -> ControlFlow<Decision> {
		let rule = Rule::EmergencySummary;
		let finding = match Self::emergency_finding(reader, act, Purpose::ETREAT) {
			Finding::NotLive => Finding::NotLive,
			Finding::OtherGrantee => Finding::OtherGrantee,
			_ if act.target.category != Category::EmergencySummary => Finding::OtherScope,
			finding => finding,
		};
		if finding != Finding::Applies {
			return Self::without_emergency(rule, finding, notes);
		}
		notes.note(rule, Finding::Applies);
		Break(Decision::Permit(Basis::EmergencySummary))
	}

	/// What both emergency rules ask: a live practitioner of a live hospital reads, for `purpose`, of a patient who has not
	/// opted out.
	fn emergency_finding(reader: &Person<T::AccountId>, act: &Act<T>, purpose: Purpose) -> Finding {
		match reader.standing_as_clinician::<T>() {
			Finding::Applies if act.purpose != purpose => Finding::OtherPurpose,
			Finding::Applies if act.action != Action::Read => Finding::OtherAction,
			Finding::Applies if Patients::<T>::get(act.context.patient).opted_out => {
				Finding::OptedOut
			}
			finding => finding,
		}
	}

	/// An opt-out is told as the reason, for nothing else would have stood in the way.
	fn without_emergency(
		rule: Rule,
		finding: Finding,
		notes: &mut impl Notes,
	) -> ControlFlow<Decision> {
		notes.note(rule, finding);
		match finding {
			Finding::OptedOut => Break(Decision::Deny(DenyReason::OptedOut)),
			_ => Continue(()),
		}
	}
}

impl<T: Config> ConsentPolicy<T::AccountId> for Pallet<T> {
	fn decide(question: &Question<T::AccountId>, now: Moment) -> Decision {
		Self::settle(question, None, now, &mut ())
	}

	/// Rules 5 and 6 for something that does not exist yet. Denials look at every live membership of the author, as they do
	/// for readers; grants only at those by which the author acts for `organisation`, so that nobody writes for one
	/// organisation on the strength of a grant to another. How confidential a new record will be is not known here: a
	/// condition on it is not met. Writing does not count as a use.
	fn may_write(
		author: &T::AccountId,
		organisation: OrganisationId,
		patient: &T::AccountId,
		category: Category,
		record: Option<&RecordId>,
		now: Moment,
	) -> bool {
		let person = Person::load::<T>(author, now);
		let confidentiality = record
			.and_then(T::Records::record)
			.and_then(|entry| match entry {
				RecordEntry::Live(record) => Some(record.confidentiality),
				RecordEntry::Erased(_) => None,
			});
		let target = Target {
			category,
			confidentiality,
			record,
			version: None,
		};
		let act = Act::<T> {
			target: &target,
			purpose: Purpose::TREAT,
			action: Action::Write,
			counted: None,
			context: Context {
				patient,
				actor: author,
				purposes: &[Purpose::TREAT],
				categories: Some(vec![category]),
				confidentiality,
				now,
				case: OnceCell::new(),
			},
		};
		let denials = Self::denials_of(patient);
		Self::denials(&denials, &person, &target, &mut ()).is_continue()
			&& Self::grants(&denials, &person.acting_for(organisation), &act, &mut ()).is_break()
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
		// What is passed on uses up what it came from. One step only: what was passed on is not passed on again.
		count(*id).map(count);
	}

	fn count_use_weight() -> Weight {
		T::WeightInfo::count_use()
	}

	fn decide_again(question: &Question<T::AccountId>, basis: &Basis, now: Moment) -> Decision {
		Self::settle(question, Some(basis), now, &mut ())
	}

	fn decide_weight() -> Weight {
		T::WeightInfo::decide(T::MaxDenials::get(), T::MaxGrants::get(), MAX_SHARED)
			.saturating_add(T::Emergencies::open_case_weight())
	}

	fn may_write_weight(patient: &T::AccountId) -> Weight {
		let state = Patients::<T>::get(patient);
		T::WeightInfo::decide(state.denials, state.grants, state.shared.len() as u32)
			.saturating_sub(T::WeightInfo::decide(0, 0, 0))
			// A grant may ask in its condition for an emergency.
			.saturating_add(T::Emergencies::open_case_weight())
	}
}
