//! Benchmarks of every call, and of [`SuccessionQuery`](salus_primitives::SuccessionQuery).
//!
//! The answers of the neighbours are measured as this runtime gives them, with the maximum number
//! of guardians. [`Pallet::standing_weight`] adds their maximum weight.

#![allow(
	clippy::expect_used,
	clippy::arithmetic_side_effects,
	reason = "a benchmark that cannot be set up must fail"
)]

use super::*;
use alloc::{boxed::Box, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::traits::{Get, Time};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use salus_primitives::{
	Moment, Recovery, RecoveryPolicy, SuccessionQuery, Supporter, MAX_GUARDIANS,
};
use sp_runtime::traits::Zero;

/// Sets up what the benchmarks need of other pallets.
pub trait BenchmarkHelper<AccountId, RuntimeCall, Signature> {
	/// Returns a patient with the maximum number of guardians, all of them eligible, and an
	/// administrator of the active hospital that enrolled the patient.
	fn patient() -> (AccountId, Vec<AccountId>, AccountId);
	/// Returns a cheap call that a successor may dispatch and a patient may sign.
	fn call() -> RuntimeCall;
	/// Sets the time of the block.
	fn set_time(now: Moment);
	/// Returns an account that can sign, another one for each number.
	fn successor(number: u32) -> AccountId;
	/// Signs as that account.
	fn sign(successor: &AccountId, message: &[u8]) -> Signature;
}

struct Cast<T: Config> {
	patient: T::AccountId,
	guardians: Vec<T::AccountId>,
	admin: T::AccountId,
	successor: T::AccountId,
}

fn cast<T: Config>() -> Cast<T> {
	let (patient, guardians, admin) = T::BenchmarkHelper::patient();
	assert_eq!(guardians.len() as u32, MAX_GUARDIANS);
	Cast { patient, guardians, admin, successor: T::BenchmarkHelper::successor(0) }
}

impl<T: Config> Cast<T> {
	/// Lets the hospital propose and this number of guardians support it.
	fn attempt(&self, guardians: usize) {
		let (patient, successor) = (self.patient.clone(), self.successor.clone());
		let (until, signature) = self.signed();
		Pallet::<T>::do_propose(self.admin.clone(), patient, successor, until, &signature)
			.expect("the administrator proposes");
		for guardian in self.guardians.iter().take(guardians) {
			Pallet::<T>::do_approve(guardian.clone(), &self.patient, &self.successor)
				.expect("the guardian supports it");
		}
	}

	/// Returns the end of the successor's signature, and the signature. It is wrapped, so it is
	/// verified twice.
	fn signed(&self) -> (Moment, T::Signature) {
		let until = T::Time::now() + MAX_SIGNATURE_LIFETIME;
		let recovery = Recovery {
			genesis: frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero()).into(),
			patient: self.patient.clone(),
			successor: self.successor.clone(),
			until,
		};
		let message = [b"<Bytes>".as_slice(), &recovery.to_sign(), b"</Bytes>"].concat();
		(until, T::BenchmarkHelper::sign(&self.successor, &message))
	}

	fn succeed(&self) {
		self.attempt(1);
		wait::<T>(T::Delay::get());
		Pallet::<T>::do_complete(self.admin.clone(), self.patient.clone())
			.expect("enough support it");
	}
}

fn wait<T: Config>(time: Moment) {
	T::BenchmarkHelper::set_time(T::Time::now() + time);
}

#[benchmarks]
mod benchmarks {
	use super::*;

