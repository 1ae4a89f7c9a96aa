use super::*;
use crate::chain::{proven::tests::Block, rpc::tests::Answers, runtime::tests::wasm};
use salus_envelope::Delivery;
use salus_primitives::Purpose;
use salus_threshold::EpochPublic;
use salus_threshold::SecretShare;
use serde_json::{json, Value};
use std::{cell::RefCell, path::Path};

const DEK: [u8; 32] = [42; 32];
const BINDING: Binding = Binding { record: [1; 32], version: 2 };

/// A committee of 4 hospitals with a threshold of 3, from the test vectors of `salus-threshold`.
struct Hospitals {
	public: EpochPublic,
	shares: Vec<SecretShare>,
}

fn hospitals() -> Hospitals {
	let json = include_str!("../../../../threshold/tests/vectors/committee.json");
	let vectors: Value = serde_json::from_str(json).unwrap();
	let bytes = |value: &Value| hex::decode(value.as_str().unwrap()).unwrap();
	let members = vectors["members"].as_array().unwrap();
	Hospitals {
		public: EpochPublic::from_bytes(&bytes(&vectors["public"])).unwrap(),
		shares: members
			.iter()
			.map(|member| SecretShare::from_bytes(&bytes(&member["secret_share"])).unwrap())
			.collect(),
	}
}

fn opening(public: EpochPublic, one_time: OneTime) -> Opening {
	Opening {
		sealed: public.seal(&DEK, &BINDING).unwrap(),
		context: ReleaseContext {
			genesis: public.genesis(),
			binding: BINDING,
			log_entry: [3; 32],
			reader_key: one_time.secret().public(),
			purpose: Purpose::TREAT as u8,
			expiry: 3_600_000,
		},
		public,
		one_time,
		organisations: [(1, 11), (2, 12)].into(),
		shares: Vec::new(),
		bad: BTreeSet::new(),
		in_doubt: BTreeSet::new(),
	}
}

/// Returns the share that a hospital posts for a context.
fn posted(
	opening: &Opening,
	share: &SecretShare,
	context: &ReleaseContext,
) -> (MemberIndex, salus_primitives::SealedShare) {
	let release = threshold::Release::new(&opening.public, &opening.sealed, context).unwrap();
	let share_bytes = release.share(share).unwrap();
	let delivery = Delivery { release: opening.context.digest(), member: share.member() };
	let sealed = delivery.seal(&opening.one_time.secret().public(), &share_bytes).unwrap();
	(share.member(), sealed.try_into().unwrap())
}

fn fresh() -> (Hospitals, Opening) {
	let hospitals = hospitals();
	let opening = opening(hospitals.public.clone(), OneTime::generate().unwrap());
	(hospitals, opening)
}

#[test]
fn the_third_share_opens_the_key_and_each_is_reported() {
	let (hospitals, mut opening) = fresh();
	let context = opening.context;
	let all: Vec<_> =
		hospitals.shares.iter().map(|share| posted(&opening, share, &context)).collect();
	let reported = RefCell::new(Vec::new());
	let report = |milestone| reported.borrow_mut().push(milestone);
	for (count, missing) in [(0, 3), (1, 2), (2, 1)] {
		let outcome = opening.take(&all[..count], Source::Chain, &report).unwrap();
		assert!(matches!(outcome, OpeningOutcome::Missing(left) if left == missing));
	}
	let OpeningOutcome::Open(dek) = opening.take(&all[..3], Source::Chain, &report).unwrap() else {
		panic!("three of four are enough");
	};
	assert_eq!(dek.expose(), &DEK);
	let shared = |member: MemberIndex, shares| Milestone::Shared {
		member,
		organisation: (member < 3).then_some(u32::from(member) + 10),
		shares,
		threshold: 3,
	};
	let reported = reported.take();
	assert_eq!(reported, [shared(1, 1), shared(2, 2), shared(3, 3)]);
	// An index in the committee is not an organisation's number.
	let words: Vec<_> = reported.iter().map(Milestone::to_string).collect();
	assert_eq!(words[0], "organisation 11 released its share (1 of 3)");
	assert_eq!(words[2], "member 3 of the committee released its share (3 of 3)");
}

