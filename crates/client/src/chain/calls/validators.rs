//! Calls of the pallet `Validators`.

use super::*;
use crate::Account;
use salus_primitives::OrganisationId;

const PALLET: &str = "Validators";

/// Lets a hospital run a validator, and an account vote for it in the council. By the council.
pub fn add(validator: &Account, organisation: OrganisationId, representative: &Account) -> Call {
	Call::new(PALLET, "add", (validator, organisation, representative))
}

/// Removes a validator and its seat. By the council.
pub fn remove(validator: &Account) -> Call {
	Call::new(PALLET, "remove", validator)
}

/// Moves a hospital's validator to another account. By the council.
pub fn replace(validator: &Account, by: &Account) -> Call {
	Call::new(PALLET, "replace", (validator, by))
}

/// Records which hospital runs a validator of the genesis block. By the council.
pub fn assign(validator: &Account, organisation: OrganisationId) -> Call {
	Call::new(PALLET, "assign", (validator, organisation))
}

/// Nominates the account that is to vote for the hospital of a validator. By an admin of the
/// hospital.
pub fn represent(validator: &Account, representative: &Account) -> Call {
	Call::new(PALLET, "represent", (validator, representative))
}

/// Agrees to be replaced by the nominee. By the hospital's representative.
pub fn agree(validator: &Account, representative: &Account) -> Call {
	Call::new(PALLET, "agree", (validator, representative))
}

/// Objects to the nominee. By the hospital's representative, or another admin.
pub fn object(validator: &Account) -> Call {
	Call::new(PALLET, "object", validator)
}

/// Confirms a nominee to whom nobody objected in time. By anyone.
pub fn confirm(validator: &Account) -> Call {
	Call::new(PALLET, "confirm", validator)
}

/// Appoints the account that votes for a hospital. By the council.
pub fn appoint(validator: &Account, representative: &Account) -> Call {
	Call::new(PALLET, "appoint", (validator, representative))
}

/// Sets the minimum number of validators. By the council.
pub fn set_minimum(minimum: u32) -> Call {
	Call::new(PALLET, "set_minimum", minimum)
}
