//! What this machine remembers of releases that stand, so that a reading that broke off is not asked for again.
//!
//! For each a note in `<state>/readings`, readable by its owner alone: the number of the request, and what opens the shares that
//! hospitals release on it, sealed to a key that follows from the reader's secret. It goes when the record is open, or its
//! release is over.

use std::{
	fs::{self, File},
	io::Write,
	path::PathBuf,
};

use salus_envelope::{unwrap, wrap, Binding, KeyAgreementSecret, WrapContext, WrapKind};
use salus_primitives::{Hash32, Moment, Purpose, RecordId, RequestId, Version};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
	journal::{failed, private_file, private_folder, remove, Fingerprint, JournalError, StateDir},
	KeyError, Signer,
};

const FORMAT: u32 = 1;

/// What is asked for, and of which chain.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
	pub(crate) genesis: Hash32,
	pub(crate) record: RecordId,
	pub(crate) version: Version,
	pub(crate) purpose: Purpose,
}

impl Asked {
	/// Names the notes about it.
	fn fingerprint(&self, reader: &Signer) -> Fingerprint {
		Fingerprint::over(&[
			b"reading",
			&self.genesis,
			&reader.account().0,
			&reader.own_account().0,
			&self.record.0,
			&self.version.to_be_bytes(),
			&[self.purpose as u8],
		])
	}

	fn context(&self) -> WrapContext {
		WrapContext {
			genesis: self.genesis,
			kind: WrapKind::Record(Binding {
				record: self.record.0,
				version: self.version,
			}),
		}
	}
}

/// The one-time secret of a request. It follows from a seed, so that it can be kept.
pub(crate) struct OneTime {
	seed: Zeroizing<[u8; 32]>,
	secret: KeyAgreementSecret,
}

impl OneTime {
	pub(crate) fn generate() -> Result<Self, salus_envelope::Error> {
		let mut seed = Zeroizing::new([0; 32]);
		getrandom::fill(&mut *seed).map_err(|_| salus_envelope::Error::NoRandomness)?;
		Self::from_seed(seed)
	}

	fn from_seed(seed: Zeroizing<[u8; 32]>) -> Result<Self, salus_envelope::Error> {
		let secret = KeyAgreementSecret::derive(&*seed, b"salus/one-time")?;
		Ok(Self { seed, secret })
	}

	pub(crate) fn secret(&self) -> &KeyAgreementSecret {
		&self.secret
	}
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
	format: u32,
	request: RequestId,
	expires: Moment,
	#[serde(with = "crate::json::hex")]
	seed: [u8; 80],
}

/// A note that this process holds: no other one uses it meanwhile.
#[derive(Debug)]
pub(crate) struct Kept {
	pub(crate) request: RequestId,
	path: PathBuf,
	_lock: File,
}

impl Kept {
	/// It has served, or serves no more.
	pub(crate) fn forget(self) {
		// A note that stays opens nothing once its release is over.
		let _ = remove(&self.path);
	}
}

impl StateDir {
	/// Keeps what opens the shares of a request.
	pub(crate) fn keep_reading(
		&self,
		reader: &Signer,
		asked: &Asked,
		request: RequestId,
		expires: Moment,
		one_time: &OneTime,
	) -> Result<Kept, crate::Error> {
		let folder = self.path().join("readings");
		private_folder(self.path())?;
		private_folder(&folder)?;
		let seed = wrap(
			&reader.readings()?.public(),
			&asked.context(),
			&one_time.seed,
		)
		.map_err(KeyError::from)?;
		let note = Note {
			format: FORMAT,
			request,
			expires,
			seed,
		};
		let name = asked.fingerprint(reader);
		let path = folder.join(format!("{}.{request}", name.text()));
		let error = |source| failed("write a note", &path, source);
		let mut file = private_file(&path, true).map_err(error)?;
		file.try_lock().map_err(|_| JournalError::Busy)?;
		// One that is cut by a failure of power is as none.
		serde_json::to_vec(&note)
			.map_err(std::io::Error::other)
			.and_then(|text| file.write_all(&text))
			.and_then(|()| file.sync_all())
			.map_err(error)?;
		Ok(Kept {
			request,
			path,
			_lock: file,
		})
	}

