//! Dealings for the tests' committees, because one takes about eleven seconds of processor time.
//!
//! A test gives its nodes some before they act. It is as if each node had stored its secret and its
//! dealing, and ended before it announced: it announces the stored key and posts the stored
//! dealing. Everything else happens as without them; in particular, all members check all dealings.
//!
//! The first committee's are the vectors of `salus-threshold`. The others are in `dealings.json`,
//! and follow from the first ones. A set that the file lacks is made once in each process.

use std::future::Future;

use codec::Encode;
use serde_json::{json, Map, Value};
use tokio::sync::OnceCell;

use super::*;

/// A member's secrets of an epoch, as its vault keeps them before the epoch has its key.
struct Kept {
	seed: String,
	epoch: Epoch,
	identity: Vec<u8>,
	/// `None` for a member that does not deal.
	dealing: Option<Vec<u8>>,
}

/// Secrets of the members of an epoch.
pub(super) struct Dealings(Vec<Kept>);

impl Dealings {
	/// Reads the secrets of nodes whose members have dealt.
	fn of(nodes: &[Node], epoch: Epoch) -> Self {
		let kept = |node: &Node| {
			let vault = vault(node, &node.seed);
			let read = |kind| vault.read(epoch, kind).unwrap().map(|secret| secret.to_vec());
			Kept {
				seed: node.seed.clone(),
				epoch,
				identity: read(Kind::Identity).unwrap(),
				dealing: read(Kind::Dealing),
			}
		};
		Self(nodes.iter().map(kept).collect())
	}

	/// Stores the secrets in the vaults of those nodes whose members have any.
	pub(super) fn give(&self, nodes: &[Node]) {
		for node in nodes {
			let vault = vault(node, &node.seed);
			for kept in self.0.iter().filter(|kept| kept.seed == node.seed) {
				vault.write(kept.epoch, Kind::Identity, &kept.identity).unwrap();
				if let Some(dealing) = &kept.dealing {
					vault.write(kept.epoch, Kind::Dealing, dealing).unwrap();
				}
			}
		}
	}

	/// Reads a set from the file, if it is there.
	fn committed(name: &str) -> Option<Self> {
		let file: Value = serde_json::from_str(include_str!("dealings.json")).unwrap();
		let kept = |member: &Value| Kept {
			seed: member["seed"].as_str().unwrap().to_owned(),
			epoch: member["epoch"].as_u64().unwrap() as Epoch,
			identity: bytes(&member["identity"]),
			dealing: (!member["dealing"].is_null()).then(|| bytes(&member["dealing"])),
		};
		Some(Self(file.get(name)?.as_array().unwrap().iter().map(kept).collect()))
	}

	/// Converts a set to the form of the file.
	fn to_json(&self) -> Value {
		let member = |kept: &Kept| {
			json!({
				"seed": kept.seed,
				"epoch": kept.epoch,
				"identity": hex::encode(&kept.identity),
				"dealing": kept.dealing.as_ref().map(hex::encode),
			})
		};
		Value::Array(self.0.iter().map(member).collect())
	}
}

fn bytes(value: &Value) -> Vec<u8> {
	hex::decode(value.as_str().unwrap()).unwrap()
}

/// Returns a set from the file, or makes it.
async fn committed_or(name: &str, made: impl Future<Output = Dealings>) -> Dealings {
	match Dealings::committed(name) {
		Some(dealings) => dealings,
		None => made.await,
	}
}

/// Returns the dealings of all four, for a new key in the first epoch.
pub(super) fn of_four() -> Dealings {
	let json = include_str!("../../../../crates/threshold/tests/vectors/committee.json");
	let vectors: Value = serde_json::from_str(json).unwrap();
	assert_eq!(bytes(&vectors["genesis"]), GENESIS);
	let kept = |(seed, member): (&str, &Value)| {
		let mut dealing = bytes(&member["dealing"]).encode();
		dealing.extend(bytes(&member["dealing_secret"]));
		let identity = bytes(&member["secret"]);
		Kept { seed: seed.to_owned(), epoch: 1, identity, dealing: Some(dealing) }
	};
	let members = vectors["members"].as_array().unwrap();
	Dealings(FOUR.into_iter().zip(members).map(kept).collect())
}

/// Returns the dealings of the first three, for a new key in the first epoch. The fourth has no
/// place.
pub(super) async fn of_three() -> &'static Dealings {
	static KEPT: OnceCell<Dealings> = OnceCell::const_new();
	let made = async {
		let (chain, nodes, mut workers) = start();
		workers.truncate(3);
		block(&chain, &mut workers).await;
		chain.close_phase(1);
		chain.finalise();
		reaches(&chain, &mut workers, 1, EpochPhase::Confirming).await;
		Dealings::of(&nodes[..3], 1)
	};
	KEPT.get_or_init(|| committed_or("three", made)).await
}

