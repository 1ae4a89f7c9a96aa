//! A client of the Kubo RPC API, as served by Kubo or by a Salus node.
//!
//! Every call has a deadline over all its attempts, and a limit on the size of the answer. All
//! calls are idempotent, because blocks are named by their content. If the server cannot be reached
//! or reports that it is out of order, the client retries with growing, jittered pauses. An answer
//! in Kubo's own error format is final: a retry would not change it.
//!
//! Anyone who reaches this API controls the IPFS node: keep it on loopback.
//!
//! # Neighbours
//!
//! Used by: `fetch`, the client and the node, through [`Kubo`] and [`inspect`]. Uses: `content`
//! alone. Bytes of blocks are checked against their CIDs here; bytes of files ([`Kubo::cat`]) are
//! not.

mod answer;
mod call;
mod error;
pub mod inspect;

use std::{collections::HashSet, time::Duration};

use bytes::Bytes;
use reqwest::Url;

pub use self::{
	answer::{Addresses, Config, Identity, Peering, PeeringPeer, PinKind, Routing, Version},
	call::jittered,
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

/// Default address of the Kubo RPC API.
pub const DEFAULT_URL: &str = "http://127.0.0.1:5001";

/// Maximum size of a configuration, in bytes.
const MAX_CONFIG: usize = 1024 * 1024;

/// Number of blocks that one call removes. Their CIDs must fit into one URL.
const REMOVED_AT_ONCE: usize = 64;

/// Options of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
	/// Maximum duration of one call, including all attempts.
	pub deadline: Duration,
	/// Maximum number of retries of a call.
	pub retries: u32,
	/// First pause between attempts. It doubles each time, and half of it is random.
	pub pause: Duration,
	/// Value of the `Authorization` header, for a server that requires one (`API.Authorizations`).
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
	/// Address of the API, with a slash at the end.
	base: Url,
	options: Options,
}

impl Kubo {
	/// Makes a client of the RPC API at this address, for example [`DEFAULT_URL`].
	pub fn new(url: &str, options: Options) -> Result<Self, Error> {
		let address = |reason: String| Error::Address { url: url.to_owned(), reason };
		let parsed = Url::parse(url).map_err(|error| address(error.to_string()))?;
		if parsed.scheme() != "http" {
			return Err(address("only http is supported".into()));
		}
		if parsed.host_str().is_none() || parsed.query().is_some() || parsed.fragment().is_some() {
			return Err(address("it may have only a host, a port and a path".into()));
		}
		let mut base = parsed;
		let path = base.path().trim_end_matches('/').trim_end_matches("/api/v0").to_owned();
		base.set_path(&format!("{path}/api/v0/"));
		let http = reqwest::Client::builder()
			// The node runs nearby: no proxy may see records, and no redirect may lead elsewhere.
			.no_proxy()
			.redirect(reqwest::redirect::Policy::none())
			.connect_timeout(Duration::from_secs(5).min(options.deadline))
			.pool_idle_timeout(Duration::from_secs(20))
			.build()
			.map_err(Error::Setup)?;
		Ok(Self { http, base, options })
	}

	/// Returns the address of the RPC API.
	pub fn url(&self) -> &str {
		self.base.as_str()
	}

	/// Returns the options of this client.
	pub fn options(&self) -> &Options {
		&self.options
	}

	/// Returns the same client with another deadline, for a long call.
	pub fn with_deadline(&self, deadline: Duration) -> Self {
		let mut other = self.clone();
		other.options.deadline = deadline;
		other
	}

	/// Returns the identity of the IPFS node.
	pub async fn id(&self) -> Result<Identity, Error> {
		self.json(Call::new("id")).await
	}

	/// Returns the parts of its configuration that determine its peers.
	pub async fn config(&self) -> Result<Config, Error> {
		self.json(Call::new("config/show").limit(MAX_CONFIG)).await
	}

	/// Returns the version of its software.
	pub async fn version(&self) -> Result<Version, Error> {
		self.json(Call::new("version")).await
	}

	/// Stores a block. Fails with [`Error::WrongCid`] if the node computes another CID for the
	/// bytes.
	///
	/// Does not pin the block: pin the root once all blocks are there.
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

	/// Returns the checked bytes of a block. The node asks its peers for a block that it lacks.
	pub async fn block_get(&self, cid: &Cid) -> Result<Vec<u8>, Error> {
		let data = self.bytes(Call::new("block/get").arg("arg", cid).limit(MAX_BLOCK)).await?;
		cid.verify(&data).map_err(|source| Error::WrongBytes { call: "block/get", source })?;
		Ok(data)
	}

	/// Returns the checked bytes of a block, or `None` if the node does not have it. Asks no peers.
	pub async fn block_get_offline(&self, cid: &Cid) -> Result<Option<Vec<u8>>, Error> {
		let call = Call::new("block/get").arg("arg", cid).arg("offline", "true").limit(MAX_BLOCK);
		let Some(data) = absent_as_none(self.bytes(call).await)? else {
			return Ok(None);
		};
		cid.verify(&data).map_err(|source| Error::WrongBytes { call: "block/get", source })?;
		Ok(Some(data))
	}

