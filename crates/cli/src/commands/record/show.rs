//! `salus record show`: reads a record, its versions and the statements on them from the chain, and
//! opens its title if the account that acts may read it.

use std::io::{self, Write};

use clap::Args;
use salus_client::{
	primitives::{
		AttestationStatus, Purpose, RecordDetails, RecordEntry, Subject, Verdict, VersionDetails,
		VersionState, Withdrawal,
	},
	words, Account, Descriptor, Error, ErrorKind, Missing, RecordNumber, Request,
};
use serde::Serialize;

use crate::{parse, show, Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// Number of the record, or its first digits.
	#[arg(value_parser = parse::record)]
	record: RecordNumber,
	/// Read the title and type for this purpose.
	#[arg(long, default_value = "TREAT", value_parser = parse::purpose())]
	purpose: Purpose,
	/// Fetch content from an IPFS node, by its RPC API, instead of from the Salus node.
	#[arg(long, value_name = "URL")]
	ipfs: Option<String>,
}

#[derive(Serialize)]
struct RecordReport {
	#[serde(flatten)]
	details: RecordDetails<Account>,
	attestations: Vec<AttestationStatus<Account>>,
	/// Withdrawal of the record, if it was withdrawn.
	withdrawal: Option<Withdrawal<Account>>,
	/// Description of the latest version, if the reader may and can open it.
	descriptor: Option<Descriptor>,
	/// Reason for the lack of a description.
	closed: Option<String>,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let reader = context.optional_signer()?;
	let client = context.client().await?;
	let reader = match reader {
		Some(reader) => Some(client.acting(reader).await?),
		None => None,
	};
	let source = context.source(opts.ipfs.as_deref())?;
	let record = client.find_record(opts.record).await?;
	let details = client.now().record(record).await?;
	let details = details.ok_or(Error::NotFound(Missing::Record(record)))?;
	let mut attestations = Vec::new();
	for version in &details.versions {
		let subject = Subject::RecordVersion { record, version: version.version };
		attestations.push(client.now().attestations(&subject).await?);
	}
	let withdrawal = client.now().withdrawal(record).await?;
	let (mut descriptor, mut closed, mut alarm) = (None, None, None);
	if let (Some(reader), RecordEntry::Live(_)) = (&reader, &details.entry) {
		let request = Request::latest(record, opts.purpose);
		match client.descriptor(reader, &request, &source).await {
			Ok(opened) => descriptor = Some(opened),
			// The rest is proved, and names the author.
			Err(error @ Error::ForeignWrap { .. }) => {
				closed = Some(error.to_string());
				alarm = Some(error);
			}
			// A lying node is an error, not a closed record.
			Err(error) if error.kind() == ErrorKind::Untrusted => return Err(error.into()),
			Err(error) => closed = Some(Failure::from(error).message()),
		}
	}
	let shown = RecordReport { details, attestations, withdrawal, descriptor, closed };
	context.emit(&shown, |out| shown.write(out))?;
	alarm.map_or(Ok(()), |alarm| Err(alarm.into()))
}

impl RecordReport {
	/// Writes the record and its versions as text.
	fn write(&self, out: &mut dyn Write) -> io::Result<()> {
		let mut pairs = vec![("record", self.details.id.to_string())];
		pairs.extend(entry_pairs(&self.details.entry));
		pairs.extend(self.descriptor.iter().flat_map(descriptor_pairs));
		if let Some(reason) = &self.closed {
			pairs.push(("title", format!("(closed: {reason})")));
		}
		if let Some(withdrawal) = &self.withdrawal {
			pairs.extend([
				("warning", words::withdrawn(withdrawal.reason)),
				("withdrawn by", withdrawn_by(withdrawal)),
			]);
		}
		for (version, statements) in self.versions() {
			if version.info.state == VersionState::Rejected {
				let number = version.version;
				let rejections = rejections(statements);
				pairs.extend(
					rejections.map(|text| ("warning", format!("version {number}: {text}"))),
				);
			}
		}
		show::pairs(out, &pairs)?;
		let rows: Vec<_> =
			self.versions().map(|(version, statements)| row(version, statements)).collect();
		let head =
			["version", "state", "size", "added", "replicas", "mode", "keys", "statements", "root"];
		show::table(out, &head, &rows)
	}

