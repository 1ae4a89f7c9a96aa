//! Frames of MLLP: `<VT> message <FS><CR>`.
//!
//! A value can have VT and FS, because the escape sequences of ER7 do not require a sender to
//! replace them. Text that a person has entered must neither begin a message nor end one, so a
//! frame that has them is not a message. If FS is the last character of a segment, the CR of that
//! segment is after it. So a frame ends only if its last segment has its CR: `<CR><FS><CR>`. A
//! value can have even these three. [`Framer`] does not wait, so the caller looks at what comes
//! after a frame, and calls [`Frame::torn`].

/// Begins a frame.
const START: u8 = 0x0b;

/// Ends a frame, with [`RETURN`] after it.
const END: u8 = 0x1c;

/// The byte after the end of a frame.
const RETURN: u8 = b'\r';

/// Largest part of a discarded frame that is kept, in bytes: enough for its MSH, by which it is
/// answered.
const HEAD: usize = 4096;

/// Maximum number of bytes between two frames.
const MAX_BETWEEN: usize = 1024;

/// Returns whether a byte begins or ends a frame, so that no message has it.
pub(crate) fn is_mark(byte: u8) -> bool {
	matches!(byte, START | END)
}

/// The part of a frame's content that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
	/// All of it.
	Whole,
	/// Only the beginning, because the frame was discarded.
	Head,
	/// Only the beginning, because VT or FS in it can be part of a value. So the ends of this frame
	/// and of those after it are unknown.
	Torn,
}

/// A frame that has ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame {
	/// Content of the frame, or the beginning of it.
	pub content: Vec<u8>,
	/// Extent of the content.
	pub extent: Extent,
}

impl Frame {
	/// Returns the frame as torn, with the beginning of its content.
	pub fn torn(mut self) -> Self {
		self.content.truncate(HEAD);
		self.content.shrink_to_fit();
		Self { content: self.content, extent: Extent::Torn }
	}
}

/// Place of the next byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
	/// Between two frames.
	Between,
	/// In a frame.
	Open,
	/// In a frame, after its FS.
	Ending,
	/// Nowhere: the peer has sent something that is not MLLP.
	Lost,
}

/// Finds frames in bytes, whatever parts these come in.
#[derive(Debug)]
pub struct Framer {
	/// Largest content of a frame, in bytes. A larger one is discarded.
	limit: usize,
	content: Vec<u8>,
	state: State,
	is_discarded: bool,
	/// Whether the last byte of the frame so far is CR, which ends a segment.
	has_return: bool,
	/// Number of bytes since the last frame.
	between: usize,
}

impl Framer {
	/// Returns a framer for frames of up to `limit` bytes.
	pub fn new(limit: usize) -> Self {
		let (content, state) = (Vec::new(), State::Between);
		Self { limit, content, state, is_discarded: false, has_return: false, between: 0 }
	}

	/// Returns whether a frame has begun and not ended.
	pub fn is_open(&self) -> bool {
		matches!(self.state, State::Open | State::Ending)
	}

	/// Returns the bytes that are kept of the frame that has begun.
	pub fn held(&self) -> &[u8] {
		&self.content
	}

	/// Returns whether the peer has sent something that is not MLLP. No further frame is found.
	pub fn is_lost(&self) -> bool {
		self.state == State::Lost
	}

	/// Discards the frame that has begun, except for its first bytes. It ends as one that is not
	/// whole.
	pub fn discard(&mut self) {
		self.is_discarded = true;
		self.content.truncate(HEAD);
		self.content.shrink_to_fit();
	}

	/// Takes bytes up to the end of a frame. Returns the number of bytes that it took, and the
	/// frame if it has ended. Call it again with the rest.
	pub fn take(&mut self, bytes: &[u8]) -> (usize, Option<Frame>) {
		match (self.state, bytes.first()) {
			(State::Between, _) => (self.seek(bytes), None),
			(State::Open, _) => self.fill(bytes),
			(State::Ending, None) => (0, None),
			(State::Ending, Some(&RETURN)) if self.has_return => (1, Some(self.end())),
			(State::Ending, Some(_)) => (1, Some(self.tear())),
			(State::Lost, _) => (bytes.len(), None),
		}
	}

	/// Takes bytes up to the beginning of a frame, and returns their number. Anything but white
	/// space could be a part of a message, so it is not skipped.
	fn seek(&mut self, bytes: &[u8]) -> usize {
		let is_blank = |byte: &&u8| matches!(**byte, b' ' | b'\t' | b'\r' | b'\n');
		let blanks = bytes.iter().take_while(is_blank).count();
		self.between = self.between.saturating_add(blanks);
		let next = bytes.get(blanks);
		self.state = match next {
			None if self.between <= MAX_BETWEEN => State::Between,
			Some(&START) if self.between <= MAX_BETWEEN => State::Open,
			_ => State::Lost,
		};
		blanks.saturating_add(usize::from(next.is_some()))
	}

	/// Takes bytes of a frame up to the next mark.
	fn fill(&mut self, bytes: &[u8]) -> (usize, Option<Frame>) {
		let mark = bytes.iter().position(|byte| is_mark(*byte));
		let length = mark.unwrap_or(bytes.len());
		let content = bytes.get(..length).unwrap_or_default();
		if let Some(last) = content.last() {
			self.has_return = *last == RETURN;
		}
		self.keep(content);
		let taken = length.saturating_add(1);
		match bytes.get(length) {
			None => (length, None),
			Some(&END) => {
				self.state = State::Ending;
				(taken, None)
			}
			Some(_) => (taken, Some(self.tear())),
		}
	}

	/// Ends the frame as MLLP says.
	fn end(&mut self) -> Frame {
		let extent = if self.is_discarded { Extent::Head } else { Extent::Whole };
		(self.state, self.between) = (State::Between, 0);
		(self.is_discarded, self.has_return) = (false, false);
		Frame { content: std::mem::take(&mut self.content), extent }
	}

	/// Ends the frame within its content, and with it the conversation.
	fn tear(&mut self) -> Frame {
		self.state = State::Lost;
		Frame { content: std::mem::take(&mut self.content), extent: Extent::Torn }.torn()
	}

	fn keep(&mut self, bytes: &[u8]) {
		if self.content.len().saturating_add(bytes.len()) > self.limit {
			self.discard();
		}
		let limit = if self.is_discarded { HEAD } else { usize::MAX };
		let room = limit.saturating_sub(self.content.len()).min(bytes.len());
		self.content.extend_from_slice(bytes.get(..room).unwrap_or_default());
	}
}
