//! `request` and `withdraw`: asking for consent, and its limits in time and number.

use super::*;
use crate::{Patients, Requests};

fn ask(who: AccountId, terms: RequestTerms) -> DispatchResult {
	let patient = PATIENT;
	call(who, Call::request { patient, terms })
}

fn withdraw(who: AccountId, request: ConsentRequestId) -> DispatchResult {
	let patient = PATIENT;
	call(who, Call::withdraw { patient, request })
}

fn waiting() -> Vec<ConsentRequestId> {
	let requests = Consent::consent_of(&PATIENT).requests;
	requests.into_iter().map(|(id, _)| id).collect()
}

#[test]
fn a_request_waits_and_permits_nothing() {
	build_and_execute(|| {
		let terms = RequestTerms {
			actions: actions(&[Action::Write, Action::Read, Action::Read]),
			..lab_request()
		};
		assert_ok!(ask(RESEARCHER, terms));
		let request = ConsentRequest {
			requester: RESEARCHER,
			terms: RequestTerms {
				actions: actions(&[Action::Read, Action::Write]),
				..lab_request()
			},
			made: START,
			expires: START + CONSENT_REQUEST_LIFETIME,
		};
		assert_eq!(Consent::consent_of(&PATIENT).requests, vec![(0, request)]);
		assert_eq!(
			last_event(),
			Event::Requested { patient: PATIENT, request: 0, requester: RESEARCHER }
		);
		assert_eq!(decide(&question(RESEARCHER)), denied(DenyReason::NoGrant));
	});
}

#[test]
fn only_live_members_ask_and_only_live_patients_are_asked() {
	build_and_execute(|| {
		assert_noop!(ask(STRANGER, lab_request()), Error::<Test>::NotMember);
		assert_noop!(ask(PATIENT, lab_request()), Error::<Test>::Oneself);
		let patient = DOCTOR;
		assert_noop!(
			call(CLERK, Call::request { patient, terms: lab_request() }),
			Error::<Test>::UnknownPatient
		);
		assert_ok!(ask(OTHER_PATIENT, lab_request()));
		Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Suspended);
		assert_noop!(ask(DOCTOR, lab_request()), Error::<Test>::NotMember);
		Roles::set_status(PATIENT, Role::Patient, MemberStatus::Suspended);
		assert_noop!(ask(CLERK, lab_request()), Error::<Test>::UnknownPatient);
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			let (patient, terms) = (PATIENT, lab_request());
			assert_noop!(
				call_from(origin, Call::request { patient, terms }),
				DispatchError::BadOrigin
			);
		}
	});
}

#[test]
fn invalid_requests_are_refused() {
	build_and_execute(|| {
		let refuse = |terms, error: Error<Test>| {
			assert_noop!(ask(DOCTOR, terms), error);
		};
		let over = |scope| RequestTerms { scope, ..lab_request() };
		refuse(over(Scope::Record(MISSING)), Error::UnknownRecord);
		refuse(over(Scope::Record(FOREIGN)), Error::NotYourRecord);
		let version = Scope::Version { record: LAB, version: 4 };
		refuse(over(version), Error::UnknownVersion);
		refuse(over(categories(&[])), Error::EmptySet);
		let until = Some(START);
		refuse(RequestTerms { until, ..lab_request() }, Error::InvalidPeriod);
		let purposes = purposes(&[]);
		refuse(RequestTerms { purposes, ..lab_request() }, Error::EmptySet);
		let actions = actions(&[]);
		refuse(RequestTerms { actions, ..lab_request() }, Error::EmptySet);
		Records::erase(LAB);
		refuse(lab_request(), Error::RecordErased);
	});
}

#[test]
fn one_requester_has_at_most_four_open_requests() {
	build_and_execute(|| {
		for _ in 0..4 {
			assert_ok!(ask(DOCTOR, lab_request()));
		}
		assert_noop!(ask(DOCTOR, lab_request()), Error::<Test>::TooManyRequests);
		assert_ok!(ask(CLERK, lab_request()));
		assert_ok!(withdraw(DOCTOR, 1));
		assert_eq!(
			last_event(),
			Event::Withdrawn { patient: PATIENT, request: 1, requester: DOCTOR }
		);
		assert_ok!(ask(DOCTOR, lab_request()));
		assert_eq!(waiting(), vec![0, 2, 3, 4, 5]);
	});
}

#[test]
fn a_patient_has_at_most_sixty_four_open_requests() {
	build_and_execute(|| {
		// Two requesters of each of eight organisations, and another of a ninth.
		for who in 100..117 {
			let organisation = 10 + (who as u32 - 100) / 2;
			Roles::set_organisation(organisation, OrganisationStatus::Active);
			Roles::admit(who, Role::Practitioner, Some(organisation));
		}
		for who in 100..116 {
			for _ in 0..4 {
				assert_ok!(ask(who, lab_request()));
			}
		}
		assert_eq!(waiting().len(), 64);
		assert_noop!(ask(116, lab_request()), Error::<Test>::TooManyRequests);
		Now::set(START + CONSENT_REQUEST_LIFETIME);
		assert_ok!(ask(116, lab_request()));
		assert_eq!(waiting(), vec![64]);
	});
}

#[test]
fn a_request_expires_and_its_place_is_free() {
	build_and_execute(|| {
		for _ in 0..4 {
			assert_ok!(ask(DOCTOR, lab_request()));
		}
		Now::set(START + CONSENT_REQUEST_LIFETIME - 1);
		assert_eq!(waiting().len(), 4);
		assert_noop!(ask(DOCTOR, lab_request()), Error::<Test>::TooManyRequests);
		Now::set(START + CONSENT_REQUEST_LIFETIME);
		assert_eq!(waiting().len(), 0);
		let patient = PATIENT;
		let request = 0;
		assert_noop!(
			call(PATIENT, Call::decline { patient, request }),
			Error::<Test>::UnknownRequest
		);
		assert_noop!(withdraw(DOCTOR, 0), Error::<Test>::UnknownRequest);
		assert_ok!(ask(DOCTOR, lab_request()));
		System::assert_has_event(Event::<Test>::RequestExpired { patient, request }.into());
		assert_eq!(waiting(), vec![4]);
	});
}

#[test]
fn only_the_requester_withdraws_and_only_once() {
	build_and_execute(|| {
		assert_ok!(ask(DOCTOR, lab_request()));
		for who in [PATIENT, CLERK, STRANGER] {
			assert_noop!(withdraw(who, 0), Error::<Test>::UnknownRequest);
		}
		assert_noop!(withdraw(DOCTOR, 1), Error::<Test>::UnknownRequest);
		assert_ok!(withdraw(DOCTOR, 0));
		assert_noop!(withdraw(DOCTOR, 0), Error::<Test>::UnknownRequest);
		assert!(!Requests::<Test>::contains_key(PATIENT));
		assert!(!crate::AskedAs::<Test>::contains_key(PATIENT));
		assert_eq!(Patients::<Test>::get(PATIENT).next_request, 1);
	});
}
