//! Reading a patient's access log, and exporting it with its proof.

use codec::Encode;
use salus_primitives::{Hash32, LogEntry, LogHead, MAX_PAGE};
use serde::Serialize;
use subxt::utils::H256;

use crate::{
	chain::rpc::RpcError,
	log::{head_key, LogError, LogExport, StateProof},
	Account, Client, Error,
};

/// A patient's log at one block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccessLog {
	/// The patient.
	pub patient: Account,
	/// Head of the log.
	pub head: LogHead,
	/// The entries that are not archived, oldest first.
	pub entries: Vec<LogEntry<Account>>,
	/// Hash of the block at which it was read.
	#[serde(with = "crate::json::hex")]
	pub block: Hash32,
}

impl Client {
	/// Returns a patient's log at the last final block.
	pub async fn access_log(&self, patient: &Account) -> Result<AccessLog, Error> {
		let block = self.last_final().await?.hash;
		let view = self.at(block);
		let mut head = None;
		let mut entries = Vec::new();
		let mut from = 0;
		loop {
			let page = view.access_log(patient, from, MAX_PAGE).await?;
			entries.extend(page.entries);
			head = Some(head.unwrap_or(page.head));
			// A page that led back would never end.
			match page.next {
				Some(next) if next > from => from = next,
				_ => break,
			}
		}
		Ok(AccessLog { patient: *patient, head: head.unwrap_or_default(), entries, block })
	}

	/// Returns a patient's log at the last final block, with the proof that it is complete.
	pub async fn export_log(&self, patient: &Account) -> Result<LogExport, Error> {
		let log = self.access_log(patient).await?;
		let block = H256(log.block);
		let unknown = || RpcError::Answer {
			method: "chain_getHeader".into(),
			source: "no such block".into(),
		};
		let header = self
			.inner
			.methods
			.chain_get_header(Some(block))
			.await
			.map_err(|error| self.inner.connection.explain("chain_getHeader", error))?
			.ok_or_else(unknown)?;
		let nodes = self.nodes(&[&head_key(patient)], log.block).await?;
		let export = LogExport {
			genesis: self.genesis(),
			patient: *patient,
			exported: self.at(log.block).clock().await?,
			entries: log.entries,
			proof: StateProof { header: header.encode(), nodes },
		};
		// Verified before it is returned, so that a lying node is detected now.
		let verified = export.verify()?;
		if verified.block_hash != log.block {
			return Err(LogError::Header.into());
		}
		Ok(export)
	}

	/// Returns whether a block of a verified export is a final block of the chain, which is proved.
	/// Fails if the chain has forgotten the block's hash.
	pub async fn is_final_block(&self, number: u64, hash: Hash32) -> Result<bool, Error> {
		let last = self.last_final().await?;
		if number > last.number {
			return Err(LogError::NotYetFinal { block: number, last: last.number }.into());
		}
		if number == last.number {
			return Ok(hash == last.hash);
		}
		let found = self.hash_in(&last, number).await?;
		found.map(|found| found == hash).ok_or_else(|| LogError::Forgotten.into())
	}
}
