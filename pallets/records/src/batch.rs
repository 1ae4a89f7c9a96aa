//! Registration of the records of one call.
//!
//! All records of a call have one author and one moment. Registering one does not change the
//! organisations for which the author writes, the live patients, anybody's key, or what a patient
//! permits: writing is not a use of a grant ([`ConsentPolicy::may_write`]). Therefore the call
//! reads each of these once, for the first record that needs it. A refusal ends the call, so only
//! what was permitted is remembered.
//!
//! Records are written at once, so that one that occurs twice in a call is noticed. The numbers of
//! records and of sealed keys are written once, by [`Batch::finish`].

use super::*;
use alloc::collections::{BTreeMap, BTreeSet};
use frame_support::{ensure, weights::Weight};
use salus_primitives::{Recipient, Record};
use sp_runtime::DispatchResult;

/// Question about writing: the patient, the organisation for which the author acts, and the
/// category of the record.
type Question<AccountId> = (AccountId, OrganisationId, Category);

/// Returns the number of different questions about writing that these records raise.
pub(crate) fn questions<AccountId: Ord>(records: &[NewRecord<AccountId>]) -> u32 {
	let asked: BTreeSet<Question<&AccountId>> =
		records.iter().map(|new| (&new.patient, new.organisation, new.category)).collect();
	asked.len() as u32
}

/// Returns the number of different organisations for which these records are written.
pub(crate) fn organisations<AccountId>(records: &[NewRecord<AccountId>]) -> u32 {
	let named: BTreeSet<_> = records.iter().map(|new| new.organisation).collect();
	named.len() as u32
}

/// Returns the number of different recipients of these records' keys, without the patient of each
/// record.
pub(crate) fn further_recipients<AccountId: Ord>(records: &[NewRecord<AccountId>]) -> u32 {
	let further: BTreeSet<&Recipient<AccountId>> = records
		.iter()
		.flat_map(|new| {
			let recipients = new.wraps.iter().map(|(recipient, _)| recipient);
			recipients.filter(move |recipient| !is_account(recipient, &new.patient))
		})
		.collect();
	further.len() as u32
}

fn is_account<AccountId: PartialEq>(recipient: &Recipient<AccountId>, who: &AccountId) -> bool {
	matches!(recipient, Recipient::Account(account) if account == who)
}

/// Records of one call, with what is known for all of them.
#[must_use = "`finish` writes the counts"]
pub(crate) struct Batch<'a, T: Config> {
	author: &'a T::AccountId,
	now: Moment,
	/// Organisations for which the author writes.
	organisations: BTreeSet<OrganisationId>,
	/// Live patients, each with their number of records if the call has changed it.
	patients: BTreeMap<T::AccountId, Option<u32>>,
	/// Questions to which the patient's consent answers yes.
	permitted: BTreeSet<Question<T::AccountId>>,
	/// Recipients of wraps, each with the version of their current key.
	keys: BTreeMap<Recipient<T::AccountId>, u32>,
	/// Weight that the grants and denials of the patients have added so far.
	decisions: Weight,
	/// Number of records registered.
	registered: u32,
	/// Number of their keys that are sealed to each epoch. Only the active one is accepted.
	sealed: BTreeMap<Epoch, u64>,
}

impl<'a, T: Config> Batch<'a, T> {
	pub(crate) fn new(author: &'a T::AccountId, now: Moment) -> Self {
		Self {
			author,
			now,
			organisations: BTreeSet::new(),
			patients: BTreeMap::new(),
			permitted: BTreeSet::new(),
			keys: BTreeMap::new(),
			decisions: Weight::zero(),
			registered: 0,
			sealed: BTreeMap::new(),
		}
	}

	/// Returns the weight that the grants and denials of the patients have added so far.
	pub(crate) fn decisions(&self) -> Weight {
		self.decisions
	}

	/// Registers a record. Skips one that is already registered with the same content.
	pub(crate) fn register(&mut self, new: NewRecord<T::AccountId>) -> DispatchResult {
		self.ensure_writer(new.organisation)?;
		self.ensure_patient(&new.patient)?;
		let id = RecordId::new(self.author, &new.patient, &new.salt);
		if Pallet::<T>::is_registered(&id, &new)? {
			return Ok(());
		}
		self.ensure_permitted(&new)?;
		Pallet::<T>::ensure_content(self.author, &new.content)?;
		Pallet::<T>::ensure_wraps(&new.patient, &new.wraps, new.sealed.as_ref())?;
		self.ensure_current_keys(&new.wraps)?;
		let index = self.next_index(&new.patient)?;
		self.insert(id, index, new);
		Ok(())
	}

