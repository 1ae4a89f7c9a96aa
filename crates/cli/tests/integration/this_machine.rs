//! What stays on this machine.

use salus_cli::{main, run, Code, Failure};

const NOWHERE: &str = "ws://127.0.0.1:1";

struct Machine {
	folder: tempfile::TempDir,
}

impl Machine {
	fn new() -> Self {
		Self {
			folder: tempfile::tempdir().unwrap(),
		}
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
async fn a_keystore_gets_another_password() {
	let machine = Machine::new();
	let (old, new) = (
		machine.password("old", "whoisbob\n"),
		machine.password("new", "horse\n"),
	);
	let by_old = ["--password-file", &old];
	machine
		.salus(&[&["keys", "new", "bob"][..], &by_old].concat())
		.await
		.unwrap();
	let change = ["keys", "password", "bob", "--new-password-file", &new];
	let changed = machine
		.salus(&[&change[..], &by_old].concat())
		.await
		.unwrap();
	assert!(
		changed.contains("bob.json now opens with the new password only"),
		"{changed}"
	);
	assert_eq!(
		machine.code(&[&change[..], &by_old].concat()).await,
		Code::Key
	);

	let publish = ["keys", "publish", "--as", "bob", "--password-file"];
	assert_eq!(
		machine.code(&[&publish[..], &[&old]].concat()).await,
		Code::Key
	);
	assert_eq!(
		machine.code(&[&publish[..], &[&new]].concat()).await,
		Code::Unreachable
	);
	let files = std::fs::read_dir(machine.path("state/keys")).unwrap();
	assert_eq!(files.count(), 1);

	let empty = machine.password("empty", "");
	let args = [
		"keys",
		"password",
		"bob",
		"--password-file",
		&new,
		"--new-password-file",
		&empty,
	];
	assert_eq!(machine.code(&args).await, Code::Key);
	assert_eq!(
		machine.code(&["keys", "password", "--as", "//Bob"]).await,
		Code::Usage
	);
	let mut out = Vec::new();
	assert_eq!(
		main(["salus", "keys", "password", "nobody"], &mut out).await,
		Code::Key as u8
	);
}
