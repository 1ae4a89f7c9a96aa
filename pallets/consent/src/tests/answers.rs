//! `approve`, `decline` and `answer_many`, by the patient and by a guardian.

use super::*;
use crate::Grants;

const AGED: Moment = START + 1_000;

fn ask(who: AccountId, terms: RequestTerms) -> ConsentRequestId {
	let request = crate::Patients::<Test>::get(PATIENT).next_request;
	let patient = PATIENT;
	assert_ok!(call(who, Call::request { patient, terms }));
	request
}

fn approve_as(who: AccountId, request: ConsentRequestId, approval: Approval) -> DispatchResult {
	let wraps = Default::default();
	call(who, Call::approve { patient: PATIENT, request, approval, wraps })
}

fn approve(request: ConsentRequestId) -> DispatchResult {
	approve_as(PATIENT, request, Approval::default())
}

fn decline(who: AccountId, request: ConsentRequestId) -> DispatchResult {
	let patient = PATIENT;
	call(who, Call::decline { patient, request })
}

fn with_guardian(scope: Scope, why: &[Purpose], test: impl FnOnce()) {
	build_and_execute(|| {
		Roles::admit(PARENT, Role::Patient, Some(HOSPITAL));
		let appoint = Call::appoint_guardian {
			guardian: PARENT,
			scope,
			purposes: purposes(why),
			until: Some(AGED),
		};
		assert_ok!(call(PATIENT, appoint));
		test();
	});
}

#[test]
fn an_approval_grants_to_the_requester_in_their_capacity() {
	build_and_execute(|| {
		let request = ask(DOCTOR, lab_request());
		assert_ok!(approve(request));
		let stored = Grants::<Test>::get(PATIENT, 0).expect("granted");
		let expected = GrantTerms { scope: Scope::Record(LAB), ..terms(the_doctor()) };
		assert_eq!((stored.terms, stored.used, stored.via), (expected, 0, None));
		assert_eq!(
			last_event(),
			Event::Approved { patient: PATIENT, request, grant: 0, by: AnsweredBy::Patient }
		);
		assert_eq!(decide(&question(DOCTOR)), by_grant(0));
		assert_eq!(decide(&question(CLERK)), denied(DenyReason::NoGrant));
		assert_noop!(approve(request), Error::<Test>::UnknownRequest);
	});
}

#[test]
fn an_approval_may_be_narrower_but_not_wider() {
	build_and_execute(|| {
		let until = |moment| Approval { until: Some(moment), uses: Some(3) };
		let bounded = || RequestTerms { until: Some(START + 100), ..lab_request() };
		let request = ask(DOCTOR, bounded());
		assert_noop!(
			approve_as(PATIENT, request, until(START + 101)),
			Error::<Test>::BeyondRequest
		);
		assert_noop!(approve_as(PATIENT, request, until(START)), Error::<Test>::InvalidPeriod);
		let none = Approval { uses: Some(0), until: None };
		assert_noop!(approve_as(PATIENT, request, none), Error::<Test>::NoUses);
		assert_ok!(approve_as(PATIENT, request, until(START + 50)));
		let stored = |id| Grants::<Test>::get(PATIENT, id).expect("granted").terms;
		assert_eq!((stored(0).until, stored(0).uses), (Some(START + 50), Some(3)));
		assert_ok!(approve(ask(DOCTOR, bounded())));
		assert_eq!((stored(1).until, stored(1).uses), (Some(START + 100), None));
		assert_ok!(approve_as(PATIENT, ask(DOCTOR, lab_request()), until(START + 900)));
		assert_eq!(stored(2).until, Some(START + 900));
	});
}

#[test]
fn the_patients_wraps_come_with_an_approval() {
	build_and_execute(|| {
		let approve_with = |request, wraps| Call::approve {
			patient: PATIENT,
			request,
			approval: Approval::default(),
			wraps,
		};
		let request = ask(DOCTOR, lab_request());
		assert_noop!(
			call(PATIENT, approve_with(request, wraps(FOREIGN, 1, DOCTOR))),
			Records::REFUSED
		);
		assert_ok!(call(PATIENT, approve_with(request, wraps(LAB, 1, DOCTOR))));
		assert!(Records::has_wrap(LAB, 1, Recipient::Account(DOCTOR)));
	});
}

