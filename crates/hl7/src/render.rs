//! Results as a text that a person can read.

use crate::{Field, Segment};

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

/// Returns the word for a report one of whose results has this status, OBX-11.
pub(crate) fn correction(code: &str) -> &'static str {
	match code {
		"C" | "D" | "W" => "corrected",
		"P" => "preliminary",
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
		other => other,
	}
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
	let [code, text, own] = [1, 2, 9].map(|number| field.component(number).text());
	match (code.is_empty(), text.is_empty(), own.is_empty()) {
		(true, true, _) => own,
		(false, true, true) => code,
		(false, true, false) => format!("{own} ({code})"),
		(true, false, _) => text,
		(false, false, _) => format!("{text} ({code})"),
	}
}

/// Returns the name of a result or report.
fn name(field: Field<'_>) -> String {
	let [code, text] = [1, 2].map(|number| field.component(number).text());
	match text.is_empty() {
		true => code,
		false => text,
	}
}

/// Returns a value of a type of HL7.
fn value(of_type: &str, field: Field<'_>) -> String {
	let parts = || (1..=field.components()).map(|number| field.component(number).text());
	match of_type {
		"CE" | "CWE" | "CNE" | "CF" | "IS" | "ID" => coded(field),
		"SN" => parts().collect::<Vec<_>>().concat(),
		"NR" => parts().collect::<Vec<_>>().join(" to "),
		"TS" | "DTM" | "DT" => moment(&field.component(1).text()),
		"NM" | "ST" | "TX" | "FT" | "SI" | "TM" | "" => field.text(),
		_ => parts().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "),
	}
}

fn values(obx: Segment<'_>, between: &str) -> String {
	let of_type = obx.field(2).text();
	let all = obx.field(5).repetitions().filter(|one| !one.is_empty());
	all.map(|one| value(&of_type, one)).collect::<Vec<_>>().join(between)
}

fn is_prose(obx: Segment<'_>) -> bool {
	matches!(&*obx.field(2).text(), "TX" | "FT")
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
		] {
			if !value.is_empty() {
				self.push(&format!("{name}: {value}"));
			}
		}
		self.push("");
	}

	fn push(&mut self, line: &str) {
		self.lines.push_str(line);
		self.lines.push('\n');
	}

	/// Returns whether a result or a note was written.
	pub(crate) fn has_results(&self) -> bool {
		self.has_results
	}

	/// Writes a part of a document: prose as it is, anything else as a result.
	pub(crate) fn line_of_note(&mut self, obx: Segment<'_>) {
		if is_prose(obx) || &*obx.field(2).text() == "ST" {
			self.has_results = true;
			let text = values(obx, "\n");
			self.push(&text);
		} else {
			self.result(obx);
		}
	}

	/// Writes a result, OBX.
	pub(crate) fn result(&mut self, obx: Segment<'_>) {
		self.has_results = true;
		let mut name = name(obx.field(3));
		let part = obx.field(4).text();
		let status = obx.field(11).text();
		let status = self::status(&status);
		if is_prose(obx) {
			if !status.is_empty() {
				name = format!("{name} ({status})");
			}
			if self.prose.as_ref() != Some(&name) {
				self.push(&format!("{name}:"));
			}
			let text = values(obx, "\n");
			self.push(&text);
			self.prose = Some(name);
			return;
		}
		self.prose = None;
		if !part.is_empty() {
			name = format!("{name} [{part}]");
		}
		let mut line = format!("{name}: {}", values(obx, ", "));
		let units = obx.field(6);
		let unit = [units.component(1).text(), units.component(2).text()];
		if let Some(unit) = unit.iter().find(|unit| !unit.is_empty()) {
			line.push_str(&format!(" {unit}"));
		}
		let range = obx.field(7).text();
		if !range.is_empty() {
			line.push_str(&format!(" (reference {range})"));
		}
		let flags = obx.field(8).repetitions().filter(|one| !one.is_empty());
		let flags = flags.map(|one| flag(one.component(1).text())).collect::<Vec<_>>();
		let at = obx.field(14).component(1).text();
		let mut remarks = flags;
		remarks.extend((!status.is_empty()).then(|| status.to_owned()));
		if !at.is_empty() && at != self.observed {
			remarks.push(format!("observed {}", moment(&at)));
		}
		if !remarks.is_empty() {
			line.push_str(&format!(", {}", remarks.join(", ")));
		}
		self.push(&line);
	}

	/// Writes a note, NTE.
	pub(crate) fn note(&mut self, nte: Segment<'_>) {
		for one in nte.field(3).repetitions().filter(|one| !one.is_empty()) {
			self.has_results = true;
			let text = one.text();
			for line in text.lines() {
				self.push(&format!("  {line}"));
			}
		}
	}

	/// Returns the text.
	pub(crate) fn finish(self) -> String {
		self.lines
	}
}
