//! Members whose folder was restored from a backup.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_member_restored_without_its_share_gets_another_one() {
	let (chain, nodes, mut workers) = four().await;
	assert!(chain.state().epochs[0].members[3].confirmed);
	chain.change(|state| state.previous.insert(2, 1));

	// The backup is older than the epoch.
	vault(&nodes[3], "//D").erase_epoch(1).unwrap();
	// The member will announce the key to which the others have dealt, without a dealing of its
	// own.
	dealings::for_renewal().await.give(&nodes);
	vault(&nodes[3], "//D").erase(2, Kind::Dealing).unwrap();
	workers[3] = nodes[3].start(&chain);
	blocks(&chain, &mut workers, 2).await;
	let asked = chain.heard.lock().clone().into_iter();
	let asked: Vec<_> = asked.filter(|said| matches!(said, Said::Rejoin { .. })).collect();
	assert_eq!(asked, [Said::Rejoin { epoch: 1, index: 4 }]);
	// The member has nothing to deal. The others are enough.
	blocks(&chain, &mut workers, 3).await;
	if chain.state().epochs[1].phase == EpochPhase::Dealing {
		chain.close_phase(2);
	}
	activates(&chain, &mut workers, 2).await;
	assert!(holds(&nodes[3], "//D", 2));
	assert_eq!(epoch_key(&chain, 2).origin(), epoch_key(&chain, 1).origin());
	assert_eq!(chain.state().epochs.len(), 2, "nobody asks once more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_dealing_after_a_restore_is_given_up() {
	let (chain, nodes, mut workers) = start();
	dealings::of_four().give(&nodes);
	// The fourth deals, and loses its disk. The backup is from before its dealing.
	block(&chain, &mut workers).await;
	let fourth = vault(&nodes[3], "//D");
	let identity = fourth.read(1, Kind::Identity).unwrap().unwrap();
	block(&chain, &mut workers).await;
	assert!(chain.state().epochs[0].members[3].dealt);
	let info = chain.state().epochs[0].clone();
	fourth.erase_epoch(1).unwrap();
	fourth.write(1, Kind::Identity, &identity).unwrap();
	let forming = Forming { info, previous: None };
	// The member's node had not seen that block, so it made another dealing.
	member::dealing(&fourth, GENESIS, &forming, 4).unwrap().unwrap();
	workers[3] = nodes[3].start(&chain);
	activates(&chain, &mut workers, 1).await;
	assert!(!chain.state().epochs[0].members[3].confirmed);
	assert!(workers[3].lost.contains(&(1, 4)));
	assert!(!workers[3].is_stuck());
	let asks = |said: &Said| *said == Said::Rejoin { epoch: 1, index: 4 };
	assert!(chain.heard.lock().iter().any(asks));
}
