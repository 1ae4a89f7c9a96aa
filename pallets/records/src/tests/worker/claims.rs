//! What the worker tells the chain about what it stored.

use super::*;
use crate::offchain::{keys, Pin, Standing, CLAIMS, RESUBMIT, SETTLED};

#[test]
fn what_one_run_pinned_goes_into_few_transactions() {
	with_world(|world, pool| {
		let files: Vec<_> = (0..100).map(|seed| world.stage(seed, 1)).collect();
		register_files(&files);
		work();
		// The first is claimed at once; the others wait until that transaction is included.
		assert_eq!(claims_sent(pool).len(), 1);
		System::inc_account_nonce(NODE);
		pass(1);
		work();
		assert_eq!(claims_sent(pool).len(), CLAIMS as usize);
	});
}

/// A puppet of the same hospital confirmed first and held nothing.
#[test]
fn an_upload_is_pinned_though_its_organisation_counts_already() {
	with_world(|world, pool| {
		let file = world.stage(1, 3);
		register_file(&file);
		let puppet = 101;
		admit(puppet, salus_primitives::Role::StorageNode, Some(HOSPITAL));
		let claims = vec![claim_of(&file)].try_into().unwrap();
		Records::confirm_stored(RuntimeOrigin::signed(puppet), claims).unwrap();
		for _ in 0..40 {
			work();
			include(pool);
			pass(1);
		}
		assert!(world.holds(&file));
		let record = id(file.seed);
		assert!(
			Removals::<Test>::contains_key((NODE, record, 1)),
			"an erasure reaches it"
		);
		// The puppet is dismissed: the node takes its place.
		suspend(puppet);
		for _ in 0..100 {
			work();
			include(pool);
			pass(1);
		}
		assert!(Replicas::<Test>::contains_key((record, 1, NODE)));
		assert!(world.holds(&file));
	});
}

#[test]
fn every_claim_arrives_in_the_end() {
	with_world(|world, pool| {
		let files: Vec<_> = (0..150).map(|seed| world.stage(seed, 2)).collect();
		register_files(&files);
		for _ in 0..10 {
			work();
			pass(1);
			include(pool);
		}
		for file in &files {
			assert_eq!(version(id(file.seed), 1).state, VersionState::Stored);
		}
		assert_eq!(Records::status().pending, 0);
	});
}

#[test]
fn nothing_is_sent_while_a_transaction_waits_and_it_is_repeated_when_given_up() {
	with_world(|world, pool| {
		let file = world.stage(1, 1);
		register_file(&file);
		work();
		assert_eq!(claims_sent(pool).len(), 1);
		world.calls();
		for _ in 1..RESUBMIT {
			pass(1);
			work();
			assert_eq!(sent(pool), vec![]);
			assert_eq!(
				world.calls(),
				Vec::<String>::new(),
				"nor is anything pushed again"
			);
		}
		pass(1);
		work();
		assert_eq!(claims_sent(pool), vec![claim_of(&file)]);
	});
}

#[test]
fn a_claim_that_the_chain_passed_over_is_made_again() {
	with_world(|world, pool| {
		let file = world.stage(1, 1);
		register_file(&file);
		work();
		sent(pool);
		// Included, but without effect.
		System::inc_account_nonce(NODE);
		pass(1);
		work();
		assert_eq!(claims_sent(pool), vec![claim_of(&file)]);
	});
}

#[test]
fn a_claim_is_kept_until_the_replica_is_final() {
	with_world(|world, pool| {
		let file = world.stage(1, 1);
		let record = register_file(&file);
		work();
		include(pool);
		for _ in 0..SETTLED {
			pass(1);
			work();
			assert_eq!(world.get::<Vec<Pin>>(keys::PINS).unwrap().len(), 1);
		}
		pass(1);
		work();
		assert_eq!(world.get::<Vec<Pin>>(keys::PINS).unwrap().len(), 0);
		assert_eq!(version(record, 1).replicas, 1);
	});
}

