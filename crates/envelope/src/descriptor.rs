//! The descriptor: what the record is, sealed at the head of the envelope.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
	format::{Layout, DESCRIPTOR_STEP, MAX_DESCRIPTOR_SIZE},
	names::{check_file_name, disarm, is_deceptive, safe_file_name},
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
	/// The bare name of the file. In a descriptor that was opened it is safe to write a file under: no path, nothing hidden,
	/// no device.
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
	/// Checks what [`crate::seal`] checks: sizes, control characters and marks of text direction, and that the file name is
	/// safe to write a file under ([`crate::safe_file_name`]).
	///
	/// A descriptor that was opened is past this check: what its author should not have written was taken out.
	pub fn validate(&self) -> Result<(), Error> {
		self.check_sizes()?;
		for (field, value) in self.texts() {
			if value.chars().any(is_deceptive) {
				return Err(Error::ControlCharacter { field });
			}
		}
		check_file_name(&self.file_name)
	}

	/// Every text, with its field's name and greatest size.
	fn fields(&self) -> [(&'static str, Option<&str>, usize); 4] {
		[
			("title", Some(&self.title), MAX_TITLE),
			("media_type", Some(&self.media_type), MAX_NAME),
			("file_name", Some(&self.file_name), MAX_NAME),
			("fhir_type", self.fhir_type.as_deref(), MAX_FHIR_TYPE),
		]
	}

	fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
		self.fields()
			.into_iter()
			.filter_map(|(field, value, _)| Some((field, value?)))
	}

	fn check_sizes(&self) -> Result<(), Error> {
		for (field, value, max) in self.fields() {
			let Some(value) = value else { continue };
			if value.is_empty() || value.len() > max {
				return Err(Error::FieldSize {
					field,
					size: value.len(),
					max,
				});
			}
		}
		Ok(())
	}

	/// Takes out what could harm a reader.
	fn disarm(&mut self) {
		disarm(&mut self.title);
		disarm(&mut self.media_type);
		if let Some(fhir_type) = &mut self.fhir_type {
			disarm(fhir_type);
		}
		self.file_name = safe_file_name(&self.file_name);
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
		let mut descriptor: Self = serde_json::from_slice(json).map_err(|_| unreadable)?;
		descriptor.check_sizes()?;
		// A name that its author should not have written keeps nobody from the record.
		descriptor.disarm();
		Ok(descriptor)
	}
}
