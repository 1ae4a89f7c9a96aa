//! `salus recover`: a new account for a patient who lost their key.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use salus_client::{
	calls, parse_account,
	primitives::{Moment, RecoveryAttempt, RecoveryPolicy, Supporter},
	Account, Client, Included, SignedRecovery,
};
use serde::Serialize;

use crate::{parse, show, signed, Context, Failure};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Sign, as the new account, that it acts for a patient, into a file for the proposer.
	///
	/// The patient creates the new account (`salus keys new`) on their own device and names it with
	/// --as. No account acts for a patient without signing. The file is valid for a day and holds
	/// no secret.
	Sign(Sign),
	/// Propose a new account for a patient who lost their key.
	///
	/// The patient's guardians and the admins of the hospital that enrolled the patient may do
	/// this. Make sure in person that it is the patient who asks, and that the new account is
	/// theirs.
	///
	/// Pass the file that the new account signed (--signed) or, if its keystore is on this machine,
	/// the keystore (--to).
	Propose(Propose),
	/// Support an attempt, as another guardian or for the hospital.
	///
	/// An attempt needs most of the guardians, or the number that the patient set; or the hospital
	/// and one guardian.
	Approve(Support),
	/// Stop an attempt, as the patient: the key is not lost.
	Object(Own),
	/// Withdraw an attempt that you proposed.
	Withdraw(Patient),
	/// Complete an attempt, three days after it got enough support. Anyone may do this.
	///
	/// From then on the new account acts for the patient, and the old key no longer does. Name the
	/// new account with --as: everything that the patient could do before works as before. Publish
	/// its key with `salus keys publish`.
	Complete(Patient),
	/// Show who acts for a patient, what a recovery needs, and an open attempt.
	Show(Own),
	/// Set what a recovery needs, as the patient.
	Policy(Policy),
}

