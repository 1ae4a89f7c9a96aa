//! Texts and file names that an author chose and that must not harm a reader.
//!
//! A writer refuses unsafe ones: [`Descriptor::validate`](crate::Descriptor::validate). A reader
//! replaces them with safe ones, so that a bad name never makes a record unreadable.

use crate::{descriptor::MAX_NAME, Error};

/// Name of a file when nothing of the original name is left.
const NAMELESS: &str = "record";

/// Devices that Windows opens in every folder, regardless of anything after the first dot.
const DEVICES: [&str; 7] = ["aux", "clock$", "con", "conin$", "conout$", "nul", "prn"];
/// Prefixes of numbered devices on Windows.
const PORTS: [&str; 2] = ["com", "lpt"];

/// Returns whether a character controls a terminal, breaks a line or changes the text direction,
/// which can display `fdp.exe` as `exe.pdf`. This covers the control characters, both separators,
/// and all twelve bidirectional controls of Unicode.
pub fn is_deceptive(c: char) -> bool {
	c.is_control()
		|| matches!(
			c,
			'\u{2028}'
				| '\u{2029}' | '\u{61c}'
				| '\u{200e}' | '\u{200f}'
				| '\u{202a}'..='\u{202e}'
				| '\u{2066}'..='\u{2069}'
		)
}

/// Returns a file name that is safe to write a file under on any system: no path, not hidden, no
/// device. A safe name is returned unchanged.
pub fn safe_file_name(name: &str) -> String {
	let mut safe: String =
		name.chars().map(|c| if is_deceptive(c) || is_of_paths(c) { '_' } else { c }).collect();
	cut(&mut safe);
	if is_hidden(&safe) {
		// This is the first visible character, and none before it is a dot.
		safe = safe.replacen('.', "_", 1);
	}
	if is_device(&safe) {
		safe.insert(0, '_');
		cut(&mut safe);
	}
	if safe.chars().all(is_skipped) {
		safe = NAMELESS.into();
	}
	safe
}

/// Checks what a writer must check in addition to size and deceptive characters.
pub(crate) fn check_file_name(name: &str) -> Result<(), Error> {
	if name.chars().any(is_of_paths) || name == "." || name == ".." {
		return Err(Error::FileNameIsPath);
	}
	if is_hidden(name) {
		return Err(Error::FileNameHidden);
	}
	if safe_file_name(name) != name {
		return Err(Error::FileNameReserved);
	}
	Ok(())
}

/// Replaces deceptive characters.
pub(crate) fn disarm(text: &mut String) {
	if text.chars().any(is_deceptive) {
		*text = text.replace(is_deceptive, "\u{fffd}");
	}
}

/// Returns whether a character separates folders, drives (`C:x`) or streams (`a.txt:x`).
fn is_of_paths(c: char) -> bool {
	matches!(c, '/' | '\\' | ':')
}

/// Returns whether a character has no width. The file system of macOS skips most of these, so that
/// a joiner followed by `.bashrc` is `.bashrc` there.
fn is_skipped(c: char) -> bool {
	matches!(
		c,
		'\u{ad}'
			| '\u{34f}'
			| '\u{180b}'..='\u{180f}'
			| '\u{200b}'..='\u{200f}'
			| '\u{2060}'..='\u{206f}'
			| '\u{fe00}'..='\u{fe0f}'
			| '\u{feff}'
			| '\u{e0000}'..='\u{e0fff}'
	)
}

fn is_hidden(name: &str) -> bool {
	name.chars().find(|c| !is_skipped(*c)) == Some('.')
}

/// Returns whether Windows treats the name as a device: `nul.txt`, `COM1 .log`, and also `COM¹`.
fn is_device(name: &str) -> bool {
	let stem = name.split('.').next().unwrap_or_default().trim();
	let stem = stem.to_ascii_lowercase();
	let is_port = |port: &&str| {
		let number = stem.strip_prefix(*port);
		let mut rest = number.unwrap_or_default().chars();
		let digit = rest.next();
		rest.next().is_none()
			&& digit.is_some_and(|c| c.is_ascii_digit() || matches!(c, '¹' | '²' | '³'))
	};
	DEVICES.contains(&stem.as_str()) || PORTS.iter().any(is_port)
}

