//! Calls of the pallet `committee`.

use salus_primitives::Renewal;

use super::Call;
use crate::Account;

const PALLET: &str = "Committee";

/// Has the committee renew its members' shares, or its key. By the council.
pub fn renew(renewal: Renewal) -> Call {
	Call::new(PALLET, "renew", renewal)
}

/// Elects validators into the committee; without any, the longest-standing ones are its members.
/// By the council.
pub fn elect(members: &[Account]) -> Call {
	Call::new(PALLET, "elect", members)
}
