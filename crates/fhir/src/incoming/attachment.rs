//! The attachment of a document: the address of its content, and its media type.

use fhirkit::r4::Attachment;

use super::{decoded, required, text, wrong, Beside, Carried};
use crate::{id, outcome::Issue};

/// Path of the attachment.
pub(super) const ATTACHMENT: &str = "DocumentReference.content[0].attachment";

/// Media type that says nothing of the content. Answers have it, because the envelope has the type.
pub const UNKNOWN_TYPE: &str = "application/octet-stream";

/// Returns whether a media type says nothing of the content.
pub fn is_unknown_type(media_type: &str) -> bool {
	let essence = media_type.split(';').next().unwrap_or_default().trim();
	essence.eq_ignore_ascii_case(UNKNOWN_TYPE)
}

/// Returns whether two media types of one content contradict each other.
pub fn contradict(one: &str, other: &str) -> bool {
	one != other && !is_unknown_type(one) && !is_unknown_type(other)
}

/// Returns the media type that says more, of two that one content has; `None` if it has none.
pub fn telling_type(declared: Option<String>, stored: Option<String>) -> Option<String> {
	match (&declared, &stored) {
		(Some(one), _) if !is_unknown_type(one) => declared,
		(_, Some(_)) => stored,
		_ => declared,
	}
}

/// Returns the id of the Binary of this server that an address names.
fn binary_of<'a>(url: &'a str, base: &str) -> Option<&'a str> {
	let own = url.strip_prefix(base).and_then(|rest| rest.strip_prefix('/')).unwrap_or(url);
	own.strip_prefix("Binary/")
}

/// Returns the address of content that is elsewhere; `None` if the attachment has the data. Answers
/// have the address of a version, so in an update it may stay beside the data that replaces it.
fn address<'a>(
	attachment: &'a Attachment,
	base: &str,
	beside: &Beside<'_>,
) -> Result<Option<&'a str>, Issue> {
	let Some(url) = text(&attachment.url) else { return Ok(None) };
	let version = binary_of(url, base).and_then(id::parse_binary);
	let is_own = match (beside, version) {
		(Beside::Revision(record), Some((named, _))) => named == **record,
		_ => false,
	};
	let text = match (attachment.data.is_some(), is_own) {
		(true, true) => return Ok(None),
		(false, false) => return Ok(Some(url)),
		(true, false) => {
			"give either data or url; the url of an existing version names its content, and \
			 only an update of the same document may have it beside data"
		}
		(false, true) => {
			"this is the content that the document has already, and an update needs the content \
			 again; give data, or the url of a Binary that was sent for the update"
		}
	};
	Err(wrong(&format!("{ATTACHMENT}.url"), text))
}

/// Source of a document's content, where the attachment does not have the data.
#[derive(Default)]
pub(super) struct Source {
	/// Id of the Binary of this server to which it was uploaded.
	pub(super) upload: Option<String>,
	/// Name of a file in the folder that has the document.
	pub(super) file: Option<String>,
	/// Binary of the Bundle that has the document.
	pub(super) carried: Option<Carried>,
}

impl Source {
	/// Finds the content of an attachment. A Binary of a Bundle is taken out.
	pub(super) fn of(
		attachment: &Attachment,
		base: &str,
		beside: Beside<'_>,
	) -> Result<Self, Issue> {
		let Some(url) = address(attachment, base, &beside)? else {
			return Ok(Self::default());
		};
		if let Some(id) = binary_of(url, base).filter(|id| id::is_upload(id)) {
			return Ok(Self { upload: Some(id.to_owned()), ..Self::default() });
		}
		let carried = match beside {
			Beside::Folder => {
				return Ok(Self { file: Some(url.to_owned()), ..Self::default() });
			}
			Beside::Bundle(carried) => carried.remove(url),
			Beside::Revision(_) => None,
		};
		if carried.is_none() {
			let text = "this is no Binary of this Bundle, nor one that this client sent before; \
			            give the data, or send it along";
			return Err(wrong(&format!("{ATTACHMENT}.url"), text));
		}
		Ok(Self { carried, ..Self::default() })
	}

	/// Returns whether the content was neither sent in the attachment nor along with it.
	pub(super) fn is_elsewhere(&self) -> bool {
		self.upload.is_some() || self.file.is_some()
	}

	/// Returns the media type of the content: the attachment's, or that of the Binary.
	pub(super) fn media_type(&self, attachment: &Attachment) -> Result<Option<String>, Issue> {
		let declared = text(&attachment.content_type).map(str::to_owned);
		let stored = self.carried.as_ref().and_then(|carried| carried.media_type.clone());
		let both = declared.as_ref().zip(stored.as_ref());
		if both.is_some_and(|(one, other)| contradict(one, other)) {
			let text = "the media type is not that of the Binary; give the same one";
			return Err(wrong(&format!("{ATTACHMENT}.contentType"), text));
		}
		Ok(telling_type(declared, stored))
	}
}

/// Returns the size that an attachment declares. It must be that of the data, if that is given.
pub(super) fn size_of(attachment: &Attachment, data: Option<&[u8]>) -> Result<Option<u64>, Issue> {
	let size = attachment.size.as_ref().and_then(|size| size.value);
	let size = size.map(|size| u64::try_from(size).unwrap_or(u64::MAX));
	match (size, data) {
		(Some(size), Some(data)) if size != data.len() as u64 => Err(wrong(
			&format!("{ATTACHMENT}.size"),
			"the size is not that of the data; correct it, or leave it out",
		)),
		_ => Ok(size),
	}
}

/// Returns the hash that an attachment declares.
pub(super) fn hash_of(attachment: &Attachment) -> Result<Option<Vec<u8>>, Issue> {
	let hash = text(&attachment.hash).map(decoded).transpose();
	let hash =
		hash.map_err(|_| wrong(&format!("{ATTACHMENT}.hash"), "this is not base64; encode again"))?;
	// Systems that know XDS, and MHD's own examples, put the hexadecimal digits into base64.
	Ok(hash.map(|hash| match hash.len() {
		40 => hex::decode(&hash).unwrap_or(hash),
		_ => hash,
	}))
}

/// Returns the data of an attachment, or of the Binary that it refers to. There is none if it is
/// elsewhere.
pub(super) fn data_of(
	attachment: &Attachment,
	carried: Option<&Carried>,
	is_elsewhere: bool,
) -> Result<Vec<u8>, Issue> {
	let path = format!("{ATTACHMENT}.data");
	let data = text(&attachment.data).or_else(|| carried?.data.as_deref());
	let Some(data) = data else {
		return match is_elsewhere {
			true => Ok(Vec::new()),
			false => Err(required(&path, "the data in base64")),
		};
	};
	let data = decoded(data).map_err(|_| wrong(&path, "this is not base64; encode again"))?;
	match data.is_empty() {
		true => Err(wrong(&path, "the data is empty; send the content")),
		false => Ok(data),
	}
}
