//! Tests of the methods as a client calls them, over a test chain and store.

mod documents;

use std::{collections::HashMap, sync::Arc};

use base64::{engine::general_purpose::STANDARD as BASE64, Engine};
use futures::{future::BoxFuture, FutureExt};
use jsonrpsee::RpcModule;
use parking_lot::Mutex;
use salus_ipfs::{
	fetch::{BlockSource, BoxError},
	staging::{Limits, Upload},
	unixfs, Cid, Codec, Dag, MAX_LEAF,
};
use salus_runtime::AccountId;
use serde_json::{json, Value};
use sp_core::{sr25519, Pair};

use super::{
	error::{Kind, RpcError},
	limits, proofs, ticket, uploads, SalusDeps,
};
use crate::{
	clock::now_ms,
	ipfs::{
		testing::{self, TestChain, BEST, FINALISED, GENESIS},
		Ipfs,
	},
};

const HOUR: u64 = 60 * 60 * 1000;

/// Returns the methods of Salus as the node serves them.
fn methods(
	client: Arc<TestChain>,
	ipfs: Arc<Ipfs>,
	others: Option<Arc<dyn BlockSource>>,
) -> RpcModule<()> {
	let module = super::create_salus(SalusDeps {
		client,
		ipfs,
		network: None,
		others,
		shares: Arc::default(),
		changes: Arc::default(),
		proofs: Arc::new(NoProofs),
	})
	.unwrap();
	limits::bounded(module).unwrap()
}

/// A source that has no block.
struct NoProofs;

impl proofs::Source for NoProofs {
	fn genesis(&self) -> Result<proofs::Proof, RpcError> {
		Err(RpcError::new(Kind::ChainUnreadable, "nothing here"))
	}

	fn finality(&self, _: salus_runtime::Hash) -> Result<Vec<u8>, RpcError> {
		Err(RpcError::new(Kind::UnknownState, "nothing here"))
	}

	fn call(
		&self,
		_: &str,
		_: &[u8],
		_: Option<salus_runtime::Hash>,
	) -> Result<proofs::Proof, RpcError> {
		Err(RpcError::new(Kind::UnknownState, "nothing here"))
	}

	fn code(&self, _: Option<salus_runtime::Hash>) -> Result<Vec<u8>, RpcError> {
		Err(RpcError::new(Kind::UnknownState, "nothing here"))
	}
}

#[tokio::test]
async fn only_functions_that_clients_need_are_proved() {
	let node = Node::new();
	for function in ["Core_version", "salusapi_key", "", "Metadata_metadata"] {
		let kind = node.refused("salus_proveCall", json!([function, "0x"])).await;
		assert_eq!(kind, Kind::NotProved);
	}
	for function in ["SalusApi_key", "TransactionPaymentCallApi_query_call_info"] {
		let kind = node.refused("salus_proveCall", json!([function, "0x"])).await;
		assert_eq!(kind, Kind::UnknownState);
	}
}

struct Node {
	_folder: tempfile::TempDir,
	chain: TestChain,
	ipfs: Arc<Ipfs>,
	module: RpcModule<()>,
}

fn alice() -> AccountId {
	sr25519::Pair::from_string("//Alice", None).unwrap().public().into()
}

impl Node {
	/// Creates a node where //Alice may stage for organisation 4.
	fn new() -> Self {
		Self::with_limits(Limits::default())
	}

	fn with_limits(limits: Limits) -> Self {
		Self::with(limits, Arc::default())
	}

	fn with(limits: Limits, others: Arc<Others>) -> Self {
		let folder = tempfile::tempdir().unwrap();
		let chain = TestChain::default();
		chain.admit(&alice(), 4);
		let ipfs = testing::ipfs(folder.path(), limits);
		let mut module = methods(Arc::new(chain.clone()), ipfs.clone(), Some(others));
		// The server does this for the operator.
		module.extensions_mut().insert(sc_rpc::DenyUnsafe::No);
		Self { _folder: folder, chain, ipfs, module }
	}

