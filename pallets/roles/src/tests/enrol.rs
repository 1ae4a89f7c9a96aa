//! Patients who enrol without an organisation.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::{Member, MemberStatus, Role};
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn anyone_enrols_as_a_patient_without_an_organisation() {
	build_and_execute(|| {
		assert_ok!(Roles::enrol(signed("Pia"), KEY));
		assert_eq!(
			last_event(),
			Event::PatientEnrolled { patient: account("Pia"), organisation: None }
		);
		let expected = Member {
			organisation: None,
			status: MemberStatus::Active,
			credential: [0; 32],
			expires: None,
			since: START,
			specialty: None,
		};
		assert_eq!(Members::<Test>::get(account("Pia"), Role::Patient), Some(expected));
		assert_eq!(key_of("Pia"), Some((KEY, 1)));
		assert_eq!(enrolled(), [(account("Pia"), None)]);
		assert_eq!(System::providers(&account("Pia")), 1);
		assert!(is_live("Pia", Role::Patient));
	});
}

#[test]
fn a_patient_does_not_enrol_again() {
	build_and_execute(|| {
		assert_ok!(Roles::enrol(signed("Pia"), KEY));
		enrol_at("Ada", HOSPITAL, "Paul");
		for name in ["Pia", "Paul"] {
			assert_noop!(Roles::enrol(signed(name), OTHER_KEY), Error::<Test>::AlreadyEnrolled);
		}
	});
}

#[test]
fn a_released_patient_is_still_enrolled() {
	build_and_execute(|| {
		enrol_at("Ada", HOSPITAL, "Pia");
		assert_ok!(Roles::release_patient(signed("Ada"), HOSPITAL, account("Pia")));
		assert_noop!(Roles::enrol(signed("Pia"), OTHER_KEY), Error::<Test>::AlreadyEnrolled);
	});
}

#[test]
fn enrolling_with_a_zero_key_is_refused() {
	build_and_execute(|| {
		assert_noop!(Roles::enrol(signed("Pia"), [0; 32]), Error::<Test>::InvalidKey);
	});
}

#[test]
fn enrolling_needs_a_signed_origin() {
	build_and_execute(|| {
		assert_noop!(Roles::enrol(RuntimeOrigin::root(), KEY), BadOrigin);
		assert_noop!(Roles::enrol(RuntimeOrigin::none(), KEY), BadOrigin);
	});
}

#[test]
fn a_practitioner_enrols_with_a_new_or_the_same_key() {
	build_and_execute(|| {
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
