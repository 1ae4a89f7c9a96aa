//! Files and histories for the tests of every layer.

use super::unixfs::{build, Block, Dag};

/// Cuts a file into blocks. Returns its DAG, and its blocks with the root last.
pub(crate) fn cut(bytes: &[u8]) -> (Dag, Vec<Block>) {
	let mut blocks = Vec::new();
	let dag = build(bytes, |block| {
		blocks.push(block);
		Ok(())
	})
	.unwrap();
	(dag, blocks)
}

/// Pseudo-random numbers (xorshift64), the same on every run.
pub(crate) struct Random(u64);

impl Random {
	pub(crate) fn new(seed: u64) -> Self {
		Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
	}

	/// Returns a number below `limit`.
	pub(crate) fn below(&mut self, limit: u64) -> u64 {
		self.0 ^= self.0 << 13;
		self.0 ^= self.0 >> 7;
		self.0 ^= self.0 << 17;
		(self.0 >> 11) % limit
	}
}
