//! Emergencies: open cases, emergency summaries, and the patient's opt-out.

use super::*;

const SUMMARY: RecordId = RecordId([4; 32]);
const CASE: CaseId = 7;

fn emergency(test: impl FnOnce()) {
	build_and_execute(|| {
		Records::register(SUMMARY, PATIENT, Category::EmergencySummary, 1);
		test();
	});
}

/// Returns the question to read a record by breaking the glass.
fn btg_question(reader: AccountId) -> Question<AccountId> {
	Question { purpose: Purpose::BTG, ..question(reader) }
}

/// Returns the question to read the emergency summary for emergency treatment.
fn summary_question(reader: AccountId) -> Question<AccountId> {
	Question { record: SUMMARY, purpose: Purpose::ETREAT, ..question(reader) }
}

fn open(reader: AccountId) {
	Emergencies::open(reader, PATIENT, CASE, START + 100);
}

fn close_summary(closed: bool) {
	assert_ok!(call(PATIENT, Call::set_emergency_summary_closed { closed }));
}

fn opt_out(opted_out: bool) {
	assert_ok!(call(PATIENT, Call::set_emergency_opt_out { opted_out }));
}

const BY_CASE: Decision = Decision::Permit(Basis::Emergency(CASE));
const NO_GRANT: Decision = Decision::Deny(DenyReason::NoGrant);
const OPTED_OUT: Decision = Decision::Deny(DenyReason::OptedOut);

/// Asserts that neither emergency rule permits anything to this reader.
fn assert_permits_nothing(reader: AccountId) {
	assert_eq!(decide(&btg_question(reader)), NO_GRANT);
	assert_eq!(decide(&summary_question(reader)), NO_GRANT);
}

#[test]
fn an_open_case_permits_only_reading_for_btg() {
	emergency(|| {
		open(DOCTOR);
		for record in [LAB, SCAN, SUMMARY] {
			let of = |question| Question { record, ..question };
			assert_eq!(decide(&of(btg_question(DOCTOR))), BY_CASE);
		}
		for purpose in Purpose::ALL.into_iter().filter(|one| *one != Purpose::BTG) {
			// ETREAT is for the summary.
			assert_eq!(decide(&Question { purpose, ..btg_question(DOCTOR) }), NO_GRANT);
		}
		for action in [Action::Write, Action::Share] {
			assert_eq!(decide(&Question { action, ..btg_question(DOCTOR) }), NO_GRANT);
		}
		let foreign = Question { record: FOREIGN, ..btg_question(DOCTOR) };
		assert_eq!(decide(&foreign), NO_GRANT);
	});
}

#[test]
fn nothing_is_permitted_without_a_case_or_after_its_end() {
	emergency(|| {
		assert_eq!(decide(&btg_question(DOCTOR)), NO_GRANT);
		open(DOCTOR);
		assert_eq!(decide_at(&btg_question(DOCTOR), START + 99), BY_CASE);
		assert_eq!(decide_at(&btg_question(DOCTOR), START + 100), NO_GRANT);
	});
}

#[test]
fn a_case_permits_nothing_in_other_roles() {
	emergency(|| {
		for reader in [CLERK, RESEARCHER, OTHER_PATIENT] {
			open(reader);
			assert_permits_nothing(reader);
		}
	});
}

#[test]
fn a_case_permits_nothing_outside_hospitals() {
	emergency(|| {
		Roles::admit(RESEARCHER, Role::Practitioner, Some(INSTITUTE));
		open(RESEARCHER);
		assert_permits_nothing(RESEARCHER);
	});
}

#[test]
fn a_case_permits_nothing_to_a_suspended_practitioner() {
	emergency(|| {
		open(DOCTOR);
		// Live in another role.
		Roles::admit(DOCTOR, Role::Patient, None);
		assert_eq!(decide(&btg_question(DOCTOR)), BY_CASE);
		Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Suspended);
		assert_permits_nothing(DOCTOR);
	});
}

