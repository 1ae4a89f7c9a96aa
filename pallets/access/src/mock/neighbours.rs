//! The other pallets. Their knowledge is a world that tests set, and their answers follow from it.

use super::*;
use frame_support::weights::Weight;
use std::{
	collections::{BTreeMap, BTreeSet},
	rc::Rc,
};

/// Knowledge of the other pallets.
#[derive(Clone, Default)]
pub struct World {
	pub members: BTreeMap<(AccountId, Role), Member>,
	pub kinds: BTreeMap<OrganisationId, OrganisationKind>,
	pub suspended: BTreeSet<OrganisationId>,
	pub admins: BTreeSet<(OrganisationId, AccountId)>,
	/// Practitioners, each with the accounts that attested their credential.
	pub attested: BTreeMap<AccountId, BTreeSet<AccountId>>,
	/// Administrator who admitted each member.
	pub admitted: BTreeMap<(AccountId, Role), AccountId>,
	/// Practitioners suspended for a rejected case.
	pub barred: BTreeSet<AccountId>,
	/// Patients who opted out of emergencies.
	pub opted_out: BTreeSet<AccountId>,
	/// Patients, each with a reader to whom they denied everything.
	pub denied: BTreeSet<(AccountId, AccountId)>,
	pub records: BTreeMap<RecordId, RecordEntry<AccountId>>,
	pub sealed: BTreeMap<(RecordId, Version), Epoch>,
	pub withdrawn: BTreeSet<RecordId>,
	/// Numbers of grants over everything, by patient and reader.
	pub grants: BTreeMap<(AccountId, AccountId), GrantId>,
	/// Patients, each with the account that is their guardian number 4.
	pub guardians: BTreeSet<(AccountId, AccountId)>,
	/// Grants that are used up: only a use that was already counted still holds.
	pub used_up: BTreeSet<GrantId>,
}

pub fn change(change: impl FnOnce(&mut World)) {
	TheWorld::mutate(|world| change(Rc::make_mut(world)));
}

pub struct Roles;
impl RoleQuery<AccountId> for Roles {
	fn memberships(who: &AccountId) -> Vec<(Role, Member)> {
		TheWorld::get()
			.members
			.iter()
			.filter(|((account, _), _)| account == who)
			.map(|((_, role), member)| (*role, member.clone()))
			.collect()
	}
	fn is_live(role: Role, member: &Member, now: Moment) -> bool {
		member.status == MemberStatus::Active
			&& member.expires.is_none_or(|end| now < end)
			&& (role == Role::Patient || member.organisation.is_none_or(Self::is_active))
	}
	fn is_live_member(
		who: &AccountId,
		role: Role,
		organisation: Option<OrganisationId>,
		now: Moment,
	) -> bool {
		Self::memberships(who).iter().any(|(other, member)| {
			*other == role
				&& (organisation.is_none() || organisation == member.organisation)
				&& Self::is_live(role, member, now)
		})
	}
	fn is_active(organisation: OrganisationId) -> bool {
		let world = TheWorld::get();
		world.kinds.contains_key(&organisation) && !world.suspended.contains(&organisation)
	}
	fn kind(organisation: OrganisationId) -> Option<OrganisationKind> {
		TheWorld::get().kinds.get(&organisation).copied()
	}
	fn is_admin(who: &AccountId, organisation: OrganisationId) -> bool {
		Self::is_active(organisation) && TheWorld::get().admins.contains(&(organisation, *who))
	}
	fn admins(organisation: OrganisationId) -> Vec<AccountId> {
		TheWorld::get()
			.admins
			.iter()
			.filter(|(other, _)| *other == organisation)
			.map(|(_, admin)| *admin)
			.collect()
	}
	fn admitted_by(who: &AccountId, role: Role) -> Option<AccountId> {
		TheWorld::get().admitted.get(&(*who, role)).copied()
	}
	fn key(_: &Recipient<AccountId>) -> Option<KeyAgreementKey> {
		None
	}
	fn memberships_weight() -> Weight {
		Weight::from_parts(1_000, 0)
	}
}

impl RoleControl<AccountId> for Roles {
	fn suspend(who: &AccountId, role: Role) {
		change(|world| {
			if let Some(member) = world.members.get_mut(&(*who, role)) {
				if member.status == MemberStatus::Active {
					member.status = MemberStatus::Suspended;
				}
			}
		});
	}
	fn suspend_weight() -> Weight {
		Weight::from_parts(1_000, 0)
	}
	fn bar(who: &AccountId, role: Role) {
		Self::suspend(who, role);
		change(|world| {
			world.barred.insert(*who);
		});
	}
	fn unbar(who: &AccountId, role: Role) -> bool {
		if !TheWorld::get().barred.contains(who) {
			return false;
		}
		change(|world| {
			world.barred.remove(who);
			if let Some(member) = world.members.get_mut(&(*who, role)) {
				member.status = MemberStatus::Active;
			}
		});
		true
	}
}

