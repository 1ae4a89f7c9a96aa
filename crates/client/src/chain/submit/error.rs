//! Why a transaction was not carried out.

use salus_primitives::Hash32;

use crate::{chain::rpc::RpcError, Account};

/// The chain's refusal of a call, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the chain refused it: {docs} ({pallet}.{error})")]
pub struct ChainError {
	/// The pallet that refused.
	pub pallet: String,
	/// The error's name.
	pub error: String,
	/// What it means and what to do.
	pub docs: String,
}

impl ChainError {
	/// Whether the council votes on the same already.
	pub(crate) fn is_duplicate_proposal(&self) -> bool {
		self.pallet == "Council" && self.error == "DuplicateProposal"
	}

	/// Whether the reader was denied as often as may be: the request was neither decided nor logged.
	pub fn is_denial_limit(&self) -> bool {
		self.pallet == "Access"
			&& ["TooManyDenials", "DenialQuotaExhausted"].contains(&self.error.as_str())
	}
}

/// Why a transaction was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
	/// The node.
	#[error(transparent)]
	Rpc(#[from] RpcError),
	/// The chain carried it out as far as its refusal.
	#[error(transparent)]
	Chain(#[from] ChainError),
	/// The chain has no such call.
	#[error("the chain has no call {pallet}.{call}; chain and client are of different releases, update the older one")]
	UnknownCall {
		/// The pallet's name.
		pallet: &'static str,
		/// The call's name.
		call: &'static str,
	},
	/// The chain's event has another form.
	#[error("the chain's event {pallet}.{event} has another form than this client knows; chain and client are of different releases, update the older one")]
	UnknownEvent {
		/// The pallet's name.
		pallet: &'static str,
		/// The event's name.
		event: &'static str,
	},
	/// What someone encoded elsewhere is not a call of this chain.
	#[error("this is no call of this chain: encode it with the chain's own metadata, as polkadot.js apps do")]
	NoCall,
	/// There is no such motion, or not any more.
	#[error("the council has no open motion 0x{}: see `salus council list`", hex::encode(.0))]
	NoMotion(Hash32),
	/// The council votes on the same already, with fewer votes than it takes: carried out, it would fail.
	#[error("the council votes on the same already, as motion 0x{}, and {threshold} votes would decide it, where it takes {needed}: carried out with fewer, it fails. Vote against it (`salus council vote --no`), close it once it is rejected or its time is over (`salus council close`), and propose it again", hex::encode(.proposal))]
	WeakMotion {
		/// Hash of the motion.
		proposal: Hash32,
		/// How many votes it asks for.
		threshold: u32,
		/// How many it takes.
		needed: u32,
	},
	/// The seat has proposed the same, or voted on it, before.
	#[error("the council votes on the same already, as motion 0x{}, and this seat has voted {vote} it; it needs {threshold} votes (`salus council list`)", hex::encode(.proposal))]
	VotedBefore {
		/// Hash of the motion.
		proposal: Hash32,
		/// How the seat has voted.
		vote: &'static str,
		/// How many votes it needs.
		threshold: u32,
	},
	/// Only the council decides that.
	#[error("{0} holds no seat in the council, which alone decides this")]
	NoSeat(Account),
	/// The chain did not let it in.
	#[error("the chain does not take this transaction: {reason}")]
	Invalid {
		/// Why, and what to do.
		reason: String,
	},
	/// It is in a block, which is not final.
	#[error("the transaction 0x{} is in block {block}; waited {seconds} s for it to become final (finality stands at block {finalized}): too few hospitals vote (`salus status`). It stands once they do, so look at the result before repeating it", hex::encode(.transaction))]
	NotFinal {
		/// Its hash.
		transaction: Hash32,
		/// Number of the block.
		block: u64,
		/// Number of the last final block.
		finalized: u64,
		/// How long it was followed.
		seconds: u64,
	},
	/// Nothing is known of it.
	#[error("the transaction 0x{} was not carried out within {seconds} s; it may still be, for some minutes: look at the result before repeating it", hex::encode(.transaction))]
	Deadline {
		/// Its hash.
		transaction: Hash32,
		/// How long it was followed.
		seconds: u64,
	},
	/// The library below could not make or read something.
	#[error("a transaction could not be made or read; chain and client are of different releases, update the older one")]
	Library(#[source] Box<subxt::Error>),
}

pub(crate) fn library(error: impl Into<subxt::Error>) -> SubmitError {
	SubmitError::Library(Box::new(error.into()))
}
