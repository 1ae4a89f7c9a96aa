//! The accounts that every journey uses, by their development keys, and the hospitals that they
//! belong to.

/// Number of hospital A.
pub const HOSPITAL_A: &str = "1";
/// Number of hospital B.
pub const HOSPITAL_B: &str = "2";

/// A seat in the council; the only one on a development chain.
pub const COUNCIL: &str = "//Alice";

/// Administrator of hospital A.
pub const ADMIN_A: &str = "//Alice";
/// Second administrator of hospital A.
pub const VICE_A: &str = "//ViceA";
/// Reviewer of the records of hospital A.
pub const RECORDS_ADMIN: &str = "//RecordsAdmin";
/// Auditor of hospital A.
pub const AUDITOR_A: &str = "//AuditorA";
/// Doctor of hospital A.
pub const DOCTOR_A: &str = "//DoctorA";

/// Administrator of hospital B.
pub const ADMIN_B: &str = "//Bob";
/// Second administrator of hospital B.
pub const VICE_B: &str = "//ViceB";
/// Third administrator of hospital B, who neither admits nor attests anyone.
pub const MATRON_B: &str = "//MatronB";
/// Auditor of hospital B.
pub const AUDITOR_B: &str = "//AuditorB";
/// Doctor of hospital B.
pub const DOCTOR_B: &str = "//DoctorB";

/// A patient whom hospital A enrols.
pub const PATIENT: &str = "//Patient";
