//! Sealing a version's key to the committee's active epoch again.

use std::{
	collections::{btree_map::Entry, BTreeMap, BTreeSet},
	sync::Arc,
	time::{Duration, Instant},
};

use futures::future::BoxFuture;
use salus_envelope::Dek;
use salus_primitives::{Epoch, Purpose, RecordEntry, RecordId, SealedKey, Version, VersionDetails};
use tokio::time::timeout;

use super::{
	at_risk::{in_order, spare_holders, AtRisk, Tries},
	fetch::Source,
	open::UnusedWrap,
	request::Request,
};
use crate::{
	chain::{calls, submit::SubmitError},
	keyring::committee::{CommitteeKey, LeftToReseal},
	progress::Step,
	Account, Client, Error, ErrorKind, Included, KeyError, Progress, Signer,
};

/// Number of versions that are tried in order of risk for each one that may be sealed. As many are
/// tried from a random place on. A key that does not open costs one read.
const TRIES: usize = 2;

/// Longest time in which the key of one of them is opened and checked. The content of a version may
/// be withheld, and the others must not wait for it.
const CHECK: Duration = Duration::from_secs(8);

/// Way in which keys are opened to be sealed again.
struct Way<'a> {
	patient: &'a Signer,
	source: &'a Source,
	/// Whether hospitals release the key even if there is a wrap for the patient.
	ignores_wrap: bool,
	progress: &'a Arc<dyn Progress>,
}

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

/// Result of resealing several of a patient's versions.
#[derive(Debug, Default)]
pub struct PartlyResealed {
	/// Number of the patient's versions that were sealed to an earlier key, or were named.
	pub found: usize,
	/// Versions that are sealed to the active epoch now.
	pub resealed: Vec<Resealed>,
	/// Number of versions that were tried and that the patient's own wrap does not open, for
	/// example after a recovery. [`Client::reseal`] has hospitals release their keys.
	pub locked: usize,
	/// Versions that were tried and could not be sealed, and why.
	pub failed: Vec<(RecordId, Version, Error)>,
}

impl PartlyResealed {
	/// Adds the result of a version. Returns whether others can still be sealed.
	fn add(&mut self, record: RecordId, version: Version, result: Result<Resealed, Error>) -> bool {
		match result {
			Ok(resealed) => self.resealed.push(resealed),
			Err(Error::NoWrap { .. } | Error::OtherKey(_)) => self.locked += 1,
			Err(error) => return self.fail(record, version, error),
		}
		true
	}

	/// Adds a version that could not be sealed. Returns whether others still can be.
	fn fail(&mut self, record: RecordId, version: Version, error: Error) -> bool {
		let is_of_version = is_of_version(&error);
		self.failed.push((record, version, error));
		is_of_version
	}
}

/// Returns whether an error is about one version only. Others, such as a connection that is lost or
/// an allowance that is used up, would meet each further version.
fn is_of_version(error: &Error) -> bool {
	match error {
		Error::ForeignWrap { .. }
		| Error::NoWrap { .. }
		| Error::OtherKey(_)
		| Error::Envelope(_)
		| Error::Fetch(_)
		| Error::NotFound(_)
		| Error::Erased(_)
		// The key was not checked in time, because nobody serves the content.
		| Error::Deadline { .. }
		// Hospitals do not release the key, or its author sealed something else.
		| Error::Refused(_)
		| Error::Committee(_)
		| Error::ReleaseEnded(_)
		| Error::Resealed
		// They may still release what is sealed to another key, or the patient's wrap opens it.
		| Error::TooFewHospitals { .. }
		| Error::Foreseen { kind: ErrorKind::Deadline, .. } => true,
		// The limits of requests, say, hold for each version.
		Error::Submit(error) => {
			matches!(error, SubmitError::Chain(error) if error.pallet == "Records")
				&& !error.is_of_old_key()
		}
		_ => false,
	}
}

/// Returns the error of a version whose key was not checked in time.
fn not_checked() -> Error {
	Error::Deadline {
		what: "the check of its key",
		seconds: CHECK.as_secs(),
		remedy: "the storage nodes that hold it may be away; try again later",
	}
}

/// Keys of the committee, by their first epochs, for which too few hospitals answered: they did not
/// release what is sealed to them.
#[derive(Debug, Default)]
struct Unreleased(BTreeSet<Epoch>);

impl Unreleased {
	/// Fails if hospitals did not release what was sealed to this key before. Another request would
	/// wait as long, and be another entry in the patient's log.
	fn check(&self, key: Epoch) -> Result<(), Error> {
		match self.0.contains(&key) {
			true => Err(not_requested()),
			false => Ok(()),
		}
	}

