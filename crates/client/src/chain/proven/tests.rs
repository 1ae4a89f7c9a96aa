use super::*;
use crate::{
	chain::{
		rpc::tests::{node, Answers},
		runtime::tests::wasm,
	},
	ConnectOptions,
};
use codec::Compact;
use futures::future::join_all;
use serde_json::{json, Value};
use sha2::{Digest, Sha256};
use sp_core::{Blake2Hasher, H256 as Root};
use sp_trie::{LayoutV1, MemoryDB, RandomState, TrieDBMutBuilder, TrieMut};
use std::sync::atomic::AtomicUsize;
use tokio::time::timeout;

/// Hash of the first block of every chain here.
pub(crate) const GENESIS: Hash32 = [1; 32];

/// A block, and a node that has it.
pub(crate) struct Block {
	number: u32,
	state_root: Hash32,
	/// The trie of its state.
	nodes: Vec<Vec<u8>>,
}

impl Block {
	/// Makes a block with these values in its state.
	pub(crate) fn new(number: u32, values: &[(&[u8], &[u8])]) -> Self {
		let (state_root, nodes) = values_proof(values);
		Self { number, state_root, nodes }
	}

	fn header(&self) -> Vec<u8> {
		([7u8; 32], Compact(self.number), self.state_root, [8u8; 32], [0u8; 1]).encode()
	}

	pub(crate) fn hash(&self) -> Hash32 {
		sp_crypto_hashing::blake2_256(&self.header())
	}

	/// Answers like a node whose last final block it is. The node has no other block.
	pub(crate) fn answer(&self, method: &str, _: &Value) -> Value {
		let nodes: Vec<_> = self.nodes.iter().map(hexadecimal).collect();
		match method {
			"state_getRuntimeVersion" => {
				json!({"specName": "salus", "specVersion": 2, "transactionVersion": 1, "apis": []})
			}
			"chain_getBlockHash" => hexadecimal(GENESIS).into(),
			"chain_getHeader" => json!({
				"parentHash": hexadecimal([7u8; 32]),
				"number": format!("0x{:x}", self.number),
				"stateRoot": hexadecimal(self.state_root),
				"extrinsicsRoot": hexadecimal([8u8; 32]),
				"digest": {"logs": []},
			}),
			// No further block, and that is all: 0x0001, deflated.
			"salus_proveFinality" => "Y2AEAA==".into(),
			"state_getReadProof" => json!({"at": hexadecimal(self.hash()), "proof": nodes}),
			"salus_proveCall" => json!({
				"header": hexadecimal(self.header()),
				"proof": hexadecimal(self.nodes.encode()),
			}),
			// Like a node of an earlier release.
			"salus_runtimeCode" => {
				json!({"error": {"code": METHOD_NOT_FOUND, "message": "Method not found"}})
			}
			_ => Value::Null,
		}
	}

	/// Makes it the last final block that is known of the node with this address.
	pub(crate) fn is_known_at(&self, url: &str, folder: &Path) {
		self.is_known_in_chain(GENESIS, url, folder);
	}

	/// Does the same for a chain with this first block.
	pub(crate) fn is_known_in_chain(&self, genesis: Hash32, url: &str, folder: &Path) {
		keep(genesis, url, &self.header(), folder);
	}

	/// Connects to a node that gives these answers, with this block as the last final one that is
	/// known.
	pub(crate) async fn known_to_client_of(&self, answers: Answers, folder: &Path) -> Client {
		client_that_knows(&self.header(), answers, folder).await
	}
}

/// Returns the root of a trie with these values, and its nodes.
pub(crate) fn values_proof(values: &[(&[u8], &[u8])]) -> (Hash32, Vec<Vec<u8>>) {
	let mut database = MemoryDB::<Blake2Hasher>::with_hasher(RandomState::default());
	let mut root = Root::default();
	{
		let mut trie =
			TrieDBMutBuilder::<LayoutV1<Blake2Hasher>>::new(&mut database, &mut root).build();
		for (key, value) in values {
			trie.insert(key, value).unwrap();
		}
	}
	let nodes = database.drain().into_values().filter(|(_, count)| *count > 0);
	(root.0, nodes.map(|(node, _)| node).collect())
}

/// Connects to a node that gives these answers, with the block of this header as the last final
/// one that is known.
pub(crate) async fn client_that_knows(header: &[u8], answers: Answers, folder: &Path) -> Client {
	let url = node(answers).await;
	keep(GENESIS, &url, header, folder);
	let known_chains = Some(folder.to_owned());
	let options = ConnectOptions { known_chains, ..ConnectOptions::default() };
	Client::connect_with(&url, options).await.unwrap()
}

/// Keeps the block of this header as the last final one that is known of the node with this
/// address, whose chain has this first block.
fn keep(genesis: Hash32, url: &str, header: &[u8], folder: &Path) {
	let (genesis, header) = (hex::encode(genesis), hex::encode(header));
	let trusted = json!({"genesis": genesis, "set": 0, "voters": [], "header": header});
	let file = folder.join(format!("{}.json", hex::encode(Sha256::digest(url))));
	fs::write(file, json!({"url": url, "trusted": trusted}).to_string()).unwrap();
}

