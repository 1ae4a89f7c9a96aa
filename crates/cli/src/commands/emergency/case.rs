//! Parts of a case that `list` and `show` print alike.

use salus_client::{
	primitives::{CaseId, CaseStatus, EmergencyCase, Moment, Panel},
	words, Account, Client,
};
use serde::Serialize;

use crate::{show, Failure};

/// A case as both commands write it in JSON.
#[derive(Serialize)]
pub(super) struct CaseReport {
	pub(super) id: CaseId,
	/// Whether a review is overdue, which bars the hospital from opening further cases.
	overdue: bool,
	#[serde(flatten)]
	pub(super) case: EmergencyCase<Account>,
	/// Reviewers of the case; none if the chain's runtime does not know panels yet.
	pub(super) panel: Option<Panel<Account>>,
	/// Time of the chain at which the case was read.
	#[serde(skip)]
	clock: Moment,
}

impl CaseReport {
	/// Reads the reviewers of a case that was read at `clock`.
	pub(super) async fn read(
		client: &Client,
		id: CaseId,
		case: EmergencyCase<Account>,
		clock: Moment,
	) -> Result<Self, Failure> {
		let panel = client.now().emergency_panel(id).await?.flatten();
		let overdue = case.status == CaseStatus::Open && case.review_by <= clock;
		Ok(Self { id, overdue, case, panel, clock })
	}

	/// Returns until when the case opens records, in words.
	pub(super) fn opens(&self) -> String {
		match self.case.status {
			CaseStatus::Rejected => "no longer".into(),
			_ if self.case.until <= self.clock => "no longer".into(),
			_ => format!("until {}", show::moment(self.case.until)),
		}
	}

	/// Returns the status in words, with the time by which reviews of an open case are due.
	pub(super) fn status(&self) -> String {
		let due = show::moment(self.case.review_by);
		match self.case.status {
			_ if self.overdue => format!("OVERDUE since {due}"),
			CaseStatus::Open => format!("{} until {due}", words::case_status(self.case.status)),
			settled => words::case_status(settled).into(),
		}
	}
}

/// Names a reviewer's finding.
pub(super) fn finding(justified: bool) -> &'static str {
	match justified {
		true => "justified",
		false => "not justified",
	}
}
