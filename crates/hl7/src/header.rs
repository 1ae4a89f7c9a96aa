//! The header of a message, MSH.

use crate::{
	message::first_line,
	problem::{Condition, Problem},
	Charset, Field, Message,
};

/// Longest MSH, in bytes, with the white space before it and its end.
const MAX_SEGMENT: usize = 4096;

/// Longest control id, in bytes.
const MAX_CONTROL_ID: usize = 199;

/// Condition on which the sender wants an acknowledgement (HL7 table 0155).
#[derive(Clone, Copy)]
pub(crate) enum Demand {
	/// Always.
	Always,
	/// Never.
	Never,
	/// Only of a message that is not accepted.
	OnError,
	/// Only of a message that is accepted.
	OnSuccess,
}

impl Demand {
	pub(crate) fn of(code: &str) -> Option<Self> {
		match code {
			"AL" => Some(Self::Always),
			"NE" | "" => Some(Self::Never),
			"ER" => Some(Self::OnError),
			"SU" => Some(Self::OnSuccess),
			_ => None,
		}
	}

	/// Returns whether an outcome is to be acknowledged.
	pub(crate) fn is_met(self, is_accepted: bool) -> bool {
		match self {
			Self::Always => true,
			Self::Never => false,
			Self::OnError => !is_accepted,
			Self::OnSuccess => is_accepted,
		}
	}
}

/// Returns the first line of a message, as far as MSH can reach, and whether it has ended.
fn line_at_start_of(message: &[u8]) -> (&[u8], bool) {
	let head = message.get(..MAX_SEGMENT).unwrap_or(message);
	let line = first_line(head);
	(line, !head.ends_with(line))
}

/// The values of MSH that say how a message is processed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
	/// Sending application, MSH-3.1, or its universal id if it has no name.
	pub application: String,
	/// Sending facility, MSH-4.1, or its universal id if it has no name.
	pub facility: String,
	/// Message code, MSH-9.1, such as `ADT`.
	pub code: String,
	/// Event, MSH-9.2, such as `A08`.
	pub event: String,
	/// Control id, MSH-10.
	pub control_id: String,
	/// Date and time of the message, MSH-7, as it was sent.
	pub at: String,
	/// Processing id, MSH-11.1, such as `P`; empty if there is none.
	pub processing_id: String,
}

impl Header {
	/// Reads the header of a message, and nothing else of it, so that little is done for a sender
	/// whose messages are not taken. `unnamed` is the character set of a message that names none.
	pub fn at_start_of(message: &[u8], unnamed: Option<Charset>) -> Result<Self, Problem> {
		let (line, has_ended) = line_at_start_of(message);
		if message.len() >= MAX_SEGMENT && !has_ended {
			let text = format!("MSH is longer than {MAX_SEGMENT} bytes; shorten its fields");
			return Err(Problem::new(Condition::TooLong, "header", text).at("MSH", 1));
		}
		Self::of(&Message::parse(line.to_vec(), unnamed)?)
	}

	/// Returns whether the beginning of a message has its header, or is too long for one.
	pub fn has_arrived(message: &[u8]) -> bool {
		message.len() >= MAX_SEGMENT || line_at_start_of(message).1
	}

	/// Reads the header of a message.
	pub fn of(message: &Message) -> Result<Self, Problem> {
		let msh = message.first("MSH").ok_or_else(|| Problem::missing("MSH", 1))?;
		let text = |field: usize, component: usize| msh.field(field).component(component).text();
		let key = |part: Field<'_>, field: usize| {
			part.key().ok_or_else(|| Problem::control_character("MSH", 1, field))
		};
		let named = |number: usize| {
			let field = msh.field(number);
			let name = key(field.component(1).subcomponent(1), number)?;
			match name.is_empty() {
				true => key(field.component(2), number),
				false => Ok(name),
			}
		};
		for field in [15, 16] {
			if Demand::of(&text(field, 1)).is_none() {
				let text = "this is not a code of table 0155; give AL, NE, ER or SU";
				let problem = Problem::new(Condition::TableValue, "demand", text);
				return Err(problem.at("MSH", field));
			}
		}
		let header = Self {
			application: named(3)?,
			facility: named(4)?,
			code: text(9, 1),
			event: text(9, 2),
			control_id: msh.field(10).raw().trim_matches(' ').to_owned(),
			at: text(7, 1),
			processing_id: text(11, 1),
		};
		header.check(&text(12, 1))?;
		Ok(header)
	}

	fn check(&self, version: &str) -> Result<(), Problem> {
		if self.control_id.is_empty() {
			return Err(Problem::missing("MSH", 10));
		}
		if self.control_id.len() > MAX_CONTROL_ID {
			let text = format!("the control id is longer than {MAX_CONTROL_ID} bytes; shorten it");
			return Err(Problem::new(Condition::TooLong, "control-id", text).at("MSH", 10));
		}
		if self.code.is_empty() {
			return Err(Problem::missing("MSH", 9));
		}
		if !version.is_empty() && !version.starts_with("2.") && version != "2" {
			let text = "this version of HL7 v2 is not supported; send 2.1 to 2.9";
			return Err(Problem::new(Condition::VersionId, "version", text).at("MSH", 12));
		}
		Ok(())
	}
}
