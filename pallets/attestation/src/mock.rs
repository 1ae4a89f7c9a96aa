//! Runtime with only this pallet. A listener remembers verdicts.

use crate as pallet_attestation;
use crate::*;
use frame_support::{parameter_types, weights::Weight};
use salus_primitives::{
	Category, Moment, OnAttested, ReasonCode, RecordId, Role, Subject, Verdict,
};
use sp_runtime::DispatchResult;

pub use salus_testing::*;

salus_testing::runtime! {
	pub enum Test {
		System: frame_system,
		Attestations: pallet_attestation,
	}
}

impl Config for Test {
	type Roles = Roles;
	type Records = Records;
	type OnAttested = Listener;
	type Time = Clock;
	type MaxAttestations = MaxAttestations;
	type WeightInfo = ();
	type BenchmarkHelper = Helper;
}

/// Number of the hospital's records admins who review.
const REVIEWERS: AccountId = 20;
/// Records admin of the clinic.
pub const CLINIC_CLERK: AccountId = 51;
/// Erased record.
pub const ERASED: RecordId = RecordId([2; 32]);

impl Mock for Test {
	type Event = pallet_attestation::Event<Test>;
	fn set_stage() {
		MaxAttestations::set(16);
		stage();
		for number in 0..REVIEWERS {
			Roles::admit(reviewer(number), Role::RecordsAdmin, Some(HOSPITAL));
		}
		Roles::admit(CLINIC_CLERK, Role::RecordsAdmin, Some(CLINIC));
		Records::register(ERASED, PATIENT, Category::Laboratory, 1);
		Records::erase(ERASED);
		Log::set(vec![]);
	}
	fn try_state() -> DispatchResult {
		Attestations::do_try_state()
	}
}

/// Hook call that the listener received.
#[derive(Clone, Debug, PartialEq)]
pub enum HookCall {
	Reached(Subject<AccountId>, Verdict),
	Fallen(Subject<AccountId>, Verdict),
}

parameter_types! {
	pub static MaxAttestations: u32 = 16;
	pub static Log: Vec<HookCall> = vec![];
}

pub struct Listener;
impl OnAttested<AccountId> for Listener {
	fn on_verdict_reached(subject: &Subject<AccountId>, verdict: Verdict) {
		Log::mutate(|log| log.push(HookCall::Reached(subject.clone(), verdict)));
	}
	fn on_verdict_fallen(subject: &Subject<AccountId>, verdict: Verdict) {
		Log::mutate(|log| log.push(HookCall::Fallen(subject.clone(), verdict)));
	}
	fn on_attested_weight() -> Weight {
		Weight::from_parts(1_000, 0)
	}
}

/// Returns a records admin of the hospital, by a number from 0 to 19.
pub fn reviewer(number: AccountId) -> AccountId {
	100 + number
}

/// Returns the hook calls that the listener received, and forgets them.
pub fn take_hook_calls() -> Vec<HookCall> {
	Log::take()
}

/// Returns the first version of the record, which the doctor wrote and a storage node holds.
pub fn version() -> Subject<AccountId> {
	Subject::RecordVersion { record: LAB, version: 1 }
}

/// Returns the doctor's credential as a practitioner.
pub fn credential() -> Subject<AccountId> {
	Subject::Credential { account: DOCTOR, role: Role::Practitioner }
}

pub fn confirm(who: AccountId, subject: Subject<AccountId>) -> DispatchResult {
	Attestations::attest(signed(who), subject, Verdict::Confirmed, ReasonCode::Reviewed, None)
}

pub fn reject(who: AccountId, subject: Subject<AccountId>) -> DispatchResult {
	Attestations::attest(signed(who), subject, Verdict::Rejected, ReasonCode::WrongPatient, None)
}

pub fn confirm_until(who: AccountId, end: Moment) -> DispatchResult {
	let verdict = Verdict::Confirmed;
	Attestations::attest(signed(who), version(), verdict, ReasonCode::Reviewed, Some(end))
}

pub fn set_threshold(threshold: u32) {
	frame_support::assert_ok!(Attestations::set_threshold(signed(ADMIN), HOSPITAL, threshold));
}

pub struct Helper;
impl crate::benchmarking::BenchmarkHelper<AccountId> for Helper {
	fn version(attesters: u32) -> (Subject<AccountId>, Vec<AccountId>, AccountId) {
		let attesters = (0..u64::from(attesters)).map(reviewer).collect();
		(version(), attesters, ADMIN)
	}
}
