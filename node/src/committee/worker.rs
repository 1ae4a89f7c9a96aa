//! The worker: follows finalised blocks, brings epochs to their keys, and makes due shares.
//!
//! It acts only on finalised state and remembers nothing beyond the chain and the vault, so after a
//! restart it continues from them. It repeats a statement after [`AGAIN`] blocks, until the
//! finalised chain shows it.

use std::{
	collections::{BTreeMap, BTreeSet, HashMap},
	path::PathBuf,
	sync::Arc,
};

use futures::{FutureExt, Stream, StreamExt};
use salus_primitives::{
	committee_threshold, Epoch, EpochInfo, EpochPhase, Exclusion, MemberIndex, Release, RequestId,
};
use sp_core::sr25519::Public;
use sp_keystore::KeystorePtr;
use sp_runtime::AccountId32;
use tokio::task::{spawn_blocking, JoinHandle};

use super::{
	chain::{At, Chain, ChainError, Said},
	member::{self, Held, MemberError},
	metrics::Metrics,
	vault::{Kind, Vault, VaultError, KEY_TYPE},
	LOG_TARGET,
};
use crate::{clock::now_ms, errors::causes};

/// Interval, in finalised blocks, after which a statement is repeated if the chain does not show
/// it.
pub const AGAIN: u32 = 10;

/// Number of releases queried at once.
const PAGE: u32 = 256;

/// Number of shares made at once.
const AT_ONCE: usize = 4;

/// Maximum pause after failures, in blocks.
const LONGEST_PAUSE: u32 = 64;

/// Reason why a turn of the worker failed.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
	/// The chain cannot be read, or takes no transactions.
	#[error("the chain does not answer")]
	Chain(#[source] ChainError),
	/// A member cannot do its work.
	#[error("epoch {epoch}, member {index}")]
	Member {
		/// Epoch of the seat.
		epoch: Epoch,
		/// Index of the member.
		index: MemberIndex,
		/// Cause.
		source: MemberError,
	},
	/// The secrets cannot be opened.
	#[error(transparent)]
	Vault(#[from] VaultError),
	/// The keystore does not sign.
	#[error("the keystore does not sign with the committee key {0}")]
	NoSignature(Public),
	/// A task of the worker ended early.
	#[error("the node is stopping")]
	Stopping,
}

impl From<ChainError> for WorkerError {
	fn from(error: ChainError) -> Self {
		Self::Chain(error)
	}
}

/// Seat of an epoch whose key is in this node's keystore.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Seat {
	epoch: Epoch,
	index: MemberIndex,
	id: Public,
}

/// Identity of a statement: kind, epoch or request, and member.
type Key = (u8, u64, MemberIndex);

/// State shared by the worker and its tasks.
struct Shared<C> {
	chain: Arc<C>,
	keystore: KeystorePtr,
	folder: PathBuf,
	metrics: Option<Metrics>,
	said: parking_lot::Mutex<HashMap<Key, u32>>,
	vaults: parking_lot::Mutex<HashMap<Public, Arc<Vault>>>,
}

/// Committee worker of one node.
pub struct Worker<C> {
	shared: Arc<Shared<C>>,
	/// Shares ready for use, by epoch and seat.
	held: HashMap<(Epoch, MemberIndex), Arc<Held>>,
	/// Epochs in which only releases remain to be done.
	settled: BTreeSet<Epoch>,
	/// Epochs with a key in which this node has a seat with a share.
	serving: BTreeMap<Epoch, Vec<Seat>>,
	/// Task of the key generation, which takes seconds of processor time while releases continue,
	/// and the seat for which it works.
	forming: Option<(Seat, JoinHandle<Result<(), WorkerError>>)>,
	/// Seats whose work towards a key failed, with their pauses, so that one does not delay the
	/// others.
	stuck: HashMap<Seat, Pause>,
	/// First request that may not be finished.
	cursor: RequestId,
	/// Finished requests from the cursor on.
	done: BTreeSet<RequestId>,
	/// Failed requests with their pauses, so that one does not delay the others.
	failing: HashMap<RequestId, Pause>,
	releases_pause: Pause,
	epochs_pause: Pause,
	idle_said: bool,
}

/// Pause that doubles with each consecutive failure.
#[derive(Default)]
struct Pause {
	failures: u32,
	until: u32,
}

impl Pause {
	fn is_over(&self, now: u32) -> bool {
		now >= self.until
	}

