//! `salus committee`: the hospitals that release keys together.

use std::collections::BTreeMap;

use clap::Subcommand;
use salus_client::{
	primitives::{CommitteeMember, Epoch, EpochInfo, EpochPhase, MemberIndex, OrganisationId},
	words,
};
use serde::Serialize;

use crate::{show, Context, Failure};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Show the committee whose key is in use, and the one on its way to a key.
	///
	/// Ends with exit code 6 when no key is in use.
	Status,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::Status => status(context).await,
	}
}

#[derive(Serialize)]
struct Status {
	/// None if no key is in use.
	active: Option<EpochInfo>,
	/// None if no other committee is on its way.
	forming: Option<EpochInfo>,
	/// Which organisations the members of these epochs are, as far as the chain tells.
	organisations: BTreeMap<Epoch, BTreeMap<MemberIndex, OrganisationId>>,
}

async fn status(context: &mut Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let (active, forming) = client.committee().await?;
	let mut known = BTreeMap::new();
	for info in active.iter().chain(&forming) {
		let organisations = client.committee_organisations(info.epoch).await?;
		known.insert(info.epoch, organisations);
	}
	let status = Status { active, forming, organisations: known };
	let organisation = |epoch, member: &CommitteeMember| {
		let of_epoch = status.organisations.get(&epoch)?;
		of_epoch.get(&member.index)
	};
	context.emit(&status, |out| {
		for info in status.active.iter().chain(&status.forming) {
			show::pairs(
				out,
				&[
					("epoch", info.epoch.to_string()),
					("state", words::epoch_phase(info.phase).into()),
					("since", format!("block {}", info.since)),
					("threshold", threshold(info)),
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
		Ok(())
	})?;
	match status.active {
		Some(_) => Ok(()),
		None => Err(Failure::NoCommittee),
	}
}

/// How many must act together.
pub(crate) fn threshold(info: &EpochInfo) -> String {
	let members = show::count(info.members.len(), "hospital", "hospitals");
	format!("keys open with {} of {members}", info.threshold)
}

/// Whether the committee's key is made: nothing more is waited for.
fn has_key(phase: EpochPhase) -> bool {
	matches!(phase, EpochPhase::Active | EpochPhase::Superseded)
}

/// Whether a member's dealing is in the key without its vote for it.
fn has_only_dealt(member: &CommitteeMember) -> bool {
	member.dealt && !member.confirmed && member.excluded.is_none()
}

/// What members that dealt and did not confirm are to a committee that has a key.
fn note(info: &EpochInfo) -> Option<&'static str> {
	let is_there = has_key(info.phase) && info.members.iter().any(has_only_dealt);
	is_there.then_some(
		"\"Dealt\" here: its dealing is part of the key, and the key was in use before it confirmed it. It holds a share and \
		 releases keys like the others",
	)
}

fn row(
	member: &CommitteeMember,
	phase: EpochPhase,
	organisation: Option<&OrganisationId>,
) -> Vec<String> {
	let state = match member {
		member if has_key(phase) && has_only_dealt(member) => "dealt, not confirmed",
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
	fn a_member_that_only_dealt_is_explained_once_there_is_a_key() {
		let member = CommitteeMember {
			index: 1,
			id: [1; 32],
			key: None,
			dealt: true,
			confirmed: false,
			excluded: None,
		};
		assert_eq!(row(&member, EpochPhase::Dealing, None)[3], "dealt");
		assert_eq!(row(&member, EpochPhase::Active, None)[3], "dealt, not confirmed");
	}
}
