//! The text of reports and notes.

use super::message;
use crate::*;

const OBR: &str = "OBR|1||F-7^LAB|BC^Blood count";

const TXA: &str = "TXA|1|DS||||||||||D-7";

/// Returns the lines of the one text of a report, below its head.
fn lines(segments: &[&str]) -> Vec<String> {
	let all = [&[OBR], segments].concat();
	let [document] = <[_; 1]>::try_from(results(&message(&all)).unwrap()).unwrap();
	let text = String::from_utf8(document.content).unwrap();
	text.lines().skip(2).map(str::to_owned).collect()
}

/// Returns the number of the OBX or OBR whose field is missing.
fn missing(documents: Result<Vec<Document>, Problem>) -> Option<(usize, usize)> {
	let problem = documents.err()?;
	assert_eq!((problem.code, problem.condition), ("field-missing", Condition::RequiredField));
	problem.location.map(|place| (place.number, place.field))
}

#[test]
fn a_result_without_its_value_replaces_nothing() {
	let of = |obx: &str| missing(results(&message(&[OBR, "OBX|1|NM|HB||7.2||||||P", obx])));
	for obx in [
		"OBX|2|NM|HB||||||||U",
		"OBX|2|NM|HB|||||H|||U",
		"OBX|2|NM|HB||\"\"||||||F",
		"OBX|2|NM|HB||~||||||F",
		"OBX|2|CE|BG||^^L||||||F",
		"OBX|2|TX|HB||||||||F",
		"OBX|2|TX|HB||\"\"||||||F",
		"OBX|2|NM|HB||||||||C",
		"OBX|2|NM|HB",
	] {
		assert_eq!(of(obx), Some((2, 5)), "{obx}");
	}
	assert_eq!(of("OBX|2|NM|||7"), Some((2, 3)));
	for (obx, line) in [
		("OBX|1|NM|HB||||||||X", "HB: cannot be obtained"),
		("OBX|1|NM|HB|||g/dL|12-16|N|||F", "HB: (reference 12-16), normal"),
		("OBX|1|NM|HB||||||||N", "HB: not asked for"),
		("OBX|1|NM|HB||||||||D", "HB: deleted"),
		("OBX|1|NM|HB||||||||W", "HB: wrong, do not use"),
		("OBX|1|NM|HB||||||||I", "HB: pending"),
		("OBX|1|NM|HB||||||||O", "HB: order only, no result"),
		("OBX|1|NM|HB||7.2||||||U", "HB: 7.2"),
		// An antibiogram can have only the interpretation.
		("OBX|1|NM|AMP^Ampicillin|||||R|||F", "Ampicillin: R"),
		("OBX|1|TX|HB||||||||X", "HB (cannot be obtained):"),
	] {
		assert_eq!(lines(&[obx]), [line], "{obx}");
	}
}

#[test]
fn blank_lines_of_prose_stay() {
	let prose = ["OBX|1|TX|R^Report||one", "OBX|2|TX|R^Report||", "OBX|3|TX|R^Report||two"];
	assert_eq!(lines(&prose), ["Report:", "    one", "", "    two"]);
	let replaced = "OBX|2|TX|R^Report||||||||U";
	assert_eq!(missing(results(&message(&[OBR, prose[0], replaced]))), Some((2, 5)));
	let all = [TXA, "OBX|1|TX|||", "OBX|2|TX|||one", "OBX|3|TX|||", "OBX|4|TX|||two"];
	let [document] = <[_; 1]>::try_from(note(&message(&all)).unwrap()).unwrap();
	assert_eq!(document.content, b"one\n\ntwo\n");
}

/// Line ends, as a sender can write them.
const BREAKS: [&str; 11] = [
	"\n",
	"\x0c",
	"\u{85}",
	"\u{2028}",
	"\u{2029}",
	"\\.br\\",
	"\\X0A\\",
	"\\X0D\\",
	"\\X0D0A\\",
	"\\X0B\\",
	"\\X0C\\",
];

