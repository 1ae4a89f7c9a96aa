//! A search for ways to take over the chain with less than two thirds of the hospitals.
//!
//! Each history is a separate chain with four to ten hospitals. The largest number below two thirds
//! is hostile. Those try every call that touches organisations, administrators, representatives,
//! validators, sessions, the council and upgrades, with the help of puppets and of an administrator
//! inside some of the other hospitals. The others vote against hostile motions or do not vote at
//! all, are deceived by motions that look harmless, and look at the chain twice a day.
//!
//! After each step no runtime is authorised, the set is unchanged, and every seat belongs to its
//! hospital.

use codec::{Decode, Encode};
use frame_support::{
	storage::{with_transaction, TransactionOutcome},
	traits::{GetCallMetadata, Hooks},
	weights::Weight,
};
use pallet_collective::{Call as Motion, Instance1, Members, ProposalOf, Proposals, Voting};
use pallet_roles::Call as Organisations;
use pallet_validators::{Call as Set, Nominations};
use salus_primitives::{OrganisationId, OrganisationKind, OrganisationStatus};
use salus_runtime::{
	units::{DAYS, MINUTES},
	AccountId, BlockNumber, Hash, OriginCaller, Roles, RolesConfig, Runtime, RuntimeCall,
	RuntimeGenesisConfig, RuntimeOrigin, Session, SessionConfig, SessionKeys, System, Validators,
	ValidatorsConfig,
};
use sp_runtime::{
	traits::{BlakeTwo256, Dispatchable, Hash as _},
	BuildStorage, DispatchError,
};
use std::{collections::BTreeSet, fmt::Write as _};

/// Returns whether an organisation has a seat in the council.
fn has_seat(organisation: OrganisationId) -> bool {
	let validators = pallet_validators::Validators::<Runtime>::get();
	validators.iter().any(|validator| validator.organisation == Some(organisation))
}

/// Number of histories. `SALUS_HISTORIES` overrides it, and `SALUS_SEED` sets the first seed.
const HISTORIES: u64 = 10_000;
/// Number of steps in each history.
const STEPS: usize = 40;

/// Rules of the chain in a history.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rules {
	/// Rules of this runtime.
	Today,
	/// Rules of version 2: half of the council replaces administrators, who replace the
	/// representative at once.
	HalfReplacesAdmins,
	/// Rules of version 2: once more than half are in favour, silent seats count as in favour.
	SilenceIsFor,
}

/// Random numbers that a seed reproduces (SplitMix64).
struct Dice(u64);

impl Dice {
	fn roll(&mut self) -> u64 {
		self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
		let mut mixed = self.0;
		mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
		mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
		mixed ^ (mixed >> 31)
	}

	fn below(&mut self, end: usize) -> usize {
		(self.roll() % end.max(1) as u64) as usize
	}

	fn percent(&mut self, chance: u64) -> bool {
		self.roll() % 100 < chance
	}

	fn of<T: Clone>(&mut self, list: &[T]) -> Option<T> {
		list.get(self.below(list.len())).cloned()
	}
}

/// Purpose of an account.
#[derive(Clone, Copy)]
enum As {
	Validator = 1,
	Seat,
	Admin,
	Rogue,
	/// Representative that the hospital holds in reserve.
	Spare,
	Puppet,
	/// Validator with keys but without a seat.
	Candidate,
}

fn account(what: As, number: usize) -> AccountId {
	let mut bytes = [0; 32];
	bytes[0] = what as u8;
	bytes[1] = number as u8;
	bytes.into()
}

fn keys(what: As, number: usize) -> SessionKeys {
	let bytes: [u8; 32] = account(what, number).into();
	let public = sp_core::sr25519::Public::from_raw(bytes);
	SessionKeys {
		aura: public.into(),
		grandpa: sp_core::ed25519::Public::from_raw(bytes).into(),
		committee: public.into(),
		authority_discovery: public.into(),
	}
}

const PUPPETS: usize = 6;
const CANDIDATES: usize = 2;
/// Number of representatives that each hospital holds in reserve.
const SPARES: usize = 3;

#[derive(Clone)]
struct Hospital {
	validator: AccountId,
	/// Accounts that may vote for it.
	own: Vec<AccountId>,
	admins: Vec<AccountId>,
	organisation: OrganisationId,
	is_hostile: bool,
}

