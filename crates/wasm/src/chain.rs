//! Finality and values of the state, proved from the first block.

use codec::Encode;
use salus_light::{state, Fault, Trusted};
use wasm_bindgen::prelude::*;

use crate::{failure::array, Failure};

/// Proved facts about a chain: its first block, its last known final block, and the validators that
/// vote on the next ones.
#[wasm_bindgen]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain(Trusted);

#[wasm_bindgen]
impl Chain {
	/// Starts at the first block, whose hash (32 bytes) the caller knows from a trusted source.
	/// `header` and `proof` are those of the JSON-RPC method `salus_proveGenesis`, both
	/// SCALE-encoded.
	///
	/// Throws `length`, `other-chain`, `malformed`, `too-long`, `state-proof-refused` or
	/// `proof-incomplete`.
	#[wasm_bindgen(js_name = fromGenesis)]
	pub fn from_genesis(genesis: &[u8], header: Vec<u8>, proof: &[u8]) -> Result<Chain, Failure> {
		Ok(Self(Trusted::from_genesis(&array("genesis hash", genesis)?, header, proof)?))
	}

	/// Restores what [`store`](Self::store) returned. The text is trusted: keep it where only this
	/// program writes.
	///
	/// Throws `state-malformed`.
	pub fn restore(text: &str) -> Result<Chain, Failure> {
		let chain = serde_json::from_str(text).map_err(|_| {
			let message = "the stored state of the chain cannot be read; start at the first block";
			Failure::new("state-malformed", message)
		})?;
		Ok(Self(chain))
	}

	/// Returns the proved facts as JSON text, for the next run.
	///
	/// Throws `failure`.
	pub fn store(&self) -> Result<String, Failure> {
		serde_json::to_string(&self.0).map_err(|error| Failure::new("failure", error.to_string()))
	}

	/// Follows a proof of finality from the last known final block: the bytes of the JSON-RPC
	/// method `salus_proveFinality`, out of base64, still deflated. Returns whether the node has no
	/// more. On a failure, changes nothing.
	///
	/// Throws `malformed`, `too-long`, `older` or `finality-refused`.
	pub fn follow(&mut self, proof: &[u8]) -> Result<bool, Failure> {
		Ok(self.0.follow(proof)?)
	}

	/// Returns the hash of the first block, 32 bytes.
	#[wasm_bindgen(getter)]
	pub fn genesis(&self) -> Vec<u8> {
		self.0.genesis().to_vec()
	}

	/// Returns the hash of the last known final block, 32 bytes.
	#[wasm_bindgen(getter, js_name = headHash)]
	pub fn head_hash(&self) -> Vec<u8> {
		self.0.head().hash.to_vec()
	}

	/// Returns the number of the last known final block.
	#[wasm_bindgen(getter, js_name = headNumber)]
	pub fn head_number(&self) -> u64 {
		self.0.head().number
	}

	/// Returns the root of the state after the last known final block, 32 bytes.
	#[wasm_bindgen(getter, js_name = stateRoot)]
	pub fn state_root(&self) -> Vec<u8> {
		self.0.head().state_root.to_vec()
	}
}

/// A proof of values of a state, as the JSON-RPC method `state_getReadProof` gives it.
#[wasm_bindgen]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadProof {
	nodes: Vec<Vec<u8>>,
	/// Size of the nodes, in bytes, with at least one for the length of each.
	size: usize,
}

#[wasm_bindgen]
impl ReadProof {
	/// Starts without nodes.
	#[wasm_bindgen(constructor)]
	pub fn new() -> ReadProof {
		Self::default()
	}

	/// Adds an item of the answer's list `proof`, out of hexadecimal.
	///
	/// Throws `too-long` once there are more than 16 MiB.
	pub fn add(&mut self, node: Vec<u8>) -> Result<(), Failure> {
		let size = self.size.saturating_add(node.len()).saturating_add(1);
		if size > state::MAX_PROOF {
			return Err(Fault::TooLong("proof").into());
		}
		self.size = size;
		self.nodes.push(node);
		Ok(())
	}

	/// Returns the value under a key in the state with this root (32 bytes); `undefined` if the
	/// state has none. That, too, is proved.
	///
	/// Throws `length`, `too-long`, `state-proof-refused` or `proof-incomplete`.
	pub fn value(&self, state_root: &[u8], key: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
		Ok(state::value(&array("root of the state", state_root)?, &self.nodes.encode(), key)?)
	}
}

/// Returns the storage key of a pallet's single value, or the prefix of its map, 32 bytes.
#[wasm_bindgen(js_name = stateKey)]
pub fn state_key(pallet: &str, item: &str) -> Vec<u8> {
	state::item(pallet, item)
}
