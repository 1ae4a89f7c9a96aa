//! The off-chain worker against a simulated staging area and IPFS node, which can fail in every way
//! that HTTP permits.

mod claims;
mod double;
mod externalities;
mod faults;
mod keepers;
mod punctual;
mod push;
mod removals;
mod replication;
mod world;

use crate::{
	mock::{Records, *},
	offchain, *,
};
use codec::Decode;
use frame_support::storage::{with_transaction, TransactionOutcome};
use sp_core::offchain::{
	testing::{PoolState, TestTransactionPoolExt},
	OffchainDbExt, OffchainWorkerExt, TransactionPoolExt,
};
use sp_runtime::{testing::UintAuthorityId, DispatchError};
use std::sync::Arc;
pub use world::*;

type Pool = Arc<parking_lot::RwLock<PoolState>>;

/// Runs a test on a chain whose node has a live storage node's key and a simulated IPFS. Then
/// checks all storage.
pub fn with_world(test: impl FnOnce(&World, &Pool)) {
	let world = World::new();
	let (pool_ext, pool) = TestTransactionPoolExt::new();
	let mut ext = new_test_ext();
	ext.register_extension(OffchainWorkerExt::new(world.clone()));
	ext.register_extension(OffchainDbExt::new(world.clone()));
	ext.register_extension(TransactionPoolExt::new(pool_ext));
	UintAuthorityId::set_all_keys([NODE]);
	ext.execute_with(|| {
		world.set(
			offchain::keys::ENDPOINTS,
			&(b"http://staging/".to_vec(), b"http://ipfs".to_vec()),
		);
		test(&world, &pool);
		Records::do_try_state().expect("the invariants hold after every test");
	});
}

/// Runs the worker once on the current block. Discards what it writes to the chain's state, as the
/// node does.
pub fn work() {
	let run = || {
		offchain::run::<Test>();
		TransactionOutcome::Rollback(Ok::<_, DispatchError>(()))
	};
	with_transaction(run).unwrap();
}

/// Advances by `blocks` blocks without a run.
pub fn pass(blocks: u64) {
	System::set_block_number(System::block_number() + blocks);
}

/// Runs the worker once, `blocks` blocks later.
pub fn work_after(blocks: u64) {
	pass(blocks);
	work();
}

/// Runs the worker in each of the next blocks until a transaction is in the pool.
pub fn work_until_sent(pool: &Pool, blocks: u64) {
	for _ in 0..blocks {
		work_after(1);
		if !pool.read().transactions.is_empty() {
			return;
		}
	}
	panic!("nothing was sent within {blocks} blocks");
}

/// Takes the calls in the pool.
pub fn sent(pool: &Pool) -> Vec<Call<Test>> {
	let transactions = core::mem::take(&mut pool.write().transactions);
	let call = |bytes: Vec<u8>| {
		let extrinsic = Extrinsic::decode(&mut &bytes[..]).unwrap();
		match extrinsic.function {
			RuntimeCall::Records(call) => call,
			other => panic!("not a call of this pallet: {other:?}"),
		}
	};
	transactions.into_iter().map(call).collect()
}

/// Includes the calls in the pool in the current block.
pub fn include(pool: &Pool) {
	use frame_support::traits::UnfilteredDispatchable;
	for call in sent(pool) {
		System::inc_account_nonce(NODE);
		call.dispatch_bypass_filter(RuntimeOrigin::signed(NODE)).unwrap();
	}
}

/// Runs the worker in the next `blocks` blocks. In each, the node removes what the worker asks for,
/// and the chain includes what it sent.
pub fn work_and_remove(world: &World, pool: &Pool, blocks: u32) {
	for _ in 0..blocks {
		work();
		world.remove();
		include(pool);
		pass(1);
	}
}

/// Registers a staged file as a new record of the patient.
pub fn register_file(file: &File) -> RecordId {
	let seed = file.seed;
	let content = Content { root: file.root, size: file.size, commitment: [seed; 32] };
	let new = NewRecord { content, ..new_record(seed) };
	Records::register(RuntimeOrigin::signed(DOCTOR), new).unwrap();
	id(seed)
}

/// Stages a file of this number of leaves, and registers it.
pub fn registered(world: &World, seed: u8, leaves: usize) -> File {
	let file = world.stage(seed, leaves);
	register_file(&file);
	file
}

/// Registers a staged file's root for another author, as anybody who saw the transaction in the
/// pool can.
pub fn register_copy(file: &File, size: u64) -> RecordId {
	let content = Content { root: file.root, size, commitment: [9; 32] };
	let new = NewRecord {
		patient: OTHER_PATIENT,
		organisation: CLINIC,
		wraps: wraps_for(&[OTHER_PATIENT]),
		content,
		..new_record(file.seed)
	};
	Records::register(RuntimeOrigin::signed(CLINICIAN), new).unwrap();
	RecordId::new(&CLINICIAN, &OTHER_PATIENT, &[file.seed; 32])
}

/// Returns the claim about a registered file.
pub fn claim_of(file: &File) -> StorageClaim {
	StorageClaim { record: id(file.seed), version: 1, root: file.root }
}

/// Returns the claims in the confirmations that were sent, in order.
pub fn claims_sent(pool: &Pool) -> Vec<StorageClaim> {
	let claims = |call| match call {
		Call::confirm_stored { claims } => claims.into_inner(),
		other => panic!("not a confirmation: {other:?}"),
	};
	sent(pool).into_iter().flat_map(claims).collect()
}

/// Registers several staged files.
pub fn register_files(files: &[File]) {
	for file in files {
		register_file(file);
	}
}

/// Numbers determined by a seed.
pub struct Random(u64);

impl Random {
	pub fn new(seed: u64) -> Self {
		Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
	}

	pub fn number(&mut self) -> u64 {
		self.0 ^= self.0 << 13;
		self.0 ^= self.0 >> 7;
		self.0 ^= self.0 << 17;
		self.0 >> 16
	}

	pub fn below(&mut self, bound: u64) -> u64 {
		self.number() % bound
	}

	pub fn chance(&mut self, one_in: u64) -> bool {
		self.below(one_in) == 0
	}
}
