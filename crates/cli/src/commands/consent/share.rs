//! `salus consent share`.

use clap::Args;
use salus_client::{
	calls,
	primitives::{Action, GrantId, GrantTerms, Scope},
	words, Account, Error, ErrorKind, Included, Missing,
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
struct Shared {
	grant: GrantId,
	parent: GrantId,
	terms: GrantTerms<Account>,
	/// Warning about the grantee.
	#[serde(skip_serializing_if = "Option::is_none")]
	caution: Option<String>,
	transaction: Included,
}

/// Lists the terms that are wider than those of the grant that is passed on, as the chain compares
/// them. Only the chain knows whether a record is in one of the grant's categories.
fn wider(terms: &GrantTerms<Account>, parent: &GrantTerms<Account>, used: u32) -> Vec<String> {
	fn is_wider<Limit: PartialOrd>(limit: Option<Limit>, outer: Option<Limit>) -> bool {
		match (limit, outer) {
			(_, None) => false,
			(Some(limit), Some(outer)) => limit > outer,
			(None, Some(_)) => true,
		}
	}
	let is_scope_wider = match (&terms.scope, &parent.scope) {
		(_, Scope::Everything) => false,
		(Scope::Categories(inner), Scope::Categories(outer)) => {
			!inner.iter().all(|of| outer.contains(of))
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
	let purposes: Vec<_> =
		terms.purposes.iter().filter(|of| !parent.purposes.contains(of)).copied().collect();
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
		.filter(|of| **of != Action::Share && !parent.actions.contains(of))
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
	let left = parent.uses.map(|uses| uses.saturating_sub(used));
	if let (true, Some(left)) = (is_wider(terms.uses, left), left) {
		wider.push(format!("it has {} left", show::count(left as usize, "use", "uses")));
	}
	wider
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let sharer = context.signer()?;
	let client = context.client().await?;
	let Terms { to, which, purposes, actions, ends, uses, condition } = opts.terms;
	let scope = which.named(&client).await?;
	let consent = client.now().consent_of(&opts.patient).await?;
	let parent = consent
		.grants
		.into_iter()
		.find(|(id, _)| *id == opts.grant)
		.ok_or(Error::NotFound(Missing::Grant(opts.grant)))?
		.1;
	let used = parent.used;
	let parent = parent.terms;
	if parent.uses.is_some_and(|uses| used >= uses) {
		let text = format!(
			"grant {} is used up and cannot be passed on; ask the patient for a new one: salus request add",
			opts.grant
		);
		return Err(Error::foreseen(ErrorKind::Refused, text).into());
	}
	let purposes = match purposes {
		none if none.is_empty() => parent.purposes.clone(),
		some => terms::purposes(some)?,
	};
	let actions = match actions {
		none if none.is_empty() => {
			parent.actions.iter().copied().filter(|action| *action != Action::Share).collect()
		}
		some => some,
	};
	let Addressee { grantee, caution } = terms::addressee(&client, to).await?;
	if let Some(caution) = &caution {
		context.warn(caution);
	}
	let terms = GrantTerms {
		grantee,
		scope: scope.unwrap_or_else(|| parent.scope.clone()),
		purposes,
		actions: terms::actions(actions)?,
		from: None,
		until: ends.moment(&client).await?.or(parent.until),
		uses: uses.or(parent.uses.map(|uses| uses.saturating_sub(used))),
		condition,
	};
	let wider = wider(&terms, &parent, used);
	if !wider.is_empty() {
		let text = format!(
			"these terms are wider than those of grant {}: {}",
			opts.grant,
			wider.join("; ")
		);
		return Err(Error::foreseen(ErrorKind::Chain, text).into());
	}
	let call = calls::consent::share(opts.patient, opts.grant, &terms);
	let transaction = client.submit(&sharer, &call).in_block().await?.included;
	let after = client.at(transaction.block_hash).consent_of(&opts.patient).await?;
	let grant = after
		.grants
		.iter()
		.filter(|(_, grant)| {
			grant.terms.grantee == terms.grantee
				&& grant
					.via
					.as_ref()
					.is_some_and(|via| via.parent == opts.grant && via.sharer == sharer.account())
		})
		.map(|(id, _)| *id)
		.max()
		.unwrap_or_default();
	let shared = Shared { grant, parent: opts.grant, terms, caution, transaction };
	context.emit(&shared, |out| {
		let terms = &shared.terms;
		let mut pairs = vec![
			("grant", shared.grant.to_string()),
			("passed on from", format!("grant {}", shared.parent)),
		];
		pairs.extend(described(terms));
		pairs.extend([
			(
				"uses",
				terms.uses.map_or("any number".into(), |uses| uses.to_string()),
			),
			(
				"until",
				terms
					.until
					.map_or_else(|| format!("grant {} ends", shared.parent), show::moment),
			),
		]);
		show::pairs(out, &pairs)?;
		writeln!(
			out,
			"It holds only while grant {} does. It opens guarded records; records in direct mode need a grant by the patient.",
			shared.parent
		)
	})
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
		let parent = terms();
		let mut narrow = terms();
		narrow.actions = vec![Action::Read].try_into().unwrap();
		narrow.uses = Some(1);
		assert!(wider(&narrow, &parent, 2).is_empty());
		type Change = fn(&mut GrantTerms<Account>);
		let changes: [(Change, &str); 7] = [
			(|of| of.scope = Scope::Everything, "covers imaging only"),
			(|of| of.purposes = vec![Purpose::BTG].try_into().unwrap(), "not for BTG"),
			(
				|of| of.actions = vec![Action::Write].try_into().unwrap(),
				"permit these actions: write",
			),
			(|of| of.actions = vec![Action::Share].try_into().unwrap(), "never passed on"),
			(|of| of.until = None, "ends at 1970"),
			(|of| of.uses = Some(2), "has 1 use left"),
			(|of| of.uses = None, "has 1 use left"),
		];
		for (change, says) in changes {
			let mut wide = narrow.clone();
			change(&mut wide);
			let found = wider(&wide, &parent, 2);
			assert_eq!(found.len(), 1, "{found:?}");
			assert!(found[0].contains(says), "{found:?}");
		}
		// Only the chain knows the record's category.
		narrow.scope = Scope::Record(RecordId([1; 32]));
		assert!(wider(&narrow, &parent, 2).is_empty());
	}
}
