//! Checking files before any is sealed: unfit ones, duplicates, and those added before.

use std::collections::{HashMap, HashSet};

use salus_primitives::{RecordEntry, RecordId, Version};

use crate::{
	files::input::{self, FileError, FileFacts, GivenPath, NewFile},
	records::{
		prepare::{fingerprint, Target},
		stored::version_state,
	},
	state::{
		folder::StateDir,
		memory::{self, Marker},
	},
	Client, Error, Signer,
};

impl Client {
	/// Refuses files with the same content, and those that this machine knows to be on the chain
	/// for this patient already.
	pub(super) async fn check_new(
		&self,
		author: &Signer,
		state: &StateDir,
		target: &Target,
		files: &[NewFile],
		facts: Vec<FileFacts>,
	) -> Result<(), Error> {
		let known = {
			let (author, state, target) = (author.clone(), state.clone(), *target);
			let (files, genesis) = (files.to_vec(), self.genesis());
			tokio::task::spawn_blocking(move || {
				known_files(&author, &state, genesis, &target, &files, &facts)
			})
			.await??
		};
		for (file, record, version) in known {
			// An erased file may be added again.
			let details = self.settled().record(record).await?;
			let is_live = details.is_some_and(|details| {
				matches!(details.entry, RecordEntry::Live(_))
					&& version_state(&details, version).is_some()
			});
			if is_live {
				return Err(FileError::Known { file, record, version }.into());
			}
		}
		Ok(())
	}
}

/// Checks every file, and refuses one that is named twice.
pub(super) fn check_all(files: &[NewFile]) -> Result<Vec<FileFacts>, Error> {
	let mut seen = HashSet::new();
	files
		.iter()
		.map(|new| {
			let checked = input::check(new)?;
			if !seen.insert(checked.facts.identity.clone()) {
				return Err(FileError::NamedTwice(new.given()).into());
			}
			// This closes the file: a process may open few, and there may be many.
			Ok(checked.facts)
		})
		.collect()
}

/// Returns the files that this machine knows as records, with record and version. Fails on two with
/// the same content.
pub(super) fn known_files(
	author: &Signer,
	state: &StateDir,
	genesis: [u8; 32],
	target: &Target,
	files: &[NewFile],
	facts: &[FileFacts],
) -> Result<Vec<(GivenPath, RecordId, Version)>, Error> {
	let marker = Marker::new(author, genesis, target.patient)?;
	let mut sizes: HashMap<u64, usize> = HashMap::new();
	for facts in facts {
		*sizes.entry(facts.size).or_default() += 1;
	}
	let mut contents = HashMap::new();
	let mut found = Vec::new();
	for (new, facts) in files.iter().zip(facts) {
		let known = state.added_of_size(&marker, facts.size);
		// Most files are the only ones of their size, and are read only when they are sealed.
		if known.is_empty() && sizes.get(&facts.size).is_none_or(|count| *count < 2) {
			continue;
		}
		let sha256 = input::check(new).and_then(|checked| {
			memory::sha256(checked.file)
				.map_err(|source| FileError::Read { file: new.given(), source })
		})?;
		if let Some(first) = contents.insert(sha256, new) {
			return Err(
				FileError::SameContent { file: new.given(), first: NewFile::given(first) }.into()
			);
		}
		// An interrupted run continues with what it registered.
		if state.is_registered(&fingerprint(author, genesis, target, new, facts)) {
			continue;
		}
		let mark = marker.mark(facts.size, &sha256);
		found.extend(
			known
				.iter()
				.filter(|known| known.is(&mark))
				.map(|known| (new.given(), known.record, known.version)),
		);
	}
	Ok(found)
}
