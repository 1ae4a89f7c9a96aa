//! A chain with this pallet, the SDK's sessions, and a council and roles that the tests control.

use crate as pallet_validators;
use crate::{benchmarking, weights, Pallet};
use frame_support::{
	derive_impl, parameter_types,
	traits::{ChangeMembers, ConstU32, ConstU64, Get, Hooks, InitializeMembers},
	weights::Weight,
};
use salus_primitives::{
	KeyAgreementKey, Member, Moment, OrganisationId, OrganisationKind, Recipient, Role, RoleQuery,
};
use sp_runtime::{
	impl_opaque_keys,
	testing::UintAuthorityId,
	traits::{ConvertInto, OpaqueKeys},
	BuildStorage,
};
use std::collections::BTreeSet;

pub type AccountId = u64;

/// Length of a session, in blocks.
pub const SESSION: u64 = 10;
/// Time that a representative has to object, in blocks.
pub const NOTICE: u64 = 30;
/// Number of sessions during which an offence can be proven.
pub const KEPT: u32 = 5;

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeHoldReason,
		RuntimeFreezeReason,
		RuntimeTask
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(2)]
	pub type Validators = pallet_validators;
	#[runtime::pallet_index(3)]
	pub type Session = pallet_session;
	#[runtime::pallet_index(4)]
	pub type Historical = pallet_session::historical;
}

pub type Block = frame_system::mocking::MockBlock<Test>;

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type AccountData = pallet_balances::AccountData<u64>;
	type AccountId = AccountId;
	type Block = Block;
	type Lookup = sp_runtime::traits::IdentityLookup<AccountId>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
}

impl_opaque_keys! {
	pub struct Keys {
		pub dummy: UintAuthorityId,
	}
}

impl pallet_session::Config for Test {
	type Currency = Balances;
	type DisablingStrategy = ();
	type KeyDeposit = ();
	type Keys = Keys;
	type NextSessionRotation = pallet_session::PeriodicSessions<ConstU64<SESSION>, ConstU64<0>>;
	type RuntimeEvent = RuntimeEvent;
	type SessionHandler = pallet_session::TestSessionHandler;
	type SessionManager = pallet_session::historical::NoteHistoricalRoot<Test, Validators>;
	type ShouldEndSession = Validators;
	type ValidatorId = AccountId;
	type ValidatorIdOf = ConvertInto;
	type WeightInfo = ();
}

impl pallet_session::historical::Config for Test {
	type FullIdentification = ();
	type FullIdentificationOf = crate::AccountOnly;
	type RuntimeEvent = RuntimeEvent;
}

impl pallet_validators::Config for Test {
	type BenchmarkHelper = Helper;
	type Council = Council;
	type CouncilOrigin = frame_system::EnsureRoot<AccountId>;
	type KeptSessions = ConstU32<KEPT>;
	type MaxMotions = ConstU32<32>;
	type MaxMotionsPerSeat = ConstU32<2>;
	type MaxValidators = ConstU32<16>;
	type NoticePeriod = ConstU64<NOTICE>;
	type Roles = Roles;
	type SessionLength = ConstU64<SESSION>;
	type WeightInfo = weights::SubstrateWeight<Test>;
}

parameter_types! {
	pub static Seats: Vec<AccountId> = Vec::new();
	pub static Suspended: BTreeSet<OrganisationId> = BTreeSet::new();
	pub static Dismissed: BTreeSet<AccountId> = BTreeSet::new();
}

/// A council that stores its members, and checks that every change it gets starts from them.
pub struct Council;
impl ChangeMembers<AccountId> for Council {
	fn change_members_sorted(incoming: &[AccountId], outgoing: &[AccountId], new: &[AccountId]) {
		let mut seats: BTreeSet<_> = Seats::get().into_iter().collect();
		assert!(outgoing.iter().all(|seat| seats.remove(seat)));
		assert!(incoming.iter().all(|seat| seats.insert(*seat)));
		assert_eq!(seats.into_iter().collect::<Vec<_>>(), new);
		Seats::set(new.to_vec());
	}
}
impl InitializeMembers<AccountId> for Council {
	fn initialize_members(members: &[AccountId]) {
		Seats::set(members.to_vec());
	}
}

