//! Shares that members posted and that still wait for a block.
//!
//! The pool has checked the member's signature, and the share is sealed to the reader, so a reader
//! at this node need not wait for the block. The chain still gets the share, as its record of who
//! released what.

use std::{collections::BTreeMap, sync::Arc};

use codec::{Decode, Encode};
use futures::StreamExt;
use pallet_committee::Call;
use parking_lot::Mutex;
use salus_primitives::{MemberIndex, PostedShares, RequestId, SealedShare, MAX_COMMITTEE};
use salus_runtime::{opaque::Block, RuntimeCall, UncheckedExtrinsic};
use sc_transaction_pool_api::{InPoolTransaction, TransactionPool};
use sp_runtime::OpaqueExtrinsic;
use tokio::sync::broadcast;

/// Maximum number of requests whose shares are kept. The oldest make room.
const REQUESTS: usize = 1_024;

/// Maximum number of shares that a slow subscriber may be behind. It then reads all of its
/// request's.
const BEHIND: usize = 256;

/// Shares of recent requests, as the pool took them.
pub struct Shares {
	kept: Mutex<BTreeMap<RequestId, Vec<(MemberIndex, SealedShare)>>>,
	news: broadcast::Sender<RequestId>,
}

impl Default for Shares {
	fn default() -> Self {
		Self { kept: Mutex::default(), news: broadcast::channel(BEHIND).0 }
	}
}

impl Shares {
	/// Collects the shares that enter a pool, until the pool ends.
	pub async fn collect<P>(self: Arc<Self>, pool: Arc<P>)
	where
		P: TransactionPool<Block = Block>,
	{
		let mut imported = pool.import_notification_stream();
		while let Some(hash) = imported.next().await {
			let posted = pool.ready_transaction(&hash).and_then(|transaction| {
				let data: &Arc<OpaqueExtrinsic> = transaction.data();
				posted_share(data)
			});
			if let Some((request, member, share)) = posted {
				self.add(request, member, share);
			}
		}
	}

	/// Adds a share, and notifies the subscribers. Only a member's first share of a request counts.
	pub(crate) fn add(&self, request: RequestId, member: MemberIndex, share: SealedShare) {
		let mut kept = self.kept.lock();
		let shares = kept.entry(request).or_default();
		let is_known = shares.iter().any(|(known, _)| *known == member);
		if is_known || shares.len() >= MAX_COMMITTEE as usize {
			return;
		}
		shares.push((member, share));
		while kept.len() > REQUESTS {
			kept.pop_first();
		}
		drop(kept);
		// Without subscribers there is nobody to notify.
		let _ = self.news.send(request);
	}

	/// Returns the shares of a request, those beyond the first `known` ones.
	fn after(&self, request: RequestId, known: usize) -> PostedShares {
		let kept = self.kept.lock();
		let shares = kept.get(&request).and_then(|shares| shares.get(known..));
		PostedShares(shares.unwrap_or_default().to_vec())
	}

	/// Follows a request's shares.
	pub(crate) fn follow(self: &Arc<Self>, request: RequestId) -> Following {
		let news = self.news.subscribe();
		Following { shares: self.clone(), news, request, known: 0 }
	}
}

/// Subscriber to the shares of one request.
pub(crate) struct Following {
	shares: Arc<Shares>,
	news: broadcast::Receiver<RequestId>,
	request: RequestId,
	/// Number of shares that the subscriber has.
	known: usize,
}

impl Following {
	/// Returns the shares that the subscriber does not have yet, perhaps none.
	pub(crate) fn take(&mut self) -> PostedShares {
		let new = self.shares.after(self.request, self.known);
		self.known += new.0.len();
		new
	}

	/// Waits for new shares. Returns `None` if no more will come.
	pub(crate) async fn next(&mut self) -> Option<PostedShares> {
		loop {
			match self.news.recv().await {
				Ok(request) if request != self.request => continue,
				Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
				Err(broadcast::error::RecvError::Closed) => return None,
			}
			let new = self.take();
			if !new.0.is_empty() {
				return Some(new);
			}
		}
	}
}

/// Returns the share that a transaction posts, with its request and member.
fn posted_share(transaction: &OpaqueExtrinsic) -> Option<(RequestId, MemberIndex, SealedShare)> {
	let bytes = transaction.encode();
	match UncheckedExtrinsic::decode(&mut &bytes[..]).ok()?.function {
		RuntimeCall::Committee(Call::submit_share { request, index, share, .. }) => {
			Some((request, index, share))
		}
		_ => None,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::committee::{chain::Said, client::transaction};

	fn share(byte: u8) -> SealedShare {
		vec![byte; 80].try_into().unwrap()
	}

	#[test]
	fn the_share_in_a_transaction_is_found() {
		let said = Said::Share { request: 7, epoch: 2, index: 3, share: share(1) };
		let bytes = transaction(said, [0; 64]).encode();
		let posted = OpaqueExtrinsic::try_from_encoded_extrinsic(&bytes).unwrap();
		assert_eq!(posted_share(&posted), Some((7, 3, share(1))));
	}

	#[test]
	fn other_transactions_have_no_share() {
		let bytes = transaction(Said::Rejoin { epoch: 2, index: 3 }, [0; 64]).encode();
		let other = OpaqueExtrinsic::try_from_encoded_extrinsic(&bytes).unwrap();
		assert_eq!(posted_share(&other), None);
		assert_eq!(posted_share(&OpaqueExtrinsic::from_blob(vec![1, 2, 3])), None);
	}

	#[tokio::test]
	async fn a_subscriber_gets_each_share_of_its_request_once() {
		let shares = Arc::new(Shares::default());
		shares.add(7, 1, share(1));
		let mut following = shares.follow(7);
		assert_eq!(following.take().0, [(1, share(1))]);
		shares.add(8, 2, share(9));
		shares.add(7, 1, share(2));
		shares.add(7, 3, share(3));
		assert_eq!(following.next().await.unwrap().0, [(3, share(3))]);
		// More news than a subscriber may be behind.
		for request in 100..100 + 2 * BEHIND as RequestId {
			shares.add(request, 1, share(1));
		}
		shares.add(7, 2, share(2));
		assert_eq!(following.next().await.unwrap().0, [(2, share(2))]);
	}

	#[test]
	fn the_oldest_requests_make_room() {
		let shares = Shares::default();
		for request in 1..=REQUESTS as RequestId + 5 {
			shares.add(request, 1, share(1));
		}
		assert_eq!(shares.kept.lock().len(), REQUESTS);
		assert!(shares.after(5, 0).0.is_empty());
		assert_eq!(shares.after(6, 0).0.len(), 1);
	}

	#[test]
	fn a_request_has_at_most_one_share_of_each_member() {
		let shares = Shares::default();
		for member in 0..100 {
			shares.add(1, member, share(1));
		}
		assert_eq!(shares.after(1, 0).0.len(), MAX_COMMITTEE as usize);
	}
}
