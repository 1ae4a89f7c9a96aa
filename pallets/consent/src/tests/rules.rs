//! Standing rules: setting them, and how they answer.

use super::*;
use crate::Grants;
use Term::{Is, Not};

/// Returns a rule that approves any professional's request to read laboratory records for
/// treatment, for an hour.
fn rule() -> StandingRule<AccountId> {
	StandingRule {
		requester: None,
		scope: categories(&[Category::Laboratory]),
		purposes: purposes(&[Purpose::TREAT]),
		actions: actions(&[Action::Read]),
		condition: None,
		answer: RuleAnswer::Approve { duration: HOUR },
	}
}

fn set(rule: StandingRule<AccountId>) {
	assert_ok!(call(PATIENT, Call::set_rule { rule }));
}

fn remove(rule: RuleId) -> DispatchResult {
	call(PATIENT, Call::remove_rule { rule })
}

/// Makes a request. Returns the rule that answered it and whether it approved, or `None` if the
/// request waits.
fn answer(who: AccountId, terms: RequestTerms) -> Option<(RuleId, bool)> {
	let patient = PATIENT;
	assert_ok!(call(who, Call::request { patient, terms }));
	match last_event() {
		Event::Approved { by: AnsweredBy::Rule(rule), .. } => Some((rule, true)),
		Event::Declined { by: AnsweredBy::Rule(rule), .. } => Some((rule, false)),
		Event::Requested { request, .. } => {
			assert_ok!(call(who, Call::withdraw { patient, request }));
			None
		}
		other => panic!("unexpected: {other:?}"),
	}
}

/// Returns the outcome of the doctor's request when this is the only rule.
fn alone(rule: StandingRule<AccountId>, terms: RequestTerms) -> Option<bool> {
	let mut outcome = None;
	build_and_execute(|| {
		set(rule);
		outcome = answer(DOCTOR, terms).map(|(_, approved)| approved);
	});
	outcome
}

#[test]
fn a_rule_approves_at_once_for_its_duration() {
	build_and_execute(|| {
		set(rule());
		assert_eq!(last_event(), Event::RuleSet { patient: PATIENT, rule: 0 });
		assert_eq!(answer(DOCTOR, lab_request()), Some((0, true)));
		let stored = Grants::<Test>::get(PATIENT, 0).expect("granted").terms;
		assert_eq!(stored.grantee, the_doctor());
		assert_eq!(stored.until, Some(START + HOUR));
		assert_eq!(decide_at(&question(DOCTOR), START + HOUR - 1), by_grant(0));
		assert_eq!(decide_at(&question(DOCTOR), START + HOUR), denied(DenyReason::NoGrant));
		assert_eq!(Consent::consent_of(&PATIENT).requests, vec![]);
		let shorter = RequestTerms { until: Some(START + 5), ..lab_request() };
		assert_eq!(answer(DOCTOR, shorter), Some((0, true)));
		let stored = Grants::<Test>::get(PATIENT, 1).expect("granted").terms;
		assert_eq!(stored.until, Some(START + 5));
	});
}

#[test]
fn a_rule_declines_at_once() {
	build_and_execute(|| {
		set(StandingRule { answer: RuleAnswer::Decline, ..rule() });
		assert_eq!(answer(DOCTOR, lab_request()), Some((0, false)));
		assert_eq!(
			last_event(),
			Event::Declined {
				patient: PATIENT,
				request: 0,
				requester: DOCTOR,
				by: AnsweredBy::Rule(0)
			}
		);
		assert_eq!(Consent::consent_of(&PATIENT).requests, vec![]);
		assert_eq!(Consent::consent_of(&PATIENT).grants, vec![]);
	});
}

