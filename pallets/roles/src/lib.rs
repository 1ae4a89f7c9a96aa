//! Organisations, their members, and the keys to which others seal.
//!
//! Contract. The council registers organisations and names their administrators. Administrators
//! admit members who signed an admission, answer for them, and end their memberships. Patients
//! enrol without an organisation, or a hospital enrols them with their signature. A membership is
//! live only while it is active, its credential has not expired, and its organisation is active:
//! callers of [`RoleQuery`](salus_primitives::RoleQuery) see a suspension at once. A patient's
//! membership is always live. Nobody can take it away; a hospital can only stop answering for the
//! patient.
//!
//! The pallet also keeps the allowances that let members in good standing act without fees. Staff,
//! patients and storage nodes have separate allowances, and each patient has a reserve for acts
//! that protect them. The runtime's transaction extension reads [`Pallet::allowance`] and
//! [`Pallet::reserve`], draws with [`Pallet::draw_from`] and refunds with [`Pallet::refund`].
//!
//! Down: `frame_system` only; [`OnEnrolled`] notifies the pallet `consent` of new patients.
//! Up: every other pallet asks [`RoleQuery`](salus_primitives::RoleQuery); `attestation` acts on
//! members through [`OnAttested`](salus_primitives::OnAttested) and
//! [`RoleControl`](salus_primitives::RoleControl).

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

mod bars;
#[cfg(any(test, feature = "runtime-benchmarks"))]
pub mod benchmarking;
mod impls;
#[cfg(test)]
mod mock;
mod queries;
mod quota;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
mod types;
pub mod weights;

pub use pallet::*;
pub use quota::{Allowance, Pool};
pub(crate) use types::Entitlement;
pub use types::{AdminsOf, Exhausted, Organisation, OrganisationOf, Usage};
pub use weights::WeightInfo;

/// Maximum time from now to the end of a signature, in milliseconds: one day.
pub const MAX_SIGNATURE_LIFETIME: salus_primitives::Moment = 24 * 60 * 60 * 1_000;

