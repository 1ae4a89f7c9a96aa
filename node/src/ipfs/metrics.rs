//! What Prometheus sees of staging, the block store, and the copies of records over the network.

use salus_ipfs::{staging::Staging, store::BlockStore};
use salus_primitives::ReplicationStatus;
use substrate_prometheus_endpoint::{register, Counter, Gauge, PrometheusError, Registry, U64};

/// The gauges, set by [`Metrics::update`] and [`Metrics::replication`], and the counters.
#[derive(Clone)]
pub struct Metrics {
	under_replicated: Gauge<U64>,
	target: Gauge<U64>,
	present: Gauge<U64>,
	absent: Gauge<U64>,
	/// Versions fetched from other nodes.
	pub fetched: Counter<U64>,
	/// Blocks found whole, or made whole, by the audit.
	pub audited: Counter<U64>,
	/// Blocks that were missing or rotten and were fetched again.
	pub healed: Counter<U64>,
	/// Versions of which blocks are gone that no node gives back.
	pub lost: Gauge<U64>,
	uploads: Gauge<U64>,
	staged_bytes: Gauge<U64>,
	blocks: Gauge<U64>,
	block_bytes: Gauge<U64>,
	pins: Gauge<U64>,
}

impl Metrics {
	/// Registers the gauges.
	pub fn new(registry: &Registry) -> Result<Self, PrometheusError> {
		let gauge = |name, help| register(Gauge::new(name, help)?, registry);
		let counter = |name, help| register(Counter::new(name, help)?, registry);
		Ok(Self {
			under_replicated: gauge(
				"salus_replication_under_replicated",
				"Stored versions that fewer storage nodes hold than shall, over the whole network",
			)?,
			target: gauge(
				"salus_replication_target",
				"How many storage nodes shall hold each version",
			)?,
			present: gauge(
				"salus_replication_nodes_present",
				"Storage nodes of the network that are present",
			)?,
			absent: gauge(
				"salus_replication_nodes_absent",
				"Storage nodes of the network that are absent and hold versions",
			)?,
			fetched: counter(
				"salus_replication_fetched",
				"Versions that this node fetched from others",
			)?,
			audited: counter(
				"salus_audit_blocks",
				"Blocks that this node checked and found whole, or made whole",
			)?,
			healed: counter(
				"salus_audit_healed",
				"Blocks that were missing or rotten and were fetched again",
			)?,
			lost: gauge(
				"salus_audit_lost",
				"Versions of which this node lost blocks that no other gives back",
			)?,
			uploads: gauge("salus_staging_uploads", "Uploads that are staged")?,
			staged_bytes: gauge("salus_staging_bytes", "Bytes charged to staged uploads")?,
			blocks: gauge("salus_store_blocks", "Blocks in the embedded block store")?,
			block_bytes: gauge("salus_store_bytes", "Bytes in the embedded block store")?,
			pins: gauge(
				"salus_store_pins",
				"Pinned roots in the embedded block store",
			)?,
		})
	}

	/// Sets what the chain says of the copies.
	pub fn replication<AccountId>(&self, status: &ReplicationStatus<AccountId>) {
		let present = status.nodes.iter().filter(|node| node.present).count();
		self.under_replicated.set(status.under_replicated.into());
		self.target.set(status.target.into());
		self.present.set(present as u64);
		self.absent.set((status.nodes.len() - present) as u64);
	}

	/// Sets what this node stages and stores.
	pub fn update(&self, staging: &Staging, store: Option<&BlockStore>, pins: usize) {
		self.uploads.set(staging.list().len() as u64);
		self.staged_bytes.set(staging.used());
		if let Some(store) = store {
			self.blocks.set(store.len());
			self.block_bytes.set(store.total_size());
			self.pins.set(pins as u64);
		}
	}
}
