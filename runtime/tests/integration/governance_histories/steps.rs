//! The steps of a history: motions, calls of single accounts, and time that passes.

use super::{
	cast::{account, keys, root, As, Hospital, PUPPETS},
	world::{Rules, World},
};
use frame_support::traits::Hooks;
use pallet_collective::{Call as Motion, Instance1};
use pallet_validators::{Call as Set, Nominations};
use salus_primitives::RoleQuery;
use salus_runtime::{
	units::{DAYS, MINUTES},
	AccountId, Roles, Runtime, RuntimeCall, Session, System, Validators,
};

impl World {
	pub(super) fn step(&mut self) {
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

	/// Lets an honest hospital name another representative, to whom the current one may agree.
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

	pub(super) fn look(&mut self, hospital: &Hospital) {
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
}
