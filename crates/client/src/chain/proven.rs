//! Reads that do not trust the node.
//!
//! A node that answers with its own key in place of a patient's would read every record that is
//! sealed to that key, and no log would show it. So the state of a final block is read with a
//! proof, and the chain's own runtime is executed here (`salus-light`). The first block comes from
//! the user or from the first connection, and is remembered with the last final one.

mod age;
mod last_final;
#[cfg(test)]
pub(crate) mod tests;

use std::{
	fs, io,
	path::{Path, PathBuf},
	sync::{
		atomic::{AtomicBool, Ordering},
		Arc, Mutex, PoisonError,
	},
	time::Duration,
};

use base64::{engine::general_purpose::STANDARD as BASE64, Engine};
use codec::{Decode, Encode};
use futures::future::BoxFuture;
use salus_light::{state, Code, Fault, Header, Trusted};
use salus_primitives::Hash32;
use serde::{de::DeserializeOwned, Deserialize};
use subxt::{
	rpcs::{client::RpcParams, rpc_params},
	utils::H256,
};
use tokio::{
	task::JoinHandle,
	time::{sleep, Instant},
};
use tracing::{debug_span, info_span, Span};

use self::age::Age;
use super::{
	client::Client,
	rpc::RpcError,
	runtime::Runtime,
	submit::Unproved,
	view::{Stall, View, Wanted},
};
use crate::{
	files::{output::replace_private, private::private_folder},
	storage,
	threads::spawn_blocking,
};

/// Time without a new final block after which finality stalls.
const STALL: Duration = Duration::from_secs(4);

/// Time for which a stall is not waited for again.
const STALLED: Duration = Duration::from_secs(30);

/// Maximum number of values that a node's proof lacks.
const MAX_LACKING: usize = 64;

/// Limit for the node's best block to become final.
const CATCH_UP: Duration = Duration::from_secs(10);

/// Longest pause between two questions for the last final block.
const PAUSE: Duration = Duration::from_millis(100);

/// Method that gives the runtime's code in base64, a third shorter than [`STORAGE`] does.
const RUNTIME_CODE: &str = "salus_runtimeCode";

/// Method that gives a value of the state in hexadecimal.
const STORAGE: &str = "state_getStorage";

/// Error code of a node that lacks a method.
const METHOD_NOT_FOUND: i32 = -32601;

/// First pause between two questions for the last final block. Each one is half as long again as
/// the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// Ending of the name of a file that keeps a runtime. The rest is its hash in hexadecimal.
const RUNTIME_FILE: &str = "wasm";

/// Key of the runtime's code.
const CODE: &[u8] = b":code";

/// Key behind that of the code. The proof of its absence has the hash of the code, but not the
/// code.
const BEHIND_CODE: &[u8] = b":code\0";

/// Proven facts about the chain of a node.
pub(crate) struct Certain {
	/// Folder that keeps it between runs.
	folder: Option<PathBuf>,
	/// Whether the user named the first block.
	is_named: bool,
	/// Answers of the runtime about itself.
	pub(crate) runtime: Arc<Runtime>,
	known: tokio::sync::Mutex<Known>,
	/// The runtime that this machine kept last, which is prepared while the client connects.
	ahead: Mutex<Option<JoinHandle<Option<Code>>>>,
	/// The block that was last asked for by its hash.
	seen: Mutex<Option<KnownBlock>>,
	/// Age of the state that is shown.
	age: Mutex<Age>,
	/// Since when finality stalls.
	stalled: tokio::sync::Mutex<Option<Instant>>,
	/// Whether the user knows about the stall.
	has_warned: AtomicBool,
	/// Reports that are the node's word.
	pub(super) unproved: Mutex<Unproved>,
}

#[derive(Default)]
struct Known {
	trusted: Option<Trusted>,
	/// A newer final block that another node showed, until this node has it, too.
	missing: Option<Trusted>,
	/// Time of the last question for the last final block.
	asked: Option<Instant>,
	/// Time when the node last left that question without an answer.
	unanswered: Option<Instant>,
	/// Time when the last final block was last written to the disk.
	remembered: Option<Instant>,
	/// The runtime, and the block whose state names it.
	code: Option<(Hash32, Arc<Code>)>,
}

