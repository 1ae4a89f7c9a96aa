//! Messages in ER7, the encoding with delimiters.

use std::ops::{Range, RangeInclusive};

use crate::{
	escape, frame,
	problem::{Condition, Problem},
	Charset,
};

/// Maximum number of segments of a message.
const MAX_SEGMENTS: usize = 20_000;

/// Segments that are taken without a delimiter after their name. Other names can be a value: three
/// capitals alone on a line, such as NEG.
const BARE: [&str; 6] = ["MSH", "EVN", "PV1", "PV2", "NTE", "DSC"];

/// Segments that begin a message, and those around the messages of a file or batch.
const HEADERS: [&str; 5] = ["MSH", "FHS", "BHS", "BTS", "FTS"];

/// Byte order mark of UTF-8, which some exports begin with.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// The delimiters that a message declares in MSH-1 and MSH-2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delimiters {
	/// Between fields.
	pub field: char,
	/// Between components.
	pub component: char,
	/// Between repetitions.
	pub repetition: char,
	/// Around escape sequences.
	pub escape: Option<char>,
	/// Between subcomponents.
	pub subcomponent: Option<char>,
}

impl Delimiters {
	/// Reads the delimiters of a text that begins with MSH.
	fn of(text: &str) -> Option<Self> {
		let mut after = text.strip_prefix("MSH")?.chars();
		let field = after.next()?;
		let encoding: Vec<char> =
			after.take_while(|one| *one != field && !one.is_ascii_whitespace()).take(6).collect();
		let (component, repetition) = (*encoding.first()?, *encoding.get(1)?);
		let (escape, subcomponent) = (encoding.get(2).copied(), encoding.get(3).copied());
		let all = [Some(field), Some(component), Some(repetition), escape, subcomponent];
		let all: Vec<char> = all.into_iter().flatten().collect();
		let is_fit = |one: &char| one.is_ascii_punctuation();
		let is_once = |one: &char| all.iter().filter(|other| *other == one).count() == 1;
		let fits = encoding.len() <= 5 && all.iter().all(|one| is_fit(one) && is_once(one));
		fits.then_some(Self { field, component, repetition, escape, subcomponent })
	}

	/// Returns the letter by which a delimiter is escaped.
	pub(crate) fn letter(&self, one: char) -> Option<char> {
		match one {
			_ if one == self.field => Some('F'),
			_ if one == self.component => Some('S'),
			_ if one == self.repetition => Some('R'),
			_ if Some(one) == self.escape => Some('E'),
			_ if Some(one) == self.subcomponent => Some('T'),
			_ => None,
		}
	}
}

/// A message. Its values tell about a patient, so its `Debug` shows none of them.
pub struct Message {
	text: String,
	delimiters: Delimiters,
	charset: Charset,
	segments: Vec<Range<usize>>,
}

impl std::fmt::Debug for Message {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.debug_struct("Message").field("segments", &self.segments.len()).finish_non_exhaustive()
	}
}

/// Returns a message without a byte order mark, and without the ASCII white space before it.
fn from_start(bytes: &[u8]) -> &[u8] {
	bytes.strip_prefix(MARK).unwrap_or(bytes).trim_ascii_start()
}

/// Returns the first line of a message as bytes.
pub(crate) fn first_line(bytes: &[u8]) -> &[u8] {
	from_start(bytes).split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default()
}

/// Returns the fields of MSH as bytes, from MSH-3 on; `None` if there is no MSH.
pub(crate) fn raw_header(bytes: &[u8]) -> Option<(u8, Vec<&[u8]>)> {
	let line = first_line(bytes);
	let field = *line.strip_prefix(b"MSH")?.first()?;
	let fields = line.split(|byte| *byte == field).skip(2).take(24);
	field.is_ascii_punctuation().then(|| (field, fields.collect()))
}

impl Message {
	/// Reads a message. `unnamed` is the character set of one that names none; without it, UTF-8.
	pub fn parse(mut bytes: Vec<u8>, unnamed: Option<Charset>) -> Result<Self, Problem> {
		if bytes.iter().any(|byte| frame::is_mark(*byte)) {
			return Err(Problem::of_torn_frame());
		}
		let charset = charset_of(&bytes, unnamed)?;
		let not_encoded = || {
			let text =
				"the message is not in the character set that MSH-18 names; name the right one";
			Problem::new(Condition::DataType, "charset", text).at("MSH", 18)
		};
		let start = bytes.len() - from_start(&bytes).len();
		bytes.drain(..start);
		let text = charset.decode(bytes).ok_or_else(not_encoded)?;
		let delimiters = Delimiters::of(&text).ok_or_else(|| {
			let text =
				"the message does not begin with MSH and five different delimiters; send one \
			            message in each frame, in the encoding with delimiters";
			Problem::new(Condition::SegmentSequence, "not-hl7", text)
		})?;
		let segments = segments(&text, delimiters.field)?;
		let message = Self { text, delimiters, charset, segments };
		message.check_whole()?;
		Ok(message)
	}

