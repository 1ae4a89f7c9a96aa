//! Failures of the block store.

use std::{
	io,
	path::{Path, PathBuf},
};

use crate::{
	content::{unixfs::NodeError, Cid, CidError, Digest, MAX_BLOCK},
	disk,
};

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

pub(super) fn io_error<'a>(
	action: &'static str,
	path: &'a Path,
) -> impl FnOnce(io::Error) -> Error + 'a {
	move |source| {
		if disk::is_full(&source) {
			Error::DiskFull(source)
		} else {
			Error::Io { action, path: path.to_owned(), source }
		}
	}
}
