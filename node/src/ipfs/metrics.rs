//! What Prometheus sees of staging, the block store, and the copies of records over the network.

use salus_ipfs::{staging::Staging, store::BlockStore};
use salus_primitives::ReplicationStatus;
use substrate_prometheus_endpoint::{
	register, Counter, CounterVec, Gauge, Histogram, HistogramOpts, Opts, PrometheusError,
	Registry, U64,
};

use super::pushes::Look;

/// Upper bounds of the durations of the off-chain worker's runs, in seconds: one without work takes milliseconds, one that
/// pushes begins nothing new after 10 s, and the pinning of a large file may go on for 10 minutes.
const RUN_SECONDS: [f64; 10] = [0.01, 0.05, 0.2, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0, 600.0];

/// The gauges, set by [`Metrics::update`], [`Metrics::pushes`] and [`Metrics::replication`], the counters, and how long the
/// off-chain worker takes.
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
	/// Versions of which blocks are gone that could not be fetched again at the last attempt.
	pub damaged: Gauge<U64>,
	/// Removed versions of which blocks are kept for other records.
	pub removals_waiting: Gauge<U64>,
	/// Versions that no storage node holds any more.
	pub lost_everywhere: Gauge<U64>,
	/// Versions that this node does not copy, because its operator said so.
	pub evicted: Gauge<U64>,
	uploads: Gauge<U64>,
	staged_bytes: Gauge<U64>,
	staging_limit: Gauge<U64>,
	/// Uploads, and copies of what other nodes hold, that IPFS has and the finalised chain knows.
	pub pushed: Counter<U64>,
	/// Uploads that left the staging area, by reason.
	pub removed_uploads: CounterVec<U64>,
	push_failures: Counter<U64>,
	pushes_failing: Gauge<U64>,
	retry_age: Gauge<U64>,
	/// How long the runs of the off-chain worker take.
	pub run_seconds: Histogram,
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
			damaged: gauge(
				"salus_audit_damaged",
				"Versions of which this node lost blocks that no other gave back at the last attempt",
			)?,
			removals_waiting: gauge(
				"salus_removals_waiting",
				"Versions whose removal this node cannot confirm, because another record holds blocks of theirs",
			)?,
			lost_everywhere: gauge(
				"salus_replication_lost",
				"Versions that no storage node holds any more, over the whole network",
			)?,
			evicted: gauge(
				"salus_replication_evicted",
				"Versions that this node does not copy, because its operator said so",
			)?,
			uploads: gauge("salus_staging_uploads", "Uploads that are staged")?,
			staged_bytes: gauge("salus_staging_bytes", "Bytes charged to staged uploads")?,
			staging_limit: gauge(
				"salus_staging_limit_bytes",
				"Bytes that may be staged in all",
			)?,
			pushed: counter(
				"salus_push_completed_total",
				"Uploads and copies that were pushed to IPFS and are confirmed for good",
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
				"Attempts of the off-chain worker to push an upload that failed",
			)?,
			pushes_failing: gauge(
				"salus_push_failing",
				"Uploads that the off-chain worker could not push when it last tried",
			)?,
			retry_age: gauge(
				"salus_push_retry_age_seconds",
				"For how long the upload has been failing that has been for longest, since the node started",
			)?,
			run_seconds: register(
				Histogram::with_opts(
					HistogramOpts::new(
						"salus_offchain_worker_run_seconds",
						"From the arrival of a block to the end of the off-chain worker's run for it",
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

	/// Sets what the chain says of the copies.
	pub fn replication<AccountId>(&self, status: &ReplicationStatus<AccountId>) {
		let present = status.nodes.iter().filter(|node| node.present).count();
		self.under_replicated.set(status.under_replicated.into());
		self.target.set(status.target.into());
		self.present.set(present as u64);
		self.absent.set((status.nodes.len() - present) as u64);
	}

	/// Takes how the off-chain worker's pushes fare.
	pub fn pushes(&self, look: &Look) {
		self.push_failures.inc_by(look.failures);
		self.pushes_failing.set(look.failing);
		self.retry_age.set(look.longest.as_secs());
	}

	/// Sets what this node stages and stores.
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
