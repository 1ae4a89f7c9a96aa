//! Enrolment of patients.
//!
//! On their own machine, the patient signs a short text that names the hospital, their key and an
//! expiry; the hospital submits it. So the patient needs no tokens, and the hospital never has the
//! patient's secret.

use std::time::Duration;

use salus_primitives::{Enrolment, Hash32, KeyAgreementPublic, Moment, OrganisationId};
use serde::{Deserialize, Serialize};

use crate::{chain::calls, chain::submit::Included, Account, Client, Error, Signer};

/// Lifetime of a signature: the longest that the chain accepts, less an hour for clocks that
/// differ.
pub const ENROLMENT_LIFETIME: Duration = Duration::from_secs(23 * 60 * 60);

/// A patient's signed enrolment, for the hospital to submit. Not a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedEnrolment {
	/// Genesis hash, which names the chain.
	#[serde(with = "crate::json::hex")]
	pub genesis: Hash32,
	/// Patient to enrol, who signed.
	pub patient: Account,
	/// Hospital that may submit it.
	pub organisation: OrganisationId,
	/// The patient's key.
	#[serde(with = "crate::json::hex")]
	pub key: KeyAgreementPublic,
	/// Expiry of the signature, in milliseconds since 1970.
	pub expires: Moment,
	/// The patient's signature.
	#[serde(with = "crate::json::hex")]
	pub signature: [u8; 64],
}

impl Client {
	/// Signs the patient's enrolment at a hospital, which gives it read and write access.
	pub async fn sign_enrolment(
		&self,
		patient: &Signer,
		organisation: OrganisationId,
		lifetime: Duration,
	) -> Result<SignedEnrolment, Error> {
		let clock = self.now().clock().await?;
		let enrolment = Enrolment {
			genesis: self.genesis(),
			patient: patient.account(),
			organisation,
			key: self.enrolment_key(patient).await?,
			expires: clock.saturating_add(lifetime.as_millis() as Moment),
		};
		let signature = patient.sign(&enrolment.to_sign());
		let Enrolment { genesis, patient, organisation, key, expires } = enrolment;
		Ok(SignedEnrolment { genesis, patient, organisation, key, expires, signature })
	}

	/// Submits a patient's signed enrolment. By an admin or a records admin of the hospital.
	pub async fn enrol(
		&self,
		sponsor: &Signer,
		enrolment: &SignedEnrolment,
		credential: Hash32,
	) -> Result<Included, Error> {
		self.check_signed(&enrolment.genesis, enrolment.expires).await?;
		let call = calls::roles::enrol_patient(
			enrolment.organisation,
			enrolment.patient,
			enrolment.key,
			credential,
			enrolment.expires,
			enrolment.signature,
		);
		Ok(self.submit(sponsor, &call).in_block().await?.included)
	}

	/// Enrols the signer as a patient without a hospital. The account pays the fee itself.
	pub async fn enrol_self(&self, patient: &Signer) -> Result<Included, Error> {
		let key = self.enrolment_key(patient).await?;
		let call = calls::roles::enrol(key);
		Ok(self.submit(patient, &call).in_block().await?.included)
	}
}
