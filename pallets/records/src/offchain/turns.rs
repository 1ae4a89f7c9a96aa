//! The order in which uploads are pushed.
//!
//! Organisations take turns, and so do the authors at each organisation. However many or large the
//! uploads of one owner are, another owner's first blocks wait for at most one turn of each. Turns
//! are measured in blocks moved, so that a large upload has no advantage over a small one.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use salus_primitives::OrganisationId;

/// The author of an upload's record, at an organisation.
pub(super) type Owner<AccountId> = (OrganisationId, AccountId);

/// An upload that waits for a turn.
pub(super) struct Waiting<'a, AccountId> {
	/// Number of failures since the last progress.
	pub failures: u32,
	/// Number of blocks moved already.
	pub done: u32,
	/// Owners of the versions to be confirmed.
	pub owners: &'a [Owner<AccountId>],
}

/// Number of blocks moved for each owner that has an upload waiting.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Turns<AccountId> {
	organisations: Vec<(OrganisationId, u64)>,
	authors: Vec<(Owner<AccountId>, u64)>,
}

impl<AccountId> Default for Turns<AccountId> {
	fn default() -> Self {
		Self { organisations: Vec::new(), authors: Vec::new() }
	}
}

impl<AccountId: Clone + PartialEq> Turns<AccountId> {
	/// Forgets owners that have nothing waiting, and adds new ones. A new owner starts level with
	/// the one served least, so that nobody gains by coming back.
	pub(super) fn keep<'a>(&mut self, owners: impl Iterator<Item = &'a Owner<AccountId>> + Clone)
	where
		AccountId: 'a,
	{
		let organisations = owners.clone().map(|(organisation, _)| organisation);
		keep(&mut self.organisations, organisations, |_, _| true);
		keep(&mut self.authors, owners, |one, other| one.0 == other.0);
	}

	/// Returns the position of the upload whose turn it is, and the owner to whom the turn counts.
	///
	/// An upload that failed less often comes first. Then come the organisation served least, its
	/// author served least, and the author's upload that has made the least progress.
	pub(super) fn next(
		&self,
		waiting: &[Waiting<'_, AccountId>],
	) -> Option<(usize, Owner<AccountId>)> {
		waiting
			.iter()
			.enumerate()
			.flat_map(|(position, upload)| {
				upload.owners.iter().map(move |owner| (position, upload, owner))
			})
			.min_by_key(|(_, upload, owner)| {
				let organisation = served(&self.organisations, &owner.0);
				let author = served(&self.authors, owner);
				(upload.failures, organisation, author, upload.done)
			})
			.map(|(position, _, owner)| (position, owner.clone()))
	}

	/// Counts blocks moved for an owner.
	pub(super) fn count(&mut self, owner: &Owner<AccountId>, blocks: u32) {
		let organisation = self.organisations.iter_mut().find(|(known, _)| *known == owner.0);
		if let Some((_, served)) = organisation {
			*served = served.saturating_add(blocks.into());
		}
		if let Some((_, served)) = self.authors.iter_mut().find(|(known, _)| known == owner) {
			*served = served.saturating_add(blocks.into());
		}
	}
}

fn served<K: PartialEq>(table: &[(K, u64)], key: &K) -> u64 {
	table.iter().find(|(known, _)| known == key).map_or(0, |(_, served)| *served)
}

/// Keeps only the entries of `keys`. A new key starts level with the peer that was served least.
fn keep<'a, K: Clone + PartialEq + 'a>(
	table: &mut Vec<(K, u64)>,
	keys: impl Iterator<Item = &'a K> + Clone,
	are_peers: impl Fn(&K, &K) -> bool,
) {
	table.retain(|(known, _)| keys.clone().any(|key| key == known));
	for key in keys {
		if table.iter().any(|(known, _)| known == key) {
			continue;
		}
		let peers = table.iter().filter(|(known, _)| are_peers(known, key));
		let least = peers.map(|(_, served)| *served).min().unwrap_or_default();
		table.push((key.clone(), least));
	}
}
