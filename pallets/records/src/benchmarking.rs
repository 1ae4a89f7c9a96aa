//! Benchmarks of the calls at their worst.

// Benchmarks run on a developer's machine, never in a block.
#![allow(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::indexing_slicing,
	clippy::arithmetic_side_effects
)]

use super::*;
use alloc::vec::Vec;
use codec::Encode;
use frame_benchmarking::v2::*;
#[cfg(feature = "runtime-benchmarks")]
use frame_support::traits::EnsureOrigin;
use frame_support::{
	migrations::SteppedMigration,
	traits::{Get, StorageVersion},
	weights::WeightMeter,
	BoundedVec,
};
use frame_system::RawOrigin;
use salus_primitives::{
	Confidentiality, Recipient, Record, RecordWrap, Subject, Tombstone, Verdict, WrapKey,
	CODEC_DAG_PB, MAX_SEALED_KEY, WRAP_LENGTH,
};

/// Prepares memberships, consent and the committee for the benchmarks.
pub trait BenchmarkHelper<AccountId> {
	/// Makes `author` a live device (the role that is checked last) of an active organisation,
	/// `patient` a live patient who permits that organisation to write, and `node` a live storage
	/// node. Returns the organisation.
	fn set_up(author: &AccountId, patient: &AccountId, node: &AccountId) -> OrganisationId;
	/// Makes `patient` a live patient who permits `organisation` to write.
	fn set_up_patient(patient: &AccountId, organisation: OrganisationId);
	/// Publishes the first version of the recipient's key.
	fn set_up_key(recipient: &Recipient<AccountId>);
	/// Gives the committee an active epoch with a key. Returns its number.
	fn set_up_committee() -> Epoch;
}

/// Returns an origin that the runtime accepts as the council.
#[cfg(feature = "runtime-benchmarks")]
fn council<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
	T::CouncilOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)
}

/// Returns the origin that the mock accepts as the council. FRAME makes up origins only when it is
/// built with its benchmarks.
#[cfg(not(feature = "runtime-benchmarks"))]
fn council<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
	Ok(RawOrigin::Root.into())
}

struct Stage<T: Config> {
	author: T::AccountId,
	patient: T::AccountId,
	node: T::AccountId,
	organisation: OrganisationId,
}

fn stage<T: Config>() -> Stage<T> {
	let author = account("author", 0, 0);
	let patient = account("patient", 0, 0);
	let node = account("node", 0, 0);
	let organisation = T::BenchmarkHelper::set_up(&author, &patient, &node);
	Stage { author, patient, node, organisation }
}

fn hash(number: u32) -> [u8; 32] {
	sp_io::hashing::blake2_256(&number.encode())
}

fn content(number: u32) -> Content {
	Content { root: Cid::new(CODEC_DAG_PB, hash(number)), size: 1_000_000, commitment: [1; 32] }
}

fn wrap() -> Wrap {
	Wrap { key_version: 1, sealed: [1; WRAP_LENGTH as usize] }
}

/// Returns a sealed key of the maximum length.
fn sealed<T: Config>() -> SealedKey {
	SealedKey {
		epoch: T::BenchmarkHelper::set_up_committee(),
		sealed: alloc::vec![1; MAX_SEALED_KEY as usize].try_into().unwrap(),
	}
}

/// Returns a recipient with a key.
fn reader<T: Config>(number: u32) -> Recipient<T::AccountId> {
	let reader = Recipient::Account(account("reader", number, 0));
	T::BenchmarkHelper::set_up_key(&reader);
	reader
}

/// Returns `count` wraps, including the one for `patient`.
fn wraps_with<T: Config>(patient: T::AccountId, count: u32) -> NewWraps<T::AccountId> {
	let owner = Recipient::Account(patient);
	let recipients = [owner].into_iter().chain((1..count).map(reader::<T>));
	recipients.map(|recipient| (recipient, wrap())).collect::<Vec<_>>().try_into().unwrap()
}

impl<T: Config> Stage<T> {
	/// Returns `count` wraps, including the patient's.
	fn wraps(&self, count: u32) -> NewWraps<T::AccountId> {
		wraps_with::<T>(self.patient.clone(), count)
	}

