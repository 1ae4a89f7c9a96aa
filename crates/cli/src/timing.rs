//! Times of a command's parts on standard error, for `--trace-timing`.
//!
//! The SDK marks its parts as spans of `tracing`, and this module lists them. It keeps a span's
//! name, which is in the program's text, and the method of a JSON-RPC request. It ignores every
//! other field and all events, which could show what the command is about.

use std::{
	fmt,
	future::Future,
	sync::{Arc, Mutex},
	time::{Duration, Instant},
};

use tracing::{
	field::{Field, Visit},
	instrument::WithSubscriber,
	span::{Attributes, Id},
	Metadata, Subscriber,
};
use tracing_subscriber::{
	layer::{Context, Layer, SubscriberExt},
	registry::{LookupSpan, Registry},
};

use crate::progress::tell;

/// The only field that is shown: the method of a request.
const METHOD: &str = "method";

/// Beginning of the targets of Salus's own spans.
const OWN: &str = "salus_";

/// A part of a command. Times are since the command's start.
struct Part {
	name: &'static str,
	method: Option<String>,
	/// Number of parts that this one is within.
	depth: usize,
	start: Duration,
	/// `None` if the command ended before it.
	end: Option<Duration>,
}

/// The parts of a command so far.
struct Timing {
	began: Instant,
	parts: Mutex<Vec<Part>>,
}

impl Timing {
	/// Returns the list: one line for each part, in order of its start, and the total.
	fn text(&self) -> String {
		let total = self.began.elapsed();
		let milliseconds = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1_000.0);
		let line = |start: Duration, took: Option<Duration>, name: &str| {
			let took = took.map_or("unfinished".into(), milliseconds);
			format!("{:>9} {took:>10}  {name}", milliseconds(start))
		};
		let mut lines = vec![format!("{:>9} {:>10}  part", "start ms", "took ms")];
		if let Ok(parts) = self.parts.lock() {
			let mut parts: Vec<&Part> = parts.iter().collect();
			parts.sort_by_key(|part| part.start);
			lines.extend(parts.into_iter().map(|part| {
				let method = part.method.as_ref().map_or(String::new(), |name| format!(" {name}"));
				let name = format!("{}{}{method}", "  ".repeat(part.depth), part.name);
				line(part.start, part.end.map(|end| end.saturating_sub(part.start)), &name)
			}));
		}
		lines.push(line(Duration::ZERO, Some(total), "total"));
		lines.join("\n")
	}
}

/// Does the work, and then lists on standard error where its time went since `began`.
pub(crate) async fn traced<T>(began: Instant, work: impl Future<Output = T>) -> T {
	let timing = Arc::new(Timing { began, parts: Mutex::new(Vec::new()) });
	let done = work.with_subscriber(Registry::default().with(Collector(timing.clone()))).await;
	tell(&timing.text());
	done
}

/// Collects the spans of a command.
struct Collector(Arc<Timing>);

/// Place of a span's part in the list.
struct Place(usize);

/// Reads the method of a request from the fields of its span.
struct Method(Option<String>);

impl Visit for Method {
	fn record_str(&mut self, field: &Field, value: &str) {
		if field.name() == METHOD {
			self.0 = Some(value.to_owned());
		}
	}

	fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Collector {
	fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
		metadata.is_span() && metadata.target().starts_with(OWN)
	}

	fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
		let start = self.0.began.elapsed();
		let Some(span) = context.span(id) else { return };
		let mut method = Method(None);
		attributes.record(&mut method);
		let part = Part {
			name: span.name(),
			method: method.0,
			depth: span.scope().skip(1).count(),
			start,
			end: None,
		};
		if let Ok(mut parts) = self.0.parts.lock() {
			span.extensions_mut().insert(Place(parts.len()));
			parts.push(part);
		}
	}

	fn on_close(&self, id: Id, context: Context<'_, S>) {
		let end = self.0.began.elapsed();
		let Some(span) = context.span(&id) else { return };
		let extensions = span.extensions();
		let place = extensions.get::<Place>().map(|place| place.0);
		if let (Some(place), Ok(mut parts)) = (place, self.0.parts.lock()) {
			if let Some(part) = parts.get_mut(place) {
				part.end = Some(end);
			}
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use tracing::{debug_span, info, info_span, Instrument};

	/// Does the work, and returns the list.
	async fn listed(work: impl Future<Output = ()>) -> String {
		let timing = Arc::new(Timing { began: Instant::now(), parts: Mutex::new(Vec::new()) });
		work.with_subscriber(Registry::default().with(Collector(timing.clone()))).await;
		timing.text()
	}

	#[tokio::test]
	async fn parts_are_listed_with_start_duration_and_total() {
		let pause = Duration::from_millis(20);
		let text = listed(async {
			let outcome = async {
				let request = debug_span!("request", method = "chain_getBlock");
				tokio::time::sleep(pause).instrument(request).await;
			};
			outcome.instrument(info_span!("outcome")).await;
			let sealing = info_span!("seal");
			let seal = move || {
				let _sealing = sealing;
				std::thread::sleep(pause);
			};
			tokio::task::spawn_blocking(seal).await.unwrap();
			// Stopped by the end of the command.
			std::mem::forget(info_span!("stored"));
		})
		.await;
		let lines: Vec<Vec<&str>> =
			text.lines().map(|line| line.split_whitespace().collect()).collect();
		let names: Vec<String> = lines.iter().map(|line| line[2..].join(" ")).collect();
		let expected =
			["took ms part", "outcome", "request chain_getBlock", "seal", "stored", "total"];
		assert_eq!(names, expected, "{text}");
		assert!(text.contains("    request chain_getBlock"), "{text}");
		let number = |line: usize, column: usize| lines[line][column].parse::<f64>().unwrap();
		for part in [1, 2, 3] {
			assert!(number(part, 1) >= 20.0, "{text}");
		}
		assert!(number(3, 0) >= 20.0 && number(5, 1) >= 40.0, "{text}");
		assert_eq!(lines[4][1], "unfinished");
	}

	#[tokio::test]
	async fn nothing_but_names_and_methods_is_listed() {
		let text = listed(async {
			info_span!("seal", title = "HIV test", record = 77, secret = ?[78, 79]).in_scope(
				|| {
					info!("HIV negative");
				},
			);
			info_span!(target: "jsonrpsee", "HIV call").in_scope(|| ());
		})
		.await;
		assert!(text.contains("seal"), "{text}");
		for secret in ["HIV", "77", "78, 79"] {
			let names: String = text.lines().filter_map(|line| line.get(22..)).collect();
			assert!(!names.contains(secret), "{text}");
		}
	}
}
