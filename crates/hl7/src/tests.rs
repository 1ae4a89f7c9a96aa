mod bounds;
mod values;

use crate::*;
use proptest::prelude::*;

const HEADER: &str = "MSH|^~\\&|LAB|HOSP|SALUS|HOSP|20261129081500||ORU^R01^ORU_R01|42|P|2.5.1";

fn parse(text: &str) -> Result<Message, Problem> {
	Message::parse(text.as_bytes().to_vec(), None)
}

fn message(segments: &[&str]) -> Message {
	parse(&[&[HEADER], segments].concat().join("\r")).unwrap()
}

/// Returns the frames of bytes that come in parts of these sizes.
fn frames(framer: &mut Framer, bytes: &[u8], sizes: &[usize]) -> Vec<Frame> {
	let (mut found, mut rest, mut sizes) = (Vec::new(), bytes, sizes.iter().cycle());
	while !rest.is_empty() {
		let size = (*sizes.next().unwrap()).clamp(1, rest.len());
		let (mut part, after) = rest.split_at(size);
		while !part.is_empty() {
			let (taken, frame) = framer.take(part);
			found.extend(frame);
			part = &part[taken..];
		}
		rest = after;
	}
	found
}

fn whole(text: &str) -> Frame {
	Frame { content: text.as_bytes().to_vec(), extent: Extent::Whole }
}

#[test]
fn two_messages_in_one_packet_are_two_frames() {
	let bytes = b"\r\n\x0bone\r\x1c\r\x0btwo\r\x1c\r \t\r\n\x0bthree\r\x1c\r\x0brest";
	let mut framer = Framer::new(100);
	let expected = ["one\r", "two\r", "three\r"].map(whole);
	assert_eq!(frames(&mut framer, bytes, &[100]), expected);
	assert!(framer.is_open());
	assert_eq!(framer.held(), b"rest");
}

#[test]
fn a_mark_within_a_frame_ends_all() {
	let torn = |text: &str| Frame { content: text.as_bytes().to_vec(), extent: Extent::Torn };
	for (bytes, first) in [
		("one\x0bforged\r\x1c\r", "one"),
		("\x0bforged\r\x1c\r", ""),
		("one\x1c and\r\x1c\r", "one"),
		("one\x1c\x0bforged\r\x1c\r", "one"),
		("one\x1c\x1c\r", "one"),
		("one\x1c\n", "one"),
		("one\r\x1c\n", "one\r"),
		// The last segment does not end.
		("\x1c\r", ""),
		("one\x1c\r", "one"),
		("one\r\n\x1c\r", "one\r\n"),
		("NTE|1||seen\x1c\rOBX|2||K\r\x1c\r", "NTE|1||seen"),
	] {
		for size in [1, 100] {
			let mut framer = Framer::new(100);
			let bytes = format!("\x0bzero\r\x1c\r\x0b{bytes}\x0bnext\r\x1c\r");
			let found = frames(&mut framer, bytes.as_bytes(), &[size]);
			assert_eq!(found, [whole("zero\r"), torn(first)], "{bytes:?}");
			assert!(framer.is_lost() && !framer.is_open());
		}
	}
	// FS alone may still get its CR.
	let mut framer = Framer::new(100);
	assert_eq!(frames(&mut framer, b"\x0bone\r\x1c", &[9]), []);
	assert!(framer.is_open());
	assert_eq!(frames(&mut framer, b"\r", &[9]), [whole("one\r")]);
	// Of a large one, only the beginning is kept.
	let large = [b"\x0b".as_slice(), &[b'x'; 9000], b"\x0b"].concat();
	let [found] = &frames(&mut Framer::new(10_000), &large, &[700])[..] else {
		panic!("there is one frame")
	};
	assert_eq!((found.content.len(), found.extent), (4096, Extent::Torn));
	assert_eq!(whole("one\r").torn(), torn("one\r"));
	assert_eq!(whole(&"x".repeat(9000)).torn().content.len(), 4096);
}

