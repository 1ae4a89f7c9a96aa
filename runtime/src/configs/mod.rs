//! Configuration of each pallet, by theme.

mod consensus;
mod governance;
mod health;
mod system;

pub use governance::{CouncilTwoThirds, MAX_MOTIONS};
pub use health::{
	ACCOUNT_ALLOWANCE, ORGANISATION_ALLOWANCE, PATIENTS_ALLOWANCE, PATIENT_ALLOWANCE,
	PATIENT_RESERVE,
};
pub use system::{RuntimeBlockLength, RuntimeBlockWeights, NORMAL_DISPATCH_RATIO};
