//! Calls that upgrade the runtime, of the pallets `Upgrades` and `System`.

use super::*;
use salus_primitives::Hash32;

/// Authorises the runtime with this hash. By the council.
pub fn authorize(hash: &Hash32) -> Call {
	Call::new("Upgrades", "authorize", hash)
}

/// Submits the runtime that was authorised. By anyone.
pub fn apply(code: &[u8]) -> Call {
	Call::new("System", "apply_authorized_upgrade", code)
}
