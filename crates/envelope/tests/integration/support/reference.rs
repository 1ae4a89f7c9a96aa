//! Second implementation of format version 1, written from `docs/envelope-format.md` over other
//! primitives (RustCrypto's). It seals anything, so that tests can also make what
//! [`salus_envelope::seal`] refuses.

use aead_stream::{NewStream, StreamBE32, StreamPrimitive};
use aes_gcm::{
	aead::{Aead, KeyInit, Payload},
	Aes256Gcm,
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use salus_envelope::Binding;
use sha2::{Digest, Sha256};

const LEAF: usize = 1_048_576;

pub struct Reference {
	pub dek: [u8; 32],
	pub binding: Binding,
	pub salt: [u8; 32],
}

impl Reference {
	fn binding(&self) -> Vec<u8> {
		[&self.binding.record[..], &self.binding.version.to_be_bytes()].concat()
	}

	fn key(&self, label: &str) -> [u8; 32] {
		let info =
			[b"salus/envelope\x00\x01\x00\x01", &self.binding()[..], label.as_bytes()].concat();
		let mut key = [0; 32];
		Hkdf::<Sha256>::new(Some(&self.salt), &self.dek).expand(&info, &mut key).unwrap();
		key
	}

	fn header(&self, padded: &[u8]) -> Vec<u8> {
		[
			b"SALUSENV\x00\x01\x00\x01",
			&(padded.len() as u32).to_be_bytes()[..],
			&self.salt,
			&self.key("key-check"),
		]
		.concat()
	}

	fn head(&self, padded: &[u8]) -> Vec<u8> {
		let header = self.header(padded);
		let aad = [self.binding(), header.clone()].concat();
		let cipher = Aes256Gcm::new(&self.key("descriptor").into());
		let payload = Payload { msg: padded, aad: &aad };
		[header, cipher.encrypt(&[0; 12].into(), payload).unwrap()].concat()
	}

	/// Returns the envelope and the commitment.
	pub fn seal(&self, json: &[u8], plaintext: &[u8]) -> (Vec<u8>, [u8; 32]) {
		let padded = pad(json);
		let first = (LEAF - 112 - padded.len()).min(plaintext.len());
		let (first, rest) = plaintext.split_at(first);
		let segments: Vec<&[u8]> = [first].into_iter().chain(rest.chunks(LEAF - 16)).collect();
		(self.seal_segments(&padded, &segments), self.commit(&padded, plaintext))
	}

	/// Seals segments as given, even if they break the rules.
	pub fn seal_segments(&self, padded: &[u8], segments: &[&[u8]]) -> Vec<u8> {
		let mut envelope = self.head(padded);
		let aad = [self.binding(), Sha256::digest(&envelope).to_vec()].concat();
		let stream = StreamBE32::<Aes256Gcm>::new(&self.key("content").into(), &[0; 7].into());
		for (at, segment) in segments.iter().enumerate() {
			let payload = Payload { msg: segment, aad: &aad };
			let is_last = at + 1 == segments.len();
			envelope.extend(stream.encrypt(at as u32, is_last, payload).unwrap());
		}
		envelope
	}

	pub fn commit(&self, padded: &[u8], plaintext: &[u8]) -> [u8; 32] {
		let mut mac = Hmac::<Sha256>::new_from_slice(&self.key("commitment")).unwrap();
		mac.update(&self.header(padded));
		mac.update(&Sha256::digest(plaintext));
		mac.update(&(plaintext.len() as u64).to_be_bytes());
		mac.update(padded);
		mac.finalize().into_bytes().into()
	}

	/// Returns the padded descriptor and the plaintext.
	pub fn open(&self, envelope: &[u8]) -> (Vec<u8>, Vec<u8>) {
		let size = u32::from_be_bytes(envelope[12..16].try_into().unwrap()) as usize;
		let (head, body) = envelope.split_at(96 + size);
		assert_eq!(head[..80], self.header(&vec![0; size])[..]);
		let aad = [&self.binding()[..], &head[..80]].concat();
		let cipher = Aes256Gcm::new(&self.key("descriptor").into());
		let padded =
			cipher.decrypt(&[0; 12].into(), Payload { msg: &head[80..], aad: &aad }).unwrap();

		let aad = [self.binding(), Sha256::digest(head).to_vec()].concat();
		let stream = StreamBE32::<Aes256Gcm>::new(&self.key("content").into(), &[0; 7].into());
		let (first, rest) = body.split_at(body.len().min(LEAF - head.len()));
		let segments: Vec<&[u8]> = [first].into_iter().chain(rest.chunks(LEAF)).collect();
		let mut plaintext = Vec::new();
		for (at, segment) in segments.iter().enumerate() {
			let payload = Payload { msg: segment, aad: &aad };
			let is_last = at + 1 == segments.len();
			plaintext.extend(stream.decrypt(at as u32, is_last, payload).unwrap());
		}
		(padded, plaintext)
	}
}

/// Encodes as length (BE32), JSON, and zeros up to a multiple of 256.
pub fn pad(json: &[u8]) -> Vec<u8> {
	let mut padded = [&(json.len() as u32).to_be_bytes()[..], json].concat();
	padded.resize(padded.len().next_multiple_of(256), 0);
	padded
}