#[test]
fn of_four_shares_at_once_three_are_reported() {
	let (hospitals, mut opening) = fresh();
	let context = opening.context;
	let all: Vec<_> =
		hospitals.shares.iter().map(|share| posted(&opening, share, &context)).collect();
	let reported = RefCell::new(Vec::new());
	let report = |milestone: Milestone| reported.borrow_mut().push(milestone.to_string());
	let outcome = opening.take(&all, Source::Chain, &report).unwrap();
	assert!(matches!(outcome, OpeningOutcome::Open(dek) if dek.expose() == &DEK));
	let reported = reported.take();
	assert_eq!(reported.len(), 3, "{reported:?}");
	assert_eq!(reported[2], "member 3 of the committee released its share (3 of 3)");
}

#[test]
fn bad_shares_are_reported_once_and_three_good_ones_open() {
	let (hospitals, mut opening) = fresh();
	let context = opening.context;
	let mut all: Vec<_> =
		hospitals.shares.iter().map(|share| posted(&opening, share, &context)).collect();
	// A share of another request, sealed as if for this one.
	let other = ReleaseContext { log_entry: [4; 32], ..context };
	all[1] = posted(&opening, &hospitals.shares[1], &other);
	let reported = RefCell::new(Vec::new());
	let report = |milestone| reported.borrow_mut().push(milestone);
	for _ in 0..2 {
		let outcome = opening.take(&all[..3], Source::Chain, &report).unwrap();
		assert!(matches!(outcome, OpeningOutcome::Missing(1)));
	}
	let bad = |milestone: &Milestone| matches!(milestone, Milestone::BadShare { member: 2, .. });
	assert_eq!(reported.borrow().iter().filter(|milestone| bad(milestone)).count(), 1);
	let outcome = opening.take(&all, Source::Chain, &report).unwrap();
	assert!(matches!(outcome, OpeningOutcome::Open(dek) if dek.expose() == &DEK));
	assert_eq!(opening.bad, [2].into());
}

#[test]
fn shares_sealed_for_another_or_moved_are_reported() {
	let (hospitals, mut opening) = fresh();
	let context = opening.context;
	let (_, first) = posted(&opening, &hospitals.shares[0], &context);
	// One under another member's name, and a truncated one.
	let cut: salus_primitives::SealedShare = first[..20].to_vec().try_into().unwrap();
	let posted = vec![(2, first), (3, cut)];
	let outcome = opening.take(&posted, Source::Chain, &|_| {}).unwrap();
	assert!(matches!(outcome, OpeningOutcome::Missing(3)));
	assert_eq!(opening.bad, [2, 3].into());
}

#[test]
fn a_key_sealed_for_another_version_blames_no_hospital() {
	let (hospitals, mut opening) = fresh();
	let release =
		threshold::Release::new(&opening.public, &opening.sealed, &opening.context).unwrap();
	let share = release.share(&hospitals.shares[0]).unwrap();
	opening.context.binding.version = 3;
	let delivery = Delivery { release: opening.context.digest(), member: 1 };
	let sealed = delivery.seal(&opening.one_time.secret().public(), &share).unwrap();
	let posted = vec![(1, sealed.try_into().unwrap())];
	let outcome = opening.take(&posted, Source::Chain, &|_| {});
	assert!(matches!(outcome, Err(Error::Committee(_))));
	assert!(opening.bad.is_empty());
}

#[test]
fn nobody_waits_for_shares_of_what_an_author_sealed_wrongly() {
	let (hospitals, mut opening) = fresh();
	opening.check_sealed().unwrap();
	let other = Binding { record: [9; 32], ..BINDING };
	opening.sealed = hospitals.public.seal(&DEK, &other).unwrap();
	assert!(matches!(opening.check_sealed(), Err(Error::Committee(_))));
}

