//! Blocks, balances and fees.

use crate::{
	migrations, motions,
	units::{EXISTENTIAL_DEPOSIT, HOURS, MIB, SLOT_DURATION, SS58_PREFIX},
	AccountId, Balance, Balances, Block, BlockNumber, Hash, Migrations, Nonce, OriginCaller,
	PalletInfo, Runtime, RuntimeCall, RuntimeEvent, RuntimeFreezeReason, RuntimeHoldReason,
	RuntimeOrigin, RuntimeTask, System, VERSION,
};
use frame_support::{
	derive_impl,
	dispatch::DispatchClass,
	parameter_types,
	traits::{ConstU128, ConstU16, ConstU32, ConstU8, Contains, VariantCountOf},
	weights::{constants, ConstantMultiplier, IdentityFee, RuntimeDbWeight, Weight},
};
use frame_system::limits::{BlockLength, BlockWeights};
use pallet_transaction_payment::{ConstFeeMultiplier, FungibleAdapter, Multiplier};
use sp_runtime::{traits::One, Perbill};
use sp_version::RuntimeVersion;

/// Part of a block that ordinary transactions may fill. The rest is for what patients do to end
/// access, and for the council's upgrades.
pub const NORMAL_DISPATCH_RATIO: Perbill = Perbill::from_percent(75);

/// Part of a block that operational transactions may fill. It leaves the rest to ordinary
/// transactions when many patients end access at once, even on a machine that is slower than the
/// weights assume. It cannot be much lower: the SDK weighs a runtime upgrade at a sixth of a
/// second, and that call is operational.
pub const OPERATIONAL_RATIO: Perbill = Perbill::from_percent(45);

/// Part of a block's length that operational transactions may fill. It cannot be much lower: one
/// and a half times the code of a runtime must fit.
pub const OPERATIONAL_LENGTH: Perbill = Perbill::from_percent(70);

/// Part of a block's length that all transactions may fill. Operational ones come first, so
/// ordinary ones always have at least a quarter of the length.
pub const TRANSACTIONS_LENGTH: Perbill = Perbill::from_percent(95);

/// Maximum execution time of a block: half of a slot. The other half is for distributing it and
/// voting on it.
#[allow(
	clippy::arithmetic_side_effects,
	reason = "the compiler evaluates it and would reject an overflow"
)]
const MAX_BLOCK_WEIGHT: Weight =
	Weight::from_parts(SLOT_DURATION / 2 * constants::WEIGHT_REF_TIME_PER_MILLIS, u64::MAX);

/// Average portion of a block that pallets use at its beginning.
const AVERAGE_INITIALISATION: Perbill = Perbill::from_percent(5);

/// Maximum length of a block, in bytes.
const MAX_BLOCK_LENGTH: u32 = 2 * MIB;

/// Price of a byte, chosen so that a block that is full by length costs as much as one that is full
/// by time.
#[allow(
	clippy::arithmetic_side_effects,
	reason = "the compiler evaluates it and would reject a division by zero"
)]
const FEE_PER_BYTE: Balance = MAX_BLOCK_WEIGHT.ref_time() as Balance / MAX_BLOCK_LENGTH as Balance;

/// Cost of every transaction besides its call and extensions: decoding, checking the signature, and
/// bookkeeping. Measured as the block time of an empty call, minus the charge of the extensions.
const BASE_EXTRINSIC: Weight = Weight::from_parts(75 * constants::WEIGHT_REF_TIME_PER_MICROS, 0);

#[allow(
	clippy::arithmetic_side_effects,
	reason = "a part of a weight is never more than the weight"
)]
fn normal_block_weight() -> Weight {
	NORMAL_DISPATCH_RATIO * MAX_BLOCK_WEIGHT
}

parameter_types! {
	/// Number of block hashes that the chain remembers, and so the longest life of a transaction.
	pub const BlockHashCount: BlockNumber = 2 * HOURS;
	pub const Version: RuntimeVersion = VERSION;
	/// Time to read and to write one value of the state while a block is built.
	///
	/// Measured by `scripts/measure-block-time` with ParityDB, whose trie cache holds the values in
	/// use. The SDK's own constants for ParityDB (8 µs and 50 µs) include writing to an idle disk,
	/// which happens after the block is built and for all its values at once. With them, a block
	/// would close at a quarter of its capacity. If the state outgrew the cache, validators would
	/// stop filling a block because of the time and not of its weight.
	pub const StateWeight: RuntimeDbWeight = RuntimeDbWeight {
		read: 2 * constants::WEIGHT_REF_TIME_PER_MICROS,
		write: 9 * constants::WEIGHT_REF_TIME_PER_MICROS,
	};
	pub RuntimeBlockWeights: BlockWeights = limit_operational(BlockWeights::builder()
		.for_class(DispatchClass::all(), |weights| weights.base_extrinsic = BASE_EXTRINSIC)
		.for_class(DispatchClass::Normal, |weights| {
			weights.max_total = Some(normal_block_weight());
		})
		.for_class(DispatchClass::Operational, |weights| {
			weights.max_total = Some(MAX_BLOCK_WEIGHT);
			// Weight that ordinary transactions cannot use.
			weights.reserved = Some(MAX_BLOCK_WEIGHT.saturating_sub(normal_block_weight()));
		})
		.avg_block_initialization(AVERAGE_INITIALISATION)
		.build_or_panic());
	pub RuntimeBlockLength: BlockLength = BlockLength::builder()
		.max_length(MAX_BLOCK_LENGTH)
		.modify_max_length_for_class(DispatchClass::Normal, |length| {
			*length = TRANSACTIONS_LENGTH.mul_floor(MAX_BLOCK_LENGTH);
		})
		.modify_max_length_for_class(DispatchClass::Operational, |length| {
			*length = OPERATIONAL_LENGTH.mul_floor(MAX_BLOCK_LENGTH);
		})
		.build();
}

