//! Consent: what a patient permits, what a patient denies, and the one decision over both.
//!
//! A patient gives *grants* and *denials*. A grant names one capacity of an account, a person, an
//! organisation, its care team or a role. It covers everything, some categories, one record or one
//! version, and is limited by purposes, actions, time, number of uses and context. A denial
//! overrides every grant. *Guardians* read and answer in the patient's place. Others *request*
//! consent, and the patient, a guardian or a *standing rule* answers. The holder of a grant to
//! share may pass part of it on. Apart from an emergency, nothing else permits anyone but the
//! patient to open or write a record.
//!
//! # Neighbours
//!
//! - Uses: `roles` through [`RoleQuery`]: live memberships. A membership that is not live satisfies
//!   no grant, so a revoked credential at once disables everything that depends on it.
//! - Uses: `records` through [`RecordQuery`] (the record's patient and versions) and [`RecordKeys`]
//!   (the wrapped keys that are added and removed with a grant).
//! - Uses: `access` through [`EmergencyQuery`]: whether the reader has an open emergency case for
//!   the patient.
//! - Used by: `records`, `access` and the runtime API through [`ConsentPolicy`]: `decide`,
//!   `decide_again`, `count_use`, `may_write`.
//! - Used by: `roles` through [`OnEnrolled`]: enrolment by a hospital carries the patient's signed
//!   first grant to it.
//! - Used by: pallets that need a patient's guardians, through [`GuardianQuery`].
//!
//! The decision is a pure function of the chain's state and a moment. It tries these rules in order
//! and stops at the first that settles the question (module `decision`):
//!
//! 1. The record is live and has the version.
//! 2. The reader has a live membership.
//! 3. The reader is the patient, as a live patient.
//! 4. The reader is a guardian, and the question is about reading within their scope and purposes.
//! 5. An explicit denial covers reader and record.
//! 6. A grant covers reader, record, purpose, action, moment and context, and has a use left. The
//!    oldest such grant is the basis. A grant that was passed on holds only while its parent does.
//! 7. The reader, a live practitioner of a live hospital, reads under an open emergency case for
//!    the purpose BTG, unless the patient has opted out.
//! 8. Likewise for an emergency summary and the purpose ETREAT, unless the patient has closed
//!    those.
//! 9. Otherwise the answer is no.
//!
//! Breaking the glass requires an emergency case: rules 4 and 6 never apply to a question with the
//! purpose BTG, and no grant, request or appointment may name it. An emergency summary requires a
//! case too, so its reader is attested, limited and reviewed. The patient bars the two by separate
//! switches: a patient who wants no stranger in their file may still want a clinician to know about
//! their allergies.
//!
//! [`Pallet::explain`] takes the same path and records every step.
//!
//! A grant names a *capacity*, which is one role at one organisation, and ends with it. Neither a
//! later membership nor one as a patient replaces it. A grant to a *person* says so. A request is
//! made in a capacity, and the grant that answers it names that capacity. `salus-primitives`
//! defines whom a grant means ([`Party`]), for clients too.
//!
//! A membership as *patient* belongs to the patient, not to the hospital that enrolled them. It
//! satisfies grants to that person only, never grants to an organisation or a role. Otherwise every
//! patient of a hospital could read the others' records through the first grant. The first grant is
//! to the hospital's care team: the roles that treat, and devices, which may write.
//!
//! Grants pause while a membership or organisation is suspended, and hold again on reinstatement. A
//! revoked membership or grant does not come back.
//!
//! Others cannot use up a patient's room: requests are limited for each requester and organisation,
//! and so are the grants that rules and guardians give.
//!
//! Denials do not bar guardians. A patient who no longer wants a guardian dismisses them.
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

use crate::grants::Clearings;
use frame_support::pallet_macros::import_section;

mod act;
#[cfg(any(test, feature = "runtime-benchmarks"))]
pub mod benchmarking;
mod calls;
mod context;
mod decision;
mod emergency;
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
	Requests as RequestList, RuleTimes as RuleTimeList, Rules as RuleList,
};
pub use weights::WeightInfo;

