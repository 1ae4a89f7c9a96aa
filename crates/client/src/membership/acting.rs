//! Patients who lost their key, and the accounts that act for them.

use crate::{Client, Error, Signer};

impl Client {
	/// The signer, in the name of the patient for whom its account acts; itself if it acts for nobody else.
	///
	/// Whoever was brought back on a new account passes the signer through here first. Everything a patient does then works
	/// as it did before: transactions are dispatched in the patient's name, and reads are about the patient.
	pub async fn acting(&self, signer: Signer) -> Result<Signer, Error> {
		Ok(match self.now().acts_for(&signer.own_account()).await? {
			Some(patient) => signer.in_name_of(patient),
			None => signer,
		})
	}
}
