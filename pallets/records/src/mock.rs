//! A runtime with this pallet alone. Thread-local sets stand in for its neighbours.

use crate::{self as pallet_records, *};
use core::cell::{Cell, RefCell};
use frame_support::{
	derive_impl,
	traits::{ConstU32, ConstU64, Time},
	weights::Weight,
};
use frame_system::offchain::{
	AppCrypto, CreateSignedTransaction, CreateTransactionBase, SigningTypes,
};
use salus_primitives::{
	Basis, Confidentiality, Decision, DenyReason, EpochPublic, KeyAgreementKey, Member,
	MemberStatus, OrganisationId, OrganisationKind, Question, Recipient, Role, CODEC_RAW,
	WRAP_LENGTH,
};
use sp_runtime::{
	testing::{TestSignature, TestXt, UintAuthorityId},
	BuildStorage,
};
use std::collections::BTreeSet;

pub type AccountId = u64;

pub const DOCTOR: AccountId = 1;
pub const OTHER_DOCTOR: AccountId = 2;
pub const CLERK: AccountId = 3;
pub const DEVICE: AccountId = 4;
pub const PATIENT: AccountId = 10;
pub const OTHER_PATIENT: AccountId = 11;
pub const NODE: AccountId = 20;
pub const OTHER_NODE: AccountId = 21;
pub const THIRD_NODE: AccountId = 22;
pub const STRANGER: AccountId = 99;
pub const HOSPITAL: OrganisationId = 1;
pub const OTHER_HOSPITAL: OrganisationId = 2;
pub const THIRD_HOSPITAL: OrganisationId = 3;
/// The active epoch at the start of a test.
pub const EPOCH_NOW: Epoch = 2;

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Records = pallet_records;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
}

pub struct TestCrypto;

impl AppCrypto<UintAuthorityId, TestSignature> for TestCrypto {
	type RuntimeAppPublic = UintAuthorityId;
	type GenericPublic = UintAuthorityId;
	type GenericSignature = TestSignature;
}

impl SigningTypes for Test {
	type Public = UintAuthorityId;
	type Signature = TestSignature;
}

pub type Extrinsic = TestXt<RuntimeCall, u32>;

impl<LocalCall> CreateTransactionBase<LocalCall> for Test
where
	RuntimeCall: From<LocalCall>,
{
	type Extrinsic = Extrinsic;
	type RuntimeCall = RuntimeCall;
}

impl<LocalCall> CreateSignedTransaction<LocalCall> for Test
where
	RuntimeCall: From<LocalCall>,
{
	fn create_signed_transaction<C: AppCrypto<UintAuthorityId, TestSignature>>(
		call: RuntimeCall,
		_: UintAuthorityId,
		account: AccountId,
		nonce: u32,
	) -> Option<Extrinsic> {
		Some(Extrinsic::new_signed(call, account, (), nonce))
	}
}

thread_local! {
	static MEMBERS: RefCell<BTreeSet<(AccountId, Role, Option<OrganisationId>)>> = RefCell::default();
	static REFUSED: RefCell<BTreeSet<(AccountId, AccountId)>> = RefCell::default();
	static ERASED: RefCell<Vec<(RecordId, Version)>> = RefCell::default();
	static STORED: RefCell<Vec<(RecordId, Version)>> = RefCell::default();
	static WITHDRAWN: RefCell<Vec<(AccountId, RecordId, Withdrawal<AccountId>)>> = RefCell::default();
	static EPOCH: Cell<Option<Epoch>> = const { Cell::new(None) };
	static NOW: Cell<Moment> = const { Cell::new(0) };
}

pub struct Clock;

impl Time for Clock {
	type Moment = Moment;
	fn now() -> Moment {
		NOW.get()
	}
}

pub fn set_time(now: Moment) {
	NOW.set(now);
}

/// Roles: every member of the set is live.
pub struct Roles;