#[test]
fn the_nodes_word_on_finality_counts() {
	with_world(|world, pool| {
		register_file(&world.stage(1, 1));
		work();
		include(pool);
		pass(1);
		work();
		let confirmed = System::block_number() as u32;
		world.set(keys::FINALIZED, &(confirmed - 1));
		pass(2 * u64::from(SETTLED));
		work();
		assert_eq!(world.get::<Vec<Pin>>(keys::PINS).unwrap().len(), 1);
		world.set(keys::FINALIZED, &confirmed);
		pass(1);
		work();
		assert_eq!(world.get::<Vec<Pin>>(keys::PINS).unwrap().len(), 0);
	});
}

#[test]
fn a_replica_that_a_reorganisation_undid_is_claimed_again() {
	with_world(|world, pool| {
		let file = world.stage(1, 1);
		let record = register_file(&file);
		work();
		include(pool);
		pass(1);
		work();
		// The other branch does not hold the confirmation.
		let claims = vec![claim_of(&file)].try_into().unwrap();
		Records::withdraw_replica(RuntimeOrigin::signed(NODE), claims).unwrap();
		pass(1);
		work();
		assert_eq!(claims_sent(pool), vec![claim_of(&file)]);
		assert_eq!(version(record, 1).state, VersionState::Lost);
		assert!(world.holds(&file));
	});
}

#[test]
fn what_was_erased_before_it_was_confirmed_is_unpinned_when_that_is_final() {
	with_world(|world, pool| {
		let file = world.stage(1, 3);
		let record = register_file(&file);
		work();
		sent(pool);
		Records::erase(RuntimeOrigin::signed(PATIENT), record).unwrap();
		for _ in 0..=SETTLED {
			assert!(world.with(|state| state.pinned.contains(&file.root)));
			pass(1);
			work();
		}
		assert!(!world.with(|state| state.pinned.contains(&file.root)));
		assert_eq!(world.get::<Vec<Pin>>(keys::PINS).unwrap().len(), 1);
		world.remove();
		work();
		assert!(world.with(|state| state.blocks.is_empty()));
		assert_eq!(world.get::<Vec<Pin>>(keys::PINS).unwrap().len(), 0);
		assert_eq!(
			sent(pool),
			vec![],
			"the chain knows of no replica to remove"
		);
	});
}

#[test]
fn a_registration_that_a_reorganisation_undid_and_redid_keeps_its_pin() {
	with_world(|world, pool| {
		let file = world.stage(1, 3);
		let record = register_file(&file);
		work();
		sent(pool);
		let standing = |world: &World| {
			world
				.get::<Vec<Pin>>(keys::PINS)
				.unwrap()
				.pop()
				.unwrap()
				.standing
		};
		let info = Versions::<Test>::take(record, 1).unwrap();
		pass(1);
		work();
		assert!(matches!(standing(world), Standing::Gone(_)));
		Versions::<Test>::insert(record, 1, info);
		pass(u64::from(RESUBMIT));
		work();
		assert_eq!(standing(world), Standing::Pinned);
		assert_eq!(claims_sent(pool), vec![claim_of(&file)]);
		assert!(world.holds(&file));
	});
}

#[test]
fn a_pin_of_unknown_outcome_is_never_claimed_as_it_is() {
	with_world(|world, pool| {
		let file = world.stage(1, 3);
		let record = register_file(&file);
		world.misbehave(|call| call.contains("pin/add").then_some(Misbehaviour::Hang));
		work();
		// A reorganisation undoes the registration and redoes it.
		let info = Versions::<Test>::take(record, 1).unwrap();
		pass(1);
		work();
		Versions::<Test>::insert(record, 1, info);
		for _ in 0..5 {
			pass(1);
			work();
		}
		assert!(!world.holds(&file));
		assert_eq!(sent(pool), vec![]);
		world.behave();
		work_until_sent(pool, 150);
		assert!(world.holds(&file));
	});
}

