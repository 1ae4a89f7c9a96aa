//! A client of the Kubo RPC API: Kubo's own, or the one that a Salus node serves.
//!
//! Every call has a deadline over all its attempts, and a bound on what it reads. All calls are
//! idempotent, for blocks are named by their content; so they are tried again, with growing and
//! jittered pauses, when the server cannot be reached or answers that it is out of order. An
//! answer in Kubo's own error shape is final: trying again would not change it.
//!
//! Whoever reaches this API is root on that IPFS node: keep it on loopback.

pub mod inspect;

use std::{
	collections::{HashMap, HashSet},
	hash::{BuildHasher, RandomState},
	time::Duration,
};

use bytes::{Bytes, BytesMut};
use reqwest::{multipart, StatusCode, Url};
use serde::{de::DeserializeOwned, Deserialize};
use tokio::time::{sleep, timeout_at, Instant};

use crate::content::{
	unixfs::{self, Block},
	Cid, CidError, MAX_BLOCK,
};

/// Where Kubo's RPC API is if nobody moved it.
pub const DEFAULT_URL: &str = "http://127.0.0.1:5001";

/// The most bytes that are read of an answer that is neither a block nor a file.
const MAX_ANSWER: usize = 64 * 1024 * 1024;

/// The most bytes that are read of a configuration.
const MAX_CONFIG: usize = 1024 * 1024;

/// How many blocks one call removes: as many as fit into one address.
const REMOVED_AT_ONCE: usize = 64;

/// How calls are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
	/// The most time that one call takes, all attempts included.
	pub deadline: Duration,
	/// How often a call is tried again.
	pub retries: u32,
	/// The first pause between attempts. It doubles each time, and half of it is chance.
	pub pause: Duration,
	/// Value of the `Authorization` header, where the server wants one (`API.Authorizations`).
	pub authorization: Option<String>,
}

impl Default for Options {
	fn default() -> Self {
		Self {
			deadline: Duration::from_secs(30),
			retries: 3,
			pause: Duration::from_millis(200),
			authorization: None,
		}
	}
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The address is none that HTTP can use.
	#[error("{url:?} is no address of an RPC API ({reason}): give it as {DEFAULT_URL}")]
	Address {
		/// What was given.
		url: String,
		/// What is wrong with it.
		reason: String,
	},
	/// The HTTP client could not be set up.
	#[error("cannot set the HTTP client up")]
	Setup(#[source] reqwest::Error),
	/// Nobody listens there, or the connection broke.
	#[error("{call}: cannot reach the IPFS node at {url}: is its daemon running there?")]
	Connection {
		/// The call.
		call: &'static str,
		/// The server.
		url: String,
		/// What the network said.
		#[source]
		source: reqwest::Error,
	},
	/// The server did not answer in time.
	#[error(
		"{call}: no answer from the IPFS node within {deadline:?}: it is overloaded, or looks for \
		 a block that no connected peer has"
	)]
	Deadline {
		/// The call.
		call: &'static str,
		/// How long it was given.
		deadline: Duration,
	},
	/// The server understood, and said no.
	#[error("{call}: the IPFS node refused: {message}")]
	Refused {
		/// The call.
		call: &'static str,
		/// What the server said.
		message: String,
	},
	/// The server is out of order, or something else answers there.
	#[error("{call}: the IPFS node answered with HTTP status {status}: {body}{}", hint(*.status))]
	Status {
		/// The call.
		call: &'static str,
		/// The HTTP status.
		status: u16,
		/// The beginning of the answer.
		body: String,
	},
	/// The server sent more than it should.
	#[error("{call}: the answer has more than {limit} bytes: refused")]
	TooLarge {
		/// The call.
		call: &'static str,
		/// The most that is read.
		limit: usize,
	},
	/// The answer ended early.
	#[error("{call}: the answer was cut off at {actual} of {announced} bytes")]
	CutOff {
		/// The call.
		call: &'static str,
		/// How many bytes were announced.
		announced: u64,
		/// How many came.
		actual: u64,
	},
	/// The answer is not in the shape that Kubo gives.
	#[error("{call}: the answer is not Kubo's: is {url} an IPFS RPC API?")]
	Answer {
		/// The call.
		call: &'static str,
		/// The server.
		url: String,
		/// What is wrong.
		#[source]
		source: serde_json::Error,
	},
	/// The server stored something else than what it was sent.
	#[error("{call}: the IPFS node names the block {actual}, not {expected}: do not trust it")]
	WrongCid {
		/// The call.
		call: &'static str,
		/// The right CID.
		expected: Cid,
		/// What the server said.
		actual: String,
	},
	/// The server sent other bytes than those that were asked for.
	#[error("{call}: the IPFS node sent wrong bytes")]
	WrongBytes {
		/// The call.
		call: &'static str,
		/// How they differ.
		#[source]
		source: CidError,
	},
	/// The server names a CID that Salus does not know how to read.
	#[error("{call}: the IPFS node names {text:?}")]
	Cid {
		/// The call.
		call: &'static str,
		/// What it named.
		text: String,
		/// What is wrong with it.
		#[source]
		source: CidError,
	},
}

