//! Receiving HL7 v2 over MLLP.
//!
//! ```text
//! sender ── MLLP ──▶ connection ── salus-hl7 ──▶ desk ──▶ patients ── identifiers, merges
//!        ◀── ACK ──                                └────▶ documents ── fhir::document ──▶ the chain
//! ```
//!
//! Contract:
//!
//! - A message is acknowledged (AA, CA) after all that it says is kept: documents in a final block,
//!   identifiers and merges in a file of the state folder.
//! - A message that comes again changes nothing.
//! - Names, dates of birth and everything else about a patient are neither kept nor logged, except
//!   for the content of documents.
//! - A connection has one message at a time, and ends if more comes before the answer. Connections,
//!   their number for each address, sizes and times are bounded. The senders of one client share
//!   half of its room, so that they delay neither its FHIR requests nor the senders of another
//!   client.

mod connection;
mod desk;
mod documents;
mod merges;
mod patients;
mod settings;
mod versions;

pub(crate) use merges::{Merge, MergeState, Merges};
pub(crate) use settings::Hl7Config;
pub(crate) use versions::Versions;

use std::{
	collections::HashMap,
	net::IpAddr,
	sync::{Arc, Mutex, PoisonError, Weak},
	time::Duration,
};

use ipnet::IpNet;
use tokio::{
	net::{TcpListener, TcpStream},
	sync::{watch, OwnedSemaphorePermit, Semaphore},
	task::JoinHandle,
	time::{sleep, timeout},
};
use tokio_rustls::server::TlsStream;
use zeroize::Zeroizing;

use crate::{
	addresses::{self, Addresses},
	app::Gateway,
	body::{Room, MAX_BODY},
	config::{self, ConfigError},
	metrics::Metrics,
	start::{asked_to_end, state_error, StartError, LIMITS as OF_SERVER},
	timely,
	tls::Tls,
};
use connection::{converse, Ended, LIMITS};
use desk::Desk;
use documents::Locks;

/// Maximum number of connections to one address of this server. Further ones are closed.
const MAX_CONNECTIONS: usize = 64;

/// Maximum number of connections from one address.
const MAX_FROM_ONE: usize = 16;

/// Room for the messages that one peer sends at a time, in KiB. The messages of all senders of one
/// client have the same room. It is enough for the largest message, and half of the client's room.
const ROOM: usize = MAX_BODY / 1024 + 1;

/// Limit for the messages that are under way when the server ends.
const GRACE: Duration = Duration::from_secs(20);

/// Begins to receive at all addresses of the configuration, which has these sockets. The task ends
/// after the process is asked to end, once the messages under way are processed.
pub(crate) fn start(
	gateway: &Arc<Gateway>,
	metrics: &Arc<Metrics>,
	sockets: Vec<TcpListener>,
) -> Result<JoinHandle<()>, StartError> {
	let (ending, is_ending) = watch::channel(false);
	let Some(secret) =
		gateway.config.identifiers.as_ref().filter(|_| !gateway.config.hl7.is_empty())
	else {
		return Ok(tokio::spawn(async {}));
	};
	let secret = Zeroizing::new(config::read(secret)?);
	let versions = Versions::open(&gateway.config.state.join("hl7.sqlite"), &secret);
	let (versions, locks) = (versions.map_err(state_error)?, Arc::new(Locks::default()));
	let rooms = Rooms::default();
	// No address receives before all of them can.
	let mut receivers = Vec::with_capacity(sockets.len());
	for ((index, config), listener) in gateway.config.hl7.iter().enumerate().zip(sockets) {
		let access = gateway.auth.all_of(&config.client).ok_or_else(|| {
			let text = format!("hl7 at {}: there is no client {}", config.listen, config.client);
			ConfigError::Value(text)
		})?;
		let tls = config.tls.clone().map(Tls::new).transpose()?.map(Arc::new);
		let desk = Desk {
			gateway: gateway.clone(),
			index,
			access,
			metrics: metrics.clone(),
			versions: versions.clone(),
			locks: locks.clone(),
		};
		let places = Places::new(config.networks(), &rooms, &config.client);
		receivers.push((listener, tls, Arc::new(desk), places, is_ending.clone()));
	}
	let mut listeners = Vec::with_capacity(receivers.len());
	for (listener, tls, desk, places, is_ending) in receivers {
		if let Ok(address) = listener.local_addr() {
			tracing::info!(%address, "HL7 v2 is received");
		}
		listeners.push(tokio::spawn(listen(listener, tls, desk, places, is_ending)));
	}
	Ok(tokio::spawn(async move {
		asked_to_end().await;
		let _ = ending.send(true);
		let all = async {
			for listener in listeners {
				let _ = listener.await;
			}
		};
		if timeout(GRACE, all).await.is_err() {
			tracing::warn!("giving up some HL7 v2 messages that were not processed in time");
		}
	}))
}