	fn note<T>(&mut self, now: u32, result: &Result<T, WorkerError>) {
		match result {
			Ok(_) => *self = Self::default(),
			Err(_) => {
				let wait =
					1u32.checked_shl(self.failures).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE);
				self.failures = self.failures.saturating_add(1);
				self.until = now.saturating_add(wait);
			}
		}
	}
}

impl<C: Chain> Worker<C> {
	/// Creates a worker whose secrets are in `folder`.
	pub fn new(
		chain: Arc<C>,
		keystore: KeystorePtr,
		folder: PathBuf,
		metrics: Option<Metrics>,
	) -> Self {
		Self {
			shared: Arc::new(Shared {
				chain,
				keystore,
				folder,
				metrics,
				said: Default::default(),
				vaults: Default::default(),
			}),
			held: HashMap::new(),
			settled: BTreeSet::new(),
			serving: BTreeMap::new(),
			forming: None,
			stuck: HashMap::new(),
			cursor: 1,
			done: BTreeSet::new(),
			failing: HashMap::new(),
			releases_pause: Pause::default(),
			epochs_pause: Pause::default(),
			idle_said: false,
		}
	}

	/// Follows finalised blocks until the stream ends.
	pub async fn run(mut self, finalised: impl Stream<Item = At>) {
		futures::pin_mut!(finalised);
		let mut at = self.shared.chain.finalised();
		loop {
			self.turn(at).await;
			let Some(next) = finalised.next().await else {
				return;
			};
			at = next;
			// If several blocks arrived meanwhile, only the last one counts.
			while let Some(Some(newer)) = finalised.next().now_or_never() {
				at = newer;
			}
		}
	}

	/// Does what is due in this finalised state. Failures are logged and retried at a later block.
	pub async fn turn(&mut self, at: At) {
		if self.shared.chain.is_behind() {
			return;
		}
		if self.keys().is_empty() {
			if !self.idle_said {
				log::info!(
					target: LOG_TARGET,
					"the keystore has no committee key (type `comm`): this node is not in a committee"
				);
				self.idle_said = true;
			}
			return;
		}
		self.idle_said = false;
		self.finish_forming(at).await;
		if self.epochs_pause.is_over(at.number) {
			let result = self.look_at_epochs(at);
			self.epochs_pause.note(at.number, &result);
			self.log(&result);
		}
		if self.releases_pause.is_over(at.number) {
			let result = self.release(at).await;
			self.releases_pause.note(at.number, &result);
			self.log(&result);
		}
		let mut said = self.shared.said.lock();
		said.retain(|_, when| at.number.saturating_sub(*when) < AGAIN);
	}

	/// Waits until no task is running.
	#[cfg(test)]
	pub async fn settle(&mut self, at: At) {
		if let Some((seat, task)) = self.forming.take() {
			self.conclude(at, seat, task).await;
		}
	}

	fn log<T>(&self, result: &Result<T, WorkerError>) {
		if let Err(error) = result {
			log::warn!(target: LOG_TARGET, "{}", causes(error));
			if let Some(metrics) = &self.shared.metrics {
				metrics.errors.inc();
			}
		}
	}

	fn keys(&self) -> Vec<Public> {
		self.shared.keystore.sr25519_public_keys(KEY_TYPE)
	}

	fn seats(&self, info: &EpochInfo) -> Vec<Seat> {
		let keys = self.keys();
		info.members
			.iter()
			.map(|member| Seat {
				epoch: info.epoch,
				index: member.index,
				id: Public::from_raw(member.id),
			})
			.filter(|seat| keys.contains(&seat.id))
			.collect()
	}

	async fn finish_forming(&mut self, at: At) {
		if let Some((seat, task)) = self.forming.take_if(|(_, task)| task.is_finished()) {
			self.conclude(at, seat, task).await;
		}
	}

	/// Takes the result of a finished task.
	async fn conclude(&mut self, at: At, seat: Seat, task: JoinHandle<Result<(), WorkerError>>) {
		let result = task.await.unwrap_or(Err(WorkerError::Stopping));
		self.note_work(at, seat, &result);
	}

	/// Logs a failure of a seat and pauses its work, or ends the pause after a success.
	fn note_work(&mut self, at: At, seat: Seat, result: &Result<(), WorkerError>) {
		self.log(result);
		match result {
			Ok(()) => {
				self.stuck.remove(&seat);
			}
			Err(_) => self.stuck.entry(seat).or_default().note(at.number, result),
		}
	}