/// A block whose header is known, so that its state can be proved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KnownBlock {
	pub(crate) hash: Hash32,
	pub(crate) number: u64,
	pub(crate) state_root: Hash32,
}

/// Finality of a block.
pub(super) enum Finality {
	/// Proved to be final.
	Final(Header),
	/// Finality stalls at this block, so that nothing later can be proved.
	Stalls(u64),
	/// It is not final yet, although later blocks become final.
	Pending,
	/// Another block of its height is final.
	Dropped,
	/// The chain has forgotten the hashes of its height.
	Forgotten,
}

/// A block's header and a proof, in hexadecimal.
#[derive(Deserialize)]
struct Answer {
	header: String,
	proof: String,
}

/// The SDK's form of a proof of values.
#[derive(Deserialize)]
struct ReadProof {
	proof: Vec<String>,
}

impl Known {
	/// Returns the runtime that was used last, if it has this hash.
	fn code_with(&self, hash: &Hash32) -> Option<Arc<Code>> {
		let (_, code) = self.code.as_ref()?;
		(code.hash() == hash).then(|| code.clone())
	}

	fn is_head(&self, block: &KnownBlock) -> bool {
		self.trusted.as_ref().is_some_and(|trusted| trusted.head().hash == block.hash)
	}
}

impl Certain {
	/// Begins to prepare the runtime that `folder` kept last: it most likely is the chain's.
	pub(crate) fn new(folder: Option<PathBuf>, is_named: bool) -> Self {
		let runtime = Arc::new(Runtime::new(folder.clone()));
		let ahead = folder.clone().map(|folder| {
			spawn_blocking(info_span!("prepare runtime"), move || prepare_newest(&folder))
		});
		Self {
			folder,
			is_named,
			runtime,
			known: Default::default(),
			ahead: Mutex::new(ahead),
			seen: Mutex::default(),
			age: Mutex::default(),
			stalled: Default::default(),
			has_warned: AtomicBool::new(false),
			unproved: Mutex::default(),
		}
	}

	/// Returns the runtime that was prepared ahead, once, if it has this hash.
	async fn take_ahead(&self, hash: &Hash32) -> Option<Code> {
		let ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner).take();
		let code = ahead?.await.ok().flatten();
		code.filter(|code| code.hash() == hash)
	}

	fn seen(&self) -> Option<KnownBlock> {
		*self.seen.lock().unwrap_or_else(PoisonError::into_inner)
	}

	fn see(&self, block: KnownBlock) {
		*self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(block);
	}
}

/// Decodes hexadecimal of a node.
fn bytes(text: &str, what: &'static str) -> Result<Vec<u8>, Fault> {
	let digits = text.strip_prefix("0x").ok_or(Fault::Malformed(what))?;
	hex::decode(digits).map_err(|_| Fault::Malformed(what))
}

fn hexadecimal(bytes: impl AsRef<[u8]>) -> String {
	format!("0x{}", hex::encode(bytes))
}

/// Reads a file; `None` if there is none.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
	match fs::read(path) {
		Ok(bytes) => Ok(Some(bytes)),
		Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
		Err(error) => Err(error),
	}
}

/// Prepares the runtime that was kept last in a folder. `None` if there is none, or if it is
/// damaged.
fn prepare_newest(folder: &Path) -> Option<Code> {
	let files = fs::read_dir(folder).ok()?.flatten().map(|file| file.path());
	let newest = files
		.filter(|path| path.extension().is_some_and(|end| end == RUNTIME_FILE))
		.max_by_key(|path| fs::metadata(path).and_then(|file| file.modified()).ok())?;
	let hash = hex::decode(newest.file_stem()?.to_str()?).ok()?.try_into().ok()?;
	Code::new(&hash, &read(&newest).ok()??).ok()
}

