//! `salus emergency`: emergency access (breaking the glass), and its reviews.

use std::{io::Read, path::PathBuf};

use clap::{ArgGroup, Args, Subcommand};
use salus_client::{
	calls,
	primitives::{
		CaseId, CaseStatus, EmergencyCase, EmergencyReason, HospitalVote, Moment, OrganisationId,
		Panel, Reviewer,
	},
	words, Account, Client, Emergency, Error, ErrorKind, Included, Missing, OpenedCase, Outlook,
	Signer,
};
use serde::Serialize;

use super::{bond::too_small, council::decide};
use crate::{parse, show, Context, Failure};

/// Maximum size of a statement, in bytes.
const MAX_STATEMENT: u64 = 1024 * 1024;

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Break the glass for a patient, as a clinician.
	///
	/// One administrator of your hospital must have admitted you, and another one must have
	/// attested your credential (`salus member attest`).
	///
	/// For a few hours you may then open the patient's guarded records with
	/// `salus record get --purpose BTG`. The patient sees this, and it is reviewed: by auditors of
	/// other organisations, drawn by lot, and by an administrator of the hospital who neither
	/// admitted you nor attested your credential. If two of them find that there was no emergency,
	/// you are suspended until the council reinstates you, and the hospital loses a part of its
	/// bond.
	///
	/// To open one record at once, use `salus record get --emergency`.
	Open(Open),
	/// Review a case, as a drawn auditor or an administrator of the hospital.
	Review(Review),
	/// List a patient's cases, or the cases of a hospital that wait for a review.
	List(List),
	/// Show a case and its reviewers.
	Show(Show),
	/// Manage the auditors from whom reviewers are drawn.
	#[command(subcommand)]
	Auditor(Auditor),
	/// Reinstate a clinician who was suspended for a rejected case. Requires a council seat.
	Reinstate(Which),
}

#[derive(Subcommand, Debug)]
pub(crate) enum Auditor {
	/// Appoint an auditor of any organisation. Requires a council seat.
	Appoint(Which),
	/// Dismiss an auditor, who is then no longer drawn. Requires a council seat.
	Dismiss(Which),
	/// List the appointed auditors.
	List,
}

#[derive(Args, Debug)]
pub(crate) struct Which {
	/// The person's account.
	#[arg(value_parser = parse::account)]
	account: Account,
}

#[derive(Args, Debug)]
pub(crate) struct Show {
	/// Number of the case.
	case: CaseId,
}

#[derive(Args, Debug)]
pub(crate) struct Open {
	/// Break the glass for this patient.
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	patient: Account,
	/// Act for the hospital with this number [default: the only one that you may act for].
	#[arg(long = "org", value_name = "ID")]
	organisation: Option<OrganisationId>,
	/// Give this reason.
	#[arg(long, value_parser = parse::emergency())]
	reason: EmergencyReason,
	/// Read the written reason from this file. Only its SHA-256 leaves this machine: keep the file
	/// for the reviewers.
	#[arg(long, value_name = "FILE")]
	statement: PathBuf,
}

#[derive(Args, Debug)]
#[group(skip)]
#[command(group = ArgGroup::new("verdict").required(true).args(["justified", "unjustified"]))]
pub(crate) struct Review {
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

#[derive(Args, Debug)]
pub(crate) struct List {
	/// List the cases of this patient [default: the account that acts].
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	patient: Option<Account>,
	/// List the cases of this hospital that wait for a review.
	#[arg(long = "org", value_name = "ID", conflicts_with = "patient")]
	organisation: Option<OrganisationId>,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::Open(opts) => open(opts, context).await,
		Opts::Review(opts) => review(opts, context).await,
		Opts::List(opts) => list(opts, context).await,
		Opts::Show(opts) => show_one(opts, context).await,
		Opts::Auditor(Auditor::Appoint(Which { account })) => {
			let call = calls::access::appoint_auditor(account);
			let done = format!("{account} can be drawn to review emergencies from now on");
			decide(&call, &done, context).await
		}
		Opts::Auditor(Auditor::Dismiss(Which { account })) => {
			let call = calls::access::dismiss_auditor(account);
			let done = format!("{account} is no longer drawn to review emergencies");
			decide(&call, &done, context).await
		}
		Opts::Auditor(Auditor::List) => auditors(context).await,
		Opts::Reinstate(Which { account }) => {
			let call = calls::access::reinstate_clinician(account);
			let done = format!("{account} is a practitioner again");
			decide(&call, &done, context).await
		}
	}
}

