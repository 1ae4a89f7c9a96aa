//! Transactions: signing, sending and following them until their outcome is known.
//!
//! [`Client::submit`] prepares a call, and a verb of [`Submission`] names the state to wait for.
//! Each verb documents what it guarantees, and what it does not. One submission goes through these
//! states:
//!
//! ```text
//! signed <------------------------------------------------+
//!   |                                                     |
//!   | sent                                                | signed again
//!   v                                                     |
//! in the pool ------- refused, but not for good --------->+
//!   |   |   ^                                             |
//!   |   |   | sent again, the same bytes                  |
//!   |   v   |                                             |
//!   |  in no block ------ void -------------------------->+
//!   |       ^
//!   |       | a fork dropped the block
//!   v       |
//! in a best block
//!   |
//!   v
//! in a final block: executed, or refused by the chain
//! ```
//!
//! - *In no block*: the pool dropped it, was silent about it for ten seconds, or the connection
//!   broke. The client searches the blocks for it before it sends it again, so a restart of the
//!   node loses nothing.
//! - *Void*: no block can take it any more, because another transaction has used its nonce, another
//!   runtime runs, or it has expired. All three are proved by final blocks.
//! - *Signed again*: with the nonce that the node gives. If this is a different nonce, the client
//!   first makes sure that no transaction with the first one can be executed any more
//!   ([`Client::next_nonce`]); otherwise the call could be executed twice.
//!
//! Three ends are not in the diagram. The chain refuses the transaction for good:
//! [`SubmitError::Invalid`]. The time is over: [`SubmitError::Deadline`], or
//! [`SubmitError::NotFinal`] if a best block has it. The client signs no further transaction, but
//! one that it sent for the same call can still be executed: [`SubmitError::Unsettled`].
//!
//! A transaction is dated from the last final block, which no fork removes, and expires some blocks
//! later. While finality is stalled, its life is extended by the distance to the best block
//! ([`signed::Date`]), so that what a patient signs then still enters the next block.

mod backoff;
mod error;
mod extensions;
mod nonce;
mod outcome;
mod refusal;
mod signed;
mod submission;
#[cfg(test)]
mod tests;
mod unproved;

pub(crate) use error::library;
pub use error::{ChainError, SubmitError};
pub(crate) use outcome::Council;
pub use outcome::{Answered, Executed, Included, Logged};
pub(crate) use signed::SignedTransaction;
pub use submission::Submission;
pub use unproved::NodesWord;
pub(crate) use unproved::Unproved;

use std::time::Duration;

use subxt::{
	client::OnlineClientAtBlock,
	config::SubstrateConfig,
	rpcs::methods::legacy::{NumberOrHex, TransactionStatus},
	utils::H256,
};
use tokio::time::{timeout_at, Instant};
use tracing::info_span;

use super::{
	calls::{self, Call},
	client::Client,
	metadata::check_call,
	rpc::RpcError,
};
use crate::{Account, Signer};
use backoff::Backoff;
use nonce::{NextNonce, NonceUse};
use refusal::{refusal, NodeRefusal, Validity};
use signed::{sign, Dated};
use submission::OnSigned;

/// Most attempts to sign a transaction.
const ATTEMPTS: usize = 8;

/// Reason to sign a transaction again with another nonce.
const TAKEN: &str = "another transaction of the same account took its place";

/// Reason for a call that was not signed in time.
const BUSY: &str = "another transaction of the same account was still being signed";

/// Longest distance of a search from the first block that can have the transaction, in blocks.
const SEARCH_RANGE: u64 = 8_192;

/// Longest wait for the pool's next report on a transaction: 10 seconds.
///
/// A pool can forget one without a report, for example if a fork drops the block that had it and
/// the best chain has another runtime.
const SILENCE_LIMIT: Duration = Duration::from_secs(10);

