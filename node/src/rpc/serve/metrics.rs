//! Metrics of the server, beyond the SDK's.

use substrate_prometheus_endpoint::{
	register, CounterVec, Gauge, Opts, PrometheusError, Registry, U64,
};

/// Metrics of connections and of calls in progress.
#[derive(Clone)]
pub struct Metrics {
	calls: Gauge<U64>,
	held: Gauge<U64>,
	closed: CounterVec<U64>,
}

impl Metrics {
	/// Registers the metrics.
	pub fn new(registry: &Registry) -> Result<Self, PrometheusError> {
		Ok(Self {
			calls: register(
				Gauge::new(
					"salus_rpc_calls_in_progress",
					"JSON-RPC calls and batches whose answer has not been sent yet",
				)?,
				registry,
			)?,
			held: register(
				Gauge::new(
					"salus_rpc_held_bytes",
					"Bytes of JSON-RPC requests and answers in progress",
				)?,
				registry,
			)?,
			closed: register(
				CounterVec::new(
					Opts::new(
						"salus_rpc_connections_closed_total",
						"JSON-RPC connections that the node refused or closed, by cause",
					),
					&["cause"],
				)?,
				registry,
			)?,
		})
	}

	/// Counts a message that arrived.
	pub fn begins(&self) {
		self.calls.inc();
	}

	/// Counts a message whose answer has been sent.
	pub fn ends(&self) {
		self.calls.dec();
	}

	/// Sets the number of bytes held.
	pub fn held(&self, bytes: usize) {
		self.held.set(bytes as u64);
	}

	/// Counts a connection that the node closed.
	pub fn closed(&self, cause: &str) {
		self.closed.with_label_values(&[cause]).inc();
	}
}
