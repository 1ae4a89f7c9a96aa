//! Opening records: ask, fetch, verify, decrypt.

use std::{
	io::{self, Read, Write},
	path::PathBuf,
	sync::{mpsc, Arc},
};

use base64::{engine::general_purpose::STANDARD, Engine};
use futures::{future::BoxFuture, stream, FutureExt, StreamExt};
use salus_envelope::{open, Binding, Dek, Descriptor, LeafOpener};
use salus_ipfs::{
	fetch::{self, BlockSource, BoxError},
	kubo::Kubo,
	unixfs::FileNode,
	Cid,
};
use salus_primitives::{
	Action, Basis, Purpose, Question, RecordDetails, RecordEntry, RecordId, RequestId, Version,
	VersionDetails,
};
use serde::Serialize;

use crate::{
	error::Missing,
	files::output::{Output, OutputError, Part},
	progress::{Progress, Step},
	state::journal::StateDir,
	state::readings::Kept,
	Account, Client, Error, Signer,
};

/// How many fetched blocks wait for decryption.
const AHEAD: usize = 2;
/// How many descriptors are fetched at once.
const DESCRIPTORS: usize = 4;

/// Where the blocks of records are fetched from.
#[derive(Clone)]
pub enum Source {
	/// The node that the client is connected to.
	Node,
	/// An IPFS node, by its RPC API.
	Ipfs(Arc<Kubo>),
}

/// The node as a source of blocks.
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
}

/// Which record is to be opened, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
	/// The record.
	pub record: RecordId,
	/// The version; none for the latest.
	pub version: Option<Version>,
	/// Why.
	pub purpose: Purpose,
}

/// A record that was opened: every block verified, and the whole against the chain's commitment.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Opened {
	/// The record.
	pub record: RecordId,
	/// The version.
	pub version: Version,
	/// What the permit rested on.
	pub basis: Basis,
	/// The logged request by which hospitals released the key; none if a wrap opened it.
	pub request: Option<RequestId>,
	/// Size of the content.
	pub size: u64,
	/// SHA-256 of the content.
	#[serde(with = "crate::json::hex")]
	pub sha256: [u8; 32],
	/// What it is.
	pub descriptor: Descriptor,
}

impl std::fmt::Debug for Opened {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.debug_struct("Opened")
			.field("record", &self.record)
			.field("version", &self.version)
			.field("size", &self.size)
			.finish_non_exhaustive()
	}
}

/// A record in a list.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
	/// What the chain says of it.
	#[serde(flatten)]
	pub details: RecordDetails<Account>,
	/// What its latest version is, if the reader may and can know.
	pub descriptor: Option<Descriptor>,
}

/// An opened key.
struct Key {
	basis: Basis,
	request: Option<RequestId>,
	dek: Dek,
	/// By which it can be opened again, if hospitals released it.
	kept: Option<Kept>,
}

impl Client {
	/// What the chain says of a record and one of its versions.
	pub async fn version(
		&self,
		record: RecordId,
		version: Option<Version>,
	) -> Result<(RecordDetails<Account>, VersionDetails<Account>), Error> {
		let details = self.now().record(record).await?;
		let details = details.ok_or(Error::NotFound(Missing::Record(record)))?;
		let RecordEntry::Live(entry) = &details.entry else {
			return Err(Error::Erased(record));
		};
		let wanted = version.unwrap_or(entry.latest);
		let found = details.versions.iter().find(|version| version.version == wanted).cloned();
		let found = found.ok_or(Error::NotFound(Missing::Version(record, wanted)))?;
		Ok((details, found))
	}

	/// Opens the key of a record: with a wrap, or by the hospitals that release it.
	async fn ask_for_key(
		&self,
		reader: &Signer,
		state: Option<&StateDir>,
		request: &Request,
		progress: &Arc<dyn Progress>,
	) -> Result<(VersionDetails<Account>, Key), Error> {
		match self.key_by_wrap(reader, request).await? {
			(version, Some(key)) => Ok((version, key)),
			(version, None) => {
				let (released, kept) =
					self.open_and_keep(reader, state, request, version.version, progress).await?;
				let key = Key {
					kept,
					basis: released.basis,
					request: Some(released.request),
					dek: released.dek,
				};
				Ok((version, key))
			}
		}
	}

