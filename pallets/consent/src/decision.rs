//! The decision: one walk over the rules, for `decide` and `explain` alike.
//!
//! Each rule is a function that notes what it found and either settles the question (`ControlFlow::Break`) or passes it on
//! (`ControlFlow::Continue`). `decide` throws the notes away, `explain` keeps them; there is nothing else to differ in. The
//! order of the rules is the order of the lines in [`Pallet::walk`]; a further rule is a further line there.

use crate::{Config, Pallet, Patients, WeightInfo};
use alloc::vec::Vec;
use core::ops::ControlFlow::{self, Break, Continue};
use frame_support::{traits::Get, weights::Weight};
use salus_primitives::{
	Action, Basis, Category, ConsentPolicy, Considered, Decision, Denial, DenyReason, Explanation,
	Finding, Grant, Grantee, Member, Moment, OrganisationId, Purpose, Question, RecordEntry,
	RecordId, RecordQuery, Role, RoleQuery, Rule, Scope, Version,
};

/// Someone with their memberships and whether each is live.
pub(crate) struct Person<'a, AccountId> {
	account: &'a AccountId,
	memberships: Vec<(Role, Member, bool)>,
}

impl<'a, AccountId: PartialEq> Person<'a, AccountId> {
	pub(crate) fn load<T: Config<AccountId = AccountId>>(
		account: &'a AccountId,
		now: Moment,
	) -> Self {
		let memberships = T::Roles::memberships(account)
			.into_iter()
			.map(|(role, member)| {
				let live = T::Roles::is_live(role, &member, now);
				(role, member, live)
			})
			.collect();
		Self {
			account,
			memberships,
		}
	}

	/// The same person with only the memberships by which they act for an organisation.
	fn acting_for(mut self, organisation: OrganisationId) -> Self {
		self.memberships.retain(|(role, member, _)| {
			*role != Role::Patient && member.organisation == Some(organisation)
		});
		self
	}

	pub(crate) fn is_in_good_standing(&self) -> bool {
		self.memberships.iter().any(|(_, _, live)| *live)
	}

	fn is_live_patient(&self) -> bool {
		self.memberships
			.iter()
			.any(|(role, _, live)| *role == Role::Patient && *live)
	}

	/// Whether a grant or denial to `grantee` is about this person: `Applies` if one of the memberships that make it so is
	/// live, `NotLive` if there are such but none is live, `OtherGrantee` if there are none.
	fn standing_as(&self, grantee: &Grantee<AccountId>) -> Finding {
		let makes_it_so = |role: &Role, member: &Member| match grantee {
			Grantee::Account(account) => account == self.account,
			// Being a patient of an organisation is not being of it (see the crate's documentation).
			Grantee::Organisation(_) | Grantee::Role { .. } if *role == Role::Patient => false,
			Grantee::Organisation(organisation) => member.organisation == Some(*organisation),
			Grantee::Role {
				role: asked,
				organisation,
			} => asked == role && (organisation.is_none() || *organisation == member.organisation),
		};
		let mut finding = Finding::OtherGrantee;
		for (role, member, live) in &self.memberships {
			if makes_it_so(role, member) {
				if *live {
					return Finding::Applies;
				}
				finding = Finding::NotLive;
			}
		}
		finding
	}

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