	/// Notes the result of a request for something that is sealed to this key.
	fn note<T>(&mut self, key: Epoch, released: &Result<T, Error>) {
		if matches!(released, Err(Error::TooFewHospitals { .. })) {
			self.0.insert(key);
		}
	}
}

/// Returns the error of a version whose key was not requested.
fn not_requested() -> Error {
	Error::foreseen(
		ErrorKind::Deadline,
		"too few hospitals released another version's key, which was sealed to the same key of the \
		 committee, so this one was not requested; try again when they are back",
	)
}

impl Client {
	/// Seals the key of a version to the active epoch. By the patient.
	///
	/// The key is opened with the patient's own wrap. A patient who was recovered on a new account
	/// has the hospitals of the old epoch release it, and so does one whose wrap does not open the
	/// version, with `ignores_wrap`: the author wrapped something else. A direct version becomes
	/// guarded once the patient's wrap is the only one left.
	///
	/// The new seal replaces the old one, so this fetches the version's first block, and seals only
	/// a key that opens it. Otherwise, an author who wrapped another key for the patient could have
	/// the version lost.
	pub async fn reseal(
		&self,
		patient: &Signer,
		record: RecordId,
		version: Version,
		source: &Source,
		ignores_wrap: bool,
		progress: &Arc<dyn Progress>,
	) -> Result<Resealed, Error> {
		let way = Way { patient, source, ignores_wrap, progress };
		self.reseal_unless((record, version), &way, &mut Unreleased::default()).await
	}

	/// Does the same, but asks hospitals for nothing that is sealed to one of the `unreleased` keys
	/// of the committee. Adds the key of what they do not release.
	async fn reseal_unless(
		&self,
		(record, version): (RecordId, Version),
		way: &Way<'_>,
		unreleased: &mut Unreleased,
	) -> Result<Resealed, Error> {
		let Way { patient, source, ignores_wrap, progress } = *way;
		let (_, details) = self.version(record, Some(version)).await?;
		let own = match (ignores_wrap, details.sealed_to) {
			(true, Some(_)) => Err(Error::NoWrap { record, version, reader: patient.account() }),
			_ => self.own_key(patient, record, version).await,
		};
		let unused_wrap = matches!(&own, Err(Error::OtherKey(_))).then_some(UnusedWrap::OtherKey);
		let dek = match (own, details.sealed_to) {
			(Err(Error::NoWrap { .. } | Error::OtherKey(_)), Some(epoch)) => {
				let key = self.origin_of(epoch).await?;
				unreleased.check(key)?;
				let latest = Request::latest(record, Purpose::PATRQT);
				let request = Request { version: Some(version), ..latest };
				let released = self.open_guarded(patient, None, &request, version, progress).await;
				unreleased.note(key, &released);
				released?.dek
			}
			(own, _) => own?,
		};
		self.check_key(&dek, record, &details, source).await?;
		let sealed = self.committee_key().await?.seal(record, version, &dek)?;
		let resealed = self.register_seal(patient, record, version, &sealed).await?;
		Ok(Resealed { unused_wrap, ..resealed })
	}

	/// Seals the keys of these versions to the active epoch, each as [`Self::reseal`] does. By the
	/// patient.
	///
	/// A version that fails is listed ([`PartlyResealed::failed`]), and holds up no other: its
	/// author could otherwise keep the patient from moving the rest. If too few hospitals release a
	/// key, they are not asked for others that are sealed to the same key of the committee. An
	/// error that would meet each further version ends the run, and is the last one in the list.
	pub async fn reseal_each(
		&self,
		patient: &Signer,
		versions: &[(RecordId, Version)],
		source: &Source,
		ignores_wrap: bool,
		progress: &Arc<dyn Progress>,
	) -> PartlyResealed {
		let way = Way { patient, source, ignores_wrap, progress };
		let mut unreleased = Unreleased::default();
		let mut partly = PartlyResealed { found: versions.len(), ..PartlyResealed::default() };
		for (record, version) in versions.iter().copied() {
			let sealing = self.reseal_unless((record, version), &way, &mut unreleased);
			let goes_on = match Box::pin(sealing).await {
				Ok(resealed) => {
					partly.resealed.push(resealed);
					true
				}
				Err(error) => partly.fail(record, version, error),
			};
			if !goes_on {
				break;
			}
		}
		partly
	}

