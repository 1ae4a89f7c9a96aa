//! The log, on standard error: text for people, or one JSON object a line.
//!
//! `RUST_LOG` sets the level. Below `info`, only Salus's own lines are shown. Libraries can log
//! what passes through them, such as the address of a request or a message to the node, and that
//! names patients and records.
//!
//! The JSON objects are [those of the node](salus_logs).

use std::io::IsTerminal;

use salus_logs::JsonLines;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
	filter::filter_fn, fmt::MakeWriter, layer::SubscriberExt, util::SubscriberInitExt, EnvFilter,
};

pub use salus_logs::LogFormat;

/// Start of the names of Salus's own parts.
const OWN: &str = "salus";

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
		LogFormat::Json => Box::new(log.event_format(JsonLines).finish().with(shown)),
	}
}

/// Returns whether the log may show an event or a span, if the filter does not leave it out.
fn may_be_shown(metadata: &Metadata<'_>) -> bool {
	*metadata.level() <= Level::INFO || metadata.target().starts_with(OWN)
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
}
