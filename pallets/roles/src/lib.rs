//! Who is who: organisations, their members, and the keys to which things are sealed for them.
//!
//! Contract. The council registers organisations and names their administrators. Administrators admit members who signed
//! for it, answer for them, and take them out again. Patients enrol by themselves, or a hospital enrols them with their
//! signature. A membership counts only while it is active, its credential has not expired, and its organisation is active:
//! whoever asks through [`RoleQuery`](salus_primitives::RoleQuery) sees a suspension at once. Being a patient is nobody's to
//! take: it always counts, and a hospital can only end its own answering for the patient.
//!
//! The pallet also keeps the allowances out of which members in good standing act without fees, apart for staff, patients
//! and storage nodes, and a reserve of each patient's own for what protects them. The runtime's transaction extension asks
//! [`Pallet::allowance`] and [`Pallet::reserve`], draws with [`Pallet::draw_from`] and gives back with [`Pallet::refund`].
//!
//! Down: `frame_system` only; [`OnEnrolled`] tells the pallet `consent` of new patients.
//! Up: every other pallet asks [`RoleQuery`](salus_primitives::RoleQuery); `attestation` acts on members through
//! [`OnAttested`](salus_primitives::OnAttested) and [`RoleControl`](salus_primitives::RoleControl).

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

/// How far ahead the end of a signature may lie, in milliseconds: a day.
pub const MAX_SIGNATURE_LIFETIME: salus_primitives::Moment = 24 * 60 * 60 * 1_000;