/// Longest time for the last search, which begins at the deadline: 10 seconds.
const LAST_SEARCH_LIMIT: Duration = Duration::from_secs(10);

/// When a transaction counts as done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
	/// Once its block is final, which is proved; while finality stalls, once any block has it.
	Included,
	/// Once it is in a final block.
	Finalized,
}

/// How a transaction is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Follow {
	/// When it counts as done.
	pub until: Until,
	/// Longest time to follow it.
	pub deadline: Duration,
}

impl Default for Follow {
	fn default() -> Self {
		Self { until: Until::Included, deadline: Duration::from_secs(120) }
	}
}

impl Follow {
	/// Follows until the transaction is final.
	pub fn finalized() -> Self {
		Self { until: Until::Finalized, ..Self::default() }
	}
}

/// The block that has a transaction, by the node's word.
#[derive(Clone, Copy)]
struct BlockOfTransaction {
	/// Hash of the block.
	hash: H256,
	/// Number of the block.
	number: u64,
	/// Whether the block is final.
	finalized: bool,
}

impl BlockOfTransaction {
	/// Returns whether a transaction in this block has come as far as specified.
	fn is_enough(&self, until: Until) -> bool {
		self.finalized || until == Until::Included
	}
}

/// How the pool's reports on a transaction ended.
enum PoolOutcome {
	/// The block with this hash has it, final or not.
	In(H256),
	/// Another transaction of the account took its nonce.
	Usurped,
	/// The chain will not accept it.
	Invalid,
	/// The connection broke, or the node stopped reporting, perhaps only for now.
	Lost,
	/// The pool had no room.
	NoRoom,
}

/// Result of signing a transaction and sending it.
enum SendOutcome {
	/// The pool has it, and its reports ended in this way.
	Followed(SignedTransaction, PoolOutcome),
	/// The node refused it for a reason that passes.
	Retry(SignedTransaction, String),
	/// Nothing was signed yet, for this reason.
	Pause(&'static str),
}

impl Client {
	/// Follows until the transaction is final, for as long as this client waits.
	fn follow_until_final(&self) -> Follow {
		let usual = Follow::finalized();
		Follow {
			deadline: self.inner.connection.patience().left().unwrap_or(usual.deadline),
			..usual
		}
	}

