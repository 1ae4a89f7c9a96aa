//! Values of a block's state, checked against the state's root.
//!
//! A proof is a SCALE-encoded list of trie nodes, as JSON-RPC's `state_getReadProof` has them.

use smoldot::trie::{
	bytes_to_nibbles, nibbles_to_bytes_suffix_extend,
	proof_decode::{decode_and_verify_proof, Config, DecodedTrieProof, StorageValue},
	Nibble,
};

use sp_crypto_hashing::{blake2_256, twox_128};

use crate::{Fault, Hash};

/// Largest proof, in bytes: the most that a node sends in one answer.
pub const MAX_PROOF: usize = 16 * 1024 * 1024;

/// Key of the runtime's code.
const CODE: &[u8] = b":code";

/// A proof whose nodes belong together.
pub(crate) struct Proof<'a>(DecodedTrieProof<&'a [u8]>);

impl<'a> Proof<'a> {
	pub(crate) fn decode(proof: &'a [u8]) -> Result<Self, Fault> {
		if proof.len() > MAX_PROOF {
			return Err(Fault::TooLong("proof"));
		}
		decode_and_verify_proof(Config { proof }).map(Self).map_err(|_| Fault::State)
	}

	pub(crate) fn trie(&self) -> &DecodedTrieProof<&'a [u8]> {
		&self.0
	}
}

/// Returns the value under a key; `None` if the state has none.
pub fn value(root: &Hash, proof: &[u8], key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
	let proof = Proof::decode(proof)?;
	let value = proof.trie().storage_value(root, key).map_err(|_| Fault::Incomplete)?;
	Ok(value.map(|(value, _)| value.to_vec()))
}

/// Returns the values under keys, in the order of the keys; `None` for each that the state lacks.
pub fn values(root: &Hash, proof: &[u8], keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, Fault> {
	let proof = Proof::decode(proof)?;
	let found = keys.iter().map(|key| {
		let value = proof.trie().storage_value(root, key).map_err(|_| Fault::Incomplete);
		value.map(|value| value.map(|(value, _)| value.to_vec()))
	});
	found.collect()
}

/// Returns the first keys that begin with these half bytes, at most `count`, in order. Fails if the
/// proof does not show that there is no other key between them.
pub fn first_keys(
	root: &Hash,
	proof: &[u8],
	prefix: &[u8],
	count: usize,
) -> Result<Vec<Vec<u8>>, Fault> {
	let proof = Proof::decode(proof)?;
	let prefix: Result<Vec<Nibble>, _> = prefix.iter().copied().map(Nibble::try_from).collect();
	let prefix = prefix.map_err(|_| Fault::Malformed("prefix"))?;
	let (mut before, mut keys) = (prefix.clone(), Vec::new());
	while keys.len() < count {
		let next = proof
			.trie()
			.next_key(root, before.iter().copied(), keys.is_empty(), prefix.iter().copied(), false)
			.map_err(|_| Fault::Incomplete)?;
		let Some(next) = next else { break };
		before = next.collect();
		keys.push(nibbles_to_bytes_suffix_extend(before.iter().copied()).collect());
	}
	Ok(keys)
}

/// Returns the hash of the runtime's code. The proof need not have the code itself.
pub fn code_hash(root: &Hash, proof: &[u8]) -> Result<Hash, Fault> {
	let proof = Proof::decode(proof)?;
	let node = proof
		.trie()
		.trie_node_info(root, bytes_to_nibbles(CODE.iter().copied()))
		.map_err(|_| Fault::Incomplete)?;
	match node.storage_value {
		StorageValue::HashKnownValueMissing(hash) => Ok(*hash),
		StorageValue::Known { value, .. } => Ok(blake2_256(value)),
		StorageValue::None => Err(Fault::State),
	}
}

/// Returns the key of a pallet's single value, or the prefix of a map.
pub fn item(pallet: &str, name: &str) -> Vec<u8> {
	[twox_128(pallet.as_bytes()), twox_128(name.as_bytes())].concat()
}

/// Decodes a SCALE-encoded list of keys with weights, which are all 1.
pub(crate) fn list_of_weighed_keys(bytes: &[u8]) -> Option<Vec<[u8; 32]>> {
	let one = 1u64.to_le_bytes();
	list::<40>(bytes)?
		.iter()
		.map(|entry| {
			let (key, weight) = entry.split_first_chunk::<32>()?;
			(weight == one).then_some(*key)
		})
		.collect()
}

/// Decodes a SCALE-encoded list of items of one length, which is neither empty nor longer than a
/// set of validators can be.
fn list<const LENGTH: usize>(bytes: &[u8]) -> Option<Vec<[u8; LENGTH]>> {
	let (count, items) = match *bytes {
		[first, ref rest @ ..] if first & 3 == 0 => (usize::from(first >> 2), rest),
		[first, second, ref rest @ ..] if first & 3 == 1 => {
			(usize::from(u16::from_le_bytes([first, second]) >> 2), rest)
		}
		_ => return None,
	};
	let (chunks, rest) = items.as_chunks::<LENGTH>();
	(count > 0 && chunks.len() == count && rest.is_empty()).then(|| chunks.to_vec())
}
