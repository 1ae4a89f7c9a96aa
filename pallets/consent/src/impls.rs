//! What the calls do, the first grant at enrolment, and the reads.

use crate::{
	decision::{timeliness, Person, Target},
	Config, Counters, Denials, Error, Event, Grants, Pallet, Patients, WeightInfo,
};
use alloc::vec::Vec;
use frame_support::{
	defensive,
	dispatch::DispatchResult,
	ensure,
	traits::{Get, Time},
	weights::Weight,
	BoundedVec,
};
use salus_primitives::{
	Action, Actions, Category, ConsentDetails, Denial, DenialId, Finding, Grant, GrantId,
	GrantTerms, Grantee, Moment, OnEnrolled, OrganisationId, Purpose, Purposes, Recipient,
	RecipientKey, Record, RecordEntry, RecordId, RecordKeys, RecordQuery, RecordWraps, Role,
	RoleQuery, Scope, WrapKeys,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_grant(
		patient: T::AccountId,
		terms: GrantTerms<T::AccountId>,
		wraps: RecordWraps<T::AccountId>,
	) -> DispatchResult {
		let now = T::Time::now();
		Self::ensure_live_patient(&patient, now)?;
		let terms = Self::checked_terms(&patient, terms, now)?;
		let (grant, counters) = Self::next_grant(&patient)?;
		T::Keys::add_wraps(&patient, &wraps)?;
		Self::store_grant(patient, grant, counters, Grant { terms, given: now });
		Ok(())
	}

	pub(crate) fn do_revoke(
		patient: T::AccountId,
		grant: GrantId,
		remove: WrapKeys<T::AccountId>,
	) -> DispatchResult {
		let given = Grants::<T>::get(&patient, grant).ok_or(Error::<T>::UnknownGrant)?;
		T::Keys::remove_wraps(&patient, &remove)?;
		Grants::<T>::remove(&patient, grant);
		Patients::<T>::mutate(&patient, |counters| {
			counters.grants = counters.grants.saturating_sub(1);
		});
		Self::deposit_event(Event::Revoked {
			patient,
			grant,
			grantee: given.terms.grantee,
		});
		Ok(())
	}

	pub(crate) fn do_deny(
		patient: T::AccountId,
		grantee: Grantee<T::AccountId>,
		scope: Scope,
		remove: WrapKeys<T::AccountId>,
	) -> DispatchResult {
		let enrolled = T::Roles::memberships(&patient)
			.iter()
			.any(|(role, _)| *role == Role::Patient);
		ensure!(enrolled, Error::<T>::NotPatient);
		Self::check_grantee(&patient, &grantee, T::Roles::is_registered)?;
		let scope = Self::checked_scope(&patient, scope)?;
		let (denial, counters) = Self::next_denial(&patient)?;
		T::Keys::remove_wraps(&patient, &remove)?;
		let given = T::Time::now();
		Patients::<T>::insert(&patient, counters);
		Denials::<T>::insert(
			&patient,
			denial,
			Denial {
				grantee: grantee.clone(),
				scope,
				given,
			},
		);
		Self::deposit_event(Event::Denied {
			patient,
			denial,
			grantee,
		});
		Ok(())
	}

	pub(crate) fn do_lift(patient: T::AccountId, denial: DenialId) -> DispatchResult {
		Self::ensure_live_patient(&patient, T::Time::now())?;
		let Denial { grantee, .. } =
			Denials::<T>::take(&patient, denial).ok_or(Error::<T>::UnknownDenial)?;
		Patients::<T>::mutate(&patient, |counters| {
			counters.denials = counters.denials.saturating_sub(1);
		});
		Self::deposit_event(Event::Lifted {
			patient,
			denial,
			grantee,
		});
		Ok(())
	}

	fn ensure_live_patient(who: &T::AccountId, now: Moment) -> Result<(), Error<T>> {
		ensure!(
			T::Roles::is_live_member(who, Role::Patient, None, now),
			Error::<T>::NotPatient
		);
		Ok(())
	}

	/// The terms with canonical sets, if a patient may give them now.
	fn checked_terms(
		patient: &T::AccountId,
		terms: GrantTerms<T::AccountId>,
		now: Moment,
	) -> Result<GrantTerms<T::AccountId>, Error<T>> {
		let GrantTerms {
			grantee,
			scope,
			purposes,
			actions,
			from,
			until,
		} = terms;
		Self::check_grantee(patient, &grantee, T::Roles::is_active)?;
		let scope = Self::checked_scope(patient, scope)?;
		let purposes = Self::canonical(purposes)?;
		let actions = Self::canonical(actions)?;
		let begins = from.map_or(now, |from| from.max(now));
		ensure!(
			until.is_none_or(|until| until > begins),
			Error::<T>::InvalidPeriod
		);
		Ok(GrantTerms {
			grantee,
			scope,
			purposes,
			actions,
			from,
			until,
		})
	}

	fn check_grantee(
		patient: &T::AccountId,
		grantee: &Grantee<T::AccountId>,
		is_known: fn(OrganisationId) -> bool,
	) -> Result<(), Error<T>> {
		match grantee {
			Grantee::Account(account) => ensure!(account != patient, Error::<T>::Oneself),
			Grantee::Role {
				role: Role::Patient,
				..
			} => return Err(Error::<T>::PatientRole),
			Grantee::Organisation(organisation)
			| Grantee::Role {
				organisation: Some(organisation),
				..
			} => {
				ensure!(is_known(*organisation), Error::<T>::UnknownOrganisation)
			}
			Grantee::Role {
				organisation: None, ..
			} => (),
		}
		Ok(())
	}

	/// The scope with canonical categories, if it names nothing but the patient's own.
	fn checked_scope(patient: &T::AccountId, scope: Scope) -> Result<Scope, Error<T>> {
		match scope {
			Scope::Everything => Ok(Scope::Everything),
			Scope::Categories(categories) => Ok(Scope::Categories(Self::canonical(categories)?)),
			Scope::Record(record) => {
				Self::own_record(patient, &record)?;
				Ok(Scope::Record(record))
			}
			Scope::Version { record, version } => {
				let Record { latest, .. } = Self::own_record(patient, &record)?;
				ensure!((1..=latest).contains(&version), Error::<T>::UnknownVersion);
				Ok(Scope::Version { record, version })
			}
		}
	}

	/// The record, if it lives and is the patient's.
	fn own_record(patient: &T::AccountId, id: &RecordId) -> Result<Record<T::AccountId>, Error<T>> {
		match T::Records::record(id).ok_or(Error::<T>::UnknownRecord)? {
			RecordEntry::Live(record) if record.patient == *patient => Ok(record),
			RecordEntry::Erased(stone) if stone.patient == *patient => {
				Err(Error::<T>::RecordErased)
			}
			RecordEntry::Live(_) | RecordEntry::Erased(_) => Err(Error::<T>::NotYourRecord),
		}
	}

	/// The set in order and without repetitions, if there is anything in it.
	fn canonical<Item: Ord, Limit: Get<u32>>(
		set: BoundedVec<Item, Limit>,
	) -> Result<BoundedVec<Item, Limit>, Error<T>> {
		let mut items = set.into_inner();
		items.sort_unstable();
		items.dedup();
		ensure!(!items.is_empty(), Error::<T>::EmptySet);
		Ok(BoundedVec::truncate_from(items))
	}

	/// The number for a new grant and the counters as they will be with it; writes nothing.
	fn next_grant(patient: &T::AccountId) -> Result<(GrantId, Counters), Error<T>> {
		let mut counters = Patients::<T>::get(patient);
		ensure!(
			counters.grants < T::MaxGrants::get(),
			Error::<T>::TooManyGrants
		);
		let grant = counters.next_grant;
		counters.next_grant = grant.checked_add(1).ok_or(Error::<T>::TooManyGrants)?;
		counters.grants = counters.grants.saturating_add(1);
		Ok((grant, counters))
	}

	/// The number for a new denial and the counters as they will be with it; writes nothing.
	fn next_denial(patient: &T::AccountId) -> Result<(DenialId, Counters), Error<T>> {
		let mut counters = Patients::<T>::get(patient);
		ensure!(
			counters.denials < T::MaxDenials::get(),
			Error::<T>::TooManyDenials
		);
		let denial = counters.next_denial;
		counters.next_denial = denial.checked_add(1).ok_or(Error::<T>::TooManyDenials)?;
		counters.denials = counters.denials.saturating_add(1);
		Ok((denial, counters))
	}

	fn store_grant(
		patient: T::AccountId,
		grant: GrantId,
		counters: Counters,
		given: Grant<T::AccountId>,
	) {
		let grantee = given.terms.grantee.clone();
		Patients::<T>::insert(&patient, counters);
		Grants::<T>::insert(&patient, grant, given);
		Self::deposit_event(Event::Granted {
			patient,
			grant,
			grantee,
		});
	}
}

