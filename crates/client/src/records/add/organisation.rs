//! The organisation for which an author acts.

use salus_primitives::{OrganisationId, Role};

use crate::{Account, Client, Error, ErrorKind, Signer};

impl Client {
	/// Returns the organisation for which an author acts.
	pub async fn acting_for(
		&self,
		author: &Signer,
		named: Option<OrganisationId>,
	) -> Result<OrganisationId, Error> {
		if let Some(organisation) = named {
			return Ok(organisation);
		}
		let account = author.account();
		let mut organisations: Vec<OrganisationId> = self
			.proven()
			.memberships(&account)
			.await?
			.into_iter()
			.filter(|info| info.live && Role::WRITERS.contains(&info.role))
			.filter_map(|info| info.member.organisation)
			.collect();
		organisations.sort_unstable();
		organisations.dedup();
		match organisations[..] {
			[organisation] => Ok(organisation),
			[] => Err(self.acts_for_none(account).await?),
			_ => Err(Error::WhichOrganisation {
				account,
				found: format!("it may act for organisations {organisations:?}"),
			}),
		}
	}

	/// Explains why an account acts for no organisation.
	async fn acts_for_none(&self, account: Account) -> Result<Error, Error> {
		let memberships = self.settled().memberships(&account).await?;
		let text = if memberships.iter().any(|info| info.role == Role::Patient && info.live) {
			format!(
				"{account} is a patient, and patients do not add records or act for an organisation; its practitioners, records \
				 admins and devices do"
			)
		} else {
			format!(
				"{account} acts for no organisation, because it is not a live practitioner, records admin or device of one"
			)
		};
		Ok(Error::foreseen(ErrorKind::Usage, text))
	}
}
