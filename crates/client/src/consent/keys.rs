//! The keys that a change of consent gives or removes.

use std::{
	collections::{BTreeMap, BTreeSet, HashMap},
	sync::{Mutex, PoisonError},
};

use futures::{future::BoxFuture, stream, StreamExt, TryStreamExt};
use salus_primitives::*;

use crate::{
	chain::{rpc::RpcError, view::View},
	progress::{Progress, Step},
	Account, Client, Error, RemainingKey, Signer,
};

/// Number of concurrent reads.
const READS: usize = 8;

/// A live version of one of the patient's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target {
	pub(super) record: RecordId,
	pub(super) version: Version,
	pub(super) category: Category,
	pub(super) author: Account,
	/// Organisation for which the author wrote it.
	pub(super) organisation: OrganisationId,
}

impl Target {
	fn is_in(&self, scope: &Scope) -> bool {
		scope.covers(self.category, Some(&self.record), Some(self.version))
	}

	/// Returns whether the holder got the key as the author, in a capacity that the grantee means.
	/// Authors keep the key when they move, so today's memberships do not show it.
	fn was_written_as(&self, holder: &KeyHolder<Account>, grantee: &Grantee<Account>) -> bool {
		let KeyHolder::Account(party) = holder else {
			return false;
		};
		*party.account == self.author
			&& match grantee {
				// Any role that may write. The chain does not keep the role in which this author
				// did.
				Grantee::Role { role, organisation } => {
					Role::WRITERS.contains(role)
						&& organisation.is_none_or(|other| other == self.organisation)
				}
				Grantee::Account(account) | Grantee::Person(account) => *account == self.author,
				Grantee::Member { account, organisation, .. } => {
					*account == self.author && *organisation == self.organisation
				}
				Grantee::Organisation(other) | Grantee::CareTeam(other) => {
					*other == self.organisation
				}
			}
	}
}

/// Memberships and organisations that the chain was asked for, each once.
pub(super) struct Directory<'a> {
	view: View<'a>,
	members: HashMap<[u8; 32], Vec<MemberInfo>>,
	organisations: HashMap<OrganisationId, bool>,
}

impl<'a> Directory<'a> {
	pub(super) fn new(view: View<'a>) -> Self {
		Self { view, members: HashMap::new(), organisations: HashMap::new() }
	}

	/// Returns a recipient in the form in which grants and denials are matched.
	pub(super) async fn holder<'b>(
		&'b mut self,
		recipient: &'b Recipient<Account>,
	) -> Result<KeyHolder<'b, Account>, RpcError> {
		Ok(match recipient {
			Recipient::Account(account) => {
				if !self.members.contains_key(&account.0) {
					let memberships = self.view.memberships(account).await?;
					self.members.insert(account.0, memberships);
				}
				let memberships = self.members.get(&account.0).map(Vec::as_slice);
				KeyHolder::Account(Party { account, memberships: memberships.unwrap_or_default() })
			}
			Recipient::Organisation(organisation) => {
				let active = match self.organisations.get(organisation) {
					Some(active) => *active,
					None => {
						let info = self.view.organisation(*organisation).await?;
						let active =
							info.is_some_and(|info| info.status == OrganisationStatus::Active);
						self.organisations.insert(*organisation, active);
						active
					}
				};
				KeyHolder::Organisation { organisation: *organisation, active }
			}
		})
	}
}

/// Returns whether consent permits a holder to have the key of a version now.
pub(super) fn may_hold<'b>(
	holder: &KeyHolder<Account>,
	target: &Target,
	mut grants: impl Iterator<Item = &'b Grant<Account>>,
	denials: &[(DenialId, Denial<Account>)],
	clock: Moment,
) -> bool {
	grants.any(|grant| target.is_in(&grant.terms.scope) && holder.is_justified_by(grant, clock))
		&& !denials
			.iter()
			.any(|(_, denial)| target.is_in(&denial.scope) && holder.is_barred_by(denial))
}

/// A change of consent: what ends, and what remains afterwards.
pub(super) struct Change<'b> {
	pub(super) ended: Vec<(Grantee<Account>, Scope)>,
	/// Whether what ends is denied from now on, so that no grant lets the denied keep their keys.
	pub(super) denied: bool,
	pub(super) grants: Vec<&'b Grant<Account>>,
	pub(super) denials: Vec<(DenialId, Denial<Account>)>,
	pub(super) clock: Moment,
}

