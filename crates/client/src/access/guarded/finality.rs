//! Waiting for a request to become final, and reporting how many hospitals are missing for that.

use std::{future::Future, time::Duration};

use serde::Deserialize;
use tokio::time::sleep;

use super::Teller;
use crate::{progress::Milestone, Client};

/// How often the hospitals' votes are looked at while a request is not final.
const GLANCE: Duration = Duration::from_secs(2);

/// After how many looks with the same number missing it is told.
const STEADY: u32 = 4;

/// Where the hospitals' vote on the last block stands (`grandpa_roundState`).
#[derive(Deserialize)]
struct Votes {
	best: Round,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Round {
	threshold_weight: u32,
	prevotes: Weight,
	precommits: Weight,
}

impl Round {
	/// How many hospitals are missing in the part of the vote that it has come to. One that is gone may have said its part
	/// of the first before.
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
	/// Waits for what becomes final, and tells how many hospitals are missing for that, if some are.
	///
	/// Blocks become final with the votes of as many hospitals as release a key. A vote passes through no votes at all each
	/// time that it begins: only a number that stays is told.
	pub(super) async fn told_of_finality<T>(
		&self,
		submitted: impl Future<Output = T>,
		teller: &Teller<'_>,
	) -> T {
		tokio::pin!(submitted);
		let (mut last, mut times) = (0, 0);
		loop {
			let glance = async {
				sleep(GLANCE).await;
				self.request::<Votes>("grandpa_roundState", crate::rpc_params![]).await
			};
			let votes = tokio::select! {
				done = &mut submitted => return done,
				votes = glance => votes,
			};
			// A node that does not answer is the submission's business.
			let Ok(Votes { best }) = votes else { continue };
			let missing = best.missing();
			times = if missing == last { times + 1 } else { 1 };
			last = missing;
			if missing > 0 && times == STEADY {
				teller.tell(Milestone::NotFinal { missing });
			}
		}
	}
}
