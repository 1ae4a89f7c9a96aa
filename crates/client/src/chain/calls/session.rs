//! Calls of the pallet `Session`.

use super::*;

/// Registers a validator's session keys with the proof of their possession, both as `salus-node
/// consortium keys` writes them.
pub fn set_keys(keys: &[u8], proof: &[u8]) -> Call {
	let mut arguments = keys.to_vec();
	proof.encode_to(&mut arguments);
	Call { pallet: "Session", name: "set_keys", arguments: Arguments(arguments) }
}
