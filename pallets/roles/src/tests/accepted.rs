//! Admissions that accounts sign, and how memberships end and start again.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::Role;
use sp_runtime::DispatchError::BadOrigin;

const DOCTOR: Role = Role::Practitioner;

#[test]
fn nobody_is_admitted_without_their_signature() {
	build_and_execute(|| {
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
fn an_admin_admits_themself_without_a_signature() {
	build_and_execute(|| {
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
fn a_signature_admits_only_on_its_own_terms() {
	build_and_execute(|| {
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
		// A signature for another chain is refused too.
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
fn a_signature_is_valid_for_at_most_a_day() {
	build_and_execute(|| {
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
fn a_new_signature_readmits_a_revoked_member() {
	build_and_execute(|| {
		let first = admission("Dora", HOSPITAL, DOCTOR);
		let signature = sign("Dora", &first.to_sign());
		assert_ok!(present_admission("Ada", first.clone(), signature.clone()));
		for (admin, organisation) in [("Lea", LABORATORY), ("Ada", HOSPITAL)] {
			let now_at = member("Dora", DOCTOR).organisation.expect("she has one");
			let revoker = if now_at == HOSPITAL { "Ada" } else { "Lea" };
			assert_ok!(Roles::revoke_member(signed(revoker), now_at, account("Dora"), DOCTOR));
			// A used signature is worthless.
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
fn an_organisation_cannot_keep_a_member_from_moving() {
	build_and_execute(|| {
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
		assert_eq!(Roles::organisation_key_share(HOSPITAL, &account("Rita")), None);
		assert_noop!(
			Roles::revoke_member(signed("Ada"), HOSPITAL, account("Rita"), Role::RecordsAdmin),
			Error::<Test>::NotYourMember
		);
	});
}

#[test]
fn a_member_leaves() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		assert_noop!(Roles::leave(signed("Dora"), Role::Auditor), Error::<Test>::UnknownMember);
		assert_ok!(Roles::leave(signed("Dora"), DOCTOR));
		assert_eq!(last_event(), Event::MemberLeft { account: account("Dora"), role: DOCTOR });
		assert!(!is_live("Dora", DOCTOR));
		assert_noop!(Roles::leave(signed("Dora"), DOCTOR), Error::<Test>::MemberRevoked);
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(Roles::leave(origin, DOCTOR), BadOrigin);
		}
	});
}

#[test]
fn neither_a_hospital_nor_a_move_lifts_a_bar() {
	use salus_primitives::RoleControl;
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		admit("Ada", HOSPITAL, "Don", DOCTOR);
		// A member cannot escape a bar by leaving first.
		assert_ok!(Roles::leave(signed("Don"), DOCTOR));
		for name in ["Dora", "Don"] {
			Roles::bar(&account(name), DOCTOR);
		}
		assert_noop!(
			Roles::reinstate_member(signed("Ada"), HOSPITAL, account("Dora"), DOCTOR),
			Error::<Test>::Barred
		);
		assert_ok!(Roles::revoke_member(signed("Ada"), HOSPITAL, account("Dora"), DOCTOR));
		Now::set(START + 1);
		for name in ["Dora", "Don"] {
			for (admin, organisation) in [("Ada", HOSPITAL), ("Lea", LABORATORY)] {
				let admission = admission(name, organisation, DOCTOR);
				let signature = sign(name, &admission.to_sign());
				assert_noop!(present_admission(admin, admission, signature), Error::<Test>::Barred);
			}
		}
		assert!(Roles::unbar(&account("Dora"), DOCTOR));
		assert!(!Roles::unbar(&account("Dora"), DOCTOR));
		assert!(!is_live("Dora", DOCTOR), "the membership is revoked");
		admit("Lea", LABORATORY, "Dora", DOCTOR);
		// A membership that was not revoked is live again at once.
		Roles::bar(&account("Dora"), DOCTOR);
		assert!(!is_live("Dora", DOCTOR));
		assert!(Roles::unbar(&account("Dora"), DOCTOR));
		assert!(is_live("Dora", DOCTOR));
	});
}
