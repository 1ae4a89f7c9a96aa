//! `salus emergency show`: one case, its reviews, and those that it still needs.

use clap::Args;
use salus_client::{
	primitives::{CaseId, CaseStatus, EmergencyCase, HospitalVote, Panel},
	words, Account, Error, Missing,
};

use super::case::{finding, CaseReport};
use crate::{show, Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// Number of the case.
	case: CaseId,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let clock = client.now().clock().await?;
	let missing = Error::NotFound(Missing::Case(opts.case));
	let case = client.now().emergency(opts.case).await?.ok_or(missing)?;
	let report = CaseReport::read(&client, opts.case, case, clock).await?;
	context.emit(&report, |out| show::pairs(out, &pairs(&report)))
}

/// Returns the lines of a case: itself, its reviews, and who may review it.
fn pairs(report: &CaseReport) -> Vec<(&'static str, String)> {
	let case = &report.case;
	let mut pairs = vec![
		("case", report.id.to_string()),
		("patient", case.patient.to_string()),
		("opener", case.opener.to_string()),
		("hospital", case.organisation.to_string()),
		("reason", words::emergency_reason(case.reason).into()),
		("opened", show::moment(case.opened)),
		("opens", report.opens()),
		("statement", format!("0x{}", hex::encode(case.statement))),
		("status", report.status()),
	];
	let Some(panel) = &report.panel else {
		return pairs;
	};
	for vote in &panel.votes {
		let found = finding(vote.justified);
		let auditor = format!("{} of organisation {}: {found}", vote.auditor, vote.organisation);
		pairs.push(("auditor", auditor));
	}
	if let Some((admin, justified)) = &case.admin {
		let found = finding(*justified);
		pairs.push(("administrator", format!("{admin} for the hospital: {found}")));
	}
	for (auditor, organisation) in &panel.waiting {
		pairs.push(("may review", format!("{auditor}, auditor of organisation {organisation}")));
	}
	for admin in &panel.admins {
		pairs.push(("may review", format!("{admin}, administrator")));
	}
	if case.status == CaseStatus::Open {
		pairs.push(("it needs", needed(case, panel)));
	}
	pairs
}

/// Describes the reviews that decide an open case, and whether somebody can give them now.
fn needed(case: &EmergencyCase<Account>, panel: &Panel<Account>) -> String {
	let votes = case.count_votes(&panel.votes, &panel.admins);
	let auditors = votes.auditors_missing();
	let rejected = votes.against_missing();
	let mut justified = Vec::new();
	if auditors > 0 {
		justified.push(show::count(auditors, "auditor", "auditors"));
	}
	if votes.hospital == HospitalVote::Awaited {
		justified.push("an administrator".into());
	}
	if justified.is_empty() {
		// The rules changed after it was opened; the next review decides.
		justified.push("a further review".into());
	}
	let mut text = format!(
		"{} for it to be justified, or {} against it to be rejected",
		words::list(&justified),
		show::count(rejected, "review", "reviews")
	);
	if panel.waiting.is_empty() && panel.admins.is_empty() {
		text.push_str(
			"; nobody may review now: auditors are drawn two blocks after the opening, from those whom the council appoints \
			(salus emergency auditor appoint)",
		);
	} else if auditors > panel.waiting.len()
		&& rejected > panel.waiting.len() + usize::from(!panel.admins.is_empty())
	{
		text.push_str(
			"; too few may review now: further auditors are drawn while the case waits, if the council has appointed any \
			(salus emergency auditor appoint)",
		);
	}
	text
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_client::primitives::{EmergencyReason, PanelVote};

	#[test]
	fn an_open_case_says_which_reviews_it_needs() {
		let who = |number| Account::from([number; 32]);
		let case = |admin| EmergencyCase {
			patient: who(1),
			opener: who(2),
			organisation: 3,
			reason: EmergencyReason::Unconscious,
			statement: [0; 32],
			opened: 0,
			until: 10,
			review_by: 20,
			auditor: None,
			admin,
			status: CaseStatus::Open,
		};
		let vote = |justified| PanelVote { auditor: who(4), organisation: 5, justified };
		let panel = |votes, waiting, admins| Panel { votes, waiting, admins };
		let text = needed(&case(None), &panel(vec![], vec![(who(4), 5)], vec![who(6)]));
		assert_eq!(
			text,
			"1 auditor and an administrator for it to be justified, or 2 reviews against it to be rejected"
		);
		// One vote each way, and nobody left.
		let text = needed(&case(Some((who(6), true))), &panel(vec![vote(false)], vec![], vec![]));
		assert!(text.starts_with("2 auditors for it"), "{text}");
		assert!(text.contains("or 1 review against it"), "{text}");
		assert!(text.contains("nobody may review now"), "{text}");
		let text = needed(
			&case(Some((who(6), false))),
			&panel(vec![vote(true)], vec![(who(7), 8)], vec![]),
		);
		assert!(text.starts_with("1 auditor for it") && !text.contains(';'), "{text}");
	}
}