/// Roles in which accounts `1000 + n` and `2000 + n` administer hospital `n`. Organisations from
/// 100 on are laboratories; from 200 on there are none.
pub struct Roles;
impl RoleQuery<AccountId> for Roles {
	fn memberships(_: &AccountId) -> Vec<(Role, Member)> {
		Vec::new()
	}
	fn is_live(_: Role, _: &Member, _: Moment) -> bool {
		false
	}
	fn is_live_member(_: &AccountId, _: Role, _: Option<OrganisationId>, _: Moment) -> bool {
		false
	}
	fn is_active(organisation: OrganisationId) -> bool {
		Self::kind(organisation).is_some() && !Suspended::get().contains(&organisation)
	}
	fn kind(organisation: OrganisationId) -> Option<OrganisationKind> {
		match organisation {
			0..=99 => Some(OrganisationKind::Hospital),
			100..=199 => Some(OrganisationKind::Laboratory),
			_ => None,
		}
	}
	fn is_admin(who: &AccountId, organisation: OrganisationId) -> bool {
		let benchmarks = BenchmarkHospitals::get();
		*who == admin(organisation)
			|| (*who == deputy(organisation) && !Dismissed::get().contains(who))
			|| benchmarks.get(organisation as usize) == Some(who)
	}
	fn key(_: &Recipient<AccountId>) -> Option<KeyAgreementKey> {
		None
	}
	fn memberships_weight() -> Weight {
		Weight::zero()
	}
}

/// Returns the administrator of a hospital.
pub fn admin(organisation: OrganisationId) -> AccountId {
	1_000 + u64::from(organisation)
}

/// Returns the second administrator of a hospital, until dismissed.
pub fn deputy(organisation: OrganisationId) -> AccountId {
	2_000 + u64::from(organisation)
}

pub struct Helper;
impl benchmarking::BenchmarkHelper<AccountId> for Helper {
	fn hospital(administrator: &AccountId) -> OrganisationId {
		// Benchmark accounts are hashes, so the hospital is found by its administrator.
		let known = BenchmarkHospitals::get();
		let position = known.iter().position(|known| known == administrator);
		position.unwrap_or_else(|| {
			BenchmarkHospitals::mutate(|known| known.push(*administrator));
			known.len()
		}) as OrganisationId
	}
	fn register_keys(validator: &AccountId, index: u32) {
		register(*validator, u64::from(index));
	}
	fn crowd(_: &[AccountId]) {}
}

parameter_types! {
	pub static BenchmarkHospitals: Vec<AccountId> = Vec::new();
}

/// Registers session keys, as `session.set_keys` does after it has checked their proof.
pub fn register(validator: AccountId, key: u64) {
	let keys = Keys { dummy: UintAuthorityId(key) };
	pallet_session::NextKeys::<Test>::insert(validator, &keys);
	for id in Keys::key_ids() {
		pallet_session::KeyOwner::<Test>::insert((*id, keys.get_raw(*id).to_vec()), validator);
	}
}

/// Builds a chain with validators 1 to 4, their representatives 11 to 14, and a minimum of three.
pub fn new_test_ext() -> sp_io::TestExternalities {
	let keys = (1..=4)
		.map(|validator| (validator, validator, Keys { dummy: UintAuthorityId(validator) }))
		.collect();
	let genesis = RuntimeGenesisConfig {
		validators: pallet_validators::GenesisConfig {
			validators: (1..=4).map(|validator| (validator, validator + 10)).collect(),
			minimum: 3,
		},
		session: pallet_session::GenesisConfig { keys, ..Default::default() },
		..Default::default()
	};
	Seats::set(Vec::new());
	Suspended::set(BTreeSet::new());
	Dismissed::set(BTreeSet::new());
	BenchmarkHospitals::set(Vec::new());
	let storage = genesis.build_storage().expect("the genesis is valid");
	let mut ext = sp_io::TestExternalities::from(storage);
	ext.execute_with(|| System::set_block_number(1));
	ext
}

/// Assigns hospital `n` to validator `n`, for the first four.
pub fn assign_all() {
	for validator in 1..=4 {
		Pallet::<Test>::assign(RuntimeOrigin::root(), validator, validator as OrganisationId)
			.expect("nobody has one yet");
	}
}

/// Advances by this number of blocks.
pub fn run(blocks: u64) {
	for _ in 0..blocks {
		System::set_block_number(System::block_number() + 1);
		Session::on_initialize(System::block_number());
	}
}

/// Runs a test, and checks the state at its end.
pub fn test(run: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		run();
		Pallet::<Test>::do_try_state().expect("the invariants hold");
	});
}

/// Returns the maximum number of validators.
pub fn most() -> u32 {
	<Test as pallet_validators::Config>::MaxValidators::get()
}
