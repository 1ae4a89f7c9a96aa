//! `salus org bond`: what a hospital answers with for its emergencies.

use clap::{Args, Subcommand};
use salus_client::{calls, primitives::OrganisationId, Bond, Included};
use serde::Serialize;

use crate::{parse, show, Context, Failure};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Add to a hospital's bond, from your own account. By its admin.
	Deposit(Deposit),
	/// Give the whole bond back to the account that deposited it. By that account or an admin.
	Withdraw(Which),
	/// Show a hospital's bond.
	Show(Which),
}

#[derive(Args, Debug)]
pub(crate) struct Deposit {
	/// Number of the hospital.
	organisation: OrganisationId,
	/// How many tokens, such as 5000 or 0.5.
	#[arg(value_name = "TOKENS", value_parser = parse::tokens)]
	amount: u128,
}

#[derive(Args, Debug)]
pub(crate) struct Which {
	/// Number of the hospital.
	organisation: OrganisationId,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::Deposit(opts) => {
			let call = calls::access::deposit_bond(opts.organisation, opts.amount);
			change(opts.organisation, &call, context).await
		}
		Opts::Withdraw(opts) => {
			let call = calls::access::withdraw_bond(opts.organisation);
			change(opts.organisation, &call, context).await
		}
		Opts::Show(opts) => show_bond(opts.organisation, context).await,
	}
}

#[derive(Serialize)]
struct Changed {
	organisation: OrganisationId,
	/// None if there is none now.
	bond: Option<Bond>,
	transaction: Included,
}

async fn change(
	organisation: OrganisationId,
	call: &calls::Call,
	context: &mut Context<'_>,
) -> Result<(), Failure> {
	let signer = context.signer()?;
	let client = context.client().await?;
	let transaction = client.submit(&signer, call).await?;
	let bond = client.bond(organisation).await?;
	let changed = Changed {
		organisation,
		bond,
		transaction,
	};
	context.emit(&changed, |out| {
		writeln!(out, "{}", text(organisation, &changed.bond))
	})
}

#[derive(Serialize)]
struct Shown {
	organisation: OrganisationId,
	bond: Option<Bond>,
}

async fn show_bond(organisation: OrganisationId, context: &mut Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let bond = client.bond(organisation).await?;
	let shown = Shown { organisation, bond };
	context.emit(&shown, |out| {
		writeln!(out, "{}", text(organisation, &shown.bond))
	})
}

fn text(organisation: OrganisationId, bond: &Option<Bond>) -> String {
	match bond {
		Some(bond) => format!(
			"Hospital {organisation} has a bond of {} tokens, on the account {}",
			show::tokens(bond.amount),
			bond.depositor
		),
		None => format!("Hospital {organisation} has no bond"),
	}
}
