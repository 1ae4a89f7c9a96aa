//! Transactions: signed, handed over, and followed until their outcome is known.
//!
//! A transaction is never given up as long as it may still be included: when the node restarts
//! under it, the blocks since are searched for it and it is handed over again.
//!
//! A transaction is dated from the last final block, which no fork takes away, and dies some blocks
//! later. While finality stands, its life is as much longer as the best block is ahead ([`Date`]):
//! what a patient signs then comes into the next block, too.

use std::time::Duration;

use codec::DecodeAll;
use salus_primitives::{AnsweredBy, ConsentRequestId, GrantId, Hash32, LogEntry};
use serde::{Deserialize, Serialize};
use subxt::{
	client::OnlineClientAtBlock,
	config::{DefaultExtrinsicParamsBuilder, SubstrateConfig},
	error::DispatchError,
	events::Phase,
	rpcs::methods::legacy::{NumberOrHex, TransactionStatus},
	transactions::{TransactionInvalid, ValidationResult},
	utils::H256,
};
use tokio::time::{sleep, timeout_at, Instant};

use crate::{
	chain::calls::{self, Call},
	chain::refusal::{invalid_words, refusal, Refused},
	chain::rpc::{jittered, RpcError},
	Account, Client, Signer,
};

/// For how many blocks after the best one a transaction may be included, at least.
const LIFE: u64 = 64;

/// How many blocks a fork may take back, of those that the search for a transaction looks at.
const FORK: u64 = 64;

/// How many blocks' hashes a chain remembers that does not say so.
const REMEMBERED: u64 = 256;

/// From when to when a transaction may be included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Date {
	/// From the final block on, for so many blocks: a power of two.
	Mortal(u64),
	/// For ever: the final block is so far behind that the chain has forgotten its hash. Its number keeps the transaction
	/// from being included twice.
	Immortal,
}

impl Date {
	/// Of a transaction that is made now, on a chain that remembers the hashes of so many blocks.
	fn new(best: u64, finalized: u64, remembered: u64) -> Self {
		// Neither the best block nor the date may be forgotten while it lives.
		let period = best
			.saturating_sub(finalized)
			.saturating_add(LIFE + 1)
			.checked_next_power_of_two()
			.unwrap_or(u64::MAX)
			.max(2 * LIFE);
		if period <= remembered {
			Self::Mortal(period)
		} else {
			Self::Immortal
		}
	}
}

/// Why a transaction has to be made anew that was signed for the runtime before.
const UPGRADED: &str = "the chain has just been upgraded";

/// Why a node does not take a transaction that is valid at its best block.
const BEHIND: &str = "the node's pool of transactions is behind its chain";

/// How often a transaction is made anew with another number.
const ATTEMPTS: u32 = 8;

/// When a transaction counts as done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
	/// It is in a block. A fork may still drop it, and then it comes into a later one.
	Included,
	/// It is in a block that is final.
	Finalized,
}

/// How a transaction is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Follow {
	/// When it counts as done.
	pub until: Until,
	/// For how long it is followed.
	pub deadline: Duration,
}

impl Default for Follow {
	fn default() -> Self {
		Self { until: Until::Included, deadline: Duration::from_secs(120) }
	}
}

impl Follow {
	/// Until it is final.
	pub fn finalized() -> Self {
		Self { until: Until::Finalized, ..Self::default() }
	}
}

/// A transaction that was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Included {
	/// Hash of the block.
	#[serde(with = "crate::json::hex")]
	pub block_hash: Hash32,
	/// Number of the block.
	pub block: u64,
	/// Hash of the transaction.
	#[serde(with = "crate::json::hex")]
	pub transaction: Hash32,
	/// Whether the block was final when this was found out.
	pub finalized: bool,
}

/// An entry that a transaction wrote into a patient's access log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Logged {
	/// Whose log.
	pub patient: Account,
	/// The log's head after the entry, which names it.
	#[serde(with = "crate::json::hex")]
	pub head: Hash32,
	/// The entry.
	pub entry: LogEntry<Account>,
}

impl Logged {
	/// Reads the event: patient, index, head, entry.
	fn decode(mut fields: &[u8]) -> Option<Self> {
		let (patient, _, head, entry) =
			<(Account, u32, Hash32, LogEntry<Account>)>::decode_all(&mut fields).ok()?;
		Some(Self { patient, head, entry })
	}
}

/// What became of a request for consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answered {
	/// It was made.
	Requested(ConsentRequestId),
	/// It was approved.
	Approved {
		/// Which one.
		request: ConsentRequestId,
		/// The grant that it came to.
		grant: GrantId,
		/// By whom or what.
		by: AnsweredBy,
	},
	/// It was declined.
	Declined {
		/// Which one.
		request: ConsentRequestId,
		/// By whom or what.
		by: AnsweredBy,
	},
}