	/// Calls a method as a client would. An error is its kind and the CID that it names.
	async fn call(&self, method: &str, params: Value) -> Result<Value, (Kind, Option<String>)> {
		let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
		let (answer, _) = self.module.raw_json_request(&request.to_string(), 1).await.unwrap();
		let mut answer: Value = serde_json::from_str(&answer).unwrap();
		let error = &answer["error"];
		if error.is_null() {
			return Ok(answer["result"].take());
		}
		let kind = Kind::ALL
			.iter()
			.copied()
			.find(|kind| i64::from(kind.code()) == error["code"])
			.unwrap_or_else(|| panic!("{error}"));
		assert_eq!(error["data"]["kind"], kind.name());
		assert!(!error["message"].as_str().unwrap().is_empty());
		Err((kind, error["data"]["cid"].as_str().map(str::to_owned)))
	}

	async fn refused(&self, method: &str, params: Value) -> Kind {
		self.call(method, params).await.unwrap_err().0
	}
}

fn ticket(root: Cid, size: u64) -> Value {
	let signed = ticket::tests::signed(GENESIS.into(), now_ms() + HOUR, root, size);
	serde_json::to_value(signed).unwrap()
}

fn block(cid: impl ToString, data: &[u8]) -> Value {
	json!({ "cid": cid.to_string(), "data": BASE64.encode(data) })
}

/// Returns a file with this number of full leaves and one more byte, and its blocks by CID.
fn file(leaves: usize) -> (Dag, Vec<u8>) {
	let bytes: Vec<u8> =
		(0..leaves * MAX_LEAF + 1).map(|n| (n / MAX_LEAF) as u8 ^ n as u8).collect();
	let mut builder = unixfs::DagBuilder::new();
	builder.update(&bytes);
	(builder.finish(), bytes)
}

fn leaf(dag: &Dag, bytes: &[u8], index: usize) -> Value {
	let leaf = dag.leaves[index];
	block(leaf.cid, &bytes[leaf.offset as usize..][..leaf.len as usize])
}

#[tokio::test]
async fn an_upload_goes_from_its_root_down_and_resumes() {
	let node = Node::new();
	let (dag, bytes) = file(2);
	let ticket = ticket(dag.root, dag.size);

	let missing = node.call("salus_missingBlocks", json!([ticket, 10])).await.unwrap();
	assert_eq!(missing["blocks"], json!([dag.root.to_string()]));
	assert_eq!((&missing["staged"], &missing["complete"]), (&json!(0), &json!(false)));

	let blocks = json!([block(dag.root, &dag.nodes[0].data), leaf(&dag, &bytes, 0)]);
	let progress = node.call("salus_stageBlocks", json!([ticket, blocks])).await.unwrap();
	assert_eq!(
		progress,
		json!({
			"root": dag.root.to_string(),
			"size": dag.size,
			"staged": 2,
			"missing": 2,
			"complete": false,
		})
	);

	// The client resumes with what is missing, here with parameters by name.
	let params = json!({ "ticket": ticket, "limit": 1 });
	let missing = node.call("salus_missingBlocks", params).await.unwrap();
	assert_eq!(missing["blocks"], json!([dag.leaves[1].cid.to_string()]));

	let blocks = json!([leaf(&dag, &bytes, 1), leaf(&dag, &bytes, 2), leaf(&dag, &bytes, 0)]);
	let progress = node.call("salus_stageBlocks", json!([ticket, blocks])).await.unwrap();
	assert_eq!(progress["complete"], true);

	let root = json!([dag.root.to_string()]);
	let status = node.call("salus_uploadStatus", root).await.unwrap();
	assert_eq!((&status["complete"], &status["organisation"]), (&json!(true), &json!(4)));
	assert_eq!(node.ipfs.staging().refs(&dag.root).unwrap().len(), 4);
	// The right to stage is read from the best block.
	assert!(node.chain.asked().contains(&BEST));
}

#[tokio::test]
async fn acknowledged_blocks_survive_a_restart() {
	let folder = tempfile::tempdir().unwrap();
	let content = b"ciphertext";
	let root = Cid::of(Codec::Raw, content);
	{
		let chain = TestChain::default();
		chain.admit(&alice(), 4);
		let ipfs = testing::ipfs(folder.path(), Limits::default());
		let module = methods(Arc::new(chain), ipfs, None);
		let params = json!([ticket(root, 10), [block(root, content)]]);
		let request =
			json!({ "jsonrpc": "2.0", "id": 1, "method": "salus_stageBlocks", "params": params });
		let (answer, _) = module.raw_json_request(&request.to_string(), 1).await.unwrap();
		assert!(answer.contains("\"complete\":true"), "{answer}");
	}
	let ipfs = testing::ipfs(folder.path(), Limits::default());
	assert!(ipfs.staging().is_complete(&root).unwrap());
	assert_eq!(ipfs.staging().get(&root).unwrap().as_deref(), Some(&content[..]));
}

