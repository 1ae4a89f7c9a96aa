//! Every command of the command line, at a node that lies about one answer.

use super::{
	case::Case,
	commands::{self, ALL, ELSEWHERE, WITHOUT_A_NODE},
	sample::Sample,
	stage::{Rows, Stage},
};
use futures::future::join_all;
use salus_e2e::{binary, cast::*, chain, files, liar::Liar, quoted, Network, People};
use salus_runtime::WASM_BINARY;
use serde_json::json;
use std::{collections::BTreeSet, path::Path, process::Command};

/// Returns the commands below this one, without those that only group others.
fn commands_below(words: &[String]) -> Vec<String> {
	let help = Command::new(binary("salus"))
		.args(words)
		.arg("--help")
		.env("SALUS_STATE_DIR", "/nonexistent")
		.output()
		.expect("salus can be started");
	let help = String::from_utf8(help.stdout).expect("UTF-8");
	let Some((_, list)) = help.split_once("\nCommands:\n") else {
		return vec![words.join(" ")];
	};
	let names = list.lines().take_while(|line| !line.is_empty()).filter_map(|line| {
		// A description that continues on the next line is further to the right.
		let name = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' '))?;
		name.split_whitespace().next().filter(|name| *name != "help")
	});
	names.flat_map(|name| commands_below(&[words, &[name.to_owned()]].concat())).collect()
}

#[test]
fn every_command_meets_a_lying_node() {
	let all: BTreeSet<String> = commands_below(&[]).into_iter().collect();
	assert!(all.len() > 100, "{all:?}");
	let lines = ALL.iter().copied().flatten().map(|case| case.line);
	let lines: Vec<&str> = lines.chain(ELSEWHERE.iter().copied()).collect();
	let is_begun = |command: &str, line: &str| {
		line.strip_prefix(command).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
	};
	let missing: Vec<_> = all
		.iter()
		.filter(|command| !WITHOUT_A_NODE.contains(&command.as_str()))
		.filter(|command| !lines.iter().any(|line| is_begun(command, line)))
		.collect();
	assert!(missing.is_empty(), "add these commands to a table in `lying`: {missing:?}");
	let unknown: Vec<_> = lines
		.iter()
		.chain(WITHOUT_A_NODE)
		.filter(|line| !all.iter().any(|command| is_begun(command, line)))
		.collect();
	assert!(unknown.is_empty(), "there are no such commands: {unknown:?}");
}