impl Answered {
	/// Reads an event of the pallet `consent`; none if it is about something else.
	fn decode(name: &str, mut fields: &[u8]) -> Result<Option<Self>, SubmitError> {
		type Requested = (Account, ConsentRequestId, Account);
		type Approved = (Account, ConsentRequestId, GrantId, AnsweredBy);
		type Declined = (Account, ConsentRequestId, Account, AnsweredBy);
		let unknown = |event| SubmitError::UnknownEvent { pallet: "Consent", event };
		Ok(Some(match name {
			"Requested" => {
				let (_, request, _) =
					Requested::decode_all(&mut fields).map_err(|_| unknown("Requested"))?;
				Self::Requested(request)
			}
			"Approved" => {
				let (_, request, grant, by) =
					Approved::decode_all(&mut fields).map_err(|_| unknown("Approved"))?;
				Self::Approved { request, grant, by }
			}
			"Declined" => {
				let (_, request, _, by) =
					Declined::decode_all(&mut fields).map_err(|_| unknown("Declined"))?;
				Self::Declined { request, by }
			}
			_ => return Ok(None),
		}))
	}
}

/// The chain's refusal of a call, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the chain refused it: {docs} ({pallet}.{error})")]
pub struct ChainError {
	/// The pallet that refused.
	pub pallet: String,
	/// The error's name.
	pub error: String,
	/// What it means and what to do.
	pub docs: String,
}

/// Why a transaction was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
	/// The node.
	#[error(transparent)]
	Rpc(#[from] RpcError),
	/// The chain carried it out as far as its refusal.
	#[error(transparent)]
	Chain(#[from] ChainError),
	/// The chain has no such call.
	#[error("the chain has no call {pallet}.{call}; chain and client are of different releases, update the older one")]
	UnknownCall {
		/// The pallet's name.
		pallet: &'static str,
		/// The call's name.
		call: &'static str,
	},
	/// The chain's event has another form.
	#[error("the chain's event {pallet}.{event} has another form than this client knows; chain and client are of different releases, update the older one")]
	UnknownEvent {
		/// The pallet's name.
		pallet: &'static str,
		/// The event's name.
		event: &'static str,
	},
	/// What someone encoded elsewhere is not a call of this chain.
	#[error("this is no call of this chain: encode it with the chain's own metadata, as polkadot.js apps do")]
	NoCall,
	/// There is no such motion, or not any more.
	#[error("the council has no open motion 0x{}: see `salus council list`", hex::encode(.0))]
	NoMotion(Hash32),
	/// The council votes on the same already, with fewer votes than it takes: carried out, it would fail.
	#[error("the council votes on the same already, as motion 0x{}, and {threshold} votes would decide it, where it takes {needed}: carried out with fewer, it fails. Vote against it (`salus council vote --no`), close it once it is rejected or its time is over (`salus council close`), and propose it again", hex::encode(.proposal))]
	WeakMotion {
		/// Hash of the motion.
		proposal: Hash32,
		/// How many votes it asks for.
		threshold: u32,
		/// How many it takes.
		needed: u32,
	},
	/// The seat has proposed the same, or voted on it, before.
	#[error("the council votes on the same already, as motion 0x{}, and this seat has voted {vote} it; it needs {threshold} votes (`salus council list`)", hex::encode(.proposal))]
	VotedBefore {
		/// Hash of the motion.
		proposal: Hash32,
		/// How the seat has voted.
		vote: &'static str,
		/// How many votes it needs.
		threshold: u32,
	},
	/// Only the council decides that.
	#[error("{0} holds no seat in the council, which alone decides this")]
	NoSeat(Account),
	/// The chain did not let it in.
	#[error("the chain does not take this transaction: {reason}")]
	Invalid {
		/// Why, and what to do.
		reason: String,
	},
	/// It is in a block, which is not final.
	#[error("the transaction 0x{} is in block {block}; waited {seconds} s for it to become final (finality stands at block {finalized}): too few hospitals vote (`salus status`). It stands once they do, so look at the result before repeating it", hex::encode(.transaction))]
	NotFinal {
		/// Its hash.
		transaction: Hash32,
		/// Number of the block.
		block: u64,
		/// Number of the last final block.
		finalized: u64,
		/// How long it was followed.
		seconds: u64,
	},
	/// Nothing is known of it.
	#[error("the transaction 0x{} was not carried out within {seconds} s; it may still be, for some minutes: look at the result before repeating it", hex::encode(.transaction))]
	Deadline {
		/// Its hash.
		transaction: Hash32,
		/// How long it was followed.
		seconds: u64,
	},
	/// The library below could not make or read something.
	#[error("a transaction could not be made or read; chain and client are of different releases, update the older one")]
	Library(#[source] Box<subxt::Error>),
}

pub(crate) fn library(error: impl Into<subxt::Error>) -> SubmitError {
	SubmitError::Library(Box::new(error.into()))
}

/// A signed transaction. However often it is handed over, it is carried out once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Signed {
	#[serde(with = "bytes_as_hex")]
	bytes: Vec<u8>,
	hash: H256,
	/// Its number among those of its account.
	nonce: u64,
	/// Number of the first block in which it can be.
	first: u64,
	/// Number of the last block in which it can be; none if it is immortal.
	last: Option<u64>,
	/// The version of the runtime that can take it: that is signed with it.
	spec_version: u32,
}

#[cfg(test)]
impl Signed {
	/// One that no chain has.
	pub(crate) fn example(nonce: u64) -> Self {
		let bytes = nonce.to_be_bytes().to_vec();
		Self {
			hash: H256(sp_crypto_hashing::blake2_256(&bytes)),
			bytes,
			nonce,
			first: 1,
			last: Some(129),
			spec_version: 2,
		}
	}
}

/// Bytes of any number in hexadecimal.
mod bytes_as_hex {
	use serde::{de::Error, Deserialize, Deserializer, Serializer};

	pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
		to.serialize_str(&hex::encode(bytes))
	}

	pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
		hex::decode(String::deserialize(from)?).map_err(D::Error::custom)
	}
}

