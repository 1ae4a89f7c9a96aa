//! Calls of the pallet `Balances`.

use super::*;
use crate::Account;

/// Sends tokens, in the smallest unit. Refused if it would close the sender's account.
pub fn transfer(to: &Account, amount: u128) -> Call {
	// Variant 0 of an address is an account.
	let arguments = (0_u8, to, Compact(amount));
	Call::new("Balances", "transfer_keep_alive", arguments)
}
