//! Who opened what, and by what right: the access log, key releases and emergency cases.
//!
//! *No log entry, no key.* A reader asks with [`Pallet::request`]; the decision is taken, and written into the patient's
//! log, permit or deny. A permit for a version whose key is sealed to the committee opens a *release*: for a while, members
//! of the committee post their shares, bound to that very entry, and sealed to the reader's one-time key. The share that
//! completes the threshold writes another entry.
//!
//! The log of a patient is an append-only list under a running hash, `head' = blake2_256(head ‖ entry)`. Old entries may
//! leave the state; then `archived_head` is the hash over them, and the rest still leads from it to `head`.
//!
//! *Breaking the glass*: a practitioner of a hospital, whom one administrator admitted and another one confirmed, opens a case
//! for a patient. It is short-lived and must be reviewed by auditors of other organisations, whom the council appointed and the
//! lot draws, and by an administrator of the hospital who had no part in it. A rejection takes two of them, suspends the
//! practitioner until the council reinstates them, and fines the hospital's bond; an overdue review keeps the hospital from
//! opening further cases.
//!
//! What keeps a log from being flooded: who is no member is refused and not logged; a denial draws on a daily quota of the
//! reader's organisation, beyond it on the reader's balance, and its number is limited for each reader, in all and with each
//! patient; permitted requests are limited for each reader, too.
//!
//! Contract with the neighbours:
//!
//! - Down → `roles` through [`RoleQuery`] and [`RoleControl`], `records` through [`RecordQuery`], `consent` through
//!   [`ConsentPolicy`], `committee` through [`CommitteeQuery`], `attestation` through [`CredentialQuery`].
//! - Up ← `committee` brings shares through [`KeyRelease`]; `consent` asks for open cases through [`EmergencyQuery`]. The
//!   runtime API reads, and every member of the committee asks [`Pallet::stands`] before it makes a share.
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
	reason = "what FRAME's macros generate expects that pallets have names"
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

	/// Amounts of the runtime's currency.
	pub type BalanceOf<T> =
		<<T as Config>::Currency as Inspect<<T as frame_system::Config>::AccountId>>::Balance;

	/// A bond with this runtime's accounts and amounts.
	pub type BondOf<T> = Bond<<T as frame_system::Config>::AccountId, BalanceOf<T>>;

	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// Who is who, and the sanction of an unjustified emergency.
		type Roles: RoleQuery<Self::AccountId> + RoleControl<Self::AccountId>;

		/// What exists.
		type Records: RecordQuery<Self::AccountId>;

		/// Who may open it.
		type Consent: ConsentPolicy<Self::AccountId>;

		/// The committee's epochs.
		type Committee: CommitteeQuery;

		/// Whose credential is confirmed.
		type Credentials: CredentialQuery<Self::AccountId>;

		/// The time of the block.
		type Time: Time<Moment = Moment>;

		/// In what bonds are held, and fees and fines burnt.
		type Currency: Inspect<Self::AccountId>
			+ Mutate<Self::AccountId>
			+ MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>;

		/// Why an amount is held.
		type RuntimeHoldReason: From<HoldReason>;

		/// How long a release takes shares, in milliseconds.
		#[pallet::constant]
		type ReleaseLifetime: Get<Moment>;

		/// The most permitted requests of one reader within [`Config::ReleaseLifetime`].
		#[pallet::constant]
		type MaxOpenReleases: Get<u32>;

		/// Over what time denials are counted, in milliseconds; also the period of the quota.
		#[pallet::constant]
		type DenialWindow: Get<Moment>;

		/// The most denials of one reader within [`Config::DenialWindow`].
		#[pallet::constant]
		type MaxDenials: Get<u32>;

		/// The most denials of one reader with one patient within [`Config::DenialWindow`].
		#[pallet::constant]
		type MaxDenialsPerPatient: Get<u32>;

		/// How many denials in one period are free for the staff of an organisation, and as many for a hospital's patients.
		#[pallet::constant]
		type DenialQuota: Get<u32>;

		/// What a denial costs beyond the quota. Zero: it is refused then.
		#[pallet::constant]
		type DenialFee: Get<BalanceOf<Self>>;

		/// How old entries and cases must be to leave the state, in milliseconds.
		#[pallet::constant]
		type ArchiveAge: Get<Moment>;

		/// The most entries that one call archives.
		#[pallet::constant]
		type MaxArchived: Get<u32>;

		/// How long an emergency case opens records, in milliseconds.
		#[pallet::constant]
		type EmergencyLifetime: Get<Moment>;

		/// By when an emergency case must be reviewed, in milliseconds from its opening.
		#[pallet::constant]
		type ReviewPeriod: Get<Moment>;

		/// Over what time a clinician's cases are counted, in milliseconds.
		#[pallet::constant]
		type EmergencyWindow: Get<Moment>;

		/// The most cases of one clinician within [`Config::EmergencyWindow`].
		#[pallet::constant]
		type MaxEmergencies: Get<u32>;

		/// The most cases of one hospital that wait for a review.
		#[pallet::constant]
		type MaxUnreviewed: Get<u32>;

		/// The most cases that are kept of one patient.
		#[pallet::constant]
		type MaxCases: Get<u32>;

		/// What a hospital's bond must hold for it to open cases.
		#[pallet::constant]
		type MinBond: Get<BalanceOf<Self>>;

		/// What a rejected case takes from the hospital's bond, as far as there is so much.
		#[pallet::constant]
		type Fine: Get<BalanceOf<Self>>;

		/// The most cases of one hospital within [`Config::EmergencyWindow`].
		#[pallet::constant]
		type MaxOfHospital: Get<u32>;

		/// The most cases within [`Config::EmergencyWindow`] of all those whom one administrator admitted.
		#[pallet::constant]
		type MaxUnderAdmin: Get<u32>;

		/// Who appoints and dismisses the auditors of emergencies, and reinstates clinicians after a rejected one.
		type CouncilOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// The most auditors who are appointed at once.
		#[pallet::constant]
		type MaxAuditors: Get<u32>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;

		/// Makes the people and records that the benchmarks act on.
		#[cfg(any(test, feature = "runtime-benchmarks"))]
		type BenchmarkHelper: crate::benchmarking::BenchmarkHelper<Self::AccountId>;
	}

	/// Why the pallet holds an amount.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// A hospital answers with it for its emergencies.
		EmergencyBond,
	}

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// Where each patient's log stands. A log without entries has no row.
	// Blake2: accounts are chosen by people.
	#[pallet::storage]
	pub type Heads<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, LogHead, ValueQuery>;

	/// How many entries all logs have together, archived ones too. An auditor who counts fewer knows that a log is missing.
	#[pallet::storage]
	pub type TotalEntries<T: Config> = StorageValue<_, u64, ValueQuery>;

	/// The entries of each patient's log that are not archived.
	// Blake2: accounts are chosen by people. Twox: the pallet itself counts the entries of a patient.
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

	/// The number of the last request.
	#[pallet::storage]
	pub type RequestCount<T: Config> = StorageValue<_, RequestId, ValueQuery>;

	/// The requests up to this number have no release any more.
	#[pallet::storage]
	pub type Cleared<T: Config> = StorageValue<_, RequestId, ValueQuery>;

	/// The releases: open ones, and those that have ended and wait to be removed.
	// Twox: the chain gives the numbers.
	#[pallet::storage]
	pub type Releases<T: Config> =
		StorageMap<_, Twox64Concat, RequestId, Release<T::AccountId>, OptionQuery>;

	/// The shares that are posted for each release.
	// Twox: the chain gives the numbers of both.
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

	/// The permitted requests of each reader that have not ended, in direct mode too. Ended ones go with the next request.
	// Blake2: accounts are chosen by people.
	#[pallet::storage]
	pub type PermittedOf<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, PermittedList<T>, ValueQuery>;

	/// The denials that each reader caused of late: with whom and when. Older ones go with the next denial.
	// Blake2: accounts are chosen by people.
	#[pallet::storage]
	pub type DenialsOf<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, DenialList<T>, ValueQuery>;

	/// What each pool has used of its quota of denials.
	// Twox: the chain gives the numbers of organisations.
	#[pallet::storage]
	pub type DenialUsages<T: Config> = StorageMap<_, Twox64Concat, Pool, Usage, ValueQuery>;

	/// The number of the last emergency case.
	#[pallet::storage]
	pub type CaseCount<T: Config> = StorageValue<_, CaseId, ValueQuery>;

	/// The emergency cases that are kept.
	// Twox: the chain gives the numbers.
	#[pallet::storage]
	pub type Cases<T: Config> =
		StorageMap<_, Twox64Concat, CaseId, EmergencyCase<T::AccountId>, OptionQuery>;

	/// The cases of each patient, oldest first.
	// Blake2: accounts are chosen by people.
	#[pallet::storage]
	pub type CasesOf<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, BoundedVec<CaseId, T::MaxCases>, ValueQuery>;

	/// The latest case that someone opened for a patient, as long as it is kept.
	// Blake2: accounts are chosen by people.
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

	/// The cases of each hospital that wait for a review, oldest first: so the first one is due first.
	// Twox: the chain gives the numbers.
	#[pallet::storage]
	pub type Unreviewed<T: Config> = StorageMap<
		_,
		Twox64Concat,
		OrganisationId,
		BoundedVec<CaseId, T::MaxUnreviewed>,
		ValueQuery,
	>;

	/// When each clinician opened cases of late. Older ones go with the next opening.
	// Blake2: accounts are chosen by people.
	#[pallet::storage]
	pub type OpeningsOf<T: Config> = StorageMap<
		_,
		Blake2_128Concat,
		T::AccountId,
		BoundedVec<Moment, T::MaxEmergencies>,
		ValueQuery,
	>;

	/// When each hospital's people opened cases of late. Older ones go with the next opening.
	// Twox: the chain gives the numbers.
	#[pallet::storage]
	pub type OpeningsFor<T: Config> = StorageMap<
		_,
		Twox64Concat,
		OrganisationId,
		BoundedVec<Moment, T::MaxOfHospital>,
		ValueQuery,
	>;

	/// When those whom each administrator admitted opened cases of late. Older ones go with the next opening.
	// Blake2: accounts are chosen by people.
	#[pallet::storage]
	pub type OpeningsUnder<T: Config> = StorageMap<
		_,
		Blake2_128Concat,
		T::AccountId,
		BoundedVec<Moment, T::MaxUnderAdmin>,
		ValueQuery,
	>;

	/// Until when the last case of each hospital opens records, that moment excluded.
	// Twox: the chain gives the numbers.
	#[pallet::storage]
	pub type RunningUntil<T: Config> =
		StorageMap<_, Twox64Concat, OrganisationId, Moment, OptionQuery>;

	/// The auditors whom the council appointed to review emergencies, in order of appointment.
	#[pallet::storage]
	pub type Auditors<T: Config> =
		StorageValue<_, BoundedVec<AuditorOf<T>, T::MaxAuditors>, ValueQuery>;

	/// How each case is reviewed that is kept. Those of before there were panels have no row until they are reviewed.
	// Twox: the chain gives the numbers.
	#[pallet::storage]
	pub type Reviews<T: Config> = StorageMap<_, Twox64Concat, CaseId, ReviewOf<T>, OptionQuery>;

	/// The hashes of blocks by which the panels of open cases are drawn.
	// Twox: the chain gives the numbers.
	#[pallet::storage]
	pub type Lots<T: Config> =
		StorageMap<_, Twox64Concat, BlockNumberFor<T>, Lot<T::Hash>, OptionQuery>;

	/// The hospitals' bonds.
	// Twox: the chain gives the numbers.
	#[pallet::storage]
	pub type Bonds<T: Config> = StorageMap<_, Twox64Concat, OrganisationId, BondOf<T>, OptionQuery>;

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		/// Keeps the hash of the block before, if it draws panels.
		fn on_initialize(now: BlockNumberFor<T>) -> Weight {
			Self::draw_lot(now)
		}

		/// Removes releases that have ended, within what the block has left.
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
				T::MinBond::get() >= T::Fine::get(),
				"what a hospital must put up must cover a fine"
			);
			assert!(
				T::DenialWindow::get() > 0 && T::MaxDenialsPerPatient::get() > 0,
				"denials must be counted over some time, and be logged"
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
		/// Asks to open a version of a record. The answer is logged, permit or deny.
		///
		/// ## Origin
		/// Signed by anyone who holds a membership, in good standing or not: those who are not are denied, on the record.
		///
		/// ## Details
		/// A permit counts one use of what it rests on. If the version's key is sealed to the committee, its members
		/// now post their shares, for [`Config::ReleaseLifetime`]; otherwise the reader uses their wrap. A denial draws on
		/// the daily quota of the organisation for which the reader acts (a patient's on that of the hospital that enrolled
		/// them), and costs the reader [`Config::DenialFee`] beyond it. A denial is no error: the call succeeds, since it
		/// writes the log.
		///
		/// ## Errors
		/// [`Error::NotMember`], [`Error::UnknownRecord`], [`Error::LogFull`]. For what would be permitted:
		/// [`Error::InvalidReaderKey`], [`Error::EpochWithoutKey`], [`Error::ReaderKeyUsed`], [`Error::TooManyOpen`]. For
		/// what would be denied: [`Error::TooManyDenials`], [`Error::DenialQuotaExhausted`].
		///
		/// ## Events
		/// [`Event::Logged`], and [`Event::Permitted`] or [`Event::Refused`]; [`Event::DenialPaid`] if it comes to that.
		#[pallet::call_index(0)]
		#[pallet::weight(Pallet::<T>::request_weight())]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &AccessRequest| -> bool { true })]
		pub fn request(origin: OriginFor<T>, request: AccessRequest) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_request(who, request)
		}

		/// Moves the oldest entries of a patient's log out of the state, up to the one with index `up_to`, that one excluded.
		///
		/// ## Origin
		/// Signed by the patient, or by an auditor in good standing whom the council appointed.
		///
		/// ## Details
		/// All of them are older than [`Config::ArchiveAge`], and at most [`Config::MaxArchived`]. The log's head stays as it
		/// is. The entries remain in the history of the chain: in the state of older blocks, and in [`Event::Logged`].
		///
		/// ## Errors
		/// [`Error::NotKeeper`], [`Error::NothingToArchive`], [`Error::TooManyToArchive`], [`Error::TooYoung`].
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
		/// Signed by a practitioner of the hospital, in good standing, whose credential is confirmed by an administrator other
		/// than the one who admitted them.
		///
		/// ## Details
		/// `statement` is the SHA-256 of the written reason, which stays with the hospital. For
		/// [`Config::EmergencyLifetime`] the case is a basis on which the caller's requests may be permitted; the patient's
		/// consent says whether it is, since a patient may opt out, and a case that would open nothing is refused. By
		/// [`Config::ReviewPeriod`] it must be reviewed; two blocks later it is known by whom. When as many cases of the
		/// patient are kept as may be, the oldest decided one makes room.
		///
		/// ## Errors
		/// [`Error::NoStatement`], [`Error::NotPractitioner`], [`Error::NotHospital`], [`Error::NotAttested`],
		/// [`Error::VouchedByOne`], [`Error::Oneself`], [`Error::UnknownPatient`], [`Error::AlreadyOpen`],
		/// [`Error::BarredByPatient`], [`Error::BondTooSmall`], [`Error::ReviewOverdue`], [`Error::TooManyUnreviewed`],
		/// [`Error::TooManyEmergencies`], [`Error::TooManyOfHospital`], [`Error::TooManyUnderAdmin`],
		/// [`Error::TooManyCases`], [`Error::LogFull`].
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
		/// Signed, as [`Reviewer::Auditor`], by an auditor who was drawn for the case; as [`Reviewer::Admin`], by an
		/// administrator of its hospital, which is active, who did not open it, nor admitted the opener, nor confirmed their
		/// credential.
		///
		/// ## Details
		/// Each organisation has one voice. Two against the case settle it, while it runs as well as later: it opens nothing
		/// any more, the opener is suspended as a practitioner until the council reinstates them, and [`Config::Fine`] of the
		/// hospital's bond is burnt. It is justified when more drawn auditors say so than say the contrary, and the hospital
		/// agrees; where the hospital has no administrator who may speak, or disagrees, a second drawn auditor takes its
		/// place. A review that comes late counts as well.
		///
		/// ## Errors
		/// [`Error::UnknownCase`], [`Error::AlreadyDecided`], [`Error::OwnCase`], [`Error::NotAuditor`],
		/// [`Error::LotPending`], [`Error::NotDrawn`], [`Error::NotAdmin`], [`Error::NotIndependent`],
		/// [`Error::AlreadyReviewed`], [`Error::SameReviewer`], [`Error::LogFull`].
		///
		/// ## Events
		/// [`Event::Logged`], [`Event::EmergencyReviewed`], and [`Event::EmergencyDecided`] if it comes to that.
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

		/// Moves a decided case out of the state. The patient's log keeps what happened.
		///
		/// ## Origin
		/// Signed by the patient, or by an auditor in good standing whom the council appointed.
		///
		/// ## Details
		/// It was opened [`Config::ArchiveAge`] ago or earlier.
		///
		/// ## Errors
		/// [`Error::UnknownCase`], [`Error::NotKeeper`], [`Error::NotDecided`], [`Error::TooYoung`].
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
		/// Signed by an administrator of the hospital, which is active.
		///
		/// ## Details
		/// A bond is held on one account. Cases can be opened while it holds [`Config::MinBond`] or more.
		///
		/// ## Errors
		/// [`Error::NotAdmin`], [`Error::NotHospital`], [`Error::NothingToDeposit`], [`Error::BondOfAnother`], and those of
		/// the currency.
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

		/// Gives a hospital's whole bond back to the account on which it is held.
		///
		/// ## Origin
		/// Signed by that account, or by an administrator of the hospital, which is active.
		///
		/// ## Details
		/// No case of the hospital waits for a review, and none opens records any more: the bond answers for those.
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
		/// The account is an auditor in good standing of some organisation. It is drawn for cases of other hospitals as long
		/// as it is an auditor of that organisation. For cases that are open already it only fills seats that are left over.
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

		/// Dismisses an auditor: they are drawn no more, also for cases that are open. What they said stands.
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

		/// Reinstates a practitioner who was suspended for an emergency that was rejected.
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

		/// What a request costs at most: the dearer of both answers, with what the neighbours do for it.
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
