//! The steps of one run. The worker names the node's peer and announces the node, has erased
//! content removed, follows its pins, confirms pinned versions, reports lost ones, pushes staged
//! uploads, and retires the replicas of absent nodes.

use super::{
	kubo::{is_raw, Endpoint, Fault},
	local::{self, Pin, Push, Standing, Stored, Window},
	turns::{Owner, Turns, Waiting},
	Shift, CLAIMS, IN_FLIGHT, LOG_TARGET, PINS, RESUBMIT, RETIRE, SETTLED, TURN,
};
use crate::{
	AbsenceLimit, Call, Config, Holdings, Pallet, Peers, Removal, Removals, Replicas, StorageNodes,
	Versions,
};
use alloc::vec::Vec;
use frame_support::BoundedVec;
use frame_system::offchain::{Account, SendSignedTransaction, Signer};
use salus_primitives::{
	Cid, OrganisationId, RecordId, RootUse, StorageClaim, Version, VersionInfo,
};
use sp_core::hexdisplay::HexDisplay;

/// Maximum number of owed removals in progress at a time.
pub(crate) const REMOVALS_SEEN: usize = 256;
/// Number of blocks after which other removals get their turn, if there are more than can be in
/// progress. The node takes less than this for [`REMOVALS_SEEN`] of them.
pub(crate) const ROTATE: u32 = 32;
/// Number of blocks for which a pin that the chain does not need waits for the node to remove its
/// blocks, if there are many of them.
const GONE: u32 = 256;
/// Interval, in blocks, at which the worker checks a version that it only keeps.
const KEPT_LOOK: u32 = 64;
/// Maximum number of an absent node's replicas that the worker searches for versions that others
/// hold too, and of its own removals that it searches for due ones.
pub(crate) const HOLDINGS_SEEN: usize = 16_384;

/// Result of an upload's turn.
enum Outcome {
	/// There are more blocks to move.
	More,
	/// The upload is pinned.
	Pinned,
}

/// A staged upload that is registered and of which this node has no replica yet.
struct Upload<AccountId> {
	root: Cid,
	size: u64,
	/// Owners of the versions to be confirmed.
	owners: Vec<Owner<AccountId>>,
	/// Versions to be confirmed.
	claims: Vec<StorageClaim>,
	registered_size: u64,
}

