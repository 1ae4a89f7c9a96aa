//! The Salus runtime: what every validator agrees on.
//!
//! Contract: this crate combines the pallets and decides nothing that a pallet could decide. It
//! adds constants ([`units`], [`configs`]), the rules about who may sign a transaction
//! ([`succession`]) and who pays for it ([`fees`]), and the interface for everyone outside
//! ([`apis`], [`presets`]).
//!
//! Uses: the pallets. Used by: the node, which runs it, and every client, through its metadata.

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
// The types from `#[frame_support::runtime]` are nested as deep as there are pallets.
#![recursion_limit = "256"]

extern crate alloc;

// Macros of `sp-runtime` and `frame-support` use it without a path.
use alloc::vec::Vec;

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

pub mod apis;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarks;
pub mod configs;
pub mod fees;
pub mod migrations;
pub mod motions;
pub mod presets;
pub mod signing;
pub mod succession;
pub mod units;

use sp_runtime::{
	generic, impl_opaque_keys,
	traits::{BlakeTwo256, IdentifyAccount, Verify},
	MultiAddress, MultiSignature,
};
use sp_version::RuntimeVersion;

/// Block as the node sees it, with extrinsics as bytes.
pub mod opaque {
	pub use sp_runtime::OpaqueExtrinsic as UncheckedExtrinsic;

	/// Block whose extrinsics are not decoded.
	pub type Block = sp_runtime::generic::Block<super::Header, UncheckedExtrinsic>;
}

/// Signature of a transaction.
pub type Signature = MultiSignature;
/// Account: a public key, or its hash for some schemes.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// Address of an account in a transaction.
pub type Address = MultiAddress<AccountId, ()>;
/// Amount in the smallest unit of [`units::HEAL`].
pub type Balance = u128;
/// Number of transactions that an account has sent.
pub type Nonce = u32;
/// Hash of blocks and storage.
pub type Hash = sp_core::H256;
/// Number of a block.
pub type BlockNumber = u32;
/// Header of a block.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// Block with decoded extrinsics.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;

/// Extensions that every transaction carries besides its call. Their order is part of the chain's
/// interface.
///
/// They need no bytes that polkadot.js, PAPI and subxt cannot fill in.
pub type TxExtension = (
	frame_system::AuthorizeCall<Runtime>,
	// In place of `CheckNonZeroSender`: refuses lost keys, too.
	succession::CheckSender,
	frame_system::CheckSpecVersion<Runtime>,
	frame_system::CheckTxVersion<Runtime>,
	frame_system::CheckGenesis<Runtime>,
	frame_system::CheckEra<Runtime>,
	frame_system::CheckNonce<Runtime>,
	frame_system::CheckWeight<Runtime>,
	// In place of `ChargeTransactionPayment`: draws members' calls from allowances.
	fees::Payment,
	frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
	frame_system::WeightReclaim<Runtime>,
);

/// Transaction as transmitted.
pub type UncheckedExtrinsic =
	generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;
/// Signed part of a transaction.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TxExtension>;

/// Executor of blocks.
pub type Executive = frame_executive::Executive<
	Runtime,
	Block,
	frame_system::ChainContext<Runtime>,
	Runtime,
	AllPalletsWithSystem,
>;

impl_opaque_keys! {
	/// Keys with which a validator authors blocks, finalises them, releases keys as a member of the
	/// committee, and is found by the others.
	pub struct SessionKeys {
		pub aura: Aura,
		pub grandpa: Grandpa,
		pub committee: Committee,
		pub authority_discovery: AuthorityDiscovery,
	}
}

/// Version of this runtime.
///
/// `spec_version` grows with each release that changes behaviour. `transaction_version` grows only
/// when the meaning of an existing call or extension changes; `tests/integration/metadata.rs` pins
/// what this covers.
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
	spec_name: alloc::borrow::Cow::Borrowed("salus"),
	impl_name: alloc::borrow::Cow::Borrowed("salus-node"),
	authoring_version: 1,
	spec_version: 3,
	impl_version: 1,
	apis: apis::RUNTIME_API_VERSIONS,
	transaction_version: 1,
	system_version: 1,
};

// An index that was used once is never given to another pallet.
#[frame_support::runtime]
mod runtime {
	/// The Salus runtime.
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Runtime;

	// The chain: blocks, time and consensus.

	#[runtime::pallet_index(0)]
	pub type System = frame_system;

	#[runtime::pallet_index(1)]
	pub type Timestamp = pallet_timestamp;

	#[runtime::pallet_index(2)]
	pub type Aura = pallet_aura;

	#[runtime::pallet_index(3)]
	pub type Grandpa = pallet_grandpa;

	// Tokens, fees and batches.

	#[runtime::pallet_index(4)]
	pub type Balances = pallet_balances;

	#[runtime::pallet_index(5)]
	pub type TransactionPayment = pallet_transaction_payment;

	// Index 6 is retired.

	#[runtime::pallet_index(7)]
	pub type Utility = pallet_utility;

	// The council, and upgrades by it.

	#[runtime::pallet_index(8)]
	pub type Council = pallet_collective<Instance1>;

	#[runtime::pallet_index(9)]
	pub type Upgrades = pallet_upgrades;

	// Validators and their sessions. `Validators` must precede the sessions, because its genesis
	// defines their first set.

	#[runtime::pallet_index(10)]
	pub type Validators = pallet_validators;

	#[runtime::pallet_index(11)]
	pub type Session = pallet_session;

	#[runtime::pallet_index(12)]
	pub type Historical = pallet_session::historical;

	#[runtime::pallet_index(13)]
	pub type Authorship = pallet_authorship;

	#[runtime::pallet_index(14)]
	pub type Offences = pallet_offences;

	#[runtime::pallet_index(15)]
	pub type AuthorityDiscovery = pallet_authority_discovery;

	// Migrations of the storage.

	#[runtime::pallet_index(16)]
	pub type Migrations = pallet_migrations;

	// Health records: people, records, consent, access and recovery.

	#[runtime::pallet_index(20)]
	pub type Roles = pallet_roles;

	#[runtime::pallet_index(21)]
	pub type Records = pallet_records;

	#[runtime::pallet_index(22)]
	pub type Attestation = pallet_attestation;

	#[runtime::pallet_index(23)]
	pub type Consent = pallet_consent;

	#[runtime::pallet_index(24)]
	pub type Access = pallet_access;

	#[runtime::pallet_index(25)]
	pub type Committee = pallet_committee;

	#[runtime::pallet_index(26)]
	pub type Succession = pallet_succession;
}
