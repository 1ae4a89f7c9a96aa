//! Bytes of format version 1: header, padding and sizes.

use crate::Error;

/// Size of every leaf except the last, which may be shorter, in bytes.
///
/// This is the chunk size of IPFS's CID profile `unixfs-v1-2025`, so a leaf is one IPFS block.
pub const LEAF_SIZE: usize = 1 << 20;
/// Format version that this crate writes and reads.
pub const FORMAT_VERSION: u16 = 1;
/// Cipher suite 1: HKDF-SHA256, HMAC-SHA256, AES-256-GCM in STREAM form.
pub const SUITE: u16 = 1;
/// Size of the fixed header, in bytes.
pub const HEADER_SIZE: usize = 80;
/// Maximum size of the padded descriptor, in bytes.
pub const MAX_DESCRIPTOR_SIZE: usize = 16 * 1024;
/// Padding granularity of the descriptor, in bytes.
pub const DESCRIPTOR_STEP: usize = 256;

pub(crate) const MAGIC: [u8; 8] = *b"SALUSENV";
pub(crate) const TAG_SIZE: usize = 16;
pub(crate) const SALT_SIZE: usize = 32;
pub(crate) const KEY_CHECK_SIZE: usize = 32;

/// Plaintext capacity of a leaf other than the first, in bytes.
const LEAF_CAPACITY: u64 = (LEAF_SIZE - TAG_SIZE) as u64;
/// Maximum number of leaves: the segment counter has 32 bits.
const MAX_LEAVES: u64 = 1 << 32;

/// Fixed header in the first 80 bytes of the envelope.
#[derive(Clone, Copy)]
pub(crate) struct Header {
	pub(crate) layout: Layout,
	pub(crate) salt: [u8; SALT_SIZE],
	pub(crate) key_check: [u8; KEY_CHECK_SIZE],
}

impl Header {
	pub(crate) fn to_bytes(self) -> [u8; HEADER_SIZE] {
		let mut bytes = [0; HEADER_SIZE];
		let fields: [&[u8]; 6] = [
			&MAGIC,
			&FORMAT_VERSION.to_be_bytes(),
			&SUITE.to_be_bytes(),
			&self.layout.descriptor_size.to_be_bytes(),
			&self.salt,
			&self.key_check,
		];
		for (to, from) in bytes.iter_mut().zip(fields.into_iter().flatten()) {
			*to = *from;
		}
		bytes
	}

	pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Error> {
		let truncated = || Error::Truncated { size: bytes.len() as u64 };
		let mut rest = bytes;
		if take::<8>(&mut rest).ok_or_else(truncated)? != MAGIC {
			return Err(Error::NotAnEnvelope);
		}
		let format = u16::from_be_bytes(take(&mut rest).ok_or_else(truncated)?);
		if format != FORMAT_VERSION {
			return Err(Error::UnknownFormat { found: format });
		}
		let suite = u16::from_be_bytes(take(&mut rest).ok_or_else(truncated)?);
		if suite != SUITE {
			return Err(Error::UnknownSuite { found: suite });
		}
		let found = u32::from_be_bytes(take(&mut rest).ok_or_else(truncated)?);
		let layout = Layout::new(found).ok_or(Error::DescriptorSize { found })?;
		let salt = take(&mut rest).ok_or_else(truncated)?;
		let key_check = take(&mut rest).ok_or_else(truncated)?;
		Ok(Self { layout, salt, key_check })
	}
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
	let (head, tail) = bytes.split_first_chunk::<N>()?;
	*bytes = tail;
	Some(*head)
}

/// Positions in an envelope. They depend only on the size of the padded descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
	descriptor_size: u32,
}

impl Layout {
	/// Returns the layout for a padded descriptor of this size, or `None` if the size is
	/// impossible.
	pub fn new(descriptor_size: u32) -> Option<Self> {
		let size = usize::try_from(descriptor_size).ok()?;
		let fits = size > 0 && size <= MAX_DESCRIPTOR_SIZE && size % DESCRIPTOR_STEP == 0;
		fits.then_some(Self { descriptor_size })
	}

	/// Returns the size of the padded descriptor, in bytes.
	pub fn descriptor_size(&self) -> u32 {
		self.descriptor_size
	}

	/// Returns the size of the header and the sealed descriptor, which precede the first segment.
	pub fn head_size(&self) -> usize {
		HEADER_SIZE + self.descriptor_size as usize + TAG_SIZE
	}

	/// Returns the plaintext capacity of the first leaf, in bytes.
	pub(crate) fn first_capacity(&self) -> usize {
		LEAF_SIZE - self.head_size() - TAG_SIZE
	}

	/// Returns the size of the envelope for a plaintext of this size.
	pub fn ciphertext_size(&self, plaintext_size: u64) -> Result<u64, Error> {
		let beyond = plaintext_size.saturating_sub(self.first_capacity() as u64);
		let leaves = 1 + beyond.div_ceil(LEAF_CAPACITY);
		if leaves > MAX_LEAVES {
			return Err(Error::TooLarge);
		}
		Ok(self.head_size() as u64 + plaintext_size + leaves * TAG_SIZE as u64)
	}

	/// Returns the plaintext size for an envelope of this size, or `None` if the size is
	/// impossible.
	pub fn plaintext_size(&self, ciphertext_size: u64) -> Option<u64> {
		let leaves = self.leaf_count(ciphertext_size)?;
		ciphertext_size.checked_sub(self.head_size() as u64 + leaves * TAG_SIZE as u64)
	}

	/// Returns the number of leaves of an envelope of this size, or `None` if the size is
	/// impossible.
	pub fn leaf_count(&self, ciphertext_size: u64) -> Option<u64> {
		let leaves = ciphertext_size.div_ceil(LEAF_SIZE as u64);
		let last = ciphertext_size.checked_sub(leaves.checked_sub(1)? * LEAF_SIZE as u64)?;
		let fits = leaves <= MAX_LEAVES && last >= self.least_last_leaf(leaves - 1) as u64;
		fits.then_some(leaves)
	}

	/// Returns the offset of this leaf's content in the plaintext.
	pub fn plaintext_offset(&self, index: u64) -> Option<u64> {
		match index {
			0 => Some(0),
			1..MAX_LEAVES => Some(self.first_capacity() as u64 + (index - 1) * LEAF_CAPACITY),
			_ => None,
		}
	}

	/// Returns the minimum size of a last leaf at this index. Only the first leaf may have an empty
	/// segment, so that every plaintext has one form.
	pub(crate) fn least_last_leaf(&self, index: u64) -> usize {
		if index == 0 {
			self.head_size() + TAG_SIZE
		} else {
			TAG_SIZE + 1
		}
	}
}