impl RoleQuery<AccountId> for Roles {
	fn memberships(who: &AccountId) -> Vec<(Role, Member)> {
		let member = |organisation| Member {
			organisation,
			status: MemberStatus::Active,
			credential: [0; 32],
			expires: None,
			since: 0,
			specialty: None,
		};
		let of_who = |members: &BTreeSet<(AccountId, Role, _)>| {
			let members = members.iter().filter(|(account, ..)| account == who);
			members.map(|(_, role, organisation)| (*role, member(*organisation))).collect()
		};
		MEMBERS.with_borrow(of_who)
	}
	fn is_live(_: Role, _: &Member, _: Moment) -> bool {
		true
	}
	fn is_live_member(
		who: &AccountId,
		role: Role,
		organisation: Option<OrganisationId>,
		_: Moment,
	) -> bool {
		MEMBERS.with_borrow(|members| {
			members.iter().any(|(account, holds, of)| {
				account == who && *holds == role && (organisation.is_none() || *of == organisation)
			})
		})
	}
	fn is_active(_: OrganisationId) -> bool {
		true
	}
	fn kind(_: OrganisationId) -> Option<OrganisationKind> {
		None
	}
	fn is_admin(_: &AccountId, _: OrganisationId) -> bool {
		false
	}
	fn key(_: &Recipient<AccountId>) -> Option<KeyAgreementKey> {
		None
	}
	fn memberships_weight() -> Weight {
		Weight::zero()
	}
}

pub fn admit(who: AccountId, role: Role, organisation: Option<OrganisationId>) {
	MEMBERS.with_borrow_mut(|members| members.insert((who, role, organisation)));
}

pub fn suspend(who: AccountId) {
	MEMBERS.with_borrow_mut(|members| members.retain(|(account, ..)| *account != who));
}

/// Consent: patients permit everyone whom they have not refused.
pub struct Consent;

pub const DECIDE_WEIGHT: Weight = Weight::from_parts(1_000_000_000, 0);
pub const MAY_WRITE_WEIGHT: Weight = Weight::from_parts(1_000, 0);

impl ConsentPolicy<AccountId> for Consent {
	fn decide(_: &Question<AccountId>, _: Moment) -> Decision {
		Decision::Deny(DenyReason::NoGrant)
	}
	fn may_write(
		author: &AccountId,
		_: OrganisationId,
		patient: &AccountId,
		_: Category,
		_: Option<&RecordId>,
		_: Moment,
	) -> bool {
		REFUSED.with_borrow(|refused| !refused.contains(&(*patient, *author)))
	}
	fn count_use(_: &Question<AccountId>, _: &AccountId, _: &Basis) {}
	fn count_use_weight() -> Weight {
		Weight::zero()
	}
	fn decide_again(question: &Question<AccountId>, _: &Basis, now: Moment) -> Decision {
		Self::decide(question, now)
	}
	fn decide_weight() -> Weight {
		DECIDE_WEIGHT
	}
	fn may_write_weight(_: &AccountId) -> Weight {
		MAY_WRITE_WEIGHT
	}
}

pub fn refuse(patient: AccountId, author: AccountId) {
	REFUSED.with_borrow_mut(|refused| refused.insert((patient, author)));
}

/// Committee: all epochs up to the active one have keys.
pub struct Committee;

impl CommitteeQuery for Committee {
	fn active() -> Option<Epoch> {
		EPOCH.get()
	}
	fn threshold(epoch: Epoch) -> Option<u32> {
		(1..=EPOCH.get()?).contains(&epoch).then_some(3)
	}
	fn public(_: Epoch) -> Option<EpochPublic> {
		None
	}
	fn threshold_weight() -> Weight {
		Weight::zero()
	}
}

pub fn set_epoch(epoch: Option<Epoch>) {
	EPOCH.set(epoch);
}

/// Remembers the notifications from this pallet.
pub struct Told;

impl OnStored for Told {
	fn on_stored(record: &RecordId, version: Version) {
		STORED.with_borrow_mut(|stored| stored.push((*record, version)));
	}
	fn on_stored_weight() -> Weight {
		Weight::zero()
	}
}

