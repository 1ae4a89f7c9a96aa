//! `salus emergency review`: finds that a case was an emergency, or that it was not.

use clap::{ArgGroup, Args};
use salus_client::{
	primitives::{CaseId, CaseStatus, EmergencyCase, Reviewer},
	Account, Included,
};
use serde::Serialize;

use crate::{parse, Context, Failure};

#[derive(Args, Debug)]
#[group(skip)]
#[command(group = ArgGroup::new("verdict").required(true).args(["justified", "unjustified"]))]
pub(crate) struct Opts {
	/// Number of the case.
	case: CaseId,
	/// Review in this role.
	#[arg(long, value_parser = parse::reviewer())]
	role: Reviewer,
	/// Find that it was an emergency.
	#[arg(long)]
	justified: bool,
	/// Find that it was not. If two reviewers do, the opener is suspended and the hospital pays.
	#[arg(long)]
	unjustified: bool,
}

#[derive(Serialize)]
struct ReviewReport {
	case: CaseId,
	reviewer: Reviewer,
	justified: bool,
	#[serde(flatten)]
	after: EmergencyCase<Account>,
	transaction: Included,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let (reviewer, client) = context.signer_and_client().await?;
	let (after, transaction) =
		client.review_emergency(&reviewer, opts.case, opts.justified, opts.role).await?;
	let reviewed = ReviewReport {
		case: opts.case,
		reviewer: opts.role,
		justified: opts.justified,
		after,
		transaction,
	};
	context.emit(&reviewed, |out| {
		let case = reviewed.case;
		match reviewed.after.status {
			CaseStatus::Open => writeln!(
				out,
				"Reviewed case {case}; it waits for further reviews: salus emergency show {case}"
			),
			CaseStatus::Justified => {
				writeln!(out, "Case {case} is settled: it was justified")
			}
			CaseStatus::Rejected => writeln!(
				out,
				"Case {case} is rejected: {} is suspended, and hospital {} is fined",
				reviewed.after.opener, reviewed.after.organisation
			),
		}
	})
}
