//! `salus rule`: standing rules that answer requests for consent automatically.

use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand};
use salus_client::{
	calls,
	primitives::{Action, Expression, Grantee, Moment, Purpose, RuleAnswer, RuleId, StandingRule},
	words, Account, Client, Included,
};
use serde::Serialize;

use crate::{
	condition, parse, show,
	terms::{self, Which},
	Context, Failure,
};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Add a rule, to be tried after the existing ones. The first rule that matches answers.
	///
	/// A rule approves a request only if it covers everything requested. It declines a request if
	/// rule and request have at least one purpose, action and record in common. A condition on the
	/// record itself (category, confidentiality) can only be evaluated once the record is known: a
	/// rule with this kind of condition leaves requests for several records to you.
	Add(Add),
	/// List rules in the order in which they are tried.
	List(List),
	/// Remove a rule. Grants that it gave stay.
	Remove(Remove),
}

#[derive(Args, Debug)]
#[group(skip)]
#[command(
	after_help = condition::HELP,
	group = ArgGroup::new("answer").required(true).args(["approve_for", "decline"])
)]
pub(crate) struct Add {
	/// Match requests of: an account (to approve, in the capacity in which it acts),
	/// member:practitioner@2:ACCOUNT, person:ACCOUNT, team:2, org:2, role:practitioner or
	/// role:practitioner@2 [default: any professional to approve, anyone to decline].
	#[arg(long, value_name = "WHO", value_parser = parse::grantee)]
	from: Option<Grantee<Account>>,
	#[command(flatten)]
	which: Which,
	/// Match this purpose; repeat for more [default: TREAT to approve, all to decline].
	#[arg(long = "purpose", value_parser = parse::purpose())]
	purposes: Vec<Purpose>,
	/// Match this action; repeat for more [default: read to approve, all to decline].
	#[arg(long = "action", value_parser = parse::action())]
	actions: Vec<Action>,
	/// Match in this context only. Grants that the rule gives keep the condition. See below.
	#[arg(long, value_name = "CONDITION", value_parser = condition::parse)]
	condition: Option<Expression>,
	/// Approve for the requested time, but at most for this time span, such as 30d.
	#[arg(long, value_name = "SPAN", value_parser = parse::duration)]
	approve_for: Option<Duration>,
	/// Decline the request.
	#[arg(long)]
	decline: bool,
}

#[derive(Args, Debug)]
pub(crate) struct List {
	/// List the rules of this patient [default: the account that acts].
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	patient: Option<Account>,
}

#[derive(Args, Debug)]
pub(crate) struct Remove {
	/// Number of the rule.
	rule: RuleId,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::Add(opts) => add(opts, context).await,
		Opts::List(opts) => list(opts, context).await,
		Opts::Remove(opts) => remove(opts, context).await,
	}
}

#[derive(Serialize)]
struct RuleReport {
	id: RuleId,
	rule: StandingRule<Account>,
	/// Warning about the account whose requests it answers.
	#[serde(skip_serializing_if = "Option::is_none")]
	caution: Option<String>,
	transaction: Included,
}

impl Add {
	/// Returns the rule. Purposes and actions that are not named depend on its answer.
	async fn rule(self, client: &Client) -> Result<StandingRule<Account>, Failure> {
		let (default_purposes, default_actions, answer) = match self.approve_for {
			Some(duration) => (
				vec![Purpose::TREAT],
				vec![Action::Read],
				RuleAnswer::Approve { duration: duration.as_millis() as Moment },
			),
			None => (
				Purpose::ALL.to_vec(),
				vec![Action::Read, Action::Write, Action::Share],
				RuleAnswer::Decline,
			),
		};
		let purposes = if self.purposes.is_empty() { default_purposes } else { self.purposes };
		let actions = if self.actions.is_empty() { default_actions } else { self.actions };
		Ok(StandingRule {
			requester: self.from,
			scope: self.which.scope(client).await?,
			purposes: terms::purposes(purposes)?,
			actions: terms::actions(actions)?,
			condition: self.condition,
			answer,
		})
	}
}

async fn add(opts: Add, context: &mut Context<'_>) -> Result<(), Failure> {
	let (patient, client) = context.signer_and_client().await?;
	let mut rule = opts.rule(&client).await?;
	let mut caution = None;
	// A decline means the requester in any capacity.
	if let (Some(requester), RuleAnswer::Approve { .. }) = (&rule.requester, rule.answer) {
		let to = terms::addressee(&client, requester.clone()).await?;
		caution = to.caution;
		if let Some(caution) = &caution {
			context.warn(caution);
		}
		rule.requester = Some(to.grantee);
	}
	let patient = client.acting(patient).await?;
	let call = calls::consent::set_rule(&rule);
	let transaction = client.submit(&patient, &call).in_block().await?.included;
	let after = client.at(transaction.block_hash).consent_of(&patient.account()).await?;
	let report = RuleReport {
		// Numbers only grow, but the chain may list rules in another order.
		id: after.rules.iter().map(|(id, _)| *id).max().unwrap_or_default(),
		rule,
		caution,
		transaction,
	};
	context.reseals_for(&patient, &client);
	context.emit(&report, |out| {
		writeln!(out, "Added rule {}: {}", report.id, answer_text(&report.rule))
	})
}

fn answer_text(rule: &StandingRule<Account>) -> String {
	match rule.answer {
		RuleAnswer::Approve { duration } => format!("approve for up to {}", show::span(duration)),
		RuleAnswer::Decline => "decline".into(),
	}
}

/// Names the requesters of a rule that names none itself.
fn anyone(rule: &StandingRule<Account>) -> &'static str {
	match rule.answer {
		RuleAnswer::Approve { .. } => "any professional",
		RuleAnswer::Decline => "anyone",
	}
}

async fn list(opts: List, context: &mut Context<'_>) -> Result<(), Failure> {
	let (client, patient) = context.client_and_whose(opts.patient).await?;
	let rules = client.now().consent_of(&patient).await?.rules;
	context.emit(&rules, |out| {
		if rules.is_empty() {
			return writeln!(out, "{patient} has no rules");
		}
		let rows: Vec<_> = rules
			.iter()
			.map(|(id, rule)| {
				let requester = rule.requester.as_ref();
				vec![
					id.to_string(),
					requester.map_or(anyone(rule).into(), words::grantee),
					terms::actions_text(&rule.actions),
					words::scope(&rule.scope),
					terms::purposes_text(&rule.purposes),
					rule.condition.as_ref().map_or("-".into(), condition::text),
					answer_text(rule),
				]
			})
			.collect();
		let head = ["number", "from", "actions", "records", "purposes", "condition", "answer"];
		show::table(out, &head, &rows)
	})
}

#[derive(Serialize)]
struct RemovalReport {
	rule: RuleId,
	transaction: Included,
}

async fn remove(opts: Remove, context: &mut Context<'_>) -> Result<(), Failure> {
	let (patient, client) = context.acting_and_client().await?;
	let call = calls::consent::remove_rule(opts.rule);
	let transaction = client.submit(&patient, &call).in_block().await?.included;
	let removed = RemovalReport { rule: opts.rule, transaction };
	context.reseals_for(&patient, &client);
	context.emit(&removed, |out| writeln!(out, "Removed rule {}", removed.rule))
}