/// Is shown each transaction before it is handed over.
type Before<'a> = &'a (dyn Fn(&Signed) + Send + Sync);

/// Where a transaction is.
#[derive(Clone, Copy)]
struct Found {
	block: H256,
	number: u64,
	finalized: bool,
}

/// How following a transaction ended.
enum Followed {
	/// It is in this block.
	In(H256, bool),
	/// Someone else's transaction took its number.
	NumberTaken,
	/// The chain will not take it.
	Invalid,
	/// The connection or the node's interest in it ended.
	Lost,
	/// The pool had no room.
	NoRoom,
}

impl Client {
	/// Until it is final, for as long as this client waits.
	pub(crate) fn follow_until_final(&self) -> Follow {
		let usual = Follow::finalized();
		Follow {
			deadline: self.inner.connection.patience().left().unwrap_or(usual.deadline),
			..usual
		}
	}

	/// Signs a call, hands it over, and follows it until it is in a block.
	pub async fn submit(&self, signer: &Signer, call: &Call) -> Result<Included, SubmitError> {
		self.submit_with(signer, call, Follow::default()).await
	}

	/// [`Client::submit`], followed in a way of one's own.
	pub async fn submit_with(
		&self,
		signer: &Signer,
		call: &Call,
		follow: Follow,
	) -> Result<Included, SubmitError> {
		let (included, events) = self.submit_for_events(signer, call, follow).await?;
		events.result?;
		Ok(included)
	}

	/// [`Client::submit_with`], with what the call wrote into access logs.
	pub async fn submit_logged(
		&self,
		signer: &Signer,
		call: &Call,
		follow: Follow,
	) -> Result<(Included, Vec<Logged>), SubmitError> {
		let (included, events) = self.submit_for_events(signer, call, follow).await?;
		events.result?;
		Ok((included, events.logged))
	}

	/// [`Client::submit_logged`]; `before` is shown each transaction before it is handed over, so that it can be followed later
	/// ([`Client::follow_logged`]).
	pub(crate) async fn submit_noted(
		&self,
		signer: &Signer,
		call: &Call,
		follow: Follow,
		before: Before<'_>,
	) -> Result<(Included, Vec<Logged>), SubmitError> {
		let (included, events) = self.submit_shown(signer, call, follow, before).await?;
		events.result?;
		Ok((included, events.logged))
	}

	/// Follows a transaction that was handed over before, perhaps by another process, and hands it over again where it is in no
	/// block. None if it is in none and never will be, or if the chain refused the call.
	pub(crate) async fn follow_logged(
		&self,
		account: &Account,
		signed: &Signed,
		follow: Follow,
	) -> Result<Option<(Included, Vec<Logged>)>, SubmitError> {
		let deadline = Instant::now() + follow.deadline;
		let Some((block, finalized)) = self.persist(account, signed, deadline, follow).await?
		else {
			return Ok(None);
		};
		let (included, events) = self.outcome(signed, block, finalized).await?;
		Ok(events.result.is_ok().then_some((included, events.logged)))
	}

	/// [`Client::submit_with`], with what became of requests for consent.
	pub async fn submit_answered(
		&self,
		signer: &Signer,
		call: &Call,
		follow: Follow,
	) -> Result<(Included, Vec<Answered>), SubmitError> {
		let (included, events) = self.submit_for_events(signer, call, follow).await?;
		events.result?;
		Ok((included, events.answered))
	}

	pub(crate) async fn submit_for_events(
		&self,
		signer: &Signer,
		call: &Call,
		follow: Follow,
	) -> Result<(Included, Events), SubmitError> {
		self.submit_shown(signer, call, follow, &|_| ()).await
	}

