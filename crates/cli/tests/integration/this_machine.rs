//! The address book, and passwords of keystore files: what stays on this machine.

use salus_cli::{main, run, Code, Failure};
use serde_json::Value;

const NOWHERE: &str = "ws://127.0.0.1:1";
const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

struct Machine {
	folder: tempfile::TempDir,
}

impl Machine {
	fn new() -> Self {
		Self { folder: tempfile::tempdir().unwrap() }
	}

	fn path(&self, name: &str) -> String {
		self.folder.path().join(name).display().to_string()
	}

	fn password(&self, name: &str, content: &str) -> String {
		let path = self.path(name);
		std::fs::write(&path, content).unwrap();
		path
	}

	async fn salus(&self, args: &[&str]) -> Result<String, Failure> {
		let state = self.path("state");
		let args = [&["salus", "--state-dir", &state, "--url", NOWHERE], args].concat();
		let mut out = Vec::new();
		run(args, &mut out).await?;
		Ok(String::from_utf8(out).unwrap())
	}

	async fn code(&self, args: &[&str]) -> Code {
		self.salus(args).await.unwrap_err().code()
	}
}

#[tokio::test]
async fn a_contact_is_usable_wherever_an_account_is() {
	let machine = Machine::new();
	let added = machine.salus(&["contact", "add", "ward", ALICE]).await;
	assert_eq!(added.unwrap(), format!("ward is {ALICE}\n"));
	for args in [
		&["record", "list", "--closed", "--patient", "ward"][..],
		&["member", "show", "ward"],
		&["consent", "grant", "--to", "ward", "--all", "--as", "//Bob"],
		&["consent", "grant", "--to", "person:ward", "--all", "--as", "//Bob"],
		&["consent", "deny", "--to", "member:practitioner@2:ward", "--all", "--as", "//Bob"],
		&["guardian", "dismiss", "ward", "--as", "//Bob"],
		&["tokens", "send", "ward", "1", "--as", "//Bob"],
	] {
		// It was understood: the next thing that fails is the node.
		assert_eq!(machine.code(args).await, Code::Unreachable, "{args:?}");
	}
	let unknown = machine.salus(&["member", "show", "wart"]).await.unwrap_err();
	assert_eq!(unknown.code(), Code::Usage);
	assert!(unknown.to_string().contains("salus contact list"), "{unknown}");

	let shown = machine.salus(&["keys", "show", "ward"]).await.unwrap();
	assert!(shown.contains(ALICE), "{shown}");
	let listed = machine.salus(&["--json", "contact", "list"]).await.unwrap();
	let listed: Value = serde_json::from_str(&listed).unwrap();
	assert_eq!(listed[0]["name"], "ward");
	assert_eq!(listed[0]["account"], ALICE);
	let removed = machine.salus(&["contact", "remove", "ward"]).await.unwrap();
	assert!(removed.contains(ALICE), "{removed}");
	assert_eq!(machine.code(&["contact", "remove", "ward"]).await, Code::NotFound);
	assert_eq!(machine.code(&["member", "show", "ward"]).await, Code::Usage);
}

#[tokio::test]
async fn a_name_that_deceives_or_is_taken_is_refused() {
	let machine = Machine::new();
	machine.salus(&["contact", "add", "ward", ALICE]).await.unwrap();
	for name in ["//Alice", "7", "a\u{202e}b", "a\nb", "a b", "person:x", "Ward", ALICE, "other"] {
		let code = machine.code(&["contact", "add", name, ALICE]).await;
		assert_eq!(code, Code::Usage, "{name:?}");
	}
	let listed = machine.salus(&["contact", "list"]).await.unwrap();
	assert_eq!(listed.lines().count(), 2, "{listed}");
}

#[tokio::test]
async fn a_damaged_book_is_told_and_no_command_fails_for_it() {
	let machine = Machine::new();
	std::fs::create_dir(machine.path("state")).unwrap();
	std::fs::write(machine.path("state/contacts.json"), "{").unwrap();
	assert_eq!(machine.code(&["contact", "list"]).await, Code::Failure);
	assert_eq!(machine.code(&["member", "show", ALICE]).await, Code::Unreachable);
	let told = machine.salus(&["member", "show", "ward"]).await.unwrap_err();
	assert!(told.to_string().contains("address book of this program"), "{told}");
}

#[tokio::test]
async fn a_keystore_gets_another_password() {
	let machine = Machine::new();
	let (old, new) = (machine.password("old", "whoisbob\n"), machine.password("new", "horse\n"));
	let by_old = ["--password-file", &old];
	machine.salus(&[&["keys", "new", "bob"][..], &by_old].concat()).await.unwrap();
	let change = ["keys", "password", "bob", "--new-password-file", &new];
	let changed = machine.salus(&[&change[..], &by_old].concat()).await.unwrap();
	assert!(changed.contains("bob.json now opens with the new password only"), "{changed}");
	assert_eq!(machine.code(&[&change[..], &by_old].concat()).await, Code::Key);

	let publish = ["keys", "publish", "--as", "bob", "--password-file"];
	assert_eq!(machine.code(&[&publish[..], &[&old]].concat()).await, Code::Key);
	assert_eq!(machine.code(&[&publish[..], &[&new]].concat()).await, Code::Unreachable);
	let files = std::fs::read_dir(machine.path("state/keys")).unwrap();
	assert_eq!(files.count(), 1);

	let empty = machine.password("empty", "");
	let args = ["keys", "password", "bob", "--password-file", &new, "--new-password-file", &empty];
	assert_eq!(machine.code(&args).await, Code::Key);
	assert_eq!(machine.code(&["keys", "password", "--as", "//Bob"]).await, Code::Usage);
	let mut out = Vec::new();
	assert_eq!(main(["salus", "keys", "password", "nobody"], &mut out).await, Code::Key as u8);
}
