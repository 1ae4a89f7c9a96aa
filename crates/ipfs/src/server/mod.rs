//! The subset of the Kubo RPC API that a Salus node serves over its own blocks.
//!
//! Same paths, arguments and answers as Kubo 0.43, so that the off-chain worker has one code path
//! for an embedded and an external IPFS, and the `ipfs` command works with `--api`. What Kubo
//! refuses is refused alike: other methods than POST, and whatever a browser sends. Beyond that a
//! `Host` that is not loopback is refused, so that no web page can rebind its name to this API.
//!
//! Nothing here asks the network: every answer is as Kubo's with `--offline`.
//!
//! Whoever reaches this API can read and remove every block: listen on loopback only.

mod car;
mod guard;
mod reply;
mod walk;

use std::{future::Future, sync::Arc, time::Duration};

use axum::{
	extract::{multipart::Field, DefaultBodyLimit, Multipart, Query, State},
	middleware,
	response::Response,
	routing::post,
	Router,
};
use serde_json::json;
use tokio::{
	net::TcpListener,
	sync::{OwnedSemaphorePermit, Semaphore},
};

use self::reply::{Refusal, Reply};
use crate::{
	content::{unixfs::Block, Cid, Codec, MAX_BLOCK},
	staging::Staging,
	store::{BlockStore, Error as StoreError},
};

/// What the server tells of itself, and how much it does at once.
#[derive(Clone, Debug)]
pub struct Options {
	/// The node's peer id, as `id` tells it.
	pub peer_id: String,
	/// The multiaddresses at which the node serves Bitswap.
	pub addresses: Vec<String>,
	/// The node's software, such as `salus-node/0.1.0`.
	pub agent: String,
	/// Host names besides those of loopback under which the API may be called.
	pub hosts: Vec<String>,
	/// Requests that are worked on at once; more wait.
	pub concurrency: usize,
	/// How long a request may take to arrive.
	pub body_deadline: Duration,
	/// The most bytes of one `dag/import`.
	pub import_limit: usize,
}

impl Default for Options {
	fn default() -> Self {
		Self {
			peer_id: String::new(),
			addresses: Vec::new(),
			agent: concat!("salus-ipfs/", env!("CARGO_PKG_VERSION")).into(),
			hosts: Vec::new(),
			concurrency: 16,
			body_deadline: Duration::from_secs(60),
			import_limit: 1 << 30,
		}
	}
}

/// Room for what multipart wraps around a block.
const MULTIPART_OVERHEAD: usize = 64 * 1024;

/// Blocks that can be read: the store's, or the staged ones.
trait Blocks: Send + Sync + 'static {
	fn get(&self, cid: &Cid) -> Result<Option<Vec<u8>>, Refusal>;
	fn size(&self, cid: &Cid) -> Result<Option<u64>, Refusal>;
}

impl Blocks for BlockStore {
	fn get(&self, cid: &Cid) -> Result<Option<Vec<u8>>, Refusal> {
		Ok(BlockStore::get(self, cid)?)
	}

	fn size(&self, cid: &Cid) -> Result<Option<u64>, Refusal> {
		Ok(BlockStore::size(self, cid)?)
	}
}

impl Blocks for Staging {
	fn get(&self, cid: &Cid) -> Result<Option<Vec<u8>>, Refusal> {
		Staging::get(self, cid).map_err(|error| Refusal::failed(&error))
	}

	fn size(&self, cid: &Cid) -> Result<Option<u64>, Refusal> {
		Staging::size(self, cid).map_err(|error| Refusal::failed(&error))
	}
}

/// What every handler needs.
struct Shared<B> {
	blocks: Arc<B>,
	options: Options,
	slots: Arc<Semaphore>,
}

impl<B> Clone for Shared<B> {
	fn clone(&self) -> Self {
		Self {
			blocks: self.blocks.clone(),
			options: self.options.clone(),
			slots: self.slots.clone(),
		}
	}
}

impl<B: Blocks> Shared<B> {
	fn new(blocks: Arc<B>, options: Options) -> Self {
		let slots = Arc::new(Semaphore::new(options.concurrency.max(1)));
		Self { blocks, options, slots }
	}

	/// Waits for a slot; it is free again when the permit is dropped.
	async fn slot(&self) -> OwnedSemaphorePermit {
		self.slots.clone().acquire_owned().await.expect("the semaphore is never closed; qed")
	}

	/// Works with the blocks on a blocking thread.
	async fn work<T: Send + 'static>(
		&self,
		work: impl FnOnce(&B) -> Result<T, Refusal> + Send + 'static,
	) -> Result<T, Refusal> {
		let blocks = self.blocks.clone();
		let slot = self.slot().await;
		tokio::task::spawn_blocking(move || {
			let _slot = slot;
			work(&blocks)
		})
		.await
		.map_err(|error| Refusal::failed(&error))?
	}
}

