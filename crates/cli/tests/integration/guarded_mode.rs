//! Commands of guarded mode, up to the point where they need a node.

use salus_cli::{run, Code, Failure};

/// Address at which nothing listens.
const NOWHERE: &str = "ws://127.0.0.1:1";
const RECORD: &str = "0x0202020202020202020202020202020202020202020202020202020202020202";

/// Runs a command line and returns its failure.
async fn fails(line: &str) -> Failure {
	fails_with(line, &[]).await
}

/// Runs a command line, split at its spaces, with further arguments that may contain spaces.
async fn fails_with(line: &str, more: &[&str]) -> Failure {
	let line = line.replace("RECORD", RECORD);
	let args: Vec<_> = ["salus"]
		.into_iter()
		.chain(line.split_whitespace())
		.chain(more.iter().copied())
		.chain(["--url", NOWHERE])
		.collect();
	let mut out = Vec::new();
	let result = run(args, &mut out).await;
	assert_eq!(String::from_utf8(out).unwrap(), "", "{line}");
	result.err().unwrap_or_else(|| panic!("{line} did not fail"))
}

/// Valid command lines fail only when they need the node.
#[tokio::test]
async fn valid_command_lines_are_accepted() {
	for line in [
		"record add x.pdf --patient //Dave --category imaging --mode direct --confidentiality very-restricted --as //Bob",
		"record revise RECORD x.pdf --mode guarded --as //Bob",
		"record get RECORD --deadline 30s --as //Bob",
		"record reseal --all --as //Dave",
		"record reseal --record RECORD --as //Dave",
		"record reseal --record RECORD --version 2 --as //Dave",
		"record reseal --record RECORD --ignore-wrap --as //Dave",
		"request add --patient //Dave --all --as //Bob",
		"request add --patient //Dave --category imaging --category claim --purpose HRESCH --action read --for 30d --as //Bob",
		"request add --patient //Dave --record RECORD --version 1 --until 2030-01-01 --as //Bob",
		"request list --patient //Dave --patient //Eve --as //Bob",
		"request withdraw 3 --patient //Dave --as //Bob",
		"inbox --as //Dave",
		"inbox list --as //Dave",
		"inbox --patient //Dave --as //Eve",
		"inbox approve 3 --uses 2 --for 7d --as //Dave",
		"inbox approve 3 --until 2030-01-01 --patient //Dave --as //Eve",
		"inbox --patient //Dave decline 3 --as //Eve",
		"inbox answer --approve 1,2 --decline 3 --as //Dave",
		"inbox answer --decline 3,4 --as //Dave",
		"rule add --from role:practitioner@2 --everything --approve-for 30d --as //Dave",
		"rule add --category genomic --decline --as //Dave",
		"rule add --everything --purpose ETREAT --approve-for 1d --condition kind=hospital --as //Dave",
		"rule list --as //Dave",
		"rule remove 1 --as //Dave",
		"guardian appoint //Eve --everything --until 2030-01-01 --as //Dave",
		"guardian appoint //Eve --category imaging --purpose TREAT --as //Dave",
		"guardian dismiss 1 --as //Dave",
		"guardian list --patient //Dave",
		"consent grant --to //Bob --everything --uses 3 --condition emergency --as //Dave",
		"consent share 2 --patient //Dave --to //Carol --as //Bob",
		"consent share 2 --patient //Dave --to org:3 --record RECORD --uses 1 --for 1d --as //Bob",
		"consent opt-out on --as //Dave",
		"consent revoke 3 --no-reseal --as //Dave",
		"consent opt-out off --as //Dave",
		"emergency review 4 --role auditor --justified --as //Eve",
		"emergency review 4 --role admin --unjustified --as //Eve",
		"emergency list --as //Dave",
		"emergency list --patient //Dave",
		"emergency list --org 2",
		"emergency show 4",
		"emergency auditor appoint //Eve --as //Alice",
		"emergency auditor dismiss //Eve --as //Alice",
		"emergency auditor list",
		"emergency reinstate //Bob --as //Alice",
		"org bond deposit 2 5000 --as //Alice",
		"org bond withdraw 2 --as //Alice",
		"org bond show 2",
		"committee status",
		"committee reseal --status",
		"committee renew shares --as //Alice",
		"committee renew key --as //Alice",
		"committee elect //Alice //Bob //Charlie //Dave --as //Alice",
		"committee elect --longest-standing --as //Alice",
		"log show --as //Dave",
		"log show --patient //Dave --from 10 --limit 5",
		"log export --out log.json --patient //Dave",
		"member admit //Bob --org 1 --role practitioner --specialty 394579002 --as //Alice",
		"member sign --org 1 --role practitioner --as //Bob",
		"member leave --role practitioner --as //Bob",
		"patient release //Dave --org 1 --as //Alice",
		"member attest //Bob --role practitioner --verdict confirmed --as //Alice",
		"member attest //Bob --role practitioner --revoke --as //Alice",
		"record attest RECORD --verdict rejected --reason unreadable --as //Bob",
		"record attest RECORD --reason reviewed --as //Bob",
		"record withdraw RECORD --reason wrong-patient --as //Bob",
	] {
		let failure = fails(line).await;
		assert_eq!(failure.code(), Code::Unreachable, "{line}: {failure}");
	}
	let condition = "role=practitioner and not confidentiality>restricted";
	let line = "consent grant --to //Bob --everything --as //Dave --condition";
	let failure = fails_with(line, &[condition]).await;
	assert_eq!(failure.code(), Code::Unreachable, "{failure}");
}

