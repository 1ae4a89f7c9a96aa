//! Anything altered, cut, moved or mixed in is refused.

use crate::support::{binding, descriptor, first_capacity, plaintext, Fixture, LEAF, TAG};
use proptest::prelude::*;
use salus_envelope::{open_leaf, read_descriptor, Binding, Dek, Error, LeafOpener};

fn flip(bytes: &[u8], bit: usize) -> Vec<u8> {
	let mut flipped = bytes.to_vec();
	flipped[bit / 8] ^= 1 << (bit % 8);
	flipped
}

#[test]
fn every_single_bit_of_a_small_envelope_counts() {
	for size in [0, 1, 100] {
		let fixture = Fixture::new(size);
		for bit in 0..fixture.envelope.len() * 8 {
			assert!(fixture.refuses(&flip(&fixture.envelope, bit)), "bit {bit} of size {size}");
		}
	}
}

#[test]
fn every_truncation_of_a_small_envelope_is_refused() {
	for size in [0, 1, 100] {
		let fixture = Fixture::new(size);
		for length in 0..fixture.envelope.len() {
			assert!(fixture.refuses(&fixture.envelope[..length]), "{length} of size {size}");
		}
	}
}

#[test]
fn truncation_at_and_around_the_leaves_is_refused() {
	let fixture = Fixture::new(3 * LEAF);
	for boundary in [LEAF, 2 * LEAF, 3 * LEAF] {
		for length in boundary - 20..=boundary + 20 {
			assert!(fixture.refuses(&fixture.envelope[..length]), "{length}");
		}
	}
}

/// Truncates an envelope whose last leaf is full to whole leaves.
#[test]
fn dropping_whole_leaves_is_refused() {
	let fixture = Fixture::new(first_capacity() + 2 * (LEAF - TAG));
	assert_eq!(fixture.envelope.len(), 3 * LEAF);
	assert!(fixture.open(&fixture.envelope).is_ok());
	for leaves in 0..3 {
		assert!(fixture.refuses(&fixture.envelope[..leaves * LEAF]));
	}
}

#[test]
fn trailing_bytes_are_refused() {
	for size in [0, 100, first_capacity(), first_capacity() + LEAF - TAG] {
		let fixture = Fixture::new(size);
		for garbage in [1, 15, 16, 17, 1000, LEAF, LEAF + 1] {
			let mut envelope = fixture.envelope.clone();
			envelope.resize(envelope.len() + garbage, 0);
			assert!(fixture.refuses(&envelope), "{garbage} after {size}");
		}
		let doubled = [fixture.envelope.clone(), fixture.envelope.clone()].concat();
		assert!(fixture.refuses(&doubled));
	}
}

#[test]
fn reordered_dropped_or_doubled_leaves_are_refused() {
	let fixture = Fixture::new(3 * LEAF);
	let leaves = fixture.leaves();
	assert_eq!(leaves.len(), 4);
	let arrangements: [&[usize]; 9] = [
		&[0, 2, 1, 3],
		&[1, 0, 2, 3],
		&[0, 1, 3],
		&[0, 2, 3],
		&[1, 2, 3],
		&[0, 3],
		&[0, 1, 1, 2, 3],
		&[0, 0, 1, 2, 3],
		&[0, 1, 2, 3, 3],
	];
	for order in arrangements {
		let moved: Vec<u8> = order.iter().flat_map(|at| leaves[*at].clone()).collect();
		assert!(fixture.refuses(&moved), "{order:?}");
	}
	let same: Vec<u8> = [0, 1, 2, 3].iter().flat_map(|at| leaves[*at].clone()).collect();
	assert!(fixture.open(&same).is_ok());
}