pub(super) struct Worker<'a, 'b, T: Config> {
	account: Account<T>,
	/// Organisation at which the account is a storage node.
	organisation: Option<OrganisationId>,
	/// Roots that the node reports as lost.
	lost: Vec<Cid>,
	/// Roots of which the node must remove what is left. `None` until this run has searched for
	/// them.
	removing: Option<Vec<Cid>>,
	now: u32,
	finalized: Option<u32>,
	staging: Endpoint,
	ipfs: Endpoint,
	shift: Shift<'a, 'b>,
	stored: Stored,
	submitted: bool,
	pinned: u32,
	/// Number of blocks that IPFS took in this turn.
	moved: u32,
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
			organisation: Pallet::<T>::organisation_of(&account.id),
			lost: local::lost(),
			removing: None,
			account,
			now,
			finalized,
			staging,
			ipfs,
			shift,
			stored,
			submitted,
			pinned: 0,
			moved: 0,
		}
	}

	pub(super) fn work(mut self) {
		let uploads = local::uploads();
		self.stored.retain_pushes(|root| uploads.iter().any(|(staged, _)| staged == root));
		// These come before any other call: a node whose peer is unknown gets no blocks, and a node
		// that is silent for too long loses its replicas.
		self.name_peer();
		self.announce(2);
		self.remove_erased(&uploads);
		self.follow_pins(&uploads);
		self.claim_pinned();
		self.withdraw_lost(&uploads);
		self.push_staged(uploads);
		if self.pinned > 0 {
			log::info!(target: LOG_TARGET, "pushed and pinned {} uploads", self.pinned);
		}
		self.claim_pinned();
		self.announce(4);
		self.retire_absent();
	}

	/// Does what a node owes after its admission ended: it removes erased content. Its pins stay, in
	/// case it is admitted again.
	pub(super) fn finish(mut self) {
		self.remove_erased(&local::uploads());
		self.ask_for_removals();
	}

	/// Names this node's peer on the chain, if the chain has another or none.
	fn name_peer(&mut self) {
		let Some(peer) = local::peer() else { return };
		if !self.submitted && Peers::<T>::get(&self.account.id) != Some(peer) {
			self.submit(0, Call::set_peer { peer });
		}
	}

	/// Announces this node, if 1/`part` of the absence limit has passed since it last announced
	/// itself.
	fn announce(&mut self, part: u32) {
		let due = AbsenceLimit::<T>::get().checked_div(part).unwrap_or(1);
		let silent = StorageNodes::<T>::get(&self.account.id)
			.is_none_or(|seen| self.now.saturating_sub(seen) >= due);
		if silent && !self.submitted {
			self.submit(0, Call::announce {});
		}
	}

	/// Reports to the chain the versions that this node lost and no peer could give back.
	fn withdraw_lost(&mut self, uploads: &[(Cid, u64)]) {
		if self.submitted {
			return;
		}
		let claims: Vec<_> = self
			.lost
			.iter()
			// A staged root is about to be complete again.
			.filter(|root| !uploads.iter().any(|(staged, _)| staged == *root))
			.flat_map(|root| Pallet::<T>::root_uses(root).map(move |user| (*root, user)))
			.filter_map(|(root, RootUse { record, version })| {
				let held = Replicas::<T>::contains_key((&record, version, &self.account.id));
				held.then_some(StorageClaim { record, version, root })
			})
			.take(CLAIMS as usize)
			.collect();
		if !claims.is_empty() {
			log::warn!(target: LOG_TARGET, "this node lost {} versions; reporting them to the chain", claims.len());
			let claims = BoundedVec::truncate_from(claims);
			self.submit(claims.len(), Call::withdraw_replica { claims });
		}
	}

	/// Retires replicas of an absent node, if it is this node's turn. One node acts at a time, and
	/// every present node gets its turn, so that the work is done even if some nodes cannot do it.
	fn retire_absent(&mut self) {
		if self.submitted {
			return;
		}
		let (present, absent): (Vec<_>, Vec<_>) =
			Pallet::<T>::storage_nodes().into_iter().partition(|node| node.present);
		let Some(turn) =
			self.now.checked_div(RETIRE).and_then(|round| round.checked_rem(present.len() as u32))
		else {
			return;
		};
		if present.get(turn as usize).map(|node| &node.node) != Some(&self.account.id) {
			return;
		}
		let mut places = local::retiring();
		places.retain(|(node, ..)| absent.iter().any(|gone| gone.node == *node));
		let mut found = None;
		for gone in absent {
			let place = places.iter().position(|(node, ..)| *node == gone.node);
			let after = place.map(|place| places.swap_remove(place));
			let (claims, end) = retirable::<T>(&gone.node, after.as_ref());
			let whole = after.is_none() && end == End::Empty;
			if let End::Further(record, version) = end {
				places.push((gone.node.clone(), record, version));
			}
			if !claims.is_empty() || whole {
				found = Some((gone, claims));
				break;
			}
		}
		local::set_retiring(&places);
		if let Some((gone, claims)) = found {
			log::info!(
				target: LOG_TARGET,
				"storage node 0x{:?} is absent: retiring {} of its replicas",
				HexDisplay::from(&codec::Encode::encode(&gone.node)),
				claims.len(),
			);
			let claims = BoundedVec::truncate_from(claims);
			let node = gone.node;
			self.submit(claims.len(), Call::retire_replicas { node, claims });
		}
	}

	/// Returns whether a block is final.
	fn is_final(&self, block: u32) -> bool {
		match self.finalized {
			Some(finalized) => block <= finalized,
			None => block.saturating_add(SETTLED) <= self.now,
		}
	}

	/// Unpins erased versions, has the node remove their blocks, and confirms finished removals on
	/// the chain.
	fn remove_erased(&mut self, uploads: &[(Cid, u64)]) {
		if self.submitted || !self.stored.removals().is_due(self.now) {
			return;
		}
		let (asked, removed) = (local::removing(), local::removed());
		let (mut claims, mut removing) = (Vec::new(), Vec::new());
		let mut backoff = self.stored.removals().clone();
		let window = local::window();
		// The last one that this run looked at, and whether it looked at all.
		let (mut last, mut all) = (None, true);
		for (seen, ((record, version), removal)) in
			owed_removals::<T>(self.account.id.clone(), &window).enumerate()
		{
			if removing.len() >= REMOVALS_SEEN || seen >= HOLDINGS_SEEN || !self.shift.proceed() {
				all = false;
				break;
			}
			last = Some((record, version));
			if !self.is_final(removal.block) {
				continue;
			}
			let (own, root) = (RootUse { record, version }, removal.root);
			let keeps = match Versions::<T>::get(record, version) {
				_ if self.is_for_another(&root, &own, uploads) => Ok(true),
				Some(info) => self.keep(&own, &info, uploads),
				None => Ok(false),
			};
			let unpinned = match keeps {
				Ok(true) => continue,
				Ok(false) if asked.contains(&root) => Ok(()),
				Ok(false) => self.ipfs.unpin(&root),
				Err(fault) => Err(fault),
			};
			match unpinned {
				Ok(()) => {
					backoff = Default::default();
					removing.push(root);
					// The node lists a root only when nothing of it is left.
					let gone = asked.contains(&root) && removed.contains(&root);
					if gone && claims.len() < CLAIMS as usize {
						claims.push(StorageClaim { record, version, root });
					}
				}
				Err(fault) => {
					backoff.fail(self.now);
					log::warn!(target: LOG_TARGET, "cannot unpin {root}: {fault}");
					if fault.is_general() {
						all = false;
						break;
					}
				}
			}
		}
		self.stored.set_removals(backoff);
		self.removing = Some(removing);
		self.rotate(window, last, all);
		if !claims.is_empty() {
			log::info!(target: LOG_TARGET, "removed {} versions", claims.len());
			let claims = BoundedVec::truncate_from(claims);
			self.submit(claims.len(), Call::confirm_removed { claims });
		}
	}

	/// Moves the window of owed removals on, if it has stood still for long enough and does not
	/// cover all of them. A removal may have to wait for another record that keeps its blocks, and
	/// no number of these may hold up others.
	fn rotate(&self, window: Window, last: Option<(RecordId, Version)>, all: bool) {
		// A later block was seen on a fork or before a revert.
		let stands = self.now.checked_sub(window.since).is_some_and(|blocks| blocks < ROTATE);
		let next = match all {
			true => Window { after: window.after, since: self.now },
			false if stands => return,
			false => Window { after: last.or(window.after), since: self.now },
		};
		if next != local::window() {
			local::set_window(&next);
		}
	}

	/// Returns whether this node keeps what it has left of a live version that was taken off it or
	/// that it partly lost. It keeps the version whatever other nodes claim, because it may be the
	/// only one to have it, and confirms it again if it can.
	fn keep(
		&mut self,
		user: &RootUse,
		info: &VersionInfo<T::AccountId>,
		uploads: &[(Cid, u64)],
	) -> Result<bool, Fault> {
		let RootUse { record, version } = *user;
		let root = &info.content.root;
		if self.is_under_way(root, user, uploads) {
			return Ok(true);
		}
		let claims = !self.lost.contains(root)
			&& !self.stored.pins_are_full()
			&& self.has_room(&record, version, info);
		// There may be many versions that are only kept, so the worker checks each only now and
		// then.
		let turn = u32::from(record.0.first().copied().unwrap_or_default());
		if !claims && self.now.saturating_add(turn).checked_rem(KEPT_LOOK) != Some(0) {
			return Ok(true);
		}
		if !self.ipfs.has(root)? {
			// Without its root block, the rest is of use only together with what another node has
			// left.
			return self.ipfs.is_pinned(root);
		}
		if claims {
			// The node itself finds out whether every block is still there.
			self.stored.set_pin(Pin { record, version, root: *root, standing: Standing::Pinned });
		}
		Ok(true)
	}

	/// Returns whether this version's root is staged, or pinned for it and about to be confirmed.
	fn is_under_way(&self, root: &Cid, user: &RootUse, uploads: &[(Cid, u64)]) -> bool {
		uploads.iter().any(|(staged, _)| staged == root)
			|| self.stored.pins().iter().any(|pin| {
				pin.root == *root && pin.record == user.record && pin.version == user.version
			})
	}

	/// Returns whether this node holds a root, is about to hold it, or keeps it, for a live version
	/// other than `own`.
	fn is_for_another(&self, root: &Cid, own: &RootUse, uploads: &[(Cid, u64)]) -> bool {
		Pallet::<T>::root_uses(root).filter(|user| user != own).any(|user| {
			Replicas::<T>::contains_key((&user.record, user.version, &self.account.id))
				|| Removals::<T>::contains_key((&self.account.id, user.record, user.version))
				|| self.is_under_way(root, &user, uploads)
		})
	}

	/// Returns whether the chain would accept this node's claim to a version.
	fn has_room(
		&self,
		record: &RecordId,
		version: Version,
		info: &VersionInfo<T::AccountId>,
	) -> bool {
		self.organisation.is_some_and(|own| Pallet::<T>::has_room(record, version, info, own))
	}

	/// Returns whether the chain has yet to learn that this node holds a version: as a replica, or
	/// as a further one of an organisation that counts already.
	fn may_claim(
		&self,
		record: &RecordId,
		version: Version,
		info: &VersionInfo<T::AccountId>,
	) -> bool {
		self.has_room(record, version, info)
			|| self.organisation.is_some_and(|own| {
				Pallet::<T>::holder_within(record, version, own).is_some()
					&& !Removals::<T>::contains_key((&self.account.id, record, version))
			})
	}

	/// Moves each pin to its state on the chain, and drops final ones.
	fn follow_pins(&mut self, uploads: &[(Cid, u64)]) {
		let (asked, removed) = (local::removing(), local::removed());
		let mut pins = Vec::with_capacity(self.stored.pins().len());
		let mut backoff = self.stored.removals().clone();
		for mut pin in self.stored.pins().to_vec() {
			pin.standing = self.standing(&pin);
			let unpin = match pin.standing {
				Standing::Confirmed(since) if self.is_final(since) => continue,
				// A staged version stays until the chain knows that this node holds it, or that it
				// is erased.
				Standing::Gone(since) => {
					let lives = Versions::<T>::contains_key(pin.record, pin.version);
					let staged = uploads.iter().any(|(root, _)| *root == pin.root);
					self.is_final(since) && !(lives && staged)
				}
				// The pin may be missing and the upload is no longer staged, so it cannot be
				// completed.
				Standing::Pinning => !uploads.iter().any(|(root, _)| *root == pin.root),
				_ => false,
			};
			let own = RootUse { record: pin.record, version: pin.version };
			if unpin {
				let owed = (&self.account.id, pin.record, pin.version);
				// Either this node lost its place to others and keeps what it has, or it keeps the
				// root for another record.
				if Removals::<T>::contains_key(owed) || self.is_for_another(&pin.root, &own, &[]) {
					continue;
				}
			}
			if unpin && self.removing.is_some() && backoff.is_due(self.now) && self.shift.proceed()
			{
				let known = asked.contains(&pin.root);
				if known && (removed.contains(&pin.root) || self.is_forgotten(&pin)) {
					continue;
				}
				let unpinned = if known { Ok(()) } else { self.ipfs.unpin(&pin.root) };
				match unpinned {
					Ok(()) => self.removing.get_or_insert_default().push(pin.root),
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
		self.ask_for_removals();
	}

	/// Asks the node to remove what is left of the roots that this run found, if it searched for
	/// them.
	fn ask_for_removals(&mut self) {
		if let Some(removing) = self.removing.take().filter(|roots| *roots != local::removing()) {
			local::set_removing(&removing);
		}
	}

	/// Returns whether the worker no longer follows an unpinned root whose removal waits for another
	/// record that keeps its blocks. They may not take the room of pins to be confirmed, and the
	/// chain waits for no confirmation.
	fn is_forgotten(&self, pin: &Pin) -> bool {
		let waited = match pin.standing {
			Standing::Gone(since) => self.now.saturating_sub(since),
			_ => 0,
		};
		waited >= GONE && self.stored.pins().len() >= PINS / 2
	}

	/// Returns the state of a pin, given the chain's state.
	fn standing(&self, pin: &Pin) -> Standing {
		let replica = (&pin.record, pin.version, &self.account.id);
		let confirmed = Replicas::<T>::contains_key(replica);
		// A version that is erased, or that enough other nodes hold, needs no pin.
		let needed = Versions::<T>::get(pin.record, pin.version).is_some_and(|info| {
			info.content.root == pin.root
				&& (confirmed || self.may_claim(&pin.record, pin.version, &info))
		});
		match pin.standing {
			Standing::Gone(since) if !needed => Standing::Gone(since),
			_ if !needed => Standing::Gone(self.now),
			Standing::Confirmed(since) if confirmed => Standing::Confirmed(since),
			_ if confirmed => Standing::Confirmed(self.now),
			Standing::Pinned | Standing::Confirmed(_) => Standing::Pinned,
			// Whether the root is still pinned is unknown.
			Standing::Pinning | Standing::Gone(_) => Standing::Pinning,
		}
	}

	/// Confirms pinned versions on the chain.
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
			.map(|pin| StorageClaim { record: pin.record, version: pin.version, root: pin.root })
			.collect();
		if !claims.is_empty() {
			let claims = BoundedVec::truncate_from(claims);
			self.submit(claims.len(), Call::confirm_stored { claims });
		}
	}

	/// Sends a transaction about `count` versions. No other is sent before it is included or given
	/// up.
	fn submit(&mut self, count: usize, call: Call<T>) {
		let nonce = frame_system::Pallet::<T>::account_nonce(&self.account.id);
		local::set_submission(self.now, &nonce);
		self.submitted = true;
		let signer = Signer::<T, T::AuthorityId>::any_account();
		match signer.send_single_signed_transaction(&self.account, call) {
			Some(Ok(())) => {
				log::debug!(target: LOG_TARGET, "sent a transaction about {count} versions")
			}
			Some(Err(())) => log::warn!(
				target: LOG_TARGET,
				"the transaction pool refused the storage node's transaction; trying again later"
			),
			None => log::error!(target: LOG_TARGET, "cannot sign with the storage node's key"),
		}
	}

	/// Pushes the staged uploads that are due, turn by turn, until all are pinned or time is up.
	fn push_staged(&mut self, uploads: Vec<(Cid, u64)>) {
		let mut waiting: Vec<_> =
			uploads.into_iter().filter_map(|(root, size)| self.due(root, size)).collect();
		let mut turns = local::turns::<T::AccountId>();
		turns.keep(waiting.iter().flat_map(|upload| &upload.owners));
		while let Some((position, owner)) = self.next(&turns, &waiting) {
			if self.stored.pins_are_full() || !self.shift.proceed() {
				return;
			}
			let upload = waiting.remove(position);
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
		let lacking: Vec<_> = Pallet::<T>::root_uses(&root)
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
		let (claims, owners) = lacking
			.into_iter()
			.filter(|(_, registered, _)| *registered == registered_size)
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
		// the record were erased meanwhile.
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
		// The root goes last. It always goes, so that its size is known.
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

	/// Stores the state of the pins for these versions.
	fn set_pins(&mut self, claims: &[StorageClaim], standing: Standing) {
		for claim in claims {
			self.stored.set_pin(Pin {
				record: claim.record,
				version: claim.version,
				root: claim.root,
				standing: standing.clone(),
			});
		}
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

/// Where a search through an absent node's replicas ended.
#[derive(PartialEq, Eq)]
enum End {
	/// The node has none.
	Empty,
	/// After this one. There are more.
	Further(RecordId, Version),
	/// At the last one, or when there were enough.
	Reached,
}

/// Returns replicas of an absent node that may be retired, and where the search for them ended.
///
/// The last replica of a version stays, because the absent node may be the only one to have it.
/// However many of these there are, the next search starts after them.
fn retirable<T: Config>(
	node: &T::AccountId,
	after: Option<&(T::AccountId, RecordId, Version)>,
) -> (Vec<StorageClaim>, End) {
	let held = match after {
		Some(after) => {
			Holdings::<T>::iter_key_prefix_from((node,), Holdings::<T>::hashed_key_for(after))
		}
		None => Holdings::<T>::iter_key_prefix((node,)),
	};
	let (mut claims, mut end) = (Vec::new(), End::Empty);
	for (seen, (record, version)) in held.enumerate() {
		end = End::Reached;
		let elsewhere = Pallet::<T>::is_held_elsewhere(&record, version, node);
		let info = Versions::<T>::get(record, version).filter(|_| elsewhere);
		claims.extend(info.map(|info| StorageClaim { record, version, root: info.content.root }));
		if claims.len() >= CLAIMS as usize {
			break;
		}
		if seen.saturating_add(1) >= HOLDINGS_SEEN {
			end = End::Further(record, version);
			break;
		}
	}
	(claims, end)
}

/// Returns the removals that a node owes, those after the window's start first.
fn owed_removals<T: Config>(
	node: T::AccountId,
	window: &Window,
) -> impl Iterator<Item = ((RecordId, Version), Removal)> {
	let prefix = (node.clone(),);
	let position =
		move |(record, version)| Removals::<T>::hashed_key_for((node.clone(), record, version));
	let start = window.after.map(&position);
	let rest = match &start {
		Some(start) => Removals::<T>::iter_prefix_from(prefix.clone(), start.clone()),
		None => Removals::<T>::iter_prefix(prefix.clone()),
	};
	// The others come last, up to the start.
	let others = start.map(|start| {
		Removals::<T>::iter_prefix(prefix).take_while(move |(key, _)| position(*key) <= start)
	});
	rest.chain(others.into_iter().flatten())
}

/// Returns whether the last transaction is neither included nor given up.
fn is_waiting<T: Config>(account: &Account<T>, now: u32) -> bool {
	let Some((block, nonce)) = local::submission::<T::Nonce>() else {
		return false;
	};
	let given_up = now.saturating_sub(block) >= RESUBMIT || block > now.saturating_add(RESUBMIT);
	!given_up && frame_system::Pallet::<T>::account_nonce(&account.id) <= nonce
}
