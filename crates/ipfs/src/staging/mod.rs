//! Uploads: blocks that a client has staged, until they are pushed to IPFS.
//!
//! A ticket opens an upload. It names the owner, the root, the size and the expiry. The upload then
//! fills from the root downwards: [`Staging::missing`] lists the blocks to send next, and a block
//! is accepted only if it is the root or linked from an accepted node. A file of a known size has
//! exactly one shape, so the ticket bounds what an upload can cost. A refused block changes
//! nothing.
//!
//! The blocks that have arrived count against the quotas of the owner and their organisation; a
//! ticket alone takes no room from others. The last part of each limit is reserved for owners and
//! organisations that use little, so that nobody locks the others out. An unfinished upload that
//! gets no more blocks makes room when its owner or organisation reaches a limit. At the limit of
//! the node, uploads of the largest organisation make room. A block that several uploads share is
//! on disk once, and stays while one of them needs it.
//!
//! # Neighbours
//!
//! Used by: the node, `server` and `fetch`. An accepted block survives a power cut once
//! [`Staging::put`] has returned. The node checks the signature of a ticket, and decides when an
//! upload is removed. All calls block: call them from blocking threads. Uses: `store`, which keeps
//! the blocks; `content`, which checks them; `disk`, which writes the tickets. The state in memory,
//! which relates blocks to uploads, is rebuilt when the staging is opened.
//!
//! ```text
//! DIR/uploads/bafy….json     one ticket for each upload
//! DIR/store/                 a block store
//! DIR/temp/                  temporary files, removed when the staging is opened
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

/// The ticket of an upload. The caller has checked its signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
	/// Root of the file's DAG.
	pub root: Cid,
	/// Size of the file, in bytes.
	pub size: u64,
	/// Account whose quota the upload uses.
	#[serde(with = "hex::serde")]
	pub owner: [u8; 32],
	/// Organisation of the owner. Without one, the upload is the node's own.
	pub organisation: Option<u32>,
	/// Time from which the upload may be collected, in milliseconds since 1970.
	pub expires_ms: u64,
	/// Time of opening, in milliseconds since 1970.
	pub created_ms: u64,
}

/// Outcome of [`Staging::begin_or_resume`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
	/// The upload is new.
	New,
	/// The upload was already open. Its expiry is now the later of the two.
	Resumed,
}

/// Progress of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
	/// Number of staged blocks.
	pub staged: usize,
	/// Number of blocks known to be missing. They may link to more.
	pub missing: usize,
}

/// The uploads of a node. See the [module](self).
#[derive(Debug)]
pub struct Staging {
	tickets: PathBuf,
	temps: PathBuf,
	limits: Limits,
	store: BlockStore,
	state: Mutex<State>,
}

impl Staging {
	/// Opens or creates the staging in this folder.
	///
	/// Reads the inner nodes of every upload, looks up its leaves, and removes blocks that belong
	/// to no upload.
	pub fn open(folder: impl Into<PathBuf>, limits: Limits) -> Result<Self, Error> {
		let folder = folder.into();
		// The lock of the store covers the tickets too.
		let store = BlockStore::open(folder.join("store"))?;
		let tickets = folder.join("uploads");
		let temps = folder.join("temp");
		fs::create_dir_all(&tickets).map_err(io_error("make", &tickets))?;
		disk::clean_temps(&temps).map_err(io_error("clean", &temps))?;
		let staging = Self { tickets, temps, limits, store, state: Mutex::default() };
		staging.restore()?;
		Ok(staging)
	}

	/// Opens an upload, or resumes it.
	///
	/// Replaces an upload without staged blocks that has another size or owner: nothing proves its
	/// claim, and it must not block the rightful one.
	///
	/// An upload takes no room before its blocks arrive, but is refused if they would not all fit
	/// now.
	pub fn begin_or_resume(&self, upload: Upload) -> Result<Begun, Error> {
		self.begin(upload, self.limits.upload_bytes)
	}

	/// Opens or resumes an upload of the node's own, for a file that it fetches. Only the
	/// limits [`Limits::own_bytes`] and the number of uploads apply.
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
			self.admit(&mut state, &upload)?;
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

	/// Checks that a new upload fits, and makes room in the number of uploads.
	fn admit(&self, state: &mut State, upload: &Upload) -> Result<(), Error> {
		// Uploads that can be spared do not count. They are removed only when blocks arrive, not
		// for a ticket alone.
		state.check_bytes(upload, &self.limits, upload.size, |entry| {
			!entry.is_stalled(&self.limits)
		})?;
		// A ticket without a block may go, because it can be opened again.
		self.make_room(state, upload, Entry::is_empty, |state| {
			state.check_number(upload, &self.limits)
		})
	}

	/// Returns the blocks to send next, at most `limit`, parents before children.
	///
	/// The list is empty if and only if the upload is complete (or the limit is 0).
	pub fn missing(&self, root: &Cid, limit: usize) -> Result<Vec<Cid>, Error> {
		let state = self.state.lock();
		Ok(state.entry(root)?.missing.values().take(limit).copied().collect())
	}

	/// Stages a block of an upload. Succeeds if it is already staged.
	pub fn put(&self, root: &Cid, cid: &Cid, data: &[u8]) -> Result<(), Error> {
		// Check the block and hold its bytes, so that no removal deletes them while this upload
		// writes. The disk is written without the lock, so that uploads run side by side.
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
		// If the upload has absorbed the block, it now holds the bytes itself.
		if state.release(cid.digest()) {
			self.store.delete(cid)?;
		}
		result
	}