impl Change<'_> {
	pub(super) fn covers(&self, target: &Target) -> bool {
		self.ended.iter().any(|(_, scope)| target.is_in(scope))
	}

	/// Returns whether other consent permits a holder to have the key of a version.
	pub(super) fn permits(&self, holder: &KeyHolder<Account>, target: &Target) -> bool {
		let grants = self.grants.iter().copied();
		may_hold(holder, target, grants, &self.denials, self.clock)
	}

	/// Returns whether the change removes a key: it is in scope, its holder is concerned, and
	/// nothing else permits them to keep it.
	///
	/// An author is also concerned in the capacity in which they wrote, which today's memberships
	/// no longer show.
	pub(super) fn takes(&self, holder: &KeyHolder<Account>, target: &Target) -> bool {
		let concerns = |means: &dyn Fn(&Grantee<Account>) -> bool| {
			let mut ended = self.ended.iter();
			ended.any(|(grantee, scope)| target.is_in(scope) && means(grantee))
		};
		let is_meant = concerns(&|grantee| holder.may_hold_key_of(grantee));
		let is_concerned = is_meant || concerns(&|grantee| target.was_written_as(holder, grantee));
		is_concerned && (self.denied && is_meant || !self.permits(holder, target))
	}
}

fn bounded<T>(items: Vec<T>) -> Result<BoundedWraps<T>, Error> {
	items.try_into().map_err(|_| Error::Terms("too many keys for one transaction"))
}

pub(crate) type BoundedWraps<T> =
	bounded_collections::BoundedVec<T, bounded_collections::ConstU32<MAX_WRAPS>>;

/// Splits items into a first batch and the others.
pub(crate) fn batches<T: Clone>(
	items: Vec<T>,
) -> Result<(BoundedWraps<T>, Vec<BoundedWraps<T>>), Error> {
	let mut batches = items
		.chunks(MAX_WRAPS as usize)
		.map(|batch| bounded(batch.to_vec()))
		.collect::<Result<Vec<_>, _>>()?
		.into_iter();
	let first = batches.next().unwrap_or_default();
	Ok((first, batches.collect()))
}

/// Splits wraps into batches. With `apart`, each batch is for one recipient.
pub(super) fn wrap_batches(
	wraps: Vec<RecordWrap<Account>>,
	apart: bool,
) -> Result<Vec<RecordWraps<Account>>, Error> {
	let mut groups = BTreeMap::<_, Vec<_>>::new();
	for wrap in wraps {
		let recipient = apart.then(|| wrap.recipient.clone());
		groups.entry(recipient).or_default().push(wrap);
	}
	groups
		.values()
		.flat_map(|wraps| wraps.chunks(MAX_WRAPS as usize))
		.map(|batch| bounded(batch.to_vec()))
		.collect()
}

/// Returns every live version of the patient's records in direct mode. Guarded ones take no
/// further wraps.
pub(super) async fn targets(view: View<'_>, patient: &Account) -> Result<Vec<Target>, RpcError> {
	let mut targets = Vec::new();
	for details in view.records_of(patient).await? {
		let RecordEntry::Live(entry) = details.entry else {
			continue;
		};
		let direct = details.versions.iter().filter(|version| version.sealed_to.is_none());
		targets.extend(direct.map(|version| Target {
			record: details.id,
			version: version.version,
			category: entry.category,
			author: version.info.author,
			organisation: version.info.organisation,
		}));
	}
	Ok(targets)
}

