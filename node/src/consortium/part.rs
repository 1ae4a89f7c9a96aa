//! The public part that a hospital hands over.

use super::{chain_id, Error};
use codec::{DecodeAll, Encode};
use salus_runtime::{AccountId, SessionKeys};
use sc_network::config::MultiaddrWithPeerId;
use serde::{Deserialize, Serialize};
use sp_runtime::traits::OpaqueKeys;
use std::{
	fs::File,
	io::Read,
	path::{Path, PathBuf},
};

/// Maximum number of bytes read from a file, which normally has less than 1 KiB.
const MAX_SIZE: u64 = 16 << 10;

/// Public part of one hospital's keys, with everything else that the other hospitals need. Stored
/// as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PublicPart {
	/// Identifier of the chain for which the keys were made.
	pub chain: String,
	/// Account of the validator.
	pub validator: AccountId,
	/// Account that votes for the hospital in the council.
	pub seat: AccountId,
	/// Public session keys, SCALE-encoded, `0x…`.
	#[serde(with = "sp_core::bytes")]
	pub keys: Vec<u8>,
	/// Signatures of each key over the validator's account, SCALE-encoded, `0x…`.
	#[serde(with = "sp_core::bytes")]
	pub proof: Vec<u8>,
	/// Address at which other nodes reach this one.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub address: Option<MultiaddrWithPeerId>,
	/// Account with which the node confirms stored records. The hospital's administrator admits it
	/// as a storage node.
	pub storage_account: AccountId,
}

impl PublicPart {
	/// Reads a file. Does not check the proof; see [`PublicPart::session_keys`].
	pub fn read(path: &Path) -> Result<Self, Error> {
		let mut text = String::new();
		File::open(path)
			.and_then(|file| file.take(MAX_SIZE).read_to_string(&mut text))
			.map_err(|source| Error::Io { action: "read", path: path.to_owned(), source })?;
		let malformed = |reason: String| Error::Malformed { path: path.to_owned(), reason };
		let part: Self = serde_json::from_str(&text)
			.map_err(|error| malformed(format!("this is not a public part: {error}")))?;
		chain_id(&part.chain)
			.map_err(|reason| malformed(format!("the chain's identifier: {reason}")))?;
		Ok(part)
	}

	/// Returns the session keys, if the proof shows that its maker has the secret keys and meant
	/// this validator.
	pub fn session_keys(&self) -> Option<SessionKeys> {
		let keys = SessionKeys::decode_all(&mut self.keys.as_slice()).ok()?;
		keys.ownership_proof_is_valid(&self.validator.encode(), &self.proof).then_some(keys)
	}
}

/// Reads all parts, each with its path.
pub(super) fn read_all(paths: &[PathBuf]) -> Result<Vec<(&Path, PublicPart)>, Error> {
	paths.iter().map(|path| Ok((path.as_path(), PublicPart::read(path)?))).collect()
}
