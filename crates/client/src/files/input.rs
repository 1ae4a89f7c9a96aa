//! Files as records are made of them: what can be told from the file itself.

use std::{
	fmt,
	fs::{File, Metadata, OpenOptions},
	io,
	path::{Path, PathBuf},
	time::{SystemTime, UNIX_EPOCH},
};

use salus_envelope::{is_deceptive, safe_file_name, Descriptor};
use salus_primitives::{Moment, RecordId, Version};

use super::kind;

/// A file that shall become a record, or a version of one.
#[derive(Clone, PartialEq, Eq)]
pub struct NewFile {
	/// Where it is.
	pub path: PathBuf,
	/// What a person calls it; the file's name if there is none.
	pub title: Option<String>,
	/// Its name for those who open it; the name it has here if there is none.
	pub name: Option<String>,
	/// Its media type; told by its name and content if there is none.
	pub media_type: Option<String>,
	/// The FHIR resource type; read from the file if there is none.
	pub fhir_type: Option<String>,
}

/// Shows nothing: names tell about the patient.
impl fmt::Debug for NewFile {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.debug_struct("NewFile").finish_non_exhaustive()
	}
}

impl NewFile {
	/// A file about which everything is told from itself.
	pub fn new(path: impl Into<PathBuf>) -> Self {
		Self { path: path.into(), title: None, name: None, media_type: None, fhir_type: None }
	}

	pub(crate) fn given(&self) -> GivenPath {
		GivenPath(self.path.clone())
	}
}

/// A path as the caller named it. It is shown to them, without what would steer their terminal; `Debug`, which ends in logs,
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

/// Why a file cannot be added.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
	/// It cannot be read.
	#[error("cannot read {file}")]
	Read {
		/// Which file.
		file: GivenPath,
		/// What the system said.
		#[source]
		source: io::Error,
	},
	/// It has no content.
	#[error("{0} is empty: there is nothing to add; give a file with content")]
	Empty(GivenPath),
	/// It is no regular file.
	#[error("{0} is no regular file (a folder, a device or a pipe); save its content in a file and give that")]
	NotAFile(GivenPath),
	/// Its name cannot be kept.
	#[error("the name of {file} cannot be kept; rename the file, or give a name with --name")]
	OwnName {
		/// Which file.
		file: GivenPath,
		/// What is wrong.
		#[source]
		source: NameError,
	},
	/// The name that the caller gave it cannot be kept.
	#[error("the name that was given for {file} (--name) cannot be kept")]
	GivenName {
		/// Which file.
		file: GivenPath,
		/// What is wrong.
		#[source]
		source: salus_envelope::Error,
	},
	/// It changed while it was sealed.
	#[error("{0} changed while it was read; wait until it is complete and start again")]
	Changed(GivenPath),
	/// It was named before in the same command.
	#[error("{0} is named twice; name it once")]
	NamedTwice(GivenPath),
	/// Another file of the same command has the same content.
	#[error(
		"{file} has the same content as {first}; leave one of them out, or add both with --again"
	)]
	SameContent {
		/// Which file.
		file: GivenPath,
		/// The file before it.
		first: GivenPath,
	},
	/// It was added before.
	#[error("{file} was added for this patient before, as version {version} of record {record}, and nothing was added now; add it once more with --again")]
	Known {
		/// Which file.
		file: GivenPath,
		/// The record.
		record: RecordId,
		/// The version.
		version: Version,
	},
	/// What describes the file cannot be sealed.
	#[error(transparent)]
	Descriptor(#[from] salus_envelope::Error),
}