#[derive(Args, Debug)]
pub(crate) struct Sign {
	/// Patient who lost their key.
	#[arg(value_parser = parse::account)]
	patient: Account,
	/// Write the signed recovery to this file [default: standard output].
	#[arg(long, value_name = "FILE")]
	out: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[group(skip)]
#[command(group = ArgGroup::new("how").required(true).args(["to", "signed"]))]
pub(crate) struct Propose {
	/// Patient who lost their key.
	#[arg(value_parser = parse::account)]
	patient: Account,
	/// Let the account of this keystore act for the patient, or a development account such as
	/// //Dave.
	#[arg(long, value_name = "WHO")]
	to: Option<String>,
	/// Read the password of the new account's keystore from the first line of this file.
	#[arg(long, value_name = "FILE", requires = "to", conflicts_with = "signed")]
	to_password_file: Option<PathBuf>,
	/// Use the file that the new account signed with `salus recover sign`.
	#[arg(long, value_name = "FILE")]
	signed: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Support {
	/// Patient who lost their key.
	#[arg(value_parser = parse::account)]
	patient: Account,
	/// Let this new account act for the patient.
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	to: Account,
}

#[derive(Args, Debug)]
pub(crate) struct Patient {
	/// Patient whose key is said to be lost.
	#[arg(value_parser = parse::account)]
	patient: Account,
}

#[derive(Args, Debug)]
pub(crate) struct Own {
	/// Name the patient [default: the account that acts].
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	patient: Option<Account>,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = true)]
pub(crate) struct Policy {
	/// Require this number of guardians: from 2 to 8, or `most`.
	#[arg(long, value_name = "NUMBER", value_parser = guardians)]
	guardians: Option<Threshold>,
	/// Set whether the hospital that enrolled the patient and one guardian are enough.
	#[arg(long)]
	hospital: Option<Answer>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Threshold(Option<u32>);

fn guardians(text: &str) -> Result<Threshold, String> {
	if text == "most" {
		return Ok(Threshold(None));
	}
	match text.parse() {
		Ok(number @ 2..=8) => Ok(Threshold(Some(number))),
		_ => Err("give a number from 2 to 8, or `most`".into()),
	}
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Answer {
	/// They are enough.
	Yes,
	/// Only guardians can recover the patient.
	No,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::Sign(opts) => sign(opts, context).await,
		Opts::Propose(opts) => propose(opts, context).await,
		Opts::Approve(opts) => approve(opts, context).await,
		Opts::Object(opts) => object(opts, context).await,
		Opts::Withdraw(opts) => withdraw(opts, context).await,
		Opts::Complete(opts) => complete(opts, context).await,
		Opts::Show(opts) => show_status(opts, context).await,
		Opts::Policy(opts) => policy(opts, context).await,
	}
}

#[derive(Serialize)]
struct RecoveryStatus {
	patient: Account,
	/// Open attempt, if there is one.
	attempt: Option<RecoveryAttempt<Account>>,
	/// Account that acts for the patient; none if the patient's own does.
	successor: Option<Account>,
	policy: RecoveryPolicy,
	/// Transaction of the command, if it made one.
	transaction: Option<Included>,
}

/// Returns the state of a recovery, after a transaction or now.
async fn read_status(
	client: &Client,
	patient: Account,
	transaction: Option<Included>,
) -> Result<RecoveryStatus, Failure> {
	let at = match transaction {
		Some(transaction) => client.at(transaction.block_hash),
		None => client.now(),
	};
	Ok(RecoveryStatus {
		patient,
		attempt: at.recovery_attempt(&patient).await?,
		successor: at.successor(&patient).await?,
		policy: at.recovery_policy(&patient).await?,
		transaction,
	})
}

async fn sign(opts: Sign, context: &mut Context<'_>) -> Result<(), Failure> {
	let (successor, client) = context.signer_and_client().await?;
	let signed = client.sign_recovery(&successor, opts.patient).await?;
	let submitter = "a guardian, or to an admin of the hospital that enrolled the patient";
	signed::write(&signed, opts.out, submitter, context)
}

async fn propose(opts: Propose, context: &mut Context<'_>) -> Result<(), Failure> {
	let patient = opts.patient;
	let supporter = context.signer()?;
	let (client, signed) = match (&opts.signed, &opts.to) {
		(Some(path), _) => {
			let signed = read_signed(path)?;
			if signed.patient != patient {
				return Err(Failure::BadFile(
					"the file was signed for another patient; name that patient, or have the new account sign for this one",
				));
			}
			(context.client().await?, signed)
		}
		(None, Some(who)) => {
			// An address alone cannot sign.
			if !who.starts_with("//") && parse_account(who).is_ok() {
				return Err(Failure::NoAgreement);
			}
			let password = opts.to_password_file.as_deref();
			let successor = context.load(who, password, "--to-password-file")?;
			let client = context.client().await?;
			let signed = client.sign_recovery(&successor, patient).await?;
			(client, signed)
		}
		(None, None) => return Err(Failure::NoAgreement),
	};
	let supporter = client.acting(supporter).await?;
	let transaction = client.propose_recovery(&supporter, &signed).await?;
	emit_support(&client, patient, transaction, context).await
}

fn read_signed(path: &Path) -> Result<SignedRecovery, Failure> {
	signed::read(
		path,
		"the file is not a signed recovery; the new account creates one with `salus recover sign`",
	)
}

async fn approve(opts: Support, context: &mut Context<'_>) -> Result<(), Failure> {
	let (supporter, client) = context.acting_and_client().await?;
	let call = calls::succession::approve(opts.patient, opts.to);
	let transaction = client.submit(&supporter, &call).in_block().await?.included;
	emit_support(&client, opts.patient, transaction, context).await
}

/// Reads an attempt after it got support, and says what it waits for.
async fn emit_support(
	client: &Client,
	patient: Account,
	transaction: Included,
	context: &mut Context<'_>,
) -> Result<(), Failure> {
	let status = read_status(client, patient, Some(transaction)).await?;
	context.emit(&status, |out| match &status.attempt {
		Some(attempt) => writeln!(
			out,
			"{} is proposed to act for {patient}: {}",
			attempt.successor,
			next_step(&patient, attempt)
		),
		None => writeln!(out, "The attempt for {patient} has ended already"),
	})
}

/// Describes what an attempt waits for.
fn next_step(patient: &Account, attempt: &RecoveryAttempt<Account>) -> String {
	let until = show::moment(attempt.expires);
	match attempt.due {
		Some(due) => format!(
			"it has enough support; from {} until {until} anyone may complete it, unless the patient objects: \
			salus recover complete {patient}",
			show::moment(due)
		),
		None => {
			let hospital = if attempt.hospital {
				", or one and the hospital that enrolled the patient"
			} else {
				""
			};
			format!(
				"it needs {}{hospital}; {} so far, and it ends at {until}",
				show::count(attempt.threshold as usize, "guardian", "guardians"),
				show::count(attempt.support.len(), "supports it", "support it"),
			)
		}
	}
}

#[derive(Serialize)]
struct EndReport {
	patient: Account,
	transaction: Included,
}

async fn object(opts: Own, context: &mut Context<'_>) -> Result<(), Failure> {
	// The account that acts for the patient objects in its own name, not in the patient's.
	let holder = context.signer()?;
	let (client, patient) = context.client_and_whose(opts.patient).await?;
	let call = calls::succession::object(patient);
	let transaction = client.submit(&holder, &call).in_block().await?.included;
	let ended = EndReport { patient, transaction };
	context.emit(&ended, |out| {
		writeln!(
			out,
			"Stopped: nobody else acts for {patient}. The proposer must wait a week before another attempt. If you do not \
			know why they proposed it, dismiss the guardian (`salus guardian dismiss`) and tell the hospital"
		)
	})
}

async fn withdraw(opts: Patient, context: &mut Context<'_>) -> Result<(), Failure> {
	let (proposer, client) = context.acting_and_client().await?;
	let patient = opts.patient;
	let call = calls::succession::withdraw(patient);
	let transaction = client.submit(&proposer, &call).in_block().await?.included;
	let ended = EndReport { patient, transaction };
	context.emit(&ended, |out| writeln!(out, "Withdrawn: nobody else acts for {patient}"))
}

async fn complete(opts: Patient, context: &mut Context<'_>) -> Result<(), Failure> {
	let (signer, client) = context.acting_and_client().await?;
	let patient = opts.patient;
	let call = calls::succession::complete(patient);
	let transaction = client.submit(&signer, &call).in_block().await?.included;
	let status = read_status(&client, patient, Some(transaction)).await?;
	context.emit(&status, |out| match status.successor {
		Some(successor) => {
			writeln!(out, "{successor} acts for {patient} from now on; the old key no longer does")
		}
		None => writeln!(out, "{patient} acts for themself"),
	})
}

async fn show_status(opts: Own, context: &mut Context<'_>) -> Result<(), Failure> {
	let (client, patient) = context.client_and_whose(opts.patient).await?;
	let status = read_status(&client, patient, None).await?;
	context.emit(&status, |out| {
		let acts = status.successor.unwrap_or(patient);
		let mut pairs = vec![
			("patient", patient.to_string()),
			("acts for them", acts.to_string()),
			("guardians needed", guardians_needed(status.policy.threshold)),
			("or hospital and one", if status.policy.hospital { "yes" } else { "no" }.into()),
		];
		let Some(attempt) = &status.attempt else {
			pairs.push(("attempt", "none".into()));
			return show::pairs(out, &pairs);
		};
		pairs.push(("new account", attempt.successor.to_string()));
		pairs.push(("next", next_step(&patient, attempt)));
		show::pairs(out, &pairs)?;
		writeln!(out)?;
		let rows: Vec<_> = attempt
			.support
			.iter()
			.map(|support| support_row(&support.by, &support.supporter, support.at))
			.collect();
		show::table(out, &["supported by", "as", "since"], &rows)
	})
}

fn guardians_needed(threshold: Option<u32>) -> String {
	threshold.map_or("most of them, and at least 2".into(), |number| number.to_string())
}

fn support_row(by: &Account, supporter: &Supporter<Account>, at: Moment) -> Vec<String> {
	let role = match supporter {
		Supporter::Guardian(_) => "guardian".into(),
		Supporter::Hospital(id) => format!("hospital {id}"),
	};
	vec![by.to_string(), role, show::moment(at)]
}

async fn policy(opts: Policy, context: &mut Context<'_>) -> Result<(), Failure> {
	// The account that acts for the patient signs in its own name, not in the patient's.
	let holder = context.signer()?;
	let (client, patient) = context.client_and_whose(None).await?;
	let mut transaction = None;
	if let Some(Threshold(threshold)) = opts.guardians {
		let call = calls::succession::set_threshold(patient, threshold);
		transaction = Some(client.submit(&holder, &call).in_block().await?.included);
	}
	if let Some(answer) = opts.hospital {
		let call = calls::succession::let_hospital(patient, answer == Answer::Yes);
		transaction = Some(client.submit(&holder, &call).in_block().await?.included);
	}
	let status = read_status(&client, patient, transaction).await?;
	context.emit(&status, |out| {
		let hospital = if status.policy.hospital {
			", or the hospital that enrolled the patient and one guardian"
		} else {
			""
		};
		writeln!(
			out,
			"A recovery needs {}{hospital}",
			status
				.policy
				.threshold
				.map_or("most of the guardians, and at least 2".into(), |number| {
					show::count(number as usize, "guardian", "guardians")
				})
		)
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn numbers_of_guardians_outside_the_limits_are_refused() {
		assert_eq!(guardians("most").unwrap().0, None);
		assert_eq!(guardians("2").unwrap().0, Some(2));
		for text in ["1", "9", "", "all", "-2"] {
			assert!(guardians(text).is_err(), "{text}");
		}
	}
}
