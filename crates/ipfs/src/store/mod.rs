//! A block store on disk.
//!
//! One file a block, named by its digest, in 256 folders. A block is written beside, flushed,
//! and renamed into place, so after a crash it is there whole or not at all; it is checked
//! against its CID when it comes in and when it goes out. A block whose bytes rotted is moved
//! aside, so that it counts as missing and can be fetched again.
//!
//! The codec of a CID says how to read a block, not which block it is: look-ups go by digest, and
//! whether a block is there costs one `stat`.
//!
//! All calls block: call them from blocking threads. All take `&self`.
//!
//! ```text
//! DIR/lock                   held while open
//! DIR/blocks/AB/ABCD…        the blocks
//! DIR/pins/bafy…             one small file a pinned root
//! DIR/lists/bafy…            which blocks are below a root that is pinned, or was and is not removed yet
//! DIR/quarantine/ABCD…       blocks that rotted
//! DIR/temp/                  files under way, emptied when opened
//! ```

use std::{
	collections::{BTreeSet, HashSet},
	fs::{self, File},
	io,
	path::{Path, PathBuf},
	sync::atomic::{AtomicU64, Ordering},
	time::{Duration, SystemTime},
};

use parking_lot::{Mutex, RwLock};
use sha2::{Digest as _, Sha256};

use crate::{
	content::{
		unixfs::{self, NodeError},
		Cid, CidError, Digest, MAX_BLOCK,
	},
	disk::{self, Temp},
};

/// Bytes of a CID in a list.
const CID_LENGTH: usize = 36;

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// Another process has the store.
	#[error("the block store {0} is in use by another process: stop it, or choose another folder")]
	Locked(PathBuf),
	/// The device is full. Nothing was kept of what was being written.
	#[error("the disk with the block store is full: make room, then try again")]
	DiskFull(#[source] io::Error),
	/// Another failure of the disk.
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
	/// The bytes that came in are not those of the CID.
	#[error(transparent)]
	Cid(#[from] CidError),
	/// Larger than any block may be.
	#[error("the block has {0} bytes, more than {MAX_BLOCK}: cut the file into smaller blocks")]
	TooLarge(usize),
	/// The bytes on disk are not those that were stored. The block is in quarantine now.
	#[error("the stored block {} rotted on disk: it was set aside, fetch it again", hex::encode(.0))]
	Corrupt(Digest),
	/// A block that was needed is not there.
	#[error("block {missing}, reachable from {root}, is not in the store: fetch it first")]
	Incomplete {
		/// Where the walk began.
		root: Cid,
		/// The first block that it did not find.
		missing: Cid,
	},
	/// A block below a root is no node of a file.
	#[error("block {cid} is no node of a file by the profile unixfs-v1-2025")]
	Node {
		/// The block.
		cid: Cid,
		/// What is wrong.
		#[source]
		source: NodeError,
	},
}

/// How sure a block is when [`BlockStore::put`] returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
	/// It survives a power cut.
	#[default]
	Each,
	/// It survives a crash of the process. It survives a power cut after [`BlockStore::flush`];
	/// before, a block may be lost or torn, and a torn one is noticed when it is read.
	OnFlush,
}

/// What [`BlockStore::put`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
	/// The block is new.
	New,
	/// It was there, and whole.
	Present,
}

/// What [`BlockStore::delete_unpinned`] did with a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
	/// It was removed.
	Removed,
	/// It was not there.
	Absent,
	/// It stays, for it is a pinned root.
	Pinned,
	/// It stays, for a pinned root reaches it.
	PinnedIndirectly,
}

/// What [`BlockStore::remove`] did with what was below a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removal {
	/// Blocks that went.
	pub removed: u64,
	/// Blocks that stay, because a pin of another root needs them. Remove the root again when it may not any more.
	pub kept: u64,
	/// Blocks that stay, because the caller wants them. Remove the root again when it does not any more.
	pub wanted: u64,
	/// Whether all blocks below the root were known. Otherwise some may be left, which only [`BlockStore::gc`] finds.
	pub complete: bool,
}

