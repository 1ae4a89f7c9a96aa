//! UnixFS files by IPFS's CID profile `unixfs-v1-2025` (IPIP-499).
//!
//! CIDv1, sha2-256, raw leaves of 1 MiB, at most 1024 links a node, balanced layout. The root CID
//! is the one that Kubo gives for the same bytes under that profile. A file of at most 1 MiB,
//! also an empty one, is one raw block.
//!
//! Both directions are strict: a node has exactly one encoding ([`FileNode::decode`] refuses any
//! other), and a file of a known size has exactly one shape ([`FileNode::check_layout`]). So the
//! size of a file bounds its number of blocks.

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
	/// The bytes.
	pub data: Vec<u8>,
}

impl Block {
	/// Names these bytes.
	pub fn new(codec: Codec, data: Vec<u8>) -> Self {
		Self { cid: Cid::of(codec, &data), data }
	}
}

/// Where a leaf lies in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeafRef {
	/// The leaf's CID.
	pub cid: Cid,
	/// Its first byte's position in the file.
	pub offset: u64,
	/// Its length in bytes.
	pub len: u32,
}

/// The shape of a file: everything but the leaves' bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dag {
	/// The root's CID, which names the file.
	pub root: Cid,
	/// The file's size in bytes.
	pub size: u64,
	/// The leaves in file order.
	pub leaves: Vec<LeafRef>,
	/// The inner nodes, the root first, then level by level. Empty if the root is a leaf.
	pub nodes: Vec<Block>,
}

/// What lies behind a CID of a [`Dag`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
	/// An inner node: here are its bytes.
	Node(&'a Block),
	/// A leaf: here is where its bytes are in the file.
	Leaf(LeafRef),
}

/// Finds the blocks of a [`Dag`] by CID.
#[derive(Clone, Debug)]
pub struct DagIndex<'a> {
	places: HashMap<Cid, Place<'a>>,
}

impl<'a> DagIndex<'a> {
	/// Where the block is.
	pub fn place(&self, cid: &Cid) -> Option<Place<'a>> {
		self.places.get(cid).copied()
	}

	/// The block's bytes, read from the file that the DAG was built over.
	///
	/// `None` if the DAG has no such block. Bytes that do not hash to the CID any more (the file
	/// was changed meanwhile) are an error of kind `InvalidData`.
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
	/// Number of distinct or repeated blocks: leaves and inner nodes.
	pub fn block_count(&self) -> usize {
		self.leaves.len() + self.nodes.len()
	}

	/// An index over all blocks, by CID.
	pub fn index(&self) -> DagIndex<'_> {
		let nodes = self.nodes.iter().map(|block| (block.cid, Place::Node(block)));
		let leaves = self.leaves.iter().map(|leaf| (leaf.cid, Place::Leaf(*leaf)));
		DagIndex { places: nodes.chain(leaves).collect() }
	}
}

/// The most bytes of a file that a subtree of this height holds; height 0 is a leaf.
pub fn capacity(height: u32) -> u64 {
	(MAX_LINKS as u64)
		.checked_pow(height)
		.and_then(|leaves| leaves.checked_mul(MAX_LEAF as u64))
		.unwrap_or(u64::MAX)
}

/// The height of a file of this size: 0 if its root is a leaf.
pub fn height(size: u64) -> u32 {
	(0..).find(|height| size <= capacity(*height)).expect("some capacity is u64::MAX; qed")
}

/// How many blocks a file of this size has, leaves and inner nodes, if none repeats.
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
