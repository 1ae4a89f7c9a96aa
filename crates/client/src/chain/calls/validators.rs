//! Calls of the pallet `Validators`.

use super::*;
use crate::Account;
use salus_primitives::OrganisationId;

const PALLET: &str = "Validators";

/// Lets a hospital run a validator, for which an account votes in the council. By the council.
pub fn add(validator: &Account, organisation: OrganisationId, representative: &Account) -> Call {
	Call::new(PALLET, "add", (validator, organisation, representative))
}

/// Removes a validator and its seat. By the council.
pub fn remove(validator: &Account) -> Call {
	Call::new(PALLET, "remove", validator)
}

/// Lets a hospital run its validator under another account. By the council.
pub fn replace(validator: &Account, by: &Account) -> Call {
	Call::new(PALLET, "replace", (validator, by))
}

/// Says which hospital runs a validator of genesis. By the council.
pub fn assign(validator: &Account, organisation: OrganisationId) -> Call {
	Call::new(PALLET, "assign", (validator, organisation))
}

/// Names who is to vote for the hospital that runs a validator. By its admin.
pub fn represent(validator: &Account, representative: &Account) -> Call {
	Call::new(PALLET, "represent", (validator, representative))
}

/// Agrees to be replaced by the one whom an admin named. By the hospital's representative.
pub fn agree(validator: &Account, representative: &Account) -> Call {
	Call::new(PALLET, "agree", (validator, representative))
}

/// Objects to whom an admin named. By the hospital's representative, or another admin.
pub fn object(validator: &Account) -> Call {
	Call::new(PALLET, "object", validator)
}

/// Lets the one vote whom an admin named, and to whom nobody objected in time. By anyone.
pub fn confirm(validator: &Account) -> Call {
	Call::new(PALLET, "confirm", validator)
}

/// Says who votes for a hospital. By the council.
pub fn appoint(validator: &Account, representative: &Account) -> Call {
	Call::new(PALLET, "appoint", (validator, representative))
}

/// Says below how many validators the council cannot go. By the council.
pub fn set_minimum(minimum: u32) -> Call {
	Call::new(PALLET, "set_minimum", minimum)
}
