//! Resealing a patient's versions to the hospitals' present key, after a command of the patient.
//!
//! If the committee has made a new key, only the patient can move earlier versions to it, and few
//! patients learn of that. So each command with which a patient decides, or opens a record of their
//! own, moves some. It has done its work by then: its result and its exit code stay the same.

use std::time::{Duration, Instant};

use salus_client::{
	primitives::{RecordId, Version},
	words, Client, PartlyResealed, Resealed, Signer, Source,
};
use serde::Serialize;
use tokio::time::timeout;

use crate::{progress::tell, show, Context, Failure};

/// Maximum number of versions that a command reseals. Each takes a transaction, which is final
/// after about a second. So a command ends about ten seconds later at most, and draws less than a
/// hundredth of the patient's daily allowance.
const MOST: usize = 8;

/// Longest time that a command spends on this. A node that does not answer must not keep the
/// patient waiting.
const LIMIT: Duration = Duration::from_secs(30);

/// Result in JSON, as the member `resealed` of the command's answer.
#[derive(Serialize)]
struct Report<'a> {
	/// Versions that are sealed to the present key now.
	versions: &'a [Resealed],
	/// Number of the patient's versions that were sealed to an earlier key.
	found: usize,
}

impl Context<'_> {
	/// Has the command reseal the patient's versions once it has succeeded, unless the user opted
	/// out. To be called before the result is written.
	pub(crate) fn reseals_for(&mut self, patient: &Signer, client: &Client) {
		if !self.global.no_reseal {
			self.patient = Some((patient.clone(), client.clone()));
		}
	}

	/// Reseals some versions of the patient whose command succeeded. Returns the result for JSON,
	/// if anything was left under an earlier key. Failures are warnings.
	pub(crate) async fn reseal_some(&mut self) -> Option<String> {
		let (patient, client) = self.patient.take()?;
		let left =
			self.until.map_or(LIMIT, |until| until.saturating_duration_since(Instant::now()));
		let left = left.min(LIMIT);
		// The last try has the second half. If it were cut off, nothing would be reported.
		let sealing = client.reseal_some(&patient, MOST, left / 2, &Source::Node, &self.progress);
		let done = timeout(left, sealing).await;
		// A progress bar would be drawn over the warnings.
		self.progress.end();
		match done {
			Ok(Ok(partly)) => self.report(partly),
			Ok(Err(error)) => {
				let error = Failure::from(error).message();
				self.warn(&format!("records under an earlier key were not resealed: {error}"));
				None
			}
			Err(_) => {
				self.warn(
					"resealing records took too long and was stopped; your next command continues",
				);
				None
			}
		}
	}

	/// Says what was resealed, and warns of what was not.
	fn report(&self, partly: PartlyResealed) -> Option<String> {
		if partly.found == 0 {
			return None;
		}
		tell(&sentence(&partly));
		if partly.resealed.iter().any(|resealed| !resealed.included.finalized) {
			self.warn(
				"that records were resealed is reported by the node but not proved, because \
				 finality stalls; your next command checks it",
			);
		}
		let json = json(&partly);
		for (record, version, error) in partly.failed {
			let error = Failure::from(error).message();
			self.warn(&not_resealed(&record, version, &error));
		}
		json
	}

	/// Writes the JSON that was held back, with the result of resealing as a member of it.
	pub(crate) fn write_held(&mut self, resealed: Option<&str>) -> Result<(), Failure> {
		let Some(held) = self.held.take() else { return Ok(()) };
		let text = resealed.and_then(|resealed| with_member(&held, "resealed", resealed));
		writeln!(self.out, "{}", text.unwrap_or(held))?;
		self.out.flush()?;
		Ok(())
	}
}

/// Says how many versions were resealed, and what becomes of the others.
fn sentence(partly: &PartlyResealed) -> String {
	let PartlyResealed { found, resealed, locked, .. } = partly;
	let of = show::count(*found, "version", "versions");
	let mut text = format!("resealed {} of {of} to the hospitals' present key", resealed.len());
	if *locked > 0 {
		let keys = show::count(*locked, "key", "keys");
		text.push_str(&format!(
			"; hospitals must release {keys} for that: salus record reseal --all"
		));
	}
	text
}

