//! Proofs of a development chain, as its node gave them, and everything that differs from them.

use super::*;
use crate::finality::MAX_PROOF;
use codec::{Compact, Encode};
use miniz_oxide::deflate::compress_to_vec;
use serde_json::{json, Value};
use smoldot::{
	finality::decode::decode_grandpa_justification,
	network::codec::decode_grandpa_warp_sync_response,
};
use sp_core::{ed25519, Pair};
use std::time::{Duration, Instant};

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

/// Deflates a proof as a node does.
fn deflated(proof: &[u8]) -> Vec<u8> {
	compress_to_vec(proof, 6)
}

/// Returns the recorded proof of finality in the two forms of a block's votes, not deflated: the
/// votes for the block itself, and the whole justification.
fn finality() -> [Vec<u8>; 2] {
	let recorded = recorded("finality");
	let decoded = decode_grandpa_warp_sync_response(&recorded, NUMBER_BYTES).unwrap();
	let [fragment] = &decoded.fragments[..] else { panic!("it is one block") };
	let header = fragment.scale_encoded_header.to_vec();
	let justification = fragment.scale_encoded_justification;
	let votes = decode_grandpa_justification(justification, NUMBER_BYTES).unwrap();
	let (voters, signatures): (Vec<_>, Vec<_>) =
		votes.precommits.iter().map(|vote| (*vote.authority_public_key, *vote.signature)).unzip();
	let own = (Compact(1u32), &header, 0u8, votes.round, voters, signatures, true).encode();
	[own, (Compact(1u32), &header, 1u8, justification.to_vec(), true).encode()]
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
	for proof in finality().map(|proof| deflated(&proof)) {
		let mut chain = trusted();
		assert_eq!(chain.head().number, 0);
		assert_eq!(chain.follow(&proof), Ok(true));
		assert_eq!(chain.head().hash, hash("final"));
		assert_eq!(chain.head().state_root, hash("state_root"));
		// The state survives a restart, and never goes back.
		let text = serde_json::to_string(&chain).unwrap();
		let mut again: Trusted = serde_json::from_str(&text).unwrap();
		assert_eq!(again, chain);
		assert_eq!(again.follow(&proof), Ok(true));
		assert_eq!(again, chain);
	}
}

#[test]
fn a_proof_that_is_not_exactly_deflated_is_refused() {
	let [own, _] = finality();
	let proof = deflated(&own);
	let long = deflated(&vec![0; MAX_PROOF + 1]);
	assert!(long.len() < MAX_PROOF / 100);
	assert_eq!(trusted().follow(&long), Err(Fault::TooLong("proof of finality")));
	let malformed = [
		[&proof[..], &[0]].concat(),
		proof[..proof.len() - 1].to_vec(),
		Vec::new(),
		// A byte between the last block and the end.
		deflated(&[&own[..own.len() - 1], &[9], &[1]].concat()),
		deflated(&own[..own.len() - 1]),
		// A voter without a signature.
		deflated(&one_signature_less()),
		// A length that the proof does not have.
		deflated(&[0xfe, 0xff, 0xff, 0xff]),
	];
	for (index, proof) in malformed.iter().enumerate() {
		let refused = trusted().follow(proof);
		assert_eq!(refused, Err(Fault::Malformed("proof of finality")), "proof {index}");
	}
}

#[test]
fn a_proof_of_many_empty_blocks_ends_at_the_first() {
	let count = 2_000_000u32;
	let blocks = [0, 1, 0].repeat(count as usize);
	let proof = deflated(&[Compact(count).encode(), blocks, vec![1]].concat());
	assert!(proof.len() < 20_000);
	assert!(trusted().follow(&proof).is_err());
}

