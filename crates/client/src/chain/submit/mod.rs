//! Transactions: signed, handed over, and followed until their outcome is known.
//!
//! A transaction is never given up as long as it may still be included: when the node restarts
//! under it, the blocks since are searched for it and it is handed over again.
//!
//! A transaction is dated from the last final block, which no fork takes away, and dies some blocks
//! later. While finality stands, its life is as much longer as the best block is ahead ([`Date`]):
//! what a patient signs then comes into the next block, too.

mod error;
mod outcome;
mod refusal;
mod signed;
#[cfg(test)]
mod tests;

pub(crate) use error::library;
pub use error::{ChainError, SubmitError};
pub use outcome::{Answered, Included, Logged};
pub(crate) use outcome::{Council, Events};
pub(crate) use signed::Signed;

use std::time::Duration;

use subxt::{
	rpcs::methods::legacy::{NumberOrHex, TransactionStatus},
	utils::H256,
};
use tokio::time::{sleep, timeout_at, Instant};

use super::{
	calls::{self, Call},
	client::Client,
	metadata::check_call,
	rpc::jittered,
};
use crate::{Account, Signer};
use refusal::{refusal, Refused, Validity};
use signed::sign;

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