/// What [`BlockStore::gc`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
	/// Blocks removed.
	pub blocks: u64,
	/// Bytes that they had.
	pub bytes: u64,
}

/// A verified block store in a folder of its own. See the module's documentation.
#[derive(Debug)]
pub struct BlockStore {
	folder: PathBuf,
	durability: Durability,
	bytes: AtomicU64,
	blocks: AtomicU64,
	pins: RwLock<BTreeSet<Cid>>,
	/// Guards each folder of blocks while files in it come or go.
	shards: Vec<Mutex<()>>,
	/// Blocks that [`BlockStore::flush`] has to flush.
	unflushed: Mutex<BTreeSet<Digest>>,
	/// Held for reading while a root is pinned, for writing while garbage is collected.
	collecting: RwLock<()>,
	_lock: File,
}

impl BlockStore {
	/// Opens the store in this folder, and makes it if there is none. Each put is durable.
	pub fn open(folder: impl Into<PathBuf>) -> Result<Self, Error> {
		Self::open_with(folder, Durability::Each)
	}

	/// Opens the store in this folder, and makes it if there is none.
	///
	/// Removes what a crash left half written, and counts the blocks: one `stat` a block.
	pub fn open_with(folder: impl Into<PathBuf>, durability: Durability) -> Result<Self, Error> {
		let folder = folder.into();
		let lock = disk::lock(&folder)
			.map_err(io_error("lock", &folder))?
			.ok_or_else(|| Error::Locked(folder.clone()))?;
		let temps = folder.join("temp");
		let left = disk::clean_temps(&temps).map_err(io_error("clean", &temps))?;
		if left > 0 {
			log::info!("removed {left} half-written files of the block store");
		}
		for shard in 0..=u8::MAX {
			let path = folder.join("blocks").join(hex::encode([shard]));
			fs::create_dir_all(&path).map_err(io_error("make", &path))?;
		}
		for name in ["pins", "lists", "quarantine"] {
			let path = folder.join(name);
			fs::create_dir_all(&path).map_err(io_error("make", &path))?;
		}
		for path in [folder.join("blocks"), folder.clone()] {
			disk::sync_folder(&path).map_err(io_error("flush", &path))?;
		}
		let pins = read_pins(&folder.join("pins"))?;
		let store = Self {
			folder,
			durability,
			bytes: AtomicU64::new(0),
			blocks: AtomicU64::new(0),
			pins: RwLock::new(pins),
			shards: (0..=u8::MAX).map(|_| Mutex::new(())).collect(),
			unflushed: Mutex::default(),
			collecting: RwLock::new(()),
			_lock: lock,
		};
		store.each(|_, metadata| {
			store.blocks.fetch_add(1, Ordering::Relaxed);
			store.bytes.fetch_add(metadata.len(), Ordering::Relaxed);
			Ok(())
		})?;
		Ok(store)
	}

	/// Keeps a block, if its bytes are those of the CID.
	///
	/// Putting a block again is cheap and changes nothing, but heals it if it rotted.
	pub fn put(&self, cid: &Cid, data: &[u8]) -> Result<Put, Error> {
		if data.len() > MAX_BLOCK {
			return Err(Error::TooLarge(data.len()));
		}
		cid.verify(data)?;
		let digest = cid.digest();
		let path = self.path(digest);
		if self.is_whole(digest, data.len())? {
			let _shard = self.shard(digest);
			// It counts as fresh again, or a collection that spares fresh blocks might take it. If
			// it went meanwhile, it is written after all.
			if self.has_digest(digest)? {
				touch(&path);
				return Ok(Put::Present);
			}
		}
		let each = self.durability == Durability::Each;
		let temp = Temp::write(&self.folder.join("temp"), data, each)
			.map_err(io_error("write a block below", &self.folder))?;
		let _shard = self.shard(digest);
		if self.has_digest(digest)? {
			// Another thread was faster.
			return Ok(Put::Present);
		}
		temp.place(&path).map_err(io_error("place", &path))?;
		self.blocks.fetch_add(1, Ordering::Relaxed);
		self.bytes.fetch_add(data.len() as u64, Ordering::Relaxed);
		if each {
			let parent = path.parent().expect("a block lies in a shard's folder; qed");
			disk::sync_folder(parent).map_err(io_error("flush", parent))?;
		} else {
			self.unflushed.lock().insert(*digest);
		}
		Ok(Put::New)
	}

