//! Patients in messages: who they are, and which numbers they have.

use salus_client::Account;
use salus_fhir::code::BASE;
use salus_hl7::{identifiers, Condition, Identifier as Cx, Message, Pair, Problem};

use super::desk::{Desk, Done, Processed, Refusal};
use crate::{
	auth::scope::Act,
	fault::Fault,
	fhir::{self, member},
	identifiers::{Identifier, Identifiers},
	subscriptions::now,
};

/// Identifiers of configured systems, with the patients who have them.
pub(super) struct Known {
	/// Identifiers, without accounts.
	identifiers: Vec<(Identifier, Option<Account>)>,
	/// Each patient once.
	accounts: Vec<Account>,
}

impl Known {
	/// Returns the patient, if there is one.
	fn account(&self, segment: &'static str, field: usize) -> Result<Option<Account>, Problem> {
		match &self.accounts[..] {
			[] => Ok(None),
			[account] => Ok(Some(*account)),
			_ => {
				let text = "the identifiers belong to different patients; correct them";
				let problem = Problem::new(Condition::DuplicateKey, "several-accounts", text);
				Err(problem.at(segment, field))
			}
		}
	}

	/// Returns the identifier that a merge names: that of a system, or else one of a known patient,
	/// or else the first.
	fn named(&self, system: Option<&str>) -> Option<&(Identifier, Option<Account>)> {
		let all = || self.identifiers.iter();
		let of_system = system.and_then(|system| all().find(|(one, _)| one.system == system));
		of_system.or_else(|| all().find(|(_, account)| account.is_some())).or_else(|| all().next())
	}
}

impl Desk {
	/// Returns the identifiers of patients, which only the hospital's staff may use.
	async fn kept(&self) -> Result<&Identifiers, Fault> {
		let kept = fhir::kept_for(&self.gateway, &self.access).await?;
		kept.ok_or_else(|| {
			let text =
				"the client's account is not of this hospital's staff; have the operator name \
			            another client";
			let status = axum::http::StatusCode::FORBIDDEN;
			let kind = salus_fhir::outcome::IssueKind::Forbidden;
			Fault::new(status, kind, "not-staff", text)
		})
	}

	/// Looks identifiers up. Those of other systems are left out.
	async fn known(&self, all: &[Cx]) -> Result<Known, Refusal> {
		let (config, kept) = (self.config()?, self.kept().await?);
		let mut known = Known { identifiers: Vec::new(), accounts: Vec::new() };
		for one in all {
			let Some(system) = config.system_of(one) else { continue };
			let account = if system == format!("{BASE}/account") {
				fhir::account(&one.value)
			} else {
				let system = system.to_owned();
				let identifier = Identifier { system, value: one.value.clone() };
				let account = kept.account_of(&identifier).await?;
				known.identifiers.push((identifier, account));
				account
			};
			known.accounts.extend(account.filter(|account| !known.accounts.contains(account)));
		}
		Ok(known)
	}

	/// Keeps the identifiers of the patient of a message, beside those that are known.
	pub(super) async fn identify(&self, message: &Message) -> Processed {
		self.allow("Patient", Act::Update)?;
		let known = self.known(&identifiers(message)?).await?;
		let Some(account) = known.account("PID", 3)? else { return Ok(Done::NotEnrolled) };
		let all: Vec<_> = known.identifiers.into_iter().map(|(one, _)| one).collect();
		match member::add_identifiers(&self.gateway, &self.access, &account, &all).await {
			Ok(true) => Ok(Done::Kept),
			Ok(false) => Ok(Done::Unchanged),
			Err(fault) if fault.is_not_found() => Ok(Done::NotEnrolled),
			Err(fault) => Err(fault.into()),
		}
	}

	/// Returns the patient of a message, who must be known.
	pub(super) async fn patient(&self, message: &Message) -> Result<Account, Refusal> {
		let known = self.known(&identifiers(message)?).await?;
		let account = known.account("PID", 3)?;
		Ok(account.ok_or_else(|| {
			let text = "no patient has these identifiers, so the document was not added; have the \
			            patient enrolled and the number assigned, and send it again";
			Problem::new(Condition::UnknownKey, "unknown-patient", text).at("PID", 3)
		})?)
	}

	/// Keeps the merges of a message for a person. Nothing is moved.
	pub(super) async fn merge(&self, message: &Message) -> Processed {
		self.allow("Patient", Act::Update)?;
		let merges = self.gateway.merges.as_ref().ok_or_else(Fault::not_found)?;
		let mut done = Done::NotEnrolled;
		for pair in Pair::all_of(message)? {
			let (survivor, prior) =
				(self.known(&pair.survivor).await?, self.known(&pair.prior).await?);
			let accounts = (survivor.account("PID", 3)?, prior.account("MRG", 1)?);
			if accounts == (None, None) {
				continue;
			}
			let named = prior
				.named(None)
				.and_then(|prior| Some((survivor.named(Some(&prior.0.system))?, prior)));
			// Both numbers are the same patient's already, or only accounts are named.
			let is_one = accounts.0 == accounts.1;
			let Some((survivor, prior)) = named.filter(|_| !is_one) else {
				done = done.max(Done::Unchanged);
				continue;
			};
			let (survivor_account, prior_account) = accounts;
			let pair = [(survivor.0.clone(), survivor_account), (prior.0.clone(), prior_account)];
			merges.add(now(), pair).await?;
			done = Done::Merge;
		}
		Ok(done)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn identifier(system: &str) -> Identifier {
		Identifier { system: system.into(), value: "7".into() }
	}

	#[test]
	fn identifiers_of_two_patients_name_nobody() {
		let [one, other] =
			["//Alice", "//Bob"].map(|uri| salus_client::parse_account(uri).unwrap());
		let of = |accounts: &[Account]| {
			let known = Known { identifiers: Vec::new(), accounts: accounts.to_vec() };
			known.account("PID", 3).map_err(|problem| problem.condition)
		};
		assert_eq!(of(&[]), Ok(None));
		assert_eq!(of(&[one]), Ok(Some(one)));
		assert_eq!(of(&[one, other]), Err(Condition::DuplicateKey));
	}

	#[test]
	fn a_merge_names_numbers_of_one_system() {
		let alice = salus_client::parse_account("//Alice").unwrap();
		let all = [("urn:a", None), ("urn:b", Some(alice)), ("urn:c", None)];
		let identifiers =
			all.into_iter().map(|(system, account)| (identifier(system), account)).collect();
		let known = Known { identifiers, accounts: vec![alice] };
		let named = |system| known.named(system).map(|(one, _)| one.system.as_str());
		assert_eq!(named(Some("urn:c")), Some("urn:c"));
		assert_eq!(named(Some("urn:x")), Some("urn:b"));
		assert_eq!(named(None), Some("urn:b"));
	}
}
