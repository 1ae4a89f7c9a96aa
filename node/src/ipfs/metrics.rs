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
	replication: Replication,
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
	staged: Staged,
	/// Uploads and fetched versions that IPFS has and whose replica is final on the chain.
	pub pushed: Counter<U64>,
	/// Uploads that left the staging area, by reason.
	pub removed_uploads: CounterVec<U64>,
	pushes: Pushes,
	/// Durations of the off-chain worker's runs.
	pub run_seconds: Histogram,
	stored: Stored,
}

/// Gauges of replication in the whole network.
#[derive(Clone)]
struct Replication {
	under_replicated: Gauge<U64>,
	target: Gauge<U64>,
	present: Gauge<U64>,
	absent: Gauge<U64>,
}

/// Gauges of the staging area.
#[derive(Clone)]
struct Staged {
	uploads: Gauge<U64>,
	bytes: Gauge<U64>,
	limit: Gauge<U64>,
}

/// Failures of the off-chain worker's pushes.
#[derive(Clone)]
struct Pushes {
	failures: Counter<U64>,
	failing: Gauge<U64>,
	retry_age: Gauge<U64>,
}

/// Gauges of the embedded block store.
#[derive(Clone)]
struct Stored {
	blocks: Gauge<U64>,
	bytes: Gauge<U64>,
	pins: Gauge<U64>,
}

fn gauge(registry: &Registry, name: &str, help: &str) -> Result<Gauge<U64>, PrometheusError> {
	register(Gauge::new(name, help)?, registry)
}

fn counter(registry: &Registry, name: &str, help: &str) -> Result<Counter<U64>, PrometheusError> {
	register(Counter::new(name, help)?, registry)
}

fn removed_uploads(registry: &Registry) -> Result<CounterVec<U64>, PrometheusError> {
	let options =
		Opts::new("salus_staging_removed_total", "Uploads that left the staging area, by reason");
	register(CounterVec::new(options, &["reason"])?, registry)
}

fn run_seconds(registry: &Registry) -> Result<Histogram, PrometheusError> {
	let options = HistogramOpts::new(
		"salus_offchain_worker_run_seconds",
		"Time from a block's arrival to the end of the off-chain worker's run for it, in seconds",
	);
	register(Histogram::with_opts(options.buckets(RUN_SECONDS.to_vec()))?, registry)
}

impl Metrics {
	/// Creates and registers the metrics.
	pub fn new(registry: &Registry) -> Result<Self, PrometheusError> {
		let gauge = |name, help| gauge(registry, name, help);
		let counter = |name, help| counter(registry, name, help);
		Ok(Self {
			replication: Replication::new(registry)?,
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
			staged: Staged::new(registry)?,
			pushed: counter(
				"salus_push_completed_total",
				"Uploads and fetched versions that were pushed to IPFS and whose replica is final on the chain",
			)?,
			removed_uploads: removed_uploads(registry)?,
			pushes: Pushes::new(registry)?,
			run_seconds: run_seconds(registry)?,
			stored: Stored::new(registry)?,
		})
	}

	/// Sets the gauges of replication from the chain's status.
	pub fn replication<AccountId>(&self, status: &ReplicationStatus<AccountId>) {
		let present = status.nodes.iter().filter(|node| node.present).count();
		let gauges = &self.replication;
		gauges.under_replicated.set(status.under_replicated.into());
		gauges.target.set(status.target.into());
		gauges.present.set(present as u64);
		gauges.absent.set((status.nodes.len() - present) as u64);
	}

	/// Adds a check of the off-chain worker's pushes.
	pub fn pushes(&self, check: &Check) {
		self.pushes.failures.inc_by(check.failures);
		self.pushes.failing.set(check.failing);
		self.pushes.retry_age.set(check.longest.as_secs());
	}

	/// Sets the gauges of the staging area and the block store.
	pub fn update(&self, staging: &Staging, store: Option<&BlockStore>, pins: usize) {
		self.staged.uploads.set(staging.list().len() as u64);
		self.staged.bytes.set(staging.used());
		self.staged.limit.set(staging.limits().total_bytes);
		if let Some(store) = store {
			self.stored.blocks.set(store.len());
			self.stored.bytes.set(store.total_size());
			self.stored.pins.set(pins as u64);
		}
	}
}

impl Replication {
	fn new(registry: &Registry) -> Result<Self, PrometheusError> {
		let gauge = |name, help| gauge(registry, name, help);
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
		})
	}
}

impl Staged {
	fn new(registry: &Registry) -> Result<Self, PrometheusError> {
		let gauge = |name, help| gauge(registry, name, help);
		Ok(Self {
			uploads: gauge("salus_staging_uploads", "Uploads in the staging area")?,
			bytes: gauge("salus_staging_bytes", "Bytes charged to staged uploads")?,
			limit: gauge(
				"salus_staging_limit_bytes",
				"Bytes that all uploads together may use in the staging area",
			)?,
		})
	}
}

impl Pushes {
	fn new(registry: &Registry) -> Result<Self, PrometheusError> {
		Ok(Self {
			failures: counter(
				registry,
				"salus_push_failures_total",
				"Failed attempts of the off-chain worker to push an upload",
			)?,
			failing: gauge(
				registry,
				"salus_push_failing",
				"Uploads whose last push by the off-chain worker failed",
			)?,
			retry_age: gauge(
				registry,
				"salus_push_retry_age_seconds",
				"Time for which the longest-failing upload has been failing since the node started, in seconds",
			)?,
		})
	}
}

impl Stored {
	fn new(registry: &Registry) -> Result<Self, PrometheusError> {
		let gauge = |name, help| gauge(registry, name, help);
		Ok(Self {
			blocks: gauge("salus_store_blocks", "Blocks in the embedded block store")?,
			bytes: gauge("salus_store_bytes", "Bytes in the embedded block store")?,
			pins: gauge("salus_store_pins", "Pinned roots in the embedded block store")?,
		})
	}
}
