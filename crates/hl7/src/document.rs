//! Documents in MDM^T02 and ORU^R01.

use std::borrow::Cow;

use base64::{
	alphabet,
	engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
	Engine,
};

use crate::{
	problem::{Condition, Problem},
	render::{self, Text},
	Field, Message, Segment,
};

/// Longest title, in characters.
const MAX_TITLE: usize = 200;

/// Maximum number of documents of a message.
const MAX_DOCUMENTS: usize = 100;

/// Base64 with or without padding: senders leave it out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
	&alphabet::STANDARD,
	GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How confidential a document is, TXA-18 (HL7 table 0272).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Secrecy {
	/// As usual, or the message does not say.
	#[default]
	Usual,
	/// Restricted.
	Restricted,
	/// Very restricted.
	VeryRestricted,
}

/// A document of a message. It is about a patient, so it shows nothing.
pub struct Document {
	/// Its identity at the sending facility. Messages with the same one are about the same document.
	pub identity: Vec<String>,
	/// Codes of its kind, the most particular first: OBR-4 and OBR-24, or TXA-2.
	pub kinds: Vec<String>,
	/// Title for people.
	pub title: String,
	/// Media type of the content.
	pub media_type: String,
	/// The content.
	pub content: Vec<u8>,
	/// How confidential it is.
	pub secrecy: Secrecy,
}

impl std::fmt::Debug for Document {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.debug_struct("Document").field("size", &self.content.len()).finish_non_exhaustive()
	}
}

/// A content with its media type.
type Attachment = (String, Vec<u8>);

/// Content of a group of segments, before it becomes documents.
#[derive(Default)]
struct Group {
	identity: Vec<String>,
	kinds: Vec<String>,
	title: String,
	/// Word for its status; empty if it is final.
	status: &'static str,
	secrecy: Secrecy,
	attachments: Vec<Attachment>,
	text: Text,
}

impl Group {
	/// Returns the documents: each attachment, and the rest as text. The first one has the identity
	/// of the group, so that a report that follows a preliminary text in another form replaces it.
	fn documents(self) -> Vec<Document> {
		let Self { identity, kinds, title, status, secrecy, attachments, text } = self;
		let text = (attachments.is_empty() || text.has_results()).then(|| text.finish());
		let text = text.map(|text| ("text/plain; charset=utf-8".to_owned(), text.into_bytes()));
		let count = attachments.len();
		let parts = attachments.into_iter().chain(text).enumerate();
		let document = |(index, (media_type, content)): (usize, Attachment)| {
			let part = match index {
				0 => None,
				index if index < count => Some((index.saturating_add(1)).to_string()),
				_ => Some("text".to_owned()),
			};
			let mut words: Vec<&str> = part.as_deref().into_iter().collect();
			words.extend((!status.is_empty()).then_some(status));
			let title = match words.is_empty() {
				true => title.clone(),
				false => format!("{title} ({})", words.join(", ")),
			};
			let identity = identity.iter().cloned().chain(part).collect();
			Document { identity, kinds: kinds.clone(), title, media_type, content, secrecy }
		};
		parts.map(document).collect()
	}
}

/// Returns the documents of a message, unless there are too many.
fn bounded(documents: Vec<Document>) -> Result<Vec<Document>, Problem> {
	match documents.len() > MAX_DOCUMENTS {
		true => Err(too_many()),
		false => Ok(documents),
	}
}

fn too_many() -> Problem {
	let text = format!("the message has more than {MAX_DOCUMENTS} documents; split it");
	Problem::new(Condition::TooLong, "too-many", text)
}

/// Returns a title that can be shown: one line, not too long, and never empty.
fn title_of(candidates: &[String]) -> String {
	let is_shown = |one: &char| {
		// Signs that turn the direction of a line around.
		let is_deceptive = matches!(
			one,
			'\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
		);
		!one.is_control() && !is_deceptive
	};
	let clean = |text: &String| {
		let line: String = text.chars().map(|one| if one == '\n' { ' ' } else { one }).collect();
		line.chars().filter(is_shown).take(MAX_TITLE).collect::<String>().trim().to_owned()
	};
	let found = candidates.iter().map(clean).find(|text| !text.is_empty());
	found.unwrap_or_else(|| "Document".into())
}

