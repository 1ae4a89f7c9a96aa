//! Consent as the patient's client handles it: grants together with the keys that go with them.
//!
//! For a guarded record the permission is enough: hospitals release its key. In direct mode a
//! permission alone opens nothing: the record's key must also be wrapped for the reader. A grant
//! therefore carries wraps for all direct versions that it covers now; what is added later is
//! wrapped by its author; [`Client::sync_keys`] fills what is missing. What is taken back stops at
//! once by decision, and its wraps are removed.

use std::collections::{BTreeMap, HashMap};

use futures::{stream, StreamExt, TryStreamExt};
use salus_primitives::*;
use serde::Serialize;

use crate::{
	chain::calls,
	chain::rpc::RpcError,
	chain::submit::{Follow, Included},
	error::Missing,
	progress::{Progress, Step},
	words, Account, Client, Error, Signer,
};

/// How many reads are under way at once.
const READS: usize = 8;

/// The chain's answer was no.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
	/// What was asked.
	pub question: Question<Account>,
	/// The answer with every rule that was considered.
	pub explanation: Explanation,
	/// The reader's own emergency case that opens the record now, if it is asked for under it.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub case: Option<CaseId>,
	/// The grants that cover it for these purposes, and not for the one that was asked for.
	#[serde(skip_serializing_if = "Vec::is_empty")]
	pub other_purposes: Vec<(GrantId, Vec<Purpose>)>,
}

impl Refusal {
	/// Whether the record was withdrawn.
	pub(crate) fn is_of_withdrawn(&self) -> bool {
		self.explanation.decision == Decision::Deny(DenyReason::RecordWithdrawn)
	}
}

impl std::fmt::Display for Refusal {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		let Decision::Deny(reason) = self.explanation.decision else {
			return f.write_str("refused");
		};
		write!(
			f,
			"refused: {}; record {}, purpose {}",
			words::deny_reason(&reason),
			words::record(&self.question.record),
			words::purpose(self.question.purpose)
		)?;
		for (grant, purposes) in &self.other_purposes {
			let purposes: Vec<_> = purposes.iter().map(|of| format!("{of:?}")).collect();
			write!(
				f,
				"; grant {grant} covers it for {}, not for {:?}",
				purposes.join(", "),
				self.question.purpose
			)?;
		}
		match self.case {
			Some(case) => {
				write!(f, "; your emergency case {case} opens it: ask with --purpose BTG")
			}
			None => Ok(()),
		}
	}
}

impl std::error::Error for Refusal {}

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

/// A live version of one of the patient's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Target {
	record: RecordId,
	version: Version,
	category: Category,
	author: Account,
	/// For which organisation they wrote it.
	organisation: OrganisationId,
}

impl Target {
	fn is_in(&self, scope: &Scope) -> bool {
		scope.covers(self.category, Some(&self.record), Some(self.version))
	}

	/// Whether the holder got the key as the author, in a capacity that the grantee means. Authors keep it wherever they go.
	fn was_written_as(&self, holder: &KeyHolder<Account>, grantee: &Grantee<Account>) -> bool {
		let KeyHolder::Account(party) = holder else {
			return false;
		};
		*party.account == self.author
			&& match grantee {
				// Those who write. In which role this author did is not kept.
				Grantee::Role { role, organisation } => {
					matches!(role, Role::Practitioner | Role::RecordsAdmin | Role::Device)
						&& organisation.is_none_or(|of| of == self.organisation)
				}
				Grantee::Account(account) | Grantee::Person(account) => *account == self.author,
				Grantee::Member { account, organisation, .. } => {
					*account == self.author && *organisation == self.organisation
				}
				Grantee::Organisation(of) | Grantee::CareTeam(of) => *of == self.organisation,
			}
	}
}

/// What the chain knows of accounts and organisations, each read once.
struct Directory<'a> {
	client: &'a Client,
	members: HashMap<[u8; 32], Vec<MemberInfo>>,
	organisations: HashMap<OrganisationId, bool>,
}

impl<'a> Directory<'a> {
	fn new(client: &'a Client) -> Self {
		Self { client, members: HashMap::new(), organisations: HashMap::new() }
	}

