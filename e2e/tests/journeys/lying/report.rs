//! The table of commands, lies and results.

use super::{case::Case, commands, judge::Verdict};
use salus_e2e::liar::{Lie, Place};
use std::{collections::BTreeSet, ops::AddAssign, sync::Mutex, time::Duration};

/// Results of the lies about a command.
#[derive(Debug, Default)]
pub struct Tally {
	/// Answers in honest sessions.
	pub answers: usize,
	/// Answers that were rewritten in at least one session, so that they meant something else.
	pub rewritten: usize,
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
	/// Rewritten answers that [`Tally::close`] has yet to count.
	pub(super) open: BTreeSet<Place>,
}

impl Tally {
	/// Counts the result of a lie.
	pub fn count(&mut self, place: &Place, lie: Lie, verdict: Verdict) {
		self.altered += 1;
		if matches!(lie, Lie::Altered(_)) {
			self.open.insert(place.clone());
		}
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

	/// Counts the answers of an honest session and those that were rewritten, and names the others
	/// if all should have been.
	pub fn close(&mut self, case: &Case, places: &[Place], is_complete: bool) {
		let rewritten = std::mem::take(&mut self.open);
		self.answers += places.len();
		self.rewritten += places.iter().filter(|place| rewritten.contains(*place)).count();
		for place in places.iter().filter(|place| is_complete && !rewritten.contains(*place)) {
			eprintln!("salus {}: {place:?} did not come again, and was not rewritten", case.line);
		}
	}
}

impl AddAssign for Tally {
	fn add_assign(&mut self, other: Self) {
		self.answers += other.answers;
		self.rewritten += other.rewritten;
		self.altered += other.altered;
		self.refused += other.refused;
		self.truths += other.truths;
		self.word += other.word;
		self.wrong += other.wrong;
		self.open.extend(other.open);
	}
}

/// Number of columns with counts.
const COUNTS: usize = 7;

/// Beginning of the table.
const HEAD: &str = "\
| command | until | answers | rewritten | lies | refused | true result | node's word | wrong |
|---|---|---:|---:|---:|---:|---:|---:|---:|
";

/// Row of a command.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
	/// Place in the tables of commands; `None` for a command with a test of its own.
	place: Option<usize>,
	line: String,
	until: &'static str,
	counts: [usize; COUNTS],
	took: Duration,
}

/// Rows of all tests of this run.
static ROWS: Mutex<Vec<Row>> = Mutex::new(Vec::new());

impl Row {
	fn of(case: &Case, tally: &Tally, took: Duration) -> Self {
		let Tally { answers, rewritten, altered, refused, truths, word, wrong, .. } = *tally;
		let until = match (tally.whole, case.is_first) {
			(true, false) => "end",
			(false, false) => "signature",
			(true, true) => "end, first session",
			(false, true) => "signature, first session",
		};
		let is_it = |other: &&Case| {
			(other.line, other.who, other.is_first) == (case.line, case.who, case.is_first)
		};
		Self {
			place: commands::ALL.iter().copied().flatten().position(|other| is_it(&other)),
			line: case.line.to_owned(),
			until,
			counts: [answers, rewritten, altered, refused, truths, word, wrong],
			took,
		}
	}

	fn shown(&self) -> String {
		let counts = self.counts.map(|count| count.to_string()).join(" | ");
		format!("| `{}` | {} | {counts} |\n", self.line, self.until)
	}
}

/// Returns the table of these rows, in the order of the commands, with their sum.
fn table(rows: &[Row]) -> String {
	let mut rows: Vec<&Row> = rows.iter().collect();
	rows.sort();
	let sum = rows.iter().fold([0; COUNTS], |mut sum, row| {
		sum.iter_mut().zip(row.counts).for_each(|(sum, count)| *sum += count);
		sum
	});
	let sum = sum.map(|count| format!("**{count}**")).join(" | ");
	let lines: String = rows.iter().map(|row| row.shown()).collect();
	format!("{HEAD}{lines}| **{} commands** | | {sum} |\n", rows.len())
}

/// Prints the row of a command and how long it took, and writes the table so far to the file that
/// `SALUS_LIES_TABLE` names.
pub fn row(case: &Case, tally: &Tally, took: Duration) {
	let row = Row::of(case, tally, took);
	let mut rows = ROWS.lock().expect("no holder panics");
	rows.push(row.clone());
	let lies: usize = rows.iter().map(|row| row.counts[2]).sum();
	let all: Duration = rows.iter().map(|row| row.took).sum();
	eprintln!(
		"{}in {} s; so far {} commands and {lies} lies, in {} s one after another",
		row.shown(),
		took.as_secs(),
		rows.len(),
		all.as_secs()
	);
	if let Some(path) = std::env::var_os("SALUS_LIES_TABLE") {
		std::fs::write(path, table(&rows)).expect("SALUS_LIES_TABLE is writable");
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn place(earlier: usize) -> Place {
		Place { name: "a".into(), earlier }
	}

	#[test]
	fn a_table_has_its_rows_in_order_and_their_sum() {
		let case = &commands::READS[0];
		let mut tally = Tally { whole: true, ..Tally::default() };
		tally.count(&place(0), Lie::Altered(40), Verdict::Refused);
		tally.count(&place(0), Lie::Altered(970), Verdict::True);
		tally.count(&place(1), Lie::Nothing, Verdict::Word);
		tally.close(case, &[place(0), place(1)], false);
		let first = Row::of(case, &tally, Duration::ZERO);
		assert_eq!(first.counts, [2, 1, 3, 1, 1, 1, 0]);
		let second = Row::of(&commands::READS[1], &tally, Duration::ZERO);
		let table = table(&[second, first]);
		let lines: Vec<_> = table.lines().skip(2).collect();
		assert_eq!(lines[0], "| `record show {record}` | end | 2 | 1 | 3 | 1 | 1 | 1 | 0 |");
		assert_eq!(lines[1], "| `consent list` | end | 2 | 1 | 3 | 1 | 1 | 1 | 0 |");
		let sum = "**4** | **2** | **6** | **2** | **2** | **2** | **0** |";
		assert_eq!(lines[2], format!("| **2 commands** | | {sum}"));
	}
}
