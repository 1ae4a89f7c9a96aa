//! Room: whatever others ask for, the patient's own acts have some.

use super::*;
use crate::{Answered, Grants};

const HOUR: Moment = 3_600_000;

fn asked() -> RequestTerms {
	RequestTerms {
		scope: Scope::Record(LAB),
		purposes: purposes(&[Purpose::TREAT]),
		actions: actions(&[Action::Read]),
		until: None,
	}
}

fn ask(who: AccountId) -> DispatchResult {
	let (patient, terms) = (PATIENT, asked());
	call(who, Call::request { patient, terms })
}

/// Any professional gets what they ask for, for an hour.
fn generous() {
	let rule = StandingRule {
		requester: None,
		scope: Scope::Everything,
		purposes: purposes(&[Purpose::TREAT]),
		actions: actions(&[Action::Read]),
		condition: None,
		answer: RuleAnswer::Approve { duration: HOUR },
	};
	assert_ok!(call(PATIENT, Call::set_rule { rule }));
}

/// Doctors of an organisation of their own, as many as there may be requests.
fn staff(organisation: OrganisationId) -> core::ops::Range<AccountId> {
	Roles::set_organisation(organisation, OrganisationStatus::Active);
	let first = 1_000 * u64::from(organisation);
	for who in first..first + 20 {
		Roles::admit(who, Role::Practitioner, Some(organisation));
	}
	first..first + 20
}

fn grants() -> usize {
	Consent::consent_of(&PATIENT).grants.len()
}

fn waiting() -> usize {
	Consent::consent_of(&PATIENT).requests.len()
}

/// As it was done in 23 seconds.
#[test]
fn one_requester_with_an_approving_rule_gets_four_grants_and_then_waits() {
	build_and_execute(|| {
		generous();
		for _ in 0..8 {
			assert_ok!(ask(DOCTOR));
		}
		assert_eq!((grants(), waiting()), (4, 4));
		assert_noop!(ask(DOCTOR), Error::<Test>::TooManyRequests);
		// The grants that are over make room.
		Clock::set(START + HOUR);
		assert_ok!(ask(DOCTOR));
		assert_eq!(grants(), 1);
		// So does what the patient takes back.
		for _ in 0..3 {
			assert_ok!(ask(DOCTOR));
		}
		let id = Answered::<Test>::get(PATIENT)[0].0;
		assert_ok!(Consent::revoke(signed(PATIENT), id, Default::default()));
		assert_ok!(ask(DOCTOR));
		assert_eq!((grants(), waiting()), (4, 4));
	});
}

#[test]
fn one_organisation_gets_a_part_of_the_room_for_rules_and_all_together_a_part_of_the_room() {
	build_and_execute(|| {
		generous();
		for who in staff(10) {
			// Some ask for more than they may.
			let _ = ask(who);
		}
		assert_eq!(grants(), 16);
		for organisation in 11..20 {
			for who in staff(organisation) {
				let _ = ask(who);
			}
		}
		assert_eq!(grants(), 32);
		assert_eq!(waiting(), 64);
		// All the others are the patient's.
		for _ in 32..128 {
			give(terms(the_doctor()));
		}
		assert_noop!(
			grant(signed(PATIENT), terms(the_doctor()), Default::default()),
			Error::<Test>::TooManyGrants
		);
	});
}

/// As sixteen accounts did for a month.
#[test]
fn one_organisation_leaves_the_others_room_to_ask() {
	build_and_execute(|| {
		let taken = staff(10).filter(|who| ask(*who).is_ok()).count();
		assert_eq!((taken, waiting()), (8, 8));
		// Anybody may enrol as a patient, as often as they like; together they are like one organisation.
		for who in 2_000..2_020 {
			Roles::admit(who, Role::Patient, None);
		}
		let taken = (2_000..2_020).filter(|who| ask(*who).is_ok()).count();
		assert_eq!((taken, waiting()), (8, 16));
		assert_ok!(ask(DOCTOR));
		// A guardian of the patient is not kept from asking their hospital's patients by that.
		let (patient, request) = (PATIENT, 0);
		assert_ok!(call(PATIENT, Call::decline { patient, request }));
		assert_ok!(ask(10_010));
	});
}

#[test]
fn what_a_guardian_approves_counts_like_a_rules_answer_and_the_patients_own_does_not() {
	build_and_execute(|| {
		let guardian = OTHER_PATIENT;
		let made = Call::appoint_guardian {
			guardian,
			scope: Scope::Everything,
			purposes: purposes(&[Purpose::TREAT]),
			until: None,
		};
		assert_ok!(call(PATIENT, made));
		let approve = |who| {
			let request = crate::Patients::<Test>::get(PATIENT).next_request;
			assert_ok!(ask(DOCTOR));
			let made = Call::approve {
				patient: PATIENT,
				request,
				approval: Approval::default(),
				wraps: Default::default(),
			};
			call(who, made)
		};
		for _ in 0..4 {
			assert_ok!(approve(guardian));
		}
		assert_eq!(
			approve(guardian),
			Err(Error::<Test>::TooManyAnswered.into())
		);
		let by_guardian = Answered::<Test>::get(PATIENT).len();
		assert_ok!(approve(PATIENT));
		assert_eq!((by_guardian, Answered::<Test>::get(PATIENT).len()), (4, 4));
		assert_eq!(Grants::<Test>::iter_prefix(PATIENT).count(), 5);
	});
}

/// Whatever any number of hostile requesters do beforehand.
#[test]
fn the_patient_can_always_revoke_deny_decline_and_grant() {
	build_and_execute(|| {
		generous();
		for organisation in 10..30 {
			for who in staff(organisation) {
				let _ = ask(who);
				let _ = ask(who);
			}
		}
		let id = give(terms(the_doctor()));
		deny(Grantee::Account(DOCTOR), Scope::Everything);
		for (id, _) in Consent::consent_of(&PATIENT).requests {
			let (patient, request) = (PATIENT, id);
			assert_ok!(call(PATIENT, Call::decline { patient, request }));
		}
		assert_ok!(Consent::revoke(signed(PATIENT), id, Default::default()));
		for (id, _) in Consent::consent_of(&PATIENT).grants {
			assert_ok!(Consent::revoke(signed(PATIENT), id, Default::default()));
		}
		assert!(!Answered::<Test>::contains_key(PATIENT));
		assert!(!crate::AskedAs::<Test>::contains_key(PATIENT));
	});
}
