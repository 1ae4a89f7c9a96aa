//! Runtime upgrades, which the council authorises.

use codec::Decode;
use salus_primitives::Hash32;

use crate::{chain::calls, storage, Client, Follow, Included, RpcError, Signer, SubmitError};

/// First bytes of a runtime's file: Wasm, or Wasm as the SDK compresses it.
const BEGINNINGS: [&[u8]; 2] = [b"\0asm", &[0x52, 0xBC, 0x53, 0x76, 0x46, 0xDB, 0x8E, 0x05]];

/// An authorised runtime, as `frame-system` stores it.
#[derive(Decode)]
struct Authorisation {
	code_hash: Hash32,
	/// Whether it must be a higher version for the same chain.
	_check_version: bool,
}

/// Returns the hash by which the council authorises a runtime (BLAKE2b-256 of the file), if the
/// bytes are a runtime.
pub fn runtime_hash(code: &[u8]) -> Option<Hash32> {
	BEGINNINGS
		.iter()
		.any(|beginning| code.starts_with(beginning))
		.then(|| sp_crypto_hashing::blake2_256(code))
}

impl Client {
	/// Returns the hash of the runtime that is authorised, but not applied.
	pub async fn authorized_upgrade(&self) -> Result<Option<Hash32>, RpcError> {
		let key = storage::item("System", "AuthorizedUpgrade");
		let authorisation: Option<Authorisation> = self.settled().storage(&key).await?;
		Ok(authorisation.map(|authorisation| authorisation.code_hash))
	}

	/// Returns whether a new runtime is migrating the chain's storage. Meanwhile no transaction is
	/// executed.
	pub async fn is_migrating(&self) -> Result<bool, RpcError> {
		let key = storage::item("Migrations", "Cursor");
		Ok(self.settled().storage_bytes(&key).await?.is_some())
	}

	/// Submits an authorised runtime, which runs from the next block on. Anyone may, and pays
	/// nothing if it is accepted.
	///
	/// Fails with the chain's reason if it is not the authorised one, or not a higher version for
	/// this chain.
	pub async fn apply_upgrade(
		&self,
		signer: &Signer,
		code: &[u8],
		follow: Follow,
	) -> Result<Included, SubmitError> {
		let call = calls::upgrades::apply(code);
		Ok(self.submit(signer, &call).follow(follow).await?.included)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn only_a_runtime_has_a_hash() {
		assert_eq!(runtime_hash(b"{\"genesis\": 1}"), None);
		assert_eq!(runtime_hash(b""), None);
		// From the Python library hashlib: blake2b(b"\0asm", digest_size=32).
		assert_eq!(
			hex::encode(runtime_hash(b"\0asm").unwrap_or_default()),
			"c04f4579bbed4a462d59b8c24ba3098e71dc055d6b05bc1f0bfb04bac44b2ea2"
		);
	}
}
