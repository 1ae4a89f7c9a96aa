//! Consent: what a patient permits, what a patient denies, and the one decision over both.
//!
//! A patient gives *grants* (to an account, an organisation or a role; over everything, some categories, one record or
//! one version; for purposes, actions and a time) and *denials*, which override every grant. Nothing else permits anyone
//! but the patient to open or write a record.
//!
//! Contract with the neighbours:
//!
//! - Down → `roles` through [`RoleQuery`]: who is a live member of what. A membership that is not live satisfies no grant,
//!   so that a revoked credential disables at once everything that hangs on it.
//! - Down → `records` through [`RecordQuery`] (whose record, which versions) and [`RecordKeys`] (the wrapped keys that come
//!   and go with a grant).
//! - Up ← `records` and the runtime API through [`ConsentPolicy`]: `decide` and `may_write`.
//! - Up ← `roles` through [`OnEnrolled`]: enrolment by a hospital carries the patient's signed first grant to it.
//!
//! The decision is a pure function of the chain's state and a moment. It walks these rules in this order, and the first
//! that settles the question ends the walk (module `decision`):
//!
//! 1. the record lives and has the version,
//! 2. the reader has a live membership,
//! 3. the reader is the patient themself, as a live patient,
//! 4. an explicit denial covers reader and record,
//! 5. a grant covers reader, record, purpose, action and moment (the oldest one that does is the basis),
//! 6. otherwise no.
//!
//! [`Pallet::explain`] is the same walk with every step written down.
//!
//! A membership as *patient* belongs to the patient, not to the hospital that enrolled them: it satisfies grants and
//! denials to that account only, never those to an organisation or a role. Otherwise every patient of a hospital could read
//! the others' records through the first grant.

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

#[cfg(feature = "runtime-benchmarks")]
pub mod benchmarking;
mod decision;
mod impls;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
mod types;
pub mod weights;

pub use pallet::*;
pub use types::Counters;
pub use weights::WeightInfo;

