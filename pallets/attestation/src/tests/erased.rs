//! Effects of erasing a record.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::{OnErased, Subject};

#[test]
fn erasing_a_record_forgets_the_statements_about_it() {
	build_and_execute(|| {
		let second = Subject::RecordVersion { record: RECORD, version: 2 };
		assert_ok!(confirm(RITA, version()));
		assert_ok!(reject(RITA, second.clone()));
		assert_ok!(confirm(ADA, credential()));
		heard();
		events();
		Attestations::on_erased(&RECORD, 2);
		assert_eq!(Standings::<Test>::get(version()), None);
		assert_eq!(Standings::<Test>::get(second), None);
		assert!(Standings::<Test>::contains_key(credential()));
		assert_eq!(heard(), []);
		assert_eq!(events(), []);
		assert_noop!(
			Attestations::revoke(signed(RITA), version(), RITA),
			Error::<Test>::UnknownAttestation
		);
	});
}

#[test]
fn erasing_a_record_without_statements_changes_nothing() {
	build_and_execute(|| {
		assert_ok!(confirm(RITA, version()));
		Attestations::on_erased(&ERASED, 3);
		assert!(Standings::<Test>::contains_key(version()));
	});
}
