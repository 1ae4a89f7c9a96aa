//! Guardians, who read and answer requests in a patient's place for a limited time.

use crate::{
	act::Act, person::Person, scopes::is_subset, Config, Error, Event, Guardians, Pallet, Patients,
	WeightInfo,
};
use alloc::vec::Vec;
use frame_support::{dispatch::DispatchResult, ensure, traits::Time, weights::Weight};
use salus_primitives::{
	Action, Finding, Guardian, GuardianId, GuardianQuery, GuardiansForRecovery, Moment, Purpose,
	Purposes, RecoveryGuardians, RequestTerms, RoleQuery, Scope, MAX_GUARDIANS,
};

/// Returns whether the appointment is over at `now`.
fn has_aged_out<AccountId>(guardian: &Guardian<AccountId>, now: Moment) -> bool {
	guardian.until.is_some_and(|until| until <= now)
}

impl<T: Config> Pallet<T> {
	pub(crate) fn do_appoint_guardian(
		patient: T::AccountId,
		guardian: T::AccountId,
		scope: Scope,
		purposes: Purposes,
		until: Option<Moment>,
	) -> DispatchResult {
		let now = T::Time::now();
		Self::ensure_live_patient(&patient, now)?;
		ensure!(guardian != patient, Error::<T>::Oneself);
		let scope = Self::checked_scope(&patient, scope)?;
		let purposes = Self::canonical(purposes)?;
		Self::check_purposes(&purposes)?;
		ensure!(until.is_none_or(|until| until > now), Error::<T>::InvalidPeriod);
		let mut guardians = Guardians::<T>::get(&patient);
		guardians.retain(|(_, appointed)| !has_aged_out(appointed, now));
		ensure!(
			guardians.iter().all(|(_, appointed)| appointed.guardian != guardian),
			Error::<T>::AlreadyGuardian
		);
		let mut state = Patients::<T>::get(&patient);
		let id = state.next_guardian;
		state.next_guardian = id.checked_add(1).ok_or(Error::<T>::TooManyGuardians)?;
		let appointed = Guardian { guardian: guardian.clone(), scope, purposes, since: now, until };
		guardians.try_push((id, appointed)).map_err(|_| Error::<T>::TooManyGuardians)?;
		Patients::<T>::insert(&patient, state);
		Guardians::<T>::insert(&patient, guardians);
		Self::deposit_event(Event::GuardianAppointed { patient, id, guardian, until });
		Ok(())
	}

	pub(crate) fn do_dismiss_guardian(patient: T::AccountId, id: GuardianId) -> DispatchResult {
		let mut guardians = Guardians::<T>::get(&patient);
		let index = guardians
			.iter()
			.position(|(appointed, _)| *appointed == id)
			.ok_or(Error::<T>::UnknownGuardian)?;
		let (_, Guardian { guardian, .. }) = guardians.remove(index);
		if guardians.is_empty() {
			Guardians::<T>::remove(&patient);
		} else {
			Guardians::<T>::insert(&patient, guardians);
		}
		Self::deposit_event(Event::GuardianDismissed { patient, id, guardian });
		Ok(())
	}

	/// Returns the first obstacle to the guardian's act, in the order of [`Finding`]. A guardian
	/// only reads.
	pub(crate) fn finding_of_guardian(
		guardian: &Guardian<T::AccountId>,
		person: &Person<T::AccountId>,
		act: &Act<T>,
	) -> Finding {
		if guardian.guardian != *person.account {
			Finding::OtherGrantee
		} else if !act.target.is_covered_by(&guardian.scope) {
			Finding::OtherScope
		} else if act.purpose == Purpose::BTG || !guardian.purposes.contains(&act.purpose) {
			// Breaking the glass requires an emergency case.
			Finding::OtherPurpose
		} else if act.action != Action::Read {
			Finding::OtherAction
		} else if act.context.now < guardian.since {
			Finding::NotYet
		} else if has_aged_out(guardian, act.context.now) {
			Finding::Expired
		} else {
			Finding::Applies
		}
	}

	/// Returns the appointment that lets `who`, as a live member, answer a request with these
	/// terms. Guardians cannot give away more than they have.
	pub(crate) fn guardian_over(
		patient: &T::AccountId,
		who: &T::AccountId,
		terms: &RequestTerms,
		now: Moment,
	) -> Option<(GuardianId, Guardian<T::AccountId>)> {
		let (id, guardian) = Guardians::<T>::get(patient)
			.into_iter()
			.find(|(_, guardian)| guardian.guardian == *who && !has_aged_out(guardian, now))?;
		let in_scope = is_subset(&terms.actions, &[Action::Read])
			&& is_subset(&terms.purposes, &guardian.purposes)
			&& Self::is_within(&terms.scope, &guardian.scope);
		let live = || Person::load::<T>(who, now).is_in_good_standing();
		(in_scope && live()).then_some((id, guardian))
	}
}

impl<T: Config> GuardianQuery<T::AccountId> for Pallet<T> {
	fn guardians(patient: &T::AccountId, now: Moment) -> Vec<T::AccountId> {
		// An account has one appointment at a time.
		Guardians::<T>::get(patient)
			.into_iter()
			.filter(|(_, guardian)| guardian.since <= now && !has_aged_out(guardian, now))
			.map(|(_, guardian)| guardian.guardian)
			.collect()
	}

	fn guardians_weight() -> Weight {
		T::WeightInfo::guardians()
	}
}

impl<T: Config> RecoveryGuardians<T::AccountId> for Pallet<T> {
	fn recovery_guardians(
		patient: &T::AccountId,
		now: Moment,
	) -> GuardiansForRecovery<T::AccountId> {
		let mut live: Vec<_> = Guardians::<T>::get(patient)
			.into_iter()
			.filter(|(_, guardian)| {
				guardian.scope == Scope::Everything
					&& guardian.since <= now
					&& !has_aged_out(guardian, now)
			})
			.map(|(_, guardian)| guardian.guardian)
			.collect();
		let appointed = live.len() as u32;
		live.retain(|guardian| Person::load::<T>(guardian, now).is_in_good_standing());
		GuardiansForRecovery { live, appointed }
	}

	fn recovery_guardians_weight() -> Weight {
		let people = T::Roles::memberships_weight().saturating_mul(MAX_GUARDIANS.into());
		T::WeightInfo::guardians().saturating_add(people)
	}
}