#[test]
fn an_approval_must_cover_everything_a_decline_only_some() {
	let both = |terms: RequestTerms| {
		let declines = StandingRule { answer: RuleAnswer::Decline, ..rule() };
		(alone(rule(), terms.clone()), alone(declines, terms))
	};
	let (yes, no) = (Some(true), Some(false));
	assert_eq!(both(lab_request()), (yes, no));
	let over = |scope| RequestTerms { scope, ..lab_request() };
	assert_eq!(both(over(categories(&[Category::Laboratory]))), (yes, no));
	assert_eq!(both(over(Scope::Everything)), (None, no));
	assert_eq!(both(over(Scope::Record(SCAN))), (None, None));
	let two = categories(&[Category::Laboratory, Category::Imaging]);
	assert_eq!(both(over(two)), (None, no));
	let why = |list: &[Purpose]| RequestTerms { purposes: purposes(list), ..lab_request() };
	assert_eq!(both(why(&[Purpose::TREAT, Purpose::HRESCH])), (None, no));
	assert_eq!(both(why(&[Purpose::HRESCH])), (None, None));
	let to = |list: &[Action]| RequestTerms { actions: actions(list), ..lab_request() };
	assert_eq!(both(to(&[Action::Read, Action::Share])), (None, no));
	assert_eq!(both(to(&[Action::Write])), (None, None));
}

#[test]
fn a_rule_means_its_requester_by_a_live_membership() {
	build_and_execute(|| {
		set(StandingRule { requester: Some(practitioners()), ..rule() });
		assert_eq!(answer(DOCTOR, lab_request()), Some((0, true)));
		for who in [CLERK, RESEARCHER, OTHER_PATIENT] {
			assert_eq!(answer(who, lab_request()), None);
		}
		Roles::admit(DOCTOR, Role::Researcher, Some(INSTITUTE));
		Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Suspended);
		assert_eq!(answer(DOCTOR, lab_request()), None);
	});
}

/// A dismissed clinician was admitted again, and a rule from before gave them a grant.
#[test]
fn a_rule_ends_with_the_capacity_that_it_names() {
	let named = [
		Grantee::Account(DOCTOR),
		Grantee::Member { account: DOCTOR, role: Role::Practitioner, organisation: HOSPITAL },
	];
	for requester in named {
		build_and_execute(|| {
			set(StandingRule { requester: Some(requester.clone()), ..rule() });
			let approved = |answer: Option<(RuleId, bool)>| answer.is_some_and(|(_, yes)| yes);
			assert!(approved(answer(DOCTOR, lab_request())), "{requester:?}");
			Now::set(START + 1);
			Roles::admit(DOCTOR, Role::Practitioner, Some(HOSPITAL));
			assert!(!approved(answer(DOCTOR, lab_request())), "{requester:?}");
			// Set again, it means the new capacity.
			set(StandingRule { requester: Some(requester.clone()), ..rule() });
			assert!(approved(answer(DOCTOR, lab_request())), "{requester:?}");
		});
	}
}

#[test]
fn a_rule_of_unknown_age_approves_for_nobody_by_name() {
	build_and_execute(|| {
		set(StandingRule { requester: Some(Grantee::Account(DOCTOR)), ..rule() });
		crate::RulesSet::<Test>::remove(PATIENT);
		assert_eq!(answer(DOCTOR, lab_request()), None);
		set(StandingRule { requester: Some(Grantee::Organisation(HOSPITAL)), ..rule() });
		crate::RulesSet::<Test>::remove(PATIENT);
		assert!(answer(DOCTOR, lab_request()).is_some());
	});
}

#[test]
fn the_first_matching_rule_answers() {
	build_and_execute(|| {
		let to = |requester, answer| StandingRule { requester: Some(requester), answer, ..rule() };
		set(to(Grantee::Account(CLERK), RuleAnswer::Decline));
		set(to(Grantee::Organisation(HOSPITAL), RuleAnswer::Approve { duration: HOUR }));
		set(StandingRule { answer: RuleAnswer::Decline, ..rule() });
		assert_eq!(answer(CLERK, lab_request()), Some((0, false)));
		assert_eq!(answer(DOCTOR, lab_request()), Some((1, true)));
		assert_eq!(answer(RESEARCHER, lab_request()), Some((2, false)));
		assert_ok!(remove(0));
		assert_eq!(answer(CLERK, lab_request()), Some((1, true)));
		assert_ok!(remove(1));
		assert_eq!(answer(DOCTOR, lab_request()), Some((2, false)));
	});
}

