//! What this machine remembers of readings under way, so that one that broke off is not asked for again.
//!
//! For each a note in `<state>/readings`, readable by its owner alone: what opens the shares that hospitals release on it, sealed
//! to a key that follows from the reader's secret. It is written before the chain is asked, because a request that is on its way
//! counts whatever becomes of this process; the request is found by the key to which its shares are sealed. The note goes when
//! the record is open, or its release is over.

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

/// For how long a note is kept, in milliseconds: longer than a request waits for its block and a release stands.
const KEPT: Moment = 24 * 3_600_000;

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
	/// In notes of earlier releases, which were written once the request had its number.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	request: Option<RequestId>,
	expires: Moment,
	#[serde(with = "crate::json::hex")]
	seed: [u8; 80],
}

/// A note that this process holds: no other one uses it meanwhile.
#[derive(Debug)]
pub(crate) struct Kept {
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
	/// Keeps what opens the shares of a request that is about to be made.
	pub(crate) fn keep_reading(
		&self,
		reader: &Signer,
		asked: &Asked,
		now: Moment,
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
			request: None,
			expires: now.saturating_add(KEPT),
			seed,
		};
		let name = asked.fingerprint(reader);
		let key = hex::encode(one_time.secret().public());
		let path = folder.join(format!("{}.{key}", name.text()));
		let error = |source| failed("write a note", &path, source);
		let mut file = private_file(&path, true).map_err(error)?;
		file.try_lock().map_err(|_| JournalError::Busy)?;
		// One that is cut by a failure of power is as none.
		serde_json::to_vec(&note)
			.map_err(std::io::Error::other)
			.and_then(|text| file.write_all(&text))
			.and_then(|()| file.sync_all())
			.map_err(error)?;
		Ok(Kept { path, _lock: file })
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
				found = Some((Kept { path, _lock: lock }, one_time));
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
		let kept = state.keep_reading(&reader, &ASKED, 0, &one_time).unwrap();
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
		assert_eq!(again.secret().public(), public);
		kept.forget();
		assert_eq!(notes(&state), 0);
	}

	#[test]
	fn what_is_over_or_cut_is_removed() {
		let folder = tempfile::tempdir().unwrap();
		let state = StateDir::new(Some(folder.path().join("state"))).unwrap();
		let reader = Signer::generate().unwrap();
		let mut keys = Vec::new();
		for now in [1_000, 2_000, 3_000] {
			let one_time = OneTime::generate().unwrap();
			let kept = state.keep_reading(&reader, &ASKED, now, &one_time).unwrap();
			if now == 3_000 {
				fs::write(&kept.path, b"{\"format\":1").unwrap();
			}
			keys.push(one_time.secret().public());
		}
		let (_, one_time) = state.kept_reading(&reader, &ASKED, 1_000 + KEPT).unwrap();
		assert_eq!(one_time.secret().public(), keys[1]);
		assert_eq!(notes(&state), 1);
	}

	#[test]
	fn a_note_of_an_earlier_release_serves() {
		let folder = tempfile::tempdir().unwrap();
		let state = StateDir::new(Some(folder.path().join("state"))).unwrap();
		let reader = Signer::generate().unwrap();
		let one_time = OneTime::generate().unwrap();
		let kept = state.keep_reading(&reader, &ASKED, 0, &one_time).unwrap();
		let text = fs::read_to_string(&kept.path).unwrap();
		let numbered = text.replacen("\"format\":1", "\"format\":1,\"request\":7", 1);
		assert_ne!(numbered, text);
		fs::write(&kept.path, numbered).unwrap();
		drop(kept);
		let (_, again) = state.kept_reading(&reader, &ASKED, 10).unwrap();
		assert_eq!(again.secret().public(), one_time.secret().public());
	}

	#[cfg(unix)]
	#[test]
	fn a_note_is_for_its_owner_alone_and_holds_no_key() {
		use std::os::unix::fs::PermissionsExt;
		let folder = tempfile::tempdir().unwrap();
		let state = StateDir::new(Some(folder.path().join("state"))).unwrap();
		let reader = Signer::generate().unwrap();
		let one_time = OneTime::generate().unwrap();
		let kept = state.keep_reading(&reader, &ASKED, 0, &one_time).unwrap();
		let mode = kept.path.metadata().unwrap().permissions().mode();
		assert_eq!(mode & 0o777, 0o600);
		let text = fs::read_to_string(&kept.path).unwrap();
		assert!(!text.contains(&hex::encode(&one_time.seed[..8])));
	}
}
