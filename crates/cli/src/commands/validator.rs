//! `salus validator`: the hospitals that run the chain.

use std::{
	fs::File,
	io::Read,
	path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use salus_client::{calls, primitives::*, Account, Included};
use serde::{Deserialize, Serialize};

use super::council::decide;
use crate::{parse, show, Context, Failure};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// List the validators, who votes for them, and when each made its last block.
	List,
	/// Register session keys that were made on the validator's machine (`salus-node consortium keys`). By the validator.
	Keys(Keys),
	/// Let a hospital run a validator, with a seat in the council. By a council seat.
	Add(Add),
	/// Remove a validator and its seat. By a council seat.
	Remove(Named),
	/// Let a hospital run its validator under another account. By a council seat.
	Replace(Replace),
	/// Say which hospital runs a validator that was there from the beginning. By a council seat.
	Assign(Assign),
	/// Say who votes for one's hospital. By its admin.
	Represent(Represent),
	/// Say below how many validators nobody can be removed. By a council seat.
	Minimum(Minimum),
}

#[derive(Args, Debug)]
pub(crate) struct Add {
	/// The validator's account, which has registered session keys (`salus validator keys`).
	#[arg(value_parser = parse::account)]
	validator: Account,
	/// Number of the hospital that runs it.
	#[arg(long = "org", value_name = "NUMBER")]
	organisation: OrganisationId,
	/// Who votes for the hospital.
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	seat: Account,
}

#[derive(Args, Debug)]
pub(crate) struct Keys {
	/// The file with their public part.
	part: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct Named {
	/// The validator's account.
	#[arg(value_parser = parse::account)]
	validator: Account,
}

#[derive(Args, Debug)]
pub(crate) struct Replace {
	/// The validator's account.
	#[arg(value_parser = parse::account)]
	validator: Account,
	/// The account in its place, which has registered session keys.
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	by: Account,
}

#[derive(Args, Debug)]
pub(crate) struct Assign {
	/// The validator's account.
	#[arg(value_parser = parse::account)]
	validator: Account,
	/// Number of the hospital.
	#[arg(long = "org", value_name = "NUMBER")]
	organisation: OrganisationId,
}

#[derive(Args, Debug)]
pub(crate) struct Represent {
	/// The validator's account.
	#[arg(value_parser = parse::account)]
	validator: Account,
	/// Who votes from now on.
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	seat: Account,
}

#[derive(Args, Debug)]
pub(crate) struct Minimum {
	/// How many there are at least.
	minimum: u32,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	use calls::validators as call;
	match opts {
		Opts::List => list(context).await,
		Opts::Keys(opts) => keys(&opts.part, context).await,
		Opts::Add(opts) => {
			let call = call::add(&opts.validator, opts.organisation, &opts.seat);
			let done = "Added: it takes part two blocks later";
			decide(&call, done, context).await
		}
		Opts::Remove(opts) => {
			let done = "Removed: it takes part for two more blocks";
			decide(&call::remove(&opts.validator), done, context).await
		}
		Opts::Replace(opts) => {
			let call = call::replace(&opts.validator, &opts.by);
			decide(
				&call,
				"Replaced: the other takes part two blocks later",
				context,
			)
			.await
		}
		Opts::Assign(opts) => {
			let call = call::assign(&opts.validator, opts.organisation);
			decide(&call, "Assigned", context).await
		}
		Opts::Represent(opts) => represent(opts, context).await,
		Opts::Minimum(opts) => {
			let call = call::set_minimum(opts.minimum);
			decide(&call, "The minimum is changed", context).await
		}
	}
}

#[derive(Serialize)]
struct Represented {
	validator: Account,
	seat: Account,
	transaction: Included,
}

async fn represent(opts: Represent, context: &mut Context<'_>) -> Result<(), Failure> {
	let admin = context.signer()?;
	let client = context.client().await?;
	let call = calls::validators::represent(&opts.validator, &opts.seat);
	let result = Represented {
		validator: opts.validator,
		seat: opts.seat,
		transaction: client.submit(&admin, &call).await?,
	};
	context.emit(&result, |out| {
		writeln!(out, "{} votes for the hospital", result.seat)
	})
}

/// What is needed of the file. It has more, for the other hospitals.
#[derive(Deserialize)]
struct PublicPart {
	validator: String,
	#[serde(deserialize_with = "bytes")]
	keys: Vec<u8>,
	#[serde(deserialize_with = "bytes")]
	proof: Vec<u8>,
}

/// The most bytes that the file is read to.
const MAX_PART: u64 = 16 << 10;

impl PublicPart {
	fn read(path: &Path) -> Result<Self, Failure> {
		let mut text = String::new();
		File::open(path)
			.and_then(|file| file.take(MAX_PART).read_to_string(&mut text))
			.map_err(|source| Failure::File {
				action: "read",
				path: path.to_owned(),
				source,
			})?;
		serde_json::from_str(&text).map_err(|_| {
			Failure::BadFile("this is no public part as `salus-node consortium keys` writes it")
		})
	}
}

fn bytes<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
	let text = String::deserialize(deserializer)?;
	hex::decode(text.trim_start_matches("0x")).map_err(serde::de::Error::custom)
}

#[derive(Serialize)]
struct Registered {
	validator: Account,
	/// The public keys, `0x…`.
	keys: String,
	transaction: Included,
}

async fn keys(part: &Path, context: &mut Context<'_>) -> Result<(), Failure> {
	let validator = context.signer()?;
	let made = PublicPart::read(part)?;
	if made.validator != validator.account().to_string() {
		return Err(Failure::KeysOfAnother(made.validator));
	}
	let client = context.client().await?;
	let call = calls::session::set_keys(&made.keys, &made.proof);
	let result = Registered {
		validator: validator.account(),
		keys: format!("0x{}", hex::encode(&made.keys)),
		transaction: client.submit(&validator, &call).await?,
	};
	context.emit(&result, |out| {
		writeln!(out, "Registered the session keys of {}", result.validator)?;
		writeln!(
			out,
			"A validator uses them after the end of the next session (ten minutes each). Who is none asks the council: salus validator add"
		)
	})
}

async fn list(context: &mut Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let set = client.now().validators().await?;
	context.emit(&set, |out| {
		let rows: Vec<_> = set
			.validators
			.iter()
			.map(|validator| {
				vec![
					validator.account.to_string(),
					validator
						.organisation
						.map_or("not said".into(), |organisation| organisation.to_string()),
					validator.representative.to_string(),
					if validator.active { "yes" } else { "no" }.into(),
					validator
						.last_block
						.map_or("none".into(), |block| block.to_string()),
					validator
						.since
						.map_or("not kept".into(), |block| block.to_string()),
				]
			})
			.collect();
		show::table(
			out,
			&[
				"validator",
				"hospital",
				"votes",
				"takes part",
				"last block",
				"since block",
			],
			&rows,
		)?;
		writeln!(
			out,
			"\nNow in block {}; nobody is removed below {}",
			set.block, set.minimum
		)
	})
}
