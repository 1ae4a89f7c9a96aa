//! A runtime with this pallet, balances and batches. Tests set the answers of the neighbours in a
//! [`World`].

use crate as pallet_succession;
use crate::*;
use frame_support::{derive_impl, parameter_types, weights::Weight};
use salus_primitives::*;
use sp_runtime::{BuildStorage, DispatchError};
use std::collections::{BTreeMap, BTreeSet};

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
	pub type System = frame_system::Pallet<Test>;

	#[runtime::pallet_index(1)]
	pub type Balances = pallet_balances::Pallet<Test>;

	#[runtime::pallet_index(2)]
	pub type Utility = pallet_utility::Pallet<Test>;

	#[runtime::pallet_index(3)]
	pub type Succession = pallet_succession::Pallet<Test>;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
	type AccountData = pallet_balances::AccountData<u64>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
	type Balance = u64;
}

impl pallet_utility::Config for Test {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type PalletsOrigin = OriginCaller;
	type WeightInfo = ();
}

pub const HOUR: Moment = 3_600_000;
pub const DAY: Moment = 24 * HOUR;
pub const START: Moment = 20_000 * DAY;
pub const DELAY: Moment = 3 * DAY;
pub const LIFETIME: Moment = 30 * DAY;
pub const COOLDOWN: Moment = 7 * DAY;

parameter_types! {
	pub static Now: Moment = START;
	pub static TheWorld: World = World::default();
	pub static Written: Vec<Entry> = vec![];
	pub static LogIsFull: bool = false;
	pub const Delay: Moment = DELAY;
	pub const MaxLifetime: Moment = LIFETIME;
	pub const Cooldown: Moment = COOLDOWN;
}

impl pallet_succession::Config for Test {
	type RuntimeCall = RuntimeCall;
	type ActFilter = Filter;
	type Guardians = Guardians;
	type Roles = Roles;
	type Log = Log;
	type Time = Clock;
	type Delay = Delay;
	type MaxLifetime = MaxLifetime;
	type Cooldown = Cooldown;
	type WeightInfo = ();
	type BenchmarkHelper = Helper;
}

// The cast of `new_test_ext`.
/// Enrolled by the hospital, with four guardians; three are a majority.
pub const PATIENT: AccountId = 1;
/// Enrolled without a hospital, with two guardians.
pub const LONER: AccountId = 2;
/// Enrolled by the hospital, without guardians.
pub const ORPHAN: AccountId = 3;
pub const SISTER: AccountId = 11;
pub const BROTHER: AccountId = 12;
pub const FRIEND: AccountId = 13;
pub const UNCLE: AccountId = 14;
pub const ADMIN: AccountId = 31;
pub const DEPUTY: AccountId = 32;
pub const CHIEF: AccountId = 33;
pub const DOCTOR: AccountId = 41;
pub const STRANGER: AccountId = 99;
/// Accounts that have no part in anything yet.
pub const NEW: AccountId = 51;
pub const OTHER: AccountId = 52;

pub const HOSPITAL: OrganisationId = 1;
pub const CLINIC: OrganisationId = 2;

/// Entry of a log: patient, actor, organisation and event.
pub type Entry = (AccountId, AccountId, Option<OrganisationId>, SuccessionEvent);

/// Answers of the neighbours.
#[derive(Clone, Default)]
pub struct World {
	pub members: BTreeMap<(AccountId, Role), Member>,
	pub suspended: BTreeSet<OrganisationId>,
	pub admins: BTreeSet<(OrganisationId, AccountId)>,
	/// Guardians who may support a recovery, each with the end of their appointment.
	pub guardians: BTreeMap<AccountId, Vec<(AccountId, Moment)>>,
}

pub fn change<R>(change: impl FnOnce(&mut World) -> R) {
	TheWorld::mutate(change);
}

pub fn dismiss(patient: AccountId, guardian: AccountId) {
	change(|world| {
		let guardians = world.guardians.entry(patient).or_default();
		guardians.retain(|(who, _)| *who != guardian);
	});
}

pub fn appoint(patient: AccountId, guardian: AccountId, until: Moment) {
	change(|world| {
		let guardians = world.guardians.entry(patient).or_default();
		guardians.push((guardian, until));
	});
}

pub struct Clock;
impl frame_support::traits::Time for Clock {
	type Moment = Moment;
	fn now() -> Moment {
		Now::get()
	}
}

/// Weight of the filter.
pub const FILTER: Weight = Weight::from_parts(5_000, 0);

/// Filter that refuses transfers, and remarks without an event in the name of [`ORPHAN`].
pub struct Filter;
impl ActFilter<AccountId, RuntimeCall> for Filter {
	fn may_act(patient: &AccountId, call: &RuntimeCall) -> bool {
		match call {
			RuntimeCall::Balances(_) => false,
			RuntimeCall::System(frame_system::Call::remark { .. }) => *patient != ORPHAN,
			_ => true,
		}
	}
	fn may_act_weight(_: &RuntimeCall) -> Weight {
		FILTER
	}
}

pub struct Guardians;
impl RecoveryGuardians<AccountId> for Guardians {
	fn recovery_guardians(patient: &AccountId, now: Moment) -> Vec<AccountId> {
		let guardians = TheWorld::get().guardians.remove(patient);
		let live = guardians.into_iter().flatten();
		live.filter(|(_, until)| now < *until).map(|(who, _)| who).collect()
	}
	fn recovery_guardians_weight() -> Weight {
		Weight::from_parts(1_000, 0)
	}
}

