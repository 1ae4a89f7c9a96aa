//! WebSockets: calls that are answered as they finish, and subscriptions.
//!
//! The next message is read only while few enough calls are in progress. A call is in progress
//! until the socket has taken its answer, so a client that sends without reading is held up by TCP.

use std::sync::Arc;

use futures::Future;
use jsonrpsee::{
	types::{error::reject_too_big_request, Id},
	Extensions, MethodResponse,
};
use soketto::base::OpCode;
use tokio::{
	io::{AsyncRead, AsyncWrite},
	sync::{mpsc, OwnedSemaphorePermit, Semaphore},
	time::{interval_at, Instant},
};

use super::{
	calls::{self, Answer, Rules, Service},
	connections::{Connection, HeldBytes, InProgress},
	frames::{self, Incoming, Reader},
};

/// Maximum number of control frames that wait to be sent. Further pings have no answer.
const CONTROLS: usize = 4;

/// Status of a connection that ends because the server stops.
const GOING_AWAY: u16 = 1001;

/// Message in progress: its slot among the calls, and its request.
struct Call {
	_place: OwnedSemaphorePermit,
	_counted: InProgress,
	_request: Option<HeldBytes>,
}

/// WebSocket of a connection.
pub struct WebSocket {
	/// Connection.
	pub connection: Arc<Connection>,
	/// Calls of the connection.
	pub service: Arc<Service>,
	/// Limits of messages.
	pub rules: Rules,
	/// Maximum size of a message, in bytes.
	pub max_request_bytes: u32,
	/// Extensions of each call.
	pub extensions: Extensions,
}

/// Channels from the reader to the writer.
#[derive(Clone)]
struct Out {
	answers: mpsc::Sender<(Answer, Call)>,
	controls: mpsc::Sender<(OpCode, Vec<u8>)>,
}

impl WebSocket {
	/// Serves calls until the connection ends. `notes` are the messages of subscriptions. Once
	/// `stopped` is ready, the connection ends as soon as the calls in progress are answered.
	pub async fn run<S: AsyncRead + AsyncWrite>(
		self,
		stream: S,
		notes: mpsc::Receiver<String>,
		stopped: impl Future<Output = ()>,
	) {
		let (reader, writer) = tokio::io::split(stream);
		let connection = self.connection.clone();
		let reader = Reader::new(reader, connection.clone(), self.max_request_bytes as usize);
		let max_calls = connection.limits().calls;
		let places = Arc::new(Semaphore::new(max_calls));
		// There is room for each call's answer.
		let (answers, finished) = mpsc::channel(max_calls);
		let (controls, asked) = mpsc::channel(CONTROLS);
		let out = Out { answers, controls: controls.clone() };
		let stopping = async {
			stopped.await;
			let all = u32::try_from(max_calls).unwrap_or(u32::MAX);
			let _ = places.acquire_many(all).await;
			let _ = controls.send((OpCode::Close, GOING_AWAY.to_be_bytes().to_vec())).await;
			std::future::pending().await
		};
		tokio::select! {
			() = self.read(reader, &places, out) => {}
			() = write(writer, finished, notes, asked, &connection) => {}
			() = stopping => {}
			() = connection.closed() => {}
		}
	}

	/// Reads messages and starts their calls, until the client ends the connection.
	async fn read<R: AsyncRead + Unpin>(
		&self,
		mut reader: Reader<R>,
		places: &Arc<Semaphore>,
		out: Out,
	) {
		while self.connection.may_read().await {
			let Ok(place) = places.clone().acquire_owned().await else {
				return;
			};
			self.connection.listen();
			match reader.next().await {
				Ok(Incoming::Message(message, held)) => {
					self.start(message, self.call(place, Some(held)), &out);
				}
				Ok(Incoming::TooLarge) => {
					let error = reject_too_big_request(self.max_request_bytes);
					let answer = MethodResponse::error(Id::Null, error).into();
					if out.answers.send((answer, self.call(place, None))).await.is_err() {
						return;
					}
				}
				Ok(Incoming::Ping(payload)) => {
					let _ = out.controls.try_send((OpCode::Pong, payload));
				}
				Ok(Incoming::Pong) => {}
				Ok(Incoming::Close(payload)) => {
					let _ = out.controls.send((OpCode::Close, payload)).await;
					// The writer ends the connection.
					return std::future::pending().await;
				}
				Err(_) => return,
			}
		}
	}

	fn call(&self, place: OwnedSemaphorePermit, request: Option<HeldBytes>) -> Call {
		Call { _place: place, _counted: self.connection.call(), _request: request }
	}

	fn start(&self, message: Vec<u8>, call: Call, out: &Out) {
		let answers = out.answers.clone();
		let (connection, service) = (self.connection.clone(), self.service.clone());
		let (rules, extensions) = (self.rules, self.extensions.clone());
		// The call does not end with the connection: nothing stops a runtime call, and it keeps its
		// turn.
		tokio::spawn(async move {
			let answer = calls::answer(&connection, &service, rules, &message, extensions).await;
			drop(message);
			if let Some(answer) = answer {
				let _ = answers.send((answer, call)).await;
			}
		});
	}
}

/// Sends answers, messages of subscriptions and control frames, until one of these is the last.
async fn write<W: AsyncWrite + Unpin>(
	mut stream: W,
	mut answers: mpsc::Receiver<(Answer, Call)>,
	mut notes: mpsc::Receiver<String>,
	mut controls: mpsc::Receiver<(OpCode, Vec<u8>)>,
	connection: &Connection,
) {
	let every = connection.limits().ping;
	let mut pings = interval_at(Instant::now() + every, every);
	loop {
		let sent = tokio::select! {
			Some((answer, call)) = answers.recv() => {
				let sent = frames::send(&mut stream, OpCode::Text, answer.text.as_bytes()).await;
				if sent.is_ok() {
					answer.was_sent();
				}
				drop(call);
				sent
			}
			Some(text) = notes.recv() => {
				frames::send(&mut stream, OpCode::Text, text.as_bytes()).await
			}
			Some((kind, payload)) = controls.recv() => {
				let sent = frames::send(&mut stream, kind, &payload).await;
				if kind == OpCode::Close {
					return;
				}
				sent
			}
			_ = pings.tick() => frames::send(&mut stream, OpCode::Ping, &[]).await,
		};
		if sent.is_err() {
			return;
		}
	}
}
