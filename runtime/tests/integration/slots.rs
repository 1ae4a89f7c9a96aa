//! The upgrade of a chain whose blocks were two seconds apart.

use crate::common::*;
use codec::Decode;
use frame_support::{
	assert_ok,
	storage::unhashed,
	traits::{OnRuntimeUpgrade, StorageVersion},
};
use pallet_collective::{Instance1, Proposals, Voting};
use pallet_records::AbsenceLimit;
use salus_runtime::{
	migrations::{outdated, SingleBlock, SlotsOfOneSecond},
	units::DAYS,
	AccountId, BlockNumber, Committee, Hash, Runtime, System,
};

/// Votes as `pallet-collective` stores them.
type Votes = (u32, u32, Vec<AccountId>, Vec<AccountId>, BlockNumber);

/// Stores a motion that ends in seven days, and returns its hash.
fn open_motion(hash: u8) -> Hash {
	let motion = Hash::repeat_byte(hash);
	assert_ok!(Proposals::<Runtime, Instance1>::try_append(motion));
	let votes: Votes = (0, 2, vec![account("//A")], vec![], System::block_number() + 7 * DAYS);
	unhashed::put(&Voting::<Runtime, Instance1>::hashed_key_for(motion), &votes);
	motion
}

/// Returns the block in which the vote on a motion ends.
fn end(motion: Hash) -> BlockNumber {
	let votes = unhashed::get_raw(&Voting::<Runtime, Instance1>::hashed_key_for(motion));
	let votes = votes.expect("it is open");
	Votes::decode(&mut &votes[..]).expect("these are its fields").4
}

#[test]
fn periods_in_blocks_last_as_long_as_before() {
	on_chain(|| {
		let motions = [open_motion(1), open_motion(2)];
		let now = System::block_number();
		// Half of the seven days at two seconds a block are over.
		System::set_block_number(now + 7 * DAYS / 4);
		let ends = motions.map(|motion| end(motion) - 7 * DAYS / 2);
		for motion in motions {
			let key = Voting::<Runtime, Instance1>::hashed_key_for(motion);
			let mut votes = unhashed::get_raw(&key).expect("it is open");
			let from = votes.len() - 4;
			votes[from..].copy_from_slice(&(end(motion) - 7 * DAYS / 2).to_le_bytes());
			unhashed::put_raw(&key, &votes);
		}
		AbsenceLimit::<Runtime>::put(1_000);
		StorageVersion::new(1).put::<Committee>();
		SlotsOfOneSecond::on_runtime_upgrade();
		let now = System::block_number();
		assert_eq!(motions.map(end), ends.map(|end| now + (end - now) * 2));
		assert_eq!(motions.map(end), [now + 7 * DAYS / 2; 2]);
		assert_eq!(AbsenceLimit::<Runtime>::get(), 2_000);
		assert!(Voting::<Runtime, Instance1>::get(motions[1]).is_some());
	});
}

#[test]
fn the_migrations_change_nothing_a_second_time() {
	on_chain(|| {
		let motion = open_motion(1);
		let before = end(motion);
		AbsenceLimit::<Runtime>::put(1_000);
		SingleBlock::on_runtime_upgrade();
		assert_eq!(end(motion), before);
		assert_eq!(AbsenceLimit::<Runtime>::get(), 1_000);
		assert!(outdated().is_empty());
	});
}

#[test]
fn an_unset_absence_limit_stays_an_hour() {
	on_chain(|| {
		AbsenceLimit::<Runtime>::kill();
		StorageVersion::new(1).put::<Committee>();
		SlotsOfOneSecond::on_runtime_upgrade();
		assert!(!AbsenceLimit::<Runtime>::exists());
		assert_eq!(AbsenceLimit::<Runtime>::get(), salus_runtime::units::HOURS);
	});
}
