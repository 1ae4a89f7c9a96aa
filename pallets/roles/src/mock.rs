//! A runtime with this pallet only. Accounts sign, and a listener records enrolments.

use crate as pallet_roles;
use crate::*;
use frame_support::{
	assert_ok, parameter_types,
	traits::{ConstU128, ConstU32, ConstU64},
	weights::Weight,
};
use salus_primitives::{
	Admission, Enrolment, Hash32, KeyAgreementPublic, Member, Moment, OnEnrolled, OrganisationId,
	OrganisationKind, Recipient, Role, RoleQuery, Specialty, Wrap, WRAP_LENGTH,
};
use sp_core::{sr25519, Pair};
use sp_runtime::{
	traits::{IdentityLookup, Verify},
	AccountId32, BuildStorage, DispatchResult, MultiSignature,
};

pub use salus_testing::*;

pub type AccountId = AccountId32;

salus_testing::runtime! {
	pub enum Test {
		System: frame_system,
		Roles: pallet_roles,
	}
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
}

parameter_types! {
	pub static Enrolled: Vec<(AccountId, Option<OrganisationId>)> = vec![];
}

pub const ORGANISATION_ALLOWANCE: u128 = 1_000;
pub const ACCOUNT_ALLOWANCE: u128 = 400;
pub const PATIENTS_ALLOWANCE: u128 = 300;
pub const PATIENT_ALLOWANCE: u128 = 120;
pub const PATIENT_RESERVE: u128 = 50;
pub const CREDENTIAL: Hash32 = [7; 32];
pub const PROFILE: Hash32 = [8; 32];
pub const KEY: KeyAgreementPublic = [9; 32];
pub const OTHER_KEY: KeyAgreementPublic = [10; 32];

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
	type Succession = ();
	type MaxAdmins = ConstU32<4>;
	type MaxAdministrations = ConstU32<3>;
	type OrganisationAllowance = ConstU128<ORGANISATION_ALLOWANCE>;
	type AccountAllowance = ConstU128<ACCOUNT_ALLOWANCE>;
	type PatientsAllowance = ConstU128<PATIENTS_ALLOWANCE>;
	type PatientAllowance = ConstU128<PATIENT_ALLOWANCE>;
	type PatientReserve = ConstU128<PATIENT_RESERVE>;
	type AllowancePeriod = ConstU64<DAY>;
	type WeightInfo = ();
	type BenchmarkHelper = ();
}

/// Second organisation of the genesis. `Lea` administers it, and `Ada` and `Abe` administer the
/// first, [`HOSPITAL`].
pub const LABORATORY: OrganisationId = 2;

impl Mock for Test {
	type Event = pallet_roles::Event<Test>;
	fn genesis() -> impl BuildStorage {
		let organisations = vec![
			(OrganisationKind::Hospital, vec![account("Ada"), account("Abe")], PROFILE),
			(OrganisationKind::Laboratory, vec![account("Lea")], PROFILE),
		];
		RuntimeGenesisConfig { roles: GenesisConfig { organisations }, ..Default::default() }
	}
	fn set_stage() {
		Enrolled::take();
	}
	fn try_state() -> DispatchResult {
		Roles::do_try_state()
	}
}

/// Starts without the two organisations.
pub fn without_organisations() -> TestExt {
	TestExt::new(RuntimeGenesisConfig::default())
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
	assert_ok!(admit_with(signed(admin), organisation, name, role, None, None));
}

/// Like [`admit`], with an end and a specialty.
pub fn admit_with(
	admin: RuntimeOrigin,
	organisation: OrganisationId,
	name: &str,
	role: Role,
	expires: Option<Moment>,
	specialty: Option<Specialty>,
) -> DispatchResult {
	let admission = admission(name, organisation, role);
	let signature = sign(name, &admission.to_sign());
	Roles::admit_accepted(
		admin,
		organisation,
		account(name),
		role,
		CREDENTIAL,
		expires,
		specialty,
		admission.until,
		signature,
	)
}

/// Lets an administrator of the hospital renew a membership, without a specialty.
pub fn renew(
	name: &str,
	role: Role,
	credential: Hash32,
	expires: Option<Moment>,
) -> DispatchResult {
	Roles::renew_member(signed("Ada"), HOSPITAL, account(name), role, credential, expires, None)
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
) -> DispatchResult {
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
) -> DispatchResult {
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
