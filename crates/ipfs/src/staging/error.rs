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

/// Why an upload or a block was refused, or the staging failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The upload would go beyond a limit.
	#[error(
		"{wanted} more would exceed the limit {quota:?} of {limit}, of which {used} are used: \
	         wait until uploads are pushed or expire, or ask the node's operator for more"
	)]
	QuotaExceeded {
		/// Which limit.
		quota: Quota,
		/// What it is.
		limit: u64,
		/// How much of it is used.
		used: u64,
		/// How much was asked for.
		wanted: u64,
	},
	/// No such upload is open.
	#[error("no upload of {0} is open: open it with a ticket first")]
	UnknownUpload(Cid),
	/// The block belongs to no node of the upload that was staged.
	#[error("block {cid} is not linked from any staged node of {root}: send what `missing` names")]
	NotLinked {
		/// The upload.
		root: Cid,
		/// The block.
		cid: Cid,
	},
	/// The block's size, or what it says of the file's size, is not what its parent or the ticket
	/// says.
	#[error("block {cid} stands for {actual} bytes where {expected} are announced")]
	SizeMismatch {
		/// The block.
		cid: Cid,
		/// What the ticket or the parent announced.
		expected: u64,
		/// What the block has.
		actual: u64,
	},
	/// The block is larger than a block of its kind may be.
	#[error("block {cid} has {size} bytes, more than the {limit} of its kind")]
	TooLarge {
		/// The block.
		cid: Cid,
		/// Its length.
		size: usize,
		/// The most.
		limit: usize,
	},
	/// The bytes are not those of the CID.
	#[error(transparent)]
	Cid(#[from] CidError),
	/// The block is no node of the file's shape.
	#[error("block {cid} is no node of this file")]
	Node {
		/// The block.
		cid: Cid,
		/// What is wrong.
		#[source]
		source: NodeError,
	},
	/// Blocks are missing still.
	#[error("the upload of {root} lacks {missing} blocks or more: send them first")]
	Incomplete {
		/// The upload.
		root: Cid,
		/// How many are known to be missing.
		missing: usize,
	},
	/// The block store failed.
	#[error(transparent)]
	Store(#[from] store::Error),
	/// A ticket could not be written or read.
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
}

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
