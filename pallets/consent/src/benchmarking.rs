//! Benchmarks of every call, of the first grant, and of the decision over full lists.
//!
//! The calls are measured without wraps: those cost what [`RecordKeys::wraps_weight`] says, on top.
//!
//! [`RecordKeys::wraps_weight`]: salus_primitives::RecordKeys::wraps_weight

use super::*;
use frame_benchmarking::v2::*;
use frame_support::traits::{Get, Time};
use frame_system::RawOrigin;
use salus_primitives::{
	Action, Actions, Basis, Categories, Category, ConsentPolicy, Decision, Denial, DenialId, Grant,
	GrantId, GrantTerms, Grantee, OnEnrolled, OrganisationId, Purpose, Purposes, Question,
	RecordId, RecordWraps, Role, Scope, WrapKeys,
};

/// What the benchmarks need of the sibling pallets.
pub trait BenchmarkHelper<AccountId> {
	/// A live patient with a live record.
	fn patient() -> (AccountId, RecordId);
	/// Someone who is a live member in every role but patient, with one active organisation to which all belong.
	fn member() -> (AccountId, OrganisationId);
}

fn all_categories() -> Categories {
	Categories::truncate_from(Category::ALL.to_vec())
}

/// Terms with full sets that need every check of a call.
fn terms<T: Config>(grantee: Grantee<T::AccountId>, scope: Scope) -> GrantTerms<T::AccountId> {
	let now = T::Time::now();
	GrantTerms {
		grantee,
		scope,
		purposes: Purposes::truncate_from(Purpose::ALL.to_vec()),
		actions: Actions::truncate_from([Action::Read, Action::Write, Action::Share].to_vec()),
		from: Some(now),
		until: Some(now.saturating_add(1)),
	}
}

/// Gives the patient `count` grants to the organisation; each is found wanting by its last check only.
fn put_grants<T: Config>(patient: &T::AccountId, organisation: OrganisationId, count: u32) {
	let grantee = Grantee::Role {
		role: Role::StorageNode,
		organisation: Some(organisation),
	};
	let mut terms = terms::<T>(grantee, Scope::Categories(all_categories()));
	terms.from = Some(u64::MAX.saturating_sub(1));
	terms.until = Some(u64::MAX);
	for id in 0..count {
		let grant = Grant {
			terms: terms.clone(),
			given: T::Time::now(),
		};
		Grants::<T>::insert(patient, id as GrantId, grant);
	}
	Patients::<T>::mutate(patient, |counters| {
		counters.grants = count;
		counters.next_grant = count;
	});
}

/// Gives the patient `count` denials to the organisation that cover another version of the record.
fn put_denials<T: Config>(
	patient: &T::AccountId,
	organisation: OrganisationId,
	record: RecordId,
	count: u32,
) {
	let grantee = Grantee::Role {
		role: Role::StorageNode,
		organisation: Some(organisation),
	};
	let scope = Scope::Version {
		record,
		version: u32::MAX,
	};
	for id in 0..count {
		let (grantee, scope) = (grantee.clone(), scope.clone());
		let denial = Denial {
			grantee,
			scope,
			given: T::Time::now(),
		};
		Denials::<T>::insert(patient, id as DenialId, denial);
	}
	Patients::<T>::mutate(patient, |counters| {
		counters.denials = count;
		counters.next_denial = count;
	});
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn grant() {
		let (patient, record) = T::BenchmarkHelper::patient();
		let (_, organisation) = T::BenchmarkHelper::member();
		let before = T::MaxGrants::get().saturating_sub(1);
		put_grants::<T>(&patient, organisation, before);
		let scope = Scope::Version { record, version: 1 };
		let terms = terms::<T>(Grantee::Organisation(organisation), scope);

		#[extrinsic_call]
		_(
			RawOrigin::Signed(patient.clone()),
			terms,
			RecordWraps::default(),
		);

		assert!(Grants::<T>::contains_key(&patient, before));
	}

	#[benchmark]
	fn revoke() {
		let (patient, _) = T::BenchmarkHelper::patient();
		let (_, organisation) = T::BenchmarkHelper::member();
		put_grants::<T>(&patient, organisation, T::MaxGrants::get());

		#[extrinsic_call]
		_(RawOrigin::Signed(patient.clone()), 0, WrapKeys::default());

		assert!(!Grants::<T>::contains_key(&patient, 0));
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
		_(
			RawOrigin::Signed(patient.clone()),
			grantee,
			scope,
			WrapKeys::default(),
		);

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

	/// `d` denials that do not apply, then `g` grants of which only the newest does.
	#[benchmark]
	fn decide(d: Linear<0, { T::MaxDenials::get() }>, g: Linear<1, { T::MaxGrants::get() }>) {
		let (patient, record) = T::BenchmarkHelper::patient();
		let (reader, organisation) = T::BenchmarkHelper::member();
		let last = g.saturating_sub(1);
		put_denials::<T>(&patient, organisation, record, d);
		put_grants::<T>(&patient, organisation, g);
		Grants::<T>::mutate(&patient, last, |given| {
			if let Some(given) = given {
				given.terms.from = None;
			}
		});
		let question = Question {
			reader,
			record,
			version: None,
			purpose: Purpose::PATRQT,
			action: Action::Share,
		};
		let decision;

		#[block]
		{
			decision = Pallet::<T>::decide(&question, T::Time::now());
		}

		assert_eq!(decision, Decision::Permit(Basis::Grant(last)));
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
