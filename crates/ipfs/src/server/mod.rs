//! The subset of the Kubo RPC API that a Salus node serves over its own blocks.
//!
//! Paths, arguments and answers are as in Kubo 0.43, so that the off-chain worker has one code
//! path for an embedded and an external IPFS, and the `ipfs` command works with `--api`. Like Kubo,
//! the server refuses every method except POST, and every request from a browser. It also refuses a
//! `Host` that is neither loopback nor in [`Options::hosts`], so that no web page can rebind its
//! name to this API.
//!
//! The server never asks the network: it answers like Kubo with `--offline`.
//!
//! Anyone who reaches this API can read and remove every block: listen on loopback only.
//!
//! # Neighbours
//!
//! Used by: the node, through [`router`], [`staging_router`] and [`serve`]. Uses: `store` and
//! `staging`, which it calls on blocking threads, at most [`Options::concurrency`] at once, and
//! `content`.

mod arguments;
mod car;
mod commands;
mod guard;
mod reply;
mod walk;

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
	extract::DefaultBodyLimit,
	middleware,
	routing::post,
	serve::{Listener, ListenerExt},
	Router,
};
use tokio::{
	net::{TcpListener, TcpStream},
	sync::{OwnedSemaphorePermit, Semaphore},
};

use self::reply::CommandError;
use crate::{
	content::{Cid, MAX_BLOCK},
	staging::Staging,
	store::BlockStore,
};

/// Identity of the server, and its limits.
#[derive(Clone, Debug)]
pub struct Options {
	/// Peer id of the node, for the `id` command.
	pub peer_id: String,
	/// Multiaddresses at which the node serves Bitswap.
	pub addresses: Vec<String>,
	/// Name and version of the node's software, for example `salus-node/0.1.0`.
	pub agent: String,
	/// Host names, in addition to loopback, under which the API may be called.
	pub hosts: Vec<String>,
	/// Number of requests served at once. Others wait.
	pub concurrency: usize,
	/// Maximum time to wait for each part of a request to arrive: a block, or a piece of an
	/// archive.
	pub body_deadline: Duration,
	/// Maximum size of one `dag/import`, in bytes.
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

/// Room for the multipart wrapping of a block, in bytes.
const MULTIPART_OVERHEAD: usize = 64 * 1024;

/// Readable blocks: the store's, or the staged ones.
trait Blocks: Send + Sync + 'static {
	fn get(&self, cid: &Cid) -> Result<Option<Vec<u8>>, CommandError>;
	fn size(&self, cid: &Cid) -> Result<Option<u64>, CommandError>;
}

impl Blocks for BlockStore {
	fn get(&self, cid: &Cid) -> Result<Option<Vec<u8>>, CommandError> {
		Ok(BlockStore::get(self, cid)?)
	}

	fn size(&self, cid: &Cid) -> Result<Option<u64>, CommandError> {
		Ok(BlockStore::size(self, cid)?)
	}
}

impl Blocks for Staging {
	fn get(&self, cid: &Cid) -> Result<Option<Vec<u8>>, CommandError> {
		Staging::get(self, cid).map_err(|error| CommandError::failed(&error))
	}

	fn size(&self, cid: &Cid) -> Result<Option<u64>, CommandError> {
		Staging::size(self, cid).map_err(|error| CommandError::failed(&error))
	}
}

/// State that the handlers share.
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

	/// Waits for a slot. Dropping the permit frees the slot.
	async fn slot(&self) -> OwnedSemaphorePermit {
		self.slots.clone().acquire_owned().await.expect("the semaphore is never closed; qed")
	}

	/// Works with the blocks on a blocking thread, in a slot.
	async fn work<T: Send + 'static>(
		&self,
		work: impl FnOnce(&B) -> Result<T, CommandError> + Send + 'static,
	) -> Result<T, CommandError> {
		let blocks = self.blocks.clone();
		let slot = self.slot().await;
		tokio::task::spawn_blocking(move || {
			let _slot = slot;
			work(&blocks)
		})
		.await
		.map_err(|error| CommandError::failed(&error))?
	}
}

/// Returns the routes of the whole subset, over a block store.
pub fn router(store: Arc<BlockStore>, options: Options) -> Router {
	let shared = Shared::new(store, options);
	let small = DefaultBodyLimit::max(MAX_BLOCK + MULTIPART_OVERHEAD);
	let large = DefaultBodyLimit::max(shared.options.import_limit);
	let routes = reading::<BlockStore>()
		.route("/api/v0/block/put", post(commands::block_put))
		.route("/api/v0/block/rm", post(commands::block_rm))
		.route("/api/v0/pin/add", post(commands::pin_add))
		.route("/api/v0/pin/rm", post(commands::pin_rm))
		.route("/api/v0/pin/ls", post(commands::pin_ls))
		.route("/api/v0/config/show", post(commands::config_show))
		.layer(small)
		.merge(Router::new().route("/api/v0/dag/import", post(commands::dag_import)).layer(large));
	finish(routes, shared)
}

/// Returns the routes that only read, over the blocks of uploads.
pub fn staging_router(staging: Arc<Staging>, options: Options) -> Router {
	let shared = Shared::new(staging, options);
	finish(reading::<Staging>().layer(DefaultBodyLimit::max(MULTIPART_OVERHEAD)), shared)
}

/// Serves a router until `shutdown` completes, then lets the running requests end.
pub async fn serve(
	listener: TcpListener,
	router: Router,
	shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
	axum::serve(prompt(listener), router).with_graceful_shutdown(shutdown).await
}

/// Makes answers leave at once. Otherwise, the last part of one could wait up to 40 ms for the
/// client to acknowledge the part before it.
fn prompt(listener: TcpListener) -> impl Listener<Io = TcpStream, Addr = SocketAddr> {
	listener.tap_io(|stream| {
		let _ = stream.set_nodelay(true);
	})
}

fn reading<B: Blocks>() -> Router<Shared<B>> {
	Router::new()
		.route("/api/v0/block/get", post(commands::block_get::<B>))
		.route("/api/v0/block/stat", post(commands::block_stat::<B>))
		.route("/api/v0/cat", post(commands::cat::<B>))
		.route("/api/v0/refs", post(commands::refs::<B>))
		.route("/api/v0/id", post(commands::id::<B>))
		.route("/api/v0/version", post(commands::version::<B>))
}

fn finish<B: Blocks>(routes: Router<Shared<B>>, shared: Shared<B>) -> Router {
	let hosts = Arc::new(shared.options.hosts.clone());
	routes
		.fallback(|| async { CommandError::NoSuchCommand })
		.with_state(shared)
		.layer(middleware::from_fn_with_state(hosts, guard::guard))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[tokio::test]
	async fn no_part_of_an_answer_waits_for_the_client() {
		let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
		let address = listener.local_addr().unwrap();
		let mut listener = prompt(listener);
		let (client, (stream, _)) = tokio::join!(TcpStream::connect(address), listener.accept());
		client.unwrap();
		assert!(stream.nodelay().unwrap());
	}
}
