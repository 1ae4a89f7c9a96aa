//! The descriptor: title, type and file name of a record, sealed at the head of the envelope.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
	format::{Layout, DESCRIPTOR_STEP, MAX_DESCRIPTOR_SIZE},
	names::{check_file_name, disarm, is_deceptive, safe_file_name},
	Error,
};

/// Maximum size of the title, in bytes of UTF-8.
pub const MAX_TITLE: usize = 4096;
/// Maximum size of the media type and of the file name, in bytes of UTF-8.
pub const MAX_NAME: usize = 255;
/// Maximum size of the FHIR type, in bytes of UTF-8.
pub const MAX_FHIR_TYPE: usize = 64;

const LENGTH_SIZE: usize = 4;

/// Description of a record. It holds clinical content, so [`fmt::Debug`] shows none of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Descriptor {
	/// Title for people to read.
	pub title: String,
	/// Media type of the plaintext (RFC 6838).
	pub media_type: String,
	/// Bare name of the file. In an opened descriptor it is safe to write a file under: it contains
	/// no path, and is neither hidden nor the name of a device.
	pub file_name: String,
	/// FHIR resource type, if the plaintext is a FHIR resource.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub fhir_type: Option<String>,
	/// Time of the record's creation, in milliseconds since the Unix epoch.
	pub created: u64,
}

impl fmt::Debug for Descriptor {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.debug_struct("Descriptor").finish_non_exhaustive()
	}
}

impl Descriptor {
	/// Checks the descriptor as [`crate::seal()`] does: sizes, control characters, text direction
	/// marks, and that the file name is safe to write a file under ([`crate::safe_file_name`]).
	///
	/// [`crate::open()`] replaces unsafe characters instead of refusing them.
	pub fn validate(&self) -> Result<(), Error> {
		self.check_sizes()?;
		for (field, value) in self.texts() {
			if value.chars().any(is_deceptive) {
				return Err(Error::ControlCharacter { field });
			}
		}
		check_file_name(&self.file_name)
	}

	/// Returns every text with its field's name and maximum size.
	fn fields(&self) -> [(&'static str, Option<&str>, usize); 4] {
		[
			("title", Some(&self.title), MAX_TITLE),
			("media_type", Some(&self.media_type), MAX_NAME),
			("file_name", Some(&self.file_name), MAX_NAME),
			("fhir_type", self.fhir_type.as_deref(), MAX_FHIR_TYPE),
		]
	}

	fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
		self.fields().into_iter().filter_map(|(field, value, _)| Some((field, value?)))
	}

	fn check_sizes(&self) -> Result<(), Error> {
		for (field, value, max) in self.fields() {
			let Some(value) = value else { continue };
			if value.is_empty() || value.len() > max {
				return Err(Error::FieldSize { field, size: value.len(), max });
			}
		}
		Ok(())
	}

	/// Replaces characters that could harm a reader.
	fn disarm(&mut self) {
		disarm(&mut self.title);
		disarm(&mut self.media_type);
		if let Some(fhir_type) = &mut self.fhir_type {
			disarm(fhir_type);
		}
		self.file_name = safe_file_name(&self.file_name);
	}

	/// Returns the layout of an envelope that carries this descriptor.
	pub fn layout(&self) -> Result<Layout, Error> {
		self.encode().map(|(layout, _)| layout)
	}

	/// Encodes as length (BE32), JSON, and zeros up to a multiple of 256.
	pub(crate) fn encode(&self) -> Result<(Layout, Zeroizing<Vec<u8>>), Error> {
		self.validate()?;
		// Allocates the full capacity at once, because growing would leave copies in memory.
		let mut padded = Zeroizing::new(Vec::with_capacity(MAX_DESCRIPTOR_SIZE));
		padded.extend_from_slice(&[0; LENGTH_SIZE]);
		serde_json::to_writer(&mut *padded, self).map_err(|_| Error::DescriptorUnreadable)?;
		let length = u32::try_from(padded.len() - LENGTH_SIZE).map_err(|_| Error::TooLarge)?;
		if let Some(at) = padded.first_chunk_mut::<LENGTH_SIZE>() {
			*at = length.to_be_bytes();
		}
		let size = padded.len().next_multiple_of(DESCRIPTOR_STEP);
		padded.resize(size, 0);
		// The fields' limits leave room even if JSON escapes every character.
		let layout = u32::try_from(size).ok().and_then(Layout::new).ok_or(Error::TooLarge)?;
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
		// The cause is dropped because it would quote the descriptor.
		let mut descriptor: Self = serde_json::from_slice(json).map_err(|_| unreadable)?;
		descriptor.check_sizes()?;
		// An unsafe name must not make the record unreadable.
		descriptor.disarm();
		Ok(descriptor)
	}
}