	async fn submit_shown(
		&self,
		signer: &Signer,
		call: &Call,
		follow: Follow,
		before: Before<'_>,
	) -> Result<(Included, Events), SubmitError> {
		let deadline = Instant::now() + follow.deadline;
		let account = signer.own_account();
		let mut pause = Duration::from_millis(250);
		let mut last = None;
		for _ in 0..ATTEMPTS {
			let handed = self.hand_over(signer, call, deadline, follow, before);
			let (signed, followed) = match handed.await? {
				Ok(outcome) => outcome,
				Err(reason) => {
					// The number was taken, or the pool is full: both pass.
					last = Some(reason);
					if Instant::now() + pause >= deadline {
						break;
					}
					sleep(jittered(pause)).await;
					pause = (pause * 2).min(Duration::from_secs(4));
					continue;
				}
			};
			let found = match followed {
				Followed::In(block, finalized) => Some((block, finalized)),
				// What the pool says is not what the chain says.
				Followed::NumberTaken | Followed::Invalid => match self.search(&signed).await? {
					Some(_) => self.persist(&account, &signed, deadline, follow).await?,
					None => None,
				},
				Followed::Lost | Followed::NoRoom => {
					self.persist(&account, &signed, deadline, follow).await?
				}
			};
			if let Some((block, finalized)) = found {
				return self.outcome(&signed, block, finalized).await;
			}
			last = Some(match followed {
				Followed::Invalid => match self.validity(&signed).await? {
					Validity::Final(reason) => return Err(SubmitError::Invalid { reason }),
					Validity::Passing(reason) => reason,
				},
				_ => "another transaction of the same account took its place".into(),
			});
			if Instant::now() >= deadline {
				break;
			}
			sleep(jittered(pause)).await;
			pause = (pause * 2).min(Duration::from_secs(4));
		}
		Err(SubmitError::Invalid {
			reason: format!(
				"{}; wait a few seconds and repeat it",
				last.unwrap_or_else(|| "it was refused again and again".into())
			),
		})
	}

	/// The chain at its best block: the runtime there is the one that takes transactions.
	pub(crate) async fn state(&self) -> Result<OnlineClientAtBlock<SubstrateConfig>, SubmitError> {
		let explain = |error| self.inner.connection.explain("chain_getBlockHash", error);
		let best = self.inner.methods.chain_get_block_hash(None).await;
		let best = best.map_err(explain)?.ok_or_else(|| RpcError::Answer {
			method: "chain_getBlockHash".into(),
			source: "no best block".into(),
		})?;
		self.inner.online.at_block(best).await.map_err(library)
	}

	/// The last final block, from which transactions are dated.
	async fn final_block(&self) -> Result<(u64, H256), SubmitError> {
		let explain = |error| self.inner.connection.explain("chain_getFinalizedHead", error);
		let hash = self.inner.methods.chain_get_finalized_head().await;
		let hash = hash.map_err(explain)?;
		Ok((self.number(Some(hash)).await?, hash))
	}

	/// Signs a call with the account's next number, and hands it over. The inner error is a reason that passes.
	async fn hand_over(
		&self,
		signer: &Signer,
		call: &Call,
		deadline: Instant,
		follow: Follow,
		before: Before<'_>,
	) -> Result<Result<(Signed, Followed), String>, SubmitError> {
		let finalized = self.final_block().await?;
		let at = self.state().await?;
		check_call(&at, call)?;
		let acting = match signer.patient() {
			Some(patient) => {
				let encoded = at.tx().call_data(call).map_err(library)?;
				Some(calls::succession::act(patient, &encoded))
			}
			None => None,
		};
		let call = acting.as_ref().unwrap_or(call);
		check_call(&at, call)?;
		let guard = self.inner.numbering.lock().await;
		let account = signer.own_account();
		let methods = &self.inner.methods;
		let nonce = methods
			.system_account_next_index(&account)
			.await
			.map_err(|error| self.inner.connection.explain("system_accountNextIndex", error))?;
		let signed = sign(&at, finalized, signer, call, nonce)?;
		before(&signed);
		let subscription = match methods.author_submit_and_watch_extrinsic(&signed.bytes).await {
			Ok(subscription) => subscription,
			Err(error) => {
				drop(guard);
				let error = self.inner.connection.explain("author_submitExtrinsic", error);
				return match refusal(error)? {
					Refused::Passing(reason) => Ok(Err(reason)),
					Refused::Known => Ok(Ok((signed, Followed::Lost))),
					// The pool of a node that catches up judges by an earlier block than the best one,
					// from which the transaction is dated: what counts is what the chain says.
					Refused::Final(reason) => match self.validity(&signed).await? {
						Validity::Passing(reason) => Ok(Err(reason)),
						Validity::Final(_) => Err(SubmitError::Invalid { reason }),
					},
				};
			}
		};
		drop(guard);
		let followed = watch(subscription, deadline, follow.until).await;
		Ok(Ok((signed, followed)))
	}

	/// Looks for a transaction in the blocks, and hands it over again where it is in none, until it is
	/// as far as it should be or the deadline is over. None if no block can take it any more.
	async fn persist(
		&self,
		account: &Account,
		signed: &Signed,
		deadline: Instant,
		follow: Follow,
	) -> Result<Option<(H256, bool)>, SubmitError> {
		let mut pause = Duration::from_secs(1);
		while Instant::now() < deadline {
			// Asked first: what is over then is in the blocks that are searched, or in none.
			let is_over = self.is_over(account, signed).await?;
			match self.search(signed).await? {
				Some(found) if found.finalized || follow.until == Until::Included => {
					return Ok(Some((found.block, found.finalized)));
				}
				// In a block; its finality will come.
				Some(_) => {}
				None if is_over => return Ok(None),
				None => {
					let methods = &self.inner.methods;
					let again = methods.author_submit_and_watch_extrinsic(&signed.bytes).await;
					match again {
						Ok(subscription) => {
							if let Followed::In(block, finalized) =
								watch(subscription, deadline, follow.until).await
							{
								return Ok(Some((block, finalized)));
							}
						}
						// Its account cannot pay, for one: no pool keeps it.
						Err(_) => {
							if let Ok(Validity::Final(_)) = self.validity(signed).await {
								return Ok(None);
							}
						}
					}
				}
			}
			let left = deadline.saturating_duration_since(Instant::now());
			sleep(jittered(pause).min(left)).await;
			pause = (pause * 2).min(Duration::from_secs(4));
		}
		let (transaction, seconds) = (signed.hash.0, follow.deadline.as_secs());
		match self.search(signed).await? {
			Some(found) if found.finalized || follow.until == Until::Included => {
				Ok(Some((found.block, found.finalized)))
			}
			// What is not final may still be dropped: it is no result.
			Some(found) => Err(SubmitError::NotFinal {
				transaction,
				block: found.number,
				finalized: self.finalized_number().await?,
				seconds,
			}),
			None => Err(SubmitError::Deadline { transaction, seconds }),
		}
	}