	/// The key of a direct version, if the reader may have it, or of a guarded one that is the reader's own. Without a
	/// key, the version is guarded and has to be asked for.
	async fn key_by_wrap(
		&self,
		reader: &Signer,
		request: &Request,
	) -> Result<(VersionDetails<Account>, Option<Key>), Error> {
		let (details, version) = self.version(request.record, request.version).await?;
		let number = version.version;
		let is_owner = matches!(&details.entry,
			RecordEntry::Live(entry) if entry.patient == reader.account());
		if version.sealed_to.is_some() {
			if !is_owner {
				return Ok((version, None));
			}
			// A patient on a new account, or with a new key, has no wrap that opens: hospitals help.
			let dek = match self.own_key(reader, request.record, number).await {
				Ok(dek) => dek,
				Err(Error::NoWrap { .. } | Error::OtherKey(_)) => return Ok((version, None)),
				Err(error) => return Err(error),
			};
			let key = Key { basis: Basis::Patient, request: None, dek, kept: None };
			return Ok((version, Some(key)));
		}
		let asked = self
			.ask(&Question {
				reader: reader.account(),
				record: request.record,
				version: Some(number),
				purpose: request.purpose,
				action: Action::Read,
			})
			.await;
		let basis = match asked {
			// Withdrawn from all others.
			Err(Error::Refused(refusal)) if is_owner && refusal.is_of_withdrawn() => Basis::Patient,
			asked => asked?,
		};
		let dek = self.open_key(reader, request.record, number).await?;
		let key = Key { basis, request: None, dek, kept: None };
		Ok((version, Some(key)))
	}

	/// What a record is, without its content. Authentic under its key; only [`Client::get`] checks it against the chain.
	///
	/// Of a guarded record only for its patient: others would leave an entry in the log for a title.
	pub async fn descriptor(
		&self,
		reader: &Signer,
		request: &Request,
		source: &Source,
	) -> Result<Descriptor, Error> {
		let (version, key) = self.key_by_wrap(reader, request).await?;
		let key = key.ok_or(Error::Guarded { record: request.record, version: version.version })?;
		self.read_descriptor(&key.dek, request.record, &version, source).await
	}

