//! The node's JSON-RPC beyond the SDK's own: namespace `salus_`, and what wallets want.
//!
//! # Contract with the neighbours
//!
//! * **Down**: the chain's client, by the runtime API [`SalusApi`](salus_primitives::api::SalusApi),
//!   and the node's IPFS side ([`crate::ipfs`]).
//! * **Up**: anyone who reaches the port. Reads are public, as the chain is; blocks are ciphertext;
//!   staging wants a ticket ([`ticket`]). Nothing here changes the chain. What is for the operator alone ([`operator`]) is
//!   refused where the server refuses methods that could harm.
//!
//! `docs/rpc.md` tells the methods and error codes to people, `docs/openrpc.json` to programs.

mod brief;
pub mod error;
pub mod operator;
pub mod reads;
mod remote;
pub mod server;
#[cfg(test)]
mod tests;
pub mod ticket;
mod turns;
pub mod uploads;

use std::sync::Arc;

use jsonrpsee::RpcModule;
use salus_ipfs::fetch::BlockSource;
use salus_primitives::api::SalusApi;
use salus_runtime::{opaque::Block, AccountId, Balance, BlockNumber, Hash, Nonce};
use sc_client_api::Backend;
use sc_consensus_grandpa::{
	FinalityProofProvider, GrandpaJustificationStream, SharedAuthoritySet, SharedVoterState,
};
use sc_network::service::traits::NetworkService;
use sc_rpc::SubscriptionTaskExecutor;
use sc_transaction_pool_api::TransactionPool;
use sp_api::ProvideRuntimeApi;
use sp_block_builder::BlockBuilder;
use sp_blockchain::{Error as BlockChainError, HeaderBackend, HeaderMetadata};

use self::{
	operator::{Operator, OperatorApiServer},
	reads::{Reads, ReadsApiServer},
	uploads::{Uploads, UploadsApiServer},
};
use crate::ipfs::Ipfs;

/// What the methods about finality work on.
pub struct GrandpaDeps<B> {
	/// The votes of the present round.
	pub shared_voter_state: SharedVoterState,
	/// Who votes.
	pub shared_authority_set: SharedAuthoritySet<Hash, BlockNumber>,
	/// Proofs of finality as they come.
	pub justification_stream: GrandpaJustificationStream<Block>,
	/// Proofs of finality of old.
	pub finality_provider: Arc<FinalityProofProvider<B, Block>>,
}

/// What the methods work on.
pub struct FullDeps<C, P, B> {
	/// The chain.
	pub client: Arc<C>,
	/// Transactions on their way into it.
	pub pool: Arc<P>,
	/// Blocks and uploads.
	pub ipfs: Arc<Ipfs>,
	/// The peer-to-peer network, for this node's own addresses.
	pub network: Option<Arc<dyn NetworkService>>,
	/// The other nodes, for blocks that this one lacks.
	pub others: Option<Arc<dyn BlockSource>>,
	/// Finality.
	pub grandpa: GrandpaDeps<B>,
}

/// The methods of Salus alone.
pub fn create_salus<C>(
	client: Arc<C>,
	ipfs: Arc<Ipfs>,
	network: Option<Arc<dyn NetworkService>>,
	others: Option<Arc<dyn BlockSource>>,
) -> Result<RpcModule<()>, jsonrpsee::core::RegisterMethodError>
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
	C::Api: SalusApi<Block, AccountId>,
{
	let mut module = RpcModule::new(());
	module.merge(Operator::new(client.clone(), ipfs.clone()).into_rpc())?;
	module.merge(Uploads::new(client.clone(), ipfs, network, others).into_rpc())?;
	module.merge(Reads::new(client).into_rpc())?;
	Ok(module)
}

/// All methods besides those that [`server`] takes from the SDK. `executor` runs subscriptions.
pub fn create_full<C, P, B>(
	deps: FullDeps<C, P, B>,
	executor: SubscriptionTaskExecutor,
) -> Result<RpcModule<()>, Box<dyn std::error::Error + Send + Sync>>
where
	C: ProvideRuntimeApi<Block>
		+ HeaderBackend<Block>
		+ HeaderMetadata<Block, Error = BlockChainError>
		+ Send
		+ Sync
		+ 'static,
	C::Api: SalusApi<Block, AccountId>
		+ substrate_frame_rpc_system::AccountNonceApi<Block, AccountId, Nonce>
		+ pallet_transaction_payment_rpc::TransactionPaymentRuntimeApi<Block, Balance>
		+ BlockBuilder<Block>,
	P: TransactionPool + 'static,
	B: Backend<Block> + Send + Sync + 'static,
{
	use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
	use sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer};
	use substrate_frame_rpc_system::{System, SystemApiServer};

	let FullDeps { client, pool, ipfs, network, others, grandpa } = deps;
	let mut module = RpcModule::new(());
	module.merge(System::new(client.clone(), pool).into_rpc())?;
	module.merge(TransactionPayment::new(client.clone()).into_rpc())?;
	let GrandpaDeps {
		shared_voter_state,
		shared_authority_set,
		justification_stream,
		finality_provider,
	} = grandpa;
	module.merge(
		Grandpa::new(
			executor,
			shared_authority_set,
			shared_voter_state,
			justification_stream,
			finality_provider,
		)
		.into_rpc(),
	)?;
	module.merge(create_salus(client, ipfs, network, others)?)?;
	Ok(module)
}