struct World {
	dice: Dice,
	rules: Rules,
	hospitals: Vec<Hospital>,
	/// All accounts of the hostile side.
	hostile: Vec<AccountId>,
	/// Calls that succeeded, with their senders. Effects of the old rules have no sender.
	trace: Vec<(Option<AccountId>, RuntimeCall)>,
	/// Counter that makes calls distinct.
	counter: u32,
	at_first: Picture,
}

/// State that only two thirds can change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Picture {
	set: Vec<(AccountId, Option<OrganisationId>)>,
	minimum: u32,
	admins: Vec<(OrganisationId, Vec<AccountId>, bool)>,
	running: Vec<AccountId>,
}

/// Returns the largest number of hospitals below two thirds of all.
fn most_below_two_thirds(all: usize) -> usize {
	(2 * all - 1) / 3
}

fn council() -> Vec<AccountId> {
	Members::<Runtime, Instance1>::get()
}

fn root(call: RuntimeCall) -> bool {
	call.dispatch(RuntimeOrigin::root()).is_ok()
}

impl World {
	/// Creates a chain with its hospitals, within its first block.
	fn new(seed: u64, rules: Rules) -> (Self, sp_io::TestExternalities) {
		let mut dice = Dice(seed);
		let count = [4, 5, 6, 7, 10][dice.below(5)];
		let first_hostile = dice.below(count);
		let hostile_count = most_below_two_thirds(count);
		let hospitals: Vec<Hospital> = (0..count)
			.map(|number| {
				let is_hostile = (number + count - first_hostile) % count < hostile_count;
				let validator = account(As::Validator, number);
				// Some vote with the validator's own account.
				let seat =
					if dice.percent(20) { validator.clone() } else { account(As::Seat, number) };
				let mut own = vec![seat];
				own.extend((0..SPARES).map(|spare| account(As::Spare, number * SPARES + spare)));
				let mut admins = vec![account(As::Admin, number)];
				if dice.percent(40) {
					admins.push(account(As::Rogue, number));
				}
				Hospital { validator, own, admins, organisation: number as u32 + 1, is_hostile }
			})
			.collect();
		let mut hostile: Vec<_> = (0..PUPPETS).map(|one| account(As::Puppet, one)).collect();
		hostile.extend((0..CANDIDATES).map(|one| account(As::Candidate, one)));
		for (number, hospital) in hospitals.iter().enumerate() {
			hostile.push(account(As::Rogue, number));
			if hospital.is_hostile {
				hostile.push(hospital.validator.clone());
				hostile.extend(hospital.own.iter().cloned());
				hostile.extend(hospital.admins.iter().cloned());
			}
		}
		hostile.sort();
		hostile.dedup();
		let mut organisations: Vec<_> = hospitals
			.iter()
			.map(|hospital| (OrganisationKind::Hospital, hospital.admins.clone(), [0; 32]))
			.collect();
		for kind in [OrganisationKind::Hospital, OrganisationKind::Laboratory] {
			organisations.push((kind, vec![account(As::Puppet, 0)], [0; 32]));
		}
		let genesis = RuntimeGenesisConfig {
			roles: RolesConfig { organisations },
			validators: ValidatorsConfig {
				validators: hospitals
					.iter()
					.map(|hospital| (hospital.validator.clone(), hospital.own[0].clone()))
					.collect(),
				minimum: 1 + dice.below(count) as u32,
			},
			session: SessionConfig {
				keys: (0..count)
					.map(|number| {
						let validator = account(As::Validator, number);
						(validator.clone(), validator, keys(As::Validator, number))
					})
					.collect(),
				..Default::default()
			},
			..Default::default()
		};
		let storage = genesis.build_storage().expect("the genesis is consistent");
		let mut chain = sp_io::TestExternalities::from(storage);
		let mut world = Self {
			dice,
			rules,
			hospitals,
			hostile,
			trace: vec![],
			counter: 0,
			at_first: Picture::default(),
		};
		chain.execute_with(|| world.begin());
		(world, chain)
	}

	fn begin(&mut self) {
		// Starts at the beginning of a session, which also holds for the times days later.
		System::set_block_number(10 * MINUTES);
		for candidate in 0..CANDIDATES {
			let validator = account(As::Candidate, candidate);
			pallet_session::NextKeys::<Runtime>::insert(validator, keys(As::Candidate, candidate));
		}
		// In most histories, every validator of the genesis is assigned to its hospital.
		let all = self.dice.percent(60);
		for hospital in self.hospitals.clone() {
			if all || self.dice.percent(70) {
				let assigned = root(
					Set::assign {
						validator: hospital.validator,
						organisation: hospital.organisation,
					}
					.into(),
				);
				assert!(assigned, "each runs one");
			}
		}
		self.at_first = self.picture();
	}

