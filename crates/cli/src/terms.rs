//! Common terms of grants, requests and rules: records, purposes, actions and end.

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

/// Options that select records.
#[derive(Args, Clone, Debug)]
#[group(skip)]
#[command(group = ArgGroup::new("scope").required(true).args(["everything", "categories", "record"]))]
pub(crate) struct Which {
	/// Cover all records, including future ones.
	#[arg(long, visible_alias = "all")]
	everything: bool,
	/// Cover all records of this category, including future ones; repeat for more categories.
	#[arg(long = "category", value_parser = parse::category())]
	categories: Vec<Category>,
	/// Cover this record, given by its number or the first digits of it.
	#[arg(long, value_parser = parse::record)]
	record: Option<RecordNumber>,
	/// Cover only this version of the record.
	#[arg(
		long,
		value_name = "NUMBER",
		requires = "record",
		conflicts_with_all = ["everything", "categories"]
	)]
	version: Option<Version>,
}

impl Which {
	/// Returns the selected scope, after looking up the record.
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
				Scope::Categories(
					categories.map_err(|_| Failure::BadFile("too many categories; name fewer"))?,
				)
			}
		})
	}

	/// Returns the scope, if one was given.
	pub(crate) async fn named(self, client: &Client) -> Result<Option<Scope>, Failure> {
		let is_named = self.everything || self.record.is_some() || !self.categories.is_empty();
		Ok(match is_named {
			true => Some(self.scope(client).await?),
			false => None,
		})
	}
}

/// Options that set an end.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Ends {
	/// End after this time span, such as 30d [default: no end, or that of the request or grant it
	/// is based on].
	#[arg(long = "for", value_name = "SPAN", value_parser = parse::duration)]
	lifetime: Option<Duration>,
	/// End at the start of this day (UTC), such as 2027-01-31.
	#[arg(long, value_name = "DAY", conflicts_with = "lifetime", value_parser = parse::day)]
	until: Option<Moment>,
}

impl Ends {
	/// Returns the end, by the chain's clock, for a start now.
	pub(crate) async fn moment(&self, client: &Client) -> Result<Option<Moment>, Failure> {
		self.moment_after(client, None).await
	}

