//! A member's long-term key, to which the other members encrypt their dealings.

use std::fmt;

use golden_core::{GoldenGroup, GoldenScalar};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{
	wire::{randomness, Point, Scalar, G},
	Error,
};

/// Size of a [`MemberIdentity`], in bytes.
pub const MEMBER_IDENTITY_SIZE: usize = 33;

/// Size of a [`MemberSecret`], in bytes.
pub const MEMBER_SECRET_SIZE: usize = 32;

/// Secret half of a member's key. Erased from memory when dropped.
///
/// Its holder can read this member's shares in all dealings of its epochs.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct MemberSecret([u8; MEMBER_SECRET_SIZE]);

impl MemberSecret {
	/// Generates a secret from the operating system's randomness.
	pub fn generate() -> Result<Self, Error> {
		let mut randomness = randomness()?;
		loop {
			let scalar = Scalar::random(&mut randomness);
			if !bool::from(scalar.is_zero()) {
				return Ok(Self(scalar.to_repr()));
			}
		}
	}

	/// Returns the bytes to store, encrypted, in the keystore.
	pub fn to_bytes(&self) -> Zeroizing<[u8; MEMBER_SECRET_SIZE]> {
		Zeroizing::new(self.0)
	}

	/// Restores a secret from the keystore.
	pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
		let malformed = Error::Malformed { what: "member secret" };
		let secret = match <[u8; MEMBER_SECRET_SIZE]>::try_from(bytes) {
			Ok(bytes) => Self(bytes),
			Err(_) => return Err(malformed),
		};
		match Scalar::from_repr(&secret.0) {
			Ok(scalar) if !bool::from(scalar.is_zero()) => Ok(secret),
			_ => Err(malformed),
		}
	}

	/// Returns the public half.
	pub fn identity(&self) -> MemberIdentity {
		MemberIdentity(G::encode_element(&G::mul_generator(&self.scalar())))
	}

	pub(crate) fn scalar(&self) -> Scalar {
		// Every constructor has checked the bytes.
		Scalar::from_repr(&self.0).unwrap_or_else(|_| Scalar::zero())
	}
}

impl fmt::Debug for MemberSecret {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("MemberSecret(..)")
	}
}

/// Public half of a member's key: a compressed point of Secp256k1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberIdentity([u8; MEMBER_IDENTITY_SIZE]);

impl MemberIdentity {
	/// Decodes an announced identity. Refuses invalid points and the point at infinity.
	pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
		let malformed = || Error::Malformed { what: "member identity" };
		let bytes: [u8; MEMBER_IDENTITY_SIZE] = bytes.try_into().map_err(|_| malformed())?;
		let point = G::decode_element(&bytes).map_err(|_| malformed())?;
		if bool::from(G::is_identity(&point)) || G::encode_element(&point) != bytes {
			return Err(malformed());
		}
		Ok(Self(bytes))
	}

	/// Returns the encoding to announce.
	pub fn to_bytes(self) -> [u8; MEMBER_IDENTITY_SIZE] {
		self.0
	}

	pub(crate) fn point(&self) -> Result<Point, Error> {
		Ok(G::decode_element(&self.0)?)
	}
}

impl fmt::Debug for MemberIdentity {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("MemberIdentity(")?;
		for byte in self.0 {
			write!(f, "{byte:02x}")?;
		}
		f.write_str(")")
	}
}
