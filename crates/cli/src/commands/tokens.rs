//! `salus tokens`: tokens, which pay for votes and session keys.

use clap::{Args, Subcommand};
use salus_client::{calls, Account, Included};
use serde::Serialize;

use crate::{parse, show, Context, Failure};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Send tokens to an account, such as that of a new council seat.
	Send(Send),
}

#[derive(Args, Debug)]
pub(crate) struct Send {
	/// Recipient.
	#[arg(value_parser = parse::account)]
	to: Account,
	/// Number of tokens, such as 50 or 0.5.
	#[arg(value_name = "TOKENS", value_parser = parse::tokens)]
	amount: u128,
}

#[derive(Serialize)]
struct TransferReport {
	to: Account,
	/// Amount in the smallest unit, as text: it may exceed what JSON numbers hold.
	amount: String,
	transaction: Included,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let Opts::Send(opts) = opts;
	let (signer, client) = context.signer_and_client().await?;
	let call = calls::balances::transfer(&opts.to, opts.amount);
	let sent = TransferReport {
		to: opts.to,
		amount: opts.amount.to_string(),
		transaction: client.submit(&signer, &call).in_block().await?.included,
	};
	context.emit(&sent, |out| writeln!(out, "Sent {} to {}", show::tokens(opts.amount), sent.to))
}
