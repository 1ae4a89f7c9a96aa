//! Behaviour of the command line before it connects to a node.

use salus_cli::{run, Code, Failure};

/// Address at which nothing listens.
const NOWHERE: &str = "ws://127.0.0.1:1";
const RECORD: &str = "0x0202020202020202020202020202020202020202020202020202020202020202";

async fn salus(args: &[&str]) -> (Result<Code, Failure>, String) {
	let mut out = Vec::new();
	let result = run([&["salus"], args].concat(), &mut out).await;
	(result, String::from_utf8(out).unwrap())
}

async fn fails(args: &[&str]) -> Failure {
	let (result, out) = salus(args).await;
	assert_eq!(out, "", "{args:?}");
	result.err().unwrap_or_else(|| panic!("{args:?} did not fail"))
}

#[test]
fn the_definition_of_the_command_line_is_consistent() {
	salus_cli::command().debug_assert();
}

#[tokio::test]
async fn help_lists_exit_codes_and_commands() {
	let help = fails(&["--help"]).await.to_string();
	assert!(help.contains("3  refused: the patient's consent does not cover it"), "{help}");
	for command in ["doctor", "keys", "org", "member", "patient", "record", "consent", "status"] {
		assert!(help.contains(command), "{command}");
	}
}

#[tokio::test]
async fn a_missing_node_is_reported_with_a_remedy() {
	for args in [
		&["status"][..],
		&["doctor"],
		&["org", "list"],
		&["record", "list", "--as", "//Dave"],
		&["record", "get", RECORD, "--as", "//Dave"],
		&["consent", "explain", RECORD, "--as", "//Dave"],
	] {
		let failure = fails(&[args, &["--url", NOWHERE]].concat()).await;
		assert_eq!(failure.code(), Code::Unreachable, "{args:?}");
		let text = failure.to_text();
		assert!(text.contains(NOWHERE) && text.contains("--url"), "{text}");
		assert!(text.contains("because: "), "{text}");
	}
}

#[tokio::test]
async fn the_list_of_times_does_not_change_a_result() {
	let failure = fails(&["status", "--trace-timing", "--url", NOWHERE]).await;
	assert_eq!(failure.code(), Code::Unreachable);
	let (result, plain) = salus(&["completions", "bash"]).await;
	assert!(result.is_ok());
	let (result, timed) = salus(&["--trace-timing", "completions", "bash"]).await;
	assert!(result.is_ok());
	assert_eq!(timed, plain);
}

#[tokio::test]
async fn an_unencrypted_connection_needs_insecure() {
	for url in ["ws://192.0.2.1:9944", "http://node.example"] {
		let failure = fails(&["status", "--url", url]).await;
		assert_eq!(failure.code(), Code::Usage, "{url}");
		let text = failure.to_text();
		assert!(text.contains("--insecure") && text.contains("wss://"), "{text}");
	}
	// Nothing listens here either, but the connection is attempted.
	let failure = fails(&["status", "--url", "ws://0.0.0.0:1", "--insecure"]).await;
	assert_eq!(failure.code(), Code::Unreachable);
}

#[tokio::test]
async fn an_address_without_a_scheme_gets_a_hint() {
	let failure = fails(&["status", "--url", "localhost:8445"]).await;
	assert_eq!(failure.code(), Code::Usage);
	let text = failure.to_text();
	assert!(text.contains("ws://localhost:8445"), "{text}");
	// Web addresses are accepted.
	for url in ["https://127.0.0.1:1", "http://127.0.0.1:1"] {
		let failure = fails(&["status", "--url", url]).await;
		assert_eq!(failure.code(), Code::Unreachable, "{url}");
		assert!(failure.to_text().contains("://127.0.0.1:1"), "{url}");
	}
}

