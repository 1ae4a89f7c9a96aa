//! What an upgrade does to the chain's storage before transactions go on.
//!
//! Contract: each release lists here what leads from every version of a pallet's storage that a chain may still have to
//! today's; a migration whose version the storage already has does nothing. What is bounded is done in the first block of the new
//! runtime. What grows with the chain is done step by step by `pallet-migrations`, over blocks that take no transactions.
//!
//! Down: the pallets' own `migrations`. Up: `frame_executive`, and [`crate::configs`].

use crate::{
	Access, Attestation, Committee, Consent, Records, Roles, Runtime, Succession, Validators,
};
use alloc::{borrow::ToOwned, string::String, vec::Vec};
use frame_support::{
	migrations::{FailedMigrationHandler, FailedMigrationHandling},
	traits::{GetStorageVersion, PalletInfoAccess, StorageVersion},
};

/// Those whose size has a bound.
pub type SingleBlock = (
	pallet_validators::migrations::ToVersion2<Runtime>,
	pallet_committee::migrations::ToVersion2<Runtime>,
);

/// Those that take as many blocks as they need.
#[cfg(not(feature = "runtime-benchmarks"))]
pub type MultiBlock = (pallet_access::migrations::ToVersion2<Runtime>,);

/// What the benchmarks of `pallet-migrations` take in their place.
#[cfg(feature = "runtime-benchmarks")]
pub type MultiBlock = pallet_migrations::mock_helpers::MockedMigrations;

/// A migration that fails is given up, and the chain goes on.
///
/// The other choice of the SDK is to take no transaction any more. Then nobody could open a record, and no council could vote
/// for a runtime that mends it. So every migration must leave storage readable wherever it stops, and the storage's version
/// as it was until it is complete; `salus upgrade status` and `salus doctor` tell that storage is behind.
pub struct GoOn;

impl FailedMigrationHandler for GoOn {
	fn failed(_: Option<u32>) -> FailedMigrationHandling {
		FailedMigrationHandling::ForceUnstuck
	}
}

/// The pallets of Salus, by name, whose storage is of an earlier version than this runtime's.
pub fn outdated() -> Vec<String> {
	/// The pallet's name, unless its storage is of today.
	fn name<P: GetStorageVersion<InCodeStorageVersion = StorageVersion> + PalletInfoAccess>(
	) -> Option<String> {
		(P::on_chain_storage_version() < P::in_code_storage_version()).then(|| P::name().to_owned())
	}
	[
		name::<Roles>(),
		name::<Records>(),
		name::<Attestation>(),
		name::<Consent>(),
		name::<Access>(),
		name::<Committee>(),
		name::<Succession>(),
		name::<Validators>(),
	]
	.into_iter()
	.flatten()
	.collect()
}
