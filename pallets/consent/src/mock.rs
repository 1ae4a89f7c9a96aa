//! Runtime with only this pallet. Members, records and wraps live in the mock's own storage, so
//! that a failed call rolls them back like the real ones.

use crate as pallet_consent;
use frame_support::{derive_impl, parameter_types, storage_alias, traits::Time, Twox64Concat};
use salus_primitives::*;
use sp_runtime::{BuildStorage, DispatchError, Weight};

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
	pub type Consent = pallet_consent::Pallet<Test>;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
}

parameter_types! {
	/// Not constants, so that a test can lower them.
	pub static MaxGrants: u32 = 128;
	pub static MaxDenials: u32 = 64;
}

impl pallet_consent::Config for Test {
	type Roles = Roles;
	type Records = Records;
	type Keys = Records;
	type Emergencies = Emergencies;
	type Time = Clock;
	type MaxGrants = MaxGrants;
	type MaxDenials = MaxDenials;
	type WeightInfo = ();
	type BenchmarkHelper = Helper;
}

// Patients, organisations and staff after `new_test_ext` has set the stage.
pub const PATIENT: AccountId = 1;
pub const OTHER_PATIENT: AccountId = 2;
pub const DOCTOR: AccountId = 11;
pub const NURSE: AccountId = 12;
pub const RESEARCHER: AccountId = 21;
pub const STRANGER: AccountId = 99;
pub const HOSPITAL: OrganisationId = 1;
pub const INSTITUTE: OrganisationId = 2;
pub const NOWHERE: OrganisationId = 77;
pub const START: Moment = 1_000;

/// Laboratory record of the patient, with three versions. `SCAN` is their imaging record, and
/// `FOREIGN` one of the other patient.
pub const LAB: RecordId = RecordId([1; 32]);
pub const SCAN: RecordId = RecordId([2; 32]);
pub const FOREIGN: RecordId = RecordId([3; 32]);
pub const MISSING: RecordId = RecordId([9; 32]);

#[storage_alias]
type Now = StorageValue<Mock, Moment, frame_support::pallet_prelude::ValueQuery>;
#[storage_alias]
type Members = StorageMap<Mock, Twox64Concat, AccountId, Vec<(Role, Member)>>;
#[storage_alias]
type Organisations = StorageMap<Mock, Twox64Concat, OrganisationId, OrganisationStatus>;
#[storage_alias]
type Kinds = StorageMap<Mock, Twox64Concat, OrganisationId, OrganisationKind>;
/// Case and its end, by reader and patient.
#[storage_alias]
type Cases = StorageMap<Mock, Twox64Concat, (AccountId, AccountId), (CaseId, Moment)>;
#[storage_alias]
type Keys = StorageMap<Mock, Twox64Concat, Recipient<AccountId>, KeyAgreementKey>;
#[storage_alias]
type Entries = StorageMap<Mock, Twox64Concat, RecordId, RecordEntry<AccountId>>;
#[storage_alias]
type Withdrawn = StorageMap<Mock, Twox64Concat, RecordId, ()>;
#[storage_alias]
type Wraps = StorageMap<Mock, Twox64Concat, WrapKey<AccountId>, Wrap>;

pub struct Clock;

impl Time for Clock {
	type Moment = Moment;
	fn now() -> Moment {
		Now::get()
	}
}

impl Clock {
	pub fn set(now: Moment) {
		Now::put(now);
	}
}

pub struct Roles;

impl RoleQuery<AccountId> for Roles {
	fn memberships(who: &AccountId) -> Vec<(Role, Member)> {
		Members::get(who).unwrap_or_default()
	}
	fn is_live(role: Role, member: &Member, now: Moment) -> bool {
		member.status == MemberStatus::Active
			&& member.expires.is_none_or(|expires| now < expires)
			&& (role == Role::Patient || member.organisation.is_none_or(Self::is_active))
	}
	fn is_live_member(
		who: &AccountId,
		role: Role,
		organisation: Option<OrganisationId>,
		now: Moment,
	) -> bool {
		Self::memberships(who).iter().any(|(held, member)| {
			*held == role
				&& (organisation.is_none() || member.organisation == organisation)
				&& Self::is_live(role, member, now)
		})
	}
	fn is_active(organisation: OrganisationId) -> bool {
		Organisations::get(organisation) == Some(OrganisationStatus::Active)
	}
	fn is_registered(organisation: OrganisationId) -> bool {
		Organisations::contains_key(organisation)
	}
	fn kind(organisation: OrganisationId) -> Option<OrganisationKind> {
		Kinds::get(organisation)
	}
	fn is_admin(_: &AccountId, _: OrganisationId) -> bool {
		false
	}
	fn key(recipient: &Recipient<AccountId>) -> Option<KeyAgreementKey> {
		Keys::get(recipient)
	}
	fn memberships_weight() -> Weight {
		Weight::zero()
	}
}

