//! Sealing the hospital's own identifiers under another secret.

use std::path::{Path, PathBuf};

use clap::Args;
use zeroize::Zeroizing;

use crate::{
	config::{self, Config, ConfigError},
	database,
	hl7::Merges,
	identifiers::{IdentifierError, Identifiers},
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
	let merges = Merges::reseal(&config.state.join("merges.sqlite"), &old, &new);
	let merges = merges.map_err(failed)?;
	// Its marks cannot be made again. Without one, a message that is repeated is a further version.
	forget(&config.state.join("hl7.sqlite")).map_err(failed)?;
	let identifiers = Identifiers::reseal(&config.state.join("identifiers.sqlite"), &old, &new);
	let identifiers = identifiers.map_err(failed)?;
	match merges.or(identifiers) {
		Some(_) => tracing::info!(
			identifiers,
			merges,
			"the identifiers and merges are sealed under the new secret"
		),
		None => tracing::info!("they were sealed under the new secret before"),
	}
	Ok(())
}

fn failed(error: IdentifierError) -> StartError {
	StartError::Reseal(Box::new(error))
}

/// Removes a database that no other process has open.
fn forget(path: &Path) -> Result<(), IdentifierError> {
	if !path.exists() {
		return Ok(());
	}
	// Fails while a server has it open. All of it goes, and its log.
	let connection = database::open_alone(path)?;
	connection
		.execute_batch("DROP TABLE IF EXISTS versions; DROP TABLE IF EXISTS secret; VACUUM;")?;
	Ok(database::wipe(&connection)?)
}
