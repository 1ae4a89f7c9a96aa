//! Runtime with this pallet and balances. Tests set the knowledge of the pallets `consent` and
//! `attestation`.

use crate as pallet_access;
use crate::*;
use codec::Encode;
use frame_support::{
	parameter_types,
	traits::{ConstU32, ConstU64, Hooks},
};
use salus_primitives::*;
use sp_runtime::{BuildStorage, DispatchResult};
use std::rc::Rc;

mod neighbours;

pub use neighbours::*;
pub use salus_testing::*;

pub type Balance = u64;

salus_testing::runtime! {
	pub enum Test {
		System: frame_system,
		Balances: pallet_balances,
		Access: pallet_access,
	}
	type AccountData = pallet_balances::AccountData<Balance>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
}

pub const MIN_BOND: Balance = 500;
pub const FINE: Balance = 300;
pub const FEE: Balance = 10;
pub const QUOTA: u32 = 6;

parameter_types! {
	/// Seed of the block hashes.
	pub static Fate: u32 = 0;
	pub static TheWorld: Rc<World> = Rc::default();
	pub static Counted: Vec<(AccountId, RecordId, Basis)> = vec![];
	pub static DenialFee: Balance = FEE;
	pub static DenialQuota: u32 = QUOTA;
	pub static MaxUnreviewed: u32 = 4;
	pub static MaxUnreviewedPerPatient: u32 = 3;
	pub static MaxCases: u32 = 4;
	pub static MaxOpenReleases: u32 = 5;
	pub static MaxOfHospital: u32 = 20;
	pub static MaxUnderAdmin: u32 = 20;
}

impl pallet_access::Config for Test {
	type Roles = Roles;
	type Records = Records;
	type Consent = Consent;
	type Committee = Committee;
	type Credentials = Credentials;
	type Time = Clock;
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type ReleaseLifetime = ConstU64<HOUR>;
	type MaxOpenReleases = MaxOpenReleases;
	type DenialWindow = ConstU64<DAY>;
	type MaxDenials = ConstU32<8>;
	type MaxDenialsPerPatient = ConstU32<3>;
	type DenialQuota = DenialQuota;
	type DenialFee = DenialFee;
	type ArchiveAge = ConstU64<YEAR>;
	type MaxArchived = ConstU32<4>;
	type EmergencyLifetime = ConstU64<{ 4 * HOUR }>;
	type ReviewPeriod = ConstU64<{ 72 * HOUR }>;
	type EmergencyWindow = ConstU64<DAY>;
	type MaxEmergencies = ConstU32<3>;
	type MaxUnreviewed = MaxUnreviewed;
	type MaxUnreviewedPerPatient = MaxUnreviewedPerPatient;
	type MaxCases = MaxCases;
	type MinBond = ConstU64<MIN_BOND>;
	type Fine = ConstU64<FINE>;
	type MaxOfHospital = MaxOfHospital;
	type MaxUnderAdmin = MaxUnderAdmin;
	type CouncilOrigin = frame_system::EnsureRoot<AccountId>;
	type MaxAuditors = ConstU32<8>;
	type WeightInfo = ();
	type BenchmarkHelper = Helper;
}

/// Record of the patient in direct mode. [`LAB`] and [`FOREIGN`] are guarded.
pub const NOTE: RecordId = RecordId([0x0e; 32]);
/// Epoch whose key seals the guarded records.
pub const EPOCH: Epoch = 1;
/// Epoch without a key.
pub const KEYLESS: Epoch = 7;

impl Mock for Test {
	type Event = pallet_access::Event<Test>;
	fn genesis() -> impl BuildStorage {
		let balances = vec![(ADMIN, 10_000), (DEPUTY, 10_000), (CHIEF, 10_000)];
		RuntimeGenesisConfig {
			balances: pallet_balances::GenesisConfig { balances, ..Default::default() },
			..Default::default()
		}
	}
	fn set_stage() {
		stage();
		Records::register(NOTE, PATIENT, Category::Laboratory, 1);
		for (record, version) in [(LAB, 1), (LAB, 2), (FOREIGN, 1)] {
			Records::seal(record, version, EPOCH);
		}
		TheWorld::set(World::first().into());
		// The limits are thread-local, and an earlier test may have changed them.
		Fate::set(0);
		Counted::set(vec![]);
		DenialFee::set(FEE);
		DenialQuota::set(QUOTA);
		MaxUnreviewed::set(4);
		MaxUnreviewedPerPatient::set(3);
		MaxCases::set(4);
		MaxOpenReleases::set(5);
		MaxOfHospital::set(20);
		MaxUnderAdmin::set(20);
		[AUDITOR, INSPECTOR, EXAMINER, HOUSE_AUDITOR].into_iter().for_each(appoint);
	}
	fn try_state() -> DispatchResult {
		Access::do_try_state()
	}
}

/// Advances the time, and with it one block.
pub fn wait(time: Moment) {
	Now::mutate(|now| *now += time);
	next_block();
}

/// Starts the next block, whose hash depends on [`Fate`].
pub fn next_block() {
	let number = System::block_number() + 1;
	System::set_block_number(number);
	let hash = sp_io::hashing::blake2_256(&(number, Fate::get()).encode());
	System::set_parent_hash(hash.into());
	<Access as Hooks<u64>>::on_initialize(number);
}

/// Appoints an auditor as the council.
pub fn appoint(auditor: AccountId) {
	Access::appoint_auditor(RuntimeOrigin::root(), auditor).expect("the council appoints");
}

/// Opens a case of that clinician and advances two blocks, so that its panel is drawn.
pub fn opened(who: AccountId, organisation: OrganisationId, patient: AccountId) -> CaseId {
	let case = open(who, organisation, patient);
	next_block();
	next_block();
	case
}

/// Deposits a hospital's bond, so that its people may break the glass.
pub fn deposit(admin: AccountId, organisation: OrganisationId, amount: Balance) {
	Access::deposit_bond(signed(admin), organisation, amount).expect("an administrator deposits");
}

/// Lets a clinician try to open a case.
pub fn try_open(
	who: AccountId,
	organisation: OrganisationId,
	patient: AccountId,
) -> DispatchResult {
	let reason = EmergencyReason::Unconscious;
	plain(Access::open_emergency(signed(who), patient, organisation, reason, [5; 32]))
}

/// Opens a case of that clinician.
pub fn open(who: AccountId, organisation: OrganisationId, patient: AccountId) -> CaseId {
	try_open(who, organisation, patient).expect("the clinician may open a case");
	CaseCount::<Test>::get()
}

pub struct Helper;

impl benchmarking::BenchmarkHelper<AccountId> for Helper {
	fn record() -> (AccountId, RecordId) {
		(PATIENT, LAB)
	}
	fn practitioner() -> (AccountId, OrganisationId, AccountId) {
		(SURGEON, HOSPITAL, ADMIN)
	}
	fn auditor() -> AccountId {
		AUDITOR
	}
	fn auditors(count: u32) -> Vec<AccountId> {
		(0..count)
			.map(|number| {
				let (who, organisation) = (1_000 + u64::from(number), 100 + number);
				Roles::register(organisation, OrganisationKind::Regulator);
				Roles::admit(who, Role::Auditor, Some(organisation));
				who
			})
			.collect()
	}
	fn set_time(now: Moment) {
		Now::set(now);
	}
}