#[test]
fn leaves_of_another_record_version_or_seal_are_refused() {
	let text = plaintext(2 * LEAF);
	let dek = Dek::from_bytes([5; 32]);
	let fixture = Fixture::with(dek.clone(), binding(), text.clone());
	let others = [
		Fixture::with(dek.clone(), Binding { record: [9; 32], ..binding() }, text.clone()),
		Fixture::with(dek.clone(), Binding { version: 4, ..binding() }, text.clone()),
		Fixture::with(dek, binding(), text.clone()),
		Fixture::with(Dek::from_bytes([6; 32]), binding(), text),
	];
	for other in others {
		for index in 0..fixture.leaves().len() {
			let mut leaves = fixture.leaves();
			leaves[index] = other.leaves()[index].clone();
			assert!(fixture.refuses(&leaves.concat()), "leaf {index}");
		}
		// Only the head, and only the body, from the other envelope.
		let head = descriptor().layout().unwrap().head_size();
		let mixed = [&other.envelope[..head], &fixture.envelope[head..]].concat();
		assert!(fixture.refuses(&mixed));
		let mixed = [&fixture.envelope[..head], &other.envelope[head..]].concat();
		assert!(fixture.refuses(&mixed));
	}
}

#[test]
fn a_wrong_key_or_binding_is_distinguished_from_damage() {
	let fixture = Fixture::new(100);
	let wrong = [
		Fixture { dek: Dek::from_bytes([0x12; 32]), ..fixture.clone() },
		Fixture { binding: Binding { record: [1; 32], version: 3 }, ..fixture.clone() },
		Fixture { binding: Binding { record: [0x22; 32], version: 2 }, ..fixture.clone() },
	];
	for Fixture { dek, binding, commitment, envelope, .. } in wrong {
		let opened =
			salus_envelope::open(&dek, &binding, &commitment, &envelope[..], std::io::sink());
		assert!(matches!(opened, Err(Error::WrongKey)));
		assert!(matches!(read_descriptor(&dek, &binding, &envelope), Err(Error::WrongKey)));
		let leaf = open_leaf(&dek, &binding, &envelope, 0, &envelope, true);
		assert!(matches!(leaf, Err(Error::WrongKey)));
	}
}

#[test]
fn every_bit_of_the_commitment_counts() {
	let fixture = Fixture::new(100);
	for bit in 0..256 {
		let commitment = flip(&fixture.commitment, bit).try_into().unwrap();
		let opened = Fixture { commitment, ..fixture.clone() }.open(&fixture.envelope);
		assert!(matches!(opened, Err(Error::CommitmentMismatch)));
	}
}

#[test]
fn sealing_again_gives_another_commitment() {
	let (one, two) = (Fixture::new(100), Fixture::new(100));
	assert!(matches!(one.open(&two.envelope), Err(Error::CommitmentMismatch)));
}

#[test]
fn each_cause_has_its_own_error() {
	let fixture = Fixture::new(LEAF + 100);
	let head = descriptor().layout().unwrap().head_size();
	let altered = |byte: usize| fixture.open(&flip(&fixture.envelope, byte * 8)).unwrap_err();
	assert!(matches!(altered(0), Error::NotAnEnvelope));
	assert!(matches!(altered(9), Error::UnknownFormat { found: 0 }));
	assert!(matches!(altered(11), Error::UnknownSuite { found: 0 }));
	assert!(matches!(altered(15), Error::DescriptorSize { found: 257 }));
	assert!(matches!(altered(14), Error::DescriptorSize { found: 0 }));
	assert!(matches!(altered(16), Error::WrongKey), "salt");
	assert!(matches!(altered(79), Error::WrongKey), "key check");
	assert!(matches!(altered(80), Error::DescriptorAltered));
	assert!(matches!(altered(head - 1), Error::DescriptorAltered));
	assert!(matches!(altered(head), Error::LeafAltered { index: 0 }));
	assert!(matches!(altered(LEAF), Error::LeafAltered { index: 1 }));
	let cut = fixture.open(&fixture.envelope[..LEAF + 10]).unwrap_err();
	assert!(matches!(cut, Error::LeafSize { index: 1, size: 10 }));
	let cut = fixture.open(&fixture.envelope[..100]).unwrap_err();
	assert!(matches!(cut, Error::Truncated { size: 100 }));
}