impl Client {
	/// Returns the wraps that go with a grant: for the direct versions that it covers now. While
	/// finality stalls, reads the last final block, because an unproved answer must not give anyone
	/// a key.
	pub(crate) fn wraps_under<'a>(
		&'a self,
		patient: &'a Signer,
		grant: &'a Grant<Account>,
		clock: Moment,
		progress: &'a dyn Progress,
	) -> BoxFuture<'a, Result<Vec<RecordWrap<Account>>, Error>> {
		Box::pin(async move {
			let Some(recipient) = grant.terms.grantee.recipient() else {
				return Ok(Vec::new());
			};
			// A grantee whose capacity is not live gets the keys when it is live again, by
			// `sync_keys`.
			let view = self.proven();
			let mut directory = Directory::new(view);
			let account = patient.account();
			let holder = directory.holder(&recipient);
			let consent = view.consent_of(&account);
			let (holder, consent, mut targets) =
				tokio::try_join!(holder, consent, targets(view, &account))?;
			if !holder.is_justified_by(grant, clock) {
				return Ok(Vec::new());
			}
			let denials = consent.denials;
			targets
				.retain(|target| may_hold(&holder, target, [grant].into_iter(), &denials, clock));
			if targets.is_empty() {
				// Hospitals release the keys of guarded records, so the reader needs no published
				// key.
				return Ok(Vec::new());
			}
			let key = self.recipient_key(&recipient).await?;
			let wanted =
				targets.into_iter().map(|target| (target, recipient.clone(), key)).collect();
			self.missing_wraps(patient, wanted, progress).await
		})
	}

	/// Returns the key of a recipient for whom something is to be wrapped.
	pub(crate) async fn recipient_key(
		&self,
		recipient: &Recipient<Account>,
	) -> Result<KeyAgreementKey, Error> {
		let key = self.proven().key(recipient).await?;
		key.ok_or_else(|| Error::NoRecipientKey(recipient.clone()))
	}

	/// Wraps keys for recipients that have none for their current key. A version whose key the
	/// patient cannot open is left out, after a warning.
	pub(super) async fn missing_wraps(
		&self,
		patient: &Signer,
		wanted: Vec<(Target, Recipient<Account>, KeyAgreementKey)>,
		progress: &dyn Progress,
	) -> Result<Vec<RecordWrap<Account>>, Error> {
		progress.begin(Step::Wrapping, wanted.len() as u64);
		let own = Recipient::Account(patient.account());
		let warned = Mutex::new(BTreeSet::new());
		let wraps = stream::iter(wanted)
			.map(|(target, recipient, key)| {
				let (own, warned) = (&own, &warned);
				async move {
					let Target { record, version, .. } = target;
					let there = if recipient == *own {
						true
					} else {
						let wrap = self.proven().wrap(record, version, &recipient).await?;
						wrap.is_some_and(|wrap| wrap.key_version == key.version)
					};
					let wrap = if there {
						None
					} else {
						match self.own_key(patient, record, version).await {
							Ok(dek) => {
								let wrap = self.wrap_key(record, version, &dek, &key)?;
								Some(RecordWrap { record, version, recipient, wrap })
							}
							Err(error) if is_of_one_version(&error) => {
								let mut warned =
									warned.lock().unwrap_or_else(PoisonError::into_inner);
								if warned.insert((record, version)) {
									progress.cannot_wrap(record, version, &error);
								}
								None
							}
							Err(error) => return Err(error),
						}
					};
					progress.advance(1);
					Ok::<_, Error>(wrap)
				}
			})
			.buffered(READS)
			.try_filter_map(|wrap| async move { Ok(wrap) })
			.try_collect()
			.await?;
		progress.end();
		Ok(wraps)
	}

	/// Returns the wraps that a change of consent removes, and those in its scope that others than
	/// the patient keep.
	pub(super) async fn keys_of(
		&self,
		patient: &Signer,
		change: &Change<'_>,
		progress: &dyn Progress,
	) -> Result<(Vec<WrapKey<Account>>, Vec<RemainingKey>), Error> {
		let own = Recipient::Account(patient.account());
		let targets: Vec<Target> = targets(self.now(), &patient.account())
			.await?
			.into_iter()
			.filter(|target| change.covers(target))
			.collect();
		progress.begin(Step::Wrapping, targets.len() as u64);
		let wraps: Vec<(Target, Vec<Recipient<Account>>)> = stream::iter(targets)
			.map(|target| async move {
				let wraps = self.now().wraps(target.record, target.version).await?;
				progress.advance(1);
				let recipients = wraps.into_iter().map(|(recipient, _)| recipient).collect();
				Ok::<_, RpcError>((target, recipients))
			})
			.buffered(READS)
			.try_collect()
			.await?;
		progress.end();
		let mut directory = Directory::new(self.now());
		let (mut keys, mut remaining) = (Vec::new(), Vec::new());
		for (target, recipients) in wraps {
			for recipient in recipients {
				if recipient == own {
					continue;
				}
				let holder = directory.holder(&recipient).await?;
				let Target { record, version, .. } = target;
				let is_taken = change.takes(&holder, &target);
				let permitted = change.permits(&holder, &target);
				if is_taken {
					keys.push(WrapKey { record, version, recipient });
				} else {
					remaining.push(RemainingKey { record, version, recipient, permitted });
				}
			}
		}
		Ok((keys, remaining))
	}
}

/// Returns whether the patient's wrap of one version does not open, which must not keep the patient
/// from giving others their keys: its author could have made it so.
fn is_of_one_version(error: &Error) -> bool {
	matches!(error, Error::ForeignWrap { .. } | Error::OtherKey(_))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn one_wrap_that_does_not_open_stops_no_grant() {
		let (record, version) = (RecordId([1; 32]), 1);
		assert!(is_of_one_version(&Error::ForeignWrap { record, version }));
		// A recovered patient lacks the secret of older wraps.
		assert!(is_of_one_version(&Error::OtherKey(Account::from([2; 32]))));
		assert!(!is_of_one_version(&Error::ForeignBlock("bafk".into())));
	}
}
