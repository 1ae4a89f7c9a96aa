//! Runtime with only this pallet. Tests open the emergency cases.

use crate as pallet_consent;
use frame_support::{parameter_types, storage_alias, Twox64Concat};
use salus_primitives::*;
use sp_runtime::{DispatchResult, Weight};

pub use salus_testing::*;

salus_testing::runtime! {
	pub enum Test {
		System: frame_system,
		Consent: pallet_consent,
	}
}

parameter_types! {
	/// Not constants, so that a test can lower them.
	pub static MaxGrants: u32 = 128;
	pub static MaxDenials: u32 = 64;
	/// Number of times that somebody looked for an open case.
	pub static CasesRead: u32 = 0;
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

/// Imaging record of the patient.
pub const SCAN: RecordId = RecordId([2; 32]);

impl Mock for Test {
	type Event = pallet_consent::Event<Test>;
	fn set_stage() {
		stage();
		Records::register(LAB, PATIENT, Category::Laboratory, 3);
		Records::register(SCAN, PATIENT, Category::Imaging, 1);
		MaxGrants::set(128);
		MaxDenials::set(64);
	}
	fn try_state() -> DispatchResult {
		Consent::do_try_state()
	}
}

/// Case and its end, by reader and patient.
#[storage_alias]
type Cases = StorageMap<World, Twox64Concat, (AccountId, AccountId), (CaseId, Moment)>;

pub struct Emergencies;

impl EmergencyQuery<AccountId> for Emergencies {
	fn open_case(reader: &AccountId, patient: &AccountId, now: Moment) -> Option<CaseId> {
		CasesRead::mutate(|read| *read += 1);
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

pub struct Helper;

impl crate::benchmarking::BenchmarkHelper<AccountId> for Helper {
	fn patient() -> (AccountId, RecordId) {
		(PATIENT, LAB)
	}
	fn member() -> (AccountId, OrganisationId) {
		for role in Role::ALL.into_iter().filter(|role| *role != Role::Patient) {
			Roles::admit(DOCTOR, role, Some(HOSPITAL));
		}
		(DOCTOR, HOSPITAL)
	}
}
