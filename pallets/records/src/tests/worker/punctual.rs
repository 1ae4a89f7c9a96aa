//! Random floods of uploads by hostile members, which must not delay an honest upload for long.

use super::*;
use crate::offchain::Push;

/// Block time, in milliseconds.
const BLOCK: u64 = 2_000;
/// Maximum delay of an honest upload against an idle network, in milliseconds.
const DELAY: u64 = 60_000;
/// Number of the honest upload. Hostile ones have higher numbers.
const HONEST: u8 = 1;

/// Runs the worker in one block. Returns the claims that it made.
fn block(world: &World, pool: &Pool) -> Vec<StorageClaim> {
	let start = world.clock();
	work_after(1);
	let claims = sent_claims(pool);
	let taken = world.clock() - start;
	// A run that takes longer than a block misses the blocks in between.
	pass(taken / BLOCK);
	world.advance(BLOCK - taken % BLOCK);
	claims
}

/// Includes the calls that were sent. Returns the claims that they confirmed.
fn sent_claims(pool: &Pool) -> Vec<StorageClaim> {
	use frame_support::traits::UnfilteredDispatchable;
	let mut claims = Vec::new();
	for call in sent(pool) {
		if let Call::confirm_stored { claims: stored } = &call {
			claims.extend(stored.iter().cloned());
		}
		System::inc_account_nonce(NODE);
		call.dispatch_bypass_filter(RuntimeOrigin::signed(NODE)).unwrap();
	}
	claims
}

/// Returns the time until the honest upload is confirmed, in milliseconds, with or without a flood.
fn time_to_store(seed: u64, leaves: usize, flood: bool) -> u64 {
	let mut time = None;
	with_world(|world, pool| {
		let mut random = generator(seed);
		// A disk takes 10 ms to write a block of 1 MiB.
		world.with(|state| state.latency = 5);
		let mut next = HONEST + 1;
		let mut hostile = |random: &mut dyn FnMut(u64) -> u64| {
			// Two files differ in nothing but their numbers.
			if !flood || next == u8::MAX {
				return;
			}
			let leaves = [1, 3, 128, 256, 256][random(5) as usize];
			let file = world.stage(next, leaves);
			match random(5) {
				// Never registered.
				0 => {}
				// With a size other than the registered one.
				1 => drop(register_copy(&file, file.size + 1)),
				// By another organisation.
				2 | 3 => drop(register_copy(&file, file.size)),
				// By a device of the honest author's own organisation.
				_ => register_by(DEVICE, &file),
			}
			next += 1;
		};
		for _ in 0..random(120) {
			hostile(&mut random);
		}
		for _ in 0..random(10) {
			block(world, pool);
		}
		let file = registered(world, HONEST, leaves);
		if flood && random(2) == 0 {
			// Somebody saw the transaction and registers the same root, with the same size or a
			// larger one.
			register_copy(&file, file.size + random(2));
		}
		let start = world.clock();
		let claim = claim_of(&file);
		for _ in 0..2_000 {
			for _ in 0..random(4) {
				hostile(&mut random);
			}
			if block(world, pool).contains(&claim) {
				time = Some(world.clock() - start);
				return;
			}
		}
		let pushes: Vec<Push> = world.get(offchain::keys::PUSHES).unwrap_or_default();
		panic!("seed {seed}: never stored; {} uploads are in progress", pushes.len());
	});
	time.expect("the upload was stored")
}

/// Registers a staged file as a new record by another author at the hospital.
fn register_by(author: AccountId, file: &File) {
	let content = Content { root: file.root, size: file.size, commitment: [file.seed; 32] };
	let new = NewRecord { content, ..new_record(file.seed) };
	Records::register(RuntimeOrigin::signed(author), new).unwrap();
}

/// Returns a generator of numbers below a bound, determined by a seed.
fn generator(seed: u64) -> impl FnMut(u64) -> u64 {
	let mut random = Random::new(seed);
	move |bound| random.below(bound.max(1))
}

/// Set `SALUS_HISTORIES=10000` to run that many floods.
#[test]
fn a_flood_delays_an_honest_upload_by_less_than_a_minute() {
	let floods = std::env::var("SALUS_HISTORIES").ok().and_then(|count| count.parse().ok());
	let mut longest = 0;
	for seed in 1..=floods.unwrap_or(8) {
		let leaves = [1, 9, 100, 300][seed as usize % 4];
		let idle = time_to_store(seed, leaves, false);
		let time = time_to_store(seed, leaves, true);
		longest = longest.max(time.saturating_sub(idle));
		assert!(time <= idle + DELAY, "seed {seed}: {time} ms, and {idle} ms on an idle network");
	}
	eprintln!("longest delay: {longest} ms");
}
