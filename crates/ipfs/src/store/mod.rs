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