#[test]
fn a_rules_condition_must_be_met_and_passes_to_the_grant() {
	build_and_execute(|| {
		let condition = only(Attribute::Role(Role::Practitioner));
		set(StandingRule { condition: condition.clone(), ..rule() });
		assert_eq!(answer(CLERK, lab_request()), None);
		assert_eq!(answer(DOCTOR, lab_request()), Some((0, true)));
		let stored = Grants::<Test>::get(PATIENT, 0).expect("granted").terms;
		assert_eq!(stored.condition, condition);
		Roles::admit(DOCTOR, Role::Device, Some(HOSPITAL));
		Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Revoked);
		assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::NoGrant));
	});
}

#[test]
fn an_unknown_condition_declines_but_does_not_approve() {
	let normal = || Is(Attribute::ConfidentialityAtMost(Confidentiality::Normal));
	let lab = || Is(Attribute::Category(Category::Laboratory));
	let treat = || Is(Attribute::Purpose(Purpose::TREAT));
	let wide = |answer, terms: &[Term]| StandingRule {
		scope: Scope::Everything,
		purposes: purposes(&[Purpose::TREAT, Purpose::HRESCH]),
		condition: condition(terms),
		answer,
		..rule()
	};
	let approve = RuleAnswer::Approve { duration: HOUR };
	let everything = RequestTerms {
		scope: Scope::Everything,
		purposes: purposes(&[Purpose::TREAT, Purpose::HRESCH]),
		..lab_request()
	};
	for unknown in [normal(), lab(), treat()] {
		for terms in [vec![unknown], vec![unknown, Not]] {
			assert_eq!(alone(wide(approve, &terms), everything.clone()), None);
			let declined = alone(wide(RuleAnswer::Decline, &terms), everything.clone());
			assert_eq!(declined, Some(false));
		}
		// For one record and one purpose, everything is known.
		assert_eq!(alone(wide(approve, &[unknown]), lab_request()), Some(true));
		let contrary = wide(RuleAnswer::Decline, &[unknown, Not]);
		assert_eq!(alone(contrary, lab_request()), None);
	}
	let over_labs = RequestTerms { scope: categories(&[Category::Laboratory]), ..lab_request() };
	assert_eq!(alone(wide(approve, &[lab()]), over_labs), Some(true));
}

#[test]
fn a_request_without_room_for_its_grant_waits() {
	build_and_execute(|| {
		set(rule());
		MaxGrants::set(1);
		give(terms(Grantee::Account(CLERK)));
		let (patient, terms) = (PATIENT, lab_request());
		assert_ok!(call(DOCTOR, Call::request { patient, terms }));
		assert_eq!(Consent::consent_of(&PATIENT).requests.len(), 1);
		assert_eq!(Consent::consent_of(&PATIENT).grants.len(), 1);
	});
}

/// A dismissed doctor enrols as a patient and asks again.
#[test]
fn a_rule_for_anyone_approves_professionals_only() {
	build_and_execute(|| {
		set(rule());
		Roles::admit(DOCTOR, Role::Patient, None);
		Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Revoked);
		for who in [DOCTOR, OTHER_PATIENT] {
			assert_eq!(answer(who, lab_request()), None);
		}
		for requester in [Grantee::Account(DOCTOR), the_doctor()] {
			set(StandingRule { requester: Some(requester), ..rule() });
		}
		assert_eq!(answer(DOCTOR, lab_request()), None);
		set(StandingRule { requester: Some(Grantee::Person(DOCTOR)), ..rule() });
		assert_eq!(answer(DOCTOR, lab_request()), Some((3, true)));
		let stored = Grants::<Test>::get(PATIENT, 0).expect("granted").terms;
		assert_eq!(stored.grantee, Grantee::Person(DOCTOR));
		// A rule that declines needs no capacity.
		for requester in [None, Some(the_doctor())] {
			let declines = StandingRule {
				requester,
				scope: Scope::Record(SCAN),
				answer: RuleAnswer::Decline,
				..rule()
			};
			set(declines);
		}
		let scan = RequestTerms { scope: Scope::Record(SCAN), ..lab_request() };
		assert_eq!(answer(DOCTOR, scan), Some((4, false)));
	});
}

