//! Pins: each follows the chain's state until its replica is final. A pin that the chain does not
//! need is undone.

use super::Worker;
use crate::{
	offchain::{
		local::{self, Pin, Standing},
		CLAIMS, LOG_TARGET, PINS,
	},
	Call, Config, Removals, Replicas, Versions,
};
use alloc::vec::Vec;
use frame_support::BoundedVec;
use salus_primitives::{Cid, RootUse, StorageClaim};

/// Number of blocks for which a pin that the chain does not need waits for the node to remove its
/// blocks, if there are many of them.
const GONE: u32 = 256;

impl<T: Config> Worker<'_, '_, T> {
	/// Moves each pin to its state on the chain, and drops final ones.
	pub(super) fn follow_pins(&mut self, uploads: &[(Cid, u64)]) {
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

	/// Returns whether the worker no longer follows an unpinned root whose removal waits for
	/// another record that keeps its blocks. These roots must not take room from pins that are to
	/// be confirmed, and the chain expects no confirmation of them.
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
	pub(super) fn claim_pinned(&mut self) {
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

	/// Stores the state of the pins for these versions.
	pub(super) fn set_pins(&mut self, claims: &[StorageClaim], standing: Standing) {
		self.stored.add_pins(claims.iter().map(|claim| Pin {
			record: claim.record,
			version: claim.version,
			root: claim.root,
			standing: standing.clone(),
		}));
	}
}
