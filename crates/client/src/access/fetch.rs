//! Fetching the blocks of a record, and decrypting them as they arrive.

use std::{
	io::{self, Read, Write},
	sync::{
		atomic::{AtomicBool, Ordering},
		mpsc, Arc,
	},
};

use base64::{engine::general_purpose::STANDARD, Engine};
use futures::{future::BoxFuture, FutureExt};
use salus_envelope::{open, Binding, Dek, Descriptor, LeafOpener};
use salus_ipfs::{
	fetch::{self, BlockSource, BoxError},
	kubo::Kubo,
	unixfs::FileNode,
	Cid,
};
use salus_primitives::{RecordId, VersionDetails};
use tracing::info_span;

use crate::{
	progress::{Progress, Step},
	threads::spawn_blocking,
	Account, Client, Error,
};

/// Number of fetched blocks that may wait for decryption.
const AHEAD: usize = 2;

/// Source of the blocks of records.
#[derive(Clone)]
pub enum Source {
	/// The node to which the client is connected.
	Node,
	/// An IPFS node, through its RPC API.
	Ipfs(Arc<Kubo>),
}

/// The client's node, as a source of blocks.
struct NodeBlocks<'a>(&'a Client);

impl BlockSource for NodeBlocks<'_> {
	fn get(&self, cid: Cid) -> BoxFuture<'_, Result<Option<Vec<u8>>, BoxError>> {
		async move {
			let Some(text) = self.0.get_block(&cid).await? else {
				return Ok(None);
			};
			Ok(Some(STANDARD.decode(text)?))
		}
		.boxed()
	}
}

impl Client {
	fn source<'a>(&'a self, source: &'a Source) -> Arc<dyn BlockSource + 'a> {
		match source {
			Source::Node => Arc::new(NodeBlocks(self)),
			Source::Ipfs(kubo) => kubo.clone(),
		}
	}

	pub(super) async fn read_descriptor(
		&self,
		dek: &Dek,
		record: RecordId,
		version: &VersionDetails<Account>,
		source: &Source,
	) -> Result<Descriptor, Error> {
		let source = self.source(source);
		let root = envelope_root(version)?;
		let leaf = first_leaf(&*source, root).await?;
		let binding = Binding { record: record.0, version: version.version };
		Ok(LeafOpener::new(dek, &binding, &leaf)?.descriptor().clone())
	}

	/// Fetches and decrypts a version, on two threads, and returns the writer that got it.
	pub(super) async fn fetch_into<W: Write + Send + 'static>(
		&self,
		mut out: W,
		dek: &Dek,
		record: RecordId,
		version: &VersionDetails<Account>,
		source: &Source,
		progress: &Arc<dyn Progress>,
	) -> Result<(W, Descriptor, u64, [u8; 32]), Error> {
		let root = envelope_root(version)?;
		let size = version.info.content.size;
		progress.begin(Step::Downloading, size);
		let (sender, receiver) = mpsc::sync_channel::<Vec<u8>>(AHEAD);
		// Ends both threads if nobody waits for them.
		let awaited = Awaited::default();

		let fetching = {
			let (client, source) = (self.clone(), source.clone());
			let is_over = awaited.0.clone();
			let progress = progress.clone();
			let runtime = tokio::runtime::Handle::current();
			spawn_blocking(info_span!("fetch blocks"), move || {
				let source = client.source(&source);
				runtime.block_on(fetch::read_file(&*source, &root, size, |_, leaf| {
					if is_over.load(Ordering::Relaxed) {
						return Err("nobody waits for the content");
					}
					progress.advance(leaf.len() as u64);
					// If decryption failed, nobody receives, and its error is the one to
					// report.
					sender.send(leaf).map_err(|_| "decryption ended")
				}))
			})
		};
		let opening = {
			let dek = dek.clone();
			let binding = Binding { record: record.0, version: version.version };
			let commitment = version.info.content.commitment;
			spawn_blocking(info_span!("decrypt"), move || {
				let reader = ReceivedBytes { receiver, leaf: Vec::new(), at: 0 };
				let opened = open(&dek, &binding, &commitment, reader, &mut out)?;
				Ok::<_, salus_envelope::Error>((out, opened))
			})
		};
		let fetched = fetching.await?;
		let opened = opening.await?;
		match (fetched, opened) {
			(Ok(_), Ok((out, opened))) => {
				progress.end();
				Ok((out, opened.descriptor, opened.plaintext_size, opened.plaintext_sha256))
			}
			(_, Err(salus_envelope::Error::Write(source))) => Err(Error::WriteOutput(source)),
			// Without the remaining blocks, decryption fails as well.
			(Err(fetch::Error::Sink(_)), Err(error)) => Err(error.into()),
			(Err(error), _) => Err(error.into()),
			(Ok(_), Err(error)) => Err(error.into()),
		}
	}
}

/// Signal to threads that nobody waits for them: given once this is dropped.
#[derive(Default)]
struct Awaited(Arc<AtomicBool>);

impl Drop for Awaited {
	fn drop(&mut self) {
		self.0.store(true, Ordering::Relaxed);
	}
}

/// The bytes that another thread sends. They end when the sender is gone.
struct ReceivedBytes {
	receiver: mpsc::Receiver<Vec<u8>>,
	leaf: Vec<u8>,
	at: usize,
}

impl Read for ReceivedBytes {
	fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
		if self.at == self.leaf.len() {
			let Ok(leaf) = self.receiver.recv() else {
				return Ok(0);
			};
			(self.leaf, self.at) = (leaf, 0);
		}
		let mut rest = self.leaf.get(self.at..).unwrap_or_default();
		let read = rest.read(buffer)?;
		self.at += read;
		Ok(read)
	}
}

fn envelope_root(version: &VersionDetails<Account>) -> Result<Cid, Error> {
	let bytes = version.info.content.root.0;
	Cid::from_bytes(&bytes).map_err(|error| fetch::Error::WrongBytes(error).into())
}

/// Fetches and verifies the first leaf of a file.
async fn first_leaf<S: BlockSource + ?Sized>(source: &S, root: Cid) -> Result<Vec<u8>, Error> {
	let mut cid = root;
	// More levels than any file has.
	for _ in 0..8 {
		let block = source
			.get(cid)
			.await
			.map_err(|source| fetch::Error::Source { cid, source })?
			.ok_or(fetch::Error::NotFound(cid))?;
		cid.verify(&block).map_err(fetch::Error::WrongBytes)?;
		if cid.is_raw() {
			return Ok(block);
		}
		let node = FileNode::decode(&block).map_err(|source| fetch::Error::Node { cid, source })?;
		match node.links.first() {
			Some(link) => cid = link.cid,
			None => break,
		}
	}
	Err(fetch::Error::NotFound(cid).into())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn received_leaves_read_as_one_stream() {
		let (sender, receiver) = mpsc::sync_channel(4);
		for leaf in [&b"ab"[..], b"cde", b"f"] {
			sender.send(leaf.to_vec()).unwrap();
		}
		drop(sender);
		let mut text = String::new();
		ReceivedBytes { receiver, leaf: Vec::new(), at: 0 }.read_to_string(&mut text).unwrap();
		assert_eq!(text, "abcdef");
	}
}
