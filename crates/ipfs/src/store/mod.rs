//! A block store on disk.
//!
//! Each block is one file, named by its digest, in one of 256 folders. It is written to a temporary
//! file, flushed and renamed into place, so after a crash it is there whole or not at all. Its
//! bytes are checked against its CID on the way in and on the way out. A block whose bytes have
//! rotted is moved to quarantine: it counts as missing and can be fetched again.
//!
//! The codec of a CID tells how to read a block, not which block it is. Look-ups therefore go by
//! digest; finding out whether a block is there costs one `stat`.
//!
//! # Neighbours
//!
//! Used by: `staging`, `server`, `fetch` and the node. All calls take `&self` and may run on many
//! threads, but they block, so call them from blocking threads. With [`Durability::Each`], a block
//! survives a power cut once [`BlockStore::put`] has returned. Uses: `content` and `disk`. The
//! store knows nothing of uploads, quotas or the network.
//!
//! ```text
//! DIR/lock                   held while open
//! DIR/blocks/AB/ABCD…        the blocks
//! DIR/pins/bafy…             one small file for each pinned root
//! DIR/lists/bafy…            the blocks below a root that is pinned, or unpinned but not removed
//! DIR/quarantine/ABCD…       blocks that rotted
//! DIR/temp/                  temporary files, removed when the store is opened
//! ```

mod error;
mod pins;
mod removal;

use std::{
	collections::BTreeSet,
	fs::{self, File},
	io,
	path::{Path, PathBuf},
	sync::atomic::{AtomicU64, Ordering},
	time::SystemTime,
};

use parking_lot::{Mutex, RwLock};
use sha2::{Digest as _, Sha256};

use self::{error::io_error, pins::read_pins};
pub use self::{
	error::Error,
	removal::{Collected, Deletion, Removal},
};
use crate::{
	content::{Cid, Digest, MAX_BLOCK},
	disk::{self, Temp},
};

/// Durability of a block when [`BlockStore::put`] returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
	/// The block survives a power cut.
	#[default]
	Each,
	/// The block survives a crash of the process, and a power cut after [`BlockStore::flush`].
	/// Before that, a power cut may lose or tear it; reading detects a torn block.
	OnFlush,
}

/// Outcome of [`BlockStore::put`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
	/// The block is new.
	New,
	/// The block was already there, with the right bytes.
	Present,
}

/// A verified block store in a separate folder. See the [module](self).
#[derive(Debug)]
pub struct BlockStore {
	folder: PathBuf,
	durability: Durability,
	bytes: AtomicU64,
	blocks: AtomicU64,
	pins: RwLock<BTreeSet<Cid>>,
	/// One lock for each folder of blocks, held while its files come or go.
	shards: Vec<Mutex<()>>,
	/// Blocks that [`BlockStore::flush`] has yet to flush.
	unflushed: Mutex<BTreeSet<Digest>>,
	/// Held while a pin comes or goes, so that its file and its entry in memory agree.
	pinning: Mutex<()>,
	/// Held for reading while a root is pinned or unpinned, and for writing while blocks are
	/// removed in bulk.
	collecting: RwLock<()>,
	_lock: File,
}

impl BlockStore {
	/// Opens or creates the store in this folder. Each put is durable.
	pub fn open(folder: impl Into<PathBuf>) -> Result<Self, Error> {
		Self::open_with(folder, Durability::Each)
	}

