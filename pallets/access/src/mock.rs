//! Runtime with this pallet and balances. The other pallets' knowledge is a world that tests set.

use crate as pallet_access;
use crate::*;
use codec::Encode;
use frame_support::{
	derive_impl, parameter_types,
	traits::{ConstU32, Hooks},
};
use salus_primitives::*;
use sp_runtime::BuildStorage;
use std::rc::Rc;

mod neighbours;

pub use neighbours::*;

pub type AccountId = u64;
pub type Balance = u64;

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
	pub type Access = pallet_access::Pallet<Test>;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
	type AccountData = pallet_balances::AccountData<Balance>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
	type Balance = Balance;
}

pub const MINUTE: Moment = 60_000;
pub const HOUR: Moment = 60 * MINUTE;
pub const DAY: Moment = 24 * HOUR;
pub const YEAR: Moment = 365 * DAY;
/// Noon, so that no day starts or ends within the hour.
pub const START: Moment = 20_000 * DAY + 12 * HOUR;

pub const MIN_BOND: Balance = 500;
pub const FINE: Balance = 300;
pub const FEE: Balance = 10;
pub const QUOTA: u32 = 6;

parameter_types! {
	pub static Now: Moment = START;
	/// Seed of the block hashes.
	pub static Fate: u32 = 0;
	pub static TheWorld: Rc<World> = Rc::default();
	pub static Counted: Vec<(AccountId, RecordId, Basis)> = vec![];
	pub static DenialFee: Balance = FEE;
	pub static DenialQuota: u32 = QUOTA;
	pub static MaxUnreviewed: u32 = 4;
	pub static MaxCases: u32 = 3;
	pub static MaxOpenReleases: u32 = 5;
	pub static MaxOfHospital: u32 = 20;
	pub static MaxUnderAdmin: u32 = 20;
	pub const ReleaseLifetime: Moment = HOUR;
	pub const Day: Moment = DAY;
	pub const ArchiveAge: Moment = YEAR;
	pub const EmergencyLifetime: Moment = 4 * HOUR;
	pub const ReviewPeriod: Moment = 72 * HOUR;
	pub const MinBond: Balance = MIN_BOND;
	pub const Fine: Balance = FINE;
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
	type ReleaseLifetime = ReleaseLifetime;
	type MaxOpenReleases = MaxOpenReleases;
	type DenialWindow = Day;
	type MaxDenials = ConstU32<8>;
	type MaxDenialsPerPatient = ConstU32<3>;
	type DenialQuota = DenialQuota;
	type DenialFee = DenialFee;
	type ArchiveAge = ArchiveAge;
	type MaxArchived = ConstU32<4>;
	type EmergencyLifetime = EmergencyLifetime;
	type ReviewPeriod = ReviewPeriod;
	type EmergencyWindow = Day;
	type MaxEmergencies = ConstU32<3>;
	type MaxUnreviewed = MaxUnreviewed;
	type MaxCases = MaxCases;
	type MinBond = MinBond;
	type Fine = Fine;
	type MaxOfHospital = MaxOfHospital;
	type MaxUnderAdmin = MaxUnderAdmin;
	type CouncilOrigin = frame_system::EnsureRoot<AccountId>;
	type MaxAuditors = ConstU32<8>;
	type WeightInfo = ();
	type BenchmarkHelper = Helper;
}

// Accounts after `new_test_ext` has set the stage.
pub const PATIENT: AccountId = 1;
pub const OTHER_PATIENT: AccountId = 2;
/// Self-enrolled: no hospital pays for their denials.
pub const LONER: AccountId = 3;
pub const DOCTOR: AccountId = 11;
pub const SURGEON: AccountId = 12;
pub const NURSE: AccountId = 13;
pub const CHEMIST: AccountId = 14;
pub const CLINICIAN: AccountId = 15;
/// Of the clinic. Appointed, like the next two.
pub const AUDITOR: AccountId = 21;
/// Of the pharmacy.
pub const INSPECTOR: AccountId = 22;
/// Of the authority.
pub const EXAMINER: AccountId = 23;
/// Of the hospital, and also appointed.
pub const HOUSE_AUDITOR: AccountId = 24;
/// Of the clinic, not appointed.
pub const NOVICE: AccountId = 25;
/// Admitted the hospital's people.
pub const ADMIN: AccountId = 31;
/// Confirmed the credentials of the hospital's people.
pub const DEPUTY: AccountId = 32;
/// Administers the clinic, and admitted its people.
pub const CHIEF: AccountId = 33;
/// Administers the hospital, and neither admitted nor attested anybody.
pub const MATRON: AccountId = 34;
/// Administers the pharmacy.
pub const CHEMISTS_ADMIN: AccountId = 35;
/// Administers the authority.
pub const OFFICER: AccountId = 36;
/// Also administers the clinic, and attests credentials.
pub const VICE: AccountId = 37;
pub const STRANGER: AccountId = 99;