	/// Returns the versions, each with its attestations.
	fn versions(
		&self,
	) -> impl Iterator<Item = (&VersionDetails<Account>, &AttestationStatus<Account>)> {
		self.details.versions.iter().zip(&self.attestations)
	}
}

/// Returns names and values for what the chain knows of a record.
fn entry_pairs(entry: &RecordEntry<Account>) -> Vec<(&'static str, String)> {
	match entry {
		RecordEntry::Erased(tombstone) => vec![
			("patient", tombstone.patient.to_string()),
			("erased", show::moment(tombstone.erased)),
			("replicas left", tombstone.replicas_left.to_string()),
		],
		RecordEntry::Live(record) => vec![
			("patient", record.patient.to_string()),
			("author", record.author.to_string()),
			("organisation", record.organisation.to_string()),
			("category", words::category(record.category).into()),
			("confidentiality", words::confidentiality(record.confidentiality).into()),
			("added", show::moment(record.created)),
			("latest version", record.latest.to_string()),
		],
	}
}

/// Returns names and values for the description of a version.
fn descriptor_pairs(descriptor: &Descriptor) -> Vec<(&'static str, String)> {
	vec![
		("title", descriptor.title.clone()),
		("file", descriptor.file_name.clone()),
		("media type", descriptor.media_type.clone()),
		("FHIR type", descriptor.fhir_type.clone().unwrap_or("-".into())),
		("created", show::moment(descriptor.created)),
	]
}

fn withdrawn_by(withdrawal: &Withdrawal<Account>) -> String {
	format!(
		"{} of organisation {}, {}",
		withdrawal.by,
		withdrawal.organisation,
		show::moment(withdrawal.at)
	)
}

/// Describes each rejection of a version: its author and reason.
fn rejections(status: &AttestationStatus<Account>) -> impl Iterator<Item = String> + '_ {
	let statements = status.attestations.iter();
	statements.filter(|(_, statement)| statement.verdict == Verdict::Rejected).map(
		|(who, statement)| {
			format!(
				"REJECTED by {who} of organisation {}: {}",
				statement.organisation,
				words::reason_code(statement.reason)
			)
		},
	)
}

fn row(version: &VersionDetails<Account>, status: &AttestationStatus<Account>) -> Vec<String> {
	let count = |verdict| {
		status.attestations.iter().filter(|(_, statement)| statement.verdict == verdict).count()
	};
	vec![
		version.version.to_string(),
		words::state(version.info.state).into(),
		show::size(version.info.content.size),
		show::moment(version.info.registered),
		version.info.replicas.to_string(),
		version.sealed_to.map_or("direct".into(), |epoch| format!("guarded, epoch {epoch}")),
		version.info.wraps.to_string(),
		format!("{} for, {} against", count(Verdict::Confirmed), count(Verdict::Rejected)),
		version.info.content.root.to_string(),
	]
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_client::primitives::{Attestation, ReasonCode};

	#[test]
	fn a_rejection_names_its_author_and_reason() {
		let statement = |verdict, reason| Attestation {
			organisation: 2,
			verdict,
			reason,
			at: 1,
			expires: None,
		};
		let [one, two] = [[1; 32], [2; 32]].map(Account::from);
		let status = AttestationStatus {
			threshold: 1,
			attestations: vec![
				(one, statement(Verdict::Confirmed, ReasonCode::Reviewed)),
				(two, statement(Verdict::Rejected, ReasonCode::Unreadable)),
			],
		};
		let found: Vec<_> = rejections(&status).collect();
		let expected = format!("REJECTED by {two} of organisation 2: it cannot be read");
		assert_eq!(found, [expected]);
		let withdrawal =
			Withdrawal { by: one, organisation: 3, reason: ReasonCode::WrongPatient, at: 0 };
		assert!(withdrawn_by(&withdrawal).starts_with(&format!("{one} of organisation 3")));
	}
}
