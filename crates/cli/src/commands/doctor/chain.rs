//! Checks of the chain: its clock, an upgrade, and finality.

use std::time::Duration;

use salus_client::Client;
use tokio::time::{sleep, Instant};

use super::{Report, Watch, FINALITY};
use crate::Failure;

/// Largest difference between two clocks, in milliseconds, at which signatures and expiries work.
const SKEW_MS: u64 = 60_000;

/// Checks that the node has caught up, and this machine's clock.
pub(super) async fn state(client: &Client, report: &mut Report) -> Result<(), Failure> {
	let status = client.node_status().await?;
	let chain = format!("{}, runtime {}", status.chain, status.spec_version);
	if status.syncing {
		report.note("chain", format!("{chain}, catching up"), "wait until the node has caught up");
	} else {
		report.good("chain", chain);
	}
	report.is_by_node();
	let here = std::time::SystemTime::now()
		.duration_since(std::time::UNIX_EPOCH)
		.unwrap_or_default()
		.as_millis() as u64;
	let clock = client.settled().clock().await?;
	let skew = here.abs_diff(clock);
	if clock == 0 {
		report.note(
			"clock",
			"the chain has no final block yet to compare it with",
			"wait for one; if none comes, check whether more than two thirds of the validators run",
		);
	} else if skew <= SKEW_MS {
		report.good("clock", format!("{:.1} s off the chain's", skew as f64 / 1000.0));
	} else {
		report.bad(
			"clock",
			format!("{} s off the chain's", skew / 1000),
			"set this machine's clock (NTP), or check whether the chain has stopped",
		);
	}
	Ok(())
}

/// Reports an upgrade that is not complete.
pub(super) async fn migration(client: &Client, report: &mut Report) -> Result<(), Failure> {
	let outdated = client.snapshot().await?.outdated_storage().await?.unwrap_or_default();
	if client.is_migrating().await? {
		report.note(
			"upgrade",
			"the new runtime is migrating the chain's storage; transactions wait",
			"to see when it is done: salus upgrade status",
		);
	} else if !outdated.is_empty() {
		report.bad(
			"upgrade",
			format!("the storage of {} was not migrated", outdated.join(", ")),
			"ask for a release that repairs it, and have the council authorise its runtime",
		);
	}
	Ok(())
}

/// Checks that blocks become final.
pub(super) async fn finality(
	client: &Client,
	watch: &mut Watch,
	report: &mut Report,
) -> Result<(), Failure> {
	let started = Instant::now();
	let first = match watch.first_final {
		Some(first) => first,
		None => *watch.first_final.insert(client.final_number().await?),
	};
	// A block becomes final every few seconds, so one check cannot show that none does.
	let limit = watch.deadline.min(started + FINALITY);
	loop {
		let now = client.final_number().await?;
		if now > first {
			report.good("finality", format!("progressing, at block {now}"));
			return Ok(());
		}
		if Instant::now() >= limit {
			break;
		}
		sleep(Duration::from_millis(500)).await;
	}
	report.bad(
		"finality",
		format!("no block after block {first} became final during this check"),
		"check again; if this persists, see whether more than two thirds of the validators run and are connected",
	);
	Ok(())
}
