//! `salus log show`: reads a part of the log, and shows each request with its answer, and whether a
//! key was released.

use std::{
	collections::BTreeSet,
	io::{self, Write},
	time::{SystemTime, UNIX_EPOCH},
};

use clap::Args;
use salus_client::{
	primitives::{
		Basis, Decision, Grant, GrantId, LogEntry, LogEvent, LogHead, Moment, RequestId, MAX_PAGE,
		RELEASE_LIFETIME,
	},
	words, Account, Client, View,
};
use serde::Serialize;

use crate::{parse, show, terms, Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// Show the log of this patient [default: the account that acts].
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	patient: Option<Account>,
	/// Start at the entry with this number [default: show the latest entries].
	#[arg(long, value_name = "NUMBER")]
	from: Option<u32>,
	/// Show at most this number of entries.
	#[arg(long, value_name = "NUMBER", default_value = "50", value_parser = clap::value_parser!(u32).range(1..))]
	limit: u32,
}

#[derive(Serialize)]
struct LogReport {
	patient: Account,
	head: LogHead,
	entries: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
	#[serde(flatten)]
	entry: LogEntry<Account>,
	/// Whether hospitals released the key; none for entries other than permitted requests.
	released: Option<bool>,
	/// Whether hospitals can still release the key. A reader can have it before a block says so.
	#[serde(skip)]
	is_open: bool,
	/// Whether the entry is final, so that no fork can remove it.
	is_final: bool,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let (client, patient) = context.client_and_whose(opts.patient).await?;
	let LogTail { head, proved, first, entries } =
		read(&client, &patient, opts.from, opts.limit).await?;
	let grants = client.now().consent_of(&patient).await?.grants;
	let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
	let now = Moment::try_from(now.as_millis()).unwrap_or(Moment::MAX);
	let report = LogReport { patient, head, entries: lines(entries, opts.limit, proved, now) };
	let whose = match opts.patient {
		Some(account) => format!(" --patient {account}"),
		None => context.as_who(),
	};
	context.emit(&report, |out| {
		if report.head.count == 0 {
			return writeln!(out, "The access log of {patient} is empty");
		}
		report.write_entries(&grants, out)?;
		report.write_other_pages(first, opts.limit, &whose, out)
	})
}

impl LogReport {
	/// Writes the entries as a table, with notes on it.
	fn write_entries(&self, grants: &Grants, out: &mut dyn Write) -> io::Result<()> {
		let rows: Vec<_> = visible(&self.entries).map(|line| row(line, grants)).collect();
		let columns =
			["number", "when", "who", "organisation", "purpose", "record", "answer", "key"];
		show::table(out, &columns, &rows)?;
		for note in notes(&self.entries) {
			writeln!(out, "{note}")?;
		}
		Ok(())
	}

	/// Says where the entries before and after those from `first` on are. `whose` is the option
	/// that names the patient.
	fn write_other_pages(
		&self,
		first: u32,
		limit: u32,
		whose: &str,
		out: &mut dyn Write,
	) -> io::Result<()> {
		let head = &self.head;
		if head.archived > 0 {
			writeln!(
				out,
				"{} archived, outside the chain's state; the log's hash still covers them",
				show::count(head.archived as usize, "older entry is", "older entries are")
			)?;
		}
		if first > head.archived {
			let before = first.saturating_sub(limit).max(head.archived);
			writeln!(out, "Entries before {first}: salus log show --from {before}{whose}")?;
		}
		let after = first.saturating_add(limit);
		if after < head.count {
			writeln!(out, "Entries from {after} on: salus log show --from {after}{whose}")?;
		}
		Ok(())
	}
}

/// A log from an entry to its end.
struct LogTail {
	head: LogHead,
	/// Number of its entries that are proved to be final. The others are the node's word.
	proved: u32,
	/// Index of the first entry.
	first: u32,
	entries: Vec<LogEntry<Account>>,
}

