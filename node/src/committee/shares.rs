//! Shares that members posted and that still wait for a block.
//!
//! The pool has checked the member's signature, and the share is sealed to the reader, so a reader
//! at this node need not wait for the block. The chain still gets the share, as its record of who
//! released what.
//!
//! The pool checks the member's signature only in a general transaction, as the committee sends
//! them. In a transaction that an account signed, the call is valid in the pool and fails in the
//! block. Its share is therefore not taken.

use std::{collections::BTreeMap, sync::Arc};

use codec::{Decode, DecodeAll};
use futures::StreamExt;
use pallet_committee::Call;
use parking_lot::Mutex;
use salus_primitives::{MemberIndex, PostedShares, RequestId, SealedShare, MAX_COMMITTEE};
use salus_runtime::{opaque::Block, Address, RuntimeCall, Signature, TxExtension};
use sc_transaction_pool_api::{InPoolTransaction, TransactionPool};
use sp_runtime::{generic::Preamble, OpaqueExtrinsic};
use tokio::sync::broadcast;

/// Maximum number of requests whose shares are kept. The oldest make room.
const REQUESTS: usize = 1_024;

/// Maximum number of shares that a slow subscriber may be behind. It then reads all of its
/// request's.
const BEHIND: usize = 256;

/// Part of a transaction before its call.
type Start = Preamble<Address, Signature, TxExtension>;

/// Start of an encoded call that posts a share: the indices of the committee's pallet and of
/// [`Call::submit_share`].
const SUBMIT_SHARE: [u8; 2] = [25, 3];

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
			if let Some(transaction) = pool.ready_transaction(&hash) {
				let data: &Arc<OpaqueExtrinsic> = transaction.data();
				self.take(data);
			}
		}
	}

	/// Adds the share that a transaction posts, if it posts one.
	fn take(&self, transaction: &OpaqueExtrinsic) {
		if let Some((request, member, share)) = posted_share(transaction) {
			self.add(request, member, share);
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
	let mut call = share_call(transaction.inner())?;
	match RuntimeCall::decode_all(&mut call).ok()? {
		RuntimeCall::Committee(Call::submit_share { request, index, share, .. }) => {
			Some((request, index, share))
		}
		_ => None,
	}
}

/// Returns the encoded call of a transaction, if it is a general one that posts a share. Reads only
/// the start of the transaction, because calls of others may be large.
fn share_call(mut transaction: &[u8]) -> Option<&[u8]> {
	let is_general = matches!(Start::decode(&mut transaction).ok()?, Start::General(_));
	(is_general && transaction.starts_with(&SUBMIT_SHARE)).then_some(transaction)
}

#[cfg(test)]
mod tests {
	use codec::Encode;
	use salus_runtime::{signing, Runtime, UncheckedExtrinsic};
	use sp_core::sr25519;
	use sp_runtime::generic::Era;

	use super::*;
	use crate::committee::{chain::Said, client::transaction};

	fn share(byte: u8) -> SealedShare {
		vec![byte; 80].try_into().unwrap()
	}

	fn opaque(transaction: UncheckedExtrinsic) -> OpaqueExtrinsic {
		OpaqueExtrinsic::try_from_encoded_extrinsic(&transaction.encode()).unwrap()
	}

	/// Returns the transaction in which member 3 posts its share of request 7.
	fn posted() -> UncheckedExtrinsic {
		let said = Said::Share { request: 7, epoch: 2, index: 3, share: share(1) };
		transaction(said, [0; 64])
	}

	/// Returns a transaction that an account signs.
	fn signed(call: RuntimeCall) -> UncheckedExtrinsic {
		let signature = Signature::Sr25519(sr25519::Signature::from_raw([1; 64]));
		let extension = signing::extension(0, Era::Immortal, 0);
		UncheckedExtrinsic::new_signed(call, Address::Id([2; 32].into()), signature, extension)
	}

	fn remark(bytes: Vec<u8>) -> RuntimeCall {
		RuntimeCall::System(frame_system::Call::<Runtime>::remark { remark: bytes })
	}

	#[test]
	fn the_share_in_a_transaction_is_found() {
		assert_eq!(posted_share(&opaque(posted())), Some((7, 3, share(1))));
	}

	#[test]
	fn other_transactions_have_no_share() {
		let other = opaque(transaction(Said::Rejoin { epoch: 2, index: 3 }, [0; 64]));
		assert_eq!(posted_share(&other), None);
		assert_eq!(posted_share(&OpaqueExtrinsic::from_blob(vec![1, 2, 3])), None);
		assert_eq!(posted_share(&OpaqueExtrinsic::from_blob(Vec::new())), None);
	}

	#[test]
	fn a_share_that_an_account_signed_is_not_taken() {
		let forged = signed(posted().function);
		assert_eq!(posted_share(&opaque(forged)), None);
		let bare = UncheckedExtrinsic::new_bare(posted().function);
		assert_eq!(posted_share(&opaque(bare)), None);
	}

	#[test]
	fn a_share_among_thousands_of_transactions_is_found() {
		let shares = Shares::default();
		for number in 0..4_000_u32 {
			shares.take(&opaque(signed(remark(number.encode()))));
			if number == 2_000 {
				shares.take(&opaque(posted()));
			}
		}
		assert_eq!(shares.kept.lock().len(), 1);
		assert_eq!(shares.after(7, 0).0, [(3, share(1))]);
	}

	#[test]
	fn calls_other_than_shares_are_not_decoded() {
		// Without the last byte, no call can be decoded. What is found shows how far it was read.
		let cut = |transaction: UncheckedExtrinsic| {
			let mut bytes = opaque(transaction).inner().to_vec();
			bytes.pop();
			bytes
		};
		let extension = signing::extension(0, Era::Immortal, 0);
		for other in [
			signed(remark(vec![7; 1_000])),
			UncheckedExtrinsic::new_transaction(remark(vec![7; 1_000]), extension),
			transaction(Said::Rejoin { epoch: 2, index: 3 }, [0; 64]),
		] {
			assert_eq!(share_call(&cut(other)), None);
		}
		let encoded = posted().function.encode();
		assert_eq!(share_call(&cut(posted())), Some(&encoded[..encoded.len() - 1]));
		assert_eq!(posted_share(&OpaqueExtrinsic::from_blob(cut(posted()))), None);
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
