//! Messages that are too much, or incomplete, are refused.

use super::{message, parse, HEADER};
use crate::*;

/// Returns the code and condition for which the documents of segments are refused.
fn refused(
	read: fn(&Message) -> Result<Vec<Document>, Problem>,
	segments: &[&str],
) -> Option<(&'static str, Condition)> {
	read(&message(segments)).err().map(|problem| (problem.code, problem.condition))
}

#[test]
fn parts_that_each_document_repeats_are_bounded() {
	let obx = "OBX|1|NM|HB||7";
	for (length, expected) in [(512, None), (513, Some(("part", Condition::TooLong)))] {
		let long = "x".repeat(length);
		for segments in [
			&[&format!("OBR|1||{long}|BC"), obx][..],
			&[&format!("OBR|1||F-7^LAB^{long}|BC"), obx],
			&[&format!("OBR|1|{long}||BC"), obx],
			&[&format!("ORC|RE||{long}"), "OBR|1|||BC", obx],
			&[&format!("OBR|1||F-7|{long}"), obx],
			&[&format!("OBR|1||F-7|^^^{long}"), obx],
			&[&format!("OBR|1||F-7|BC^^^{long}"), obx],
			&[&format!("OBR|1||F-7|^{long}"), obx],
			&[&format!("OBR|1||F-7|BC{}{long}", "|".repeat(20)), obx],
		] {
			assert_eq!(refused(results, segments), expected, "{}", segments.join(" "));
		}
		for segments in [
			&[&*format!("TXA|1|{long}||||||||||D-7"), obx],
			&[&*format!("TXA|1|DS||||||||||D-7^{long}"), obx],
		] {
			assert_eq!(refused(note, segments), expected, "{}", segments.join(" "));
		}
	}
}

#[test]
fn documents_are_counted_while_they_are_read() {
	let pdf = "OBX|1|ED|||^AP^PDF^Base64^JVBERi0=";
	let wrong = "OBX|1|ED|||*";
	let all = |first: &[&'static str]| {
		let mut segments = first.to_vec();
		segments.extend(std::iter::repeat_n(pdf, 101).chain([wrong]));
		segments
	};
	let too_many = Some(("too-many", Condition::TooLong));
	assert_eq!(refused(note, &all(&["TXA|1|DS||||||||||D-7"])), too_many);
	assert_eq!(refused(results, &all(&["OBR|1||F-7|BC"])), too_many);
}

#[test]
fn flags_of_a_result_are_bounded() {
	let of = |count: usize| {
		let obx = format!("OBX|1|NM|HB||7|||{}", vec!["LL"; count].join("~"));
		refused(results, &["OBR|1||F-7|BC", &obx])
	};
	assert_eq!((of(32), of(33)), (None, Some(("too-many", Condition::TooLong))));
}

#[test]
fn many_components_are_read_in_one_pass() {
	let began = std::time::Instant::now();
	for of_type in ["XX", "SN", "NR", "ED"] {
		let obx = format!("OBX|1|{of_type}|HB||{}x", "^".repeat(2_000_000));
		let _ = results(&message(&["OBR|1||F-7|BC", &obx]));
	}
	assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
}

#[test]
fn identifiers_are_bounded() {
	let of = |one: String, count: usize| {
		let pid = format!("PID|1||{}", vec![one; count].join("~"));
		identifiers(&message(&[&pid])).map(|all| all.len()).map_err(|problem| problem.code)
	};
	let long = |length: usize| "7".repeat(length);
	assert_eq!(of("7".into(), 32), Ok(32));
	assert_eq!(of("7".into(), 33), Err("identifiers"));
	for before in ["", "7^^^", "7^^^HOSP&", "7^^^HOSP^"] {
		assert_eq!(of(format!("{before}{}", long(256)), 1), Ok(1), "{before}");
		assert_eq!(of(format!("{before}{}", long(257)), 1), Err("identifiers"), "{before}");
	}
}

