//! Standing rules: the patient's answers given in advance.

use crate::{
	context::Context,
	person::Person,
	scopes::{is_subset, overlap},
	Config, Error, Event, Pallet, Patients, Rules,
};
use frame_support::{dispatch::DispatchResult, ensure, traits::Time};
use salus_primitives::{
	Expression, Finding, Moment, RequestTerms, RoleQuery, RuleAnswer, RuleId, StandingRule,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_set_rule(
		patient: T::AccountId,
		rule: StandingRule<T::AccountId>,
	) -> DispatchResult {
		Self::ensure_live_patient(&patient, T::Time::now())?;
		let rule = Self::checked_rule(&patient, rule)?;
		let mut state = Patients::<T>::get(&patient);
		let id = state.next_rule;
		state.next_rule = id.checked_add(1).ok_or(Error::<T>::TooManyRules)?;
		Rules::<T>::try_append(&patient, (id, rule)).map_err(|_| Error::<T>::TooManyRules)?;
		Patients::<T>::insert(&patient, state);
		Self::deposit_event(Event::RuleSet { patient, rule: id });
		Ok(())
	}

	pub(crate) fn do_remove_rule(patient: T::AccountId, id: RuleId) -> DispatchResult {
		let mut rules = Rules::<T>::get(&patient);
		let index = rules
			.iter()
			.position(|(rule, _)| *rule == id)
			.ok_or(Error::<T>::UnknownRule)?;
		let (_, rule) = rules.remove(index);
		if rule.answer == RuleAnswer::Decline {
			// What it declined, a later rule may approve.
			Self::ensure_live_patient(&patient, T::Time::now())?;
		}
		if rules.is_empty() {
			Rules::<T>::remove(&patient);
		} else {
			Rules::<T>::insert(&patient, rules);
		}
		Self::deposit_event(Event::RuleRemoved { patient, rule: id });
		Ok(())
	}

	/// The rule with canonical sets, if the patient may set it now.
	fn checked_rule(
		patient: &T::AccountId,
		rule: StandingRule<T::AccountId>,
	) -> Result<StandingRule<T::AccountId>, Error<T>> {
		let StandingRule {
			requester,
			scope,
			purposes,
			actions,
			condition,
			answer,
		} = rule;
		if let Some(requester) = &requester {
			Self::check_grantee(patient, requester, T::Roles::is_registered)?;
		}
		Self::check_condition(condition.as_ref())?;
		ensure!(
			!matches!(answer, RuleAnswer::Approve { duration: 0 }),
			Error::<T>::InvalidPeriod
		);
		Ok(StandingRule {
			requester,
			scope: Self::checked_scope(patient, scope)?,
			purposes: Self::canonical(purposes)?,
			actions: Self::canonical(actions)?,
			condition,
			answer,
		})
	}

	/// The first of the patient's rules that answers such a request now, with its answer and the condition that goes with it.
	pub(crate) fn answering_rule(
		patient: &T::AccountId,
		requester: &Person<T::AccountId>,
		terms: &RequestTerms,
		now: Moment,
	) -> Option<(RuleId, RuleAnswer, Option<Expression>)> {
		let context = Context::over(
			&terms.scope,
			patient,
			requester.account,
			&terms.purposes,
			now,
		);
		Rules::<T>::get(patient)
			.into_iter()
			.find(|(_, rule)| Self::answers(rule, requester, terms, &context))
			.map(|(id, rule)| (id, rule.answer, rule.condition))
	}

	/// Whether the rule answers such a request: an approval must cover all of it for certain, a decline may touch any of it.
	fn answers(
		rule: &StandingRule<T::AccountId>,
		requester: &Person<T::AccountId>,
		terms: &RequestTerms,
		context: &Context<T>,
	) -> bool {
		let grantee = rule.requester.as_ref();
		let means_them =
			grantee.is_none_or(|grantee| requester.standing_as(grantee) == Finding::Applies);
		let met = || context.meets(rule.condition.as_ref(), requester, grantee);
		means_them
			&& match rule.answer {
				RuleAnswer::Approve { .. } => {
					is_subset(&terms.purposes, &rule.purposes)
						&& is_subset(&terms.actions, &rule.actions)
						&& Self::is_within(&terms.scope, &rule.scope)
						&& met() == Some(true)
				}
				RuleAnswer::Decline => {
					overlap(&terms.purposes, &rule.purposes)
						&& overlap(&terms.actions, &rule.actions)
						&& Self::may_overlap(&terms.scope, &rule.scope)
						&& met() != Some(false)
				}
			}
	}
}
