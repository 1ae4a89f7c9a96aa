//! Founding a chain, and joining it. Each hospital makes its keys on its own machine and hands over public parts; from these anyone
//! assembles the specification, and all come to the same genesis.
//!
//! ```text
//! each founder   salus-node consortium keys       → its public part, with the proof that it has the secret ones
//! everyone       salus-node consortium assemble   → the specification, byte for byte the same from the same parts
//! each founder   salus-node consortium check      → the genesis hash to compare, and whether its own keys are in it
//! ```
//!
//! # Contract with the neighbours
//!
//! * **To the disk**: the keystore and the node's network key, where the node looks for them when it starts.
//! * **To the runtime**: its genesis configuration, and natively the state that comes of it.
//!
//! Who joins later makes keys in the same way and registers them on the chain.
//!
//! No secret key leaves the machine on which it was made, and nobody has to trust who assembles: who does it again with the
//! same parts sees any difference.

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
	/// Show what a specification founds, and whether this machine has the keys of one of its validators.
	Check(check::CheckCmd),
}

impl ConsortiumCmd {
	/// Does it, and says on standard output what came of it.
	pub fn run(&self) -> Result<(), Error> {
		match self {
			Self::Keys(cmd) => cmd.run(),
			Self::Assemble(cmd) => cmd.run(),
			Self::Check(cmd) => cmd.run(),
		}
	}
}

/// Why a chain cannot be founded so.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The file system refuses.
	#[error("cannot {action} {path}: {source}")]
	Io {
		/// What was tried.
		action: &'static str,
		/// With what.
		path: PathBuf,
		/// Why not.
		source: io::Error,
	},
	/// The keystore cannot be used.
	#[error("cannot use the keystore in {path}: {reason}")]
	Keystore {
		/// Where it is.
		path: PathBuf,
		/// Why not.
		reason: String,
	},
	/// The file with the keystore's password cannot be read.
	#[error(
		"cannot read the keystore's password from {path}: {source}: name the file that holds it with --password-filename"
	)]
	PasswordFile {
		/// The file.
		path: PathBuf,
		/// Why not.
		source: io::Error,
	},
	/// The keys are there, and cannot be used.
	#[error(
		"the keystore in {0} has the session keys, but they do not open: give the password with which they were made \
		 (--password-filename), or none if they were made without one"
	)]
	Locked(PathBuf),
	/// There is no keystore.
	#[error(
		"there is no keystore in {0}: give the --base-path with which this hospital's node runs, or make the keys with \
		 `salus-node consortium keys`"
	)]
	NoKeystore(PathBuf),
	/// There are more session keys than one set.
	#[error(
		"the keystore in {0} has session keys of more than one set, so it is not clear which are meant: ask for new ones with \
		 --renew"
	)]
	SeveralSets(PathBuf),
	/// A file is not what it should be.
	#[error("{path}: {reason}")]
	Malformed {
		/// The file.
		path: PathBuf,
		/// What is wrong with it.
		reason: String,
	},
	/// The founders do not fit together.
	#[error("{0}")]
	Disagreement(String),
	/// The specification cannot be built.
	#[error("the specification cannot be built: {0}")]
	Specification(String),
	/// None of the validators is this machine.
	#[error(
		"the keystore in {0} has the session keys of none of the validators in this specification: it was assembled \
		 without this hospital's part, or the keys lie elsewhere"
	)]
	NotFounded(PathBuf),
}

/// The most validators that a chain can be founded with: as many as the committee can have members.
const MAX_FOUNDERS: usize = salus_primitives::MAX_COMMITTEE as usize;

/// The chain's identifier, which also names a folder of each node.
fn chain_id(text: &str) -> Result<String, String> {
	let fits = (1..=32).contains(&text.len())
		&& text
			.bytes()
			.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
	match fits {
		true => Ok(text.to_owned()),
		false => Err("give 1 to 32 lower-case letters, digits and hyphens".into()),
	}
}

/// An account's address.
fn account(text: &str) -> Result<AccountId, String> {
	AccountId::from_ss58check(text)
		.map_err(|_| "give an address, such as `salus keys show` prints it".into())
}
