//! `salus record reseal`: finds the guarded versions that are sealed to an earlier key, and seals
//! each to the key of the active committee.

use std::io::{self, Write};

use clap::{ArgGroup, Args};
use salus_client::{
	primitives::{RecordId, Version},
	words, PartlyResealed, RecordNumber, Resealed, Source,
};

use crate::{failure::Code, parse, resealing::not_resealed, show, Context, Failure};

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
	/// Have hospitals release the keys of the record, even if you have wrapped keys.
	///
	/// Use this if the author wrapped something else for you. What hospitals release is sealed only
	/// if it opens the version.
	#[arg(long, requires = "record", conflicts_with = "all")]
	ignore_wrap: bool,
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
	let (source, progress) = (&Source::Node, &context.progress);
	let sealing = client.reseal_each(&patient, &versions, source, opts.ignore_wrap, progress);
	let PartlyResealed { resealed: results, failed, .. } = sealing.await;
	context.progress.end();
	let failed: Vec<(RecordId, Version, Failure)> = failed
		.into_iter()
		.map(|(record, version, error)| (record, version, error.into()))
		.collect();
	if versions.len() > 1 {
		for (record, version, failure) in &failed {
			context.warn(&not_resealed(record, *version, &failure.message()));
		}
	}
	let failure = gravest(failed);
	if let (true, Some(_)) = (results.is_empty(), &failure) {
		return failure.map_or(Ok(()), Err);
	}
	context.emit(&results, |out| show_resealed(out, &results))?;
	failure.map_or(Ok(()), Err)
}

fn show_resealed(out: &mut dyn Write, results: &[Resealed]) -> io::Result<()> {
	if results.is_empty() {
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
	for resealed in results {
		if let Some(unused) = resealed.unused_wrap {
			let record = words::record(&resealed.record);
			writeln!(out, "{record}, version {}: {unused}", resealed.version)?;
		}
	}
	Ok(())
}

/// Returns the failure with which the command ends: an alarm, whatever else failed, or else the
/// first one.
fn gravest(mut failed: Vec<(RecordId, Version, Failure)>) -> Option<Failure> {
	let alarm = failed.iter().position(|(.., failure)| failure.code() == Code::Untrusted);
	let place = alarm.unwrap_or_default();
	(place < failed.len()).then(|| failed.swap_remove(place).2)
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_client::Error;

	#[test]
	fn an_alarm_decides_the_exit_code() {
		let record = RecordId([1; 32]);
		let failed = |version, error: Error| (record, version, Failure::from(error));
		let foreign = Error::ForeignWrap { record, version: 2 };
		let ended = gravest(vec![failed(1, Error::Erased(record)), failed(2, foreign)]);
		assert_eq!(ended.map(|failure| failure.code()), Some(Code::Untrusted));
		let both = vec![failed(1, Error::Erased(record)), failed(2, Error::NoCommittee)];
		assert_eq!(gravest(both).map(|failure| failure.code()), Some(Code::NotFound));
		assert!(gravest(Vec::new()).is_none());
	}
}
