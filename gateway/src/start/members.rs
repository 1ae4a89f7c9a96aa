//! Warnings of clients whose accounts cannot act for the organisation of the configuration.

use std::{sync::Arc, time::Duration};

use salus_client::{
	primitives::{MemberInfo, OrganisationId},
	Error,
};
use tokio::time::sleep;

use crate::app::Gateway;

/// Pause before a node that could not answer is asked again.
const PAUSE: Duration = Duration::from_secs(30);

/// Logs what is wrong with the organisation or the clients of the configuration, once the node can
/// say it.
pub(super) async fn check(gateway: Arc<Gateway>) {
	loop {
		if let Ok(Some(found)) = look(&gateway).await {
			found.log(gateway.config.organisation);
			return;
		}
		sleep(PAUSE).await;
	}
}

/// Misconfigured part.
#[derive(Debug, PartialEq, Eq)]
enum Found {
	/// The organisation does not exist.
	NoOrganisation,
	/// The accounts of these clients are not live members of the organisation.
	Strangers(Vec<String>),
}

impl Found {
	fn log(self, organisation: OrganisationId) {
		match self {
			Self::NoOrganisation => tracing::warn!(
				organisation,
				"there is no such organisation; correct `organisation` in the configuration"
			),
			Self::Strangers(clients) => {
				for client in clients {
					tracing::warn!(
						?client,
						organisation,
						"the client's account is not a live member of the organisation, so it can add \
						 nothing for it; have its admin admit the account, or correct the configuration"
					);
				}
			}
		}
	}
}

/// Asks the node; `None` while it is catching up.
async fn look(gateway: &Gateway) -> Result<Option<Found>, Error> {
	if gateway.client.node_status().await?.syncing {
		return Ok(None);
	}
	let (view, organisation) = (gateway.client.reported(), gateway.config.organisation);
	if view.organisation(organisation).await?.is_none() {
		return Ok(Some(Found::NoOrganisation));
	}
	let mut strangers = Vec::new();
	for client in gateway.auth.clients() {
		let held = view.memberships(&client.signer.account()).await?;
		if !is_member(&held, organisation) {
			strangers.push(client.id.clone());
		}
	}
	strangers.sort_unstable();
	Ok(Some(Found::Strangers(strangers)))
}

/// Returns whether any of the memberships of an account is a live one of an organisation.
fn is_member(held: &[MemberInfo], organisation: OrganisationId) -> bool {
	held.iter().any(|one| one.live && one.member.organisation == Some(organisation))
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_client::primitives::{Member, MemberStatus, Role};

	#[test]
	fn only_a_live_membership_of_the_organisation_counts() {
		let member = Member {
			organisation: Some(1),
			status: MemberStatus::Active,
			credential: [0; 32],
			expires: None,
			since: 0,
			specialty: None,
		};
		let held = |live| [MemberInfo { role: Role::Practitioner, live, member: member.clone() }];
		assert!(is_member(&held(true), 1));
		assert!(!is_member(&held(true), 2) && !is_member(&held(false), 1) && !is_member(&[], 1));
	}
}
