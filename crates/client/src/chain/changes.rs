//! Changes of the entries on which decisions rest, for programs that keep decisions.

use std::sync::LazyLock;

use salus_primitives::{Concerned, Hash32, Moment, RecordId, BASIS};
use serde::Deserialize;
use subxt::{rpcs::rpc_params, utils::H256};

use super::rpc::RpcError;
use crate::{storage, Account, Client};

/// JSON-RPC method that reports them.
const METHOD: &str = "salus_changesSince";

/// Length of the hash before an account in a key (`Blake2_128Concat`).
const HASH: usize = 16;

/// Prefixes of the keys, and the person whom an entry under each concerns.
static PREFIXES: LazyLock<Vec<(Vec<u8>, Concerned)>> = LazyLock::new(|| {
	BASIS.iter().map(|(pallet, map, whom)| (storage::item(pallet, map), *whom)).collect()
});

/// Changes since a block, as the node reports them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
	/// Hash of the best block.
	pub block: Hash32,
	/// Time of the block, in milliseconds since 1970; `None` if the node no longer has it at hand.
	pub time: Option<Moment>,
	/// Patients and records whose decisions may have changed; `None` for all.
	pub of: Option<Vec<Changed>>,
}

/// Subject of decisions that may have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
	/// Decisions on all records of this patient.
	Patient(Account),
	/// Decisions on this record.
	Record(RecordId),
}

#[derive(Deserialize)]
struct Answer {
	block: H256,
	time: Option<Moment>,
	keys: Option<Vec<String>>,
}

impl Client {
	/// Returns the best block, and the patients and records on whom a decision may have changed
	/// since the block with this hash. [`ConsentDetails::holds_until`] says when the time alone
	/// changes one.
	///
	/// [`ConsentDetails::holds_until`]: salus_primitives::ConsentDetails::holds_until
	pub async fn changes_since(&self, block: &Hash32) -> Result<Changes, RpcError> {
		let answer: Answer = self.request(METHOD, rpc_params![H256(*block)]).await?;
		let of = answer.keys.and_then(|keys| keys.iter().map(|key| changed(key)).collect());
		Ok(Changes { block: answer.block.0, time: answer.time, of })
	}
}

/// Returns whose decisions an entry may change, by its key; `None` if all, or the key is unknown.
fn changed(key: &str) -> Option<Changed> {
	let key = hex::decode(key.strip_prefix("0x")?).ok()?;
	let (rest, whom) =
		PREFIXES.iter().find_map(|(prefix, whom)| Some((key.strip_prefix(&prefix[..])?, *whom)))?;
	match whom {
		Concerned::Patient => {
			let account: [u8; 32] = *rest.get(HASH..)?.first_chunk()?;
			Some(Changed::Patient(account.into()))
		}
		Concerned::Record => Some(Changed::Record(RecordId(*rest.first_chunk()?))),
		Concerned::Everybody => None,
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_key_names_whom_it_concerns() {
		let of = |key: Vec<u8>| changed(&format!("0x{}", hex::encode(key)));
		let record = storage::plain_entry("Records", "Versions", &[7; 32]);
		assert_eq!(of([&record[..], &[1; 12]].concat()), Some(Changed::Record(RecordId([7; 32]))));
		let grant = storage::blake2_entry("Consent", "Grants", &[8; 32]);
		let patient = Some(Changed::Patient([8; 32].into()));
		assert_eq!(of([&grant[..], &[1; 12]].concat()), patient);
		// Of everybody, cut short, and unknown.
		assert_eq!(of(storage::blake2_entry("Roles", "Members", &[8; 32])), None);
		assert_eq!(of(grant[..70].to_vec()), None);
		assert_eq!(of(storage::item("Records", "Status")), None);
		assert_eq!(of(b":code".to_vec()), None);
		assert_eq!(changed("0x1"), None);
		assert_eq!(changed(""), None);
	}
}
