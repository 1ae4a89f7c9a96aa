//! No log entry, no key: three of four hospitals' validators must act together.
//!
//! The first test opens records in these steps, and counts what each adds to the patient's log:
//!
//! 1. Only the patient holds a wrap, so even the author's hospital asks the committee.
//! 2. A grant opens its category, and nothing once it is revoked.
//! 3. A suspended doctor is refused, and nobody opens an erased record.
//! 4. The log has an entry for each request and each release, and a forged export is detected.
//! 5. With one hospital down, records open.
//! 6. That hospital comes back and posts bad shares: the reader learns whose they are, and opens
//!    the record with the others'.
//! 7. With two hospitals down, nothing opens until one returns.
//! 8. All restart at once: no log entry is lost, and the committee still has its key.
//!
//! The second test has two emergencies: one is found justified, and one is rejected.

use crate::hostile;
use salus_e2e::{
	cast::*,
	chain::{finalised, grows_beyond, last_votable},
	cli::{CHAIN, GONE},
	eventually, files, quoted, Network, People,
};
use serde_json::{json, Value};
use std::{
	ops::Add,
	path::{Path, PathBuf},
};

const MIB: u64 = 1 << 20;

/// Place, among the network's other validators, of the hospital that goes down first and comes back
/// hostile.
const HOSTILE: usize = 2;

/// Key of that hospital's validator.
const HOSTILE_KEY: &str = "//Dave";

/// Place, among the network's other validators, of the second hospital that goes down.
const SECOND: usize = 1;

/// A doctor of hospital B who opens an emergency without need.
const CURIOUS: &str = "//CuriousDoctor";

/// Number of entries in the patient's log: of all, or of those that a step adds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
	permitted: usize,
	denied: usize,
	released: usize,
}

impl Tally {
	/// Counts the entries of a log.
	fn of(log: &[Value]) -> Self {
		let count =
			|is_counted: fn(&Value) -> bool| log.iter().filter(|event| is_counted(event)).count();
		Self {
			permitted: count(|event| event["requested"]["decision"]["permit"] != Value::Null),
			denied: count(|event| event["requested"]["decision"]["deny"] != Value::Null),
			released: count(|event| event["released"] != Value::Null),
		}
	}

	/// Returns the entries of this number of openings. Each is permitted and released.
	fn openings(count: usize) -> Self {
		Self { permitted: count, denied: 0, released: count }
	}

	/// Returns the entries of this number of denials.
	fn denials(count: usize) -> Self {
		Self { permitted: 0, denied: count, released: 0 }
	}
}

impl Add for Tally {
	type Output = Self;

	fn add(self, other: Self) -> Self {
		Self {
			permitted: self.permitted + other.permitted,
			denied: self.denied + other.denied,
			released: self.released + other.released,
		}
	}
}

/// A record of the patient, and the file from which it was added.
struct AddedRecord {
	record: String,
	file: PathBuf,
}

impl AddedRecord {
	async fn new(people: &People, file: PathBuf, category: &str, title: &str) -> Self {
		let record = people.add(&file, category, title).await;
		Self { record, file }
	}
}

/// Three records of the patient, which doctor A added.
struct Records {
	bundle: AddedRecord,
	letter: AddedRecord,
	scan: AddedRecord,
}