/// Warns of a version that is still sealed to an earlier key.
pub(crate) fn not_resealed(record: &RecordId, version: Version, error: &str) -> String {
	let record = words::record(record);
	format!("version {version} of record {record} was not resealed: {error}")
}

/// Returns the result as indented JSON, or `None` if it has none.
fn json(partly: &PartlyResealed) -> Option<String> {
	let report = Report { versions: &partly.resealed, found: partly.found };
	serde_json::to_string_pretty(&report).ok()
}

/// Adds a member to the end of an indented object, whose other members stay as they are written.
/// Returns `None` for anything but an object with members.
fn with_member(object: &str, name: &str, value: &str) -> Option<String> {
	let members = object.strip_suffix("\n}").filter(|members| members.starts_with("{\n"))?;
	let value = value.replace('\n', "\n  ");
	Some(format!("{members},\n  \"{name}\": {value}\n}}"))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::Cli;
	use clap::Parser;
	use salus_client::{Error, Included};
	use serde_json::{json, Value};

	fn partly(found: usize, resealed: usize, locked: usize) -> PartlyResealed {
		let record = RecordId([1; 32]);
		let included =
			Included { block_hash: [2; 32], block: 7, transaction: [3; 32], finalized: true };
		let one = Resealed { record, version: 1, epoch: 5, unused_wrap: None, included };
		PartlyResealed { found, resealed: vec![one; resealed], locked, failed: vec![] }
	}

	#[test]
	fn one_line_says_how_many_are_resealed() {
		let said = sentence(&partly(12, 3, 0));
		assert_eq!(said, "resealed 3 of 12 versions to the hospitals' present key");
		let said = sentence(&partly(1, 0, 1));
		assert_eq!(
			said,
			"resealed 0 of 1 version to the hospitals' present key; hospitals must release 1 key for \
			 that: salus record reseal --all"
		);
	}

	#[test]
	fn a_version_that_failed_is_named_with_its_alarm() {
		let record = RecordId([1; 32]);
		let error = Failure::from(Error::ForeignWrap { record, version: 2 }).message();
		let said = not_resealed(&record, 2, &error);
		let named = format!("version 2 of record {}", words::record(&record));
		assert!(said.starts_with(&named) && said.ends_with(&error), "{said}");
	}

	#[test]
	fn the_result_is_a_member_of_the_answer() {
		// A number that JSON libraries would round.
		let amount = u128::MAX;
		let answer = format!("{{\n  \"id\": 3,\n  \"amount\": {amount}\n}}");
		let resealed = json(&partly(12, 1, 0)).unwrap();
		let text = with_member(&answer, "resealed", &resealed).unwrap();
		assert!(text.starts_with(answer.strip_suffix("\n}").unwrap()), "{text}");
		let value: Value = serde_json::from_str(&text).unwrap();
		assert_eq!(value["id"], 3);
		assert_eq!(
			(&value["resealed"]["found"], &value["resealed"]["versions"][0]["epoch"]),
			(&json!(12), &json!(5))
		);
		for other in ["[\n  1\n]", "{}", "7", ""] {
			assert_eq!(with_member(other, "resealed", &resealed), None);
		}
	}

	#[tokio::test]
	async fn without_a_patient_nothing_is_held_or_asked() {
		let mut out = Vec::new();
		let cli = Cli::try_parse_from(["salus", "--json", "status"]).unwrap();
		let mut context = Context::new(cli.global, &mut out);
		context.emit(&json!({ "id": 3 }), |_| Ok(())).unwrap();
		assert_eq!(context.reseal_some().await, None);
		context.write_held(None).unwrap();
		drop(context);
		assert_eq!(String::from_utf8(out).unwrap(), "{\n  \"id\": 3\n}\n");
	}
}
