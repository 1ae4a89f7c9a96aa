//! The exports against the vectors of the crates below, and against what differs from them.
//! `tests/vectors.test.mjs` does the same through the package.

use codec::{Compact, Encode};
use salus_envelope::Delivery;
use serde_json::Value;

use crate::{failure::array, *};

/// Returns a vector, one of a file that was read.
fn json(text: &str) -> Value {
	serde_json::from_str(text).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
	hex::decode(value.as_str().unwrap().trim_start_matches("0x")).unwrap()
}

fn number(value: &Value) -> u64 {
	value.as_u64().unwrap()
}

/// Returns a number as JavaScript passes it.
fn double(value: &Value) -> f64 {
	number(value) as f64
}

fn code<T>(result: Result<T, Failure>) -> &'static str {
	match result {
		Ok(_) => "no failure",
		Err(failure) => {
			assert!(CODES.contains(&failure.code), "{}", failure.code);
			failure.code
		}
	}
}

fn committee() -> Committee {
	let text = include_str!("../../threshold/tests/vectors/committee.json");
	Committee::from_bytes(&bytes(&json(text)["public"])).unwrap()
}

fn releases() -> Vec<Value> {
	let text = include_str!("../../threshold/tests/vectors/releases.json");
	json(text).as_array().unwrap().clone()
}

fn request(vector: &Value, purpose: f64) -> Request {
	let field = |name: &str| bytes(&vector[name]);
	let version = double(&vector["version"]);
	let expiry = number(&vector["expiry"]);
	Request::new(
		&field("genesis"),
		&field("record"),
		version,
		&field("log_entry"),
		&field("reader_key"),
		purpose,
		expiry,
	)
	.unwrap()
}

/// Returns a release of a vector, without shares, and its shares.
fn release(vector: &Value) -> (Release, Vec<(u16, Vec<u8>)>) {
	let request = request(vector, double(&vector["purpose"]));
	assert_eq!(request.digest(), bytes(&vector["context"]));
	let shares = vector["shares"].as_array().unwrap().iter();
	let shares = shares.map(|one| (number(&one["member"]) as u16, bytes(&one["share"]))).collect();
	(Release::new(&committee(), &bytes(&vector["sealed"]), &request).unwrap(), shares)
}

#[test]
fn the_committee_is_that_of_the_vectors() {
	let vectors = json(include_str!("../../threshold/tests/vectors/committee.json"));
	let committee = committee();
	assert_eq!(committee.digest(), bytes(&vectors["public_digest"]));
	assert_eq!(committee.genesis(), bytes(&vectors["genesis"]));
	assert_eq!(u64::from(committee.epoch()), number(&vectors["epoch"]));
	assert_eq!(u64::from(committee.threshold()), number(&vectors["threshold"]));
	assert_eq!(committee.members(), [1, 2, 3, 4]);
	assert_eq!(code(Committee::from_bytes(&[])), "malformed");
	// A first byte that names no format, before a genesis hash and an epoch.
	let other_format = [&[9][..], &[0; 36]].concat();
	assert_eq!(code(Committee::from_bytes(&other_format)), "unknown-format");
}

#[test]
fn the_threshold_of_good_shares_opens_a_key() {
	for vector in releases() {
		let (mut release, shares) = release(&vector);
		for (at, (member, share)) in shares.iter().take(3).enumerate() {
			let waiting = release.combine().unwrap_err();
			assert_eq!((waiting.code, waiting.missing), ("waiting", Some(3 - at)));
			// A second share of a member counts once.
			release.add(f64::from(*member), share.clone()).unwrap();
			release.add(f64::from(*member), share.clone()).unwrap();
		}
		assert_eq!(release.members(), [1, 2, 3]);
		assert_eq!(release.combine().unwrap().bytes()[..], bytes(&vector["dek"]));
	}
}

#[test]
fn a_bad_share_names_its_member_and_is_not_kept() {
	let vectors = releases();
	let [first, second] = &vectors[..] else { panic!("there are two") };
	let (mut release, shares) = release(first);
	let (_, good) = &shares[0];
	let mut altered = good.clone();
	altered[100] ^= 1;
	let foreign = bytes(&second["shares"][0]["share"]);
	for (member, share, expected) in [
		(1_u16, altered, "share-proof"),
		(1, foreign, "share-proof"),
		(2, good.clone(), "share-other-member"),
		(9, good.clone(), "share-unknown-member"),
		(1, vec![1; 3], "share-malformed"),
		(1, Vec::new(), "share-malformed"),
	] {
		let failure = release.add(f64::from(member), share).unwrap_err();
		assert_eq!(failure.code, expected);
		assert_eq!(failure.bad.iter().map(|bad| bad.member).collect::<Vec<_>>(), [member]);
		assert_eq!(failure.bad[0].code, expected);
	}
	assert!(release.members().is_empty());
}

