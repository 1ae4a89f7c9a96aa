//! A member's long-term key, to which the other members encrypt their dealings.

use std::fmt;

use golden_core::{GoldenGroup, GoldenScalar};
use k256::ecdsa::{
	signature::hazmat::{PrehashSigner, PrehashVerifier},
	Signature, SigningKey, VerifyingKey,
};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{
	wire::{hash, randomness, Point, Scalar, G},
	Error, MemberIndex,
};

/// Size of a [`MemberIdentity`], in bytes.
pub const MEMBER_IDENTITY_SIZE: usize = 33;

/// Size of an announced identity, in bytes: the identity, and an ECDSA signature under it.
pub const ANNOUNCEMENT_SIZE: usize = MEMBER_IDENTITY_SIZE + 64;

/// Size of a [`MemberSecret`], in bytes.
pub const MEMBER_SECRET_SIZE: usize = 32;

/// A member's place, for which its identity is announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
	/// Genesis hash of the chain.
	pub genesis: [u8; 32],
	/// Number of the epoch.
	pub epoch: u32,
	/// Index of the member.
	pub member: MemberIndex,
}

impl Place {
	fn digest(&self, identity: &MemberIdentity) -> [u8; 32] {
		hash(
			"salus/threshold/announcement",
			&[&self.genesis, &self.epoch.to_be_bytes(), &self.member.to_be_bytes(), &identity.0],
		)
	}
}

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

	/// Returns the public half with a proof that its owner knows this secret, for one place. The
	/// same every time.
	pub fn announce(&self, place: &Place) -> Result<[u8; ANNOUNCEMENT_SIZE], Error> {
		let malformed = |_| Error::Malformed { what: "member secret" };
		let mut big_endian = Zeroizing::new(self.0);
		big_endian.reverse();
		let key = SigningKey::from_slice(&*big_endian).map_err(malformed)?;
		let identity = self.identity();
		let proof: Signature = key.sign_prehash(&place.digest(&identity)).map_err(malformed)?;
		let mut bytes = [0; ANNOUNCEMENT_SIZE];
		for (to, from) in bytes.iter_mut().zip(identity.0.into_iter().chain(proof.to_bytes())) {
			*to = from;
		}
		Ok(bytes)
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
	/// Reads an identity that was announced for a place. Refuses one without a proof that its owner
	/// knows the secret: a member that announced another's identity with the opposite sign would
	/// get dealings under the same pads, and differences of shares would be public.
	pub fn announced(bytes: &[u8], place: &Place) -> Result<Self, Error> {
		let malformed = || Error::Malformed { what: "announced identity" };
		let bytes: &[u8; ANNOUNCEMENT_SIZE] = bytes.try_into().map_err(|_| malformed())?;
		let (identity, proof) = bytes.split_at(MEMBER_IDENTITY_SIZE);
		let identity = Self::from_bytes(identity)?;
		let proof = Signature::from_slice(proof).map_err(|_| malformed())?;
		identity
			.verifying_key()
			.and_then(|key| key.verify_prehash(&place.digest(&identity), &proof).ok())
			.map(|()| identity)
			.ok_or(Error::UnprovenIdentity { member: place.member })
	}

	/// Reads the identity of an announcement that was accepted before, or made before there were
	/// proofs. Does not check a proof.
	pub fn accepted(announcement: &[u8]) -> Result<Self, Error> {
		let identity = announcement.get(..MEMBER_IDENTITY_SIZE);
		Self::from_bytes(identity.ok_or(Error::Malformed { what: "announced identity" })?)
	}

	/// Returns the key for signatures: the sign in the first byte and little-endian bytes become a
	/// compressed point of SEC 1.
	fn verifying_key(&self) -> Option<VerifyingKey> {
		let (sign, x) = self.0.split_first()?;
		let mut point = vec![2 | (sign >> 7)];
		point.extend(x.iter().rev());
		VerifyingKey::from_sec1_bytes(&point).ok()
	}

	/// Returns whether two identities are equal but for the sign.
	pub fn is_like(&self, other: &Self) -> bool {
		self.0.get(1..) == other.0.get(1..)
	}

	/// Decodes an identity. Refuses invalid points and the point at infinity.
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
