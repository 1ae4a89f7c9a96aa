//! Cutting a file into blocks.

use std::io::{self, Read, Write};

use sha2::{Digest as _, Sha256};

use super::{Block, Dag, FileNode, LeafRef, Link};
use crate::content::{Cid, Codec, Digest, MAX_LEAF, MAX_LINKS};

/// Failures to build a DAG.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The source of the file failed.
	#[error("cannot read the file")]
	Read(#[source] io::Error),
	/// The sink refused a block.
	#[error("cannot pass block {cid} on")]
	Sink {
		cid: Cid,
		/// Error of the sink.
		#[source]
		source: io::Error,
	},
}

/// Builds the DAG of a file in one pass, leaf by leaf, and keeps none of the file's bytes.
///
/// Memory: 48 bytes for each leaf, the hash state of one leaf, and at the end the inner nodes
/// (about 50 bytes for each leaf).
#[derive(Clone, Debug, Default)]
pub struct DagBuilder {
	leaves: Vec<LeafRef>,
	hasher: Sha256,
	filled: usize,
	size: u64,
}

impl DagBuilder {
	/// Starts an empty file.
	pub fn new() -> Self {
		Self::default()
	}

	/// Adds the next bytes of the file, in a piece of any length.
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

	/// Returns the number of bytes added so far.
	pub fn size(&self) -> u64 {
		self.size + self.filled as u64
	}

	/// Ends the file and returns its DAG.
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

/// Builds the node over these links. Returns it with the link to it.
fn close_node(links: &[Link]) -> (Block, Link) {
	let node = FileNode { links: links.to_vec() };
	let block = Block::new(Codec::DagPb, node.encode());
	let link = Link { cid: block.cid, tsize: node.tsize(block.data.len()), blocksize: node.size() };
	(block, link)
}

/// Cuts a stream into blocks and hands each one to the sink: first the leaves in file order as they
/// are read, then the inner nodes, children before parents, the root last.
///
/// Holds one leaf at a time, in addition to the memory of a [`DagBuilder`].
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

/// A writer that hashes everything that passes through it, so that one pass writes a spool file and
/// builds its DAG.
#[derive(Debug)]
pub struct DagWriter<W> {
	inner: W,
	builder: DagBuilder,
}

impl<W: Write> DagWriter<W> {
	/// Wraps a writer.
	pub fn new(inner: W) -> Self {
		Self { inner, builder: DagBuilder::new() }
	}

	/// Returns the number of bytes written so far.
	pub fn size(&self) -> u64 {
		self.builder.size()
	}

	/// Ends the file: flushes the writer and returns it with the DAG.
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
