//! The nonce that a call is signed with, so that the call is not executed twice.

use std::time::Duration;

use subxt::utils::H256;
use tokio::time::Instant;

use super::{
	backoff::Backoff, outcome::index_of, search::SEARCH_RANGE, SignedTransaction, SubmitError,
};
use crate::{chain::proven::KnownBlock, Account, Client};

/// Reason to wait: with another nonce, both transactions could be executed.
const STILL_OPEN: &str =
	"it now gives a different nonce, although no final block has used the first one";

/// Reason to wait: the account's transactions are executed in the order of their nonces.
const DROPPED: &str = "it has dropped an earlier transaction of the same account";

/// Use of an account's nonce, for a call that was signed with it.
pub(super) enum NonceUse {
	/// No final block has a transaction with it.
	Open,
	/// A final block has one of the call's transactions.
	UsedByCall {
		/// The call's transaction that was executed.
		signed: SignedTransaction,
		/// Hash of the block.
		block: H256,
	},
	/// A final block has a transaction with it that is not the call's.
	UsedByAnother,
	/// No final block has a transaction with it, and all of the call's were signed for an earlier
	/// runtime, so that they are void.
	Outdated,
}

/// Decision on the nonce of a call's next transaction.
pub(super) enum NextNonce {
	/// Nonce to sign the call with.
	Sign(u64),
	/// Nothing to sign yet: this is the reason.
	Pause(&'static str),
	/// Nothing to sign: a final block has one of the call's transactions.
	Used {
		/// The call's transaction that was executed.
		signed: SignedTransaction,
		/// Hash of the block.
		block: H256,
	},
}

impl Client {
	/// Decides on the nonce to sign a call with. It differs from the nonces of the call's earlier
	/// transactions only if none of them can still be executed: a node could keep one back, and
	/// send both. The caller holds the lock on nonces, but not during pauses: another call of the
	/// account may have to be signed first.
	pub(super) async fn next_nonce(
		&self,
		account: &Account,
		earlier: &[SignedTransaction],
	) -> Result<NextNonce, SubmitError> {
		let methods = &self.inner.methods;
		let given = methods
			.system_account_next_index(account)
			.await
			.map_err(|error| self.inner.connection.explain("system_accountNextIndex", error))?;
		// Only the newest one's nonce is in question. Before the client changed to that nonce, it
		// made sure, here, that no transaction with the former one can still be executed.
		let Some(newest) = earlier.last().filter(|newest| newest.nonce != given) else {
			return Ok(NextNonce::Sign(given));
		};
		Ok(match self.use_of_nonce(account, newest.nonce, earlier).await? {
			NonceUse::Open if given < newest.nonce => NextNonce::Pause(DROPPED),
			NonceUse::Open => NextNonce::Pause(STILL_OPEN),
			NonceUse::UsedByCall { signed, block } => NextNonce::Used { signed, block },
			NonceUse::UsedByAnother => NextNonce::Sign(given),
			// The pool still counts one for the previous runtime, which no block can take.
			NonceUse::Outdated => NextNonce::Sign(given.min(newest.nonce)),
		})
	}

	/// Waits until a final block uses a nonce, or the deadline passes, and returns the use.
	/// `earlier` are the transactions of one call, some with this nonce.
	pub(super) async fn settled_use_of_nonce(
		&self,
		account: &Account,
		nonce: u64,
		earlier: &[SignedTransaction],
		deadline: Instant,
	) -> Result<NonceUse, SubmitError> {
		let mut backoff = Backoff::new(Duration::from_millis(250), deadline);
		loop {
			match self.use_of_nonce(account, nonce, earlier).await? {
				NonceUse::Open if backoff.wait().await => {}
				known => return Ok(known),
			}
		}
	}

	/// Returns how the final blocks use a nonce. `earlier` are the transactions of one call, some
	/// with this nonce. While it is open, they are sent again: a pool refuses one while it has
	/// another with the same nonce, even if that has become invalid.
	async fn use_of_nonce(
		&self,
		account: &Account,
		nonce: u64,
		earlier: &[SignedTransaction],
	) -> Result<NonceUse, SubmitError> {
		let mut with_nonce: Vec<_> =
			earlier.iter().filter(|signed| signed.nonce == nonce).collect();
		let last_final = self.last_final().await?;
		let used = self.at(last_final.hash).transactions_of(account).await?;
		if u64::from(used) > nonce {
			return self.user_of_nonce(&with_nonce, &last_final).await;
		}
		let spec = self.proven_version().await?.spec;
		with_nonce.retain(|signed| !signed.is_outdated(spec));
		if with_nonce.is_empty() {
			return Ok(NonceUse::Outdated);
		}
		for signed in with_nonce {
			// The node's answer does not count: the chain shows what became of it.
			if let Err(error) = self.inner.methods.author_submit_extrinsic(&signed.bytes).await {
				tracing::debug!(%error, "a transaction is not accepted again");
			}
		}
		Ok(NonceUse::Open)
	}