/// The requester has two jobs, and the rule is for one of them.
#[test]
fn a_rules_grant_is_for_the_capacity_that_the_rule_means() {
	build_and_execute(|| {
		let researchers = Grantee::Role { role: Role::Researcher, organisation: None };
		set(StandingRule { requester: Some(researchers), ..rule() });
		Roles::admit(DOCTOR, Role::Researcher, Some(INSTITUTE));
		assert_eq!(answer(DOCTOR, lab_request()), Some((0, true)));
		let stored = Grants::<Test>::get(PATIENT, 0).expect("granted").terms;
		let expected =
			Grantee::Member { account: DOCTOR, role: Role::Researcher, organisation: INSTITUTE };
		assert_eq!(stored.grantee, expected);
		Roles::set_status(DOCTOR, Role::Researcher, MemberStatus::Revoked);
		assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::NoGrant));
	});
}

#[test]
fn rules_do_not_affect_waiting_requests_or_given_grants() {
	build_and_execute(|| {
		let (patient, terms) = (PATIENT, lab_request());
		assert_ok!(call(DOCTOR, Call::request { patient, terms }));
		set(rule());
		assert_eq!(Consent::consent_of(&PATIENT).requests.len(), 1);
		assert_eq!(answer(CLERK, lab_request()), Some((0, true)));
		assert_ok!(remove(0));
		assert_eq!(last_event(), Event::RuleRemoved { patient, rule: 0 });
		assert_eq!(decide(&question(CLERK)), by_grant(0));
	});
}

#[test]
fn invalid_rules_are_refused() {
	build_and_execute(|| {
		let refuse = |rule, error: Error<Test>| {
			assert_noop!(call(PATIENT, Call::set_rule { rule }), error);
		};
		let from = |requester| StandingRule { requester: Some(requester), ..rule() };
		refuse(from(Grantee::Account(PATIENT)), Error::Oneself);
		refuse(from(Grantee::Organisation(NOWHERE)), Error::UnknownOrganisation);
		let patients = Grantee::Role { role: Role::Patient, organisation: None };
		refuse(from(patients), Error::PatientRole);
		let scope = Scope::Record(FOREIGN);
		refuse(StandingRule { scope, ..rule() }, Error::NotYourRecord);
		let purposes = purposes(&[]);
		refuse(StandingRule { purposes, ..rule() }, Error::EmptySet);
		let actions = actions(&[]);
		refuse(StandingRule { actions, ..rule() }, Error::EmptySet);
		let condition = condition(&[Not]);
		refuse(StandingRule { condition, ..rule() }, Error::MalformedCondition);
		let answer = RuleAnswer::Approve { duration: 0 };
		refuse(StandingRule { answer, ..rule() }, Error::InvalidPeriod);
		let made = Call::set_rule { rule: rule() };
		assert_noop!(call(DOCTOR, made), Error::<Test>::NotPatient);
		// A suspended organisation may be named, as in a denial.
		Roles::suspend_organisation(INSTITUTE);
		set(from(Grantee::Organisation(INSTITUTE)));
	});
}

#[test]
fn removing_a_declining_rule_needs_a_live_patient() {
	build_and_execute(|| {
		set(rule());
		set(StandingRule { answer: RuleAnswer::Decline, ..rule() });
		assert_noop!(remove(2), Error::<Test>::UnknownRule);
		Roles::set_status(PATIENT, Role::Patient, MemberStatus::Suspended);
		assert_noop!(call(PATIENT, Call::set_rule { rule: rule() }), Error::<Test>::NotPatient);
		assert_noop!(remove(1), Error::<Test>::NotPatient);
		assert_ok!(remove(0));
		Roles::set_status(PATIENT, Role::Patient, MemberStatus::Active);
		assert_ok!(remove(1));
		assert_noop!(remove(1), Error::<Test>::UnknownRule);
	});
}

#[test]
fn the_number_of_rules_is_limited_until_one_is_removed() {
	build_and_execute(|| {
		for _ in 0..16 {
			set(rule());
		}
		let made = || Call::set_rule { rule: rule() };
		assert_noop!(call(PATIENT, made()), Error::<Test>::TooManyRules);
		assert_ok!(remove(3));
		assert_ok!(call(PATIENT, made()));
		let ids: Vec<_> =
			Consent::consent_of(&PATIENT).rules.into_iter().map(|(id, _)| id).collect();
		assert_eq!(ids, (0..=16).filter(|id| *id != 3).collect::<Vec<_>>());
	});
}
