//! Recovery of a patient's account: a patient who lost their key acts through another account,
//! their *successor*.
//!
//! Records, grants and the log stay with the patient's old account, which remains their identity.
//! After a recovery its key is no longer accepted, and the successor dispatches calls in its name
//! with [`Pallet::act`].
//!
//! A guardian, or an administrator of the hospital that enrolled the patient, proposes the
//! successor. Others support it. An attempt needs either the number of guardians that the patient
//! set (a majority by default, and never fewer than two), or the hospital and one guardian. Then a
//! delay runs, in which the holder of the key that is said to be lost can object. Neither one
//! guardian nor one hospital can therefore take an account, and nobody can while the patient has
//! their key and watches.
//!
//! - A supporter must be entitled when they support an attempt *and* when it is completed.
//! - A support is for one account. It does not count for another.
//! - An administrator of the enrolling hospital speaks for the hospital and never as a guardian,
//!   even if appointed as one. All its administrators count as one supporter.
//! - The stricter of two policies holds: the one at the start of the attempt, and the present one.
//! - A proposer whose attempt failed has to wait, so that others get their turn and the log is not
//!   flooded.
//! - A successor may lose their key as well. Another successor then follows in the same way.
//!
//! Contract with the neighbours:
//!
//! - Down → `consent` through [`RecoveryGuardians`], `roles` through [`RoleQuery`], `access`
//!   through [`AccessLogWriter`].
//! - Up ← the runtime must refuse every transaction signed by an account for which
//!   [`SuccessionQuery::is_succeeded`] holds; this pallet does not block the old key in calls of
//!   other pallets. [`Config::ActFilter`] must refuse every call that dispatches other calls
//!   without the filter of its origin.
//!
//! [`RecoveryGuardians`]: salus_primitives::RecoveryGuardians
//! [`RoleQuery`]: salus_primitives::RoleQuery
//! [`AccessLogWriter`]: salus_primitives::AccessLogWriter
//! [`SuccessionQuery::is_succeeded`]: salus_primitives::SuccessionQuery::is_succeeded

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

mod acting;
mod attempts;
#[cfg(any(test, feature = "runtime-benchmarks"))]
pub mod benchmarking;
mod errors;
mod events;
#[cfg(test)]
mod mock;
mod policies;
mod standing;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
mod types;
pub mod weights;

pub use pallet::*;
pub use types::Attempt;
pub use weights::WeightInfo;

