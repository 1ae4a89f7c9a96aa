//! Benchmarks of every call, of the first grant, and of the decision over full lists.
//!
//! The calls are measured without wraps. [`RecordKeys::wraps_weight`] adds their cost. Clearing
//! ended grants, which some calls may do first, is measured separately.
//!
//! [`RecordKeys::wraps_weight`]: salus_primitives::RecordKeys::wraps_weight

use super::*;
use alloc::vec;
use frame_benchmarking::v2::*;
use frame_support::{
	traits::{Get, Time},
	BoundedVec,
};
use frame_system::RawOrigin;
use salus_primitives::{
	Action, Actions, Approval, Attribute, Basis, Categories, Category, ConsentPolicy,
	ConsentRequest, Decision, Denial, DenialId, Expression, Grant, GrantId, GrantTerms, Grantee,
	Guardian, GuardianQuery, OnEnrolled, OrganisationId, OrganisationKind, Purpose, Purposes,
	Question, RecordId, RecordWraps, RequestTerms, Role, RuleAnswer, Scope, StandingRule, Term,
	Via, WrapKeys, CONSENT_REQUEST_LIFETIME, MAX_ANSWERED, MAX_CONSENT_REQUESTS, MAX_GUARDIANS,
	MAX_RULES, MAX_SHARED, MAX_TERMS,
};

/// Access to the other pallets that the benchmarks need.
pub trait BenchmarkHelper<AccountId> {
	/// Returns a live patient with a live record.
	fn patient() -> (AccountId, RecordId);
	/// Returns an account that is live in every role but patient, and the active hospital to which
	/// all its memberships belong.
	fn member() -> (AccountId, OrganisationId);
}

fn all_categories() -> Categories {
	Categories::truncate_from(Category::ALL.to_vec())
}

/// Returns every purpose that a grant may name, so not breaking the glass.
fn all_purposes() -> Purposes {
	let purposes = Purpose::ALL.into_iter();
	Purposes::truncate_from(purposes.filter(|one| *one != Purpose::BTG).collect())
}

fn all_actions() -> Actions {
	Actions::truncate_from([Action::Read, Action::Write, Action::Share].to_vec())
}

/// Returns a condition with the maximum number of terms that nobody meets. Only its last term
/// decides.
fn unmet() -> Option<Expression> {
	let leaves = MAX_TERMS.saturating_sub(1);
	let nobody = Term::Is(Attribute::OrganisationKind(OrganisationKind::Regulator));
	let mut terms = vec![nobody; leaves as usize];
	terms.push(Term::Any(leaves as u8));
	Some(Expression(BoundedVec::truncate_from(terms)))
}

/// Returns terms with full sets that need every check of a call.
fn terms<T: Config>(grantee: Grantee<T::AccountId>, scope: Scope) -> GrantTerms<T::AccountId> {
	let now = T::Time::now();
	GrantTerms {
		grantee,
		scope,
		purposes: all_purposes(),
		actions: all_actions(),
		from: Some(now),
		until: Some(u64::MAX),
		uses: Some(u32::MAX),
		condition: unmet(),
	}
}

/// Gives the patient `count` grants to the organisation. Each fails by its condition only, for all
/// of the reader's memberships.
fn put_grants<T: Config>(patient: &T::AccountId, organisation: OrganisationId, count: u32) {
	let grantee = Grantee::Organisation(organisation);
	let terms = terms::<T>(grantee, Scope::Categories(all_categories()));
	for id in 0..count {
		let grant = Grant { terms: terms.clone(), given: T::Time::now(), used: 0, via: None };
		Grants::<T>::insert(patient, id as GrantId, grant);
	}
	Patients::<T>::mutate(patient, |state| {
		state.grants = count;
		state.next_grant = count;
	});
}

fn change_grant<T: Config>(
	patient: &T::AccountId,
	id: GrantId,
	change: impl FnOnce(&mut Grant<T::AccountId>),
) {
	Grants::<T>::mutate(patient, id, |given| {
		if let Some(given) = given {
			change(given);
		}
	});
}

/// Turns the grants with these numbers into ones passed on from `parent`.
fn pass_on<T: Config>(
	patient: &T::AccountId,
	sharer: &T::AccountId,
	parent: GrantId,
	ids: core::ops::Range<GrantId>,
) {
	for id in ids.clone() {
		change_grant::<T>(patient, id, |given| {
			given.terms.actions = Actions::truncate_from([Action::Read].to_vec());
			given.via = Some(Via { parent, sharer: sharer.clone() });
		});
	}
	Patients::<T>::mutate(patient, |state| {
		state.shared = BoundedVec::truncate_from(ids.collect());
	});
}

