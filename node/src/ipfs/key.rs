//! The key with which this node's off-chain worker signs its transactions.

use sp_core::{crypto::KeyTypeId, sr25519};
use sp_keystore::{Keystore, KeystorePtr};
use sp_runtime::AccountId32;

use crate::keystore::{opens, password_fits};

/// Key type of the storage key in the keystore.
pub const KEY_TYPE: KeyTypeId = KeyTypeId(*b"salu");

/// Returns the account of the node's storage key. Creates the key if there is none.
///
/// On a development chain (`dev_seed`, such as `//Alice`) it is that account's `//storage`. It
/// stays in memory and is the same at every start. Otherwise it is random and stays in the keystore
/// folder. An organisation's administrator admits the account as a storage node.
///
/// Fails if an existing key does not open with the keystore's password. A key is only created with
/// the password of the keys that are there, because a node opens all of its keys with one password.
pub fn ensure(keystore: &KeystorePtr, dev_seed: Option<&str>) -> Result<AccountId32, KeyError> {
	if let Some(public) = existing(&**keystore) {
		return match opens(&**keystore, KEY_TYPE, sr25519::CRYPTO_ID, &public.0) {
			true => Ok(public.0.into()),
			false => Err(KeyError::Locked(hex::encode(KEY_TYPE.0) + &hex::encode(public.0))),
		};
	}
	// A development key is made from its seed, without a password.
	if dev_seed.is_none() && !password_fits(&**keystore).map_err(KeyError::Keystore)? {
		return Err(KeyError::OthersLocked);
	}
	let seed = dev_seed.map(|seed| format!("{seed}//storage"));
	keystore
		.sr25519_generate_new(KEY_TYPE, seed.as_deref())
		.map(|public| public.0.into())
		.map_err(KeyError::Keystore)
}

/// Returns the smallest storage key, so that the choice does not depend on the keystore's order.
fn existing(keystore: &dyn Keystore) -> Option<sr25519::Public> {
	keystore.sr25519_public_keys(KEY_TYPE).into_iter().min()
}

/// Reason why the node has no storage key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
	/// The keystore cannot be read or written.
	#[error("cannot create the storage key (type `salu`) in the keystore: {0}")]
	Keystore(sp_keystore::Error),
	/// The existing key does not open. Contains the name of its file.
	#[error(
		"the storage key (type `salu`) in the keystore does not open; give the password with which it was made \
		 (--password-filename), or none if it was made without one. If the password is lost, move the file {0} \
		 away, and have the account of the new key admitted as a storage node"
	)]
	Locked(String),
	/// There is no storage key, and the other keys do not open.
	#[error(
		"cannot create the storage key (type `salu`), because the other keys in the keystore do not open; give the \
		 password with which they were made (--password-filename), or none if they were made without one"
	)]
	OthersLocked,
}

#[cfg(test)]
mod tests {
	use super::*;
	use sc_service::{config::KeystoreConfig, KeystoreContainer};
	use sp_core::{
		crypto::{key_types::AURA, SecretString, Ss58Codec},
		Pair,
	};
	use sp_keystore::testing::MemoryKeystore;
	use std::{path::Path, sync::Arc};

	/// Opens the keystore in a folder with a password.
	fn keystore(folder: &Path, password: Option<&str>) -> KeystorePtr {
		let password = password.map(|password| SecretString::new(password.into()));
		let config = KeystoreConfig::Path { path: folder.to_owned(), password };
		KeystoreContainer::new(&config).expect("the folder is writable").keystore()
	}

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

	#[test]
	fn an_existing_key_opens_with_its_password_only() {
		let folder = tempfile::tempdir().unwrap();
		let at = |password| keystore(folder.path(), password);
		let account = ensure(&at(Some("right")), None).unwrap();
		for password in [None, Some("wrong")] {
			let refusal = ensure(&at(password), None).unwrap_err();
			assert!(matches!(refusal, KeyError::Locked(_)), "{refusal}");
			assert!(refusal.to_string().contains("give the password"), "{refusal}");
		}
		assert_eq!(ensure(&at(Some("right")), None).unwrap(), account);
	}

	#[test]
	fn a_key_is_made_with_the_password_of_the_others() {
		let folder = tempfile::tempdir().unwrap();
		let at = |password| keystore(folder.path(), password);
		at(Some("right")).sr25519_generate_new(AURA, None).unwrap();
		let refusal = ensure(&at(Some("wrong")), None).unwrap_err();
		assert!(matches!(refusal, KeyError::OthersLocked), "{refusal}");
		assert!(at(Some("wrong")).sr25519_public_keys(KEY_TYPE).is_empty());
		ensure(&at(Some("right")), None).unwrap();
	}
}
