//! The state folder: its files, and the lock of the server that uses it.

use std::{
	fs::{DirBuilder, File, TryLockError},
	os::unix::fs::{DirBuilderExt, OpenOptionsExt},
	path::Path,
};

use salus_client::StateDir;
use zeroize::Zeroizing;

use super::{state_error, StartError};
use crate::{
	auth::Used,
	config::{self, Config},
	hl7::Merges,
	identifiers::Identifiers,
	subscriptions::Store,
};

/// File that a running server locks.
const LOCK: &str = "server.lock";

/// The files of the state folder.
pub(super) struct Files {
	pub(super) state: StateDir,
	pub(super) used: Used,
	pub(super) identifiers: Option<Identifiers>,
	pub(super) merges: Option<Merges>,
	pub(super) subscriptions: Store,
}

/// Makes the state folder if need be.
fn make(folder: &Path) -> Result<(), StartError> {
	DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(state_error)
}

/// Keeps other servers out of a state folder for as long as the file is open. Two would number the
/// events of a subscription twice, and remove what the other one uploads.
pub(super) fn lock(folder: &Path) -> Result<File, StartError> {
	make(folder)?;
	let file = File::options().create(true).append(true).mode(0o600).open(folder.join(LOCK));
	let file = file.map_err(state_error)?;
	match file.try_lock() {
		Ok(()) => Ok(file),
		Err(TryLockError::WouldBlock) => Err(StartError::InUse(folder.to_owned())),
		Err(TryLockError::Error(error)) => Err(state_error(error)),
	}
}

/// Opens the state folder, and makes it if need be.
pub(super) fn open(config: &Config) -> Result<Files, StartError> {
	make(&config.state)?;
	let used = Used::open(&config.state.join("assertions.sqlite")).map_err(state_error)?;
	let state =
		StateDir::new(Some(config.state.join("salus"))).map_err(state_error)?.without_uploads();
	let (identifiers, merges) = match &config.identifiers {
		None => (None, None),
		Some(path) => {
			let secret = Zeroizing::new(config::read(path)?);
			let kept = Identifiers::open(&config.state.join("identifiers.sqlite"), &secret);
			let merges = Merges::open(&config.state.join("merges.sqlite"), &secret);
			(Some(kept.map_err(state_error)?), Some(merges.map_err(state_error)?))
		}
	};
	let subscriptions = Store::open(&config.state.join("subscriptions.sqlite"));
	let subscriptions = subscriptions.map_err(state_error)?;
	Ok(Files { state, used, identifiers, merges, subscriptions })
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_state_folder_has_one_server() {
		let folder = tempfile::tempdir().unwrap();
		let state = folder.path().join("state");
		let first = lock(&state).unwrap();
		let second = lock(&state).unwrap_err();
		assert!(matches!(&second, StartError::InUse(named) if *named == state), "{second}");
		drop(first);
		assert!(lock(&state).is_ok());
	}
}
