//! Files as records are made of them: what can be told from the file itself.

use std::{
	fs::{File, Metadata},
	io::Read,
	path::{Path, PathBuf},
	time::{SystemTime, UNIX_EPOCH},
};

use salus_envelope::Descriptor;
use salus_primitives::Moment;

use crate::Error;

/// How much of a JSON file is looked at for the FHIR type.
const SNIFF: u64 = 64 * 1024;

/// A file that shall become a record, or a version of one.
#[derive(Clone, PartialEq, Eq)]
pub struct NewFile {
	/// Where it is.
	pub path: PathBuf,
	/// What a person calls it; the file's name if there is none.
	pub title: Option<String>,
	/// Its name for those who open it; the name it has here if there is none.
	pub name: Option<String>,
	/// Its media type; guessed if there is none.
	pub media_type: Option<String>,
	/// The FHIR resource type; read from the file if there is none.
	pub fhir_type: Option<String>,
}

/// Shows nothing: names tell about the patient.
impl std::fmt::Debug for NewFile {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.debug_struct("NewFile").finish_non_exhaustive()
	}
}

impl NewFile {
	/// A file about which everything is told from itself.
	pub fn new(path: impl Into<PathBuf>) -> Self {
		Self {
			path: path.into(),
			title: None,
			name: None,
			media_type: None,
			fhir_type: None,
		}
	}
}

/// A file that was looked at and found fit.
pub(crate) struct Checked {
	pub(crate) file: File,
	pub(crate) size: u64,
	pub(crate) descriptor: Descriptor,
	/// Tells this file in this state from others, and from itself once it has changed.
	pub(crate) identity: Vec<u8>,
}

/// Looks at a file. `number` names it in errors.
pub(crate) fn check(new: &NewFile, number: usize) -> Result<Checked, Error> {
	let unreadable = |source| Error::ReadFile { number, source };
	let mut file = File::open(&new.path).map_err(unreadable)?;
	let metadata = file.metadata().map_err(unreadable)?;
	if !metadata.is_file() {
		return Err(Error::NotAFile { number });
	}
	if metadata.len() == 0 {
		return Err(Error::EmptyFile { number });
	}
	let name = match &new.name {
		Some(name) => name.clone(),
		None => new
			.path
			.file_name()
			.and_then(|name| name.to_str())
			.ok_or(Error::FileName { number })?
			.to_owned(),
	};
	let fhir_type = match &new.fhir_type {
		Some(fhir_type) => Some(fhir_type.clone()),
		None if extension(&name) == "json" => sniff(&mut file).map_err(unreadable)?,
		None => None,
	};
	let media_type = new
		.media_type
		.clone()
		.unwrap_or_else(|| guess_media_type(&name, fhir_type.is_some()).to_owned());
	let descriptor = Descriptor {
		title: new.title.clone().unwrap_or_else(|| name.clone()),
		media_type,
		file_name: name,
		fhir_type,
		created: now(),
	};
	descriptor.validate().map_err(|error| match error {
		salus_envelope::Error::ControlCharacter { field }
			if field == "file_name" || field == "title" && new.title.is_none() =>
		{
			Error::FileName { number }
		}
		error => error.into(),
	})?;
	Ok(Checked {
		size: metadata.len(),
		identity: identity(&new.path, &metadata),
		file: File::open(&new.path).map_err(unreadable)?,
		descriptor,
	})
}

/// Whether the file is still as it was when it was looked at.
pub(crate) fn is_unchanged(new: &NewFile, checked: &Checked) -> bool {
	new.path
		.metadata()
		.is_ok_and(|metadata| identity(&new.path, &metadata) == checked.identity)
}

fn identity(path: &Path, metadata: &Metadata) -> Vec<u8> {
	let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
	let mut identity = path.as_os_str().as_encoded_bytes().to_vec();
	identity.push(0);
	identity.extend(metadata.len().to_be_bytes());
	let modified = metadata
		.modified()
		.ok()
		.and_then(|time| time.duration_since(UNIX_EPOCH).ok())
		.unwrap_or_default();
	identity.extend(modified.as_nanos().to_be_bytes());
	#[cfg(unix)]
	{
		use std::os::unix::fs::MetadataExt;
		identity.extend(metadata.dev().to_be_bytes());
		identity.extend(metadata.ino().to_be_bytes());
	}
	identity
}

/// This machine's clock.
fn now() -> Moment {
	let since = SystemTime::now()
		.duration_since(UNIX_EPOCH)
		.unwrap_or_default();
	since.as_millis() as Moment
}

fn extension(name: &str) -> String {
	Path::new(name)
		.extension()
		.and_then(|extension| extension.to_str())
		.unwrap_or_default()
		.to_ascii_lowercase()
}