/// Owner of a room for messages.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Owner {
	/// A sender, by its address.
	Peer(IpAddr),
	/// All senders of a client.
	Client(String),
}

/// Rooms for messages, regardless of the address at which they arrive. Each exists while in use.
#[derive(Clone, Default)]
struct Rooms(Arc<Mutex<HashMap<Owner, Weak<Semaphore>>>>);

impl Rooms {
	fn of(&self, owner: Owner) -> Arc<Semaphore> {
		let mut rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
		rooms.retain(|_, room| room.strong_count() > 0);
		if let Some(room) = rooms.get(&owner).and_then(Weak::upgrade) {
			return room;
		}
		let room = Arc::new(Semaphore::new(ROOM));
		rooms.insert(owner, Arc::downgrade(&room));
		room
	}
}

/// Places for connections to one address of this server.
struct Places {
	/// Networks that may connect; empty for all.
	networks: Vec<IpNet>,
	all: Arc<Semaphore>,
	addresses: Addresses,
	rooms: Rooms,
	/// Room of all senders of the client.
	room: Arc<Semaphore>,
}

/// A place of a connection, until this is dropped.
struct Place {
	/// Rooms of all senders of the client, and of the peer.
	rooms: [Arc<Semaphore>; 2],
	_of_address: addresses::Place,
	_of_all: OwnedSemaphorePermit,
}

impl Place {
	/// Returns the room of a message, out of the client's.
	fn room(&self, of_client: Room) -> Room {
		self.rooms.iter().fold(of_client, |room, share| room.and(share.clone()))
	}
}

impl Places {
	fn new(networks: Vec<IpNet>, rooms: &Rooms, client: &str) -> Self {
		let all = Arc::new(Semaphore::new(MAX_CONNECTIONS));
		let room = rooms.of(Owner::Client(client.to_owned()));
		Self { networks, all, addresses: Addresses::new(MAX_FROM_ONE), rooms: rooms.clone(), room }
	}

	/// Returns a place for a connection, or the reason for which it gets none.
	fn take(&self, address: IpAddr) -> Result<Place, &'static str> {
		let address = address.to_canonical();
		if !self.networks.is_empty() && !self.networks.iter().any(|one| one.contains(&address)) {
			return Err("network");
		}
		let place = self.all.clone().try_acquire_owned().map_err(|_| "too-many")?;
		let of_address = self.addresses.take(address).ok_or("too-many-of-one")?;
		let rooms = [self.room.clone(), self.rooms.of(Owner::Peer(address))];
		Ok(Place { rooms, _of_address: of_address, _of_all: place })
	}

	/// Returns once no connection has a place.
	async fn all_free(&self) {
		let all = u32::try_from(MAX_CONNECTIONS).unwrap_or(u32::MAX);
		let _ = self.all.acquire_many(all).await;
	}
}

/// Takes connections until the server ends, and then waits for the open ones.
async fn listen(
	listener: TcpListener,
	tls: Option<Arc<Tls>>,
	desk: Arc<Desk>,
	places: Places,
	mut is_ending: watch::Receiver<bool>,
) {
	loop {
		let accepted = tokio::select! {
			accepted = timely::accept(&listener) => accepted,
			_ = is_ending.wait_for(|is_ending| *is_ending) => break,
		};
		let (stream, peer) = match accepted {
			Ok(accepted) => accepted,
			Err(error) => {
				tracing::warn!(%error, "cannot accept a connection; check the limit of open files");
				sleep(Duration::from_secs(1)).await;
				continue;
			}
		};
		match places.take(peer.ip()) {
			Ok(place) => {
				let (desk, tls) = (desk.clone(), tls.clone());
				let is_ending = is_ending.clone();
				tokio::spawn(async move {
					desk.metrics.connections.inc();
					let ended = serve(&desk, &place, stream, tls.as_deref(), is_ending).await;
					desk.metrics.connections.dec();
					if let Some(reason) = ended.reason() {
						desk.refused(reason);
					}
					drop(place);
				});
			}
			Err(reason) => desk.refused(reason),
		}
	}
	drop(listener);
	places.all_free().await;
}

async fn serve(
	desk: &Arc<Desk>,
	place: &Place,
	stream: TcpStream,
	tls: Option<&Tls>,
	is_ending: watch::Receiver<bool>,
) -> Ended {
	let room = || place.room(Room::new(&desk.gateway, &desk.access.client));
	let admits = |head: &[u8]| desk.admits(head);
	let answer = |frame| desk.clone().answer(frame);
	let Some(tls) = tls else {
		return converse(stream, LIMITS, is_ending, room, admits, answer).await;
	};
	match admitted(tls, stream, OF_SERVER.handshake).await {
		Some(stream) => converse(stream, LIMITS, is_ending, room, admits, answer).await,
		None => Ended::Handshake,
	}
}

