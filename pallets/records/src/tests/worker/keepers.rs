//! Random histories against an honest storage node. Its own worker runs against a simulated IPFS,
//! while members of other organisations register, confirm, withdraw, retire, copy and erase at
//! random.
//!
//! At every moment, each file that the honest node acknowledged and nobody erased is there and
//! complete, and each that it confirmed as removed is gone.

use super::*;
use crate::offchain::keys;
use std::collections::BTreeMap;

const FILES: u8 = 3;
const PUPPETS: [AccountId; 3] = [OTHER_NODE, THIRD_NODE, 101];

/// A file and its state in the test.
struct Watched {
	file: File,
	/// Whether the honest node has confirmed it for a record that still lives.
	acknowledged: bool,
	copies: Vec<RecordId>,
}

/// Includes the calls that the honest node sent, or loses them.
fn include_or_lose(pool: &Pool, world: &World, lost: bool, watched: &BTreeMap<u8, Watched>) {
	use frame_support::traits::UnfilteredDispatchable;
	for call in sent(pool) {
		if lost {
			continue;
		}
		if let Call::confirm_removed { claims } = &call {
			for claim in claims {
				let lives = watched.values().any(|one| {
					one.file.root == claim.root
						&& world.with(|state| state.pinned.contains(&claim.root))
				});
				let left = blocks_of(watched, &claim.root)
					.iter()
					.any(|cid| world.with(|state| state.blocks.contains_key(cid)));
				assert!(!left && !lives, "blocks remain of a file confirmed as removed");
			}
		}
		System::inc_account_nonce(NODE);
		call.dispatch_bypass_filter(RuntimeOrigin::signed(NODE)).unwrap();
	}
}

fn blocks_of(watched: &BTreeMap<u8, Watched>, root: &Cid) -> Vec<Cid> {
	watched
		.values()
		.filter(|one| one.file.root == *root)
		.flat_map(|one| one.file.leaves.iter().copied().chain([one.file.root]))
		.collect()
}

fn one_history(seed: u64) {
	with_world(|world, pool| {
		let mut random = Random::new(seed);
		// Two accounts of one organisation.
		let role = salus_primitives::Role::StorageNode;
		Roles::admit(101, role, Some(CLINIC));
		let mut watched = BTreeMap::<u8, Watched>::new();
		for _ in 0..60 {
			let number = 1 + random.below(u64::from(FILES)) as u8;
			let puppet = PUPPETS[random.below(3) as usize];
			let signed = RuntimeOrigin::signed;
			match random.below(16) {
				// An honest upload. Sometimes somebody saw it in the pool.
				0 | 1 if !watched.contains_key(&number) => {
					let file = world.stage(number, 1 + random.below(3) as usize);
					let mut copies = Vec::new();
					if random.chance(2) {
						copies.push(register_copy(&file, file.size + random.below(2)));
					}
					register_file(&file);
					watched.insert(number, Watched { file, acknowledged: false, copies });
				}
				2 => {
					// The patient erases the record.
					if Records::erase(signed(PATIENT), id(number)).is_ok() {
						let one = watched.get_mut(&number).unwrap();
						one.acknowledged = false;
						// The node drops an upload that was erased before it was pushed.
						unstage(world, &one.file.root);
					}
				}
				3 => {
					if let Some(copy) = watched.get(&number).and_then(|one| one.copies.first()) {
						let _ = Records::erase(signed(OTHER_PATIENT), *copy);
					}
				}
				4..=6 => {
					// Puppets confirm and withdraw replicas that they never had.
					let records = watched.iter().flat_map(|(number, one)| {
						let root = one.file.root;
						[id(*number)]
							.into_iter()
							.chain(one.copies.clone())
							.map(move |record| StorageClaim { record, version: 1, root })
					});
					let claims: Vec<_> = records.collect();
					let claims = claims.try_into().unwrap();
					let _ = match random.below(3) {
						0 => Records::withdraw_replica(signed(puppet), claims),
						_ => plain(Records::confirm_stored(signed(puppet), claims)),
					};
				}
				7 | 8 => {
					// The honest node is absent, and its replicas are retired.
					if random.chance(3) {
						pass(u64::from(AbsenceLimit::<Test>::get()) + 1);
					}
					let _ = Records::announce(signed(puppet));
					let claims: Vec<_> = watched
						.iter()
						.flat_map(|(number, one)| {
							let root = one.file.root;
							[id(*number)]
								.into_iter()
								.chain(one.copies.clone())
								.map(move |record| StorageClaim { record, version: 1, root })
						})
						.collect();
					let _ =
						Records::retire_replicas(signed(puppet), NODE, claims.try_into().unwrap());
				}
				9 => {
					let _ = Records::withdraw(signed(DOCTOR), id(number), ReasonCode::WrongPatient);
				}
				10 => world.misbehave({
					let mut chance = Random::new(random.number());
					move |_| chance.chance(4).then_some(Misbehaviour::Answer(500, vec![]))
				}),
				11 => world.behave(),
				_ => {
					work_after(1 + random.below(19));
					let lost = random.chance(5);
					include_or_lose(pool, world, lost, &watched);
					if random.chance(2) {
						world.remove();
					}
				}
			}
			for (number, one) in &mut watched {
				let held = Replicas::<Test>::contains_key((id(*number), 1, NODE));
				if held && !one.acknowledged {
					one.acknowledged = true;
					// The confirmation becomes final, and the node drops the staged upload.
					unstage(world, &one.file.root);
				}
				if one.acknowledged {
					assert!(world.holds(&one.file), "seed {seed}: file {number} is lost");
				}
			}
		}
		// From now on undisturbed: everything erased goes, and everything acknowledged stays.
		world.behave();
		for number in 1..=FILES {
			if number % 2 == 0 {
				let _ = Records::erase(RuntimeOrigin::signed(PATIENT), id(number));
				if let Some(one) = watched.get_mut(&number) {
					one.acknowledged = false;
					unstage(world, &one.file.root);
					for copy in &one.copies {
						let _ = Records::erase(RuntimeOrigin::signed(OTHER_PATIENT), *copy);
					}
				}
			}
		}
		for _ in 0..40 {
			work_after(20);
			world.remove();
			include_or_lose(pool, world, false, &watched);
		}
		for (number, one) in &watched {
			if one.acknowledged {
				assert!(world.holds(&one.file), "seed {seed}: file {number} is lost");
			} else if number % 2 == 0 {
				for cid in blocks_of(&watched, &one.file.root) {
					let left = world.with(|state| state.blocks.contains_key(&cid));
					assert!(!left, "seed {seed}: file {number} was erased but is still there");
				}
				let owed = Removals::<Test>::contains_key((NODE, id(*number), 1));
				assert!(!owed, "seed {seed}: the chain does not know that file {number} is gone");
			}
		}
	});
}

/// Takes an upload off the node's list.
fn unstage(world: &World, root: &Cid) {
	let uploads: Vec<(Cid, u64)> = world.get(keys::UPLOADS).unwrap_or_default();
	let left: Vec<_> = uploads.into_iter().filter(|(staged, _)| staged != root).collect();
	world.set(keys::UPLOADS, &left);
}

/// Runs 200 histories, or the number in `SALUS_HISTORIES`, such as `SALUS_HISTORIES=10000`.
#[test]
fn no_acknowledged_file_is_lost_and_removals_are_true() {
	let count =
		std::env::var("SALUS_HISTORIES").ok().and_then(|count| count.parse().ok()).unwrap_or(200);
	for seed in 1..=count {
		one_history(seed);
	}
}
