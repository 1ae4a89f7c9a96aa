//! Files that become records: reading them, checking them, and describing them.

use std::{
	fmt,
	fs::{File, Metadata, OpenOptions},
	io::{self, Read, Seek, SeekFrom},
	path::{Path, PathBuf},
	time::{SystemTime, UNIX_EPOCH},
};

use salus_envelope::{is_deceptive, safe_file_name, Descriptor};
use salus_primitives::{Moment, RecordId, Version};

use super::{
	kind,
	scratch::{Scratch, ScratchReader},
};

/// Place of a new file's content.
#[derive(Clone, PartialEq, Eq)]
pub enum Origin {
	/// The file at this path.
	Path(PathBuf),
	/// Content that waits in this process. It has no name of its own.
	Scratch(Scratch),
}

/// A file that is to become a record, or a version of one.
#[derive(Clone, PartialEq, Eq)]
pub struct NewFile {
	/// Place of the content.
	pub origin: Origin,
	/// Title for people; `None` takes the file's name.
	pub title: Option<String>,
	/// File name for readers; `None` takes the file's own, made safe.
	pub name: Option<String>,
	/// Media type; `None` infers it from name and content.
	pub media_type: Option<String>,
	/// FHIR resource type; `None` reads it from the file.
	pub fhir_type: Option<String>,
	/// Identifier of the document in the author's own system, if it is to be added once: the chain
	/// refuses another record of the same author for the same patient with it. It leaves this
	/// machine only as a hash under a secret of the author.
	pub identifier: Option<String>,
	/// SHA-256 that the content must have; `None` takes any content. Nothing leaves this machine of
	/// a file that has changed since it was computed.
	pub sha256: Option<[u8; 32]>,
}

/// Shows nothing, because names reveal things about the patient.
impl fmt::Debug for NewFile {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.debug_struct("NewFile").finish_non_exhaustive()
	}
}

impl NewFile {
	/// Describes a file only by its own name and content.
	pub fn new(path: impl Into<PathBuf>) -> Self {
		Self {
			origin: Origin::Path(path.into()),
			title: None,
			name: None,
			media_type: None,
			fhir_type: None,
			identifier: None,
			sha256: None,
		}
	}

	/// Describes content that waits in this process by a name and by itself.
	pub fn in_scratch(scratch: Scratch, name: impl Into<String>) -> Self {
		let origin = Origin::Scratch(scratch);
		Self { origin, name: Some(name.into()), ..Self::new("") }
	}

	/// Describes an open file by the name under which it was found. `path` leads to the open file,
	/// whatever has that name by now.
	pub fn found(path: impl Into<PathBuf>, found: &Path) -> Result<Self, FileError> {
		let (title, name) = names(&Self::new(found))?;
		Ok(Self { title: Some(title), name: Some(name), ..Self::new(path) })
	}

	/// Checks that the file may be added, and returns the description that its readers would get.
	/// This reads the file, and the clock.
	pub fn describe(&self) -> Result<Descriptor, FileError> {
		Ok(check(self)?.facts.descriptor)
	}

	pub(crate) fn given(&self) -> GivenPath {
		GivenPath(match &self.origin {
			Origin::Path(path) => path.clone(),
			Origin::Scratch(_) => "the content".into(),
		})
	}
}

/// A path as the caller gave it.
///
/// `Display` replaces characters that would steer the terminal. `Debug`, which ends up in logs,
/// shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct GivenPath(pub PathBuf);

impl fmt::Display for GivenPath {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		let path = self.0.to_string_lossy();
		f.write_str(&path.replace(is_deceptive, "\u{fffd}"))
	}
}

impl fmt::Debug for GivenPath {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("GivenPath(..)")
	}
}

