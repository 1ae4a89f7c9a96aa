//! For which versions a root is registered.
//!
//! One use is in [`Roots`], further ones by other authors are in [`RootUses`]; when the one is erased, another takes its
//! place. What the chain decides never walks over them: only the off-chain worker and reads do.

use super::*;
use alloc::vec::Vec;

/// How many uses of one root reads and the off-chain worker look at.
const USES_SEEN: usize = 256;

impl<T: Config> Pallet<T> {
	/// Whether the author registered the root already, as far as one look tells. It keeps a client from registering one
	/// content twice by mistake.
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
		}
	}

	/// Forgets that a root is registered for a version.
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
			None => Roots::<T>::remove(root),
		}
	}

	/// The versions that a root is registered for.
	pub(crate) fn root_uses(root: &Cid) -> impl Iterator<Item = RootUse> {
		let further = RootUses::<T>::iter_key_prefix((root,))
			.map(|(record, version)| RootUse { record, version });
		Roots::<T>::get(root)
			.into_iter()
			.chain(further)
			.take(USES_SEEN)
	}

	/// For what a root is registered: of several versions the one that the most storage nodes hold.
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
