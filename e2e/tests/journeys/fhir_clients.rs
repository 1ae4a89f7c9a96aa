//! FHIR clients that others wrote do the whole journey unmodified, and a fuzzer finds the token
//! endpoint to be as its OpenAPI document says: docs/fhir.md.

use super::{fhir::address, javascript};
use salus_e2e::{
	cast::*,
	fhir::{FhirServer, HIS, OTHER, OWN},
	recorder::Recorder,
	People, PATIENCE,
};
use serde_json::{json, Value};
use std::{collections::BTreeSet, path::PathBuf, process::Stdio};

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
	let why = format!("the clients in {language} are not installed; run scripts/setup --tests");
	salus_e2e::skip(&why);
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

/// Starts people and a server for the journey, and returns them with the variables that a client
/// reads. What the server sends to the client passes through the recorder.
async fn start() -> (People, FhirServer, Recorder, [(&'static str, String); 5]) {
	let (people, mut server, _) = FhirServer::start_for([HIS, OTHER, OWN]).await;
	let recorder = server.restart_recorded().await;
	let [his, other, own] = server.tokens(["his", "other", "patient"]).await;
	let variables = [
		("SALUS_FHIR", format!("{}/fhir", server.base)),
		("SALUS_HIS", his),
		("SALUS_OTHER", other),
		("SALUS_OWN", own),
		("SALUS_PATIENT", address(PATIENT)),
	];
	(people, server, recorder, variables)
}

/// Checks that resources of the journey passed through the recorder.
fn assert_recorded(recorder: &Recorder) {
	assert!(recorder.seen() >= STEPS.len(), "only {} resources were recorded", recorder.seen());
}

async fn does_the_journey(language: &str) {
	let Some(program) = program(language) else { return };
	let (_people, _server, recorder, variables) = start().await;
	let out = run(program, &["journey"], &variables).await;
	for step in STEPS {
		assert!(out.contains(&format!("done: {step}")), "{step} is missing: {out}");
	}
	assert_recorded(&recorder);
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
	let (_people, _server, recorder, variables) = start().await;
	let variables = variables.each_ref().map(|(name, value)| (*name, &**value));
	javascript::run("test:fhir", &variables).await;
	assert_recorded(&recorder);
}

/// Checks members against a schema that permits no others.
fn check_members(members: &Value, schema: &Value) {
	let members = members.as_object().expect("an object");
	let properties = schema["properties"].as_object().expect("properties");
	let required = schema["required"].as_array().expect("names").iter();
	let required: BTreeSet<_> = required.filter_map(Value::as_str).collect();
	assert_eq!(members.keys().map(String::as_str).collect::<BTreeSet<_>>(), required);
	assert_eq!(schema["additionalProperties"], false);
	for (name, value) in members {
		let schema = &properties[name];
		let is_right = match schema["type"].as_str() {
			Some("string") => value.is_string(),
			Some("integer") => value.is_u64(),
			_ => schema.get("const") == Some(value),
		};
		assert!(is_right, "{name}: {schema}");
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_as_its_document_says() {
	let (_people, server, _) = FhirServer::start_for([HIS, OTHER, OWN]).await;
	let document = server.get("", &format!("{}/openapi.json", server.base)).await.json();
	let client = &server.clients[0];
	let assertion = client.assertion(&format!("{}/token", server.base), &json!({}), &json!({}));
	let scope = "system/Patient.rs system/Consent.read system/Task.*";
	let answer = server.ask_for_token(&assertion, scope).await;
	assert_eq!(answer.status, 200, "{answer:?}");
	assert_eq!(answer.header("content-type"), "application/json");
	let no_store = &document["components"]["headers"]["NoStore"]["schema"]["const"];
	assert_eq!((answer.header("cache-control"), no_store), ("no-store", &json!("no-store")));
	let token = answer.json();
	check_members(&token, &document["components"]["schemas"]["Token"]);
	let granted = "system/Patient.rs system/Consent.rs system/Task.cruds";
	let named = [&token["token_type"], &token["expires_in"], &token["scope"]];
	assert_eq!(named, [&json!("bearer"), &json!(300), &json!(granted)]);
	let token = token["access_token"].as_str().expect("a token");
	assert_eq!(server.get(token, "Task").await.status, 200);
	assert_eq!(server.get(token, "Organization").await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_endpoint_is_as_its_document_says() {
	let Some(program) = program("python") else { return };
	let (_people, server, _) = FhirServer::start_for([HIS, OTHER, OWN]).await;
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
