//! The table of commands, lies and results.

use super::{case::Case, judge::Verdict};
use std::{fs::File, io::Write, ops::AddAssign};

/// Results of the lies about a command.
#[derive(Debug, Default)]
pub struct Tally {
	/// Answers in honest sessions.
	pub answers: usize,
	/// Sessions with a lie.
	pub altered: usize,
	/// Commands that failed, or ended with a warning and its exit code.
	pub refused: usize,
	/// Commands that did what they do at an honest node.
	pub truths: usize,
	/// Commands that did, but for what is the node's word.
	pub word: usize,
	/// Commands that succeeded with a wrong effect, crashed, or hang.
	pub wrong: usize,
	/// Whether sessions ran to their end.
	pub whole: bool,
	/// The latest wrong effect.
	pub found: Option<String>,
}

impl Tally {
	/// Counts the result of a lie.
	pub fn count(&mut self, verdict: Verdict) {
		self.altered += 1;
		match verdict {
			Verdict::Refused => self.refused += 1,
			Verdict::True => self.truths += 1,
			Verdict::Word => self.word += 1,
			Verdict::Wrong(wrong) => {
				self.wrong += 1;
				self.found = Some(wrong);
			}
		}
	}
}

impl AddAssign for Tally {
	fn add_assign(&mut self, other: Self) {
		self.altered += other.altered;
		self.refused += other.refused;
		self.truths += other.truths;
		self.word += other.word;
		self.wrong += other.wrong;
	}
}

/// Prints the row of a command, and appends it to the file that `SALUS_LIES_TABLE` names.
pub fn row(case: &Case, tally: &Tally) {
	let Tally { answers, altered, refused, truths, word, wrong, .. } = tally;
	let line = case.line;
	let until = match (tally.whole, case.is_first) {
		(true, false) => "end",
		(false, false) => "signature",
		(true, true) => "end, first session",
		(false, true) => "signature, first session",
	};
	line_of_table(&format!(
		"| `{line}` | {until} | {answers} | {altered} | {refused} | {truths} | {word} | {wrong} |"
	));
}

/// Prints a line of the table, and appends it to the file.
pub fn line_of_table(line: &str) {
	eprintln!("{line}");
	if let Some(path) = std::env::var_os("SALUS_LIES_TABLE") {
		let file = File::options().create(true).append(true).open(path);
		let mut file = file.expect("SALUS_LIES_TABLE is writable");
		file.write_all(format!("{line}\n").as_bytes()).expect("SALUS_LIES_TABLE is writable");
	}
}
