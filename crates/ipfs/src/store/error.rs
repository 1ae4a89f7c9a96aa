//! Failures of the block store.

use std::{
	io,
	path::{Path, PathBuf},
};

use crate::{
	content::{unixfs::NodeError, Cid, CidError, Digest, MAX_BLOCK},
	disk,
};

/// Failures of the block store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// Another opener, here or in another process, has the store.
	#[error("the block store {0} is in use by another process; stop it, or choose another folder")]
	Locked(PathBuf),
	/// The device is full. The store kept nothing of the failed write.
	#[error("the disk with the block store is full; make room, then try again")]
	DiskFull(#[source] io::Error),
	/// Another failure of the disk.
	#[error("cannot {action} {path}")]
	Io {
		/// The attempted action.
		action: &'static str,
		/// Path of the file or folder.
		path: PathBuf,
		/// Error of the operating system.
		#[source]
		source: io::Error,
	},
	/// The CID does not name the incoming bytes.
	#[error(transparent)]
	Cid(#[from] CidError),
	/// The block exceeds the limit for blocks.
	#[error("the block has {0} bytes, more than {MAX_BLOCK}; cut the file into smaller blocks")]
	TooLarge(usize),
	/// The bytes on disk have changed. The block is in quarantine now.
	#[error("stored block {} has rotted and was set aside; fetch it again", hex::encode(.0))]
	Corrupt(Digest),
	/// A block below a root is missing.
	#[error("block {missing}, reachable from {root}, is not in the store; fetch it first")]
	Incomplete {
		root: Cid,
		/// The first missing block.
		missing: Cid,
	},
	/// A block below a root is not a node of a file.
	#[error("block {cid} is not a node of a file in the CID profile unixfs-v1-2025")]
	Node {
		cid: Cid,
		/// Fault of the node.
		#[source]
		source: NodeError,
	},
}

/// Turns an error of the operating system into one of the store.
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
