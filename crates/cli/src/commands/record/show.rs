//! `salus record show`.

use clap::Args;
use salus_client::{
	primitives::{
		AttestationStatus, Purpose, RecordDetails, RecordEntry, Subject, Verdict, VersionDetails,
	},
	words, Account, Descriptor, Error, Missing, RecordNumber, Request,
};
use serde::Serialize;

use crate::{parse, show, Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// The record: its number, or the first digits of it.
	#[arg(value_parser = parse::record)]
	record: RecordNumber,
	/// Why you look.
	#[arg(long, default_value = "TREAT", value_parser = parse::purpose())]
	purpose: Purpose,
	/// Fetch from an IPFS node by its RPC API instead of the Salus node.
	#[arg(long, value_name = "URL")]
	ipfs: Option<String>,
}

#[derive(Serialize)]
struct Shown {
	#[serde(flatten)]
	details: RecordDetails<Account>,
	attestations: Vec<AttestationStatus<Account>>,
	/// What the latest version is, if the reader may and can know.
	descriptor: Option<Descriptor>,
	/// Why it is not told.
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
		let subject = Subject::RecordVersion {
			record,
			version: version.version,
		};
		attestations.push(client.now().attestations(&subject).await?);
	}
	let (mut descriptor, mut closed) = (None, None);
	if let (Some(reader), RecordEntry::Live(_)) = (&reader, &details.entry) {
		let request = Request {
			record,
			version: None,
			purpose: opts.purpose,
		};
		match client.descriptor(reader, &request, &source).await {
			Ok(opened) => descriptor = Some(opened),
			Err(error) => closed = Some(error.to_string()),
		}
	}
	let shown = Shown {
		details,
		attestations,
		descriptor,
		closed,
	};
	context.emit(&shown, |out| {
		let mut pairs = vec![("record", shown.details.id.to_string())];
		match &shown.details.entry {
			RecordEntry::Erased(tombstone) => pairs.extend([
				("patient", tombstone.patient.to_string()),
				("erased", show::moment(tombstone.erased)),
				("replicas left", tombstone.replicas_left.to_string()),
			]),
			RecordEntry::Live(record) => pairs.extend([
				("patient", record.patient.to_string()),
				("author", record.author.to_string()),
				("organisation", record.organisation.to_string()),
				("category", words::category(record.category).into()),
				(
					"confidentiality",
					words::confidentiality(record.confidentiality).into(),
				),
				("added", show::moment(record.created)),
				("latest version", record.latest.to_string()),
			]),
		}
		if let Some(descriptor) = &shown.descriptor {
			pairs.extend([
				("title", descriptor.title.clone()),
				("file", descriptor.file_name.clone()),
				("media type", descriptor.media_type.clone()),
				(
					"FHIR type",
					descriptor.fhir_type.clone().unwrap_or("-".into()),
				),
				("made", show::moment(descriptor.created)),
			]);
		}
		if let Some(reason) = &shown.closed {
			pairs.push(("title", format!("(closed: {reason})")));
		}
		for version in &shown.details.versions {
			if let Some(caution) = words::caution(version.info.state) {
				pairs.push(("warning", format!("version {}: {caution}", version.version)));
			}
		}
		show::pairs(out, &pairs)?;
		let rows: Vec<_> = shown
			.details
			.versions
			.iter()
			.zip(&shown.attestations)
			.map(|(version, statements)| row(version, statements))
			.collect();
		let head = [
			"version",
			"state",
			"size",
			"added",
			"replicas",
			"mode",
			"keys",
			"statements",
			"root",
		];
		show::table(out, &head, &rows)
	})
}

fn row(version: &VersionDetails<Account>, status: &AttestationStatus<Account>) -> Vec<String> {
	let count = |verdict| {
		status
			.attestations
			.iter()
			.filter(|(_, statement)| statement.verdict == verdict)
			.count()
	};
	vec![
		version.version.to_string(),
		words::state(version.info.state).into(),
		show::size(version.info.content.size),
		show::moment(version.info.registered),
		version.info.replicas.to_string(),
		version
			.sealed_to
			.map_or("direct".into(), |epoch| format!("guarded, epoch {epoch}")),
		version.info.wraps.to_string(),
		format!(
			"{} for, {} against",
			count(Verdict::Confirmed),
			count(Verdict::Rejected)
		),
		version.info.content.root.to_string(),
	]
}
