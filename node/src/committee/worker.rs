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
	committee_threshold, member_bit, CommitteeMember, Epoch, EpochInfo, EpochKey, EpochPhase,
	Exclusion, MemberIndex,
};
use sp_core::sr25519::Public;
use sp_keystore::KeystorePtr;
use tokio::task::{spawn_blocking, JoinHandle};

use super::{
	chain::{At, Chain, Said},
	earlier,
	member::{self, Held},
	metrics::Metrics,
	shared::{form_key, is_spoilt, Seat, Shared, WorkerError, AGAIN},
	vault::{Kind, Vault, KEY_TYPE},
	LOG_TARGET,
};
use crate::errors::causes;

mod queue;
pub(super) mod releases;

use releases::Releases;

/// Number of blocks for which the shares of a key that was handed on are kept after this node has
/// seen that a later epoch is complete, for releases that were requested before: twice the time for
/// which a release is open.
pub const GRACE: u32 = 7_200;

/// Maximum pause after failures, in blocks. Also the interval at which the worker looks at an epoch
/// that only waits, and counts the versions that are sealed to earlier keys.
pub(super) const LONGEST_PAUSE: u32 = 64;

/// Committee worker of one node.
pub struct Worker<C> {
	shared: Arc<Shared<C>>,
	/// The node's committee keys, as of this turn.
	keys: Vec<Public>,
	/// Shares ready for use, by epoch and seat.
	pub(super) held: HashMap<(Epoch, MemberIndex), Arc<Held>>,
	/// Lost shares, by epoch and seat.
	pub(super) lost: BTreeSet<(Epoch, MemberIndex)>,
	/// Epochs in which only releases remain to be done.
	settled: BTreeSet<Epoch>,
	/// Superseded epochs that only wait for later ones: the latest epoch when they were looked at,
	/// and the block in which they are due again.
	waiting: HashMap<Epoch, (Epoch, u32)>,
	/// Blocks in which this node first saw that an epoch after these is complete.
	completed: HashMap<Epoch, u32>,
	/// Epoch whose key a forming one takes over.
	source: Option<Epoch>,
	/// Block in which the versions that are sealed to earlier keys are counted again.
	count_due: u32,
	/// Epochs with a key in which this node has a seat with a share.
	serving: BTreeMap<Epoch, Vec<Seat>>,
	/// Task of the key generation, which takes seconds of processor time while releases continue,
	/// and the seat for which it works.
	forming: Option<(Seat, JoinHandle<Result<(), WorkerError>>)>,
	/// Seats whose work towards a key failed, with their pauses, so that one does not delay the
	/// others.
	stuck: HashMap<Seat, Pause>,
	/// Releases to serve.
	releases: Releases,
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
			Err(_) => self.extend(now),
		}
	}

	fn extend(&mut self, now: u32) {
		let wait = 1u32.checked_shl(self.failures).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE);
		self.failures = self.failures.saturating_add(1);
		self.until = now.saturating_add(wait);
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
			keys: Vec::new(),
			held: HashMap::new(),
			lost: BTreeSet::new(),
			settled: BTreeSet::new(),
			waiting: HashMap::new(),
			completed: HashMap::new(),
			source: None,
			count_due: 0,
			serving: BTreeMap::new(),
			forming: None,
			stuck: HashMap::new(),
			releases: Releases::default(),
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
			// Of several blocks that have arrived, only the last one counts.
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
		self.keys = self.shared.keystore.sr25519_public_keys(KEY_TYPE);
		if self.keys.is_empty() {
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

	/// Returns whether work on some seat failed and is to be tried again.
	#[cfg(test)]
	pub fn is_stuck(&self) -> bool {
		!self.stuck.is_empty()
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

	fn seats(&self, info: &EpochInfo) -> Vec<Seat> {
		info.members
			.iter()
			.map(|member| Seat {
				epoch: info.epoch,
				index: member.index,
				id: Public::from_raw(member.id),
			})
			.filter(|seat| self.keys.contains(&seat.id))
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

	/// Looks at every unsettled epoch that is due.
	fn look_at_epochs(&mut self, at: At) -> Result<(), WorkerError> {
		let current = self.shared.chain.current_epoch(at)?;
		// The latest first: whether an older share is still of use depends on the later ones.
		for epoch in (1..=current).rev() {
			let waits = self.waiting.get(&epoch);
			let is_due = waits.is_none_or(|(seen, due)| *seen != current || at.number >= *due);
			if self.settled.contains(&epoch) || !is_due {
				continue;
			}
			let Some(info) = self.shared.chain.epoch(at, epoch)? else {
				continue;
			};
			if epoch == current {
				self.source = self.source_of(at, &info)?;
			}
			self.measure(at, &info, epoch == current);
			self.look_at_epoch(at, &info, current);
		}
		if let Some(metrics) = &self.shared.metrics {
			metrics.epochs.set(self.serving.len() as u64);
		}
		self.count_sealed_to_earlier_keys(at);
		Ok(())
	}

	/// Sets the metric of the versions that are sealed to earlier keys, about once a minute. Leaves
	/// it while the chain has not counted them. A failure is logged, and holds up no epoch.
	fn count_sealed_to_earlier_keys(&mut self, at: At) {
		let Some(metrics) = &self.shared.metrics else {
			return;
		};
		if at.number < self.count_due {
			return;
		}
		let counted = earlier::count(&*self.shared.chain, at).map_err(WorkerError::from);
		if let Ok(Some(versions)) = counted {
			metrics.sealed_to_earlier_keys.set(versions);
		}
		self.log(&counted);
		self.count_due = at.number.saturating_add(LONGEST_PAUSE);
	}

	/// Returns the epoch whose key the latest one is about to take over.
	fn source_of(&self, at: At, latest: &EpochInfo) -> Result<Option<Epoch>, WorkerError> {
		if !is_forming(latest) {
			return Ok(None);
		}
		Ok(self.shared.chain.epoch_key(at, latest.epoch)?.and_then(|key| key.previous))
	}

	/// Sets the metrics of the latest and the active epoch.
	fn measure(&self, at: At, info: &EpochInfo, is_latest: bool) {
		let Some(metrics) = &self.shared.metrics else {
			return;
		};
		if is_latest {
			let waits = if is_forming(info) { at.number.saturating_sub(info.since) } else { 0 };
			metrics.forming.set(waits.into());
		}
		if info.phase == EpochPhase::Active {
			let lacks = |member: &&CommitteeMember| !member.confirmed;
			metrics.unconfirmed.set(info.members.iter().filter(lacks).count() as u64);
		}
	}

	/// Does what is due in an epoch, and notes whether it is to be looked at again.
	fn look_at_epoch(&mut self, at: At, info: &EpochInfo, current: Epoch) {
		let epoch = info.epoch;
		let (mut all_done, mut all_wait) = (true, info.phase == EpochPhase::Superseded);
		for seat in self.seats(info) {
			// A failing seat must not delay the others.
			if self.stuck.get(&seat).is_some_and(|pause| !pause.is_over(at.number)) {
				(all_done, all_wait) = (false, false);
				continue;
			}
			// A started task reports its own success or failure.
			match self.look_at_seat(at, info, seat, epoch == current) {
				Ok(is_done) => all_done &= is_done,
				Err(error) => {
					(all_done, all_wait) = (false, false);
					self.note_work(at, seat, &Err(error));
				}
			}
			all_wait &= self.is_settled(info, seat);
		}
		let is_over = matches!(info.phase, EpochPhase::Superseded | EpochPhase::Abandoned);
		// A task that is still running may write a secret of it.
		let is_busy = self.forming.as_ref().is_some_and(|(seat, _)| seat.epoch == epoch);
		self.waiting.remove(&epoch);
		if is_over && all_done && !is_busy {
			self.settled.insert(epoch);
			self.completed.remove(&epoch);
			self.stuck.retain(|seat, _| seat.epoch != epoch);
		} else if all_wait && !is_busy {
			// An epoch that never becomes complete must not cost anything in each block.
			self.waiting.insert(epoch, (current, at.number.saturating_add(LONGEST_PAUSE)));
		}
	}

	/// Does what is due for a seat. Returns whether only releases remain, if the epoch is over.
	fn look_at_seat(
		&mut self,
		at: At,
		info: &EpochInfo,
		seat: Seat,
		is_latest: bool,
	) -> Result<bool, WorkerError> {
		let vault = self.shared.vault(&seat.id)?;
		let Some(own) = info.members.iter().find(|one| one.index == seat.index) else {
			return Ok(true);
		};
		match info.phase {
			EpochPhase::Announcing if own.key.is_none() => self.form(at, info, seat, vault)?,
			EpochPhase::Dealing if own.key.is_some() && !own.dealt => {
				self.form(at, info, seat, vault)?
			}
			EpochPhase::Confirming if own.key.is_some() && !own.confirmed => {
				self.derive(at, info, seat, vault)?
			}
			EpochPhase::Active => {
				self.take_up(at, info, seat, vault, own)?;
				// Even a confirmed share may be lost: an older backup does not have it.
				let is_invalid = own.excluded == Some(Exclusion::InvalidDealing);
				let is_lost = self.lost.contains(&(seat.epoch, seat.index)) && !is_invalid;
				if is_latest && (own.key.is_none() || is_lost || opens_with_too_few(info)) {
					self.rejoin(at, seat);
				}
			}
			EpochPhase::Superseded => {
				let key = self.shared.chain.epoch_key(at, info.epoch)?;
				match key.filter(|key| key.holder != info.epoch) {
					Some(key) if self.is_of_no_use(at, info, seat, &vault, &key)? => {
						self.give_up(seat, &vault)?;
					}
					handed_on => {
						self.take_up(at, info, seat, vault, own)?;
						return Ok(handed_on.is_none() && self.is_settled(info, seat));
					}
				}
			}
			EpochPhase::Abandoned => vault.erase_epoch(info.epoch)?,
			_ => {}
		}
		Ok(true)
	}

	/// Returns whether to destroy the shares of an epoch whose key a later one has taken over:
	/// every member of a later epoch has confirmed that it holds a share, and this node has its
	/// own. Until then they may be needed to hand the key on once more.
	fn is_of_no_use(
		&mut self,
		at: At,
		info: &EpochInfo,
		seat: Seat,
		vault: &Vault,
		key: &EpochKey,
	) -> Result<bool, WorkerError> {
		if key.complete.is_none_or(|complete| complete <= info.epoch) {
			return Ok(false);
		}
		// The share was destroyed before a restart.
		if !self.held.contains_key(&(seat.epoch, seat.index)) && vault.is_without(seat.epoch)? {
			return Ok(true);
		}
		// The chain does not say when that was. After a restart, the time begins again.
		let since = *self.completed.entry(info.epoch).or_insert(at.number);
		if at.number.saturating_sub(since) < GRACE || self.source == Some(info.epoch) {
			return Ok(false);
		}
		let Some(holder) = self.shared.chain.epoch(at, key.holder)? else {
			return Ok(false);
		};
		let holds = |seat: &Seat| self.held.contains_key(&(seat.epoch, seat.index));
		Ok(self.seats(&holder).iter().all(holds))
	}

	/// Returns whether a seat of an epoch that is over needs no more work towards its share.
	fn is_settled(&self, info: &EpochInfo, seat: Seat) -> bool {
		let Some(own) = info.members.iter().find(|one| one.index == seat.index) else {
			return true;
		};
		let place = (seat.epoch, seat.index);
		let expects_none = own.key.is_none() || own.excluded == Some(Exclusion::InvalidDealing);
		expects_none
			|| self.lost.contains(&place)
			|| (own.confirmed && self.held.contains_key(&place))
	}

	/// Destroys the share of an epoch whose key another one has taken over. Anyone who collects
	/// enough of these shares can open the key.
	fn give_up(&mut self, seat: Seat, vault: &Vault) -> Result<(), WorkerError> {
		self.held.remove(&(seat.epoch, seat.index));
		if let Some(seats) = self.serving.get_mut(&seat.epoch) {
			seats.retain(|one| *one != seat);
			if seats.is_empty() {
				self.serving.remove(&seat.epoch);
			}
		}
		let kept = vault.read(seat.epoch, Kind::Share);
		if !matches!(kept, Ok(None)) {
			log::info!(
				target: LOG_TARGET,
				"epoch {}: a later epoch has taken over its key; the share of member {} is destroyed",
				seat.epoch,
				seat.index,
			);
		}
		Ok(vault.erase_epoch(seat.epoch)?)
	}

	/// Prepares the share of an epoch with a key, or derives it and confirms it, if this node was
	/// away during the key generation.
	fn take_up(
		&mut self,
		at: At,
		info: &EpochInfo,
		seat: Seat,
		vault: Arc<Vault>,
		own: &CommitteeMember,
	) -> Result<(), WorkerError> {
		let place = (seat.epoch, seat.index);
		if own.key.is_none() || own.excluded == Some(Exclusion::InvalidDealing) {
			return Ok(());
		}
		if self.held.contains_key(&place) {
			if !own.confirmed {
				self.confirm(at, info, seat);
			}
			return Ok(());
		}
		let failed = |source| WorkerError::Member { epoch: seat.epoch, index: seat.index, source };
		let kept = match member::held(&vault, info) {
			Err(error) if is_spoilt(&error) && info.phase == EpochPhase::Active => {
				let aside = vault.set_aside(seat.epoch)?;
				log::warn!(
					target: LOG_TARGET,
					"epoch {}: the stored share of member {} cannot be used, and is now {}: {}",
					seat.epoch,
					seat.index,
					aside.display(),
					causes(&error),
				);
				None
			}
			kept => kept.map_err(failed)?,
		};
		match kept {
			Some(held) => {
				self.held.insert(place, Arc::new(held));
				self.lost.remove(&place);
				self.serving.entry(seat.epoch).or_default().push(seat);
				// Earlier requests may now be this node's to serve.
				self.releases = Releases::default();
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
			None => self.derive(at, info, seat, vault),
		}
	}

	/// Starts to derive this member's share from the dealings, or notes that it is lost, because
	/// the vault lacks the secrets that belong to what the member posted.
	fn derive(
		&mut self,
		at: At,
		info: &EpochInfo,
		seat: Seat,
		vault: Arc<Vault>,
	) -> Result<(), WorkerError> {
		let (epoch, index) = (seat.epoch, seat.index);
		// Dealings are large, so a lost share is looked for again only now and then.
		let waits = self.lost.contains(&(epoch, index)) && !at.number.is_multiple_of(AGAIN);
		if waits || self.forming.is_some() {
			return Ok(());
		}
		let dealings = self.shared.chain.dealings(at, epoch)?;
		let failed = |source| WorkerError::Member { epoch, index, source };
		let can_derive = match member::can_derive(&vault, info, index, &dealings) {
			// A secret that does not open is as good as none.
			Err(error) if is_spoilt(&error) => false,
			checked => checked.map_err(failed)?,
		};
		if can_derive {
			return self.form(at, info, seat, vault);
		}
		if self.lost.insert((epoch, index)) {
			log::warn!(
				target: LOG_TARGET,
				"epoch {epoch}: the share of member {index} is lost; the others release without it"
			);
		}
		Ok(())
	}

	/// Confirms a share that was derived after the others had decided on the key.
	fn confirm(&mut self, at: At, info: &EpochInfo, seat: Seat) {
		let (epoch, index) = (seat.epoch, seat.index);
		let key = (2, epoch.into(), index);
		if self.forming.is_some() || !self.shared.is_due(key, at) {
			return;
		}
		let Some(public) = info.public.clone() else {
			return;
		};
		let is_invalid =
			|member: &&CommitteeMember| member.excluded == Some(Exclusion::InvalidDealing);
		let invalid = info.members.iter().filter(is_invalid);
		let excluded = invalid.fold(0, |bits, member| bits | member_bit(member.index));
		let shared = self.shared.clone();
		let said = Said::Confirm { epoch, index, excluded, public };
		let task = tokio::spawn(async move { shared.say(at, key, seat.id, said).await });
		self.forming = Some((seat, task));
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
				None => {
					shared.said.lock().insert(form_key(&info, seat), at.number);
					Ok(())
				}
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
}

/// Returns whether an epoch is forming its key.
fn is_forming(info: &EpochInfo) -> bool {
	matches!(info.phase, EpochPhase::Announcing | EpochPhase::Dealing | EpochPhase::Confirming)
}

/// Returns whether absent members lowered the epoch's threshold, as before version 3 of the
/// runtime.
fn opens_with_too_few(info: &EpochInfo) -> bool {
	// At most 16.
	info.threshold < committee_threshold(info.members.len() as u32)
}