/// Reason why a file cannot be added.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
	/// The file cannot be read.
	#[error("cannot read {file}; check the path and its permissions")]
	Read {
		/// File that cannot be read.
		file: GivenPath,
		/// Error of the operating system.
		#[source]
		source: io::Error,
	},
	/// The file has no content.
	#[error("{0} is empty; give a file with content")]
	Empty(GivenPath),
	/// The path leads to something other than a regular file.
	#[error("{0} is not a regular file but a folder, a device or a pipe; save its content in a file and give that")]
	NotAFile(GivenPath),
	/// The file's own name cannot be kept.
	#[error("the name of {file} is not allowed in a record; rename the file, or add it under another name")]
	OwnName {
		/// File to be added.
		file: GivenPath,
		/// Fault of the name.
		#[source]
		source: NameError,
	},
	/// The name that the caller gave cannot be kept.
	#[error("the name given for {file} is not allowed in a record")]
	GivenName {
		/// File to be added.
		file: GivenPath,
		/// Fault of the name.
		#[source]
		source: salus_envelope::Error,
	},
	/// The file changed while it was sealed.
	#[error("{0} changed while it was read; wait until it is complete and start again")]
	Changed(GivenPath),
	/// The same call names the file twice.
	#[error("{0} is named twice; name it once")]
	NamedTwice(GivenPath),
	/// Another file of the same call has the same content.
	#[error("{file} has the same content as {first}; leave one of them out, or allow both")]
	SameContent {
		/// File that repeats the content.
		file: GivenPath,
		/// The earlier file with this content.
		first: GivenPath,
	},
	/// This machine has added the file before.
	#[error("{file} was added for this patient before, as version {version} of record {record}, so nothing was added now")]
	Known {
		/// File that was added before.
		file: GivenPath,
		/// The record that it became.
		record: RecordId,
		/// The version that it became.
		version: Version,
	},
	/// The envelope cannot hold the file's descriptor.
	#[error(transparent)]
	Descriptor(#[from] salus_envelope::Error),
}

/// Reason why a file's own name cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum NameError {
	/// The name is not text.
	#[error("the file name is not UTF-8")]
	NotText,
	/// The name has a character or a size that records cannot keep.
	#[error(transparent)]
	Unfit(#[from] salus_envelope::Error),
}

/// Facts about a file that may be added.
pub(crate) struct FileFacts {
	pub(crate) size: u64,
	pub(crate) descriptor: Descriptor,
	/// Identifies this file in this state: it differs from the identity of other files, and changes
	/// with the file.
	pub(crate) identity: Vec<u8>,
}

/// An open file that may be added, and the facts about it.
pub(crate) struct CheckedFile {
	pub(crate) file: OpenFile,
	pub(crate) facts: FileFacts,
}

/// Content that is being read.
pub(crate) enum OpenFile {
	File(File),
	Scratch(ScratchReader),
}

impl Read for OpenFile {
	fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
		match self {
			Self::File(file) => file.read(buffer),
			Self::Scratch(reader) => reader.read(buffer),
		}
	}
}

impl Seek for OpenFile {
	fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
		match self {
			Self::File(file) => file.seek(to),
			Self::Scratch(reader) => reader.seek(to),
		}
	}
}

impl OpenFile {
	/// Opens a new file. Returns it with its size, in bytes, and its identity.
	fn open(new: &NewFile) -> Result<(Self, u64, Vec<u8>), FileError> {
		let given = || new.given();
		let unreadable = |source| FileError::Read { file: given(), source };
		let path = match &new.origin {
			Origin::Path(path) => path,
			Origin::Scratch(scratch) => {
				return Ok((
					Self::Scratch(scratch.reader()),
					scratch.size(),
					identity_of_scratch(scratch),
				));
			}
		};
		// Checked before opening: a pipe would block, and opening a device might have an effect.
		if !path.metadata().map_err(unreadable)?.is_file() {
			return Err(FileError::NotAFile(given()));
		}
		let file = open(path).map_err(unreadable)?;
		let metadata = file.metadata().map_err(unreadable)?;
		if !metadata.is_file() {
			return Err(FileError::NotAFile(given()));
		}
		Ok((Self::File(file), metadata.len(), identity(path, &metadata)))
	}
}

/// Opens a file, checks that it may be added, and describes it.
pub(crate) fn check(new: &NewFile) -> Result<CheckedFile, FileError> {
	let (mut file, size, identity) = OpenFile::open(new)?;
	if size == 0 {
		return Err(FileError::Empty(new.given()));
	}
	let (own_name, name) = names(new)?;
	let kind = kind::look(&mut file, &name)
		.map_err(|source| FileError::Read { file: new.given(), source })?;
	let fhir_type = new.fhir_type.clone().or(kind.fhir_type);
	let media_type = new.media_type.clone().unwrap_or_else(|| {
		// A FHIR type that the caller gives applies to the file's JSON or XML.
		kind::media_type(kind.media_type, fhir_type.is_some()).to_owned()
	});
	let descriptor = Descriptor {
		title: new.title.clone().unwrap_or(own_name),
		media_type,
		file_name: name,
		fhir_type,
		created: now(),
	};
	descriptor.validate().map_err(|error| match &error {
		salus_envelope::Error::ControlCharacter { field: "title" }
		| salus_envelope::Error::FieldSize { field: "title", .. }
			if new.title.is_none() =>
		{
			own_name_error(new, error.into())
		}
		_ => error.into(),
	})?;
	Ok(CheckedFile { file, facts: FileFacts { size, descriptor, identity } })
}

