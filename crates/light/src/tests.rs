//! Proofs of a development chain, as its node gave them, and everything that differs from them.

use super::*;
use codec::{Compact, Encode};
use serde_json::{json, Value};
use sp_core::{ed25519, Pair};
use std::time::Instant;

/// Returns a member of the recorded answers, as bytes.
fn recorded(name: &str) -> Vec<u8> {
	bytes(&answers()[name])
}

fn answers() -> Value {
	serde_json::from_str(include_str!("../tests/data/dev.json")).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
	hex::decode(value.as_str().unwrap().trim_start_matches("0x")).unwrap()
}

fn hash(name: &str) -> Hash {
	recorded(name).try_into().unwrap()
}

fn trusted() -> Trusted {
	Trusted::from_genesis(&hash("genesis"), recorded("genesis_header"), &recorded("genesis_proof"))
		.unwrap()
}

/// Returns the list of trie nodes, SCALE-encoded.
fn list(nodes: &[Vec<u8>]) -> Vec<u8> {
	let compact = |length: usize| match length {
		0..=63 => vec![(length as u8) << 2],
		_ => ((length as u16) << 2 | 1).to_le_bytes().to_vec(),
	};
	let mut bytes = compact(nodes.len());
	for node in nodes {
		bytes.extend(compact(node.len()));
		bytes.extend(node);
	}
	bytes
}

fn nodes() -> Vec<Vec<u8>> {
	answers()["read"].as_array().unwrap().iter().map(bytes).collect()
}

#[test]
fn finality_is_followed_from_the_first_block() {
	let mut chain = trusted();
	assert_eq!(chain.head().number, 0);
	assert_eq!(chain.follow(&recorded("finality")), Ok(true));
	assert_eq!(chain.head().hash, hash("final"));
	assert_eq!(chain.head().state_root, hash("state_root"));
	// The state survives a restart, and never goes back.
	let text = serde_json::to_string(&chain).unwrap();
	let mut again: Trusted = serde_json::from_str(&text).unwrap();
	assert_eq!(again, chain);
	assert_eq!(again.follow(&recorded("finality")), Ok(true));
	assert_eq!(again, chain);
}

#[test]
fn another_first_block_is_refused() {
	let other = Trusted::from_genesis(&[7; 32], recorded("genesis_header"), &[]);
	assert_eq!(other, Err(Fault::OtherChain([7; 32])));
	let later = Trusted::from_genesis(&hash("final"), recorded("genesis_header"), &[]);
	assert_eq!(later, Err(Fault::OtherChain(hash("final"))));
}

#[test]
fn no_altered_proof_leads_to_another_chain() {
	let (genesis, header) = (hash("genesis"), recorded("genesis_header"));
	let proof = recorded("genesis_proof");
	for at in 0..proof.len() {
		let mut altered = proof.clone();
		altered[at] ^= 1;
		if let Ok(chain) = Trusted::from_genesis(&genesis, header.clone(), &altered) {
			assert_eq!(chain, trusted(), "byte {at}");
		}
	}
	let finality = recorded("finality");
	for at in 0..finality.len() {
		for bit in [0, 3, 7] {
			let mut altered = finality.clone();
			altered[at] ^= 1 << bit;
			let mut chain = trusted();
			if chain.follow(&altered).is_ok() {
				let head = chain.head().hash;
				assert!(head == hash("final") || head == genesis, "byte {at}, bit {bit}");
			}
		}
	}
}

#[test]
fn values_are_those_of_the_state() {
	let (root, key) = (hash("state_root"), recorded("key"));
	let proof = list(&nodes());
	assert_eq!(state::value(&root, &proof, &key), Ok(Some(recorded("value"))));
	assert!(state::code_hash(&root, &proof).is_ok());
	assert_eq!(state::value(&[7; 32], &proof, &key), Err(Fault::Incomplete));
	// Without one of the nodes, the value is not proved absent.
	for left_out in 0..nodes().len() {
		let mut some = nodes();
		some.remove(left_out);
		let found = state::value(&root, &list(&some), &key);
		assert!(matches!(found, Err(_) | Ok(Some(_))), "node {left_out}: {found:?}");
	}
}

#[test]
fn no_altered_node_gives_another_value() {
	let (root, key, truth) = (hash("state_root"), recorded("key"), recorded("value"));
	let code = state::code_hash(&root, &list(&nodes())).unwrap();
	let proof = list(&nodes());
	for at in 0..proof.len() {
		let mut altered = proof.clone();
		altered[at] ^= 1;
		if let Ok(value) = state::value(&root, &altered, &key) {
			assert_eq!(value, Some(truth.clone()), "byte {at}");
		}
		if let Ok(found) = state::code_hash(&root, &altered) {
			assert_eq!(found, code, "byte {at}");
		}
	}
}

