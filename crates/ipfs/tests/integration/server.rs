//! The server, called by the client of this crate, by hand, and by the real `ipfs` command.

use std::{fs, sync::Arc, time::Duration};

use crate::common::{cut, kubo_binary, pattern::Pattern, Repository};
use salus_ipfs::{
	fetch,
	kubo::{Error, Kubo, Options, PinKind},
	server,
	staging::{Limits, Staging, Upload},
	store::BlockStore,
	unixfs::Block,
	Cid, Codec, MAX_BLOCK,
};
use tempfile::TempDir;
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::{TcpListener, TcpStream},
	sync::oneshot,
};

struct Server {
	store: Arc<BlockStore>,
	staging: Arc<Staging>,
	port: u16,
	staging_port: u16,
	_folder: TempDir,
	_stop: [oneshot::Sender<()>; 2],
}

impl Server {
	async fn start() -> Self {
		Self::with(server::Options {
			peer_id: "12D3KooWExample".into(),
			agent: "salus-node/0.1.0".into(),
			..server::Options::default()
		})
		.await
	}

	async fn with(options: server::Options) -> Self {
		let folder = tempfile::tempdir().unwrap();
		let store = Arc::new(BlockStore::open(folder.path().join("store")).unwrap());
		let staging = Staging::open(folder.path().join("staging"), Limits::default()).unwrap();
		let staging = Arc::new(staging);
		let (port, stop) = serve(server::router(store.clone(), options.clone())).await;
		let (staging_port, stop_staging) =
			serve(server::staging_router(staging.clone(), options)).await;
		let _stop = [stop, stop_staging];
		Self { store, staging, port, staging_port, _folder: folder, _stop }
	}

	fn client(&self) -> Kubo {
		client(self.port)
	}

	/// Sends these bytes. Returns the status and the whole answer.
	async fn raw(&self, request: &str) -> (u16, String) {
		let mut socket = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
		socket.write_all(request.as_bytes()).await.unwrap();
		let mut answer = String::new();
		socket.read_to_string(&mut answer).await.unwrap();
		(answer[9..12].parse().unwrap(), answer)
	}

	async fn post(&self, path: &str, headers: &str) -> (u16, String) {
		self.raw(&format!(
			"POST /api/v0/{path} HTTP/1.1\r\nconnection: close\r\ncontent-length: 0\r\n\
			 {headers}\r\n"
		))
		.await
	}
}

async fn serve(router: axum::Router) -> (u16, oneshot::Sender<()>) {
	let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
	let port = listener.local_addr().unwrap().port();
	let (stop, stopped) = oneshot::channel::<()>();
	tokio::spawn(server::serve(listener, router, async {
		let _ = stopped.await;
	}));
	(port, stop)
}

fn client(port: u16) -> Kubo {
	Kubo::new(&format!("http://127.0.0.1:{port}"), Options::default()).unwrap()
}

fn file(size: usize) -> (Vec<u8>, Vec<Block>) {
	let bytes = Pattern::bytes(size);
	let (_, blocks) = cut(&bytes);
	(bytes, blocks)
}

