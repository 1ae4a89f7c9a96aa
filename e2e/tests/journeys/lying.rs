//! A node that lies to its own users: every answer of a command's session is altered, replayed,
//! delayed, withheld or replaced by an error, one at a time. The command must fail or do what it
//! would have done. A panic, a signal or a hang does not count as failing.
//!
//! [`every`] does that for each command of the command line, by the tables in [`commands`]. This
//! file has the attacks that need more: several lies at once, or a look at the effect.
//!
//! By default a part of the lies is tried, and always the same one. `SALUS_LIES=today` tries
//! another part each day, and `SALUS_LIES=all` all of them. `SALUS_LIES=each` rewrites each answer,
//! and tells the other lies in turn. `SALUS_LIES_TABLE=FILE` writes the table of `docs/lying.md` to
//! a file.

mod case;
mod commands;
mod every;
mod judge;
mod report;
mod runtime;
mod sample;
mod stage;

use case::{shows, Case};
use codec::Decode;
use judge::{Verdict, HANG};
use report::Tally;
use salus_client::Account;
use salus_e2e::{
	cast::*,
	chain,
	cli::{CHAIN, NOT_FINAL},
	eventually, files,
	liar::{Liar, Lie, Place, BEST},
	people::record_id,
	quoted, Cli, People,
};
use salus_runtime::{RuntimeCall, UncheckedExtrinsic};
use sample::Sample;
use serde_json::{json, Value};
use sp_runtime::{generic::Preamble, MultiAddress};
use std::{
	path::Path,
	time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::time::timeout;

/// A practitioner of hospital B whom no patient knows.
const COLLEAGUE: &str = "//ColleagueB";

/// Limit for one command. A command that waits longer is not successful either.
const LIMIT: Duration = Duration::from_secs(60);

/// The command that adds a record.
const ADD: Case = shows(DOCTOR_A, "record add FILE").often();

/// The command that seals a record's key to the present committee.
const RESEAL: Case = shows(PATIENT, "record reseal --record {record}");

/// Users of a node that lies, with the node as it is for comparison.
struct Deceived {
	people: People,
	liar: Liar,
	cli: Cli,
}

impl Deceived {
	async fn start() -> Self {
		let people = People::start().await;
		let liar = Liar::start(people.node.url()).await;
		let cli = people.cli.at(&liar.url());
		Self { people, liar, cli }
	}
}

impl Deceived {
	/// Returns the calls that an account has signed in blocks after this one, and the last of them.
	async fn signed_after(&self, block: u64, account: &[u8; 32]) -> (Vec<RuntimeCall>, u64) {
		let node = &self.people.node;
		let last = chain::best(node).await;
		let mut calls = Vec::new();
		for number in block + 1..=last {
			let hash = chain::hash(node, number).await;
			let block = node.ask("chain_getBlock", json!([hash])).await;
			for transaction in block["block"]["extrinsics"].as_array().expect("a list") {
				let text = transaction.as_str().expect("hexadecimal");
				let bytes = hex::decode(&text[2..]).expect("hexadecimal");
				let transaction =
					UncheckedExtrinsic::decode(&mut &bytes[..]).expect("the runtime took it");
				if let Preamble::Signed(MultiAddress::Id(signer), ..) = &transaction.preamble {
					if <[u8; 32]>::from(signer.clone()) == *account {
						calls.push(transaction.function);
					}
				}
			}
		}
		(calls, last)
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lying_node_has_no_record_wrapped_to_itself() {
	let deceived = Deceived::start().await;
	let people = &deceived.people;
	people.has_a_key().await;
	let file = files::fhir_bundle(people.folder(), "result.json", 7.2);
	let add = people.add_line(&file, "laboratory", "Blood count") + " --again";
	let added = async |answer: &Value, lie: &str| {
		let record = record_id(answer);
		let opened = people.assert_opens(PATIENT, &record, "PATRQT", &file).await;
		// The patient's own wrap opens it: it was wrapped for them.
		assert_eq!(opened["request"], Value::Null, "{lie}");
	};
	deceived.liar.begin(None);
	added(&deceived.cli.run(DOCTOR_A, &add).await, "an honest session").await;
	let answers = deceived.liar.answers();
	let sample = Sample::from_environment();
	let (start, mut tally) = (Instant::now(), Tally { whole: true, ..Tally::default() });
	for (place, lie) in sample.lies(&answers, &ADD, false) {
		for _ in 0..sample.sessions(lie) {
			deceived.liar.begin(Some((place.clone(), lie)));
			let ended = timeout(HANG, deceived.cli.try_run(DOCTOR_A, &add)).await.ok();
			if deceived.liar.told() == 0 {
				continue;
			}
			let told = format!("{lie:?} at {place:?}");
			let verdict = match (Verdict::of_failure(ended.as_ref()), &ended) {
				(None, Some(result)) => {
					added(&result.json(), &told).await;
					Verdict::True
				}
				(failure, _) => failure.unwrap_or(Verdict::Refused),
			};
			assert!(!matches!(verdict, Verdict::Wrong(_)), "{told}: {verdict:?}");
			tally.count(&place, lie, verdict);
			break;
		}
	}
	tally.close(&ADD, &answers, sample.is_complete());
	assert!(tally.altered > 0, "{tally:?}");
	report::row(&ADD, &tally, start.elapsed());

	// The attack that once worked: the patient's key is replaced by another.
	let patient = people.account(PATIENT).await;
	let key = people.node.ask("salus_key", json!([{ "account": patient }])).await;
	let key = key["public"].as_str().expect("a key").trim_start_matches("0x").to_owned();
	let key: &'static str = key.leak();
	let other: &'static str = "09".repeat(32).leak();
	for name in ["SalusApi_key", "proof of SalusApi_key"] {
		for earlier in 0..3 {
			let place = Place { name: name.into(), earlier };
			deceived.liar.begin(Some((place, Lie::Replaced(key, other))));
			let result = deceived.cli.try_run(DOCTOR_A, &add).await;
			if result.code == 0 {
				let record = record_id(&result.json());
				let opened = people.assert_opens(PATIENT, &record, "PATRQT", &file).await;
				assert_eq!(opened["request"], Value::Null, "{name} {earlier}");
			}
		}
	}
}

/// Adds this number of records of the patient, and has the committee make another key.
async fn sealed_to_an_earlier_key(people: &People, file: &Path, count: usize) -> Vec<String> {
	let add = people.add_line(file, "laboratory", "Iron") + " --again";
	let mut records = Vec::new();
	for _ in 0..count {
		records.push(record_id(&people.cli.run(DOCTOR_A, &add).await));
	}
	let last = records.last().expect("there is at least one");
	let sealed = people.node.ask("salus_sealedKey", json!([last, 1])).await;
	let epoch = sealed["epoch"].as_u64().expect("it is guarded");
	people.decide("committee renew key").await;
	chain::has_key_of(&people.node, epoch + 1).await;
	records
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lying_node_has_no_key_resealed_to_itself() {
	let deceived = Deceived::start().await;
	let people = &deceived.people;
	people.has_a_key().await;
	let file = files::fhir_bundle(people.folder(), "resealed.json", 7.2);
	let reseal = |record: &str| format!("record reseal --record {record}");
	// Hospitals open what is sealed to their committee, and nothing else.
	let opens = async |record: &str| {
		let opened = people.assert_opens(PATIENT, record, "PATRQT --ignore-wrap", &file).await;
		assert!(opened["request"].is_u64(), "{opened}");
	};
	let first = sealed_to_an_earlier_key(people, &file, 1).await.remove(0);
	deceived.liar.begin(None);
	let resealed = deceived.cli.run(PATIENT, reseal(&first)).await;
	assert_eq!(resealed[0]["record"], *first, "{resealed}");
	opens(&first).await;
	let lies = Sample::from_environment().lies(&deceived.liar.answers(), &RESEAL, false);
	let records = sealed_to_an_earlier_key(people, &file, lies.len()).await;
	let mut told = 0;
	for ((place, lie), record) in lies.into_iter().zip(records) {
		let name = format!("{lie:?} at {place:?}");
		deceived.liar.begin(Some((place, lie)));
		let ended = timeout(HANG, deceived.cli.try_run(PATIENT, reseal(&record))).await.ok();
		told += deceived.liar.told();
		let failure = Verdict::of_failure(ended.as_ref());
		assert!(!matches!(failure, Some(Verdict::Wrong(_))), "{name}: {failure:?}");
		eprintln!("{name}: {failure:?}");
		// Even a refusal may come after the transaction.
		opens(&record).await;
	}
	assert!(told > 0, "nothing was altered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_kept_back_is_not_reported_as_done() {
	let deceived = Deceived::start().await;
	let people = &deceived.people;
	let doctor = people.account(DOCTOR_B).await;
	let grant = format!("consent grant --to {doctor} --category laboratory --purpose TREAT");
	let granted = people.cli.run(PATIENT, grant).await;
	let revoke = format!("consent revoke {}", granted["grant"]);
	let file = files::fhir_bundle(people.folder(), "erased.json", 5.5);
	let record = people.add(&file, "laboratory", "Iron").await;
	let member = format!("--org {HOSPITAL_B} --role practitioner {doctor}");
	for (who, line) in [
		(PATIENT, revoke.clone()),
		(PATIENT, format!("consent deny --to {doctor} --everything")),
		(PATIENT, "consent opt-out on".to_owned()),
		(ADMIN_B, format!("member suspend {member}")),
		(ADMIN_B, format!("member revoke {member}")),
	] {
		deceived.liar.swallow();
		let result = deceived.cli.try_run(who, &line).await;
		assert!(deceived.liar.told() >= 1, "{line}: {result:?}");
		assert_ne!(result.code, 0, "{line}: {result:?}");
		assert!(result.err.contains("not that of the block"), "{line}: {result:?}");
	}
	people.cli.run(PATIENT, revoke).await;

	// An erasure waits until its block is final, and this one never is.
	deceived.liar.swallow();
	let erase = format!("record erase {record} --yes");
	if let Ok(result) = timeout(LIMIT, deceived.cli.try_run(PATIENT, erase)).await {
		assert_ne!(result.code, 0, "{result:?}");
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_not_signed_for_two_places() {
	let deceived = Deceived::start().await;
	let people = &deceived.people;
	let doctor = people.account(DOCTOR_B).await;
	let grant = format!("consent grant --to {doctor} --category laboratory --purpose TREAT");
	deceived.liar.hoard(1, 2);
	let result = deceived.cli.try_run(PATIENT, &grant).await;
	// The relay could send both: the grant would be live after its revocation.
	assert_eq!(deceived.liar.sent().len(), 1, "{result:?}");
	assert_eq!(result.code, CHAIN, "{result:?}");
	assert!(result.err.contains("It can still be executed"), "{result:?}");

	// Of many copies with the same nonce, the first one reaches the chain.
	let before = chain::best(&people.node).await;
	deceived.liar.hoard(5, 0);
	let granting = deceived.cli.run(PATIENT, &grant);
	let sending = async {
		eventually("five copies are kept back", || async {
			(deceived.liar.sent().len() >= 5).then_some(())
		})
		.await;
		let sent = deceived.liar.sent();
		assert!(sent.iter().any(|copy| *copy != sent[0]), "all copies are alike");
		people.node.ask("author_submitExtrinsic", json!([sent[0]])).await;
	};
	let (granted, ()) = tokio::join!(granting, sending);
	chain::grows_by(&people.node, 3).await;
	let account: Account = people.account(PATIENT).await.parse().expect("an address");
	let (calls, _) = deceived.signed_after(before, &account.0).await;
	assert_eq!(calls.len(), 1, "{calls:?}");
	people.cli.run(PATIENT, format!("consent revoke {}", granted["grant"])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_the_pool_refused_is_sent_again() {
	let deceived = Deceived::start().await;
	let people = &deceived.people;
	let doctor = people.account(DOCTOR_B).await;
	let grant = format!("consent grant --to {doctor} --category laboratory --purpose TREAT");
	let before = chain::best(&people.node).await;
	deceived.liar.linger();
	let granted = deceived.cli.run(PATIENT, &grant).await;
	let account: Account = people.account(PATIENT).await.parse().expect("an address");
	let (calls, _) = deceived.signed_after(before, &account.0).await;
	assert_eq!(calls.len(), 1, "{calls:?}");
	people.cli.run(PATIENT, format!("consent revoke {}", granted["grant"])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_the_pool_forgot_is_sent_again() {
	let deceived = Deceived::start().await;
	let people = &deceived.people;
	let doctor = people.account(DOCTOR_B).await;
	let grant = format!("consent grant --to {doctor} --category laboratory --purpose TREAT");
	let before = chain::best(&people.node).await;
	deceived.liar.forget();
	let granted = deceived.cli.run(PATIENT, &grant).await;
	assert!(deceived.liar.sent().len() > 1);
	let account: Account = people.account(PATIENT).await.parse().expect("an address");
	let (calls, _) = deceived.signed_after(before, &account.0).await;
	assert_eq!(calls.len(), 1, "{calls:?}");
	people.cli.run(PATIENT, format!("consent revoke {}", granted["grant"])).await;
}

/// The relay gives the first proof of finality again and again, as in a stall.
const STALL: (&str, Lie) = ("salus_proveFinality", Lie::Replayed);

/// The best block seems to be far ahead, so that the client waits for finality in vain.
const AHEAD: (&str, Lie) = (BEST, Lie::Ahead(50));

#[tokio::test(flavor = "multi_thread")]
async fn a_simulated_stall_is_not_told_as_success() {
	let deceived = Deceived::start().await;
	let people = &deceived.people;
	let doctor = people.account(DOCTOR_B).await;
	let grant = format!("consent grant --to {doctor} --category laboratory --purpose TREAT");
	let granted = people.cli.run(PATIENT, &grant).await;
	let member = format!("--org {HOSPITAL_B} --role practitioner {doctor}");
	for (who, line) in [
		(PATIENT, format!("consent revoke {}", granted["grant"])),
		(PATIENT, "consent opt-out on".to_owned()),
		(ADMIN_B, format!("member suspend {member}")),
	] {
		deceived.liar.always(vec![STALL]);
		let result = deceived.cli.try_run(who, &line).await;
		assert_eq!(result.code, NOT_FINAL, "{line}: {result:?}");
		assert!(result.err.contains("reported by the node but not proved"), "{line}: {result:?}");
	}

	// The clock is the node's, too. A grant for a day does not last for centuries.
	let far = Lie::Altered(900);
	deceived.liar.always(vec![STALL, ("state_getStorage", far)]);
	deceived.cli.try_run(PATIENT, grant + " --for 1d").await;
	chain::grows_by(&people.node, 3).await;
	let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later");
	let latest = (since_1970 + Duration::from_secs(2 * 86_400)).as_millis();
	let listed = people.cli.run(PATIENT, "consent list").await;
	// The first one comes from the enrolment.
	for grant in &listed["grants"].as_array().expect("a list")[1..] {
		let until = grant[1]["terms"]["until"].as_u64();
		assert!(until.is_some_and(|until| u128::from(until) < latest), "{grant}");
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lie_in_a_stall_that_ends_has_no_effect() {
	let deceived = Deceived::start().await;
	let people = &deceived.people;
	people.has_a_key().await;
	let (doctor, other) = (people.account(DOCTOR_B).await, people.account(DOCTOR_A).await);
	let digits = |address: &str| -> &'static str {
		let account: Account = address.parse().expect("an address");
		&*hex::encode(account.0).leak()
	};
	let (one, two) = (digits(&doctor), digits(&other));

	// Another guardian seems to be the one that is dismissed.
	for guardian in [&doctor, &other] {
		let appoint = format!("guardian appoint {guardian} --category laboratory --purpose TREAT");
		people.cli.run(PATIENT, appoint).await;
	}
	let third = &*"07".repeat(32).leak();
	let swapped = [(one, third), (two, one), (third, two)];
	let mut lies: Vec<_> =
		swapped.map(|(from, to)| ("SalusApi_consent_of", Lie::Replaced(from, to))).into();
	lies.extend([STALL, AHEAD]);
	deceived.liar.until_sent(lies);
	let result = deceived.cli.try_run(PATIENT, format!("guardian dismiss {doctor}")).await;
	assert!(matches!(result.code, 0 | NOT_FINAL), "{result:?}");
	let left = people.cli.run(PATIENT, "guardian list").await.to_string();
	assert!(left.contains(&other) && !left.contains(&doctor), "{left}");

	// The grantee seems to have no membership, so that the grant would be to the person.
	let grant = format!("consent grant --to {doctor} --category laboratory --purpose TREAT");
	let honest = people.cli.run(PATIENT, &grant).await;
	deceived.liar.until_sent(vec![STALL, AHEAD, ("SalusApi_memberships", Lie::Said("0x00"))]);
	let granted = deceived.cli.try_run(PATIENT, &grant).await;
	assert!(matches!(granted.code, 0 | NOT_FINAL), "{granted:?}");
	assert_eq!(granted.json()["terms"]["grantee"], honest["terms"]["grantee"], "{granted:?}");

	// The patient seems to have no records, so that no key would be removed.
	let file = files::fhir_bundle(people.folder(), "direct.json", 5.5);
	let add = people.add_line(&file, "laboratory", "Direct").replace("guarded", "direct");
	people.cli.run(DOCTOR_A, add).await;
	people.cli.run(PATIENT, "consent sync").await;
	deceived.liar.until_sent(vec![
		STALL,
		AHEAD,
		("SalusApi_records_of", Lie::Said("0x000000000000")),
	]);
	let deny = format!("consent deny --to {doctor} --everything");
	let denied = deceived.cli.try_run(PATIENT, deny).await;
	assert_eq!(denied.code, NOT_FINAL, "{denied:?}");

	// The patient seems to act for somebody else.
	let admin = digits(&people.account(ADMIN_A).await);
	let acts_for: &'static str = &*format!("0x01{admin}").leak();
	deceived.liar.until_sent(vec![STALL, AHEAD, ("SalusApi_acts_for", Lie::Said(acts_for))]);
	let exported = people.path("whose.json");
	let export = format!("log export --out {}", quoted(&exported));
	let exported = deceived.cli.try_run(PATIENT, export).await;
	let patient = people.account(PATIENT).await;
	assert!(exported.code != 0 || exported.json()["patient"] == *patient, "{exported:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_of_another_chain_is_not_confirmed() {
	let deceived = Deceived::start().await;
	// The other chain has the same first block, and its patient's log is empty.
	let other = People::start().await;
	let people = &deceived.people;
	let file = files::fhir_bundle(people.folder(), "logged.json", 5.5);
	let record = people.add(&file, "laboratory", "Logged").await;
	people.assert_opens(PATIENT, &record, "PATRQT", &file).await;
	let forged = other.path("forged.json");
	let export = format!("log export --out {}", quoted(&forged));
	let exported = other.cli.run(PATIENT, export).await;
	let digits = |hash: &Value| -> &'static str {
		let digits = hash.as_str().expect("hexadecimal").trim_start_matches("0x");
		&*digits.to_owned().leak()
	};
	let number = exported["block"].as_u64().expect("a number");
	let true_hash = chain::hash(&people.node, number).await;
	let (from, to) = (digits(&true_hash), digits(&exported["block_hash"]));
	let verify = format!("log verify {} --online", quoted(&forged));
	for lies in [
		vec![],
		vec![("chain_getBlockHash", Lie::Replaced(from, to))],
		vec![STALL, ("chain_getBlockHash", Lie::Replaced(from, to))],
		vec![("state_getReadProof", Lie::Replaced(from, to))],
		vec![("state_getReadProof", Lie::Nothing)],
	] {
		deceived.liar.always(lies.clone());
		let result = deceived.cli.try_run(PATIENT, &verify).await;
		assert_ne!(result.code, 0, "{lies:?}: {result:?}");
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lying_node_gives_nobody_a_key_by_its_word() {
	let deceived = Deceived::start().await;
	let people = &deceived.people;
	people.has_a_key().await;
	let (doctor, other) = (people.account(DOCTOR_B).await, people.account(DOCTOR_A).await);
	let digits = async |who: &str| -> &'static str {
		let account: Account = people.account(who).await.parse().expect("an address");
		&*hex::encode(account.0).leak()
	};
	// A colleague of doctor B with a key, who never had a grant.
	let admit = format!("member admit --org {HOSPITAL_B} {COLLEAGUE} --role practitioner");
	people.cli.run(ADMIN_B, admit).await;
	people.cli.run(COLLEAGUE, "keys publish").await;
	let swapped = Lie::Replaced(digits(DOCTOR_B).await, digits(COLLEAGUE).await);
	let outsider = people.account(COLLEAGUE).await;
	// Hospital A's doctor writes it, so the author holds a key, too.
	let file = files::fhir_bundle(people.folder(), "direct.json", 5.5);
	let add = people.add_line(&file, "laboratory", "Direct").replace("guarded", "direct");
	let record = record_id(&people.cli.run(DOCTOR_A, add).await);
	let holders = async || {
		let shown = people.node.ask("salus_wraps", json!([record, 1])).await.to_string();
		assert!(!shown.contains(&outsider), "{shown}");
		assert!(
			shown.contains(&other) || shown.contains(&people.account(PATIENT).await),
			"{shown}"
		);
		shown
	};
	holders().await;

	// A request is approved. In the block with the answer, the grant seems to be another's.
	let ask = "request add --category laboratory --purpose TREAT --patient";
	let ask = format!("{ask} {}", people.account(PATIENT).await);
	for name in ["SalusApi_consent_of", "proof of SalusApi_consent_of", "salus_proveCall"] {
		let asked = people.cli.run(DOCTOR_B, &ask).await;
		deceived.liar.always(vec![(name, swapped)]);
		let _ = deceived.cli.try_run(PATIENT, format!("inbox approve {}", asked["request"])).await;
		holders().await;
	}

	// Finality seems to stall, so that the node's word would count.
	people.cli.run(PATIENT, "consent sync").await;
	assert!(holders().await.contains(&doctor));
	let stalled = vec![("salus_proveFinality", Lie::Replayed), ("SalusApi_consent_of", swapped)];
	deceived.liar.always(stalled);
	let _ = deceived.cli.try_run(PATIENT, "consent sync").await;
	holders().await;
}
