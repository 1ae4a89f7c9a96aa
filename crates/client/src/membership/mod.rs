//! Memberships: admission to an organisation, enrolment of patients, and acting for a patient.
//!
//! Uses `chain` and `keyring`. Both admission and enrolment are signed by the account itself, on
//! its own machine, and submitted by somebody else.

pub(crate) mod acting;
pub(crate) mod admission;
pub(crate) mod enrolment;
