//! Limits on uploads, and the choice of the upload that makes room.

use std::{collections::HashMap, time::Duration};

use super::{
	state::{Entry, State},
	Error, Upload,
};
use crate::content::Cid;

/// Limits on uploads. Only blocks that have arrived count. Each of the calls that run at
/// the same time may exceed a limit by one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
	/// Bytes of the uploads of all organisations.
	pub total_bytes: u64,
	/// Bytes of the uploads of one organisation.
	pub organisation_bytes: u64,
	/// Bytes of the uploads of one owner.
	pub owner_bytes: u64,
	/// Bytes of the file of one upload.
	pub upload_bytes: u64,
	/// Bytes of the node's own uploads, in addition to [`Limits::total_bytes`].
	pub own_bytes: u64,
	/// Number of uploads of all organisations. The same number applies to the node's own.
	pub uploads: usize,
	/// Number of uploads of one organisation.
	pub organisation_uploads: usize,
	/// Number of uploads of one owner.
	pub owner_uploads: usize,
	/// Time without a new block after which an unfinished upload makes room for others.
	pub stalled: Duration,
}

impl Default for Limits {
	fn default() -> Self {
		const GIB: u64 = 1 << 30;
		Self {
			total_bytes: 64 * GIB,
			organisation_bytes: 32 * GIB,
			owner_bytes: 16 * GIB,
			upload_bytes: 10 * GIB,
			own_bytes: 32 * GIB,
			uploads: 10_000,
			organisation_uploads: 5_000,
			owner_uploads: 2_500,
			stalled: Duration::from_secs(60 * 60),
		}
	}
}

/// Divisor of the reserve: one part in 8 of the limit of an organisation (or of all of them) is
/// reserved for owners (or organisations) that use [little](LITTLE).
const KEPT: u64 = 8;

/// Divisor of little use: up to one part in 64 of the limit.
const LITTLE: u64 = 64;

/// One of the limits on staging.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quota {
	/// [`Limits::total_bytes`]
	Total,
	/// [`Limits::organisation_bytes`]
	Organisation,
	/// [`Limits::owner_bytes`]
	Owner,
	/// [`Limits::upload_bytes`]
	Upload,
	/// [`Limits::own_bytes`]
	Own,
	/// [`Limits::uploads`]
	Uploads,
	/// [`Limits::organisation_uploads`]
	OrganisationUploads,
	/// [`Limits::owner_uploads`]
	OwnerUploads,
}

impl State {
	/// Returns the bytes that have arrived for the matching uploads.
	pub(super) fn used(&self, matches: impl Fn(&Entry) -> bool) -> u64 {
		self.uploads.values().filter(|entry| matches(entry)).map(|entry| entry.arrived).sum()
	}

	/// Checks that `wanted` more bytes of an upload fit beside the uploads that count.
	pub(super) fn check_bytes(
		&self,
		upload: &Upload,
		limits: &Limits,
		wanted: u64,
		counts: impl Fn(&Entry) -> bool,
	) -> Result<(), Error> {
		let Upload { owner, organisation, .. } = upload;
		let (mut of_owner, mut here, mut of_organisation, mut in_all) =
			(0_u64, 0_u64, 0_u64, 0_u64);
		let others = self.uploads.values().filter(|entry| counts(entry));
		for Entry { upload, arrived, .. } in others {
			// The node's own uploads and members' uploads have separate limits.
			if upload.organisation.is_some() != organisation.is_some() {
				continue;
			}
			in_all += arrived;
			if upload.organisation == *organisation {
				of_organisation += arrived;
			}
			if upload.owner == *owner {
				of_owner += arrived;
				if upload.organisation == *organisation {
					here += arrived;
				}
			}
		}
		if organisation.is_none() {
			return within(Quota::Own, limits.own_bytes, in_all, wanted);
		}
		within(Quota::Owner, limits.owner_bytes, of_owner, wanted)?;
		let limit = limits.organisation_bytes;
		fair(Quota::Organisation, limit, of_organisation, here, wanted)?;
		let limit = limits.total_bytes;
		fair(Quota::Total, limit, in_all, of_organisation, wanted)
	}

