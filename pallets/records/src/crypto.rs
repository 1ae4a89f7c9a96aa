//! The sr25519 key, of key type `salu`, with which the off-chain worker signs for its storage node.

use frame_system::offchain::AppCrypto;
use sp_application_crypto::{sr25519, KeyTypeId};
use sp_runtime::{MultiSignature, MultiSigner};

/// Type of a storage node's key in the keystore.
pub const KEY_TYPE: KeyTypeId = KeyTypeId(*b"salu");

mod app {
	use super::{sr25519, KEY_TYPE};

	sp_application_crypto::app_crypto!(sr25519, KEY_TYPE);
}

/// The public key of a storage node.
pub type Public = app::Public;

/// Binds a storage node's key to the signatures that the chain accepts.
pub struct StorageNodeId;

impl AppCrypto<MultiSigner, MultiSignature> for StorageNodeId {
	type RuntimeAppPublic = app::Public;
	type GenericPublic = sp_core::sr25519::Public;
	type GenericSignature = sp_core::sr25519::Signature;
}
