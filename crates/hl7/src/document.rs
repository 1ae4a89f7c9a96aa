//! Documents in MDM^T02 and ORU^R01.

use std::borrow::Cow;

use base64::{
	alphabet,
	engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
	Engine,
};

use crate::{
	problem::{Condition, Location, Problem},
	render::{self, Text},
	Field, Message, Segment,
};

/// Longest title, in characters.
const MAX_TITLE: usize = 200;

/// Maximum number of documents of a message.
const MAX_DOCUMENTS: usize = 100;

/// Longest part of an identity or kind, in bytes. Each document of a message has its own copy.
const MAX_PART: usize = 512;

/// Components of a report's code (CE, CWE), by which it is known: the code, or else that in another
/// coding system, or else a text.
const OF_SERVICE: [usize; 6] = [1, 4, 10, 2, 5, 9];

/// Base64 with or without padding: senders leave it out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
	&alphabet::STANDARD,
	GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Confidentiality of a document, TXA-18 (HL7 table 0272).
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

/// The part of a report that a document is. A report has as many as its messages give it, and the
/// first one always.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
	/// The first attachment, or the text if there is none, so that a report which follows a
	/// preliminary text in another form replaces it.
	First,
	/// A further attachment, by its number.
	Attachment(usize),
	/// The text beside attachments.
	Text,
}

impl Part {
	/// Returns the word for it; `None` for the first one.
	pub fn word(self) -> Option<String> {
		match self {
			Self::First => None,
			Self::Attachment(number) => Some(number.to_string()),
			Self::Text => Some("text".to_owned()),
		}
	}
}

/// A document of a message. It is about a patient, so it shows nothing.
#[derive(Clone)]
pub struct Document {
	/// Identity of its report or note at the sending facility: the field, entity identifier,
	/// namespace and universal id, and the code of a report. Messages with the same one are about
	/// the same report.
	pub identity: Vec<String>,
	/// The part of the report that it is.
	pub part: Part,
	/// Codes of its kind, the most particular first: OBR-4 and OBR-24, or TXA-2.
	pub kinds: Vec<String>,
	/// Title for people.
	pub title: String,
	/// Media type of the content.
	pub media_type: String,
	/// Content in that media type.
	pub content: Vec<u8>,
	/// Confidentiality that the message states.
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
	/// Returns the documents: each attachment, and the rest as text.
	fn documents(self) -> Vec<Document> {
		let Self { identity, kinds, title, status, secrecy, attachments, text } = self;
		let text = (attachments.is_empty() || text.has_results()).then(|| text.finish());
		let text = text.map(|text| ("text/plain; charset=utf-8".to_owned(), text.into_bytes()));
		let count = attachments.len();
		let parts = attachments.into_iter().chain(text).enumerate();
		let document = |(index, (media_type, content)): (usize, Attachment)| {
			let part = match index {
				0 => Part::First,
				index if index < count => Part::Attachment(index.saturating_add(1)),
				_ => Part::Text,
			};
			let word = part.word();
			let mut words: Vec<&str> = word.as_deref().into_iter().collect();
			words.extend((!status.is_empty()).then_some(status));
			let title = match words.is_empty() {
				true => title.clone(),
				false => format!("{title} ({})", words.join(", ")),
			};
			let (identity, kinds) = (identity.clone(), kinds.clone());
			Document { identity, part, kinds, title, media_type, content, secrecy }
		};
		parts.map(document).collect()
	}
}

/// Refuses a number of documents that is too large.
fn bounded(count: usize) -> Result<(), Problem> {
	match count > MAX_DOCUMENTS {
		true => Err(too_many()),
		false => Ok(()),
	}
}

fn too_many() -> Problem {
	let text = format!("the message has more than {MAX_DOCUMENTS} documents; split it");
	Problem::new(Condition::TooLong, "too-many", text)
}

/// Returns a title that can be shown: one line, not too long, and never empty.
fn title_of(candidates: &[String]) -> String {
	let is_shown =
		|one: &char| !one.is_control() && !render::is_break(*one) && !render::turns_direction(*one);
	let clean = |text: &String| {
		let line: String = text.chars().map(|one| if one == '\n' { ' ' } else { one }).collect();
		line.chars().filter(is_shown).take(MAX_TITLE).collect::<String>().trim().to_owned()
	};
	let found = candidates.iter().map(clean).find(|text| !text.is_empty());
	found.unwrap_or_else(|| "Document".into())
}

impl Location {
	/// Returns a part of an identity or kind, unless it is too long or not legible.
	fn part(self, part: Field<'_>) -> Result<String, Problem> {
		let Self { segment, number, field } = self;
		let text = part.key().ok_or_else(|| Problem::control_character(segment, number, field))?;
		if text.len() <= MAX_PART {
			return Ok(text);
		}
		let text = format!("{segment}-{field} has a part of over {MAX_PART} bytes; shorten it");
		let problem = Problem::new(Condition::TooLong, "part", text);
		Err(problem.at_number(segment, number, field))
	}