// The macros of storage and errors expand to `expect`s about the pallet's place in the runtime, which `construct_runtime` has
// settled. The calls below only hand over to `impls`.
#[allow(clippy::expect_used)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::{pallet_prelude::*, traits::Time};
	use frame_system::pallet_prelude::*;
	use salus_primitives::{
		Denial, DenialId, Grant, GrantId, GrantTerms, Grantee, RecordKeys, RecordQuery,
		RecordWraps, RoleQuery, Scope, WrapKeys,
	};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the runtime decides.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// Who is who.
		type Roles: RoleQuery<Self::AccountId>;

		/// What exists.
		type Records: RecordQuery<Self::AccountId>;

		/// The wrapped keys that come and go with a grant.
		type Keys: RecordKeys<Self::AccountId, Error = DispatchError>;

		/// The block's time.
		type Time: Time<Moment = u64>;

		/// The most grants that a patient may have standing at once, expired ones included.
		#[pallet::constant]
		type MaxGrants: Get<u32>;

		/// The most denials that a patient may have standing at once.
		#[pallet::constant]
		type MaxDenials: Get<u32>;

		/// Measured weights.
		type WeightInfo: WeightInfo;

		/// Makes the patients, members and records that the benchmarks act on.
		#[cfg(feature = "runtime-benchmarks")]
		type BenchmarkHelper: benchmarking::BenchmarkHelper<Self::AccountId>;
	}

	/// The grants that stand. Expired ones stay until the patient revokes them.
	// Blake2_128Concat: patients choose their accounts, so keys must not be minable into one corner of the trie.
	// Twox64Concat: the pallet itself counts the grants of a patient.
	#[pallet::storage]
	pub type Grants<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		T::AccountId,
		Twox64Concat,
		GrantId,
		Grant<T::AccountId>,
		OptionQuery,
	>;

	/// The denials that stand.
	// Hashers: as for `Grants`.
	#[pallet::storage]
	pub type Denials<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		T::AccountId,
		Twox64Concat,
		DenialId,
		Denial<T::AccountId>,
		OptionQuery,
	>;

	/// How many grants and denials a patient has, and which numbers come next. A row stays once it is there, so that no
	/// number is used again.
	// Blake2_128Concat: patients choose their accounts.
	#[pallet::storage]
	pub type Patients<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, Counters, ValueQuery>;

	/// What has happened. Fields hold identifiers and codes only.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A patient gave a grant.
		Granted {
			/// The patient.
			patient: T::AccountId,
			/// The grant's number.
			grant: GrantId,
			/// To whom it was given.
			grantee: Grantee<T::AccountId>,
		},
		/// A patient revoked a grant.
		Revoked {
			/// The patient.
			patient: T::AccountId,
			/// The grant's number.
			grant: GrantId,
			/// To whom it had been given.
			grantee: Grantee<T::AccountId>,
		},
		/// A patient denied access.
		Denied {
			/// The patient.
			patient: T::AccountId,
			/// The denial's number.
			denial: DenialId,
			/// To whom access is denied.
			grantee: Grantee<T::AccountId>,
		},
		/// A patient lifted a denial.
		Lifted {
			/// The patient.
			patient: T::AccountId,
			/// The denial's number.
			denial: DenialId,
			/// To whom access had been denied.
			grantee: Grantee<T::AccountId>,
		},
	}

	/// Why a call is refused.
	#[pallet::error]
	pub enum Error<T> {
		/// The caller is no patient, or one whose membership is suspended, revoked or expired. Enrol, or ask the enrolling
		/// hospital to reinstate or renew the membership.
		NotPatient,
		/// The grantee is the patient themself, who needs no grant and cannot be denied. Name someone else.
		Oneself,
		/// Patients can be grantees by account only, not by their role. Name the account.
		PatientRole,
		/// The organisation is not registered, or (for a grant) not active. Check its number.
		UnknownOrganisation,
		/// A set of categories, purposes or actions is empty. Name at least one of each.
		EmptySet,
		/// The grant would end before it begins, or has ended already. Choose an end after the beginning and after now.
		InvalidPeriod,
		/// The scope names a record that was never registered. Check its identifier.
		UnknownRecord,
		/// The scope names a record of another patient. Only that patient decides about it.
		NotYourRecord,
		/// The scope names a record that was erased. Nothing of it can be opened any more.
		RecordErased,
		/// The scope names a version that the record does not have. Versions count from 1 to the latest.
		UnknownVersion,
		/// The patient has as many grants as the chain allows. Revoke expired or needless ones first.
		TooManyGrants,
		/// The patient has as many denials as the chain allows. Lift needless ones, or deny more broadly.
		TooManyDenials,
		/// The caller has no such grant: it never existed or was revoked. List the grants.
		UnknownGrant,
		/// The caller has no such denial: it never existed or was lifted. List the denials.
		UnknownDenial,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}

		#[cfg(feature = "std")]
		fn integrity_test() {
			assert!(
				T::MaxGrants::get() > 0,
				"the first grant of an enrolled patient must fit"
			);
			assert!(T::MaxDenials::get() > 0, "a patient must be able to deny");
		}
	}

	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Gives a grant, and with it the wrapped keys of the records that it covers now.
		///
		/// ## Origin
		/// Signed by a live patient. It concerns the caller's own records only.
		///
		/// ## Details
		/// The grant gets the patient's next number. It holds from `terms.from` (or now) until just before `terms.until`
		/// (or until revoked). Repetitions in the sets are dropped. `wraps` may name any of the patient's records; a wrap
		/// that is there already for the recipient is replaced. Accounts need not be members yet: a grant takes effect only
		/// while its reader is one.
		///
		/// ## Errors
		/// [`Error::NotPatient`], [`Error::Oneself`], [`Error::PatientRole`], [`Error::UnknownOrganisation`],
		/// [`Error::EmptySet`], [`Error::InvalidPeriod`], [`Error::UnknownRecord`], [`Error::NotYourRecord`],
		/// [`Error::RecordErased`], [`Error::UnknownVersion`], [`Error::TooManyGrants`], and those of
		/// [`RecordKeys::add_wraps`].
		///
		/// ## Events
		/// [`Event::Granted`].
		#[pallet::call_index(0)]
		#[pallet::weight(
			T::WeightInfo::grant().saturating_add(T::Keys::wraps_weight(wraps.len() as u32))
		)]
		#[pallet::feeless_if(
			|_origin: &OriginFor<T>,
			 _terms: &GrantTerms<T::AccountId>,
			 _wraps: &RecordWraps<T::AccountId>|
			 -> bool { true }
		)]
		pub fn grant(
			origin: OriginFor<T>,
			terms: GrantTerms<T::AccountId>,
			wraps: RecordWraps<T::AccountId>,
		) -> DispatchResult {
			let patient = ensure_signed(origin)?;
			Self::do_grant(patient, terms, wraps)
		}

		/// Revokes a grant, and with it the wrapped keys that `remove` names.
		///
		/// ## Origin
		/// Signed by the patient who gave the grant, whether or not their membership is still live: taking consent back
		/// always works.
		///
		/// ## Details
		/// Takes effect at once. Its number is not used again. Other grants that cover the same reader stay. Of `remove`,
		/// wraps that are not there and the patient's own are passed over.
		///
		/// ## Errors
		/// [`Error::UnknownGrant`], and those of [`RecordKeys::remove_wraps`].
		///
		/// ## Events
		/// [`Event::Revoked`].
		#[pallet::call_index(1)]
		#[pallet::weight(
			T::WeightInfo::revoke().saturating_add(T::Keys::wraps_weight(remove.len() as u32))
		)]
		#[pallet::feeless_if(
			|_origin: &OriginFor<T>, _grant: &GrantId, _remove: &WrapKeys<T::AccountId>|
			 -> bool { true }
		)]
		pub fn revoke(
			origin: OriginFor<T>,
			grant: GrantId,
			remove: WrapKeys<T::AccountId>,
		) -> DispatchResult {
			let patient = ensure_signed(origin)?;
			Self::do_revoke(patient, grant, remove)
		}

		/// Denies access explicitly, over every grant that stands or will stand, and removes the wrapped keys that
		/// `remove` names.
		///
		/// ## Origin
		/// Signed by a patient, whether or not their membership is still live: narrowing consent always works.
		///
		/// ## Details
		/// Holds for every purpose and action until it is lifted. It does not touch the grants themselves. A denial to an
		/// organisation or role concerns whoever is a live member of it at the moment of a decision; the organisation may
		/// be a suspended one.
		///
		/// ## Errors
		/// [`Error::NotPatient`], [`Error::Oneself`], [`Error::PatientRole`], [`Error::UnknownOrganisation`],
		/// [`Error::EmptySet`], [`Error::UnknownRecord`], [`Error::NotYourRecord`], [`Error::RecordErased`],
		/// [`Error::UnknownVersion`], [`Error::TooManyDenials`], and those of [`RecordKeys::remove_wraps`].
		///
		/// ## Events
		/// [`Event::Denied`].
		#[pallet::call_index(2)]
		#[pallet::weight(
			T::WeightInfo::deny().saturating_add(T::Keys::wraps_weight(remove.len() as u32))
		)]
		#[pallet::feeless_if(
			|_origin: &OriginFor<T>,
			 _grantee: &Grantee<T::AccountId>,
			 _scope: &Scope,
			 _remove: &WrapKeys<T::AccountId>|
			 -> bool { true }
		)]
		pub fn deny(
			origin: OriginFor<T>,
			grantee: Grantee<T::AccountId>,
			scope: Scope,
			remove: WrapKeys<T::AccountId>,
		) -> DispatchResult {
			let patient = ensure_signed(origin)?;
			Self::do_deny(patient, grantee, scope, remove)
		}

		/// Lifts a denial. What the standing grants permit holds again.
		///
		/// ## Origin
		/// Signed by the patient who denied, as a live patient: lifting widens access, as a grant does.
		///
		/// ## Details
		/// Takes effect at once. Wrapped keys that went with the denial do not come back by themselves.
		///
		/// ## Errors
		/// [`Error::NotPatient`], [`Error::UnknownDenial`].
		///
		/// ## Events
		/// [`Event::Lifted`].
		#[pallet::call_index(3)]
		#[pallet::feeless_if(|_origin: &OriginFor<T>, _denial: &DenialId| -> bool { true })]
		pub fn lift(origin: OriginFor<T>, denial: DenialId) -> DispatchResult {
			let patient = ensure_signed(origin)?;
			Self::do_lift(patient, denial)
		}
	}
}
