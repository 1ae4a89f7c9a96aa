//! Effects of administrators' verdicts on a version.

use crate::{
	mock::{Records, *},
	*,
};
use salus_primitives::{Role, Subject, Verdict};

fn subject(record: RecordId, version: Version) -> Subject<AccountId> {
	Subject::RecordVersion { record, version }
}

fn stored() -> RecordId {
	let record = confirmed(1);
	events();
	record
}

#[test]
fn a_verdict_attests_or_rejects_a_version() {
	build_and_execute(|| {
		let record = stored();
		for (verdict, state) in [
			(Verdict::Confirmed, VersionState::Attested),
			(Verdict::Rejected, VersionState::Rejected),
		] {
			Records::on_verdict_reached(&subject(record, 1), verdict);
			assert_eq!(version(record, 1).state, state);
			assert!(Records::is_stored(&record, 1));
			assert_eq!(events(), vec![Event::StateChanged { record, version: 1, state }]);
		}
	});
}

#[test]
fn the_same_verdict_twice_changes_nothing() {
	build_and_execute(|| {
		let record = stored();
		Records::on_verdict_reached(&subject(record, 1), Verdict::Confirmed);
		events();
		Records::on_verdict_reached(&subject(record, 1), Verdict::Confirmed);
		assert_eq!(events(), vec![]);
	});
}

#[test]
fn a_revoked_verdict_leaves_the_version_stored() {
	build_and_execute(|| {
		let record = stored();
		for verdict in [Verdict::Confirmed, Verdict::Rejected] {
			Records::on_verdict_reached(&subject(record, 1), verdict);
			Records::on_verdict_fallen(&subject(record, 1), verdict);
			assert_eq!(version(record, 1).state, VersionState::Stored);
		}
	});
}

#[test]
fn a_revoked_verdict_on_a_lost_version_leaves_it_lost() {
	build_and_execute(|| {
		let record = stored();
		Records::on_verdict_reached(&subject(record, 1), Verdict::Confirmed);
		let claims = vec![claim(record, 1, 1)].try_into().unwrap();
		Records::withdraw_replica(RuntimeOrigin::signed(NODE), claims).unwrap();
		assert_eq!(Records::status().pending, 0);
		Records::on_verdict_fallen(&subject(record, 1), Verdict::Confirmed);
		assert_eq!(version(record, 1).state, VersionState::Lost);
		Records::on_verdict_reached(&subject(record, 1), Verdict::Rejected);
		assert_eq!(version(record, 1).state, VersionState::Lost);
		Records::on_verdict_fallen(&subject(record, 1), Verdict::Rejected);
		confirm(NODE, record, 1, 1);
		assert_eq!(version(record, 1).state, VersionState::Stored);
	});
}

#[test]
fn revoking_a_verdict_that_does_not_stand_changes_nothing() {
	build_and_execute(|| {
		let record = stored();
		Records::on_verdict_fallen(&subject(record, 1), Verdict::Confirmed);
		assert_eq!(version(record, 1).state, VersionState::Stored);
		Records::on_verdict_reached(&subject(record, 1), Verdict::Rejected);
		Records::on_verdict_fallen(&subject(record, 1), Verdict::Confirmed);
		assert_eq!(version(record, 1).state, VersionState::Rejected);
	});
}

#[test]
fn verdicts_on_anything_else_change_nothing() {
	build_and_execute(|| {
		let record = stored();
		let credential = Subject::Credential { account: DOCTOR, role: Role::Practitioner };
		for subject in [credential, subject(record, 2), subject(id(9), 1)] {
			Records::on_verdict_reached(&subject, Verdict::Confirmed);
			Records::on_verdict_fallen(&subject, Verdict::Confirmed);
		}
		assert_eq!(events(), vec![]);
		assert_eq!(version(record, 1).state, VersionState::Stored);
	});
}