#[test]
fn keys_below_a_prefix_are_all_or_an_error() {
	let (root, key, proof) = (hash("state_root"), recorded("key"), list(&nodes()));
	let halves: Vec<u8> = key.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect();
	let first = |length: usize| state::first_keys(&root, &proof, &halves[..length], 2);
	assert_eq!(first(halves.len()), Ok(vec![key.clone()]));
	// Wherever there are others, the proof of one key does not hide them.
	let found: Vec<_> = (0..halves.len()).map(first).collect();
	assert!(found.contains(&Err(Fault::Incomplete)));
	for found in found.into_iter().flatten() {
		assert!(found.len() == 2 || found == std::slice::from_ref(&key), "{found:?}");
		assert!(found.is_sorted());
	}
	assert_eq!(state::first_keys(&root, &proof, &[16], 2), Err(Fault::Malformed("prefix")));
}

#[test]
fn other_code_is_refused() {
	assert!(matches!(Code::new(&[7; 32], b"code"), Err(Fault::OtherCode)));
	let hash = sp_crypto_hashing::blake2_256(b"code");
	assert!(matches!(Code::new(&hash, b"code"), Err(Fault::Runtime(_))));
}

/// Changes of the validators that a client follows at its first start. Each is a vote of the
/// council, so that a chain has a few in a year.
const CHANGES: u32 = 10_000;

/// Most bytes of proofs in one answer of the node.
const ANSWER: usize = 7 * 1024 * 1024;

/// Returns the SCALE-encoded header of a block that leaves the validators as they are, so that a new
/// set of the same votes on the next ones.
fn header_with_change(number: u32, voters: &[ed25519::Pair]) -> Vec<u8> {
	let voters: Vec<_> = voters.iter().map(|voter| (voter.public().0, 1u64)).collect();
	let change = (1u8, voters, 0u32).encode();
	let digest = [
		(6u8, *b"aura", u64::from(number).to_le_bytes().to_vec()).encode(),
		(4u8, *b"FRNK", change).encode(),
		(5u8, *b"aura", vec![0u8; 64]).encode(),
	];
	let mut header = ([1u8; 32], Compact(number), [2u8; 32], [3u8; 32]).encode();
	header.extend(Compact(digest.len() as u32).encode());
	header.extend(digest.concat());
	header
}

/// Returns a justification of a block by three of four validators.
fn justification(header: &[u8], number: u32, set: u64, voters: &[ed25519::Pair]) -> Vec<u8> {
	let target = (sp_crypto_hashing::blake2_256(header), number);
	let message = (1u8, target, 1u64, set).encode();
	let votes: Vec<_> = voters[1..]
		.iter()
		.map(|voter| (target, voter.sign(&message).0, voter.public().0))
		.collect();
	(1u64, (target, votes), Vec::<[u8; 0]>::new()).encode()
}

#[test]
fn ten_thousand_changes_of_the_validators_are_followed() {
	let voters: Vec<_> = (1..=4u8).map(|seed| ed25519::Pair::from_seed(&[seed; 32])).collect();
	let first = header_with_change(0, &voters);
	let mut chain: Trusted = serde_json::from_value(json!({
		"genesis": hex::encode(sp_crypto_hashing::blake2_256(&first)),
		"set": 0,
		"voters": voters.iter().map(|voter| hex::encode(voter.public().0)).collect::<Vec<_>>(),
		"header": hex::encode(&first),
	}))
	.unwrap();
	let mut answers = vec![(0u32, Vec::new())];
	for set in 0..CHANGES {
		let header = header_with_change(set + 1, &voters);
		let justification = justification(&header, set + 1, set.into(), &voters);
		if answers.last().is_some_and(|(_, bytes)| bytes.len() > ANSWER) {
			answers.push((0, Vec::new()));
		}
		let (count, bytes) = answers.last_mut().unwrap();
		*count += 1;
		bytes.extend([header, justification].concat());
	}
	let last = answers.len() - 1;
	let (started, mut size) = (Instant::now(), 0);
	for (index, (count, bytes)) in answers.into_iter().enumerate() {
		let answer = [Compact(count).encode(), bytes, vec![u8::from(index == last)]].concat();
		size += answer.len();
		assert_eq!(chain.follow(&answer), Ok(index == last));
	}
	assert_eq!(chain.head().number, u64::from(CHANGES));
	println!("{CHANGES} changes: {size} bytes, {:?}", started.elapsed());
}
