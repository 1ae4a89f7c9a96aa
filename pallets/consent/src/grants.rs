//! Giving and revoking grants, setting and lifting denials.

use crate::{
	act::Counted, decision::is_used_up, Answered, AnsweredList, Config, Denials, Error, Event,
	Grants, Pallet, PatientState, Patients, WeightInfo,
};
use alloc::vec::Vec;
use frame_support::{
	dispatch::{DispatchErrorWithPostInfo, DispatchResult, PostDispatchInfo},
	ensure,
	traits::{Get, PalletInfoAccess, Time},
	weights::Weight,
};
use salus_primitives::{
	Denial, DenialId, Finding, Grant, GrantId, GrantTerms, Grantee, MemberStatus, Moment,
	OrganisationId, Purpose, RecordKeys, RecordWraps, Role, RoleQuery, Scope, WrapKeys,
	MAX_ANSWERED_PER_ORGANISATION, MAX_ANSWERED_PER_REQUESTER,
};
use sp_runtime::{DispatchError, ModuleError};

/// Maximum number of ended grants cleared at a time. Grants passed on from them are removed as
/// well.
pub(crate) const MAX_CLEARED: usize = 8;

/// Number of times that a call tried to clear ended grants, to make room for a new one. It is
/// charged in addition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Clearings(u32);

impl Clearings {
	pub(crate) const NONE: Self = Self(0);
	pub(crate) const ONE: Self = Self(1);

	pub(crate) fn and(self, more: Self) -> Self {
		Self(self.0.saturating_add(more.0))
	}
}

/// Source of a new grant, which determines the limits that apply to it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
	/// The patient gives it.
	Patient,
	/// A rule or guardian gives it, in answer to a request.
	Answered,
	/// A grantee passes it on.
	Shared,
}

impl<T: Config> Pallet<T> {
	pub(crate) fn do_grant(
		patient: T::AccountId,
		terms: GrantTerms<T::AccountId>,
		wraps: RecordWraps<T::AccountId>,
	) -> Result<Clearings, DispatchError> {
		let now = T::Time::now();
		Self::ensure_live_patient(&patient, now)?;
		let terms = Self::checked_terms(&patient, terms, now)?;
		T::Keys::add_wraps(&patient, &wraps)?;
		let given = Self::new_grant(terms, now);
		let (_, clearings) = Self::add_grant(patient, given, Source::Patient, now)?;
		Ok(clearings)
	}

	pub(crate) fn do_revoke(
		patient: T::AccountId,
		grant: GrantId,
		remove: WrapKeys<T::AccountId>,
	) -> DispatchResult {
		ensure!(Grants::<T>::contains_key(&patient, grant), Error::<T>::UnknownGrant);
		T::Keys::remove_wraps(&patient, &remove)?;
		let mut state = Patients::<T>::get(&patient);
		let ended = Self::take_grant(&patient, grant, &mut state);
		Patients::<T>::insert(&patient, state);
		for (grant, Grant { terms, .. }) in ended {
			Self::deposit_event(Event::Revoked {
				patient: patient.clone(),
				grant,
				grantee: terms.grantee,
			});
		}
		Ok(())
	}

	pub(crate) fn do_deny(
		patient: T::AccountId,
		grantee: Grantee<T::AccountId>,
		scope: Scope,
		remove: WrapKeys<T::AccountId>,
	) -> DispatchResult {
		Self::ensure_ever_patient(&patient)?;
		Self::check_grantee(&patient, &grantee, T::Roles::is_registered)?;
		let scope = Self::checked_scope(&patient, scope)?;
		let (denial, state) = Self::next_denial(&patient)?;
		T::Keys::remove_wraps(&patient, &remove)?;
		let given = T::Time::now();
		Patients::<T>::insert(&patient, state);
		Denials::<T>::insert(&patient, denial, Denial { grantee: grantee.clone(), scope, given });
		Self::deposit_event(Event::Denied { patient, denial, grantee });
		Ok(())
	}

	pub(crate) fn do_lift(patient: T::AccountId, denial: DenialId) -> DispatchResult {
		Self::ensure_live_patient(&patient, T::Time::now())?;
		let Denial { grantee, .. } =
			Denials::<T>::take(&patient, denial).ok_or(Error::<T>::UnknownDenial)?;
		Patients::<T>::mutate(&patient, |state| {
			state.denials = state.denials.saturating_sub(1);
		});
		Self::deposit_event(Event::Lifted { patient, denial, grantee });
		Ok(())
	}

