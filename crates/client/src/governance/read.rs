//! Decoding a call by the chain's metadata.

use subxt::{
	client::OnlineClientAtBlock,
	config::SubstrateConfig,
	ext::scale_value::{
		scale::decode_as_type,
		stringify::{custom_formatters::format_hex, to_writer_custom},
		Composite, Value, ValueDef,
	},
};

use crate::{Client, SubmitError};

/// A call that another tool encoded, decoded by the chain's metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadCall {
	/// Name of the pallet.
	pub pallet: String,
	/// Name of the call.
	pub name: String,
	/// The call in words: `pallet.call field: value, …`.
	pub words: String,
}

impl Client {
	/// Returns what an encoded call would do.
	pub async fn read_call(&self, call: &[u8]) -> Result<ReadCall, SubmitError> {
		read(&self.state().await?, call).ok_or(SubmitError::NoCall)
	}
}

/// Returns a call as `pallet.call field: value, …`, or in hexadecimal if it cannot be decoded.
pub(super) fn words(at: &OnlineClientAtBlock<SubstrateConfig>, call: &[u8]) -> String {
	read(at, call).map_or_else(|| format!("0x{}", hex::encode(call)), |read| read.words)
}

/// Decodes a call, if the bytes are one call exactly.
fn read(at: &OnlineClientAtBlock<SubstrateConfig>, call: &[u8]) -> Option<ReadCall> {
	let metadata = at.metadata_ref();
	let kind = metadata.outer_enums().call_enum_ty();
	let mut rest = call;
	let value = decode_as_type(&mut rest, kind, metadata.types()).ok()?;
	if !rest.is_empty() {
		return None;
	}
	let ValueDef::Variant(pallet) = &value.value else {
		return None;
	};
	let ValueDef::Variant(call) = &pallet.values.values().next()?.value else {
		return None;
	};
	Some(ReadCall { pallet: pallet.name.clone(), name: call.name.clone(), words: named(&value)? })
}

fn named(value: &Value<u32>) -> Option<String> {
	let ValueDef::Variant(pallet) = &value.value else {
		return None;
	};
	let ValueDef::Variant(call) = &pallet.values.values().next()?.value else {
		return None;
	};
	let mut words = format!("{}.{}", pallet.name, call.name);
	let Composite::Named(fields) = &call.values else {
		return Some(words);
	};
	for (position, (name, value)) in fields.iter().enumerate() {
		words.push_str(if position == 0 { " " } else { ", " });
		words.push_str(name);
		words.push_str(": ");
		to_writer_custom()
			.compact()
			.add_custom_formatter(|value, writer| format_hex(value, writer))
			.write(value, &mut words)
			.ok()?;
	}
	Some(words)
}
