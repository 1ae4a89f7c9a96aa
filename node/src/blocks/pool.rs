//! The transaction pool as the proposer sees it.

use std::{collections::HashMap, pin::Pin, sync::Arc, time::Duration};

use async_trait::async_trait;
use salus_runtime::opaque::Block;
use sc_transaction_pool_api::{
	BlockHash, ImportNotificationStream, PoolStatus, ReadyTransactions, TransactionFor,
	TransactionPool, TransactionSource, TransactionStatusStreamFor, TxHash, TxInvalidityReportMap,
};
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};

use crate::FullPool;

/// A pool that keeps an account's later transactions when one that is already in a block is
/// reported as invalid.
///
/// The proposer waits a moment until the pool has taken note of the parent block. On a busy machine
/// that does not suffice: the pool still offers the block's transactions, and the proposer reports
/// them as invalid. The SDK's pool would remove each of them with all later ones of its account,
/// although the pool accepted those, and they are valid. It removes what is in the block anyway.
pub struct Kept(Arc<FullPool>);

type Ready =
	Box<dyn ReadyTransactions<Item = Arc<<Kept as TransactionPool>::InPoolTransaction>> + Send>;

impl Kept {
	/// Creates the proposer's view of a pool.
	pub fn new(pool: Arc<FullPool>) -> Self {
		Self(pool)
	}
}

/// Returns whether a transaction is to be removed with the later ones of its account.
fn is_lost(error: Option<&TransactionValidityError>) -> bool {
	!matches!(error, Some(TransactionValidityError::Invalid(InvalidTransaction::Stale)))
}

#[async_trait]
impl TransactionPool for Kept {
	type Block = Block;
	type Hash = TxHash<FullPool>;
	type InPoolTransaction = <FullPool as TransactionPool>::InPoolTransaction;
	type Error = <FullPool as TransactionPool>::Error;

	async fn report_invalid(
		&self,
		at: Option<BlockHash<Self>>,
		mut invalid: TxInvalidityReportMap<TxHash<Self>>,
	) -> Vec<Arc<Self::InPoolTransaction>> {
		invalid.retain(|_, error| is_lost(error.as_ref()));
		self.0.report_invalid(at, invalid).await
	}

	async fn ready_at(&self, at: BlockHash<Self>) -> Ready {
		self.0.ready_at(at).await
	}

	async fn ready_at_with_timeout(&self, at: BlockHash<Self>, timeout: Duration) -> Ready {
		self.0.ready_at_with_timeout(at, timeout).await
	}

	fn ready(&self) -> Ready {
		self.0.ready()
	}

	async fn submit_at(
		&self,
		at: BlockHash<Self>,
		source: TransactionSource,
		transactions: Vec<TransactionFor<Self>>,
	) -> Result<Vec<Result<TxHash<Self>, Self::Error>>, Self::Error> {
		self.0.submit_at(at, source, transactions).await
	}

	async fn submit_one(
		&self,
		at: BlockHash<Self>,
		source: TransactionSource,
		transaction: TransactionFor<Self>,
	) -> Result<TxHash<Self>, Self::Error> {
		self.0.submit_one(at, source, transaction).await
	}

	async fn submit_and_watch(
		&self,
		at: BlockHash<Self>,
		source: TransactionSource,
		transaction: TransactionFor<Self>,
	) -> Result<Pin<Box<TransactionStatusStreamFor<Self>>>, Self::Error> {
		self.0.submit_and_watch(at, source, transaction).await
	}

	fn futures(&self) -> Vec<Self::InPoolTransaction> {
		self.0.futures()
	}

	fn status(&self) -> PoolStatus {
		self.0.status()
	}

	fn import_notification_stream(&self) -> ImportNotificationStream<TxHash<Self>> {
		self.0.import_notification_stream()
	}

	fn on_broadcasted(&self, propagations: HashMap<TxHash<Self>, Vec<String>>) {
		self.0.on_broadcasted(propagations);
	}

	fn hash_of(&self, transaction: &TransactionFor<Self>) -> TxHash<Self> {
		self.0.hash_of(transaction)
	}

	fn ready_transaction(&self, hash: &TxHash<Self>) -> Option<Arc<Self::InPoolTransaction>> {
		self.0.ready_transaction(hash)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_transaction_of_a_block_removes_no_later_one() {
		let invalid = |error: InvalidTransaction| is_lost(Some(&error.into()));
		assert!(!invalid(InvalidTransaction::Stale));
		assert!(invalid(InvalidTransaction::Payment) && invalid(InvalidTransaction::BadProof));
		assert!(is_lost(None), "it could not be executed at all");
	}
}
