//! The first grant, which enrolment by a hospital carries.

use super::*;
use crate::Grants;

const NEWCOMER: AccountId = 5;

fn enrol(organisation: Option<OrganisationId>) {
	Roles::admit(NEWCOMER, Role::Patient, organisation);
	<Consent as OnEnrolled<AccountId>>::on_enrolled(&NEWCOMER, organisation);
}

#[test]
fn an_enrolled_patients_first_grant_is_to_the_care_team() {
	build_and_execute(|| {
		enrol(Some(HOSPITAL));
		let terms = GrantTerms {
			purposes: purposes(&[Purpose::TREAT, Purpose::HOPERAT]),
			actions: actions(&[Action::Read, Action::Write]),
			..terms(Grantee::CareTeam(HOSPITAL))
		};
		assert_eq!(
			Grants::<Test>::get(NEWCOMER, 0),
			Some(Grant { terms, given: START, used: 0, via: None })
		);
		assert_eq!(
			last_event(),
			Event::Granted { patient: NEWCOMER, grant: 0, grantee: Grantee::CareTeam(HOSPITAL) }
		);
	});
}

#[test]
fn the_first_grant_covers_only_the_roles_that_treat() {
	build_and_execute(|| {
		enrol(Some(HOSPITAL));
		Records::register(MISSING, NEWCOMER, Category::Laboratory, 1);
		let decide = |reader| decide(&Question { record: MISSING, ..question(reader) });
		assert_eq!(decide(DOCTOR), by_grant(0));
		assert_eq!(decide(CLERK), by_grant(0));
		assert_eq!(decide(RESEARCHER), denied(DenyReason::NoGrant));
		let others =
			[Role::Auditor, Role::InsurerAgent, Role::Researcher, Role::Device, Role::StorageNode];
		for (who, role) in (100..).zip(others) {
			Roles::admit(who, role, Some(HOSPITAL));
			assert_eq!(decide(who), denied(DenyReason::NoGrant), "{role:?}");
			// A device may add its measurements.
			let writes = <Consent as ConsentPolicy<AccountId>>::may_write(
				&who,
				HOSPITAL,
				&NEWCOMER,
				Category::VitalSigns,
				None,
				START,
			);
			assert_eq!(writes, role == Role::Device, "{role:?}");
		}
		// The hospital enrolled this account as a patient, so the account does not act for it.
		assert_eq!(decide(PATIENT), denied(DenyReason::NoGrant));
	});
}

#[test]
fn a_self_enrolled_patient_starts_without_grants() {
	build_and_execute(|| {
		enrol(None);
		assert_eq!(Consent::consent_of(&NEWCOMER).grants, vec![]);
		assert!(!crate::Patients::<Test>::contains_key(NEWCOMER));
	});
}

#[test]
fn the_first_grant_can_be_revoked_like_any_other() {
	build_and_execute(|| {
		enrol(Some(HOSPITAL));
		assert_ok!(Consent::revoke(signed(NEWCOMER), 0, Default::default()));
		assert_eq!(Consent::consent_of(&NEWCOMER).grants, vec![]);
	});
}