/// The announced descriptor may exceed the envelope, or extend into the body.
#[test]
fn every_wrong_descriptor_size_is_refused() {
	let fixture = Fixture::new(100_000);
	let truth = descriptor().layout().unwrap().descriptor_size();
	for size in (0..=16_640u32).step_by(128).filter(|size| *size != truth) {
		let mut envelope = fixture.envelope.clone();
		envelope[12..16].copy_from_slice(&size.to_be_bytes());
		assert!(fixture.refuses(&envelope), "{size}");
	}
}

#[test]
fn a_leaf_opens_only_whole_and_at_its_place() {
	let fixture = Fixture::new(3 * LEAF);
	let leaves = fixture.leaves();
	let opener = LeafOpener::new(&fixture.dek, &fixture.binding, &leaves[0]).unwrap();
	for (index, leaf) in leaves.iter().enumerate() {
		for place in [0, 1, 2, 3, 4, u64::from(u32::MAX), 1 << 32, u64::MAX] {
			for is_last in [false, true] {
				let right = place == index as u64 && is_last == (index == 3);
				let opened = opener.open(place, leaf, is_last);
				assert_eq!(opened.is_ok(), right, "leaf {index} at {place}, {is_last}");
			}
		}
		for length in [0, 1, 16, 17, 400, leaf.len() - 1] {
			for is_last in [false, true] {
				assert!(opener.open(index as u64, &leaf[..length], is_last).is_err());
			}
		}
		let longer = [leaf.as_slice(), &[0]].concat();
		assert!(opener.open(index as u64, &longer, index == 3).is_err());
	}
}

/// The segment authenticates under the head that was read first, so the leaf's own head is
/// compared.
#[test]
fn a_first_leaf_with_another_head_is_refused() {
	let fixture = Fixture::new(100);
	let opener = LeafOpener::new(&fixture.dek, &fixture.binding, &fixture.envelope).unwrap();
	for byte in 0..opener.layout().head_size() {
		let opened = opener.open(0, &flip(&fixture.envelope, byte * 8), true);
		assert!(matches!(opened, Err(Error::LeafAltered { index: 0 })), "byte {byte}");
	}
}

#[test]
fn noise_is_refused_without_panic() {
	let fixture = Fixture::new(0);
	for length in 0..1000 {
		assert!(fixture.refuses(&vec![0xa5; length]));
		let mut noise = plaintext(length);
		for (to, from) in noise.iter_mut().zip(&fixture.envelope[..16]) {
			*to = *from;
		}
		assert!(fixture.refuses(&noise));
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(48))]

	#[test]
	fn any_bit_of_a_large_envelope_counts(at in any::<proptest::sample::Index>()) {
		let fixture = Fixture::new(2 * LEAF + 100);
		let bit = at.index(fixture.envelope.len() * 8);
		prop_assert!(fixture.refuses(&flip(&fixture.envelope, bit)));
	}

	#[test]
	fn any_truncation_of_a_large_envelope_is_refused(at in any::<proptest::sample::Index>()) {
		let fixture = Fixture::new(2 * LEAF + 100);
		let length = at.index(fixture.envelope.len());
		prop_assert!(fixture.refuses(&fixture.envelope[..length]));
	}

	#[test]
	fn any_inserted_byte_is_refused(
		at in any::<proptest::sample::Index>(),
		byte in any::<u8>(),
		size in 0usize..2000,
	) {
		let fixture = Fixture::new(size);
		let mut envelope = fixture.envelope.clone();
		envelope.insert(at.index(fixture.envelope.len() + 1), byte);
		prop_assert!(fixture.refuses(&envelope));
	}

	#[test]
	fn any_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
		prop_assert!(Fixture::new(0).refuses(&bytes));
	}
}
