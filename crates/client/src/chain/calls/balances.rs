//! Calls of the pallet `Balances`.

use super::*;
use crate::Account;

/// Sends tokens, in the smallest unit. Refused if the sender's account would be closed by it.
pub fn transfer(to: &Account, amount: u128) -> Call {
	// Variant 0 of an address is an account.
	let arguments = (0_u8, to, Compact(amount));
	Call::new("Balances", "transfer_keep_alive", arguments)
}
