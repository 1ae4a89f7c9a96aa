//! A chain in memory, with those rules of the pallet `committee` that the worker relies on.

use std::{
	collections::{BTreeMap, BTreeSet},
	fs,
	path::Path,
	sync::{
		atomic::{AtomicBool, Ordering},
		Arc,
	},
};

use async_trait::async_trait;
use parking_lot::Mutex;
use salus_primitives::{
	committee_threshold, is_excluded, CommitteeMember, Dealing, Epoch, EpochInfo, EpochKey,
	EpochPhase, Exclusion, Hash32, MemberIndex, Purpose, RecordId, Release, ReleaseDetails,
	RequestId, SealedKey, SealedShare, SealedVersions, Version,
};
use sp_core::{sr25519, Pair, H256};
use sp_keystore::{testing::MemoryKeystore, Keystore, KeystorePtr};
use sp_runtime::AccountId32;

use super::{
	chain::{At, Chain, ChainError, Party, Said},
	vault::KEY_TYPE,
	worker::Worker,
};

pub const GENESIS: Hash32 = [7; 32];
pub const RECORD: RecordId = RecordId([1; 32]);

#[derive(Clone)]
pub struct Request {
	pub release: Release<AccountId32>,
	pub sealed: Option<SealedKey>,
	pub stands: bool,
	pub shares: Vec<(MemberIndex, SealedShare)>,
}

/// State of the chain.
#[derive(Clone, Default)]
pub struct State {
	pub epochs: Vec<EpochInfo>,
	pub dealings: Vec<Vec<(MemberIndex, Dealing)>>,
	pub requests: Vec<Request>,
	/// Versions sealed to each key.
	pub sealed: Option<Vec<SealedVersions>>,
	/// Epochs that take over the key of an earlier one.
	pub previous: BTreeMap<Epoch, Epoch>,
	/// Requests that were denied, so that they have no release.
	pub denied: BTreeSet<RequestId>,
	/// Parties of readers; the others are staff of organisation 1.
	pub parties: BTreeMap<AccountId32, Party>,
}

impl State {
	/// Returns whether a member of an epoch can deal.
	fn deals(&self, epoch: Epoch, member: &CommitteeMember) -> bool {
		let Some(previous) = self.previous.get(&epoch) else { return true };
		let before = &self.epochs[*previous as usize - 1].members;
		before.iter().any(|one| one.id == member.id && one.key.is_some())
	}

	fn origin(&self, epoch: Epoch) -> Epoch {
		self.previous.get(&epoch).map_or(epoch, |previous| self.origin(*previous))
	}
}

/// States by number; the last one is not final yet.
#[derive(Default)]
pub struct FakeChain {
	states: Mutex<Vec<Arc<State>>>,
	pub behind: AtomicBool,
	/// Whether statements are lost.
	pub deaf: AtomicBool,
	/// Whether reading the chain fails.
	pub broken: AtomicBool,
	/// Whether counting the versions sealed to each key fails.
	pub uncountable: AtomicBool,
	/// Requests whose shares are refused.
	pub refused: Mutex<BTreeSet<RequestId>>,
	/// All statements, including lost ones.
	pub heard: Mutex<Vec<Said>>,
}

impl FakeChain {
	/// Creates a chain with an epoch of these members.
	pub fn new(members: &[&str]) -> Arc<Self> {
		let chain = Self { states: Mutex::new(vec![Arc::default()]), ..Self::default() };
		chain.open_epoch(members);
		chain.finalise();
		Arc::new(chain)
	}

	pub fn open_epoch(&self, members: &[&str]) {
		self.change(|state| {
			let members: Vec<_> = (1..)
				.zip(members)
				.map(|(index, seed)| CommitteeMember {
					index,
					id: public(seed).0,
					key: None,
					dealt: false,
					confirmed: false,
					excluded: None,
				})
				.collect();
			state.epochs.push(EpochInfo {
				epoch: state.epochs.len() as u32 + 1,
				phase: EpochPhase::Announcing,
				since: 0,
				threshold: committee_threshold(members.len() as u32),
				members,
				public: None,
			});
			state.dealings.push(Vec::new());
		});
	}

