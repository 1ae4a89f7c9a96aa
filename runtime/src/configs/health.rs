//! Members, records, attestations and consent.

use super::CouncilMajority;
use crate::{
	units::{DAY_MILLIS, HEAL},
	Attestation, Consent, Records, Roles, Runtime, Signature, Timestamp,
};
use frame_support::traits::{ConstU128, ConstU32, ConstU64};

/// What one account may use without fees in a day: as much as 100 seconds of the chain's time, or some ten thousand
/// registrations.
pub const ACCOUNT_ALLOWANCE: u128 = 100 * HEAL;

/// What the members of an organisation may use together without fees in a day: about three hundredths of what the chain
/// carries.
pub const ORGANISATION_ALLOWANCE: u128 = 1_000 * HEAL;

/// The largest ciphertext of one version: 64 GiB.
const MAX_SIZE: u64 = 64 << 30;

impl pallet_roles::Config for Runtime {
	type AccountAllowance = ConstU128<ACCOUNT_ALLOWANCE>;
	type AllowancePeriod = ConstU64<DAY_MILLIS>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = ();
	type CouncilOrigin = CouncilMajority;
	type MaxAdministrations = ConstU32<8>;
	type MaxAdmins = ConstU32<8>;
	type OnEnrolled = Consent;
	type OrganisationAllowance = ConstU128<ORGANISATION_ALLOWANCE>;
	type Signature = Signature;
	type Time = Timestamp;
	type WeightInfo = pallet_roles::weights::SubstrateWeight<Runtime>;
}

impl pallet_records::Config for Runtime {
	type AuthorityId = pallet_records::crypto::StorageNodeId;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = crate::benchmarks::Helper;
	type Consent = Consent;
	type MaxBatch = ConstU32<200>;
	type MaxClaims = ConstU32<256>;
	type MaxReplicas = ConstU32<16>;
	type MaxSize = ConstU64<MAX_SIZE>;
	type MaxVersions = ConstU32<128>;
	type MaxWrapsPerRecord = ConstU32<1_024>;
	// The statements about a record go with it.
	type OnErased = Attestation;
	// Storage markets plug in here.
	type OnStored = ();
	type Roles = Roles;
	type Time = Timestamp;
	type WeightInfo = pallet_records::weights::SubstrateWeight<Runtime>;
}

impl pallet_attestation::Config for Runtime {
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = crate::benchmarks::Helper;
	type MaxAttestations = ConstU32<16>;
	// Records move to attested or rejected; a rejected credential suspends its membership. Claims plug in here.
	type OnAttested = (Records, Roles);
	type Records = Records;
	type Roles = Roles;
	type Time = Timestamp;
	type WeightInfo = pallet_attestation::weights::SubstrateWeight<Runtime>;
}

impl pallet_consent::Config for Runtime {
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = crate::benchmarks::Helper;
	type Keys = Records;
	type MaxDenials = ConstU32<64>;
	type MaxGrants = ConstU32<128>;
	type Records = Records;
	type Roles = Roles;
	type Time = Timestamp;
	type WeightInfo = pallet_consent::weights::SubstrateWeight<Runtime>;
}
