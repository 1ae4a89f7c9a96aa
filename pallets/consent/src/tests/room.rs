//! Room: requests of others never keep patients from giving grants of their own.

use super::*;
use crate::{Answered, Grants};

fn ask(who: AccountId) -> DispatchResult {
	let (patient, terms) = (PATIENT, lab_request());
	call(who, Call::request { patient, terms })
}

/// Admits twenty doctors of a separate organisation, more than may have waiting requests.
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

/// An attack once did this in 23 seconds.
#[test]
fn one_requester_gets_four_grants_by_rule_and_then_waits() {
	build_and_execute(|| {
		generous();
		for _ in 0..8 {
			assert_ok!(ask(DOCTOR));
		}
		assert_eq!((grants(), waiting()), (4, 4));
		assert_noop!(ask(DOCTOR), Error::<Test>::TooManyRequests);
		// Ended grants make room.
		Now::set(START + HOUR);
		assert_ok!(ask(DOCTOR));
		assert_eq!(grants(), 1);
		// So do revoked ones.
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
fn grants_by_rule_are_limited_per_organisation_and_in_total() {
	build_and_execute(|| {
		generous();
		for who in staff(10) {
			// Some ask for more than the limit.
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
		// The remaining room is the patient's.
		for _ in 32..128 {
			give(terms(the_doctor()));
		}
		assert_noop!(
			grant(signed(PATIENT), terms(the_doctor()), Default::default()),
			Error::<Test>::TooManyGrants
		);
	});
}

/// Sixteen accounts once did this for a month.
#[test]
fn one_organisation_leaves_the_others_room_to_ask() {
	build_and_execute(|| {
		let taken = staff(10).filter(|who| ask(*who).is_ok()).count();
		assert_eq!((taken, waiting()), (8, 8));
		// Anybody may enrol as a patient any number of times, but all persons together take half
		// of the room.
		for who in 2_000..2_040 {
			Roles::admit(who, Role::Patient, None);
		}
		let taken = (2_000..2_040).filter(|who| ask(*who).is_ok()).count();
		assert_eq!((taken, waiting()), (32, 40));
		assert_ok!(ask(DOCTOR));
		// Once a request is declined, its organisation can make another.
		let (patient, request) = (PATIENT, 0);
		assert_ok!(call(PATIENT, Call::decline { patient, request }));
		assert_ok!(ask(10_010));
	});
}

#[test]
fn guardians_approvals_are_limited_but_not_the_patients() {
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
		assert_eq!(approve(guardian), Err(Error::<Test>::TooManyAnswered.into()));
		let by_guardian = Answered::<Test>::get(PATIENT).len();
		assert_ok!(approve(PATIENT));
		assert_eq!((by_guardian, Answered::<Test>::get(PATIENT).len()), (4, 4));
		assert_eq!(Grants::<Test>::iter_prefix(PATIENT).count(), 5);
	});
}

/// Even after any number of hostile requests.
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
