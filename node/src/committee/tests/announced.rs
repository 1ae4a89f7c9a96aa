//! Announced keys that are not their member's own.

use super::*;

/// Warnings of all tests of this process.
struct Warnings(std::sync::Mutex<Vec<String>>);

static WARNINGS: Warnings = Warnings(std::sync::Mutex::new(Vec::new()));

impl log::Log for Warnings {
	fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
		metadata.level() <= log::Level::Warn
	}

	fn log(&self, record: &log::Record<'_>) {
		if self.enabled(record.metadata()) {
			self.0.lock().unwrap().push(record.args().to_string());
		}
	}

	fn flush(&self) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_with_anothers_key_is_left_out() {
	log::set_logger(&WARNINGS).expect("no other test reads the log");
	log::set_max_level(log::LevelFilter::Warn);
	let (chain, nodes, mut workers) = start();
	dealings::of_three().await.give(&nodes);
	// The first one deals itself, when the key of another is there.
	vault(&nodes[0], "//A").erase(1, Kind::Dealing).unwrap();
	workers.truncate(3);
	block(&chain, &mut workers).await;
	chain.change(|state| {
		let members = &mut state.epochs[0].members;
		let mut key = members[0].key.clone().expect("it has announced").into_inner();
		// The sign of the point.
		key[0] ^= 0x80;
		members[3].key = Some(key.try_into().unwrap());
		members[3].excluded = Some(Exclusion::NoDealing);
	});
	chain.close_phase(1);
	chain.finalise();
	activates(&chain, &mut workers, 1).await;
	let secret = reader();
	let number = request(&chain, 1, secret.public());
	chain.finalise();
	block(&chain, &mut workers).await;
	assert_eq!(open(&chain, number, &secret), Some(DEK));
	assert_eq!(epoch_key(&chain, 1).members().collect::<Vec<_>>(), [1, 2, 3]);
	// The member's operator, and the others, learn of it.
	let warnings = WARNINGS.0.lock().unwrap();
	let says = "epoch 1: member 4 does not prove that it knows the secret of its key";
	assert!(warnings.iter().any(|line| line.starts_with(says)), "{warnings:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_without_a_place_completes_no_epoch_alone() {
	// The fourth announces bytes that are not a key, and confirms the others' key nevertheless.
	let (chain, nodes, mut workers) = renewing().await;
	dealings::for_renewal_by_three().await.give(&nodes);
	// The first one deals itself, when those bytes are there.
	vault(&nodes[0], "//A").erase(2, Kind::Dealing).unwrap();
	workers.truncate(3);
	chain.change(|state| {
		let hostile = &mut state.epochs[1].members[3];
		hostile.key = Some(vec![0xff; 33].try_into().unwrap());
		hostile.excluded = Some(Exclusion::NoDealing);
		hostile.confirmed = true;
	});
	chain.finalise();
	reaches(&chain, &mut workers, 2, EpochPhase::Confirming).await;
	// The third is away. Its confirmation is missing, so the others keep their old shares.
	activates(&chain, &mut workers[..2], 2).await;
	grace_passes(&chain, &mut workers[..2]).await;
	assert_eq!(holders(&nodes[..2], 1), FOUR[..2]);
	// The third comes back. All three have new shares when the old ones are destroyed.
	blocks(&chain, &mut workers, 4).await;
	assert!(chain.state().epochs[1].members[2].confirmed);
	grace_passes(&chain, &mut workers).await;
	assert!(holders(&nodes[..3], 1).is_empty());
	assert_eq!(holders(&nodes[..3], 2), FOUR[..3]);
	let secret = reader();
	let number = request(&chain, 2, secret.public());
	chain.finalise();
	block(&chain, &mut workers).await;
	assert_eq!(open(&chain, number, &secret), Some(DEK));
}
