//! `salus org`: organisations and their keys.

use clap::{Args, Subcommand};
use salus_client::{
	calls, primitives::*, words, Account, CouncilOutcome, Follow, Included, Missing,
};
use serde::Serialize;

use super::{
	bond,
	council::{decide, Decision},
};
use crate::{parse, show, Context, Failure};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Register an organisation. Requires a council seat; two thirds of the seats decide.
	Register(Register),
	/// Suspend an organisation and all its memberships. Requires a council seat; two thirds of the
	/// seats decide.
	Suspend(Decide),
	/// Lift the suspension of an organisation. Requires a council seat; two thirds of the seats
	/// decide.
	Reinstate(Decide),
	/// Replace the admins of an organisation. Requires a council seat; two thirds of the seats
	/// decide.
	SetAdmins(SetAdmins),
	/// Create a new key for the organisation. For its admins.
	///
	/// Records are sealed to this key for the organisation's records admins.
	SetKey(SetKey),
	/// Share the organisation's key with a records admin. For the organisation's admins.
	ShareKey(ShareKey),
	/// Manage the bond that a hospital stakes on emergency access.
	#[command(subcommand)]
	Bond(bond::Opts),
	/// List all organisations.
	List,
	/// Show an organisation.
	Show(Show),
}

#[derive(Args, Debug)]
pub(crate) struct Register {
	/// Register this kind of organisation.
	#[arg(long, value_parser = parse::kind())]
	kind: OrganisationKind,
	/// Let this account administer its members; repeat for more admins.
	#[arg(long = "admin", value_name = "ACCOUNT", required = true, value_parser = parse::account)]
	admins: Vec<Account>,
	/// Link its published FHIR Organization resource: a file, or 0x and its SHA-256.
	#[arg(long, value_name = "FILE|HASH", value_parser = parse::document)]
	profile: Option<Hash32>,
}

#[derive(Args, Debug)]
pub(crate) struct Decide {
	/// Number of the organisation.
	organisation: OrganisationId,
}

#[derive(Args, Debug)]
pub(crate) struct SetAdmins {
	/// Number of the organisation.
	organisation: OrganisationId,
	/// Let this account administer it from now on; repeat for more admins.
	#[arg(long = "admin", value_name = "ACCOUNT", required = true, value_parser = parse::account)]
	admins: Vec<Account>,
}

#[derive(Args, Debug)]
pub(crate) struct SetKey {
	/// Number of the organisation [default: the only one that you administer].
	organisation: Option<OrganisationId>,
}

#[derive(Args, Debug)]
pub(crate) struct ShareKey {
	/// Number of the organisation [default: the only one that you administer].
	organisation: Option<OrganisationId>,
	/// Share the key with this records admin.
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	to: Account,
}

#[derive(Args, Debug)]
pub(crate) struct Show {
	/// Number of the organisation.
	organisation: OrganisationId,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::Register(opts) => register(opts, context).await,
		Opts::Suspend(Decide { organisation }) => {
			let call = calls::roles::suspend_organisation(organisation);
			let done = format!("Organisation {organisation} suspended");
			decide(&call, &done, context).await
		}
		Opts::Reinstate(Decide { organisation }) => {
			let call = calls::roles::reinstate_organisation(organisation);
			let done = format!("Organisation {organisation} reinstated");
			decide(&call, &done, context).await
		}
		Opts::SetAdmins(opts) => {
			let call = calls::roles::set_admins(opts.organisation, &opts.admins);
			let done = format!("Replaced the admins of organisation {}", opts.organisation);
			decide(&call, &done, context).await
		}
		Opts::SetKey(opts) => set_key(opts, context).await,
		Opts::ShareKey(opts) => share_key(opts, context).await,
		Opts::Bond(opts) => bond::run(opts, context).await,
		Opts::List => list(context).await,
		Opts::Show(opts) => show_one(opts, context).await,
	}
}

/// Outcome of a registration, with the number of the new organisation.
#[derive(Serialize)]
struct RegistrationReport {
	organisation: Option<OrganisationId>,
	decision: Decision,
	transaction: Included,
}