	/// Flushes every block that was put with [`Durability::OnFlush`] to the device.
	pub fn flush(&self) -> Result<(), Error> {
		let digests = std::mem::take(&mut *self.unflushed.lock());
		let result = self.flush_all(&digests);
		if result.is_err() {
			self.unflushed.lock().extend(digests);
		}
		result
	}

	fn flush_all(&self, digests: &BTreeSet<Digest>) -> Result<(), Error> {
		let mut folders = BTreeSet::new();
		for digest in digests {
			let path = self.path(digest);
			match File::open(&path).and_then(|file| file.sync_all()) {
				Ok(()) => {}
				// Removed meanwhile.
				Err(error) if error.kind() == io::ErrorKind::NotFound => {}
				Err(error) => return Err(io_error("flush", &path)(error)),
			}
			folders.extend(path.parent().map(Path::to_owned));
		}
		for folder in folders {
			disk::sync_folder(&folder).map_err(io_error("flush", &folder))?;
		}
		Ok(())
	}

	/// The block's bytes, checked. `None` if it is not there.
	pub fn get(&self, cid: &Cid) -> Result<Option<Vec<u8>>, Error> {
		self.get_by_digest(cid.digest())
	}

	/// The bytes with this sha2-256 digest, checked. `None` if they are not there.
	pub fn get_by_digest(&self, digest: &Digest) -> Result<Option<Vec<u8>>, Error> {
		let Some(data) = self.read(digest)? else {
			return Ok(None);
		};
		if Digest::from(Sha256::digest(&data)) == *digest {
			return Ok(Some(data));
		}
		// A writer that heals the block may have been faster: look again with the folder held.
		let _shard = self.shard(digest);
		match self.read(digest)? {
			Some(data) if Digest::from(Sha256::digest(&data)) == *digest => Ok(Some(data)),
			Some(data) => {
				self.quarantine(digest, data.len() as u64)?;
				Err(Error::Corrupt(*digest))
			}
			None => Err(Error::Corrupt(*digest)),
		}
	}

	/// Whether the block is there. One `stat`; the bytes are not checked.
	pub fn has(&self, cid: &Cid) -> Result<bool, Error> {
		self.has_digest(cid.digest())
	}

	/// Whether bytes with this digest are there. One `stat`; they are not checked.
	pub fn has_digest(&self, digest: &Digest) -> Result<bool, Error> {
		Ok(self.size_by_digest(digest)?.is_some())
	}

	/// The block's length in bytes. One `stat`.
	pub fn size(&self, cid: &Cid) -> Result<Option<u64>, Error> {
		self.size_by_digest(cid.digest())
	}

	/// The length of the bytes with this digest. One `stat`.
	pub fn size_by_digest(&self, digest: &Digest) -> Result<Option<u64>, Error> {
		let path = self.path(digest);
		match fs::metadata(&path) {
			Ok(metadata) => Ok(Some(metadata.len())),
			Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
			Err(error) => Err(io_error("look up", &path)(error)),
		}
	}

	/// Removes a block, pinned or not. `false` if it was not there.
	pub fn delete(&self, cid: &Cid) -> Result<bool, Error> {
		self.delete_by_digest(cid.digest())
	}

	/// Removes the bytes with this digest, pinned or not. `false` if they were not there.
	pub fn delete_by_digest(&self, digest: &Digest) -> Result<bool, Error> {
		let _shard = self.shard(digest);
		self.delete_held(digest)
	}

	/// Removes a block whose shard is held.
	fn delete_held(&self, digest: &Digest) -> Result<bool, Error> {
		let Some(size) = self.size_by_digest(digest)? else {
			return Ok(false);
		};
		let path = self.path(digest);
		// A removal that a power cut undoes does no harm, so the folder is not flushed.
		fs::remove_file(&path).map_err(io_error("remove", &path))?;
		self.forget(digest, size);
		Ok(true)
	}

