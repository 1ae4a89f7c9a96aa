//! Pins, and which blocks are below a pinned root.

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

	/// What the pins are known to keep. What hangs below a block that is gone stays unknown where an earlier release pinned.
	pub(super) fn kept(&self) -> Result<HashSet<Digest>, Error> {
		let mut kept = HashSet::new();
		for root in self.pins() {
			kept.extend(self.known(&root)?.0.iter().map(|cid| *cid.digest()));
		}
		Ok(kept)
	}

	/// Returns the known blocks below a root, itself last, and whether these are all of them: from
	/// its list, or else by its links, as far as its nodes are there.
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

	/// Returns everything that a pinned root keeps. Fails if any node is missing or unreadable; a
	/// missing leaf is no obstacle, as it has no children.
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

	/// The list of the blocks below a root, if one was written when it was pinned.
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
				log::error!("{} is no list of blocks and is passed over", path.display());
				Ok(None)
			}
		}
	}

	/// Writes down which blocks are below a root, itself last.
	pub(super) fn write_list(&self, root: &Cid, blocks: &[Cid]) -> Result<(), Error> {
		let path = self.list_path(root);
		let bytes: Vec<u8> = blocks.iter().flat_map(|cid| cid.to_bytes()).collect();
		disk::write_atomic(&self.folder.join("temp"), &path, &bytes)
			.map_err(io_error("write", &path))
	}
}

/// Follows the links of nodes from a root. Returns each block once, a parent before its children.
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

pub(super) fn read_pins(folder: &Path) -> Result<BTreeSet<Cid>, Error> {
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
