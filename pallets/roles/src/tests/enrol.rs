//! Patients who enrol by themselves.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::{Member, MemberStatus, Role};
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn anyone_enrols_themself_as_a_patient_with_no_organisation_behind_them() {
	TestExt::default().build_and_execute(|| {
		assert_ok!(Roles::enrol(signed("Pia"), KEY));
		assert_eq!(
			last_event(),
			Event::PatientEnrolled {
				patient: account("Pia"),
				organisation: None
			}
		);
		let expected = Member {
			organisation: None,
			status: MemberStatus::Active,
			credential: [0; 32],
			expires: None,
			since: START,
			specialty: None,
		};
		assert_eq!(
			Members::<Test>::get(account("Pia"), Role::Patient),
			Some(expected)
		);
		assert_eq!(key_of("Pia"), Some((KEY, 1)));
		assert_eq!(enrolled(), [(account("Pia"), None)]);
		assert_eq!(System::providers(&account("Pia")), 1);
		assert!(is_live("Pia", Role::Patient));
	});
}

#[test]
fn a_patient_does_not_enrol_again() {
	TestExt::default().build_and_execute(|| {
		assert_ok!(Roles::enrol(signed("Pia"), KEY));
		enrol_at("Ada", HOSPITAL, "Paul");
		for name in ["Pia", "Paul"] {
			assert_noop!(
				Roles::enrol(signed(name), OTHER_KEY),
				Error::<Test>::AlreadyEnrolled
			);
		}
	});
}

#[test]
fn a_patient_whom_a_hospital_released_is_one_already() {
	TestExt::default().build_and_execute(|| {
		enrol_at("Ada", HOSPITAL, "Pia");
		assert_ok!(Roles::release_patient(
			signed("Ada"),
			HOSPITAL,
			account("Pia")
		));
		assert_noop!(
			Roles::enrol(signed("Pia"), OTHER_KEY),
			Error::<Test>::AlreadyEnrolled
		);
	});
}

#[test]
fn enrolling_oneself_with_a_key_of_zeros_is_refused() {
	TestExt::default().build_and_execute(|| {
		assert_noop!(
			Roles::enrol(signed("Pia"), [0; 32]),
			Error::<Test>::InvalidKey
		);
	});
}

#[test]
fn enrolling_oneself_needs_a_signature() {
	TestExt::default().build_and_execute(|| {
		assert_noop!(Roles::enrol(RuntimeOrigin::root(), KEY), BadOrigin);
		assert_noop!(Roles::enrol(RuntimeOrigin::none(), KEY), BadOrigin);
	});
}

#[test]
fn a_practitioner_who_becomes_a_patient_replaces_their_key_or_keeps_it() {
	TestExt::default().build_and_execute(|| {
		for name in ["Dora", "Don"] {
			admit("Ada", HOSPITAL, name, Role::Practitioner);
			assert_ok!(Roles::rotate_key(signed(name), KEY));
		}
		assert_ok!(Roles::enrol(signed("Dora"), OTHER_KEY));
		assert_eq!(key_of("Dora"), Some((OTHER_KEY, 2)));
		assert_ok!(Roles::enrol(signed("Don"), KEY));
		assert_eq!(key_of("Don"), Some((KEY, 1)));
		assert_eq!(System::providers(&account("Don")), 1);
	});
}
