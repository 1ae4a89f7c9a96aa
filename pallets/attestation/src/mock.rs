//! Runtime with only this pallet. Tests set the members and records, and a listener remembers
//! verdicts.

use crate as pallet_attestation;
use crate::*;
use frame_support::{derive_impl, parameter_types, traits::ConstU32, weights::Weight};
use salus_primitives::{
	Category, Confidentiality, Epoch, KeyAgreementKey, Member, MemberStatus, Moment, OnAttested,
	OrganisationId, OrganisationKind, ReasonCode, Recipient, Record, RecordEntry, RecordId,
	RecordQuery, Role, RoleQuery, Subject, Tombstone, Verdict, Version,
};
use sp_runtime::{BuildStorage, DispatchResult};
use std::collections::{BTreeMap, BTreeSet};

pub type Block = frame_system::mocking::MockBlock<Test>;
pub type AccountId = u64;

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;

	#[runtime::pallet_index(1)]
	pub type Attestations = pallet_attestation;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
}

/// Knowledge of the other pallets.
#[derive(Clone, Default)]
pub struct World {
	pub suspended: BTreeSet<OrganisationId>,
	pub admins: BTreeSet<(OrganisationId, AccountId)>,
	pub members: BTreeMap<(AccountId, Role), Member>,
	pub records: BTreeMap<RecordId, RecordEntry<AccountId>>,
	pub versions: BTreeMap<(RecordId, Version), WrittenVersion>,
}

/// Knowledge of the pallet `records` about a version.
#[derive(Clone)]
pub struct WrittenVersion {
	pub organisation: OrganisationId,
	pub author: AccountId,
	pub stored: bool,
}

/// Hook call that the listener received.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
	Reached(Subject<AccountId>, Verdict),
	Fallen(Subject<AccountId>, Verdict),
}

parameter_types! {
	pub static Now: Moment = START;
	pub static TheWorld: World = World::default();
	pub static Log: Vec<Heard> = vec![];
}

pub const START: Moment = 1_000_000;

pub struct Clock;
impl frame_support::traits::Time for Clock {
	type Moment = Moment;
	fn now() -> Moment {
		Now::get()
	}
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
		!TheWorld::get().suspended.contains(&organisation)
	}
	fn kind(_: OrganisationId) -> Option<OrganisationKind> {
		None
	}
	fn is_admin(who: &AccountId, organisation: OrganisationId) -> bool {
		Self::is_active(organisation) && TheWorld::get().admins.contains(&(organisation, *who))
	}
	fn key(_: &Recipient<AccountId>) -> Option<KeyAgreementKey> {
		None
	}
	fn memberships_weight() -> Weight {
		Weight::zero()
	}
}

pub struct Records;
impl RecordQuery<AccountId> for Records {
	fn record(id: &RecordId) -> Option<RecordEntry<AccountId>> {
		TheWorld::get().records.remove(id)
	}
	fn is_stored(id: &RecordId, version: Version) -> bool {
		TheWorld::get().versions.get(&(*id, version)).is_some_and(|known| known.stored)
	}
	fn version_organisation(id: &RecordId, version: Version) -> Option<OrganisationId> {
		TheWorld::get().versions.get(&(*id, version)).map(|known| known.organisation)
	}
	fn version_author(id: &RecordId, version: Version) -> Option<AccountId> {
		TheWorld::get().versions.get(&(*id, version)).map(|known| known.author)
	}
	fn sealed_to(_: &RecordId, _: Version) -> Option<Epoch> {
		None
	}
	fn record_weight() -> Weight {
		Weight::zero()
	}
}

pub struct Listener;
impl OnAttested<AccountId> for Listener {
	fn on_attested(subject: &Subject<AccountId>, verdict: Verdict) {
		Log::mutate(|log| log.push(Heard::Reached(subject.clone(), verdict)));
	}
	fn on_attestation_revoked(subject: &Subject<AccountId>, verdict: Verdict) {
		Log::mutate(|log| log.push(Heard::Fallen(subject.clone(), verdict)));
	}
	fn on_attested_weight() -> Weight {
		Weight::from_parts(1_000, 0)
	}
}

impl Config for Test {
	type Roles = Roles;
	type Records = Records;
	type OnAttested = Listener;
	type Time = Clock;
	type MaxAttestations = ConstU32<16>;
	type WeightInfo = ();
	type BenchmarkHelper = Helper;
}

