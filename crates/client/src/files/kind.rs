//! The media type of a file, and the type of the FHIR resource in it.
//!
//! The extension decides; where it says nothing, the content does. A FHIR type is reported only
//! where the file itself states it for the whole: no type is better than a wrong one.

use std::{
	fmt,
	io::{self, BufReader, Cursor, Read, Seek},
	path::Path,
};

use serde::{
	de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
	Deserialize, Deserializer,
};
use zeroize::Zeroizing;

/// Number of bytes from the beginning of a file that are inspected.
const HEAD: u64 = 64 * 1024;
/// Media type of anything that is not recognised.
const UNKNOWN: &str = "application/octet-stream";
/// UTF-8 byte order mark, which FHIR permits and ignores.
const MARK: &[u8] = b"\xef\xbb\xbf";
/// XML namespace of FHIR.
const FHIR: &str = "http://hl7.org/fhir";

/// Statements of a file about itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FileKind {
	pub(crate) media_type: &'static str,
	pub(crate) fhir_type: Option<String>,
}

/// Inspects a file, and rewinds it.
pub(crate) fn look(file: &mut (impl Read + Seek), name: &str) -> io::Result<FileKind> {
	let mut head = Zeroizing::new(Vec::with_capacity(HEAD as usize));
	Read::by_ref(file).take(HEAD).read_to_end(&mut head)?;
	file.rewind()?;
	let by_name = by_name(name);
	let kind = by_name.unwrap_or_else(|| by_content(&head));
	let looked = match kind {
		"application/json" => match json_type(&mut *file)? {
			// Without an extension that says so, a file is JSON only if it parses.
			None if by_name.is_none() => FileKind { media_type: UNKNOWN, fhir_type: None },
			read => {
				let fhir_type = read.flatten();
				FileKind { media_type: media_type(kind, fhir_type.is_some()), fhir_type }
			}
		},
		"application/x-ndjson" => FileKind {
			// Each line is a resource, so the file itself has no type.
			media_type: match json_type(first_line(&head))? {
				Some(Some(_)) => "application/fhir+ndjson",
				_ => kind,
			},
			fhir_type: None,
		},
		"application/xml" => {
			let fhir_type = xml_type(&head);
			FileKind { media_type: media_type(kind, fhir_type.is_some()), fhir_type }
		}
		kind => FileKind { media_type: kind, fhir_type: None },
	};
	file.rewind()?;
	Ok(looked)
}

/// Returns the media type of a file that is FHIR, or is not.
pub(crate) fn media_type(kind: &'static str, is_fhir: bool) -> &'static str {
	match kind {
		"application/json" if is_fhir => "application/fhir+json",
		"application/xml" if is_fhir => "application/fhir+xml",
		kind => kind,
	}
}

fn by_name(name: &str) -> Option<&'static str> {
	let extension = Path::new(name).extension()?.to_str()?;
	Some(match extension.to_ascii_lowercase().as_str() {
		"json" => "application/json",
		"ndjson" => "application/x-ndjson",
		"xml" => "application/xml",
		"pdf" => "application/pdf",
		"dcm" | "dicom" => "application/dicom",
		"hl7" => "x-application/hl7-v2+er7",
		"txt" => "text/plain",
		"csv" => "text/csv",
		"html" | "htm" => "text/html",
		"jpg" | "jpeg" => "image/jpeg",
		"png" => "image/png",
		"tif" | "tiff" => "image/tiff",
		"mp4" => "video/mp4",
		"zip" => "application/zip",
		"vcf" => "text/x-vcf",
		_ => return None,
	})
}

fn by_content(head: &[u8]) -> &'static str {
	// First, because a DICOM preamble may be the beginning of another format, such as TIFF.
	if head.get(128..132) == Some(b"DICM") {
		return "application/dicom";
	}
	let text = head.strip_prefix(MARK).unwrap_or(head);
	let message = text.strip_prefix(b"\x0b").unwrap_or(text);
	if message.starts_with(b"MSH|") {
		return "x-application/hl7-v2+er7";
	}
	let text = text.trim_ascii_start();
	if text.starts_with(b"<?xml") {
		return "application/xml";
	}
	if text.starts_with(b"{") {
		return "application/json";
	}
	infer::get(head).map_or(UNKNOWN, |kind| kind.mime_type())
}

