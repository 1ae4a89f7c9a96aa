//! The rules of the council's motions that `pallet-collective` leaves to the runtime.
//!
//! A seat has a limited number of open motions ([`Counted`]), each motion names the number of votes
//! that decides it ([`is_deciding`]), and a seat that does not vote is against
//! ([`SilenceIsAgainst`]): two thirds always means two thirds of all seats.
//!
//! Uses: `pallet-validators`, which knows the seats. Used by: the council, by [`crate::configs`].

use crate::{AccountId, Runtime, Validators};
use alloc::collections::BTreeSet;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
	traits::{Consideration, MaybeConsideration},
	weights::Weight,
};
use pallet_collective::{
	weights::SubstrateWeight, DefaultVote, Instance1, MemberCount, Members, ProposalCount,
	Proposals, Voting, WeightInfo,
};
use pallet_validators::WeightInfo as _;
use scale_info::TypeInfo;
use sp_runtime::DispatchError;

/// Ticket of a motion, issued if its seat has room for it. There is no deposit to hold or return: a
/// motion counts while the council has it.
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Encode,
	Eq,
	MaxEncodedLen,
	PartialEq,
	TypeInfo,
)]
pub struct Counted;

impl Consideration<AccountId, u32> for Counted {
	fn new(who: &AccountId, _: u32) -> Result<Self, DispatchError> {
		let number = ProposalCount::<Runtime, Instance1>::get();
		let open = open();
		Validators::count_motion(who, number, |motion| open.contains(&motion))?;
		Ok(Self)
	}

	fn update(self, _: &AccountId, _: u32) -> Result<Self, DispatchError> {
		Ok(self)
	}

	fn drop(self, _: &AccountId) -> Result<(), DispatchError> {
		Ok(())
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn ensure_successful(_: &AccountId, _: u32) {}
}

impl MaybeConsideration<AccountId, u32> for Counted {
	fn is_none(&self) -> bool {
		true
	}
}

/// Returns whether this number of votes is what decides a motion: two thirds of all seats.
pub fn is_deciding(threshold: MemberCount) -> bool {
	let seats = Members::<Runtime, Instance1>::get().len() as MemberCount;
	threshold == seats.saturating_mul(2).div_ceil(3)
}

/// Returns the numbers of the open motions.
fn open() -> BTreeSet<u32> {
	Proposals::<Runtime, Instance1>::get()
		.iter()
		.filter_map(|proposal| {
			// The votes are private to the council, but their encoding begins with the motion's
			// number.
			let key = Voting::<Runtime, Instance1>::hashed_key_for(proposal);
			let mut number = [0; 4];
			sp_io::storage::read(&key, &mut number, 0)?;
			Some(u32::from_le_bytes(number))
		})
		.collect()
}

/// Default vote that counts a silent seat as against when a motion's time is over.
pub struct SilenceIsAgainst;

impl DefaultVote for SilenceIsAgainst {
	fn default_vote(_: Option<bool>, _: MemberCount, _: MemberCount, _: MemberCount) -> bool {
		false
	}
}

/// The SDK's measured weights of the council, plus counting the seat's motions.
pub struct Weights;

type Measured = SubstrateWeight<Runtime>;

impl WeightInfo for Weights {
	fn set_members(m: u32, n: u32, p: u32) -> Weight {
		Measured::set_members(m, n, p)
	}
	fn execute(b: u32, m: u32) -> Weight {
		Measured::execute(b, m)
	}
	fn propose_execute(b: u32, m: u32) -> Weight {
		Measured::propose_execute(b, m)
	}
	fn propose_proposed(b: u32, m: u32, p: u32) -> Weight {
		let numbers = <Runtime as frame_system::Config>::DbWeight::get().reads(p.into());
		Measured::propose_proposed(b, m, p)
			.saturating_add(numbers)
			.saturating_add(<Runtime as pallet_validators::Config>::WeightInfo::count_motion())
	}
	fn vote(m: u32) -> Weight {
		Measured::vote(m)
	}
	fn close_early_disapproved(m: u32, p: u32) -> Weight {
		Measured::close_early_disapproved(m, p)
	}
	fn close_early_approved(b: u32, m: u32, p: u32) -> Weight {
		Measured::close_early_approved(b, m, p)
	}
	fn close_disapproved(m: u32, p: u32) -> Weight {
		Measured::close_disapproved(m, p)
	}
	fn close_approved(b: u32, m: u32, p: u32) -> Weight {
		Measured::close_approved(b, m, p)
	}
	fn disapprove_proposal(p: u32) -> Weight {
		Measured::disapprove_proposal(p)
	}
	fn kill(d: u32, p: u32) -> Weight {
		Measured::kill(d, p)
	}
	fn release_proposal_cost() -> Weight {
		Measured::release_proposal_cost()
	}
}
