//! Tests, by subject.
//!
//! The cast, which `mock.rs` and `pallets/testing/src/cast.rs` define:
//!
//! | account | role | organisation | why |
//! |---|---|---|---|
//! | `reviewer(0)` … `reviewer(19)` | records admin | hospital | attest the hospital's versions |
//! | `DOCTOR` | practitioner | hospital | wrote the records; others attest the credential |
//! | `ADMIN`, `DEPUTY` | administrator | hospital | attest credentials, set the threshold |
//! | `CHIEF` | administrator | clinic | administers another organisation |
//! | `CLINIC_CLERK` | records admin | clinic | reviews for another organisation |
//! | `PATIENT` | patient | hospital | has the records, and attests nothing |
//! | `LONER` | patient | none | has no organisation that could attest anything |
//! | `STRANGER` | none | none | may do nothing |

mod attest_credential;
mod attest_version;
mod encoding;
mod erased;
mod is_attested;
mod reads;
mod revoke;
mod threshold;
mod try_state;
mod verdicts;
