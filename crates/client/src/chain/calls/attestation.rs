//! Calls of the pallet `attestation`.

use super::*;
use crate::Account;
use salus_primitives::{Moment, OrganisationId, ReasonCode, Subject, Verdict};

const PALLET: &str = "Attestation";

/// States a verdict about a subject.
pub fn attest(
	subject: &Subject<Account>,
	verdict: Verdict,
	reason: ReasonCode,
	expires: Option<Moment>,
) -> Call {
	Call::new(PALLET, "attest", (subject, verdict, reason, expires))
}

/// Takes a statement back. By the attester, or an admin of their organisation.
pub fn revoke(subject: &Subject<Account>, attester: Account) -> Call {
	Call::new(PALLET, "revoke", (subject, attester))
}

/// Sets the number of equal verdicts that an organisation requires. By an admin of it.
pub fn set_threshold(organisation: OrganisationId, threshold: u32) -> Call {
	Call::new(PALLET, "set_threshold", (organisation, threshold))
}
