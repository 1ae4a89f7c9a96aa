//! Admitting members.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::{Member, MemberStatus, Role, Specialty};

const DOCTOR: Role = Role::Practitioner;

#[test]
fn an_admin_admits_a_member_in_every_role_but_patient() {
	build_and_execute(|| {
		for role in Role::ALL.into_iter().filter(|role| *role != Role::Patient) {
			let end = Some(START + DAY);
			assert_ok!(admit_with(signed("Abe"), HOSPITAL, "Dora", role, end, None));
			assert_eq!(
				last_event(),
				Event::MemberAdmitted { organisation: HOSPITAL, account: account("Dora"), role }
			);
			let expected = Member {
				organisation: Some(HOSPITAL),
				status: MemberStatus::Active,
				credential: CREDENTIAL,
				expires: end,
				since: START,
				specialty: None,
			};
			assert_eq!(member("Dora", role), expected);
			assert!(is_live("Dora", role));
		}
	});
}

#[test]
fn a_patient_is_not_admitted() {
	build_and_execute(|| {
		assert_noop!(
			admit_with(signed("Ada"), HOSPITAL, "Pia", Role::Patient, None, None),
			Error::<Test>::PatientsEnrol
		);
	});
}

#[test]
fn an_admitted_account_needs_no_balance_to_transact() {
	use frame_support::dispatch::GetDispatchInfo;
	use sp_runtime::{
		traits::{DispatchTransaction, TransactionExtension},
		transaction_validity::{InvalidTransaction, TransactionSource},
	};
	let validate = || {
		let call = RuntimeCall::Roles(Call::rotate_key { public: KEY });
		let info = call.get_dispatch_info();
		let nonce = frame_system::CheckNonce::<Test>::from(0);
		assert_eq!(frame_system::CheckNonce::<Test>::IDENTIFIER, "CheckNonce");
		nonce
			.validate_only(signed("Dora"), &call, &info, 0, TransactionSource::External, 0)
			.map(|_| ())
	};
	build_and_execute(|| {
		assert_eq!(validate(), Err(InvalidTransaction::Payment.into()));
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		assert_eq!(validate(), Ok(()));
		admit("Ada", HOSPITAL, "Dora", Role::Auditor);
		assert_eq!(System::providers(&account("Dora")), 1);
	});
}

#[test]
fn an_organisation_cannot_admit_its_member_again() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		Now::set(START + 1);
		for _ in 0..2 {
			let admission = admission("Dora", HOSPITAL, DOCTOR);
			let signature = sign("Dora", &admission.to_sign());
			assert_noop!(
				present_admission("Ada", admission, signature),
				Error::<Test>::AlreadyMember
			);
			// Whether the member is suspended or not.
			Roles::suspend_if_active(&account("Dora"), DOCTOR);
		}
	});
}

#[test]
fn a_credential_that_has_ended_is_refused() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		for end in [0, START - 1, START] {
			assert_noop!(
				admit_with(signed("Ada"), HOSPITAL, "Don", DOCTOR, Some(end), None),
				Error::<Test>::AlreadyExpired
			);
			assert_noop!(
				renew("Dora", DOCTOR, CREDENTIAL, Some(end)),
				Error::<Test>::AlreadyExpired
			);
		}
	});
}

#[test]
fn a_membership_is_live_until_its_credential_ends() {
	build_and_execute(|| {
		let end = START + 10;
		assert_ok!(admit_with(signed("Ada"), HOSPITAL, "Dora", DOCTOR, Some(end), None));
		Now::set(end - 1);
		assert!(is_live("Dora", DOCTOR));
		Now::set(end);
		assert!(!is_live("Dora", DOCTOR));
	});
}

#[test]
fn admission_and_renewal_set_the_specialty() {
	const CARDIOLOGY: Specialty = 394579002;
	build_and_execute(|| {
		let who = || account("Dora");
		let specialty = || member("Dora", DOCTOR).specialty;
		assert_ok!(admit_with(signed("Ada"), HOSPITAL, "Dora", DOCTOR, None, Some(CARDIOLOGY)));
		assert_eq!(specialty(), Some(CARDIOLOGY));
		assert_eq!(
			Roles::memberships_info(&who()).first().and_then(|info| info.member.specialty),
			Some(CARDIOLOGY)
		);
		assert_ok!(Roles::suspend_member(signed("Ada"), HOSPITAL, who(), DOCTOR));
		assert_eq!(specialty(), Some(CARDIOLOGY), "a suspension keeps it");
		assert_ok!(renew("Dora", DOCTOR, CREDENTIAL, None));
		assert_eq!(specialty(), None);
	});
}
