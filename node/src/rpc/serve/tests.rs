//! Tests of the server as honest and as hostile clients meet it, over real sockets.

use std::{
	collections::BTreeSet,
	sync::{
		atomic::{AtomicBool, AtomicUsize, Ordering},
		Arc,
	},
	time::{Duration, Instant},
};

use jsonrpsee::{
	core::SubscriptionResult,
	server::{BatchRequestConfig, ResponsePayload},
	PendingSubscriptionSink, RpcModule, SubscriptionMessage,
};
use sc_rpc_server::{utils::RpcMethods, RpcEndpoint, Server};
use serde_json::{json, Value};
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::{
		tcp::{OwnedReadHalf, OwnedWriteHalf},
		TcpStream,
	},
	time::timeout,
};

use super::{connections::Connections, in_turn, start_with_connections, Config, Limits};

const MIB: usize = 1024 * 1024;

/// Longest time for anything that must happen, on a busy machine.
const SOON: Duration = Duration::from_secs(120);

/// Time limit of the server that a test does not wait for, however busy the machine is.
const LONG: Duration = Duration::from_secs(600);

/// Number of calls that methods have executed, and execute.
#[derive(Default)]
struct Executed {
	calls: AtomicUsize,
	now: AtomicUsize,
	most: AtomicUsize,
}

impl Executed {
	/// Executes a slow call.
	fn execute(&self) {
		let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
		self.most.fetch_max(now, Ordering::SeqCst);
		std::thread::sleep(Duration::from_millis(20));
		self.now.fetch_sub(1, Ordering::SeqCst);
		self.calls.fetch_add(1, Ordering::SeqCst);
	}
}

/// Running server, and what it does.
struct Node {
	server: Server,
	connections: Connections,
	executed: Arc<Executed>,
}

impl Node {
	async fn new(limits: Limits) -> Self {
		let executed = Arc::new(Executed::default());
		let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
		let endpoint = RpcEndpoint {
			listen_addr: ([127, 0, 0, 1], 0).into(),
			batch_config: BatchRequestConfig::Limit(256),
			max_connections: limits.connections as u32,
			max_payload_in_mb: 15,
			max_payload_out_mb: 15,
			max_subscriptions_per_connection: 16,
			max_buffer_capacity_per_connection: 64,
			rate_limit: None,
			rate_limit_trust_proxy_headers: false,
			rate_limit_whitelisted_ips: Vec::new(),
			cors: None,
			rpc_methods: RpcMethods::Safe,
			is_optional: false,
			retry_random_port: false,
		};
		let config = Config {
			endpoints: vec![endpoint],
			methods: methods(executed.clone()),
			limits,
			registry: None,
			ids: None,
			log: 1024,
			runtime,
		};
		let (server, connections) = start_with_connections(config).await.unwrap();
		Self { server, connections, executed }
	}

	async fn connect(&self) -> TcpStream {
		TcpStream::connect(self.server.listen_addrs()[0]).await.unwrap()
	}

	async fn websocket(&self) -> WebSocket {
		WebSocket::new(self.connect().await).await
	}

	fn calls(&self) -> usize {
		self.executed.calls.load(Ordering::SeqCst)
	}

	/// Returns the number of executed calls, once no further call starts.
	async fn settled_calls(&self) -> usize {
		let mut before = self.calls();
		loop {
			tokio::time::sleep(Duration::from_secs(1)).await;
			let now = self.calls();
			if now == before {
				return now;
			}
			before = now;
		}
	}

	/// Posts a message on a new connection, and returns the answer.
	async fn post(&self, message: &Value) -> String {
		let posted = async {
			let mut socket = self.connect().await;
			let body = message.to_string();
			let head = post_head(body.len());
			// A server without a free slot may close the connection before it is written to.
			let _ = socket.write_all(format!("{head}{body}").as_bytes()).await;
			read_answer(&mut socket).await
		};
		timeout(SOON, posted).await.expect("the server answers")
	}

	async fn is_healthy(&self) -> bool {
		self.post(&call(1, "system_health")).await.contains("healthy")
	}
}

fn post_head(length: usize) -> String {
	format!(
		"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
		 connection: close\r\ncontent-length: {length}\r\n\r\n"
	)
}

/// Waits until the condition holds. Fails with the text if it does not.
async fn until(text: &str, holds: impl Fn() -> bool) {
	let end = Instant::now() + SOON;
	while !holds() {
		assert!(Instant::now() < end, "{text}");
		tokio::time::sleep(Duration::from_millis(10)).await;
	}
}

