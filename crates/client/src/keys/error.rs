//! Reasons why a key or a keystore file could not be used.

use std::{
	io,
	path::{Path, PathBuf},
};

/// Returns why a keystore file cannot be read, and the remedy.
fn unreadable(path: &Path, source: &io::Error) -> String {
	let path = path.display();
	match source.kind() {
		io::ErrorKind::NotFound => format!("there is no keystore file {path}; check the path"),
		io::ErrorKind::PermissionDenied => {
			format!("cannot read the keystore file {path}; check its permissions")
		}
		_ => format!("cannot read the keystore file {path}; check the path and its permissions"),
	}
}

/// Reason why a key or a keystore file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
	/// The text is not a development name.
	#[error("this is not a development account such as //Alice; other secrets are read from keystore files only")]
	NotADevUri,
	/// The operating system gave no randomness.
	#[error(
		"the operating system provided no randomness; fix its random device before making keys"
	)]
	NoRandomness,
	/// Secret, account and public key in the file do not belong together.
	#[error("the keystore file is damaged; use its backup")]
	Damaged,
	/// The file is not a keystore file.
	#[error("this is not a keystore file; give a JSON file that Salus or polkadot.js exported")]
	NotAKeystore,
	/// The file is encrypted in a way that this client does not know.
	#[error("the keystore file is encrypted in a way that this client does not know; export the account again from a current polkadot.js")]
	UnknownEncoding,
	/// The file is not encrypted.
	#[error("the keystore file is not encrypted, so anyone who reads it can act as its owner; give it a password")]
	Unencrypted,
	/// The file holds several accounts.
	#[error("the keystore file holds several accounts (a batch export of polkadot.js); export the account that is to act on its own")]
	Batch,
	/// The account signs with another algorithm.
	#[error("the keystore file holds an account of the kind {0}, and Salus supports sr25519 only; create another account, or choose sr25519 in polkadot.js")]
	OtherKind(&'static str),
	/// The password does not open the file.
	#[error("the password does not open this keystore file; check that both belong together")]
	WrongPassword,
	/// The password is empty.
	#[error("the password is empty; a keystore file needs one")]
	EmptyPassword,
	/// The keystore file cannot be read.
	#[error("{}", unreadable(.path, .source))]
	ReadFile {
		/// Path of the file.
		path: PathBuf,
		/// Error of the operating system.
		#[source]
		source: io::Error,
	},
	/// The keystore file cannot be written.
	#[error("cannot write the keystore file {}; check the folder's permissions and free space", path.display())]
	WriteFile {
		/// Path of the file.
		path: PathBuf,
		/// Error of the operating system.
		#[source]
		source: io::Error,
	},
	/// The keystore file cannot be replaced.
	#[error("cannot replace the keystore file {}, which is unchanged; check the folder's permissions and free space", path.display())]
	ReplaceFile {
		/// Path of the file.
		path: PathBuf,
		/// Error of the operating system.
		#[source]
		source: io::Error,
	},
	/// The password file cannot be read.
	#[error("cannot read the password file {}; check the path and its permissions", path.display())]
	PasswordFile {
		/// Path of the file.
		path: PathBuf,
		/// Error of the operating system.
		#[source]
		source: io::Error,
	},
	/// A key cannot be derived, or a wrap cannot be made or opened.
	#[error(transparent)]
	Envelope(#[from] salus_envelope::Error),
	/// There is no keystore file of this name.
	#[error("there is no keystore file {name}{hint}")]
	NoKeystore {
		/// Name or path as given.
		name: String,
		/// Suggestion of the name that was probably meant, or empty.
		hint: String,
	},
	/// A keystore file of this name exists.
	#[error("{} exists already, and a keystore file is never replaced; choose another name", path.display())]
	Exists {
		/// Path of the file.
		path: PathBuf,
	},
	/// There is no terminal to ask for the password.
	#[error("cannot ask for {whose} here: there is no terminal; give a file with {option}")]
	CannotAsk {
		/// Name of the password, with its owner.
		whose: String,
		/// Option that takes a file with the password.
		option: &'static str,
		/// Error of the operating system.
		#[source]
		source: io::Error,
	},
	/// The file is not a storage key of a node.
	#[error("this is not a storage key of a node; give the file in the node's keystore folder whose name begins with 73616c75")]
	NotANodeKey,
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_keystore_that_does_not_exist_is_called_missing() {
		let text = |kind: io::ErrorKind| {
			KeyError::ReadFile { path: "his.json".into(), source: kind.into() }.to_string()
		};
		let missing = text(io::ErrorKind::NotFound);
		assert_eq!(missing, "there is no keystore file his.json; check the path");
		let locked = text(io::ErrorKind::PermissionDenied);
		assert_eq!(locked, "cannot read the keystore file his.json; check its permissions");
		assert!(text(io::ErrorKind::Other).ends_with("check the path and its permissions"));
	}
}
