//! `salus consent opt-out`: bars emergency access to the patient's records, or to the emergency
//! summaries, or permits it again.

use clap::{Args, ValueEnum};
use salus_client::{calls, Included};
use serde::Serialize;

use crate::{Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// Whether emergency access is barred.
	state: State,
	/// Apply this to emergency summaries (allergies, medication and the like) instead of to all
	/// other records.
	#[arg(long)]
	summary: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum State {
	/// Bar emergency cases from your records, but not from emergency summaries. With --summary, bar
	/// them from emergency summaries.
	On,
	/// Let emergency cases open them again.
	Off,
}

#[derive(Serialize)]
struct OptOutReport {
	opted_out: bool,
	/// Whether emergency summaries are meant, and not all other records.
	summary: bool,
	transaction: Included,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let (patient, client) = context.acting_and_client().await?;
	let opted_out = opts.state == State::On;
	let call = if opts.summary {
		calls::consent::set_emergency_summary_closed(opted_out)
	} else {
		calls::consent::set_emergency_opt_out(opted_out)
	};
	let transaction = client.submit(&patient, &call).in_block().await?.included;
	let report = OptOutReport { opted_out, summary: opts.summary, transaction };
	context.reseals_for(&patient, &client);
	context.emit(&report, |out| writeln!(out, "{}", report.effect()))
}

impl OptOutReport {
	/// Describes what an emergency case opens from now on.
	fn effect(&self) -> &'static str {
		match (self.opted_out, self.summary) {
			(true, false) => {
				"No emergency case opens your records now, except emergency summaries; to bar those too: salus consent opt-out on --summary"
			}
			(false, false) => {
				"Clinicians may open your records in an emergency, under a case that is reviewed"
			}
			(true, true) => "No emergency case opens your emergency summaries now",
			(false, true) => {
				"Clinicians may open your emergency summaries in an emergency, under a case that is reviewed"
			}
		}
	}
}
