//! Content identifiers, restricted to what Salus stores.

use std::{fmt, str::FromStr};

use cid::{multibase, CidGeneric};
use sha2::{Digest as _, Sha256};

/// A sha2-256 digest, the key of block stores. The codec of a CID tells how to read the bytes, not
/// which bytes they are.
pub type Digest = [u8; 32];

/// Length of a [`Cid`] in its binary form, in bytes.
pub const CID_LENGTH: usize = 36;

const VERSION_1: u64 = 1;
const SHA2_256: u64 = 0x12;
const DIGEST_LENGTH: u64 = 32;

/// Format of the bytes that a [`Cid`] names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Codec {
	/// Plain bytes: a leaf of a file.
	Raw,
	/// A dag-pb node: links to other blocks.
	DagPb,
}

impl Codec {
	/// Returns the code in the multicodec table.
	pub const fn code(self) -> u64 {
		match self {
			Self::Raw => 0x55,
			Self::DagPb => 0x70,
		}
	}

	/// Returns the name in the multicodec table, which the Kubo RPC API uses.
	pub const fn name(self) -> &'static str {
		match self {
			Self::Raw => "raw",
			Self::DagPb => "dag-pb",
		}
	}

	/// Returns the codec with this code, or `None` if Salus does not store it.
	pub const fn from_code(code: u64) -> Option<Self> {
		match code {
			0x55 => Some(Self::Raw),
			0x70 => Some(Self::DagPb),
			_ => None,
		}
	}
}

/// Reasons to refuse a CID, or bytes under a CID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CidError {
	/// The CID has version 0, or a future version.
	#[error("the CID has version {0}; convert it to CIDv1 with `ipfs cid base32`")]
	NotVersion1(u64),
	/// The multihash is not a 32-byte sha2-256.
	#[error(
		"the CID's hash (code {code:#x}, {length} bytes) is not a 32-byte sha2-256; add the file \
		 again with `--hash=sha2-256`"
	)]
	UnsupportedHash {
		/// Code of the hash function in the multicodec table.
		code: u64,
		/// Length of the digest, in bytes.
		length: u64,
	},
	/// The codec is neither raw nor dag-pb.
	#[error("the CID's codec {0:#x} is neither raw (0x55) nor dag-pb (0x70)")]
	UnsupportedCodec(u64),
	/// The input is not a CID.
	#[error("malformed CID: {0}")]
	Malformed(&'static str),
	/// The CID does not name these bytes.
	#[error("the bytes hash to {actual}, not to {expected}; they were altered, fetch them again")]
	Mismatch {
		/// The requested CID.
		expected: Cid,
		/// The CID of the bytes.
		actual: Cid,
	},
}

/// A content identifier that Salus can store: CIDv1, sha2-256, raw or dag-pb.
///
/// Parses from a multibase string, prints as base32, and takes 36 bytes on the chain.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cid {
	codec: Codec,
	digest: Digest,
}

impl Cid {
	/// Makes a CID from a known digest.
	pub const fn new(codec: Codec, digest: Digest) -> Self {
		Self { codec, digest }
	}

	/// Computes the CID of these bytes.
	pub fn of(codec: Codec, data: &[u8]) -> Self {
		Self { codec, digest: Sha256::digest(data).into() }
	}

	/// Returns the format of the bytes.
	pub const fn codec(&self) -> Codec {
		self.codec
	}

	/// Returns the sha2-256 digest of the bytes.
	pub const fn digest(&self) -> &Digest {
		&self.digest
	}

	/// Returns whether the block is a leaf.
	pub const fn is_raw(&self) -> bool {
		matches!(self.codec, Codec::Raw)
	}

	/// Returns the binary form, which the chain stores.
	pub fn to_bytes(&self) -> [u8; CID_LENGTH] {
		let mut bytes = [0; CID_LENGTH];
		bytes[..4].copy_from_slice(&[0x01, self.codec.code() as u8, 0x12, 0x20]);
		bytes[4..].copy_from_slice(&self.digest);
		bytes
	}