fn first_line(head: &[u8]) -> &[u8] {
	head.split(|byte| *byte == b'\n').next().unwrap_or_default()
}

/// Returns a name if it has the form of a FHIR type.
fn type_name(name: &str) -> Option<String> {
	let fits =
		(1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphabetic());
	fits.then(|| name.to_owned())
}

/// Reads the type of a FHIR resource in JSON: its own `resourceType`, wherever it is among the
/// members, never a nested resource's.
///
/// The inner value is `None` unless exactly one is stated; the outer one, if the file is not JSON
/// throughout. JSON of FHIR is always UTF-8.
fn json_type(mut file: impl Read) -> io::Result<Option<Option<String>>> {
	let mut start = Vec::new();
	file.by_ref().take(MARK.len() as u64).read_to_end(&mut start)?;
	if start == MARK {
		start.clear();
	}
	let text = Cursor::new(start).chain(file);
	let mut types = Vec::new();
	let mut reader = serde_json::Deserializer::from_reader(BufReader::with_capacity(1 << 16, text));
	let read = reader.deserialize_any(Members(&mut types)).and_then(|()| reader.end());
	match (read, &types[..]) {
		(Err(error), _) if error.is_io() => Err(error.into()),
		(Err(_), _) => Ok(None),
		(Ok(()), [Some(name)]) => Ok(Some(type_name(name))),
		(Ok(()), _) => Ok(Some(None)),
	}
}

/// Collects the value of each `resourceType` of an object (`None` if it is not text), and skips the
/// rest.
struct Members<'a>(&'a mut Vec<Option<String>>);

impl<'de> Visitor<'de> for Members<'_> {
	type Value = ();

	fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("an object or an array")
	}

	fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
		while let Some(member) = map.next_key::<String>()? {
			if member != "resourceType" {
				map.next_value::<IgnoredAny>()?;
				continue;
			}
			let Said(text) = map.next_value()?;
			// Two are enough to know that the type is ambiguous.
			if self.0.len() < 2 {
				self.0.push(text);
			}
		}
		Ok(())
	}

	fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
		while seq.next_element::<IgnoredAny>()?.is_some() {}
		Ok(())
	}
}

/// A text, or `None` for any other value.
struct Said(Option<String>);

impl<'de> Deserialize<'de> for Said {
	fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
		deserializer.deserialize_any(SaidVisitor)
	}
}

struct SaidVisitor;

impl<'de> Visitor<'de> for SaidVisitor {
	type Value = Said;

	fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("anything")
	}

	fn visit_str<E: Error>(self, text: &str) -> Result<Said, E> {
		Ok(Said(Some(text.to_owned())))
	}

	fn visit_bool<E: Error>(self, _: bool) -> Result<Said, E> {
		Ok(Said(None))
	}

	fn visit_i64<E: Error>(self, _: i64) -> Result<Said, E> {
		Ok(Said(None))
	}

	fn visit_u64<E: Error>(self, _: u64) -> Result<Said, E> {
		Ok(Said(None))
	}

	fn visit_f64<E: Error>(self, _: f64) -> Result<Said, E> {
		Ok(Said(None))
	}

	fn visit_unit<E: Error>(self) -> Result<Said, E> {
		Ok(Said(None))
	}

	fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Said, A::Error> {
		while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
		Ok(Said(None))
	}

	fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Said, A::Error> {
		while seq.next_element::<IgnoredAny>()?.is_some() {}
		Ok(Said(None))
	}
}

