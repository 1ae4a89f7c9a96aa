//! Acting for a patient who lost their key.

use crate::{Client, Error, Signer};

impl Client {
	/// Returns the signer, acting for the patient whom its account succeeded; unchanged if there is
	/// no such patient.
	///
	/// A patient who was recovered on a new account passes the signer through here first. Then
	/// everything works as before: transactions are dispatched in the patient's name, and reads are
	/// about the patient.
	pub async fn acting(&self, signer: Signer) -> Result<Signer, Error> {
		Ok(match self.settled().acts_for(&signer.own_account()).await? {
			Some(patient) => signer.in_name_of(patient),
			None => signer,
		})
	}
}