	pub(crate) fn ensure_live_patient(who: &T::AccountId, now: Moment) -> Result<(), Error<T>> {
		ensure!(T::Roles::is_live_member(who, Role::Patient, None, now), Error::<T>::NotPatient);
		Ok(())
	}

	/// Checks that the account is or was a patient. Narrowing consent needs no live membership.
	pub(crate) fn ensure_ever_patient(who: &T::AccountId) -> Result<(), Error<T>> {
		let enrolled = T::Roles::memberships(who).iter().any(|(role, _)| *role == Role::Patient);
		ensure!(enrolled, Error::<T>::NotPatient);
		Ok(())
	}

	/// Returns the terms with canonical sets, if the patient may give them now.
	pub(crate) fn checked_terms(
		patient: &T::AccountId,
		terms: GrantTerms<T::AccountId>,
		now: Moment,
	) -> Result<GrantTerms<T::AccountId>, Error<T>> {
		let GrantTerms { grantee, scope, purposes, actions, from, until, uses, condition } = terms;
		Self::check_grantee(patient, &grantee, T::Roles::is_active)?;
		Self::check_capacity(&grantee)?;
		let scope = Self::checked_scope(patient, scope)?;
		let purposes = Self::canonical(purposes)?;
		Self::check_purposes(&purposes)?;
		let actions = Self::canonical(actions)?;
		let begins = from.map_or(now, |from| from.max(now));
		ensure!(until.is_none_or(|until| until > begins), Error::<T>::InvalidPeriod);
		ensure!(uses != Some(0), Error::<T>::NoUses);
		Self::check_condition(condition.as_ref())?;
		Ok(GrantTerms { grantee, scope, purposes, actions, from, until, uses, condition })
	}

	pub(crate) fn check_grantee(
		patient: &T::AccountId,
		grantee: &Grantee<T::AccountId>,
		is_known: fn(OrganisationId) -> bool,
	) -> Result<(), Error<T>> {
		ensure!(grantee.account() != Some(patient), Error::<T>::Oneself);
		ensure!(
			!matches!(
				grantee,
				Grantee::Role { role: Role::Patient, .. }
					| Grantee::Member { role: Role::Patient, .. }
			),
			Error::<T>::PatientRole
		);
		ensure!(grantee.organisation().is_none_or(is_known), Error::<T>::UnknownOrganisation);
		Ok(())
	}

	/// Checks that the capacity named by a grant, if any, exists. One that begins later would not
	/// satisfy the grant.
	fn check_capacity(grantee: &Grantee<T::AccountId>) -> Result<(), Error<T>> {
		if let Grantee::Member { account, role, organisation } = grantee {
			let has_it = T::Roles::memberships(account).iter().any(|(held, member)| {
				held == role
					&& member.organisation == Some(*organisation)
					&& member.status != MemberStatus::Revoked
			});
			ensure!(has_it, Error::<T>::UnknownMember);
		}
		Ok(())
	}

	/// Checks that the purposes do not include breaking the glass, which requires an emergency
	/// case.
	pub(crate) fn check_purposes(purposes: &[Purpose]) -> Result<(), Error<T>> {
		ensure!(!purposes.contains(&Purpose::BTG), Error::<T>::BreaksTheGlass);
		Ok(())
	}

	/// Returns a new grant by the patient.
	pub(crate) fn new_grant(terms: GrantTerms<T::AccountId>, now: Moment) -> Grant<T::AccountId> {
		Grant { terms, given: now, used: 0, via: None }
	}

	/// Adds a grant, and returns its number.
	pub(crate) fn add_grant(
		patient: T::AccountId,
		grant: Grant<T::AccountId>,
		source: Source,
		now: Moment,
	) -> Result<(GrantId, Clearings), Error<T>> {
		let mut state = Patients::<T>::get(&patient);
		let grantee = &grant.terms.grantee;
		let clearings = match Self::grants_in_the_way(&patient, grantee, source, &state) {
			Some(grants) => {
				Self::clear_ended(&patient, grants, &mut state, now);
				Clearings::ONE
			}
			None => Clearings::NONE,
		};
		if source == Source::Answered {
			Self::note_answered(&patient, grantee, &state)?;
		}
		let id = Self::number_grant(&mut state)?;
		if source == Source::Shared {
			state.shared.try_push(id).map_err(|_| Error::<T>::TooManyShared)?;
		}
		Self::store_grant(patient, id, state, grant);
		Ok((id, clearings))
	}