/// What is wrong with a file's own name.
#[derive(Debug, thiserror::Error)]
pub enum NameError {
	/// It is no text.
	#[error("the file name is not UTF-8")]
	NotText,
	/// It is no good name.
	#[error(transparent)]
	Unfit(#[from] salus_envelope::Error),
}

/// What was seen of a file that is fit.
pub(crate) struct Looked {
	pub(crate) size: u64,
	pub(crate) descriptor: Descriptor,
	/// Tells this file in this state from others, and from itself once it has changed.
	pub(crate) identity: Vec<u8>,
}

/// A file that was looked at and found fit.
pub(crate) struct Checked {
	pub(crate) file: File,
	pub(crate) looked: Looked,
}

/// Looks at a file.
pub(crate) fn check(new: &NewFile) -> Result<Checked, FileError> {
	let given = || new.given();
	let unreadable = |source| FileError::Read { file: given(), source };
	// Before it is opened: a pipe would be waited for, and a device might do something.
	if !new.path.metadata().map_err(unreadable)?.is_file() {
		return Err(FileError::NotAFile(given()));
	}
	let mut file = open(&new.path).map_err(unreadable)?;
	let metadata = file.metadata().map_err(unreadable)?;
	if !metadata.is_file() {
		return Err(FileError::NotAFile(given()));
	}
	if metadata.len() == 0 {
		return Err(FileError::Empty(given()));
	}
	let (own_name, name) = names(new)?;
	let kind = kind::look(&mut file, &name).map_err(unreadable)?;
	let fhir_type = new.fhir_type.clone().or(kind.fhir_type);
	let media_type = new.media_type.clone().unwrap_or_else(|| {
		// Whoever says that it is FHIR, means that of its JSON or XML.
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
	let looked =
		Looked { size: metadata.len(), identity: identity(&new.path, &metadata), descriptor };
	Ok(Checked { file, looked })
}

fn own_name_error(new: &NewFile, source: NameError) -> FileError {
	FileError::OwnName { file: new.given(), source }
}

/// What a person calls the file if nothing else is said, and its name for those who open it.
fn names(new: &NewFile) -> Result<(String, String), FileError> {
	let own = new.path.file_name().and_then(|name| name.to_str());
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
	// What is harmless here may not be elsewhere: `10:30.hl7`, `.plan`, `aux.txt`. Its title keeps the name as it is.
	Ok((own.to_owned(), safe_file_name(own)))
}

/// Opens a file that was a regular one a moment ago. Should it be a pipe by now, nothing is waited for.
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

/// Whether the file is still as it was when it was looked at.
pub(crate) fn is_unchanged(new: &NewFile, looked: &Looked) -> bool {
	new.path.metadata().is_ok_and(|metadata| identity(&new.path, &metadata) == looked.identity)
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
			Ok(_) => panic!("it was taken"),
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
		let descriptor = check(&new).unwrap().looked.descriptor;
		assert_eq!(descriptor.title, "Blood count");
		assert_eq!(descriptor.file_name, "count.json");
		assert_eq!(descriptor.media_type, "text/x-own");
		assert_eq!(descriptor.fhir_type.as_deref(), Some("DiagnosticReport"));
	}

	#[test]
	fn unfit_files_are_named_as_the_caller_named_them() {
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
	fn what_is_wrong_with_a_given_name_is_said() {
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
			assert!(!error.to_string().contains("give a name with --name"));
			let FileError::GivenName { source, .. } = error else { panic!("{name:?}: {error}") };
			assert!(source.to_string().contains(what), "{name:?}: {source}");
		}
	}

	#[test]
	fn a_files_own_name_is_made_safe_and_stays_its_title() {
		let folder = folder();
		for (own, name) in [
			(".bash_aliases", "_bash_aliases"),
			("10:30.hl7", "10_30.hl7"),
			("aux.txt", "_aux.txt"),
			("a.pdf", "a.pdf"),
		] {
			let descriptor = check(&written(&folder, own, b"x")).unwrap().looked.descriptor;
			assert_eq!(descriptor.title, own);
			assert_eq!(descriptor.file_name, name);
		}
	}

	#[cfg(unix)]
	#[test]
	fn a_pipe_is_refused_at_once_and_so_is_one_behind_a_link() {
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
		// Should it take the file's place after it was looked at, nothing is waited for either.
		assert!(!open(&pipe).unwrap().metadata().unwrap().is_file());
	}

	#[test]
	fn a_change_is_noticed() {
		let folder = folder();
		let new = written(&folder, "a.txt", b"one");
		let looked = check(&new).unwrap().looked;
		assert!(is_unchanged(&new, &looked));
		fs::write(&new.path, b"three").unwrap();
		assert!(!is_unchanged(&new, &looked));
	}
}
