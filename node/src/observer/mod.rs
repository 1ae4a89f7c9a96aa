//! What operators see of the finalised chain: entries of the access log, releases of keys, emergency cases.
//!
//! # Contract with the neighbours
//!
//! * **To the chain**: the events of each finalised block are read once, as the runtime of this binary encodes them, and
//!   those before it since [`EVENTS_SINCE`]: nodes are upgraded before the chain. Blocks of a newer runtime count as unread
//!   until the node is of that version too. What is pending already is asked for by the runtime API at the start, and again
//!   after blocks that were passed over.
//! * **To Prometheus**: [`metrics`]. Without it nothing runs.
//!
//! Nothing in the node depends on what is counted here.

mod metrics;
mod pending;
mod tally;

use std::{
	sync::Arc,
	time::{Duration, Instant},
};

use codec::Decode;
use frame_system::EventRecord;
use futures::{FutureExt, StreamExt};
use salus_runtime::{opaque::Block, BlockNumber, Hash, RuntimeEvent, VERSION};
use sc_client_api::{
	BlockchainEvents, FinalityNotification, HeaderBackend, StorageKey, StorageProvider,
};
use sc_service::TaskManager;
use sp_api::{ApiError, CallApiAt, ProvideRuntimeApi};
use sp_core::traits::CallContext;
use sp_io::hashing::twox_128;
use sp_runtime::traits::Header;
use substrate_prometheus_endpoint::Registry;

use crate::{ipfs::causes, FullClient};

use self::{
	metrics::{since_1970, Metrics},
	tally::Tally,
};

const LOG_TARGET: &str = "salus::observer";

/// Since which version the runtimes write their events as this one does, but for new ones. The runtime's test `storage` fails
/// when an event changes.
const EVENTS_SINCE: u32 = 1;

/// Whether the events of a block that a runtime of this version wrote can be read.
fn is_read(spec_version: u32) -> bool {
	(EVENTS_SINCE..=VERSION.spec_version).contains(&spec_version)
}

/// How often the gauges are set without a new block: what waits grows older all the same.
const TICK: Duration = Duration::from_secs(5);

/// How often at most is asked what is pending: it takes a question for each hospital.
const PAUSE: Duration = Duration::from_secs(60);

/// Why a block's events cannot be read.
#[derive(Debug, thiserror::Error)]
enum ReadError {
	#[error("the database failed")]
	Database(#[from] sp_blockchain::Error),
	#[error("the runtime's version cannot be read")]
	Version(#[from] ApiError),
	#[error("the block is not there")]
	NoBlock,
	#[error(
		"the chain's runtime is of version {0}, this node's of {1}: install the node that came with the chain's"
	)]
	OtherRuntime(u32, u32),
	#[error("the events cannot be decoded")]
	Events(#[from] codec::Error),
}

/// Follows the finalised chain if there is someone to tell.
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
		Err(error) => log::warn!(target: LOG_TARGET, "no metrics: {error}"),
	}
}

/// Where a block keeps its events.
fn events_key() -> StorageKey {
	StorageKey([twox_128(b"System"), twox_128(b"Events")].concat())
}

struct Observer {
	client: Arc<FullClient>,
	tally: Tally,
	/// See [`events_key`].
	events: StorageKey,
	/// Number of the block that comes next, once there was one.
	next: Option<BlockNumber>,
	/// Whether something that is pending may have been missed.
	stale: bool,
	/// When it was last asked what is pending.
	asked: Option<Instant>,
	/// Whether the last block could be read, so that the log says it only when that changes.
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

	/// Counts what blocks that became final say.
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
							"block {block:?} is not counted: {}",
							causes(error),
						);
					}
				}
			}
			self.reading = events.is_ok();
		}
	}

	/// The events of a block.
	fn events(&self, block: Hash) -> Result<Vec<EventRecord<RuntimeEvent, Hash>>, ReadError> {
		let header = self.client.header(block)?.ok_or(ReadError::NoBlock)?;
		// A block is executed by the runtime that the state before it holds. Its own state may hold the next one already.
		let version = self
			.client
			.runtime_version_at(*header.parent_hash(), CallContext::Offchain)?;
		if !is_read(version.spec_version) {
			return Err(ReadError::OtherRuntime(
				version.spec_version,
				VERSION.spec_version,
			));
		}
		match self.client.storage(block, &self.events)? {
			Some(events) => Ok(Vec::decode(&mut &events.0[..])?),
			None => Ok(Vec::new()),
		}
	}

	/// Asks what is pending, if something may have been missed, and sets the gauges.
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
					log::warn!(target: LOG_TARGET, "cannot ask the chain what is pending: {error}")
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
	fn the_runtimes_before_are_read_and_none_after() {
		assert!(is_read(VERSION.spec_version));
		assert!(is_read(EVENTS_SINCE) && !is_read(EVENTS_SINCE - 1));
		assert!(!is_read(VERSION.spec_version + 1));
	}

	#[test]
	fn the_place_of_the_events_is_pinned() {
		assert_eq!(
			hex::encode(events_key().0),
			"26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7"
		);
	}
}
