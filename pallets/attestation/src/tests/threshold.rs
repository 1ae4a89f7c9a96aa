//! The number of equal verdicts that an organisation requires.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok, traits::Hooks};
use salus_primitives::Verdict;
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn an_admin_sets_the_threshold_of_their_organisation_only() {
	build_and_execute(|| {
		assert_eq!(Thresholds::<Test>::get(HOSPITAL), 1);
		for threshold in [MAX_THRESHOLD, 1, 2] {
			assert_ok!(Attestations::set_threshold(signed(DEPUTY), HOSPITAL, threshold));
			assert_eq!(events(), [Event::ThresholdSet { organisation: HOSPITAL, threshold }]);
			assert_eq!(Thresholds::<Test>::get(HOSPITAL), threshold);
		}
		assert_eq!(Thresholds::<Test>::get(CLINIC), 1);
	});
}

#[test]
fn nobody_else_sets_the_threshold() {
	build_and_execute(|| {
		for stranger in [reviewer(0), DOCTOR, CHIEF, STRANGER] {
			assert_noop!(
				Attestations::set_threshold(signed(stranger), HOSPITAL, 2),
				Error::<Test>::NotPermitted
			);
		}
		assert_noop!(Attestations::set_threshold(signed(ADMIN), 9, 2), Error::<Test>::NotPermitted);
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(Attestations::set_threshold(origin, HOSPITAL, 2), BadOrigin);
		}
	});
}

#[test]
fn an_admin_of_a_suspended_organisation_sets_no_threshold() {
	build_and_execute(|| {
		Roles::suspend_organisation(HOSPITAL);
		assert_noop!(
			Attestations::set_threshold(signed(ADMIN), HOSPITAL, 2),
			Error::<Test>::NotPermitted
		);
	});
}

#[test]
fn a_threshold_out_of_bounds_is_refused() {
	build_and_execute(|| {
		for threshold in [0, MAX_THRESHOLD + 1, u32::MAX] {
			assert_noop!(
				Attestations::set_threshold(signed(ADMIN), HOSPITAL, threshold),
				Error::<Test>::InvalidThreshold
			);
		}
	});
}

#[test]
fn a_new_threshold_takes_effect_with_the_next_statement() {
	build_and_execute(|| {
		assert_ok!(confirm(reviewer(0), version()));
		take_hook_calls();
		set_threshold(3);
		assert_eq!(take_hook_calls(), []);
		assert_eq!(Attestations::reached(&version()), Some(Verdict::Confirmed));
		assert_ok!(confirm(reviewer(1), version()));
		assert_eq!(take_hook_calls(), [HookCall::Fallen(version(), Verdict::Confirmed)]);
		set_threshold(2);
		assert_eq!(take_hook_calls(), []);
		assert_ok!(confirm(reviewer(2), version()));
		assert_eq!(take_hook_calls(), [HookCall::Reached(version(), Verdict::Confirmed)]);
	});
}

#[test]
fn the_configuration_has_room_for_a_verdict() {
	build_and_execute(Attestations::integrity_test);
}

#[test]
#[should_panic(expected = "conflicting statements must not keep a subject from reaching a verdict")]
fn a_configuration_without_room_for_a_verdict_is_refused() {
	new_test_ext().execute_with(|| {
		MaxAttestations::set(2 * MAX_THRESHOLD - 2);
		Attestations::integrity_test();
	});
}
