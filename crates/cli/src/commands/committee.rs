//! `salus committee`: the hospitals that release keys together.

use std::{
	collections::BTreeMap,
	io::{self, Write},
};

use clap::{Args, Subcommand, ValueEnum};
use salus_client::{
	calls,
	primitives::{
		CommitteeMember, Epoch, EpochInfo, EpochKey, EpochPhase, Exclusion, MemberIndex,
		OrganisationId, Renewal,
	},
	words, Account, Client,
};
use serde::Serialize;

use super::council::decide;
use crate::{parse, show, Context, Failure};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Show the committee whose key is in use, and any committee that is forming.
	///
	/// Exits with code 6 if no key is in use.
	Status,
	/// Have the committee's members renew their shares, or the key. Requires a council seat.
	Renew(Renew),
	/// Show how many versions are still sealed to earlier keys.
	///
	/// Only the members of an earlier epoch release what is sealed to its key. Patients seal their
	/// versions to the key in use with `salus record reseal`.
	Reseal(Reseal),
	/// Elect the committee among the validators. Requires a council seat.
	///
	/// The elected validators become the members with the next session, within ten minutes. While
	/// one of them is not a validator, the longest-standing of the others takes its place. If too
	/// few of the present members stay, the committee makes a new key: see docs/operations.md.
	Elect(Elect),
}

