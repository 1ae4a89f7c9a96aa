//! Every command of the command line, at a node that lies about one answer.

use super::{
	commands::{self, ALL, ELSEWHERE, WITHOUT_A_NODE},
	stage::Stage,
};
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

#[tokio::test(flavor = "multi_thread")]
async fn no_lie_alters_what_is_shown() {
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
	let values = [("record", &*record), ("case", &case), ("log", &log)];
	Stage::set(&people, &values).await.play(commands::READS).await;
}

/// Starts a chain on which the patient has a record, and returns both.
async fn with_a_record() -> (People, String) {
	let people = People::start().await;
	let file = files::fhir_bundle(people.folder(), "first.json", 6.1);
	let record = add(&people, &file, "guarded").await;
	(people, record)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_lie_at_the_first_connection_is_believed() {
	let (people, record) = with_a_record().await;
	let stage = Stage::set(&people, &[("record", &record)]).await;
	stage.play(commands::FIRST).await;
	stage.play(commands::FIRST_SIGNED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withheld_answer_ends_a_command_in_time() {
	let (people, record) = with_a_record().await;
	Stage::set(&people, &[("record", &record)]).await.withhold(commands::FIRST).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_lie_alters_what_a_patient_signs() {
	let people = People::start().await;
	let file = files::fhir_bundle(people.folder(), "direct.json", 6.1);
	let direct = add(&people, &file, "direct").await;
	let laboratory = "--category laboratory --purpose TREAT";
	people.cli.run(PATIENT, format!("consent grant --to {DOCTOR_B} {laboratory}")).await;
	Stage::set(&people, &[("direct", &direct)]).await.play(commands::CONSENT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_lie_alters_what_an_organisation_signs() {
	let people = People::start().await;
	Stage::set(&people, &[]).await.play(commands::ORGANISATIONS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_lie_alters_what_an_author_signs() {
	let people = People::start().await;
	let file = files::fhir_bundle(people.folder(), "record.json", 6.1);
	let record = add(&people, &file, "guarded").await;
	let sealed = people.node.ask("salus_sealedKey", json!([record, 1])).await;
	let epoch = sealed["epoch"].as_u64().expect("it is guarded");
	people.decide("committee renew key").await;
	chain::has_key_of(&people.node, epoch + 1).await;
	let values = [("record", &*record), ("file", &quoted(&file))];
	Stage::set(&people, &values).await.play(commands::RECORDS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_lie_alters_an_emergency_or_a_recovery() {
	let people = People::start().await;
	people.allow_emergencies(HOSPITAL_B, ADMIN_B, VICE_B, DOCTOR_B).await;
	Stage::set(&people, &[]).await.play(commands::EMERGENCIES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_lie_alters_what_a_council_decides() {
	let people = People::start().await;
	let runtime = people.path("runtime.wasm");
	std::fs::write(&runtime, WASM_BINARY.expect("it was built")).expect("the folder is writable");
	let eve = people.account("//Eve").await;
	let keys = quoted(people.path("keys.json"));
	let made = Command::new(binary("salus-node"))
		.args(["consortium", "keys", "--id", "dev", "--base-path"])
		.arg(people.path("eve"))
		.args(["--validator", &eve, "--seat", &eve, "--out", &keys])
		.output()
		.expect("salus-node can be started");
	assert!(made.status.success(), "{made:?}");
	let values = [("runtime", &*quoted(&runtime)), ("keys", &keys)];
	Stage::set(&people, &values).await.play(commands::COUNCIL_OF_ONE).await;
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
	Stage::set(people, &[("decided", motion)]).await.play(commands::COUNCIL_OF_FOUR).await;
}