#[test]
fn hospitals_release_what_an_author_seals() {
	let (hospitals, mut opening) = fresh();
	let key = crate::CommitteeKey::new(1, hospitals.public.clone());
	let record = RecordId(BINDING.record);
	let dek = Dek::from_bytes([7; 32]);
	let sealed = key.seal(record, BINDING.version, &dek).unwrap();
	assert_eq!(sealed.epoch, 1);
	opening.sealed = threshold::SealedKey::from_bytes(&sealed.sealed).unwrap();
	let context = opening.context;
	let all: Vec<_> =
		hospitals.shares[1..].iter().map(|share| posted(&opening, share, &context)).collect();
	let outcome = opening.take(&all, Source::Chain, &|_| {}).unwrap();
	assert!(matches!(outcome, OpeningOutcome::Open(opened) if opened.expose() == dek.expose()));
}

#[test]
fn a_share_that_the_node_altered_does_not_count_as_the_members() {
	let (hospitals, mut opening) = fresh();
	let context = opening.context;
	let all: Vec<_> =
		hospitals.shares.iter().map(|share| posted(&opening, share, &context)).collect();
	let mut altered = all[..3].to_vec();
	altered[1].1 = altered[0].1.clone();
	let reported = RefCell::new(Vec::new());
	let report = |milestone| reported.borrow_mut().push(milestone);
	let outcome = opening.take(&altered, Source::Node, &report).unwrap();
	assert!(matches!(outcome, OpeningOutcome::Missing(1)));
	assert_eq!(opening.in_doubt, [2].into());
	let is_bad = |milestone: &&Milestone| matches!(milestone, Milestone::BadShare { .. });
	let bad: Vec<_> = reported.borrow().iter().filter(is_bad).map(Milestone::to_string).collect();
	assert_eq!(bad.len(), 1);
	assert!(bad[0].starts_with("what the node passed on as the share of organisation 12 is bad"));
	// The share in a block is good, and counts.
	let outcome = opening.take(&all[..3], Source::Chain, &report).unwrap();
	assert!(matches!(outcome, OpeningOutcome::Open(dek) if dek.expose() == &DEK));
	assert!(opening.bad.is_empty());
}

/// Answers like a node with one final block, in which every release stands. `word` is what it says
/// of a release in its best block.
fn final_and_best(word: bool, method: &str, params: &Value) -> Value {
	let hexadecimal = |bytes: &[u8]| json!(format!("0x{}", hex::encode(bytes)));
	match method {
		"state_call" if params[0] == "SalusApi_release_stands" => hexadecimal(&[u8::from(word)]),
		"state_getStorage" => hexadecimal(&wasm(2)),
		_ => last_final().answer(method, params),
	}
}

fn last_final() -> Block {
	Block::new(7, &[(&b":code"[..], &wasm(2)[..])])
}

/// Continues with a request at a node with these answers.
async fn open_again(answers: Answers, folder: &Path) -> Result<Option<Released>, Error> {
	const REQUEST: RequestId = 4;
	let subject = ReadingSubject {
		genesis: [1; 32],
		record: RecordId([2; 32]),
		version: 3,
		purpose: Purpose::TREAT,
	};
	let client = last_final().known_to_client_of(answers, folder).await;
	assert!(client.settled().release_stands(REQUEST).await.unwrap());
	let reporter = Reporter { progress: &(), began: Instant::now() };
	client.open_again(&subject, REQUEST, OneTime::generate().unwrap(), &reporter).await
}

#[tokio::test]
async fn a_revocation_in_the_best_block_ends_a_reading() {
	let folder = tempfile::tempdir().unwrap();
	let answers: Answers = |method, params| final_and_best(false, method, params);
	let revoked = open_again(answers, folder.path()).await;
	assert!(matches!(revoked, Ok(None)), "{revoked:?}");
	// Otherwise, the release is read next, which this runtime cannot do.
	let answers: Answers = |method, params| final_and_best(true, method, params);
	let stands = open_again(answers, folder.path()).await;
	assert!(matches!(stands, Err(Error::Rpc(_))), "{stands:?}");
}
