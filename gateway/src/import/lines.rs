//! The lines of an NDJSON, one at a time.

use std::io::{self, BufRead, BufReader, Read};

/// A line with something in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
	/// Text of the line.
	Text(String),
	/// A line that has more bytes than the limit.
	TooLong,
	/// A line that is not UTF-8.
	NotText,
	/// A line that the system did not let this program read. It is the last one.
	Unreadable,
}

/// The lines of an NDJSON, with their numbers.
pub(super) struct Lines<R> {
	reader: BufReader<R>,
	/// Maximum length of a line, in bytes.
	limit: usize,
	/// Number of the last line that was read.
	number: u64,
	is_over: bool,
}

impl<R: Read> Lines<R> {
	pub(super) fn new(file: R, limit: usize) -> Self {
		Self { reader: BufReader::new(file), limit, number: 0, is_over: false }
	}

	/// Reads the next line, even an empty one. Holds at most the limit in memory.
	fn read(&mut self) -> io::Result<Option<Line>> {
		let mut line = Vec::new();
		// The limit, and the end of the line.
		let most = u64::try_from(self.limit).unwrap_or(u64::MAX).saturating_add(1);
		let read = Read::by_ref(&mut self.reader).take(most).read_until(b'\n', &mut line)?;
		if read == 0 {
			return Ok(None);
		}
		self.number = self.number.saturating_add(1);
		if line.last() == Some(&b'\n') {
			line.pop();
		} else if line.len() > self.limit {
			self.reader.skip_until(b'\n')?;
			return Ok(Some(Line::TooLong));
		}
		Ok(Some(String::from_utf8(line).map_or(Line::NotText, Line::Text)))
	}
}

impl<R: Read> Iterator for Lines<R> {
	type Item = (u64, Line);

	fn next(&mut self) -> Option<(u64, Line)> {
		while !self.is_over {
			let line = match self.read() {
				Ok(Some(Line::Text(text))) => {
					// The first line may begin with a byte order mark.
					let text = match text.strip_prefix('\u{feff}').filter(|_| self.number == 1) {
						Some(rest) => rest.to_owned(),
						None => text,
					};
					if text.trim().is_empty() {
						continue;
					}
					Line::Text(text)
				}
				Ok(Some(other)) => other,
				Ok(None) => break,
				Err(_) => {
					self.number = self.number.saturating_add(1);
					self.is_over = true;
					Line::Unreadable
				}
			};
			return Some((self.number, line));
		}
		self.is_over = true;
		None
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	fn lines(text: &[u8], limit: usize) -> Vec<(u64, Line)> {
		Lines::new(text, limit).collect()
	}

	fn text(text: &str) -> Line {
		Line::Text(text.into())
	}

	#[test]
	fn lines_keep_their_numbers() {
		let all = b"\xef\xbb\xbf{}\n\n \r\n{\"a\":1}\r\n\xff\n12345678901\n1234567890\n1234567890";
		let expected = [
			(1, text("{}")),
			(4, text("{\"a\":1}\r")),
			(5, Line::NotText),
			(6, Line::TooLong),
			(7, text("1234567890")),
			(8, text("1234567890")),
		];
		assert_eq!(lines(all, 10), expected);
		assert_eq!(lines(b"", 10), []);
		assert_eq!(lines(b"\n\n", 10), []);
		assert_eq!(lines(b"12345678901", 10), [(1, Line::TooLong)]);
	}

	#[test]
	fn a_file_that_breaks_off_ends_its_lines() {
		struct Broken;
		impl Read for Broken {
			fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
				Err(io::ErrorKind::Other.into())
			}
		}
		let file = Read::chain(&b"{}\n"[..], Broken);
		let all: Vec<_> = Lines::new(file, 10).collect();
		assert_eq!(all, [(1, text("{}")), (2, Line::Unreadable)]);
	}

	proptest! {
		#[test]
		fn any_file_is_read_without_harm(bytes: Vec<u8>, limit in 0usize..20) {
			let parts = bytes.split(|byte| *byte == b'\n').count();
			prop_assert!(lines(&bytes, limit).len() <= parts);
		}
	}
}
