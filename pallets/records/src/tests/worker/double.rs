//! The requests of a successful run, one by one, against the SDK's test double.

use super::*;
use crate::offchain::keys;
use codec::Encode;
use salus_primitives::{CODEC_DAG_PB, CODEC_RAW};
use sp_core::offchain::{
	testing::{PendingRequest, TestOffchainExt},
	OffchainStorage,
};

fn request(url: String, kind: Option<String>, body: Vec<u8>, response: Vec<u8>) -> PendingRequest {
	PendingRequest {
		method: "POST".into(),
		uri: url,
		headers: kind.into_iter().map(|kind| ("content-type".into(), kind)).collect(),
		body,
		sent: true,
		response: Some(response),
		..Default::default()
	}
}

fn get(cid: &Cid, bytes: &[u8]) -> PendingRequest {
	request(format!("http://staging/api/v0/block/get?arg={cid}"), None, vec![], bytes.to_vec())
}

fn put(cid: &Cid, codec: &str, bytes: &[u8]) -> PendingRequest {
	let mut body = format!(
		"--salus-{cid}\r\nContent-Disposition: form-data; name=\"data\"; filename=\"block\"\r\n\
		Content-Type: application/octet-stream\r\n\r\n"
	)
	.into_bytes();
	body.extend_from_slice(bytes);
	body.extend_from_slice(format!("\r\n--salus-{cid}--\r\n").as_bytes());
	request(
		format!("http://ipfs/api/v0/block/put?cid-codec={codec}&mhtype=sha2-256&pin=false"),
		Some(format!("multipart/form-data; boundary=salus-{cid}")),
		body,
		format!("{{\"Key\":\"{cid}\",\"Size\":{}}}", bytes.len()).into_bytes(),
	)
}

#[test]
fn a_file_of_two_leaves_takes_a_fixed_series_of_requests() {
	let leaves: [&[u8]; 2] = [b"first leaf", b"second leaf"];
	let cids = leaves.map(|leaf| cid_of(CODEC_RAW, leaf));
	let root_bytes = b"a node with two links";
	let root = cid_of(CODEC_DAG_PB, root_bytes);
	let refs: String =
		cids.iter().map(|cid| format!("{{\"Ref\":\"{cid}\",\"Err\":\"\"}}\n")).collect();
	let expected = [
		request(
			format!("http://staging/api/v0/refs?arg={root}&recursive=true&unique=true"),
			None,
			vec![],
			refs.into_bytes(),
		),
		get(&cids[0], leaves[0]),
		get(&cids[1], leaves[1]),
		put(&cids[0], "raw", leaves[0]),
		put(&cids[1], "raw", leaves[1]),
		get(&root, root_bytes),
		put(&root, "dag-pb", root_bytes),
		request(
			format!("http://ipfs/api/v0/pin/add?arg={root}&recursive=true&progress=true"),
			None,
			vec![],
			format!("{{\"Pins\":[\"{root}\"]}}\n").into_bytes(),
		),
		request(
			format!("http://ipfs/api/v0/block/stat?arg={root}"),
			None,
			vec![],
			format!("{{\"Key\":\"{root}\",\"Size\":{}}}", root_bytes.len()).into_bytes(),
		),
	];

	let (double, state) = TestOffchainExt::new();
	let (pool_ext, pool) = TestTransactionPoolExt::new();
	for request in expected {
		state.write().expect_request(request);
	}
	let endpoints = (b"http://staging".to_vec(), b"http://ipfs/".to_vec());
	let uploads = vec![(root, 1_000u64)];
	state.write().persistent_storage.set(b"", keys::ENDPOINTS, &endpoints.encode());
	state.write().persistent_storage.set(b"", keys::UPLOADS, &uploads.encode());

	let mut ext = new_test_ext();
	ext.register_extension(OffchainWorkerExt::new(double.clone()));
	ext.register_extension(OffchainDbExt::new(double));
	ext.register_extension(TransactionPoolExt::new(pool_ext));
	UintAuthorityId::set_all_keys([NODE]);
	ext.execute_with(|| {
		let content = Content { root, ..content(1) };
		let new = NewRecord { content, ..new_record(1) };
		Records::register(RuntimeOrigin::signed(DOCTOR), new).unwrap();
		work();
		let claim = StorageClaim { record: id(1), version: 1, root };
		assert_eq!(claims_sent(&pool), vec![claim]);
	});
}
