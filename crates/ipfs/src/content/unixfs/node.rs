//! Inner nodes of a file, in their one canonical encoding: dag-pb with UnixFS inside.

use std::collections::HashMap;

use super::{capacity, height};
use crate::content::{Cid, CidError, Codec, MAX_BLOCK, MAX_LEAF, MAX_LINKS};

const UNIXFS_FILE: u64 = 2;

/// A link of a node to one of its children.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
	/// CID of the child.
	pub cid: Cid,
	/// Bytes of all blocks under the link, the child included. A claim of the sender.
	pub tsize: u64,
	/// Bytes of the file under the link.
	pub blocksize: u64,
}

/// Reasons why a block is not a node of a file in the profile's layout.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NodeError {
	/// The block exceeds the limit for blocks.
	#[error("the block has {0} bytes, more than {MAX_BLOCK}")]
	TooLarge(usize),
	/// A raw block exceeds the limit for leaves.
	#[error("the leaf has {0} bytes, more than {MAX_LEAF}")]
	LeafTooLarge(usize),
	/// More links than the profile allows.
	#[error("the node has more than {MAX_LINKS} links")]
	TooManyLinks,
	/// No children. An empty file is an empty raw block instead.
	#[error("the node has no links")]
	NoLinks,
	/// The bytes are not dag-pb with UnixFS inside.
	#[error("malformed node: {0}")]
	Malformed(&'static str),
	/// A directory, a symbolic link, or another kind.
	#[error("the node has UnixFS type {0}, not 2 (file)")]
	NotAFile(u64),
	/// Salus does not store blocks with this link's CID.
	#[error("link {index} of the node has an unsupported CID")]
	Link {
		/// Position of the link, counted from 0.
		index: usize,
		/// Fault of its CID.
		#[source]
		source: CidError,
	},
	/// The sizes in the node contradict each other.
	#[error("the node's sizes contradict each other")]
	Sizes,
	/// The encoding is readable but not canonical.
	#[error("the node is not in canonical encoding; build it by the CID profile unixfs-v1-2025")]
	NotCanonical,
	/// The links do not form a balanced file of 1 MiB leaves.
	#[error(
		"the node does not have the layout of a file of its size; build it by the CID profile \
		 unixfs-v1-2025 (1 MiB raw leaves, 1024 links, balanced)"
	)]
	Layout,
}

/// An inner node of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileNode {
	/// The children, in file order.
	pub links: Vec<Link>,
}

impl FileNode {
	/// Returns the number of the file's bytes under this node.
	pub fn size(&self) -> u64 {
		self.links.iter().map(|link| link.blocksize).sum()
	}

	/// Returns the bytes of all blocks under this node, by the claims of its links. Includes the
	/// node itself, which has this encoded length in bytes.
	pub fn tsize(&self, length: usize) -> u64 {
		self.links.iter().fold(length as u64, |sum, link| sum.saturating_add(link.tsize))
	}

	/// Returns the canonical encoding: dag-pb with UnixFS inside.
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

	/// Reads a node. Refuses anything that [`FileNode::encode`] would not write.
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

	/// Checks that this is the root of a file of its size, and returns its height.
	pub fn check_root(&self) -> Result<u32, NodeError> {
		let height = height(self.size());
		self.check_layout(height)?;
		Ok(height)
	}

	/// Checks that the node fits at this height: every child except the last one is full, and the
	/// children are leaves exactly at height 1.
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

/// Returns the children of a block. A raw block has none.
pub fn links(cid: &Cid, bytes: &[u8]) -> Result<Vec<Link>, NodeError> {
	match cid.codec() {
		Codec::Raw if bytes.len() > MAX_LEAF => Err(NodeError::LeafTooLarge(bytes.len())),
		Codec::Raw => Ok(Vec::new()),
		Codec::DagPb => Ok(FileNode::decode(bytes)?.links),
	}
}

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

/// Reads the UnixFS message and fills the block sizes into the links.
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
pub(super) fn put_field(out: &mut Vec<u8>, tag: u8, value: u64) {
	out.push(tag);
	put_varint(out, value);
}

/// Appends a length-delimited field.
pub(super) fn put_bytes(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
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
	/// Reads the tag of the next field, or returns `None` at the end. Known tags are at most 127,
	/// so one byte is enough.
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
		Err(NodeError::Malformed("a number exceeds 64 bits"))
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
