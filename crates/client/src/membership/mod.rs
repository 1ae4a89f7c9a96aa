//! Memberships: admission to an organisation, enrolment of patients, their recovery, and acting
//! for them.
//!
//! Uses `chain` and `keyring`. The account itself signs its admission, enrolment or recovery, on
//! its own machine; somebody else submits it.

pub(crate) mod acting;
pub(crate) mod admission;
pub(crate) mod enrolment;
pub(crate) mod recovery;
mod signed;
