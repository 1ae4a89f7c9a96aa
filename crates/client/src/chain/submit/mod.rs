//! Transactions: signing, sending and following them until their outcome is known.
//!
//! A transaction is not given up while it may still be included. When the node restarts, the blocks
//! since are searched for it, and it is sent again.
//!
//! A transaction is dated from the last final block, which no fork removes, and expires some blocks
//! later. While finality is stalled, its life is extended by the distance to the best block
//! ([`signed::Date`]), so that what a patient signs then still enters the next block.

mod backoff;
mod error;
mod extensions;
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
	rpcs::methods::legacy::{NumberOrHex, TransactionStatus},
	utils::H256,
};
use tokio::time::{timeout_at, Instant};
use tracing::info_span;

use super::{
	calls::{self, Call},
	client::Client,
	metadata::check_call,
};
use crate::{Account, Signer};
use backoff::Backoff;
use outcome::index_of;
use refusal::{refusal, NodeRefusal, Validity};
use signed::{sign, Dated};
use submission::Before;

/// Most attempts to sign a transaction.
const ATTEMPTS: u32 = 8;

/// Reason to sign a transaction again with another nonce.
const TAKEN: &str = "another transaction of the same account took its place";

/// Reason to give up: with another nonce, both transactions could be carried out.
const STILL_OPEN: &str =
	"it names another nonce, although the first one is not used in a final block";

/// Limit for a nonce that was used to become final.
const OPEN: Duration = Duration::from_secs(60);

/// Most blocks that are searched for a transaction.
const SEARCHED: u64 = 8_192;

/// Limit for the last search, after the time to follow a transaction.
const AFTER: Duration = Duration::from_secs(10);

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

/// The block that has a transaction.
#[derive(Clone, Copy)]
struct BlockOfTransaction {
	block: H256,
	number: u64,
	finalized: bool,
}

/// How the pool's reports on a transaction ended.
enum PoolOutcome {
	/// It is in this block, final or not.
	In(H256, bool),
	/// Another transaction of the account took its nonce.
	Usurped,
	/// The chain will not accept it.
	Invalid,
	/// The connection broke, or the node stopped reporting.
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
}

/// Use of an account's nonce.
enum Place {
	/// No final block has a transaction with it.
	Open,
	/// This final block has one of the call's transactions.
	TakenByIt(SignedTransaction, H256),
	/// A final block has another transaction with it.
	TakenByAnother,
	/// No final block has a transaction with it, and the runtime accepts none of the call's.
	Void,
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