#[tokio::test]
async fn unusable_tls_files_are_named() {
	let folder = tempfile::tempdir().unwrap();
	let empty = folder.path().join("empty.pem");
	std::fs::write(&empty, "").unwrap();
	let empty = empty.to_str().unwrap();
	let url = ["status", "--url", "wss://127.0.0.1:1"];
	for (options, says) in [
		(&["--ca-file", empty][..], "empty.pem"),
		(&["--ca-file", "nowhere.pem"], "nowhere.pem"),
		(&["--client-cert", empty, "--client-key", empty], "empty.pem"),
		(&["--client-key", empty], "--client-cert"),
	] {
		let failure = fails(&[&url[..], options].concat()).await;
		assert_eq!(failure.code(), Code::Usage, "{options:?}");
		assert!(failure.to_text().contains(says), "{failure}");
	}
}

#[test]
fn options_of_every_command_have_variables() {
	let command = salus_cli::command();
	for (id, variable) in [
		("url", "SALUS_URL"),
		("genesis", "SALUS_GENESIS"),
		("insecure", "SALUS_INSECURE"),
		("ca_file", "SALUS_CA_FILE"),
		("client_cert", "SALUS_CLIENT_CERT"),
		("client_key", "SALUS_CLIENT_KEY"),
		("no_reseal", "SALUS_NO_RESEAL"),
	] {
		let argument = command.get_arguments().find(|argument| argument.get_id() == id);
		let argument = argument.unwrap_or_else(|| panic!("{id}"));
		assert_eq!(argument.get_env().unwrap(), variable);
		assert!(argument.is_global_set(), "{id}");
	}
}

/// Standard output that its reader closed.
struct Gone;

impl std::io::Write for Gone {
	fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
		Err(std::io::ErrorKind::BrokenPipe.into())
	}

	fn flush(&mut self) -> std::io::Result<()> {
		Err(std::io::ErrorKind::BrokenPipe.into())
	}
}

#[tokio::test]
async fn a_closed_output_is_not_a_failure() {
	let folder = tempfile::tempdir().unwrap();
	let state = folder.path().display().to_string();
	for args in [
		&["completions", "bash"][..],
		&["keys", "list", "--state-dir", &state],
		&["keys", "list", "--state-dir", &state, "--json"],
		&["keys", "show", "//Alice"],
	] {
		let failure = run([&["salus"], args].concat(), &mut Gone).await;
		assert!(matches!(failure, Err(Failure::Output(_))), "{args:?}");
		let code = salus_cli::main([&["salus"], args].concat(), &mut Gone).await;
		assert_eq!(code, salus_cli::BROKEN_PIPE, "{args:?}");
	}
	// Other failures keep their exit codes.
	let args = ["salus", "status", "--json", "--url", NOWHERE];
	let code = salus_cli::main(args, &mut Gone).await;
	assert_eq!(code, Code::Unreachable as u8);
}

#[tokio::test]
async fn commands_of_an_account_need_as() {
	for args in [&["keys", "publish"][..], &["consent", "sync"], &["record", "list"]] {
		let failure = fails(&[args, &["--url", NOWHERE]].concat()).await;
		assert_eq!(failure.code(), Code::Usage, "{args:?}");
		assert!(failure.to_string().contains("--as"), "{failure}");
	}
}

#[tokio::test]
async fn secrets_on_the_command_line_are_refused() {
	let phrase = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
	for who in [phrase, "//Alice///password", "//"] {
		let failure = fails(&["keys", "publish", "--as", who, "--url", NOWHERE]).await;
		assert_eq!(failure.code(), Code::Key, "{who}");
		let text = failure.to_text();
		assert!(!text.contains("bottom") && !text.contains("password\""), "{text}");
		assert!(text.contains("salus keys new"), "{text}");
	}
}

