//! Logical ids: how resources of the chain are named in URLs.
//!
//! | resource | id |
//! |---|---|
//! | Patient, Practitioner | the account, in SS58 |
//! | Organization | the organisation's number |
//! | DocumentReference | the record, 64 hexadecimal digits |
//! | Binary | the record in base32, `-`, and the version |
//! | AuditEvent | the patient's account, `-`, and the entry's index |
//! | Provenance | the Binary's id, `.`, and the act's number |
//! | PractitionerRole | the account, `-`, and the role's number |
//! | Consent | the patient's account, `-`, a letter for its kind, and its number |
//!
//! FHIR allows letters, digits, `-` and `.`, at most 64 of them. So a Binary's id cannot have the
//! record in hexadecimal.

use salus_primitives::{ConsentRequestId, DenialId, GrantId, RecordId, Version};

/// RFC 4648, in lower case, without padding.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Length of a record's number in base32.
const BASE32: usize = 52;

/// Returns the id of a DocumentReference.
pub fn document(record: &RecordId) -> String {
	hex::encode(record.0)
}

/// Returns the record that a DocumentReference's id names.
pub fn parse_document(id: &str) -> Option<RecordId> {
	let mut bytes = [0; 32];
	// One record has one id: capital digits would be another.
	let is_lower = !id.bytes().any(|byte| byte.is_ascii_uppercase());
	(is_lower && hex::decode_to_slice(id, &mut bytes).is_ok()).then_some(RecordId(bytes))
}

/// Returns the id of a Binary.
pub fn binary(record: &RecordId, version: Version) -> String {
	let mut id = String::with_capacity(BASE32 + 1 + 10);
	let (mut buffer, mut bits) = (0u32, 0u32);
	let mut push = |five: u32| {
		let digit = ALPHABET.get((five & 31) as usize).copied().unwrap_or(b'a');
		id.push(char::from(digit));
	};
	for byte in record.0 {
		buffer = (buffer << 8) | u32::from(byte);
		bits = bits.saturating_add(8);
		while bits >= 5 {
			bits = bits.saturating_sub(5);
			push(buffer >> bits);
		}
		buffer &= (1 << bits) - 1;
	}
	push(buffer << (5 - bits));
	id.push('-');
	id.push_str(&version.to_string());
	id
}

/// Returns the record and version that a Binary's id names.
pub fn parse_binary(id: &str) -> Option<(RecordId, Version)> {
	let (digits, version) = id.split_once('-')?;
	let version = parse_number(version)?;
	if digits.len() != BASE32 {
		return None;
	}
	let mut record = [0; 32];
	let mut bytes = record.iter_mut();
	let (mut buffer, mut bits) = (0u32, 0u32);
	for digit in digits.bytes() {
		let value = ALPHABET.iter().position(|one| *one == digit)?;
		buffer = (buffer << 5) | u32::try_from(value).ok()?;
		bits = bits.saturating_add(5);
		if bits >= 8 {
			bits = bits.saturating_sub(8);
			*bytes.next()? = u8::try_from((buffer >> bits) & 255).ok()?;
			buffer &= (1 << bits) - 1;
		}
	}
	// The last digit has four bits more than the record.
	(buffer == 0).then_some((RecordId(record), version))
}

/// Returns the id of a Binary that waits for its document, from random bytes.
pub fn upload(random: &[u8; 16]) -> String {
	format!("u{}", hex::encode(random))
}

/// Returns whether an id is of a Binary that waits for its document.
pub fn is_upload(id: &str) -> bool {
	let digits = id.strip_prefix('u');
	digits.is_some_and(|digits| {
		digits.len() == 32 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
	})
}

/// Returns the id of a Binary that a Task has opened, from random bytes.
pub fn opened(random: &[u8; 16]) -> String {
	format!("o{}", hex::encode(random))
}

/// Number of a consent of one patient, with its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statement {
	/// A grant.
	Grant(GrantId),
	/// A denial.
	Denial(DenialId),
	/// A request that waits for the patient.
	Request(ConsentRequestId),
}

