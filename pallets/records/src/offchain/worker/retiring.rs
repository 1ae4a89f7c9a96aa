//! Retiring the replicas of absent nodes, so that other nodes take their place. Present nodes take
//! turns at it.

use super::{Worker, HOLDINGS_SEEN};
use crate::{
	offchain::{local, CLAIMS, LOG_TARGET, RETIRE},
	Call, Config, Holdings, Pallet, Versions,
};
use alloc::vec::Vec;
use frame_support::BoundedVec;
use salus_primitives::{RecordId, StorageClaim, Version};
use sp_core::hexdisplay::HexDisplay;

impl<T: Config> Worker<'_, '_, T> {
	/// Retires replicas of an absent node, if it is this node's turn. One node acts at a time, and
	/// every present node gets its turn, so that the work is done even if some nodes cannot do it.
	pub(super) fn retire_absent(&mut self) {
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
}

/// End of a search through an absent node's replicas.
#[derive(PartialEq, Eq)]
enum End {
	/// The node has no replicas.
	Empty,
	/// After this replica; more follow.
	Further(RecordId, Version),
	/// At the last replica, or once enough were found.
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
