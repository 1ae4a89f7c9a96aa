//! Results as a text that a person can read.

use crate::{
	problem::{Condition, Problem},
	Field, Segment,
};

/// Components of a coded value (CE, CWE) with its code, in the coding systems that it can have.
pub(crate) const CODES: [usize; 3] = [1, 4, 10];

/// Components of a coded value with its text, the sender's own words last.
pub(crate) const TEXTS: [usize; 4] = [2, 5, 11, 9];

/// Components of a coded value, or subcomponents of one within another type, that can name it.
const NAMES: [usize; 7] = [2, 5, 11, 9, 1, 4, 10];

/// Components of a unit or a flag, its code first.
const BY_CODE: [usize; 5] = [1, 2, 4, 5, 9];

/// Maximum number of flags of a result. Their words are longer than their codes.
const MAX_FLAGS: usize = 32;

/// Indentation of a note's lines.
const NOTE: &str = "  ";

/// Indentation of prose, and of all lines of a value but its first. A line of a result begins at
/// the margin, and one of a note before this, so no value looks like one of these.
const CONTINUED: &str = "    ";

/// Status of a report without results.
pub(crate) const CANCELLED: &str = "cancelled";

/// Returns the word for a report's status, OBR-25; empty if it is final or not given.
pub(crate) fn unfinished(code: &str) -> &'static str {
	match code {
		"P" | "A" | "R" | "S" => "preliminary",
		"I" | "O" => "pending",
		"C" => "corrected",
		"X" => CANCELLED,
		_ => "",
	}
}

/// Returns the word for a report that has a result of this status, OBX-11.
pub(crate) fn correction(code: &str) -> &'static str {
	match code {
		"C" | "D" | "W" => "corrected",
		"P" | "R" | "S" | "I" => "preliminary",
		_ => "",
	}
}

/// Returns the word for a document's completion, TXA-17; empty if it is finished or not given.
pub(crate) fn completion(code: &str) -> &'static str {
	match code {
		"DI" | "IN" | "IP" | "PA" => "preliminary",
		_ => "",
	}
}

/// Returns the word for a result's status, OBX-11; empty if it is final or not given.
fn status(code: &str) -> &str {
	match code {
		"F" | "U" | "" => "",
		"C" => "corrected",
		"P" => "preliminary",
		"D" => "deleted",
		"W" => "wrong, do not use",
		"X" => "cannot be obtained",
		"R" => "not verified",
		"S" => "partial",
		"I" => "pending",
		"N" => "not asked for",
		"O" => "order only, no result",
		other => other,
	}
}

/// Returns whether a result of this status, OBX-11, can be without a value (HL7 table 0085).
fn is_without_value(code: &str) -> bool {
	matches!(code, "D" | "I" | "N" | "O" | "W" | "X")
}

/// Returns the problem of a result that would be shown as empty. Status U says that it is final and
/// not sent again, but a version of a document has all results.
fn no_value(number: usize) -> Problem {
	let text = "OBX-5 is empty; send each value with its result, even if it was sent before";
	let problem = Problem::new(Condition::RequiredField, "field-missing", text);
	problem.at_number("OBX", number, 5)
}

/// Returns the word for an abnormal flag, OBX-8.
fn flag(code: String) -> String {
	let word = match code.as_str() {
		"H" => "high",
		"L" => "low",
		"HH" => "critically high",
		"LL" => "critically low",
		"A" => "abnormal",
		"AA" => "critically abnormal",
		"N" => "normal",
		_ => return code,
	};
	word.to_owned()
}

/// Returns a date and time as people write it, or as it was sent.
fn moment(text: &str) -> String {
	let digits = text.bytes().take_while(u8::is_ascii_digit).count();
	let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
	let zone = text.rfind(['+', '-']).and_then(|at| text.get(at..)).unwrap_or_default();
	let zone = if zone.is_empty() { String::new() } else { format!(" {zone}") };
	let date = format!("{}-{}-{}", part(0, 4), part(4, 6), part(6, 8));
	match digits {
		8 => date,
		12 => format!("{date} {}:{}{zone}", part(8, 10), part(10, 12)),
		14 => format!("{date} {}:{}:{}{zone}", part(8, 10), part(10, 12), part(12, 14)),
		_ => text.to_owned(),
	}
}

/// Returns a coded value: its text, with its code.
fn coded(field: Field<'_>) -> String {
	let (code, text) = (field.first_of(&CODES), field.first_of(&TEXTS));
	match (code.is_empty(), text.is_empty()) {
		(true, _) => text,
		(false, true) => code,
		(false, false) => format!("{text} ({code})"),
	}
}

/// Returns the name of a result or report.
fn name(field: Field<'_>) -> String {
	field.first_of(&NAMES)
}

