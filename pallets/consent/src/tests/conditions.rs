//! Conditions: each attribute in its context, and the membership under which it is evaluated.

use super::*;
use Term::{All, Any, Is, Not};

const CARDIOLOGY: Specialty = 394_579_002;

/// Returns whether the doctor may read the laboratory record at `now` by a grant whose only limit
/// is the condition.
fn holds_at(condition: Option<Expression>, now: Moment) -> bool {
	let id = give(GrantTerms { condition, ..doctors_terms() });
	let decision = decide_at(&question(DOCTOR), now);
	assert_ok!(Consent::revoke(signed(PATIENT), id, Default::default()));
	decision.is_permit()
}

fn holds(attribute: Attribute) -> bool {
	holds_at(only(attribute), START)
}

#[test]
fn attributes_of_the_membership_are_evaluated() {
	build_and_execute(|| {
		Roles::set_specialty(DOCTOR, Role::Practitioner, CARDIOLOGY);
		assert!(holds(Attribute::Role(Role::Practitioner)));
		assert!(!holds(Attribute::Role(Role::Researcher)));
		assert!(holds(Attribute::Specialty(CARDIOLOGY)));
		assert!(!holds(Attribute::Specialty(1)));
		assert!(holds(Attribute::Organisation(HOSPITAL)));
		assert!(!holds(Attribute::Organisation(INSTITUTE)));
		assert!(holds(Attribute::OrganisationKind(OrganisationKind::Hospital)));
		assert!(!holds(Attribute::OrganisationKind(OrganisationKind::Research)));
	});
}

#[test]
fn attributes_of_question_and_record_are_evaluated() {
	build_and_execute(|| {
		assert!(holds(Attribute::Purpose(Purpose::TREAT)));
		assert!(!holds(Attribute::Purpose(Purpose::HRESCH)));
		assert!(holds(Attribute::Category(Category::Laboratory)));
		assert!(!holds(Attribute::Category(Category::Imaging)));
		let levels = Confidentiality::ALL;
		for (is, of) in levels.iter().enumerate() {
			Records::classify(LAB, *of);
			for (most, at_most) in levels.iter().enumerate() {
				assert_eq!(holds(Attribute::ConfidentialityAtMost(*at_most)), is <= most);
			}
		}
	});
}

#[test]
fn windows_of_the_day_are_in_universal_time() {
	build_and_execute(|| {
		let at = |from, until, minute: Moment| {
			holds_at(only(Attribute::TimeOfDay { from, until }), 20_400 * DAY + minute * MINUTE)
		};
		assert_eq!(
			[479, 480, 1019, 1020].map(|at_| at(480, 1020, at_)),
			[false, true, true, false]
		);
		assert_eq!(
			[1319, 1320, 1439, 0, 359, 360].map(|at_| at(1320, 360, at_)),
			[false, true, true, true, true, false]
		);
		assert!(at(0, 1440, 1439) && at(1439, 0, 1439) && !at(1439, 0, 0));
	});
}

#[test]
fn an_open_emergency_case_is_evaluated() {
	build_and_execute(|| {
		let open = || only(Attribute::EmergencyOpen);
		assert!(!holds_at(open(), START));
		Emergencies::open(DOCTOR, PATIENT, 1, START + 10);
		assert!(holds_at(open(), START + 9) && !holds_at(open(), START + 10));
	});
}

#[test]
fn operators_combine() {
	build_and_execute(|| {
		let yes = Is(Attribute::Role(Role::Practitioner));
		let no = Is(Attribute::Role(Role::Researcher));
		let holds = |terms: &[Term]| holds_at(condition(terms), START);
		assert!(holds(&[yes, yes, All(2)]) && !holds(&[yes, no, All(2)]));
		assert!(holds(&[yes, no, Any(2)]) && !holds(&[no, no, Any(2)]));
		assert!(holds(&[no, Not]) && !holds(&[yes, Not]));
		// not (researcher or (practitioner and not practitioner))
		assert!(holds(&[no, yes, Not, Any(2), Not]));
	});
}