	/// Changes the state that is not final yet.
	pub fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
		change(Arc::make_mut(self.states.lock().last_mut().unwrap()))
	}

	pub fn finalise(&self) -> At {
		let mut states = self.states.lock();
		let next = states.last().unwrap().clone();
		states.push(next);
		drop(states);
		self.finalised()
	}

	/// Returns the last final state.
	pub fn state(&self) -> State {
		let states = self.states.lock();
		(*states[states.len() - 2]).clone()
	}

	fn at<R>(&self, at: At, read: impl FnOnce(&State) -> R) -> Result<R, ChainError> {
		if self.broken.load(Ordering::SeqCst) {
			return Err("broken".into());
		}
		let states = self.states.lock();
		let number = at.number as usize;
		assert!(number + 1 < states.len(), "only final states are read");
		Ok(read(&states[number]))
	}

	/// Ends the phase as if its time were over.
	pub fn close_phase(&self, epoch: Epoch) {
		self.change(|state| next_phase(&mut state.epochs[epoch as usize - 1]));
	}

	fn apply(&self, said: Said) {
		self.change(|state| match said {
			Said::Announce { epoch, index, key } => {
				let info = &mut state.epochs[epoch as usize - 1];
				member(info, index).key = Some(key);
				if info.members.iter().all(|member| member.key.is_some()) {
					next_phase(info);
				}
			}
			Said::Deal { epoch, index, dealing } => {
				state.dealings[epoch as usize - 1].push((index, dealing));
				member(&mut state.epochs[epoch as usize - 1], index).dealt = true;
				let info = &state.epochs[epoch as usize - 1];
				let is_done = |one: &CommitteeMember| {
					one.dealt || one.excluded.is_some() || !state.deals(epoch, one)
				};
				if info.members.iter().all(is_done) {
					state.epochs[epoch as usize - 1].phase = EpochPhase::Confirming;
				}
			}
			Said::Confirm { epoch, index, excluded, public } => {
				let info = &mut state.epochs[epoch as usize - 1];
				member(info, index).confirmed = true;
				if info.phase != EpochPhase::Confirming {
					assert_eq!(info.public, Some(public));
					return;
				}
				let confirmed = info.members.iter().filter(|one| one.confirmed).count() as u32;
				if confirmed >= committee_threshold(info.members.len() as u32) {
					for member in &mut info.members {
						if is_excluded(excluded, member.index) {
							member.excluded = Some(Exclusion::InvalidDealing);
						}
					}
					info.phase = EpochPhase::Active;
					info.public = Some(public);
					if let Some(previous) = state.previous.get(&epoch) {
						state.epochs[*previous as usize - 1].phase = EpochPhase::Superseded;
					}
				}
			}
			Said::Share { request, index, share, .. } => {
				state.requests[request as usize - 1].shares.push((index, share))
			}
			Said::Rejoin { epoch, .. } => {
				let ids = state.epochs[epoch as usize - 1].members.clone();
				state.epochs.push(EpochInfo {
					epoch: state.epochs.len() as u32 + 1,
					phase: EpochPhase::Announcing,
					since: 0,
					threshold: committee_threshold(ids.len() as u32),
					members: ids
						.into_iter()
						.map(|member| CommitteeMember {
							key: None,
							dealt: false,
							confirmed: false,
							excluded: None,
							..member
						})
						.collect(),
					public: None,
				});
				state.dealings.push(Vec::new());
			}
		});
	}
}

fn member(info: &mut EpochInfo, index: MemberIndex) -> &mut CommitteeMember {
	&mut info.members[usize::from(index) - 1]
}

fn next_phase(info: &mut EpochInfo) {
	match info.phase {
		EpochPhase::Announcing => {
			for member in &mut info.members {
				if member.key.is_none() {
					member.excluded = Some(Exclusion::NoKey);
				}
			}
			info.phase = EpochPhase::Dealing;
		}
		EpochPhase::Dealing => {
			for member in &mut info.members {
				if !member.dealt && member.excluded.is_none() {
					member.excluded = Some(Exclusion::NoDealing);
				}
			}
			info.phase = EpochPhase::Confirming;
		}
		_ => panic!("the phase has no time limit"),
	}
}

#[async_trait]
impl Chain for FakeChain {
	fn genesis(&self) -> Hash32 {
		GENESIS
	}

	fn finalised(&self) -> At {
		let number = self.states.lock().len() as u32 - 2;
		At { hash: H256::from_low_u64_be(number.into()), number }
	}

	fn is_behind(&self) -> bool {
		self.behind.load(Ordering::SeqCst)
	}

	fn current_epoch(&self, at: At) -> Result<Epoch, ChainError> {
		self.at(at, |state| state.epochs.len() as u32)
	}

	fn epoch(&self, at: At, epoch: Epoch) -> Result<Option<EpochInfo>, ChainError> {
		self.at(at, |state| state.epochs.get(epoch as usize - 1).cloned())
	}

