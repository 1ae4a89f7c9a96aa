//! The key with which this node's off-chain worker signs its transactions.

use sp_core::{crypto::KeyTypeId, sr25519};
use sp_keystore::{Keystore, KeystorePtr};
use sp_runtime::AccountId32;

/// Key type of the storage key in the keystore.
pub const KEY_TYPE: KeyTypeId = KeyTypeId(*b"salu");

/// Returns the account of the node's storage key. Creates the key if there is none.
///
/// On a development chain (`dev_seed`, such as `//Alice`) it is that account's `//storage`. It
/// stays in memory and is the same at every start. Otherwise it is random and stays in the keystore
/// folder. An organisation's administrator admits the account as a storage node.
pub fn ensure(keystore: &KeystorePtr, dev_seed: Option<&str>) -> Result<AccountId32, KeyError> {
	if let Some(public) = existing(&**keystore) {
		return Ok(public.0.into());
	}
	let seed = dev_seed.map(|seed| format!("{seed}//storage"));
	keystore
		.sr25519_generate_new(KEY_TYPE, seed.as_deref())
		.map(|public| public.0.into())
		.map_err(KeyError)
}

/// Returns the smallest storage key, so that the choice does not depend on the keystore's order.
fn existing(keystore: &dyn Keystore) -> Option<sr25519::Public> {
	keystore.sr25519_public_keys(KEY_TYPE).into_iter().min()
}

/// The storage key cannot be created.
#[derive(Debug, thiserror::Error)]
#[error("cannot create the storage key (type `salu`) in the keystore: {0}")]
pub struct KeyError(sp_keystore::Error);

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::{crypto::Ss58Codec, Pair};
	use sp_keystore::testing::MemoryKeystore;
	use std::sync::Arc;

	#[test]
	fn a_development_node_has_the_same_key_at_every_start() {
		let expected = sr25519::Pair::from_string("//Alice//storage", None).unwrap().public();
		for _ in 0..2 {
			let keystore: KeystorePtr = Arc::new(MemoryKeystore::new());
			let account = ensure(&keystore, Some("//Alice")).unwrap();
			assert_eq!(account.to_ss58check(), AccountId32::from(expected).to_ss58check());
		}
	}

	#[test]
	fn an_existing_key_is_kept() {
		let keystore: KeystorePtr = Arc::new(MemoryKeystore::new());
		let account = ensure(&keystore, None).unwrap();
		assert_eq!(ensure(&keystore, None).unwrap(), account);
		assert_eq!(ensure(&keystore, Some("//Alice")).unwrap(), account);
	}
}