impl Roles {
	/// Creates or replaces a live membership that begins now and has no end.
	pub fn admit(who: AccountId, role: Role, organisation: Option<OrganisationId>) {
		Members::mutate(who, |members| {
			let members = members.get_or_insert_default();
			members.retain(|(held, _)| *held != role);
			members.push((
				role,
				Member {
					organisation,
					status: MemberStatus::Active,
					credential: [0; 32],
					specialty: None,
					expires: None,
					since: Now::get(),
				},
			));
			members.sort_by_key(|(role, _)| *role);
		});
	}
	pub fn change(who: AccountId, role: Role, change: impl FnOnce(&mut Member)) {
		Members::mutate(who, |members| {
			let mut members = members.iter_mut().flatten();
			change(&mut members.find(|(held, _)| *held == role).expect("a member").1)
		});
	}
	pub fn set_status(who: AccountId, role: Role, status: MemberStatus) {
		Self::change(who, role, |member| member.status = status);
	}
	pub fn set_expiry(who: AccountId, role: Role, expires: Moment) {
		Self::change(who, role, |member| member.expires = Some(expires));
	}
	pub fn set_organisation(organisation: OrganisationId, status: OrganisationStatus) {
		Organisations::insert(organisation, status);
	}
	pub fn set_kind(organisation: OrganisationId, kind: OrganisationKind) {
		Kinds::insert(organisation, kind);
	}
	pub fn set_specialty(who: AccountId, role: Role, specialty: Specialty) {
		Self::change(who, role, |member| member.specialty = Some(specialty));
	}
	pub fn give_key(recipient: Recipient<AccountId>, public: KeyAgreementPublic) {
		Keys::insert(recipient, KeyAgreementKey { public, version: 1 });
	}
	/// Removes all memberships, which the real pallet never does.
	pub fn forget(who: AccountId) {
		Members::remove(who);
	}
}

pub struct Emergencies;

impl EmergencyQuery<AccountId> for Emergencies {
	fn open_case(reader: &AccountId, patient: &AccountId, now: Moment) -> Option<CaseId> {
		let (case, until) = Cases::get((*reader, *patient))?;
		(now < until).then_some(case)
	}
	fn open_case_weight() -> Weight {
		Weight::from_parts(500, 0)
	}
}

impl Emergencies {
	pub fn open(reader: AccountId, patient: AccountId, case: CaseId, until: Moment) {
		Cases::insert((reader, patient), (case, until));
	}
}

pub struct Records;

impl RecordQuery<AccountId> for Records {
	fn record(id: &RecordId) -> Option<RecordEntry<AccountId>> {
		Entries::get(id)
	}
	fn is_stored(_: &RecordId, _: Version) -> bool {
		true
	}
	fn is_withdrawn(id: &RecordId) -> bool {
		Withdrawn::contains_key(id)
	}
	fn version_organisation(_: &RecordId, _: Version) -> Option<OrganisationId> {
		None
	}
	fn sealed_to(_: &RecordId, _: Version) -> Option<Epoch> {
		None
	}
	fn version_author(_: &RecordId, _: Version) -> Option<AccountId> {
		None
	}
	fn record_weight() -> Weight {
		Weight::zero()
	}
}

impl RecordKeys<AccountId> for Records {
	type Error = DispatchError;
	fn add_wraps(patient: &AccountId, wraps: &RecordWraps<AccountId>) -> Result<(), DispatchError> {
		for RecordWrap { record, version, recipient, wrap } in wraps {
			Self::ensure_of(patient, record)?;
			let recipient = recipient.clone();
			Wraps::insert(WrapKey { record: *record, version: *version, recipient }, wrap.clone());
		}
		Ok(())
	}
	fn remove_wraps(patient: &AccountId, wraps: &WrapKeys<AccountId>) -> Result<(), DispatchError> {
		for key in wraps {
			Self::ensure_of(patient, &key.record)?;
			Wraps::remove(key);
		}
		Ok(())
	}
	fn wraps_weight(count: u32) -> Weight {
		Weight::from_parts(1_000, 0).saturating_mul(count.into())
	}
}

