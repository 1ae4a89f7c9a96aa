//! A runtime with this pallet only, a clock that tests set, and a listener that records enrolments.

use crate as pallet_roles;
use crate::*;
use frame_support::{assert_ok, derive_impl, parameter_types, traits::ConstU32, weights::Weight};
use salus_primitives::{
	Admission, Enrolment, Hash32, KeyAgreementPublic, Member, Moment, OnEnrolled, OrganisationId,
	OrganisationKind, Recipient, Role, RoleQuery, Specialty, Wrap, WRAP_LENGTH,
};
use sp_core::{sr25519, Pair, H256};
use sp_runtime::{
	traits::{IdentityLookup, Verify},
	AccountId32, BuildStorage, MultiSignature,
};

pub type Block = frame_system::mocking::MockBlock<Test>;
pub type AccountId = AccountId32;

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
	pub type Roles = pallet_roles;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
}

parameter_types! {
	pub static Now: Moment = START;
	pub static Enrolled: Vec<(AccountId, Option<OrganisationId>)> = vec![];
	pub const OrganisationAllowance: u128 = ORGANISATION_ALLOWANCE;
	pub const AccountAllowance: u128 = ACCOUNT_ALLOWANCE;
	pub const PatientsAllowance: u128 = PATIENTS_ALLOWANCE;
	pub const PatientAllowance: u128 = PATIENT_ALLOWANCE;
	pub const PatientReserve: u128 = PATIENT_RESERVE;
	pub const AllowancePeriod: Moment = DAY;
}

pub const DAY: Moment = 24 * 60 * 60 * 1_000;
/// Noon of a day, so that no period starts or ends within the hour.
pub const START: Moment = 20_000 * DAY + DAY / 2;
pub const ORGANISATION_ALLOWANCE: u128 = 1_000;
pub const ACCOUNT_ALLOWANCE: u128 = 400;
pub const PATIENTS_ALLOWANCE: u128 = 300;
pub const PATIENT_ALLOWANCE: u128 = 120;
pub const PATIENT_RESERVE: u128 = 50;
pub const GENESIS: Hash32 = [0x9e; 32];
pub const CREDENTIAL: Hash32 = [7; 32];
pub const PROFILE: Hash32 = [8; 32];
pub const KEY: KeyAgreementPublic = [9; 32];
pub const OTHER_KEY: KeyAgreementPublic = [10; 32];

pub struct Clock;
impl frame_support::traits::Time for Clock {
	type Moment = Moment;
	fn now() -> Moment {
		Now::get()
	}
}

pub struct Listener;
impl OnEnrolled<AccountId> for Listener {
	fn on_enrolled(patient: &AccountId, organisation: Option<OrganisationId>) {
		Enrolled::mutate(|enrolled| enrolled.push((patient.clone(), organisation)));
	}
	fn on_enrolled_weight() -> Weight {
		Weight::from_parts(1_000, 0)
	}
}

impl Config for Test {
	type CouncilOrigin = frame_system::EnsureRoot<AccountId>;
	type Time = Clock;
	type Signature = MultiSignature;
	type OnEnrolled = Listener;
	type MaxAdmins = ConstU32<4>;
	type MaxAdministrations = ConstU32<3>;
	type OrganisationAllowance = OrganisationAllowance;
	type AccountAllowance = AccountAllowance;
	type PatientsAllowance = PatientsAllowance;
	type PatientAllowance = PatientAllowance;
	type PatientReserve = PatientReserve;
	type AllowancePeriod = AllowancePeriod;
	type WeightInfo = ();
	type BenchmarkHelper = ();
}

/// Returns the key pair of a person in the tests.
pub fn pair(name: &str) -> sr25519::Pair {
	sr25519::Pair::from_string(&format!("//{name}"), None).unwrap()
}

/// Returns the account of a person in the tests.
pub fn account(name: &str) -> AccountId {
	AccountId32::new(pair(name).public().0)
}

/// Returns the account as the origin of a call.
pub fn signed(name: &str) -> RuntimeOrigin {
	RuntimeOrigin::signed(account(name))
}

pub fn admins(names: &[&str]) -> AdminsOf<Test> {
	names.iter().map(|name| account(name)).collect::<Vec<_>>().try_into().unwrap()
}

/// Returns a wrap sealed to this version of the recipient's key.
pub fn wrap(key_version: u32) -> Wrap {
	Wrap { key_version, sealed: [key_version as u8; WRAP_LENGTH as usize] }
}

/// Returns the enrolments that the listener recorded.
pub fn enrolled() -> Vec<(AccountId, Option<OrganisationId>)> {
	Enrolled::get()
}

/// Returns the last event of the pallet.
pub fn last_event() -> Event<Test> {
	match System::events().pop().expect("an event was deposited").event {
		RuntimeEvent::Roles(event) => event,
		other => panic!("not an event of the pallet: {other:?}"),
	}
}

pub fn is_live(name: &str, role: Role) -> bool {
	Roles::is_live_member(&account(name), role, None, Now::get())
}

/// Returns the membership of an account in a role.
pub fn member(name: &str, role: Role) -> Member {
	Members::<Test>::get(account(name), role).expect("the account is a member in the role")
}