fn guess_media_type(name: &str, is_fhir: bool) -> &'static str {
	match extension(name).as_str() {
		"json" if is_fhir => "application/fhir+json",
		"json" => "application/json",
		"xml" => "application/xml",
		"pdf" => "application/pdf",
		"dcm" | "dicom" => "application/dicom",
		"hl7" => "x-application/hl7-v2+er7",
		"txt" => "text/plain",
		"csv" => "text/csv",
		"html" | "htm" => "text/html",
		"jpg" | "jpeg" => "image/jpeg",
		"png" => "image/png",
		"tif" | "tiff" => "image/tiff",
		"mp4" => "video/mp4",
		"zip" => "application/zip",
		"vcf" => "text/x-vcf",
		_ => "application/octet-stream",
	}
}

/// The first `resourceType` of a JSON file: in a FHIR resource it is the resource's own.
fn sniff(file: &mut File) -> std::io::Result<Option<String>> {
	let mut start = zeroize::Zeroizing::new(Vec::with_capacity(SNIFF as usize));
	file.take(SNIFF).read_to_end(&mut start)?;
	let text = String::from_utf8_lossy(&start);
	let Some((_, after)) = text.split_once("\"resourceType\"") else {
		return Ok(None);
	};
	let value = after.trim_start().strip_prefix(':').map(str::trim_start);
	let name = value.and_then(|value| value.strip_prefix('"')?.split('"').next());
	Ok(name
		.filter(|name| {
			(1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphabetic())
		})
		.map(str::to_owned))
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::fs;

	fn folder() -> tempfile::TempDir {
		tempfile::tempdir().unwrap()
	}

	fn written(folder: &tempfile::TempDir, name: &str, content: &[u8]) -> NewFile {
		let path = folder.path().join(name);
		fs::write(&path, content).unwrap();
		NewFile::new(path)
	}

	#[test]
	fn a_fhir_bundle_is_recognised() {
		let folder = folder();
		let new = written(
			&folder,
			"a.JSON",
			b"{ \"resourceType\" : \"Bundle\", \"entry\": [] }",
		);
		let descriptor = check(&new, 1).unwrap().descriptor;
		assert_eq!(descriptor.fhir_type.as_deref(), Some("Bundle"));
		assert_eq!(descriptor.media_type, "application/fhir+json");
		assert_eq!(
			(descriptor.title.as_str(), descriptor.file_name.as_str()),
			("a.JSON", "a.JSON")
		);
	}

	#[test]
	fn other_files_are_what_their_names_say() {
		let folder = folder();
		for (name, content, media_type) in [
			("a.pdf", &b"%PDF"[..], "application/pdf"),
			("b.dcm", b"DICM", "application/dicom"),
			("c", b"?", "application/octet-stream"),
			("d.json", b"[1]", "application/json"),
			("e.json", b"{\"resourceType\": 7}", "application/json"),
		] {
			let descriptor = check(&written(&folder, name, content), 1)
				.unwrap()
				.descriptor;
			assert_eq!(descriptor.media_type, media_type);
			assert_eq!(descriptor.fhir_type, None);
		}
	}

	#[test]
	fn what_the_caller_says_counts() {
		let folder = folder();
		let new = NewFile {
			title: Some("Blood count".into()),
			name: Some("count.json".into()),
			media_type: Some("text/x-own".into()),
			fhir_type: Some("DiagnosticReport".into()),
			..written(&folder, "a\tb.json", b"{}")
		};
		let descriptor = check(&new, 1).unwrap().descriptor;
		assert_eq!(descriptor.title, "Blood count");
		assert_eq!(descriptor.file_name, "count.json");
		assert_eq!(descriptor.media_type, "text/x-own");
		assert_eq!(descriptor.fhir_type.as_deref(), Some("DiagnosticReport"));
	}

	#[test]
	fn unfit_files_are_refused_without_their_names() {
		let folder = folder();
		let empty = check(&written(&folder, "Doe.txt", b""), 2).err().unwrap();
		assert!(matches!(empty, Error::EmptyFile { number: 2 }));
		let control = check(&written(&folder, "Doe\n.txt", b"x"), 3)
			.err()
			.unwrap();
		assert!(matches!(control, Error::FileName { number: 3 }));
		let absent = check(&NewFile::new(folder.path().join("Doe")), 4)
			.err()
			.unwrap();
		assert!(matches!(absent, Error::ReadFile { number: 4, .. }));
		let directory = check(&NewFile::new(folder.path()), 5).err().unwrap();
		assert!(matches!(directory, Error::NotAFile { number: 5 }));
		for error in [empty, control, absent, directory] {
			assert!(!format!("{error} {error:?}").contains("Doe"));
		}
		assert!(!format!("{:?}", NewFile::new("Doe.txt")).contains("Doe"));
	}

	#[test]
	fn a_change_is_noticed() {
		let folder = folder();
		let new = written(&folder, "a.txt", b"one");
		let checked = check(&new, 1).unwrap();
		assert!(is_unchanged(&new, &checked));
		fs::write(&new.path, b"three").unwrap();
		assert!(!is_unchanged(&new, &checked));
	}
}
