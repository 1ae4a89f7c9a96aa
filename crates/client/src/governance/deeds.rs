//! Motions in words, for the calls that this client itself proposes.

use codec::{Decode, DecodeAll};
use salus_primitives::{Hash32, OrganisationId, OrganisationKind, Renewal};

use super::council::Motion;
use crate::{words, Account, Client, SubmitError};

/// Returns what a call to the council would do, in words; `None` for a call that this client does
/// not make itself.
pub fn deed(pallet: &str, call: &str, arguments: &[u8]) -> Option<String> {
	match pallet {
		"Roles" => roles(call, arguments),
		"Records" => records(call, arguments),
		"Access" => access(call, arguments),
		"Committee" => committee(call, arguments),
		"Validators" => validators(call, arguments),
		"Upgrades" => upgrades(call, arguments),
		_ => None,
	}
}

fn read<T: Decode>(mut arguments: &[u8]) -> Option<T> {
	T::decode_all(&mut arguments).ok()
}

fn roles(call: &str, arguments: &[u8]) -> Option<String> {
	Some(match call {
		"register_organisation" => {
			let (kind, admins, _) = read::<(OrganisationKind, Vec<Account>, Hash32)>(arguments)?;
			format!(
				"Register {}, administered by {}",
				words::one(words::organisation_kind(kind)),
				accounts(&admins)
			)
		}
		"suspend_organisation" => {
			let id = read::<OrganisationId>(arguments)?;
			format!("Suspend organisation {id}")
		}
		"reinstate_organisation" => {
			let id = read::<OrganisationId>(arguments)?;
			format!("Lift the suspension of organisation {id}")
		}
		"set_admins" => {
			let (id, admins) = read::<(OrganisationId, Vec<Account>)>(arguments)?;
			format!("Set the admins of organisation {id} to {}", accounts(&admins))
		}
		_ => return None,
	})
}

fn records(call: &str, arguments: &[u8]) -> Option<String> {
	Some(match call {
		"set_absence_limit" => {
			let blocks = read::<u32>(arguments)? as usize;
			format!(
				"Count a storage node as absent after {} without an announcement",
				words::count(blocks, "block", "blocks")
			)
		}
		_ => return None,
	})
}

fn access(call: &str, arguments: &[u8]) -> Option<String> {
	Some(match call {
		"appoint_auditor" => {
			let who = read::<Account>(arguments)?;
			format!("Appoint {who} as an auditor of emergencies")
		}
		"dismiss_auditor" => {
			let who = read::<Account>(arguments)?;
			format!("Dismiss {who} as an auditor of emergencies")
		}
		"reinstate_clinician" => {
			let who = read::<Account>(arguments)?;
			format!("Reinstate {who}, who was suspended for a rejected emergency")
		}
		_ => return None,
	})
}

fn committee(call: &str, arguments: &[u8]) -> Option<String> {
	Some(match call {
		"renew" => match read::<Renewal>(arguments)? {
			Renewal::Shares => "Have the committee renew the shares of its key".into(),
			Renewal::Key => "Have the committee make a new key".into(),
		},
		"elect" => match read::<Vec<Account>>(arguments)? {
			members if members.is_empty() => {
				"Let the longest-standing validators be the committee".into()
			}
			members => format!("Elect {} into the committee", accounts(&members)),
		},
		_ => return None,
	})
}

fn validators(call: &str, arguments: &[u8]) -> Option<String> {
	Some(match call {
		"add" => {
			let (validator, id, seat) = read::<(Account, OrganisationId, Account)>(arguments)?;
			format!("Let hospital {id} run the validator {validator}; {seat} votes for it")
		}
		"remove" => {
			let validator = read::<Account>(arguments)?;
			format!("Remove the validator {validator} and its seat")
		}
		"replace" => {
			let (validator, by) = read::<(Account, Account)>(arguments)?;
			format!("Replace the validator {validator} with {by}")
		}
		"assign" => {
			let (validator, id) = read::<(Account, OrganisationId)>(arguments)?;
			format!("State that hospital {id} runs the validator {validator}")
		}
		"appoint" => {
			let (validator, seat) = read::<(Account, Account)>(arguments)?;
			format!("Let {seat} vote for the hospital of the validator {validator}")
		}
		"set_minimum" => {
			let minimum = read::<u32>(arguments)? as usize;
			format!("Keep at least {}", words::count(minimum, "validator", "validators"))
		}
		_ => return None,
	})
}

fn upgrades(call: &str, arguments: &[u8]) -> Option<String> {
	Some(match call {
		"authorize" => {
			let hash = read::<Hash32>(arguments)?;
			format!("Authorise the runtime 0x{}", hex::encode(hash))
		}
		_ => return None,
	})
}

fn accounts(accounts: &[Account]) -> String {
	let texts: Vec<_> = accounts.iter().map(Account::to_string).collect();
	words::list(&texts)
}

impl Client {
	/// Returns what an encoded call to the council would do, in words; `None` for a call that this
	/// client does not make itself.
	pub async fn call_in_words(&self, call: &[u8]) -> Result<Option<String>, SubmitError> {
		let read = self.read_call(call).await?;
		// The numbers of pallet and call come first, one byte each.
		Ok(call.get(2..).and_then(|arguments| deed(&read.pallet, &read.name, arguments)))
	}

	/// Returns what an open motion would do, in words; `None` for a call that this client does not
	/// make itself.
	pub async fn motion_in_words(&self, motion: &Motion) -> Result<Option<String>, SubmitError> {
		match self.call_in_words(&motion.encoded).await {
			Err(SubmitError::NoCall) => Ok(None),
			other => other,
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::chain::calls;

	#[test]
	fn every_motion_of_this_client_has_words() {
		let [one, two] = [[1; 32], [2; 32]].map(Account::from);
		let described = |call: &calls::Call| deed(call.pallet(), call.name(), call.arguments());
		let call = calls::roles::register_organisation(OrganisationKind::Hospital, &[one], [0; 32]);
		assert_eq!(described(&call), Some(format!("Register a hospital, administered by {one}")));
		let call = calls::roles::set_admins(3, &[one, two]);
		let expected = format!("Set the admins of organisation 3 to {one} and {two}");
		assert_eq!(described(&call), Some(expected));
		let call = calls::records::set_absence_limit(1);
		assert!(described(&call).is_some_and(|text| text.contains("1 block without")));
		for call in [
			calls::roles::suspend_organisation(1),
			calls::roles::reinstate_organisation(1),
			calls::access::appoint_auditor(one),
			calls::access::dismiss_auditor(one),
			calls::access::reinstate_clinician(one),
			calls::committee::renew(Renewal::Shares),
			calls::committee::renew(Renewal::Key),
			calls::committee::elect(&[one, two]),
			calls::committee::elect(&[]),
			calls::validators::add(&one, 1, &two),
			calls::validators::remove(&one),
			calls::validators::replace(&one, &two),
			calls::validators::assign(&one, 1),
			calls::validators::appoint(&one, &two),
			calls::validators::set_minimum(3),
			calls::upgrades::authorize(&[7; 32]),
		] {
			assert!(described(&call).is_some(), "{}.{}", call.pallet(), call.name());
		}
		assert_eq!(described(&calls::validators::object(&one)), None);
		assert_eq!(deed("Roles", "set_admins", &[1]), None);
	}
}