/// Reads until the server closes the connection. A reset counts as the end.
async fn read_answer(socket: &mut TcpStream) -> String {
	let mut answer = Vec::new();
	let _ = socket.read_to_end(&mut answer).await;
	String::from_utf8(answer).unwrap()
}

/// Methods that stand for the node's. `state_big` returns a MiB, `salus_getBlock` waits for nothing
/// and executes like `state_slow`, and `state_noted` counts its answers that have been sent, as
/// operations of `chainHead_v1` wait for theirs.
fn methods(executed: Arc<Executed>) -> RpcModule<()> {
	let mut module = RpcModule::new(());
	module.register_method("system_health", |_, _, _| "healthy").unwrap();
	let (counts, noted, waits) = (executed.clone(), executed.clone(), executed.clone());
	module
		.register_blocking_method("state_big", move |_, _, _| {
			counts.calls.fetch_add(1, Ordering::SeqCst);
			"x".repeat(MIB)
		})
		.unwrap();
	module.register_blocking_method("state_slow", move |_, _, _| executed.execute()).unwrap();
	module
		.register_async_method("salus_getBlock", move |_, _, extensions| {
			let waits = waits.clone();
			async move { in_turn(&extensions, || waits.execute()).await }
		})
		.unwrap();
	let counts = noted;
	module
		.register_method("state_noted", move |_, _, _| {
			let (answer, gone) = ResponsePayload::success("noted").notify_on_completion();
			let counts = counts.clone();
			tokio::spawn(async move {
				if gone.await.is_ok() {
					counts.calls.fetch_add(1, Ordering::SeqCst);
				}
			});
			answer
		})
		.unwrap();
	module
		.register_subscription("chain_subscribe", "chain_news", "chain_unsubscribe", subscribe)
		.unwrap();
	module
}

async fn subscribe(
	_: jsonrpsee::types::Params<'static>,
	pending: PendingSubscriptionSink,
	_: Arc<()>,
	_: jsonrpsee::Extensions,
) -> SubscriptionResult {
	let sink = pending.accept().await?;
	for number in 0..3 {
		sink.send(SubscriptionMessage::from_json(&number)?).await?;
	}
	sink.closed().await;
	Ok(())
}

fn call(id: usize, method: &str) -> Value {
	json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": [] })
}

fn batch(length: usize, method: &str) -> Value {
	(0..length).map(|id| call(id, method)).collect()
}

/// Client's side of a WebSocket.
struct WebSocket {
	reader: OwnedReadHalf,
	writer: OwnedWriteHalf,
}

impl WebSocket {
	async fn new(mut socket: TcpStream) -> Self {
		let head = "GET / HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\n\
			connection: upgrade\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
			sec-websocket-version: 13\r\n\r\n";
		socket.write_all(head.as_bytes()).await.unwrap();
		let mut answer = Vec::new();
		while !answer.ends_with(b"\r\n\r\n") {
			answer.push(timeout(SOON, socket.read_u8()).await.unwrap().unwrap());
		}
		assert!(answer.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&answer));
		let (reader, writer) = socket.into_split();
		Self { reader, writer }
	}

	async fn send(&mut self, message: &Value) {
		self.writer.write_all(&frame(0x81, message.to_string().as_bytes())).await.unwrap();
	}

	/// Sends what the server takes within a short time, and reads nothing.
	async fn flood(&mut self, message: &Value, count: usize) {
		let all = frame(0x81, message.to_string().as_bytes()).repeat(count);
		let _ = timeout(Duration::from_secs(1), self.writer.write_all(&all)).await;
	}

	async fn receive(&mut self) -> std::io::Result<(u8, Vec<u8>)> {
		receive(&mut self.reader).await
	}

	async fn answer(&mut self) -> Value {
		let (_, text) = timeout(SOON, self.receive()).await.unwrap().unwrap();
		serde_json::from_slice(&text).unwrap()
	}

	/// Returns whether the server closes the connection soon. Answers no ping.
	async fn is_closed(&mut self) -> bool {
		timeout(SOON, async { while self.receive().await.is_ok() {} }).await.is_ok()
	}
}

/// Returns a frame with a mask of zeros.
fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
	let mut frame = frame_header(kind, payload.len());
	frame.extend_from_slice(payload);
	frame
}

