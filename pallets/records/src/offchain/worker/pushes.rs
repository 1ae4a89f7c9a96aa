//! Pushes of staged uploads to IPFS, turn by turn, until they are pinned there.

use super::Worker;
use crate::{
	offchain::{
		kubo::{is_raw, Fault},
		local::{self, Push, Standing},
		turns::{Owner, Turns, Waiting},
		CLAIMS, IN_FLIGHT, LOG_TARGET, TURN,
	},
	Config, Pallet, Replicas, Versions,
};
use alloc::{collections::BTreeMap, vec::Vec};
use salus_primitives::{Cid, RootUse, StorageClaim};

/// Maximum number of an owner's versions of one upload that are confirmed at a time.
const PER_OWNER: usize = 4;

/// Result of an upload's turn.
enum Outcome {
	/// There are more blocks to move.
	More,
	/// The upload is pinned.
	Pinned,
}

/// A staged and registered upload without a replica on this node yet.
struct Upload<AccountId> {
	root: Cid,
	size: u64,
	/// Owners of the versions to be confirmed.
	owners: Vec<Owner<AccountId>>,
	/// Versions to be confirmed.
	claims: Vec<StorageClaim>,
	registered_size: u64,
}

impl<T: Config> Worker<'_, '_, T> {
	/// Pushes the staged uploads that are due, turn by turn, until all are pinned or time is up.
	pub(super) fn push_staged(&mut self, uploads: Vec<(Cid, u64)>) {
		let mut waiting: Vec<_> =
			uploads.into_iter().filter_map(|(root, size)| self.due(root, size)).collect();
		let mut turns = local::turns::<T::AccountId>();
		turns.keep(waiting.iter().flat_map(|upload| &upload.owners));
		while let Some((position, owner)) = self.next(&turns, &waiting) {
			if !self.shift.proceed() {
				return;
			}
			let upload = waiting.remove(position);
			// An upload that began has its pins already.
			let began = self.stored.pins().iter().any(|pin| pin.root == upload.root);
			if self.stored.pins_are_full() && !began {
				continue;
			}
			self.moved = 0;
			let outcome = self.give_turn(&upload);
			// A failed attempt may have taken as long as a whole turn.
			turns.count(&owner, if outcome.is_ok() { self.moved.max(1) } else { TURN });
			local::set_turns(&turns);
			match outcome {
				Ok(Outcome::More) => waiting.insert(position, upload),
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
	}

	/// Returns the position of the upload whose turn it is.
	fn next(
		&self,
		turns: &Turns<T::AccountId>,
		waiting: &[Upload<T::AccountId>],
	) -> Option<(usize, Owner<T::AccountId>)> {
		let waiting: Vec<_> = waiting
			.iter()
			.map(|upload| {
				let push = self.stored.push(&upload.root);
				Waiting { failures: push.backoff.failures, done: push.done, owners: &upload.owners }
			})
			.collect();
		turns.next(&waiting)
	}

	/// Returns an upload, if this node should push it now.
	fn due(&self, root: Cid, size: u64) -> Option<Upload<T::AccountId>> {
		if !self.stored.push(&root).backoff.is_due(self.now) {
			return None;
		}
		let mut lacking: Vec<_> = Pallet::<T>::root_uses(&root)
			.filter_map(|RootUse { record, version }| {
				let info = Versions::<T>::get(record, version)?;
				let held = Replicas::<T>::contains_key((&record, version, &self.account.id));
				let pinned = self.stored.pins().iter().any(|pin| {
					pin.record == record
						&& pin.version == version
						&& pin.standing != Standing::Pinning
				});
				let lacks = !held && !pinned && self.may_claim(&record, version, &info);
				let owner = (info.organisation, info.author);
				lacks.then_some((RootUse { record, version }, info.content.size, owner))
			})
			.collect();
		let first = lacking.first().map(|(_, size, _)| *size)?;
		// Anybody who saw the root in the pool may have registered it with another size.
		let right = lacking.iter().any(|(_, registered, _)| *registered == size);
		let registered_size = if right { size } else { first };
		lacking.retain(|(_, registered, _)| *registered == registered_size);
		// An owner may have registered the root very many times. They must not hide another's, nor
		// take the pins of other uploads.
		let mut counts = BTreeMap::new();
		lacking.retain(|(_, _, owner)| {
			let count: &mut usize = counts.entry(owner.clone()).or_default();
			*count = count.saturating_add(1);
			*count <= PER_OWNER
		});
		let (claims, owners) = lacking
			.into_iter()
			.take(CLAIMS as usize)
			.map(|(RootUse { record, version }, _, owner)| {
				let claim = StorageClaim { record, version, root };
				(claim, owner)
			})
			.unzip();
		Some(Upload { root, size, owners, claims, registered_size })
	}

	/// Moves some of an upload's blocks. After the last one, pins the upload.
	fn give_turn(&mut self, upload: &Upload<T::AccountId>) -> Result<Outcome, Fault> {
		let root = &upload.root;
		if upload.size != upload.registered_size {
			return Err(Fault::WrongSize);
		}
		// Remember the pins before the first block goes out: blocks without a note would stay if
		// the record were erased during the push.
		if self.stored.push(root).done == 0 {
			self.set_pins(&upload.claims, Standing::Pinning);
		}
		let mut push = self.stored.push(root);
		if !is_raw(root) {
			let listing = match self.staging.refs(root, push.done, push.last.as_ref(), TURN) {
				Err(Fault::Moved) => {
					// Start again. IPFS accepts blocks that it already has.
					push = Push { done: 0, last: None, ..push };
					self.staging.refs(root, 0, None, TURN)?
				}
				listing => listing?,
			};
			let all = self.transfer(&mut push, &listing.refs)?;
			if !all || !listing.complete {
				return Ok(Outcome::More);
			}
		}
		// Send the root last, and in any case, so that its size is known.
		let gets = self.staging.start_gets(&[*root])?;
		let blocks = self.staging.finish_gets(&[*root], gets)?;
		let size = blocks.iter().map(|block| block.len() as u64).sum();
		let puts = self.ipfs.start_puts(&[*root], blocks)?;
		self.ipfs.finish_puts(&[*root], puts)?;
		self.moved = self.moved.saturating_add(1);
		self.pin(upload, size)?;
		Ok(Outcome::Pinned)
	}

	/// Moves blocks: fetches the next ones while IPFS takes some. Returns whether all were moved.
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
			let next_gets = next.filter(|_| proceed).map(|next| self.staging.start_gets(next));
			self.ipfs.finish_puts(window, puts)?;
			push.done = push.done.saturating_add(window.len() as u32);
			self.moved = self.moved.saturating_add(window.len() as u32);
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

	/// Pins an upload when IPFS has its blocks.
	fn pin(&mut self, upload: &Upload<T::AccountId>, root_size: u64) -> Result<(), Fault> {
		let Upload { root, claims, .. } = upload;
		if !self.shift.keep() {
			return Err(Fault::Unlocked);
		}
		// Remember the pins before asking IPFS: nobody would ever undo an unknown pin.
		self.set_pins(claims, Standing::Pinning);
		let shift = &mut self.shift;
		let pinned = self.ipfs.pin(root, || shift.keep());
		let pinned = pinned.and_then(|()| self.ipfs.stat(root, root_size));
		if let Err(fault) = pinned {
			// IPFS may have lost blocks that it had, so send all of them again.
			if !fault.is_general() {
				let push = self.stored.push(root);
				self.stored.set_push(Push { done: 0, last: None, ..push });
			}
			return Err(fault);
		}
		self.set_pins(claims, Standing::Pinned);
		self.stored.retain_pushes(|known| known != root);
		Ok(())
	}

	/// Counts an upload's failure and delays its next attempt.
	fn put_off(&mut self, root: &Cid, fault: &Fault) {
		let mut push = self.stored.push(root);
		push.backoff.fail(self.now);
		let blocks = push.backoff.retry.saturating_sub(self.now);
		log::warn!(target: LOG_TARGET, "cannot push {root} yet: {fault}; next attempt in {blocks} blocks");
		self.stored.set_push(push);
	}
}
