//! The client against faulty servers: deadlines hold, and no wrong answer gets through.

use std::{
	collections::HashMap,
	convert::Infallible,
	sync::{
		atomic::{AtomicUsize, Ordering},
		Arc, Mutex,
	},
	time::{Duration, Instant},
};

use crate::common::{cut, pattern::Pattern};
use axum::{
	body::{Body, Bytes},
	http::StatusCode,
	response::{IntoResponse, Response},
	Router,
};
use futures::{future::BoxFuture, stream, FutureExt, StreamExt};
use salus_ipfs::{
	fetch::{self, BlockSource, BoxError, FirstOf},
	kubo::{Error, Kubo, Options},
	unixfs::{build, Block, FileNode, Link},
	Cid, Codec, MAX_BLOCK,
};
use tokio::{
	io::AsyncWriteExt,
	net::{TcpListener, TcpSocket},
};

const SHORT: Duration = Duration::from_millis(600);
/// Deadline for calls that must end for another reason.
const LONG: Duration = Duration::from_secs(60);

fn options() -> Options {
	Options { deadline: LONG, retries: 3, pause: Duration::from_millis(20), ..Options::default() }
}

/// Serves these answers, the last one again and again, and counts the requests.
async fn server(answers: Vec<fn() -> Response>) -> (Kubo, Arc<AtomicUsize>) {
	let asked = Arc::new(AtomicUsize::new(0));
	let count = asked.clone();
	let router = Router::new().fallback(move || {
		let number = count.fetch_add(1, Ordering::SeqCst);
		let answer = answers[number.min(answers.len() - 1)];
		async move { answer() }
	});
	let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
	let url = format!("http://{}", listener.local_addr().unwrap());
	tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
	(Kubo::new(&url, options()).unwrap(), asked)
}

fn good() -> Response {
	r#"{"Version":"0.43.1","Commit":"","Repo":"18"}"#.into_response()
}

fn broken() -> Response {
	(StatusCode::BAD_GATEWAY, "broken").into_response()
}

/// Makes the call and checks that it ends long before [`LONG`].
async fn in_time<T>(call: impl std::future::Future<Output = T>) -> T {
	let start = Instant::now();
	let result = call.await;
	let took = start.elapsed();
	// Less than the default deadline of a client, and wide enough for a busy machine.
	assert!(took < Duration::from_secs(25), "took {took:?}");
	result
}

