//! The key with which a member signs its statements to the chain: sr25519, key type `comm`.

use sp_application_crypto::{sr25519, KeyTypeId};

/// Key type of a member's key in the keystore.
pub const KEY_TYPE: KeyTypeId = KeyTypeId(*b"comm");

mod app {
	use super::{sr25519, KEY_TYPE};

	sp_application_crypto::app_crypto!(sr25519, KEY_TYPE);
}

/// A member of the committee, by its public key.
pub type CommitteeId = app::Public;

/// A member's signature over a [`salus_primitives::CommitteeStatement`].
pub type CommitteeSignature = app::Signature;
