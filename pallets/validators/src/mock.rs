//! A chain with this pallet, the SDK's sessions, and a council and roles that the tests control.

use crate as pallet_validators;
use crate::{benchmarking, weights, Pallet};
use frame_support::{
	parameter_types,
	traits::{ChangeMembers, ConstU32, ConstU64, Get, Hooks, InitializeMembers},
};
use salus_primitives::{OrganisationId, OrganisationKind, RoleQuery};
use sp_runtime::{
	impl_opaque_keys,
	testing::UintAuthorityId,
	traits::{ConvertInto, OpaqueKeys},
	BuildStorage, DispatchResult,
};
use std::collections::BTreeSet;

pub use salus_testing::*;

/// Length of a session, in blocks.
pub const SESSION: u64 = 10;
/// Time that a representative has to object, in blocks.
pub const NOTICE: u64 = 30;
/// Number of sessions during which an offence can be proven.
pub const KEPT: u32 = 5;

salus_testing::runtime! {
	pub enum Test {
		System: frame_system,
		Balances: pallet_balances,
		Validators: pallet_validators,
		Session: pallet_session,
		Historical: pallet_session::historical,
	}
	type AccountData = pallet_balances::AccountData<u64>;
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
		// The accounts of benchmarks are hashes. Each gets the first hospital that is still free.
		let organisation = (0..100)
			.find(|organisation| {
				let admins = Roles::admins(*organisation);
				admins.len() == 2 || admins.contains(administrator)
			})
			.expect("there are more hospitals than validators");
		Roles::appoint(organisation, *administrator);
		organisation
	}
	fn register_keys(validator: &AccountId, index: u32) {
		register(*validator, u64::from(index));
	}
	fn crowd(_: &[AccountId]) {}
}

/// Registers session keys, as `session.set_keys` does after it has checked their proof.
pub fn register(validator: AccountId, key: u64) {
	let keys = Keys { dummy: UintAuthorityId(key) };
	pallet_session::NextKeys::<Test>::insert(validator, &keys);
	for id in Keys::key_ids() {
		pallet_session::KeyOwner::<Test>::insert((*id, keys.get_raw(*id).to_vec()), validator);
	}
}

/// Organisation that is not a hospital.
pub const LABORATORY: OrganisationId = 100;

/// Validators 1 to 4 with their representatives 11 to 14, a minimum of three, and the hospitals 0
/// to 99 with two administrators each.
impl Mock for Test {
	type Event = pallet_validators::Event<Test>;
	fn genesis() -> impl BuildStorage {
		let keys = (1..=4)
			.map(|validator| (validator, validator, Keys { dummy: UintAuthorityId(validator) }))
			.collect();
		RuntimeGenesisConfig {
			validators: pallet_validators::GenesisConfig {
				validators: (1..=4).map(|validator| (validator, validator + 10)).collect(),
				minimum: 3,
			},
			session: pallet_session::GenesisConfig { keys, ..Default::default() },
			..Default::default()
		}
	}
	fn set_stage() {
		for hospital in 0..100 {
			Roles::register(hospital, OrganisationKind::Hospital);
			Roles::appoint(hospital, admin(hospital));
			Roles::appoint(hospital, deputy(hospital));
		}
		Roles::register(LABORATORY, OrganisationKind::Laboratory);
	}
	fn try_state() -> DispatchResult {
		Validators::do_try_state()
	}
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

/// Returns the maximum number of validators.
pub fn most() -> u32 {
	<Test as pallet_validators::Config>::MaxValidators::get()
}
