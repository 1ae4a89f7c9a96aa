//! Telling how far a long step is.

use std::time::Duration;

use salus_primitives::{MemberIndex, OrganisationId, RecordId, RequestId, Version};

use crate::{files::input::GivenPath, words};

/// A step that takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
	/// Encrypting a file.
	Sealing,
	/// Reading again what an earlier run encrypted.
	Checking,
	/// Handing blocks to the node.
	Uploading,
	/// Waiting until the chain has registered it, for good; its size is in transactions.
	Registering,
	/// Waiting until a request is final in the patient's log.
	Asking,
	/// Waiting until a storage node holds it; its size is in seconds, the most that it may take.
	Storing,
	/// Waiting until all storage nodes have removed it; its size is in seconds, the most that it may take.
	Removing,
	/// Fetching blocks and decrypting them.
	Downloading,
	/// Wrapping keys.
	Wrapping,
	/// Waiting for hospitals to release a key; its size is in hospitals.
	Releasing,
}

/// How far a longer work is: the opening of a guarded record, the adding of files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Milestone {
	/// The request is on its way to the chain.
	Asked,
	/// The chain permitted it, and the entry in the patient's log is final.
	Logged {
		/// Number of the request.
		request: RequestId,
		/// Block of the entry.
		block: u64,
	},
	/// A hospital posted its share.
	Shared {
		/// Its place in the committee.
		member: MemberIndex,
		/// Which one it is; none if the chain does not tell.
		organisation: Option<OrganisationId>,
		/// How many good shares there are.
		shares: u32,
		/// How many open the key.
		threshold: u32,
	},
	/// A hospital's share is bad. The others may still be enough.
	BadShare {
		/// Its place in the committee.
		member: MemberIndex,
		/// Which one it is; none if the chain does not tell.
		organisation: Option<OrganisationId>,
		/// What is wrong.
		fault: String,
	},
	/// The request is not final: that many more hospitals have to vote for its block.
	NotFinal {
		/// How many are missing.
		missing: u32,
	},
	/// Waiting for that many more hospitals to release the key.
	Waiting {
		/// How many are missing.
		missing: u32,
	},
	/// The key is open.
	KeyOpened,
	/// A request was sent before, and its answer is not known: it is followed, and nothing is asked again.
	SentBefore,
	/// An earlier request still stands, and is used instead of a new one.
	GoesOn {
		/// Number of the request.
		request: RequestId,
	},
	/// The reading cannot be resumed if it breaks off.
	NotKept {
		/// Why.
		why: String,
	},
	/// A file is a record on the chain, for good.
	Registered {
		/// The file, as the caller named it.
		file: GivenPath,
		/// The record.
		record: RecordId,
		/// The version.
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
			Self::BadShare { member, organisation, fault } => write!(
				f,
				"the share of {} is bad: {fault}",
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
			Self::SentBefore => {
				f.write_str("a request that was sent before is followed; nothing is asked again")
			}
			Self::GoesOn { request } => {
				write!(f, "request {request} still stands: using its key, without a new request")
			}
			Self::NotKept { why } => {
				write!(f, "this reading cannot be resumed if it breaks off: {why}")
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

/// Is told how far a step is. Every method may be called from any thread.
pub trait Progress: Send + Sync {
	/// A step begins; its size is in bytes, or in items where there are none.
	fn begin(&self, _step: Step, _total: u64) {}
	/// So much more of it is done.
	fn advance(&self, _amount: u64) {}
	/// It is over.
	fn end(&self) {}
	/// A work has come so far, that long after it began.
	fn reached(&self, _milestone: &Milestone, _after: Duration) {}
	/// The node is gone, and is waited for so long at most.
	fn waiting_for_node(&self, _url: &str, _limit: Duration) {}
	/// The node is back.
	fn node_is_back(&self) {}
}

/// Nobody wants to know.
impl Progress for () {}
