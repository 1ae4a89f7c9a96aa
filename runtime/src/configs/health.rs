//! Members, records, attestations, consent, access through the committee, and recovery of lost
//! keys.

use super::CouncilTwoThirds;
use crate::{
	succession::PatientCalls,
	units::{DAYS, DAY_MILLIS, HEAL, MINUTES},
	Access, Attestation, Balances, Committee, Consent, Records, Roles, Runtime, RuntimeCall,
	RuntimeHoldReason, Signature, Succession, Timestamp, Validators,
};
use frame_support::traits::{ConstU128, ConstU32, ConstU64};
use salus_primitives::RELEASE_LIFETIME;

/// Daily allowance of one account: worth 100 seconds of the chain's time.
pub const ACCOUNT_ALLOWANCE: u128 = 100 * HEAL;

/// Daily allowance of an organisation's staff together. Its storage nodes have the same again. It
/// is worth about three percent of the chain's capacity.
pub const ORGANISATION_ALLOWANCE: u128 = 1_000 * HEAL;

/// Daily allowance of a hospital's patients together.
pub const PATIENTS_ALLOWANCE: u128 = 1_000 * HEAL;

/// Daily limit of one patient within that: worth ten seconds of the chain's time.
pub const PATIENT_ALLOWANCE: u128 = 10 * HEAL;

/// Additional daily reserve of a patient for protective calls. It covers the longest of them at
/// least twice.
pub const PATIENT_RESERVE: u128 = HEAL;

/// Maximum ciphertext size of one version: 64 GiB.
const MAX_SIZE: u64 = 64 << 30;

impl pallet_roles::Config for Runtime {
	type AccountAllowance = ConstU128<ACCOUNT_ALLOWANCE>;
	type AllowancePeriod = ConstU64<DAY_MILLIS>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = ();
	type CouncilOrigin = CouncilTwoThirds;
	// Each transaction of an administrator reads all of them, to find the allowance that pays.
	type MaxAdministrations = ConstU32<8>;
	// Several, so that a lost key leaves others. Few, because each of them admits members.
	type MaxAdmins = ConstU32<8>;
	type OnEnrolled = Consent;
	type OrganisationAllowance = ConstU128<ORGANISATION_ALLOWANCE>;
	type PatientAllowance = ConstU128<PATIENT_ALLOWANCE>;
	type PatientReserve = ConstU128<PATIENT_RESERVE>;
	type PatientsAllowance = ConstU128<PATIENTS_ALLOWANCE>;
	type Signature = Signature;
	type Succession = Succession;
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
	// Two calls with this number of guarded records, each about one patient, fit into a block.
	// Calls about many patients hold fewer.
	type MaxBatch = ConstU32<700>;
	// Four times what the off-chain worker claims in one call.
	type MaxClaims = ConstU32<256>;
	// An erasure removes all replicas, versions and wraps of a record in one call, so the three
	// limits together bound it.
	type MaxReplicas = ConstU32<8>;
	type MaxSize = ConstU64<MAX_SIZE>;
	// The replication target is computed from the list of all nodes.
	type MaxStorageNodes = ConstU32<256>;
	// Sixteen organisations can take their full number.
	type MaxStorageNodesOfOrganisation = ConstU32<16>;
	type MaxVersions = ConstU32<128>;
	type MaxWrapsPerRecord = ConstU32<1_024>;
	// The statements about a record are removed with it.
	type OnErased = Attestation;
	// Extension point for storage markets.
	type OnStored = ();
	type OnWithdrawn = Access;
	// A record outlasts the failure of two nodes (ADR 12).
	type ReplicationTarget = ConstU32<3>;
	type Roles = Roles;
	type Time = Timestamp;
	type WeightInfo = pallet_records::weights::SubstrateWeight<Runtime>;
}

