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
pub(super) struct Report(Vec<Check>);

impl Report {
	pub(super) fn good(&mut self, name: &'static str, found: impl Into<String>) {
		self.0.push(Check::new(name, Outcome::Good, found.into(), None));
	}

	pub(super) fn note(&mut self, name: &'static str, found: impl Into<String>, remedy: &str) {
		let remedy = Some(remedy.to_owned());
		self.0.push(Check::new(name, Outcome::Note, found.into(), remedy));
	}

	pub(super) fn bad(&mut self, name: &'static str, found: impl Into<String>, remedy: &str) {
		let remedy = Some(remedy.to_owned());
		self.0.push(Check::new(name, Outcome::Bad, found.into(), remedy));
	}

	/// Runs the checks of a part. If they cannot be completed, that is a failed check, and the
	/// other parts follow. Without a node that can be reached and trusted, none can.
	pub(super) async fn part(
		&mut self,
		name: &'static str,
		checks: impl AsyncFnOnce(&mut Self) -> Result<(), Failure>,
	) -> Result<(), Failure> {
		let Err(failure) = checks(self).await else {
			return Ok(());
		};
		if matches!(failure.code(), Code::Unreachable | Code::Untrusted) {
			return Err(failure);
		}
		self.bad(name, failure.to_string(), "see the other checks, and check again");
		Ok(())
	}

	/// Marks the last check as the node's word.
	pub(super) fn is_by_node(&mut self) {
		if let Some(check) = self.0.last_mut() {
			check.by_node = true;
		}
	}

	/// Returns the number of failed checks.
	pub(super) fn failed(&self) -> usize {
		self.0.iter().filter(|check| check.outcome == Outcome::Bad).count()
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
		let result = Diagnosis { healthy: bad == 0, checks: &self.0 };
		context.emit(&result, |out| {
			let name = |check: &Check| match check.by_node {
				true => format!("{}*", check.name),
				false => check.name.to_owned(),
			};
			let width = self.0.iter().map(|check| name(check).len()).max().unwrap_or_default();
			for check in &self.0 {
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
			if self.0.iter().any(|check| check.by_node) {
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
		assert_eq!((report.failed(), report.0.len()), (1, 2));
		assert!(report.0[0].found.contains("why"));
		for kind in [ErrorKind::Unreachable, ErrorKind::Untrusted] {
			let failed = async |_: &mut Report| Err(failure(kind));
			assert!(report.part("committee", failed).await.is_err());
		}
		assert_eq!(report.0.len(), 2);
	}
}
