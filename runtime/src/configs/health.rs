//! Members, records, attestations, consent, access through the committee, and recovery of lost
//! keys.

use super::CouncilTwoThirds;
use crate::{
	succession::PatientCalls,
	units::{DAY_MILLIS, HEAL, MINUTES},
	Access, Attestation, Balances, Committee, Consent, Records, Roles, Runtime, RuntimeCall,
	RuntimeHoldReason, Signature, Timestamp,
};
use frame_support::traits::{ConstU128, ConstU32, ConstU64};

/// Daily allowance of one account: worth 100 seconds of the chain's time, or about ten thousand
/// registrations.
pub const ACCOUNT_ALLOWANCE: u128 = 100 * HEAL;

/// Daily allowance of an organisation's staff together. Its storage nodes have the same again. It
/// is worth about three percent of the chain's capacity.
pub const ORGANISATION_ALLOWANCE: u128 = 1_000 * HEAL;

/// Daily allowance of a hospital's patients together.
pub const PATIENTS_ALLOWANCE: u128 = 1_000 * HEAL;

/// Daily limit of one patient within that: worth ten seconds of the chain's time.
pub const PATIENT_ALLOWANCE: u128 = 10 * HEAL;

/// Additional daily reserve of a patient for protective calls: hundreds of calls, or several of the
/// longest.
pub const PATIENT_RESERVE: u128 = HEAL;

/// Maximum ciphertext size of one version: 64 GiB.
const MAX_SIZE: u64 = 64 << 30;

impl pallet_roles::Config for Runtime {
	type AccountAllowance = ConstU128<ACCOUNT_ALLOWANCE>;
	type AllowancePeriod = ConstU64<DAY_MILLIS>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = ();
	type CouncilOrigin = CouncilTwoThirds;
	type MaxAdministrations = ConstU32<8>;
	type MaxAdmins = ConstU32<8>;
	type OnEnrolled = Consent;
	type OrganisationAllowance = ConstU128<ORGANISATION_ALLOWANCE>;
	type PatientAllowance = ConstU128<PATIENT_ALLOWANCE>;
	type PatientReserve = ConstU128<PATIENT_RESERVE>;
	type PatientsAllowance = ConstU128<PATIENTS_ALLOWANCE>;
	type Signature = Signature;
	type Time = Timestamp;
	type WeightInfo = pallet_roles::weights::SubstrateWeight<Runtime>;
}

impl pallet_records::Config for Runtime {
	type AuthorityId = pallet_records::crypto::StorageNodeId;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = crate::benchmarks::Helper;
	type Committee = Committee;
	type Consent = Consent;
	type CouncilOrigin = CouncilTwoThirds;
	// Two calls with this number of guarded records, each about one patient, fit into a block. Calls
	// about many patients hold fewer.
	type MaxBatch = ConstU32<700>;
	type MaxClaims = ConstU32<256>;
	type MaxReplicas = ConstU32<8>;
	type MaxSize = ConstU64<MAX_SIZE>;
	type MaxStorageNodes = ConstU32<256>;
	type MaxVersions = ConstU32<128>;
	type MaxWrapsPerRecord = ConstU32<1_024>;
	// The statements about a record are removed with it.
	type OnErased = Attestation;
	// Extension point for storage markets.
	type OnStored = ();
	type OnWithdrawn = Access;
	type ReplicationTarget = ConstU32<3>;
	type Roles = Roles;
	type Time = Timestamp;
	type WeightInfo = pallet_records::weights::SubstrateWeight<Runtime>;
}

impl pallet_attestation::Config for Runtime {
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = crate::benchmarks::Helper;
	type MaxAttestations = ConstU32<16>;
	// Records become attested or rejected; a rejected credential suspends its membership. Extension
	// point for claims.
	type OnAttested = (Records, Roles);
	type Records = Records;
	type Roles = Roles;
	type Time = Timestamp;
	type WeightInfo = pallet_attestation::weights::SubstrateWeight<Runtime>;
}

impl pallet_consent::Config for Runtime {
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = crate::benchmarks::Helper;
	type Emergencies = Access;
	type Keys = Records;
	type MaxDenials = ConstU32<64>;
	type MaxGrants = ConstU32<128>;
	type Records = Records;
	type Roles = Roles;
	type Time = Timestamp;
	type WeightInfo = pallet_consent::weights::SubstrateWeight<Runtime>;
}

/// Hour, in milliseconds.
const HOUR_MILLIS: u64 = DAY_MILLIS / 24;

impl pallet_access::Config for Runtime {
	// A year, the usual period of an audit in hospitals.
	type ArchiveAge = ConstU64<{ 365 * DAY_MILLIS }>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = crate::benchmarks::Helper;
	type Committee = Committee;
	type Consent = Consent;
	// Appoints the reviewers of emergencies, and reinstates clinicians.
	type CouncilOrigin = CouncilTwoThirds;
	type Credentials = Attestation;
	type Currency = Balances;
	// Worth about a hundred registrations, so that a flood of denied requests has a price.
	type DenialFee = ConstU128<HEAL>;
	type DenialQuota = ConstU32<200>;
	type DenialWindow = ConstU64<DAY_MILLIS>;
	type EmergencyLifetime = ConstU64<{ 4 * HOUR_MILLIS }>;
	type EmergencyWindow = ConstU64<DAY_MILLIS>;
	type Fine = ConstU128<{ 1_000 * HEAL }>;
	type MaxArchived = ConstU32<64>;
	type MaxAuditors = ConstU32<32>;
	type MaxCases = ConstU32<64>;
	type MaxDenials = ConstU32<16>;
	type MaxDenialsPerPatient = ConstU32<4>;
	type MaxEmergencies = ConstU32<3>;
	// Beyond this limit, as in a disaster, emergency summaries still open.
	type MaxOfHospital = ConstU32<32>;
	type MaxOpenReleases = ConstU32<64>;
	type MaxUnderAdmin = ConstU32<16>;
	type MaxUnreviewed = ConstU32<64>;
	type MinBond = ConstU128<{ 5_000 * HEAL }>;
	type Records = Records;
	type ReleaseLifetime = ConstU64<HOUR_MILLIS>;
	type ReviewPeriod = ConstU64<{ 3 * DAY_MILLIS }>;
	type Roles = Roles;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Time = Timestamp;
	type WeightInfo = pallet_access::weights::SubstrateWeight<Runtime>;
}

impl pallet_committee::Config for Runtime {
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = crate::benchmarks::Helper;
	// Five minutes, so that a restarting node of a hospital is not left out.
	type PhaseLength = ConstU32<{ 5 * MINUTES }>;
	// Above every paid transaction, because readers wait for shares.
	type Priority = ConstU64<{ u64::MAX / 2 }>;
	type Releases = Access;
	type Time = Timestamp;
	type WeightInfo = pallet_committee::weights::SubstrateWeight<Runtime>;
}

impl pallet_succession::Config for Runtime {
	type ActFilter = PatientCalls;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = crate::benchmarks::Helper;
	type Cooldown = ConstU64<{ 7 * DAY_MILLIS }>;
	// A patient may fail to check the chain for this time.
	type Delay = ConstU64<{ 3 * DAY_MILLIS }>;
	type Guardians = Consent;
	type Log = Access;
	type MaxLifetime = ConstU64<{ 30 * DAY_MILLIS }>;
	type Roles = Roles;
	type RuntimeCall = RuntimeCall;
	type Signature = Signature;
	type Time = Timestamp;
	type WeightInfo = pallet_succession::weights::SubstrateWeight<Runtime>;
}