fn last_final() -> Block {
	Block::new(7, &[(CODE, &wasm(2)[..])])
}

fn invented() -> Block {
	Block::new(9, &[(CODE, &wasm(3)[..])])
}

/// Answers like a node that shows an invented block beside the last final one.
fn inventing(method: &str, params: &Value) -> Value {
	let of = |hash: &Value| match *hash == json!(hexadecimal(invented().hash())) {
		true => (invented(), wasm(3)),
		false => (last_final(), wasm(2)),
	};
	match method {
		"chain_getHeader" => of(&params[0]).0.answer(method, params),
		"state_getReadProof" => of(&params[1]).0.answer(method, params),
		RUNTIME_CODE => BASE64.encode(of(&params[0]).1).into(),
		_ => last_final().answer(method, params),
	}
}

/// Answers like a node of an earlier release, which gives the runtime in hexadecimal only.
fn earlier(method: &str, params: &Value) -> Value {
	match method {
		STORAGE => hexadecimal(wasm(2)).into(),
		_ => last_final().answer(method, params),
	}
}

/// Answers like a node that gives another program as the runtime.
fn lying(method: &str, params: &Value) -> Value {
	match method {
		RUNTIME_CODE => BASE64.encode(wasm(3)).into(),
		_ => earlier(method, params),
	}
}

/// Answers like a node that gives a text that is not base64.
fn babbling(method: &str, params: &Value) -> Value {
	match method {
		RUNTIME_CODE => "?".into(),
		_ => earlier(method, params),
	}
}

#[tokio::test]
async fn the_runtime_is_the_one_that_the_state_names() {
	let nodes: [(Answers, bool); 4] =
		[(inventing, true), (earlier, true), (lying, false), (babbling, false)];
	for (answers, is_given) in nodes {
		let folder = tempfile::tempdir().unwrap();
		let client = last_final().known_to_client_of(answers, folder.path()).await;
		let block = client.last_final().await.unwrap();
		match client.code(&block).await {
			Ok(code) => {
				assert!(is_given);
				assert_eq!(*code.hash(), sp_crypto_hashing::blake2_256(&wasm(2)));
			}
			Err(error) => {
				assert!(!is_given && error.is_alarm(), "{error:?}");
				assert!(error.to_string().contains(RUNTIME_CODE), "{error}");
			}
		}
	}
}

#[tokio::test]
async fn the_runtime_of_an_invented_block_is_not_run() {
	let folder = tempfile::tempdir().unwrap();
	let client = last_final().known_to_client_of(inventing, folder.path()).await;
	let kept = || {
		let files = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
		files.filter(|path| path.extension().is_some_and(|end| end == "wasm")).count()
	};
	let block = client.block(invented().hash()).await.unwrap();
	let refused = client.code(&block).await.unwrap_err();
	assert!(matches!(refused, RpcError::NewRuntime { block: 9, .. }), "{refused:?}");
	assert_eq!(kept(), 0);
	let last = client.last_final().await.unwrap();
	let code = client.code(&last).await.unwrap();
	assert_eq!(*code.hash(), sp_crypto_hashing::blake2_256(&wasm(2)));
	assert!(client.code(&block).await.is_err());
	assert_eq!(kept(), 1);
}

/// Number of questions for the last final block.
static QUESTIONS: AtomicUsize = AtomicUsize::new(0);

/// Answers like a node that has the last final block, and counts the questions for it.
fn counting(method: &str, params: &Value) -> Value {
	if method == "salus_proveFinality" {
		QUESTIONS.fetch_add(1, Ordering::SeqCst);
	}
	last_final().answer(method, params)
}

#[tokio::test]
async fn a_caller_that_waits_for_a_block_asks_soon_again() {
	let folder = tempfile::tempdir().unwrap();
	let client = last_final().known_to_client_of(counting, folder.path()).await;
	let asked = || QUESTIONS.load(Ordering::SeqCst);
	// A busy machine may miss a few times.
	let mut has_asked = false;
	for _ in 0..20 {
		sleep(PAUSE).await;
		client.last_final().await.unwrap();
		let before = asked();
		client.last_final().await.unwrap();
		// The block is known, and what is known of finality is recent.
		client.final_from(7).await.unwrap().unwrap();
		let waited = timeout(Duration::from_millis(60), client.final_from(8)).await;
		assert!(waited.is_err());
		has_asked |= asked() > before;
	}
	assert!(has_asked);

	// All callers share the answers.
	let (before, started) = (asked(), Instant::now());
	let all = join_all((0..50).map(|_| client.final_from(8)));
	assert!(timeout(Duration::from_millis(500), all).await.is_err());
	// A question that was under way at either end counts too.
	let most = started.elapsed().as_millis() / 10 + 2;
	assert!(((asked() - before) as u128) <= most);
}
