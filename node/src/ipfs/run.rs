//! Measures how long runs of the off-chain worker take.
//!
//! A run happens in Wasm, on a thread of the SDK. The SDK drops the run's extensions at each kind
//! of end. An extension unknown to the runtime can therefore measure the run.

use std::{
	any::{Any, TypeId},
	time::Instant,
};

use sp_externalities::Extension;
use substrate_prometheus_endpoint::Histogram;

/// Run in progress, from the arrival of its block until this value is dropped.
pub struct Run {
	began: Instant,
	seconds: Histogram,
}

impl Run {
	/// Begins a run.
	pub fn begin(seconds: Histogram) -> Self {
		Self { began: Instant::now(), seconds }
	}
}

impl Drop for Run {
	fn drop(&mut self) {
		self.seconds.observe(self.began.elapsed().as_secs_f64());
	}
}

impl Extension for Run {
	fn as_mut_any(&mut self) -> &mut dyn Any {
		self
	}

	fn type_id(&self) -> TypeId {
		TypeId::of::<Self>()
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_externalities::Extensions;
	use substrate_prometheus_endpoint::HistogramOpts;

	#[test]
	fn a_run_is_measured_once_when_its_extensions_are_dropped() {
		let seconds = Histogram::with_opts(HistogramOpts::new("seconds", "of runs")).unwrap();
		let mut extensions = Extensions::new();
		// Register it as the SDK does.
		let extension: Box<dyn Extension> = Box::new(Run::begin(seconds.clone()));
		extensions.register(extension);
		assert_eq!(seconds.get_sample_count(), 0);
		drop(extensions);
		assert_eq!(seconds.get_sample_count(), 1);
		assert!(seconds.get_sample_sum() >= 0.0);
	}
}
