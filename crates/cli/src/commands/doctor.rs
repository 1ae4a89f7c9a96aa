//! `salus doctor`: checks what the other commands need, and advises what to fix.

mod storage;

use std::time::Duration;

use clap::Args;
use salus_client::{
	primitives::{Exclusion, MemberInfo, Recipient, Role},
	words, Account, Client, ErrorKind, Reviewers, StateDir, Unfinished,
};
use serde::Serialize;
use tokio::time::{sleep, Instant};

use crate::{failure::Code, show, Context, Failure};

/// Longest wait for finality, and for a committee that is forming.
const FINALITY: Duration = Duration::from_secs(20);
/// Largest difference between two clocks, in milliseconds, at which signatures and expiries work.
const SKEW_MS: u64 = 60_000;

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

#[derive(Default)]
struct Report(Vec<Check>);

impl Report {
	fn good(&mut self, name: &'static str, found: impl Into<String>) {
		self.0.push(Check::new(name, Outcome::Good, found.into(), None));
	}

	fn note(&mut self, name: &'static str, found: impl Into<String>, remedy: &str) {
		let remedy = Some(remedy.to_owned());
		self.0.push(Check::new(name, Outcome::Note, found.into(), remedy));
	}

	fn bad(&mut self, name: &'static str, found: impl Into<String>, remedy: &str) {
		let remedy = Some(remedy.to_owned());
		self.0.push(Check::new(name, Outcome::Bad, found.into(), remedy));
	}

	/// Reports a part that could not be checked. Without a node that can be trusted, nothing can.
	fn done(&mut self, part: &'static str, done: Result<(), Failure>) -> Result<(), Failure> {
		match done {
			Err(failure) if ![Code::Unreachable, Code::Untrusted].contains(&failure.code()) => {
				self.bad(part, failure.to_string(), "see the other checks, and check again");
				Ok(())
			}
			done => done,
		}
	}

	/// Marks the last check as the node's word.
	fn is_by_node(&mut self) {
		if let Some(check) = self.0.last_mut() {
			check.by_node = true;
		}
	}
}

impl Report {
	/// Returns the number of failed checks.
	fn failed(&self) -> usize {
		self.0.iter().filter(|check| check.outcome == Outcome::Bad).count()
	}
}

#[derive(Serialize)]
struct Diagnosis<'a> {
	healthy: bool,
	checks: &'a [Check],
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
	print(&report, context)
}

async fn check(
	opts: &Opts,
	watch: &mut Watch,
	context: &mut Context<'_>,
) -> Result<Report, Failure> {
	let mut report = Report::default();
	let client = context.client().await?;
	report.good("node", format!("reached at {}", client.url()));

	// A part that fails does not hide the others. The chain's state is read from final blocks, so
	// that it is proved even while finality stalls.
	let done = chain(&client, &mut report).await;
	report.done("chain", done)?;
	let done = migration(&client, &mut report).await;
	report.done("upgrade", done)?;
	let done = finality(&client, watch, &mut report).await;
	report.done("finality", done)?;
	let done = storage::check(&client, &mut report).await;
	report.done("storage", done)?;
	let done = committee(&client, watch, &mut report).await;
	report.done("committee", done)?;
	let done = seats(&client, &mut report).await;
	report.done("seats", done)?;
	let done = emergencies(&client, &mut report).await;
	report.done("emergencies", done)?;
	if let Some(url) = &opts.ipfs {
		ipfs(url, &mut report).await;
	}
	match context.global.who {
		Some(_) => {
			let done = account(&client, context, &mut report).await;
			report.done("account", done)?;
		}
		None => report.note("account", "not checked", "name one with --as"),
	}
	uploads(&context.state()?, &mut report);
	Ok(report)
}