#[tokio::test]
async fn invalid_command_lines_are_refused() {
	for args in [
		&["record", "add", "x.pdf", "--patient", "//Dave"][..],
		&["record", "add", "x.pdf", "--patient", "Dave", "--category", "imaging"],
		&["record", "add", "x.pdf", "--patient", "//Dave", "--category", "poetry"],
		&["record", "add", "--patient", "//Dave", "--category", "imaging"],
		&["record", "get", "0x12"],
		&["consent", "grant", "--to", "//Bob"],
		&["consent", "grant", "--to", "//Bob", "--everything", "--category", "imaging"],
		&["consent", "grant", "--to", "//Bob", "--everything", "--for", "soon"],
		&[
			"consent",
			"grant",
			"--to",
			"//Bob",
			"--everything",
			"--for",
			"1d",
			"--until",
			"2030-01-01",
		],
		&["consent", "deny", "--to", "king", "--everything"],
		&["member", "admit", "//Bob", "--role", "king"],
		&["member", "admit", "--role", "device"],
		&["member", "admit", "//Bob"],
		&["member", "admit", "//Bob", "--signed", "x.json"],
		&["member", "admit", "--signed", "x.json", "--role", "device"],
		&["member", "sign", "--role", "device"],
		&["org", "register", "--kind", "hospital"],
		&["patient", "enrol", "--as", "//Bob"],
		// The author chooses the name and could thereby choose which file is replaced.
		&["record", "get", RECORD, "--force", "--as", "//Bob"],
		&["record", "get", RECORD, "--out", ".", "--force", "--as", "//Bob"],
		&["patient", "enrol", "--self", "--patient", "//Dave"],
		&["patient", "enrol", "--self", "--org", "1"],
		&["patient", "enrol", "--enrolment", "x.json", "--org", "1"],
		&["member", "admit", "//Bob", "--role", "practitioner", "--specialty", "cardiology"],
		&["record", "attest", RECORD, "--revoke", "--verdict", "rejected"],
		&["recover", "propose", "//Dave"],
		&["recover", "propose", "//Dave", "--to", "//Eve", "--signed", "x.json"],
		&["recover", "propose", "//Dave", "--signed", "x.json", "--to-password-file", "x"],
		&["recover", "approve", "//Dave", "--signed", "x.json"],
	] {
		let failure = fails(args).await;
		assert!(matches!(failure, Failure::Usage(_)), "{args:?}: {failure}");
		assert_eq!(failure.code(), Code::Usage);
	}
}

/// Valid command lines fail only when they need the node.
#[tokio::test]
async fn valid_command_lines_are_accepted() {
	let as_dave = ["--as", "//Dave", "--url", NOWHERE];
	for args in [
		&["consent", "grant", "--to", "//Bob", "--record", RECORD, "--version", "2"][..],
		&[
			"consent",
			"grant",
			"--to",
			"org:2",
			"--category",
			"imaging",
			"--category",
			"claim",
			"--for",
			"30d",
		],
		&[
			"consent",
			"grant",
			"--to",
			"//Bob",
			"--everything",
			"--purpose",
			"TREAT",
			"--purpose",
			"HOPERAT",
		],
		&["consent", "deny", "--to", "role:device@2", "--record", RECORD],
		&["consent", "lift", "3"],
		&["org", "share-key", "2", "--to", "//Bob"],
		&["org", "share-key", "--to", "//Bob"],
		&["patient", "enrol", "--org", "1", "--patient", "//Eve", "--credential", RECORD],
		&["patient", "enrol", "--self"],
		&["member", "admit", "--org", "1", "//Eve", "--role", "device", "--for", "1y"],
		&[
			"record",
			"add",
			"x.pdf",
			"y.pdf",
			"--patient",
			"//Dave",
			"--category",
			"imaging",
			"--wait",
			"stored",
		],
		&["record", "revise", RECORD, "x.pdf", "--org", "1", "--title", "Corrected"],
		&["record", "get", RECORD, "--version", "1", "--out", "-", "--purpose", "PATRQT"],
		&["record", "attest", RECORD, "--verdict", "rejected", "--reason", "wrong-patient"],
		&["record", "attest", RECORD, "--revoke"],
		&["record", "erase", RECORD, "--yes", "--wait"],
		&["record", "get", RECORD, "--out", "x.pdf", "--force"],
		&["record", "add", "x.pdf", "--patient", "//Dave", "--category", "imaging", "--again"],
		&["recover", "sign", "//Eve", "--out", "x.json"],
		&["recover", "propose", "//Eve", "--to", "//NewPhone"],
		&["recover", "approve", "//Eve", "--to", "//NewPhone"],
	] {
		let failure = fails(&[args, &as_dave].concat()).await;
		assert_eq!(failure.code(), Code::Unreachable, "{args:?}: {failure}");
	}
}

