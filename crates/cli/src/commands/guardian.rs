//! `salus guardian`: accounts that read records and answer requests for a patient.

use clap::{Args, Subcommand};
use salus_client::{
	calls,
	primitives::{Guardian, GuardianId, Moment, Purpose},
	words, Account, Error, Included, Missing,
};
use serde::Serialize;

use crate::{
	parse::{self, WhichGuardian},
	show,
	terms::{self, Ends, Which},
	Context, Failure,
};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Appoint a guardian, as the patient.
	///
	/// A guardian reads the guarded records in scope and answers requests about them
	/// (`salus inbox --patient`). Guardians need a live membership of any kind.
	Appoint(Appoint),
	/// Dismiss a guardian, as the patient.
	///
	/// A denial does not stop a guardian from reading; only a dismissal does.
	Dismiss(Dismiss),
	/// List a patient's guardians.
	List(List),
}

#[derive(Args, Debug)]
pub(crate) struct Appoint {
	/// Account of the guardian.
	#[arg(value_parser = parse::account)]
	guardian: Account,
	#[command(flatten)]
	which: Which,
	/// Permit this purpose; repeat for more purposes.
	#[arg(
		long = "purpose",
		default_values = ["TREAT", "PATRQT"],
		value_parser = parse::purpose()
	)]
	purposes: Vec<Purpose>,
	// For example the day on which a child comes of age.
	#[command(flatten)]
	ends: Ends,
}

#[derive(Args, Debug)]
pub(crate) struct Dismiss {
	/// Account of the guardian, or number of the appointment.
	#[arg(value_name = "ACCOUNT|NUMBER", value_parser = parse::guardian)]
	guardian: WhichGuardian,
}

#[derive(Args, Debug)]
pub(crate) struct List {
	/// List the guardians of this patient [default: the account that acts].
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	patient: Option<Account>,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::Appoint(opts) => appoint(opts, context).await,
		Opts::Dismiss(opts) => dismiss(opts, context).await,
		Opts::List(opts) => list(opts, context).await,
	}
}

#[derive(Serialize)]
struct AppointmentReport {
	id: GuardianId,
	guardian: Account,
	until: Option<Moment>,
	transaction: Included,
}

async fn appoint(opts: Appoint, context: &mut Context<'_>) -> Result<(), Failure> {
	let patient = context.signer()?;
	let purposes = terms::purposes(opts.purposes)?;
	let client = context.client().await?;
	let scope = opts.which.scope(&client).await?;
	let patient = client.acting(patient).await?;
	let until = opts.ends.moment(&client).await?;
	let memberships = client.now().memberships(&opts.guardian).await?;
	if !memberships.iter().any(|held| held.live) {
		context.warn(&format!(
			"{} has no live membership and cannot act as a guardian without one; have them enrolled as a patient \
			(`salus patient enrol`)",
			opts.guardian
		));
	}
	let call = calls::consent::appoint_guardian(opts.guardian, &scope, &purposes, until);
	let transaction = client.submit(&patient, &call).in_block().await?.included;
	let after = client.at(transaction.block_hash).consent_of(&patient.account()).await?;
	let appointed = AppointmentReport {
		id: after
			.guardians
			.iter()
			.filter(|(_, other)| other.guardian == opts.guardian)
			.map(|(id, _)| *id)
			.max()
			.unwrap_or_default(),
		guardian: opts.guardian,
		until,
		transaction,
	};
	context.reseals_for(&patient, &client);
	context.emit(&appointed, |out| {
		let until = appointed.until.map_or("dismissed".into(), show::moment);
		writeln!(
			out,
			"{} is a guardian until {until} (appointment {})",
			appointed.guardian, appointed.id
		)
	})
}

#[derive(Serialize)]
struct DismissalReport {
	guardian: GuardianId,
	transaction: Included,
}

async fn dismiss(opts: Dismiss, context: &mut Context<'_>) -> Result<(), Failure> {
	let (patient, client) = context.acting_and_client().await?;
	let guardian = match opts.guardian {
		WhichGuardian::Number(id) => id,
		WhichGuardian::Account(account) => {
			let guardians = client.settled().consent_of(&patient.account()).await?.guardians;
			number_of(&guardians, &account).ok_or(Error::NotFound(Missing::Guardian(account)))?
		}
	};
	let call = calls::consent::dismiss_guardian(guardian);
	let transaction = client.submit(&patient, &call).in_block().await?.included;
	let dismissed = DismissalReport { guardian, transaction };
	context.reseals_for(&patient, &client);
	context.emit(&dismissed, |out| {
		writeln!(
			out,
			"Dismissed guardian {}; grants that they gave in answer to requests stay",
			dismissed.guardian
		)
	})
}

/// Returns the number of an account's appointment. An account has at most one at a time.
fn number_of(
	guardians: &[(GuardianId, Guardian<Account>)],
	account: &Account,
) -> Option<GuardianId> {
	let is_theirs =
		|(_, guardian): &&(GuardianId, Guardian<Account>)| guardian.guardian == *account;
	guardians.iter().find(is_theirs).map(|(id, _)| *id)
}

async fn list(opts: List, context: &mut Context<'_>) -> Result<(), Failure> {
	let (client, patient) = context.client_and_whose(opts.patient).await?;
	let clock = client.now().clock().await?;
	let guardians = client.now().consent_of(&patient).await?.guardians;
	context.emit(&guardians, |out| {
		if guardians.is_empty() {
			return writeln!(out, "{patient} has no guardian");
		}
		let rows: Vec<_> =
			guardians.iter().map(|(id, guardian)| row(*id, guardian, clock)).collect();
		let head = ["number", "guardian", "records", "purposes", "since", "until"];
		show::table(out, &head, &rows)
	})
}

fn row(id: GuardianId, guardian: &Guardian<Account>, clock: Moment) -> Vec<String> {
	let expired = match guardian.until {
		Some(until) if until <= clock => " (expired)",
		_ => "",
	};
	vec![
		id.to_string(),
		guardian.guardian.to_string(),
		words::scope(&guardian.scope),
		terms::purposes_text(&guardian.purposes),
		show::moment(guardian.since),
		format!("{}{expired}", terms::until_text(guardian.until)),
	]
}
