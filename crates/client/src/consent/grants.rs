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
	RecordWraps, Scope, Version, WrapKeys,
};
use serde::Serialize;
use tracing::{info_span, Instrument};

use super::keys::{batches, may_hold, targets, wrap_batches, Change, Directory};
use crate::{
	chain::{
		calls::{self, Call},
		submit::{Included, KeyAttempts, STEADY_FROM},
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
	/// Returns their number. A recipient who replaces a key again and again meanwhile is left out,
	/// until the next time.
	pub fn sync_keys<'a>(
		&'a self,
		patient: &'a Signer,
		progress: &'a dyn Progress,
	) -> BoxFuture<'a, Result<usize, Error>> {
		Box::pin(async move {
			let mut attempts = Attempts::default();
			loop {
				match self.sync_once(patient, progress, &mut attempts).await {
					Ok(()) => return Ok(attempts.added),
					Err(Error::Submit(error)) => attempts.made.again_after(error)?,
					Err(error) => return Err(error),
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

	/// Adds what is missing of all grants, for the keys that are published now, and counts it. The
	/// last attempt makes one call for each recipient, so that a key that changes first holds up
	/// nobody else's wraps. It returns that refusal at the end.
	fn sync_once<'a>(
		&'a self,
		patient: &'a Signer,
		progress: &'a dyn Progress,
		attempts: &'a mut Attempts,
	) -> BoxFuture<'a, Result<(), Error>> {
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
					if let Some(key) = key.filter(|key| attempts.take(&recipient, *key)) {
						wanted.push((*target, recipient, key));
					}
				}
			}
			let wraps = self.missing_wraps(patient, wanted, progress).await?;
			let (is_last, mut refused) = (attempts.made.is_last(), None);
			for batch in wrap_batches(wraps, is_last)? {
				let call = calls::records::add_wraps(&batch);
				match self.submit(patient, &call).in_block().await {
					Ok(_) => attempts.added += batch.len(),
					Err(error) if is_last && error.is_of_old_key() => refused = Some(error),
					Err(error) => return Err(error.into()),
				}
			}
			refused.map_or(Ok(()), |error| Err(error.into()))
		})
	}
}

/// Attempts to add the wraps that are missing.
#[derive(Default)]
struct Attempts {
	/// Number of attempts, with the present one.
	made: KeyAttempts,
	/// Number of wraps that were added.
	added: usize,
	/// Key of each recipient when it was first read.
	first: BTreeMap<Recipient<Account>, KeyAgreementKey>,
}

impl Attempts {
	/// Returns whether to wrap for this key. The last two attempts leave out a recipient who has
	/// replaced a key meanwhile: one could otherwise keep all others from theirs.
	fn take(&mut self, recipient: &Recipient<Account>, key: KeyAgreementKey) -> bool {
		let first = *self.first.entry(recipient.clone()).or_insert(key);
		self.made.number < STEADY_FROM || first == key
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::chain::submit::KEY_ATTEMPTS;

	#[test]
	fn a_key_that_keeps_changing_is_left_out_at_last() {
		let signer = Signer::generate().unwrap();
		let public = signer.key_agreement(1).unwrap().public();
		let [restless, steady] = [1, 2].map(Recipient::<Account>::Organisation);
		let mut attempts = Attempts::default();
		for number in 1..=KEY_ATTEMPTS {
			attempts.made.number = number;
			let changed = KeyAgreementKey { version: number, public };
			assert_eq!(attempts.take(&restless, changed), number < STEADY_FROM, "{number}");
			assert!(attempts.take(&steady, KeyAgreementKey { version: 1, public }), "{number}");
		}
	}
}
