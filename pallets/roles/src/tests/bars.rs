//! Records of who admitted a member, and bars that no administrator lifts.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::{Role, RoleControl, RoleQuery};

const DOCTOR: Role = Role::Practitioner;

fn reinstate(admin: &str) -> sp_runtime::DispatchResult {
	Roles::reinstate_member(signed(admin), HOSPITAL, account("Dora"), DOCTOR)
}

#[test]
fn the_admitting_admin_is_kept_for_each_role() {
	build_and_execute(|| {
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		admit("Abe", HOSPITAL, "Dora", Role::Auditor);
		let by = |role| Roles::admitted_by(&account("Dora"), role);
		assert_eq!(by(DOCTOR), Some(account("Ada")));
		assert_eq!(by(Role::Auditor), Some(account("Abe")));
		assert_eq!(by(Role::Researcher), None);
		assert_eq!(Roles::admins(HOSPITAL), [account("Ada"), account("Abe")]);
	});
}

#[test]
fn only_the_pallet_that_barred_a_member_unbars_them() {
	build_and_execute(|| {
		let dora = account("Dora");
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		assert!(!<Roles as RoleControl<_>>::unbar(&dora, DOCTOR));
		<Roles as RoleControl<_>>::bar(&dora, DOCTOR);
		assert!(!is_live("Dora", DOCTOR));
		for admin in ["Ada", "Abe"] {
			assert_noop!(reinstate(admin), Error::<Test>::Barred);
		}
		assert!(<Roles as RoleControl<_>>::unbar(&dora, DOCTOR));
		assert!(is_live("Dora", DOCTOR));
		// From then on they are an ordinary member.
		assert_ok!(Roles::suspend_member(signed("Ada"), HOSPITAL, dora, DOCTOR));
		assert_ok!(reinstate("Ada"));
	});
}

#[test]
fn an_earlier_suspension_does_not_prevent_a_bar() {
	build_and_execute(|| {
		let dora = account("Dora");
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		assert_ok!(Roles::suspend_member(signed("Ada"), HOSPITAL, dora.clone(), DOCTOR));
		<Roles as RoleControl<_>>::bar(&dora, DOCTOR);
		assert_noop!(reinstate("Ada"), Error::<Test>::Barred);
	});
}

#[test]
fn the_hospitals_own_suspension_outlasts_the_bar() {
	build_and_execute(|| {
		let dora = account("Dora");
		let suspend = || Roles::suspend_member(signed("Ada"), HOSPITAL, account("Dora"), DOCTOR);
		let unbar = || <Roles as RoleControl<_>>::unbar(&account("Dora"), DOCTOR);
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		// Before the bar.
		assert_ok!(suspend());
		<Roles as RoleControl<_>>::bar(&dora, DOCTOR);
		assert_noop!(suspend(), Error::<Test>::AlreadySuspended);
		<Roles as RoleControl<_>>::bar(&dora, DOCTOR);
		assert!(unbar());
		assert!(!is_live("Dora", DOCTOR));
		assert_ok!(reinstate("Ada"));
		// While the bar holds.
		<Roles as RoleControl<_>>::bar(&dora, DOCTOR);
		assert_ok!(suspend());
		assert_noop!(suspend(), Error::<Test>::AlreadySuspended);
		assert!(unbar());
		assert!(!is_live("Dora", DOCTOR));
		assert_ok!(reinstate("Ada"));
		assert!(is_live("Dora", DOCTOR));
	});
}

#[test]
fn only_present_and_former_members_are_barred() {
	build_and_execute(|| {
		<Roles as RoleControl<_>>::bar(&account("Dora"), DOCTOR);
		assert_eq!(Barred::<Test>::iter().count(), 0);
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		assert_ok!(Roles::revoke_member(signed("Ada"), HOSPITAL, account("Dora"), DOCTOR));
		// Otherwise a member who leaves in time could be admitted elsewhere.
		<Roles as RoleControl<_>>::bar(&account("Dora"), DOCTOR);
		assert_eq!(Barred::<Test>::iter().count(), 1);
	});
}

/// Lifting a bar reinstated a clinician whose credential was rejected while it stood.
#[test]
fn a_credential_rejected_during_a_bar_outlasts_it() {
	use salus_primitives::{OnAttested, Subject, Verdict};
	build_and_execute(|| {
		let dora = account("Dora");
		admit("Ada", HOSPITAL, "Dora", DOCTOR);
		<Roles as RoleControl<_>>::bar(&dora, DOCTOR);
		let subject = Subject::Credential { account: dora.clone(), role: DOCTOR };
		Roles::on_verdict_reached(&subject, Verdict::Rejected);
		assert!(<Roles as RoleControl<_>>::unbar(&dora, DOCTOR));
		assert!(!is_live("Dora", DOCTOR));
		assert_ok!(reinstate("Ada"));
		assert!(is_live("Dora", DOCTOR));
	});
}
