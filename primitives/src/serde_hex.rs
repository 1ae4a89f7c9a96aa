//! Byte arrays as `0x…` hexadecimal in JSON, for `#[serde(with = …)]`.

use alloc::string::String;

/// Writes `0x…`.
pub fn serialize<S: serde::Serializer, const N: usize>(
	bytes: &[u8; N],
	serializer: S,
) -> Result<S::Ok, S::Error> {
	let mut text = String::with_capacity(2 + 2 * N);
	text.push_str("0x");
	for byte in bytes {
		for nibble in [byte >> 4, byte & 15] {
			text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
		}
	}
	serializer.serialize_str(&text)
}

/// Reads `0x…`, which must have the array's length.
pub fn deserialize<'de, D: serde::Deserializer<'de>, const N: usize>(
	deserializer: D,
) -> Result<[u8; N], D::Error> {
	use serde::{de::Error, Deserialize};
	let text = String::deserialize(deserializer)?;
	let digits = text
		.strip_prefix("0x")
		.ok_or_else(|| D::Error::custom("hex must start with 0x"))?
		.as_bytes();
	if digits.len() != 2 * N {
		return Err(D::Error::custom("hex has the wrong length"));
	}
	let mut bytes = [0u8; N];
	for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
		let mut value = 0;
		for digit in pair {
			value = value << 4
				| char::from(*digit)
					.to_digit(16)
					.ok_or_else(|| D::Error::custom("not a hex digit"))?;
		}
		*byte = value as u8;
	}
	Ok(bytes)
}
