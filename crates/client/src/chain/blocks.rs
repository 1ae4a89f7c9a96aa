//! New blocks, at which the chain is worth another look.

use std::time::Duration;

use serde::de::IgnoredAny;
use subxt::rpcs::client::{RpcClient, RpcSubscription};
use tokio::time::{sleep, timeout};

use crate::{rpc_params, Client};

/// Maximum time between two looks at the chain while it has new blocks to show.
const SLOW: Duration = Duration::from_secs(5);

/// Time between two looks at the chain if the node does not report blocks.
const PAUSE: Duration = Duration::from_secs(1);

/// New best blocks, as the node reports them.
pub(crate) struct Blocks(Option<RpcSubscription<IgnoredAny>>);

impl Blocks {
	/// Waits until it is worth looking at the chain again: for a new block, at most for `left`.
	pub(crate) async fn next(&mut self, left: Duration) {
		let Some(heads) = &mut self.0 else { return sleep(PAUSE.min(left)).await };
		match timeout(SLOW.min(left), heads.next()).await {
			Ok(Some(Ok(IgnoredAny))) | Err(_) => {}
			// The subscription ended, or the connection broke.
			Ok(_) => self.0 = None,
		}
	}
}

impl Client {
	/// Follows the best block. A block that comes between this call and [`Blocks::next`] is not
	/// missed.
	pub(crate) async fn blocks(&self) -> Blocks {
		let rpc = RpcClient::new(self.inner.connection.clone());
		let (subscribe, unsubscribe) = ("chain_subscribeNewHeads", "chain_unsubscribeNewHeads");
		Blocks(rpc.subscribe(subscribe, rpc_params![], unsubscribe).await.ok())
	}
}
