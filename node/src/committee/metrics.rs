//! Prometheus metrics of the committee's worker.

use substrate_prometheus_endpoint::{register, Counter, Gauge, PrometheusError, Registry, U64};

/// Counters of the worker.
#[derive(Clone)]
pub struct Metrics {
	/// Shares made and submitted to the transaction pool.
	pub shares: Counter<U64>,
	/// Epochs in which this node holds a share of the key.
	pub epochs: Gauge<U64>,
	/// Number of blocks since the latest epoch, which has no key yet, entered its phase; 0 once it
	/// has one.
	pub forming: Gauge<U64>,
	/// Members of the active epoch that have not confirmed that they hold a share.
	pub unconfirmed: Gauge<U64>,
	/// Versions that are sealed to keys that no later epoch took over.
	pub sealed_to_earlier_keys: Gauge<U64>,
	/// Dealings of other members found invalid.
	pub bad_dealings: Counter<U64>,
	/// Failures, after which the worker tries again.
	pub errors: Counter<U64>,
}

impl Metrics {
	/// Creates and registers the metrics.
	pub fn new(registry: &Registry) -> Result<Self, PrometheusError> {
		let counter = |name, help| register(Counter::new(name, help)?, registry);
		Ok(Self {
			shares: counter("salus_committee_shares", "Shares made for releases")?,
			epochs: register(
				Gauge::new(
					"salus_committee_epochs",
					"Epochs in which this node holds a share of the key",
				)?,
				registry,
			)?,
			forming: register(
				Gauge::new(
					"salus_committee_forming_blocks",
					"Blocks since the latest epoch, which has no key yet, entered its phase",
				)?,
				registry,
			)?,
			unconfirmed: register(
				Gauge::new(
					"salus_committee_unconfirmed",
					"Members of the active epoch that have not confirmed that they hold a share",
				)?,
				registry,
			)?,
			sealed_to_earlier_keys: register(
				Gauge::new(
					"salus_committee_sealed_to_earlier_keys",
					"Versions sealed to keys that no later epoch took over",
				)?,
				registry,
			)?,
			bad_dealings: counter(
				"salus_committee_bad_dealings",
				"Dealings of other members found invalid",
			)?,
			errors: counter(
				"salus_committee_errors",
				"Failures of the committee's worker, which tries again",
			)?,
		})
	}
}
