//! State that the tasks of the worker share: the chain, the vaults, and the statements and shares
//! made from them.

use std::{collections::HashMap, path::PathBuf, sync::Arc};

use salus_primitives::{Epoch, EpochInfo, EpochPhase, MemberIndex, RequestId};
use sp_core::sr25519::Public;
use sp_keystore::KeystorePtr;
use tokio::task::spawn_blocking;

use super::{
	chain::{At, Chain, ChainError, Said},
	member::{self, Forming, Held, MemberError},
	metrics::Metrics,
	vault::{Vault, VaultError, KEY_TYPE},
	LOG_TARGET,
};
use crate::{clock::now_ms, errors::causes};

/// Interval, in finalised blocks, after which a statement is repeated if the chain does not show
/// it.
pub const AGAIN: u32 = 10;

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
pub(super) struct Seat {
	pub(super) epoch: Epoch,
	pub(super) index: MemberIndex,
	pub(super) id: Public,
}

/// Work that is left for a release, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Served {
	/// Nothing.
	Done,
	/// The share was posted, and the finalised chain does not show it yet.
	Posted,
	/// The share must not be released at present, which may change.
	Withheld,
}

/// Identity of a statement: kind, epoch or request, and member.
pub(super) type Key = (u8, u64, MemberIndex);

/// State shared by the worker and its tasks.
pub(super) struct Shared<C> {
	pub(super) chain: Arc<C>,
	pub(super) keystore: KeystorePtr,
	pub(super) folder: PathBuf,
	pub(super) metrics: Option<Metrics>,
	pub(super) said: parking_lot::Mutex<HashMap<Key, u32>>,
	pub(super) vaults: parking_lot::Mutex<HashMap<Public, Arc<Vault>>>,
}

impl<C: Chain> Shared<C> {
	pub(super) fn vault(&self, id: &Public) -> Result<Arc<Vault>, VaultError> {
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
	pub(super) fn is_due(&self, key: Key, at: At) -> bool {
		self.said.lock().get(&key).is_none_or(|when| at.number.saturating_sub(*when) >= AGAIN)
	}

	/// Returns whether an epoch has the key of an earlier one.
	fn has_key_of(&self, at: At, epoch: Epoch, earlier: Epoch) -> Result<bool, WorkerError> {
		if epoch == earlier {
			return Ok(true);
		}
		let [one, other] = [self.chain.epoch_key(at, epoch)?, self.chain.epoch_key(at, earlier)?];
		Ok(one.zip(other).is_some_and(|(one, other)| one.origin == other.origin))
	}

	/// Returns an epoch with the one whose key it takes over.
	fn forming(&self, at: At, info: &EpochInfo) -> Result<Forming, WorkerError> {
		let key = self.chain.epoch_key(at, info.epoch)?;
		let previous = match key.and_then(|key| key.previous) {
			Some(previous) => self.chain.epoch(at, previous)?,
			None => None,
		};
		Ok(Forming { info: info.clone(), previous })
	}

	/// Returns the member's statement for this phase. Secrets it depends on are on disk before.
	pub(super) fn part(
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
				let key = member::announcement(vault, genesis, info, index).map_err(failed)?;
				Ok(Some(Said::Announce { epoch, index, key }))
			}
			EpochPhase::Dealing => {
				let forming = self.forming(at, info)?;
				let dealing = member::dealing(vault, genesis, &forming, index).map_err(failed)?;
				Ok(dealing.map(|dealing| Said::Deal { epoch, index, dealing }))
			}
			EpochPhase::Confirming => {
				let dealings = self.chain.dealings(at, epoch)?;
				let forming = self.forming(at, info)?;
				let outcome = member::outcome(genesis, &forming, &dealings).map_err(failed)?;
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
			EpochPhase::Active | EpochPhase::Superseded => {
				let dealings = self.chain.dealings(at, epoch)?;
				let forming = self.forming(at, info)?;
				let outcome = member::outcome(genesis, &forming, &dealings).map_err(failed)?;
				if Some(outcome.public_bytes().map_err(failed)?) != info.public {
					return Err(failed(MemberError::OtherKey));
				}
				outcome.keep_share(vault, info, index).map_err(failed)?;
				Ok(None)
			}
			EpochPhase::Abandoned => Ok(None),
		}
	}

