//! Sealing a version's key to the committee's active epoch again.

use std::{
	collections::{btree_map::Entry, BTreeMap},
	sync::Arc,
};

use salus_primitives::{Epoch, Purpose, RecordEntry, RecordId, Version};

use super::{open::UnusedWrap, request::Request};
use crate::{chain::calls, Client, Error, Included, Progress, Signer};

/// Result of resealing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Resealed {
	/// Record whose key was sealed.
	pub record: RecordId,
	/// Version whose key was sealed.
	pub version: Version,
	/// Epoch to which the key is sealed now.
	pub epoch: Epoch,
	/// Why hospitals released the key although it is wrapped for the patient; `None` if it is not,
	/// or if the wrap opened it.
	pub unused_wrap: Option<UnusedWrap>,
	/// Transaction that registered the sealed key.
	pub included: Included,
}

impl Client {
	/// Seals the key of a version to the active epoch. By the patient.
	///
	/// The key is opened with the patient's own wrap; a patient who was recovered on a new account
	/// has the hospitals of the old epoch release it. A direct version becomes guarded once the
	/// patient's wrap is the only one left.
	pub async fn reseal(
		&self,
		patient: &Signer,
		record: RecordId,
		version: Version,
		progress: &Arc<dyn Progress>,
	) -> Result<Resealed, Error> {
		let (_, details) = self.version(record, Some(version)).await?;
		let own = self.own_key(patient, record, version).await;
		let unused_wrap = matches!(&own, Err(Error::OtherKey(_))).then_some(UnusedWrap::OtherKey);
		let dek = match own {
			Err(Error::NoWrap { .. } | Error::OtherKey(_)) if details.sealed_to.is_some() => {
				let latest = Request::latest(record, Purpose::PATRQT);
				let request = Request { version: Some(version), ..latest };
				self.open_guarded(patient, None, &request, version, progress).await?.dek
			}
			own => own?,
		};
		let key = self.committee_key().await?;
		let sealed = key.seal(record, version, &dek)?;
		let call = calls::records::reseal(record, version, &sealed);
		let included = self.submit(patient, &call).in_block().await?.included;
		Ok(Resealed { record, version, epoch: key.epoch(), unused_wrap, included })
	}

	/// Returns the patient's guarded versions whose keys the members of the active epoch cannot
	/// release.
	pub async fn to_reseal(&self, patient: &Signer) -> Result<Vec<(RecordId, Version)>, Error> {
		let active = self.proven().active_epoch().await?.ok_or(Error::NoCommittee)?;
		let mut found = Vec::new();
		let mut is_held = BTreeMap::from([(active, true)]);
		for details in self.settled().records_of(&patient.account()).await? {
			if !matches!(details.entry, RecordEntry::Live(_)) {
				continue;
			}
			for version in &details.versions {
				let Some(epoch) = version.sealed_to else { continue };
				if let Entry::Vacant(unknown) = is_held.entry(epoch) {
					unknown.insert(self.holder_of(epoch).await? == active);
				}
				if is_held.get(&epoch) == Some(&false) {
					found.push((details.id, version.version));
				}
			}
		}
		Ok(found)
	}
}
