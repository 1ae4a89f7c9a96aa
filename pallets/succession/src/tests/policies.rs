//! Recovery policies.

use super::*;

fn set_threshold(who: AccountId, threshold: Option<u32>) -> DispatchResult {
	Succession::set_threshold(signed(who), PATIENT, threshold)
}

fn let_hospital(who: AccountId, hospital: bool) -> DispatchResult {
	Succession::let_hospital(signed(who), PATIENT, hospital)
}

#[test]
fn a_patient_sets_the_policy() {
	build_and_execute(|| {
		assert_ok!(set_threshold(PATIENT, Some(2)));
		assert_ok!(let_hospital(PATIENT, false));
		let policy = RecoveryPolicy { threshold: Some(2), hospital: false };
		assert_eq!(Policies::<Test>::get(PATIENT), policy);
		let first = RecoveryPolicy { hospital: true, ..policy };
		let set = |policy| Event::PolicySet { patient: PATIENT, policy };
		assert_eq!(events(), [set(first), set(policy)]);
		supported(&[SISTER, BROTHER], NEW);
		wait(DELAY);
		assert_ok!(complete());
	});
}

#[test]
fn a_default_policy_is_not_stored() {
	build_and_execute(|| {
		assert_ok!(set_threshold(PATIENT, Some(8)));
		assert_ok!(let_hospital(PATIENT, false));
		assert_ok!(let_hospital(PATIENT, true));
		assert!(Policies::<Test>::contains_key(PATIENT));
		assert_ok!(set_threshold(PATIENT, None));
		assert!(!Policies::<Test>::contains_key(PATIENT));
	});
}

#[test]
fn the_default_is_a_majority_of_at_least_two() {
	for (guardians, threshold) in [(1, 2), (2, 2), (3, 2), (4, 3), (5, 3), (6, 4), (7, 4), (8, 5)] {
		build_and_execute(|| {
			set_guardians(PATIENT, 101..101 + guardians);
			assert_ok!(propose(101, NEW));
			assert_eq!(
				Attempts::<Test>::get(PATIENT).map(|attempt| attempt.threshold),
				Some(threshold)
			);
		});
	}
}

#[test]
fn only_the_holder_sets_the_policy() {
	build_and_execute(|| {
		for who in [SISTER, ADMIN, NEW, STRANGER] {
			assert_noop!(set_threshold(who, Some(2)), Error::<Test>::NotHolder);
			assert_noop!(let_hospital(who, false), Error::<Test>::NotHolder);
		}
		brought_back(NEW);
		assert_noop!(set_threshold(PATIENT, Some(2)), Error::<Test>::NotHolder);
		assert_noop!(let_hospital(PATIENT, false), Error::<Test>::NotHolder);
		assert_ok!(set_threshold(NEW, Some(4)));
		assert_ok!(let_hospital(NEW, false));
		let policy = RecoveryPolicy { threshold: Some(4), hospital: false };
		assert_eq!(Policies::<Test>::get(PATIENT), policy);
		assert!(!Policies::<Test>::contains_key(NEW));
	});
}

#[test]
fn only_a_patient_has_a_policy() {
	build_and_execute(|| {
		for who in [STRANGER, DOCTOR] {
			assert_noop!(
				Succession::set_threshold(signed(who), who, Some(2)),
				Error::<Test>::NotPatient
			);
			assert_noop!(
				Succession::let_hospital(signed(who), who, false),
				Error::<Test>::NotPatient
			);
		}
	});
}
