//! Admitting members.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::{Member, MemberStatus, Role, Specialty};
use sp_runtime::DispatchError::BadOrigin;

const DOCTOR: Role = Role::Practitioner;

#[test]
fn an_admin_admits_a_member_in_every_role_but_patient() {
	TestExt::default().build_and_execute(|| {
		for role in Role::ALL.into_iter().filter(|role| *role != Role::Patient) {
			let end = Some(START + DAY);
			assert_ok!(admit_with(
				signed("Abe"),
				HOSPITAL,
				"Dora",
				role,
				CREDENTIAL,
				end,
				None
			));
			assert_eq!(
				last_event(),
				Event::MemberAdmitted {
					organisation: HOSPITAL,
					account: account("Dora"),
					role
				}
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
	TestExt::default().build_and_execute(|| {
		assert_noop!(
			admit_with(
				signed("Ada"),
				HOSPITAL,
				"Pia",
				Role::Patient,
				CREDENTIAL,
				None,
				None
			),
			Error::<Test>::PatientsEnrol
		);
	});
}

#[test]
fn an_admitted_account_sends_its_first_transaction_without_any_balance() {
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
			.validate_only(
				signed("Dora"),
				&call,
				&info,
				0,
				TransactionSource::External,
				0,
			)
			.map(|_| ())
	};
	TestExt::default().build_and_execute(|| {
		assert_eq!(validate(), Err(InvalidTransaction::Payment.into()));
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		assert_eq!(validate(), Ok(()));
		admit("Ada", HOSPITAL, "Dora", Role::Auditor);
		assert_eq!(System::providers(&account("Dora")), 1);
	});
}

#[test]
fn a_member_is_not_admitted_again_by_the_organisation_that_answers_for_them() {
	TestExt::default().build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		Now::set(START + 1);
		for _ in 0..2 {
			let admission = admission("Dora", HOSPITAL, DOCTOR);
			let signature = sign("Dora", &admission.to_sign());
			assert_noop!(
				present_admission("Ada", admission, signature),
				Error::<Test>::AlreadyMember
			);
			// Suspended or not.
			Roles::suspend_if_active(&account("Dora"), DOCTOR);
		}
	});
}

#[test]
fn nobody_is_admitted_without_their_signature() {
	TestExt::default().build_and_execute(|| {
		enrol_at("Ada", HOSPITAL, "Pia");
		for role in Role::ALL.into_iter().filter(|role| *role != Role::Patient) {
			for name in ["Dora", "Pia", "Lea"] {
				let admit_member = |organisation, admin| {
					Roles::admit_member(
						signed(admin),
						organisation,
						account(name),
						role,
						CREDENTIAL,
						None,
						None,
					)
				};
				assert_noop!(admit_member(HOSPITAL, "Ada"), Error::<Test>::NotAccepted);
				let admission = admission(name, HOSPITAL, role);
				for forger in ["Ada", "Abe"] {
					let signature = sign(forger, &admission.to_sign());
					assert_noop!(
						present_admission("Ada", admission.clone(), signature),
						Error::<Test>::InvalidSignature
					);
				}
				assert!(!Members::<Test>::contains_key(account(name), role));
			}
		}
	});
}

#[test]
fn an_admin_admits_themself_with_the_call_alone() {
	TestExt::default().build_and_execute(|| {
		assert_ok!(Roles::admit_member(
			signed("Ada"),
			HOSPITAL,
			account("Ada"),
			Role::RecordsAdmin,
			CREDENTIAL,
			None,
			None
		));
		assert!(is_live("Ada", Role::RecordsAdmin));
	});
}

#[test]
fn a_signature_admits_on_its_own_terms_only() {
	TestExt::default().build_and_execute(|| {
		let good = admission("Dora", HOSPITAL, DOCTOR);
		let signature = sign("Dora", &good.to_sign());
		let refused = |admin, admission| {
			assert_noop!(
				present_admission(admin, admission, signature.clone()),
				Error::<Test>::InvalidSignature
			);
		};
		let (mut account_, mut role) = (good.clone(), good.clone());
		account_.account = account("Don");
		role.role = Role::Auditor;
		refused("Ada", account_);
		refused("Ada", role);
		let (mut organisation, mut until) = (good.clone(), good.clone());
		organisation.organisation = LABORATORY;
		until.until -= 1;
		refused("Lea", organisation);
		refused("Ada", until);
		// Nor one for another chain.
		let mut foreign = good.clone();
		foreign.genesis[0] ^= 1;
		let elsewhere = sign("Dora", &foreign.to_sign());
		assert_noop!(
			present_admission("Ada", good.clone(), elsewhere),
			Error::<Test>::InvalidSignature
		);
		// Browser extensions wrap what they sign.
		let wrapped = [b"<Bytes>".as_slice(), &good.to_sign(), b"</Bytes>"].concat();
		assert_ok!(present_admission("Ada", good, sign("Dora", &wrapped)));
	});
}

#[test]
fn a_signature_admits_for_a_day_at_most() {
	TestExt::default().build_and_execute(|| {
		let mut long = admission("Dora", HOSPITAL, DOCTOR);
		long.until += 1;
		let signature = sign("Dora", &long.to_sign());
		assert_noop!(
			present_admission("Ada", long, signature),
			Error::<Test>::SignatureLivesTooLong
		);
		let good = admission("Dora", HOSPITAL, DOCTOR);
		let signature = sign("Dora", &good.to_sign());
		Now::set(good.until);
		assert_noop!(
			present_admission("Ada", good.clone(), signature.clone()),
			Error::<Test>::SignatureExpired
		);
		Now::set(good.until - 1);
		assert_ok!(present_admission("Ada", good, signature));
	});
}

#[test]
fn who_was_revoked_is_admitted_again_by_any_organisation_with_a_new_signature() {
	TestExt::default().build_and_execute(|| {
		let first = admission("Dora", HOSPITAL, DOCTOR);
		let signature = sign("Dora", &first.to_sign());
		assert_ok!(present_admission("Ada", first.clone(), signature.clone()));
		for (admin, organisation) in [("Lea", LABORATORY), ("Ada", HOSPITAL)] {
			let now_at = member("Dora", DOCTOR).organisation.expect("she has one");
			let revoker = if now_at == HOSPITAL { "Ada" } else { "Lea" };
			assert_ok!(Roles::revoke_member(
				signed(revoker),
				now_at,
				account("Dora"),
				DOCTOR
			));
			// What was used is worth nothing.
			assert_noop!(
				present_admission("Ada", first.clone(), signature.clone()),
				Error::<Test>::SignatureUsed
			);
			Now::set(Now::get() + 1);
			admit(admin, organisation, "Dora", DOCTOR);
			assert!(is_live("Dora", DOCTOR));
			assert_eq!(member("Dora", DOCTOR).organisation, Some(organisation));
			assert_eq!(System::providers(&account("Dora")), 1);
		}
	});
}

#[test]
fn a_member_goes_to_another_organisation_whatever_the_first_one_does() {
	TestExt::default().build_and_execute(|| {
		admit("Ada", HOSPITAL, "Rita", Role::RecordsAdmin);
		assert_ok!(Roles::rotate_key(signed("Rita"), KEY));
		assert_ok!(Roles::set_organisation_key(signed("Ada"), HOSPITAL, KEY));
		assert_ok!(Roles::share_organisation_key(
			signed("Ada"),
			HOSPITAL,
			account("Rita"),
			wrap(1)
		));
		assert_ok!(Roles::suspend_member(
			signed("Ada"),
			HOSPITAL,
			account("Rita"),
			Role::RecordsAdmin
		));
		Now::set(START + 1);
		admit("Lea", LABORATORY, "Rita", Role::RecordsAdmin);
		assert!(is_live("Rita", Role::RecordsAdmin));
		assert_eq!(
			Roles::organisation_key_share(HOSPITAL, &account("Rita")),
			None
		);
		assert_noop!(
			Roles::revoke_member(signed("Ada"), HOSPITAL, account("Rita"), Role::RecordsAdmin),
			Error::<Test>::NotYourMember
		);
	});
}

#[test]
fn a_member_leaves() {
	TestExt::default().build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		assert_noop!(
			Roles::leave(signed("Dora"), Role::Auditor),
			Error::<Test>::UnknownMember
		);
		assert_ok!(Roles::leave(signed("Dora"), DOCTOR));
		assert_eq!(
			last_event(),
			Event::MemberLeft {
				account: account("Dora"),
				role: DOCTOR
			}
		);
		assert!(!is_live("Dora", DOCTOR));
		assert_noop!(
			Roles::leave(signed("Dora"), DOCTOR),
			Error::<Test>::MemberRevoked
		);
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(Roles::leave(origin, DOCTOR), BadOrigin);
		}
	});
}