#[test]
fn a_share_that_is_sealed_to_the_reader_is_opened() {
	let reader = KeyPair::derive(vec![1; 32], b"one-time").unwrap();
	let other = KeyPair::derive(vec![2; 32], b"one-time").unwrap();
	let vector = &releases()[0];
	let (mut release, shares) = release(vector);
	let public = array("public key", &reader.public_key()).unwrap();
	for (member, share) in shares {
		let context = array("digest", &bytes(&vector["context"])).unwrap();
		let sealed = Delivery { release: context, member }.seal(&public, &share).unwrap();
		let refused = release.add_sealed(member.into(), &sealed, &other).unwrap_err();
		assert_eq!((refused.code, refused.bad[0].member), ("share-refused", member));
		release.add_sealed(member.into(), &sealed, &reader).unwrap();
	}
	assert_eq!(release.combine().unwrap().bytes()[..], bytes(&vector["dek"]));
}

#[test]
fn a_release_is_of_its_own_record_and_chain() {
	let vector = &releases()[0];
	let sealed = bytes(&vector["sealed"]);
	let own = request(vector, 4.0);
	let mut of_other_record = vector.clone();
	of_other_record["version"] = 2.into();
	let mut of_other_chain = vector.clone();
	of_other_chain["genesis"] = hex::encode([8u8; 32]).into();
	assert_eq!(code(Release::new(&committee(), &sealed, &own)), "no failure");
	for (vector, expected) in
		[(of_other_record, "sealed-key-refused"), (of_other_chain, "other-chain")]
	{
		let release = Release::new(&committee(), &sealed, &request(&vector, 4.0));
		assert_eq!(code(release), expected);
	}
	assert_eq!(code(Release::new(&committee(), &sealed[1..], &own)), "unknown-format");
	assert_eq!(code(Release::new(&committee(), &sealed[..166], &own)), "malformed");
	assert_eq!(code(Request::new(&[7; 31], &[1; 32], 1.0, &[2; 32], &[3; 32], 4.0, 5)), "length");
}

#[test]
fn a_key_is_sealed_to_the_committee_for_one_version() {
	let key = Key::from_bytes(vec![42; 32]).unwrap();
	let committee = committee();
	let sealed = committee.seal(&key, &[1; 32], 1.0).unwrap();
	assert_eq!(sealed.len(), salus_threshold::SEALED_KEY_SIZE);
	committee.verify_sealed(&sealed, &[1; 32], 1.0).unwrap();
	assert_eq!(code(committee.verify_sealed(&sealed, &[1; 32], 2.0)), "sealed-key-refused");
	assert_eq!(code(committee.verify_sealed(&sealed, &[1; 31], 1.0)), "length");
	assert_eq!(code(committee.seal(&key, &[], 1.0)), "length");
	assert_eq!(code(Key::from_bytes(vec![42; 31])), "length");
}

#[test]
fn committed_wraps_open_and_new_ones_open_once() {
	let vectors = json(include_str!("../../envelope/tests/vectors/wraps.json"));
	for vector in vectors["vectors"].as_array().unwrap() {
		let context = vector["context"].as_str().unwrap().as_bytes();
		let pair = KeyPair::derive(bytes(&vector["seed"]), context).unwrap();
		let public = pair.public_key();
		assert_eq!(public, bytes(&vector["public"]));
		let genesis = bytes(&vector["genesis"]);
		let is_of_record = vector.get("record").is_some();
		let open = |wrap: &[u8], more: f64| {
			if is_of_record {
				let version = double(&vector["version"]) + more;
				pair.unwrap_record(wrap, &genesis, &bytes(&vector["record"]), version)
			} else {
				let key_version = double(&vector["key_version"]) + more;
				let organisation = double(&vector["organisation"]);
				pair.unwrap_organisation(wrap, &genesis, organisation, key_version)
			}
		};
		let key = open(&bytes(&vector["wrap"]), 0.0).unwrap();
		assert_eq!(key.bytes()[..], bytes(&vector["key"]));
		let new = if is_of_record {
			let version = double(&vector["version"]);
			wrap_record(&public, &genesis, &bytes(&vector["record"]), version, &key)
		} else {
			let organisation = double(&vector["organisation"]);
			let key_version = double(&vector["key_version"]);
			wrap_for_organisation(&public, &genesis, organisation, key_version, &key)
		}
		.unwrap();
		assert_eq!(open(&new, 0.0).unwrap().bytes(), key.bytes());
		assert_eq!(code(open(&new, 1.0)), "wrap-refused");
		assert_eq!(code(open(&new[1..], 0.0)), "wrap-size");
	}
}

