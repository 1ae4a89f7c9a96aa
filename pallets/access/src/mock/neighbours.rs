//! The pallets `consent` and `attestation`. Their answers follow from a world that tests set.

use super::*;
use frame_support::weights::Weight;
use std::{
	collections::{BTreeMap, BTreeSet},
	rc::Rc,
};

/// Knowledge of the pallets `consent` and `attestation`.
#[derive(Clone, Default)]
pub struct World {
	/// Practitioners, each with the accounts that attested their credential.
	pub attested: BTreeMap<AccountId, BTreeSet<AccountId>>,
	/// Patients who opted out of emergencies.
	pub opted_out: BTreeSet<AccountId>,
	/// Patients, each with a reader to whom they denied everything.
	pub denied: BTreeSet<(AccountId, AccountId)>,
	/// Numbers of grants over everything, by patient and reader.
	pub grants: BTreeMap<(AccountId, AccountId), GrantId>,
	/// Patients, each with the account that is their guardian number 4.
	pub guardians: BTreeSet<(AccountId, AccountId)>,
	/// Grants that are used up: only a use that was already counted still holds.
	pub used_up: BTreeSet<GrantId>,
}

impl World {
	/// Returns the world at the start of a test: the doctor has grant 1 of the patient, and the
	/// second administrators attested the credentials of all practitioners but the nurse.
	pub fn first() -> Self {
		Self {
			attested: [
				(DOCTOR, [DEPUTY].into()),
				(SURGEON, [DEPUTY].into()),
				(CHEMIST, [DEPUTY].into()),
				(CLINICIAN, [VICE].into()),
			]
			.into(),
			grants: [((PATIENT, DOCTOR), 1)].into(),
			..Self::default()
		}
	}
}

pub fn change(change: impl FnOnce(&mut World)) {
	TheWorld::mutate(|world| change(Rc::make_mut(world)));
}

/// Rules that this pallet needs: live record and version, live reader, patient, grant,
/// guardian, emergency.
pub struct Consent;
impl Consent {
	fn settle(question: &Question<AccountId>, now: Moment, counted: Option<&Basis>) -> Decision {
		let world = TheWorld::get();
		let record = match Records::record(&question.record) {
			None => return Decision::Deny(DenyReason::UnknownRecord),
			Some(RecordEntry::Erased(_)) => return Decision::Deny(DenyReason::RecordErased),
			Some(RecordEntry::Live(record)) => record,
		};
		if !(1..=record.latest).contains(&question.version.unwrap_or(record.latest)) {
			return Decision::Deny(DenyReason::UnknownVersion);
		}
		let live = Roles::memberships(&question.reader)
			.iter()
			.any(|(role, member)| Roles::is_live(*role, member, now));
		if !live {
			return Decision::Deny(DenyReason::NotInGoodStanding);
		}
		if question.reader == record.patient {
			return Decision::Permit(Basis::Patient);
		}
		match world.grants.get(&(record.patient, question.reader)) {
			Some(id) if !world.used_up.contains(id) || counted == Some(&Basis::Grant(*id)) => {
				Decision::Permit(Basis::Grant(*id))
			}
			_ if world.guardians.contains(&(record.patient, question.reader)) => {
				Decision::Permit(Basis::Guardian(4))
			}
			_ if world.opted_out.contains(&record.patient) => Decision::Deny(DenyReason::OptedOut),
			_ => Access::open_case(&question.reader, &record.patient, now)
				.map_or(Decision::Deny(DenyReason::NoGrant), |case| {
					Decision::Permit(Basis::Emergency(case))
				}),
		}
	}
}

impl ConsentPolicy<AccountId> for Consent {
	fn decide(question: &Question<AccountId>, now: Moment) -> Decision {
		Self::settle(question, now, None)
	}
	fn may_write(
		_: &AccountId,
		_: OrganisationId,
		_: &AccountId,
		_: Category,
		_: Option<&RecordId>,
		_: Moment,
	) -> bool {
		false
	}
	fn count_use(question: &Question<AccountId>, _: &AccountId, basis: &Basis) {
		Counted::mutate(|list| list.push((question.reader, question.record, *basis)));
	}
	fn count_use_weight() -> Weight {
		Weight::from_parts(1_000, 0)
	}
	fn decide_again(question: &Question<AccountId>, basis: &Basis, now: Moment) -> Decision {
		Self::settle(question, now, Some(basis))
	}
	fn bars_emergency(reader: &AccountId, patient: &AccountId, _: Moment) -> Option<DenyReason> {
		let world = TheWorld::get();
		if world.opted_out.contains(patient) {
			return Some(DenyReason::OptedOut);
		}
		let denied = world.denied.contains(&(*patient, *reader));
		denied.then_some(DenyReason::Denied(1))
	}
	fn terms_weight(_: &AccountId) -> Weight {
		Weight::from_parts(100, 0)
	}
	fn max_terms_weight() -> Weight {
		Weight::from_parts(1_000, 0)
	}
}

pub struct Credentials;
impl CredentialQuery<AccountId> for Credentials {
	fn is_attested(who: &AccountId, role: Role) -> bool {
		role == Role::Practitioner && TheWorld::get().attested.contains_key(who)
	}
	fn attesters(who: &AccountId, _: Role) -> Vec<AccountId> {
		TheWorld::get().attested.get(who).map_or_else(Vec::new, |by| by.iter().copied().collect())
	}
	fn is_attested_weight() -> Weight {
		Weight::from_parts(1_000, 0)
	}
}