	fn picture(&self) -> Picture {
		let set = Validators::set();
		let mut running = Session::validators();
		running.sort();
		Picture {
			set: set
				.validators
				.into_iter()
				.map(|validator| (validator.account, validator.organisation))
				.collect(),
			minimum: set.minimum,
			admins: self
				.hospitals
				.iter()
				.filter_map(|hospital| {
					let info = Roles::organisation_info(hospital.organisation)?;
					let is_active = info.status == OrganisationStatus::Active;
					Some((info.id, info.admins, is_active || !has_seat(info.id)))
				})
				.collect(),
			running,
		}
	}

	/// Describes a state that should be impossible, if there is one.
	fn violation(&self) -> Option<String> {
		if System::authorized_upgrade().is_some() {
			return Some("a runtime is authorised".into());
		}
		if self.rules != Rules::Today {
			return None;
		}
		let now = self.picture();
		if now != self.at_first {
			return Some(format!("it was {:?} and is now {now:?}", self.at_first));
		}
		let mut seats = vec![];
		for validator in Validators::set().validators {
			let hospital =
				self.hospitals.iter().find(|hospital| hospital.validator == validator.account)?;
			if !hospital.is_hostile && !hospital.own.contains(&validator.representative) {
				return Some(format!("an outsider votes for {}", hospital.organisation));
			}
			seats.push(validator.representative);
		}
		seats.sort();
		(seats != council()).then(|| "the council differs from the hospitals' seats".into())
	}

	fn is_hostile(&self, who: &AccountId) -> bool {
		self.hostile.binary_search(who).is_ok()
	}

	fn hostile_seats(&self) -> Vec<AccountId> {
		let mut seats = council();
		seats.retain(|seat| self.is_hostile(seat));
		seats
	}

	fn anyone_hostile(&mut self) -> AccountId {
		let hostile = std::mem::take(&mut self.hostile);
		let who = self.dice.of(&hostile).expect("there are puppets");
		self.hostile = hostile;
		who
	}

	fn some_hospital(&mut self) -> Hospital {
		let number = self.dice.below(self.hospitals.len());
		self.hospitals[number].clone()
	}

	fn some_organisation(&mut self) -> OrganisationId {
		let count = pallet_roles::OrganisationCount::<Runtime>::get() as usize;
		1 + self.dice.below(count) as OrganisationId
	}

	fn some_motion(&mut self) -> Option<Hash> {
		let motions = Proposals::<Runtime, Instance1>::get();
		self.dice.of(&motions)
	}

	/// Returns a hostile administrator of the organisation, or else any hostile account.
	fn hostile_admin(&mut self, organisation: OrganisationId) -> AccountId {
		let mut admins =
			Roles::organisation_info(organisation).map(|info| info.admins).unwrap_or_default();
		admins.retain(|admin| self.is_hostile(admin));
		match self.dice.of(&admins) {
			Some(admin) if self.dice.percent(80) => admin,
			_ => self.anyone_hostile(),
		}
	}

	/// Dispatches a call of an account, and records it if it succeeds.
	fn send(&mut self, who: &AccountId, call: RuntimeCall) -> Result<(), DispatchError> {
		let result = call.clone().dispatch(RuntimeOrigin::signed(who.clone()));
		if result.is_ok() {
			self.trace.push((Some(who.clone()), call));
		}
		result.map(drop).map_err(|refused| refused.error)
	}

