//! Whether the keys in the node's keystore open with its password.

use sp_core::{
	crypto::{key_types, CryptoTypeId, KeyTypeId},
	ed25519, sr25519,
};
use sp_keystore::{Error, Keystore};

use crate::{committee::vault, ipfs};

/// Kinds of keys in a node's keystore, each with its signature scheme.
const KINDS: [(KeyTypeId, CryptoTypeId); 5] = [
	(key_types::AURA, sr25519::CRYPTO_ID),
	(key_types::GRANDPA, ed25519::CRYPTO_ID),
	(vault::KEY_TYPE, sr25519::CRYPTO_ID),
	(key_types::AUTHORITY_DISCOVERY, sr25519::CRYPTO_ID),
	(ipfs::key::KEY_TYPE, sr25519::CRYPTO_ID),
];

/// Returns whether one of the keys opens, or there are none. One suffices, so that keys that do not
/// open can be replaced.
pub(crate) fn password_fits(keystore: &dyn Keystore) -> Result<bool, Error> {
	let mut is_empty = true;
	for (kind, scheme) in KINDS {
		for public in keystore.keys(kind)? {
			if opens(keystore, kind, scheme, &public) {
				return Ok(true);
			}
			is_empty = false;
		}
	}
	Ok(is_empty)
}

/// Returns whether a key signs. The keystore lists its keys by the names of files, without opening
/// them.
pub(crate) fn opens(
	keystore: &dyn Keystore,
	kind: KeyTypeId,
	scheme: CryptoTypeId,
	public: &[u8],
) -> bool {
	let signed = keystore.sign_with(kind, scheme, public, b"salus-node keystore");
	signed.is_ok_and(|signature| signature.is_some())
}
