//! Shares of a release as they arrive, so that a reader does not wait for the block that has them.

use std::sync::Arc;

use jsonrpsee::{
	core::{async_trait, SubscriptionResult},
	proc_macros::rpc,
	PendingSubscriptionSink, SubscriptionMessage,
};
use salus_primitives::RequestId;

use crate::committee::shares::Shares;

/// Shares of releases, as members post them.
#[rpc(server, namespace = "salus")]
pub trait SharesApi {
	/// Sends the shares of a request that wait in the node's transaction pool, then each further
	/// one as it arrives. `salus_release` returns those in blocks.
	#[subscription(
		name = "subscribeShares" => "shares",
		unsubscribe = "unsubscribeShares",
		item = salus_primitives::PostedShares
	)]
	async fn subscribe_shares(&self, request: RequestId) -> SubscriptionResult;
}

/// The subscription over the shares that the pool took.
pub struct Subscriptions {
	shares: Arc<Shares>,
}

impl Subscriptions {
	/// Creates the subscription over the shares.
	pub fn new(shares: Arc<Shares>) -> Self {
		Self { shares }
	}
}

#[async_trait]
impl SharesApiServer for Subscriptions {
	async fn subscribe_shares(
		&self,
		pending: PendingSubscriptionSink,
		request: RequestId,
	) -> SubscriptionResult {
		let mut following = self.shares.follow(request);
		let sink = pending.accept().await?;
		let mut new = Some(following.take());
		while let Some(shares) = new {
			sink.send(SubscriptionMessage::from_json(&shares)?).await?;
			new = tokio::select! {
				new = following.next() => new,
				() = sink.closed() => None,
			};
		}
		Ok(())
	}
}