	fn new_record(&self, number: u32, wraps: u32) -> NewRecord<T::AccountId> {
		self.new_record_about(self.patient.clone(), number, wraps)
	}

	fn new_record_about(
		&self,
		patient: T::AccountId,
		number: u32,
		wraps: u32,
	) -> NewRecord<T::AccountId> {
		NewRecord {
			wraps: wraps_with::<T>(patient.clone(), wraps),
			patient,
			organisation: self.organisation,
			category: Category::Laboratory,
			confidentiality: Confidentiality::Normal,
			salt: hash(number),
			content: content(number),
			sealed: None,
		}
	}

	fn id(&self, number: u32) -> RecordId {
		RecordId::new(&self.author, &self.patient, &hash(number))
	}

	fn register(&self, number: u32) -> RecordId {
		Pallet::<T>::do_register(&self.author, self.new_record(number, 1)).unwrap();
		self.id(number)
	}

	/// Inserts a replica of a node that is not a member, straight into storage.
	fn hold(&self, node: &T::AccountId, organisation: OrganisationId, claim: &StorageClaim) {
		let StorageClaim { record, version, .. } = claim;
		Replicas::<T>::insert((record, version, node), 0);
		ReplicaOrganisations::<T>::insert((record, version, node), organisation);
		Holdings::<T>::insert((node, record, version), ());
		let mut info = Versions::<T>::get(record, version).unwrap();
		Pallet::<T>::recount(record, *version, info.replicas, info.replicas + 1);
		info.replicas += 1;
		Pallet::<T>::set_state(record, *version, &mut info, VersionState::Stored);
		Versions::<T>::insert(record, version, info);
	}

	/// Registers `count` records and returns the claims about them.
	fn claims(&self, count: u32) -> BoundedVec<StorageClaim, T::MaxClaims> {
		let claim = |number| {
			let record = self.register(number);
			StorageClaim { record, version: 1, root: content(number).root }
		};
		(0..count).map(claim).collect::<Vec<_>>().try_into().unwrap()
	}
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn register(w: Linear<1, { MAX_WRAPS }>) {
		let stage = stage::<T>();
		let new = stage.new_record(0, w);

		#[extrinsic_call]
		_(RawOrigin::Signed(stage.author.clone()), new);

		assert!(Records::<T>::contains_key(stage.id(0)));
	}

	/// `d` records about a patient each, and `n` records for which nothing is left to decide. All
	/// together, they have `w` further wraps, or the number that fits into them, for the same few
	/// readers. Reading the keys of many readers is `read_keys`.
	#[benchmark]
	fn register_many(
		n: Linear<0, { T::MaxBatch::get() / 2 }>,
		d: Linear<1, { T::MaxBatch::get() / 2 }>,
		w: Linear<0, { T::MaxBatch::get() * 7 }>,
	) {
		let stage = stage::<T>();
		// Evenly, because a wrap takes longer beside many others than in an empty trie.
		let count = n + d;
		let wraps = |number: u32| {
			let further = w / count + u32::from(number < w % count);
			1 + further.min(MAX_WRAPS - 1)
		};
		let mut records = Vec::from([stage.new_record(0, wraps(0))]);
		for number in 1..d {
			let patient = account("another patient", number, 0);
			T::BenchmarkHelper::set_up_patient(&patient, stage.organisation);
			records.push(stage.new_record_about(patient, number, wraps(number)));
		}
		records.extend((d..count).map(|number| stage.new_record(number, wraps(number))));

		#[extrinsic_call]
		_(RawOrigin::Signed(stage.author.clone()), records.try_into().unwrap());

		assert_eq!(PatientRecordCounts::<T>::get(&stage.patient), n + 1);
		assert_eq!(Status::<T>::get().records, n + d);
	}

	#[benchmark]
	fn revise(w: Linear<1, { MAX_WRAPS - 1 }>) {
		let stage = stage::<T>();
		let record = stage.register(0);
		let (organisation, wraps) = (stage.organisation, stage.wraps(w));

		#[extrinsic_call]
		_(RawOrigin::Signed(stage.author), record, 1, organisation, content(1), wraps, None);

		assert!(Versions::<T>::contains_key(record, 2));
	}

