//! Hashes of streams, and the blocks of a file.

use salus_ipfs::{
	unixfs::{self, DagBuilder},
	Cid, Codec,
};
use sha2::Digest as _;
use wasm_bindgen::prelude::*;

use crate::Failure;

/// SHA-256 over a stream, which WebCrypto lacks. A record's commitment covers this hash.
#[wasm_bindgen]
#[derive(Clone, Debug, Default)]
pub struct Sha256(sha2::Sha256);

#[wasm_bindgen]
impl Sha256 {
	/// Starts an empty stream.
	#[wasm_bindgen(constructor)]
	pub fn new() -> Sha256 {
		Self::default()
	}

	/// Adds the next bytes, in a piece of any length.
	pub fn update(&mut self, bytes: &[u8]) {
		self.0.update(bytes);
	}

	/// Ends the stream, frees the object, and returns the hash, 32 bytes.
	pub fn finish(self) -> Vec<u8> {
		self.0.finalize().to_vec()
	}
}

/// A block: its CID, and the bytes that it names.
#[wasm_bindgen]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block(unixfs::Block);

#[wasm_bindgen]
impl Block {
	/// Returns the CID, 36 bytes.
	#[wasm_bindgen(getter)]
	pub fn cid(&self) -> Vec<u8> {
		self.0.cid.to_bytes().to_vec()
	}

	/// Returns the bytes.
	#[wasm_bindgen(getter)]
	pub fn data(&self) -> Vec<u8> {
		self.0.data.clone()
	}
}

/// Finds the CID of an envelope as it is written, by the CID profile `unixfs-v1-2025`. Keeps 48
/// bytes for each MiB.
#[wasm_bindgen]
#[derive(Clone, Debug, Default)]
pub struct DagHasher(DagBuilder);

#[wasm_bindgen]
impl DagHasher {
	/// Starts an empty file.
	#[wasm_bindgen(constructor)]
	pub fn new() -> DagHasher {
		Self::default()
	}

	/// Adds the next bytes of the file, in a piece of any length.
	pub fn update(&mut self, bytes: &[u8]) {
		self.0.update(bytes);
	}

	/// Ends the file, frees the object, and returns the shape of the file.
	pub fn finish(self) -> Dag {
		Dag(self.0.finish())
	}
}

/// The shape of a file. Its leaves are the pieces of 1 MiB of the file, in order.
#[wasm_bindgen]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dag(unixfs::Dag);

#[wasm_bindgen]
impl Dag {
	/// Returns the CID of the root, which names the file, 36 bytes.
	#[wasm_bindgen(getter)]
	pub fn root(&self) -> Vec<u8> {
		self.0.root.to_bytes().to_vec()
	}

	/// Returns the size of the file, in bytes.
	#[wasm_bindgen(getter)]
	pub fn size(&self) -> u64 {
		self.0.size
	}

	/// Returns the inner nodes, the root first. Empty if the file is a single leaf.
	#[wasm_bindgen(getter)]
	pub fn nodes(&self) -> Vec<Block> {
		self.0.nodes.iter().cloned().map(Block).collect()
	}
}

/// A link of an inner node to a child.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link(unixfs::Link);

#[wasm_bindgen]
impl Link {
	/// Returns the CID of the child, 36 bytes.
	#[wasm_bindgen(getter)]
	pub fn cid(&self) -> Vec<u8> {
		self.0.cid.to_bytes().to_vec()
	}

	/// Returns the number of the file's bytes under the link.
	#[wasm_bindgen(getter)]
	pub fn size(&self) -> u64 {
		self.0.blocksize
	}
}

/// Returns the CID of a leaf, 36 bytes.
#[wasm_bindgen(js_name = cidOfLeaf)]
pub fn cid_of_leaf(data: &[u8]) -> Vec<u8> {
	Cid::of(Codec::Raw, data).to_bytes().to_vec()
}

/// Returns the text of a CID (36 bytes), in base32.
///
/// Throws `cid-malformed` or `cid-unsupported`.
#[wasm_bindgen(js_name = cidToText)]
pub fn cid_to_text(cid: &[u8]) -> Result<String, Failure> {
	Ok(Cid::from_bytes(cid)?.to_string())
}

/// Reads the text of a CID in any multibase. Returns 36 bytes.
///
/// Throws `cid-malformed` or `cid-unsupported`.
#[wasm_bindgen(js_name = cidFromText)]
pub fn cid_from_text(text: &str) -> Result<Vec<u8>, Failure> {
	Ok(Cid::parse(text)?.to_bytes().to_vec())
}

/// Checks that a CID (36 bytes) names these bytes.
///
/// Throws `block-altered`, `cid-malformed` or `cid-unsupported`.
#[wasm_bindgen(js_name = verifyBlock)]
pub fn verify_block(cid: &[u8], data: &[u8]) -> Result<(), Failure> {
	Ok(Cid::from_bytes(cid)?.verify(data)?)
}

/// Checks a block against its CID (36 bytes) and returns its links to children, in the file's
/// order. A leaf has none.
///
/// Throws `block-altered`, `node-malformed`, `cid-malformed` or `cid-unsupported`.
#[wasm_bindgen]
pub fn links(cid: &[u8], data: &[u8]) -> Result<Vec<Link>, Failure> {
	let cid = Cid::from_bytes(cid)?;
	cid.verify(data)?;
	Ok(unixfs::links(&cid, data)?.into_iter().map(Link).collect())
}
