//! Two implementations of the specification, over different primitives, agree in both directions.

use crate::support::{
	binding, descriptor, first_capacity, plaintext,
	reference::{pad, Reference},
	Fixture, LEAF, TAG,
};
use salus_envelope::{open, Binding, Dek, Descriptor, Error, LeafOpener};
use sha2::{Digest, Sha256};

fn sizes() -> [usize; 7] {
	let first = first_capacity();
	[0, 1, 5000, first, first + 1, first + LEAF - TAG, 2 * LEAF + 77]
}

fn json() -> Vec<u8> {
	serde_json::to_vec(&descriptor()).unwrap()
}

#[test]
fn the_second_opens_envelopes_of_the_first() {
	for size in sizes() {
		let fixture = Fixture::new(size);
		let salt = fixture.envelope[16..48].try_into().unwrap();
		let second = Reference { dek: *fixture.dek.expose(), binding: binding(), salt };
		let (padded, text) = second.open(&fixture.envelope);
		assert!(text == fixture.plaintext, "{size}");
		assert_eq!(padded, pad(&json()));
		assert_eq!(second.commit(&padded, &text), fixture.commitment);
	}
}

#[test]
fn the_first_opens_envelopes_of_the_second() {
	let second = Reference { dek: [3; 32], binding: binding(), salt: [4; 32] };
	for size in sizes() {
		let (envelope, commitment) = second.seal(&json(), &plaintext(size));
		let mut out = Vec::new();
		let dek = Dek::from_bytes(second.dek);
		let opened = open(&dek, &binding(), &commitment, &envelope[..], &mut out).unwrap();
		assert!(out == plaintext(size), "{size}");
		assert_eq!(opened.descriptor, descriptor());
	}
}

#[test]
fn the_second_agrees_with_the_committed_vectors() {
	let file: serde_json::Value =
		serde_json::from_str(include_str!("../vectors/envelopes.json")).unwrap();
	let vectors = file["vectors"].as_array().unwrap();
	assert_eq!(vectors.len(), 7);
	for vector in vectors {
		let text = |field: &str| vector[field].as_str().unwrap().to_owned();
		let bytes = |field: &str| hex::decode(text(field)).unwrap().try_into().unwrap();
		let version = vector["version"].as_u64().unwrap().try_into().unwrap();
		let second = Reference {
			dek: bytes("dek"),
			binding: Binding { record: bytes("record"), version },
			salt: bytes("salt"),
		};
		let descriptor: Descriptor = serde_json::from_value(vector["descriptor"].clone()).unwrap();
		let plaintext = plaintext(vector["plaintext_size"].as_u64().unwrap() as usize);
		let json = serde_json::to_vec(&descriptor).unwrap();
		let (envelope, commitment) = second.seal(&json, &plaintext);
		let sha256: [u8; 32] = Sha256::digest(&envelope).into();
		assert_eq!(sha256, bytes("envelope_sha256"), "{}", text("name"));
		assert_eq!(commitment, bytes("commitment"), "{}", text("name"));
	}
}

/// Authors may seal what they like, but a plaintext has only one valid form.
#[test]
fn segments_of_other_lengths_are_refused_from_their_author() {
	let second = Reference { dek: [3; 32], binding: binding(), salt: [4; 32] };
	let padded = pad(&json());
	let first = plaintext(first_capacity());
	let full = plaintext(LEAF - TAG);
	let short = plaintext(100);
	let arrangements: [&[&[u8]]; 6] = [
		&[&first, &[]],
		&[&first, &full, &[]],
		&[&short, &short],
		&[&[], &full],
		&[&first, &short, &full],
		&[&first, &short, &short],
	];
	for segments in arrangements {
		let envelope = second.seal_segments(&padded, segments);
		let commitment = second.commit(&padded, &segments.concat());
		let dek = Dek::from_bytes(second.dek);
		let opened = open(&dek, &binding(), &commitment, &envelope[..], std::io::sink());
		assert!(matches!(opened, Err(Error::LeafSize { .. } | Error::LeafAltered { .. })));
	}
}

/// [`open`] cannot read a leaf of this size, so [`LeafOpener`] must refuse it too.
#[test]
fn an_oversized_leaf_is_refused_even_from_its_author() {
	let second = Reference { dek: [3; 32], binding: binding(), salt: [4; 32] };
	let padded = pad(&json());
	let dek = Dek::from_bytes(second.dek);
	for excess in 0..2 {
		let text = plaintext(first_capacity() + excess);
		let envelope = second.seal_segments(&padded, &[&text]);
		let opener = LeafOpener::new(&dek, &binding(), &envelope).unwrap();
		let opened = opener.open(0, &envelope, true);
		match excess {
			0 => assert!(*opened.unwrap() == text),
			_ => assert!(matches!(opened, Err(Error::LeafSize { index: 0, .. }))),
		}
	}
}
