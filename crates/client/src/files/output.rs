//! Files in which opened records end: whole and verified, or not at all.
//!
//! Until then the plaintext is in a file without a name where the system has such (`O_TMPFILE`), so that nothing stays however the
//! process ends. Elsewhere it is in `.salus-*.part`, which is removed when the process is told to end ([`discard_unfinished`]),
//! and, if it was killed, by the next opening into the same folder.

use std::{
	fs::{self, File, OpenOptions, TryLockError},
	io::{self, Read, Seek, Write},
	path::{Path, PathBuf},
	sync::Mutex,
};

use salus_envelope::safe_file_name;
use zeroize::Zeroizing;

use crate::state::journal::is_still;

/// Where the opened content goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
	/// Into this folder, under the name that the author gave it, made safe. Nothing is replaced there: the author would choose
	/// what.
	Folder(PathBuf),
	/// Into this file.
	File {
		/// Where it is.
		path: PathBuf,
		/// Whether to replace a file that is there.
		replace: bool,
	},
}

/// Why an opened record cannot be written where it should go.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
	/// There is something in the way.
	#[error("{} exists already; name another file, or replace it with --force", .0.display())]
	Exists(PathBuf),
	/// The author's name for it is taken. That name may tell of the patient: the error does not.
	#[error("{} has a file of the author's name for it already; say with --out in which file it goes", folder.display())]
	NameTaken {
		/// Where it should go.
		folder: PathBuf,
		/// What is there.
		file: PathBuf,
	},
	/// What should be replaced is no file.
	#[error("{} is a folder, a device or a pipe: it cannot be replaced; name a file", .0.display())]
	NotAFile(PathBuf),
	/// The folder is not there.
	#[error("there is no folder {}; make it, or name another with --out", .0.display())]
	NoFolder(PathBuf),
	/// The disk is full.
	#[error("{} has no room for the record's {size} bytes; free some, or name another folder with --out", folder.display())]
	NoRoom {
		/// Where it should go.
		folder: PathBuf,
		/// How much is needed.
		size: u64,
	},
	/// The system refused.
	#[error("cannot write into {}; check its rights and space", folder.display())]
	Io {
		/// Where.
		folder: PathBuf,
		/// What the system said.
		#[source]
		source: io::Error,
	},
}

impl Output {
	fn folder(&self) -> PathBuf {
		match self {
			Self::Folder(folder) => folder.clone(),
			Self::File { path, .. } => match path.parent() {
				Some(parent) if parent != Path::new("") => parent.to_owned(),
				_ => PathBuf::from("."),
			},
		}
	}

	/// Checks whatever can be checked before anything is asked for, and takes the room that `size` bytes need.
	pub(crate) fn prepare(&self, size: u64) -> Result<Part, OutputError> {
		let folder = self.folder();
		if !folder.is_dir() {
			return Err(OutputError::NoFolder(folder));
		}
		if let Self::File { path, replace } = self {
			if names_a_folder(path) && !path.is_dir() {
				return Err(OutputError::NoFolder(path.clone()));
			}
			match fs::symlink_metadata(path) {
				Ok(_) if !replace => return Err(OutputError::Exists(path.clone())),
				Ok(found) if !found.is_file() && !found.is_symlink() || path.is_dir() => {
					return Err(OutputError::NotAFile(path.clone()))
				}
				_ => {}
			}
			if path.file_name().is_none() {
				return Err(OutputError::NotAFile(path.clone()));
			}
		}
		sweep(&folder);
		let failed = |source| OutputError::Io { folder: folder.clone(), source };
		let part = Part::create(&folder).map_err(failed)?;
		match part.reserve(size) {
			Ok(true) => Ok(part),
			Ok(false) => Err(OutputError::NoRoom { folder, size }),
			Err(source) => Err(failed(source)),
		}
	}

	/// Gives the finished content its name, and says which.
	pub(crate) fn finish(&self, part: Part, author_name: &str) -> Result<PathBuf, OutputError> {
		let folder = self.folder();
		let (path, replace) = match self {
			Self::File { path, replace } => (path.clone(), *replace),
			Self::Folder(folder) => (folder.join(local_name(author_name)), false),
		};
		part.persist(&path, replace).map_err(|source| match (source.kind(), self) {
			(io::ErrorKind::AlreadyExists, Self::File { .. }) => OutputError::Exists(path.clone()),
			(io::ErrorKind::AlreadyExists, Self::Folder(_)) => {
				OutputError::NameTaken { folder: folder.clone(), file: path.clone() }
			}
			_ => OutputError::Io { folder, source },
		})?;
		Ok(path)
	}
}

