//! The first grant at enrolment, and the reads.

use crate::{
	act::Target, person::Person, Config, Denials, Grants, Guardians, Pallet, Patients, Requests,
	Rules, WeightInfo,
};
use alloc::vec::Vec;
use frame_support::{traits::Time, weights::Weight};
use salus_primitives::{
	Action, Actions, Category, ConsentDetails, Denial, DenialId, Grant, GrantId, GrantTerms,
	Grantee, KeyHolder, Moment, OnEnrolled, OrganisationId, Purpose, Purposes, Recipient,
	RecipientKey, RecordId, RoleQuery, Scope,
};

impl<T: Config> OnEnrolled<T::AccountId> for Pallet<T> {
	fn on_enrolled(patient: &T::AccountId, organisation: Option<OrganisationId>) {
		let Some(organisation) = organisation else {
			return;
		};
		let terms = GrantTerms {
			grantee: Grantee::CareTeam(organisation),
			scope: Scope::Everything,
			purposes: Purposes::truncate_from([Purpose::TREAT, Purpose::HOPERAT].to_vec()),
			actions: Actions::truncate_from([Action::Read, Action::Write].to_vec()),
			from: None,
			until: None,
			uses: None,
			condition: None,
		};
		let mut state = Patients::<T>::get(patient);
		// A patient enrolled later by a hospital may already have the maximum number of grants. The
		// hospital then asks for one.
		if let Ok(grant) = Self::number_grant(&mut state) {
			let given = Self::new_grant(terms, T::Time::now());
			Self::store_grant(patient.clone(), grant, state, given);
		}
	}

	fn on_enrolled_weight() -> Weight {
		T::WeightInfo::on_enrolled()
	}
}

/// Reads of the runtime API and of the other modules.
impl<T: Config> Pallet<T> {
	/// Returns a patient's grants, denials, guardians, requests and rules, oldest first, and the
	/// opt-out. Expired requests are left out.
	pub fn consent_of(patient: &T::AccountId) -> ConsentDetails<T::AccountId> {
		let mut requests = Requests::<T>::get(patient).into_inner();
		let now = T::Time::now();
		requests.retain(|(_, request)| now < request.expires);
		ConsentDetails {
			grants: Self::grants_of(patient),
			denials: Self::denials_of(patient),
			guardians: Guardians::<T>::get(patient).into_inner(),
			requests,
			rules: Rules::<T>::get(patient).into_inner(),
			opt_out: Patients::<T>::get(patient).opted_out,
		}
	}

	/// Returns the accounts and organisations, with their keys, that may read at `now` a record of
	/// `category` added to the patient's file (or, if `record` is given, a version added to it), by
	/// a grant that is in force and without a denial.
	///
	/// The author wraps the record's key for these recipients. A grant to a role yields none,
	/// because a role has no key: the patient's client wraps for its members. A grant that has not
	/// begun yields none either, because a wrapped key opens the record at once. Nor does a grant
	/// with a condition or a number of uses, or one that was passed on, because a wrapped key
	/// checks none of these. Those grants work in guarded mode.
	pub fn standing_recipients(
		patient: &T::AccountId,
		category: Category,
		record: Option<&RecordId>,
		now: Moment,
	) -> Vec<RecipientKey<T::AccountId>> {
		let added = Target { category, confidentiality: None, record, version: None };
		let denials = Self::denials_of(patient);
		let mut recipients: Vec<RecipientKey<T::AccountId>> = Vec::new();
		for (_, grant) in Self::grants_of(patient) {
			let Some(recipient) = grant.terms.grantee.recipient() else {
				continue;
			};
			let is_known = recipients.iter().any(|known| known.recipient == recipient);
			if is_known || !grant.justifies_keys(now) || !added.is_covered_by(&grant.terms.scope) {
				continue;
			}
			let person;
			let holder = match &recipient {
				Recipient::Account(account) => {
					person = Person::load::<T>(account, now);
					KeyHolder::Account(person.party())
				}
				Recipient::Organisation(organisation) => KeyHolder::Organisation {
					organisation: *organisation,
					active: T::Roles::is_active(*organisation),
				},
			};
			let is_barred = denials.iter().any(|(_, denial)| {
				added.is_covered_by(&denial.scope) && holder.is_barred_by(denial)
			});
			if is_barred || !holder.is_justified_by(&grant, now) {
				continue;
			}
			if let Some(key) = T::Roles::key(&recipient) {
				recipients.push(RecipientKey {
					recipient,
					public: key.public,
					version: key.version,
				});
			}
		}
		recipients
	}

	/// Returns a patient's grants, oldest first.
	pub(crate) fn grants_of(patient: &T::AccountId) -> Vec<(GrantId, Grant<T::AccountId>)> {
		let mut grants: Vec<_> = Grants::<T>::iter_prefix(patient).collect();
		grants.sort_unstable_by_key(|(id, _)| *id);
		grants
	}

	/// Returns a patient's denials, oldest first.
	pub(crate) fn denials_of(patient: &T::AccountId) -> Vec<(DenialId, Denial<T::AccountId>)> {
		let mut denials: Vec<_> = Denials::<T>::iter_prefix(patient).collect();
		denials.sort_unstable_by_key(|(id, _)| *id);
		denials
	}
}
