//! A file with unverified plaintext: it gets its final name whole, or disappears.

use std::{
	fs::{self, File, OpenOptions, TryLockError},
	io::{self, Read, Seek, Write},
	path::{Path, PathBuf},
	sync::Mutex,
};

use zeroize::Zeroizing;

use crate::files::private::{is_still, private};

/// Named files of this process that are not finished.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Removes the plaintext of records that are not opened to their end.
///
/// A program that is asked to terminate calls this, and then exits.
pub fn discard_unfinished() {
	let mut unfinished = UNFINISHED.lock().unwrap_or_else(|lock| lock.into_inner());
	for path in unfinished.drain(..) {
		let _ = fs::remove_file(path);
	}
}

/// A file with plaintext that is not verified to its end. Its owner alone can read it, and it
/// disappears when dropped.
#[derive(Debug)]
pub(crate) struct Part {
	pub(super) file: File,
	folder: PathBuf,
	/// Temporary name; `None` for a file without one.
	pub(super) name: Option<PathBuf>,
}

impl Drop for Part {
	fn drop(&mut self) {
		self.remove_name();
	}
}

impl Part {
	/// Creates a file, without a name where the system permits that.
	pub(super) fn create(folder: &Path) -> io::Result<Self> {
		match unnamed(folder) {
			Some(file) => Ok(Self { file, folder: folder.to_owned(), name: None }),
			None => Self::named(folder),
		}
	}

	/// Creates a file with a name, locked for as long as the process lives.
	pub(super) fn named(folder: &Path) -> io::Result<Self> {
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
			// Where files cannot be locked, nobody removes one either. Before the lock was taken,
			// another process may have mistaken this file for a dead process's and removed it.
			let _ = part.file.try_lock();
			if is_still(&part.file, &path) {
				return Ok(part);
			}
		}
	}

	/// Releases the reserved space that the content did not need.
	pub(crate) fn trim(&self, size: u64) -> io::Result<()> {
		self.file.set_len(size)
	}

	/// Copies the whole content to a writer.
	fn copy_to(&mut self, out: &mut dyn Write) -> io::Result<()> {
		self.file.rewind()?;
		let mut buffer = Zeroizing::new(vec![0; 256 * 1024]);
		loop {
			match self.file.read(&mut buffer)? {
				0 => return out.flush(),
				read => out.write_all(buffer.get(..read).unwrap_or_default())?,
			}
		}
	}

	/// Gives the file its name, in one step.
	pub(super) fn persist(mut self, target: &Path, replace: bool) -> io::Result<()> {
		self.file.sync_all()?;
		match (&self.name, replace) {
			(Some(_), true) => self.rename(target)?,
			(Some(_), false) => {
				// The name is taken first, so nothing can be replaced in between.
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
		// Where folders can be flushed, the name also survives a power failure.
		let _ = File::open(&self.folder).and_then(|folder| folder.sync_all());
		Ok(())
	}

	/// Copies the content into a named file, for systems that cannot name a file afterwards.
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

/// Written as it arrives, without a buffer that would retain plaintext.
impl Write for Part {
	fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
		self.file.write(bytes)
	}

	fn flush(&mut self) -> io::Result<()> {
		self.file.flush()
	}
}

/// Reserves space on the disk of an open file, and returns whether there is enough.
#[cfg(target_os = "linux")]
pub(crate) fn reserve(file: &File, size: u64) -> io::Result<bool> {
	use rustix::{
		fs::{fallocate, FallocateFlags},
		io::Errno,
	};
	match fallocate(file, FallocateFlags::KEEP_SIZE, 0, size.max(1)) {
		Ok(()) => Ok(true),
		Err(Errno::NOSPC | Errno::FBIG | Errno::DQUOT) => Ok(false),
		// The file system cannot reserve space.
		Err(_) => has_room(file, size),
	}
}

#[cfg(all(unix, not(target_os = "linux")))]
pub(crate) fn reserve(file: &File, size: u64) -> io::Result<bool> {
	has_room(file, size)
}

#[cfg(not(unix))]
pub(crate) fn reserve(_: &File, _size: u64) -> io::Result<bool> {
	Ok(true)
}

#[cfg(unix)]
fn has_room(file: &File, size: u64) -> io::Result<bool> {
	let disk = rustix::fs::fstatvfs(file)?;
	Ok(disk.f_bavail.saturating_mul(disk.f_frsize) >= size)
}

/// Writes a file that only its owner can read, replacing an existing one atomically. After an
/// interruption, either the old or the new file is there, whole.
pub(crate) fn replace_private(path: &Path, content: &[u8]) -> io::Result<()> {
	// A link is followed: otherwise the old content would stay at its target.
	let path = match fs::canonicalize(path) {
		Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
		found => found?,
	};
	write_private(&path, true, |file| file.write_all(content))
}

/// Writes a new file that only its owner can read. Replaces none. After an interruption, the file
/// is there, whole, or no file is.
pub(crate) fn create_private(path: &Path, content: &[u8]) -> io::Result<()> {
	write_private(path, false, |file| file.write_all(content))
}

pub(super) fn write_private(
	path: &Path,
	replace: bool,
	write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
	let folder = match path.parent() {
		Some(folder) if folder != Path::new("") => folder,
		_ => Path::new("."),
	};
	sweep(folder);
	let mut part = Part::create(folder)?;
	write(&mut part.file)?;
	part.persist(path, replace)
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

/// Returns whether this module gives, or once gave, names of this form.
fn is_part(name: &str) -> bool {
	name.strip_prefix(".salus-").and_then(|rest| rest.strip_suffix(".part")).is_some_and(|random| {
		!random.is_empty() && random.bytes().all(|b| b.is_ascii_alphanumeric())
	})
}

/// Removes the files that killed processes left in a folder.
pub(super) fn sweep(folder: &Path) {
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
			// The process that wrote it has ended.
			Ok(()) if is_still(&open, &file.path()) => {
				let _ = fs::remove_file(file.path());
			}
			Ok(()) | Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {}
		}
	}
}

/// Creates a file without a name, which can be named later.
#[cfg(target_os = "linux")]
pub(super) fn unnamed(folder: &Path) -> Option<File> {
	use std::os::unix::fs::OpenOptionsExt;
	let mut options = OpenOptions::new();
	options.read(true).write(true).custom_flags(rustix::fs::OFlags::TMPFILE.bits() as i32);
	private(&mut options);
	let file = options.open(folder).ok()?;
	// The part may have a name for a moment, when it replaces another file.
	let _ = file.try_lock();
	by_descriptor(&file).exists().then_some(file)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn unnamed(_: &Path) -> Option<File> {
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
