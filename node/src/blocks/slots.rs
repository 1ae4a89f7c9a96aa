//! The record of headers by slot, by which the SDK sees that a slot was filled twice.

use codec::{Decode, Encode};
use sc_client_api::AuxStore;
use sp_consensus_aura::Slot;

/// Key in the database of the first slot whose headers the SDK keeps to see that a slot was filled
/// twice (`sc-consensus-slots`).
const FIRST_KEPT_SLOT: &[u8] = b"slot_header_start";

/// Number of slots after which the kept headers are worthless (100,000 are about a day). The SDK
/// keeps the headers of 1,000 slots.
const FAR: u64 = 100_000;

/// Moves the first slot whose headers are kept, if it is far behind. The SDK would delete slot by
/// slot up to the current one. When the length of a slot changes, the numbers of slots jump by
/// hundreds of millions, and the check of the next block would never end. After months offline, it
/// would take gigabytes of memory.
pub fn forget_far_slots(store: &impl AuxStore, now: Slot) -> sp_blockchain::Result<()> {
	let first = store.get_aux(FIRST_KEPT_SLOT)?;
	let first = first.and_then(|bytes| Slot::decode(&mut &bytes[..]).ok());
	if first.is_some_and(|first| now.saturating_sub(*first) > FAR) {
		store.insert_aux(&[(FIRST_KEPT_SLOT, &now.encode()[..])], &[])?;
	}
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_runtime::{opaque::Block, Header};
	use sc_client_api::in_mem::Blockchain;
	use sc_consensus_slots::check_equivocation;
	use sp_runtime::traits::Header as _;

	fn header(number: u32) -> Header {
		let (none, parent) = Default::default();
		Header::new(number, none, none, parent, Default::default())
	}

	fn first_kept(store: &Blockchain<Block>) -> Slot {
		let bytes = store.get_aux(FIRST_KEPT_SLOT).unwrap().unwrap();
		Slot::decode(&mut &bytes[..]).unwrap()
	}

	#[test]
	fn a_jump_of_slots_does_not_stop_the_check_of_blocks() {
		let store = Blockchain::<Block>::new();
		let author = [1u8; 32];
		let before = Slot::from(900_000_000);
		check_equivocation(&store, before, before, &header(1), &author).unwrap();
		assert_eq!(first_kept(&store), before);

		// The length of a slot is halved.
		let after = Slot::from(1_800_000_000);
		forget_far_slots(&store, after).unwrap();
		check_equivocation(&store, after, after, &header(2), &author).unwrap();
		assert_eq!(first_kept(&store), after);

		// A second block in the slot is still found.
		let second = check_equivocation(&store, after, after, &header(3), &author).unwrap();
		assert!(second.is_some_and(|proof| proof.offender == author));
	}

	#[test]
	fn a_start_that_is_near_stays() {
		let store = Blockchain::<Block>::new();
		forget_far_slots(&store, Slot::from(FAR)).unwrap();
		assert_eq!(store.get_aux(FIRST_KEPT_SLOT).unwrap(), None);
		let first = Slot::from(7);
		check_equivocation(&store, first, first, &header(1), &[1u8; 32]).unwrap();
		forget_far_slots(&store, first + FAR).unwrap();
		assert_eq!(first_kept(&store), first);
	}
}