#[derive(Args, Debug)]
pub(crate) struct Elect {
	/// Accounts of the validators, at most 16, of different hospitals.
	#[arg(
		value_name = "ACCOUNT",
		value_parser = parse::account,
		num_args = 1..=16,
		required_unless_present = "longest_standing"
	)]
	members: Vec<Account>,
	/// End the election: the longest-standing validators are the members.
	#[arg(long, conflicts_with = "members")]
	longest_standing: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Reseal {
	/// Show the versions left, by key.
	#[arg(long, required = true)]
	status: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Renew {
	/// Part to renew.
	part: Part,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Part {
	/// The members' shares, for example because one was stolen. Sealed keys stay as they are.
	Shares,
	/// The key, for example because too many shares were stolen. Protects what is added from then
	/// on.
	Key,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::Status => status(context).await,
		Opts::Reseal(Reseal { status: _ }) => reseal_status(context).await,
		Opts::Renew(Renew { part }) => {
			let (renewal, part) = match part {
				Part::Shares => (Renewal::Shares, "new shares of its key"),
				Part::Key => (Renewal::Key, "a new key"),
			};
			let done = format!("The committee is making {part}: salus committee status");
			decide(&calls::committee::renew(renewal), &done, context).await
		}
		Opts::Elect(Elect { members, longest_standing: _ }) => {
			let done = "The committee changes with the next session: salus committee status";
			decide(&calls::committee::elect(&members), done, context).await
		}
	}
}

#[derive(Serialize)]
struct Status {
	/// Epoch whose key is in use, if there is one.
	active: Option<EpochInfo>,
	/// Epoch that is forming its key, if there is one.
	forming: Option<EpochInfo>,
	/// The first epoch with the key of each, where the chain knows it.
	keys: BTreeMap<Epoch, EpochKey>,
	/// Organisations of these epochs' members, where the chain knows them.
	organisations: BTreeMap<Epoch, BTreeMap<MemberIndex, OrganisationId>>,
	/// Earlier keys that no later epoch took over, latest first.
	earlier: Vec<Earlier>,
	/// Validators that the council elected, where the chain knows them; none without an election.
	elected: Option<Vec<Account>>,
}

/// A key that a later epoch did not take over.
#[derive(Serialize)]
struct Earlier {
	key: EpochKey,
	/// Members of the epoch that holds it who confirmed their shares.
	members: usize,
	/// Number of them that release what is sealed to it.
	threshold: u32,
}

impl Earlier {
	fn new(key: EpochKey, holder: &EpochInfo) -> Self {
		let members = holder.members.iter().filter(|member| member.confirmed).count();
		Self { key, members, threshold: holder.threshold }
	}
}

/// Versions that are still sealed to earlier keys.
#[derive(Serialize)]
struct ResealStatus {
	/// Number of versions; `None` if the chain has not counted them.
	versions: Option<u64>,
	/// Keys to which they are sealed, latest first.
	keys: Vec<Left>,
}

/// An earlier key, with the versions that are still sealed to it.
#[derive(Serialize)]
struct Left {
	#[serde(flatten)]
	earlier: Earlier,
	/// Number of versions.
	versions: u64,
}

async fn status(context: &mut Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let status = read_status(&client).await?;
	context.emit(&status, |out| show_status(out, &status))?;
	match status.active {
		Some(_) => Ok(()),
		None => Err(Failure::NoCommittee),
	}
}

async fn read_status(client: &Client) -> Result<Status, Failure> {
	let (active, forming) = client.committee().await?;
	let (mut known, mut keys) = (BTreeMap::new(), BTreeMap::new());
	for info in active.iter().chain(&forming) {
		if let Some(key) = client.settled().epoch_key(info.epoch).await?.flatten() {
			keys.insert(info.epoch, key);
		}
		let organisations = client.committee_organisations(info.epoch).await?;
		known.insert(info.epoch, organisations);
	}
	let earlier = client
		.earlier_keys()
		.await?
		.into_iter()
		.map(|(key, holder)| Earlier::new(key, &holder))
		.collect();
	let elected = client.settled().elected_committee().await?;
	Ok(Status { active, forming, keys, organisations: known, earlier, elected })
}

fn show_status(out: &mut dyn Write, status: &Status) -> io::Result<()> {
	let organisation = |epoch, member: &CommitteeMember| {
		let of_epoch = status.organisations.get(&epoch)?;
		of_epoch.get(&member.index)
	};
	for info in status.active.iter().chain(&status.forming) {
		show::pairs(
			out,
			&[
				("epoch", info.epoch.to_string()),
				("state", words::epoch_phase(info.phase).into()),
				("since", format!("block {}", info.since)),
				("threshold", threshold(info)),
				("key", key(info, status.keys.get(&info.epoch))),
			],
		)?;
		let rows: Vec<_> = info
			.members
			.iter()
			.map(|member| row(member, info.phase, organisation(info.epoch, member)))
			.collect();
		let head = ["member", "organisation", "signs with", "state"];
		show::table(out, &head, &rows)?;
		if let Some(note) = note(info) {
			writeln!(out, "{note}")?;
		}
	}
	if let Some(elected) = &status.elected {
		show::pairs(out, &[("members", elected_in_words(elected))])?;
	}
	if status.earlier.is_empty() {
		return Ok(());
	}
	let rows: Vec<_> = status.earlier.iter().map(earlier_row).collect();
	show::table(out, &["earlier key", "held by", "opens with"], &rows)?;
	writeln!(out, "`salus record reseal` moves a patient's records to the key in use")
}

async fn reseal_status(context: &mut Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let left = client.left_to_reseal().await?;
	let is_counted = left.is_some();
	let keys: Vec<_> = left
		.into_iter()
		.flatten()
		.map(|one| Left { earlier: Earlier::new(one.key, &one.holder), versions: one.versions })
		.collect();
	let versions = keys.iter().map(|left| left.versions).fold(0, u64::saturating_add);
	let status = ResealStatus { versions: is_counted.then_some(versions), keys };
	context.emit(&status, |out| show_reseal_status(out, &status))
}

fn show_reseal_status(out: &mut dyn Write, status: &ResealStatus) -> io::Result<()> {
	let total = match status.versions {
		None => {
			return writeln!(
				out,
				"The chain has not counted the versions yet: see `salus upgrade status`"
			)
		}
		Some(0) => return writeln!(out, "Every guarded version is sealed to the key in use"),
		Some(total) => total,
	};
	let rows: Vec<_> = status.keys.iter().map(left_row).collect();
	show::table(out, &["earlier key", "held by", "opens with", "versions left"], &rows)?;
	let total = match total {
		1 => "1 version is".into(),
		_ => format!("{total} versions are"),
	};
	writeln!(
		out,
		"{total} left. Patients seal theirs to the key in use with `salus record reseal --all`, which \
		 lists those that fail. A version that cannot be resealed counts until its patient erases the \
		 record"
	)
}

/// Returns the table's row for an earlier key with the versions that are sealed to it.
fn left_row(left: &Left) -> Vec<String> {
	let mut row = earlier_row(&left.earlier);
	row.push(left.versions.to_string());
	row
}

/// Says which rule makes validators members.
fn elected_in_words(elected: &[Account]) -> String {
	match elected {
		[] => "the longest-standing validators".into(),
		elected => {
			let accounts: Vec<_> = elected.iter().map(Account::to_string).collect();
			format!("elected by the council: {}", words::list(&accounts))
		}
	}
}

/// Says how many hospitals must act together to open a key.
pub(crate) fn threshold(info: &EpochInfo) -> String {
	let members = show::count(info.members.len(), "hospital", "hospitals");
	format!("keys open with {} of {members}", info.threshold)
}

/// Says whether a committee made a new key or took an earlier one over.
fn key(info: &EpochInfo, key: Option<&EpochKey>) -> String {
	match key.filter(|key| key.origin != info.epoch) {
		Some(key) if has_key(info.phase) => format!("taken over, first of epoch {}", key.origin),
		Some(key) => format!("to be taken over, first of epoch {}", key.origin),
		None => "new".into(),
	}
}

/// Names the epochs whose members can release a key. The first is the one that readers ask by
/// default.
fn held_by(key: &EpochKey) -> String {
	let others: Vec<_> = key.others.iter().map(Epoch::to_string).collect();
	match others.is_empty() {
		true => format!("epoch {}", key.holder),
		false => format!("epoch {}, or {}", key.holder, others.join(", ")),
	}
}

/// Returns the table's row for an earlier key.
fn earlier_row(one: &Earlier) -> Vec<String> {
	vec![
		format!("first of epoch {}", one.key.origin),
		held_by(&one.key),
		format!("{} of {}", one.threshold, one.members),
	]
}

/// Returns whether the committee's key is complete.
fn has_key(phase: EpochPhase) -> bool {
	matches!(phase, EpochPhase::Active | EpochPhase::Superseded)
}

/// Returns whether a member has not confirmed yet that it holds its share.
fn is_unconfirmed(member: &CommitteeMember) -> bool {
	member.key.is_some() && !member.confirmed && member.excluded != Some(Exclusion::InvalidDealing)
}

/// Explains the members of a committee with a key that have not confirmed their shares.
fn note(info: &EpochInfo) -> Option<&'static str> {
	let is_there = has_key(info.phase) && info.members.iter().any(is_unconfirmed);
	is_there.then_some(
		"\"Not confirmed\": the member has not said yet that it holds its share. Until all have, the \
		hospitals keep their shares of earlier epochs",
	)
}

