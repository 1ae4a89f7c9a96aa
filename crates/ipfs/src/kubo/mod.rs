//! A client of the Kubo RPC API: Kubo's own, or the one that a Salus node serves.
//!
//! Every call has a deadline over all its attempts, and a bound on what it reads. All calls are
//! idempotent, for blocks are named by their content; so they are tried again, with growing and
//! jittered pauses, when the server cannot be reached or answers that it is out of order. An
//! answer in Kubo's own error shape is final: trying again would not change it.
//!
//! Whoever reaches this API is root on that IPFS node: keep it on loopback.

mod answer;
mod call;
mod error;
pub mod inspect;

use std::{collections::HashSet, time::Duration};

use bytes::Bytes;
use reqwest::Url;

pub use self::{
	answer::{Addresses, Config, Identity, Peering, PeeringPeer, PinKind, Routing, Version},
	error::Error,
};
use self::{
	answer::{BlockStat, PinList, Pins, Reference, Removed},
	call::{absent_as_none, Call},
};
use crate::content::{
	unixfs::{self, Block},
	Cid, MAX_BLOCK,
};

/// Where Kubo's RPC API is if nobody moved it.
pub const DEFAULT_URL: &str = "http://127.0.0.1:5001";

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

/// A client of one IPFS node. Cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub struct Kubo {
	http: reqwest::Client,
	/// With a slash at the end.
	base: Url,
	options: Options,
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
}
