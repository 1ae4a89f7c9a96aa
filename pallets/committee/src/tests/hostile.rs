//! Random histories with hostile members. Up to n - t of them say anything, change their keys and
//! stay silent, while honest members come and go.
//!
//! In no history does a key open with fewer than two thirds plus one of all seats. If the honest
//! members hold enough shares of a key, they keep them, and its readers can use the key, regardless
//! of the other members. When all honest members are back, the committee forms a key, and each of
//! them holds a share of it.

use crate::{mock::*, *};
use proptest::prelude::*;
use salus_primitives::{
	committee_threshold, member_bit, CommitteeQuery, CommitteeStatement, Dealing, Epoch,
	EpochPhase, Exclusion, MemberIndex, Renewal,
};
use std::collections::BTreeSet;

/// A dealing that every member finds invalid.
const INVALID: u8 = 255;

#[derive(Clone, Debug)]
enum Step {
	/// Every honest member that is present does its part.
	Honest,
	/// One honest member leaves or comes back.
	Toggle(u8),
	Wait(u64),
	Hostile(u8, Act),
	/// The council has the shares or the key renewed.
	Renew(Renewal),
}

#[derive(Clone, Debug)]
enum Act {
	Announce(u8),
	Deal { invalid: bool },
	Confirm(u16, u8),
	Rejoin,
	ChangeKey,
}

fn act() -> impl Strategy<Value = Act> {
	prop_oneof![
		3 => any::<u8>().prop_map(Act::Announce),
		2 => any::<bool>().prop_map(|invalid| Act::Deal { invalid }),
		2 => (any::<u16>(), 1..4u8).prop_map(|(excluded, of)| Act::Confirm(excluded, of)),
		2 => Just(Act::Rejoin),
		2 => Just(Act::ChangeKey),
	]
}

fn step() -> impl Strategy<Value = Step> {
	prop_oneof![
		6 => Just(Step::Honest),
		2 => any::<u8>().prop_map(Step::Toggle),
		3 => prop_oneof![1..4u64, 1..(3 * PHASE)].prop_map(Step::Wait),
		5 => (any::<u8>(), act()).prop_map(|(who, act)| Step::Hostile(who, act)),
		1 => prop_oneof![Just(Renewal::Shares), Just(Renewal::Key)].prop_map(Step::Renew),
	]
}

/// The members: the current secret of each, whether it is hostile, and whether it is present.
struct World {
	secrets: Vec<u8>,
	hostile: u8,
	away: Vec<bool>,
	next_secret: u8,
	/// Shares on the disks of honest members, by epoch and member.
	shares: BTreeSet<(Epoch, usize)>,
	/// Origins of the keys for which honest members held enough shares.
	safe: BTreeSet<Epoch>,
}

impl World {
	fn new(members: u8) -> Self {
		let threshold = committee_threshold(members.into()) as u8;
		Self {
			secrets: (1..=members).collect(),
			hostile: members - threshold,
			away: vec![false; members.into()],
			next_secret: 100,
			shares: BTreeSet::new(),
			safe: BTreeSet::new(),
		}
	}

	/// Honest members come after hostile ones.
	fn honest(&self) -> std::ops::Range<usize> {
		usize::from(self.hostile)..self.secrets.len()
	}

	fn session(&self) {
		new_session_with((1..).zip(self.secrets.iter().copied()));
	}

	fn place(state: &EpochState<u64>, secret: u8) -> Option<MemberIndex> {
		let is_there = |(_, seat): &(MemberIndex, &Seat)| seat.id == id(secret);
		state.indexed().find(is_there).map(|(index, _)| index)
	}

