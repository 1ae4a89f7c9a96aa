//! Reads of the runtime API.

use crate::mock::*;
use frame_support::assert_ok;
use salus_primitives::{AttestationStatus, Role, Subject};

#[test]
fn statements_that_count_are_read_oldest_first() {
	build_and_execute(|| {
		set_threshold(4);
		assert_ok!(confirm(reviewer(3), version()));
		assert_ok!(confirm_until(reviewer(1), START + 5));
		Now::set(START + 1);
		assert_ok!(reject(reviewer(2), version()));
		let given = || {
			let status = Attestations::attestations(&version());
			assert_eq!(status.threshold, 4);
			status.attestations.into_iter().map(|(who, _)| who - reviewer(0)).collect::<Vec<_>>()
		};
		assert_eq!(given(), [3, 1, 2]);
		Now::set(START + 4);
		assert_eq!(given(), [3, 1, 2]);
		Now::set(START + 5);
		assert_eq!(given(), [3, 2]);
	});
}

#[test]
fn the_threshold_is_that_of_the_subjects_organisation() {
	build_and_execute(|| {
		set_threshold(3);
		let threshold = |subject| Attestations::attestations(&subject).threshold;
		assert_eq!(threshold(version()), 3);
		assert_eq!(threshold(credential()), 3);
		assert_eq!(
			threshold(Subject::Credential { account: CLINIC_CLERK, role: Role::RecordsAdmin }),
			1
		);
	});
}

#[test]
fn an_unknown_subject_has_no_statements() {
	build_and_execute(|| {
		for subject in [
			Subject::RecordVersion { record: ERASED, version: 1 },
			Subject::Credential { account: STRANGER, role: Role::Patient },
			Subject::Credential { account: LONER, role: Role::Patient },
		] {
			let nothing = AttestationStatus { threshold: 1, attestations: vec![] };
			assert_eq!(Attestations::attestations(&subject), nothing);
			assert_eq!(Attestations::reached(&subject), None);
		}
	});
}
