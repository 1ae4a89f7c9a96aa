//! The answers of the Kubo RPC API.

use std::collections::HashMap;

use serde::Deserialize;

/// Who the IPFS node is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Identity {
	/// Its peer id.
	#[serde(rename = "ID")]
	pub id: String,
	/// The multiaddresses at which it listens.
	#[serde(deserialize_with = "null_as_default")]
	pub addresses: Vec<String>,
	/// Its software.
	pub agent_version: String,
	/// The protocols that it speaks with its peers; none while it is offline.
	#[serde(deserialize_with = "null_as_default")]
	pub protocols: Vec<String>,
}

/// What the IPFS node's configuration says of whom it talks to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Config {
	/// How it finds blocks and peers.
	pub routing: Routing,
	/// The peers to which it connects at its start.
	#[serde(deserialize_with = "null_as_default")]
	pub bootstrap: Vec<String>,
	/// The peers to which it stays connected.
	pub peering: Peering,
	/// Where it listens.
	pub addresses: Addresses,
}

/// How an IPFS node finds blocks and peers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Routing {
	/// `none`, `dht`, and so on. Kubo takes part in the public DHT if it is left out.
	#[serde(rename = "Type")]
	pub kind: Option<String>,
}

/// The peers to which an IPFS node stays connected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Peering {
	/// These.
	#[serde(deserialize_with = "null_as_default")]
	pub peers: Vec<PeeringPeer>,
}

/// A peer to which an IPFS node stays connected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PeeringPeer {
	/// Its multiaddresses. Without one the peer is looked for.
	#[serde(deserialize_with = "null_as_default")]
	pub addrs: Vec<String>,
}

/// Where an IPFS node listens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Addresses {
	/// For peers.
	#[serde(deserialize_with = "null_as_default")]
	pub swarm: Vec<String>,
	/// For its HTTP gateway.
	#[serde(deserialize_with = "one_or_many")]
	pub gateway: Vec<String>,
}

/// What software the IPFS node runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Version {
	/// The version of Kubo, such as `0.43.1`, or of what speaks its API.
	pub version: String,
	/// The source's commit, if told.
	pub commit: String,
	/// The repository format.
	pub repo: String,
}

/// How a root is pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PinKind {
	/// With everything below it.
	Recursive,
	/// Alone.
	Direct,
	/// By a pin above it.
	#[serde(other)]
	Indirect,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KuboError {
	pub(super) message: String,
	#[serde(rename = "Type")]
	pub(super) kind: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BlockStat {
	pub(super) key: String,
	pub(super) size: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Pins {
	#[serde(default)]
	pub(super) pins: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PinList {
	#[serde(default)]
	pub(super) keys: HashMap<String, PinEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PinEntry {
	#[serde(rename = "Type")]
	pub(super) kind: PinKind,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Reference {
	#[serde(default, rename = "Ref")]
	pub(super) cid: String,
	#[serde(default)]
	pub(super) err: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Removed {
	#[serde(default)]
	pub(super) hash: String,
	#[serde(default)]
	pub(super) error: String,
}

fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
	D: serde::Deserializer<'de>,
	T: Default + Deserialize<'de>,
{
	Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// Kubo writes a single address without a list, and none as an empty text.
fn one_or_many<'de, D>(deserializer: D) -> Result<Vec<String>, D::Error>
where
	D: serde::Deserializer<'de>,
{
	#[derive(Deserialize)]
	#[serde(untagged)]
	enum Texts {
		One(String),
		Many(Vec<String>),
	}
	let mut texts = match Option::deserialize(deserializer)? {
		None => Vec::new(),
		Some(Texts::One(text)) => vec![text],
		Some(Texts::Many(texts)) => texts,
	};
	texts.retain(|text| !text.is_empty());
	Ok(texts)
}
