//! `salus doctor`: checks what the other commands need, and advises what to fix.

mod account;
mod chain;
mod hospitals;
mod local;
mod report;
mod storage;

use report::Report;

use std::time::Duration;

use clap::Args;
use tokio::time::{sleep, Instant};

use crate::{failure::Code, Context, Failure};

/// Longest wait for finality, and for a committee that is forming.
const FINALITY: Duration = Duration::from_secs(20);

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// Check an IPFS node as well, by its RPC API, such as http://127.0.0.1:5001.
	#[arg(long, value_name = "URL")]
	ipfs: Option<String>,

	/// Repeat the checks until all is well, for at most this number of seconds. Useful after a
	/// start and in scripts.
	#[arg(long, value_name = "SECONDS")]
	wait: Option<u64>,
}

/// Pause between two rounds of checks.
const PAUSE: Duration = Duration::from_secs(1);

/// State that one round of checks leaves for the next.
struct Watch {
	/// End of the wait for finality and for a committee.
	deadline: Instant,
	/// First final block that was seen.
	first_final: Option<u64>,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let wait = opts.wait.map(Duration::from_secs);
	let mut watch =
		Watch { deadline: Instant::now() + wait.unwrap_or(FINALITY), first_final: None };
	let deadline = Instant::now() + wait.unwrap_or_default();
	let report = loop {
		let checked = check(&opts, &mut watch, context).await;
		let is_well = matches!(&checked, Ok(report) if report.failed() == 0);
		// A starting node cannot be reached yet. Other failures do not pass by themselves.
		let may_pass = match &checked {
			Ok(_) => true,
			Err(failure) => failure.code() == Code::Unreachable,
		};
		if is_well || !may_pass || Instant::now() >= deadline {
			break checked?;
		}
		sleep(PAUSE).await;
	};
	report.show(context)
}

/// Runs all checks once. A part that fails does not hide the others.
async fn check(
	opts: &Opts,
	watch: &mut Watch,
	context: &mut Context<'_>,
) -> Result<Report, Failure> {
	let mut report = Report::default();
	let client = &context.client().await?;
	report.good("node", format!("reached at {}", client.url()));

	// The chain's state is read from final blocks, so that it is proved even while finality stalls.
	report.part("chain", async |report| chain::state(client, report).await).await?;
	report.part("upgrade", async |report| chain::migration(client, report).await).await?;
	report.part("finality", async |report| chain::finality(client, watch, report).await).await?;
	report.part("storage", async |report| storage::check(client, report).await).await?;
	report
		.part("committee", async |report| hospitals::committee(client, watch, report).await)
		.await?;
	report.part("seats", async |report| hospitals::seats(client, report).await).await?;
	report.part("emergencies", async |report| hospitals::emergencies(client, report).await).await?;

	if let Some(url) = &opts.ipfs {
		local::ipfs(url, &mut report).await;
	}
	match context.global.who {
		Some(_) => {
			let checks = async |report: &mut Report| account::check(client, context, report).await;
			report.part("account", checks).await?;
		}
		None => report.note("account", "not checked", "name one with --as"),
	}
	local::uploads(&context.state()?, &mut report);
	Ok(report)
}
