//! Grants and denials, with the keys that go with them.
//!
//! For a guarded record, permission is enough: hospitals release its key. In direct mode, the
//! record's key must also be wrapped for the reader. So a grant carries wraps for all direct
//! versions that it covers now; the author of a later version wraps its key; and
//! [`Client::sync_keys`] adds what is missing. A revocation takes effect at once through the
//! chain's decision, and removes the wraps.
//!
//! A grant's terms and what remains after a revocation are read by [`Client::now`]; for whom a key
//! is wrapped, by [`Client::proven`], because a node's word gives nobody a key. The [views] are
//! explained in one table. Why the functions return [boxed futures] is explained at the crate.
//!
//! [views]: crate::View
//! [boxed futures]: crate#boxed-futures

use std::collections::BTreeMap;

use futures::future::BoxFuture;
use salus_primitives::{
	Denial, DenialId, Grant, GrantId, GrantTerms, Grantee, KeyAgreementKey, Recipient, RecordId,
	RecordWrap, RecordWraps, Scope, Version, WrapKeys, MAX_WRAPS,
};
use serde::Serialize;
use tracing::{info_span, Instrument};

use super::keys::{batches, bounded, may_hold, targets, Change, Directory};
use crate::{
	chain::{
		calls::{self, Call},
		submit::{Included, KeyAttempts, SubmitError},
	},
	error::Missing,
	progress::Progress,
	Account, Client, Error, Signer,
};

/// Result of giving a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Granted {
	/// Number of the grant.
	pub grant: GrantId,
	/// Number of keys that were wrapped for it.
	pub wrapped: usize,
	/// The transaction that gave it.
	pub included: Included,
}

/// Result of a revocation or denial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TakenBack {
	/// Number of the revoked grant, or of the denial.
	pub id: u32,
	/// Number of wrapped keys that were removed.
	pub removed: usize,
	/// Keys in its scope that others than the patient still hold.
	pub remaining: Vec<RemainingKey>,
	/// Transaction that revoked or denied.
	pub included: Included,
}

/// A wrapped key that stays after a revocation or denial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RemainingKey {
	/// Record that the key opens.
	pub record: RecordId,
	/// Version that the key opens.
	pub version: Version,
	/// The account or organisation that holds it.
	pub recipient: Recipient<Account>,
	/// Whether other consent of the patient permits them to hold it now.
	pub permitted: bool,
}