	/// Reads the binary form. Refuses trailing bytes.
	pub fn from_bytes(bytes: &[u8]) -> Result<Self, CidError> {
		if let [0x12, 0x20, digest @ ..] = bytes {
			return Err(if digest.len() == 32 {
				CidError::NotVersion1(0)
			} else {
				CidError::Malformed("a CIDv0 with a wrong length")
			});
		}
		let mut rest = bytes;
		let version = varint(&mut rest)?;
		if version != VERSION_1 {
			return Err(CidError::NotVersion1(version));
		}
		let codec = varint(&mut rest)?;
		let hash = varint(&mut rest)?;
		let length = varint(&mut rest)?;
		if rest.len() as u64 != length {
			return Err(CidError::Malformed("the digest does not have the announced length"));
		}
		let codec = Codec::from_code(codec).ok_or(CidError::UnsupportedCodec(codec))?;
		if hash != SHA2_256 || length != DIGEST_LENGTH {
			return Err(CidError::UnsupportedHash { code: hash, length });
		}
		let digest = rest.try_into().map_err(|_| CidError::Malformed("truncated"))?;
		Ok(Self { codec, digest })
	}

	/// Reads the text form in any multibase, without an `/ipfs/` prefix or a path.
	pub fn parse(text: &str) -> Result<Self, CidError> {
		// Base2 gives the longest text: 8 digits a byte and a prefix.
		if text.len() > 8 * CID_LENGTH + 1 {
			return Err(CidError::Malformed("the text is too long"));
		}
		if text.len() == 46 && text.starts_with("Qm") {
			return Err(CidError::NotVersion1(0));
		}
		let (_, bytes) = multibase::decode(text)
			.map_err(|_| CidError::Malformed("the text is not in a multibase encoding"))?;
		Self::from_bytes(&bytes)
	}

	/// Checks that the CID names these bytes.
	pub fn verify(&self, data: &[u8]) -> Result<(), CidError> {
		let actual = Self::of(self.codec, data);
		if actual == *self {
			Ok(())
		} else {
			Err(CidError::Mismatch { expected: *self, actual })
		}
	}
}

/// Reads an unsigned varint off the front. It must be minimal, with at most nine bytes.
fn varint(bytes: &mut &[u8]) -> Result<u64, CidError> {
	let mut value = 0_u64;
	for (index, byte) in bytes.iter().enumerate().take(9) {
		value |= u64::from(byte & 0x7f) << (7 * index);
		if byte & 0x80 == 0 {
			if *byte == 0 && index > 0 {
				return Err(CidError::Malformed("a varint is not minimal"));
			}
			*bytes = &bytes[index + 1..];
			return Ok(value);
		}
	}
	Err(CidError::Malformed("truncated"))
}

impl fmt::Display for Cid {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(&multibase::encode(multibase::Base::Base32Lower, self.to_bytes()))
	}
}

impl fmt::Debug for Cid {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "Cid({self})")
	}
}

impl FromStr for Cid {
	type Err = CidError;

	fn from_str(text: &str) -> Result<Self, CidError> {
		Self::parse(text)
	}
}

impl TryFrom<&[u8]> for Cid {
	type Error = CidError;

	fn try_from(bytes: &[u8]) -> Result<Self, CidError> {
		Self::from_bytes(bytes)
	}
}

impl TryFrom<[u8; CID_LENGTH]> for Cid {
	type Error = CidError;

	fn try_from(bytes: [u8; CID_LENGTH]) -> Result<Self, CidError> {
		Self::from_bytes(&bytes)
	}
}

impl From<Cid> for [u8; CID_LENGTH] {
	fn from(cid: Cid) -> Self {
		cid.to_bytes()
	}
}

impl From<Cid> for CidGeneric<64> {
	fn from(cid: Cid) -> Self {
		let hash = cid::multihash::Multihash::wrap(SHA2_256, &cid.digest)
			.expect("32 bytes fit into a multihash of 64; qed");
		Self::new_v1(cid.codec.code(), hash)
	}
}

impl TryFrom<&CidGeneric<64>> for Cid {
	type Error = CidError;

	fn try_from(cid: &CidGeneric<64>) -> Result<Self, CidError> {
		Self::from_bytes(&cid.to_bytes())
	}
}

impl serde::Serialize for Cid {
	fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
		serializer.collect_str(self)
	}
}