/// Reads the documents of an MDM^T02.
pub fn note(message: &Message) -> Result<Vec<Document>, Problem> {
	let txa = message.first("TXA").ok_or_else(|| Problem::missing("TXA", 12))?;
	let number = txa.field(12);
	if number.component(1).is_empty() {
		return Err(Problem::missing("TXA", 12));
	}
	let mut identity = vec!["TXA".to_owned()];
	identity.extend((1..=3).map(|part| number.component(part).text()));
	let kind = txa.field(2);
	let first = message.first("OBX").ok_or_else(|| Problem::missing("OBX", 5))?;
	let names = [kind.component(2), first.field(3).component(2), kind.component(1)];
	let mut group = Group {
		identity,
		kinds: vec![kind.component(1).text()],
		title: title_of(&names.map(|name| name.text())),
		status: render::completion(&txa.field(17).text()),
		secrecy: secrecy(txa)?,
		..Group::default()
	};
	let mut number = 0_usize;
	for segment in message.segments().skip_while(|one| one.name() != "TXA") {
		match segment.name() {
			"OBX" => {
				number = number.saturating_add(1);
				match attachment(segment, number)? {
					Some(attachment) => group.attachments.push(attachment),
					None => group.text.line_of_note(segment),
				}
			}
			"NTE" => group.text.note(segment),
			_ => {}
		}
	}
	if number == 0 {
		let text = "OBX has no TXA before it; send the TXA of the document first";
		return Err(Problem::new(Condition::SegmentSequence, "no-document", text));
	}
	bounded(group.documents())
}

fn secrecy(txa: Segment<'_>) -> Result<Secrecy, Problem> {
	match txa.field(18).component(1).text().to_ascii_uppercase().as_str() {
		"" | "U" => Ok(Secrecy::Usual),
		"R" => Ok(Secrecy::Restricted),
		"V" => Ok(Secrecy::VeryRestricted),
		_ => {
			let text = "this is no code of table 0272; give U, R or V";
			Err(Problem::new(Condition::TableValue, "confidentiality", text).at("TXA", 18))
		}
	}
}

/// Reads the documents of an ORU^R01: one for each report, or more if it has attachments.
pub fn results(message: &Message) -> Result<Vec<Document>, Problem> {
	let mut groups: Vec<Group> = Vec::new();
	let mut current: Option<usize> = None;
	let mut order: Option<Segment<'_>> = None;
	let (mut reports, mut number) = (0_usize, 0_usize);
	for segment in message.segments() {
		match segment.name() {
			"ORC" => order = Some(segment),
			"OBR" => {
				reports = reports.saturating_add(1);
				if groups.len() > MAX_DOCUMENTS {
					return Err(too_many());
				}
				let group = report(segment, order.take(), reports)?;
				let known = groups.iter().position(|one| one.identity == group.identity);
				current = Some(known.unwrap_or(groups.len()));
				match known.and_then(|index| groups.get_mut(index)) {
					Some(known) => known.text.begin_next(segment),
					None => groups.push(group),
				}
			}
			"OBX" => {
				number = number.saturating_add(1);
				let Some(group) = current.and_then(|index| groups.get_mut(index)) else {
					let text = "OBX has no OBR before it; send the OBR of each report";
					let problem = Problem::new(Condition::SegmentSequence, "no-order", text);
					return Err(problem.at_number("OBX", number, 1));
				};
				match attachment(segment, number)? {
					Some(attachment) => group.attachments.push(attachment),
					None => group.text.result(segment),
				}
				if group.status.is_empty() {
					group.status = render::correction(&segment.field(11).text());
				}
			}
			"NTE" => {
				if let Some(group) = current.and_then(|index| groups.get_mut(index)) {
					group.text.note(segment);
				}
			}
			_ => {}
		}
	}
	let is_empty = |one: &Group| {
		one.attachments.is_empty() && !one.text.has_results() && one.status != render::CANCELLED
	};
	if groups.is_empty() {
		return Err(Problem::missing("OBR", 3));
	}
	if groups.iter().any(is_empty) {
		return Err(Problem::missing("OBX", 5));
	}
	bounded(groups.into_iter().flat_map(Group::documents).collect())
}

