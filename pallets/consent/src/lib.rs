//! Consent: what a patient permits, what a patient denies, and the one decision over both.
//!
//! A patient gives *grants* (to someone in one capacity, to a person, an organisation, its care team or a role; over everything, some categories, one record or
//! one version; for purposes, actions, a time, a number of uses and a context) and *denials*, which override every grant.
//! *Guardians* read and answer in the patient's stead. Others *request* consent; the patient, a guardian or a *standing rule*
//! answers. Whoever has a grant to share passes on less than it. Nothing else permits anyone but the patient to open or
//! write a record, save an emergency.
//!
//! Contract with the neighbours:
//!
//! - Down → `roles` through [`RoleQuery`]: who is a live member of what. A membership that is not live satisfies no grant,
//!   so that a revoked credential disables at once everything that hangs on it.
//! - Down → `records` through [`RecordQuery`] (whose record, which versions) and [`RecordKeys`] (the wrapped keys that come
//!   and go with a grant).
//! - Down → `access` through [`EmergencyQuery`]: whether the reader has an open emergency case for the patient.
//! - Up ← `records`, `access` and the runtime API through [`ConsentPolicy`]: `decide`, `decide_again`, `count_use`, `may_write`.
//! - Up ← `roles` through [`OnEnrolled`]: enrolment by a hospital carries the patient's signed first grant to it.
//! - Up ← whoever needs a patient's guardians through [`GuardianQuery`].
//!
//! The decision is a pure function of the chain's state and a moment. It walks these rules in this order, and the first
//! that settles the question ends the walk (module `decision`):
//!
//! 1. the record lives and has the version,
//! 2. the reader has a live membership,
//! 3. the reader is the patient themself, as a live patient,
//! 4. the reader is a guardian and the question is about reading, within their scope and purposes,
//! 5. an explicit denial covers reader and record,
//! 6. a grant covers reader, record, purpose, action, moment and context and has a use left (the oldest one that does is
//!    the basis); one that was passed on holds only while the grant from which it came does,
//! 7. the reader, a live practitioner of a live hospital, reads under an open emergency case for the purpose BTG, unless the
//!    patient has opted out, or
//! 8. an emergency summary for the purpose ETREAT, unless the patient has closed those,
//! 9. otherwise no.
//!
//! Breaking the glass takes a case: rules 4 and 6 hold for no question with the purpose BTG, and no grant, request or
//! appointment may name it. An emergency summary takes one too, so that whoever opens it is attested, limited and reviewed. The
//! patient bars the one and the other by switches of their own: whoever wants no stranger in their file may still want to
//! be asked about their allergies.
//!
//! [`Pallet::explain`] is the same walk with every step written down.
//!
//! A grant names a *capacity*, one role at one organisation, and ends with it: neither a membership that is given later, nor
//! one as a patient, stands in for it. A grant to a *person* says so. A request is made in a capacity, and a grant that
//! answers it names that. Whom a grant means is told in `salus-primitives` ([`Party`]), for clients too.
//!
//! A membership as *patient* belongs to the patient, not to the hospital that enrolled them: it satisfies grants to that
//! person only, never those to an organisation or a role. Otherwise every patient of a hospital could read the others'
//! records through the first grant. That one is to the hospital's care team: those who treat, and devices to write.
//!
//! What is suspended rests, and holds again when it is reinstated; what was revoked does not come back.
//!
//! Others' acts leave the patient room: requests are few for each requester and organisation, and so are the grants that
//! rules and guardians give.
//!
//! Denials do not bar guardians: whoever no longer wants one dismisses them.
//!
//! [`Party`]: salus_primitives::Party
//! [`RoleQuery`]: salus_primitives::RoleQuery
//! [`RecordQuery`]: salus_primitives::RecordQuery
//! [`RecordKeys`]: salus_primitives::RecordKeys
//! [`EmergencyQuery`]: salus_primitives::EmergencyQuery
//! [`ConsentPolicy`]: salus_primitives::ConsentPolicy
//! [`OnEnrolled`]: salus_primitives::OnEnrolled
//! [`GuardianQuery`]: salus_primitives::GuardianQuery

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

#[cfg(any(test, feature = "runtime-benchmarks"))]
pub mod benchmarking;
mod calls;
mod context;
mod decision;
mod errors;
mod events;
mod grants;
mod guardians;
mod impls;
#[cfg(test)]
mod mock;
mod person;
mod requests;
mod rules;
mod scopes;
mod sharing;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
mod types;
pub mod weights;

