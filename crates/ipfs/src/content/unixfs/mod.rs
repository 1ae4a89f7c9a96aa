//! UnixFS files by IPFS's CID profile `unixfs-v1-2025` (IPIP-499).
//!
//! CIDv1, sha2-256, raw leaves of 1 MiB, at most 1024 links a node, balanced layout. The root CID
//! is the one that Kubo gives for the same bytes under that profile. A file of at most 1 MiB,
//! also an empty one, is one raw block.
//!
//! Both directions are strict: a node has exactly one encoding ([`FileNode::decode`] refuses any
//! other), and a file of a known size has exactly one shape ([`FileNode::check_layout`]). So the
//! size of a file bounds its number of blocks.

use std::{
	collections::HashMap,
	io::{self, Read, Seek, SeekFrom, Write},
};

use sha2::{Digest as _, Sha256};

use super::{Cid, CidError, Codec, Digest, MAX_BLOCK, MAX_LEAF, MAX_LINKS};

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

/// Why a DAG was not built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The file's bytes could not be read.
	#[error("cannot read the file's bytes")]
	Read(#[source] io::Error),
	/// The sink took a block badly.
	#[error("cannot pass block {cid} on")]
	Sink {
		/// The block.
		cid: Cid,
		/// What the sink said.
		#[source]
		source: io::Error,
	},
}

/// Builds a file's DAG in one pass, leaf by leaf, and keeps none of its bytes.
///
/// Memory: 48 bytes a leaf, one leaf's hash state, and at the end the inner nodes (about 50 bytes
/// a leaf).
#[derive(Clone, Debug, Default)]
pub struct DagBuilder {
	leaves: Vec<LeafRef>,
	hasher: Sha256,
	filled: usize,
	size: u64,
}

impl DagBuilder {
	/// A builder that has seen nothing.
	pub fn new() -> Self {
		Self::default()
	}

	/// Takes the next bytes of the file, of any length.
	pub fn update(&mut self, mut data: &[u8]) {
		while !data.is_empty() {
			let (now, later) = data.split_at(data.len().min(MAX_LEAF - self.filled));
			self.hasher.update(now);
			self.filled += now.len();
			data = later;
			if self.filled == MAX_LEAF {
				self.close_leaf();
			}
		}
	}

	/// How many bytes it has seen.
	pub fn size(&self) -> u64 {
		self.size + self.filled as u64
	}

	/// The file is over: here is its DAG.
	pub fn finish(mut self) -> Dag {
		if self.filled > 0 || self.leaves.is_empty() {
			self.close_leaf();
		}
		let mut level: Vec<Link> = self
			.leaves
			.iter()
			.map(|leaf| {
				let len = u64::from(leaf.len);
				Link { cid: leaf.cid, tsize: len, blocksize: len }
			})
			.collect();
		let mut levels = Vec::new();
		while level.len() > 1 {
			let (blocks, parents): (Vec<Block>, Vec<Link>) =
				level.chunks(MAX_LINKS).map(close_node).unzip();
			levels.push(blocks);
			level = parents;
		}
		Dag {
			root: level[0].cid,
			size: self.size,
			leaves: self.leaves,
			nodes: levels.into_iter().rev().flatten().collect(),
		}
	}

	fn close_leaf(&mut self) {
		let digest: Digest = self.hasher.finalize_reset().into();
		self.leaves.push(LeafRef {
			cid: Cid::new(Codec::Raw, digest),
			offset: self.size,
			len: self.filled as u32,
		});
		self.size += self.filled as u64;
		self.filled = 0;
	}
}

/// Builds the node over these links, and the link to it.
fn close_node(links: &[Link]) -> (Block, Link) {
	let node = FileNode { links: links.to_vec() };
	let block = Block::new(Codec::DagPb, node.encode());
	let link = Link { cid: block.cid, tsize: node.tsize(block.data.len()), blocksize: node.size() };
	(block, link)
}

