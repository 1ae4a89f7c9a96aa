//! The last votes of this node's keys, beside the keys. A database that was put back to an earlier
//! state has forgotten its last votes; this file has not.

use std::{
	collections::BTreeMap,
	fs, io,
	path::{Path, PathBuf},
};

use codec::DecodeAll;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::write_whole;

/// Number of rounds that are remembered for each key. A node votes in one round at a time.
const ROUNDS: usize = 8;

/// Number of kinds of votes: on a block before others, on a block to be final, and a proposal.
const KINDS: u8 = 3;

/// The file, and what it says.
pub(super) struct Votes {
	file: PathBuf,
	book: Mutex<Book>,
}

/// Reason for not signing a vote.
#[derive(Debug)]
pub(super) enum VoteRefusal {
	/// The key must not sign this: it is not a vote, the key has given another vote in its place,
	/// or the round is older than the ones that are remembered.
	Second,
	/// The vote cannot be recorded in the file.
	Unrecorded(PathBuf, io::Error),
}

/// Votes of one chain.
#[derive(Default, Serialize, Deserialize)]
struct Book {
	/// Hash of the chain's first block.
	genesis: String,
	rounds: Vec<Round>,
}

/// Votes of a key in one round.
#[derive(Serialize, Deserialize)]
struct Round {
	key: String,
	set: u64,
	round: u64,
	/// The block for each kind of vote.
	votes: BTreeMap<u8, String>,
}

impl Votes {
	/// Opens the file in the chain's folder. Returns also whether it is damaged.
	pub(super) fn open(chain: &Path, genesis: &[u8]) -> io::Result<(Self, bool)> {
		let file = file(chain);
		let read = match fs::read(&file) {
			Ok(text) => serde_json::from_slice::<Book>(&text).map_err(|_| ()),
			Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Book::default()),
			Err(error) => return Err(error),
		};
		let (is_damaged, book) = (read.is_err(), read.unwrap_or_default());
		let genesis = hex::encode(genesis);
		// Votes on another chain do not count on this one.
		let rounds = if book.genesis == genesis { book.rounds } else { Vec::new() };
		let book = Mutex::new(Book { genesis, rounds });
		Ok((Self { file, book }, is_damaged))
	}

	/// Creates the file if it is missing. If the node has to abstain because it was missing, call
	/// this after the beginning of the abstention is on disk.
	pub(super) fn create(&self) -> io::Result<()> {
		match self.file.try_exists()? {
			true => Ok(()),
			false => write(&self.file, &self.book.lock()),
		}
	}

	/// Records what a key is about to sign. When this returns, the vote is on disk, so that neither
	/// a crash of the machine nor an earlier database lets the key vote again.
	pub(super) fn admit(&self, key: &[u8], message: &[u8]) -> Result<(), VoteRefusal> {
		type Message = (u8, [u8; 32], u32, u64, u64);
		let Ok((kind @ 0..KINDS, hash, number, round, set)) =
			Message::decode_all(&mut &message[..])
		else {
			return Err(VoteRefusal::Second);
		};
		let (key, block) = (hex::encode(key), format!("{number} {}", hex::encode(hash)));
		let mut book = self.book.lock();
		if !book.admit(key, (set, round), kind, block) {
			return Err(VoteRefusal::Second);
		}
		write(&self.file, &book).map_err(|error| VoteRefusal::Unrecorded(self.file.clone(), error))
	}
}

/// Returns the file in the chain's folder.
pub(super) fn file(chain: &Path) -> PathBuf {
	chain.join("salus").join("votes")
}

fn write(file: &Path, book: &Book) -> io::Result<()> {
	write_whole(file, &serde_json::to_vec(book)?)
}

