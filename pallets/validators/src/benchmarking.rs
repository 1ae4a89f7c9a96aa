//! Benchmarks of the calls, each in its worst case.

#![allow(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::arithmetic_side_effects,
	reason = "a benchmark that cannot be set up must fail"
)]

use super::*;
use alloc::vec::Vec;
use frame_benchmarking::v2::*;
#[cfg(feature = "runtime-benchmarks")]
use frame_support::traits::EnsureOrigin;
use frame_support::traits::{ChangeMembers, Get};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use salus_primitives::OrganisationId;
use sp_runtime::traits::Zero;

/// Creates what only the runtime can create.
pub trait BenchmarkHelper<AccountId> {
	/// Returns an active hospital with this administrator.
	fn hospital(administrator: &AccountId) -> OrganisationId;
	/// Registers session keys, different ones for each index.
	fn register_keys(validator: &AccountId, index: u32);
	/// Opens the maximum number of motions, with a vote of each of these council members on all of
	/// them. A seat that changes touches every motion.
	fn crowd(council: &[AccountId]);
}

type Helper<T> = <T as Config>::BenchmarkHelper;

/// Returns an origin that the runtime accepts as the council.
#[cfg(feature = "runtime-benchmarks")]
fn council<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
	T::CouncilOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)
}

/// Returns an origin that the mock accepts as the council. FRAME creates origins only when it is
/// built with benchmarks.
#[cfg(not(feature = "runtime-benchmarks"))]
fn council<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
	Ok(RawOrigin::Root.into())
}

/// Returns a candidate with keys, its hospital, and its representative, who also administers the
/// hospital.
fn candidate<T: Config>(index: u32) -> (T::AccountId, OrganisationId, T::AccountId) {
	let validator = account("validator", index, 0);
	let representative = account("representative", index, 0);
	Helper::<T>::register_keys(&validator, index);
	let organisation = Helper::<T>::hospital(&representative);
	(validator, organisation, representative)
}

/// Fills the set with this number of validators, all of hospitals, and the council with motions.
/// Returns the validator that is found last.
fn fill<T: Config>(count: u32) -> ValidatorOf<T> {
	let before = Pallet::<T>::seats(&Validators::<T>::get());
	let set: Vec<_> = (0..count)
		.map(|index| {
			let (account, organisation, representative) = candidate::<T>(index);
			LastAuthored::<T>::insert(&account, frame_system::Pallet::<T>::block_number());
			Validator {
				account,
				representative,
				organisation: Some(organisation),
				since: Some(frame_system::Pallet::<T>::block_number()),
			}
		})
		.collect();
	let last = set.last().expect("there is one").clone();
	let after = Pallet::<T>::seats(&set);
	T::Council::set_members_sorted(&after, &before);
	for (account, _) in LastAuthored::<T>::iter() {
		if set.iter().all(|validator| validator.account != account) {
			LastAuthored::<T>::remove(account);
		}
	}
	Validators::<T>::put(frame_support::BoundedVec::try_from(set).expect("the set has room"));
	Minimum::<T>::put(1);
	Helper::<T>::crowd(&after);
	last
}

/// Lets the hospital's administrator, who also votes for it, name another account.
fn nominate<T: Config>(
	of: &ValidatorOf<T>,
	representative: &T::AccountId,
	from: Option<BlockNumberFor<T>>,
) {
	let nomination =
		Nomination { representative: representative.clone(), by: of.representative.clone(), from };
	Nominations::<T>::insert(of.organisation.expect("it has one"), nomination);
}

