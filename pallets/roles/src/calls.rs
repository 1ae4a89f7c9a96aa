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
		/// Registers an organisation and assigns it the next number.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Details
		/// `profile` is the SHA-256 of the organisation's FHIR Organization resource, which is
		/// published off chain. An administrator who is new to the chain gets a provider reference
		/// and can then send transactions without a balance.
		///
		/// ## Errors
		/// [`Error::NoAdmins`], [`Error::DuplicateAdmin`], [`Error::TooManyAdministrations`].
		///
		/// ## Events
		/// [`Event::OrganisationRegistered`].
		#[pallet::call_index(0)]
		#[pallet::weight(<T as Config>::WeightInfo::register_organisation(admins.len() as u32))]
		pub fn register_organisation(
			origin: OriginFor<T>,
			kind: OrganisationKind,
			admins: AdminsOf<T>,
			profile: Hash32,
		) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_register_organisation(kind, admins, profile)
		}

		/// Suspends an organisation: its administrators and members cannot act for it.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Details
		/// The memberships do not change, and are live again after a reinstatement.
		///
		/// ## Errors
		/// [`Error::UnknownOrganisation`], [`Error::AlreadySuspended`].
		///
		/// ## Events
		/// [`Event::OrganisationSuspended`].
		#[pallet::call_index(1)]
		pub fn suspend_organisation(
			origin: OriginFor<T>,
			organisation: OrganisationId,
		) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_suspend_organisation(organisation)
		}

		/// Reinstates a suspended organisation.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Details
		/// Its memberships are live again, except those that are suspended, revoked or expired.
		///
		/// ## Errors
		/// [`Error::UnknownOrganisation`], [`Error::NotSuspended`].
		///
		/// ## Events
		/// [`Event::OrganisationReinstated`].
		#[pallet::call_index(2)]
		pub fn reinstate_organisation(
			origin: OriginFor<T>,
			organisation: OrganisationId,
		) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_reinstate_organisation(organisation)
		}

		/// Replaces the administrators of an organisation, suspended or not.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Details
		/// An administrator who is dropped also loses their share of the organisation's key, unless
		/// they are a records admin of it.
		///
		/// ## Errors
		/// [`Error::UnknownOrganisation`], [`Error::NoAdmins`], [`Error::DuplicateAdmin`],
		/// [`Error::TooManyAdministrations`].
		///
		/// ## Events
		/// [`Event::AdminsSet`].
		#[pallet::call_index(3)]
		#[pallet::weight(<T as Config>::WeightInfo::set_admins(admins.len() as u32))]
		pub fn set_admins(
			origin: OriginFor<T>,
			organisation: OrganisationId,
			admins: AdminsOf<T>,
		) -> DispatchResult {
			T::CouncilOrigin::ensure_origin(origin)?;
			Self::do_set_admins(organisation, admins)
		}

		/// Admits the caller as a member in any role except patient.
		///
		/// ## Origin
		/// Signed by an administrator of the active organisation, for their own `account`.
		/// [`admit_accepted`](Pallet::admit_accepted) admits others.
		///
		/// ## Details
		/// As for [`admit_accepted`](Pallet::admit_accepted).
		///
		/// ## Errors
		/// [`Error::UnknownOrganisation`], [`Error::OrganisationSuspended`], [`Error::NotAdmin`],
		/// [`Error::PatientsEnrol`], [`Error::AlreadyExpired`], [`Error::Barred`],
		/// [`Error::AlreadyMember`], [`Error::NotAccepted`].
		///
		/// ## Events
		/// [`Event::MemberAdmitted`].
		#[pallet::call_index(4)]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &OrganisationId, _: &T::AccountId, _: &Role, _: &Hash32,
			_: &Option<Moment>, _: &Option<Specialty>| -> bool { true })]
		pub fn admit_member(
			origin: OriginFor<T>,
			organisation: OrganisationId,
			account: T::AccountId,
			role: Role,
			credential: Hash32,
			expires: Option<Moment>,
			specialty: Option<Specialty>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			let entitled = Entitlement { credential, expires, specialty };
			Self::do_admit_member(&who, organisation, account, role, entitled, None)
		}

		/// Replaces a member's credential, its end and the member's specialty.
		///
		/// ## Origin
		/// Signed by an administrator of the member's organisation, which must be active.
		///
		/// ## Details
		/// A suspended membership stays suspended. A patient's credential has no end.
		///
		/// ## Errors
		/// [`Error::UnknownOrganisation`], [`Error::OrganisationSuspended`], [`Error::NotAdmin`],
		/// [`Error::AlreadyExpired`], [`Error::PatientStays`], [`Error::UnknownMember`],
		/// [`Error::NotYourMember`], [`Error::MemberRevoked`].
		///
		/// ## Events
		/// [`Event::MemberRenewed`].
		#[pallet::call_index(5)]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &OrganisationId, _: &T::AccountId, _: &Role, _: &Hash32,
			_: &Option<Moment>, _: &Option<Specialty>| -> bool { true })]
		pub fn renew_member(
			origin: OriginFor<T>,
			organisation: OrganisationId,
			account: T::AccountId,
			role: Role,
			credential: Hash32,
			expires: Option<Moment>,
			specialty: Option<Specialty>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			let entitled = Entitlement { credential, expires, specialty };
			Self::do_renew_member(&who, organisation, account, role, entitled)
		}

		/// Suspends a membership in any role except patient.
		///
		/// ## Origin
		/// Signed by an administrator of the member's organisation, which must be active.
		///
		/// ## Details
		/// The membership is not live until it is reinstated.
		///
		/// ## Errors
		/// [`Error::UnknownOrganisation`], [`Error::OrganisationSuspended`], [`Error::NotAdmin`],
		/// [`Error::PatientStays`], [`Error::UnknownMember`], [`Error::NotYourMember`],
		/// [`Error::MemberRevoked`], [`Error::AlreadySuspended`].
		///
		/// ## Events
		/// [`Event::MemberSuspended`].
		#[pallet::call_index(6)]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &OrganisationId, _: &T::AccountId, _: &Role| -> bool { true })]
		pub fn suspend_member(
			origin: OriginFor<T>,
			organisation: OrganisationId,
			account: T::AccountId,
			role: Role,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_suspend_member(&who, organisation, account, role)
		}

		/// Reinstates a suspended membership.
		///
		/// ## Origin
		/// Signed by an administrator of the member's organisation, which must be active.
		///
		/// ## Details
		/// Only the council reinstates a membership that was suspended for a rejected emergency.
		///
		/// ## Errors
		/// [`Error::UnknownOrganisation`], [`Error::OrganisationSuspended`], [`Error::NotAdmin`],
		/// [`Error::UnknownMember`], [`Error::NotYourMember`], [`Error::MemberRevoked`],
		/// [`Error::NotSuspended`], [`Error::Barred`].
		///
		/// ## Events
		/// [`Event::MemberReinstated`].
		#[pallet::call_index(7)]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &OrganisationId, _: &T::AccountId, _: &Role| -> bool { true })]
		pub fn reinstate_member(
			origin: OriginFor<T>,
			organisation: OrganisationId,
			account: T::AccountId,
			role: Role,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_reinstate_member(&who, organisation, account, role)
		}

		/// Revokes a membership in any role except patient.
		///
		/// ## Origin
		/// Signed by an administrator of the member's organisation, which must be active.
		///
		/// ## Details
		/// The account needs a new admission, by this or another organisation, to be a member
		/// again. A revoked records admin also loses their share of the organisation's key, unless
		/// they administer it. They still know the secret key: give the organisation a new key.
		///
		/// ## Errors
		/// [`Error::UnknownOrganisation`], [`Error::OrganisationSuspended`], [`Error::NotAdmin`],
		/// [`Error::PatientStays`], [`Error::UnknownMember`], [`Error::NotYourMember`],
		/// [`Error::MemberRevoked`].
		///
		/// ## Events
		/// [`Event::MemberRevoked`].
		#[pallet::call_index(8)]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &OrganisationId, _: &T::AccountId, _: &Role| -> bool { true })]
		pub fn revoke_member(
			origin: OriginFor<T>,
			organisation: OrganisationId,
			account: T::AccountId,
			role: Role,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_revoke_member(&who, organisation, account, role)
		}

		/// Enrols a patient at a hospital, with the patient's signature.
		///
		/// ## Origin
		/// Signed by an administrator or a live records admin of the hospital, which must be
		/// active.
		///
		/// ## Details
		/// `signature` is the patient's signature over
		/// [`Enrolment::to_sign`](salus_primitives::Enrolment::to_sign), either directly or between
		/// `<Bytes>` and `</Bytes>`, as browser extensions sign. `expires` is the end of the
		/// signature, at most [`MAX_SIGNATURE_LIFETIME`] ahead. `credential` is the SHA-256 of the
		/// document that the hospital used to identify the patient.
		///
		/// The patient gets the first version of their key-agreement key (the next version, if the
		/// account has a key in another role), a provider reference, and, through
		/// [`Config::OnEnrolled`], a first grant to the hospital. A repeated call is refused and
		/// changes nothing. A patient without an organisation can be enrolled in the same way; the
		/// signature must then end more than [`MAX_SIGNATURE_LIFETIME`] after the previous
		/// membership began.
		///
		/// ## Errors
		/// [`Error::UnknownOrganisation`], [`Error::OrganisationSuspended`],
		/// [`Error::NotHospital`], [`Error::NotEnroller`], [`Error::AlreadyEnrolled`],
		/// [`Error::InvalidKey`], [`Error::SignatureExpired`], [`Error::SignatureLivesTooLong`],
		/// [`Error::SignatureUsed`], [`Error::Succeeded`], [`Error::InvalidSignature`].
		///
		/// ## Events
		/// [`Event::KeySet`], [`Event::PatientEnrolled`].
		#[pallet::call_index(9)]
		#[pallet::weight(<T as Config>::WeightInfo::enrol_patient()
			.saturating_add(T::Succession::succession_weight())
			.saturating_add(T::OnEnrolled::on_enrolled_weight()))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &OrganisationId, _: &T::AccountId, _: &KeyAgreementPublic,
			_: &Hash32, _: &Moment, _: &T::Signature| -> bool { true })]
		#[allow(clippy::too_many_arguments, reason = "a call's arguments are its interface")]
		pub fn enrol_patient(
			origin: OriginFor<T>,
			organisation: OrganisationId,
			patient: T::AccountId,
			key: KeyAgreementPublic,
			credential: Hash32,
			expires: Moment,
			signature: T::Signature,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_enrol_patient(&who, organisation, patient, key, credential, expires, signature)
		}

		/// Enrols the caller as a patient without an organisation.
		///
		/// ## Origin
		/// Signed. A caller who is not a member yet pays the fee.
		///
		/// ## Details
		/// The caller gets the first version of their key-agreement key (the next version, if they
		/// have a key in another role). Nobody gets a grant.
		///
		/// ## Errors
		/// [`Error::AlreadyEnrolled`], [`Error::InvalidKey`].
		///
		/// ## Events
		/// [`Event::KeySet`], [`Event::PatientEnrolled`].
		#[pallet::call_index(10)]
		#[pallet::weight(<T as Config>::WeightInfo::enrol()
			.saturating_add(T::OnEnrolled::on_enrolled_weight()))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &KeyAgreementPublic| -> bool { true })]
		pub fn enrol(origin: OriginFor<T>, key: KeyAgreementPublic) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_enrol(who, key)
		}

		/// Sets or replaces the caller's key-agreement key.
		///
		/// ## Origin
		/// Signed by an account that has a membership that is not revoked, or administers an
		/// organisation.
		///
		/// ## Details
		/// The version grows by one. Earlier ciphertexts stay sealed to the earlier key.
		///
		/// ## Errors
		/// [`Error::NotMember`], [`Error::InvalidKey`], [`Error::KeyUnchanged`].
		///
		/// ## Events
		/// [`Event::KeySet`].
		#[pallet::call_index(11)]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &KeyAgreementPublic| -> bool { true })]
		pub fn rotate_key(origin: OriginFor<T>, public: KeyAgreementPublic) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_rotate_key(who, public)
		}

		/// Sets or replaces an organisation's key-agreement key.
		///
		/// ## Origin
		/// Signed by an administrator of the organisation, which must be active.
		///
		/// ## Details
		/// The version grows by one. Shares of the earlier key stay until
		/// [`share_organisation_key`](Pallet::share_organisation_key) replaces them.
		///
		/// ## Errors
		/// [`Error::UnknownOrganisation`], [`Error::OrganisationSuspended`], [`Error::NotAdmin`],
		/// [`Error::InvalidKey`], [`Error::KeyUnchanged`].
		///
		/// ## Events
		/// [`Event::KeySet`].
		#[pallet::call_index(12)]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &OrganisationId, _: &KeyAgreementPublic| -> bool { true })]
		pub fn set_organisation_key(
			origin: OriginFor<T>,
			organisation: OrganisationId,
			public: KeyAgreementPublic,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_set_organisation_key(&who, organisation, public)
		}

		/// Gives an account an organisation's secret key, sealed; replaces an earlier share.
		///
		/// ## Origin
		/// Signed by an administrator of the organisation, which must be active.
		///
		/// ## Details
		/// `account` is a live records admin or an administrator of the organisation. `wrap` is
		/// sealed to the current version of the account's own key-agreement key.
		///
		/// ## Errors
		/// [`Error::UnknownOrganisation`], [`Error::OrganisationSuspended`], [`Error::NotAdmin`],
		/// [`Error::NotRecordsAdmin`], [`Error::NoKey`], [`Error::WrongKeyVersion`].
		///
		/// ## Events
		/// [`Event::OrganisationKeyShared`].
		#[pallet::call_index(13)]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &OrganisationId, _: &T::AccountId, _: &Wrap| -> bool { true })]
		pub fn share_organisation_key(
			origin: OriginFor<T>,
			organisation: OrganisationId,
			account: T::AccountId,
			wrap: Wrap,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_share_organisation_key(&who, organisation, account, wrap)
		}

		/// Admits an account, with its signature, as a member in any role except patient.
		///
		/// ## Origin
		/// Signed by an administrator of the organisation, which must be active.
		///
		/// ## Details
		/// `credential` is the SHA-256 of the document that entitles the member, `expires` its end,
		/// and `specialty` the member's specialty (a SNOMED CT concept). `signature` is the
		/// account's signature over [`Admission::to_sign`](salus_primitives::Admission::to_sign),
		/// either directly or between `<Bytes>` and `</Bytes>`; `until` is its end, at most
		/// [`MAX_SIGNATURE_LIFETIME`] ahead.
		///
		/// A revoked membership in the same role, or one at another organisation, is replaced; the
		/// signature must then end more than [`MAX_SIGNATURE_LIFETIME`] after that membership
		/// began. An account that is new to the chain gets a provider reference and can then send
		/// transactions without a balance.
		///
		/// ## Errors
		/// [`Error::UnknownOrganisation`], [`Error::OrganisationSuspended`], [`Error::NotAdmin`],
		/// [`Error::PatientsEnrol`], [`Error::AlreadyExpired`], [`Error::Barred`],
		/// [`Error::AlreadyMember`], [`Error::SignatureExpired`], [`Error::SignatureLivesTooLong`],
		/// [`Error::SignatureUsed`], [`Error::Succeeded`], [`Error::InvalidSignature`].
		///
		/// ## Events
		/// [`Event::MemberAdmitted`].
		#[pallet::call_index(14)]
		#[pallet::weight(<T as Config>::WeightInfo::admit_accepted()
			.saturating_add(T::Succession::succession_weight()))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &OrganisationId, _: &T::AccountId, _: &Role, _: &Hash32,
			_: &Option<Moment>, _: &Option<Specialty>, _: &Moment, _: &T::Signature| -> bool { true })]
		#[allow(clippy::too_many_arguments, reason = "a call's arguments are its interface")]
		pub fn admit_accepted(
			origin: OriginFor<T>,
			organisation: OrganisationId,
			account: T::AccountId,
			role: Role,
			credential: Hash32,
			expires: Option<Moment>,
			specialty: Option<Specialty>,
			until: Moment,
			signature: T::Signature,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			let entitled = Entitlement { credential, expires, specialty };
			let accepted = Some((until, signature));
			Self::do_admit_member(&who, organisation, account, role, entitled, accepted)
		}

		/// Ends the caller's membership in a role. A patient stays a patient, but their hospital no
		/// longer answers for them.
		///
		/// ## Origin
		/// Signed by a member.
		///
		/// ## Details
		/// As for [`revoke_member`](Pallet::revoke_member), and for
		/// [`release_patient`](Pallet::release_patient).
		///
		/// ## Errors
		/// [`Error::UnknownMember`], [`Error::MemberRevoked`], [`Error::NoOrganisation`].
		///
		/// ## Events
		/// [`Event::MemberLeft`], or [`Event::PatientReleased`].
		#[pallet::call_index(15)]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &Role| -> bool { true })]
		pub fn leave(origin: OriginFor<T>, role: Role) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_leave(who, role)
		}

		/// Ends a hospital's responsibility for a patient, who stays a patient.
		///
		/// ## Origin
		/// Signed by an administrator of the hospital, which must be active.
		///
		/// ## Details
		/// The patient's grants hold until the patient revokes them. Another hospital can enrol
		/// the patient, with their signature.
		///
		/// ## Errors
		/// [`Error::UnknownOrganisation`], [`Error::OrganisationSuspended`], [`Error::NotAdmin`],
		/// [`Error::UnknownMember`], [`Error::NotYourMember`].
		///
		/// ## Events
		/// [`Event::PatientReleased`].
		#[pallet::call_index(16)]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &OrganisationId, _: &T::AccountId| -> bool { true })]
		pub fn release_patient(
			origin: OriginFor<T>,
			organisation: OrganisationId,
			patient: T::AccountId,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_release_patient(&who, organisation, patient)
		}
	}
}
