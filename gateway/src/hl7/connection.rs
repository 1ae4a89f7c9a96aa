//! One connection of MLLP.
//!
//! A sender waits for the answer to a message before it sends the next one. So bytes that come
//! before the answer are the rest of the message: a text in it has the end of a frame. They are not
//! read as a message.

use std::{future::Future, pin::pin, time::Duration};

use salus_hl7::{Extent, Frame, Framer, Header};
use tokio::{
	io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
	sync::watch,
	time::{timeout, timeout_at, Instant},
};

use crate::body::{Room, MAX_BODY};

/// Size of the parts that are read, in bytes.
const PART: usize = 64 * 1024;

/// Limits of a connection.
#[derive(Clone, Copy)]
pub(super) struct Limits {
	/// Largest message, in bytes.
	pub(super) size: usize,
	/// Limit for a frame to arrive.
	pub(super) frame: Duration,
	/// Longest pause between two frames.
	pub(super) idle: Duration,
	/// Wait for more bytes after the end of a frame.
	pub(super) grace: Duration,
	/// Limit for an answer to be taken.
	pub(super) answer: Duration,
}

pub(super) const LIMITS: Limits = Limits {
	size: MAX_BODY,
	frame: Duration::from_secs(120),
	// Senders keep their connections, and open new ones if need be.
	idle: Duration::from_secs(15 * 60),
	// In a local network, TCP repeats a lost packet after some 200 ms.
	grace: Duration::from_millis(250),
	answer: Duration::from_secs(30),
};

/// End of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
	/// The sender closed it, or sent nothing between messages, or the server ends.
	Ordinarily,
	/// The sender closed it within a frame.
	BrokenOff,
	/// A frame took too long to arrive.
	TooSlow,
	/// The sender does not speak MLLP, sends VT or FS within a message, or does not wait for the
	/// answer.
	NotMllp,
	/// The sender does not read its answer.
	NotRead,
	/// The sender's TLS handshake failed.
	Handshake,
}

impl Ended {
	/// Returns the label of an end that is not ordinary.
	pub(super) fn reason(self) -> Option<&'static str> {
		match self {
			Self::Ordinarily => None,
			Self::BrokenOff => Some("broken-off"),
			Self::TooSlow => Some("too-slow"),
			Self::NotMllp => Some("not-mllp"),
			Self::NotRead => Some("not-read"),
			Self::Handshake => Some("handshake"),
		}
	}
}

/// A frame, with the room that it takes.
pub(super) struct Received {
	pub(super) frame: Frame,
	/// Whether there was room for the frame. If not, it is not whole.
	pub(super) has_room: bool,
	_room: Room,
}

/// A frame that arrives, with the room that it takes.
struct Arriving {
	room: Room,
	/// Whether its sender is admitted; `None` until its MSH has arrived.
	is_admitted: Option<bool>,
	has_room: bool,
}

impl Arriving {
	fn new(room: Room) -> Self {
		Self { room, is_admitted: None, has_room: true }
	}

	/// Returns whether the sender is admitted; `None` if its MSH has not arrived.
	fn admission(&mut self, held: &[u8], admits: impl Fn(&[u8]) -> bool) -> Option<bool> {
		if self.is_admitted.is_none() && Header::has_arrived(held) {
			self.is_admitted = Some(admits(held));
		}
		self.is_admitted
	}

	/// Returns whether more than the first bytes of the frame are kept. A frame takes room only
	/// after its sender is admitted, so that a stranger takes none from the senders.
	fn is_kept(&mut self, held: &[u8], admits: impl Fn(&[u8]) -> bool) -> bool {
		let is_admitted = self.admission(held, admits);
		if is_admitted == Some(true) && self.has_room && !self.room.grow(held.len()) {
			self.has_room = false;
			// The room is free for other frames.
			self.room = Room::of(Vec::new());
		}
		is_admitted != Some(false) && self.has_room
	}

