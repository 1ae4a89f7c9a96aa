//! The last final block: followed by proofs of finality, and remembered with the first block.

use std::{path::PathBuf, time::Duration};

use base64::{engine::general_purpose::STANDARD as BASE64, Engine};
use futures::future::BoxFuture;
use salus_light::{Fault, Trusted};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subxt::rpcs::rpc_params;
use tokio::time::Instant;
use tracing::{debug_span, Instrument};

use super::{bytes, hexadecimal, read, Answer, KnownBlock};
use crate::chain::{client::Client, rpc::RpcError};

/// Time for which the last final block is not asked for again.
const RECENT: Duration = Duration::from_millis(80);

/// Time for which a new final block is not written to the disk again.
const REMEMBERED: Duration = Duration::from_secs(10);

/// Error code of a node that has no block with a hash.
const UNKNOWN_STATE: i32 = 9050;

/// Method that proves finality.
const PROVE_FINALITY: &str = "salus_proveFinality";

/// Form of the file about the chain at an address.
#[derive(Serialize, Deserialize)]
struct Remembered {
	url: String,
	trusted: Trusted,
}

impl Client {
	/// Returns the last final block, and follows finality to it.
	pub(crate) fn last_final(&self) -> BoxFuture<'_, Result<KnownBlock, RpcError>> {
		Box::pin(async move {
			let began = Instant::now();
			let mut known = self.inner.certain.known.lock().await;
			// Callers that waited for a failed call fail too, instead of each trying again.
			if known.unanswered.is_some_and(|ended| ended > began) {
				let (url, method) = (self.url(), PROVE_FINALITY.to_owned());
				return Err(RpcError::NoAnswer { url, method, seconds: began.elapsed().as_secs() });
			}
			let is_recent = known.asked.is_some_and(|asked| asked.elapsed() < RECENT);
			// A copy, because the caller may leave while it waits.
			let mut trusted = match &known.trusted {
				Some(trusted) if is_recent => return Ok(KnownBlock::of(trusted.head())),
				Some(trusted) => trusted.clone(),
				None => self.first_trusted().await?,
			};
			let before = trusted.head().hash;
			let followed =
				self.follow(&mut trusted).instrument(debug_span!("follow finality")).await;
			if let Err(RpcError::NoAnswer { .. } | RpcError::Gone { .. }) = followed {
				known.unanswered = Some(Instant::now());
			}
			let block = KnownBlock::of(trusted.head());
			let is_due = known.remembered.is_none_or(|last| last.elapsed() >= REMEMBERED);
			let due = (block.hash != before && is_due).then(|| trusted.clone());
			known.trusted = Some(trusted);
			if let Some(due) = due {
				self.remember(due).await?;
				known.remembered = Some(Instant::now());
			}
			followed?;
			known.asked = Some(Instant::now());
			Ok(block)
		})
	}

	/// Returns what this machine knows about the chain at the node's address. Fails if the node's
	/// chain is another one.
	pub(in crate::chain) fn kept_chain(&self) -> Result<Option<Trusted>, RpcError> {
		let genesis = self.genesis();
		let Some(path) = self.remembered() else { return Ok(None) };
		let found = read(&path).map_err(|source| self.unkept("read", &path, source))?;
		let Some(found) = found else { return Ok(None) };
		let remembered: Remembered = serde_json::from_slice(&found)
			.map_err(|error| self.unkept("understand", &path, error.into()))?;
		let known = *remembered.trusted.genesis();
		match known == genesis {
			true => Ok(Some(remembered.trusted)),
			false => {
				Err(RpcError::OtherChain { url: self.url(), known, found: genesis, file: path })
			}
		}
	}

	/// Returns what this machine knows about the chain, or the chain's first block as the node
	/// names it.
	async fn first_trusted(&self) -> Result<Trusted, RpcError> {
		let genesis = self.genesis();
		if let Some(kept) = self.kept_chain()? {
			return Ok(kept);
		}
		let method = "salus_proveGenesis";
		let answer: Answer = self.fetch(method, rpc_params![]).await?;
		let proved = bytes(&answer.header, "block header").and_then(|header| {
			Trusted::from_genesis(&genesis, header, &bytes(&answer.proof, "proof")?)
		});
		let trusted = proved.map_err(|fault| self.untrue(method, fault))?;
		// Another first block at this address is an alarm from now on.
		self.remember(trusted.clone()).await?;
		Ok(trusted)
	}

	/// Follows finality to the last block that the node proves, and remembers it.
	async fn follow(&self, trusted: &mut Trusted) -> Result<(), RpcError> {
		let method = PROVE_FINALITY;
		loop {
			let from = trusted.head().hash;
			let fetched = self.fetch::<String>(method, rpc_params![hexadecimal(from)]).await;
			let proof = fetched.map_err(|error| match error {
				RpcError::Refused { code: UNKNOWN_STATE, .. } => RpcError::Behind {
					url: self.url(),
					known: trusted.head().number,
					file: self.remembered().unwrap_or_default(),
				},
				error => error,
			})?;
			let followed = BASE64
				.decode(&proof)
				.map_err(|_| Fault::Malformed("proof of finality"))
				.and_then(|proof| trusted.follow(&proof))
				.map_err(|fault| self.untrue(method, fault))?;
			// Without progress, asking again would not end.
			if followed || trusted.head().hash == from {
				return Ok(());
			}
		}
	}

	/// Returns the file about the chain at the node's address.
	fn remembered(&self) -> Option<PathBuf> {
		let name = hex::encode(Sha256::digest(self.url()));
		Some(self.inner.certain.folder.as_ref()?.join(format!("{name}.json")))
	}

	async fn remember(&self, trusted: Trusted) -> Result<(), RpcError> {
		let Some(path) = self.remembered() else { return Ok(()) };
		let text = serde_json::to_vec(&Remembered { url: self.url(), trusted })
			.map_err(|error| self.unkept("write", &path, error.into()))?;
		self.keep(path, text).await
	}
}