#[tokio::test]
async fn a_call_to_a_faulty_server_is_retried() {
	let (kubo, asked) = server(vec![broken, broken, good]).await;
	assert_eq!(in_time(kubo.version()).await.unwrap().version, "0.43.1");
	assert_eq!(asked.load(Ordering::SeqCst), 3);

	let (kubo, asked) = server(vec![broken]).await;
	let error = in_time(kubo.version()).await.unwrap_err();
	assert!(matches!(error, Error::Status { status: 502, .. }), "{error}");
	assert!(error.is_transient());
	assert_eq!(asked.load(Ordering::SeqCst), 4, "three retries");

	let plain: fn() -> Response = || (StatusCode::INTERNAL_SERVER_ERROR, "panic").into_response();
	let (kubo, asked) = server(vec![plain, good]).await;
	in_time(kubo.version()).await.unwrap();
	assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_refusal_is_final() {
	let refusal: fn() -> Response = || {
		let body = r#"{"Message":"no room","Code":0,"Type":"error"}"#;
		(StatusCode::INTERNAL_SERVER_ERROR, body).into_response()
	};
	let (kubo, asked) = server(vec![refusal, good]).await;
	let error = in_time(kubo.version()).await.unwrap_err();
	assert!(matches!(&error, Error::Refused { message, .. } if message == "no room"), "{error}");
	assert!(!error.is_transient());
	assert_eq!(asked.load(Ordering::SeqCst), 1);

	for status in [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND, StatusCode::SEE_OTHER] {
		let answer: fn() -> Response = match status {
			StatusCode::FORBIDDEN => || StatusCode::FORBIDDEN.into_response(),
			StatusCode::NOT_FOUND => || StatusCode::NOT_FOUND.into_response(),
			_ => || (StatusCode::SEE_OTHER, [("location", "/api/v0/id")]).into_response(),
		};
		let (kubo, asked) = server(vec![answer]).await;
		let error = in_time(kubo.version()).await.unwrap_err();
		assert!(matches!(error, Error::Status { .. }), "{error}");
		assert_eq!(asked.load(Ordering::SeqCst), 1, "no retry, and no redirect followed");
	}
}

#[tokio::test]
async fn an_absent_server_is_reported() {
	// A socket that does not listen refuses connections, and keeps the port from others.
	let socket = TcpSocket::new_v4().unwrap();
	socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
	let url = format!("http://{}", socket.local_addr().unwrap());
	let kubo = Kubo::new(&url, options()).unwrap();
	let error = in_time(kubo.id()).await.unwrap_err();
	assert!(matches!(error, Error::Connection { .. }), "{error}");
	assert!(error.to_string().contains("is its daemon running"), "{error}");
	assert!(error.is_transient());
}

#[tokio::test]
async fn silent_and_slow_servers_end_at_the_deadline() {
	// Accepts connections, and sends nothing.
	let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
	let short = Options { deadline: SHORT, ..options() };
	let url = format!("http://{}", silent.local_addr().unwrap());
	let kubo = Kubo::new(&url, short.clone()).unwrap();
	let error = in_time(kubo.id()).await.unwrap_err();
	assert!(matches!(error, Error::Deadline { .. }), "{error}");

	// Sends a byte now and then, without an end.
	let dripping: fn() -> Response = || {
		let drops = stream::repeat(()).then(|()| async {
			tokio::time::sleep(Duration::from_millis(50)).await;
			Ok::<_, Infallible>(Bytes::from_static(b" "))
		});
		Body::from_stream(drops).into_response()
	};
	let (kubo, _) = server(vec![dripping]).await;
	let kubo = kubo.with_deadline(SHORT);
	let error = in_time(kubo.id()).await.unwrap_err();
	assert!(matches!(error, Error::Deadline { .. }), "{error}");
	// Retries count against the same deadline.
	let slow = Options { retries: 1_000, ..short };
	let (kubo, _) = server(vec![broken]).await;
	let kubo = Kubo::new(kubo.url(), slow).unwrap();
	assert!(in_time(kubo.id()).await.is_err());
}

#[tokio::test]
async fn a_broken_connection_is_reported() {
	let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
	let kubo = Kubo::new(&format!("http://{}", listener.local_addr().unwrap()), options()).unwrap();
	tokio::spawn(async move {
		while let Ok((mut socket, _)) = listener.accept().await {
			let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{").await;
		}
	});
	let error = in_time(kubo.id()).await.unwrap_err();
	assert!(matches!(error, Error::Connection { .. }), "{error}");
}

#[tokio::test]
async fn huge_answers_are_not_read() {
	let cid = Cid::of(Codec::Raw, b"x");
	let announced: fn() -> Response = || vec![0_u8; MAX_BLOCK + 1].into_response();
	let (kubo, _) = server(vec![announced]).await;
	let error = kubo.block_get(&cid).await.unwrap_err();
	assert!(matches!(error, Error::TooLarge { limit: MAX_BLOCK, .. }), "{error}");
	let endless: fn() -> Response = || {
		let zeros = stream::repeat(Ok::<_, Infallible>(Bytes::from_static(&[0; 65536])));
		Body::from_stream(zeros).into_response()
	};
	let (kubo, _) = server(vec![endless]).await;
	let error = kubo.block_get(&cid).await.unwrap_err();
	assert!(matches!(error, Error::TooLarge { .. }), "{error}");
	let error = kubo.id().await.unwrap_err();
	assert!(matches!(error, Error::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn wrong_answers_are_refused() {
	let cid = Cid::of(Codec::Raw, b"right");
	let wrong: fn() -> Response = || "wrong".into_response();
	let (kubo, _) = server(vec![wrong]).await;
	let error = kubo.block_get(&cid).await.unwrap_err();
	assert!(matches!(error, Error::WrongBytes { .. }), "{error}");
	assert!(matches!(kubo.id().await, Err(Error::Answer { .. })));

	let other: fn() -> Response = || {
		let key = Cid::of(Codec::Raw, b"other");
		format!(r#"{{"Key":"{key}","Size":5}}"#).into_response()
	};
	let (kubo, _) = server(vec![other]).await;
	let error = kubo.block_put(&cid, &b"right"[..]).await.unwrap_err();
	assert!(matches!(error, Error::WrongCid { .. }), "{error}");

	let pins: fn() -> Response = || r#"{"Pins":[]}"#.into_response();
	let (kubo, _) = server(vec![pins]).await;
	assert!(matches!(kubo.pin_add(&cid).await, Err(Error::WrongCid { .. })));

	// A file that ends early, as Kubo's stream does when it lacks a block.
	let cut: fn() -> Response = || ([("x-content-length", "9")], "half").into_response();
	let (kubo, _) = server(vec![cut]).await;
	let error = kubo.cat(&cid, 100).await.unwrap_err();
	assert!(matches!(error, Error::CutOff { announced: 9, actual: 4, .. }), "{error}");
}

#[test]
fn addresses_are_checked() {
	for url in ["", "127.0.0.1:5001", "https://127.0.0.1", "/ip4/127.0.0.1/tcp/5001", "http://h?x"]
	{
		assert!(matches!(Kubo::new(url, options()), Err(Error::Address { .. })), "{url}");
	}
	for url in ["http://127.0.0.1:5001", "http://127.0.0.1:5001/", "http://127.0.0.1:5001/api/v0"] {
		assert_eq!(Kubo::new(url, options()).unwrap().url(), "http://127.0.0.1:5001/api/v0/");
	}
}

/// Blocks in memory. Counts the requests that run at once, and may answer late.
#[derive(Default)]
struct Shelf {
	blocks: HashMap<Cid, Vec<u8>>,
	delay: Duration,
	now: AtomicUsize,
	most: AtomicUsize,
	asked: Mutex<Vec<Cid>>,
}

impl Shelf {
	fn with(blocks: &[Block]) -> Self {
		let blocks = blocks.iter().map(|block| (block.cid, block.data.clone())).collect();
		Self { blocks, ..Self::default() }
	}
}

impl BlockSource for Shelf {
	fn get(&self, cid: Cid) -> BoxFuture<'_, Result<Option<Vec<u8>>, BoxError>> {
		async move {
			self.asked.lock().unwrap().push(cid);
			let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
			self.most.fetch_max(now, Ordering::SeqCst);
			tokio::time::sleep(self.delay).await;
			self.now.fetch_sub(1, Ordering::SeqCst);
			Ok(self.blocks.get(&cid).cloned())
		}
		.boxed()
	}
}

fn file(size: usize) -> (Vec<u8>, Cid, Vec<Block>) {
	let bytes = Pattern::bytes(size);
	let (dag, blocks) = cut(&bytes);
	(bytes, dag.root, blocks)
}

#[tokio::test]
async fn files_are_read_in_order_with_a_few_requests() {
	for size in [0, 1, 1 << 20, 10 * (1 << 20) + 3] {
		let (bytes, root, blocks) = file(size);
		let shelf = Shelf { delay: Duration::from_millis(5), ..Shelf::with(&blocks) };
		let mut read = Vec::new();
		let length = fetch::read_file(&shelf, &root, size as u64, |offset, leaf| {
			assert_eq!(offset, read.len() as u64);
			read.extend(leaf);
			Ok::<_, Infallible>(())
		})
		.await
		.unwrap();
		assert!(read == bytes && length == size as u64);
		assert_eq!(shelf.asked.lock().unwrap().len(), blocks.len());
		let most = shelf.most.load(Ordering::SeqCst);
		assert_eq!(most, if blocks.len() > fetch::IN_FLIGHT { fetch::IN_FLIGHT } else { 1 });
	}
}

#[tokio::test]
async fn a_file_over_several_levels_is_read() {
	// 1026 leaves, but only two distinct ones.
	let bytes = vec![7; (1025 << 20) + 3];
	let mut blocks: Vec<Block> = Vec::new();
	let dag = build(&bytes[..], |block| {
		if !blocks.contains(&block) {
			blocks.push(block);
		}
		Ok(())
	})
	.unwrap();
	let shelf = Shelf::with(&blocks);
	let mut length = 0;
	fetch::read_file(&shelf, &dag.root, u64::MAX, |offset, leaf| {
		assert_eq!(offset, length);
		assert!(leaf.iter().all(|byte| *byte == 7));
		length += leaf.len() as u64;
		Ok::<_, Infallible>(())
	})
	.await
	.unwrap();
	assert_eq!(length, bytes.len() as u64);
	assert_eq!(shelf.most.load(Ordering::SeqCst), fetch::IN_FLIGHT);
}

#[tokio::test]
async fn bad_sources_are_detected() {
	let (bytes, root, blocks) = file(3 << 20);
	let limit = bytes.len() as u64;
	let error = fetch::cat(&Shelf::with(&blocks), &root, limit - 1).await.unwrap_err();
	assert!(matches!(error, fetch::Error::FileTooLarge { .. }), "{error}");
	let (_, small, one) = file(9);
	let error = fetch::cat(&Shelf::with(&one), &small, 8).await.unwrap_err();
	assert!(matches!(error, fetch::Error::FileTooLarge { .. }), "{error}");

	for number in 0..blocks.len() {
		let mut lacking = Shelf::with(&blocks);
		lacking.blocks.remove(&blocks[number].cid);
		let error = fetch::cat(&lacking, &root, limit).await.unwrap_err();
		assert!(matches!(error, fetch::Error::NotFound(cid) if cid == blocks[number].cid));
		let mut lying = Shelf::with(&blocks);
		lying.blocks.get_mut(&blocks[number].cid).unwrap()[7] ^= 1;
		let error = fetch::cat(&lying, &root, limit).await.unwrap_err();
		assert!(matches!(error, fetch::Error::WrongBytes(_)), "{error}");
		let mut huge = Shelf::with(&blocks);
		huge.blocks.insert(blocks[number].cid, vec![0; MAX_BLOCK + 1]);
		let error = fetch::cat(&huge, &root, limit).await.unwrap_err();
		assert!(matches!(error, fetch::Error::BlockTooLarge { .. }), "{error}");

		// A third source makes up for one that lies and one that lacks the block.
		let sources: Vec<Arc<dyn BlockSource>> =
			vec![Arc::new(lying), Arc::new(lacking), Arc::new(Shelf::with(&blocks))];
		assert!(fetch::cat(&FirstOf(sources), &root, limit).await.unwrap() == bytes);
	}

	let error = fetch::read_file(&Shelf::with(&blocks), &root, limit, |_, _| {
		Err(std::io::Error::other("full"))
	})
	.await
	.unwrap_err();
	assert!(matches!(error, fetch::Error::Sink(_)), "{error}");
}

#[tokio::test]
async fn lying_nodes_are_detected() {
	let leaf = Block::new(Codec::Raw, b"four".to_vec());
	let full = Block::new(Codec::Raw, vec![1; 1 << 20]);
	let node = |links: &[(Cid, u64)]| {
		let links =
			links.iter().map(|(cid, size)| Link { cid: *cid, tsize: *size, blocksize: *size });
		Block::new(Codec::DagPb, FileNode { links: links.collect() }.encode())
	};
	let short = node(&[(full.cid, 1 << 20), (leaf.cid, 5)]);
	let odd = node(&[(leaf.cid, 4), (full.cid, 1 << 20)]);
	let shelf = Shelf::with(&[leaf, full, short.clone(), odd.clone()]);
	let error = fetch::cat(&shelf, &short.cid, u64::MAX).await.unwrap_err();
	assert!(matches!(error, fetch::Error::SizeMismatch { expected: 5, actual: 4, .. }), "{error}");
	let error = fetch::cat(&shelf, &odd.cid, u64::MAX).await.unwrap_err();
	assert!(matches!(error, fetch::Error::Node { .. }), "{error}");
}