	#[benchmark]
	fn confirm_stored(n: Linear<0, { T::MaxClaims::get() }>) {
		let stage = stage::<T>();
		let claims = stage.claims(n);
		// Each version moves from one list to the next, and the node owes its removal.
		for claim in &claims {
			stage.hold(&account("other", 0, 0), OrganisationId::MAX, claim);
			let root = claim.root;
			let removal = Removal { root, block: 0 };
			Removals::<T>::insert((&stage.node, claim.record, claim.version), removal);
			RetiredReplicas::<T>::insert(claim.record, 1);
		}
		Status::<T>::mutate(|status| status.removals = n);

		#[extrinsic_call]
		_(RawOrigin::Signed(stage.node.clone()), claims);

		assert_eq!(Status::<T>::get().removals, 0);
		assert_eq!(Holdings::<T>::iter_key_prefix((&stage.node,)).count() as u32, n);
	}

	#[benchmark]
	fn erase(
		v: Linear<1, { T::MaxVersions::get() }>,
		w: Linear<1, { T::MaxWrapsPerRecord::get() }>,
		r: Linear<0, { T::MaxVersions::get() * (T::MaxReplicas::get() + 1) }>,
	) {
		let stage = stage::<T>();
		let id = stage.register(0);
		let first = Versions::<T>::get(id, 1).unwrap();
		// Straight into storage, so that the three parameters vary independently.
		for version in 2..=v {
			let content = content(version);
			Roots::<T>::insert(content.root, RootUse { record: id, version });
			Versions::<T>::insert(id, version, VersionInfo { content, ..first.clone() });
		}
		let sealed = sealed::<T>();
		for version in 1..=v {
			// Each to another epoch, so that as many counts change.
			let sealed = SealedKey { epoch: version, ..sealed.clone() };
			Pallet::<T>::put_sealed(&id, version, &sealed);
			Pallet::<T>::count_sealed(version, 1);
		}
		for number in 1..w {
			Wraps::<T>::insert((id, number % v + 1, reader::<T>(number)), wrap());
		}
		for number in 0..r {
			let node: T::AccountId = account("node", number, 0);
			let version = number % v + 1;
			Replicas::<T>::insert((id, version, &node), 0);
			ReplicaOrganisations::<T>::insert((id, version, &node), number);
			Holdings::<T>::insert((node, id, version), ());
		}
		for version in 1..=v {
			Versions::<T>::mutate(id, version, |info| info.as_mut().unwrap().replicas = 1);
			UnderReplicated::<T>::insert((1, id, version), ());
		}
		UnderReplicatedCounts::<T>::insert(1, v);
		if let Some(RecordEntry::Live(record)) = Records::<T>::get(id) {
			let record = Record { latest: v, wraps: w, ..record };
			Records::<T>::insert(id, RecordEntry::Live(record));
		}

		#[extrinsic_call]
		_(RawOrigin::Signed(stage.patient), id);

		assert_eq!(Status::<T>::get().removals, r);
		assert_eq!(Wraps::<T>::iter_key_prefix((id,)).count(), 0);
		assert_eq!(SealedKeys::<T>::iter_key_prefix(id).count(), 0);
		assert_eq!(SealedKeyCounts::<T>::iter_keys().count(), 0);
	}

	#[benchmark]
	fn confirm_removed(n: Linear<0, { T::MaxClaims::get() }>) {
		let stage = stage::<T>();
		let claim = |number| {
			let (record, root) = (stage.id(number), content(number).root);
			let tombstone =
				Tombstone { patient: stage.patient.clone(), erased: 0, replicas_left: 1 };
			Records::<T>::insert(record, RecordEntry::Erased(tombstone));
			Removals::<T>::insert((&stage.node, record, 1), Removal { root, block: 0 });
			StorageClaim { record, version: 1, root }
		};
		let claims: Vec<_> = (0..n).map(claim).collect();
		Status::<T>::mutate(|status| status.removals = n);

		#[extrinsic_call]
		_(RawOrigin::Signed(stage.node), claims.try_into().unwrap());

		assert_eq!(Status::<T>::get().removals, 0);
	}

