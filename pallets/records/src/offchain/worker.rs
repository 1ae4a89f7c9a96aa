//! What one run does: remove what was erased, follow what is pinned, push what is staged, tell the chain; and say that this
//! node is there, what it lost, and who is not there any more.

use super::{
	kubo::{is_raw, Endpoint, Fault},
	local::{self, Pin, Push, Standing, Stored},
	Shift, CLAIMS, IN_FLIGHT, LOG_TARGET, RESUBMIT, RETIRE, SETTLED, TURN,
};
use crate::{
	AbsenceLimit, Call, Config, Holdings, Pallet, Peers, Removals, Replicas, Roots, StorageNodes,
	Versions,
};
use alloc::vec::Vec;
use frame_support::{traits::Get, BoundedVec};
use frame_system::offchain::{Account, SendSignedTransaction, Signer};
use salus_primitives::{Cid, RootUse, StorageClaim};
use sp_core::hexdisplay::HexDisplay;

/// How many removals are looked at for those that are final.
const REMOVALS_SEEN: usize = 256;
/// How many replicas of an absent node are looked at for those that others hold too.
const HOLDINGS_SEEN: usize = 16_384;

/// What came of an upload's turn.
enum Outcome {
	/// There is more to move.
	More,
	/// It is pinned.
	Pinned,
}

/// A staged upload that is registered and has no replica of ours.
struct Upload {
	root: Cid,
	size: u64,
	claim: StorageClaim,
	registered_size: u64,
}

pub(super) struct Worker<'a, 'b, T: Config> {
	account: Account<T>,
	now: u32,
	finalized: Option<u32>,
	staging: Endpoint,
	ipfs: Endpoint,
	shift: Shift<'a, 'b>,
	stored: Stored,
	submitted: bool,
	pinned: u32,
}

impl<'a, 'b, T: Config> Worker<'a, 'b, T> {
	pub(super) fn new(
		account: Account<T>,
		now: u32,
		staging: Endpoint,
		ipfs: Endpoint,
		shift: Shift<'a, 'b>,
		stored: Stored,
	) -> Self {
		let finalized = local::finalized();
		let submitted = is_waiting::<T>(&account, now);
		Self {
			account,
			now,
			finalized,
			staging,
			ipfs,
			shift,
			stored,
			submitted,
			pinned: 0,
		}
	}

	pub(super) fn work(mut self) {
		let uploads = local::uploads();
		self.stored
			.retain_pushes(|root| uploads.iter().any(|(staged, _)| staged == root));
		// Whatever else there is to tell: whom nobody knows gets no blocks, and who is silent for too long loses its replicas.
		self.name_peer();
		self.announce(2);
		self.remove_erased(&uploads);
		self.follow_pins(&uploads);
		self.claim_pinned();
		self.withdraw_lost();
		self.push_staged(uploads);
		if self.pinned > 0 {
			log::info!(target: LOG_TARGET, "pushed and pinned {} uploads", self.pinned);
		}
		self.claim_pinned();
		self.announce(4);
		self.retire_absent();
	}

	/// Says as which peer this node is known, when that is not what the chain says.
	fn name_peer(&mut self) {
		let Some(peer) = local::peer() else { return };
		if !self.submitted && Peers::<T>::get(&self.account.id) != Some(peer) {
			self.submit(0, Call::set_peer { peer });
		}
	}

	/// Says that this node is there, when so large a part of the absence limit has gone by since it last did.
	fn announce(&mut self, part: u32) {
		let due = AbsenceLimit::<T>::get().checked_div(part).unwrap_or(1);
		let silent = StorageNodes::<T>::get(&self.account.id)
			.is_none_or(|seen| self.now.saturating_sub(seen) >= due);
		if silent && !self.submitted {
			self.submit(0, Call::announce {});
		}
	}