/// Returns texts that are not empty as one.
fn joined(texts: impl Iterator<Item = String>, between: &str) -> String {
	let mut all = String::new();
	for text in texts.filter(|text| !text.is_empty()) {
		if !all.is_empty() {
			all.push_str(between);
		}
		all.push_str(&text);
	}
	all
}

/// Returns a value of a type of HL7.
fn value(of_type: &str, field: Field<'_>) -> String {
	let parts = |between: &str| joined(field.components().map(|one| one.text()), between);
	match of_type {
		"CE" | "CWE" | "CNE" | "CF" | "IS" | "ID" => coded(field),
		"SN" => parts(""),
		"NR" if field.components().take(3).count() == 2 => {
			let [low, high] = [1, 2].map(|number| field.component(number).text());
			match (low.is_empty(), high.is_empty()) {
				(true, true) => String::new(),
				(true, false) => format!("up to {high}"),
				(false, true) => format!("from {low}"),
				(false, false) => format!("{low} to {high}"),
			}
		}
		"TS" | "DTM" | "DT" => moment(&field.component(1).text()),
		"NM" | "ST" | "TX" | "FT" | "SI" | "TM" | "" => field.text(),
		_ => parts(" "),
	}
}

fn values(obx: Segment<'_>, between: &str) -> String {
	let of_type = obx.field(2).text();
	joined(obx.field(5).repetitions().map(|one| value(&of_type, one)), between)
}

/// Returns the words for the abnormal flags of a result, OBX-8.
fn flags(obx: Segment<'_>, number: usize) -> Result<Vec<String>, Problem> {
	let words = obx.field(8).repetitions().map(|one| flag(one.first_of(&BY_CODE)));
	let words: Vec<_> =
		words.filter(|one| !one.is_empty()).take(MAX_FLAGS.saturating_add(1)).collect();
	if words.len() > MAX_FLAGS {
		let text = format!("OBX-8 has more than {MAX_FLAGS} flags; send fewer");
		let problem = Problem::new(Condition::TooLong, "too-many", text);
		return Err(problem.at_number("OBX", number, 8));
	}
	Ok(words)
}

/// Returns the result that a report says more about, OBR-26, such as the isolate of an antibiogram.
fn parent(field: Field<'_>) -> String {
	let name = field.component(1).first_within(&NAMES);
	let part = field.component(2).text();
	let part = if part.is_empty() { part } else { format!("[{part}]") };
	let name = joined([name, part].into_iter(), " ");
	joined([name, field.component(3).text()].into_iter(), ": ")
}

/// Returns the specimen of a report, OBR-15: its type and site.
fn source(field: Field<'_>) -> String {
	joined([1, 4].map(|number| field.component(number).first_within(&NAMES)).into_iter(), ", ")
}