	/// Returns the parts of an identity that a number (EI) has.
	fn number(self, number: Field<'_>) -> Result<Vec<String>, Problem> {
		(1..=3).map(|part| self.part(number.component(part))).collect()
	}

	/// Returns the codes of a kind (CE, CWE, IS) that are given.
	fn kinds(self, kind: Field<'_>) -> Result<Vec<String>, Problem> {
		let codes = render::CODES.map(|number| kind.component(number)).into_iter();
		codes.filter(|code| !code.has_no_key()).map(|code| self.part(code)).collect()
	}
}

/// Begins the document of a TXA.
fn described(message: &Message, txa: Segment<'_>) -> Result<Group, Problem> {
	let number = txa.field(12);
	if number.component(1).has_no_key() {
		return Err(Problem::missing("TXA", 12));
	}
	let place = |field: usize| Location { segment: "TXA", number: 1, field };
	let mut identity = vec!["TXA".to_owned()];
	identity.extend(place(12).number(number)?);
	let first = message.first("OBX").ok_or_else(|| Problem::missing("OBX", 5))?;
	let kind = txa.field(2);
	let names = [kind, first.field(3)].map(|one| one.first_of(&render::TEXTS));
	Ok(Group {
		identity,
		kinds: place(2).kinds(kind)?,
		title: title_of(&[&names[..], &[kind.first_of(&render::CODES)]].concat()),
		status: render::completion(&txa.field(17).text()),
		secrecy: secrecy(txa)?,
		..Group::default()
	})
}

/// Reads the documents of an MDM^T02.
pub fn note(message: &Message) -> Result<Vec<Document>, Problem> {
	let sequence = |code, text| Err(Problem::new(Condition::SegmentSequence, code, text));
	let mut all = message.segments().filter(|one| one.name() == "TXA");
	let txa = all.next().ok_or_else(|| Problem::missing("TXA", 12))?;
	if all.next().is_some() {
		return sequence(
			"several-documents",
			"the message has several TXA; send a message for each document",
		);
	}
	let mut group = described(message, txa)?;
	let (mut number, mut is_begun, mut has_body) = (0_usize, false, false);
	for segment in message.segments() {
		match segment.name() {
			"TXA" => is_begun = true,
			"OBX" if !is_begun => {
				return sequence(
					"no-document",
					"OBX has no TXA before it; send the TXA of the document first",
				);
			}
			"OBX" => {
				number = number.saturating_add(1);
				check_not_withdrawn(segment, number)?;
				if let Some(attachment) = attachment(segment, number)? {
					group.attachments.push(attachment);
					bounded(group.attachments.len())?;
					has_body = true;
				} else {
					has_body |= group.text.line_of_note(segment, number)?;
				}
			}
			"NTE" if is_begun => group.text.note(segment),
			_ => {}
		}
	}
	if !has_body {
		return Err(Problem::missing("OBX", 5));
	}
	let documents = group.documents();
	bounded(documents.len())?;
	Ok(documents)
}

fn secrecy(txa: Segment<'_>) -> Result<Secrecy, Problem> {
	match txa.field(18).component(1).text().to_ascii_uppercase().as_str() {
		"" | "U" => Ok(Secrecy::Usual),
		"R" => Ok(Secrecy::Restricted),
		"V" => Ok(Secrecy::VeryRestricted),
		_ => {
			let text = "this is not a code of table 0272; give U, R or V";
			Err(Problem::new(Condition::TableValue, "confidentiality", text).at("TXA", 18))
		}
	}
}

/// The reports of a message, as they are read.
#[derive(Default)]
struct Reports<'a> {
	groups: Vec<Group>,
	/// Index of the report that is being read; `None` before its OBR.
	current: Option<usize>,
	/// ORC that no OBR has followed yet.
	order: Option<Segment<'a>>,
	/// Numbers of segments so far.
	orders: usize,
	results: usize,
	attachments: usize,
}

impl<'a> Reports<'a> {
	fn group(&mut self) -> Option<&mut Group> {
		self.current.and_then(|index| self.groups.get_mut(index))
	}

	/// Begins an order. Segments between it and its OBR do not belong to the previous report.
	fn order(&mut self, orc: Segment<'a>) {
		self.order = Some(orc);
		self.current = None;
	}

	/// Begins a report, or a further part of one.
	fn begin(&mut self, obr: Segment<'a>) -> Result<(), Problem> {
		self.orders = self.orders.saturating_add(1);
		let group = report(obr, self.order.take(), self.orders)?;
		let known = self.groups.iter().position(|one| one.identity == group.identity);
		self.current = Some(known.unwrap_or(self.groups.len()));
		match known.and_then(|index| self.groups.get_mut(index)) {
			Some(known) => known.text.begin_next(obr),
			None => self.groups.push(group),
		}
		bounded(self.groups.len())
	}