	/// Looks at every unsettled epoch.
	fn look_at_epochs(&mut self, at: At) -> Result<(), WorkerError> {
		let current = self.shared.chain.current_epoch(at)?;
		for epoch in 1..=current {
			if self.settled.contains(&epoch) {
				continue;
			}
			let Some(info) = self.shared.chain.epoch(at, epoch)? else {
				continue;
			};
			let mut all_done = true;
			for seat in self.seats(&info) {
				// A failing seat must not delay the others.
				if self.stuck.get(&seat).is_some_and(|pause| !pause.is_over(at.number)) {
					all_done = false;
					continue;
				}
				let result = self.look_at_seat(at, &info, seat, epoch == current);
				// A started task reports its own success or failure.
				if result.is_err() {
					all_done = false;
					self.note_work(at, seat, &result);
				}
			}
			let is_over = matches!(info.phase, EpochPhase::Superseded | EpochPhase::Abandoned);
			if is_over && all_done {
				self.settled.insert(epoch);
				self.stuck.retain(|seat, _| seat.epoch != epoch);
			}
		}
		if let Some(metrics) = &self.shared.metrics {
			metrics.epochs.set(self.serving.len() as u64);
		}
		Ok(())
	}

	fn look_at_seat(
		&mut self,
		at: At,
		info: &EpochInfo,
		seat: Seat,
		is_latest: bool,
	) -> Result<(), WorkerError> {
		let vault = self.shared.vault(&seat.id)?;
		let Some(own) = info.members.iter().find(|one| one.index == seat.index) else {
			return Ok(());
		};
		match info.phase {
			EpochPhase::Announcing if own.key.is_none() => self.form(at, info, seat, vault),
			EpochPhase::Dealing if own.key.is_some() && !own.dealt => {
				self.form(at, info, seat, vault)
			}
			EpochPhase::Confirming if own.key.is_some() && !own.confirmed => {
				self.form(at, info, seat, vault)
			}
			EpochPhase::Active | EpochPhase::Superseded => {
				self.take_up(at, info, seat, vault, own.key.is_some(), own.excluded)?;
				let lacks_a_seat = own.key.is_none() || opens_with_too_few(info);
				if info.phase == EpochPhase::Active && is_latest && lacks_a_seat {
					self.rejoin(at, seat);
				}
				Ok(())
			}
			EpochPhase::Abandoned => Ok(vault.erase_epoch(info.epoch)?),
			_ => Ok(()),
		}
	}

	/// Prepares the share of an epoch with a key, or derives it if this node was away during the
	/// key generation.
	fn take_up(
		&mut self,
		at: At,
		info: &EpochInfo,
		seat: Seat,
		vault: Arc<Vault>,
		announced: bool,
		excluded: Option<Exclusion>,
	) -> Result<(), WorkerError> {
		let place = (seat.epoch, seat.index);
		if self.held.contains_key(&place)
			|| !announced
			|| excluded == Some(Exclusion::InvalidDealing)
		{
			return Ok(());
		}
		let failed = |source| WorkerError::Member { epoch: seat.epoch, index: seat.index, source };
		match member::held(&vault, info).map_err(failed)? {
			Some(held) => {
				self.held.insert(place, Arc::new(held));
				self.serving.entry(seat.epoch).or_default().push(seat);
				// Earlier requests may now be this node's to serve.
				self.cursor = 1;
				self.done.clear();
				// The secrets that the share was made from could only reveal it.
				vault.erase(seat.epoch, Kind::Dealing)?;
				vault.erase(seat.epoch, Kind::Identity)?;
				log::info!(
					target: LOG_TARGET,
					"epoch {}: this node holds the share of member {}",
					seat.epoch,
					seat.index,
				);
				Ok(())
			}
			None if info.phase == EpochPhase::Active => self.form(at, info, seat, vault),
			None => {
				log::warn!(
					target: LOG_TARGET,
					"epoch {}: the share of member {} is lost; the others release without it",
					seat.epoch,
					seat.index,
				);
				Ok(())
			}
		}
	}

	/// Starts this member's work of the phase, one task at a time, alongside the releases.
	fn form(
		&mut self,
		at: At,
		info: &EpochInfo,
		seat: Seat,
		vault: Arc<Vault>,
	) -> Result<(), WorkerError> {
		if self.forming.is_some() || !self.shared.is_due(form_key(info, seat), at) {
			return Ok(());
		}
		let shared = self.shared.clone();
		let info = info.clone();
		let task = tokio::spawn(async move {
			let say = {
				let (shared, info) = (shared.clone(), info.clone());
				spawn_blocking(move || shared.part(at, &info, seat, &vault))
					.await
					.map_err(|_| WorkerError::Stopping)??
			};
			match say {
				Some(say) => shared.say(at, form_key(&info, seat), seat.id, say).await,
				None => Ok(()),
			}
		});
		self.forming = Some((seat, task));
		Ok(())
	}

