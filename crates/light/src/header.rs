//! Block headers.

use smoldot::{
	header::{self, HeaderRef},
	trie::{ordered_root, HashFunction, TrieEntryVersion},
};

use crate::{Fault, Hash, NUMBER_BYTES};

/// Largest header, in bytes: a change of a hundred validators takes a tenth of it.
const MAX_HEADER: usize = 64 * 1024;

/// A block's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
	/// The header, SCALE-encoded.
	pub bytes: Vec<u8>,
	/// Hash of the block.
	pub hash: Hash,
	/// Number of the block.
	pub number: u64,
	/// Hash of the block before it.
	pub parent: Hash,
	/// Root of the state after the block.
	pub state_root: Hash,
}

impl Header {
	/// Decodes a header.
	pub fn decode(bytes: Vec<u8>) -> Result<Self, Fault> {
		if bytes.len() > MAX_HEADER {
			return Err(Fault::TooLong("block header"));
		}
		let decoded = read(&bytes)?;
		let (number, parent) = (decoded.number, *decoded.parent_hash);
		let state_root = *decoded.state_root;
		let hash = header::hash_from_scale_encoded_header(&bytes);
		Ok(Self { bytes, hash, number, parent, state_root })
	}

	/// Returns whether these are the block's transactions, in their order.
	pub fn has_body(&self, transactions: &[Vec<u8>]) -> bool {
		let root = |version| ordered_root(version, HashFunction::Blake2, transactions);
		// The form of the root depends on the runtime. No two lists have the same root.
		read(&self.bytes).is_ok_and(|header| {
			[TrieEntryVersion::V0, TrieEntryVersion::V1]
				.into_iter()
				.any(|version| root(version) == *header.extrinsics_root)
		})
	}

	/// Decodes the header of the block with this hash.
	pub fn of(hash: &Hash, bytes: Vec<u8>) -> Result<Self, Fault> {
		let header = Self::decode(bytes)?;
		match header.hash == *hash {
			true => Ok(header),
			false => Err(Fault::OtherBlock(*hash)),
		}
	}
}

/// Decodes a header that is used at once.
pub(crate) fn read(bytes: &[u8]) -> Result<HeaderRef<'_>, Fault> {
	header::decode(bytes, NUMBER_BYTES).map_err(|_| Fault::Malformed("block header"))
}
