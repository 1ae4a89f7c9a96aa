//! The state in memory: which blocks each upload has and lacks.

use std::{
	collections::{BTreeMap, HashMap},
	time::Instant,
};

use super::{Error, Limits, Upload};
use crate::content::{
	unixfs::{self, FileNode, NodeError},
	Cid, Digest, MAX_BLOCK, MAX_LEAF,
};

#[derive(Debug, Default)]
pub(super) struct State {
	pub(super) uploads: HashMap<Cid, Entry>,
	/// Number of uploads that hold the bytes, by digest. Includes calls that are writing them.
	pub(super) needed: HashMap<Digest, usize>,
}

impl State {
	/// Adds a holder of the bytes.
	pub(super) fn hold(&mut self, digest: &Digest) {
		*self.needed.entry(*digest).or_default() += 1;
	}

	/// Removes a holder of the bytes. Returns whether none is left.
	pub(super) fn release(&mut self, digest: &Digest) -> bool {
		match self.needed.get_mut(digest) {
			Some(count) if *count > 1 => {
				*count -= 1;
				false
			}
			_ => {
				self.needed.remove(digest);
				true
			}
		}
	}

	pub(super) fn entry(&self, root: &Cid) -> Result<&Entry, Error> {
		self.uploads.get(root).ok_or(Error::UnknownUpload(*root))
	}
}

#[derive(Debug)]
pub(super) struct Entry {
	pub(super) upload: Upload,
	pub(super) blocks: HashMap<Cid, Expected>,
	/// CIDs of the missing blocks, by [`Expected::number`].
	pub(super) missing: BTreeMap<u64, Cid>,
	pub(super) next: u64,
	/// Bytes of the staged blocks.
	pub(super) arrived: u64,
	/// Time of the last new block, or of the start of this process.
	pub(super) touched: Instant,
}

impl Entry {
	pub(super) fn new(upload: Upload) -> Self {
		let root = upload.root;
		let size = upload.size;
		let mut entry = Self {
			upload,
			blocks: HashMap::new(),
			missing: BTreeMap::new(),
			next: 0,
			arrived: 0,
			touched: Instant::now(),
		};
		entry.expect(root, size, None, unixfs::height(size));
		entry
	}

	pub(super) fn expect(&mut self, cid: Cid, size: u64, tsize: Option<u64>, height: u32) {
		let number = self.next;
		self.next += 1;
		self.blocks.insert(cid, Expected { size, tsize, height, number, staged: false, length: 0 });
		self.missing.insert(number, cid);
	}

	/// Returns whether no block is staged. An upload without blocks proves nothing: it may be
	/// replaced, or closed without a loss.
	pub(super) fn is_empty(&self) -> bool {
		self.missing.len() == self.blocks.len()
	}

	/// Returns whether it is unfinished and has had no new block for [`Limits::stalled`].
	pub(super) fn is_stalled(&self, limits: &Limits) -> bool {
		!self.missing.is_empty() && self.touched.elapsed() >= limits.stalled
	}

	/// Marks a block of this length as staged, and expects its children.
	pub(super) fn stage(&mut self, cid: &Cid, length: u64, node: Option<&FileNode>) {
		let Some(block) = self.blocks.get_mut(cid) else {
			return;
		};
		block.staged = true;
		block.length = length;
		self.arrived = self.arrived.saturating_add(length);
		self.touched = Instant::now();
		self.missing.remove(&block.number);
		let height = block.height;
		for link in node.iter().flat_map(|node| &node.links) {
			if !self.blocks.contains_key(&link.cid) {
				self.expect(link.cid, link.blocksize, Some(link.tsize), height - 1);
			}
		}
	}

	/// Marks a block that is gone from the disk as missing. Returns whether it was staged.
	pub(super) fn unstage(&mut self, cid: &Cid) -> bool {
		match self.blocks.get_mut(cid) {
			Some(block) if block.staged => {
				block.staged = false;
				self.arrived = self.arrived.saturating_sub(block.length);
				self.missing.insert(block.number, *cid);
				true
			}
			_ => false,
		}
	}

	/// Checks a block against the description of its parent or the ticket. Changes nothing.
	pub(super) fn check(&self, cid: &Cid, data: &[u8]) -> Result<Option<FileNode>, Error> {
		let expected =
			self.blocks.get(cid).ok_or(Error::NotLinked { root: self.upload.root, cid: *cid })?;
		check_block(cid, expected, data, |link, height| {
			// Several nodes may link to the same block, but all must describe it alike.
			self.blocks.get(&link.cid).is_none_or(|known| {
				known.size == link.blocksize
					&& known.height == height
					&& known.tsize.is_none_or(|tsize| tsize == link.tsize)
			})
		})
	}
}

/// A block that an upload has or expects, as its parent or the ticket describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Expected {
	/// Bytes of the file under the block.
	pub(super) size: u64,
	/// Bytes of all blocks under it, itself included. Unknown for the root.
	pub(super) tsize: Option<u64>,
	/// Height above the leaves. A leaf has 0.
	pub(super) height: u32,
	/// Position in the order of discovery. Parents come before their children.
	pub(super) number: u64,
	pub(super) staged: bool,
	/// Length of the block, in bytes, once it is staged.
	pub(super) length: u64,
}

/// Checks the bytes of a block against the description of its parent or the ticket. Returns the
/// node, if it is one.
fn check_block(
	cid: &Cid,
	expected: &Expected,
	data: &[u8],
	consistent: impl Fn(&unixfs::Link, u32) -> bool,
) -> Result<Option<FileNode>, Error> {
	let mismatch = |actual| Error::SizeMismatch { cid: *cid, expected: expected.size, actual };
	let limit = if cid.is_raw() { MAX_LEAF } else { MAX_BLOCK };
	if data.len() > limit {
		return Err(Error::TooLarge { cid: *cid, size: data.len(), limit });
	}
	cid.verify(data)?;
	let node_error = |source| Error::Node { cid: *cid, source };
	if cid.is_raw() {
		if data.len() as u64 != expected.size {
			return Err(mismatch(data.len() as u64));
		}
		// A raw root of a file with several leaves has failed above: it is too small.
		return Ok(None);
	}
	let node = FileNode::decode(data).map_err(node_error)?;
	if node.size() != expected.size {
		return Err(mismatch(node.size()));
	}
	node.check_layout(expected.height).map_err(node_error)?;
	let tsize = node.tsize(data.len());
	if expected.tsize.is_some_and(|expected| expected != tsize) {
		return Err(node_error(NodeError::Sizes));
	}
	if !node.links.iter().all(|link| consistent(link, expected.height - 1)) {
		return Err(node_error(NodeError::Sizes));
	}
	Ok(Some(node))
}
