//! What administrators state, under their signature, about versions of records and credentials of members.
//!
//! Contract. A records admin of the organisation for which a version was written reviews it and states a verdict; an
//! administrator of a member's organisation does so about the member's credential. When as many equal verdicts stand as
//! the organisation asks for (its threshold, 1 unless it sets another), the subject has reached that verdict, and
//! [`Config::OnAttested`] is told: "the confirmation triggers the contract". Statements can be revoked; a verdict that
//! falls below the threshold stands no longer, and the hook is told that too.
//!
//! A subject has at most one verdict at a time: the one that was reached first, until it falls. A statement past its
//! end counts no more, but time alone fires no hook: the subject is looked at again with the next statement or
//! revocation. A change of the threshold, too, takes effect only then.
//!
//! Down: [`RoleQuery`](salus_primitives::RoleQuery), [`RecordQuery`](salus_primitives::RecordQuery), and the
//! [`OnAttested`](salus_primitives::OnAttested) of whoever acts on verdicts (`records`, `roles`, later `claims`).
//! Up: `records` tells it through [`OnErased`](salus_primitives::OnErased) which statements to forget; `access` asks through
//! [`CredentialQuery`](salus_primitives::CredentialQuery) whose credential is confirmed.

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

/// The most equal verdicts that an organisation may ask for.
pub const MAX_THRESHOLD: u32 = 8;

#[allow(
	clippy::expect_used,
	reason = "what FRAME's macros generate expects that pallets have names"
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

	/// The statements about a subject with this runtime's accounts and bounds.
	pub type StandingOf<T> =
		Standing<<T as frame_system::Config>::AccountId, <T as Config>::MaxAttestations>;

	/// A subject with this runtime's accounts.
	pub type SubjectOf<T> = Subject<<T as frame_system::Config>::AccountId>;

	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// Who is who.
		type Roles: RoleQuery<Self::AccountId>;

		/// What exists.
		type Records: RecordQuery<Self::AccountId>;

		/// Told of verdicts that are reached and that fall.
		type OnAttested: OnAttested<Self::AccountId>;

		/// The time of the block.
		type Time: Time<Moment = Moment>;

		/// The most statements that stand about one subject.
		#[pallet::constant]
		type MaxAttestations: Get<u32>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;

		/// Makes subjects and those who may state something about them.
		#[cfg(any(test, feature = "runtime-benchmarks"))]
		type BenchmarkHelper: crate::benchmarking::BenchmarkHelper<Self::AccountId>;
	}

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// The statements about each subject and the verdict that they reached. A subject without statements has no entry.
	// Blake2: authors and accounts choose what a subject is.
	#[pallet::storage]
	pub type Standings<T: Config> =
		StorageMap<_, Blake2_128Concat, SubjectOf<T>, StandingOf<T>, OptionQuery>;

	/// How many equal verdicts an organisation asks for: 1 to [`MAX_THRESHOLD`], 1 without an entry.
	// Twox: the chain gives the numbers of organisations.
	#[pallet::storage]
	pub type Thresholds<T: Config> =
		StorageMap<_, Twox64Concat, OrganisationId, u32, ValueQuery, ConstU32<1>>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// An administrator stated a verdict.
		Attested {
			/// About what.
			subject: SubjectOf<T>,
			/// Who.
			attester: T::AccountId,
			/// What they said.
			verdict: Verdict,
			/// Why.
			reason: ReasonCode,
		},
		/// As many equal verdicts stand as the organisation asks for.
		VerdictReached {
			/// About what.
			subject: SubjectOf<T>,
			/// Which verdict.
			verdict: Verdict,
		},
		/// A verdict that had been reached stands no longer.
		VerdictFallen {
			/// About what.
			subject: SubjectOf<T>,
			/// Which verdict.
			verdict: Verdict,
		},
		/// A statement was revoked.
		Revoked {
			/// About what.
			subject: SubjectOf<T>,
			/// Whose statement.
			attester: T::AccountId,
		},
		/// An organisation asks for another number of equal verdicts.
		ThresholdSet {
			/// Which organisation.
			organisation: OrganisationId,
			/// How many.
			threshold: u32,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// There is no such record version or membership. Look it up again.
		UnknownSubject,
		/// The record was erased. Nothing can be stated about it any more.
		RecordErased,
		/// The membership was revoked for good. Nothing can be stated about it any more.
		CredentialRevoked,
		/// No storage node holds the version yet, so nobody can have reviewed it. Wait until one does.
		NotStored,
		/// The caller is not among those who may state something about the subject, or speak for its organisation.
		NotPermitted,
		/// The caller wrote the version, or the credential is theirs. Someone else has to review it.
		SelfAttestation,
		/// The caller's statement about the subject stands already. Revoke it first.
		AlreadyAttested,
		/// As many statements about the subject stand as may. Revoke one first.
		TooManyAttestations,
		/// The statement would have ended already. Give an end in the future, or none.
		AlreadyExpired,
		/// There is no such statement. Look it up again.
		UnknownAttestation,
		/// The threshold is not between 1 and [`MAX_THRESHOLD`].
		InvalidThreshold,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			assert!(
				// While no verdict has been reached, each may be one short of the threshold.
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
		/// About a version of a record: a records admin, in good standing, of the organisation for which the version was
		/// written, who is not its author. About a credential: an administrator of the member's organisation, which is
		/// active, who is not the member.
		///
		/// ## Details
		/// `expires` is when the statement ends to count; without it, it counts until it is revoked. Statements that
		/// have ended make room for new ones.
		///
		/// ## Errors
		/// [`Error::UnknownSubject`], [`Error::RecordErased`], [`Error::CredentialRevoked`], [`Error::NotPermitted`],
		/// [`Error::SelfAttestation`], [`Error::NotStored`], [`Error::AlreadyExpired`], [`Error::AlreadyAttested`],
		/// [`Error::TooManyAttestations`].
		///
		/// ## Events
		/// [`Event::Attested`], and [`Event::VerdictFallen`] and [`Event::VerdictReached`] if it comes to that.
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
		/// Whoever made it, while they may still make one about the subject; or an administrator of the organisation for
		/// which it was made, while that is active.
		///
		/// ## Errors
		/// [`Error::UnknownAttestation`], [`Error::NotPermitted`].
		///
		/// ## Events
		/// [`Event::Revoked`], and [`Event::VerdictFallen`] and [`Event::VerdictReached`] if it comes to that.
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

		/// Sets how many equal verdicts an organisation asks for.
		///
		/// ## Origin
		/// An administrator of the organisation, which is active.
		///
		/// ## Details
		/// Subjects are looked at again with the next statement about them, or revocation of one.
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
