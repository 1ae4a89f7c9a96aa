//! The SDK's examples, which an integration engineer copies, against a real node. Also the program
//! of `scripts/bench-fhir`.

use salus_e2e::{binary_folder, cast::*, files, quoted, CommandResult, People, PATIENCE};
use std::process::Stdio;

/// Runs an example as someone, and returns its result.
async fn example(people: &People, name: &str, who: &str, arguments: &[&str]) -> CommandResult {
	let program = binary_folder().join("examples").join(name);
	assert!(program.exists(), "{name} is not built; run `cargo build --release --all-targets`");
	let run = tokio::process::Command::new(program)
		.args(arguments)
		.current_dir(people.folder())
		.env("SALUS_URL", people.node.url())
		.env("SALUS_AS", who)
		.env("XDG_STATE_HOME", people.path("state-of-examples"))
		.stdin(Stdio::null())
		.kill_on_drop(true)
		.output();
	let output = tokio::time::timeout(PATIENCE, run)
		.await
		.unwrap_or_else(|_| panic!("{name} does not end"))
		.expect("the example can be started");
	CommandResult {
		code: output.status.code().unwrap_or(-1),
		out: String::from_utf8_lossy(&output.stdout).into_owned(),
		err: String::from_utf8_lossy(&output.stderr).into_owned(),
	}
}

/// Runs an example that must succeed, and returns its output.
async fn works(people: &People, name: &str, who: &str, arguments: &[&str]) -> String {
	let result = example(people, name, who, arguments).await;
	assert_eq!(result.code, 0, "{name}\n{}\n{}", result.out, result.err);
	result.out
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_add_open_grant_and_audit() {
	let people = People::start().await;
	let file = files::fhir_bundle(people.folder(), "blood-count.json", 7.2);
	let name = "blood-count.json";

	let added = works(&people, "add_record", DOCTOR_A, &[name, PATIENT]).await;
	let record = added.split_whitespace().nth(1).expect("it names the record").to_owned();
	assert_eq!(added.trim(), format!("record {record} stored"));
	let again = example(&people, "add_record", DOCTOR_A, &[name, PATIENT]).await;
	assert!(again.code != 0 && again.err.contains("was added"), "{again:?}");

	std::fs::create_dir(people.path("opened")).expect("the folder is writable");
	let prefix = &record[..14];
	let refused = example(&people, "open_record", DOCTOR_B, &[prefix, "opened"]).await;
	assert!(refused.code != 0 && refused.err.contains("refused"), "{refused:?}");
	let opened = works(&people, "open_record", PATIENT, &[prefix, "opened"]).await;
	assert!(opened.contains("it is the patient's own record"), "{opened}");
	assert!(files::same(&file, &people.path("opened/blood-count.json")), "the file is altered");

	let granted = works(&people, "grant_and_revoke", PATIENT, &[DOCTOR_B]).await;
	for part in [" is in force", " is revoked"] {
		assert!(granted.contains(part), "{granted}");
	}

	let audit = works(&people, "audit_log", PATIENT, &["log.json"]).await;
	assert!(audit.contains("refused") && audit.contains("complete: "), "{audit}");
	people.cli.run("", format!("log verify {}", quoted(people.path("log.json")))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_figures_of_the_fhir_server_can_be_measured() {
	let program = binary_folder().join("examples").join("fhir_figures");
	let run = tokio::process::Command::new(program)
		.arg("--short")
		.stdin(Stdio::null())
		.kill_on_drop(true)
		.output();
	let output = tokio::time::timeout(2 * PATIENCE, run)
		.await
		.expect("it ends")
		.expect("it is built by `cargo build --release --all-targets`");
	let out = String::from_utf8_lossy(&output.stdout);
	let err = String::from_utf8_lossy(&output.stderr);
	assert!(output.status.success(), "{out}\n{err}");
	for row in
		["right after a change | 1 | Salus", "open 100 KiB | 2 | SDK", "| release of the key"]
	{
		assert!(out.contains(row), "{row}: {out}");
	}
}
