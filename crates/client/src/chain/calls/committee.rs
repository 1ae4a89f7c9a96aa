//! Calls of the pallet `committee`.

use salus_primitives::Renewal;

use super::Call;

const PALLET: &str = "Committee";

/// Has the committee renew its members' shares, or its key. By the council.
pub fn renew(renewal: Renewal) -> Call {
	Call::new(PALLET, "renew", renewal)
}
