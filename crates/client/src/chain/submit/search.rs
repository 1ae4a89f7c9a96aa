//! The search for a transaction in the node's blocks.

use subxt::{rpcs::methods::legacy::NumberOrHex, utils::H256};
use tokio::time::Instant;

use super::{SignedTransaction, SubmitError, Until};
use crate::Client;

/// Longest distance of a search from the first block that can have the transaction, in blocks.
pub(super) const SEARCH_RANGE: u64 = 8_192;

/// The block that has a transaction, according to the node.
#[derive(Clone, Copy)]
pub(super) struct BlockOfTransaction {
	/// Hash of the block.
	pub(super) hash: H256,
	/// Number of the block.
	pub(super) number: u64,
	/// Whether the block is final.
	finalized: bool,
}

impl BlockOfTransaction {
	/// Returns whether a transaction in this block has reached this state.
	pub(super) fn is_enough(&self, until: Until) -> bool {
		self.finalized || until == Until::Included
	}
}

impl Client {
	/// Returns a block that has a transaction as it is now; `None` if a fork dropped it.
	pub(super) async fn still_at(
		&self,
		found: BlockOfTransaction,
	) -> Result<Option<BlockOfTransaction>, SubmitError> {
		let finalized = self.finalized_number().await?;
		let hash = self.hash_of_block(found.number).await?;
		Ok((hash == Some(found.hash))
			.then_some(BlockOfTransaction { finalized: found.number <= finalized, ..found }))
	}

	/// Returns the hash of the block with this number on the node's best chain.
	async fn hash_of_block(&self, number: u64) -> Result<Option<H256>, SubmitError> {
		let number = Some(NumberOrHex::Number(number));
		let hash = self.inner.methods.chain_get_block_hash(number).await;
		Ok(hash.map_err(|error| self.inner.connection.explain("chain_getBlockHash", error))?)
	}

	/// Searches for a transaction in the blocks since it was signed, newest first.
	pub(super) async fn search(
		&self,
		signed: &SignedTransaction,
		deadline: Instant,
	) -> Result<Option<BlockOfTransaction>, SubmitError> {
		let best = self.best_number().await?;
		let finalized = self.finalized_number().await?;
		let newest = signed.last.map_or(best, |last| best.min(last));
		let newest = newest.min(signed.first.saturating_add(SEARCH_RANGE));
		for number in (signed.first..=newest).rev() {
			if Instant::now() >= deadline {
				return Err(SubmitError::Unknown { transaction: signed.hash.0 });
			}
			let Some(hash) = self.hash_of_block(number).await? else { continue };
			if self.position(hash, signed.hash).await?.is_some() {
				return Ok(Some(BlockOfTransaction {
					hash,
					number,
					finalized: number <= finalized,
				}));
			}
		}
		Ok(None)
	}
}
