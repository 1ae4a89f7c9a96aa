//! Findings of the checks, and how they are shown.

use salus_client::ErrorKind;
use serde::Serialize;

use crate::{failure::Code, show, Context, Failure};

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
	Good,
	/// Works, but may need attention.
	Note,
	Bad,
}

#[derive(Serialize)]
struct Check {
	name: &'static str,
	outcome: Outcome,
	found: String,
	/// Remedy, where there is something to do.
	remedy: Option<String>,
	/// Whether only the node vouches for this. Other checks are proved or local.
	by_node: bool,
}

impl Check {
	fn new(name: &'static str, outcome: Outcome, found: String, remedy: Option<String>) -> Self {
		Self { name, outcome, found, remedy, by_node: false }
	}
}

/// Findings in the order of the checks.
#[derive(Default)]
pub(super) struct Report {
	checks: Vec<Check>,
	/// Whether the node left a request unanswered. To ask it again would take minutes.
	is_node_silent: bool,
}

impl Report {
	pub(super) fn good(&mut self, name: &'static str, found: impl Into<String>) {
		self.checks.push(Check::new(name, Outcome::Good, found.into(), None));
	}

	pub(super) fn note(&mut self, name: &'static str, found: impl Into<String>, remedy: &str) {
		let remedy = Some(remedy.to_owned());
		self.checks.push(Check::new(name, Outcome::Note, found.into(), remedy));
	}

	pub(super) fn bad(&mut self, name: &'static str, found: impl Into<String>, remedy: &str) {
		let remedy = Some(remedy.to_owned());
		self.checks.push(Check::new(name, Outcome::Bad, found.into(), remedy));
	}

	/// Runs the checks of a part. If they cannot be completed, that is a failed check, and the
	/// other parts follow, unless the node does not answer. Without a node that can be reached and
	/// trusted, nothing can be checked.
	pub(super) async fn part(
		&mut self,
		name: &'static str,
		checks: impl AsyncFnOnce(&mut Self) -> Result<(), Failure>,
	) -> Result<(), Failure> {
		if self.is_node_silent {
			self.note(name, "not checked, because the node does not answer", "see its log");
			return Ok(());
		}
		let Err(failure) = checks(self).await else {
			return Ok(());
		};
		match failure.code() {
			Code::Unreachable | Code::Untrusted => return Err(failure),
			Code::Deadline => self.is_node_silent = true,
			_ => {}
		}
		self.bad(name, failure.to_string(), "see the other checks, and check again");
		Ok(())
	}

	/// Marks the last check as the node's word.
	pub(super) fn is_by_node(&mut self) {
		if let Some(check) = self.checks.last_mut() {
			check.by_node = true;
		}
	}

	/// Returns the number of failed checks.
	pub(super) fn failed(&self) -> usize {
		self.checks.iter().filter(|check| check.outcome == Outcome::Bad).count()
	}
}

#[derive(Serialize)]
struct Diagnosis<'a> {
	healthy: bool,
	checks: &'a [Check],
}

impl Report {
	/// Shows the findings. Fails if a check did.
	pub(super) fn show(&self, context: &mut Context<'_>) -> Result<(), Failure> {
		let bad = self.failed();
		let result = Diagnosis { healthy: bad == 0, checks: &self.checks };
		context.emit(&result, |out| {
			let name = |check: &Check| match check.by_node {
				true => format!("{}*", check.name),
				false => check.name.to_owned(),
			};
			let width = self.checks.iter().map(|check| name(check).len()).max().unwrap_or_default();
			for check in &self.checks {
				let mark = match check.outcome {
					Outcome::Good => "ok  ",
					Outcome::Note => "note",
					Outcome::Bad => "BAD ",
				};
				let found = show::plain(&check.found);
				writeln!(out, "{mark}  {:width$}  {found}", name(check))?;
				if let Some(remedy) = &check.remedy {
					writeln!(out, "      {:width$}  -> {remedy}", "")?;
				}
			}
			if self.checks.iter().any(|check| check.by_node) {
				writeln!(
					out,
					"\n* only the node vouches for this; other checks are proved or local"
				)?;
			}
			Ok(())
		})?;
		if bad > 0 {
			let text = show::count(bad, "check failed", "checks failed");
			return Err(salus_client::Error::foreseen(ErrorKind::Failure, text).into());
		}
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[tokio::test]
	async fn a_part_that_fails_hides_no_other() {
		let failure = |kind| Failure::from(salus_client::Error::foreseen(kind, "why"));
		let mut report = Report::default();
		let failed = async |_: &mut Report| Err(failure(ErrorKind::Failure));
		assert!(report.part("committee", failed).await.is_ok());
		report.good("seats", "fine");
		assert_eq!((report.failed(), report.checks.len()), (1, 2));
		assert!(report.checks[0].found.contains("why"));
		for kind in [ErrorKind::Unreachable, ErrorKind::Untrusted] {
			let failed = async |_: &mut Report| Err(failure(kind));
			assert!(report.part("committee", failed).await.is_err());
		}
		assert_eq!(report.checks.len(), 2);
	}

	#[tokio::test]
	async fn a_node_that_does_not_answer_is_asked_no_more() {
		let mut report = Report::default();
		let failed = async |_: &mut Report| {
			Err(salus_client::Error::foreseen(ErrorKind::Deadline, "no answer").into())
		};
		assert!(report.part("finality", failed).await.is_ok());
		let unasked = async |_: &mut Report| -> Result<(), Failure> { panic!("it is asked") };
		assert!(report.part("seats", unasked).await.is_ok());
		assert_eq!((report.failed(), report.checks.len()), (1, 2));
		assert!(report.checks[1].found.starts_with("not checked"));
	}
}