	/// Whether no block after the final ones can take a transaction: its time is over, another one has its number, or another
	/// runtime runs.
	async fn is_over(&self, account: &Account, signed: &Signed) -> Result<bool, SubmitError> {
		let (finalized, hash) = self.final_block().await?;
		if signed.last.is_some_and(|last| last <= finalized) {
			return Ok(true);
		}
		let used = self.at(hash.0).transactions_of(account).await?;
		if u64::from(used) > signed.nonce {
			return Ok(true);
		}
		let version = self.inner.methods.state_get_runtime_version(Some(hash)).await;
		let version = version
			.map_err(|error| self.inner.connection.explain("state_getRuntimeVersion", error))?;
		Ok(version.spec_version != signed.spec_version)
	}

	/// Looks for a transaction in the blocks since it was made.
	async fn search(&self, signed: &Signed) -> Result<Option<Found>, SubmitError> {
		let best = self.best_number().await?;
		let finalized = self.finalized_number().await?;
		let methods = &self.inner.methods;
		let last = signed.last.map_or(best, |last| best.min(last));
		for number in (signed.first..=last).rev() {
			let explain = |error| self.inner.connection.explain("chain_getBlock", error);
			let hash = methods
				.chain_get_block_hash(Some(NumberOrHex::Number(number)))
				.await
				.map_err(explain)?;
			let Some(hash) = hash else { continue };
			if self.position(hash, signed.hash).await?.is_some() {
				return Ok(Some(Found { block: hash, number, finalized: number <= finalized }));
			}
		}
		Ok(None)
	}

	/// Which transaction of a block it is.
	async fn position(&self, block: H256, transaction: H256) -> Result<Option<u32>, SubmitError> {
		let explain = |error| self.inner.connection.explain("chain_getBlock", error);
		let body = self.inner.methods.chain_get_block(Some(block)).await.map_err(explain)?;
		let Some(body) = body else { return Ok(None) };
		Ok(body
			.block
			.extrinsics
			.iter()
			.position(|extrinsic| sp_crypto_hashing::blake2_256(&extrinsic.0) == transaction.0)
			.map(|position| position as u32))
	}

	/// Reads from a block what became of a transaction.
	async fn outcome(
		&self,
		signed: &Signed,
		block: H256,
		finalized: bool,
	) -> Result<(Included, Events), SubmitError> {
		let missing = || SubmitError::Invalid { reason: "a fork dropped it; repeat it".into() };
		let position = self.position(block, signed.hash).await?.ok_or_else(missing)?;
		let at = self.inner.online.at_block(block).await.map_err(library)?;
		// The state after a block may hold another runtime already than the one that wrote its events.
		let upgraded = at.spec_version() != signed.spec_version;
		let events = match upgraded {
			false => at.events().fetch().await.map_err(library)?,
			true => self.events_of_parents_runtime(&at).await?,
		};
		let mut found =
			Events { result: Ok(()), council: None, logged: Vec::new(), answered: Vec::new() };
		for event in events.iter() {
			let event = event.map_err(library)?;
			if event.phase() != Phase::ApplyExtrinsic(position) {
				continue;
			}
			let fields = event.field_bytes();
			match (event.pallet_name(), event.event_name()) {
				("System", "ExtrinsicFailed") => {
					found.result = Err(chain_error(&at, fields)?);
				}
				// Hash of the code, then why not: the chain takes the transaction, and not the runtime.
				("System", "RejectedInvalidAuthorizedUpgrade") => {
					let reason = fields.get(32..).unwrap_or_default();
					found.result = Err(chain_error(&at, reason)?);
				}
				("Access", "Logged") => {
					let logged = Logged::decode(fields)
						.ok_or(SubmitError::UnknownEvent { pallet: "Access", event: "Logged" })?;
					found.logged.push(logged);
				}
				("Consent", name) => found.answered.extend(Answered::decode(name, fields)?),
				("Council", "Executed") => {
					// Hash of the proposal, then the result.
					let result = match fields.split_at_checked(33) {
						Some(([.., 0], _)) => Ok(()),
						Some((_, error)) => Err(chain_error(&at, error)?),
						None => return Err(missing()),
					};
					found.council = Some(Council::Executed(result));
				}
				("Council", "Proposed") => {
					// Account, index, hash of the proposal, threshold.
					let hash = fields.get(36..68).and_then(|hash| hash.try_into().ok());
					found.council = hash.map(Council::Proposed).or(found.council);
				}
				("Council", "Disapproved") => found.council = Some(Council::Disapproved),
				_ => {}
			}
		}
		let included = Included {
			block_hash: block.0,
			block: at.block_number(),
			transaction: signed.hash.0,
			finalized,
		};
		Ok((included, found))
	}

