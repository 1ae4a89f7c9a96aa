//! `salus emergency list`: a patient's cases, or those of a hospital that wait for a review.

use clap::Args;
use salus_client::{
	primitives::{EmergencyCase, OrganisationId, Panel},
	words, Account,
};

use super::case::{finding, CaseReport};
use crate::{parse, show, Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// List the cases of this patient [default: the account that acts].
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	patient: Option<Account>,
	/// List the cases of this hospital that wait for a review.
	#[arg(long = "org", value_name = "ID", conflicts_with = "patient")]
	organisation: Option<OrganisationId>,
}

/// Cases to list.
enum Wanted {
	/// All that are kept for a patient.
	OfPatient(Account),
	/// Those of a hospital that wait for a review.
	DueAt(OrganisationId),
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let wanted = match (opts.organisation, opts.patient) {
		(Some(organisation), _) => Wanted::DueAt(organisation),
		(None, Some(patient)) => Wanted::OfPatient(patient),
		(None, None) => Wanted::OfPatient(context.account()?),
	};
	let client = context.client().await?;
	let clock = client.now().clock().await?;
	let cases = match &wanted {
		Wanted::DueAt(organisation) => client.now().reviews_due(*organisation).await?,
		Wanted::OfPatient(patient) => client.now().emergencies_of(patient).await?,
	};
	let mut reports = Vec::with_capacity(cases.len());
	for (id, case) in cases {
		reports.push(CaseReport::read(&client, id, case, clock).await?);
	}
	context.emit(&reports, |out| {
		if reports.is_empty() {
			return match wanted {
				Wanted::DueAt(id) => {
					writeln!(out, "No case of organisation {id} waits for a review")
				}
				Wanted::OfPatient(_) => writeln!(out, "This patient has no emergency cases"),
			};
		}
		let rows: Vec<_> = reports.iter().map(row).collect();
		let head = [
			"case", "patient", "opener", "hospital", "reason", "opened", "opens", "reviews",
			"status",
		];
		show::table(out, &head, &rows)
	})
}

fn row(report: &CaseReport) -> Vec<String> {
	let CaseReport { id, case, panel, .. } = report;
	vec![
		id.to_string(),
		case.patient.to_string(),
		case.opener.to_string(),
		case.organisation.to_string(),
		words::emergency_reason(case.reason).into(),
		show::moment(case.opened),
		report.opens(),
		reviews(case, panel.as_ref()),
		report.status(),
	]
}

/// Lists the reviews that were given, and those that are missing.
fn reviews(case: &EmergencyCase<Account>, panel: Option<&Panel<Account>>) -> String {
	let votes = panel.map_or(&[][..], |panel| panel.votes.as_slice());
	let mut reviews: Vec<_> = votes
		.iter()
		.map(|vote| {
			format!("auditor of organisation {} {}", vote.organisation, finding(vote.justified))
		})
		.collect();
	if votes.is_empty() {
		// An old runtime has no panels, and a case from before them names its only auditor.
		let said = case.auditor.as_ref().map_or("missing", |(_, justified)| finding(*justified));
		reviews.push(format!("auditor {said}"));
	}
	let said = case.admin.as_ref().map_or("missing", |(_, justified)| finding(*justified));
	reviews.push(format!("administrator {said}"));
	reviews.join(", ")
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_client::primitives::{CaseStatus, EmergencyReason, PanelVote};

	#[test]
	fn a_list_shows_the_reviews_of_all_auditors() {
		let who = |number| Account::from([number; 32]);
		let case = |auditor, admin| EmergencyCase {
			patient: who(1),
			opener: who(2),
			organisation: 3,
			reason: EmergencyReason::Unconscious,
			statement: [0; 32],
			opened: 0,
			until: 10,
			review_by: 20,
			auditor,
			admin,
			status: CaseStatus::Open,
		};
		let vote = |number, organisation, justified| PanelVote {
			auditor: who(number),
			organisation,
			justified,
		};
		let panel = |votes| Panel { votes, waiting: vec![], admins: vec![] };
		let disagree = panel(vec![vote(4, 5, true), vote(6, 7, false)]);
		assert_eq!(
			reviews(&case(Some((who(4), true)), None), Some(&disagree)),
			"auditor of organisation 5 justified, auditor of organisation 7 not justified, administrator missing"
		);
		let text = reviews(&case(None, Some((who(8), false))), Some(&panel(vec![])));
		assert_eq!(text, "auditor missing, administrator not justified");
		let text = reviews(&case(Some((who(4), true)), None), None);
		assert_eq!(text, "auditor justified, administrator missing");
	}
}