	/// Requests a new epoch in which this member gets a share.
	fn rejoin(&mut self, at: At, seat: Seat) {
		let (epoch, index) = (seat.epoch, seat.index);
		let key = (5, epoch.into(), index);
		if self.forming.is_some() || !self.shared.is_due(key, at) {
			return;
		}
		log::info!(
			target: LOG_TARGET,
			"epoch {epoch}: member {index} has no share, or the threshold is too low; it requests a new epoch"
		);
		let shared = self.shared.clone();
		let task = tokio::spawn(async move {
			shared.say(at, key, seat.id, Said::Rejoin { epoch, index }).await
		});
		self.forming = Some((seat, task));
	}

	/// Makes due shares.
	async fn release(&mut self, at: At) -> Result<(), WorkerError> {
		if self.serving.is_empty() {
			return Ok(());
		}
		let mut from = self.cursor;
		let mut oldest_open = None;
		loop {
			let page = self.shared.chain.open_releases(at, from, PAGE)?;
			let Some(last) = page.last().map(|release| release.request) else {
				break;
			};
			let is_last = page.len() < PAGE as usize;
			let mut due = Vec::new();
			for release in page {
				let request = release.request;
				if self.done.contains(&request) {
					continue;
				}
				let pause = self.failing.get(&request);
				if pause.is_none_or(|pause| pause.is_over(at.number)) {
					due.push(release);
				} else {
					let oldest = oldest_open.get_or_insert(request);
					*oldest = request.min(*oldest);
				}
			}
			let results: Vec<_> = futures::stream::iter(due)
				.map(|release| self.serve(at, release))
				.buffer_unordered(AT_ONCE)
				.collect()
				.await;
			for (request, result) in results {
				self.log(&result);
				if let Ok(true) = result {
					self.failing.remove(&request);
					self.done.insert(request);
					continue;
				}
				let oldest = oldest_open.get_or_insert(request);
				*oldest = request.min(*oldest);
				match &result {
					Err(_) => self.failing.entry(request).or_default().note(at.number, &result),
					Ok(_) => {
						self.failing.remove(&request);
					}
				}
			}
			from = last.saturating_add(1);
			if is_last {
				break;
			}
		}
		// Requests before the oldest open one need no further check.
		self.cursor = oldest_open.unwrap_or(from);
		self.done = self.done.split_off(&self.cursor);
		let cursor = self.cursor;
		self.failing.retain(|request, _| *request >= cursor);
		Ok(())
	}

	/// Serves a release from each of this node's seats. Returns whether it is finished.
	async fn serve(
		&self,
		at: At,
		release: Release<AccountId32>,
	) -> (RequestId, Result<bool, WorkerError>) {
		let request = release.request;
		let release = Arc::new(release);
		let mut done = true;
		for seat in self.serving.get(&release.epoch).into_iter().flatten() {
			let Some(held) = self.held.get(&(seat.epoch, seat.index)) else {
				continue;
			};
			let shared = self.shared.clone();
			match shared.serve_seat(at, &release, *seat, held.clone()).await {
				Ok(is_done) => done &= is_done,
				Err(error) => return (request, Err(error)),
			}
		}
		(request, Ok(done))
	}
}

impl<C: Chain> Shared<C> {
	fn vault(&self, id: &Public) -> Result<Arc<Vault>, VaultError> {
		let mut vaults = self.vaults.lock();
		if let Some(vault) = vaults.get(id) {
			return Ok(vault.clone());
		}
		let vault = Vault::open(&self.folder, self.chain.genesis(), &*self.keystore, *id)?;
		let vault = Arc::new(vault);
		vaults.insert(*id, vault.clone());
		Ok(vault)
	}

	/// Returns whether a statement was not made in the last [`AGAIN`] blocks.
	fn is_due(&self, key: Key, at: At) -> bool {
		self.said.lock().get(&key).is_none_or(|when| at.number.saturating_sub(*when) >= AGAIN)
	}