#[tokio::test]
async fn invalid_command_lines_are_refused() {
	for line in [
		"record add x.pdf --patient //Dave --category imaging --mode open --as //Bob",
		"record add x.pdf --patient //Dave --category imaging --confidentiality secret --as //Bob",
		"record get RECORD --deadline soon --as //Bob",
		"committee reseal",
		"committee elect --as //Alice",
		"committee elect //Alice --longest-standing --as //Alice",
		"record reseal --as //Dave",
		"record reseal --all --record RECORD --as //Dave",
		"record reseal --all --version 1 --as //Dave",
		"record reseal --all --ignore-wrap --as //Dave",
		"request add --patient //Dave --as //Bob",
		"request add --everything --as //Bob",
		"request add --patient //Dave --everything --version 1 --as //Bob",
		"request add --patient //Dave --category imaging --version 1 --as //Bob",
		"request list --as //Bob",
		"inbox answer --as //Dave",
		"inbox answer --approve 1,x --as //Dave",
		"inbox answer --approve 1,1 --as //Dave",
		"inbox answer --approve 1 --decline 1 --as //Dave",
		"inbox approve 1 --uses 0 --as //Dave",
		"inbox approve 1 --for 1d --until 2030-01-01 --as //Dave",
		"rule add --everything --as //Dave",
		"rule add --everything --decline --approve-for 1d --as //Dave",
		"rule add --decline --as //Dave",
		"rule add --everything --decline --condition weather=rain --as //Dave",
		"guardian appoint //Eve --as //Dave",
		"consent grant --to //Bob --everything --uses 0 --as //Dave",
		"consent grant --to //Bob --everything --condition role --as //Dave",
		"consent share --patient //Dave --to //Carol --as //Bob",
		"consent share 2 --patient //Dave --to //Carol --everything --category imaging --as //Bob",
		"consent opt-out perhaps --as //Dave",
		"emergency open --patient //Dave --org 1 --reason curiosity --statement x --as //Bob",
		"emergency open --patient //Dave --org 1 --reason other --as //Bob",
		"emergency review 4 --role auditor --as //Eve",
		"emergency review 4 --role auditor --justified --unjustified --as //Eve",
		"emergency review 4 --justified --as //Eve",
		"emergency list --patient //Dave --org 1",
		"org bond deposit 2 much --as //Alice",
		"org bond deposit 2 -1 --as //Alice",
		"log show --limit 0 --as //Dave",
		"log export --force --as //Dave",
		"log verify x.json --header 0x12",
		"member attest //Bob --role practitioner --revoke --verdict rejected --as //Alice",
		"member attest //Bob --role practitioner --reason credential-unverified --as //Alice",
		"record attest RECORD --verdict confirmed --reason unreadable --as //Bob",
		"record attest RECORD --reason duplicate --as //Bob",
		"record attest RECORD --verdict rejected --reason reviewed --as //Bob",
		"record withdraw RECORD --reason reviewed --as //Bob",
	] {
		let failure = fails(line).await;
		assert!(matches!(failure, Failure::Usage(_)), "{line}: {failure}");
		assert_eq!(failure.code(), Code::Usage);
	}
}

#[tokio::test]
async fn commands_of_an_account_need_as() {
	for line in [
		"request add --patient //Dave --everything",
		"request list --patient //Dave",
		"inbox",
		"inbox decline 1 --patient //Dave",
		"rule list",
		"guardian list",
		"emergency list",
		"log show",
		"log export",
		"record reseal --all",
		"consent opt-out on",
	] {
		let failure = fails(line).await;
		assert!(matches!(failure, Failure::WhoActs), "{line}: {failure}");
		assert!(failure.to_string().contains("--as"), "{failure}");
	}
}

#[tokio::test]
async fn a_statement_stays_on_this_machine() {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("statement.txt");
	let line =
		"emergency open --patient //Dave --org 1 --reason unconscious --as //Bob --statement";
	let argument = path.to_str().unwrap();
	let failure = fails_with(line, &[argument]).await;
	assert_eq!(failure.code(), Code::Failure);
	assert!(failure.to_text().contains("cannot read"), "{failure}");

	std::fs::write(&path, "Found with a bottle of pills").unwrap();
	let failure = fails_with(line, &[argument]).await;
	assert_eq!(failure.code(), Code::Unreachable);
	let shown = format!("{}{}{failure:?}", failure.to_text(), failure.to_json());
	assert!(!shown.contains("pills"), "{shown}");

	let file = std::fs::File::create(&path).unwrap();
	file.set_len(2 * 1024 * 1024).unwrap();
	let failure = fails_with(line, &[argument]).await;
	assert!(failure.to_text().contains("1 MiB"), "{failure}");
}

#[tokio::test]
async fn the_help_of_conditions_explains_them() {
	for line in ["consent grant --help", "rule add --help", "consent share --help"] {
		let help = fails(line).await.to_string();
		assert!(help.contains("role=practitioner"), "{line}: {help}");
		assert!(help.contains("time=08:00-18:00"), "{line}: {help}");
	}
	let failure = fails("consent grant --to //Bob --everything --condition weather=rain").await;
	assert!(failure.to_string().contains("`weather` is not an attribute"), "{failure}");
}

#[tokio::test]
async fn help_and_completions_name_the_commands() {
	let help = fails("--help").await.to_string();
	let mut completions = Vec::new();
	run(["salus", "completions", "bash"], &mut completions).await.unwrap();
	let completions = String::from_utf8(completions).unwrap();
	for command in ["request", "inbox", "rule", "guardian", "emergency", "log", "committee"] {
		assert!(help.contains(&format!("  {command}")), "{command}: {help}");
		assert!(completions.contains(command), "{command}");
	}
	assert!(help.contains("no committee has a key in use"), "{help}");
}
