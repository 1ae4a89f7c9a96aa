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
		/// States a verdict about a subject.
		///
		/// ## Origin
		/// About a version of a record: a live records admin of the organisation for which the
		/// version was written, other than its author. About a credential: an administrator of the
		/// member's organisation, which must be active, other than the member.
		///
		/// ## Details
		/// The statement counts until `expires`, or until it is revoked if that is `None`. Expired
		/// statements make room for new ones.
		///
		/// ## Errors
		/// [`Error::UnknownSubject`], [`Error::RecordErased`], [`Error::CredentialRevoked`],
		/// [`Error::NotPermitted`], [`Error::SelfAttestation`], [`Error::NotStored`],
		/// [`Error::AlreadyExpired`], [`Error::AlreadyAttested`], [`Error::TooManyAttestations`].
		///
		/// ## Events
		/// [`Event::Attested`], and [`Event::VerdictFallen`] and [`Event::VerdictReached`] if the
		/// verdict changes.
		#[pallet::call_index(0)]
		#[pallet::weight(<T as Config>::WeightInfo::attest()
			.saturating_add(T::Roles::memberships_weight())
			.saturating_add(Pallet::<T>::hooks_weight()))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &SubjectOf<T>, _: &Verdict, _: &ReasonCode, _: &Option<Moment>|
			-> bool { true })]
		pub fn attest(
			origin: OriginFor<T>,
			subject: SubjectOf<T>,
			verdict: Verdict,
			reason: ReasonCode,
			expires: Option<Moment>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_attest(who, subject, verdict, reason, expires)
		}

		/// Revokes a statement.
		///
		/// ## Origin
		/// Signed by one of these:
		/// - the account that made the statement, while it may still make one about the subject;
		/// - an administrator of the organisation for which it was made, while that is active.
		///
		/// ## Details
		/// The statement no longer counts, and its author may make another one.
		///
		/// ## Errors
		/// [`Error::UnknownAttestation`], [`Error::NotPermitted`].
		///
		/// ## Events
		/// [`Event::Revoked`], and [`Event::VerdictFallen`] and [`Event::VerdictReached`] if the
		/// verdict changes.
		#[pallet::call_index(1)]
		#[pallet::weight(<T as Config>::WeightInfo::revoke()
			.saturating_add(T::Roles::memberships_weight())
			.saturating_add(Pallet::<T>::hooks_weight()))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &SubjectOf<T>, _: &T::AccountId| -> bool { true })]
		pub fn revoke(
			origin: OriginFor<T>,
			subject: SubjectOf<T>,
			attester: T::AccountId,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_revoke(who, subject, attester)
		}

		/// Sets the number of equal verdicts that an organisation requires.
		///
		/// ## Origin
		/// Signed by an administrator of the organisation, which must be active.
		///
		/// ## Details
		/// Takes effect on a subject with the next statement about it, or the next revocation of
		/// one.
		///
		/// ## Errors
		/// [`Error::NotPermitted`], [`Error::InvalidThreshold`].
		///
		/// ## Events
		/// [`Event::ThresholdSet`].
		#[pallet::call_index(2)]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &OrganisationId, _: &u32| -> bool { true })]
		pub fn set_threshold(
			origin: OriginFor<T>,
			organisation: OrganisationId,
			threshold: u32,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_set_threshold(who, organisation, threshold)
		}
	}
}