	/// Follows an expired attempt of another proposer; the caller's own wait is over.
	#[benchmark]
	fn propose_accepted() {
		let cast = cast::<T>();
		let guardian = cast.guardians.last().cloned().expect("there are guardians");
		cast.attempt(MAX_GUARDIANS as usize);
		wait::<T>(T::MaxLifetime::get());
		let supporter = Supporter::Guardian(guardian.clone());
		Barred::<T>::insert(&cast.patient, supporter, T::Time::now());
		let before = Attempts::<T>::get(&cast.patient).map(|attempt| attempt.proposed);
		let (until, signature) = cast.signed();

		#[extrinsic_call]
		_(
			RawOrigin::Signed(guardian),
			cast.patient.clone(),
			cast.successor.clone(),
			until,
			signature,
		);

		let after = Attempts::<T>::get(&cast.patient).map(|attempt| attempt.proposed);
		assert!(after > before);
		assert_eq!(Barred::<T>::iter_prefix(&cast.patient).count(), 1);
	}

	#[benchmark]
	fn approve() {
		let cast = cast::<T>();
		cast.attempt(MAX_GUARDIANS as usize - 1);
		let last = cast.guardians.last().cloned().expect("there are guardians");

		#[extrinsic_call]
		_(RawOrigin::Signed(last), cast.patient.clone(), cast.successor.clone());

		let support = Attempts::<T>::get(&cast.patient).map(|attempt| attempt.support.len());
		assert_eq!(support, Some(MAX_GUARDIANS as usize + 1));
	}

	/// Signed by a successor, whose account needs one more lookup.
	#[benchmark]
	fn object() {
		let mut cast = cast::<T>();
		cast.succeed();
		let holder = cast.successor;
		cast.successor = T::BenchmarkHelper::successor(1);
		cast.attempt(MAX_GUARDIANS as usize);

		#[extrinsic_call]
		_(RawOrigin::Signed(holder), cast.patient.clone());

		assert!(!Attempts::<T>::contains_key(&cast.patient));
	}

	#[benchmark]
	fn withdraw() {
		let cast = cast::<T>();
		cast.attempt(MAX_GUARDIANS as usize);

		#[extrinsic_call]
		_(RawOrigin::Signed(cast.admin.clone()), cast.patient.clone());

		assert!(!Attempts::<T>::contains_key(&cast.patient));
	}

	/// Has all supports, and needs the guardians because the hospital is excluded.
	#[benchmark]
	fn complete() {
		let cast = cast::<T>();
		let patient = cast.patient.clone();
		Pallet::<T>::do_set_threshold(&patient, patient.clone(), Some(MAX_GUARDIANS))
			.expect("the patient sets it");
		cast.attempt(MAX_GUARDIANS as usize);
		Pallet::<T>::do_let_hospital(&patient, patient.clone(), false)
			.expect("the patient excludes the hospital");
		wait::<T>(T::Delay::get());

		#[extrinsic_call]
		_(RawOrigin::Signed(cast.admin.clone()), patient.clone());

		assert_eq!(Successors::<T>::get(&patient), Some(cast.successor));
	}

	#[benchmark]
	fn set_threshold() {
		let Cast { patient, .. } = cast::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(patient.clone()), patient.clone(), Some(3));

		assert_eq!(Policies::<T>::get(&patient).threshold, Some(3));
	}

	#[benchmark]
	fn let_hospital() {
		let Cast { patient, .. } = cast::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(patient.clone()), patient.clone(), false);

		assert_eq!(
			Policies::<T>::get(&patient),
			RecoveryPolicy { threshold: None, hospital: false }
		);
	}

	#[benchmark]
	fn act() {
		let cast = cast::<T>();
		cast.succeed();
		let call = Box::new(T::BenchmarkHelper::call());

		#[extrinsic_call]
		_(RawOrigin::Signed(cast.successor.clone()), cast.patient.clone(), call);

		let event = Event::<T>::Acted { patient: cast.patient, successor: cast.successor };
		frame_system::Pallet::<T>::assert_last_event(event.into());
	}

	/// Asks about a successor, the most expensive case.
	#[benchmark]
	fn succession() {
		let cast = cast::<T>();
		cast.succeed();
		let succeeded;

		#[block]
		{
			succeeded = <Pallet<T> as SuccessionQuery<T::AccountId>>::is_succeeded(&cast.successor);
		}

		assert!(!succeeded);
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