impl pallet_attestation::Config for Runtime {
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = crate::benchmarks::Helper;
	// Twice the largest threshold, so that statements for one verdict leave room for the other.
	type MaxAttestations = ConstU32<16>;
	// Records become attested or rejected; a rejected credential suspends its membership. A pallet
	// that acts on attestations, such as one that pays claims, is added here.
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
	// A decision reads all denials and grants of the patient. Those that others give (by rules,
	// guardians and passing on) are at most 48 of the grants.
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
	// Worth one second of the chain's time, so that a flood of denied requests has a price.
	type DenialFee = ConstU128<HEAL>;
	// Mistakes of an organisation's staff are free. Beyond this number, each costs the fee above.
	type DenialQuota = ConstU32<200>;
	type DenialWindow = ConstU64<DAY_MILLIS>;
	// Short, because a case opens records before anyone has reviewed it.
	type EmergencyLifetime = ConstU64<{ 4 * HOUR_MILLIS }>;
	type EmergencyWindow = ConstU64<DAY_MILLIS>;
	// The minimum bond pays for five rejected cases.
	type Fine = ConstU128<{ 1_000 * HEAL }>;
	// Bounds the weight of a call, which can be repeated.
	type MaxArchived = ConstU32<64>;
	// A review looks at each of them, to find those who may vote.
	type MaxAuditors = ConstU32<32>;
	// Bounds the list of a patient's cases, which is read at each opening.
	type MaxCases = ConstU32<64>;
	// A reader can fill neither the log of one patient nor the logs of many with denials.
	type MaxDenials = ConstU32<16>;
	type MaxDenialsPerPatient = ConstU32<4>;
	// ADR 16 has the limits for one clinician, one hospital, and the clinicians whom one
	// administrator admitted: collusion opens few records before a review ends it.
	type MaxEmergencies = ConstU32<3>;
	// Beyond this limit, as in a disaster, emergency summaries still open.
	type MaxOfHospital = ConstU32<32>;
	// Every member of the committee makes a share for each of them. They are open for an hour, so
	// this is also how many a hospital's system with one account can open in that time.
	type MaxOpenReleases = ConstU32<512>;
	type MaxUnderAdmin = ConstU32<16>;
	// A hospital whose cases nobody reviews opens no more.
	type MaxUnreviewed = ConstU32<64>;
	// Room for a patient whom several clinicians treat in shifts. A hospital takes a quarter of the
	// patient's cases, so that it cannot keep the others from opening one.
	type MaxUnreviewedPerPatient = ConstU32<16>;
	type MinBond = ConstU128<{ 5_000 * HEAL }>;
	type Records = Records;
	type ReleaseLifetime = ConstU64<RELEASE_LIFETIME>;
	// After it, a hospital with an unsettled case opens no more (ADR 16).
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
	type RefreshPeriod = ConstU32<{ 30 * DAYS }>;
	type CouncilOrigin = CouncilTwoThirds;
	// Above every paid transaction, because readers wait for shares.
	type Priority = ConstU64<{ u64::MAX / 2 }>;
	type Releases = Access;
	type Time = Timestamp;
	type Validators = Validators;
	type WeightInfo = pallet_committee::weights::SubstrateWeight<Runtime>;
}

impl pallet_succession::Config for Runtime {
	type ActFilter = PatientCalls;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = crate::benchmarks::Helper;
	// Between two attempts of one proposer, others have time for theirs.
	type Cooldown = ConstU64<{ 7 * DAY_MILLIS }>;
	// A patient may fail to check the chain for this time.
	type Delay = ConstU64<{ 3 * DAY_MILLIS }>;
	type Guardians = Consent;
	type Log = Access;
	// Guardians have time to be found and to vouch, but an attempt does not stay open unnoticed.
	type MaxLifetime = ConstU64<{ 30 * DAY_MILLIS }>;
	type Roles = Roles;
	type RuntimeCall = RuntimeCall;
	type Signature = Signature;
	type Time = Timestamp;
	type WeightInfo = pallet_succession::weights::SubstrateWeight<Runtime>;
}
