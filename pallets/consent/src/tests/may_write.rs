//! `may_write`: authors who may add records and versions to a patient's file.

use super::*;

/// Returns whether the author, acting for the organisation, may add a laboratory record.
fn may_add(author: AccountId, organisation: OrganisationId) -> bool {
	may_add_at(author, organisation, START)
}

fn may_add_at(author: AccountId, organisation: OrganisationId, now: Moment) -> bool {
	may_write(author, organisation, Category::Laboratory, None, now)
}

/// Returns whether the doctor, acting for the hospital, may add a version to the laboratory record.
fn may_revise() -> bool {
	may_write(DOCTOR, HOSPITAL, Category::Laboratory, Some(&LAB), START)
}

fn may_write(
	author: AccountId,
	organisation: OrganisationId,
	category: Category,
	record: Option<&RecordId>,
	now: Moment,
) -> bool {
	<Consent as ConsentPolicy<AccountId>>::may_write(
		&author,
		organisation,
		&PATIENT,
		category,
		record,
		now,
	)
}

fn writing(grantee: Grantee<AccountId>) -> GrantTerms<AccountId> {
	GrantTerms { actions: actions(&[Action::Write]), ..terms(grantee) }
}

#[test]
fn only_a_write_grant_for_treatment_permits_writing() {
	build_and_execute(|| {
		assert!(!may_add(DOCTOR, HOSPITAL));
		give(doctors_terms());
		assert!(!may_add(DOCTOR, HOSPITAL));
		give(GrantTerms {
			purposes: purposes(&[Purpose::HOPERAT]),
			..writing(Grantee::Account(DOCTOR))
		});
		assert!(!may_add(DOCTOR, HOSPITAL));
		give(writing(Grantee::Account(DOCTOR)));
		assert!(may_add(DOCTOR, HOSPITAL) && may_revise());
	});
}

#[test]
fn every_kind_of_grantee_may_write() {
	let everyone = Grantee::Role { role: Role::Practitioner, organisation: None };
	for grantee in
		[Grantee::Account(DOCTOR), Grantee::Organisation(HOSPITAL), practitioners(), everyone]
	{
		build_and_execute(|| {
			give(writing(grantee));
			assert!(may_add(DOCTOR, HOSPITAL) && may_revise());
		});
	}
}

#[test]
fn an_author_writes_only_for_an_organisation_they_are_live_in() {
	build_and_execute(|| {
		give(writing(Grantee::Account(DOCTOR)));
		assert!(may_add(DOCTOR, HOSPITAL));
		assert!(!may_add(DOCTOR, INSTITUTE));
		Roles::set_status(DOCTOR, Role::Practitioner, MemberStatus::Suspended);
		assert!(!may_add(DOCTOR, HOSPITAL));
		assert!(!may_add(STRANGER, HOSPITAL));
	});
}

#[test]
fn a_grant_to_one_organisation_permits_no_writing_for_another() {
	build_and_execute(|| {
		give(writing(Grantee::Organisation(HOSPITAL)));
		Roles::admit(DOCTOR, Role::Researcher, Some(INSTITUTE));
		assert!(may_add(DOCTOR, HOSPITAL));
		assert!(!may_add(DOCTOR, INSTITUTE));
	});
}

#[test]
fn a_role_grant_permits_writing_by_that_membership_only() {
	build_and_execute(|| {
		give(writing(Grantee::Role { role: Role::Practitioner, organisation: None }));
		Roles::admit(DOCTOR, Role::Device, Some(INSTITUTE));
		assert!(may_add(DOCTOR, HOSPITAL));
		assert!(!may_add(DOCTOR, INSTITUTE));
		Roles::set_expiry(DOCTOR, Role::Practitioner, START);
		assert!(!may_add(DOCTOR, HOSPITAL));
	});
}

#[test]
fn a_patient_of_the_hospital_does_not_write_for_it() {
	build_and_execute(|| {
		give(writing(Grantee::Organisation(HOSPITAL)));
		give(writing(Grantee::Account(OTHER_PATIENT)));
		assert!(!may_add(OTHER_PATIENT, HOSPITAL));
		assert!(!may_add(PATIENT, HOSPITAL));
	});
}

#[test]
fn every_kind_of_denial_overrides_a_write_grant() {
	let everyone = Grantee::Role { role: Role::Practitioner, organisation: None };
	for grantee in
		[Grantee::Account(DOCTOR), Grantee::Organisation(HOSPITAL), practitioners(), everyone]
	{
		build_and_execute(|| {
			give(writing(Grantee::Account(DOCTOR)));
			deny(grantee, Scope::Everything);
			assert!(!may_add(DOCTOR, HOSPITAL) && !may_revise());
		});
	}
}

#[test]
fn a_denial_of_the_authors_other_organisation_bars_them() {
	build_and_execute(|| {
		give(writing(Grantee::Organisation(HOSPITAL)));
		Roles::admit(DOCTOR, Role::Researcher, Some(INSTITUTE));
		deny(Grantee::Organisation(INSTITUTE), Scope::Everything);
		assert!(!may_add(DOCTOR, HOSPITAL));
		assert!(may_add(CLERK, HOSPITAL));
	});
}

#[test]
fn only_everything_or_its_category_covers_a_new_record() {
	build_and_execute(|| {
		let over = |scope| GrantTerms { scope, ..writing(Grantee::Account(DOCTOR)) };
		give(over(Scope::Record(LAB)));
		give(over(Scope::Version { record: LAB, version: 3 }));
		give(over(categories(&[Category::Imaging])));
		assert!(!may_add(DOCTOR, HOSPITAL));
		assert!(may_write(DOCTOR, HOSPITAL, Category::Imaging, None, START));
		give(over(categories(&[Category::Laboratory])));
		assert!(may_add(DOCTOR, HOSPITAL));
		// Denials over existing records do not affect a new one.
		deny(Grantee::Account(DOCTOR), Scope::Record(LAB));
		assert!(may_add(DOCTOR, HOSPITAL) && !may_revise());
	});
}

#[test]
fn a_new_version_is_covered_by_its_record_not_by_a_version() {
	build_and_execute(|| {
		let over = |scope| GrantTerms { scope, ..writing(Grantee::Account(DOCTOR)) };
		give(over(Scope::Version { record: LAB, version: 3 }));
		give(over(Scope::Record(SCAN)));
		assert!(!may_revise());
		give(over(Scope::Record(LAB)));
		assert!(may_revise());
		deny(Grantee::Account(DOCTOR), Scope::Version { record: LAB, version: 3 });
		assert!(may_revise());
	});
}

#[test]
fn a_write_grant_has_a_beginning_and_an_end() {
	build_and_execute(|| {
		give(GrantTerms {
			from: Some(START + 10),
			until: Some(START + 20),
			..writing(Grantee::Account(DOCTOR))
		});
		assert!(!may_add_at(DOCTOR, HOSPITAL, START + 9));
		assert!(may_add_at(DOCTOR, HOSPITAL, START + 10));
		assert!(may_add_at(DOCTOR, HOSPITAL, START + 19));
		assert!(!may_add_at(DOCTOR, HOSPITAL, START + 20));
	});
}

#[test]
fn suspending_the_organisation_ends_writing() {
	build_and_execute(|| {
		give(writing(Grantee::Organisation(HOSPITAL)));
		Roles::suspend_organisation(HOSPITAL);
		assert!(!may_add(DOCTOR, HOSPITAL));
	});
}
