//! Organisations, their members, and the keys to which others seal.
//!
//! The council registers organisations and names their administrators. Administrators
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
//! # Neighbours
//!
//! - Uses: `frame_system`; `consent` through [`Config::OnEnrolled`], which notifies it of new
//!   patients; `succession` through [`Config::Succession`], which says which keys were lost.
//! - Used by: every other pallet through [`RoleQuery`](salus_primitives::RoleQuery); `attestation`,
//!   which acts on members through [`OnAttested`](salus_primitives::OnAttested) and
//!   [`RoleControl`](salus_primitives::RoleControl).

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

mod bars;
#[cfg(any(test, feature = "runtime-benchmarks"))]
pub mod benchmarking;
mod calls;
mod errors;
mod events;
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
pub use salus_primitives::MAX_SIGNATURE_LIFETIME;
pub(crate) use types::Entitlement;
pub use types::{AdminsOf, Exhausted, Organisation, OrganisationOf, Usage};
pub use weights::WeightInfo;

#[allow(
	clippy::expect_used,
	reason = "the code that FRAME's macros generate expects pallets to have names"
)]
#[allow(
	clippy::too_many_arguments,
	reason = "FRAME makes a constructor for each call, with all its arguments"
)]
#[import_section(calls::calls)]
#[import_section(errors::errors)]
#[import_section(events::events)]
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::vec::Vec;
	use frame_support::{pallet_prelude::*, traits::Time};
	use frame_system::pallet_prelude::*;
	use salus_primitives::{
		Hash32, KeyAgreementKey, KeyAgreementPublic, Member, Moment, OnEnrolled, OrganisationId,
		OrganisationKind, Recipient, Role, Specialty, SuccessionQuery, Wrap,
	};
	use sp_runtime::traits::{IdentifyAccount, Verify};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// Configuration by the runtime.
	#[pallet::config]
	pub trait Config:
		frame_system::Config<RuntimeEvent: From<Event<Self>>, Hash: Into<Hash32>>
	{
		/// Origin that registers, suspends and reinstates organisations, and replaces their
		/// administrators. Administrators name the representative of a seat, so this needs the same
		/// majority as decisions on the seats.
		type CouncilOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// Source of the block's time.
		type Time: Time<Moment = Moment>;

		/// Signature of a patient under an enrolment, and of a member under an admission.
		type Signature: Verify<Signer: IdentifyAccount<AccountId = Self::AccountId>> + Parameter;

		/// Listener that is notified of every new patient.
		type OnEnrolled: OnEnrolled<Self::AccountId>;

		/// Successors of patients. The signature of an account that was succeeded does not count.
		type Succession: SuccessionQuery<Self::AccountId>;

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

	/// Registered organisations, by their number.
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

	/// Members that no administrator can reinstate, each with whether its hospital suspended it
	/// too. Another pallet barred them, and only it lifts the bar.
	// Hashers: as for `Members`.
	#[pallet::storage]
	pub type Barred<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, T::AccountId, Identity, Role, bool, OptionQuery>;

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
}