fn print(report: &Report, context: &mut Context<'_>) -> Result<(), Failure> {
	let bad = report.failed();
	let result = Diagnosis { healthy: bad == 0, checks: &report.0 };
	context.emit(&result, |out| {
		let name = |check: &Check| match check.by_node {
			true => format!("{}*", check.name),
			false => check.name.to_owned(),
		};
		let width = report.0.iter().map(|check| name(check).len()).max().unwrap_or_default();
		for check in &report.0 {
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
		if report.0.iter().any(|check| check.by_node) {
			writeln!(out, "\n* only the node vouches for this; other checks are proved or local")?;
		}
		Ok(())
	})?;
	if bad > 0 {
		let text = show::count(bad, "check failed", "checks failed");
		return Err(salus_client::Error::foreseen(ErrorKind::Failure, text).into());
	}
	Ok(())
}

async fn chain(client: &Client, report: &mut Report) -> Result<(), Failure> {
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
async fn migration(client: &Client, report: &mut Report) -> Result<(), Failure> {
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

async fn finality(client: &Client, watch: &mut Watch, report: &mut Report) -> Result<(), Failure> {
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

async fn committee(client: &Client, watch: &Watch, report: &mut Report) -> Result<(), Failure> {
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
	let found = format!("epoch {} is active, {}", info.epoch, super::committee::threshold(&info));
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
async fn seats(client: &Client, report: &mut Report) -> Result<(), Failure> {
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
async fn emergencies(client: &Client, report: &mut Report) -> Result<(), Failure> {
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

async fn ipfs(url: &str, report: &mut Report) {
	let version = async {
		let kubo = salus_client::Kubo::new(url, Default::default())?;
		kubo.version().await
	};
	match version.await {
		Ok(version) => report.good("your IPFS node", format!("{} at {url}", version.version)),
		Err(error) => {
			report.bad("your IPFS node", error.to_string(), "start it, or name another address")
		}
	}
}

/// Reports on the account that acts. Its secret is needed only to compare its published key.
async fn account(
	client: &Client,
	context: &Context<'_>,
	report: &mut Report,
) -> Result<(), Failure> {
	let account = context.account()?;
	let memberships = client.snapshot().await?.memberships(&account).await?;
	let live: Vec<_> = memberships.into_iter().filter(|info| info.live).collect();
	let capacities = capacities(client, &account, &live).await?;
	match &capacities[..] {
		[] => report.bad(
			"membership",
			format!("{account} has no live membership"),
			"give an organisation's admin the file that `salus member sign` writes, or ask for `salus member renew` or `salus member reinstate`",
		),
		some => report.good("membership", format!("{account} is {}", words::list(some))),
	}
	let reads = live
		.iter()
		.any(|info| !matches!(info.role, Role::Auditor | Role::Device | Role::StorageNode));
	let needs_key = reads || capacities.is_empty();
	published_key(client, context, account, needs_key, report).await
}

/// Returns what an account is: its live roles, admin, member of the council, validator.
async fn capacities(
	client: &Client,
	account: &Account,
	live: &[MemberInfo],
) -> Result<Vec<String>, Failure> {
	let now = client.snapshot().await?;
	let organisations = now.organisations().await?;
	let is_admin = organisations.iter().any(|organisation| organisation.admins.contains(account));
	let is_seat = now.council().await?.contains(account);
	let validators = now.validators().await?.validators;
	let is_validator = validators.iter().any(|validator| validator.account == *account);
	let mut capacities: Vec<_> =
		live.iter().map(|info| words::one(words::role(info.role))).collect();
	for (is, capacity) in [
		(is_admin, "an organisation's admin"),
		(is_seat, "a member of the council"),
		(is_validator, "a validator"),
	] {
		if is {
			capacities.push(capacity.into());
		}
	}
	Ok(capacities)
}

/// Reports whether an account has published a key, and whether it belongs to its keystore.
async fn published_key(
	client: &Client,
	context: &Context<'_>,
	account: Account,
	needs_key: bool,
	report: &mut Report,
) -> Result<(), Failure> {
	let Some(key) = client.snapshot().await?.key(&Recipient::Account(account)).await? else {
		if needs_key {
			report.bad(
				"key",
				"none is published, so nobody can share records with this account",
				"salus keys publish",
			);
		} else {
			report.note(
				"key",
				"none is published, and this account needs none for what it does",
				"to have records shared with it: salus keys publish",
			);
		}
		return Ok(());
	};
	let signer = match context.signer() {
		Ok(signer) => signer,
		Err(failure) => {
			report.note(
				"key",
				format!(
					"version {} is published, but was not compared with this keystore: {failure}",
					key.version
				),
				"give the password with --password-file",
			);
			return Ok(());
		}
	};
	let own = signer.key_agreement(key.version).map_err(salus_client::Error::from)?;
	if own.public() == key.public {
		report.good("key", format!("version {} is published", key.version));
	} else {
		report.bad(
			"key",
			"the published key is not that of this keystore",
			"salus keys publish --rotate",
		);
	}
	Ok(())
}

/// Reports interrupted uploads: how to resume and how to drop each.
fn uploads(state: &StateDir, report: &mut Report) {
	let pending = state.pending();
	if pending.uploads == 0 {
		return;
	}
	let unfinished = state.unfinished();
	let mut ways: Vec<String> = unfinished.iter().map(resume_command).collect();
	// An envelope without a note was interrupted while it was sealed.
	if unfinished.len() < pending.uploads {
		ways.push(
			"repeat the command that was interrupted, `salus record add` or `salus record revise`"
				.into(),
		);
	}
	let drop = match &unfinished[..] {
		[one] => format!("remove {}", one.envelope.with_extension("*").display()),
		_ => format!("remove what belongs to it in {}", state.path().join("uploads").display()),
	};
	report.note(
		"uploads",
		format!("{} unfinished ({})", pending.uploads, show::size(pending.bytes)),
		&format!(
			"{}: it resumes where it stopped. To drop an upload that is no longer wanted, {drop}",
			ways.join("; ")
		),
	);
}

/// Returns the command that resumes an upload.
fn resume_command(upload: &Unfinished) -> String {
	let Unfinished { patient, record, version, .. } = upload;
	match version {
		1 => format!("repeat salus record add FILE --patient {patient}, with the same options"),
		_ => format!(
			"repeat salus record revise {} FILE, with the same options",
			words::record(record)
		),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn an_interrupted_upload_names_its_own_command() {
		let upload = |version| Unfinished {
			author: salus_client::Account::from([1; 32]),
			patient: salus_client::Account::from([2; 32]),
			record: salus_client::primitives::RecordId([3; 32]),
			version,
			envelope: "/state/uploads/x.envelope".into(),
		};
		assert!(resume_command(&upload(1)).contains("salus record add FILE --patient 5"));
		assert!(resume_command(&upload(2)).contains("salus record revise 0x0303"));
	}

	#[test]
	fn a_part_that_fails_hides_no_other() {
		let failure = |kind| Failure::from(salus_client::Error::foreseen(kind, "why"));
		let mut report = Report::default();
		assert!(report.done("committee", Err(failure(ErrorKind::Failure))).is_ok());
		report.good("seats", "fine");
		assert_eq!((report.failed(), report.0.len()), (1, 2));
		assert!(report.0[0].found.contains("why"));
		for kind in [ErrorKind::Unreachable, ErrorKind::Untrusted] {
			assert!(report.done("committee", Err(failure(kind))).is_err());
		}
		assert_eq!(report.0.len(), 2);
	}

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