#[test]
fn weak_and_short_keys_are_refused() {
	let key = Key::from_bytes(vec![42; 32]).unwrap();
	assert_eq!(code(wrap_record(&[0; 32], &[7; 32], &[1; 32], 1.0, &key)), "weak-public-key");
	assert_eq!(code(wrap_record(&[9; 31], &[7; 32], &[1; 32], 1.0, &key)), "length");
	assert_eq!(code(KeyPair::derive(vec![1; 31], b"one-time")), "seed-size");
}

#[test]
fn the_seed_of_an_organisation_stays_in_the_module() {
	let context = [&b"salus/organisation-key"[..], &[0, 0, 0, 7, 0, 0, 0, 2]].concat();
	let derived = KeyPair::derive(vec![42; 32], &context).unwrap();
	let seed = Key::from_bytes(vec![42; 32]).unwrap();
	assert_eq!(seed.key_pair(&context).unwrap().public_key(), derived.public_key());
	assert_ne!(seed.key_pair(b"").unwrap().public_key(), derived.public_key());
}

#[test]
fn a_number_out_of_range_is_not_cut() {
	let key = Key::from_bytes(vec![42; 32]).unwrap();
	let pair = KeyPair::generate().unwrap();
	let committee = committee();
	// WebAssembly would cut these to 32 bits. JavaScript passes `undefined` as NaN.
	for version in [f64::NAN, 0.0, -1.0, 1.5, 4_294_967_297.0, f64::INFINITY] {
		assert_eq!(code(committee.seal(&key, &[1; 32], version)), "number", "{version}");
		let wrap = wrap_record(&pair.public_key(), &[7; 32], &[1; 32], version, &key);
		assert_eq!(code(wrap), "number", "{version}");
		let wrap = wrap_for_organisation(&pair.public_key(), &[7; 32], 1.0, version, &key);
		assert_eq!(code(wrap), "number", "{version}");
		let request = Request::new(&[7; 32], &[1; 32], version, &[2; 32], &[3; 32], 4.0, 5);
		assert_eq!(code(request), "number", "{version}");
	}
	let request = Request::new(&[7; 32], &[1; 32], 1.0, &[2; 32], &[3; 32], 260.0, 5);
	assert_eq!(code(request), "number");
	let (mut release, shares) = release(&releases()[0]);
	let (member, share) = &shares[0];
	let failure = release.add(f64::from(*member) + 65_536.0, share.clone()).unwrap_err();
	assert_eq!((failure.code, failure.bad.len()), ("number", 0));
	assert!(release.members().is_empty());
}

#[test]
fn generated_keys_differ() {
	let [a, b] = [(); 2].map(|()| Key::generate().unwrap());
	assert_ne!(a.bytes(), b.bytes());
	let [a, b] = [(); 2].map(|()| KeyPair::generate().unwrap().public_key());
	assert_ne!(a, b);
}

#[test]
fn no_debug_output_shows_a_key() {
	let key = Key::from_bytes(vec![0xab; 32]).unwrap();
	let pair = KeyPair::derive(vec![0xab; 32], b"one-time").unwrap();
	assert_eq!(format!("{key:?} {pair:?}"), "Key(..) KeyPair(..)");
}

/// Returns a member of the recorded answers of a development chain's node.
fn recorded(name: &str) -> Vec<u8> {
	bytes(&json(include_str!("../../light/tests/data/dev.json"))[name])
}

fn chain() -> Chain {
	let proof = recorded("genesis_proof");
	Chain::from_genesis(&recorded("genesis"), recorded("genesis_header"), &proof).unwrap()
}

/// Returns the recorded proof of finality as `salus_proveFinality` gives it. The recorded one is
/// the answer of a peer: the header and the justification, which starts with 8 bytes of its round
/// and the hash of the block.
fn finality() -> Vec<u8> {
	let answer = recorded("finality");
	let hash = recorded("final");
	let at = answer.windows(32).position(|bytes| bytes == hash).unwrap() - 8;
	let (header, justification) = (&answer[1..at], &answer[at..answer.len() - 1]);
	let proof = (Compact(1u32), header.to_vec(), 1u8, justification.to_vec(), true).encode();
	miniz_oxide::deflate::compress_to_vec(&proof, 6)
}

fn read_proof(left_out: Option<usize>) -> ReadProof {
	let mut proof = ReadProof::new();
	let nodes = json(include_str!("../../light/tests/data/dev.json"))["read"].clone();
	for (index, node) in nodes.as_array().unwrap().iter().enumerate() {
		if Some(index) != left_out {
			proof.add(bytes(node)).unwrap();
		}
	}
	proof
}

