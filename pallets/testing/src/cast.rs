//! The cast: accounts, organisations and records with one meaning in every test.

use crate::{AccountId, Committee, Records, Roles};
use salus_primitives::{
	Category, Epoch, OrganisationId, OrganisationKind, RecordId,
	Role::{Auditor, Device, Patient, Practitioner, RecordsAdmin, Researcher},
	RoleQuery,
};

/// Patient whom the hospital enrolled.
pub const PATIENT: AccountId = 1;
/// Another patient of the hospital.
pub const OTHER_PATIENT: AccountId = 2;
/// Self-enrolled patient, who has no hospital.
pub const LONER: AccountId = 3;
/// Practitioner of the hospital, and author of the records.
pub const DOCTOR: AccountId = 11;
/// Practitioner of the hospital.
pub const SURGEON: AccountId = 12;
/// Practitioner of the hospital, without a confirmed credential.
pub const NURSE: AccountId = 13;
/// Practitioner of the pharmacy.
pub const CHEMIST: AccountId = 14;
/// Practitioner of the clinic.
pub const CLINICIAN: AccountId = 15;
/// Records admin of the hospital.
pub const CLERK: AccountId = 16;
/// Researcher of the institute.
pub const RESEARCHER: AccountId = 17;
/// Device of the hospital.
pub const DEVICE: AccountId = 18;
/// Auditor of the clinic.
pub const AUDITOR: AccountId = 21;
/// Auditor of the pharmacy.
pub const INSPECTOR: AccountId = 22;
/// Auditor of the authority.
pub const EXAMINER: AccountId = 23;
/// Auditor of the hospital.
pub const HOUSE_AUDITOR: AccountId = 24;
/// Second auditor of the clinic.
pub const NOVICE: AccountId = 25;
/// First administrator of the hospital.
pub const ADMIN: AccountId = 31;
/// Second administrator of the hospital.
pub const DEPUTY: AccountId = 32;
/// First administrator of the clinic.
pub const CHIEF: AccountId = 33;
/// Third administrator of the hospital.
pub const MATRON: AccountId = 34;
/// Administrator of the pharmacy.
pub const CHEMISTS_ADMIN: AccountId = 35;
/// Administrator of the authority.
pub const OFFICER: AccountId = 36;
/// Second administrator of the clinic.
pub const VICE: AccountId = 37;
/// Account without any part.
pub const STRANGER: AccountId = 99;

/// Hospital of the tests.
pub const HOSPITAL: OrganisationId = 1;
/// Another hospital.
pub const CLINIC: OrganisationId = 2;
/// A pharmacy.
pub const PHARMACY: OrganisationId = 3;
/// A regulator.
pub const AUTHORITY: OrganisationId = 4;
/// A research institute.
pub const INSTITUTE: OrganisationId = 5;
/// Number of an organisation that is not registered.
pub const NOWHERE: OrganisationId = 77;

/// Laboratory record of the patient, with two versions.
pub const LAB: RecordId = RecordId([1; 32]);
/// Laboratory record of the other patient, with one version.
pub const FOREIGN: RecordId = RecordId([3; 32]);
/// Identifier of a record that is not registered.
pub const MISSING: RecordId = RecordId([9; 32]);

/// Active epoch of the committee at the start of a test.
pub const EPOCH_NOW: Epoch = 2;
/// Number of shares that open a key of any epoch.
pub const THRESHOLD: u32 = 3;

/// Sets the stage of a test: registers the organisations with their administrators, admits the
/// cast, and registers the records. The first administrator of an organisation admitted its people.
pub fn stage() {
	for (organisation, kind, admins) in [
		(HOSPITAL, OrganisationKind::Hospital, &[ADMIN, DEPUTY, MATRON][..]),
		(CLINIC, OrganisationKind::Hospital, &[CHIEF, VICE]),
		(PHARMACY, OrganisationKind::Pharmacy, &[CHEMISTS_ADMIN]),
		(AUTHORITY, OrganisationKind::Regulator, &[OFFICER]),
		(INSTITUTE, OrganisationKind::Research, &[]),
	] {
		Roles::register(organisation, kind);
		admins.iter().for_each(|admin| Roles::appoint(organisation, *admin));
	}
	for (who, role, organisation) in [
		(PATIENT, Patient, HOSPITAL),
		(OTHER_PATIENT, Patient, HOSPITAL),
		(DOCTOR, Practitioner, HOSPITAL),
		(SURGEON, Practitioner, HOSPITAL),
		(NURSE, Practitioner, HOSPITAL),
		(CHEMIST, Practitioner, PHARMACY),
		(CLINICIAN, Practitioner, CLINIC),
		(CLERK, RecordsAdmin, HOSPITAL),
		(RESEARCHER, Researcher, INSTITUTE),
		(DEVICE, Device, HOSPITAL),
		(AUDITOR, Auditor, CLINIC),
		(INSPECTOR, Auditor, PHARMACY),
		(EXAMINER, Auditor, AUTHORITY),
		(HOUSE_AUDITOR, Auditor, HOSPITAL),
		(NOVICE, Auditor, CLINIC),
	] {
		Roles::admit(who, role, Some(organisation));
		let first = Roles::admins(organisation).into_iter().next();
		if let Some(admin) = first.filter(|_| role != Patient) {
			Roles::set_admitter(who, role, admin);
		}
	}
	Roles::admit(LONER, Patient, None);
	Records::register(LAB, PATIENT, Category::Laboratory, 2);
	Records::register(FOREIGN, OTHER_PATIENT, Category::Laboratory, 1);
	Committee::set_epoch(Some(EPOCH_NOW));
}