	/// The events of a block after which another runtime runs: they are in the words of the one before.
	async fn events_of_parents_runtime(
		&self,
		at: &OnlineClientAtBlock<SubstrateConfig>,
	) -> Result<subxt::events::Events<SubstrateConfig>, SubmitError> {
		let bytes = at.events().fetch().await.map_err(library)?;
		let parent = at.block_number().saturating_sub(1);
		let before = self.inner.online.at_block(parent).await.map_err(library)?;
		Ok(before.events().from_bytes(bytes.bytes().to_vec()))
	}

	/// Whether the chain went on to another runtime while the transaction was on its way.
	async fn was_upgraded(&self, signed: &Signed) -> Result<bool, SubmitError> {
		let methods = &self.inner.methods;
		let version = methods
			.state_get_runtime_version(None)
			.await
			.map_err(|error| self.inner.connection.explain("state_getRuntimeVersion", error))?;
		Ok(version.spec_version != signed.spec_version)
	}

	/// Asks the chain why it does not take a transaction.
	async fn validity(&self, signed: &Signed) -> Result<Validity, SubmitError> {
		if self.was_upgraded(signed).await? {
			return Ok(Validity::Passing(UPGRADED.into()));
		}
		let at = self.state().await?;
		let result = at.tx().from_bytes(signed.bytes.clone()).validate().await.map_err(library)?;
		Ok(match result {
			ValidationResult::Valid(_) => Validity::Passing(BEHIND.into()),
			ValidationResult::Invalid(TransactionInvalid::Stale | TransactionInvalid::Future) => {
				Validity::Passing("another transaction of the same account took its place".into())
			}
			ValidationResult::Invalid(reason) => Validity::Final(invalid_words(&reason).into()),
			ValidationResult::Unknown(_) => {
				Validity::Final("its validity cannot be told; update this client".into())
			}
		})
	}
}

enum Validity {
	Final(String),
	Passing(String),
}

/// What the events of a transaction tell.
pub(crate) struct Events {
	pub(crate) result: Result<(), ChainError>,
	pub(crate) council: Option<Council>,
	logged: Vec<Logged>,
	answered: Vec<Answered>,
}

/// What the council's pallet tells.
pub(crate) enum Council {
	Executed(Result<(), ChainError>),
	Proposed(Hash32),
	Disapproved,
}

/// Makes sure that the chain has the call, by name.
pub(crate) fn check_call(
	at: &OnlineClientAtBlock<SubstrateConfig>,
	call: &Call,
) -> Result<(), SubmitError> {
	at.metadata_ref()
		.pallet_by_name(call.pallet())
		.and_then(|pallet| pallet.call_variant_by_name(call.name()).map(drop))
		.ok_or(SubmitError::UnknownCall { pallet: call.pallet(), call: call.name() })
}

/// A constant of a pallet; none if there is none of that name and type.
pub(crate) fn constant<T: DecodeAll>(
	at: &OnlineClientAtBlock<SubstrateConfig>,
	pallet: &str,
	name: &str,
) -> Option<T> {
	let pallet = at.metadata_ref().pallet_by_name(pallet)?;
	let mut bytes = pallet.constant_by_name(name)?.value();
	T::decode_all(&mut bytes).ok()
}

/// For how many blocks the chain remembers their hashes: no transaction can be dated from before.
fn remembered(at: &OnlineClientAtBlock<SubstrateConfig>) -> u64 {
	constant::<u32>(at, "System", "BlockHashCount").map_or(REMEMBERED, u64::from)
}

fn sign(
	at: &OnlineClientAtBlock<SubstrateConfig>,
	(finalized, hash): (u64, H256),
	signer: &Signer,
	call: &Call,
	nonce: u64,
) -> Result<Signed, SubmitError> {
	let best = at.block_number();
	let params = DefaultExtrinsicParamsBuilder::<SubstrateConfig>::new().nonce(nonce);
	let (params, last) = match Date::new(best, finalized, remembered(at)) {
		Date::Mortal(period) => (
			params.mortal_from_unchecked(period, finalized, hash),
			Some(finalized.saturating_add(period)),
		),
		Date::Immortal => (params.immortal(), None),
	};
	let transaction = at
		.tx()
		.create_signable_offline(call, params.build())
		.and_then(|mut signable| signable.sign(signer))
		.map_err(library)?;
	Ok(Signed {
		hash: transaction.hash(),
		bytes: transaction.into_encoded(),
		nonce,
		first: best.saturating_sub(FORK).max(finalized),
		last,
		spec_version: at.spec_version(),
	})
}

