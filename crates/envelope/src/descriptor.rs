//! The descriptor: what the record is, sealed at the head of the envelope.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
	format::{Layout, DESCRIPTOR_STEP, MAX_DESCRIPTOR_SIZE},
	Error,
};

/// The title's greatest size in bytes of UTF-8.
pub const MAX_TITLE: usize = 4096;
/// The greatest size of a media type and of a file name, in bytes of UTF-8.
pub const MAX_NAME: usize = 255;
/// The greatest size of a FHIR type, in bytes of UTF-8.
pub const MAX_FHIR_TYPE: usize = 64;

const LENGTH_SIZE: usize = 4;

/// What a record is. It holds clinical content, so [`fmt::Debug`] shows none of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Descriptor {
	/// What a person calls the record.
	pub title: String,
	/// The plaintext's media type (RFC 6838).
	pub media_type: String,
	/// The bare name of the file, without a path.
	pub file_name: String,
	/// The FHIR resource type, if the plaintext is a FHIR resource.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub fhir_type: Option<String>,
	/// When the record was made, in milliseconds since the Unix epoch.
	pub created: u64,
}

impl fmt::Debug for Descriptor {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.debug_struct("Descriptor").finish_non_exhaustive()
	}
}

impl Descriptor {
	/// Checks what [`crate::seal`] and [`crate::open`] check: sizes, control characters, file name.
	pub fn validate(&self) -> Result<(), Error> {
		check("title", &self.title, MAX_TITLE)?;
		check("media_type", &self.media_type, MAX_NAME)?;
		check("file_name", &self.file_name, MAX_NAME)?;
		if let Some(fhir_type) = &self.fhir_type {
			check("fhir_type", fhir_type, MAX_FHIR_TYPE)?;
		}
		let name = self.file_name.as_str();
		if name.contains(['/', '\\']) || name == "." || name == ".." {
			return Err(Error::FileNameIsPath);
		}
		Ok(())
	}

	/// The layout of an envelope that carries this descriptor.
	pub fn layout(&self) -> Result<Layout, Error> {
		self.encode().map(|(layout, _)| layout)
	}

	/// Length (BE32), JSON, zeros up to a multiple of 256.
	pub(crate) fn encode(&self) -> Result<(Layout, Zeroizing<Vec<u8>>), Error> {
		self.validate()?;
		// The whole capacity at once, so that no growth leaves a copy behind.
		let mut padded = Zeroizing::new(Vec::with_capacity(MAX_DESCRIPTOR_SIZE));
		padded.extend_from_slice(&[0; LENGTH_SIZE]);
		serde_json::to_writer(&mut *padded, self).map_err(|_| Error::DescriptorUnreadable)?;
		let length = u32::try_from(padded.len() - LENGTH_SIZE).map_err(|_| Error::TooLarge)?;
		if let Some(at) = padded.first_chunk_mut::<LENGTH_SIZE>() {
			*at = length.to_be_bytes();
		}
		let size = padded.len().next_multiple_of(DESCRIPTOR_STEP);
		padded.resize(size, 0);
		// The limits of the fields leave room, even when JSON escapes every character.
		let layout = u32::try_from(size)
			.ok()
			.and_then(Layout::new)
			.ok_or(Error::TooLarge)?;
		Ok((layout, padded))
	}

	pub(crate) fn decode(padded: &[u8]) -> Result<Self, Error> {
		let unreadable = Error::DescriptorUnreadable;
		let Some((length, rest)) = padded.split_first_chunk::<LENGTH_SIZE>() else {
			return Err(unreadable);
		};
		let length = u32::from_be_bytes(*length) as usize;
		let Some((json, padding)) = rest.split_at_checked(length) else {
			return Err(unreadable);
		};
		if padding.len() >= DESCRIPTOR_STEP || padding.iter().any(|byte| *byte != 0) {
			return Err(unreadable);
		}
		// The cause would quote the descriptor, so it is dropped.
		let descriptor: Self = serde_json::from_slice(json).map_err(|_| unreadable)?;
		descriptor.validate()?;
		Ok(descriptor)
	}
}

fn check(field: &'static str, value: &str, max: usize) -> Result<(), Error> {
	if value.is_empty() || value.len() > max {
		return Err(Error::FieldSize {
			field,
			size: value.len(),
			max,
		});
	}
	if value.chars().any(is_refused) {
		return Err(Error::ControlCharacter { field });
	}
	Ok(())
}

/// Controls, line separators, and the direction marks that let `fdp.exe` show as `exe.pdf`.
fn is_refused(c: char) -> bool {
	c.is_control()
		|| matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
