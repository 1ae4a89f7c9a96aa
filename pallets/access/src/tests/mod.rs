//! Tests, one file per call or concern. Tests that use `build_and_execute` end with `try_state`.
//!
//! The cast, which `pallets/testing/src/cast.rs` defines:
//!
//! | account | role | organisation | why |
//! |---|---|---|---|
//! | `PATIENT`, `OTHER_PATIENT` | patient | hospital | have the records and the logs |
//! | `LONER` | patient | none | has no hospital |
//! | `DOCTOR` | practitioner | hospital | asks to open records, which they wrote |
//! | `SURGEON` | practitioner | hospital | breaks the glass |
//! | `NURSE` | practitioner | hospital | has no attested credential |
//! | `CLINICIAN`, `CHEMIST` | practitioner | clinic, pharmacy | work for other organisations |
//! | `ADMIN` | administrator | hospital | admitted the hospital's people |
//! | `DEPUTY` | administrator | hospital | attested the practitioners' credentials |
//! | `MATRON` | administrator | hospital | reviews, because uninvolved |
//! | `CHIEF`, `VICE` | administrator | clinic | administer another hospital |
//! | `AUDITOR`, `NOVICE` | auditor | clinic | review from outside; `NOVICE` is not appointed |
//! | `INSPECTOR`, `EXAMINER` | auditor | pharmacy, authority | review from outside |
//! | `HOUSE_AUDITOR` | auditor | hospital | must not review their own hospital's cases |
//! | `STRANGER` | none | none | may do nothing |

mod archive;
mod auditors;
mod bonds;
mod clean_up;
mod coalitions;
mod denials;
mod emergency;
mod encoding;
mod forget;
mod histories;
mod log;
mod migrations;
mod old_cases;
mod permits;
mod reads;
mod request;
mod review;
mod shares;
mod stands;
mod try_state;
mod weights;

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::*;
use sp_runtime::DispatchResult;

/// Returns the one-time key with that number.
fn key(number: u32) -> ReaderKey {
	let mut key = [1; 32];
	key[..4].copy_from_slice(&number.to_le_bytes());
	key
}

/// Returns a key that no request has used.
fn fresh_key() -> ReaderKey {
	key(RequestCount::<Test>::get() as u32 + 1_000)
}

fn asking(record: RecordId, version: Option<Version>, reader_key: ReaderKey) -> AccessRequest {
	AccessRequest { record, version, purpose: Purpose::TREAT, reader_key }
}

/// Runs a test on the stage with a bond of the hospital.
fn with_bond(test: impl FnOnce()) {
	build_and_execute(|| {
		deposit(ADMIN, HOSPITAL, MIN_BOND);
		events();
		test();
	});
}

fn put(reader: AccountId, request: AccessRequest) -> DispatchResult {
	plain(Access::request(signed(reader), request))
}

/// Requests the latest version with a fresh key.
fn ask(reader: AccountId, record: RecordId) -> DispatchResult {
	put(reader, asking(record, None, fresh_key()))
}

/// Makes a request that must succeed, and returns its number.
fn asked(reader: AccountId, record: RecordId) -> RequestId {
	assert_ok!(ask(reader, record));
	RequestCount::<Test>::get()
}

/// Returns a share of that member.
fn share(member: MemberIndex) -> SealedShare {
	vec![member as u8; 300].try_into().expect("300 bytes fit")
}

/// Posts a member's share, as the committee's pallet does.
fn post(request: RequestId, member: MemberIndex) -> DispatchResult {
	Access::expects_share(request, EPOCH, member, Now::get())?;
	Access::accept_share(request, EPOCH, member, share(member), Now::get())
}

/// Returns the entries of the patient's log that are not archived.
fn log_of(patient: AccountId) -> Vec<LogEntry<AccountId>> {
	Access::log_page(&patient, 0, MAX_PAGE).entries
}

/// Returns the last entry of the patient's log.
fn last_entry(patient: AccountId) -> LogEntry<AccountId> {
	log_of(patient).pop().expect("the log has entries")
}

/// Returns the decision in the last entry, which must be a request.
fn last_answer(patient: AccountId) -> Decision {
	match last_entry(patient).event {
		LogEvent::Requested { decision, .. } => decision,
		other => panic!("not a request: {other:?}"),
	}
}

fn review(who: AccountId, case: CaseId, justified: bool, reviewer: Reviewer) -> DispatchResult {
	plain(Access::review_emergency(signed(who), case, justified, reviewer))
}

/// Has a drawn auditor and the hospital find a case justified.
fn justify(case: CaseId) {
	assert_ok!(review(AUDITOR, case, true, Reviewer::Auditor));
	assert_ok!(review(MATRON, case, true, Reviewer::Admin));
}

/// Has two drawn auditors find a case unjustified.
fn reject(case: CaseId) {
	assert_ok!(review(AUDITOR, case, false, Reviewer::Auditor));
	assert_ok!(review(INSPECTOR, case, false, Reviewer::Auditor));
}

fn status(case: CaseId) -> CaseStatus {
	Access::emergency(case).expect("the case is kept").status
}
