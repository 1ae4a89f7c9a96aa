//! What grants, requests and rules have in common: which records, what for, how long.

use std::time::Duration;

use clap::{ArgGroup, Args};
use salus_client::{
	primitives::{
		Action, Actions, Category, Grantee, MemberInfo, MemberStatus, Moment, Party, Purpose,
		Purposes, Scope, Version,
	},
	words, Account, Client, RecordNumber,
};

use crate::{parse, show, Failure};

/// Which records.
#[derive(Args, Clone, Debug)]
#[group(skip)]
#[command(group = ArgGroup::new("scope").required(true).args(["everything", "categories", "record"]))]
pub(crate) struct Which {
	/// All records, also those to come.
	#[arg(long, visible_alias = "all")]
	everything: bool,
	/// All records of a category, also those to come; several times for several.
	#[arg(long = "category", value_parser = parse::category())]
	categories: Vec<Category>,
	/// One record: its number, or the first digits of it.
	#[arg(long, value_parser = parse::record)]
	record: Option<RecordNumber>,
	/// One version of that record.
	#[arg(
		long,
		value_name = "NUMBER",
		requires = "record",
		conflicts_with_all = ["everything", "categories"]
	)]
	version: Option<Version>,
}

impl Which {
	pub(crate) async fn scope(mut self, client: &Client) -> Result<Scope, Failure> {
		let record = match self.record {
			Some(record) => Some(client.find_record(record).await?),
			None => None,
		};
		Ok(match (record, self.version) {
			(Some(record), Some(version)) => Scope::Version { record, version },
			(Some(record), None) => Scope::Record(record),
			(None, _) if self.everything => Scope::Everything,
			(None, _) => {
				self.categories.sort_unstable();
				self.categories.dedup();
				let categories = self.categories.try_into();
				Scope::Categories(categories.map_err(|_| Failure::BadFile("too many categories"))?)
			}
		})
	}

	/// The scope, if one was named.
	pub(crate) async fn named(self, client: &Client) -> Result<Option<Scope>, Failure> {
		let is_named = self.everything || self.record.is_some() || !self.categories.is_empty();
		Ok(match is_named {
			true => Some(self.scope(client).await?),
			false => None,
		})
	}
}

/// Until when something holds.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Ends {
	/// For how long, such as 30d [default: until it is taken back].
	#[arg(long = "for", value_name = "SPAN", value_parser = parse::duration)]
	lifetime: Option<Duration>,
	/// Until the beginning of a day, such as 2027-01-31.
	#[arg(long, value_name = "DAY", conflicts_with = "lifetime", value_parser = parse::day)]
	until: Option<Moment>,
}

impl Ends {
	/// The moment, by the chain's clock, of something that begins now.
	pub(crate) async fn moment(&self, client: &Client) -> Result<Option<Moment>, Failure> {
		self.moment_after(client, None).await
	}

	/// The moment, by the chain's clock, of something that begins at `from`: for 30 days is for 30 days from then.
	pub(crate) async fn moment_after(
		&self,
		client: &Client,
		from: Option<Moment>,
	) -> Result<Option<Moment>, Failure> {
		Ok(match self.lifetime {
			Some(lifetime) => Some(end(client.now().clock().await?, from, lifetime)),
			None => self.until,
		})
	}
}

/// When something ends that begins at `from`, or at `now` if that is later, and lasts so long.
fn end(now: Moment, from: Option<Moment>, lifetime: Duration) -> Moment {
	let begins = from.map_or(now, |from| from.max(now));
	begins.saturating_add(lifetime.as_millis() as Moment)
}

/// To whom something is granted, as the chain is told, with what the patient ought to know about that.
pub(crate) struct Addressee {
	pub(crate) grantee: Grantee<Account>,
	pub(crate) caution: Option<String>,
}

/// Makes an account that was named by itself one in its capacity, or a person. What names more than an account is as it is.
pub(crate) async fn addressee(
	client: &Client,
	named: Grantee<Account>,
) -> Result<Addressee, Failure> {
	let view = client.now();
	if let Grantee::Account(account) = named {
		let memberships = view.memberships(&account).await?;
		let mut to = address(account, &memberships)?;
		if !view.knows_capacities().await? {
			to.grantee = Grantee::Account(account);
		}
		return Ok(to);
	}
	let caution = match named.account() {
		Some(account) => {
			let memberships = view.memberships(account).await?;
			let counts = memberships.iter().any(|held| held.live);
			(!counts).then(|| rests(account))
		}
		None => None,
	};
	Ok(Addressee { grantee: named, caution })
}

fn rests(account: &Account) -> String {
	format!("no membership of {account} counts now: the grant takes effect while one does")
}

/// In which capacity an account is granted something, if that is not said.
fn address(account: Account, memberships: &[MemberInfo]) -> Result<Addressee, Failure> {
	let party = Party { account: &account, memberships };
	let professional = || memberships.iter().filter(|held| held.is_professional());
	let live: Vec<_> = professional().filter(|held| held.live).collect();
	let resting: Vec<_> =
		professional().filter(|held| held.member.status != MemberStatus::Revoked).collect();
	let candidates = if live.is_empty() { &resting } else { &live };
	let named: Vec<_> = candidates.iter().filter_map(|held| party.capacity_of(held)).collect();
	if let [grantee] = &named[..] {
		return Ok(Addressee {
			grantee: grantee.clone(),
			caution: live.is_empty().then(|| {
				format!(
					"{} does not count now (suspended, expired, or the organisation is): the grant takes effect once it does",
					words::grantee(grantee)
				)
			}),
		});
	}
	if !named.is_empty() {
		let ways: Vec<_> = candidates
			.iter()
			.filter_map(|held| {
				let organisation = held.acts_for()?;
				let role = serde_json::to_value(held.role).ok()?;
				Some(format!("member:{}@{organisation}:{account}", role.as_str()?))
			})
			.collect();
		return Err(usage(format!(
			"{account} acts in several capacities; name one: {}; or person:{account} for the person",
			ways.join(", ")
		)));
	}
	if professional().next().is_some() {
		return Err(usage(format!(
			"{account} was dismissed from every post; name person:{account} if you mean the person, whatever they are"
		)));
	}
	Ok(Addressee {
		grantee: Grantee::Person(account),
		caution: (!memberships.iter().any(|held| held.live)).then(|| rests(&account)),
	})
}

