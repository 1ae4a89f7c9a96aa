//! Metrics for operators. No label comes from a client.

use std::{sync::Arc, time::Instant};

use axum::{
	extract::{MatchedPath, Request, State},
	http::{header, Method, StatusCode},
	middleware::Next,
	response::{IntoResponse, Response},
	routing::get,
	Json, Router,
};
use prometheus::{
	register_histogram_vec_with_registry, register_int_counter_vec_with_registry,
	register_int_counter_with_registry, register_int_gauge_with_registry, Encoder, HistogramVec,
	IntCounter, IntCounterVec, IntGauge, Registry, TextEncoder,
};
use salus_fhir::capability;
use tokio::task::block_in_place;

use crate::{
	openapi,
	subscriptions::{now, Store},
};

/// Bounds of the times of answers, in seconds. Opening a record takes one or more.
const BOUNDS: [f64; 9] = [0.01, 0.03, 0.1, 0.3, 1.0, 2.0, 5.0, 15.0, 60.0];

/// Counts of requests, and their times.
pub(crate) struct Metrics {
	registry: Registry,
	requests: IntCounterVec,
	seconds: HistogramVec,
	failing: IntGauge,
	searches: IntCounter,
	failed_searches: IntCounter,
	/// Documents opened for clients that do not wait, by outcome.
	pub(crate) openings: IntCounterVec,
	/// Messages of HL7 v2, by type and outcome.
	pub(crate) messages: IntCounterVec,
	/// Connections of HL7 v2 that are open.
	pub(crate) connections: IntGauge,
	/// Connections of HL7 v2 that were refused or broken off, by reason.
	pub(crate) refused: IntCounterVec,
}

impl Metrics {
	pub(crate) fn new() -> prometheus::Result<Self> {
		let metrics = Self::register()?;
		metrics.begin();
		Ok(metrics)
	}

	/// Makes a series of each metric that has labels, so that the page has all metrics from the
	/// start. `deploy/check` compares them with those that dashboards and alerts name.
	fn begin(&self) {
		self.requests.with_label_values(&["health", "GET", "200"]);
		self.seconds.with_label_values(&["health"]);
		self.openings.with_label_values(&["opened"]);
		self.messages.with_label_values(&["other", "added"]);
		self.refused.with_label_values(&["broken-off"]);
	}

	fn register() -> prometheus::Result<Self> {
		let registry = Registry::new();
		Ok(Self {
			requests: register_int_counter_vec_with_registry!(
				"salus_gateway_requests_total",
				"Number of answered requests.",
				&["resource", "method", "status"],
				registry
			)?,
			seconds: register_histogram_vec_with_registry!(
				"salus_gateway_request_seconds",
				"Time from a request to the beginning of its answer, in seconds.",
				&["resource"],
				BOUNDS.to_vec(),
				registry
			)?,
			failing: register_int_gauge_with_registry!(
				"salus_gateway_subscriptions_failing",
				"Number of subscriptions whose endpoint does not take notifications.",
				registry
			)?,
			searches: register_int_counter_with_registry!(
				"salus_gateway_subscription_searches_total",
				"Number of searches for subscriptions, including failed ones.",
				registry
			)?,
			failed_searches: register_int_counter_with_registry!(
				"salus_gateway_subscription_searches_failed_total",
				"Number of searches for subscriptions that failed, such as when the node does not answer.",
				registry
			)?,
			openings: register_int_counter_vec_with_registry!(
				"salus_gateway_openings_total",
				"Number of documents opened for clients that do not wait, including failures.",
				&["outcome"],
				registry
			)?,
			messages: register_int_counter_vec_with_registry!(
				"salus_gateway_hl7_messages_total",
				"Number of HL7 v2 messages.",
				&["type", "outcome"],
				registry
			)?,
			connections: register_int_gauge_with_registry!(
				"salus_gateway_hl7_connections",
				"Number of open HL7 v2 connections.",
				registry
			)?,
			refused: register_int_counter_vec_with_registry!(
				"salus_gateway_hl7_refused_total",
				"Number of HL7 v2 connections that were refused or broken off.",
				&["reason"],
				registry
			)?,
			registry,
		})
	}

	fn note(&self, resource: &str, method: &Method, status: StatusCode, began: Instant) {
		let method = match *method {
			Method::GET | Method::POST | Method::PUT | Method::DELETE => method.as_str(),
			_ => "other",
		};
		self.requests.with_label_values(&[resource, method, status.as_str()]).inc();
		self.seconds.with_label_values(&[resource]).observe(began.elapsed().as_secs_f64());
	}

	/// Counts a search for a subscription, and whether it failed.
	pub(crate) fn searched(&self, is_done: bool) {
		self.searches.inc();
		if !is_done {
			self.failed_searches.inc();
		}
	}

	#[cfg(test)]
	pub(crate) fn failed_searches(&self) -> u64 {
		self.failed_searches.get()
	}

	fn page(&self) -> prometheus::Result<Vec<u8>> {
		let mut page = Vec::new();
		TextEncoder::new().encode(&self.registry.gather(), &mut page)?;
		Ok(page)
	}
}

