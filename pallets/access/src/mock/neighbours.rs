//! The neighbours: what they know is a world that tests set, what they answer follows from it.

use super::*;
use frame_support::weights::Weight;
use std::collections::{BTreeMap, BTreeSet};

/// What the neighbours know.
#[derive(Clone, Default)]
pub struct World {
	pub members: BTreeMap<(AccountId, Role), Member>,
	pub kinds: BTreeMap<OrganisationId, OrganisationKind>,
	pub suspended: BTreeSet<OrganisationId>,
	pub admins: BTreeSet<(OrganisationId, AccountId)>,
	pub attested: BTreeSet<AccountId>,
	pub records: BTreeMap<RecordId, RecordEntry<AccountId>>,
	pub sealed: BTreeMap<(RecordId, Version), Epoch>,
	pub withdrawn: BTreeSet<RecordId>,
	/// To whom a patient gave a grant over everything, and its number.
	pub grants: BTreeMap<(AccountId, AccountId), GrantId>,
	/// Who is guardian 4 of a patient.
	pub guardians: BTreeSet<(AccountId, AccountId)>,
	/// Grants that are used up: only a use that is counted already still stands.
	pub used_up: BTreeSet<GrantId>,
}

pub fn change(change: impl FnOnce(&mut World)) {
	TheWorld::mutate(change);
}

pub struct Roles;
impl RoleQuery<AccountId> for Roles {
	fn memberships(who: &AccountId) -> Vec<(Role, Member)> {
		TheWorld::get()
			.members
			.into_iter()
			.filter(|((account, _), _)| account == who)
			.map(|((_, role), member)| (role, member))
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
			let stone = Tombstone {
				patient: record.patient,
				erased: Now::get(),
				replicas_left: 0,
			};
			world.records.insert(id, RecordEntry::Erased(stone));
			world.sealed.retain(|(other, _), _| *other != id);
		});
	}
}

impl RecordQuery<AccountId> for Records {
	fn record(id: &RecordId) -> Option<RecordEntry<AccountId>> {
		TheWorld::get().records.remove(id)
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

/// Live record and version, reader in good standing, patient, grant, guardian, emergency: the rules as far as this pallet
/// needs them.
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
		role == Role::Practitioner && TheWorld::get().attested.contains(who)
	}
	fn is_attested_weight() -> Weight {
		Weight::from_parts(1_000, 0)
	}
}

/// A membership in good standing.
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

/// Two hospitals and a pharmacy with their people, two patients with records. The doctor has grant 1 of the patient.
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
	] {
		world.members.insert((who, role), membership(organisation));
	}
	world.kinds = [
		(HOSPITAL, OrganisationKind::Hospital),
		(CLINIC, OrganisationKind::Hospital),
		(PHARMACY, OrganisationKind::Pharmacy),
	]
	.into();
	world.admins = [
		(HOSPITAL, ADMIN),
		(HOSPITAL, DEPUTY),
		(CLINIC, CHIEF),
		(PHARMACY, CHIEF),
	]
	.into();
	world.attested = [DOCTOR, SURGEON, CHEMIST, CLINICIAN].into();
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
