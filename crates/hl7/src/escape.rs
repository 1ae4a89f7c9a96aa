//! Escape sequences in text.

use crate::{Charset, Delimiters};

/// Longest escape sequence that is looked for, in bytes.
const MAX_SEQUENCE: usize = 4096;

/// Maximum number of lines or spaces that one sequence makes: no text grows by its sequences.
const MAX_REPEATED: usize = 6;

/// Resolves the escape sequences of a text. One that is not known stays as it is.
pub(crate) fn resolved(text: &str, delimiters: &Delimiters, charset: Charset) -> String {
	let Some(escape) = delimiters.escape else { return text.to_owned() };
	let mut plain = String::with_capacity(text.len());
	let mut rest = text;
	while let Some((before, after)) = rest.split_once(escape) {
		plain.push_str(before);
		let end = after.bytes().take(MAX_SEQUENCE).position(|byte| byte == escape as u8);
		let sequence = end.and_then(|end| Some((after.get(..end)?, after.get(end..)?.get(1..)?)));
		match sequence.and_then(|(name, tail)| Some((meaning(name, delimiters, charset)?, tail))) {
			Some((meaning, tail)) => {
				plain.push_str(&meaning);
				rest = tail;
			}
			None => {
				plain.push(escape);
				rest = after;
			}
		}
	}
	plain.push_str(rest);
	plain
}

/// Returns the text that a sequence stands for; `None` if it is not known.
fn meaning(name: &str, delimiters: &Delimiters, charset: Charset) -> Option<String> {
	let delimiter = |one: Option<char>| one.map(String::from);
	match name {
		"F" => delimiter(Some(delimiters.field)),
		"S" => delimiter(Some(delimiters.component)),
		"T" => delimiter(delimiters.subcomponent),
		"R" => delimiter(Some(delimiters.repetition)),
		"E" => delimiter(delimiters.escape),
		// Highlighting, word wrap and indentation.
		"H" | "N" | ".fi" | ".nf" => Some(String::new()),
		".br" | ".ce" => Some("\n".into()),
		_ => {
			if let Some(digits) = name.strip_prefix('X') {
				return charset.decode(hex::decode(digits).ok()?);
			}
			let number = |prefix: &str| {
				let rest = name.strip_prefix(prefix)?.trim().trim_start_matches('+');
				match rest {
					"" => Some(1),
					_ => rest.parse::<usize>().ok().map(|number| number.min(MAX_REPEATED)),
				}
			};
			if let Some(lines) = number(".sp") {
				return Some("\n".repeat(lines));
			}
			if let Some(spaces) = number(".sk") {
				return Some(" ".repeat(spaces));
			}
			let is_indentation = name.starts_with(".in") || name.starts_with(".ti");
			is_indentation.then(String::new)
		}
	}
}

/// Escapes a text, so that it can be a value.
pub(crate) fn escaped(text: &str, delimiters: &Delimiters) -> String {
	let mut safe = String::with_capacity(text.len());
	let Some(escape) = delimiters.escape else {
		// Without an escape character, a delimiter cannot be written.
		let is_special = |one: char| delimiters.letter(one).is_some() || one.is_control();
		return text.chars().map(|one| if is_special(one) { ' ' } else { one }).collect();
	};
	for one in text.chars() {
		match delimiters.letter(one) {
			Some(letter) => safe.extend([escape, letter, escape]),
			None if one == '\n' => safe.extend([escape, '.', 'b', 'r', escape]),
			None if one.is_ascii_control() => {
				safe.push(escape);
				safe.push_str(&format!("X{:02X}", one as u32));
				safe.push(escape);
			}
			None => safe.push(one),
		}
	}
	safe
}
