//! The chain of a history: its hospitals, the hostile accounts, and the state that must not change.

use super::{
	cast::{account, council, has_seat, keys, root, As, Hospital, CANDIDATES, PUPPETS, SPARES},
	dice::Dice,
};
use pallet_collective::{Instance1, Proposals};
use pallet_validators::Call as Set;
use salus_primitives::{OrganisationId, OrganisationKind, OrganisationStatus};
use salus_runtime::{
	units::MINUTES, AccountId, Committee, Hash, Roles, RolesConfig, Runtime, RuntimeCall,
	RuntimeGenesisConfig, RuntimeOrigin, Session, SessionConfig, System, Validators,
	ValidatorsConfig,
};
use sp_runtime::{traits::Dispatchable, BuildStorage, DispatchError};

/// Rules of the chain in a history.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
	/// Rules of this runtime.
	Today,
	/// Rules of version 2: half of the council replaces administrators, who replace the
	/// representative at once.
	HalfReplacesAdmins,
	/// Rules of version 2: once more than half are in favour, silent seats count as in favour.
	SilenceIsFor,
}

pub(super) struct World {
	pub(super) dice: Dice,
	pub(super) rules: Rules,
	pub(super) hospitals: Vec<Hospital>,
	/// All accounts of the hostile side.
	hostile: Vec<AccountId>,
	/// Calls that succeeded, with their senders. Effects of the old rules have no sender.
	pub(super) trace: Vec<(Option<AccountId>, RuntimeCall)>,
	/// Counter that makes calls distinct.
	pub(super) counter: u32,
	at_first: Picture,
}

/// State that only two thirds can change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Picture {
	set: Vec<(AccountId, Option<OrganisationId>)>,
	minimum: u32,
	admins: Vec<(OrganisationId, Vec<AccountId>, bool)>,
	running: Vec<AccountId>,
	elected: Vec<AccountId>,
}

/// Returns the largest number of hospitals below two thirds of all.
fn most_below_two_thirds(all: usize) -> usize {
	(2 * all - 1) / 3
}

impl World {
	/// Creates a chain with its hospitals, within its first block.
	pub(super) fn new(seed: u64, rules: Rules) -> (Self, sp_io::TestExternalities) {
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
			elected: Committee::elected(),
		}
	}

	/// Describes a state that should be impossible, if there is one.
	pub(super) fn violation(&self) -> Option<String> {
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

	pub(super) fn is_hostile(&self, who: &AccountId) -> bool {
		self.hostile.binary_search(who).is_ok()
	}

	pub(super) fn hostile_seats(&self) -> Vec<AccountId> {
		let mut seats = council();
		seats.retain(|seat| self.is_hostile(seat));
		seats
	}

	pub(super) fn anyone_hostile(&mut self) -> AccountId {
		let hostile = std::mem::take(&mut self.hostile);
		let who = self.dice.of(&hostile).expect("there are puppets");
		self.hostile = hostile;
		who
	}

	pub(super) fn some_hospital(&mut self) -> Hospital {
		let number = self.dice.below(self.hospitals.len());
		self.hospitals[number].clone()
	}

	pub(super) fn some_organisation(&mut self) -> OrganisationId {
		let count = pallet_roles::OrganisationCount::<Runtime>::get() as usize;
		1 + self.dice.below(count) as OrganisationId
	}

	pub(super) fn some_motion(&mut self) -> Option<Hash> {
		let motions = Proposals::<Runtime, Instance1>::get();
		self.dice.of(&motions)
	}

	/// Returns a hostile administrator of the organisation, or else any hostile account.
	pub(super) fn hostile_admin(&mut self, organisation: OrganisationId) -> AccountId {
		let mut admins =
			Roles::organisation_info(organisation).map(|info| info.admins).unwrap_or_default();
		admins.retain(|admin| self.is_hostile(admin));
		match self.dice.of(&admins) {
			Some(admin) if self.dice.percent(80) => admin,
			_ => self.anyone_hostile(),
		}
	}

	pub(super) fn seat_of(&self, hospital: &Hospital) -> Option<AccountId> {
		let set = Validators::set().validators;
		let found = set.into_iter().find(|one| one.account == hospital.validator);
		found.map(|one| one.representative)
	}

	/// Dispatches a call of an account, and records it if it succeeds.
	pub(super) fn send(&mut self, who: &AccountId, call: RuntimeCall) -> Result<(), DispatchError> {
		let result = call.clone().dispatch(RuntimeOrigin::signed(who.clone()));
		if result.is_ok() {
			self.trace.push((Some(who.clone()), call));
		}
		result.map(drop).map_err(|refused| refused.error)
	}
}