impl Records {
	/// Error of the mock for wraps of records that are not the patient's.
	pub const REFUSED: DispatchError = DispatchError::Other("not a live record of the patient");

	fn ensure_of(patient: &AccountId, id: &RecordId) -> Result<(), DispatchError> {
		match Entries::get(id) {
			Some(RecordEntry::Live(record)) if record.patient == *patient => Ok(()),
			_ => Err(Self::REFUSED),
		}
	}
	pub fn register(id: RecordId, patient: AccountId, category: Category, latest: Version) {
		Entries::insert(
			id,
			RecordEntry::Live(Record {
				patient,
				author: DOCTOR,
				organisation: HOSPITAL,
				category,
				confidentiality: Confidentiality::Normal,
				latest,
				created: 0,
				wraps: 0,
			}),
		);
	}
	pub fn classify(id: RecordId, to: Confidentiality) {
		Entries::mutate(id, |entry| {
			if let Some(RecordEntry::Live(record)) = entry {
				record.confidentiality = to;
			}
		});
	}
	pub fn erase(id: RecordId) {
		if let Some(RecordEntry::Live(Record { patient, .. })) = Entries::get(id) {
			let stone = Tombstone { patient, erased: Now::get(), replicas_left: 0 };
			Entries::insert(id, RecordEntry::Erased(stone));
		}
	}
	pub fn withdraw(id: RecordId) {
		Withdrawn::insert(id, ());
	}
	/// Removes a record altogether, which the real pallet never does.
	pub fn forget(id: RecordId) {
		Entries::remove(id);
	}
	pub fn has_wrap(record: RecordId, version: Version, recipient: Recipient<AccountId>) -> bool {
		Wraps::contains_key(WrapKey { record, version, recipient })
	}
}

fn set_stage() {
	System::set_block_number(1);
	Clock::set(START);
	MaxGrants::set(128);
	MaxDenials::set(64);
	Roles::set_organisation(HOSPITAL, OrganisationStatus::Active);
	Roles::set_organisation(INSTITUTE, OrganisationStatus::Active);
	Roles::set_kind(HOSPITAL, OrganisationKind::Hospital);
	Roles::set_kind(INSTITUTE, OrganisationKind::Research);
	Roles::admit(PATIENT, Role::Patient, Some(HOSPITAL));
	Roles::admit(OTHER_PATIENT, Role::Patient, Some(HOSPITAL));
	Roles::admit(DOCTOR, Role::Practitioner, Some(HOSPITAL));
	Roles::admit(NURSE, Role::RecordsAdmin, Some(HOSPITAL));
	Roles::admit(RESEARCHER, Role::Researcher, Some(INSTITUTE));
	Records::register(LAB, PATIENT, Category::Laboratory, 3);
	Records::register(SCAN, PATIENT, Category::Imaging, 1);
	Records::register(FOREIGN, OTHER_PATIENT, Category::Laboratory, 1);
}

/// Returns the stage of most tests: two patients, two organisations with staff, and three records.
pub fn new_test_ext() -> sp_io::TestExternalities {
	let storage = frame_system::GenesisConfig::<Test>::default().build_storage().expect("builds");
	let mut ext = sp_io::TestExternalities::new(storage);
	ext.execute_with(set_stage);
	ext
}

/// Runs a test on that stage, then checks the whole state.
pub fn build_and_execute(test: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		test();
		Consent::do_try_state().expect("the invariants still hold");
	});
}

pub struct Helper;

impl crate::benchmarking::BenchmarkHelper<AccountId> for Helper {
	fn patient() -> (AccountId, RecordId) {
		// The state is wiped between two runs of a benchmark.
		set_stage();
		(PATIENT, LAB)
	}
	fn member() -> (AccountId, OrganisationId) {
		for role in Role::ALL.into_iter().filter(|role| *role != Role::Patient) {
			Roles::admit(DOCTOR, role, Some(HOSPITAL));
		}
		(DOCTOR, HOSPITAL)
	}
}