	/// Returns whether every block is staged.
	pub fn is_complete(&self, root: &Cid) -> Result<bool, Error> {
		Ok(self.state.lock().entry(root)?.missing.is_empty())
	}

	/// Returns the progress of an upload.
	pub fn progress(&self, root: &Cid) -> Result<Progress, Error> {
		let state = self.state.lock();
		let entry = state.entry(root)?;
		let missing = entry.missing.len();
		Ok(Progress { staged: entry.blocks.len() - missing, missing })
	}

	/// Returns each block of a complete upload once, children before parents, the root last.
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

	/// Returns the checked bytes of a staged block, or `None` if no upload has it.
	///
	/// A rotten block gives an error once, and from then on is missing from its uploads.
	pub fn get(&self, cid: &Cid) -> Result<Option<Vec<u8>>, Error> {
		match self.store.get(cid) {
			Err(store::Error::Corrupt(digest)) => {
				let mut state = self.state.lock();
				// The block may have been sent again in the meantime.
				if !self.store.has_digest(&digest)? {
					self.lose(&mut state, &digest);
				}
				Err(store::Error::Corrupt(digest).into())
			}
			other => Ok(other?),
		}
	}

	/// Returns whether a block is staged. Costs one `stat`.
	pub fn has(&self, cid: &Cid) -> Result<bool, Error> {
		Ok(self.store.has(cid)?)
	}

	/// Returns the length of a staged block, in bytes. Costs one `stat`.
	pub fn size(&self, cid: &Cid) -> Result<Option<u64>, Error> {
		Ok(self.store.size(cid)?)
	}

	/// Returns the upload with this root, or `None` if none is open.
	pub fn upload(&self, root: &Cid) -> Option<Upload> {
		self.state.lock().uploads.get(root).map(|entry| entry.upload.clone())
	}

	/// Returns all uploads, the oldest first.
	pub fn list(&self) -> Vec<Upload> {
		let state = self.state.lock();
		let mut uploads: Vec<_> =
			state.uploads.values().map(|entry| entry.upload.clone()).collect();
		uploads.sort_unstable_by_key(|upload| (upload.created_ms, upload.root));
		uploads
	}

	/// Closes an upload and removes the blocks that no other one needs. Returns `false` if there
	/// was none.
	pub fn remove(&self, root: &Cid) -> Result<bool, Error> {
		let mut state = self.state.lock();
		self.remove_locked(&mut state, root)
	}

	/// Closes an incomplete upload of the node's own and removes the blocks that no other one
	/// needs. Returns the number of its bytes, or `None` if there is no upload, or if it is
	/// complete or belongs to a member.
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

	/// Removes every upload that has expired and that `keep` does not want. Returns their roots.
	pub fn collect(&self, now_ms: u64, keep: impl Fn(&Upload) -> bool) -> Result<Vec<Cid>, Error> {
		let expired: Vec<Upload> =
			self.list().into_iter().filter(|upload| upload.expires_ms <= now_ms).collect();
		let mut removed = Vec::new();
		for upload in expired.into_iter().filter(|upload| !keep(upload)) {
			let mut state = self.state.lock();
			// The upload's ticket may have been renewed in the meantime.
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

	/// Returns the bytes that have arrived for the uploads of all organisations.
	pub fn used(&self) -> u64 {
		self.state.lock().used(|entry| entry.upload.organisation.is_some())
	}

	/// Returns the bytes that have arrived for the uploads of the node's own.
	pub fn used_by_node(&self) -> u64 {
		self.state.lock().used(|entry| entry.upload.organisation.is_none())
	}

	/// Returns the bytes that have arrived for the uploads of an organisation.
	pub fn used_by(&self, organisation: u32) -> u64 {
		self.state.lock().used(|entry| entry.upload.organisation == Some(organisation))
	}

	/// Returns the bytes that have arrived for the uploads of an owner, under any organisation.
	pub fn used_by_owner(&self, owner: &[u8; 32]) -> u64 {
		self.state.lock().used(|entry| entry.upload.owner == *owner)
	}

	/// Returns the size of the staged blocks on disk, in bytes.
	pub fn stored_bytes(&self) -> u64 {
		self.store.total_size()
	}

	/// Returns the limits on uploads.
	pub fn limits(&self) -> &Limits {
		&self.limits
	}

	/// Removes uploads that can be spared until the check passes. Fails if none is left that would
	/// help.
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
			// A member causes this at will, so it must not fill the log.
			log::debug!("upload {spare} makes room for {}", upload.root);
			self.remove_locked(state, &spare)?;
		}
	}

	fn remove_locked(&self, state: &mut State, root: &Cid) -> Result<bool, Error> {
		if !state.uploads.contains_key(root) {
			return Ok(false);
		}
		// The ticket goes first: a crash in between leaves blocks that belong to no upload, and the
		// next opening removes those.
		let path = self.ticket_path(root);
		disk::remove(&path).map_err(io_error("remove", &path))?;
		let Some(entry) = state.uploads.remove(root) else {
			return Ok(false);
		};
		let mut result = Ok(true);
		for (cid, block) in &entry.blocks {
			if block.staged && state.release(cid.digest()) {
				// Continue if a block cannot be removed, and report it at the end.
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

/// Checks that a file of this size can have a root of this kind.
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