/// Follows a transaction that the pool has.
async fn watch(
	mut subscription: subxt::rpcs::client::RpcSubscription<TransactionStatus<H256>>,
	deadline: Instant,
	until: Until,
) -> Followed {
	loop {
		let Ok(status) = timeout_at(deadline, subscription.next()).await else {
			return Followed::Lost;
		};
		match status {
			Some(Ok(TransactionStatus::Finalized(block))) => return Followed::In(block, true),
			Some(Ok(TransactionStatus::InBlock(block))) if until == Until::Included => {
				return Followed::In(block, false)
			}
			Some(Ok(TransactionStatus::Usurped(_))) => return Followed::NumberTaken,
			Some(Ok(TransactionStatus::Invalid)) => return Followed::Invalid,
			Some(Ok(TransactionStatus::Dropped)) => return Followed::NoRoom,
			Some(Ok(TransactionStatus::FinalityTimeout(_))) | Some(Err(_)) | None => {
				return Followed::Lost
			}
			Some(Ok(_)) => {}
		}
	}
}

/// Reads a dispatch error.
fn chain_error(
	at: &OnlineClientAtBlock<SubstrateConfig>,
	bytes: &[u8],
) -> Result<ChainError, SubmitError> {
	let system = |error: &str, docs: &str| ChainError {
		pallet: "System".into(),
		error: error.into(),
		docs: docs.into(),
	};
	let error = DispatchError::decode_from(bytes, at.metadata()).map_err(library)?;
	Ok(match error {
		DispatchError::Module(error) => {
			let details = error.details().map_err(library)?;
			ChainError {
				pallet: details.pallet.name().to_owned(),
				error: details.variant.name.clone(),
				docs: docs_in_one_line(&details.variant.docs),
			}
		},
		DispatchError::BadOrigin => system(
			"BadOrigin",
			"this account may not do that, only another one (the council, an admin, the patient) may",
		),
		DispatchError::Exhausted => {
			system("Exhausted", "the block had no room for it; repeat it later or split it")
		},
		other => system("Other", &other.to_string()),
	})
}