#[test]
fn who_was_suspended_for_an_emergency_is_brought_back_neither_by_a_hospital_nor_by_going_to_another_one(
) {
	use salus_primitives::RoleControl;
	TestExt::default().build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		admit("Ada", HOSPITAL, "Don", DOCTOR);
		// To leave in time is no way out.
		assert_ok!(Roles::leave(signed("Don"), DOCTOR));
		for name in ["Dora", "Don"] {
			Roles::bar(&account(name), DOCTOR);
		}
		assert_noop!(
			Roles::reinstate_member(signed("Ada"), HOSPITAL, account("Dora"), DOCTOR),
			Error::<Test>::Barred
		);
		assert_ok!(Roles::revoke_member(
			signed("Ada"),
			HOSPITAL,
			account("Dora"),
			DOCTOR
		));
		Now::set(START + 1);
		for name in ["Dora", "Don"] {
			for (admin, organisation) in [("Ada", HOSPITAL), ("Lea", LABORATORY)] {
				let admission = admission(name, organisation, DOCTOR);
				let signature = sign(name, &admission.to_sign());
				assert_noop!(
					present_admission(admin, admission, signature),
					Error::<Test>::Barred
				);
			}
		}
		assert!(Roles::unbar(&account("Dora"), DOCTOR));
		assert!(!Roles::unbar(&account("Dora"), DOCTOR));
		assert!(!is_live("Dora", DOCTOR), "the membership has ended");
		admit("Lea", LABORATORY, "Dora", DOCTOR);
		// One that stands comes back at once.
		Roles::bar(&account("Dora"), DOCTOR);
		assert!(!is_live("Dora", DOCTOR));
		assert!(Roles::unbar(&account("Dora"), DOCTOR));
		assert!(is_live("Dora", DOCTOR));
	});
}