	/// Prepares a call to be signed, sent and followed. Nothing is signed or sent until the caller
	/// picks the state to wait for: [`Submission::in_block`], [`Submission::finalized`] or
	/// [`Submission::follow`]. Does not check that the chain has the call: the verbs do.
	pub fn submit<'a>(&'a self, signer: &'a Signer, call: &'a Call) -> Submission<'a> {
		Submission { client: self, signer, call, on_signed: None }
	}

	/// Follows a transaction that was sent before, perhaps by another process, and sends it again
	/// where no block has it. Returns `None` if no block has it or ever will, or if the chain
	/// refused the call.
	///
	/// Guarantees that nothing new is signed, and that `None` is proved. Does not guarantee an
	/// answer: it fails at the deadline, and if the node does not show what used the nonce. Then
	/// the transaction may have been executed, or may still be. While finality stalls, an outcome
	/// with [`Until::Included`] is the node's word.
	pub(crate) async fn follow_sent(
		&self,
		account: &Account,
		signed: &SignedTransaction,
		follow: Follow,
	) -> Result<Option<Executed>, SubmitError> {
		let deadline = Instant::now() + follow.deadline;
		self.note_signed();
		let found = self.resend_until_done(account, signed, deadline, follow).await?;
		match self.outcome_of(account, signed, found, deadline, follow).await {
			Err(SubmitError::Chain(_)) => Ok(None),
			Ok(None) => self.outcome_by_nonce(account, signed, deadline, follow).await,
			known => known,
		}
	}

	/// Returns whether no later block can have a transaction, because its life is over.
	///
	/// Guarantees that `true` is proved by a final block. Does not say whether an earlier block has
	/// the transaction, and `false` does not mean that it can still be executed.
	pub(crate) async fn has_expired(
		&self,
		signed: &SignedTransaction,
	) -> Result<bool, SubmitError> {
		let finalized = self.last_final().await?.number;
		Ok(signed.has_expired(finalized))
	}

	/// Returns the outcome of a transaction that the node does not find, by what has its nonce.
	/// Returns `None` if it is proved that no block has it.
	async fn outcome_by_nonce(
		&self,
		account: &Account,
		signed: &SignedTransaction,
		deadline: Instant,
		follow: Follow,
	) -> Result<Option<Executed>, SubmitError> {
		let last_final = self.last_final().await?;
		let used = self.at(last_final.hash).transactions_of(account).await?;
		if signed.has_expired(last_final.number) && u64::from(used) <= signed.nonce {
			return Ok(None);
		}
		let sent = std::slice::from_ref(signed);
		match self.settled_use_of_nonce(account, signed.nonce, sent, deadline).await? {
			NonceUse::UsedByAnother | NonceUse::Void => Ok(None),
			NonceUse::UsedByCall { signed, block } => {
				match self.outcome(&signed, block, follow.until).await {
					Err(SubmitError::Chain(_)) => Ok(None),
					known => known,
				}
			}
			NonceUse::Open => Err(SubmitError::Unknown { transaction: signed.hash.0 }),
		}
	}

	/// Returns the outcome of a transaction that was found in the block with this hash. If a fork
	/// drops the block meanwhile, follows the transaction into another one. Returns `None` if no
	/// block has it or ever will.
	async fn outcome_of(
		&self,
		account: &Account,
		signed: &SignedTransaction,
		mut found: Option<H256>,
		deadline: Instant,
		follow: Follow,
	) -> Result<Option<Executed>, SubmitError> {
		let mut backoff = Backoff::new(Duration::from_millis(250), deadline);
		while let Some(block) = found {
			if let Some(executed) = self.outcome(signed, block, follow.until).await? {
				return Ok(Some(executed));
			}
			if !backoff.wait().await {
				return Err(SubmitError::Deadline {
					transaction: signed.hash.0,
					last: signed.last,
					seconds: follow.deadline.as_secs(),
				});
			}
			found = self.resend_until_done(account, signed, deadline, follow).await?;
		}
		Ok(None)
	}

	/// Signs a call, sends it, and follows it as specified.
	async fn carry_out(
		&self,
		signer: &Signer,
		call: &Call,
		follow: Follow,
		on_signed: Option<OnSigned<'_>>,
	) -> Result<Executed, SubmitError> {
		let deadline = Instant::now() + follow.deadline;
		let account = signer.own_account();
		let mut backoff = Backoff::new(Duration::from_millis(250), deadline);
		let (mut last_refusal, mut earlier) = (None, Vec::new());
		while earlier.len() < ATTEMPTS {
			let sending = self.sign_and_send(signer, call, deadline, follow, on_signed, &earlier);
			last_refusal = Some(match sending.await? {
				SendOutcome::Pause(reason) => reason.into(),
				// The nonce was taken, or the pool is full: both pass.
				SendOutcome::Retry(signed, reason) => {
					earlier.push(signed);
					reason
				}
				SendOutcome::Followed(signed, outcome) => {
					let found = self.block_after(&outcome, &account, &signed, deadline, follow);
					let found = found.await?;
					let known = self.outcome_of(&account, &signed, found, deadline, follow);
					if let Some(executed) = known.await? {
						return Ok(executed);
					}
					let reason = match outcome {
						PoolOutcome::Invalid => match self.validity(&signed).await? {
							Validity::Final(reason) => return Err(refused(reason, &earlier)),
							Validity::Passing(reason) => reason,
						},
						_ => TAKEN.into(),
					};
					earlier.push(signed);
					reason
				}
			});
			if !backoff.wait().await {
				break;
			}
		}
		let reason = last_refusal.unwrap_or_else(|| "it was refused repeatedly".into());
		Err(unsettled(reason, &earlier))
	}

	/// Returns the hash of the block that has a transaction whose reports ended in this way.
	/// Returns `None` if no block can take it any more, or if the pool rejected it and no block has
	/// it.
	async fn block_after(
		&self,
		outcome: &PoolOutcome,
		account: &Account,
		signed: &SignedTransaction,
		deadline: Instant,
		follow: Follow,
	) -> Result<Option<H256>, SubmitError> {
		match outcome {
			PoolOutcome::In(block) => Ok(Some(*block)),
			// The pool's opinion is not the chain's.
			PoolOutcome::Usurped | PoolOutcome::Invalid => {
				match self.search(signed, deadline).await? {
					Some(_) => self.resend_until_done(account, signed, deadline, follow).await,
					None => Ok(None),
				}
			}
			PoolOutcome::Lost | PoolOutcome::NoRoom => {
				self.resend_until_done(account, signed, deadline, follow).await
			}
		}
	}

	/// Signs a call with the account's next nonce, sends it, and follows the pool's reports on it.
	async fn sign_and_send(
		&self,
		signer: &Signer,
		call: &Call,
		deadline: Instant,
		follow: Follow,
		on_signed: Option<OnSigned<'_>>,
		earlier: &[SignedTransaction],
	) -> Result<SendOutcome, SubmitError> {
		let (last_final, at) =
			tokio::try_join!(async { Ok(self.last_final().await?) }, self.state())?;
		let age = self.age(&last_final).await?;
		check_call(&at, call)?;
		let acting = in_patients_name(&at, signer, call)?;
		let call = acting.as_ref().unwrap_or(call);
		check_call(&at, call)?;
		let account = signer.own_account();
		let lock = self.inner.nonce_lock(&account);
		let Ok(guard) = timeout_at(deadline, lock.lock()).await else {
			return Err(unsettled(BUSY.into(), earlier));
		};
		let nonce = match self.next_nonce(&account, earlier).await? {
			NextNonce::Sign(nonce) => nonce,
			NextNonce::Pause(reason) => return Ok(SendOutcome::Pause(reason)),
			NextNonce::Used { signed, block } => {
				return Ok(SendOutcome::Followed(signed, PoolOutcome::In(block)));
			}
		};
		let dated = Dated { number: last_final.number, hash: H256(last_final.hash), age };
		let digest = self.metadata_digest().await?;
		let signed = sign(&at, dated, signer, call, nonce, digest)?;
		if signed.last.is_none() {
			self.warn_of_stall(last_final.number);
		}
		self.note_signed();
		if let Some(on_signed) = on_signed {
			on_signed(&signed);
		}
		let sent = self.inner.methods.author_submit_and_watch_extrinsic(&signed.bytes).await;
		drop(guard);
		match sent {
			Ok(subscription) => {
				let outcome = watch(subscription, deadline, follow.until).await;
				Ok(SendOutcome::Followed(signed, outcome))
			}
			Err(error) => {
				let error = self.inner.connection.explain("author_submitExtrinsic", error);
				self.after_refusal(signed, error, earlier).await
			}
		}
	}

	/// Decides how a transaction goes on that the node refused with this error. Fails if the chain
	/// will not accept it.
	async fn after_refusal(
		&self,
		signed: SignedTransaction,
		error: RpcError,
		earlier: &[SignedTransaction],
	) -> Result<SendOutcome, SubmitError> {
		match refusal(error)? {
			NodeRefusal::Passing(reason) => Ok(SendOutcome::Retry(signed, reason)),
			NodeRefusal::Known => Ok(SendOutcome::Followed(signed, PoolOutcome::Lost)),
			// While a node catches up, its pool judges by an earlier block than the best one, from
			// which the transaction is dated. The chain's own opinion counts.
			NodeRefusal::Final(reason) => match self.validity(&signed).await? {
				Validity::Passing(reason) => Ok(SendOutcome::Retry(signed, reason)),
				Validity::Final(_) => Err(refused(reason, earlier)),
			},
		}
	}

	/// Searches the blocks for a transaction, and sends it again where none has it, until it is as
	/// far as specified or the deadline is over. Returns the hash of the block that has it; `None`
	/// if no block can take it any more.
	async fn resend_until_done(
		&self,
		account: &Account,
		signed: &SignedTransaction,
		deadline: Instant,
		follow: Follow,
	) -> Result<Option<H256>, SubmitError> {
		let mut backoff = Backoff::new(Duration::from_secs(1), deadline);
		let mut found_before = None;
		while Instant::now() < deadline {
			// Asked before the search: once it is void, either a searched block has it, or none
			// ever will.
			let is_void = self.is_void(account, signed).await?;
			let found = match found_before {
				Some(found) => self.still_at(found).await?,
				None => None,
			};
			let found = match found {
				Some(found) => Some(found),
				None => self.search(signed, deadline).await?,
			};
			found_before = found;
			match found {
				Some(found) if found.is_enough(follow.until) => return Ok(Some(found.hash)),
				// It is in a block, which will become final.
				Some(_) => {}
				None if is_void => return Ok(None),
				None => {
					let methods = &self.inner.methods;
					let again = methods.author_submit_and_watch_extrinsic(&signed.bytes).await;
					match again {
						Ok(subscription) => {
							if let PoolOutcome::In(block) =
								watch(subscription, deadline, follow.until).await
							{
								return Ok(Some(block));
							}
						}
						// For example, its account cannot pay: no pool keeps it.
						Err(_) => {
							if let Ok(Validity::Final(_)) = self.validity(signed).await {
								return Ok(None);
							}
						}
					}
				}
			}
			backoff.wait().await;
		}
		self.search_after(signed, deadline, follow).await.map(Some)
	}

	/// Searches the blocks for a transaction a last time, after its deadline, and returns the hash
	/// of the block that has it. Fails if it is not as far as specified.
	async fn search_after(
		&self,
		signed: &SignedTransaction,
		deadline: Instant,
		follow: Follow,
	) -> Result<H256, SubmitError> {
		let (transaction, last) = (signed.hash.0, signed.last);
		let seconds = follow.deadline.as_secs();
		match self.search(signed, deadline + LAST_SEARCH_LIMIT).await? {
			Some(found) if found.is_enough(follow.until) => Ok(found.hash),
			// Before finality it may still be dropped, so this is not a result.
			Some(found) => Err(SubmitError::NotFinal {
				transaction,
				block: found.number,
				finalized: self.finalized_number().await?,
				seconds,
			}),
			None => Err(SubmitError::Deadline { transaction, last, seconds }),
		}
	}

	/// Returns whether no block after the final ones can take a transaction, which is proved: it
	/// has expired, another has its nonce, or another runtime runs.
	async fn is_void(
		&self,
		account: &Account,
		signed: &SignedTransaction,
	) -> Result<bool, SubmitError> {
		let last_final = self.last_final().await?;
		if signed.has_expired(last_final.number) {
			return Ok(true);
		}
		let used = self.at(last_final.hash).transactions_of(account).await?;
		if u64::from(used) > signed.nonce {
			return Ok(true);
		}
		Ok(signed.is_outdated(self.proven_version().await?.spec))
	}

	/// Returns a block that has a transaction as it is now; `None` if a fork dropped it.
	async fn still_at(
		&self,
		found: BlockOfTransaction,
	) -> Result<Option<BlockOfTransaction>, SubmitError> {
		let finalized = self.finalized_number().await?;
		let hash = self.hash_of_block(found.number).await?;
		Ok((hash == Some(found.hash))
			.then_some(BlockOfTransaction { finalized: found.number <= finalized, ..found }))
	}

	/// Returns the hash of the block with this number on the node's best chain.
	async fn hash_of_block(&self, number: u64) -> Result<Option<H256>, SubmitError> {
		let number = Some(NumberOrHex::Number(number));
		let hash = self.inner.methods.chain_get_block_hash(number).await;
		Ok(hash.map_err(|error| self.inner.connection.explain("chain_getBlockHash", error))?)
	}

	/// Searches for a transaction in the blocks since it was signed, newest first.
	async fn search(
		&self,
		signed: &SignedTransaction,
		deadline: Instant,
	) -> Result<Option<BlockOfTransaction>, SubmitError> {
		let best = self.best_number().await?;
		let finalized = self.finalized_number().await?;
		let newest = signed.last.map_or(best, |last| best.min(last));
		let newest = newest.min(signed.first.saturating_add(SEARCH_RANGE));
		for number in (signed.first..=newest).rev() {
			if Instant::now() >= deadline {
				return Err(SubmitError::Unknown { transaction: signed.hash.0 });
			}
			let Some(hash) = self.hash_of_block(number).await? else { continue };
			if self.position(hash, signed.hash).await?.is_some() {
				return Ok(Some(BlockOfTransaction {
					hash,
					number,
					finalized: number <= finalized,
				}));
			}
		}
		Ok(None)
	}
}

