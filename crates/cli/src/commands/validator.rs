//! `salus validator`: the hospitals that run the chain.

use std::{
	fs::File,
	io::{Read, Write},
	path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use salus_client::{calls, primitives::*, Account, Call, Error, ErrorKind, Included, Nomination};
use serde::{Deserialize, Serialize};

use super::council::decide;
use crate::{parse, show, Context, Failure};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// List the validators, their representatives and their latest blocks.
	List,
	/// Register session keys. For the validator itself.
	///
	/// Create the keys on the validator's machine with `salus-node consortium keys`.
	Keys(Keys),
	/// Let a hospital run a validator, with a seat in the council. Requires a council seat.
	Add(Add),
	/// Remove a validator and its seat. Requires a council seat.
	Remove(ValidatorOpts),
	/// Move a hospital's validator to another account. Requires a council seat.
	Replace(Replace),
	/// Record which hospital runs a validator that the genesis names. Requires a council seat.
	Assign(Assign),
	/// Nominate a representative, who votes for your hospital. For the hospital's admins.
	///
	/// The current representative learns of it by an event, and has a day to object
	/// (`salus validator object`). After that, anyone may confirm it (`salus validator confirm`).
	/// It applies at once if the current representative agrees (`salus validator agree`).
	Represent(Represent),
	/// Agree to be replaced by a nominated account. For the current representative.
	Agree(Represent),
	/// Object to a nominated account. For the current representative and the hospital's other
	/// admins.
	///
	/// The nominated account then votes only if the current representative agrees, or if two thirds
	/// of the council appoint it.
	Object(ValidatorOpts),
	/// Confirm a nomination that is a day old and that nobody objected to. Anyone may do this.
	Confirm(ValidatorOpts),
	/// Appoint the representative of a hospital whose seat is lost or in dispute. Requires a
	/// council seat; two thirds of the seats decide.
	Appoint(Represent),
	/// Set the minimum number of validators. Requires a council seat.
	Minimum(Minimum),
}

#[derive(Args, Debug)]
pub(crate) struct Add {
	/// Account of the validator, which has registered session keys (`salus validator keys`).
	#[arg(value_parser = parse::account)]
	validator: Account,
	/// Run it for the hospital with this number.
	#[arg(long = "org", value_name = "NUMBER")]
	organisation: OrganisationId,
	/// Let this account vote for the hospital, as its representative.
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	seat: Account,
}

