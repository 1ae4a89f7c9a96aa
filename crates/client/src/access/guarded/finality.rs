//! Waiting for a request to become final, and reporting how many votes are missing.

use std::{future::Future, time::Duration};

use serde::Deserialize;
use tokio::time::sleep;

use super::Reporter;
use crate::{progress::Milestone, Client};

/// Pause between polls of the hospitals' votes while a request is not final.
const POLL: Duration = Duration::from_secs(2);

/// Number of polls of one round with the same missing votes after which they are reported.
const STEADY: u32 = 4;

/// State of the hospitals' vote on the last block (`grandpa_roundState`).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Votes {
	set_id: u32,
	best: Round,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Round {
	round: u64,
	threshold_weight: u32,
	prevotes: Weight,
	precommits: Weight,
}

impl Round {
	/// Returns the number of votes that the current phase of the round lacks. A hospital that is
	/// gone may still have voted in the first phase.
	fn missing(&self) -> u32 {
		let lacking = |votes: &Weight| self.threshold_weight.saturating_sub(votes.current_weight);
		match lacking(&self.prevotes) {
			0 => lacking(&self.precommits),
			missing => missing,
		}
	}
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Weight {
	current_weight: u32,
}

impl Client {
	/// Waits for a submission, and reports how many hospitals' votes its finality lacks.
	///
	/// Blocks become final with the votes of the same number of hospitals that release a key. Every
	/// round starts with no votes, so only a number that persists in one round is reported.
	pub(super) async fn report_finality<T>(
		&self,
		submitted: impl Future<Output = T>,
		reporter: &Reporter<'_>,
	) -> T {
		tokio::pin!(submitted);
		let (mut last, mut times) = (None, 0);
		loop {
			let poll = async {
				sleep(POLL).await;
				self.request::<Votes>("grandpa_roundState", crate::rpc_params![]).await
			};
			let votes = tokio::select! {
				done = &mut submitted => return done,
				votes = poll => votes,
			};
			// A node that does not answer is for the submission to handle.
			let Ok(Votes { set_id, best }) = votes else { continue };
			let missing = best.missing();
			let state = Some((set_id, best.round, missing));
			times = if state == last { times + 1 } else { 1 };
			last = state;
			if missing > 0 && times == STEADY {
				reporter.report(Milestone::NotFinal { missing });
			}
		}
	}
}