pub struct Records;
impl Records {
	pub fn withdraw(id: RecordId) {
		change(|world| {
			world.withdrawn.insert(id);
		});
	}
	pub fn erase(id: RecordId) {
		change(|world| {
			let Some(RecordEntry::Live(record)) = world.records.get(&id).cloned() else {
				return;
			};
			let stone = Tombstone { patient: record.patient, erased: Now::get(), replicas_left: 0 };
			world.records.insert(id, RecordEntry::Erased(stone));
			world.sealed.retain(|(other, _), _| *other != id);
		});
	}
}

impl RecordQuery<AccountId> for Records {
	fn record(id: &RecordId) -> Option<RecordEntry<AccountId>> {
		TheWorld::get().records.get(id).cloned()
	}
	fn is_stored(_: &RecordId, _: Version) -> bool {
		true
	}
	fn is_withdrawn(id: &RecordId) -> bool {
		TheWorld::get().withdrawn.contains(id)
	}
	fn version_organisation(_: &RecordId, _: Version) -> Option<OrganisationId> {
		Some(HOSPITAL)
	}
	fn version_author(_: &RecordId, _: Version) -> Option<AccountId> {
		Some(DOCTOR)
	}
	fn sealed_to(id: &RecordId, version: Version) -> Option<Epoch> {
		TheWorld::get().sealed.get(&(*id, version)).copied()
	}
	fn record_weight() -> Weight {
		Weight::from_parts(1_000, 0)
	}
}

/// Rules as far as this pallet needs them: live record and version, live reader, patient, grant,
/// guardian, emergency.
pub struct Consent;
impl Consent {
	fn settle(question: &Question<AccountId>, now: Moment, counted: Option<&Basis>) -> Decision {
		let world = TheWorld::get();
		let record = match world.records.get(&question.record) {
			None => return Decision::Deny(DenyReason::UnknownRecord),
			Some(RecordEntry::Erased(_)) => return Decision::Deny(DenyReason::RecordErased),
			Some(RecordEntry::Live(record)) => record,
		};
		if !(1..=record.latest).contains(&question.version.unwrap_or(record.latest)) {
			return Decision::Deny(DenyReason::UnknownVersion);
		}
		let live = Roles::memberships(&question.reader)
			.iter()
			.any(|(role, member)| Roles::is_live(*role, member, now));
		if !live {
			return Decision::Deny(DenyReason::NotInGoodStanding);
		}
		if question.reader == record.patient {
			return Decision::Permit(Basis::Patient);
		}
		match world.grants.get(&(record.patient, question.reader)) {
			Some(id) if !world.used_up.contains(id) || counted == Some(&Basis::Grant(*id)) => {
				Decision::Permit(Basis::Grant(*id))
			}
			_ if world.guardians.contains(&(record.patient, question.reader)) => {
				Decision::Permit(Basis::Guardian(4))
			}
			_ if world.opted_out.contains(&record.patient) => Decision::Deny(DenyReason::OptedOut),
			_ => Access::open_case(&question.reader, &record.patient, now)
				.map_or(Decision::Deny(DenyReason::NoGrant), |case| {
					Decision::Permit(Basis::Emergency(case))
				}),
		}
	}
}

impl ConsentPolicy<AccountId> for Consent {
	fn decide(question: &Question<AccountId>, now: Moment) -> Decision {
		Self::settle(question, now, None)
	}
	fn may_write(
		_: &AccountId,
		_: OrganisationId,
		_: &AccountId,
		_: Category,
		_: Option<&RecordId>,
		_: Moment,
	) -> bool {
		false
	}
	fn count_use(question: &Question<AccountId>, _: &AccountId, basis: &Basis) {
		Counted::mutate(|list| list.push((question.reader, question.record, *basis)));
	}
	fn count_use_weight() -> Weight {
		Weight::from_parts(1_000, 0)
	}
	fn decide_again(question: &Question<AccountId>, basis: &Basis, now: Moment) -> Decision {
		Self::settle(question, now, Some(basis))
	}
	fn bars_emergency(reader: &AccountId, patient: &AccountId, _: Moment) -> Option<DenyReason> {
		let world = TheWorld::get();
		if world.opted_out.contains(patient) {
			return Some(DenyReason::OptedOut);
		}
		let denied = world.denied.contains(&(*patient, *reader));
		denied.then_some(DenyReason::Denied(1))
	}
	fn decide_weight() -> Weight {
		Weight::from_parts(1_000, 0)
	}
}

