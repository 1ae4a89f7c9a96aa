//! `salus consent share`: finds the grant to pass on, narrows its terms by the options, and sets
//! the new grant.

use std::io::{self, Write};

use clap::Args;
use salus_client::{
	calls,
	primitives::{Action, Grant, GrantId, GrantTerms, Scope},
	words, Account, Client, Error, ErrorKind, Included, Missing,
};
use serde::Serialize;

use super::options::{described, Terms};
use crate::{
	condition, parse, show,
	terms::{self, Addressee},
	Context, Failure,
};

#[derive(Args, Debug)]
#[command(
	after_help = condition::HELP,
	mut_group("scope", |group| group.required(false))
)]
pub(crate) struct Opts {
	/// Number of the grant to pass on, as in `salus consent list --patient ACCOUNT`.
	grant: GrantId,
	/// Pass on a grant of this patient.
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	patient: Account,
	#[command(flatten)]
	terms: Terms,
}

#[derive(Serialize)]
struct ShareReport {
	grant: GrantId,
	parent: GrantId,
	terms: GrantTerms<Account>,
	/// Warning about the grantee.
	#[serde(skip_serializing_if = "Option::is_none")]
	caution: Option<String>,
	transaction: Included,
}

impl ShareReport {
	/// Writes the new grant as text.
	fn write(&self, out: &mut dyn Write) -> io::Result<()> {
		let Self { grant, parent, terms, .. } = self;
		let uses = terms.uses.map_or("any number".into(), |uses| uses.to_string());
		let until = terms.until.map_or_else(|| format!("grant {parent} ends"), show::moment);
		let mut pairs =
			vec![("grant", grant.to_string()), ("passed on from", format!("grant {parent}"))];
		pairs.extend(described(terms));
		pairs.extend([("uses", uses), ("until", until)]);
		show::pairs(out, &pairs)?;
		writeln!(
			out,
			"It holds only while grant {parent} does. It opens guarded records; records in direct mode need a grant by the patient."
		)
	}
}

/// The grant that is passed on.
struct Parent {
	number: GrantId,
	terms: GrantTerms<Account>,
	/// Number of times that it was used.
	used: u32,
}

impl Parent {
	/// Returns the number of uses that are left; `None` if the grant does not limit them.
	fn uses_left(&self) -> Option<u32> {
		self.terms.uses.map(|uses| uses.saturating_sub(self.used))
	}
}

/// Lists the terms that are wider than the passed-on grant's, as the chain compares them. Only the
/// chain knows whether a record is in one of the grant's categories.
fn wider(terms: &GrantTerms<Account>, parent: &Parent) -> Vec<String> {
	fn is_wider<Limit: PartialOrd>(limit: Option<Limit>, outer: Option<Limit>) -> bool {
		match (limit, outer) {
			(_, None) => false,
			(Some(limit), Some(outer)) => limit > outer,
			(None, Some(_)) => true,
		}
	}
	let left = parent.uses_left();
	let parent = &parent.terms;
	let is_scope_wider = match (&terms.scope, &parent.scope) {
		(_, Scope::Everything) => false,
		(Scope::Categories(inner), Scope::Categories(outer)) => {
			!inner.iter().all(|category| outer.contains(category))
		}
		(Scope::Record(_) | Scope::Version { .. }, Scope::Categories(_)) => false,
		(Scope::Record(inner) | Scope::Version { record: inner, .. }, Scope::Record(outer)) => {
			inner != outer
		}
		(inner @ Scope::Version { .. }, outer @ Scope::Version { .. }) => inner != outer,
		(Scope::Everything | Scope::Categories(_) | Scope::Record(_), _) => true,
	};
	let mut wider = Vec::new();
	if is_scope_wider {
		wider.push(format!("it covers {} only", words::scope(&parent.scope)));
	}
	let purposes: Vec<_> = terms
		.purposes
		.iter()
		.filter(|purpose| !parent.purposes.contains(purpose))
		.copied()
		.collect();
	if !purposes.is_empty() {
		wider.push(format!(
			"it is not for {}, but for {}",
			terms::purposes_text(&purposes),
			terms::purposes_text(&parent.purposes)
		));
	}
	let actions: Vec<_> = terms
		.actions
		.iter()
		.filter(|action| **action != Action::Share && !parent.actions.contains(action))
		.copied()
		.collect();
	if !actions.is_empty() {
		wider.push(format!("it does not permit these actions: {}", terms::actions_text(&actions)));
	}
	if terms.actions.contains(&Action::Share) {
		wider.push("the right to share is never passed on".into());
	}
	if is_wider(terms.until, parent.until) {
		wider.push(format!("it ends at {}", terms::until_text(parent.until)));
	}
	if let (true, Some(left)) = (is_wider(terms.uses, left), left) {
		wider.push(format!("it has {} left", show::count(left as usize, "use", "uses")));
	}
	wider
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let (sharer, client) = context.signer_and_client().await?;
	let parent = parent_grant(&client, &opts.patient, opts.grant).await?;
	let (terms, caution) = narrowed_terms(&client, &parent, opts.terms, context).await?;
	let call = calls::consent::share(opts.patient, parent.number, &terms);
	let executed = client.submit(&sharer, &call).in_block().await?;
	let grant = executed.given.ok_or(Error::NotLogged)?;
	let transaction = executed.included;
	let shared = ShareReport { grant, parent: parent.number, terms, caution, transaction };
	context.emit(&shared, |out| shared.write(out))
}

