//! Envelope to plaintext: as a stream, only the descriptor, or any single leaf.

use std::{
	fmt,
	io::{Read, Write},
};

use aws_lc_rs::{aead::Aad, constant_time::verify_slices_are_equal, digest};
use zeroize::Zeroizing;

use crate::{
	format::{Header, Layout, HEADER_SIZE, LEAF_SIZE},
	key::array,
	keys::{descriptor_nonce, segment_nonce, Keys},
	seal::{descriptor_aad, read_full, read_start, segment_aad},
	Binding, Dek, Descriptor, Error,
};

/// Result of [`open`], fully verified against the commitment.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
	/// Description of the record.
	pub descriptor: Descriptor,
	/// Size of the plaintext, in bytes.
	pub plaintext_size: u64,
	/// SHA-256 of the plaintext.
	pub plaintext_sha256: [u8; 32],
}

impl fmt::Debug for Opened {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.debug_struct("Opened")
			.field("plaintext_size", &self.plaintext_size)
			.finish_non_exhaustive()
	}
}

/// Opens the envelope in `ciphertext`, to its end, and writes the plaintext to `out`.
///
/// Reads the source once and holds one leaf in memory. Every segment is authenticated before it is
/// written, but only at the end is it certain that the record is complete and the one registered on
/// chain.
///
/// # Errors
///
/// On any error, discard the contents of `out`: write to a temporary file and rename it on success.
pub fn open<R: Read, W: Write>(
	dek: &Dek,
	binding: &Binding,
	commitment: &[u8; 32],
	mut ciphertext: R,
	mut out: W,
) -> Result<Opened, Error> {
	// One leaf, and one byte that shows whether more follows.
	let (mut buffer, mut filled) = read_start(&mut ciphertext, LEAF_SIZE + 1, LEAF_SIZE + 1)?;
	let first = buffer.get(..filled.min(LEAF_SIZE)).unwrap_or_default();
	let opener = LeafOpener::new(dek, binding, first)?;

	let mut hash = digest::Context::new(&digest::SHA256);
	let mut plaintext_size = 0u64;
	let mut index = 0u64;
	loop {
		let is_last = filled <= LEAF_SIZE;
		let next = buffer.get(LEAF_SIZE).copied().unwrap_or_default();
		let leaf = buffer.get_mut(..filled.min(LEAF_SIZE)).unwrap_or_default();
		let plaintext = opener.open_in_place(index, leaf, is_last)?;
		hash.update(plaintext);
		out.write_all(plaintext).map_err(Error::Write)?;
		plaintext_size += plaintext.len() as u64;
		if is_last {
			break;
		}
		index += 1;
		if let Some(first) = buffer.first_mut() {
			*first = next;
		}
		filled = 1 + read_full(&mut ciphertext, buffer.get_mut(1..))?;
	}

	let plaintext_sha256 = array(hash.finish().as_ref());
	let found = opener.keys.commit(&plaintext_sha256, plaintext_size, &opener.padded);
	verify_slices_are_equal(&found, commitment).map_err(|_| Error::CommitmentMismatch)?;
	out.flush().map_err(Error::Write)?;
	Ok(Opened { descriptor: opener.descriptor, plaintext_size, plaintext_sha256 })
}

/// Reads the descriptor from the first leaf, or from its first [`Layout::head_size`] bytes.
///
/// The result is authentic under the key, but is not checked against the commitment. Only [`open`]
/// does that.
pub fn read_descriptor(
	dek: &Dek,
	binding: &Binding,
	first_leaf: &[u8],
) -> Result<Descriptor, Error> {
	LeafOpener::new(dek, binding, first_leaf).map(|opener| opener.descriptor)
}

