//! `salus consent list`: reads a patient's grants and denials, and shows each with its state.

use std::io::{self, Write};

use clap::Args;
use salus_client::{
	primitives::{ConsentDetails, Denial, DenialId, Grant, GrantId},
	words, Account, GrantState,
};
use serde::Serialize;

use crate::{condition, parse, show, terms, Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// List the grants of this patient [default: the account that acts].
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	patient: Option<Account>,
}

#[derive(Serialize)]
struct ConsentReport {
	#[serde(flatten)]
	consent: ConsentDetails<Account>,
	/// State of each grant.
	states: Vec<(GrantId, GrantState)>,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let (client, patient) = context.client_and_whose(opts.patient).await?;
	let consent = client.now().consent_of(&patient).await?;
	let states = client.grant_states(&consent).await?;
	let listed = ConsentReport { consent, states };
	context.emit(&listed, |out| listed.write(&patient, out))
}

impl ConsentReport {
	/// Writes the decisions of a patient as text.
	fn write(&self, patient: &Account, out: &mut dyn Write) -> io::Result<()> {
		let Self { consent, states } = self;
		if consent.grants.is_empty() && consent.denials.is_empty() {
			writeln!(out, "{patient} has no grants and no denials")?;
		}
		let grants = consent.grants.iter().map(|(id, grant)| {
			let state = states.iter().find(|(of, _)| of == id);
			grant_row(*id, grant, state.map(|(_, state)| *state))
		});
		let denials = consent.denials.iter().map(|(id, denial)| denial_row(*id, denial));
		let rows: Vec<_> = grants.chain(denials).collect();
		let head = [
			"number", "grantee", "actions", "records", "purposes", "from", "until", "uses",
			"limits", "state",
		];
		show::table(out, &head, &rows)?;
		self.write_notes(out)?;
		self.write_counts(out)
	}

	/// Explains states that the patient can change, and the opt-out.
	fn write_notes(&self, out: &mut dyn Write) -> io::Result<()> {
		let Self { consent, states } = self;
		if states.iter().any(|(_, state)| *state == GrantState::Rests) {
			writeln!(
				out,
				"A paused grant takes effect again when its member or organisation is reinstated, without asking you: revoke it if you do not want that"
			)?;
		}
		if states.iter().any(|(_, state)| is_useless(*state)) {
			writeln!(out, "Revoke grants that are over, used up or ended to make room")?;
		}
		if consent.opt_out {
			writeln!(out, "Emergency access is barred (opted out); emergency summaries have a separate switch")?;
		}
		Ok(())
	}

	/// Counts what other commands list.
	fn write_counts(&self, out: &mut dyn Write) -> io::Result<()> {
		let ConsentDetails { requests, guardians, rules, .. } = &self.consent;
		for (count, one, many, command) in [
			(requests.len(), "request waits", "requests wait", "inbox"),
			(guardians.len(), "guardian", "guardians", "guardian list"),
			(rules.len(), "standing rule", "standing rules", "rule list"),
		] {
			if count > 0 {
				writeln!(out, "{}: salus {command}", show::count(count, one, many))?;
			}
		}
		Ok(())
	}
}

/// Returns the row of a grant.
fn grant_row(id: GrantId, grant: &Grant<Account>, state: Option<GrantState>) -> Vec<String> {
	let terms = &grant.terms;
	vec![
		format!("grant {id}"),
		words::grantee(&terms.grantee),
		terms::actions_text(&terms.actions),
		words::scope(&terms.scope),
		terms::purposes_text(&terms.purposes),
		show::moment(terms.from.unwrap_or(grant.given)),
		terms::until_text(terms.until),
		uses(grant),
		limits(grant),
		state.map_or("-", state_text).into(),
	]
}

/// Returns the row of a denial.
fn denial_row(id: DenialId, denial: &Denial<Account>) -> Vec<String> {
	vec![
		format!("denial {id}"),
		words::grantee(&denial.grantee),
		"nothing".into(),
		words::scope(&denial.scope),
		"-".into(),
		show::moment(denial.given),
		"-".into(),
		"-".into(),
		"-".into(),
		"-".into(),
	]
}

/// Says how many times a grant was used, and of how many.
fn uses(grant: &Grant<Account>) -> String {
	match grant.terms.uses {
		Some(uses) => format!("{} of {uses}", grant.used),
		None => grant.used.to_string(),
	}
}

/// Describes what limits a grant: its condition, and the grant that it was passed on from.
fn limits(grant: &Grant<Account>) -> String {
	let mut limits = Vec::new();
	if let Some(via) = &grant.via {
		limits.push(format!("passed on from grant {}", via.parent));
	}
	if let Some(condition) = &grant.terms.condition {
		limits.push(condition::text(condition));
	}
	if limits.is_empty() {
		return "-".into();
	}
	limits.join("; ")
}

/// Names the state of a grant.
fn state_text(state: GrantState) -> &'static str {
	match state {
		GrantState::Holds => "holds",
		GrantState::NotBegun => "not begun",
		GrantState::Over => "over",
		GrantState::UsedUp => "used up",
		GrantState::Rests => "paused",
		GrantState::Ended => "ended with the capacity",
		GrantState::NobodyYet => "to no member",
	}
}

/// Returns whether a grant can never permit anything again.
fn is_useless(state: GrantState) -> bool {
	matches!(state, GrantState::Over | GrantState::UsedUp | GrantState::Ended)
}
