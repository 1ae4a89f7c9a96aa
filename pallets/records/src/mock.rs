//! A runtime with only this pallet, whose off-chain worker signs with test keys. Tests let patients
//! refuse authors, and read the pallet's notifications.

pub(crate) use crate::call_weights::{decoding_weight, finding_weight, wraps_weight};
use crate::{self as pallet_records, *};
use frame_support::{
	parameter_types,
	traits::{ConstU32, ConstU64},
	weights::Weight,
};
use frame_system::offchain::{
	AppCrypto, CreateSignedTransaction, CreateTransactionBase, SigningTypes,
};
use salus_primitives::{
	Basis, Confidentiality, Decision, DenyReason, MemberStatus, OrganisationId, OrganisationKind,
	Question, Recipient, Role, RoleQuery, CODEC_RAW, WRAP_LENGTH,
};
use sp_runtime::{
	testing::{TestSignature, TestXt, UintAuthorityId},
	DispatchResult,
};
use std::collections::BTreeSet;

pub use salus_testing::*;

/// Storage node of the hospital. This and the next are present.
pub const NODE: AccountId = 51;
/// Storage node of the clinic.
pub const OTHER_NODE: AccountId = 52;
/// Storage node of the third hospital.
pub const THIRD_NODE: AccountId = 53;
pub const THIRD_HOSPITAL: OrganisationId = 7;

