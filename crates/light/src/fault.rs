//! Faults of a node's answers.

use crate::Hash;

/// Reason why a node's answer proves nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
	/// A part of the answer cannot be decoded.
	#[error("its {0} cannot be decoded")]
	Malformed(&'static str),
	/// A part of the answer is longer than anything that the chain produces.
	#[error("its {0} is too long")]
	TooLong(&'static str),
	/// The header is not about the block that was asked for.
	#[error("its block header is not that of block 0x{}", hex::encode(.0))]
	OtherBlock(Hash),
	/// The transactions are not the block's.
	#[error("its list of transactions is not that of the block")]
	OtherBody,
	/// The call is not the one that the motion names.
	#[error("its call is not that of motion 0x{}", hex::encode(.0))]
	OtherMotion(Hash),
	/// The answer is not about the trusted chain.
	#[error("it does not follow the chain with the first block 0x{}", hex::encode(.0))]
	OtherChain(Hash),
	/// Too few validators have signed, or the signatures are wrong.
	#[error("its proof of finality is invalid ({0})")]
	Finality(String),
	/// The block is older than one that was final before.
	#[error("its last final block is {found}, but block {known} was final before")]
	Older {
		/// Number of the block that was final before.
		known: u64,
		/// Number of the block in the answer.
		found: u64,
	},
	/// The proof does not match the block's state.
	#[error("its proof does not match the state of the block")]
	State,
	/// The proof lacks the value under a key of the state.
	#[error("its proof lacks the value under 0x{}", hex::encode(.0))]
	Lacking(Vec<u8>),
	/// The function does what only block production and off-chain workers do.
	#[error("{0} needs more than a proof; update this client")]
	Unprovable(String),
	/// The proof lacks something that the answer depends on.
	#[error("its proof is incomplete")]
	Incomplete,
	/// The code is not the chain's.
	#[error("its runtime code is not the chain's")]
	OtherCode,
	/// The chain's code cannot be run.
	#[error("the chain's runtime cannot be run ({0}); update this client")]
	Runtime(String),
	/// The function ended in an error.
	#[error("the chain's runtime refuses {function}: {cause}")]
	Refused {
		/// Name of the function.
		function: String,
		/// The runtime's message.
		cause: String,
	},
}
