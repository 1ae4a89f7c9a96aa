//! What all formats share: types of the curve, format byte, hashing, randomness.

use blake2::{Blake2b256, Digest};
use golden_core::wire::WireReader;
use golden_halo2curves::golden_group::{Secp256k1Element, Secp256k1GoldenGroup, Secp256k1Scalar};
use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};
use zeroize::Zeroizing;

use crate::Error;

/// The format of everything that this crate writes; the first byte of each.
pub const FORMAT_VERSION: u8 = 1;

/// The group in which everything happens.
pub(crate) type G = Secp256k1GoldenGroup;
pub(crate) type Point = Secp256k1Element;
pub(crate) type Scalar = Secp256k1Scalar;
/// The full proof of the key generation, not the library's prototype.
pub(crate) type Proof = golden_evrf::paper::secp_secq::SecpSecqBackend;

/// BLAKE2b-256 over the domain, with its length before it, and `parts`, which must have fixed sizes.
pub(crate) fn hash(domain: &'static str, parts: &[&[u8]]) -> [u8; 32] {
	let mut hasher = Blake2b256::new();
	hasher.update((domain.len() as u64).to_be_bytes());
	hasher.update(domain);
	for part in parts {
		hasher.update(part);
	}
	hasher.finalize().into()
}

/// A fresh generator, seeded by the operating system.
///
/// Not the system's generator itself: the library's interface lets that panic where this fails.
pub(crate) fn randomness() -> Result<ChaCha20Rng, Error> {
	let mut seed = Zeroizing::new([0; 32]);
	getrandom::fill(&mut *seed).map_err(|_| Error::NoRandomness)?;
	Ok(ChaCha20Rng::from_seed(*seed))
}

/// Reads bytes of a known kind; every failure says which.
pub(crate) struct Reader<'a> {
	pub(crate) inner: WireReader<'a>,
	what: &'static str,
}

impl<'a> Reader<'a> {
	/// Starts after the format byte.
	pub(crate) fn new(what: &'static str, bytes: &'a [u8]) -> Result<Self, Error> {
		let mut reader = Self {
			inner: WireReader::new(bytes),
			what,
		};
		match reader.array::<1>()? {
			[FORMAT_VERSION] => Ok(reader),
			[found] => Err(Error::UnknownFormat { what, found }),
		}
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
