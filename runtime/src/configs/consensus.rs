//! Production and finality of blocks.

use super::governance::{CouncilTwoThirds, MAX_MOTIONS, MAX_MOTIONS_PER_SEAT};
use crate::{
	units::{DAYS, MINUTES, SLOT_DURATION},
	AccountId, Aura, Balances, BlockNumber, Council, Historical, Offences, Roles, Runtime,
	RuntimeEvent, Session, SessionKeys, Validators,
};
use alloc::vec::Vec;
use frame_support::{
	parameter_types,
	traits::{ConstBool, ConstU128, ConstU32, ConstU64},
};
use salus_primitives::MAX_VALIDATORS;
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_runtime::traits::{ConvertInto, OpaqueKeys};
use sp_staking::offence::{Offence, OffenceError, ReportOffence};

/// Length of a session, in blocks. A validator waits at most this long for its new keys to be
/// queued, and the same time again until they apply.
pub const SESSION_LENGTH: BlockNumber = 10 * MINUTES;

/// Period in which an offence can be reported, in blocks: a week.
const REPORT_LONGEVITY: u64 = 7 * DAYS as u64;

/// The same period in sessions, if none of them ends early.
const KEPT_SESSIONS: u32 = REPORT_LONGEVITY as u32 / SESSION_LENGTH;

parameter_types! {
	pub const SessionLength: BlockNumber = SESSION_LENGTH;
	/// Period in which a hospital's representative may object before another one votes, in blocks:
	/// a day.
	pub const NoticePeriod: BlockNumber = DAYS;
}

impl pallet_timestamp::Config for Runtime {
	type MinimumPeriod = ConstU64<{ SLOT_DURATION / 2 }>;
	type Moment = u64;
	type OnTimestampSet = Aura;
	type WeightInfo = pallet_timestamp::weights::SubstrateWeight<Runtime>;
}

impl pallet_aura::Config for Runtime {
	type AllowMultipleBlocksPerSlot = ConstBool<false>;
	type AuthorityId = AuraId;
	type DisabledValidators = Session;
	type MaxAuthorities = ConstU32<MAX_VALIDATORS>;
	type SlotDuration = ConstU64<SLOT_DURATION>;
}

/// Offender of an equivocation.
type Offender = pallet_session::historical::IdentificationTuple<Runtime>;

/// Takes reports of equivocations that can change something. Two signatures by one key make a
/// proof, even for a round that never took place. So a hospital could sign any number of proofs
/// against itself, and each would be free and stay on the chain.
pub struct UsefulReports;

impl UsefulReports {
	fn is_useful(offenders: &[Offender]) -> bool {
		offenders.iter().any(|(account, ())| Validators::can_offend(account))
	}
}

impl<O: Offence<Offender>> ReportOffence<AccountId, Offender, O> for UsefulReports
where
	Offences: ReportOffence<AccountId, Offender, O>,
{
	fn report_offence(reporters: Vec<AccountId>, offence: O) -> Result<(), OffenceError> {
		match Self::is_useful(&offence.offenders()) {
			true => Offences::report_offence(reporters, offence),
			// A useless report is answered like one that is known already: the call fails, and
			// nothing is stored.
			false => Err(OffenceError::DuplicateReport),
		}
	}

	fn is_known_offence(offenders: &[Offender], slot: &O::Slot) -> bool {
		!Self::is_useful(offenders)
			|| <Offences as ReportOffence<_, _, O>>::is_known_offence(offenders, slot)
	}
}

impl pallet_grandpa::Config for Runtime {
	type EquivocationReportSystem = pallet_grandpa::EquivocationReportSystem<
		Self,
		UsefulReports,
		Historical,
		ConstU64<REPORT_LONGEVITY>,
	>;
	type KeyOwnerProof = sp_session::MembershipProof;
	type MaxAuthorities = ConstU32<MAX_VALIDATORS>;
	type MaxNominators = ConstU32<0>;
	type MaxSetIdSessionEntries = ConstU64<{ KEPT_SESSIONS as u64 }>;
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = ();
}

impl pallet_validators::Config for Runtime {
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = crate::benchmarks::Helper;
	type Council = Council;
	type CouncilOrigin = CouncilTwoThirds;
	type KeptSessions = ConstU32<KEPT_SESSIONS>;
	type MaxMotions = ConstU32<MAX_MOTIONS>;
	type MaxMotionsPerSeat = ConstU32<MAX_MOTIONS_PER_SEAT>;
	type MaxValidators = ConstU32<MAX_VALIDATORS>;
	type NoticePeriod = NoticePeriod;
	type Roles = Roles;
	type SessionLength = SessionLength;
	type WeightInfo = pallet_validators::weights::SubstrateWeight<Runtime>;
}

impl pallet_session::Config for Runtime {
	type Currency = Balances;
	// `pallet-validators` removes a validator that equivocated, and the set without it applies
	// within two blocks.
	type DisablingStrategy = ();
	// The council decides who may validate, so a deposit would serve no purpose.
	type KeyDeposit = ConstU128<0>;
	type Keys = SessionKeys;
	type NextSessionRotation = pallet_session::PeriodicSessions<SessionLength, ConstU32<0>>;
	type RuntimeEvent = RuntimeEvent;
	type SessionHandler = <SessionKeys as OpaqueKeys>::KeyTypeIdProviders;
	type SessionManager = pallet_session::historical::NoteHistoricalRoot<Self, Validators>;
	type ShouldEndSession = Validators;
	type ValidatorId = AccountId;
	type ValidatorIdOf = ConvertInto;
	type WeightInfo = pallet_session::weights::SubstrateWeight<Runtime>;
}

impl pallet_session::historical::Config for Runtime {
	type FullIdentification = ();
	type FullIdentificationOf = pallet_validators::AccountOnly;
	type RuntimeEvent = RuntimeEvent;
}

impl pallet_authorship::Config for Runtime {
	type EventHandler = Validators;
	type FindAuthor = pallet_session::FindAccountFromAuthorIndex<Self, Aura>;
}

impl pallet_offences::Config for Runtime {
	type IdentificationTuple = pallet_session::historical::IdentificationTuple<Self>;
	type OnOffenceHandler = Validators;
	type RuntimeEvent = RuntimeEvent;
}

impl pallet_authority_discovery::Config for Runtime {
	type MaxAuthorities = ConstU32<MAX_VALIDATORS>;
}
