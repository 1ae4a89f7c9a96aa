//! Keeps a validator from voting on finality while it may have forgotten its earlier votes.
//!
//! GRANDPA stores a validator's votes in the database. A node that is restored from a backup, or
//! whose database was removed, starts with an empty one. If it votes in a round that was already
//! open when the old database ended, it votes twice. The double vote is proven to the chain, which
//! removes the validator.
//!
//! Therefore the node lists beside its keys which of them have voted ([`Voted`]), and every backup
//! of the keys contains this list. Each start as a validator leaves a new random mark in the
//! database and beside the list ([`Marked`]). If the marks differ, the database is not the one on
//! which the node voted last: it is new, it was filled by another node or as a mere observer, or it
//! is an older copy. If the list also names one of the keys, the node abstains until a block
//! that was made after the node started and caught up has become final, because by then the open
//! rounds are over. New chains and new keys do not need to wait. If an operator has removed the
//! list, the node votes at once, and no earlier abstention is left.
//!
//! Peers can lie about their chains, and a clock can be wrong after a restore. Therefore both must
//! agree: the last final block is above those that peers had when the node caught up, and its slot
//! is after the node's start. A chain that grows faster than blocks are made shows that the node
//! had not caught up, and the count starts again.
//!
//! A mark does not tell a database from a copy that was made while the node ran, or from one that
//! was reverted. So the last votes are stored beside the keys, too ([`votes`]): the node does not
//! sign a second vote in the place of one of them. It stops, and abstains after its next start. It
//! also refuses to sign a vote that it cannot record.

mod silent;
mod votes;

use std::{
	fs,
	future::Future,
	io,
	path::{Path, PathBuf},
	sync::Arc,
	time::{Duration, Instant},
};

use futures::{future::BoxFuture, FutureExt};
use sc_client_api::AuxStore;
use sp_core::crypto::key_types::GRANDPA;
use sp_keystore::{Keystore, KeystorePtr};

use self::{
	silent::{Silent, State},
	votes::Votes,
};
use crate::files::make_private;

/// Interval at which the list is compared with the keys, and finality with its target.
const POLL: Duration = Duration::from_millis(if cfg!(test) { 10 } else { 2_000 });

/// Maximum by which the clocks of validators are assumed to differ.
const CLOCKS_DIFFER: Duration = Duration::from_secs(if cfg!(test) { 0 } else { 10 });

/// Maximum number of blocks that a node may be behind and still count as caught up.
const CLOSE: u32 = 3;

/// Maximum number of blocks that are made in a second.
const BLOCKS_A_SECOND: u32 = 1;

const LOG_TARGET: &str = "salus::votes";

/// List of the keys that have voted: a file beside the keystore, one key per line.
#[derive(Clone, Debug)]
pub struct Voted(PathBuf);

impl Voted {
	/// Returns the list in the chain's folder.
	pub fn new(chain: &Path) -> Self {
		Self(chain.join("salus").join("voted"))
	}

	fn read(&self) -> io::Result<Vec<String>> {
		match fs::read_to_string(&self.0) {
			Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
			Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
			Err(error) => Err(error),
		}
	}

	/// Returns whether one of the keys has voted before.
	pub fn names_one_of(&self, keystore: &dyn Keystore) -> io::Result<bool> {
		let known = self.read()?;
		Ok(keys(keystore).iter().any(|key| known.contains(key)))
	}

	/// Path of the mark that an abstention has begun and not ended.
	fn mark(&self) -> PathBuf {
		self.0.with_file_name("abstains")
	}

	/// Returns whether an abstention has begun and not ended. A restart does not end it.
	fn abstains(&self) -> io::Result<bool> {
		self.mark().try_exists()
	}

	/// Records that an abstention begins. On return, it is on disk.
	fn begin(&self) -> io::Result<()> {
		let mark = self.mark();
		let folder = mark.parent().unwrap_or(Path::new("."));
		make_private(folder)?;
		fs::File::create(&mark)?.sync_all()?;
		#[cfg(unix)]
		fs::File::open(folder)?.sync_all()?;
		Ok(())
	}