	/// Someone for whom keys are wrapped, as grants and denials are compared with them.
	async fn holder<'b>(
		&'b mut self,
		recipient: &'b Recipient<Account>,
	) -> Result<KeyHolder<'b, Account>, RpcError> {
		Ok(match recipient {
			Recipient::Account(account) => {
				if !self.members.contains_key(&account.0) {
					let memberships = self.client.now().memberships(account).await?;
					self.members.insert(account.0, memberships);
				}
				let memberships = self.members.get(&account.0).map(Vec::as_slice);
				KeyHolder::Account(Party { account, memberships: memberships.unwrap_or_default() })
			}
			Recipient::Organisation(organisation) => {
				let active = match self.organisations.get(organisation) {
					Some(active) => *active,
					None => {
						let info = self.client.now().organisation(*organisation).await?;
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

/// Whether consent lets someone hold the key of a version now.
fn may_hold<'b>(
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

/// What ends, and what stands after that.
struct Change<'b> {
	ended: Vec<(Grantee<Account>, Scope)>,
	/// Whether what ends is denied from now on, so that nothing lets those keep their keys whom the denial means.
	denied: bool,
	grants: Vec<&'b Grant<Account>>,
	denials: Vec<(DenialId, Denial<Account>)>,
	clock: Moment,
}

impl Change<'_> {
	fn covers(&self, target: &Target) -> bool {
		self.ended.iter().any(|(_, scope)| target.is_in(scope))
	}

	/// Whether other consent lets someone have the key of a version.
	fn permits(&self, holder: &KeyHolder<Account>, target: &Target) -> bool {
		let grants = self.grants.iter().copied();
		may_hold(holder, target, grants, &self.denials, self.clock)
	}

	/// Whether it takes a key back: from holders whom it concerns, of what it covers, unless something else lets them keep it.
	///
	/// An author is concerned in the capacity in which they wrote, too: today's memberships do not tell that one any more.
	fn takes(&self, holder: &KeyHolder<Account>, target: &Target) -> bool {
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

/// The first batch and the others.
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

impl Client {
	/// Asks the decision, and gives the refusal if it is one.
	pub async fn ask(&self, question: &Question<Account>) -> Result<Basis, Error> {
		if let Decision::Permit(basis) = self.now().decide(question).await? {
			return Ok(basis);
		}
		let explanation = self.now().explain(question).await?;
		match explanation.decision {
			// It changed between the two questions.
			Decision::Permit(basis) => Ok(basis),
			Decision::Deny(DenyReason::UnknownRecord) => {
				Err(Error::NotFound(Missing::Record(question.record)))
			}
			Decision::Deny(DenyReason::UnknownVersion) => Err(Error::NotFound(Missing::Version(
				question.record,
				question.version.unwrap_or_default(),
			))),
			Decision::Deny(DenyReason::RecordErased) => Err(Error::Erased(question.record)),
			Decision::Deny(_) => Err(self.refusal(question.clone(), explanation).await.into()),
		}
	}

	/// A refusal, with the grants that would cover it for another purpose. It stands without those.
	pub(crate) async fn refusal(
		&self,
		question: Question<Account>,
		explanation: Explanation,
	) -> Box<Refusal> {
		let other_purposes = self.other_purposes(&question, &explanation).await;
		Box::new(Refusal {
			question,
			explanation,
			case: None,
			other_purposes: other_purposes.unwrap_or_default(),
		})
	}

	/// The grants that fail by their purpose alone, with the purposes for which they cover the question.
	async fn other_purposes(
		&self,
		question: &Question<Account>,
		explanation: &Explanation,
	) -> Result<Vec<(GrantId, Vec<Purpose>)>, RpcError> {
		let failing: Vec<_> = explanation
			.considered
			.iter()
			.filter_map(|considered| match (considered.rule, considered.finding) {
				(Rule::Grant(id), Finding::OtherPurpose) => Some(id),
				_ => None,
			})
			.collect();
		if failing.is_empty() {
			return Ok(Vec::new());
		}
		let mut covering: BTreeMap<GrantId, Vec<Purpose>> = BTreeMap::new();
		for purpose in Purpose::ALL {
			// A grant permits nothing for the glass.
			if purpose == question.purpose || purpose == Purpose::BTG {
				continue;
			}
			let other = Question { purpose, ..question.clone() };
			let explained = self.now().explain(&other).await?;
			if !explained.decision.is_permit() {
				continue;
			}
			for considered in explained.considered {
				match (considered.rule, considered.finding) {
					(Rule::Grant(id), Finding::Applies) if failing.contains(&id) => {
						covering.entry(id).or_default().push(purpose);
					}
					_ => {}
				}
			}
		}
		Ok(covering.into_iter().collect())
	}

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

	/// The wraps that go with a grant: for the direct versions that it covers now.
	pub(crate) async fn wraps_under(
		&self,
		patient: &Signer,
		grant: &Grant<Account>,
		clock: Moment,
		progress: &dyn Progress,
	) -> Result<Vec<RecordWrap<Account>>, Error> {
		let Some(recipient) = grant.terms.grantee.recipient() else {
			return Ok(Vec::new());
		};
		// Someone whose capacity rests gets their keys when it counts again, by `sync_keys`.
		let mut directory = Directory::new(self);
		let holder = directory.holder(&recipient).await?;
		if !holder.is_justified_by(grant, clock) {
			return Ok(Vec::new());
		}
		let denials = self.now().consent_of(&patient.account()).await?.denials;
		let mut targets = self.targets(&patient.account()).await?;
		targets.retain(|target| may_hold(&holder, target, [grant].into_iter(), &denials, clock));
		if targets.is_empty() {
			// Hospitals release the keys of guarded records: the reader needs no published key.
			return Ok(Vec::new());
		}
		let key = self.recipient_key(&recipient).await?;
		let wanted = targets.into_iter().map(|target| (target, recipient.clone(), key)).collect();
		self.missing_wraps(patient, wanted, progress).await
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

	/// The key of someone for whom something is to be wrapped.
	pub(crate) async fn recipient_key(
		&self,
		recipient: &Recipient<Account>,
	) -> Result<KeyAgreementKey, Error> {
		let key = self.now().key(recipient).await?;
		key.ok_or_else(|| Error::NoRecipientKey(recipient.clone()))
	}

	/// Every live version of the patient's records in direct mode. A guarded one takes no further wraps.
	async fn targets(&self, patient: &Account) -> Result<Vec<Target>, Error> {
		let mut targets = Vec::new();
		for details in self.now().records_of(patient).await? {
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

	/// Wraps keys for those who do not have them for their present key.
	async fn missing_wraps(
		&self,
		patient: &Signer,
		wanted: Vec<(Target, Recipient<Account>, KeyAgreementKey)>,
		progress: &dyn Progress,
	) -> Result<Vec<RecordWrap<Account>>, Error> {
		progress.begin(Step::Wrapping, wanted.len() as u64);
		let own = Recipient::Account(patient.account());
		let wraps = stream::iter(wanted)
			.map(|(target, recipient, key)| {
				let own = &own;
				async move {
					let Target { record, version, .. } = target;
					let there = if recipient == *own {
						true
					} else {
						let wrap = self.now().wrap(record, version, &recipient).await?;
						wrap.is_some_and(|wrap| wrap.key_version == key.version)
					};
					let wrap = if there {
						None
					} else {
						let dek = self.own_key(patient, record, version).await?;
						let wrap = self.wrap_key(record, version, &dek, &key)?;
						Some(RecordWrap { record, version, recipient, wrap })
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

	/// The wraps that a change of consent takes back, and those of what it covers that others than the patient keep.
	async fn keys_of(
		&self,
		patient: &Signer,
		change: &Change<'_>,
		progress: &dyn Progress,
	) -> Result<(Vec<WrapKey<Account>>, Vec<RemainingKey>), Error> {
		let own = Recipient::Account(patient.account());
		let targets: Vec<Target> = self
			.targets(&patient.account())
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
		let mut directory = Directory::new(self);
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

#[cfg(test)]
mod tests {
	use super::*;

	const CLOCK: Moment = 1_000;
	const HOSPITAL: OrganisationId = 1;

	fn account(byte: u8) -> Account {
		Account::from([byte; 32])
	}

	fn grant(grantee: Grantee<Account>) -> Grant<Account> {
		Grant {
			terms: GrantTerms {
				grantee,
				scope: Scope::Everything,
				purposes: vec![Purpose::TREAT].try_into().unwrap(),
				actions: vec![Action::Read].try_into().unwrap(),
				from: None,
				until: None,
				uses: None,
				condition: None,
			},
			given: 10,
			used: 0,
			via: None,
		}
	}

	fn held(role: Role, organisation: Option<OrganisationId>, since: Moment) -> MemberInfo {
		MemberInfo {
			role,
			member: Member {
				organisation,
				status: MemberStatus::Active,
				credential: [0; 32],
				expires: None,
				since,
				specialty: None,
			},
			live: true,
		}
	}

	fn target() -> Target {
		Target {
			record: RecordId([1; 32]),
			version: 2,
			category: Category::Imaging,
			author: account(3),
			organisation: HOSPITAL,
		}
	}

	/// Whether a change takes the key of a version from someone.
	fn is_taken_back(
		holder: &KeyHolder<Account>,
		ended: Grantee<Account>,
		denied: bool,
		others: &[Grant<Account>],
	) -> bool {
		let scope = Scope::Everything;
		let mut denials = Vec::new();
		if denied {
			let denial = Denial { grantee: ended.clone(), scope: scope.clone(), given: CLOCK };
			denials.push((0, denial));
		}
		let change = Change {
			ended: vec![(ended, scope)],
			denied,
			grants: others.iter().collect(),
			denials,
			clock: CLOCK,
		};
		change.takes(holder, &target())
	}

	/// Whether a grant to someone's account, taken back while `others` stand, takes their key with it.
	fn is_removed(memberships: &[MemberInfo], others: &[Grant<Account>]) -> bool {
		let who = account(7);
		let holder = KeyHolder::Account(Party { account: &who, memberships });
		is_taken_back(&holder, Grantee::Account(who), false, others)
	}

	/// What was wrong: whoever was enrolled by the hospital counted as one of those whom its grant means, and kept the key.
	#[test]
	fn a_revoked_grant_takes_the_key_of_a_patient_of_the_hospital_and_not_that_of_its_doctor() {
		for team in [Grantee::Organisation(HOSPITAL), Grantee::CareTeam(HOSPITAL)] {
			let first = [grant(team)];
			let patient = [held(Role::Patient, Some(HOSPITAL), 0)];
			assert!(is_removed(&patient, &first), "the key would stay");
			let doctor = [held(Role::Practitioner, Some(HOSPITAL), 0)];
			assert!(!is_removed(&doctor, &first));
			assert!(is_removed(&doctor, &[]));
			for role in [Role::Device, Role::StorageNode] {
				assert!(is_removed(&[held(role, Some(HOSPITAL), 0)], &first));
			}
			let mut suspended = held(Role::Practitioner, Some(HOSPITAL), 0);
			suspended.live = false;
			assert!(is_removed(&[suspended], &first));
		}
	}

	#[test]
	fn another_grant_leaves_a_key_only_if_it_justifies_one_now() {
		let doctor = [held(Role::Practitioner, Some(HOSPITAL), 0)];
		let leaves = |change: fn(&mut Grant<Account>)| {
			let mut other = grant(Grantee::Account(account(7)));
			change(&mut other);
			!is_removed(&doctor, &[other])
		};
		assert!(leaves(|_| ()));
		assert!(!leaves(|other| other.terms.uses = Some(3)));
		assert!(!leaves(|other| other.terms.until = Some(CLOCK)));
		assert!(!leaves(|other| other.terms.from = Some(CLOCK + 1)));
		assert!(!leaves(|other| other.terms.condition = Some(Expression::default())));
		assert!(!leaves(|other| { other.terms.scope = Scope::Record(RecordId([2; 32])) }));
		assert!(!leaves(|other| other.via = Some(Via { parent: 0, sharer: account(3) })));
		// The capacity that it names has ended.
		let other = grant(Grantee::Account(account(7)));
		let elsewhere = [held(Role::Practitioner, Some(2), 11)];
		assert!(is_removed(&elsewhere, &[other]));
	}

	#[test]
	fn a_denial_takes_the_keys_of_all_whom_it_bars_and_no_others() {
		// Nothing lets those keep their keys whom it means.
		let others = [grant(Grantee::Person(account(7)))];
		let is_removed = |grantee: Grantee<Account>, holder: &KeyHolder<Account>| {
			is_taken_back(holder, grantee, true, &others)
		};
		let who = account(7);
		let memberships = [held(Role::Practitioner, Some(HOSPITAL), 0)];
		let doctor = KeyHolder::Account(Party { account: &who, memberships: &memberships });
		let hospital = KeyHolder::Organisation { organisation: HOSPITAL, active: false };
		assert!(is_removed(Grantee::Person(who), &doctor));
		assert!(is_removed(Grantee::Organisation(HOSPITAL), &doctor));
		assert!(!is_removed(Grantee::Organisation(2), &doctor));
		assert!(!is_removed(Grantee::Person(account(8)), &doctor));
		assert!(is_removed(Grantee::Organisation(HOSPITAL), &hospital));
		assert!(!is_removed(Grantee::Person(who), &hospital));
	}

	/// The author wrote for the hospital, and has moved to another one since.
	#[test]
	fn an_author_who_moved_loses_the_key_with_the_capacity_in_which_they_wrote() {
		let moved = [held(Role::Practitioner, Some(2), 11)];
		let author = account(3);
		let holder = |account| KeyHolder::Account(Party { account, memberships: &moved });
		let (stranger, there) = (account(8), grant(Grantee::CareTeam(2)));
		let all = |organisation| {
			[
				Grantee::Organisation(organisation),
				Grantee::CareTeam(organisation),
				Grantee::Role { role: Role::Practitioner, organisation: Some(organisation) },
			]
		};
		for denied in [false, true] {
			for ended in all(HOSPITAL) {
				let taken = |account, others: &[_]| {
					is_taken_back(&holder(account), ended.clone(), denied, others)
				};
				assert!(taken(&author, &[]), "the key would stay: {ended:?}");
				assert!(!taken(&stranger, &[]), "{ended:?}");
				// A grant to where they are now lets them have it.
				assert!(!taken(&author, std::slice::from_ref(&there)), "{ended:?}");
			}
			for ended in all(3) {
				assert!(!is_taken_back(&holder(&author), ended, denied, &[]));
			}
		}
		let writers = Grantee::Role { role: Role::Auditor, organisation: None };
		assert!(!is_taken_back(&holder(&author), writers, false, &[]));
	}

	#[test]
	fn many_keys_go_into_several_transactions() {
		for (count, first, others) in [(0, 0, 0), (1, 1, 0), (64, 64, 0), (65, 64, 1), (200, 64, 3)]
		{
			let (head, tail) = batches((0..count).collect::<Vec<u32>>()).unwrap();
			assert_eq!((head.len(), tail.len()), (first, others));
			let all: usize = head.len() + tail.iter().map(|batch| batch.len()).sum::<usize>();
			assert_eq!(all as u32, count);
		}
	}

	#[test]
	fn a_refusal_says_why() {
		let question = Question {
			reader: Account::from([1; 32]),
			record: RecordId([2; 32]),
			version: None,
			purpose: Purpose::TREAT,
			action: Action::Read,
		};
		let explanation =
			Explanation { decision: Decision::Deny(DenyReason::NoGrant), considered: vec![] };
		let mut refusal = Refusal { question, explanation, case: None, other_purposes: vec![] };
		let text = refusal.to_string();
		assert!(!text.contains("BTG"), "{text}");
		refusal.case = Some(7);
		let hint = "your emergency case 7 opens it: ask with --purpose BTG";
		assert!(refusal.to_string().ends_with(hint), "{refusal}");
		assert!(text.starts_with("refused: "), "{text}");
		assert!(text.contains("TREAT") && text.contains("0x0202"), "{text}");
		refusal.case = None;
		refusal.question.purpose = Purpose::HPAYMT;
		refusal.other_purposes = vec![(4, vec![Purpose::TREAT, Purpose::HOPERAT])];
		let hint = "; grant 4 covers it for TREAT, HOPERAT, not for HPAYMT";
		assert!(refusal.to_string().ends_with(hint), "{refusal}");
	}
}
