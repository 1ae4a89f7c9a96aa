//! What Prometheus sees of Bitswap.

use substrate_prometheus_endpoint::{register, Counter, Gauge, PrometheusError, Registry, U64};

pub(crate) struct Metrics {
	/// Blocks given to other nodes.
	pub(crate) served: Counter<U64>,
	/// Bytes of these.
	pub(crate) served_bytes: Counter<U64>,
	/// Requests of peers that are not admitted.
	pub(crate) refused: Counter<U64>,
	/// Entries for which there was no room.
	pub(crate) left_out: Counter<U64>,
	/// Blocks that other nodes gave.
	pub(crate) fetched: Counter<U64>,
	/// Answers that did not come in time.
	pub(crate) late: Counter<U64>,
	/// Blocks that are wanted of others now.
	pub(crate) wanted: Gauge<U64>,
}

impl Metrics {
	/// Makes them, and registers them where there is a registry.
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
			"Blocks that this node asks others for now",
		)?;
		Ok(Self {
			served: counter(
				"salus_bitswap_served_total",
				"Blocks that this node gave to others",
			)?,
			served_bytes: counter(
				"salus_bitswap_served_bytes_total",
				"Bytes of the blocks that this node gave to others",
			)?,
			refused: counter(
				"salus_bitswap_refused_total",
				"Requests for blocks from peers that are not of the consortium",
			)?,
			left_out: counter(
				"salus_bitswap_left_out_total",
				"Blocks that a member asked for while it had asked for too many already",
			)?,
			fetched: counter(
				"salus_bitswap_fetched_total",
				"Blocks that other nodes gave to this one",
			)?,
			late: counter(
				"salus_bitswap_late_total",
				"Answers about blocks that other nodes did not give in time",
			)?,
			wanted: match registry {
				Some(registry) => register(wanted, registry)?,
				None => wanted,
			},
		})
	}
}