	fn epoch_key(&self, at: At, epoch: Epoch) -> Result<Option<EpochKey>, ChainError> {
		self.at(at, |state| {
			let origin = state.origin(epoch);
			let holds =
				|info: &&EpochInfo| info.public.is_some() && state.origin(info.epoch) == origin;
			let holder = state.epochs.iter().rev().find(holds).map_or(epoch, |info| info.epoch);
			let is_complete =
				|info: &&EpochInfo| holds(info) && info.members.iter().all(|one| one.confirmed);
			let complete = state.epochs.iter().rev().find(is_complete).map(|info| info.epoch);
			let previous = state.previous.get(&epoch).copied();
			Some(EpochKey { origin, previous, holder, others: Vec::new(), complete })
		})
	}

	fn sealed_versions(&self, at: At) -> Result<Option<Vec<SealedVersions>>, ChainError> {
		if self.uncountable.load(Ordering::SeqCst) {
			return Err("uncountable".into());
		}
		self.at(at, |state| state.sealed.clone())
	}

	fn dealings(&self, at: At, epoch: Epoch) -> Result<Vec<(MemberIndex, Dealing)>, ChainError> {
		self.at(at, |state| {
			let mut dealings = state.dealings[epoch as usize - 1].clone();
			dealings.sort_by_key(|(index, _)| *index);
			dealings
		})
	}

	fn last_request(&self, at: At) -> Result<Option<RequestId>, ChainError> {
		self.at(at, |state| Some(state.requests.len() as RequestId))
	}

	fn party(&self, at: At, reader: &AccountId32) -> Result<Party, ChainError> {
		self.at(at, |state| state.parties.get(reader).copied().unwrap_or(Party::Staff(1)))
	}

	fn open_releases(
		&self,
		at: At,
		from: RequestId,
		limit: u32,
	) -> Result<Vec<Release<AccountId32>>, ChainError> {
		self.at(at, |state| {
			state
				.requests
				.iter()
				.map(|request| request.release.clone())
				.filter(|release| {
					release.request >= from && !state.denied.contains(&release.request)
				})
				.take(limit as usize)
				.collect()
		})
	}

	fn release(
		&self,
		at: At,
		request: RequestId,
	) -> Result<Option<ReleaseDetails<AccountId32>>, ChainError> {
		self.at(at, |state| {
			let request = state.requests.get(request as usize - 1)?;
			Some(ReleaseDetails {
				release: request.release.clone(),
				shares: request.shares.clone(),
			})
		})
	}

	fn release_stands(&self, at: At, request: RequestId) -> Result<bool, ChainError> {
		self.at(at, |state| state.requests[request as usize - 1].stands)
	}

	fn sealed_key(
		&self,
		at: At,
		_: RecordId,
		version: Version,
	) -> Result<Option<SealedKey>, ChainError> {
		self.at(at, |state| {
			let of = |request: &&Request| request.release.version == version;
			state.requests.iter().find(of)?.sealed.clone()
		})
	}

	async fn say(&self, said: Said, signature: [u8; 64]) -> Result<(), ChainError> {
		let (epoch, index) = match &said {
			Said::Announce { epoch, index, .. }
			| Said::Deal { epoch, index, .. }
			| Said::Confirm { epoch, index, .. }
			| Said::Share { epoch, index, .. }
			| Said::Rejoin { epoch, index } => (*epoch, *index),
		};
		let id = self
			.change(|state| state.epochs[epoch as usize - 1].members[usize::from(index) - 1].id);
		let message = said.statement().to_sign(&GENESIS);
		let signature = sr25519::Signature::from_raw(signature);
		assert!(sr25519::Pair::verify(&signature, message, &sr25519::Public::from_raw(id)));
		self.heard.lock().push(said.clone());
		if let Said::Share { request, .. } = &said {
			if self.refused.lock().contains(request) {
				return Err("refused".into());
			}
		}
		if !self.deaf.load(Ordering::SeqCst) {
			self.apply(said);
		}
		Ok(())
	}
}

pub fn public(seed: &str) -> sr25519::Public {
	sr25519::Pair::from_string(seed, None).unwrap().public()
}

/// Node of a hospital, with what survives a restart.
pub struct Node {
	pub seed: String,
	pub keystore: KeystorePtr,
	pub folder: tempfile::TempDir,
}

impl Node {
	pub fn new(seed: &str) -> Self {
		let keystore = MemoryKeystore::new();
		keystore.sr25519_generate_new(KEY_TYPE, Some(seed)).unwrap();
		let folder = tempfile::tempdir().unwrap();
		Self { seed: seed.into(), keystore: Arc::new(keystore), folder }
	}

