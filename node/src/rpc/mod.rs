//! The node's JSON-RPC methods beyond the SDK's: the namespace `salus_`, and the methods that
//! wallets need.
//!
//! # Neighbours
//!
//! * **Uses**: the chain's client, through the runtime API
//!   [`SalusApi`](salus_primitives::api::SalusApi), and the node's IPFS side ([`crate::ipfs`]).
//! * **Used by**: anyone who reaches the port. Reads are public, as the chain is; blocks are
//!   ciphertext; staging needs a ticket ([`ticket`]). No method changes the chain. Wherever the
//!   server refuses unsafe methods, it also refuses the operator's ([`operator`]).
//!
//! `docs/rpc.md` describes the methods and error codes for people, `docs/openrpc.json` for
//! programs.

pub mod blocks;
pub mod changes;
pub mod error;
pub mod info;
mod limits;
pub mod operator;
pub mod proofs;
pub mod reads;
mod remote;
mod serve;
pub mod server;
pub mod shares;
#[cfg(test)]
mod tests;
pub mod ticket;
mod turns;
pub mod uploads;

use std::sync::Arc;

use jsonrpsee::RpcModule;
use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
use salus_ipfs::fetch::BlockSource;
use salus_primitives::api::SalusApi;
use salus_runtime::{opaque::Block, AccountId, Balance, BlockNumber, Hash, Nonce};
use sc_client_api::Backend;
use sc_consensus_grandpa::{
	FinalityProofProvider, GrandpaJustificationStream, SharedAuthoritySet, SharedVoterState,
};
use sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer};
use sc_network::service::traits::NetworkService;
use sc_rpc::SubscriptionTaskExecutor;
use sc_transaction_pool_api::TransactionPool;
use sp_api::ProvideRuntimeApi;
use sp_block_builder::BlockBuilder;
use sp_blockchain::{Error as BlockChainError, HeaderBackend, HeaderMetadata};
use substrate_frame_rpc_system::{System, SystemApiServer};

use self::{
	blocks::{Blocks, BlocksApiServer},
	changes::{ChangesApiServer, Follower, Recent},
	info::{Info, InfoApiServer},
	operator::{Operator, OperatorApiServer},
	proofs::{Proofs, ProofsApiServer},
	reads::Reads,
	shares::{SharesApiServer, Subscriptions},
	uploads::{Uploads, UploadsApiServer},
};
use crate::{committee::shares::Shares, ipfs::Ipfs};

/// Dependencies of the methods about finality.
pub struct GrandpaDeps<B> {
	/// Votes of the current round.
	pub shared_voter_state: SharedVoterState,
	/// Voters.
	pub shared_authority_set: SharedAuthoritySet<Hash, BlockNumber>,
	/// Stream of new proofs of finality.
	pub justification_stream: GrandpaJustificationStream<Block>,
	/// Proofs of finality of earlier blocks.
	pub finality_provider: Arc<FinalityProofProvider<B, Block>>,
}

/// Dependencies of the methods of the namespace `salus_`.
pub struct SalusDeps<C> {
	/// Client of the chain.
	pub client: Arc<C>,
	/// Node's IPFS side, with blocks and uploads.
	pub ipfs: Arc<Ipfs>,
	/// Network service, for this node's own addresses.
	pub network: Option<Arc<dyn NetworkService>>,
	/// Other nodes, for blocks that this one does not have.
	pub others: Option<Arc<dyn BlockSource>>,
	/// Shares that wait in the pool.
	pub shares: Arc<Shares>,
	/// Changes that the last blocks make.
	pub changes: Arc<Recent>,
	/// Proofs for clients that do not trust the node.
	pub proofs: Arc<dyn proofs::Source>,
}

/// Dependencies of all methods except those that [`server`] takes from the SDK.
pub struct OwnDeps<C, P, B> {
	/// Dependencies of the methods of the namespace `salus_`.
	pub salus: SalusDeps<C>,
	/// Pool of waiting transactions.
	pub pool: Arc<P>,
	/// Dependencies of the methods about finality.
	pub grandpa: GrandpaDeps<B>,
}

/// Returns the methods of the namespace `salus_`.
pub fn create_salus<C>(
	deps: SalusDeps<C>,
) -> Result<RpcModule<()>, jsonrpsee::core::RegisterMethodError>
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
	C::Api: SalusApi<Block, AccountId>,
{
	let SalusDeps { client, ipfs, network, others, shares, changes, proofs } = deps;
	let mut module = RpcModule::new(());
	module.merge(Operator::new(client.clone(), ipfs.clone()).into_rpc())?;
	module.merge(Info::new(&*client, ipfs.clone(), network).into_rpc())?;
	module.merge(Uploads::new(client.clone(), ipfs.clone()).into_rpc())?;
	module.merge(Blocks::new(client.clone(), ipfs, others).into_rpc())?;
	module.merge(Reads::new(client.clone()).methods()?)?;
	module.merge(Follower::new(client, changes).into_rpc())?;
	module.merge(Subscriptions::new(shares).into_rpc())?;
	module.merge(Proofs::new(proofs).into_rpc())?;
	Ok(module)
}

/// Returns all methods except those that [`server`] takes from the SDK. `executor` runs
/// subscriptions.
pub fn create_own<C, P, B>(
	deps: OwnDeps<C, P, B>,
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
	let OwnDeps { salus, pool, grandpa } = deps;
	let client = salus.client.clone();
	let mut module = RpcModule::new(());
	module.merge(System::new(client.clone(), pool).into_rpc())?;
	module.merge(TransactionPayment::new(client).into_rpc())?;
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
	module.merge(create_salus(salus)?)?;
	Ok(module)
}
