//! Calls of the pallet `succession`: recovering a patient who lost their key.

use super::*;
use crate::Account;
use salus_primitives::Moment;

const PALLET: &str = "Succession";

/// Reports that a patient lost their key, and names the account that is to act for them and signed
/// that it agrees. By a guardian, or an admin of the hospital that enrolled the patient.
pub fn propose_accepted(
	patient: Account,
	successor: Account,
	until: Moment,
	signature: [u8; 64],
) -> Call {
	let signature = subxt::utils::MultiSignature::Sr25519(signature);
	Call::new(PALLET, "propose_accepted", (patient, successor, until, signature))
}

/// Names the account that is to act for a patient, on a chain whose release asks for no signature.
/// By a guardian, or an admin of the hospital that enrolled the patient.
pub fn propose(patient: Account, successor: Account) -> Call {
	Call::new(PALLET, "propose", (patient, successor))
}

/// Supports an attempt. By a guardian, or an admin of the hospital that enrolled the patient.
pub fn approve(patient: Account, successor: Account) -> Call {
	Call::new(PALLET, "approve", (patient, successor))
}

/// Ends an attempt, because the key is not lost. By the patient.
pub fn object(patient: Account) -> Call {
	Call::new(PALLET, "object", patient)
}

/// Withdraws an attempt. By its proposer.
pub fn withdraw(patient: Account) -> Call {
	Call::new(PALLET, "withdraw", patient)
}

/// Completes an attempt. By anyone.
pub fn complete(patient: Account) -> Call {
	Call::new(PALLET, "complete", patient)
}

/// Sets the number of guardians that a recovery needs; `None` for a majority. By the patient.
pub fn set_threshold(patient: Account, threshold: Option<u32>) -> Call {
	Call::new(PALLET, "set_threshold", (patient, threshold))
}

/// Sets whether the hospital that enrolled the patient can recover them with a single guardian. By
/// the patient.
pub fn let_hospital(patient: Account, hospital: bool) -> Call {
	Call::new(PALLET, "let_hospital", (patient, hospital))
}

/// Dispatches a call, encoded with its pallet and call number, in the patient's name. By the
/// patient's successor.
pub fn act(patient: Account, call: &[u8]) -> Call {
	let mut arguments = patient.encode();
	arguments.extend_from_slice(call);
	Call { pallet: PALLET, name: "act", arguments: Arguments(arguments) }
}