/// Reads the grant to pass on. Fails if it is used up.
async fn parent_grant(
	client: &Client,
	patient: &Account,
	number: GrantId,
) -> Result<Parent, Failure> {
	let consent = client.now().consent_of(patient).await?;
	let (_, Grant { terms, used, .. }) = consent
		.grants
		.into_iter()
		.find(|(id, _)| *id == number)
		.ok_or(Error::NotFound(Missing::Grant(number)))?;
	let parent = Parent { number, terms, used };
	if parent.uses_left() == Some(0) {
		let text = format!(
			"grant {number} is used up and cannot be passed on; ask the patient for a new one: salus request add"
		);
		return Err(Error::foreseen(ErrorKind::Refused, text).into());
	}
	Ok(parent)
}

/// Completes the terms from the passed-on grant, and returns them with a warning about the grantee.
/// Fails if they are wider than that grant's.
async fn narrowed_terms(
	client: &Client,
	parent: &Parent,
	named: Terms,
	context: &mut Context<'_>,
) -> Result<(GrantTerms<Account>, Option<String>), Failure> {
	let Terms { to, which, purposes, actions, ends, uses, condition } = named;
	let scope = which.named(client).await?.unwrap_or_else(|| parent.terms.scope.clone());
	let purposes = if purposes.is_empty() {
		parent.terms.purposes.clone()
	} else {
		terms::purposes(purposes)?
	};
	let actions = if actions.is_empty() {
		let all = parent.terms.actions.iter().copied();
		all.filter(|action| *action != Action::Share).collect()
	} else {
		actions
	};
	let Addressee { grantee, caution } = terms::addressee(client, to).await?;
	if let Some(caution) = &caution {
		context.warn(caution);
	}
	let terms = GrantTerms {
		grantee,
		scope,
		purposes,
		actions: terms::actions(actions)?,
		from: None,
		until: ends.moment(client).await?.or(parent.terms.until),
		uses: uses.or(parent.uses_left()),
		condition,
	};
	let wider = wider(&terms, parent);
	if !wider.is_empty() {
		let text = format!(
			"these terms are wider than those of grant {}: {}",
			parent.number,
			wider.join("; ")
		);
		return Err(Error::foreseen(ErrorKind::Chain, text).into());
	}
	Ok((terms, caution))
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_client::primitives::{Category, Grantee, Purpose, RecordId};

	fn terms() -> GrantTerms<Account> {
		GrantTerms {
			grantee: Grantee::Organisation(2),
			scope: Scope::Categories(vec![Category::Imaging].try_into().unwrap()),
			purposes: vec![Purpose::TREAT].try_into().unwrap(),
			actions: vec![Action::Read, Action::Share].try_into().unwrap(),
			from: None,
			until: Some(1_000),
			uses: Some(3),
			condition: None,
		}
	}

	#[test]
	fn each_wider_term_is_named() {
		let parent = Parent { number: 1, terms: terms(), used: 2 };
		let mut narrow = terms();
		narrow.actions = vec![Action::Read].try_into().unwrap();
		narrow.uses = Some(1);
		assert!(wider(&narrow, &parent).is_empty());
		type Change = fn(&mut GrantTerms<Account>);
		let changes: [(Change, &str); 7] = [
			(|terms| terms.scope = Scope::Everything, "covers imaging only"),
			(|terms| terms.purposes = vec![Purpose::BTG].try_into().unwrap(), "not for BTG"),
			(
				|terms| terms.actions = vec![Action::Write].try_into().unwrap(),
				"permit these actions: write",
			),
			(|terms| terms.actions = vec![Action::Share].try_into().unwrap(), "never passed on"),
			(|terms| terms.until = None, "ends at 1970"),
			(|terms| terms.uses = Some(2), "has 1 use left"),
			(|terms| terms.uses = None, "has 1 use left"),
		];
		for (change, says) in changes {
			let mut wide = narrow.clone();
			change(&mut wide);
			let found = wider(&wide, &parent);
			assert_eq!(found.len(), 1, "{found:?}");
			assert!(found[0].contains(says), "{found:?}");
		}
		// Only the chain knows the record's category.
		narrow.scope = Scope::Record(RecordId([1; 32]));
		assert!(wider(&narrow, &parent).is_empty());
	}
}