	#[benchmark]
	fn add_wraps(n: Linear<0, { MAX_WRAPS }>) {
		let stage = stage::<T>();
		let wraps: Vec<_> = (0..n)
			.map(|number| RecordWrap {
				record: stage.register(number),
				version: 1,
				recipient: reader::<T>(number),
				wrap: wrap(),
			})
			.collect();

		#[extrinsic_call]
		_(RawOrigin::Signed(stage.patient), wraps.try_into().unwrap());

		assert_eq!(Wraps::<T>::iter_keys().count() as u32, 2 * n);
	}

	#[benchmark]
	fn read_keys(n: Linear<1, { MAX_WRAPS }>) {
		let readers: Vec<_> = (0..n).map(reader::<T>).collect();
		let wrap = wrap();

		let checked;
		#[block]
		{
			checked = readers
				.iter()
				.try_for_each(|reader| Pallet::<T>::ensure_current_key(reader, &wrap));
		}

		assert_eq!(checked, Ok(()));
	}

	#[benchmark]
	fn remove_wraps(n: Linear<0, { MAX_WRAPS }>) {
		let stage = stage::<T>();
		let wraps: Vec<_> = (0..n)
			.map(|number| {
				let (author, new) = (&stage.author, stage.new_record(number, 2));
				Pallet::<T>::do_register(author, new).unwrap();
				WrapKey { record: stage.id(number), version: 1, recipient: reader::<T>(1) }
			})
			.collect();

		#[extrinsic_call]
		_(RawOrigin::Signed(stage.patient), wraps.try_into().unwrap());

		assert_eq!(Wraps::<T>::iter_keys().count() as u32, n);
	}

	#[benchmark]
	fn withdraw_replica(n: Linear<0, { T::MaxClaims::get() }>) {
		let stage = stage::<T>();
		let claims = stage.claims(n);
		Pallet::<T>::do_confirm_stored(stage.node.clone(), &claims).unwrap();

		#[extrinsic_call]
		_(RawOrigin::Signed(stage.node), claims);

		assert_eq!(UnderReplicatedCounts::<T>::get(0), n);
		assert_eq!(Status::<T>::get().removals, n);
	}

	#[benchmark]
	fn announce() {
		let stage = stage::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(stage.node.clone()));