	/// Does what an honest node's worker does in this block.
	fn do_part(&self, secret: u8) {
		let epoch = Latest::<Test>::get();
		let state = Epochs::<Test>::get(epoch).unwrap();
		let Some(index) = Self::place(&state, secret) else {
			return;
		};
		let seat = state.seat(index).unwrap();
		match state.phase {
			EpochPhase::Announcing if seat.key.is_none() => {
				// A key that no other member announced, because hostile members may repeat its own.
				let is_free = |of: &u8| state.count(|seat| seat.key == Some(key(*of))) == 0;
				let of = (secret..).find(is_free).unwrap();
				say(announce_as(epoch, index, secret, of))
			}
			EpochPhase::Dealing if seat.key.is_some() && !seat.dealt => {
				say(deal_as(epoch, index, secret, secret))
			}
			EpochPhase::Confirming if seat.key.is_some() && seat.vote.is_none() => {
				let dealings = Committee::dealings(epoch);
				let excluded = dealings
					.iter()
					.filter(|(_, dealing)| dealing[0] == INVALID)
					.fold(0, |bits, (index, _)| bits | member_bit(*index));
				let valid = dealings.len() as u32 - excluded.count_ones();
				if valid >= state.threshold {
					say(confirm_as(epoch, index, secret, excluded, 1));
				}
			}
			EpochPhase::Active if seat.key.is_none() => {
				let _ = apply(rejoin_as(epoch, index, secret));
			}
			_ => {}
		}
	}

	fn honest_part(&mut self) {
		for member in self.honest() {
			if !self.away[member] {
				self.keep_shares(member);
				self.do_part(self.secrets[member]);
			}
		}
	}

	/// Derives, confirms and destroys the shares of a member as its node does.
	fn keep_shares(&mut self, member: usize) {
		let secret = self.secrets[member];
		for (epoch, state) in Epochs::<Test>::iter().filter(|(_, state)| state.has_key()) {
			let Some(index) = Self::place(&state, secret) else {
				continue;
			};
			let seat = state.seat(index).unwrap();
			let complete = Committee::epoch_key(epoch).unwrap().complete;
			if complete.is_some_and(|complete| complete > epoch) {
				self.shares.remove(&(epoch, member));
			} else if holds(seat) && seat.vote.is_some() {
				self.shares.insert((epoch, member));
			} else if is_derivable(epoch, seat) {
				self.shares.insert((epoch, member));
				say(confirm_as(epoch, index, secret, state.invalid(), 1));
			}
		}
	}

	/// Asserts that no key is lost for which honest members held enough shares, and that readers
	/// can have those members release it. They need not be present.
	fn check_shares(&mut self) {
		let mut held = BTreeSet::new();
		for (epoch, state) in Epochs::<Test>::iter().filter(|(_, state)| state.has_key()) {
			let has = |member: &usize| {
				let seat =
					Self::place(&state, self.secrets[*member]).and_then(|index| state.seat(index));
				let can_derive = seat.is_some_and(|seat| is_derivable(epoch, seat));
				self.shares.contains(&(epoch, *member)) || can_derive
			};
			let origin = Committee::epoch_key(epoch).unwrap().origin;
			let is_enough = self.honest().filter(has).count() as u32 >= state.threshold;
			if is_enough && Committee::can_release(epoch, origin) {
				held.insert(origin);
			}
		}
		assert!(self.safe.is_subset(&held), "lost: {:?}", &self.safe - &held);
		self.safe.extend(held);
	}

	fn act(&mut self, who: u8, act: Act) {
		if self.hostile == 0 {
			return;
		}
		let member = usize::from(who % self.hostile);
		let secret = self.secrets[member];
		let epoch = Latest::<Test>::get();
		let state = Epochs::<Test>::get(epoch).unwrap();
		let index = Self::place(&state, secret).unwrap_or(1);
		let _ = match act {
			// These include keys that other members announced.
			Act::Announce(key) => apply(announce_as(epoch, index, secret, key)),
			Act::Deal { invalid } => {
				let content = if invalid { INVALID } else { secret };
				apply(deal_as(epoch, index, secret, content))
			}
			Act::Confirm(excluded, of) => apply(confirm_as(epoch, index, secret, excluded, of)),
			Act::Rejoin => apply(rejoin_as(epoch, index, secret)),
			Act::ChangeKey => {
				self.next_secret = self.next_secret.checked_add(1).unwrap_or(100);
				self.secrets[member] = self.next_secret;
				self.session();
				return;
			}
		};
	}