#[test]
fn a_case_permits_nothing_at_a_suspended_hospital() {
	emergency(|| {
		open(DOCTOR);
		// Live in another role.
		Roles::admit(DOCTOR, Role::Patient, None);
		assert_eq!(decide(&btg_question(DOCTOR)), BY_CASE);
		Roles::suspend_organisation(HOSPITAL);
		assert_permits_nothing(DOCTOR);
	});
}

#[test]
fn a_case_opens_summaries_for_emergency_treatment_only() {
	emergency(|| {
		// A reader without a case was neither attested nor limited, and nobody would review the
		// access.
		assert_eq!(decide(&summary_question(DOCTOR)), NO_GRANT);
		open(DOCTOR);
		assert_eq!(decide(&summary_question(DOCTOR)), BY_CASE);
		assert_eq!(decide_at(&summary_question(DOCTOR), START + 100), NO_GRANT);
		let lab = Question { record: LAB, ..summary_question(DOCTOR) };
		assert_eq!(decide(&lab), NO_GRANT);
		for purpose in
			Purpose::ALL.into_iter().filter(|one| ![Purpose::ETREAT, Purpose::BTG].contains(one))
		{
			assert_eq!(decide(&Question { purpose, ..summary_question(DOCTOR) }), NO_GRANT);
		}
		for action in [Action::Write, Action::Share] {
			assert_eq!(decide(&Question { action, ..summary_question(DOCTOR) }), NO_GRANT);
		}
	});
}

#[test]
fn denials_and_grants_come_before_emergency_rules() {
	emergency(|| {
		open(DOCTOR);
		let id = give(GrantTerms { purposes: purposes(&[Purpose::ETREAT]), ..doctors_terms() });
		assert_eq!(decide(&btg_question(DOCTOR)), BY_CASE);
		assert_eq!(decide(&summary_question(DOCTOR)), by_grant(id));
		let denial = deny(practitioners(), Scope::Everything);
		assert_eq!(decide(&btg_question(DOCTOR)), denied(DenyReason::Denied(denial)));
		assert_eq!(decide(&summary_question(DOCTOR)), denied(DenyReason::Denied(denial)));
	});
}

#[test]
fn an_opt_out_closes_emergency_access_but_not_summaries() {
	emergency(|| {
		open(DOCTOR);
		let id = give(doctors_terms());
		opt_out(true);
		assert_eq!(last_event(), Event::EmergencyOptOutSet { patient: PATIENT, opted_out: true });
		assert!(Consent::consent_of(&PATIENT).opt_out);
		assert_eq!(decide(&btg_question(DOCTOR)), OPTED_OUT);
		// The patient's allergies remain known.
		assert_eq!(decide(&summary_question(DOCTOR)), BY_CASE);
		// The opt-out is the reason only if nothing else stood in the way, and it affects no grant.
		assert_eq!(decide(&btg_question(CLERK)), NO_GRANT);
		assert_eq!(decide(&question(DOCTOR)), by_grant(id));
		opt_out(false);
		assert_eq!(decide(&btg_question(DOCTOR)), BY_CASE);
		assert_eq!(decide(&summary_question(DOCTOR)), BY_CASE);
	});
}

#[test]
fn emergency_summaries_have_a_separate_switch() {
	emergency(|| {
		open(DOCTOR);
		close_summary(true);
		let closed = true;
		assert_eq!(last_event(), Event::EmergencySummarySet { patient: PATIENT, closed });
		assert_eq!(decide(&summary_question(DOCTOR)), OPTED_OUT);
		assert_eq!(decide(&btg_question(DOCTOR)), BY_CASE);
		for opted_out in [true, false] {
			opt_out(opted_out);
			assert_eq!(decide(&summary_question(DOCTOR)), OPTED_OUT);
		}
		close_summary(false);
		assert_eq!(decide(&summary_question(DOCTOR)), BY_CASE);
	});
}

