//! The chain's metadata: calls and constants, by name.

use std::sync::atomic::Ordering;

use codec::DecodeAll;
use futures::future::BoxFuture;
use subxt::{client::OnlineClientAtBlock, config::SubstrateConfig, utils::H256};
use tracing::{info_span, instrument::WithSubscriber, Instrument};

use super::{
	calls::Call,
	client::{Client, Inner},
	rpc::RpcError,
	submit::{library, SubmitError},
};

impl Client {
	/// Returns the chain at its best block, whose runtime is the one that accepts transactions.
	pub(crate) fn state(
		&self,
	) -> BoxFuture<'_, Result<OnlineClientAtBlock<SubstrateConfig>, SubmitError>> {
		Box::pin(async move {
			let explain = |error| self.inner.connection.explain("chain_getBlockHash", error);
			let best = self.inner.methods.chain_get_block_hash(None).await;
			let best = best.map_err(explain)?.ok_or_else(|| RpcError::Answer {
				method: "chain_getBlockHash".into(),
				source: "no best block".into(),
			})?;
			self.chain_at(best).await
		})
	}

	/// Returns the chain at a block.
	pub(crate) fn chain_at(
		&self,
		block: H256,
	) -> BoxFuture<'_, Result<OnlineClientAtBlock<SubstrateConfig>, SubmitError>> {
		Box::pin(async move {
			let Inner { online, metadata, has_metadata, .. } = &*self.inner;
			// The first call fetches the runtime's metadata. Others wait, and do not fetch it
			// again.
			let _turn = match has_metadata.load(Ordering::Acquire) {
				true => None,
				false => Some(metadata.lock().await),
			};
			self.know_runtime().await?;
			let at = online.at_block(block).instrument(info_span!("metadata"));
			let at = at.await.map_err(library)?;
			has_metadata.store(true, Ordering::Release);
			Ok(at)
		})
	}

	/// Returns the chain at a block, by the runtime that the block's own state names. That runtime
	/// may be older than the last final block's.
	pub(super) async fn chain_by_own_runtime(
		&self,
		block: H256,
	) -> Result<OnlineClientAtBlock<SubstrateConfig>, SubmitError> {
		let Inner { online, certain, .. } = &*self.inner;
		let known = self.block(block.0).await?;
		let code = self.code(&known).await?;
		let _earlier = certain.runtime.use_earlier(block.0, code).await;
		online.at_block(block).await.map_err(library)
	}

	/// Begins to fetch what every transaction needs, while the caller does something else. Call it
	/// where a transaction will probably follow. A further call does nothing.
	pub fn expect_transaction(&self) {
		if self.inner.is_preparing.swap(true, Ordering::Relaxed) {
			return;
		}
		let client = self.clone();
		// If it fails, the transaction fetches it and reports the error.
		let fetching = async move { drop(client.state().await) };
		tokio::spawn(fetching.in_current_span().with_current_subscriber());
	}
}

/// Checks that the chain has a call of this name.
pub(crate) fn check_call(
	at: &OnlineClientAtBlock<SubstrateConfig>,
	call: &Call,
) -> Result<(), SubmitError> {
	at.metadata_ref()
		.pallet_by_name(call.pallet())
		.and_then(|pallet| pallet.call_variant_by_name(call.name()).map(drop))
		.ok_or(SubmitError::UnknownCall { pallet: call.pallet(), call: call.name() })
}

/// Reads a pallet's constant; `None` if none has this name and type.
pub(crate) fn constant<T: DecodeAll>(
	at: &OnlineClientAtBlock<SubstrateConfig>,
	pallet: &str,
	name: &str,
) -> Option<T> {
	let pallet = at.metadata_ref().pallet_by_name(pallet)?;
	let mut bytes = pallet.constant_by_name(name)?.value();
	T::decode_all(&mut bytes).ok()
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::{json, Value};
	use std::{sync::atomic::AtomicU32, time::Duration};

	static FETCHED: AtomicU32 = AtomicU32::new(0);

	/// Answers like a node that has no blocks, and counts how often it is asked for the best one.
	fn without_blocks(method: &str, params: &Value) -> Value {
		match method {
			"state_getRuntimeVersion" => {
				json!({"specName": "salus", "specVersion": 2, "transactionVersion": 1, "apis": []})
			}
			"chain_getBlockHash" => {
				if params[0].is_null() {
					FETCHED.fetch_add(1, Ordering::Relaxed);
				}
				format!("0x{:064x}", 0).into()
			}
			_ => Value::Null,
		}
	}

	#[tokio::test]
	async fn an_expected_transaction_is_prepared_once() {
		let url = crate::chain::rpc::tests::node(without_blocks).await;
		let client = Client::connect(&url).await.unwrap();
		for _ in 0..3 {
			client.expect_transaction();
		}
		while FETCHED.load(Ordering::Relaxed) == 0 {
			tokio::time::sleep(Duration::from_millis(10)).await;
		}
		// The transaction reports the failure.
		assert!(client.state().await.is_err());
		assert_eq!(FETCHED.load(Ordering::Relaxed), 2);
	}
}
