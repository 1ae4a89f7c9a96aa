//! The answers of the Kubo RPC API.

use std::collections::HashMap;

use serde::Deserialize;

/// Identity of an IPFS node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Identity {
	/// Peer id.
	#[serde(rename = "ID")]
	pub id: String,
	/// Multiaddresses at which the node listens.
	#[serde(deserialize_with = "null_as_default")]
	pub addresses: Vec<String>,
	/// Name and version of its software.
	pub agent_version: String,
	/// Protocols that it speaks with its peers. Empty while it is offline.
	#[serde(deserialize_with = "null_as_default")]
	pub protocols: Vec<String>,
}

/// Parts of an IPFS node's configuration that determine its peers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Config {
	/// Search for blocks and peers.
	pub routing: Routing,
	/// Multiaddresses of the peers to which it connects when it starts.
	#[serde(deserialize_with = "null_as_default")]
	pub bootstrap: Vec<String>,
	/// Peers to which it stays connected.
	pub peering: Peering,
	/// Addresses at which it listens.
	pub addresses: Addresses,
}

/// Search of an IPFS node for blocks and peers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Routing {
	/// Type of routing: `none`, `dht`, and so on. Without it, Kubo takes part in the public DHT.
	#[serde(rename = "Type")]
	pub kind: Option<String>,
}

/// Peers to which an IPFS node stays connected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Peering {
	/// List of the peers.
	#[serde(deserialize_with = "null_as_default")]
	pub peers: Vec<PeeringPeer>,
}

/// A peer to which an IPFS node stays connected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PeeringPeer {
	/// Multiaddresses of the peer. Without any, the node searches for the peer.
	#[serde(deserialize_with = "null_as_default")]
	pub addrs: Vec<String>,
}

/// Addresses at which an IPFS node listens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Addresses {
	/// Addresses for peers.
	#[serde(deserialize_with = "null_as_default")]
	pub swarm: Vec<String>,
	/// Addresses of the HTTP gateway.
	#[serde(deserialize_with = "one_or_many")]
	pub gateway: Vec<String>,
}

/// Version of an IPFS node's software.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Version {
	/// Version of Kubo, for example `0.43.1`, or of the software that serves its API.
	pub version: String,
	/// Commit of the source. May be empty.
	pub commit: String,
	/// Version of the repository format.
	pub repo: String,
}

/// Kind of a pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PinKind {
	/// Pinned with everything below it.
	Recursive,
	/// Pinned alone.
	Direct,
	/// Kept by a pin above it.
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

/// Reads `null` as the default value.
fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
	D: serde::Deserializer<'de>,
	T: Default + Deserialize<'de>,
{
	Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// Reads a list of addresses. Kubo writes a single address without a list, and none as an empty
/// text.
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