		assert!(Pallet::<T>::is_present(&stage.node));
	}

	#[benchmark]
	fn set_peer() {
		let stage = stage::<T>();

		#[extrinsic_call]
		_(RawOrigin::Signed(stage.node.clone()), [7; 32]);

		assert_eq!(Peers::<T>::get(&stage.node), Some([7; 32]));
	}

	/// None of the `n` listed nodes ends the search, because none is at the organisation.
	#[benchmark]
	fn look_up(
		n: Linear<{ T::MaxStorageNodesOfOrganisation::get() }, { T::MaxStorageNodes::get() - 1 }>,
	) {
		let stage = stage::<T>();
		for number in 0..n {
			StorageNodes::<T>::insert(account::<T::AccountId>("listed", number, 0), 0);
		}

		let has_place;
		#[block]
		{
			has_place = Pallet::<T>::has_place(Some(stage.organisation));
		}

		assert!(has_place);
	}

	#[benchmark]
	fn retire_replicas(n: Linear<0, { T::MaxClaims::get() }>) {
		let stage = stage::<T>();
		let claims = stage.claims(n);
		let gone: T::AccountId = account("gone", 0, 0);
		for claim in &claims {
			stage.hold(&gone, OrganisationId::MAX - 1, claim);
			stage.hold(&account("other", 0, 0), OrganisationId::MAX, claim);
		}
		StorageNodes::<T>::insert(&gone, 0);
		Peers::<T>::insert(&gone, [7; 32]);

		#[extrinsic_call]
		_(RawOrigin::Signed(stage.node), gone.clone(), claims);

		assert_eq!(Status::<T>::get().removals, n);
		assert!(!StorageNodes::<T>::contains_key(&gone));
	}

	#[benchmark]
	fn set_absence_limit() -> Result<(), BenchmarkError> {
		let origin = council::<T>()?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, 100);

		assert_eq!(AbsenceLimit::<T>::get(), 100);
		Ok(())
	}

	#[benchmark]
	fn seal() {
		let record = stage::<T>().register(0);
		let sealed = sealed::<T>();

		#[block]
		{
			Pallet::<T>::ensure_sealed_to_active(&sealed).unwrap();
			Pallet::<T>::put_sealed(&record, 1, &sealed);
		}

		assert!(SealedKeys::<T>::contains_key(record, 1));
	}

	/// Counts the sealed keys of a call.
	#[benchmark]
	fn count_sealed() {
		let epoch = sealed::<T>().epoch;
		Pallet::<T>::count_sealed(epoch, 1);

		#[block]
		{
			Pallet::<T>::count_sealed(epoch, 1);
		}

		assert_eq!(SealedKeyCounts::<T>::get(epoch), 2);
	}

	/// One sealed key that a migration counts, with a count that it finds.
	#[benchmark]
	fn count_sealed_key() {
		let record = stage::<T>().register(0);
		let sealed = sealed::<T>();
		Pallet::<T>::put_sealed(&record, 1, &sealed);
		StorageVersion::new(1).put::<Pallet<T>>();
		let cleared = Some(migrations::Progress::Counting(None));
		let mut meter = WeightMeter::with_limit(T::WeightInfo::count_sealed_key());
		let counted;

		#[block]
		{
			counted = migrations::ToVersion2::<T>::step(cleared, &mut meter);
		}

		let expected = migrations::Progress::Counting(Some((record, 1)));
		assert!(matches!(counted, Ok(Some(found)) if found == expected));
		assert_eq!(SealedKeyCounts::<T>::get(sealed.epoch), 1);
	}

	#[benchmark]
	fn reseal() {
		let stage = stage::<T>();
		let record = stage.register(0);
		let sealed = sealed::<T>();
		// From an earlier epoch, so that two counts change.
		let before = SealedKey { epoch: Epoch::MAX, ..sealed.clone() };
		Pallet::<T>::replace_sealed(&record, 1, &before);
		let epoch = sealed.epoch;

		#[extrinsic_call]
		_(RawOrigin::Signed(stage.patient), record, 1, sealed);

		assert!(SealedKeys::<T>::contains_key(record, 1));
		assert_eq!(SealedKeyCounts::<T>::iter().collect::<Vec<_>>(), [(epoch, 1)]);
	}

	#[benchmark]
	fn on_attested() {
		let stage = stage::<T>();
		let record = stage.register(0);
		let subject = Subject::RecordVersion { record, version: 1 };

		#[block]
		{
			<Pallet<T> as OnAttested<T::AccountId>>::on_verdict_reached(
				&subject,
				Verdict::Confirmed,
			);
		}

		assert_eq!(Versions::<T>::get(record, 1).unwrap().state, VersionState::Attested);
	}

	#[benchmark]
	fn withdraw(
		v: Linear<1, { T::MaxVersions::get() }>,
		w: Linear<1, { T::MaxWrapsPerRecord::get() }>,
	) {
		let stage = stage::<T>();
		let id = stage.register(0);
		let first = Versions::<T>::get(id, 1).unwrap();
		// Straight into storage, so that the two parameters vary independently.
		for version in 1..=v {
			let info = VersionInfo {
				content: content(version),
				state: VersionState::Lost,
				..first.clone()
			};
			Versions::<T>::insert(id, version, info);
			StatesBeforeLoss::<T>::insert(id, version, VersionState::Stored);
			UnderReplicated::<T>::insert((0, id, version), ());
		}
		UnderReplicatedCounts::<T>::insert(0, v);
		for number in 1..w {
			Wraps::<T>::insert((id, number % v + 1, reader::<T>(number)), wrap());
		}
		if let Some(RecordEntry::Live(record)) = Records::<T>::get(id) {
			let record = Record { latest: v, wraps: w, ..record };
			Records::<T>::insert(id, RecordEntry::Live(record));
		}

		#[extrinsic_call]
		_(RawOrigin::Signed(stage.author), id, ReasonCode::WrongPatient);

		assert!(Withdrawals::<T>::contains_key(id));
		assert_eq!(UnderReplicatedCounts::<T>::get(0), 0);
		assert_eq!(Wraps::<T>::iter_key_prefix((id,)).count(), 1);
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
