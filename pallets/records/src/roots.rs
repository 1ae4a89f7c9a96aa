//! Versions for which a root is registered.
//!
//! One use of a root is in [`Roots`]; further ones are in [`RootUses`]. Only the author of the first
//! cannot register it again. When the first is erased, another takes its place. No on-chain decision
//! iterates over them: only the off-chain worker and reads do.

use super::*;
use alloc::vec::Vec;
use frame_support::traits::Time;

/// Maximum number of uses of one root that reads and the off-chain worker see. Further ones are seen
/// once some of these are erased: a node that is to remove a root's blocks looks again.
const USES_SEEN: usize = 4_096;

impl<T: Config> Pallet<T> {
	/// Returns whether the author has registered the root, judging by its use in [`Roots`] alone.
	/// This keeps a client from registering the same content twice by mistake.
	pub(crate) fn is_taken_by(root: &Cid, author: &T::AccountId) -> bool {
		Roots::<T>::get(root)
			.and_then(|user| Versions::<T>::get(user.record, user.version))
			.is_some_and(|info| info.author == *author)
	}

	/// Registers a root for a version.
	pub(crate) fn use_root(root: &Cid, user: RootUse) {
		if Roots::<T>::contains_key(root) {
			RootUses::<T>::insert((root, user.record, user.version), ());
		} else {
			Roots::<T>::insert(root, user);
			ErasedRoots::<T>::remove(root);
		}
	}

	/// Removes an erased version's registration of a root.
	pub(crate) fn release_root(root: &Cid, user: &RootUse) {
		if Roots::<T>::get(root).as_ref() != Some(user) {
			RootUses::<T>::remove((root, user.record, user.version));
			return;
		}
		match RootUses::<T>::iter_key_prefix((root,)).next() {
			Some((record, version)) => {
				RootUses::<T>::remove((root, record, version));
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
