//! Statements on records and credentials: their options, and the calls that give and revoke them.

use std::time::Duration;

use clap::Args;
use salus_client::{
	calls,
	primitives::{Moment, ReasonCode, Subject, Verdict},
	Account, Call, Client, Signer,
};

use crate::{parse, Failure};

/// Options of a statement. A command adds its default reason to the help of `reason`.
#[derive(Args, Debug)]
pub(crate) struct Statement {
	/// Give this verdict.
	#[arg(long, default_value = "confirmed", value_parser = parse::verdict())]
	verdict: Verdict,
	/// Give this reason.
	#[arg(long, value_parser = parse::reason())]
	reason: Option<ReasonCode>,
	/// Let the statement expire after this time span, such as 365d [default: never].
	#[arg(long = "for", value_name = "SPAN", value_parser = parse::duration)]
	lifetime: Option<Duration>,
	/// Revoke your statement instead.
	#[arg(long, conflicts_with_all = ["verdict", "reason", "lifetime"])]
	revoke: bool,
}

impl Statement {
	/// Refuses a reason that contradicts the verdict.
	pub(crate) fn check(&self) -> Result<(), clap::Error> {
		parse::check_reason(self.verdict, self.reason)
	}

	/// Returns the call that gives the statement, or revokes it. `rejects` is the reason of a
	/// rejection that has none.
	pub(crate) async fn call(
		&self,
		client: &Client,
		attester: &Signer,
		subject: &Subject<Account>,
		rejects: ReasonCode,
	) -> Result<Call, Failure> {
		if self.revoke {
			return Ok(calls::attestation::revoke(subject, attester.account()));
		}
		let expires = match self.lifetime {
			Some(lifetime) => Some(client.now().clock().await? + lifetime.as_millis() as Moment),
			None => None,
		};
		let reason = self.reason.unwrap_or(match self.verdict {
			Verdict::Confirmed => ReasonCode::Reviewed,
			Verdict::Rejected => rejects,
		});
		Ok(calls::attestation::attest(subject, self.verdict, reason, expires))
	}

	/// Returns the verdict; `None` if the statement is revoked.
	pub(crate) fn verdict(&self) -> Option<Verdict> {
		(!self.revoke).then_some(self.verdict)
	}

	/// Returns what the command has done, for a sentence about the subject.
	pub(crate) fn done(&self) -> &'static str {
		match self.verdict() {
			Some(Verdict::Confirmed) => "Attested",
			Some(Verdict::Rejected) => "Rejected",
			None => "Revoked the statement on",
		}
	}
}
