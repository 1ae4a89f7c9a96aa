//! What is no upgrade is not taken for one.

use salus_e2e::Consortium;
use serde_json::{json, Value};

/// Exit code of a command that the chain refuses.
const CHAIN: i32 = 6;

#[tokio::test(flavor = "multi_thread")]
async fn only_what_the_council_authorised_is_applied_and_only_if_it_is_newer() {
	let people = Consortium::start().await;
	let status = || people.cli.run("", &["upgrade", "status"]);
	let before = status().await;
	assert_eq!(before["authorized"], Value::Null);
	let code = people
		.node
		.rpc("state_getStorage", json!(["0x3a636f6465"]))
		.await;
	let code = code.expect("it answers");
	let code = code
		.as_str()
		.expect("there is a runtime")
		.trim_start_matches("0x");
	let mut code = hex::decode(code).expect("hex");
	let write = |name: &str, content: &[u8]| {
		let path = people.folder().join(name);
		std::fs::write(&path, content).expect("the folder is writable");
		path.to_str().expect("UTF-8").to_owned()
	};
	let running = write("running.wasm", &code);
	code.push(0);
	let another = write("another.wasm", &code);
	let letter = write("letter.wasm", b"Dear colleague");

	// Nothing is applied that nobody authorised.
	let doctor = people.doctor_a;
	let apply = async |file: &str| {
		let arguments = ["upgrade", "apply", file];
		people.cli.fails("//Alice", &arguments, CHAIN).await
	};
	let refusal = apply(&running).await;
	assert!(refusal.err.contains("NothingAuthorized"), "{refusal:?}");
	let refusal = people
		.cli
		.fails("//Alice", &["upgrade", "authorize", &letter], 1)
		.await;
	assert!(refusal.err.contains("no runtime"), "{refusal:?}");
	let refusal = people
		.cli
		.try_run(doctor, &["upgrade", "authorize", &running])
		.await;
	assert!(
		refusal.code != 0 && refusal.err.contains("seat"),
		"{refusal:?}"
	);

	people.decide(&["upgrade", "authorize", &running]).await;
	let authorized = status().await["authorized"].clone();
	assert!(
		authorized.as_str().is_some_and(|hash| hash.len() == 66),
		"{authorized}"
	);
	let refusal = apply(&another).await;
	assert!(refusal.err.contains("Unauthorized"), "{refusal:?}");
	assert_eq!(status().await["authorized"], authorized);

	// The council cannot go back, nor stay: an upgrade is a higher version. What was tried is authorised no more.
	let refusal = apply(&running).await;
	assert!(
		refusal.err.contains("SpecVersionNeedsToIncrease"),
		"{refusal:?}"
	);
	assert_eq!(status().await, before);
}
