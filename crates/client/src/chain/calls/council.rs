//! Calls of the pallet `Council`.

use super::*;

const PALLET: &str = "Council";

/// Proposes a call, given with its pallet and call number. With a threshold of 1 it is executed at once.
pub fn propose(threshold: u32, call: &[u8]) -> Call {
	let length = Compact(call.len() as u32);
	let mut arguments = Compact(threshold).encode();
	arguments.extend_from_slice(call);
	length.encode_to(&mut arguments);
	Call { pallet: PALLET, name: "propose", arguments: Arguments(arguments) }
}

/// Votes on a proposal.
pub fn vote(proposal: [u8; 32], index: u32, approve: bool) -> Call {
	Call::new(PALLET, "vote", (proposal, Compact(index), approve))
}

/// Closes a proposal on which enough seats have voted, or whose time is over. `weight` and `length` are at least those of
/// the call: its time in picoseconds, its proof's size in bytes, its length in bytes.
pub fn close(proposal: [u8; 32], index: u32, weight: (u64, u64), length: u32) -> Call {
	let weight = (Compact(weight.0), Compact(weight.1));
	Call::new(PALLET, "close", (proposal, Compact(index), weight, Compact(length)))
}
