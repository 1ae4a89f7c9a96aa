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
use frame_support::traits::Get;
use frame_system::RawOrigin;
use salus_primitives::{
	Attestation, OnErased, OrganisationId, ReasonCode, RecordId, Subject, Verdict,
};

/// Source of the state that the other pallets of the runtime keep.
pub trait BenchmarkHelper<AccountId> {
	/// Returns a version of a record that a storage node holds, `attesters` records admins of the
	/// organisation for which it was written, and an administrator of that organisation. Each
	/// records admin may state something about the version; none is its author.
	fn version(attesters: u32) -> (Subject<AccountId>, Vec<AccountId>, AccountId);
}

/// Returns a subject with one statement fewer than the maximum, made by others than the returned
/// attester, who is returned with an administrator and the organisation.
///
/// The next statement or revocation makes the reached verdict fall, because the threshold has risen
/// above it, and the other verdict is reached. Both hooks are called.
fn subject<T: Config>() -> (SubjectOf<T>, T::AccountId, T::AccountId, OrganisationId) {
	let (subject, attesters, admin) = T::BenchmarkHelper::version(1);
	let attester = attesters.first().expect("one attester was asked for").clone();
	let organisation = Pallet::<T>::organisation_of(&subject).expect("the version exists");
	let now = Pallet::<T>::now();
	let attestation = |verdict| Attestation {
		organisation,
		verdict,
		reason: ReasonCode::Reviewed,
		at: now,
		expires: None,
	};
	Thresholds::<T>::insert(organisation, 2);
	let mut standing = StandingOf::<T>::default();
	for index in 0..T::MaxAttestations::get() - 1 {
		let verdict = if index == 0 { Verdict::Confirmed } else { Verdict::Rejected };
		let given = (account("attester", index, 0), attestation(verdict));
		standing.attestations.try_push(given).expect("there is room");
	}
	standing.reached = Some(Verdict::Confirmed);
	Standings::<T>::insert(&subject, standing);
	(subject, attester, admin, organisation)
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn attest() {
		let (subject, attester, _, _) = subject::<T>();

		#[extrinsic_call]
		_(
			RawOrigin::Signed(attester),
			subject.clone(),
			Verdict::Rejected,
			ReasonCode::WrongPatient,
			Some(u64::MAX),
		);

		assert_eq!(Pallet::<T>::reached(&subject), Some(Verdict::Rejected));
	}

	#[benchmark]
	fn revoke() {
		let (subject, attester, admin, organisation) = subject::<T>();
		Standings::<T>::mutate(&subject, |standing| {
			let attestation = Attestation {
				organisation,
				verdict: Verdict::Rejected,
				reason: ReasonCode::Reviewed,
				at: 0,
				expires: None,
			};
			let given = (attester.clone(), attestation);
			standing.as_mut().unwrap().attestations.try_push(given).expect("there is room");
		});

		// A revocation by an administrator, who did not make the statement, takes the most lookups.
		#[extrinsic_call]
		_(RawOrigin::Signed(admin), subject.clone(), attester);

		assert_eq!(Pallet::<T>::reached(&subject), Some(Verdict::Rejected));
	}

	#[benchmark]
	fn set_threshold() {
		let (_, _, admin, organisation) = subject::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(admin), organisation, MAX_THRESHOLD);

		assert_eq!(Thresholds::<T>::get(organisation), MAX_THRESHOLD);
	}

	#[benchmark]
	fn on_erased(v: Linear<1, 128>) {
		let (subject, _, _, _) = subject::<T>();
		let standing = Standings::<T>::take(&subject).unwrap();
		let record = RecordId([9; 32]);
		for version in 1..=v {
			let subject = Subject::RecordVersion { record, version };
			Standings::<T>::insert(subject, standing.clone());
		}

		#[block]
		{
			<Pallet<T> as OnErased>::on_erased(&record, v);
		}

		assert!(Standings::<T>::iter_keys().next().is_none());
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
