//! Benchmarks of every call, of accepting a share, of looking up an open case, and of the steps of
//! the clean-up.
//!
//! The benchmarks measure the other pallets' answers at their cheapest. [`Pallet::request_weight`]
//! and similar functions add the maximum that those answers may cost.

#![allow(
	clippy::expect_used,
	clippy::arithmetic_side_effects,
	reason = "a benchmark that cannot be set up must fail"
)]

use super::*;
use alloc::vec::Vec;
use frame_benchmarking::v2::*;
#[cfg(feature = "runtime-benchmarks")]
use frame_support::traits::EnsureOrigin;
use frame_support::{
	migrations::SteppedMigration,
	traits::{
		fungible::{Inspect, Mutate},
		Get, StorageVersion, Time,
	},
	weights::WeightMeter,
};
use frame_system::RawOrigin;
use salus_primitives::{
	AccessLogWriter, AccessRequest, Basis, CaseId, CaseStatus, EmergencyCase, EmergencyQuery,
	EmergencyReason, Epoch, KeyRelease, LogEvent, MemberIndex, Moment, OrganisationId, Purpose,
	RecordId, RecordQuery, Release, RequestId, Reviewer, Role, RoleControl, SealedShare,
	SuccessionEvent, MAX_COMMITTEE, MAX_SEALED_SHARE,
};

/// Access to the other pallets that the benchmarks need.
pub trait BenchmarkHelper<AccountId> {
	/// Returns a live patient with a live record, whose first version is sealed to an epoch with a
	/// key.
	fn record() -> (AccountId, RecordId);
	/// Returns a live practitioner of an active hospital, with the hospital and another of its
	/// administrators. Two administrators attest the practitioner's credential, and no patient
	/// permits them anything.
	fn practitioner() -> (AccountId, OrganisationId, AccountId);
	/// Returns a live auditor.
	fn auditor() -> AccountId;
	/// Returns `count` live auditors, each of a separate organisation that occurs nowhere else
	/// here.
	fn auditors(count: u32) -> Vec<AccountId>;
	/// Sets the time of the block.
	fn set_time(now: Moment);
}

fn asking(record: RecordId) -> AccessRequest {
	AccessRequest { record, version: Some(1), purpose: Purpose::TREAT, reader_key: [0xff; 32] }
}

fn now<T: Config>() -> Moment {
	T::Time::now()
}

/// Returns four times the minimum bond, or four times the minimum balance if that is larger.
fn amount<T: Config>() -> BalanceOf<T> {
	let least = T::MinBond::get().max(T::Currency::minimum_balance());
	least + least + least + least
}

/// Deposits the hospital's bond from the administrator's account.
fn put_bond<T: Config>(admin: &T::AccountId, organisation: OrganisationId) {
	let much = amount::<T>();
	T::Currency::mint_into(admin, much + much).expect("the account takes it");
	Pallet::<T>::do_deposit_bond(admin.clone(), organisation, much)
		.expect("the administrator deposits");
}

/// Fills a reader's list of permitted requests except for one place.
fn put_permitted<T: Config>(reader: &T::AccountId) {
	let expires = now::<T>().saturating_add(T::ReleaseLifetime::get());
	let open: Vec<_> = (1..T::MaxOpenReleases::get())
		.map(|number| {
			let mut reader_key = [1; 32];
			reader_key[..4].copy_from_slice(&number.to_le_bytes());
			Permitted { request: number.into(), reader_key, expires }
		})
		.collect();
	RequestCount::<T>::put(RequestId::from(T::MaxOpenReleases::get()));
	PermittedOf::<T>::insert(reader, BoundedOf::<T>::truncate_from(open));
}

type BoundedOf<T> = crate::requests::PermittedList<T>;