impl Records {
	async fn add(people: &People) -> Self {
		let folder = people.folder();
		let bundle = files::fhir_bundle(folder, "bundle.json", 7.2);
		let letter = files::pdf(folder, "letter.pdf", "Discharge letter");
		let scan = files::dicom(folder, "scan.dcm", 8 * MIB);
		Self {
			bundle: AddedRecord::new(people, bundle, "laboratory", "Blood count").await,
			letter: AddedRecord::new(people, letter, "discharge-summary", "Discharge letter").await,
			scan: AddedRecord::new(people, scan, "imaging", "CT of the chest").await,
		}
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn three_of_four_hospitals_open_a_record_and_all_is_logged() {
	let mut network = Network::start().await;
	let records = Records::add(&network.people).await;
	let people = &network.people;
	let by_hospital = only_the_patient_holds_a_key(people, &records).await;
	let by_grant = a_grant_opens_its_category_until_it_is_revoked(people, &records).await;
	let suspended = a_suspended_doctor_is_refused(people, &records).await;
	an_erased_record_stays_closed(people, &records).await;
	let logged = by_hospital + by_grant + suspended;
	the_log_is_complete(people, logged).await;
	let (with_three, request) = one_hospital_is_down(&mut network, &records).await;
	let with_bad_shares = bad_shares_are_named(&network.people, &records, request).await;
	let with_two = two_hospitals_are_down(&mut network, &records).await;
	let logged = logged + with_three + with_bad_shares + with_two;
	all_hospitals_restart(&mut network, &records, logged).await;
}

/// Even the author's hospital asks the committee. Returns what it adds to the log.
async fn only_the_patient_holds_a_key(people: &People, records: &Records) -> Tally {
	let Records { bundle, letter, scan } = records;
	for AddedRecord { record, .. } in [bundle, letter, scan] {
		let wraps = people.node.ask("salus_wraps", json!([record, 1])).await;
		assert_eq!(wraps.as_array().map(Vec::len), Some(1), "{wraps}");
	}
	people.assert_opens(RECORDS_ADMIN, &bundle.record, "HOPERAT", &bundle.file).await;
	let attest = format!("record attest {} --verdict confirmed", bundle.record);
	people.cli.run(RECORDS_ADMIN, attest).await;
	people.assert_opens(DOCTOR_A, &scan.record, "TREAT", &scan.file).await;
	// The members of an epoch are asked by name, and only those that hold the key.
	let copy = people.path("from-epoch");
	let ask = async |epoch: u32| {
		let (record, out) = (&scan.record, quoted(&copy));
		let get = format!("record get {record} --purpose TREAT --from-epoch {epoch} --out {out}");
		people.cli.try_run(DOCTOR_A, get).await
	};
	let refused = ask(2).await;
	assert!(refused.code == CHAIN && refused.err.contains("Access.WrongEpoch"), "{refused:?}");
	let opened = ask(1).await;
	assert!(opened.code == 0 && files::same(&scan.file, &copy), "{opened:?}");
	let added = Tally::openings(3);
	let log = people.log().await;
	let found = Tally::of(&log);
	// The releases may come with a later block.
	assert_eq!((found.permitted, found.denied), (added.permitted, added.denied), "{log:?}");
	added
}

/// Doctor B is refused, is granted a category, is refused beyond it, and loses the grant. Returns
/// what it adds to the log.
async fn a_grant_opens_its_category_until_it_is_revoked(
	people: &People,
	records: &Records,
) -> Tally {
	let Records { bundle, letter, .. } = records;
	let before = Tally::of(&people.log().await).denied;
	let refusal = people.assert_refused(DOCTOR_B, &bundle.record, "TREAT").await;
	assert!(refusal.err.contains("grant"), "{refusal:?}");
	let denied = Tally::of(&people.log().await).denied;
	assert_eq!(denied, before + 1, "a denial is logged too");
	let grant = format!(
		"consent grant --to {DOCTOR_B} --category laboratory --purpose TREAT --action read --for 30d"
	);
	let grant = people.cli.run(PATIENT, grant).await["grant"].to_string();
	let opened = people.assert_opens(DOCTOR_B, &bundle.record, "TREAT", &bundle.file).await;
	assert!(opened["request"].is_u64(), "the hospitals release the key: {opened}");
	people.assert_refused(DOCTOR_B, &letter.record, "TREAT").await;
	people.assert_refused(DOCTOR_B, &bundle.record, "HRESCH").await;
	people.cli.run(PATIENT, format!("consent revoke {grant}")).await;
	people.assert_refused(DOCTOR_B, &bundle.record, "TREAT").await;
	// Refused before the grant, beyond its category, beyond its purpose, and after it.
	Tally::openings(1) + Tally::denials(4)
}

/// The hospital's own doctor is suspended, and is refused although the grant is not revoked.
/// Returns what it adds to the log.
async fn a_suspended_doctor_is_refused(people: &People, records: &Records) -> Tally {
	people.cli.run(ADMIN_A, format!("member suspend {DOCTOR_A} --role practitioner")).await;
	people.assert_refused(DOCTOR_A, &records.scan.record, "TREAT").await;
	Tally::denials(1)
}

/// The patient erases a record. Nobody gets a share on any basis. The log gets no entry.
async fn an_erased_record_stays_closed(people: &People, records: &Records) {
	let letter = &records.letter.record;
	people.cli.run(PATIENT, format!("record erase {letter} --yes")).await;
	let out = quoted(people.path("stolen"));
	let get = format!("record get {letter} --purpose HOPERAT --out {out}");
	people.cli.run_expecting_failure(RECORDS_ADMIN, get, GONE).await;
}

/// Everything is on the log, and every release has an earlier entry for its request.
async fn the_log_is_complete(people: &People, expected: Tally) {
	let log = eventually("the releases are in blocks", || async {
		let log = people.log().await;
		(Tally::of(&log).released >= expected.released).then_some(log)
	})
	.await;
	assert_eq!(Tally::of(&log), expected, "{log:#?}");
	let mut asked = Vec::new();
	for event in &log {
		if event["requested"]["decision"]["permit"] != Value::Null {
			asked.push(event["requested"]["request"].clone());
		} else if event["released"] != Value::Null {
			assert!(asked.contains(&event["released"]["request"]), "{log:#?}");
		}
	}

	// The patient's export of the log is complete by the chain's head, without trust in a node.
	let export = people.verified_log(PATIENT).await;
	let text = std::fs::read_to_string(&export).expect("the export is a file");
	assert!(text.contains("AuditEvent"));
	let forged = people.path("forged.json");
	std::fs::write(&forged, text.replacen("TREAT", "HRESCH", 1)).expect("the folder is writable");
	let verdict = people.cli.try_run("", format!("log verify {}", quoted(&forged))).await;
	assert_ne!(verdict.code, 0, "a forged export passes: {verdict:?}");
}

/// One of four is down. Access works. Returns what it adds to the log, and the request that opened
/// a record.
async fn one_hospital_is_down(network: &mut Network, records: &Records) -> (Tally, u64) {
	network.others[HOSTILE].kill();
	let AddedRecord { record, file } = &records.scan;
	let opened = network.people.assert_opens(RECORDS_ADMIN, record, "HOPERAT", file).await;
	(Tally::openings(1), opened["request"].as_u64().expect("the opening has a request"))
}

/// The one that was down comes back hostile. Its bad shares are named, and the other three are
/// enough. `last` is the newest request. Returns what it adds to the log.
async fn bad_shares_are_named(people: &People, records: &Records, mut last: u64) -> Tally {
	let AddedRecord { record, file } = &records.bundle;
	let mut openings = 0;
	for bad in [hostile::Bad::Noise, hostile::Bad::Sealed] {
		let mut named = false;
		// A share that arrives after three good ones goes unseen, so the reader asks again.
		while !named {
			let (opened, (request, member)) = tokio::join!(
				people.assert_opens(RECORDS_ADMIN, record, "HOPERAT", file),
				hostile::posts(&people.node, HOSTILE_KEY, last, bad),
			);
			openings += 1;
			assert!(openings <= 10, "{bad:?}: the good shares always come first: {opened}");
			assert_eq!(opened["request"], request, "{opened}");
			let members = opened["release"]["bad_members"].as_array().cloned().unwrap_or_default();
			assert!(members.iter().all(|bad| bad["member"] == member), "{bad:?}: {opened}");
			named = !members.is_empty();
			last = request;
		}
	}
	Tally::openings(openings)
}

/// Two of four are down. The reader sees what it waits for, and succeeds when one returns. Returns
/// what it adds to the log.
async fn two_hospitals_are_down(network: &mut Network, records: &Records) -> Tally {
	network.others[SECOND].kill();
	let people = &network.people;
	let at_most = last_votable(&[&people.node, &network.others[0]]).await;
	let AddedRecord { record, file } = &records.scan;
	let copy = people.path("waited");
	let get = format!("record get {record} --purpose HOPERAT --out {}", quoted(&copy));
	let mut waiting = people.cli.start(RECORDS_ADMIN, get);
	waiting.wait_for_line("1 more hospital must vote").await;
	grows_beyond(&people.node, at_most).await;
	assert!(finalised(&people.node).await <= at_most, "two of four finalise");
	network.restart(SECOND).await;
	let (code, said) = waiting.ends().await;
	assert_eq!(code, 0, "{said}");
	assert!(files::same(file, &copy));
	Tally::openings(1)
}

/// All restart at once. Nothing is lost: the log still has what was `logged` before, and the
/// committee still has its key.
async fn all_hospitals_restart(network: &mut Network, records: &Records, logged: Tally) {
	network.kill_and_restart_all().await;
	let people = &network.people;
	let AddedRecord { record, file } = &records.bundle;
	people.assert_opens(RECORDS_ADMIN, record, "HOPERAT", file).await;
	let expected = logged + Tally::openings(1);
	eventually("every release is on the log", || async {
		let log = people.log().await;
		let found = Tally::of(&log);
		assert_eq!(found.permitted, expected.permitted, "{log:#?}");
		(found.released == expected.released).then_some(())
	})
	.await;
}

/// Has doctor B open an emergency and the record in one command, twice: the second time there is a
/// case, so that hospital A is not named as responsible. Returns the number of the case.
async fn read_in_emergency(people: &People, record: &str, file: &Path) -> String {
	let mut cases = Vec::new();
	for hospital in [HOSPITAL_B, HOSPITAL_A] {
		let got = people.assert_opens_in_emergency(DOCTOR_B, hospital, record, file).await;
		cases.push(got["basis"]["emergency"].to_string());
	}
	assert_eq!(cases[0], cases[1]);
	let log = people.log().await;
	let opened = log.iter().filter(|event| event["emergency-opened"] != Value::Null);
	assert_eq!(opened.count(), 1, "{log:#?}");
	cases.swap_remove(0)
}

/// Has a reviewer state a verdict on a case, in a role.
async fn review(people: &People, who: &str, case: &str, role: &str, verdict: &str) -> Value {
	people.cli.run(who, format!("emergency review {case} --role {role} {verdict}")).await
}

/// A doctor breaks the glass and reads in one command. The patient's log shows both, and two
/// reviewers find the case justified. Returns the number of reviews.
async fn a_justified_case(people: &People, record: &str, file: &Path) -> usize {
	let case = read_in_emergency(people, record, file).await;
	people.assert_opens(DOCTOR_B, record, "BTG", file).await;
	let refusal = people.assert_refused(DOCTOR_B, record, "TREAT").await;
	assert!(refusal.err.contains("--purpose BTG"), "{refusal:?}");
	let entries = people.log().await;
	assert!(
		entries.iter().any(|event| event["emergency-opened"]["case"].as_u64() == case.parse().ok()),
		"the patient sees it: {entries:#?}"
	);
	// The reviewers are an auditor of the other hospital, drawn by lot, and an administrator who
	// neither admitted nor attested the doctor.
	let shown = people.cli.run("", format!("emergency show {case}")).await;
	let drawn = shown["panel"]["waiting"].as_array().expect("a list");
	assert_eq!(drawn.len(), 1, "{shown}");
	assert_eq!(drawn[0][0], people.account(AUDITOR_A).await);
	for (who, role) in [(AUDITOR_B, "auditor"), (ADMIN_B, "admin"), (VICE_B, "admin")] {
		let review = format!("emergency review {case} --role {role} --justified");
		let refusal = people.cli.try_run(who, review).await;
		assert_ne!(refusal.code, 0, "{who}: {refusal:?}");
	}
	review(people, AUDITOR_A, &case, "auditor", "--justified").await;
	let settled = review(people, MATRON_B, &case, "admin", "--justified").await;
	assert_eq!(settled["status"], "justified", "{settled}");
	2
}

/// Another doctor opens a second emergency. One reviewer's verdict does not end it. When the
/// hospital finds it unjustified too, it opens nothing, and the doctor is suspended.
/// Returns the number of reviews.
async fn a_rejected_case_suspends(people: &People, record: &str, file: &Path) -> usize {
	let case = people.open_emergency(CURIOUS, HOSPITAL_B, "other").await["case"].to_string();
	people.assert_opens(CURIOUS, record, "BTG", file).await;
	review(people, AUDITOR_A, &case, "auditor", "--unjustified").await;
	people.assert_opens(CURIOUS, record, "BTG", file).await;
	review(people, MATRON_B, &case, "admin", "--unjustified").await;
	people.assert_refused(CURIOUS, record, "BTG").await;
	let doctor = people.account(CURIOUS).await;
	let memberships = people.node.ask("salus_memberships", json!([doctor])).await;
	assert_eq!(memberships[0]["member"]["status"], "suspended", "{memberships}");
	let reinstate = format!("member reinstate {CURIOUS} --role practitioner --org {HOSPITAL_B}");
	let refusal = people.cli.try_run(ADMIN_B, reinstate).await;
	assert_ne!(refusal.code, 0, "the council alone reinstates: {refusal:?}");
	2
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emergency_opens_records_is_noticed_and_is_reviewed_twice() {
	let network = Network::start().await;
	let people = &network.people;
	let file = files::fhir_bundle(people.folder(), "bundle.json", 7.2);
	let record = people.add(&file, "laboratory", "Blood count").await;
	people.allow_emergencies(HOSPITAL_B, ADMIN_B, VICE_B, DOCTOR_B).await;
	people.admit(ADMIN_B, HOSPITAL_B, CURIOUS, "practitioner").await;
	let attest = format!("member attest {CURIOUS} --role practitioner --verdict confirmed");
	people.cli.run(VICE_B, attest).await;
	people.assert_refused(DOCTOR_B, &record, "BTG").await;
	let justified = a_justified_case(people, &record, &file).await;
	let rejected = a_rejected_case_suspends(people, &record, &file).await;
	let log = people.log().await;
	let reviews = log.iter().filter(|event| event["emergency-reviewed"] != Value::Null);
	assert_eq!(reviews.count(), justified + rejected, "{log:#?}");
}