pub const HOSPITAL: OrganisationId = 1;
pub const CLINIC: OrganisationId = 2;
pub const PHARMACY: OrganisationId = 3;
pub const AUTHORITY: OrganisationId = 4;

/// Guarded record of the patient, with two versions.
pub const LAB: RecordId = RecordId([0x1a; 32]);
/// Record of the patient in direct mode.
pub const NOTE: RecordId = RecordId([0x0e; 32]);
/// Guarded record of the other patient.
pub const FOREIGN: RecordId = RecordId([0xf0; 32]);
/// Epoch with a key. `KEYLESS` is one without.
pub const EPOCH: Epoch = 1;
pub const KEYLESS: Epoch = 7;
/// Number of shares that open a key of [`EPOCH`].
pub const THRESHOLD: u32 = 3;

pub struct Clock;
impl frame_support::traits::Time for Clock {
	type Moment = Moment;
	fn now() -> Moment {
		Now::get()
	}
}

pub fn new_test_ext() -> sp_io::TestExternalities {
	let mut storage = frame_system::GenesisConfig::<Test>::default()
		.build_storage()
		.expect("the system's genesis builds");
	pallet_balances::GenesisConfig::<Test> {
		balances: vec![(ADMIN, 10_000), (DEPUTY, 10_000), (CHIEF, 10_000)],
		..Default::default()
	}
	.assimilate_storage(&mut storage)
	.expect("the balances' genesis builds");
	let mut ext = sp_io::TestExternalities::from(storage);
	ext.execute_with(|| {
		System::set_block_number(1);
		TheWorld::set(stage().into());
		// The limits are thread-local, and an earlier test may have changed them.
		Now::set(START);
		Fate::set(0);
		Counted::set(vec![]);
		DenialFee::set(FEE);
		DenialQuota::set(QUOTA);
		MaxUnreviewed::set(4);
		MaxCases::set(3);
		MaxOpenReleases::set(5);
		MaxOfHospital::set(20);
		MaxUnderAdmin::set(20);
		for auditor in [AUDITOR, INSPECTOR, EXAMINER, HOUSE_AUDITOR] {
			appoint(auditor);
		}
		System::reset_events();
	});
	ext
}

/// Runs a test, then checks the whole state.
pub fn build_and_execute(test: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		test();
		Access::do_try_state().expect("the invariants still hold");
	});
}

pub fn signed(who: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
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

/// Returns this pallet's events since the last call.
pub fn events() -> Vec<Event<Test>> {
	let events = System::events()
		.into_iter()
		.filter_map(|record| match record.event {
			RuntimeEvent::Access(event) => Some(event),
			_ => None,
		})
		.collect();
	System::reset_events();
	events
}

/// Deposits a hospital's bond, so that its people may break the glass.
pub fn deposit(admin: AccountId, organisation: OrganisationId, amount: Balance) {
	Access::deposit_bond(signed(admin), organisation, amount).expect("an administrator deposits");
}

/// Opens a case of that clinician.
pub fn open(who: AccountId, organisation: OrganisationId, patient: AccountId) -> CaseId {
	Access::open_emergency(
		signed(who),
		patient,
		organisation,
		EmergencyReason::Unconscious,
		[5; 32],
	)
	.expect("the clinician may open a case");
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
		change(|world| {
			for number in 0..count {
				let (who, organisation) = (1_000 + u64::from(number), 100 + number);
				let auditor = membership(Some(organisation));
				world.members.insert((who, Role::Auditor), auditor);
				world.kinds.insert(organisation, OrganisationKind::Regulator);
			}
		});
		(0..count).map(|number| 1_000 + u64::from(number)).collect()
	}
	fn set_time(now: Moment) {
		Now::set(now);
	}
}
