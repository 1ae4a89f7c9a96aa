//! Erasure, with a receipt.

use std::time::Duration;

use salus_primitives::{Hash32, Moment, RecordEntry, RecordId, Tombstone};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{chain::calls, error::Missing, Account, Client, Error, Signer};

/// The patient's receipt: proof on the chain that the keys are deleted.
///
/// A copy that someone opened before cannot be recalled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
	/// Hash of the chain's first block, which names the chain.
	#[serde(with = "crate::json::hex")]
	pub genesis: Hash32,
	/// Record that was erased.
	pub record: RecordId,
	/// The patient whose record it was.
	pub patient: Account,
	/// Time of the erasure, in milliseconds since 1970.
	pub erased: Moment,
	/// Number of the block with the erasure, if this client erased it.
	pub block: Option<u64>,
	/// Hash of that block.
	#[serde(with = "optional_hash")]
	pub block_hash: Option<Hash32>,
	/// Hash of the transaction.
	#[serde(with = "optional_hash")]
	pub transaction: Option<Hash32>,
	/// Number of storage nodes that have not yet confirmed the removal. A node confirms once its
	/// blocks are gone, not only unpinned.
	pub replicas_left: u32,
}

impl Client {
	/// Erases a record: its keys are deleted on the chain, and storage nodes remove the sealed
	/// content. For a record that is already erased, the receipt has no block.
	pub async fn erase(&self, patient: &Signer, record: RecordId) -> Result<Receipt, Error> {
		let details = self.proven().record(record).await?;
		match details.ok_or(Error::NotFound(Missing::Record(record)))?.entry {
			RecordEntry::Erased(tombstone) => Ok(self.receipt(record, tombstone)),
			RecordEntry::Live(_) => {
				let call = calls::records::erase(record);
				let included = self.submit(patient, &call).finalized().await?.included;
				let tombstone = self.tombstone(record).await?;
				Ok(Receipt {
					block: Some(included.block),
					block_hash: Some(included.block_hash),
					transaction: Some(included.transaction),
					..self.receipt(record, tombstone)
				})
			}
		}
	}

	/// Waits until every storage node that had confirmed it has confirmed the removal.
	pub async fn wait_until_removed(
		&self,
		mut receipt: Receipt,
		deadline: Duration,
	) -> Result<Receipt, Error> {
		let started = Instant::now();
		let mut blocks = self.blocks().await;
		while receipt.replicas_left > 0 {
			let left = deadline.saturating_sub(started.elapsed());
			if left.is_zero() {
				return Err(Error::Deadline {
					what: "the removal of every replica",
					seconds: deadline.as_secs(),
					remedy: "the keys are already deleted, and storage nodes continue by themselves; check again later",
				});
			}
			blocks.next(left).await;
			receipt.replicas_left = self.tombstone(receipt.record).await?.replicas_left;
		}
		Ok(receipt)
	}

	async fn tombstone(&self, record: RecordId) -> Result<Tombstone<Account>, Error> {
		match self.proven().record(record).await?.map(|details| details.entry) {
			Some(RecordEntry::Erased(tombstone)) => Ok(tombstone),
			_ => Err(Error::NotFound(Missing::Record(record))),
		}
	}

	fn receipt(&self, record: RecordId, tombstone: Tombstone<Account>) -> Receipt {
		Receipt {
			genesis: self.genesis(),
			record,
			patient: tombstone.patient,
			erased: tombstone.erased,
			block: None,
			block_hash: None,
			transaction: None,
			replicas_left: tombstone.replicas_left,
		}
	}
}

mod optional_hash {
	use super::Hash32;
	use serde::{Deserialize, Deserializer, Serialize, Serializer};

	#[derive(Serialize, Deserialize)]
	struct Hex(#[serde(with = "crate::json::hex")] Hash32);

	pub(super) fn serialize<S: Serializer>(
		hash: &Option<Hash32>,
		serializer: S,
	) -> Result<S::Ok, S::Error> {
		hash.map(Hex).serialize(serializer)
	}

	pub(super) fn deserialize<'de, D: Deserializer<'de>>(
		deserializer: D,
	) -> Result<Option<Hash32>, D::Error> {
		Ok(Option::<Hex>::deserialize(deserializer)?.map(|hex| hex.0))
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_receipt_survives_json() {
		let receipt = Receipt {
			genesis: [1; 32],
			record: RecordId([2; 32]),
			patient: Account::from([3; 32]),
			erased: 4,
			block: Some(5),
			block_hash: Some([6; 32]),
			transaction: None,
			replicas_left: 7,
		};
		let json = serde_json::to_string(&receipt).unwrap();
		assert!(json.contains(&format!("\"block_hash\":\"0x{}\"", "06".repeat(32))));
		assert_eq!(serde_json::from_str::<Receipt>(&json).unwrap(), receipt);
	}
}
