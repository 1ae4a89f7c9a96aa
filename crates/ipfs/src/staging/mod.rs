//! Uploads on their way: blocks that a client handed in, until they are pushed to IPFS.
//!
//! An upload is opened by a ticket (who, which root, how many bytes, until when; the node checks
//! the signature) and then fills from the root downwards: [`Staging::missing`] says what to send
//! next, and a block is taken only if it is the root or linked from a node that was taken before.
//! As a file of a known size has exactly one shape, the ticket bounds what an upload can cost, and
//! a refused block changes nothing.
//!
//! An upload is charged with the blocks that arrived, to its owner and to their organisation: a
//! ticket alone takes no room from anybody. The last part of each limit is for those that have
//! little, so that nobody locks the others out; and an unfinished upload that gets no more blocks
//! makes room when its owner's, its organisation's or the largest organisation's is needed. Blocks
//! that uploads share lie on disk once, and stay while one needs them.
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
	time::{Duration, Instant},
};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::{
	content::{
		unixfs::{self, FileNode, NodeError},
		Cid, CidError, Codec, Digest, MAX_BLOCK, MAX_LEAF,
	},
	disk,
	store::{self, BlockStore},
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
	/// The owner's organisation. Without one the upload is the node's own.
	pub organisation: Option<u32>,
	/// When the upload may be collected, in milliseconds since 1970.
	pub expires_ms: u64,
	/// When it was opened, in milliseconds since 1970.
	pub created_ms: u64,
}

/// What may be staged. Bytes are those of blocks that arrived; calls that run side by side may go
/// beyond by a block each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
	/// Bytes of the uploads of all organisations.
	pub total_bytes: u64,
	/// Bytes of the uploads of one organisation.
	pub organisation_bytes: u64,
	/// Bytes of the uploads of one owner.
	pub owner_bytes: u64,
	/// Bytes of the file of one upload.
	pub upload_bytes: u64,
	/// Bytes of what the node itself fetches, besides [`Limits::total_bytes`].
	pub own_bytes: u64,
	/// Uploads of all organisations; and as many of the node's own.
	pub uploads: usize,
	/// Uploads of one organisation.
	pub organisation_uploads: usize,
	/// Uploads of one owner.
	pub owner_uploads: usize,
	/// How long an unfinished upload that gets no block keeps its room when others need it.
	pub stalled: Duration,
}

impl Default for Limits {
	fn default() -> Self {
		const GIB: u64 = 1 << 30;
		Self {
			total_bytes: 64 * GIB,
			organisation_bytes: 32 * GIB,
			owner_bytes: 16 * GIB,
			upload_bytes: 10 * GIB,
			own_bytes: 32 * GIB,
			uploads: 10_000,
			organisation_uploads: 5_000,
			owner_uploads: 2_500,
			stalled: Duration::from_secs(60 * 60),
		}
	}
}

/// One part in so many of what an organisation (or all of them) may stage is kept for owners (or
/// organisations) that have [little](LITTLE).
const KEPT: u64 = 8;

/// An owner (or an organisation) has little up to one part in so many of the limit.
const LITTLE: u64 = 64;

/// Which limit is in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quota {
	/// [`Limits::total_bytes`]
	Total,
	/// [`Limits::organisation_bytes`]
	Organisation,
	/// [`Limits::owner_bytes`]
	Owner,
	/// [`Limits::upload_bytes`]
	Upload,
	/// [`Limits::own_bytes`]
	Own,
	/// [`Limits::uploads`]
	Uploads,
	/// [`Limits::organisation_uploads`]
	OrganisationUploads,
	/// [`Limits::owner_uploads`]
	OwnerUploads,
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
	/// Its length, once it is staged.
	length: u64,
}

