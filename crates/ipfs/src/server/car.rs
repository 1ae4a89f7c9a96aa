//! Reads CARv1, the archive format of `dag/import`.

use serde_json::{json, Value};

use super::reply::CommandError;
use crate::{
	content::{unixfs::Block, Cid, CID_LENGTH, MAX_BLOCK},
	store::BlockStore,
};

/// Maximum size of an archive's header, in bytes: room for some hundred roots.
const MAX_HEADER: usize = 16 * 1024;

/// Progress of an import.
#[derive(Default)]
pub(super) struct Import {
	roots: Vec<Cid>,
	blocks: u64,
	bytes: u64,
}

impl Import {
	/// Pins the roots and returns the lines of the answer.
	pub(super) fn finish(self, store: &BlockStore, pin: bool, stats: bool) -> Vec<Value> {
		let mut lines = Vec::new();
		for root in self.roots.iter().filter(|_| pin) {
			let message = match store.pin(root) {
				Ok(()) => String::new(),
				Err(error) => CommandError::from(error).message(),
			};
			lines.push(json!({ "Root": { "Cid": { "/": root }, "PinErrorMsg": message } }));
		}
		if stats {
			lines.push(json!({
				"Stats": { "BlockCount": self.blocks, "BlockBytesCount": self.bytes },
			}));
		}
		lines
	}
}

/// Cuts an archive into blocks as its bytes arrive. Holds at most one incomplete block.
#[derive(Default)]
pub(super) struct Reader {
	buffer: Vec<u8>,
	header_read: bool,
}

impl Reader {
	/// Adds bytes, and returns the checked blocks that they complete. Set `end` with the last
	/// bytes.
	pub(super) fn feed(
		&mut self,
		bytes: &[u8],
		end: bool,
		import: &mut Import,
	) -> Result<Vec<Block>, CommandError> {
		self.buffer.extend_from_slice(bytes);
		let mut blocks = Vec::new();
		let mut taken = 0;
		while let Some(section) = self.section(taken)? {
			let section_bytes = &self.buffer[section.clone()];
			if self.header_read {
				let block = read_block(section_bytes)?;
				import.blocks += 1;
				import.bytes += block.data.len() as u64;
				blocks.push(block);
			} else {
				let roots = read_header(section_bytes)
					.ok_or_else(|| malformed("its header is not that of CARv1"))?;
				for root in roots {
					import
						.roots
						.push(Cid::from_bytes(root).map_err(|error| CommandError::failed(&error))?);
				}
				self.header_read = true;
			}
			taken = section.end;
		}
		self.buffer.drain(..taken);
		if end && (!self.buffer.is_empty() || !self.header_read) {
			return Err(malformed("it is cut off"));
		}
		Ok(blocks)
	}

	/// Returns the range of the next section's bytes, or `None` if some have yet to arrive.
	fn section(&self, from: usize) -> Result<Option<std::ops::Range<usize>>, CommandError> {
		let most = if self.header_read { CID_LENGTH + MAX_BLOCK } else { MAX_HEADER };
		let mut length = 0_usize;
		for (index, byte) in self.buffer[from..].iter().enumerate() {
			length |= usize::from(byte & 0x7f) << (7 * index);
			if length > most || index > 3 {
				return Err(malformed("a section is too large"));
			}
			if byte & 0x80 == 0 {
				let start = from + index + 1;
				let end = start + length;
				return Ok((end <= self.buffer.len()).then_some(start..end));
			}
		}
		Ok(None)
	}
}

fn malformed(reason: &str) -> CommandError {
	CommandError::Error(format!(
		"import failed: not a CARv1 archive that can be stored here: {reason}"
	))
}

fn read_block(section: &[u8]) -> Result<Block, CommandError> {
	let (cid, data) = section
		.split_at_checked(CID_LENGTH)
		.ok_or_else(|| malformed("a section is too short for a CIDv1 of sha2-256"))?;
	let cid = Cid::from_bytes(cid).map_err(|error| CommandError::failed(&error))?;
	cid.verify(data).map_err(|error| CommandError::failed(&error))?;
	Ok(Block { cid, data: data.to_vec() })
}

/// Reads the CIDs of the roots from the header, which is dag-cbor:
/// `{"roots": [CID, …], "version": 1}`.
fn read_header(bytes: &[u8]) -> Option<Vec<&[u8]>> {
	let mut cbor = Cbor(bytes);
	let mut roots = None;
	let mut version = None;
	for _ in 0..cbor.head(5)? {
		let length = cbor.head(3)?;
		match cbor.take(length)? {
			b"roots" => {
				let mut list = Vec::new();
				for _ in 0..cbor.head(4)? {
					if cbor.head(6)? != 42 {
						return None;
					}
					let length = cbor.head(2)?;
					// A CID in dag-cbor starts with a zero byte.
					list.push(cbor.take(length)?.strip_prefix(&[0])?);
				}
				roots = Some(list);
			}
			b"version" => version = Some(cbor.head(0)?),
			_ => return None,
		}
	}
	(version == Some(1) && cbor.0.is_empty()).then_some(roots)?
}

/// A reader of the CBOR that the header needs.
struct Cbor<'a>(&'a [u8]);

impl<'a> Cbor<'a> {
	/// Reads the number in the head of the next item, which must have this major type.
	fn head(&mut self, major: u8) -> Option<u64> {
		let (first, rest) = self.0.split_first()?;
		if first >> 5 != major {
			return None;
		}
		let width = match first & 0x1f {
			small @ 0..=23 => {
				self.0 = rest;
				return Some(u64::from(small));
			}
			24 => 1,
			25 => 2,
			26 => 4,
			_ => return None,
		};
		let (number, rest) = rest.split_at_checked(width)?;
		self.0 = rest;
		Some(number.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
	}

	fn take(&mut self, length: u64) -> Option<&'a [u8]> {
		let (taken, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
		self.0 = rest;
		Some(taken)
	}
}