// The storage and error macros expand to `expect`s about the pallet's place in the runtime, which
// `construct_runtime` has settled. The calls only delegate to the modules of their concepts.
#[allow(clippy::expect_used)]
#[import_section(calls::calls)]
#[import_section(errors::errors)]
#[import_section(events::events)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::{
		dispatch::{DispatchClass, DispatchResultWithPostInfo},
		pallet_prelude::*,
		traits::Time,
	};
	use frame_system::pallet_prelude::*;
	use salus_primitives::{
		AnsweredBy, Answers, Approval, ConsentRequestId, Denial, DenialId, EmergencyQuery, Grant,
		GrantId, GrantTerms, Grantee, GuardianId, Moment, Purposes, RecordKeys, RecordQuery,
		RecordWraps, RequestTerms, RoleQuery, RuleId, Scope, StandingRule, WrapKeys,
	};
	#[cfg(feature = "std")]
	use salus_primitives::{MAX_ANSWERED, MAX_SHARED};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// Configuration by the runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
		/// Memberships and organisations.
		type Roles: RoleQuery<Self::AccountId>;

		/// Records and their versions.
		type Records: RecordQuery<Self::AccountId>;

		/// Wrapped keys that are added and removed with a grant.
		type Keys: RecordKeys<Self::AccountId, Error = DispatchError>;

		/// Open emergency cases.
		type Emergencies: EmergencyQuery<Self::AccountId>;

		/// Time of the block.
		type Time: Time<Moment = u64>;

		/// Maximum number of grants of one patient, including ended ones that were not cleared.
		#[pallet::constant]
		type MaxGrants: Get<u32>;

		/// Maximum number of denials of one patient.
		#[pallet::constant]
		type MaxDenials: Get<u32>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;

		/// Source of the patients, members and records that the benchmarks act on.
		#[cfg(any(test, feature = "runtime-benchmarks"))]
		type BenchmarkHelper: benchmarking::BenchmarkHelper<Self::AccountId>;
	}

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// Grants of each patient. Expired and used-up grants stay until the patient revokes them or
	/// their room is needed.
	// Blake2_128Concat: patients choose their accounts, so the hasher must keep them from mining
	// keys into one corner of the trie.
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

	/// Denials of each patient.
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

	/// Guardians of each patient, oldest appointment first. The next appointment removes expired
	/// ones.
	// Hasher: as for `Patients`. One value, because the decision reads all of them.
	#[pallet::storage]
	pub type Guardians<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, types::Guardians<T::AccountId>, ValueQuery>;

	/// Requests that await the patient's answer, oldest first. The next request or answer removes
	/// expired ones.
	// Hasher: as for `Patients`. One value, so that limits and expiry cost one read.
	#[pallet::storage]
	pub type Requests<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, types::Requests<T::AccountId>, ValueQuery>;

	/// Capacities in which the waiting requests were made. Requests older than this storage item
	/// have none.
	// Hasher: as for `Patients`. Separate from `Requests`, whose layout stays unchanged.
	#[pallet::storage]
	pub type AskedAs<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, types::Capacities<T::AccountId>, ValueQuery>;

	/// Grants that rules and guardians gave in the patient's place, oldest first. Their number is
	/// limited, so that the patient always has room for grants of their own.
	// Hasher: as for `Patients`. One value, so that the limits cost one read.
	#[pallet::storage]
	pub type Answered<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, types::Answered<T::AccountId>, ValueQuery>;

	/// Whether a patient has closed their emergency summaries. If `None`, the patient has not
	/// decided, and the opt-out also applies to summaries.
	// Hasher: as for `Patients`.
	#[pallet::storage]
	pub type SummaryClosed<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, bool>;

	/// Standing rules of each patient, in the order in which they are tried.
	// Hasher: as for `Patients`. One value, because a request reads all of them.
	#[pallet::storage]
	pub type Rules<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, types::Rules<T::AccountId>, ValueQuery>;

	/// Times at which the standing rules were set. Rules older than this storage item have none:
	/// they approve for nobody by name.
	// Hasher: as for `Patients`. Separate from `Rules`, whose layout stays unchanged.
	#[pallet::storage]
	pub type RulesSet<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, types::RuleTimes, ValueQuery>;

	/// Counters of a patient's consent, and the next numbers. A row is never removed, so that no
	/// number is used again.
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
				"grants by others must leave the patient half of the room"
			);
			assert!(T::MaxDenials::get() > 0, "a patient must be able to deny");
		}
	}
}