#[test]
fn no_value_looks_like_another_line() {
	let forged = "Sodium: 104 mmol/L";
	for one in BREAKS {
		let value = format!("4.1{one}{forged}");
		let line = |first: &str| vec![first.to_owned(), format!("    {forged}")];
		for (obx, first) in [
			(format!("OBX|1|ST|K||{value}||||||F"), "K: 4.1"),
			(format!("OBX|1|NM|K||1|{value}|||||F"), "K: 1 4.1"),
			(format!("OBX|1|XX|K||1^{value}||||||F"), "K: 1 4.1"),
			(format!("OBX|1|ST|K||1~{value}||||||F"), "K: 1, 4.1"),
			(format!("OBX|1|ST|K||1|||{value}|||F"), "K: 1, 4.1"),
			(format!("OBX|1|ST|K||1||||||{value}"), "K: 1, 4.1"),
		] {
			assert_eq!(lines(&[&obx]), line(first), "{obx:?}");
		}
		let name = lines(&[&format!("OBX|1|ST|K^{value}||1")]);
		assert_eq!(name, ["4.1", "    Sodium: 104 mmol/L: 1"], "{one:?}");
		let note = lines(&["OBX|1|ST|K||1", &format!("NTE|1||{value}")]);
		assert_eq!(note, ["K: 1", "  4.1", "  Sodium: 104 mmol/L"], "{one:?}");
		let prose = lines(&[&format!("OBX|1|TX|K||{value}")]);
		assert_eq!(prose, ["K:", "    4.1", "    Sodium: 104 mmol/L"], "{one:?}");
		let head = format!("OBR|1||F-7|BC|||{value}");
		let found = results(&message(&[&head, "OBX|1|ST|K||1"])).unwrap();
		let text = String::from_utf8(found[0].content.clone()).unwrap();
		assert_eq!(text, format!("BC\nObserved: 4.1\n    {forged}\n\nK: 1\n"), "{one:?}");
	}
	assert_eq!(lines(&["OBX|1|ST|K||1\\.br\\\\.br\\2"]), ["K: 1", "", "    2"]);
}

#[test]
fn characters_that_cannot_be_shown_have_a_sign() {
	let of = |one: &str| lines(&[&format!("OBX|1|ST|C^Comment||see{one}report||||||F")]);
	let unseen = ('\0'..' ').chain(['\x7f', '\u{80}', '\u{9f}']);
	let turning = ['\u{61c}', '\u{200e}', '\u{200f}'].into_iter();
	let turning = turning.chain('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}');
	for one in unseen.chain(turning) {
		if matches!(one, '\t' | '\n' | '\x0b' | '\x0c' | '\r' | '\x1c') {
			continue;
		}
		assert_eq!(of(&one.to_string()), ["Comment: see\u{fffd}report"], "{one:?}");
	}
	assert_eq!(of("\\X1C\\"), ["Comment: see\u{fffd}report"]);
	for one in ["\t", "\u{a0}", "\u{200d}", "é"] {
		assert_eq!(of(one), [format!("Comment: see{one}report")]);
	}
}

#[test]
fn a_note_without_a_body_replaces_nothing() {
	for (segments, place) in [
		(&["OBX|1|TX|1^Body||"][..], (1, 5)),
		(&["OBX|1|TX|1^Body||\"\""], (1, 5)),
		(&["OBX|1|TX|1^Body||", "NTE|1||seen"], (1, 5)),
		(&["OBX|1|TX|1^Body||one", "OBX|2|TX|1^Body||\"\""], (2, 5)),
		(&["OBX|1|TX|1^Body||one", "OBX|2|TX|1^Body||||||||U"], (2, 5)),
		(&["OBX|1|TX|1^Body||one", "OBX|2|NM|HB||"], (2, 5)),
	] {
		let all = [&[TXA], segments].concat();
		assert_eq!(missing(note(&message(&all))), Some(place), "{segments:?}");
	}
}

