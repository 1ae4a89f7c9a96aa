//! A connection whose peer must read: a write that makes no progress fails.
//!
//! Otherwise, a client that asks and does not read the answers would keep its connection until the
//! connection's turn ends.

use std::{
	future::Future,
	io::{self, IoSlice},
	net::SocketAddr,
	pin::Pin,
	sync::Once,
	task::{Context, Poll},
	time::Duration,
};

use socket2::SockRef;
use tokio::{
	io::{AsyncRead, AsyncWrite, ReadBuf},
	net::{TcpListener, TcpStream},
	time::{sleep, Sleep},
};

/// Time after which a write fails if the peer's system takes nothing of it.
///
/// A system whose buffer was full takes nothing until a large part of it is free again. Linux lets
/// the buffer grow to a few megabytes, even if the peer reads slowly, so these steps have up to
/// about 2 MB: a peer that reads 32 KiB in a second takes one in 64 s.
pub(crate) const STALLED: Duration = Duration::from_secs(90);

/// Maximum of what the system keeps of a connection and has not sent, in bytes; it goes beyond by
/// one packet. It takes more once half of this is sent. Without it, that is once a third of its
/// buffer of megabytes is free, so a peer that reads slowly would seem to read nothing.
const UNSENT: u32 = 16 * 1024;

/// Accepts a connection that sends at once what is written. Otherwise, the last part of an answer
/// could wait up to 40 ms for the client to acknowledge the part before it.
pub(crate) async fn accept(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
	let accepted = listener.accept().await?;
	// Without it, answers are only slower.
	let _ = accepted.0.set_nodelay(true);
	Ok(accepted)
}

/// Makes the progress of a slow peer visible.
pub(crate) fn show_progress(stream: &TcpStream) {
	static WARNED: Once = Once::new();
	warn_once(&WARNED, SockRef::from(stream).set_tcp_notsent_lowat(UNSENT));
}

/// Warns, once, of a system that does not show the progress of a slow peer. Only a peer that reads
/// slowly is given up too early then.
fn warn_once(warned: &Once, outcome: io::Result<()>) {
	let Err(error) = outcome else { return };
	warned.call_once(|| {
		tracing::warn!(
			%error,
			"cannot set TCP_NOTSENT_LOWAT, so answers to clients that read slowly may break off; \
			 let the server set options of its sockets"
		);
	});
}

/// A stream whose writes fail once they have made no progress for a time. It is below TLS, so that
/// it covers the handshake and what TLS itself writes.
pub(crate) struct Timely<S> {
	stream: S,
	limit: Duration,
	/// A write that makes no progress.
	write: Stall,
	/// A flush or an end that makes none. One that succeeds says nothing of a write that waits.
	end: Stall,
}

impl<S> Timely<S> {
	pub(crate) fn new(stream: S, limit: Duration) -> Self {
		Self { stream, limit, write: Stall::default(), end: Stall::default() }
	}
}

/// The end of the time for something that makes no progress; `None` while it makes some.
#[derive(Default)]
struct Stall(Option<Pin<Box<Sleep>>>);

impl Stall {
	/// Returns the outcome of an attempt. Fails if there is none, and was none for a time.
	fn of<T>(
		&mut self,
		limit: Duration,
		attempt: Poll<io::Result<T>>,
		context: &mut Context<'_>,
	) -> Poll<io::Result<T>> {
		if attempt.is_ready() {
			self.0 = None;
			return attempt;
		}
		let end = self.0.get_or_insert_with(|| Box::pin(sleep(limit)));
		let fails = |()| Err(io::Error::new(io::ErrorKind::TimedOut, "the peer reads nothing"));
		end.as_mut().poll(context).map(fails)
	}
}

impl<S: AsyncRead + Unpin> AsyncRead for Timely<S> {
	fn poll_read(
		mut self: Pin<&mut Self>,
		context: &mut Context<'_>,
		buffer: &mut ReadBuf<'_>,
	) -> Poll<io::Result<()>> {
		Pin::new(&mut self.stream).poll_read(context, buffer)
	}
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Timely<S> {
	fn poll_write(
		mut self: Pin<&mut Self>,
		context: &mut Context<'_>,
		bytes: &[u8],
	) -> Poll<io::Result<usize>> {
		let attempt = Pin::new(&mut self.stream).poll_write(context, bytes);
		let limit = self.limit;
		self.write.of(limit, attempt, context)
	}

	fn poll_write_vectored(
		mut self: Pin<&mut Self>,
		context: &mut Context<'_>,
		parts: &[IoSlice<'_>],
	) -> Poll<io::Result<usize>> {
		let attempt = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
		let limit = self.limit;
		self.write.of(limit, attempt, context)
	}

	fn is_write_vectored(&self) -> bool {
		self.stream.is_write_vectored()
	}

	fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
		let attempt = Pin::new(&mut self.stream).poll_flush(context);
		let limit = self.limit;
		self.end.of(limit, attempt, context)
	}

	fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
		let attempt = Pin::new(&mut self.stream).poll_shutdown(context);
		let limit = self.limit;
		self.end.of(limit, attempt, context)
	}
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use std::{future::poll_fn, sync::Arc};
	use tokio::{
		io::{duplex, AsyncReadExt, AsyncWriteExt},
		time::timeout,
	};

	/// Longest time for anything that must happen, on a busy machine.
	const SOON: Duration = Duration::from_secs(60);

	const SHORT: Duration = Duration::from_millis(50);

