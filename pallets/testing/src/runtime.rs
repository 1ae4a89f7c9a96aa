//! The runtime of a mock, and the state in which its tests begin.

use crate::{stage, AccountId, Now, GENESIS, START};
use core::marker::PhantomData;
use frame_support::dispatch::DispatchResultWithPostInfo;
use frame_system::{Pallet as System, RawOrigin};
use sp_core::H256;
use sp_io::TestExternalities;
use sp_keystore::{testing::MemoryKeystore, KeystoreExt};
use sp_runtime::{traits::One, BuildStorage, DispatchError, DispatchResult, Storage};

/// Declares the runtime of a mock, with `Test` as its name, and the functions of its tests:
/// `TestExt`, `new_test_ext`, `build_and_execute`, `detects`, `events` and `last_event`.
///
/// Below the pallets are the items in which the configuration of `frame_system` differs from its
/// `TestDefaultConfig`, `Block` first.
///
/// ```ignore
/// salus_testing::runtime! {
///     pub enum Test {
///         System: frame_system,
///         Balances: pallet_balances,
///         Access: pallet_access,
///     }
///     type AccountData = pallet_balances::AccountData<u64>;
/// }
/// ```
#[macro_export]
macro_rules! runtime {
	(pub enum Test { $($pallets:tt)* } type Block = $Block:ty; $($config:tt)*) => {
		frame_support::construct_runtime!(pub enum Test { $($pallets)* });

		#[frame_support::derive_impl(frame_system::config_preludes::TestDefaultConfig)]
		impl frame_system::Config for Test {
			type Block = $Block;
			$($config)*
		}

		pub type TestExt = $crate::TestExt<Test>;

		/// Returns the state in which a test begins.
		pub fn new_test_ext() -> sp_io::TestExternalities {
			TestExt::default().build()
		}

		/// Runs a test, then checks the whole state.
		pub fn build_and_execute(test: impl FnOnce()) {
			TestExt::default().build_and_execute(test);
		}

		/// Asserts that the check reports `complaint` after `damage` to the state that `set_up`
		/// built.
		pub fn detects(complaint: &'static str, set_up: impl FnOnce(), damage: impl FnOnce()) {
			TestExt::default().detects(complaint, set_up, damage);
		}

		/// Returns the pallet's events since the last call.
		pub fn events() -> Vec<<Test as $crate::Mock>::Event> {
			$crate::take_events::<Test>()
		}

		/// Returns the last event, which must be the pallet's.
		pub fn last_event() -> <Test as $crate::Mock>::Event {
			$crate::last_event::<Test>()
		}
	};
	(pub enum Test { $($pallets:tt)* } $($config:tt)*) => {
		$crate::runtime! {
			pub enum Test { $($pallets)* }
			type Block = frame_system::mocking::MockBlock<Test>;
			$($config)*
		}
	};
}

/// Begin and end of the tests of a mock.
pub trait Mock: frame_system::Config<Hash = H256> {
	/// Events of the pallet.
	type Event;
	/// Returns the genesis of a test.
	fn genesis() -> impl BuildStorage {
		frame_system::GenesisConfig::<Self>::default()
	}
	/// Sets the stage in the first block. Its events are not kept.
	fn set_stage() {
		stage();
	}
	/// Checks the whole state at the end of a test.
	fn try_state() -> DispatchResult;
}

/// Builder of the state in which a test begins.
pub struct TestExt<T> {
	genesis: Storage,
	mock: PhantomData<T>,
}

impl<T: Mock> Default for TestExt<T> {
	fn default() -> Self {
		Self::new(T::genesis())
	}
}

impl<T: Mock> TestExt<T> {
	/// Starts with a genesis other than the mock's.
	pub fn new(genesis: impl BuildStorage) -> Self {
		Self { genesis: genesis.build_storage().expect("the genesis builds"), mock: PhantomData }
	}

	/// Builds the state at the beginning of the first block, with a keystore.
	pub fn build(self) -> TestExternalities {
		let mut ext = TestExternalities::from(self.genesis);
		ext.register_extension(KeystoreExt::new(MemoryKeystore::new()));
		ext.execute_with(|| {
			System::<T>::initialize(&One::one(), &H256(GENESIS), &Default::default());
			Now::set(START);
			T::set_stage();
			System::<T>::reset_events();
		});
		// A benchmark removes the uncommitted changes before its next run.
		ext.commit_all().expect("no transaction is open");
		ext
	}

	/// Runs a test, then checks the whole state.
	pub fn build_and_execute(self, test: impl FnOnce()) {
		self.build().execute_with(|| {
			test();
			T::try_state().expect("the invariants hold");
		});
	}

	/// Asserts that the check reports `complaint` after `damage` to the state that `set_up` built.
	pub fn detects(self, complaint: &'static str, set_up: impl FnOnce(), damage: impl FnOnce()) {
		self.build().execute_with(|| {
			set_up();
			T::try_state().expect("the state is sound before the damage");
			damage();
			assert_eq!(T::try_state(), Err(DispatchError::Other(complaint)));
		});
	}
}

/// Returns the result of a call without the weight that it reports.
pub fn plain(result: DispatchResultWithPostInfo) -> DispatchResult {
	result.map(drop).map_err(|refused| refused.error)
}

/// Returns the account as the origin of a call.
pub fn signed<Origin: From<RawOrigin<AccountId>>>(who: AccountId) -> Origin {
	RawOrigin::Signed(who).into()
}

/// Returns the pallet's events since the last call.
pub fn take_events<T: Mock>() -> Vec<T::Event>
where
	<T as frame_system::Config>::RuntimeEvent: TryInto<T::Event>,
{
	let events = System::<T>::events();
	System::<T>::reset_events();
	events.into_iter().filter_map(|record| record.event.try_into().ok()).collect()
}

/// Returns the last event, which must be the pallet's.
pub fn last_event<T: Mock>() -> T::Event
where
	<T as frame_system::Config>::RuntimeEvent: TryInto<T::Event>,
{
	let last = System::<T>::events().pop().expect("an event was deposited");
	last.event.try_into().unwrap_or_else(|_| panic!("the last event is another pallet's"))
}
