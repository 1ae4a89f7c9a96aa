//! The log, on standard error: text for people, or one JSON object a line.
//!
//! `RUST_LOG` sets the level. Below `info`, only Salus's own lines are shown. Libraries can log
//! what passes through them, such as the address of a request or a message to the node, and that
//! names patients and records.
//!
//! A JSON object has the members of the node's log: `time` (UTC, in RFC 3339 format), `level`,
//! `target` (the part of the program), `message`, and any other fields of the event. The node is
//! licensed differently, so its formatter is not used here.

use std::{
	fmt::{self, Write as _},
	io::IsTerminal,
};

use serde_json::{Map, Value};
use tracing::{
	field::{Field, Visit},
	Event, Level, Metadata, Subscriber,
};
use tracing_subscriber::{
	filter::filter_fn,
	fmt::{
		format::Writer,
		time::{FormatTime, SystemTime},
		FmtContext, FormatEvent, FormatFields, MakeWriter,
	},
	layer::SubscriberExt,
	registry::LookupSpan,
	util::SubscriberInitExt,
	EnvFilter,
};

/// Start of the names of Salus's own parts.
const OWN: &str = "salus";

/// Start of the fields in which events of the crate `log` have their metadata.
const OF_LOG: &str = "log.";

/// Format of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
	/// Text for people.
	#[default]
	Text,
	/// One JSON object per line.
	Json,
}

/// Starts to write the log.
pub fn start_log(format: LogFormat) {
	let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
	subscriber(format, filter, std::io::stderr, std::io::stderr().is_terminal()).init();
}

fn subscriber<W>(
	format: LogFormat,
	filter: EnvFilter,
	writer: W,
	is_terminal: bool,
) -> Box<dyn Subscriber + Send + Sync>
where
	W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
	let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
	let shown = filter_fn(may_be_shown);
	match format {
		LogFormat::Text => Box::new(log.with_ansi(is_terminal).finish().with(shown)),
		LogFormat::Json => Box::new(log.event_format(Json).finish().with(shown)),
	}
}

/// Returns whether the log may show an event or a span, if the filter does not leave it out.
fn may_be_shown(metadata: &Metadata<'_>) -> bool {
	*metadata.level() <= Level::INFO || metadata.target().starts_with(OWN)
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
		let metadata = event.metadata();
		let mut fields = Fields { object: Map::new(), target: None };
		event.record(&mut fields);
		let Fields { mut object, target } = fields;
		// After the fields, so that none takes the place of these.
		object.insert("time".into(), time.into());
		object.insert("level".into(), metadata.level().as_str().into());
		object.insert("target".into(), target.unwrap_or_else(|| metadata.target().into()).into());
		writeln!(writer, "{}", Value::Object(object))
	}
}

/// Fields of an event.
struct Fields {
	object: Map<String, Value>,
	/// Part of the program that an event of the crate `log` names.
	target: Option<String>,
}

impl Fields {
	fn put(&mut self, field: &Field, value: impl Into<Value>) {
		if !field.name().starts_with(OF_LOG) {
			self.object.insert(field.name().to_owned(), value.into());
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
		if field.name() == "log.target" {
			self.target = Some(value.to_owned());
		}
		self.put(field, value);
	}

	fn record_f64(&mut self, field: &Field, value: f64) {
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
	use std::sync::Arc;

	/// Returns what the log has after something was said.
	fn written(format: LogFormat, filter: &str, speak: impl FnOnce()) -> String {
		let log = tempfile::NamedTempFile::new().unwrap();
		let writer = Arc::new(log.reopen().unwrap());
		let subscriber = subscriber(format, EnvFilter::new(filter), writer, false);
		tracing::subscriber::with_default(subscriber, speak);
		std::fs::read_to_string(log.path()).unwrap()
	}

	#[test]
	fn no_setting_shows_the_details_of_libraries() {
		for format in [LogFormat::Text, LogFormat::Json] {
			let log = written(format, "trace,jsonrpsee=trace", || {
				tracing::trace!(target: "salus_client::chain", "a detail of ours");
				tracing::info!(target: "rustls::conn", "a notice of a library");
				tracing::debug!(target: "hyper::proto", "PASSING");
				tracing::trace!(target: "jsonrpsee-client", "PASSING");
			});
			let has = |text: &str| log.contains(text);
			assert!(has("a detail of ours") && has("a notice of a library"), "{log}");
			assert!(!has("PASSING"), "{log}");
		}
	}

	#[test]
	fn each_event_is_one_json_object_a_line() {
		let said = "not \"taken\":\n\u{1b}[31m\\ disk full\0";
		let log = written(LogFormat::Json, "info", || {
			tracing::warn!(target: "salus_gateway::hl7", attempt = 3u64, is_last = true, "{said}");
			// No field takes the place of what the line is about.
			tracing::info!(target: "salus_gateway::tls", level = "TRACE", target = "x", time = %"y");
			tracing::info!(target: "rustls", { log.target = "rustls::conn", log.line = 7 }, "closed");
		});
		let lines: Vec<Value> =
			log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
		let [first, second, third] = &lines[..] else { panic!("{log}") };
		let subject = |line: &Value| ["level", "target"].map(|name| line[name].clone());
		assert_eq!(subject(first), ["WARN", "salus_gateway::hl7"]);
		assert_eq!((first["message"].as_str(), first["attempt"].as_u64()), (Some(said), Some(3)));
		assert_eq!(first["is_last"], true);
		let time = first["time"].as_str().unwrap();
		assert!(time.len() > 20 && time.ends_with('Z') && &time[10..11] == "T", "{time}");
		assert!(log.bytes().all(|byte| byte == b'\n' || !byte.is_ascii_control()), "{log:?}");
		assert_eq!(subject(second), ["INFO", "salus_gateway::tls"]);
		assert_ne!(second["time"], "y");
		assert_eq!((third["target"].as_str(), third.get("log.line")), (Some("rustls::conn"), None));
	}
}