	/// Returns the frame that has ended. One that is torn is answered only if its MSH is whole and
	/// its sender is admitted.
	fn received(mut self, frame: Frame, admits: impl Fn(&[u8]) -> bool) -> Result<Received, Ended> {
		let is_torn = frame.extent == Extent::Torn;
		if is_torn && self.admission(&frame.content, admits) != Some(true) {
			return Err(Ended::NotMllp);
		}
		let Self { room, has_room, .. } = self;
		Ok(Received { frame, has_room, _room: room })
	}
}

/// Reads frames, and sends the answers to each before it reads the next one. `admits` tells from
/// the beginning of a frame whether its sender may send. After a torn frame, or if anything comes
/// before the answer, nothing is read as a message, and the connection ends.
pub(super) async fn converse<S, F>(
	mut stream: S,
	limits: Limits,
	mut is_ending: watch::Receiver<bool>,
	room: impl Fn() -> Room,
	admits: impl Fn(&[u8]) -> bool,
	answer: impl Fn(Received) -> F,
) -> Ended
where
	S: AsyncRead + AsyncWrite + Unpin,
	F: Future<Output = Vec<Vec<u8>>>,
{
	let mut reader = Reader::new(limits);
	loop {
		let received = tokio::select! {
			received = reader.next(&mut stream, &room, &admits) => received,
			// A message that has not arrived is not acknowledged, so the sender has it.
			_ = is_ending.wait_for(|is_ending| *is_ending) => return Ended::Ordinarily,
		};
		let received = match received {
			Ok(received) => received,
			Err(ended) => return ended,
		};
		let is_torn = received.frame.extent == Extent::Torn;
		let (answers, is_followed) = answered(&mut reader, &mut stream, answer(received)).await;
		for one in answers {
			let framed = [b"\x0b", &*one, b"\x1c\r"].concat();
			let sending = async {
				stream.write_all(&framed).await?;
				stream.flush().await
			};
			if !matches!(timeout(limits.answer, sending).await, Ok(Ok(()))) {
				return Ended::NotRead;
			}
		}
		if is_torn || is_followed {
			tokio::select! {
				() = leave(&mut stream, limits.answer) => {}
				_ = is_ending.wait_for(|is_ending| *is_ending) => {}
			}
			return Ended::NotMllp;
		}
	}
}

/// Waits for answers. Returns them, and whether the sender sends something before it has them.
async fn answered<T>(
	reader: &mut Reader,
	stream: &mut (impl AsyncRead + Unpin),
	answers: impl Future<Output = T>,
) -> (T, bool) {
	let mut answers = pin!(answers);
	tokio::select! {
		// The stream is looked at before the answers are taken, even if they are there at once.
		biased;
		is_followed = reader.is_followed(stream) => (answers.await, is_followed),
		ready = &mut answers => (ready, false),
	}
}

/// Ends a connection, and drops what the sender still sends until it has read the end. If bytes
/// were left unread, TCP would reset the connection, and the answer could be lost.
async fn leave(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), limit: Duration) {
	let mut part = vec![0; PART];
	let leaving = async {
		stream.shutdown().await?;
		while stream.read(&mut part).await? > 0 {}
		Ok::<_, std::io::Error>(())
	};
	let _ = timeout(limit, leaving).await;
}

/// Reads frames.
struct Reader {
	limits: Limits,
	framer: Framer,
	part: Vec<u8>,
	/// Bytes of the part that are still to be taken.
	rest: std::ops::Range<usize>,
}

impl Reader {
	fn new(limits: Limits) -> Self {
		let framer = Framer::new(limits.size);
		Self { limits, framer, part: vec![0; PART], rest: 0..0 }
	}

