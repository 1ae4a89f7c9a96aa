//! The clock of the tests.

use crate::START;
use frame_support::{parameter_types, traits::Time};
use salus_primitives::Moment;

parameter_types! {
	/// Current time, in milliseconds since 1970.
	pub static Now: Moment = START;
}

/// Clock that shows [`Now`].
pub struct Clock;

impl Time for Clock {
	type Moment = Moment;
	fn now() -> Moment {
		Now::get()
	}
}