	/// Returns the end, by the chain's clock, for a start at `from`: a span of 30 days counts from
	/// then.
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

/// Returns the end of a lifetime that starts at `from`, or at `now` if that is later.
fn end(now: Moment, from: Option<Moment>, lifetime: Duration) -> Moment {
	let begins = from.map_or(now, |from| from.max(now));
	begins.saturating_add(lifetime.as_millis() as Moment)
}

/// Grantee for the chain, with a warning for the patient.
pub(crate) struct Addressee {
	pub(crate) grantee: Grantee<Account>,
	pub(crate) caution: Option<String>,
}

/// Turns a bare account into a member in its capacity, or into a person. Keeps every other grantee
/// unchanged.
pub(crate) async fn addressee(
	client: &Client,
	named: Grantee<Account>,
) -> Result<Addressee, Failure> {
	let view = client.settled();
	if let Grantee::Account(account) = named {
		let (memberships, knows_capacities) =
			tokio::try_join!(view.memberships(&account), view.knows_capacities())
				.map_err(salus_client::Error::from)?;
		let mut to = address(account, &memberships)?;
		if !knows_capacities {
			to.grantee = Grantee::Account(account);
		}
		return Ok(to);
	}
	let caution = match named.account() {
		Some(account) => {
			let memberships = view.memberships(account).await?;
			let is_live = memberships.iter().any(|held| held.live);
			(!is_live).then(|| none_is_live(account))
		}
		None => None,
	};
	Ok(Addressee { grantee: named, caution })
}

fn none_is_live(account: &Account) -> String {
	format!("no membership of {account} is live now; the grant takes effect only while one is")
}

/// Determines the capacity of a bare account from its memberships.
fn address(account: Account, memberships: &[MemberInfo]) -> Result<Addressee, Failure> {
	let party = Party { account: &account, memberships };
	let professional = || memberships.iter().filter(|held| held.is_professional());
	let live: Vec<_> = professional().filter(|held| held.live).collect();
	let unrevoked: Vec<_> =
		professional().filter(|held| held.member.status != MemberStatus::Revoked).collect();
	let candidates = if live.is_empty() { &unrevoked } else { &live };
	let named: Vec<_> = candidates.iter().filter_map(|held| party.capacity_of(held)).collect();
	if let [grantee] = &named[..] {
		return Ok(Addressee {
			grantee: grantee.clone(),
			caution: live.is_empty().then(|| {
				format!(
					"{} is not live now (suspended or expired, or the organisation is suspended); the grant takes effect once it is",
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
			"{account} acts in several capacities; name one of {}, or person:{account} for the person in any of them",
			ways.join(", ")
		)));
	}
	if professional().next().is_some() {
		return Err(usage(format!(
			"every professional role of {account} was revoked; name person:{account} to mean the person in any role"
		)));
	}
	Ok(Addressee {
		grantee: Grantee::Person(account),
		caution: (!memberships.iter().any(|held| held.live)).then(|| none_is_live(&account)),
	})
}

/// Returns the error for a command line that cannot be carried out.
pub(crate) fn usage(text: String) -> Failure {
	clap::Error::raw(clap::error::ErrorKind::ValueValidation, format!("{text}\n")).into()
}

/// Returns the set of purposes, without duplicates.
pub(crate) fn purposes(mut list: Vec<Purpose>) -> Result<Purposes, Failure> {
	list.sort_unstable();
	list.dedup();
	list.try_into().map_err(|_| Failure::BadFile("too many purposes; name fewer"))
}

/// Returns the set of actions, without duplicates.
pub(crate) fn actions(mut list: Vec<Action>) -> Result<Actions, Failure> {
	list.sort_unstable();
	list.dedup();
	list.try_into().map_err(|_| Failure::BadFile("too many actions; name fewer"))
}

/// Formats purposes for people.
pub(crate) fn purposes_text(purposes: &[Purpose]) -> String {
	let texts: Vec<_> = purposes.iter().map(|purpose| words::purpose(*purpose)).collect();
	texts.join(", ")
}

/// Formats actions for people.
pub(crate) fn actions_text(actions: &[Action]) -> String {
	let texts: Vec<_> = actions.iter().map(|action| words::action(*action)).collect();
	texts.join(", ")
}

/// Formats an end for people.
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
	fn a_time_span_counts_from_its_start() {
		let month = Duration::from_millis(30 * DAY);
		assert_eq!(end(100, None, month), 100 + 30 * DAY);
		assert_eq!(end(100, Some(100 + 10 * DAY), month), 100 + 40 * DAY);
		assert_eq!(end(100, Some(100 + 40 * DAY), month), 100 + 70 * DAY);
		// A start in the past counts as now.
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
	fn an_account_means_its_only_capacity_or_the_person() {
		use MemberStatus::{Active, Suspended};
		let who = parse_account("//DoctorB").unwrap();
		let to = |held: &[MemberInfo]| address(who, held);
		let member = |role, organisation| Grantee::Member { account: who, role, organisation };
		let doctor = || held(Role::Practitioner, 2, Active, true);
		let patient = || held(Role::Patient, 1, Active, true);
		let found = to(&[patient(), doctor()]).unwrap();
		assert_eq!(found.grantee, member(Role::Practitioner, 2));
		assert_eq!(found.caution, None);
		// A suspended doctor keeps the capacity, with a warning.
		let found = to(&[held(Role::Practitioner, 2, Suspended, false)]).unwrap();
		assert_eq!(found.grantee, member(Role::Practitioner, 2));
		assert!(found.caution.unwrap().contains("is not live now"));
		// A live capacity takes precedence over a suspended one.
		let researcher = held(Role::Researcher, 3, Suspended, false);
		let found = to(&[doctor(), researcher]).unwrap();
		assert_eq!(found.grantee, member(Role::Practitioner, 2));
		assert_eq!(to(&[patient()]).unwrap().grantee, Grantee::Person(who));
		let nobody = to(&[]).unwrap();
		assert_eq!(nobody.grantee, Grantee::Person(who));
		assert!(nobody.caution.unwrap().contains("no membership"));
	}

	#[test]
	fn an_ambiguous_or_dismissed_account_is_refused() {
		use MemberStatus::{Active, Revoked};
		let who = parse_account("//DoctorB").unwrap();
		let two =
			[held(Role::Practitioner, 2, Active, true), held(Role::RecordsAdmin, 2, Active, true)];
		let Err(Failure::Usage(error)) = address(who, &two) else {
			panic!("a capacity was guessed");
		};
		let error = error.to_string();
		for way in [format!("member:practitioner@2:{who}"), format!("member:records-admin@2:{who}")]
		{
			assert!(error.contains(&way), "{error}");
			assert!(parse::grantee(&way).is_ok(), "{way}");
		}
		let dismissed =
			[held(Role::Practitioner, 2, Revoked, false), held(Role::Patient, 1, Active, true)];
		let Err(Failure::Usage(error)) = address(who, &dismissed) else {
			panic!("a dismissed doctor was taken for a patient");
		};
		assert!(error.to_string().contains("person:"), "{error}");
	}
}