/// Whether a path ends as only that of a folder does: `out/`, `out/.`, `out/..`.
fn names_a_folder(path: &Path) -> bool {
	let text = path.as_os_str().to_string_lossy();
	let end = text.trim_end_matches('.');
	text.len() - end.len() <= 2 && end.ends_with(std::path::is_separator)
}

/// The author's name as this system can keep it.
fn local_name(name: &str) -> String {
	// Opening has done it; whoever calls with another one gets a safe name, too.
	let name = safe_file_name(name);
	if cfg!(windows) {
		name.replace(['<', '>', '"', '|', '?', '*'], "_")
	} else {
		name
	}
}

/// The files of this process that have a name and no end yet.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Removes the plaintext of records that are not opened to their end. For a program that is told to end: it calls this and
/// exits.
pub fn discard_unfinished() {
	let mut unfinished = UNFINISHED.lock().unwrap_or_else(|lock| lock.into_inner());
	for path in unfinished.drain(..) {
		let _ = fs::remove_file(path);
	}
}

/// Plaintext that is not verified to its end: readable by its owner alone, and gone if it is dropped.
#[derive(Debug)]
pub(crate) struct Part {
	file: File,
	folder: PathBuf,
	/// None if it has none.
	name: Option<PathBuf>,
}

impl Drop for Part {
	fn drop(&mut self) {
		self.remove_name();
	}
}

impl Part {
	/// One without a name where the system has such.
	fn create(folder: &Path) -> io::Result<Self> {
		match unnamed(folder) {
			Some(file) => Ok(Self { file, folder: folder.to_owned(), name: None }),
			None => Self::named(folder),
		}
	}

	/// One with a name, which is locked for as long as the process lives.
	fn named(folder: &Path) -> io::Result<Self> {
		loop {
			let path = part_name(folder)?;
			let mut options = OpenOptions::new();
			options.read(true).write(true).create_new(true);
			private(&mut options);
			let file = match options.open(&path) {
				Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
				other => other?,
			};
			remember(&path);
			let part = Self { file, folder: folder.to_owned(), name: Some(path.clone()) };
			// Where files cannot be locked, nobody removes one either. Another process may have taken it for a dead one's before.
			let _ = part.file.try_lock();
			if is_still(&part.file, &path) {
				return Ok(part);
			}
		}
	}

	/// One that never gets a name, in the system's temporary folder.
	pub(crate) fn nameless(size: u64) -> Result<Self, OutputError> {
		let folder = std::env::temp_dir();
		let failed = |source| OutputError::Io { folder: std::env::temp_dir(), source };
		let part = Self {
			file: tempfile::tempfile_in(&folder).map_err(failed)?,
			folder: folder.clone(),
			name: None,
		};
		match part.reserve(size).map_err(failed)? {
			true => Ok(part),
			false => Err(OutputError::NoRoom { folder, size }),
		}
	}

	pub(crate) fn as_file(&self) -> &File {
		&self.file
	}

	/// Takes so much room on the disk. Gives whether it is there.
	#[cfg(target_os = "linux")]
	fn reserve(&self, size: u64) -> io::Result<bool> {
		use rustix::{
			fs::{fallocate, FallocateFlags},
			io::Errno,
		};
		match fallocate(&self.file, FallocateFlags::KEEP_SIZE, 0, size.max(1)) {
			Ok(()) => Ok(true),
			Err(Errno::NOSPC | Errno::FBIG | Errno::DQUOT) => Ok(false),
			// The file system cannot take room ahead.
			Err(_) => self.has_room(size),
		}
	}

	#[cfg(all(unix, not(target_os = "linux")))]
	fn reserve(&self, size: u64) -> io::Result<bool> {
		self.has_room(size)
	}

	#[cfg(not(unix))]
	fn reserve(&self, _size: u64) -> io::Result<bool> {
		Ok(true)
	}

	#[cfg(unix)]
	fn has_room(&self, size: u64) -> io::Result<bool> {
		let disk = rustix::fs::fstatvfs(&self.file)?;
		Ok(disk.f_bavail.saturating_mul(disk.f_frsize) >= size)
	}

	/// Gives back the room that the content did not need.
	pub(crate) fn trim(&self, size: u64) -> io::Result<()> {
		self.file.set_len(size)
	}

	/// Writes it out, from its beginning.
	pub(crate) fn copy_to(&mut self, out: &mut dyn Write) -> io::Result<()> {
		self.file.rewind()?;
		let mut buffer = Zeroizing::new(vec![0; 256 * 1024]);
		loop {
			match self.file.read(&mut buffer)? {
				0 => return out.flush(),
				read => out.write_all(buffer.get(..read).unwrap_or_default())?,
			}
		}
	}