/// Begins the report of an OBR, whose number among those of the message is given.
fn report(obr: Segment<'_>, orc: Option<Segment<'_>>, number: usize) -> Result<Group, Problem> {
	let filler = [Some(obr.field(3)), orc.map(|orc| orc.field(3))];
	let filler = filler.into_iter().flatten().find(|field| !field.component(1).is_empty());
	let placer = Some(obr.field(2)).filter(|field| !field.component(1).is_empty());
	let (kind, field) = match (filler, placer) {
		(Some(field), _) => ("OBR", field),
		(None, Some(field)) => ("OBR-2", field),
		(None, None) => {
			let text = "the report has no filler order number; fill in OBR-3";
			let problem = Problem::new(Condition::RequiredField, "field-missing", text);
			return Err(problem.at_number("OBR", number, 3));
		}
	};
	let service = obr.field(4);
	let mut identity = vec![kind.to_owned()];
	identity.extend((1..=3).map(|part| field.component(part).text()));
	// Laboratories send several reports under one number. One must not replace another.
	identity.push(service.component(1).text());
	let names =
		[service.component(2).text(), service.component(5).text(), service.component(1).text()];
	let title = title_of(&names);
	let status = obr.field(25).text();
	Ok(Group {
		identity,
		kinds: vec![service.component(1).text(), obr.field(24).component(1).text()],
		text: Text::of_report(&title, obr),
		title,
		status: render::unfinished(&status),
		..Group::default()
	})
}

/// Returns the content of an OBX of type ED.
fn attachment(obx: Segment<'_>, number: usize) -> Result<Option<Attachment>, Problem> {
	let wrong = |condition, code, text: &str| {
		Err(Problem::new(condition, code, text).at_number("OBX", number, 5))
	};
	match &*obx.field(2).text() {
		"ED" => {}
		"RP" => {
			let text = "content at another place is not fetched; send it in the message, as ED";
			return wrong(Condition::DataType, "pointer", text);
		}
		_ => return Ok(None),
	}
	if matches!(&*obx.field(11).text(), "D" | "W") {
		let text =
			"a document that was deleted or is of another patient is not added; have a person \
		            withdraw its record";
		return wrong(Condition::Internal, "to-withdraw", text);
	}
	let field = obx.field(5);
	if field.repetitions().count() > 1 || field.components() < 5 {
		let text = "an ED has source, type, subtype, encoding and data, once";
		return wrong(Condition::DataType, "ed", text);
	}
	let data = field.component(5);
	let decoded = match &*field.component(4).text().to_ascii_lowercase() {
		"base64" => BASE64.decode(&*compact(data)).ok(),
		"hex" => hex::decode(&*compact(data)).ok(),
		"a" => Some(data.text().into_bytes()),
		_ => {
			let text = "the encoding of the data must be Base64, Hex or A";
			return wrong(Condition::TableValue, "encoding", text);
		}
	};
	match decoded {
		Some(content) if !content.is_empty() => {
			let media_type = media_type(&field.component(2).text(), &field.component(3).text());
			Ok(Some((media_type, content)))
		}
		Some(_) => wrong(Condition::RequiredField, "field-missing", "the ED has no data; send it"),
		None => {
			wrong(Condition::DataType, "data", "the data of the ED cannot be decoded; encode again")
		}
	}
}

/// Returns encoded data without line ends.
fn compact(data: Field<'_>) -> Cow<'_, str> {
	let raw = data.raw();
	match raw.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
	{
		true => Cow::Borrowed(raw),
		false => Cow::Owned(data.text().split_ascii_whitespace().collect()),
	}
}

/// Returns the media type of an ED: its subtype says more than its type (HL7 tables 0191 and 0291).
fn media_type(of_type: &str, subtype: &str) -> String {
	let (of_type, subtype) = (of_type.to_ascii_lowercase(), subtype.to_ascii_lowercase());
	// Some leave the subtype out, or have both in one.
	let whole = [&*of_type, &*subtype].into_iter().find(|text| text.contains('/'));
	let subtype = match (whole, &*subtype) {
		(Some(whole), _) => whole.rsplit('/').next().unwrap_or_default(),
		(None, "") => &*of_type,
		(None, subtype) => subtype,
	};
	let known = match subtype {
		"pdf" => "application/pdf",
		"jpeg" | "jpg" => "image/jpeg",
		"png" => "image/png",
		"gif" => "image/gif",
		"tiff" | "tif" => "image/tiff",
		"html" => "text/html",
		"xml" | "x-hl7-cda-level-one" | "cda" | "ccda" | "hl7-sda+xml" => "application/xml",
		"rtf" => "application/rtf",
		"plain" | "text" | "txt" | "tx" => "text/plain",
		"dicom" => "application/dicom",
		"msword" | "doc" => "application/msword",
		_ => "application/octet-stream",
	};
	known.to_owned()
}
