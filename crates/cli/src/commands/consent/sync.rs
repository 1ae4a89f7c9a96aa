//! `salus consent sync`: finds the keys that the patient's grants permit and that are missing, and
//! shares them.

use serde::Serialize;

use crate::{show, Context, Failure};

#[derive(Serialize)]
struct SyncReport {
	wrapped: usize,
}

pub(crate) async fn run(context: &mut Context<'_>) -> Result<(), Failure> {
	let (patient, client) = context.acting_and_client().await?;
	let wrapped = client.sync_keys(&patient, &*context.progress).await?;
	context.reseals_for(&patient, &client);
	context.emit(&SyncReport { wrapped }, |out| match wrapped {
		0 => writeln!(out, "No key was missing"),
		_ => writeln!(out, "{} shared", show::count(wrapped, "missing key", "missing keys")),
	})
}
