//! The command line as a user runs it.

use crate::{eventually, PATIENCE};
use serde_json::Value;
use std::{
	path::{Path, PathBuf},
	process::{Output, Stdio},
	sync::{Arc, Mutex},
	time::Duration,
};
use tokio::{
	io::{AsyncBufReadExt, BufReader},
	process::{Child, Command},
	task::JoinHandle,
	time::timeout,
};

/// Exit code of a command that is used wrongly.
pub const USAGE: i32 = 2;
/// Exit code of a command that consent refuses.
pub const REFUSED: i32 = 3;
/// Exit code of a command about something that does not exist, or exists no longer.
pub const GONE: i32 = 4;
/// Exit code of a command that the chain refuses.
pub const CHAIN: i32 = 6;
/// Exit code of a success that the node reports without a proof, while finality stalls.
pub const NOT_FINAL: i32 = 9;
/// Exit code of an alarm: an answer is not the chain's, or a key is not the right one.
pub const UNTRUSTED: i32 = 10;
/// Exit code of a program that panicked, which is none of the command line's own.
const PANICKED: i32 = 101;

/// Limit for one command. An opening without a deadline waits ten minutes for hospitals, so a
/// command that runs longer than this hangs.
const LONGEST: Duration = Duration::from_secs(1_800);

/// Splits a command line into words at white space outside single quotes.
fn words(line: &str) -> Vec<String> {
	let (mut words, mut word, mut quotes) = (Vec::new(), None::<String>, false);
	for character in line.chars() {
		if character == '\'' {
			quotes = !quotes;
			// Two quotes are an empty word.
			word.get_or_insert_default();
		} else if character.is_whitespace() && !quotes {
			words.extend(word.take());
		} else {
			word.get_or_insert_default().push(character);
		}
	}
	assert!(!quotes, "a quote is not closed: {line}");
	words.extend(word);
	words
}

/// Returns a path as a word of a command line, in single quotes if it holds white space.
pub fn quoted(path: impl AsRef<Path>) -> String {
	let path = path.as_ref().to_str().expect("the tests' paths are UTF-8");
	assert!(!path.contains('\''), "a command line cannot name a path with a quote: {path}");
	if path.contains(char::is_whitespace) {
		format!("'{path}'")
	} else {
		path.to_owned()
	}
}

/// Runs a command to its end, which must come in time. A test that hangs says nothing.
async fn output_of(mut command: Command, line: &str) -> Output {
	match timeout(LONGEST, command.output()).await {
		Ok(output) => output.expect("salus can be started"),
		Err(_) => panic!("salus {line} still runs after {} s", LONGEST.as_secs()),
	}
}

/// Users who share a state folder, at one node.
#[derive(Clone)]
pub struct Cli {
	url: String,
	state: PathBuf,
}

/// Result of a command.
#[derive(Debug)]
pub struct CommandResult {
	/// Exit code, negative if a signal ended the command.
	pub code: i32,
	/// Standard output.
	pub out: String,
	/// Standard error.
	pub err: String,
}

impl CommandResult {
	/// Returns the output as JSON.
	pub fn json(&self) -> Value {
		serde_json::from_str(&self.out)
			.unwrap_or_else(|error| panic!("not JSON ({error}):\n{}\n{}", self.out, self.err))
	}

	/// Returns the first of the documents in the output: the result, which an error may follow.
	pub fn first_json(&self) -> Value {
		let mut documents = serde_json::Deserializer::from_str(&self.out).into_iter();
		let Some(Ok(first)) = documents.next() else {
			panic!("no JSON:\n{}\n{}", self.out, self.err);
		};
		first
	}

	/// Returns whether a panic, of any thread, or a signal ended the command.
	pub fn is_crash(&self) -> bool {
		self.code == PANICKED || self.code < 0 || self.err.contains(" panicked at ")
	}
}

/// Each command runs as `who`, a key such as `//Alice`, or with no key if that is empty. Its
/// arguments are one line, as in a shell: words with white space stand in single quotes.
impl Cli {
	/// Returns the users of the node at `url` whose state is in `state`.
	pub fn new(url: &str, state: &Path) -> Self {
		Self { url: url.to_owned(), state: state.to_path_buf() }
	}

	/// Returns the same users at another node, or at the same one after a restart.
	pub fn at(&self, url: &str) -> Self {
		Self { url: url.to_owned(), state: self.state.clone() }
	}

	/// Returns a command with `--json` that is not started yet.
	pub fn command(&self, who: &str, line: impl AsRef<str>) -> Command {
		let mut command = self.command_in_words(who, line);
		command.arg("--json");
		command
	}

	fn command_in_words(&self, who: &str, line: impl AsRef<str>) -> Command {
		let mut command = Command::new(super::binary("salus"));
		command.args(["--url", &self.url]).arg("--state-dir").arg(&self.state);
		if !who.is_empty() {
			command.args(["--as", who]);
		}
		command.args(words(line.as_ref()));
		command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
		command.kill_on_drop(true);
		command
	}

	/// Runs a command with `--json` and returns its result, whether or not it succeeds.
	pub async fn try_run(&self, who: &str, line: impl AsRef<str>) -> CommandResult {
		let output = output_of(self.command(who, &line), line.as_ref()).await;
		CommandResult {
			code: output.status.code().unwrap_or(-1),
			out: String::from_utf8_lossy(&output.stdout).into_owned(),
			err: String::from_utf8_lossy(&output.stderr).into_owned(),
		}
	}