#[allow(
	clippy::expect_used,
	reason = "the code that FRAME's macros generate expects pallets to have names"
)]
#[allow(
	clippy::too_many_arguments,
	reason = "FRAME makes a constructor for each call, with all its arguments"
)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::vec::Vec;
	use frame_support::{pallet_prelude::*, traits::Time};
	use frame_system::pallet_prelude::*;
	use salus_primitives::{
		Hash32, KeyAgreementKey, KeyAgreementPublic, Member, Moment, OnEnrolled, OrganisationId,
		OrganisationKind, Recipient, Role, Specialty, Wrap,
	};
	use sp_runtime::traits::{IdentifyAccount, Verify};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	#[pallet::config]
	pub trait Config:
		frame_system::Config<RuntimeEvent: From<Event<Self>>, Hash: Into<Hash32>>
	{
		/// Origin that registers, suspends and reinstates organisations, and replaces their
		/// administrators. Administrators name the representative of a seat, so this takes the same
		/// majority as decisions on the seats.
		type CouncilOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// Source of the block's time.
		type Time: Time<Moment = Moment>;

		/// Signature of a patient under an enrolment, and of a member under an admission.
		type Signature: Verify<Signer: IdentifyAccount<AccountId = Self::AccountId>> + Parameter;

		/// Listener that is notified of every new patient.
		type OnEnrolled: OnEnrolled<Self::AccountId>;

		/// Maximum number of administrators of an organisation.
		#[pallet::constant]
		type MaxAdmins: Get<u32>;

		/// Maximum number of organisations that one account administers.
		#[pallet::constant]
		type MaxAdministrations: Get<u32>;

		/// Allowance that the staff and administrators of one organisation share in one period, in
		/// fee units. Its storage nodes share another allowance of the same size.
		#[pallet::constant]
		type OrganisationAllowance: Get<u128>;

		/// Allowance of one account (staff, administrator or storage node) in one period, in fee
		/// units.
		#[pallet::constant]
		type AccountAllowance: Get<u128>;

		/// Allowance that the patients of one hospital share in one period, in fee units.
		#[pallet::constant]
		type PatientsAllowance: Get<u128>;

		/// Part of that allowance that one patient may use, in fee units.
		#[pallet::constant]
		type PatientAllowance: Get<u128>;

		/// Reserve of one patient in one period, in fee units, for acts that protect them. It
		/// counts against no organisation.
		#[pallet::constant]
		type PatientReserve: Get<u128>;

		/// Length of an allowance period, in milliseconds.
		#[pallet::constant]
		type AllowancePeriod: Get<Moment>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;

		/// Signs for benchmarks.
		#[cfg(any(test, feature = "runtime-benchmarks"))]
		type BenchmarkHelper: crate::benchmarking::BenchmarkHelper<Self::AccountId, Self::Signature>;
	}

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// Number of organisations; their numbers run from 1 to this.
	#[pallet::storage]
	pub type OrganisationCount<T: Config> = StorageValue<_, OrganisationId, ValueQuery>;

	/// The organisations.
	// Twox: the chain assigns the numbers in sequence, so nobody can choose them.
	#[pallet::storage]
	pub type Organisations<T: Config> =
		StorageMap<_, Twox64Concat, OrganisationId, OrganisationOf<T>, OptionQuery>;

	/// Organisations that each account administers; the reverse of the organisations' lists. An
	/// empty entry stays when the account no longer administers any: it shows that the account
	/// already holds its provider reference.
	// Blake2: people choose their accounts.
	#[pallet::storage]
	pub type Administrations<T: Config> = StorageMap<
		_,
		Blake2_128Concat,
		T::AccountId,
		BoundedVec<OrganisationId, T::MaxAdministrations>,
		OptionQuery,
	>;

	/// The members: at most one membership for each account and role. Entries are never removed;
	/// the next membership replaces one that ended.
	// Blake2: people choose their accounts. Identity: eight one-byte values that nobody can choose;
	// iteration then follows the order of roles.
	#[pallet::storage]
	pub type Members<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, T::AccountId, Identity, Role, Member, OptionQuery>;

	/// The administrator who admitted each member. Members admitted before the chain kept this have
	/// no entry.
	// Hashers: as for `Members`.
	#[pallet::storage]
	pub type AdmittedBy<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		T::AccountId,
		Identity,
		Role,
		T::AccountId,
		OptionQuery,
	>;

	/// Members that no administrator can reinstate. Another pallet barred them, and only it lifts
	/// the bar.
	// Hashers: as for `Members`.
	#[pallet::storage]
	pub type Barred<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, T::AccountId, Identity, Role, (), OptionQuery>;

	/// Current key-agreement keys of accounts and organisations.
	// Blake2: people choose their accounts.
	#[pallet::storage]
	pub type KeyAgreementKeys<T: Config> =
		StorageMap<_, Blake2_128Concat, Recipient<T::AccountId>, KeyAgreementKey, OptionQuery>;

	/// Each organisation's secret key, sealed for every account that was given it.
	// Twox: the chain assigns the numbers. Blake2: people choose their accounts.
	#[pallet::storage]
	pub type OrganisationKeyShares<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		OrganisationId,
		Blake2_128Concat,
		T::AccountId,
		Wrap,
		OptionQuery,
	>;

	/// Allowance used by the staff and administrators of each organisation.
	// Twox: the chain assigns the numbers.
	#[pallet::storage]
	pub type OrganisationUsages<T: Config> =
		StorageMap<_, Twox64Concat, OrganisationId, Usage, ValueQuery>;

	/// Allowance used by each account.
	// Blake2: people choose their accounts.
	#[pallet::storage]
	pub type AccountUsages<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, Usage, ValueQuery>;

	/// Allowance used by the patients of each hospital.
	// Twox: the chain assigns the numbers.
	#[pallet::storage]
	pub type PatientsUsages<T: Config> =
		StorageMap<_, Twox64Concat, OrganisationId, Usage, ValueQuery>;

	/// Allowance used by the storage nodes of each organisation.
	// Twox: the chain assigns the numbers.
	#[pallet::storage]
	pub type NodesUsages<T: Config> =
		StorageMap<_, Twox64Concat, OrganisationId, Usage, ValueQuery>;

	/// Reserve used by each patient.
	// Blake2: people choose their accounts.
	#[pallet::storage]
	pub type ReserveUsages<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, Usage, ValueQuery>;

	/// Organisations of the genesis, numbered from 1 in this order.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// Kind, administrators and profile hash of each organisation.
		pub organisations: Vec<(OrganisationKind, Vec<T::AccountId>, Hash32)>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			Pallet::<T>::build_genesis(&self.organisations);
		}
	}

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// The council registered an organisation.
		OrganisationRegistered {
			/// Number of the organisation.
			organisation: OrganisationId,
			/// Its kind.
			kind: OrganisationKind,
		},
		/// The council suspended an organisation; its staff and administrators cannot act.
		OrganisationSuspended {
			/// Number of the organisation.
			organisation: OrganisationId,
		},
		/// The council reinstated an organisation.
		OrganisationReinstated {
			/// Number of the organisation.
			organisation: OrganisationId,
		},
		/// The council replaced the administrators of an organisation.
		AdminsSet {
			/// Number of the organisation.
			organisation: OrganisationId,
			/// Its new administrators.
			admins: AdminsOf<T>,
		},
		/// An administrator admitted a member.
		MemberAdmitted {
			/// Organisation that answers for the member.
			organisation: OrganisationId,
			/// Account of the member.
			account: T::AccountId,
			/// Role of the member.
			role: Role,
		},
		/// An administrator replaced a member's credential.
		MemberRenewed {
			/// Organisation that answers for the member.
			organisation: OrganisationId,
			/// Account of the member.
			account: T::AccountId,
			/// Role of the member.
			role: Role,
		},
		/// A membership was suspended: by an administrator, because its credential was rejected, or
		/// after a rejected emergency.
		MemberSuspended {
			/// Account of the member.
			account: T::AccountId,
			/// Role of the member.
			role: Role,
		},
		/// A suspended membership was reinstated: by an administrator, or because its bar was
		/// lifted.
		MemberReinstated {
			/// Account of the member.
			account: T::AccountId,
			/// Role of the member.
			role: Role,
		},
		/// An administrator revoked a membership.
		MemberRevoked {
			/// Account of the member.
			account: T::AccountId,
			/// Role of the member.
			role: Role,
		},
		/// A patient was enrolled.
		PatientEnrolled {
			/// Account of the patient.
			patient: T::AccountId,
			/// Hospital that enrolled the patient; `None` if the patient enrolled without one.
			organisation: Option<OrganisationId>,
		},
		/// An account or organisation has a new key-agreement key.
		KeySet {
			/// Owner of the key.
			recipient: Recipient<T::AccountId>,
			/// Version of the key.
			version: u32,
		},
		/// An administrator sealed an organisation's secret key for an account.
		OrganisationKeyShared {
			/// Organisation whose key it is.
			organisation: OrganisationId,
			/// Account that can now use it.
			account: T::AccountId,
		},
		/// A member ended their membership.
		MemberLeft {
			/// Account of the member.
			account: T::AccountId,
			/// Role of the member.
			role: Role,
		},
		/// A hospital no longer answers for a patient.
		PatientReleased {
			/// Account of the patient, who stays a patient without an organisation.
			patient: T::AccountId,
			/// The hospital.
			organisation: OrganisationId,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// No organisation has this number. Look the number up again.
		UnknownOrganisation,
		/// The organisation is suspended. Ask the council to reinstate it.
		OrganisationSuspended,
		/// An organisation needs an administrator. Name at least one.
		NoAdmins,
		/// An administrator is named twice. Name each once.
		DuplicateAdmin,
		/// The account already administers the maximum number of organisations. Name another
		/// account.
		TooManyAdministrations,
		/// The caller does not administer the organisation. Ask one of its administrators.
		NotAdmin,
		/// The caller is neither an administrator nor a live records admin of the hospital. Ask one
		/// of them.
		NotEnroller,
		/// Only hospitals enrol patients. Ask a hospital.
		NotHospital,
		/// Patients cannot be admitted. Enrol them with their signature.
		PatientsEnrol,
		/// The credential would already have expired. Give an end in the future, or none.
		AlreadyExpired,
		/// The account already has a membership in this role. Renew or reinstate that one.
		AlreadyMember,
		/// The account has no membership in this role. Admit it first.
		UnknownMember,
		/// Another organisation answers for the member. Ask that organisation.
		NotYourMember,
		/// The membership is revoked. Admit the account again.
		MemberRevoked,
		/// It is already suspended. There is nothing to do.
		AlreadySuspended,
		/// It is not suspended. There is nothing to reinstate.
		NotSuspended,
		/// The account is already a patient of an organisation, or enrolled. There is nothing to
		/// enrol.
		AlreadyEnrolled,
		/// The signature has expired. Ask for a new one.
		SignatureExpired,
		/// The signature is valid for too long. Ask for one with an earlier end.
		SignatureLivesTooLong,
		/// The signature is not by this account, or not for these terms and this chain. Ask for a
		/// new one.
		InvalidSignature,
		/// The key is all zeros, which no key pair has. Generate a key pair.
		InvalidKey,
		/// The key is already the current one. There is nothing to do.
		KeyUnchanged,
		/// The caller has no membership and administers no organisation. Become a member, or enrol
		/// as a patient.
		NotMember,
		/// The organisation or the account has no key-agreement key. Set one first.
		NoKey,
		/// The share is sealed to an old version of the account's key. Seal it to the current
		/// version.
		WrongKeyVersion,
		/// The account is neither a live records admin nor an administrator of the organisation.
		/// Name one that is.
		NotRecordsAdmin,
		/// The member is suspended because reviewers rejected an emergency. Ask the council to
		/// reinstate them.
		Barred,
		/// An account becomes a member only by its own signature. Have it sign an admission.
		NotAccepted,
		/// The signature may have been used before. Ask for a new one.
		SignatureUsed,
		/// A patient's membership cannot be suspended, revoked or limited in time. A hospital can
		/// only release the patient.
		PatientStays,
		/// No organisation answers for the patient. There is nothing to end.
		NoOrganisation,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			Self::check_configuration();
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

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
		/// An administrator of the active organisation, for their own `account`.
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
		/// An administrator of the member's organisation, which must be active.
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
		/// An administrator of the member's organisation, which must be active.
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
		/// An administrator of the member's organisation, which must be active.
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
		/// An administrator of the member's organisation, which must be active.
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
		/// An administrator or a live records admin of the hospital, which must be active.
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
		/// [`Error::SignatureUsed`], [`Error::InvalidSignature`].
		///
		/// ## Events
		/// [`Event::KeySet`], [`Event::PatientEnrolled`].
		#[pallet::call_index(9)]
		#[pallet::weight(<T as Config>::WeightInfo::enrol_patient()
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
		/// Signed, by an account that has a membership that is not revoked, or administers an
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
		/// An administrator of the organisation, which must be active.
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
		/// An administrator of the organisation, which must be active.
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
		/// An administrator of the organisation, which must be active.
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
		/// [`Error::SignatureUsed`], [`Error::InvalidSignature`].
		///
		/// ## Events
		/// [`Event::MemberAdmitted`].
		#[pallet::call_index(14)]
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
		/// Signed, by a member.
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
		/// An administrator of the hospital, which must be active.
		///
		/// ## Details
		/// The patient's grants stand until the patient revokes them. Another hospital can enrol
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
