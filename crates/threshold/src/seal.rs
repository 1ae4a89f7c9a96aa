//! Sealing a record's data encryption key to an epoch's key.

use golden_core::wire::{write_element, write_scalar};
use golden_ehtdh1::Ciphertext;

use crate::{
	wire::{randomness, Point, Reader, Scalar, FORMAT_VERSION, G},
	EpochPublic, Error, Origin,
};

/// Size of a [`SealedKey`], in bytes.
pub const SEALED_KEY_SIZE: usize = 167;

/// Record version that a key belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Binding {
	/// Record id on chain.
	pub record: [u8; 32],
	/// Version of the record.
	pub version: u32,
}

impl Binding {
	/// Returns the associated data of a sealing: the key, by its first epoch, and the record
	/// version.
	fn associated_data(&self, public: &EpochPublic) -> Vec<u8> {
		let Origin { epoch, digest } = public.origin();
		let mut bytes = b"salus/threshold/sealed-key".to_vec();
		bytes.extend_from_slice(&digest);
		bytes.extend_from_slice(&epoch.to_be_bytes());
		bytes.extend_from_slice(&self.record);
		bytes.extend_from_slice(&self.version.to_be_bytes());
		bytes
	}
}

/// Data encryption key, sealed to an epoch's key for one record version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedKey {
	epoch: u32,
	ephemeral: Point,
	encryption: Point,
	challenge: Scalar,
	response: Scalar,
	payload: [u8; 32],
}

impl SealedKey {
	/// Returns the epoch whose key seals it.
	pub fn epoch(&self) -> u32 {
		self.epoch
	}

	/// Returns the encoding that goes on chain.
	pub fn to_bytes(&self) -> [u8; SEALED_KEY_SIZE] {
		let mut bytes = Vec::with_capacity(SEALED_KEY_SIZE);
		bytes.push(FORMAT_VERSION);
		bytes.extend_from_slice(&self.epoch.to_be_bytes());
		write_element::<G>(&mut bytes, &self.ephemeral);
		write_element::<G>(&mut bytes, &self.encryption);
		write_scalar::<G>(&mut bytes, &self.challenge);
		write_scalar::<G>(&mut bytes, &self.response);
		bytes.extend_from_slice(&self.payload);
		let mut array = [0; SEALED_KEY_SIZE];
		for (to, from) in array.iter_mut().zip(bytes) {
			*to = from;
		}
		array
	}

	/// Decodes a sealed key from the chain. Checks only its form; see [`verify`](Self::verify).
	pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
		let what = "sealed key";
		let mut reader = Reader::new(what, bytes)?;
		let sealed = Self {
			epoch: reader.u32()?,
			ephemeral: reader.point()?,
			encryption: reader.point()?,
			challenge: reader.scalar()?,
			response: reader.scalar()?,
			payload: reader.array()?,
		};
		reader.finish()?;
		// Points must have a unique encoding, or an altered sealed key could still pass.
		if sealed.to_bytes() != bytes {
			return Err(Error::Malformed { what });
		}
		Ok(sealed)
	}

	/// Verifies that it was sealed to this key, for this record version, by someone who knew the
	/// content.
	pub fn verify(&self, public: &EpochPublic, binding: &Binding) -> Result<(), Error> {
		self.ciphertext(public, binding)?.verify().map_err(|_| Error::SealedKeyRefused)
	}

	/// Returns the library's form, with the expected associated data.
	pub(crate) fn ciphertext(
		&self,
		public: &EpochPublic,
		binding: &Binding,
	) -> Result<Ciphertext<G>, Error> {
		// The associated data does not say which of the epochs with this key it was. It can be a
		// later epoch than this one, and that epoch's members may have stopped answering.
		if self.epoch < public.origin().epoch {
			return Err(Error::OtherEpoch { what: "sealed key" });
		}
		Ok(Ciphertext {
			associated_data: binding.associated_data(public),
			encrypted_payload: self.payload.to_vec(),
			ephemeral_public: self.ephemeral,
			encryption_point: self.encryption,
			challenge: self.challenge,
			response: self.response,
		})
	}
}

impl EpochPublic {
	/// Seals a record version's data encryption key to this key.
	pub fn seal(&self, dek: &[u8; 32], binding: &Binding) -> Result<SealedKey, Error> {
		let ciphertext = self.sealing.seal_bytes_with_associated_data(
			&mut randomness()?,
			dek,
			&binding.associated_data(self),
		)?;
		Ok(SealedKey {
			epoch: self.epoch(),
			ephemeral: ciphertext.ephemeral_public,
			encryption: ciphertext.encryption_point,
			challenge: ciphertext.challenge,
			response: ciphertext.response,
			// A stream cipher encrypts it, so it is as long as the key.
			payload: ciphertext
				.encrypted_payload
				.try_into()
				.map_err(|_| Error::Malformed { what: "sealed key" })?,
		})
	}
}