/// Cuts a stream into blocks and hands each to the sink: the leaves in file order as they are
/// read, then the inner nodes, children before parents, the root last.
///
/// Holds one leaf at a time, besides what [`DagBuilder`] holds.
pub fn build<R: Read>(
	mut data: R,
	mut sink: impl FnMut(Block) -> io::Result<()>,
) -> Result<Dag, Error> {
	let mut builder = DagBuilder::new();
	let mut pass = |block: Block| {
		let cid = block.cid;
		sink(block).map_err(|source| Error::Sink { cid, source })
	};
	loop {
		let mut leaf = Vec::with_capacity(MAX_LEAF);
		(&mut data).take(MAX_LEAF as u64).read_to_end(&mut leaf).map_err(Error::Read)?;
		let last = leaf.len() < MAX_LEAF;
		if !leaf.is_empty() || builder.leaves.is_empty() {
			builder.update(&leaf);
			if last {
				builder.close_leaf();
			}
			let cid = builder.leaves.last().expect("a leaf was just closed; qed").cid;
			pass(Block { cid, data: leaf })?;
		}
		if last {
			break;
		}
	}
	let dag = builder.finish();
	for node in dag.nodes.iter().rev() {
		pass(node.clone())?;
	}
	Ok(dag)
}

/// A writer that hashes what passes through: one pass for writing a spool file and its DAG.
#[derive(Debug)]
pub struct DagWriter<W> {
	inner: W,
	builder: DagBuilder,
}

impl<W: Write> DagWriter<W> {
	/// Passes everything on to this writer.
	pub fn new(inner: W) -> Self {
		Self { inner, builder: DagBuilder::new() }
	}

	/// How many bytes have passed.
	pub fn size(&self) -> u64 {
		self.builder.size()
	}

	/// The file is over: flushes, and gives the DAG and the writer.
	pub fn finish(mut self) -> io::Result<(Dag, W)> {
		self.inner.flush()?;
		Ok((self.builder.finish(), self.inner))
	}
}

impl<W: Write> Write for DagWriter<W> {
	fn write(&mut self, data: &[u8]) -> io::Result<usize> {
		let written = self.inner.write(data)?;
		self.builder.update(&data[..written]);
		Ok(written)
	}

	fn flush(&mut self) -> io::Result<()> {
		self.inner.flush()
	}
}

/// A link of a node to one of its children.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
	/// The child.
	pub cid: Cid,
	/// Bytes of all blocks under the link, the child's own included. A sender's claim.
	pub tsize: u64,
	/// Bytes of the file under the link.
	pub blocksize: u64,
}

/// Why a block is no node of a file, or none of the profile's layout.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NodeError {
	/// Larger than any block may be.
	#[error("the block has {0} bytes, more than {MAX_BLOCK}")]
	TooLarge(usize),
	/// A raw block larger than a leaf.
	#[error("the leaf has {0} bytes, more than {MAX_LEAF}")]
	LeafTooLarge(usize),
	/// More links than the profile knows.
	#[error("the node has more than {MAX_LINKS} links")]
	TooManyLinks,
	/// A node without children; an empty file is an empty raw block instead.
	#[error("the node has no links")]
	NoLinks,
	/// The bytes are no dag-pb with UnixFS inside.
	#[error("malformed node: {0}")]
	Malformed(&'static str),
	/// A directory, a symbolic link, or another kind.
	#[error("the node is of UnixFS type {0}, not a file (2)")]
	NotAFile(u64),
	/// A link's CID is none that Salus stores.
	#[error("link {index} of the node is refused")]
	Link {
		/// Which link, counted from 0.
		index: usize,
		/// What is wrong with its CID.
		#[source]
		source: CidError,
	},
	/// The sizes in the node contradict each other.
	#[error("the node's sizes contradict each other")]
	Sizes,
	/// Readable, but not in the one canonical encoding.
	#[error("the node is not in canonical encoding: build it by the profile unixfs-v1-2025")]
	NotCanonical,
	/// The links are not those of a balanced file of 1 MiB leaves.
	#[error(
		"the node does not follow the layout of a file of its size: build it by the CID profile \
		 unixfs-v1-2025 (1 MiB raw leaves, 1024 links, balanced)"
	)]
	Layout,
}

/// An inner node of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileNode {
	/// Its children in file order.
	pub links: Vec<Link>,
}

impl FileNode {
	/// Bytes of the file under this node.
	pub fn size(&self) -> u64 {
		self.links.iter().map(|link| link.blocksize).sum()
	}

