//! Patients in messages: who they are, and which numbers they have.

use salus_client::{primitives::Role, Account, Error};
use salus_fhir::code::BASE;
use salus_hl7::{identifiers, Condition, Identifier as Cx, Message, Pair, Problem};

use super::desk::{Desk, Done, MessageRefusal, Processed};
use crate::{
	auth::scope::Act,
	fault::Fault,
	fhir::{self, member},
	identifiers::{Identifier, Identifiers},
	subscriptions::now,
};

/// A number of a patient, with the patient who has it, if there is one.
type Number = (Identifier, Option<Account>);

/// Identifiers of configured systems, with the patients who have them.
#[derive(Default)]
struct Known {
	/// Identifiers, without accounts.
	numbers: Vec<Number>,
	/// Patient whom an account in the field names.
	named: Option<Account>,
}

/// Returns the one patient of a field, if there is one.
fn one_of(
	accounts: &[Account],
	segment: &'static str,
	field: usize,
) -> Result<Option<Account>, Problem> {
	match accounts {
		[] => Ok(None),
		[account] => Ok(Some(*account)),
		_ => {
			let text = "the identifiers belong to different patients; correct them";
			let problem = Problem::new(Condition::DuplicateKey, "several-accounts", text);
			Err(problem.at(segment, field))
		}
	}
}

impl Known {
	/// Returns the patients, each once.
	fn accounts(&self) -> Vec<Account> {
		let mut accounts = Vec::new();
		for account in self.numbers.iter().filter_map(|(_, account)| *account).chain(self.named) {
			if !accounts.contains(&account) {
				accounts.push(account);
			}
		}
		accounts
	}

	fn account(&self) -> Result<Option<Account>, Problem> {
		one_of(&self.accounts(), "PID", 3)
	}

	fn has(&self, number: &Identifier) -> bool {
		self.numbers.iter().any(|(one, _)| one == number)
	}

	/// Returns what stays when the numbers of another field end. A sender can list all numbers of a
	/// patient, even those that end.
	fn without(&self, ending: &Self) -> Self {
		let stay = self.numbers.iter().filter(|(one, _)| !ending.has(one));
		let mut numbers: Vec<_> = stay.cloned().collect();
		if numbers.is_empty() {
			numbers.clone_from(&self.numbers);
		}
		Self { numbers, named: self.named }
	}

	/// Returns the number that stays when another one ends. Prefers a number in the same system,
	/// then a number of a known patient.
	fn beside(&self, ends: &Identifier) -> Option<&Identifier> {
		let others = self.numbers.iter().filter(|(one, _)| one != ends);
		let best =
			others.min_by_key(|(one, account)| (one.system != ends.system, account.is_none()));
		best.map(|(one, _)| one)
	}
}

/// Returns the merges of a pair, the number that stays first: one for each number that ends and is
/// not the survivor's already. `None` if nobody here is a patient.
fn merges(survivor: &Known, prior: &Known) -> Result<Option<Vec<[Number; 2]>>, Problem> {
	let survivor = survivor.without(prior);
	let stays = survivor.account()?;
	let accounts = prior.accounts();
	let others: Vec<_> = accounts.iter().copied().filter(|one| Some(*one) != stays).collect();
	let ends = one_of(&others, "MRG", 1)?;
	if stays.is_none() && ends.is_none() {
		return Ok(None);
	}
	let mut found = Vec::new();
	let mut is_settled = accounts.len() > others.len();
	for (number, account) in &prior.numbers {
		if account.is_some() && *account == stays {
			continue;
		}
		match survivor.beside(number) {
			Some(survivor) => {
				found.push([(survivor.clone(), stays), (number.clone(), account.or(ends))]);
			}
			None if survivor.has(number) => is_settled = true,
			None => return Err(no_pair("PID", 3)),
		}
	}
	match found.is_empty() && (ends.is_some() || !is_settled) {
		true => Err(no_pair("MRG", 1)),
		false => Ok(Some(found)),
	}
}