#[test]
fn codes_of_another_system_are_shown() {
	for (obx, line) in [
		("OBX|1|NM|^^^K^Potassium^L||7.2|mmol/L", "Potassium: 7.2 mmol/L"),
		("OBX|1|NM|^^^K||7.2", "K: 7.2"),
		("OBX|1|CE|BG||^^^A^A positive^L", "BG: A positive (A)"),
		("OBX|1|CWE|BG||A^^LN^B^A positive^L", "BG: A positive (A)"),
		("OBX|1|CWE|BG||^^^^^^^^as the ward says", "BG: as the ward says"),
		("OBX|1|NM|HB||7.2|^^^g/dL^^UCUM", "HB: 7.2 g/dL"),
		("OBX|1|NM|HB||7.2|||^^^LL", "HB: 7.2, critically low"),
		("OBX|1|NR|HB||^5", "HB: up to 5"),
		("OBX|1|NR|HB||1^5", "HB: 1 to 5"),
		("OBX|1|SN|HB||^100^-^200", "HB: 100-200"),
	] {
		assert_eq!(lines(&[obx]), [line], "{obx}");
	}
}

#[test]
fn reports_with_codes_of_another_system_differ() {
	let of = |service: &str| {
		let obr = format!("OBR|1||F-7^LAB|{service}||||||||||||||||||||HM");
		let found = results(&message(&[&obr, "OBX|1|NM|HB||7"])).unwrap();
		let Document { identity, kinds, title, .. } = found.into_iter().next().unwrap();
		(identity.join("/"), kinds.join("/"), title)
	};
	let texts = |one: &str, two: &str, three: &str| (one.into(), two.into(), three.into());
	assert_eq!(of("BC^Blood^L^7^Count"), texts("OBR/F-7/LAB//BC", "BC/7/HM", "Blood"));
	assert_eq!(of("^^^BC^Blood count"), texts("OBR^4/F-7/LAB//BC", "BC/HM", "Blood count"));
	assert_eq!(of("^Blood count"), texts("OBR^2/F-7/LAB//Blood count", "HM", "Blood count"));
	assert_eq!(of("^^^^Blood"), texts("OBR^5/F-7/LAB//Blood", "HM", "Blood"));
	let all = ["OBR|1||F-7|^^^BC", "OBX|1|NM|HB||7", "OBR|2||F-7|^^^CH", "OBX|1|NM|NA||140"];
	assert_eq!(results(&message(&all)).unwrap().len(), 2);
	// Without a code, it could be any report of the order.
	for service in ["", "^^L", "\"\""] {
		let obr = format!("OBR|1||F-7|{service}");
		let found = results(&message(&[OBR, "OBX|1|NM|HB||7", &obr, "OBX|1|NM|NA||140"]));
		assert_eq!(missing(found), Some((2, 4)), "{service}");
	}
}

#[test]
fn a_result_that_is_not_final_makes_the_report_preliminary() {
	for (status, title) in [
		("P", "Blood count (preliminary)"),
		("R", "Blood count (preliminary)"),
		("S", "Blood count (preliminary)"),
		("I", "Blood count (preliminary)"),
		("C", "Blood count (corrected)"),
		("F", "Blood count"),
	] {
		let obx = format!("OBX|1|ED|||^AP^PDF^Base64^JVBERi0=||||||{status}");
		assert_eq!(results(&message(&[OBR, &obx])).unwrap()[0].title, title, "{status}");
	}
}

#[test]
fn an_antibiogram_names_its_isolate_and_specimen() {
	let obr = |number: usize, parent: &str| {
		let source = "URN&Urine&HL70487^^^UB&Bladder";
		let before = "|".repeat(11);
		format!("OBR|{number}||F-7^LAB|SUS^Susceptibility{before}{source}{before}{parent}")
	};
	let (one, two) = (
		obr(1, "600-7&Bacteria identified&LN^1^Escherichia coli"),
		obr(2, "600-7&Bacteria identified&LN^2^Proteus"),
	);
	let amp = "OBX|1|ST|AMP^Ampicillin|||||R|||F";
	let spm = "SPM|1|||BLD^Blood^HL70487||||^^^LA^Left arm";
	let [document] =
		<[_; 1]>::try_from(results(&message(&[&one, amp, &two, amp, spm])).unwrap()).unwrap();
	let text = String::from_utf8(document.content).unwrap();
	let expected = "Susceptibility\n\
	                Parent result: Bacteria identified [1]: Escherichia coli\n\
	                Specimen: Urine, Bladder\n\nAmpicillin: R\n\n\
	                Parent result: Bacteria identified [2]: Proteus\n\
	                Specimen: Urine, Bladder\n\nAmpicillin: R\n\
	                Specimen: Blood, Left arm\n";
	assert_eq!(text, expected);
}
