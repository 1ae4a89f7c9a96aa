//! `salus council`: what the hospitals decide together.

use clap::{Args, Subcommand};
use salus_client::{primitives::Hash32, Call, CouncilOutcome, Follow, Included, Motion};
use serde::Serialize;

use crate::{parse, show, Context, Failure};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// List the open motions, with what they would do.
	///
	/// Motions are made where the subject is: `salus org register`, `salus validator add`, `salus upgrade authorize`, …. For
	/// everything else there is `salus council propose`.
	List,
	/// Propose any call, as polkadot.js apps show it under "encoded call data". By a council seat.
	Propose(Propose),
	/// Vote on a motion. By a council seat. Carries the motion out if it is decided by that.
	Vote(Vote),
	/// Close a motion that is decided, or whose time is over. Anyone may.
	Close(Close),
}

#[derive(Args, Debug)]
pub(crate) struct Propose {
	/// The call: 0x and its bytes in hexadecimal, pallet and call number first.
	#[arg(value_parser = parse::call)]
	call: parse::CallData,
	/// Only show what it would do.
	#[arg(long)]
	show: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Vote {
	/// Which motion: 0x and its hash, as `salus council list` shows it.
	#[arg(value_parser = parse::motion)]
	motion: Hash32,
	/// Vote against it.
	#[arg(long)]
	no: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Close {
	/// Which motion: 0x and its hash, as `salus council list` shows it.
	#[arg(value_parser = parse::motion)]
	motion: Hash32,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::List => list(context).await,
		Opts::Propose(opts) => propose(opts, context).await,
		Opts::Vote(opts) => vote(opts, context).await,
		Opts::Close(opts) => close(opts, context).await,
	}
}

/// What became of a motion.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Decision {
	Executed,
	Rejected,
	Proposed {
		#[serde(with = "salus_client::json::hex")]
		proposal: Hash32,
		votes_needed: u32,
	},
	ClosedByOther,
	/// Another seat had proposed the same: this one voted for it.
	Joined(Box<Decision>),
}

impl Decision {
	/// The decision, and the transaction that it came with.
	pub(super) fn new(outcome: CouncilOutcome) -> (Self, Included) {
		match outcome {
			CouncilOutcome::Executed(transaction) => (Self::Executed, transaction),
			CouncilOutcome::Rejected(transaction) => (Self::Rejected, transaction),
			CouncilOutcome::ClosedByOther(transaction) => (Self::ClosedByOther, transaction),
			CouncilOutcome::Joined(outcome) => {
				let (decision, transaction) = Self::new(*outcome);
				(Self::Joined(Box::new(decision)), transaction)
			}
			CouncilOutcome::Proposed {
				included,
				proposal,
				threshold,
			} => (
				Self::Proposed {
					proposal,
					votes_needed: threshold,
				},
				included,
			),
		}
	}

	/// The decision in words; `done` says what was carried out, if it was.
	pub(super) fn words(&self, done: &str) -> String {
		match self {
			Self::Executed => done.to_owned(),
			Self::Rejected => "Rejected: nothing has changed".to_owned(),
			Self::ClosedByOther => {
				"Voted; another seat closed the motion meanwhile, and the chain's events tell with which result".to_owned()
			}
			Self::Joined(decision) => {
				let came_to = match &**decision {
					Self::Proposed { votes_needed, .. } => {
						format!("It needs {votes_needed} votes (see salus council list)")
					}
					decision => decision.words(done),
				};
				format!("The council voted on the same already: voted for that motion. {came_to}")
			}
			Self::Proposed {
				proposal,
				votes_needed,
			} => {
				let proposal = hex::encode(proposal);
				format!(
					"Proposed to the council: it needs {votes_needed} votes. The others say: salus council vote 0x{proposal}"
				)
			}
		}
	}
}

#[derive(Serialize)]
struct Decided {
	decision: Decision,
	transaction: Included,
}

impl Decided {
	fn emit(
		outcome: CouncilOutcome,
		words: impl FnOnce(&Decision) -> String,
		context: &mut Context<'_>,
	) -> Result<(), Failure> {
		let (decision, transaction) = Decision::new(outcome);
		let words = words(&decision);
		let decided = Self {
			decision,
			transaction,
		};
		context.emit(&decided, |out| writeln!(out, "{words}"))
	}
}

/// Proposes something to the council, and tells what became of it; `done` says what was carried out, if it was.
pub(super) async fn decide(
	call: &Call,
	done: &str,
	context: &mut Context<'_>,
) -> Result<(), Failure> {
	let seat = context.signer()?;
	let client = context.client().await?;
	let outcome = client
		.submit_to_council(&seat, call, Follow::default())
		.await?;
	Decided::emit(outcome, |decision| decision.words(done), context)
}

/// What a vote came to, in words.
fn voted(decision: &Decision) -> String {
	match decision {
		Decision::Proposed { votes_needed, .. } => {
			format!("Voted: {votes_needed} votes are needed (see salus council list)")
		}
		decision => decision.words("Decided, and carried out"),
	}
}

#[derive(Serialize)]
struct Shown {
	/// The call in words.
	call: String,
}

async fn propose(opts: Propose, context: &mut Context<'_>) -> Result<(), Failure> {
	let parse::CallData(call) = opts.call;
	let client = context.client().await?;
	let shown = Shown {
		call: client.read_call(&call).await?.words,
	};
	if opts.show {
		return context.emit(&shown, |out| writeln!(out, "{}", show::plain(&shown.call)));
	}
	let seat = context.signer()?;
	let outcome = client.propose(&seat, &call, Follow::default()).await?;
	let done = format!("Decided, and carried out: {}", show::plain(&shown.call));
	Decided::emit(outcome, |decision| decision.words(&done), context)
}

async fn vote(opts: Vote, context: &mut Context<'_>) -> Result<(), Failure> {
	let seat = context.signer()?;
	let client = context.client().await?;
	let outcome = client
		.vote(&seat, &opts.motion, !opts.no, Follow::default())
		.await?;
	Decided::emit(outcome, voted, context)
}

async fn close(opts: Close, context: &mut Context<'_>) -> Result<(), Failure> {
	let signer = context.signer()?;
	let client = context.client().await?;
	let outcome = client
		.close(&signer, &opts.motion, Follow::default())
		.await?;
	Decided::emit(outcome, voted, context)
}

#[derive(Serialize)]
struct Listed {
	seats: usize,
	motions: Vec<Motion>,
}

async fn list(context: &mut Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let listed = Listed {
		seats: client.now().council().await?.len(),
		motions: client.motions().await?,
	};
	context.emit(&listed, |out| {
		if listed.motions.is_empty() {
			return writeln!(
				out,
				"No motion is open; the council has {} seats",
				listed.seats
			);
		}
		for (position, motion) in listed.motions.iter().enumerate() {
			if position > 0 {
				writeln!(out)?;
			}
			show::pairs(
				out,
				&[
					("motion", format!("0x{}", hex::encode(motion.proposal))),
					("would do", motion.call.clone()),
					(
						"votes",
						format!(
							"{} for it, {} against; it needs {} of {}",
							motion.ayes.len(),
							motion.nays.len(),
							motion.threshold,
							listed.seats
						),
					),
					("until block", motion.end.to_string()),
				],
			)?;
		}
		Ok(())
	})
}