	/// Refuses several messages, and one that continues elsewhere.
	fn check_whole(&self) -> Result<(), Problem> {
		// Segments after another header can be another patient's.
		if self.segments().skip(1).any(|one| HEADERS.contains(&one.name())) {
			let text =
				"the frame has several messages, or a batch; send one message in each frame, \
			            without FHS, BHS, BTS and FTS";
			return Err(Problem::new(Condition::SegmentSequence, "several-messages", text));
		}
		let is_continued = self.segments().any(|one| matches!(one.name(), "DSC" | "ADD"))
			|| self.first("MSH").is_some_and(|header| !header.field(14).is_empty());
		if is_continued {
			let text = "the server does not join continued messages; send the message as a whole";
			return Err(Problem::new(Condition::SegmentSequence, "continued", text));
		}
		Ok(())
	}

	/// Returns the segments, in their order.
	pub fn segments(&self) -> impl Iterator<Item = Segment<'_>> {
		self.segments.iter().map(|range| Segment {
			text: self.text.get(range.clone()).unwrap_or_default(),
			message: self,
		})
	}

	/// Returns the first segment of a name.
	pub fn first(&self, name: &str) -> Option<Segment<'_>> {
		self.segments().find(|one| one.name() == name)
	}

	/// Returns the delimiters.
	pub fn delimiters(&self) -> &Delimiters {
		&self.delimiters
	}
}

/// Returns the character set of a message.
fn charset_of(bytes: &[u8], unnamed: Option<Charset>) -> Result<Charset, Problem> {
	let named = raw_header(bytes).and_then(|(_, fields)| fields.get(15).copied());
	// The first repetition is the charset of the message. Others need escape sequences.
	let named = named.unwrap_or_default().split(|byte| *byte == b'~').next().unwrap_or_default();
	let named = String::from_utf8_lossy(named.trim_ascii());
	if named.is_empty() {
		return Ok(unnamed.unwrap_or(Charset::Utf8));
	}
	Charset::of(&named).ok_or_else(|| {
		let text = "this character set is not supported; send UNICODE UTF-8, ASCII, 8859/1 or \
		            8859/15";
		Problem::new(Condition::TableValue, "charset", text).at("MSH", 18)
	})
}

/// Fillers of Hangul: letters without a shape.
const FILLERS: [char; 4] = ['\u{115f}', '\u{1160}', '\u{3164}', '\u{ffa0}'];

/// Visible signs and punctuation beyond ASCII: Latin-1's without the soft hyphen, and the general
/// ones without spaces and invisible characters.
const SIGNS: [RangeInclusive<char>; 4] =
	['\u{a1}'..='\u{ac}', '\u{ae}'..='\u{ff}', '\u{2010}'..='\u{2027}', '\u{2030}'..='\u{205e}'];

/// Returns whether a number or code has only characters that can be seen: the visible ones of
/// ASCII, letters and digits of any script, signs and punctuation as in `°` or `–`, and single
/// spaces between them. Two that differ by any other character could look the same.
pub fn is_legible(key: &str) -> bool {
	let is_seen = |one: char| match one.is_ascii() {
		true => one.is_ascii_graphic(),
		false if FILLERS.contains(&one) => false,
		false => one.is_alphanumeric() || SIGNS.iter().any(|signs| signs.contains(&one)),
	};
	key.split(' ').all(|word| !word.is_empty() && word.chars().all(is_seen))
}

/// Returns whether a text begins as a segment does.
fn is_head(text: &str, field: char) -> bool {
	let mut bytes = text.bytes();
	let mut next = || bytes.next().unwrap_or_default();
	let (first, second, third, after) = (next(), next(), next(), next());
	let is_of_name = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
	first.is_ascii_uppercase()
		&& is_of_name(second)
		&& is_of_name(third)
		&& match after {
			0 | b'\r' | b'\n' => text.get(..3).is_some_and(|name| BARE.contains(&name)),
			after => after == field as u8,
		}
}

/// Finds the segments of a text. They end with CR; LF and CR LF are taken, too. An LF before
/// something other than a segment is part of a value.
fn segments(text: &str, field: char) -> Result<Vec<Range<usize>>, Problem> {
	// Any other character is part of the last value, in which it may be refused.
	let length = text.trim_end_matches([' ', '\r', '\n']).len();
	let text = text.get(..length).unwrap_or_default();
	let mut found = Vec::new();
	let mut start = 0;
	let ends = text.bytes().enumerate().filter(|(_, byte)| matches!(byte, b'\r' | b'\n'));
	let ends = ends.chain(std::iter::once((length, b'\r')));
	for (end, byte) in ends {
		let line = text.get(start..end).unwrap_or_default();
		let after = text.get(end.saturating_add(1)..).unwrap_or_default();
		if is_head(line, field) {
			if byte == b'\n' && !is_head(after, field) && !after.starts_with(['\r', '\n']) {
				continue;
			}
			if found.len() >= MAX_SEGMENTS {
				let text = format!("the message has more than {MAX_SEGMENTS} segments; split it");
				return Err(Problem::new(Condition::TooLong, "too-many", text));
			}
			found.push(start..end);
		} else if !line.trim_ascii().is_empty() {
			let text =
				"a line of the message is not a segment; escape line ends in values, as in \\.br\\";
			return Err(Problem::new(Condition::SegmentSequence, "not-a-segment", text));
		}
		start = end.saturating_add(1);
	}
	Ok(found)
}

