//! Capacities: a grant names one, and ends with it.

use super::*;

/// Another doctor, of the same hospital.
const COLLEAGUE: AccountId = 42;

fn member(account: AccountId, role: Role, organisation: OrganisationId) -> Grantee<AccountId> {
	Grantee::Member { account, role, organisation }
}

fn dismiss() {
	Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Revoked);
}

/// Returns the organisation for which the reader acted, according to the log.
fn acted_for(reader: AccountId, grant: GrantId) -> ActsFor {
	let basis = Basis::Grant(grant);
	<Consent as ConsentPolicy<AccountId>>::acting_for(&reader, &PATIENT, &basis, START)
}

/// Dismissed doctors have tried this: enrolling as a patient, by themselves or at another hospital,
/// or having a friend admit them in any role.
#[test]
fn a_dismissed_doctor_reads_by_no_other_membership() {
	for grantee in [Grantee::Account(DOCTOR), the_doctor()] {
		build_and_execute(|| {
			let id = give(terms(grantee));
			assert_eq!(decide(&question(DOCTOR)), by_grant(id));
			assert_eq!(acted_for(DOCTOR, id), ActsFor::Organisation(HOSPITAL));
			dismiss();
			Now::set(START + 1);
			let refused = denied(DenyReason::NoGrant);
			for organisation in [None, Some(INSTITUTE), Some(HOSPITAL)] {
				Roles::admit(DOCTOR, Role::Patient, organisation);
				assert_eq!(decide(&question(DOCTOR)), refused);
				assert_eq!(acted_for(DOCTOR, id), ActsFor::Nobody);
			}
			for role in Role::ALL.into_iter().filter(|role| *role != Role::Patient) {
				if role != Role::Practitioner {
					Roles::admit(DOCTOR, role, Some(HOSPITAL));
					assert_eq!(decide(&question(DOCTOR)), refused);
				}
				Roles::admit(DOCTOR, role, Some(INSTITUTE));
				assert_eq!(decide(&question(DOCTOR)), refused, "{role:?}");
			}
			let considered = Consent::explain(&question(DOCTOR), START + 1).considered;
			assert!(considered
				.contains(&Considered { rule: Rule::Grant(id), finding: Finding::NotLive }));
		});
	}
}

/// A suspension can be lifted. Admitting the same person again does not undo a dismissal.
#[test]
fn a_suspended_capacity_comes_back_a_revoked_one_does_not() {
	for grantee in [Grantee::Account(DOCTOR), the_doctor()] {
		build_and_execute(|| {
			let id = give(terms(grantee));
			Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Suspended);
			assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::NotInGoodStanding));
			Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Active);
			assert_eq!(decide(&question(DOCTOR)), by_grant(id));
			dismiss();
			Now::set(START + 1);
			Roles::admit(DOCTOR, Role::Practitioner, Some(HOSPITAL));
			assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::NoGrant));
			// The patient can consent again.
			let again = give(terms(the_doctor()));
			assert_eq!(decide(&question(DOCTOR)), by_grant(again));
		});
	}
}

#[test]
fn a_grant_in_one_capacity_does_not_hold_in_another() {
	build_and_execute(|| {
		Roles::admit(DOCTOR, Role::Researcher, Some(INSTITUTE));
		let as_doctor = give(terms(the_doctor()));
		let as_researcher = give(GrantTerms {
			purposes: purposes(&[Purpose::HRESCH]),
			..terms(member(DOCTOR, Role::Researcher, INSTITUTE))
		});
		let research = Question { purpose: Purpose::HRESCH, ..question(DOCTOR) };
		assert_eq!(decide(&question(DOCTOR)), by_grant(as_doctor));
		assert_eq!(decide(&research), by_grant(as_researcher));
		assert_eq!(acted_for(DOCTOR, as_doctor), ActsFor::Organisation(HOSPITAL));
		assert_eq!(acted_for(DOCTOR, as_researcher), ActsFor::Organisation(INSTITUTE));
		dismiss();
		assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::NoGrant));
		assert_eq!(decide(&research), by_grant(as_researcher));
	});
}

/// Grants older than capacities are like this.
#[test]
fn a_grant_to_an_account_ends_with_the_last_old_capacity() {
	build_and_execute(|| {
		Roles::admit(DOCTOR, Role::Researcher, Some(INSTITUTE));
		let id = give(doctors_terms());
		dismiss();
		assert_eq!(decide(&question(DOCTOR)), by_grant(id));
		assert_eq!(acted_for(DOCTOR, id), ActsFor::Organisation(INSTITUTE));
		Roles::set_status(DOCTOR, Role::Researcher, MemberStatus::Revoked);
		Roles::admit(DOCTOR, Role::Patient, None);
		assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::NoGrant));
	});
}

/// A daughter who is only a patient herself. She can read until she becomes more than that.
#[test]
fn a_grant_to_an_account_with_no_profession_is_personal() {
	build_and_execute(|| {
		let id = give(terms(Grantee::Account(OTHER_PATIENT)));
		assert_eq!(decide(&question(OTHER_PATIENT)), by_grant(id));
		assert_eq!(acted_for(OTHER_PATIENT, id), ActsFor::Nobody);
		Now::set(START + 1);
		Roles::admit(OTHER_PATIENT, Role::Device, Some(INSTITUTE));
		assert_eq!(decide(&question(OTHER_PATIENT)), denied(DenyReason::NoGrant));
	});
}

