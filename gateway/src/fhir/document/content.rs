//! Content of documents, before it is sealed.

use std::{
	fs::File,
	io::{self, Read, Seek},
	os::fd::AsRawFd,
	path::PathBuf,
};

use aws_lc_rs::digest::{Algorithm, Context, Digest, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use axum::http::StatusCode;
use salus_client::{Descriptor, Error, NewFile, Origin, Scratch};
use salus_fhir::{
	incoming::{contradict, is_unknown_type, telling_type, NewDocument, UNKNOWN_TYPE},
	outcome::{Issue, IssueKind},
};
use tokio::task::block_in_place;
use zeroize::Zeroize;

use crate::{
	app::Gateway,
	auth::Access,
	fault::{Answer, Fault},
	uploads::{Taken, Upload},
};

/// Content of a new version.
pub(crate) struct Content {
	place: Place,
	title: String,
	/// File name of the content.
	name: String,
	media_type: String,
	/// Identifier under which it is added once.
	pub(crate) identifier: Option<String>,
	/// SHA-256 of the content, once it is computed.
	sha256: Option<[u8; 32]>,
	/// Content that was sent before. It stays until a document uses it.
	sent: Option<Taken>,
}

/// Place of content.
enum Place {
	/// A file of the hospital's, which is open.
	File(File),
	/// Content that a client sent.
	Scratch(Scratch),
}

impl Place {
	/// Returns where the SDK finds the content, for as long as this exists.
	fn origin(&self) -> Origin {
		match self {
			Self::File(file) => Origin::Path(path_of(file)),
			Self::Scratch(scratch) => Origin::Scratch(scratch.clone()),
		}
	}

	/// Hashes the content from its beginning.
	fn digest(&mut self, algorithm: &'static Algorithm) -> io::Result<Digest> {
		match self {
			Self::File(file) => digest(file, algorithm),
			Self::Scratch(scratch) => digest(&mut scratch.reader(), algorithm),
		}
	}
}

const ATTACHMENT: &str = "DocumentReference.content[0].attachment";

/// Returns an issue with an element of the attachment.
fn wrong(name: &str, code: &'static str, text: &str) -> Issue {
	Issue::error(IssueKind::Value, code, text).at(format!("{ATTACHMENT}.{name}"))
}

/// Returns the fault of content that cannot be read.
fn unreadable(_: io::Error) -> Fault {
	let text = "cannot read the content; check its file, and the disk";
	let status = StatusCode::INTERNAL_SERVER_ERROR;
	Fault::new(status, IssueKind::Exception, "unreadable", text)
}

impl Content {
	/// Writes the content of a document to a temporary file that only this process can read, or
	/// returns the issue with it.
	pub(crate) fn of(
		gateway: &Gateway,
		access: &Access,
		mut new: NewDocument,
		identifier: Option<String>,
	) -> Answer<Result<Self, Issue>> {
		let (written, sent) = match &new.upload {
			None => {
				let written = block_in_place(|| Scratch::of(&new.data));
				new.data.zeroize();
				(written, None)
			}
			Some(id) => {
				let fits = |sent: &Upload| {
					let declared = new.media_type.as_deref();
					if declared.is_some_and(|declared| contradict(declared, &sent.media_type)) {
						Err((
							"contentType",
							"media-type",
							"the content was sent as another type; give the type of the Binary",
						))
					} else if new.size.is_some_and(|size| size != sent.content.size()) {
						Err((
							"size",
							"size",
							"the size is not the content's; correct it, or leave it out",
						))
					} else {
						Ok(())
					}
				};
				match gateway.uploads.take(&access.client.id, id, fits) {
					Some(Ok(sent)) => {
						new.media_type = telling_type(new.media_type, sent.media_type());
						(sent.content(), Some(sent))
					}
					Some(Err((name, code, text))) => return Ok(Err(wrong(name, code, text))),
					None => {
						let text =
							"no such content of this client waits here: it was not sent, or was used, or is \
							 too old; send it again";
						return Ok(Err(wrong("url", "no-content", text)));
					}
				}
			}
		};
		let place = Place::Scratch(written.map_err(Error::WriteOutput)?);
		let checked = Self::checked(place, new, identifier)?;
		Ok(checked.map(|content| Self { sent, ..content }))
	}

	/// Takes a file as the content of a document, or returns the issue with it.
	pub(crate) fn in_file(file: File, new: NewDocument) -> Answer<Result<Self, Issue>> {
		let size = file.metadata().map_err(unreadable)?.len();
		if new.size.is_some_and(|given| given != size) {
			return Ok(Err(wrong(
				"size",
				"size",
				"the size is not the file's; correct it, or leave it out",
			)));
		}
		Self::checked(Place::File(file), new, None)
	}

	/// Checks the description and the hash of content, and finds its media type.
	fn checked(
		mut place: Place,
		new: NewDocument,
		identifier: Option<String>,
	) -> Answer<Result<Self, Issue>> {
		if let Err(issue) = check_description(&new) {
			return Ok(Err(issue));
		}
		if let Some(hash) = &new.hash {
			let found = block_in_place(|| place.digest(&SHA1_FOR_LEGACY_USE_ONLY));
			if found.map_err(unreadable)?.as_ref() != &hash[..] {
				return Ok(Err(wrong(
					"hash",
					"hash",
					"the hash is not the SHA-1 of the data; correct it, or leave it out",
				)));
			}
		}
		let media_type = match media_type_of(&place, new.media_type)? {
			Ok(media_type) => media_type,
			Err(issue) => return Ok(Err(issue)),
		};
		let (title, name) = names(new.title, &media_type);
		Ok(Ok(Self { place, title, name, media_type, identifier, sha256: None, sent: None }))
	}

	/// Notes that the document was added.
	pub(super) fn used(self) {
		if let Some(sent) = self.sent {
			sent.used();
		}
	}

	/// Computes the SHA-256 of the content. No other content is added from then on.
	pub(crate) fn sha256(&mut self) -> Answer<[u8; 32]> {
		let hash = block_in_place(|| self.place.digest(&SHA256)).and_then(|hash| bytes_of(&hash));
		let hash = hash.map_err(unreadable)?;
		self.sha256 = Some(hash);
		Ok(hash)
	}

	/// Describes the file. It exists for as long as this does.
	pub(crate) fn file(&self) -> NewFile {
		NewFile {
			origin: self.place.origin(),
			title: Some(self.title.clone()),
			name: Some(self.name.clone()),
			media_type: Some(self.media_type.clone()),
			fhir_type: None,
			identifier: self.identifier.clone(),
			sha256: self.sha256,
		}
	}
}

/// Returns the path that leads to an open file without a name.
fn path_of(file: &File) -> PathBuf {
	format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}

/// Returns the media type of content: the declared one, unless it says nothing and the server
/// recognises the content as an import does.
fn media_type_of(place: &Place, declared: Option<String>) -> Answer<Result<String, Issue>> {
	let declared = match declared {
		Some(declared) if !is_unknown_type(&declared) => return Ok(Ok(declared)),
		declared => declared,
	};
	let name = Some("document".into());
	let unnamed = NewFile { origin: place.origin(), name, ..NewFile::new("") };
	let found = block_in_place(|| unnamed.describe()).map_err(Error::from)?.media_type;
	if !is_unknown_type(&found) {
		return Ok(Ok(found));
	}
	let text = "the server does not recognise the type of the content; give the media type";
	let missing = || {
		let issue = Issue::error(IssueKind::Required, "element-missing", text);
		issue.at(format!("{ATTACHMENT}.contentType"))
	};
	Ok(declared.ok_or_else(missing))
}

/// Returns the title and the file name of a document's content.
fn names(title: Option<String>, media_type: &str) -> (String, String) {
	let title = title.unwrap_or_else(|| "Document".into());
	(title, format!("document{}", ending(media_type)))
}

/// Refuses a document whose description cannot be kept.
fn check_description(new: &NewDocument) -> Result<(), Issue> {
	let media_type = new.media_type.clone().unwrap_or_else(|| UNKNOWN_TYPE.into());
	let (title, file_name) = names(new.title.clone(), &media_type);
	let descriptor = Descriptor { title, media_type, file_name, fhir_type: None, created: 0 };
	descriptor.validate().map_err(|error| {
		Issue::error(IssueKind::Value, "description", error.to_string()).at(ATTACHMENT)
	})
}

/// Hashes a file from its beginning. FHIR has SHA-1 for attachments.
fn digest(file: &mut (impl Read + Seek), algorithm: &'static Algorithm) -> io::Result<Digest> {
	file.rewind()?;
	let mut context = Context::new(algorithm);
	let mut part = vec![0; 64 * 1024];
	loop {
		match file.read(&mut part)? {
			0 => return Ok(context.finish()),
			length => context.update(part.get(..length).unwrap_or_default()),
		}
	}
}

/// Computes the SHA-256 of a file.
pub(crate) fn sha256(file: &mut File) -> io::Result<[u8; 32]> {
	bytes_of(&digest(file, &SHA256)?)
}

fn bytes_of(hash: &Digest) -> io::Result<[u8; 32]> {
	hash.as_ref().try_into().map_err(io::Error::other)
}

/// Returns the usual ending of files of a media type.
fn ending(media_type: &str) -> &'static str {
	let essence = media_type.split(';').next().unwrap_or_default().trim();
	match essence.to_ascii_lowercase().as_str() {
		"application/pdf" => ".pdf",
		"application/json" | "application/fhir+json" => ".json",
		"application/xml" | "application/fhir+xml" | "text/xml" => ".xml",
		"application/dicom" => ".dcm",
		"text/plain" => ".txt",
		"text/html" => ".html",
		"image/jpeg" => ".jpg",
		"image/png" => ".png",
		"x-application/hl7-v2+er7" => ".hl7",
		_ => ".bin",
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn type_of(content: &[u8], declared: Option<&str>) -> Result<String, Option<String>> {
		let place = Place::Scratch(Scratch::of(content).unwrap());
		let found = media_type_of(&place, declared.map(str::to_owned)).unwrap();
		found.map_err(|issue| issue.path)
	}

	#[test]
	fn a_type_that_says_nothing_is_recognised() {
		let pdf = Ok("application/pdf".to_owned());
		for nothing in [None, Some(UNKNOWN_TYPE), Some("Application/Octet-Stream; x=y")] {
			assert_eq!(type_of(b"%PDF-1.7 x", nothing), pdf, "{nothing:?}");
		}
		assert_eq!(type_of(b"%PDF-1.7 x", Some("text/plain")), Ok("text/plain".to_owned()));
		assert_eq!(type_of(b"all is well", Some(UNKNOWN_TYPE)), Ok(UNKNOWN_TYPE.to_owned()));
		let missing = Err(Some(format!("{ATTACHMENT}.contentType")));
		assert_eq!(type_of(b"all is well", None), missing);
	}
}
