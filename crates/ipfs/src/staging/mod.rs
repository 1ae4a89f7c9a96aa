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

mod error;
mod quota;
mod restore;
mod state;

use std::{fs, path::PathBuf};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use self::{
	error::io_error,
	quota::within,
	state::{Entry, State},
};
pub use self::{
	error::Error,
	quota::{Limits, Quota},
};
use crate::{
	content::{
		unixfs::{self, NodeError},
		Cid,
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

#[cfg(test)]
mod tests;
