//! Random histories: what happens in them, and what is asked at their end.

use super::*;
use proptest::{collection::vec, option, prelude::*, sample::select};

/// Small worlds, so that rules meet: of these accounts the first two begin as patients.
pub const ACCOUNTS: [AccountId; 6] = [1, 2, 3, 4, 5, 6];
pub const PATIENTS: [AccountId; 2] = [1, 2];
pub const ORGANISATIONS: [OrganisationId; 2] = [1, 2];
pub const ROLES: [Role; 4] = [
	Role::Patient,
	Role::Practitioner,
	Role::RecordsAdmin,
	Role::Researcher,
];
pub const CATEGORIES: [Category; 2] = [Category::Laboratory, Category::Imaging];
pub const PURPOSES: [Purpose; 2] = [Purpose::TREAT, Purpose::HRESCH];
pub const ACTIONS: [Action; 2] = [Action::Read, Action::Write];

/// One thing that happens. Moments are relative to the time at which it does.
#[derive(Clone, Debug)]
pub enum Step {
	Tick(u64),
	Admit(AccountId, Role, Option<OrganisationId>),
	SetStatus(AccountId, Role, MemberStatus),
	SetExpiry(AccountId, Role, i64),
	Organisation(OrganisationId, bool),
	Register(RecordId, AccountId, Category),
	Revise(RecordId),
	Erase(RecordId),
	Enrol(AccountId, OrganisationId),
	Grant(AccountId, GrantTerms<AccountId>, Option<i64>, Option<i64>),
	Revoke(AccountId, GrantId),
	Deny(AccountId, Grantee<AccountId>, Scope),
	Lift(AccountId, DenialId),
}

/// One thing that is asked at the end, some time before or after the present.
#[derive(Clone, Debug)]
pub struct Asked {
	pub question: Question<AccountId>,
	pub organisation: OrganisationId,
	pub patient: AccountId,
	pub category: Category,
	pub named: bool,
	pub shift: i64,
}

pub fn record_id() -> impl Strategy<Value = RecordId> {
	(1u8..=5).prop_map(|byte| RecordId([byte; 32]))
}

pub fn organisation() -> impl Strategy<Value = OrganisationId> {
	prop_oneof![9 => select(&ORGANISATIONS[..]), 1 => Just(NOWHERE)]
}

pub fn grantee() -> impl Strategy<Value = Grantee<AccountId>> {
	prop_oneof![
		select(&ACCOUNTS[..]).prop_map(Grantee::Account),
		organisation().prop_map(Grantee::Organisation),
		(select(&ROLES[..]), option::of(organisation()))
			.prop_map(|(role, organisation)| Grantee::Role { role, organisation }),
	]
}

pub fn scope() -> impl Strategy<Value = Scope> {
	prop_oneof![
		3 => Just(Scope::Everything),
		2 => vec(select(&CATEGORIES[..]), 0..3).prop_map(|list| categories(&list)),
		2 => record_id().prop_map(Scope::Record),
		1 => (record_id(), 0u32..4)
			.prop_map(|(record, version)| Scope::Version { record, version }),
	]
}

pub fn grant_terms() -> impl Strategy<Value = GrantTerms<AccountId>> {
	let lists = (
		vec(select(&PURPOSES[..]), 0..4),
		vec(select(&ACTIONS[..]), 0..4),
	);
	(grantee(), scope(), lists).prop_map(|(grantee, scope, (why, what))| GrantTerms {
		grantee,
		scope,
		purposes: purposes(&why),
		actions: actions(&what),
		from: None,
		until: None,
	})
}

pub fn step() -> impl Strategy<Value = Step> {
	let patient = || select(&PATIENTS[..]);
	let account = || select(&ACCOUNTS[..]);
	let role = || select(&ROLES[..]);
	let status = select(vec![
		MemberStatus::Active,
		MemberStatus::Suspended,
		MemberStatus::Revoked,
	]);
	prop_oneof![
		2 => (0u64..20).prop_map(Step::Tick),
		4 => (account(), role(), option::weighted(0.9, select(&ORGANISATIONS[..])))
			.prop_map(|(who, role, organisation)| Step::Admit(who, role, organisation)),
		1 => (account(), role(), status)
			.prop_map(|(who, role, status)| Step::SetStatus(who, role, status)),
		1 => (account(), role(), -5i64..60)
			.prop_map(|(who, role, after)| Step::SetExpiry(who, role, after)),
		1 => (select(&ORGANISATIONS[..]), proptest::bool::weighted(0.3))
			.prop_map(|(organisation, suspended)| Step::Organisation(organisation, suspended)),
		3 => (record_id(), patient(), select(&CATEGORIES[..]))
			.prop_map(|(record, patient, category)| Step::Register(record, patient, category)),
		2 => record_id().prop_map(Step::Revise),
		1 => record_id().prop_map(Step::Erase),
		1 => (patient(), select(&ORGANISATIONS[..]))
			.prop_map(|(patient, organisation)| Step::Enrol(patient, organisation)),
		8 => (patient(), grant_terms(), option::of(-20i64..40), option::of(-5i64..80))
			.prop_map(|(patient, terms, from, until)| Step::Grant(patient, terms, from, until)),
		1 => (account(), 0u32..6).prop_map(|(who, id)| Step::Revoke(who, id)),
		2 => (account(), grantee(), scope())
			.prop_map(|(patient, grantee, scope)| Step::Deny(patient, grantee, scope)),
		1 => (account(), 0u32..4).prop_map(|(who, id)| Step::Lift(who, id)),
	]
}

pub fn asked() -> impl Strategy<Value = Asked> {
	let version = option::weighted(0.4, 0u32..4);
	let question = (
		select(&ACCOUNTS[..]),
		record_id(),
		version,
		select(&PURPOSES[..]),
		select(&ACTIONS[..]),
	)
		.prop_map(|(reader, record, version, purpose, action)| Question {
			reader,
			record,
			version,
			purpose,
			action,
		});
	let place = (
		select(&ORGANISATIONS[..]),
		select(&PATIENTS[..]),
		select(&CATEGORIES[..]),
	);
	(
		question,
		place,
		any::<bool>(),
		prop_oneof![2 => Just(0), 1 => -20i64..60],
	)
		.prop_map(
			|(question, (organisation, patient, category), named, shift)| Asked {
				question,
				organisation,
				patient,
				category,
				named,
				shift,
			},
		)
}