#[tokio::test]
async fn wrong_blocks_are_named_and_those_before_are_kept() {
	let node = Node::new();
	let (dag, bytes) = file(2);
	let ticket = ticket(dag.root, dag.size);
	let stage = |blocks: Value| node.call("salus_stageBlocks", json!([ticket, blocks]));
	let root = block(dag.root, &dag.nodes[0].data);

	let (kind, cid) = stage(json!([leaf(&dag, &bytes, 0)])).await.unwrap_err();
	assert_eq!((kind, cid), (Kind::BlockNotLinked, Some(dag.leaves[0].cid.to_string())));

	let altered = block(dag.leaves[0].cid, b"other bytes");
	let (kind, cid) = stage(json!([root, altered])).await.unwrap_err();
	assert_eq!((kind, cid), (Kind::BlockMismatch, Some(dag.leaves[0].cid.to_string())));
	assert_eq!(node.ipfs.staging().progress(&dag.root).unwrap().staged, 1);

	let large = vec![0; MAX_LEAF + 1];
	let (kind, _) = stage(json!([block(dag.leaves[0].cid, &large)])).await.unwrap_err();
	assert_eq!(kind, Kind::BlockTooLarge);

	let not_base64 = json!([{ "cid": dag.leaves[0].cid.to_string(), "data": "???" }]);
	assert_eq!(stage(not_base64).await.unwrap_err().0, Kind::DataMalformed);

	for (cid, kind) in [
		("QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o", Kind::CidNotVersion1),
		("bafyreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4", Kind::CidUnsupported),
		("?", Kind::CidMalformed),
	] {
		let (refused, named) = stage(json!([block(cid, b"x")])).await.unwrap_err();
		assert_eq!((refused, named.as_deref()), (kind, Some(cid)));
	}
}

#[tokio::test]
async fn a_root_that_is_not_a_file_by_the_profile_is_refused() {
	let node = Node::new();
	let data = b"no dag-pb";
	let root = Cid::of(Codec::DagPb, data);
	let size = 2 * MAX_LEAF as u64;
	let params = json!([ticket(root, size), [block(root, data)]]);
	assert_eq!(node.refused("salus_stageBlocks", params).await, Kind::BlockMalformed);
}

#[tokio::test]
async fn a_size_that_contradicts_the_root_is_refused() {
	let node = Node::new();
	let (dag, _) = file(2);
	let root = block(dag.root, &dag.nodes[0].data);
	let params = json!([ticket(dag.root, dag.size + 1), [root]]);
	assert_eq!(node.refused("salus_stageBlocks", params).await, Kind::SizeMismatch);
	// So is another size for an upload that has begun.
	let params = json!([ticket(dag.root, dag.size), [root]]);
	node.call("salus_stageBlocks", params).await.unwrap();
	let params = json!([ticket(dag.root, dag.size + 1), 1]);
	assert_eq!(node.refused("salus_missingBlocks", params).await, Kind::SizeMismatch);
}

#[tokio::test]
async fn blocks_and_bytes_of_a_call_are_limited() {
	let node = Node::new();
	let root = Cid::of(Codec::Raw, b"x");
	let ticket = ticket(root, 1);
	let many: Vec<Value> = (0..9).map(|_| block(root, b"x")).collect();
	let params = json!([ticket, many]);
	assert_eq!(node.refused("salus_stageBlocks", params).await, Kind::CallTooLarge);

	let large = vec![0; uploads::MAX_BYTES / 4 + 16];
	let much: Vec<Value> = (0..4).map(|_| block(root, &large)).collect();
	let params = json!([ticket, much]);
	assert_eq!(node.refused("salus_stageBlocks", params).await, Kind::CallTooLarge);
}