#[derive(Serialize)]
struct OpeningReport {
	patient: Account,
	organisation: OrganisationId,
	reason: EmergencyReason,
	#[serde(flatten)]
	outlook: Outlook,
	#[serde(flatten)]
	opened: OpenedCase,
}

/// Returns what a clinician should know before opening a case.
fn warnings(outlook: &Outlook, organisation: OrganisationId) -> Vec<String> {
	let mut warnings = Vec::new();
	if outlook.alone {
		warnings.push(format!(
			"you are the only administrator of hospital {organisation}, so nobody at the hospital may review your case; \
			two auditors of other organisations must"
		));
	}
	if outlook.summary_alone {
		warnings.push(
			"the patient has opted out: the case opens only their emergency summaries".into(),
		);
	}
	let needed = if outlook.alone { 2 } else { 1 };
	if let Some(found) = outlook.auditors.filter(|found| *found < needed) {
		warnings.push(format!(
			"auditors of {found} other organisations are appointed, and your case needs {needed}; until the council appoints \
			more with `salus emergency auditor appoint`, the case stays open, and once its review is overdue the hospital \
			can open no further cases"
		));
	}
	warnings
}

/// Returns what a clinician must know before opening a case for a patient, after warning of it.
/// Fails if a case would open nothing.
pub(super) async fn outlook(
	client: &Client,
	clinician: &Signer,
	patient: &Account,
	organisation: OrganisationId,
	context: &Context<'_>,
) -> Result<Outlook, Failure> {
	let outlook = client.emergency_outlook(&clinician.account(), patient, organisation).await?;
	if let Some((amount, needed)) = outlook.bond_too_small {
		let text = too_small(organisation, amount, needed);
		return Err(Error::foreseen(ErrorKind::Chain, text).into());
	}
	for warning in warnings(&outlook, organisation) {
		context.warn(&warning);
	}
	Ok(outlook)
}

async fn open(opts: Open, context: &mut Context<'_>) -> Result<(), Failure> {
	let statement = read_statement(&opts.statement)?;
	let (clinician, client) = context.signer_and_client().await?;
	let organisation = client.acting_for(&clinician, opts.organisation).await?;
	let emergency = Emergency::new(organisation, opts.reason, &statement)?;
	let outlook = outlook(&client, &clinician, &opts.patient, organisation, context).await?;
	let opened = client.open_emergency(&clinician, &opts.patient, &emergency).await?;
	let report =
		OpeningReport { patient: opts.patient, organisation, reason: opts.reason, outlook, opened };
	let who = context.as_who();
	context.emit(&report, |out| {
		show::pairs(
			out,
			&[
				("case", report.opened.case.to_string()),
				("patient", report.patient.to_string()),
				("reason", words::emergency_reason(report.reason).into()),
				("opens until", show::moment(report.opened.until)),
				(
					"statement",
					format!("0x{} (keep the file)", hex::encode(report.opened.statement)),
				),
			],
		)?;
		writeln!(
			out,
			"Open the patient's {} with: salus record get RECORD --purpose {}{who}",
			if report.outlook.summary_alone { "emergency summaries" } else { "records" },
			if report.outlook.summary_alone { "ETREAT" } else { "BTG" }
		)?;
		writeln!(
			out,
			"To see its reviewers, in a moment: salus emergency show {}",
			report.opened.case
		)
	})
}