	/// Runs a command that must succeed, and returns its JSON.
	///
	/// On a busy machine, a validator can pause until finality seems to stall. Then the
	/// command reports its success without a proof, and blocks must become final again.
	pub async fn run(&self, who: &str, line: impl AsRef<str>) -> Value {
		let line = line.as_ref();
		let result = self.try_run(who, line).await;
		if result.code == NOT_FINAL {
			eprintln!("salus {line}: {}", result.err);
			self.finality_goes_on().await;
		} else {
			assert_eq!(result.code, 0, "salus {line}\n{}\n{}", result.out, result.err);
		}
		result.json()
	}

	/// Waits until the block that is the node's best one now, or a later one, is final.
	async fn finality_goes_on(&self) {
		let best = eventually("the node says its best block", || self.status_of("best")).await;
		eventually("blocks are final again", || async {
			(self.status_of("finalized").await? >= best).then_some(())
		})
		.await;
	}

	/// Returns a number that the node says of itself, if it answers.
	async fn status_of(&self, name: &'static str) -> Option<u64> {
		let result = self.try_run("", "status").await;
		(result.code == 0).then(|| result.json()["node"][name].as_u64().expect("a number"))
	}

	/// Runs a command whose success the node must report without a proof, because finality stalls,
	/// and returns its JSON.
	pub async fn run_in_a_stall(&self, who: &str, line: impl AsRef<str>) -> Value {
		self.ends_with(who, line, NOT_FINAL).await.json()
	}

	/// Runs a command that must fail with `code`, and returns its result.
	pub async fn run_expecting_failure(
		&self,
		who: &str,
		line: impl AsRef<str>,
		code: i32,
	) -> CommandResult {
		self.ends_with(who, line, code).await
	}

	async fn ends_with(&self, who: &str, line: impl AsRef<str>, code: i32) -> CommandResult {
		let line = line.as_ref();
		let result = self.try_run(who, line).await;
		assert_eq!(result.code, code, "salus {line}\n{}\n{}", result.out, result.err);
		result
	}

	/// Runs a command that must succeed, and returns its output as people read it.
	pub async fn in_words(&self, who: &str, line: impl AsRef<str>) -> String {
		let line = line.as_ref();
		let output = output_of(self.command_in_words(who, line), line).await;
		let error = String::from_utf8_lossy(&output.stderr);
		assert!(output.status.success(), "salus {line}\n{error}");
		String::from_utf8_lossy(&output.stdout).into_owned()
	}

	/// Starts a command with `--json`, and does not wait for its end.
	pub fn start(&self, who: &str, line: impl AsRef<str>) -> Running {
		Running::new(self.command(who, line))
	}
}

/// A running command and its lines on standard error. It is killed when this is dropped.
pub struct Running {
	child: Child,
	said: Arc<Mutex<String>>,
	/// Collects the lines until the command closes standard error.
	reader: Option<JoinHandle<()>>,
}

impl Running {
	fn new(mut command: Command) -> Self {
		let mut child = command.spawn().expect("salus can be started");
		let said = Arc::new(Mutex::new(String::new()));
		let (sink, pipe) = (said.clone(), child.stderr.take().expect("stderr is piped"));
		let reader = tokio::spawn(async move {
			let mut lines = BufReader::new(pipe).lines();
			while let Ok(Some(line)) = lines.next_line().await {
				let mut said = sink.lock().expect("no holder panics");
				said.push_str(&line);
				said.push('\n');
			}
		});
		Self { child, said, reader: Some(reader) }
	}

	/// Returns the lines on standard error so far.
	pub fn said(&self) -> String {
		self.said.lock().expect("no holder panics").clone()
	}

	/// Waits for a line that contains `part`, and returns it.
	pub async fn wait_for_line(&self, part: &str) -> String {
		eventually(part, || async {
			let said = self.said();
			said.lines().find(|line| line.contains(part)).map(str::to_owned)
		})
		.await
	}

	/// Waits for the end, and returns the exit code and the lines on standard error. Returns `None`
	/// if the command still runs after `deadline`.
	pub async fn ends_within(&mut self, deadline: Duration) -> Option<(i32, String)> {
		let status = timeout(deadline, self.child.wait()).await.ok()?;
		let code = status.expect("the command can be waited for").code();
		// The last lines may still be in the pipe.
		if let Some(reader) = self.reader.take() {
			reader.await.expect("the reader does not panic");
		}
		Some((code.unwrap_or(-1), self.said()))
	}

	/// Waits for the end, and returns the exit code and the lines on standard error.
	pub async fn ends(&mut self) -> (i32, String) {
		self.ends_within(PATIENCE)
			.await
			.unwrap_or_else(|| panic!("the command still runs:\n{}", self.said()))
	}

	/// Kills the command without warning (SIGKILL), unless it has ended.
	pub async fn kill(mut self) {
		self.child.kill().await.expect("the command can be killed");
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_line_splits_into_words_outside_quotes() {
		let line = "record add '/tmp/my scan.dcm'  --title 'CT of the chest' --note ''";
		let expected =
			["record", "add", "/tmp/my scan.dcm", "--title", "CT of the chest", "--note", ""];
		assert_eq!(words(line), expected);
		assert_eq!(words(&quoted("/tmp/my scan.dcm")), ["/tmp/my scan.dcm"]);
		assert_eq!(quoted("/tmp/scan.dcm"), "/tmp/scan.dcm");
	}
}