	/// A note about such a reading that nobody uses, with what opens its shares. Notes that are over at `now` are removed, whatever
	/// they are about.
	pub(crate) fn kept_reading(
		&self,
		reader: &Signer,
		asked: &Asked,
		now: Moment,
	) -> Option<(Kept, OneTime)> {
		let wanted = asked.fingerprint(reader);
		let mut found = None;
		for entry in fs::read_dir(self.path().join("readings")).ok()?.flatten() {
			let path = entry.path();
			let Ok(lock) = File::open(&path) else {
				continue;
			};
			// Another process works with it.
			if lock.try_lock().is_err() {
				continue;
			}
			let note = fs::read(&path)
				.ok()
				.and_then(|text| serde_json::from_slice::<Note>(&text).ok())
				.filter(|note| note.format == FORMAT && note.expires > now);
			let Some(note) = note else {
				let _ = remove(&path);
				continue;
			};
			let is_wanted = entry
				.file_name()
				.to_str()
				.and_then(|name| name.split('.').next())
				.is_some_and(|name| name == wanted.text());
			if !is_wanted || found.is_some() {
				continue;
			}
			let one_time = reader
				.readings()
				.ok()
				.and_then(|secret| unwrap(&secret, &asked.context(), &note.seed).ok())
				.and_then(|seed| OneTime::from_seed(seed).ok());
			if let Some(one_time) = one_time {
				let kept = Kept {
					request: note.request,
					path,
					_lock: lock,
				};
				found = Some((kept, one_time));
			}
		}
		found
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const ASKED: Asked = Asked {
		genesis: [1; 32],
		record: RecordId([2; 32]),
		version: 3,
		purpose: Purpose::TREAT,
	};

	fn notes(state: &StateDir) -> usize {
		fs::read_dir(state.path().join("readings")).map_or(0, |notes| notes.count())
	}

	#[test]
	fn a_reading_that_broke_off_is_found_again_by_its_reader_alone() {
		let folder = tempfile::tempdir().unwrap();
		let state = StateDir::new(Some(folder.path().join("state"))).unwrap();
		let reader = Signer::generate().unwrap();
		assert!(state.kept_reading(&reader, &ASKED, 0).is_none());
		let one_time = OneTime::generate().unwrap();
		let public = one_time.secret().public();
		let kept = state
			.keep_reading(&reader, &ASKED, 7, 1_000, &one_time)
			.unwrap();
		// Another process that reads at the same time asks for itself.
		assert!(state.kept_reading(&reader, &ASKED, 10).is_none());
		drop(kept);

		for other in [
			Asked {
				genesis: [9; 32],
				..ASKED
			},
			Asked {
				record: RecordId([9; 32]),
				..ASKED
			},
			Asked {
				version: 4,
				..ASKED
			},
			Asked {
				purpose: Purpose::BTG,
				..ASKED
			},
		] {
			assert!(state.kept_reading(&reader, &other, 10).is_none());
		}
		let stranger = Signer::generate().unwrap();
		assert!(state.kept_reading(&stranger, &ASKED, 10).is_none());

		let (kept, again) = state.kept_reading(&reader, &ASKED, 10).unwrap();
		assert_eq!((kept.request, again.secret().public()), (7, public));
		kept.forget();
		assert_eq!(notes(&state), 0);
	}

	#[test]
	fn what_is_over_or_cut_is_removed() {
		let folder = tempfile::tempdir().unwrap();
		let state = StateDir::new(Some(folder.path().join("state"))).unwrap();
		let reader = Signer::generate().unwrap();
		let one_time = OneTime::generate().unwrap();
		for (request, expires) in [(1, 1_000), (2, 2_000), (3, 3_000)] {
			let kept = state
				.keep_reading(&reader, &ASKED, request, expires, &one_time)
				.unwrap();
			if request == 3 {
				fs::write(&kept.path, b"{\"format\":1").unwrap();
			}
		}
		let (kept, _) = state.kept_reading(&reader, &ASKED, 1_000).unwrap();
		assert_eq!(kept.request, 2);
		assert_eq!(notes(&state), 1);
	}

	#[cfg(unix)]
	#[test]
	fn a_note_is_for_its_owner_alone_and_holds_no_key() {
		use std::os::unix::fs::PermissionsExt;
		let folder = tempfile::tempdir().unwrap();
		let state = StateDir::new(Some(folder.path().join("state"))).unwrap();
		let reader = Signer::generate().unwrap();
		let one_time = OneTime::generate().unwrap();
		let kept = state
			.keep_reading(&reader, &ASKED, 7, 1_000, &one_time)
			.unwrap();
		let mode = kept.path.metadata().unwrap().permissions().mode();
		assert_eq!(mode & 0o777, 0o600);
		let text = fs::read_to_string(&kept.path).unwrap();
		assert!(!text.contains(&hex::encode(&one_time.seed[..8])));
	}
}
