//! `salus record reseal`: finds the guarded versions that are sealed to an earlier key, and seals
//! each to the key of the active committee.

use clap::{ArgGroup, Args};
use salus_client::{primitives::Version, words, Error, RecordNumber, Source};

use crate::{parse, show, Context, Failure};

#[derive(Args, Debug)]
#[group(skip)]
#[command(group = ArgGroup::new("which").required(true).args(["record", "all"]))]
pub(crate) struct Opts {
	/// Reseal the versions of this record that an earlier committee guards.
	#[arg(long, value_parser = parse::record)]
	record: Option<RecordNumber>,
	/// Reseal this version, even if the current committee guards it. A version in direct mode
	/// becomes guarded.
	#[arg(long, value_name = "NUMBER", requires = "record", conflicts_with = "all")]
	version: Option<Version>,
	/// Reseal all your versions that an earlier committee guards.
	#[arg(long)]
	all: bool,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let (patient, client) = context.acting_and_client().await?;
	let record = match opts.record {
		Some(record) => Some(client.find_record(record).await?),
		None => None,
	};
	let versions = match (record, opts.version) {
		(Some(record), Some(version)) => vec![(record, version)],
		(wanted, _) => {
			let mut versions = client.to_reseal(&patient).await?;
			versions.retain(|(record, _)| wanted.is_none_or(|wanted| wanted == *record));
			versions
		}
	};
	if let (Some(record), true) = (record, versions.is_empty()) {
		// A missing record is an error, not a record with nothing to do.
		client.version(record, None).await?;
	}
	let (mut results, mut alarm) = (Vec::new(), None);
	for (record, version) in versions {
		match client.reseal(&patient, record, version, &Source::Node, &context.progress).await {
			Ok(resealed) => results.push(resealed),
			// Its author must not keep the others from the new key.
			Err(error @ Error::ForeignWrap { .. }) => alarm = Some(error),
			Err(error) => return Err(error.into()),
		}
	}
	context.emit(&results, |out| {
		if results.is_empty() && alarm.is_none() {
			return writeln!(
				out,
				"Nothing to do: every guarded version is sealed to the active committee"
			);
		}
		let rows: Vec<_> = results
			.iter()
			.map(|resealed| {
				vec![
					words::record(&resealed.record),
					resealed.version.to_string(),
					resealed.epoch.to_string(),
				]
			})
			.collect();
		show::table(out, &["record", "version", "sealed to epoch"], &rows)?;
		for resealed in &results {
			if let Some(unused) = resealed.unused_wrap {
				let record = words::record(&resealed.record);
				writeln!(out, "{record}, version {}: {unused}", resealed.version)?;
			}
		}
		Ok(())
	})?;
	alarm.map_or(Ok(()), |alarm| Err(alarm.into()))
}