#[tokio::test]
async fn eight_full_leaves_fit_into_a_call() {
	let node = Node::new();
	let (dag, bytes) = file(8);
	let ticket = ticket(dag.root, dag.size);
	let root = json!([ticket, [block(dag.root, &dag.nodes[0].data)]]);
	node.call("salus_stageBlocks", root).await.unwrap();
	let leaves: Vec<Value> = (0..8).map(|index| leaf(&dag, &bytes, index)).collect();
	let progress = node.call("salus_stageBlocks", json!([ticket, leaves])).await.unwrap();
	assert_eq!(progress["missing"], 1);
}

#[tokio::test]
async fn tickets_are_checked_by_both_methods() {
	let node = Node::new();
	let root = Cid::of(Codec::Raw, b"x");
	let signed = |genesis, expires| {
		serde_json::to_value(ticket::tests::signed(genesis, expires, root, 1)).unwrap()
	};
	let genesis: [u8; 32] = GENESIS.into();
	let mut forged = ticket(root, 1);
	forged["ticket"]["size"] = json!(2);
	for (ticket, kind) in [
		(signed([1; 32], now_ms() + HOUR), Kind::TicketOtherChain),
		(signed(genesis, now_ms() - 1), Kind::TicketExpired),
		(signed(genesis, now_ms() + 8 * 24 * HOUR), Kind::TicketTooLong),
		(forged, Kind::TicketBadSignature),
		(json!("x"), Kind::TicketMalformed),
	] {
		assert_eq!(node.refused("salus_missingBlocks", json!([ticket, 1])).await, kind);
		assert_eq!(node.refused("salus_stageBlocks", json!([ticket, []])).await, kind);
	}
	assert!(node.ipfs.staging().list().is_empty());
}

#[tokio::test]
async fn an_account_that_may_not_stage_is_refused() {
	let node = Node::new();
	let stranger = Node { chain: TestChain::default(), ..Node::new() };
	let module = methods(Arc::new(stranger.chain.clone()), node.ipfs.clone(), None);
	let stranger = Node { module, ..stranger };
	let params = json!([ticket(Cid::of(Codec::Raw, b"x"), 1), 1]);
	assert_eq!(stranger.refused("salus_missingBlocks", params).await, Kind::MayNotStage);
}

#[tokio::test]
async fn limits_have_different_codes() {
	let limits = Limits {
		total_bytes: 1000,
		organisation_bytes: 100,
		upload_bytes: 60,
		..Limits::default()
	};
	let node = Node::with_limits(limits);
	let open = |content: &'static [u8], size| {
		let params = json!([ticket(Cid::of(Codec::Raw, content), size), 1]);
		node.call("salus_missingBlocks", params)
	};
	assert_eq!(open(b"large", 61).await.unwrap_err().0, Kind::UploadTooLarge);
	// A ticket uses no quota. The bytes do when they arrive.
	open(b"first", 60).await.unwrap();
	let content = [7; 60];
	let root = Cid::of(Codec::Raw, &content);
	let params = json!([ticket(root, 60), [block(root, &content)]]);
	node.call("salus_stageBlocks", params).await.unwrap();
	assert_eq!(open(b"second", 41).await.unwrap_err().0, Kind::OverQuota);
	open(b"third", 20).await.unwrap();
	let info = node.call("salus_nodeInfo", json!([])).await.unwrap();
	assert_eq!(info["staging"], json!({ "used": 60, "stored": 60, "uploads": 3 }));
}

#[tokio::test]
async fn an_unreadable_chain_has_its_own_code() {
	let node = Node::new();
	node.chain.break_down();
	let params = json!([ticket(Cid::of(Codec::Raw, b"x"), 1), 1]);
	assert_eq!(node.refused("salus_missingBlocks", params).await, Kind::ChainUnreadable);
	let params = json!([alice()]);
	assert_eq!(node.refused("salus_mayStage", params).await, Kind::ChainUnreadable);
}

#[tokio::test]
async fn blocks_come_out_as_they_went_in() {
	let node = Node::new();
	let cid = Cid::of(Codec::Raw, b"ciphertext");
	let params = json!([cid.to_string()]);
	assert_eq!(node.call("salus_getBlock", params.clone()).await, Ok(Value::Null));
	node.ipfs.store().unwrap().put(&cid, b"ciphertext").unwrap();
	let data = node.call("salus_getBlock", params).await.unwrap();
	assert_eq!(data, BASE64.encode(b"ciphertext"));
	let params = json!(["QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o"]);
	assert_eq!(node.refused("salus_getBlock", params).await, Kind::CidNotVersion1);
}

