//! IPFS content identifiers as the chain keeps them.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Length in bytes of a binary CIDv1 with a one-byte codec and a sha2-256 digest.
pub const CID_LENGTH: usize = 36;

/// Multicodec of raw leaves.
pub const CODEC_RAW: u8 = 0x55;

/// Multicodec of UnixFS nodes (dag-pb).
pub const CODEC_DAG_PB: u8 = 0x70;

/// A binary CIDv1: `0x01 ‖ codec ‖ 0x12 ‖ 0x20 ‖ sha2-256 digest`.
///
/// The chain stores these bytes unchanged. It refuses, with [`Cid::is_valid`], any other version,
/// codec or hash, so that one content has one identifier.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Hash,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Cid(pub [u8; CID_LENGTH]);

impl Cid {
	/// Builds a CID from its codec and digest.
	pub const fn new(codec: u8, digest: [u8; 32]) -> Self {
		let mut bytes = [0u8; CID_LENGTH];
		bytes[0] = 0x01;
		bytes[1] = codec;
		bytes[2] = 0x12;
		bytes[3] = 0x20;
		let mut i = 0;
		while i < 32 {
			bytes[4 + i] = digest[i];
			i += 1;
		}
		Self(bytes)
	}

	/// Returns whether version, codec and hash are ones that Salus stores.
	pub fn is_valid(&self) -> bool {
		matches!(self.0, [0x01, CODEC_RAW | CODEC_DAG_PB, 0x12, 0x20, ..])
	}
}

impl core::fmt::Debug for Cid {
	fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
		core::fmt::Display::fmt(self, f)
	}
}

/// The usual text form: multibase base32 in lower case without padding (RFC 4648), prefix `b`.
impl core::fmt::Display for Cid {
	fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
		use core::fmt::Write;
		const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
		f.write_char('b')?;
		let (mut buffer, mut bits) = (0u32, 0u32);
		for byte in self.0 {
			buffer = (buffer << 8) | u32::from(byte);
			bits += 8;
			while bits >= 5 {
				bits -= 5;
				f.write_char(char::from(ALPHABET[(buffer >> bits) as usize & 31]))?;
			}
			buffer &= (1 << bits) - 1;
		}
		if bits > 0 {
			f.write_char(char::from(ALPHABET[(buffer << (5 - bits)) as usize & 31]))?;
		}
		Ok(())
	}
}

/// Error for text that is not a CID that Salus stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCid;

impl core::fmt::Display for InvalidCid {
	fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
		f.write_str("not a CIDv1 in base32 with sha2-256 and codec raw or dag-pb")
	}
}

impl core::error::Error for InvalidCid {}

impl core::str::FromStr for Cid {
	type Err = InvalidCid;

	fn from_str(text: &str) -> Result<Self, InvalidCid> {
		let mut bytes = [0u8; CID_LENGTH];
		let (mut buffer, mut bits, mut at) = (0u32, 0u32, 0usize);
		for character in text.strip_prefix('b').ok_or(InvalidCid)?.bytes() {
			let value = match character {
				b'a'..=b'z' => character - b'a',
				b'2'..=b'7' => character - b'2' + 26,
				_ => return Err(InvalidCid),
			};
			buffer = (buffer << 5) | u32::from(value);
			bits += 5;
			if bits >= 8 {
				bits -= 8;
				*bytes.get_mut(at).ok_or(InvalidCid)? = (buffer >> bits) as u8;
				at += 1;
				buffer &= (1 << bits) - 1;
			}
		}
		let cid = Self(bytes);
		// Leftover bits must be zero; otherwise two texts would name one content.
		if at == CID_LENGTH && bits < 5 && buffer == 0 && cid.is_valid() {
			Ok(cid)
		} else {
			Err(InvalidCid)
		}
	}
}

#[cfg(feature = "serde")]
impl serde::Serialize for Cid {
	fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
		serializer.collect_str(self)
	}
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Cid {
	fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
		let text = alloc::string::String::deserialize(deserializer)?;
		text.parse().map_err(serde::de::Error::custom)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn cids_print_as_ipfs_prints_them() {
		// sha2-256 of "hello world\n" as a raw leaf, as Kubo prints it.
		let digest = [
			0xa9, 0x48, 0x90, 0x4f, 0x2f, 0x0f, 0x47, 0x9b, 0x8f, 0x81, 0x97, 0x69, 0x4b, 0x30,
			0x18, 0x4b, 0x0d, 0x2e, 0xd1, 0xc1, 0xcd, 0x2a, 0x1e, 0xc0, 0xfb, 0x85, 0xd2, 0x99,
			0xa1, 0x92, 0xa4, 0x47,
		];
		let cid = Cid::new(CODEC_RAW, digest);
		let text = alloc::string::ToString::to_string(&cid);
		assert_eq!(text, "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4");
		assert_eq!(text.parse(), Ok(cid));
	}

	#[test]
	fn other_versions_codecs_hashes_and_spellings_are_refused() {
		for text in [
			"",
			"b",
			"QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o",
			"bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei",
			"bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4a",
			"BAFKREIFJJCIE6LYPI6NY7AMXNFFTAGCLBUXNDQONFIPMB64F2KM2DEVEI4",
			"bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei5",
			"bafyreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4",
		] {
			assert_eq!(text.parse::<Cid>(), Err(InvalidCid), "{text}");
		}
		assert!(!Cid::new(0x71, [0; 32]).is_valid());
	}
}
