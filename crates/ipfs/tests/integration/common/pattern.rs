//! Cheap bytes that do not repeat and are the same on every run.

use std::io::{self, Read};

/// A stream of pseudo-random bytes (xorshift64*).
#[derive(Clone)]
pub struct Pattern {
	state: u64,
	left: u64,
}

impl Pattern {
	pub fn new(size: u64) -> Self {
		Self { state: 0x9e37_79b9_7f4a_7c15, left: size }
	}

	/// Returns the whole stream.
	pub fn bytes(size: usize) -> Vec<u8> {
		let mut bytes = Vec::with_capacity(size);
		Self::new(size as u64).read_to_end(&mut bytes).unwrap();
		bytes
	}
}

impl Read for Pattern {
	/// Reads whole words of eight bytes, except at the end. The stream is therefore the same for
	/// all buffers whose length is a multiple of eight bytes. Panics on smaller buffers.
	fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
		if self.left == 0 {
			return Ok(0);
		}
		let mut filled = 0;
		for word in buffer.chunks_mut(8) {
			let wanted = self.left.min(8) as usize;
			if word.len() < wanted {
				break;
			}
			if wanted == 0 {
				break;
			}
			self.state ^= self.state >> 12;
			self.state ^= self.state << 25;
			self.state ^= self.state >> 27;
			let bytes = self.state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes();
			word[..wanted].copy_from_slice(&bytes[..wanted]);
			filled += wanted;
			self.left -= wanted as u64;
		}
		assert!(filled > 0, "read at least eight bytes at a time");
		Ok(filled)
	}
}
