//! `deny`: what it stores, overrides and refuses.

use super::*;
use crate::{Denials, PatientState, Patients};

fn refuse(grantee: Grantee<AccountId>, scope: Scope, error: impl Into<DispatchError>) {
	assert_noop!(plain(Consent::deny(signed(PATIENT), grantee, scope, Default::default())), error);
}

#[test]
fn a_denial_is_stored_with_its_number_time_and_event() {
	build_and_execute(|| {
		let scope = categories(&[Category::Imaging, Category::Laboratory, Category::Imaging]);
		assert_eq!(deny(practitioners(), scope), 0);
		let scope = categories(&[Category::Laboratory, Category::Imaging]);
		assert_eq!(
			Denials::<Test>::get(PATIENT, 0),
			Some(Denial { grantee: practitioners(), scope, given: START })
		);
		assert_eq!(
			Patients::<Test>::get(PATIENT),
			PatientState { next_denial: 1, denials: 1, ..Default::default() }
		);
		assert_eq!(
			last_event(),
			Event::Denied { patient: PATIENT, denial: 0, grantee: practitioners() }
		);
	});
}

#[test]
fn every_kind_of_denial_overrides_every_kind_of_grant() {
	let everyone = Grantee::Role { role: Role::Practitioner, organisation: None };
	let kinds =
		[Grantee::Account(DOCTOR), Grantee::Organisation(HOSPITAL), practitioners(), everyone];
	for granted in &kinds {
		for barred in &kinds {
			build_and_execute(|| {
				let grant = give(terms(granted.clone()));
				assert_eq!(decide(&question(DOCTOR)), by_grant(grant));
				let denial = deny(barred.clone(), Scope::Everything);
				assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::Denied(denial)));
				// The order does not matter: a later grant does not help.
				give(terms(granted.clone()));
				assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::Denied(denial)));
			});
		}
	}
}

#[test]
fn a_denial_holds_for_every_purpose_and_action() {
	build_and_execute(|| {
		let all = [Action::Read, Action::Write, Action::Share];
		// Every purpose that may be granted.
		let granted = Purpose::ALL.into_iter().filter(|one| *one != Purpose::BTG);
		let granted: Vec<_> = granted.collect();
		let grant = give(GrantTerms {
			purposes: purposes(&granted),
			actions: actions(&all),
			..doctors_terms()
		});
		let of = |purpose, action| Question { purpose, action, ..question(DOCTOR) };
		let denial = crate::Patients::<Test>::get(PATIENT).next_denial;
		for (bars, expected) in
			[(false, by_grant(grant)), (true, denied(DenyReason::Denied(denial)))]
		{
			if bars {
				deny(Grantee::Account(DOCTOR), Scope::Everything);
			}
			for purpose in granted.clone() {
				for action in all {
					assert_eq!(decide(&of(purpose, action)), expected);
				}
			}
		}
		Emergencies::open(DOCTOR, PATIENT, 7, START + 100);
		let glass = of(Purpose::BTG, Action::Read);
		assert_eq!(decide(&glass), denied(DenyReason::Denied(denial)));
	});
}

#[test]
fn a_denial_does_not_affect_other_readers_or_the_patient() {
	build_and_execute(|| {
		let grant = give(terms(Grantee::Organisation(HOSPITAL)));
		deny(Grantee::Account(DOCTOR), Scope::Everything);
		assert_eq!(decide(&question(CLERK)), by_grant(grant));
		deny(Grantee::Organisation(HOSPITAL), Scope::Everything);
		assert_eq!(decide(&question(PATIENT)), Decision::Permit(Basis::Patient));
	});
}

#[test]
fn the_oldest_denial_that_applies_is_the_reason() {
	build_and_execute(|| {
		deny(Grantee::Account(CLERK), Scope::Everything);
		let second = deny(practitioners(), Scope::Everything);
		deny(Grantee::Account(DOCTOR), Scope::Everything);
		assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::Denied(second)));
	});
}

#[test]
fn a_patient_who_is_not_live_can_deny() {
	build_and_execute(|| {
		Roles::set_status(PATIENT, Role::Patient, MemberStatus::Revoked);
		deny(Grantee::Account(DOCTOR), Scope::Everything);
		Roles::suspend_organisation(HOSPITAL);
		deny(Grantee::Account(CLERK), Scope::Everything);
	});
}

