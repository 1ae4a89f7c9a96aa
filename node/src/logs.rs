//! The log as JSON, for systems that collect logs: an object on each line of standard error.
//!
//! `time` (UTC, as RFC 3339 writes it), `level`, `target` (the part of the node that speaks; those of Salus begin with
//! `salus::`), `message`, and whatever else the part says in fields of its own. The SDK only writes text for people.

use std::fmt::{self, Write as _};

use serde_json::{Map, Value};
use tracing::{
	field::{Field, Visit},
	Event, Subscriber,
};
use tracing_log::NormalizeEvent;
use tracing_subscriber::{
	fmt::{
		format::Writer,
		time::{FormatTime, SystemTime},
		FmtContext, FormatEvent, FormatFields, MakeWriter,
	},
	registry::LookupSpan,
	EnvFilter,
};

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
	/// For people.
	#[default]
	Text,
	/// An object on each line.
	Json,
}

/// What is left out, or said only when it is a warning, unless asked for: libraries that talk of themselves. As the SDK has it.
const QUIET: &str = "info,ws=off,yamux=off,regalloc=off,cranelift_codegen=off,cranelift_wasm=warn,hyper=warn,\
	trust_dns_proto=off,hickory_proto=off,libp2p_mdns::behaviour::iface=off,rustls::common_state=off,rustls::conn=off";

/// Why the log cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
	/// What was asked for with `--log` or in `RUST_LOG` makes no sense.
	#[error("the log's filters are not well-formed: {0}")]
	Filters(#[from] tracing_subscriber::filter::ParseError),
	/// Someone else writes it.
	#[error("the log is written by something else already")]
	Taken(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Writes the log to standard error from now on. `filters`: what `--log` says.
pub fn start(filters: &str) -> Result<(), LogError> {
	let said = std::env::var("RUST_LOG").unwrap_or_default();
	let wanted = [QUIET, &said, filters];
	let directives: Vec<_> = wanted.into_iter().filter(|text| !text.is_empty()).collect();
	let subscriber = subscriber(&directives.join(","), std::io::stderr)?;
	// It also takes what goes to the crate `log`.
	tracing_subscriber::util::SubscriberInitExt::try_init(subscriber)
		.map_err(|error| LogError::Taken(error.into()))
}

fn subscriber<W>(filters: &str, writer: W) -> Result<impl Subscriber + Send + Sync, LogError>
where
	W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
	Ok(tracing_subscriber::fmt()
		.with_env_filter(EnvFilter::try_new(filters)?)
		.event_format(Json)
		.with_writer(writer)
		.finish())
}

/// An event as one JSON object.
struct Json;

impl<S, N> FormatEvent<S, N> for Json
where
	S: Subscriber + for<'a> LookupSpan<'a>,
	N: for<'a> FormatFields<'a> + 'static,
{
	fn format_event(
		&self,
		_: &FmtContext<'_, S, N>,
		mut writer: Writer<'_>,
		event: &Event<'_>,
	) -> fmt::Result {
		let mut time = String::new();
		SystemTime.format_time(&mut Writer::new(&mut time))?;
		// Of what comes by the crate `log`, the metadata are in fields.
		let normalized = event.normalized_metadata();
		let metadata = normalized.as_ref().unwrap_or_else(|| event.metadata());
		let mut object = Fields(Map::new());
		event.record(&mut object);
		let Fields(mut object) = object;
		object.insert("time".into(), time.into());
		object.insert("level".into(), metadata.level().as_str().into());
		object.insert("target".into(), metadata.target().into());
		writeln!(writer, "{}", Value::Object(object))
	}
}

/// The fields of an event.
struct Fields(Map<String, Value>);

impl Fields {
	fn put(&mut self, field: &Field, value: impl Into<Value>) {
		if !field.name().starts_with("log.") {
			self.0.insert(field.name().to_owned(), value.into());
		}
	}
}

impl Visit for Fields {
	fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
		let mut text = String::new();
		// A value that cannot be written is no reason to lose the line.
		let _ = write!(text, "{value:?}");
		self.put(field, text);
	}

	fn record_str(&mut self, field: &Field, value: &str) {
		self.put(field, value);
	}

	fn record_u64(&mut self, field: &Field, value: u64) {
		self.put(field, value);
	}

	fn record_i64(&mut self, field: &Field, value: i64) {
		self.put(field, value);
	}

	fn record_bool(&mut self, field: &Field, value: bool) {
		self.put(field, value);
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::{
		io::{self, Write},
		sync::{Arc, Mutex},
	};

	#[derive(Clone, Default)]
	struct Written(Arc<Mutex<Vec<u8>>>);

	impl Write for Written {
		fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
			self.0.lock().unwrap().write(bytes)
		}

		fn flush(&mut self) -> io::Result<()> {
			Ok(())
		}
	}

	fn lines(filters: &str, speak: impl FnOnce()) -> Vec<Value> {
		let written = Written::default();
		let sink = written.clone();
		let subscriber = subscriber(filters, move || sink.clone()).unwrap();
		tracing::subscriber::with_default(subscriber, speak);
		let bytes = written.0.lock().unwrap().clone();
		String::from_utf8(bytes)
			.unwrap()
			.lines()
			.map(|line| serde_json::from_str(line).unwrap())
			.collect()
	}

	#[test]
	fn each_event_is_an_object_on_a_line_of_its_own() {
		let lines = lines(QUIET, || {
			tracing::warn!(target: "salus::worker", attempt = 3u64, "not \"pushed\":\n{}", "disk full");
			tracing::debug!(target: "salus::worker", "nobody asked");
			tracing::info!(target: "hyper", "nobody asked");
		});
		assert_eq!(lines.len(), 1, "{lines:?}");
		let line = &lines[0];
		assert_eq!(line["level"], "WARN");
		assert_eq!(line["target"], "salus::worker");
		assert_eq!(line["message"], "not \"pushed\":\ndisk full");
		assert_eq!(line["attempt"], 3);
		let time = line["time"].as_str().unwrap();
		assert!(
			time.len() > 20 && time.ends_with('Z') && &time[10..11] == "T",
			"{time}"
		);
	}

	#[test]
	fn what_is_asked_for_comes_too() {
		let speak = || tracing::debug!(target: "salus::worker", "somebody asked");
		assert!(lines(QUIET, speak).is_empty());
		let more = format!("{QUIET},salus=debug");
		assert_eq!(lines(&more, speak)[0]["message"], "somebody asked");
	}

	#[test]
	fn filters_that_make_no_sense_are_refused() {
		assert!(matches!(
			subscriber("salus=loud", io::sink),
			Err(LogError::Filters(_))
		));
	}
}
