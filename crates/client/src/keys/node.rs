//! The storage key of a node, which signs the admission of the node's storage account.

use std::{fmt, path::Path, str::FromStr};

use subxt_signer::{sr25519, SecretString, SecretUri};
use zeroize::Zeroizing;

use super::{
	account::Account,
	error::KeyError,
	keystore::{self, Password},
};

/// Prefix of a storage key's file name in a node's keystore folder: the key type `salu` in
/// hexadecimal.
const NODE_KEY_PREFIX: &str = "73616c75";

/// A node's storage key, read from the node's keystore folder. Erased from memory when dropped.
pub struct NodeKey(sr25519::Keypair);

impl fmt::Debug for NodeKey {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.debug_tuple("NodeKey").field(&self.account().to_string()).finish()
	}
}

impl NodeKey {
	/// Reads a key file. `password` is the one of the node's keystore, if it has one.
	pub fn read(path: &Path, password: Option<&Password>) -> Result<Self, KeyError> {
		let public = path
			.file_name()
			.and_then(|name| name.to_str())
			.and_then(|name| name.strip_prefix(NODE_KEY_PREFIX))
			.and_then(|public| hex::decode(public).ok())
			.ok_or(KeyError::NotANodeKey)?;
		let text = keystore::read(path)?;
		// The causes could quote the secret, so they are dropped.
		let uri = serde_json::from_str::<String>(&text).map_err(|_| KeyError::NotANodeKey)?;
		let uri = Zeroizing::new(uri);
		let mut parsed = SecretUri::from_str(&uri).map_err(|_| KeyError::NotANodeKey)?;
		if let Some(password) = password {
			parsed.password = Some(SecretString::from(password.expose().to_owned()));
		}
		let pair = sr25519::Keypair::from_uri(&parsed).map_err(|_| KeyError::NotANodeKey)?;
		if pair.public_key().0.as_slice() != public.as_slice() {
			return Err(KeyError::WrongPassword);
		}
		Ok(Self(pair))
	}

	/// Signs (sr25519, context `substrate`).
	pub fn sign(&self, message: &[u8]) -> [u8; 64] {
		self.0.sign(message).0
	}

	/// Returns the node's storage account.
	pub fn account(&self) -> Account {
		Account::from(self.0.public_key().0)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_primitives::{Admission, Role};

	/// Writes a key as the SDK's keystore does: a phrase in quotation marks, in a file named after
	/// its public key.
	fn key_file(folder: &Path, phrase: &str, public: &[u8]) -> std::path::PathBuf {
		let path = folder.join(format!("{NODE_KEY_PREFIX}{}", hex::encode(public)));
		std::fs::write(&path, format!("\"{phrase}\"")).unwrap();
		path
	}

	#[test]
	fn a_nodes_storage_key_signs_as_its_account() {
		let folder = tempfile::tempdir().unwrap();
		for (uri, password) in [
			(subxt_signer::DEV_PHRASE, None),
			("//Alice//storage", None),
			(subxt_signer::DEV_PHRASE, Some("correct horse")),
		] {
			let mut parsed = SecretUri::from_str(uri).unwrap();
			parsed.password = password.map(|text: &str| SecretString::from(text.to_owned()));
			let expected = sr25519::Keypair::from_uri(&parsed).unwrap().public_key();
			let path = key_file(folder.path(), uri, &expected.0);
			let password = password.map(|text| Password::from(text.to_owned()));
			let key = NodeKey::read(&path, password.as_ref()).unwrap();
			assert_eq!(key.account(), Account::from(expected.0));
			let to_sign = Admission {
				genesis: [7; 32],
				account: key.account(),
				organisation: 3,
				role: Role::StorageNode,
				until: 99,
			}
			.to_sign();
			assert!(sr25519::verify(&sr25519::Signature(key.sign(&to_sign)), to_sign, &expected));
			assert!(!format!("{key:?}").contains("horse"));
		}
		// A node uses its password file whole, so a trailing line end is part of the password.
		let file = folder.path().join("password");
		std::fs::write(&file, "correct horse\n").unwrap();
		let mut parsed = SecretUri::from_str(subxt_signer::DEV_PHRASE).unwrap();
		parsed.password = Some(SecretString::from("correct horse\n".to_owned()));
		let expected = sr25519::Keypair::from_uri(&parsed).unwrap().public_key();
		let path = key_file(folder.path(), subxt_signer::DEV_PHRASE, &expected.0);
		let whole = Password::from_whole_file(&file).unwrap();
		assert!(NodeKey::read(&path, Some(&whole)).is_ok());
		let line = Password::from_file(&file).unwrap();
		assert!(matches!(NodeKey::read(&path, Some(&line)), Err(KeyError::WrongPassword)));
		std::fs::write(&file, vec![b'x'; 5000]).unwrap();
		assert!(Password::from_whole_file(&file).is_err());
		// With a password, the same phrase has another key.
		let plain = sr25519::Keypair::from_uri(&SecretUri::from_str("//Bob").unwrap()).unwrap();
		let path = key_file(folder.path(), "//Bob", &plain.public_key().0);
		let wrong = Password::from("horse".to_owned());
		assert!(NodeKey::read(&path, Some(&wrong)).is_err());
	}

	#[test]
	fn another_file_is_refused_and_not_shown() {
		let folder = tempfile::tempdir().unwrap();
		let secret = "bottom drive obey";
		for name in ["gran00", "73616c75zz", "73616c7500", "key.json"] {
			let path = folder.path().join(name);
			std::fs::write(&path, format!("\"{secret}\"")).unwrap();
			let error = NodeKey::read(&path, None).unwrap_err();
			assert!(!format!("{error} {error:?}").contains(secret));
		}
	}
}