fn frame_header(kind: u8, length: usize) -> Vec<u8> {
	let mut header = vec![kind, 0xff];
	header.extend_from_slice(&(length as u64).to_be_bytes());
	if kind & 0x08 != 0 {
		// Control frames have a short length.
		header = vec![kind, 0x80 | length as u8];
	}
	header.extend_from_slice(&[0; 4]);
	header
}

async fn receive(reader: &mut OwnedReadHalf) -> std::io::Result<(u8, Vec<u8>)> {
	let kind = reader.read_u8().await?;
	let length = match reader.read_u8().await? {
		126 => reader.read_u16().await?.into(),
		127 => reader.read_u64().await?,
		length => length.into(),
	};
	let mut payload = vec![0; length as usize];
	reader.read_exact(&mut payload).await?;
	Ok((kind & 0x0f, payload))
}

fn limits() -> Limits {
	Limits {
		executing: 2,
		header: LONG,
		body: LONG,
		idle: LONG,
		stalled: LONG,
		ping: LONG,
		silent: LONG,
		..Limits::new(20, 8)
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_pipelines_and_reads_gets_every_answer() {
	let node = Node::new(limits()).await;
	let WebSocket { mut reader, mut writer } = node.websocket().await;
	let sending = async move {
		for id in 0..5_000 {
			let message = call(id, "system_health").to_string();
			writer.write_all(&frame(0x81, message.as_bytes())).await.unwrap();
		}
		writer
	};
	let receiving = async {
		let mut answered = BTreeSet::new();
		while answered.len() < 5_000 {
			let (_, text) = receive(&mut reader).await.unwrap();
			let answer: Value = serde_json::from_slice(&text).unwrap();
			assert_eq!(answer["result"], "healthy");
			assert!(answered.insert(answer["id"].as_u64()), "{answer} came twice");
		}
	};
	timeout(SOON, async { tokio::join!(sending, receiving) }).await.expect("all are answered");
	// The server frees the last answer after the client has read it.
	until("bytes are still held", || node.connections.held() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_reads_nothing_delays_only_itself() {
	let node = Node::new(limits()).await;
	let mut socket = node.websocket().await;
	socket.flood(&call(1, "state_big"), 500).await;
	let executed = node.settled_calls().await;
	// 4 MiB of answers, one call for each turn, and what the sockets' buffers took.
	assert!(executed < 40, "{executed} calls were executed for a client that reads nothing");
	let held = node.connections.held();
	assert!(held < 24 * MIB, "{held} bytes are held");
	assert!(node.is_healthy().await);
	assert!(node.post(&call(1, "state_big")).await.len() > MIB);
	// Reading continues it.
	for _ in 0..executed + 10 {
		assert_eq!(socket.answer().await["result"].as_str().map(str::len), Some(MIB));
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_that_nobody_reads_are_bounded() {
	let node = Node::new(limits()).await;
	let mut socket = node.websocket().await;
	socket.flood(&batch(10, "state_big"), 60).await;
	let executed = node.settled_calls().await;
	assert!(executed <= 60, "{executed} calls were executed for a client that reads nothing");
	let held = node.connections.held();
	assert!(held < 40 * MIB, "{held} bytes are held");
	assert!(node.is_healthy().await);
	assert_eq!(socket.answer().await.as_array().map(Vec::len), Some(10));
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_nobody_reads_over_http_are_bounded() {
	let node = Node::new(Limits { room: 8 * MIB, full: 16 * MIB, ..limits() }).await;
	let mut sockets = Vec::new();
	let body = batch(10, "state_big").to_string();
	let request = format!("{}{body}", post_head(body.len()));
	for _ in 0..20 {
		let mut socket = node.connect().await;
		let _ = socket.write_all(request.as_bytes()).await;
		sockets.push(socket);
	}
	let end = Instant::now() + Duration::from_secs(5);
	while Instant::now() < end {
		let held = node.connections.held();
		assert!(held <= 20 * MIB, "{held} bytes are held");
		tokio::time::sleep(Duration::from_millis(10)).await;
	}
	// The new connection is refused until another one has been closed.
	let end = Instant::now() + SOON;
	while node.post(&call(1, "state_big")).await.len() <= MIB {
		assert!(Instant::now() < end, "an honest client gets no turn");
		tokio::time::sleep(Duration::from_millis(100)).await;
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_read_nothing_share_the_memory_of_the_node() {
	let node = Node::new(Limits { room: 8 * MIB, full: 16 * MIB, ..limits() }).await;
	let mut sockets = Vec::new();
	for _ in 0..12 {
		let mut socket = node.websocket().await;
		let flood = frame(0x81, call(1, "state_big").to_string().as_bytes()).repeat(100);
		let _ = timeout(Duration::from_millis(100), socket.writer.write_all(&flood)).await;
		sockets.push(socket);
		let held = node.connections.held();
		assert!(held <= 20 * MIB, "{held} bytes are held");
	}
	// The sockets' buffers took most of these answers.
	let executed = node.settled_calls().await;
	assert!(executed < 400, "{executed} calls were executed for clients that read nothing");
	// An honest client gets its turn: those that hold the most are closed.
	assert!(node.post(&call(1, "state_big")).await.len() > MIB);
	assert!(node.is_healthy().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn few_calls_execute_at_a_time() {
	let node = Node::new(limits()).await;
	let mut sockets = Vec::new();
	for _ in 0..10 {
		let mut socket = node.websocket().await;
		socket.flood(&call(1, "state_slow"), 20).await;
		sockets.push(socket);
	}
	// Connections that are gone count until their calls have been executed.
	drop(sockets.split_off(5));
	for socket in &mut sockets {
		for _ in 0..20 {
			socket.answer().await;
		}
	}
	assert!(node.executed.most.load(Ordering::SeqCst) <= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_wait_execute_in_turn() {
	let node = Node::new(limits()).await;
	let mut sockets = Vec::new();
	for method in ["state_slow", "salus_getBlock"].repeat(4) {
		let mut socket = node.websocket().await;
		socket.flood(&call(1, method), 20).await;
		sockets.push(socket);
	}
	for socket in &mut sockets {
		for _ in 0..20 {
			socket.answer().await;
		}
	}
	assert!(node.executed.most.load(Ordering::SeqCst) <= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn half_open_requests_give_their_places_up() {
	let node = Node::new(limits()).await;
	let mut sockets = Vec::new();
	for _ in 0..50 {
		let mut socket = node.connect().await;
		let _ = socket.write_all(format!("{}{{", post_head(100_000)).as_bytes()).await;
		let mut silent = node.connect().await;
		let _ = silent.write_all(b"GET / HTTP/1.1\r\nupgr").await;
		sockets.extend([socket, silent]);
	}
	assert!(node.is_healthy().await);
	assert!(node.connections.count() <= 20);
	let mut socket = node.websocket().await;
	socket.send(&call(1, "system_health")).await;
	assert_eq!(socket.answer().await["result"], "healthy");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_does_not_arrive_is_closed() {
	let short = Duration::from_millis(300);
	let node = Node::new(Limits { header: short, body: short, ..limits() }).await;
	let body = format!("{}{{", post_head(100_000));
	for part in ["", "POST / HT", "GET / HTTP/1.1\r\nupgrade: websocket\r\n", &body] {
		let mut socket = node.connect().await;
		socket.write_all(part.as_bytes()).await.unwrap();
		let closed = timeout(SOON, read_answer(&mut socket)).await;
		assert!(closed.is_ok(), "it stays open after {part:?}");
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_websocket_stays_while_it_answers_pings() {
	// A busy machine may delay a pong by seconds.
	let limits =
		Limits { ping: Duration::from_millis(200), silent: Duration::from_secs(12), ..limits() };
	let node = Node::new(limits).await;
	let (mut healthy, mut dead) = (node.websocket().await, node.websocket().await);
	let is_over = AtomicBool::new(false);
	let answering = async {
		while !is_over.load(Ordering::SeqCst) {
			let (kind, _) = timeout(SOON, healthy.receive()).await.unwrap().unwrap();
			assert_eq!(kind, 9, "a ping");
			healthy.writer.write_all(&frame(0x8a, b"")).await.unwrap();
		}
	};
	// The dead one is the younger of the two, so the healthy one would have been closed before it.
	let closing = async {
		assert!(dead.is_closed().await, "it stays open without a pong");
		is_over.store(true, Ordering::SeqCst);
	};
	tokio::join!(answering, closing);
	healthy.send(&call(1, "system_health")).await;
	while timeout(SOON, healthy.receive()).await.unwrap().unwrap().0 == 9 {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_takes_nothing_is_closed_in_the_end() {
	let node = Node::new(Limits { stalled: Duration::from_millis(500), ..limits() }).await;
	let mut socket = node.websocket().await;
	socket.flood(&call(1, "state_big"), 100).await;
	until("it stays open", || node.connections.count() == 0).await;
	until("bytes are still held", || node.connections.held() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announced_message_takes_no_memory_before_it_arrives() {
	let node = Node::new(limits()).await;
	let mut socket = node.websocket().await;
	let header = frame_header(0x81, 14 * MIB);
	socket.writer.write_all(&header).await.unwrap();
	socket.writer.write_all(b"{").await.unwrap();
	until("the server has not read the header", || node.connections.held() > 0).await;
	tokio::time::sleep(Duration::from_millis(500)).await;
	let held = node.connections.held();
	assert!(held > 0 && held <= 64 * 1024, "{held} bytes are held");
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_in_parts_and_too_large_ones_are_answered() {
	let node = Node::new(limits()).await;
	let mut socket = node.websocket().await;
	let message = call(7, "system_health").to_string();
	let (start, rest) = message.split_at(20);
	socket.writer.write_all(&frame(0x01, start.as_bytes())).await.unwrap();
	socket.writer.write_all(&frame(0x89, b"there?")).await.unwrap();
	socket.writer.write_all(&frame(0x80, rest.as_bytes())).await.unwrap();
	let mut frames = [socket.receive().await.unwrap(), socket.receive().await.unwrap()];
	frames.sort();
	let [(_, answer), pong] = frames;
	assert_eq!(serde_json::from_slice::<Value>(&answer).unwrap()["id"], 7);
	assert_eq!(pong, (10, b"there?".to_vec()));
	socket.writer.write_all(&frame(0x81, &vec![b' '; 16 * MIB])).await.unwrap();
	assert_eq!(socket.answer().await["error"]["code"], -32007);
	socket.writer.write_all(&frame(0x81, b"nonsense")).await.unwrap();
	assert_eq!(socket.answer().await["error"]["code"], -32700);
	socket.writer.write_all(&frame(0x88, &1000_u16.to_be_bytes())).await.unwrap();
	assert_eq!(socket.receive().await.unwrap(), (8, 1000_u16.to_be_bytes().to_vec()));
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_send_their_messages_until_they_end() {
	let node = Node::new(limits()).await;
	let mut socket = node.websocket().await;
	socket.send(&call(1, "chain_subscribe")).await;
	let id = socket.answer().await["result"].clone();
	assert!(id.is_string(), "{id}");
	for number in 0..3 {
		let note = socket.answer().await;
		assert_eq!(
			(&note["method"], &note["params"]["result"]),
			(&json!("chain_news"), &json!(number))
		);
		assert_eq!(note["params"]["subscription"], id);
	}
	let end = json!({ "jsonrpc": "2.0", "id": 2, "method": "chain_unsubscribe", "params": [id] });
	socket.send(&end).await;
	assert_eq!(socket.answer().await["result"], true);
	// Twenty are more than a connection may have.
	for id in 0..20 {
		socket.send(&call(id, "chain_subscribe")).await;
	}
	let mut refused = 0;
	while refused < 4 {
		refused += usize::from(socket.answer().await["error"]["code"] == -32006);
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_learns_that_nobody_takes_its_answer() {
	let node = Node::new(limits()).await;
	let mut socket = node.websocket().await;
	socket.send(&call(1, "state_noted")).await;
	assert_eq!(socket.answer().await["result"], "noted");
	until("the method learns nothing", || node.calls() > 0).await;
	assert_eq!(node.settled_calls().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_has_one_answer_and_a_notification_has_none() {
	let node = Node::new(limits()).await;
	let answer = node.post(&batch(3, "system_health")).await;
	assert_eq!(answer.matches("healthy").count(), 3, "{answer}");
	let answer = node.post(&batch(257, "system_health")).await;
	assert!(answer.contains("-32010"), "{answer}");
	let answer = node.post(&json!([{ "jsonrpc": "2.0", "method": "system_health" }])).await;
	assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("\r\n\r\n"), "{answer}");
	let answer = node.post(&json!([call(1, "system_health"), 7])).await;
	assert!(answer.contains("healthy") && answer.contains("-32600"), "{answer}");
	let answer = node.post(&batch(16, "state_big")).await;
	assert!(answer.contains("-32011"), "{answer:.300}");
}
