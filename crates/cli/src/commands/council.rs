//! `salus council`: decisions that the hospitals make together.

use clap::{Args, Subcommand};
use salus_client::{
	primitives::Hash32, Account, Call, Client, CouncilOutcome, Error, ErrorKind, Follow, Included,
	Motion,
};
use serde::Serialize;

use crate::{parse, show, Context, Failure};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// List the open motions and what each would do.
	///
	/// Commands such as `salus org register`, `salus validator add` and `salus upgrade authorize`
	/// propose motions. For any other call, use `salus council propose`.
	List,
	/// Propose any call. Requires a council seat.
	///
	/// The polkadot.js apps show the bytes of a call under "encoded call data".
	Propose(Propose),
	/// Vote on a motion, and carry it out if the vote decides it. Requires a council seat.
	Vote(Vote),
	/// Close a motion that is decided or has expired. Anyone may do this.
	Close(Close),
}

#[derive(Args, Debug)]
pub(crate) struct Propose {
	/// Call: 0x and its bytes in hexadecimal, pallet and call number first.
	#[arg(value_parser = parse::call)]
	call: parse::CallData,
	/// Only show what the call would do.
	#[arg(long)]
	show: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Vote {
	/// Hash of the motion, as `salus council list` shows it.
	#[arg(value_parser = parse::motion)]
	motion: Hash32,
	/// Vote against the motion.
	#[arg(long)]
	no: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Close {
	/// Hash of the motion, as `salus council list` shows it.
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

/// Outcome of a motion.
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
	/// Another seat had proposed the same call, and this one voted for it.
	Joined(Box<Decision>),
}

impl Decision {
	/// Returns the decision, and the transaction that led to it.
	pub(super) fn new(outcome: CouncilOutcome) -> (Self, Included) {
		match outcome {
			CouncilOutcome::Executed(transaction) => (Self::Executed, transaction),
			CouncilOutcome::Rejected(transaction) => (Self::Rejected, transaction),
			CouncilOutcome::ClosedByOther(transaction) => (Self::ClosedByOther, transaction),
			CouncilOutcome::Joined(outcome) => {
				let (decision, transaction) = Self::new(*outcome);
				(Self::Joined(Box::new(decision)), transaction)
			}
			CouncilOutcome::Proposed { included, proposal, threshold } => {
				(Self::Proposed { proposal, votes_needed: threshold }, included)
			}
		}
	}

	/// Describes the decision; `done` says what was carried out, if it was.
	pub(super) fn words(&self, done: &str) -> String {
		match self {
			Self::Executed => done.to_owned(),
			Self::Rejected => "Rejected: nothing has changed".to_owned(),
			Self::ClosedByOther => {
				"Voted; another seat closed the motion first, and the chain's events show the result".to_owned()
			}
			Self::Joined(decision) => {
				let came_to = match &**decision {
					Self::Proposed { votes_needed, .. } => {
						format!("It needs {votes_needed} votes (see salus council list)")
					}
					decision => decision.words(done),
				};
				format!("A motion for the same call was open already; you voted for it. {came_to}")
			}
			Self::Proposed {
				proposal,
				votes_needed,
			} => {
				let proposal = hex::encode(proposal);
				format!(
					"Proposed to the council: it needs {}. The other seats run: salus council vote 0x{proposal}",
					show::count(*votes_needed as usize, "vote", "votes")
				)
			}
		}
	}
}

#[derive(Serialize)]
struct DecisionReport {
	decision: Decision,
	transaction: Included,
}

impl DecisionReport {
	fn emit(
		outcome: CouncilOutcome,
		words: impl FnOnce(&Decision) -> String,
		context: &mut Context<'_>,
	) -> Result<(), Failure> {
		let (decision, transaction) = Decision::new(outcome);
		let words = words(&decision);
		let decided = Self { decision, transaction };
		context.emit(&decided, |out| writeln!(out, "{words}"))
	}
}

/// Proposes a call to the council and reports the outcome; `done` says what was carried out, if it
/// was.
pub(super) async fn decide(
	call: &Call,
	done: &str,
	context: &mut Context<'_>,
) -> Result<(), Failure> {
	let (seat, client) = context.signer_and_client().await?;
	let outcome = client.submit_to_council(&seat, call, Follow::default()).await?;
	DecisionReport::emit(outcome, |decision| decision.words(done), context)
}

/// Describes the outcome of a vote; `effect` says what the motion does.
fn vote_outcome(decision: &Decision, effect: &str) -> String {
	match decision {
		Decision::Proposed { votes_needed, .. } => format!(
			"Voted: the motion needs {} for it (see salus council list)",
			show::count(*votes_needed as usize, "vote", "votes")
		),
		decision => decision.words(&format!("Decided and carried out: {effect}")),
	}
}

/// Describes what a motion would do: in words if this client knows the call, otherwise as the
/// chain's metadata names it.
async fn effect_of(client: &Client, motion: &Motion) -> Result<String, Failure> {
	let words = client.motion_in_words(motion).await?;
	Ok(words.unwrap_or_else(|| motion.call.clone()))
}

/// Adds the number of the organisation that a call registered to the call's effect. `call` is named
/// as in the chain's metadata.
async fn with_organisation_number(
	client: &Client,
	effect: String,
	call: &str,
	outcome: &CouncilOutcome,
) -> Result<String, Failure> {
	let is_registration = call.starts_with("Roles.register_organisation");
	match outcome {
		CouncilOutcome::Executed(included) if is_registration => {
			let all = client.at(included.block_hash).organisations().await?;
			Ok(match all.iter().map(|info| info.id).max() {
				Some(id) => format!("{effect}. It is organisation {id}"),
				None => effect,
			})
		}
		_ => Ok(effect),
	}
}

/// Fails if a seat has already voted this way.
fn check_first_vote(motion: &Motion, seat: &Account, approve: bool) -> Result<(), Error> {
	let (votes, side) = match approve {
		true => (&motion.ayes, "for"),
		false => (&motion.nays, "against"),
	};
	if votes.contains(seat) {
		let text = format!(
			"you have already voted {side} this motion; the other seats vote now, see `salus council list`"
		);
		return Err(Error::foreseen(ErrorKind::Chain, text));
	}
	Ok(())
}

#[derive(Serialize)]
struct MotionReport {
	/// Call, as the chain's metadata names it.
	call: String,
	/// Effect of the call in words, if this client knows the call.
	meaning: Option<String>,
}

async fn propose(opts: Propose, context: &mut Context<'_>) -> Result<(), Failure> {
	let parse::CallData(call) = opts.call;
	let client = context.client().await?;
	let shown = MotionReport {
		call: client.read_call(&call).await?.words,
		meaning: client.call_in_words(&call).await?,
	};
	if opts.show {
		return context.emit(&shown, |out| {
			if let Some(meaning) = &shown.meaning {
				writeln!(out, "{}", show::plain(meaning))?;
			}
			writeln!(out, "{}", show::plain(&shown.call))
		});
	}
	let seat = context.signer()?;
	let outcome = client.propose(&seat, &call, Follow::default()).await?;
	let effect = shown.meaning.as_ref().unwrap_or(&shown.call).clone();
	let effect = with_organisation_number(&client, effect, &shown.call, &outcome).await?;
	let done = format!("Decided and carried out: {effect}");
	DecisionReport::emit(outcome, |decision| decision.words(&done), context)
}

async fn vote(opts: Vote, context: &mut Context<'_>) -> Result<(), Failure> {
	let (seat, client) = context.signer_and_client().await?;
	let motion = client.motion(&opts.motion).await?;
	let approve = !opts.no;
	check_first_vote(&motion, &seat.account(), approve)?;
	let effect = effect_of(&client, &motion).await?;
	let outcome = client.vote(&seat, &opts.motion, approve, Follow::default()).await?;
	let effect = with_organisation_number(&client, effect, &motion.call, &outcome).await?;
	DecisionReport::emit(outcome, |decision| vote_outcome(decision, &effect), context)
}

async fn close(opts: Close, context: &mut Context<'_>) -> Result<(), Failure> {
	let (signer, client) = context.signer_and_client().await?;
	let motion = client.motion(&opts.motion).await?;
	let effect = effect_of(&client, &motion).await?;
	let outcome = client.close(&signer, &opts.motion, Follow::default()).await?;
	let effect = with_organisation_number(&client, effect, &motion.call, &outcome).await?;
	DecisionReport::emit(outcome, |decision| vote_outcome(decision, &effect), context)
}

#[derive(Serialize)]
struct MotionList {
	seats: usize,
	motions: Vec<Listing>,
}

#[derive(Serialize)]
struct Listing {
	#[serde(flatten)]
	motion: Motion,
	/// Effect of the call in words, if this client knows the call.
	meaning: Option<String>,
}

async fn list(context: &mut Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let mut motions = Vec::new();
	for motion in client.motions().await? {
		let meaning = client.motion_in_words(&motion).await?;
		motions.push(Listing { motion, meaning });
	}
	let listed = MotionList { seats: client.now().council().await?.len(), motions };
	context.emit(&listed, |out| {
		if listed.motions.is_empty() {
			return writeln!(
				out,
				"No motion is open; the council has {}",
				show::count(listed.seats, "seat", "seats")
			);
		}
		for (position, Listing { motion, meaning }) in listed.motions.iter().enumerate() {
			if position > 0 {
				writeln!(out)?;
			}
			show::pairs(
				out,
				&[
					("motion", format!("0x{}", hex::encode(motion.proposal))),
					("would do", meaning.clone().unwrap_or_else(|| motion.call.clone())),
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
