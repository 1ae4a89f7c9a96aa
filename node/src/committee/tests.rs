//! Tests of the worker with a chain in memory.

use std::sync::{atomic::Ordering, Arc};

use salus_primitives::{Epoch, EpochPhase, Exclusion};

use super::{
	chain::Said,
	member::{self, Forming},
	shared::AGAIN,
	testing::*,
	vault::{Kind, Vault},
	worker::{Worker, GRACE, LONGEST_PAUSE},
};

mod announced;
mod costs;
mod dealings;
mod restored;
mod setup;
mod spoilt;

use setup::*;

#[tokio::test(flavor = "multi_thread")]
async fn four_hospitals_make_a_key_and_the_cheat_is_excluded() {
	let (chain, nodes, mut workers) = dealt().await;
	chain.change(|state| {
		let (_, dealing) = state.dealings[0].iter_mut().find(|(index, _)| *index == 4).unwrap();
		*dealing.as_mut().last_mut().unwrap() ^= 1;
	});
	chain.finalise();
	activates(&chain, &mut workers, 1).await;
	let info = chain.state().epochs[0].clone();
	assert_eq!(info.threshold, 3);
	let excluded: Vec<_> = info.members.iter().map(|member| member.excluded).collect();
	let bad = Some(Exclusion::InvalidDealing);
	assert_eq!(excluded, [None, None, None, bad]);
	let public = epoch_key(&chain, 1);
	assert_eq!(public.dealers(), [1, 2, 3]);

	// The second node restarts from its folder.
	workers[1] = nodes[1].start(&chain);
	block(&chain, &mut workers).await;
	let secret = reader();
	let number = request(&chain, 1, secret.public());
	chain.finalise();
	block(&chain, &mut workers[..2]).await;
	assert_eq!(posted(&chain, number), [1, 2]);
	assert_eq!(open(&chain, number, &secret), None);
	block(&chain, &mut workers).await;
	assert_eq!(posted(&chain, number), [1, 2, 3]);
	assert_eq!(open(&chain, number, &secret), Some(DEK));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_was_away_derives_its_share() {
	let (chain, _nodes, mut workers) = dealt().await;
	let mut away = workers.split_off(3);
	// The dealing of the member that is away never arrived.
	chain.change(|state| {
		state.dealings[0].retain(|(index, _)| *index != 4);
		let member = &mut state.epochs[0].members[3];
		member.dealt = false;
		member.excluded = Some(Exclusion::NoDealing);
	});
	chain.finalise();
	block(&chain, &mut workers).await;
	let info = chain.state().epochs[0].clone();
	assert_eq!(info.phase, EpochPhase::Active);
	assert_eq!(info.members[3].excluded, Some(Exclusion::NoDealing));
	for _ in 0..2 {
		block(&chain, &mut away).await;
	}
	let secret = reader();
	let number = request(&chain, 1, secret.public());
	chain.finalise();
	block(&chain, &mut workers[..2]).await;
	block(&chain, &mut away).await;
	assert_eq!(posted(&chain, number), [1, 2, 4]);
	assert_eq!(open(&chain, number, &secret), Some(DEK));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_absent_member_gets_its_share_in_a_later_epoch() {
	let (chain, nodes, mut workers) = start();
	dealings::of_three().await.give(&nodes);
	workers.truncate(3);
	block(&chain, &mut workers).await;
	chain.close_phase(1);
	chain.finalise();
	activates(&chain, &mut workers, 1).await;
	assert_eq!(chain.state().epochs[0].threshold, 3);
	// The three have shares and request no new epoch.
	assert_eq!(chain.state().epochs.len(), 1);

	workers.push(nodes[3].start(&chain));
	dealings::for_another_key().await.give(&nodes);
	activates(&chain, &mut workers, 2).await;
	let info = chain.state().epochs[1].clone();
	assert_eq!(info.threshold, 3);
	assert!(info.members.iter().all(|member| member.excluded.is_none()));
	// One of the first three goes down, and the formerly absent one replaces it.
	let secret = reader();
	let number = request(&chain, 2, secret.public());
	chain.finalise();
	block(&chain, &mut workers[1..]).await;
	assert_eq!(posted(&chain, number), [2, 3, 4]);
	assert_eq!(open(&chain, number, &secret), Some(DEK));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dealing_on_which_the_library_panics_is_invalid() {
	let (chain, _nodes, _workers) = dealt().await;
	let state = chain.state();
	let forming = Forming { info: state.epochs[0].clone(), previous: None };
	let outcome =
		member::outcome_with(GENESIS, &forming, &state.dealings[0], |parameters, dealings| {
			let is_poison = |(index, _): &(u16, &[u8])| *index == 3;
			assert!(!dealings.iter().any(is_poison), "on purpose");
			salus_threshold::verify_dealings(parameters, dealings)
		})
		.unwrap();
	assert_eq!(outcome.excluded, 0b100);
	assert_eq!(outcome.public.dealers(), [1, 2, 4]);
}

#[tokio::test]
async fn a_committee_of_one_releases_and_keeps_only_its_share() {
	let (chain, node, mut workers) = alone().await;
	let secret = reader();
	let number = request(&chain, 1, secret.public());
	chain.finalise();
	block(&chain, &mut workers).await;
	assert_eq!(posted(&chain, number), [1]);
	assert_eq!(open(&chain, number, &secret), Some(DEK));
	let vault = vault(&node, "//Alice");
	assert!(vault.read(1, Kind::Share).unwrap().is_some());
	assert!(vault.read(1, Kind::Identity).unwrap().is_none());
	assert!(vault.read(1, Kind::Dealing).unwrap().is_none());
}

#[tokio::test]
async fn denied_expired_or_unfinalised_requests_get_no_share() {
	let (chain, _node, mut workers) = alone().await;
	let denied = request(&chain, 1, reader().public());
	let expired = request(&chain, 1, reader().public());
	let of_another_epoch = request(&chain, 1, reader().public());
	let unsealed = request(&chain, 1, reader().public());
	let weak_key = request(&chain, 1, [0; 32]);
	chain.change(|state| {
		state.requests[denied as usize - 1].stands = false;
		state.requests[expired as usize - 1].release.expires = 1_000;
		let sealed = &mut state.requests[of_another_epoch as usize - 1].sealed;
		sealed.as_mut().unwrap().epoch = 2;
		state.requests[unsealed as usize - 1].sealed = None;
	});
	// This is too early, because the requests are not final.
	block(&chain, &mut workers).await;
	assert_eq!(chain.heard.lock().len(), 3);
	blocks(&chain, &mut workers, 3).await;
	for number in [denied, expired, of_another_epoch, unsealed, weak_key] {
		assert_eq!(posted(&chain, number), [0u16; 0], "{number}");
	}
	// The permit returns, for example after a suspension was lifted. The pause was doubled so far.
	chain.change(|state| state.requests[denied as usize - 1].stands = true);
	blocks(&chain, &mut workers, 8).await;
	assert_eq!(posted(&chain, denied), [1]);
}

#[tokio::test]
async fn a_permit_revoked_before_it_was_final_is_not_served() {
	let (chain, _node, mut workers) = alone().await;
	let number = request(&chain, 1, reader().public());
	chain.change(|state| state.requests[number as usize - 1].stands = false);
	blocks(&chain, &mut workers, 2).await;
	assert!(posted(&chain, number).is_empty());
}

#[tokio::test]
async fn a_sealed_key_moved_to_another_version_gets_no_share() {
	let (chain, _node, mut workers) = alone().await;
	let one = request(&chain, 1, reader().public());
	let other = request(&chain, 1, reader().public());
	chain.change(|state| {
		state.requests[other as usize - 1].sealed = state.requests[one as usize - 1].sealed.clone();
	});
	blocks(&chain, &mut workers, 2).await;
	assert_eq!(posted(&chain, one), [1]);
	assert!(posted(&chain, other).is_empty());
}

#[tokio::test]
async fn only_lost_statements_are_repeated() {
	let (chain, _node, mut workers) = alone().await;
	let number = request(&chain, 1, reader().public());
	chain.finalise();
	chain.deaf.store(true, Ordering::SeqCst);
	let before = chain.heard.lock().len();
	blocks(&chain, &mut workers, AGAIN).await;
	assert_eq!(chain.heard.lock().len(), before + 1);
	chain.deaf.store(false, Ordering::SeqCst);
	block(&chain, &mut workers).await;
	assert_eq!(posted(&chain, number), [1]);
	blocks(&chain, &mut workers, 2 * AGAIN).await;
	assert_eq!(chain.heard.lock().len(), before + 2);
	assert_eq!(posted(&chain, number), [1]);
}

#[tokio::test]
async fn open_releases_are_served_after_a_restart() {
	let (chain, node, workers) = alone().await;
	drop(workers);
	let numbers: Vec<_> = (0..5).map(|_| request(&chain, 1, reader().public())).collect();
	chain.finalise();
	let mut workers = vec![node.start(&chain)];
	block(&chain, &mut workers).await;
	for number in numbers {
		assert_eq!(posted(&chain, number), [1]);
	}
}

#[tokio::test]
async fn a_restart_in_each_phase_continues_the_work() {
	let chain = FakeChain::new(&["//Alice"]);
	let node = Node::new("//Alice");
	for _ in 0..5 {
		// The statement is made, but the node ends before it knows whether it arrived.
		chain.deaf.store(true, Ordering::SeqCst);
		block(&chain, &mut [node.start(&chain)]).await;
		chain.deaf.store(false, Ordering::SeqCst);
		block(&chain, &mut [node.start(&chain)]).await;
	}
	assert_eq!(chain.state().epochs[0].phase, EpochPhase::Active);
	let heard = chain.heard.lock().clone();
	let announced: Vec<_> =
		heard.iter().filter(|said| matches!(said, Said::Announce { .. })).collect();
	assert_eq!(announced.len(), 2);
	assert_eq!(announced[0], announced[1]);
	let dealt: Vec<_> = heard.iter().filter(|said| matches!(said, Said::Deal { .. })).collect();
	assert_eq!(dealt[0], dealt[1]);
}

#[tokio::test]
async fn old_epochs_keep_releasing_and_abandoned_ones_are_erased() {
	let (chain, node, mut workers) = alone().await;
	chain.open_epoch(&["//Alice", "//Bob"]);
	chain.finalise();
	block(&chain, &mut workers).await;
	assert!(vault(&node, "//Alice").read(2, Kind::Identity).unwrap().is_some());
	chain.change(|state| state.epochs[1].phase = EpochPhase::Abandoned);
	chain.open_epoch(&["//Alice"]);
	chain.finalise();
	activates(&chain, &mut workers, 3).await;
	assert!(vault(&node, "//Alice").read(2, Kind::Identity).unwrap().is_none());
	chain.change(|state| state.epochs[0].phase = EpochPhase::Superseded);
	let old = request(&chain, 1, reader().public());
	let new = request(&chain, 3, reader().public());
	chain.finalise();
	// The same holds after a restart.
	let mut workers = vec![node.start(&chain)];
	block(&chain, &mut workers).await;
	assert_eq!(posted(&chain, old), [1]);
	assert_eq!(posted(&chain, new), [1]);
}

#[tokio::test]
async fn a_share_derived_late_serves_earlier_requests() {
	let (chain, node, mut workers) = alone().await;
	chain.open_epoch(&["//Alice"]);
	chain.finalise();
	// Before it takes its share up.
	reaches(&chain, &mut workers, 2, EpochPhase::Active).await;
	vault(&node, "//Alice").erase(2, Kind::Share).unwrap();
	let number = request(&chain, 2, reader().public());
	chain.finalise();
	block(&chain, &mut workers).await;
	assert!(posted(&chain, number).is_empty());
	block(&chain, &mut workers).await;
	assert_eq!(posted(&chain, number), [1]);
}

#[tokio::test]
async fn a_stuck_epoch_does_not_delay_the_next_one() {
	let (chain, node, workers) = alone().await;
	drop(workers);
	// The share is lost, and so is the secret from which it could be derived.
	vault(&node, "//Alice").erase(1, Kind::Share).unwrap();
	chain.open_epoch(&["//Alice"]);
	chain.finalise();
	let mut workers = vec![node.start(&chain)];
	blocks(&chain, &mut workers, 12).await;
	assert_eq!(chain.state().epochs[0].phase, EpochPhase::Active);
	assert_eq!(chain.state().epochs[1].phase, EpochPhase::Active);
}

#[tokio::test]
async fn a_node_that_is_behind_or_has_no_key_does_nothing() {
	let chain = FakeChain::new(&["//Alice"]);
	let mut workers = vec![Node::new("//Bob").start(&chain)];
	blocks(&chain, &mut workers, 2).await;
	let alice = Node::new("//Alice");
	chain.behind.store(true, Ordering::SeqCst);
	let mut workers = vec![alice.start(&chain)];
	block(&chain, &mut workers).await;
	assert!(chain.heard.lock().is_empty());
	chain.behind.store(false, Ordering::SeqCst);
	block(&chain, &mut workers).await;
	assert_eq!(chain.heard.lock().len(), 1);
}

#[tokio::test]
async fn failures_of_the_chain_are_temporary() {
	let (chain, _node, mut workers) = alone().await;
	let number = request(&chain, 1, reader().public());
	chain.finalise();
	chain.broken.store(true, Ordering::SeqCst);
	blocks(&chain, &mut workers, 3).await;
	chain.broken.store(false, Ordering::SeqCst);
	blocks(&chain, &mut workers, 4).await;
	assert_eq!(posted(&chain, number), [1]);
}

#[tokio::test]
async fn a_failing_release_delays_no_others_and_is_retried_rarely() {
	let (chain, _node, mut workers) = alone().await;
	let failing = request(&chain, 1, reader().public());
	let other = request(&chain, 1, reader().public());
	chain.refused.lock().insert(failing);
	chain.finalise();
	let before = chain.heard.lock().len();
	block(&chain, &mut workers).await;
	assert_eq!(posted(&chain, other), [1]);
	blocks(&chain, &mut workers, 20).await;
	// Retries after 1, 2, 4 and 8 blocks.
	assert_eq!(chain.heard.lock().len(), before + 6);
	let later = request(&chain, 1, reader().public());
	chain.finalise();
	block(&chain, &mut workers).await;
	assert_eq!(posted(&chain, later), [1]);
	chain.refused.lock().clear();
	blocks(&chain, &mut workers, 20).await;
	assert_eq!(posted(&chain, failing), [1]);
}

#[tokio::test]
async fn a_key_repeated_by_another_member_is_replaced() {
	let chain = FakeChain::new(&["//Alice", "//Bob"]);
	let node = Node::new("//Alice");
	let vault = vault(&node, "//Alice");
	let info = chain.state().epochs[0].clone();
	let announcement = |info| member::announcement(&vault, GENESIS, info, 1).unwrap();
	let key = announcement(&info);
	assert_eq!(announcement(&info), key);
	let mut robbed = info.clone();
	robbed.members[1].key = Some(key.clone());
	let fresh = announcement(&robbed);
	assert_ne!(fresh, key);
	assert_eq!(announcement(&robbed), fresh);
}

#[tokio::test]
async fn without_the_announced_secret_no_dealing_is_made() {
	let chain = FakeChain::new(&["//Alice"]);
	let node = Node::new("//Alice");
	let mut workers = vec![node.start(&chain)];
	block(&chain, &mut workers).await;
	let vault = vault(&node, "//Alice");
	vault.erase(1, Kind::Identity).unwrap();
	let info = chain.state().epochs[0].clone();
	let forming = Forming { info, previous: None };
	let refused = member::dealing(&vault, GENESIS, &forming, 1);
	assert!(matches!(refused, Err(member::MemberError::LostIdentity)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_announced_no_key_does_not_stop_the_hand_over() {
	let (chain, nodes, mut workers) = start();
	dealings::of_three().await.give(&nodes);
	workers.truncate(3);
	chain.change(|state| {
		let hostile = &mut state.epochs[0].members[3];
		hostile.key = Some(vec![0xff; 33].try_into().unwrap());
		hostile.excluded = Some(Exclusion::NoDealing);
	});
	chain.finalise();
	activates(&chain, &mut workers, 1).await;

	workers.push(nodes[3].start(&chain));
	dealings::for_the_fourth().await.give(&nodes);
	chain.change(|state| state.previous.insert(2, 1));
	chain.open_epoch(&FOUR);
	chain.finalise();
	let dealt = || {
		let members = chain.state().epochs[1].members.clone();
		members.iter().filter(|one| one.dealt).map(|one| one.index).collect::<Vec<_>>()
	};
	for _ in 0..8 {
		if dealt().is_empty() {
			block(&chain, &mut workers).await;
		}
	}
	assert_eq!(dealt(), [1, 2, 3]);
	chain.close_phase(2);
	activates(&chain, &mut workers, 2).await;
	assert_eq!(epoch_key(&chain, 2).origin(), epoch_key(&chain, 1).origin());
	// The fourth is a member with a share from now on.
	assert!(vault(&nodes[3], "//D").read(2, Kind::Share).unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn old_shares_are_kept_while_a_member_lacks_a_new_one() {
	let (chain, nodes, mut workers) = renewing().await;
	dealings::for_renewal_by_three().await.give(&nodes);
	chain.change(|state| state.epochs[1].members[3].excluded = Some(Exclusion::NoKey));
	chain.finalise();
	// The fourth is away.
	block(&chain, &mut workers[..3]).await;
	chain.close_phase(2);
	activates(&chain, &mut workers[..3], 2).await;

	// The fourth member's request for another epoch gets lost.
	chain.deaf.store(true, Ordering::SeqCst);
	grace_passes(&chain, &mut workers).await;
	assert_eq!(holders(&nodes, 1), FOUR);
	// The fourth says that it holds a share: nobody else needs the old ones.
	chain.change(|state| state.epochs[1].members[3].key = state.epochs[1].members[0].key.clone());
	chain.change(|state| state.epochs[1].members[3].confirmed = true);
	chain.change(|state| state.epochs[1].members[3].excluded = None);
	chain.finalise();
	grace_passes(&chain, &mut workers).await;
	assert_eq!(holders(&nodes, 1), ["//D"], "it has no new share yet");
}

#[tokio::test(flavor = "multi_thread")]
async fn old_shares_are_kept_until_every_member_confirms_a_new_one() {
	let (chain, nodes, mut workers) = renewed_without_the_fourth().await;
	grace_passes(&chain, &mut workers[..3]).await;
	assert_eq!(holders(&nodes, 1), FOUR);
	// The fourth comes back, derives its share, and confirms it.
	blocks(&chain, &mut workers, 4).await;
	assert!(chain.state().epochs[1].members[3].confirmed);
	// Releases that were requested before may still be open.
	chain.finalise();
	block(&chain, &mut workers).await;
	assert_eq!(holders(&nodes, 1), FOUR);
	grace_passes(&chain, &mut workers).await;
	assert!(holders(&nodes, 1).is_empty());
	assert_eq!(holders(&nodes, 2), FOUR);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_is_derived_after_the_epoch_was_superseded() {
	// The fourth is away until the members have made another key.
	let (chain, nodes, mut workers) = fourth_left().await;
	chain.change(|state| state.epochs[0].phase = EpochPhase::Superseded);
	chain.open_epoch(&["//A", "//B", "//C", "//E"]);
	chain.finalise();
	blocks(&chain, &mut workers[3..], 4).await;
	assert!(vault(&nodes[3], "//D").read(1, Kind::Share).unwrap().is_some());
	assert!(chain.state().epochs[0].members[3].confirmed);
	assert!(workers[3].lost.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expelled_hospital_keeps_a_share_that_serves_nothing() {
	let (chain, nodes, mut workers) = four().await;
	let before = request(&chain, 1, reader().public());
	chain.finalise();
	let sealed = chain.state().requests[before as usize - 1].sealed.clone();

	// D is expelled, and E comes. The others hand the key on.
	let mut expelled = workers.split_off(3);
	let joined = Node::new("//E");
	workers.push(joined.start(&chain));
	let handing_on = dealings::for_a_replacement().await;
	handing_on.give(&nodes);
	handing_on.give(std::slice::from_ref(&joined));
	chain.change(|state| state.previous.insert(2, 1));
	chain.open_epoch(&["//A", "//B", "//C", "//E"]);
	chain.finalise();
	activates(&chain, &mut workers, 2).await;
	let key = epoch_key(&chain, 2);
	assert_eq!(key.origin(), epoch_key(&chain, 1).origin());

	// A key sealed to the first epoch is released by the second one, without D.
	let secret = reader();
	let after = request(&chain, 2, secret.public());
	chain.change(|state| {
		let request = &mut state.requests[after as usize - 1];
		request.release.version = before as u32;
		request.sealed = sealed;
	});
	chain.finalise();
	block(&chain, &mut workers[1..]).await;
	block(&chain, &mut expelled).await;
	assert_eq!(posted(&chain, after), [2, 3, 4]);
	assert_eq!(open(&chain, after, &secret), Some(DEK));
	// A request from before is served by the members of that time, D included.
	block(&chain, &mut workers).await;
	assert_eq!(posted(&chain, before), [1, 2, 3, 4]);

	// Then the old shares are destroyed, also by D if it is honest.
	let share = |node: &Node, seed, epoch| vault(node, seed).read(epoch, Kind::Share).unwrap();
	assert!(share(&nodes[0], "//A", 1).is_some());
	workers.append(&mut expelled);
	grace_passes(&chain, &mut workers).await;
	for (node, seed) in nodes.iter().zip(["//A", "//B", "//C", "//D"]) {
		assert!(share(node, seed, 1).is_none(), "{seed}");
	}
	assert!(share(&nodes[0], "//A", 2).is_some());
	// The second epoch continues, even after a restart, which misses no share that was destroyed.
	workers[1] = nodes[1].start(&chain);
	let secret = reader();
	let late = request(&chain, 2, secret.public());
	chain.finalise();
	block(&chain, &mut workers).await;
	assert_eq!(open(&chain, late, &secret), Some(DEK));
	assert!(workers[1].lost.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_epoch_opens_what_a_later_one_seals() {
	let (chain, _nodes, mut workers) = renewed().await;
	let secret = reader();
	let number = request(&chain, 2, secret.public());
	chain.change(|state| state.requests[number as usize - 1].release.epoch = 1);
	chain.finalise();
	block(&chain, &mut workers).await;
	assert_eq!(posted(&chain, number), [1, 2, 3, 4]);
	assert_eq!(open(&chain, number, &secret), Some(DEK));
}