	/// Returns the grants under the limit that keeps a new one out, or `None` if there is room.
	/// Clearing others would make no room. Of grants by rules and guardians, those to the same
	/// requester and organisation come first.
	fn grants_in_the_way(
		patient: &T::AccountId,
		grantee: &Grantee<T::AccountId>,
		source: Source,
		state: &PatientState,
	) -> Option<Vec<(GrantId, Grant<T::AccountId>)>> {
		let load = |id: GrantId| Some((id, Grants::<T>::get(patient, id)?));
		if source == Source::Shared && state.shared.is_full() {
			return Some(state.shared.iter().copied().filter_map(load).collect());
		}
		if source == Source::Answered {
			let answered = Answered::<T>::get(patient);
			if !Self::has_room(&answered, grantee) {
				let mut answered = answered.into_inner();
				answered.sort_by_key(|(_, other)| {
					let same = other.account() == grantee.account();
					(!same, other.organisation() != grantee.organisation())
				});
				return Some(answered.into_iter().filter_map(|(id, _)| load(id)).collect());
			}
		}
		(state.grants >= T::MaxGrants::get()).then(|| Self::grants_of(patient))
	}

	/// Lists the next grant as one that a rule or guardian gives.
	fn note_answered(
		patient: &T::AccountId,
		grantee: &Grantee<T::AccountId>,
		state: &PatientState,
	) -> Result<(), Error<T>> {
		let mut answered = Answered::<T>::get(patient);
		ensure!(Self::has_room(&answered, grantee), Error::<T>::TooManyAnswered);
		answered
			.try_push((state.next_grant, grantee.clone()))
			.map_err(|_| Error::<T>::TooManyAnswered)?;
		Answered::<T>::insert(patient, answered);
		Ok(())
	}

	/// Returns whether rules and guardians may give the requester another grant. Their limits keep
	/// room for the patient's own grants.
	fn has_room(answered: &AnsweredList<T::AccountId>, grantee: &Grantee<T::AccountId>) -> bool {
		let count_where = |is_counted: &dyn Fn(&Grantee<T::AccountId>) -> bool| {
			answered.iter().filter(|(_, other)| is_counted(other)).count()
		};
		!answered.is_full()
			&& count_where(&|other| other.account() == grantee.account())
				< MAX_ANSWERED_PER_REQUESTER as usize
			&& count_where(&|other| other.organisation() == grantee.organisation())
				< MAX_ANSWERED_PER_ORGANISATION as usize
	}

	/// Returns the actual weight of a call. `least` is its weight without clearing.
	pub(crate) fn with_clearing_weight(least: Weight, clearings: Clearings) -> PostDispatchInfo {
		let clearing = T::WeightInfo::clear_ended().saturating_mul(clearings.0.into());
		Some(least.saturating_add(clearing)).into()
	}

	/// Returns the error of a refused call with the weight of what was done. `least` is the weight
	/// without clearing. The part that failed tried it only if its error is about room for a grant,
	/// because clearing comes last; the parts before tried it `before` times.
	pub(crate) fn refused(
		error: DispatchError,
		least: Weight,
		before: Clearings,
	) -> DispatchErrorWithPostInfo {
		let clearings = match Self::lacks_room_for_grant(&error) {
			true => before.and(Clearings::ONE),
			false => before,
		};
		DispatchErrorWithPostInfo { post_info: Self::with_clearing_weight(least, clearings), error }
	}

	/// Returns whether the error says that a limit of grants leaves no room for another one.
	fn lacks_room_for_grant(error: &DispatchError) -> bool {
		[Error::<T>::TooManyGrants, Error::TooManyShared, Error::TooManyAnswered]
			.map(DispatchError::from)
			.contains(error)
	}

