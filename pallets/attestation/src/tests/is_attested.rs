//! Whose credential is confirmed, as other pallets ask it.

use crate::mock::*;
use frame_support::assert_ok;
use salus_primitives::{CredentialQuery, ReasonCode, Role, Subject, Verdict};

fn is_attested() -> bool {
	Attestations::is_attested(&DORA, Role::Practitioner)
}

#[test]
fn a_credential_is_confirmed_from_the_statement_to_its_revocation() {
	build_and_execute(|| {
		assert!(!is_attested());
		assert_ok!(confirm(ADA, credential()));
		assert!(is_attested());
		assert!(!Attestations::is_attested(&DORA, Role::RecordsAdmin));
		assert!(!Attestations::is_attested(&RITA, Role::RecordsAdmin));
		assert_ok!(Attestations::revoke(signed(ADA), credential(), ADA));
		assert!(!is_attested());
	});
}

#[test]
fn a_rejected_credential_is_not_confirmed() {
	build_and_execute(|| {
		assert_ok!(reject(ADA, credential()));
		assert!(!is_attested());
		// The verdict that was reached first stands until it falls.
		assert_ok!(confirm(ABE, credential()));
		assert!(!is_attested());
	});
}

#[test]
fn a_statement_past_its_end_confirms_nothing_though_no_hook_was_told() {
	build_and_execute(|| {
		let (verdict, reason) = (Verdict::Confirmed, ReasonCode::Reviewed);
		let end = Some(START + 10);
		assert_ok!(Attestations::attest(
			signed(ADA),
			credential(),
			verdict,
			reason,
			end
		));
		Now::set(START + 9);
		assert!(is_attested());
		Now::set(START + 10);
		assert!(!is_attested());
		assert_eq!(
			Attestations::reached(&credential()),
			Some(Verdict::Confirmed)
		);
	});
}

#[test]
fn as_many_statements_confirm_as_the_organisation_asks_for() {
	build_and_execute(|| {
		set_threshold(2);
		assert_ok!(confirm(ADA, credential()));
		assert!(!is_attested());
		assert_ok!(confirm(ABE, credential()));
		assert!(is_attested());
		// A raised threshold counts at once.
		set_threshold(3);
		assert!(!is_attested());
	});
}

#[test]
fn what_was_stated_of_an_earlier_membership_says_nothing_of_the_next_one() {
	build_and_execute(|| {
		assert_ok!(confirm(ADA, credential()));
		// Dora goes to the laboratory.
		Now::set(START + 1);
		change_world(|world| {
			let mut member = member_of(Some(LABORATORY));
			member.since = START + 1;
			world.members.insert((DORA, Role::Practitioner), member);
		});
		assert!(!is_attested());
		assert!(Attestations::attestations(&credential())
			.attestations
			.is_empty());
		heard();
		assert_ok!(reject(LEA, credential()));
		assert_eq!(
			heard(),
			[Heard::Reached(credential(), Verdict::Rejected)],
			"the verdict of before is not that it falls from"
		);
		// And comes back.
		Now::set(START + 2);
		change_world(|world| {
			let mut member = member_of(Some(HOSPITAL));
			member.since = START + 2;
			world.members.insert((DORA, Role::Practitioner), member);
		});
		assert_ok!(confirm(ADA, credential()));
		assert!(is_attested());
	});
}

#[test]
fn a_membership_that_does_not_exist_is_not_confirmed() {
	build_and_execute(|| {
		let role = Role::Auditor;
		assert!(!Attestations::is_attested(&NORA, role));
		assert_eq!(
			Attestations::reached(&Subject::Credential {
				account: NORA,
				role
			}),
			None
		);
	});
}

#[test]
fn it_is_known_who_confirms_a_credential_now() {
	build_and_execute(|| {
		let attesters = || Attestations::attesters(&DORA, Role::Practitioner);
		assert!(attesters().is_empty());
		assert_ok!(confirm(ADA, credential()));
		assert_ok!(reject(ABE, credential()));
		assert_eq!(attesters(), [ADA]);
		assert_ok!(Attestations::revoke(signed(ABE), credential(), ABE));
		let (verdict, reason) = (Verdict::Confirmed, ReasonCode::Reviewed);
		let end = Some(START + 10);
		assert_ok!(Attestations::attest(
			signed(ABE),
			credential(),
			verdict,
			reason,
			end
		));
		assert_eq!(attesters(), [ADA, ABE]);
		Now::set(START + 10);
		assert_eq!(attesters(), [ADA]);
		assert_ok!(Attestations::revoke(signed(ADA), credential(), ADA));
		assert!(attesters().is_empty());
	});
}
