//! Announced keys that are not their member's own.

use super::*;

/// Forms an epoch of four in which the last member announces what is made of the first one's key.
/// Returns the members with a share.
async fn members_with(hostile: fn(Vec<u8>) -> Vec<u8>) -> Vec<u16> {
	let seeds = ["//A", "//B", "//C", "//D"];
	let chain = FakeChain::new(&seeds);
	let nodes: Vec<_> = seeds.map(Node::new).into();
	let mut workers: Vec<_> = nodes[..3].iter().map(|node| node.start(&chain)).collect();
	block(&chain, &mut workers).await;
	chain.change(|state| {
		let members = &mut state.epochs[0].members;
		let key = members[0].key.clone().expect("it has announced").into_inner();
		members[3].key = Some(hostile(key).try_into().unwrap());
		members[3].excluded = Some(Exclusion::NoDealing);
	});
	chain.close_phase(1);
	chain.finalise();
	for _ in 0..4 {
		block(&chain, &mut workers).await;
	}
	assert_eq!(chain.state().epochs[0].phase, EpochPhase::Active);
	let secret = reader();
	let number = request(&chain, 1, secret.public());
	chain.finalise();
	block(&chain, &mut workers).await;
	assert_eq!(open(&chain, number, &secret), Some(DEK));
	epoch_key(&chain, 1).members().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_with_anothers_key_is_left_out() {
	let opposite = |mut key: Vec<u8>| {
		key[0] ^= 0x80;
		key
	};
	assert_eq!(members_with(opposite).await, [1, 2, 3]);
}
