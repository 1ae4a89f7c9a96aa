//! A node that lies to its own users: every answer of a command's session is altered, one at a
//! time. The command must fail or do what it would have done.

use salus_e2e::{
	cast::*,
	files,
	liar::{Liar, Lie, Place},
	people::record_id,
	quoted, Cli, People,
};
use serde_json::{json, Value};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};
use tokio::time::timeout;

/// Limit for one command. A command that waits longer is not successful either.
const LIMIT: Duration = Duration::from_secs(60);

/// Users of a node that lies, with the node as it is for comparison.
struct Deceived {
	people: People,
	liar: Liar,
	cli: Cli,
}

/// Counts of one command's sessions.
#[derive(Debug, Default)]
struct Tally {
	told: usize,
	failed: usize,
	unharmed: usize,
}

impl Deceived {
	async fn start() -> Self {
		let people = People::start().await;
		let liar = Liar::start(people.node.url()).await;
		let cli = people.cli.at(&liar.url());
		Self { people, liar, cli }
	}

	/// Returns the lies to tell about the answers of an honest session: about the first and the
	/// last one of each kind.
	fn lies(&self) -> Vec<(Place, Lie)> {
		let mut places: BTreeMap<String, (usize, usize)> = BTreeMap::new();
		for Place { name, earlier } in self.liar.answers() {
			let (first, last) = places.entry(name).or_insert((earlier, earlier));
			*first = (*first).min(earlier);
			*last = (*last).max(earlier);
		}
		let mut lies = Vec::new();
		for (name, (first, last)) in places {
			let mut at = vec![first];
			at.extend((last > first).then_some(last));
			for earlier in at {
				let place = Place { name: name.clone(), earlier };
				for lie in [
					Lie::Nothing,
					Lie::Replayed,
					Lie::Altered(40),
					Lie::Altered(500),
					Lie::Altered(970),
				] {
					lies.push((place.clone(), lie));
				}
			}
		}
		lies
	}

	/// Runs a command once honestly, and then once for each lie. `check` receives the answer of
	/// every command that succeeds, and panics unless its effect is the right one.
	async fn deceive(
		&self,
		who: &str,
		line: &str,
		every: usize,
		check: impl AsyncFn(&Value, &str),
	) -> Tally {
		self.liar.begin(None);
		let honest = self.cli.run(who, line).await;
		check(&honest, "an honest session").await;
		let mut tally = Tally::default();
		for (place, lie) in self.lies().into_iter().step_by(every) {
			self.liar.begin(Some((place.clone(), lie)));
			let ended = timeout(LIMIT, self.cli.try_run(who, line)).await;
			if self.liar.told() == 0 {
				continue;
			}
			tally.told += 1;
			match ended {
				Ok(result) if result.code == 0 => {
					check(&result.json(), &format!("{lie:?} at {place:?}")).await;
					tally.unharmed += 1;
				}
				_ => tally.failed += 1,
			}
		}
		eprintln!("| `salus {line}` | {} | {} | {} |", tally.told, tally.failed, tally.unharmed);
		tally
	}

	/// Runs a command that only reads: it must show what it shows at an honest node.
	async fn shows_the_truth(&self, who: &str, line: &str) {
		let truth = self.people.cli.run(who, line).await;
		let tally = self
			.deceive(who, line, 1, async |shown, lie| {
				let mut shown = shown.clone();
				// What a record's title could not be read for is said instead.
				if shown.get("closed").is_some_and(|closed| !closed.is_null()) {
					shown["descriptor"] = truth["descriptor"].clone();
					shown["closed"] = truth["closed"].clone();
				}
				assert_eq!(shown, truth, "salus {line}, {lie}");
			})
			.await;
		assert!(tally.told > 0, "no lie was told to salus {line}");
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lying_node_has_no_record_wrapped_to_itself() {
	let deceived = Deceived::start().await;
	let people = &deceived.people;
	people.has_a_key().await;
	let file = files::fhir_bundle(people.folder(), "result.json", 7.2);
	let add = people.add_line(&file, "laboratory", "Blood count") + " --again";
	let tally = deceived
		.deceive(DOCTOR_A, &add, 3, async |added, lie| {
			let record = record_id(added);
			let opened = people.assert_opens(PATIENT, &record, "PATRQT", &file).await;
			// The patient's own wrap opens it: it was wrapped for them.
			assert_eq!(opened["request"], Value::Null, "{lie}");
		})
		.await;
	assert!(tally.told >= 20, "{tally:?}");

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

#[tokio::test(flavor = "multi_thread")]
async fn a_lying_node_cannot_alter_what_is_shown_or_signed() {
	let deceived = Deceived::start().await;
	let people = &deceived.people;
	people.has_a_key().await;
	let file = files::fhir_bundle(people.folder(), "shown.json", 6.1);
	let record = people.add(&file, "laboratory", "Iron").await;
	let grant = format!("consent grant --to {DOCTOR_B} --category laboratory --purpose TREAT");
	people.cli.run(PATIENT, grant).await;
	let opened = people.path("opened");
	let get = format!("record get {record} --purpose TREAT --out {} --force", quoted(&opened));
	people.cli.run(DOCTOR_B, &get).await;

	let doctor = people.account(DOCTOR_B).await;
	for line in [
		format!("record show {record}"),
		"consent list".to_owned(),
		"log show".to_owned(),
		format!("member show {doctor}"),
		"org list".to_owned(),
	] {
		deceived.shows_the_truth(PATIENT, &line).await;
	}

	// What is opened is what was written.
	let original = std::fs::read(&file).expect("the file is there");
	let read = async || std::fs::read(PathBuf::from(&opened)).expect("the file is there");
	deceived
		.deceive(DOCTOR_B, &get, 4, async |_, lie| assert_eq!(read().await, original, "{lie}"))
		.await;

	// What is signed is what was meant: a suspension is not a revocation.
	let suspend = format!("member suspend --org {HOSPITAL_B} --role practitioner {doctor}");
	let reinstate = format!("member reinstate --org {HOSPITAL_B} --role practitioner {doctor}");
	deceived
		.deceive(ADMIN_B, &suspend, 3, async |_, lie| {
			let shown = people.cli.run(ADMIN_B, format!("member show {doctor}")).await;
			let roles = shown["memberships"].as_array().expect("a list");
			assert_eq!(roles[0]["member"]["status"], "suspended", "{lie}: {shown}");
			people.cli.run(ADMIN_B, &reinstate).await;
		})
		.await;
}