#[allow(
	clippy::expect_used,
	reason = "what FRAME's macros generate expects that pallets have names"
)]
#[allow(
	clippy::too_many_arguments,
	reason = "FRAME makes a constructor of each call with its arguments"
)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::vec::Vec;
	use frame_support::{
		pallet_prelude::*,
		traits::{Contains, Time},
	};
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
		/// Registers, suspends and reinstates organisations that have no seat in the council.
		type CouncilOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// Replaces the administrators of organisations, and suspends and reinstates those that
		/// have a seat: it decides who speaks for a seat, so it is as many as decide on the seats
		/// themselves.
		type SeatsOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// The organisations that have a seat in the council.
		type Seated: Contains<OrganisationId>;

		/// The time of the block.
		type Time: Time<Moment = Moment>;

		/// With what a patient signs an enrolment, and a member an admission.
		type Signature: Verify<Signer: IdentifyAccount<AccountId = Self::AccountId>> + Parameter;

		/// Told of every new patient.
		type OnEnrolled: OnEnrolled<Self::AccountId>;

		/// The most administrators that an organisation may have.
		#[pallet::constant]
		type MaxAdmins: Get<u32>;

		/// The most organisations that one account may administer.
		#[pallet::constant]
		type MaxAdministrations: Get<u32>;

		/// What the staff and administrators of one organisation may use together without fees in one period, in units of
		/// the fee; as much again its storage nodes.
		#[pallet::constant]
		type OrganisationAllowance: Get<u128>;

		/// What one account may use without fees in one period, in units of the fee.
		#[pallet::constant]
		type AccountAllowance: Get<u128>;

		/// What the patients of one hospital may use together without fees in one period, in units of the fee.
		#[pallet::constant]
		type PatientsAllowance: Get<u128>;

		/// What one patient may use of that.
		#[pallet::constant]
		type PatientAllowance: Get<u128>;

		/// What a patient may use besides in one period, for what protects them, at nobody's expense.
		#[pallet::constant]
		type PatientReserve: Get<u128>;

		/// How long such a period is, in milliseconds.
		#[pallet::constant]
		type AllowancePeriod: Get<Moment>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;

		/// Makes a patient's signature.
		#[cfg(any(test, feature = "runtime-benchmarks"))]
		type BenchmarkHelper: crate::benchmarking::BenchmarkHelper<Self::AccountId, Self::Signature>;
	}

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// How many organisations there are; their numbers run from 1 to this.
	#[pallet::storage]
	pub type OrganisationCount<T: Config> = StorageValue<_, OrganisationId, ValueQuery>;

	/// The organisations.
	// Twox: the chain gives the numbers in sequence, nobody can choose them.
	#[pallet::storage]
	pub type Organisations<T: Config> =
		StorageMap<_, Twox64Concat, OrganisationId, OrganisationOf<T>, OptionQuery>;

	/// Which organisations an account administers; the reverse of the organisations' lists. An entry stays, empty,
	/// when the account administers none any more: it says that the account holds its provider reference already.
	// Blake2: accounts are chosen by people.
	#[pallet::storage]
	pub type Administrations<T: Config> = StorageMap<
		_,
		Blake2_128Concat,
		T::AccountId,
		BoundedVec<OrganisationId, T::MaxAdministrations>,
		OptionQuery,
	>;

	/// The members: at most one membership for each account and role. Entries are never removed: one that ended is
	/// replaced by the next.
	// Blake2: accounts are chosen by people. Identity: eight values of one byte that nobody can choose, and iteration
	// then follows the order of roles.
	#[pallet::storage]
	pub type Members<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, T::AccountId, Identity, Role, Member, OptionQuery>;

	/// The administrator who admitted each member. Members of before this was kept have no entry.
	// As for members.
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

	/// The members whom no administrator reinstates: another pallet suspended them, and lifts it.
	// As for members.
	#[pallet::storage]
	pub type Barred<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, T::AccountId, Identity, Role, (), OptionQuery>;

	/// The current key-agreement keys of accounts and organisations.
	// Blake2: accounts are chosen by people.
	#[pallet::storage]
	pub type KeyAgreementKeys<T: Config> =
		StorageMap<_, Blake2_128Concat, Recipient<T::AccountId>, KeyAgreementKey, OptionQuery>;

	/// An organisation's secret key, sealed for each of those who may use it.
	// Twox: the chain gives the numbers. Blake2: accounts are chosen by people.
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

	/// What the staff and administrators of organisations have used of their allowance.
	// Twox: the chain gives the numbers.
	#[pallet::storage]
	pub type OrganisationUsages<T: Config> =
		StorageMap<_, Twox64Concat, OrganisationId, Usage, ValueQuery>;

	/// What accounts have used of their allowance.
	// Blake2: accounts are chosen by people.
	#[pallet::storage]
	pub type AccountUsages<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, Usage, ValueQuery>;

	/// What the patients of hospitals have used of theirs.
	// Twox: the chain gives the numbers.
	#[pallet::storage]
	pub type PatientsUsages<T: Config> =
		StorageMap<_, Twox64Concat, OrganisationId, Usage, ValueQuery>;

	/// What the storage nodes of organisations have used of theirs.
	// Twox: the chain gives the numbers.
	#[pallet::storage]
	pub type NodesUsages<T: Config> =
		StorageMap<_, Twox64Concat, OrganisationId, Usage, ValueQuery>;

	/// What patients have used of their reserve.
	// Blake2: accounts are chosen by people.
	#[pallet::storage]
	pub type ReserveUsages<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, Usage, ValueQuery>;

	/// Organisations that exist from the start, numbered from 1 in this order.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// What each is, who administers it, and the hash of its profile.
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
			/// Its number.
			organisation: OrganisationId,
			/// What it is.
			kind: OrganisationKind,
		},
		/// The council suspended an organisation, and with it everything that hangs on it.
		OrganisationSuspended {
			/// Which one.
			organisation: OrganisationId,
		},
		/// The council reinstated an organisation.
		OrganisationReinstated {
			/// Which one.
			organisation: OrganisationId,
		},
		/// The council replaced the administrators of an organisation.
		AdminsSet {
			/// Of which one.
			organisation: OrganisationId,
			/// Who administers it from now on.
			admins: AdminsOf<T>,
		},
		/// An administrator admitted a member.
		MemberAdmitted {
			/// Which organisation answers for the member.
			organisation: OrganisationId,
			/// Who.
			account: T::AccountId,
			/// In which role.
			role: Role,
		},
		/// An administrator replaced a member's credential.
		MemberRenewed {
			/// Which organisation answers for the member.
			organisation: OrganisationId,
			/// Who.
			account: T::AccountId,
			/// In which role.
			role: Role,
		},
		/// A membership was suspended, by an administrator or because its credential was rejected.
		MemberSuspended {
			/// Who.
			account: T::AccountId,
			/// In which role.
			role: Role,
		},
		/// An administrator reinstated a suspended membership.
		MemberReinstated {
			/// Who.
			account: T::AccountId,
			/// In which role.
			role: Role,
		},
		/// An administrator ended a membership.
		MemberRevoked {
			/// Who.
			account: T::AccountId,
			/// In which role.
			role: Role,
		},
		/// A patient was enrolled.
		PatientEnrolled {
			/// Who.
			patient: T::AccountId,
			/// By which hospital; `None` if by themself.
			organisation: Option<OrganisationId>,
		},
		/// An account or organisation has a new key-agreement key.
		KeySet {
			/// Whose.
			recipient: Recipient<T::AccountId>,
			/// Which version it is.
			version: u32,
		},
		/// An organisation's secret key was sealed for one of those who may use it.
		OrganisationKeyShared {
			/// Whose key.
			organisation: OrganisationId,
			/// For whom.
			account: T::AccountId,
		},
		/// A member ended their membership.
		MemberLeft {
			/// Who.
			account: T::AccountId,
			/// In which role.
			role: Role,
		},
		/// A hospital does not answer for a patient any more.
		PatientReleased {
			/// Who stays a patient, without an organisation.
			patient: T::AccountId,
			/// Which hospital.
			organisation: OrganisationId,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// There is no organisation with this number. Look the number up again.
		UnknownOrganisation,
		/// The organisation is suspended. The council has to reinstate it first.
		OrganisationSuspended,
		/// An organisation needs an administrator. Name at least one.
		NoAdmins,
		/// An administrator is named twice. Name each once.
		DuplicateAdmin,
		/// The account administers as many organisations as it may. Name another one.
		TooManyAdministrations,
		/// The caller does not administer the organisation. Ask one of its administrators.
		NotAdmin,
		/// The caller neither administers the hospital nor is a records admin of it in good standing.
		NotEnroller,
		/// Only a hospital enrols patients.
		NotHospital,
		/// Patients are not admitted: they are enrolled, with their signature.
		PatientsEnrol,
		/// The credential would have ended already. Give an end in the future, or none.
		AlreadyExpired,
		/// The account has a membership in this role already. Renew or reinstate that one.
		AlreadyMember,
		/// The account has no membership in this role. Admit it first.
		UnknownMember,
		/// Another organisation answers for the member.
		NotYourMember,
		/// The membership has ended. Admit the account anew.
		MemberRevoked,
		/// What is to be suspended is suspended already.
		AlreadySuspended,
		/// What is to be reinstated is not suspended.
		NotSuspended,
		/// The account is a patient already. There is nothing to enrol.
		AlreadyEnrolled,
		/// The signature may be used no longer. Ask for a new one.
		SignatureExpired,
		/// The signature would be valid for too long. Ask for one with an earlier end.
		SignatureLivesTooLong,
		/// The signature is not that account's, or not for these terms and this chain.
		InvalidSignature,
		/// The key is all zeros, which no key pair has. Generate a key pair.
		InvalidKey,
		/// The key is the current one. There is nothing to do.
		KeyUnchanged,
		/// The caller holds no membership and administers no organisation.
		NotMember,
		/// The organisation or the account has no key-agreement key yet. Set one first.
		NoKey,
		/// The share is sealed to another version of the account's key than the current one. Seal it again.
		WrongKeyVersion,
		/// The account is neither a records admin of the organisation in good standing nor one of its administrators.
		NotRecordsAdmin,
		/// The member is suspended for an emergency that reviewers rejected. The council reinstates them.
		Barred,
		/// An account becomes a member by its own signature only. Have it sign an admission.
		NotAccepted,
		/// The signature may have been used before. Ask for a new one.
		SignatureUsed,
		/// Nobody takes from a patient what they are. The hospital can end its answering for them.
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
		/// Registers an organisation and gives it the next number.
		///
		/// ## Origin
		/// The council.
		///
		/// ## Details
		/// `profile` is the SHA-256 of the organisation's FHIR Organization resource, which is published elsewhere. An
		/// administrator who is new to the chain gets a provider reference, so that they can send transactions without
		/// a balance.
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

		/// Suspends an organisation: its administrators and members can do nothing in its name.
		///
		/// ## Origin
		/// The council; two thirds of it for an organisation that has a seat.
		///
		/// ## Details
		/// The memberships themselves stay as they are and count again after a reinstatement.
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
			Self::ensure_may_suspend(origin, organisation)?;
			Self::do_suspend_organisation(organisation)
		}

		/// Reinstates a suspended organisation.
		///
		/// ## Origin
		/// The council; two thirds of it for an organisation that has a seat.
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
			Self::ensure_may_suspend(origin, organisation)?;
			Self::do_reinstate_organisation(organisation)
		}

		/// Replaces the administrators of an organisation, suspended or not.
		///
		/// ## Origin
		/// Two thirds of the council. Administrators name who votes for a hospital that has a seat,
		/// or is about to get one.
		///
		/// ## Details
		/// Who is dropped loses the share of the organisation's key too, unless they are a records admin of it.
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
			T::SeatsOrigin::ensure_origin(origin)?;
			Self::do_set_admins(organisation, admins)
		}

		/// Admits the caller as a member in any role but that of a patient.
		///
		/// ## Origin
		/// An administrator of the organisation, which is active. `account` is their own;
		/// [`admit_accepted`](Pallet::admit_accepted) admits others.
		///
		/// ## Details
		/// As for [`admit_accepted`](Pallet::admit_accepted).
		///
		/// ## Errors
		/// [`Error::UnknownOrganisation`], [`Error::OrganisationSuspended`], [`Error::NotAdmin`],
		/// [`Error::PatientsEnrol`], [`Error::AlreadyExpired`], [`Error::Barred`], [`Error::AlreadyMember`],
		/// [`Error::NotAccepted`].
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
			let entitled = Entitlement {
				credential,
				expires,
				specialty,
			};
			Self::do_admit_member(&who, organisation, account, role, entitled, None)
		}

		/// Replaces a member's credential, its end and what the member practises.
		///
		/// ## Origin
		/// An administrator of the member's organisation, which is active.
		///
		/// ## Details
		/// A suspended membership stays suspended. A patient's has no end.
		///
		/// ## Errors
		/// [`Error::UnknownOrganisation`], [`Error::OrganisationSuspended`], [`Error::NotAdmin`],
		/// [`Error::AlreadyExpired`], [`Error::PatientStays`], [`Error::UnknownMember`], [`Error::NotYourMember`],
		/// [`Error::MemberRevoked`].
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
			let entitled = Entitlement {
				credential,
				expires,
				specialty,
			};
			Self::do_renew_member(&who, organisation, account, role, entitled)
		}

		/// Suspends a membership in any role but that of a patient.
		///
		/// ## Origin
		/// An administrator of the member's organisation, which is active.
		///
		/// ## Errors
		/// [`Error::UnknownOrganisation`], [`Error::OrganisationSuspended`], [`Error::NotAdmin`],
		/// [`Error::PatientStays`], [`Error::UnknownMember`], [`Error::NotYourMember`], [`Error::MemberRevoked`], [`Error::AlreadySuspended`].
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
		/// An administrator of the member's organisation, which is active.
		///
		/// ## Errors
		/// [`Error::UnknownOrganisation`], [`Error::OrganisationSuspended`], [`Error::NotAdmin`],
		/// [`Error::UnknownMember`], [`Error::NotYourMember`], [`Error::MemberRevoked`], [`Error::NotSuspended`],
		/// [`Error::Barred`].
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

		/// Ends a membership in any role but that of a patient.
		///
		/// ## Origin
		/// An administrator of the member's organisation, which is active.
		///
		/// ## Details
		/// It takes a new admission, by this organisation or another one, for the account to be a member again. A revoked records admin loses the share of the organisation's key too, unless they administer it. What they
		/// opened before they know: give the organisation a new key.
		///
		/// ## Errors
		/// [`Error::UnknownOrganisation`], [`Error::OrganisationSuspended`], [`Error::NotAdmin`],
		/// [`Error::PatientStays`], [`Error::UnknownMember`], [`Error::NotYourMember`], [`Error::MemberRevoked`].
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

		/// Enrols a patient, who signed for it, at a hospital.
		///
		/// ## Origin
		/// An administrator of the hospital, which is active, or a records admin of it in good standing.
		///
		/// ## Details
		/// `signature` is the patient's over [`Enrolment::to_sign`](salus_primitives::Enrolment::to_sign), as it is or
		/// between `<Bytes>` and `</Bytes>`, as browser extensions sign. `expires` is the end of the signature, at most
		/// [`MAX_SIGNATURE_LIFETIME`] ahead. `credential` is the SHA-256 of the document by which the hospital
		/// identified the patient. The patient gets the first version of their key-agreement key (the next one, if the
		/// account has a key in another role), a provider reference, and, through [`Config::OnEnrolled`], a first grant
		/// to the hospital. A repetition is refused and changes nothing. A patient without an organisation is taken on in
		/// the same way; the signature then ends later than any that was used before.
		///
		/// ## Errors
		/// [`Error::UnknownOrganisation`], [`Error::OrganisationSuspended`], [`Error::NotHospital`],
		/// [`Error::NotEnroller`], [`Error::AlreadyEnrolled`], [`Error::InvalidKey`], [`Error::SignatureExpired`],
		/// [`Error::SignatureLivesTooLong`], [`Error::SignatureUsed`], [`Error::InvalidSignature`].
		///
		/// ## Events
		/// [`Event::KeySet`], [`Event::PatientEnrolled`].
		#[pallet::call_index(9)]
		#[pallet::weight(<T as Config>::WeightInfo::enrol_patient()
			.saturating_add(T::OnEnrolled::on_enrolled_weight()))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &OrganisationId, _: &T::AccountId, _: &KeyAgreementPublic,
			_: &Hash32, _: &Moment, _: &T::Signature| -> bool { true })]
		#[allow(
			clippy::too_many_arguments,
			reason = "a call's arguments are its interface"
		)]
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
			Self::do_enrol_patient(
				&who,
				organisation,
				patient,
				key,
				credential,
				expires,
				signature,
			)
		}

		/// Enrols the caller as a patient, with no organisation behind them.
		///
		/// ## Origin
		/// Signed. Who is no member yet pays the fee.
		///
		/// ## Details
		/// The caller gets the first version of their key-agreement key (the next one, if they have a key in another
		/// role). No one gets a grant.
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
		/// Signed, by an account that holds a membership which is not revoked, or administers an organisation.
		///
		/// ## Details
		/// The version grows by one. What was sealed to an earlier key stays sealed to that one.
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
		/// An administrator of the organisation, which is active.
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

		/// Hands an organisation's secret key, sealed, to one who may use it; replaces what they were handed before.
		///
		/// ## Origin
		/// An administrator of the organisation, which is active.
		///
		/// ## Details
		/// `account` is a records admin of the organisation in good standing, or one of its administrators. `wrap` is
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

		/// Admits an account that signed for it as a member in any role but that of a patient.
		///
		/// ## Origin
		/// An administrator of the organisation, which is active.
		///
		/// ## Details
		/// `credential` is the SHA-256 of the document that entitles the member, `expires` its end, `specialty` what they
		/// practise (a SNOMED CT concept). `signature` is the account's over
		/// [`Admission::to_sign`](salus_primitives::Admission::to_sign), as it is or between `<Bytes>` and `</Bytes>`;
		/// `until` is its end, at most [`MAX_SIGNATURE_LIFETIME`] ahead. A membership in the same role that has ended, or that
		/// another organisation answers for, is replaced; then the signature ends later than any that was used before. An
		/// account that is new to the chain gets a provider reference, so that it can send transactions without a balance.
		///
		/// ## Errors
		/// [`Error::UnknownOrganisation`], [`Error::OrganisationSuspended`], [`Error::NotAdmin`],
		/// [`Error::PatientsEnrol`], [`Error::AlreadyExpired`], [`Error::Barred`], [`Error::AlreadyMember`],
		/// [`Error::SignatureExpired`], [`Error::SignatureLivesTooLong`], [`Error::SignatureUsed`],
		/// [`Error::InvalidSignature`].
		///
		/// ## Events
		/// [`Event::MemberAdmitted`].
		#[pallet::call_index(14)]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &OrganisationId, _: &T::AccountId, _: &Role, _: &Hash32,
			_: &Option<Moment>, _: &Option<Specialty>, _: &Moment, _: &T::Signature| -> bool { true })]
		#[allow(
			clippy::too_many_arguments,
			reason = "a call's arguments are its interface"
		)]
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
			let entitled = Entitlement {
				credential,
				expires,
				specialty,
			};
			let accepted = Some((until, signature));
			Self::do_admit_member(&who, organisation, account, role, entitled, accepted)
		}

		/// Ends the caller's membership in a role. A patient stays one, and no hospital answers for them any more.
		///
		/// ## Origin
		/// Signed, by a member.
		///
		/// ## Details
		/// As for [`revoke_member`](Pallet::revoke_member), and for [`release_patient`](Pallet::release_patient).
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

		/// Ends a hospital's answering for a patient, who stays one.
		///
		/// ## Origin
		/// An administrator of the hospital, which is active.
		///
		/// ## Details
		/// What the patient granted stands until the patient revokes it. Another hospital can take the patient on, with
		/// their signature.
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