fn no_pair(segment: &'static str, field: usize) -> Problem {
	let text = "the merge has no number of a configured authority here, so it was not kept; send \
	            the hospital's numbers in PID-3 and MRG-1, or have the operator add the authority";
	Problem::new(Condition::UnknownKey, "no-number", text).at(segment, field)
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

	/// Looks the identifiers of a field up. Identifiers of other systems are left out.
	async fn known(
		&self,
		all: &[Cx],
		segment: &'static str,
		field: usize,
	) -> Result<Known, MessageRefusal> {
		let (config, kept) = (self.config()?, self.kept().await?);
		let (mut known, mut named) = (Known::default(), Vec::new());
		for one in all {
			let Some(system) = config.system_of(one) else { continue };
			if system == format!("{BASE}/account") {
				named.extend(fhir::account(&one.value).filter(|account| !named.contains(account)));
				continue;
			}
			let system = system.to_owned();
			let identifier = Identifier { system, value: one.value.clone() };
			let account = kept.account_of(&identifier).await?;
			known.numbers.push((identifier, account));
		}
		// Any key is an account. Only a patient's account names somebody.
		if let Some(account) = one_of(&named, segment, field)? {
			if known.accounts().contains(&account) || self.is_patient(&account).await? {
				known.named = Some(account);
			}
		}
		Ok(known)
	}

	async fn is_patient(&self, account: &Account) -> Result<bool, Fault> {
		let held = self.gateway.client.now().memberships(account).await.map_err(Error::from)?;
		Ok(held.iter().any(|one| one.role == Role::Patient))
	}

	/// Keeps the identifiers of a message's patient, in addition to the known ones.
	pub(super) async fn identify(&self, message: &Message) -> Processed {
		self.allow("Patient", Act::Update)?;
		let known = self.known(&identifiers(message)?, "PID", 3).await?;
		let Some(account) = known.account()? else { return Ok(Done::NotEnrolled) };
		let all: Vec<_> = known.numbers.into_iter().map(|(one, _)| one).collect();
		match member::add_identifiers(&self.gateway, &self.access, &account, &all).await {
			Ok(true) => Ok(Done::Kept),
			Ok(false) => Ok(Done::Unchanged),
			Err(fault) if fault.is_not_found() => Ok(Done::NotEnrolled),
			Err(fault) => Err(fault.into()),
		}
	}

	/// Returns the patient of a message, who must be known.
	pub(super) async fn patient(&self, message: &Message) -> Result<Account, MessageRefusal> {
		let account = self.known(&identifiers(message)?, "PID", 3).await?.account()?;
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
		let listener = self.config()?.listen.to_string();
		let mut done = Done::NotEnrolled;
		let mut all = Vec::new();
		// If one pair is refused, none is kept.
		for pair in Pair::all_of(message)? {
			let survivor = self.known(&pair.survivor, "PID", 3).await?;
			let prior = self.known(&pair.prior, "MRG", 1).await?;
			if let Some(found) = self::merges(&survivor, &prior)? {
				done = Done::Unchanged;
				all.extend(found);
			}
		}
		if !all.is_empty() {
			merges.add(now(), &listener, all).await?;
			done = Done::Merge;
		}
		Ok(done)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn number(system: &str, value: &str) -> Identifier {
		Identifier { system: system.into(), value: value.into() }
	}

	fn accounts() -> [Account; 3] {
		["//Alice", "//Bob", "//Charlie"].map(|uri| salus_client::parse_account(uri).unwrap())
	}

	/// Returns what is known of a field with numbers of one system, and perhaps with an account.
	fn known(numbers: &[(&str, Option<Account>)], accounts: &[Account]) -> Known {
		let numbers = numbers.iter().map(|(value, account)| (number("urn:a", value), *account));
		Known { numbers: numbers.collect(), named: accounts.first().copied() }
	}

	/// The values of the numbers of a merge, and their patients.
	type Values = (String, String, Option<Account>, Option<Account>);

	/// Returns the merges of a pair.
	fn found(survivor: &Known, prior: &Known) -> Result<Option<Vec<Values>>, Condition> {
		let all = merges(survivor, prior).map_err(|problem| problem.condition)?;
		let texts = |[one, other]: [Number; 2]| (one.0.value, other.0.value, one.1, other.1);
		Ok(all.map(|all| all.into_iter().map(texts).collect()))
	}

	#[test]
	fn identifiers_of_two_patients_name_nobody() {
		let [alice, bob, _] = accounts();
		let of =
			|accounts: &[Account]| one_of(accounts, "PID", 3).map_err(|problem| problem.condition);
		assert_eq!(of(&[]), Ok(None));
		assert_eq!(of(&[alice]), Ok(Some(alice)));
		assert_eq!(of(&[alice, bob]), Err(Condition::DuplicateKey));
	}

	#[test]
	fn a_merge_names_numbers_of_one_system() {
		let [alice, ..] = accounts();
		let all =
			[("urn:a", None), ("urn:b", Some(alice)), ("urn:c", None), ("urn:c", Some(alice))];
		let numbers = all.into_iter().enumerate();
		let numbers =
			numbers.map(|(index, (system, one))| (number(system, &index.to_string()), one));
		let known = Known { numbers: numbers.collect(), named: None };
		let of = |system, value| known.beside(&number(system, value)).map(|one| &*one.value);
		assert_eq!(of("urn:a", "7"), Some("0"));
		assert_eq!(of("urn:a", "0"), Some("1"));
		assert_eq!(of("urn:c", "7"), Some("3"));
		assert_eq!(of("urn:c", "3"), Some("2"));
		assert_eq!(of("urn:x", "7"), Some("1"));
		assert_eq!(Known::default().beside(&number("urn:a", "7")), None);
	}

	#[test]
	fn each_number_that_ends_is_a_merge() {
		let [alice, bob, charlie] = accounts();
		let of_alice = known(&[("1", Some(alice))], &[]);
		let merge = |ends: &str, account: Option<Account>| {
			("1".to_owned(), ends.to_owned(), Some(alice), account)
		};
		let all = |all: &[_]| Ok(Some(all.to_vec()));
		let to_alice = |numbers: &[(&str, Option<Account>)], accounts: &[Account]| {
			found(&of_alice, &known(numbers, accounts))
		};
		assert_eq!(to_alice(&[("8", Some(bob))], &[]), all(&[merge("8", Some(bob))]));
		let two = all(&[merge("8", Some(bob)), merge("9", Some(bob))]);
		assert_eq!(to_alice(&[("8", Some(bob)), ("9", None)], &[]), two);
		assert_eq!(to_alice(&[("8", None), ("9", None)], &[bob]), two);
		// One of them is the survivor's already.
		assert_eq!(to_alice(&[("8", Some(alice)), ("9", None)], &[]), all(&[merge("9", None)]));
		let of_both = [("8", Some(alice)), ("9", Some(bob))];
		assert_eq!(to_alice(&of_both, &[]), all(&[merge("9", Some(bob))]));
		assert_eq!(to_alice(&[("8", Some(alice))], &[]), all(&[]));
		assert_eq!(to_alice(&[], &[alice]), all(&[]));
		assert_eq!(
			to_alice(&[("8", Some(charlie)), ("9", Some(bob))], &[]),
			Err(Condition::DuplicateKey)
		);
		// The number stays under which the patient is known, even if PID-3 has both.
		let both = known(&[("8", None), ("1", Some(alice))], &[]);
		assert_eq!(found(&both, &known(&[("8", None)], &[])), all(&[merge("8", None)]));
		let nobody = known(&[("1", None)], &[]);
		assert_eq!(found(&nobody, &known(&[("8", None)], &[])), Ok(None));
	}

	#[test]
	fn a_survivor_that_lists_the_old_number_is_merged() {
		let [alice, bob, _] = accounts();
		let merge = |stays: &str, ends: &str, one, other| {
			Ok(Some(vec![(stays.to_owned(), ends.to_owned(), one, other)]))
		};
		let of = |survivor: &[_], prior: &[_]| found(&known(survivor, &[]), &known(prior, &[]));
		let eight = ("8", Some(bob));
		assert_eq!(of(&[("1", None), eight], &[eight]), merge("1", "8", None, Some(bob)));
		let of_alice = ("1", Some(alice));
		let expected = merge("1", "8", Some(alice), Some(bob));
		assert_eq!(of(&[of_alice, eight], &[eight]), expected);
		// Both numbers are one patient's already.
		assert_eq!(of(&[("1", Some(bob)), eight], &[eight]), Ok(Some(Vec::new())));
		assert_eq!(of(&[eight], &[eight]), Ok(Some(Vec::new())));
		// The only number of the survivor stays, even if it is listed as one that ends.
		assert_eq!(of(&[eight], &[eight, ("9", None)]), merge("8", "9", Some(bob), None));
		let both = known(&[("1", None), eight], &[bob]);
		assert_eq!(found(&both, &known(&[eight], &[])), Ok(Some(Vec::new())));
	}

	#[test]
	fn a_merge_without_a_pair_is_refused() {
		let [alice, bob, _] = accounts();
		let of_bob = known(&[("7", Some(bob))], &[]);
		let refused = Err(Condition::UnknownKey);
		// The survivor has another authority's number, or only an account.
		assert_eq!(found(&Known::default(), &of_bob), refused);
		assert_eq!(found(&known(&[], &[alice]), &of_bob), refused);
		let of_both = known(&[("8", Some(alice)), ("9", None)], &[]);
		assert_eq!(found(&known(&[], &[alice]), &of_both), refused);
		let of_alice = known(&[("1", Some(alice))], &[]);
		assert_eq!(found(&of_alice, &known(&[], &[bob])), refused);
		assert_eq!(found(&of_alice, &Known::default()), refused);
	}
}
