//! Options for the terms of a grant, of `salus consent grant` and `salus consent share`.

use clap::Args;
use salus_client::{
	primitives::{Action, Expression, GrantTerms, Grantee, Purpose},
	words, Account,
};

use crate::{
	condition, parse,
	terms::{self, Ends, Which},
};

/// Terms of a grant, except for its beginning. The commands add their own defaults.
#[derive(Args, Debug)]
pub(super) struct Terms {
	/// Give it to: an account (in the capacity in which it acts), member:practitioner@2:ACCOUNT,
	/// person:ACCOUNT, team:2 (those who treat at organisation 2), org:2, role:practitioner or
	/// role:practitioner@2.
	#[arg(long, value_name = "WHO", value_parser = parse::grantee)]
	pub(super) to: Grantee<Account>,
	#[command(flatten)]
	pub(super) which: Which,
	/// Permit this purpose; repeat for more purposes.
	#[arg(long = "purpose", value_parser = parse::purpose())]
	pub(super) purposes: Vec<Purpose>,
	/// Permit this action; repeat for more actions.
	#[arg(long = "action", value_parser = parse::action())]
	pub(super) actions: Vec<Action>,
	#[command(flatten)]
	pub(super) ends: Ends,
	/// Limit openings of guarded records to this number [default: no limit, or what is left of the
	/// grant it is based on].
	#[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
	pub(super) uses: Option<u32>,
	/// Permit access in this context only. See below.
	#[arg(long, value_name = "CONDITION", value_parser = condition::parse)]
	pub(super) condition: Option<Expression>,
}

/// Returns names and values for terms, without the number of uses and the end.
pub(super) fn described(terms: &GrantTerms<Account>) -> Vec<(&'static str, String)> {
	let mut pairs = vec![
		("to", words::grantee(&terms.grantee)),
		("actions", terms::actions_text(&terms.actions)),
		("records", words::scope(&terms.scope)),
		("purposes", terms::purposes_text(&terms.purposes)),
	];
	if let Some(condition) = &terms.condition {
		pairs.push(("condition", condition::text(condition)));
	}
	pairs
}
