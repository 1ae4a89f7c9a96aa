//! The bond that a hospital stakes on its emergency access.

use codec::Decode;
use salus_primitives::OrganisationId;
use serde::Serialize;

use crate::{
	chain::{metadata::constant, rpc::RpcError, submit::SubmitError},
	storage, Account, Client,
};

/// A hospital's bond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Decode, Serialize)]
pub struct Bond {
	/// Account on which it is held.
	pub depositor: Account,
	/// Amount, in the smallest unit of the token.
	pub amount: u128,
}

/// Returns the storage key of a hospital's bond: `Access.Bonds(organisation)`.
fn key(organisation: OrganisationId) -> Vec<u8> {
	storage::twox_entry("Access", "Bonds", &organisation.to_le_bytes())
}

impl Client {
	/// Returns the least bond with which a hospital can open emergency cases, in the smallest unit
	/// of the token; `None` if the runtime does not say.
	pub async fn least_bond(&self) -> Result<Option<u128>, SubmitError> {
		Ok(constant(&self.state().await?, "Access", "MinBond"))
	}

	/// Returns a hospital's bond, if it has deposited one.
	pub async fn bond(&self, organisation: OrganisationId) -> Result<Option<Bond>, RpcError> {
		self.now().storage(&key(organisation)).await
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use codec::DecodeAll;

	#[test]
	fn a_bond_is_read_where_the_pallet_keeps_it() {
		let key = hex::encode(key(1));
		// Twox64Concat of 1 as little-endian u32, as on every Substrate chain.
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