#[test]
fn an_empty_or_odd_number_does_not_identify() {
	let of = |numbers: &str| {
		let pid = format!("PID|1||{numbers}|");
		let found = identifiers(&message(&[&pid]));
		let found = found.map(|all| all.into_iter().map(|one| one.value).collect::<Vec<_>>());
		found.map_err(|problem| (problem.code, problem.condition))
	};
	for empty in ["\\X20\\", "\\H\\", "\\.sk2\\ ", "\"\""] {
		assert_eq!(of(empty), Err(("field-missing", Condition::RequiredField)), "{empty}");
		assert_eq!(of(&format!("{empty}~7^^^HOSP")), Ok(vec!["7".to_owned()]), "{empty}");
	}
	assert_eq!(of("\\H\\7\\N\\"), Ok(vec!["7".to_owned()]));
	for odd in [
		"\\X0D\\",
		"\\.br\\",
		"\\.sp2\\ ",
		"\t",
		"\u{2028}^^^HOSP^MR",
		"7\\X0D\\8",
		"7\\.br\\8",
		"7\\X00\\",
		"7\\X0D\\",
		"\\.br\\7",
		"7\t",
		"7^^^HO\\X09\\SP",
		"7^^^HOSP\\X09\\",
		"7^^^\\X0A\\",
		"7^^^HOSP&1.2\\X0D\\",
		"7^^^^M\\.br\\R",
		"7^^^^MR\\X0D\\",
	] {
		let refused = Err(("control-character", Condition::DataType));
		assert_eq!(of(odd), refused, "{odd}");
		assert_eq!(of(&format!("7~{odd}")), refused, "{odd}");
	}
}

#[test]
fn a_number_or_code_has_no_control_character() {
	let obx = "OBX|1|NM|HB||7";
	let refusal = Some(("control-character", Condition::DataType));
	for odd in ["F7\\X0D\\", "\\X09\\F7", "F\\.br\\7", "F7\t"] {
		for segments in [
			&[&*format!("OBR|1||{odd}|BC"), obx][..],
			&[&format!("OBR|1||F-7^{odd}|BC"), obx],
			&[&format!("OBR|1|{odd}||BC"), obx],
			&[&format!("ORC|RE||{odd}"), "OBR|1|||BC", obx],
			&[&format!("OBR|1||F-7|{odd}"), obx],
			&[&format!("OBR|1||F-7|^^^{odd}"), obx],
			&[&format!("OBR|1||F-7|BC{}{odd}", "|".repeat(20)), obx],
		] {
			assert_eq!(refused(results, segments), refusal, "{}", segments.join(" "));
		}
		for txa in [format!("TXA|1|DS||||||||||{odd}"), format!("TXA|1|{odd}||||||||||D-7")] {
			assert_eq!(refused(note, &[&txa, obx]), refusal, "{txa}");
		}
		for names in [format!("{odd}|HOSP"), format!("LAB|{odd}"), format!("^{odd}|HOSP")] {
			let text = format!("MSH|^~\\&|{names}|||1||ADT^A08|1|P|2.5");
			let found = Header::of(&parse(&text).unwrap()).map_err(|problem| problem.code);
			assert_eq!(found, Err("control-character"), "{text}");
		}
	}
}

/// Characters that are not seen, in a key or at its edge.
const UNSEEN: [char; 36] = [
	'\0',
	'\x1f',
	'\t',
	'\u{7f}',
	'\u{85}',
	'\u{a0}',
	'\u{ad}',
	'\u{34f}',
	'\u{61c}',
	'\u{115f}',
	'\u{1160}',
	'\u{180e}',
	'\u{2000}',
	'\u{200b}',
	'\u{200f}',
	'\u{2028}',
	'\u{2029}',
	'\u{202a}',
	'\u{202e}',
	'\u{202f}',
	'\u{2060}',
	'\u{2065}',
	'\u{2066}',
	'\u{2069}',
	'\u{2800}',
	'\u{3000}',
	'\u{3164}',
	'\u{fe0f}',
	'\u{feff}',
	'\u{ffa0}',
	'\u{13430}',
	'\u{1bca0}',
	'\u{1d159}',
	'\u{1d173}',
	'\u{e0041}',
	'\u{e0fff}',
];

#[test]
fn a_key_has_only_characters_that_are_seen() {
	let obx = "OBX|1|NM|HB||7";
	for one in UNSEEN {
		for odd in [format!("{one}7"), format!("7{one}8"), format!("7{one}"), format!(" 7{one} ")] {
			for segments in [
				&[&*format!("OBR|1||{odd}|BC"), obx][..],
				&[&format!("OBR|1||F-7^{odd}|BC"), obx],
				&[&format!("OBR|1||F-7|{odd}"), obx],
			] {
				let found = refused(results, segments);
				assert_eq!(found, Some(("control-character", Condition::DataType)), "{odd:?}");
			}
			for pid in [
				format!("PID|1||{odd}"),
				format!("PID|1||{odd}^^^HOSP^MR||x"),
				format!("PID|1||7^^^{odd}^MR||x"),
				format!("PID|1||7^^^HOSP&{odd}^MR||x"),
				format!("PID|1||7^^^HOSP^{odd}||x"),
				format!("PID|1||7^^^{one}^MR||x"),
				format!("PID|1||7~{one}^^^HOSP^MR||x"),
			] {
				let found = identifiers(&message(&[&pid])).map_err(|problem| problem.code);
				assert_eq!(found, Err("control-character"), "{pid:?}");
			}
			for names in [format!("{odd}|HOSP"), format!("LAB|{odd}"), format!("{one}^LAB|HOSP")] {
				let text = format!("MSH|^~\\&|{names}|||1||ADT^A08|1|P|2.5");
				let found = Header::of(&parse(&text).unwrap()).map_err(|problem| problem.code);
				assert_eq!(found, Err("control-character"), "{text:?}");
			}
		}
	}
}

