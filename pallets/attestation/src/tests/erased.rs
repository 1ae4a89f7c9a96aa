//! Effects of erasing a record.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::{OnErased, Subject};

#[test]
fn erasing_a_record_forgets_the_statements_about_it() {
	build_and_execute(|| {
		let second = Subject::RecordVersion { record: LAB, version: 2 };
		assert_ok!(confirm(reviewer(0), version()));
		assert_ok!(reject(reviewer(0), second.clone()));
		assert_ok!(confirm(ADMIN, credential()));
		take_hook_calls();
		events();
		Attestations::on_erased(&LAB, 2);
		assert_eq!(Standings::<Test>::get(version()), None);
		assert_eq!(Standings::<Test>::get(second), None);
		assert!(Standings::<Test>::contains_key(credential()));
		assert_eq!(take_hook_calls(), []);
		assert_eq!(events(), []);
		assert_noop!(
			Attestations::revoke(signed(reviewer(0)), version(), reviewer(0)),
			Error::<Test>::UnknownAttestation
		);
	});
}

#[test]
fn erasing_a_record_without_statements_changes_nothing() {
	build_and_execute(|| {
		assert_ok!(confirm(reviewer(0), version()));
		Attestations::on_erased(&ERASED, 3);
		assert!(Standings::<Test>::contains_key(version()));
	});
}
