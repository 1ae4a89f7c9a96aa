//! Character sets of MSH-18 (HL7 table 0211).

/// A character set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
	/// ASCII.
	Ascii,
	/// UTF-8.
	Utf8,
	/// ISO 8859-1.
	Latin1,
	/// ISO 8859-15: ISO 8859-1 with the euro sign.
	Latin9,
}

/// Characters of ISO 8859-15 that ISO 8859-1 has not.
const LATIN9: [(u8, char); 8] = [
	(0xa4, '€'),
	(0xa6, 'Š'),
	(0xa8, 'š'),
	(0xb4, 'Ž'),
	(0xb8, 'ž'),
	(0xbc, 'Œ'),
	(0xbd, 'œ'),
	(0xbe, 'Ÿ'),
];

impl Charset {
	/// Returns the character set of a name in table 0211, or of one that is often sent instead.
	pub fn of(name: &str) -> Option<Self> {
		let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
		match name.to_ascii_uppercase().as_str() {
			"ASCII" | "USASCII" => Some(Self::Ascii),
			"UNICODEUTF8" | "UTF8" => Some(Self::Utf8),
			"88591" | "ISO88591" | "ISOIR100" => Some(Self::Latin1),
			"885915" | "ISO885915" => Some(Self::Latin9),
			_ => None,
		}
	}

	/// Decodes bytes; `None` if they are not of this character set.
	pub fn decode(self, bytes: Vec<u8>) -> Option<String> {
		match self {
			Self::Ascii if !bytes.is_ascii() => None,
			Self::Ascii | Self::Utf8 => String::from_utf8(bytes).ok(),
			Self::Latin1 | Self::Latin9 if bytes.is_ascii() => String::from_utf8(bytes).ok(),
			Self::Latin1 => Some(bytes.into_iter().map(char::from).collect()),
			Self::Latin9 => {
				let decoded = |byte: u8| {
					let own = LATIN9.iter().find(|(own, _)| *own == byte);
					own.map_or(char::from(byte), |(_, character)| *character)
				};
				Some(bytes.into_iter().map(decoded).collect())
			}
		}
	}
}
