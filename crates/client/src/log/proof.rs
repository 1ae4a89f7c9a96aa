//! The proof of an export: its entries lead to the head, the head is in the block's state, and the
//! block has a hash.

use codec::{Compact, Decode, DecodeAll};
use salus_primitives::{Hash32, LogHead};
use serde::Serialize;
use sp_core::{Blake2Hasher, H256};
use sp_crypto_hashing::{blake2_256, twox_64};
use sp_trie::{LayoutV1, StorageProof, Trie, TrieDBBuilder};

use super::LogExport;
use crate::{storage, Account};

/// Largest header, in bytes. No header is that large, so an export cannot keep the verifier
/// hashing.
const MAX_HEADER: usize = 64 * 1024;

/// Proof of a value in a block's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateProof {
	/// The block's header, SCALE-encoded. The block's hash is `blake2_256` of it.
	pub header: Vec<u8>,
	/// Nodes of the state trie.
	pub nodes: Vec<Vec<u8>>,
}

/// Reason why an export proves nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
	/// The block is older than the hashes that the chain remembers.
	#[error("the export's block is older than two hours, so no node can prove that it is final; compare its hash with one from another source, such as a block explorer")]
	Forgotten,
	/// The block is newer than the last final one that the node proves.
	#[error("the export's block {block} is newer than the last final block of this node ({last}); wait until finality reaches it, or ask another node")]
	NotYetFinal {
		/// Number of the export's block.
		block: u64,
		/// Number of the last final block.
		last: u64,
	},
	/// The file is not an export.
	#[error("this is not an export of an access log ({0}); give the exported file, unchanged")]
	NotAnExport(&'static str),
	/// The resource of an entry differs from the entry.
	#[error(
		"the resource of entry {0} was altered: it differs from the log entry that it carries"
	)]
	Altered(u32),
	/// An entry is missing, duplicated or misplaced.
	#[error("entry {found} is in the place of entry {expected}: entries were dropped, inserted or reordered")]
	Order {
		/// Index that should be there.
		expected: u32,
		/// Index that is there.
		found: u32,
	},
	/// Entries are missing at the end, or there are too many.
	#[error("the chain counts {}, the export holds {found}: entries were dropped or inserted", crate::words::count(*expected as usize, "entry", "entries"))]
	Count {
		/// Number of entries on the chain.
		expected: u32,
		/// Number of entries in the export, plus archived ones.
		found: u32,
	},
	/// The entries do not lead to the head.
	#[error("the entries do not lead to the head on the chain: an entry was altered")]
	Head,
	/// The log has no entry with this index.
	#[error("the log has no entry {0}, because it was archived or is yet to be written")]
	NoEntry(u32),
	/// The proof does not match the header.
	#[error("the proof does not match the block's header: one of them was altered, or they belong to different blocks; export the log again")]
	Proof,
	/// The header is not the block's.
	#[error("the block's header cannot be read, or belongs to another block")]
	Header,
}

impl LogError {
	/// Returns whether the export differs from the log that it says to be.
	pub(crate) fn is_alarm(&self) -> bool {
		matches!(
			self,
			Self::Altered(_)
				| Self::Order { .. }
				| Self::Count { .. }
				| Self::Head | Self::Proof
				| Self::Header
		)
	}
}

/// Facts that an export proves, provided that its block is one of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
	/// Patient whose log was exported.
	pub patient: Account,
	/// Head of the log.
	pub head: LogHead,
	/// Number of entries in the export.
	pub entries: u32,
	/// Number of the block.
	pub block: u64,
	/// Hash of the block. Compare it with the one that any node gives for that number.
	#[serde(with = "crate::json::hex")]
	pub block_hash: Hash32,
}

/// Returns the storage key of a log's head: `Access.Heads(patient)`.
pub(crate) fn head_key(patient: &Account) -> Vec<u8> {
	storage::blake2_entry("Access", "Heads", &patient.0)
}

/// Returns the storage key of an entry: `Access.Entries(patient, index)`.
pub(crate) fn entry_key(patient: &Account, index: u32) -> Vec<u8> {
	let index = index.to_le_bytes();
	let of_patient = storage::blake2_entry("Access", "Entries", &patient.0);
	[&of_patient[..], &twox_64(&index), &index].concat()
}

impl StateProof {
	/// Returns number and state root of the block.
	fn block(&self) -> Result<(u64, H256), LogError> {
		if self.header.len() > MAX_HEADER {
			return Err(LogError::Header);
		}
		// Parent, number, state root. The rest matters only for the hash.
		let (_, number, root) = <(Hash32, Compact<u64>, Hash32)>::decode(&mut &self.header[..])
			.map_err(|_| LogError::Header)?;
		Ok((number.0, H256(root)))
	}

	/// Returns the head of a patient's log in the state.
	fn head(&self, patient: &Account) -> Result<LogHead, LogError> {
		let (_, root) = self.block()?;
		let nodes = StorageProof::new(self.nodes.iter().cloned());
		let database = nodes.into_memory_db::<Blake2Hasher>();
		let value = TrieDBBuilder::<LayoutV1<Blake2Hasher>>::new(&database, &root)
			.build()
			.get(&head_key(patient))
			.map_err(|_| LogError::Proof)?;
		match value {
			Some(bytes) => LogHead::decode_all(&mut &bytes[..]).map_err(|_| LogError::Proof),
			// Proved absent: nothing was ever logged.
			None => Ok(LogHead::default()),
		}
	}
}

impl LogExport {
	/// Verifies that the export holds the patient's whole log at one block, except archived
	/// entries, unchanged and in order.
	///
	/// Needs no node. Afterwards, compare [`Verified::block_hash`] with the chain's.
	pub fn verify(&self) -> Result<Verified, LogError> {
		let on_chain = self.proof.head(&self.patient)?;
		let mut head = on_chain.archived_head;
		let mut next = on_chain.archived;
		for entry in &self.entries {
			if entry.index != next {
				return Err(LogError::Order { expected: next, found: entry.index });
			}
			head = entry.extend(&head);
			next = next.saturating_add(1);
		}
		if next != on_chain.count {
			return Err(LogError::Count { expected: on_chain.count, found: next });
		}
		if head != on_chain.head {
			return Err(LogError::Head);
		}
		let (block, _) = self.proof.block()?;
		Ok(Verified {
			patient: self.patient,
			head: on_chain,
			entries: self.entries.len() as u32,
			block,
			block_hash: blake2_256(&self.proof.header),
		})
	}
}