	/// Tells the chain what this node found that it does not hold any more, and nobody could give back.
	fn withdraw_lost(&mut self) {
		if self.submitted {
			return;
		}
		let claims: Vec<_> = local::lost()
			.into_iter()
			.filter_map(|root| {
				let RootUse { record, version } = Roots::<T>::get(root)?;
				let held = Replicas::<T>::contains_key((&record, version, &self.account.id));
				held.then_some(StorageClaim {
					record,
					version,
					root,
				})
			})
			.take(CLAIMS as usize)
			.collect();
		if !claims.is_empty() {
			log::warn!(target: LOG_TARGET, "this node lost {} versions, and tells the chain", claims.len());
			let claims = BoundedVec::truncate_from(claims);
			self.submit(claims.len(), Call::withdraw_replica { claims });
		}
	}

	/// Takes replicas of an absent node off, if it is this node's turn: one does at a time, and each has its turn, so that
	/// it is done also while some cannot.
	fn retire_absent(&mut self) {
		if self.submitted {
			return;
		}
		let (present, absent): (Vec<_>, Vec<_>) = Pallet::<T>::storage_nodes()
			.into_iter()
			.partition(|node| node.present);
		let Some(turn) = self
			.now
			.checked_div(RETIRE)
			.and_then(|round| round.checked_rem(present.len() as u32))
		else {
			return;
		};
		if present.get(turn as usize).map(|node| &node.node) != Some(&self.account.id) {
			return;
		}
		for gone in absent {
			let held = Holdings::<T>::iter_key_prefix((&gone.node,)).take(HOLDINGS_SEEN);
			let mut none = true;
			// The last replica stays on the list, for who is away may be the only one to have it.
			let claims: Vec<_> = held
				.inspect(|_| none = false)
				.filter_map(|(record, version)| {
					let info = Versions::<T>::get(record, version)?;
					(info.replicas > 1).then_some(StorageClaim {
						record,
						version,
						root: info.content.root,
					})
				})
				.take(CLAIMS as usize)
				.collect();
			if claims.is_empty() && !none {
				continue;
			}
			log::info!(
				target: LOG_TARGET,
				"storage node 0x{:?} is absent: {} of its replicas are taken off",
				HexDisplay::from(&codec::Encode::encode(&gone.node)),
				claims.len(),
			);
			let claims = BoundedVec::truncate_from(claims);
			let node = gone.node;
			return self.submit(claims.len(), Call::retire_replicas { node, claims });
		}
	}

	/// Whether a block cannot be undone any more.
	fn is_final(&self, block: u32) -> bool {
		match self.finalized {
			Some(finalized) => block <= finalized,
			None => block.saturating_add(SETTLED) <= self.now,
		}
	}

	/// Unpins replicas of erased records, and those that others keep in this node's place, and tells the chain.
	fn remove_erased(&mut self, uploads: &[(Cid, u64)]) {
		if self.submitted || !self.stored.removals().is_due(self.now) {
			return;
		}
		let mut claims = Vec::new();
		let mut backoff = self.stored.removals().clone();
		let target = Pallet::<T>::current_target();
		let removals = Removals::<T>::iter_prefix((self.account.id.clone(),)).take(REMOVALS_SEEN);
		for ((record, version), removal) in removals {
			if !self.is_final(removal.block) {
				continue;
			}
			if claims.len() >= CLAIMS as usize || !self.shift.proceed() {
				break;
			}
			let own = RootUse { record, version };
			// Of a live record, which others keep in this node's place.
			if Roots::<T>::get(removal.root).as_ref() == Some(&own) {
				match self.is_needed(&own, &removal.root, uploads, target) {
					Ok(true) => continue,
					Ok(false) => {}
					Err(fault) => {
						backoff.fail(self.now);
						log::warn!(target: LOG_TARGET, "cannot look {} up: {fault}", removal.root);
						break;
					}
				}
			}
			match self.unpin(&removal.root, &own) {
				Ok(()) => {
					backoff = Default::default();
					claims.push(StorageClaim {
						record,
						version,
						root: removal.root,
					});
				}
				Err(fault) => {
					backoff.fail(self.now);
					log::warn!(target: LOG_TARGET, "cannot unpin {}: {fault}", removal.root);
					break;
				}
			}
		}
		self.stored.set_removals(backoff);
		if !claims.is_empty() {
			log::info!(target: LOG_TARGET, "unpinned {} versions", claims.len());
			let claims = BoundedVec::truncate_from(claims);
			self.submit(claims.len(), Call::confirm_removed { claims });
		}
	}

