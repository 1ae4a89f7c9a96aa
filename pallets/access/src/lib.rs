//! The access log, key releases and emergency cases: who opened which record, and on what basis.
//!
//! *No log entry, no key.* A reader asks with [`Pallet::request`]. The chain decides and writes the
//! decision, permit or deny, into the patient's log. If the key of the permitted version is sealed
//! to the committee, the permit opens a *release*: for a limited time, committee members post their
//! shares, bound to that log entry and sealed to the reader's one-time key. The share that
//! completes the threshold adds another entry.
//!
//! A patient's log is an append-only list under a running hash, `head' = blake2_256(head ‖ entry)`.
//! Old entries may leave the state. `archived_head` is then the hash over them, and the remaining
//! entries still lead from it to `head`.
//!
//! *Breaking the glass*: a practitioner of a hospital opens an emergency case for a patient. One
//! administrator must have admitted the practitioner, and another must have attested their
//! credential. The case is short-lived. Auditors of other organisations, appointed by the council
//! and drawn by lot, must review it, and so must an uninvolved administrator of the hospital. Two
//! votes against reject a case. A rejection suspends the practitioner until the council reinstates
//! them, and fines the hospital's bond. An overdue review keeps the hospital from opening further
//! cases.
//!
//! Protection against flooding a log: a request from an account without any membership fails and is
//! not logged. A denial draws on a daily quota of the reader's organisation, and beyond it on the
//! reader's balance. The number of denials is limited for each reader, overall and with each
//! patient. Permitted requests are limited for each reader too.
//!
//! # Neighbours
//!
//! - Uses: `roles` through [`RoleQuery`] and [`RoleControl`], `records` through [`RecordQuery`],
//!   `consent` through [`ConsentPolicy`], `committee` through [`CommitteeQuery`], `attestation`
//!   through [`CredentialQuery`].
//! - Used by: `committee`, which brings shares through [`KeyRelease`]; `consent`, which asks for
//!   open cases through [`EmergencyQuery`]; the runtime API, for reads; every member of the
//!   committee, which asks [`Pallet::stands`] before it makes a share.
//!
//! [`RoleQuery`]: salus_primitives::RoleQuery
//! [`RoleControl`]: salus_primitives::RoleControl
//! [`RecordQuery`]: salus_primitives::RecordQuery
//! [`ConsentPolicy`]: salus_primitives::ConsentPolicy
//! [`CommitteeQuery`]: salus_primitives::CommitteeQuery
//! [`CredentialQuery`]: salus_primitives::CredentialQuery
//! [`KeyRelease`]: salus_primitives::KeyRelease
//! [`EmergencyQuery`]: salus_primitives::EmergencyQuery

#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(
	not(test),
	deny(
		clippy::unwrap_used,
		clippy::expect_used,
		clippy::panic,
		clippy::indexing_slicing,
		clippy::arithmetic_side_effects
	)
)]
#![warn(missing_docs)]

extern crate alloc;

use frame_support::pallet_macros::import_section;

#[cfg(any(test, feature = "runtime-benchmarks"))]
pub mod benchmarking;
mod bonds;
mod calls;
mod emergencies;
mod errors;
mod events;
mod log;
pub mod migrations;
#[cfg(test)]
mod mock;
mod releases;
mod requests;
mod reviews;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
mod types;
pub mod weights;

pub use pallet::*;
pub use types::{
	Auditor, AuditorOf, Bond, Lot, Permitted, Pool, Review, ReviewOf, Usage, VouchersOf,
	MAX_VOUCHERS,
};
pub use weights::WeightInfo;