/// A segment of a message.
#[derive(Clone, Copy)]
pub struct Segment<'a> {
	text: &'a str,
	message: &'a Message,
}

impl<'a> Segment<'a> {
	/// Returns its name, such as `PID`.
	pub fn name(&self) -> &'a str {
		self.text.get(..3).unwrap_or_default()
	}

	/// Returns a field by its number; an empty one if it is missing.
	pub fn field(&self, number: usize) -> Field<'a> {
		let delimiter = self.message.delimiters.field;
		// MSH-1 is the delimiter itself.
		let index = if self.name() == "MSH" { number.saturating_sub(1) } else { number };
		let text = self.text.split(delimiter).nth(index).unwrap_or_default();
		Field { text, message: self.message }
	}
}

/// A field, or a part of one.
#[derive(Clone, Copy)]
pub struct Field<'a> {
	text: &'a str,
	message: &'a Message,
}

impl<'a> Field<'a> {
	fn part(&self, text: &'a str) -> Self {
		Self { text, message: self.message }
	}

	/// Returns its repetitions.
	pub fn repetitions(self) -> impl Iterator<Item = Field<'a>> {
		self.text.split(self.message.delimiters.repetition).map(move |text| self.part(text))
	}

	/// Returns a component of the first repetition, by its number from 1.
	pub fn component(&self, number: usize) -> Field<'a> {
		let Delimiters { repetition, component, .. } = self.message.delimiters;
		let first = self.text.split(repetition).next().unwrap_or_default();
		let index = number.saturating_sub(1);
		self.part(first.split(component).nth(index).unwrap_or_default())
	}

	/// Returns the components of the first repetition.
	pub fn components(self) -> impl Iterator<Item = Field<'a>> {
		let Delimiters { repetition, component, .. } = self.message.delimiters;
		let first = self.text.split(repetition).next().unwrap_or_default();
		first.split(component).map(move |text| self.part(text))
	}

	/// Returns the text of the first of these components that has one.
	pub(crate) fn first_of(&self, numbers: &[usize]) -> String {
		let mut found = numbers.iter().map(|number| self.component(*number).text());
		found.find(|text| !text.is_empty()).unwrap_or_default()
	}

	/// Returns the text of the first of these subcomponents that has one.
	pub(crate) fn first_within(&self, numbers: &[usize]) -> String {
		let mut found = numbers.iter().map(|number| self.subcomponent(*number).text());
		found.find(|text| !text.is_empty()).unwrap_or_default()
	}

	/// Returns a subcomponent, by its number from 1.
	pub fn subcomponent(&self, number: usize) -> Field<'a> {
		match self.message.delimiters.subcomponent {
			None if number > 1 => self.part(""),
			None => *self,
			Some(delimiter) => {
				let index = number.saturating_sub(1);
				self.part(self.text.split(delimiter).nth(index).unwrap_or_default())
			}
		}
	}

	/// Returns the text as it was sent.
	pub fn raw(&self) -> &'a str {
		self.text
	}

	/// Returns whether it has no value.
	pub fn is_empty(&self) -> bool {
		let text = self.text.trim();
		text.is_empty() || text == "\"\""
	}

	/// Returns the text without escape sequences, and without white space around it. A value that
	/// the sender deletes (`""`) is empty.
	pub fn text(&self) -> String {
		self.resolved().trim().to_owned()
	}

	/// Returns the text of a number or code by which something is known, without the spaces around
	/// it; `None` if it is neither empty nor legible, because it could be taken for another.
	pub(crate) fn key(&self) -> Option<String> {
		let text = match self.text.trim_matches(' ') {
			"\"\"" => String::new(),
			_ => self.unescaped(),
		};
		let key = text.trim_matches(' ');
		(key.is_empty() || is_legible(key)).then(|| key.to_owned())
	}

	/// Returns whether a number or code is not given. One that cannot be seen is given, and is
	/// wrong.
	pub(crate) fn has_no_key(&self) -> bool {
		self.key().is_some_and(|key| key.is_empty())
	}

	/// Returns the text without escape sequences, or nothing if the field is empty.
	fn resolved(&self) -> String {
		match self.is_empty() {
			true => String::new(),
			false => self.unescaped(),
		}
	}

	fn unescaped(&self) -> String {
		let Message { delimiters, charset, .. } = self.message;
		escape::resolved(self.text, delimiters, *charset)
	}
}
