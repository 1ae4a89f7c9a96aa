//! Reading files block by block from any source.
//!
//! # Neighbours
//!
//! Used by: the client and the node, through [`read_file`] and [`cat`] over a [`BlockSource`].
//! Every block is checked against its CID, so a source needs no trust: wrong bytes are refused, and
//! [`FirstOf`] then asks the next source. Uses: the layers that can serve as a source (`kubo`,
//! `store`, `staging`) and `content`.

use std::{collections::VecDeque, error::Error as StdError, sync::Arc};

use futures::{
	future::BoxFuture,
	stream::{FuturesOrdered, StreamExt},
	FutureExt,
};

use crate::{
	content::{
		unixfs::{self, FileNode, NodeError},
		Cid, CidError, MAX_BLOCK, MAX_LEAF,
	},
	kubo::Kubo,
	staging::Staging,
	store::BlockStore,
};

/// An error of a source or a sink.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// A source of blocks.
///
/// A source may lie: [`read_file`] checks every block.
pub trait BlockSource: Send + Sync {
	/// Returns the bytes of a block, unchecked, or `None` if the source does not have it.
	fn get(&self, cid: Cid) -> BoxFuture<'_, Result<Option<Vec<u8>>, BoxError>>;

	/// Returns a number that grows when the source may have new blocks.
	fn arrivals(&self) -> u64 {
		0
	}
}

impl<S: BlockSource + ?Sized> BlockSource for &S {
	fn get(&self, cid: Cid) -> BoxFuture<'_, Result<Option<Vec<u8>>, BoxError>> {
		(**self).get(cid)
	}

	fn arrivals(&self) -> u64 {
		(**self).arrivals()
	}
}

impl<S: BlockSource + ?Sized> BlockSource for Arc<S> {
	fn get(&self, cid: Cid) -> BoxFuture<'_, Result<Option<Vec<u8>>, BoxError>> {
		(**self).get(cid)
	}

	fn arrivals(&self) -> u64 {
		(**self).arrivals()
	}
}

/// An IPFS node. It asks its peers for blocks that it lacks.
impl BlockSource for Kubo {
	fn get(&self, cid: Cid) -> BoxFuture<'_, Result<Option<Vec<u8>>, BoxError>> {
		async move { Ok(Some(self.block_get(&cid).await?)) }.boxed()
	}
}

/// A block store of this process, read on a blocking thread.
#[derive(Clone, Debug)]
pub struct LocalStore(pub Arc<BlockStore>);

impl BlockSource for LocalStore {
	fn get(&self, cid: Cid) -> BoxFuture<'_, Result<Option<Vec<u8>>, BoxError>> {
		let store = self.0.clone();
		read_on_thread(move || store.get(&cid))
	}
}

/// The uploads of this process, read on a blocking thread.
#[derive(Clone, Debug)]
pub struct LocalStaging(pub Arc<Staging>);

impl BlockSource for LocalStaging {
	fn get(&self, cid: Cid) -> BoxFuture<'_, Result<Option<Vec<u8>>, BoxError>> {
		let staging = self.0.clone();
		read_on_thread(move || staging.get(&cid))
	}
}

/// Reads a block on a blocking thread.
fn read_on_thread<E: Into<BoxError> + Send + 'static>(
	read: impl FnOnce() -> Result<Option<Vec<u8>>, E> + Send + 'static,
) -> BoxFuture<'static, Result<Option<Vec<u8>>, BoxError>> {
	async move { tokio::task::spawn_blocking(read).await?.map_err(Into::into) }.boxed()
}

/// Asks each source in turn until one returns the right bytes.
pub struct FirstOf(pub Vec<Arc<dyn BlockSource>>);

impl BlockSource for FirstOf {
	fn get(&self, cid: Cid) -> BoxFuture<'_, Result<Option<Vec<u8>>, BoxError>> {
		async move {
			let mut last = None;
			for source in &self.0 {
				match source.get(cid).await {
					Ok(Some(data)) => match cid.verify(&data) {
						Ok(()) => return Ok(Some(data)),
						Err(error) => last = Some(error.into()),
					},
					Ok(None) => {}
					Err(error) => last = Some(error),
				}
			}
			last.map_or(Ok(None), Err)
		}
		.boxed()
	}
}