	/// Whether this node had better keep what was taken off it while it was away: it is about to hold it anew; or it still
	/// holds it and others are too few, and then it claims it again.
	fn is_needed(
		&mut self,
		version: &RootUse,
		root: &Cid,
		uploads: &[(Cid, u64)],
		target: u32,
	) -> Result<bool, Fault> {
		let staged = uploads.iter().any(|(staged, _)| staged == root);
		if staged || self.stored.pins().iter().any(|pin| pin.root == *root) {
			return Ok(true);
		}
		let RootUse { record, version } = *version;
		let enough = Versions::<T>::get(record, version).is_none_or(|info| info.replicas >= target);
		if enough || self.stored.pins_are_full() || !self.ipfs.has(root)? {
			return Ok(false);
		}
		// It was never unpinned. Whether every block is still there the node finds out by itself.
		self.stored.set_pin(Pin {
			record,
			version,
			root: *root,
			standing: Standing::Pinned,
		});
		Ok(true)
	}

	/// Unpins a root, unless a live record other than `own` uses it by now.
	fn unpin(&self, root: &Cid, own: &RootUse) -> Result<(), Fault> {
		match Roots::<T>::get(root) {
			Some(user) if user != *own => Ok(()),
			_ => self.ipfs.unpin(root),
		}
	}

	/// Moves each pin to where the chain says that it stands, and lets go of those that are final.
	fn follow_pins(&mut self, uploads: &[(Cid, u64)]) {
		let mut pins = Vec::with_capacity(self.stored.pins().len());
		let mut backoff = self.stored.removals().clone();
		for mut pin in self.stored.pins().to_vec() {
			pin.standing = self.standing(&pin);
			let unpin = match pin.standing {
				Standing::Confirmed(since) if self.is_final(since) => continue,
				Standing::Gone(since) => self.is_final(since),
				// Neither pinned for sure nor staged any more: nothing will come of it.
				Standing::Pinning => !uploads.iter().any(|(root, _)| *root == pin.root),
				_ => false,
			};
			if unpin && backoff.is_due(self.now) && self.shift.proceed() {
				let own = RootUse {
					record: pin.record,
					version: pin.version,
				};
				match self.unpin(&pin.root, &own) {
					Ok(()) => continue,
					Err(fault) => {
						backoff.fail(self.now);
						log::warn!(target: LOG_TARGET, "cannot unpin {}: {fault}", pin.root);
					}
				}
			}
			pins.push(pin);
		}
		self.stored.set_removals(backoff);
		self.stored.set_pins(pins);
	}

	/// Where the chain says that a pin stands.
	fn standing(&self, pin: &Pin) -> Standing {
		let replica = (&pin.record, pin.version, &self.account.id);
		let confirmed = Replicas::<T>::contains_key(replica);
		// What is erased, or held by enough others, needs no pin.
		let needed = Versions::<T>::get(pin.record, pin.version).is_some_and(|info| {
			info.content.root == pin.root && (confirmed || info.replicas < T::MaxReplicas::get())
		});
		match pin.standing {
			Standing::Gone(since) if !needed => Standing::Gone(since),
			_ if !needed => Standing::Gone(self.now),
			Standing::Confirmed(since) if confirmed => Standing::Confirmed(since),
			_ if confirmed => Standing::Confirmed(self.now),
			Standing::Pinned | Standing::Confirmed(_) => Standing::Pinned,
			// Back from the dead: whether it was pinned by then is not known any more.
			Standing::Pinning | Standing::Gone(_) => Standing::Pinning,
		}
	}

