//! `salus emergency open`: opens a case for a patient.

use std::{io::Read, path::PathBuf};

use clap::Args;
use salus_client::{
	primitives::{EmergencyReason, OrganisationId},
	words, Account, Client, Emergency, Error, ErrorKind, OpenedCase, Outlook, Signer,
};
use serde::Serialize;

use crate::{commands::bond::too_small, parse, show, Context, Failure};

/// Maximum size of a statement, in bytes.
const MAX_STATEMENT: u64 = 1024 * 1024;

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// Break the glass for this patient.
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	patient: Account,
	/// Act for the hospital with this number [default: the only one that you may act for].
	#[arg(long = "org", value_name = "ID")]
	organisation: Option<OrganisationId>,
	/// Give this reason.
	#[arg(long, value_parser = parse::emergency())]
	reason: EmergencyReason,
	/// Read the written reason from this file. Only its SHA-256 leaves this machine: keep the file
	/// for the reviewers.
	#[arg(long, value_name = "FILE")]
	statement: PathBuf,
}

#[derive(Serialize)]
struct OpeningReport {
	patient: Account,
	organisation: OrganisationId,
	reason: EmergencyReason,
	#[serde(flatten)]
	outlook: Outlook,
	#[serde(flatten)]
	opened: OpenedCase,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let statement = read_statement(&opts.statement)?;
	let (clinician, client) = context.signer_and_client().await?;
	let organisation = client.acting_for(&clinician, opts.organisation).await?;
	let emergency = Emergency::new(organisation, opts.reason, &statement)?;
	let outlook = outlook(&client, &clinician, &opts.patient, organisation, context).await?;
	let opened = client.open_emergency(&clinician, &opts.patient, &emergency).await?;
	let report =
		OpeningReport { patient: opts.patient, organisation, reason: opts.reason, outlook, opened };
	let who = context.as_who();
	context.emit(&report, |out| {
		show::pairs(
			out,
			&[
				("case", report.opened.case.to_string()),
				("patient", report.patient.to_string()),
				("reason", words::emergency_reason(report.reason).into()),
				("opens until", show::moment(report.opened.until)),
				(
					"statement",
					format!("0x{} (keep the file)", hex::encode(report.opened.statement)),
				),
			],
		)?;
		writeln!(
			out,
			"Open the patient's {} with: salus record get RECORD --purpose {}{who}",
			if report.outlook.summary_alone { "emergency summaries" } else { "records" },
			if report.outlook.summary_alone { "ETREAT" } else { "BTG" }
		)?;
		writeln!(
			out,
			"To see its reviewers, in a moment: salus emergency show {}",
			report.opened.case
		)
	})
}

/// Returns what a clinician must know before opening a case for a patient, after warning of it.
/// Fails if a case would open nothing.
pub(crate) async fn outlook(
	client: &Client,
	clinician: &Signer,
	patient: &Account,
	organisation: OrganisationId,
	context: &Context<'_>,
) -> Result<Outlook, Failure> {
	let outlook = client.emergency_outlook(&clinician.account(), patient, organisation).await?;
	if let Some((amount, needed)) = outlook.bond_too_small {
		let text = too_small(organisation, amount, needed);
		return Err(Error::foreseen(ErrorKind::Chain, text).into());
	}
	for warning in warnings(&outlook, organisation) {
		context.warn(&warning);
	}
	Ok(outlook)
}

/// Returns what a clinician should know before opening a case.
fn warnings(outlook: &Outlook, organisation: OrganisationId) -> Vec<String> {
	let mut warnings = Vec::new();
	if outlook.alone {
		warnings.push(format!(
			"you are the only administrator of hospital {organisation}, so nobody at the hospital may review your case; \
			two auditors of other organisations must"
		));
	}
	if outlook.summary_alone {
		warnings.push(
			"the patient has opted out: the case opens only their emergency summaries".into(),
		);
	}
	let needed = if outlook.alone { 2 } else { 1 };
	if let Some(found) = outlook.auditors.filter(|found| *found < needed) {
		warnings.push(format!(
			"auditors of {found} other organisations are appointed, and your case needs {needed}; until the council appoints \
			more with `salus emergency auditor appoint`, the case stays open, and once its review is overdue the hospital \
			can open no further cases"
		));
	}
	warnings
}

/// Reads a written reason.
pub(crate) fn read_statement(path: &PathBuf) -> Result<Vec<u8>, Failure> {
	let failure = |source| Failure::File { action: "read", path: path.clone(), source };
	// A pipe might never end, and would leave no file to keep.
	if !std::fs::metadata(path).map_err(failure)?.is_file() {
		return Err(Failure::BadFile(
			"the statement is not a regular file; give one, and keep it for the reviewers",
		));
	}
	// One byte more than allowed, because the file may grow.
	let mut statement = Vec::new();
	std::fs::File::open(path)
		.and_then(|file| file.take(MAX_STATEMENT + 1).read_to_end(&mut statement))
		.map_err(failure)?;
	if statement.len() as u64 > MAX_STATEMENT {
		return Err(Failure::BadFile(
			"the statement is longer than 1 MiB; give a text file with the reason in a few sentences",
		));
	}
	Ok(statement)
}

#[cfg(test)]
mod tests {
	use super::*;
	use sha2::{Digest, Sha256};

	#[test]
	fn a_statement_is_hashed_byte_for_byte() {
		let folder = tempfile::tempdir().unwrap();
		for (name, text) in [
			("cp1252.txt", &b"Bewu\xdftlos; Angeh\xf6rige nicht erreichbar"[..]),
			("utf16le.txt", b"\xff\xfeB\0e\0w\0u\0\xdf\0t\0"),
			("utf8.txt", "Bewußtlos".as_bytes()),
		] {
			let path = folder.path().join(name);
			std::fs::write(&path, text).unwrap();
			let read = read_statement(&path).unwrap();
			assert_eq!(Sha256::digest(&read), Sha256::digest(text), "{name}");
		}
		let path = folder.path().join("long.txt");
		std::fs::write(&path, vec![b'x'; MAX_STATEMENT as usize]).unwrap();
		assert!(read_statement(&path).is_ok());
		std::fs::write(&path, vec![b'x'; MAX_STATEMENT as usize + 1]).unwrap();
		assert!(matches!(read_statement(&path), Err(Failure::BadFile(_))));
	}

	#[test]
	fn a_clinician_is_warned_of_missing_reviewers() {
		let warned = |alone, auditors| {
			let summary_alone = false;
			let outlook = Outlook { alone, auditors, summary_alone, bond_too_small: None };
			warnings(&outlook, 3)
		};
		assert!(warned(false, Some(1)).is_empty());
		assert!(warned(false, None).is_empty());
		assert_eq!(warned(true, Some(2)).len(), 1);
		assert!(warned(true, Some(2))[0].contains("only administrator of hospital 3"));
		assert_eq!(warned(false, Some(0)).len(), 1);
		assert_eq!(warned(true, Some(1)).len(), 2);
	}
}