	/// Returns which transaction used a nonce that is already used in the last final block.
	/// Searches all final blocks that can have one of these transactions. They can be many: a node
	/// that was offline gives nonces that were used long ago, until it has caught up.
	async fn user_of_nonce(
		&self,
		with_nonce: &[&SignedTransaction],
		last_final: &KnownBlock,
	) -> Result<NonceUse, SubmitError> {
		let final_number = last_final.number;
		let ends = with_nonce.iter().map(|signed| signed.last.unwrap_or(final_number));
		let newest = ends.max().unwrap_or(0).min(final_number);
		let dated = with_nonce.iter().map(|signed| signed.dated).min().unwrap_or(newest);
		if newest.saturating_sub(dated) > SEARCH_RANGE {
			return Ok(NonceUse::Open);
		}
		let Some(mut hash) = self.final_hash(last_final, newest).await? else {
			return Ok(NonceUse::Open);
		};
		for _ in dated..newest {
			let header = self.header(hash).await?.ok_or(SubmitError::NoBlock)?;
			let body = self.proven_body(&header).await?;
			if let Some(signed) =
				with_nonce.iter().find(|signed| index_of(&body, signed.hash).is_some())
			{
				return Ok(NonceUse::UsedByCall { signed: (*signed).clone(), block: H256(hash) });
			}
			hash = header.parent;
		}
		Ok(NonceUse::UsedByAnother)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		chain::{
			proven::tests::{client_that_knows, values_proof, GENESIS},
			rpc::tests::Answers,
		},
		storage,
	};
	use codec::{Compact, Encode};
	use salus_primitives::Hash32;
	use serde_json::{json, Value};
	use sp_core::Blake2Hasher;
	use sp_trie::{LayoutV1, TrieConfiguration};
	use std::sync::LazyLock;

	const ALICE: [u8; 32] = [9; 32];

	/// Number of blocks, more than any fork takes back.
	const LENGTH: u64 = 300;

	/// Number of the block that uses the account's nonces 5 and 6.
	const USING: u64 = 20;

	/// A chain without forks, as a node reports it.
	struct Chain {
		headers: Vec<(Hash32, Vec<u8>, Value)>,
		bodies: Vec<Vec<Vec<u8>>>,
		proof: Vec<Vec<u8>>,
	}

	static CHAIN: LazyLock<Chain> = LazyLock::new(|| {
		let nonces = (7u32, [0u8; 12]).encode();
		let key = storage::blake2_entry("System", "Account", &ALICE);
		let (state_root, proof) = values_proof(&[(&key[..], &nonces[..])]);
		let (mut parent, mut headers, mut bodies) = (GENESIS, Vec::new(), Vec::new());
		for number in 1..=LENGTH {
			let body = match number {
				USING => vec![SignedTransaction::example(5).bytes, b"of another call".to_vec()],
				_ => vec![],
			};
			let root = LayoutV1::<Blake2Hasher>::ordered_trie_root(&body).0;
			let bytes = (parent, Compact(number as u32), state_root, root, [0u8; 1]).encode();
			let json = json!({
				"parentHash": hexadecimal(parent),
				"number": format!("0x{number:x}"),
				"stateRoot": hexadecimal(state_root),
				"extrinsicsRoot": hexadecimal(root),
				"digest": {"logs": []},
			});
			parent = sp_crypto_hashing::blake2_256(&bytes);
			headers.push((parent, bytes, json));
			bodies.push(body);
		}
		Chain { headers, bodies, proof }
	});

	fn hexadecimal(bytes: impl AsRef<[u8]>) -> String {
		format!("0x{}", hex::encode(bytes))
	}

	const ANSWERS: Answers = |method, params| {
		let index = || {
			let is_it = |(hash, ..): &(Hash32, Vec<u8>, Value)| params[0] == hexadecimal(hash);
			CHAIN.headers.iter().position(is_it).expect("it is a block of the chain")
		};
		match method {
			"state_getRuntimeVersion" => {
				json!({"specName": "salus", "specVersion": 2, "transactionVersion": 1, "apis": []})
			}
			"chain_getBlockHash" => hexadecimal(GENESIS).into(),
			"chain_getHeader" => CHAIN.headers[index()].2.clone(),
			"chain_getBlock" => {
				let body: Vec<_> = CHAIN.bodies[index()].iter().map(hexadecimal).collect();
				let header = CHAIN.headers[index()].2.clone();
				json!({"block": {"header": header, "extrinsics": body}})
			}
			// No further block, and that is all: 0x0001, deflated.
			"salus_proveFinality" => "Y2AEAA==".into(),
			"state_getReadProof" => {
				let proof: Vec<_> = CHAIN.proof.iter().map(hexadecimal).collect();
				json!({"at": hexadecimal(CHAIN.headers.last().unwrap().0), "proof": proof})
			}
			_ => Value::Null,
		}
	};

	#[tokio::test]
	async fn a_nonce_that_was_used_long_ago_is_settled() {
		let folder = tempfile::tempdir().unwrap();
		let (_, head, _) = CHAIN.headers.last().unwrap();
		let client = client_that_knows(head, ANSWERS, folder.path()).await;
		let signed = |nonce| SignedTransaction {
			dated: USING - 10,
			last: Some(LENGTH + 10),
			..SignedTransaction::example(nonce)
		};
		let alice = Account::from(ALICE);
		let used = client.use_of_nonce(&alice, 5, &[signed(5), signed(6)]).await.unwrap();
		let NonceUse::UsedByCall { block, .. } = used else { panic!("its block was not found") };
		assert_eq!(block.0, CHAIN.headers[USING as usize - 1].0);
		let used = client.use_of_nonce(&alice, 6, &[signed(5), signed(6)]).await.unwrap();
		assert!(matches!(used, NonceUse::UsedByAnother));
	}
}