	/// Gives it its name, at once and whole.
	fn persist(mut self, target: &Path, replace: bool) -> io::Result<()> {
		self.file.sync_all()?;
		match (&self.name, replace) {
			(Some(_), true) => self.rename(target)?,
			(Some(_), false) => {
				// The place is taken first, so that nothing is replaced in between.
				OpenOptions::new().write(true).create_new(true).open(target)?;
				if let Err(error) = self.rename(target) {
					let _ = fs::remove_file(target);
					return Err(error);
				}
			}
			(None, false) => match link(&self.file, target) {
				Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
					return self.copied()?.persist(target, false)
				}
				linked => linked?,
			},
			(None, true) => {
				let path = part_name(&self.folder)?;
				remember(&path);
				match link(&self.file, &path) {
					Ok(()) => self.name = Some(path),
					Err(_) => {
						forget(&path);
						return self.copied()?.persist(target, true);
					}
				}
				self.rename(target)?;
			}
		}
		// The name outlasts a failure of power, too, where folders can be written out.
		let _ = File::open(&self.folder).and_then(|folder| folder.sync_all());
		Ok(())
	}

	/// The same with a name, for a system that gives one to no file that has none.
	fn copied(&mut self) -> io::Result<Self> {
		let copy = Self::named(&self.folder)?;
		self.copy_to(&mut &copy.file)?;
		Ok(copy)
	}

	fn rename(&mut self, target: &Path) -> io::Result<()> {
		if let Some(name) = &self.name {
			fs::rename(name, target)?;
			forget(name);
			self.name = None;
		}
		Ok(())
	}

	fn remove_name(&mut self) {
		if let Some(name) = self.name.take() {
			let _ = fs::remove_file(&name);
			forget(&name);
		}
	}
}

/// Writes a file that only its owner can read, or replaces one, atomically: if this is interrupted, the old file or the new one is
/// there, whole.
pub(crate) fn replace_private(path: &Path, content: &[u8]) -> io::Result<()> {
	// Follow a link: otherwise the old content would stay where it leads.
	let path = match fs::canonicalize(path) {
		Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
		found => found?,
	};
	let folder = match path.parent() {
		Some(folder) if folder != Path::new("") => folder,
		_ => Path::new("."),
	};
	sweep(folder);
	let mut part = Part::create(folder)?;
	part.file.write_all(content)?;
	part.persist(&path, true)
}

fn remember(path: &Path) {
	let mut unfinished = UNFINISHED.lock().unwrap_or_else(|lock| lock.into_inner());
	unfinished.push(path.to_owned());
}

fn forget(path: &Path) {
	let mut unfinished = UNFINISHED.lock().unwrap_or_else(|lock| lock.into_inner());
	unfinished.retain(|known| known != path);
}

fn part_name(folder: &Path) -> io::Result<PathBuf> {
	let mut random = [0; 12];
	getrandom::fill(&mut random).map_err(io::Error::other)?;
	Ok(folder.join(format!(".salus-{}.part", hex::encode(random))))
}

/// Whether it is a name that this module gives, or gave.
fn is_part(name: &str) -> bool {
	name.strip_prefix(".salus-").and_then(|rest| rest.strip_suffix(".part")).is_some_and(|random| {
		!random.is_empty() && random.bytes().all(|b| b.is_ascii_alphanumeric())
	})
}

/// Removes what killed processes left in a folder.
fn sweep(folder: &Path) {
	let Ok(files) = fs::read_dir(folder) else {
		return;
	};
	for file in files.flatten() {
		let is_ours = file.file_name().to_str().is_some_and(is_part)
			&& file.file_type().is_ok_and(|kind| kind.is_file());
		if !is_ours {
			continue;
		}
		let Ok(open) = File::open(file.path()) else {
			continue;
		};
		match open.try_lock() {
			// Whoever wrote it is no more.
			Ok(()) if is_still(&open, &file.path()) => {
				let _ = fs::remove_file(file.path());
			}
			Ok(()) | Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {}
		}
	}
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) {
	std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
}

#[cfg(not(unix))]
fn private(_: &mut OpenOptions) {}

/// A file without a name that can be given one.
#[cfg(target_os = "linux")]
fn unnamed(folder: &Path) -> Option<File> {
	use std::os::unix::fs::OpenOptionsExt;
	let mut options = OpenOptions::new();
	options.read(true).write(true).custom_flags(rustix::fs::OFlags::TMPFILE.bits() as i32);
	private(&mut options);
	let file = options.open(folder).ok()?;
	// It may get a name for a moment, when it replaces another file.
	let _ = file.try_lock();
	by_descriptor(&file).exists().then_some(file)
}