impl Statement {
	/// Returns how the patient's access log names it.
	pub fn path(self, patient: &str) -> String {
		match self {
			Self::Grant(number) => format!("{patient}/grant/{number}"),
			Self::Denial(number) => format!("{patient}/denial/{number}"),
			Self::Request(number) => format!("{patient}/request/{number}"),
		}
	}
}

/// Returns the id of a Consent.
pub fn consent(patient: &str, statement: Statement) -> String {
	match statement {
		Statement::Grant(number) => format!("{patient}-g{number}"),
		Statement::Denial(number) => format!("{patient}-d{number}"),
		Statement::Request(number) => format!("{patient}-r{number}"),
	}
}

/// Returns the patient's account, and the statement, that a Consent's id names.
pub fn parse_consent(id: &str) -> Option<(&str, Statement)> {
	let (patient, number) = id.rsplit_once('-')?;
	let (kind, number) = number.split_at_checked(1)?;
	let number = parse_number(number)?;
	Some((
		patient,
		match kind {
			"g" => Statement::Grant(number),
			"d" => Statement::Denial(number),
			"r" => Statement::Request(number),
			_ => return None,
		},
	))
}

/// Reads a decimal number without a sign or leading zeros.
pub fn parse_number(text: &str) -> Option<u32> {
	let number: u32 = text.parse().ok()?;
	(number.to_string() == text).then_some(number)
}

/// Returns whether a text can be an id.
pub fn is_valid(id: &str) -> bool {
	let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
	(1..=64).contains(&id.len()) && id.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	proptest! {
		#[test]
		fn ids_are_valid_and_lead_back(record: [u8; 32], version: u32) {
			let record = RecordId(record);
			let (document, binary) = (document(&record), binary(&record, version));
			prop_assert!(is_valid(&document) && is_valid(&binary));
			prop_assert_eq!(parse_document(&document), Some(record));
			prop_assert_eq!(parse_binary(&binary), Some((record, version)));
		}

		#[test]
		fn a_record_has_one_id(text in "[a-zA-Z0-9-]{0,70}") {
			if let Some((record, version)) = parse_binary(&text) {
				prop_assert_eq!(binary(&record, version), text.clone());
			}
			if let Some(record) = parse_document(&text) {
				prop_assert_eq!(document(&record), text);
			}
		}
	}

	#[test]
	fn an_upload_is_not_a_version() {
		let id = upload(&[0xfe; 16]);
		assert!(is_valid(&id) && is_upload(&id) && parse_binary(&id).is_none());
		assert!(!is_upload(&id[1..]) && !is_upload(&id.to_uppercase()));
		assert!(!is_upload(&binary(&RecordId([7; 32]), 1)));
	}

	#[test]
	fn a_consent_has_one_id() {
		for statement in [Statement::Grant(0), Statement::Denial(7), Statement::Request(u32::MAX)] {
			let id = consent("5Grw", statement);
			assert!(is_valid(&id));
			assert_eq!(parse_consent(&id), Some(("5Grw", statement)));
		}
		for bad in ["", "5Grw", "5Grw-", "5Grw-g", "5Grw-g01", "5Grw-x1", "5Grw-é1"] {
			assert_eq!(parse_consent(bad), None, "{bad}");
		}
	}

	#[test]
	fn other_ids_are_refused() {
		let good = binary(&RecordId([7; 32]), 3);
		for bad in [
			"",
			"-",
			&good[..53],
			&good.replace("-3", "-03"),
			&good.replace("-3", "-4294967296"),
			&good.to_uppercase(),
			&good.replace("-3", ""),
		] {
			assert_eq!(parse_binary(bad), None, "{bad}");
		}
		assert_eq!(parse_document(&document(&RecordId([0xab; 32])).to_uppercase()), None);
		assert!(!is_valid(&"a".repeat(65)) && !is_valid("a_b") && !is_valid(""));
	}
}