#[tokio::test]
async fn an_address_alone_does_not_agree_to_a_recovery() {
	const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
	let propose = ["recover", "propose", "//Dave", "--to", ALICE, "--as", "//Bob"];
	let failure = fails(&[&propose[..], &["--url", NOWHERE]].concat()).await;
	assert!(matches!(failure, Failure::NoAgreement), "{failure}");
	assert_eq!(failure.code(), Code::Usage);
	let text = failure.to_text();
	assert!(text.contains("salus recover sign") && text.contains("--signed"), "{text}");
}

#[tokio::test]
async fn a_recovery_signed_for_another_patient_is_refused() {
	let folder = tempfile::tempdir().unwrap();
	let file = folder.path().join("agreed.json");
	let alice = salus_client::parse_account("//Alice").unwrap();
	let signed = salus_client::SignedRecovery {
		genesis: [7; 32],
		patient: alice,
		successor: alice,
		until: 1,
		signature: [6; 64],
	};
	let file = file.to_str().unwrap();
	for (content, says) in [
		(serde_json::to_string(&signed).unwrap(), "another patient"),
		("{}".to_owned(), "salus recover sign"),
	] {
		std::fs::write(file, content).unwrap();
		let propose = ["recover", "propose", "//Dave", "--signed", file, "--as", "//Bob"];
		let failure = fails(&[&propose[..], &["--url", NOWHERE]].concat()).await;
		assert!(failure.to_text().contains(says), "{failure}");
	}
}

#[tokio::test]
async fn erasing_needs_a_confirmation() {
	let failure = fails(&["record", "erase", RECORD, "--as", "//Dave", "--url", NOWHERE]).await;
	assert!(matches!(failure, Failure::NotConfirmed));
	assert_eq!(failure.code(), Code::Usage);
}

#[tokio::test]
async fn a_keystore_is_created_listed_shown_and_opened() {
	let folder = tempfile::tempdir().unwrap();
	let state = folder.path().join("state").display().to_string();
	let password = folder.path().join("password").display().to_string();
	std::fs::write(&password, "correct horse\n").unwrap();
	let common = ["--state-dir", &state, "--password-file", &password, "--json"];

	let (result, out) = salus(&[&["keys", "new", "dave"][..], &common].concat()).await;
	result.unwrap();
	let made: serde_json::Value = serde_json::from_str(&out).unwrap();
	let file = made["file"].as_str().unwrap();
	assert!(file.ends_with("keys/dave.json") && file.starts_with(&state), "{file}");
	assert!(!out.contains("correct horse"));

	let (result, out) = salus(&[&["keys", "list"][..], &common].concat()).await;
	result.unwrap();
	let listed: serde_json::Value = serde_json::from_str(&out).unwrap();
	assert_eq!(listed[0], made);

	for who in ["dave", file] {
		let (result, out) = salus(&[&["keys", "show", who][..], &common].concat()).await;
		result.unwrap();
		let shown: serde_json::Value = serde_json::from_str(&out).unwrap();
		assert_eq!(shown["account"], made["account"]);
		assert_eq!(shown["name"], "dave");
	}

	// The keystore opens, so only the node is missing.
	let publish = ["keys", "publish", "--as", "dave", "--url", NOWHERE];
	let failure = fails(&[&publish[..], &common].concat()).await;
	assert_eq!(failure.code(), Code::Unreachable);
	std::fs::write(&password, "wrong\n").unwrap();
	let failure = fails(&[&publish[..], &common].concat()).await;
	assert_eq!(failure.code(), Code::Key);
	assert!(failure.to_text().contains("password does not open"), "{failure}");

	let failure = fails(&[&["keys", "new", "dave"][..], &common].concat()).await;
	assert_eq!(failure.code(), Code::Key);
	let text = failure.to_text();
	assert!(
		text.contains("dave.json exists already") && text.contains("choose another name"),
		"{text}"
	);

	#[cfg(unix)]
	{
		use std::os::unix::fs::PermissionsExt;
		let mode = |path: &str| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
		assert_eq!(mode(file), 0o600);
		assert_eq!(mode(&format!("{state}/keys")), 0o700);
	}
}