impl<'de> serde::Deserialize<'de> for Cid {
	fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
		let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
		Self::parse(&text).map_err(serde::de::Error::custom)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	// The CID that `ipfs add` gives for an empty file.
	const EMPTY: &str = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";

	#[test]
	fn a_cid_survives_text_and_bytes() {
		let cid = Cid::parse(EMPTY).unwrap();
		assert_eq!(cid, Cid::of(Codec::Raw, b""));
		assert_eq!(cid.to_string(), EMPTY);
		assert_eq!(Cid::from_bytes(&cid.to_bytes()), Ok(cid));
		assert_eq!(cid.to_bytes()[..4], [0x01, 0x55, 0x12, 0x20]);
		let generic = CidGeneric::<64>::from(cid);
		assert_eq!(generic.to_string(), EMPTY);
		assert_eq!(Cid::try_from(&generic), Ok(cid));
		assert_eq!(serde_json::to_string(&cid).unwrap(), format!("\"{EMPTY}\""));
		assert_eq!(serde_json::from_str::<Cid>(&format!("\"{EMPTY}\"")).unwrap(), cid);
	}

	#[test]
	fn any_multibase_is_read() {
		let cid = Cid::of(Codec::DagPb, b"x");
		for base in [
			multibase::Base::Base16Lower,
			multibase::Base::Base36Lower,
			multibase::Base::Base58Btc,
			multibase::Base::Base2,
		] {
			assert_eq!(Cid::parse(&multibase::encode(base, cid.to_bytes())), Ok(cid));
		}
	}

	#[test]
	fn foreign_cids_are_refused_with_a_reason() {
		let v0 = "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH";
		assert_eq!(Cid::parse(v0), Err(CidError::NotVersion1(0)));
		let good = Cid::of(Codec::Raw, b"x").to_bytes();
		assert_eq!(Cid::from_bytes(&good[2..]), Err(CidError::NotVersion1(0)));

		let mut other = good;
		other[0] = 2;
		assert_eq!(Cid::from_bytes(&other), Err(CidError::NotVersion1(2)));
		let mut other = good;
		other[1] = 0x71;
		assert_eq!(Cid::from_bytes(&other), Err(CidError::UnsupportedCodec(0x71)));
		let mut other = good;
		other[2] = 0x16;
		assert_eq!(
			Cid::from_bytes(&other),
			Err(CidError::UnsupportedHash { code: 0x16, length: 32 })
		);
		// sha2-512, and a truncated sha2-256
		let mut long = vec![0x01, 0x55, 0x13, 0x40];
		long.extend([7; 64]);
		assert_eq!(
			Cid::from_bytes(&long),
			Err(CidError::UnsupportedHash { code: 0x13, length: 64 })
		);
		let mut short = vec![0x01, 0x55, 0x12, 0x10];
		short.extend([7; 16]);
		assert_eq!(
			Cid::from_bytes(&short),
			Err(CidError::UnsupportedHash { code: 0x12, length: 16 })
		);
		for malformed in [&b""[..], &good[..35], &[&good[..], &[0]].concat(), &[0x81, 0x00]] {
			assert!(matches!(Cid::from_bytes(malformed), Err(CidError::Malformed(_))));
		}
		for malformed in ["", "b", "hello", "/ipfs/bafk", &format!("{EMPTY}/x"), &"b".repeat(900)] {
			assert!(matches!(Cid::parse(malformed), Err(CidError::Malformed(_))), "{malformed}");
		}
	}

	#[test]
	fn a_mismatch_names_both_cids() {
		let cid = Cid::of(Codec::Raw, b"right");
		assert_eq!(cid.verify(b"right"), Ok(()));
		assert_eq!(
			cid.verify(b"wrong"),
			Err(CidError::Mismatch { expected: cid, actual: Cid::of(Codec::Raw, b"wrong") })
		);
	}

	proptest::proptest! {
		#[test]
		fn arbitrary_bytes_never_panic(bytes: Vec<u8>, text: String) {
			if let Ok(cid) = Cid::from_bytes(&bytes) {
				proptest::prop_assert_eq!(&cid.to_bytes()[..], &bytes[..]);
			}
			let _ = Cid::parse(&text);
		}
	}
}
