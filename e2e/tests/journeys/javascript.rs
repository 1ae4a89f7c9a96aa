//! The JavaScript clients @polkadot/api and polkadot-api work unmodified, and without custom types.

use salus_e2e::{cast::*, files, People, PATIENCE};
use std::process::Stdio;

#[tokio::test(flavor = "multi_thread")]
async fn polkadot_js_and_papi_work_without_custom_types() {
	let folder = salus_e2e::package_folder().join("javascript");
	assert!(
		folder.join("node_modules").exists(),
		"the JavaScript clients are not installed; run `npm ci` in {}",
		folder.display()
	);
	let people = People::start().await;
	let file = files::fhir_bundle(people.folder(), "bundle.json", 7.2);
	let record = people.add(&file, "laboratory", "Blood count").await;
	let run = tokio::process::Command::new("npm")
		.args(["test", "--silent"])
		.current_dir(&folder)
		.env("SALUS_URL", people.node.url())
		.env("SALUS_PATIENT", PATIENT)
		.env("SALUS_READER", DOCTOR_B)
		.env("SALUS_RECORD", &record)
		.stdin(Stdio::null())
		.kill_on_drop(true)
		.output();
	let output = tokio::time::timeout(2 * PATIENCE, run)
		.await
		.expect("the clients end in time")
		.expect("npm can be started");
	let out = String::from_utf8_lossy(&output.stdout);
	assert!(output.status.success(), "{out}\n{}", String::from_utf8_lossy(&output.stderr));
	assert!(
		out.contains("# fail 0") && !out.contains("# pass 0"),
		"no test ran, or one failed: {out}"
	);
}
