//! Secrets that are lost, spoilt or cannot be read for a time.

use super::*;
use std::{fs, path::PathBuf};

/// Returns the file of a member's share.
fn share_file(node: &Node, seed: &str, epoch: Epoch) -> PathBuf {
	let folder = node.folder.path().join("committee").join(hex::encode(public(seed).0));
	folder.join(format!("{epoch}.share"))
}

/// Returns the contents of shares that were set aside.
fn set_aside(node: &Node, seed: &str) -> Vec<Vec<u8>> {
	let entries = fs::read_dir(share_file(node, seed, 1).parent().unwrap()).unwrap();
	let paths = entries.map(|entry| entry.unwrap().path());
	paths
		.filter(|path| path.to_string_lossy().contains("aside"))
		.map(|path| fs::read(path).unwrap())
		.collect()
}

fn asked_to_rejoin(chain: &FakeChain) -> bool {
	chain.heard.lock().iter().any(|said| matches!(said, Said::Rejoin { .. }))
}

#[tokio::test]
async fn a_share_that_does_not_open_is_set_aside() {
	let (chain, node, workers) = alone().await;
	drop(workers);
	let file = share_file(&node, "//Alice", 1);
	let whole = fs::read(&file).unwrap();
	fs::write(&file, b"garbage").unwrap();
	let mut workers = vec![node.start(&chain)];
	block(&chain, &mut workers).await;
	assert!(workers[0].lost.contains(&(1, 1)));
	assert!(!workers[0].is_stuck());
	assert!(asked_to_rejoin(&chain));
	assert_eq!(set_aside(&node, "//Alice"), [b"garbage".to_vec()]);
	// Somebody restores it.
	fs::write(&file, whole).unwrap();
	block(&chain, &mut workers).await;
	assert!(workers[0].lost.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_of_another_key_is_set_aside() {
	let (chain, node, workers) = alone().await;
	drop(workers);
	let vault = vault(&node, "//Alice");
	let other = Node::new("//Bob");
	let others = FakeChain::new(&["//Bob"]);
	activates(&others, &mut [other.start(&others)], 1).await;
	let share = super::vault(&other, "//Bob").read(1, Kind::Share).unwrap().unwrap();
	vault.write(1, Kind::Share, &share).unwrap();
	let mut workers = vec![node.start(&chain)];
	block(&chain, &mut workers).await;
	assert!(workers[0].lost.contains(&(1, 1)));
	assert!(asked_to_rejoin(&chain));
	assert_eq!(set_aside(&node, "//Alice").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spoilt_share_is_derived_again_where_it_can_be() {
	let (chain, nodes, mut workers) = fourth_left().await;
	// The fourth has its secrets still, and a share that does not open.
	fs::write(share_file(&nodes[3], "//D", 1), b"garbage").unwrap();
	blocks(&chain, &mut workers, 3).await;
	assert!(workers[3].lost.is_empty());
	assert!(holds(&nodes[3], "//D", 1));
	assert!(!asked_to_rejoin(&chain));
}

#[tokio::test]
async fn a_share_that_cannot_be_read_for_a_time_is_not_lost() {
	let (chain, node, workers) = alone().await;
	drop(workers);
	let file = share_file(&node, "//Alice", 1);
	let whole = fs::read(&file).unwrap();
	fs::remove_file(&file).unwrap();
	fs::create_dir(&file).unwrap();
	let mut workers = vec![node.start(&chain)];
	blocks(&chain, &mut workers, 3).await;
	assert!(workers[0].is_stuck());
	assert!(workers[0].lost.is_empty());
	assert!(set_aside(&node, "//Alice").is_empty());
	fs::remove_dir(&file).unwrap();
	fs::write(&file, whole).unwrap();
	let number = request(&chain, 1, reader().public());
	blocks(&chain, &mut workers, 4).await;
	assert_eq!(posted(&chain, number), [1]);
	assert!(!asked_to_rejoin(&chain));
}

#[tokio::test]
async fn a_share_that_was_found_again_is_not_lost() {
	let (chain, node, workers) = alone().await;
	drop(workers);
	let file = share_file(&node, "//Alice", 1);
	let whole = fs::read(&file).unwrap();
	fs::remove_file(&file).unwrap();
	chain.deaf.store(true, Ordering::SeqCst);
	let mut workers = vec![node.start(&chain)];
	block(&chain, &mut workers).await;
	assert!(workers[0].lost.contains(&(1, 1)));
	fs::write(&file, whole).unwrap();
	let before = chain.heard.lock().len();
	blocks(&chain, &mut workers, 2 * AGAIN).await;
	assert!(workers[0].lost.is_empty());
	assert_eq!(chain.heard.lock().len(), before, "it asks for no new epoch");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dealing_that_is_not_needed_need_not_be_kept() {
	let (chain, nodes, mut workers) = renewed_without_the_fourth().await;
	assert_eq!(epoch_key(&chain, 2).dealers(), [1, 2, 3]);
	vault(&nodes[3], "//D").erase(2, Kind::Dealing).unwrap();
	workers[3] = nodes[3].start(&chain);
	blocks(&chain, &mut workers, 3).await;
	assert!(workers[3].lost.is_empty());
	assert!(holds(&nodes[3], "//D", 2));
}

#[tokio::test]
async fn a_share_that_cannot_be_made_for_now_is_made_later() {
	let (chain, node, mut workers) = alone().await;
	// A share that does not fit stands for a fault of this node, which may pass.
	let foreign = FakeChain::new(&["//Bob"]);
	let other = Node::new("//Bob");
	let mut others = vec![other.start(&foreign)];
	activates(&foreign, &mut others, 1).await;
	let place = (1, 1);
	let info = chain.state().epochs[0].clone();
	let own = member::held(&vault(&node, "//Alice"), &info).unwrap().unwrap();
	let unfit = member::held(&vault(&other, "//Bob"), &foreign.state().epochs[0]).unwrap().unwrap();
	let mixed = member::Held { public: own.public.clone(), share: unfit.share };
	workers[0].held.insert(place, Arc::new(mixed));
	let number = request(&chain, 1, reader().public());
	chain.finalise();
	blocks(&chain, &mut workers, 3).await;
	assert!(posted(&chain, number).is_empty());
	workers[0].held.insert(place, Arc::new(own));
	blocks(&chain, &mut workers, 4).await;
	assert_eq!(posted(&chain, number), [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn shares_are_kept_while_an_epoch_takes_their_key_over() {
	let (chain, nodes, mut workers) = renewed().await;
	// The third epoch began before the second one was complete.
	chain.change(|state| {
		state.previous.insert(3, 1);
	});
	chain.open_epoch(&["//A", "//B", "//C", "//D", "//E"]);
	chain.finalise();
	grace_passes(&chain, &mut workers).await;
	assert_eq!(holders(&nodes, 1), FOUR);
	chain.change(|state| state.epochs[2].phase = EpochPhase::Abandoned);
	chain.finalise();
	grace_passes(&chain, &mut workers).await;
	assert!(holders(&nodes, 1).is_empty());
}
