//! What Prometheus sees of staging and the block store. Read when it is asked for.

use salus_ipfs::{staging::Staging, store::BlockStore};
use substrate_prometheus_endpoint::{register, Gauge, PrometheusError, Registry, U64};

/// The gauges, set by [`Metrics::update`].
#[derive(Clone)]
pub struct Metrics {
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
		Ok(Self {
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

	/// Sets them.
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