impl<T: Config> OnEnrolled<T::AccountId> for Pallet<T> {
	fn on_enrolled(patient: &T::AccountId, organisation: Option<OrganisationId>) {
		let Some(organisation) = organisation else {
			return;
		};
		let terms = GrantTerms {
			grantee: Grantee::Organisation(organisation),
			scope: Scope::Everything,
			purposes: Purposes::truncate_from([Purpose::TREAT, Purpose::HOPERAT].to_vec()),
			actions: Actions::truncate_from([Action::Read, Action::Write].to_vec()),
			from: None,
			until: None,
		};
		match Self::next_grant(patient) {
			Ok((grant, counters)) => Self::store_grant(
				patient.clone(),
				grant,
				counters,
				Grant {
					terms,
					given: T::Time::now(),
				},
			),
			// Whoever is enrolled was no patient before and so has given no grant.
			Err(_) => {
				defensive!("a patient who is enrolled has room for the first grant");
			}
		}
	}

	fn on_enrolled_weight() -> Weight {
		T::WeightInfo::on_enrolled()
	}
}

/// Reads for the runtime API and for the other modules.
impl<T: Config> Pallet<T> {
	/// A patient's standing grants and denials, oldest first.
	pub fn consent_of(patient: &T::AccountId) -> ConsentDetails<T::AccountId> {
		ConsentDetails {
			grants: Self::grants_of(patient),
			denials: Self::denials_of(patient),
		}
	}