#[test]
fn only_white_space_is_between_frames() {
	for (between, is_lost) in [
		("\r\n \t".to_owned(), false),
		("\r".repeat(1024), false),
		("\r".repeat(1025), true),
		("\x1c".to_owned(), true),
		("x".to_owned(), true),
		("\u{a0}".to_owned(), true),
		("\x0c".to_owned(), true),
	] {
		for size in [1, 4000] {
			let mut framer = Framer::new(100);
			let bytes = format!("\x0bone\r\x1c\r{between}\x0bnext\r\x1c\r");
			let found = frames(&mut framer, bytes.as_bytes(), &[size]);
			assert_eq!(found.len(), if is_lost { 1 } else { 2 }, "{between:?}");
			assert_eq!(framer.is_lost(), is_lost, "{between:?}");
		}
	}
}

#[test]
fn a_frame_that_is_too_large_keeps_its_head() {
	let mut framer = Framer::new(10_000);
	let end = b"\r\x1c\r\x0bnext\r\x1c\r";
	let large = [b"\x0bMSH".as_slice(), &[b'x'; 20_000], end].concat();
	let found = frames(&mut framer, &large, &[700]);
	assert!(found[0].extent == Extent::Head && found[0].content.starts_with(b"MSHxx"));
	assert_eq!(found[0].content.len(), 4096);
	assert_eq!(found[1..], [whole("next\r")]);
	// The last segment of a large one must end, too.
	let large = [b"\x0bMSH".as_slice(), &[b'x'; 20_000], b"\x1c\r"].concat();
	assert_eq!(frames(&mut Framer::new(10_000), &large, &[700])[0].extent, Extent::Torn);
}

#[test]
fn a_frame_without_room_keeps_its_head() {
	let header = format!("{HEADER}|||AL|NE\rPID|1");
	let mut framer = Framer::new(10_000);
	assert_eq!(framer.take(b"\x0b"), (1, None));
	framer.discard();
	let rest = [header.as_bytes(), &[b'x'; 20_000], b"\r\x1c\r"].concat();
	let [found] = &frames(&mut framer, &rest, &[5, 900])[..] else { panic!("there is one frame") };
	assert!(found.extent == Extent::Head && found.content.len() == 4096);
	let outcome = Outcome::NotNow(Problem::new(Condition::Internal, "no-room", "x"));
	let [ack] = &acknowledgements(&found.content, &outcome, "9", 0)[..] else {
		panic!("there is one answer")
	};
	let ack = String::from_utf8(ack.clone()).unwrap();
	assert!(ack.contains("|SALUS|HOSP|LAB|HOSP|") && ack.contains("\rMSA|CR|42\r"), "{ack}");
}

proptest! {
	#[test]
	fn framing_in_any_split_gives_the_same(
		messages in prop::collection::vec("[a-z|^\r\n]{0,40}", 0..6),
		sizes in prop::collection::vec(1usize..50, 1..20),
	) {
		let framed = messages.iter().map(|one| format!("\x0b{one}\r\x1c\r"));
		let bytes = framed.collect::<String>().into_bytes();
		let expected: Vec<_> = messages.iter().map(|one| whole(&format!("{one}\r"))).collect();
		prop_assert_eq!(frames(&mut Framer::new(1000), &bytes, &sizes), expected);
	}

	#[test]
	fn arbitrary_bytes_never_panic(
		bytes in prop::collection::vec(any::<u8>(), 0..400),
		sizes in 1usize..9,
	) {
		let mut framer = Framer::new(100);
		frames(&mut framer, &bytes, &[sizes]);
		read(bytes.clone());
		read([HEADER.as_bytes(), b"\r", &bytes].concat());
	}

	#[test]
	fn arbitrary_segments_never_panic(
		lines in prop::collection::vec(
			"(PID|OBR|OBX|TXA|MRG|NTE|ORC|MSH)\\|[A-Za-z0-9^~&\\\\|.+=é]{0,80}",
			0..12,
		),
	) {
		read([HEADER, &lines.join("\r")].join("\r").into_bytes());
	}

	#[test]
	fn escaped_text_comes_back(text in "\\PC*|[|^~&\\\\\r\n\t a-z]*", other in any::<bool>()) {
		let header = if other { "MSH$%*@!$LAB" } else { HEADER };
		let message = parse(header).unwrap();
		let escaped = crate::escape::escaped(&text, message.delimiters());
		prop_assert!(!escaped.contains(['\r', '\n', message.delimiters().field]));
		let back = crate::escape::resolved(&escaped, message.delimiters(), Charset::Utf8);
		prop_assert_eq!(back, text);
	}

	#[test]
	fn no_text_grows_by_its_escape_sequences(text in "(\\\\\\.(sp|sk)[+]?[0-9]{0,3}\\\\){0,20}") {
		let message = parse(HEADER).unwrap();
		let plain = crate::escape::resolved(&text, message.delimiters(), Charset::Utf8);
		prop_assert!(plain.len() <= text.len().max(6 * text.len() / 5));
	}
}

