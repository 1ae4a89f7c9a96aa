//! Transactions: signing, sending and following them until their outcome is known.
//!
//! [`Client::submit`] prepares a call, and a verb of [`Submission`] names the state to wait for.
//! Each verb documents what it guarantees, and what it does not:
//!
//! ```no_run
//! # use salus_client::{Call, Client, Signer, SubmitError};
//! # async fn example(client: Client, signer: Signer, call: Call) -> Result<(), SubmitError> {
//! let executed = client.submit(&signer, &call).in_block().await?;
//! println!("executed in block {}", executed.included.block);
//! # Ok(())
//! # }
//! ```
//!
//! One submission passes through these states:
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
//! - *In no block*: the pool dropped it, reported nothing about it for ten seconds, or the
//!   connection broke. The client searches the blocks for it before it sends it again, so a restart
//!   of the node loses nothing.
//! - *Void*: no block can take it, because another transaction has used its nonce, a later runtime
//!   runs, or it has expired. All three are proved by final blocks.
//! - *Signed again*: with the nonce that the node gives. If this is a different nonce, the client
//!   first makes sure that no transaction with the first one can still be executed
//!   ([`Client::next_nonce`]); otherwise the call could be executed twice.
//!
//! Three ends are not in the diagram. The chain refuses the transaction for good:
//! [`SubmitError::Invalid`]. The time is over: [`SubmitError::Deadline`], or
//! [`SubmitError::NotFinal`] if a best block has it. The client signs no further transaction, but
//! one that it sent for the same call can still be executed: [`SubmitError::Unsettled`].
//!
//! A transaction is dated from the last final block, which no fork removes, and expires some blocks
//! later. While finality is stalled, its life is extended by the distance to the best block
//! ([`signed::Mortality`]), so that what a patient signs then still enters the next block.

mod backoff;
mod error;
mod extensions;
mod follow;
mod nonce;
mod outcome;
mod pool;
mod refusal;
mod search;
mod signed;
mod submission;
#[cfg(test)]
mod tests;
mod unproved;

pub(crate) use error::{library, KeyAttempts, KEY_ATTEMPTS, STEADY_FROM};
pub use error::{ChainError, SubmitError};
pub(crate) use outcome::Council;
pub use outcome::{Answered, Executed, Included, Logged};
pub(crate) use signed::SignedTransaction;
pub use submission::Submission;
pub use unproved::NodesWord;
pub(crate) use unproved::Unproved;

use std::time::Duration;

use futures::future::BoxFuture;
use subxt::{client::OnlineClientAtBlock, config::SubstrateConfig, utils::H256};
use tokio::time::{timeout_at, Instant};

use super::{
	calls::{self, Call},
	client::Client,
	metadata::check_call,
	rpc::RpcError,
};
use crate::{Account, Signer};
use backoff::Backoff;
use follow::Followed;
use nonce::NextNonce;
use pool::{watch, PoolOutcome};
use refusal::{refusal, NodeRefusal, Validity};
use signed::{sign, Anchor};
use submission::OnSigned;

/// Maximum number of attempts to sign a transaction.
const ATTEMPTS: usize = 8;

/// Reason to sign a transaction again with another nonce.
const TAKEN: &str = "another transaction of the same account took its place";

/// Reason for a call that was not signed in time.
const BUSY: &str = "another transaction of the same account was still being signed";

/// State in which a transaction counts as done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
	/// In a final block, which is proved; while finality stalls, in any block.
	Included,
	/// In a final block.
	Finalized,
}