#[test]
fn an_account_that_was_never_a_patient_cannot_deny() {
	build_and_execute(|| {
		for who in [STRANGER, DOCTOR] {
			assert_noop!(
				plain(Consent::deny(
					signed(who),
					Grantee::Account(CLERK),
					Scope::Everything,
					Default::default()
				)),
				Error::<Test>::NotPatient
			);
		}
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(
				plain(Consent::deny(
					origin,
					Grantee::Account(CLERK),
					Scope::Everything,
					Default::default()
				)),
				DispatchError::BadOrigin
			);
		}
	});
}

#[test]
fn only_known_organisations_can_be_denied() {
	build_and_execute(|| {
		Roles::suspend_organisation(INSTITUTE);
		deny(Grantee::Organisation(INSTITUTE), Scope::Everything);
		let role = Role::Researcher;
		deny(Grantee::Role { role, organisation: Some(INSTITUTE) }, Scope::Everything);
		for unknown in
			[Grantee::Organisation(NOWHERE), Grantee::Role { role, organisation: Some(NOWHERE) }]
		{
			refuse(unknown, Scope::Everything, Error::<Test>::UnknownOrganisation);
		}
	});
}

#[test]
fn denying_oneself_or_the_role_of_patients_is_refused() {
	build_and_execute(|| {
		refuse(Grantee::Account(PATIENT), Scope::Everything, Error::<Test>::Oneself);
		for organisation in [None, Some(HOSPITAL)] {
			let grantee = Grantee::Role { role: Role::Patient, organisation };
			refuse(grantee, Scope::Everything, Error::<Test>::PatientRole);
		}
	});
}

#[test]
fn a_denial_names_only_the_patients_own_live_records() {
	build_and_execute(|| {
		fn refuse(scope: Scope, error: impl Into<DispatchError>) {
			super::deny::refuse(Grantee::Account(DOCTOR), scope, error)
		}
		deny(Grantee::Account(DOCTOR), Scope::Version { record: LAB, version: 3 });
		refuse(Scope::Version { record: LAB, version: 0 }, Error::<Test>::UnknownVersion);
		refuse(Scope::Version { record: LAB, version: 4 }, Error::<Test>::UnknownVersion);
		refuse(categories(&[]), Error::<Test>::EmptySet);
		for (record, error) in unfit_records() {
			refuse(Scope::Record(record), error);
			refuse(Scope::Version { record, version: 1 }, error);
		}
	});
}

#[test]
fn the_named_wraps_are_removed_with_the_denial() {
	build_and_execute(|| {
		let terms = doctors_terms();
		assert_ok!(grant(signed(PATIENT), terms, wraps(LAB, 1, DOCTOR)));
		let deny = |remove| {
			let grantee = Grantee::Account(DOCTOR);
			plain(Consent::deny(signed(PATIENT), grantee, Scope::Everything, remove))
		};
		assert_noop!(deny(wrap_keys(FOREIGN, 1, DOCTOR)), Records::REFUSED);
		assert_ok!(deny(wrap_keys(LAB, 1, DOCTOR)));
		assert!(!Records::has_wrap(LAB, 1, Recipient::Account(DOCTOR)));
	});
}

#[test]
fn the_number_of_denials_is_limited_until_one_is_lifted() {
	build_and_execute(|| {
		MaxDenials::set(1);
		let first = deny(Grantee::Account(DOCTOR), Scope::Everything);
		refuse(Grantee::Account(CLERK), Scope::Everything, Error::<Test>::TooManyDenials);
		assert_ok!(Consent::lift(signed(PATIENT), first));
		deny(Grantee::Account(CLERK), Scope::Everything);
	});
}

#[test]
fn denials_are_refused_once_their_numbers_run_out() {
	build_and_execute(|| {
		let counters = PatientState { next_denial: DenialId::MAX, ..Default::default() };
		Patients::<Test>::insert(PATIENT, counters);
		refuse(Grantee::Account(CLERK), Scope::Everything, Error::<Test>::TooManyDenials);
	});
}