fn docs_in_one_line(docs: &[String]) -> String {
	let text = docs.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
	let text = text.trim().trim_end_matches('.');
	if text.is_empty() {
		"it gives no reason".into()
	} else {
		text.to_owned()
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;
	use serde_json::{json, Value};

	/// Hashes of so many blocks the runtime remembers (`frame_system::BlockHashCount`).
	const REMEMBERS: u64 = 2_400;

	/// The block of whose hash the chain takes a transaction to be dated, when it is put into this block; as
	/// `frame_system::CheckMortality` finds it. None if the chain does not take it.
	fn birth(date: Date, dated: u64, block: u64) -> Option<u64> {
		let Date::Mortal(period) = date else {
			return Some(0);
		};
		// As it is encoded: the period and the place in it.
		let phase = dated % period;
		assert!((4..=4096).contains(&period) && period.is_power_of_two());
		let birth = (block.max(phase) - phase) / period * period + phase;
		(block - birth <= REMEMBERS).then_some(birth)
	}

	proptest! {
		#![proptest_config(ProptestConfig::with_cases(20_000))]

		/// Two of four hospitals are down for minutes or a day: what is signed comes into the blocks after.
		#[test]
		fn what_is_signed_can_be_included_however_far_the_best_block_is_ahead(
			finalized in 0u64..10_000_000,
			ahead in prop_oneof![0u64..8, 0u64..300, 0u64..50_000],
			later in 1u64..=LIFE,
		) {
			let best = finalized + ahead;
			let date = Date::new(best, finalized, REMEMBERS);
			let dated = match date {
				Date::Mortal(_) => finalized,
				Date::Immortal => 0,
			};
			prop_assert_eq!(birth(date, dated, best + later), Some(dated), "{:?}", date);
			// It is immortal only where it has to be.
			prop_assert!(date != Date::Immortal || ahead + LIFE > REMEMBERS / 2);
		}
	}

	#[test]
	fn a_transaction_lives_a_few_minutes_while_blocks_become_final() {
		assert_eq!(Date::new(103, 100, REMEMBERS), Date::Mortal(128));
		// The final block is looked at first: it can be ahead of what was the best one.
		assert_eq!(Date::new(99, 100, REMEMBERS), Date::Mortal(128));
		assert_eq!(Date::new(100 + 129, 100, REMEMBERS), Date::Mortal(256));
		assert_eq!(Date::new(100_000, 100, REMEMBERS), Date::Immortal);
		assert_eq!(Date::new(u64::MAX, 0, REMEMBERS), Date::Immortal);
	}

	const BEST: u64 = 300;
	const FINALIZED: u64 = 100;
	const HOLDS_IT: u64 = 250;
	const TRANSACTION: [u8; 3] = [1, 2, 3];

	/// A node on whose chain finality stands.
	fn standing(method: &str, params: &Value) -> Value {
		let hash = |number: u64| format!("0x{number:064x}");
		let number = |hash: &Value| {
			let digits = hash.as_str().unwrap().trim_start_matches("0x");
			u64::from_str_radix(digits, 16).unwrap()
		};
		let header = |number: u64| {
			let zero = hash(0);
			json!({"number": format!("0x{number:x}"), "parentHash": zero, "stateRoot": zero,
				"extrinsicsRoot": zero, "digest": {"logs": []}})
		};
		let given = &params[0];
		match method {
			"state_getRuntimeVersion" => {
				json!({"specName": "salus", "specVersion": 2, "transactionVersion": 1, "apis": []})
			}
			"chain_getBlockHash" => hash(given.as_u64().unwrap_or(BEST)).into(),
			"chain_getFinalizedHead" => hash(FINALIZED).into(),
			"chain_getHeader" if given.is_null() => header(BEST),
			"chain_getHeader" => header(number(given)),
			"chain_getBlock" => {
				let number = number(given);
				let extrinsics: Vec<_> = (number == HOLDS_IT)
					.then(|| format!("0x{}", hex::encode(TRANSACTION)))
					.into_iter()
					.collect();
				json!({"block": {"header": header(number), "extrinsics": extrinsics}, "justifications": null})
			}
			// No subscription: the pool of the node is of no use.
			_ => Value::Null,
		}
	}

	#[tokio::test]
	async fn what_is_in_a_block_that_is_not_final_is_told_as_that() {
		let url = crate::chain::rpc::tests::node(standing).await;
		let client = Client::connect(&url).await.unwrap();
		let signed = |bytes: &[u8]| Signed {
			bytes: bytes.to_vec(),
			hash: H256(sp_crypto_hashing::blake2_256(bytes)),
			nonce: 0,
			first: BEST - FORK,
			last: None,
			spec_version: 2,
		};
		let follow = |until| Follow { until, deadline: Duration::from_secs(1) };
		let persist = async |bytes: &[u8], until| {
			let (signed, follow) = (signed(bytes), follow(until));
			let deadline = Instant::now() + follow.deadline;
			let account = Account::from([1; 32]);
			client.persist(&account, &signed, deadline, follow).await
		};
		let found = persist(&TRANSACTION, Until::Included).await.unwrap();
		let (block, finalized) = found.unwrap();
		assert_eq!((block.0[31], finalized), (HOLDS_IT as u8, false));
		let error = persist(&TRANSACTION, Until::Finalized).await.unwrap_err();
		assert!(
			matches!(error, SubmitError::NotFinal { block: HOLDS_IT, finalized: FINALIZED, .. }),
			"{error:?}"
		);
		assert!(error.to_string().contains("(finality stands at block 100)"));
		assert_eq!(crate::Error::from(error).kind(), crate::ErrorKind::Deadline);
		// No block after the final one can take it: whoever asked with it may ask again.
		let over = Signed { last: Some(FINALIZED), ..signed(b"another") };
		let account = Account::from([1; 32]);
		let follow = Follow { deadline: Duration::from_secs(60), ..Follow::finalized() };
		let found = client.follow_logged(&account, &over, follow).await;
		assert_eq!(found.unwrap(), None);
		let error = persist(b"another", Until::Finalized).await.unwrap_err();
		assert!(matches!(error, SubmitError::Deadline { .. }), "{error:?}");
		assert_eq!(client.final_block().await.unwrap().0, FINALIZED);

		// Whoever limits a command waits no longer for this either.
		let patience = crate::Patience {
			until: Some(std::time::Instant::now() + Duration::from_secs(10)),
			..crate::Patience::default()
		};
		let url = crate::chain::rpc::tests::node(standing).await;
		let limited = Client::connect_with(&url, patience).await.unwrap();
		assert!(limited.follow_until_final().deadline <= Duration::from_secs(10));
		assert_eq!(client.follow_until_final(), Follow::finalized());
	}

	#[test]
	fn events_are_read_as_the_pallets_write_them() {
		use codec::Encode;
		use salus_primitives::LogEvent;
		let [patient, other] = [[1; 32], [2; 32]].map(Account::from);
		let fields = (patient, 3u32, 4u32, AnsweredBy::Rule(5)).encode();
		let approved = Answered::Approved { request: 3, grant: 4, by: AnsweredBy::Rule(5) };
		assert_eq!(Answered::decode("Approved", &fields).unwrap(), Some(approved));
		let fields = (patient, 3u32, other, AnsweredBy::Patient).encode();
		let declined = Answered::Declined { request: 3, by: AnsweredBy::Patient };
		assert_eq!(Answered::decode("Declined", &fields).unwrap(), Some(declined));
		assert_eq!(Answered::decode("Granted", &fields).unwrap(), None);
		assert!(Answered::decode("Requested", &fields[..40]).is_err());

		let entry = LogEntry {
			index: 6,
			block: 7,
			at: 8,
			actor: other,
			organisation: None,
			event: LogEvent::Released { request: 9 },
		};
		let fields = (patient, 6u32, [5u8; 32], &entry).encode();
		let logged = Logged::decode(&fields).unwrap();
		assert_eq!((logged.head, &logged.entry), ([5; 32], &entry));
		assert!(Logged::decode(&fields[1..]).is_none());
	}

	#[test]
	fn chain_errors_read_as_one_sentence() {
		let docs = [" The record was erased.".into(), " Nothing can be added to it.".into()];
		let error = ChainError {
			pallet: "Records".into(),
			error: "Erased".into(),
			docs: docs_in_one_line(&docs),
		};
		assert_eq!(
			error.to_string(),
			"the chain refused it: The record was erased. Nothing can be added to it (Records.Erased)"
		);
	}
}