	/// Unpins these roots and removes what is below them, as far as neither another pin nor the caller needs it. Gives what it
	/// did, root by root.
	///
	/// A root goes after what is below it. It may be called again for the same root, after a crash too: what was below it stays
	/// known as long as another pin or the caller keeps any of it. A root of another pin that is incomplete is no obstacle.
	pub fn remove(
		&self,
		roots: &[Cid],
		wanted: impl Fn(&Digest) -> bool,
	) -> Result<Vec<Result<Removal, Error>>, Error> {
		let _no_pins = self.collecting.write();
		for root in roots {
			let path = self.pin_path(root);
			disk::remove(&path).map_err(io_error("remove", &path))?;
			self.pins.write().remove(root);
		}
		let kept = self.kept()?;
		Ok(roots.iter().map(|root| self.remove_below(root, &kept, &wanted)).collect())
	}

	fn remove_below(
		&self,
		root: &Cid,
		kept: &HashSet<Digest>,
		wanted: &impl Fn(&Digest) -> bool,
	) -> Result<Removal, Error> {
		let (blocks, complete) = self.known(root)?;
		let stays = blocks.iter().any(|cid| kept.contains(cid.digest()));
		if stays && complete && self.list(root)?.is_none() {
			// The root goes, and what it links to has to be found again.
			self.write_list(root, &blocks)?;
		}
		let mut removal = Removal { removed: 0, kept: 0, wanted: 0, complete };
		for cid in blocks {
			let digest = cid.digest();
			if kept.contains(digest) {
				removal.kept += 1;
			} else if wanted(digest) || (cid == *root && removal.wanted > 0) {
				removal.wanted += 1;
			} else if complete || cid != *root || removal.kept == 0 {
				removal.removed += u64::from(self.delete(&cid)?);
				let aside = self.folder.join("quarantine").join(hex::encode(digest));
				disk::remove(&aside).map_err(io_error("remove", &aside))?;
			}
		}
		if removal.wanted == 0 && removal.kept == 0 {
			let path = self.list_path(root);
			disk::remove(&path).map_err(io_error("remove", &path))?;
		}
		Ok(removal)
	}

	/// Roots that were unpinned and not removed yet.
	pub fn unpinned(&self) -> Result<Vec<Cid>, Error> {
		let lists = read_pins(&self.folder.join("lists"))?;
		let pins = self.pins.read();
		Ok(lists.difference(&pins).copied().collect())
	}

	/// What the pins are known to keep. What hangs below a block that is gone stays unknown where an earlier release pinned.
	fn kept(&self) -> Result<HashSet<Digest>, Error> {
		let mut kept = HashSet::new();
		for root in self.pins() {
			kept.extend(self.known(&root)?.0.iter().map(|cid| *cid.digest()));
		}
		Ok(kept)
	}

	/// The blocks below a root, itself last, and whether these are all: from its list, or as far as they are there.
	fn known(&self, root: &Cid) -> Result<(Vec<Cid>, bool), Error> {
		if let Some(blocks) = self.list(root)? {
			return Ok((blocks, true));
		}
		let (mut seen, mut order, mut complete) = (HashSet::from([*root]), Vec::new(), true);
		let mut stack = vec![*root];
		while let Some(cid) = stack.pop() {
			order.push(cid);
			if cid.is_raw() {
				continue;
			}
			let data = match self.get(&cid) {
				Ok(Some(data)) => data,
				Ok(None) | Err(Error::Corrupt(_)) => {
					complete = false;
					continue;
				}
				Err(error) => return Err(error),
			};
			let links = unixfs::links(&cid, &data).unwrap_or_default();
			let children = links.into_iter().map(|link| link.cid);
			stack.extend(children.filter(|cid| seen.insert(*cid)));
		}
		order.reverse();
		Ok((order, complete))
	}