	pub(super) async fn say(
		&self,
		at: At,
		key: Key,
		id: Public,
		said: Said,
	) -> Result<(), WorkerError> {
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

	/// Makes and posts a seat's share of a release. Returns what is left to do.
	pub(super) async fn serve_seat(
		self: Arc<Self>,
		at: At,
		request: RequestId,
		seat: Seat,
		held: Arc<Held>,
	) -> Result<Served, WorkerError> {
		let key = (3, request, seat.index);
		if !self.is_due(key, at) {
			return Ok(Served::Posted);
		}
		let Some(details) = self.chain.release(at, request)? else {
			return Ok(Served::Done);
		};
		if details.shares.iter().any(|(member, _)| *member == seat.index) {
			return Ok(Served::Done);
		}
		let release = details.release;
		// The chain's clock shows whether the release has expired. The local clock shows whether
		// this node's view of the chain is too old to know.
		if now_ms() >= release.expires || !self.chain.release_stands(at, request)? {
			return Ok(Served::Withheld);
		}
		let Some(sealed) = self.chain.sealed_key(at, release.record, release.version)? else {
			return Ok(Served::Withheld);
		};
		if !self.has_key_of(at, release.epoch, sealed.epoch)? {
			return Ok(Served::Withheld);
		}
		let genesis = self.chain.genesis();
		let made = spawn_blocking(move || member::share(&held, genesis, &release, &sealed))
			.await
			.map_err(|_| WorkerError::Stopping)?;
		let share = match made {
			Ok(share) => share,
			// A retry would fail too: the author sealed badly, or the reader's key is invalid.
			Err(error) if is_final(&error) => {
				log::warn!(
					target: LOG_TARGET,
					"request {request}: cannot make a share: {}",
					causes(&error),
				);
				return Ok(Served::Done);
			}
			Err(source) => {
				return Err(WorkerError::Member { epoch: seat.epoch, index: seat.index, source })
			}
		};
		let said = Said::Share { request, epoch: seat.epoch, index: seat.index, share };
		self.say(at, key, seat.id, said).await?;
		if let Some(metrics) = &self.metrics {
			metrics.shares.inc();
		}
		Ok(Served::Posted)
	}
}

/// Returns whether a stored secret is of no use: it does not open, is not what it should be, or
/// belongs to another key. A failure to read it may pass, and a newer release may know its format.
pub(super) fn is_spoilt(error: &MemberError) -> bool {
	use salus_threshold::Error;
	match error {
		MemberError::Vault(error) => matches!(error, VaultError::Refused(_)),
		MemberError::OtherKey | MemberError::UnreadableDealing => true,
		MemberError::Threshold(error) => matches!(
			error,
			Error::Malformed { what: "secret share" | "dealing secret" | "member secret" }
		),
		_ => false,
	}
}

/// Returns whether a share of a release can never be made, because of what others sealed or sent.
fn is_final(error: &MemberError) -> bool {
	use salus_threshold::Error;
	match error {
		MemberError::Threshold(error) => matches!(
			error,
			Error::SealedKeyRefused
				| Error::Malformed { .. }
				| Error::UnknownFormat { .. }
				| Error::OtherEpoch { what: "sealed key" }
		),
		MemberError::Delivery(error) => matches!(error, salus_envelope::Error::WeakPublicKey),
		_ => false,
	}
}

/// Returns the key of a phase's statement. Each phase has one.
pub(super) fn form_key(info: &EpochInfo, seat: Seat) -> Key {
	let kind = match info.phase {
		EpochPhase::Announcing => 0,
		EpochPhase::Dealing => 1,
		EpochPhase::Confirming => 2,
		_ => 4,
	};
	(kind, info.epoch.into(), seat.index)
}
