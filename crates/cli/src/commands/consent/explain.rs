//! `salus consent explain`: finds the record, asks the chain for its decision on a reader, and
//! shows each rule that was considered, with what its condition lacks.

use clap::Args;
use salus_client::{
	primitives::{
		Action, Considered, Explanation, Finding, GrantId, Purpose, Question, RecordEntry, Rule,
		Version,
	},
	words, Account, Client, RecordNumber,
};
use serde::Serialize;

use crate::{condition, parse, Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// Number of the record, or its first digits.
	#[arg(value_parser = parse::record)]
	record: RecordNumber,
	/// Explain access by this account [default: the account that acts].
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	reader: Option<Account>,
	/// Explain access to this version [default: the latest].
	#[arg(long, value_name = "NUMBER")]
	version: Option<Version>,
	/// Explain access for this purpose.
	#[arg(long, default_value = "TREAT", value_parser = parse::purpose())]
	purpose: Purpose,
	/// Explain this action.
	#[arg(long, default_value = "read", value_parser = parse::action())]
	action: Action,
}

#[derive(Serialize)]
struct ExplanationReport {
	question: Question<Account>,
	permitted: bool,
	explanation: Explanation,
}

/// The conditions of grants that are not met.
pub(crate) type Conditions = Vec<(GrantId, String)>;

/// Describes a rule that was considered, with the text of a condition that is not met.
fn describe(considered: &Considered, conditions: &Conditions) -> String {
	if let (Rule::Grant(id), Finding::ConditionUnmet) = (considered.rule, considered.finding) {
		if let Some((_, condition)) = conditions.iter().find(|(of, _)| *of == id) {
			return format!("grant {id}: its condition is not met: {condition}");
		}
	}
	words::considered(considered)
}

/// Returns the texts of the conditions that are not met, by grant.
pub(crate) async fn unmet_conditions(
	client: &Client,
	question: &Question<Account>,
	explanation: &Explanation,
) -> Result<Conditions, Failure> {
	let is_unmet = |considered: &Considered| considered.finding == Finding::ConditionUnmet;
	if !explanation.considered.iter().any(is_unmet) {
		return Ok(Conditions::new());
	}
	let entry = client.now().record(question.record).await?;
	let patient = match entry.map(|details| details.entry) {
		Some(RecordEntry::Live(record)) => record.patient,
		Some(RecordEntry::Erased(tombstone)) => tombstone.patient,
		None => return Ok(Conditions::new()),
	};
	let grants = client.now().consent_of(&patient).await?.grants;
	let text_of = |id| -> Option<String> {
		let find = |id| grants.iter().find(|(of, _)| *of == id).map(|(_, grant)| grant);
		let grant = find(id)?;
		// A grant that was passed on also has the condition of its parent.
		let parent = grant.via.as_ref().and_then(|via| find(via.parent));
		let texts: Vec<_> = parent
			.into_iter()
			.chain([grant])
			.filter_map(|grant| grant.terms.condition.as_ref().map(condition::text))
			.collect();
		(!texts.is_empty()).then(|| texts.join("; and "))
	};
	Ok(explanation
		.considered
		.iter()
		.filter(|considered| is_unmet(considered))
		.filter_map(|considered| match considered.rule {
			Rule::Grant(id) => text_of(id).map(|text| (id, text)),
			_ => None,
		})
		.collect())
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let (client, reader) = context.client_and_whose(opts.reader).await?;
	let question = Question {
		reader,
		record: client.find_record(opts.record).await?,
		version: opts.version,
		purpose: opts.purpose,
		action: opts.action,
	};
	let explanation = client.now().explain(&question).await?;
	let permitted = explanation.decision.is_permit();
	let conditions = unmet_conditions(&client, &question, &explanation).await?;
	let explained = ExplanationReport { question, permitted, explanation };
	context.emit(&explained, |out| {
		writeln!(out, "{}", words::decision(&explained.explanation.decision))?;
		for considered in &explained.explanation.considered {
			writeln!(out, "  {}", describe(considered, &conditions))?;
		}
		Ok(())
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_condition_that_is_not_met_is_shown() {
		let considered = Considered { rule: Rule::Grant(3), finding: Finding::ConditionUnmet };
		let conditions = vec![(3, "kind=hospital".to_owned())];
		assert_eq!(
			describe(&considered, &conditions),
			"grant 3: its condition is not met: kind=hospital"
		);
		assert!(describe(&considered, &vec![]).starts_with("grant 3: its condition is not met"));
	}
}
