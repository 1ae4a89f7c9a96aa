//! Calls of the pallet `Balances`.

use super::*;
use crate::Account;

/// Sends tokens, in the smallest unit. The sender's account stays alive.
pub fn transfer(to: &Account, amount: u128) -> Call {
	// The address is the first of its kinds: an account's number.
	let arguments = (0_u8, to, Compact(amount));
	Call::new("Balances", "transfer_keep_alive", arguments)
}
