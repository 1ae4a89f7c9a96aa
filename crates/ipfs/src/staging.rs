//! Uploads on their way: blocks that a client handed in, until they are pushed to IPFS.
//!
//! An upload is opened by a ticket (who, which root, how many bytes, until when; the node checks
//! the signature) and then fills from the root downwards: [`Staging::missing`] says what to send
//! next, and a block is taken only if it is the root or linked from a node that was taken before.
//! As a file of a known size has exactly one shape, the ticket bounds what an upload can cost, and
//! a refused block changes nothing.
//!
//! An upload is charged with its whole size from the start, so that one that was admitted can
//! always be finished. Blocks that uploads share lie on disk once, and stay while one needs them.
//!
//! Everything survives a crash: blocks in a [`BlockStore`], tickets as small files. What the
//! blocks mean to the uploads is kept in memory and rebuilt when the staging is opened.
//!
//! ```text
//! DIR/uploads/bafy….json     one ticket an upload
//! DIR/store/                 a block store
//! ```

use std::{
	collections::{BTreeMap, HashMap, HashSet},
	fs, io,
	path::{Path, PathBuf},
};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::{
	disk,
	store::{self, BlockStore},
	unixfs::{self, FileNode, NodeError},
	Cid, CidError, Digest, MAX_BLOCK, MAX_LEAF,
};

/// The ticket of an upload. Whoever opens it has checked it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
	/// The root of the file's DAG.
	pub root: Cid,
	/// The file's size in bytes.
	pub size: u64,
	/// The account that pays for it.
	#[serde(with = "hex::serde")]
	pub owner: [u8; 32],
	/// The owner's organisation, if any. Without one the owner is charged alone.
	pub organisation: Option<u32>,
	/// When the upload may be collected, in milliseconds since 1970.
	pub expires_ms: u64,
	/// When it was opened, in milliseconds since 1970.
	pub created_ms: u64,
}

/// What may be staged. Sizes are the files' sizes; inner nodes come on top, less than one in ten
/// thousand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
	/// Bytes in all.
	pub total_bytes: u64,
	/// Bytes of the uploads of one organisation.
	pub organisation_bytes: u64,
	/// Bytes of the uploads of one owner without organisation.
	pub owner_bytes: u64,
	/// Bytes of one upload.
	pub upload_bytes: u64,
	/// Uploads in all.
	pub uploads: usize,
}

impl Default for Limits {
	fn default() -> Self {
		const GIB: u64 = 1 << 30;
		Self {
			total_bytes: 64 * GIB,
			organisation_bytes: 32 * GIB,
			owner_bytes: GIB,
			upload_bytes: 10 * GIB,
			uploads: 10_000,
		}
	}
}

/// Which limit is in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quota {
	/// [`Limits::total_bytes`]
	Total,
	/// [`Limits::organisation_bytes`]
	Organisation,
	/// [`Limits::owner_bytes`]
	Owner,
	/// [`Limits::upload_bytes`]
	Upload,
	/// [`Limits::uploads`]
	Uploads,
}

/// Why an upload or a block was refused, or the staging failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The upload would go beyond a limit.
	#[error(
		"{wanted} more would exceed the limit {quota:?} of {limit}, of which {used} are used: \
	         wait until uploads are pushed or expire, or ask the node's operator for more"
	)]
	QuotaExceeded {
		/// Which limit.
		quota: Quota,
		/// What it is.
		limit: u64,
		/// How much of it is used.
		used: u64,
		/// How much was asked for.
		wanted: u64,
	},
	/// No such upload is open.
	#[error("no upload of {0} is open: open it with a ticket first")]
	UnknownUpload(Cid),
	/// The block belongs to no node of the upload that was staged.
	#[error("block {cid} is not linked from any staged node of {root}: send what `missing` names")]
	NotLinked {
		/// The upload.
		root: Cid,
		/// The block.
		cid: Cid,
	},
	/// The block's size, or what it says of the file's size, is not what its parent or the ticket
	/// says.
	#[error("block {cid} stands for {actual} bytes where {expected} are announced")]
	SizeMismatch {
		/// The block.
		cid: Cid,
		/// What the ticket or the parent announced.
		expected: u64,
		/// What the block has.
		actual: u64,
	},
	/// The block is larger than a block of its kind may be.
	#[error("block {cid} has {size} bytes, more than the {limit} of its kind")]
	TooLarge {
		/// The block.
		cid: Cid,
		/// Its length.
		size: usize,
		/// The most.
		limit: usize,
	},
	/// The bytes are not those of the CID.
	#[error(transparent)]
	Cid(#[from] CidError),
	/// The block is no node of the file's shape.
	#[error("block {cid} is no node of this file")]
	Node {
		/// The block.
		cid: Cid,
		/// What is wrong.
		#[source]
		source: NodeError,
	},
	/// Blocks are missing still.
	#[error("the upload of {root} lacks {missing} blocks or more: send them first")]
	Incomplete {
		/// The upload.
		root: Cid,
		/// How many are known to be missing.
		missing: usize,
	},
	/// The block store failed.
	#[error(transparent)]
	Store(#[from] store::Error),
	/// A ticket could not be written or read.
	#[error("cannot {action} {path}")]
	Io {
		/// What was tried.
		action: &'static str,
		/// Where.
		path: PathBuf,
		/// What the system said.
		#[source]
		source: io::Error,
	},
}

/// What [`Staging::begin_or_resume`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
	/// The upload is new.
	New,
	/// It was open already; its expiry is the later one now.
	Resumed,
}

