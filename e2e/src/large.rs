//! Content that is too large for memory: it is made while it is sent, and checked while it arrives.

use futures::stream;
use std::{convert::Infallible, ops::Range};

/// Size of a block, in bytes.
const BLOCK: usize = 1 << 20;

/// Size of a word, in bytes.
const WORD: usize = 8;

/// Content of a number of MiB. Each word is its own number, so no part is like another.
#[derive(Clone, Copy)]
pub struct LargeContent {
	mib: u64,
}

impl LargeContent {
	/// Describes content of this size.
	pub fn of_mib(mib: u64) -> Self {
		Self { mib }
	}

	/// Returns its size, in bytes.
	pub fn size(self) -> u64 {
		self.mib * BLOCK as u64
	}

	/// Returns the body of a request, which is made while it is sent.
	pub fn body(self) -> reqwest::Body {
		let blocks = (0..self.mib).map(block).map(Ok::<_, Infallible>);
		reqwest::Body::wrap_stream(stream::iter(blocks))
	}

	/// Reads the body of an answer, and checks that it is this content. Panics if it is not.
	pub async fn arrives(self, answer: reqwest::Response) {
		self.range_arrives(0..self.size(), answer).await;
	}

	/// Reads the body of an answer, and checks that it is this range of the content. Panics if it
	/// is not.
	pub async fn range_arrives(self, range: Range<u64>, mut answer: reqwest::Response) {
		let mut arrived = Arrived { until: range.start, ..Arrived::default() };
		while let Some(part) = answer.chunk().await.expect("the answer goes on") {
			arrived.take(&part);
		}
		assert_eq!(arrived.until, range.end, "the content has another size");
	}
}

/// Returns a block of a large content, by its number.
fn block(number: u64) -> Vec<u8> {
	let mut block = vec![0; BLOCK];
	let first = number * (BLOCK / WORD) as u64;
	for (word, number) in block.chunks_exact_mut(WORD).zip(first..) {
		word.copy_from_slice(&number.to_le_bytes());
	}
	block
}

/// The part of a large content that has arrived.
#[derive(Default)]
struct Arrived {
	/// End of the part: the position of the next byte.
	until: u64,
	/// Block that the next byte belongs to, unless that is the first one of the block, or of all.
	block: Vec<u8>,
}

impl Arrived {
	/// Checks the next part.
	fn take(&mut self, mut part: &[u8]) {
		while !part.is_empty() {
			let start = (self.until % BLOCK as u64) as usize;
			if start == 0 || self.block.is_empty() {
				self.block = block(self.until / BLOCK as u64);
			}
			let expected = &self.block[start..];
			let (now, later) = part.split_at(part.len().min(expected.len()));
			assert!(expected.starts_with(now), "other bytes came back from byte {}", self.until);
			self.until += now.len() as u64;
			part = later;
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn parts_may_have_any_size() {
		let content = [block(0), block(1)].concat();
		let mut arrived = Arrived::default();
		for part in content.chunks(100_003) {
			arrived.take(part);
		}
		assert_eq!(arrived.until, LargeContent::of_mib(2).size());
	}

	#[test]
	fn a_part_may_begin_within_a_block() {
		let content = [block(0), block(1)].concat();
		for from in [1, BLOCK - 1, BLOCK, BLOCK + 1] {
			let mut arrived = Arrived { until: from as u64, ..Arrived::default() };
			arrived.take(&content[from..]);
			assert_eq!(arrived.until, LargeContent::of_mib(2).size());
		}
	}

	#[test]
	#[should_panic(expected = "other bytes came back from byte 262144")]
	fn a_part_in_another_place_is_noticed() {
		let block = block(0);
		let mut arrived = Arrived::default();
		arrived.take(&block[..262_144]);
		arrived.take(&block[524_288..]);
	}
}