/// Failures to read a file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// No source has the block.
	#[error("no source has block {0}; connect a node that stores the record, or try again later")]
	NotFound(Cid),
	/// The source failed.
	#[error("cannot fetch block {cid}")]
	Source {
		cid: Cid,
		/// Error of the source.
		#[source]
		source: BoxError,
	},
	/// The source sent bytes that the CID does not name.
	#[error("the source sent wrong bytes; try another source")]
	WrongBytes(#[from] CidError),
	/// The block exceeds the limit for its kind.
	#[error("block {cid} has {size} bytes, more than any valid block; try another source")]
	BlockTooLarge {
		cid: Cid,
		/// Length of the block, in bytes.
		size: usize,
	},
	/// The block is not a node of this file in the layout that Salus stores.
	#[error("block {cid} is not a node of this file")]
	Node {
		cid: Cid,
		/// Fault of the node.
		#[source]
		source: NodeError,
	},
	/// The block does not have the size that its parent announced.
	#[error("block {cid} stands for {actual} bytes, but its parent announced {expected}")]
	SizeMismatch {
		cid: Cid,
		/// Announced bytes of the file under the block.
		expected: u64,
		/// Actual bytes of the file under the block.
		actual: u64,
	},
	/// The file exceeds the limit of the caller.
	#[error("the file has {size} bytes, more than the limit of {limit}")]
	FileTooLarge {
		/// Size of the file, in bytes.
		size: u64,
		/// Limit of the caller, in bytes.
		limit: u64,
	},
	/// The sink refused a leaf.
	#[error("cannot pass the file on")]
	Sink(#[source] BoxError),
}

/// Number of blocks fetched at once.
pub const IN_FLIGHT: usize = 4;

/// A block to fetch, as its parent describes it.
#[derive(Clone, Copy)]
struct Wanted {
	cid: Cid,
	/// Bytes of the file under the block. Unknown for the root.
	size: Option<u64>,
	/// Height above the leaves. Unknown for the root.
	height: Option<u32>,
}

/// Reads a file of at most `limit` bytes. Hands over its leaves in order, each with its position in
/// the file, and returns the size of the file.
///
/// Fetches [`IN_FLIGHT`] blocks at once. Holds only these blocks and the links of the nodes that
/// lead to them, regardless of the size of the file.
pub async fn read_file<S, F, E>(
	source: &S,
	root: &Cid,
	limit: u64,
	mut on_leaf: F,
) -> Result<u64, Error>
where
	S: BlockSource + ?Sized,
	F: FnMut(u64, Vec<u8>) -> Result<(), E>,
	E: Into<BoxError>,
{
	let mut offset = 0;
	// The blocks to fetch, in file order. An inner node is replaced by its children when it
	// arrives. Inner nodes are fetched only at the front, so there is at most one list for each
	// height.
	let mut todo = VecDeque::from([Wanted { cid: *root, size: None, height: None }]);
	let mut in_flight = FuturesOrdered::new();
	loop {
		while in_flight.len() < IN_FLIGHT {
			match todo.front() {
				Some(next) if next.cid.is_raw() || in_flight.is_empty() => {
					let next = *next;
					todo.pop_front();
					in_flight.push_back(fetch(source, next));
					if !next.cid.is_raw() {
						break;
					}
				}
				_ => break,
			}
		}
		let Some(fetched) = in_flight.next().await else {
			return Ok(offset);
		};
		let (wanted, data) = fetched?;
		if wanted.cid.is_raw() {
			check_limit(offset + data.len() as u64, limit)?;
			let length = data.len() as u64;
			on_leaf(offset, data).map_err(|error| Error::Sink(error.into()))?;
			offset += length;
			continue;
		}
		let (node, height) = open_node(&wanted, &data)?;
		check_limit(offset.saturating_add(node.size()), limit)?;
		for link in node.links.iter().rev() {
			todo.push_front(Wanted {
				cid: link.cid,
				size: Some(link.blocksize),
				height: Some(height - 1),
			});
		}
	}
}

/// Reads a whole file of at most `limit` bytes into memory.
pub async fn cat<S: BlockSource + ?Sized>(
	source: &S,
	root: &Cid,
	limit: u64,
) -> Result<Vec<u8>, Error> {
	let mut file = Vec::new();
	read_file(source, root, limit, |_, leaf| {
		file.extend_from_slice(&leaf);
		Ok::<_, std::convert::Infallible>(())
	})
	.await?;
	Ok(file)
}

fn check_limit(size: u64, limit: u64) -> Result<(), Error> {
	if size > limit {
		Err(Error::FileTooLarge { size, limit })
	} else {
		Ok(())
	}
}

async fn fetch<S: BlockSource + ?Sized>(
	source: &S,
	wanted: Wanted,
) -> Result<(Wanted, Vec<u8>), Error> {
	let cid = wanted.cid;
	let data = source
		.get(cid)
		.await
		.map_err(|source| Error::Source { cid, source })?
		.ok_or(Error::NotFound(cid))?;
	let most = if cid.is_raw() { MAX_LEAF } else { MAX_BLOCK };
	if data.len() > most {
		return Err(Error::BlockTooLarge { cid, size: data.len() });
	}
	cid.verify(&data)?;
	if let (true, Some(expected)) = (cid.is_raw(), wanted.size) {
		let actual = data.len() as u64;
		if actual != expected {
			return Err(Error::SizeMismatch { cid, expected, actual });
		}
	}
	Ok((wanted, data))
}

fn open_node(wanted: &Wanted, data: &[u8]) -> Result<(FileNode, u32), Error> {
	let cid = wanted.cid;
	let node_error = |source| Error::Node { cid, source };
	let node = FileNode::decode(data).map_err(node_error)?;
	let height = wanted.height.unwrap_or_else(|| unixfs::height(node.size()));
	node.check_layout(height).map_err(node_error)?;
	if let Some(expected) = wanted.size {
		if node.size() != expected {
			return Err(Error::SizeMismatch { cid, expected, actual: node.size() });
		}
	}
	Ok((node, height))
}
