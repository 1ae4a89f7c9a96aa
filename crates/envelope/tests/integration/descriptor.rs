//! Descriptors that are sealed, and those that are refused even if their author sealed them.

use std::io;

use crate::support::{
	binding, descriptor,
	reference::{pad, Reference},
	Fixture,
};
use proptest::prelude::*;
use salus_envelope::{
	open, read_descriptor, seal, Dek, Descriptor, Error, MAX_DESCRIPTOR_SIZE, MAX_FHIR_TYPE,
	MAX_NAME, MAX_TITLE,
};

const REFERENCE: Reference = Reference {
	dek: [7; 32],
	binding: salus_envelope::Binding { record: [0x22; 32], version: 3 },
	salt: [8; 32],
};

fn with(change: impl FnOnce(&mut Descriptor)) -> Descriptor {
	let mut descriptor = descriptor();
	change(&mut descriptor);
	descriptor
}

fn seal_error(descriptor: &Descriptor) -> Option<Error> {
	let dek = Dek::from_bytes([1; 32]);
	let mut out = Vec::new();
	let error = seal(&dek, &binding(), descriptor, io::empty(), &mut out).err();
	if error.is_some() {
		assert!(out.is_empty(), "nothing is written for a refused descriptor");
	}
	error
}

/// Opens an envelope whose author sealed the given padded descriptor.
fn open_padded(padded: &[u8]) -> Result<Descriptor, Error> {
	let envelope = REFERENCE.seal_segments(padded, &[b"text"]);
	let commitment = REFERENCE.commit(padded, b"text");
	let dek = Dek::from_bytes(REFERENCE.dek);
	let read = read_descriptor(&dek, &binding(), &envelope);
	let opened = open(&dek, &binding(), &commitment, &envelope[..], io::sink());
	assert_eq!(read.is_ok(), opened.is_ok());
	opened.map(|opened| opened.descriptor)
}

fn open_json(json: &str) -> Result<Descriptor, Error> {
	open_padded(&pad(json.as_bytes()))
}

/// Control characters, separators, and every character with the Unicode property Bidi_Control.
const DECEPTIVE: [char; 22] = [
	'\0', '\t', '\n', '\r', '\u{1b}', '\u{7f}', '\u{85}', '\u{9b}', '\u{2028}', '\u{2029}',
	'\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}',
	'\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}',
];

#[test]
fn control_and_direction_characters_are_refused_in_every_field() {
	for c in DECEPTIVE {
		let fields = [
			("title", with(|d| d.title.push(c))),
			("media_type", with(|d| d.media_type.insert(0, c))),
			("file_name", with(|d| d.file_name.insert(3, c))),
			("fhir_type", with(|d| d.fhir_type = Some(c.into()))),
		];
		for (name, descriptor) in fields {
			let error = seal_error(&descriptor);
			assert!(
				matches!(error, Some(Error::ControlCharacter { field }) if field == name),
				"{c:?} in {name}"
			);
			// An author's faulty software neither makes the record unreadable nor deceives anyone.
			let json = serde_json::to_string(&descriptor).unwrap();
			let opened = open_json(&json).unwrap();
			let shown = serde_json::to_string(&opened).unwrap();
			assert!(!shown.contains(c) && opened.validate().is_ok(), "{c:?} in {name}");
		}
	}
	assert!(seal_error(&with(|d| d.title.push('\u{202f}'))).is_none());
}

#[test]
fn unsafe_file_names_are_refused_and_made_safe() {
	for (name, safe) in [
		("a/b", "a_b"),
		("/etc/passwd", "_etc_passwd"),
		("..", "record"),
		(".", "record"),
		("..\\x", "_._x"),
		("C:\\x", "C__x"),
		("a/", "a_"),
		(".bash_aliases", "_bash_aliases"),
		("..a", "_.a"),
		("\u{200d}.profile", "\u{200d}_profile"),
		("NUL", "_NUL"),
		("com1.pdf", "_com1.pdf"),
		("a.pdf. ", "a.pdf"),
	] {
		let descriptor = with(|d| d.file_name = name.into());
		let error = seal_error(&descriptor);
		assert!(
			matches!(
				error,
				Some(Error::FileNameIsPath | Error::FileNameHidden | Error::FileNameReserved)
			),
			"{name}"
		);
		let json = serde_json::to_string(&descriptor).unwrap();
		assert_eq!(open_json(&json).unwrap().file_name, safe);
	}
	assert!(seal_error(&with(|d| d.file_name = "a..b".into())).is_none());
}