	async fn next(
		&mut self,
		stream: &mut (impl AsyncRead + Unpin),
		room: impl Fn() -> Room,
		admits: impl Fn(&[u8]) -> bool,
	) -> Result<Received, Ended> {
		let mut arriving = Arriving::new(room());
		let mut limit = Instant::now() + self.limits.idle;
		let mut is_open = false;
		loop {
			while !self.rest.is_empty() {
				if let Some(frame) = self.take() {
					let frame = self.settled(stream, frame).await;
					return arriving.received(frame, &admits);
				}
				if self.framer.is_lost() {
					return Err(Ended::NotMllp);
				}
				if self.framer.is_open() {
					self.keep(&mut arriving, &admits);
				}
			}
			if self.framer.is_open() && !is_open {
				(is_open, limit) = (true, Instant::now() + self.limits.frame);
			}
			let read = match timeout_at(limit, stream.read(&mut self.part)).await {
				Ok(read) => read.unwrap_or(0),
				Err(_) if is_open => return Err(Ended::TooSlow),
				Err(_) => return Err(Ended::Ordinarily),
			};
			match read {
				0 if is_open => return Err(Ended::BrokenOff),
				0 => return Err(Ended::Ordinarily),
				read => self.rest = 0..read,
			}
		}
	}

	/// Takes bytes of the part. Returns a frame that ends with them.
	fn take(&mut self) -> Option<Frame> {
		let bytes = self.part.get(self.rest.clone()).unwrap_or_default();
		let (taken, frame) = self.framer.take(bytes);
		self.rest.start = self.rest.start.saturating_add(taken);
		frame
	}

	/// Waits a moment after the end of a frame. Returns the frame, torn if the rest of its message
	/// comes.
	async fn settled(&mut self, stream: &mut (impl AsyncRead + Unpin), frame: Frame) -> Frame {
		if frame.extent == Extent::Torn {
			return frame;
		}
		match timeout(self.limits.grace, self.is_followed(stream)).await {
			Ok(true) => frame.torn(),
			_ => frame,
		}
	}

