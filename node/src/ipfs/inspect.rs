//! Checks at the start, and from then on, that the Kubo behind this node is closed to the public
//! ([`salus_ipfs::inspect`]).
//!
//! A node does not start with an open Kubo. A Kubo that is down or faulty does not keep the node
//! from starting, but it gets no blocks until it has been inspected. The same holds when a Kubo
//! goes away, because another one may come back, and when one is later found open: staged uploads
//! wait, as they do while Kubo is down, and the log gives the reason. Reads and removals continue.
//!
//! The off-chain worker pushes to the address in the node's note. While Kubo must not be used, the
//! note names [`NOWHERE`].

use std::{sync::Arc, time::Duration};

use salus_ipfs::{
	inspect::{inspect, Error, Exposure},
	kubo::Kubo,
};

use super::{Blocks, Ipfs, LOG_TARGET};
use crate::errors::causes;

/// Address at which nobody can listen.
const NOWHERE: &str = "http://127.0.0.1:0";

/// Time limit of one query to Kubo. Tests may run on a busy machine.
const DEADLINE: Duration = Duration::from_secs(if cfg!(test) { 60 } else { 5 });

/// Interval between inspections of a Kubo in use.
const WATCH: Duration = Duration::from_secs(15);

/// Interval between inspections of a Kubo that is not in use.
const WAIT: Duration = Duration::from_secs(3);

/// Result of the inspections of Kubo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
	/// Kubo is not inspected: there is none, or the operator accepts it as it is.
	Unwatched,
	/// Kubo is closed, and these of its ports can be reached.
	Closed(Vec<Exposure>),
	/// Kubo has not answered yet, or is down.
	Unknown(String),
	/// Kubo is open, or something else answers at its address.
	Refused(String),
}

impl Standing {
	/// Returns whether Kubo gets blocks.
	fn is_usable(&self) -> bool {
		matches!(self, Self::Unwatched | Self::Closed(_))
	}

	/// Returns the result after an answer.
	fn after(&self, answer: Result<Vec<Exposure>, Error>) -> Self {
		match answer {
			Ok(exposures) => Self::Closed(exposures),
			Err(error) if error.is_unreachable() => Self::Unknown(causes(&error)),
			Err(error) if error.is_transient() => match self {
				// A faulty Kubo is still the same one.
				Self::Unknown(_) => Self::Unknown(causes(&error)),
				known => known.clone(),
			},
			Err(error) => Self::Refused(causes(&error)),
		}
	}

	/// Logs what has changed.
	fn tell(&self, before: Option<&Self>) {
		match self {
			known if before == Some(known) => {}
			Self::Unwatched => {}
			Self::Closed(exposures) => {
				if !matches!(before, Some(Self::Closed(_))) {
					log::info!(target: LOG_TARGET, "Kubo is closed to the public");
				}
				for exposure in exposures {
					log::warn!(target: LOG_TARGET, "{exposure}");
				}
			}
			Self::Unknown(reason) if matches!(before, Some(Self::Unknown(_))) => {
				log::debug!(target: LOG_TARGET, "{reason}")
			}
			Self::Unknown(reason) => log::warn!(
				target: LOG_TARGET,
				"{reason}; it gets no blocks until it answers, and staged uploads wait"
			),
			Self::Refused(reason) => log::error!(
				target: LOG_TARGET,
				"{reason}. It gets no blocks until this is fixed, and staged uploads wait"
			),
		}
	}
}

impl Ipfs {
	/// Returns whether blocks may be given to Kubo, if it stores them.
	pub(super) fn is_usable(&self) -> bool {
		self.standing.lock().is_usable()
	}

	/// Passes the addresses for reading and pushing to the off-chain worker.
	pub(super) fn publish_endpoints(&self) {
		let ipfs = if self.is_usable() { &self.endpoints.ipfs } else { NOWHERE };
		self.notes.endpoints(&self.endpoints.staging, ipfs);
	}

	/// Takes an answer of Kubo.
	fn judge(&self, answer: Result<Vec<Exposure>, Error>) {
		let (before, after) = {
			let mut standing = self.standing.lock();
			let after = standing.after(answer);
			(std::mem::replace(&mut *standing, after.clone()), after)
		};
		after.tell(Some(&before));
		if before.is_usable() != after.is_usable() {
			self.publish_endpoints();
		}
	}
}

/// Inspects Kubo before it is used. Returns an error if Kubo is open, or if something else answers
/// at its address.
pub(super) fn at_start(kubo: &Kubo, runtime: &tokio::runtime::Handle) -> Result<Standing, Error> {
	let kubo = kubo.with_deadline(DEADLINE);
	// Use a separate thread, because this one may belong to the runtime, which must not wait for
	// itself.
	let answer = std::thread::scope(|scope| {
		let asking = scope.spawn(|| runtime.block_on(inspect(&kubo)));
		asking.join()
	});
	let answer = match answer {
		Ok(answer) => answer,
		Err(panic) => std::panic::resume_unwind(panic),
	};
	let standing = match answer {
		Err(error) if !error.is_transient() => return Err(error),
		answer => Standing::Unknown(String::new()).after(answer),
	};
	standing.tell(None);
	Ok(standing)
}