/// The whole subset, over a node's block store.
pub fn router(store: Arc<BlockStore>, options: Options) -> Router {
	let shared = Shared::new(store, options);
	let small = DefaultBodyLimit::max(MAX_BLOCK + MULTIPART_OVERHEAD);
	let large = DefaultBodyLimit::max(shared.options.import_limit);
	let routes = reading::<BlockStore>()
		.route("/api/v0/block/put", post(block_put))
		.route("/api/v0/block/rm", post(block_rm))
		.route("/api/v0/pin/add", post(pin_add))
		.route("/api/v0/pin/rm", post(pin_rm))
		.route("/api/v0/pin/ls", post(pin_ls))
		.route("/api/v0/config/show", post(config_show))
		.layer(small)
		.merge(Router::new().route("/api/v0/dag/import", post(dag_import)).layer(large));
	finish(routes, shared)
}

/// Only reading, over the blocks of uploads.
pub fn staging_router(staging: Arc<Staging>, options: Options) -> Router {
	let shared = Shared::new(staging, options);
	finish(reading::<Staging>().layer(DefaultBodyLimit::max(MULTIPART_OVERHEAD)), shared)
}

/// Serves a router until `shutdown` is over, and lets the requests under way end.
pub async fn serve(
	listener: TcpListener,
	router: Router,
	shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
	axum::serve(listener, router).with_graceful_shutdown(shutdown).await
}

fn reading<B: Blocks>() -> Router<Shared<B>> {
	Router::new()
		.route("/api/v0/block/get", post(block_get::<B>))
		.route("/api/v0/block/stat", post(block_stat::<B>))
		.route("/api/v0/cat", post(cat::<B>))
		.route("/api/v0/refs", post(refs::<B>))
		.route("/api/v0/id", post(id::<B>))
		.route("/api/v0/version", post(version::<B>))
}

fn finish<B: Blocks>(routes: Router<Shared<B>>, shared: Shared<B>) -> Router {
	let hosts = Arc::new(shared.options.hosts.clone());
	routes
		.fallback(|| async { Refusal::NoSuchCommand })
		.with_state(shared)
		.layer(middleware::from_fn_with_state(hosts, guard::guard))
}

/// The query, in order; `arg` may come more than once.
struct Arguments(Vec<(String, String)>);

impl Arguments {
	fn get(&self, name: &str) -> Option<&str> {
		self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
	}

	fn flag(&self, name: &str, default: bool) -> Result<bool, Refusal> {
		match self.get(name) {
			None => Ok(default),
			Some("true" | "1" | "") => Ok(true),
			Some("false" | "0") => Ok(false),
			Some(other) => Err(Refusal::bad(format!("{name}={other}: give true or false"))),
		}
	}

	fn number(&self, name: &str) -> Result<Option<u64>, Refusal> {
		self.get(name)
			.map(|value| {
				value.parse().map_err(|_| Refusal::bad(format!("{name}={value}: give a number")))
			})
			.transpose()
	}

	/// The CIDs that are asked for: one at least.
	fn cids(&self) -> Result<Vec<Cid>, Refusal> {
		let cids: Vec<Cid> = self
			.0
			.iter()
			.filter(|(key, _)| key == "arg")
			.map(|(_, value)| parse_path(value))
			.collect::<Result<_, _>>()?;
		if cids.is_empty() {
			return Err(Refusal::bad("argument \"cid\" is required".into()));
		}
		Ok(cids)
	}

	fn cid(&self) -> Result<Cid, Refusal> {
		match self.cids()?[..] {
			[cid] => Ok(cid),
			_ => Err(Refusal::bad("one argument \"cid\" is wanted, not several".into())),
		}
	}
}

/// Reads `CID` or `/ipfs/CID`.
fn parse_path(path: &str) -> Result<Cid, Refusal> {
	let text = path.strip_prefix("/ipfs/").unwrap_or(path);
	Cid::parse(text).map_err(|error| Refusal::Error(format!("invalid path {path:?}: {error}")))
}

type Pairs = Query<Vec<(String, String)>>;

async fn block_get<B: Blocks>(
	State(shared): State<Shared<B>>,
	Query(pairs): Pairs,
) -> Result<Response, Refusal> {
	let cid = Arguments(pairs).cid()?;
	let data = shared.work(move |blocks| blocks.get(&cid)?.ok_or(Refusal::absent(&cid))).await?;
	Ok(Reply::raw(data))
}