/// Opens a single leaf. For several leaves of one envelope, keep a [`LeafOpener`].
///
/// The result is authentic under the key, but is not checked against the commitment. Only [`open`]
/// does that.
pub fn open_leaf(
	dek: &Dek,
	binding: &Binding,
	first_leaf: &[u8],
	index: u64,
	leaf: &[u8],
	is_last: bool,
) -> Result<Zeroizing<Vec<u8>>, Error> {
	LeafOpener::new(dek, binding, first_leaf)?.open(index, leaf, is_last)
}

/// Opener for the leaves of one envelope in any order, given its head.
pub struct LeafOpener {
	keys: Keys,
	head: Vec<u8>,
	aad: Vec<u8>,
	padded: Zeroizing<Vec<u8>>,
	descriptor: Descriptor,
}

impl fmt::Debug for LeafOpener {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.debug_struct("LeafOpener").finish_non_exhaustive()
	}
}

impl LeafOpener {
	/// Authenticates the head, which is the beginning of the first leaf.
	pub fn new(dek: &Dek, binding: &Binding, first_leaf: &[u8]) -> Result<Self, Error> {
		let truncated = || Error::Truncated { size: first_leaf.len() as u64 };
		let header = Header::parse(first_leaf)?;
		let head = first_leaf.get(..header.layout.head_size()).ok_or_else(truncated)?;
		let (header_bytes, sealed) =
			head.split_first_chunk::<HEADER_SIZE>().ok_or_else(truncated)?;
		let keys = Keys::check(dek, binding, header)?;

		let mut buffer = Zeroizing::new(sealed.to_vec());
		let aad = descriptor_aad(binding, header_bytes);
		let length = keys
			.descriptor
			.open_in_place(descriptor_nonce(), Aad::from(&aad), &mut buffer)
			.map_err(|_| Error::DescriptorAltered)?
			.len();
		buffer.truncate(length);
		let descriptor = Descriptor::decode(&buffer)?;
		Ok(Self {
			keys,
			head: head.to_vec(),
			aad: segment_aad(binding, head),
			padded: buffer,
			descriptor,
		})
	}

	/// Returns the descriptor. It is not checked against the commitment.
	pub fn descriptor(&self) -> &Descriptor {
		&self.descriptor
	}

	/// Returns the layout of this envelope.
	pub fn layout(&self) -> Layout {
		self.keys.header.layout
	}

	/// Opens the whole leaf at `index`, as stored in IPFS. `is_last` is `index + 1 ==`
	/// [`Layout::leaf_count`]; a wrong value is refused.
	pub fn open(
		&self,
		index: u64,
		leaf: &[u8],
		is_last: bool,
	) -> Result<Zeroizing<Vec<u8>>, Error> {
		let mut buffer = Zeroizing::new(leaf.to_vec());
		let plaintext = self.open_in_place(index, &mut buffer, is_last)?;
		let length = plaintext.len();
		let start = if index == 0 { self.head.len() } else { 0 };
		buffer.copy_within(start..start + length, 0);
		buffer.truncate(length);
		Ok(buffer)
	}

	fn open_in_place<'a>(
		&self,
		index: u64,
		leaf: &'a mut [u8],
		is_last: bool,
	) -> Result<&'a [u8], Error> {
		let size = leaf.len();
		let least = if is_last { self.layout().least_last_leaf(index) } else { LEAF_SIZE };
		if size < least || size > LEAF_SIZE {
			return Err(Error::LeafSize { index, size: size as u64 });
		}
		let counter = u32::try_from(index).map_err(|_| Error::TooLarge)?;
		let altered = || Error::LeafAltered { index };
		let segment = if index == 0 {
			match leaf.split_at_mut_checked(self.head.len()) {
				Some((head, segment)) if *head == *self.head => segment,
				_ => return Err(altered()),
			}
		} else {
			leaf
		};
		self.keys
			.content
			.open_in_place(segment_nonce(counter, is_last), Aad::from(&self.aad), segment)
			.map(|plaintext| &*plaintext)
			.map_err(|_| altered())
	}
}
