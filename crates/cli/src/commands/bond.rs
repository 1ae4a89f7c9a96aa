//! `salus org bond`: tokens that a hospital stakes on its emergency access.

use clap::{Args, Subcommand};
use salus_client::{calls, primitives::OrganisationId, Bond, Included};
use serde::Serialize;

use crate::{parse, show, Context, Failure};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Add to a hospital's bond from your own account. For the hospital's admins.
	///
	/// A hospital whose bond is below the amount that `salus org bond show` names cannot open
	/// emergency cases.
	Deposit(Deposit),
	/// Return the whole bond to the account that deposited it. For that account and the admins.
	Withdraw(Hospital),
	/// Show a hospital's bond and the amount that emergency cases need.
	Show(Hospital),
}

#[derive(Args, Debug)]
pub(crate) struct Deposit {
	/// Number of the hospital.
	organisation: OrganisationId,
	/// Number of tokens, such as 5000 or 0.5. `salus org bond show` names the amount needed.
	#[arg(value_name = "TOKENS", value_parser = parse::tokens)]
	amount: u128,
}

#[derive(Args, Debug)]
pub(crate) struct Hospital {
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
struct BondChange {
	organisation: OrganisationId,
	/// The bond after the change; none if it was withdrawn.
	bond: Option<Bond>,
	/// Minimum bond for emergency cases, in the smallest unit; none if the runtime does not say.
	needed: Option<u128>,
	transaction: Included,
}

async fn change(
	organisation: OrganisationId,
	call: &calls::Call,
	context: &mut Context<'_>,
) -> Result<(), Failure> {
	let (signer, client) = context.signer_and_client().await?;
	let transaction = client.submit(&signer, call).in_block().await?.included;
	let bond = client.bond(organisation).await?;
	let needed = client.least_bond().await?;
	let changed = BondChange { organisation, bond, needed, transaction };
	context.emit(&changed, |out| writeln!(out, "{}", describe(organisation, &changed.bond, needed)))
}

#[derive(Serialize)]
struct BondReport {
	organisation: OrganisationId,
	bond: Option<Bond>,
	/// Minimum bond for emergency cases, in the smallest unit; none if the runtime does not say.
	needed: Option<u128>,
}

async fn show_bond(organisation: OrganisationId, context: &mut Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let bond = client.bond(organisation).await?;
	let needed = client.least_bond().await?;
	let shown = BondReport { organisation, bond, needed };
	context.emit(&shown, |out| writeln!(out, "{}", describe(organisation, &shown.bond, needed)))
}

/// Describes a hospital's bond, and how much it lacks.
fn describe(organisation: OrganisationId, bond: &Option<Bond>, needed: Option<u128>) -> String {
	let mut text = match bond {
		Some(bond) => format!(
			"Hospital {organisation} has a bond of {} {}, deposited by {}",
			show::tokens(bond.amount),
			if show::tokens(bond.amount) == "1" { "token" } else { "tokens" },
			bond.depositor
		),
		None => format!("Hospital {organisation} has no bond"),
	};
	let amount = bond.map_or(0, |bond| bond.amount);
	match needed {
		Some(needed) if amount < needed => {
			text.push_str(&format!(": {}", too_small(organisation, amount, needed)));
		}
		Some(needed) => text.push_str(&format!("; emergency cases need {}", show::tokens(needed))),
		None => (),
	}
	text
}

/// Says how much a bond lacks, and how to add it.
pub(super) fn too_small(organisation: OrganisationId, amount: u128, needed: u128) -> String {
	format!(
		"the bond of hospital {organisation} holds {} of the {} tokens that emergency cases need; an admin adds the rest: \
		salus org bond deposit {organisation} {}",
		show::tokens(amount),
		show::tokens(needed),
		show::tokens(needed.saturating_sub(amount))
	)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_small_bond_says_how_much_is_missing() {
		const TOKEN: u128 = 1_000_000_000_000;
		let text = describe(1, &None, Some(5_000 * TOKEN));
		assert!(text.contains("holds 0 of the 5000 tokens"), "{text}");
		assert!(text.ends_with("salus org bond deposit 1 5000"), "{text}");
		let bond = Bond { depositor: salus_client::Account::from([1; 32]), amount: 5_000 * TOKEN };
		let text = describe(1, &Some(bond), Some(5_000 * TOKEN));
		assert!(text.ends_with("; emergency cases need 5000"), "{text}");
	}
}
