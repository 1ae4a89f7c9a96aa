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
	/// Show the committee whose key is in use, and any committee that is forming.
	///
	/// Exits with code 6 if no key is in use.
	Status,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::Status => status(context).await,
	}
}

#[derive(Serialize)]
struct Status {
	/// Epoch whose key is in use, if there is one.
	active: Option<EpochInfo>,
	/// Epoch that is forming its key, if there is one.
	forming: Option<EpochInfo>,
	/// Organisations of these epochs' members, where the chain knows them.
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

/// Says how many hospitals must act together to open a key.
pub(crate) fn threshold(info: &EpochInfo) -> String {
	let members = show::count(info.members.len(), "hospital", "hospitals");
	format!("keys open with {} of {members}", info.threshold)
}

/// Returns whether the committee's key is complete.
fn has_key(phase: EpochPhase) -> bool {
	matches!(phase, EpochPhase::Active | EpochPhase::Superseded)
}

/// Returns whether a member's dealing is in the key although the member has not confirmed the key.
fn has_only_dealt(member: &CommitteeMember) -> bool {
	member.dealt && !member.confirmed && member.excluded.is_none()
}

/// Explains the members of a committee with a key that dealt but did not confirm.
fn note(info: &EpochInfo) -> Option<&'static str> {
	let is_there = has_key(info.phase) && info.members.iter().any(has_only_dealt);
	is_there.then_some(
		"\"Dealt, not confirmed\": the member's dealing is part of the key, which came into use before the \
		member confirmed it. It holds a share and releases keys like the others",
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
	fn an_active_key_marks_members_that_only_dealt() {
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