/// Returns a proof of finality where a voter has no signature, not deflated.
fn one_signature_less() -> Vec<u8> {
	let header = header_with_change(1, &[ed25519::Pair::from_seed(&[1; 32])]);
	(Compact(1u32), header, 0u8, 1u64, vec![[1u8; 32]], Vec::<[u8; 64]>::new(), true).encode()
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
	let assert_harmless = |proof: &[u8], at: usize, bit: u8| {
		let mut chain = trusted();
		if chain.follow(proof).is_ok() {
			let head = chain.head().hash;
			assert!(head == hash("final") || head == genesis, "byte {at}, bit {bit}");
		}
	};
	let altered = |proof: &[u8], at: usize, bit: u8| {
		let mut altered = proof.to_vec();
		altered[at] ^= 1 << bit;
		altered
	};
	for proof in finality() {
		let short = deflated(&proof);
		for bit in [0, 3, 7] {
			for at in 0..proof.len() {
				assert_harmless(&deflated(&altered(&proof, at, bit)), at, bit);
			}
			for at in 0..short.len() {
				assert_harmless(&altered(&short, at, bit), at, bit);
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

/// Blocks of a year.
const YEAR: u32 = 15_770_000;

/// Most bytes of proofs in one answer of the node, before they are deflated.
const ANSWER: usize = 4 * 1024 * 1024;

/// Most bytes of proofs of finality to a client at its first start.
const LIMIT: usize = 5 * 1024 * 1024;

/// Longest time for which a client verifies those proofs, on a machine that is busy with other
/// tests.
const TIME: Duration = Duration::from_secs(20);

/// The goal on a quiet machine, which is asserted if the environment has `SALUS_QUIET`.
const QUIET_TIME: Duration = Duration::from_secs(5);

/// Returns 32 bytes that no compression makes shorter, like a hash.
fn noise(number: u32, what: u8) -> Hash {
	sp_crypto_hashing::blake2_256(&(number, what).encode())
}

/// Returns the SCALE-encoded header of a block from which on a new set of these validators votes.
fn header_with_change(number: u32, voters: &[ed25519::Pair]) -> Vec<u8> {
	let voters: Vec<_> = voters.iter().map(|voter| (voter.public().0, 1u64)).collect();
	let change = (1u8, voters, 0u32).encode();
	let slot = 900_000_000 + u64::from(number);
	let seal = [noise(number, 4), noise(number, 5)].concat();
	let digest = [
		(6u8, *b"aura", slot.to_le_bytes().to_vec()).encode(),
		(4u8, *b"FRNK", change).encode(),
		(5u8, *b"aura", seal).encode(),
	];
	let (parent, state, body) = (noise(number, 1), noise(number, 2), noise(number, 3));
	let mut header = (parent, Compact(number), state, body).encode();
	header.extend(Compact(digest.len() as u32).encode());
	header.extend(digest.concat());
	header
}

/// Returns a block of a proof of finality with the votes of just enough validators.
fn fragment(header: &[u8], number: u32, set: u64, voters: &[ed25519::Pair]) -> Vec<u8> {
	let round = 1u64;
	let message = (1u8, (sp_crypto_hashing::blake2_256(header), number), round, set).encode();
	let (voters, signatures): (Vec<_>, Vec<_>) = voters[(voters.len() - 1) / 3..]
		.iter()
		.map(|voter| (voter.public().0, voter.sign(&message).0))
		.unzip();
	(header.to_vec(), 0u8, round, voters, signatures).encode()
}

/// Validators of a chain that is a year old. Each change of them is a vote of the council, so that
/// a chain has a few in a year.
struct Year {
	validators: u32,
	/// Number of changes in the year.
	changes: u32,
	/// Number of changes from one that replaces a validator to the next one that does. The other
	/// changes leave the validators as they are.
	replaces_every: u32,
}

impl Year {
	/// Returns what a client trusts before its first start, and the node's answers, deflated.
	fn answers(&self) -> (Trusted, Vec<Vec<u8>>) {
		let pair = |number: u32| ed25519::Pair::from_seed(&noise(number, 6));
		let mut voters: Vec<_> = (0..self.validators).map(pair).collect();
		let first = header_with_change(0, &voters);
		let trusted: Trusted = serde_json::from_value(json!({
			"genesis": hex::encode(sp_crypto_hashing::blake2_256(&first)),
			"set": 0,
			"voters": voters.iter().map(|voter| hex::encode(voter.public().0)).collect::<Vec<_>>(),
			"header": hex::encode(&first),
		}))
		.unwrap();
		let mut answers = vec![(0u32, Vec::new())];
		for set in 0..self.changes {
			let number = self.block_of(set);
			let mut next = voters.clone();
			if (set + 1).is_multiple_of(self.replaces_every) {
				let replaced = set / self.replaces_every % self.validators;
				next[replaced as usize] = pair(self.validators + set);
			}
			let header = header_with_change(number, &next);
			let fragment = fragment(&header, number, set.into(), &voters);
			voters = next;
			if answers.last().is_some_and(|(_, bytes)| bytes.len() + fragment.len() > ANSWER) {
				answers.push((0, Vec::new()));
			}
			let (count, bytes) = answers.last_mut().unwrap();
			*count += 1;
			bytes.extend(fragment);
		}
		let last = answers.len() - 1;
		let deflate = |(index, (count, bytes)): (usize, (u32, Vec<u8>))| {
			let is_finished = vec![u8::from(index == last)];
			deflated(&[Compact(count).encode(), bytes, is_finished].concat())
		};
		(trusted, answers.into_iter().enumerate().map(deflate).collect())
	}

	/// Returns the number of the block that ends a set.
	fn block_of(&self, set: u32) -> u32 {
		(set + 1) * (YEAR / self.changes)
	}

	/// Follows the year, prints what that costs, and checks the size and the time.
	fn is_followed(&self) {
		let (mut chain, answers) = self.answers();
		// In base64, four characters stand for three bytes.
		let size: usize = answers.iter().map(|answer| answer.len().div_ceil(3) * 4).sum();
		let started = Instant::now();
		for (index, answer) in answers.iter().enumerate() {
			assert_eq!(chain.follow(answer), Ok(index == answers.len() - 1));
		}
		let time = started.elapsed();
		assert_eq!(chain.head().number, u64::from(self.block_of(self.changes - 1)));
		let Self { validators, changes, .. } = self;
		println!("{validators} validators, {changes} changes: {size} bytes in base64, {time:?}");
		assert!(size <= LIMIT, "{size} bytes");
		let limit = match std::env::var_os("SALUS_QUIET") {
			Some(_) => QUIET_TIME,
			None => TIME,
		};
		assert!(time <= limit, "{time:?}");
	}
}

#[test]
fn ten_thousand_changes_of_the_validators_are_followed() {
	// The validators never differ, or every tenth change replaces one.
	for replaces_every in [u32::MAX, 10] {
		Year { validators: 4, changes: 10_000, replaces_every }.is_followed();
	}
}

#[test]
fn a_year_of_daily_replaced_validators_is_followed() {
	Year { validators: 30, changes: 365, replaces_every: 1 }.is_followed();
}
