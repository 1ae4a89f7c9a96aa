//! Sealed records open again at every relevant size, as a stream and leaf by leaf.

use std::io::{self, Read, Write};

use crate::support::{binding, descriptor, first_capacity, plaintext, Fixture, LEAF, TAG};
use proptest::prelude::*;
use salus_envelope::{
	ciphertext_size, open, open_leaf, read_descriptor, seal, Dek, Error, Layout, LeafOpener,
	HEADER_SIZE,
};

/// Sizes around every boundary of segments, leaves and the descriptor's padding.
fn sizes() -> Vec<usize> {
	let first = first_capacity();
	let leaf = LEAF - TAG;
	let mut sizes = vec![0, 1, 2, 15, 16, 17, 255, 256, 257, 65_536];
	for boundary in [first, LEAF, first + leaf, 2 * LEAF, first + 2 * leaf, 3 * LEAF] {
		let near = [0, 1, 2, TAG - 1, TAG, TAG + 1];
		sizes.extend(near.iter().flat_map(|&bytes| [boundary - bytes, boundary + bytes]));
	}
	sizes.push(3 * LEAF + 12_345);
	sizes
}

#[test]
fn every_size_round_trips_and_has_the_announced_size() {
	for size in sizes() {
		let fixture = Fixture::new(size);
		let layout = descriptor().layout().unwrap();
		let ciphertext = fixture.envelope.len() as u64;
		assert_eq!(ciphertext_size(size as u64, &descriptor()).unwrap(), ciphertext, "{size}");
		assert_eq!(layout.plaintext_size(ciphertext), Some(size as u64), "{size}");
		assert_eq!(layout.leaf_count(ciphertext), Some(fixture.leaves().len() as u64), "{size}");

		let (opened, out) = fixture.open(&fixture.envelope).unwrap();
		assert!(out == fixture.plaintext, "{size}");
		assert_eq!(opened.descriptor, descriptor());
		assert_eq!(opened.plaintext_size, size as u64);
	}
}

#[test]
fn open_finds_the_size_hash_and_commitment_of_seal() {
	let (dek, text) = (Dek::generate().unwrap(), plaintext(5000));
	let mut envelope = Vec::new();
	let sealed = seal(&dek, &binding(), &descriptor(), &text[..], &mut envelope).unwrap();
	let mut out = Vec::new();
	let opened = open(&dek, &binding(), &sealed.commitment, &envelope[..], &mut out).unwrap();
	let sha256: [u8; 32] = <sha2::Sha256 as sha2::Digest>::digest(&text).into();
	assert_eq!(sealed.plaintext_sha256, sha256);
	assert_eq!(opened.plaintext_sha256, sha256);
	assert_eq!(sealed.plaintext_size, 5000);
	assert_eq!(sealed.ciphertext_size, envelope.len() as u64);
}

#[test]
fn every_leaf_opens_alone_with_the_head() {
	for size in [0, 1, first_capacity(), first_capacity() + 1, 2 * LEAF, 3 * LEAF + 12_345] {
		let fixture = Fixture::new(size);
		let leaves = fixture.leaves();
		let head = &fixture.envelope[..descriptor().layout().unwrap().head_size()];
		let opener = LeafOpener::new(&fixture.dek, &fixture.binding, head).unwrap();
		assert_eq!(opener.descriptor(), &descriptor());
		// In reverse, because the order does not matter.
		for (index, leaf) in leaves.iter().enumerate().rev() {
			let is_last = index + 1 == leaves.len();
			let content = opener.open(index as u64, leaf, is_last).unwrap();
			let offset = opener.layout().plaintext_offset(index as u64).unwrap() as usize;
			assert!(fixture.plaintext[offset..].starts_with(&content), "leaf {index} of {size}");
			if is_last {
				assert_eq!(offset + content.len(), size);
			}
			let alone =
				open_leaf(&fixture.dek, &fixture.binding, &leaves[0], index as u64, leaf, is_last);
			assert_eq!(*alone.unwrap(), *content);
		}
	}
}

#[test]
fn all_leaves_except_the_last_are_one_mebibyte() {
	assert_eq!(LEAF, 1_048_576);
	let leaves = Fixture::new(3 * LEAF).leaves();
	assert_eq!(leaves.len(), 4);
	assert!(leaves[..3].iter().all(|leaf| leaf.len() == LEAF));
}

#[test]
fn a_descriptor_is_read_from_the_head_alone() {
	let fixture = Fixture::new(2 * LEAF);
	let head = descriptor().layout().unwrap().head_size();
	let read = |bytes| read_descriptor(&fixture.dek, &fixture.binding, bytes);
	assert_eq!(read(&fixture.envelope[..head]).unwrap(), descriptor());
	for short in [0, 7, 8, HEADER_SIZE - 1, HEADER_SIZE, head - 1] {
		assert!(matches!(read(&fixture.envelope[..short]), Err(Error::Truncated { .. })));
	}
}

#[test]
fn two_seals_of_the_same_record_share_nothing() {
	let (one, two) = (Fixture::new(1000), Fixture::new(1000));
	assert_ne!(one.commitment, two.commitment);
	// Magic, format, suite and descriptor size are public; everything after them differs.
	assert_eq!(one.envelope[..16], two.envelope[..16]);
	let same = one.envelope[16..].iter().zip(&two.envelope[16..]).filter(|(a, b)| a == b).count();
	assert!(same < one.envelope.len() / 16, "{same} bytes are equal");
}

#[test]
fn title_and_plaintext_do_not_show_in_the_envelope() {
	let envelope = Fixture::new(100_000).envelope;
	for needle in [b"Blutbild".as_slice(), b"blutbild.json", &plaintext(32)] {
		assert!(!envelope.windows(needle.len()).any(|window| window == needle));
	}
}

