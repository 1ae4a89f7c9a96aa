//! Reporting the progress of long steps.

use std::{error::Error, io, time::Duration};

use salus_primitives::{Cid, Hash32, MemberIndex, OrganisationId, RecordId, RequestId, Version};

use crate::{files::input::GivenPath, words};

/// A step that takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
	/// Encrypting a file.
	Sealing,
	/// Reading an envelope that an earlier run encrypted.
	Checking,
	/// Sending blocks to the node.
	Uploading,
	/// Waiting until a registration is final. Size in transactions.
	Registering,
	/// Waiting until an erasure is final.
	Erasing,
	/// Waiting until a request is final in the patient's log.
	Asking,
	/// Waiting until a storage node holds a version. Size in seconds: the deadline.
	Storing,
	/// Waiting until all storage nodes have removed a version. Size in seconds: the deadline.
	Removing,
	/// Fetching blocks and decrypting them.
	Downloading,
	/// Wrapping keys.
	Wrapping,
	/// Waiting for hospitals to release a key. Size in hospitals.
	Releasing,
	/// Sealing keys to the committee's present key. Size in versions.
	Resealing,
}

/// A milestone of a longer task: opening a guarded record, or adding files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Milestone {
	/// The request was sent to the chain.
	Asked,
	/// The chain permitted the request, and its entry in the patient's log is final.
	Logged {
		/// Number of the request.
		request: RequestId,
		/// Block of the entry.
		block: u64,
	},
	/// A hospital posted its share.
	Shared {
		/// Index of the member in the committee.
		member: MemberIndex,
		/// The hospital, if the chain identifies it.
		organisation: Option<OrganisationId>,
		/// Number of good shares so far.
		shares: u32,
		/// Number of shares that open the key.
		threshold: u32,
	},
	/// A hospital's share is bad. The others may still be enough.
	BadShare {
		/// Index of the member in the committee.
		member: MemberIndex,
		/// The hospital, if the chain identifies it.
		organisation: Option<OrganisationId>,
		/// Fault of the share.
		fault: String,
		/// Whether only the node says whose it is, because no final block has it yet.
		by_node: bool,
	},
	/// The request is not final: more hospitals must vote for its block.
	NotFinal {
		/// Number of missing votes.
		missing: u32,
	},
	/// More hospitals must release the key.
	Waiting {
		/// Number of missing shares.
		missing: u32,
	},
	/// The key is open.
	KeyOpened,
	/// An earlier run sent a request whose answer is unknown. It is followed, and no other is sent.
	SentBefore,
	/// An earlier request still stands, and is used instead of a new one.
	Resumed {
		/// Number of the request.
		request: RequestId,
	},
	/// The reading cannot be resumed if it is interrupted.
	NotKept {
		/// Reason, as text.
		why: String,
	},
	/// A file is a record on the chain, for good.
	Registered {
		/// The file, as the caller named it.
		file: GivenPath,
		/// Record that the file is.
		record: RecordId,
		/// Version that the file is.
		version: Version,
	},
}

impl std::fmt::Display for Milestone {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		match self {
			Self::Asked => f.write_str("request sent"),
			Self::Logged { request, block } => {
				write!(f, "request {request} permitted and logged in block {block}, which is final")
			}
			Self::Shared { member, organisation, shares, threshold } => write!(
				f,
				"{} released its share ({shares} of {threshold})",
				words::committee_member(*member, *organisation)
			),
			Self::BadShare { member, organisation, fault, by_node } => write!(
				f,
				"{} {} is bad: {fault}",
				if *by_node { "what the node passed on as the share of" } else { "the share of" },
				words::committee_member(*member, *organisation)
			),
			Self::NotFinal { missing: 1 } => {
				f.write_str("the request is not final yet: 1 more hospital must vote")
			}
			Self::NotFinal { missing } => {
				write!(f, "the request is not final yet: {missing} more hospitals must vote")
			}
			Self::Waiting { missing: 1 } => f.write_str("waiting for 1 more hospital"),
			Self::Waiting { missing } => write!(f, "waiting for {missing} more hospitals"),
			Self::KeyOpened => f.write_str("key opened"),
			Self::SentBefore => f.write_str(
				"following the request that an earlier run sent; nothing is requested again",
			),
			Self::Resumed { request } => {
				write!(f, "request {request} still stands: using its key, without a new request")
			}
			Self::NotKept { why } => {
				write!(f, "this reading cannot be resumed if it is interrupted: {why}")
			}
			Self::Registered { file, record, version: 1 } => {
				write!(f, "{file}: registered as record {record}")
			}
			Self::Registered { file, record, version } => {
				write!(f, "{file}: registered as version {version} of record {record}")
			}
		}
	}
}