/// How far an upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
	/// Blocks that are staged.
	pub staged: usize,
	/// Blocks that are known to be missing. More may come to light with them.
	pub missing: usize,
}

/// A block that an upload has or waits for, as its parent (or the ticket) describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Expected {
	/// Bytes of the file under it.
	size: u64,
	/// Bytes of all blocks under it; unknown for the root.
	tsize: Option<u64>,
	/// 0 for a leaf.
	height: u32,
	/// When it came to light: parents come before their children.
	number: u64,
	staged: bool,
}

#[derive(Debug)]
struct Entry {
	upload: Upload,
	blocks: HashMap<Cid, Expected>,
	/// By number.
	missing: BTreeMap<u64, Cid>,
	next: u64,
}

impl Entry {
	fn new(upload: Upload) -> Self {
		let root = upload.root;
		let size = upload.size;
		let mut entry = Self {
			upload,
			blocks: HashMap::new(),
			missing: BTreeMap::new(),
			next: 0,
		};
		entry.expect(root, size, None, unixfs::height(size));
		entry
	}

	fn expect(&mut self, cid: Cid, size: u64, tsize: Option<u64>, height: u32) {
		let number = self.next;
		self.next += 1;
		self.blocks.insert(
			cid,
			Expected {
				size,
				tsize,
				height,
				number,
				staged: false,
			},
		);
		self.missing.insert(number, cid);
	}

	/// Marks a block as staged, and takes up its children.
	fn stage(&mut self, cid: &Cid, node: Option<&FileNode>) {
		let Some(block) = self.blocks.get_mut(cid) else {
			return;
		};
		block.staged = true;
		self.missing.remove(&block.number);
		let height = block.height;
		for link in node.iter().flat_map(|node| &node.links) {
			if !self.blocks.contains_key(&link.cid) {
				self.expect(link.cid, link.blocksize, Some(link.tsize), height - 1);
			}
		}
	}

	/// The block is gone from the disk: it is missing again.
	fn unstage(&mut self, cid: &Cid) -> bool {
		match self.blocks.get_mut(cid) {
			Some(block) if block.staged => {
				block.staged = false;
				self.missing.insert(block.number, *cid);
				true
			}
			_ => false,
		}
	}

	/// Checks a block against what is expected of it, without changing anything.
	fn check(&self, cid: &Cid, data: &[u8]) -> Result<Option<FileNode>, Error> {
		let expected = self.blocks.get(cid).ok_or(Error::NotLinked {
			root: self.upload.root,
			cid: *cid,
		})?;
		check_block(cid, expected, data, |link, height| {
			// The same block may hang below several nodes, but always as the same.
			self.blocks.get(&link.cid).is_none_or(|known| {
				known.size == link.blocksize
					&& known.height == height
					&& known.tsize.is_none_or(|tsize| tsize == link.tsize)
			})
		})
	}
}

