//! The storage node's key.

use crate::crypto::{StorageNodeId, KEY_TYPE};
use frame_system::offchain::AppCrypto;
use sp_keystore::{testing::MemoryKeystore, Keystore, KeystoreExt};
use sp_runtime::{traits::Verify, MultiSignature, MultiSigner};

#[test]
fn a_key_of_type_salu_signs_as_an_ordinary_account() {
	let keystore = MemoryKeystore::new();
	let public = keystore.sr25519_generate_new(KEY_TYPE, Some("//Alice//storage")).unwrap();
	let mut ext = sp_io::TestExternalities::default();
	ext.register_extension(KeystoreExt::new(keystore));
	ext.execute_with(|| {
		let signer = MultiSigner::Sr25519(public);
		let signature = StorageNodeId::sign(b"a transaction", signer.clone()).unwrap();
		assert!(signature.verify(&b"a transaction"[..], &public.into()));
		let verify = <StorageNodeId as AppCrypto<MultiSigner, MultiSignature>>::verify;
		assert!(verify(b"a transaction", signer.clone(), signature.clone()));
		assert!(!verify(b"another", signer, signature));
	});
}

#[test]
fn the_key_type_is_pinned() {
	assert_eq!(KEY_TYPE.0, *b"salu");
}
