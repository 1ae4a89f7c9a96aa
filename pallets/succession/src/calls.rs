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
		// Index 0 is retired and is never given to another call. It was `propose`, which named a
		// successor without its signature.

		/// Supports an attempt.
		///
		/// ## Origin
		/// As for [`Pallet::propose_accepted`].
		///
		/// ## Details
		/// `successor` is the account that the attempt is for, so that nobody supports an account
		/// other than the one they saw. One administrator supports for the whole hospital. Supports
		/// by accounts that are no longer entitled are dropped.
		///
		/// ## Errors
		/// [`Error::NoAttempt`], [`Error::Expired`], [`Error::OtherSuccessor`],
		/// [`Error::NotPatient`], [`Error::NotEntitled`], [`Error::AlreadySupported`],
		/// [`Error::TooManySupporters`], and errors of the log.
		///
		/// ## Events
		/// [`Event::Supported`].
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::approve()
			.saturating_add(Pallet::<T>::standing_weight())
			.saturating_add(T::Log::append_weight()))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &T::AccountId, _: &T::AccountId| -> bool { true })]
		pub fn approve(
			origin: OriginFor<T>,
			patient: T::AccountId,
			successor: T::AccountId,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_approve(who, &patient, &successor)
		}

		/// Objects to an attempt and ends it: the key is not lost.
		///
		/// ## Origin
		/// Signed by the patient, or by the current successor of a recovered patient.
		///
		/// ## Details
		/// Possible at any time before completion. The proposer has to wait for
		/// [`Config::Cooldown`] before they propose again. If the proposer acted for the hospital,
		/// all its administrators wait.
		///
		/// ## Errors
		/// [`Error::NotHolder`], [`Error::NoAttempt`], and errors of the log.
		///
		/// ## Events
		/// [`Event::Objected`].
		#[pallet::call_index(2)]
		#[pallet::weight((
			T::WeightInfo::object().saturating_add(T::Log::append_weight()),
			DispatchClass::Operational,
		))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &T::AccountId| -> bool { true })]
		pub fn object(origin: OriginFor<T>, patient: T::AccountId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_object(who, patient)
		}

		/// Withdraws an attempt.
		///
		/// ## Origin
		/// Signed by its proposer.
		///
		/// ## Details
		/// The proposer has to wait for [`Config::Cooldown`]; others may propose at once.
		///
		/// ## Errors
		/// [`Error::NoAttempt`], [`Error::NotProposer`], and errors of the log.
		///
		/// ## Events
		/// [`Event::Withdrawn`].
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::withdraw().saturating_add(T::Log::append_weight()))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &T::AccountId| -> bool { true })]
		pub fn withdraw(origin: OriginFor<T>, patient: T::AccountId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_withdraw(who, patient)
		}

		/// Completes an attempt: from now on the successor acts for the patient, and the lost key
		/// does not.
		///
		/// ## Origin
		/// Signed by anyone.
		///
		/// ## Details
		/// Enough accounts that are entitled now must support the attempt: either as many guardians
		/// as the patient required at its start and requires now, or the hospital and one guardian,
		/// if the patient allowed the hospital at both times. The last necessary support must be
		/// [`Config::Delay`] old. The successor gets a provider reference and can then sign
		/// transactions without a balance.
		///
		/// ## Errors
		/// [`Error::NoAttempt`], [`Error::Expired`], [`Error::NotPatient`], [`Error::IsSuccessor`],
		/// [`Error::NotFresh`], [`Error::NotEnough`], [`Error::TooEarly`], and errors of the log.
		///
		/// ## Events
		/// [`Event::Succeeded`].
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::complete()
			.saturating_add(Pallet::<T>::standing_weight())
			.saturating_add(T::Log::append_weight()))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &T::AccountId| -> bool { true })]
		pub fn complete(origin: OriginFor<T>, patient: T::AccountId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_complete(who, patient)
		}

		/// Sets the number of guardians that a recovery needs.
		///
		/// ## Origin
		/// Signed by the patient, or by the current successor of a recovered patient.
		///
		/// ## Details
		/// From 2 to 8; `None` for a majority of the guardians, and at least 2. A number above that
		/// of the guardians leaves only recovery through the hospital. An open attempt needs the
		/// higher of the old and the new number.
		///
		/// ## Errors
		/// [`Error::NotHolder`], [`Error::NotPatient`], [`Error::InvalidThreshold`].
		///
		/// ## Events
		/// [`Event::PolicySet`].
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::set_threshold().saturating_add(T::Roles::memberships_weight()))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &T::AccountId, _: &Option<u32>| -> bool { true })]
		pub fn set_threshold(
			origin: OriginFor<T>,
			patient: T::AccountId,
			threshold: Option<u32>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_set_threshold(&who, patient, threshold)
		}

		/// Allows or excludes the hospital that enrolled the patient, which can recover the account
		/// with one guardian.
		///
		/// ## Origin
		/// Signed by the patient, or by the current successor of a recovered patient.
		///
		/// ## Details
		/// The hospital is allowed by default. Allowing it again applies to later attempts only;
		/// excluding it also applies to an open one.
		///
		/// ## Errors
		/// [`Error::NotHolder`], [`Error::NotPatient`].
		///
		/// ## Events
		/// [`Event::PolicySet`].
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::let_hospital()
			.saturating_add(T::Roles::memberships_weight())
			.saturating_add(T::DbWeight::get().reads_writes(1, 1)))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &T::AccountId, _: &bool| -> bool { true })]
		pub fn let_hospital(
			origin: OriginFor<T>,
			patient: T::AccountId,
			hospital: bool,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_let_hospital(&who, patient, hospital)
		}

		/// Dispatches a call in the patient's name.
		///
		/// ## Origin
		/// Signed by the current successor of the patient.
		///
		/// ## Details
		/// The call runs as if the patient had signed it, and this call returns its result.
		/// [`Config::ActFilter`] decides which calls are permitted, including those in a batch;
		/// `act` itself never is. This call is feeless if the inner call is. It gives no access to
		/// the successor's other roles: someone who acts as a patient does not act as the doctor
		/// that they may also be.
		///
		/// ## Errors
		/// [`Error::NotSuccessor`], [`Error::Forbidden`], and errors of the call.
		///
		/// ## Events
		/// [`Event::Acted`], after the events of the call.
		#[pallet::call_index(7)]
		#[pallet::weight({
			let info = call.get_dispatch_info();
			let filter = T::ActFilter::may_act_weight((**call).into_ref());
			(T::WeightInfo::act().saturating_add(filter).saturating_add(info.call_weight), info.class)
		})]
		// Feeless if the call is feeless for the patient.
		#[pallet::feeless_if(|origin: &OriginFor<T>, _: &T::AccountId, call: &Box<<T as Config>::RuntimeCall>|
			-> bool { call.is_feeless(origin) })]
		pub fn act(
			origin: OriginFor<T>,
			patient: T::AccountId,
			call: Box<<T as Config>::RuntimeCall>,
		) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin.clone())?;
			Self::do_act(origin, who, patient, *call)
		}

		/// Reports that a patient lost their key, and proposes the account that will act for them,
		/// with its signature.
		///
		/// ## Origin
		/// Signed by a guardian of the patient, or by an administrator of the active hospital that
		/// enrolled the patient, unless the patient excluded the hospital.
		///
		/// ## Details
		/// The proposal counts as the caller's support. `successor` must have no membership, must
		/// not be entitled to support, and must never have been a successor. `signature` is its
		/// signature over [`Recovery::to_sign`](salus_primitives::Recovery::to_sign), either
		/// directly or between `<Bytes>` and `</Bytes>`; `until` is its end, at most
		/// [`MAX_SIGNATURE_LIFETIME`] ahead. Until then, other supporters may propose the account
		/// for this patient with the same signature, once an attempt has ended.
		///
		/// A patient has one attempt at a time, which lasts for [`Config::MaxLifetime`].
		///
		/// ## Errors
		/// [`Error::SignatureExpired`], [`Error::SignatureLivesTooLong`], [`Error::IsSuccessor`],
		/// [`Error::NotPatient`], [`Error::NotEntitled`], [`Error::NotFresh`],
		/// [`Error::AlreadyOpen`], [`Error::CoolingDown`], [`Error::InvalidSignature`], and errors
		/// of the log.
		///
		/// ## Events
		/// [`Event::Proposed`].
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::propose_accepted()
			.saturating_add(Pallet::<T>::standing_weight())
			.saturating_add(T::Roles::memberships_weight())
			.saturating_add(T::Log::append_weight()))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &T::AccountId, _: &T::AccountId, _: &Moment,
			_: &T::Signature| -> bool { true })]
		pub fn propose_accepted(
			origin: OriginFor<T>,
			patient: T::AccountId,
			successor: T::AccountId,
			until: Moment,
			signature: T::Signature,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_propose(who, patient, successor, until, &signature)
		}
	}
}
