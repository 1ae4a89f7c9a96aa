//! Whether a credential is attested, as other pallets ask.

use crate::mock::*;
use frame_support::assert_ok;
use salus_primitives::{CredentialQuery, ReasonCode, Role, Subject, Verdict};

fn is_attested() -> bool {
	Attestations::is_attested(&DORA, Role::Practitioner)
}

#[test]
fn a_credential_is_attested_until_the_statement_is_revoked() {
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
fn a_rejected_credential_is_not_attested() {
	build_and_execute(|| {
		assert_ok!(reject(ADA, credential()));
		assert!(!is_attested());
		// The first verdict reached stands until it falls.
		assert_ok!(confirm(ABE, credential()));
		assert!(!is_attested());
	});
}

#[test]
fn an_expired_statement_attests_nothing() {
	build_and_execute(|| {
		let (verdict, reason) = (Verdict::Confirmed, ReasonCode::Reviewed);
		let end = Some(START + 10);
		assert_ok!(Attestations::attest(signed(ADA), credential(), verdict, reason, end));
		Now::set(START + 9);
		assert!(is_attested());
		Now::set(START + 10);
		assert!(!is_attested());
		assert_eq!(Attestations::reached(&credential()), Some(Verdict::Confirmed));
	});
}

#[test]
fn a_credential_takes_the_required_number_of_statements() {
	build_and_execute(|| {
		set_threshold(2);
		assert_ok!(confirm(ADA, credential()));
		assert!(!is_attested());
		assert_ok!(confirm(ABE, credential()));
		assert!(is_attested());
		// A raised threshold applies at once.
		set_threshold(3);
		assert!(!is_attested());
	});
}

#[test]
fn statements_do_not_carry_over_to_a_later_membership() {
	build_and_execute(|| {
		assert_ok!(confirm(ADA, credential()));
		// Dora moves to the laboratory.
		Now::set(START + 1);
		change_world(|world| {
			let mut member = member_of(Some(LABORATORY));
			member.since = START + 1;
			world.members.insert((DORA, Role::Practitioner), member);
		});
		assert!(!is_attested());
		assert!(Attestations::attestations(&credential()).attestations.is_empty());
		heard();
		assert_ok!(reject(LEA, credential()));
		assert_eq!(
			heard(),
			[Heard::Reached(credential(), Verdict::Rejected)],
			"the verdict about the earlier membership does not fall again"
		);
		// She comes back.
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
fn an_unknown_membership_is_not_attested() {
	build_and_execute(|| {
		let role = Role::Auditor;
		assert!(!Attestations::is_attested(&NORA, role));
		assert_eq!(Attestations::reached(&Subject::Credential { account: NORA, role }), None);
	});
}

#[test]
fn attesters_are_those_who_confirm_a_credential_now() {
	build_and_execute(|| {
		let attesters = || Attestations::attesters(&DORA, Role::Practitioner);
		assert!(attesters().is_empty());
		assert_ok!(confirm(ADA, credential()));
		assert_ok!(reject(ABE, credential()));
		assert_eq!(attesters(), [ADA]);
		assert_ok!(Attestations::revoke(signed(ABE), credential(), ABE));
		let (verdict, reason) = (Verdict::Confirmed, ReasonCode::Reviewed);
		let end = Some(START + 10);
		assert_ok!(Attestations::attest(signed(ABE), credential(), verdict, reason, end));
		assert_eq!(attesters(), [ADA, ABE]);
		Now::set(START + 10);
		assert_eq!(attesters(), [ADA]);
		assert_ok!(Attestations::revoke(signed(ADA), credential(), ADA));
		assert!(attesters().is_empty());
	});
}
