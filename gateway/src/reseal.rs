//! Sealing the hospital's own identifiers under another secret.

use std::path::{Path, PathBuf};

use clap::Args;
use zeroize::Zeroizing;

use crate::{
	config::{self, Config, ConfigError},
	hl7::{Merges, Versions},
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
	let [identifiers, merges, versions] =
		reseal(&config.state, &old, &new).map_err(|error| StartError::Reseal(Box::new(error)))?;
	match identifiers.or(merges).or(versions) {
		Some(_) => tracing::info!(
			identifiers,
			merges,
			"the identifiers and merges are sealed under the new secret"
		),
		None => tracing::info!("they were sealed under the new secret before"),
	}
	Ok(())
}

/// Seals the files of a state folder under another secret, and returns how many entries each had;
/// `None` for one that is sealed under it already.
fn reseal(state: &Path, old: &str, new: &str) -> Result<[Option<u64>; 3], IdentifierError> {
	Ok([
		Identifiers::reseal(&state.join("identifiers.sqlite"), old, new)?,
		Merges::reseal(&state.join("merges.sqlite"), old, new)?,
		Versions::reseal(&state.join("hl7.sqlite"), old, new)?,
	])
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::database;

	#[test]
	fn each_file_is_sealed_under_the_new_secret() {
		let folder = tempfile::tempdir().unwrap();
		let (old, new) = ("5a".repeat(32), "5b".repeat(32));
		let opened = |secret: &str| {
			let path = |name: &str| folder.path().join(name);
			[
				Identifiers::open(&path("identifiers.sqlite"), secret).is_ok(),
				Merges::open(&path("merges.sqlite"), secret).is_ok(),
				Versions::open(&path("hl7.sqlite"), secret).is_ok(),
			]
		};
		assert_eq!(opened(&old), [true; 3]);
		assert_eq!(reseal(folder.path(), &old, &new).unwrap(), [Some(0); 3]);
		assert_eq!((opened(&old), opened(&new)), ([false; 3], [true; 3]));
		// After an interruption, the rest is sealed.
		let merges = folder.path().join("merges.sqlite");
		assert_eq!(Merges::reseal(&merges, &new, &old).unwrap(), Some(0));
		assert_eq!(reseal(folder.path(), &old, &new).unwrap(), [None, Some(0), None]);
	}

	#[test]
	fn a_second_run_repeats_the_clean_up() {
		let folder = tempfile::tempdir().unwrap();
		let (old, new) = ("5a".repeat(32), "5b".repeat(32));
		let path = folder.path().join("identifiers.sqlite");
		drop(Identifiers::open(&path, &new).unwrap());
		// Leftovers of a first run that was killed after it had sealed the entries.
		let left = rusqlite::Connection::open(&path).unwrap();
		left.execute_batch(
			"PRAGMA secure_delete = OFF; CREATE TABLE old (entry TEXT);
			 INSERT INTO old VALUES ('MARKER'); DROP TABLE old;",
		)
		.unwrap();
		drop(left);
		assert!(database::tests::has(folder.path(), "MARKER"));
		assert_eq!(Identifiers::reseal(&path, &old, &new).unwrap(), None);
		assert!(!database::tests::has(folder.path(), "MARKER"));
	}
}