/// Reads bytes in every way.
fn read(bytes: Vec<u8>) {
	for charset in [None, Some(Charset::Latin1)] {
		let outcome = match Message::parse(bytes.clone(), charset) {
			Ok(message) => {
				let _ = (Header::of(&message), identifiers(&message), Pair::all_of(&message));
				let _ = (note(&message), results(&message));
				Outcome::Accepted
			}
			Err(problem) => Outcome::Wrong(problem),
		};
		acknowledgements(&bytes, &outcome, "1", 0);
	}
}

#[test]
fn a_message_is_read_whatever_ends_its_lines() {
	for end in ["\r", "\n", "\r\n", "\r\r"] {
		let text = [HEADER, "PID|1||7^^^HOSP^MR", ""].join(end);
		let marked = format!("\u{feff}{text}");
		for text in [&text, &marked] {
			let message = parse(text).unwrap();
			let names: Vec<_> = message.segments().map(|one| one.name().to_owned()).collect();
			assert_eq!(names, ["MSH", "PID"], "{end:?}");
			assert_eq!(message.segments().nth(1).unwrap().field(3).component(1).text(), "7");
		}
	}
	// A line end in a value stays there.
	let message = parse(&format!("{HEADER}\rOBX|1|TX|||one\ntwo\r")).unwrap();
	assert_eq!(message.first("OBX").unwrap().field(5).text(), "one\ntwo");
}

#[test]
fn a_message_that_is_not_whole_is_refused() {
	let of = |text: &str| parse(text).unwrap_err().code;
	assert_eq!(of("PID|1"), "not-hl7");
	assert_eq!(of("MSH|^^\\&|"), "not-hl7");
	assert_eq!(of("FHS|^~\\&|"), "not-hl7");
	for odd in ["\u{a0}", "\u{3000}", "\u{2028}", "\u{85}", "\u{feff}\u{feff}"] {
		let text = format!("{odd}{HEADER}");
		assert_eq!(of(&text), "not-hl7", "{odd:?}");
		let problem = Problem::new(Condition::SegmentSequence, "not-hl7", "x");
		let acks = acknowledgements(text.as_bytes(), &Outcome::Wrong(problem), "9", 0);
		assert!(String::from_utf8(acks.concat()).unwrap().contains("\rMSA|AE\r"), "{odd:?}");
	}
	for mark in ["\x0b", "\x1c"] {
		for text in [
			format!("{mark}{HEADER}"),
			format!("{HEADER}{mark}"),
			format!("{HEADER}\rOBX|1|TX|||normal{mark} so far\rOBX|2|TX|||x"),
		] {
			assert_eq!(of(&text), "torn-frame", "{text:?}");
		}
	}
	assert_eq!(of(&format!("{HEADER}\rOBX|1|TX|||one\rtwo")), "not-a-segment");
	for other in [HEADER, "MSH|^~\\&|", "FHS|^~\\&", "BHS|^~\\&", "BTS|2", "FTS|1"] {
		let text = format!("{HEADER}\rPID|1||7\r{other}\rPID|1||8");
		assert_eq!(of(&text), "several-messages", "{other}");
	}
	assert_eq!(of(&format!("{HEADER}\rDSC|7|F")), "continued");
	assert_eq!(of(&format!("{HEADER}||7\r")), "continued");
	assert_eq!(of(&format!("{HEADER}{}", "\rNTE|1".repeat(20_001))), "too-many");
}

