//! Passwords, and the text files that hold them.

use std::{fmt, fs::File, io::Read, path::Path};

use zeroize::Zeroizing;

use crate::keys::error::KeyError;

const MAX_PASSWORD: u64 = 4096;

/// A password. Erased from memory when dropped, and never shown.
pub struct Password(Zeroizing<String>);

impl fmt::Debug for Password {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("Password(..)")
	}
}

impl From<String> for Password {
	fn from(text: String) -> Self {
		Self(Zeroizing::new(text))
	}
}

impl Password {
	/// Reads the first line of a file, without line end and byte order mark. A file with that mark
	/// may be UTF-16.
	pub fn from_file(path: &Path) -> Result<Self, KeyError> {
		let failed = |source| KeyError::PasswordFile { path: path.to_owned(), source };
		let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_PASSWORD as usize));
		File::open(path)
			.and_then(|file| file.take(MAX_PASSWORD).read_to_end(&mut bytes))
			.map_err(failed)?;
		let text = text(&bytes).ok_or_else(|| failed(std::io::ErrorKind::InvalidData.into()))?;
		let line = text.lines().next().unwrap_or_default();
		if line.is_empty() {
			return Err(KeyError::EmptyPassword);
		}
		Ok(Self(Zeroizing::new(line.to_owned())))
	}

	/// Returns the number of characters.
	pub fn length(&self) -> usize {
		self.0.chars().count()
	}

	/// Reads a whole file, line ends included, as a node does with the file that
	/// `--password-filename` names.
	pub fn from_whole_file(path: &Path) -> Result<Self, KeyError> {
		let failed = |source| KeyError::PasswordFile { path: path.to_owned(), source };
		let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_PASSWORD as usize + 1));
		File::open(path)
			.and_then(|file| file.take(MAX_PASSWORD + 1).read_to_end(&mut bytes))
			.map_err(failed)?;
		// A part of the file would be another password.
		if bytes.len() as u64 > MAX_PASSWORD {
			return Err(failed(std::io::ErrorKind::FileTooLarge.into()));
		}
		let text = std::str::from_utf8(&bytes)
			.map_err(|_| failed(std::io::ErrorKind::InvalidData.into()))?;
		Ok(Self(Zeroizing::new(text.to_owned())))
	}

	/// Returns whether two passwords are the same, as when one is asked for twice.
	pub fn equals(&self, other: &Self) -> bool {
		*self.0 == *other.0
	}

	pub(crate) fn expose(&self) -> &str {
		&self.0
	}

	/// Returns whether the password is empty.
	pub fn is_empty(&self) -> bool {
		self.0.is_empty()
	}
}

/// Decodes a text file without its byte order mark: UTF-16 if its mark says so, else UTF-8.
pub(super) fn text(bytes: &[u8]) -> Option<Zeroizing<String>> {
	let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
		let (units, rest) = bytes.as_chunks::<2>();
		let units = Zeroizing::new(units.iter().copied().map(unit).collect::<Vec<_>>());
		let whole = rest.is_empty();
		whole.then(|| String::from_utf16(&units).ok()).flatten()
	};
	let text = match bytes {
		[0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes)?,
		[0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes)?,
		bytes => {
			let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
			std::str::from_utf8(bytes).ok()?.to_owned()
		}
	};
	Some(Zeroizing::new(text))
}
