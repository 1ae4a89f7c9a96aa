//! Claims that the worker makes on the chain.

use super::*;
use crate::offchain::{keys, Pin, Standing, CLAIMS, RESUBMIT, SETTLED};

#[test]
fn the_claims_of_a_run_share_few_transactions() {
	with_world(|world, pool| {
		let files: Vec<_> = (0..100).map(|seed| world.stage(seed, 1)).collect();
		register_files(&files);
		work();
		// The first is claimed at once. The others wait until that transaction is included.
		assert_eq!(claims_sent(pool).len(), 1);
		System::inc_account_nonce(NODE);
		work_after(1);
		assert_eq!(claims_sent(pool).len(), CLAIMS as usize);
	});
}

/// A puppet at the same hospital confirmed the version first, without holding it.
#[test]
fn an_upload_is_pinned_even_if_its_organisation_counts() {
	with_world(|world, pool| {
		let file = registered(world, 1, 3);
		let puppet = 101;
		Roles::admit(puppet, salus_primitives::Role::StorageNode, Some(HOSPITAL));
		let claims = vec![claim_of(&file)].try_into().unwrap();
		Records::confirm_stored(RuntimeOrigin::signed(puppet), claims).unwrap();
		for _ in 0..40 {
			work();
			include(pool);
			pass(1);
		}
		assert!(world.holds(&file));
		let record = id(file.seed);
		assert!(Removals::<Test>::contains_key((NODE, record, 1)), "an erasure reaches the node");
		// The puppet is dismissed, and the node takes its place.
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
fn every_claim_is_confirmed_eventually() {
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
fn a_waiting_transaction_blocks_others_until_it_is_given_up() {
	with_world(|world, pool| {
		let file = registered(world, 1, 1);
		work();
		assert_eq!(claims_sent(pool).len(), 1);
		world.calls();
		for _ in 1..RESUBMIT {
			work_after(1);
			assert_eq!(sent(pool), vec![]);
			assert_eq!(world.calls(), Vec::<String>::new(), "nothing is pushed again either");
		}
		work_after(1);
		assert_eq!(claims_sent(pool), vec![claim_of(&file)]);
	});
}

#[test]
fn a_claim_that_the_chain_skipped_is_repeated() {
	with_world(|world, pool| {
		let file = registered(world, 1, 1);
		work();
		sent(pool);
		// The call is included, but without effect.
		System::inc_account_nonce(NODE);
		work_after(1);
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
			work_after(1);
			assert_eq!(world.get::<Vec<Pin>>(keys::PINS).unwrap().len(), 1);
		}
		work_after(1);
		assert_eq!(world.get::<Vec<Pin>>(keys::PINS).unwrap().len(), 0);
		assert_eq!(version(record, 1).replicas, 1);
	});
}

#[test]
fn the_nodes_finalised_block_counts() {
	with_world(|world, pool| {
		register_file(&world.stage(1, 1));
		work();
		include(pool);
		work_after(1);
		let confirmed = System::block_number() as u32;
		world.set(keys::FINALIZED, &(confirmed - 1));
		work_after(2 * u64::from(SETTLED));
		assert_eq!(world.get::<Vec<Pin>>(keys::PINS).unwrap().len(), 1);
		world.set(keys::FINALIZED, &confirmed);
		work_after(1);
		assert_eq!(world.get::<Vec<Pin>>(keys::PINS).unwrap().len(), 0);
	});
}

#[test]
fn a_replica_undone_by_a_reorganisation_is_claimed_again() {
	with_world(|world, pool| {
		let file = world.stage(1, 1);
		let record = register_file(&file);
		work();
		include(pool);
		work_after(1);
		// The confirmation is not on the other branch.
		let claims = vec![claim_of(&file)].try_into().unwrap();
		Records::withdraw_replica(RuntimeOrigin::signed(NODE), claims).unwrap();
		work_after(1);
		assert_eq!(claims_sent(pool), vec![claim_of(&file)]);
		assert_eq!(version(record, 1).state, VersionState::Lost);
		assert!(world.holds(&file));
	});
}

#[test]
fn a_version_erased_before_confirmation_is_unpinned() {
	with_world(|world, pool| {
		let file = world.stage(1, 3);
		let record = register_file(&file);
		work();
		sent(pool);
		Records::erase(RuntimeOrigin::signed(PATIENT), record).unwrap();
		for _ in 0..=SETTLED {
			assert!(world.with(|state| state.pinned.contains(&file.root)));
			work_after(1);
		}
		assert!(!world.with(|state| state.pinned.contains(&file.root)));
		assert_eq!(world.get::<Vec<Pin>>(keys::PINS).unwrap().len(), 1);
		world.remove();
		work();
		assert!(world.with(|state| state.blocks.is_empty()));
		assert_eq!(world.get::<Vec<Pin>>(keys::PINS).unwrap().len(), 0);
		assert_eq!(sent(pool), vec![], "the chain knows of no replica to remove");
	});
}

#[test]
fn a_registration_keeps_its_pin_across_a_reorganisation() {
	with_world(|world, pool| {
		let file = world.stage(1, 3);
		let record = register_file(&file);
		work();
		sent(pool);
		let standing =
			|world: &World| world.get::<Vec<Pin>>(keys::PINS).unwrap().pop().unwrap().standing;
		let info = Versions::<Test>::take(record, 1).unwrap();
		work_after(1);
		assert!(matches!(standing(world), Standing::Gone(_)));
		Versions::<Test>::insert(record, 1, info);
		work_after(u64::from(RESUBMIT));
		assert_eq!(standing(world), Standing::Pinned);
		assert_eq!(claims_sent(pool), vec![claim_of(&file)]);
		assert!(world.holds(&file));
	});
}

#[test]
fn a_pin_of_unknown_outcome_is_not_claimed() {
	with_world(|world, pool| {
		let file = world.stage(1, 3);
		let record = register_file(&file);
		world.misbehave(|call| call.contains("pin/add").then_some(Misbehaviour::Hang));
		work();
		// A reorganisation undoes the registration and then restores it.
		let info = Versions::<Test>::take(record, 1).unwrap();
		work_after(1);
		Versions::<Test>::insert(record, 1, info);
		for _ in 0..5 {
			work_after(1);
		}
		assert!(!world.holds(&file));
		assert_eq!(sent(pool), vec![]);
		world.behave();
		work_until_sent(pool, 150);
		assert!(world.holds(&file));
	});
}

#[test]
fn a_pin_of_unknown_outcome_without_upload_is_undone() {
	with_world(|world, _| {
		let file = world.stage_blocks(1, 1);
		let record = register_file(&file);
		world.with(|state| state.pinned.insert(file.root));
		let pin = Pin { record, version: 1, root: file.root, standing: Standing::Pinning };
		world.set(keys::PINS, &vec![pin]);
		work();
		assert!(world.with(|state| state.pinned.is_empty()));
		world.remove();
		work();
		assert_eq!(world.get::<Vec<Pin>>(keys::PINS), Some(vec![]));
	});
}

#[test]
fn an_unneeded_pin_is_undone_and_not_claimed() {
	with_world(|world, pool| {
		let file = world.stage(1, 1);
		let record = register_copy(&file, file.size);
		work();
		sent(pool);
		System::inc_account_nonce(NODE);
		// Other nodes were faster, and the upload is gone.
		world.set(keys::UPLOADS, &Vec::<(Cid, u64)>::new());
		for (node, organisation) in [(THIRD_NODE, THIRD_HOSPITAL), (STRANGER, 4)] {
			let role = salus_primitives::Role::StorageNode;
			Roles::admit(node, role, Some(organisation));
			let claim = StorageClaim { record, ..claim_of(&file) };
			let claims = vec![claim].try_into().unwrap();
			Records::confirm_stored(RuntimeOrigin::signed(node), claims).unwrap();
		}
		for _ in 0..=SETTLED {
			assert!(world.with(|state| state.pinned.contains(&file.root)));
			work_after(1);
		}
		assert!(world.with(|state| state.pinned.is_empty()));
		world.remove();
		work();
		assert_eq!(world.get::<Vec<Pin>>(keys::PINS), Some(vec![]));
		assert_eq!(sent(pool), vec![]);
	});
}

#[test]
fn a_pin_that_another_record_needs_stays() {
	with_world(|world, _| {
		let file = world.stage_blocks(1, 1);
		let record = register_file(&file);
		world.with(|state| state.pinned.insert(file.root));
		let pin = Pin { record, version: 1, root: file.root, standing: Standing::Gone(1) };
		world.set(keys::PINS, &vec![pin]);
		Records::erase(RuntimeOrigin::signed(PATIENT), record).unwrap();
		register_file(&File { seed: 2, leaves: vec![], ..file });
		let claim = StorageClaim { record: id(2), version: 1, root: file.root };
		let claims = vec![claim].try_into().unwrap();
		Records::confirm_stored(RuntimeOrigin::signed(NODE), claims).unwrap();
		work_after(u64::from(SETTLED));
		assert!(world.with(|state| state.pinned.contains(&file.root)));
		assert_eq!(world.get::<Vec<Pin>>(keys::PINS), Some(vec![]));
	});
}

#[test]
fn a_pin_of_unknown_outcome_with_upload_is_repeated() {
	with_world(|world, pool| {
		let file = world.stage(1, 3);
		let record = register_file(&file);
		let pin = Pin { record, version: 1, root: file.root, standing: Standing::Pinning };
		world.set(keys::PINS, &vec![pin]);
		work();
		assert!(world.holds(&file));
		assert_eq!(claims_sent(pool), vec![claim_of(&file)]);
	});
}

#[test]
fn both_versions_of_a_record_are_claimed() {
	with_world(|world, pool| {
		let first = world.stage(1, 2);
		let second = world.stage(2, 3);
		let record = register_file(&first);
		let content = Content { root: second.root, size: second.size, commitment: [0; 32] };
		let origin = RuntimeOrigin::signed(DOCTOR);
		Records::revise(origin, record, 1, HOSPITAL, content, wraps_for(&[PATIENT]), None).unwrap();
		for _ in 0..3 {
			work();
			pass(1);
			include(pool);
		}
		assert_eq!(version(record, 1).state, VersionState::Stored);
		assert_eq!(version(record, 2).state, VersionState::Stored);
	});
}