pub struct Roles;
impl RoleQuery<AccountId> for Roles {
	fn memberships(who: &AccountId) -> Vec<(Role, Member)> {
		let members = TheWorld::get().members.into_iter();
		members
			.filter(|((account, _), _)| account == who)
			.map(|((_, role), member)| (role, member))
			.collect()
	}
	fn is_live(_: Role, member: &Member, _: Moment) -> bool {
		member.status == MemberStatus::Active
	}
	fn is_live_member(who: &AccountId, role: Role, _: Option<OrganisationId>, now: Moment) -> bool {
		let members = TheWorld::get().members;
		members.get(&(*who, role)).is_some_and(|member| Self::is_live(role, member, now))
	}
	fn is_active(organisation: OrganisationId) -> bool {
		!TheWorld::get().suspended.contains(&organisation)
	}
	fn kind(_: OrganisationId) -> Option<OrganisationKind> {
		Some(OrganisationKind::Hospital)
	}
	fn is_admin(who: &AccountId, organisation: OrganisationId) -> bool {
		Self::is_active(organisation) && TheWorld::get().admins.contains(&(organisation, *who))
	}
	fn key(_: &Recipient<AccountId>) -> Option<KeyAgreementKey> {
		None
	}
	fn memberships_weight() -> Weight {
		Weight::from_parts(20_000, 0)
	}
}

pub struct Log;
impl AccessLogWriter<AccountId> for Log {
	type Error = DispatchError;
	fn append(
		patient: &AccountId,
		actor: &AccountId,
		organisation: Option<OrganisationId>,
		event: SuccessionEvent,
	) -> Result<(), DispatchError> {
		if LogIsFull::get() {
			return Err(DispatchError::Other("the log is full"));
		}
		Written::mutate(|log| log.push((*patient, *actor, organisation, event)));
		Ok(())
	}
	fn append_weight() -> Weight {
		Weight::from_parts(300_000, 0)
	}
}

/// Returns an active membership.
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

/// Returns two hospitals with their administrators, a doctor, and several patients.
fn stage() -> World {
	let mut world = World::default();
	for (who, role, organisation) in [
		(PATIENT, Role::Patient, Some(HOSPITAL)),
		(LONER, Role::Patient, None),
		(ORPHAN, Role::Patient, Some(HOSPITAL)),
		(DOCTOR, Role::Practitioner, Some(HOSPITAL)),
		(SISTER, Role::Patient, Some(CLINIC)),
		(BROTHER, Role::Patient, None),
	] {
		world.members.insert((who, role), membership(organisation));
	}
	world.admins = [(HOSPITAL, ADMIN), (HOSPITAL, DEPUTY), (CLINIC, CHIEF)].into();
	let standing = |who: &[AccountId]| who.iter().map(|who| (*who, Moment::MAX)).collect();
	world.guardians = [
		(PATIENT, standing(&[SISTER, BROTHER, FRIEND, UNCLE])),
		(LONER, standing(&[SISTER, FRIEND])),
	]
	.into();
	world
}

pub fn new_test_ext() -> sp_io::TestExternalities {
	let mut storage = frame_system::GenesisConfig::<Test>::default()
		.build_storage()
		.expect("the system's genesis builds");
	pallet_balances::GenesisConfig::<Test> {
		balances: vec![(PATIENT, 1_000)],
		..Default::default()
	}
	.assimilate_storage(&mut storage)
	.expect("the balances' genesis builds");
	let mut ext = sp_io::TestExternalities::from(storage);
	ext.execute_with(|| {
		System::set_block_number(1);
		TheWorld::set(stage());
		// These belong to the thread, and an earlier test may have changed them.
		Now::set(START);
		Written::set(vec![]);
		LogIsFull::set(false);
	});
	ext
}

/// Runs a test, and checks the whole state at its end.
pub fn build_and_execute(test: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		test();
		Succession::do_try_state().expect("the invariants hold");
	});
}

pub fn signed(who: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

/// Advances the time, and the chain by one block.
pub fn wait(time: Moment) {
	Now::mutate(|now| *now += time);
	System::set_block_number(System::block_number() + 1);
}

/// Returns the events of this pallet since the last call.
pub fn events() -> Vec<Event<Test>> {
	let events = System::events()
		.into_iter()
		.filter_map(|record| match record.event {
			RuntimeEvent::Succession(event) => Some(event),
			_ => None,
		})
		.collect();
	System::reset_events();
	events
}

/// Returns the log entries since the last call.
pub fn written() -> Vec<Entry> {
	Written::take()
}

pub struct Helper;

impl benchmarking::BenchmarkHelper<AccountId, RuntimeCall> for Helper {
	fn patient() -> (AccountId, Vec<AccountId>, AccountId) {
		let guardians: Vec<_> = (101..=108).collect();
		change(|world| {
			let all = guardians.iter().map(|who| (*who, Moment::MAX)).collect();
			world.guardians.insert(PATIENT, all);
		});
		(PATIENT, guardians, ADMIN)
	}
	fn call() -> RuntimeCall {
		RuntimeCall::System(frame_system::Call::remark { remark: vec![] })
	}
	fn set_time(now: Moment) {
		Now::set(now);
	}
}