	/// Tells the chain what is pinned.
	fn claim_pinned(&mut self) {
		if self.submitted {
			return;
		}
		let claims: Vec<_> = self
			.stored
			.pins()
			.iter()
			.filter(|pin| pin.standing == Standing::Pinned)
			.take(CLAIMS as usize)
			.map(|pin| StorageClaim {
				record: pin.record,
				version: pin.version,
				root: pin.root,
			})
			.collect();
		if !claims.is_empty() {
			let claims = BoundedVec::truncate_from(claims);
			self.submit(claims.len(), Call::confirm_stored { claims });
		}
	}

	/// Sends a transaction about so many versions. Nothing else is sent before it is included or given up.
	fn submit(&mut self, count: usize, call: Call<T>) {
		let nonce = frame_system::Pallet::<T>::account_nonce(&self.account.id);
		local::set_submission(self.now, &nonce);
		self.submitted = true;
		let signer = Signer::<T, T::AuthorityId>::any_account();
		match signer.send_single_signed_transaction(&self.account, call) {
			Some(Ok(())) => {
				log::debug!(target: LOG_TARGET, "told the chain about {count} versions")
			}
			Some(Err(())) => log::warn!(
				target: LOG_TARGET,
				"the transaction pool refused what this node tells the chain; it tries again"
			),
			None => log::error!(target: LOG_TARGET, "cannot sign with the storage node's key"),
		}
	}

	/// Gives each staged upload that is due a turn after another, until all are pinned or time is up.
	fn push_staged(&mut self, uploads: Vec<(Cid, u64)>) {
		let mut waiting: Vec<_> = uploads
			.into_iter()
			.filter_map(|(root, size)| self.due(root, size))
			.collect();
		if let Some(at) =
			local::turn().and_then(|last| waiting.iter().position(|upload| upload.root == last))
		{
			// The one that had the last turn comes last.
			waiting.rotate_left(at.saturating_add(1));
		}
		// A failure goes to the back: what goes wrong again and again, however often, delays nothing that may go well.
		waiting.sort_by_cached_key(|upload| self.stored.push(&upload.root).backoff.failures);
		while !waiting.is_empty() {
			let mut more = Vec::new();
			for upload in waiting {
				if self.stored.pins_are_full() || !self.shift.proceed() {
					return;
				}
				match self.give_turn(&upload) {
					Ok(Outcome::More) => {
						local::set_turn(&upload.root);
						more.push(upload);
					}
					Ok(Outcome::Pinned) => {
						log::debug!(target: LOG_TARGET, "pinned {}", upload.root);
						self.pinned = self.pinned.saturating_add(1);
						self.claim_pinned();
					}
					Err(Fault::Unlocked) => return,
					Err(fault) => {
						self.put_off(&upload.root, &fault);
						if fault.is_general() {
							return;
						}
					}
				}
			}
			waiting = more;
		}
	}

	/// An upload, if it is this node's to push now.
	fn due(&self, root: Cid, size: u64) -> Option<Upload> {
		let RootUse { record, version } = Roots::<T>::get(root)?;
		let info = Versions::<T>::get(record, version)?;
		let enough = info.replicas >= T::MaxReplicas::get();
		let held = Replicas::<T>::contains_key((&record, version, &self.account.id));
		let pinned = self
			.stored
			.pins()
			.iter()
			.any(|pin| pin.root == root && pin.standing != Standing::Pinning);
		if enough || held || pinned || !self.stored.push(&root).backoff.is_due(self.now) {
			return None;
		}
		let claim = StorageClaim {
			record,
			version,
			root,
		};
		Some(Upload {
			root,
			size,
			claim,
			registered_size: info.content.size,
		})
	}