/// Reads the log from an entry to its end, because a release always comes after its request.
async fn read(
	client: &Client,
	patient: &Account,
	from: Option<u32>,
	limit: u32,
) -> Result<LogTail, Failure> {
	let mut head = client.settled().access_log(patient, 0, 1).await?.head;
	let proved = head.count;
	let reported = client.now().access_log(patient, 0, 1).await?.head;
	if reported.count > proved {
		head = reported;
	}
	let first = from.unwrap_or(head.count.saturating_sub(limit)).max(head.archived);
	let mut entries = pages(client.settled(), patient, first).await?;
	// Another block may have become final since the head was read.
	let proved = entries.last().map_or(proved, |last| last.index + 1);
	if head.count > proved {
		entries.extend(pages(client.now(), patient, first.max(proved)).await?);
	}
	Ok(LogTail { head, proved, first, entries })
}

/// Returns the entries from this one on.
async fn pages(
	view: View<'_>,
	patient: &Account,
	first: u32,
) -> Result<Vec<LogEntry<Account>>, Failure> {
	let mut entries = Vec::new();
	let mut next = Some(first);
	while let Some(from) = next {
		let page = view.access_log(patient, from, MAX_PAGE).await?;
		entries.extend(page.entries);
		// A page that points back would lead to a loop without end.
		next = page.next.filter(|next| *next > from);
	}
	Ok(entries)
}

/// Returns the first entries, each with its outcome at a time. `proved` is the number of final
/// entries of the log.
fn lines(entries: Vec<LogEntry<Account>>, limit: u32, proved: u32, now: Moment) -> Vec<Line> {
	let released: BTreeSet<RequestId> = entries
		.iter()
		.filter_map(|entry| match entry.event {
			LogEvent::Released { request } => Some(request),
			_ => None,
		})
		.collect();
	entries
		.into_iter()
		.take(limit as usize)
		.map(|entry| Line {
			released: match &entry.event {
				LogEvent::Requested { request, decision, .. } if decision.is_permit() => {
					Some(released.contains(request))
				}
				_ => None,
			},
			is_open: now < entry.at.saturating_add(RELEASE_LIFETIME),
			is_final: entry.index < proved,
			entry,
		})
		.collect()
}

/// Returns the lines to show. A release is shown with its request, if that is among the lines.
fn visible(lines: &[Line]) -> impl Iterator<Item = &Line> {
	let requests: BTreeSet<RequestId> = lines
		.iter()
		.filter_map(|line| match line.entry.event {
			LogEvent::Requested { request, .. } => Some(request),
			_ => None,
		})
		.collect();
	lines.iter().filter(move |line| match line.entry.event {
		LogEvent::Released { request } => !requests.contains(&request),
		_ => true,
	})
}

/// Explains the table: where the entries are that it leaves out, and which are not final.
fn notes(lines: &[Line]) -> Vec<String> {
	let shown: BTreeSet<u32> = visible(lines).map(|line| line.entry.index).collect();
	let folded: Vec<_> = lines
		.iter()
		.map(|line| line.entry.index)
		.filter(|index| !shown.contains(index))
		.map(|index| index.to_string())
		.collect();
	let mut notes = Vec::new();
	match &folded[..] {
		[] => (),
		[one] => notes.push(format!(
			"Entry {one} is a release: the column \"key\" shows it with its request"
		)),
		several => notes.push(format!(
			"Entries {} are releases: the column \"key\" shows them with their requests",
			words::list(several)
		)),
	}
	if visible(lines).any(|line| !line.is_final) {
		notes.push(
			"Entries that are not final may still move or disappear; check again in a few seconds"
				.into(),
		);
	}
	if visible(lines).any(|line| line.is_open && line.released == Some(false)) {
		notes.push(
			"A reader can have a key before a block has its release; check again in a few seconds"
				.into(),
		);
	}
	notes
}