#[test]
fn character_sets_are_decoded() {
	let of = |name: &str, byte: &[u8]| {
		let header = format!("{HEADER}||||||{name}");
		let bytes = [header.as_bytes(), b"\rNTE|1||caf", byte].concat();
		let message = Message::parse(bytes, None).map_err(|problem| problem.code)?;
		let text = message.first("NTE").unwrap().field(3).text();
		Ok::<_, &str>(text)
	};
	for (name, byte) in
		[("UNICODE UTF-8", "é".as_bytes()), ("8859/1", b"\xe9"), ("", "é".as_bytes())]
	{
		assert_eq!(of(name, byte).unwrap(), "café", "{name}");
	}
	assert_eq!(of("8859/15", b" \xa4").unwrap(), "caf €");
	assert_eq!(of("8859/1", b"\\XE9\\").unwrap(), "café");
	assert_eq!(of("ASCII", b"\xe9"), Err("charset"));
	assert_eq!(of("", b"\xe9"), Err("charset"));
	assert_eq!(of("UNICODE UTF-16", b"e"), Err("charset"));
	let bytes = [HEADER.as_bytes(), b"\rNTE|1||caf\xe9"].concat();
	assert!(Message::parse(bytes, Some(Charset::Latin1)).is_ok());
}

#[test]
fn escape_sequences_become_text() {
	let of = |text: &str| {
		message(&[&format!("OBX|1|FT|||{text}")]).first("OBX").unwrap().field(5).text()
	};
	assert_eq!(of("a\\.br\\b\\.sp2\\c"), "a\nb\n\nc");
	assert_eq!(of("\\F\\\\S\\\\R\\\\T\\\\E\\"), "|^~&\\");
	assert_eq!(of("\\H\\bold\\N\\ \\X41\\"), "bold A");
	// An unknown escape sequence stays.
	assert_eq!(of("C:\\temp and \\Zx\\"), "C:\\temp and \\Zx\\");
}

#[test]
fn an_acknowledgement_names_the_message_and_no_value() {
	let text = format!("{HEADER}\rPID|1||7||DUCK^DONALD\r");
	let problem = Problem::missing("TXA", 12);
	let of = |outcome: &Outcome| {
		let acks = acknowledgements(text.as_bytes(), outcome, "9", 1_795_939_200);
		String::from_utf8(acks.concat()).unwrap()
	};
	let accepted = of(&Outcome::Accepted);
	let expected = "MSH|^~\\&|SALUS|HOSP|LAB|HOSP|20261129080000+0000||ACK^R01^ACK|9|P|2.5.1\r\
	                MSA|AA|42\r";
	assert_eq!(accepted, expected);
	let wrong = of(&Outcome::Wrong(problem.clone()));
	let err = "MSA|AE|42\rERR||TXA^1^12|101^Required field missing^HL70357|E|field-missing^^L|||\
	           TXA-12 is empty; fill it in\r";
	assert!(wrong.ends_with(err), "{wrong}");
	assert!(of(&Outcome::NotNow(problem)).contains("MSA|AR|42"));
	// Another sender has other delimiters.
	let other = b"MSH$%*@!$LAB$HOSP$$$$$ADT%A08$x%y$P$2.3";
	let acks = acknowledgements(other, &Outcome::Accepted, "9", 0);
	assert!(String::from_utf8(acks.concat())
		.unwrap()
		.ends_with("$$ACK%A08%ACK$9$P$2.3\rMSA$AA$x%y\r"));
}

