//! Finds blocks that are already on disk: when the staging is opened, and while uploads run.

use std::{collections::HashSet, fs};

use super::{
	error::io_error,
	state::{Entry, State},
	Error, Staging, Upload,
};
use crate::{
	content::{unixfs::FileNode, Cid, Codec, Digest},
	store,
};

impl Staging {
	/// Marks a lost block as missing from every upload.
	pub(super) fn lose(&self, state: &mut State, digest: &Digest) {
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

	/// Marks a block that was just written as staged, with those below it that are on disk.
	pub(super) fn absorb_put(
		&self,
		state: &mut State,
		entry: &mut Entry,
		cid: &Cid,
		data: &[u8],
	) -> Result<(), Error> {
		if entry.blocks.get(cid).is_some_and(|block| block.staged) {
			return Ok(());
		}
		// Check again: the upload may have been replaced in the meantime.
		let node = entry.check(cid, data)?;
		entry.stage(cid, data.len() as u64, node.as_ref());
		state.hold(cid.digest());
		let children = node.into_iter().flat_map(|node| node.links).map(|link| link.cid);
		self.absorb(state, entry, children.collect())
	}

	/// Marks those of these blocks, and of the blocks below them, that are on disk as staged.
	///
	/// A block that is there but does not fit stays missing. No other block can have its CID, so
	/// the upload stays incomplete and expires.
	pub(super) fn absorb(
		&self,
		state: &mut State,
		entry: &mut Entry,
		mut candidates: Vec<Cid>,
	) -> Result<(), Error> {
		while let Some(cid) = candidates.pop() {
			let size = match entry.blocks.get(&cid) {
				Some(expected) if !expected.staged => expected.size,
				_ => continue,
			};
			let Some((length, node)) = self.find(state, entry, &cid, size)? else {
				continue;
			};
			entry.stage(&cid, length, node.as_ref());
			state.hold(cid.digest());
			candidates.extend(node.into_iter().flat_map(|node| node.links).map(|link| link.cid));
		}
		Ok(())
	}

	/// Returns the length of a block on disk, in bytes, and its node, if it is one. Returns `None`
	/// if the block is not there, or does not fit the upload.
	fn find(
		&self,
		state: &mut State,
		entry: &Entry,
		cid: &Cid,
		expected: u64,
	) -> Result<Option<(u64, Option<FileNode>)>, Error> {
		let Some(length) = self.store.size(cid)? else {
			return Ok(None);
		};
		if cid.is_raw() {
			return Ok((length == expected).then_some((length, None)));
		}
		let data = match self.store.get(cid) {
			Ok(Some(data)) => data,
			Ok(None) => return Ok(None),
			Err(store::Error::Corrupt(digest)) => {
				self.lose(state, &digest);
				return Ok(None);
			}
			Err(error) => return Err(error.into()),
		};
		match entry.check(cid, &data) {
			Ok(node) => Ok(Some((length, node))),
			Err(error) => {
				log::warn!("staged block {cid} does not fit {}: {error}", entry.upload.root);
				Ok(None)
			}
		}
	}

	/// Reads the tickets, finds the blocks of each upload, and removes all others.
	pub(super) fn restore(&self) -> Result<(), Error> {
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
					log::error!("{} is not a ticket: renamed to *.bad", path.display());
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
}