/// Other nodes: one has a block, one sends wrong bytes for a second, and one fails at a third. They
/// hold `files` too.
#[derive(Default)]
struct Others {
	files: HashMap<Cid, Vec<u8>>,
	asked: Mutex<Vec<Cid>>,
}

impl BlockSource for Others {
	fn get(&self, cid: Cid) -> BoxFuture<'_, Result<Option<Vec<u8>>, BoxError>> {
		self.asked.lock().push(cid);
		let is = |content: &[u8]| cid == Cid::of(Codec::Raw, content);
		let answer = match () {
			() if is(b"elsewhere") => Ok(Some(b"elsewhere".to_vec())),
			() if is(b"falsified") => Ok(Some(b"something else".to_vec())),
			() if is(b"unreachable") => Err("the line is cut".into()),
			() => Ok(self.files.get(&cid).cloned()),
		};
		async move { answer }.boxed()
	}
}

#[tokio::test]
async fn missing_blocks_come_from_others_unless_local_is_set() {
	let node = Node::new();
	let cid = |content: &[u8]| Cid::of(Codec::Raw, content);
	let get = |params| node.call("salus_getBlock", params);
	for content in [&b"elsewhere"[..], b"falsified", b"unreachable", b"nowhere"] {
		node.chain.register(&cid(content), &[alice()]);
	}
	let elsewhere = cid(b"elsewhere").to_string();
	let found = Ok(json!(BASE64.encode(b"elsewhere")));
	assert_eq!(get(json!([elsewhere])).await, found);
	assert_eq!(get(json!({ "cid": elsewhere, "local": false })).await, found);
	assert_eq!(get(json!([elsewhere, true])).await, Ok(Value::Null));
	for content in [&b"falsified"[..], b"unreachable", b"nowhere"] {
		let params = json!([cid(content).to_string()]);
		assert_eq!(get(params).await, Ok(Value::Null));
	}
}

#[tokio::test]
async fn others_are_asked_only_for_blocks_of_records() {
	let (root, _, blocks) = testing::file(1);
	let others = Arc::new(Others { files: blocks.iter().cloned().collect(), ..Others::default() });
	let node = Node::with(Limits::default(), others.clone());
	let get = |cid: Cid| node.call("salus_getBlock", json!([cid.to_string()]));
	// Requests for arbitrary blocks, and for a block of a record whose root was not served.
	for number in 0..100_u32 {
		let cid = Cid::of(Codec::Raw, &number.to_le_bytes());
		assert_eq!(get(cid).await, Ok(Value::Null));
	}
	assert_eq!(get(blocks[0].0).await, Ok(Value::Null));
	assert_eq!(get(root).await, Ok(Value::Null), "no record uses it yet");
	assert_eq!(*others.asked.lock(), []);

	// The root is registered, but no storage node holds it.
	node.chain.register(&root, &[]);
	assert_eq!(get(root).await, Ok(Value::Null));
	assert_eq!(*others.asked.lock(), []);

	// From the root down, each block is found.
	node.chain.register(&root, &[alice()]);
	for (cid, data) in blocks.iter().rev() {
		assert_eq!(get(*cid).await, Ok(json!(BASE64.encode(data))));
	}
	assert_eq!(others.asked.lock().len(), blocks.len());

	// Simultaneous readers of a block all get it.
	let readers = (0..20).map(|_| get(root));
	for answer in futures::future::join_all(readers).await {
		assert!(answer.unwrap().is_string());
	}
}

