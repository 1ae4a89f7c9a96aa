//! The node's part in the committee: the hospitals' common key, and the shares that they release.
//!
//! # Neighbours
//!
//! * **Uses**: `salus-threshold` for the cryptography, and `salus-envelope` for sealing a share to
//!   its reader.
//! * **To the chain** (`pallet-committee`, through the runtime API and the transaction pool):
//!   [`chain::Chain`]. The node signs its statements with the keystore's sr25519 key of type `comm`
//!   and sends them as transactions without a sender.
//! * **To the disk**: [`vault`].
//! * **To readers at this node**: [`shares`], which JSON-RPC passes on before a block has them.
//!
//! [`start`] starts the worker, which needs no operator. It acts only on finalised blocks:
//!
//! ```text
//! an epoch announces    → make and store a secret, announce its public half
//! an epoch deals        → make, store and post a dealing
//! an epoch confirms     → check all dealings, make and store the share, only then confirm
//! an epoch has a key    → erase the secrets that the share was made from
//! a release is in force → make a share only for this request, seal it to its reader, post it
//! ```

pub mod chain;
pub mod client;
mod earlier;
mod isolation;
mod member;
mod metrics;
mod shared;
pub mod shares;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub mod vault;
pub mod worker;

use std::sync::Arc;

use futures::StreamExt;
use salus_runtime::opaque::Block;
use sc_client_api::BlockchainEvents;
use sc_network_sync::SyncingService;
use sc_service::{Configuration, TaskManager};
use sp_keystore::KeystorePtr;
use sp_runtime::traits::Header;

use crate::{errors::causes, FullClient, FullPool};

use self::{chain::At, client::NodeChain, metrics::Metrics, vault::KEY_TYPE, worker::Worker};

const LOG_TARGET: &str = "salus::committee";

/// Reason why the committee's worker does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The development key cannot be made.
	#[error("cannot make the committee key (type `comm`) in the keystore")]
	Key(#[source] sp_keystore::Error),
}

impl From<Error> for sc_service::Error {
	fn from(error: Error) -> Self {
		Self::Other(causes(&error))
	}
}

/// Parameters of [`start`].
pub struct Params<'a> {
	/// Configuration of the node, with its folder and development seed.
	pub config: &'a Configuration,
	/// Client of the chain.
	pub client: Arc<FullClient>,
	/// Pool that takes the transactions.
	pub pool: Arc<FullPool>,
	/// Synchronisation service, which knows whether the node is far behind.
	pub sync: Arc<SyncingService<Block>>,
	/// Keystore with the member's key.
	pub keystore: KeystorePtr,
	/// Task manager that runs the worker.
	pub task_manager: &'a TaskManager,
}

/// Starts the worker. It idles until the keystore has a key of type `comm`.
pub fn start(params: Params<'_>) -> Result<(), Error> {
	let Params { config, client, pool, sync, keystore, task_manager } = params;
	if let Some(seed) = &config.dev_key_seed {
		keystore.sr25519_generate_new(KEY_TYPE, Some(seed)).map_err(Error::Key)?;
	}
	let folder = match config.keystore.path() {
		Some(path) => path.to_owned(),
		None => config.base_path.config_dir(config.chain_spec.id()).join("keystore"),
	}
	.join("committee");
	let metrics = config.prometheus_registry().and_then(|registry| {
		Metrics::new(registry)
			.inspect_err(
				|error| log::warn!(target: LOG_TARGET, "the committee's worker has no metrics: {error}"),
			)
			.ok()
	});
	let finalised = client
		.finality_notification_stream()
		.map(|notification| At { hash: notification.hash, number: *notification.header.number() });
	let chain = Arc::new(NodeChain::new(client, pool, sync));
	let worker = Worker::new(chain, keystore, folder, metrics);
	task_manager.spawn_handle().spawn_blocking(
		"salus-committee",
		Some("salus"),
		worker.run(finalised),
	);
	Ok(())
}