/// Receives reports on the progress of a step. Every method may be called from any thread. A method
/// that is not implemented passes its report on to [`Progress::inner`].
pub trait Progress: Send + Sync {
	/// Returns the receiver behind this one, if it only watches.
	fn inner(&self) -> Option<&dyn Progress> {
		None
	}
	/// A step begins. Its size is in bytes, unless [`Step`] names another unit.
	fn begin(&self, step: Step, total: u64) {
		if let Some(inner) = self.inner() {
			inner.begin(step, total);
		}
	}
	/// A further part of the step is done.
	fn advance(&self, amount: u64) {
		if let Some(inner) = self.inner() {
			inner.advance(amount);
		}
	}
	/// The step is over.
	fn end(&self) {
		if let Some(inner) = self.inner() {
			inner.end();
		}
	}
	/// A milestone was reached, this long after the task began.
	fn reached(&self, milestone: &Milestone, after: Duration) {
		if let Some(inner) = self.inner() {
			inner.reached(milestone, after);
		}
	}
	/// A version is sealed. Its registration with this root comes next. If this method fails, the
	/// version is not registered, so that the caller can note each version before it may be on the
	/// chain.
	fn sealed(&self, record: RecordId, version: Version, root: &Cid) -> io::Result<()> {
		self.inner().map_or(Ok(()), |inner| inner.sealed(record, version, root))
	}
	/// The node is gone, and is awaited for at most this long.
	fn waiting_for_node(&self, url: &str, limit: Duration) {
		if let Some(inner) = self.inner() {
			inner.waiting_for_node(url, limit);
		}
	}
	/// Finality stalls at this block: what is newer is the node's word, without proof.
	fn finality_stalls(&self, block: u64) {
		if let Some(inner) = self.inner() {
			inner.finality_stalls(block);
		}
	}
	/// The state that is shown is of this final block, which is this many minutes old:
	/// finality stalls, the node hides newer blocks, or this machine's clock is ahead.
	fn state_is_old(&self, block: u64, minutes: u64) {
		if let Some(inner) = self.inner() {
			inner.state_is_old(block, minutes);
		}
	}
	/// This is the first connection to a network, and only the node at this address names the first
	/// block of its chain.
	fn first_use(&self, url: &str, genesis: &Hash32) {
		if let Some(inner) = self.inner() {
			inner.first_use(url, genesis);
		}
	}
	/// The node at this address lacks this block, which another node showed to be final: what it
	/// shows is older.
	fn node_lags(&self, url: &str, block: u64) {
		if let Some(inner) = self.inner() {
			inner.node_lags(url, block);
		}
	}
	/// The patient cannot open the key of this version with their own wrap, for this reason, so it
	/// is wrapped for nobody else.
	fn cannot_wrap(&self, record: RecordId, version: Version, reason: &dyn Error) {
		if let Some(inner) = self.inner() {
			inner.cannot_wrap(record, version, reason);
		}
	}
	/// The node is back.
	fn node_is_back(&self) {
		if let Some(inner) = self.inner() {
			inner.node_is_back();
		}
	}
}

/// Discards progress.
impl Progress for () {}
