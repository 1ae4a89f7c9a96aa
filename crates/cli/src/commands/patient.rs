//! `salus patient`: enrolment of patients.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args, Subcommand};
use salus_client::{
	calls,
	primitives::{Hash32, OrganisationId},
	Account, Included, SignedEnrolment, ENROLMENT_LIFETIME,
};
use serde::Serialize;

use crate::{parse, signed, Context, Failure};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Sign an enrolment at a hospital, as the patient, into a file for the hospital.
	///
	/// The enrolment lets the hospital's care team read and add records for treatment and
	/// operations. The patient can revoke this. The file is valid for 23 hours and holds no secret.
	Sign(Sign),
	/// Enrol a patient.
	///
	/// An admin or records admin of the hospital passes the file that the patient signed
	/// (--enrolment) or, if the patient's keystore is on this machine, the keystore (--patient). A
	/// patient can also enrol without a hospital (--self).
	///
	/// The enrolment publishes the patient's key and gives the hospital's care team a first
	/// grant. For further grants: `salus consent grant`.
	Enrol(Enrol),
	/// End a hospital's responsibility for a patient. For the hospital's admins.
	///
	/// The patient remains a patient, and their decisions hold, including their grants to the
	/// hospital, until they revoke them.
	Release(Release),
}

#[derive(Args, Debug)]
pub(crate) struct Release {
	/// Release this patient.
	#[arg(value_parser = parse::account)]
	patient: Account,
	/// Act for the hospital with this number [default: the only one that you administer].
	#[arg(long = "org", value_name = "ID")]
	organisation: Option<OrganisationId>,
}

#[derive(Args, Debug)]
pub(crate) struct Sign {
	/// Sign for the hospital with this number.
	#[arg(long = "org", value_name = "ID")]
	organisation: OrganisationId,
	/// Write the signed enrolment to this file [default: standard output].
	#[arg(long, value_name = "FILE")]
	out: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[group(skip)]
#[command(group = ArgGroup::new("how").required(true).args(["patient", "enrolment", "self_"]))]
pub(crate) struct Enrol {
	/// Enrol the account of this keystore, or a development account such as //Dave.
	#[arg(long, value_name = "WHO")]
	patient: Option<String>,
	/// Read the password of the patient's keystore from the first line of this file.
	#[arg(long, value_name = "FILE", requires = "patient")]
	patient_password_file: Option<PathBuf>,
	/// Use the file that the patient signed with `salus patient sign`.
	#[arg(long, value_name = "FILE")]
	enrolment: Option<PathBuf>,
	/// Enrol the account that acts, without a hospital. This costs tokens, because no hospital
	/// pays.
	#[arg(long = "self", id = "self_", conflicts_with_all = ["organisation", "credential"])]
	self_: bool,
	/// Act for the hospital with this number [default: the only one that you act for]. A signed
	/// file names its own.
	#[arg(long = "org", value_name = "ID", conflicts_with = "enrolment")]
	organisation: Option<OrganisationId>,
	/// Record the document that identified the patient: a file, or 0x and its SHA-256.
	#[arg(long, value_name = "FILE|HASH", value_parser = parse::document)]
	credential: Option<Hash32>,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::Sign(opts) => sign(opts, context).await,
		Opts::Enrol(opts) => enrol(opts, context).await,
		Opts::Release(opts) => release(opts, context).await,
	}
}

async fn sign(opts: Sign, context: &mut Context<'_>) -> Result<(), Failure> {
	let (patient, client) = context.signer_and_client().await?;
	let signed = client.sign_enrolment(&patient, opts.organisation, ENROLMENT_LIFETIME).await?;
	let submitter = format!("hospital {}", signed.organisation);
	signed::write(&signed, opts.out, &submitter, context)
}

#[derive(Serialize)]
struct EnrolmentReport {
	patient: Account,
	organisation: Option<OrganisationId>,
	transaction: Included,
}

async fn enrol(opts: Enrol, context: &mut Context<'_>) -> Result<(), Failure> {
	let (signer, client) = context.signer_and_client().await?;
	let result = if opts.self_ {
		let transaction = client.enrol_self(&signer).await?;
		EnrolmentReport { patient: signer.account(), organisation: None, transaction }
	} else {
		let signed = match (&opts.enrolment, &opts.patient) {
			(Some(path), _) => read(path)?,
			(None, Some(who)) => {
				let password = opts.patient_password_file.as_deref();
				let patient = context.load(who, password, "--patient-password-file")?;
				let organisation = match opts.organisation {
					Some(organisation) => organisation,
					// A records admin acts for one organisation; an admin administers one.
					None => match client.acting_for(&signer, None).await {
						Ok(organisation) => organisation,
						Err(_) => context.administered(&client, None, &signer.account()).await?,
					},
				};
				client.sign_enrolment(&patient, organisation, ENROLMENT_LIFETIME).await?
			}
			(None, None) => return Err(Failure::WhoActs),
		};
		let credential = opts.credential.unwrap_or_default();
		let transaction = client.enrol(&signer, &signed, credential).await?;
		let organisation = Some(signed.organisation);
		EnrolmentReport { patient: signed.patient, organisation, transaction }
	};
	context.emit(&result, |out| match result.organisation {
		Some(id) => writeln!(
			out,
			"{} enrolled as a patient of organisation {id}, whose care team may read and add records from now on",
			result.patient
		),
		None => writeln!(
			out,
			"{} enrolled as a patient; nobody may add records until the patient grants it: salus consent grant",
			result.patient
		),
	})
}

#[derive(Serialize)]
struct ReleaseReport {
	patient: Account,
	organisation: OrganisationId,
	transaction: Included,
}

async fn release(opts: Release, context: &mut Context<'_>) -> Result<(), Failure> {
	let (admin, client) = context.signer_and_client().await?;
	let organisation = context.administered(&client, opts.organisation, &admin.account()).await?;
	let patient = opts.patient;
	let call = calls::roles::release_patient(organisation, patient);
	let transaction = client.submit(&admin, &call).in_block().await?.included;
	let released = ReleaseReport { patient, organisation, transaction };
	context.emit(&released, |out| {
		writeln!(
			out,
			"Hospital {organisation} is no longer responsible for {patient}, who remains a patient"
		)
	})
}

fn read(path: &Path) -> Result<SignedEnrolment, Failure> {
	signed::read(
		path,
		"the file is not a signed enrolment; the patient creates one with `salus patient sign`",
	)
}
