//! Bounded bytes as `0x…` hex in JSON.

use alloc::{string::String, vec::Vec};
use bounded_collections::{BoundedVec, ConstU32};
use serde::{de::Error, Deserialize, Deserializer, Serialize, Serializer};

fn write(bytes: &[u8]) -> String {
	let mut text = String::with_capacity(bytes.len().saturating_mul(2).saturating_add(2));
	text.push_str("0x");
	text.push_str(&hex::encode(bytes));
	text
}

fn read<E: Error, const MAX: u32>(text: &str) -> Result<BoundedVec<u8, ConstU32<MAX>>, E> {
	let digits =
		text.strip_prefix("0x").ok_or_else(|| E::custom("expected hexadecimal digits after 0x"))?;
	let bytes: Vec<u8> =
		hex::decode(digits).map_err(|_| E::custom("expected hexadecimal digits after 0x"))?;
	BoundedVec::try_from(bytes).map_err(|_| E::custom("expected fewer bytes"))
}

pub(crate) fn serialize<S: Serializer, const MAX: u32>(
	bytes: &BoundedVec<u8, ConstU32<MAX>>,
	serializer: S,
) -> Result<S::Ok, S::Error> {
	serializer.serialize_str(&write(bytes))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>, const MAX: u32>(
	deserializer: D,
) -> Result<BoundedVec<u8, ConstU32<MAX>>, D::Error> {
	read(&String::deserialize(deserializer)?)
}

/// Optional bounded bytes.
pub(crate) mod option {
	use super::*;

	pub(crate) fn serialize<S: Serializer, const MAX: u32>(
		bytes: &Option<BoundedVec<u8, ConstU32<MAX>>>,
		serializer: S,
	) -> Result<S::Ok, S::Error> {
		bytes.as_ref().map(|bytes| write(bytes)).serialize(serializer)
	}

	pub(crate) fn deserialize<'de, D: Deserializer<'de>, const MAX: u32>(
		deserializer: D,
	) -> Result<Option<BoundedVec<u8, ConstU32<MAX>>>, D::Error> {
		Option::<String>::deserialize(deserializer)?.map(|text| read(&text)).transpose()
	}
}

/// Bounded bytes, each with the index of the member from whom they come.
pub(crate) mod pairs {
	use super::*;

	pub(crate) fn serialize<S: Serializer, const MAX: u32>(
		pairs: &[(u16, BoundedVec<u8, ConstU32<MAX>>)],
		serializer: S,
	) -> Result<S::Ok, S::Error> {
		serializer.collect_seq(pairs.iter().map(|(index, bytes)| (index, write(bytes))))
	}

	type Pair<const MAX: u32> = (u16, BoundedVec<u8, ConstU32<MAX>>);

	pub(crate) fn deserialize<'de, D: Deserializer<'de>, const MAX: u32>(
		deserializer: D,
	) -> Result<Vec<Pair<MAX>>, D::Error> {
		Vec::<(u16, String)>::deserialize(deserializer)?
			.into_iter()
			.map(|(index, text)| Ok((index, read(&text)?)))
			.collect()
	}
}