#[test]
fn the_descriptors_size_shows_only_in_steps() {
	let mut short = descriptor();
	short.title = "a".into();
	assert_eq!(ciphertext_size(10, &short).unwrap(), ciphertext_size(10, &descriptor()).unwrap());
	let mut long = descriptor();
	long.title = "a".repeat(300);
	assert_eq!(
		ciphertext_size(10, &long).unwrap(),
		ciphertext_size(10, &descriptor()).unwrap() + 256
	);
}

#[test]
fn a_plaintext_beyond_the_counter_is_refused() {
	let layout = Layout::new(256).unwrap();
	let first = (LEAF - layout.head_size() - TAG) as u64;
	let most = first + ((1 << 32) - 1) * (LEAF - TAG) as u64;
	assert_eq!(layout.ciphertext_size(most).unwrap(), (LEAF as u64) << 32);
	assert!(matches!(layout.ciphertext_size(most + 1), Err(Error::TooLarge)));
	assert!(matches!(layout.ciphertext_size(u64::MAX), Err(Error::TooLarge)));
	assert_eq!(layout.plaintext_size(u64::MAX), None);
	assert_eq!(layout.plaintext_offset(1 << 32), None);
	assert_eq!(layout.plaintext_offset(u64::MAX), None);
}

#[test]
fn layouts_exist_only_for_sizes_of_descriptors() {
	for size in [0, 1, 255, 257, 16_385, 16_640, u32::MAX, u32::MAX - 255] {
		assert_eq!(Layout::new(size), None, "{size}");
	}
	for size in [256, 512, 16_384] {
		assert_eq!(Layout::new(size).unwrap().descriptor_size(), size);
	}
}

/// Source that returns a few bytes at a time and is interrupted in between.
struct Fitful<'a> {
	bytes: &'a [u8],
	turn: usize,
}

impl Read for Fitful<'_> {
	fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
		self.turn += 1;
		if self.turn.is_multiple_of(7) {
			return Err(io::ErrorKind::Interrupted.into());
		}
		let size = buffer.len().min(self.turn * 31 % 4099 + 1);
		self.bytes.read(&mut buffer[..size])
	}
}

#[test]
fn fitful_sources_give_the_same_result() {
	let fixture = Fixture::new(2 * LEAF + 5);
	let mut envelope = Vec::new();
	let source = Fitful { bytes: &fixture.plaintext, turn: 0 };
	let sealed = seal(&fixture.dek, &binding(), &descriptor(), source, &mut envelope).unwrap();
	let mut out = Vec::new();
	let source = Fitful { bytes: &envelope, turn: 0 };
	open(&fixture.dek, &binding(), &sealed.commitment, source, &mut out).unwrap();
	assert!(out == fixture.plaintext);
}

struct Broken;

impl Read for Broken {
	fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
		Err(io::ErrorKind::ConnectionReset.into())
	}
}

impl Write for Broken {
	fn write(&mut self, _: &[u8]) -> io::Result<usize> {
		Err(io::ErrorKind::StorageFull.into())
	}

	fn flush(&mut self) -> io::Result<()> {
		Ok(())
	}
}

#[test]
fn failures_of_sources_and_targets_are_distinguished() {
	let fixture = Fixture::new(10);
	let Fixture { dek, binding, commitment, .. } = &fixture;
	let sealed = seal(dek, binding, &descriptor(), Broken, io::sink());
	assert!(matches!(sealed, Err(Error::Read(_))));
	let sealed = seal(dek, binding, &descriptor(), io::empty(), Broken);
	assert!(matches!(sealed, Err(Error::Write(_))));
	let opened = open(dek, binding, commitment, Broken, io::sink());
	assert!(matches!(opened, Err(Error::Read(_))));
	let opened = open(dek, binding, commitment, &fixture.envelope[..], Broken);
	assert!(matches!(opened, Err(Error::Write(_))));
}

/// Source that claims to have filled more than the buffer holds.
struct Liar;

impl Read for Liar {
	fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
		Ok(buffer.len() + 1)
	}
}

#[test]
fn a_lying_source_is_an_error() {
	let dek = Dek::generate().unwrap();
	let sealed = seal(&dek, &binding(), &descriptor(), Liar, io::sink());
	assert!(matches!(sealed, Err(Error::Read(_))));
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	#[test]
	fn any_plaintext_round_trips(text in proptest::collection::vec(any::<u8>(), 0..5000)) {
		let fixture = Fixture::with(Dek::generate().unwrap(), binding(), text);
		let size = ciphertext_size(fixture.plaintext.len() as u64, &descriptor()).unwrap();
		prop_assert_eq!(size, fixture.envelope.len() as u64);
		let (_, out) = fixture.open(&fixture.envelope).unwrap();
		prop_assert_eq!(out, fixture.plaintext);
	}

	#[test]
	fn plaintext_and_ciphertext_sizes_are_inverse(steps in 1u32..=64, size in 0u64..1 << 51) {
		let layout = Layout::new(steps * 256).unwrap();
		let ciphertext = layout.ciphertext_size(size).unwrap();
		prop_assert_eq!(layout.plaintext_size(ciphertext), Some(size));
		let last = layout.leaf_count(ciphertext).unwrap() - 1;
		let offset = layout.plaintext_offset(last).unwrap();
		prop_assert!(offset <= size && size - offset < LEAF as u64);
	}

	#[test]
	fn only_possible_ciphertext_sizes_have_a_plaintext_size(size in 0u64..5 << 20) {
		let layout = Layout::new(512).unwrap();
		if let Some(plaintext) = layout.plaintext_size(size) {
			prop_assert_eq!(layout.ciphertext_size(plaintext).unwrap(), size);
		}
	}
}
