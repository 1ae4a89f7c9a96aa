//! Prometheus metrics of staging, the block store, and replication.

use salus_ipfs::{staging::Staging, store::BlockStore};
use salus_primitives::ReplicationStatus;
use substrate_prometheus_endpoint::{
	register, Counter, CounterVec, Gauge, Histogram, HistogramOpts, Opts, PrometheusError,
	Registry, U64,
};

use super::pushes::Check;

/// Upper bounds of the durations of the off-chain worker's runs, in seconds. A run without work
/// takes milliseconds. A run that pushes starts nothing new after 10 s, and pinning a large file
/// may continue for 10 minutes.
const RUN_SECONDS: [f64; 10] = [0.01, 0.05, 0.2, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0, 600.0];

/// Gauges, counters and durations. [`Metrics::update`], [`Metrics::pushes`] and
/// [`Metrics::replication`] set the gauges.
#[derive(Clone)]
pub struct Metrics {
	under_replicated: Gauge<U64>,
	target: Gauge<U64>,
	present: Gauge<U64>,
	absent: Gauge<U64>,
	/// Versions fetched from other nodes.
	pub fetched: Counter<U64>,
	/// Blocks that the audit found intact or fetched again.
	pub audited: Counter<U64>,
	/// Missing or corrupt blocks that were fetched again.
	pub healed: Counter<U64>,
	/// Versions with blocks that this node lost and no other node has.
	pub lost: Gauge<U64>,
	/// Versions with blocks that this node lost and could not fetch again at the last attempt.
	pub damaged: Gauge<U64>,
	/// Erased versions whose blocks this node keeps for other records.
	pub removals_waiting: Gauge<U64>,
	/// Versions that no storage node is known to hold.
	pub lost_everywhere: Gauge<U64>,
	/// Versions that the operator evicted.
	pub evicted: Gauge<U64>,
	uploads: Gauge<U64>,
	staged_bytes: Gauge<U64>,
	staging_limit: Gauge<U64>,
	/// Uploads and fetched versions that IPFS has and whose replica is final on the chain.
	pub pushed: Counter<U64>,
	/// Uploads that left the staging area, by reason.
	pub removed_uploads: CounterVec<U64>,
	push_failures: Counter<U64>,
	pushes_failing: Gauge<U64>,
	retry_age: Gauge<U64>,
	/// Durations of the off-chain worker's runs.
	pub run_seconds: Histogram,
	blocks: Gauge<U64>,
	block_bytes: Gauge<U64>,
	pins: Gauge<U64>,
}

impl Metrics {
	/// Creates and registers the metrics.
	pub fn new(registry: &Registry) -> Result<Self, PrometheusError> {
		let gauge = |name, help| register(Gauge::new(name, help)?, registry);
		let counter = |name, help| register(Counter::new(name, help)?, registry);
		Ok(Self {
			under_replicated: gauge(
				"salus_replication_under_replicated",
				"Under-replicated versions in the whole network",
			)?,
			target: gauge(
				"salus_replication_target",
				"Replication target: storage nodes that should hold each version",
			)?,
			present: gauge(
				"salus_replication_nodes_present",
				"Storage nodes in the network that are present",
			)?,
			absent: gauge(
				"salus_replication_nodes_absent",
				"Storage nodes in the network that are absent and hold versions",
			)?,
			fetched: counter(
				"salus_replication_fetched",
				"Versions that this node fetched from other nodes",
			)?,
			audited: counter(
				"salus_audit_blocks",
				"Blocks that this node checked and found intact, or fetched again",
			)?,
			healed: counter(
				"salus_audit_healed",
				"Missing or corrupt blocks that were fetched again",
			)?,
			lost: gauge(
				"salus_audit_lost",
				"Versions with blocks that this node lost and no other node has",
			)?,
			damaged: gauge(
				"salus_audit_damaged",
				"Versions with blocks that this node lost and no other node returned at the last attempt",
			)?,
			removals_waiting: gauge(
				"salus_removals_waiting",
				"Versions whose removal this node cannot confirm, because another record uses some of their blocks",
			)?,
			lost_everywhere: gauge(
				"salus_replication_lost",
				"Lost versions in the whole network: no storage node is known to hold them",
			)?,
			evicted: gauge(
				"salus_replication_evicted",
				"Versions that this node does not fetch, because its operator evicted them",
			)?,
			uploads: gauge("salus_staging_uploads", "Uploads in the staging area")?,
			staged_bytes: gauge("salus_staging_bytes", "Bytes charged to staged uploads")?,
			staging_limit: gauge(
				"salus_staging_limit_bytes",
				"Bytes that all uploads together may use in the staging area",
			)?,
			pushed: counter(
				"salus_push_completed_total",
				"Uploads and fetched versions that were pushed to IPFS and whose replica is final on the chain",
			)?,
			removed_uploads: register(
				CounterVec::new(
					Opts::new(
						"salus_staging_removed_total",
						"Uploads that left the staging area, by reason",
					),
					&["reason"],
				)?,
				registry,
			)?,
			push_failures: counter(
				"salus_push_failures_total",
				"Failed attempts of the off-chain worker to push an upload",
			)?,
			pushes_failing: gauge(
				"salus_push_failing",
				"Uploads whose last push by the off-chain worker failed",
			)?,
			retry_age: gauge(
				"salus_push_retry_age_seconds",
				"Time for which the longest-failing upload has been failing since the node started, in seconds",
			)?,
			run_seconds: register(
				Histogram::with_opts(
					HistogramOpts::new(
						"salus_offchain_worker_run_seconds",
						"Time from a block's arrival to the end of the off-chain worker's run for it, in seconds",
					)
					.buckets(RUN_SECONDS.to_vec()),
				)?,
				registry,
			)?,
			blocks: gauge("salus_store_blocks", "Blocks in the embedded block store")?,
			block_bytes: gauge("salus_store_bytes", "Bytes in the embedded block store")?,
			pins: gauge(
				"salus_store_pins",
				"Pinned roots in the embedded block store",
			)?,
		})
	}

	/// Sets the gauges of replication from the chain's status.
	pub fn replication<AccountId>(&self, status: &ReplicationStatus<AccountId>) {
		let present = status.nodes.iter().filter(|node| node.present).count();
		self.under_replicated.set(status.under_replicated.into());
		self.target.set(status.target.into());
		self.present.set(present as u64);
		self.absent.set((status.nodes.len() - present) as u64);
	}

	/// Adds a check of the off-chain worker's pushes.
	pub fn pushes(&self, check: &Check) {
		self.push_failures.inc_by(check.failures);
		self.pushes_failing.set(check.failing);
		self.retry_age.set(check.longest.as_secs());
	}

	/// Sets the gauges of the staging area and the block store.
	pub fn update(&self, staging: &Staging, store: Option<&BlockStore>, pins: usize) {
		self.uploads.set(staging.list().len() as u64);
		self.staged_bytes.set(staging.used());
		self.staging_limit.set(staging.limits().total_bytes);
		if let Some(store) = store {
			self.blocks.set(store.len());
			self.block_bytes.set(store.total_size());
			self.pins.set(pins as u64);
		}
	}
}