impl OnWithdrawn<AccountId> for Told {
	type Error = sp_runtime::DispatchError;
	fn on_withdrawn(
		patient: &AccountId,
		record: &RecordId,
		withdrawal: &Withdrawal<AccountId>,
	) -> sp_runtime::DispatchResult {
		WITHDRAWN.with_borrow_mut(|told| told.push((*patient, *record, withdrawal.clone())));
		Ok(())
	}
	fn on_withdrawn_weight() -> Weight {
		Weight::zero()
	}
}

/// Returns the notifications of withdrawals.
pub fn told_withdrawn() -> Vec<(AccountId, RecordId, Withdrawal<AccountId>)> {
	WITHDRAWN.with_borrow(Clone::clone)
}

impl OnErased for Told {
	fn on_erased(record: &RecordId, latest: Version) {
		ERASED.with_borrow_mut(|erased| erased.push((*record, latest)));
	}
	fn on_erased_weight(_: u32) -> Weight {
		Weight::zero()
	}
}

/// Returns the notifications of erasures, with each record's latest version.
pub fn told_erased() -> Vec<(RecordId, Version)> {
	ERASED.with_borrow(Clone::clone)
}

pub fn told() -> Vec<(RecordId, Version)> {
	STORED.with_borrow(Clone::clone)
}

impl Config for Test {
	type Roles = Roles;
	type Consent = Consent;
	type Committee = Committee;
	type OnErased = Told;
	type OnStored = Told;
	type OnWithdrawn = Told;
	type Time = Clock;
	type AuthorityId = TestCrypto;
	type MaxVersions = ConstU32<4>;
	type MaxWrapsPerRecord = ConstU32<66>;
	type CouncilOrigin = frame_system::EnsureRoot<AccountId>;
	type MaxReplicas = ConstU32<2>;
	type ReplicationTarget = ConstU32<2>;
	type MaxStorageNodes = ConstU32<4>;
	type MaxBatch = ConstU32<200>;
	type MaxClaims = ConstU32<256>;
	type MaxSize = ConstU64<{ 1 << 30 }>;
	type WeightInfo = ();
	type BenchmarkHelper = Roles;
}

impl BenchmarkHelper<AccountId> for Roles {
	fn set_up(author: &AccountId, patient: &AccountId, node: &AccountId) -> OrganisationId {
		admit(*author, Role::Device, Some(HOSPITAL));
		admit(*patient, Role::Patient, Some(HOSPITAL));
		admit(*node, Role::StorageNode, Some(HOSPITAL));
		HOSPITAL
	}
	fn set_up_committee() -> Epoch {
		set_epoch(Some(1));
		1
	}
}

pub fn new_test_ext() -> sp_io::TestExternalities {
	MEMBERS.take();
	REFUSED.take();
	ERASED.take();
	STORED.take();
	WITHDRAWN.take();
	for (who, role, organisation) in [
		(DOCTOR, Role::Practitioner, HOSPITAL),
		(OTHER_DOCTOR, Role::Practitioner, OTHER_HOSPITAL),
		(CLERK, Role::RecordsAdmin, HOSPITAL),
		(DEVICE, Role::Device, HOSPITAL),
		(PATIENT, Role::Patient, HOSPITAL),
		(OTHER_PATIENT, Role::Patient, HOSPITAL),
		(NODE, Role::StorageNode, HOSPITAL),
		(OTHER_NODE, Role::StorageNode, OTHER_HOSPITAL),
		(THIRD_NODE, Role::StorageNode, THIRD_HOSPITAL),
	] {
		admit(who, role, Some(organisation));
	}
	set_time(1_000);
	set_epoch(Some(EPOCH_NOW));
	let storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	let mut ext = sp_io::TestExternalities::from(storage);
	ext.execute_with(|| {
		System::set_block_number(1);
		for node in [NODE, OTHER_NODE] {
			StorageNodes::<Test>::insert(node, 1);
		}
	});
	ext
}

/// Runs a test, then checks all storage.
pub fn build_and_execute(test: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		test();
		Records::do_try_state().expect("the invariants hold after every test");
	});
}

