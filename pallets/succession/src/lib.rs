//! A patient who lost their key acts through another account, their *successor*.
//!
//! Records, grants and the log stay where they are: with the patient's old account, which remains their identity. After a
//! recovery its key is worth nothing any more, and a new account dispatches calls in its name with [`Pallet::act`].
//!
//! A guardian, or an administrator of the hospital that enrolled the patient, proposes the account; others support it. It
//! takes as many guardians as the patient asks for (most of them, if nothing is said, and never fewer than two), or
//! the hospital with one guardian. Then a delay runs in which the key that is said to be lost can object. So neither one
//! guardian nor one hospital can take an account, and nobody can while the patient has their key and looks at it.
//!
//! - Who supports an attempt must be entitled when they do, *and* when it is completed.
//! - A support is for one account. It does not count for another.
//! - An administrator of the enrolling hospital speaks for the hospital and never as a guardian, even if appointed. All its
//!   administrators count as one.
//! - What the patient asked for when the attempt began, and what they ask for now: the stricter holds.
//! - A proposer whose attempt ended without success has to wait, so that the others get their turn, and the log is not
//!   flooded.
//! - A successor may lose their key as well. Then another one follows in the same way.
//!
//! Contract with the neighbours:
//!
//! - Down → `consent` through [`RecoveryGuardians`], `roles` through [`RoleQuery`], `access` through [`AccessLogWriter`].
//! - Up ← the runtime must refuse every transaction that is signed by an account of which [`SuccessionQuery::is_succeeded`]
//!   holds: this pallet takes the old key from no call of others. It must also let [`Config::ActFilter`] pass no call that
//!   dispatches others without looking at its origin's filter.
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
	reason = "what FRAME's macros generate expects that pallets have names"
)]
#[allow(
	clippy::borrowed_box,
	reason = "FRAME looks at the arguments of a call as they are, and that of `act` is a box"
)]
#[import_section(errors::errors)]
#[import_section(events::events)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::boxed::Box;
	use frame_support::{
		dispatch::{CheckIfFeeless, GetDispatchInfo, PostDispatchInfo},
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

	/// A supporter among this runtime's accounts.
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

		/// Which calls a successor may dispatch in the patient's name. It is asked again for each call that such a call dispatches.
		type ActFilter: ActFilter<Self::AccountId, <Self as frame_system::Config>::RuntimeCall>;

		/// Who stands by the patient.
		type Guardians: RecoveryGuardians<Self::AccountId>;

		/// Who is who.
		type Roles: RoleQuery<Self::AccountId>;

		/// Where the patient reads of it.
		type Log: AccessLogWriter<Self::AccountId, Error: Into<DispatchError>>;

		/// The time of the block.
		type Time: Time<Moment = Moment>;

		/// How long the patient can object after the last support that was needed, in milliseconds.
		#[pallet::constant]
		type Delay: Get<Moment>;

		/// How long an attempt lasts, in milliseconds.
		#[pallet::constant]
		type MaxLifetime: Get<Moment>;

		/// How long a proposer waits after an attempt that failed, in milliseconds.
		#[pallet::constant]
		type Cooldown: Get<Moment>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;

		/// Makes the people that the benchmarks act on.
		#[cfg(any(test, feature = "runtime-benchmarks"))]
		type BenchmarkHelper: crate::benchmarking::BenchmarkHelper<
			Self::AccountId,
			<Self as Config>::RuntimeCall,
		>;
	}

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What patients ask for, other than the default.
	// Blake2: accounts are chosen by people.
	#[pallet::storage]
	pub type Policies<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, RecoveryPolicy, ValueQuery>;

	/// The attempt of each patient that is open, or ended unnoticed.
	// Blake2: accounts are chosen by people.
	#[pallet::storage]
	pub type Attempts<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, AttemptOf<T>, OptionQuery>;

	/// Until when a proposer waits before they propose for the patient again, that moment excluded. Past ones go when they do.
	// Blake2: accounts are chosen by people.
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

	/// The account that acts for each patient who was brought back.
	// Blake2: accounts are chosen by people.
	#[pallet::storage]
	pub type Successors<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, T::AccountId, OptionQuery>;

	/// For whom each successor acts, or acted before it was succeeded as well: that key was lost, and is never taken again.
	// Blake2: accounts are chosen by people.
	#[pallet::storage]
	pub type Predecessors<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, T::AccountId, OptionQuery>;

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "std")]
		fn integrity_test() {
			assert!(
				T::Delay::get() > 0 && T::Delay::get() < T::MaxLifetime::get(),
				"an attempt must last longer than the time to object, and there must be such a time"
			);
			assert!(
				T::Cooldown::get() > 0,
				"without a pause, one proposer would keep the others out"
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call(weight(<T as Config>::WeightInfo))]
	impl<T: Config> Pallet<T> {
		/// Says that a patient lost their key, and names the account that is to act for them.
		///
		/// ## Origin
		/// Signed by a guardian of the patient, or by an administrator of the hospital that enrolled the patient, which is active,
		/// unless the patient keeps the hospital out of it.
		///
		/// ## Details
		/// It counts as the caller's support. `successor` holds no membership, is none of those who have a say, and never was
		/// anyone's successor. A patient has one attempt at a time, which lasts for [`Config::MaxLifetime`].
		///
		/// ## Errors
		/// [`Error::NotPatient`], [`Error::IsSuccessor`], [`Error::NotEntitled`], [`Error::NotFresh`], [`Error::AlreadyOpen`],
		/// [`Error::CoolingDown`], and those of the log.
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
		/// `successor` is the account that the attempt is for, so that nobody supports another one than they looked at. One
		/// administrator speaks for the hospital. Supports of those who are not entitled any more are dropped.
		///
		/// ## Errors
		/// [`Error::NoAttempt`], [`Error::Expired`], [`Error::OtherSuccessor`], [`Error::NotPatient`], [`Error::NotEntitled`],
		/// [`Error::AlreadySupported`], [`Error::TooManySupporters`], and those of the log.
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

		/// Ends an attempt: the key is not lost.
		///
		/// ## Origin
		/// Signed by the patient; by the successor of one who was brought back before.
		///
		/// ## Details
		/// Any time before it is completed. The proposer waits for [`Config::Cooldown`] before they propose again; the hospital
		/// with all its administrators, if it was one of them.
		///
		/// ## Errors
		/// [`Error::NotHolder`], [`Error::NoAttempt`], and those of the log.
		///
		/// ## Events
		/// [`Event::Objected`].
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::object().saturating_add(T::Log::append_weight()))]
		#[pallet::feeless_if(|_: &OriginFor<T>, _: &T::AccountId| -> bool { true })]
		pub fn object(origin: OriginFor<T>, patient: T::AccountId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_object(who, patient)
		}

		/// Takes an attempt back.
		///
		/// ## Origin
		/// Signed by the one who proposed it.
		///
		/// ## Details
		/// They wait for [`Config::Cooldown`] as well: others may propose at once.
		///
		/// ## Errors
		/// [`Error::NoAttempt`], [`Error::NotProposer`], and those of the log.
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

		/// Completes an attempt: the successor acts for the patient from now on, and the lost key does not.
		///
		/// ## Origin
		/// Signed by anyone.
		///
		/// ## Details
		/// As many guardians support it as the patient asked for at its beginning, and asks for now; or the hospital and one
		/// guardian do, and the patient let the hospital at both times. Only those count who are entitled now. The last support
		/// that was needed is [`Config::Delay`] old. The successor gets a provider reference, so that it can sign transactions
		/// without a balance.
		///
		/// ## Errors
		/// [`Error::NoAttempt`], [`Error::Expired`], [`Error::NotPatient`], [`Error::IsSuccessor`], [`Error::NotFresh`],
		/// [`Error::NotEnough`], [`Error::TooEarly`], and those of the log.
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

		/// Says how many guardians it takes.
		///
		/// ## Origin
		/// Signed by the patient; by the successor of one who was brought back.
		///
		/// ## Details
		/// Between 2 and 8; `None` for most of the guardians, and at least 2. A number above that of the guardians leaves the
		/// way through the hospital only. An open attempt takes the higher one of the old number and the new.
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

		/// Says whether the hospital that enrolled the patient can bring them back with one guardian.
		///
		/// ## Origin
		/// Signed by the patient; by the successor of one who was brought back.
		///
		/// ## Details
		/// It can, unless the patient says otherwise. Letting it again is for later attempts; keeping it out is for an open one
		/// as well.
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
		/// Signed by the account that acts for the patient.
		///
		/// ## Details
		/// The call runs as if the patient had signed it, and this call ends as that one does. [`Config::ActFilter`] says
		/// which calls may, also of those that a batch holds; none is this one again. It is feeless if the call is. Who was brought back as a patient does not
		/// act as the doctor that they may be beside.
		///
		/// ## Errors
		/// [`Error::NotSuccessor`], [`Error::Forbidden`], and those of the call.
		///
		/// ## Events
		/// [`Event::Acted`], after those of the call.
		#[pallet::call_index(7)]
		#[pallet::weight({
			let info = call.get_dispatch_info();
			let filter = T::ActFilter::may_act_weight((**call).into_ref());
			(T::WeightInfo::act().saturating_add(filter).saturating_add(info.call_weight), info.class)
		})]
		// As the call is for the patient.
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

		/// What finding out who has a say costs at most: who enrolled the patient, who the guardians are, and which of them, and
		/// of those who support an attempt, administer the hospital.
		pub fn standing_weight() -> Weight {
			T::Guardians::recovery_guardians_weight()
				.saturating_add(T::Roles::memberships_weight().saturating_mul(2))
		}
	}
}
