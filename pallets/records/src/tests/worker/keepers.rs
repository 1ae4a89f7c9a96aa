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

/// A history, with what its steps need.
struct History<'a> {
	seed: u64,
	random: Random,
	world: &'a World,
	pool: &'a Pool,
	watched: BTreeMap<u8, Watched>,
}

impl History<'_> {
	/// Takes a random step.
	fn step(&mut self) {
		let number = 1 + self.random.below(u64::from(FILES)) as u8;
		let puppet = PUPPETS[self.random.below(3) as usize];
		match self.random.below(16) {
			0 | 1 if !self.watched.contains_key(&number) => self.upload(number),
			2 => self.erase(number),
			3 => {
				if let Some(copy) = self.watched.get(&number).and_then(|one| one.copies.first()) {
					let _ = Records::erase(RuntimeOrigin::signed(OTHER_PATIENT), *copy);
				}
			}
			4..=6 => self.lie(puppet),
			7 | 8 => self.retire(puppet),
			9 => {
				let doctor = RuntimeOrigin::signed(DOCTOR);
				let _ = Records::withdraw(doctor, id(number), ReasonCode::WrongPatient);
			}
			10 => {
				let mut chance = Random::new(self.random.number());
				self.world.misbehave(move |_| {
					chance.chance(4).then_some(Misbehaviour::Answer(500, vec![]))
				});
			}
			11 => self.world.behave(),
			_ => {
				work_after(1 + self.random.below(19));
				let lost = self.random.chance(5);
				include_or_lose(self.pool, self.world, lost, &self.watched);
				if self.random.chance(2) {
					self.world.remove();
				}
			}
		}
	}

	/// Makes an honest upload. Sometimes somebody saw it in the pool.
	fn upload(&mut self, number: u8) {
		let file = self.world.stage(number, 1 + self.random.below(3) as usize);
		let mut copies = Vec::new();
		if self.random.chance(2) {
			copies.push(register_copy(&file, file.size + self.random.below(2)));
		}
		register_file(&file);
		self.watched.insert(number, Watched { file, acknowledged: false, copies });
	}

	/// Has the patient erase the record.
	fn erase(&mut self, number: u8) {
		if Records::erase(RuntimeOrigin::signed(PATIENT), id(number)).is_ok() {
			let one = self.watched.get_mut(&number).unwrap();
			one.acknowledged = false;
			// The node drops an upload that was erased before it was pushed.
			unstage(self.world, &one.file.root);
		}
	}

	/// Has a puppet confirm or withdraw replicas that it never had.
	fn lie(&mut self, puppet: AccountId) {
		let signed = RuntimeOrigin::signed;
		let claims = self.claims().try_into().unwrap();
		let _ = match self.random.below(3) {
			0 => Records::withdraw_replica(signed(puppet), claims),
			_ => plain(Records::confirm_stored(signed(puppet), claims)),
		};
	}

	/// Has a puppet retire the replicas of the honest node, which may be absent.
	fn retire(&mut self, puppet: AccountId) {
		let signed = RuntimeOrigin::signed;
		if self.random.chance(3) {
			pass(u64::from(AbsenceLimit::<Test>::get()) + 1);
		}
		let _ = Records::announce(signed(puppet));
		let claims = self.claims().try_into().unwrap();
		let _ = Records::retire_replicas(signed(puppet), NODE, claims);
	}

	/// Returns claims to all files, for each of their records.
	fn claims(&self) -> Vec<StorageClaim> {
		let claims = self.watched.iter().flat_map(|(number, one)| {
			let root = one.file.root;
			[id(*number)].into_iter().chain(one.copies.clone()).map(move |record| StorageClaim {
				record,
				version: 1,
				root,
			})
		});
		claims.collect()
	}

	/// Checks that every acknowledged file is there.
	fn check(&mut self) {
		let seed = self.seed;
		for (number, one) in &mut self.watched {
			let held = Replicas::<Test>::contains_key((id(*number), 1, NODE));
			if held && !one.acknowledged {
				one.acknowledged = true;
				// The confirmation becomes final, and the node drops the staged upload.
				unstage(self.world, &one.file.root);
			}
			if one.acknowledged {
				assert!(self.world.holds(&one.file), "seed {seed}: file {number} is lost");
			}
		}
	}

	/// Erases the files with even numbers, and lets the node work undisturbed.
	fn settle(&mut self) {
		self.world.behave();
		for number in 1..=FILES {
			if number % 2 == 0 {
				let _ = Records::erase(RuntimeOrigin::signed(PATIENT), id(number));
				if let Some(one) = self.watched.get_mut(&number) {
					one.acknowledged = false;
					unstage(self.world, &one.file.root);
					for copy in &one.copies {
						let _ = Records::erase(RuntimeOrigin::signed(OTHER_PATIENT), *copy);
					}
				}
			}
		}
		for _ in 0..40 {
			work_after(20);
			self.world.remove();
			include_or_lose(self.pool, self.world, false, &self.watched);
		}
	}

	/// Checks that everything acknowledged has stayed, and that everything erased has gone.
	fn check_the_end(&self) {
		let seed = self.seed;
		for (number, one) in &self.watched {
			if one.acknowledged {
				assert!(self.world.holds(&one.file), "seed {seed}: file {number} is lost");
			} else if number % 2 == 0 {
				for cid in blocks_of(&self.watched, &one.file.root) {
					let left = self.world.with(|state| state.blocks.contains_key(&cid));
					assert!(!left, "seed {seed}: file {number} was erased but is still there");
				}
				let owed = Removals::<Test>::contains_key((NODE, id(*number), 1));
				assert!(!owed, "seed {seed}: the chain does not know that file {number} is gone");
			}
		}
	}
}

fn one_history(seed: u64) {
	with_world(|world, pool| {
		// Two accounts of one organisation.
		let role = salus_primitives::Role::StorageNode;
		Roles::admit(101, role, Some(CLINIC));
		let random = Random::new(seed);
		let mut history = History { seed, random, world, pool, watched: BTreeMap::new() };
		for _ in 0..60 {
			history.step();
			history.check();
		}
		history.settle();
		history.check_the_end();
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