pub const HOSPITAL: OrganisationId = 1;
pub const LABORATORY: OrganisationId = 2;
/// Administrators of the hospital.
pub const ADA: AccountId = 10;
pub const ABE: AccountId = 11;
/// Administrator of the laboratory.
pub const LEA: AccountId = 20;
/// Practitioner of the hospital who wrote the record.
pub const DORA: AccountId = 30;
/// Self-enrolled patient.
pub const PIA: AccountId = 40;
/// Records admin of the laboratory.
pub const RUDI: AccountId = 50;
/// Account without any membership.
pub const NORA: AccountId = 60;
/// First of twenty records admins of the hospital.
pub const RITA: AccountId = 100;

pub const RECORD: RecordId = RecordId([1; 32]);
pub const ERASED: RecordId = RecordId([2; 32]);

/// Returns the first version of the record, which Dora wrote and a storage node holds.
pub fn version() -> Subject<AccountId> {
	Subject::RecordVersion { record: RECORD, version: 1 }
}

/// Returns Dora's credential as a practitioner.
pub fn credential() -> Subject<AccountId> {
	Subject::Credential { account: DORA, role: Role::Practitioner }
}

pub fn member_of(organisation: Option<OrganisationId>) -> Member {
	Member {
		organisation,
		status: MemberStatus::Active,
		credential: [0; 32],
		expires: None,
		since: 0,
		specialty: None,
	}
}

fn world() -> World {
	let mut world = World::default();
	world.admins.extend([(HOSPITAL, ADA), (HOSPITAL, ABE), (LABORATORY, LEA)]);
	for index in 0..20 {
		world.members.insert((RITA + index, Role::RecordsAdmin), member_of(Some(HOSPITAL)));
	}
	world.members.insert((RUDI, Role::RecordsAdmin), member_of(Some(LABORATORY)));
	world.members.insert((DORA, Role::Practitioner), member_of(Some(HOSPITAL)));
	world.members.insert((PIA, Role::Patient), member_of(None));
	let record = Record {
		patient: PIA,
		author: DORA,
		organisation: HOSPITAL,
		category: Category::Laboratory,
		confidentiality: Confidentiality::Normal,
		latest: 2,
		created: 0,
		wraps: 1,
	};
	world.records.insert(RECORD, RecordEntry::Live(record));
	let tombstone = Tombstone { patient: PIA, erased: 0, replicas_left: 0 };
	world.records.insert(ERASED, RecordEntry::Erased(tombstone));
	for version in [1, 2] {
		let written = WrittenVersion { organisation: HOSPITAL, author: DORA, stored: true };
		world.versions.insert((RECORD, version), written);
	}
	world
}

/// Changes the knowledge of the other pallets.
pub fn change_world(change: impl FnOnce(&mut World)) {
	TheWorld::mutate(change);
}

pub fn signed(who: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

pub fn confirm(who: AccountId, subject: Subject<AccountId>) -> DispatchResult {
	Attestations::attest(signed(who), subject, Verdict::Confirmed, ReasonCode::Reviewed, None)
}

pub fn reject(who: AccountId, subject: Subject<AccountId>) -> DispatchResult {
	Attestations::attest(signed(who), subject, Verdict::Rejected, ReasonCode::WrongPatient, None)
}

pub fn confirm_until(who: AccountId, end: Moment) -> DispatchResult {
	let verdict = Verdict::Confirmed;
	Attestations::attest(signed(who), version(), verdict, ReasonCode::Reviewed, Some(end))
}

pub fn set_threshold(threshold: u32) {
	frame_support::assert_ok!(Attestations::set_threshold(signed(ADA), HOSPITAL, threshold));
}

/// Returns the hook calls that the listener received since the last call.
pub fn heard() -> Vec<Heard> {
	Log::take()
}

/// Returns the pallet's events since the last call.
pub fn events() -> Vec<Event<Test>> {
	let events = System::events()
		.into_iter()
		.map(|record| match record.event {
			RuntimeEvent::Attestations(event) => event,
			other => panic!("not an event of the pallet: {other:?}"),
		})
		.collect();
	System::reset_events();
	events
}

pub fn new_test_ext() -> sp_io::TestExternalities {
	let storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	let mut ext = sp_io::TestExternalities::from(storage);
	ext.execute_with(|| {
		System::set_block_number(1);
		Now::set(START);
		TheWorld::set(world());
		Log::set(vec![]);
	});
	ext
}

/// Runs a test, then checks the whole state.
pub fn build_and_execute(test: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		test();
		Attestations::do_try_state().expect("the invariants still hold");
	});
}

pub struct Helper;

impl crate::benchmarking::BenchmarkHelper<AccountId> for Helper {
	fn version(attesters: u32) -> (Subject<AccountId>, Vec<AccountId>, AccountId) {
		let attesters = (0..u64::from(attesters)).map(|index| RITA + index).collect();
		(version(), attesters, ADA)
	}
}
