//! The node's side of IPFS: staging, the block store or the connection to Kubo, and what ties
//! them to the chain.
//!
//! # Neighbours
//!
//! * **Uses** (`salus-ipfs`): blocks, tickets, pins and the Kubo RPC API, which are implemented
//!   there.
//! * **To the off-chain worker** (`pallet-records`): [`notes`], which name the loopback listeners
//!   and the complete uploads, and [`key`], with which it signs.
//! * **To the network**: [`Served`], through which Bitswap reads the block store for [`members`]
//!   only.
//! * **To JSON-RPC** ([`crate::rpc`]): [`Ipfs`].
//! * **To other nodes**: [`Peers`], from which this node fetches blocks.
//!
//! [`start()`] opens everything and listens. A Kubo node that is open to the public gets no blocks,
//! see [`inspect`]. Four more tasks run beside it: [`maintain::run`] cleans up, [`replicate::run`]
//! fetches further versions that this node should hold, [`audit::run`] checks what it holds, and
//! [`members::run`] follows which peers may have its blocks.
//!
//! ```text
//! <base>/chains/<id>/salus/blocks/          the block store (embedded mode)
//! <base>/chains/<id>/salus/staging/         uploads
//! <base>/chains/<id>/salus/endpoints.json   addresses of the listeners
//! <base>/chains/<id>/salus/evicted.json     versions that the operator evicted
//! ```

mod args;
pub mod audit;
mod blocks;
mod endpoints;
pub mod evicted;
pub mod inspect;
pub mod key;
pub mod maintain;
pub mod members;
mod metrics;
pub mod notes;
mod order;
mod peers;
mod pushes;
pub mod replicate;
mod run;
mod served;
mod start;
#[cfg(test)]
pub(crate) mod testing;

pub use args::{IpfsArgs, Mode};
pub use blocks::{BlockError, Blocks};
pub use endpoints::Endpoints;
pub use peers::{Peers, PromptPeers};
pub use served::Served;
pub use start::{start, Error, Params};

use std::{
	collections::HashSet,
	sync::{
		atomic::{AtomicU64, Ordering},
		Arc,
	},
};

use parking_lot::{Mutex, RwLock};
use salus_ipfs::{staging::Staging, store::BlockStore, Cid};
use salus_primitives::PeerKey;
use salus_runtime::AccountId;
use sp_externalities::Extension;

use self::{metrics::Metrics, notes::Notes, run::Run};

const LOG_TARGET: &str = "salus::ipfs";

/// The node's IPFS side, running.
pub struct Ipfs {
	mode: Mode,
	staging: Arc<Staging>,
	blocks: Blocks,
	endpoints: Endpoints,
	/// Whether Kubo, if it stores the blocks, is closed to the public.
	standing: Mutex<inspect::Standing>,
	storage_account: AccountId,
	notes: Notes,
	/// Versions that the operator evicted.
	evicted: evicted::Evicted,
	/// Roots of uploads that were registered on the finalised chain at the last check.
	registered: RwLock<HashSet<Cid>>,
	/// Uploads whose push fails, by the worker's last notes.
	failing: Mutex<order::Failing>,
	metrics: Option<Metrics>,
	/// Number of versions with blocks that this node lost and no other node returned at the last
	/// attempt.
	damaged: AtomicU64,
	/// Time for which an unregistered upload is kept after its ticket expired, in milliseconds.
	grace_ms: u64,
}

impl Ipfs {
	/// Returns where the records' blocks are stored.
	pub fn mode(&self) -> &Mode {
		&self.mode
	}

	/// Returns the staging area.
	pub fn staging(&self) -> &Arc<Staging> {
		&self.staging
	}

	/// Returns the embedded block store, or `None` if Kubo stores the blocks.
	pub fn store(&self) -> Option<&Arc<BlockStore>> {
		match &self.blocks {
			Blocks::Embedded(store) => Some(store),
			Blocks::Kubo(_) => None,
		}
	}

	/// Returns the addresses of the listeners.
	pub fn endpoints(&self) -> &Endpoints {
		&self.endpoints
	}

	/// Returns the account with which this node confirms what it stores.
	pub fn storage_account(&self) -> &AccountId {
		&self.storage_account
	}

	/// Returns the number of versions with blocks that this node lost and no other node returned at
	/// the last attempt.
	pub fn damaged(&self) -> u64 {
		self.damaged.load(Ordering::Relaxed)
	}

	/// Returns the storage of the blocks.
	pub fn blocks(&self) -> &Blocks {
		&self.blocks
	}

	/// Passes this node's peer key to the off-chain worker.
	pub fn publish_peer(&self, key: &PeerKey) {
		self.notes.peer(key);
	}

	/// Returns the extensions that measure a run of the off-chain worker.
	pub fn measure_run(&self) -> Vec<Box<dyn Extension>> {
		self.metrics
			.iter()
			.map(|metrics| Box::new(Run::begin(metrics.run_seconds.clone())) as Box<dyn Extension>)
			.collect()
	}

	/// Passes the list of complete uploads to the off-chain worker. Call it when the list has
	/// changed.
	pub fn publish_uploads(&self) {
		let pushes = self.notes.pushes();
		self.notes.uploads(|| {
			let registered = self.registered.read();
			let mut failing = self.failing.lock();
			failing.take(&pushes, |root| self.staging.upload(root).is_some());
			let complete = self
				.staging
				.list()
				.into_iter()
				.filter(|upload| self.staging.is_complete(&upload.root).unwrap_or(false))
				.collect();
			order::order(complete, &failing, |root| registered.contains(root))
		});
	}
}
