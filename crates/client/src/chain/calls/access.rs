//! Calls of the pallet `access`.

use super::*;
use crate::Account;
use salus_primitives::{
	AccessRequest, CaseId, EmergencyReason, Epoch, Hash32, OrganisationId, Reviewer,
};

const PALLET: &str = "Access";

/// Requests to open a version. Logged, whether permitted or denied. By the reader.
pub fn request(request: &AccessRequest) -> Call {
	Call::new(PALLET, "request", request)
}

/// Requests to open a version, whose key the members of this epoch release. By the reader.
pub fn request_from(request: &AccessRequest, epoch: Epoch) -> Call {
	Call::new(PALLET, "request_from", (request, epoch))
}

/// Moves a log's entries up to this index out of the state. By the patient or an appointed auditor.
pub fn archive(patient: Account, up_to: u32) -> Call {
	Call::new(PALLET, "archive", (patient, up_to))
}

/// Opens an emergency case. By a practitioner of the hospital whom one administrator admitted and
/// another attested.
pub fn open_emergency(
	patient: Account,
	organisation: OrganisationId,
	reason: EmergencyReason,
	statement: Hash32,
) -> Call {
	let arguments = (patient, organisation, reason, statement);
	Call::new(PALLET, "open_emergency", arguments)
}

/// Opens an emergency case for the patient of a record, and requests a version under it. By a
/// practitioner as for [`open_emergency`].
pub fn request_in_emergency(
	organisation: OrganisationId,
	reason: EmergencyReason,
	statement: Hash32,
	request: &AccessRequest,
) -> Call {
	let arguments = (organisation, reason, statement, request);
	Call::new(PALLET, "request_in_emergency", arguments)
}

/// Reviews an emergency case. By a drawn auditor, or by an administrator of the hospital who is not
/// involved.
pub fn review_emergency(case: CaseId, justified: bool, reviewer: Reviewer) -> Call {
	Call::new(PALLET, "review_emergency", (case, justified, reviewer))
}

/// Moves a decided case out of the state. By the patient or an appointed auditor.
pub fn forget_case(case: CaseId) -> Call {
	Call::new(PALLET, "forget_case", case)
}

/// Adds to a hospital's bond. By an administrator of it.
pub fn deposit_bond(organisation: OrganisationId, amount: u128) -> Call {
	Call::new(PALLET, "deposit_bond", (organisation, Compact(amount)))
}

/// Returns a hospital's bond. By its depositor or an administrator of the hospital.
pub fn withdraw_bond(organisation: OrganisationId) -> Call {
	Call::new(PALLET, "withdraw_bond", organisation)
}

/// Appoints an auditor to review emergencies. By the council.
pub fn appoint_auditor(auditor: Account) -> Call {
	Call::new(PALLET, "appoint_auditor", auditor)
}

/// Dismisses an auditor of emergencies. By the council.
pub fn dismiss_auditor(auditor: Account) -> Call {
	Call::new(PALLET, "dismiss_auditor", auditor)
}

/// Reinstates a practitioner who was suspended after a rejected emergency. By the council.
pub fn reinstate_clinician(clinician: Account) -> Call {
	Call::new(PALLET, "reinstate_clinician", clinician)
}
