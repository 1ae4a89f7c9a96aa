//! `salus log verify` without a node: accepts genuine exports and refuses forged ones.

use std::path::Path;

use codec::{Compact, Encode};
use salus_cli::{run, Code, Failure};
use salus_client::{
	primitives::{Basis, Decision, DenyReason, LogEntry, LogEvent, LogHead, Purpose, RecordId},
	Account, LogExport, StateProof,
};
use serde_json::Value;
use sp_core::{Blake2Hasher, H256};
use sp_crypto_hashing::{blake2_128, blake2_256, twox_128};
use sp_trie::{LayoutV1, MemoryDB, RandomState, TrieDBMutBuilder, TrieMut};

const PATIENT: [u8; 32] = [1; 32];

async fn verify(file: &Path, more: &[&str]) -> (Result<Code, Failure>, String) {
	let mut out = Vec::new();
	let file = file.to_str().unwrap();
	let args = [&["salus", "log", "verify", file], more].concat();
	let result = run(args, &mut out).await;
	(result, String::from_utf8(out).unwrap())
}

/// Returns the error about an export that is not verified, with its exit code.
async fn fails(file: &Path, more: &[&str]) -> (Code, String) {
	let (result, out) = verify(file, more).await;
	assert_eq!(out, "");
	let failure = result.expect_err("the export was accepted");
	(failure.code(), failure.to_text())
}

/// Returns the error about an export that was forged.
async fn refused(file: &Path, more: &[&str]) -> String {
	let (code, text) = fails(file, more).await;
	assert_eq!(code, Code::Untrusted, "{text}");
	text
}

fn entries() -> Vec<LogEntry<Account>> {
	let request = |request, decision| LogEvent::Requested {
		request,
		record: RecordId([5; 32]),
		version: 1,
		purpose: Purpose::TREAT,
		decision,
	};
	let events = [
		request(1, Decision::Permit(Basis::Grant(3))),
		LogEvent::Released { request: 1 },
		request(2, Decision::Deny(DenyReason::NoGrant)),
	];
	let entry = |(index, event)| LogEntry {
		index: index as u32,
		block: 10 + index as u32,
		at: 1_700_000_000_000,
		actor: Account::from([2; 32]),
		organisation: Some(1),
		event,
	};
	events.into_iter().enumerate().map(entry).collect()
}

/// Returns an export of these entries at a block whose state holds the head of the patient's log.
fn export() -> LogExport {
	let entries = entries();
	let head = LogHead {
		count: entries.len() as u32,
		head: entries.iter().fold([0; 32], |head, entry| entry.extend(&head)),
		..LogHead::default()
	};
	let key = |account: &[u8; 32]| {
		[&twox_128(b"Access")[..], &twox_128(b"Heads"), &blake2_128(account), account].concat()
	};
	let mut database = MemoryDB::<Blake2Hasher>::with_hasher(RandomState::default());
	let mut root = H256::default();
	{
		let mut trie =
			TrieDBMutBuilder::<LayoutV1<Blake2Hasher>>::new(&mut database, &mut root).build();
		trie.insert(&key(&[3; 32]), &[3; 50]).unwrap();
		trie.insert(&key(&PATIENT), &head.encode()).unwrap();
	}
	let nodes = database.drain().into_values().map(|(node, _)| node);
	LogExport {
		genesis: [9; 32],
		patient: Account::from(PATIENT),
		exported: 1_700_000_500_000,
		entries,
		proof: StateProof {
			header: ([7u8; 32], Compact(77u64), root.0, [8u8; 32], [0u8; 1]).encode(),
			nodes: nodes.collect(),
		},
	}
}

struct ExportFolder {
	folder: tempfile::TempDir,
	bundle: Value,
	block: String,
}

impl ExportFolder {
	fn new() -> Self {
		let export = export();
		Self {
			folder: tempfile::tempdir().unwrap(),
			bundle: export.to_bundle(),
			block: format!("0x{}", hex::encode(blake2_256(&export.proof.header))),
		}
	}

	fn write(&self, bundle: &Value) -> std::path::PathBuf {
		let path = self.folder.path().join("log.json");
		std::fs::write(&path, serde_json::to_string_pretty(bundle).unwrap()).unwrap();
		path
	}
}

#[tokio::test]
async fn an_export_is_verified_without_a_node() {
	let exported = ExportFolder::new();
	let path = exported.write(&exported.bundle);
	let (result, out) = verify(&path, &[]).await;
	result.unwrap();
	assert!(out.contains("3, complete and unchanged"), "{out}");
	assert!(out.contains(&exported.block), "{out}");
	assert!(out.contains("Still to check"), "{out}");

	let (result, out) = verify(&path, &["--header", &exported.block, "--json"]).await;
	result.unwrap();
	let proved: Value = serde_json::from_str(&out).unwrap();
	assert_eq!(proved["entries"], 3);
	assert_eq!(proved["block"], 77);
	assert_eq!(proved["block_hash"], Value::String(exported.block));
	assert_eq!(proved["block_confirmed"], true);
}

#[tokio::test]
async fn an_export_of_another_block_is_refused() {
	let exported = ExportFolder::new();
	let path = exported.write(&exported.bundle);
	let other = format!("0x{}", "11".repeat(32));
	let text = refused(&path, &["--header", &other]).await;
	assert!(text.contains("not the chain's"), "{text}");
}

#[tokio::test]
async fn dropped_reordered_and_changed_entries_are_refused() {
	let exported = ExportFolder::new();
	let changed = |change: &dyn Fn(&mut Vec<Value>)| {
		let mut bundle = exported.bundle.clone();
		change(bundle["entry"].as_array_mut().unwrap());
		exported.write(&bundle)
	};
	for index in 1..=3 {
		let path = changed(&|entries| drop(entries.remove(index)));
		let text = refused(&path, &[]).await;
		assert!(text.contains("dropped"), "{index}: {text}");
	}
	let path = changed(&|entries| entries.swap(1, 2));
	assert!(refused(&path, &[]).await.contains("reordered"));
	let path = changed(&|entries| {
		entries[3]["resource"]["outcome"] = "0".into();
	});
	assert!(refused(&path, &[]).await.contains("was altered"));

	// A change in the text, as with an editor.
	let text = exported.bundle.to_string().replacen("TREAT", "HRESCH", 1);
	let path = exported.write(&serde_json::from_str(&text).unwrap());
	assert!(refused(&path, &[]).await.contains("was altered"));
}

#[tokio::test]
async fn other_files_are_refused() {
	let exported = ExportFolder::new();
	for other in ["{}", "[1, 2]", "no JSON", "", "{\"entry\": []}"] {
		let path = exported.folder.path().join("other.json");
		std::fs::write(&path, other).unwrap();
		let (code, text) = fails(&path, &[]).await;
		assert_eq!(code, Code::Failure, "{text}");
		assert!(text.contains("export of an access log"), "{other}: {text}");
	}
	let missing = exported.folder.path().join("missing.json");
	let (_, text) = fails(&missing, &[]).await;
	assert!(text.contains("cannot read") && text.contains("because: "), "{text}");
}