	/// Returns the error of a refused call that changes keys, with the weight of what was done.
	/// This pallet's checks come before the keys, except the one about room.
	pub(crate) fn refused_changing_keys(
		error: DispatchError,
		own: Weight,
		keys: u32,
	) -> DispatchErrorWithPostInfo {
		let is_own = matches!(
			error,
			DispatchError::Module(ModuleError { index, .. })
				if usize::from(index) == <Self as PalletInfoAccess>::index()
		);
		let least = match is_own && !Self::lacks_room_for_grant(&error) {
			true => own,
			false => own.saturating_add(T::Keys::wraps_weight(keys)),
		};
		Self::refused(error, least, Clearings::NONE)
	}

	/// Returns the number of a new grant and counts the grant in `state`. Writes nothing to
	/// storage.
	pub(crate) fn number_grant(state: &mut PatientState) -> Result<GrantId, Error<T>> {
		ensure!(state.grants < T::MaxGrants::get(), Error::<T>::TooManyGrants);
		let grant = state.next_grant;
		state.next_grant = grant.checked_add(1).ok_or(Error::<T>::TooManyGrants)?;
		state.grants = state.grants.saturating_add(1);
		Ok(grant)
	}

	pub(crate) fn store_grant(
		patient: T::AccountId,
		grant: GrantId,
		state: PatientState,
		given: Grant<T::AccountId>,
	) {
		let grantee = given.terms.grantee.clone();
		Patients::<T>::insert(&patient, state);
		Grants::<T>::insert(&patient, grant, given);
		Self::deposit_event(Event::Granted { patient, grant, grantee });
	}

	/// Removes some of these grants that can never permit anything again. The caller stores the
	/// state.
	pub(crate) fn clear_ended(
		patient: &T::AccountId,
		grants: Vec<(GrantId, Grant<T::AccountId>)>,
		state: &mut PatientState,
		now: Moment,
	) {
		let has_ended = |grant: &Grant<T::AccountId>| {
			grant.timeliness(now) == Finding::Expired || is_used_up(grant, Counted::NotYet)
		};
		let ended: Vec<_> = grants
			.into_iter()
			.filter(|(_, grant)| has_ended(grant))
			.map(|(id, _)| id)
			.take(MAX_CLEARED)
			.collect();
		for id in ended {
			for (grant, _) in Self::take_grant(patient, id, state) {
				let patient = patient.clone();
				Self::deposit_event(Event::Cleared { patient, grant });
			}
		}
	}

	/// Removes a grant and those passed on from it, and returns them. Returns nothing if there is
	/// no such grant. The caller stores the state.
	fn take_grant(
		patient: &T::AccountId,
		id: GrantId,
		state: &mut PatientState,
	) -> Vec<(GrantId, Grant<T::AccountId>)> {
		let Some(grant) = Grants::<T>::take(patient, id) else {
			return Vec::new();
		};
		let passed_on: Vec<_> = state
			.shared
			.iter()
			.filter_map(|shared| Some((*shared, Grants::<T>::get(patient, shared)?)))
			.filter(|(_, child)| child.via.as_ref().is_some_and(|via| via.parent == id))
			.collect();
		for (child, _) in &passed_on {
			Grants::<T>::remove(patient, child);
		}
		Self::forget_answered(patient, id);
		let mut taken = Vec::from([(id, grant)]);
		taken.extend(passed_on);
		// The grant itself may have been passed on, too.
		state.shared.retain(|shared| taken.iter().all(|(gone, _)| gone != shared));
		state.grants = state.grants.saturating_sub(taken.len() as u32);
		taken
	}

	/// Removes a grant from the list of those that rules and guardians gave.
	fn forget_answered(patient: &T::AccountId, id: GrantId) {
		Answered::<T>::mutate_exists(patient, |answered| {
			if let Some(list) = answered {
				list.retain(|(given, _)| *given != id);
				if list.is_empty() {
					*answered = None;
				}
			}
		});
	}

	/// Returns the number of a new denial, and the patient's state including it. Writes nothing to
	/// storage.
	fn next_denial(patient: &T::AccountId) -> Result<(DenialId, PatientState), Error<T>> {
		let mut state = Patients::<T>::get(patient);
		ensure!(state.denials < T::MaxDenials::get(), Error::<T>::TooManyDenials);
		let denial = state.next_denial;
		state.next_denial = denial.checked_add(1).ok_or(Error::<T>::TooManyDenials)?;
		state.denials = state.denials.saturating_add(1);
		Ok((denial, state))
	}
}
