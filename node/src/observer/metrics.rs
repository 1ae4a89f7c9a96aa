//! Prometheus metrics of the finalised chain. Only numbers: no account, record or organisation is a
//! label.

use substrate_prometheus_endpoint::{
	register, Counter, Gauge, MetricSource, Opts, PrometheusError, Registry, SourcedGauge, U64,
};

use crate::clock::since_1970;

/// Counters of what became final since the node started, and gauges of what is pending.
#[derive(Clone)]
pub struct Metrics {
	/// Entries of patients' access logs.
	pub log_entries: Counter<U64>,
	/// Permitted requests.
	pub permitted: Counter<U64>,
	/// Denied requests.
	pub refused: Counter<U64>,
	/// Requests with enough posted shares.
	pub released: Counter<U64>,
	/// Requests that expired before enough shares were posted.
	pub expired: Counter<U64>,
	/// Permitted requests that wait for shares.
	pub pending: Gauge<U64>,
	/// Waiting time of the oldest pending request, in seconds.
	pub oldest: Gauge<U64>,
	/// Opened emergency cases.
	pub opened: Counter<U64>,
	/// Decided emergency cases.
	pub decided: Counter<U64>,
	/// Undecided emergency cases.
	pub open: Gauge<U64>,
	/// Undecided emergency cases whose review is overdue.
	pub overdue: Gauge<U64>,
	/// Blocks that are missing from these counters.
	pub unread: Counter<U64>,
}

impl Metrics {
	/// Creates and registers the metrics.
	pub fn new(registry: &Registry) -> Result<Self, PrometheusError> {
		let gauge = |name, help| register(Gauge::new(name, help)?, registry);
		let counter = |name, help| register(Counter::new(name, help)?, registry);
		register(Clock::gauge()?, registry)?;
		Ok(Self {
			log_entries: counter(
				"salus_access_log_entries_total",
				"Entries of patients' access logs that became final",
			)?,
			permitted: counter(
				"salus_access_permitted_total",
				"Requests to open a record that were permitted",
			)?,
			refused: counter(
				"salus_access_refused_total",
				"Requests to open a record that were denied",
			)?,
			released: counter(
				"salus_release_completed_total",
				"Requests for which enough shares of the key were posted",
			)?,
			expired: counter(
				"salus_release_expired_total",
				"Requests that expired before enough shares were posted",
			)?,
			pending: gauge(
				"salus_release_pending",
				"Permitted requests that wait for shares of the key",
			)?,
			oldest: gauge(
				"salus_release_oldest_seconds",
				"Time for which this process has seen the oldest of these waiting, in seconds",
			)?,
			opened: counter("salus_emergency_opened_total", "Emergency cases that were opened")?,
			decided: counter("salus_emergency_decided_total", "Emergency cases that were decided")?,
			open: gauge("salus_emergency_open", "Emergency cases that wait for review")?,
			overdue: gauge("salus_emergency_overdue", "Emergency cases whose review is overdue")?,
			unread: counter(
				"salus_observer_unread_blocks_total",
				"Finalised blocks whose events this node could not read and did not count",
			)?,
		})
	}
}

/// Clock of this machine, read when Prometheus scrapes it. The difference to Prometheus' own clock
/// reveals a wrong one.
#[derive(Clone)]
struct Clock;

impl Clock {
	fn gauge() -> Result<SourcedGauge<Self>, PrometheusError> {
		let help = "Clock of this node's machine, in seconds since 1970";
		SourcedGauge::new(&Opts::new("salus_clock_seconds", help), Self)
	}
}

impl MetricSource for Clock {
	type N = f64;

	fn collect(&self, mut set: impl FnMut(&[&str], f64)) {
		set(&[], since_1970().as_secs_f64());
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use substrate_prometheus_endpoint::prometheus::proto::MetricType;

	#[test]
	fn metric_names_begin_with_salus_and_show_their_kind() {
		let registry = Registry::new();
		Metrics::new(&registry).unwrap();
		let families = registry.gather();
		assert_eq!(families.len(), 13);
		for family in families {
			let name = family.get_name();
			assert!(name.starts_with("salus_"), "{name}");
			let counts = family.get_field_type() == MetricType::COUNTER;
			assert_eq!(name.ends_with("_total"), counts, "{name}");
		}
	}

	#[test]
	fn the_clock_is_read_at_each_scrape() {
		let registry = Registry::new();
		register(Clock::gauge().unwrap(), &registry).unwrap();
		let read = || registry.gather()[0].get_metric()[0].get_gauge().get_value();
		let before = since_1970().as_secs_f64();
		let (first, second) = (read(), read());
		assert!(before <= first && first <= second);
	}
}