#[cfg(not(target_os = "linux"))]
fn unnamed(_: &Path) -> Option<File> {
	None
}

#[cfg(target_os = "linux")]
fn by_descriptor(file: &File) -> PathBuf {
	use std::os::fd::AsRawFd;
	format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}

#[cfg(target_os = "linux")]
fn link(file: &File, target: &Path) -> io::Result<()> {
	use rustix::fs::{linkat, AtFlags, CWD};
	let from = by_descriptor(file);
	Ok(linkat(CWD, &from, CWD, target, AtFlags::SYMLINK_FOLLOW)?)
}

#[cfg(not(target_os = "linux"))]
fn link(_: &File, _: &Path) -> io::Result<()> {
	Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
	use super::*;

	fn names(folder: &Path) -> Vec<String> {
		let mut names: Vec<_> = fs::read_dir(folder)
			.unwrap()
			.map(|file| file.unwrap().file_name().into_string().unwrap())
			.collect();
		names.sort();
		names
	}

	fn file(path: PathBuf, replace: bool) -> Output {
		Output::File { path, replace }
	}

	/// Makes both kinds of parts, whatever this system has.
	const KINDS: [fn(&Path) -> io::Result<Part>; 2] = [Part::create, Part::named];

	#[test]
	fn what_can_be_checked_is_checked_before_anything_is_asked_for() {
		let folder = tempfile::tempdir().unwrap();
		let there = folder.path().join("there");
		fs::write(&there, b"mine").unwrap();
		let error = file(there.clone(), false).prepare(10).unwrap_err();
		assert!(matches!(error, OutputError::Exists(path) if path == there));
		let missing = folder.path().join("missing");
		for output in [
			Output::Folder(missing.clone()),
			file(missing.join("x"), false),
			file(missing.join("x"), true),
			file(missing.join("."), false),
		] {
			let error = output.prepare(10).unwrap_err();
			assert!(matches!(error, OutputError::NoFolder(path) if path == missing));
		}
		// `missing/` is no file in the folder above.
		let slash = missing.join("");
		let error = file(slash.clone(), true).prepare(10).unwrap_err();
		assert!(matches!(error, OutputError::NoFolder(path) if path == slash));
		for name in ["x.", "x..", "...", "y/.hidden"] {
			assert!(!names_a_folder(Path::new(name)), "{name}");
		}
		let error = file(folder.path().to_owned(), true).prepare(10);
		assert!(matches!(error, Err(OutputError::NotAFile(_))));
		assert_eq!(fs::read(&there).unwrap(), b"mine");
		assert_eq!(names(folder.path()), ["there"]);
	}

	#[cfg(target_os = "linux")]
	#[test]
	fn no_room_is_told_before_anything_is_asked_for() {
		let folder = tempfile::tempdir().unwrap();
		// More than any disk has, less than files may have anywhere.
		let output = file(folder.path().join("x"), false);
		let error = output.prepare(1 << 60).unwrap_err();
		assert!(matches!(error, OutputError::NoRoom { size, .. } if size == 1 << 60), "{error}");
		let full = Output::Folder("/dev/full".into()).prepare(1);
		assert!(matches!(full, Err(OutputError::NoFolder(_))));
		assert_eq!(names(folder.path()), [""; 0]);
	}

	#[cfg(unix)]
	#[test]
	fn a_device_is_not_replaced() {
		let error = file("/dev/null".into(), true).prepare(1);
		assert!(matches!(error, Err(OutputError::NotAFile(_))));
	}

	#[test]
	fn the_authors_name_replaces_nothing_and_is_safe() {
		let folder = tempfile::tempdir().unwrap();
		let output = Output::Folder(folder.path().to_owned());
		for (name, saved) in [
			(".bash_aliases", "_bash_aliases"),
			("../../etc/cron.d/x", "_._.._etc_cron.d_x"),
			("CON", "_CON"),
		] {
			let part = output.prepare(3).unwrap();
			part.as_file().write_all(b"abc").unwrap();
			let path = output.finish(part, name).unwrap();
			assert_eq!(path, folder.path().join(saved));
			assert_eq!(fs::read(&path).unwrap(), b"abc");
			let again = output.prepare(3).unwrap();
			let error = output.finish(again, name).unwrap_err();
			let there = folder.path().join(saved);
			assert!(matches!(&error, OutputError::NameTaken { file, .. } if *file == there));
			assert!(!error.to_string().contains(saved), "names tell of patients");
		}
	}

	#[test]
	fn a_part_gets_its_name_whole_and_replaces_only_what_it_may() {
		let folder = tempfile::tempdir().unwrap();
		for replace in [false, true] {
			for kind in KINDS {
				let part = kind(folder.path()).unwrap();
				let target = folder.path().join("target");
				if replace {
					fs::write(&target, b"before").unwrap();
				}
				part.reserve(1 << 20).unwrap();
				part.as_file().write_all(b"plain").unwrap();
				part.trim(5).unwrap();
				part.persist(&target, replace).unwrap();
				assert_eq!(fs::read(&target).unwrap(), b"plain");
				assert_eq!(names(folder.path()), ["target"]);
				#[cfg(unix)]
				{
					use std::os::unix::fs::{MetadataExt, PermissionsExt};
					let metadata = target.metadata().unwrap();
					assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
					assert!(metadata.blocks() <= 16, "the room is given back");
				}
				for kind in KINDS {
					let late = kind(folder.path()).unwrap();
					let error = late.persist(&target, false).unwrap_err();
					assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
				}
				assert_eq!(names(folder.path()), ["target"]);
				fs::remove_file(&target).unwrap();
			}
		}
	}

	/// Not a test of its own: the process of the one below.
	#[test]
	fn in_a_process_of_its_own() {
		let Some(folder) = std::env::var_os("SALUS_TEST_FOLDER") else {
			return;
		};
		for kind in KINDS {
			let part = kind(folder.as_ref()).unwrap();
			part.as_file().write_all(b"plain").unwrap();
			// What a thread holds that is still at work when the process is told to end.
			std::mem::forget(part);
		}
		if std::env::var_os("SALUS_TEST_KILLED").is_none() {
			discard_unfinished();
		}
		std::process::abort();
	}

	#[cfg(target_os = "linux")]
	#[test]
	fn however_a_process_ends_no_plaintext_outlives_the_next_opening() {
		let folder = tempfile::tempdir().unwrap();
		let run = |killed: Option<&str>| {
			let mut command = std::process::Command::new(std::env::current_exe().unwrap());
			command
				.args(["--exact", "files::output::tests::in_a_process_of_its_own"])
				.env("SALUS_TEST_FOLDER", folder.path())
				.stdout(std::process::Stdio::null())
				.stderr(std::process::Stdio::null());
			if let Some(killed) = killed {
				command.env("SALUS_TEST_KILLED", killed);
			}
			assert!(!command.status().unwrap().success());
		};
		run(None);
		assert_eq!(names(folder.path()), [""; 0], "it was told to end");
		run(Some("1"));
		// Where files without names are had, only the other kind is left.
		let left = names(folder.path());
		assert!((1..=2).contains(&left.len()), "{left:?}");
		drop(Output::Folder(folder.path().into()).prepare(1).unwrap());
		assert_eq!(names(folder.path()), [""; 0], "the next opening");
	}

	#[test]
	fn a_part_that_is_dropped_leaves_nothing() {
		let folder = tempfile::tempdir().unwrap();
		for kind in KINDS {
			let part = kind(folder.path()).unwrap();
			part.as_file().write_all(b"plain").unwrap();
			drop(part);
		}
		assert_eq!(names(folder.path()), [""; 0]);
	}

	#[cfg(target_os = "linux")]
	#[test]
	fn without_a_name_nothing_is_in_the_folder_while_it_is_written() {
		let folder = tempfile::tempdir().unwrap();
		let Some(file) = unnamed(folder.path()) else {
			eprintln!("this file system has no files without names");
			return;
		};
		(&file).write_all(b"plain").unwrap();
		assert_eq!(names(folder.path()), [""; 0]);
	}

	#[test]
	fn what_a_killed_process_left_is_removed_and_what_a_live_one_writes_stays() {
		let folder = tempfile::tempdir().unwrap();
		let left = [".salus-0123456789abcdef01234567.part", ".salus-Ab3xYz.part"];
		for name in left {
			fs::write(folder.path().join(name), b"plain").unwrap();
		}
		let others = [".salus-notes.of-mine.part", ".salus-.part", "salus-1.part"];
		for name in others {
			fs::write(folder.path().join(name), b"mine").unwrap();
		}
		let live = Part::named(folder.path()).unwrap();
		drop(Output::Folder(folder.path().into()).prepare(1).unwrap());
		let now = names(folder.path());
		assert!(left.iter().all(|name| !now.contains(&(*name).into())), "{now:?}");
		assert!(others.iter().all(|name| now.contains(&(*name).into())), "{now:?}");
		assert!(is_still(&live.file, live.name.as_deref().unwrap()));
		assert_eq!(now.len(), others.len() + 1);
	}
}
