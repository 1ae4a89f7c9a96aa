//! Pins, and the blocks below a pinned root.
//!
//! A pin writes the list of its blocks, so that these stay known even when a node is lost later.
//! Pins of an earlier release have no list; their nodes are followed instead.

use std::{
	collections::{BTreeSet, HashSet},
	fs, io,
	path::Path,
};

use super::{error::io_error, BlockStore, Durability, Error};
use crate::{
	content::{
		unixfs::{self, Link},
		Cid, Digest, CID_LENGTH,
	},
	disk,
};

impl BlockStore {
	/// Pins a root with everything below it. All of these blocks must be there.
	///
	/// With [`Durability::OnFlush`], flushes the store first, so that a pin never survives its
	/// blocks.
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
		let _pinning = self.pinning.lock();
		disk::write_atomic(&self.folder.join("temp"), &path, root.to_string().as_bytes())
			.map_err(io_error("write", &path))?;
		self.pins.write().insert(*root);
		Ok(())
	}

	/// Unpins a root. Its blocks stay until [`BlockStore::remove`] or [`BlockStore::gc`] removes
	/// them. Returns `false` if it was not pinned.
	pub fn unpin(&self, root: &Cid) -> Result<bool, Error> {
		let _no_gc = self.collecting.read();
		let path = self.pin_path(root);
		let _pinning = self.pinning.lock();
		disk::remove(&path).map_err(io_error("remove", &path))?;
		Ok(self.pins.write().remove(root))
	}

	/// Returns whether this root is pinned.
	pub fn is_pinned(&self, root: &Cid) -> bool {
		self.pins.read().contains(root)
	}

	/// Returns the pinned roots.
	pub fn pins(&self) -> Vec<Cid> {
		self.pins.read().iter().copied().collect()
	}

	/// Returns every block below the root and the root itself, children before parents, each once.
	///
	/// Fails with [`Error::Incomplete`] at the first missing block. Does not read leaves.
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

	/// Returns the blocks that the pins are known to keep. If a node is gone below a pin without a
	/// list, its children are unknown.
	pub(super) fn kept(&self) -> Result<HashSet<Digest>, Error> {
		let mut kept = HashSet::new();
		for root in self.pins() {
			kept.extend(self.known(&root)?.0.iter().map(|cid| *cid.digest()));
		}
		Ok(kept)
	}

	/// Returns the known blocks below a root, the root last, and whether these are all of them.
	/// They come from the list of the root or, without a list, from the nodes that are there.
	pub(super) fn known(&self, root: &Cid) -> Result<(Vec<Cid>, bool), Error> {
		if let Some(blocks) = self.list(root)? {
			return Ok((blocks, true));
		}
		let mut complete = true;
		let mut blocks = walk(root, |cid| match self.get(cid) {
			Ok(Some(data)) => Ok(unixfs::links(cid, &data).unwrap_or_default()),
			Ok(None) | Err(Error::Corrupt(_)) => {
				complete = false;
				Ok(Vec::new())
			}
			Err(error) => Err(error),
		})?;
		blocks.reverse();
		Ok((blocks, complete))
	}

	/// Returns everything that a pinned root keeps. Without a list, fails if a node is missing or
	/// unreadable. A missing leaf does not matter, because it has no children.
	pub(super) fn marked(&self, root: &Cid) -> Result<Vec<Cid>, Error> {
		if let Some(blocks) = self.list(root)? {
			return Ok(blocks);
		}
		walk(root, |cid| {
			let missing = Error::Incomplete { root: *root, missing: *cid };
			let data = self.get(cid)?.ok_or(missing)?;
			unixfs::links(cid, &data).map_err(|source| Error::Node { cid: *cid, source })
		})
	}

	/// Returns the list of the blocks below a root, or `None` if an earlier release pinned it.
	pub(super) fn list(&self, root: &Cid) -> Result<Option<Vec<Cid>>, Error> {
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
				log::error!("skipped {}, which is not a list of blocks", path.display());
				Ok(None)
			}
		}
	}

	/// Writes the list of the blocks below a root, the root last.
	pub(super) fn write_list(&self, root: &Cid, blocks: &[Cid]) -> Result<(), Error> {
		let path = self.list_path(root);
		let bytes: Vec<u8> = blocks.iter().flat_map(|cid| cid.to_bytes()).collect();
		disk::write_atomic(&self.folder.join("temp"), &path, &bytes)
			.map_err(io_error("write", &path))
	}
}

/// Follows links from a root. Returns each block once, after the node through which it was found.
fn walk(
	root: &Cid,
	mut links: impl FnMut(&Cid) -> Result<Vec<Link>, Error>,
) -> Result<Vec<Cid>, Error> {
	let (mut seen, mut order, mut stack) = (HashSet::from([*root]), Vec::new(), vec![*root]);
	while let Some(cid) = stack.pop() {
		order.push(cid);
		if !cid.is_raw() {
			let children = links(&cid)?.into_iter().map(|link| link.cid);
			stack.extend(children.filter(|cid| seen.insert(*cid)));
		}
	}
	Ok(order)
}

/// Returns the CIDs that name the files in this folder.
pub(super) fn read_pins(folder: &Path) -> Result<BTreeSet<Cid>, Error> {
	let mut pins = BTreeSet::new();
	for entry in fs::read_dir(folder).map_err(io_error("list", folder))? {
		let entry = entry.map_err(io_error("list", folder))?;
		match entry.file_name().to_str().map(Cid::parse) {
			Some(Ok(cid)) => {
				pins.insert(cid);
			}
			_ => log::warn!("skipped {}, which is not named by a CID", entry.path().display()),
		}
	}
	Ok(pins)
}
