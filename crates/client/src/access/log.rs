//! Reading a patient's access log, and exporting it with its proof.

use codec::{DecodeAll, Encode};
use futures::future::BoxFuture;
use salus_light::{state, Fault};
use salus_primitives::{Hash32, LogEntry, LogHead, MAX_PAGE};
use serde::Serialize;
use subxt::utils::H256;

use crate::{
	chain::{proven::KnownBlock, rpc::RpcError},
	log::{entry_key, head_key, LogError, LogExport, StateProof},
	Account, Client, Error,
};

/// Method that reads values with a proof.
const READ_PROOF: &str = "state_getReadProof";

/// Number of entries that are read at a time.
const AT_ONCE: usize = 128;

/// A patient's log at one final block, which is proved. Its entries can be read one by one.
#[derive(Clone, Debug)]
pub struct KnownLog {
	/// Patient whose log it is.
	pub patient: Account,
	/// Head of the log: it says which entries there are.
	pub head: LogHead,
	block: KnownBlock,
}

/// A patient's log at one block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccessLog {
	/// Patient whose log it is.
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
	pub fn access_log<'a>(
		&'a self,
		patient: &'a Account,
	) -> BoxFuture<'a, Result<AccessLog, Error>> {
		Box::pin(async move {
			let last = self.last_final().await?;
			self.notice_age(&last).await?;
			let block = last.hash;
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
		})
	}

	/// Returns the head of a patient's log at the last final block. Checks a proof of it.
	pub async fn known_log(&self, patient: &Account) -> Result<KnownLog, Error> {
		let block = self.last_final().await?;
		let mut values = self.values_of(&block, &[head_key(patient)]).await?;
		let head = match values.pop().flatten() {
			Some(bytes) => LogHead::decode_all(&mut &bytes[..])
				.map_err(|_| self.untrue(READ_PROOF, Fault::Malformed("log")))?,
			// Proved absent: nothing was ever logged.
			None => LogHead::default(),
		};
		Ok(KnownLog { patient: *patient, head, block })
	}

	/// Returns the entries of a log with these indices, in their order. Of each, a proof was
	/// checked that it is in the state of the log's block. Fails if the log lacks one of them.
	pub async fn log_entries(
		&self,
		log: &KnownLog,
		indices: &[u32],
	) -> Result<Vec<LogEntry<Account>>, Error> {
		let malformed = || self.untrue(READ_PROOF, Fault::Malformed("log entry"));
		let mut entries = Vec::with_capacity(indices.len());
		for some in indices.chunks(AT_ONCE) {
			let keys: Vec<_> = some.iter().map(|index| entry_key(&log.patient, *index)).collect();
			let values = self.values_of(&log.block, &keys).await?;
			for (index, value) in some.iter().zip(values) {
				let bytes = value.ok_or(LogError::NoEntry(*index))?;
				let entry = LogEntry::<Account>::decode_all(&mut &bytes[..]);
				let entry = entry.map_err(|_| malformed())?;
				if entry.index != *index {
					return Err(malformed().into());
				}
				entries.push(entry);
			}
		}
		Ok(entries)
	}

	/// Reads values of the state of a final block, with a proof.
	async fn values_of(
		&self,
		block: &KnownBlock,
		keys: &[Vec<u8>],
	) -> Result<Vec<Option<Vec<u8>>>, Error> {
		let asked: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
		let nodes = self.nodes(&asked, block.hash).await?.encode();
		let values = state::values(&block.state_root, &nodes, keys);
		Ok(values.map_err(|fault| self.untrue(READ_PROOF, fault))?)
	}

	/// Returns a patient's log at the last final block, with the proof that it is complete.
	pub fn export_log<'a>(
		&'a self,
		patient: &'a Account,
	) -> BoxFuture<'a, Result<LogExport, Error>> {
		Box::pin(async move {
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
		})
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

#[cfg(test)]
mod tests {
	use super::*;
	use crate::chain::{proven::tests::Block, rpc::tests::Answers};
	use salus_primitives::LogEvent;
	use serde_json::Value;
	use std::sync::{
		atomic::{AtomicUsize, Ordering},
		LazyLock,
	};

