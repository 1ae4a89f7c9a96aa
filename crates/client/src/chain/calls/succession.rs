//! Calls of the pallet `succession`: bringing back a patient who lost their key.

use super::*;
use crate::Account;

const PALLET: &str = "Succession";

/// Says that a patient lost their key, and names the account that is to act for them. By a guardian, or an admin of the
/// hospital that enrolled the patient.
pub fn propose(patient: Account, successor: Account) -> Call {
	Call::new(PALLET, "propose", (patient, successor))
}

/// Supports an attempt. By a guardian, or an admin of the hospital that enrolled the patient.
pub fn approve(patient: Account, successor: Account) -> Call {
	Call::new(PALLET, "approve", (patient, successor))
}

/// Ends an attempt: the key is not lost. By the patient.
pub fn object(patient: Account) -> Call {
	Call::new(PALLET, "object", patient)
}

/// Takes an attempt back. By the one who proposed it.
pub fn withdraw(patient: Account) -> Call {
	Call::new(PALLET, "withdraw", patient)
}

/// Completes an attempt. By anyone.
pub fn complete(patient: Account) -> Call {
	Call::new(PALLET, "complete", patient)
}

/// Says how many guardians it takes; `None` for most of them. By the patient.
pub fn set_threshold(patient: Account, threshold: Option<u32>) -> Call {
	Call::new(PALLET, "set_threshold", (patient, threshold))
}

/// Says whether the hospital that enrolled the patient can do it with one guardian. By the patient.
pub fn let_hospital(patient: Account, hospital: bool) -> Call {
	Call::new(PALLET, "let_hospital", (patient, hospital))
}

/// Dispatches a call, given with its pallet and call number, in the patient's name. By the patient's successor.
pub fn act(patient: Account, call: &[u8]) -> Call {
	let mut arguments = patient.encode();
	arguments.extend_from_slice(call);
	Call { pallet: PALLET, name: "act", arguments: Arguments(arguments) }
}
