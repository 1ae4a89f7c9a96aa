//! Versions for which a root is registered.
//!
//! The first registration of a root is in [`Roots`], all others are in [`RootUses`]. Only the
//! author of the first may not register the root again. When the first is erased, another takes its
//! place. No on-chain decision iterates over them. The off-chain worker and the reads do, and a
//! root has at most as many registrations as they look at, so nobody can hide a version behind
//! others.

use super::*;
use alloc::vec::Vec;
use frame_support::{ensure, traits::Time};
use sp_runtime::DispatchResult;

/// Maximum number of uses of one root that reads and the off-chain worker look at.
const USES_SEEN: usize = 4_096;

/// Maximum number of further uses of one root. [`USES_SEEN`] has room for those of one more batch,
/// which are checked before they are counted, and for some that were never counted.
pub(crate) const MAX_FURTHER_USES: u32 = 3_840;

impl<T: Config> Pallet<T> {
	/// Ensures that the author may register the root. To keep a client from registering the same
	/// content twice by mistake, the author of the use in [`Roots`] may not.
	pub(crate) fn ensure_root(root: &Cid, author: &T::AccountId) -> DispatchResult {
		let Some(first) = Roots::<T>::get(root) else { return Ok(()) };
		let first = Versions::<T>::get(first.record, first.version);
		ensure!(first.is_none_or(|info| info.author != *author), Error::<T>::RootTaken);
		ensure!(RootUseCounts::<T>::get(root) < MAX_FURTHER_USES, Error::<T>::RootFull);
		Ok(())
	}

	/// Removes a further use of a root.
	fn remove_use(root: &Cid, record: RecordId, version: Version) {
		RootUses::<T>::remove((root, record, version));
		RootUseCounts::<T>::mutate_exists(root, |count| {
			*count = count.and_then(|count| count.checked_sub(1)).filter(|count| *count > 0);
		});
	}

	/// Registers a root for a version.
	pub(crate) fn use_root(root: &Cid, user: RootUse) {
		if Roots::<T>::contains_key(root) {
			RootUses::<T>::insert((root, user.record, user.version), ());
			RootUseCounts::<T>::mutate(root, |count| *count = count.saturating_add(1));
		} else {
			Roots::<T>::insert(root, user);
			ErasedRoots::<T>::remove(root);
		}
	}

	/// Removes an erased version's registration of a root.
	pub(crate) fn release_root(root: &Cid, user: &RootUse) {
		if Roots::<T>::get(root).as_ref() != Some(user) {
			Self::remove_use(root, user.record, user.version);
			return;
		}
		match RootUses::<T>::iter_key_prefix((root,)).next() {
			Some((record, version)) => {
				Self::remove_use(root, record, version);
				Roots::<T>::insert(root, RootUse { record, version });
			}
			None => {
				Roots::<T>::remove(root);
				ErasedRoots::<T>::insert(root, T::Time::now());
			}
		}
	}

	/// Returns the versions for which a root is registered, at most [`USES_SEEN`].
	pub(crate) fn root_uses(root: &Cid) -> impl Iterator<Item = RootUse> {
		let further = RootUses::<T>::iter_key_prefix((root,))
			.map(|(record, version)| RootUse { record, version });
		Roots::<T>::get(root).into_iter().chain(further).take(USES_SEEN)
	}

	/// Returns when the last version with this root was erased; `None` if a live version has it, or
	/// none ever had.
	pub fn erased_root(root: &Cid) -> Option<Moment> {
		ErasedRoots::<T>::get(root)
	}

	/// Returns the version for which a root is registered; of several, the one with the most
	/// replicas.
	pub fn root(root: &Cid) -> Option<RootUse> {
		let mut uses: Vec<_> = Self::root_uses(root).collect();
		if uses.len() > 1 {
			let replicas = |user: &RootUse| {
				Versions::<T>::get(user.record, user.version).map_or(0, |info| info.replicas)
			};
			uses.sort_by_cached_key(|user| core::cmp::Reverse(replicas(user)));
		}
		uses.into_iter().next()
	}
}
