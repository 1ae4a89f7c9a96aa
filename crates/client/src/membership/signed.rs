//! Checks of signed admissions, enrolments and recoveries, which one account signs and another
//! submits later.

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
