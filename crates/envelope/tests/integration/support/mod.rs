//! Shared fixtures.
pub mod reference;

use salus_envelope::{open, seal, Binding, Dek, Descriptor, Error, Opened};

pub const LEAF: usize = salus_envelope::LEAF_SIZE;
pub const TAG: usize = 16;

/// Envelope with everything that opens it.
#[derive(Clone)]
pub struct Fixture {
	pub dek: Dek,
	pub binding: Binding,
	pub commitment: [u8; 32],
	pub plaintext: Vec<u8>,
	pub envelope: Vec<u8>,
}

impl Fixture {
	pub fn new(size: usize) -> Self {
		Self::with(Dek::from_bytes([0x11; 32]), binding(), plaintext(size))
	}

	pub fn with(dek: Dek, binding: Binding, plaintext: Vec<u8>) -> Self {
		let mut envelope = Vec::new();
		let sealed =
			seal(&dek, &binding, &descriptor(), plaintext.as_slice(), &mut envelope).unwrap();
		Self { dek, binding, commitment: sealed.commitment, plaintext, envelope }
	}

	/// Opens the given bytes in place of the envelope.
	pub fn open(&self, envelope: &[u8]) -> Result<(Opened, Vec<u8>), Error> {
		let mut out = Vec::new();
		let opened = open(&self.dek, &self.binding, &self.commitment, envelope, &mut out)?;
		Ok((opened, out))
	}

	/// Cuts the envelope at the boundaries of leaves.
	pub fn leaves(&self) -> Vec<Vec<u8>> {
		self.envelope.chunks(LEAF).map(<[u8]>::to_vec).collect()
	}

	pub fn refuses(&self, envelope: &[u8]) -> bool {
		self.open(envelope).is_err()
	}
}

pub fn binding() -> Binding {
	Binding { record: [0x22; 32], version: 3 }
}

pub fn descriptor() -> Descriptor {
	Descriptor {
		title: "Großes Blutbild".into(),
		media_type: "application/fhir+json".into(),
		file_name: "blutbild.json".into(),
		fhir_type: Some("DiagnosticReport".into()),
		created: 1_700_000_000_000,
	}
}

pub fn plaintext(size: usize) -> Vec<u8> {
	(0..size).map(|at| (at % 251) as u8).collect()
}

/// Plaintext capacity of the first leaf under [`descriptor`], in bytes.
pub fn first_capacity() -> usize {
	LEAF - descriptor().layout().unwrap().head_size() - TAG
}
