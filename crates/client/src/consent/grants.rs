//! Consent as the patient's client handles it: grants together with the keys that go with them.
//!
//! For a guarded record the permission is enough: hospitals release its key. In direct mode a
//! permission alone opens nothing: the record's key must also be wrapped for the reader. A grant
//! therefore carries wraps for all direct versions that it covers now; what is added later is
//! wrapped by its author; [`Client::sync_keys`] fills what is missing. What is taken back stops at
//! once by decision, and its wraps are removed.

use std::collections::BTreeMap;

use salus_primitives::*;
use serde::Serialize;

use super::keys::{batches, bounded, may_hold, Change, Directory};
use crate::{
	chain::{
		calls,
		submit::{Follow, Included},
	},
	error::Missing,
	progress::Progress,
	Account, Client, Error, Signer,
};

/// What a grant came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Granted {
	/// Its number.
	pub grant: GrantId,
	/// How many keys were wrapped for it.
	pub wrapped: usize,
	/// The transaction that gave it.
	pub included: Included,
}

/// What taking back or denying came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TakenBack {
	/// Number of the grant that was taken back, or of the denial that was given.
	pub id: u32,
	/// How many wrapped keys were removed.
	pub removed: usize,
	/// The keys of what it covers that others than the patient still have.
	pub remaining: Vec<RemainingKey>,
	/// The transaction that did it.
	pub included: Included,
}

/// A wrapped key that stays where consent was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RemainingKey {
	/// Of which record.
	pub record: RecordId,
	/// Of which version.
	pub version: Version,
	/// Who has it.
	pub recipient: Recipient<Account>,
	/// Whether other consent of the patient lets them have it now.
	pub permitted: bool,
}

impl Client {
	/// Gives a grant, with the keys of everything that it covers now.
	///
	/// A grant to a role, or one that begins later, carries no keys: a role has none, and a key
	/// opens at once.
	pub async fn grant(
		&self,
		patient: &Signer,
		terms: &GrantTerms<Account>,
		progress: &dyn Progress,
	) -> Result<Granted, Error> {
		let clock = self.now().clock().await?;
		if terms.until.is_some_and(|until| until <= clock) {
			return Err(Error::Terms("the grant would be over already; name a later end"));
		}
		if let (Some(from), Some(until)) = (terms.from, terms.until) {
			if until <= from {
				return Err(Error::Terms("the grant would end before it begins; name a later end"));
			}
		}
		let grant = Grant { terms: terms.clone(), given: clock, used: 0, via: None };
		let wraps = self.wraps_under(patient, &grant, clock, progress).await?;
		let wrapped = wraps.len();
		let (first, others) = batches(wraps)?;
		let included = self.submit(patient, &calls::consent::grant(terms, &first)).await?;
		for batch in others {
			self.submit(patient, &calls::records::add_wraps(&batch)).await?;
		}
		let consent = self.at(included.block_hash).consent_of(&patient.account()).await?;
		let grant = consent
			.grants
			.iter()
			.filter(|(_, grant)| grant.terms.grantee == terms.grantee)
			.map(|(id, _)| *id)
			.max()
			.unwrap_or_default();
		Ok(Granted { grant, wrapped, included })
	}

	/// Takes a grant back. From then on the chain decides without it, and the keys that only it
	/// allowed are removed.
	pub async fn revoke(
		&self,
		patient: &Signer,
		grant: GrantId,
		progress: &dyn Progress,
	) -> Result<TakenBack, Error> {
		let consent = self.now().consent_of(&patient.account()).await?;
		let clock = self.now().clock().await?;
		let (ended, others): (Vec<_>, Vec<_>) =
			consent.grants.into_iter().partition(|(id, other)| {
				// What was passed on from it ends with it.
				*id == grant || other.via.as_ref().is_some_and(|via| via.parent == grant)
			});
		if !ended.iter().any(|(id, _)| *id == grant) {
			return Err(Error::NotFound(Missing::Grant(grant)));
		}
		let ended: Vec<_> =
			ended.into_iter().map(|(_, ended)| (ended.terms.grantee, ended.terms.scope)).collect();
		let change = Change {
			ended,
			denied: false,
			grants: others.iter().map(|(_, other)| other).collect(),
			denials: consent.denials,
			clock,
		};
		let (keys, remaining) = self.keys_of(patient, &change, progress).await?;
		let removed = keys.len();
		let (first, rest) = batches(keys)?;
		let included = self.submit(patient, &calls::consent::revoke(grant, &first)).await?;
		for batch in rest {
			self.submit(patient, &calls::records::remove_wraps(&batch)).await?;
		}
		Ok(TakenBack { id: grant, removed, remaining, included })
	}