#[tokio::test]
async fn a_missing_keystore_is_reported_without_a_prompt() {
	let failure = fails(&["consent", "sync", "--as", "nobody.json", "--url", NOWHERE]).await;
	assert_eq!(failure.code(), Code::Key);
}

#[tokio::test]
async fn completions_include_the_commands() {
	for shell in ["bash", "zsh", "fish"] {
		let (result, out) = salus(&["completions", shell]).await;
		result.unwrap();
		assert!(out.contains("consent") && out.contains("attest"), "{shell}");
	}
}

#[tokio::test]
async fn errors_for_programs_are_json() {
	let mut out = Vec::new();
	let args = ["salus", "status", "--json", "--url", NOWHERE];
	let code = salus_cli::main(args, &mut out).await;
	assert_eq!(code, Code::Unreachable as u8);
	let error: serde_json::Value = serde_json::from_slice(&out).unwrap();
	assert_eq!(error["error"]["kind"], "unreachable");
	assert!(error["error"]["message"].as_str().unwrap().contains(NOWHERE));
}

/// Regression: `--as` accepted the name of a keystore file but `--admin`, which `scripts/network`
/// advises, did not.
#[tokio::test]
async fn names_of_keystore_files_can_replace_accounts() {
	let folder = tempfile::tempdir().unwrap();
	let state = folder.path().join("state");
	let password = folder.path().join("password");
	std::fs::write(&password, "correct horse").unwrap();
	let common = [
		"--state-dir",
		state.to_str().unwrap(),
		"--password-file",
		password.to_str().unwrap(),
		"--url",
		NOWHERE,
	];
	let (made, _) = salus(&[&["keys", "new", "council-1"][..], &common].concat()).await;
	made.unwrap();
	for line in [
		"org register --kind hospital --admin council-1 --as council-1",
		"record list --patient council-1",
		"consent grant --to person:council-1 --everything --as council-1",
		"consent deny --to member:practitioner@2:council-1 --everything --as council-1",
		"consent grant --to council-1 --everything --as council-1",
		"guardian dismiss council-1 --as council-1",
		"patient release council-1 --org 1 --as council-1",
	] {
		let args: Vec<_> = line.split(' ').chain(common).collect();
		let failure = fails(&args).await;
		assert_eq!(failure.code(), Code::Unreachable, "{line}: {failure}");
	}
	for name in ["council-2", "../council-1", ""] {
		let args = ["org", "register", "--kind", "hospital", "--admin", name];
		let failure = fails(&[&args[..], &["--as", "council-1"], &common].concat()).await;
		assert_eq!(failure.code(), Code::Usage, "{name}: {failure}");
	}
}

#[tokio::test]
async fn usage_errors_are_json_on_request() {
	for args in [
		&["salus", "consent", "revoke", "abc", "--json"][..],
		&[
			"salus",
			"inbox",
			"answer",
			"--approve",
			"1",
			"--decline",
			"1",
			"--json",
			"--as",
			"//Dave",
		],
	] {
		let mut out = Vec::new();
		let code = salus_cli::main(args, &mut out).await;
		assert_eq!(code, Code::Usage as u8);
		let error: serde_json::Value = serde_json::from_slice(&out).unwrap();
		assert_eq!(error["error"]["kind"], "usage");
		let message = error["error"]["message"].as_str().unwrap();
		assert!(!message.is_empty() && !message.contains("Usage:"), "{message}");
	}
	let mut out = Vec::new();
	let code = salus_cli::main(["salus", "consent", "revoke", "abc"], &mut out).await;
	assert_eq!(code, Code::Usage as u8);
	assert!(out.is_empty());
}

#[test]
fn help_explains_every_purpose() {
	let mut command = salus_cli::command();
	command.build();
	let mut seen = 0;
	fn check(command: &clap::Command, seen: &mut usize) {
		for argument in command.get_arguments() {
			if argument.get_long() != Some("purpose") {
				continue;
			}
			*seen += 1;
			for value in argument.get_possible_values() {
				assert!(value.get_help().is_some(), "{}", value.get_name());
			}
		}
		for next in command.get_subcommands() {
			check(next, seen);
		}
	}
	check(&command, &mut seen);
	assert!(seen > 7, "{seen}");
}