	/// Opens or creates the store in this folder.
	///
	/// Removes files that a crash left half written, and counts the blocks with one `stat` each.
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
			// A process that was killed may have left blocks here. Nobody knows whether they
			// survive a power cut. A later put would find them and report them as durable.
			disk::sync_folder(&path).map_err(io_error("flush", &path))?;
		}
		for name in ["pins", "lists", "quarantine"] {
			let path = folder.join(name);
			fs::create_dir_all(&path).map_err(io_error("make", &path))?;
		}
		let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
		let parent = parent.unwrap_or(Path::new("."));
		for path in [&folder.join("blocks"), &folder, parent] {
			disk::sync_folder(path).map_err(io_error("flush", path))?;
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
			pinning: Mutex::default(),
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

	/// Stores a block, if its CID names these bytes.
	///
	/// Putting a block again reads it, refreshes its age, and replaces it if it has rotted.
	pub fn put(&self, cid: &Cid, data: &[u8]) -> Result<Put, Error> {
		if data.len() > MAX_BLOCK {
			return Err(Error::TooLarge(data.len()));
		}
		cid.verify(data)?;
		let digest = cid.digest();
		let path = self.path(digest);
		if self.is_whole(digest, data.len())? {
			let _shard = self.shard(digest);
			// Refresh its age, or a collection that spares fresh blocks might take it. If it was
			// removed in the meantime, it is written after all.
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
			let parent = path.parent().expect("a block is in a shard's folder; qed");
			disk::sync_folder(parent).map_err(io_error("flush", parent))?;
		} else {
			self.unflushed.lock().insert(*digest);
		}
		Ok(Put::New)
	}

	/// Flushes every block put with [`Durability::OnFlush`] to the device.
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
				// Removed in the meantime.
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

	/// Returns the checked bytes of a block, or `None` if it is not there.
	pub fn get(&self, cid: &Cid) -> Result<Option<Vec<u8>>, Error> {
		self.get_by_digest(cid.digest())
	}

	/// Returns the checked bytes with this sha2-256 digest, or `None` if they are not there.
	///
	/// If the bytes have rotted, moves them to quarantine and fails with [`Error::Corrupt`].
	pub fn get_by_digest(&self, digest: &Digest) -> Result<Option<Vec<u8>>, Error> {
		let Some(data) = self.read(digest)? else {
			return Ok(None);
		};
		if Digest::from(Sha256::digest(&data)) == *digest {
			return Ok(Some(data));
		}
		// Another thread may have replaced the block: look again with its folder locked.
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

	/// Returns whether the block is there. Costs one `stat`; does not check the bytes.
	pub fn has(&self, cid: &Cid) -> Result<bool, Error> {
		self.has_digest(cid.digest())
	}

	/// Returns whether bytes with this digest are there. Costs one `stat`; does not check them.
	pub fn has_digest(&self, digest: &Digest) -> Result<bool, Error> {
		Ok(self.size_by_digest(digest)?.is_some())
	}

	/// Returns the length of the block, in bytes. Costs one `stat`.
	pub fn size(&self, cid: &Cid) -> Result<Option<u64>, Error> {
		self.size_by_digest(cid.digest())
	}

	/// Returns the number of bytes with this digest. Costs one `stat`.
	pub fn size_by_digest(&self, digest: &Digest) -> Result<Option<u64>, Error> {
		let path = self.path(digest);
		match fs::metadata(&path) {
			Ok(metadata) => Ok(Some(metadata.len())),
			Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
			Err(error) => Err(io_error("look up", &path)(error)),
		}
	}

	/// Removes a block, pinned or not. Returns `false` if it was not there.
	pub fn delete(&self, cid: &Cid) -> Result<bool, Error> {
		self.delete_by_digest(cid.digest())
	}

	/// Removes the bytes with this digest, pinned or not. Returns `false` if they were not there.
	pub fn delete_by_digest(&self, digest: &Digest) -> Result<bool, Error> {
		let _shard = self.shard(digest);
		self.delete_held(digest)
	}

	/// Removes a block. The caller holds the lock of its folder.
	fn delete_held(&self, digest: &Digest) -> Result<bool, Error> {
		let Some(size) = self.size_by_digest(digest)? else {
			return Ok(false);
		};
		let path = self.path(digest);
		// The folder is not flushed: a power cut that undoes a removal does no harm.
		fs::remove_file(&path).map_err(io_error("remove", &path))?;
		self.forget(digest, size);
		Ok(true)
	}

	/// Returns every digest in the store, in no particular order. May miss blocks that come or go
	/// during the call.
	pub fn digests(&self) -> Result<Vec<Digest>, Error> {
		let mut digests = Vec::with_capacity(self.len() as usize);
		self.each(|digest, _| {
			digests.push(digest);
			Ok(())
		})?;
		Ok(digests)
	}

	/// Returns the number of blocks.
	pub fn len(&self) -> u64 {
		self.blocks.load(Ordering::Relaxed)
	}

	/// Returns whether there are no blocks.
	pub fn is_empty(&self) -> bool {
		self.len() == 0
	}

	/// Returns the size of all blocks, in bytes.
	pub fn total_size(&self) -> u64 {
		self.bytes.load(Ordering::Relaxed)
	}

	/// Returns the number of blocks in quarantine.
	pub fn quarantined(&self) -> Result<u64, Error> {
		let path = self.folder.join("quarantine");
		Ok(fs::read_dir(&path).map_err(io_error("list", &path))?.count() as u64)
	}

	/// Returns whether the block is there with the right bytes. Moves a wrong one to quarantine.
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

	/// Moves a rotten block to quarantine. The caller holds the lock of its folder.
	fn quarantine(&self, digest: &Digest, size: u64) -> Result<(), Error> {
		let path = self.path(digest);
		let aside = self.folder.join("quarantine").join(hex::encode(digest));
		fs::rename(&path, &aside).map_err(io_error("set aside", &path))?;
		self.forget(digest, size);
		log::error!(
			"block {} has rotted on disk and was moved to {}",
			hex::encode(digest),
			aside.display()
		);
		Ok(())
	}

	/// Removes a block from the counters and from the list of blocks to flush.
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

	/// Calls back for every block file. Skips files with foreign names.
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

/// Sets the age of a block to zero.
fn touch(path: &Path) {
	let touched = File::options()
		.append(true)
		.open(path)
		.and_then(|file| file.set_modified(SystemTime::now()));
	if let Err(error) = touched {
		log::debug!("cannot refresh the time of {}: {error}", path.display());
	}
}

#[cfg(test)]
mod tests;
