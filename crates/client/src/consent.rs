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
	calls,
	error::Missing,
	progress::{Progress, Step},
	rpc::RpcError,
	submit::{Follow, Included},
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
}

impl std::fmt::Display for Refusal {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		let Decision::Deny(reason) = self.explanation.decision else {
			return f.write_str("refused");
		};
		write!(
			f,
			"refused: {} (record {}, purpose {:?})",
			words::deny_reason(&reason),
			self.question.record,
			self.question.purpose
		)?;
		match self.case {
			Some(case) => write!(
				f,
				"; your emergency case {case} opens it: ask with --purpose BTG"
			),
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TakenBack {
	/// Number of the grant that was taken back, or of the denial that was given.
	pub id: u32,
	/// How many wrapped keys were removed.
	pub removed: usize,
	/// The transaction that did it.
	pub included: Included,
}

/// A live version of one of the patient's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Target {
	record: RecordId,
	version: Version,
	category: Category,
	author: Account,
}

impl Target {
	fn is_in(&self, scope: &Scope) -> bool {
		match scope {
			Scope::Everything => true,
			Scope::Categories(categories) => categories.contains(&self.category),
			Scope::Record(record) => *record == self.record,
			Scope::Version { record, version } => {
				(*record, *version) == (self.record, self.version)
			}
		}
	}
}

/// The memberships of accounts, each read once.
struct Directory<'a> {
	client: &'a Client,
	known: HashMap<[u8; 32], Vec<MemberInfo>>,
}

impl<'a> Directory<'a> {
	fn new(client: &'a Client) -> Self {
		Self {
			client,
			known: HashMap::new(),
		}
	}

	/// Whether a grantee takes in a recipient. With `live`, only memberships that count now do.
	async fn takes_in(
		&mut self,
		grantee: &Grantee<Account>,
		recipient: &Recipient<Account>,
		live: bool,
	) -> Result<bool, RpcError> {
		let account = match (grantee, recipient) {
			(Grantee::Account(a), Recipient::Account(b)) => return Ok(a == b),
			(Grantee::Account(_), Recipient::Organisation(_)) => return Ok(false),
			(Grantee::Organisation(a), Recipient::Organisation(b)) => return Ok(a == b),
			// The records admins hold the organisation's key.
			(
				Grantee::Role {
					role,
					organisation: of,
				},
				Recipient::Organisation(organisation),
			) => return Ok(*role == Role::RecordsAdmin && of.is_none_or(|of| of == *organisation)),
			(_, Recipient::Account(account)) => account,
		};
		if !self.known.contains_key(&account.0) {
			let memberships = self.client.now().memberships(account).await?;
			self.known.insert(account.0, memberships);
		}
		let memberships = self
			.known
			.get(&account.0)
			.map(Vec::as_slice)
			.unwrap_or_default();
		Ok(memberships.iter().any(|info| {
			(info.live || !live)
				&& match grantee {
					Grantee::Account(_) => false,
					Grantee::Organisation(of) => info.member.organisation == Some(*of),
					Grantee::Role {
						role,
						organisation: of,
					} => info.role == *role && (of.is_none() || info.member.organisation == *of),
				}
		}))
	}
}

/// Whether a grant permits reading at this moment, whatever the circumstances.
///
/// A wrap opens any number of times and in any context: a grant with a number of uses or a condition justifies none. It
/// takes effect on guarded records.
fn reads_at(grant: &Grant<Account>, clock: Moment) -> bool {
	let terms = &grant.terms;
	terms.actions.contains(&Action::Read)
		&& terms.from.is_none_or(|from| from <= clock)
		&& terms.until.is_none_or(|until| clock < until)
		&& terms.uses.is_none()
		&& terms.condition.is_none()
}

/// To whom a key can be wrapped under a grantee. A role has no key.
fn recipient_of(grantee: &Grantee<Account>) -> Option<Recipient<Account>> {
	match grantee {
		Grantee::Account(account) => Some(Recipient::Account(*account)),
		Grantee::Organisation(organisation) => Some(Recipient::Organisation(*organisation)),
		Grantee::Role { .. } => None,
	}
}