pub struct Committee;
impl CommitteeQuery for Committee {
	fn active() -> Option<Epoch> {
		Some(EPOCH)
	}
	fn threshold(epoch: Epoch) -> Option<u32> {
		(epoch != KEYLESS).then_some(THRESHOLD)
	}
	fn public(_: Epoch) -> Option<EpochPublic> {
		None
	}
	fn threshold_weight() -> Weight {
		Weight::from_parts(1_000, 0)
	}
}

pub struct Credentials;
impl CredentialQuery<AccountId> for Credentials {
	fn is_attested(who: &AccountId, role: Role) -> bool {
		role == Role::Practitioner && TheWorld::get().attested.contains_key(who)
	}
	fn attesters(who: &AccountId, _: Role) -> Vec<AccountId> {
		TheWorld::get().attested.get(who).map_or_else(Vec::new, |by| by.iter().copied().collect())
	}
	fn is_attested_weight() -> Weight {
		Weight::from_parts(1_000, 0)
	}
}

/// Returns a live membership.
pub fn membership(organisation: Option<OrganisationId>) -> Member {
	Member {
		organisation,
		status: MemberStatus::Active,
		credential: [7; 32],
		expires: None,
		since: START,
		specialty: None,
	}
}

pub fn live_record(patient: AccountId, latest: Version) -> RecordEntry<AccountId> {
	RecordEntry::Live(Record {
		patient,
		author: DOCTOR,
		organisation: HOSPITAL,
		category: Category::Laboratory,
		confidentiality: Confidentiality::Normal,
		latest,
		created: START,
		wraps: 1,
	})
}

/// Returns a world with two hospitals, a pharmacy and an authority with their people, and two
/// patients with records. The doctor has grant 1 of the patient.
pub fn stage() -> World {
	let mut world = World::default();
	for (who, role, organisation) in [
		(PATIENT, Role::Patient, Some(HOSPITAL)),
		(OTHER_PATIENT, Role::Patient, Some(HOSPITAL)),
		(LONER, Role::Patient, None),
		(DOCTOR, Role::Practitioner, Some(HOSPITAL)),
		(SURGEON, Role::Practitioner, Some(HOSPITAL)),
		(NURSE, Role::Practitioner, Some(HOSPITAL)),
		(CLINICIAN, Role::Practitioner, Some(CLINIC)),
		(CHEMIST, Role::Practitioner, Some(PHARMACY)),
		(AUDITOR, Role::Auditor, Some(CLINIC)),
		(INSPECTOR, Role::Auditor, Some(PHARMACY)),
		(EXAMINER, Role::Auditor, Some(AUTHORITY)),
		(HOUSE_AUDITOR, Role::Auditor, Some(HOSPITAL)),
		(NOVICE, Role::Auditor, Some(CLINIC)),
	] {
		world.members.insert((who, role), membership(organisation));
	}
	world.kinds = [
		(HOSPITAL, OrganisationKind::Hospital),
		(CLINIC, OrganisationKind::Hospital),
		(PHARMACY, OrganisationKind::Pharmacy),
		(AUTHORITY, OrganisationKind::Regulator),
	]
	.into();
	world.admins = [
		(HOSPITAL, ADMIN),
		(HOSPITAL, DEPUTY),
		(HOSPITAL, MATRON),
		(CLINIC, CHIEF),
		(CLINIC, VICE),
		(PHARMACY, CHEMISTS_ADMIN),
		(AUTHORITY, OFFICER),
	]
	.into();
	world.attested = [
		(DOCTOR, [DEPUTY].into()),
		(SURGEON, [DEPUTY].into()),
		(CHEMIST, [DEPUTY].into()),
		(CLINICIAN, [VICE].into()),
	]
	.into();
	world.admitted = [
		((DOCTOR, Role::Practitioner), ADMIN),
		((SURGEON, Role::Practitioner), ADMIN),
		((NURSE, Role::Practitioner), ADMIN),
		((HOUSE_AUDITOR, Role::Auditor), ADMIN),
		((CHEMIST, Role::Practitioner), CHEMISTS_ADMIN),
		((INSPECTOR, Role::Auditor), CHEMISTS_ADMIN),
		((CLINICIAN, Role::Practitioner), CHIEF),
		((AUDITOR, Role::Auditor), CHIEF),
		((NOVICE, Role::Auditor), CHIEF),
		((EXAMINER, Role::Auditor), OFFICER),
	]
	.into();
	world.records = [
		(LAB, live_record(PATIENT, 2)),
		(NOTE, live_record(PATIENT, 1)),
		(FOREIGN, live_record(OTHER_PATIENT, 1)),
	]
	.into();
	world.sealed = [((LAB, 1), EPOCH), ((LAB, 2), EPOCH), ((FOREIGN, 1), EPOCH)].into();
	world.grants = [((PATIENT, DOCTOR), 1)].into();
	world
}
