//! `salus emergency`: breaking the glass, and its reviews.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use salus_client::{
	primitives::{
		CaseId, CaseStatus, EmergencyCase, EmergencyReason, Moment, OrganisationId, Reviewer,
	},
	words, Account, Included, OpenedCase,
};
use serde::Serialize;

use crate::{parse, show, Context, Failure};

/// The longest statement that is read.
const MAX_STATEMENT: u64 = 1024 * 1024;

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Break the glass for a patient, as a clinician whose credential is confirmed.
	///
	/// For a few hours you may open their guarded records with `record get --purpose BTG`. The patient sees it, and two
	/// people review it: an auditor and another administrator of the hospital. A case without justification suspends
	/// you and costs the hospital a part of its bond.
	Open(Open),
	/// Review a case, as an auditor or as an administrator of the hospital.
	Review(Review),
	/// List the cases of a patient, or those of a hospital that wait for a review.
	List(List),
}

#[derive(Args, Debug)]
pub(crate) struct Open {
	/// Whose records.
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	patient: Account,
	/// For which hospital you act [default: the only one that you may act for].
	#[arg(long = "org", value_name = "ID")]
	organisation: Option<OrganisationId>,
	/// Why.
	#[arg(long, value_parser = parse::emergency())]
	reason: EmergencyReason,
	/// A text file with the reason in words. Only its SHA-256 leaves this machine: keep the file for the reviewers.
	#[arg(long, value_name = "FILE")]
	statement: PathBuf,
}

#[derive(Args, Debug)]
#[group(skip)]
#[command(group = ArgGroup::new("verdict").required(true).args(["justified", "unjustified"]))]
pub(crate) struct Review {
	/// Number of the case.
	case: CaseId,
	/// As what you review.
	#[arg(long, value_parser = parse::reviewer())]
	role: Reviewer,
	/// The emergency was one.
	#[arg(long)]
	justified: bool,
	/// It was none: the opener is suspended and the hospital pays.
	#[arg(long)]
	unjustified: bool,
}

#[derive(Args, Debug)]
pub(crate) struct List {
	/// The cases of this patient [default: of who acts].
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	patient: Option<Account>,
	/// The cases of this hospital that wait for a review.
	#[arg(long = "org", value_name = "ID", conflicts_with = "patient")]
	organisation: Option<OrganisationId>,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::Open(opts) => open(opts, context).await,
		Opts::Review(opts) => review(opts, context).await,
		Opts::List(opts) => list(opts, context).await,
	}
}

#[derive(Serialize)]
struct Opened {
	patient: Account,
	organisation: OrganisationId,
	reason: EmergencyReason,
	#[serde(flatten)]
	opened: OpenedCase,
}

async fn open(opts: Open, context: &mut Context<'_>) -> Result<(), Failure> {
	let statement = read_statement(&opts.statement)?;
	let clinician = context.signer()?;
	let client = context.client().await?;
	let organisation = client.acting_for(&clinician, opts.organisation).await?;
	let opened = client
		.open_emergency(
			&clinician,
			&opts.patient,
			organisation,
			opts.reason,
			&statement,
		)
		.await?;
	let opened = Opened {
		patient: opts.patient,
		organisation,
		reason: opts.reason,
		opened,
	};
	context.emit(&opened, |out| {
		show::pairs(
			out,
			&[
				("case", opened.opened.case.to_string()),
				("patient", opened.patient.to_string()),
				("reason", words::emergency_reason(opened.reason).into()),
				("opens until", show::moment(opened.opened.until)),
				(
					"statement",
					format!("0x{} (keep the file)", hex::encode(opened.opened.statement)),
				),
			],
		)?;
		writeln!(
			out,
			"Open the patient's records with: salus record get RECORD --purpose BTG"
		)
	})
}

