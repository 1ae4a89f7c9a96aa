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
//! Contract with the neighbours:
//!
//! - Down → `roles` through [`RoleQuery`] and [`RoleControl`], `records` through [`RecordQuery`],
//!   `consent` through [`ConsentPolicy`], `committee` through [`CommitteeQuery`], `attestation`
//!   through [`CredentialQuery`].
//! - Up ← `committee` brings shares through [`KeyRelease`]; `consent` asks for open cases through
//!   [`EmergencyQuery`]. The runtime API reads, and every member of the committee asks
//!   [`Pallet::stands`] before it makes a share.
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

	/// Number of the last request whose release, if it had one, is removed. So are those of all
	/// requests before it.
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

	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Requests to open a version of a record. The chain logs the answer, permit or deny.
		///
		/// ## Origin
		/// Signed by any account with a membership, live or not. An account without a live
		/// membership is denied, and the denial is logged.
		///
		/// ## Details
		/// A permit counts one use of the basis it rests on. If the version's key is sealed to the
		/// committee, committee members now post their shares, for [`Config::ReleaseLifetime`].
		/// Otherwise the reader uses their wrap. A denial draws on the daily quota of the
		/// organisation for which the reader acts (for a patient, on that of the hospital that
		/// enrolled them). Beyond the quota it costs the reader [`Config::DenialFee`]. A denial is
		/// not an error: the call succeeds, because it writes the log.
		///
		/// ## Errors
		/// [`Error::NotMember`], [`Error::UnknownRecord`], [`Error::LogFull`]. If the request would
		/// be permitted: [`Error::InvalidReaderKey`], [`Error::EpochWithoutKey`],
		/// [`Error::ReaderKeyUsed`], [`Error::TooManyOpen`]. If it would be denied:
		/// [`Error::TooManyDenials`], [`Error::DenialQuotaExhausted`].
		///
		/// ## Events
		/// [`Event::Logged`], and [`Event::Permitted`] or [`Event::Refused`]. [`Event::DenialPaid`]
		/// if the reader paid for the denial.
		#[pallet::call_index(0)]
		#[pallet::weight(Pallet::<T>::request_weight())]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &AccessRequest| -> bool { true })]
		pub fn request(origin: OriginFor<T>, request: AccessRequest) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_request(who, request)
		}

		/// Moves the oldest entries of a patient's log out of the state, up to index `up_to`,
		/// exclusive.
		///
		/// ## Origin
		/// Signed by the patient, or by a live auditor whom the council appointed.
		///
		/// ## Details
		/// Each entry must be at least [`Config::ArchiveAge`] old, and one call archives at most
		/// [`Config::MaxArchived`]. The log's head does not change. The entries remain in the
		/// chain's history: in the state of older blocks, and in [`Event::Logged`].
		///
		/// ## Errors
		/// [`Error::NotKeeper`], [`Error::NothingToArchive`], [`Error::TooManyToArchive`],
		/// [`Error::TooYoung`].
		///
		/// ## Events
		/// [`Event::Archived`].
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::archive(T::MaxArchived::get()))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &T::AccountId, _: &u32| -> bool { true })]
		pub fn archive(
			origin: OriginFor<T>,
			patient: T::AccountId,
			up_to: u32,
		) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin)?;
			Self::do_archive(&who, patient, up_to)
		}

		/// Breaks the glass: opens an emergency case for a patient.
		///
		/// ## Origin
		/// Signed by a live practitioner of the hospital whose credential is attested by an
		/// administrator other than the one who admitted them.
		///
		/// ## Details
		/// `statement` is the SHA-256 of the written reason, which stays with the hospital. For
		/// [`Config::EmergencyLifetime`] the case is a basis on which the caller's requests may be
		/// permitted. The patient's consent decides whether it is, because a patient may opt out. A
		/// case that would open nothing is refused. It must be reviewed within
		/// [`Config::ReviewPeriod`]; its auditors are known two blocks after its opening. If the
		/// patient already has the maximum number of cases, the oldest decided one is removed.
		///
		/// ## Errors
		/// [`Error::NoStatement`], [`Error::NotPractitioner`], [`Error::NotHospital`],
		/// [`Error::NotAttested`], [`Error::VouchedByOne`], [`Error::Oneself`],
		/// [`Error::UnknownPatient`], [`Error::AlreadyOpen`], [`Error::BarredByPatient`],
		/// [`Error::BondTooSmall`], [`Error::ReviewOverdue`], [`Error::TooManyUnreviewed`],
		/// [`Error::TooManyEmergencies`], [`Error::TooManyOfHospital`],
		/// [`Error::TooManyUnderAdmin`], [`Error::TooManyCases`], [`Error::LogFull`].
		///
		/// ## Events
		/// [`Event::Logged`], [`Event::EmergencyOpened`].
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::open_emergency()
			.saturating_add(T::Roles::memberships_weight())
			.saturating_add(T::Consent::decide_weight())
			.saturating_add(T::Credentials::is_attested_weight().saturating_mul(4)))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &T::AccountId, _: &OrganisationId, _: &EmergencyReason, _: &Hash32|
			-> bool { true })]
		pub fn open_emergency(
			origin: OriginFor<T>,
			patient: T::AccountId,
			organisation: OrganisationId,
			reason: EmergencyReason,
			statement: Hash32,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_open_emergency(who, patient, organisation, reason, statement)
		}

		/// Reviews an emergency case.
		///
		/// ## Origin
		/// As [`Reviewer::Auditor`]: signed by an auditor drawn for the case. As
		/// [`Reviewer::Admin`]: signed by an administrator of its hospital, which must be active.
		/// This administrator must not have opened the case, admitted the opener, or attested the
		/// opener's credential.
		///
		/// ## Details
		/// Each organisation has one vote. Two votes against the case reject it, even while it
		/// runs: it opens nothing from then on, the opener is suspended as a practitioner until the
		/// council reinstates them, and [`Config::Fine`] of the hospital's bond is burnt. The case
		/// is justified when more drawn auditors vote for it than against it, and the hospital
		/// agrees. If the hospital disagrees, or has no administrator who may vote, a second drawn
		/// auditor's vote for the case takes the place of its agreement. A late review counts as
		/// well.
		/// ## Errors
		/// [`Error::UnknownCase`], [`Error::AlreadyDecided`], [`Error::OwnCase`],
		/// [`Error::NotAuditor`], [`Error::LotPending`], [`Error::NotDrawn`], [`Error::NotAdmin`],
		/// [`Error::NotIndependent`], [`Error::AlreadyReviewed`], [`Error::SameReviewer`],
		/// [`Error::LogFull`].
		///
		/// ## Events
		/// [`Event::Logged`], [`Event::EmergencyReviewed`], and [`Event::EmergencyDecided`] if the
		/// review decides the case.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::review_emergency()
			.saturating_add(T::Roles::suspend_weight())
			.saturating_add(T::Credentials::is_attested_weight())
			.saturating_add(Pallet::<T>::panel_weight()))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &CaseId, _: &bool, _: &Reviewer| -> bool { true })]
		pub fn review_emergency(
			origin: OriginFor<T>,
			case: CaseId,
			justified: bool,
			reviewer: Reviewer,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_review_emergency(who, case, justified, reviewer)
		}

		/// Moves a decided case out of the state. The patient's log keeps its history.
		///
		/// ## Origin
		/// Signed by the patient, or by a live auditor whom the council appointed.
		///
		/// ## Details
		/// The case must have been opened at least [`Config::ArchiveAge`] ago.
		///
		/// ## Errors
		/// [`Error::UnknownCase`], [`Error::NotKeeper`], [`Error::NotDecided`],
		/// [`Error::TooYoung`].
		///
		/// ## Events
		/// [`Event::CaseForgotten`].
		#[pallet::call_index(4)]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &CaseId| -> bool { true })]
		pub fn forget_case(origin: OriginFor<T>, case: CaseId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_forget_case(&who, case)
		}

		/// Adds to a hospital's bond, which is held on the caller's account.
		///
		/// ## Origin
		/// Signed by an administrator of the hospital, which must be active.
		///
		/// ## Details
		/// A bond is held on a single account. The hospital can open cases while its bond holds at
		/// least [`Config::MinBond`].
		///
		/// ## Errors
		/// [`Error::NotAdmin`], [`Error::NotHospital`], [`Error::NothingToDeposit`],
		/// [`Error::BondOfAnother`], and errors of the currency.
		///
		/// ## Events
		/// [`Event::BondDeposited`].
		#[pallet::call_index(5)]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &OrganisationId, _: &BalanceOf<T>| -> bool { true })]
		pub fn deposit_bond(
			origin: OriginFor<T>,
			organisation: OrganisationId,
			#[pallet::compact] amount: BalanceOf<T>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_deposit_bond(who, organisation, amount)
		}

		/// Returns a hospital's whole bond to the account on which it is held.
		///
		/// ## Origin
		/// Signed by that account, or by an administrator of the hospital, which must then be
		/// active.
		///
		/// ## Details
		/// No case of the hospital may await a review, and none may still open records, because the
		/// bond is the security for them.
		///
		/// ## Errors
		/// [`Error::NoBond`], [`Error::NotAdmin`], [`Error::BondNeeded`].
		///
		/// ## Events
		/// [`Event::BondWithdrawn`].
		#[pallet::call_index(6)]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &OrganisationId| -> bool { true })]
		pub fn withdraw_bond(origin: OriginFor<T>, organisation: OrganisationId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_withdraw_bond(&who, organisation)
		}

		/// Appoints an auditor to review emergencies.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Details
		/// The account must be a live auditor of an organisation. While it remains one of that
		/// organisation, it can be drawn for cases of other hospitals. For cases that are already
		/// open, it only fills seats that are left over.
		///
		/// ## Errors
		/// [`Error::NotAuditor`], [`Error::AlreadyAppointed`], [`Error::TooManyAuditors`].
		///
		/// ## Events
		/// [`Event::AuditorAppointed`].
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::appoint_auditor().saturating_add(T::Roles::memberships_weight()))]
		pub fn appoint_auditor(origin: OriginFor<T>, account: T::AccountId) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_appoint_auditor(account)
		}

		/// Dismisses an auditor. They are no longer drawn, not even for open cases. Their earlier
		/// votes stand.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Errors
		/// [`Error::NotAppointed`].
		///
		/// ## Events
		/// [`Event::AuditorDismissed`].
		#[pallet::call_index(8)]
		pub fn dismiss_auditor(origin: OriginFor<T>, account: T::AccountId) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_dismiss_auditor(account)
		}

		/// Reinstates a practitioner who was suspended for a rejected emergency.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Errors
		/// [`Error::NotBarred`].
		///
		/// ## Events
		/// [`Event::ClinicianReinstated`].
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::reinstate_clinician().saturating_add(T::Roles::suspend_weight()))]
		pub fn reinstate_clinician(origin: OriginFor<T>, account: T::AccountId) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_reinstate_clinician(account)
		}
	}

	impl<T: Config> Pallet<T> {
		pub(crate) fn now() -> Moment {
			T::Time::now()
		}

		/// Returns the maximum weight of a request: the heavier of the two outcomes, plus the calls
		/// to other pallets.
		pub fn request_weight() -> Weight {
			T::WeightInfo::request_permitted()
				.max(T::WeightInfo::request_denied())
				.saturating_add(T::Roles::memberships_weight())
				.saturating_add(T::Records::record_weight())
				.saturating_add(T::Consent::decide_weight())
				.saturating_add(T::Consent::count_use_weight())
				.saturating_add(T::Committee::threshold_weight())
		}
	}
}
