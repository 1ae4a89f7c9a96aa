//! The report of an import, and its progress.

use std::{
	fs::OpenOptions,
	io::{self, stderr, stdout, IsTerminal, Write},
	os::unix::fs::OpenOptionsExt,
	path::{Path, PathBuf},
	time::{Duration, Instant},
};

use salus_client::{primitives::RecordId, Descriptor};
use salus_fhir::id;
use serde::Serialize;

use crate::fault::Fault;

/// Outcome of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
	/// The item is a record now.
	Added,
	/// The item would be added. Only a dry run says so.
	New,
	/// The item was a record before, and a storage node holds it.
	Present,
	/// The item cannot be added, or its record cannot be relied on.
	Refused,
	/// The item is hidden, or a link, and was left out.
	Skipped,
}

/// Place of an item, as the report names it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Place {
	/// Path of the file.
	pub(super) path: PathBuf,
	/// Number of the line, from 1, in an NDJSON.
	pub(super) line: Option<u64>,
}

/// Shows nothing, because names of files can name a patient.
impl std::fmt::Debug for Place {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.write_str("Place(..)")
	}
}

/// Line of the report.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
	path: String,
	#[serde(skip_serializing_if = "Option::is_none")]
	line: Option<u64>,
	pub(super) outcome: Outcome,
	/// Id of the DocumentReference.
	#[serde(skip_serializing_if = "Option::is_none")]
	record: Option<String>,
	#[serde(skip_serializing_if = "Option::is_none")]
	media_type: Option<String>,
	#[serde(skip_serializing_if = "Option::is_none")]
	fhir_type: Option<String>,
	/// Stable code of the reason.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub(super) code: Option<&'static str>,
	#[serde(skip_serializing_if = "Option::is_none")]
	reason: Option<String>,
}

impl Entry {
	pub(super) fn new(place: &Place, outcome: Outcome) -> Self {
		Self {
			path: place.path.to_string_lossy().into_owned(),
			line: place.line,
			outcome,
			record: None,
			media_type: None,
			fhir_type: None,
			code: None,
			reason: None,
		}
	}

	/// Returns the entry of an item that is not added, with the code and the reason.
	pub(super) fn not_added(
		place: &Place,
		outcome: Outcome,
		code: &'static str,
		reason: impl Into<String>,
	) -> Self {
		Self { code: Some(code), reason: Some(reason.into()), ..Self::new(place, outcome) }
	}

	/// Returns the entry of an item that cannot be added because of a fault.
	pub(super) fn refused(place: &Place, fault: &Fault) -> Self {
		Self::not_added(place, Outcome::Refused, fault.code(), fault.text())
	}

	pub(super) fn of_record(mut self, record: &RecordId) -> Self {
		self.record = Some(id::document(record));
		self
	}

	pub(super) fn described(mut self, description: Descriptor) -> Self {
		self.media_type = Some(description.media_type);
		self.fhir_type = description.fhir_type;
		self
	}
}

/// Number of items with each outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
	added: u64,
	new: u64,
	present: u64,
	pub(super) refused: u64,
	skipped: u64,
}

impl Counts {
	fn count(&mut self, outcome: Outcome) {
		let number = match outcome {
			Outcome::Added => &mut self.added,
			Outcome::New => &mut self.new,
			Outcome::Present => &mut self.present,
			Outcome::Refused => &mut self.refused,
			Outcome::Skipped => &mut self.skipped,
		};
		*number = number.saturating_add(1);
	}
}

impl std::fmt::Display for Counts {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		let Self { added, new, present, refused, skipped } = self;
		write!(f, "{added} added, ")?;
		if *new > 0 {
			write!(f, "{new} new, ")?;
		}
		write!(f, "{present} present, {refused} refused, {skipped} skipped")
	}
}

/// The report: one line of JSON for each item, as soon as it is decided.
pub(super) struct Report {
	out: Box<dyn Write + Send>,
	pub(super) counts: Counts,
}