/// Limits operational transactions to [`OPERATIONAL_RATIO`] of a block. Set on the finished
/// weights, because the builder makes a block only as large as the largest part of a class.
fn limit_operational(mut weights: BlockWeights) -> BlockWeights {
	let operational = weights.per_class.get_mut(DispatchClass::Operational);
	let most = Weight::from_parts(
		OPERATIONAL_RATIO.mul_floor(MAX_BLOCK_WEIGHT.ref_time()),
		OPERATIONAL_RATIO.mul_floor(MAX_BLOCK_WEIGHT.proof_size()),
	);
	operational.max_total = Some(most);
	let initialisation = AVERAGE_INITIALISATION.mul_ceil(MAX_BLOCK_WEIGHT.ref_time());
	operational.max_extrinsic = Some(most.saturating_sub(Weight::from_parts(initialisation, 0)));
	weights
}

/// Calls that accounts may make.
///
/// Session keys stay once they are registered: `pallet-session` silently drops a validator without
/// keys from the set, below any minimum. To change keys, register others; to leave, ask the
/// council.
///
/// A motion names the number of votes that decides it. With a number other than the one that
/// the chain needs, a single seat could take the place of a motion that the others want.
pub struct Permitted;

impl Contains<RuntimeCall> for Permitted {
	fn contains(call: &RuntimeCall) -> bool {
		match call {
			RuntimeCall::Session(pallet_session::Call::purge_keys {}) => false,
			RuntimeCall::Council(pallet_collective::Call::propose { threshold, .. }) => {
				motions::is_deciding(*threshold)
			}
			_ => true,
		}
	}
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
	type BaseCallFilter = Permitted;
	type AccountData = pallet_balances::AccountData<Balance>;
	type AccountId = AccountId;
	type Block = Block;
	type BlockHashCount = BlockHashCount;
	type BlockLength = RuntimeBlockLength;
	type BlockWeights = RuntimeBlockWeights;
	type DbWeight = StateWeight;
	// The default is hard-wired to RocksDB's costs.
	type ExtensionsWeightInfo = frame_system::SubstrateExtensionsWeight<Runtime>;
	type Hash = Hash;
	type MaxConsumers = ConstU32<16>;
	type Nonce = Nonce;
	type SS58Prefix = ConstU16<SS58_PREFIX>;
	type MultiBlockMigrator = Migrations;
	type SingleBlockMigrations = migrations::SingleBlock;
	type SystemWeightInfo = frame_system::weights::SubstrateWeight<Runtime>;
	type Version = Version;
}

impl pallet_balances::Config for Runtime {
	type AccountStore = System;
	type Balance = Balance;
	type DoneSlashHandler = ();
	type DustRemoval = ();
	type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
	type FreezeIdentifier = RuntimeFreezeReason;
	type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
	type MaxLocks = ConstU32<50>;
	type MaxReserves = ();
	type ReserveIdentifier = [u8; 8];
	type RuntimeEvent = RuntimeEvent;
	type RuntimeFreezeReason = RuntimeFreezeReason;
	type RuntimeHoldReason = RuntimeHoldReason;
	type WeightInfo = pallet_balances::weights::SubstrateWeight<Runtime>;
}

parameter_types! {
	pub FeeMultiplier: Multiplier = Multiplier::one();
}

impl pallet_transaction_payment::Config for Runtime {
	// The consortium decides on prices, not a market.
	type FeeMultiplierUpdate = ConstFeeMultiplier<FeeMultiplier>;
	type LengthToFee = ConstantMultiplier<Balance, ConstU128<FEE_PER_BYTE>>;
	// Fees are burnt, so nobody earns from them.
	type OnChargeTransaction = FungibleAdapter<Balances, ()>;
	type OperationalFeeMultiplier = ConstU8<5>;
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = pallet_transaction_payment::weights::SubstrateWeight<Runtime>;
	// One token buys one second of execution.
	type WeightToFee = IdentityFee<Balance>;
}

impl pallet_utility::Config for Runtime {
	type PalletsOrigin = OriginCaller;
	type RuntimeCall = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = pallet_utility::weights::SubstrateWeight<Runtime>;
}

parameter_types! {
	/// Maximum weight of migration steps in a block, which leaves room for the rest of the block.
	pub MigrationWeight: Weight = normal_block_weight();
}

impl pallet_migrations::Config for Runtime {
	type CursorMaxLen = ConstU32<256>;
	type FailedMigrationHandler = migrations::GoOn;
	type IdentifierMaxLen = ConstU32<64>;
	type MaxServiceWeight = MigrationWeight;
	type MigrationStatusHandler = ();
	type Migrations = migrations::MultiBlock;
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = pallet_migrations::weights::SubstrateWeight<Runtime>;
}