/// Before summaries had a switch, opting out closed them too. A patient who did so has not asked
/// for anything else.
#[test]
fn an_old_opt_out_keeps_summaries_closed() {
	emergency(|| {
		open(DOCTOR);
		crate::Patients::<Test>::mutate(PATIENT, |state| state.opted_out = true);
		assert_eq!(decide(&summary_question(DOCTOR)), OPTED_OUT);
		// Opting back in says nothing about the summaries.
		opt_out(false);
		assert_eq!(decide(&btg_question(DOCTOR)), BY_CASE);
		assert_eq!(decide(&summary_question(DOCTOR)), OPTED_OUT);
		close_summary(false);
		assert_eq!(decide(&summary_question(DOCTOR)), BY_CASE);
	});
}

fn set_summary_closed(who: AccountId, closed: bool) -> DispatchResult {
	call(who, Call::set_emergency_summary_closed { closed })
}

#[test]
fn closing_summaries_needs_a_patient_live_or_not() {
	emergency(|| {
		Roles::set_status(PATIENT, Role::Patient, MemberStatus::Suspended);
		assert_ok!(set_summary_closed(PATIENT, true));
		assert_noop!(set_summary_closed(DOCTOR, true), Error::<Test>::NotPatient);
	});
}

#[test]
fn opening_summaries_needs_a_live_patient() {
	emergency(|| {
		Roles::set_status(PATIENT, Role::Patient, MemberStatus::Suspended);
		assert_noop!(set_summary_closed(PATIENT, false), Error::<Test>::NotPatient);
		Roles::set_status(PATIENT, Role::Patient, MemberStatus::Active);
		assert_ok!(set_summary_closed(PATIENT, false));
	});
}

/// Neither new grants nor ones stored when this purpose could still be granted.
#[test]
fn nothing_but_a_case_breaks_the_glass() {
	emergency(|| {
		let glass = || purposes(&[Purpose::TREAT, Purpose::BTG]);
		let broken: DispatchResult = Err(Error::<Test>::BreaksTheGlass.into());
		let to = |grantee| GrantTerms {
			purposes: glass(),
			actions: actions(&[Action::Read, Action::Share]),
			..terms(grantee)
		};
		let wraps = RecordWraps::default;
		assert_eq!(grant(signed(PATIENT), to(the_doctor()), wraps()), broken);
		let asked = RequestTerms {
			scope: Scope::Everything,
			purposes: glass(),
			actions: actions(&[Action::Read]),
			until: None,
		};
		let (patient, request) = (PATIENT, asked.clone());
		let terms_of_request = request;
		assert_eq!(call(DOCTOR, Call::request { patient, terms: terms_of_request }), broken);
		let appoint = Call::appoint_guardian {
			guardian: DOCTOR,
			scope: Scope::Everything,
			purposes: glass(),
			until: None,
		};
		assert_eq!(call(PATIENT, appoint), broken);
		let rule = |answer| StandingRule {
			requester: None,
			scope: Scope::Everything,
			purposes: glass(),
			actions: actions(&[Action::Read]),
			condition: None,
			answer,
		};
		let approve = rule(RuleAnswer::Approve { duration: 1 });
		assert_eq!(call(PATIENT, Call::set_rule { rule: approve }), broken);
		// Declining requests for that purpose is allowed.
		let decline = rule(RuleAnswer::Decline);
		assert_ok!(call(PATIENT, Call::set_rule { rule: decline }));

		let id = give(terms(the_doctor()));
		crate::Grants::<Test>::mutate(PATIENT, id, |grant| {
			grant.as_mut().expect("the grant exists").terms.purposes = glass();
		});
		let appointed = Guardian {
			guardian: CLERK,
			scope: Scope::Everything,
			purposes: glass(),
			since: START,
			until: None,
		};
		let list: crate::GuardianList<AccountId> =
			vec![(0, appointed)].try_into().expect("one fits");
		crate::Guardians::<Test>::insert(PATIENT, list);
		crate::Patients::<Test>::mutate(PATIENT, |state| state.next_guardian = 1);
		for reader in [DOCTOR, CLERK] {
			assert!(decide(&question(reader)).is_permit());
			assert_eq!(decide(&btg_question(reader)), NO_GRANT);
		}
	});
}