/// Gives the patient `count` denials to the organisation that cover another version of the record.
fn put_denials<T: Config>(
	patient: &T::AccountId,
	organisation: OrganisationId,
	record: RecordId,
	count: u32,
) {
	let grantee = Grantee::Role { role: Role::StorageNode, organisation: Some(organisation) };
	let scope = Scope::Version { record, version: u32::MAX };
	for id in 0..count {
		let (grantee, scope) = (grantee.clone(), scope.clone());
		let denial = Denial { grantee, scope, given: T::Time::now() };
		Denials::<T>::insert(patient, id as DenialId, denial);
	}
	Patients::<T>::mutate(patient, |state| {
		state.denials = count;
		state.next_denial = count;
	});
}

/// Appoints `count` guardians. The last is `guardian`, over everything and for every purpose.
fn put_guardians<T: Config>(patient: &T::AccountId, guardian: &T::AccountId, count: u32) {
	let now = T::Time::now();
	let last = count.saturating_sub(1);
	let guardians = (0..count).map(|id| {
		let who = if id == last { guardian.clone() } else { account("guardian", id, 0) };
		let appointed = Guardian {
			guardian: who,
			scope: Scope::Categories(all_categories()),
			purposes: all_purposes(),
			since: now,
			until: Some(u64::MAX),
		};
		(id, appointed)
	});
	Guardians::<T>::insert(patient, BoundedVec::truncate_from(guardians.collect()));
	Patients::<T>::mutate(patient, |state| state.next_guardian = count);
}

/// Returns a request that a guardian may answer.
fn request_terms() -> RequestTerms {
	RequestTerms {
		scope: Scope::Categories(all_categories()),
		purposes: all_purposes(),
		actions: Actions::truncate_from([Action::Read].to_vec()),
		until: Some(u64::MAX),
	}
}

/// Returns an account in the capacity in which it asks: its first role.
fn capacity<AccountId>(account: AccountId, organisation: OrganisationId) -> Grantee<AccountId> {
	Grantee::Member { account, role: Role::Practitioner, organisation }
}

/// Adds `count` waiting requests, with the last one from `requester`. All are made as a person.
fn put_requests<T: Config>(patient: &T::AccountId, requester: &T::AccountId, count: u32) {
	let made = T::Time::now();
	let last = count.saturating_sub(1);
	let requests = (0..count).map(|id| {
		let who = if id == last { requester.clone() } else { account("requester", id, 0) };
		let request = ConsentRequest {
			requester: who,
			terms: request_terms(),
			made,
			expires: made.saturating_add(CONSENT_REQUEST_LIFETIME),
		};
		(id, request)
	});
	let requests = BoundedVec::truncate_from(requests.collect());
	let asked_as = requests
		.iter()
		.map(|(id, request): &(_, ConsentRequest<_>)| {
			(*id, Grantee::Person(request.requester.clone()))
		})
		.collect();
	AskedAs::<T>::insert(patient, BoundedVec::truncate_from(asked_as));
	Requests::<T>::insert(patient, requests);
	Patients::<T>::mutate(patient, |state| state.next_request = count);
}

/// Gives `patient` grants by rules and guardians, one fewer than the maximum.
fn put_answered<T: Config>(patient: &T::AccountId) {
	let answered = (0..MAX_ANSWERED.saturating_sub(1)).map(|id| {
		let grantee = capacity(account("answered", id, 0), id);
		let terms = terms::<T>(grantee.clone(), Scope::Everything);
		let grant = Grant { terms, given: T::Time::now(), used: 0, via: None };
		Grants::<T>::insert(patient, id as GrantId, grant);
		(id as GrantId, grantee)
	});
	Answered::<T>::insert(patient, BoundedVec::truncate_from(answered.collect()));
	Patients::<T>::mutate(patient, |state| {
		state.grants = MAX_ANSWERED.saturating_sub(1);
		state.next_grant = MAX_ANSWERED.saturating_sub(1);
	});
}

/// Returns a rule that fits every request of the organisation's members except by its condition.
fn rule<T: Config>(organisation: OrganisationId) -> StandingRule<T::AccountId> {
	StandingRule {
		requester: Some(Grantee::Organisation(organisation)),
		scope: Scope::Categories(all_categories()),
		purposes: all_purposes(),
		actions: all_actions(),
		condition: unmet(),
		answer: RuleAnswer::Approve { duration: 1 },
	}
}