/// Reads a written reason.
pub(super) fn read_statement(path: &PathBuf) -> Result<Vec<u8>, Failure> {
	let failure = |source| Failure::File { action: "read", path: path.clone(), source };
	// A pipe might never end, and would leave no file to keep.
	if !std::fs::metadata(path).map_err(failure)?.is_file() {
		return Err(Failure::BadFile(
			"the statement is not a regular file; give one, and keep it for the reviewers",
		));
	}
	// One byte more than allowed, because the file may grow.
	let mut statement = Vec::new();
	std::fs::File::open(path)
		.and_then(|file| file.take(MAX_STATEMENT + 1).read_to_end(&mut statement))
		.map_err(failure)?;
	if statement.len() as u64 > MAX_STATEMENT {
		return Err(Failure::BadFile(
			"the statement is longer than 1 MiB; give a text file with the reason in a few sentences",
		));
	}
	Ok(statement)
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

async fn review(opts: Review, context: &mut Context<'_>) -> Result<(), Failure> {
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

#[derive(Serialize)]
struct CaseReport {
	#[serde(flatten)]
	case: Case,
	/// Reviewers of the case; none if the chain's runtime does not know panels yet.
	panel: Option<Panel<Account>>,
}

async fn show_one(opts: Show, context: &mut Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let clock = client.now().clock().await?;
	let missing = salus_client::Error::NotFound(Missing::Case(opts.case));
	let case = client.now().emergency(opts.case).await?.ok_or(missing)?;
	let panel = client.now().emergency_panel(opts.case).await?.flatten();
	let shown = CaseReport { case: Case::new(opts.case, case, clock), panel };
	context.emit(&shown, |out| {
		let Case { id, case, .. } = &shown.case;
		let mut pairs = vec![
			("case", id.to_string()),
			("patient", case.patient.to_string()),
			("opener", case.opener.to_string()),
			("hospital", case.organisation.to_string()),
			("reason", words::emergency_reason(case.reason).into()),
			("opened", show::moment(case.opened)),
			("opens", opens(case, clock)),
			("statement", format!("0x{}", hex::encode(case.statement))),
			("status", status(&shown.case)),
		];
		let Some(panel) = &shown.panel else {
			return show::pairs(out, &pairs);
		};
		for vote in &panel.votes {
			pairs.push((
				"auditor",
				format!(
					"{} of organisation {}: {}",
					vote.auditor,
					vote.organisation,
					found(vote.justified)
				),
			));
		}
		if let Some((admin, justified)) = &case.admin {
			let said = format!("{admin} for the hospital: {}", found(*justified));
			pairs.push(("administrator", said));
		}
		for (auditor, organisation) in &panel.waiting {
			pairs
				.push(("may review", format!("{auditor}, auditor of organisation {organisation}")));
		}
		for admin in &panel.admins {
			pairs.push(("may review", format!("{admin}, administrator")));
		}
		if case.status == CaseStatus::Open {
			pairs.push(("it needs", needed(case, panel)));
		}
		show::pairs(out, &pairs)
	})
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

#[derive(Serialize)]
struct AuditorReport {
	auditor: Account,
	organisation: OrganisationId,
}

async fn auditors(context: &mut Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let appointed: Vec<_> = client
		.now()
		.emergency_auditors()
		.await?
		.unwrap_or_default()
		.into_iter()
		.map(|(auditor, organisation)| AuditorReport { auditor, organisation })
		.collect();
	context.emit(&appointed, |out| {
		if appointed.is_empty() {
			return writeln!(out, "The council has appointed no auditors");
		}
		let rows: Vec<_> = appointed
			.iter()
			.map(|one| vec![one.auditor.to_string(), one.organisation.to_string()])
			.collect();
		show::table(out, &["auditor", "organisation"], &rows)
	})
}

/// Names a reviewer's finding.
fn found(justified: bool) -> &'static str {
	match justified {
		true => "justified",
		false => "not justified",
	}
}

#[derive(Serialize)]
struct Case {
	id: CaseId,
	/// Whether a review is overdue, which bars the hospital from opening further cases.
	overdue: bool,
	#[serde(flatten)]
	case: EmergencyCase<Account>,
}

impl Case {
	fn new(id: CaseId, case: EmergencyCase<Account>, clock: Moment) -> Self {
		Self { id, overdue: case.status == CaseStatus::Open && case.review_by <= clock, case }
	}
}

/// Cases to list.
enum Wanted {
	/// All that are kept for a patient.
	OfPatient(Account),
	/// Those of a hospital that wait for a review.
	DueAt(OrganisationId),
}

async fn list(opts: List, context: &mut Context<'_>) -> Result<(), Failure> {
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
		let panel = client.now().emergency_panel(id).await?.flatten();
		reports.push(CaseReport { case: Case::new(id, case, clock), panel });
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
		let rows: Vec<_> = reports.iter().map(|report| row(report, clock)).collect();
		let head = [
			"case", "patient", "opener", "hospital", "reason", "opened", "opens", "reviews",
			"status",
		];
		show::table(out, &head, &rows)
	})
}

