//! Proofs of a development chain, as its node gave them, and everything that differs from them.

use super::*;
use serde_json::Value;

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
	// What is known survives a restart, and is not left again.
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
fn other_code_is_refused() {
	assert!(matches!(Code::new(&[7; 32], b"code"), Err(Fault::OtherCode)));
	let hash = sp_crypto_hashing::blake2_256(b"code");
	assert!(matches!(Code::new(&hash, b"code"), Err(Fault::Runtime(_))));
}
