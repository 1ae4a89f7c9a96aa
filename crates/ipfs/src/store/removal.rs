//! Removal of what no pin keeps.

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

impl BlockStore {
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
}
