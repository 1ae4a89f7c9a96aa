//! Standing rules: answers that the patient gives in advance.

use crate::{
	context::Context,
	person::Person,
	scopes::{is_subset, overlap},
	Config, Error, Event, Pallet, Patients, Rules, RulesSet,
};
use frame_support::{dispatch::DispatchResult, ensure, traits::Time};
use salus_primitives::{
	Grantee, MemberInfo, Moment, RequestTerms, RoleQuery, RuleAnswer, RuleId, StandingRule,
};

/// Rule with its number, and the grantee of the grant that it makes.
pub(crate) type Answering<T> = (
	RuleId,
	StandingRule<<T as frame_system::Config>::AccountId>,
	Grantee<<T as frame_system::Config>::AccountId>,
);

impl<T: Config> Pallet<T> {
	pub(crate) fn do_set_rule(
		patient: T::AccountId,
		rule: StandingRule<T::AccountId>,
	) -> DispatchResult {
		let now = T::Time::now();
		Self::ensure_live_patient(&patient, now)?;
		let rule = Self::checked_rule(&patient, rule)?;
		let mut state = Patients::<T>::get(&patient);
		let id = state.next_rule;
		state.next_rule = id.checked_add(1).ok_or(Error::<T>::TooManyRules)?;
		Rules::<T>::try_append(&patient, (id, rule)).map_err(|_| Error::<T>::TooManyRules)?;
		RulesSet::<T>::try_append(&patient, (id, now)).map_err(|_| Error::<T>::TooManyRules)?;
		Patients::<T>::insert(&patient, state);
		Self::deposit_event(Event::RuleSet { patient, rule: id });
		Ok(())
	}

	pub(crate) fn do_remove_rule(patient: T::AccountId, id: RuleId) -> DispatchResult {
		let mut rules = Rules::<T>::get(&patient);
		let index =
			rules.iter().position(|(rule, _)| *rule == id).ok_or(Error::<T>::UnknownRule)?;
		let (_, rule) = rules.remove(index);
		if rule.answer == RuleAnswer::Decline {
			// A later rule may approve requests that this one declined.
			Self::ensure_live_patient(&patient, T::Time::now())?;
		}
		if rules.is_empty() {
			Rules::<T>::remove(&patient);
		} else {
			Rules::<T>::insert(&patient, rules);
		}
		RulesSet::<T>::mutate_exists(&patient, |times| {
			let mut left = times.take().unwrap_or_default();
			left.retain(|(rule, _)| *rule != id);
			*times = (!left.is_empty()).then_some(left);
		});
		Self::deposit_event(Event::RuleRemoved { patient, rule: id });
		Ok(())
	}

	/// Returns the rule with canonical sets, if the patient may set it now.
	fn checked_rule(
		patient: &T::AccountId,
		rule: StandingRule<T::AccountId>,
	) -> Result<StandingRule<T::AccountId>, Error<T>> {
		let StandingRule { requester, scope, purposes, actions, condition, answer } = rule;
		if let Some(requester) = &requester {
			Self::check_grantee(patient, requester, T::Roles::is_registered)?;
		}
		Self::check_condition(condition.as_ref())?;
		if let RuleAnswer::Approve { .. } = answer {
			Self::check_purposes(&purposes)?;
		}
		ensure!(!matches!(answer, RuleAnswer::Approve { duration: 0 }), Error::<T>::InvalidPeriod);
		Ok(StandingRule {
			requester,
			scope: Self::checked_scope(patient, scope)?,
			purposes: Self::canonical(purposes)?,
			actions: Self::canonical(actions)?,
			condition,
			answer,
		})
	}

	/// Returns the first of the patient's rules that answers this request now, and the grantee of
	/// the grant that it makes.
	pub(crate) fn answering_rule(
		patient: &T::AccountId,
		requester: &Person<T::AccountId>,
		terms: &RequestTerms,
		now: Moment,
	) -> Option<Answering<T>> {
		let context = Context::over(&terms.scope, patient, requester.account, &terms.purposes, now);
		let times = RulesSet::<T>::get(patient);
		Rules::<T>::get(patient).into_iter().find_map(|(id, rule)| {
			// A rule older than these times approves for nobody by name: the request waits.
			let set = times.iter().find(|(rule, _)| *rule == id).map_or(0, |(_, set)| *set);
			let held = Self::answers(&rule, set, requester, terms, &context)?;
			let party = requester.party();
			let capacity = match &rule.requester {
				Some(Grantee::Person(_)) => None,
				_ => party.capacity_of(held),
			};
			let person = || Grantee::Person(requester.account.clone());
			Some((id, rule, capacity.unwrap_or_else(person)))
		})
	}

	/// Returns the live membership that makes the rule answer this request. An approval must
	/// certainly cover all of the request. A decline may touch any part of it.
	fn answers<'a>(
		rule: &StandingRule<T::AccountId>,
		set: Moment,
		requester: &'a Person<T::AccountId>,
		terms: &RequestTerms,
		context: &Context<T>,
	) -> Option<&'a MemberInfo> {
		let covers = match rule.answer {
			RuleAnswer::Approve { .. } => {
				is_subset(&terms.purposes, &rule.purposes)
					&& is_subset(&terms.actions, &rule.actions)
					&& Self::is_within(&terms.scope, &rule.scope)
			}
			RuleAnswer::Decline => {
				overlap(&terms.purposes, &rule.purposes)
					&& overlap(&terms.actions, &rule.actions)
					&& Self::may_overlap(&terms.scope, &rule.scope)
			}
		};
		let party = requester.party();
		requester
			.memberships
			.iter()
			.filter(|held| covers && held.live && party.matches_rule(rule, set, terms, held))
			.find(|held| match context.meets_as(rule.condition.as_ref(), requester, held) {
				Some(met) => met,
				None => rule.answer == RuleAnswer::Decline,
			})
	}
}