impl Report {
	/// Creates the file of the report, which must not exist; only its owner can read it. Without a
	/// path, takes standard output.
	pub(super) fn open(path: Option<&Path>) -> io::Result<Self> {
		let out: Box<dyn Write + Send> = match path {
			None => Box::new(stdout()),
			Some(path) => {
				let mut options = OpenOptions::new();
				Box::new(options.write(true).create_new(true).mode(0o600).open(path)?)
			}
		};
		Ok(Self { out, counts: Counts::default() })
	}

	/// Writes an entry, whole: a process that is killed leaves no half of one that is not the last.
	pub(super) fn write(&mut self, entry: &Entry) -> io::Result<()> {
		let mut line = serde_json::to_vec(entry)?;
		line.push(b'\n');
		self.out.write_all(&line)?;
		self.out.flush()?;
		self.counts.count(entry.outcome);
		Ok(())
	}
}

/// Progress on standard error: a line that changes on a terminal, otherwise a line now and then. It
/// names no item.
pub(super) struct Shown {
	is_terminal: bool,
	began: Instant,
}

impl Shown {
	pub(super) fn new() -> Self {
		Self { is_terminal: stderr().is_terminal(), began: Instant::now() }
	}

	/// Returns the interval at which progress is shown.
	pub(super) fn interval(&self) -> Duration {
		Duration::from_secs(if self.is_terminal { 1 } else { 10 })
	}

	/// Shows how far the import is. Nobody may be reading it.
	pub(super) fn show(&self, counts: &Counts, is_waiting: bool) {
		let seconds = self.began.elapsed().as_secs();
		let waits = if is_waiting { "; waiting for the node" } else { "" };
		let _ = match self.is_terminal {
			true => write!(stderr(), "\r\x1b[2K{counts}, after {seconds} s{waits}"),
			false => writeln!(stderr(), "{counts}, after {seconds} s{waits}"),
		};
	}

	/// Writes the last line.
	pub(super) fn end(&self, line: &str) {
		let clear = if self.is_terminal { "\r\x1b[2K" } else { "" };
		let seconds = self.began.elapsed().as_secs();
		let _ = writeln!(stderr(), "{clear}{line}, in {seconds} s");
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use axum::http::StatusCode;
	use salus_fhir::outcome::IssueKind;
	use serde_json::{json, Value};
	use std::os::unix::fs::PermissionsExt;

	fn place(line: Option<u64>) -> Place {
		Place { path: "a/b.pdf".into(), line }
	}

	#[test]
	fn a_report_has_a_line_for_each_item() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("report.ndjson");
		let mut report = Report::open(Some(&path)).unwrap();
		let description = Descriptor {
			title: "Doe".into(),
			media_type: "application/fhir+json".into(),
			file_name: "doe.json".into(),
			fhir_type: Some("Bundle".into()),
			created: 0,
		};
		let record = RecordId([0xab; 32]);
		let added = Entry::new(&place(None), Outcome::Added);
		report.write(&added.of_record(&record).described(description)).unwrap();
		let fault = Fault::new(StatusCode::BAD_REQUEST, IssueKind::Value, "empty", "it is empty");
		report.write(&Entry::refused(&place(Some(7)), &fault)).unwrap();
		report.write(&Entry::not_added(&place(None), Outcome::Skipped, "hidden", "x")).unwrap();
		let text = std::fs::read_to_string(&path).unwrap();
		let lines: Vec<Value> =
			text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
		let expected = [
			json!({
				"path": "a/b.pdf", "outcome": "added", "record": "ab".repeat(32),
				"mediaType": "application/fhir+json", "fhirType": "Bundle",
			}),
			json!({
				"path": "a/b.pdf", "line": 7, "outcome": "refused", "code": "empty",
				"reason": "it is empty",
			}),
			json!({ "path": "a/b.pdf", "outcome": "skipped", "code": "hidden", "reason": "x" }),
		];
		assert_eq!(lines, expected);
		let counts = Counts { added: 1, refused: 1, skipped: 1, ..Counts::default() };
		assert_eq!(report.counts, counts);
		assert_eq!(counts.to_string(), "1 added, 0 present, 1 refused, 1 skipped");
		assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
		// An earlier report is not overwritten.
		assert!(Report::open(Some(&path)).is_err());
		assert!(!format!("{:?}", place(None)).contains("pdf"));
	}
}
