//! Transactions that are signed here, because the command line takes seconds for each.

use codec::{Decode, Encode};
use frame_support::storage::storage_prefix;
use frame_system::EventRecord;
use salus_e2e::{chain, eventually, Node};
use salus_primitives::Moment;
use salus_runtime::{
	signing, AccountId, Address, Hash, Nonce, Runtime, RuntimeCall, RuntimeEvent, Signature,
	SignedPayload, UncheckedExtrinsic, VERSION,
};
use serde_json::{json, Value};
use sp_core::{sr25519, Pair};
use sp_runtime::generic::Era;
use std::collections::BTreeMap;

/// Returns the key of a development account.
pub fn key(uri: &str) -> sr25519::Pair {
	sr25519::Pair::from_string(uri, None).expect("a development key")
}

/// Returns the account of a key.
pub fn account(key: &sr25519::Pair) -> AccountId {
	key.public().into()
}

/// Sender of transactions to a node.
pub struct Sender<'a> {
	node: &'a Node,
	/// Genesis hash of the chain.
	pub genesis: [u8; 32],
	nonces: BTreeMap<AccountId, Nonce>,
	/// Last block whose events were checked.
	checked: u64,
}

impl<'a> Sender<'a> {
	/// Returns a sender to a node.
	pub async fn to(node: &'a Node) -> Self {
		let (genesis, checked) = (chain::genesis(node).await, chain::finalised(node).await);
		Self { node, genesis, nonces: BTreeMap::new(), checked }
	}

	/// Sends a call.
	pub async fn send(&mut self, key: &sr25519::Pair, call: RuntimeCall) {
		let who = account(key);
		let nonce = match self.nonces.get(&who) {
			Some(nonce) => *nonce,
			None => self.next_nonce(&who).await,
		};
		self.nonces.insert(who.clone(), nonce + 1);
		let extension = signing::extension(nonce, Era::Immortal, 0);
		let genesis = Hash::from(self.genesis);
		let versions = (VERSION.spec_version, VERSION.transaction_version);
		let implicit = ((), (), versions.0, versions.1, genesis, genesis, (), (), (), None, ());
		let payload = SignedPayload::from_raw(call, extension, implicit);
		let signature = payload.using_encoded(|bytes| key.sign(bytes));
		let (call, extension, _) = payload.deconstruct();
		let transaction = UncheckedExtrinsic::new_signed(
			call,
			Address::Id(who),
			Signature::Sr25519(signature),
			extension,
		);
		let bytes = format!("0x{}", hex::encode(transaction.encode()));
		self.node.ask("author_submitExtrinsic", json!([bytes])).await;
	}

	async fn next_nonce(&self, who: &AccountId) -> Nonce {
		let next = self.node.ask("system_accountNextIndex", json!([who.to_string()])).await;
		next.as_u64().expect("a number").try_into().expect("a nonce")
	}

	/// Waits until everything that was sent is final. None of it may have failed.
	pub async fn settle(&mut self) {
		eventually("all transactions are in blocks", || async {
			let waiting = self.node.ask("author_pendingExtrinsics", json!([])).await;
			waiting.as_array().is_some_and(Vec::is_empty).then_some(())
		})
		.await;
		let last = chain::best(self.node).await;
		chain::finalises_beyond(self.node, last - 1).await;
		for block in self.checked + 1..=last {
			self.assert_no_failure(block).await;
		}
		self.checked = last;
	}

	async fn assert_no_failure(&self, block: u64) {
		let hash = chain::hash(self.node, block).await;
		let bytes = self.stored("System", "Events", &hash).await;
		let events = Vec::<EventRecord<RuntimeEvent, Hash>>::decode(&mut &bytes[..]);
		for record in events.expect("the runtime's events") {
			type Event = frame_system::Event<Runtime>;
			if let RuntimeEvent::System(failed @ Event::ExtrinsicFailed { .. }) = record.event {
				panic!("block {block}: {failed:?}");
			}
		}
	}

	/// Returns the time of the best block. The server decides at this time or later, because one
	/// validator makes no forks.
	pub async fn time(&self) -> Moment {
		let hash = self.node.ask("chain_getBlockHash", json!([])).await;
		let bytes = self.stored("Timestamp", "Now", &hash).await;
		Moment::decode(&mut &bytes[..]).expect("a time")
	}

	async fn stored(&self, pallet: &str, item: &str, block: &Value) -> Vec<u8> {
		let key = storage_prefix(pallet.as_bytes(), item.as_bytes());
		let key = format!("0x{}", hex::encode(key));
		let value = self.node.ask("state_getStorage", json!([key, block])).await;
		hex::decode(&value.as_str().expect("it is stored")[2..]).expect("hex")
	}
}
