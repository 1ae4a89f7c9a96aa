//! Delivery of committee shares: HPKE (RFC 9180) to a reader's one-time key.
//!
//! The suite is DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, in base mode, single shot.
//! HPKE's `info` is `salus/share/v1`. Its associated data is the digest of the release's context
//! (32 bytes) and the member's index (2 bytes, big-endian), so a share that is moved to another
//! request or attributed to another member does not open. The bytes are the encapsulated key (32),
//! the sealed share and the tag (16).

use hpke::{
	aead::AesGcm256, kdf::HkdfSha256, kem::X25519HkdfSha256, single_shot_open, single_shot_seal,
	Deserializable, HpkeError, OpModeR, OpModeS, Serializable,
};
use zeroize::Zeroizing;

use crate::{
	wrap::{EncappedKey, PublicKey, ENCAPSULATED_SIZE},
	Error, KeyAgreementPublic, KeyAgreementSecret,
};

const INFO: &[u8] = b"salus/share/v1";

/// Overhead of a sealed share over the share, in bytes.
pub const DELIVERY_OVERHEAD: usize = ENCAPSULATED_SIZE + 16;

/// Context that a sealed share is bound to, in addition to the reader's one-time key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Delivery {
	/// Digest of the release's context.
	pub release: [u8; 32],
	/// Index of the member in its epoch.
	pub member: u16,
}

impl Delivery {
	fn associated_data(&self) -> Vec<u8> {
		[&self.release[..], &self.member.to_be_bytes()].concat()
	}

	/// Seals a member's share so that only the reader opens it.
	///
	/// # Errors
	///
	/// [`Error::WeakPublicKey`] when the reader's key is zero or of low order.
	pub fn seal(&self, reader: &KeyAgreementPublic, share: &[u8]) -> Result<Vec<u8>, Error> {
		// `hpke` panics without randomness; here it becomes an error.
		getrandom::fill(&mut [0; 32]).map_err(|_| Error::NoRandomness)?;
		let key = PublicKey::from_bytes(reader).map_err(|_| Error::WeakPublicKey)?;
		let (encapsulated, sealed) = single_shot_seal::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
			&OpModeS::Base,
			&key,
			INFO,
			share,
			&self.associated_data(),
		)
		.map_err(|error| match error {
			HpkeError::EncapError => Error::WeakPublicKey,
			_ => Error::Library,
		})?;
		Ok([encapsulated.to_bytes().as_slice(), &sealed].concat())
	}

	/// Opens a share that [`Delivery::seal`] sealed to this secret's public key, for this release
	/// and this member.
	///
	/// # Errors
	///
	/// [`Error::ShareRefused`] when the member sealed it for another reader, release or member, or
	/// when it was altered.
	pub fn open(
		&self,
		secret: &KeyAgreementSecret,
		sealed: &[u8],
	) -> Result<Zeroizing<Vec<u8>>, Error> {
		let (encapsulated, ciphertext) =
			sealed.split_at_checked(ENCAPSULATED_SIZE).ok_or(Error::ShareRefused)?;
		let encapsulated =
			EncappedKey::from_bytes(encapsulated).map_err(|_| Error::ShareRefused)?;
		single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
			&OpModeR::Base,
			&secret.0,
			&encapsulated,
			INFO,
			ciphertext,
			&self.associated_data(),
		)
		.map(Zeroizing::new)
		.map_err(|_| Error::ShareRefused)
	}
}