	/// Returns the member's statement for this phase. Secrets it depends on are on disk before.
	fn part(
		&self,
		at: At,
		info: &EpochInfo,
		seat: Seat,
		vault: &Vault,
	) -> Result<Option<Said>, WorkerError> {
		let (epoch, index) = (seat.epoch, seat.index);
		let failed = |source| WorkerError::Member { epoch, index, source };
		let genesis = self.chain.genesis();
		match info.phase {
			EpochPhase::Announcing => {
				let key = member::announcement(vault, info).map_err(failed)?;
				Ok(Some(Said::Announce { epoch, index, key }))
			}
			EpochPhase::Dealing => {
				let dealing = member::dealing(vault, genesis, info, index).map_err(failed)?;
				Ok(Some(Said::Deal { epoch, index, dealing }))
			}
			EpochPhase::Confirming => {
				let dealings = self.chain.dealings(at, epoch)?;
				let outcome = member::outcome(genesis, info, &dealings).map_err(failed)?;
				if let Some(metrics) = &self.metrics {
					metrics.bad_dealings.inc_by(outcome.excluded.count_ones().into());
				}
				outcome.keep_share(vault, info, index).map_err(failed)?;
				Ok(Some(Said::Confirm {
					epoch,
					index,
					excluded: outcome.excluded,
					public: outcome.public_bytes().map_err(failed)?,
				}))
			}
			// The others made the key while this node was away.
			EpochPhase::Active => {
				let dealings = self.chain.dealings(at, epoch)?;
				let outcome = member::outcome(genesis, info, &dealings).map_err(failed)?;
				if Some(outcome.public_bytes().map_err(failed)?) != info.public {
					return Err(failed(MemberError::OtherKey));
				}
				outcome.keep_share(vault, info, index).map_err(failed)?;
				Ok(None)
			}
			EpochPhase::Superseded | EpochPhase::Abandoned => Ok(None),
		}
	}

	async fn say(&self, at: At, key: Key, id: Public, said: Said) -> Result<(), WorkerError> {
		let message = said.statement().to_sign(&self.chain.genesis());
		let signature = self
			.keystore
			.sr25519_sign(KEY_TYPE, &id, &message)
			.ok()
			.flatten()
			.ok_or(WorkerError::NoSignature(id))?;
		self.chain.say(said, signature.0).await?;
		self.said.lock().insert(key, at.number);
		Ok(())
	}

	/// Makes and posts a seat's share of a release. Returns whether it is finished.
	async fn serve_seat(
		self: Arc<Self>,
		at: At,
		release: &Arc<Release<AccountId32>>,
		seat: Seat,
		held: Arc<Held>,
	) -> Result<bool, WorkerError> {
		let request = release.request;
		let key = (3, request, seat.index);
		if !self.is_due(key, at) {
			return Ok(false);
		}
		let Some(details) = self.chain.release(at, request)? else {
			return Ok(true);
		};
		if details.shares.iter().any(|(member, _)| *member == seat.index) {
			return Ok(true);
		}
		// The chain's clock shows whether the release has expired. The local clock shows whether
		// this node's view of the chain is too old to know.
		if now_ms() >= release.expires || !self.chain.release_stands(at, request)? {
			return Ok(false);
		}
		let Some(sealed) = self
			.chain
			.sealed_key(at, release.record, release.version)?
			.filter(|sealed| sealed.epoch == release.epoch)
		else {
			return Ok(false);
		};
		let (genesis, release) = (self.chain.genesis(), release.clone());
		let made = spawn_blocking(move || member::share(&held, genesis, &release, &sealed))
			.await
			.map_err(|_| WorkerError::Stopping)?;
		let share = match made {
			Ok(share) => share,
			Err(error) => {
				// A retry would fail too: the author sealed badly, or the reader's key is invalid.
				log::warn!(
					target: LOG_TARGET,
					"request {request}: cannot make a share: {}",
					causes(&error),
				);
				return Ok(true);
			}
		};
		let said = Said::Share { request, epoch: seat.epoch, index: seat.index, share };
		self.say(at, key, seat.id, said).await?;
		if let Some(metrics) = &self.metrics {
			metrics.shares.inc();
		}
		Ok(false)
	}
}

/// Returns whether absent members lowered the epoch's threshold, as before version 3 of the
/// runtime.
fn opens_with_too_few(info: &EpochInfo) -> bool {
	// At most 16.
	info.threshold < committee_threshold(info.members.len() as u32)
}

/// Returns the key of a phase's statement. Each phase has one.
fn form_key(info: &EpochInfo, seat: Seat) -> Key {
	let kind = match info.phase {
		EpochPhase::Announcing => 0,
		EpochPhase::Dealing => 1,
		EpochPhase::Confirming => 2,
		_ => 4,
	};
	(kind, info.epoch.into(), seat.index)
}
