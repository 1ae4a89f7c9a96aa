//! The chain's metadata: calls and constants, by name.

use codec::DecodeAll;
use subxt::{client::OnlineClientAtBlock, config::SubstrateConfig};

use super::{
	calls::Call,
	client::Client,
	rpc::RpcError,
	submit::{library, SubmitError},
};

impl Client {
	/// Returns the chain at its best block, whose runtime is the one that accepts transactions.
	pub(crate) async fn state(&self) -> Result<OnlineClientAtBlock<SubstrateConfig>, SubmitError> {
		let explain = |error| self.inner.connection.explain("chain_getBlockHash", error);
		let best = self.inner.methods.chain_get_block_hash(None).await;
		let best = best.map_err(explain)?.ok_or_else(|| RpcError::Answer {
			method: "chain_getBlockHash".into(),
			source: "no best block".into(),
		})?;
		self.inner.online.at_block(best).await.map_err(library)
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
