//! Committed test vectors: a byte that changes here changes the format.

use std::io;

use serde::Deserialize;

use crate::{
	open, seal::seal_with_salt, unwrap, Binding, Dek, Descriptor, KeyAgreementSecret, WrapContext,
	WrapKind,
};

/// Bytes as hexadecimal text.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Hex(Vec<u8>);

impl TryFrom<String> for Hex {
	type Error = hex::FromHexError;

	fn try_from(text: String) -> Result<Self, Self::Error> {
		hex::decode(text).map(Self)
	}
}

impl Hex {
	fn array<const N: usize>(&self) -> [u8; N] {
		self.0.as_slice().try_into().unwrap()
	}
}

#[derive(Deserialize)]
struct File<T> {
	vectors: Vec<T>,
}

fn load<T: for<'a> Deserialize<'a>>(json: &str) -> Vec<T> {
	let vectors = serde_json::from_str::<File<T>>(json).unwrap().vectors;
	assert!(!vectors.is_empty());
	vectors
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvelopeVector {
	name: String,
	dek: Hex,
	salt: Hex,
	record: Hex,
	version: u32,
	descriptor: Descriptor,
	plaintext_size: u64,
	plaintext_sha256: Hex,
	/// Present if the envelope is small.
	envelope: Option<Hex>,
	envelope_size: u64,
	envelope_sha256: Hex,
	commitment: Hex,
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
	aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref().to_vec()
}

#[test]
fn envelopes_match_the_committed_vectors() {
	for vector in load::<EnvelopeVector>(include_str!("../tests/vectors/envelopes.json")) {
		let name = &vector.name;
		let dek = Dek::from_bytes(vector.dek.array());
		let binding = Binding { record: vector.record.array(), version: vector.version };
		let plaintext: Vec<u8> = (0..vector.plaintext_size).map(|at| (at % 251) as u8).collect();
		let mut envelope = Vec::new();
		let sealed = seal_with_salt(
			&dek,
			&binding,
			&vector.descriptor,
			vector.salt.array(),
			plaintext.as_slice(),
			&mut envelope,
		)
		.unwrap();
		if let Some(expected) = vector.envelope {
			assert_eq!(hex::encode(&envelope), hex::encode(expected.0), "{name}");
		}
		assert_eq!(sha256(&envelope), vector.envelope_sha256.0, "{name}");
		assert_eq!(sealed.ciphertext_size, vector.envelope_size, "{name}");
		assert_eq!(envelope.len() as u64, vector.envelope_size, "{name}");
		assert_eq!(sealed.plaintext_sha256, *vector.plaintext_sha256.0, "{name}");
		assert_eq!(sealed.commitment, *vector.commitment.0, "{name}");

		let commitment = vector.commitment.array();
		let opened = open(&dek, &binding, &commitment, envelope.as_slice(), io::sink()).unwrap();
		assert_eq!(opened.descriptor, vector.descriptor, "{name}");
	}
}

#[derive(Deserialize)]
struct WrapVector {
	name: String,
	seed: Hex,
	context: String,
	public: Hex,
	genesis: Hex,
	#[serde(flatten)]
	kind: Kind,
	wrap: Hex,
	key: Hex,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Kind {
	Record { record: Hex, version: u32 },
	Organisation { organisation: u32, key_version: u32 },
}

#[test]
fn wraps_open_as_committed() {
	for vector in load::<WrapVector>(include_str!("../tests/vectors/wraps.json")) {
		let name = &vector.name;
		let secret = KeyAgreementSecret::derive(&vector.seed.0, vector.context.as_bytes()).unwrap();
		assert_eq!(secret.public(), *vector.public.0, "{name}");
		let kind = match vector.kind {
			Kind::Record { record, version } => {
				WrapKind::Record(Binding { record: record.array(), version })
			}
			Kind::Organisation { organisation, key_version } => {
				WrapKind::Organisation { organisation, key_version }
			}
		};
		let context = WrapContext { genesis: vector.genesis.array(), kind };
		let key = unwrap(&secret, &context, &vector.wrap.0).unwrap();
		assert_eq!(*key, *vector.key.0, "{name}");
	}
}
