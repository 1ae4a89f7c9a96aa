//! What grants, requests and rules have in common: which records, what for, how long.

use std::time::Duration;

use clap::{ArgGroup, Args};
use salus_client::{
	primitives::{Action, Actions, Category, Moment, Purpose, Purposes, RecordId, Scope, Version},
	words, Client,
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
	/// One record.
	#[arg(long, value_parser = parse::record)]
	record: Option<RecordId>,
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
	pub(crate) fn scope(mut self) -> Result<Scope, Failure> {
		Ok(match (self.record, self.version) {
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
	pub(crate) fn named(self) -> Result<Option<Scope>, Failure> {
		let is_named = self.everything || self.record.is_some() || !self.categories.is_empty();
		is_named.then(|| self.scope()).transpose()
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
	/// The moment, by the chain's clock.
	pub(crate) async fn moment(&self, client: &Client) -> Result<Option<Moment>, Failure> {
		Ok(match self.lifetime {
			Some(lifetime) => Some(client.now().clock().await? + lifetime.as_millis() as Moment),
			None => self.until,
		})
	}
}

/// A set of purposes, without repetitions.
pub(crate) fn purposes(mut list: Vec<Purpose>) -> Result<Purposes, Failure> {
	list.sort_unstable();
	list.dedup();
	list.try_into()
		.map_err(|_| Failure::BadFile("too many purposes"))
}

/// A set of actions, without repetitions.
pub(crate) fn actions(mut list: Vec<Action>) -> Result<Actions, Failure> {
	list.sort_unstable();
	list.dedup();
	list.try_into()
		.map_err(|_| Failure::BadFile("too many actions"))
}

/// Purposes as people read them.
pub(crate) fn purposes_text(purposes: &[Purpose]) -> String {
	let texts: Vec<_> = purposes.iter().map(|code| format!("{code:?}")).collect();
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
