//! Failures of staging.

use std::{
	io,
	path::{Path, PathBuf},
};

use super::Quota;
use crate::{
	content::{unixfs::NodeError, Cid, CidError},
	disk, store,
};

/// Reasons to refuse an upload or a block, and failures of the staging.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The upload would exceed a limit.
	#[error(
		"{wanted} more would exceed the limit {quota:?} of {limit} ({used} are used); \
		 wait until uploads are pushed or expire, or ask the operator of the node for more room"
	)]
	QuotaExceeded {
		/// The exceeded limit.
		quota: Quota,
		/// Value of the limit, in bytes or uploads.
		limit: u64,
		/// Used part of it.
		used: u64,
		/// Requested addition.
		wanted: u64,
	},
	/// No upload with this root is open.
	#[error("no upload of {0} is open; open it with a ticket first")]
	UnknownUpload(Cid),
	/// No staged node of the upload links to the block.
	#[error(
		"block {cid} is not linked from any staged node of {root}; send the blocks that `missing` \
		 lists"
	)]
	NotLinked { root: Cid, cid: Cid },
	/// The block does not have the size that its parent or the ticket announced.
	#[error(
		"block {cid} has {actual} bytes of the file, but {expected} were announced; announce the \
		 file's own size, or build its blocks again"
	)]
	SizeMismatch {
		cid: Cid,
		/// Bytes of the file under the block, as the parent or the ticket announced.
		expected: u64,
		/// Actual bytes of the file under the block.
		actual: u64,
	},
	/// The block exceeds the limit for its kind.
	#[error("block {cid} has {size} bytes, more than the {limit} that its kind may have")]
	TooLarge {
		cid: Cid,
		/// Length of the block, in bytes.
		size: usize,
		/// Maximum length, in bytes.
		limit: usize,
	},
	/// The CID does not name the bytes.
	#[error(transparent)]
	Cid(#[from] CidError),
	/// The block is not a node of a file with this size.
	#[error("block {cid} is not a node of this file")]
	Node {
		cid: Cid,
		/// Fault of the node.
		#[source]
		source: NodeError,
	},
	/// Blocks are still missing.
	#[error("the upload of {root} lacks at least {missing} blocks; send them first")]
	Incomplete {
		root: Cid,
		/// Number of blocks known to be missing.
		missing: usize,
	},
	/// The block store failed.
	#[error(transparent)]
	Store(#[from] store::Error),
	/// A ticket could not be written or read.
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
}

/// Turns an error of the operating system into one of the staging.
pub(super) fn io_error<'a>(
	action: &'static str,
	path: &'a Path,
) -> impl FnOnce(io::Error) -> Error + 'a {
	move |source| {
		if disk::is_full(&source) {
			Error::Store(store::Error::DiskFull(source))
		} else {
			Error::Io { action, path: path.to_owned(), source }
		}
	}
}
