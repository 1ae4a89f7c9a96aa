//! Founding and joining a chain. Each hospital makes its keys on its own machine and shares their
//! public parts. Anyone can assemble the specification from these parts, with the same genesis.
//!
//! ```text
//! each founder   salus-node consortium keys      → its public part, with proof of the secret keys
//! everyone       salus-node consortium assemble  → the specification, identical for the same parts
//! each founder   salus-node consortium check     → the genesis hash to compare, and whether its
//!                                                  own keys are in it
//! ```
//!
//! # Neighbours
//!
//! * **To the disk**: the keystore and the node's network key, where the node looks for them at the
//!   start.
//! * **To the runtime**: its genesis configuration, and the resulting state, computed natively.
//!
//! A hospital that joins later makes its keys in the same way and registers them on the chain.
//!
//! No secret key leaves the machine on which it was made. Nobody has to trust the person who
//! assembles the specification: anyone who repeats it with the same parts notices a difference.

mod assemble;
mod check;
mod keys;
mod part;
mod summary;
#[cfg(test)]
mod tests;

use salus_runtime::AccountId;
use sp_core::crypto::Ss58Codec;
use std::{io, path::PathBuf};

pub use part::PublicPart;
pub use summary::Summary;

/// `salus-node consortium`.
#[derive(Debug, clap::Subcommand)]
pub enum ConsortiumCmd {
	/// Make this hospital's keys, or find them again, and write their public part.
	Keys(keys::KeysCmd),
	/// Assemble the chain's specification from the founders' public parts.
	Assemble(assemble::AssembleCmd),
	/// Summarise a specification, and check whether this machine has the keys of a validator in it.
	Check(check::CheckCmd),
}

impl ConsortiumCmd {
	/// Runs the command and prints its result to standard output.
	pub fn run(&self) -> Result<(), Error> {
		match self {
			Self::Keys(cmd) => cmd.run(),
			Self::Assemble(cmd) => cmd.run(),
			Self::Check(cmd) => cmd.run(),
		}
	}
}

/// Reason why a chain cannot be founded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// A file operation failed.
	#[error("cannot {action} {path}: {source}")]
	Io {
		/// Attempted action.
		action: &'static str,
		/// File or folder.
		path: PathBuf,
		/// Cause.
		source: io::Error,
	},
	/// The keystore cannot be used.
	#[error("cannot use the keystore in {path}: {reason}")]
	Keystore {
		/// Path of the keystore.
		path: PathBuf,
		/// Cause.
		reason: String,
	},
	/// The file with the keystore's password cannot be read.
	#[error(
		"cannot read the keystore's password from {path}: {source}: name the file that holds it with --password-filename"
	)]
	PasswordFile {
		/// Path of the file.
		path: PathBuf,
		/// Cause.
		source: io::Error,
	},
	/// The keys do not open with this password.
	#[error(
		"the keystore in {0} has keys, but they do not open; give the password with which they were made \
		 (--password-filename), or none if they were made without one"
	)]
	Locked(PathBuf),
	/// The keystore does not exist.
	#[error(
		"there is no keystore in {0}; give the --base-path with which this hospital's node runs, or make the keys with \
		 `salus-node consortium keys`"
	)]
	NoKeystore(PathBuf),
	/// The keystore has more than one set of session keys.
	#[error(
		"the keystore in {0} has more than one set of session keys, so it is unclear which to use; make new ones with \
		 --renew"
	)]
	SeveralSets(PathBuf),
	/// A file has an invalid form.
	#[error("{path}: {reason}")]
	Malformed {
		/// Path of the file.
		path: PathBuf,
		/// Cause.
		reason: String,
	},
	/// The founders' parts contradict each other.
	#[error("{0}")]
	Disagreement(String),
	/// The specification cannot be built.
	#[error("the specification cannot be built: {0}")]
	Specification(String),
	/// None of the validators' keys are on this machine.
	#[error(
		"the keystore in {0} has no session keys of a validator in this specification; it was assembled \
		 without this hospital's part, or the keys are elsewhere"
	)]
	NotFounded(PathBuf),
}

/// Maximum number of founding validators.
const MAX_FOUNDERS: usize = salus_primitives::MAX_VALIDATORS as usize;

/// Parses the identifier of a chain, which also names a folder of each node.
fn chain_id(text: &str) -> Result<String, String> {
	let fits = (1..=32).contains(&text.len())
		&& text
			.bytes()
			.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
	match fits {
		true => Ok(text.to_owned()),
		false => Err("use 1 to 32 lower-case letters, digits and hyphens".into()),
	}
}

/// Parses the address of an account.
fn account(text: &str) -> Result<AccountId, String> {
	AccountId::from_ss58check(text)
		.map_err(|_| "use an address as printed by `salus keys show`".into())
}
