//! Sealing the hospital's own identifiers under another secret.

use std::path::{Path, PathBuf};

use clap::Args;
use zeroize::Zeroizing;

use crate::{
	config::{self, Config, ConfigError},
	identifiers::Identifiers,
	start::{StartError, CONFIG},
};

/// Options of `reseal`.
#[derive(Debug, Args)]
pub(crate) struct Opts {
	/// Configuration file. It names the new secret.
	#[arg(long, value_name = "FILE", default_value = CONFIG)]
	config: PathBuf,
	/// File with the old secret.
	#[arg(long, value_name = "FILE")]
	old: PathBuf,
}

pub(crate) fn run(opts: &Opts) -> Result<(), StartError> {
	let config = Config::read(&opts.config)?;
	let secret = |path: &Path| config::read(path).map(Zeroizing::new);
	let new = config.identifiers.as_deref().ok_or_else(|| {
		ConfigError::Value("the configuration has no `identifiers`; name the new secret".into())
	})?;
	let (old, new) = (secret(&opts.old)?, secret(new)?);
	let path = config.state.join("identifiers.sqlite");
	let resealed = Identifiers::reseal(&path, &old, &new);
	match resealed.map_err(|error| StartError::Reseal(Box::new(error)))? {
		Some(count) => tracing::info!(count, "the identifiers are sealed under the new secret"),
		None => tracing::info!("the identifiers were sealed under the new secret before"),
	}
	Ok(())
}
