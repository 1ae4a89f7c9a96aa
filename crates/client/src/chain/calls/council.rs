//! Calls of the pallet `Council`.

use super::*;

const PALLET: &str = "Council";

/// Proposes a call, encoded with its pallet and call number. A threshold of 1 executes it at once.
pub fn propose(threshold: u32, call: &[u8]) -> Call {
	let length = Compact(call.len() as u32);
	let mut arguments = Compact(threshold).encode();
	arguments.extend_from_slice(call);
	length.encode_to(&mut arguments);
	Call { pallet: PALLET, name: "propose", arguments: Arguments(arguments) }
}

/// Votes on a motion.
pub fn vote(proposal: [u8; 32], index: u32, approve: bool) -> Call {
	Call::new(PALLET, "vote", (proposal, Compact(index), approve))
}

/// Closes a motion that enough seats have voted on, or that has expired. `weight` (time in
/// picoseconds, proof size in bytes) and `length` (in bytes) are at least the call's.
pub fn close(proposal: [u8; 32], index: u32, weight: (u64, u64), length: u32) -> Call {
	let weight = (Compact(weight.0), Compact(weight.1));
	Call::new(PALLET, "close", (proposal, Compact(index), weight, Compact(length)))
}
