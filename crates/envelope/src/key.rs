//! The record's key and its binding.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::Error;

/// Data encryption key (DEK) of a record version. Erased from memory when dropped.
///
/// Generate a new one for each record version: its holder can read everything sealed under it.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Dek([u8; 32]);

impl Dek {
	/// Generates a key from the operating system's randomness.
	pub fn generate() -> Result<Self, Error> {
		let mut dek = Self([0; 32]);
		getrandom::fill(&mut dek.0).map_err(|_| Error::NoRandomness)?;
		Ok(dek)
	}

	/// Restores a key that was stored, unwrapped or released.
	pub fn from_bytes(bytes: [u8; 32]) -> Self {
		Self(bytes)
	}

	/// Returns the bytes of the key, to wrap or seal them. Do not copy them elsewhere.
	pub fn expose(&self) -> &[u8; 32] {
		&self.0
	}
}

impl From<Zeroizing<[u8; 32]>> for Dek {
	fn from(bytes: Zeroizing<[u8; 32]>) -> Self {
		Self(*bytes)
	}
}

impl fmt::Debug for Dek {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("Dek(..)")
	}
}

/// Record version that an envelope belongs to. The envelope opens only under this binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Binding {
	/// Record id on chain.
	pub record: [u8; 32],
	/// Version of the record.
	pub version: u32,
}

impl Binding {
	pub(crate) fn to_bytes(self) -> [u8; 36] {
		let mut bytes = [0; 36];
		let fields = self.record.into_iter().chain(self.version.to_be_bytes());
		for (to, from) in bytes.iter_mut().zip(fields) {
			*to = from;
		}
		bytes
	}
}

/// Copies into an array without panicking on a wrong length. All callers pass exactly `N` bytes.
pub(crate) fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
	let mut array = [0; N];
	for (to, from) in array.iter_mut().zip(bytes) {
		*to = *from;
	}
	array
}