async fn register(opts: Register, context: &mut Context<'_>) -> Result<(), Failure> {
	let (seat, client) = context.signer_and_client().await?;
	let profile = opts.profile.unwrap_or_default();
	let call = calls::roles::register_organisation(opts.kind, &opts.admins, profile);
	let outcome = client.submit_to_council(&seat, &call, Follow::default()).await?;
	let mut id = None;
	let decided = match &outcome {
		CouncilOutcome::Joined(outcome) => outcome,
		outcome => outcome,
	};
	if let CouncilOutcome::Executed(included) = decided {
		let all = client.at(included.block_hash).organisations().await?;
		id = all
			.iter()
			.filter(|info| {
				info.kind == opts.kind
					&& info.profile == profile
					&& opts.admins.iter().all(|admin| info.admins.contains(admin))
			})
			.map(|info| info.id)
			.max();
	}
	let (decision, transaction) = Decision::new(outcome);
	let done =
		id.map_or("Organisation registered".into(), |id| format!("Organisation {id} registered"));
	let result = RegistrationReport { organisation: id, decision, transaction };
	context.emit(&result, |out| writeln!(out, "{}", result.decision.words(&done)))
}

#[derive(Serialize)]
struct KeySet {
	organisation: OrganisationId,
	version: u32,
	#[serde(with = "salus_client::json::hex")]
	public: Hash32,
	transaction: Option<Included>,
}

async fn set_key(opts: SetKey, context: &mut Context<'_>) -> Result<(), Failure> {
	let (admin, client) = context.signer_and_client().await?;
	let organisation = context.administered(&client, opts.organisation, &admin.account()).await?;
	let published = client.set_organisation_key(&admin, organisation).await?;
	let result = KeySet {
		organisation,
		version: published.key.version,
		public: published.key.public,
		transaction: published.included,
	};
	let who = context.as_who();
	context.emit(&result, |out| {
		writeln!(out, "Organisation {organisation} has key version {}", result.version)?;
		writeln!(
			out,
			"Share it with its records admins: salus org share-key {organisation} --to ACCOUNT{}",
			who
		)
	})
}

#[derive(Serialize)]
struct KeyShareReport {
	organisation: OrganisationId,
	to: Account,
	transaction: Included,
}

async fn share_key(opts: ShareKey, context: &mut Context<'_>) -> Result<(), Failure> {
	let (admin, client) = context.signer_and_client().await?;
	let organisation = context.administered(&client, opts.organisation, &admin.account()).await?;
	let transaction = client.share_organisation_key(&admin, organisation, &opts.to).await?;
	let result = KeyShareReport { organisation, to: opts.to, transaction };
	context.emit(&result, |out| {
		writeln!(out, "Shared the key of organisation {organisation} with {}", result.to)
	})
}

fn status(status: OrganisationStatus) -> &'static str {
	match status {
		OrganisationStatus::Active => "active",
		OrganisationStatus::Suspended => "suspended",
	}
}

fn profile(hash: &Hash32) -> String {
	if *hash == [0; 32] {
		"none".into()
	} else {
		format!("0x{}", hex::encode(hash))
	}
}

fn key(key: &Option<KeyAgreementKey>) -> String {
	key.map_or_else(|| "none".into(), |key| format!("version {}", key.version))
}

async fn list(context: &mut Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let all = client.now().organisations().await?;
	context.emit(&all, |out| {
		if all.is_empty() {
			return writeln!(out, "No organisation is registered yet");
		}
		let rows: Vec<_> = all
			.iter()
			.map(|info| {
				vec![
					info.id.to_string(),
					words::organisation_kind(info.kind).into(),
					status(info.status).into(),
					key(&info.key),
					info.admins.iter().map(Account::to_string).collect::<Vec<_>>().join(", "),
				]
			})
			.collect();
		show::table(out, &["id", "kind", "status", "key", "admins"], &rows)
	})
}

async fn show_one(opts: Show, context: &mut Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let info = client.now().organisation(opts.organisation).await?;
	let info =
		info.ok_or(salus_client::Error::NotFound(Missing::Organisation(opts.organisation)))?;
	context.emit(&info, |out| {
		let mut pairs = vec![
			("organisation", info.id.to_string()),
			("kind", words::organisation_kind(info.kind).into()),
			("status", status(info.status).into()),
			("key", key(&info.key)),
			("profile", profile(&info.profile)),
		];
		for admin in &info.admins {
			pairs.push(("admin", admin.to_string()));
		}
		show::pairs(out, &pairs)
	})
}
