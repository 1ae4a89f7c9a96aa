//! Whether the Kubo behind this node is closed to the public ([`salus_ipfs::inspect`]), at the start and from then on.
//!
//! A node does not start with a Kubo that is open. One that is only down, or out of order, does not keep it from starting;
//! but before it was asked it gets no block. So it is when a Kubo goes away, for nobody knows which one comes back, and
//! when one turns out to be open later: what is staged waits, as it does while Kubo is down, and the log says why. What
//! only reads, or removes, goes on.
//!
//! The off-chain worker pushes by itself, to where the node's note says. While Kubo is not to be used, the note names
//! [`NOWHERE`].

use std::{sync::Arc, time::Duration};

use salus_ipfs::{
	inspect::{inspect, Error, Exposure},
	kubo::Kubo,
};

use super::{causes, Blocks, Ipfs, LOG_TARGET};

/// An address at which nobody can listen.
const NOWHERE: &str = "http://127.0.0.1:0";

/// How long Kubo may take over one question.
const DEADLINE: Duration = Duration::from_secs(5);

/// How often a Kubo in use is asked.
const WATCH: Duration = Duration::from_secs(15);

/// How often a Kubo is asked that is not in use.
const WAIT: Duration = Duration::from_secs(3);

/// What is known of Kubo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
	/// Nobody asks: there is none, or the operator accepts it as it is.
	Unwatched,
	/// It is closed, and these ports of it may be reached.
	Closed(Vec<Exposure>),
	/// It did not say yet, or is down.
	Unknown(String),
	/// It is open, or something else answers there.
	Refused(String),
}

impl Standing {
	/// Whether Kubo gets blocks.
	fn is_usable(&self) -> bool {
		matches!(self, Self::Unwatched | Self::Closed(_))
	}

	/// What is known after an answer.
	fn after(&self, answer: Result<Vec<Exposure>, Error>) -> Self {
		match answer {
			Ok(exposures) => Self::Closed(exposures),
			Err(error) if error.is_unreachable() => Self::Unknown(causes(&error)),
			Err(error) if error.is_transient() => match self {
				// A Kubo that is out of order is the same one as before.
				Self::Unknown(_) => Self::Unknown(causes(&error)),
				known => known.clone(),
			},
			Err(error) => Self::Refused(causes(&error)),
		}
	}

	/// Tells the operator what is new.
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
				"{reason}; it gets no blocks until it answers, and what is staged waits"
			),
			Self::Refused(reason) => log::error!(
				target: LOG_TARGET,
				"{reason}. It gets no blocks until then, and what is staged waits"
			),
		}
	}
}

impl Ipfs {
	/// Whether blocks may be given to Kubo, if it keeps them.
	pub(super) fn is_usable(&self) -> bool {
		self.standing.lock().is_usable()
	}

	/// Tells the off-chain worker where to read and where to push.
	pub(super) fn publish_endpoints(&self) {
		let ipfs = if self.is_usable() { &self.endpoints.ipfs } else { NOWHERE };
		self.notes.endpoints(&self.endpoints.staging, ipfs);
	}

	/// Takes what Kubo answered.
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

/// Asks Kubo before it is used. An error if it is open, or not to be asked.
pub(super) fn at_start(kubo: &Kubo, runtime: &tokio::runtime::Handle) -> Result<Standing, Error> {
	let kubo = kubo.with_deadline(DEADLINE);
	// On a thread of its own: this one may belong to the runtime, which may not wait for itself.
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

/// Runs until the node stops.
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

	/// The error that a call to this address gives.
	async fn asked(url: &str) -> Error {
		let kubo = Kubo::new(url, Options::default()).unwrap();
		inspect(&kubo).await.unwrap_err()
	}

	fn out_of_order() -> Error {
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
	async fn only_a_kubo_that_said_that_it_is_closed_is_used() {
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
		// Out of order it is what it was.
		assert_eq!(closed.after(Err(out_of_order())), closed);
		assert_eq!(refused.after(Err(out_of_order())), refused);
		let still = unknown.after(Err(out_of_order()));
		assert!(matches!(still, Standing::Unknown(ref reason) if reason.contains("disk failure")));
		for standing in [unknown, refused] {
			assert!(!standing.is_usable());
		}
		assert!(closed.is_usable() && Standing::Unwatched.is_usable());
	}

	#[test]
	fn a_start_ends_with_an_open_kubo_and_waits_for_one_that_is_down() {
		let runtime = tokio::runtime::Runtime::new().unwrap();
		let kubo = |url: &str| Kubo::new(url, Options::default()).unwrap();
		// From inside of the runtime, as the node does it.
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
		// Something else answers there.
		let error = start(serve(axum::Router::new())).unwrap_err();
		assert!(causes(&error).contains("404"), "{}", causes(&error));

		let folder = tempfile::tempdir().unwrap();
		let store = salus_ipfs::store::BlockStore::open(folder.path()).unwrap();
		let router = server::router(Arc::new(store), server::Options::default());
		let standing = start(serve(router)).unwrap();
		assert_eq!(standing, Standing::Closed(Vec::new()));
	}

	#[tokio::test]
	async fn while_kubo_is_refused_it_gets_nothing_and_the_worker_finds_nobody() {
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