/// The patient may answer up to a month later, when the doctor's memberships have changed.
#[test]
fn a_request_is_approved_for_the_capacity_of_its_making() {
	build_and_execute(|| {
		Roles::admit(DOCTOR, Role::Researcher, Some(INSTITUTE));
		let asked_as_doctor = ask(DOCTOR, lab_request());
		Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Suspended);
		let asked_as_researcher = ask(DOCTOR, lab_request());
		assert_ok!(approve(asked_as_doctor));
		assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::NoGrant));
		assert_ok!(approve(asked_as_researcher));
		assert_eq!(decide(&question(DOCTOR)), by_grant(1));
		Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Active);
		let again = ask(DOCTOR, lab_request());
		Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Revoked);
		assert_noop!(approve(again), Error::<Test>::UnknownMember);
		assert_ok!(decline(PATIENT, again));
	});
}

/// Requests older than the stored capacities are like this.
#[test]
fn a_request_without_a_capacity_gets_the_current_one() {
	build_and_execute(|| {
		let request = ask(DOCTOR, lab_request());
		crate::AskedAs::<Test>::remove(PATIENT);
		assert_ok!(approve(request));
		let stored = Grants::<Test>::get(PATIENT, 0).expect("granted").terms;
		assert_eq!(stored.grantee, the_doctor());
		let request = ask(DOCTOR, lab_request());
		crate::AskedAs::<Test>::remove(PATIENT);
		Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Revoked);
		assert_noop!(approve(request), Error::<Test>::NotMember);
	});
}

#[test]
fn a_request_that_has_lapsed_is_not_approved() {
	build_and_execute(|| {
		let bounded = ask(DOCTOR, RequestTerms { until: Some(START + 10), ..lab_request() });
		let erased = ask(DOCTOR, lab_request());
		Now::set(START + 10);
		Records::erase(LAB);
		assert_noop!(approve(bounded), Error::<Test>::RecordErased);
		assert_noop!(approve(erased), Error::<Test>::RecordErased);
		assert_ok!(decline(PATIENT, erased));
	});
}

#[test]
fn a_declined_request_is_removed_and_may_be_repeated() {
	build_and_execute(|| {
		let request = ask(DOCTOR, lab_request());
		Roles::set_status(PATIENT, Role::Patient, MemberStatus::Suspended);
		assert_noop!(approve(request), Error::<Test>::NotPatient);
		assert_ok!(decline(PATIENT, request));
		assert_eq!(
			last_event(),
			Event::Declined {
				patient: PATIENT,
				request,
				requester: DOCTOR,
				by: AnsweredBy::Patient
			}
		);
		Roles::set_status(PATIENT, Role::Patient, MemberStatus::Active);
		assert_noop!(approve(request), Error::<Test>::UnknownRequest);
		assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::NoGrant));
		ask(DOCTOR, lab_request());
	});
}

#[test]
fn nobody_else_answers_not_even_the_requester() {
	build_and_execute(|| {
		let request = ask(DOCTOR, lab_request());
		for who in [DOCTOR, CLERK, OTHER_PATIENT, STRANGER] {
			let refused = approve_as(who, request, Approval::default());
			assert_eq!(refused, Err(Error::<Test>::NotAuthorized.into()));
			assert_noop!(decline(who, request), Error::<Test>::NotAuthorized);
		}
	});
}

#[test]
fn a_guardian_answers_and_their_grants_expire_with_them() {
	with_guardian(Scope::Record(LAB), &[Purpose::TREAT], || {
		let request = ask(DOCTOR, lab_request());
		assert_ok!(approve_as(PARENT, request, Approval::default()));
		assert_eq!(
			last_event(),
			Event::Approved { patient: PATIENT, request, grant: 0, by: AnsweredBy::Guardian(0) }
		);
		assert_eq!(decide_at(&question(DOCTOR), AGED - 1), by_grant(0));
		assert_eq!(decide_at(&question(DOCTOR), AGED), denied(DenyReason::NoGrant));
		let earlier = Approval { until: Some(START + 5), uses: None };
		assert_ok!(approve_as(PARENT, ask(DOCTOR, lab_request()), earlier));
		let until = Grants::<Test>::get(PATIENT, 1).expect("granted").terms.until;
		assert_eq!(until, Some(START + 5));
		assert_ok!(decline(PARENT, ask(DOCTOR, lab_request())));
	});
}