#[test]
fn enhanced_mode_answers_as_the_sender_demands() {
	let text = |demands: &str| format!("{HEADER}|||{demands}").into_bytes();
	let problem = Problem::new(Condition::Internal, "x", "x");
	for (demands, of_accepted, of_wrong) in [
		("", &["AA"][..], &["AE"][..]),
		("\"\"|\"\"", &["AA"], &["AE"]),
		("\"\"|AL", &["AA"], &["AE"]),
		("NE|NE", &[], &[]),
		("AL|NE", &["CA"], &["CE"]),
		("AL|AL", &["CA", "AA"], &["CE", "AE"]),
		("ER|SU", &["AA"], &["CE"]),
		("|AL", &["AA"], &["AE"]),
		("XX|NE", &["CA"], &["CE"]),
	] {
		for (outcome, expected) in
			[(Outcome::Accepted, of_accepted), (Outcome::Wrong(problem.clone()), of_wrong)]
		{
			let acks = acknowledgements(&text(demands), &outcome, "9", 0);
			let codes = acks.into_iter().map(|ack| {
				let ack = String::from_utf8(ack).unwrap();
				ack.split("MSA|").nth(1).unwrap()[..2].to_owned()
			});
			assert_eq!(codes.collect::<Vec<_>>(), expected, "{demands}");
		}
	}
	let strange = Message::parse(text("XX|AL"), None).unwrap();
	assert_eq!(Header::of(&strange).unwrap_err().code, "demand");
}

#[test]
fn a_document_has_its_number_and_content() {
	let txa = "TXA|1|DS^Discharge\u{202e} summary|TX|202611290810||||||||D-7^LAB|||||AU|R";
	let texts = [txa, "OBX|1|TX|1^Body||one", "OBX|2|FT|1^Body||two\\.br\\three", "NTE|1||four"];
	let [document] = <[_; 1]>::try_from(note(&message(&texts)).unwrap()).unwrap();
	assert_eq!(document.identity, ["TXA", "D-7", "LAB", ""]);
	assert_eq!((&*document.title, document.secrecy), ("Discharge summary", Secrecy::Restricted));
	assert_eq!(document.content, b"one\ntwo\nthree\n  four\n");
	for (value, media_type) in [
		("^AP^PDF^Base64^JVBERi0=", "application/pdf"),
		("LAB^application^pdf^Base64^JVBE\\.br\\Ri0", "application/pdf"),
		("^PDF^^base64^JVBERi0=", "application/pdf"),
		("^application/pdf^^Hex^255044462d", "application/pdf"),
		("^text^XML^A^%PDF-", "application/xml"),
	] {
		let [document] = <[_; 1]>::try_from(
			note(&message(&[txa, &format!("OBX|1|ED|1^Body||{value}")])).unwrap(),
		)
		.unwrap();
		assert_eq!(
			(&*document.media_type, &*document.content),
			(media_type, &b"%PDF-"[..]),
			"{value}"
		);
	}
	for (segments, code) in [
		(&["OBX|1|TX|||x"][..], "field-missing"),
		(&["TXA|1|DS", "OBX|1|TX|||x"], "field-missing"),
		(&["OBX|1|TX|||x", txa], "no-document"),
		(&[txa], "field-missing"),
		(&[txa, "OBX|1|ED|||^AP^PDF^Base64^*"], "data"),
		(&[txa, "OBX|1|ED|||^AP^PDF^Base64^"], "field-missing"),
		(&[txa, "OBX|1|ED|||^AP^PDF^^JVBERi0="], "encoding"),
		(&[txa, "OBX|1|ED|||JVBERi0="], "ed"),
		(&[txa, "OBX|1|RP|||http://x"], "pointer"),
		(&[txa, "OBX|1|ED|||^AP^PDF^Base64^JVBERi0=||||||W"], "to-withdraw"),
		(&["TXA|1|DS||||||||||D-7||||||X", "OBX|1|TX|||x"], "confidentiality"),
	] {
		let found = note(&message(segments)).map(|_| ()).map_err(|problem| problem.code);
		assert_eq!(found, Err(code), "{segments:?}");
	}
}

