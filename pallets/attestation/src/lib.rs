//! Signed statements of administrators about versions of records and credentials of members.
//!
//! Contract. A records admin of the organisation for which a version was written reviews it and
//! states a verdict. An administrator of a member's organisation does the same for the member's
//! credential. When the number of equal verdicts reaches the organisation's threshold (1 unless it
//! sets another), the subject has reached that verdict, and the pallet calls
//! [`Config::OnAttested`]: "the confirmation triggers the contract". Statements can be revoked. A
//! verdict that falls below the threshold no longer stands, and the pallet calls the hook for that
//! too.
//!
//! A subject has at most one verdict at a time: the first one reached, until it falls. An expired
//! statement no longer counts, but time alone calls no hook: the pallet reviews the subject with
//! the next statement or revocation. A changed threshold also takes effect only then.
//!
//! Down: [`RoleQuery`](salus_primitives::RoleQuery),
//! [`RecordQuery`](salus_primitives::RecordQuery), and the
//! [`OnAttested`](salus_primitives::OnAttested) of every pallet that acts on verdicts (`records`,
//! `roles`, later `claims`).
//! Up: `records` reports through [`OnErased`](salus_primitives::OnErased) which statements to
//! forget. `access` asks through [`CredentialQuery`](salus_primitives::CredentialQuery) whether a
//! credential is attested.

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

#[cfg(any(test, feature = "runtime-benchmarks"))]
pub mod benchmarking;
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
pub use types::Standing;
pub use weights::WeightInfo;

/// Maximum number of equal verdicts that an organisation may require.
pub const MAX_THRESHOLD: u32 = 8;

#[allow(
	clippy::expect_used,
	reason = "the code that FRAME generates calls `expect` on pallet names"
)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::{pallet_prelude::*, traits::Time};
	use frame_system::pallet_prelude::*;
	use salus_primitives::{
		Moment, OnAttested, OrganisationId, ReasonCode, RecordQuery, RoleQuery, Subject, Verdict,
	};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// Statements about a subject, with this runtime's accounts and bounds.
	pub type StandingOf<T> =
		Standing<<T as frame_system::Config>::AccountId, <T as Config>::MaxAttestations>;

	/// Subject with this runtime's accounts.
	pub type SubjectOf<T> = Subject<<T as frame_system::Config>::AccountId>;

	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// Memberships and organisations.
		type Roles: RoleQuery<Self::AccountId>;

		/// Records and their versions.
		type Records: RecordQuery<Self::AccountId>;

		/// Hook for verdicts that are reached or fall.
		type OnAttested: OnAttested<Self::AccountId>;

		/// Time of the block.
		type Time: Time<Moment = Moment>;

		/// Maximum number of statements about one subject.
		#[pallet::constant]
		type MaxAttestations: Get<u32>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;

		/// Source of subjects and of accounts that may state something about them.
		#[cfg(any(test, feature = "runtime-benchmarks"))]
		type BenchmarkHelper: crate::benchmarking::BenchmarkHelper<Self::AccountId>;
	}

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// Statements about each subject, and the verdict that they reached. A subject without
	/// statements has no entry.
	// Blake2: authors and accounts choose what a subject is.
	#[pallet::storage]
	pub type Standings<T: Config> =
		StorageMap<_, Blake2_128Concat, SubjectOf<T>, StandingOf<T>, OptionQuery>;

	/// Number of equal verdicts that an organisation requires: 1 to [`MAX_THRESHOLD`], 1 without an
	/// entry.
	// Twox: the chain assigns the numbers of organisations.
	#[pallet::storage]
	pub type Thresholds<T: Config> =
		StorageMap<_, Twox64Concat, OrganisationId, u32, ValueQuery, ConstU32<1>>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// An administrator stated a verdict.
		Attested {
			/// Subject of the statement.
			subject: SubjectOf<T>,
			/// Account that made the statement.
			attester: T::AccountId,
			/// Verdict that they stated.
			verdict: Verdict,
			/// Coded reason for the verdict.
			reason: ReasonCode,
		},
		/// The number of equal verdicts reached the organisation's threshold.
		VerdictReached {
			/// Subject of the verdict.
			subject: SubjectOf<T>,
			/// Verdict that was reached.
			verdict: Verdict,
		},
		/// A verdict that had been reached no longer stands.
		VerdictFallen {
			/// Subject of the verdict.
			subject: SubjectOf<T>,
			/// Verdict that fell.
			verdict: Verdict,
		},
		/// A statement was revoked.
		Revoked {
			/// Subject of the statement.
			subject: SubjectOf<T>,
			/// Account that had made the statement.
			attester: T::AccountId,
		},
		/// An organisation changed the number of equal verdicts that it requires.
		ThresholdSet {
			/// Organisation whose threshold changed.
			organisation: OrganisationId,
			/// New number of equal verdicts.
			threshold: u32,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// There is no such record version or membership. Check the identifier.
		UnknownSubject,
		/// The record was erased. Nothing more can be stated about it.
		RecordErased,
		/// The membership was revoked. Nothing more can be stated about it.
		CredentialRevoked,
		/// No storage node holds the version yet, so nobody can have reviewed it. Try again once
		/// one does.
		NotStored,
		/// The caller may not state anything about the subject, or does not speak for its
		/// organisation.
		NotPermitted,
		/// The caller wrote the version, or the credential is their own. Somebody else must review
		/// it.
		SelfAttestation,
		/// The caller already made a statement about the subject. Revoke it first.
		AlreadyAttested,
		/// The subject has the maximum number of statements. Revoke one first.
		TooManyAttestations,
		/// The statement would already have expired. Set an end in the future, or none.
		AlreadyExpired,
		/// There is no such statement. Check the subject and the account.
		UnknownAttestation,
		/// The threshold is not between 1 and [`MAX_THRESHOLD`].
		InvalidThreshold,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			assert!(
				// Until a verdict is reached, each of the two may be one statement short of the
				// threshold.
				T::MaxAttestations::get() >= MAX_THRESHOLD.saturating_mul(2).saturating_sub(1),
				"conflicting statements must not keep a subject from reaching a verdict"
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

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
		/// Signed by the account that made the statement, while it may still make one about the
		/// subject, or by an administrator of the organisation for which it was made, while that is
		/// active.
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