impl Error {
	/// Whether the same call may succeed later without anybody mending anything here.
	pub fn is_transient(&self) -> bool {
		match self {
			Self::Connection { .. } | Self::Deadline { .. } | Self::CutOff { .. } => true,
			Self::Status { status, .. } => *status >= 500 || *status == 429,
			_ => false,
		}
	}

	/// Whether nobody listens there: the IPFS node does not run, or is about to start.
	pub fn is_unreachable(&self) -> bool {
		matches!(self, Self::Connection { source, .. } if source.is_connect())
	}
}

fn hint(status: u16) -> &'static str {
	match status {
		401 | 403 => " (it wants an authorization: see `API.Authorizations` in its configuration)",
		404 => " (is this the address of its RPC API, not of its gateway?)",
		_ => "",
	}
}

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
struct KuboError {
	message: String,
	#[serde(rename = "Type")]
	kind: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BlockStat {
	key: String,
	size: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Pins {
	#[serde(default)]
	pins: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PinList {
	#[serde(default)]
	keys: HashMap<String, PinEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PinEntry {
	#[serde(rename = "Type")]
	kind: PinKind,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reference {
	#[serde(default, rename = "Ref")]
	cid: String,
	#[serde(default)]
	err: String,
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

/// A client of one IPFS node. Cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub struct Kubo {
	http: reqwest::Client,
	/// With a slash at the end.
	base: Url,
	options: Options,
}

/// One request, so that it can be made again.
struct Call<'a> {
	name: &'static str,
	query: Vec<(&'a str, String)>,
	body: Option<Bytes>,
	limit: usize,
}

/// How an attempt ended that did not succeed.
struct Failure {
	error: Error,
	again: bool,
}

impl Kubo {
	/// A client of the RPC API at this address, such as [`DEFAULT_URL`].
	pub fn new(url: &str, options: Options) -> Result<Self, Error> {
		let address = |reason: String| Error::Address { url: url.to_owned(), reason };
		let parsed = Url::parse(url).map_err(|error| address(error.to_string()))?;
		if parsed.scheme() != "http" {
			return Err(address("only http is spoken".into()));
		}
		if parsed.host_str().is_none() || parsed.query().is_some() || parsed.fragment().is_some() {
			return Err(address("only a host, a port and a path belong there".into()));
		}
		let mut base = parsed;
		let path = base.path().trim_end_matches('/').trim_end_matches("/api/v0").to_owned();
		base.set_path(&format!("{path}/api/v0/"));
		let http = reqwest::Client::builder()
			// The node is beside us: no proxy shall see records, no redirect lead elsewhere.
			.no_proxy()
			.redirect(reqwest::redirect::Policy::none())
			.connect_timeout(Duration::from_secs(5).min(options.deadline))
			.pool_idle_timeout(Duration::from_secs(20))
			.build()
			.map_err(Error::Setup)?;
		Ok(Self { http, base, options })
	}

	/// The address of the RPC API.
	pub fn url(&self) -> &str {
		self.base.as_str()
	}

	/// How calls are made.
	pub fn options(&self) -> &Options {
		&self.options
	}

	/// The same client with another deadline, for a call that takes long.
	pub fn with_deadline(&self, deadline: Duration) -> Self {
		let mut other = self.clone();
		other.options.deadline = deadline;
		other
	}

	/// Who the IPFS node is.
	pub async fn id(&self) -> Result<Identity, Error> {
		self.json(Call::new("id")).await
	}

	/// What its configuration says of whom it talks to.
	pub async fn config(&self) -> Result<Config, Error> {
		self.json(Call::new("config/show").limit(MAX_CONFIG)).await
	}

	/// What software it runs.
	pub async fn version(&self) -> Result<Version, Error> {
		self.json(Call::new("version")).await
	}

	/// Stores a block. The CID must come back, and must be the block's: bytes that are not the
	/// CID's are refused by [`Error::WrongCid`].
	///
	/// The block is not pinned: pin the root when all are there.
	pub async fn block_put(&self, cid: &Cid, data: impl Into<Bytes>) -> Result<(), Error> {
		let call = Call::new("block/put")
			.arg("cid-codec", cid.codec().name())
			.arg("mhtype", "sha2-256")
			.arg("mhlen", "32")
			.arg("pin", "false")
			.body(data.into());
		let stat: BlockStat = self.json(call).await?;
		match Cid::parse(&stat.key) {
			Ok(actual) if actual == *cid => Ok(()),
			_ => Err(Error::WrongCid { call: "block/put", expected: *cid, actual: stat.key }),
		}
	}

	/// A block's bytes, checked. The node looks for it at its peers if it lacks it.
	pub async fn block_get(&self, cid: &Cid) -> Result<Vec<u8>, Error> {
		let data = self.bytes(Call::new("block/get").arg("arg", cid).limit(MAX_BLOCK)).await?;
		cid.verify(&data).map_err(|source| Error::WrongBytes { call: "block/get", source })?;
		Ok(data)
	}

	/// A block's bytes, checked, if the node has it itself.
	pub async fn block_get_offline(&self, cid: &Cid) -> Result<Option<Vec<u8>>, Error> {
		let call = Call::new("block/get").arg("arg", cid).arg("offline", "true").limit(MAX_BLOCK);
		let Some(data) = absent_as_none(self.bytes(call).await)? else {
			return Ok(None);
		};
		cid.verify(&data).map_err(|source| Error::WrongBytes { call: "block/get", source })?;
		Ok(Some(data))
	}

	/// A block's length, if the node has it itself. It asks no peers.
	pub async fn block_stat(&self, cid: &Cid) -> Result<Option<u64>, Error> {
		let call = Call::new("block/stat").arg("arg", cid).arg("offline", "true");
		Ok(absent_as_none(self.json::<BlockStat>(call).await)?.map(|stat| stat.size))
	}

	/// Removes a block that no pin keeps. Fine if it is not there.
	pub async fn block_rm(&self, cid: &Cid) -> Result<(), Error> {
		#[derive(Deserialize)]
		#[serde(rename_all = "PascalCase")]
		struct Removed {
			#[serde(default)]
			error: String,
		}
		let call = Call::new("block/rm").arg("arg", cid).arg("force", "true");
		let lines: Vec<Removed> = self.json_lines(call).await?;
		match lines.into_iter().find(|line| !line.error.is_empty()) {
			Some(line) => Err(Error::Refused { call: "block/rm", message: line.error }),
			None => Ok(()),
		}
	}

	/// Removes those of these blocks that no pin keeps. Gives those that one keeps.
	pub async fn block_rm_all(&self, cids: &[Cid]) -> Result<Vec<Cid>, Error> {
		let mut kept = Vec::new();
		for cids in cids.chunks(REMOVED_AT_ONCE) {
			kept.extend(self.block_rm_some(cids).await?);
		}
		Ok(kept)
	}

	/// The same for as many as one call takes.
	async fn block_rm_some(&self, cids: &[Cid]) -> Result<Vec<Cid>, Error> {
		#[derive(Deserialize)]
		#[serde(rename_all = "PascalCase")]
		struct Removed {
			#[serde(default)]
			hash: String,
			#[serde(default)]
			error: String,
		}
		let call = cids
			.iter()
			.fold(Call::new("block/rm").arg("force", "true"), |call, cid| call.arg("arg", cid));
		let lines: Vec<Removed> = self.json_lines(call).await?;
		let mut kept = Vec::new();
		for line in lines.into_iter().filter(|line| !line.error.is_empty()) {
			match Cid::parse(&line.hash) {
				Ok(cid) if line.error.contains("pinned") => kept.push(cid),
				_ => return Err(Error::Refused { call: "block/rm", message: line.error }),
			}
		}
		Ok(kept)
	}

	/// Unpins a root and removes what is below it, as far as no pin needs it and the node has it. Gives the blocks that pins
	/// keep, and whether all blocks below were known. What is not there is not asked of peers. The nodes go last, and only if
	/// no pin keeps a leaf: so it may be called again after a failure, or when a pin has gone.
	pub async fn remove(&self, root: &Cid) -> Result<(Vec<Cid>, bool), Error> {
		self.pin_rm(root).await?;
		let (mut seen, mut complete) = (HashSet::from([*root]), true);
		let (mut order, mut stack) = (Vec::new(), vec![*root]);
		while let Some(cid) = stack.pop() {
			order.push(cid);
			if cid.is_raw() {
				continue;
			}
			let Some(data) = self.block_get_offline(&cid).await? else {
				complete = false;
				continue;
			};
			let links = unixfs::links(&cid, &data).unwrap_or_default();
			let children = links.into_iter().map(|link| link.cid);
			stack.extend(children.filter(|cid| seen.insert(*cid)));
		}
		// Children before their parents: what was not removed can be found again.
		order.reverse();
		let (leaves, nodes): (Vec<Cid>, Vec<Cid>) = order.into_iter().partition(Cid::is_raw);
		let mut kept = self.block_rm_all(&leaves).await?;
		if kept.is_empty() {
			kept = self.block_rm_all(&nodes).await?;
		}
		Ok((kept, complete))
	}

	/// Pins a root with everything below it. The node fetches what it lacks from its peers.
	pub async fn pin_add(&self, root: &Cid) -> Result<(), Error> {
		let pins: Pins = self.json(Call::new("pin/add").arg("arg", root)).await?;
		if pins.pins.iter().any(|pin| Cid::parse(pin) == Ok(*root)) {
			Ok(())
		} else {
			let actual = pins.pins.join(", ");
			Err(Error::WrongCid { call: "pin/add", expected: *root, actual })
		}
	}

	/// Unpins a root. `false` if it was not pinned.
	pub async fn pin_rm(&self, root: &Cid) -> Result<bool, Error> {
		let result: Result<Pins, Error> = self.json(Call::new("pin/rm").arg("arg", root)).await;
		Ok(absent_as_none(result)?.is_some())
	}

	/// The roots that are pinned with everything below them.
	///
	/// Pins of CIDs that Salus does not store (another tool's) are left out.
	pub async fn pin_ls(&self) -> Result<Vec<Cid>, Error> {
		let list: PinList = self.json(Call::new("pin/ls").arg("type", "recursive")).await?;
		let mut pins: Vec<Cid> =
			list.keys.keys().filter_map(|text| Cid::parse(text).ok()).collect();
		pins.sort_unstable();
		Ok(pins)
	}

	/// How a block is pinned, if it is.
	pub async fn pin_kind(&self, cid: &Cid) -> Result<Option<PinKind>, Error> {
		let list: Result<PinList, Error> = self.json(Call::new("pin/ls").arg("arg", cid)).await;
		Ok(absent_as_none(list)?.and_then(|list| {
			list.keys
				.into_iter()
				.find(|(text, _)| Cid::parse(text) == Ok(*cid))
				.map(|(_, entry)| entry.kind)
		}))
	}

	/// A whole file of at most so many bytes.
	///
	/// The node puts it together, so nothing is checked here but the size: use
	/// [`fetch`](crate::fetch) where that matters.
	pub async fn cat(&self, root: &Cid, limit: usize) -> Result<Vec<u8>, Error> {
		self.bytes(Call::new("cat").arg("arg", root).limit(limit)).await
	}

	/// Every block below a root, none twice, the root not included.
	pub async fn refs(&self, root: &Cid) -> Result<Vec<Cid>, Error> {
		let call =
			Call::new("refs").arg("arg", root).arg("recursive", "true").arg("unique", "true");
		let lines: Vec<Reference> = self.json_lines(call).await?;
		lines
			.into_iter()
			.map(|line| {
				if !line.err.is_empty() {
					return Err(Error::Refused { call: "refs", message: line.err });
				}
				Cid::parse(&line.cid).map_err(|source| Error::Cid {
					call: "refs",
					text: line.cid,
					source,
				})
			})
			.collect()
	}

	/// Has the IPFS node connect to a peer, given as a multiaddress with `/p2p/` and its id.
	pub async fn swarm_connect(&self, address: &str) -> Result<(), Error> {
		self.bytes(Call::new("swarm/connect").arg("arg", address)).await.map(drop)
	}

	/// Has the IPFS node remove what no pin keeps.
	pub async fn repo_gc(&self) -> Result<(), Error> {
		self.bytes(Call::new("repo/gc").arg("quiet", "true")).await.map(drop)
	}

	/// Stores many blocks, so many at once, and stops at the first failure.
	pub async fn block_put_all(
		&self,
		blocks: impl IntoIterator<Item = Block>,
		at_once: usize,
	) -> Result<(), Error> {
		use futures::{StreamExt, TryStreamExt};
		futures::stream::iter(blocks)
			.map(|block| async move { self.block_put(&block.cid, block.data).await })
			.buffer_unordered(at_once.max(1))
			.try_collect::<()>()
			.await
	}

	async fn json<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, Error> {
		let name = call.name;
		let data = self.bytes(call).await?;
		serde_json::from_slice(&data).map_err(self.answer(name))
	}

	/// Kubo streams some answers as one JSON value after the other.
	async fn json_lines<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<Vec<T>, Error> {
		let name = call.name;
		let data = self.bytes(call).await?;
		serde_json::Deserializer::from_slice(&data)
			.into_iter()
			.collect::<Result<_, _>>()
			.map_err(self.answer(name))
	}

	fn answer(&self, call: &'static str) -> impl FnOnce(serde_json::Error) -> Error + '_ {
		move |source| Error::Answer { call, url: self.base.to_string(), source }
	}

	/// Makes the call, again if that can help, until the deadline.
	async fn bytes(&self, call: Call<'_>) -> Result<Vec<u8>, Error> {
		let deadline = Instant::now() + self.options.deadline;
		let over = || Error::Deadline { call: call.name, deadline: self.options.deadline };
		let mut pause = self.options.pause;
		let mut left = self.options.retries;
		loop {
			let failure = match timeout_at(deadline, self.attempt(&call)).await {
				Err(_) => return Err(over()),
				Ok(Ok(data)) => return Ok(data),
				Ok(Err(failure)) => failure,
			};
			let wait = jittered(pause);
			if !failure.again || left == 0 || Instant::now() + wait >= deadline {
				return Err(failure.error);
			}
			log::debug!("{}: trying again in {wait:?}: {}", call.name, failure.error);
			sleep(wait).await;
			left -= 1;
			pause = pause.saturating_mul(2);
		}
	}

	async fn attempt(&self, call: &Call<'_>) -> Result<Vec<u8>, Failure> {
		let connection = |source: reqwest::Error| Failure {
			error: Error::Connection { call: call.name, url: self.base.to_string(), source },
			again: true,
		};
		let url = self.base.join(call.name).map_err(|error| Failure {
			error: Error::Address { url: self.base.to_string(), reason: error.to_string() },
			again: false,
		})?;
		let mut request = self.http.post(url).query(&call.query);
		if let Some(authorization) = &self.options.authorization {
			request = request.header(reqwest::header::AUTHORIZATION, authorization);
		}
		if let Some(body) = &call.body {
			let length = body.len() as u64;
			let part = multipart::Part::stream_with_length(body.clone(), length);
			let part = part.file_name("block");
			request = request.multipart(multipart::Form::new().part("file", part));
		}
		let response = request.send().await.map_err(connection)?;
		let status = response.status();
		// Kubo streams files, and tells in a trailer if it fails half-way. The length that it
		// announces shows that as well.
		let announced = response
			.headers()
			.get("x-content-length")
			.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
		let limit = if status.is_success() { call.limit } else { 64 * 1024 };
		let body = match read_bounded(response, limit).await {
			Ok(Some(body)) => body,
			Ok(None) => {
				let error = Error::TooLarge { call: call.name, limit };
				return Err(Failure { error, again: false });
			}
			Err(source) => return Err(connection(source)),
		};
		if status.is_success() {
			let actual = body.len() as u64;
			return match announced {
				Some(announced) if announced != actual => Err(Failure {
					error: Error::CutOff { call: call.name, announced, actual },
					again: true,
				}),
				_ => Ok(body.into()),
			};
		}
		Err(refusal(call.name, status, &body))
	}
}

/// Reads the error out of an answer that is none of success.
fn refusal(call: &'static str, status: StatusCode, body: &[u8]) -> Failure {
	if status == StatusCode::INTERNAL_SERVER_ERROR {
		if let Ok(error) = serde_json::from_slice::<KuboError>(body) {
			if error.kind == "error" {
				return Failure {
					error: Error::Refused { call, message: error.message },
					again: false,
				};
			}
		}
	}
	let text: String = String::from_utf8_lossy(body).trim().chars().take(200).collect();
	Failure {
		error: Error::Status { call, status: status.as_u16(), body: text },
		again: status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS,
	}
}

/// Reads the body, but no more than so much of it.
async fn read_bounded(
	mut response: reqwest::Response,
	limit: usize,
) -> Result<Option<BytesMut>, reqwest::Error> {
	if response.content_length().is_some_and(|length| length > limit as u64) {
		return Ok(None);
	}
	let mut body = BytesMut::new();
	while let Some(chunk) = response.chunk().await? {
		if body.len() + chunk.len() > limit {
			return Ok(None);
		}
		body.extend_from_slice(&chunk);
	}
	Ok(Some(body))
}

/// Between half of the pause and all of it, so that many clients do not come back at once.
fn jittered(pause: Duration) -> Duration {
	let chance = RandomState::new().hash_one(()) as u32;
	pause / 2 + pause.mul_f64(f64::from(chance) / f64::from(u32::MAX) / 2.0)
}

/// Kubo tells by words alone that something is not there.
fn absent_as_none<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
	match result {
		Ok(value) => Ok(Some(value)),
		Err(Error::Refused { message, .. })
			if message.contains("could not find")
				|| message.contains("not found")
				|| message.contains("not pinned") =>
		{
			Ok(None)
		}
		Err(error) => Err(error),
	}
}

impl<'a> Call<'a> {
	fn new(name: &'static str) -> Self {
		Self { name, query: Vec::new(), body: None, limit: MAX_ANSWER }
	}

	fn arg(mut self, name: &'a str, value: impl ToString) -> Self {
		self.query.push((name, value.to_string()));
		self
	}

	fn body(mut self, body: Bytes) -> Self {
		self.body = Some(body);
		self
	}

	fn limit(mut self, limit: usize) -> Self {
		self.limit = limit;
		self
	}
}