fn bounded<T>(items: Vec<T>) -> Result<BoundedWraps<T>, Error> {
	items
		.try_into()
		.map_err(|_| Error::Terms("too many keys for one transaction"))
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
			Decision::Deny(_) => Err(Box::new(Refusal {
				question: question.clone(),
				explanation,
				case: None,
			})
			.into()),
		}
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
			return Err(Error::Terms(
				"the grant would be over already; name a later end",
			));
		}
		let grant = Grant {
			terms: terms.clone(),
			given: clock,
			used: 0,
			via: None,
		};
		let wraps = self.wraps_under(patient, &grant, clock, progress).await?;
		let wrapped = wraps.len();
		let (first, others) = batches(wraps)?;
		let included = self
			.submit(patient, &calls::consent::grant(terms, &first))
			.await?;
		for batch in others {
			self.submit(patient, &calls::records::add_wraps(&batch))
				.await?;
		}
		let consent = self
			.at(included.block_hash)
			.consent_of(&patient.account())
			.await?;
		let grant = consent
			.grants
			.iter()
			.filter(|(_, grant)| grant.terms.grantee == terms.grantee)
			.map(|(id, _)| *id)
			.max()
			.unwrap_or_default();
		Ok(Granted {
			grant,
			wrapped,
			included,
		})
	}

	/// The wraps that go with a grant: for the direct versions that it covers now.
	pub(crate) async fn wraps_under(
		&self,
		patient: &Signer,
		grant: &Grant<Account>,
		clock: Moment,
		progress: &dyn Progress,
	) -> Result<Vec<RecordWrap<Account>>, Error> {
		let (Some(recipient), true) = (recipient_of(&grant.terms.grantee), reads_at(grant, clock))
		else {
			return Ok(Vec::new());
		};
		let mut targets = self.targets(&patient.account()).await?;
		targets.retain(|target| target.is_in(&grant.terms.scope));
		if targets.is_empty() {
			// Hospitals release the keys of guarded records: the reader needs no published key.
			return Ok(Vec::new());
		}
		let key = self.recipient_key(&recipient).await?;
		let wanted = targets
			.into_iter()
			.map(|target| (target, recipient.clone(), key))
			.collect();
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
		let (mut others, mut revoked) = (Vec::new(), None);
		for (id, other) in consent.grants {
			if id == grant {
				revoked = Some(other);
			} else if reads_at(&other, clock) {
				others.push(other);
			}
		}
		let revoked = revoked.ok_or(Error::NotFound(Missing::Grant(grant)))?.terms;
		let keys = self
			.keys_of(patient, &revoked.grantee, &revoked.scope, &others, progress)
			.await?;
		let removed = keys.len();
		let (first, rest) = batches(keys)?;
		let included = self
			.submit(patient, &calls::consent::revoke(grant, &first))
			.await?;
		for batch in rest {
			self.submit(patient, &calls::records::remove_wraps(&batch))
				.await?;
		}
		Ok(TakenBack {
			id: grant,
			removed,
			included,
		})
	}

	/// Denies something explicitly, whatever is granted, and removes the keys that stand against it.
	pub async fn deny(
		&self,
		patient: &Signer,
		grantee: &Grantee<Account>,
		scope: &Scope,
		progress: &dyn Progress,
	) -> Result<TakenBack, Error> {
		let keys = self.keys_of(patient, grantee, scope, &[], progress).await?;
		let removed = keys.len();
		let (first, rest) = batches(keys)?;
		let call = calls::consent::deny(grantee, scope, &first);
		let included = self.submit(patient, &call).await?;
		for batch in rest {
			self.submit(patient, &calls::records::remove_wraps(&batch))
				.await?;
		}
		let consent = self
			.at(included.block_hash)
			.consent_of(&patient.account())
			.await?;
		let id = consent
			.denials
			.iter()
			.filter(|(_, denial)| denial.grantee == *grantee)
			.map(|(id, _)| *id)
			.max()
			.unwrap_or_default();
		Ok(TakenBack {
			id,
			removed,
			included,
		})
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
			let mut recipients = Vec::new();
			for (_, grant) in &consent.grants {
				if !reads_at(grant, clock) || !target.is_in(&grant.terms.scope) {
					continue;
				}
				// An author reads as a member of their organisation, and does not hold its key.
				let author = Recipient::Account(target.author);
				let reads = directory
					.takes_in(&grant.terms.grantee, &author, true)
					.await?;
				let of_grant = recipient_of(&grant.terms.grantee);
				for recipient in of_grant.into_iter().chain(reads.then_some(author)) {
					if recipients.contains(&recipient) {
						continue;
					}
					let mut is_denied = false;
					for (_, denial) in &consent.denials {
						is_denied |= target.is_in(&denial.scope)
							&& directory
								.takes_in(&denial.grantee, &recipient, false)
								.await?;
					}
					if !is_denied {
						recipients.push(recipient);
					}
				}
			}
			for recipient in recipients {
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
			let direct = details
				.versions
				.iter()
				.filter(|version| version.sealed_to.is_none());
			targets.extend(direct.map(|version| Target {
				record: details.id,
				version: version.version,
				category: entry.category,
				author: version.info.author,
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
					let Target {
						record, version, ..
					} = target;
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
						Some(RecordWrap {
							record,
							version,
							recipient,
							wrap,
						})
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

	/// The wraps in a scope that a grantee has, but for the patient's own and those that other grants allow.
	async fn keys_of(
		&self,
		patient: &Signer,
		grantee: &Grantee<Account>,
		scope: &Scope,
		others: &[Grant<Account>],
		progress: &dyn Progress,
	) -> Result<Vec<WrapKey<Account>>, Error> {
		let own = Recipient::Account(patient.account());
		let targets: Vec<Target> = self
			.targets(&patient.account())
			.await?
			.into_iter()
			.filter(|target| target.is_in(scope))
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
		let mut keys = Vec::new();
		for (target, recipients) in wraps {
			for recipient in recipients {
				if recipient == own || !directory.takes_in(grantee, &recipient, false).await? {
					continue;
				}
				let mut stays = false;
				for other in others {
					stays |= target.is_in(&other.terms.scope)
						&& directory
							.takes_in(&other.terms.grantee, &recipient, true)
							.await?;
				}
				if !stays {
					let Target {
						record, version, ..
					} = target;
					keys.push(WrapKey {
						record,
						version,
						recipient,
					});
				}
			}
		}
		Ok(keys)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn grant(actions: &[Action], from: Option<Moment>, until: Option<Moment>) -> Grant<Account> {
		Grant {
			terms: GrantTerms {
				grantee: Grantee::Organisation(1),
				scope: Scope::Everything,
				purposes: vec![Purpose::TREAT].try_into().unwrap(),
				actions: actions.to_vec().try_into().unwrap(),
				from,
				until,
				uses: None,
				condition: None,
			},
			given: 0,
			used: 0,
			via: None,
		}
	}

	#[test]
	fn a_grant_reads_in_its_time_alone() {
		let read = [Action::Read];
		assert!(reads_at(&grant(&read, None, None), 5));
		assert!(reads_at(&grant(&read, Some(5), Some(6)), 5));
		assert!(!reads_at(&grant(&read, Some(6), None), 5));
		assert!(!reads_at(&grant(&read, None, Some(5)), 5));
		assert!(!reads_at(
			&grant(&[Action::Write, Action::Share], None, None),
			5
		));
	}

	#[test]
	fn a_scope_covers_what_it_names() {
		let target = Target {
			record: RecordId([1; 32]),
			version: 2,
			category: Category::Imaging,
			author: Account::from([3; 32]),
		};
		let categories = |list: &[Category]| Scope::Categories(list.to_vec().try_into().unwrap());
		assert!(target.is_in(&Scope::Everything));
		assert!(target.is_in(&categories(&[Category::Laboratory, Category::Imaging])));
		assert!(!target.is_in(&categories(&[Category::Laboratory])));
		assert!(target.is_in(&Scope::Record(RecordId([1; 32]))));
		assert!(!target.is_in(&Scope::Record(RecordId([2; 32]))));
		assert!(target.is_in(&Scope::Version {
			record: RecordId([1; 32]),
			version: 2
		}));
		assert!(!target.is_in(&Scope::Version {
			record: RecordId([1; 32]),
			version: 1
		}));
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
		let explanation = Explanation {
			decision: Decision::Deny(DenyReason::NoGrant),
			considered: vec![],
		};
		let mut refusal = Refusal {
			question,
			explanation,
			case: None,
		};
		let text = refusal.to_string();
		assert!(!text.contains("BTG"), "{text}");
		refusal.case = Some(7);
		let hint = "your emergency case 7 opens it: ask with --purpose BTG";
		assert!(refusal.to_string().ends_with(hint), "{refusal}");
		assert!(text.starts_with("refused: "), "{text}");
		assert!(text.contains("TREAT") && text.contains("0x0202"), "{text}");
	}
}
