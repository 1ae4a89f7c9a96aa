//! The command line as a user runs it.

use crate::eventually;
use serde_json::Value;
use std::{
	path::{Path, PathBuf},
	process::Stdio,
	sync::{Arc, Mutex},
	time::Duration,
};
use tokio::{
	io::{AsyncBufReadExt, BufReader},
	process::{Child, Command},
	time::timeout,
};

/// A user with a state folder of their own, at one node.
#[derive(Clone)]
pub struct Cli {
	url: String,
	state: PathBuf,
}

/// What a command gave.
#[derive(Debug)]
pub struct CommandResult {
	/// Exit code.
	pub code: i32,
	/// Standard output.
	pub out: String,
	/// Standard error.
	pub err: String,
}

impl CommandResult {
	/// The output as JSON.
	pub fn json(&self) -> Value {
		serde_json::from_str(&self.out)
			.unwrap_or_else(|error| panic!("not JSON ({error}):\n{}\n{}", self.out, self.err))
	}
}

impl Cli {
	/// A user of the node at `url`.
	pub fn new(url: &str, state: &Path) -> Self {
		Self { url: url.to_owned(), state: state.to_path_buf() }
	}

	/// The same user at another node, or at the same one after a restart.
	pub fn at(&self, url: &str) -> Self {
		Self { url: url.to_owned(), state: self.state.clone() }
	}

	/// A command that is not yet started. Its result will be JSON.
	pub fn command(&self, who: &str, arguments: &[&str]) -> Command {
		let mut command = self.command_in_words(who, arguments);
		command.arg("--json");
		command
	}

	fn command_in_words(&self, who: &str, arguments: &[&str]) -> Command {
		let mut command = Command::new(super::binary("salus"));
		command.args(["--url", &self.url]).arg("--state-dir").arg(&self.state);
		if !who.is_empty() {
			command.args(["--as", who]);
		}
		command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
		command.kill_on_drop(true);
		command
	}

	/// Runs a command as `who` with `--json`, whatever comes of it.
	pub async fn try_run(&self, who: &str, arguments: &[&str]) -> CommandResult {
		let output = self.command(who, arguments).output().await.expect("salus can be started");
		CommandResult {
			code: output.status.code().unwrap_or(-1),
			out: String::from_utf8_lossy(&output.stdout).into_owned(),
			err: String::from_utf8_lossy(&output.stderr).into_owned(),
		}
	}

	/// Runs a command that must succeed, and gives its JSON.
	pub async fn run(&self, who: &str, arguments: &[&str]) -> Value {
		let result = self.try_run(who, arguments).await;
		assert_eq!(result.code, 0, "salus {}\n{}\n{}", arguments.join(" "), result.out, result.err);
		result.json()
	}

	/// Runs a command that must succeed, and gives its result as people read it.
	pub async fn in_words(&self, who: &str, arguments: &[&str]) -> String {
		let output = self.command_in_words(who, arguments).output().await;
		let output = output.expect("salus can be started");
		let error = String::from_utf8_lossy(&output.stderr);
		assert!(output.status.success(), "salus {}\n{error}", arguments.join(" "));
		String::from_utf8_lossy(&output.stdout).into_owned()
	}

	/// Starts a command as `who` with `--json`.
	pub fn start(&self, who: &str, arguments: &[&str]) -> Running {
		Running::new(self.command(who, arguments))
	}

	/// Runs a command that must fail with `code`, and gives what it said.
	pub async fn fails(&self, who: &str, arguments: &[&str], code: i32) -> CommandResult {
		let result = self.try_run(who, arguments).await;
		assert_eq!(
			result.code,
			code,
			"salus {}\n{}\n{}",
			arguments.join(" "),
			result.out,
			result.err
		);
		result
	}
}

/// A running command and its lines on standard error. It is killed when this is dropped.
pub struct Running {
	child: Child,
	said: Arc<Mutex<String>>,
}

impl Running {
	fn new(mut command: Command) -> Self {
		let mut child = command.spawn().expect("salus can be started");
		let said = Arc::new(Mutex::new(String::new()));
		let (sink, pipe) = (said.clone(), child.stderr.take().expect("stderr is piped"));
		tokio::spawn(async move {
			let mut lines = BufReader::new(pipe).lines();
			while let Ok(Some(line)) = lines.next_line().await {
				let mut said = sink.lock().expect("nobody panics with it");
				said.push_str(&line);
				said.push('\n');
			}
		});
		Self { child, said }
	}

	/// What it has said so far.
	pub fn said(&self) -> String {
		self.said.lock().expect("nobody panics with it").clone()
	}

	/// Waits until it has said `part`.
	pub async fn says(&self, part: &str, deadline: Duration) {
		eventually(part, deadline, || async { self.said().contains(part).then_some(()) }).await;
	}

	/// Waits until it ends; gives its exit code and what it said. `None` if it still runs.
	pub async fn ends(&mut self, deadline: Duration) -> Option<(i32, String)> {
		let status = timeout(deadline, self.child.wait()).await.ok()?;
		let code = status.expect("it can be waited for").code();
		Some((code.unwrap_or(-1), self.said()))
	}

	/// Kills it without warning (SIGKILL), unless it has ended.
	pub async fn kill(mut self) {
		self.child.kill().await.expect("it can be killed");
	}
}
