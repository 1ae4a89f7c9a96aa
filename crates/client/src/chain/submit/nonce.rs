//! The nonce that a call is signed with, so that the call is not executed twice.

use std::time::Duration;

use salus_primitives::Hash32;
use subxt::utils::H256;
use tokio::time::Instant;

use super::{
	backoff::Backoff, outcome::index_of, signed::FORK, unsettled, SignedTransaction, SubmitError,
};
use crate::{Account, Client};

/// Reason to give up: with another nonce, both transactions could be executed.
const STILL_OPEN: &str =
	"it now gives a different nonce, although no final block has used the first one";

/// Use of an account's nonce, for a call that was signed with it.
pub(super) enum NonceUse {
	/// No final block has a transaction with it.
	Open,
	/// A final block has one of the call's transactions.
	UsedByCall {
		/// The transaction.
		signed: SignedTransaction,
		/// Hash of the block.
		block: H256,
	},
	/// A final block has a transaction with it that is not the call's.
	UsedByAnother,
	/// No final block has a transaction with it, and the runtime accepts none of the call's.
	Void,
}

/// Decision on the nonce of a call's next transaction.
pub(super) enum NextNonce {
	/// Nonce to sign the call with.
	Sign(u64),
	/// Nothing to sign: a final block has one of the call's transactions.
	Used {
		/// The transaction.
		signed: SignedTransaction,
		/// Hash of the block.
		block: H256,
	},
}

impl Client {
	/// Decides on the nonce to sign a call with. `earlier` are the call's transactions that were
	/// sent before. The nonce differs from theirs only if none of them can be executed any more: a
	/// node could keep one back, and send both. The caller holds the lock on nonces.
	pub(super) async fn next_nonce(
		&self,
		account: &Account,
		earlier: &[SignedTransaction],
		deadline: Instant,
	) -> Result<NextNonce, SubmitError> {
		let methods = &self.inner.methods;
		let given = methods
			.system_account_next_index(account)
			.await
			.map_err(|error| self.inner.connection.explain("system_accountNextIndex", error))?;
		// Only the newest one's nonce is in question. Before the client changed to that nonce, it
		// made sure, here, that no transaction with the former one can be executed any more.
		let Some(newest) = earlier.last().filter(|newest| newest.nonce != given) else {
			return Ok(NextNonce::Sign(given));
		};
		match self.use_of_nonce(account, newest.nonce, earlier, deadline).await? {
			NonceUse::Open => Err(unsettled(STILL_OPEN.into(), earlier)),
			NonceUse::UsedByCall { signed, block } => Ok(NextNonce::Used { signed, block }),
			NonceUse::UsedByAnother => Ok(NextNonce::Sign(given)),
			// The pool still counts one for the previous runtime, which no block can take.
			NonceUse::Void => Ok(NextNonce::Sign(given.min(newest.nonce))),
		}
	}

	/// Waits until the deadline for a final block that uses a nonce, and returns by what. `earlier`
	/// are the transactions of one call, some of which have this nonce. They are sent again
	/// meanwhile: a pool refuses one while it has another with the same nonce, even if that has
	/// become invalid.
	pub(super) async fn use_of_nonce(
		&self,
		account: &Account,
		nonce: u64,
		earlier: &[SignedTransaction],
		deadline: Instant,
	) -> Result<NonceUse, SubmitError> {
		let mut backoff = Backoff::new(Duration::from_millis(250), deadline);
		loop {
			let final_block = self.last_final().await?.hash;
			if u64::from(self.at(final_block).transactions_of(account).await?) > nonce {
				return self.user_of_nonce(account, nonce, earlier, final_block).await;
			}
			// The runtime of a final block accepts none that was signed for another.
			let spec = self.proven_version().await?.spec;
			let with_nonce: Vec<_> = earlier
				.iter()
				.filter(|signed| signed.nonce == nonce && signed.spec_version == spec)
				.collect();
			if with_nonce.is_empty() {
				return Ok(NonceUse::Void);
			}
			for signed in with_nonce {
				// The chain, and not the node's answer, says what became of it.
				if let Err(error) = self.inner.methods.author_submit_extrinsic(&signed.bytes).await
				{
					tracing::debug!(%error, "a transaction is not accepted again");
				}
			}
			if !backoff.wait().await {
				return Ok(NonceUse::Open);
			}
		}
	}

	/// Returns by what a nonce was used. Goes back from this final block, after which the nonce is
	/// used, to the one that has the transaction.
	async fn user_of_nonce(
		&self,
		account: &Account,
		nonce: u64,
		earlier: &[SignedTransaction],
		final_block: Hash32,
	) -> Result<NonceUse, SubmitError> {
		let mut hash = final_block;
		for _ in 0..FORK {
			let header = self.header(hash).await?.ok_or(SubmitError::NoBlock)?;
			let used_before = self.at(header.parent).transactions_of(account).await?;
			if u64::from(used_before) <= nonce {
				let body = self.proven_body(&header).await?;
				let found = earlier.iter().find(|signed| index_of(&body, signed.hash).is_some());
				return Ok(match found {
					Some(signed) => {
						NonceUse::UsedByCall { signed: signed.clone(), block: H256(hash) }
					}
					None => NonceUse::UsedByAnother,
				});
			}
			hash = header.parent;
		}
		Ok(NonceUse::Open)
	}
}