	/// Bytes of all blocks under this node, itself (of this length when encoded) included, if its
	/// links tell the truth.
	pub fn tsize(&self, length: usize) -> u64 {
		self.links.iter().fold(length as u64, |sum, link| sum.saturating_add(link.tsize))
	}

	/// The canonical encoding: dag-pb, with UnixFS inside.
	pub fn encode(&self) -> Vec<u8> {
		let mut unixfs = Vec::with_capacity(16 + 4 * self.links.len());
		unixfs.extend([0x08, UNIXFS_FILE as u8]);
		put_field(&mut unixfs, 0x18, self.size());
		for link in &self.links {
			put_field(&mut unixfs, 0x20, link.blocksize);
		}

		let mut node = Vec::with_capacity(unixfs.len() + 56 * self.links.len());
		let mut pb_link = Vec::with_capacity(56);
		for link in &self.links {
			pb_link.clear();
			put_bytes(&mut pb_link, 0x0a, &link.cid.to_bytes());
			put_bytes(&mut pb_link, 0x12, b"");
			put_field(&mut pb_link, 0x18, link.tsize);
			put_bytes(&mut node, 0x12, &pb_link);
		}
		put_bytes(&mut node, 0x0a, &unixfs);
		node
	}

	/// Reads a node. Refuses whatever [`FileNode::encode`] would not have written.
	pub fn decode(bytes: &[u8]) -> Result<Self, NodeError> {
		if bytes.len() > MAX_BLOCK {
			return Err(NodeError::TooLarge(bytes.len()));
		}
		let mut reader = Reader(bytes);
		let mut links = Vec::new();
		let unixfs = loop {
			match reader.tag()? {
				Some(0x12) if links.len() == MAX_LINKS => return Err(NodeError::TooManyLinks),
				Some(0x12) => {
					let link = decode_link(reader.bytes()?, links.len())?;
					links.push(link);
				}
				Some(0x0a) => break reader.bytes()?,
				Some(_) => return Err(NodeError::Malformed("an unknown field of a dag-pb node")),
				None => return Err(NodeError::Malformed("no UnixFS data in the dag-pb node")),
			}
		};
		if !reader.0.is_empty() {
			return Err(NodeError::Malformed("bytes after the UnixFS data"));
		}
		decode_unixfs(unixfs, &mut links)?;
		if links.is_empty() {
			return Err(NodeError::NoLinks);
		}
		let mut seen = HashMap::with_capacity(links.len());
		for link in &links {
			// A repeated child has the same sizes each time.
			let same = *seen.entry(link.cid).or_insert(link) == link;
			if !same
				|| link.blocksize == 0
				|| link.tsize < link.blocksize
				|| link.cid.is_raw() && link.tsize != link.blocksize
			{
				return Err(NodeError::Sizes);
			}
		}
		let node = Self { links };
		if node.encode() != bytes {
			return Err(NodeError::NotCanonical);
		}
		Ok(node)
	}

	/// Checks that this is the root of a file of its size, and tells its height.
	pub fn check_root(&self) -> Result<u32, NodeError> {
		let height = height(self.size());
		self.check_layout(height)?;
		Ok(height)
	}

	/// Checks that the links are those of a node at this height: all children full but the last,
	/// leaves exactly at height 1.
	pub fn check_layout(&self, height: u32) -> Result<(), NodeError> {
		if height == 0 {
			return Err(NodeError::Layout);
		}
		let full = capacity(height - 1);
		let (last, others) = self.links.split_last().ok_or(NodeError::NoLinks)?;
		let fits = others.iter().all(|link| link.blocksize == full)
			&& (1..=full).contains(&last.blocksize)
			&& self.links.iter().all(|link| link.cid.is_raw() == (height == 1));
		if fits {
			Ok(())
		} else {
			Err(NodeError::Layout)
		}
	}
}

