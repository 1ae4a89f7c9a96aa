//! Metrics of the finalised chain for operators: access log entries, releases of keys, emergency
//! cases.
//!
//! # Neighbours
//!
//! * **To the chain**: the events of each finalised block are read once, in the encoding of this
//!   binary's runtime. Blocks of older runtimes since [`EVENTS_SINCE`] can be read too, because
//!   nodes are upgraded before the chain. Blocks of a newer runtime count as unread until the node
//!   has been upgraded. The runtime API gives what is already pending at the start, and again after
//!   skipped blocks.
//! * **To Prometheus**: [`metrics`]. Without a registry nothing runs.
//!
//! Nothing else in the node depends on these counters.

mod metrics;
mod pending;
mod tally;

use std::{
	sync::Arc,
	time::{Duration, Instant},
};

use codec::Decode;
use frame_support::storage::storage_prefix;
use frame_system::EventRecord;
use futures::{FutureExt, StreamExt};
use salus_runtime::{opaque::Block, BlockNumber, Hash, RuntimeEvent, VERSION};
use sc_client_api::{
	BlockchainEvents, FinalityNotification, HeaderBackend, StorageKey, StorageProvider,
};
use sc_service::TaskManager;
use sp_api::{ApiError, CallApiAt, ProvideRuntimeApi};
use sp_core::traits::CallContext;
use sp_runtime::traits::Header;
use substrate_prometheus_endpoint::Registry;

use crate::{clock::since_1970, errors::causes, FullClient};

use self::{metrics::Metrics, tally::Tally};

const LOG_TARGET: &str = "salus::observer";

/// First runtime version whose events have this runtime's encoding, apart from newer events. The
/// runtime's test `storage` fails when an event changes.
const EVENTS_SINCE: u32 = 1;

/// Returns whether events written by a runtime of this version can be read.
fn is_read(spec_version: u32) -> bool {
	(EVENTS_SINCE..=VERSION.spec_version).contains(&spec_version)
}

/// Interval at which the gauges are set without a new block, because waiting times grow.
const TICK: Duration = Duration::from_secs(5);

/// Minimum interval between queries of what is pending, which take one call per hospital.
const PAUSE: Duration = Duration::from_secs(60);

/// Reason why a block's events cannot be read.
#[derive(Debug, thiserror::Error)]
enum ReadError {
	#[error("the database failed")]
	Database(#[from] sp_blockchain::Error),
	#[error("the runtime's version cannot be read")]
	Version(#[from] ApiError),
	#[error("the block is not in the database")]
	NoBlock,
	#[error(
		"the chain's runtime has version {0}, this node's {1}; install the node released with the chain's runtime"
	)]
	OtherRuntime(u32, u32),
	#[error("the events cannot be decoded")]
	Events(#[from] codec::Error),
}

/// Follows the finalised chain, if there is a registry for metrics.
pub fn start(client: Arc<FullClient>, registry: Option<&Registry>, tasks: &TaskManager) {
	let Some(registry) = registry else {
		return;
	};
	match Metrics::new(registry) {
		Ok(metrics) => tasks.spawn_handle().spawn_blocking(
			"salus-observer",
			Some("salus"),
			run(Observer::new(client, metrics)),
		),
		Err(error) => log::warn!(target: LOG_TARGET, "the observer has no metrics: {error}"),
	}
}

/// Returns the storage key of a block's events.
fn events_key() -> StorageKey {
	StorageKey(storage_prefix(b"System", b"Events").to_vec())
}

struct Observer {
	client: Arc<FullClient>,
	tally: Tally,
	/// See [`events_key`].
	events: StorageKey,
	/// Number of the next block, once the first has been seen.
	next: Option<BlockNumber>,
	/// Whether pending items may have been missed.
	stale: bool,
	/// Time of the last query of what is pending.
	asked: Option<Instant>,
	/// Whether the last block could be read. The log reports only changes.
	reading: bool,
}

impl Observer {
	fn new(client: Arc<FullClient>, metrics: Metrics) -> Self {
		Self {
			client,
			tally: Tally::new(metrics),
			events: events_key(),
			next: None,
			stale: true,
			asked: None,
			reading: true,
		}
	}

	/// Counts the events of blocks that became final.
	fn follow(&mut self, notification: &FinalityNotification<Block>) {
		let number = *notification.header.number();
		let first = number.saturating_sub(notification.tree_route.len() as BlockNumber);
		// Blocks that are fetched while the node is far behind are not announced.
		self.stale |= self.next != Some(first);
		self.next = Some(number.saturating_add(1));
		let now = Instant::now();
		for block in notification.tree_route.iter().chain([&notification.hash]) {
			let events = self.events(*block);
			match &events {
				Ok(events) => {
					for record in events {
						if let RuntimeEvent::Access(event) = &record.event {
							self.tally.event(event, now);
						}
					}
				}
				Err(error) => {
					self.stale = true;
					self.tally.unread();
					if self.reading {
						log::warn!(
							target: LOG_TARGET,
							"cannot count block {block:?}: {}",
							causes(error),
						);
					}
				}
			}
			self.reading = events.is_ok();
		}
	}

	/// Returns the events of a block.
	fn events(&self, block: Hash) -> Result<Vec<EventRecord<RuntimeEvent, Hash>>, ReadError> {
		let header = self.client.header(block)?.ok_or(ReadError::NoBlock)?;
		// The runtime that executes a block is in its parent's state. The block's own state may
		// already contain the next runtime.
		let version =
			self.client.runtime_version_at(*header.parent_hash(), CallContext::Offchain)?;
		if !is_read(version.spec_version) {
			return Err(ReadError::OtherRuntime(version.spec_version, VERSION.spec_version));
		}
		match self.client.storage(block, &self.events)? {
			Some(events) => Ok(Vec::decode(&mut &events.0[..])?),
			None => Ok(Vec::new()),
		}
	}

	/// Queries what is pending, if anything may have been missed, and sets the gauges.
	fn tell(&mut self) {
		let now = Instant::now();
		if self.stale && self.asked.is_none_or(|asked| now - asked >= PAUSE) {
			self.asked = Some(now);
			let at = self.client.info().finalized_hash;
			match pending::on_state(&*self.client.runtime_api(), at) {
				Ok(pending) => {
					self.tally.pending(pending, now);
					self.stale = false;
				}
				Err(error) => {
					log::warn!(target: LOG_TARGET, "cannot query what is pending: {error}")
				}
			}
		}
		self.tally.tell(now, since_1970());
	}
}

/// Runs until the node stops.
async fn run(mut observer: Observer) {
	let mut finalised = observer.client.finality_notification_stream().fuse();
	let mut tick = tokio::time::interval(TICK);
	tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
	loop {
		futures::select! {
			notification = finalised.next() => match notification {
				Some(notification) => observer.follow(&notification),
				None => return,
			},
			_ = tick.tick().fuse() => {}
		}
		observer.tell();
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn older_runtimes_are_read_and_newer_ones_are_not() {
		assert!(is_read(VERSION.spec_version));
		assert!(is_read(EVENTS_SINCE) && !is_read(EVENTS_SINCE - 1));
		assert!(!is_read(VERSION.spec_version + 1));
	}

	#[test]
	fn the_storage_key_of_events_is_pinned() {
		assert_eq!(
			hex::encode(events_key().0),
			"26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7"
		);
	}
}