	/// The list of the blocks below a root, if one was written when it was pinned.
	fn list(&self, root: &Cid) -> Result<Option<Vec<Cid>>, Error> {
		if root.is_raw() {
			return Ok(Some(vec![*root]));
		}
		let path = self.list_path(root);
		let bytes = match fs::read(&path) {
			Ok(bytes) => bytes,
			Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
			Err(error) => return Err(io_error("read", &path)(error)),
		};
		let cids: Result<Vec<Cid>, _> = bytes.chunks(CID_LENGTH).map(Cid::from_bytes).collect();
		match cids {
			Ok(cids) if cids.last() == Some(root) => Ok(Some(cids)),
			_ => {
				log::error!("{} is no list of blocks and is passed over", path.display());
				Ok(None)
			}
		}
	}

	/// Writes down which blocks are below a root, itself last.
	fn write_list(&self, root: &Cid, blocks: &[Cid]) -> Result<(), Error> {
		let path = self.list_path(root);
		let bytes: Vec<u8> = blocks.iter().flat_map(|cid| cid.to_bytes()).collect();
		disk::write_atomic(&self.folder.join("temp"), &path, &bytes)
			.map_err(io_error("write", &path))
	}

	/// Removes those of these blocks that no pin keeps, and tells of each what became of it.
	pub fn delete_unpinned(&self, cids: &[Cid]) -> Result<Vec<Deletion>, Error> {
		let _no_pins = self.collecting.write();
		let kept = self.kept()?;
		cids.iter()
			.map(|cid| {
				Ok(if self.is_pinned(cid) {
					Deletion::Pinned
				} else if kept.contains(cid.digest()) {
					Deletion::PinnedIndirectly
				} else if self.delete(cid)? {
					Deletion::Removed
				} else {
					Deletion::Absent
				})
			})
			.collect()
	}

	/// Every digest in the store, in no order. Blocks that come or go meanwhile may be missed.
	pub fn digests(&self) -> Result<Vec<Digest>, Error> {
		let mut digests = Vec::with_capacity(self.len() as usize);
		self.each(|digest, _| {
			digests.push(digest);
			Ok(())
		})?;
		Ok(digests)
	}

	/// How many blocks there are.
	pub fn len(&self) -> u64 {
		self.blocks.load(Ordering::Relaxed)
	}

	/// Whether there is no block.
	pub fn is_empty(&self) -> bool {
		self.len() == 0
	}

	/// How many bytes all blocks have.
	pub fn total_size(&self) -> u64 {
		self.bytes.load(Ordering::Relaxed)
	}

	/// How many blocks lie in quarantine.
	pub fn quarantined(&self) -> Result<u64, Error> {
		let path = self.folder.join("quarantine");
		Ok(fs::read_dir(&path).map_err(io_error("list", &path))?.count() as u64)
	}

	/// Every block reachable from the root, itself included, children before parents, none twice.
	///
	/// [`Error::Incomplete`] names the first block that is not there. Leaves are not read.
	pub fn reachable(&self, root: &Cid) -> Result<Vec<Cid>, Error> {
		let mut seen = HashSet::from([*root]);
		let mut order = Vec::new();
		// A parent stays on the stack, marked, until its children are done.
		let mut stack = vec![(*root, false)];
		while let Some((cid, done)) = stack.pop() {
			if done {
				order.push(cid);
				continue;
			}
			let incomplete = Error::Incomplete { root: *root, missing: cid };
			if cid.is_raw() {
				if !self.has(&cid)? {
					return Err(incomplete);
				}
				order.push(cid);
				continue;
			}
			let data = self.get(&cid)?.ok_or(incomplete)?;
			let links = unixfs::links(&cid, &data).map_err(|source| Error::Node { cid, source })?;
			stack.push((cid, true));
			for link in links.into_iter().rev() {
				if seen.insert(link.cid) {
					stack.push((link.cid, false));
				}
			}
		}
		Ok(order)
	}

	/// Pins a root, and with it all that is reachable. Everything must be there.
	pub fn pin(&self, root: &Cid) -> Result<(), Error> {
		let _no_gc = self.collecting.read();
		if self.is_pinned(root) {
			return Ok(());
		}
		let blocks = self.reachable(root)?;
		if !root.is_raw() {
			self.write_list(root, &blocks)?;
		}
		if self.durability == Durability::OnFlush {
			self.flush()?;
		}
		let path = self.pin_path(root);
		disk::write_atomic(&self.folder.join("temp"), &path, root.to_string().as_bytes())
			.map_err(io_error("write", &path))?;
		self.pins.write().insert(*root);
		Ok(())
	}

