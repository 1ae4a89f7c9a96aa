//! Exports of a patient's access log, and the proof that one is complete.
//!
//! Uses `words` and `storage`, and needs no node. [`LogExport::verify`] proves an export complete
//! but for one comparison: whether the block that it names is a block of the chain. Any node can
//! answer that.

mod fhir;
mod proof;
#[cfg(test)]
mod tests;

pub(crate) use proof::{entry_key, head_key};
pub use proof::{LogError, StateProof, Verified};

use salus_primitives::{Hash32, LogEntry, Moment};

use crate::Account;

/// A patient's log with the proof that it is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogExport {
	/// Hash of the chain's first block, which names the chain.
	pub genesis: Hash32,
	/// Patient whose log it is.
	pub patient: Account,
	/// Time of the export: the chain's clock at the block, in milliseconds since 1970.
	pub exported: Moment,
	/// The entries that are not archived, oldest first.
	pub entries: Vec<LogEntry<Account>>,
	/// Proof of the log's head.
	pub proof: StateProof,
}