#[test]
fn a_credential_that_has_ended_is_refused() {
	TestExt::default().build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		for end in [0, START - 1, START] {
			assert_noop!(
				admit_with(
					signed("Ada"),
					HOSPITAL,
					"Don",
					DOCTOR,
					CREDENTIAL,
					Some(end),
					None
				),
				Error::<Test>::AlreadyExpired
			);
			assert_noop!(
				Roles::renew_member(
					signed("Ada"),
					HOSPITAL,
					account("Dora"),
					DOCTOR,
					CREDENTIAL,
					Some(end),
					None
				),
				Error::<Test>::AlreadyExpired
			);
		}
	});
}

#[test]
fn a_membership_counts_until_the_moment_its_credential_ends() {
	TestExt::default().build_and_execute(|| {
		let end = START + 10;
		assert_ok!(admit_with(
			signed("Ada"),
			HOSPITAL,
			"Dora",
			DOCTOR,
			CREDENTIAL,
			Some(end),
			None
		));
		Now::set(end - 1);
		assert!(is_live("Dora", DOCTOR));
		Now::set(end);
		assert!(!is_live("Dora", DOCTOR));
	});
}

#[test]
fn what_a_member_practises_is_set_on_admission_and_on_renewal() {
	const CARDIOLOGY: Specialty = 394579002;
	TestExt::default().build_and_execute(|| {
		let who = || account("Dora");
		let specialty = || member("Dora", DOCTOR).specialty;
		assert_ok!(admit_with(
			signed("Ada"),
			HOSPITAL,
			"Dora",
			DOCTOR,
			CREDENTIAL,
			None,
			Some(CARDIOLOGY)
		));
		assert_eq!(specialty(), Some(CARDIOLOGY));
		assert_eq!(
			Roles::memberships_info(&who())
				.first()
				.and_then(|info| info.member.specialty),
			Some(CARDIOLOGY)
		);
		assert_ok!(Roles::suspend_member(
			signed("Ada"),
			HOSPITAL,
			who(),
			DOCTOR
		));
		assert_eq!(specialty(), Some(CARDIOLOGY), "a suspension keeps it");
		assert_ok!(Roles::renew_member(
			signed("Ada"),
			HOSPITAL,
			who(),
			DOCTOR,
			CREDENTIAL,
			None,
			None
		));
		assert_eq!(specialty(), None);
	});
}
