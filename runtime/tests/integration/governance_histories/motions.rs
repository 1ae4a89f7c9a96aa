//! Motions of the hostile seats: what they propose, how the council votes, and how they close.

use super::{
	cast::{account, council, has_seat, root, As, CANDIDATES, PUPPETS},
	world::{Rules, World},
};
use codec::{Decode, Encode};
use frame_support::{
	storage::{with_transaction, TransactionOutcome},
	weights::Weight,
	BoundedVec,
};
use pallet_collective::{Call as Motion, Instance1, Members, ProposalOf, Voting};
use pallet_roles::Call as Organisations;
use pallet_validators::Call as Set;
use salus_primitives::OrganisationKind;
use salus_runtime::{
	AccountId, BlockNumber, Hash, OriginCaller, Runtime, RuntimeCall, System, Validators,
};
use sp_runtime::{
	traits::{BlakeTwo256, Hash as _},
	DispatchError,
};

impl World {
	/// Lets hostile seats propose something, vote for it, and usually close it.
	pub(super) fn motion(&mut self) {
		let seats = self.hostile_seats();
		let Some(proposer) = self.dice.of(&seats) else {
			return;
		};
		let all = council().len();
		let threshold = match self.dice.below(6) {
			0 => all.div_ceil(2),
			1 => (2 * all).div_ceil(3),
			2 => self.dice.below(all + 2),
			_ => seats.len(),
		} as u32;
		let call = self.call_of_the_council(0);
		let motion = BlakeTwo256::hash_of(&call);
		if threshold < 2 {
			self.as_of_old(&call, 1, all, false);
		}
		let propose = Motion::<Runtime, Instance1>::propose {
			threshold,
			proposal: Box::new(call),
			length_bound: 10_000,
		};
		if self.send(&proposer, propose.into()).is_ok() && threshold >= 2 {
			self.vote(motion);
			if self.dice.percent(60) {
				self.close(motion);
			}
		}
	}

	/// Lets hostile seats usually vote for a motion. Honest seats vote for what looks harmless, and
	/// otherwise against it or not at all.
	pub(super) fn vote(&mut self, motion: Hash) {
		let (Some(index), Some(call)) =
			(Self::index(&motion), ProposalOf::<Runtime, Instance1>::get(motion))
		else {
			return;
		};
		for seat in council() {
			let approve = if self.is_hostile(&seat) {
				self.dice.percent(95)
			} else if Self::looks_harmless(&call) {
				true
			} else if self.dice.percent(30) {
				false
			} else {
				continue;
			};
			let vote = Motion::<Runtime, Instance1>::vote { proposal: motion, index, approve };
			let _ = self.send(&seat, vote.into());
		}
	}

	pub(super) fn close(&mut self, motion: Hash) {
		/// Votes as the council stores them: index, threshold, ayes, nays, end.
		type Votes = (u32, u32, Vec<AccountId>, Vec<AccountId>, BlockNumber);
		let (Some(votes), Some(call)) = (
			Voting::<Runtime, Instance1>::get(motion),
			ProposalOf::<Runtime, Instance1>::get(motion),
		) else {
			return;
		};
		let votes = Votes::decode(&mut &votes.encode()[..]).expect("it is a motion's");
		let is_over = System::block_number() >= votes.4;
		self.as_of_old(&call, votes.2.len(), council().len(), is_over);
		let close = Motion::<Runtime, Instance1>::close {
			proposal_hash: motion,
			index: votes.0,
			proposal_weight_bound: Weight::MAX,
			length_bound: 10_000,
		};
		let who = self.anyone_hostile();
		let _ = self.send(&who, close.into());
	}

	/// Lets a hostile seat make as many proposals as it can, under as many representatives as it
	/// can.
	pub(super) fn flood(&mut self) {
		let seats = self.hostile_seats();
		let Some(seat) = self.dice.of(&seats) else {
			return;
		};
		for _ in 0..6 {
			self.counter += 1;
			let call: RuntimeCall =
				frame_system::Call::remark { remark: self.counter.to_le_bytes().to_vec() }.into();
			let propose = Motion::<Runtime, Instance1>::propose {
				threshold: (2 * council().len() as u32).div_ceil(3),
				proposal: Box::new(call),
				length_bound: 10_000,
			};
			let _ = self.send(&seat, propose.into());
		}
		// The hospital names another representative, who is to propose the same number again.
		let set = Validators::set().validators;
		let Some(own) = set.into_iter().find(|one| one.representative == seat) else {
			return;
		};
		let puppet = account(As::Puppet, self.dice.below(PUPPETS));
		let admin = self.hostile_admin(own.organisation.unwrap_or_default());
		let represent =
			Set::represent { validator: own.account.clone(), representative: puppet.clone() };
		let agree = Set::agree { validator: own.account, representative: puppet };
		let _ = self.send(&admin, represent.into());
		let _ = self.send(&seat, agree.into());
	}

	/// Reports whether the hostile seats' proposals keep another seat from proposing.
	pub(super) fn crowded_out(&mut self) -> Option<String> {
		let honest: Vec<_> = council().into_iter().filter(|seat| !self.is_hostile(seat)).collect();
		with_transaction(|| {
			let refused = honest.into_iter().find_map(|seat| {
				self.counter += 1;
				let call: RuntimeCall =
					frame_system::Call::remark { remark: self.counter.to_le_bytes().to_vec() }
						.into();
				let propose = Motion::<Runtime, Instance1>::propose {
					threshold: (2 * council().len() as u32).div_ceil(3),
					proposal: Box::new(call),
					length_bound: 10_000,
				};
				self.send(&seat, propose.into()).err()
			});
			let refused = refused.map(|error| format!("a seat cannot propose: {error:?}"));
			TransactionOutcome::Rollback(Ok::<_, DispatchError>(refused))
		})
		.expect("nothing fails there")
	}