	/// The accounts and organisations, with their keys, that may read at `now` a record of `category` that is added to the
	/// patient's file (or, if `record` is named, a version that is added to it), by a grant that is in force and no denial.
	///
	/// These are the recipients for whom the author wraps the record's key. A grant to a role yields none, because a role
	/// has no key of its own: the patient's client wraps for its members. Grants that have not begun yield none either,
	/// because a wrapped key opens the record at once.
	pub fn standing_recipients(
		patient: &T::AccountId,
		category: Category,
		record: Option<&RecordId>,
		now: Moment,
	) -> Vec<RecipientKey<T::AccountId>> {
		let added = Target {
			category,
			record,
			version: None,
		};
		let denials = Self::denials_of(patient);
		let mut recipients: Vec<RecipientKey<T::AccountId>> = Vec::new();
		for (_, grant) in Self::grants_of(patient) {
			let terms = &grant.terms;
			if !terms.actions.contains(&Action::Read)
				|| timeliness(&grant, now) != Finding::Applies
				|| !added.is_covered_by(&terms.scope)
			{
				continue;
			}
			let (recipient, may_read) = match &terms.grantee {
				Grantee::Account(account) => {
					let person = Person::load::<T>(account, now);
					let may_read = person.is_in_good_standing()
						&& !denials
							.iter()
							.any(|(_, denial)| person.is_denied(denial, &added));
					(Recipient::Account(account.clone()), may_read)
				}
				Grantee::Organisation(organisation) => {
					let may_read = T::Roles::is_active(*organisation)
						&& !denials.iter().any(|(_, denial)| {
							added.is_covered_by(&denial.scope)
								&& Self::bars_key_of(&denial.grantee, *organisation)
						});
					(Recipient::Organisation(*organisation), may_read)
				}
				Grantee::Role { .. } => continue,
			};
			if !may_read || recipients.iter().any(|known| known.recipient == recipient) {
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

	/// Whether a denial to `grantee` bars everyone who holds the organisation's key, which are its records admins.
	fn bars_key_of(grantee: &Grantee<T::AccountId>, organisation: OrganisationId) -> bool {
		match grantee {
			Grantee::Organisation(denied) => *denied == organisation,
			Grantee::Role {
				role: Role::RecordsAdmin,
				organisation: denied,
			} => denied.is_none_or(|denied| denied == organisation),
			Grantee::Role { .. } | Grantee::Account(_) => false,
		}
	}

	/// A patient's grants, oldest first.
	pub(crate) fn grants_of(patient: &T::AccountId) -> Vec<(GrantId, Grant<T::AccountId>)> {
		let mut grants: Vec<_> = Grants::<T>::iter_prefix(patient).collect();
		grants.sort_unstable_by_key(|(id, _)| *id);
		grants
	}

	/// A patient's denials, oldest first.
	pub(crate) fn denials_of(patient: &T::AccountId) -> Vec<(DenialId, Denial<T::AccountId>)> {
		let mut denials: Vec<_> = Denials::<T>::iter_prefix(patient).collect();
		denials.sort_unstable_by_key(|(id, _)| *id);
		denials
	}
}