impl Client {
	/// Views the chain's state with proofs, so that no node can alter an answer.
	///
	/// Answers come from the last final block. If the node's best block has another one, the
	/// read waits until that block is final, so that everybody sees what was done just before.
	/// While finality stalls, the node's word about its best block counts, after a warning.
	pub fn now(&self) -> View<'_> {
		View::proven(self, Stall::Reported)
	}

	/// Views the chain's state like [`Client::now`], but never believes the node: while finality
	/// stalls, the last final block counts. For everything that a key is wrapped or sealed for.
	pub fn proven(&self) -> View<'_> {
		View::proven(self, Stall::Final)
	}

	/// Views the chain's state like [`Client::proven`], however old the last final block is. For
	/// everything that selects or fills a transaction, and that is written out as verified.
	pub fn settled(&self) -> View<'_> {
		View::proven(self, Stall::Old)
	}

	/// Views the state of the last final block with proofs, for several reads of the same state. No
	/// read waits, and none believes the node, in a stall either.
	pub async fn snapshot(&self) -> Result<View<'_>, RpcError> {
		self.settled().fixed().await
	}

	/// Views the last final block's state as the node reports it, for several reads of the same
	/// state. That the block is final is proved; what the node says of its state is not.
	pub async fn reported_final(&self) -> Result<View<'_>, RpcError> {
		let block = self.last_final().await?;
		Ok(View::reported(self, Some(H256(block.hash))))
	}

	/// Returns the number of the last final block, by proof.
	pub async fn final_number(&self) -> Result<u64, RpcError> {
		Ok(self.last_final().await?.number)
	}

	/// Reads from the last final block, once that is as new as the node's best block is now.
	pub(super) async fn proven_now(
		&self,
		wanted: Wanted<'_>,
		stall: Stall,
	) -> Result<Option<Vec<u8>>, RpcError> {
		let block = match stall {
			Stall::Final => self.recent().await?,
			Stall::Old | Stall::Reported => self.last_final().await?,
		};
		let (proven, reported, ()) = tokio::try_join!(
			self.proven_at(wanted, &block),
			self.read_reported_now(wanted),
			self.notice_age(&block)
		)?;
		if proven == reported {
			return Ok(proven);
		}
		let best = self.best_number().await?;
		match (self.final_from(best).await?, stall) {
			(Ok(newer), _) => self.proven_at(wanted, &newer).await,
			(Err(last), Stall::Final | Stall::Old) => {
				self.warn_of_stall(last.number);
				self.proven_at(wanted, &last).await
			}
			(Err(last), Stall::Reported) => {
				self.warn_of_stall(last.number);
				self.note_reported(wanted, &reported);
				Ok(reported)
			}
		}
	}

	async fn read_reported_now(&self, wanted: Wanted<'_>) -> Result<Option<Vec<u8>>, RpcError> {
		match self.read_reported(wanted, None).await {
			// The proof decides.
			Err(RpcError::Refused { .. } | RpcError::Answer { .. }) => Ok(None),
			reported => reported,
		}
	}

	/// Waits until a final block has at least this number, and returns it. After [`CATCH_UP`],
	/// returns the newest final block. If finality stalls, returns the last one as an error.
	async fn final_from(&self, number: u64) -> Result<Result<KnownBlock, KnownBlock>, RpcError> {
		let stalled = &self.inner.certain.stalled;
		let is_known = stalled.lock().await.is_some_and(|since| since.elapsed() < STALLED);
		let patience = if is_known { Duration::ZERO } else { STALL };
		let mut block = self.last_final_for(number).await?;
		let (started, mut advanced) = (Instant::now(), Instant::now());
		let mut pause = FIRST_PAUSE;
		while block.number < number && started.elapsed() < CATCH_UP {
			if advanced.elapsed() >= patience {
				if !is_known {
					*stalled.lock().await = Some(Instant::now());
				}
				return Ok(Err(block));
			}
			sleep(pause).await;
			pause = pause.mul_f32(1.5).min(PAUSE);
			let newer = self.last_final_for(number).await?;
			if newer.number > block.number {
				advanced = Instant::now();
			}
			block = newer;
		}
		*stalled.lock().await = None;
		self.inner.certain.has_warned.store(false, Ordering::Relaxed);
		Ok(Ok(block))
	}

	/// Warns that finality stalls at this block, so that the node's word counts for what is newer.
	pub(super) fn warn_of_stall(&self, block: u64) {
		if self.inner.certain.has_warned.swap(true, Ordering::Relaxed) {
			return;
		}
		match &self.inner.connection.progress {
			Some(progress) => progress.finality_stalls(block),
			None => tracing::warn!(block, "finality stalls; newer answers are the node's word"),
		}
	}

	/// Reads from the block with this hash. It is up to the caller to know that it is final.
	pub(super) async fn proven_in(
		&self,
		wanted: Wanted<'_>,
		hash: Hash32,
	) -> Result<Option<Vec<u8>>, RpcError> {
		let block = self.block(hash).await?;
		self.proven_at(wanted, &block).await
	}

	/// Returns the block with this hash.
	pub(crate) fn block(&self, hash: Hash32) -> BoxFuture<'_, Result<KnownBlock, RpcError>> {
		Box::pin(async move {
			let seen = self.inner.certain.seen();
			if let Some(block) = seen.filter(|block| block.hash == hash) {
				return Ok(block);
			}
			let header = self.header(hash).await?.ok_or_else(|| RpcError::Answer {
				method: "chain_getHeader".into(),
				source: "no such block".into(),
			})?;
			let block = KnownBlock::of(&header);
			self.inner.certain.see(block);
			Ok(block)
		})
	}

	/// Returns the header with this hash; `None` if the node has no such block.
	pub(super) async fn header(&self, hash: Hash32) -> Result<Option<Header>, RpcError> {
		let method = "chain_getHeader";
		let found = self.inner.methods.chain_get_header(Some(H256(hash))).await;
		let found = found.map_err(|error| self.inner.connection.explain(method, error))?;
		let header = found.map(|header| Header::of(&hash, header.encode())).transpose();
		header.map_err(|fault| self.untrue(method, fault))
	}

	/// Waits until a block is final, and proves it.
	pub(super) async fn finality_of(&self, hash: Hash32) -> Result<Finality, RpcError> {
		let Some(header) = self.header(hash).await? else { return Ok(Finality::Dropped) };
		self.inner.certain.see(KnownBlock::of(&header));
		let last = match self.final_from(header.number).await? {
			Ok(last) if last.number >= header.number => last,
			Ok(_) => return Ok(Finality::Pending),
			Err(last) => return Ok(Finality::Stalls(last.number)),
		};
		Ok(match self.final_hash(&last, header.number).await? {
			Some(found) if found == hash => Finality::Final(header),
			Some(_) => Finality::Dropped,
			None => Finality::Forgotten,
		})
	}

	/// Returns the hash of the final block with this number, by the last final block.
	pub(super) async fn final_hash(
		&self,
		last: &KnownBlock,
		number: u64,
	) -> Result<Option<Hash32>, RpcError> {
		match last.number == number {
			true => Ok(Some(last.hash)),
			false => self.hash_in(last, number).await,
		}
	}

	/// Returns the hash of an earlier block, as a block's state remembers it. The chain forgets it
	/// after two hours.
	pub(crate) fn hash_in<'a>(
		&'a self,
		block: &'a KnownBlock,
		number: u64,
	) -> BoxFuture<'a, Result<Option<Hash32>, RpcError>> {
		Box::pin(async move {
			let number = u32::try_from(number).unwrap_or(u32::MAX);
			let key = storage::twox_entry("System", "BlockHash", &number.encode());
			Ok(self.value_proven(block, &key).await?.and_then(|hash| hash.try_into().ok()))
		})
	}

	/// Reads from a block that is known.
	pub(super) async fn proven_at(
		&self,
		wanted: Wanted<'_>,
		block: &KnownBlock,
	) -> Result<Option<Vec<u8>>, RpcError> {
		match wanted {
			Wanted::Call(function, arguments) => {
				self.call_proven(block, function, arguments).await.map(Some)
			}
			Wanted::Value(key) => self.value_proven(block, key).await,
		}
	}

	/// Returns the runtime that the state of a block names. A node can invent a block that is not
	/// final, and with it a program, so that a final block must name the runtime, too.
	pub(super) async fn code(&self, block: &KnownBlock) -> Result<Arc<Code>, RpcError> {
		let mut known = self.inner.certain.known.lock().await;
		if let Some((at, code)) = &known.code {
			if *at == block.hash {
				return Ok(code.clone());
			}
		}
		let hash = self.code_hash(block).await?;
		let mut source = *block;
		if known.code_with(&hash).is_none() && !known.is_head(block) {
			// The question for the last final block needs the lock.
			drop(known);
			source = self.final_with_code(block, &hash).await?;
			known = self.inner.certain.known.lock().await;
		}
		let code = match known.code_with(&hash) {
			Some(code) => code,
			None => Arc::new(self.prepare(hash, &source).await?),
		};
		known.code = Some((block.hash, code.clone()));
		Ok(code)
	}

	/// Returns the hash of the runtime that the state of a block names.
	async fn code_hash(&self, block: &KnownBlock) -> Result<Hash32, RpcError> {
		let nodes = self.nodes(&[BEHIND_CODE], block.hash).await?.encode();
		state::code_hash(&block.state_root, &nodes)
			.map_err(|fault| self.untrue("state_getReadProof", fault))
	}

	/// Returns a final block that names the runtime with this hash, which a block names: the block
	/// itself, or the last final one. Fails if neither is one.
	async fn final_with_code(
		&self,
		block: &KnownBlock,
		hash: &Hash32,
	) -> Result<KnownBlock, RpcError> {
		let last = self.last_final().await?;
		if self.final_hash(&last, block.number).await? == Some(block.hash) {
			return Ok(*block);
		}
		match self.code_hash(&last).await? == *hash {
			true => Ok(last),
			false => Err(RpcError::NewRuntime { url: self.url(), block: block.number }),
		}
	}

	/// Makes sure that the runtime of the last final block is known.
	pub(super) async fn know_runtime(&self) -> Result<(), RpcError> {
		let block = self.last_final().await?;
		let code = self.code(&block).await?;
		// No other block's runtime may answer: it is not known to be final.
		self.inner.certain.runtime.use_code(&code);
		Ok(())
	}

	/// Prepares the runtime with this hash: as this machine keeps it, or from the node.
	async fn prepare(&self, hash: Hash32, block: &KnownBlock) -> Result<Code, RpcError> {
		if let Some(code) = self.inner.certain.take_ahead(&hash).await {
			return Ok(code);
		}
		let folder = self.inner.certain.folder.as_deref();
		let path =
			folder.map(|folder| folder.join(format!("{}.{RUNTIME_FILE}", hex::encode(hash))));
		let prepare = |code: Vec<u8>| {
			on_thread(info_span!("prepare runtime"), move || Code::new(&hash, &code))
		};
		// A copy that was damaged is fetched again.
		let kept = path.as_deref().and_then(|path| read(path).ok().flatten());
		if let Some(kept) = kept {
			if let Ok(code) = prepare(kept).await? {
				return Ok(code);
			}
		}
		let (method, fetched) = self.fetch_code(block).await?;
		let code = prepare(fetched.clone()).await?;
		let code = code.map_err(|fault| self.untrue(method, fault))?;
		if let Some(path) = path {
			self.keep(path, fetched).await?;
		}
		Ok(code)
	}

	/// Fetches the runtime's code in the state of a block, and returns it with the method that gave
	/// it. The caller checks its hash.
	async fn fetch_code(&self, block: &KnownBlock) -> Result<(&'static str, Vec<u8>), RpcError> {
		let at = hexadecimal(block.hash);
		let (method, code) = match self.fetch::<String>(RUNTIME_CODE, rpc_params![&at]).await {
			Ok(fetched) => {
				let code = BASE64.decode(fetched).map_err(|_| Fault::Malformed("runtime code"));
				(RUNTIME_CODE, code)
			}
			// A node of an earlier release.
			Err(RpcError::Refused { code: METHOD_NOT_FOUND, .. }) => {
				let params = rpc_params![hexadecimal(CODE), &at];
				let fetched: String = self.fetch(STORAGE, params).await?;
				(STORAGE, bytes(&fetched, "runtime code"))
			}
			Err(error) => return Err(error),
		};
		code.map(|code| (method, code)).map_err(|fault| self.untrue(method, fault))
	}

	/// Executes a function of the runtime API over a proof of the state of a final block.
	pub(crate) fn call_proven<'a>(
		&'a self,
		block: &'a KnownBlock,
		function: &'a str,
		arguments: &'a [u8],
	) -> BoxFuture<'a, Result<Vec<u8>, RpcError>> {
		Box::pin(async move {
			let method = "salus_proveCall";
			let params = rpc_params![function, hexadecimal(arguments), hexadecimal(block.hash)];
			let asked = self.fetch::<Answer>(method, params);
			let (answer, code) = tokio::try_join!(asked, self.code(block))?;
			let proof =
				bytes(&answer.proof, "proof").map_err(|fault| self.untrue(method, fault))?;
			let mut nodes = Vec::<Vec<u8>>::decode(&mut &proof[..])
				.map_err(|_| self.untrue(method, Fault::Malformed("proof")))?;
			for _ in 0..MAX_LACKING {
				let (root, proof) = (block.state_root, nodes.encode());
				let (code, function, arguments) =
					(code.clone(), function.to_owned(), arguments.to_vec());
				let execute = move || code.call(&root, Some(&proof), &function, &arguments);
				match on_thread(info_span!("execute runtime"), execute).await? {
					// The node only looked whether there is a value, which a client cannot.
					Err(Fault::Lacking(key)) => {
						for node in self.nodes(&[&key], block.hash).await? {
							if !nodes.contains(&node) {
								nodes.push(node);
							}
						}
					}
					executed => return executed.map_err(|fault| self.untrue(method, fault)),
				}
			}
			Err(self.untrue(method, Fault::Incomplete))
		})
	}

	/// Reads one value of the state of a final block.
	pub(super) async fn value_proven(
		&self,
		block: &KnownBlock,
		key: &[u8],
	) -> Result<Option<Vec<u8>>, RpcError> {
		let nodes = self.nodes(&[key], block.hash).await?.encode();
		state::value(&block.state_root, &nodes, key)
			.map_err(|fault| self.untrue("state_getReadProof", fault))
	}

	/// Returns the first two keys of the state that begin with these half bytes, of the last final
	/// block, once that is as new as the node's best block. `named` is one of them, which the node
	/// has named.
	pub(crate) fn keys_below<'a>(
		&'a self,
		prefix: &'a [u8],
		named: &'a [u8],
	) -> BoxFuture<'a, Result<Vec<Vec<u8>>, RpcError>> {
		Box::pin(async move {
			let best = self.best_number().await?;
			self.recent().await?;
			let (Ok(block) | Err(block)) = self.final_from(best).await?;
			let nodes = self.nodes(&[named], block.hash).await?.encode();
			state::first_keys(&block.state_root, &nodes, prefix, 2)
				.map_err(|fault| self.untrue("state_getReadProof", fault))
		})
	}

	/// Reads the nodes of the trie that lead to keys, in the state of the block with this hash.
	pub(crate) fn nodes<'a>(
		&'a self,
		keys: &'a [&'a [u8]],
		block: Hash32,
	) -> BoxFuture<'a, Result<Vec<Vec<u8>>, RpcError>> {
		Box::pin(async move {
			let method = "state_getReadProof";
			let keys: Vec<String> = keys.iter().map(hexadecimal).collect();
			let read: ReadProof = self.fetch(method, rpc_params![keys, hexadecimal(block)]).await?;
			let nodes: Result<Vec<_>, _> =
				read.proof.iter().map(|node| bytes(node, "proof")).collect();
			nodes.map_err(|fault| self.untrue(method, fault))
		})
	}

	async fn fetch<T: DeserializeOwned>(
		&self,
		method: &str,
		params: RpcParams,
	) -> Result<T, RpcError> {
		self.inner.connection.request(method, params).await
	}

	pub(crate) fn untrue(&self, method: &str, fault: Fault) -> RpcError {
		RpcError::Untrue { url: self.url(), method: method.to_owned(), fault }
	}

	fn unkept(&self, action: &'static str, path: &Path, source: io::Error) -> RpcError {
		RpcError::Unkept { action, path: path.to_owned(), source }
	}

	/// Writes a file into a folder that is created where it is missing. A separate thread waits for
	/// the disk, so that the caller's deadline can end the wait.
	async fn keep(&self, path: PathBuf, bytes: Vec<u8>) -> Result<(), RpcError> {
		let file = path.clone();
		let kept = on_thread(debug_span!("write file"), move || {
			private_folder(file.parent().ok_or(io::ErrorKind::InvalidInput)?)?;
			replace_private(&file, &bytes)
		});
		kept.await?.map_err(|source| self.unkept("write", &path, source))
	}
}

impl KnownBlock {
	fn of(header: &Header) -> Self {
		Self { hash: header.hash, number: header.number, state_root: header.state_root }
	}
}

/// Does work that takes a while on a separate thread.
async fn on_thread<T: Send + 'static>(
	span: Span,
	work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, RpcError> {
	spawn_blocking(span, work)
		.await
		.map_err(|source| RpcError::Answer { method: "SalusApi".into(), source: source.into() })
}