#[test]
fn a_grant_to_a_person_holds_in_every_capacity() {
	build_and_execute(|| {
		let id = give(terms(Grantee::Person(DOCTOR)));
		assert_eq!(decide(&question(DOCTOR)), by_grant(id));
		assert_eq!(acted_for(DOCTOR, id), ActsFor::Nobody);
		dismiss();
		Roles::admit(DOCTOR, Role::Patient, None);
		assert_eq!(decide(&question(DOCTOR)), by_grant(id));
		Roles::set_status(DOCTOR, Role::Patient, MemberStatus::Suspended);
		assert_eq!(decide(&question(DOCTOR)), denied(DenyReason::NotInGoodStanding));
	});
}

#[test]
fn only_an_existing_capacity_can_be_named() {
	build_and_execute(|| {
		let refuse = |grantee, error: Error<Test>| {
			let wraps = RecordWraps::default();
			assert_noop!(grant(signed(PATIENT), terms(grantee), wraps), error);
		};
		refuse(member(DOCTOR, Role::Researcher, HOSPITAL), Error::UnknownMember);
		refuse(member(DOCTOR, Role::Practitioner, INSTITUTE), Error::UnknownMember);
		refuse(member(COLLEAGUE, Role::Practitioner, HOSPITAL), Error::UnknownMember);
		refuse(member(DOCTOR, Role::Practitioner, NOWHERE), Error::UnknownOrganisation);
		refuse(member(OTHER_PATIENT, Role::Patient, HOSPITAL), Error::PatientRole);
		refuse(member(PATIENT, Role::Practitioner, HOSPITAL), Error::Oneself);
		refuse(Grantee::Person(PATIENT), Error::Oneself);
		refuse(Grantee::CareTeam(NOWHERE), Error::UnknownOrganisation);
		// A suspended one may be named: the grant pauses with it.
		Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Suspended);
		give(terms(the_doctor()));
		dismiss();
		refuse(the_doctor(), Error::UnknownMember);
	});
}

#[test]
fn a_denial_by_name_bars_in_every_capacity() {
	for grantee in [Grantee::Account(DOCTOR), Grantee::Person(DOCTOR), the_doctor()] {
		build_and_execute(|| {
			give(terms(Grantee::Person(DOCTOR)));
			let denial = deny(grantee, Scope::Everything);
			let barred = denied(DenyReason::Denied(denial));
			assert_eq!(decide(&question(DOCTOR)), barred);
			dismiss();
			Roles::admit(DOCTOR, Role::Patient, None);
			assert_eq!(decide(&question(DOCTOR)), barred);
		});
	}
}

#[test]
fn grants_passed_on_by_a_dismissed_doctor_end() {
	build_and_execute(|| {
		give(GrantTerms {
			actions: actions(&[Action::Read, Action::Share]),
			..terms(the_doctor())
		});
		let terms = terms(member(CLERK, Role::RecordsAdmin, HOSPITAL));
		let (patient, parent) = (PATIENT, 0);
		assert_ok!(call(DOCTOR, Call::share { patient, parent, terms }));
		assert_eq!(decide(&question(CLERK)), by_grant(1));
		dismiss();
		Roles::admit(DOCTOR, Role::Patient, None);
		assert_eq!(decide(&question(CLERK)), denied(DenyReason::NoGrant));
	});
}

#[test]
fn nobody_shares_a_grant_with_themself_in_another_capacity() {
	build_and_execute(|| {
		Roles::admit(DOCTOR, Role::Researcher, Some(INSTITUTE));
		give(GrantTerms {
			actions: actions(&[Action::Read, Action::Share]),
			..terms(the_doctor())
		});
		for grantee in [Grantee::Person(DOCTOR), member(DOCTOR, Role::Researcher, INSTITUTE)] {
			let (patient, parent, terms) = (PATIENT, 0, terms(grantee));
			let made = Call::share { patient, parent, terms };
			assert_noop!(call(DOCTOR, made), Error::<Test>::Oneself);
		}
	});
}

/// Direct mode: no key is wrapped for a capacity that ended.
#[test]
fn a_dismissed_doctor_is_not_a_recipient() {
	for grantee in [Grantee::Account(DOCTOR), the_doctor()] {
		build_and_execute(|| {
			Roles::give_key(Recipient::Account(DOCTOR), [1; 32]);
			give(terms(grantee));
			let count =
				|| Consent::standing_recipients(&PATIENT, Category::Imaging, None, START).len();
			assert_eq!(count(), 1);
			dismiss();
			Roles::admit(DOCTOR, Role::Patient, None);
			assert_eq!(count(), 0);
		});
	}
}

#[test]
fn a_care_teams_key_is_its_organisations_key() {
	build_and_execute(|| {
		Roles::give_key(Recipient::Organisation(HOSPITAL), [1; 32]);
		give(terms(Grantee::CareTeam(HOSPITAL)));
		let found = Consent::standing_recipients(&PATIENT, Category::Imaging, None, START);
		assert_eq!(found.len(), 1);
		deny(Grantee::CareTeam(HOSPITAL), Scope::Everything);
		let found = Consent::standing_recipients(&PATIENT, Category::Imaging, None, START);
		assert_eq!(found.len(), 0);
	});
}