#[test]
fn the_sizes_of_fields_are_checked() {
	type Set = fn(&mut Descriptor, String);
	let fields: [(&str, usize, Set); 4] = [
		("title", MAX_TITLE, |d, value| d.title = value),
		("media_type", MAX_NAME, |d, value| d.media_type = value),
		("file_name", MAX_NAME, |d, value| d.file_name = value),
		("fhir_type", MAX_FHIR_TYPE, |d, value| d.fhir_type = Some(value)),
	];
	for (name, most, set) in fields {
		for bad in [0, most + 1] {
			let error = seal_error(&with(|d| set(d, "x".repeat(bad))));
			assert!(matches!(error, Some(Error::FieldSize { field, size, max })
					if field == name && size == bad && max == most));
		}
		assert!(seal_error(&with(|d| set(d, "x".repeat(most)))).is_none());
		assert!(seal_error(&with(|d| set(d, "x".into()))).is_none());
	}
}

#[test]
fn the_largest_descriptor_fits() {
	let quotes = |size: usize| "\"".repeat(size);
	let largest = Descriptor {
		title: quotes(MAX_TITLE),
		media_type: quotes(MAX_NAME),
		file_name: quotes(MAX_NAME),
		fhir_type: Some(quotes(MAX_FHIR_TYPE)),
		created: u64::MAX,
	};
	assert!(seal_error(&largest).is_none());
	assert!(largest.layout().unwrap().descriptor_size() as usize <= MAX_DESCRIPTOR_SIZE);
}

#[test]
fn descriptors_of_another_implementation_are_read() {
	let json = r#" {"created":5, "title":"T\u00fcr", "file_name":"f", "media_type":"m"} "#;
	let read = open_json(json).unwrap();
	assert_eq!(read.title, "Tür");
	assert_eq!(read.fhir_type, None);
	assert_eq!(read.created, 5);
}

#[test]
fn malformed_descriptors_are_refused() {
	let good = r#"{"title":"t","media_type":"m","file_name":"f","created":5}"#;
	assert!(open_json(good).is_ok());
	let bad = [
		"",
		"null",
		"[]",
		"{}",
		r#"{"title":"t","media_type":"m","file_name":"f"}"#,
		r#"{"title":"t","media_type":"m","file_name":"f","created":-1}"#,
		r#"{"title":"t","media_type":"m","file_name":"f","created":"5"}"#,
		r#"{"title":"t","media_type":"m","file_name":"f","created":5,"more":1}"#,
		r#"{"title":"t","title":"u","media_type":"m","file_name":"f","created":5}"#,
		r#"{"title":"t","media_type":"m","file_name":"f","created":5}{}"#,
		r#"{"title":"\ud800","media_type":"m","file_name":"f","created":5}"#,
	];
	for json in bad {
		assert!(matches!(open_json(json), Err(Error::DescriptorUnreadable)), "{json}");
	}
	let deep = "[".repeat(10_000);
	assert!(matches!(open_json(&deep), Err(Error::DescriptorUnreadable)));
}

#[test]
fn malformed_padding_is_refused() {
	let good = pad(br#"{"title":"t","media_type":"m","file_name":"f","created":5}"#);
	assert!(open_padded(&good).is_ok());
	let mut dirty = good.clone();
	dirty[255] = 1;
	let mut excess = good.clone();
	excess.resize(512, 0);
	let mut long = good.clone();
	long[..4].copy_from_slice(&u32::MAX.to_be_bytes());
	let mut short = good;
	short[3] -= 1;
	for padded in [dirty, excess, long, short] {
		assert!(matches!(open_padded(&padded), Err(Error::DescriptorUnreadable)));
	}
}

#[test]
fn debug_output_shows_nothing_of_a_descriptor() {
	let fixture = Fixture::new(10);
	let (opened, _) = fixture.open(&fixture.envelope).unwrap();
	for text in [format!("{:?}", descriptor()), format!("{opened:?}")] {
		assert!(!text.contains("lutbild") && !text.contains("json"), "{text}");
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(128))]

	#[test]
	fn any_descriptor_is_refused_or_round_trips(
		title in prop_oneof![any::<String>(), r#"[a-zA-Zä-ü"\\{}/ 漢\u{1f489}]{1,600}"#],
		file_name in prop_oneof![any::<String>(), r#"[a-zä-ü". 漢]{3,60}"#],
		fhir_type in prop_oneof![any::<Option<String>>(), Just(Some("Bundle".into()))],
		created in any::<u64>(),
	) {
		let descriptor =
			Descriptor { title, file_name, fhir_type, created, media_type: "text/plain".into() };
		let dek = Dek::from_bytes([1; 32]);
		let mut envelope = Vec::new();
		let sealed = seal(&dek, &binding(), &descriptor, io::empty(), &mut envelope);
		prop_assert_eq!(sealed.is_ok(), descriptor.validate().is_ok());
		if sealed.is_ok() {
			prop_assert_eq!(read_descriptor(&dek, &binding(), &envelope).unwrap(), descriptor);
		}
	}
}