#[test]
fn results_become_a_readable_text() {
	let segments = [
		"PID|1||7^^^HOSP^MR",
		"ORC|RE|1|F-7",
		"OBR|1|1|F-7^LAB|BC^Blood count^L|||202611290815|||||||||||||||20261129090000+0100||HM|P",
		"OBX|1|NM|HB^Haemoglobin^LN||7.2|g/dL|12-16|LL|||F",
		"NTE|1||told to the ward",
		"OBX|2|CE|BG^Blood group||A^A positive^L||||||C",
		"OBX|3|SN|LE^Leucocytes||>^100|/nL",
		"OBX|4|FT|C^Comment||first\\.br\\second||||||F",
	];
	let [document] = <[_; 1]>::try_from(results(&message(&segments)).unwrap()).unwrap();
	assert_eq!(document.identity, ["OBR", "F-7", "LAB", "", "BC"]);
	assert_eq!(document.kinds, ["BC", "HM"]);
	assert_eq!(document.title, "Blood count (preliminary)");
	let expected = "Blood count\nStatus: preliminary\nObserved: 2026-11-29 08:15\n\
	                Reported: 2026-11-29 09:00:00 +0100\n\n\
	                Haemoglobin: 7.2 g/dL (reference 12-16), critically low\n  told to the ward\n\
	                Blood group: A positive (A), corrected\nLeucocytes: >100 /nL\n\
	                Comment:\n    first\n    second\n";
	assert_eq!(String::from_utf8(document.content).unwrap(), expected);
}

#[test]
fn each_report_and_each_attachment_is_a_document() {
	let pdf = "OBX|1|ED|R^Report||^AP^PDF^Base64^JVBERi0=||||||C";
	let segments = [
		"OBR|1||F-7|BC^Blood count",
		pdf,
		"OBX|2|NM|HB||7",
		"OBR|2||F-7|CH^Chemistry",
		"OBX|1|NM|NA||140",
		"OBR|3||F-7|BC^Blood count",
		pdf,
	];
	let found = results(&message(&segments)).unwrap();
	let part = |one: &Document| (one.identity[4].clone(), one.part, one.title.clone());
	let parts: Vec<_> = found.iter().map(part).collect();
	let expected = [
		("BC", Part::First, "Blood count (corrected)"),
		("BC", Part::Attachment(2), "Blood count (2, corrected)"),
		("BC", Part::Text, "Blood count (text, corrected)"),
		("CH", Part::First, "Chemistry"),
	];
	assert_eq!(
		parts,
		expected.map(|(code, part, title)| (code.to_owned(), part, title.to_owned()))
	);
	// A cancelled report has no results; any other one without is cut off.
	let cancelled = "OBR|1||F-7|BC|||||||||||||||||||||X";
	assert_eq!(results(&message(&[cancelled])).unwrap()[0].title, "BC (cancelled)");
	for (segments, code) in [
		(&["OBR|1||F-7|BC|||||||||||||||||||||F"][..], "field-missing"),
		(&["OBR|1|||BC", "OBX|1|NM|HB||7"], "field-missing"),
		(&["OBX|1|NM|HB||7", "OBR|1||F-7"], "no-order"),
		(&[], "field-missing"),
	] {
		assert_eq!(results(&message(segments)).unwrap_err().code, code, "{segments:?}");
	}
}

