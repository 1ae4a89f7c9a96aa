//! What admissions, enrolments and recoveries have in common: an account signs, and somebody else
//! submits it later.

use salus_primitives::{Hash32, Moment};

use crate::{Client, Error};

impl Client {
	/// Checks that something was signed for this chain, and has not expired.
	pub(super) async fn check_signed(&self, genesis: &Hash32, until: Moment) -> Result<(), Error> {
		if *genesis != self.genesis() {
			return Err(Error::Signed(
				"it was signed for another chain; have it signed for this one",
			));
		}
		if until <= self.now().clock().await? {
			return Err(Error::Signed("its signature has expired; have it signed again"));
		}
		Ok(())
	}
}
