//! Calls of the pallet `records`.

use super::*;
use crate::Account;
use salus_primitives::{
	Content, NewRecord, OrganisationId, ReasonCode, RecordId, RecordWraps, SealedKey, Version,
	WrapKeys, Wraps,
};

const PALLET: &str = "Records";

/// Sets the absence limit, in blocks. By the council.
pub fn set_absence_limit(blocks: u32) -> Call {
	Call::new(PALLET, "set_absence_limit", blocks)
}

/// Registers a record. By its author.
pub fn register(new: &NewRecord<Account>) -> Call {
	Call::new(PALLET, "register", new)
}

/// Registers several records, all or none. By their author. Takes up to
/// [`crate::Client::max_batch`], and fewer about many patients.
pub fn register_many(new: &[NewRecord<Account>]) -> Call {
	Call::new(PALLET, "register_many", new)
}

/// Appends a version, which is guarded if `sealed` is given. By its author.
pub fn revise(
	record: RecordId,
	expected_version: Version,
	organisation: OrganisationId,
	content: &Content,
	wraps: &Wraps<Account>,
	sealed: Option<&SealedKey>,
) -> Call {
	let arguments = (record, expected_version, organisation, content, wraps, sealed);
	Call::new(PALLET, "revise", arguments)
}

/// Withdraws a record that was entered in error. By its author, or a records admin of its
/// organisation.
pub fn withdraw(record: RecordId, reason: ReasonCode) -> Call {
	Call::new(PALLET, "withdraw", (record, reason))
}

/// Erases a record. By the patient.
pub fn erase(record: RecordId) -> Call {
	Call::new(PALLET, "erase", record)
}

/// Adds wraps of keys. By the patient.
pub fn add_wraps(wraps: &RecordWraps<Account>) -> Call {
	Call::new(PALLET, "add_wraps", wraps)
}

/// Removes wraps of keys. By the patient.
pub fn remove_wraps(wraps: &WrapKeys<Account>) -> Call {
	Call::new(PALLET, "remove_wraps", wraps)
}

/// Seals a version's key to the committee's active epoch. By the patient.
pub fn reseal(record: RecordId, version: Version, sealed: &SealedKey) -> Call {
	Call::new(PALLET, "reseal", (record, version, sealed))
}