fn assert_represents<T: Config>(representative: &T::AccountId) {
	let set = Validators::<T>::get();
	let last = set.last().map(|last| &last.representative);
	assert_eq!(last, Some(representative));
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn add() -> Result<(), BenchmarkError> {
		let most = <T as Config>::MaxValidators::get();
		fill::<T>(most - 1);
		let (validator, organisation, representative) = candidate::<T>(most);
		let origin = council::<T>()?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, validator, organisation, representative);

		assert_eq!(Validators::<T>::get().len() as u32, most);
		Ok(())
	}

	#[benchmark]
	fn remove() -> Result<(), BenchmarkError> {
		let most = <T as Config>::MaxValidators::get();
		let last = fill::<T>(most);
		let origin = council::<T>()?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, last.account);

		assert_eq!(Validators::<T>::get().len() as u32, most - 1);
		Ok(())
	}

	#[benchmark]
	fn replace() -> Result<(), BenchmarkError> {
		let most = <T as Config>::MaxValidators::get();
		let last = fill::<T>(most);
		let (by, _, _) = candidate::<T>(most);
		let origin = council::<T>()?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, last.account, by.clone());

		assert_eq!(Validators::<T>::get().last().map(|last| &last.account), Some(&by));
		Ok(())
	}

	#[benchmark]
	fn assign() -> Result<(), BenchmarkError> {
		let last = fill::<T>(<T as Config>::MaxValidators::get());
		Validators::<T>::mutate(|set| {
			set.last_mut().expect("there is one").organisation = None;
		});
		let organisation = last.organisation.expect("it had one");
		let origin = council::<T>()?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, last.account, organisation);

		assert_eq!(
			Validators::<T>::get().last().and_then(|last| last.organisation),
			Some(organisation)
		);
		Ok(())
	}

	#[benchmark]
	fn represent() -> Result<(), BenchmarkError> {
		let last = fill::<T>(<T as Config>::MaxValidators::get());
		let other: T::AccountId = account("other", 0, 0);

		#[extrinsic_call]
		_(RawOrigin::Signed(last.representative), last.account, other.clone());

		assert_eq!(Validators::<T>::get().last().map(|last| &last.representative), Some(&other));
		Ok(())
	}

	#[benchmark]
	fn agree() -> Result<(), BenchmarkError> {
		let last = fill::<T>(<T as Config>::MaxValidators::get());
		let other: T::AccountId = account("other", 0, 0);
		nominate::<T>(&last, &other, Some(Zero::zero()));

		#[extrinsic_call]
		_(RawOrigin::Signed(last.representative), last.account, other.clone());

		assert_represents::<T>(&other);
		Ok(())
	}

	#[benchmark]
	fn object() -> Result<(), BenchmarkError> {
		let last = fill::<T>(<T as Config>::MaxValidators::get());
		let organisation = last.organisation.expect("it has one");
		nominate::<T>(&last, &account("other", 0, 0), Some(Zero::zero()));

		#[extrinsic_call]
		_(RawOrigin::Signed(last.representative), last.account);

		let nomination = Nominations::<T>::get(organisation).expect("it stays");
		assert_eq!(nomination.from, None);
		Ok(())
	}

	#[benchmark]
	fn confirm() -> Result<(), BenchmarkError> {
		let last = fill::<T>(<T as Config>::MaxValidators::get());
		let other: T::AccountId = account("other", 0, 0);
		nominate::<T>(&last, &other, Some(Zero::zero()));

		#[extrinsic_call]
		_(RawOrigin::Signed(other.clone()), last.account);

		assert_represents::<T>(&other);
		Ok(())
	}

	#[benchmark]
	fn appoint() -> Result<(), BenchmarkError> {
		let last = fill::<T>(<T as Config>::MaxValidators::get());
		let other: T::AccountId = account("other", 0, 0);
		nominate::<T>(&last, &other, None);
		let origin = council::<T>()?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, last.account, other.clone());

		assert_represents::<T>(&other);
		Ok(())
	}

	// The council's question before it accepts a motion; the list is full of others' motions.
	#[benchmark]
	fn count_motion() -> Result<(), BenchmarkError> {
		let last = fill::<T>(<T as Config>::MaxValidators::get());
		let motions = (1..T::MaxMotions::get())
			.map(|number| (number, account("another", number, 0)))
			.collect();
		Motions::<T>::put(frame_support::BoundedVec::truncate_from(motions));

		#[block]
		{
			Pallet::<T>::count_motion(&last.representative, 0, |_| true)
				.map_err(|_| BenchmarkError::Stop("the seat has room"))?;
		}

		assert_eq!(Motions::<T>::get().last().map(|(_, seat)| seat), Some(&last.account));
		Ok(())
	}

	#[benchmark]
	fn set_minimum() -> Result<(), BenchmarkError> {
		let most = <T as Config>::MaxValidators::get();
		fill::<T>(most);
		let origin = council::<T>()?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, most);

		assert_eq!(Minimum::<T>::get(), most);
		Ok(())
	}

	// The notification by `pallet-authorship` in each block.
	#[benchmark]
	fn note_author() {
		let last = fill::<T>(<T as Config>::MaxValidators::get());
		LastAuthored::<T>::remove(&last.account);

		#[block]
		{
			Pallet::<T>::do_note_author(last.account.clone());
		}

		assert!(LastAuthored::<T>::contains_key(&last.account));
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