#[derive(Args, Debug)]
pub(crate) struct Keys {
	/// File with the public part of the keys.
	part: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct ValidatorOpts {
	/// Account of the validator.
	#[arg(value_parser = parse::account)]
	validator: Account,
}

#[derive(Args, Debug)]
pub(crate) struct Replace {
	/// Account of the validator.
	#[arg(value_parser = parse::account)]
	validator: Account,
	/// Move it to this account, which has registered session keys.
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	by: Account,
}

#[derive(Args, Debug)]
pub(crate) struct Assign {
	/// Account of the validator.
	#[arg(value_parser = parse::account)]
	validator: Account,
	/// Name the hospital with this number.
	#[arg(long = "org", value_name = "NUMBER")]
	organisation: OrganisationId,
}

#[derive(Args, Debug)]
pub(crate) struct Represent {
	/// Account of the validator.
	#[arg(value_parser = parse::account)]
	validator: Account,
	/// Let this account vote for the hospital, as its representative.
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	seat: Account,
}

#[derive(Args, Debug)]
pub(crate) struct Minimum {
	/// Minimum number of validators.
	minimum: u32,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	use calls::validators;
	match opts {
		Opts::List => list(context).await,
		Opts::Keys(opts) => keys(&opts.part, context).await,
		Opts::Add(opts) => {
			let call = validators::add(&opts.validator, opts.organisation, &opts.seat);
			let done = "Added: the validator takes part after two more blocks";
			decide(&call, done, context).await
		}
		Opts::Remove(opts) => {
			check_removal(&opts.validator, context).await?;
			let done = "Removed: the validator takes part for two more blocks";
			decide(&validators::remove(&opts.validator), done, context).await
		}
		Opts::Replace(opts) => {
			let call = validators::replace(&opts.validator, &opts.by);
			decide(&call, "Replaced: the new account takes part after two more blocks", context)
				.await
		}
		Opts::Assign(opts) => {
			let call = validators::assign(&opts.validator, opts.organisation);
			decide(&call, "Assigned", context).await
		}
		Opts::Represent(opts) => {
			let call = validators::represent(&opts.validator, &opts.seat);
			represent(&call, opts.validator, context).await
		}
		Opts::Agree(opts) => {
			let call = validators::agree(&opts.validator, &opts.seat);
			represent(&call, opts.validator, context).await
		}
		Opts::Object(ValidatorOpts { validator }) => {
			represent(&validators::object(&validator), validator, context).await
		}
		Opts::Confirm(ValidatorOpts { validator }) => {
			represent(&validators::confirm(&validator), validator, context).await
		}
		Opts::Appoint(opts) => {
			let call = validators::appoint(&opts.validator, &opts.seat);
			let done = format!("{} votes for the hospital", opts.seat);
			decide(&call, &done, context).await
		}
		Opts::Minimum(opts) => {
			let call = validators::set_minimum(opts.minimum);
			decide(&call, "Changed the minimum", context).await
		}
	}
}

/// Refuses to propose a removal that the chain would not carry out.
async fn check_removal(validator: &Account, context: &Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let set = client.snapshot().await?.validators().await?;
	if !set.validators.iter().any(|member| member.account == *validator) {
		let text =
			format!("{validator} is not a validator; `salus validator list` shows the validators");
		return Err(Error::foreseen(ErrorKind::NotFound, text).into());
	}
	let count = set.validators.len();
	if count as u64 <= u64::from(set.minimum) {
		let text = format!(
			"there {} {}, and at least {} must stay; first add another one with `salus validator add`, or lower the minimum \
			with `salus validator minimum`",
			if count == 1 { "is" } else { "are" },
			show::count(count, "validator", "validators"),
			set.minimum
		);
		return Err(Error::foreseen(ErrorKind::Chain, text).into());
	}
	Ok(())
}

#[derive(Serialize)]
struct RepresentativeReport {
	validator: Account,
	/// Current representative; none if the validator was removed at the same time.
	seat: Option<Account>,
	/// Nomination of another representative.
	nomination: Option<Nomination>,
	transaction: Included,
}

/// Submits a call about a hospital's representative, and reports the result.
async fn represent(
	call: &Call,
	validator: Account,
	context: &mut Context<'_>,
) -> Result<(), Failure> {
	let (signer, client) = context.signer_and_client().await?;
	let transaction = client.submit(&signer, call).in_block().await?.included;
	let now = client.at(transaction.block_hash);
	let seat = now
		.validators()
		.await?
		.validators
		.into_iter()
		.find(|one| one.account == validator)
		.map(|one| one.representative);
	let nomination = now.nominations().await?.into_iter().find(|one| one.validator == validator);
	let result = RepresentativeReport { validator, seat, nomination, transaction };
	context.emit(&result, |out| {
		if let Some(seat) = &result.seat {
			writeln!(out, "{seat} votes for the hospital")?;
		}
		result.nomination.iter().try_for_each(|nomination| write_nomination(nomination, out))
	})
}

fn write_nomination(nomination: &Nomination, out: &mut dyn Write) -> std::io::Result<()> {
	let Nomination { validator, replaced, representative, by, from, .. } = nomination;
	match from {
		Some(block) => writeln!(
			out,
			"{by} nominated {representative} to vote in place of {replaced}. From block {block} on anyone may confirm \
			it: salus validator confirm {validator}. Until then {replaced} may agree or object."
		),
		None => writeln!(
			out,
			"{by} nominated {representative} to vote in place of {replaced}. Somebody objected: either {replaced} agrees, \
			or the council appoints a representative."
		),
	}
}

/// Fields of the file that are needed here. It has more, for the other hospitals.
#[derive(Deserialize)]
struct PublicPart {
	validator: String,
	#[serde(deserialize_with = "bytes")]
	keys: Vec<u8>,
	#[serde(deserialize_with = "bytes")]
	proof: Vec<u8>,
}

/// Maximum size of the file, in bytes.
const MAX_PART: u64 = 16 << 10;

impl PublicPart {
	fn read(path: &Path) -> Result<Self, Failure> {
		let mut text = String::new();
		File::open(path)
			.and_then(|file| file.take(MAX_PART).read_to_string(&mut text))
			.map_err(|source| Failure::File { action: "read", path: path.to_owned(), source })?;
		serde_json::from_str(&text).map_err(|_| {
			Failure::BadFile("the file is not a public part; give the one that `salus-node consortium keys` wrote")
		})
	}
}

fn bytes<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
	let text = String::deserialize(deserializer)?;
	hex::decode(text.trim_start_matches("0x")).map_err(serde::de::Error::custom)
}

#[derive(Serialize)]
struct SessionKeysReport {
	validator: Account,
	/// Public keys, `0x…`.
	keys: String,
	transaction: Included,
}

async fn keys(part: &Path, context: &mut Context<'_>) -> Result<(), Failure> {
	let validator = context.signer()?;
	let public = PublicPart::read(part)?;
	if public.validator != validator.account().to_string() {
		return Err(Failure::KeysOfAnother(public.validator));
	}
	let client = context.client().await?;
	let call = calls::session::set_keys(&public.keys, &public.proof);
	let result = SessionKeysReport {
		validator: validator.account(),
		keys: format!("0x{}", hex::encode(&public.keys)),
		transaction: client.submit(&validator, &call).in_block().await?.included,
	};
	context.emit(&result, |out| {
		writeln!(out, "Registered the session keys of {}", result.validator)?;
		writeln!(
			out,
			"A validator uses them after the end of the next session (ten minutes each). Not a validator yet? Ask the council: \
			salus validator add"
		)
	})
}

#[derive(Serialize)]
struct ValidatorList {
	#[serde(flatten)]
	set: ValidatorSet<Account>,
	nominations: Vec<Nomination>,
}

async fn list(context: &mut Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let now = client.snapshot().await?;
	let listed =
		ValidatorList { set: now.validators().await?, nominations: now.nominations().await? };
	context.emit(&listed, |out| {
		let set = &listed.set;
		let rows: Vec<_> = set
			.validators
			.iter()
			.map(|validator| {
				vec![
					validator.account.to_string(),
					validator.organisation.map_or("unknown".into(), |id| id.to_string()),
					validator.representative.to_string(),
					if validator.active { "yes" } else { "no" }.into(),
					validator.last_block.map_or("none".into(), |block| block.to_string()),
					validator.since.map_or("unknown".into(), |block| block.to_string()),
				]
			})
			.collect();
		show::table(
			out,
			&["validator", "hospital", "representative", "takes part", "last block", "since block"],
			&rows,
		)?;
		writeln!(
			out,
			"\nCurrent block: {}; minimum number of validators: {}",
			set.block, set.minimum
		)?;
		for nomination in &listed.nominations {
			writeln!(out)?;
			write_nomination(nomination, out)?;
		}
		Ok(())
	})
}
