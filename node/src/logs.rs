//! The log as JSON, for systems that collect logs: one object per line of standard error.
//!
//! An object has `time` (UTC, in RFC 3339 format), `level`, `target` (the part of the node; those
//! of Salus begin with `salus::`), `message`, and any other fields of the event. The SDK itself
//! only writes text for people.

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

/// Format of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
	/// Text for people.
	#[default]
	Text,
	/// One JSON object per line.
	Json,
}

/// Default filters, as in the SDK: some libraries are silent or restricted to warnings.
const QUIET: &str = "info,ws=off,yamux=off,regalloc=off,cranelift_codegen=off,cranelift_wasm=warn,hyper=warn,\
	trust_dns_proto=off,hickory_proto=off,libp2p_mdns::behaviour::iface=off,rustls::common_state=off,rustls::conn=off";

/// Reason why the log cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
	/// The filters of `--log` or `RUST_LOG` are invalid.
	#[error("the log filters are invalid: {0}; correct `--log` or `RUST_LOG`")]
	Filters(#[from] tracing_subscriber::filter::ParseError),
	/// Another component already writes the log.
	#[error("another component already writes the log")]
	Taken(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Starts writing the log to standard error. `filters` is the value of `--log`.
pub fn start(filters: &str) -> Result<(), LogError> {
	let said = std::env::var("RUST_LOG").unwrap_or_default();
	let wanted = [QUIET, &said, filters];
	let directives: Vec<_> = wanted.into_iter().filter(|text| !text.is_empty()).collect();
	let subscriber = subscriber(&directives.join(","), std::io::stderr)?;
	// This also captures the events of the crate `log`.
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

/// Formatter that writes each event as one JSON object.
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
		// Events from the crate `log` carry their metadata in fields.
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

/// Fields of an event.
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
		// A value that cannot be formatted must not lose the line.
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
	fn each_event_is_one_object_per_line() {
		let lines = lines(QUIET, || {
			tracing::warn!(target: "salus::worker", attempt = 3u64, "not \"pushed\":\n{}", "disk full");
			tracing::debug!(target: "salus::worker", "not requested");
			tracing::info!(target: "hyper", "not requested");
		});
		assert_eq!(lines.len(), 1, "{lines:?}");
		let line = &lines[0];
		assert_eq!(line["level"], "WARN");
		assert_eq!(line["target"], "salus::worker");
		assert_eq!(line["message"], "not \"pushed\":\ndisk full");
		assert_eq!(line["attempt"], 3);
		let time = line["time"].as_str().unwrap();
		assert!(time.len() > 20 && time.ends_with('Z') && &time[10..11] == "T", "{time}");
	}

	#[test]
	fn requested_events_are_also_written() {
		let speak = || tracing::debug!(target: "salus::worker", "requested");
		assert!(lines(QUIET, speak).is_empty());
		let more = format!("{QUIET},salus=debug");
		assert_eq!(lines(&more, speak)[0]["message"], "requested");
	}

	#[test]
	fn invalid_filters_are_refused() {
		assert!(matches!(subscriber("salus=loud", io::sink), Err(LogError::Filters(_))));
	}
}