	/// Unpins a root. Its blocks stay until [`BlockStore::remove`] or [`BlockStore::gc`]. `false` if it was not pinned.
	pub fn unpin(&self, root: &Cid) -> Result<bool, Error> {
		let _no_gc = self.collecting.read();
		let path = self.pin_path(root);
		disk::remove(&path).map_err(io_error("remove", &path))?;
		Ok(self.pins.write().remove(root))
	}

	/// Whether this root is pinned.
	pub fn is_pinned(&self, root: &Cid) -> bool {
		self.pins.read().contains(root)
	}

	/// The pinned roots.
	pub fn pins(&self) -> Vec<Cid> {
		self.pins.read().iter().copied().collect()
	}

	/// Removes every block that no pin reaches, that is older than `min_age`, and that `keep` does
	/// not want.
	///
	/// `min_age` spares blocks that were put but not pinned yet. If a block is missing or rotten below
	/// a pin that has no list, because an earlier release made it, what it links to is unknown: then
	/// nothing is removed, and the error names it.
	pub fn gc(
		&self,
		min_age: Duration,
		keep: impl Fn(&Digest) -> bool,
	) -> Result<Collected, Error> {
		let _gc = self.collecting.write();
		let mut marked = HashSet::new();
		for root in self.pins() {
			marked.extend(self.marked(&root)?.iter().map(|cid| *cid.digest()));
		}
		let now = SystemTime::now();
		let old = |metadata: &fs::Metadata| {
			let modified = metadata.modified().ok();
			let age = modified.and_then(|modified| now.duration_since(modified).ok());
			age.is_some_and(|age| age >= min_age)
		};
		let mut collected = Collected::default();
		self.each(|digest, metadata| {
			if !old(&metadata) || marked.contains(&digest) || keep(&digest) {
				return Ok(());
			}
			let _shard = self.shard(&digest);
			// Again, for it may have been put again since.
			let path = self.path(&digest);
			let still_old = fs::metadata(&path).is_ok_and(|metadata| old(&metadata));
			if still_old && self.delete_held(&digest)? {
				collected.blocks += 1;
				collected.bytes += metadata.len();
			}
			Ok(())
		})?;
		for root in self.unpinned()? {
			// What is left of it goes when it is old, or when no other pin keeps it any more.
			if !self.is_left(&root)? {
				let path = self.list_path(&root);
				disk::remove(&path).map_err(io_error("remove", &path))?;
			}
		}
		Ok(collected)
	}

	/// Whether any of the blocks that a root's list names is there.
	fn is_left(&self, root: &Cid) -> Result<bool, Error> {
		for cid in self.list(root)?.unwrap_or_default() {
			if self.has(&cid)? {
				return Ok(true);
			}
		}
		Ok(false)
	}

	/// What a pinned root keeps. A missing leaf is no obstacle: it has no children.
	fn marked(&self, root: &Cid) -> Result<HashSet<Cid>, Error> {
		if let Some(blocks) = self.list(root)? {
			return Ok(blocks.into_iter().collect());
		}
		let mut seen = HashSet::from([*root]);
		let mut stack = vec![*root];
		while let Some(cid) = stack.pop() {
			if cid.is_raw() {
				continue;
			}
			let data = self.get(&cid)?.ok_or(Error::Incomplete { root: *root, missing: cid })?;
			let links = unixfs::links(&cid, &data).map_err(|source| Error::Node { cid, source })?;
			stack.extend(links.into_iter().map(|link| link.cid).filter(|cid| seen.insert(*cid)));
		}
		Ok(seen)
	}

