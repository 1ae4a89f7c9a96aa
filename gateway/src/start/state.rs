//! The state folder: its files, and the lock of the server that uses it.
//!
//! An import may run beside the server, so it takes no lock. It only reads the databases, each of
//! which several processes can have open. An upload is locked while a process works on it, and the
//! server discards no locked one when it starts. What both could add is one record: the chain
//! refuses a second one under the same identifier.

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
	use crate::identifiers::Identifier;

	/// Returns a configuration whose state is in a folder.
	fn config(folder: &Path) -> Config {
		let path = folder.join("gateway.toml");
		std::fs::write(folder.join("secret"), "5a".repeat(32)).unwrap();
		let text = "listen = \"127.0.0.1:0\"\nbase = \"https://fhir.example.org\"\n\
		            node = \"ws://127.0.0.1:1\"\nstate = \"state\"\norganisation = 1\n\
		            identifiers = \"./secret\"\n";
		std::fs::write(&path, text).unwrap();
		Config::read(&path).unwrap()
	}

	#[tokio::test]
	async fn an_import_opens_the_folder_beside_the_server() {
		let folder = tempfile::tempdir().unwrap();
		let config = config(folder.path());
		let _lock = lock(&config.state).unwrap();
		let identifiers = |files: Files| files.identifiers.unwrap();
		let server = identifiers(open(&config).unwrap());
		let import = identifiers(open(&config).unwrap());
		// The import finds what the server writes meanwhile.
		let patient = salus_client::parse_account("//Alice").unwrap();
		let number = Identifier { system: "urn:oid:1.2.3".into(), value: "0815".into() };
		server.replace(&patient, vec![number.clone()], None).await.unwrap();
		assert_eq!(import.account_of(&number).await.unwrap(), Some(patient));
		// A server that starts meanwhile opens the folder, too.
		drop(server);
		assert!(open(&config).is_ok());
	}

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