pub fn key_of(name: &str) -> Option<(KeyAgreementPublic, u32)> {
	Roles::key(&Recipient::Account(account(name))).map(|key| (key.public, key.version))
}

/// Registers an organisation with these administrators.
pub fn register(kind: OrganisationKind, names: &[&str]) -> OrganisationId {
	assert_ok!(Roles::register_organisation(RuntimeOrigin::root(), kind, admins(names), PROFILE));
	OrganisationCount::<Test>::get()
}

/// Lets the administrator admit a member, with the member's signature.
pub fn admit(admin: &str, organisation: OrganisationId, name: &str, role: Role) {
	assert_ok!(admit_with(signed(admin), organisation, name, role, CREDENTIAL, None, None));
}

/// Like [`admit`], with credential, end and specialty.
#[allow(clippy::too_many_arguments, reason = "the call's arguments")]
pub fn admit_with(
	admin: RuntimeOrigin,
	organisation: OrganisationId,
	name: &str,
	role: Role,
	credential: Hash32,
	expires: Option<Moment>,
	specialty: Option<Specialty>,
) -> sp_runtime::DispatchResult {
	let admission = admission(name, organisation, role);
	let signature = sign(name, &admission.to_sign());
	Roles::admit_accepted(
		admin,
		organisation,
		account(name),
		role,
		credential,
		expires,
		specialty,
		admission.until,
		signature,
	)
}

/// Returns the admission that `name` signs to become a member of the organisation, with the latest
/// possible end.
pub fn admission(name: &str, organisation: OrganisationId, role: Role) -> Admission<AccountId> {
	Admission {
		genesis: GENESIS,
		account: account(name),
		organisation,
		role,
		until: Now::get() + MAX_SIGNATURE_LIFETIME,
	}
}

/// Submits an admission with a signature.
pub fn present_admission(
	admin: &str,
	admission: Admission<AccountId>,
	signature: MultiSignature,
) -> sp_runtime::DispatchResult {
	let Admission { account, organisation, role, until, .. } = admission;
	Roles::admit_accepted(
		signed(admin),
		organisation,
		account,
		role,
		CREDENTIAL,
		None,
		None,
		until,
		signature,
	)
}

/// Returns the enrolment that `name` signs for the organisation.
pub fn enrolment(name: &str, organisation: OrganisationId) -> Enrolment<AccountId> {
	Enrolment {
		genesis: GENESIS,
		patient: account(name),
		organisation,
		key: KEY,
		expires: Now::get() + 60_000,
	}
}

/// Signs bytes as `name`.
pub fn sign(name: &str, message: &[u8]) -> MultiSignature {
	let signature = MultiSignature::Sr25519(pair(name).sign(message));
	assert!(signature.verify(message, &account(name)), "the test's own signature is valid");
	signature
}

/// Submits an enrolment with a signature.
pub fn present(
	presenter: &str,
	enrolment: Enrolment<AccountId>,
	signature: MultiSignature,
) -> sp_runtime::DispatchResult {
	let Enrolment { patient, organisation, key, expires, .. } = enrolment;
	Roles::enrol_patient(
		signed(presenter),
		organisation,
		patient,
		key,
		CREDENTIAL,
		expires,
		signature,
	)
}

/// Lets `presenter` enrol a patient, with the patient's signature.
pub fn enrol_at(presenter: &str, organisation: OrganisationId, name: &str) {
	let enrolment = enrolment(name, organisation);
	let signature = sign(name, &enrolment.to_sign());
	assert_ok!(present(presenter, enrolment, signature));
}

/// Builds the initial state of a test, and checks the whole state at its end.
///
/// `HOSPITAL` is organisation 1 with the administrators `Ada` and `Abe`; `LABORATORY` is
/// organisation 2 with the administrator `Lea`.
#[derive(Default)]
pub struct TestExt {
	empty: bool,
}

pub const HOSPITAL: OrganisationId = 1;
pub const LABORATORY: OrganisationId = 2;

impl TestExt {
	/// Starts without the two organisations.
	pub fn empty() -> Self {
		Self { empty: true }
	}

	pub fn build(self) -> sp_io::TestExternalities {
		let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
		let organisations = if self.empty {
			vec![]
		} else {
			vec![
				(OrganisationKind::Hospital, vec![account("Ada"), account("Abe")], PROFILE),
				(OrganisationKind::Laboratory, vec![account("Lea")], PROFILE),
			]
		};
		GenesisConfig::<Test> { organisations }.assimilate_storage(&mut storage).unwrap();
		let mut ext = sp_io::TestExternalities::from(storage);
		ext.register_extension(sp_keystore::KeystoreExt::new(
			sp_keystore::testing::MemoryKeystore::new(),
		));
		ext.execute_with(|| {
			// FRAME keeps events from block 1 on.
			System::reset_events();
			System::initialize(&1, &H256(GENESIS), &Default::default());
			Now::set(START);
			Enrolled::set(vec![]);
		});
		ext
	}

	pub fn build_and_execute(self, test: impl FnOnce()) {
		self.build().execute_with(|| {
			test();
			Roles::do_try_state().expect("the invariants hold");
		});
	}
}

pub fn new_test_ext() -> sp_io::TestExternalities {
	TestExt::empty().build()
}