	/// Returns a call that only the council, root or nobody may dispatch.
	pub(super) fn call_of_the_council(&mut self, depth: u8) -> RuntimeCall {
		let hospital = self.some_hospital();
		let first_four = self.hospitals.iter().take(4).map(|one| one.validator.clone());
		let first_four = BoundedVec::truncate_from(first_four.collect());
		let organisation = self.some_organisation();
		let puppet = account(As::Puppet, self.dice.below(PUPPETS));
		let candidate = account(As::Candidate, self.dice.below(CANDIDATES));
		let motion = self.some_motion().unwrap_or_default();
		self.counter += 1;
		match self.dice.below(if depth == 0 { 18 } else { 15 }) {
			0 => Organisations::register_organisation {
				kind: OrganisationKind::Hospital,
				admins: vec![puppet].try_into().expect("one is few enough"),
				profile: [0; 32],
			}
			.into(),
			1 => Organisations::suspend_organisation { organisation }.into(),
			2 => Organisations::reinstate_organisation { organisation }.into(),
			3 | 4 => Organisations::set_admins {
				organisation: hospital.organisation,
				admins: vec![puppet].try_into().expect("one is few enough"),
			}
			.into(),
			5 => Set::add { validator: candidate, organisation, representative: puppet }.into(),
			6 => Set::remove { validator: hospital.validator }.into(),
			7 => Set::replace { validator: hospital.validator, by: candidate }.into(),
			8 => Set::assign { validator: hospital.validator, organisation }.into(),
			9 => Set::appoint { validator: hospital.validator, representative: puppet }.into(),
			10 => Set::set_minimum { minimum: 1 + self.dice.below(4) as u32 }.into(),
			11 | 12 => pallet_upgrades::Call::authorize {
				code_hash: Hash::repeat_byte(self.counter as u8),
			}
			.into(),
			13 => match self.dice.below(5) {
				0 => Motion::<Runtime, Instance1>::kill { proposal_hash: motion }.into(),
				1 => Motion::<Runtime, Instance1>::disapprove_proposal { proposal_hash: motion }
					.into(),
				2 => Motion::<Runtime, Instance1>::set_members {
					new_members: vec![puppet],
					prime: None,
					old_count: 10,
				}
				.into(),
				// As many as the smallest world has, so that only the vote decides.
				3 => pallet_committee::Call::elect { members: first_four }.into(),
				_ => {
					pallet_records::Call::set_absence_limit { blocks: 1_000 + self.counter }.into()
				}
			},
			14 => match self.dice.below(4) {
				0 => frame_system::Call::set_code { code: b"\0asm".to_vec() }.into(),
				1 => {
					frame_system::Call::authorize_upgrade { code_hash: Hash::repeat_byte(9) }.into()
				}
				2 => frame_system::Call::set_storage {
					items: vec![(Members::<Runtime, Instance1>::hashed_key().to_vec(), vec![0])],
				}
				.into(),
				_ => frame_system::Call::remark { remark: self.counter.to_le_bytes().to_vec() }
					.into(),
			},
			15 => pallet_utility::Call::batch_all {
				calls: vec![self.call_of_the_council(1), self.call_of_the_council(1)],
			}
			.into(),
			16 => pallet_utility::Call::force_batch {
				calls: vec![self.call_of_the_council(1), self.call_of_the_council(1)],
			}
			.into(),
			_ => pallet_utility::Call::dispatch_as {
				as_origin: Box::new(OriginCaller::system(frame_system::RawOrigin::Root)),
				call: Box::new(self.call_of_the_council(1)),
			}
			.into(),
		}
	}

	/// Returns whether an honest hospital is deceived by a call.
	fn looks_harmless(call: &RuntimeCall) -> bool {
		match call {
			RuntimeCall::Roles(
				Organisations::suspend_organisation { organisation }
				| Organisations::reinstate_organisation { organisation },
			) => !has_seat(*organisation),
			RuntimeCall::Roles(Organisations::register_organisation { .. })
			| RuntimeCall::Records(_)
			| RuntimeCall::System(frame_system::Call::remark { .. }) => true,
			_ => false,
		}
	}

	fn index(motion: &Hash) -> Option<u32> {
		Voting::<Runtime, Instance1>::get(motion)
			.and_then(|votes| u32::decode(&mut &votes.encode()[..]).ok())
	}

	/// Applies the effect that the motion would have had under the old rules.
	fn as_of_old(&mut self, call: &RuntimeCall, ayes: usize, seats: usize, is_over: bool) {
		let carried = match self.rules {
			Rules::Today => false,
			Rules::HalfReplacesAdmins => {
				2 * ayes >= seats
					&& matches!(call, RuntimeCall::Roles(Organisations::set_admins { .. }))
			}
			Rules::SilenceIsFor => {
				is_over
					&& 2 * ayes > seats
					&& matches!(call, RuntimeCall::Upgrades(_) | RuntimeCall::Validators(_))
			}
		};
		if carried && root(call.clone()) {
			self.trace.push((None, call.clone()));
		}
	}
}