	/// A connection to a peer that neither reads nor writes, as TLS sees it. Holds a clone of a
	/// count, by which a test learns that the connection is gone.
	#[derive(Default)]
	pub(crate) struct Deaf {
		pub(crate) _held: Arc<()>,
	}

	impl AsyncRead for Deaf {
		fn poll_read(
			self: Pin<&mut Self>,
			_: &mut Context<'_>,
			_: &mut ReadBuf<'_>,
		) -> Poll<io::Result<()>> {
			Poll::Pending
		}
	}

	impl AsyncWrite for Deaf {
		fn poll_write(
			self: Pin<&mut Self>,
			_: &mut Context<'_>,
			_: &[u8],
		) -> Poll<io::Result<usize>> {
			Poll::Pending
		}

		fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
			Poll::Pending
		}

		fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
			Poll::Pending
		}
	}

	/// Returns the kind of an error that must come.
	async fn kind<T>(attempt: impl Future<Output = io::Result<T>>) -> Option<io::ErrorKind> {
		timeout(SOON, attempt).await.unwrap().err().map(|error| error.kind())
	}

	#[tokio::test]
	async fn an_answer_that_nobody_reads_is_given_up() {
		let (stream, mut peer) = duplex(8);
		let mut stream = Timely::new(stream, SHORT);
		stream.write_all(b"read").await.unwrap();
		assert_eq!(kind(stream.write_all(&[0; 64])).await, Some(io::ErrorKind::TimedOut));
		// The peer can still say something.
		peer.write_all(b"asked").await.unwrap();
		let mut asked = [0; 5];
		stream.read_exact(&mut asked).await.unwrap();
		assert_eq!(&asked, b"asked");
	}

	#[tokio::test]
	async fn each_attempt_that_waits_is_given_up() {
		let stream = || Timely::new(Deaf::default(), SHORT);
		let late = Some(io::ErrorKind::TimedOut);
		assert_eq!(kind(stream().write(b"x")).await, late);
		assert_eq!(kind(stream().write_vectored(&[IoSlice::new(b"x")])).await, late);
		assert_eq!(kind(stream().flush()).await, late);
		assert_eq!(kind(stream().shutdown()).await, late);
	}

	#[test]
	fn a_system_that_hides_progress_is_reported_once() {
		let log = tempfile::NamedTempFile::new().unwrap();
		let writer = std::sync::Arc::new(log.reopen().unwrap());
		let subscriber = tracing_subscriber::fmt().with_writer(writer).finish();
		let _guard = tracing::subscriber::set_default(subscriber);
		let lines = || std::fs::read_to_string(log.path()).unwrap().lines().count();
		let warned = Once::new();
		warn_once(&warned, Ok(()));
		assert_eq!(lines(), 0);
		for _ in 0..2 {
			warn_once(&warned, Err(io::ErrorKind::Unsupported.into()));
			assert_eq!(lines(), 1);
		}
	}

	/// Writes until the peer must read.
	async fn fill(stream: &mut Timely<TcpStream>) {
		let part = vec![0; 256 * 1024];
		while let Ok(written) = timeout(10 * SHORT, stream.write(&part)).await {
			written.unwrap();
		}
	}

	#[tokio::test]
	async fn no_part_of_an_answer_waits_for_the_client() {
		let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
		let address = listener.local_addr().unwrap();
		let (client, accepted) = tokio::join!(TcpStream::connect(address), accept(&listener));
		client.unwrap();
		assert!(accepted.unwrap().0.nodelay().unwrap());
	}

	#[tokio::test]
	async fn the_progress_of_a_slow_peer_is_seen() {
		/// Number of bytes that a peer reads at a time.
		const PIECE: usize = 4 * 1024;
		/// Maximum number of bytes that it reads before its progress is seen.
		const STEP: usize = 640 * 1024;
		let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
		let address = listener.local_addr().unwrap();
		let (peer, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
		let (mut peer, (stream, _)) = (peer.unwrap(), accepted.unwrap());
		show_progress(&stream);
		let mut stream = Timely::new(stream, SOON);
		for _ in 0..3 {
			fill(&mut stream).await;
			let reads = async {
				for _ in 0..STEP / PIECE {
					peer.read_exact(&mut [0; PIECE]).await.unwrap();
					sleep(Duration::from_millis(2)).await;
				}
			};
			tokio::select! {
				written = stream.write(b"more") => assert!(written.is_ok()),
				() = reads => panic!("its progress is not seen"),
			}
		}
	}

	#[tokio::test]
	async fn a_flush_does_not_count_as_progress_of_a_write() {
		let (stream, _peer) = duplex(1);
		let mut stream = Timely::new(stream, SHORT);
		stream.write_all(b"x").await.unwrap();
		let attempt = poll_fn(|context| {
			let written = Pin::new(&mut stream).poll_write(context, b"x");
			assert!(Pin::new(&mut stream).poll_flush(context).is_ready());
			written
		});
		assert_eq!(kind(attempt).await, Some(io::ErrorKind::TimedOut));
	}

	#[tokio::test]
	async fn a_peer_that_reads_slowly_gets_all() {
		let limit = Duration::from_millis(500);
		let (stream, mut peer) = duplex(1);
		let mut stream = Timely::new(stream, limit);
		let reading = async {
			for _ in 0..20 {
				sleep(limit / 10).await;
				peer.read_u8().await.unwrap();
			}
		};
		let (written, ()) = tokio::join!(stream.write_all(&[0; 20]), reading);
		written.unwrap();
	}
}