#[allow(
	clippy::expect_used,
	reason = "the code that FRAME generates calls `expect` on pallet names"
)]
#[import_section(calls::calls)]
#[import_section(errors::errors)]
#[import_section(events::events)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use crate::requests::{DenialList, PermittedList};
	use frame_support::{
		pallet_prelude::*,
		traits::{
			fungible::{Inspect, Mutate, MutateHold},
			Time,
		},
	};
	use frame_system::pallet_prelude::*;
	use salus_primitives::{
		AccessRequest, CaseId, CaseStatus, CommitteeQuery, ConsentPolicy, CredentialQuery,
		DenyReason, EmergencyCase, EmergencyReason, Epoch, Hash32, LogEntry, LogHead, MemberIndex,
		Moment, OrganisationId, RecordQuery, Release, RequestId, Reviewer, RoleControl, RoleQuery,
		SealedShare,
	};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(2);

	/// Amount in the runtime's currency.
	pub type BalanceOf<T> =
		<<T as Config>::Currency as Inspect<<T as frame_system::Config>::AccountId>>::Balance;

	/// Bond with this runtime's accounts and amounts.
	pub type BondOf<T> = Bond<<T as frame_system::Config>::AccountId, BalanceOf<T>>;

	/// Configuration by the runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// Memberships and organisations, and the sanction for a rejected emergency.
		type Roles: RoleQuery<Self::AccountId> + RoleControl<Self::AccountId>;

		/// Records and their versions.
		type Records: RecordQuery<Self::AccountId>;

		/// Consent decisions.
		type Consent: ConsentPolicy<Self::AccountId>;

		/// The committee's epochs.
		type Committee: CommitteeQuery;

		/// Attested credentials.
		type Credentials: CredentialQuery<Self::AccountId>;

		/// Time of the block.
		type Time: Time<Moment = Moment>;

		/// Currency in which bonds are held, and in which fees and fines are burnt.
		type Currency: Inspect<Self::AccountId>
			+ Mutate<Self::AccountId>
			+ MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>;

		/// Reasons for which the runtime holds an amount.
		type RuntimeHoldReason: From<HoldReason>;

		/// Time for which a release takes shares, in milliseconds.
		#[pallet::constant]
		type ReleaseLifetime: Get<Moment>;

		/// Maximum number of permitted requests of one reader within [`Config::ReleaseLifetime`].
		#[pallet::constant]
		type MaxOpenReleases: Get<u32>;

		/// Time over which denials are counted, in milliseconds. It is also the period of the
		/// quota.
		#[pallet::constant]
		type DenialWindow: Get<Moment>;

		/// Maximum number of denials of one reader within [`Config::DenialWindow`].
		#[pallet::constant]
		type MaxDenials: Get<u32>;

		/// Maximum number of denials of one reader with one patient within
		/// [`Config::DenialWindow`].
		#[pallet::constant]
		type MaxDenialsPerPatient: Get<u32>;

		/// Number of free denials in one period, for the staff of an organisation and, separately,
		/// for the patients of a hospital.
		#[pallet::constant]
		type DenialQuota: Get<u32>;

		/// Fee for a denial beyond the quota. If it is zero, requests that would be denied fail
		/// instead.
		#[pallet::constant]
		type DenialFee: Get<BalanceOf<Self>>;

		/// Minimum age at which entries and cases may leave the state, in milliseconds.
		#[pallet::constant]
		type ArchiveAge: Get<Moment>;

		/// Maximum number of entries that one call archives.
		#[pallet::constant]
		type MaxArchived: Get<u32>;

		/// Time for which an emergency case opens records, in milliseconds.
		#[pallet::constant]
		type EmergencyLifetime: Get<Moment>;

		/// Time from the opening of an emergency case within which it must be reviewed, in
		/// milliseconds.
		#[pallet::constant]
		type ReviewPeriod: Get<Moment>;

		/// Time over which openings of emergency cases are counted, in milliseconds.
		#[pallet::constant]
		type EmergencyWindow: Get<Moment>;

		/// Maximum number of cases of one clinician within [`Config::EmergencyWindow`].
		#[pallet::constant]
		type MaxEmergencies: Get<u32>;

		/// Maximum number of a hospital's cases that await a review.
		#[pallet::constant]
		type MaxUnreviewed: Get<u32>;

		/// Maximum number of a hospital's cases for one patient that await a review.
		#[pallet::constant]
		type MaxUnreviewedPerPatient: Get<u32>;

		/// Maximum number of cases kept for one patient.
		#[pallet::constant]
		type MaxCases: Get<u32>;

		/// Minimum bond with which a hospital can open cases.
		#[pallet::constant]
		type MinBond: Get<BalanceOf<Self>>;

		/// Amount that a rejected case takes from the hospital's bond, at most the whole bond.
		#[pallet::constant]
		type Fine: Get<BalanceOf<Self>>;

		/// Maximum number of cases of one hospital within [`Config::EmergencyWindow`].
		#[pallet::constant]
		type MaxOfHospital: Get<u32>;

		/// Maximum number of cases, within [`Config::EmergencyWindow`], of all clinicians whom one
		/// administrator admitted.
		#[pallet::constant]
		type MaxUnderAdmin: Get<u32>;

		/// Origin that appoints and dismisses emergency auditors, and reinstates clinicians after a
		/// rejected case.
		type CouncilOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// Maximum number of auditors appointed at a time.
		#[pallet::constant]
		type MaxAuditors: Get<u32>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;

		/// Source of the people and records that the benchmarks act on.
		#[cfg(any(test, feature = "runtime-benchmarks"))]
		type BenchmarkHelper: crate::benchmarking::BenchmarkHelper<Self::AccountId>;
	}

	/// Reason for which the pallet holds an amount.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// Bond that a hospital stakes on its emergency access.
		EmergencyBond,
	}

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// Head of each patient's log. A log without entries has no row.
	// Blake2: people choose their accounts.
	#[pallet::storage]
	pub type Heads<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, LogHead, ValueQuery>;

	/// Number of entries in all logs together, archived ones included. An auditor who counts fewer
	/// knows that a log is missing.
	#[pallet::storage]
	pub type TotalEntries<T: Config> = StorageValue<_, u64, ValueQuery>;

	/// Entries of each patient's log that are not archived.
	// Blake2: people choose their accounts. Twox: the pallet itself counts the entries of a
	// patient.
	#[pallet::storage]
	pub type Entries<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		T::AccountId,
		Twox64Concat,
		u32,
		LogEntry<T::AccountId>,
		OptionQuery,
	>;

	/// Number of the last request.
	#[pallet::storage]
	pub type RequestCount<T: Config> = StorageValue<_, RequestId, ValueQuery>;

	/// Number of the last request whose release, if it had one, is removed. The releases of all
	/// earlier requests are removed too.
	#[pallet::storage]
	pub type Cleared<T: Config> = StorageValue<_, RequestId, ValueQuery>;

	/// Releases that are open, and those that have ended and await removal.
	// Twox: the chain assigns the numbers.
	#[pallet::storage]
	pub type Releases<T: Config> =
		StorageMap<_, Twox64Concat, RequestId, Release<T::AccountId>, OptionQuery>;

	/// Shares posted for each release.
	// Twox: the chain assigns both numbers.
	#[pallet::storage]
	pub type Shares<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		RequestId,
		Twox64Concat,
		MemberIndex,
		SealedShare,
		OptionQuery,
	>;

	/// Permitted requests of each reader that have not ended, including those in direct mode. The
	/// next request removes those that have ended.
	// Blake2: people choose their accounts.
	#[pallet::storage]
	pub type PermittedOf<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, PermittedList<T>, ValueQuery>;

	/// Recent denials of each reader, with patient and time. The next denial removes the old ones.
	// Blake2: people choose their accounts.
	#[pallet::storage]
	pub type DenialsOf<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, DenialList<T>, ValueQuery>;

	/// Denials that each pool has used of its quota.
	// Twox: the chain assigns the numbers of organisations.
	#[pallet::storage]
	pub type DenialUsages<T: Config> = StorageMap<_, Twox64Concat, Pool, Usage, ValueQuery>;

	/// Number of the last emergency case.
	#[pallet::storage]
	pub type CaseCount<T: Config> = StorageValue<_, CaseId, ValueQuery>;

	/// Emergency cases that are kept.
	// Twox: the chain assigns the numbers.
	#[pallet::storage]
	pub type Cases<T: Config> =
		StorageMap<_, Twox64Concat, CaseId, EmergencyCase<T::AccountId>, OptionQuery>;

	/// Cases of each patient, oldest first.
	// Blake2: people choose their accounts.
	#[pallet::storage]
	pub type CasesOf<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, BoundedVec<CaseId, T::MaxCases>, ValueQuery>;

	/// Latest case that each clinician opened for a patient, while that case is kept.
	// Blake2: people choose their accounts.
	#[pallet::storage]
	pub type LatestCase<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		T::AccountId,
		Blake2_128Concat,
		T::AccountId,
		CaseId,
		OptionQuery,
	>;

	/// Cases of each hospital that await a review, oldest first, so the first one is due first.
	// Twox: the chain assigns the numbers.
	#[pallet::storage]
	pub type Unreviewed<T: Config> = StorageMap<
		_,
		Twox64Concat,
		OrganisationId,
		BoundedVec<CaseId, T::MaxUnreviewed>,
		ValueQuery,
	>;

	/// Times of the cases that each clinician opened recently. The next opening removes the old
	/// ones.
	// Blake2: people choose their accounts.
	#[pallet::storage]
	pub type OpeningsOf<T: Config> = StorageMap<
		_,
		Blake2_128Concat,
		T::AccountId,
		BoundedVec<Moment, T::MaxEmergencies>,
		ValueQuery,
	>;

	/// Times of the cases that each hospital's clinicians opened recently. The next opening removes
	/// the old ones.
	// Twox: the chain assigns the numbers.
	#[pallet::storage]
	pub type OpeningsFor<T: Config> = StorageMap<
		_,
		Twox64Concat,
		OrganisationId,
		BoundedVec<Moment, T::MaxOfHospital>,
		ValueQuery,
	>;

	/// Times of the cases that the clinicians admitted by each administrator opened recently. The
	/// next opening removes the old ones.
	// Blake2: people choose their accounts.
	#[pallet::storage]
	pub type OpeningsUnder<T: Config> = StorageMap<
		_,
		Blake2_128Concat,
		T::AccountId,
		BoundedVec<Moment, T::MaxUnderAdmin>,
		ValueQuery,
	>;

	/// End of the time in which a hospital's cases open records, in milliseconds, exclusive.
	// Twox: the chain assigns the numbers.
	#[pallet::storage]
	pub type RunningUntil<T: Config> =
		StorageMap<_, Twox64Concat, OrganisationId, Moment, OptionQuery>;

	/// Auditors whom the council appointed to review emergencies, in order of appointment.
	#[pallet::storage]
	pub type Auditors<T: Config> =
		StorageValue<_, BoundedVec<AuditorOf<T>, T::MaxAuditors>, ValueQuery>;

	/// Review of each case that is kept. Cases older than the introduction of panels have no row
	/// until their first review.
	// Twox: the chain assigns the numbers.
	#[pallet::storage]
	pub type Reviews<T: Config> = StorageMap<_, Twox64Concat, CaseId, ReviewOf<T>, OptionQuery>;

	/// Block hashes that draw the panels of open cases.
	// Twox: the chain assigns the numbers.
	#[pallet::storage]
	pub type Lots<T: Config> =
		StorageMap<_, Twox64Concat, BlockNumberFor<T>, Lot<T::Hash>, OptionQuery>;

	/// Bonds of the hospitals.
	// Twox: the chain assigns the numbers.
	#[pallet::storage]
	pub type Bonds<T: Config> = StorageMap<_, Twox64Concat, OrganisationId, BondOf<T>, OptionQuery>;

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		/// Keeps the hash of the previous block if panels are drawn from it.
		fn on_initialize(now: BlockNumberFor<T>) -> Weight {
			Self::draw_lot(now)
		}

		/// Removes releases that have ended, within the block's remaining weight.
		fn on_idle(_: BlockNumberFor<T>, remaining: Weight) -> Weight {
			Self::clean_up(remaining)
		}

		#[cfg(feature = "std")]
		fn integrity_test() {
			assert!(
				T::ReleaseLifetime::get() < T::ArchiveAge::get(),
				"the entry of an open release must not be archived"
			);
			assert!(
				T::ReviewPeriod::get() < T::ArchiveAge::get()
					&& T::EmergencyLifetime::get() <= T::ReviewPeriod::get(),
				"a case must be due for review after it ends and before it may be forgotten"
			);
			assert!(
				(1..T::MaxCases::get()).contains(&T::MaxUnreviewedPerPatient::get()),
				"a hospital's open cases must not fill a patient's list"
			);
			assert!(T::MinBond::get() >= T::Fine::get(), "the minimum bond must cover a fine");
			assert!(
				T::DenialWindow::get() > 0 && T::MaxDenialsPerPatient::get() > 0,
				"the denial window and the denials per patient must not be zero"
			);
			assert!(
				T::MaxOpenReleases::get() > 0
					&& T::MaxArchived::get() > 0
					&& T::MaxEmergencies::get() > 0
					&& T::MaxUnreviewed::get() > 0
					&& T::MaxCases::get() > 0
					&& T::MaxOfHospital::get() > 0
					&& T::MaxUnderAdmin::get() > 0
					&& T::MaxAuditors::get() > 0,
				"a limit of zero would close the pallet"
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	impl<T: Config> Pallet<T> {
		pub(crate) fn now() -> Moment {
			T::Time::now()
		}
	}
}
