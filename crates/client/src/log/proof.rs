//! Proving an export complete: entries lead to the head, the head is in the block's state, the block has a hash.

use codec::{Compact, Decode, DecodeAll};
use salus_primitives::{Hash32, LogHead};
use serde::Serialize;
use sp_core::{Blake2Hasher, H256};
use sp_crypto_hashing::{blake2_128, blake2_256, twox_128};
use sp_trie::{LayoutV1, StorageProof, Trie, TrieDBBuilder};

use super::LogExport;
use crate::Account;

/// The most bytes of a header: more than any has, so that an export cannot make the verifier hash for ever.
const MAX_HEADER: usize = 64 * 1024;

/// Proof of a value in a block's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateProof {
	/// The block's header, SCALE-encoded. The block's hash is `blake2_256` of it.
	pub header: Vec<u8>,
	/// Nodes of the state's trie.
	pub nodes: Vec<Vec<u8>>,
}

/// Why an export proves nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
	/// The file is something else.
	#[error("this is no export of an access log ({0}); give the file that `salus log export` wrote, unchanged")]
	NotAnExport(&'static str),
	/// The resource of an entry says something else than the entry.
	#[error("the resource of entry {0} was altered: it says something else than the log entry that it carries")]
	Altered(u32),
	/// An entry is missing, doubled, or out of its place.
	#[error("entry {expected} should come here, and entry {found} does: entries were dropped, inserted or reordered")]
	Order {
		/// The index that should come.
		expected: u32,
		/// The index that comes.
		found: u32,
	},
	/// Entries are missing at the end, or there are too many.
	#[error("the chain counts {}, the export holds {found}: entries were dropped or inserted", crate::words::count(*expected as usize, "entry", "entries"))]
	Count {
		/// How many entries the chain counts.
		expected: u32,
		/// How many there are, archived ones included.
		found: u32,
	},
	/// The entries do not lead to the head.
	#[error("the entries do not lead to the head that the chain keeps: an entry was altered")]
	Head,
	/// The proof does not fit the header.
	#[error("the proof does not fit the block's header: header or proof was altered, or they are of different blocks")]
	Proof,
	/// The header is none.
	#[error("the block's header cannot be read, or is another block's")]
	Header,
}

/// What an export proves, if the block is one of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
	/// Whose log.
	pub patient: Account,
	/// Where the log stood.
	pub head: LogHead,
	/// How many entries the export holds.
	pub entries: u32,
	/// Number of the block.
	pub block: u64,
	/// Its hash: compare it with what any node gives for that number.
	#[serde(with = "crate::json::hex")]
	pub block_hash: Hash32,
}

/// Where the chain keeps the head of a patient's log: `Access.Heads(patient)`.
pub(crate) fn head_key(patient: &Account) -> Vec<u8> {
	[&twox_128(b"Access")[..], &twox_128(b"Heads"), &blake2_128(&patient.0), &patient.0].concat()
}

impl StateProof {
	/// Number and state root of the block.
	fn block(&self) -> Result<(u64, H256), LogError> {
		if self.header.len() > MAX_HEADER {
			return Err(LogError::Header);
		}
		// Parent, number, state root; the rest only matters for the hash.
		let (_, number, root) = <(Hash32, Compact<u64>, Hash32)>::decode(&mut &self.header[..])
			.map_err(|_| LogError::Header)?;
		Ok((number.0, H256(root)))
	}

	/// The head of a patient's log in the state.
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
			// Proved to be absent: nothing was ever logged.
			None => Ok(LogHead::default()),
		}
	}
}

impl LogExport {
	/// Proves that the export holds the patient's whole log at one block, but for what is archived, unchanged and in order.
	///
	/// Needs no node. What remains is to compare [`Verified::block_hash`] with the chain's.
	pub fn verify(&self) -> Result<Verified, LogError> {
		let stands = self.proof.head(&self.patient)?;
		let mut head = stands.archived_head;
		let mut next = stands.archived;
		for entry in &self.entries {
			if entry.index != next {
				return Err(LogError::Order { expected: next, found: entry.index });
			}
			head = entry.extend(&head);
			next = next.saturating_add(1);
		}
		if next != stands.count {
			return Err(LogError::Count { expected: stands.count, found: next });
		}
		if head != stands.head {
			return Err(LogError::Head);
		}
		let (block, _) = self.proof.block()?;
		Ok(Verified {
			patient: self.patient,
			head: stands,
			entries: self.entries.len() as u32,
			block,
			block_hash: blake2_256(&self.proof.header),
		})
	}
}