fn row(
	member: &CommitteeMember,
	phase: EpochPhase,
	organisation: Option<&OrganisationId>,
) -> Vec<String> {
	let state = match member {
		member if has_key(phase) && is_unconfirmed(member) => "not confirmed",
		CommitteeMember { excluded: Some(reason), .. } => words::exclusion(*reason),
		CommitteeMember { confirmed: true, .. } => "confirmed",
		CommitteeMember { dealt: true, .. } => "dealt",
		CommitteeMember { key: Some(_), .. } => "announced",
		CommitteeMember { .. } => "announced no key",
	};
	vec![
		member.index.to_string(),
		organisation.map_or("-".into(), OrganisationId::to_string),
		format!("0x{}", hex::encode(member.id)),
		state.into(),
	]
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_status_says_who_is_elected() {
		assert_eq!(elected_in_words(&[]), "the longest-standing validators");
		let one = Account::from([1; 32]);
		assert_eq!(elected_in_words(&[one]), format!("elected by the council: {one}"));
	}

	fn left(origin: Epoch, others: Vec<Epoch>, versions: u64) -> Left {
		let (holder, complete) = (origin + 2, Some(origin));
		let key = EpochKey { origin, previous: None, holder, others, complete };
		Left { earlier: Earlier { key, members: 4, threshold: 3 }, versions }
	}

	fn shown(versions: Option<u64>, keys: Vec<Left>) -> String {
		let mut out = Vec::new();
		show_reseal_status(&mut out, &ResealStatus { versions, keys }).unwrap();
		String::from_utf8(out).unwrap()
	}

	#[test]
	fn the_reseal_status_lists_the_versions_left_by_key() {
		let text = shown(Some(12), vec![left(4, vec![], 2), left(1, vec![2, 1], 10)]);
		let lines: Vec<Vec<&str>> =
			text.lines().map(|line| line.split("  ").map(str::trim).collect()).collect();
		let cells = |line: &[&str]| -> Vec<String> {
			line.iter().filter(|cell| !cell.is_empty()).map(ToString::to_string).collect()
		};
		let head = ["earlier key", "held by", "opens with", "versions left"];
		assert_eq!(cells(&lines[0]), head);
		assert_eq!(cells(&lines[1]), ["first of epoch 4", "epoch 6", "3 of 4", "2"]);
		assert_eq!(cells(&lines[2]), ["first of epoch 1", "epoch 3, or 2, 1", "3 of 4", "10"]);
		assert!(lines[3][0].starts_with("12 versions are left. Patients"), "{text}");
		let one = shown(Some(1), vec![left(1, vec![], 1)]);
		assert!(one.contains("\n1 version is left. "), "{one}");
		// No key opens some, so that not even their patients can move them.
		assert!(one.ends_with("counts until its patient erases the record\n"), "{one}");
	}

	#[test]
	fn no_versions_left_differ_from_uncounted_ones() {
		assert!(shown(Some(0), vec![]).starts_with("Every guarded version is sealed to the key"));
		assert!(shown(None, vec![]).starts_with("The chain has not counted the versions yet"));
	}

	#[test]
	fn the_reseal_status_is_flat_in_json() {
		let status = ResealStatus { versions: Some(2), keys: vec![left(1, vec![], 2)] };
		let json = serde_json::to_value(&status).unwrap();
		assert_eq!(json["versions"], 2);
		assert_eq!(json["keys"][0]["key"]["origin"], 1);
		assert_eq!(json["keys"][0]["members"], 4);
		assert_eq!(json["keys"][0]["threshold"], 3);
		assert_eq!(json["keys"][0]["versions"], 2);
	}

	#[test]
	fn an_active_key_marks_members_that_have_not_confirmed() {
		let member = CommitteeMember {
			index: 1,
			id: [1; 32],
			key: Some(vec![1; 33].try_into().unwrap()),
			dealt: true,
			confirmed: false,
			excluded: None,
		};
		assert_eq!(row(&member, EpochPhase::Dealing, None)[3], "dealt");
		assert_eq!(row(&member, EpochPhase::Active, None)[3], "not confirmed");
	}
}
