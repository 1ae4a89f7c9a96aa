//! `salus consent share`.

use clap::Args;
use salus_client::{
	calls,
	primitives::{Action, Expression, GrantId, GrantTerms, Grantee, Purpose},
	words, Account, Error, Included, Missing,
};
use serde::Serialize;

use crate::{
	condition, parse, show,
	terms::{self, Addressee, Ends, Which},
	Context, Failure,
};

#[derive(Args, Debug)]
#[command(
	after_help = condition::HELP,
	mut_group("scope", |group| group.required(false))
)]
pub(crate) struct Opts {
	/// Number of the grant that you pass on; `salus consent list --patient ACCOUNT` names it.
	grant: GrantId,
	/// Whose records.
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	patient: Account,
	/// To whom: an account (in the capacity in which it acts), member:practitioner@2:ACCOUNT, person:ACCOUNT, team:2 (those
	/// who treat at an organisation), org:2, role:practitioner or role:practitioner@2.
	#[arg(long, value_name = "WHO", value_parser = parse::grantee)]
	to: Grantee<Account>,
	// Without any of these, what the grant covers.
	#[command(flatten)]
	which: Which,
	/// For which purpose; several times for several [default: those of the grant].
	#[arg(long = "purpose", value_parser = parse::purpose())]
	purposes: Vec<Purpose>,
	/// What they may do; several times for several [default: what the grant permits, but sharing].
	#[arg(long = "action", value_parser = parse::action())]
	actions: Vec<Action>,
	#[command(flatten)]
	ends: Ends,
	/// For how many openings [default: as many as the grant has].
	#[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
	uses: Option<u32>,
	/// In which context alone, beside that of the grant; see below.
	#[arg(long, value_name = "CONDITION", value_parser = condition::parse)]
	condition: Option<Expression>,
}

#[derive(Serialize)]
struct Shared {
	grant: GrantId,
	parent: GrantId,
	terms: GrantTerms<Account>,
	/// What the sharer ought to know of those to whom it is.
	#[serde(skip_serializing_if = "Option::is_none")]
	caution: Option<String>,
	transaction: Included,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let sharer = context.signer()?;
	let client = context.client().await?;
	let scope = opts.which.named(&client).await?;
	let consent = client.now().consent_of(&opts.patient).await?;
	let parent = consent
		.grants
		.into_iter()
		.find(|(id, _)| *id == opts.grant)
		.ok_or(Error::NotFound(Missing::Grant(opts.grant)))?
		.1;
	let used = parent.used;
	let parent = parent.terms;
	let purposes = match opts.purposes {
		none if none.is_empty() => parent.purposes,
		some => terms::purposes(some)?,
	};
	let actions = match opts.actions {
		none if none.is_empty() => parent
			.actions
			.into_iter()
			.filter(|action| *action != Action::Share)
			.collect(),
		some => some,
	};
	let Addressee { grantee, caution } = terms::addressee(&client, opts.to).await?;
	if let Some(caution) = &caution {
		context.warn(caution);
	}
	let terms = GrantTerms {
		grantee,
		scope: scope.unwrap_or(parent.scope),
		purposes,
		actions: terms::actions(actions)?,
		from: None,
		until: opts.ends.moment(&client).await?.or(parent.until),
		uses: opts
			.uses
			.or(parent.uses.map(|uses| uses.saturating_sub(used))),
		condition: opts.condition,
	};
	let call = calls::consent::share(opts.patient, opts.grant, &terms);
	let transaction = client.submit(&sharer, &call).await?;
	let after = client
		.at(transaction.block_hash)
		.consent_of(&opts.patient)
		.await?;
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
	let shared = Shared {
		grant,
		parent: opts.grant,
		terms,
		caution,
		transaction,
	};
	context.emit(&shared, |out| {
		let terms = &shared.terms;
		show::pairs(
			out,
			&[
				("grant", shared.grant.to_string()),
				("passed on from", format!("grant {}", shared.parent)),
				("to", words::grantee(&terms.grantee)),
				("may", terms::actions_text(&terms.actions)),
				("what", words::scope(&terms.scope)),
				("for", terms::purposes_text(&terms.purposes)),
				("until", terms::until_text(terms.until)),
			],
		)?;
		writeln!(
			out,
			"It holds only while grant {} does. It opens guarded records; those in direct mode need a grant by the patient.",
			shared.parent
		)
	})
}