#[derive(Debug)]
struct Entry {
	upload: Upload,
	blocks: HashMap<Cid, Expected>,
	/// By number.
	missing: BTreeMap<u64, Cid>,
	next: u64,
	/// Bytes of the staged blocks.
	arrived: u64,
	/// When the last block came, as far as this process saw it.
	touched: Instant,
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
			arrived: 0,
			touched: Instant::now(),
		};
		entry.expect(root, size, None, unixfs::height(size));
		entry
	}

	fn expect(&mut self, cid: Cid, size: u64, tsize: Option<u64>, height: u32) {
		let number = self.next;
		self.next += 1;
		self.blocks.insert(cid, Expected { size, tsize, height, number, staged: false, length: 0 });
		self.missing.insert(number, cid);
	}

	/// Whether no block is staged. What proves nothing may be replaced, or opened again at no loss.
	fn is_empty(&self) -> bool {
		self.missing.len() == self.blocks.len()
	}

	/// Whether it is unfinished, and no block came for so long.
	fn is_stalled(&self, limits: &Limits) -> bool {
		!self.missing.is_empty() && self.touched.elapsed() >= limits.stalled
	}

	/// Marks a block of this length as staged, and takes up its children.
	fn stage(&mut self, cid: &Cid, length: u64, node: Option<&FileNode>) {
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

	/// The block is gone from the disk: it is missing again.
	fn unstage(&mut self, cid: &Cid) -> bool {
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

	/// Checks a block against what is expected of it, without changing anything.
	fn check(&self, cid: &Cid, data: &[u8]) -> Result<Option<FileNode>, Error> {
		let expected =
			self.blocks.get(cid).ok_or(Error::NotLinked { root: self.upload.root, cid: *cid })?;
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
	if !node.links.iter().all(|link| consistent(link, expected.height - 1)) {
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

	/// Bytes that arrived for these uploads.
	fn used(&self, matches: impl Fn(&Entry) -> bool) -> u64 {
		self.uploads.values().filter(|entry| matches(entry)).map(|entry| entry.arrived).sum()
	}

	/// Checks that so many more bytes of an upload fit in beside those uploads that count.
	fn check_bytes(
		&self,
		upload: &Upload,
		limits: &Limits,
		wanted: u64,
		counts: impl Fn(&Entry) -> bool,
	) -> Result<(), Error> {
		let Upload { owner, organisation, .. } = upload;
		let (mut of_owner, mut here, mut of_organisation, mut in_all) =
			(0_u64, 0_u64, 0_u64, 0_u64);
		let others = self.uploads.values().filter(|entry| counts(entry));
		for Entry { upload, arrived, .. } in others {
			// The node's own and the members' know nothing of each other.
			if upload.organisation.is_some() != organisation.is_some() {
				continue;
			}
			in_all += arrived;
			if upload.organisation == *organisation {
				of_organisation += arrived;
			}
			if upload.owner == *owner {
				of_owner += arrived;
				if upload.organisation == *organisation {
					here += arrived;
				}
			}
		}
		if organisation.is_none() {
			return within(Quota::Own, limits.own_bytes, in_all, wanted);
		}
		within(Quota::Owner, limits.owner_bytes, of_owner, wanted)?;
		let limit = limits.organisation_bytes;
		fair(Quota::Organisation, limit, of_organisation, here, wanted)?;
		let limit = limits.total_bytes;
		fair(Quota::Total, limit, in_all, of_organisation, wanted)
	}

	/// Checks that an upload fits in by its number, beside all others but itself.
	fn check_number(&self, upload: &Upload, limits: &Limits) -> Result<(), Error> {
		let others = || {
			self.uploads.values().map(|entry| &entry.upload).filter(|that| {
				that.root != upload.root
					&& that.organisation.is_some() == upload.organisation.is_some()
			})
		};
		let count = |matches: &dyn Fn(&Upload) -> bool| {
			others().filter(|that| matches(that)).count() as u64
		};
		let in_all = count(&|_| true);
		if upload.organisation.is_none() {
			return within(Quota::Uploads, limits.uploads as u64, in_all, 1);
		}
		let of_owner = count(&|that| that.owner == upload.owner);
		within(Quota::OwnerUploads, limits.owner_uploads as u64, of_owner, 1)?;
		let of_organisation = count(&|that| that.organisation == upload.organisation);
		let here =
			count(&|that| that.organisation == upload.organisation && that.owner == upload.owner);
		fair(
			Quota::OrganisationUploads,
			limits.organisation_uploads as u64,
			of_organisation,
			here,
			1,
		)?;
		fair(Quota::Uploads, limits.uploads as u64, in_all, of_organisation, 1)
	}

	/// The upload that makes room for another one for which this limit is in the way: of those that
	/// can be spared, the one that was longest without a block.
	fn spare(&self, quota: Quota, upload: &Upload, spared: impl Fn(&Entry) -> bool) -> Option<Cid> {
		let largest = || {
			let mut sizes: HashMap<Option<u32>, (u64, u64)> = HashMap::new();
			for entry in self.uploads.values() {
				let size = sizes.entry(entry.upload.organisation).or_default();
				size.0 += entry.arrived;
				size.1 += 1;
			}
			sizes
				.into_iter()
				.filter(|(organisation, _)| organisation.is_some())
				.max_by_key(|(organisation, (bytes, count))| {
					let size = if quota == Quota::Total { bytes } else { count };
					(*size, *organisation)
				})
				.and_then(|(organisation, _)| organisation)
		};
		let organisation = match quota {
			Quota::Upload => return None,
			Quota::Total | Quota::Uploads if upload.organisation.is_some() => largest(),
			_ => upload.organisation,
		};
		let owner = matches!(quota, Quota::Owner | Quota::OwnerUploads);
		self.uploads
			.values()
			.filter(|entry| {
				let that = &entry.upload;
				let near = if owner {
					that.owner == upload.owner && that.organisation.is_some()
				} else {
					that.organisation == organisation
				};
				near && that.root != upload.root && spared(entry)
			})
			.min_by_key(|entry| (entry.touched, entry.upload.root))
			.map(|entry| entry.upload.root)
	}
}

/// Whether so much more is within a limit that several share, of which this one has `mine`.
fn fair(quota: Quota, limit: u64, used: u64, mine: u64, wanted: u64) -> Result<(), Error> {
	let little = mine.saturating_add(wanted) <= limit / LITTLE;
	let limit = if little { limit } else { limit - limit / KEPT };
	within(quota, limit, used, wanted)
}

/// Whether so much more is within a limit.
fn within(quota: Quota, limit: u64, used: u64, wanted: u64) -> Result<(), Error> {
	if used.checked_add(wanted).is_some_and(|sum| sum <= limit) {
		Ok(())
	} else {
		Err(Error::QuotaExceeded { quota, limit, used, wanted })
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
		let staging = Self { tickets, temps, limits, store, state: Mutex::default() };
		staging.restore()?;
		Ok(staging)
	}

	/// Opens an upload, or goes on with one.
	///
	/// An upload of which no block is staged yet is replaced by one of another size or owner:
	/// nothing proves the first one's claim, and it shall not be in the way of the right one.
	///
	/// It takes no room before its blocks arrive, but is refused if all of them would not fit in as
	/// things are.
	pub fn begin_or_resume(&self, upload: Upload) -> Result<Begun, Error> {
		self.begin(upload, self.limits.upload_bytes)
	}

	/// [`Staging::begin_or_resume`] for what the node itself fetches, with no organisation: only
	/// [`Limits::own_bytes`] and the number are in the way.
	pub fn begin_own(&self, upload: Upload) -> Result<Begun, Error> {
		self.begin(upload, u64::MAX)
	}

	fn begin(&self, upload: Upload, most: u64) -> Result<Begun, Error> {
		let mut state = self.state.lock();
		let root = upload.root;
		let same = |known: &Entry| {
			let that = &known.upload;
			that.size == upload.size
				&& (!known.is_empty()
					|| (that.owner == upload.owner && that.organisation == upload.organisation))
		};
		let (upload, begun) = match state.uploads.get(&root) {
			Some(entry) if same(entry) => {
				let expires_ms = entry.upload.expires_ms.max(upload.expires_ms);
				if expires_ms == entry.upload.expires_ms {
					return Ok(Begun::Resumed);
				}
				(Upload { expires_ms, ..entry.upload.clone() }, Begun::Resumed)
			}
			Some(entry) if !entry.is_empty() => {
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
			within(Quota::Upload, most, 0, upload.size)?;
			// Those that would make room do not count, but are not removed for a mere promise.
			state.check_bytes(&upload, &self.limits, upload.size, |entry| {
				!entry.is_stalled(&self.limits)
			})?;
			// A ticket without a block can be opened again, so it may go.
			self.make_room(&mut state, &upload, Entry::is_empty, |state| {
				state.check_number(&upload, &self.limits)
			})?;
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
		Ok(state.entry(root)?.missing.values().take(limit).copied().collect())
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
			let upload = entry.upload.clone();
			let stalled = |entry: &Entry| entry.is_stalled(&self.limits) && !entry.is_empty();
			self.make_room(&mut state, &upload, stalled, |state| {
				state.check_bytes(&upload, &self.limits, data.len() as u64, |_| true)
			})?;
			state.hold(cid.digest());
		}
		let written = self.store.put(cid, data);

		let mut state = self.state.lock();
		let result = written.map_err(Error::from).and_then(|_| {
			let mut entry = state.uploads.remove(root).ok_or(Error::UnknownUpload(*root))?;
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
		Ok(Progress { staged: entry.blocks.len() - missing, missing })
	}

	/// The blocks of a complete upload: children before parents, the root last, none twice.
	pub fn refs(&self, root: &Cid) -> Result<Vec<Cid>, Error> {
		let state = self.state.lock();
		let entry = state.entry(root)?;
		if !entry.missing.is_empty() {
			return Err(Error::Incomplete { root: *root, missing: entry.missing.len() });
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
		self.state.lock().uploads.get(root).map(|entry| entry.upload.clone())
	}

	/// All uploads, the oldest first.
	pub fn list(&self) -> Vec<Upload> {
		let state = self.state.lock();
		let mut uploads: Vec<_> =
			state.uploads.values().map(|entry| entry.upload.clone()).collect();
		uploads.sort_unstable_by_key(|upload| (upload.created_ms, upload.root));
		uploads
	}

	/// Closes an upload and removes the blocks that no other one needs. `false` if there was none.
	pub fn remove(&self, root: &Cid) -> Result<bool, Error> {
		let mut state = self.state.lock();
		self.remove_locked(&mut state, root)
	}

	/// Closes an upload of the node's own that lacks blocks, and removes those that no other one needs. Gives the bytes
	/// that it was charged with. None if there is none, if it is complete, or if it is a member's.
	pub fn remove_partial_own(&self, root: &Cid) -> Result<Option<u64>, Error> {
		let mut state = self.state.lock();
		let partial = state
			.uploads
			.get(root)
			.filter(|entry| entry.upload.organisation.is_none() && !entry.missing.is_empty());
		let Some(bytes) = partial.map(|entry| entry.arrived) else {
			return Ok(None);
		};
		self.remove_locked(&mut state, root)?;
		Ok(Some(bytes))
	}

	/// Removes every upload that has expired and that `keep` does not want; gives their roots.
	pub fn collect(&self, now_ms: u64, keep: impl Fn(&Upload) -> bool) -> Result<Vec<Cid>, Error> {
		let expired: Vec<Upload> =
			self.list().into_iter().filter(|upload| upload.expires_ms <= now_ms).collect();
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

	/// Bytes that arrived for the uploads of all organisations.
	pub fn used(&self) -> u64 {
		self.state.lock().used(|entry| entry.upload.organisation.is_some())
	}

	/// Bytes that arrived for what the node itself fetches.
	pub fn used_by_node(&self) -> u64 {
		self.state.lock().used(|entry| entry.upload.organisation.is_none())
	}

	/// Bytes that arrived for the uploads of an organisation.
	pub fn used_by(&self, organisation: u32) -> u64 {
		self.state.lock().used(|entry| entry.upload.organisation == Some(organisation))
	}

	/// Bytes that arrived for the uploads of an owner, under whichever organisation.
	pub fn used_by_owner(&self, owner: &[u8; 32]) -> u64 {
		self.state.lock().used(|entry| entry.upload.owner == *owner)
	}

	/// Bytes of the staged blocks on disk.
	pub fn stored_bytes(&self) -> u64 {
		self.store.total_size()
	}

	/// What may be staged.
	pub fn limits(&self) -> &Limits {
		&self.limits
	}

	/// Removes uploads that can be spared until the check passes, or none is left that would help.
	fn make_room(
		&self,
		state: &mut State,
		upload: &Upload,
		spared: impl Fn(&Entry) -> bool,
		check: impl Fn(&State) -> Result<(), Error>,
	) -> Result<(), Error> {
		loop {
			let Err(error) = check(state) else {
				return Ok(());
			};
			let spare = match &error {
				Error::QuotaExceeded { quota, .. } => state.spare(*quota, upload, &spared),
				_ => None,
			};
			let Some(spare) = spare else {
				return Err(error);
			};
			log::info!("upload {spare} makes room for {}", upload.root);
			self.remove_locked(state, &spare)?;
		}
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
			for codec in [Codec::Raw, Codec::DagPb] {
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
		entry.stage(cid, data.len() as u64, node.as_ref());
		state.hold(cid.digest());
		let children = node.into_iter().flat_map(|node| node.links).map(|link| link.cid);
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
			entry.stage(&cid, size, node.as_ref());
			state.hold(cid.digest());
			candidates.extend(node.into_iter().flat_map(|node| node.links).map(|link| link.cid));
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
		Err(Error::Node { cid: upload.root, source: NodeError::Layout })
	}
}

fn io_error<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> Error + 'a {
	move |source| {
		if disk::is_full(&source) {
			Error::Store(store::Error::DiskFull(source))
		} else {
			Error::Io { action, path: path.to_owned(), source }
		}
	}
}

#[cfg(test)]
mod tests;
