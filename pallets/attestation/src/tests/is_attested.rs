//! Whether a credential is attested, as other pallets ask.

use crate::mock::*;
use frame_support::assert_ok;
use salus_primitives::{CredentialQuery, ReasonCode, Role, Subject, Verdict};

fn is_attested() -> bool {
	Attestations::is_attested(&DOCTOR, Role::Practitioner)
}

#[test]
fn a_credential_is_attested_until_the_statement_is_revoked() {
	build_and_execute(|| {
		assert!(!is_attested());
		assert_ok!(confirm(ADMIN, credential()));
		assert!(is_attested());
		assert!(!Attestations::is_attested(&DOCTOR, Role::RecordsAdmin));
		assert!(!Attestations::is_attested(&reviewer(0), Role::RecordsAdmin));
		assert_ok!(Attestations::revoke(signed(ADMIN), credential(), ADMIN));
		assert!(!is_attested());
	});
}

#[test]
fn a_rejected_credential_is_not_attested() {
	build_and_execute(|| {
		assert_ok!(reject(ADMIN, credential()));
		assert!(!is_attested());
		// The first verdict reached holds until it falls.
		assert_ok!(confirm(DEPUTY, credential()));
		assert!(!is_attested());
	});
}

#[test]
fn an_expired_statement_attests_nothing() {
	build_and_execute(|| {
		let (verdict, reason) = (Verdict::Confirmed, ReasonCode::Reviewed);
		let end = Some(START + 10);
		assert_ok!(Attestations::attest(signed(ADMIN), credential(), verdict, reason, end));
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
		assert_ok!(confirm(ADMIN, credential()));
		assert!(!is_attested());
		assert_ok!(confirm(DEPUTY, credential()));
		assert!(is_attested());
		// A raised threshold applies at once.
		set_threshold(3);
		assert!(!is_attested());
	});
}

#[test]
fn statements_do_not_carry_over_to_a_later_membership() {
	build_and_execute(|| {
		assert_ok!(confirm(ADMIN, credential()));
		// The doctor moves to the clinic.
		Now::set(START + 1);
		Roles::admit(DOCTOR, Role::Practitioner, Some(CLINIC));
		assert!(!is_attested());
		assert!(Attestations::attestations(&credential()).attestations.is_empty());
		take_hook_calls();
		assert_ok!(reject(CHIEF, credential()));
		assert_eq!(
			take_hook_calls(),
			[HookCall::Reached(credential(), Verdict::Rejected)],
			"the verdict about the earlier membership does not fall again"
		);
		// The doctor comes back.
		Now::set(START + 2);
		Roles::admit(DOCTOR, Role::Practitioner, Some(HOSPITAL));
		assert_ok!(confirm(ADMIN, credential()));
		assert!(is_attested());
	});
}

#[test]
fn an_unknown_membership_is_not_attested() {
	build_and_execute(|| {
		let role = Role::Auditor;
		assert!(!Attestations::is_attested(&STRANGER, role));
		assert_eq!(Attestations::reached(&Subject::Credential { account: STRANGER, role }), None);
	});
}

#[test]
fn attesters_are_those_who_confirm_a_credential_now() {
	build_and_execute(|| {
		let attesters = || Attestations::attesters(&DOCTOR, Role::Practitioner);
		assert!(attesters().is_empty());
		assert_ok!(confirm(ADMIN, credential()));
		assert_ok!(reject(DEPUTY, credential()));
		assert_eq!(attesters(), [ADMIN]);
		assert_ok!(Attestations::revoke(signed(DEPUTY), credential(), DEPUTY));
		let (verdict, reason) = (Verdict::Confirmed, ReasonCode::Reviewed);
		let end = Some(START + 10);
		assert_ok!(Attestations::attest(signed(DEPUTY), credential(), verdict, reason, end));
		assert_eq!(attesters(), [ADMIN, DEPUTY]);
		Now::set(START + 10);
		assert_eq!(attesters(), [ADMIN]);
		assert_ok!(Attestations::revoke(signed(ADMIN), credential(), ADMIN));
		assert!(attesters().is_empty());
	});
}