pub use pallet::*;
pub use types::{
	Answered as AnsweredList, Capacities as CapacityList, Guardians as GuardianList, PatientState,
	Requests as RequestList, Rules as RuleList,
};
pub use weights::WeightInfo;

// The macros of storage and errors expand to `expect`s about the pallet's place in the runtime, which `construct_runtime` has
// settled. The calls only hand over to the modules of their concepts.
#[allow(clippy::expect_used)]
#[import_section(errors::errors)]
#[import_section(events::events)]
#[import_section(calls::calls)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::{dispatch::DispatchResultWithPostInfo, pallet_prelude::*, traits::Time};
	use frame_system::pallet_prelude::*;
	use salus_primitives::{
		AnsweredBy, Answers, Approval, ConsentRequestId, Denial, DenialId, EmergencyQuery, Grant,
		GrantId, GrantTerms, Grantee, GuardianId, Moment, Purposes, RecordKeys, RecordQuery,
		RecordWraps, RequestTerms, RoleQuery, RuleId, Scope, StandingRule, WrapKeys, MAX_ANSWERED,
		MAX_SHARED,
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

		/// Open emergency cases.
		type Emergencies: EmergencyQuery<Self::AccountId>;

		/// The block's time.
		type Time: Time<Moment = u64>;

		/// The most grants that a patient may have standing at once, those that have ended
		/// and were not cleared included.
		#[pallet::constant]
		type MaxGrants: Get<u32>;

		/// The most denials that a patient may have standing at once.
		#[pallet::constant]
		type MaxDenials: Get<u32>;

		/// Measured weights.
		type WeightInfo: WeightInfo;

		/// Makes the patients, members and records that the benchmarks act on.
		#[cfg(any(test, feature = "runtime-benchmarks"))]
		type BenchmarkHelper: benchmarking::BenchmarkHelper<Self::AccountId>;
	}

	/// The grants that stand. Those that have expired or are used up stay until the patient revokes them or their room is
	/// needed.
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

	/// A patient's guardians, oldest appointment first. Those who have aged out go with the next appointment.
	// Hasher: as for `Patients`. One value, for the decision looks at all of them.
	#[pallet::storage]
	pub type Guardians<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, types::Guardians<T::AccountId>, ValueQuery>;

	/// The requests that wait for a patient's answer, oldest first. Those that have expired go with the next request or answer.
	// Hasher: as for `Patients`. One value, so that limits and expiry cost one read.
	#[pallet::storage]
	pub type Requests<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, types::Requests<T::AccountId>, ValueQuery>;

	/// In which capacity the requests that wait were made. Those from before the chain kept that have none.
	// Hasher: as for `Patients`. Beside `Requests`, whose layout stays as it was.
	#[pallet::storage]
	pub type AskedAs<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, types::Capacities<T::AccountId>, ValueQuery>;

	/// The grants that rules and guardians gave in the patient's stead and that stand, oldest first. They are few, so that the
	/// patient's own acts have room whatever others ask for.
	// Hasher: as for `Patients`. One value, so that the limits cost one read.
	#[pallet::storage]
	pub type Answered<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, types::Answered<T::AccountId>, ValueQuery>;

	/// Whether a patient has closed their emergency summaries. `None`: they said nothing, and the opt-out goes for them too.
	// Hasher: as for `Patients`.
	#[pallet::storage]
	pub type SummaryClosed<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, bool>;

	/// A patient's standing rules, in the order in which they are tried.
	// Hasher: as for `Patients`. One value, for a request looks at all of them.
	#[pallet::storage]
	pub type Rules<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, types::Rules<T::AccountId>, ValueQuery>;

	/// What a patient's consent counts and which numbers come next. A row stays once it is there, so that no number is used
	/// again.
	// Blake2_128Concat: patients choose their accounts.
	#[pallet::storage]
	pub type Patients<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, PatientState, ValueQuery>;

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}

		#[cfg(feature = "std")]
		fn integrity_test() {
			let by_others = MAX_ANSWERED.saturating_add(MAX_SHARED);
			assert!(
				T::MaxGrants::get() >= by_others.saturating_mul(2),
				"what others give and pass on must leave the patient half of the room"
			);
			assert!(T::MaxDenials::get() > 0, "a patient must be able to deny");
		}
	}
}
