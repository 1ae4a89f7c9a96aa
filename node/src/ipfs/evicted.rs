//! Versions that the operator does not want copied to this node.
//!
//! Somebody can register versions that do not exist, and confirm them; other nodes then try to copy them. A node gives up by
//! itself, but tries again after some hours. An operator who knows better evicts the version: the node does not try any
//! more, and lets go of the part that it has. A copy that is complete stays: whoever has the bytes keeps them (ADR 18).
//!
//! The list lies in a file, so it outlasts the process.

use std::{
	collections::BTreeSet,
	fs, io,
	path::{Path, PathBuf},
};

use parking_lot::Mutex;
use salus_ipfs::{staging, Cid};
use salus_primitives::{RecordId, Version};
use serde::{Deserialize, Serialize};

use super::{write_private, Ipfs, LOG_TARGET};

/// Why the list cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The file cannot be read or written.
	#[error("cannot {action} {path}: {source}")]
	File {
		/// What was tried.
		action: &'static str,
		/// Which file.
		path: PathBuf,
		/// What the system said.
		#[source]
		source: io::Error,
	},
	/// The file is not such a list.
	#[error("{path} is no list of evicted versions: {source}; correct it, or remove it to evict nothing")]
	Malformed {
		/// Which file.
		path: PathBuf,
		/// What is wrong.
		#[source]
		source: serde_json::Error,
	},
	/// What there was of a version cannot be removed.
	#[error("cannot remove what there is of the version")]
	Staging(#[source] Box<staging::Error>),
}

/// A version, as the file and JSON-RPC name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VersionOf {
	/// The record.
	pub record: RecordId,
	/// Which of its versions.
	pub version: Version,
}

/// The list, and where it lies.
#[derive(Debug)]
pub struct Evicted {
	path: PathBuf,
	versions: Mutex<BTreeSet<VersionOf>>,
}

impl Evicted {
	/// Reads the list of this file. It is empty if there is no file.
	pub fn open(path: PathBuf) -> Result<Self, Error> {
		let versions: BTreeSet<VersionOf> = match fs::read(&path) {
			Ok(bytes) => serde_json::from_slice(&bytes)
				.map_err(|source| Error::Malformed { path: path.clone(), source })?,
			Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeSet::new(),
			Err(source) => return Err(file("read", &path)(source)),
		};
		if !versions.is_empty() {
			log::info!(
				target: LOG_TARGET,
				"{} versions are evicted: they are not copied to this node",
				versions.len(),
			);
		}
		Ok(Self { path, versions: Mutex::new(versions) })
	}

	/// Changes the list, on disk first. Gives whether there was anything to change.
	fn change(&self, change: impl FnOnce(&mut BTreeSet<VersionOf>) -> bool) -> Result<bool, Error> {
		let mut versions = self.versions.lock();
		let mut changed = versions.clone();
		if !change(&mut changed) {
			return Ok(false);
		}
		let json = serde_json::to_vec_pretty(&changed)
			.map_err(|error| file("encode", &self.path)(error.into()))?;
		write_private(&self.path, &json).map_err(file("write", &self.path))?;
		*versions = changed;
		Ok(true)
	}
}

fn file<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> Error + 'a {
	move |source| Error::File { action, path: path.to_owned(), source }
}

impl Ipfs {
	/// Does not copy this version to this node from now on, and removes the part of it that was copied. Gives the bytes of
	/// that part. Whoever calls it has asked the chain that this node has not confirmed the version.
	pub fn evict(&self, record: RecordId, version: Version, root: &Cid) -> Result<u64, Error> {
		let this = VersionOf { record, version };
		self.evicted.change(|versions| versions.insert(this))?;
		// After the list has it: no turn begins a copy any more. One that is under way ends at the next block.
		let freed = self
			.staging
			.remove_partial_own(root)
			.map_err(|error| Error::Staging(Box::new(error)))?
			.unwrap_or_default();
		log::info!(
			target: LOG_TARGET,
			"version {version} of {record} ({root}) is not copied to this node any more; {freed} bytes are free",
		);
		Ok(freed)
	}

	/// Copies this version to this node again, if it should be held here. `false` if it was not evicted.
	pub fn readmit(&self, record: RecordId, version: Version) -> Result<bool, Error> {
		let this = VersionOf { record, version };
		self.evicted.change(|versions| versions.remove(&this))
	}

	/// Whether this version is not to be copied to this node.
	pub fn is_evicted(&self, record: RecordId, version: Version) -> bool {
		let this = VersionOf { record, version };
		self.evicted.versions.lock().contains(&this)
	}

	/// All versions that are not to be copied to this node.
	pub fn evicted(&self) -> Vec<VersionOf> {
		self.evicted.versions.lock().iter().copied().collect()
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn version(number: u8) -> VersionOf {
		VersionOf { record: RecordId([number; 32]), version: 1 }
	}

	#[test]
	fn the_list_outlasts_the_process() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("evicted.json");
		let open = || Evicted::open(path.clone()).unwrap();
		let evicted = open();
		assert!(evicted.change(|list| list.insert(version(1))).unwrap());
		assert!(!evicted.change(|list| list.insert(version(1))).unwrap());
		assert!(evicted.change(|list| list.insert(version(2))).unwrap());
		let evicted = open();
		assert!(evicted.change(|list| list.remove(&version(1))).unwrap());
		assert_eq!(*open().versions.lock(), BTreeSet::from([version(2)]));
		#[cfg(unix)]
		{
			use std::os::unix::fs::PermissionsExt;
			let mode = fs::metadata(&path).unwrap().permissions().mode();
			assert_eq!(mode & 0o777, 0o600);
		}
	}

	#[test]
	fn a_list_that_cannot_be_read_is_not_taken_for_an_empty_one() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("evicted.json");
		fs::write(&path, "[{").unwrap();
		let error = Evicted::open(path).unwrap_err();
		assert!(matches!(error, Error::Malformed { .. }), "{error}");
	}
}
