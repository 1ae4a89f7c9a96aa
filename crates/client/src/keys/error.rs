//! Why a key or a keystore file could not be used.

use std::{io, path::PathBuf};

/// Why a key or a keystore file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
	/// The text is no development name.
	#[error("this is no development account such as //Alice; secrets are taken from keystore files alone, make one with `salus keys new`")]
	NotADevUri,
	/// The operating system gave no randomness.
	#[error(
		"the operating system gave no randomness; repair its random device before making keys"
	)]
	NoRandomness,
	/// The file's secret, account and public key do not belong together.
	#[error("the keystore file is damaged; take its backup")]
	Damaged,
	/// The file is something else.
	#[error(
		"this is no keystore file; give a JSON file that `salus keys new` or polkadot.js wrote"
	)]
	NotAKeystore,
	/// The file is encrypted in another way.
	#[error("the keystore file is encrypted in a way that this client does not know; export the account again from a polkadot.js of today")]
	UnknownEncoding,
	/// The file's secret lies open.
	#[error("the keystore file is not encrypted: whoever reads it acts as its owner. Give it a password with `salus keys password`")]
	Unencrypted,
	/// The file holds several accounts.
	#[error("the keystore file holds several accounts (a batch export of polkadot.js); export the account that is to act alone")]
	Batch,
	/// The account signs in another way.
	#[error("the keystore file holds an account of the kind {0}, and Salus knows sr25519 alone; make an account with `salus keys new`, or choose sr25519 in polkadot.js")]
	OtherKind(&'static str),
	/// The password does not open the file.
	#[error("the password does not open this keystore file")]
	WrongPassword,
	/// There is no password.
	#[error("the password is empty; a keystore file needs one")]
	EmptyPassword,
	/// The keystore file cannot be read.
	#[error("cannot read the keystore file {}", path.display())]
	ReadFile {
		/// Where it is.
		path: PathBuf,
		/// What the system said.
		#[source]
		source: io::Error,
	},
	/// The keystore file cannot be written.
	#[error("cannot write the keystore file {}", path.display())]
	WriteFile {
		/// Where it should be.
		path: PathBuf,
		/// What the system said.
		#[source]
		source: io::Error,
	},
	/// The keystore file cannot be replaced.
	#[error("cannot replace the keystore file {}: it is as it was", path.display())]
	ReplaceFile {
		/// Where it is.
		path: PathBuf,
		/// What the system said.
		#[source]
		source: io::Error,
	},
	/// The password file cannot be read.
	#[error("cannot read the password file {}", path.display())]
	PasswordFile {
		/// Where it is.
		path: PathBuf,
		/// What the system said.
		#[source]
		source: io::Error,
	},
	/// A key could not be derived or a wrap not be made or opened.
	#[error(transparent)]
	Envelope(#[from] salus_envelope::Error),
	/// There is no keystore file of this name.
	#[error("there is no keystore file {name}{hint}; `salus keys list` names those there are, `salus keys new` makes one")]
	NoKeystore {
		/// The name or path that was given.
		name: String,
		/// What was meant, where that is likely.
		hint: String,
	},
	/// A keystore file has this name already.
	#[error("{} exists already, and a keystore file is never replaced; choose another name", path.display())]
	Exists {
		/// Where it is.
		path: PathBuf,
	},
	/// The password cannot be asked for.
	#[error("cannot ask for {whose} here: there is no terminal; give a file with {option}")]
	CannotAsk {
		/// Which password, and whose.
		whose: String,
		/// The option that takes a file with it.
		option: &'static str,
		/// What the system said.
		#[source]
		source: io::Error,
	},
	/// The file is no storage key of a node.
	#[error("this is no storage key of a node; give the file in its keystore folder whose name begins with 73616c75")]
	NotANodeKey,
}