/// Adds a release to `reader` with an entry in the log of `patient`, and `shares` shares.
fn put_release<T: Config>(
	reader: &T::AccountId,
	patient: &T::AccountId,
	record: RecordId,
	epoch: Epoch,
	threshold: u32,
	shares: u32,
) -> RequestId {
	put_permitted::<T>(reader);
	let request = RequestCount::<T>::get().saturating_add(1);
	RequestCount::<T>::put(request);
	Cleared::<T>::put(request.saturating_sub(1));
	let basis = Basis::Patient;
	let event = LogEvent::Requested {
		request,
		record,
		version: 1,
		purpose: Purpose::TREAT,
		decision: salus_primitives::Decision::Permit(basis),
	};
	let (index, entry) = Pallet::<T>::append(patient, reader.clone(), None, event, now::<T>())
		.expect("the log takes entries");
	let expires = now::<T>().saturating_add(T::ReleaseLifetime::get());
	let release = Release {
		request,
		patient: patient.clone(),
		index,
		entry,
		reader: reader.clone(),
		record,
		version: 1,
		purpose: Purpose::TREAT,
		reader_key: [0xff; 32],
		basis,
		epoch,
		threshold,
		shares,
		expires,
	};
	PermittedOf::<T>::mutate(reader, |open| {
		let _ = open.try_push(Permitted { request, reader_key: release.reader_key, expires });
	});
	Releases::<T>::insert(request, release);
	for member in 1..=shares {
		Shares::<T>::insert(request, member as MemberIndex, longest_share());
	}
	request
}

fn longest_share() -> SealedShare {
	SealedShare::truncate_from([7; MAX_SEALED_SHARE as usize].to_vec())
}

/// Adds cases with the given status, of that patient and hospital, each opened by a different
/// account.
fn put_cases<T: Config>(
	patient: &T::AccountId,
	organisation: OrganisationId,
	count: u32,
	status: CaseStatus,
) {
	for _ in 0..count {
		let id = CaseCount::<T>::get().saturating_add(1);
		CaseCount::<T>::put(id);
		let opener: T::AccountId = account("opener", id, 0);
		let now = now::<T>();
		let reviewed = (status == CaseStatus::Justified).then_some(true);
		let case = EmergencyCase {
			patient: patient.clone(),
			opener: opener.clone(),
			organisation,
			reason: EmergencyReason::Other,
			statement: [1; 32],
			opened: now,
			until: now.saturating_add(T::EmergencyLifetime::get()),
			review_by: now.saturating_add(T::ReviewPeriod::get()),
			auditor: reviewed.map(|yes| (account("auditor", 0, 0), yes)),
			admin: reviewed.map(|yes| (account("admin", 0, 0), yes)),
			status,
		};
		Cases::<T>::insert(id, case);
		LatestCase::<T>::insert(patient, &opener, id);
		CasesOf::<T>::mutate(patient, |list| {
			let _ = list.try_push(id);
		});
		if status == CaseStatus::Open {
			Unreviewed::<T>::mutate(organisation, |queue| {
				let _ = queue.try_push(id);
			});
		}
	}
}

/// Fills the patient's list with decided cases, and all but one place of the hospital's queue with
/// the cases of others.
fn fill_cases<T: Config>(patient: &T::AccountId, organisation: OrganisationId) {
	put_cases::<T>(patient, organisation, T::MaxCases::get(), CaseStatus::Justified);
	let other: T::AccountId = account("other patient", 0, 0);
	let waiting = T::MaxUnreviewed::get().saturating_sub(1).min(T::MaxCases::get());
	put_cases::<T>(&other, organisation, waiting, CaseStatus::Open);
}

/// Has a practitioner of a hospital with a bond open a case for the patient, with the maximum
/// number of auditors appointed. Returns the case, its opener, the hospital and the drawn auditors.
fn put_case<T: Config>(
	patient: &T::AccountId,
) -> (CaseId, T::AccountId, OrganisationId, Vec<T::AccountId>) {
	Auditors::<T>::kill();
	for auditor in T::BenchmarkHelper::auditors(T::MaxAuditors::get()) {
		Pallet::<T>::do_appoint_auditor(auditor).expect("an auditor is appointed");
	}
	let (opener, organisation, admin) = T::BenchmarkHelper::practitioner();
	put_bond::<T>(&admin, organisation);
	Pallet::<T>::do_open_emergency(
		opener.clone(),
		patient.clone(),
		organisation,
		EmergencyReason::Unconscious,
		[1; 32],
	)
	.expect("the practitioner may open a case");
	let case = CaseCount::<T>::get();
	Lots::<T>::translate_values(|lot: Lot<T::Hash>| {
		Some(Lot { hash: Some(Default::default()), ..lot })
	});
	let drawn = Pallet::<T>::panel(case)
		.expect("there is a case")
		.waiting
		.into_iter()
		.map(|(auditor, _)| auditor)
		.collect();
	(case, opener, organisation, drawn)
}