async fn block_stat<B: Blocks>(
	State(shared): State<Shared<B>>,
	Query(pairs): Pairs,
) -> Result<Response, Refusal> {
	let cid = Arguments(pairs).cid()?;
	let size = shared.work(move |blocks| blocks.size(&cid)?.ok_or(Refusal::absent(&cid))).await?;
	Ok(Reply::json(&json!({ "Key": cid, "Size": size })))
}

async fn cat<B: Blocks>(
	State(shared): State<Shared<B>>,
	Query(pairs): Pairs,
) -> Result<Response, Refusal> {
	let arguments = Arguments(pairs);
	let root = arguments.cid()?;
	let offset = arguments.number("offset")?.unwrap_or(0);
	let length = arguments.number("length")?.unwrap_or(u64::MAX);
	let slot = shared.slot().await;
	walk::cat(shared.blocks.clone(), slot, root, offset, length).await
}

async fn refs<B: Blocks>(
	State(shared): State<Shared<B>>,
	Query(pairs): Pairs,
) -> Result<Response, Refusal> {
	let arguments = Arguments(pairs);
	let roots = arguments.cids()?;
	let recursive = arguments.flag("recursive", false)?;
	let lines = shared.work(move |blocks| Ok(walk::refs(blocks, &roots, recursive))).await?;
	Ok(Reply::lines(&lines))
}

async fn id<B: Blocks>(State(shared): State<Shared<B>>) -> Response {
	let Options { peer_id, addresses, agent, .. } = &shared.options;
	Reply::json(&json!({
		"ID": peer_id,
		"PublicKey": "",
		"Addresses": addresses,
		"AgentVersion": agent,
		"Protocols": ["/ipfs/bitswap/1.2.0"],
	}))
}

async fn version<B: Blocks>(State(shared): State<Shared<B>>) -> Response {
	let agent = &shared.options.agent;
	Reply::json(&json!({
		"Version": agent.rsplit('/').next().unwrap_or(agent),
		"Commit": "",
		"Repo": "0",
		"System": format!("{}/{}", std::env::consts::ARCH, std::env::consts::OS),
		"Golang": "",
	}))
}

/// What whoever looks whether this API is [closed](crate::kubo::inspect) wants to know. Blocks go to nobody but by the node.
async fn config_show() -> Response {
	Reply::json(&json!({
		"Addresses": { "Swarm": [], "Gateway": "" },
		"Bootstrap": [],
		"Peering": { "Peers": [] },
		"Routing": { "Type": "none" },
	}))
}

async fn block_put(
	State(shared): State<Shared<BlockStore>>,
	Query(pairs): Pairs,
	mut form: Multipart,
) -> Result<Response, Refusal> {
	let arguments = Arguments(pairs);
	let codec = codec(&arguments)?;
	check_hash(&arguments)?;
	let pin = arguments.flag("pin", false)?;
	let deadline = shared.options.body_deadline;
	let mut lines = Vec::new();
	while let Some(mut field) = in_time(deadline, form.next_field()).await?? {
		let data = in_time(deadline, read_block(&mut field)).await??;
		let line = shared
			.work(move |store| {
				let Block { cid, data } = Block::new(codec, data);
				store.put(&cid, &data)?;
				if pin {
					store.pin(&cid)?;
				}
				Ok(json!({ "Key": cid, "Size": data.len() }))
			})
			.await?;
		lines.push(line);
	}
	if lines.is_empty() {
		return Err(Refusal::bad("file argument 'data' is required".into()));
	}
	Ok(Reply::lines(&lines))
}

async fn block_rm(
	State(shared): State<Shared<BlockStore>>,
	Query(pairs): Pairs,
) -> Result<Response, Refusal> {
	let arguments = Arguments(pairs);
	let cids = arguments.cids()?;
	let force = arguments.flag("force", false)?;
	let lines = shared.work(move |store| walk::remove(store, &cids, force)).await?;
	Ok(Reply::lines(&lines))
}

async fn pin_add(
	State(shared): State<Shared<BlockStore>>,
	Query(pairs): Pairs,
) -> Result<Response, Refusal> {
	let arguments = Arguments(pairs);
	let roots = arguments.cids()?;
	if !arguments.flag("recursive", true)? {
		return Err(Refusal::Error("pin: only recursive pins are kept here".into()));
	}
	let roots = shared
		.work(move |store| {
			for root in &roots {
				store.pin(root).map_err(|error| match error {
					StoreError::Incomplete { missing, .. } => Refusal::Error(format!(
						"pin: block was not found locally (offline): ipld: could not find {missing}"
					)),
					other => Refusal::failed(&other),
				})?;
			}
			Ok(roots)
		})
		.await?;
	Ok(Reply::json(&json!({ "Pins": roots })))
}