fn read_statement(path: &PathBuf) -> Result<String, Failure> {
	let failure = |source| Failure::File {
		action: "read",
		path: path.clone(),
		source,
	};
	let size = std::fs::metadata(path).map_err(failure)?.len();
	if size > MAX_STATEMENT {
		return Err(Failure::BadFile(
			"the statement is longer than 1 MiB; give a text file that says why in a few sentences",
		));
	}
	std::fs::read_to_string(path).map_err(failure)
}

#[derive(Serialize)]
struct Reviewed {
	case: CaseId,
	reviewer: Reviewer,
	justified: bool,
	#[serde(flatten)]
	after: EmergencyCase<Account>,
	transaction: Included,
}

async fn review(opts: Review, context: &mut Context<'_>) -> Result<(), Failure> {
	let reviewer = context.signer()?;
	let client = context.client().await?;
	let (after, transaction) = client
		.review_emergency(&reviewer, opts.case, opts.justified, opts.role)
		.await?;
	let reviewed = Reviewed {
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
				"Reviewed case {case}; it waits for the other review ({})",
				words::reviewer(match reviewed.reviewer {
					Reviewer::Auditor => Reviewer::Admin,
					Reviewer::Admin => Reviewer::Auditor,
				})
			),
			CaseStatus::Justified => {
				writeln!(out, "Case {case} is settled: both found it justified")
			}
			CaseStatus::Rejected => writeln!(
				out,
				"Case {case} is rejected: {} is suspended and hospital {} fined",
				reviewed.after.opener, reviewed.after.organisation
			),
		}
	})
}

#[derive(Serialize)]
struct Case {
	id: CaseId,
	/// Whether a review is overdue, which bars the hospital from further cases.
	overdue: bool,
	#[serde(flatten)]
	case: EmergencyCase<Account>,
}

async fn list(opts: List, context: &mut Context<'_>) -> Result<(), Failure> {
	let patient = match (opts.organisation, opts.patient) {
		(Some(_), _) => None,
		(None, Some(patient)) => Some(patient),
		(None, None) => Some(context.account()?),
	};
	let client = context.client().await?;
	let clock = client.now().clock().await?;
	let cases = match (opts.organisation, patient) {
		(Some(organisation), _) => client.now().reviews_due(organisation).await?,
		(None, Some(patient)) => client.now().emergencies_of(&patient).await?,
		(None, None) => Vec::new(),
	};
	let cases: Vec<_> = cases
		.into_iter()
		.map(|(id, case)| Case {
			id,
			overdue: case.status == CaseStatus::Open && case.review_by <= clock,
			case,
		})
		.collect();
	context.emit(&cases, |out| {
		if cases.is_empty() {
			return match opts.organisation {
				Some(id) => writeln!(out, "No case of organisation {id} waits for a review"),
				None => writeln!(out, "There is no emergency case of this patient"),
			};
		}
		let rows: Vec<_> = cases.iter().map(|case| row(case, clock)).collect();
		let head = [
			"case", "patient", "opener", "hospital", "reason", "opened", "opens", "reviews",
			"stands",
		];
		show::table(out, &head, &rows)
	})
}

fn row(Case { id, overdue, case }: &Case, clock: Moment) -> Vec<String> {
	let opens = match case.status {
		CaseStatus::Rejected => "no more".into(),
		_ if case.until <= clock => "no more".into(),
		_ => format!("until {}", show::moment(case.until)),
	};
	let given = |review: &Option<(Account, bool)>| match review {
		None => "missing",
		Some((_, true)) => "justified",
		Some((_, false)) => "not justified",
	};
	let stands = match overdue {
		true => format!("OVERDUE since {}", show::moment(case.review_by)),
		false if case.status == CaseStatus::Open => format!(
			"{} until {}",
			words::case_status(case.status),
			show::moment(case.review_by)
		),
		false => words::case_status(case.status).into(),
	};
	vec![
		id.to_string(),
		case.patient.to_string(),
		case.opener.to_string(),
		case.organisation.to_string(),
		words::emergency_reason(case.reason).into(),
		show::moment(case.opened),
		opens,
		format!(
			"auditor {}, administrator {}",
			given(&case.auditor),
			given(&case.admin)
		),
		stands,
	]
}