/// Returns the council's origin. The mock's is root: without the `runtime-benchmarks` feature there
/// is no `try_successful_origin`.
#[cfg(feature = "runtime-benchmarks")]
fn council<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
	T::CouncilOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)
}

#[cfg(not(feature = "runtime-benchmarks"))]
fn council<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
	Ok(RawOrigin::Root.into())
}

/// Appoints the maximum number of auditors, and returns the last one.
fn keeper<T: Config>() -> T::AccountId {
	Auditors::<T>::kill();
	let mut last = T::BenchmarkHelper::auditor();
	let others = T::BenchmarkHelper::auditors(T::MaxAuditors::get().saturating_sub(1));
	for auditor in others.into_iter().chain([last.clone()]) {
		Pallet::<T>::do_appoint_auditor(auditor.clone()).expect("an auditor is appointed");
		last = auditor;
	}
	last
}

/// Advances the time until everything may leave the state.
fn grow_old<T: Config>() {
	T::BenchmarkHelper::set_time(now::<T>().saturating_add(T::ArchiveAge::get()));
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn request_permitted() {
		let (patient, record) = T::BenchmarkHelper::record();
		put_permitted::<T>(&patient);

		#[extrinsic_call]
		request(RawOrigin::Signed(patient.clone()), asking(record));

		assert_eq!(Releases::<T>::iter_keys().count(), 1);
	}

	#[benchmark]
	fn request_denied() {
		let (_, record) = T::BenchmarkHelper::record();
		let (reader, organisation, _) = T::BenchmarkHelper::practitioner();
		let denials: Vec<_> = (1..T::MaxDenials::get())
			.map(|number| (account("patient", number, 0), now::<T>()))
			.collect();
		DenialsOf::<T>::insert(&reader, crate::requests::DenialList::<T>::truncate_from(denials));
		// The quota is used up, so the reader pays.
		let period = now::<T>().checked_div(T::DenialWindow::get()).unwrap_or_default();
		let used = T::DenialQuota::get();
		DenialUsages::<T>::insert(Pool::Staff(organisation), Usage { period, used });
		let fee = T::DenialFee::get();
		T::Currency::mint_into(&reader, fee + fee + T::Currency::minimum_balance())
			.expect("the account takes it");

		#[extrinsic_call]
		request(RawOrigin::Signed(reader.clone()), asking(record));

		assert_eq!(DenialsOf::<T>::decode_len(&reader), Some(T::MaxDenials::get() as usize));
	}

	#[benchmark]
	fn archive(n: Linear<1, { T::MaxArchived::get() }>) {
		let (patient, record) = T::BenchmarkHelper::record();
		let auditor = keeper::<T>();
		let at = now::<T>();
		for request in 1..=RequestId::from(n) {
			RequestCount::<T>::put(request);
			let event = LogEvent::Requested {
				request,
				record,
				version: 1,
				purpose: Purpose::TREAT,
				decision: salus_primitives::Decision::Permit(Basis::Patient),
			};
			Pallet::<T>::append(&patient, patient.clone(), Some(1), event, at)
				.expect("the log takes entries");
		}
		grow_old::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(auditor), patient.clone(), n);

		assert_eq!(Heads::<T>::get(&patient).archived, n);
	}

	#[benchmark]
	fn open_emergency() {
		let (patient, _) = T::BenchmarkHelper::record();
		let (opener, organisation, admin) = T::BenchmarkHelper::practitioner();
		put_bond::<T>(&admin, organisation);
		fill_cases::<T>(&patient, organisation);

		#[extrinsic_call]
		_(
			RawOrigin::Signed(opener.clone()),
			patient.clone(),
			organisation,
			EmergencyReason::Unconscious,
			[1; 32],
		);

		assert!(LatestCase::<T>::contains_key(&patient, &opener));
	}

	#[benchmark]
	fn request_in_emergency() {
		let (patient, record) = T::BenchmarkHelper::record();
		let (opener, organisation, admin) = T::BenchmarkHelper::practitioner();
		put_bond::<T>(&admin, organisation);
		put_permitted::<T>(&opener);
		fill_cases::<T>(&patient, organisation);
		let request = AccessRequest { purpose: Purpose::BTG, ..asking(record) };

		#[extrinsic_call]
		_(
			RawOrigin::Signed(opener.clone()),
			organisation,
			EmergencyReason::Unconscious,
			[1; 32],
			request,
		);

		assert_eq!(Releases::<T>::iter_keys().count(), 1);
	}

	#[benchmark]
	fn review_emergency() {
		let (patient, _) = T::BenchmarkHelper::record();
		let (case, _, organisation, drawn) = put_case::<T>(&patient);
		let mut drawn = drawn.into_iter();
		let first = drawn.next().expect("one is drawn");
		Pallet::<T>::do_review_emergency(first, case, false, Reviewer::Auditor)
			.expect("a drawn auditor reviews");
		let auditor = drawn.next().expect("another one is drawn");
		// A long queue.
		let other: T::AccountId = account("other patient", 0, 0);
		let waiting = T::MaxUnreviewed::get().saturating_sub(1).min(T::MaxCases::get());
		put_cases::<T>(&other, organisation, waiting, CaseStatus::Open);

		#[extrinsic_call]
		_(RawOrigin::Signed(auditor), case, false, Reviewer::Auditor);

		assert_eq!(Cases::<T>::get(case).map(|case| case.status), Some(CaseStatus::Rejected));
	}

	#[benchmark]
	fn forget_case() {
		let (patient, _) = T::BenchmarkHelper::record();
		let auditor = keeper::<T>();
		put_cases::<T>(&patient, 1, T::MaxCases::get(), CaseStatus::Justified);
		grow_old::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(auditor), 1);

		assert!(!Cases::<T>::contains_key(1));
	}

	#[benchmark]
	fn deposit_bond() {
		let (_, organisation, admin) = T::BenchmarkHelper::practitioner();
		put_bond::<T>(&admin, organisation);

		#[extrinsic_call]
		_(RawOrigin::Signed(admin.clone()), organisation, T::Currency::minimum_balance());

		let held = Bonds::<T>::get(organisation).map(|bond| bond.amount);
		assert_eq!(held, Some(amount::<T>() + T::Currency::minimum_balance()));
	}

	#[benchmark]
	fn withdraw_bond() {
		let (_, organisation, admin) = T::BenchmarkHelper::practitioner();
		put_bond::<T>(&admin, organisation);

		#[extrinsic_call]
		_(RawOrigin::Signed(admin.clone()), organisation);

		assert!(!Bonds::<T>::contains_key(organisation));
	}

	#[benchmark]
	fn appoint_auditor() -> Result<(), BenchmarkError> {
		Auditors::<T>::kill();
		let mut auditors = T::BenchmarkHelper::auditors(T::MaxAuditors::get());
		let last = auditors.pop().ok_or(BenchmarkError::Stop("there is one"))?;
		for auditor in auditors {
			Pallet::<T>::do_appoint_auditor(auditor)?;
		}
		let council = council::<T>()?;

		#[extrinsic_call]
		_(council as T::RuntimeOrigin, last);

		assert_eq!(Auditors::<T>::get().len(), T::MaxAuditors::get() as usize);
		Ok(())
	}

	#[benchmark]
	fn dismiss_auditor() -> Result<(), BenchmarkError> {
		Auditors::<T>::kill();
		let auditors = T::BenchmarkHelper::auditors(T::MaxAuditors::get());
		for auditor in &auditors {
			Pallet::<T>::do_appoint_auditor(auditor.clone())?;
		}
		let first = auditors.into_iter().next().ok_or(BenchmarkError::Stop("there is one"))?;
		let council = council::<T>()?;

		#[extrinsic_call]
		_(council as T::RuntimeOrigin, first);

		assert_eq!(Auditors::<T>::get().len(), T::MaxAuditors::get() as usize - 1);
		Ok(())
	}

	#[benchmark]
	fn reinstate_clinician() -> Result<(), BenchmarkError> {
		let (clinician, ..) = T::BenchmarkHelper::practitioner();
		T::Roles::bar(&clinician, Role::Practitioner);
		let council = council::<T>()?;

		#[extrinsic_call]
		_(council as T::RuntimeOrigin, clinician.clone());

		assert!(!T::Roles::unbar(&clinician, Role::Practitioner));
		Ok(())
	}

	/// Block whose predecessor draws panels.
	#[benchmark]
	fn draw_lot() {
		let block = frame_system::Pallet::<T>::block_number();
		Lots::<T>::insert(block, Lot { hash: None, cases: 1 });

		#[block]
		{
			Pallet::<T>::draw_lot(block + 1u32.into());
		}

		assert!(Lots::<T>::get(block).is_some_and(|lot| lot.hash.is_some()));
	}

	/// Share that completes the threshold.
	#[benchmark]
	fn accept_share() {
		let (patient, record) = T::BenchmarkHelper::record();
		let epoch = T::Records::sealed_to(&record, 1).expect("the version is sealed");
		let request =
			put_release::<T>(&patient, &patient, record, epoch, MAX_COMMITTEE, MAX_COMMITTEE - 1);
		let now = now::<T>();

		#[block]
		{
			<Pallet<T> as KeyRelease>::accept_share(
				request,
				epoch,
				MAX_COMMITTEE as MemberIndex,
				longest_share(),
				now,
			)
			.expect("the share is taken");
		}

		assert_eq!(Heads::<T>::get(&patient).count, 2);
	}

	#[benchmark]
	fn open_case() {
		let (patient, _) = T::BenchmarkHelper::record();
		let (case, opener, ..) = put_case::<T>(&patient);
		let now = now::<T>();
		let found;

		#[block]
		{
			found = <Pallet<T> as EmergencyQuery<T::AccountId>>::open_case(&opener, &patient, now);
		}

		assert_eq!(found, Some(case));
	}

	/// Reading the clean-up's position and storing it again.
	#[benchmark]
	fn clean_up() {
		let before = Cleared::<T>::get();

		#[block]
		{
			let _ = (Pallet::<T>::now(), RequestCount::<T>::get());
			Cleared::<T>::put(before);
		}

		assert_eq!(Cleared::<T>::get(), before);
	}

	/// Request without a release.
	#[benchmark]
	fn pass_over() {
		let found;

		#[block]
		{
			found = Releases::<T>::get(1);
		}

		assert!(found.is_none());
	}

	/// Release with the maximum number of shares, for a reader with the maximum number of open
	/// ones.
	#[benchmark]
	fn expire_release() {
		let (patient, record) = T::BenchmarkHelper::record();
		let request = put_release::<T>(&patient, &patient, record, 1, 1, MAX_COMMITTEE);
		let now = now::<T>();

		#[block]
		{
			if let Some(release) = Releases::<T>::get(request) {
				Pallet::<T>::remove_release(request, &release, now);
			}
		}

		assert!(!Releases::<T>::contains_key(request));
		assert_eq!(Shares::<T>::iter_prefix(request).count(), 0);
	}

	/// Another pallet's entry in a log.
	#[benchmark]
	fn append() {
		let (patient, _) = T::BenchmarkHelper::record();
		let event = SuccessionEvent::Proposed { successor: [0xff; 32], expires: Moment::MAX };

		#[block]
		{
			<Pallet<T> as AccessLogWriter<T::AccountId>>::append(
				&patient,
				&patient,
				Some(OrganisationId::MAX),
				event,
			)
			.expect("the log takes entries");
		}

		assert_eq!(Heads::<T>::get(&patient).count, 1);
	}

	/// One log that a migration counts.
	#[benchmark]
	fn count_log() {
		let (patient, _) = T::BenchmarkHelper::record();
		let event = SuccessionEvent::Proposed { successor: [0xff; 32], expires: Moment::MAX };
		Pallet::<T>::append(
			&patient,
			patient.clone(),
			None,
			LogEvent::Succession(event),
			now::<T>(),
		)
		.expect("the log takes entries");
		StorageVersion::new(1).put::<Pallet<T>>();
		let mut meter = WeightMeter::with_limit(T::WeightInfo::count_log());
		let counted;

		#[block]
		{
			counted = migrations::ToVersion2::<T>::step(None, &mut meter);
		}

		assert!(matches!(counted, Ok(Some((_, 1)))));
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
