//! `salus record list`: lists a patient's records, and shows the titles that the account that acts
//! can open.

use clap::Args;
use salus_client::{
	primitives::{Purpose, RecordEntry, Role},
	words, Account, Client, Listed, Missing,
};

use crate::{parse, show, Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// List the records of this patient [default: the account that acts].
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	patient: Option<Account>,
	/// Read titles for this purpose.
	#[arg(long, default_value = "TREAT", value_parser = parse::purpose())]
	purpose: Purpose,
	/// Do not open titles: list only what the chain shows to everybody.
	#[arg(long)]
	closed: bool,
	/// Fetch content from an IPFS node, by its RPC API, instead of from the Salus node.
	#[arg(long, value_name = "URL")]
	ipfs: Option<String>,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let reader = if opts.closed { None } else { context.optional_signer()? };
	let (client, patient) = context.client_and_whose(opts.patient).await?;
	let reader = match reader {
		Some(reader) => Some(client.acting(reader).await?),
		None => None,
	};
	let source = context.source(opts.ipfs.as_deref())?;
	let records = client.list(reader.as_ref(), &patient, opts.purpose, &source).await?;
	// An account that was never a patient differs from a patient without records.
	if records.is_empty() && !is_patient(&client, &patient).await? {
		return Err(salus_client::Error::NotFound(Missing::Patient(patient)).into());
	}
	context.emit(&records, |out| {
		if records.is_empty() {
			return writeln!(out, "{patient} has no records");
		}
		let rows: Vec<_> = records.iter().map(row).collect();
		let head = ["record", "category", "version", "state", "size", "added", "title"];
		show::table(out, &head, &rows)
	})?;
	// An alarm about one record hides no other, but the list is no success.
	records.iter().find_map(Listed::alarm).map_or(Ok(()), |alarm| Err(alarm.into()))
}

/// Returns whether an account was ever enrolled as a patient.
async fn is_patient(client: &Client, account: &Account) -> Result<bool, Failure> {
	let memberships = client.now().memberships(account).await?;
	Ok(memberships.iter().any(|info| info.role == Role::Patient))
}

fn row(listed: &Listed) -> Vec<String> {
	let id = words::record(&listed.details.id);
	match &listed.details.entry {
		RecordEntry::Erased(tombstone) => {
			let erased = show::moment(tombstone.erased);
			let none = || "-".to_owned();
			vec![id, none(), none(), "erased".into(), none(), erased, none()]
		}
		RecordEntry::Live(record) => {
			let latest =
				listed.details.versions.iter().find(|version| version.version == record.latest);
			let title = match &listed.descriptor {
				Some(descriptor) => descriptor.title.clone(),
				None if listed.foreign_wrap => "(YOUR KEY DOES NOT OPEN IT)".into(),
				None => "(closed)".into(),
			};
			vec![
				id,
				words::category(record.category).into(),
				record.latest.to_string(),
				latest.map_or("-".into(), |latest| {
					let state = words::state(latest.info.state);
					match words::caution(latest.info.state) {
						Some(_) => state.to_uppercase(),
						None => state.into(),
					}
				}),
				latest.map_or("-".into(), |latest| show::size(latest.info.content.size)),
				show::moment(record.created),
				title,
			]
		}
	}
}
