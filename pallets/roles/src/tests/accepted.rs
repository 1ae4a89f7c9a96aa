//! What an account's signature admits to, and how memberships end and begin anew.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::Role;
use sp_runtime::DispatchError::BadOrigin;

const DOCTOR: Role = Role::Practitioner;

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
