//! FHIR clients that others wrote do the whole journey unmodified, and a fuzzer finds the token
//! endpoint to be as its OpenAPI document says: docs/fhir.md.

use super::{
	fhir::{address, ALL},
	javascript,
};
use salus_e2e::{cast::*, fhir::FhirServer, People, PATIENCE};
use std::{path::PathBuf, process::Stdio};

/// Steps of the journey, as each client prints them.
const STEPS: [&str; 8] = [
	"search the patient",
	"search documents",
	"add documents",
	"open a document",
	"revise a document",
	"be refused, with the rule",
	"read the audit log",
	"erase documents",
];

/// Returns the program that runs clients in a language. If they are not installed, the test fails
/// where `SALUS_REQUIRE_CLIENTS=1` is set; elsewhere it says that it is skipped.
fn program(language: &str) -> Option<PathBuf> {
	let program =
		salus_e2e::package_folder().join("../conformance/clients").join(language).join("run");
	let check = std::process::Command::new(&program).arg("--check").status();
	if check.expect("the program can be started").success() {
		return Some(program);
	}
	assert_ne!(
		std::env::var("SALUS_REQUIRE_CLIENTS").as_deref(),
		Ok("1"),
		"the clients in {language} are not installed, and this run must not skip their tests; run \
		 scripts/setup --tests"
	);
	eprintln!(
		"\n*** SKIPPED: the clients in {language} are not installed; run scripts/setup --tests ***\n"
	);
	None
}

/// Runs a program, and returns what it printed. It must succeed.
async fn run(program: PathBuf, arguments: &[&str], variables: &[(&str, String)]) -> String {
	let run = tokio::process::Command::new(program)
		.args(arguments)
		.envs(variables.iter().map(|(name, value)| (name, value)))
		.stdin(Stdio::null())
		.kill_on_drop(true)
		.output();
	let output = tokio::time::timeout(2 * PATIENCE, run)
		.await
		.expect("the program ends in time")
		.expect("the program can be started");
	let out = String::from_utf8_lossy(&output.stdout).into_owned();
	assert!(output.status.success(), "{out}\n{}", String::from_utf8_lossy(&output.stderr));
	out
}

/// Starts a server for the journey, and returns it with the variables that a client reads.
async fn server(people: &People) -> (FhirServer, [(&'static str, String); 5]) {
	let clients = [
		("his", DOCTOR_A, ALL, &["TREAT"][..]),
		("other", DOCTOR_B, ALL, &["TREAT"][..]),
		("patient", PATIENT, ALL, &["PATRQT"][..]),
	];
	let server = FhirServer::start(people, &clients).await;
	let variables = [
		("SALUS_FHIR", format!("{}/fhir", server.base)),
		("SALUS_HIS", server.token("his", None).await),
		("SALUS_OTHER", server.token("other", None).await),
		("SALUS_OWN", server.token("patient", None).await),
		("SALUS_PATIENT", address(PATIENT)),
	];
	(server, variables)
}

async fn does_the_journey(language: &str) {
	let Some(program) = program(language) else { return };
	let people = People::start().await;
	let (_server, variables) = server(&people).await;
	let out = run(program, &["journey"], &variables).await;
	for step in STEPS {
		assert!(out.contains(&format!("done: {step}")), "{step} is missing: {out}");
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn hapi_does_the_journey_unmodified() {
	does_the_journey("java").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fhirpy_does_the_journey_unmodified() {
	does_the_journey("python").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fhir_kit_does_the_journey_unmodified() {
	let people = People::start().await;
	let (_server, variables) = server(&people).await;
	let variables = variables.each_ref().map(|(name, value)| (*name, &**value));
	javascript::run("test:fhir", &variables).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_endpoint_is_as_its_document_says() {
	let Some(program) = program("python") else { return };
	let people = People::start().await;
	let (server, _) = server(&people).await;
	let metrics = server.metrics_address().trim_end_matches("/metrics");
	for (address, least) in [(&*server.base, 500), (metrics, 1)] {
		let document = format!("{address}/openapi.json");
		let out = run(program.clone(), &["fuzz", &document], &[]).await;
		let count = out.lines().find_map(|line| line.trim().split_once(" generated, "));
		let count = count.and_then(|(count, _)| count.parse::<u32>().ok());
		assert!(count >= Some(least), "{out}");
	}
	assert!(!server.log().contains("panicked"));
}
