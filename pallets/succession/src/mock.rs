//! A runtime with this pallet, balances and batches. Tests appoint the guardians, and read what was
//! written to the logs.

use crate as pallet_succession;
use crate::*;
use frame_support::{parameter_types, traits::ConstU64, weights::Weight};
use salus_primitives::*;
use sp_runtime::{testing::TestSignature, BuildStorage, DispatchError, DispatchResult};
use std::collections::BTreeMap;

pub use salus_testing::*;

salus_testing::runtime! {
	pub enum Test {
		System: frame_system,
		Balances: pallet_balances,
		Utility: pallet_utility,
		Succession: pallet_succession,
	}
	type AccountData = pallet_balances::AccountData<u64>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
}

impl pallet_utility::Config for Test {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type PalletsOrigin = OriginCaller;
	type WeightInfo = ();
}

pub const DELAY: Moment = 3 * DAY;
pub const LIFETIME: Moment = 30 * DAY;
pub const COOLDOWN: Moment = 7 * DAY;

impl pallet_succession::Config for Test {
	type RuntimeCall = RuntimeCall;
	type ActFilter = Filter;
	type Guardians = Guardians;
	type Roles = Roles;
	type Log = Log;
	type Time = Clock;
	type Signature = TestSignature;
	type Delay = ConstU64<DELAY>;
	type MaxLifetime = ConstU64<LIFETIME>;
	type Cooldown = ConstU64<COOLDOWN>;
	type WeightInfo = ();
	type BenchmarkHelper = Helper;
}

/// Patient of the hospital without guardians.
pub const ORPHAN: AccountId = 4;
/// Guardian of the patient and of the loner, and a patient of the clinic.
pub const SISTER: AccountId = 61;
/// Guardian of the patient, and a self-enrolled patient.
pub const BROTHER: AccountId = 62;
/// Guardian of the patient and of the loner.
pub const FRIEND: AccountId = 63;
/// Guardian of the patient.
pub const UNCLE: AccountId = 64;
/// Accounts that have no part in anything yet.
pub const NEW: AccountId = 51;
pub const OTHER: AccountId = 52;

impl Mock for Test {
	type Event = pallet_succession::Event<Test>;
	fn genesis() -> impl BuildStorage {
		let balances = vec![(PATIENT, 1_000)];
		RuntimeGenesisConfig {
			balances: pallet_balances::GenesisConfig { balances, ..Default::default() },
			..Default::default()
		}
	}
	fn set_stage() {
		stage();
		Roles::admit(ORPHAN, Role::Patient, Some(HOSPITAL));
		Roles::admit(SISTER, Role::Patient, Some(CLINIC));
		Roles::admit(BROTHER, Role::Patient, None);
		Appointed::take();
		Lapsed::take();
		for (patient, guardians) in
			[(PATIENT, &[SISTER, BROTHER, FRIEND, UNCLE][..]), (LONER, &[SISTER, FRIEND])]
		{
			guardians.iter().for_each(|guardian| appoint(patient, *guardian, Moment::MAX));
		}
		Written::take();
		LogIsFull::set(false);
	}
	fn try_state() -> DispatchResult {
		Succession::do_try_state()
	}
}

/// Entry of a log: patient, actor, organisation and event.
pub type Entry = (AccountId, AccountId, Option<OrganisationId>, SuccessionEvent);

parameter_types! {
	/// Guardians of the patients who may support a recovery, each with the end of their
	/// appointment.
	pub static Appointed: BTreeMap<AccountId, Vec<(AccountId, Moment)>> = BTreeMap::new();
	/// Guardians who lost their memberships.
	pub static Lapsed: Vec<AccountId> = vec![];
	pub static Written: Vec<Entry> = vec![];
	pub static LogIsFull: bool = false;
}

pub fn dismiss(patient: AccountId, guardian: AccountId) {
	Appointed::mutate(|all| all.entry(patient).or_default().retain(|(who, _)| *who != guardian));
}

pub fn appoint(patient: AccountId, guardian: AccountId, until: Moment) {
	Appointed::mutate(|all| all.entry(patient).or_default().push((guardian, until)));
}

/// Makes these accounts the guardians of a patient.
pub fn set_guardians(patient: AccountId, guardians: impl IntoIterator<Item = AccountId>) {
	let guardians = guardians.into_iter().map(|who| (who, Moment::MAX)).collect();
	Appointed::mutate(|all| all.insert(patient, guardians));
}

/// Returns the guardians of a patient at this time, including those who lost their memberships.
pub fn appointed_at(patient: AccountId, now: Moment) -> Vec<AccountId> {
	let appointed = Appointed::get().remove(&patient).unwrap_or_default();
	appointed.into_iter().filter(|(_, until)| now < *until).map(|(who, _)| who).collect()
}

/// Returns the live guardians of a patient at this time.
pub fn guardians_at(patient: AccountId, now: Moment) -> Vec<AccountId> {
	let lapsed = Lapsed::get();
	appointed_at(patient, now).into_iter().filter(|who| !lapsed.contains(who)).collect()
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
	fn recovery_guardians(patient: &AccountId, now: Moment) -> GuardiansForRecovery<AccountId> {
		GuardiansForRecovery {
			live: guardians_at(*patient, now),
			appointed: appointed_at(*patient, now).len() as u32,
		}
	}
	fn recovery_guardians_weight() -> Weight {
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
	) -> DispatchResult {
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

/// Returns the log entries since the last call.
pub fn written() -> Vec<Entry> {
	Written::take()
}

/// Advances the time, and the chain by one block.
pub fn wait(time: Moment) {
	Now::mutate(|now| *now += time);
	System::set_block_number(System::block_number() + 1);
}

/// Returns the recovery that `successor` signs to act for the patient, with the latest possible
/// end.
pub fn recovery(patient: AccountId, successor: AccountId) -> Recovery<AccountId> {
	let until = Now::get() + MAX_SIGNATURE_LIFETIME;
	Recovery { genesis: GENESIS, patient, successor, until }
}

/// Signs bytes as `who`.
pub fn sign(who: AccountId, message: &[u8]) -> TestSignature {
	TestSignature(who, message.to_vec())
}

/// Returns the call that proposes the recovery with this signature.
pub fn proposal(
	recovery: Recovery<AccountId>,
	signature: TestSignature,
) -> pallet_succession::Call<Test> {
	let Recovery { patient, successor, until, .. } = recovery;
	pallet_succession::Call::propose_accepted { patient, successor, until, signature }
}

/// Returns the call that proposes the account, with its signature.
pub fn accepted(patient: AccountId, successor: AccountId) -> pallet_succession::Call<Test> {
	let recovery = recovery(patient, successor);
	let signature = sign(successor, &recovery.to_sign());
	proposal(recovery, signature)
}

pub struct Helper;
impl benchmarking::BenchmarkHelper<AccountId, RuntimeCall, TestSignature> for Helper {
	fn patient() -> (AccountId, Vec<AccountId>, AccountId) {
		set_guardians(PATIENT, 101..=108);
		(PATIENT, (101..=108).collect(), ADMIN)
	}
	fn call() -> RuntimeCall {
		RuntimeCall::System(frame_system::Call::remark { remark: vec![] })
	}
	fn set_time(now: Moment) {
		Now::set(now);
	}
	fn successor(number: u32) -> AccountId {
		1_000 + AccountId::from(number)
	}
	fn sign(successor: &AccountId, message: &[u8]) -> TestSignature {
		sign(*successor, message)
	}
}
