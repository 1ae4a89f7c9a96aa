//! Memberships: admission to an organisation, enrolment of patients, and acting for a patient.
//!
//! Uses `chain` and `keyring`. The account itself signs its admission or enrolment, on its own
//! machine; somebody else submits it.

pub(crate) mod acting;
pub(crate) mod admission;
pub(crate) mod enrolment;
