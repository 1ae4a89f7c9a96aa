//! Checks of the account that acts.

use salus_client::{
	primitives::{MemberInfo, Recipient, Role},
	words, Account, Client,
};

use super::Report;
use crate::{Context, Failure};

/// Reports on the account that acts. Its secret is needed only to compare its published key.
pub(super) async fn check(
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