/// The children of a block: none of a raw one, those of [`FileNode::decode`] otherwise.
pub fn links(cid: &Cid, bytes: &[u8]) -> Result<Vec<Link>, NodeError> {
	match cid.codec() {
		Codec::Raw if bytes.len() > MAX_LEAF => Err(NodeError::LeafTooLarge(bytes.len())),
		Codec::Raw => Ok(Vec::new()),
		Codec::DagPb => Ok(FileNode::decode(bytes)?.links),
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

const UNIXFS_FILE: u64 = 2;

fn decode_link(bytes: &[u8], index: usize) -> Result<Link, NodeError> {
	let mut reader = Reader(bytes);
	let mut cid = None;
	let mut tsize = None;
	while let Some(tag) = reader.tag()? {
		match tag {
			0x0a if cid.is_none() => {
				cid = Some(
					Cid::from_bytes(reader.bytes()?)
						.map_err(|source| NodeError::Link { index, source })?,
				);
			}
			0x12 if reader.bytes()?.is_empty() => {}
			0x12 => return Err(NodeError::Malformed("a named link in a file")),
			0x18 if tsize.is_none() => tsize = Some(reader.varint()?),
			_ => return Err(NodeError::Malformed("an unknown or repeated field of a link")),
		}
	}
	match (cid, tsize) {
		(Some(cid), Some(tsize)) => Ok(Link { cid, tsize, blocksize: 0 }),
		_ => Err(NodeError::Malformed("a link without CID or size")),
	}
}

/// Reads the UnixFS message and writes the block sizes into the links.
fn decode_unixfs(bytes: &[u8], links: &mut [Link]) -> Result<(), NodeError> {
	let mut reader = Reader(bytes);
	let mut kind = None;
	let mut filesize = None;
	let mut sum = 0_u64;
	let mut unsized_links = links.iter_mut();
	while let Some(tag) = reader.tag()? {
		match tag {
			0x08 if kind.is_none() => kind = Some(reader.varint()?),
			0x18 if filesize.is_none() => filesize = Some(reader.varint()?),
			0x20 => {
				let link = unsized_links.next().ok_or(NodeError::Sizes)?;
				link.blocksize = reader.varint()?;
				sum = sum.checked_add(link.blocksize).ok_or(NodeError::Sizes)?;
			}
			0x12 => return Err(NodeError::Malformed("file bytes inside an inner node")),
			_ => return Err(NodeError::Malformed("an unknown or repeated field of UnixFS")),
		}
	}
	match kind {
		Some(UNIXFS_FILE) => {}
		Some(kind) => return Err(NodeError::NotAFile(kind)),
		None => return Err(NodeError::Malformed("no UnixFS type")),
	}
	if unsized_links.next().is_some() || filesize != Some(sum) {
		return Err(NodeError::Sizes);
	}
	Ok(())
}

/// Appends a varint field.
fn put_field(out: &mut Vec<u8>, tag: u8, value: u64) {
	out.push(tag);
	put_varint(out, value);
}

/// Appends a length-delimited field.
fn put_bytes(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
	put_field(out, tag, bytes.len() as u64);
	out.extend_from_slice(bytes);
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
	while value >= 0x80 {
		out.push(value as u8 | 0x80);
		value >>= 7;
	}
	out.push(value as u8);
}

/// A protobuf reader over a slice.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
	/// The next field's tag, `None` at the end. Tags above 127 are unknown to us anyway.
	fn tag(&mut self) -> Result<Option<u8>, NodeError> {
		match self.0.split_first() {
			None => Ok(None),
			Some((tag, rest)) => {
				self.0 = rest;
				Ok(Some(*tag))
			}
		}
	}

	fn varint(&mut self) -> Result<u64, NodeError> {
		let mut value = 0_u64;
		for shift in (0..64).step_by(7) {
			let (byte, rest) = self.0.split_first().ok_or(NodeError::Malformed("truncated"))?;
			self.0 = rest;
			if shift == 63 && *byte > 1 {
				break;
			}
			value |= u64::from(byte & 0x7f) << shift;
			if byte & 0x80 == 0 {
				return Ok(value);
			}
		}
		Err(NodeError::Malformed("a number beyond 64 bits"))
	}

	fn bytes(&mut self) -> Result<&'a [u8], NodeError> {
		let length = self.varint()?;
		let length = usize::try_from(length)
			.ok()
			.filter(|length| *length <= self.0.len())
			.ok_or(NodeError::Malformed("truncated"))?;
		let (bytes, rest) = self.0.split_at(length);
		self.0 = rest;
		Ok(bytes)
	}
}

#[cfg(test)]
mod tests;
