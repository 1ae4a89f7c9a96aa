//! Shared by the examples: the connection and the account, from the environment.

use std::{env, fmt, path::Path, sync::Arc, time::Duration};

use salus_client::{keystore, Client, ConnectOptions, Milestone, Password, Progress, Signer};

pub type Result<T> = std::result::Result<T, Failure>;

/// Any error, in words: `main` prints what `Debug` shows.
pub struct Failure(String);

impl fmt::Debug for Failure {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(&self.0)
	}
}

impl<E: fmt::Display> From<E> for Failure {
	fn from(error: E) -> Self {
		Self(error.to_string())
	}
}

/// Connects to `SALUS_URL`, or to a node on this machine.
pub async fn connect() -> Result<Client> {
	let url = env::var("SALUS_URL").unwrap_or_else(|_| "ws://127.0.0.1:9944".into());
	let options = ConnectOptions { progress: Some(progress()), ..ConnectOptions::default() };
	Ok(Client::connect_with(&url, options).await?)
}

/// Returns the account of `SALUS_AS`: a development name such as `//DoctorA`, or the path of a
/// keystore file, whose password is the first line of the file `SALUS_PASSWORD_FILE`.
pub fn signer() -> Result<Signer> {
	let account =
		env::var("SALUS_AS").map_err(|_| "set SALUS_AS to an account or keystore file")?;
	if account.starts_with("//") {
		return Ok(Signer::from_dev_uri(&account)?);
	}
	let password = env::var("SALUS_PASSWORD_FILE").map_err(|_| "set SALUS_PASSWORD_FILE")?;
	let password = Password::from_file(Path::new(&password))?;
	Ok(keystore::decrypt(&keystore::read(Path::new(&account))?, &password)?)
}

/// Returns a progress that prints milestones to standard error.
pub fn progress() -> Arc<dyn Progress> {
	Arc::new(Printer)
}

struct Printer;

impl Progress for Printer {
	fn reached(&self, milestone: &Milestone, after: Duration) {
		eprintln!("{:6.1} s  {milestone}", after.as_secs_f64());
	}

	fn waiting_for_node(&self, url: &str, limit: Duration) {
		eprintln!("waiting up to {} s for the node at {url}", limit.as_secs());
	}
}
