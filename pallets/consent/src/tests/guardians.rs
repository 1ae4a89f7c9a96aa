//! Guardians: appointment, reading, and the end of an appointment.

use super::*;
use crate::Guardians;

const AGED: Moment = START + 1_000;

fn appoint(
	guardian: AccountId,
	scope: Scope,
	why: &[Purpose],
	until: Option<Moment>,
) -> Call<Test> {
	Call::appoint_guardian { guardian, scope, purposes: purposes(why), until }
}

fn parent() -> Call<Test> {
	appoint(PARENT, Scope::Everything, &[Purpose::TREAT], Some(AGED))
}

fn with_parent(test: impl FnOnce()) {
	build_and_execute(|| {
		Roles::admit(PARENT, Role::Patient, Some(HOSPITAL));
		assert_ok!(call(PATIENT, parent()));
		test();
	});
}

fn by_guardian(id: GuardianId) -> Decision {
	Decision::Permit(Basis::Guardian(id))
}

#[test]
fn a_guardian_reads_within_scope_and_purposes() {
	with_parent(|| {
		assert_eq!(
			last_event(),
			Event::GuardianAppointed {
				patient: PATIENT,
				id: 0,
				guardian: PARENT,
				until: Some(AGED)
			}
		);
		assert_eq!(decide(&question(PARENT)), by_guardian(0));
		let of = |purpose, action| decide(&Question { purpose, action, ..question(PARENT) });
		assert_eq!(of(Purpose::HRESCH, Action::Read), denied(DenyReason::NoGrant));
		for action in [Action::Write, Action::Share] {
			assert_eq!(of(Purpose::TREAT, action), denied(DenyReason::NoGrant));
		}
		let foreign = Question { record: FOREIGN, ..question(PARENT) };
		assert_eq!(decide(&foreign), denied(DenyReason::NoGrant));
	});
}

#[test]
fn every_kind_of_scope_limits_a_guardian() {
	build_and_execute(|| {
		Roles::admit(PARENT, Role::Patient, None);
		let lab_3 = Scope::Version { record: LAB, version: 3 };
		let cases = [
			(categories(&[Category::Laboratory]), true, false),
			(categories(&[Category::Imaging]), false, true),
			(Scope::Record(LAB), true, false),
			(lab_3, true, false),
		];
		for (id, (scope, lab, scan)) in cases.into_iter().enumerate() {
			assert_ok!(call(PATIENT, appoint(PARENT, scope, &[Purpose::TREAT], None)));
			let may = |record| decide(&Question { record, ..question(PARENT) }).is_permit();
			assert_eq!((may(LAB), may(SCAN)), (lab, scan));
			let id = id as GuardianId;
			assert_ok!(call(PATIENT, Call::dismiss_guardian { id }));
		}
	});
}

#[test]
fn an_appointment_ends_at_its_time() {
	with_parent(|| {
		assert_eq!(decide_at(&question(PARENT), AGED - 1), by_guardian(0));
		assert_eq!(decide_at(&question(PARENT), AGED), denied(DenyReason::NoGrant));
		assert_eq!(decide_at(&question(PARENT), START - 1), denied(DenyReason::NoGrant));
		let considered = Consent::explain(&question(PARENT), AGED).considered;
		assert!(
			considered.contains(&Considered { rule: Rule::Guardian(0), finding: Finding::Expired })
		);
		let guardians = |now| <Consent as GuardianQuery<AccountId>>::guardians(&PATIENT, now);
		assert_eq!(guardians(AGED - 1), vec![PARENT]);
		assert_eq!(guardians(AGED).len(), 0);
	});
}

#[test]
fn a_guardian_needs_a_live_membership_of_any_kind() {
	with_parent(|| {
		Roles::set_status(PARENT, Role::Patient, MemberStatus::Suspended);
		assert_eq!(decide(&question(PARENT)), denied(DenyReason::NotInGoodStanding));
		Roles::admit(PARENT, Role::Device, Some(HOSPITAL));
		assert_eq!(decide(&question(PARENT)), by_guardian(0));
		assert_ok!(call(PATIENT, appoint(STRANGER, Scope::Everything, &[Purpose::TREAT], None)));
		assert_eq!(decide(&question(STRANGER)), denied(DenyReason::NotMember));
	});
}

