//! An IPFS node that fails on demand: the embedded server's routes behind a switch.

use axum::{
	body::Body,
	extract::{Request, State},
	http::StatusCode,
	middleware::{self, Next},
	response::{IntoResponse, Response},
};
use salus_ipfs::{server, store::BlockStore};
use std::{
	net::{Ipv4Addr, SocketAddr},
	path::Path,
	sync::{
		atomic::{AtomicU64, Ordering},
		Arc, Mutex,
	},
	time::Duration,
};
use tokio::{
	net::{TcpListener, TcpSocket},
	sync::oneshot,
	task::JoinHandle,
};

/// Behaviour of the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
	/// Answers correctly.
	#[default]
	None,
	/// Answers after this delay.
	Slow(Duration),
	/// Takes the request and never answers.
	Hang,
	/// Answers 500.
	Error,
	/// Confirms a block with another CID.
	WrongCid,
	/// Breaks each answer off.
	Truncated,
	/// Answers 500 to each request to store a block after this number of them.
	ErrorAfter(u64),
}

#[derive(Default)]
struct Switch {
	fault: Mutex<Fault>,
	puts: AtomicU64,
}

/// A running server. Its blocks stay in its folder when it goes down.
pub struct FaultyIpfs {
	switch: Arc<Switch>,
	store: Arc<BlockStore>,
	address: SocketAddr,
	running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
	/// Reserves the port while the server is down.
	held: Option<TcpSocket>,
}

impl FaultyIpfs {
	/// Starts a server on a port that the system chooses.
	pub async fn start(folder: &Path) -> Self {
		let store = Arc::new(BlockStore::open(folder.join("ipfs")).expect("a fresh folder"));
		let mut ipfs = Self {
			switch: Arc::default(),
			store,
			address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
			running: None,
			held: None,
		};
		ipfs.up().await;
		ipfs
	}

	/// Returns the URL at which it listens.
	pub fn url(&self) -> String {
		format!("http://{}", self.address)
	}

	/// Returns the blocks that it holds.
	pub fn store(&self) -> &BlockStore {
		&self.store
	}

	/// Changes its behaviour from now on.
	pub fn set(&self, fault: Fault) {
		self.switch.puts.store(0, Ordering::SeqCst);
		*self.switch.fault.lock().expect("no holder panics") = fault;
	}

	/// Returns the number of requests to store a block since its behaviour last changed.
	pub fn puts(&self) -> u64 {
		self.switch.puts.load(Ordering::SeqCst)
	}

	/// Closes the port, so that connections are refused.
	pub async fn down(&mut self) {
		if let Some((stop, task)) = self.running.take() {
			drop(stop);
			task.abort();
			let _ = task.await;
		}
		// A bound socket that does not listen refuses connections, and keeps the port from others.
		let held = TcpSocket::new_v4().expect("there are sockets");
		held.set_reuseaddr(true).and_then(|()| held.bind(self.address)).expect("the port was ours");
		self.held = Some(held);
	}

	/// Opens the port again.
	pub async fn up(&mut self) {
		assert!(self.running.is_none(), "it is up already");
		let listener = match self.held.take() {
			Some(held) => held.listen(1_024).expect("the port is ours"),
			None => TcpListener::bind(self.address).await.expect("the port is free"),
		};
		self.address = listener.local_addr().expect("a bound listener has an address");
		let router = server::router(self.store.clone(), server::Options::default())
			.layer(middleware::from_fn_with_state(self.switch.clone(), misbehave));
		let (stop, stopped) = oneshot::channel::<()>();
		let task = tokio::spawn(async move {
			let _ = server::serve(listener, router, async {
				let _ = stopped.await;
			})
			.await;
		});
		self.running = Some((stop, task));
	}
}

async fn misbehave(State(switch): State<Arc<Switch>>, request: Request, next: Next) -> Response {
	let put = request.uri().path().ends_with("/block/put");
	let count = if put { switch.puts.fetch_add(1, Ordering::SeqCst) + 1 } else { 0 };
	let fault = *switch.fault.lock().expect("no holder panics");
	let refuse = || {
		(StatusCode::INTERNAL_SERVER_ERROR, r#"{"Message":"injected","Code":0,"Type":"error"}"#)
			.into_response()
	};
	match fault {
		Fault::None => next.run(request).await,
		Fault::Slow(delay) => {
			tokio::time::sleep(delay).await;
			next.run(request).await
		}
		Fault::Hang => std::future::pending().await,
		Fault::Error => refuse(),
		Fault::ErrorAfter(limit) if put && count > limit => refuse(),
		Fault::ErrorAfter(_) => next.run(request).await,
		Fault::WrongCid if put => {
			let other = salus_ipfs::Cid::of(salus_ipfs::Codec::Raw, b"something else");
			format!("{{\"Key\":\"{other}\",\"Size\":14}}").into_response()
		}
		Fault::WrongCid => next.run(request).await,
		Fault::Truncated => {
			let body = futures::stream::iter([
				Ok(axum::body::Bytes::from_static(b"{\"Key\":\"baf")),
				Err(std::io::Error::other("cut off")),
			]);
			Body::from_stream(body).into_response()
		}
	}
}
