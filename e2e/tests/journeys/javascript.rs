//! JavaScript clients work unmodified: @polkadot/api and polkadot-api, without custom types.

use salus_e2e::{cast::*, files, People, PATIENCE};
use std::process::Stdio;

/// Runs a script of the package of JavaScript clients. All its tests must pass.
pub async fn run(script: &str, variables: &[(&str, &str)]) {
	let folder = salus_e2e::package_folder().join("javascript");
	assert!(
		folder.join("node_modules").exists(),
		"the JavaScript clients are not installed in {}; run scripts/setup --tests",
		folder.display()
	);
	let run = tokio::process::Command::new("npm")
		.args(["run", script, "--silent"])
		.current_dir(&folder)
		.envs(variables.iter().copied())
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

#[tokio::test(flavor = "multi_thread")]
async fn polkadot_js_and_papi_work_without_custom_types() {
	let people = People::start().await;
	let file = files::fhir_bundle(people.folder(), "bundle.json", 7.2);
	let record = people.add(&file, "laboratory", "Blood count").await;
	let variables = [
		("SALUS_URL", people.node.url()),
		("SALUS_PATIENT", PATIENT.into()),
		("SALUS_READER", DOCTOR_B.into()),
		("SALUS_RECORD", record),
	];
	run("test", &variables.each_ref().map(|(name, value)| (*name, &**value))).await;
}