fn own_name_error(new: &NewFile, source: NameError) -> FileError {
	FileError::OwnName { file: new.given(), source }
}

/// Returns the default title, and the file name for readers.
fn names(new: &NewFile) -> Result<(String, String), FileError> {
	let own = match &new.origin {
		Origin::Path(path) => path.file_name().and_then(|name| name.to_str()),
		Origin::Scratch(_) => None,
	};
	if let Some(name) = &new.name {
		let probe = Descriptor {
			title: "-".into(),
			media_type: "-".into(),
			file_name: name.clone(),
			fhir_type: None,
			created: 0,
		};
		probe.validate().map_err(|source| FileError::GivenName { file: new.given(), source })?;
		return Ok((name.clone(), name.clone()));
	}
	let own = own.ok_or_else(|| own_name_error(new, NameError::NotText))?;
	if own.chars().any(is_deceptive) {
		let error = salus_envelope::Error::ControlCharacter { field: "file_name" };
		return Err(own_name_error(new, error.into()));
	}
	// A name that is harmless here may do harm elsewhere: `10:30.hl7`, `.plan`, `aux.txt`. The
	// title keeps it unchanged.
	Ok((own.to_owned(), safe_file_name(own)))
}

/// Opens a file that was regular a moment ago, without blocking if a pipe has taken its place.
fn open(path: &Path) -> io::Result<File> {
	let mut options = OpenOptions::new();
	options.read(true);
	#[cfg(unix)]
	std::os::unix::fs::OpenOptionsExt::custom_flags(
		&mut options,
		rustix::fs::OFlags::NONBLOCK.bits() as i32,
	);
	options.open(path)
}

/// Returns whether the file is still in the state in which it was checked.
pub(crate) fn is_unchanged(new: &NewFile, facts: &FileFacts) -> bool {
	match &new.origin {
		Origin::Path(path) => {
			path.metadata().is_ok_and(|metadata| identity(path, &metadata) == facts.identity)
		}
		// Nothing can write to it.
		Origin::Scratch(scratch) => identity_of_scratch(scratch) == facts.identity,
	}
}