	fn step(&mut self, step: Step) {
		match step {
			Step::Honest => self.honest_part(),
			Step::Toggle(who) => {
				let honest = self.honest();
				let member = honest.start + usize::from(who) % honest.len();
				self.away[member] = !self.away[member];
			}
			Step::Wait(blocks) => run_to(System::block_number() + blocks),
			Step::Hostile(who, act) => self.act(who, act),
			Step::Renew(renewal) => drop(Committee::renew(RuntimeOrigin::root(), renewal)),
		}
	}

	/// Returns whether each honest member holds a share of the active key.
	fn all_hold(&self) -> bool {
		let Some(state) = Committee::active().and_then(Epochs::<Test>::get) else {
			return false;
		};
		self.honest().all(|member| {
			Self::place(&state, self.secrets[member])
				.and_then(|index| state.seat(index))
				.is_some_and(holds)
		})
	}
}

fn holds(seat: &Seat) -> bool {
	seat.key.is_some() && seat.excluded != Some(Exclusion::InvalidDealing)
}

/// Returns whether a member that was away when the key was decided can derive its share.
fn is_derivable(epoch: Epoch, seat: &Seat) -> bool {
	holds(seat) && seat.vote.is_none() && !Committee::dealings(epoch).is_empty()
}

/// Asserts that no key in use opens below the threshold of all seats, and that enough members hold
/// shares.
fn check_keys() {
	for (epoch, state) in Epochs::<Test>::iter() {
		if state.has_key() {
			let seats = state.seats.len() as u32;
			assert_eq!(Committee::threshold(epoch), Some(committee_threshold(seats)));
			assert!(state.count(holds) >= state.threshold);
		}
	}
	Committee::do_try_state().unwrap();
}

fn announce_as(epoch: u32, index: MemberIndex, signer: u8, of: u8) -> Call<Test> {
	let key = key(of);
	let key_said = &key;
	let signature = sign(signer, CommitteeStatement::Announce { epoch, index, key: key_said });
	Call::announce { epoch, index, key, signature }
}

fn deal_as(epoch: u32, index: MemberIndex, signer: u8, content: u8) -> Call<Test> {
	let dealing: Dealing = vec![content; 9].try_into().unwrap();
	let statement = CommitteeStatement::Deal { epoch, index, dealing: &dealing };
	let signature = sign(signer, statement);
	Call::deal { epoch, index, dealing, signature }
}

fn confirm_as(epoch: u32, index: MemberIndex, signer: u8, excluded: u16, of: u8) -> Call<Test> {
	let public = public(of);
	let statement = CommitteeStatement::Confirm { epoch, index, excluded, public: &public };
	let signature = sign(signer, statement);
	Call::confirm { epoch, index, excluded, public, signature }
}

/// Returns the number of histories, from `SALUS_HISTORIES` if set.
fn histories() -> u32 {
	std::env::var("SALUS_HISTORIES").ok().and_then(|number| number.parse().ok()).unwrap_or(200)
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(histories()))]

	#[test]
	fn hostile_members_cannot_weaken_or_prevent_a_key(
		members in 4..=7u8,
		steps in proptest::collection::vec(step(), 1..60),
		unrest in proptest::collection::vec((any::<u8>(), act()), 1..8),
	) {
		with_members(1..=members).build().execute_with(|| {
			let mut world = World::new(members);
			world.session();
			for step in steps {
				world.step(step);
				check_keys();
				world.check_shares();
			}
			// From now on all honest members stay, while the hostile ones continue.
			world.away.fill(false);
			let mut unrest = unrest.into_iter().cycle();
			for turn in 0..3_000u64 {
				if world.all_hold() {
					break;
				}
				if turn % 5 == 0 {
					let (who, act) = unrest.next().unwrap();
					world.act(who, act);
				}
				world.honest_part();
				world.check_shares();
				run_to(System::block_number() + 3);
			}
			assert!(world.all_hold(), "the honest members hold no key after 9000 blocks");
			check_keys();
		});
	}
}
