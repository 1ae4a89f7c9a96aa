//! The command line as a user runs it.

use serde_json::Value;
use std::{
	path::{Path, PathBuf},
	process::Stdio,
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
		Self {
			url: url.to_owned(),
			state: state.to_path_buf(),
		}
	}

	/// The same user at another node, or at the same one after a restart.
	pub fn at(&self, url: &str) -> Self {
		Self {
			url: url.to_owned(),
			state: self.state.clone(),
		}
	}

	/// A command that is not yet started.
	pub fn command(&self, who: &str, arguments: &[&str]) -> tokio::process::Command {
		let mut command = tokio::process::Command::new(super::binary("salus"));
		command
			.args(["--url", &self.url, "--json"])
			.arg("--state-dir")
			.arg(&self.state);
		if !who.is_empty() {
			command.args(["--as", who]);
		}
		command
			.args(arguments)
			.stdin(Stdio::null())
			.stdout(Stdio::piped())
			.stderr(Stdio::piped());
		command.kill_on_drop(true);
		command
	}

	/// Runs a command as `who` with `--json`, whatever comes of it.
	pub async fn try_run(&self, who: &str, arguments: &[&str]) -> CommandResult {
		let output = self
			.command(who, arguments)
			.output()
			.await
			.expect("salus can be started");
		CommandResult {
			code: output.status.code().unwrap_or(-1),
			out: String::from_utf8_lossy(&output.stdout).into_owned(),
			err: String::from_utf8_lossy(&output.stderr).into_owned(),
		}
	}

	/// Runs a command that must succeed, and gives its JSON.
	pub async fn run(&self, who: &str, arguments: &[&str]) -> Value {
		let result = self.try_run(who, arguments).await;
		assert_eq!(
			result.code,
			0,
			"salus {}\n{}\n{}",
			arguments.join(" "),
			result.out,
			result.err
		);
		result.json()
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
