//! Sharing: the holder of a grant with the action share passes part of it on, once.

use crate::{
	act::{Act, Counted, PatientTerms, Target},
	context::Context,
	decision::is_used_up,
	grants::{Clearings, Source},
	person::Person,
	scopes::is_subset,
	Config, Error, Event, Grants, Pallet,
};
use frame_support::{ensure, traits::Time};
use salus_primitives::{Action, Expression, Finding, Grant, GrantId, GrantTerms, MemberInfo, Via};
use sp_runtime::DispatchError;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_share(
		sharer: T::AccountId,
		patient: T::AccountId,
		parent: GrantId,
		terms: GrantTerms<T::AccountId>,
	) -> Result<Clearings, DispatchError> {
		let now = T::Time::now();
		let given = Grants::<T>::get(&patient, parent).ok_or(Error::<T>::UnknownGrant)?;
		ensure!(terms.grantee.account() != Some(&sharer), Error::<T>::Oneself);
		let terms = Self::checked_terms(&patient, terms, now)?;
		Self::ensure_may_share(&patient, &sharer, &given, &terms)?;
		Self::ensure_within_parent(&given, &terms)?;
		let via = Via { parent, sharer: sharer.clone() };
		let shared = Grant { via: Some(via), ..Self::new_grant(terms, now) };
		let (grant, clearings) = Self::add_grant(patient.clone(), shared, Source::Shared, now)?;
		Self::deposit_event(Event::Shared { patient, grant, parent, sharer });
		Ok(clearings)
	}

	/// Checks that the sharer may pass the grant on now: it applies to them, and no denial bars
	/// them from any of it.
	fn ensure_may_share(
		patient: &T::AccountId,
		sharer: &T::AccountId,
		given: &Grant<T::AccountId>,
		terms: &GrantTerms<T::AccountId>,
	) -> Result<(), Error<T>> {
		let now = T::Time::now();
		let person = Person::load::<T>(sharer, now);
		let context = Context::<T>::over(&terms.scope, patient, sharer, &terms.purposes, now);
		let condition = given.terms.condition.as_ref();
		let (party, grantee) = (person.party(), &given.terms.grantee);
		let is_meant_by =
			|held: &MemberInfo| party.meets(grantee, Action::Share, given.given, held);
		let applies = given.via.is_none()
			&& given.terms.actions.contains(&Action::Share)
			&& party.finding_for_grant(grantee, Action::Share, given.given) == Finding::Applies
			&& given.timeliness(now) == Finding::Applies
			&& !is_used_up(given, Counted::NotYet)
			// A part that depends on the opened record is evaluated when a record is opened.
			&& context.meets(condition, &person, is_meant_by) != Some(false);
		ensure!(applies, Error::<T>::NotShareable);
		let barred = Self::denials_of(patient).into_iter().any(|(_, denial)| {
			party.finding_for_denial(&denial.grantee) == Finding::Applies
				&& Self::may_overlap(&denial.scope, &terms.scope)
		});
		ensure!(!barred, Error::<T>::NotShareable);
		Ok(())
	}

	/// Checks that the terms are no wider than the parent's, and do not permit sharing again.
	fn ensure_within_parent(
		parent: &Grant<T::AccountId>,
		terms: &GrantTerms<T::AccountId>,
	) -> Result<(), Error<T>> {
		let within = Self::is_within(&terms.scope, &parent.terms.scope)
			&& is_subset(&terms.purposes, &parent.terms.purposes)
			&& is_subset(&terms.actions, &parent.terms.actions)
			&& !terms.actions.contains(&Action::Share)
			&& is_at_most(terms.until, parent.terms.until)
			&& is_at_most(
				terms.uses,
				parent.terms.uses.map(|uses| uses.saturating_sub(parent.used)),
			);
		ensure!(within, Error::<T>::BeyondParent);
		Ok(())
	}

	/// Returns whether the parent of a passed-on grant holds for this act. The parent must exist,
	/// be in force and have a use left. It must still apply to the sharer, whom no denial may bar
	/// from the record. The reader must meet the parent's condition as well as the grant's own.
	pub(crate) fn parent_holds(
		via: &Via<T::AccountId>,
		counted: Counted,
		act: &Act<T>,
		terms: &PatientTerms<T>,
		met: impl Fn(Option<&Expression>) -> bool,
	) -> bool {
		let Some((_, parent)) = terms.grants().iter().find(|(id, _)| *id == via.parent) else {
			return false;
		};
		if parent.timeliness(act.context.now) != Finding::Applies
			|| is_used_up(parent, counted)
			|| !met(parent.terms.condition.as_ref())
		{
			return false;
		}
		let sharer = Person::load::<T>(&via.sharer, act.context.now);
		let finding_of_sharer =
			sharer.party().finding_for_grant(&parent.terms.grantee, Action::Share, parent.given);
		finding_of_sharer == Finding::Applies && !Self::is_barred(&sharer, terms, act.target)
	}

	fn is_barred(person: &Person<T::AccountId>, terms: &PatientTerms<T>, target: &Target) -> bool {
		terms.denials().iter().any(|(_, denial)| person.is_denied(denial, target))
	}
}

/// Returns whether a limit is no wider than another. `None` means no limit.
fn is_at_most<Limit: PartialOrd>(limit: Option<Limit>, outer: Option<Limit>) -> bool {
	match (limit, outer) {
		(_, None) => true,
		(Some(limit), Some(outer)) => limit <= outer,
		(None, Some(_)) => false,
	}
}
