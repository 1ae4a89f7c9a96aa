//! Frames of a WebSocket (RFC 6455).
//!
//! A message takes memory as it arrives, not as its frames announce it, so that a few bytes cannot
//! make the node reserve the size of the largest message.

use std::{io::ErrorKind, sync::Arc};

use soketto::base::{Codec, Header, OpCode};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

use super::connections::{Connection, HeldBytes};

/// Maximum number of bytes by which a message grows at a time.
const STEP: usize = 64 * 1024;

/// Maximum length of a frame's header, in bytes.
const HEADER: usize = 14;

/// Frame or message from a client.
pub enum Incoming {
	/// Message, with its memory.
	Message(Vec<u8>, HeldBytes),
	/// Message that is larger than the limit. Its bytes are gone.
	TooLarge,
	/// Question whether the server is there, with the bytes of the answer.
	Ping(Vec<u8>),
	/// Answer to a ping.
	Pong,
	/// End of the connection, with the bytes of the answer.
	Close(Vec<u8>),
}

/// Reader of messages.
pub struct Reader<R> {
	stream: BufReader<R>,
	connection: Arc<Connection>,
	/// Maximum size of a message, in bytes.
	max_bytes: usize,
	/// Frames of an unfinished message.
	partial: Option<(Vec<u8>, HeldBytes)>,
}

impl<R: AsyncRead + Unpin> Reader<R> {
	/// Creates a reader of messages of at most `max_bytes` bytes.
	pub fn new(stream: R, connection: Arc<Connection>, max_bytes: usize) -> Self {
		Self { stream: BufReader::new(stream), connection, max_bytes, partial: None }
	}

	/// Returns what comes next.
	pub async fn next(&mut self) -> std::io::Result<Incoming> {
		loop {
			let header = self.header().await?;
			let length = header.payload_len();
			match header.opcode() {
				OpCode::Close => return Ok(Incoming::Close(self.control(&header).await?)),
				OpCode::Ping => return Ok(Incoming::Ping(self.control(&header).await?)),
				OpCode::Pong => {
					self.discard(length).await?;
					return Ok(Incoming::Pong);
				}
				OpCode::Continue if self.partial.is_none() => return Err(invalid()),
				OpCode::Text | OpCode::Binary if self.partial.is_some() => return Err(invalid()),
				_ => {}
			}
			let (mut message, mut held) =
				self.partial.take().unwrap_or_else(|| (Vec::new(), self.connection.request(0)));
			if message.len().saturating_add(length) > self.max_bytes {
				self.discard(length).await?;
				return Ok(Incoming::TooLarge);
			}
			self.connection.receives(true);
			self.payload(&header, &mut message, &mut held).await?;
			if !header.is_fin() {
				self.partial = Some((message, held));
				continue;
			}
			self.connection.receives(false);
			return Ok(Incoming::Message(message, held));
		}
	}

	async fn header(&mut self) -> std::io::Result<Header> {
		let mut bytes = [0; HEADER];
		let mut length = 0;
		loop {
			let known = bytes.get(..length).unwrap_or_default();
			let missing = match Codec::new().decode_header(known).map_err(|_| invalid())? {
				soketto::Parsing::Done { value, .. } => return Ok(value),
				soketto::Parsing::NeedMore(missing) => missing,
			};
			let next = bytes.get_mut(length..length + missing).ok_or_else(invalid)?;
			self.stream.read_exact(next).await?;
			length += missing;
		}
	}

	/// Returns the payload of a control frame, which has at most 125 bytes.
	async fn control(&mut self, header: &Header) -> std::io::Result<Vec<u8>> {
		let mut payload = vec![0; header.payload_len()];
		self.stream.read_exact(&mut payload).await?;
		Codec::apply_mask(header, &mut payload);
		Ok(payload)
	}

	async fn payload(
		&mut self,
		header: &Header,
		message: &mut Vec<u8>,
		held: &mut HeldBytes,
	) -> std::io::Result<()> {
		let start = message.len();
		let end = start + header.payload_len();
		while message.len() < end {
			let step = (end - message.len()).min(STEP);
			held.grow(step);
			let before = message.len();
			message.resize(before + step, 0);
			self.stream.read_exact(&mut message[before..]).await?;
		}
		Codec::apply_mask(header, &mut message[start..]);
		Ok(())
	}

	async fn discard(&mut self, length: usize) -> std::io::Result<()> {
		let mut rest = (&mut self.stream).take(length as u64);
		let discarded = tokio::io::copy(&mut rest, &mut tokio::io::sink()).await?;
		if discarded < length as u64 {
			return Err(ErrorKind::UnexpectedEof.into());
		}
		Ok(())
	}
}

fn invalid() -> std::io::Error {
	ErrorKind::InvalidData.into()
}

/// Sends a frame that is a whole message or control message.
pub async fn send<W: AsyncWrite + Unpin>(
	stream: &mut W,
	kind: OpCode,
	payload: &[u8],
) -> std::io::Result<()> {
	let mut header = Header::new(kind);
	header.set_payload_len(payload.len());
	let header = Codec::new().encode_header(&header).to_vec();
	if payload.len() <= STEP {
		// One packet for a short answer.
		stream.write_all(&[&header, payload].concat()).await?;
	} else {
		stream.write_all(&header).await?;
		stream.write_all(payload).await?;
	}
	stream.flush().await
}
