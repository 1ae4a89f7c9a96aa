//! Versions that the operator does not want on this node.
//!
//! Somebody can register versions that do not exist, and confirm them. Other nodes then try to
//! fetch them. A node gives up by itself, but tries again after some hours. An operator who knows
//! better evicts the version: the node stops trying, and removes the part that it has. A complete
//! replica stays, because a node that has the bytes keeps them (ADR 18).
//!
//! The list is in a file, so that it survives a restart.

use std::{
	collections::BTreeSet,
	fs, io,
	path::{Path, PathBuf},
};

use parking_lot::Mutex;
use salus_ipfs::{staging, Cid};
use salus_primitives::{node::VersionOf, RecordId, Version};

use super::{Ipfs, LOG_TARGET};
use crate::files::write_private;

/// Reason why a version cannot be evicted or the list cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The file cannot be read or written.
	#[error("cannot {action} {path}: {source}")]
	File {
		/// Attempted action.
		action: &'static str,
		/// File.
		path: PathBuf,
		/// Cause.
		#[source]
		source: io::Error,
	},
	/// The file does not contain a list of versions.
	#[error("{path} is not a list of evicted versions: {source}; correct it, or remove it to evict nothing")]
	Malformed {
		/// File.
		path: PathBuf,
		/// Cause.
		#[source]
		source: serde_json::Error,
	},
	/// The fetched part of a version cannot be removed.
	#[error("the version is evicted, but the fetched part of it cannot be removed")]
	Staging(#[source] Box<staging::Error>),
}

/// List of evicted versions, kept in a file.
#[derive(Debug)]
pub struct Evicted {
	path: PathBuf,
	versions: Mutex<BTreeSet<VersionOf>>,
}

impl Evicted {
	/// Reads the list from this file. Without a file it is empty.
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
				"{} versions are evicted: this node does not fetch them; undo it with `salus storage evict --undo`",
				versions.len(),
			);
		}
		Ok(Self { path, versions: Mutex::new(versions) })
	}

	/// Changes the list, first on disk. Returns whether it changed.
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
	/// Stops fetching this version to this node, and removes the part that was fetched. Returns the
	/// bytes of that part. The caller has checked on the chain that this node has not confirmed the
	/// version.
	pub fn evict(&self, record: RecordId, version: Version, root: &Cid) -> Result<u64, Error> {
		let this = VersionOf { record, version };
		self.evicted.change(|versions| versions.insert(this))?;
		// The list has it by now, so no turn starts to fetch it. A fetch in progress ends at the
		// next block.
		let freed = self
			.staging
			.remove_partial_own(root)
			.map_err(|error| Error::Staging(Box::new(error)))?
			.unwrap_or_default();
		log::info!(
			target: LOG_TARGET,
			"evicted version {version} of {record} ({root}): this node no longer fetches it; removed {freed} bytes",
		);
		Ok(freed)
	}

	/// Lets this node fetch this version again, if it should hold it. Returns `false` if the
	/// version was not evicted.
	pub fn readmit(&self, record: RecordId, version: Version) -> Result<bool, Error> {
		let this = VersionOf { record, version };
		self.evicted.change(|versions| versions.remove(&this))
	}

	/// Returns whether this version is evicted.
	pub fn is_evicted(&self, record: RecordId, version: Version) -> bool {
		let this = VersionOf { record, version };
		self.evicted.versions.lock().contains(&this)
	}

	/// Returns all evicted versions.
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
	fn the_list_survives_a_restart() {
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
	fn an_unreadable_list_does_not_count_as_empty() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("evicted.json");
		fs::write(&path, "[{").unwrap();
		let error = Evicted::open(path).unwrap_err();
		assert!(matches!(error, Error::Malformed { .. }), "{error}");
	}
}
