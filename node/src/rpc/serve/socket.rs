//! Socket that ends when its client does nothing.

use std::{
	io::{Error, ErrorKind, IoSlice},
	pin::Pin,
	sync::Arc,
	task::{ready, Context, Poll},
	time::{Duration, Instant},
};

use futures::Future;
use tokio::{
	io::{AsyncRead, AsyncWrite, ReadBuf},
	time::Sleep,
};

use super::{connections::Connection, limits::Cause};

/// Interval between checks of a connection without a deadline.
const CHECK: Duration = Duration::from_secs(10);

/// Socket of a connection. It counts what arrives, and fails if nothing does in time, or if the
/// client takes none of the bytes that wait for it.
pub struct Socket<S> {
	inner: S,
	connection: Arc<Connection>,
	reading: Pin<Box<Sleep>>,
	writing: Pin<Box<Sleep>>,
}

impl<S> Socket<S> {
	/// Wraps a socket.
	pub fn new(inner: S, connection: Arc<Connection>) -> Self {
		let sleep = || Box::pin(tokio::time::sleep(CHECK));
		Self { inner, connection, reading: sleep(), writing: sleep() }
	}

	fn close<T>(&self, cause: Cause) -> Poll<std::io::Result<T>> {
		self.connection.close(cause);
		Poll::Ready(Err(Error::new(ErrorKind::TimedOut, cause.label())))
	}

	fn wait_for_bytes(&mut self, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
		loop {
			let now = Instant::now();
			let until = match self.connection.deadline() {
				Some((deadline, cause)) if deadline <= now => return self.close(cause),
				Some((deadline, _)) => deadline.min(now + CHECK),
				None => now + CHECK,
			};
			self.reading.as_mut().reset(until.into());
			ready!(self.reading.as_mut().poll(cx));
		}
	}

	/// Returns the outcome of a write, and ends the connection if the client reads nothing for too
	/// long.
	fn written(
		&mut self,
		outcome: Poll<std::io::Result<usize>>,
		cx: &mut Context<'_>,
	) -> Poll<std::io::Result<usize>> {
		if outcome.is_ready() {
			self.connection.takes(true);
			return outcome;
		}
		let Some(deadline) = self.connection.takes(false) else {
			return Poll::Pending;
		};
		self.writing.as_mut().reset(deadline.into());
		ready!(self.writing.as_mut().poll(cx));
		self.close(Cause::Stalled)
	}
}

impl<S: AsyncRead + Unpin> AsyncRead for Socket<S> {
	fn poll_read(
		self: Pin<&mut Self>,
		cx: &mut Context<'_>,
		buffer: &mut ReadBuf<'_>,
	) -> Poll<std::io::Result<()>> {
		let this = self.get_mut();
		let before = buffer.filled().len();
		match Pin::new(&mut this.inner).poll_read(cx, buffer) {
			Poll::Ready(outcome) => {
				if buffer.filled().len() > before {
					this.connection.received();
				}
				Poll::Ready(outcome)
			}
			Poll::Pending => this.wait_for_bytes(cx),
		}
	}
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Socket<S> {
	fn poll_write(
		self: Pin<&mut Self>,
		cx: &mut Context<'_>,
		buffer: &[u8],
	) -> Poll<std::io::Result<usize>> {
		let this = self.get_mut();
		let outcome = Pin::new(&mut this.inner).poll_write(cx, buffer);
		this.written(outcome, cx)
	}

	fn poll_write_vectored(
		self: Pin<&mut Self>,
		cx: &mut Context<'_>,
		buffers: &[IoSlice<'_>],
	) -> Poll<std::io::Result<usize>> {
		let this = self.get_mut();
		let outcome = Pin::new(&mut this.inner).poll_write_vectored(cx, buffers);
		this.written(outcome, cx)
	}

	fn is_write_vectored(&self) -> bool {
		self.inner.is_write_vectored()
	}

	fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
		Pin::new(&mut self.get_mut().inner).poll_flush(cx)
	}

	fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
		Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
	}
}