/// Says until when a case opens records.
fn opens(case: &EmergencyCase<Account>, clock: Moment) -> String {
	match case.status {
		CaseStatus::Rejected => "no longer".into(),
		_ if case.until <= clock => "no longer".into(),
		_ => format!("until {}", show::moment(case.until)),
	}
}

fn status(Case { overdue, case, .. }: &Case) -> String {
	match overdue {
		true => format!("OVERDUE since {}", show::moment(case.review_by)),
		false if case.status == CaseStatus::Open => {
			format!("{} until {}", words::case_status(case.status), show::moment(case.review_by))
		}
		false => words::case_status(case.status).into(),
	}
}

/// Lists the reviews that were given, and those that are missing.
fn reviews(case: &EmergencyCase<Account>, panel: Option<&Panel<Account>>) -> String {
	let votes = panel.map_or(&[][..], |panel| panel.votes.as_slice());
	let mut reviews: Vec<_> = votes
		.iter()
		.map(|vote| {
			format!("auditor of organisation {} {}", vote.organisation, found(vote.justified))
		})
		.collect();
	if votes.is_empty() {
		// An old runtime has no panels, and a case from before them names its only auditor.
		let said = case.auditor.as_ref().map_or("missing", |(_, justified)| found(*justified));
		reviews.push(format!("auditor {said}"));
	}
	let said = case.admin.as_ref().map_or("missing", |(_, justified)| found(*justified));
	reviews.push(format!("administrator {said}"));
	reviews.join(", ")
}

fn row(report: &CaseReport, clock: Moment) -> Vec<String> {
	let Case { id, case, .. } = &report.case;
	vec![
		id.to_string(),
		case.patient.to_string(),
		case.opener.to_string(),
		case.organisation.to_string(),
		words::emergency_reason(case.reason).into(),
		show::moment(case.opened),
		opens(case, clock),
		reviews(case, report.panel.as_ref()),
		status(&report.case),
	]
}

#[cfg(test)]
mod tests {
	use super::*;
	use sha2::{Digest, Sha256};

	#[test]
	fn a_statement_is_hashed_byte_for_byte() {
		let folder = tempfile::tempdir().unwrap();
		for (name, text) in [
			("cp1252.txt", &b"Bewu\xdftlos; Angeh\xf6rige nicht erreichbar"[..]),
			("utf16le.txt", b"\xff\xfeB\0e\0w\0u\0\xdf\0t\0"),
			("utf8.txt", "Bewußtlos".as_bytes()),
		] {
			let path = folder.path().join(name);
			std::fs::write(&path, text).unwrap();
			let read = read_statement(&path).unwrap();
			assert_eq!(Sha256::digest(&read), Sha256::digest(text), "{name}");
		}
		let path = folder.path().join("long.txt");
		std::fs::write(&path, vec![b'x'; MAX_STATEMENT as usize]).unwrap();
		assert!(read_statement(&path).is_ok());
		std::fs::write(&path, vec![b'x'; MAX_STATEMENT as usize + 1]).unwrap();
		assert!(matches!(read_statement(&path), Err(Failure::BadFile(_))));
	}

	#[test]
	fn an_open_case_says_which_reviews_it_needs() {
		use salus_client::primitives::PanelVote;
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

	#[test]
	fn a_list_shows_the_reviews_of_all_auditors() {
		use salus_client::primitives::PanelVote;
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

	#[test]
	fn a_clinician_is_warned_of_missing_reviewers() {
		let warned = |alone, auditors| {
			let summary_alone = false;
			let outlook = Outlook { alone, auditors, summary_alone, bond_too_small: None };
			warnings(&outlook, 3)
		};
		assert!(warned(false, Some(1)).is_empty());
		assert!(warned(false, None).is_empty());
		assert_eq!(warned(true, Some(2)).len(), 1);
		assert!(warned(true, Some(2))[0].contains("only administrator of hospital 3"));
		assert_eq!(warned(false, Some(0)).len(), 1);
		assert_eq!(warned(true, Some(1)).len(), 2);
	}
}