	/// Adds a result to the report that is being read.
	fn add(&mut self, obx: Segment<'_>) -> Result<(), Problem> {
		self.results = self.results.saturating_add(1);
		let number = self.results;
		let Some(group) = self.group() else {
			let text = "OBX has no OBR before it, after the last ORC; send the OBR of each report";
			let problem = Problem::new(Condition::SegmentSequence, "no-order", text);
			return Err(problem.at_number("OBX", number, 1));
		};
		if group.status.is_empty() {
			group.status = render::correction(&obx.field(11).text());
		}
		match attachment(obx, number)? {
			None => group.text.result(obx, number),
			Some(attachment) => {
				group.attachments.push(attachment);
				self.attachments = self.attachments.saturating_add(1);
				bounded(self.attachments)
			}
		}
	}
}

/// Reads the documents of an ORU^R01: one for each report, or more if it has attachments.
pub fn results(message: &Message) -> Result<Vec<Document>, Problem> {
	let mut reports = Reports::default();
	for segment in message.segments() {
		match segment.name() {
			"ORC" => reports.order(segment),
			"OBR" => reports.begin(segment)?,
			"OBX" => reports.add(segment)?,
			"NTE" | "SPM" => {
				if let Some(group) = reports.group() {
					match segment.name() {
						"NTE" => group.text.note(segment),
						_ => group.text.specimen(segment),
					}
				}
			}
			_ => {}
		}
	}
	let groups = reports.groups;
	let is_empty = |one: &Group| {
		one.attachments.is_empty() && !one.text.has_results() && one.status != render::CANCELLED
	};
	if groups.is_empty() {
		return Err(Problem::missing("OBR", 3));
	}
	if groups.iter().any(is_empty) {
		return Err(Problem::missing("OBX", 5));
	}
	let documents: Vec<_> = groups.into_iter().flat_map(Group::documents).collect();
	bounded(documents.len())?;
	Ok(documents)
}

/// Begins the report of an OBR. `number` counts the OBRs of the message.
fn report(obr: Segment<'_>, orc: Option<Segment<'_>>, number: usize) -> Result<Group, Problem> {
	let place = |field: usize| Location { segment: "OBR", number, field };
	let filler = [Some(obr.field(3)), orc.map(|orc| orc.field(3))];
	let filler = filler.into_iter().flatten().find(|one| !one.component(1).has_no_key());
	let placer = Some(obr.field(2)).filter(|one| !one.component(1).has_no_key());
	let (kind, order) = match (filler, placer) {
		(Some(order), _) => ("OBR", order),
		(None, Some(order)) => ("OBR-2", order),
		(None, None) => {
			let text = "the report has no filler order number; fill in OBR-3";
			let problem = Problem::new(Condition::RequiredField, "field-missing", text);
			return Err(problem.at_number("OBR", number, 3));
		}
	};
	let service = obr.field(4);
	let codes = OF_SERVICE.map(|component| (component, service.component(component)));
	let code = codes.into_iter().find(|(_, code)| !code.has_no_key());
	// Laboratories send several reports under one number. One must not replace another.
	let (component, code) = code.ok_or_else(|| Problem::missing_in("OBR", number, 4))?;
	let mut identity = vec![match component {
		1 => kind.to_owned(),
		// The same code in two coding systems is two codes.
		other => format!("{kind}^{other}"),
	}];
	identity.extend(place(3).number(order)?);
	identity.push(place(4).part(code)?);
	let title = title_of(&[service.first_of(&render::TEXTS), service.first_of(&render::CODES)]);
	let status = obr.field(25).text();
	let kinds = [place(4).kinds(service)?, place(24).kinds(obr.field(24))?];
	Ok(Group {
		identity,
		kinds: kinds.concat(),
		text: Text::of_report(&title, obr),
		title,
		status: render::unfinished(&status),
		..Group::default()
	})
}

/// Refuses an OBX that takes a document back.
fn check_not_withdrawn(obx: Segment<'_>, number: usize) -> Result<(), Problem> {
	if !matches!(&*obx.field(11).text(), "D" | "W") {
		return Ok(());
	}
	let text = "the document was deleted, or belongs to another patient, so it was not added; have a person \
	            withdraw its record";
	let problem = Problem::new(Condition::Internal, "to-withdraw", text);
	Err(problem.at_number("OBX", number, 5))
}

/// Returns the content of an OBX of type ED.
fn attachment(obx: Segment<'_>, number: usize) -> Result<Option<Attachment>, Problem> {
	let wrong = |condition, code, text: &str| {
		Err(Problem::new(condition, code, text).at_number("OBX", number, 5))
	};
	match &*obx.field(2).text() {
		"ED" => {}
		"RP" => {
			let text =
				"the server fetches no content from elsewhere; send it in the message, as ED";
			return wrong(Condition::DataType, "pointer", text);
		}
		_ => return Ok(None),
	}
	check_not_withdrawn(obx, number)?;
	let field = obx.field(5);
	// A delimiter in the data that is not escaped would cut it.
	let is_more = field.components().skip(5).any(|one| !one.is_empty());
	if field.repetitions().count() > 1 || field.components().take(5).count() < 5 || is_more {
		let text =
			"the ED must be source, type, subtype, encoding and data, once; escape delimiters in it";
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
		None => wrong(
			Condition::DataType,
			"data",
			"the data of the ED cannot be decoded; encode it again",
		),
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