#[tokio::test]
async fn an_error_repeats_at_most_200_characters() {
	let node = Node::new();
	let long = "x".repeat(2_000_000);
	let nested = json!({ "ticket": { "root": long, "size": long }, "signature": long });
	let mut account = ticket(Cid::of(Codec::Raw, b"x"), 1);
	account["ticket"]["account"] = json!(long);
	for (method, params) in [
		("salus_stageBlocks", json!([long, []])),
		("salus_stageBlocks", json!([nested, []])),
		("salus_stageBlocks", json!([account, []])),
		("salus_missingBlocks", json!([account, 1])),
		("salus_stageBlocks", json!([{ "ticket": nested }, long])),
		("salus_stageBlocks", json!([{}, [{ "cid": long, "data": "" }]])),
		("salus_stageBlocks", json!([{}, [{ "cid": 7, "data": long }]])),
		("salus_stageBlocks", json!([{}, { "cid": long }])),
		("salus_stageBlocks", json!({ "ticket": {}, "blocks": long })),
		("salus_missingBlocks", json!([{}, long])),
		("salus_missingBlocks", json!([nested, 1])),
		("salus_uploadStatus", json!([long])),
		("salus_uploadStatus", json!([[long]])),
		("salus_getBlock", json!([long])),
		("salus_getBlock", json!([long, long])),
		("salus_root", json!([long])),
		("salus_record", json!([long])),
		("salus_decide", json!([{ "reader": long }])),
		("salus_decide", json!([long])),
	] {
		let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
		let (answer, _) = node.module.raw_json_request(&request.to_string(), 1).await.unwrap();
		assert!(answer.contains("\"error\""), "{method}");
		assert!(!answer.contains(&"x".repeat(201)), "{method}");
		assert!(answer.len() < 2_000, "{method}: {} bytes", answer.len());
	}
}

#[tokio::test]
async fn reads_use_the_best_block_or_the_named_one() {
	let node = Node::new();
	let answer = node.call("salus_mayStage", json!([alice()])).await.unwrap();
	assert_eq!(answer, 4);
	assert_eq!(node.chain.asked(), [BEST].into());
	let params = json!({ "account": alice(), "at": FINALISED });
	assert_eq!(node.call("salus_mayStage", params).await.unwrap(), 4);
	assert!(node.chain.asked().contains(&FINALISED));
	let params = json!([alice(), sp_core::H256::zero()]);
	assert_eq!(node.refused("salus_mayStage", params).await, Kind::UnknownState);
}

#[tokio::test]
async fn only_optional_parameters_may_be_left_out() {
	let node = Node::new();
	for params in [
		json!([alice()]),
		json!([alice(), null]),
		json!([alice(), null, "ignored"]),
		json!({ "account": alice() }),
	] {
		assert_eq!(node.call("salus_mayStage", params).await, Ok(json!(4)));
	}
	for params in [json!([null, 10]), json!({ "limit": 10 })] {
		assert_eq!(node.call("salus_underReplicated", params).await, Ok(json!([])));
	}
	for (params, why) in [
		(json!([]), "No more params"),
		(json!([null]), "invalid type: null"),
		(json!({ "at": null }), "missing field `account`"),
	] {
		let request =
			json!({ "jsonrpc": "2.0", "id": 1, "method": "salus_mayStage", "params": params });
		let (answer, _) = node.module.raw_json_request(&request.to_string(), 1).await.unwrap();
		assert!(answer.contains("-32602") && answer.contains(why), "{answer}");
	}
}

#[tokio::test]
async fn a_root_is_looked_up_by_its_text() {
	let node = Node::new();
	let root = Cid::of(Codec::Raw, b"x");
	let params = json!([root.to_string()]);
	assert_eq!(node.call("salus_root", params.clone()).await, Ok(Value::Null));
	node.chain.register(&root, &[]);
	assert_eq!(node.call("salus_root", params).await.unwrap()["version"], 1);
	assert_eq!(node.refused("salus_root", json!(["?"])).await, Kind::CidMalformed);
}

#[tokio::test]
async fn node_info_shows_limits_and_storage() {
	let node = Node::new();
	let info = node.call("salus_nodeInfo", json!([])).await.unwrap();
	assert_eq!(info["genesis"], format!("0x{}", "07".repeat(32)));
	assert_eq!(info["storageAccount"], json!(testing::storage_account()));
	assert_eq!(info["ipfs"]["mode"], "embedded");
	assert_eq!(info["limits"]["blocksPerCall"], 8);
	assert_eq!(info["limits"]["bytesPerCall"], 8 * 1024 * 1024);
	assert_eq!(info["peerId"], Value::Null);
}

