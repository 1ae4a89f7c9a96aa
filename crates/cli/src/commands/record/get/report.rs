//! The report about an opened record: how hospitals released its key.

use std::{
	io::{self, Write},
	path::PathBuf,
	sync::{Arc, Mutex},
	time::Duration,
};

use salus_client::{
	primitives::{Basis, Hash32, MemberIndex, OrganisationId},
	words, Client, Milestone, Opened, Progress,
};
use serde::Serialize;

use crate::{show, Failure};

/// An opened record, in a file.
#[derive(Serialize)]
pub(super) struct GetResult {
	#[serde(flatten)]
	pub(super) opened: Opened,
	pub(super) file: PathBuf,
	/// Release of the key by hospitals; none if a wrapped key opened it.
	pub(super) release: Option<ReleaseReport>,
	/// Whether the command was given the reason of an emergency.
	#[serde(skip)]
	pub(super) broke_the_glass: bool,
}

impl GetResult {
	/// Writes the result as text.
	pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
		let opened = &self.opened;
		let mut pairs = vec![
			("file", self.file.display().to_string()),
			("title", opened.descriptor.title.clone()),
			("media type", opened.descriptor.media_type.clone()),
			("size", show::size(opened.size)),
			("SHA-256", hex::encode(opened.sha256)),
			("version", opened.version.to_string()),
			("permitted", words::basis(&opened.basis)),
		];
		if let Some(unused) = opened.unused_wrap {
			pairs.push(("wrap not used", unused.to_string()));
		}
		if let (Some(request), Some(release)) = (opened.request, &self.release) {
			pairs.push(("logged", log_entry_text(request, release)));
			if let Some(hospitals) = releasing_hospitals(release) {
				pairs.push(("released by", hospitals));
			}
			for bad in &release.bad_members {
				let who = words::committee_member(bad.member, bad.organisation);
				let says = if bad.by_node { ", as the node says" } else { "" };
				pairs.push(("bad share", format!("from {who}{says}: {}", bad.fault)));
			}
		}
		pairs.push(("verified", "every block, and the whole against the chain".into()));
		show::pairs(out, &pairs)?;
		match opened.basis {
			Basis::Emergency(case) if self.broke_the_glass => writeln!(
				out,
				"Keep the statement of case {case}: its reviewers ask for it. To see them, in a moment: \
				 salus emergency show {case}"
			),
			_ => Ok(()),
		}
	}
}

/// Release of a key by hospitals.
#[derive(Serialize)]
pub(super) struct ReleaseReport {
	/// Entry in the patient's log; none if the release has ended since.
	log_entry: Option<LogEntry>,
	/// Number of shares that open the key.
	threshold: Option<u32>,
	/// Hospitals whose shares were good, in order of arrival.
	shares: Vec<Share>,
	/// Hospitals whose shares were bad.
	bad_members: Vec<BadShare>,
	/// Steps, each with its time.
	steps: Vec<StepReport>,
}

#[derive(Serialize)]
struct LogEntry {
	/// Place of the entry in the log.
	index: u32,
	/// Head of the log after the entry, which identifies it.
	#[serde(with = "salus_client::json::hex")]
	head: Hash32,
	/// Number of the block that holds it.
	block: Option<u64>,
}

#[derive(Serialize)]
struct Share {
	/// The hospital's place in the committee.
	member: MemberIndex,
	/// The hospital; none if the chain does not know it.
	organisation: Option<OrganisationId>,
	after_ms: u64,
}

#[derive(Serialize)]
struct BadShare {
	/// The hospital's place in the committee.
	member: MemberIndex,
	/// The hospital; none if the chain does not know it.
	organisation: Option<OrganisationId>,
	fault: String,
	/// Whether only the node says whose share it is.
	by_node: bool,
}

#[derive(Serialize)]
struct StepReport {
	after_ms: u64,
	step: String,
}

/// Passes progress on, and records the milestones.
pub(super) struct MilestoneRecorder {
	inner: Arc<dyn Progress>,
	reached: Mutex<Vec<(Milestone, Duration)>>,
}

impl MilestoneRecorder {
	pub(super) fn new(inner: Arc<dyn Progress>) -> Arc<Self> {
		Arc::new(Self { inner, reached: Mutex::new(Vec::new()) })
	}