/// Reads the type of a FHIR resource in XML: the name of its root, if that is in FHIR's namespace.
fn xml_type(head: &[u8]) -> Option<String> {
	let text = head.strip_prefix(MARK).unwrap_or(head);
	// The head may end within a character, but the root comes before that.
	let text = match std::str::from_utf8(text) {
		Ok(text) => text,
		Err(error) => std::str::from_utf8(text.get(..error.valid_up_to())?).ok()?,
	};
	let mut rest = text.trim_start();
	let tag = loop {
		let after = if let Some(after) = rest.strip_prefix("<!--") {
			after.split_once("-->")?.1
		} else if let Some(after) = rest.strip_prefix("<?") {
			after.split_once("?>")?.1
		} else if rest.starts_with("<!") {
			// FHIR permits no document types.
			return None;
		} else {
			break rest.strip_prefix('<')?;
		};
		rest = after.trim_start();
	};
	let (name, mut attributes) =
		tag.split_at_checked(tag.find(|c: char| c.is_whitespace() || c == '>' || c == '/')?)?;
	let (prefix, name) = name.split_once(':').unwrap_or(("", name));
	loop {
		attributes = attributes.trim_start();
		let (attribute, after) = attributes.split_once('=')?;
		if attribute.contains(['>', '/', '<']) {
			return None;
		}
		let after = after.trim_start();
		let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
		let (value, after) = after.get(1..)?.split_once(quote)?;
		let attribute = attribute.trim_end();
		let declares = match attribute.strip_prefix("xmlns") {
			Some("") => prefix.is_empty(),
			Some(named) => named.strip_prefix(':') == Some(prefix) && !prefix.is_empty(),
			None => false,
		};
		if declares {
			return (value == FHIR).then(|| type_name(name)).flatten();
		}
		attributes = after;
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::io::Write;

	fn looked(name: &str, content: &[u8]) -> (&'static str, Option<String>) {
		let mut file = tempfile::tempfile().unwrap();
		file.write_all(content).unwrap();
		file.rewind().unwrap();
		let looked = look(&mut file, name).unwrap();
		assert_eq!(file.stream_position().unwrap(), 0);
		(looked.media_type, looked.fhir_type)
	}

	fn is(name: &str, content: &[u8], media_type: &str, fhir_type: Option<&str>) {
		let (media, fhir) = looked(name, content);
		let shown = String::from_utf8_lossy(content.get(..80).unwrap_or(content)).into_owned();
		assert_eq!((media, fhir.as_deref()), (media_type, fhir_type), "{name}: {shown}");
	}

	const FHIR_JSON: &str = "application/fhir+json";
	const JSON: &str = "application/json";

	#[test]
	fn a_resource_has_its_own_type_wherever_it_states_it() {
		for content in [
			r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient"}}]}"#,
			r#"{"entry":[{"resource":{"resourceType":"Patient"}}],"resourceType":"Bundle"}"#,
			r#"{"entry":[[{"resourceType":"Patient"}]], "a":{"resourceType":"X"}, "resourceType" : "Bundle" } "#,
			r#"{"note":"\"resourceType\":\"Patient\"","resource\u0054ype":"Bundle"}"#,
			"\u{feff}{\n\"resourceType\": \"Bundle\"}",
		] {
			is("a.JSON", content.as_bytes(), FHIR_JSON, Some("Bundle"));
			is("a", content.as_bytes(), FHIR_JSON, Some("Bundle"));
		}
		let contained =
			r#"{"contained":[{"resourceType":"Organization"}],"resourceType":"DiagnosticReport"}"#;
		is("a.json", contained.as_bytes(), FHIR_JSON, Some("DiagnosticReport"));
		// Far beyond the part that is usually inspected.
		let far = format!(
			r#"{{"entry":[{{"resourceType":"Patient","x":"{}"}}],"resourceType":"Bundle"}}"#,
			"y".repeat(3_000_000)
		);
		is("a.json", far.as_bytes(), FHIR_JSON, Some("Bundle"));
		// Text with a byte that is not UTF-8 does not change the type of the whole.
		is("a.json", b"{\"resourceType\":\"Bundle\",\"a\":\"\xe9\"}", FHIR_JSON, Some("Bundle"));
	}

	#[test]
	fn no_type_is_better_than_a_wrong_one() {
		for content in [
			r#"{"resourceType":7}"#,
			r#"{"resourceType":{"resourceType":"Bundle"}}"#,
			r#"{"resourceType":["Bundle"]}"#,
			r#"{"resourceType":"Bundle","resourceType":"Patient"}"#,
			r#"{"resourceType":"Bundle","resourceType":7}"#,
			r#"{"resourceType":"Bu ndle"}"#,
			r#"{"resourceType":""}"#,
			r#"{"contained":[{"resourceType":"Organization"}]}"#,
			r#"[{"resourceType":"Patient"}]"#,
			r#"{"resourceType":"Bundle""#,
			r#"{"resourceType":"Bundle"} {"resourceType":"Bundle"}"#,
			"{}",
			"7",
		] {
			is("a.json", content.as_bytes(), JSON, None);
		}
		// JSON of FHIR is always UTF-8.
		let wide: Vec<u8> = "\u{feff}{\"resourceType\":\"Bundle\"}"
			.encode_utf16()
			.flat_map(u16::to_le_bytes)
			.collect();
		is("a.json", &wide, JSON, None);
		is("a", b"{ no json", UNKNOWN, None);
		let deep = "[".repeat(1_000_000);
		is("a.json", deep.as_bytes(), JSON, None);
	}

	#[test]
	fn a_file_of_resources_has_no_type_of_its_own() {
		let lines = b"{\"resourceType\":\"Patient\"}\n{\"resourceType\":\"Observation\"}\n";
		is("a.ndjson", lines, "application/fhir+ndjson", None);
		is("a.ndjson", b"{\"a\":1}\n", "application/x-ndjson", None);
	}

	#[test]
	fn fhir_in_xml_is_recognised_by_its_namespace() {
		let (xml, fhir) = ("application/xml", "application/fhir+xml");
		for content in [
			r#"<Patient xmlns="http://hl7.org/fhir"/>"#,
			"\u{feff}<?xml version='1.0'?>\n<!-- a > b -->\n<Patient\n xmlns = 'http://hl7.org/fhir' >",
			r#"<?xml version="1.0"?><f:Patient a="<>" xmlns="urn:x" xmlns:f="http://hl7.org/fhir">"#,
		] {
			is("a.xml", content.as_bytes(), fhir, Some("Patient"));
		}
		is(
			"a",
			b"<?xml version='1.0'?><Patient xmlns='http://hl7.org/fhir'/>",
			fhir,
			Some("Patient"),
		);
		for content in [
			r#"<ClinicalDocument xmlns="urn:hl7-org:v3"><Patient xmlns="http://hl7.org/fhir"/>"#,
			r#"<Patient><x xmlns="http://hl7.org/fhir"/></Patient>"#,
			r#"<Patient xmlns:f="http://hl7.org/fhir"/>"#,
			r#"<f:Patient xmlns="http://hl7.org/fhir"/>"#,
			r#"<!DOCTYPE x []><Patient xmlns="http://hl7.org/fhir"/>"#,
			r#"<!-- <Patient xmlns="http://hl7.org/fhir"/> -->"#,
			"<",
			"",
			"no xml",
		] {
			if !content.is_empty() {
				is("a.xml", content.as_bytes(), xml, None);
			}
			assert_eq!(xml_type(content.as_bytes()), None);
		}
	}

	#[test]
	fn content_decides_where_the_name_says_nothing() {
		let mut dicom = b"II*\0".to_vec();
		dicom.resize(128, 0);
		dicom.extend_from_slice(b"DICM\x02\0\0\0UL");
		let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
		for (name, content, media_type) in [
			("DICOMDIR", &dicom[..], "application/dicom"),
			("15820", &dicom, "application/dicom"),
			("mr.dcm.gz", b"\x1f\x8b\x08\x08abc", "application/gzip"),
			("scan", png, "image/png"),
			("scan.bak", png, "image/png"),
			("report", b"%PDF-1.4", "application/pdf"),
			(
				"ccd.ccda",
				b"<?xml version=\"1.0\"?><ClinicalDocument xmlns=\"urn:hl7-org:v3\">",
				"application/xml",
			),
			("message", b"\x0bMSH|^~\\&|x", "x-application/hl7-v2+er7"),
			("message", b"\xef\xbb\xbfMSH|^~\\&|x", "x-application/hl7-v2+er7"),
			("c", b"?", UNKNOWN),
			// A name that says something decides.
			("a.dcm", b"no preamble", "application/dicom"),
			("a.pdf", b"%PDF", "application/pdf"),
			("a.txt", png, "text/plain"),
			("d.json", b"[1]", JSON),
		] {
			is(name, content, media_type, None);
		}
	}

	#[test]
	fn any_content_is_inspected_without_harm() {
		use proptest::prelude::*;
		let pieces = prop::collection::vec(
			prop_oneof![
				any::<Vec<u8>>(),
				Just(b"<?xml".to_vec()),
				Just(b"<a xmlns=\"http://hl7.org/fhir\"".to_vec()),
				Just("\u{e9}=".as_bytes().to_vec()),
				Just(b"{\"resourceType\":".to_vec()),
			],
			0..6,
		);
		proptest!(ProptestConfig::with_cases(2_000), |(content in pieces.prop_map(|all| all.concat()))| {
			let _ = xml_type(&content);
			let _ = json_type(&content[..]).unwrap();
			let _ = by_content(&content);
		});
	}
}