/// Adds a record of the patient with this mode.
async fn add(people: &People, file: &Path, mode: &str) -> String {
	let line = people.add_and_wait_line(file, "laboratory", "Iron").replace("guarded", mode);
	salus_e2e::people::record_id(&people.cli.run(DOCTOR_A, line).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_without_a_node_ask_it_nothing() {
	let people = People::start().await;
	let liar = Liar::start(people.node.url()).await;
	let cli = people.cli.at(&liar.url());
	let (key, password) = (quoted(people.path("key.json")), people.path("password"));
	std::fs::write(&password, "a long password").expect("the folder is writable");
	let password = quoted(password);
	for line in [
		format!("keys new {key} --password-file {password}"),
		format!("keys password {key} --password-file {password} --new-password-file {password}"),
		"keys show".into(),
		"keys list".into(),
		"contact add meyer //DoctorA".into(),
		"contact list".into(),
		"contact remove meyer".into(),
		"completions bash".into(),
	] {
		assert!(WITHOUT_A_NODE.iter().any(|command| line.starts_with(command)), "{line}");
		let result = cli.try_run(PATIENT, &line).await;
		assert_eq!(result.code, 0, "salus {line}: {result:?}");
		assert!(liar.answers().is_empty(), "salus {line}");
	}
}

/// Values that stand for names in braces.
type Named = Vec<(&'static str, String)>;

/// Plays a table on one chain, or on several that share its rows. `set_up` starts a chain.
async fn play(cases: &'static [Case], set_up: impl AsyncFn() -> (People, Named)) {
	let (rows, set_up) = (&Rows::of(cases), &set_up);
	let chains = (0..Sample::from_environment().chains(cases.len())).map(|_| async move {
		let (people, values) = set_up().await;
		let stage = Stage::set(&people, &values).await;
		stage.play(rows).await
	});
	assert_nothing_is_found(&join_all(chains).await.concat());
}

fn assert_nothing_is_found(findings: &[String]) {
	assert!(findings.is_empty(), "{}", findings.join("\n"));
}

/// Starts a chain on which each command that reads has something to show.
async fn with_something_to_show() -> (People, Named) {
	let people = People::start().await;
	let cli = &people.cli;
	let file = files::fhir_bundle(people.folder(), "shown.json", 6.1);
	let record = add(&people, &file, "guarded").await;
	people.allow_emergencies(HOSPITAL_B, ADMIN_B, VICE_B, DOCTOR_B).await;
	let case = people.open_emergency(DOCTOR_B, HOSPITAL_B, "unconscious").await;
	let laboratory = "--category laboratory --purpose TREAT";
	cli.run(PATIENT, format!("consent grant --to {DOCTOR_B} {laboratory}")).await;
	cli.run(PATIENT, format!("rule add --from org:2 {laboratory} --decline")).await;
	cli.run(PATIENT, format!("guardian appoint {DOCTOR_A} {laboratory}")).await;
	cli.run(DOCTOR_B, "request add --category imaging --purpose TREAT --patient //Patient").await;
	cli.run(RECORDS_ADMIN, format!("record attest {record}")).await;
	cli.run(ADMIN_A, format!("recover propose {PATIENT} --to //NewPhone")).await;
	let opened = quoted(people.path("opened"));
	cli.run(DOCTOR_B, format!("record get {record} --purpose TREAT --out {opened}")).await;
	let log = quoted(people.verified_log(PATIENT).await);
	// The shares of that opening come with later blocks.
	chain::grows_by(&people.node, 5).await;
	let case = case["case"].to_string();
	let values = vec![("record", record), ("case", case), ("log", log)];
	(people, values)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_lie_alters_what_is_shown() {
	play(commands::READS, with_something_to_show).await;
}

/// Starts a chain on which the patient has a record.
async fn with_a_record() -> (People, Named) {
	let people = People::start().await;
	let file = files::fhir_bundle(people.folder(), "first.json", 6.1);
	let record = add(&people, &file, "guarded").await;
	(people, vec![("record", record)])
}

#[tokio::test(flavor = "multi_thread")]
async fn no_lie_at_the_first_connection_is_believed() {
	play(commands::FIRST, with_a_record).await;
	play(commands::FIRST_SIGNED, with_a_record).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withheld_answer_ends_a_command_in_time() {
	let (people, values) = with_a_record().await;
	Stage::set(&people, &values).await.withhold(commands::FIRST).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_lie_alters_what_a_patient_signs() {
	let set_up = async || {
		let people = People::start().await;
		let file = files::fhir_bundle(people.folder(), "direct.json", 6.1);
		let direct = add(&people, &file, "direct").await;
		let laboratory = "--category laboratory --purpose TREAT";
		people.cli.run(PATIENT, format!("consent grant --to {DOCTOR_B} {laboratory}")).await;
		(people, vec![("direct", direct)])
	};
	play(commands::CONSENT, set_up).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_lie_alters_what_an_organisation_signs() {
	let set_up = async || {
		let people = People::start().await;
		let bundle = files::fhir_bundle(people.folder(), "bundle.json", 6.1);
		(people, vec![("bundle", quoted(&bundle))])
	};
	play(commands::ORGANISATIONS, set_up).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_lie_alters_what_an_author_signs() {
	let set_up = async || {
		let people = People::start().await;
		let file = files::fhir_bundle(people.folder(), "record.json", 6.1);
		let record = add(&people, &file, "guarded").await;
		let sealed = people.node.ask("salus_sealedKey", json!([record, 1])).await;
		let epoch = sealed["epoch"].as_u64().expect("it is guarded");
		people.decide("committee renew key").await;
		chain::has_key_of(&people.node, epoch + 1).await;
		(people, vec![("record", record), ("file", quoted(&file))])
	};
	play(commands::RECORDS, set_up).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_lie_alters_an_emergency_or_a_recovery() {
	let set_up = async || {
		let people = People::start().await;
		people.allow_emergencies(HOSPITAL_B, ADMIN_B, VICE_B, DOCTOR_B).await;
		(people, vec![])
	};
	play(commands::EMERGENCIES, set_up).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_lie_alters_what_a_council_decides() {
	let set_up = async || {
		let people = People::start().await;
		let runtime = people.path("runtime.wasm");
		let code = WASM_BINARY.expect("it was built");
		std::fs::write(&runtime, code).expect("the folder is writable");
		let eve = people.account("//Eve").await;
		let keys = quoted(people.path("keys.json"));
		let made = Command::new(binary("salus-node"))
			.args(["consortium", "keys", "--id", "dev", "--base-path"])
			.arg(people.path("eve"))
			.args(["--validator", &eve, "--seat", &eve, "--out", &keys])
			.output()
			.expect("salus-node can be started");
		assert!(made.status.success(), "{made:?}");
		(people, vec![("runtime", quoted(&runtime)), ("keys", keys)])
	};
	play(commands::COUNCIL_OF_ONE, set_up).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_lie_alters_a_vote() {
	let network = Network::start().await;
	let people = &network.people;
	people.decide("validator minimum 3").await;
	let proposed = people.cli.run(COUNCIL, "storage absence-limit 1999").await;
	let motion = proposed["decision"]["proposed"]["proposal"].as_str().expect("it is open");
	let vote = format!("council vote {motion}");
	people.cli.run("//Bob", &vote).await;
	// A third vote decides it, but the transaction that closes it never arrives.
	let liar = Liar::start(people.node.url()).await;
	liar.catch(1, None);
	let mut voting = people.cli.at(&liar.url()).start("//Charlie", &vote);
	tokio::select! {
		_ = liar.caught() => {}
		ended = voting.ends() => panic!("it closes no motion: {ended:?}"),
	}
	voting.kill().await;
	let stage = Stage::set(people, &[("decided", motion.to_owned())]).await;
	assert_nothing_is_found(&stage.play(&Rows::of(commands::COUNCIL_OF_FOUR)).await);
}
