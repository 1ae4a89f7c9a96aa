//! What Prometheus sees of the finalised chain. Numbers only: no account, record or organisation is a label.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use substrate_prometheus_endpoint::{
	register, Counter, Gauge, MetricSource, Opts, PrometheusError, Registry, SourcedGauge, U64,
};

/// Counters of what this node saw become final since it started, and gauges of what is pending.
#[derive(Clone)]
pub struct Metrics {
	/// Entries of patients' logs.
	pub log_entries: Counter<U64>,
	/// Requests that were permitted.
	pub permitted: Counter<U64>,
	/// Requests that were denied.
	pub refused: Counter<U64>,
	/// Requests for which enough shares were posted.
	pub released: Counter<U64>,
	/// Requests whose time was over before enough shares were posted.
	pub expired: Counter<U64>,
	/// Permitted requests that wait for shares.
	pub pending: Gauge<U64>,
	/// For how long the oldest of them has been waiting, in seconds.
	pub oldest: Gauge<U64>,
	/// Emergency cases that were opened.
	pub opened: Counter<U64>,
	/// Emergency cases that were decided.
	pub decided: Counter<U64>,
	/// Emergency cases that are not decided.
	pub open: Gauge<U64>,
	/// Those of them whose review is overdue.
	pub overdue: Gauge<U64>,
	/// Blocks that are missing in all of these counters.
	pub unread: Counter<U64>,
}

impl Metrics {
	/// Registers them.
	pub fn new(registry: &Registry) -> Result<Self, PrometheusError> {
		let gauge = |name, help| register(Gauge::new(name, help)?, registry);
		let counter = |name, help| register(Counter::new(name, help)?, registry);
		register(Clock::gauge()?, registry)?;
		Ok(Self {
			log_entries: counter(
				"salus_access_log_entries_total",
				"Entries of patients' logs that became final",
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
				"Requests whose time was over before enough shares were posted",
			)?,
			pending: gauge(
				"salus_release_pending",
				"Permitted requests that wait for shares of the key",
			)?,
			oldest: gauge(
				"salus_release_oldest_seconds",
				"For how long the oldest of these has been waiting, as far as this process saw it",
			)?,
			opened: counter(
				"salus_emergency_opened_total",
				"Emergency cases that were opened",
			)?,
			decided: counter(
				"salus_emergency_decided_total",
				"Emergency cases that were decided",
			)?,
			open: gauge(
				"salus_emergency_open",
				"Emergency cases that wait for a review",
			)?,
			overdue: gauge(
				"salus_emergency_overdue",
				"Emergency cases whose review is overdue",
			)?,
			unread: counter(
				"salus_observer_unread_blocks_total",
				"Finalised blocks whose events this node could not read, and therefore not count",
			)?,
		})
	}
}

/// This machine's clock, read when Prometheus asks: the difference to Prometheus' own shows a clock that is wrong.
#[derive(Clone)]
struct Clock;

impl Clock {
	fn gauge() -> Result<SourcedGauge<Self>, PrometheusError> {
		let help = "The clock of this node's machine, in seconds since 1970";
		SourcedGauge::new(&Opts::new("salus_clock_seconds", help), Self)
	}
}

impl MetricSource for Clock {
	type N = f64;

	fn collect(&self, mut set: impl FnMut(&[&str], f64)) {
		set(&[], since_1970().as_secs_f64());
	}
}

/// The present. What lies before 1970 is taken for 1970.
pub fn since_1970() -> Duration {
	SystemTime::now()
		.duration_since(UNIX_EPOCH)
		.unwrap_or_default()
}

#[cfg(test)]
mod tests {
	use super::*;
	use substrate_prometheus_endpoint::prometheus::proto::MetricType;

	#[test]
	fn every_name_is_of_salus_and_says_its_kind() {
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
	fn the_clock_is_read_when_prometheus_asks() {
		let registry = Registry::new();
		register(Clock::gauge().unwrap(), &registry).unwrap();
		let read = || registry.gather()[0].get_metric()[0].get_gauge().get_value();
		let before = since_1970().as_secs_f64();
		let (first, second) = (read(), read());
		assert!(before <= first && first <= second);
	}
}