	async fn read_descriptor(
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

	/// A patient's records. Their descriptors are opened where the reader may read and holds a wrap: nothing is asked of
	/// hospitals, and nothing logged.
	pub async fn list(
		&self,
		reader: Option<&Signer>,
		patient: &Account,
		purpose: Purpose,
		source: &Source,
	) -> Result<Vec<Listed>, Error> {
		let records = self.now().records_of(patient).await?;
		Ok(stream::iter(records)
			.map(|details| async move {
				let mut descriptor = None;
				if let (Some(reader), RecordEntry::Live(_)) = (reader, &details.entry) {
					let request = Request { record: details.id, version: None, purpose };
					// A record that is refused, locked or not stored yet is listed without it.
					descriptor = self.descriptor(reader, &request, source).await.ok();
				}
				Listed { details, descriptor }
			})
			.buffered(DESCRIPTORS)
			.collect()
			.await)
	}

	/// Opens a record into a file. The file appears whole and verified, or not at all.
	///
	/// A guarded record is asked for on chain, which is logged for the patient, and released by hospitals; `progress` is
	/// told each step. How long to wait for them is [`Patience::release`](crate::Patience::release). Nothing is asked before it is
	/// clear that the file can be written. With a state folder, an opening that broke off goes on with its request for
	/// as long as the release stands.
	pub async fn get(
		&self,
		reader: &Signer,
		state: Option<&StateDir>,
		request: &Request,
		source: &Source,
		output: &Output,
		progress: &Arc<dyn Progress>,
	) -> Result<(Opened, PathBuf), Error> {
		let prepare = |size| output.prepare(size);
		let (opened, part, kept) =
			self.get_part(reader, state, request, source, prepare, progress).await?;
		let path = output.finish(part, &opened.descriptor.file_name)?;
		if let Some(kept) = kept {
			kept.forget();
		}
		Ok((opened, path))
	}

	/// [`Client::get`] into a writer, which gets nothing before all of it is verified.
	pub async fn get_into(
		&self,
		reader: &Signer,
		state: Option<&StateDir>,
		request: &Request,
		source: &Source,
		out: &mut (dyn Write + Send),
		progress: &Arc<dyn Progress>,
	) -> Result<Opened, Error> {
		let (opened, mut part, kept) =
			self.get_part(reader, state, request, source, Part::nameless, progress).await?;
		part.copy_to(out).map_err(Error::WriteOutput)?;
		if let Some(kept) = kept {
			kept.forget();
		}
		Ok(opened)
	}

	/// Opens a record into a file that has no name yet.
	async fn get_part(
		&self,
		reader: &Signer,
		state: Option<&StateDir>,
		request: &Request,
		source: &Source,
		prepare: impl FnOnce(u64) -> Result<Part, OutputError>,
		progress: &Arc<dyn Progress>,
	) -> Result<(Opened, Part, Option<Kept>), Error> {
		// A reading is asked for once all is ready: it is logged, and may be the only one that a grant allows.
		let (_, version) = self.version(request.record, request.version).await?;
		let part = prepare(version.info.content.size)?;
		let request = &Request { version: Some(version.version), ..*request };
		let (version, key) = self.ask_for_key(reader, state, request, progress).await?;
		let (part, descriptor, size, sha256) =
			self.fetch_into(part, &key.dek, request.record, &version, source, progress).await?;
		part.trim(size).map_err(Error::WriteOutput)?;
		let opened = Opened {
			record: request.record,
			version: version.version,
			basis: key.basis,
			request: key.request,
			size,
			sha256,
			descriptor,
		};
		Ok((opened, part, key.kept))
	}

	/// Fetches on one thread what another one decrypts.
	async fn fetch_into(
		&self,
		part: Part,
		dek: &Dek,
		record: RecordId,
		version: &VersionDetails<Account>,
		source: &Source,
		progress: &Arc<dyn Progress>,
	) -> Result<(Part, Descriptor, u64, [u8; 32]), Error> {
		let root = envelope_root(version)?;
		let size = version.info.content.size;
		progress.begin(Step::Downloading, size);
		let (sender, receiver) = mpsc::sync_channel::<Vec<u8>>(AHEAD);

		let fetching = {
			let (client, source) = (self.clone(), source.clone());
			let progress = progress.clone();
			let runtime = tokio::runtime::Handle::current();
			tokio::task::spawn_blocking(move || {
				let source = client.source(&source);
				runtime.block_on(fetch::read_file(&*source, &root, size, |_, leaf| {
					progress.advance(leaf.len() as u64);
					// Nobody receives any more if decryption failed: its error is the one that counts.
					sender.send(leaf).map_err(|_| "decryption ended")
				}))
			})
		};
		let opening = {
			let dek = dek.clone();
			let binding = Binding { record: record.0, version: version.version };
			let commitment = version.info.content.commitment;
			tokio::task::spawn_blocking(move || {
				let reader = Received { receiver, leaf: Vec::new(), at: 0 };
				// Written a leaf at a time, so without a buffer that would keep plaintext.
				let opened = open(&dek, &binding, &commitment, reader, part.as_file())?;
				Ok::<_, salus_envelope::Error>((part, opened))
			})
		};
		let fetched = fetching.await?;
		let opened = opening.await?;
		match (fetched, opened) {
			(Ok(_), Ok((part, opened))) => {
				progress.end();
				Ok((part, opened.descriptor, opened.plaintext_size, opened.plaintext_sha256))
			}
			(_, Err(salus_envelope::Error::Write(source))) => Err(Error::WriteOutput(source)),
			// Without the rest of the blocks, decryption fails, too.
			(Err(fetch::Error::Sink(_)), Err(error)) => Err(error.into()),
			(Err(error), _) => Err(error.into()),
			(Ok(_), Err(error)) => Err(error.into()),
		}
	}
}

/// What another thread sends, as a stream of bytes. It ends when the sender is gone.
struct Received {
	receiver: mpsc::Receiver<Vec<u8>>,
	leaf: Vec<u8>,
	at: usize,
}

impl Read for Received {
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

/// The first leaf of a file, verified.
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
		Received { receiver, leaf: Vec::new(), at: 0 }.read_to_string(&mut text).unwrap();
		assert_eq!(text, "abcdef");
	}

	#[test]
	fn debug_of_an_opened_record_shows_no_title() {
		let opened = Opened {
			record: RecordId([1; 32]),
			version: 1,
			basis: Basis::Patient,
			request: None,
			size: 3,
			sha256: [2; 32],
			descriptor: Descriptor {
				title: "HIV test".into(),
				media_type: "text/plain".into(),
				file_name: "hiv.txt".into(),
				fhir_type: None,
				created: 0,
			},
		};
		let shown = format!("{opened:?}");
		assert!(!shown.contains("HIV") && !shown.contains("hiv"), "{shown}");
	}
}
