//! The pool's reports on a transaction.

use std::time::Duration;

use subxt::{
	rpcs::{client::RpcSubscription, methods::legacy::TransactionStatus},
	utils::H256,
};
use tokio::time::{timeout_at, Instant};
use tracing::info_span;

use super::Until;

/// Longest wait for the pool's next report on a transaction: 10 seconds.
///
/// A pool can forget one without a report, for example if a fork drops the block that had it and
/// the best chain has another runtime.
const REPORT_LIMIT: Duration = Duration::from_secs(10);

/// End of the pool's reports on a transaction.
pub(super) enum PoolOutcome {
	/// The block with this hash has it, final or not.
	In(H256),
	/// Another transaction of the account took its nonce.
	Usurped,
	/// The chain will not accept it.
	Invalid,
	/// The connection broke, or the node stopped reporting, perhaps only for now.
	Lost,
	/// The pool had no room.
	NoRoom,
}

/// Follows the pool's reports on a transaction, until they end or fail to come.
pub(super) async fn watch(
	mut subscription: RpcSubscription<TransactionStatus<H256>>,
	deadline: Instant,
	until: Until,
) -> PoolOutcome {
	// Replaced at the next state, which ends it.
	let mut _waiting = info_span!("in block");
	loop {
		let limit = deadline.min(Instant::now() + REPORT_LIMIT);
		let Ok(status) = timeout_at(limit, subscription.next()).await else {
			return PoolOutcome::Lost;
		};
		match status {
			Some(Ok(TransactionStatus::Finalized(block))) => return PoolOutcome::In(block),
			Some(Ok(TransactionStatus::InBlock(block))) if until == Until::Included => {
				return PoolOutcome::In(block)
			}
			Some(Ok(TransactionStatus::InBlock(_))) => _waiting = info_span!("final"),
			Some(Ok(TransactionStatus::Usurped(_))) => return PoolOutcome::Usurped,
			Some(Ok(TransactionStatus::Invalid)) => return PoolOutcome::Invalid,
			Some(Ok(TransactionStatus::Dropped)) => return PoolOutcome::NoRoom,
			Some(Ok(TransactionStatus::FinalityTimeout(_))) | Some(Err(_)) | None => {
				return PoolOutcome::Lost
			}
			Some(Ok(_)) => {}
		}
	}
}
