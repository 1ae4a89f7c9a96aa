//! Byte arrays as `0x…` hexadecimal in JSON.

/// For `#[serde(with = …)]`.
pub mod hex {
	use serde::{de::Error, Deserialize, Deserializer, Serializer};

	/// Writes `0x…`.
	pub fn serialize<S: Serializer, const N: usize>(
		bytes: &[u8; N],
		serializer: S,
	) -> Result<S::Ok, S::Error> {
		serializer.serialize_str(&format!("0x{}", ::hex::encode(bytes)))
	}

	/// Reads `0x…`.
	pub fn deserialize<'de, D: Deserializer<'de>, const N: usize>(
		deserializer: D,
	) -> Result<[u8; N], D::Error> {
		let text = String::deserialize(deserializer)?;
		let digits = text.strip_prefix("0x").ok_or_else(|| D::Error::custom("no 0x"))?;
		let mut bytes = [0; N];
		::hex::decode_to_slice(digits, &mut bytes).map_err(D::Error::custom)?;
		Ok(bytes)
	}
}