#[test]
fn opting_in_needs_a_live_patient_opting_out_does_not() {
	emergency(|| {
		let set = |who, opted_out| call(who, Call::set_emergency_opt_out { opted_out });
		Roles::set_status(PATIENT, Role::Patient, MemberStatus::Suspended);
		assert_ok!(set(PATIENT, true));
		assert_noop!(set(PATIENT, false), Error::<Test>::NotPatient);
		assert_noop!(set(DOCTOR, true), Error::<Test>::NotPatient);
		assert_noop!(set(STRANGER, false), Error::<Test>::NotPatient);
		Roles::set_status(PATIENT, Role::Patient, MemberStatus::Active);
		assert_ok!(set(PATIENT, false));
	});
}

#[test]
fn each_step_of_the_emergency_rules_is_explained() {
	emergency(|| {
		let findings = |question: &Question<AccountId>| -> Vec<(Rule, Finding)> {
			Consent::explain(question, START).considered[3..]
				.iter()
				.map(|item| (item.rule, item.finding))
				.collect()
		};
		let both = |case, summary| vec![(Rule::Emergency, case), (Rule::EmergencySummary, summary)];
		use Finding::*;
		assert_eq!(findings(&question(DOCTOR)), both(OtherPurpose, OtherScope));
		assert_eq!(findings(&btg_question(DOCTOR)), both(NoCase, OtherScope));
		assert_eq!(findings(&btg_question(CLERK)), both(OtherGrantee, OtherGrantee));
		assert_eq!(findings(&summary_question(DOCTOR)), both(OtherPurpose, NoCase));
		open(DOCTOR);
		assert_eq!(findings(&summary_question(DOCTOR)), both(OtherPurpose, Applies));
		let write = Question { action: Action::Write, ..summary_question(DOCTOR) };
		assert_eq!(findings(&write), both(OtherPurpose, OtherAction));
		opt_out(true);
		close_summary(true);
		assert_eq!(findings(&btg_question(DOCTOR)), vec![(Rule::Emergency, OptedOut)]);
		assert_eq!(findings(&summary_question(DOCTOR)), both(OtherPurpose, OptedOut));
		Roles::admit(DOCTOR, Role::Patient, None);
		Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Revoked);
		assert_eq!(findings(&btg_question(DOCTOR))[1..], both(NotLive, NotLive));
	});
}

#[test]
fn a_bar_to_emergency_access_is_known_in_advance() {
	let bars = || Consent::bars_emergency(&DOCTOR, &PATIENT, START);
	emergency(|| {
		assert_eq!(bars(), None);
		// A partial denial leaves the rest open, and a denial of somebody else leaves everything
		// open.
		deny(Grantee::Account(DOCTOR), Scope::Record(LAB));
		deny(Grantee::Account(CLERK), Scope::Everything);
		assert_eq!(bars(), None);
		let denial = deny(Grantee::Organisation(HOSPITAL), Scope::Everything);
		assert_eq!(bars(), Some(DenyReason::Denied(denial)));
		// Emergency summaries are still open.
		opt_out(true);
		assert_eq!(bars(), Some(DenyReason::Denied(denial)));
		close_summary(true);
		assert_eq!(bars(), Some(DenyReason::OptedOut));
		opt_out(false);
		assert_eq!(bars(), Some(DenyReason::Denied(denial)));
	});
	// The decision on any record agrees with the bar.
	emergency(|| {
		open(DOCTOR);
		let denial = deny(practitioners(), Scope::Everything);
		assert_eq!(bars(), Some(DenyReason::Denied(denial)));
		for record in [LAB, SCAN, SUMMARY] {
			let question = Question { record, ..btg_question(DOCTOR) };
			assert_eq!(decide(&question), Decision::Deny(DenyReason::Denied(denial)));
		}
	});
}