	/// Returns the length of a block, in bytes, or `None` if the node does not have it. Asks no
	/// peers.
	pub async fn block_stat(&self, cid: &Cid) -> Result<Option<u64>, Error> {
		let call = Call::new("block/stat").arg("arg", cid).arg("offline", "true");
		Ok(absent_as_none(self.json::<BlockStat>(call).await)?.map(|stat| stat.size))
	}

	/// Removes a block that no pin keeps. Succeeds if the block is not there.
	pub async fn block_rm(&self, cid: &Cid) -> Result<(), Error> {
		let call = Call::new("block/rm").arg("arg", cid).arg("force", "true");
		let lines: Vec<Removed> = self.json_lines(call).await?;
		match lines.into_iter().find(|line| !line.error.is_empty()) {
			Some(line) => Err(Error::Refused { call: "block/rm", message: line.error }),
			None => Ok(()),
		}
	}

	/// Removes those of these blocks that no pin keeps. Returns those that a pin keeps.
	pub async fn block_rm_all(&self, cids: &[Cid]) -> Result<Vec<Cid>, Error> {
		let mut kept = Vec::new();
		for cids in cids.chunks(REMOVED_AT_ONCE) {
			kept.extend(self.block_rm_some(cids).await?);
		}
		Ok(kept)
	}

	/// Removes at most [`REMOVED_AT_ONCE`] blocks, in one call.
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

	/// Unpins a root and removes the blocks below it, except those that another pin keeps. Returns
	/// those, and whether all blocks below the root were known.
	///
	/// Asks no peers for missing blocks. Removes inner nodes last, and only if no pin keeps a leaf.
	/// It can therefore be called again after a failure, or when a pin is gone.
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
		// Children before parents, so that a later call finds the blocks that are left.
		order.reverse();
		let (leaves, nodes): (Vec<Cid>, Vec<Cid>) = order.into_iter().partition(Cid::is_raw);
		let mut kept = self.block_rm_all(&leaves).await?;
		if kept.is_empty() {
			kept = self.block_rm_all(&nodes).await?;
		}
		Ok((kept, complete))
	}

	/// Pins a root with everything below it. The node asks its peers for blocks that it lacks.
	pub async fn pin_add(&self, root: &Cid) -> Result<(), Error> {
		let pins: Pins = self.json(Call::new("pin/add").arg("arg", root)).await?;
		if pins.pins.iter().any(|pin| Cid::parse(pin) == Ok(*root)) {
			Ok(())
		} else {
			let actual = pins.pins.join(", ");
			Err(Error::WrongCid { call: "pin/add", expected: *root, actual })
		}
	}

	/// Unpins a root. Returns `false` if it was not pinned.
	pub async fn pin_rm(&self, root: &Cid) -> Result<bool, Error> {
		let result: Result<Pins, Error> = self.json(Call::new("pin/rm").arg("arg", root)).await;
		Ok(absent_as_none(result)?.is_some())
	}

	/// Returns the roots that are pinned with everything below them.
	///
	/// Leaves out pins of CIDs that Salus does not store, which other tools may have made.
	pub async fn pin_ls(&self) -> Result<Vec<Cid>, Error> {
		let list: PinList = self.json(Call::new("pin/ls").arg("type", "recursive")).await?;
		let mut pins: Vec<Cid> =
			list.keys.keys().filter_map(|text| Cid::parse(text).ok()).collect();
		pins.sort_unstable();
		Ok(pins)
	}

	/// Returns how a block is pinned, or `None` if it is not.
	pub async fn pin_kind(&self, cid: &Cid) -> Result<Option<PinKind>, Error> {
		let list: Result<PinList, Error> = self.json(Call::new("pin/ls").arg("arg", cid)).await;
		Ok(absent_as_none(list)?.and_then(|list| {
			list.keys
				.into_iter()
				.find(|(text, _)| Cid::parse(text) == Ok(*cid))
				.map(|(_, entry)| entry.kind)
		}))
	}

	/// Returns a whole file of at most `limit` bytes.
	///
	/// The node puts it together, so only the size is checked. If you do not trust the node, use
	/// [`fetch`](crate::fetch).
	pub async fn cat(&self, root: &Cid, limit: usize) -> Result<Vec<u8>, Error> {
		self.bytes(Call::new("cat").arg("arg", root).limit(limit)).await
	}

	/// Returns every block below a root once, without the root.
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

	/// Makes the IPFS node connect to a peer, given as a multiaddress that ends in `/p2p/` and its
	/// id.
	pub async fn swarm_connect(&self, address: &str) -> Result<(), Error> {
		self.bytes(Call::new("swarm/connect").arg("arg", address)).await.map(drop)
	}

	/// Makes the IPFS node remove every block that no pin keeps.
	pub async fn repo_gc(&self) -> Result<(), Error> {
		self.bytes(Call::new("repo/gc").arg("quiet", "true")).await.map(drop)
	}

	/// Stores blocks, at most `at_once` at a time, and stops at the first failure.
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
