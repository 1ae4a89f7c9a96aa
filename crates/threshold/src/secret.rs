//! Secrets that a member keeps, encrypted, in its keystore.

use std::fmt;

use golden_core::GoldenScalar;
use golden_ehtdh1::UnsealingShare;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{
	parameters::participant,
	wire::{Reader, Scalar, FORMAT_VERSION, G},
	EpochParameters, EpochPublic, Error, MemberIndex,
};

/// Size of a [`DealingSecret`] and of a [`SecretShare`], in bytes.
pub const SECRET_SIZE: usize = 103;

/// Two scalars of one member, with the epoch and key that they belong to.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
struct Pair {
	epoch: u32,
	member: MemberIndex,
	/// Digest of the parameters (of a dealing) or of the public key set (of a share).
	digest: [u8; 32],
	decryption: [u8; 32],
	context: [u8; 32],
}

impl Pair {
	fn to_bytes(&self) -> Zeroizing<[u8; SECRET_SIZE]> {
		let mut bytes = Zeroizing::new([0; SECRET_SIZE]);
		let fields = [FORMAT_VERSION]
			.into_iter()
			.chain(self.epoch.to_be_bytes())
			.chain(self.member.to_be_bytes())
			.chain(self.digest)
			.chain(self.decryption)
			.chain(self.context);
		for (to, from) in bytes.iter_mut().zip(fields) {
			*to = from;
		}
		bytes
	}

	fn from_bytes(what: &'static str, bytes: &[u8]) -> Result<Self, Error> {
		let mut reader = Reader::new(what, bytes)?;
		let pair = Self {
			epoch: reader.u32()?,
			member: reader.u16()?,
			digest: reader.array()?,
			decryption: reader.scalar()?.to_repr(),
			context: reader.scalar()?.to_repr(),
		};
		reader.finish()?;
		Ok(pair)
	}

	fn scalars(&self) -> (Scalar, Scalar) {
		// Every constructor has checked the bytes.
		let scalar = |bytes| Scalar::from_repr(bytes).unwrap_or_else(|_| Scalar::zero());
		(scalar(&self.decryption), scalar(&self.context))
	}
}

/// Member's share of its own dealing. Erased from memory when dropped.
#[derive(Clone)]
pub struct DealingSecret(Pair);

impl DealingSecret {
	pub(crate) fn new(
		parameters: &EpochParameters,
		member: MemberIndex,
		decryption: &Scalar,
		context: &Scalar,
	) -> Self {
		Self(Pair {
			epoch: parameters.epoch(),
			member,
			digest: parameters.digest(),
			decryption: decryption.to_repr(),
			context: context.to_repr(),
		})
	}

	/// Returns the bytes to store, encrypted, in the keystore.
	pub fn to_bytes(&self) -> Zeroizing<[u8; SECRET_SIZE]> {
		self.0.to_bytes()
	}

	/// Restores the secret from the keystore.
	pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
		Pair::from_bytes("dealing secret", bytes).map(Self)
	}

	/// Returns the scalars if they belong to this member and these parameters.
	pub(crate) fn scalars(
		&self,
		parameters: &EpochParameters,
		member: MemberIndex,
	) -> Option<(Scalar, Scalar)> {
		let fits = self.0.digest == parameters.digest() && self.0.member == member;
		fits.then(|| self.0.scalars())
	}
}

impl fmt::Debug for DealingSecret {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("DealingSecret(..)")
	}
}

/// Member's share of the epoch's key. Erased from memory when dropped.
#[derive(Clone)]
pub struct SecretShare(Pair);

impl SecretShare {
	pub(crate) fn new(
		public: &EpochPublic,
		member: MemberIndex,
		decryption: &Scalar,
		context: &Scalar,
	) -> Self {
		Self(Pair {
			epoch: public.epoch(),
			member,
			digest: public.digest(),
			decryption: decryption.to_repr(),
			context: context.to_repr(),
		})
	}

	/// Returns the member that owns the share.
	pub fn member(&self) -> MemberIndex {
		self.0.member
	}

	/// Returns the epoch of the share.
	pub fn epoch(&self) -> u32 {
		self.0.epoch
	}

	/// Returns the digest of the [`EpochPublic`] that it belongs to.
	pub fn digest(&self) -> [u8; 32] {
		self.0.digest
	}

	/// Returns the bytes to store, encrypted, in the keystore.
	pub fn to_bytes(&self) -> Zeroizing<[u8; SECRET_SIZE]> {
		self.0.to_bytes()
	}

	/// Restores the share from the keystore.
	pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
		Pair::from_bytes("secret share", bytes).map(Self)
	}

	/// Returns the member's share of the key.
	pub(crate) fn decryption(&self) -> Scalar {
		self.0.scalars().0
	}

	pub(crate) fn unsealing(&self) -> Result<UnsealingShare<G>, Error> {
		let (decryption, context) = self.0.scalars();
		Ok(UnsealingShare::new(golden_ehtdh1::SecretShare {
			participant: participant(self.0.member)?,
			decryption,
			context,
		}))
	}
}

impl fmt::Debug for SecretShare {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "SecretShare(epoch {}, member {}, ..)", self.0.epoch, self.0.member)
	}
}
