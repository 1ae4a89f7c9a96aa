//! Removal of blocks that no pin keeps.

use std::{
	collections::HashSet,
	fs,
	time::{Duration, SystemTime},
};

use super::{error::io_error, pins::read_pins, BlockStore, Error};
use crate::{
	content::{Cid, Digest},
	disk,
};

/// Outcome of [`BlockStore::delete_unpinned`] for one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
	/// The block was removed.
	Removed,
	/// The block was not there.
	Absent,
	/// The block stays because it is a pinned root.
	Pinned,
	/// The block stays because a pinned root reaches it.
	PinnedIndirectly,
}

/// Outcome of [`BlockStore::remove`] for one root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removal {
	/// Number of removed blocks.
	pub removed: u64,
	/// Number of blocks that stay because another pin needs them. Remove the root again once that
	/// pin is gone.
	pub kept: u64,
	/// Number of blocks that stay because the caller wants them. Remove the root again once it does
	/// not.
	pub wanted: u64,
	/// Whether all blocks below the root were known. If not, some may be left that only
	/// [`BlockStore::gc`] can find.
	pub complete: bool,
}

/// Outcome of [`BlockStore::gc`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
	/// Number of removed blocks.
	pub blocks: u64,
	/// Size of the removed blocks, in bytes.
	pub bytes: u64,
}

impl BlockStore {
	/// Unpins these roots and removes the blocks below them, except those that another pin or the
	/// caller needs. Returns the outcome for each root.
	///
	/// Removes a root after the blocks below it. May be called again for the same root, even after
	/// a crash: the list of its blocks stays as long as another pin or the caller keeps any of
	/// them. An incomplete root of another pin does not prevent it.
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
			// The root goes now, and the next call has to find its blocks.
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

	/// Returns the roots that were unpinned but are not yet removed.
	pub fn unpinned(&self) -> Result<Vec<Cid>, Error> {
		let lists = read_pins(&self.folder.join("lists"))?;
		let pins = self.pins.read();
		Ok(lists.difference(&pins).copied().collect())
	}

	/// Removes those of these blocks that no pin keeps. Returns the outcome for each block.
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

	/// Removes every block that no pin reaches, that is at least `min_age` old, and that `keep`
	/// does not want.
	///
	/// `min_age` spares blocks that were put but not yet pinned. A pin of an earlier release has no
	/// list: if a node below it is missing or rotten, its children are unknown. The call then
	/// removes nothing and fails with an error that names the node.
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
			// Look again: the block may have been put again since.
			let path = self.path(&digest);
			let still_old = fs::metadata(&path).is_ok_and(|metadata| old(&metadata));
			if still_old && self.delete_held(&digest)? {
				collected.blocks += 1;
				collected.bytes += metadata.len();
			}
			Ok(())
		})?;
		for root in self.unpinned()? {
			// The list goes with the last block. Others are still fresh, wanted, or kept by a pin.
			if !self.is_left(&root)? {
				let path = self.list_path(&root);
				disk::remove(&path).map_err(io_error("remove", &path))?;
			}
		}
		Ok(collected)
	}

	/// Returns whether any block on the list of a root is there.
	fn is_left(&self, root: &Cid) -> Result<bool, Error> {
		for cid in self.list(root)?.unwrap_or_default() {
			if self.has(&cid)? {
				return Ok(true);
			}
		}
		Ok(false)
	}
}
