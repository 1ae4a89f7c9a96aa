//! Plaintext to envelope, in one pass and constant memory.

use std::{
	fmt,
	io::{self, Read, Write},
};

use aws_lc_rs::digest;
use zeroize::Zeroizing;

use crate::{
	format::{Layout, HEADER_SIZE, LEAF_SIZE, SALT_SIZE, TAG_SIZE},
	key::array,
	keys::{descriptor_nonce, seal_in_place, segment_nonce, Keys},
	Binding, Dek, Descriptor, Error,
};

/// Size of the buffer of a small plaintext or envelope, in bytes.
const SMALL_BUFFER: usize = 16 << 10;

/// Result of [`seal`]. The first two fields go on chain.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Sealed {
	/// Size of the envelope, in bytes.
	pub ciphertext_size: u64,
	/// Commitment to descriptor and plaintext.
	pub commitment: [u8; 32],
	/// Size of the plaintext, in bytes.
	pub plaintext_size: u64,
	/// SHA-256 of the plaintext. Keep it private: it confirms a guess of the content.
	pub plaintext_sha256: [u8; 32],
}

impl fmt::Debug for Sealed {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.debug_struct("Sealed")
			.field("ciphertext_size", &self.ciphertext_size)
			.field("commitment", &self.commitment)
			.field("plaintext_size", &self.plaintext_size)
			.finish_non_exhaustive()
	}
}

/// Returns the size of the envelope that [`seal`] makes of a plaintext of this size.
pub fn ciphertext_size(plaintext_size: u64, descriptor: &Descriptor) -> Result<u64, Error> {
	descriptor.layout()?.ciphertext_size(plaintext_size)
}

/// Seals `plaintext` to its end and writes the envelope to `out`.
///
/// Reads the source once and holds one leaf in memory. Two calls with the same arguments give
/// different envelopes with different commitments, because each call derives its keys from a new
/// salt.
///
/// # Errors
///
/// Refuses an invalid descriptor before it reads or writes anything. After any other error, `out`
/// holds part of an envelope: discard it.
pub fn seal<R: Read, W: Write>(
	dek: &Dek,
	binding: &Binding,
	descriptor: &Descriptor,
	plaintext: R,
	out: W,
) -> Result<Sealed, Error> {
	let mut salt = [0; SALT_SIZE];
	getrandom::fill(&mut salt).map_err(|_| Error::NoRandomness)?;
	seal_with_salt(dek, binding, descriptor, salt, plaintext, out)
}

/// Does what [`seal`] does, with a given salt. Never public: two plaintexts under one DEK and salt
/// break GCM.
pub(crate) fn seal_with_salt<R: Read, W: Write>(
	dek: &Dek,
	binding: &Binding,
	descriptor: &Descriptor,
	salt: [u8; SALT_SIZE],
	mut plaintext: R,
	mut out: W,
) -> Result<Sealed, Error> {
	let (layout, padded) = descriptor.encode()?;
	let keys = Keys::new(dek, binding, layout, salt)?;
	let head = seal_head(&keys, binding, &padded)?;
	let aad = segment_aad(binding, &head);
	out.write_all(&head).map_err(Error::Write)?;

	let mut hash = digest::Context::new(&digest::SHA256);
	let mut plaintext_size = 0u64;
	let mut counter = 0u32;
	let mut capacity = layout.first_capacity();
	// A segment and its tag. Before sealing, one byte of the tag's place shows whether more
	// follows.
	let (mut buffer, mut filled) = read_start(&mut plaintext, capacity + 1, LEAF_SIZE)?;
	loop {
		let is_last = filled <= capacity;
		let next = buffer.get(capacity).copied().unwrap_or_default();
		let length = filled.min(capacity);

		let segment = buffer.get_mut(..length + TAG_SIZE).ok_or(Error::Library)?;
		hash.update(segment.get(..length).unwrap_or_default());
		seal_in_place(&keys.content, segment_nonce(counter, is_last), &aad, segment)?;
		out.write_all(segment).map_err(Error::Write)?;
		plaintext_size += length as u64;

		if is_last {
			break;
		}
		counter = counter.checked_add(1).ok_or(Error::TooLarge)?;
		capacity = LEAF_SIZE - TAG_SIZE;
		if let Some(first) = buffer.first_mut() {
			*first = next;
		}
		filled = 1 + read_full(&mut plaintext, buffer.get_mut(1..=capacity))?;
	}
	out.flush().map_err(Error::Write)?;

	let plaintext_sha256 = array(hash.finish().as_ref());
	Ok(Sealed {
		ciphertext_size: layout.ciphertext_size(plaintext_size)?,
		commitment: keys.commit(&plaintext_sha256, plaintext_size, &padded),
		plaintext_size,
		plaintext_sha256,
	})
}

/// Returns the header and the sealed descriptor.
fn seal_head(keys: &Keys, binding: &Binding, padded: &[u8]) -> Result<Vec<u8>, Error> {
	let layout: Layout = keys.header.layout;
	let header = keys.header.to_bytes();
	let mut head = Vec::with_capacity(layout.head_size());
	head.extend_from_slice(&header);
	head.extend_from_slice(padded);
	head.extend_from_slice(&[0; TAG_SIZE]);
	let sealed = head.get_mut(HEADER_SIZE..).ok_or(Error::Library)?;
	let aad = descriptor_aad(binding, &header);
	seal_in_place(&keys.descriptor, descriptor_nonce(), &aad, sealed)?;
	Ok(head)
}

/// Returns record id, version and header.
pub(crate) fn descriptor_aad(binding: &Binding, header: &[u8; HEADER_SIZE]) -> Vec<u8> {
	[binding.to_bytes().as_slice(), header].concat()
}

/// Returns record id, version, and the SHA-256 of the header and the sealed descriptor.
pub(crate) fn segment_aad(binding: &Binding, head: &[u8]) -> Vec<u8> {
	[binding.to_bytes().as_slice(), digest::digest(&digest::SHA256, head).as_ref()].concat()
}

/// Reads up to `most` bytes of the source. Returns a buffer that starts with them, and their
/// number.
///
/// The buffer has `size` bytes, or is small if the source ends soon: overwriting the buffer of a
/// leaf takes milliseconds.
pub(crate) fn read_start<R: Read>(
	source: &mut R,
	most: usize,
	size: usize,
) -> Result<(Zeroizing<Vec<u8>>, usize), Error> {
	let mut small = Zeroizing::new(vec![0; SMALL_BUFFER]);
	let limit = most.min(SMALL_BUFFER - TAG_SIZE);
	let filled = read_full(source, small.get_mut(..limit))?;
	if filled < limit {
		return Ok((small, filled));
	}
	let mut buffer = Zeroizing::new(vec![0; size]);
	for (to, from) in buffer.iter_mut().zip(small.iter()).take(filled) {
		*to = *from;
	}
	let more = read_full(source, buffer.get_mut(filled..most))?;
	Ok((buffer, filled + more))
}

/// Reads until `buffer` is full or the source ends.
pub(crate) fn read_full<R: Read>(
	source: &mut R,
	buffer: Option<&mut [u8]>,
) -> Result<usize, Error> {
	let mut rest = buffer.ok_or(Error::Library)?;
	let mut total = 0;
	while !rest.is_empty() {
		match source.read(rest) {
			Ok(0) => break,
			Ok(read) => {
				total += read;
				rest = rest.get_mut(read..).ok_or_else(|| {
					Error::Read(io::Error::other("the source claims more bytes than requested"))
				})?;
			}
			Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
			Err(error) => return Err(Error::Read(error)),
		}
	}
	Ok(total)
}
