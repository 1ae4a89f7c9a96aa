//! The files below a folder, in the order of their names.

use std::{
	ffi::OsString,
	io,
	path::{Path, PathBuf},
	sync::Arc,
	vec,
};

use super::root::Root;

/// Something that a walk met.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Met {
	/// A file to import.
	File(PathBuf),
	/// A hidden file or folder, which is left out.
	Hidden(PathBuf),
	/// A symbolic link, which is not followed.
	Link(PathBuf),
	/// Something that is neither a file nor a folder.
	Special(PathBuf),
	/// Something that the system does not let this program read.
	Unreadable(PathBuf),
}

/// A folder, and the names in it that were not met yet.
struct Folder {
	path: PathBuf,
	names: vec::IntoIter<OsString>,
}

impl Folder {
	fn open(root: &Root, path: PathBuf) -> io::Result<Self> {
		let names = root
			.list(path.strip_prefix(root.path()).unwrap_or(Path::new("")))?
			.map(|entry| entry.map(|entry| entry.file_name()));
		let mut names = names.collect::<io::Result<Vec<_>>>()?;
		names.sort();
		Ok(Self { path, names: names.into_iter() })
	}
}

/// A walk through a folder. It holds the names of the folders that it is in, and nothing else.
pub(super) struct Walk {
	root: Arc<Root>,
	/// The folders around the current place, the innermost last.
	open: Vec<Folder>,
}

impl Walk {
	pub(super) fn new(root: Arc<Root>) -> io::Result<Self> {
		let outermost = Folder::open(&root, root.path().to_owned())?;
		Ok(Self { root, open: vec![outermost] })
	}
}

impl Iterator for Walk {
	type Item = Met;

	fn next(&mut self) -> Option<Met> {
		loop {
			let folder = self.open.last_mut()?;
			let Some(name) = folder.names.next() else {
				self.open.pop();
				continue;
			};
			let path = folder.path.join(&name);
			if name.as_encoded_bytes().starts_with(b".") {
				return Some(Met::Hidden(path));
			}
			let Ok(metadata) = path.symlink_metadata() else { return Some(Met::Unreadable(path)) };
			if metadata.is_symlink() {
				return Some(Met::Link(path));
			}
			if metadata.is_file() {
				return Some(Met::File(path));
			}
			if !metadata.is_dir() {
				return Some(Met::Special(path));
			}
			match Folder::open(&self.root, path.clone()) {
				Ok(folder) => self.open.push(folder),
				Err(_) => return Some(Met::Unreadable(path)),
			}
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::{fs, os::unix::fs::symlink};

	#[test]
	fn a_walk_has_one_order_and_follows_no_link() {
		let folder = tempfile::tempdir().unwrap();
		let at = |name: &str| folder.path().join(name);
		fs::create_dir_all(at("b/inner")).unwrap();
		fs::create_dir_all(at("empty")).unwrap();
		fs::create_dir_all(at(".git")).unwrap();
		for name in ["c.pdf", "a.pdf", "b/inner/z", "b/y", ".DS_Store", ".git/x", "B"] {
			fs::write(at(name), "x").unwrap();
		}
		symlink(at("b"), at("link")).unwrap();
		symlink(folder.path(), at("b/round")).unwrap();
		let made = std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap();
		assert!(made.success());
		let root = Arc::new(Root::open(folder.path()).unwrap());
		let walk = || Walk::new(root.clone()).unwrap().collect::<Vec<_>>();
		assert_eq!(
			walk(),
			[
				Met::Hidden(at(".DS_Store")),
				Met::Hidden(at(".git")),
				Met::File(at("B")),
				Met::File(at("a.pdf")),
				Met::File(at("b/inner/z")),
				Met::Link(at("b/round")),
				Met::File(at("b/y")),
				Met::File(at("c.pdf")),
				Met::Link(at("link")),
				Met::Special(at("pipe")),
			]
		);
		assert_eq!(walk(), walk());
		assert!(Root::open(&at("missing")).is_err());
	}
}
