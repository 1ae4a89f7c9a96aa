//! Following a signed transaction until it is done, or until no block can take it.

use std::{slice, time::Duration};

use subxt::utils::H256;
use tokio::time::Instant;

use super::{
	backoff::Backoff,
	nonce::NonceUse,
	pool::{watch, PoolOutcome},
	refusal::Validity,
	Executed, Follow, SignedTransaction, SubmitError,
};
use crate::{Account, Client};

/// Longest time for the last search, which begins at the deadline: 10 seconds.
const LAST_SEARCH_LIMIT: Duration = Duration::from_secs(10);

/// Result of looking for a transaction.
pub(super) enum Found {
	/// The block with this hash has it.
	In(H256),
	/// No block has it, and none is expected to: it is void, which is proved, or the pool or the
	/// chain rejects it, which is not.
	Never,
}

/// A signed transaction that is followed.
pub(super) struct Followed<'a> {
	pub(super) client: &'a Client,
	/// Account that signed it.
	pub(super) account: &'a Account,
	pub(super) signed: &'a SignedTransaction,
	/// End of the time to follow it.
	pub(super) deadline: Instant,
	/// State to reach, and the length of that time.
	pub(super) follow: Follow,
}

impl Followed<'_> {
	/// Returns the block that has the transaction, after the pool's reports on it ended in this
	/// way.
	pub(super) async fn block_after(&self, outcome: &PoolOutcome) -> Result<Found, SubmitError> {
		match outcome {
			PoolOutcome::In(block) => Ok(Found::In(*block)),
			// The pool's opinion is not the chain's.
			PoolOutcome::Usurped | PoolOutcome::Invalid => {
				match self.client.search(self.signed, self.deadline).await? {
					Some(_) => self.resend_until_done().await,
					None => Ok(Found::Never),
				}
			}
			PoolOutcome::Lost | PoolOutcome::NoRoom => self.resend_until_done().await,
		}
	}

	/// Returns the outcome of the transaction in the block that was found. If a fork drops the
	/// block, follows the transaction into another one. Returns `None` for [`Found::Never`].
	pub(super) async fn outcome_of(
		&self,
		mut found: Found,
	) -> Result<Option<Executed>, SubmitError> {
		let mut backoff = Backoff::new(Duration::from_millis(250), self.deadline);
		while let Found::In(block) = found {
			let outcome = self.client.outcome(self.signed, block, self.follow.until);
			if let Some(executed) = outcome.await? {
				return Ok(Some(executed));
			}
			if !backoff.wait().await {
				return Err(self.too_late());
			}
			found = self.resend_until_done().await?;
		}
		Ok(None)
	}

	/// Finds out what happened to a transaction that the node cannot find: looks for the
	/// transaction that used its nonce. Returns `None` if it is proved that no block has it.
	pub(super) async fn outcome_by_nonce(&self) -> Result<Option<Executed>, SubmitError> {
		let Self { client, account, signed, deadline, follow } = *self;
		let last_final = client.last_final().await?;
		let used = client.at(last_final.hash).transactions_of(account).await?;
		if signed.has_expired(last_final.number) && u64::from(used) <= signed.nonce {
			return Ok(None);
		}
		let sent = slice::from_ref(signed);
		match client.settled_use_of_nonce(account, signed.nonce, sent, deadline).await? {
			NonceUse::UsedByAnother | NonceUse::Outdated => Ok(None),
			NonceUse::UsedByCall { signed, block } => {
				match client.outcome(&signed, block, follow.until).await {
					Err(SubmitError::Chain(_)) => Ok(None),
					known => known,
				}
			}
			NonceUse::Open => Err(SubmitError::Unknown { transaction: signed.hash.0 }),
		}
	}

	/// Searches the blocks for the transaction, and sends it again where none has it, until it has
	/// reached the state that `follow` asks for or the deadline is over.
	pub(super) async fn resend_until_done(&self) -> Result<Found, SubmitError> {
		let Self { client, signed, deadline, follow, .. } = *self;
		let mut backoff = Backoff::new(Duration::from_secs(1), deadline);
		let mut found_before = None;
		while Instant::now() < deadline {
			// Asked before the search: once it is void, either a searched block has it, or none
			// ever will.
			let is_void = self.is_void().await?;
			let found = match found_before {
				Some(found) => client.still_at(found).await?,
				None => None,
			};
			let found = match found {
				Some(found) => Some(found),
				None => client.search(signed, deadline).await?,
			};
			found_before = found;
			match found {
				Some(found) if found.is_enough(follow.until) => return Ok(Found::In(found.hash)),
				// The transaction is in a block, which will become final.
				Some(_) => {}
				None if is_void => return Ok(Found::Never),
				None => {
					let methods = &client.inner.methods;
					let again = methods.author_submit_and_watch_extrinsic(&signed.bytes).await;
					match again {
						Ok(subscription) => {
							if let PoolOutcome::In(block) =
								watch(subscription, deadline, follow.until).await
							{
								return Ok(Found::In(block));
							}
						}
						// For example, its account cannot pay: no pool keeps it.
						Err(_) => {
							if let Ok(Validity::Permanent(_)) = client.validity(signed).await {
								return Ok(Found::Never);
							}
						}
					}
				}
			}
			backoff.wait().await;
		}
		self.search_after().await.map(Found::In)
	}

	/// Searches the blocks for the transaction a last time, after its deadline, and returns the
	/// hash of the block that has it. Fails if it has not reached the state that `follow` asks for.
	async fn search_after(&self) -> Result<H256, SubmitError> {
		match self.client.search(self.signed, self.deadline + LAST_SEARCH_LIMIT).await? {
			Some(found) if found.is_enough(self.follow.until) => Ok(found.hash),
			// Before finality it may still be dropped, so this is not a result.
			Some(found) => Err(SubmitError::NotFinal {
				transaction: self.signed.hash.0,
				block: found.number,
				finalized: self.client.finalized_number().await?,
				seconds: self.follow.deadline.as_secs(),
			}),
			None => Err(self.too_late()),
		}
	}

	/// Makes the error for a transaction that is not done at its deadline.
	fn too_late(&self) -> SubmitError {
		SubmitError::Deadline {
			transaction: self.signed.hash.0,
			last: self.signed.last,
			seconds: self.follow.deadline.as_secs(),
		}
	}

	/// Returns whether no block after the final ones can take the transaction, which is proved: it
	/// has expired, another has its nonce, or another runtime runs.
	async fn is_void(&self) -> Result<bool, SubmitError> {
		let Self { client, account, signed, .. } = *self;
		let last_final = client.last_final().await?;
		if signed.has_expired(last_final.number) {
			return Ok(true);
		}
		let used = client.at(last_final.hash).transactions_of(account).await?;
		if u64::from(used) > signed.nonce {
			return Ok(true);
		}
		Ok(signed.is_outdated(client.proven_version().await?.spec))
	}
}