#[test]
fn a_guardian_does_not_answer_beyond_their_scope() {
	with_guardian(Scope::Record(LAB), &[Purpose::TREAT], || {
		let refuse = |terms| {
			let request = ask(CLERK, terms);
			let refused = approve_as(PARENT, request, Approval::default());
			assert_eq!(refused, Err(Error::<Test>::NotAuthorized.into()));
			assert_noop!(decline(PARENT, request), Error::<Test>::NotAuthorized);
			let patient = PATIENT;
			assert_ok!(call(CLERK, Call::withdraw { patient, request }));
		};
		let over = |scope| RequestTerms { scope, ..lab_request() };
		refuse(over(Scope::Everything));
		refuse(over(Scope::Record(SCAN)));
		refuse(over(categories(&[Category::Laboratory])));
		let purposes = purposes(&[Purpose::TREAT, Purpose::HRESCH]);
		refuse(RequestTerms { purposes, ..lab_request() });
		for action in [Action::Write, Action::Share] {
			let actions = actions(&[Action::Read, action]);
			refuse(RequestTerms { actions, ..lab_request() });
		}
	});
}

#[test]
fn a_guardian_answers_no_own_request_and_adds_no_wraps() {
	with_guardian(Scope::Everything, &[Purpose::TREAT], || {
		let own = ask(PARENT, lab_request());
		let refused = approve_as(PARENT, own, Approval::default());
		assert_eq!(refused, Err(Error::<Test>::NotAuthorized.into()));
		let with_wraps = Call::approve {
			patient: PATIENT,
			request: ask(DOCTOR, lab_request()),
			approval: Approval::default(),
			wraps: wraps(LAB, 1, DOCTOR),
		};
		assert_noop!(call(PARENT, with_wraps), Error::<Test>::WrapsByGuardian);
	});
}

#[test]
fn only_a_current_live_guardian_answers() {
	let fallen: [fn(); 3] = [
		|| Now::set(AGED),
		|| {
			assert_ok!(call(PATIENT, Call::dismiss_guardian { id: 0 }));
		},
		|| Roles::set_status(PARENT, Role::Patient, MemberStatus::Suspended),
	];
	for fall in fallen {
		with_guardian(Scope::Everything, &[Purpose::TREAT], || {
			let request = ask(DOCTOR, lab_request());
			fall();
			let refused = approve_as(PARENT, request, Approval::default());
			assert_eq!(refused, Err(Error::<Test>::NotAuthorized.into()));
			assert_noop!(decline(PARENT, request), Error::<Test>::NotAuthorized);
		});
	}
}

#[test]
fn many_answers_take_effect_together_or_not_at_all() {
	build_and_execute(|| {
		let ids: Vec<_> = [DOCTOR, CLERK, RESEARCHER].map(|who| ask(who, lab_request())).to_vec();
		let many = |answers: Vec<(ConsentRequestId, Answer)>| {
			let answers = answers.try_into().expect("at most 64");
			let patient = PATIENT;
			call(PATIENT, Call::answer_many { patient, answers })
		};
		let yes = || Answer::Approve(Approval::default());
		let unknown = many(vec![(ids[0], yes()), (9, yes())]);
		assert_eq!(unknown, Err(Error::<Test>::UnknownRequest.into()));
		let twice = many(vec![(ids[0], yes()), (ids[0], Answer::Decline)]);
		assert_eq!(twice, Err(Error::<Test>::UnknownRequest.into()));
		assert_eq!(Consent::consent_of(&PATIENT).requests.len(), 3);
		assert_eq!(Consent::consent_of(&PATIENT).grants, vec![]);
		assert_ok!(many(vec![(ids[0], yes()), (ids[1], Answer::Decline), (ids[2], yes())]));
		assert_eq!(decide(&question(DOCTOR)), by_grant(0));
		assert_eq!(decide(&question(CLERK)), denied(DenyReason::NoGrant));
		assert_eq!(decide(&question(RESEARCHER)), by_grant(1));
		assert_eq!(Consent::consent_of(&PATIENT).requests, vec![]);
		assert_ok!(many(vec![]));
	});
}

#[test]
fn an_approval_without_room_fails_and_the_request_waits() {
	build_and_execute(|| {
		MaxGrants::set(1);
		give(terms(Grantee::Account(CLERK)));
		let request = ask(DOCTOR, lab_request());
		assert_noop!(approve(request), Error::<Test>::TooManyGrants);
		assert_eq!(Consent::consent_of(&PATIENT).requests.len(), 1);
	});
}
