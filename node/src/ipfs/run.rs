//! How long a run of the off-chain worker takes.
//!
//! A run happens in Wasm, on a thread of the SDK's own. Of the extensions that it gets, the SDK drops each when the run is
//! over, however it ends. So one that the runtime knows nothing of measures it.

use std::{
	any::{Any, TypeId},
	time::Instant,
};

use sp_externalities::Extension;
use substrate_prometheus_endpoint::Histogram;

/// A run, from when its block came until it is dropped.
pub struct Run {
	began: Instant,
	seconds: Histogram,
}

impl Run {
	/// One that begins now.
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
	fn a_run_is_measured_once_when_what_it_was_given_is_dropped() {
		let seconds = Histogram::with_opts(HistogramOpts::new("seconds", "of runs")).unwrap();
		let mut extensions = Extensions::new();
		// As the SDK does it.
		let extension: Box<dyn Extension> = Box::new(Run::begin(seconds.clone()));
		extensions.register(extension);
		assert_eq!(seconds.get_sample_count(), 0);
		drop(extensions);
		assert_eq!(seconds.get_sample_count(), 1);
		assert!(seconds.get_sample_sum() >= 0.0);
	}
}