#[test]
fn dismissal_bars_a_guardian_but_a_denial_does_not() {
	with_parent(|| {
		let denial = deny(Grantee::Account(PARENT), Scope::Everything);
		assert_eq!(decide(&question(PARENT)), by_guardian(0));
		Roles::set_status(PATIENT, Role::Patient, MemberStatus::Suspended);
		assert_ok!(call(PATIENT, Call::dismiss_guardian { id: 0 }));
		assert_eq!(
			last_event(),
			Event::GuardianDismissed { patient: PATIENT, id: 0, guardian: PARENT }
		);
		assert_eq!(decide(&question(PARENT)), denied(DenyReason::Denied(denial)));
		assert!(!Guardians::<Test>::contains_key(PATIENT));
		let refused = call(PATIENT, Call::dismiss_guardian { id: 0 });
		assert_eq!(refused, Err(Error::<Test>::UnknownGuardian.into()));
	});
}

#[test]
fn a_guardian_cannot_appoint_grant_or_dismiss() {
	build_and_execute(|| {
		// This guardian is not a patient, so the calls cannot be about their own records.
		Roles::admit(PARENT, Role::Device, Some(HOSPITAL));
		assert_ok!(call(PATIENT, parent()));
		assert_noop!(
			call(PARENT, appoint(CLERK, Scope::Everything, &[Purpose::TREAT], None)),
			Error::<Test>::NotPatient
		);
		let wraps = RecordWraps::default();
		assert_noop!(
			grant(signed(PARENT), terms(Grantee::Account(CLERK)), wraps),
			Error::<Test>::NotPatient
		);
		let id = 0;
		assert_noop!(call(PARENT, Call::dismiss_guardian { id }), Error::<Test>::UnknownGuardian);
	});
}

#[test]
fn invalid_appointments_are_refused() {
	with_parent(|| {
		let refuse = |made: Call<Test>, error: Error<Test>| {
			assert_noop!(call(PATIENT, made), error);
		};
		let to = |who, scope, why: &[Purpose], until| appoint(who, scope, why, until);
		let treat = [Purpose::TREAT];
		let all = Scope::Everything;
		refuse(to(PATIENT, all.clone(), &treat, None), Error::Oneself);
		refuse(to(CLERK, all.clone(), &[], None), Error::EmptySet);
		refuse(to(CLERK, categories(&[]), &treat, None), Error::EmptySet);
		refuse(to(CLERK, all.clone(), &treat, Some(START)), Error::InvalidPeriod);
		refuse(to(CLERK, Scope::Record(FOREIGN), &treat, None), Error::NotYourRecord);
		refuse(to(CLERK, Scope::Record(MISSING), &treat, None), Error::UnknownRecord);
		refuse(to(PARENT, all.clone(), &treat, None), Error::AlreadyGuardian);
		assert_noop!(call(DOCTOR, to(CLERK, all, &treat, None)), Error::<Test>::NotPatient);
		Roles::set_status(PATIENT, Role::Patient, MemberStatus::Suspended);
		refuse(parent(), Error::NotPatient);
	});
}

#[test]
fn the_number_of_guardians_is_limited_expired_ones_aside() {
	with_parent(|| {
		let to = |who| appoint(who, Scope::Everything, &[Purpose::TREAT], None);
		for who in 0..7 {
			assert_ok!(call(PATIENT, to(100 + who)));
		}
		assert_noop!(call(PATIENT, to(200)), Error::<Test>::TooManyGuardians);
		Now::set(AGED);
		assert_ok!(call(PATIENT, to(PARENT)));
		let ids: Vec<_> =
			Consent::consent_of(&PATIENT).guardians.into_iter().map(|(id, _)| id).collect();
		assert_eq!(ids, (1..=8).collect::<Vec<_>>());
		assert_noop!(call(PATIENT, to(200)), Error::<Test>::TooManyGuardians);
	});
}

#[test]
fn only_live_guardians_over_everything_report_a_lost_key() {
	use salus_primitives::RecoveryGuardians;
	let all = |now| <Consent as RecoveryGuardians<AccountId>>::recovery_guardians(&PATIENT, now);
	let who = |now| all(now).live;
	with_parent(|| {
		assert_eq!(who(START), [PARENT]);
		assert_eq!(who(START - 1).len(), 0);
		let narrow = categories(&[Category::Laboratory]);
		Roles::admit(43, Role::Patient, Some(HOSPITAL));
		assert_ok!(call(PATIENT, appoint(32, narrow, &[Purpose::TREAT], None)));
		assert_eq!(who(START), [PARENT]);
		Roles::set_status(PARENT, Role::Patient, MemberStatus::Suspended);
		assert_eq!(who(START).len(), 0);
		assert_eq!(
			all(START).appointed,
			1,
			"a majority is counted from those whom the patient named"
		);
		Roles::set_status(PARENT, Role::Patient, MemberStatus::Active);
		assert_eq!(who(AGED - 1), [PARENT]);
		assert_eq!((who(AGED).len(), all(AGED).appointed), (0, 0));
	});
}