/// Checks a block's bytes against what its parent or the ticket says of it.
fn check_block(
	cid: &Cid,
	expected: &Expected,
	data: &[u8],
	consistent: impl Fn(&unixfs::Link, u32) -> bool,
) -> Result<Option<FileNode>, Error> {
	let mismatch = |actual| Error::SizeMismatch {
		cid: *cid,
		expected: expected.size,
		actual,
	};
	let limit = if cid.is_raw() { MAX_LEAF } else { MAX_BLOCK };
	if data.len() > limit {
		return Err(Error::TooLarge {
			cid: *cid,
			size: data.len(),
			limit,
		});
	}
	cid.verify(data)?;
	let node_error = |source| Error::Node { cid: *cid, source };
	if cid.is_raw() {
		if data.len() as u64 != expected.size {
			return Err(mismatch(data.len() as u64));
		}
		// A raw root of a file that should have several leaves fails above: it is too small.
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
	if !node
		.links
		.iter()
		.all(|link| consistent(link, expected.height - 1))
	{
		return Err(node_error(NodeError::Sizes));
	}
	Ok(Some(node))
}

#[derive(Debug, Default)]
struct State {
	uploads: HashMap<Cid, Entry>,
	/// How many uploads need the bytes, those under way included.
	needed: HashMap<Digest, usize>,
}

impl State {
	fn hold(&mut self, digest: &Digest) {
		*self.needed.entry(*digest).or_default() += 1;
	}

	/// `true` if nobody needs the bytes any more.
	fn release(&mut self, digest: &Digest) -> bool {
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

	fn entry(&self, root: &Cid) -> Result<&Entry, Error> {
		self.uploads.get(root).ok_or(Error::UnknownUpload(*root))
	}

	fn used(&self, matches: impl Fn(&Upload) -> bool) -> u64 {
		self.uploads
			.values()
			.filter(|entry| matches(&entry.upload))
			.map(|entry| entry.upload.size)
			.sum()
	}

	/// Checks that an upload fits in, besides all others but itself.
	fn check_quota(&self, upload: &Upload, limits: &Limits) -> Result<(), Error> {
		let other = |that: &Upload| that.root != upload.root;
		within(Quota::Upload, limits.upload_bytes, 0, upload.size)?;
		match upload.organisation {
			Some(organisation) => {
				let used = self.used(|that| other(that) && that.organisation == Some(organisation));
				within(
					Quota::Organisation,
					limits.organisation_bytes,
					used,
					upload.size,
				)?;
			}
			None => {
				let used = self.used(|that| {
					other(that) && that.organisation.is_none() && that.owner == upload.owner
				});
				within(Quota::Owner, limits.owner_bytes, used, upload.size)?;
			}
		}
		self.check_total(upload, limits)
	}

	fn check_total(&self, upload: &Upload, limits: &Limits) -> Result<(), Error> {
		let others = self
			.uploads
			.keys()
			.filter(|root| **root != upload.root)
			.count();
		within(Quota::Uploads, limits.uploads as u64, others as u64, 1)?;
		within(
			Quota::Total,
			limits.total_bytes,
			self.used(|that| that.root != upload.root),
			upload.size,
		)
	}
}

/// Whether so much more is within a limit.
fn within(quota: Quota, limit: u64, used: u64, wanted: u64) -> Result<(), Error> {
	if used.checked_add(wanted).is_some_and(|sum| sum <= limit) {
		Ok(())
	} else {
		Err(Error::QuotaExceeded {
			quota,
			limit,
			used,
			wanted,
		})
	}
}

/// The uploads of a node. See the module's documentation.
#[derive(Debug)]
pub struct Staging {
	tickets: PathBuf,
	temps: PathBuf,
	limits: Limits,
	store: BlockStore,
	state: Mutex<State>,
}

impl Staging {
	/// Opens the staging in this folder, and makes it if there is none.
	///
	/// Walks every upload's inner nodes, looks its leaves up, and removes blocks of no upload.
	pub fn open(folder: impl Into<PathBuf>, limits: Limits) -> Result<Self, Error> {
		let folder = folder.into();
		// The store's lock covers the tickets too.
		let store = BlockStore::open(folder.join("store"))?;
		let tickets = folder.join("uploads");
		let temps = folder.join("temp");
		fs::create_dir_all(&tickets).map_err(io_error("make", &tickets))?;
		disk::clean_temps(&temps).map_err(io_error("clean", &temps))?;
		let staging = Self {
			tickets,
			temps,
			limits,
			store,
			state: Mutex::default(),
		};
		staging.restore()?;
		Ok(staging)
	}

	/// Opens an upload, or goes on with one.
	///
	/// An upload whose root was not staged yet is replaced by one of another size: nothing proves
	/// the first one's claim, and it shall not be in the way of the right one.
	pub fn begin_or_resume(&self, upload: Upload) -> Result<Begun, Error> {
		self.begin(upload, State::check_quota)
	}

	/// [`Staging::begin_or_resume`] for what the node itself fetches: only the limits of all uploads together are in the way,
	/// not those of one owner or one upload.
	pub fn begin_own(&self, upload: Upload) -> Result<Begun, Error> {
		self.begin(upload, State::check_total)
	}

	fn begin(
		&self,
		upload: Upload,
		check: impl FnOnce(&State, &Upload, &Limits) -> Result<(), Error>,
	) -> Result<Begun, Error> {
		let mut state = self.state.lock();
		let root = upload.root;
		let (upload, begun) = match state.uploads.get(&root) {
			Some(entry) if entry.upload.size == upload.size => {
				let expires_ms = entry.upload.expires_ms.max(upload.expires_ms);
				if expires_ms == entry.upload.expires_ms {
					return Ok(Begun::Resumed);
				}
				(
					Upload {
						expires_ms,
						..entry.upload.clone()
					},
					Begun::Resumed,
				)
			}
			Some(entry) if entry.blocks.values().any(|block| block.staged) => {
				return Err(Error::SizeMismatch {
					cid: root,
					expected: entry.upload.size,
					actual: upload.size,
				});
			}
			_ => (upload, Begun::New),
		};
		if begun == Begun::New {
			check_root(&upload)?;
			check(&state, &upload, &self.limits)?;
		}
		let path = self.ticket_path(&root);
		let ticket = serde_json::to_vec_pretty(&upload)
			.map_err(|error| io_error("encode", &path)(error.into()))?;
		disk::write_atomic(&self.temps, &path, &ticket).map_err(io_error("write", &path))?;
		match begun {
			Begun::Resumed => {
				if let Some(entry) = state.uploads.get_mut(&root) {
					entry.upload = upload;
				}
			}
			Begun::New => {
				let mut entry = Entry::new(upload);
				let absorbed = self.absorb(&mut state, &mut entry, vec![root]);
				state.uploads.insert(root, entry);
				absorbed?;
			}
		}
		Ok(begun)
	}

	/// The blocks to send next, parents before children, at most so many.
	///
	/// Empty if and only if the upload is complete (or the limit is 0).
	pub fn missing(&self, root: &Cid, limit: usize) -> Result<Vec<Cid>, Error> {
		let state = self.state.lock();
		Ok(state
			.entry(root)?
			.missing
			.values()
			.take(limit)
			.copied()
			.collect())
	}

	/// Takes a block of an upload. Again is fine.
	pub fn put(&self, root: &Cid, cid: &Cid, data: &[u8]) -> Result<(), Error> {
		// First look: is it wanted? The bytes are held, so that no removal takes them from under
		// this upload; the disk is written without the lock, so that uploads run side by side.
		{
			let mut state = self.state.lock();
			let entry = state.entry(root)?;
			if entry.blocks.get(cid).is_some_and(|block| block.staged) {
				return Ok(cid.verify(data)?);
			}
			entry.check(cid, data)?;
			state.hold(cid.digest());
		}
		let written = self.store.put(cid, data);

		let mut state = self.state.lock();
		let result = written.map_err(Error::from).and_then(|_| {
			let mut entry = state
				.uploads
				.remove(root)
				.ok_or(Error::UnknownUpload(*root))?;
			let absorbed = self.absorb_put(&mut state, &mut entry, cid, data);
			state.uploads.insert(*root, entry);
			absorbed
		});
		// If it was absorbed the upload holds it by itself now.
		if state.release(cid.digest()) {
			self.store.delete(cid)?;
		}
		result
	}

	/// Whether every block is staged.
	pub fn is_complete(&self, root: &Cid) -> Result<bool, Error> {
		Ok(self.state.lock().entry(root)?.missing.is_empty())
	}

	/// How far an upload is.
	pub fn progress(&self, root: &Cid) -> Result<Progress, Error> {
		let state = self.state.lock();
		let entry = state.entry(root)?;
		let missing = entry.missing.len();
		Ok(Progress {
			staged: entry.blocks.len() - missing,
			missing,
		})
	}

	/// The blocks of a complete upload: children before parents, the root last, none twice.
	pub fn refs(&self, root: &Cid) -> Result<Vec<Cid>, Error> {
		let state = self.state.lock();
		let entry = state.entry(root)?;
		if !entry.missing.is_empty() {
			return Err(Error::Incomplete {
				root: *root,
				missing: entry.missing.len(),
			});
		}
		let mut blocks: Vec<_> = entry.blocks.iter().collect();
		blocks.sort_unstable_by_key(|(_, block)| (block.height, block.number));
		Ok(blocks.into_iter().map(|(cid, _)| *cid).collect())
	}

	/// A staged block's bytes, checked. `None` if no upload has it.
	///
	/// A block that rotted is an error once, and missing from its uploads from then on.
	pub fn get(&self, cid: &Cid) -> Result<Option<Vec<u8>>, Error> {
		match self.store.get(cid) {
			Err(store::Error::Corrupt(digest)) => {
				let mut state = self.state.lock();
				// It may have been sent again meanwhile.
				if !self.store.has_digest(&digest)? {
					self.lose(&mut state, &digest);
				}
				Err(store::Error::Corrupt(digest).into())
			}
			other => Ok(other?),
		}
	}

	/// Whether a block is staged. One `stat`.
	pub fn has(&self, cid: &Cid) -> Result<bool, Error> {
		Ok(self.store.has(cid)?)
	}

	/// A staged block's length. One `stat`.
	pub fn size(&self, cid: &Cid) -> Result<Option<u64>, Error> {
		Ok(self.store.size(cid)?)
	}

	/// The upload of this root, if one is open.
	pub fn upload(&self, root: &Cid) -> Option<Upload> {
		self.state
			.lock()
			.uploads
			.get(root)
			.map(|entry| entry.upload.clone())
	}

	/// All uploads, the oldest first.
	pub fn list(&self) -> Vec<Upload> {
		let state = self.state.lock();
		let mut uploads: Vec<_> = state
			.uploads
			.values()
			.map(|entry| entry.upload.clone())
			.collect();
		uploads.sort_unstable_by_key(|upload| (upload.created_ms, upload.root));
		uploads
	}

	/// Closes an upload and removes the blocks that no other one needs. `false` if there was none.
	pub fn remove(&self, root: &Cid) -> Result<bool, Error> {
		let mut state = self.state.lock();
		self.remove_locked(&mut state, root)
	}

	/// Removes every upload that has expired and that `keep` does not want; gives their roots.
	pub fn collect(&self, now_ms: u64, keep: impl Fn(&Upload) -> bool) -> Result<Vec<Cid>, Error> {
		let expired: Vec<Upload> = self
			.list()
			.into_iter()
			.filter(|upload| upload.expires_ms <= now_ms)
			.collect();
		let mut removed = Vec::new();
		for upload in expired.into_iter().filter(|upload| !keep(upload)) {
			let mut state = self.state.lock();
			// Its ticket may have been renewed since.
			let expired = state
				.uploads
				.get(&upload.root)
				.is_some_and(|entry| entry.upload.expires_ms <= now_ms);
			if expired && self.remove_locked(&mut state, &upload.root)? {
				removed.push(upload.root);
			}
		}
		Ok(removed)
	}

	/// Bytes charged to all uploads.
	pub fn used(&self) -> u64 {
		self.state.lock().used(|_| true)
	}

	/// Bytes charged to the uploads of an organisation.
	pub fn used_by(&self, organisation: u32) -> u64 {
		self.state
			.lock()
			.used(|upload| upload.organisation == Some(organisation))
	}

	/// Bytes charged to the uploads of an owner, under whichever organisation.
	pub fn used_by_owner(&self, owner: &[u8; 32]) -> u64 {
		self.state.lock().used(|upload| upload.owner == *owner)
	}

	/// Bytes of the staged blocks on disk.
	pub fn stored_bytes(&self) -> u64 {
		self.store.total_size()
	}

	/// What may be staged.
	pub fn limits(&self) -> &Limits {
		&self.limits
	}

	fn remove_locked(&self, state: &mut State, root: &Cid) -> Result<bool, Error> {
		if !state.uploads.contains_key(root) {
			return Ok(false);
		}
		// The ticket first: a crash in between leaves blocks of no upload, which the next opening
		// removes.
		let path = self.ticket_path(root);
		disk::remove(&path).map_err(io_error("remove", &path))?;
		let Some(entry) = state.uploads.remove(root) else {
			return Ok(false);
		};
		let mut result = Ok(true);
		for (cid, block) in &entry.blocks {
			if block.staged && state.release(cid.digest()) {
				// A block that stays behind is not worth the whole: go on, and tell.
				if let Err(error) = self.store.delete(cid) {
					result = Err(error.into());
				}
			}
		}
		result
	}

	/// A block of this digest is lost: every upload misses it again.
	fn lose(&self, state: &mut State, digest: &Digest) {
		let State { uploads, needed } = state;
		for entry in uploads.values_mut() {
			for codec in [crate::Codec::Raw, crate::Codec::DagPb] {
				if entry.unstage(&Cid::new(codec, *digest)) {
					match needed.get_mut(digest) {
						Some(count) if *count > 1 => *count -= 1,
						_ => {
							needed.remove(digest);
						}
					}
				}
			}
		}
	}

	/// Marks a block that was just written as staged, with whatever hangs below it and is there.
	fn absorb_put(
		&self,
		state: &mut State,
		entry: &mut Entry,
		cid: &Cid,
		data: &[u8],
	) -> Result<(), Error> {
		if entry.blocks.get(cid).is_some_and(|block| block.staged) {
			return Ok(());
		}
		// Again, for the upload may have been replaced since.
		let node = entry.check(cid, data)?;
		entry.stage(cid, node.as_ref());
		state.hold(cid.digest());
		let children = node
			.into_iter()
			.flat_map(|node| node.links)
			.map(|link| link.cid);
		self.absorb(state, entry, children.collect())
	}

	/// Takes up those of these blocks, and of the blocks below them, that are on disk already.
	///
	/// A block that is there but does not fit is left missing: the right one cannot come either,
	/// as its CID is the same, so the upload stays incomplete and expires.
	fn absorb(
		&self,
		state: &mut State,
		entry: &mut Entry,
		mut candidates: Vec<Cid>,
	) -> Result<(), Error> {
		while let Some(cid) = candidates.pop() {
			let Some(expected) = entry.blocks.get(&cid) else {
				continue;
			};
			if expected.staged {
				continue;
			}
			let Some(size) = self.store.size(&cid)? else {
				continue;
			};
			let node = if cid.is_raw() {
				if size != expected.size {
					continue;
				}
				None
			} else {
				let data = match self.store.get(&cid) {
					Ok(Some(data)) => data,
					Ok(None) => continue,
					Err(store::Error::Corrupt(digest)) => {
						self.lose(state, &digest);
						continue;
					}
					Err(error) => return Err(error.into()),
				};
				match entry.check(&cid, &data) {
					Ok(node) => node,
					Err(error) => {
						log::warn!(
							"staged block {cid} does not fit {}: {error}",
							entry.upload.root
						);
						continue;
					}
				}
			};
			entry.stage(&cid, node.as_ref());
			state.hold(cid.digest());
			candidates.extend(
				node.into_iter()
					.flat_map(|node| node.links)
					.map(|link| link.cid),
			);
		}
		Ok(())
	}

	/// Reads the tickets, and what is there of each upload.
	fn restore(&self) -> Result<(), Error> {
		let mut state = self.state.lock();
		for file in fs::read_dir(&self.tickets).map_err(io_error("list", &self.tickets))? {
			let path = file.map_err(io_error("list", &self.tickets))?.path();
			if path.extension().is_none_or(|extension| extension != "json") {
				continue;
			}
			let bytes = fs::read(&path).map_err(io_error("read", &path))?;
			match serde_json::from_slice::<Upload>(&bytes) {
				Ok(upload)
					if path.file_stem().and_then(|stem| stem.to_str())
						== Some(&upload.root.to_string()) =>
				{
					let root = upload.root;
					let mut entry = Entry::new(upload);
					self.absorb(&mut state, &mut entry, vec![root])?;
					state.uploads.insert(root, entry);
				}
				_ => {
					let aside = path.with_extension("bad");
					log::error!("{} is no ticket: set aside", path.display());
					fs::rename(&path, &aside).map_err(io_error("set aside", &path))?;
				}
			}
		}
		let needed: HashSet<Digest> = state.needed.keys().copied().collect();
		for digest in self.store.digests()? {
			if !needed.contains(&digest) {
				self.store.delete_by_digest(&digest)?;
			}
		}
		Ok(())
	}

	fn ticket_path(&self, root: &Cid) -> PathBuf {
		self.tickets.join(format!("{root}.json"))
	}
}

/// Checks that a file of this size can have this root at all.
fn check_root(upload: &Upload) -> Result<(), Error> {
	let leaf = unixfs::height(upload.size) == 0;
	if leaf == upload.root.is_raw() {
		Ok(())
	} else {
		Err(Error::Node {
			cid: upload.root,
			source: NodeError::Layout,
		})
	}
}

fn io_error<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> Error + 'a {
	move |source| {
		if disk::is_full(&source) {
			Error::Store(store::Error::DiskFull(source))
		} else {
			Error::Io {
				action,
				path: path.to_owned(),
				source,
			}
		}
	}
}

#[cfg(test)]
mod tests;