	/// Records that an abstention has ended.
	fn end(&self) -> io::Result<()> {
		match fs::remove_file(self.mark()) {
			Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
			_ => Ok(()),
		}
	}

	/// Records that these keys vote from the start. An abstention of keys in the list continues.
	/// Without a list, it ends: the operator removed the list to let the node vote, at later starts
	/// too.
	fn start(&self, keystore: &dyn Keystore) -> io::Result<()> {
		// In this order, an interrupted start does not leave the mark beside a list with the keys.
		if self.read()?.is_empty() {
			self.end()?;
		}
		self.note(keystore)
	}

	/// Records that these keys vote. On return, the list is on disk.
	pub fn note(&self, keystore: &dyn Keystore) -> io::Result<()> {
		let mut known = self.read()?;
		let new: Vec<String> =
			keys(keystore).into_iter().filter(|key| !known.contains(key)).collect();
		if new.is_empty() {
			return Ok(());
		}
		known.extend(new);
		write_whole(&self.0, (known.join("\n") + "\n").as_bytes())
	}
}

/// Key of the mark in the database.
const MARK: &[u8] = b"salus_votes";

/// Key of the note in the database that the last votes are recorded beside the keys.
const RECORDED: &[u8] = b"salus_votes_recorded";

/// A database, and the mark of the one on which this node's keys voted last: a file beside the list
/// of keys.
pub struct Marked<'a, D> {
	database: &'a D,
	chain: PathBuf,
	file: PathBuf,
}

impl<'a, D: AuxStore> Marked<'a, D> {
	/// Creates it for a database and the chain's folder.
	pub fn new(database: &'a D, chain: &Path) -> Self {
		let file = Voted::new(chain).0.with_file_name("database");
		Self { database, chain: chain.to_owned(), file }
	}

	/// Returns whether the keys may have voted on another database, or later on a newer copy of
	/// this one. Earlier releases left no marks: then only an empty database counts.
	pub fn is_other(&self, is_empty: bool) -> io::Result<bool> {
		let here = self.database.get_aux(MARK).map_err(io::Error::other)?;
		let last = match fs::read(&self.file) {
			Ok(last) => Some(last),
			Err(error) if error.kind() == io::ErrorKind::NotFound => None,
			Err(error) => return Err(error),
		};
		Ok(match (here, last) {
			(None, None) => is_empty,
			(here, last) => here != last,
		})
	}

	/// Returns whether the file with the last votes is missing, although this database was used
	/// with one. Without it, a copy that was made since the last start could vote again.
	pub fn lacks_votes(&self) -> io::Result<bool> {
		let is_noted = self.database.get_aux(RECORDED).map_err(io::Error::other)?.is_some();
		Ok(is_noted && !votes::file(&self.chain).try_exists()?)
	}

	/// Marks this database as the one on which the keys vote from now on. If it is interrupted, the
	/// marks differ, so that the node abstains next time.
	pub fn mark(&self) -> io::Result<()> {
		let mut mark = [0; 16];
		getrandom::fill(&mut mark).map_err(io::Error::other)?;
		write_whole(&self.file, &mark)?;
		let recorded = votes::file(&self.chain).try_exists()?;
		let notes = [(MARK, &mark[..]), (RECORDED, &[][..])];
		let notes = if recorded { &notes[..] } else { &notes[..1] };
		self.database.insert_aux(notes, &[]).map_err(io::Error::other)
	}
}

/// Replaces a file in the private folder beside the keys. On return, it is on disk.
fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
	let folder = path.parent().unwrap_or(Path::new("."));
	make_private(folder)?;
	let unfinished = path.with_extension("new");
	let file = fs::File::create(&unfinished)?;
	io::Write::write_all(&mut &file, content)?;
	file.sync_all()?;
	fs::rename(&unfinished, path)?;
	#[cfg(unix)]
	for folder in folder.ancestors().take(2) {
		fs::File::open(folder)?.sync_all()?;
	}
	Ok(())
}