#[test]
fn a_pin_of_unknown_outcome_whose_upload_is_gone_is_undone() {
	with_world(|world, _| {
		let file = world.stage_blocks(1, 1);
		let record = register_file(&file);
		world.with(|state| state.pinned.insert(file.root));
		let pin = Pin {
			record,
			version: 1,
			root: file.root,
			standing: Standing::Pinning,
		};
		world.set(keys::PINS, &vec![pin]);
		work();
		assert!(world.with(|state| state.pinned.is_empty()));
		world.remove();
		work();
		assert_eq!(world.get::<Vec<Pin>>(keys::PINS), Some(vec![]));
	});
}

#[test]
fn a_pin_that_is_not_needed_is_undone_and_not_claimed_again() {
	with_world(|world, pool| {
		let file = world.stage(1, 1);
		let record = register_copy(&file, file.size);
		work();
		sent(pool);
		System::inc_account_nonce(NODE);
		// Others were faster, and the upload is gone.
		world.set(keys::UPLOADS, &Vec::<(Cid, u64)>::new());
		for (node, organisation) in [(THIRD_NODE, THIRD_HOSPITAL), (STRANGER, 4)] {
			let role = salus_primitives::Role::StorageNode;
			admit(node, role, Some(organisation));
			let claim = StorageClaim {
				record,
				..claim_of(&file)
			};
			let claims = vec![claim].try_into().unwrap();
			Records::confirm_stored(RuntimeOrigin::signed(node), claims).unwrap();
		}
		for _ in 0..=SETTLED {
			assert!(world.with(|state| state.pinned.contains(&file.root)));
			pass(1);
			work();
		}
		assert!(world.with(|state| state.pinned.is_empty()));
		world.remove();
		work();
		assert_eq!(world.get::<Vec<Pin>>(keys::PINS), Some(vec![]));
		assert_eq!(sent(pool), vec![]);
	});
}

#[test]
fn a_pin_that_the_node_holds_for_another_record_by_now_is_left() {
	with_world(|world, _| {
		let file = world.stage_blocks(1, 1);
		let record = register_file(&file);
		world.with(|state| state.pinned.insert(file.root));
		let pin = Pin {
			record,
			version: 1,
			root: file.root,
			standing: Standing::Gone(1),
		};
		world.set(keys::PINS, &vec![pin]);
		Records::erase(RuntimeOrigin::signed(PATIENT), record).unwrap();
		register_file(&File {
			seed: 2,
			leaves: vec![],
			..file
		});
		let claim = StorageClaim {
			record: id(2),
			version: 1,
			root: file.root,
		};
		let claims = vec![claim].try_into().unwrap();
		Records::confirm_stored(RuntimeOrigin::signed(NODE), claims).unwrap();
		pass(u64::from(SETTLED));
		work();
		assert!(world.with(|state| state.pinned.contains(&file.root)));
		assert_eq!(world.get::<Vec<Pin>>(keys::PINS), Some(vec![]));
	});
}

#[test]
fn a_pin_of_unknown_outcome_is_made_again_while_its_upload_is_staged() {
	with_world(|world, pool| {
		let file = world.stage(1, 3);
		let record = register_file(&file);
		let pin = Pin {
			record,
			version: 1,
			root: file.root,
			standing: Standing::Pinning,
		};
		world.set(keys::PINS, &vec![pin]);
		work();
		assert!(world.holds(&file));
		assert_eq!(claims_sent(pool), vec![claim_of(&file)]);
	});
}

#[test]
fn two_versions_of_a_record_are_claimed_each() {
	with_world(|world, pool| {
		let first = world.stage(1, 2);
		let second = world.stage(2, 3);
		let record = register_file(&first);
		let content = Content {
			root: second.root,
			size: second.size,
			commitment: [0; 32],
		};
		let origin = RuntimeOrigin::signed(DOCTOR);
		Records::revise(
			origin,
			record,
			1,
			HOSPITAL,
			content,
			wraps_for(&[PATIENT]),
			None,
		)
		.unwrap();
		for _ in 0..3 {
			work();
			pass(1);
			include(pool);
		}
		assert_eq!(version(record, 1).state, VersionState::Stored);
		assert_eq!(version(record, 2).state, VersionState::Stored);
	});
}
