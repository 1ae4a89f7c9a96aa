//! Files that survive a crash: written to a temporary file, flushed, then renamed into place.
//!
//! # Neighbours
//!
//! Used by: [`store`](crate::store) and [`staging`](crate::staging), for small file operations that
//! never leave half a file under its final name. Uses: nothing of this crate. All calls block.

use std::{
	fs::{self, File, OpenOptions},
	io::{self, Write},
	path::{Path, PathBuf},
	sync::atomic::{AtomicU64, Ordering},
};

/// Number of the next temporary file of this process.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// Returns whether the device or the quota is full.
pub(crate) fn is_full(error: &io::Error) -> bool {
	matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// A temporary file, removed when dropped unless it was put into place.
pub(crate) struct Temp {
	path: PathBuf,
	placed: bool,
}

impl Temp {
	/// Writes the bytes to a new file in this folder. If `flush` is set, flushes them to the
	/// device.
	pub(crate) fn write(folder: &Path, bytes: &[u8], flush: bool) -> io::Result<Self> {
		let number = NEXT.fetch_add(1, Ordering::Relaxed);
		let path = folder.join(format!("{}-{number}", std::process::id()));
		let mut file = OpenOptions::new().write(true).create_new(true).open(&path)?;
		let temp = Self { path, placed: false };
		#[cfg(test)]
		fault::before_write(folder, &mut file, bytes)?;
		file.write_all(bytes)?;
		if flush {
			file.sync_all()?;
		}
		Ok(temp)
	}

	/// Renames the file into place and replaces any file there.
	pub(crate) fn place(mut self, to: &Path) -> io::Result<()> {
		fs::rename(&self.path, to)?;
		self.placed = true;
		Ok(())
	}
}

impl Drop for Temp {
	fn drop(&mut self) {
		if !self.placed {
			let _ = fs::remove_file(&self.path);
		}
	}
}

/// Flushes the entries of a folder, so that renames and removals in it survive a power cut.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
	File::open(folder)?.sync_all()
}

/// Writes a small file. After a crash either the old or the new one is there, whole.
pub(crate) fn write_atomic(temps: &Path, to: &Path, bytes: &[u8]) -> io::Result<()> {
	Temp::write(temps, bytes, true)?.place(to)?;
	to.parent().map_or(Ok(()), sync_folder)
}

/// Removes a file and flushes its folder. Returns `false` if there was none.
pub(crate) fn remove(path: &Path) -> io::Result<bool> {
	match fs::remove_file(path) {
		Ok(()) => {
			path.parent().map_or(Ok(()), sync_folder)?;
			Ok(true)
		}
		Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
		Err(error) => Err(error),
	}
}

/// Creates a folder for temporary files, and removes those that a crash left. Returns their number.
pub(crate) fn clean_temps(folder: &Path) -> io::Result<usize> {
	fs::create_dir_all(folder)?;
	let mut removed = 0;
	for entry in fs::read_dir(folder)? {
		fs::remove_file(entry?.path())?;
		removed += 1;
	}
	Ok(removed)
}

/// Locks a folder for one opener. Dropping the file releases the lock.
///
/// Returns `None` if another process, or another opener in this one, holds it.
pub(crate) fn lock(folder: &Path) -> io::Result<Option<File>> {
	fs::create_dir_all(folder)?;
	let file =
		OpenOptions::new().create(true).truncate(false).write(true).open(folder.join("lock"))?;
	match file.try_lock() {
		Ok(()) => Ok(Some(file)),
		Err(fs::TryLockError::WouldBlock) => Ok(None),
		Err(fs::TryLockError::Error(error)) => Err(error),
	}
}

/// Makes writes fail as on a full disk, for tests.
#[cfg(test)]
pub(crate) mod fault {
	use std::{
		fs::File,
		io::{self, Write},
		path::{Path, PathBuf},
		sync::Mutex,
	};

	static FULL: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

	/// Makes every write below this folder fail half-way with ENOSPC.
	pub(crate) fn fill(folder: &Path) {
		FULL.lock().unwrap().push(folder.to_owned());
	}

	/// Makes writes below this folder succeed again.
	pub(crate) fn free(folder: &Path) {
		FULL.lock().unwrap().retain(|full| full != folder);
	}

	pub(super) fn before_write(folder: &Path, file: &mut File, bytes: &[u8]) -> io::Result<()> {
		if FULL.lock().unwrap().iter().any(|full| folder.starts_with(full)) {
			file.write_all(&bytes[..bytes.len() / 2])?;
			return Err(io::Error::from_raw_os_error(28));
		}
		Ok(())
	}
}