async fn pin_rm(
	State(shared): State<Shared<BlockStore>>,
	Query(pairs): Pairs,
) -> Result<Response, Refusal> {
	let roots = Arguments(pairs).cids()?;
	let roots = shared
		.work(move |store| {
			for root in &roots {
				if !store.unpin(root)? {
					return Err(Refusal::Error("not pinned or pinned indirectly".into()));
				}
			}
			Ok(roots)
		})
		.await?;
	Ok(Reply::json(&json!({ "Pins": roots })))
}

async fn pin_ls(
	State(shared): State<Shared<BlockStore>>,
	Query(pairs): Pairs,
) -> Result<Response, Refusal> {
	let arguments = Arguments(pairs);
	let kind = walk::Kind::parse(arguments.get("type").unwrap_or("all"))?;
	let stream = arguments.flag("stream", false)?;
	let asked = match arguments.get("arg") {
		None => None,
		Some(_) => Some(arguments.cids()?),
	};
	let pins = shared.work(move |store| walk::pins(store, kind, asked.as_deref())).await?;
	Ok(if stream {
		let lines: Vec<_> =
			pins.iter().map(|(cid, kind)| json!({ "Cid": cid, "Type": kind })).collect();
		Reply::lines(&lines)
	} else {
		let keys: serde_json::Map<_, _> = pins
			.iter()
			.map(|(cid, kind)| (cid.to_string(), json!({ "Type": kind, "Name": "" })))
			.collect();
		Reply::json(&json!({ "Keys": keys }))
	})
}

async fn dag_import(
	State(shared): State<Shared<BlockStore>>,
	Query(pairs): Pairs,
	mut form: Multipart,
) -> Result<Response, Refusal> {
	let arguments = Arguments(pairs);
	let pin = arguments.flag("pin-roots", true)?;
	let stats = arguments.flag("stats", false)?;
	let deadline = shared.options.body_deadline;
	let mut import = car::Import::default();
	let mut files = 0;
	while let Some(mut field) = in_time(deadline, form.next_field()).await?? {
		files += 1;
		let mut reader = car::Reader::default();
		loop {
			let chunk = in_time(deadline, field.chunk()).await??;
			let end = chunk.is_none();
			let blocks = reader.feed(chunk.as_deref().unwrap_or_default(), end, &mut import)?;
			if !blocks.is_empty() {
				shared
					.work(move |store| {
						blocks.iter().try_for_each(|block| {
							store.put(&block.cid, &block.data).map(drop).map_err(Refusal::from)
						})
					})
					.await?;
			}
			if end {
				break;
			}
		}
	}
	if files == 0 {
		return Err(Refusal::bad("file argument 'path' is required".into()));
	}
	let lines = shared.work(move |store| Ok(import.finish(store, pin, stats))).await?;
	Ok(Reply::lines(&lines))
}

fn codec(arguments: &Arguments) -> Result<Codec, Refusal> {
	match arguments.get("cid-codec").or_else(|| arguments.get("format")).unwrap_or("raw") {
		"" | "raw" => Ok(Codec::Raw),
		"dag-pb" | "protobuf" => Ok(Codec::DagPb),
		other => {
			Err(Refusal::Error(format!("cid-codec {other}: only raw and dag-pb are stored here")))
		}
	}
}

fn check_hash(arguments: &Arguments) -> Result<(), Refusal> {
	match (arguments.get("mhtype").unwrap_or("sha2-256"), arguments.get("mhlen").unwrap_or("-1")) {
		("sha2-256", "-1" | "32") => Ok(()),
		(kind, length) => Err(Refusal::Error(format!(
			"mhtype {kind}, mhlen {length}: only sha2-256 of 32 bytes is stored here"
		))),
	}
}

async fn in_time<T>(deadline: Duration, future: impl Future<Output = T>) -> Result<T, Refusal> {
	tokio::time::timeout(deadline, future)
		.await
		.map_err(|_| Refusal::Error(format!("the request did not arrive within {deadline:?}")))
}

/// Reads one file of a form, but no more than a block may have.
async fn read_block(field: &mut Field<'_>) -> Result<Vec<u8>, Refusal> {
	let mut data = Vec::new();
	while let Some(chunk) = field.chunk().await? {
		if data.len() + chunk.len() > MAX_BLOCK {
			return Err(Refusal::Error(format!(
				"produced block is over {MAX_BLOCK} bytes: Bitswap carries no larger ones"
			)));
		}
		data.extend_from_slice(&chunk);
	}
	Ok(data)
}