#[test]
fn finality_is_followed_and_survives_a_restart() {
	let mut chain = chain();
	assert_eq!(chain.head_number(), 0);
	assert_eq!(chain.genesis(), recorded("genesis"));
	assert_eq!(chain.follow(&finality()), Ok(true));
	assert_eq!(chain.head_hash(), recorded("final"));
	assert_eq!(chain.state_root(), recorded("state_root"));
	assert_eq!(Chain::restore(&chain.store().unwrap()).unwrap(), chain);
	assert_eq!(code(Chain::restore("{}")), "state-malformed");
}

#[test]
fn a_false_proof_of_finality_changes_nothing() {
	let mut chain = chain();
	let mut altered = miniz_oxide::inflate::decompress_to_vec(&finality()).unwrap();
	// A byte of the last signature's key.
	let at = altered.len() - 10;
	altered[at] ^= 1;
	let altered = miniz_oxide::deflate::compress_to_vec(&altered, 6);
	assert_eq!(code(chain.follow(&altered)), "finality-refused");
	assert_eq!(code(chain.follow(&[1, 2, 3])), "malformed");
	assert_eq!(chain, self::chain());
	let other = Chain::from_genesis(&[7; 32], recorded("genesis_header"), &[]);
	assert_eq!(code(other), "other-chain");
}

#[test]
fn a_value_is_proved_or_refused() {
	let (root, key) = (recorded("state_root"), recorded("key"));
	assert_eq!(state_key("Grandpa", "Authorities"), key);
	let value = read_proof(None).value(&root, &key).unwrap();
	assert_eq!(value, Some(recorded("value")));
	assert_eq!(code(read_proof(None).value(&[7; 32], &key)), "proof-incomplete");
	assert_eq!(code(read_proof(None).value(&root[1..], &key)), "length");
	let codes: Vec<_> =
		(0..3).map(|node| code(read_proof(Some(node)).value(&root, &key))).collect();
	assert!(codes.contains(&"proof-incomplete"), "{codes:?}");
}

#[test]
fn a_proof_does_not_fill_the_memory() {
	let mut proof = read_proof(None);
	let before = proof.clone();
	assert_eq!(code(proof.add(vec![0; 16 << 20])), "too-long");
	assert_eq!(proof, before);
	for _ in 0..15 {
		proof.add(vec![0; 1 << 20]).unwrap();
	}
	assert_eq!(code(proof.add(vec![0; 1 << 20])), "too-long");
}

#[test]
fn a_stream_has_the_hash_of_its_pieces() {
	let content: Vec<u8> = (0..3_000_000u32).map(|at| (at % 251) as u8).collect();
	let mut hash = Sha256::new();
	for piece in content.chunks(70_001) {
		hash.update(piece);
	}
	assert_eq!(hash.finish(), cid_of_leaf(&content)[4..]);
	let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
	assert_eq!(Sha256::new().finish(), hex::decode(empty).unwrap());
}

#[test]
fn a_file_has_the_blocks_that_its_root_names() {
	let content = vec![7; 5 << 19];
	let mut hasher = DagHasher::new();
	for piece in content.chunks(70_001) {
		hasher.update(piece);
	}
	let dag = hasher.finish();
	assert_eq!(dag.size(), 5 << 19);
	let nodes = dag.nodes();
	let [root] = &nodes[..] else { panic!("there is one node") };
	assert_eq!(root.cid(), dag.root());
	let links = links(&dag.root(), &root.data()).unwrap();
	assert_eq!(links.len(), 3);
	for (link, leaf) in links.iter().zip(content.chunks(1 << 20)) {
		assert_eq!((link.cid(), link.size()), (cid_of_leaf(leaf), leaf.len() as u64));
		verify_block(&link.cid(), leaf).unwrap();
	}
}

#[test]
fn other_bytes_and_other_cids_are_refused() {
	let empty = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";
	let cid = cid_from_text(empty).unwrap();
	assert_eq!(cid, cid_of_leaf(b""));
	assert_eq!(cid_to_text(&cid).unwrap(), empty);
	assert_eq!(code(verify_block(&cid, b"x")), "block-altered");
	assert_eq!(code(links(&cid, b"x")), "block-altered");
	assert!(links(&cid, b"").unwrap().is_empty());
	assert_eq!(code(cid_to_text(&cid[..35])), "cid-malformed");
	let old = "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH";
	assert_eq!(code(cid_from_text(old)), "cid-unsupported");
	let mut node = cid.clone();
	node[1] = 0x70;
	assert_eq!(code(links(&node, b"")), "node-malformed");
}

#[test]
fn the_readme_lists_every_code() {
	let readme = include_str!("../README.md");
	for code in CODES {
		assert!(readme.contains(&format!("`{code}`")), "{code}");
	}
	assert!(CODES.is_sorted());
}