	const PATIENT: Account = subxt::utils::AccountId32([1; 32]);
	const READER: Account = subxt::utils::AccountId32([2; 32]);
	const OTHER_READER: Account = subxt::utils::AccountId32([3; 32]);

	/// Numbers of entries that were ever written, and that are archived.
	const COUNT: u32 = 300;
	const ARCHIVED: u32 = 10;

	fn entry(index: u32, actor: Account) -> LogEntry<Account> {
		LogEntry {
			index,
			block: index,
			at: 1_700_000_000_000 + u64::from(index),
			actor,
			organisation: Some(1),
			event: LogEvent::Released { request: u64::from(index) },
		}
	}

	/// Returns a block with a long log, in which this account has read.
	fn block(actor: Account) -> Block {
		let head = LogHead { count: COUNT, archived: ARCHIVED, ..LogHead::default() };
		let entries = (ARCHIVED..COUNT)
			.map(|index| (entry_key(&PATIENT, index), entry(index, actor).encode()));
		let mut values = vec![(head_key(&PATIENT), head.encode())];
		values.extend(entries);
		let values: Vec<(&[u8], &[u8])> =
			values.iter().map(|(key, value)| (key.as_slice(), value.as_slice())).collect();
		Block::new(7, &values)
	}

	static TRUE: LazyLock<Block> = LazyLock::new(|| block(READER));
	static FALSE: LazyLock<Block> = LazyLock::new(|| block(OTHER_READER));

	/// Returns the number of values that a request asks for with a proof.
	fn asked(method: &str, params: &Value) -> usize {
		match method {
			READ_PROOF => params[0].as_array().map_or(0, Vec::len),
			_ => 0,
		}
	}

	#[tokio::test]
	async fn a_page_of_a_long_log_reads_its_entries_alone() {
		static ASKED: AtomicUsize = AtomicUsize::new(0);
		let answers: Answers = |method, params| {
			ASKED.fetch_add(asked(method, params), Ordering::Relaxed);
			TRUE.answer(method, params)
		};
		let folder = tempfile::tempdir().unwrap();
		let client = TRUE.known_to_client_of(answers, folder.path()).await;
		let before = ASKED.load(Ordering::Relaxed);
		let log = client.known_log(&PATIENT).await.unwrap();
		assert_eq!((log.head.archived, log.head.count), (ARCHIVED, COUNT));
		let page = client.log_entries(&log, &[COUNT - 1, COUNT - 2]).await.unwrap();
		assert_eq!(page, [entry(COUNT - 1, READER), entry(COUNT - 2, READER)]);
		// The head and both entries.
		assert_eq!(ASKED.load(Ordering::Relaxed) - before, 3);

		// More than are read at a time.
		let all: Vec<u32> = (ARCHIVED..COUNT).collect();
		assert_eq!(client.log_entries(&log, &all).await.unwrap().len(), all.len());
		for index in [0, ARCHIVED - 1, COUNT] {
			let error = client.log_entries(&log, &[ARCHIVED, index]).await.unwrap_err();
			let expected = LogError::NoEntry(index);
			assert!(matches!(&error, Error::Log(found) if *found == expected), "{error:?}");
		}
		let empty = client.known_log(&READER).await.unwrap();
		assert_eq!(empty.head, LogHead::default());
	}

	#[tokio::test]
	async fn an_entry_of_another_state_is_not_believed() {
		let answers: Answers = |method, params| match asked(method, params) {
			2 => FALSE.answer(method, params),
			_ => TRUE.answer(method, params),
		};
		let folder = tempfile::tempdir().unwrap();
		let client = TRUE.known_to_client_of(answers, folder.path()).await;
		let log = client.known_log(&PATIENT).await.unwrap();
		let error = client.log_entries(&log, &[20, 21]).await.unwrap_err();
		assert!(matches!(error, Error::Rpc(RpcError::Untrue { .. })), "{error:?}");
		assert_eq!(client.log_entries(&log, &[20]).await.unwrap(), [entry(20, READER)]);
	}
}
