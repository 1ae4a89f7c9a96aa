//! The staging area refuses bad uploads and keeps good ones, over JSON-RPC without the SDK.

use salus_e2e::{
	cast::*,
	chain::genesis,
	ticket::{block, missing, now, raw_block, signed, stage, ticket, Upload},
	Node, NodeOptions, People,
};
use salus_primitives::StagingTicket;
use serde_json::{json, Value};
use subxt_signer::sr25519::Keypair;

fn account(uri: &str) -> Keypair {
	Keypair::from_uri(&uri.parse().expect("a well-formed URI")).expect("a development account")
}

/// Checks that both calls refuse a ticket with `kind`, and that nothing was staged.
async fn refused(node: &Node, ticket: &Value, upload: &Upload, kind: &str) {
	let before = node.ask("salus_nodeInfo", json!([])).await["staging"].clone();
	for error in [
		missing(node, ticket).await.expect_err(kind),
		stage(node, ticket, &[block(&upload.blocks[0])]).await.expect_err(kind),
	] {
		assert_eq!(error.data["kind"], kind, "{error:?}");
		assert!(error.message.len() > 20, "the error says cause and remedy: {error:?}");
	}
	let after = node.ask("salus_nodeInfo", json!([])).await["staging"].clone();
	assert_eq!(before, after, "{kind}: a refused ticket changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_tickets_and_bad_blocks_are_refused_and_change_nothing() {
	let people = People::start().await;
	let node = &people.node;
	let genesis = genesis(node).await;
	let doctor = account(DOCTOR_A);
	let upload = Upload::of(&vec![7; (1 << 20) + 1]);
	let good = ticket(genesis, &doctor, &upload);
	let change = |edit: &dyn Fn(&mut StagingTicket<[u8; 32]>)| {
		let mut ticket = good.clone();
		edit(&mut ticket);
		ticket
	};

	// Tickets.
	refused(node, &signed(&good, &account("//Mallory")), &upload, "TicketBadSignature").await;
	let mut altered = signed(&good, &doctor);
	altered["ticket"]["size"] = (good.size + 1).into();
	refused(node, &altered, &upload, "TicketBadSignature").await;
	refused(node, &signed(&change(&|t| t.expires = now() - 1), &doctor), &upload, "TicketExpired")
		.await;
	refused(
		node,
		&signed(&change(&|t| t.expires = now() + 400 * 86_400_000), &doctor),
		&upload,
		"TicketTooLong",
	)
	.await;
	refused(node, &signed(&change(&|t| t.genesis = [9; 32]), &doctor), &upload, "TicketOtherChain")
		.await;
	let stranger = account("//Stranger");
	refused(node, &signed(&ticket(genesis, &stranger, &upload), &stranger), &upload, "MayNotStage")
		.await;
	let patient = account(PATIENT);
	refused(node, &signed(&ticket(genesis, &patient, &upload), &patient), &upload, "MayNotStage")
		.await;
	refused(node, &signed(&change(&|t| t.size = u64::MAX), &doctor), &upload, "UploadTooLarge")
		.await;

	// A ticket that states a size other than the root's.
	let wrong = signed(&change(&|t| t.size += 1), &doctor);
	let error =
		stage(node, &wrong, &[block(&upload.blocks[0])]).await.expect_err("the sizes differ");
	assert_eq!(error.data["kind"], "SizeMismatch", "{error:?}");

	// Blocks.
	let pass = signed(&good, &doctor);
	let root = upload.root.to_string();
	for (blocks, kind) in [
		(vec![raw_block(&root, b"other bytes")], "BlockMismatch"),
		(
			vec![raw_block("QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o", b"hello")],
			"CidNotVersion1",
		),
		(
			vec![raw_block(
				"bafyreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4",
				b"hello",
			)],
			"CidUnsupported",
		),
		(vec![raw_block("not a cid", b"hello")], "CidMalformed"),
		(vec![block(&Upload::of(b"not linked from anywhere").blocks[0])], "BlockNotLinked"),
		(vec![json!({ "cid": root, "data": "***" })], "DataMalformed"),
		(vec![block(&upload.blocks[0]); 9], "CallTooLarge"),
	] {
		let error = stage(node, &pass, &blocks).await.expect_err(kind);
		assert_eq!(error.data["kind"], kind, "{error:?}");
	}
	an_oversized_block_is_refused(node, genesis, &doctor).await;

	// The good ticket still works, even twice.
	for _ in 0..2 {
		for one in &upload.blocks {
			stage(node, &pass, &[block(one)]).await.expect("a good block under a good ticket");
		}
	}
	assert_eq!(missing(node, &pass).await.expect("it answers")["complete"], true);
}

async fn an_oversized_block_is_refused(node: &Node, genesis: [u8; 32], doctor: &Keypair) {
	let oversized = vec![1u8; (2 << 20) + 1];
	let large = Upload {
		root: salus_ipfs::Cid::of(salus_ipfs::Codec::Raw, &oversized),
		size: oversized.len() as u64,
		blocks: Vec::new(),
	};
	let pass_for_large = signed(&ticket(genesis, doctor, &large), doctor);
	let error = stage(node, &pass_for_large, &[raw_block(&large.root.to_string(), &oversized)])
		.await
		.expect_err("too large");
	// A file of that size has no leaf of that size, so the block is refused before it is read.
	assert_eq!(error.data["kind"], "BlockMalformed", "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_node_asks_only_for_blocks_it_never_acknowledged() {
	let mut people = People::start().await;
	let genesis = genesis(&people.node).await;
	let doctor = account(DOCTOR_A);
	let bytes: Vec<u8> = (0..12u8).flat_map(|i| vec![i; 1 << 20]).collect();
	let upload = Upload::of(&bytes);
	let pass = signed(&ticket(genesis, &doctor, &upload), &doctor);
	let (first, rest) = upload.blocks.split_at(7);
	for one in first {
		stage(&people.node, &pass, &[block(one)]).await.expect("a good block");
	}
	people.kill_and_restart();
	let answer = missing(&people.node, &pass).await.expect("it answers");
	let asked: Vec<&str> =
		answer["blocks"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
	let expected: Vec<String> = rest.iter().map(|block| block.cid.to_string()).collect();
	assert_eq!(asked, expected, "exactly the blocks that were never acknowledged");
	for one in rest {
		stage(&people.node, &pass, &[block(one)]).await.expect("a good block");
	}
	assert_eq!(missing(&people.node, &pass).await.expect("it answers")["complete"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_over_its_quota_takes_no_room_from_another() {
	let people = People::start_with(NodeOptions {
		// One organisation may use half of it.
		extra: vec!["--staging-limit-gib".into(), "1".into()],
		..Default::default()
	})
	.await;
	let node = &people.node;
	let genesis = genesis(node).await;
	let announced = |seed: u8, mebibytes: u64| Upload {
		root: salus_ipfs::Cid::of(salus_ipfs::Codec::DagPb, &[seed]),
		size: mebibytes << 20,
		blocks: Vec::new(),
	};
	let pass = |who: &str, upload: &Upload| {
		let who = account(who);
		signed(&ticket(genesis, &who, upload), &who)
	};
	// Announced uploads take no room, at any size.
	for seed in 0..20 {
		let ticket = pass(DOCTOR_A, &announced(seed, 300));
		missing(node, &ticket).await.expect("it fits");
	}
	// An upload that could never finish is refused at once.
	refused(
		node,
		&pass(DOCTOR_A, &announced(99, 600)),
		&Upload::of(b"some other bytes"),
		"OverQuota",
	)
	.await;
	missing(node, &pass(DOCTOR_B, &announced(100, 300)))
		.await
		.expect("the other hospital has its own quota");
}