/// A command line that cannot be carried out as it is.
pub(crate) fn usage(text: String) -> Failure {
	clap::Error::raw(clap::error::ErrorKind::ValueValidation, format!("{text}\n")).into()
}

/// A set of purposes, without repetitions.
pub(crate) fn purposes(mut list: Vec<Purpose>) -> Result<Purposes, Failure> {
	list.sort_unstable();
	list.dedup();
	list.try_into().map_err(|_| Failure::BadFile("too many purposes"))
}

/// A set of actions, without repetitions.
pub(crate) fn actions(mut list: Vec<Action>) -> Result<Actions, Failure> {
	list.sort_unstable();
	list.dedup();
	list.try_into().map_err(|_| Failure::BadFile("too many actions"))
}

/// Purposes as people read them.
pub(crate) fn purposes_text(purposes: &[Purpose]) -> String {
	let texts: Vec<_> = purposes.iter().map(|of| words::purpose(*of)).collect();
	texts.join(", ")
}

/// Actions as people read them.
pub(crate) fn actions_text(actions: &[Action]) -> String {
	let texts: Vec<_> = actions.iter().map(|of| words::action(*of)).collect();
	texts.join(", ")
}

/// An end as people read it.
pub(crate) fn until_text(until: Option<Moment>) -> String {
	until.map_or("-".into(), show::moment)
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_client::{
		parse_account,
		primitives::{Member, OrganisationId, Role},
	};

	const DAY: u64 = 24 * 60 * 60 * 1_000;

	#[test]
	fn a_span_is_counted_from_the_beginning() {
		let month = Duration::from_millis(30 * DAY);
		assert_eq!(end(100, None, month), 100 + 30 * DAY);
		assert_eq!(end(100, Some(100 + 10 * DAY), month), 100 + 40 * DAY);
		assert_eq!(end(100, Some(100 + 40 * DAY), month), 100 + 70 * DAY);
		// What began before now begins now.
		assert_eq!(end(100, Some(5), month), 100 + 30 * DAY);
	}

	fn held(
		role: Role,
		organisation: OrganisationId,
		status: MemberStatus,
		live: bool,
	) -> MemberInfo {
		MemberInfo {
			role,
			member: Member {
				organisation: Some(organisation),
				status,
				credential: [0; 32],
				expires: None,
				since: 0,
				specialty: None,
			},
			live,
		}
	}

	#[test]
	fn an_account_is_granted_something_in_its_one_capacity_or_as_a_person() {
		use MemberStatus::{Active, Suspended};
		let who = parse_account("//DoctorB").unwrap();
		let to = |held: &[MemberInfo]| address(who, held);
		let member = |role, organisation| Grantee::Member { account: who, role, organisation };
		let doctor = || held(Role::Practitioner, 2, Active, true);
		let patient = || held(Role::Patient, 1, Active, true);
		let found = to(&[patient(), doctor()]).unwrap();
		assert_eq!(found.grantee, member(Role::Practitioner, 2));
		assert_eq!(found.caution, None);
		// A suspended doctor: as such, and with a word.
		let found = to(&[held(Role::Practitioner, 2, Suspended, false)]).unwrap();
		assert_eq!(found.grantee, member(Role::Practitioner, 2));
		assert!(found.caution.unwrap().contains("does not count now"));
		// What counts goes before what does not.
		let researcher = held(Role::Researcher, 3, Suspended, false);
		let found = to(&[doctor(), researcher]).unwrap();
		assert_eq!(found.grantee, member(Role::Practitioner, 2));
		assert_eq!(to(&[patient()]).unwrap().grantee, Grantee::Person(who));
		let nobody = to(&[]).unwrap();
		assert_eq!(nobody.grantee, Grantee::Person(who));
		assert!(nobody.caution.unwrap().contains("no membership"));
	}

	#[test]
	fn somebody_with_two_jobs_or_none_any_more_is_not_guessed_at() {
		use MemberStatus::{Active, Revoked};
		let who = parse_account("//DoctorB").unwrap();
		let two =
			[held(Role::Practitioner, 2, Active, true), held(Role::RecordsAdmin, 2, Active, true)];
		let Err(Failure::Usage(told)) = address(who, &two) else {
			panic!("it was guessed");
		};
		let told = told.to_string();
		for way in [format!("member:practitioner@2:{who}"), format!("member:records-admin@2:{who}")]
		{
			assert!(told.contains(&way), "{told}");
			assert!(parse::grantee(&way).is_ok(), "{way}");
		}
		let dismissed =
			[held(Role::Practitioner, 2, Revoked, false), held(Role::Patient, 1, Active, true)];
		let Err(Failure::Usage(told)) = address(who, &dismissed) else {
			panic!("a dismissed doctor passed for a patient");
		};
		assert!(told.to_string().contains("person:"), "{told}");
	}
}