/// Inspects Kubo until the node stops.
pub async fn run(ipfs: Arc<Ipfs>) {
	let kubo = match &ipfs.blocks {
		Blocks::Kubo(kubo) => kubo.with_deadline(DEADLINE),
		Blocks::Embedded(_) => return,
	};
	if *ipfs.standing.lock() == Standing::Unwatched {
		return;
	}
	loop {
		let pause = if ipfs.is_usable() { WATCH } else { WAIT };
		tokio::time::sleep(pause).await;
		ipfs.judge(inspect(&kubo).await);
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::ipfs::{testing, BlockError, Cid};
	use parking_lot::Mutex;
	use salus_ipfs::{
		inspect::Opening,
		kubo::{self, Options},
		server, Codec,
	};
	use std::net::{Ipv4Addr, TcpStream};

	fn open() -> Error {
		Error::Open { url: "http://127.0.0.1:5001/".into(), openings: vec![Opening::Routing(None)] }
	}

	/// Returns the error of an inspection at this address.
	async fn asked(url: &str) -> Error {
		let kubo = Kubo::new(url, Options::default()).unwrap();
		inspect(&kubo).await.unwrap_err()
	}

	fn faulty() -> Error {
		Error::Unread {
			url: "http://127.0.0.1:5001/".into(),
			source: kubo::Error::Refused { call: "config/show", message: "disk failure".into() },
		}
	}

	#[test]
	fn nobody_listens_nowhere() {
		assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, 0)).is_err());
		assert_eq!(NOWHERE, "http://127.0.0.1:0");
	}

	#[tokio::test]
	async fn only_a_kubo_found_closed_is_used() {
		let down = || asked(NOWHERE);
		assert!(down().await.is_unreachable());
		let closed = Standing::Closed(Vec::new());
		let unknown = Standing::Unknown("down".into());
		let refused = Standing::Refused("open".into());
		for before in [&closed, &unknown, &refused] {
			assert_eq!(before.after(Ok(Vec::new())), closed);
			assert!(matches!(before.after(Err(open())), Standing::Refused(_)));
			let gone = before.after(Err(down().await));
			assert!(matches!(gone, Standing::Unknown(_)), "{gone:?}");
		}
		// A faulty Kubo keeps its result.
		assert_eq!(closed.after(Err(faulty())), closed);
		assert_eq!(refused.after(Err(faulty())), refused);
		let still = unknown.after(Err(faulty()));
		assert!(matches!(still, Standing::Unknown(ref reason) if reason.contains("disk failure")));
		for standing in [unknown, refused] {
			assert!(!standing.is_usable());
		}
		assert!(closed.is_usable() && Standing::Unwatched.is_usable());
	}

	#[test]
	fn a_start_fails_with_an_open_kubo_but_not_with_one_down() {
		let runtime = tokio::runtime::Runtime::new().unwrap();
		let kubo = |url: &str| Kubo::new(url, Options::default()).unwrap();
		// Call it from within the runtime, as the node does.
		let start = |url: String| {
			let _inside = runtime.enter();
			at_start(&kubo(&url), runtime.handle())
		};
		let down = start(NOWHERE.into()).unwrap();
		assert!(matches!(down, Standing::Unknown(_)), "{down:?}");

		let serve = |router| {
			let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
			let listener = listener.unwrap();
			let url = format!("http://{}", listener.local_addr().unwrap());
			runtime.spawn(async move { axum::serve(listener, router).await });
			url
		};
		let stock = axum::Router::new()
			.route("/api/v0/config/show", axum::routing::post(|| async { "{}" }))
			.route("/api/v0/id", axum::routing::post(|| async { "{}" }));
		let error = start(serve(stock)).unwrap_err();
		assert!(matches!(error, Error::Open { .. }), "{error}");
		// Something else answers at the address.
		let error = start(serve(axum::Router::new())).unwrap_err();
		assert!(causes(&error).contains("404"), "{}", causes(&error));

		let folder = tempfile::tempdir().unwrap();
		let store = salus_ipfs::store::BlockStore::open(folder.path()).unwrap();
		let router = server::router(Arc::new(store), server::Options::default());
		let standing = start(serve(router)).unwrap();
		assert_eq!(standing, Standing::Closed(Vec::new()));
	}

	#[tokio::test]
	async fn a_refused_kubo_gets_nothing_from_node_or_worker() {
		let folder = tempfile::tempdir().unwrap();
		let ipfs = testing::ipfs(folder.path(), Default::default());
		let mut ipfs = Arc::into_inner(ipfs).unwrap();
		ipfs.blocks = Blocks::Kubo(Kubo::new(NOWHERE, Options::default()).unwrap());
		ipfs.standing = Mutex::new(Standing::Closed(Vec::new()));
		ipfs.publish_endpoints();
		assert_eq!(ipfs.notes.ipfs_endpoint(), ipfs.endpoints.ipfs);

		ipfs.judge(Err(open()));
		assert_eq!(ipfs.notes.ipfs_endpoint(), NOWHERE);
		let cid = Cid::of(Codec::Raw, b"ciphertext");
		let put = ipfs.put(cid, b"ciphertext".to_vec()).await;
		assert!(matches!(put, Err(BlockError::NotInspected)), "{put:?}");
		let pin = ipfs.pin(cid).await;
		assert!(matches!(pin, Err(BlockError::NotInspected)), "{pin:?}");

		ipfs.judge(Ok(Vec::new()));
		assert_eq!(ipfs.notes.ipfs_endpoint(), ipfs.endpoints.ipfs);
	}
}