	/// Writes the counts. Returns the weight that the grants and denials of the patients have
	/// added.
	pub(crate) fn finish(self) -> Weight {
		for (patient, count) in self.patients {
			if let Some(count) = count {
				PatientRecordCounts::<T>::insert(patient, count);
			}
		}
		if self.registered > 0 {
			Status::<T>::mutate(|status| {
				status.records = status.records.saturating_add(self.registered);
				status.pending = status.pending.saturating_add(self.registered);
			});
		}
		for (epoch, count) in self.sealed {
			Pallet::<T>::count_sealed(epoch, count);
		}
		self.decisions
	}

	fn ensure_writer(&mut self, organisation: OrganisationId) -> DispatchResult {
		if !self.organisations.contains(&organisation) {
			Pallet::<T>::ensure_writer(self.author, organisation, self.now)?;
			self.organisations.insert(organisation);
		}
		Ok(())
	}

	fn ensure_patient(&mut self, patient: &T::AccountId) -> DispatchResult {
		if !self.patients.contains_key(patient) {
			Pallet::<T>::ensure_patient(patient, Error::<T>::UnknownPatient)?;
			self.patients.insert(patient.clone(), None);
		}
		Ok(())
	}

	fn ensure_permitted(&mut self, new: &NewRecord<T::AccountId>) -> DispatchResult {
		let question = (new.patient.clone(), new.organisation, new.category);
		if self.permitted.contains(&question) {
			return Ok(());
		}
		let (patient, organisation, category) = &question;
		let (may, taken) = T::Consent::may_write_weighed(
			self.author,
			*organisation,
			patient,
			*category,
			None,
			self.now,
		);
		self.decisions = self.decisions.saturating_add(taken);
		ensure!(may, Error::<T>::NotPermitted);
		self.permitted.insert(question);
		Ok(())
	}

	fn ensure_current_keys(&mut self, wraps: &NewWraps<T::AccountId>) -> DispatchResult {
		for (recipient, wrap) in wraps {
			if self.keys.get(recipient) != Some(&wrap.key_version) {
				Pallet::<T>::ensure_current_key(recipient, wrap)?;
				self.keys.insert(recipient.clone(), wrap.key_version);
			}
		}
		Ok(())
	}

	/// Returns the index of the patient's next record, and counts it.
	fn next_index(&mut self, patient: &T::AccountId) -> Result<u32, Error<T>> {
		let count = self.patients.entry(patient.clone()).or_default();
		let index = count.unwrap_or_else(|| PatientRecordCounts::<T>::get(patient));
		*count = Some(index.checked_add(1).ok_or(Error::<T>::TooManyRecords)?);
		Ok(index)
	}

	/// Inserts a checked record with its first version.
	fn insert(&mut self, id: RecordId, index: u32, new: NewRecord<T::AccountId>) {
		let NewRecord {
			patient,
			organisation,
			category,
			confidentiality,
			content,
			wraps,
			sealed,
			..
		} = new;
		let record = Record {
			patient: patient.clone(),
			author: self.author.clone(),
			organisation,
			category,
			confidentiality,
			latest: 1,
			created: self.now,
			wraps: wraps.len() as u32,
		};
		Records::<T>::insert(id, RecordEntry::Live(record));
		PatientRecords::<T>::insert(&patient, index, id);
		Pallet::<T>::add_version(id, 1, self.author, organisation, content, wraps, self.now);
		if let Some(sealed) = sealed {
			Pallet::<T>::put_sealed(&id, 1, &sealed);
			let count = self.sealed.entry(sealed.epoch).or_default();
			*count = count.saturating_add(1);
		}
		self.registered = self.registered.saturating_add(1);
		Pallet::<T>::deposit_event(Event::Registered {
			record: id,
			patient,
			author: self.author.clone(),
			organisation,
			category,
		});
	}
}
