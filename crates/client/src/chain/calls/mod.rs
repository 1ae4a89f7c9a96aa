//! The chain's calls, one function each.
//!
//! A [`Call`] has the names of its pallet and function; their numbers are looked up in the metadata
//! when it is submitted. The arguments are the SCALE encoding of the types that the pallets take
//! (`salus-primitives`), in the order of the pallets' functions. Each function's documentation says
//! whose transaction the chain accepts. "By the council" means by two thirds of all its seats.

pub mod access;
pub mod attestation;
pub mod balances;
pub mod committee;
pub mod consent;
pub mod council;
pub mod records;
pub mod roles;
pub mod session;
pub mod succession;
#[cfg(test)]
mod tests;
pub mod upgrades;
pub mod validators;

use codec::{Compact, Encode};
use subxt::ext::{
	scale_encode::{EncodeAsFields, Error as EncodeError, FieldIter},
	scale_type_resolver::TypeResolver,
};

/// A call, ready to be signed.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
	pallet: &'static str,
	name: &'static str,
	arguments: Arguments,
}

impl std::fmt::Debug for Call {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		write!(f, "{}.{}(0x{})", self.pallet, self.name, hex::encode(self.arguments()))
	}
}

/// SCALE bytes that enter the transaction unchanged.
#[derive(Clone, PartialEq, Eq)]
pub struct Arguments(Vec<u8>);

impl EncodeAsFields for Arguments {
	fn encode_as_fields_to<R: TypeResolver>(
		&self,
		_fields: &mut dyn FieldIter<'_, R::TypeId>,
		_types: &R,
		out: &mut Vec<u8>,
	) -> Result<(), EncodeError> {
		out.extend_from_slice(&self.0);
		Ok(())
	}
}

impl Call {
	/// Makes a call by the names in the metadata. Several arguments are a tuple, none are `()`.
	pub fn new(pallet: &'static str, name: &'static str, arguments: impl Encode) -> Self {
		Self { pallet, name, arguments: Arguments(arguments.encode()) }
	}

	/// Returns the name of the pallet.
	pub fn pallet(&self) -> &'static str {
		self.pallet
	}

	/// Returns the name of the call.
	pub fn name(&self) -> &'static str {
		self.name
	}

	/// Returns the encoded arguments, without pallet and call number.
	pub fn arguments(&self) -> &[u8] {
		&self.arguments.0
	}
}

impl subxt::transactions::Payload for Call {
	type CallData = Arguments;

	fn pallet_name(&self) -> &str {
		self.pallet
	}

	fn call_name(&self) -> &str {
		self.name
	}

	fn call_data(&self) -> &Arguments {
		&self.arguments
	}
}