/// Runs a test that breaks an invariant, and expects the check to report it.
pub fn expect_broken(what: &'static str, break_it: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		break_it();
		assert_eq!(Records::do_try_state(), Err(sp_runtime::DispatchError::Other(what)));
	});
}

// Building blocks of tests.

pub fn cid(seed: u8) -> Cid {
	Cid::new(CODEC_RAW, [seed; 32])
}

pub fn content(seed: u8) -> Content {
	Content { root: cid(seed), size: 1_000, commitment: [seed; 32] }
}

pub fn wrap(seed: u8) -> Wrap {
	Wrap { key_version: 1, sealed: [seed; WRAP_LENGTH as usize] }
}

pub fn wraps_for(accounts: &[AccountId]) -> NewWraps<AccountId> {
	let wraps = accounts.iter().map(|account| (Recipient::Account(*account), wrap(0)));
	wraps.collect::<Vec<_>>().try_into().unwrap()
}

/// Returns a record about the patient, with a seed for salt and content.
pub fn new_record(seed: u8) -> NewRecord<AccountId> {
	NewRecord {
		patient: PATIENT,
		organisation: HOSPITAL,
		category: Category::Laboratory,
		confidentiality: Confidentiality::Normal,
		salt: [seed; 32],
		content: content(seed),
		wraps: wraps_for(&[PATIENT, DOCTOR]),
		sealed: None,
	}
}

/// Returns a sealed key as long as the committee's.
pub fn sealed(epoch: Epoch, seed: u8) -> SealedKey {
	SealedKey { epoch, sealed: vec![seed; 167].try_into().unwrap() }
}

/// Returns [`new_record`] in guarded mode, sealed to the active epoch.
pub fn new_guarded(seed: u8) -> NewRecord<AccountId> {
	NewRecord {
		wraps: wraps_for(&[PATIENT]),
		sealed: Some(sealed(EPOCH_NOW, seed)),
		..new_record(seed)
	}
}

/// Registers [`new_guarded`] as the doctor.
pub fn register_guarded(seed: u8) -> RecordId {
	Records::register(RuntimeOrigin::signed(DOCTOR), new_guarded(seed)).unwrap();
	id(seed)
}

/// Returns the identifier of [`new_record`] when the doctor registers it.
pub fn id(seed: u8) -> RecordId {
	RecordId::new(&DOCTOR, &PATIENT, &[seed; 32])
}

/// Registers [`new_record`] as the doctor.
pub fn register(seed: u8) -> RecordId {
	Records::register(RuntimeOrigin::signed(DOCTOR), new_record(seed)).unwrap();
	id(seed)
}

/// Appends a version with this seed's content.
pub fn revise(record: RecordId, expected: Version, seed: u8) {
	Records::revise(
		RuntimeOrigin::signed(DOCTOR),
		record,
		expected,
		HOSPITAL,
		content(seed),
		wraps_for(&[PATIENT]),
		None,
	)
	.unwrap();
}

pub fn claim(record: RecordId, version: Version, seed: u8) -> StorageClaim {
	StorageClaim { record, version, root: cid(seed) }
}

/// Lets a node confirm one version.
pub fn confirm(node: AccountId, record: RecordId, version: Version, seed: u8) {
	let claims = vec![claim(record, version, seed)].try_into().unwrap();
	Records::confirm_stored(RuntimeOrigin::signed(node), claims).unwrap();
}

pub fn version(record: RecordId, version: Version) -> VersionInfo<AccountId> {
	Versions::<Test>::get(record, version).unwrap()
}

pub fn live(record: RecordId) -> salus_primitives::Record<AccountId> {
	match crate::Records::<Test>::get(record) {
		Some(RecordEntry::Live(record)) => record,
		other => panic!("not a live record: {other:?}"),
	}
}

/// Returns this pallet's events since the last call.
pub fn events() -> Vec<Event<Test>> {
	let events = System::events();
	System::reset_events();
	let ours = |record: frame_system::EventRecord<RuntimeEvent, _>| match record.event {
		RuntimeEvent::Records(event) => Some(event),
		_ => None,
	};
	events.into_iter().filter_map(ours).collect()
}
