//! What a hospital answers with for its emergencies.

use codec::{Decode, DecodeAll};
use salus_primitives::OrganisationId;
use serde::Serialize;
use sp_crypto_hashing::{twox_128, twox_64};

use crate::{
	chain::metadata::constant, chain::rpc::RpcError, chain::submit::SubmitError, Account, Client,
};

/// A hospital's bond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Decode, Serialize)]
pub struct Bond {
	/// On whose account it is held.
	pub depositor: Account,
	/// How much, in the smallest unit of the token.
	pub amount: u128,
}

/// Where the chain keeps it: `Access.Bonds(organisation)`.
fn key(organisation: OrganisationId) -> Vec<u8> {
	let id = organisation.to_le_bytes();
	[&twox_128(b"Access")[..], &twox_128(b"Bonds"), &twox_64(&id), &id].concat()
}

impl Client {
	/// The least bond with which a hospital can open emergency cases, in the smallest unit of the token. `None`: the chain's
	/// runtime does not say.
	pub async fn least_bond(&self) -> Result<Option<u128>, SubmitError> {
		Ok(constant(&self.state().await?, "Access", "MinBond"))
	}

	/// A hospital's bond; none if it has deposited none.
	pub async fn bond(&self, organisation: OrganisationId) -> Result<Option<Bond>, RpcError> {
		const METHOD: &str = "state_getStorage";
		let bytes = self
			.inner
			.methods
			.state_get_storage(&key(organisation), None)
			.await
			.map_err(|error| self.inner.connection.explain(METHOD, error))?;
		let Some(bytes) = bytes else { return Ok(None) };
		Bond::decode_all(&mut &bytes[..])
			.map(Some)
			.map_err(|source| RpcError::Answer { method: METHOD.into(), source: Box::new(source) })
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_bond_is_looked_for_where_the_pallet_keeps_it() {
		let key = hex::encode(key(1));
		// Twox64Concat of 1 as little-endian u32, as every Substrate chain has it.
		assert!(key.ends_with("5153cb1f00942ff401000000"), "{key}");
		assert_eq!(key.len(), 2 * (16 + 16 + 8 + 4));
	}

	#[test]
	fn a_bond_decodes_as_the_pallet_encodes_it() {
		let bytes = [&[7; 32][..], &5u128.to_le_bytes()].concat();
		let bond = Bond::decode_all(&mut &bytes[..]).unwrap();
		assert_eq!((bond.depositor.0, bond.amount), ([7; 32], 5));
	}
}