fn keys(keystore: &dyn Keystore) -> Vec<String> {
	let keys = keystore.ed25519_public_keys(GRANDPA);
	keys.iter().map(hex::encode).collect()
}

/// Progress of the chain, as seen by this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
	/// Whether the node has peers and is not far behind them.
	pub caught_up: bool,
	/// Highest block that any peer announced.
	pub best: u32,
	/// Highest final block.
	pub finalized: u32,
	/// Time since that block was made, by this machine's clock. `None` for the first block.
	pub age: Option<Duration>,
}

/// Peers of a node that is not far behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peers {
	/// Number of peers whose chain is known.
	pub number: u32,
	/// Median of their best blocks, if it is above this node's.
	pub ahead: Option<u32>,
}

impl View {
	/// Creates a view. `peers` is `None` for a node that is offline or far behind. A node has
	/// caught up if it has peers and none of them is ahead.
	pub fn new(peers: Option<Peers>, best: u32, finalized: u32, age: Option<Duration>) -> Self {
		let ahead = peers.and_then(|peers| peers.ahead).unwrap_or_default();
		let caught_up =
			peers.is_some_and(|peers| peers.number > 0) && best.saturating_add(CLOSE) >= ahead;
		Self { caught_up, best: best.max(ahead), finalized, age }
	}

	/// Returns whether the last final block was made after a node started that has run for this
	/// time. Compares durations, so that a clock that is set right in between does no harm.
	fn is_from(&self, run: Duration) -> bool {
		self.age.is_some_and(|age| age.saturating_add(CLOCKS_DIFFER) < run)
	}
}

/// Returns whether others may have seen earlier votes of this validator's keys. Nobody has seen the
/// votes of a development key, or of the only validator. `validators` is their number in the
/// database. An empty one knows only the founders, although others may have joined.
pub fn has_witnesses(is_development: bool, is_empty: bool, validators: usize) -> bool {
	!is_development && (is_empty || validators > 1)
}

/// Decides when the rounds that were open at the start are over.
#[derive(Debug, Default)]
pub struct Wait {
	/// Number of consecutive polls that found the node caught up.
	polls: u32,
	/// Block above which another must become final.
	above: Option<u32>,
	/// Best block at the previous poll, and when that was.
	last: Option<(u32, Duration)>,
}

impl Wait {
	/// Polls once and returns whether the wait is over. `run`: time since the node started.
	pub fn poll(&mut self, view: View, run: Duration) -> bool {
		if self.has_jumped(view.best, run) {
			(self.polls, self.above) = (0, None);
		}
		if let Some(above) = self.above {
			return view.finalized > above && view.is_from(run);
		}
		// A single poll may fall between a new connection and the first message over it.
		self.polls = if view.caught_up { self.polls.saturating_add(1) } else { 0 };
		if self.polls > 1 {
			self.above = Some(view.best.max(view.finalized));
		}
		false
	}

	/// Returns whether the chain has grown faster than blocks are made since the previous poll.
	fn has_jumped(&mut self, best: u32, run: Duration) -> bool {
		let last = self.last.replace((best, run));
		last.is_some_and(|(before, then)| {
			let seconds = u32::try_from(run.saturating_sub(then).as_secs()).unwrap_or(u32::MAX);
			let most = seconds.saturating_mul(BLOCKS_A_SECOND).saturating_add(2 * CLOSE);
			best > before.saturating_add(most)
		})
	}
}