	/// Returns a node with the same key and the same secrets.
	fn copy(&self) -> Self {
		let copy = Self::new(&self.seed);
		let member = Path::new("committee").join(hex::encode(public(&self.seed).0));
		let (from, to) = (self.folder.path().join(&member), copy.folder.path().join(&member));
		fs::create_dir_all(&to).unwrap();
		for entry in fs::read_dir(from).unwrap() {
			let entry = entry.unwrap();
			fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
		}
		copy
	}

	pub fn start(&self, chain: &Arc<FakeChain>) -> Worker<FakeChain> {
		Worker::new(
			chain.clone(),
			self.keystore.clone(),
			self.folder.path().join("committee"),
			None,
		)
	}
}

/// A chain and its nodes at which several tests begin, because a key generation takes long.
pub struct Beginning {
	states: Vec<Arc<State>>,
	heard: Vec<Said>,
	nodes: Vec<Node>,
}

impl Beginning {
	pub fn new(chain: &FakeChain, nodes: Vec<Node>) -> Self {
		Self { states: chain.states.lock().clone(), heard: chain.heard.lock().clone(), nodes }
	}

	/// Returns the chain and its nodes, whose workers start again.
	pub fn copy(&self) -> (Arc<FakeChain>, Vec<Node>, Vec<Worker<FakeChain>>) {
		let chain = Arc::new(FakeChain {
			states: Mutex::new(self.states.clone()),
			heard: Mutex::new(self.heard.clone()),
			..FakeChain::default()
		});
		let nodes: Vec<_> = self.nodes.iter().map(Node::copy).collect();
		let workers = nodes.iter().map(|node| node.start(&chain)).collect();
		(chain, nodes, workers)
	}
}

/// Makes one block: every worker does what is due, and the statements become final.
pub async fn block(chain: &Arc<FakeChain>, workers: &mut [Worker<FakeChain>]) {
	let at = chain.finalised();
	for worker in &mut *workers {
		worker.turn(at).await;
	}
	for worker in workers {
		worker.settle(at).await;
	}
	chain.finalise();
}

/// Makes a number of blocks.
pub async fn blocks(chain: &Arc<FakeChain>, workers: &mut [Worker<FakeChain>], number: u32) {
	for _ in 0..number {
		block(chain, workers).await;
	}
}

/// Returns the public part of an epoch's key.
pub fn epoch_key(chain: &FakeChain, epoch: Epoch) -> salus_threshold::EpochPublic {
	let info = chain.state().epochs[epoch as usize - 1].clone();
	salus_threshold::EpochPublic::from_bytes(&info.public.unwrap()).unwrap()
}

pub const DEK: [u8; 32] = [42; 32];

/// Adds a permitted request for a version that is sealed to the epoch's key. It is not final yet.
pub fn request(chain: &FakeChain, epoch: Epoch, reader_key: [u8; 32]) -> RequestId {
	let public = epoch_key(chain, epoch);
	chain.change(|state| {
		let request = state.requests.len() as u64 + 1;
		let version = request as Version;
		let binding = salus_threshold::Binding { record: RECORD.0, version };
		let sealed = public.seal(&DEK, &binding).unwrap();
		let account = AccountId32::new([3; 32]);
		state.requests.push(Request {
			release: Release {
				request,
				patient: account.clone(),
				index: 0,
				entry: [9; 32],
				reader: account,
				record: RECORD,
				version,
				purpose: Purpose::TREAT,
				reader_key,
				basis: salus_primitives::Basis::Patient,
				epoch,
				threshold: public.threshold().into(),
				shares: 0,
				expires: u64::MAX,
			},
			sealed: Some(SealedKey {
				epoch,
				sealed: sealed.to_bytes().to_vec().try_into().unwrap(),
			}),
			stands: true,
			shares: Vec::new(),
		});
		request
	})
}

/// Repeats a request of the same reader for the same version. The repetitions are not final yet.
pub fn repeat(chain: &FakeChain, request: RequestId, times: usize) {
	chain.change(|state| {
		let one = state.requests[request as usize - 1].clone();
		for _ in 0..times {
			let mut another = one.clone();
			another.release.request = state.requests.len() as RequestId + 1;
			state.requests.push(another);
		}
	});
}

/// Returns the members whose shares of the request are posted.
pub fn posted(chain: &FakeChain, request: RequestId) -> Vec<MemberIndex> {
	let mut members: Vec<_> = chain.state().requests[request as usize - 1]
		.shares
		.iter()
		.map(|(member, _)| *member)
		.collect();
	members.sort_unstable();
	members
}
