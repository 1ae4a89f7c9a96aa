//! Calls of the pallet `roles`: organisations, members, keys.

use super::*;
use crate::Account;
use salus_primitives::{
	Hash32, KeyAgreementPublic, Moment, OrganisationId, OrganisationKind, Role, Specialty, Wrap,
};

const PALLET: &str = "Roles";

/// Facts for which an admin vouches when admitting a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entitlement {
	/// SHA-256 of the document that entitles the member.
	pub credential: Hash32,
	/// End of the membership, in milliseconds since 1970; `None` for an unlimited one.
	pub expires: Option<Moment>,
	/// Specialty of the member.
	pub specialty: Option<Specialty>,
}

/// Registers an organisation. By the council.
pub fn register_organisation(kind: OrganisationKind, admins: &[Account], profile: Hash32) -> Call {
	Call::new(PALLET, "register_organisation", (kind, admins, profile))
}

/// Suspends an organisation. By the council.
pub fn suspend_organisation(organisation: OrganisationId) -> Call {
	Call::new(PALLET, "suspend_organisation", organisation)
}

/// Lifts the suspension of an organisation. By the council.
pub fn reinstate_organisation(organisation: OrganisationId) -> Call {
	Call::new(PALLET, "reinstate_organisation", organisation)
}

/// Replaces an organisation's admins. By the council.
pub fn set_admins(organisation: OrganisationId, admins: &[Account]) -> Call {
	Call::new(PALLET, "set_admins", (organisation, admins))
}

/// Admits an account that signed its admission. By an admin of the organisation.
pub fn admit_accepted(
	organisation: OrganisationId,
	account: Account,
	role: Role,
	entitled: &Entitlement,
	until: Moment,
	signature: [u8; 64],
) -> Call {
	let Entitlement { credential, expires, specialty } = *entitled;
	let signature = subxt::utils::MultiSignature::Sr25519(signature);
	Call::new(
		PALLET,
		"admit_accepted",
		(organisation, account, role, credential, expires, specialty, until, signature),
	)
}

/// Ends the caller's membership in a role.
pub fn leave(role: Role) -> Call {
	Call::new(PALLET, "leave", role)
}

/// Ends a hospital's responsibility for a patient. By an admin of it.
pub fn release_patient(organisation: OrganisationId, patient: Account) -> Call {
	Call::new(PALLET, "release_patient", (organisation, patient))
}

/// Admits an account, on a chain whose release asks for no signature. By an admin of the
/// organisation.
pub fn admit_member(
	organisation: OrganisationId,
	account: Account,
	role: Role,
	credential: Hash32,
	expires: Option<Moment>,
	specialty: Option<Specialty>,
) -> Call {
	Call::new(PALLET, "admit_member", (organisation, account, role, credential, expires, specialty))
}

/// Renews a member's credential. By an admin of the organisation.
pub fn renew_member(
	organisation: OrganisationId,
	account: Account,
	role: Role,
	credential: Hash32,
	expires: Option<Moment>,
	specialty: Option<Specialty>,
) -> Call {
	Call::new(PALLET, "renew_member", (organisation, account, role, credential, expires, specialty))
}

/// Suspends a membership. By an admin of the organisation.
pub fn suspend_member(organisation: OrganisationId, account: Account, role: Role) -> Call {
	Call::new(PALLET, "suspend_member", (organisation, account, role))
}

/// Lifts the suspension of a membership. By an admin of the organisation.
pub fn reinstate_member(organisation: OrganisationId, account: Account, role: Role) -> Call {
	Call::new(PALLET, "reinstate_member", (organisation, account, role))
}

/// Revokes a membership for good. By an admin of the organisation.
pub fn revoke_member(organisation: OrganisationId, account: Account, role: Role) -> Call {
	Call::new(PALLET, "revoke_member", (organisation, account, role))
}

/// Enrols a patient who signed the enrolment. By an admin or a records admin of the hospital.
pub fn enrol_patient(
	organisation: OrganisationId,
	patient: Account,
	key: KeyAgreementPublic,
	credential: Hash32,
	expires: Moment,
	signature: [u8; 64],
) -> Call {
	let signature = subxt::utils::MultiSignature::Sr25519(signature);
	let arguments = (organisation, patient, key, credential, expires, signature);
	Call::new(PALLET, "enrol_patient", arguments)
}

/// Enrols the caller as a patient.
pub fn enrol(key: KeyAgreementPublic) -> Call {
	Call::new(PALLET, "enrol", key)
}

/// Publishes or replaces the caller's key-agreement key.
pub fn rotate_key(public: KeyAgreementPublic) -> Call {
	Call::new(PALLET, "rotate_key", public)
}

/// Publishes or replaces an organisation's key. By an admin of it.
pub fn set_organisation_key(organisation: OrganisationId, public: KeyAgreementPublic) -> Call {
	Call::new(PALLET, "set_organisation_key", (organisation, public))
}

/// Shares an organisation's key with a records admin. By an admin of it.
pub fn share_organisation_key(organisation: OrganisationId, account: Account, wrap: &Wrap) -> Call {
	Call::new(PALLET, "share_organisation_key", (organisation, account, wrap))
}