/// Returns the label of a request: the type of resource that it names, or what else it is for.
fn label(route: Option<&str>, path: &str) -> &'static str {
	match route {
		Some("/token") => "token",
		Some("/health" | "/ready") => "health",
		Some("/fhir" | "/fhir/") => "transaction",
		Some(route) if route.starts_with("/fhir/{resource}") => {
			let name = path.strip_prefix("/fhir/").and_then(|rest| rest.split('/').next());
			name.and_then(capability::resource).map_or("other", |known| known.name)
		}
		Some(_) => "metadata",
		None => "other",
	}
}

/// Counts a request once it is answered.
pub(crate) async fn count(
	State(metrics): State<Arc<Metrics>>,
	request: Request,
	next: Next,
) -> Response {
	let began = Instant::now();
	let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
	let label = label(route, request.uri().path());
	let method = request.method().clone();
	let response = next.run(request).await;
	let status = response.status();
	// Only the class of the request: its path can name a patient.
	if status == StatusCode::INTERNAL_SERVER_ERROR {
		tracing::warn!(resource = label, "a request failed; its answer says why");
	}
	metrics.note(label, &method, status, began);
	response
}

async fn page(State((metrics, store)): State<(Arc<Metrics>, Store)>) -> Response {
	match block_in_place(|| store.failing(now())) {
		Ok(count) => metrics.failing.set(count),
		Err(error) => {
			tracing::error!(%error, "cannot read the subscriptions; check the state folder");
			return StatusCode::INTERNAL_SERVER_ERROR.into_response();
		}
	}
	match metrics.page() {
		Ok(page) => ([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], page).into_response(),
		Err(error) => {
			tracing::error!(%error, "cannot write the metrics");
			StatusCode::INTERNAL_SERVER_ERROR.into_response()
		}
	}
}

/// Returns the paths for Prometheus.
pub(crate) fn router(metrics: Arc<Metrics>, store: Store) -> Router {
	let document = || async { Json(openapi::of_metrics()) };
	Router::new()
		.route("/metrics", get(page))
		.route("/openapi.json", get(document))
		.with_state((metrics, store))
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::collections::BTreeSet;

	#[test]
	fn no_label_comes_from_a_client() {
		for (route, path, expected) in [
			(Some("/fhir/{resource}/{id}"), "/fhir/Patient/5Grw", "Patient"),
			(Some("/fhir/{resource}"), "/fhir/5Grw", "other"),
			(Some("/fhir/{resource}/{id}"), "/fhir/MRN-0815/1", "other"),
			(Some("/fhir/metadata"), "/fhir/metadata", "metadata"),
			(Some("/token"), "/token", "token"),
			(None, "/MRN-0815", "other"),
		] {
			assert_eq!(label(route, path), expected, "{path}");
		}
		let metrics = Metrics::new().unwrap();
		let odd = Method::from_bytes(b"MRN0815").unwrap();
		metrics.note("Patient", &odd, StatusCode::OK, Instant::now());
		let page = String::from_utf8(metrics.page().unwrap()).unwrap();
		assert!(!page.contains("0815"), "{page}");
		let line =
			r#"salus_gateway_requests_total{method="other",resource="Patient",status="200"} 1"#;
		assert!(page.contains(line), "{page}");
	}

	/// Returns the names of this program's metrics in a text.
	fn named(text: &str) -> BTreeSet<&str> {
		let words = text.split(|one: char| !one.is_ascii_alphanumeric() && one != '_');
		words.filter(|word| word.starts_with("salus_gateway_")).collect()
	}

	#[test]
	fn dashboards_and_alerts_name_metrics_that_there_are() {
		let page = String::from_utf8(Metrics::new().unwrap().page().unwrap()).unwrap();
		let series: Vec<_> = page.lines().filter(|line| !line.starts_with('#')).collect();
		let series = series.join("\n");
		let there = named(&series);
		let dashboard = named(include_str!("../../deploy/grafana/salus.json"));
		let alerts = named(include_str!("../../deploy/prometheus/alerts.yml"));
		assert!(dashboard.len() > 5 && alerts.len() > 3, "{dashboard:?} {alerts:?}");
		assert!(dashboard.is_subset(&there), "{dashboard:?} {there:?}");
		assert!(alerts.is_subset(&there), "{alerts:?} {there:?}");
		// The dashboard shows each. A histogram also has a sum and a count.
		let is_shown = |name: &&str| {
			dashboard.contains(name) || name.ends_with("_sum") || name.ends_with("_count")
		};
		assert!(there.iter().all(is_shown), "{there:?} {dashboard:?}");
	}

	#[test]
	fn failed_searches_are_counted() {
		let metrics = Metrics::new().unwrap();
		metrics.searched(true);
		metrics.searched(false);
		let page = String::from_utf8(metrics.page().unwrap()).unwrap();
		assert!(page.contains("salus_gateway_subscription_searches_total 2"), "{page}");
		assert!(page.contains("salus_gateway_subscription_searches_failed_total 1"), "{page}");
	}
}
