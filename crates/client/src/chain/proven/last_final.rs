//! The last final block: followed by proofs of finality, and remembered with the first block.

use std::{
	fs, io,
	path::{Path, PathBuf},
	time::Duration,
};

use base64::{engine::general_purpose::STANDARD as BASE64, Engine};
use futures::future::BoxFuture;
use salus_light::{Fault, Trusted};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subxt::rpcs::rpc_params;
use tokio::time::{sleep, Instant};
use tracing::{debug_span, Instrument};

use super::{bytes, hexadecimal, read, Answer, KnownBlock, PAUSE, STALL};
use crate::chain::{client::Client, rpc::RpcError};

/// Time for which the last final block is not asked for again.
const RECENT: Duration = Duration::from_millis(80);

/// The same time for callers that wait for a later block. It bounds the questions of all of them
/// together.
const JUST_ASKED: Duration = Duration::from_millis(10);

/// Time for which a new final block is not written to the disk again.
const REMEMBERED: Duration = Duration::from_secs(10);

/// Error code of a node that has no block with a hash.
const UNKNOWN_STATE: i32 = 9050;

/// Method that proves finality.
const PROVE_FINALITY: &str = "salus_proveFinality";

/// Form of a file about a chain.
#[derive(Serialize, Deserialize)]
struct Remembered {
	/// Address of the node that showed it; `None` for the newest block of all addresses.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	url: Option<String>,
	trusted: Trusted,
}

/// Facts about a chain that this machine knows.
#[derive(Default)]
pub(in crate::chain) struct Kept {
	/// As of the last final block that was shown at the node's address.
	here: Option<Trusted>,
	/// As of the newest one that was shown at any address.
	newest: Option<Trusted>,
}

