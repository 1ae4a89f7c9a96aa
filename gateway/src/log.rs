//! The log, on standard error.
//!
//! `RUST_LOG` sets the level. Below `info`, only Salus's own lines are shown. Libraries can log
//! what passes through them, such as the address of a request or a message to the node, and that
//! names patients and records.

use std::io::IsTerminal;

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
	filter::filter_fn, fmt::MakeWriter, layer::SubscriberExt, util::SubscriberInitExt, EnvFilter,
};

/// Start of the names of Salus's own parts.
const OWN: &str = "salus";

/// Starts to write the log.
pub fn start_log() {
	let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
	subscriber(filter, std::io::stderr, std::io::stderr().is_terminal()).init();
}

fn subscriber<W>(filter: EnvFilter, writer: W, is_terminal: bool) -> impl Subscriber + Send + Sync
where
	W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
	tracing_subscriber::fmt()
		.with_env_filter(filter)
		.with_writer(writer)
		.with_ansi(is_terminal)
		.finish()
		.with(filter_fn(may_be_shown))
}

/// Returns whether the log may show an event or a span, if the filter does not leave it out.
fn may_be_shown(metadata: &Metadata<'_>) -> bool {
	*metadata.level() <= Level::INFO || metadata.target().starts_with(OWN)
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::sync::Arc;

	#[test]
	fn no_setting_shows_the_details_of_libraries() {
		let log = tempfile::NamedTempFile::new().unwrap();
		let writer = Arc::new(log.reopen().unwrap());
		let filter = EnvFilter::new("trace,jsonrpsee=trace");
		tracing::subscriber::with_default(subscriber(filter, writer, false), || {
			tracing::trace!(target: "salus_client::chain", "a detail of ours");
			tracing::info!(target: "rustls::conn", "a notice of a library");
			tracing::debug!(target: "hyper::proto", "PASSING");
			tracing::trace!(target: "jsonrpsee-client", "PASSING");
		});
		let log = std::fs::read_to_string(log.path()).unwrap();
		assert!(log.contains("a detail of ours") && log.contains("a notice of a library"), "{log}");
		assert!(!log.contains("PASSING"), "{log}");
	}
}