/// Returns the identity of content without a path. No path begins with a zero byte.
fn identity_of_scratch(scratch: &Scratch) -> Vec<u8> {
	[[0].as_slice(), scratch.id()].concat()
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

/// Returns this machine's clock.
fn now() -> Moment {
	let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
	since.as_millis() as Moment
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

	fn refused(new: &NewFile) -> FileError {
		match check(new) {
			Err(error) => error,
			Ok(_) => panic!("it was accepted"),
		}
	}

	#[test]
	fn the_callers_description_wins() {
		let folder = folder();
		let new = NewFile {
			title: Some("Blood count".into()),
			name: Some("count.json".into()),
			media_type: Some("text/x-own".into()),
			fhir_type: Some("DiagnosticReport".into()),
			..written(&folder, "a\tb.json", b"{}")
		};
		let descriptor = check(&new).unwrap().facts.descriptor;
		assert_eq!(descriptor.title, "Blood count");
		assert_eq!(descriptor.file_name, "count.json");
		assert_eq!(descriptor.media_type, "text/x-own");
		assert_eq!(descriptor.fhir_type.as_deref(), Some("DiagnosticReport"));
	}

	#[test]
	fn an_unfit_file_is_named_as_the_caller_named_it() {
		let folder = folder();
		let empty = refused(&written(&folder, "Doe.txt", b""));
		assert!(matches!(empty, FileError::Empty(_)));
		let control = refused(&written(&folder, "Doe\n.txt", b"x"));
		assert!(matches!(control, FileError::OwnName { .. }));
		let absent = refused(&NewFile::new(folder.path().join("Doe")));
		assert!(matches!(absent, FileError::Read { .. }));
		let directory = refused(&NewFile::new(folder.path()));
		assert!(matches!(directory, FileError::NotAFile(_)));
		for error in [empty, control, absent, directory] {
			let shown = error.to_string();
			assert!(shown.contains(&*folder.path().to_string_lossy()), "{shown}");
			assert!(!shown.contains('\n') && !format!("{error:?}").contains("Doe"));
		}
		assert!(!format!("{:?}", NewFile::new("Doe.txt")).contains("Doe"));
	}

	#[test]
	fn an_unfit_given_name_is_explained() {
		let folder = folder();
		for (name, what) in [
			("a\u{202e}b.txt", "direction"),
			("a\u{200f}b.txt", "direction"),
			(".bash_aliases", "dot"),
			("../x", "slash"),
			("con", "device"),
			("", "bytes"),
		] {
			let new = NewFile { name: Some(name.into()), ..written(&folder, "a.txt", b"x") };
			let error = refused(&new);
			assert!(!error.to_string().contains("rename the file"));
			let FileError::GivenName { source, .. } = error else { panic!("{name:?}: {error}") };
			assert!(source.to_string().contains(what), "{name:?}: {source}");
		}
	}

	#[test]
	fn a_files_name_is_made_safe_and_kept_as_its_title() {
		let folder = folder();
		for (own, name) in [
			(".bash_aliases", "_bash_aliases"),
			("10:30.hl7", "10_30.hl7"),
			("aux.txt", "_aux.txt"),
			("a.pdf", "a.pdf"),
		] {
			let descriptor = check(&written(&folder, own, b"x")).unwrap().facts.descriptor;
			assert_eq!(descriptor.title, own);
			assert_eq!(descriptor.file_name, name);
		}
	}

	#[cfg(unix)]
	#[test]
	fn a_pipe_is_refused_at_once_even_behind_a_link() {
		let folder = folder();
		let pipe = folder.path().join("p.hl7");
		let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
		assert!(made.success());
		let link = folder.path().join("link.hl7");
		std::os::unix::fs::symlink(&pipe, &link).unwrap();
		for path in [pipe.clone(), link, "/dev/zero".into()] {
			let error = refused(&NewFile::new(path));
			assert!(matches!(error, FileError::NotAFile(_)), "{error}");
		}
		// A pipe that takes the file's place after the check does not block either.
		assert!(!open(&pipe).unwrap().metadata().unwrap().is_file());
	}

	#[test]
	fn a_changed_file_is_noticed() {
		let folder = folder();
		let new = written(&folder, "a.txt", b"one");
		let facts = check(&new).unwrap().facts;
		assert!(is_unchanged(&new, &facts));
		fs::write(folder.path().join("a.txt"), b"three").unwrap();
		assert!(!is_unchanged(&new, &facts));
	}

	#[test]
	fn content_in_scratch_is_described_as_a_file_is() {
		let folder = folder();
		let scratch = Scratch::of(b"{\"resourceType\": \"Patient\"}").unwrap();
		let new = NewFile::in_scratch(scratch.clone(), "a.json");
		let in_file = written(&folder, "a.json", b"{\"resourceType\": \"Patient\"}");
		let CheckedFile { mut file, facts } = check(&new).unwrap();
		let of_file = check(&in_file).unwrap().facts;
		let expected = Descriptor { created: facts.descriptor.created, ..of_file.descriptor };
		assert_eq!((facts.size, &facts.descriptor), (of_file.size, &expected));
		let mut content = Vec::new();
		file.read_to_end(&mut content).unwrap();
		assert_eq!(content, fs::read(folder.path().join("a.json")).unwrap());
		assert!(is_unchanged(&new, &facts));
		// A second description of it is of the same file, and that of other content is not.
		let again = check(&NewFile::in_scratch(scratch, "b.json")).unwrap().facts;
		assert_eq!(again.identity, facts.identity);
		let other = NewFile::in_scratch(Scratch::of(&content).unwrap(), "a.json");
		assert_ne!(check(&other).unwrap().facts.identity, facts.identity);

		let empty = refused(&NewFile::in_scratch(Scratch::of(b"").unwrap(), "a.json"));
		assert!(matches!(empty, FileError::Empty(_)));
		let nameless = refused(&NewFile { name: None, ..new });
		assert!(matches!(nameless, FileError::OwnName { .. }));
	}
}