#[test]
fn only_spaces_around_a_key_are_left_out() {
	let of = |number: &str| {
		let found = identifiers(&message(&[&format!("PID|1||{number}^^^HOSP^MR")]));
		found.unwrap().into_iter().map(|one| one.value).collect::<Vec<_>>().concat()
	};
	assert_eq!(of("  7 "), "7");
	let text = "MSH|^~\\&|LAB|HOSP|||1||ADT^A08| 1\u{a0} |P|2.5";
	assert_eq!(Header::of(&parse(text).unwrap()).unwrap().control_id, "1\u{a0}");
}

#[test]
fn letters_and_digits_of_any_script_are_legible() {
	for key in
		["7", "A-7/b.c", "urn:oid:1.2", "ward 7", "Müller", "ß7", "血液", "٧", "µg²", "7–8", "~|\\"]
	{
		assert!(is_legible(key), "{key}");
	}
	for key in ["", " ", " 7", "7 ", "7  8", "a\u{301}"] {
		assert!(!is_legible(key), "{key:?}");
	}
	assert!(!UNSEEN.iter().any(|one| is_legible(&format!("7{one}8"))));
}

#[test]
fn a_number_that_is_not_seen_is_not_left_out() {
	let obx = "OBX|1|NM|HB||7";
	let refusal = Some(("control-character", Condition::DataType));
	for one in ["\u{2028}", "\u{a0}", "\t", "\\.br\\"] {
		for segments in [
			&[&*format!("OBR|1|P-7|{one}|BC"), obx][..],
			&[&format!("OBR|1|{one}||BC"), obx],
			&["ORC|RE||F-7", &format!("OBR|1||{one}|BC"), obx],
			&[&format!("OBR|1||F-7|{one}^^^BC"), obx],
			&[&format!("OBR|1||F-7|BC^^^{one}"), obx],
		] {
			assert_eq!(refused(results, segments), refusal, "{segments:?}");
		}
		assert_eq!(refused(note, &[&format!("TXA|1|DS||||||||||{one}"), obx]), refusal);
		let pairs = Pair::all_of(&message(&["PID|1||7", &format!("MRG|{one}^^^HOSP^MR~8")]));
		assert_eq!(pairs.unwrap_err().code, "control-character", "{one:?}");
	}
}

#[test]
fn each_pid_of_a_merge_has_its_mrg() {
	let of = |segments: &[&str]| {
		let pairs = Pair::all_of(&message(segments));
		pairs.map(|pairs| pairs.len()).map_err(|problem| (problem.code, problem.condition))
	};
	let missing = Err(("field-missing", Condition::RequiredField));
	assert_eq!(of(&["PID|1||1", "PID|2||2", "MRG|3"]), missing);
	assert_eq!(of(&["PID|1||1", "MRG|3", "PID|2||2"]), missing);
	let pair = ["PID|1||1", "MRG|2"];
	assert_eq!(of(&pair.repeat(100)), Ok(100));
	assert_eq!(of(&pair.repeat(101)), Err(("too-many", Condition::TooLong)));
}

#[test]
fn a_control_id_is_given_and_short() {
	let of = |id: &str| {
		let text = format!("MSH|^~\\&|LAB|HOSP|||1||ADT^A08|{id}|P|2.5");
		Header::of(&parse(&text).unwrap()).map(|header| header.control_id).map_err(|problem| {
			let field = problem.location.map(|place| place.field);
			(problem.code, problem.condition, field)
		})
	};
	assert_eq!(of(""), Err(("field-missing", Condition::RequiredField, Some(10))));
	assert_eq!(of(&"x".repeat(199)), Ok("x".repeat(199)));
	assert_eq!(of(&"x".repeat(200)), Err(("control-id", Condition::TooLong, Some(10))));
}

