//! Storage keys of the chain, as FRAME builds them.

pub(crate) use salus_light::state::item;
use sp_crypto_hashing::{blake2_128, twox_64};

/// Returns the key of an entry whose map does not hash its keys (`Identity`).
pub(crate) fn plain_entry(pallet: &str, name: &str, key: &[u8]) -> Vec<u8> {
	[&item(pallet, name)[..], key].concat()
}

/// Returns the key of an entry in a map with `Blake2_128Concat`.
pub(crate) fn blake2_entry(pallet: &str, name: &str, key: &[u8]) -> Vec<u8> {
	[&item(pallet, name)[..], &blake2_128(key), key].concat()
}

/// Returns the key of an entry in a map with `Twox64Concat`.
pub(crate) fn twox_entry(pallet: &str, name: &str, key: &[u8]) -> Vec<u8> {
	[&item(pallet, name)[..], &twox_64(key), key].concat()
}