	/// Moves some of an upload's blocks; after the last ones, pins it.
	fn give_turn(&mut self, upload: &Upload) -> Result<Outcome, Fault> {
		let root = &upload.root;
		if upload.size != upload.registered_size {
			return Err(Fault::WrongSize);
		}
		let mut push = self.stored.push(root);
		if !is_raw(root) {
			let listing = match self.staging.refs(root, push.done, push.last.as_ref(), TURN) {
				Err(Fault::Moved) => {
					// Begin anew: what IPFS has, it takes twice.
					push = Push {
						done: 0,
						last: None,
						..push
					};
					self.staging.refs(root, 0, None, TURN)?
				}
				listing => listing?,
			};
			let all = self.transfer(&mut push, &listing.refs)?;
			if !all || !listing.complete {
				return Ok(Outcome::More);
			}
		}
		// The root goes last, and always: so that its size is known.
		let gets = self.staging.start_gets(&[*root])?;
		let blocks = self.staging.finish_gets(&[*root], gets)?;
		let size = blocks.iter().map(|block| block.len() as u64).sum();
		let puts = self.ipfs.start_puts(&[*root], blocks)?;
		self.ipfs.finish_puts(&[*root], puts)?;
		self.pin(upload, size)?;
		Ok(Outcome::Pinned)
	}

	/// Moves blocks: while IPFS takes some, the next ones are fetched. Gives whether all were moved.
	fn transfer(&mut self, push: &mut Push, cids: &[Cid]) -> Result<bool, Fault> {
		let mut windows = cids.chunks(IN_FLIGHT);
		let Some(mut window) = windows.next() else {
			return Ok(true);
		};
		let mut gets = self.staging.start_gets(window)?;
		loop {
			let blocks = self.staging.finish_gets(window, gets)?;
			let puts = self.ipfs.start_puts(window, blocks)?;
			let next = windows.next();
			let proceed = self.shift.proceed();
			let next_gets = next
				.filter(|_| proceed)
				.map(|next| self.staging.start_gets(next));
			self.ipfs.finish_puts(window, puts)?;
			push.done = push.done.saturating_add(window.len() as u32);
			push.last = window.last().copied();
			push.backoff = Default::default();
			self.stored.set_push(push.clone());
			match (next, next_gets) {
				(Some(next), Some(next_gets)) => {
					window = next;
					gets = next_gets?;
				}
				(next, _) => return Ok(next.is_none()),
			}
		}
	}

	/// Pins an upload whose blocks IPFS has.
	fn pin(&mut self, upload: &Upload, root_size: u64) -> Result<(), Fault> {
		let Upload { root, claim, .. } = upload;
		let mut pin = Pin {
			record: claim.record,
			version: claim.version,
			root: *root,
			standing: Standing::Pinning,
		};
		if !self.shift.keep() {
			return Err(Fault::Unlocked);
		}
		// Before IPFS is asked: a pin that nobody remembers would never be undone.
		self.stored.set_pin(pin.clone());
		let shift = &mut self.shift;
		let pinned = self.ipfs.pin(root, || shift.keep());
		let pinned = pinned.and_then(|()| self.ipfs.stat(root, root_size));
		if let Err(fault) = pinned {
			// IPFS may have lost blocks that it had: move all of them again.
			if !fault.is_general() {
				let push = self.stored.push(root);
				self.stored.set_push(Push {
					done: 0,
					last: None,
					..push
				});
			}
			return Err(fault);
		}
		pin.standing = Standing::Pinned;
		self.stored.set_pin(pin);
		self.stored.retain_pushes(|known| known != root);
		Ok(())
	}

	/// Counts an upload's failure.
	fn put_off(&mut self, root: &Cid, fault: &Fault) {
		let mut push = self.stored.push(root);
		push.backoff.fail(self.now);
		let blocks = push.backoff.retry.saturating_sub(self.now);
		log::warn!(target: LOG_TARGET, "cannot push {root} yet: {fault}; next attempt in {blocks} blocks");
		self.stored.set_push(push);
	}
}

/// Whether the last transaction is neither included nor given up.
fn is_waiting<T: Config>(account: &Account<T>, now: u32) -> bool {
	let Some((block, nonce)) = local::submission::<T::Nonce>() else {
		return false;
	};
	let given_up = now.saturating_sub(block) >= RESUBMIT || block > now.saturating_add(RESUBMIT);
	!given_up && frame_system::Pallet::<T>::account_nonce(&account.id) <= nonce
}
