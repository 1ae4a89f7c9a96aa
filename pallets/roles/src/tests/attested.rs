//! Effects of verdicts about credentials.

use crate::{mock::*, *};
use salus_primitives::{OnAttested, RecordId, Role, Subject, Verdict};

fn credential(name: &str, role: Role) -> Subject<AccountId> {
	Subject::Credential { account: account(name), role }
}

#[test]
fn a_rejected_credential_suspends_its_membership_and_no_other() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", Role::Practitioner);
		admit("Ada", HOSPITAL, "Dora", Role::Auditor);
		let subject = credential("Dora", Role::Practitioner);
		Roles::on_verdict_reached(&subject, Verdict::Rejected);
		assert_eq!(
			last_event(),
			Event::MemberSuspended { account: account("Dora"), role: Role::Practitioner }
		);
		assert!(!is_live("Dora", Role::Practitioner));
		assert!(is_live("Dora", Role::Auditor));
		// A revoked verdict does not reinstate the member; an administrator does.
		Roles::on_verdict_fallen(&subject, Verdict::Rejected);
		assert!(!is_live("Dora", Role::Practitioner));
	});
}

#[test]
fn a_confirmed_credential_changes_nothing() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", Role::Practitioner);
		let events = System::events().len();
		let subject = credential("Dora", Role::Practitioner);
		Roles::on_verdict_reached(&subject, Verdict::Confirmed);
		Roles::on_verdict_fallen(&subject, Verdict::Confirmed);
		assert_eq!(System::events().len(), events);
		assert!(is_live("Dora", Role::Practitioner));
	});
}

#[test]
fn verdicts_about_records_and_strangers_change_nothing() {
	build_and_execute(|| {
		let events = System::events().len();
		let subject = Subject::RecordVersion { record: RecordId([1; 32]), version: 1 };
		Roles::on_verdict_reached(&subject, Verdict::Rejected);
		Roles::on_verdict_fallen(&subject, Verdict::Rejected);
		Roles::on_verdict_reached(&credential("Nora", Role::Practitioner), Verdict::Rejected);
		assert_eq!(System::events().len(), events);
	});
}
