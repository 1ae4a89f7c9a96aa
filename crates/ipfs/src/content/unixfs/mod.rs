//! UnixFS files by the IPFS CID profile `unixfs-v1-2025` (IPIP-499).
//!
//! CIDv1, sha2-256, raw leaves of 1 MiB, at most 1024 links in a node, balanced layout. The root
//! CID equals the one that Kubo computes for the same bytes under this profile. A file of at most
//! 1 MiB, even an empty one, is a single raw block.
//!
//! Both directions are strict: a node has exactly one encoding ([`FileNode::decode`] refuses any
//! other), and a file of a known size has exactly one shape ([`FileNode::check_layout`]). The size
//! of a file therefore bounds its number of blocks.

mod build;
mod node;

use std::{
	collections::HashMap,
	io::{self, Read, Seek, SeekFrom},
};

pub use self::{
	build::{build, DagBuilder, DagWriter, Error},
	node::{links, FileNode, Link, NodeError},
};
use super::{Cid, Codec, MAX_LEAF, MAX_LINKS};

/// A block: a CID and the bytes that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
	/// The CID of [`Block::data`].
	pub cid: Cid,
	/// Bytes of the block.
	pub data: Vec<u8>,
}

impl Block {
	/// Computes the CID of these bytes.
	pub fn new(codec: Codec, data: Vec<u8>) -> Self {
		Self { cid: Cid::of(codec, &data), data }
	}
}

/// Position of a leaf in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeafRef {
	/// CID of the leaf.
	pub cid: Cid,
	/// Position of its first byte in the file.
	pub offset: u64,
	/// Length, in bytes.
	pub len: u32,
}

/// The shape of a file: everything except the bytes of its leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dag {
	/// CID of the root, which names the file.
	pub root: Cid,
	/// Size of the file, in bytes.
	pub size: u64,
	/// The leaves in file order.
	pub leaves: Vec<LeafRef>,
	/// The inner nodes, the root first, then level by level. Empty if the root is a leaf.
	pub nodes: Vec<Block>,
}

/// The block that a CID of a [`Dag`] names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
	/// An inner node, with its bytes.
	Node(&'a Block),
	/// A leaf, with the position of its bytes in the file.
	Leaf(LeafRef),
}

/// Finds the blocks of a [`Dag`] by CID.
#[derive(Clone, Debug)]
pub struct DagIndex<'a> {
	places: HashMap<Cid, Place<'a>>,
}

impl<'a> DagIndex<'a> {
	/// Returns the place of the block.
	pub fn place(&self, cid: &Cid) -> Option<Place<'a>> {
		self.places.get(cid).copied()
	}

	/// Returns the bytes of a block, or `None` if it is not in the DAG. Reads leaves from `file`,
	/// over which the DAG was built.
	///
	/// An error of kind `InvalidData` means that the file has changed since: the bytes no longer
	/// hash to the CID.
	pub fn read<F: Read + Seek>(&self, cid: &Cid, file: &mut F) -> io::Result<Option<Vec<u8>>> {
		let leaf = match self.place(cid) {
			None => return Ok(None),
			Some(Place::Node(block)) => return Ok(Some(block.data.clone())),
			Some(Place::Leaf(leaf)) => leaf,
		};
		let mut data = vec![0; leaf.len as usize];
		file.seek(SeekFrom::Start(leaf.offset))?;
		file.read_exact(&mut data)?;
		cid.verify(&data).map_err(|source| io::Error::new(io::ErrorKind::InvalidData, source))?;
		Ok(Some(data))
	}
}

impl Dag {
	/// Returns the number of leaves and inner nodes. Counts a repeated block each time.
	pub fn block_count(&self) -> usize {
		self.leaves.len() + self.nodes.len()
	}

	/// Returns an index of all blocks by CID.
	pub fn index(&self) -> DagIndex<'_> {
		let nodes = self.nodes.iter().map(|block| (block.cid, Place::Node(block)));
		let leaves = self.leaves.iter().map(|leaf| (leaf.cid, Place::Leaf(*leaf)));
		DagIndex { places: nodes.chain(leaves).collect() }
	}
}

/// Returns how many bytes of a file fit into a subtree of this height. A leaf has height 0.
pub fn capacity(height: u32) -> u64 {
	(MAX_LINKS as u64)
		.checked_pow(height)
		.and_then(|leaves| leaves.checked_mul(MAX_LEAF as u64))
		.unwrap_or(u64::MAX)
}

/// Returns the height of a file of this size: 0 if its root is a leaf.
pub fn height(size: u64) -> u32 {
	(0..).find(|height| size <= capacity(*height)).expect("some capacity is u64::MAX; qed")
}

/// Returns the number of leaves and inner nodes of a file of this size, if no block repeats.
pub fn block_count(size: u64) -> u64 {
	let mut level = size.div_ceil(MAX_LEAF as u64).max(1);
	let mut count = level;
	while level > 1 {
		level = level.div_ceil(MAX_LINKS as u64);
		count += level;
	}
	count
}

#[cfg(test)]
mod tests;
