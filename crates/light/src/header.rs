//! Block headers.

use smoldot::header::{self, HeaderRef};

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
		let (number, state_root) = (decoded.number, *decoded.state_root);
		let hash = header::hash_from_scale_encoded_header(&bytes);
		Ok(Self { bytes, hash, number, state_root })
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
