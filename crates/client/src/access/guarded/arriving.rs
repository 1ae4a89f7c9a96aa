//! Following the shares of a release.
//!
//! The node passes shares on as members post them, and the chain has them a block later. Shares are
//! checked either way, so a reader takes them from where they come first.

use std::time::Duration;

use salus_primitives::{MemberIndex, PostedShares, RequestId, SealedShare};
use subxt::rpcs::client::{RpcClient, RpcSubscription};
use tokio::time::{sleep, timeout};

use super::opening::Source;
use crate::{rpc_params, Client, Error};

/// Interval between polls of the chain while the node passes shares on.
const POLL: Duration = Duration::from_secs(2);

/// Interval between polls of the chain if the node passes nothing on.
const PAUSE: Duration = Duration::from_millis(400);

/// Shares, each with the index of its member.
pub(super) type SharesOfMembers = Vec<(MemberIndex, SealedShare)>;

/// Shares that the node passes on.
pub(super) struct Arriving(Option<RpcSubscription<PostedShares>>);

impl Arriving {
	/// Waits for shares, at most for `left`. Returns `None` when it is time to poll the chain.
	pub(super) async fn next(&mut self, left: Duration) -> Option<SharesOfMembers> {
		let Some(subscription) = &mut self.0 else {
			sleep(PAUSE.min(left)).await;
			return None;
		};
		match timeout(POLL.min(left), subscription.next()).await {
			Ok(Some(Ok(PostedShares(shares)))) => Some(shares),
			// The subscription ended, or the connection broke.
			Ok(_) => {
				self.0 = None;
				None
			}
			Err(_) => None,
		}
	}
}

impl Client {
	/// Follows the shares of a release. A node that cannot pass them on is asked for those in
	/// blocks.
	pub(super) async fn arriving_shares(&self, request: RequestId) -> Arriving {
		let rpc = RpcClient::new(self.inner.connection.clone());
		let params = rpc_params![request];
		let subscribed = rpc.subscribe("salus_subscribeShares", params, "salus_unsubscribeShares");
		// A node that does not answer must not delay the shares that the chain has.
		Arriving(timeout(POLL, subscribed).await.ok().and_then(Result::ok))
	}

	/// Returns the shares of a release that are in blocks, as the node reports or by proof.
	pub(super) async fn posted_shares(
		&self,
		request: RequestId,
		source: Source,
	) -> Result<SharesOfMembers, Error> {
		if source == Source::Node {
			if let Some(details) = self.reported().release(request).await? {
				return Ok(details.shares);
			}
		}
		// That it is over must be proved: the reader would ask again.
		match self.settled().release(request).await? {
			Some(details) => Ok(details.shares),
			None => Err(Error::ReleaseEnded(request)),
		}
	}
}