	/// Returns a call that only the council, root or nobody may dispatch.
	fn call_of_the_council(&mut self, depth: u8) -> RuntimeCall {
		let hospital = self.some_hospital();
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
			13 => match self.dice.below(4) {
				0 => Motion::<Runtime, Instance1>::kill { proposal_hash: motion }.into(),
				1 => Motion::<Runtime, Instance1>::disapprove_proposal { proposal_hash: motion }
					.into(),
				2 => Motion::<Runtime, Instance1>::set_members {
					new_members: vec![puppet],
					prime: None,
					old_count: 10,
				}
				.into(),
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

	/// Lets hostile seats propose something, vote for it, and usually close it.
	fn motion(&mut self) {
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
	fn vote(&mut self, motion: Hash) {
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

	fn close(&mut self, motion: Hash) {
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

	/// Lets hostile accounts use their powers as administrators, representatives and validators.
	fn act(&mut self) {
		let hospital = self.some_hospital();
		let validator = hospital.validator.clone();
		let puppet = account(As::Puppet, self.dice.below(PUPPETS));
		let stranger = self.anyone_hostile();
		match self.dice.below(9) {
			0..=2 => {
				let admin = self.hostile_admin(hospital.organisation);
				let call = RuntimeCall::from(Set::represent { validator, representative: puppet });
				if self.rules == Rules::HalfReplacesAdmins {
					self.represent_as_of_old(&hospital, &admin, &call);
				}
				let _ = self.send(&admin, call);
			}
			3 => {
				let nominated = Nominations::<Runtime>::get(hospital.organisation);
				let representative = nominated.map_or(puppet, |one| one.representative);
				let seat = if hospital.is_hostile {
					self.dice.of(&hospital.own).unwrap_or(stranger)
				} else {
					stranger
				};
				let call = Set::agree { validator, representative };
				let _ = self.send(&seat, call.into());
			}
			4 => {
				let admin = self.hostile_admin(hospital.organisation);
				let _ = self.send(&admin, Set::object { validator }.into());
			}
			5 => {
				let _ = self.send(&stranger, Set::confirm { validator }.into());
			}
			6 => {
				let call = match self.dice.below(3) {
					0 => pallet_session::Call::set_keys {
						keys: keys(As::Validator, self.dice.below(10)),
						proof: vec![],
					}
					.into(),
					1 => pallet_session::Call::purge_keys {}.into(),
					_ => frame_system::Call::apply_authorized_upgrade { code: b"\0asm".to_vec() }
						.into(),
				};
				let _ = self.send(&stranger, call);
			}
			7 => {
				let honest = self.some_hospital().own[0].clone();
				let call = Box::new(self.call_of_the_council(1));
				let call = if self.dice.percent(50) {
					pallet_succession::Call::act { patient: honest, call }.into()
				} else {
					RuntimeCall::from(Motion::<Runtime, Instance1>::execute {
						proposal: call,
						length_bound: 10_000,
					})
				};
				let seats = self.hostile_seats();
				let who = self.dice.of(&seats).unwrap_or(stranger);
				let _ = self.send(&who, call);
			}
			_ => {
				let call = self.call_of_the_council(0);
				let _ = self.send(&stranger, call);
			}
		}
	}

	fn represent_as_of_old(&mut self, hospital: &Hospital, admin: &AccountId, call: &RuntimeCall) {
		use salus_primitives::RoleQuery;
		let RuntimeCall::Validators(Set::represent { validator, representative }) = call else {
			return;
		};
		let set = Validators::set().validators;
		let is_assigned = set.iter().any(|one| one.organisation == Some(hospital.organisation));
		let appoint =
			Set::appoint { validator: validator.clone(), representative: representative.clone() };
		if is_assigned && Roles::is_admin(admin, hospital.organisation) && root(appoint.into()) {
			self.trace.push((None, call.clone()));
		}
	}

	/// Lets a hostile seat make as many proposals as it can, under as many representatives as it
	/// can.
	fn flood(&mut self) {
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

	/// Lets an honest hospital name another representative, to whom the present one may agree.
	fn change_of_its_own(&mut self) {
		let hospital = self.some_hospital();
		if hospital.is_hostile || self.rules != Rules::Today {
			return;
		}
		let Some(now) = self.seat_of(&hospital) else {
			return;
		};
		let Some(next) = self.dice.of(&hospital.own) else {
			return;
		};
		let represent =
			Set::represent { validator: hospital.validator.clone(), representative: next.clone() };
		let named = self.send(&hospital.admins[0], represent.into()).is_ok();
		if named && self.dice.percent(70) {
			let agree = Set::agree { validator: hospital.validator, representative: next };
			self.send(&now, agree.into()).expect("it was just named");
		}
	}

	fn seat_of(&self, hospital: &Hospital) -> Option<AccountId> {
		let set = Validators::set().validators;
		let found = set.into_iter().find(|one| one.account == hospital.validator);
		found.map(|one| one.representative)
	}

	/// Lets time pass. Honest hospitals look at the chain twice a day and object to unknown
	/// representatives.
	fn wait(&mut self) {
		let mut left = match self.dice.below(4) {
			0 => 10 * MINUTES,
			1 => DAYS,
			2 => 2 * DAYS,
			_ => 8 * DAYS,
		};
		while left > 0 {
			let hop = left.min(DAYS / 2);
			left -= hop;
			let now = System::block_number() + hop;
			System::set_block_number(now);
			Session::on_initialize(now);
			for hospital in self.hospitals.clone() {
				if !hospital.is_hostile && self.rules == Rules::Today {
					self.look(&hospital);
				}
			}
		}
	}

	fn look(&mut self, hospital: &Hospital) {
		let Some(nomination) = Nominations::<Runtime>::get(hospital.organisation) else {
			return;
		};
		let is_known = hospital.own.contains(&nomination.representative);
		if nomination.from.is_some() && !is_known {
			let seat = self.seat_of(hospital).expect("it has one");
			let object = Set::object { validator: hospital.validator.clone() };
			self.send(&seat, object.into()).expect("a representative is heard");
		}
	}

	/// Reports whether the hostile seats' proposals keep another seat from proposing.
	fn crowded_out(&mut self) -> Option<String> {
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

	fn step(&mut self) {
		match self.dice.below(20) {
			0..=7 => self.motion(),
			8..=12 => self.act(),
			13 => self.flood(),
			14 => self.change_of_its_own(),
			15 => {
				if let Some(motion) = self.some_motion() {
					self.vote(motion);
				}
			}
			16..=17 => {
				if let Some(motion) = self.some_motion() {
					self.close(motion);
				}
			}
			_ => self.wait(),
		}
		System::reset_events();
	}
}

/// Outcome of a history.
struct Outcome {
	/// State that should be impossible, with the calls that led to it.
	violation: Option<String>,
	/// Names of the calls that succeeded.
	done: BTreeSet<String>,
}

fn run(seed: u64, rules: Rules) -> Outcome {
	let (mut world, mut chain) = World::new(seed, rules);
	let found = chain.execute_with(|| {
		for _ in 0..STEPS {
			world.step();
			if let Some(found) = world.violation() {
				return Some(found);
			}
		}
		(rules == Rules::Today).then(|| world.crowded_out()).flatten()
	});
	let violation = found.map(|found| {
		let count = world.hospitals.len();
		let mut report = format!("seed {seed}, {count} hospitals: {found}\n");
		for (who, call) in &world.trace {
			let by = who.as_ref().map_or("old rules".into(), |who| {
				let bytes: &[u8] = who.as_ref();
				format!("{} {}", bytes[0], bytes[1])
			});
			let _ = writeln!(report, "  {by}: {call:?}");
		}
		report
	});
	let names = world.trace.iter().map(|(_, call)| {
		let names = call.get_call_metadata();
		format!("{}.{}", names.pallet_name, names.function_name)
	});
	Outcome { violation, done: names.collect() }
}

fn number(variable: &str) -> Option<u64> {
	let text = std::env::var(variable).ok()?;
	Some(text.parse().expect("the variable is a number"))
}

#[test]
fn less_than_two_thirds_of_the_hospitals_take_over_no_chain() {
	let first = number("SALUS_SEED").unwrap_or_default();
	let count = number("SALUS_HISTORIES").unwrap_or(HISTORIES);
	let threads = std::thread::available_parallelism().map_or(1, usize::from);
	let done: BTreeSet<String> = std::thread::scope(|scope| {
		let searches: Vec<_> = (0..threads)
			.map(|thread| {
				scope.spawn(move || {
					let mut done = BTreeSet::new();
					for seed in (first..first + count).skip(thread).step_by(threads) {
						let outcome = run(seed, Rules::Today);
						if let Some(report) = outcome.violation {
							panic!("{report}");
						}
						done.extend(outcome.done);
					}
					done
				})
			})
			.collect();
		let ended = searches.into_iter().map(|search| search.join());
		ended.flat_map(|done| done.expect("nothing is violated")).collect()
	});
	// A search in which a call never succeeds would prove nothing.
	for call in [
		"Council.close",
		"Council.execute",
		"Council.propose",
		"Council.vote",
		"Validators.agree",
		"Validators.confirm",
		"Validators.object",
		"Validators.represent",
	] {
		assert!(done.contains(call), "no history had a {call}: {done:?}");
	}
}

/// The search would find a way if there were one.
#[test]
fn the_search_finds_the_weaknesses_of_old_rules() {
	for rules in [Rules::HalfReplacesAdmins, Rules::SilenceIsFor] {
		let found = (0..HISTORIES).find_map(|seed| run(seed, rules).violation);
		let report = found.expect("the search is too weak to find it");
		assert!(report.contains("a runtime is authorised"), "{report}");
		assert!(report.contains("old rules"), "{report}");
	}
}