/// Describes an answer, with the terms of the grant that permits it.
fn answer(decision: &Decision, grants: &Grants) -> String {
	let text = words::decision(decision);
	let Decision::Permit(Basis::Grant(id)) = decision else {
		return text;
	};
	match grants.iter().find(|(of, _)| of == id) {
		Some((_, grant)) => format!(
			"{text} (to {}: {}, for {})",
			words::grantee(&grant.terms.grantee),
			words::scope(&grant.terms.scope),
			terms::purposes_text(&grant.terms.purposes)
		),
		None => format!("{text} (ended since)"),
	}
}

type Grants = [(GrantId, Grant<Account>)];

fn row(line: &Line, grants: &Grants) -> Vec<String> {
	let Line { entry, released, is_open, is_final } = line;
	let (purpose, record, answer) = match &entry.event {
		LogEvent::Requested { record, version, purpose, decision, .. } => (
			words::purpose(*purpose),
			format!("{} version {version}", words::record(record)),
			answer(decision, grants),
		),
		event => ("-".into(), "-".into(), words::log_event(event)),
	};
	let key = match (released, &entry.event) {
		(Some(true), _) | (None, LogEvent::Released { .. }) => "released",
		(Some(false), _) if *is_open => "release not logged yet",
		(Some(false), _) => "not released",
		(None, LogEvent::Requested { .. }) => "refused",
		(None, _) => "-",
	};
	vec![
		entry.index.to_string(),
		match is_final {
			true => show::moment(entry.at),
			false => format!("{} (not final)", show::moment(entry.at)),
		},
		entry.actor.to_string(),
		entry.organisation.map_or("-".into(), |id| id.to_string()),
		purpose,
		record,
		answer,
		key.into(),
	]
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_client::primitives::{DenyReason, Purpose, RecordId};

	fn entry(index: u32, event: LogEvent) -> LogEntry<Account> {
		LogEntry {
			index,
			block: index,
			at: 1_795_191_785_000,
			actor: Account::from([1; 32]),
			organisation: Some(2),
			event,
		}
	}

	fn request(request: RequestId, decision: Decision) -> LogEvent {
		LogEvent::Requested {
			request,
			record: RecordId([5; 32]),
			version: 1,
			purpose: Purpose::TREAT,
			decision,
		}
	}

	#[test]
	fn a_request_shows_whether_its_key_was_released() {
		let permit = Decision::Permit(Basis::Grant(3));
		let entries = vec![
			entry(0, request(1, permit)),
			entry(1, request(2, permit)),
			entry(2, request(3, Decision::Deny(DenyReason::NoGrant))),
			entry(3, LogEvent::Released { request: 1 }),
		];
		let later = entries[0].at + RELEASE_LIFETIME;
		let all = lines(entries.clone(), 4, 9, later);
		assert_eq!(all.len(), 4, "programs get every entry");
		assert_eq!(visible(&all).count(), 3, "people get one line for each request");
		let alone = lines(entries[3..].to_vec(), 4, 9, later);
		assert_eq!(visible(&alone).count(), 1, "a release without its request has its own line");

		let soon = lines(entries[1..2].to_vec(), 1, 9, later - 1);
		assert_eq!(row(&soon[0], &[])[7], "release not logged yet", "no block has the shares");
		assert_eq!(notes(&soon).len(), 1, "the reader may have the key");

		let lines = lines(entries, 3, 2, later);
		let cells: Vec<_> = visible(&lines).map(|line| row(line, &[])).collect();
		let keys: Vec<_> = cells.iter().map(|row| row[7].as_str()).collect();
		assert_eq!(keys, ["released", "not released", "refused"]);
		assert_eq!(cells[0][4], "TREAT (treatment)");
		assert!(cells[0][6].starts_with("permitted: grant 3"), "{cells:?}");
		assert!(cells[2][6].starts_with("refused: "), "{cells:?}");
		assert!(cells[0][6].ends_with("(ended since)"), "{cells:?}");
		assert!(!cells[1][1].contains("not final") && cells[2][1].ends_with("(not final)"));
		assert_eq!(notes(&lines).len(), 1, "nothing is folded here");
		let folded = notes(&all);
		assert_eq!(folded, ["Entry 3 is a release: the column \"key\" shows it with its request"]);
	}
}