	/// Checks that the number of uploads leaves room for this one. Does not count the upload
	/// itself.
	pub(super) fn check_number(&self, upload: &Upload, limits: &Limits) -> Result<(), Error> {
		let others = || {
			self.uploads.values().map(|entry| &entry.upload).filter(|that| {
				that.root != upload.root
					&& that.organisation.is_some() == upload.organisation.is_some()
			})
		};
		let count = |matches: &dyn Fn(&Upload) -> bool| {
			others().filter(|that| matches(that)).count() as u64
		};
		let in_all = count(&|_| true);
		if upload.organisation.is_none() {
			return within(Quota::Uploads, limits.uploads as u64, in_all, 1);
		}
		let of_owner = count(&|that| that.owner == upload.owner);
		within(Quota::OwnerUploads, limits.owner_uploads as u64, of_owner, 1)?;
		let of_organisation = count(&|that| that.organisation == upload.organisation);
		let here =
			count(&|that| that.organisation == upload.organisation && that.owner == upload.owner);
		fair(
			Quota::OrganisationUploads,
			limits.organisation_uploads as u64,
			of_organisation,
			here,
			1,
		)?;
		fair(Quota::Uploads, limits.uploads as u64, in_all, of_organisation, 1)
	}

	/// Returns the upload that makes room for another one at this limit: of those that can be
	/// spared, the one without a new block for the longest time.
	pub(super) fn spare(
		&self,
		quota: Quota,
		upload: &Upload,
		spared: impl Fn(&Entry) -> bool,
	) -> Option<Cid> {
		let organisation = match quota {
			Quota::Upload => return None,
			Quota::Total | Quota::Uploads if upload.organisation.is_some() => {
				self.largest_organisation(quota)
			}
			_ => upload.organisation,
		};
		let owner = matches!(quota, Quota::Owner | Quota::OwnerUploads);
		self.uploads
			.values()
			.filter(|entry| {
				let that = &entry.upload;
				let near = if owner {
					that.owner == upload.owner && that.organisation.is_some()
				} else {
					that.organisation == organisation
				};
				near && that.root != upload.root && spared(entry)
			})
			.min_by_key(|entry| (entry.touched, entry.upload.root))
			.map(|entry| entry.upload.root)
	}

	/// Returns the organisation with the most bytes for [`Quota::Total`], or else with the most
	/// uploads.
	fn largest_organisation(&self, quota: Quota) -> Option<u32> {
		let mut sizes: HashMap<u32, u64> = HashMap::new();
		for entry in self.uploads.values() {
			if let Some(organisation) = entry.upload.organisation {
				*sizes.entry(organisation).or_default() +=
					if quota == Quota::Total { entry.arrived } else { 1 };
			}
		}
		let largest = sizes.into_iter().max_by_key(|(organisation, size)| (*size, *organisation));
		largest.map(|(organisation, _)| organisation)
	}
}

/// Checks that `wanted` more are within a limit that several share. `mine` is the part that this
/// one uses.
fn fair(quota: Quota, limit: u64, used: u64, mine: u64, wanted: u64) -> Result<(), Error> {
	let little = mine.saturating_add(wanted) <= limit / LITTLE;
	let limit = if little { limit } else { limit - limit / KEPT };
	within(quota, limit, used, wanted)
}

/// Checks that `wanted` more are within a limit.
pub(super) fn within(quota: Quota, limit: u64, used: u64, wanted: u64) -> Result<(), Error> {
	if used.checked_add(wanted).is_some_and(|sum| sum <= limit) {
		Ok(())
	} else {
		Err(Error::QuotaExceeded { quota, limit, used, wanted })
	}
}