#[allow(
	clippy::expect_used,
	reason = "the code that FRAME's macros generate expects pallets to have names"
)]
#[allow(
	clippy::borrowed_box,
	reason = "FRAME passes the arguments of a call by reference, and that of `act` is a box"
)]
#[import_section(errors::errors)]
#[import_section(events::events)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::boxed::Box;
	use frame_support::{
		dispatch::{CheckIfFeeless, DispatchClass, GetDispatchInfo, PostDispatchInfo},
		pallet_prelude::*,
		traits::{IsSubType, Time},
	};
	use frame_system::pallet_prelude::{ensure_signed, BlockNumberFor, OriginFor};
	use salus_primitives::{
		AccessLogWriter, ActFilter, Moment, RecoveryGuardians, RecoveryPolicy, RoleQuery, Supporter,
	};
	use sp_runtime::traits::Dispatchable;

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// An attempt with this runtime's accounts.
	pub type AttemptOf<T> = Attempt<<T as frame_system::Config>::AccountId>;

	/// A supporter with this runtime's accounts.
	pub type SupporterOf<T> = Supporter<<T as frame_system::Config>::AccountId>;

	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// The runtime's calls.
		type RuntimeCall: Parameter
			+ Dispatchable<RuntimeOrigin = Self::RuntimeOrigin, PostInfo = PostDispatchInfo>
			+ GetDispatchInfo
			+ CheckIfFeeless<Origin = OriginFor<Self>>
			+ IsSubType<Call<Self>>
			+ IsType<<Self as frame_system::Config>::RuntimeCall>;

		/// Filter of the calls that a successor may dispatch in the patient's name. It also applies
		/// to each nested call.
		type ActFilter: ActFilter<Self::AccountId, <Self as frame_system::Config>::RuntimeCall>;

		/// Guardians of patients.
		type Guardians: RecoveryGuardians<Self::AccountId>;

		/// Memberships and administrators.
		type Roles: RoleQuery<Self::AccountId>;

		/// Access log in which the patient reads of attempts.
		type Log: AccessLogWriter<Self::AccountId, Error: Into<DispatchError>>;

		/// Source of the block's time.
		type Time: Time<Moment = Moment>;

		/// Time in which the patient can object after the last necessary support, in milliseconds.
		#[pallet::constant]
		type Delay: Get<Moment>;

		/// Lifetime of an attempt, in milliseconds.
		#[pallet::constant]
		type MaxLifetime: Get<Moment>;

		/// Time that a proposer waits after a failed attempt, in milliseconds.
		#[pallet::constant]
		type Cooldown: Get<Moment>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;

		/// Sets up the accounts for benchmarks.
		#[cfg(any(test, feature = "runtime-benchmarks"))]
		type BenchmarkHelper: crate::benchmarking::BenchmarkHelper<
			Self::AccountId,
			<Self as Config>::RuntimeCall,
		>;
	}

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// Policies of patients that differ from the default.
	// Blake2: people choose their accounts.
	#[pallet::storage]
	pub type Policies<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, RecoveryPolicy, ValueQuery>;

	/// Attempt of each patient: open, or expired and not yet replaced.
	// Blake2: people choose their accounts.
	#[pallet::storage]
	pub type Attempts<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, AttemptOf<T>, OptionQuery>;

	/// End of each proposer's wait, that moment excluded, before they may propose for the patient
	/// again. A past entry is removed when its proposer proposes again.
	// Blake2: people choose their accounts.
	#[pallet::storage]
	pub type Barred<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		T::AccountId,
		Blake2_128Concat,
		SupporterOf<T>,
		Moment,
		OptionQuery,
	>;

	/// The account that acts for each recovered patient.
	// Blake2: people choose their accounts.
	#[pallet::storage]
	pub type Successors<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, T::AccountId, OptionQuery>;

	/// Patient for whom each successor acts, or acted before another one succeeded it. The key of
	/// an earlier successor was lost and is never accepted again.
	// Blake2: people choose their accounts.
	#[pallet::storage]
	pub type Predecessors<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, T::AccountId, OptionQuery>;

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "std")]
		fn integrity_test() {
			assert!(
				T::Delay::get() > 0 && T::Delay::get() < T::MaxLifetime::get(),
				"Delay must be positive and shorter than MaxLifetime"
			);
			assert!(
				T::Cooldown::get() > 0,
				"Cooldown must be positive, or one proposer could keep the others out"
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Reports that a patient lost their key, and proposes the account that will act for them.
		///
		/// ## Origin
		/// Signed by a guardian of the patient, or by an administrator of the active hospital that
		/// enrolled the patient, unless the patient excluded the hospital.
		///
		/// ## Details
		/// The proposal counts as the caller's support. `successor` must have no membership, must
		/// not be entitled to support, and must never have been a successor. A patient has one
		/// attempt at a time, which lasts for [`Config::MaxLifetime`].
		///
		/// [`Error::NotPatient`], [`Error::IsSuccessor`], [`Error::NotEntitled`],
		/// [`Error::NotFresh`], [`Error::AlreadyOpen`], [`Error::CoolingDown`], and errors of the
		/// log.
		///
		/// ## Events
		/// [`Event::Proposed`].
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::propose()
			.saturating_add(Pallet::<T>::standing_weight())
			.saturating_add(T::Roles::memberships_weight())
			.saturating_add(T::Log::append_weight()))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &T::AccountId, _: &T::AccountId| -> bool { true })]
		pub fn propose(
			origin: OriginFor<T>,
			patient: T::AccountId,
			successor: T::AccountId,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_propose(who, patient, successor)
		}

		/// Supports an attempt.
		///
		/// ## Origin
		/// As for [`Pallet::propose`].
		///
		/// ## Details
		/// `successor` is the account that the attempt is for, so that nobody supports an account
		/// other than the one they saw. One administrator supports for the whole hospital. Supports
		/// by accounts that are no longer entitled are dropped.
		///
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
		/// Signed by the patient, or by the present successor of a recovered patient.
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
		/// Signed by the patient, or by the present successor of a recovered patient.
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
		/// Signed by the patient, or by the present successor of a recovered patient.
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
		#[pallet::weight(T::WeightInfo::let_hospital().saturating_add(T::Roles::memberships_weight()))]
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
		/// Signed by the present successor of the patient.
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
	}

	impl<T: Config> Pallet<T> {
		pub(crate) fn now() -> Moment {
			T::Time::now()
		}

		/// Returns the maximum weight of determining who may support an attempt: the patient's
		/// membership, their guardians, and which guardians and supporters administer the hospital.
		pub fn standing_weight() -> Weight {
			T::Guardians::recovery_guardians_weight()
				.saturating_add(T::Roles::memberships_weight().saturating_mul(2))
		}
	}
}