/// Returns the keystore for GRANDPA and the task that ends its abstention. Run the task alongside.
///
/// `is_other`: others may have seen votes that this database does not have ([`Marked::is_other`]).
/// `genesis`: hash of the first block of the chain on which the last votes are remembered; `None`
/// for a development key, whose chain may start again.
pub fn voter<V>(
	chain: &Path,
	genesis: Option<&[u8]>,
	keystore: KeystorePtr,
	is_other: bool,
	view: impl Fn() -> V + Send + Sync + 'static,
) -> io::Result<(KeystorePtr, BoxFuture<'static, ()>)>
where
	V: Future<Output = View> + Send + 'static,
{
	let started = Instant::now();
	let voted = Voted::new(chain);
	let (votes, is_damaged) = match genesis {
		Some(genesis) => {
			let (votes, is_damaged) = Votes::open(chain, genesis)?;
			(Some(votes), is_damaged)
		}
		None => (None, false),
	};
	let must_wait =
		(is_other || is_damaged || voted.abstains()?) && voted.names_one_of(&*keystore)?;
	let state = State::new(must_wait);
	if must_wait {
		voted.begin()?;
		log::warn!(
			target: LOG_TARGET,
			"these keys have voted on another database, or on a newer copy of this one: the node abstains from voting on \
			 finality until a block that was made after the node caught up has become final, because earlier rounds \
			 may still be open",
		);
	} else {
		voted.start(&*keystore)?;
	}
	if let Some(votes) = &votes {
		votes.create()?;
	}
	let (inner, noted) = (keystore.clone(), voted.clone());
	let silent = Arc::new(Silent { inner, state: state.clone(), votes, voted: noted });
	Ok((silent, watch(keystore, state, voted, view, started).boxed()))
}

/// Ends the abstention once the open rounds are over, and records the keys that vote.
async fn watch<V: Future<Output = View>>(
	keystore: KeystorePtr,
	state: Arc<State>,
	voted: Voted,
	view: impl Fn() -> V,
	started: Instant,
) {
	let mut wait = Wait::default();
	loop {
		tokio::time::sleep(POLL).await;
		match state.get() {
			State::REFUSED => return,
			State::WAITS => {
				if !wait.poll(view().await, started.elapsed()) {
					continue;
				}
				if let Err(error) = voted.note(&*keystore).and_then(|()| voted.end()) {
					unnoted(&voted, &error);
					continue;
				}
				state.end_wait();
				log::info!(
					target: LOG_TARGET,
					"the rounds that may have been open are over: the node votes from the next round on",
				);
			}
			// New keys may be made while the node runs.
			_ => voted.note(&*keystore).unwrap_or_else(|error| unnoted(&voted, &error)),
		}
	}
}

/// Reports that the list of keys cannot be written.
fn unnoted(voted: &Voted, error: &io::Error) {
	log::error!(
		target: LOG_TARGET,
		"cannot record in {} which keys vote: {error}",
		voted.0.display(),
	);
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::{
		cell::RefCell,
		collections::BTreeMap,
		sync::atomic::{AtomicU32, Ordering},
	};

	use codec::Encode;
	use sp_core::ed25519;
	use sp_keystore::testing::MemoryKeystore;

	/// Longest time for anything that must happen, on a busy machine.
	const SOON: Duration = Duration::from_secs(60);

	fn keystore(seed: &str) -> (KeystorePtr, Vec<u8>) {
		let keystore = MemoryKeystore::new();
		let public = keystore.ed25519_generate_new(GRANDPA, Some(seed)).unwrap();
		(Arc::new(keystore), public.0.to_vec())
	}

	fn votes(keystore: &KeystorePtr, public: &[u8]) -> bool {
		let public_key = ed25519::Public::try_from(public).unwrap();
		let vote = (0u8, [7u8; 32], 7u32, 7u64, 7u64).encode();
		let signs = keystore.ed25519_sign(GRANDPA, &public_key, &vote).unwrap().is_some();
		assert_eq!(keystore.has_keys(&[(public.to_vec(), GRANDPA)]), signs);
		signs
	}

	async fn nobody() -> View {
		View { caught_up: false, best: 0, finalized: 0, age: None }
	}

	fn votes_after_start(folder: &Path, seed: &str, is_other: bool) -> bool {
		let (keystore, public) = keystore(seed);
		let (voter, _) = voter(folder, Some(b"chain"), keystore, is_other, nobody).unwrap();
		votes(&voter, &public)
	}

	#[test]
	fn only_keys_that_voted_on_another_database_are_silent() {
		let folder = tempfile::tempdir().unwrap();
		let start = |seed, is_other| votes_after_start(folder.path(), seed, is_other);
		assert!(start("//Alice", true), "a new chain");
		assert!(start("//Alice", false), "a restart");
		assert!(!start("//Alice", true), "a restored node");
		assert!(!start("//Alice", false), "restarted before the abstention ended");
		assert!(!start("//Alice", true), "restored again, without a vote in between");
		assert!(start("//Bob", true), "new keys");
		assert!(!start("//Bob", true));
		assert!(!start("//Alice", true));
	}

	#[test]
	fn removing_the_list_ends_an_abstention_for_good() {
		let folder = tempfile::tempdir().unwrap();
		let start = |seed, is_other| votes_after_start(folder.path(), seed, is_other);
		assert!(start("//Alice", false));
		assert!(!start("//Alice", true));
		assert!(start("//Bob", false), "other keys");
		assert!(!start("//Alice", false), "their start did not end it");
		fs::remove_file(folder.path().join("salus/voted")).unwrap();
		assert!(start("//Alice", false), "the operator lets it vote");
		assert!(start("//Alice", false), "a restart");
		assert!(!start("//Alice", true), "a restored node");
	}

	#[test]
	fn a_node_does_not_vote_twice_on_a_database_that_forgot_a_vote() {
		let folder = tempfile::tempdir().unwrap();
		let (keystore, public) = keystore("//Alice");
		let start =
			|| voter(folder.path(), Some(b"chain"), keystore.clone(), false, nobody).unwrap().0;
		let sign = |voter: &KeystorePtr, block: u8| {
			let public_key = ed25519::Public::try_from(&public[..]).unwrap();
			let vote = (1u8, [block; 32], 7u32, 9u64, 0u64).encode();
			voter.ed25519_sign(GRANDPA, &public_key, &vote).unwrap().is_some()
		};
		assert!(sign(&start(), 1));
		let put_back = start();
		assert!(put_back.has_keys(&[(public.clone(), GRANDPA)]));
		assert!(!sign(&put_back, 2));
		assert!(!sign(&put_back, 1), "it is silent from then on");
		assert!(!put_back.has_keys(&[(public.clone(), GRANDPA)]));
		assert!(!start().has_keys(&[(public, GRANDPA)]), "the next start abstains");
	}

	/// The watch once removed the mark of an abstention that began beside it.
	#[tokio::test]
	async fn an_abstention_that_begins_while_the_node_runs_lasts() {
		let folder = tempfile::tempdir().unwrap();
		let (keystore, public) = keystore("//Alice");
		let (silent, watch) =
			voter(folder.path(), Some(b"chain"), keystore.clone(), false, nobody).unwrap();
		let public_key = ed25519::Public::try_from(&public[..]).unwrap();
		let sign = |block: u8| {
			let vote = (1u8, [block; 32], 7u32, 9u64, 0u64).encode();
			silent.ed25519_sign(GRANDPA, &public_key, &vote).unwrap().is_some()
		};
		let watch = tokio::spawn(watch);
		assert!(sign(1));
		assert!(!sign(2));
		tokio::time::timeout(SOON, watch).await.expect("nothing is left to watch").unwrap();
		assert!(!sign(1));
		assert!(Voted::new(folder.path()).abstains().unwrap());
	}

	#[test]
	fn a_vote_that_cannot_be_recorded_is_not_signed() {
		let folder = tempfile::tempdir().unwrap();
		let (keystore, public) = keystore("//Alice");
		let start =
			|| voter(folder.path(), Some(b"chain"), keystore.clone(), false, nobody).unwrap().0;
		let voter = start();
		let in_the_way = folder.path().join("salus/votes.new");
		fs::create_dir(&in_the_way).unwrap();
		assert!(!votes(&voter, &public));
		fs::remove_dir(in_the_way).unwrap();
		assert!(!votes(&voter, &public), "it is silent until it ends");
		assert!(votes(&start(), &public), "no vote was forgotten");
	}

	#[test]
	fn only_other_validators_are_witnesses_of_a_vote() {
		assert!(!has_witnesses(true, true, 4), "a development key");
		assert!(!has_witnesses(false, false, 1), "the only validator");
		assert!(has_witnesses(false, false, 2));
		assert!(has_witnesses(false, true, 1), "others may have joined the founder since");
	}

	/// A database that only keeps its mark.
	#[derive(Clone, Default)]
	struct Database(RefCell<BTreeMap<Vec<u8>, Vec<u8>>>);

	impl AuxStore for Database {
		fn insert_aux<
			'a,
			'b: 'a,
			'c: 'a,
			I: IntoIterator<Item = &'a (&'c [u8], &'c [u8])>,
			D: IntoIterator<Item = &'a &'b [u8]>,
		>(
			&self,
			insert: I,
			_: D,
		) -> sp_blockchain::Result<()> {
			let notes = insert.into_iter().map(|(key, note)| (key.to_vec(), note.to_vec()));
			self.0.borrow_mut().extend(notes);
			Ok(())
		}
		fn get_aux(&self, key: &[u8]) -> sp_blockchain::Result<Option<Vec<u8>>> {
			Ok(self.0.borrow().get(key).cloned())
		}
	}

	#[test]
	fn only_the_database_of_the_last_votes_is_recognised() {
		let folder = tempfile::tempdir().unwrap();
		let is_other = |database: &Database, is_empty| {
			Marked::new(database, folder.path()).is_other(is_empty).unwrap()
		};
		let start = |database: &Database| Marked::new(database, folder.path()).mark().unwrap();
		let database = Database::default();
		assert!(is_other(&database, true));
		assert!(!is_other(&database, false), "an earlier release left no marks");
		start(&database);
		assert!(!is_other(&database, false), "a restart");
		assert!(is_other(&Database::default(), true), "restored without a database");
		assert!(is_other(&Database::default(), false), "filled as an observer since then");
		let snapshot = database.clone();
		assert!(!is_other(&snapshot, false));
		start(&database);
		assert!(is_other(&snapshot, false), "it lacks the votes since");
		start(&snapshot);
		assert!(is_other(&database, false), "the keys vote on the copy now");
	}

	/// A copy that was made since the last start has the same mark.
	#[test]
	fn a_copy_without_the_last_votes_is_noticed() {
		let folder = tempfile::tempdir().unwrap();
		let database = Database::default();
		let (keystore, public) = keystore("//Alice");
		let start = |database: &Database| {
			let marked = Marked::new(database, folder.path());
			let is_other = marked.lacks_votes().unwrap();
			let (voter, _) =
				voter(folder.path(), Some(b"chain"), keystore.clone(), is_other, nobody).unwrap();
			marked.mark().unwrap();
			votes(&voter, &public)
		};
		assert!(start(&database));
		assert!(start(&database), "a restart");
		let file = votes::file(folder.path());
		fs::remove_file(&file).unwrap();
		// A start that cannot note the abstention leaves everything for the next one.
		let mark = Voted::new(folder.path()).mark();
		fs::create_dir(&mark).unwrap();
		assert!(Marked::new(&database, folder.path()).lacks_votes().unwrap());
		assert!(voter(folder.path(), Some(b"chain"), keystore.clone(), true, nobody).is_err());
		assert!(!file.exists());
		fs::remove_dir(&mark).unwrap();
		assert!(!start(&database));
		assert!(!start(&database), "restarted before the abstention ended");
	}

	/// Time since the node started, which made every final block in these tests newer.
	const RUN: Duration = Duration::from_secs(100);

	#[test]
	fn the_wait_ends_once_a_later_block_is_final() {
		let age = Some(Duration::from_secs(1));
		let view = |caught_up, best, finalized| View { caught_up, best, finalized, age };
		let mut wait = Wait::default();
		let mut poll = |view| wait.poll(view, RUN);
		assert!(!poll(view(true, 0, 0)), "one poll is not enough");
		assert!(!poll(view(false, 100, 0)));
		assert!(!poll(view(false, 100, 90)));
		assert!(!poll(view(true, 100, 98)));
		assert!(!poll(view(true, 101, 99)), "the count starts here");
		assert!(!poll(view(true, 102, 101)));
		assert!(poll(view(true, 103, 102)));
		// The node waits while finality stalls.
		let mut wait = Wait::default();
		for best in 100..1_000 {
			assert!(!wait.poll(view(true, best, 50), RUN));
		}
	}

	/// The honest nodes came later, and the clock was late by the time that finality was stalled.
	#[test]
	fn a_late_clock_and_peers_with_short_chains_do_not_end_the_wait() {
		let mut wait = Wait::default();
		let mut poll = |seconds, best, finalized| {
			let view = View { caught_up: true, best, finalized, age: Some(Duration::ZERO) };
			wait.poll(view, Duration::from_secs(seconds))
		};
		assert!(!poll(20, 9, 0));
		assert!(!poll(22, 9, 0), "the count starts here, at nine");
		assert!(!poll(24, 1_140, 1_134), "they were not the chain");
		assert!(!poll(26, 1_142, 1_134), "the count starts here");
		for seconds in (28..60).step_by(2) {
			assert!(!poll(seconds, 1_114 + seconds as u32, 1_134));
		}
		assert!(poll(62, 1_176, 1_175));
	}

	/// Three fresh nodes that connected before the honest ones ended an abstention.
	#[test]
	fn peers_with_short_chains_do_not_end_the_wait() {
		let view = |best, finalized, age| View {
			caught_up: true,
			best,
			finalized,
			age: Some(Duration::from_secs(age)),
		};
		let mut wait = Wait::default();
		assert!(!wait.poll(view(9, 0, 90), RUN));
		assert!(!wait.poll(view(9, 0, 90), RUN), "the count starts here, at nine");
		// The honest nodes' chain, whose finality has been stalled since before the start.
		assert!(!wait.poll(view(900, 750, 101), RUN));
		assert!(!wait.poll(view(900, 750, 111), RUN + Duration::from_secs(10)), "again");
		assert!(!wait.poll(view(901, 751, 99), RUN));
		assert!(wait.poll(view(902, 901, 99), RUN));
	}

	/// The synchronisation names a best block only while peers are ahead.
	#[test]
	fn a_node_with_peers_that_are_not_ahead_has_caught_up() {
		let view = |number, ahead| View::new(Some(Peers { number, ahead }), 100, 90, None);
		let caught_up = View { caught_up: true, best: 100, finalized: 90, age: None };
		assert_eq!(view(3, None), caught_up);
		assert_eq!(view(3, Some(103)), View { best: 103, ..caught_up });
		assert!(!view(3, Some(104)).caught_up);
		assert!(!view(0, None).caught_up, "it knows nobody's chain yet");
		assert!(!View::new(None, 100, 90, None).caught_up);
	}

	#[tokio::test]
	async fn a_restored_node_votes_again_when_it_is_safe() {
		let folder = tempfile::tempdir().unwrap();
		let (keystore, public) = keystore("//Alice");
		drop(voter(folder.path(), Some(b"chain"), keystore.clone(), false, nobody).unwrap());
		let finalized = Arc::new(AtomicU32::new(7));
		let seen = finalized.clone();
		let (restored, watch) =
			voter(folder.path(), Some(b"chain"), keystore.clone(), true, move || {
				let finalized = seen.load(Ordering::SeqCst);
				async move { View { caught_up: true, best: 10, finalized, age: Some(Duration::ZERO) } }
			})
			.unwrap();
		let watch = tokio::spawn(watch);
		tokio::time::sleep(20 * POLL).await;
		assert!(!votes(&restored, &public));
		finalized.store(11, Ordering::SeqCst);
		// `votes` compares two answers, between which the abstention must not end.
		let may_vote = async {
			while !restored.has_keys(&[(public.clone(), GRANDPA)]) {
				tokio::time::sleep(POLL).await;
			}
		};
		tokio::time::timeout(SOON, may_vote).await.expect("the abstention does not end");
		assert!(votes(&restored, &public));
		watch.abort();
		let (restarted, _) = voter(folder.path(), Some(b"chain"), keystore, false, nobody).unwrap();
		assert!(votes(&restarted, &public), "the abstention has ended");
	}
}