/// Cuts a name to the maximum size and removes trailing dots and spaces, which Windows drops.
fn cut(name: &mut String) {
	while name.len() > MAX_NAME {
		name.pop();
	}
	name.truncate(name.trim_end_matches(['.', ' ']).len());
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	#[test]
	fn unsafe_names_are_refused_and_made_safe() {
		type Fault = fn(&Error) -> bool;
		let path: Fault = |error| matches!(error, Error::FileNameIsPath);
		let hidden: Fault = |error| matches!(error, Error::FileNameHidden);
		let reserved: Fault = |error| matches!(error, Error::FileNameReserved);
		for (name, fault, safe) in [
			(".bash_aliases", hidden, "_bash_aliases"),
			("..a", hidden, "_.a"),
			("...", hidden, "record"),
			("\u{200c}.bashrc", hidden, "\u{200c}_bashrc"),
			("\u{feff}.ssh", hidden, "\u{feff}_ssh"),
			(".", path, "record"),
			("..", path, "record"),
			("/", path, "_"),
			("/etc/passwd", path, "_etc_passwd"),
			("../x", path, "_._x"),
			("..\\x", path, "_._x"),
			("C:x", path, "C_x"),
			("a.txt:stream", path, "a.txt_stream"),
			("CON", reserved, "_CON"),
			("nul.txt", reserved, "_nul.txt"),
			("Nul .tar.gz", reserved, "_Nul .tar.gz"),
			(" aux", reserved, "_ aux"),
			("com7.dcm", reserved, "_com7.dcm"),
			("LPT³", reserved, "_LPT³"),
			("CONIN$", reserved, "_CONIN$"),
			("con. ", reserved, "_con"),
			("report.pdf.", reserved, "report.pdf"),
			("report.pdf . .", reserved, "report.pdf"),
			(" ", reserved, "record"),
			("\u{200b}", reserved, "record"),
		] {
			let error = check_file_name(name).expect_err(name);
			assert!(fault(&error), "{name:?}: {error}");
			assert_eq!(safe_file_name(name), safe, "{name:?}");
		}
		assert_eq!(safe_file_name("a\u{202e}fdp.exe\n"), "a_fdp.exe_");
	}

	#[test]
	fn ordinary_names_stay_unchanged() {
		for name in [
			"report.pdf",
			"DICOMDIR",
			"Befund (2).pdf",
			"a..b",
			"com",
			"com10",
			"lpt1x.txt",
			"confirm.txt",
			"auxiliary",
			"نتيجة\u{200c}ها.pdf",
			"10\u{202f}mg.txt",
			"-rf",
		] {
			check_file_name(name).expect(name);
			assert_eq!(safe_file_name(name), name);
		}
	}

	#[test]
	fn all_twelve_direction_controls_deceive() {
		// The Unicode property Bidi_Control.
		let controls: Vec<char> = [0x61c, 0x200e, 0x200f]
			.into_iter()
			.chain(0x202a..=0x202e)
			.chain(0x2066..=0x2069)
			.map(|code| char::from_u32(code).unwrap())
			.collect();
		assert_eq!(controls.len(), 12);
		assert!(controls.into_iter().all(is_deceptive));
		// The narrow space between a number and its unit is harmless.
		assert!(!is_deceptive('\u{202f}') && !is_deceptive('\u{200d}'));
	}

	/// Names in which dangerous parts are frequent.
	fn hostile_name() -> impl Strategy<Value = String> {
		let part = prop_oneof![
			Just(".".to_owned()),
			Just(" ".to_owned()),
			Just("\u{200d}".to_owned()),
			Just("\u{200f}".to_owned()),
			Just("/".to_owned()),
			Just(":".to_owned()),
			Just("con".to_owned()),
			Just("LPT1".to_owned()),
			Just("x".repeat(120)),
			any::<String>(),
		];
		prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
	}

	proptest! {
		#![proptest_config(ProptestConfig::with_cases(20_000))]

		#[test]
		fn any_authors_name_is_made_safe(name in hostile_name()) {
			let safe = safe_file_name(&name);
			prop_assert!((1..=MAX_NAME).contains(&safe.len()));
			prop_assert!(!safe.contains(['/', '\\', ':']) && !safe.ends_with(['.', ' ']));
			prop_assert!(!safe.chars().any(is_deceptive));
			let shown: String = safe.chars().filter(|c| !is_skipped(*c)).collect();
			prop_assert!(!shown.starts_with('.') && !shown.is_empty());
			prop_assert!(!is_device(&safe));
			// A safe name stays unchanged, and a writer may use it.
			prop_assert_eq!(&safe_file_name(&safe), &safe);
			prop_assert!(check_file_name(&safe).is_ok());
			prop_assert_eq!(check_file_name(&name).is_ok(), safe == name);
		}
	}
}