impl Book {
	/// Adds a vote. Returns `false` if the key must not give it.
	fn admit(&mut self, key: String, at: (u64, u64), kind: u8, block: String) -> bool {
		let own = |round: &Round| round.key == key;
		let position = |round: &Round| (round.set, round.round);
		let same = self.rounds.iter_mut().find(|round| own(round) && position(round) == at);
		if let Some(round) = same {
			return *round.votes.entry(kind).or_insert_with(|| block.clone()) == block;
		}
		let is_full = self.rounds.iter().filter(|round| own(round)).count() >= ROUNDS;
		let oldest = self.rounds.iter().filter(|round| own(round)).map(position).min();
		if let Some(oldest) = oldest.filter(|_| is_full) {
			if at < oldest {
				return false;
			}
			self.rounds.retain(|round| !own(round) || position(round) != oldest);
		}
		let (set, round) = at;
		self.rounds.push(Round { key, set, round, votes: BTreeMap::from([(kind, block)]) });
		true
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use codec::Encode;

	const PREVOTE: u8 = 0;
	const PRECOMMIT: u8 = 1;

	fn vote(kind: u8, block: u8, round: u64, set: u64) -> Vec<u8> {
		(kind, [block; 32], u32::from(block), round, set).encode()
	}

	/// Opens the file as a start of the node does.
	fn open(folder: &Path) -> Votes {
		let (votes, is_damaged) = Votes::open(folder, b"chain").unwrap();
		assert!(!is_damaged);
		votes
	}

	fn signs(votes: &Votes, key: &[u8], message: &[u8]) -> bool {
		votes.admit(key, message).is_ok()
	}

	#[test]
	fn a_second_vote_is_refused_even_after_a_restart() {
		let folder = tempfile::tempdir().unwrap();
		let votes = open(folder.path());
		assert!(signs(&votes, b"key", &vote(PREVOTE, 1, 7, 0)));
		assert!(signs(&votes, b"key", &vote(PRECOMMIT, 2, 7, 0)));
		for votes in [votes, open(folder.path())] {
			assert!(signs(&votes, b"key", &vote(PREVOTE, 1, 7, 0)), "the same vote");
			assert!(!signs(&votes, b"key", &vote(PREVOTE, 2, 7, 0)));
			assert!(!signs(&votes, b"key", &vote(PRECOMMIT, 1, 7, 0)));
			assert!(signs(&votes, b"other", &vote(PREVOTE, 2, 7, 0)), "another key");
		}
	}

	#[test]
	fn rounds_beyond_memory_are_refused() {
		let folder = tempfile::tempdir().unwrap();
		let votes = open(folder.path());
		for round in 1..=100 {
			assert!(signs(&votes, b"key", &vote(PREVOTE, 1, round, 0)));
		}
		for round in 1..=92 {
			assert!(!signs(&votes, b"key", &vote(PREVOTE, 1, round, 0)), "{round}");
		}
		assert!(signs(&votes, b"key", &vote(PREVOTE, 1, 93, 0)), "the same vote");
		// Each set of validators counts its rounds from the first.
		assert!(signs(&votes, b"key", &vote(PREVOTE, 1, 1, 1)));
		assert!(!signs(&votes, b"key", &vote(PREVOTE, 2, 93, 0)));
		let size = fs::metadata(folder.path().join("salus/votes")).unwrap().len();
		assert!(size < 4_096, "{size}");
	}

	#[test]
	fn other_messages_are_refused_and_other_chains_forgotten() {
		let folder = tempfile::tempdir().unwrap();
		let votes = open(folder.path());
		for message in
			[b"vote".to_vec(), vote(KINDS, 1, 1, 0), [vote(0, 1, 1, 0), vec![0]].concat()]
		{
			assert!(!signs(&votes, b"key", &message));
		}
		assert!(signs(&votes, b"key", &vote(PREVOTE, 1, 9, 0)));
		let (votes, _) = Votes::open(folder.path(), b"another chain").unwrap();
		assert!(signs(&votes, b"key", &vote(PREVOTE, 2, 9, 0)));
	}

	#[test]
	fn a_vote_that_cannot_be_recorded_is_refused() {
		let folder = tempfile::tempdir().unwrap();
		let votes = open(folder.path());
		let in_the_way = folder.path().join("salus/votes.new");
		fs::create_dir_all(&in_the_way).unwrap();
		let refused = votes.admit(b"key", &vote(PREVOTE, 1, 7, 0));
		assert!(matches!(refused, Err(VoteRefusal::Unrecorded(..))), "{refused:?}");
		fs::remove_dir(in_the_way).unwrap();
		assert!(signs(&votes, b"key", &vote(PREVOTE, 1, 7, 0)));
		assert!(!signs(&open(folder.path()), b"key", &vote(PREVOTE, 2, 7, 0)));
	}

	#[test]
	fn a_damaged_file_is_noticed() {
		let folder = tempfile::tempdir().unwrap();
		assert!(signs(&open(folder.path()), b"key", &vote(PREVOTE, 1, 9, 0)));
		fs::write(folder.path().join("salus/votes"), b"{").unwrap();
		assert!(Votes::open(folder.path(), b"chain").unwrap().1);
	}
}
