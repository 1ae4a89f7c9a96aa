//! The state of grants today: in force, dormant, or ended.

use salus_primitives::*;
use serde::Serialize;

use crate::{
	chain::{rpc::RpcError, view::View},
	Account, Client,
};

/// State of a grant today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GrantState {
	/// In force.
	Holds,
	/// Not begun yet.
	NotBegun,
	/// Expired.
	Over,
	/// All its uses are made.
	UsedUp,
	/// Paused: the grantees are not live now (suspended, expired, or their organisation is
	/// suspended). In force again once they are reinstated, without any act of the patient.
	Rests,
	/// The capacity of the grantee has ended for good.
	Ended,
	/// The grantees are not members of anything yet.
	NobodyYet,
}

impl GrantState {
	/// Returns the state of a grant by its own terms and its grantee.
	fn of(grant: &Grant<Account>, grantee: GranteeState, clock: Moment) -> Self {
		let used_up = grant.terms.uses.is_some_and(|uses| grant.used >= uses);
		match (grant.timeliness(clock), grantee) {
			(Finding::Expired, _) => Self::Over,
			_ if used_up => Self::UsedUp,
			(_, GranteeState::Ended) => Self::Ended,
			(Finding::NotYet, _) => Self::NotBegun,
			(_, GranteeState::Nobody) => Self::NobodyYet,
			(_, GranteeState::Rests) => Self::Rests,
			(_, GranteeState::Counts) => Self::Holds,
		}
	}
}

/// Known state of a grantee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum GranteeState {
	Counts,
	Rests,
	Ended,
	Nobody,
}

/// Returns what is known of the account to which a grant is given.
fn of_account(
	grant: &Grant<Account>,
	account: &Account,
	memberships: &[MemberInfo],
) -> GranteeState {
	let party = Party { account, memberships };
	let (terms, given) = (&grant.terms, grant.given);
	let mut known = if memberships.is_empty() { GranteeState::Nobody } else { GranteeState::Ended };
	for held in memberships {
		let is_meant =
			terms.actions.iter().any(|action| party.meets(&terms.grantee, *action, given, held));
		if is_meant && held.live {
			return GranteeState::Counts;
		}
		if is_meant && held.member.status != MemberStatus::Revoked {
			known = GranteeState::Rests;
		}
	}
	known
}

impl Client {
	/// Returns the state of each of the patient's grants, in their order.
	pub async fn grant_states(
		&self,
		consent: &ConsentDetails<Account>,
	) -> Result<Vec<(GrantId, GrantState)>, RpcError> {
		self.now().grant_states(consent).await
	}
}

impl View<'_> {
	/// Returns the state of each of the patient's grants, in their order, at this view's block.
	pub async fn grant_states(
		&self,
		consent: &ConsentDetails<Account>,
	) -> Result<Vec<(GrantId, GrantState)>, RpcError> {
		let clock = self.clock().await?;
		let mut states: Vec<(GrantId, GrantState)> = Vec::new();
		for (id, grant) in &consent.grants {
			let grantee = &grant.terms.grantee;
			let known = if let Some(account) = grantee.account() {
				let memberships = self.memberships(account).await?;
				of_account(grant, account, &memberships)
			} else if let Some(organisation) = grantee.organisation() {
				let info = self.organisation(organisation).await?;
				match info.map(|info| info.status) {
					Some(OrganisationStatus::Active) => GranteeState::Counts,
					Some(OrganisationStatus::Suspended) => GranteeState::Rests,
					None => GranteeState::Nobody,
				}
			} else {
				GranteeState::Counts
			};
			let mut state = GrantState::of(grant, known, clock);
			// A grant that was passed on is in force no longer than its parent, which is older.
			if let Some(via) = &grant.via {
				let parent = states.iter().find(|(other, _)| *other == via.parent);
				match parent.map(|(_, state)| *state) {
					Some(GrantState::Holds) => (),
					Some(of_parent) if state == GrantState::Holds => state = of_parent,
					Some(_) => (),
					None => state = GrantState::Ended,
				}
			}
			states.push((*id, state));
		}
		Ok(states)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::consent::tests::{self as consent, grant};

	const CLOCK: Moment = 100;

	fn held(status: MemberStatus, live: bool) -> MemberInfo {
		let mut info = consent::held(Role::Practitioner, Some(2), 1);
		info.member.status = status;
		info.live = live;
		info
	}

	#[test]
	fn a_grant_sleeps_with_a_suspension_and_ends_with_a_revocation() {
		let who = Account::from([1; 32]);
		let member =
			grant(Grantee::Member { account: who, role: Role::Practitioner, organisation: 2 });
		for given in [member, grant(Grantee::Account(who))] {
			let state =
				|held: &[MemberInfo]| GrantState::of(&given, of_account(&given, &who, held), CLOCK);
			assert_eq!(state(&[held(MemberStatus::Active, true)]), GrantState::Holds);
			// Expired, or the organisation is suspended.
			assert_eq!(state(&[held(MemberStatus::Active, false)]), GrantState::Rests);
			assert_eq!(state(&[held(MemberStatus::Suspended, false)]), GrantState::Rests);
			assert_eq!(state(&[held(MemberStatus::Revoked, false)]), GrantState::Ended);
			let mut again = held(MemberStatus::Active, true);
			again.member.since = 11;
			assert_eq!(state(&[again]), GrantState::Ended);
			assert_eq!(state(&[]), GrantState::NobodyYet);
		}
	}

	#[test]
	fn an_expired_grant_is_over_for_every_grantee() {
		let mut given = grant(Grantee::Organisation(2));
		given.terms.until = Some(CLOCK);
		assert_eq!(GrantState::of(&given, GranteeState::Rests, CLOCK), GrantState::Over);
		assert_eq!(GrantState::of(&given, GranteeState::Counts, CLOCK - 1), GrantState::Holds);
		given.terms.from = Some(CLOCK - 1);
		assert_eq!(GrantState::of(&given, GranteeState::Counts, CLOCK - 2), GrantState::NotBegun);
		given.terms.until = None;
		given.terms.uses = Some(1);
		given.used = 1;
		assert_eq!(GrantState::of(&given, GranteeState::Counts, CLOCK), GrantState::UsedUp);
	}
}