#[test]
fn the_condition_must_be_met_under_one_membership_as_a_whole() {
	build_and_execute(|| {
		Roles::admit(DOCTOR, Role::Researcher, Some(INSTITUTE));
		let of = |role, organisation| {
			holds_at(
				condition(&[
					Is(Attribute::Role(role)),
					Is(Attribute::Organisation(organisation)),
					All(2),
				]),
				START,
			)
		};
		assert!(of(Role::Practitioner, HOSPITAL) && of(Role::Researcher, INSTITUTE));
		assert!(!of(Role::Practitioner, INSTITUTE) && !of(Role::Researcher, HOSPITAL));
		Roles::set_status(DOCTOR, Role::Researcher, MemberStatus::Suspended);
		assert!(!of(Role::Researcher, INSTITUTE));
	});
}

#[test]
fn only_memberships_meant_by_the_grant_meet_its_condition() {
	build_and_execute(|| {
		Roles::admit(DOCTOR, Role::Researcher, Some(INSTITUTE));
		give(GrantTerms {
			condition: only(Attribute::Role(Role::Researcher)),
			..terms(Grantee::Organisation(HOSPITAL))
		});
		assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::NoGrant));
		let id = give(GrantTerms {
			condition: only(Attribute::Role(Role::Practitioner)),
			..terms(Grantee::Organisation(HOSPITAL))
		});
		assert_eq!(decide(&question(DOCTOR)), by_grant(id));
	});
}

#[test]
fn patients_of_a_hospital_do_not_meet_its_conditions() {
	build_and_execute(|| {
		for attribute in [
			Attribute::Organisation(HOSPITAL),
			Attribute::OrganisationKind(OrganisationKind::Hospital),
		] {
			give(GrantTerms {
				condition: only(attribute),
				..terms(Grantee::Account(OTHER_PATIENT))
			});
		}
		assert_eq!(decide(&question(OTHER_PATIENT)), denied(DenyReason::NoGrant));
		let id = give(GrantTerms {
			condition: only(Attribute::Role(Role::Patient)),
			..terms(Grantee::Account(OTHER_PATIENT))
		});
		assert_eq!(decide(&question(OTHER_PATIENT)), by_grant(id));
	});
}

#[test]
fn malformed_conditions_are_refused() {
	build_and_execute(|| {
		let yes = Is(Attribute::EmergencyOpen);
		let malformed: [&[Term]; 5] = [
			&[],
			&[yes, yes],
			&[All(1)],
			&[yes, Not, Not, Not, Not],
			&[Is(Attribute::TimeOfDay { from: 1, until: 1 })],
		];
		for list in malformed {
			let terms = GrantTerms { condition: condition(list), ..doctors_terms() };
			assert_noop!(
				grant(signed(PATIENT), terms, Default::default()),
				Error::<Test>::MalformedCondition
			);
		}
	});
}

#[test]
fn writing_meets_no_condition_on_unknown_facts() {
	build_and_execute(|| {
		let may = |condition, record| {
			let id = give(GrantTerms {
				actions: actions(&[Action::Write]),
				condition,
				..doctors_terms()
			});
			let category = Category::Laboratory;
			let may = Consent::may_write(&DOCTOR, HOSPITAL, &PATIENT, category, record, START);
			assert_ok!(Consent::revoke(signed(PATIENT), id, Default::default()));
			may
		};
		assert!(may(only(Attribute::Role(Role::Practitioner)), None));
		assert!(!may(only(Attribute::Role(Role::Device)), None));
		let normal = Attribute::ConfidentialityAtMost(Confidentiality::Normal);
		assert!(!may(only(normal), None) && may(only(normal), Some(&LAB)));
		// Nor is its negation met.
		assert!(!may(condition(&[Is(normal), Not]), None));
		let any = Attribute::ConfidentialityAtMost(Confidentiality::VeryRestricted);
		assert!(may(only(any), None));
	});
}

#[test]
fn limited_grants_yield_no_recipient() {
	build_and_execute(|| {
		Roles::give_key(Recipient::Account(DOCTOR), [1; 32]);
		let recipients =
			|| Consent::standing_recipients(&PATIENT, Category::Laboratory, None, START);
		let condition = only(Attribute::Role(Role::Practitioner));
		give(GrantTerms { condition, ..doctors_terms() });
		give(GrantTerms { uses: Some(5), ..doctors_terms() });
		assert_eq!(recipients(), vec![]);
		give(doctors_terms());
		assert_eq!(recipients().len(), 1);
	});
}