/// Returns the connection to a peer that speaks TLS, and has a certificate if it must.
async fn admitted(tls: &Tls, stream: TcpStream, limit: Duration) -> Option<TlsStream<TcpStream>> {
	let accepted = timeout(limit, tls.acceptor().accept(stream)).await;
	let stream = accepted.ok()?.ok()?;
	tls.admits(stream.get_ref().1.peer_certificates()).then_some(stream)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		body::ALL_BODIES,
		tls::tests::{files, make, sign},
	};
	use std::{
		path::Path,
		process::{Child, Command, Stdio},
	};

	/// Connects with the certificate in a file beside its key, or without any.
	fn connect(folder: &Path, port: u16, certificate: Option<&str>) -> Child {
		let mut client = Command::new("openssl");
		client.args(["s_client", "-quiet", "-connect", &format!("127.0.0.1:{port}")]);
		if let Some(name) = certificate {
			client.args(["-cert", &format!("{name}.pem"), "-key", &format!("{name}.key")]);
		}
		client.current_dir(folder).stdin(Stdio::piped());
		client.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
	}

	#[tokio::test]
	async fn only_a_sender_with_a_certificate_is_admitted() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path();
		let mut config = files(path);
		make(path, "hl7.example", &config);
		for name in ["ca", "other"] {
			sign(path, name, None, &["basicConstraints=critical,CA:TRUE"]);
		}
		let leaf = ["basicConstraints=critical,CA:FALSE", "extendedKeyUsage=clientAuth"];
		sign(path, "sender", Some("ca"), &leaf);
		sign(path, "foreign", Some("other"), &leaf);
		let open = Tls::new(config.clone()).unwrap();
		config.client_ca = Some(path.join("ca.pem"));
		let closed = Tls::new(config).unwrap();
		let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
		let port = listener.local_addr().unwrap().port();
		for (tls, certificate, expected) in [
			(&open, None, true),
			(&closed, None, false),
			(&closed, Some("foreign"), false),
			(&closed, Some("sender"), true),
		] {
			let mut client = connect(path, port, certificate);
			let (stream, _) = listener.accept().await.unwrap();
			let is_admitted = admitted(tls, stream, Duration::from_secs(120)).await.is_some();
			client.kill().unwrap();
			client.wait().unwrap();
			assert_eq!(is_admitted, expected, "{certificate:?}");
		}
	}

	#[test]
	fn connections_are_bounded_for_each_address() {
		let places = Places::new(vec!["10.0.0.0/8".parse().unwrap()], &Rooms::default(), "his");
		let address = |last: u8| IpAddr::from([10, 0, 0, last]);
		assert_eq!(places.take(IpAddr::from([11, 0, 0, 1])).err(), Some("network"));
		// An IPv4 address that is written as IPv6 is the same.
		let mapped = "::ffff:10.0.0.1".parse().unwrap();
		let mut held: Vec<_> =
			(1..MAX_FROM_ONE).map(|_| places.take(address(1)).unwrap()).collect();
		held.push(places.take(mapped).unwrap());
		assert_eq!(places.take(address(1)).err(), Some("too-many-of-one"));
		let others = MAX_CONNECTIONS - MAX_FROM_ONE;
		held.extend((0..others).map(|other| places.take(address(2 + other as u8)).unwrap()));
		assert_eq!(places.take(address(200)).err(), Some("too-many"));
		held.clear();
		assert!(places.take(address(1)).is_ok());
	}

	#[test]
	fn senders_leave_room_for_requests_of_their_client() {
		let rooms = Rooms::default();
		let places = |client| Places::new(Vec::new(), &rooms, client);
		let [lab, radiology, other] = [places("his"), places("his"), places("other")];
		let of_client = Arc::new(Semaphore::new(ALL_BODIES / 2));
		let take = |places: &Places, last| places.take(IpAddr::from([10, 0, 0, last])).unwrap();
		let room = |place: &Place| place.room(Room::of(vec![of_client.clone()]));
		let one = take(&lab, 1);
		let mut held = room(&one);
		assert!(held.grow(MAX_BODY), "the largest message fits");
		// The same peer has no more room at another address, not even as another client.
		let again = [take(&lab, 1), take(&radiology, 1), take(&other, 1)];
		assert!(again.iter().all(|place| !room(place).grow(0)));
		// Another sender of the client has no room either, but a sender of another client has.
		assert!(!room(&take(&radiology, 2)).grow(0));
		assert!(room(&take(&other, 2)).grow(0));
		assert!(Room::of(vec![of_client.clone()]).grow(MAX_BODY - 2048), "a FHIR request fits");
		// A message that is processed keeps its room, even after its peer has left.
		drop((one, again));
		let back = take(&other, 1);
		assert!(!room(&back).grow(0));
		drop(held);
		assert!(room(&back).grow(MAX_BODY));
		drop((back, lab, radiology, other));
		rooms.of(Owner::Client("his".to_owned()));
		assert!(rooms.0.lock().unwrap().len() <= 1);
	}
}
