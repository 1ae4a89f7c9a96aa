//! The log as JSON, for systems that collect logs: one object per line.
//!
//! An object has `time` (UTC, in RFC 3339 format), `level`, `target` (the part of the program),
//! `message`, and any other fields of the event.

use std::fmt::{self, Write as _};

use serde_json::{Map, Value};
use tracing::{
	field::{Field, Visit},
	Event, Subscriber,
};
use tracing_subscriber::{
	fmt::{
		format::Writer,
		time::{FormatTime, SystemTime},
		FmtContext, FormatEvent, FormatFields,
	},
	registry::LookupSpan,
};

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

/// Formatter that writes each event as one JSON object.
#[derive(Clone, Copy, Debug)]
pub struct JsonLines;

impl<S, N> FormatEvent<S, N> for JsonLines
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
	use std::{
		io,
		sync::{Arc, Mutex},
	};

	#[derive(Clone, Default)]
	struct Written(Arc<Mutex<Vec<u8>>>);

	impl io::Write for Written {
		fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
			self.0.lock().unwrap().write(bytes)
		}

		fn flush(&mut self) -> io::Result<()> {
			Ok(())
		}
	}

	#[test]
	fn each_event_is_one_json_object_a_line() {
		let said = "not \"taken\":\n\u{1b}[31m\\ disk full\0";
		let written = Written::default();
		let sink = written.clone();
		let log = tracing_subscriber::fmt().event_format(JsonLines);
		let subscriber = log.with_writer(move || sink.clone()).finish();
		tracing::subscriber::with_default(subscriber, || {
			tracing::warn!(target: "salus_gateway::hl7", attempt = 3u64, is_last = true, "{said}");
			// No field takes the place of what the line is about.
			tracing::info!(target: "salus_gateway::tls", level = "TRACE", target = "x", time = %"y");
			tracing::info!(target: "rustls", { log.target = "rustls::conn", log.line = 7 }, "closed");
		});
		let log = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
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
