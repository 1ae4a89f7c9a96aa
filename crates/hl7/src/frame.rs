//! Frames of MLLP: `<VT> message <FS><CR>`.

/// Begins a frame.
const START: u8 = 0x0b;

/// Ends a frame. A carriage return follows.
const END: u8 = 0x1c;

/// Largest part of a discarded frame that is kept, in bytes: enough for its MSH, by which it is
/// answered.
const HEAD: usize = 4096;

/// Maximum number of bytes between two frames.
const MAX_BETWEEN: usize = 1024;

/// A frame that has ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame {
	/// Its content, or the beginning of it if the frame was discarded.
	pub content: Vec<u8>,
	/// Whether the content is whole.
	pub is_whole: bool,
}

/// Finds frames in bytes, whatever parts these come in.
#[derive(Debug)]
pub struct Framer {
	/// Largest content of a frame, in bytes. A larger one is discarded.
	limit: usize,
	content: Vec<u8>,
	is_open: bool,
	is_discarded: bool,
	/// Number of bytes since the last frame.
	between: usize,
}

impl Framer {
	/// Returns a framer for frames of up to `limit` bytes.
	pub fn new(limit: usize) -> Self {
		Self { limit, content: Vec::new(), is_open: false, is_discarded: false, between: 0 }
	}

	/// Returns whether a frame has begun and not ended.
	pub fn is_open(&self) -> bool {
		self.is_open
	}

	/// Returns the bytes that are kept of the frame that has begun.
	pub fn held(&self) -> &[u8] {
		&self.content
	}

	/// Returns whether the peer sends something that is not MLLP.
	pub fn is_lost(&self) -> bool {
		self.between > MAX_BETWEEN
	}

	/// Discards the frame that has begun, except for its first bytes. It ends as one that is not
	/// whole.
	pub fn discard(&mut self) {
		self.is_discarded = true;
		self.content.truncate(HEAD);
		self.content.shrink_to_fit();
	}

	/// Takes bytes up to the end of a frame. Returns the number of bytes that it took, and the frame
	/// if it has ended. Call it again with the rest.
	pub fn take(&mut self, bytes: &[u8]) -> (usize, Option<Frame>) {
		if !self.is_open {
			let Some(start) = bytes.iter().position(|byte| *byte == START) else {
				self.between = self.between.saturating_add(bytes.len());
				return (bytes.len(), None);
			};
			self.between = self.between.saturating_add(start);
			self.begin();
			return (start.saturating_add(1), None);
		}
		let mark = bytes.iter().position(|byte| matches!(*byte, START | END));
		let length = mark.unwrap_or(bytes.len());
		self.keep(bytes.get(..length).unwrap_or_default());
		let Some(byte) = mark.and_then(|mark| bytes.get(mark)) else { return (length, None) };
		let taken = length.saturating_add(1);
		if *byte == START {
			// The sender broke the frame off. Half a message is none.
			self.begin();
			return (taken, None);
		}
		(self.is_open, self.between) = (false, 0);
		let content = std::mem::take(&mut self.content);
		(taken, Some(Frame { content, is_whole: !self.is_discarded }))
	}

	fn begin(&mut self) {
		(self.is_open, self.is_discarded) = (true, false);
		self.content.clear();
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