	/// Denies something explicitly, whatever is granted, and removes the keys that stand against it.
	pub async fn deny(
		&self,
		patient: &Signer,
		grantee: &Grantee<Account>,
		scope: &Scope,
		progress: &dyn Progress,
	) -> Result<TakenBack, Error> {
		let consent = self.now().consent_of(&patient.account()).await?;
		let clock = self.now().clock().await?;
		let mut denials = consent.denials;
		let denial = Denial { grantee: grantee.clone(), scope: scope.clone(), given: clock };
		denials.push((DenialId::MAX, denial));
		let change = Change {
			ended: vec![(grantee.clone(), scope.clone())],
			denied: true,
			grants: consent.grants.iter().map(|(_, grant)| grant).collect(),
			denials,
			clock,
		};
		let (keys, remaining) = self.keys_of(patient, &change, progress).await?;
		let removed = keys.len();
		let (first, rest) = batches(keys)?;
		let call = calls::consent::deny(grantee, scope, &first);
		let included = self.submit(patient, &call).await?;
		for batch in rest {
			self.submit(patient, &calls::records::remove_wraps(&batch)).await?;
		}
		let consent = self.at(included.block_hash).consent_of(&patient.account()).await?;
		let id = consent
			.denials
			.iter()
			.filter(|(_, denial)| denial.grantee == *grantee)
			.map(|(id, _)| *id)
			.max()
			.unwrap_or_default();
		Ok(TakenBack { id, removed, remaining, included })
	}

	/// Takes a denial back, and wraps the keys that standing grants allow again.
	pub async fn lift(
		&self,
		patient: &Signer,
		denial: DenialId,
		progress: &dyn Progress,
	) -> Result<(Included, usize), Error> {
		let consent = self.now().consent_of(&patient.account()).await?;
		if !consent.denials.iter().any(|(id, _)| *id == denial) {
			return Err(Error::NotFound(Missing::Denial(denial)));
		}
		let included = self.submit(patient, &calls::consent::lift(denial)).await?;
		Ok((included, self.sync_keys(patient, progress).await?))
	}

	/// Wraps the keys that standing grants allow and that are missing, or wrapped for an older key.
	/// Gives their number.
	pub async fn sync_keys(
		&self,
		patient: &Signer,
		progress: &dyn Progress,
	) -> Result<usize, Error> {
		let account = patient.account();
		let consent = self.now().consent_of(&account).await?;
		let clock = self.now().clock().await?;
		let targets = self.targets(&account).await?;
		let mut directory = Directory::new(self);
		let mut keys: BTreeMap<Recipient<Account>, Option<KeyAgreementKey>> = BTreeMap::new();
		let mut wanted = Vec::new();
		for target in &targets {
			// An author reads as a member of their organisation, and does not hold its key.
			let mut recipients = vec![Recipient::Account(target.author)];
			for (_, grant) in &consent.grants {
				let recipient = grant.terms.grantee.recipient();
				recipients.extend(recipient.filter(|one| !recipients.contains(one)));
			}
			let mut entitled = Vec::new();
			for recipient in recipients {
				let holder = directory.holder(&recipient).await?;
				let grants = consent.grants.iter().map(|(_, grant)| grant);
				if may_hold(&holder, target, grants, &consent.denials, clock) {
					entitled.push(recipient);
				}
			}
			for recipient in entitled {
				let key = match keys.get(&recipient) {
					Some(key) => *key,
					None => {
						let key = self.now().key(&recipient).await?;
						keys.insert(recipient.clone(), key);
						key
					}
				};
				// Who has published no key can be given none.
				if let Some(key) = key {
					wanted.push((*target, recipient, key));
				}
			}
		}
		let wraps = self.missing_wraps(patient, wanted, progress).await?;
		let count = wraps.len();
		for batch in wraps.chunks(MAX_WRAPS as usize) {
			let call = calls::records::add_wraps(&bounded(batch.to_vec())?);
			self.submit_with(patient, &call, Follow::default()).await?;
		}
		Ok(count)
	}
}
