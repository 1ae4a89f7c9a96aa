//! A TCP relay that delivers bytes late, as between hospitals that are far apart.

use std::{net::SocketAddr, time::Duration};
use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::{
		tcp::{OwnedReadHalf, OwnedWriteHalf},
		TcpListener, TcpStream,
	},
	sync::mpsc,
	task::JoinHandle,
	time::{sleep_until, Instant},
};

/// Number of pieces that may be on their way in one direction. Beyond it, the sender waits.
const ON_THE_WAY: usize = 4096;

/// A running relay. It ends when this is dropped.
pub(crate) struct Slow {
	address: SocketAddr,
	running: JoinHandle<()>,
}

impl Slow {
	/// Starts a relay to a port on loopback. Each byte arrives `delay` later, in both directions.
	pub(crate) async fn start(port: u16, delay: Duration) -> Self {
		let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
		let address = listener.local_addr().expect("a bound listener has an address");
		let running = tokio::spawn(async move {
			while let Ok((here, _)) = listener.accept().await {
				let Ok(there) = TcpStream::connect(("127.0.0.1", port)).await else { continue };
				let _ = (here.set_nodelay(true), there.set_nodelay(true));
				let ((from_here, to_here), (from_there, to_there)) =
					(here.into_split(), there.into_split());
				pass(from_here, to_there, delay);
				pass(from_there, to_here, delay);
			}
		});
		Self { address, running }
	}

	/// Returns the port at which it listens.
	pub(crate) fn port(&self) -> u16 {
		self.address.port()
	}
}

impl Drop for Slow {
	fn drop(&mut self) {
		self.running.abort();
	}
}

/// Passes bytes on in one direction, each `delay` later, until either side ends.
fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, delay: Duration) {
	let (sender, mut receiver) = mpsc::channel::<(Instant, Vec<u8>)>(ON_THE_WAY);
	tokio::spawn(async move {
		let mut piece = vec![0; 64 << 10];
		while let Ok(length @ 1..) = from.read(&mut piece).await {
			let arrival = Instant::now() + delay;
			if sender.send((arrival, piece[..length].to_vec())).await.is_err() {
				return;
			}
		}
	});
	tokio::spawn(async move {
		while let Some((arrival, piece)) = receiver.recv().await {
			sleep_until(arrival).await;
			if to.write_all(&piece).await.is_err() {
				return;
			}
		}
	});
}