	/// Whether the block is there with its right bytes. One that is not is put into quarantine.
	fn is_whole(&self, digest: &Digest, length: usize) -> Result<bool, Error> {
		if self.size_by_digest(digest)? == Some(length as u64) {
			match self.get_by_digest(digest) {
				Ok(found) => return Ok(found.is_some()),
				Err(Error::Corrupt(_)) => return Ok(false),
				Err(error) => return Err(error),
			}
		}
		let _shard = self.shard(digest);
		match self.size_by_digest(digest)? {
			Some(size) if size != length as u64 => self.quarantine(digest, size)?,
			_ => {}
		}
		Ok(false)
	}

	fn read(&self, digest: &Digest) -> Result<Option<Vec<u8>>, Error> {
		let path = self.path(digest);
		match fs::read(&path) {
			Ok(data) => Ok(Some(data)),
			Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
			Err(error) => Err(io_error("read", &path)(error)),
		}
	}

	/// Moves a rotten block aside. The shard is held.
	fn quarantine(&self, digest: &Digest, size: u64) -> Result<(), Error> {
		let path = self.path(digest);
		let aside = self.folder.join("quarantine").join(hex::encode(digest));
		fs::rename(&path, &aside).map_err(io_error("set aside", &path))?;
		self.forget(digest, size);
		log::error!(
			"block {} rotted on disk and was moved to {}",
			hex::encode(digest),
			aside.display()
		);
		Ok(())
	}

	fn forget(&self, digest: &Digest, size: u64) {
		self.blocks.fetch_sub(1, Ordering::Relaxed);
		self.bytes.fetch_sub(size, Ordering::Relaxed);
		self.unflushed.lock().remove(digest);
	}

	fn shard(&self, digest: &Digest) -> parking_lot::MutexGuard<'_, ()> {
		self.shards[usize::from(digest[0])].lock()
	}

	fn path(&self, digest: &Digest) -> PathBuf {
		let name = hex::encode(digest);
		self.folder.join("blocks").join(&name[..2]).join(name)
	}

	fn pin_path(&self, root: &Cid) -> PathBuf {
		self.folder.join("pins").join(root.to_string())
	}

	fn list_path(&self, root: &Cid) -> PathBuf {
		self.folder.join("lists").join(root.to_string())
	}

	/// Calls back for every block file. Files with foreign names are passed over.
	fn each(
		&self,
		mut call: impl FnMut(Digest, fs::Metadata) -> Result<(), Error>,
	) -> Result<(), Error> {
		for shard in 0..=u8::MAX {
			let path = self.folder.join("blocks").join(hex::encode([shard]));
			for entry in fs::read_dir(&path).map_err(io_error("list", &path))? {
				let entry = entry.map_err(io_error("list", &path))?;
				let mut digest = Digest::default();
				let name = entry.file_name();
				let named = name.to_str().is_some_and(|name| {
					hex::decode_to_slice(name, &mut digest).is_ok() && digest[0] == shard
				});
				if !named {
					continue;
				}
				match entry.metadata() {
					Ok(metadata) => call(digest, metadata)?,
					Err(error) if error.kind() == io::ErrorKind::NotFound => {}
					Err(error) => return Err(io_error("look up", &entry.path())(error)),
				}
			}
		}
		Ok(())
	}
}

fn read_pins(folder: &Path) -> Result<BTreeSet<Cid>, Error> {
	let mut pins = BTreeSet::new();
	for entry in fs::read_dir(folder).map_err(io_error("list", folder))? {
		let entry = entry.map_err(io_error("list", folder))?;
		match entry.file_name().to_str().map(Cid::parse) {
			Some(Ok(cid)) => {
				pins.insert(cid);
			}
			_ => log::warn!("{} is no pin and is passed over", entry.path().display()),
		}
	}
	Ok(pins)
}

fn touch(path: &Path) {
	let touched = File::options()
		.append(true)
		.open(path)
		.and_then(|file| file.set_modified(SystemTime::now()));
	if let Err(error) = touched {
		log::debug!("cannot refresh the time of {}: {error}", path.display());
	}
}

fn io_error<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> Error + 'a {
	move |source| {
		if disk::is_full(&source) {
			Error::DiskFull(source)
		} else {
			Error::Io { action, path: path.to_owned(), source }
		}
	}
}

#[cfg(test)]
mod tests;
