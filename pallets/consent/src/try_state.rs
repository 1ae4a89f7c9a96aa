//! Invariants of the whole state.

use crate::{
	types::most_requests, Answered, AskedAs, Config, Denials, Grants, Guardians, Pallet, Patients,
	Requests, Rules, RulesSet,
};
use alloc::{
	collections::{BTreeMap, BTreeSet},
	vec::Vec,
};
use frame_support::{ensure, traits::Get};
use salus_primitives::{
	Action, Expression, Grant, Grantee, RecordEntry, RecordId, RecordQuery, Role, RoleQuery,
	RuleAnswer, Scope, Version, Via, MAX_ANSWERED_PER_ORGANISATION, MAX_ANSWERED_PER_REQUESTER,
	MAX_REQUESTS_PER_REQUESTER,
};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks every item and counter, and their relations to members and records.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_counters()?;
		Self::check_shared()?;
		for (patient, _, grant) in Grants::<T>::iter() {
			Self::check_grant(&patient, &grant)?;
		}
		for (patient, _, denial) in Denials::<T>::iter() {
			Self::check_grantee_in_state(&patient, &denial.grantee)?;
			Self::check_scope_in_state(&patient, &denial.scope)?;
		}
		Self::check_guardians()?;
		Self::check_answered()?;
		Self::check_requests()?;
		Self::check_asked_as()?;
		Self::check_rules()
	}

	fn check_grant(
		patient: &T::AccountId,
		grant: &Grant<T::AccountId>,
	) -> Result<(), TryRuntimeError> {
		let terms = &grant.terms;
		Self::check_grantee_in_state(patient, &terms.grantee)?;
		Self::check_scope_in_state(patient, &terms.scope)?;
		ensure!(is_canonical(&terms.purposes), "a grant's purposes are empty or not in order");
		ensure!(is_canonical(&terms.actions), "a grant's actions are empty or not in order");
		let begins = terms.from.map_or(grant.given, |from| from.max(grant.given));
		ensure!(terms.until.is_none_or(|until| until > begins), "a grant ends before it begins");
		ensure!(terms.uses != Some(0), "a grant is for no uses");
		ensure!(
			terms.uses.is_none_or(|uses| grant.used <= uses),
			"a grant was used more often than it permits"
		);
		check_condition(terms.condition.as_ref())
	}

	/// Checks that the counters match the maps and are within the limits, and that every number is
	/// below the next one.
	fn check_counters() -> Result<(), TryRuntimeError> {
		let mut grants = BTreeMap::<_, Vec<_>>::new();
		for (patient, id) in Grants::<T>::iter_keys() {
			ensure!(Patients::<T>::contains_key(&patient), "a grant's patient has no counters");
			grants.entry(patient).or_default().push(id);
		}
		let mut denials = BTreeMap::<_, Vec<_>>::new();
		for (patient, id) in Denials::<T>::iter_keys() {
			ensure!(Patients::<T>::contains_key(&patient), "a denial's patient has no counters");
			denials.entry(patient).or_default().push(id);
		}
		for (patient, state) in Patients::<T>::iter() {
			let grants = grants.remove(&patient).unwrap_or_default();
			let denials = denials.remove(&patient).unwrap_or_default();
			ensure!(
				grants.len() == state.grants as usize,
				"a patient's grant count is not the number of grants"
			);
			ensure!(
				denials.len() == state.denials as usize,
				"a patient's denial count is not the number of denials"
			);
			ensure!(state.grants <= T::MaxGrants::get(), "a patient has too many grants");
			ensure!(state.denials <= T::MaxDenials::get(), "a patient has too many denials");
			ensure!(
				grants.iter().all(|id| *id < state.next_grant),
				"a grant's number has not been assigned yet"
			);
			ensure!(
				denials.iter().all(|id| *id < state.next_denial),
				"a denial's number has not been assigned yet"
			);
			ensure!(
				T::Roles::memberships(&patient).iter().any(|(role, _)| *role == Role::Patient),
				"an account that was never a patient has counters"
			);
		}
		Ok(())
	}

	/// Checks that passed-on grants are listed and no wider than their parents, and that each
	/// parent exists and was not itself passed on.
	fn check_shared() -> Result<(), TryRuntimeError> {
		for (patient, state) in Patients::<T>::iter() {
			let listed: BTreeSet<_> = state.shared.iter().copied().collect();
			let passed_on: BTreeSet<_> = Grants::<T>::iter_prefix(&patient)
				.filter(|(_, grant)| grant.via.is_some())
				.map(|(id, _)| id)
				.collect();
			ensure!(
				listed == passed_on && listed.len() == state.shared.len(),
				"a patient's list of passed-on grants is wrong"
			);
		}
		for (patient, _, grant) in Grants::<T>::iter() {
			if let Some(via) = &grant.via {
				Self::check_parent(&patient, &grant, via)?;
			}
		}
		Ok(())
	}

	fn check_parent(
		patient: &T::AccountId,
		grant: &Grant<T::AccountId>,
		via: &Via<T::AccountId>,
	) -> Result<(), TryRuntimeError> {
		let parent = Grants::<T>::get(patient, via.parent)
			.ok_or("the parent of a passed-on grant is gone")?;
		ensure!(parent.via.is_none(), "a passed-on grant was passed on again");
		ensure!(
			parent.terms.actions.contains(&Action::Share)
				&& !grant.terms.actions.contains(&Action::Share),
			"a grant was passed on without permission, or may be passed on again"
		);
		let wider = |item: Option<u64>, outer: Option<u64>| {
			outer.is_some_and(|outer| item.is_none_or(|item| item > outer))
		};
		let (terms, outer) = (&grant.terms, &parent.terms);
		ensure!(
			terms.purposes.iter().all(|one| outer.purposes.contains(one))
				&& terms.actions.iter().all(|one| outer.actions.contains(one))
				&& !wider(terms.until, outer.until)
				&& !wider(terms.uses.map(u64::from), outer.uses.map(u64::from))
				&& grant.used <= parent.used,
			"a passed-on grant is wider than its parent"
		);
		Ok(())
	}

	fn check_guardians() -> Result<(), TryRuntimeError> {
		for (patient, guardians) in Guardians::<T>::iter() {
			let next = Patients::<T>::get(&patient).next_guardian;
			ensure!(
				is_numbered(guardians.iter().map(|(id, _)| *id), next),
				"a patient's list of guardians is empty, not in order, or has unassigned numbers"
			);
			let accounts: BTreeSet<_> = guardians.iter().map(|(_, one)| &one.guardian).collect();
			ensure!(
				accounts.len() == guardians.len() && !accounts.contains(&patient),
				"an account is a guardian twice, or its own guardian"
			);
			for (_, guardian) in &guardians {
				Self::check_scope_in_state(&patient, &guardian.scope)?;
				ensure!(
					is_canonical(&guardian.purposes),
					"a guardian's purposes are empty or not in order"
				);
				ensure!(
					guardian.until.is_none_or(|until| until > guardian.since),
					"a guardian's appointment ends before it begins"
				);
			}
		}
		Ok(())
	}

	fn check_requests() -> Result<(), TryRuntimeError> {
		for (patient, requests) in Requests::<T>::iter() {
			let next = Patients::<T>::get(&patient).next_request;
			ensure!(
				is_numbered(requests.iter().map(|(id, _)| *id), next),
				"a patient's list of requests is empty, not in order, or has unassigned numbers"
			);
			let mut of = BTreeMap::<_, u32>::new();
			for (_, request) in &requests {
				let count = of.entry(&request.requester).or_default();
				*count = count.saturating_add(1);
				ensure!(
					*count <= MAX_REQUESTS_PER_REQUESTER,
					"too many requests of one requester wait"
				);
				ensure!(request.requester != patient, "a patient asks for their own consent");
				ensure!(
					request.expires > request.made
						&& request.terms.until.is_none_or(|until| until > request.made),
					"a request ends before it was made"
				);
				ensure!(
					is_canonical(&request.terms.purposes) && is_canonical(&request.terms.actions),
					"a request's purposes or actions are empty or not in order"
				);
				Self::check_scope_in_state(&patient, &request.terms.scope)?;
			}
		}
		Ok(())
	}

	/// Checks that stored capacities belong to waiting requests and are within the limits.
	fn check_asked_as() -> Result<(), TryRuntimeError> {
		for (patient, asked_as) in AskedAs::<T>::iter() {
			let requests = Requests::<T>::get(&patient);
			ensure!(
				is_canonical(&asked_as.iter().map(|(id, _)| *id).collect::<Vec<_>>()),
				"a list of request capacities is empty or not in order"
			);
			let mut of = BTreeMap::<_, u32>::new();
			for (id, capacity) in &asked_as {
				let request = requests.iter().find(|(waiting, _)| waiting == id);
				ensure!(
					request.is_some_and(|(_, one)| capacity.account() == Some(&one.requester)),
					"a capacity belongs to no waiting request, or to another requester's"
				);
				Self::check_capacity_in_state(capacity)?;
				let count = of.entry(capacity.organisation()).or_default();
				*count = count.saturating_add(1);
				ensure!(
					*count <= most_requests(capacity.organisation()),
					"too many requests of one organisation, or of persons, wait"
				);
			}
		}
		Ok(())
	}

	/// Checks that the listed grants by rules and guardians exist, are as listed, and are within
	/// the limits.
	fn check_answered() -> Result<(), TryRuntimeError> {
		for (patient, answered) in Answered::<T>::iter() {
			ensure!(
				is_canonical(&answered.iter().map(|(id, _)| *id).collect::<Vec<_>>()),
				"a list of grants by rules and guardians is empty or not in order"
			);
			let mut to_account = BTreeMap::<_, u32>::new();
			let mut to_organisation = BTreeMap::<_, u32>::new();
			for (id, grantee) in &answered {
				let grant = Grants::<T>::get(&patient, id);
				ensure!(
					grant
						.is_some_and(|grant| grant.terms.grantee == *grantee && grant.via.is_none()),
					"a listed grant by a rule or a guardian is gone or differs"
				);
				Self::check_capacity_in_state(grantee)?;
				let account = to_account.entry(grantee.account()).or_default();
				*account = account.saturating_add(1);
				let organisation = to_organisation.entry(grantee.organisation()).or_default();
				*organisation = organisation.saturating_add(1);
				ensure!(
					*account <= MAX_ANSWERED_PER_REQUESTER
						&& *organisation <= MAX_ANSWERED_PER_ORGANISATION,
					"rules and guardians gave one requester or organisation too many grants"
				);
			}
		}
		Ok(())
	}

	fn check_capacity_in_state(capacity: &Grantee<T::AccountId>) -> Result<(), TryRuntimeError> {
		ensure!(
			matches!(capacity, Grantee::Member { .. } | Grantee::Person(_)),
			"a request was made without a capacity"
		);
		Ok(())
	}

	fn check_rules() -> Result<(), TryRuntimeError> {
		for (patient, rules) in Rules::<T>::iter() {
			let next = Patients::<T>::get(&patient).next_rule;
			ensure!(
				is_numbered(rules.iter().map(|(id, _)| *id), next),
				"a patient's list of rules is empty, not in order, or has unassigned numbers"
			);
			for (_, rule) in &rules {
				if let Some(requester) = &rule.requester {
					Self::check_grantee_in_state(&patient, requester)?;
				}
				Self::check_scope_in_state(&patient, &rule.scope)?;
				ensure!(
					is_canonical(&rule.purposes) && is_canonical(&rule.actions),
					"a rule's purposes or actions are empty or not in order"
				);
				ensure!(
					rule.answer != RuleAnswer::Approve { duration: 0 },
					"a rule approves for a duration of zero"
				);
				check_condition(rule.condition.as_ref())?;
			}
		}
		for (patient, times) in RulesSet::<T>::iter() {
			let next = Patients::<T>::get(&patient).next_rule;
			ensure!(
				is_numbered(times.iter().map(|(id, _)| *id), next),
				"a patient's list of rules' times is empty, not in order, or has unassigned numbers"
			);
			let rules = Rules::<T>::get(&patient);
			ensure!(
				times.iter().all(|(id, _)| rules.iter().any(|(rule, _)| rule == id)),
				"a time belongs to no rule"
			);
		}
		Ok(())
	}

	fn check_grantee_in_state(
		patient: &T::AccountId,
		grantee: &Grantee<T::AccountId>,
	) -> Result<(), TryRuntimeError> {
		ensure!(
			grantee.account() != Some(patient),
			"a grant, denial or rule is about the patient themself"
		);
		ensure!(
			!matches!(
				grantee,
				Grantee::Role { role: Role::Patient, .. }
					| Grantee::Member { role: Role::Patient, .. }
			),
			"a grant, denial or rule is about the role of patients"
		);
		Ok(())
	}

	fn check_scope_in_state(patient: &T::AccountId, scope: &Scope) -> Result<(), TryRuntimeError> {
		match scope {
			Scope::Everything => Ok(()),
			Scope::Categories(categories) => {
				ensure!(is_canonical(categories), "a scope's categories are empty or not in order");
				Ok(())
			}
			Scope::Record(record) => Self::check_record(patient, record, 1),
			Scope::Version { record, version } => Self::check_record(patient, record, *version),
		}
	}

	/// Checks that the record is or was the patient's and, while it is live, has the version.
	fn check_record(
		patient: &T::AccountId,
		id: &RecordId,
		version: Version,
	) -> Result<(), TryRuntimeError> {
		let owner = match T::Records::record(id).ok_or("a scope's record is unknown")? {
			RecordEntry::Live(record) => {
				ensure!(
					(1..=record.latest).contains(&version),
					"a scope's record has no such version"
				);
				record.patient
			}
			RecordEntry::Erased(stone) => stone.patient,
		};
		ensure!(owner == *patient, "a scope's record belongs to another patient");
		Ok(())
	}
}

/// Returns whether a set has items, in order and without repetitions.
fn is_canonical<Item: Ord>(items: &[Item]) -> bool {
	!items.is_empty() && items.is_sorted_by(|one, next| one < next)
}

/// Returns whether there are numbers, in order and below the next one.
fn is_numbered(ids: impl Iterator<Item = u32>, next: u32) -> bool {
	let ids: Vec<_> = ids.collect();
	is_canonical(&ids) && ids.iter().all(|id| *id < next)
}

fn check_condition(condition: Option<&Expression>) -> Result<(), TryRuntimeError> {
	ensure!(condition.is_none_or(Expression::is_well_formed), "a condition cannot be evaluated");
	Ok(())
}
