//! Prometheus metrics of Bitswap.

use substrate_prometheus_endpoint::{register, Counter, Gauge, PrometheusError, Registry, U64};

pub(crate) struct Metrics {
	/// Blocks served to other nodes.
	pub(crate) served: Counter<U64>,
	/// Bytes of the served blocks.
	pub(crate) served_bytes: Counter<U64>,
	/// Requests from peers that are not admitted.
	pub(crate) refused: Counter<U64>,
	/// Entries dropped because a peer had too many waiting.
	pub(crate) left_out: Counter<U64>,
	/// Blocks received from other nodes.
	pub(crate) fetched: Counter<U64>,
	/// Answers that did not arrive in time.
	pub(crate) late: Counter<U64>,
	/// Blocks currently requested from other nodes.
	pub(crate) wanted: Gauge<U64>,
}

impl Metrics {
	/// Creates the metrics and registers them if there is a registry.
	pub(crate) fn new(registry: Option<&Registry>) -> Result<Self, PrometheusError> {
		let counter = |name, help| -> Result<Counter<U64>, PrometheusError> {
			let counter = Counter::new(name, help)?;
			match registry {
				Some(registry) => register(counter, registry),
				None => Ok(counter),
			}
		};
		let wanted = Gauge::new(
			"salus_bitswap_wanted",
			"Blocks that this node currently requests from others",
		)?;
		Ok(Self {
			served: counter(
				"salus_bitswap_served_total",
				"Blocks that this node served to others",
			)?,
			served_bytes: counter(
				"salus_bitswap_served_bytes_total",
				"Bytes of the blocks that this node served to others",
			)?,
			refused: counter(
				"salus_bitswap_refused_total",
				"Requests for blocks from peers that do not belong to the consortium",
			)?,
			left_out: counter(
				"salus_bitswap_left_out_total",
				"Requested blocks that were dropped because the member had too many requests waiting",
			)?,
			fetched: counter(
				"salus_bitswap_fetched_total",
				"Blocks that other nodes served to this one",
			)?,
			late: counter(
				"salus_bitswap_late_total",
				"Answers about blocks that other nodes did not send in time",
			)?,
			wanted: match registry {
				Some(registry) => register(wanted, registry)?,
				None => wanted,
			},
		})
	}
}
