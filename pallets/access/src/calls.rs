//! Calls of the pallet. Each checks its origin and leaves the rest to a `do_…` function.
//!
//! `feeless_if` with `true`: the runtime may draw the call from the sender's allowance instead of
//! charging a fee (`runtime/src/fees.rs`).

// `#[import_section]` in `lib.rs` pastes this into `mod pallet`, whose imports apply here.
#![allow(unused_imports)]

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod calls {
	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Requests to open a version of a record. The chain logs the answer, permit or deny.
		///
		/// ## Origin
		/// Signed by any account with a membership, live or not. An account without a live
		/// membership is denied, and the denial is logged.
		///
		/// ## Details
		/// A permit counts one use of its basis. If the version's key is sealed to the
		/// committee, committee members now post their shares, for [`Config::ReleaseLifetime`].
		/// Otherwise the reader uses their wrap. A denial draws on the daily quota of the
		/// organisation for which the reader acts (for a patient, on the quota of the hospital that
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
		pub fn request(origin: OriginFor<T>, request: AccessRequest) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin)?;
			Self::do_request(who, request, None)
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
		/// [`Error::TooManyUnderAdmin`], [`Error::TooManyForPatient`], [`Error::TooManyCases`],
		/// [`Error::LogFull`].
		///
		/// ## Events
		/// [`Event::Logged`], [`Event::EmergencyOpened`].
		#[pallet::call_index(2)]
		#[pallet::weight(Pallet::<T>::open_emergency_weight())]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &T::AccountId, _: &OrganisationId, _: &EmergencyReason, _: &Hash32|
			-> bool { true })]
		pub fn open_emergency(
			origin: OriginFor<T>,
			patient: T::AccountId,
			organisation: OrganisationId,
			reason: EmergencyReason,
			statement: Hash32,
		) -> DispatchResultWithPostInfo {
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
		///
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
		#[pallet::weight(Pallet::<T>::review_weight())]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &CaseId, _: &bool, _: &Reviewer| -> bool { true })]
		pub fn review_emergency(
			origin: OriginFor<T>,
			case: CaseId,
			justified: bool,
			reviewer: Reviewer,
		) -> DispatchResultWithPostInfo {
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

		/// Dismisses an auditor.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Details
		/// They are no longer drawn, not even for open cases. Their earlier votes still count.
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
		/// ## Details
		/// The membership is active again. If it has been revoked since, it stays revoked, but
		/// an organisation can admit the account again.
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

		/// Breaks the glass, and requests a version under the new case.
		///
		/// ## Origin
		/// As for [`Pallet::open_emergency`].
		///
		/// ## Details
		/// Does what [`Pallet::open_emergency`] does for the record's patient, and then what
		/// [`Pallet::request`] does, in one block. If the new case is not what permits the request,
		/// the call fails: no case is opened and nothing is logged.
		///
		/// ## Errors
		/// [`Error::UnknownRecord`], [`Error::RecordErased`], [`Error::NotByCase`], and the errors
		/// of [`Pallet::open_emergency`] and of a permitted [`Pallet::request`].
		///
		/// ## Events
		/// [`Event::Logged`] twice, [`Event::EmergencyOpened`], [`Event::Permitted`].
		#[pallet::call_index(10)]
		#[pallet::weight(Pallet::<T>::request_in_emergency_weight())]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &OrganisationId, _: &EmergencyReason, _: &Hash32, _: &AccessRequest|
			-> bool { true })]
		pub fn request_in_emergency(
			origin: OriginFor<T>,
			organisation: OrganisationId,
			reason: EmergencyReason,
			statement: Hash32,
			request: AccessRequest,
		) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin)?;
			Self::do_request_in_emergency(who, organisation, reason, statement, request)
		}

		/// Requests to open a version, and has the members of another epoch with its key release
		/// it.
		///
		/// ## Origin
		/// As for [`Pallet::request`].
		///
		/// ## Details
		/// Does what [`Pallet::request`] does. Members of earlier epochs with the key keep their
		/// shares until every member of the last one has confirmed its own. Until then, an earlier
		/// epoch may be able to release the key when too few members of the last one answer.
		///
		/// ## Errors
		/// Those of [`Pallet::request`], and [`Error::WrongEpoch`] if the epoch's members hold no
		/// shares of the version's key that may be needed.
		///
		/// ## Events
		/// As for [`Pallet::request`].
		#[pallet::call_index(11)]
		#[pallet::weight(Pallet::<T>::request_weight())]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &AccessRequest, _: &Epoch| -> bool { true })]
		pub fn request_from(
			origin: OriginFor<T>,
			request: AccessRequest,
			epoch: Epoch,
		) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin)?;
			Self::do_request(who, request, Some(epoch))
		}
	}
}
