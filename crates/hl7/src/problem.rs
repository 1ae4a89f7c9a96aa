//! Reasons for which a message is not processed.

/// A condition of HL7 table 0357.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
	/// A segment is missing, or not in its place.
	SegmentSequence,
	/// A required field is empty.
	RequiredField,
	/// A field is not of its type.
	DataType,
	/// A code is in no table that is known here.
	TableValue,
	/// A value is too long.
	TooLong,
	/// Messages of this type are not processed.
	MessageType,
	/// Messages of this event are not processed.
	EventCode,
	/// The message is not for production.
	ProcessingId,
	/// The version of HL7 is not supported.
	VersionId,
	/// The patient or document is unknown.
	UnknownKey,
	/// The identifier is somebody else's.
	DuplicateKey,
	/// Something else uses it now.
	Locked,
	/// Any other reason.
	Internal,
}

impl Condition {
	/// Returns its code and display in table 0357.
	pub fn code(self) -> (&'static str, &'static str) {
		match self {
			Self::SegmentSequence => ("100", "Segment sequence error"),
			Self::RequiredField => ("101", "Required field missing"),
			Self::DataType => ("102", "Data type error"),
			Self::TableValue => ("103", "Table value not found"),
			Self::TooLong => ("104", "Value too long"),
			Self::MessageType => ("200", "Unsupported message type"),
			Self::EventCode => ("201", "Unsupported event code"),
			Self::ProcessingId => ("202", "Unsupported processing id"),
			Self::VersionId => ("203", "Unsupported version id"),
			Self::UnknownKey => ("204", "Unknown key identifier"),
			Self::DuplicateKey => ("205", "Duplicate key identifier"),
			Self::Locked => ("206", "Application record locked"),
			Self::Internal => ("207", "Application internal error"),
		}
	}
}

/// A place in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
	/// Name of the segment.
	pub segment: &'static str,
	/// Number of the segment among the segments with its name, from 1.
	pub number: usize,
	/// Number of the field, from 1.
	pub field: usize,
}

/// A reason for which a message is not processed. It repeats no value of the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
	/// Condition of table 0357.
	pub condition: Condition,
	/// Place, if it has one.
	pub location: Option<Location>,
	/// Stable code.
	pub code: &'static str,
	/// Cause and remedy.
	pub text: String,
}

impl Problem {
	/// Returns a problem of the whole message.
	pub fn new(condition: Condition, code: &'static str, text: impl Into<String>) -> Self {
		Self { condition, location: None, code, text: text.into() }
	}

	/// Returns the problem with a field of the first segment of a name.
	pub fn at(self, segment: &'static str, field: usize) -> Self {
		self.at_number(segment, 1, field)
	}

	/// Returns the problem with a field of a segment.
	pub fn at_number(mut self, segment: &'static str, number: usize, field: usize) -> Self {
		self.location = Some(Location { segment, number, field });
		self
	}

	pub(crate) fn missing(segment: &'static str, field: usize) -> Self {
		Self::missing_in(segment, 1, field)
	}

	/// Returns the problem of a frame whose end is not certain.
	pub fn of_torn_frame() -> Self {
		let text =
			"the frame has VT or FS within it, does not end with CR, FS and CR, or has more after its \
			 end, so nothing of it was processed; leave VT and FS out of values, end each segment \
			 with CR and the frame with FS and CR, and wait for the answer before the next message";
		Self::new(Condition::DataType, "torn-frame", text)
	}

	/// Returns the problem with a number or code that is not [legible](crate::is_legible).
	pub(crate) fn control_character(segment: &'static str, number: usize, field: usize) -> Self {
		let text = format!(
			"{segment}-{field} has a character other than letters, digits, visible signs, and single \
			 spaces between them; leave it out"
		);
		let problem = Self::new(Condition::DataType, "control-character", text);
		problem.at_number(segment, number, field)
	}

	pub(crate) fn missing_in(segment: &'static str, number: usize, field: usize) -> Self {
		let text = format!("{segment}-{field} is empty; fill it in");
		let problem = Self::new(Condition::RequiredField, "field-missing", text);
		problem.at_number(segment, number, field)
	}
}