	/// Checks that a key opens a version. Fetches its first block.
	async fn check_key(
		&self,
		dek: &Dek,
		record: RecordId,
		version: &VersionDetails<Account>,
		source: &Source,
	) -> Result<(), Error> {
		self.read_descriptor(dek, record, version, source).await.map(drop)
	}

	/// Opens the key of a version with the patient's own wrap, checks it, and seals it.
	async fn seal_again(
		&self,
		patient: &Signer,
		AtRisk { record, version, .. }: &AtRisk,
		key: &CommitteeKey,
		source: &Source,
	) -> Result<SealedKey, Error> {
		let dek = self.own_key(patient, *record, *version).await?;
		let (_, details) = self.version(*record, Some(*version)).await?;
		self.check_key(&dek, *record, &details, source).await?;
		key.seal(*record, *version, &dek)
	}

	/// Registers the key of a version as it is sealed now.
	async fn register_seal(
		&self,
		patient: &Signer,
		record: RecordId,
		version: Version,
		sealed: &SealedKey,
	) -> Result<Resealed, Error> {
		let call = calls::records::reseal(record, version, sealed);
		let included = self.submit(patient, &call).in_block().await?.included;
		Ok(Resealed { record, version, epoch: sealed.epoch, unused_wrap: None, included })
	}