	/// Prepares a call to be signed, sent and followed. Nothing is sent until the caller picks the
	/// state to wait for: [`Submission::in_block`], [`Submission::finalized`] or
	/// [`Submission::follow`].
	pub fn submit<'a>(&'a self, signer: &'a Signer, call: &'a Call) -> Submission<'a> {
		Submission { client: self, signer, call, before: None }
	}

	/// Follows a transaction that was sent before, perhaps by another process, and sends it again
	/// where no block has it. Returns `None` if no block has it or ever will, or if the chain
	/// refused the call.
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
	pub(crate) async fn has_expired(
		&self,
		signed: &SignedTransaction,
	) -> Result<bool, SubmitError> {
		let last = self.last_final().await?.number;
		Ok(signed.has_expired(last))
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
		let last = self.last_final().await?;
		let used = self.at(last.hash).transactions_of(account).await?;
		if signed.has_expired(last.number) && u64::from(used) <= signed.nonce {
			return Ok(None);
		}
		let sent = std::slice::from_ref(signed);
		match self.place_of(account, signed.nonce, sent, deadline).await? {
			Place::TakenByAnother | Place::Void => Ok(None),
			Place::TakenByIt(found, block) => {
				match self.outcome(&found, block, follow.until).await {
					Err(SubmitError::Chain(_)) => Ok(None),
					known => known,
				}
			}
			Place::Open => Err(SubmitError::Unknown { transaction: signed.hash.0 }),
		}
	}

	/// Returns the outcome of a transaction that was found in this block. If a fork drops the block
	/// meanwhile, follows the transaction into another one. Returns `None` if no block has it or
	/// ever will.
	async fn outcome_of(
		&self,
		account: &Account,
		signed: &SignedTransaction,
		mut found: Option<(H256, bool)>,
		deadline: Instant,
		follow: Follow,
	) -> Result<Option<Executed>, SubmitError> {
		let mut backoff = Backoff::new(Duration::from_millis(250), deadline);
		while let Some((block, _)) = found {
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
		before: Option<Before<'_>>,
	) -> Result<Executed, SubmitError> {
		let deadline = Instant::now() + follow.deadline;
		let account = signer.own_account();
		let mut backoff = Backoff::new(Duration::from_millis(250), deadline);
		let (mut last_refusal, mut earlier) = (None, Vec::new());
		for _ in 0..ATTEMPTS {
			let sent = self.sign_and_send(signer, call, deadline, follow, before, &earlier);
			last_refusal = Some(match sent.await? {
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

	/// Returns the block that has a transaction whose reports ended in this way, and whether it is
	/// final. Returns `None` if no block can take it any more.
	async fn block_after(
		&self,
		outcome: &PoolOutcome,
		account: &Account,
		signed: &SignedTransaction,
		deadline: Instant,
		follow: Follow,
	) -> Result<Option<(H256, bool)>, SubmitError> {
		match outcome {
			PoolOutcome::In(block, finalized) => Ok(Some((*block, *finalized))),
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

	/// Waits until a nonce is used in a final block, and returns by what. `earlier` are the
	/// transactions of one call, some of which have this nonce. They are sent again meanwhile: a
	/// pool refuses one while it has another with the same nonce, even if that has become invalid.
	async fn place_of(
		&self,
		account: &Account,
		nonce: u64,
		earlier: &[SignedTransaction],
		deadline: Instant,
	) -> Result<Place, SubmitError> {
		let mut backoff =
			Backoff::new(Duration::from_millis(250), deadline.min(Instant::now() + OPEN));
		let mut hash = loop {
			let last = self.last_final().await?.hash;
			if u64::from(self.at(last).transactions_of(account).await?) > nonce {
				break last;
			}
			// The runtime of a final block accepts none that was signed for another.
			let spec = self.proven_version().await?.spec;
			let of_it = earlier.iter().filter(|one| one.nonce == nonce && one.spec_version == spec);
			let of_it: Vec<_> = of_it.collect();
			if of_it.is_empty() {
				return Ok(Place::Void);
			}
			for one in of_it {
				// The chain, and not the node's answer, says what became of it.
				if let Err(error) = self.inner.methods.author_submit_extrinsic(&one.bytes).await {
					tracing::debug!(%error, "a transaction is not accepted again");
				}
			}
			if !backoff.wait().await {
				return Ok(Place::Open);
			}
		};
		// Back to the block that has it.
		for _ in 0..signed::FORK {
			let header = self.header(hash).await?.ok_or(SubmitError::NoBlock)?;
			let before = self.at(header.parent).transactions_of(account).await?;
			if u64::from(before) <= nonce {
				let body = self.proven_body(&header).await?;
				let found = earlier.iter().find(|one| index_of(&body, one.hash).is_some());
				return Ok(match found {
					Some(found) => Place::TakenByIt(found.clone(), H256(hash)),
					None => Place::TakenByAnother,
				});
			}
			hash = header.parent;
		}
		Ok(Place::Open)
	}

	/// Signs a call with the account's next nonce, sends it, and follows the pool's reports on it.
	/// `earlier` are the call's transactions that were sent before. It is signed with another nonce
	/// only if none of them can be carried out any more: a node could keep one back, and send both.
	async fn sign_and_send(
		&self,
		signer: &Signer,
		call: &Call,
		deadline: Instant,
		follow: Follow,
		before: Option<Before<'_>>,
		earlier: &[SignedTransaction],
	) -> Result<SendOutcome, SubmitError> {
		let (finalized, at) =
			tokio::try_join!(async { Ok(self.last_final().await?) }, self.state())?;
		let age = self.age(&finalized).await?;
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
		let guard = self.inner.nonce_lock.lock().await;
		let account = signer.own_account();
		let methods = &self.inner.methods;
		let mut nonce = methods
			.system_account_next_index(&account)
			.await
			.map_err(|error| self.inner.connection.explain("system_accountNextIndex", error))?;
		// Those before the last one with another nonce were settled when it was signed.
		if let Some(last) = earlier.last().filter(|last| last.nonce != nonce) {
			match self.place_of(&account, last.nonce, earlier, deadline).await? {
				Place::Open => return Err(unsettled(STILL_OPEN.into(), earlier)),
				Place::TakenByIt(found, block) => {
					return Ok(SendOutcome::Followed(found, PoolOutcome::In(block, true)));
				}
				Place::TakenByAnother => {}
				// The pool still counts one for the previous runtime, which no block can take.
				Place::Void => nonce = nonce.min(last.nonce),
			}
		}
		let dated = Dated { number: finalized.number, hash: H256(finalized.hash), age };
		let digest = self.metadata_digest().await?;
		let signed = sign(&at, dated, signer, call, nonce, digest)?;
		if signed.last.is_none() {
			self.warn_of_stall(finalized.number);
		}
		self.note_signed();
		if let Some(before) = before {
			before(&signed);
		}
		let subscription = match methods.author_submit_and_watch_extrinsic(&signed.bytes).await {
			Ok(subscription) => subscription,
			Err(error) => {
				drop(guard);
				let error = self.inner.connection.explain("author_submitExtrinsic", error);
				return match refusal(error)? {
					NodeRefusal::Passing(reason) => Ok(SendOutcome::Retry(signed, reason)),
					NodeRefusal::Known => Ok(SendOutcome::Followed(signed, PoolOutcome::Lost)),
					// While a node catches up, its pool judges by an earlier block than the best
					// one, from which the transaction is dated. The chain's own opinion counts.
					NodeRefusal::Final(reason) => match self.validity(&signed).await? {
						Validity::Passing(reason) => Ok(SendOutcome::Retry(signed, reason)),
						Validity::Final(_) => Err(refused(reason, earlier)),
					},
				};
			}
		};
		drop(guard);
		let outcome = watch(subscription, deadline, follow.until).await;
		Ok(SendOutcome::Followed(signed, outcome))
	}

	/// Searches the blocks for a transaction, and sends it again where none has it, until it is as
	/// far as specified or the deadline is over. Returns `None` if no block can take it any more.
	async fn resend_until_done(
		&self,
		account: &Account,
		signed: &SignedTransaction,
		deadline: Instant,
		follow: Follow,
	) -> Result<Option<(H256, bool)>, SubmitError> {
		let mut backoff = Backoff::new(Duration::from_secs(1), deadline);
		while Instant::now() < deadline {
			// Asked before the search: once it is void, either a searched block has it, or none
			// ever will.
			let is_void = self.is_void(account, signed).await?;
			match self.search(signed, deadline).await? {
				Some(found) if found.finalized || follow.until == Until::Included => {
					return Ok(Some((found.block, found.finalized)));
				}
				// It is in a block, which will become final.
				Some(_) => {}
				None if is_void => return Ok(None),
				None => {
					let methods = &self.inner.methods;
					let again = methods.author_submit_and_watch_extrinsic(&signed.bytes).await;
					match again {
						Ok(subscription) => {
							if let PoolOutcome::In(block, finalized) =
								watch(subscription, deadline, follow.until).await
							{
								return Ok(Some((block, finalized)));
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
		let (transaction, last) = (signed.hash.0, signed.last);
		let seconds = follow.deadline.as_secs();
		match self.search(signed, deadline + AFTER).await? {
			Some(found) if found.finalized || follow.until == Until::Included => {
				Ok(Some((found.block, found.finalized)))
			}
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

	/// Returns whether no block after the final ones can take a transaction, which is proved: it has
	/// expired, another has its nonce, or another runtime runs.
	async fn is_void(
		&self,
		account: &Account,
		signed: &SignedTransaction,
	) -> Result<bool, SubmitError> {
		let last = self.last_final().await?;
		if signed.has_expired(last.number) {
			return Ok(true);
		}
		let used = self.at(last.hash).transactions_of(account).await?;
		if u64::from(used) > signed.nonce {
			return Ok(true);
		}
		Ok(self.proven_version().await?.spec != signed.spec_version)
	}

	/// Searches for a transaction in the blocks since it was signed.
	async fn search(
		&self,
		signed: &SignedTransaction,
		deadline: Instant,
	) -> Result<Option<BlockOfTransaction>, SubmitError> {
		let best = self.best_number().await?;
		let finalized = self.finalized_number().await?;
		let methods = &self.inner.methods;
		let last = signed.last.map_or(best, |last| best.min(last));
		let last = last.min(signed.first.saturating_add(SEARCHED));
		for number in (signed.first..=last).rev() {
			if Instant::now() >= deadline {
				return Err(SubmitError::Unknown { transaction: signed.hash.0 });
			}
			let explain = |error| self.inner.connection.explain("chain_getBlock", error);
			let hash = methods
				.chain_get_block_hash(Some(NumberOrHex::Number(number)))
				.await
				.map_err(explain)?;
			let Some(hash) = hash else { continue };
			if self.position(hash, signed.hash).await?.is_some() {
				return Ok(Some(BlockOfTransaction {
					block: hash,
					number,
					finalized: number <= finalized,
				}));
			}
		}
		Ok(None)
	}
}

/// Makes the error for a transaction that the node refuses, after these were sent for the same call.
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

/// Follows the pool's reports on a transaction.
async fn watch(
	mut subscription: subxt::rpcs::client::RpcSubscription<TransactionStatus<H256>>,
	deadline: Instant,
	until: Until,
) -> PoolOutcome {
	// Replaced at the next state, which ends it.
	let mut _waiting = info_span!("in block");
	loop {
		let Ok(status) = timeout_at(deadline, subscription.next()).await else {
			return PoolOutcome::Lost;
		};
		match status {
			Some(Ok(TransactionStatus::Finalized(block))) => return PoolOutcome::In(block, true),
			Some(Ok(TransactionStatus::InBlock(block))) if until == Until::Included => {
				return PoolOutcome::In(block, false)
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