impl Client {
	/// Gives a grant, with the keys of everything that it covers now.
	///
	/// A grant to a role carries no keys, because a role has none. Nor does one that begins later,
	/// because a key opens at once.
	pub fn grant<'a>(
		&'a self,
		patient: &'a Signer,
		terms: &'a GrantTerms<Account>,
		progress: &'a dyn Progress,
	) -> BoxFuture<'a, Result<Granted, Error>> {
		Box::pin(async move {
			self.expect_transaction();
			let clock = self.now().clock().await?;
			if terms.until.is_some_and(|until| until <= clock) {
				return Err(Error::Terms("the grant would already be over; name a later end"));
			}
			if let (Some(from), Some(until)) = (terms.from, terms.until) {
				if until <= from {
					return Err(Error::Terms(
						"the grant would end before it begins; name a later end",
					));
				}
			}
			let grant = Grant { terms: terms.clone(), given: clock, used: 0, via: None };
			let mut attempts = KeyAttempts::default();
			let (executed, wrapped, others) = loop {
				let wraps = self.wraps_under(patient, &grant, clock, progress);
				let wraps = wraps.instrument(info_span!("read keys")).await?;
				let wrapped = wraps.len();
				let (first, others) = batches(wraps)?;
				let call = calls::consent::grant(terms, &first);
				match self.submit(patient, &call).in_block().await {
					Ok(executed) => break (executed, wrapped, others),
					Err(error) => attempts.again_after(error)?,
				}
			};
			self.add_wraps(patient, others, progress).await?;
			let grant = executed.given.ok_or(Error::NotLogged)?;
			Ok(Granted { grant, wrapped, included: executed.included })
		})
	}

	/// Revokes a grant. From then on the chain decides without it, and the keys that only it
	/// permitted are removed.
	pub fn revoke<'a>(
		&'a self,
		patient: &'a Signer,
		grant: GrantId,
		progress: &'a dyn Progress,
	) -> BoxFuture<'a, Result<TakenBack, Error>> {
		Box::pin(async move {
			self.expect_transaction();
			let (view, account) = (self.now(), patient.account());
			let (consent, clock) = tokio::try_join!(view.consent_of(&account), view.clock())?;
			let (ended, others): (Vec<_>, Vec<_>) =
				consent.grants.into_iter().partition(|(id, other)| {
					// Grants that were passed on from it end with it.
					*id == grant || other.via.as_ref().is_some_and(|via| via.parent == grant)
				});
			if !ended.iter().any(|(id, _)| *id == grant) {
				return Err(Error::NotFound(Missing::Grant(grant)));
			}
			let ended: Vec<_> = ended
				.into_iter()
				.map(|(_, ended)| (ended.terms.grantee, ended.terms.scope))
				.collect();
			let change = Change {
				ended,
				denied: false,
				grants: others.iter().map(|(_, other)| other).collect(),
				denials: consent.denials,
				clock,
			};
			let call = |keys: &WrapKeys<Account>| calls::consent::revoke(grant, keys);
			self.take_back(patient, &change, Some(grant), call, progress).await
		})
	}

	/// Denies explicitly, above every grant, and removes the keys that contradict the denial.
	pub fn deny<'a>(
		&'a self,
		patient: &'a Signer,
		grantee: &'a Grantee<Account>,
		scope: &'a Scope,
		progress: &'a dyn Progress,
	) -> BoxFuture<'a, Result<TakenBack, Error>> {
		Box::pin(async move {
			self.expect_transaction();
			let (view, account) = (self.now(), patient.account());
			let (consent, clock) = tokio::try_join!(view.consent_of(&account), view.clock())?;
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
			let call = |keys: &WrapKeys<Account>| calls::consent::deny(grantee, scope, keys);
			self.take_back(patient, &change, None, call, progress).await
		})
	}

	/// Submits a call that takes consent back and removes keys, then removes the keys that did not
	/// fit into the call. Without an `id`, the chain's event has the number.
	async fn take_back(
		&self,
		patient: &Signer,
		change: &Change<'_>,
		id: Option<u32>,
		call: impl FnOnce(&WrapKeys<Account>) -> Call,
		progress: &dyn Progress,
	) -> Result<TakenBack, Error> {
		let (keys, remaining) = self.keys_of(patient, change, progress).await?;
		let removed = keys.len();
		let (first, rest) = batches(keys)?;
		let call = call(&first);
		let executed = self.submit(patient, &call).in_block().await?;
		for batch in rest {
			self.submit(patient, &calls::records::remove_wraps(&batch)).in_block().await?;
		}
		let id = id.or(executed.given).ok_or(Error::NotLogged)?;
		Ok(TakenBack { id, removed, remaining, included: executed.included })
	}

	/// Lifts a denial, and wraps the keys that standing grants permit again.
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
		let lift = calls::consent::lift(denial);
		let included = self.submit(patient, &lift).in_block().await?.included;
		Ok((included, self.sync_keys(patient, progress).await?))
	}

	/// Wraps the keys that grants permit, where they are missing or wrapped for an older key.
	/// Returns their number.
	pub fn sync_keys<'a>(
		&'a self,
		patient: &'a Signer,
		progress: &'a dyn Progress,
	) -> BoxFuture<'a, Result<usize, Error>> {
		Box::pin(async move {
			let mut attempts = KeyAttempts::default();
			let mut added = 0;
			loop {
				let wraps = self.wraps_to_add(patient, progress).await?;
				let (count, refused) = self.submit_wraps(patient, &wraps).await?;
				added += count;
				match refused {
					None => return Ok(added),
					Some(error) => attempts.again_after(error)?,
				}
			}
		})
	}

	/// Adds the further wraps of a grant. If a recipient's key changes first, adds what is missing
	/// of all grants.
	pub(super) async fn add_wraps(
		&self,
		patient: &Signer,
		wraps: Vec<RecordWraps<Account>>,
		progress: &dyn Progress,
	) -> Result<(), Error> {
		for batch in wraps {
			let call = calls::records::add_wraps(&batch);
			match self.submit(patient, &call).in_block().await {
				Ok(_) => {}
				Err(error) if error.is_of_old_key() => {
					self.sync_keys(patient, progress).await?;
					return Ok(());
				}
				Err(error) => return Err(error.into()),
			}
		}
		Ok(())
	}

	/// Submits wraps, in batches. Returns the number of those that were added, and the refusal of a
	/// batch, after which no other one is submitted.
	async fn submit_wraps(
		&self,
		patient: &Signer,
		wraps: &[RecordWrap<Account>],
	) -> Result<(usize, Option<SubmitError>), Error> {
		let mut added = 0;
		for batch in wraps.chunks(MAX_WRAPS as usize) {
			let call = calls::records::add_wraps(&bounded(batch.to_vec())?);
			if let Err(error) = self.submit(patient, &call).in_block().await {
				return Ok((added, Some(error)));
			}
			added += batch.len();
		}
		Ok((added, None))
	}

	/// Returns the wraps that are missing of all grants, for the keys that are published now.
	fn wraps_to_add<'a>(
		&'a self,
		patient: &'a Signer,
		progress: &'a dyn Progress,
	) -> BoxFuture<'a, Result<Vec<RecordWrap<Account>>, Error>> {
		Box::pin(async move {
			let account = patient.account();
			// A node's word gives nobody a key.
			let view = self.proven();
			let consent = view.consent_of(&account).await?;
			let clock = view.clock().await?;
			let targets = targets(view, &account).await?;
			let mut directory = Directory::new(view);
			let mut keys: BTreeMap<Recipient<Account>, Option<KeyAgreementKey>> = BTreeMap::new();
			let mut wanted = Vec::new();
			for target in &targets {
				// An author reads as a member of their organisation, without holding its key.
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
							let key = self.proven().key(&recipient).await?;
							keys.insert(recipient.clone(), key);
							key
						}
					};
					// Without a published key, nothing can be wrapped.
					if let Some(key) = key {
						wanted.push((*target, recipient, key));
					}
				}
			}
			self.missing_wraps(patient, wanted, progress).await
		})
	}
}
