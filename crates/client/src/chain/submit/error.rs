//! Reasons why a transaction was not carried out.

use salus_primitives::Hash32;

use crate::{chain::rpc::RpcError, Account};

/// The chain's refusal of a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the chain refused it: {docs} ({pallet}.{error})")]
pub struct ChainError {
	/// The pallet that refused.
	pub pallet: String,
	/// Name of the error.
	pub error: String,
	/// Documentation of the error: what it means, and what to do.
	pub docs: String,
}

impl ChainError {
	/// Returns whether the council already votes on the same call.
	pub(crate) fn is_duplicate_proposal(&self) -> bool {
		self.pallet == "Council" && self.error == "DuplicateProposal"
	}

	/// Returns whether the reader has reached the denial limit, so that the request was neither
	/// decided nor logged.
	pub fn is_denial_limit(&self) -> bool {
		self.pallet == "Access"
			&& ["TooManyDenials", "DenialQuotaExhausted"].contains(&self.error.as_str())
	}
}

/// Maximum number of attempts to wrap or seal keys for others that may change at the same time.
pub(crate) const KEY_ATTEMPTS: u32 = 4;

/// Attempt from which on recipients are left out whose keys have changed since the first one.
pub(crate) const STEADY_FROM: u32 = 3;

/// Attempts to submit keys that are wrapped or sealed for others, whose keys may change at the same
/// time.
#[derive(Debug)]
pub(crate) struct KeyAttempts {
	/// Number of the present attempt, from 1.
	pub(crate) number: u32,
}

impl Default for KeyAttempts {
	fn default() -> Self {
		Self { number: 1 }
	}
}

impl KeyAttempts {
	/// Returns whether the present attempt is the last one.
	pub(crate) fn is_last(&self) -> bool {
		self.number >= KEY_ATTEMPTS
	}

	/// Begins another attempt after a failed one. Returns its error if no key had changed, or if
	/// it was the last attempt.
	pub(crate) fn again_after(&mut self, error: SubmitError) -> Result<(), SubmitError> {
		if self.is_last() || !error.is_of_old_key() {
			return Err(error);
		}
		self.number += 1;
		Ok(())
	}
}

