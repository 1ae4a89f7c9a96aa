//! Checks of what hospitals do together: release keys, vote, and review emergencies.

use std::time::Duration;

use salus_client::{primitives::Exclusion, words, Client, Reviewers};
use tokio::time::{sleep, Instant};

use super::{Report, Watch, FINALITY};
use crate::{commands::committee::threshold, show, Failure};

/// Checks that a committee releases keys.
pub(super) async fn committee(
	client: &Client,
	watch: &Watch,
	report: &mut Report,
) -> Result<(), Failure> {
	let limit = watch.deadline.min(Instant::now() + FINALITY);
	let (active, forming) = loop {
		let (active, forming) = client.committee().await?;
		// A forming committee may be a few blocks from its key.
		if active.is_some() || forming.is_none() || Instant::now() >= limit {
			break (active, forming);
		}
		sleep(Duration::from_secs(1)).await;
	};
	let Some(info) = active else {
		let found = match forming {
			Some(info) => format!(
				"no key is in use; epoch {}: {}",
				info.epoch,
				words::epoch_phase(info.phase)
			),
			None => "no key is in use".into(),
		};
		report.bad(
			"committee",
			found,
			"a committee forms by itself about a minute after enough of its hospitals' nodes run: salus committee status; until then, add records with --mode direct",
		);
		return Ok(());
	};
	let found = format!("epoch {} is active, {}", info.epoch, threshold(&info));
	// A hospital that announced no key, or whose dealing was invalid, contributes no share; the
	// others release keys.
	let lacks = |excluded| matches!(excluded, Some(Exclusion::NoKey | Exclusion::InvalidDealing));
	let without_share = info.members.iter().filter(|member| lacks(member.excluded)).count();
	match without_share {
		0 => report.good("committee", found),
		_ => report.note(
			"committee",
			format!(
				"{found}; {} without a share",
				show::count(without_share, "hospital", "hospitals")
			),
			"have their nodes run when the committee next changes; see `salus committee status`",
		),
	}
	Ok(())
}

/// Reports nominations of other representatives, to which the current ones have a day to object.
pub(super) async fn seats(client: &Client, report: &mut Report) -> Result<(), Failure> {
	for nomination in client.snapshot().await?.nominations().await? {
		if let Some(block) = nomination.from {
			report.note(
				"seats",
				format!(
					"{} is nominated to vote for hospital {} in place of {}, from block {block} on",
					nomination.representative, nomination.organisation, nomination.replaced
				),
				&format!(
					"unless the hospital agreed to this, object: salus validator object {}",
					nomination.validator
				),
			);
		}
	}
	Ok(())
}

/// Reports hospitals whose emergency cases nobody could review, or only auditors of other
/// organisations.
pub(super) async fn emergencies(client: &Client, report: &mut Report) -> Result<(), Failure> {
	for reviewers in client.emergency_reviewers().await? {
		if let Some((found, remedy)) = review_gap(&reviewers) {
			report.note("emergencies", found, remedy);
		}
	}
	Ok(())
}

/// Returns what the reviews of a hospital's emergency cases lack, and the remedy.
fn review_gap(reviewers: &Reviewers) -> Option<(String, &'static str)> {
	match (reviewers.has_own_vote(), reviewers.suffice()) {
		(true, true) => None,
		(false, true) => Some((
			format!("{}, and then two auditors of other organisations must", few_admins(reviewers)),
			"have three administrators; with a council seat: salus org set-admins",
		)),
		(true, false) => Some((
			format!(
				"a case of hospital {} would stay open: {}",
				reviewers.organisation,
				few_auditors(reviewers)
			),
			"with a council seat: salus emergency auditor appoint",
		)),
		(false, false) => Some((
			format!("{}; {}", few_admins(reviewers), few_auditors(reviewers)),
			"have three administrators, and appoint auditors; with a council seat: salus org set-admins, salus emergency auditor appoint",
		)),
	}
}

/// Says that a hospital's administrators may all be barred from a review, as a main clause.
fn few_admins(reviewers: &Reviewers) -> String {
	format!(
		"hospital {} has {}: those who admitted a clinician or attested their credential may not review that \
		clinician's cases, so perhaps none of them may",
		reviewers.organisation,
		show::count(reviewers.admins, "administrator", "administrators")
	)
}

/// Says that a case of a hospital needs more auditors than it can have, as a main clause.
fn few_auditors(reviewers: &Reviewers) -> String {
	let appointed = match reviewers.auditors.unwrap_or_default() {
		0 => "no auditor of another organisation is appointed".into(),
		1 => "auditors of one other organisation are appointed".into(),
		found => format!("auditors of {found} other organisations are appointed"),
	};
	format!("{appointed}, and a case needs {}", reviewers.needed())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn missing_reviewers_are_reported_before_an_emergency() {
		let lacks = |admins, auditors| {
			review_gap(&Reviewers { organisation: 3, admins, auditors: Some(auditors) })
		};
		assert_eq!(lacks(3, 1), None);
		let (found, remedy) = lacks(1, 2).unwrap();
		assert!(found.contains("hospital 3 has 1 administrator:"), "{found}");
		assert!(!remedy.contains("auditor appoint"), "{remedy}");
		let (found, remedy) = lacks(3, 0).unwrap();
		assert!(found.contains("no auditor of another"), "{found}");
		assert!(!remedy.contains("set-admins"), "{remedy}");
		let (found, remedy) = lacks(2, 1).unwrap();
		assert!(found.contains("a case needs 2"), "{found}");
		assert!(remedy.contains("set-admins") && remedy.contains("auditor appoint"));
	}
}
