//! The log as JSON, for systems that collect logs: one object per line of standard error.
//!
//! The [objects](salus_logs) name the part of the node as their `target`; those of Salus begin with
//! `salus::`. The SDK itself only writes text for people.

use salus_logs::JsonLines;
use tracing::Subscriber;
use tracing_subscriber::{fmt::MakeWriter, EnvFilter};

pub use salus_logs::LogFormat;

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
		.event_format(JsonLines)
		.with_writer(writer)
		.finish())
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::Value;
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
