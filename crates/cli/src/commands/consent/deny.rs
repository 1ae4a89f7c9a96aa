//! `salus consent deny` and `salus consent lift`.
//!
//! `deny` sets a denial, removes the keys that it covers, and names the guardians whom it does not
//! stop. `lift` removes a denial, and shares the keys again that grants permit.

use clap::Args;
use salus_client::{
	primitives::{DenialId, Grantee, GuardianId, Party},
	words, Account, Client, Included, TakenBack,
};
use serde::Serialize;

use super::write_remaining_keys;
use crate::{parse, show, terms::Which, Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Deny {
	/// Deny access to: an account (in any capacity), team:2 (those who treat at organisation 2),
	/// org:2, role:practitioner or role:practitioner@2.
	#[arg(long, value_name = "WHO", value_parser = parse::grantee)]
	to: Grantee<Account>,
	#[command(flatten)]
	which: Which,
}

#[derive(Args, Debug)]
pub(crate) struct Lift {
	/// Number of the denial.
	denial: DenialId,
}

#[derive(Serialize)]
struct DenialReport {
	#[serde(flatten)]
	denied: TakenBack,
	/// Guardians whom the denial covers but does not stop: only a dismissal does.
	guardians_spared: Vec<(GuardianId, Account)>,
}

/// Returns the patient's guardians whom a denial to `grantee` covers, and who can read
/// nevertheless.
async fn spared(
	client: &Client,
	patient: &Account,
	grantee: &Grantee<Account>,
) -> Result<Vec<(GuardianId, Account)>, Failure> {
	let clock = client.now().clock().await?;
	let mut spared = Vec::new();
	for (id, guardian) in client.now().consent_of(patient).await?.guardians {
		if guardian.until.is_some_and(|until| until <= clock) {
			continue;
		}
		let memberships = client.now().memberships(&guardian.guardian).await?;
		let party = Party { account: &guardian.guardian, memberships: &memberships };
		if party.may_hold_key_of(grantee) {
			spared.push((id, guardian.guardian));
		}
	}
	Ok(spared)
}

pub(crate) async fn deny(opts: Deny, context: &mut Context<'_>) -> Result<(), Failure> {
	let (patient, client) = context.signer_and_client().await?;
	let scope = opts.which.scope(&client).await?;
	let patient = client.acting(patient).await?;
	let denied = client.deny(&patient, &opts.to, &scope, &*context.progress).await?;
	let guardians_spared = spared(&client, &patient.account(), &opts.to).await?;
	let denied = DenialReport { denied, guardians_spared };
	for (id, guardian) in &denied.guardians_spared {
		context.warn(&format!(
			"{guardian} is a guardian and can still read despite the denial; to end that: salus guardian dismiss {id}"
		));
	}
	context.reseals_for(&patient, &client);
	context.emit(&denied, |out| {
		let DenialReport { denied, .. } = &denied;
		let who = words::grantee(&opts.to);
		let keys = show::count(denied.removed, "key", "keys");
		let what = words::scope(&scope);
		writeln!(out, "Denial {}: {who}, {what}; {keys} removed", denied.id)?;
		write_remaining_keys(out, &denied.remaining)
	})
}

#[derive(Serialize)]
struct LiftReport {
	denial: DenialId,
	wrapped: usize,
	transaction: Included,
}

pub(crate) async fn lift(opts: Lift, context: &mut Context<'_>) -> Result<(), Failure> {
	let (patient, client) = context.acting_and_client().await?;
	let (transaction, wrapped) = client.lift(&patient, opts.denial, &*context.progress).await?;
	let lifted = LiftReport { denial: opts.denial, wrapped, transaction };
	context.reseals_for(&patient, &client);
	context.emit(&lifted, |out| {
		let keys = show::count(wrapped, "key", "keys");
		writeln!(out, "Lifted denial {}; {keys} shared again", lifted.denial)
	})
}
