//! Content of documents, before it is sealed.

use std::{
	fs::File,
	io::{self, Read, Seek, Write},
	os::fd::AsRawFd,
};

use aws_lc_rs::digest::{Algorithm, Context, Digest, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use axum::http::StatusCode;
use salus_client::{Descriptor, Error, NewFile};
use salus_fhir::{
	incoming::NewDocument,
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

/// Content of a new version, in an open file.
pub(crate) struct Content {
	file: File,
	title: String,
	/// Its file name.
	name: String,
	media_type: String,
	/// Identifier under which it is added once.
	pub(crate) identifier: Option<String>,
	/// SHA-256 of the content, once it is computed.
	sha256: Option<[u8; 32]>,
	/// The content that was sent before, which stays unless it is used.
	sent: Option<Taken>,
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
	/// Writes the content of a document to a file without a name, or returns the issue with it.
	pub(crate) fn of(
		gateway: &Gateway,
		access: &Access,
		mut new: NewDocument,
		identifier: Option<String>,
	) -> Answer<Result<Self, Issue>> {
		if let Err(issue) = check_description(&new) {
			return Ok(Err(issue));
		}
		let (written, sent) = match &new.upload {
			None => {
				let written = tempfile::tempfile().and_then(|mut file| {
					file.write_all(&new.data)?;
					Ok(file)
				});
				new.data.zeroize();
				(written, None)
			}
			Some(id) => {
				let fits = |sent: &Upload| {
					if sent.media_type != new.media_type {
						Err((
							"contentType",
							"media-type",
							"the content was sent as another type; give the type of the Binary",
						))
					} else if new.size.is_some_and(|size| size != sent.size) {
						Err((
							"size",
							"size",
							"the size is not that of the content; correct it, or leave it out",
						))
					} else {
						Ok(())
					}
				};
				match gateway.uploads.take(&access.client.id, id, fits) {
					Some(Ok(sent)) => (sent.file(), Some(sent)),
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
		let checked = Self::checked(written.map_err(Error::WriteOutput)?, new, identifier)?;
		Ok(checked.map(|content| Self { sent, ..content }))
	}

	/// Takes a file as the content of a document, or returns the issue with it.
	pub(crate) fn in_file(file: File, new: NewDocument) -> Answer<Result<Self, Issue>> {
		if let Err(issue) = check_description(&new) {
			return Ok(Err(issue));
		}
		let size = file.metadata().map_err(unreadable)?.len();
		if new.size.is_some_and(|given| given != size) {
			return Ok(Err(wrong(
				"size",
				"size",
				"the size is not that of the file; correct it, or leave it out",
			)));
		}
		Self::checked(file, new, None)
	}

	/// Checks the hash of content whose description was checked.
	fn checked(
		mut file: File,
		new: NewDocument,
		identifier: Option<String>,
	) -> Answer<Result<Self, Issue>> {
		if let Some(hash) = &new.hash {
			let found = block_in_place(|| digest(&mut file, &SHA1_FOR_LEGACY_USE_ONLY));
			if found.map_err(Error::WriteOutput)?.as_ref() != &hash[..] {
				return Ok(Err(wrong(
					"hash",
					"hash",
					"the hash is not the SHA-1 of the data; correct it, or leave it out",
				)));
			}
		}
		let (title, name) = names(&new);
		let media_type = new.media_type;
		Ok(Ok(Self { file, title, name, media_type, identifier, sha256: None, sent: None }))
	}

	/// Notes that it was added.
	pub(super) fn used(self) {
		if let Some(sent) = self.sent {
			sent.used();
		}
	}

	/// Computes the SHA-256 of the content. No other content is added from then on.
	pub(crate) fn sha256(&mut self) -> Answer<[u8; 32]> {
		let hash = block_in_place(|| sha256(&mut self.file)).map_err(unreadable)?;
		self.sha256 = Some(hash);
		Ok(hash)
	}

	/// Describes the file. It exists for as long as this does.
	pub(crate) fn file(&self) -> NewFile {
		NewFile {
			path: format!("/proc/self/fd/{}", self.file.as_raw_fd()).into(),
			title: Some(self.title.clone()),
			name: Some(self.name.clone()),
			media_type: Some(self.media_type.clone()),
			fhir_type: None,
			identifier: self.identifier.clone(),
			sha256: self.sha256,
		}
	}
}

/// Returns the title and the file name of a document's content.
fn names(new: &NewDocument) -> (String, String) {
	let title = new.title.clone().unwrap_or_else(|| "Document".into());
	(title, format!("document{}", ending(&new.media_type)))
}

/// Refuses a document whose description cannot be kept.
fn check_description(new: &NewDocument) -> Result<(), Issue> {
	let (title, file_name) = names(new);
	let media_type = new.media_type.clone();
	let descriptor = Descriptor { title, media_type, file_name, fhir_type: None, created: 0 };
	descriptor.validate().map_err(|error| {
		Issue::error(IssueKind::Value, "description", error.to_string()).at(ATTACHMENT)
	})
}

/// Hashes a file from its beginning. FHIR has SHA-1 for attachments.
fn digest(file: &mut File, algorithm: &'static Algorithm) -> io::Result<Digest> {
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
	let hash = digest(file, &SHA256)?;
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