	/// Waits, between two frames, until something other than white space comes or the sender closes
	/// the connection. Returns whether something came.
	async fn is_followed(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> bool {
		loop {
			if self.framer.is_open() || self.framer.is_lost() {
				return true;
			}
			if self.rest.is_empty() {
				match stream.read(&mut self.part).await {
					Ok(read) if read > 0 => self.rest = 0..read,
					_ => return false,
				}
			}
			self.take();
		}
	}

	/// Keeps what has arrived of the open frame, or only its first bytes.
	fn keep(&mut self, arriving: &mut Arriving, admits: impl Fn(&[u8]) -> bool) {
		if !arriving.is_kept(self.framer.held(), admits) {
			self.framer.discard();
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::sync::Arc;
	use tokio::{
		io::{duplex, DuplexStream},
		sync::Semaphore,
		task::JoinHandle,
	};

	const SHORT: Duration = Duration::from_millis(200);

	/// Limits with which no test waits long for an answer.
	const QUICK: Limits = Limits { grace: Duration::from_millis(10), ..LIMITS };

	/// Limits with which all that a test sends comes in time.
	const PATIENT: Limits = Limits { grace: Duration::from_secs(30), ..LIMITS };

	type Served = (DuplexStream, JoinHandle<Ended>, watch::Sender<bool>);

	/// Returns an answer that repeats the frame's first bytes, and says whether it is whole.
	fn repeated(received: Received) -> Vec<Vec<u8>> {
		let Frame { content, extent } = received.frame;
		let name = content.split(|byte| *byte == b'\r').next().unwrap_or_default();
		let name = String::from_utf8_lossy(&name[..name.len().min(4)]);
		let is_whole = extent == Extent::Whole;
		vec![format!("{name} {is_whole} {}", received.has_room).into_bytes()]
	}

	/// Serves one connection whose answers repeat the frames, and say whether these are whole.
	fn serve(limits: Limits, kib: usize) -> Served {
		serve_with(limits, kib, |received| async { repeated(received) })
	}

	/// Serves one connection.
	fn serve_with<F>(
		limits: Limits,
		kib: usize,
		answer: impl Fn(Received) -> F + Send + Sync + 'static,
	) -> Served
	where
		F: Future<Output = Vec<Vec<u8>>> + Send + 'static,
	{
		let (ours, theirs) = duplex(1024);
		let (sender, is_ending) = watch::channel(false);
		let all = Arc::new(Semaphore::new(kib));
		let room = move || Room::of(vec![all.clone()]);
		let admits = |head: &[u8]| !head.starts_with(b"EVIL");
		let task = tokio::spawn(converse(theirs, limits, is_ending, room, admits, answer));
		(ours, task, sender)
	}

	/// Reads answers until there are this many.
	async fn answers(stream: &mut DuplexStream, count: usize) -> Vec<String> {
		let mut bytes = Vec::new();
		while bytes.iter().filter(|byte| **byte == 0x1c).count() < count {
			bytes.push(stream.read_u8().await.unwrap());
		}
		let text = String::from_utf8(bytes).unwrap();
		text.split('\x1c')
			.map(|one| one.trim_matches(['\x0b', '\r']).to_owned())
			.take(count)
			.collect()
	}

	#[tokio::test]
	async fn messages_are_answered_in_order() {
		let (mut stream, task, _ending) = serve(QUICK, 100);
		for (parts, expected) in [
			(&["\x0bone\r\x1c\r"][..], "one true true"),
			(&["\r\n \x0btw", "o\r", "\x1c", "\r", "\r\n\t "], "two true true"),
			(&["\x0bnext\r\x1c\r"], "next true true"),
		] {
			for part in parts {
				stream.write_all(part.as_bytes()).await.unwrap();
			}
			assert_eq!(answers(&mut stream, 1).await, [expected]);
		}
		drop(stream);
		assert_eq!(task.await.unwrap(), Ended::Ordinarily);
	}

	#[tokio::test]
	async fn half_a_frame_and_silence_ends_the_connection() {
		let limits = Limits { frame: SHORT, ..LIMITS };
		let (mut stream, task, _ending) = serve(limits, 100);
		stream.write_all(b"\x0bhalf").await.unwrap();
		assert_eq!(task.await.unwrap(), Ended::TooSlow);
		let limits = Limits { idle: SHORT, ..LIMITS };
		assert_eq!(serve(limits, 100).1.await.unwrap(), Ended::Ordinarily);
		let (mut stream, task, _ending) = serve(LIMITS, 100);
		stream.write_all(b"\x0bhalf").await.unwrap();
		drop(stream);
		assert_eq!(task.await.unwrap(), Ended::BrokenOff);
		let (mut stream, task, _ending) = serve(LIMITS, 100);
		stream.write_all(b"GET /").await.unwrap();
		assert_eq!(task.await.unwrap(), Ended::NotMllp);
	}

	#[tokio::test]
	async fn a_message_that_is_too_large_is_not_kept() {
		let large = [b"\x0b", &*vec![b'x'; 20_000], b"\r\x1c\r"].concat();
		let limits = Limits { size: 10_000, ..QUICK };
		for (limits, kib, expected) in
			[(limits, 100, "xxxx false true"), (QUICK, 4, "xxxx false false")]
		{
			let (mut stream, _task, _ending) = serve(limits, kib);
			stream.write_all(&large).await.unwrap();
			assert_eq!(answers(&mut stream, 1).await, [expected]);
			stream.write_all(b"\x0bnext\r\x1c\r").await.unwrap();
			assert_eq!(answers(&mut stream, 1).await, ["next true true"]);
		}
	}

	#[tokio::test]
	async fn a_sender_that_is_not_admitted_takes_no_room() {
		let frame = |head: &str| [b"\x0b", head.as_bytes(), &*vec![b'x'; 20_000]].concat();
		for (head, expected) in [("EVIL\r", "EVIL false true"), ("GOOD\r", "GOOD false false")] {
			let (mut stream, _task, _ending) = serve(QUICK, 4);
			stream.write_all(&frame(head)).await.unwrap();
			stream.write_all(b"\r\x1c\r").await.unwrap();
			assert_eq!(answers(&mut stream, 1).await, [expected]);
		}
		// Each frame is checked.
		for (first, second, expected) in [
			("GOOD\r", "EVIL\r", ["GOOD false false", "EVIL false true"]),
			("EVIL\r", "GOOD\r", ["EVIL false true", "GOOD false false"]),
		] {
			let (mut stream, _task, _ending) = serve(QUICK, 4);
			for (head, expected) in [first, second].into_iter().zip(expected) {
				stream.write_all(&frame(head)).await.unwrap();
				stream.write_all(b"\r\x1c\r").await.unwrap();
				assert_eq!(answers(&mut stream, 1).await, [expected]);
			}
		}
	}

	#[tokio::test]
	async fn a_torn_frame_ends_the_connection() {
		const ANSWER: &str = "\x0bGOOD false true\x1c\r";
		for (bytes, expected) in [
			(&b"\x0bGOOD\rone\x0bGOOD\rforged\r\x1c\r"[..], ANSWER),
			(b"\x0bGOOD\rone\x1c two\r\x1c\r\x0bGOOD\rnext\r\x1c\r", ANSWER),
			(b"\x0bGOOD\rone\x1c\x0bGOOD\rforged\r\x1c\r", ANSWER),
			// FS is the last character of a segment, or a value has FS and CR.
			(b"\x0bGOOD\rNTE|1||seen\x1c\rOBX|2||K||7.9\r\x1c\r", ANSWER),
			(b"\x0bGOOD\rPID|1||2\rMRG|1||N\x1c\rPID|1||4\rMRG|3\r\x1c\r", ANSWER),
			(b"\x0bGOOD\rnot \x1c\rdetected\r\x1c\r", ANSWER),
			// The last segment has no CR.
			(b"\x0bGOOD\rone\x1c\r", ANSWER),
			(b"\x0bGOOD\rone\n\x1c\r", ANSWER),
			// A value has all that ends a frame, and more follows.
			(b"\x0bGOOD\rsee \r\x1c\r\x0bGOOD\rforged\r\x1c\r thanks\r\x1c\r", ANSWER),
			(b"\x0bGOOD\rsee \r\x1c\r\r\n\x0bGOOD\rforged\r\x1c\r", ANSWER),
			(b"\x0bGOOD\rsee \r\x1c\r thanks\r\x1c\r", ANSWER),
			(b"\x0bGOOD\rsee \r\x1c\r\x1c\r", ANSWER),
			// The sender does not wait for the answer.
			(b"\x0bGOOD\rone\r\x1c\r\x0bGOOD\rtwo\r\x1c\r", ANSWER),
			// The frame's sender is not admitted, or not known.
			(b"\x0bEVIL\rone\x0bGOOD\rforged\r\x1c\r", ""),
			(b"\x0bEVIL\rone\r\x1c\r\x0bGOOD\rforged\r\x1c\r", ""),
			(b"\x0bGO\x0bGOOD\rforged\r\x1c\r", ""),
			(b"\x0b\x0bGOOD\rforged\r\x1c\r", ""),
			// Bytes between two frames can be the rest of a message.
			(b"forged\x0bGOOD\rnext\r\x1c\r", ""),
			(b"\x1c\r\x0bGOOD\rnext\r\x1c\r", ""),
		] {
			let (mut stream, task, _ending) = serve(PATIENT, 100);
			stream.write_all(bytes).await.unwrap();
			let mut text = String::new();
			stream.read_to_string(&mut text).await.unwrap();
			assert_eq!(text, expected, "{bytes:?}");
			if !expected.is_empty() {
				// The server reads and drops this, so that the answer is not lost.
				stream.write_all(&[b'x'; 5000]).await.unwrap();
			}
			drop(stream);
			assert_eq!(task.await.unwrap(), Ended::NotMllp);
		}
	}

	#[tokio::test]
	async fn the_rest_of_a_message_may_come_in_pieces() {
		let (mut stream, task, _ending) = serve(PATIENT, 100);
		for part in ["\x0bGOOD\rsee \r\x1c\r", "\n", " ", "\x0bGOOD\rforged\r\x1c\r"] {
			stream.write_all(part.as_bytes()).await.unwrap();
			tokio::task::yield_now().await;
		}
		let mut text = String::new();
		stream.read_to_string(&mut text).await.unwrap();
		assert_eq!(text, "\x0bGOOD false true\x1c\r");
		drop(stream);
		assert_eq!(task.await.unwrap(), Ended::NotMllp);
	}

	#[tokio::test]
	async fn nothing_is_a_message_before_the_answer() {
		for rest in ["\x0bGOOD\rforged\r\x1c\r", "thanks\r\x1c\r", "\n\x1c\r"] {
			let (started, mut starts) = tokio::sync::mpsc::unbounded_channel();
			let release = Arc::new(Semaphore::new(0));
			let released = release.clone();
			let (mut stream, task, _ending) = serve_with(QUICK, 100, move |received| {
				let (started, released) = (started.clone(), released.clone());
				async move {
					started.send(()).unwrap();
					let _ = released.acquire().await;
					repeated(received)
				}
			});
			stream.write_all(b"\x0bGOOD\rone\r\x1c\r").await.unwrap();
			starts.recv().await.unwrap();
			stream.write_all(rest.as_bytes()).await.unwrap();
			release.add_permits(9);
			let mut text = String::new();
			stream.read_to_string(&mut text).await.unwrap();
			assert_eq!(text, "\x0bGOOD true true\x1c\r", "{rest:?}");
			drop(stream);
			assert_eq!(task.await.unwrap(), Ended::NotMllp);
			assert!(starts.recv().await.is_none(), "no other message was processed");
		}
	}

	#[tokio::test]
	async fn a_sender_that_closes_its_side_is_answered() {
		let (mut stream, task, _ending) = serve(PATIENT, 100);
		stream.write_all(b"\x0bone\r\x1c\r").await.unwrap();
		stream.shutdown().await.unwrap();
		assert_eq!(answers(&mut stream, 1).await, ["one true true"]);
		assert_eq!(task.await.unwrap(), Ended::Ordinarily);
	}

	#[tokio::test]
	async fn a_frame_without_its_cr_is_waited_for() {
		let limits = Limits { frame: SHORT, ..LIMITS };
		let (mut stream, task, _ending) = serve(limits, 100);
		stream.write_all(b"\x0bone\r\x1c").await.unwrap();
		assert_eq!(task.await.unwrap(), Ended::TooSlow);
		assert_eq!(stream.read(&mut [0; 9]).await.unwrap(), 0, "there is no answer");
		let (mut stream, _task, _ending) = serve(QUICK, 100);
		stream.write_all(b"\x0bone\r\x1c").await.unwrap();
		stream.write_all(b"\r").await.unwrap();
		assert_eq!(answers(&mut stream, 1).await, ["one true true"]);
	}

	#[tokio::test]
	async fn a_sender_that_takes_no_answer_is_given_up() {
		let limits = Limits { answer: SHORT, ..QUICK };
		let long = |_: Received| async { vec![vec![b'x'; 5000]] };
		let (mut stream, task, _ending) = serve_with(limits, 100, long);
		stream.write_all(b"\x0bone\r\x1c\r").await.unwrap();
		assert_eq!(task.await.unwrap(), Ended::NotRead);
	}

	#[tokio::test]
	async fn a_server_that_ends_takes_no_further_message() {
		let (mut stream, task, ending) = serve(QUICK, 100);
		stream.write_all(b"\x0bone\r\x1c\r").await.unwrap();
		assert_eq!(answers(&mut stream, 1).await, ["one true true"]);
		stream.write_all(b"\x0bhalf").await.unwrap();
		ending.send(true).unwrap();
		assert_eq!(task.await.unwrap(), Ended::Ordinarily);
	}
}