	/// Seals up to `limit` of the patient's versions that are sealed to an earlier key to the
	/// active epoch. By the patient.
	///
	/// For programs that do this along with something else: if nobody's versions are left under an
	/// earlier key, which is the usual case, it takes one read. Otherwise it seals the versions at
	/// the greatest risk first: those whose key the fewest members hold beyond the threshold, then
	/// the more confidential ones, then the older ones. Each takes one transaction. Nothing is
	/// requested from hospitals, and nothing is logged, so a key that the patient's own wrap does
	/// not open stays as it is. So does one that does not open the version, as in [`Self::reseal`].
	///
	/// A version that fails is listed ([`PartlyResealed::failed`]), and holds up no other for more
	/// than a few seconds. Among these can be [alarms](crate::ErrorKind::Untrusted). After `time`,
	/// no further version is tried. The caller can stop at any time, and repeat it: what is sealed
	/// to the present key is not sealed again.
	///
	/// While the chain has not counted the versions, as after an upgrade from a version before 3 of
	/// its runtime, nothing is found.
	pub fn reseal_some<'a>(
		&'a self,
		patient: &'a Signer,
		limit: usize,
		time: Duration,
		source: &'a Source,
		progress: &'a Arc<dyn Progress>,
	) -> BoxFuture<'a, Result<PartlyResealed, Error>> {
		Box::pin(async move {
			let began = Instant::now();
			let mut partly = PartlyResealed::default();
			let left = self.left_to_reseal().await?.unwrap_or_default();
			if left.is_empty() || limit == 0 {
				return Ok(partly);
			}
			let versions = self.at_risk(&patient.account(), &left).await?;
			partly.found = versions.len();
			if versions.is_empty() {
				return Ok(partly);
			}
			let mut random = [0; 8];
			getrandom::fill(&mut random).map_err(|_| KeyError::NoRandomness)?;
			let most = limit.saturating_mul(TRIES);
			let key = self.committee_key().await?;
			let time = time.saturating_sub(began.elapsed());
			let mut tries = Tries::new(versions, most, u64::from_le_bytes(random), time);
			progress.begin(Step::Resealing, limit.min(partly.found) as u64);
			let mut has_failed = false;
			while let Some(one) = tries.take(has_failed) {
				let AtRisk { record, version, .. } = one;
				let checked = timeout(CHECK, self.seal_again(patient, &one, &key, source)).await;
				let result = match checked.unwrap_or_else(|_| Err(not_checked())) {
					Ok(sealed) => self.register_seal(patient, record, version, &sealed).await,
					Err(error) => Err(error),
				};
				has_failed = result.is_err();
				progress.advance(u64::from(result.is_ok()));
				let goes_on = partly.add(record, version, result);
				if !goes_on || partly.resealed.len() >= limit {
					break;
				}
			}
			progress.end();
			Ok(partly)
		})
	}

	/// Returns the patient's versions that are sealed to the keys that are left, the greatest risk
	/// first.
	async fn at_risk(
		&self,
		patient: &Account,
		left: &[LeftToReseal],
	) -> Result<Vec<AtRisk>, Error> {
		let records = self.settled().records_of(patient).await?;
		let versions = records.iter().flat_map(|details| &details.versions);
		let epochs: BTreeSet<Epoch> = versions.filter_map(|version| version.sealed_to).collect();
		let view = self.snapshot().await?;
		let mut spare = BTreeMap::new();
		for epoch in epochs {
			let Some(key) = view.epoch_key(epoch).await?.flatten() else { continue };
			if let Some(left) = left.iter().find(|left| left.key.origin == key.origin) {
				spare.insert(epoch, spare_holders(&left.holder));
			}
		}
		Ok(in_order(&records, &spare))
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

#[cfg(test)]
mod tests {
	use super::*;
	use crate::ChainError;

	const RECORD: RecordId = RecordId([1; 32]);

	fn resealed() -> Resealed {
		let included =
			Included { block_hash: [2; 32], block: 7, transaction: [3; 32], finalized: true };
		Resealed { record: RECORD, version: 1, epoch: 2, unused_wrap: None, included }
	}

	fn refused(error: &str) -> Error {
		refused_by("Records", error)
	}

	fn refused_by(pallet: &str, error: &str) -> Error {
		let (pallet, error) = (pallet.into(), error.into());
		SubmitError::from(ChainError { pallet, error, docs: String::new() }).into()
	}

	#[test]
	fn a_version_that_fails_holds_up_no_other() {
		let reader = Account::from([4; 32]);
		let mut partly = PartlyResealed::default();
		assert!(partly.add(RECORD, 1, Err(Error::ForeignWrap { record: RECORD, version: 1 })));
		assert!(partly.add(RECORD, 2, Err(refused("WrapBypassesLog"))));
		assert!(partly.add(RECORD, 3, Err(Error::NoWrap { record: RECORD, version: 3, reader })));
		assert!(partly.add(RECORD, 4, Err(Error::OtherKey(reader))));
		assert!(partly.add(RECORD, 5, Ok(resealed())));
		assert_eq!((partly.resealed.len(), partly.locked), (1, 2));
		// So does one whose key opens something else, or whose first block nobody has.
		assert!(partly.add(RECORD, 6, Err(salus_envelope::Error::WrongKey.into())));
		// The alarm is reported with the others.
		let failed: Vec<_> = partly.failed.iter().map(|(_, version, _)| *version).collect();
		assert_eq!(failed, [1, 2, 6]);
		assert_eq!(partly.failed[0].2.kind(), ErrorKind::Untrusted);
	}

	/// With `reseal_each`, hospitals are asked too.
	#[test]
	fn no_author_keeps_the_other_versions_from_the_new_key() {
		let reader = Account::from([4; 32]);
		for error in [
			Error::ForeignWrap { record: RECORD, version: 1 },
			Error::NoWrap { record: RECORD, version: 1, reader },
			Error::OtherKey(reader),
			salus_envelope::Error::WrongKey.into(),
			not_checked(),
			Error::Committee(salus_threshold::Error::SealedKeyRefused),
			Error::ReleaseEnded(7),
			Error::Resealed,
			Error::Erased(RECORD),
			// The next one may be sealed to another key of the committee.
			Error::TooFewHospitals { missing: 1, seconds: 600, bad: vec![2], earlier: None },
			not_requested(),
		] {
			let mut partly = PartlyResealed::default();
			assert!(partly.fail(RECORD, 1, error), "{partly:?}");
			assert_eq!(partly.failed.len(), 1);
		}
	}

	#[test]
	fn absent_hospitals_are_asked_once_for_each_key() {
		let mut unreleased = Unreleased::default();
		let too_few =
			Error::TooFewHospitals { missing: 1, seconds: 600, bad: vec![], earlier: None };
		unreleased.note(1, &Err::<(), _>(too_few));
		unreleased.note(2, &Ok(()));
		unreleased.note(3, &Err::<(), _>(Error::ReleaseEnded(7)));
		let error = unreleased.check(1).unwrap_err();
		assert_eq!(error.kind(), ErrorKind::Deadline);
		for other in [2, 3, 4] {
			unreleased.check(other).unwrap();
		}
	}

	#[test]
	fn an_error_for_every_version_ends_the_run() {
		for error in [
			// The committee has made yet another key.
			refused("EpochNotActive"),
			SubmitError::Invalid { reason: "the allowance is used up".into() }.into(),
			refused_by("Access", "TooManyDenials"),
			Error::NoCommittee,
		] {
			let mut partly = PartlyResealed::default();
			assert!(!partly.add(RECORD, 1, Err(error)), "{partly:?}");
			assert_eq!(partly.failed.len(), 1);
		}
	}
}
