//! Parts common to all formats: curve types, format byte, hashing, randomness.

use blake2::{Blake2b256, Digest};
use golden_core::wire::WireReader;
use golden_halo2curves::golden_group::{Secp256k1Element, Secp256k1GoldenGroup, Secp256k1Scalar};
use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};
use zeroize::Zeroizing;

use crate::Error;

/// Format version of everything that this crate writes, in the first byte.
pub const FORMAT_VERSION: u8 = 1;

/// Format version of the public part of a key that was taken over.
pub(crate) const TAKEN_OVER: u8 = 2;

/// Group of all computations.
pub(crate) type G = Secp256k1GoldenGroup;
pub(crate) type Point = Secp256k1Element;
pub(crate) type Scalar = Secp256k1Scalar;
/// Full proof of the key generation, not the library's prototype.
pub(crate) type Proof = golden_evrf::paper::secp_secq::SecpSecqBackend;

/// Computes BLAKE2b-256 over the length of the domain, the domain, and `parts`, which must have
/// fixed sizes.
pub(crate) fn hash(domain: &'static str, parts: &[&[u8]]) -> [u8; 32] {
	let mut hasher = Blake2b256::new();
	hasher.update((domain.len() as u64).to_be_bytes());
	hasher.update(domain);
	for part in parts {
		hasher.update(part);
	}
	hasher.finalize().into()
}

/// Returns a new generator, seeded by the operating system.
///
/// The system's generator is not used directly, because the library's interface would let it panic
/// where this function returns an error.
pub(crate) fn randomness() -> Result<ChaCha20Rng, Error> {
	let mut seed = Zeroizing::new([0; 32]);
	getrandom::fill(&mut *seed).map_err(|_| Error::NoRandomness)?;
	Ok(ChaCha20Rng::from_seed(*seed))
}

/// Reader of bytes of a known kind, which every error names.
pub(crate) struct Reader<'a> {
	pub(crate) inner: WireReader<'a>,
	what: &'static str,
}

impl<'a> Reader<'a> {
	/// Reads the format byte, which must be the usual one, and starts after it.
	pub(crate) fn new(what: &'static str, bytes: &'a [u8]) -> Result<Self, Error> {
		match Self::any(what, bytes)? {
			(FORMAT_VERSION, reader) => Ok(reader),
			(found, _) => Err(Error::UnknownFormat { what, found }),
		}
	}

	/// Reads the format byte and starts after it.
	pub(crate) fn any(what: &'static str, bytes: &'a [u8]) -> Result<(u8, Self), Error> {
		let mut reader = Self { inner: WireReader::new(bytes), what };
		let [format] = reader.array()?;
		Ok((format, reader))
	}

	pub(crate) fn malformed<E>(&self) -> impl FnOnce(E) -> Error {
		let what = self.what;
		move |_| Error::Malformed { what }
	}

	pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
		self.inner.read_array().map_err(self.malformed())
	}

	pub(crate) fn u16(&mut self) -> Result<u16, Error> {
		self.array().map(u16::from_be_bytes)
	}

	pub(crate) fn u32(&mut self) -> Result<u32, Error> {
		self.array().map(u32::from_be_bytes)
	}

	pub(crate) fn scalar(&mut self) -> Result<Scalar, Error> {
		golden_core::wire::read_scalar::<G>(&mut self.inner).map_err(self.malformed())
	}

	pub(crate) fn point(&mut self) -> Result<Point, Error> {
		golden_core::wire::read_element::<G>(&mut self.inner).map_err(self.malformed())
	}

	pub(crate) fn finish(self) -> Result<(), Error> {
		self.inner.finish().map_err(self.malformed())
	}
}