const HOST: &str = "host: localhost\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_the_client_works() {
	let server = Server::start().await;
	let kubo = server.client();
	let exposed = salus_ipfs::inspect::inspect(&kubo).await;
	assert_eq!(exposed.unwrap(), [], "it counts as closed");
	assert_eq!(kubo.version().await.unwrap().version, "0.1.0");
	assert_eq!(kubo.id().await.unwrap().id, "12D3KooWExample");

	let (bytes, blocks) = file((5 << 20) / 2);
	let root = blocks[3].cid;
	for block in &blocks {
		assert_eq!(kubo.block_stat(&block.cid).await.unwrap(), None);
		assert_eq!(kubo.block_get_offline(&block.cid).await.unwrap(), None);
	}
	kubo.block_put_all(blocks[..3].to_vec(), 4).await.unwrap();
	let error = kubo.pin_add(&root).await.unwrap_err();
	assert!(matches!(error, Error::Refused { .. }), "{error}");
	kubo.block_put(&root, blocks[3].data.clone()).await.unwrap();
	kubo.block_put(&root, blocks[3].data.clone()).await.unwrap();
	kubo.pin_add(&root).await.unwrap();
	assert_eq!(kubo.pin_ls().await.unwrap(), [root]);
	assert_eq!(kubo.pin_kind(&root).await.unwrap(), Some(PinKind::Recursive));
	assert_eq!(kubo.pin_kind(&blocks[0].cid).await.unwrap(), Some(PinKind::Indirect));
	assert_eq!(kubo.pin_kind(&Cid::of(Codec::Raw, b"")).await.unwrap(), None);
	let leaves: Vec<Cid> = blocks[..3].iter().map(|block| block.cid).collect();
	assert_eq!(kubo.refs(&root).await.unwrap(), leaves);
	assert!(kubo.cat(&root, bytes.len()).await.unwrap() == bytes);
	assert!(fetch::cat(&kubo, &root, bytes.len() as u64).await.unwrap() == bytes);
	let length = blocks[3].data.len() as u64;
	assert_eq!(kubo.block_stat(&root).await.unwrap(), Some(length));

	let error = kubo.block_rm(&blocks[0].cid).await.unwrap_err();
	assert!(error.to_string().contains("pinned: indirect"), "{error}");
	assert!(kubo.pin_rm(&root).await.unwrap());
	assert!(!kubo.pin_rm(&root).await.unwrap());
	kubo.block_rm(&blocks[0].cid).await.unwrap();
	kubo.block_rm(&blocks[0].cid).await.unwrap();
	assert_eq!(server.store.len(), 3);

	// Missing blocks do not prevent the removal. While another pin needs a leaf, the root stays.
	kubo.block_put(&blocks[0].cid, blocks[0].data.clone()).await.unwrap();
	kubo.pin_add(&root).await.unwrap();
	kubo.pin_add(&leaves[1]).await.unwrap();
	assert_eq!(kubo.remove(&root).await.unwrap(), (vec![leaves[1]], true));
	let mut left = server.store.digests().unwrap();
	left.sort();
	let mut kept = [*leaves[1].digest(), *root.digest()];
	kept.sort();
	assert_eq!(left, kept);
	assert!(kubo.pin_rm(&leaves[1]).await.unwrap());
	assert_eq!(kubo.remove(&root).await.unwrap(), (vec![], true));
	assert!(server.store.is_empty());
	assert_eq!(kubo.remove(&root).await.unwrap(), (vec![], false));
	for block in &blocks[1..] {
		kubo.block_put(&block.cid, block.data.clone()).await.unwrap();
	}

	// A file with a missing block is not a shorter file.
	assert!(kubo.cat(&root, bytes.len()).await.is_err());
	assert!(kubo.refs(&root).await.is_err());
	let wrong = kubo.block_put(&root, &b"wrong"[..]).await;
	assert!(matches!(wrong, Err(Error::WrongCid { .. })), "{wrong:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_of_files_are_served() {
	let server = Server::start().await;
	let (bytes, blocks) = file((3 << 20) + 100);
	for block in &blocks {
		server.store.put(&block.cid, &block.data).unwrap();
	}
	let root = blocks.last().unwrap().cid;
	let http = reqwest::Client::builder().no_proxy().build().unwrap();
	let mib = 1 << 20;
	for (offset, length) in [
		(0, 10),
		(mib - 1, 2),
		(mib, mib),
		(5, 3 * mib),
		(3 * mib + 90, 10),
		(3 * mib + 90, 1 << 40),
		(bytes.len(), 5),
		(bytes.len() + 9, 5),
		(7, 0),
	] {
		let url = format!(
			"http://127.0.0.1:{}/api/v0/cat?arg={root}&offset={offset}&length={length}",
			server.port
		);
		let part = http.post(url).send().await.unwrap().bytes().await.unwrap();
		let from = offset.min(bytes.len());
		let to = (offset + length).min(bytes.len()).max(from);
		assert!(part == bytes[from..to], "{offset} {length}");
	}
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_refuses_what_kubo_refuses() {
	let server = Server::start().await;
	assert_eq!(server.post("version", HOST).await.0, 200);
	for method in ["GET", "HEAD", "PUT", "DELETE"] {
		let request =
			format!("{method} /api/v0/version HTTP/1.1\r\nconnection: close\r\n{HOST}\r\n");
		let (status, answer) = server.raw(&request).await;
		assert_eq!(status, 405, "{method}");
		assert!(answer.to_lowercase().contains("allow: options, post"), "{answer}");
	}
	for (headers, expected) in [
		("host: 127.0.0.1:5001\r\n", 200),
		("host: 127.8.8.8\r\n", 200),
		("host: [::1]:5001\r\n", 200),
		("host: [::1]\r\n", 200),
		("host: LOCALHOST:1\r\n", 200),
		("host: rebound.example\r\n", 403),
		("host: rebound.example:5001\r\n", 403),
		("host: 10.0.0.1\r\n", 403),
		("host: localhost.rebound.example\r\n", 403),
		("host: localhost\r\nhost: localhost\r\n", 403),
		("host: localhost\r\norigin: http://localhost:3000\r\n", 403),
		("host: localhost\r\nreferer: http://localhost:3000/\r\n", 403),
	] {
		assert_eq!(server.post("version", headers).await.0, expected, "{headers}");
	}
	for (path, expected) in [
		("block/nothing", 404),
		("block/get", 400),
		("block/get?arg=a&arg=b", 500),
		("block/get?arg=QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH", 500),
		("pin/ls?type=odd", 500),
		("pin/ls?stream=odd", 400),
		("cat?offset=-1&arg=bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", 400),
	] {
		let (status, answer) = server.post(path, HOST).await;
		assert_eq!(status, expected, "{path}: {answer}");
	}
	let (_, answer) = server
		.post("block/get?arg=bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", HOST)
		.await;
	let body = answer.split("\r\n\r\n").nth(1).unwrap();
	assert_eq!(
		serde_json::from_str::<serde_json::Value>(body).unwrap(),
		serde_json::json!({
			"Message": "block was not found locally (offline): ipld: could not find \
				bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
			"Code": 0,
			"Type": "error",
		})
	);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_hosts_can_be_allowed() {
	let hosts = vec!["ipfs.internal".to_owned()];
	let server = Server::with(server::Options { hosts, ..server::Options::default() }).await;
	assert_eq!(server.post("version", "host: ipfs.internal:5001\r\n").await.0, 200);
	assert_eq!(server.post("version", "host: other.internal\r\n").await.0, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn large_and_foreign_blocks_are_refused() {
	let server = Server::start().await;
	let kubo = server.client();
	let most = Block::new(Codec::Raw, vec![1; MAX_BLOCK]);
	kubo.block_put(&most.cid, most.data).await.unwrap();
	let over = Block::new(Codec::Raw, vec![1; MAX_BLOCK + 1]);
	let error = kubo.block_put(&over.cid, over.data).await.unwrap_err();
	assert!(matches!(error, Error::Refused { .. }), "{error}");
	let far_over = Block::new(Codec::Raw, vec![1; 4 * MAX_BLOCK]);
	assert!(kubo.block_put(&far_over.cid, far_over.data).await.is_err());
	assert_eq!(server.store.len(), 1);

	let form = |query: &str| {
		let body = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n\
			hello\r\n--b--\r\n";
		format!(
			"POST /api/v0/block/put{query} HTTP/1.1\r\nconnection: close\r\n{HOST}content-type: \
			 multipart/form-data; boundary=b\r\ncontent-length: {}\r\n\r\n{body}",
			body.len()
		)
	};
	let hello = Cid::of(Codec::Raw, b"hello");
	let (status, answer) = server.raw(&form("")).await;
	assert!(status == 200 && answer.contains(&hello.to_string()), "{answer}");
	let (_, answer) = server.raw(&form("?cid-codec=dag-pb&mhtype=sha2-256&mhlen=32")).await;
	assert!(answer.contains(&Cid::of(Codec::DagPb, b"hello").to_string()), "{answer}");
	for query in ["?cid-codec=dag-cbor", "?mhtype=sha2-512", "?mhlen=20", "?format=v0"] {
		let (status, answer) = server.raw(&form(query)).await;
		assert!(status == 500 && answer.contains("\"Type\":\"error\""), "{query}: {answer}");
	}
	let (status, _) = server.post("block/put", HOST).await;
	assert_eq!(status, 400, "no form");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_never_arrives_ends() {
	let one = server::Options { concurrency: 1, ..server::Options::default() };
	let body_deadline = Duration::from_secs(5);
	let server = Server::with(server::Options { body_deadline, ..one.clone() }).await;
	let hanging = format!(
		"POST /api/v0/block/put HTTP/1.1\r\n{HOST}connection: close\r\ncontent-type: \
		 multipart/form-data; boundary=b\r\ncontent-length: 1000\r\n\r\n--b\r\n"
	);
	let (status, answer) = server.raw(&hanging).await;
	assert_eq!(status, 500, "{answer}");
	assert_eq!(server.post("version", HOST).await.0, 200);
	// A reader that does not read holds the only slot until it disconnects.
	let server = Server::with(one).await;
	let (bytes, blocks) = file(8 << 20);
	let kubo = server.client();
	kubo.block_put_all(blocks.clone(), 8).await.unwrap();
	let root = blocks.last().unwrap().cid;
	let mut socket = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
	let request =
		format!("POST /api/v0/cat?arg={root} HTTP/1.1\r\n{HOST}content-length: 0\r\n\r\n");
	socket.write_all(request.as_bytes()).await.unwrap();
	socket.read_exact(&mut [0; 100]).await.unwrap();
	drop(socket);
	assert!(kubo.cat(&root, bytes.len()).await.unwrap() == bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn staged_blocks_can_only_be_read() {
	let server = Server::start().await;
	let (bytes, blocks) = file((5 << 20) / 2);
	let root = blocks[3].cid;
	let ticket = Upload {
		root,
		size: bytes.len() as u64,
		owner: [1; 32],
		organisation: None,
		expires_ms: 1,
		created_ms: 0,
	};
	server.staging.begin_or_resume(ticket).unwrap();
	for block in blocks.iter().rev() {
		server.staging.put(&root, &block.cid, &block.data).unwrap();
	}
	let kubo = client(server.staging_port);
	assert_eq!(kubo.block_get(&root).await.unwrap(), blocks[3].data);
	assert_eq!(kubo.refs(&root).await.unwrap().len(), 3);
	assert!(fetch::cat(&kubo, &root, bytes.len() as u64).await.unwrap() == bytes);
	let error = kubo.block_put(&root, blocks[3].data.clone()).await.unwrap_err();
	assert!(matches!(error, Error::Status { status: 404, .. }), "{error}");
	let error = kubo.pin_add(&root).await.unwrap_err();
	assert!(matches!(error, Error::Status { status: 404, .. }), "{error}");
	assert!(server.store.is_empty());
}

/// Runs `ipfs --api …` in a separate thread, so that the server can answer.
async fn ipfs(repository: &Arc<Repository>, port: u16, arguments: &[&str]) -> Vec<u8> {
	let repository = repository.clone();
	let api = format!("--api=/ip4/127.0.0.1/tcp/{port}");
	let mut all = vec![api];
	all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
	tokio::task::spawn_blocking(move || {
		let all: Vec<&str> = all.iter().map(String::as_str).collect();
		repository.run(&all)
	})
	.await
	.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ipfs_command_works() {
	let Some(binary) = kubo_binary("the_ipfs_command_works") else {
		return;
	};
	let repository = Arc::new(Repository::new(binary));
	let server = Server::start().await;
	let folder = tempfile::tempdir().unwrap();
	let run = |arguments: Vec<String>| {
		let repository = repository.clone();
		let port = server.port;
		async move {
			let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
			ipfs(&repository, port, &arguments).await
		}
	};
	let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
	let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();

	let (bytes, blocks) = file((5 << 20) / 2);
	let root = blocks[3].cid;
	for (number, block) in blocks.iter().enumerate() {
		let path = folder.path().join(number.to_string());
		fs::write(&path, &block.data).unwrap();
		let codec = block.cid.codec().name();
		let put = run(words(&format!("block put --cid-codec={codec} {}", path.display()))).await;
		assert_eq!(text(put).trim(), block.cid.to_string());
	}
	assert!(run(words(&format!("block get {root}"))).await == blocks[3].data);
	assert!(text(run(words(&format!("block stat {root}"))).await).contains(&root.to_string()));
	assert!(run(words(&format!("cat {root}"))).await == bytes);
	let pinned = text(run(words(&format!("pin add --progress {root}"))).await);
	assert!(pinned.contains(&root.to_string()), "{pinned}");
	let pins = text(run(words("pin ls --type=recursive")).await);
	assert_eq!(pins.trim(), format!("{root} recursive"));
	let pins = text(run(words("pin ls")).await);
	assert_eq!(pins.lines().count(), 4, "{pins}");
	let pins = text(run(words("pin ls --stream --type=recursive --quiet")).await);
	assert_eq!(pins.trim(), root.to_string());
	let refs = text(run(words(&format!("refs -r {root}"))).await);
	assert_eq!(refs.lines().count(), 3, "{refs}");
	let id = text(run(words("id")).await);
	assert!(id.contains("12D3KooWExample"), "{id}");
	run(words(&format!("pin rm {root}"))).await;
	run(words(&format!("block rm {root}"))).await;
	assert_eq!(server.store.len(), 3);

	// A file that Kubo adds and exports, and the server imports.
	let path = folder.path().join("file");
	fs::write(&path, &bytes).unwrap();
	repository.run(&["add", path.to_str().unwrap()]);
	let car = folder.path().join("file.car");
	fs::write(&car, repository.run(&["dag", "export", "--progress=false", &root.to_string()]))
		.unwrap();
	let imported = text(run(words(&format!("dag import --stats {}", car.display()))).await);
	assert!(imported.contains(&root.to_string()), "{imported}");
	assert!(server.store.is_pinned(&root));
	assert_eq!(server.store.len(), 4);
	assert!(run(words(&format!("cat {root}"))).await == bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn archives_are_read_strictly() {
	let server = Server::start().await;
	let block = Block::new(Codec::Raw, b"hello".to_vec());
	let archive = {
		// {"roots": [42(CID)], "version": 1}
		let mut header = vec![0xa2, 0x65];
		header.extend(b"roots");
		header.extend([0x81, 0xd8, 0x2a, 0x58, 37, 0]);
		header.extend(block.cid.to_bytes());
		header.push(0x67);
		header.extend(b"version");
		header.push(1);
		let mut archive = vec![header.len() as u8];
		archive.extend(&header);
		archive.push(36 + 5);
		archive.extend(block.cid.to_bytes());
		archive.extend(&block.data);
		archive
	};
	let import = |bytes: Vec<u8>| {
		let url = format!("http://127.0.0.1:{}/api/v0/dag/import?stats=true", server.port);
		async move {
			let part = reqwest::multipart::Part::bytes(bytes).file_name("a.car");
			let form = reqwest::multipart::Form::new().part("path", part);
			let http = reqwest::Client::builder().no_proxy().build().unwrap();
			let response = http.post(url).multipart(form).send().await.unwrap();
			(response.status().as_u16(), response.text().await.unwrap())
		}
	};
	for length in 0..archive.len() {
		// Cut after the header, it is an archive without blocks.
		let expected = if length == archive.len() - 42 { 200 } else { 500 };
		let (status, answer) = import(archive[..length].to_vec()).await;
		assert_eq!(status, expected, "cut at {length}: {answer}");
	}
	let mut wrong = archive.clone();
	*wrong.last_mut().unwrap() ^= 1;
	assert_eq!(import(wrong).await.0, 500);
	assert!(server.store.is_empty());
	let (status, answer) = import(archive).await;
	assert_eq!(status, 200);
	assert!(answer.contains(r#""PinErrorMsg":"""#), "{answer}");
	assert!(answer.contains(r#""BlockCount":1"#), "{answer}");
	assert!(server.store.is_pinned(&block.cid));
}