/// State to follow a transaction to, and a limit on the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Follow {
	/// State in which it counts as done.
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
	pub(crate) fn follow_sent<'a>(
		&'a self,
		account: &'a Account,
		signed: &'a SignedTransaction,
		follow: Follow,
	) -> BoxFuture<'a, Result<Option<Executed>, SubmitError>> {
		Box::pin(async move {
			let deadline = Instant::now() + follow.deadline;
			self.note_signed();
			let followed = Followed { client: self, account, signed, deadline, follow };
			let found = followed.resend_until_done().await?;
			match followed.outcome_of(found).await {
				Err(SubmitError::Chain(_)) => Ok(None),
				Ok(None) => followed.outcome_by_nonce().await,
				known => known,
			}
		})
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

	/// Signs a call, sends it, and follows it to the state that `follow` asks for.
	fn carry_out<'a>(
		&'a self,
		signer: &'a Signer,
		call: &'a Call,
		follow: Follow,
		on_signed: Option<OnSigned<'a>>,
	) -> BoxFuture<'a, Result<Executed, SubmitError>> {
		Box::pin(async move {
			let deadline = Instant::now() + follow.deadline;
			let account = signer.own_account();
			let mut backoff = Backoff::new(Duration::from_millis(250), deadline);
			let (mut last_refusal, mut earlier) = (None, Vec::new());
			while earlier.len() < ATTEMPTS {
				let sending =
					self.sign_and_send(signer, call, deadline, follow, on_signed, &earlier);
				last_refusal = Some(match sending.await? {
					SendOutcome::Pause(reason) => reason.into(),
					// The nonce was taken, or the pool is full: both pass.
					SendOutcome::Retry(signed, reason) => {
						earlier.push(signed);
						reason
					}
					SendOutcome::Followed(signed, outcome) => {
						let followed = Followed {
							client: self,
							account: &account,
							signed: &signed,
							deadline,
							follow,
						};
						let found = followed.block_after(&outcome).await?;
						if let Some(executed) = followed.outcome_of(found).await? {
							return Ok(executed);
						}
						let reason = match outcome {
							PoolOutcome::Invalid => match self.validity(&signed).await? {
								Validity::Permanent(reason) => {
									return Err(refused(reason, &earlier))
								}
								Validity::Temporary(reason) => reason,
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
		})
	}

	/// Signs a call with the account's next nonce, sends it, and follows the pool's reports on it.
	/// `earlier` are the transactions that were signed for this call before, oldest first.
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
		// The inner call first, then the `act` that wraps it, if the signer acts for a patient.
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
		let anchor = Anchor { number: last_final.number, hash: H256(last_final.hash), age };
		let digest = self.metadata_digest().await?;
		let signed = sign(&at, anchor, signer, call, nonce, digest)?;
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

	/// Decides what to do with a transaction that the node refused with this error. Fails if the
	/// chain will not accept it.
	async fn after_refusal(
		&self,
		signed: SignedTransaction,
		error: RpcError,
		earlier: &[SignedTransaction],
	) -> Result<SendOutcome, SubmitError> {
		match refusal(error)? {
			NodeRefusal::Temporary(reason) => Ok(SendOutcome::Retry(signed, reason)),
			NodeRefusal::Known => Ok(SendOutcome::Followed(signed, PoolOutcome::Lost)),
			// While a node catches up, its pool judges by an earlier block than the best one, from
			// which the transaction is dated. The chain's own opinion counts.
			NodeRefusal::Permanent(reason) => match self.validity(&signed).await? {
				Validity::Temporary(reason) => Ok(SendOutcome::Retry(signed, reason)),
				Validity::Permanent(_) => Err(refused(reason, earlier)),
			},
		}
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

/// Makes the error for a call that the node refuses for good. Transactions of it that were sent
/// before, if any, may still be executed.
fn refused(reason: String, sent: &[SignedTransaction]) -> SubmitError {
	match sent.is_empty() {
		true => SubmitError::Invalid { reason },
		false => unsettled(reason, sent),
	}
}

/// Makes the error for a call that may still be executed, because these transactions of it were
/// sent.
fn unsettled(reason: String, sent: &[SignedTransaction]) -> SubmitError {
	let lasts: Option<Vec<u64>> = sent.iter().map(|signed| signed.last).collect();
	SubmitError::Unsettled { reason, last: lasts.and_then(|lasts| lasts.into_iter().max()) }
}