	pub(super) fn reached(&self) -> Vec<(Milestone, Duration)> {
		self.reached.lock().map(|reached| reached.clone()).unwrap_or_default()
	}
}

impl Progress for MilestoneRecorder {
	fn inner(&self) -> Option<&dyn Progress> {
		Some(&*self.inner)
	}

	fn reached(&self, milestone: &Milestone, after: Duration) {
		self.inner.reached(milestone, after);
		if let Ok(mut reached) = self.reached.lock() {
			reached.push((milestone.clone(), after));
		}
	}
}

impl ReleaseReport {
	/// Collects the milestones, without the log entry.
	fn new(reached: &[(Milestone, Duration)]) -> Self {
		let mut report = Self {
			log_entry: None,
			threshold: None,
			shares: Vec::new(),
			bad_members: Vec::new(),
			steps: Vec::new(),
		};
		for (milestone, after) in reached {
			let after_ms = after.as_millis() as u64;
			report.steps.push(StepReport { after_ms, step: milestone.to_string() });
			match milestone {
				Milestone::Shared { member, organisation, threshold, .. } => {
					report.threshold = Some(*threshold);
					report.shares.push(Share {
						member: *member,
						organisation: *organisation,
						after_ms,
					});
				}
				Milestone::BadShare { member, organisation, fault, by_node } => {
					report.bad_members.push(BadShare {
						member: *member,
						organisation: *organisation,
						fault: fault.clone(),
						by_node: *by_node,
					})
				}
				_ => {}
			}
		}
		report
	}
}

/// Describes a release, with its log entry from the chain.
pub(super) async fn describe_release(
	client: &Client,
	opened: &Opened,
	reached: &[(Milestone, Duration)],
) -> Result<Option<ReleaseReport>, Failure> {
	let Some(request) = opened.request else {
		return Ok(None);
	};
	let mut report = ReleaseReport::new(reached);
	let block = reached.iter().find_map(|(milestone, _)| match milestone {
		Milestone::Logged { block, .. } => Some(*block),
		_ => None,
	});
	let details = client.snapshot().await?.release(request).await?;
	report.log_entry = details.map(|details| LogEntry {
		index: details.release.index,
		head: details.release.entry,
		block,
	});
	Ok(Some(report))
}

/// Returns the text about the log entry of a request.
fn log_entry_text(request: u64, release: &ReleaseReport) -> String {
	match &release.log_entry {
		Some(entry) => format!("in the patient's log, as request {request}, entry {}", entry.index),
		None => format!("in the patient's log, as request {request}"),
	}
}

/// Lists the hospitals whose shares opened the key; none if they are no longer known.
fn releasing_hospitals(release: &ReleaseReport) -> Option<String> {
	let members: Vec<_> = release
		.shares
		.iter()
		.map(|share| words::committee_member(share.member, share.organisation))
		.collect();
	(!members.is_empty()).then(|| words::list(&members))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn milestones_are_recorded_and_passed_on() {
		let recorder = MilestoneRecorder::new(Arc::new(()));
		let milestones = [
			Milestone::Asked,
			Milestone::Logged { request: 7, block: 12 },
			Milestone::BadShare {
				member: 4,
				organisation: None,
				fault: "it belongs to another release".into(),
				by_node: false,
			},
			Milestone::Shared { member: 2, organisation: Some(7), shares: 1, threshold: 1 },
			Milestone::KeyOpened,
		];
		for (number, milestone) in milestones.iter().enumerate() {
			Progress::reached(&*recorder, milestone, Duration::from_millis(number as u64 * 10));
		}
		let report = ReleaseReport::new(&recorder.reached());
		assert_eq!(report.threshold, Some(1));
		assert_eq!(releasing_hospitals(&report).as_deref(), Some("organisation 7"));
		assert_eq!(report.bad_members[0].member, 4);
		assert_eq!(report.shares[0].after_ms, 30);
		assert_eq!(report.steps.len(), 5);
		assert!(report.steps[1].step.contains("block 12"));
		assert_eq!(log_entry_text(7, &report), "in the patient's log, as request 7");
	}
}