/// Returns the call that dispatches this one in the patient's name; `None` if the signer does not
/// act for a patient.
fn in_patients_name(
	at: &OnlineClientAtBlock<SubstrateConfig>,
	signer: &Signer,
	call: &Call,
) -> Result<Option<Call>, SubmitError> {
	let Some(patient) = signer.patient() else { return Ok(None) };
	let encoded = at.tx().call_data(call).map_err(library)?;
	Ok(Some(calls::succession::act(patient, &encoded)))
}

/// Makes the error for a transaction that the node refuses, after these were sent for the same
/// call.
fn refused(reason: String, sent: &[SignedTransaction]) -> SubmitError {
	match sent.is_empty() {
		true => SubmitError::Invalid { reason },
		false => unsettled(reason, sent),
	}
}

/// Makes the error for a call of which these transactions were sent.
fn unsettled(reason: String, sent: &[SignedTransaction]) -> SubmitError {
	let lasts: Option<Vec<u64>> = sent.iter().map(|signed| signed.last).collect();
	SubmitError::Unsettled { reason, last: lasts.and_then(|lasts| lasts.into_iter().max()) }
}

/// Follows the pool's reports on a transaction, until they end or fail to come.
async fn watch(
	mut subscription: subxt::rpcs::client::RpcSubscription<TransactionStatus<H256>>,
	deadline: Instant,
	until: Until,
) -> PoolOutcome {
	// Replaced at the next state, which ends it.
	let mut _waiting = info_span!("in block");
	loop {
		let limit = deadline.min(Instant::now() + SILENCE_LIMIT);
		let Ok(status) = timeout_at(limit, subscription.next()).await else {
			return PoolOutcome::Lost;
		};
		match status {
			Some(Ok(TransactionStatus::Finalized(block))) => return PoolOutcome::In(block),
			Some(Ok(TransactionStatus::InBlock(block))) if until == Until::Included => {
				return PoolOutcome::In(block)
			}
			Some(Ok(TransactionStatus::InBlock(_))) => _waiting = info_span!("final"),
			Some(Ok(TransactionStatus::Usurped(_))) => return PoolOutcome::Usurped,
			Some(Ok(TransactionStatus::Invalid)) => return PoolOutcome::Invalid,
			Some(Ok(TransactionStatus::Dropped)) => return PoolOutcome::NoRoom,
			Some(Ok(TransactionStatus::FinalityTimeout(_))) | Some(Err(_)) | None => {
				return PoolOutcome::Lost
			}
			Some(Ok(_)) => {}
		}
	}
}