/// Returns the dealings of all four, for another new key in the second epoch.
pub(super) async fn for_another_key() -> &'static Dealings {
	static KEPT: OnceCell<Dealings> = OnceCell::const_new();
	let made = async {
		let (chain, nodes, mut workers) = start();
		chain.change(|state| state.epochs[0].phase = EpochPhase::Abandoned);
		chain.open_epoch(&FOUR);
		chain.finalise();
		reaches(&chain, &mut workers, 2, EpochPhase::Confirming).await;
		Dealings::of(&nodes, 2)
	};
	KEPT.get_or_init(|| committed_or("another key", made)).await
}

/// Returns the dealings in which the three hand their key on to all four.
pub(super) async fn for_the_fourth() -> &'static Dealings {
	static KEPT: OnceCell<Dealings> = OnceCell::const_new();
	let made = async {
		let (chain, nodes, mut workers) = start();
		of_three().await.give(&nodes);
		let fourth = workers.split_off(3);
		block(&chain, &mut workers).await;
		chain.close_phase(1);
		chain.finalise();
		activates(&chain, &mut workers, 1).await;
		workers.extend(fourth);
		chain.change(|state| state.previous.insert(2, 1));
		chain.open_epoch(&FOUR);
		chain.finalise();
		reaches(&chain, &mut workers, 2, EpochPhase::Confirming).await;
		Dealings::of(&nodes, 2)
	};
	KEPT.get_or_init(|| committed_or("fourth", made)).await
}

/// Returns the dealings in which the four renew their shares.
pub(super) async fn for_renewal() -> &'static Dealings {
	static KEPT: OnceCell<Dealings> = OnceCell::const_new();
	let made = async {
		let (chain, nodes, mut workers) = renewing().await;
		chain.finalise();
		reaches(&chain, &mut workers, 2, EpochPhase::Confirming).await;
		Dealings::of(&nodes, 2)
	};
	KEPT.get_or_init(|| committed_or("renewal", made)).await
}

/// Returns the dealings in which the first three of four renew their shares. The fourth has no
/// place.
pub(super) async fn for_renewal_by_three() -> &'static Dealings {
	static KEPT: OnceCell<Dealings> = OnceCell::const_new();
	let made = async {
		let (chain, nodes, mut workers) = renewing().await;
		workers.truncate(3);
		chain.finalise();
		block(&chain, &mut workers).await;
		chain.close_phase(2);
		chain.finalise();
		reaches(&chain, &mut workers, 2, EpochPhase::Confirming).await;
		Dealings::of(&nodes[..3], 2)
	};
	KEPT.get_or_init(|| committed_or("renewal by three", made)).await
}

/// Returns the dealings in which the four hand their key on, with //E in place of //D.
pub(super) async fn for_a_replacement() -> &'static Dealings {
	static KEPT: OnceCell<Dealings> = OnceCell::const_new();
	let made = async {
		let (chain, mut nodes, mut workers) = four().await;
		nodes[3] = Node::new("//E");
		workers[3] = nodes[3].start(&chain);
		chain.change(|state| state.previous.insert(2, 1));
		chain.open_epoch(&["//A", "//B", "//C", "//E"]);
		chain.finalise();
		reaches(&chain, &mut workers, 2, EpochPhase::Confirming).await;
		Dealings::of(&nodes, 2)
	};
	KEPT.get_or_init(|| committed_or("replacement", made)).await
}

/// Adds the sets that `dealings.json` lacks:
/// `cargo test --release --workspace --locked --lib write_dealings -- --ignored`.
///
/// If the dealings' format or the vectors of `salus-threshold` change, first empty the file (`{}`).
#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes committed dealings"]
async fn write_dealings() {
	let sets = [
		("three", of_three().await),
		("another key", for_another_key().await),
		("fourth", for_the_fourth().await),
		("renewal", for_renewal().await),
		("renewal by three", for_renewal_by_three().await),
		("replacement", for_a_replacement().await),
	];
	let file: Map<String, Value> =
		sets.into_iter().map(|(name, set)| (name.to_owned(), set.to_json())).collect();
	let mut text = serde_json::to_string_pretty(&file).unwrap();
	text.push('\n');
	// Cargo sets the variable at run time. The compiled-in value would name whichever copy of the
	// workspace was built first in this target folder.
	let package = std::env::var("CARGO_MANIFEST_DIR").expect("tests are run by cargo");
	std::fs::write(format!("{package}/src/committee/tests/dealings.json"), text).unwrap();
}
