//! `salus consent`: what the patient permits.

mod deny;
mod explain;
mod grant;
mod list;
mod revoke;
mod sync;

use clap::{ArgGroup, Args, Subcommand};
use salus_client::primitives::{Category, RecordId, Scope, Version};

use crate::{parse, Context, Failure};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Permit someone to read or add records, with the keys that go with it.
	Grant(grant::Opts),
	/// Take a grant back. Access ends at once.
	Revoke(revoke::Opts),
	/// Deny someone access, whatever is granted.
	Deny(deny::Deny),
	/// Take a denial back.
	Lift(deny::Lift),
	/// List grants and denials.
	List(list::Opts),
	/// Tell whether someone may open a record, and why.
	Explain(explain::Opts),
	/// Wrap the keys that standing grants permit and that are missing.
	Sync,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::Grant(opts) => grant::run(opts, context).await,
		Opts::Revoke(opts) => revoke::run(opts, context).await,
		Opts::Deny(opts) => deny::deny(opts, context).await,
		Opts::Lift(opts) => deny::lift(opts, context).await,
		Opts::List(opts) => list::run(opts, context).await,
		Opts::Explain(opts) => explain::run(opts, context).await,
		Opts::Sync => sync::run(context).await,
	}
}

/// Which records.
#[derive(Args, Clone, Debug)]
#[group(skip)]
#[command(group = ArgGroup::new("scope").required(true).args(["everything", "categories", "record"]))]
pub(crate) struct Which {
	/// All records, also those to come.
	#[arg(long)]
	everything: bool,
	/// All records of a category, also those to come; several times for several.
	#[arg(long = "category", value_parser = parse::category())]
	categories: Vec<Category>,
	/// One record.
	#[arg(long, value_parser = parse::record)]
	record: Option<RecordId>,
	/// One version of that record.
	#[arg(long, value_name = "NUMBER", requires = "record")]
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
}