/// Reason why a transaction was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
	/// A request to the node failed.
	#[error(transparent)]
	Rpc(#[from] RpcError),
	/// The chain refused the call. The transaction is in a block.
	#[error(transparent)]
	Chain(#[from] ChainError),
	/// The chain has no such call.
	#[error("the chain has no call {pallet}.{call}; the chain and this client come from different releases; update the older one")]
	UnknownCall {
		/// The pallet's name.
		pallet: &'static str,
		/// The call's name.
		call: &'static str,
	},
	/// The chain's event has an unexpected form.
	#[error("this client does not know the form of the chain's event {pallet}.{event}; the chain and this client come from different releases; update the older one")]
	UnknownEvent {
		/// The pallet's name.
		pallet: &'static str,
		/// The event's name.
		event: &'static str,
	},
	/// The digest that the runtime embeds is not its metadata's.
	#[error("the digest that the chain's runtime embeds is not that of its metadata, so nothing is signed; report it to the hospitals, which build the runtime")]
	OtherMetadata,
	/// The bytes do not encode a call of this chain.
	#[error("this is not a call of this chain; encode it with the chain's own metadata, as polkadot.js apps do")]
	NoCall,
	/// The motion does not exist, or was closed.
	#[error("the council has no open motion 0x{}", hex::encode(.0))]
	NoMotion(Hash32),
	/// The council already votes on the same call, with too low a threshold: executed, the call
	/// would fail.
	#[error("the council is already voting on the same call, as motion 0x{}, but {threshold} votes would decide it although {needed} are needed, so it would fail when executed; vote against it, close it once it is rejected or has expired, and propose it again", hex::encode(.proposal))]
	WeakMotion {
		/// Hash of the motion.
		proposal: Hash32,
		/// Number of votes that decide the motion.
		threshold: u32,
		/// Number of votes that the call needs.
		needed: u32,
	},
	/// The council already votes on the same call, and the seat has voted.
	#[error("the council is already voting on the same call, as motion 0x{}, and this seat has voted {vote} it; it needs {threshold} votes", hex::encode(.proposal))]
	VotedBefore {
		/// Hash of the motion.
		proposal: Hash32,
		/// The seat's vote: `for` or `against`.
		vote: &'static str,
		/// Number of votes that decide the motion.
		threshold: u32,
	},
	/// Only a seat of the council may do this.
	#[error("{0} holds no seat in the council, and only the council decides this")]
	NoSeat(Account),
	/// The node says that the chain does not accept the transaction.
	#[error("the node does not accept this transaction: {reason}")]
	Invalid {
		/// Cause and remedy.
		reason: String,
	},
	/// A transaction was sent and not carried out, but still can be.
	#[error("the node has not executed this transaction: {reason}. It can still be executed {}; check the result before you repeat it", until(.last))]
	Unsettled {
		/// Cause.
		reason: String,
		/// Number of the last block that can have it; `None` if every later block can.
		last: Option<u64>,
	},
	/// The node says that the chain refused the call, and its block is not final.
	#[error("the node says that the chain refused it: {refusal}; this is not proved, because finality stalls, so check the result before repeating it")]
	Refused {
		/// Error of the call.
		refusal: ChainError,
	},
	/// Another transaction may have the nonce, and the node does not show which.
	#[error("the node does not show whether the transaction 0x{} was executed; check the result before repeating it", hex::encode(.transaction))]
	Unknown {
		/// Hash of the transaction.
		transaction: Hash32,
	},
	/// The node no longer has the state of the block of a transaction.
	#[error("the transaction 0x{} is in block {block}, whose state the node no longer has; ask an archive node for its outcome", hex::encode(.transaction))]
	Pruned {
		/// Hash of the transaction.
		transaction: Hash32,
		/// Number of the block.
		block: u64,
	},
	/// The runtime that made the block of the transaction is not the one for which it is signed.
	#[error("the transaction 0x{} is in a block with a runtime for which it was not signed, so its outcome is unknown; check the result before repeating it", hex::encode(.transaction))]
	OtherRuntime {
		/// Hash of the transaction.
		transaction: Hash32,
	},
	/// The transaction is in a block that is not final.
	#[error("the transaction 0x{} is in block {block}, which did not become final within {seconds} s (the last final block is {finalized}) because too few hospitals vote; it takes effect once they do, so check the result before repeating it", hex::encode(.transaction))]
	NotFinal {
		/// Hash of the transaction.
		transaction: Hash32,
		/// Number of the block.
		block: u64,
		/// Number of the last final block.
		finalized: u64,
		/// Time waited, in seconds.
		seconds: u64,
	},
	/// The outcome of the transaction is unknown.
	#[error("the transaction 0x{} was not executed within {seconds} s, but still can be, {}; check the result before you repeat it", hex::encode(.transaction), until(.last))]
	Deadline {
		/// Hash of the transaction.
		transaction: Hash32,
		/// Number of the last block that can have it; `None` if every later block can.
		last: Option<u64>,
		/// Time waited, in seconds.
		seconds: u64,
	},
	/// The node does not give a block of the final chain.
	#[error("the node does not return a final block; ask another node")]
	NoBlock,
	/// The node gives a block without the outcome of its transaction.
	#[error("the node does not return the outcome of the transaction; check the result at another node before repeating it")]
	NoOutcome,
	/// The library below could not make or read a transaction.
	#[error("a transaction could not be made or read; the chain and this client come from different releases; update the older one")]
	Library(#[source] Box<subxt::Error>),
}

impl SubmitError {
	/// Returns whether a recipient's key or the committee's changed between wrapping or sealing and
	/// inclusion, so that it must be done again.
	pub(crate) fn is_of_old_key(&self) -> bool {
		matches!(self, Self::Chain(error) if error.pallet == "Records"
			&& ["WrongKeyVersion", "EpochNotActive"].contains(&error.error.as_str()))
	}
}

/// Returns how long a transaction can be carried out, as the end of a clause.
fn until(last: &Option<u64>) -> String {
	last.map_or("at any time".into(), |last| format!("until block {last}"))
}

pub(crate) fn library(error: impl Into<subxt::Error>) -> SubmitError {
	SubmitError::Library(Box::new(error.into()))
}