impl Client {
	/// Returns the last final block, and follows finality to it.
	pub(crate) fn last_final(&self) -> BoxFuture<'_, Result<KnownBlock, RpcError>> {
		self.last_final_for(0)
	}

	/// Returns the last final block, for a caller that waits for the block with this number. While
	/// that block is not known to be final, the node is asked sooner again.
	pub(super) fn last_final_for(
		&self,
		wanted: u64,
	) -> BoxFuture<'_, Result<KnownBlock, RpcError>> {
		Box::pin(async move {
			let began = Instant::now();
			let mut known = self.inner.certain.known.lock().await;
			// Callers that waited for a failed call fail too, instead of each trying again.
			if known.unanswered.is_some_and(|ended| ended > began) {
				let (url, method) = (self.url(), PROVE_FINALITY.to_owned());
				return Err(RpcError::NoAnswer { url, method, seconds: began.elapsed().as_secs() });
			}
			let has_wanted =
				known.trusted.as_ref().is_some_and(|trusted| trusted.head().number >= wanted);
			let memory = if has_wanted { RECENT } else { JUST_ASKED };
			let is_recent = known.asked.is_some_and(|asked| asked.elapsed() < memory);
			// A copy, because the caller may leave while it waits.
			let mut trusted = match &known.trusted {
				Some(trusted) if is_recent => return Ok(KnownBlock::of(trusted.head())),
				Some(trusted) => trusted.clone(),
				None => {
					let (first, missing) = self.first_trusted().await?;
					known.missing = missing;
					first
				}
			};
			let before = trusted.head().hash;
			let followed =
				self.follow(&mut trusted).instrument(debug_span!("follow finality")).await;
			if let Err(RpcError::NoAnswer { .. } | RpcError::Gone { .. }) = followed {
				known.unanswered = Some(Instant::now());
			}
			let followed = match known.missing.clone() {
				None => followed,
				Some(missing) => {
					// A history without that block must not be kept.
					followed?;
					known.missing = self.reach(missing, &mut trusted).await?;
					Ok(())
				}
			};
			let block = KnownBlock::of(trusted.head());
			let is_due = known.remembered.is_none_or(|last| last.elapsed() >= REMEMBERED);
			let due = (block.hash != before && is_due).then(|| trusted.clone());
			known.trusted = Some(trusted);
			if let Some(due) = due {
				self.remember(due).await?;
				known.remembered = Some(Instant::now());
			}
			followed?;
			known.asked = Some(Instant::now());
			Ok(block)
		})
	}

	/// Returns what this machine knows about the node's chain. Fails if it knows another chain
	/// instead, and the user did not name this one.
	pub(in crate::chain) fn kept_chain(&self) -> Result<Kept, RpcError> {
		let Some(folder) = &self.inner.certain.folder else { return Ok(Kept::default()) };
		let (genesis, is_named) = (self.genesis(), self.inner.certain.is_named);
		let other = |known: &Trusted| RpcError::OtherChain {
			url: self.url(),
			known: *known.genesis(),
			found: genesis,
		};
		let here = match self.kept(&self.file_here(folder))? {
			Some(here) if *here.genesis() == genesis => Some(here),
			Some(here) if !is_named => return Err(other(&here)),
			_ => None,
		};
		let newest = match self.kept(&self.file_of_chain(folder))? {
			Some(newest) if *newest.genesis() == genesis => Some(newest),
			Some(newest) => return Err(other(&newest)),
			None => {
				// Earlier releases kept what they knew at each address only.
				let all = self.all_kept(folder)?;
				let (same, others): (Vec<_>, Vec<_>) =
					all.into_iter().partition(|known| *known.genesis() == genesis);
				match (same.into_iter().max_by_key(|known| known.head().number), others.first()) {
					(None, Some(known)) if !is_named => return Err(other(known)),
					(newest, _) => newest,
				}
			}
		};
		Ok(Kept { here, newest })
	}

	/// Reads what a file says about a chain; `None` if there is none.
	fn kept(&self, path: &Path) -> Result<Option<Trusted>, RpcError> {
		let found = read(path).map_err(|source| self.unkept("read", path, source))?;
		let Some(found) = found else { return Ok(None) };
		let remembered: Remembered = serde_json::from_slice(&found)
			.map_err(|error| self.unkept("understand", path, error.into()))?;
		Ok(Some(remembered.trusted))
	}

	/// Reads all files about chains.
	fn all_kept(&self, folder: &Path) -> Result<Vec<Trusted>, RpcError> {
		let unread = |source| self.unkept("read", folder, source);
		let files = match fs::read_dir(folder) {
			Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
			files => files.map_err(unread)?,
		};
		let mut all = Vec::new();
		for file in files {
			let path = file.map_err(unread)?.path();
			if path.extension().is_some_and(|end| end == "json") {
				all.extend(self.kept(&path)?);
			}
		}
		Ok(all)
	}

	/// Returns what this machine knows about the chain, or else the chain's first block. If nobody
	/// has named that one, the node does. Fails if the node lacks the newest block that is known,
	/// unless an older one is known from its address. Then returns the newest one, too.
	async fn first_trusted(&self) -> Result<(Trusted, Option<Trusted>), RpcError> {
		let genesis = self.genesis();
		let Kept { here, newest } = self.kept_chain()?;
		let is_newer = |newest: &Trusted| {
			here.as_ref().is_none_or(|here| here.head().number < newest.head().number)
		};
		let mut missing = None;
		if let Some(mut newest) = newest.filter(is_newer) {
			match self.follow_soon(&mut newest).await {
				// In a cut, this may be the only side that the user can reach. From the first block
				// on, former validators could have signed another history.
				Err(RpcError::Behind { known, .. }) if here.is_some() => {
					self.warn_of_lag(known);
					missing = Some(newest);
				}
				Err(error) => return Err(error),
				Ok(()) => {
					self.remember(newest.clone()).await?;
					return Ok((newest, None));
				}
			}
		}
		if let Some(here) = here {
			return Ok((here, missing));
		}
		let method = "salus_proveGenesis";
		let answer: Answer = self.fetch(method, rpc_params![]).await?;
		let proved = bytes(&answer.header, "block header").and_then(|header| {
			Trusted::from_genesis(&genesis, header, &bytes(&answer.proof, "proof")?)
		});
		let trusted = proved.map_err(|fault| self.untrue(method, fault))?;
		if !self.inner.certain.is_named {
			match &self.inner.connection.progress {
				Some(progress) => progress.first_use(&self.url(), &genesis),
				None => tracing::warn!(
					url = %self.url(),
					genesis = %hexadecimal(genesis),
					"no source but the node names the chain's first block"
				),
			}
		}
		// Another first block is an alarm from now on.
		self.remember(trusted.clone()).await?;
		Ok((trusted, None))
	}

	/// Looks for the block that another node showed, once this node's last final block is as high:
	/// of two final blocks, one follows from the other. Returns what is still missing.
	///
	/// Former validators can sign another history from an older block on, but not from this one.
	async fn reach(
		&self,
		mut missing: Trusted,
		trusted: &mut Trusted,
	) -> Result<Option<Trusted>, RpcError> {
		let number = missing.head().number;
		if trusted.head().number < number {
			return Ok(Some(missing));
		}
		let mut followed = self.follow(&mut missing).await;
		if matches!(followed, Err(RpcError::Behind { .. })) {
			// Behind one address, another node may have answered, which is behind. It then lacks
			// this block, too, and that is no alarm.
			self.follow(trusted).await?;
			followed = self.follow(&mut missing).await;
		}
		match followed {
			Err(RpcError::Behind { .. }) => {
				let cause =
					format!("it leads past block {number}, which was final before, without it");
				Err(self.untrue(PROVE_FINALITY, Fault::Finality(cause)))
			}
			followed => {
				followed?;
				*trusted = missing;
				Ok(None)
			}
		}
	}

	/// Returns the number of the block that another node showed as final, if this one still lacks
	/// it.
	pub(super) async fn lacking(&self) -> Option<u64> {
		let known = self.inner.certain.known.lock().await;
		known.missing.as_ref().map(|missing| missing.head().number)
	}

	/// Follows finality from a block that another node showed to be final. This one may have it a
	/// moment later.
	async fn follow_soon(&self, trusted: &mut Trusted) -> Result<(), RpcError> {
		let started = Instant::now();
		loop {
			match self.follow(trusted).await {
				Err(RpcError::Behind { .. }) if started.elapsed() < STALL => sleep(PAUSE).await,
				followed => return followed,
			}
		}
	}

	/// Warns that the node lacks this block, which another node showed to be final.
	fn warn_of_lag(&self, block: u64) {
		let url = self.url();
		match &self.inner.connection.progress {
			Some(progress) => progress.node_lags(&url, block),
			None => tracing::warn!(%url, block, "the node lacks a block that is final elsewhere"),
		}
	}

	/// Follows finality to the last block that the node proves, and remembers it.
	async fn follow(&self, trusted: &mut Trusted) -> Result<(), RpcError> {
		let method = PROVE_FINALITY;
		loop {
			let from = trusted.head().hash;
			let fetched = self.fetch::<String>(method, rpc_params![hexadecimal(from)]).await;
			let proof = fetched.map_err(|error| match error {
				RpcError::Refused { code: UNKNOWN_STATE, .. } => RpcError::Behind {
					url: self.url(),
					known: trusted.head().number,
					files: self.files(),
				},
				error => error,
			})?;
			let followed = BASE64
				.decode(&proof)
				.map_err(|_| Fault::Malformed("proof of finality"))
				.and_then(|proof| trusted.follow(&proof))
				.map_err(|fault| self.untrue(method, fault))?;
			// Without progress, asking again would not end.
			if followed || trusted.head().hash == from {
				return Ok(());
			}
		}
	}

	/// Returns the files about the chain.
	pub(super) fn files(&self) -> Vec<PathBuf> {
		let folder = self.inner.certain.folder.as_deref();
		folder.map_or_else(Vec::new, |folder| {
			vec![self.file_here(folder), self.file_of_chain(folder)]
		})
	}

	/// Returns the file about the chain at the node's address.
	fn file_here(&self, folder: &Path) -> PathBuf {
		folder.join(format!("{}.json", hex::encode(Sha256::digest(self.url()))))
	}

	/// Returns the file about the chain at all addresses.
	fn file_of_chain(&self, folder: &Path) -> PathBuf {
		folder.join(format!("chain-{}.json", hex::encode(self.genesis())))
	}

	async fn remember(&self, trusted: Trusted) -> Result<(), RpcError> {
		let Some(folder) = &self.inner.certain.folder else { return Ok(()) };
		let shared = self.file_of_chain(folder);
		let number = trusted.head().number;
		let newest = match self.kept(&shared)? {
			Some(newest) => (newest.head().number < number).then(|| trusted.clone()),
			// A file that an earlier release kept about another address may be newer.
			None => self
				.newest(self.all_kept(folder)?)
				.filter(|newest| newest.head().number > number)
				.or_else(|| Some(trusted.clone())),
		};
		let here = Remembered { url: Some(self.url()), trusted };
		let everywhere = newest.map(|trusted| Remembered { url: None, trusted });
		let write_everywhere = async {
			match &everywhere {
				Some(everywhere) => self.write(shared, everywhere).await,
				None => Ok(()),
			}
		};
		// Each waits for the disk.
		tokio::try_join!(self.write(self.file_here(folder), &here), write_everywhere)?;
		Ok(())
	}

	/// Returns the newest of the facts that are about the node's chain.
	fn newest(&self, all: Vec<Trusted>) -> Option<Trusted> {
		let genesis = self.genesis();
		let same = all.into_iter().filter(|known| *known.genesis() == genesis);
		same.max_by_key(|known| known.head().number)
	}

	async fn write(&self, path: PathBuf, remembered: &Remembered) -> Result<(), RpcError> {
		let text = serde_json::to_vec(remembered)
			.map_err(|error| self.unkept("write", &path, error.into()))?;
		self.keep(path, text).await
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		chain::{
			proven::tests::{Block, GENESIS},
			rpc::tests::{node, Answers},
		},
		ConnectError, ConnectOptions, Progress,
	};
	use codec::Encode;
	use salus_primitives::Hash32;
	use serde_json::{json, Value};
	use std::sync::{Arc, LazyLock, Mutex};

	static LAST: LazyLock<Block> = LazyLock::new(|| Block::new(7, &[(&b"key"[..], &b"value"[..])]));
	static FIRST: LazyLock<Block> = LazyLock::new(|| {
		let voters = vec![([9u8; 32], 1u64)].encode();
		Block::new(0, &[(&crate::storage::item("Grandpa", "Authorities")[..], &voters[..])])
	});

	/// Answers like a node of the chain that is known.
	fn same(method: &str, params: &Value) -> Value {
		LAST.answer(method, params)
	}

	/// Answers like a node of a chain with another first block.
	fn other(method: &str, params: &Value) -> Value {
		match method {
			"chain_getBlockHash" => json!(hexadecimal(FIRST.hash())),
			"salus_proveGenesis" => FIRST.answer("salus_proveCall", params),
			_ => FIRST.answer(method, params),
		}
	}

	/// Answers like that node, which lacks all blocks but the first.
	fn behind(method: &str, params: &Value) -> Value {
		match method {
			PROVE_FINALITY if params[0] != json!(hexadecimal(FIRST.hash())) => {
				json!({"error": {"code": UNKNOWN_STATE, "message": "no such block"}})
			}
			_ => other(method, params),
		}
	}

	/// Notes the first blocks that the node alone names, and the blocks that it lacks.
	#[derive(Default)]
	struct Named(Mutex<Vec<Hash32>>, Mutex<Vec<u64>>);

	impl Progress for Named {
		fn first_use(&self, _: &str, genesis: &Hash32) {
			self.0.lock().unwrap().push(*genesis);
		}

		fn node_lags(&self, _: &str, block: u64) {
			self.1.lock().unwrap().push(block);
		}
	}

	/// Connects to a new node, and returns the client or the error.
	async fn connect(
		answers: Answers,
		folder: &Path,
		genesis: Option<Hash32>,
		named: &Arc<Named>,
	) -> Result<Client, ConnectError> {
		connect_at(&node(answers).await, folder, genesis, named).await
	}

	/// Connects to the node at an address.
	async fn connect_at(
		url: &str,
		folder: &Path,
		genesis: Option<Hash32>,
		named: &Arc<Named>,
	) -> Result<Client, ConnectError> {
		let options = ConnectOptions {
			genesis,
			known_chains: Some(folder.to_owned()),
			progress: Some(named.clone()),
			..ConnectOptions::default()
		};
		Client::connect_with(url, options).await
	}

	#[tokio::test]
	async fn a_new_address_must_show_the_chain_that_is_known() {
		let folder = tempfile::tempdir().unwrap();
		let named = Arc::new(Named::default());
		// In the form of earlier releases, which have a file for each address only.
		LAST.is_known_at("wss://elsewhere.example", folder.path());
		let client = connect(same, folder.path(), None, &named).await.unwrap();
		assert_eq!(client.last_final().await.unwrap().number, 7);
		let shared = client.file_of_chain(folder.path());
		assert!(client.kept(&shared).unwrap().is_some());

		let unknown = connect(other, folder.path(), None, &named).await.unwrap_err();
		let found = FIRST.hash();
		assert!(
			matches!(&unknown, ConnectError::Rpc(RpcError::OtherChain { known, found: at, .. })
				if (*known, *at) == (GENESIS, found)),
			"{unknown:?}"
		);
		assert_eq!(crate::Error::from(unknown).kind(), crate::ErrorKind::Untrusted);
		// The user may have a second network.
		let client = connect(other, folder.path(), Some(found), &named).await.unwrap();
		assert_eq!(client.last_final().await.unwrap().number, 0);
		connect(other, folder.path(), None, &named).await.unwrap();
		assert!(named.0.lock().unwrap().is_empty());
	}

	#[tokio::test]
	async fn a_known_node_that_lacks_a_block_is_used_with_a_warning() {
		let folder = tempfile::tempdir().unwrap();
		let named = Arc::new(Named::default());
		let url = node(behind).await;
		FIRST.is_known_in_chain(FIRST.hash(), &url, folder.path());
		LAST.is_known_in_chain(FIRST.hash(), "wss://elsewhere.example", folder.path());
		for warnings in [&[7][..], &[7, 7]] {
			let client = connect_at(&url, folder.path(), None, &named).await.unwrap();
			assert_eq!(client.last_final().await.unwrap().number, 0);
			assert_eq!(*named.1.lock().unwrap(), warnings);
			// It makes this machine forget nothing.
			let newest = client.all_kept(folder.path()).unwrap();
			assert_eq!(client.newest(newest).unwrap().head().number, 7);
		}
		assert!(named.0.lock().unwrap().is_empty());
	}

	#[tokio::test]
	async fn no_key_comes_from_a_node_that_lacks_a_block() {
		let folder = tempfile::tempdir().unwrap();
		let named = Arc::new(Named::default());
		let url = node(behind).await;
		FIRST.is_known_in_chain(FIRST.hash(), &url, folder.path());
		let client = connect_at(&url, folder.path(), None, &named).await.unwrap();
		assert_eq!(client.recent().await.unwrap().number, 0);
		// The node of the test has one connection at a time.
		drop(client);
		LAST.is_known_in_chain(FIRST.hash(), "wss://elsewhere.example", folder.path());
		let client = connect_at(&url, folder.path(), None, &named).await.unwrap();
		let refused = client.recent().await.unwrap_err();
		assert!(matches!(refused, RpcError::Behind { known: 7, .. }), "{refused:?}");
		assert_eq!(client.settled().storage::<u32>(b"nothing").await.unwrap(), None);
	}

	/// Returns what a file about this block says.
	fn known(client: &Client, block: &Block) -> Trusted {
		let folder = tempfile::tempdir().unwrap();
		block.is_known_in_chain(FIRST.hash(), "wss://elsewhere.example", folder.path());
		client.newest(client.all_kept(folder.path()).unwrap()).unwrap()
	}

	/// Returns another block with this number.
	fn forked(number: u32) -> Block {
		Block::new(number, &[(&b"key"[..], &b"other"[..])])
	}

	#[tokio::test]
	async fn a_history_without_a_known_block_is_an_alarm() {
		/// Answers like a node that has all blocks but the last one.
		fn without(method: &str, params: &Value) -> Value {
			match method {
				PROVE_FINALITY if params[0] == json!(hexadecimal(LAST.hash())) => {
					json!({"error": {"code": UNKNOWN_STATE, "message": "no such block"}})
				}
				_ => other(method, params),
			}
		}
		let folder = tempfile::tempdir().unwrap();
		let named = Arc::new(Named::default());
		let client = connect(behind, folder.path(), None, &named).await.unwrap();
		let mut lagging = known(&client, &FIRST);
		let missing = client.reach(known(&client, &LAST), &mut lagging).await.unwrap();
		assert_eq!(missing.map(|missing| missing.head().number), Some(7));
		assert_eq!(lagging.head().number, 0);
		let client = connect(without, folder.path(), None, &named).await.unwrap();
		for number in [7, 8] {
			let mut forked = known(&client, &forked(number));
			let alarm = client.reach(known(&client, &LAST), &mut forked).await.unwrap_err();
			assert!(alarm.is_alarm(), "{alarm:?}");
		}
		// A node that has it is followed from there.
		let client = connect(other, folder.path(), None, &named).await.unwrap();
		let mut as_high = known(&client, &LAST);
		assert!(client.reach(known(&client, &LAST), &mut as_high).await.unwrap().is_none());
		assert_eq!(as_high.head().number, 7);
	}

	#[tokio::test]
	async fn two_nodes_behind_one_address_are_not_an_alarm() {
		let folder = tempfile::tempdir().unwrap();
		let named = Arc::new(Named::default());
		// Another one showed the higher block just before.
		let client = connect(behind, folder.path(), None, &named).await.unwrap();
		let mut higher = known(&client, &forked(8));
		let refused = client.reach(known(&client, &LAST), &mut higher).await.unwrap_err();
		assert!(matches!(refused, RpcError::Behind { known: 8, .. }), "{refused:?}");
	}

	#[tokio::test]
	async fn a_new_node_is_not_followed_from_the_first_block() {
		let folder = tempfile::tempdir().unwrap();
		let named = Arc::new(Named::default());
		LAST.is_known_in_chain(FIRST.hash(), "wss://elsewhere.example", folder.path());
		// Not even if the user names the first block.
		for genesis in [None, Some(FIRST.hash())] {
			let client = connect(behind, folder.path(), genesis, &named).await.unwrap();
			let error = client.last_final().await.unwrap_err();
			assert!(matches!(error, RpcError::Behind { known: 7, .. }), "{error:?}");
			assert!(client.kept(&client.file_here(folder.path())).unwrap().is_none());
		}
	}

	#[tokio::test]
	async fn the_first_use_is_reported_once() {
		let folder = tempfile::tempdir().unwrap();
		let named = Arc::new(Named::default());
		for _ in 0..2 {
			let client = connect(other, folder.path(), None, &named).await.unwrap();
			client.last_final().await.unwrap();
			assert_eq!(*named.0.lock().unwrap(), [FIRST.hash()]);
		}
	}
}