	fn finding_of_grant(&self, grant: &Grant<AccountId>, act: &Act) -> Finding {
		let terms = &grant.terms;
		match self.standing_as(&terms.grantee) {
			Finding::Applies if !act.target.is_covered_by(&terms.scope) => Finding::OtherScope,
			Finding::Applies if !terms.purposes.contains(&act.purpose) => Finding::OtherPurpose,
			Finding::Applies if !terms.actions.contains(&act.action) => Finding::OtherAction,
			Finding::Applies => timeliness(grant, act.now),
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

/// On what someone wants to act.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
	pub(crate) category: Category,
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

/// What someone wants to do, and when.
struct Act<'a> {
	target: Target<'a>,
	purpose: Purpose,
	action: Action,
	now: Moment,
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
		let decision = Self::settle(question, now, &mut considered);
		Explanation {
			decision,
			considered,
		}
	}

	fn settle(question: &Question<T::AccountId>, now: Moment, notes: &mut impl Notes) -> Decision {
		match Self::walk(question, now, notes) {
			Break(decision) => decision,
			Continue(()) => Decision::Deny(DenyReason::NoGrant),
		}
	}

	fn walk(
		question: &Question<T::AccountId>,
		now: Moment,
		notes: &mut impl Notes,
	) -> ControlFlow<Decision> {
		let Question {
			reader,
			record,
			version,
			purpose,
			action,
		} = question;
		let (patient, target) = Self::live_version(record, *version, notes)?;
		let reader = Self::member_in_good_standing(reader, now, notes)?;
		Self::patient_themself(&patient, &reader, notes)?;
		Self::denials(&patient, &reader, &target, notes)?;
		let act = Act {
			target,
			purpose: *purpose,
			action: *action,
			now,
		};
		Self::grants(&patient, &reader, &act, notes)
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
			Some(RecordEntry::Live(record)) => {
				let version = version.unwrap_or(record.latest);
				if (1..=record.latest).contains(&version) {
					notes.note(Rule::RecordLive, Finding::Applies);
					let category = record.category;
					let target = Target {
						category,
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
		for (role, _, live) in &reader.memberships {
			let finding = if *live {
				Finding::Applies
			} else {
				Finding::NotLive
			};
			notes.note(Rule::Membership(*role), finding);
		}
		if reader.is_in_good_standing() {
			Continue(reader)
		} else if reader.memberships.is_empty() {
			Break(Decision::Deny(DenyReason::NotMember))
		} else {
			Break(Decision::Deny(DenyReason::NotInGoodStanding))
		}
	}

	/// Rule 3: the reader is the patient themself, as a live patient. Guardians in scope will stand here too.
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

	/// Rule 4: an explicit denial, the oldest that covers reader and record.
	fn denials(
		patient: &T::AccountId,
		person: &Person<T::AccountId>,
		target: &Target,
		notes: &mut impl Notes,
	) -> ControlFlow<Decision> {
		for (id, denial) in Self::denials_of(patient) {
			let finding = person.finding_of_denial(&denial, target);
			notes.note(Rule::Denial(id), finding);
			if finding == Finding::Applies {
				return Break(Decision::Deny(DenyReason::Denied(id)));
			}
		}
		Continue(())
	}

	/// Rule 5: a grant, the oldest that covers reader, record, purpose, action and moment.
	fn grants(
		patient: &T::AccountId,
		person: &Person<T::AccountId>,
		act: &Act,
		notes: &mut impl Notes,
	) -> ControlFlow<Decision> {
		for (id, grant) in Self::grants_of(patient) {
			let finding = person.finding_of_grant(&grant, act);
			notes.note(Rule::Grant(id), finding);
			if finding == Finding::Applies {
				return Break(Decision::Permit(Basis::Grant(id)));
			}
		}
		Continue(())
	}
}

impl<T: Config> ConsentPolicy<T::AccountId> for Pallet<T> {
	fn decide(question: &Question<T::AccountId>, now: Moment) -> Decision {
		Self::settle(question, now, &mut ())
	}

	/// Rules 4 and 5 for something that does not exist yet. Denials look at every live membership of the author, as they do
	/// for readers; grants only at those by which the author acts for `organisation`, so that nobody writes for one
	/// organisation on the strength of a grant to another.
	fn may_write(
		author: &T::AccountId,
		organisation: OrganisationId,
		patient: &T::AccountId,
		category: Category,
		record: Option<&RecordId>,
		now: Moment,
	) -> bool {
		let author = Person::load::<T>(author, now);
		let target = Target {
			category,
			record,
			version: None,
		};
		let act = Act {
			target,
			purpose: Purpose::TREAT,
			action: Action::Write,
			now,
		};
		Self::denials(patient, &author, &target, &mut ()).is_continue()
			&& Self::grants(patient, &author.acting_for(organisation), &act, &mut ()).is_break()
	}

	fn decide_weight() -> Weight {
		T::WeightInfo::decide(T::MaxDenials::get(), T::MaxGrants::get())
	}

	fn may_write_weight(patient: &T::AccountId) -> Weight {
		let counters = Patients::<T>::get(patient);
		T::WeightInfo::decide(counters.denials, counters.grants)
	}
}