/// Returns whether a character ends a line.
pub(crate) fn is_break(one: char) -> bool {
	matches!(one, '\n' | '\r' | '\x0b' | '\x0c' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Returns whether a character turns the direction of a text around.
pub(crate) fn turns_direction(one: char) -> bool {
	matches!(
		one,
		'\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
	)
}

/// Returns a character of a line, or the sign of one that cannot be shown.
fn shown(one: char) -> char {
	match one {
		'\t' => one,
		_ if one.is_control() || turns_direction(one) => char::REPLACEMENT_CHARACTER,
		_ => one,
	}
}

/// Returns the lines of a text, whatever ends them.
fn lines(text: &str) -> impl Iterator<Item = &str> {
	let lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
	lines.flat_map(|line| line.split(is_break))
}

fn is_prose(obx: Segment<'_>) -> bool {
	matches!(&*obx.field(2).text(), "TX" | "FT")
}

/// Returns whether an OBX of prose is a blank line of it.
fn is_blank_line(obx: Segment<'_>) -> bool {
	obx.field(5).raw().trim().is_empty() && obx.field(11).text() != "U"
}

/// A text that grows by results.
#[derive(Default)]
pub(crate) struct Text {
	lines: String,
	/// Name of the prose that is being written.
	prose: Option<String>,
	/// Time of the observations, OBR-7.
	observed: String,
	has_results: bool,
}

impl Text {
	/// Begins the text of a report.
	pub(crate) fn of_report(title: &str, obr: Segment<'_>) -> Self {
		let mut text = Self::default();
		text.push(title);
		text.head(obr);
		text
	}

	/// Begins a further part of the same report.
	pub(crate) fn begin_next(&mut self, obr: Segment<'_>) {
		self.prose = None;
		self.push("");
		self.head(obr);
	}

	fn head(&mut self, obr: Segment<'_>) {
		let code = obr.field(25).text();
		let status = match (unfinished(&code), &*code) {
			("", "F" | "U") => "final",
			("", other) => other,
			(word, _) => word,
		};
		self.observed = obr.field(7).component(1).text();
		for (name, value) in [
			("Status", status.to_owned()),
			("Observed", moment(&self.observed)),
			("Reported", moment(&obr.field(22).component(1).text())),
			("Parent result", parent(obr.field(26))),
			("Specimen", source(obr.field(15))),
		] {
			if !value.is_empty() {
				self.push(&format!("{name}: {value}"));
			}
		}
		self.push("");
	}

	/// Writes a line at the margin. A line break in it comes from a value.
	fn push(&mut self, line: &str) {
		self.write(line, "", CONTINUED);
	}

	/// Writes the lines of a text, with an indentation of the first one, and one of the others.
	fn write(&mut self, text: &str, first: &str, others: &str) {
		let mut indentation = first;
		for line in lines(text) {
			if !line.is_empty() {
				self.lines.push_str(indentation);
			}
			self.lines.extend(line.chars().map(shown));
			self.lines.push('\n');
			indentation = others;
		}
	}

	/// Returns whether a result or a note was written.
	pub(crate) fn has_results(&self) -> bool {
		self.has_results
	}

	/// Writes a part of a document: prose at the margin, anything else as a result. Returns whether
	/// it has a value.
	pub(crate) fn line_of_note(
		&mut self,
		obx: Segment<'_>,
		number: usize,
	) -> Result<bool, Problem> {
		if !is_prose(obx) && &*obx.field(2).text() != "ST" {
			return self.result(obx, number).map(|()| true);
		}
		let text = values(obx, "\n");
		if !text.is_empty() {
			self.has_results = true;
			self.write(&text, "", "");
			return Ok(true);
		}
		if !is_blank_line(obx) {
			return Err(no_value(number));
		}
		// Blank lines before all others say nothing.
		if self.has_results {
			self.push("");
		}
		Ok(false)
	}

	/// Writes a result, OBX. `number` counts the OBXs of the message.
	pub(crate) fn result(&mut self, obx: Segment<'_>, number: usize) -> Result<(), Problem> {
		let name = name(obx.field(3));
		if name.is_empty() {
			return Err(Problem::missing_in("OBX", number, 3));
		}
		let code = obx.field(11).text();
		let mut remarks = flags(obx, number)?;
		// Some report that a result is abnormal, and no value.
		let may_be_empty = is_without_value(&code) || (!remarks.is_empty() && code != "U");
		let status = status(&code);
		remarks.extend((!status.is_empty()).then(|| status.to_owned()));
		if is_prose(obx) {
			return match self.prose(obx, name, &remarks, may_be_empty) {
				true => Ok(()),
				false => Err(no_value(number)),
			};
		}
		self.prose = None;
		let value = values(obx, ", ");
		if value.is_empty() && !may_be_empty {
			return Err(no_value(number));
		}
		let unit = if value.is_empty() { String::new() } else { obx.field(6).first_of(&BY_CODE) };
		let at = obx.field(14).component(1).text();
		if !at.is_empty() && at != self.observed {
			remarks.push(format!("observed {}", moment(&at)));
		}
		let range = obx.field(7).text();
		let range = if range.is_empty() { range } else { format!("(reference {range})") };
		let value = joined([value, unit, range].into_iter(), " ");
		let part = obx.field(4).text();
		let name = if part.is_empty() { name } else { format!("{name} [{part}]") };
		let line = joined(std::iter::once(value).chain(remarks), ", ");
		self.push(&format!("{name}: {line}"));
		self.has_results = true;
		Ok(())
	}

	/// Writes prose, under its name unless it continues. Returns whether it has a value, or needs
	/// none.
	fn prose(
		&mut self,
		obx: Segment<'_>,
		name: String,
		remarks: &[String],
		may_be_empty: bool,
	) -> bool {
		let name = match remarks.is_empty() {
			true => name,
			false => format!("{name} ({})", remarks.join(", ")),
		};
		let text = values(obx, "\n");
		let goes_on = self.prose.as_ref() == Some(&name);
		let is_blank = goes_on && is_blank_line(obx);
		if text.is_empty() && !may_be_empty && !is_blank {
			return false;
		}
		if !goes_on {
			self.push(&format!("{name}:"));
		}
		if !text.is_empty() || is_blank {
			self.write(&text, CONTINUED, CONTINUED);
		}
		self.has_results = true;
		self.prose = Some(name);
		true
	}

	/// Writes the type and site of a specimen, SPM.
	pub(crate) fn specimen(&mut self, spm: Segment<'_>) {
		let specimen = joined([4, 8].map(|number| name(spm.field(number))).into_iter(), ", ");
		if !specimen.is_empty() {
			self.prose = None;
			self.push(&format!("Specimen: {specimen}"));
		}
	}

	/// Writes a note, NTE.
	pub(crate) fn note(&mut self, nte: Segment<'_>) {
		for one in nte.field(3).repetitions().filter(|one| !one.is_empty()) {
			self.has_results = true;
			let text = one.text();
			if !text.is_empty() {
				self.write(&text, NOTE, NOTE);
			}
		}
	}

	/// Returns the text.
	pub(crate) fn finish(self) -> String {
		self.lines
	}
}