fn put_rules<T: Config>(patient: &T::AccountId, organisation: OrganisationId, count: u32) {
	let rules = (0..count).map(|id| (id, rule::<T>(organisation)));
	Rules::<T>::insert(patient, BoundedVec::truncate_from(rules.collect()));
	let times = (0..count).map(|id| (id, 0));
	RulesSet::<T>::insert(patient, BoundedVec::truncate_from(times.collect()));
	Patients::<T>::mutate(patient, |state| state.next_rule = count);
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn grant() {
		let (patient, record) = T::BenchmarkHelper::patient();
		let (member, organisation) = T::BenchmarkHelper::member();
		let before = T::MaxGrants::get().saturating_sub(1);
		put_grants::<T>(&patient, organisation, before);
		let scope = Scope::Version { record, version: 1 };
		let grantee = capacity(member, organisation);
		let terms = terms::<T>(grantee, scope);

		#[extrinsic_call]
		_(RawOrigin::Signed(patient.clone()), terms, RecordWraps::default());

		assert!(Grants::<T>::contains_key(&patient, before));
	}

	/// Revokes a grant together with every grant passed on from it.
	#[benchmark]
	fn revoke() {
		let (patient, _) = T::BenchmarkHelper::patient();
		let (member, organisation) = T::BenchmarkHelper::member();
		put_grants::<T>(&patient, organisation, T::MaxGrants::get());
		pass_on::<T>(&patient, &member, 0, 1..MAX_SHARED.saturating_add(1));

		#[extrinsic_call]
		_(RawOrigin::Signed(patient.clone()), 0, WrapKeys::default());

		assert!(!Grants::<T>::contains_key(&patient, 0));
		assert!(!Grants::<T>::contains_key(&patient, MAX_SHARED));
	}

	#[benchmark]
	fn deny() {
		let (patient, record) = T::BenchmarkHelper::patient();
		let (_, organisation) = T::BenchmarkHelper::member();
		let before = T::MaxDenials::get().saturating_sub(1);
		put_denials::<T>(&patient, organisation, record, before);
		let grantee = Grantee::Organisation(organisation);
		let scope = Scope::Version { record, version: 1 };

		#[extrinsic_call]
		_(RawOrigin::Signed(patient.clone()), grantee, scope, WrapKeys::default());

		assert!(Denials::<T>::contains_key(&patient, before));
	}

	#[benchmark]
	fn lift() {
		let (patient, record) = T::BenchmarkHelper::patient();
		let (_, organisation) = T::BenchmarkHelper::member();
		put_denials::<T>(&patient, organisation, record, T::MaxDenials::get());

		#[extrinsic_call]
		_(RawOrigin::Signed(patient.clone()), 0);

		assert!(!Denials::<T>::contains_key(&patient, 0));
	}

	#[benchmark]
	fn on_enrolled() {
		let patient: T::AccountId = account("enrolled", 0, 0);
		let (_, organisation) = T::BenchmarkHelper::member();

		#[block]
		{
			Pallet::<T>::on_enrolled(&patient, Some(organisation));
		}

		assert!(Grants::<T>::contains_key(&patient, 0));
	}

	/// `d` denials that do not apply, then `g` grants. Only the newest of these applies: `s`
	/// earlier ones were passed on from a grant that no longer applies to its sharer.
	#[benchmark]
	fn decide(
		d: Linear<0, { T::MaxDenials::get() }>,
		g: Linear<{ MAX_SHARED + 2 }, { T::MaxGrants::get() }>,
		s: Linear<0, MAX_SHARED>,
	) {
		let (patient, record) = T::BenchmarkHelper::patient();
		let (reader, organisation) = T::BenchmarkHelper::member();
		let last = g.saturating_sub(1);
		put_guardians::<T>(&patient, &account("other", 0, 0), MAX_GUARDIANS);
		put_denials::<T>(&patient, organisation, record, d);
		put_grants::<T>(&patient, organisation, g);
		let parent = MAX_SHARED;
		pass_on::<T>(&patient, &reader, parent, 0..s);
		for id in 0..s {
			change_grant::<T>(&patient, id, |given| given.terms.condition = None);
		}
		change_grant::<T>(&patient, parent, |given| {
			given.terms.grantee = Grantee::Account(account("other", 0, 0));
			given.terms.condition = None;
		});
		change_grant::<T>(&patient, last, |given| given.terms.condition = None);
		let question = Question {
			reader,
			record,
			version: None,
			purpose: Purpose::PATRQT,
			action: Action::Read,
		};
		let decision;

		#[block]
		{
			decision = Pallet::<T>::decide(&question, T::Time::now());
		}

		assert_eq!(decision, Decision::Permit(Basis::Grant(last)));
	}

	#[benchmark]
	fn count_use() {
		let (patient, record) = T::BenchmarkHelper::patient();
		let (reader, organisation) = T::BenchmarkHelper::member();
		put_grants::<T>(&patient, organisation, 2);
		pass_on::<T>(&patient, &reader, 0, 1..2);
		let question = Question {
			reader,
			record,
			version: None,
			purpose: Purpose::TREAT,
			action: Action::Read,
		};

		#[block]
		{
			Pallet::<T>::count_use(&question, &patient, &Basis::Grant(1));
		}

		assert_eq!(Grants::<T>::get(&patient, 0).map(|given| given.used), Some(1));
	}

	#[benchmark]
	fn guardians() {
		let (patient, _) = T::BenchmarkHelper::patient();
		let (member, _) = T::BenchmarkHelper::member();
		put_guardians::<T>(&patient, &member, MAX_GUARDIANS);
		let found;

		#[block]
		{
			found = <Pallet<T> as GuardianQuery<_>>::guardians(&patient, T::Time::now());
		}

		assert_eq!(found.len(), MAX_GUARDIANS as usize);
	}

	/// The maximum number that is cleared at once, with everything passed on from them.
	#[benchmark]
	fn clear_ended() {
		let (patient, _) = T::BenchmarkHelper::patient();
		let (member, organisation) = T::BenchmarkHelper::member();
		let count = T::MaxGrants::get();
		put_grants::<T>(&patient, organisation, count);
		pass_on::<T>(&patient, &member, 0, count.saturating_sub(MAX_SHARED)..count);
		for id in 0..grants::MAX_CLEARED as u32 {
			change_grant::<T>(&patient, id, |given| given.terms.uses = Some(0));
		}
		let mut state = Patients::<T>::get(&patient);

		#[block]
		{
			let grants = Pallet::<T>::grants_of(&patient);
			Pallet::<T>::clear_ended(&patient, grants, &mut state, T::Time::now());
		}

		let gone = MAX_SHARED.saturating_add(grants::MAX_CLEARED as u32);
		assert_eq!(state.grants, count.saturating_sub(gone));
	}

	#[benchmark]
	fn set_emergency_opt_out() {
		let (patient, _) = T::BenchmarkHelper::patient();

		#[extrinsic_call]
		_(RawOrigin::Signed(patient.clone()), true);

		assert!(Patients::<T>::get(&patient).opted_out);
	}

	#[benchmark]
	fn set_emergency_summary_closed() {
		let (patient, _) = T::BenchmarkHelper::patient();

		#[extrinsic_call]
		_(RawOrigin::Signed(patient.clone()), true);

		assert_eq!(SummaryClosed::<T>::get(&patient), Some(true));
	}

	#[benchmark]
	fn appoint_guardian() {
		let (patient, record) = T::BenchmarkHelper::patient();
		let (member, _) = T::BenchmarkHelper::member();
		let before = MAX_GUARDIANS.saturating_sub(1);
		put_guardians::<T>(&patient, &account("other", 0, 0), before);

		#[extrinsic_call]
		_(
			RawOrigin::Signed(patient.clone()),
			member,
			Scope::Version { record, version: 1 },
			all_purposes(),
			Some(u64::MAX),
		);

		assert_eq!(Guardians::<T>::get(&patient).len(), MAX_GUARDIANS as usize);
	}

	#[benchmark]
	fn dismiss_guardian() {
		let (patient, _) = T::BenchmarkHelper::patient();
		put_guardians::<T>(&patient, &account("other", 0, 0), MAX_GUARDIANS);

		#[extrinsic_call]
		_(RawOrigin::Signed(patient.clone()), 0);

		assert_ne!(Guardians::<T>::get(&patient).len(), MAX_GUARDIANS as usize);
	}

	/// No rule answers, and each fails by its condition only.
	#[benchmark]
	fn request() {
		let (patient, _) = T::BenchmarkHelper::patient();
		let (member, organisation) = T::BenchmarkHelper::member();
		put_rules::<T>(&patient, organisation, MAX_RULES);
		// One request fewer than the maximum, from people who act for no organisation: the new one
		// just has room.
		let before = MAX_CONSENT_REQUESTS.saturating_sub(1);
		put_requests::<T>(&patient, &account("other", 0, 0), before);

		#[extrinsic_call]
		_(RawOrigin::Signed(member), patient.clone(), request_terms());

		assert_eq!(Requests::<T>::get(&patient).len(), MAX_CONSENT_REQUESTS as usize);
	}

	#[benchmark]
	fn withdraw() {
		let (patient, _) = T::BenchmarkHelper::patient();
		let (member, _) = T::BenchmarkHelper::member();
		put_requests::<T>(&patient, &member, MAX_CONSENT_REQUESTS);
		let last = MAX_CONSENT_REQUESTS.saturating_sub(1);

		#[extrinsic_call]
		_(RawOrigin::Signed(member), patient.clone(), last);

		assert_eq!(Requests::<T>::get(&patient).len(), last as usize);
	}

	/// By the last of the guardians.
	#[benchmark]
	fn approve() {
		let (patient, _) = T::BenchmarkHelper::patient();
		let (member, _) = T::BenchmarkHelper::member();
		put_guardians::<T>(&patient, &member, MAX_GUARDIANS);
		put_answered::<T>(&patient);
		put_requests::<T>(&patient, &account("other", 0, 0), MAX_CONSENT_REQUESTS);
		let last = MAX_CONSENT_REQUESTS.saturating_sub(1);
		let approval = Approval { uses: Some(1), until: Some(u64::MAX) };
		let next = Patients::<T>::get(&patient).next_grant;

		#[extrinsic_call]
		_(RawOrigin::Signed(member), patient.clone(), last, approval, RecordWraps::default());

		assert!(Grants::<T>::contains_key(&patient, next));
	}

	/// By the last of the guardians.
	#[benchmark]
	fn decline() {
		let (patient, _) = T::BenchmarkHelper::patient();
		let (member, _) = T::BenchmarkHelper::member();
		put_guardians::<T>(&patient, &member, MAX_GUARDIANS);
		put_requests::<T>(&patient, &account("other", 0, 0), MAX_CONSENT_REQUESTS);
		let last = MAX_CONSENT_REQUESTS.saturating_sub(1);

		#[extrinsic_call]
		_(RawOrigin::Signed(member), patient.clone(), last);

		assert_eq!(Requests::<T>::get(&patient).len(), last as usize);
	}

	#[benchmark]
	fn set_rule() {
		let (patient, record) = T::BenchmarkHelper::patient();
		let (_, organisation) = T::BenchmarkHelper::member();
		put_rules::<T>(&patient, organisation, MAX_RULES.saturating_sub(1));
		let rule = StandingRule {
			scope: Scope::Version { record, version: 1 },
			..rule::<T>(organisation)
		};

		#[extrinsic_call]
		_(RawOrigin::Signed(patient.clone()), rule);

		assert_eq!(Rules::<T>::get(&patient).len(), MAX_RULES as usize);
	}

	#[benchmark]
	fn remove_rule() {
		let (patient, _) = T::BenchmarkHelper::patient();
		let (_, organisation) = T::BenchmarkHelper::member();
		put_rules::<T>(&patient, organisation, MAX_RULES);
		Rules::<T>::mutate(&patient, |rules| {
			if let Some((_, rule)) = rules.iter_mut().next() {
				rule.answer = RuleAnswer::Decline;
			}
		});

		#[extrinsic_call]
		_(RawOrigin::Signed(patient.clone()), 0);

		assert_ne!(Rules::<T>::get(&patient).len(), MAX_RULES as usize);
	}

	#[benchmark]
	fn share() {
		let (patient, record) = T::BenchmarkHelper::patient();
		let (member, organisation) = T::BenchmarkHelper::member();
		let before = T::MaxGrants::get().saturating_sub(1);
		put_grants::<T>(&patient, organisation, before);
		put_denials::<T>(&patient, organisation, record, T::MaxDenials::get());
		let children = 1..MAX_SHARED;
		pass_on::<T>(&patient, &member, 0, children);
		change_grant::<T>(&patient, 0, |given| {
			// The negation of a condition that nobody meets, with the same number of terms.
			let mut condition = unmet().unwrap_or_default();
			condition.0.truncate(MAX_TERMS.saturating_sub(2) as usize);
			let _ = condition.0.try_push(Term::Any(MAX_TERMS.saturating_sub(2) as u8));
			let _ = condition.0.try_push(Term::Not);
			given.terms.condition = Some(condition);
		});
		let scope = Scope::Version { record, version: 1 };
		let terms = GrantTerms {
			actions: Actions::truncate_from([Action::Read].to_vec()),
			..terms::<T>(Grantee::Organisation(organisation), scope)
		};

		#[extrinsic_call]
		_(RawOrigin::Signed(member), patient.clone(), 0, terms);

		assert!(Grants::<T>::contains_key(&patient, before));
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