#[test]
fn a_header_is_read_without_its_message() {
	let of = |text: &str| {
		let header = Header::at_start_of(text.as_bytes(), None);
		header.map(|header| header.control_id).map_err(|problem| problem.code)
	};
	assert_eq!(of(&format!("\u{feff}\n{HEADER}\rOBX|1\rnot a segment")), Ok("42".into()));
	assert_eq!(of(HEADER), Ok("42".into()));
	assert_eq!(of("x"), Err("not-hl7"));
	assert_eq!(of(&format!("{HEADER}{}", "|".repeat(5000))), Err("header"));
	assert_eq!(of(&format!("{HEADER}\r{}", "x".repeat(5000))), Ok("42".into()));
	assert_eq!(of(&format!("{}{HEADER}", "\r".repeat(5000))), Err("header"));
	// A frame that is discarded keeps no more than that.
	let cut = format!("{HEADER}{}", "|".repeat(4096 - HEADER.len()));
	assert_eq!(of(&cut), Err("header"));
	for (beginning, expected) in [
		("", false),
		("\r\n", false),
		(HEADER, false),
		(&*format!("\r{HEADER}\r"), true),
		(&format!("{HEADER}\nPID"), true),
		(&cut, true),
		(&"\r".repeat(4096), true),
	] {
		assert_eq!(Header::has_arrived(beginning.as_bytes()), expected, "{beginning}");
	}
}

#[test]
fn a_name_without_a_delimiter_is_a_value() {
	let of = |text: &str| {
		let message = parse(&format!("{HEADER}\r{text}")).map_err(|problem| problem.code)?;
		let names: Vec<_> = message.segments().map(|one| one.name().to_owned()).collect();
		Ok::<_, &str>((names.join(" "), message.first("OBX").unwrap().field(5).text()))
	};
	let found = |names: &str, value: &str| Ok((names.to_owned(), value.to_owned()));
	let value = "OBX|1|TX|HIV||Screening:\nNEG\rOBX|2|TX|X||y";
	assert_eq!(of(value), found("MSH OBX OBX", "Screening:\nNEG"));
	assert_eq!(of(&value.replace('\r', "\n")), found("MSH OBX OBX", "Screening:\nNEG"));
	assert_eq!(of("OBX|1|TX|HIV||Screening:\rNEG\rOBX|2"), Err("not-a-segment"));
	assert_eq!(of("PV1\rOBX|1|TX|HIV||x\rNTE"), found("MSH PV1 OBX NTE", "x"));
	for continued in ["ADD|1", "DSC|7|F", "DSC"] {
		assert_eq!(of(&format!("OBX|1|TX|HIV||x\r{continued}")), Err("continued"), "{continued}");
	}
}

#[test]
fn a_message_has_one_txa_before_its_obx() {
	let (txa, obx) = ("TXA|1|DS||||||||||D-7", "OBX|1|TX|||x");
	let sequence = |code: &'static str| Some((code, Condition::SegmentSequence));
	assert_eq!(refused(note, &[txa, obx, txa]), sequence("several-documents"));
	assert_eq!(refused(note, &[txa, obx, txa, obx]), sequence("several-documents"));
	assert_eq!(refused(note, &[obx, txa, obx]), sequence("no-document"));
	assert_eq!(refused(note, &[txa, obx, obx]), None);
}

#[test]
fn data_that_a_delimiter_cuts_is_refused() {
	let of = |data: &str| {
		let obx = format!("OBX|1|ED|||^text^plain^A^{data}");
		refused(note, &["TXA|1|DS||||||||||D-7", &obx])
	};
	assert_eq!(of("x\\S\\y^^"), None);
	for data in ["x^y", "x^^y", "x~y"] {
		assert_eq!(of(data), Some(("ed", Condition::DataType)), "{data}");
	}
}

#[test]
fn a_withdrawn_document_is_not_added() {
	let withdrawn = Some(("to-withdraw", Condition::Internal));
	let pdf = "|||^AP^PDF^Base64^JVBERi0=||||||";
	for status in ["D", "W"] {
		let ed = format!("OBX|1|ED{pdf}{status}");
		assert_eq!(refused(results, &["OBR|1||F-7|BC", &ed]), withdrawn, "{status}");
		for of_type in ["TX", "ST", "NM"] {
			let obx = format!("OBX|2|{of_type}|1^Body||7||||||{status}");
			let segments = ["TXA|1|DS||||||||||D-7", "OBX|1|TX|1^Body||one", &obx];
			assert_eq!(refused(note, &segments), withdrawn, "{obx}");
		}
	}
}