#[tokio::test]
async fn the_operator_evicts_a_partial_copy_and_no_other() {
	let node = Node::new();
	let staging = node.ipfs.staging();
	let (partial, size, blocks) = testing::file(1);
	let whole = Cid::of(Codec::Raw, b"whole");
	let uploaded = Cid::of(Codec::Raw, b"uploaded");
	let own = |root: Cid, size: u64| Upload {
		root,
		size,
		owner: testing::storage_account().into(),
		organisation: None,
		created_ms: 1,
		expires_ms: u64::MAX,
	};
	staging.begin_own(own(partial, size)).unwrap();
	let root_block = blocks.iter().find(|(cid, _)| *cid == partial).unwrap();
	staging.put(&partial, &partial, &root_block.1).unwrap();
	staging.begin_own(own(whole, 5)).unwrap();
	staging.put(&whole, &whole, b"whole").unwrap();
	let member = Upload { organisation: Some(4), ..own(uploaded, 8) };
	staging.begin_or_resume(member).unwrap();
	let other = AccountId::new([9; 32]);
	for root in [&partial, &whole, &uploaded] {
		node.chain.register(root, std::slice::from_ref(&other));
	}
	let record = |root: &Cid| json!([TestChain::record_of(root), 1]);

	for (root, freed, kept) in [
		(&partial, root_block.1.len(), Value::Null),
		(&partial, 0, Value::Null),
		(&whole, 0, json!("copy")),
		(&uploaded, 0, json!("upload")),
	] {
		let answer = node.call("salus_evict", record(root)).await.unwrap();
		let expected = json!({ "root": root.to_string(), "freed": freed, "kept": kept });
		assert_eq!(answer, expected);
	}
	assert!(staging.upload(&partial).is_none());
	assert!(staging.is_complete(&whole).unwrap());
	assert!(staging.upload(&uploaded).is_some());
	let list = node.call("salus_evicted", json!([])).await.unwrap();
	assert_eq!(list.as_array().unwrap().len(), 3, "{list}");
	for was in [true, false] {
		let answer = node.call("salus_readmit", record(&partial)).await;
		assert_eq!(answer, Ok(json!(was)));
	}

	// A confirmed version stays, and an unknown one is not evicted.
	node.chain.register(&whole, &[other, testing::storage_account()]);
	let kind = node.refused("salus_evict", record(&whole)).await;
	assert_eq!(kind, Kind::CopyConfirmed);
	node.chain.erase(&uploaded);
	let kind = node.refused("salus_evict", record(&uploaded)).await;
	assert_eq!(kind, Kind::UnknownVersion);
	let kind = node.refused("salus_evict", json!([TestChain::record_of(&partial), 2]));
	assert_eq!(kind.await, Kind::UnknownVersion);
}

#[tokio::test]
async fn methods_of_the_operator_are_refused_to_others() {
	let mut node = Node::new();
	let record = TestChain::record_of(&Cid::of(Codec::Raw, b"one"));
	for deny in [Some(sc_rpc::DenyUnsafe::Yes), None] {
		node.module.extensions_mut().clear();
		if let Some(deny) = deny {
			node.module.extensions_mut().insert(deny);
		}
		for (method, params) in [
			("salus_evict", json!([record, 1])),
			("salus_readmit", json!([record, 1])),
			("salus_evicted", json!([])),
		] {
			let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
			let (answer, _) = node.module.raw_json_request(&request.to_string(), 1).await.unwrap();
			assert!(answer.contains("-32601"), "{method}: {answer}");
		}
	}
	assert!(node.ipfs.evicted().is_empty());
}

#[tokio::test]
async fn a_reader_gets_the_shares_as_they_arrive() {
	let folder = tempfile::tempdir().unwrap();
	let ipfs = testing::ipfs(folder.path(), Limits::default());
	let shares: Arc<crate::committee::shares::Shares> = Arc::default();
	let chain = Arc::new(TestChain::default());
	let module = super::create_salus(SalusDeps {
		client: chain,
		ipfs,
		network: None,
		others: None,
		shares: shares.clone(),
		changes: Arc::default(),
		proofs: Arc::new(NoProofs),
	})
	.unwrap();
	let module = limits::bounded(module).unwrap();
	let share = |byte| vec![byte; 3].try_into().unwrap();
	shares.add(7, 1, share(1));
	let mut news = module.subscribe_unbounded("salus_subscribeShares", [7]).await.unwrap();
	shares.add(8, 2, share(2));
	shares.add(7, 3, share(3));
	let mut got = Vec::new();
	while got.len() < 2 {
		let (new, _) = news.next::<Vec<Value>>().await.unwrap().unwrap();
		got.extend(new);
	}
	assert_eq!(got, [json!([1, "0x010101"]), json!([3, "0x030303"])]);
}