salus_testing::runtime! {
	pub enum Test {
		System: frame_system,
		Records: pallet_records,
	}
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

impl Mock for Test {
	type Event = pallet_records::Event<Test>;
	fn set_stage() {
		stage();
		Roles::register(THIRD_HOSPITAL, OrganisationKind::Hospital);
		for (node, organisation) in
			[(NODE, HOSPITAL), (OTHER_NODE, CLINIC), (THIRD_NODE, THIRD_HOSPITAL)]
		{
			Roles::admit(node, Role::StorageNode, Some(organisation));
		}
		for node in [NODE, OTHER_NODE] {
			StorageNodes::<Test>::insert(node, 1);
		}
		give_keys();
		// The genesis of `frame_system` alone does not set it.
		STORAGE_VERSION.put::<Records>();
		Refused::take();
		Closed::take();
		Erased::take();
		Stored::take();
		Withdrawn::take();
	}
	fn try_state() -> DispatchResult {
		Records::do_try_state()
	}
}

parameter_types! {
	/// Patients, each with an author whom they refused.
	pub static Refused: BTreeSet<(AccountId, AccountId)> = BTreeSet::new();
	/// Patients, each with a category and an organisation that does not write it.
	pub static Closed: BTreeSet<(AccountId, Category, OrganisationId)> = BTreeSet::new();
	/// Number of decisions about writing.
	pub static Decisions: u32 = 0;
	/// Reported erasures, with each record's latest version.
	pub static Erased: Vec<(RecordId, Version)> = vec![];
	/// Versions reported as stored.
	pub static Stored: Vec<(RecordId, Version)> = vec![];
	/// Reported withdrawals.
	pub static Withdrawn: Vec<(AccountId, RecordId, Withdrawal<AccountId>)> = vec![];
}

/// Account without a published key.
pub const KEYLESS: AccountId = 3_000;

/// Publishes the first version of the keys of the cast, the readers of the tests and two hospitals.
fn give_keys() {
	let accounts = (1..100).chain([400, 500]).chain(1_000..1_100).chain(2_000..2_010);
	let organisations = [HOSPITAL, CLINIC].map(Recipient::Organisation);
	for recipient in accounts.map(Recipient::Account).chain(organisations) {
		Roles::give_key(recipient, [1; 32]);
	}
}

/// Suspends every membership of an account.
pub fn suspend(who: AccountId) {
	for (role, _) in Roles::memberships(&who) {
		Roles::set_status(who, role, MemberStatus::Suspended);
	}
}

/// Consent: patients permit everyone whom they have not refused, and every category that they have
/// not closed.
pub struct Consent;

pub const MAX_TERMS_WEIGHT: Weight = Weight::from_parts(1_000_000_000, 0);
pub const TERMS_WEIGHT: Weight = Weight::from_parts(1_000, 0);

impl ConsentPolicy<AccountId> for Consent {
	fn decide(_: &Question<AccountId>, _: Moment) -> Decision {
		Decision::Deny(DenyReason::NoGrant)
	}
	fn may_write(
		author: &AccountId,
		organisation: OrganisationId,
		patient: &AccountId,
		category: Category,
		_: Option<&RecordId>,
		_: Moment,
	) -> bool {
		Decisions::mutate(|decisions| *decisions += 1);
		!Refused::get().contains(&(*patient, *author))
			&& !Closed::get().contains(&(*patient, category, organisation))
	}
	fn count_use(_: &Question<AccountId>, _: &AccountId, _: &Basis) {}
	fn count_use_weight() -> Weight {
		Weight::zero()
	}
	fn decide_again(question: &Question<AccountId>, _: &Basis, now: Moment) -> Decision {
		Self::decide(question, now)
	}
	fn max_terms_weight() -> Weight {
		MAX_TERMS_WEIGHT
	}
	fn terms_weight(_: &AccountId) -> Weight {
		TERMS_WEIGHT
	}
}

pub fn refuse(patient: AccountId, author: AccountId) {
	Refused::mutate(|refused| refused.insert((patient, author)));
}

pub fn close(patient: AccountId, category: Category, organisation: OrganisationId) {
	Closed::mutate(|closed| closed.insert((patient, category, organisation)));
}

/// Remembers the notifications from this pallet.
pub struct Notified;

impl OnStored for Notified {
	fn on_stored(record: &RecordId, version: Version) {
		Stored::mutate(|stored| stored.push((*record, version)));
	}
	fn on_stored_weight() -> Weight {
		Weight::zero()
	}
}

impl OnWithdrawn<AccountId> for Notified {
	type Error = sp_runtime::DispatchError;
	fn on_withdrawn(
		patient: &AccountId,
		record: &RecordId,
		withdrawal: &Withdrawal<AccountId>,
	) -> DispatchResult {
		Withdrawn::mutate(|withdrawn| withdrawn.push((*patient, *record, withdrawal.clone())));
		Ok(())
	}
	fn on_withdrawn_weight() -> Weight {
		Weight::zero()
	}
}

impl OnErased for Notified {
	fn on_erased(record: &RecordId, latest: Version) {
		Erased::mutate(|erased| erased.push((*record, latest)));
	}
	fn on_erased_weight(_: u32) -> Weight {
		Weight::zero()
	}
}

impl Config for Test {
	type Roles = Roles;
	type Consent = Consent;
	type Committee = Committee;
	type OnErased = Notified;
	type OnStored = Notified;
	type OnWithdrawn = Notified;
	type Time = Clock;
	type AuthorityId = TestCrypto;
	type MaxVersions = ConstU32<4>;
	type MaxWrapsPerRecord = ConstU32<66>;
	type CouncilOrigin = frame_system::EnsureRoot<AccountId>;
	type MaxReplicas = ConstU32<2>;
	type ReplicationTarget = ConstU32<2>;
	type MaxStorageNodes = ConstU32<4>;
	type MaxStorageNodesOfOrganisation = ConstU32<2>;
	type MaxBatch = ConstU32<200>;
	type MaxClaims = ConstU32<256>;
	type MaxSize = ConstU64<{ 1 << 30 }>;
	type WeightInfo = ();
	type BenchmarkHelper = Helper;
}

pub struct Helper;
impl BenchmarkHelper<AccountId> for Helper {
	fn set_up(author: &AccountId, patient: &AccountId, node: &AccountId) -> OrganisationId {
		for (who, role) in [(author, Role::Device), (node, Role::StorageNode)] {
			Roles::admit(*who, role, Some(HOSPITAL));
		}
		Self::set_up_patient(patient, HOSPITAL);
		HOSPITAL
	}
	fn set_up_patient(patient: &AccountId, organisation: OrganisationId) {
		Roles::admit(*patient, Role::Patient, Some(organisation));
		Self::set_up_key(&Recipient::Account(*patient));
	}
	fn set_up_key(recipient: &Recipient<AccountId>) {
		Roles::give_key(recipient.clone(), [1; 32]);
	}
	fn set_up_committee() -> Epoch {
		EPOCH_NOW
	}
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
	Records::register(signed(DOCTOR), new_guarded(seed)).unwrap();
	id(seed)
}

/// Returns the identifier of [`new_record`] when the doctor registers it.
pub fn id(seed: u8) -> RecordId {
	RecordId::new(&DOCTOR, &PATIENT, &[seed; 32])
}

/// Registers [`new_record`] as the doctor.
pub fn register(seed: u8) -> RecordId {
	Records::register(signed(DOCTOR), new_record(seed)).unwrap();
	id(seed)
}

/// Appends a version with this seed's content.
pub fn revise(record: RecordId, expected: Version, seed: u8) {
	Records::revise(
		signed(DOCTOR),
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
	Records::confirm_stored(signed(node), claims).unwrap();
}

/// Registers [`new_record`] as the doctor, and lets the first node confirm it.
pub fn confirmed(seed: u8) -> RecordId {
	let record = register(seed);
	confirm(NODE, record, 1, seed);
	record
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
