//! Looking at files before any is sealed: unfit ones, and those that were added before.

use std::collections::{HashMap, HashSet};

use salus_primitives::{RecordEntry, RecordId, Version};

use crate::{
	files::input::{self, FileError, GivenPath, Looked, NewFile},
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
	/// Refuses files that are on the chain for this patient already, as far as this machine knows, and those of one content.
	pub(super) async fn check_new(
		&self,
		author: &Signer,
		state: &StateDir,
		target: &Target,
		files: &[NewFile],
		looked: Vec<Looked>,
	) -> Result<(), Error> {
		let known = {
			let (author, state, target) = (author.clone(), state.clone(), *target);
			let (files, genesis) = (files.to_vec(), self.genesis());
			tokio::task::spawn_blocking(move || {
				known_files(&author, &state, genesis, &target, &files, &looked)
			})
			.await??
		};
		for (file, record, version) in known {
			// What was erased may be added anew.
			let details = self.now().record(record).await?;
			let stands = details.is_some_and(|details| {
				matches!(details.entry, RecordEntry::Live(_))
					&& version_state(&details, version).is_some()
			});
			if stands {
				return Err(FileError::Known { file, record, version }.into());
			}
		}
		Ok(())
	}
}

/// Looks at every file, and at none twice.
pub(super) fn check_all(files: &[NewFile]) -> Result<Vec<Looked>, Error> {
	let mut seen = HashSet::new();
	files
		.iter()
		.map(|new| {
			let checked = input::check(new)?;
			if !seen.insert(checked.looked.identity.clone()) {
				return Err(FileError::NamedTwice(new.given()).into());
			}
			// The file is closed: a process has few, and there may be many.
			Ok(checked.looked)
		})
		.collect()
}

/// Of these files, those that this machine knows as records, with record and version. Two of one content are an error.
pub(super) fn known_files(
	author: &Signer,
	state: &StateDir,
	genesis: [u8; 32],
	target: &Target,
	files: &[NewFile],
	looked: &[Looked],
) -> Result<Vec<(GivenPath, RecordId, Version)>, Error> {
	let marker = Marker::new(author, genesis, target.patient)?;
	let mut sizes: HashMap<u64, usize> = HashMap::new();
	for looked in looked {
		*sizes.entry(looked.size).or_default() += 1;
	}
	let mut contents = HashMap::new();
	let mut found = Vec::new();
	for (new, looked) in files.iter().zip(looked) {
		let known = state.added_of_size(&marker, looked.size);
		// Most files are the only ones of their size: they are read once, when they are sealed.
		if known.is_empty() && sizes.get(&looked.size).is_none_or(|count| *count < 2) {
			continue;
		}
		let sha256 = input::check(new).and_then(|checked| {
			memory::sha256(&checked.file)
				.map_err(|source| FileError::Read { file: new.given(), source }.into())
		})?;
		if let Some(first) = contents.insert(sha256, new) {
			return Err(
				FileError::SameContent { file: new.given(), first: NewFile::given(first) }.into()
			);
		}
		// A run that was interrupted goes on with what it registered.
		if state.is_registered(&fingerprint(author, genesis, target, looked)) {
			continue;
		}
		let mark = marker.mark(looked.size, &sha256);
		found.extend(
			known
				.iter()
				.filter(|known| known.is(&mark))
				.map(|known| (new.given(), known.record, known.version)),
		);
	}
	Ok(found)
}
