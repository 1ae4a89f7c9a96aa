//! The node's seat in the committee: the key that the hospitals hold together, and the shares that they release.
//!
//! # Contract with the neighbours
//!
//! * **Down** (`salus-threshold`): the mathematics. **(`salus-envelope`)**: sealing a share to its reader.
//! * **To the chain** (`pallet-committee`, through the runtime API and the transaction pool): [`chain::Chain`]. What this node
//!   says, it signs with the keystore's sr25519 key of type `comm` and sends as a transaction without sender.
//! * **To the disk**: [`vault`].
//!
//! [`start`] sets the worker in motion; no operator does anything for it. It acts on finalised blocks only:
//!
//! ```text
//! an epoch announces   → a secret is made and kept, its public half announced
//! an epoch deals       → a dealing is made, kept, posted
//! an epoch confirms    → all dealings are checked, the share is made, kept, and only then confirmed
//! an epoch has a key   → what the share was made of is erased
//! a release stands     → a share is made for that request alone, sealed to its reader, posted
//! ```

pub mod chain;
pub mod client;
mod isolation;
mod member;
mod metrics;
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

use crate::{FullClient, FullPool};

pub use crate::ipfs::causes;

use self::{chain::At, client::NodeChain, metrics::Metrics, vault::KEY_TYPE, worker::Worker};

const LOG_TARGET: &str = "salus::committee";

/// Why the committee's worker does not start.
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

/// What [`start`] needs.
pub struct Params<'a> {
	/// The node's configuration: folder and development seed.
	pub config: &'a Configuration,
	/// The chain's client.
	pub client: Arc<FullClient>,
	/// Where transactions go.
	pub pool: Arc<FullPool>,
	/// Whether the node is far behind.
	pub sync: Arc<SyncingService<Block>>,
	/// Where the member's key lies.
	pub keystore: KeystorePtr,
	/// Runs the worker.
	pub task_manager: &'a TaskManager,
}

/// Starts the worker. Without a key of type `comm` it idles, until there is one.
pub fn start(params: Params<'_>) -> Result<(), Error> {
	let Params {
		config,
		client,
		pool,
		sync,
		keystore,
		task_manager,
	} = params;
	if let Some(seed) = &config.dev_key_seed {
		keystore
			.sr25519_generate_new(KEY_TYPE, Some(seed))
			.map_err(Error::Key)?;
	}
	let folder = match config.keystore.path() {
		Some(path) => path.to_owned(),
		None => config
			.base_path
			.config_dir(config.chain_spec.id())
			.join("keystore"),
	}
	.join("committee");
	let metrics = config.prometheus_registry().and_then(|registry| {
		Metrics::new(registry)
			.inspect_err(|error| log::warn!(target: LOG_TARGET, "no metrics: {error}"))
			.ok()
	});
	let finalised = client
		.finality_notification_stream()
		.map(|notification| At {
			hash: notification.hash,
			number: *notification.header.number(),
		});
	let chain = Arc::new(NodeChain::new(client, pool, sync));
	let worker = Worker::new(chain, keystore, folder, metrics);
	task_manager.spawn_handle().spawn_blocking(
		"salus-committee",
		Some("salus"),
		worker.run(finalised),
	);
	Ok(())
}
