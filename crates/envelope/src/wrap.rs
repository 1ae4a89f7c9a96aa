//! Key wraps: HPKE (RFC 9180), base mode, single shot.
//!
//! The suite is DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. The context goes into HPKE's
//! `info`.

use std::fmt;

use hpke::{
	aead::AesGcm256, kdf::HkdfSha256, kem::X25519HkdfSha256, single_shot_open, single_shot_seal,
	Deserializable, HpkeError, Kem, OpModeR, OpModeS, Serializable,
};
use zeroize::Zeroizing;

use crate::{key::array, Binding, Error};

/// Size of a key wrap, in bytes: encapsulated key (32), wrapped key (32), tag (16).
pub const WRAP_SIZE: usize = 80;

pub(crate) const ENCAPSULATED_SIZE: usize = 32;
const LEAST_SEED: usize = 32;
/// Salt of the secrets that are derived from a seed.
const SEED_SALT: &[u8] = b"salus/key-agreement/v1";

type PrivateKey = <X25519HkdfSha256 as Kem>::PrivateKey;
pub(crate) type PublicKey = <X25519HkdfSha256 as Kem>::PublicKey;
pub(crate) type EncappedKey = <X25519HkdfSha256 as Kem>::EncappedKey;

/// X25519 public key to which others wrap keys.
pub type KeyAgreementPublic = [u8; 32];

/// Secret that opens wraps. Erased from memory when dropped.
#[derive(Clone)]
pub struct KeyAgreementSecret(pub(crate) PrivateKey);

impl KeyAgreementSecret {
	/// Derives the secret from a seed, so that an account recovers it with its seed.
	///
	/// The same seed and context give the same secret. Use one context for each purpose and key
	/// version; it need not be secret.
	///
	/// # Errors
	///
	/// [`Error::SeedSize`] when the seed has fewer than 32 bytes. It must come from a secret
	/// source; a password is not enough.
	pub fn derive(seed: &[u8], context: &[u8]) -> Result<Self, Error> {
		if seed.len() < LEAST_SEED {
			return Err(Error::SeedSize { size: seed.len() });
		}
		let mut material = Zeroizing::new([0; 32]);
		expand(seed, context, &mut material)?;
		let (secret, _) = X25519HkdfSha256::derive_keypair(&*material);
		Ok(Self(secret))
	}

	/// Generates a secret for a single use from the operating system's randomness.
	///
	/// # Errors
	///
	/// [`Error::NoRandomness`] when the operating system provides none.
	pub fn generate() -> Result<Self, Error> {
		let mut material = Zeroizing::new([0; 32]);
		getrandom::fill(&mut *material).map_err(|_| Error::NoRandomness)?;
		let (secret, _) = X25519HkdfSha256::derive_keypair(&*material);
		Ok(Self(secret))
	}

	/// Returns the public key, for publication on chain.
	pub fn public(&self) -> KeyAgreementPublic {
		X25519HkdfSha256::sk_to_pk(&self.0).to_bytes().into()
	}
}

impl fmt::Debug for KeyAgreementSecret {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("KeyAgreementSecret(..)")
	}
}

/// Fills `material` by HKDF-SHA256, with the seed as input and the context as info.
#[cfg(not(target_family = "wasm"))]
fn expand(seed: &[u8], context: &[u8], material: &mut [u8; 32]) -> Result<(), Error> {
	use aws_lc_rs::hkdf::{Salt, HKDF_SHA256};
	Salt::new(HKDF_SHA256, SEED_SALT)
		.extract(seed)
		.expand(&[context], HKDF_SHA256)
		.and_then(|okm| okm.fill(material))
		.map_err(|_| Error::Library)
}

/// Does the same without AWS-LC.
#[cfg(target_family = "wasm")]
fn expand(seed: &[u8], context: &[u8], material: &mut [u8; 32]) -> Result<(), Error> {
	hkdf::Hkdf::<sha2::Sha256>::new(Some(SEED_SALT), seed)
		.expand(context, material)
		.map_err(|_| Error::Library)
}

/// Kind of a wrapped key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WrapKind {
	/// DEK of a record version.
	Record(Binding),
	/// Secret of an organisation's key-agreement key, wrapped to a member.
	Organisation {
		/// Organisation id on chain.
		organisation: u32,
		/// Version of the organisation's key.
		key_version: u32,
	},
}

/// Context that a wrap is bound to, in addition to the recipient's public key. The wrap opens only
/// under this context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WrapContext {
	/// Genesis hash of the chain.
	pub genesis: [u8; 32],
	/// Kind of the wrapped key.
	pub kind: WrapKind,
}

impl WrapContext {
	/// Encodes the context. Lengths are fixed for each kind, so no two contexts share an encoding.
	fn info(&self, recipient: &KeyAgreementPublic) -> Vec<u8> {
		let mut info = b"salus/wrap/v1".to_vec();
		info.extend_from_slice(&self.genesis);
		match self.kind {
			WrapKind::Record(binding) => {
				info.push(0);
				info.extend_from_slice(&binding.to_bytes());
			}
			WrapKind::Organisation { organisation, key_version } => {
				info.push(1);
				info.extend_from_slice(&organisation.to_be_bytes());
				info.extend_from_slice(&key_version.to_be_bytes());
			}
		}
		info.extend_from_slice(recipient);
		info
	}
}

/// Wraps a 32-byte key so that only the holder of the recipient's secret can open it.
///
/// # Errors
///
/// [`Error::WeakPublicKey`] when the recipient's key is zero or of low order.
pub fn wrap(
	recipient: &KeyAgreementPublic,
	context: &WrapContext,
	secret: &[u8; 32],
) -> Result<[u8; WRAP_SIZE], Error> {
	// `hpke` panics without randomness; here it becomes an error.
	getrandom::fill(&mut [0; 32]).map_err(|_| Error::NoRandomness)?;
	let key = PublicKey::from_bytes(recipient).map_err(|_| Error::WeakPublicKey)?;
	let info = context.info(recipient);
	let (encapsulated, ciphertext) = single_shot_seal::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
		&OpModeS::Base,
		&key,
		&info,
		secret,
		&[],
	)
	.map_err(|error| match error {
		HpkeError::EncapError => Error::WeakPublicKey,
		_ => Error::Library,
	})?;
	Ok(array(&[encapsulated.to_bytes().as_slice(), &ciphertext].concat()))
}

/// Opens a wrap made by [`wrap`] for this secret's public key in the same context.
pub fn unwrap(
	secret: &KeyAgreementSecret,
	context: &WrapContext,
	wrap: &[u8],
) -> Result<Zeroizing<[u8; 32]>, Error> {
	let wrong_size = || Error::WrapSize { size: wrap.len() };
	if wrap.len() != WRAP_SIZE {
		return Err(wrong_size());
	}
	let (encapsulated, ciphertext) =
		wrap.split_at_checked(ENCAPSULATED_SIZE).ok_or_else(wrong_size)?;
	let encapsulated = EncappedKey::from_bytes(encapsulated).map_err(|_| Error::WrapRefused)?;
	let info = context.info(&secret.public());
	single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
		&OpModeR::Base,
		&secret.0,
		&encapsulated,
		&info,
		ciphertext,
		&[],
	)
	.map(|key| Zeroizing::new(array(&Zeroizing::new(key))))
	.map_err(|_| Error::WrapRefused)
}
