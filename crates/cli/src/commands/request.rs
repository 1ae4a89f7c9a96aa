//! `salus request`: requests to patients for consent.

use clap::{Args, Subcommand};
use salus_client::{
	calls,
	primitives::{Action, ConsentRequest, ConsentRequestId, Purpose, RequestTerms},
	words, Account, Answered, Asked, Included,
};
use serde::Serialize;

use crate::{
	parse, show,
	terms::{self, Ends, Which},
	Context, Failure,
};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Ask a patient for a grant to you, in the capacity in which you act.
	///
	/// The patient's standing rules may answer at once.
	Add(Add),
	/// List your requests that wait for an answer, for the patients that you name.
	///
	/// The chain keeps requests with their patients, so there is no list of all of them.
	List(List),
	/// Withdraw a request.
	Withdraw(Withdraw),
}

#[derive(Args, Debug)]
pub(crate) struct Add {
	/// Ask this patient.
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	patient: Account,
	#[command(flatten)]
	which: Which,
	/// Ask for this purpose; repeat for more purposes.
	#[arg(long = "purpose", default_value = "TREAT", value_parser = parse::purpose())]
	purposes: Vec<Purpose>,
	/// Ask for this action; repeat for more actions.
	#[arg(long = "action", default_value = "read", value_parser = parse::action())]
	actions: Vec<Action>,
	#[command(flatten)]
	ends: Ends,
}

#[derive(Args, Debug)]
pub(crate) struct List {
	/// List requests to this patient; repeat for more patients.
	#[arg(long = "patient", value_name = "ACCOUNT", required = true, value_parser = parse::account)]
	patients: Vec<Account>,
}

#[derive(Args, Debug)]
pub(crate) struct Withdraw {
	/// Number of the request.
	request: ConsentRequestId,
	/// Withdraw a request to this patient.
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	patient: Account,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::Add(opts) => add(opts, context).await,
		Opts::List(opts) => list(opts, context).await,
		Opts::Withdraw(opts) => withdraw(opts, context).await,
	}
}

#[derive(Serialize)]
struct RequestReport {
	patient: Account,
	#[serde(flatten)]
	asked: Asked,
	terms: RequestTerms,
}

async fn add(opts: Add, context: &mut Context<'_>) -> Result<(), Failure> {
	let (requester, client) = context.signer_and_client().await?;
	let scope = opts.which.scope(&client).await?;
	let terms = RequestTerms {
		scope,
		purposes: terms::purposes(opts.purposes)?,
		actions: terms::actions(opts.actions)?,
		until: opts.ends.moment(&client).await?,
	};
	let asked = client.request_consent(&requester, &opts.patient, &terms).await?;
	let added = RequestReport { patient: opts.patient, asked, terms };
	context.emit(&added, |out| {
		let number = added.asked.request;
		match &added.asked.answer {
			Some(Answered::Approved { grant, .. }) => writeln!(
				out,
				"Request {number} was approved at once by a rule of the patient: grant {grant}"
			),
			Some(Answered::Declined { .. }) => {
				writeln!(out, "Request {number} was declined at once by a rule of the patient")
			}
			_ => writeln!(
				out,
				"Request {number} waits for the patient's answer, for at most 30 days"
			),
		}
	})
}

#[derive(Serialize)]
struct RequestEntry {
	patient: Account,
	id: ConsentRequestId,
	#[serde(flatten)]
	request: ConsentRequest<Account>,
}

async fn list(opts: List, context: &mut Context<'_>) -> Result<(), Failure> {
	let account = context.account()?;
	let client = context.client().await?;
	let clock = client.now().clock().await?;
	let mut found = Vec::new();
	for patient in opts.patients {
		let consent = client.now().consent_of(&patient).await?;
		let own = consent
			.requests
			.into_iter()
			.filter(|(_, request)| request.requester == account && clock < request.expires);
		found.extend(own.map(|(id, request)| RequestEntry { patient, id, request }));
	}
	context.emit(&found, |out| {
		if found.is_empty() {
			return writeln!(
				out,
				"No request of {account} waits for an answer; `salus consent list` shows grants"
			);
		}
		let rows: Vec<_> = found
			.iter()
			.map(|listed| {
				let mut row = vec![listed.id.to_string(), listed.patient.to_string()];
				row.extend(row_of(&listed.request));
				row
			})
			.collect();
		let head = [&["number", "patient"][..], &HEAD].concat();
		show::table(out, &head, &rows)
	})
}

/// Columns that describe a request.
pub(crate) const HEAD: [&str; 6] =
	["actions", "records", "purposes", "until", "requested", "waits until"];

/// Returns the cells of [`HEAD`].
pub(crate) fn row_of(request: &ConsentRequest<Account>) -> Vec<String> {
	let terms = &request.terms;
	vec![
		terms::actions_text(&terms.actions),
		words::scope(&terms.scope),
		terms::purposes_text(&terms.purposes),
		terms::until_text(terms.until),
		show::moment(request.made),
		show::moment(request.expires),
	]
}

#[derive(Serialize)]
struct Withdrawn {
	patient: Account,
	request: ConsentRequestId,
	transaction: Included,
}

async fn withdraw(opts: Withdraw, context: &mut Context<'_>) -> Result<(), Failure> {
	let (requester, client) = context.signer_and_client().await?;
	let call = calls::consent::withdraw(opts.patient, opts.request);
	let transaction = client.submit(&requester, &call).in_block().await?.included;
	let withdrawn = Withdrawn { patient: opts.patient, request: opts.request, transaction };
	context.emit(&withdrawn, |out| writeln!(out, "Withdrew request {}", withdrawn.request))
}