#[test]
fn an_order_ends_the_report_before_it() {
	let report = ["ORC|RE||F-7", "OBR|1||F-7|BC", "OBX|1|NM|HB||7", "NTE|1||of the result"];
	let order = ["ORC|RE||F-8", "NTE|1||of the order", "SPM|1|||BLD^Blood"];
	let next = ["OBR|2||F-8|CH", "OBX|1|NM|NA||140"];
	let found = results(&message(&[&report[..], &order, &next].concat())).unwrap();
	let texts = found.into_iter().map(|one| String::from_utf8(one.content).unwrap());
	let expected = ["BC\n\nHB: 7\n  of the result\n", "CH\n\nNA: 140\n"];
	assert_eq!(texts.collect::<Vec<_>>(), expected);
	let misplaced = [&report[..], &order, &["OBX|1|NM|NA||140"], &next].concat();
	let problem = results(&message(&misplaced)).unwrap_err();
	assert_eq!((problem.code, problem.location.map(|place| place.number)), ("no-order", Some(2)));
}

#[test]
fn the_documents_of_a_message_are_bounded() {
	let text = |count: usize, one: &dyn Fn(usize) -> String| {
		let segments = (0..count).map(one).collect::<Vec<_>>().join("\r");
		parse(&format!("{HEADER}\r{segments}")).unwrap()
	};
	let report = |number: usize| format!("OBR|1||F-{number}|BC\rOBX|1|NM|HB||7");
	assert_eq!(results(&text(100, &report)).unwrap().len(), 100);
	assert_eq!(results(&text(101, &report)).unwrap_err().code, "too-many");
	let pdf = "OBX|1|ED|||^AP^PDF^Base64^JVBERi0=";
	let all = format!("{HEADER}\rTXA|1|DS||||||||||D-7\r{}", vec![pdf; 101].join("\r"));
	assert_eq!(note(&parse(&all).unwrap()).unwrap_err().code, "too-many");
}

#[test]
fn a_merge_has_a_pair_for_each_mrg() {
	let merge =
		message(&["PID|1||1^^^HOSP&1.2.3&ISO^MR", "PV1", "MRG|2^^^HOSP", "PID|2||3", "MRG|4"]);
	let pairs = Pair::all_of(&merge).unwrap();
	let values: Vec<_> =
		pairs.iter().map(|pair| (&*pair.survivor[0].value, &*pair.prior[0].value)).collect();
	assert_eq!(values, [("1", "2"), ("3", "4")]);
	let first = &pairs[0].survivor[0];
	assert_eq!((&*first.authority, &*first.universal_id, &*first.kind), ("HOSP", "1.2.3", "MR"));
	for segments in [&["PID|1||1"][..], &["MRG|1"], &["PID|1||1", "MRG|"], &["PID|1||", "MRG|1"]] {
		assert!(Pair::all_of(&message(segments)).is_err(), "{segments:?}");
	}
	assert!(!format!("{pairs:?}").contains("HOSP"));
	let two = message(&["PID|1||1", "PID|2||2"]);
	assert_eq!(identifiers(&two).unwrap_err().code, "several-patients");
}

#[test]
fn messages_of_other_systems_are_read() {
	let Some(folder) = std::env::var_os("SALUS_ODD_FILES") else {
		// Written straight to the terminal: the test harness captures eprintln!.
		let text =
			"SKIPPED: messages_of_other_systems_are_read: set SALUS_ODD_FILES to a folder of \
		            files as hospitals have them\n";
		let _ = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
		return;
	};
	for (name, event, merges) in [
		("hl7v2-adt-bom-lf.hl7", "A01", 0),
		("hl7v2-adt-a40-merge.hl7", "A40", 1),
		("hl7v2-adt-a40-cr-mllp.hl7", "A40", 1),
	] {
		let bytes = std::fs::read(std::path::Path::new(&folder).join(name)).unwrap();
		let framed = frames(&mut Framer::new(100_000), &bytes, &[7]);
		let bytes = framed.into_iter().next().map_or(bytes, |frame| frame.content);
		let message = Message::parse(bytes, None).unwrap();
		let header = Header::of(&message).unwrap();
		assert_eq!((&*header.code, &*header.event), ("ADT", event), "{name}");
		assert_eq!(identifiers(&message).unwrap()[0].kind, "MR", "{name}");
		assert_eq!(Pair::all_of(&message).map_or(0, |pairs| pairs.len()), merges, "{name}");
	}
}
