//! Wrapping record keys for accounts and organisations, and opening one's own wraps.

use salus_envelope::{unwrap, wrap, Binding, Dek, KeyAgreementSecret, WrapContext, WrapKind};
use salus_primitives::{
	Hash32, KeyAgreementKey, OrganisationId, Recipient, RecordId, Role, Version, Wrap,
};

use crate::{Account, Client, Error, ErrorKind, KeyError, Signer};

impl Client {
	/// Opens the key of a record version with a wrap for the account, or for an organisation whose
	/// key the account holds.
	pub async fn open_key(
		&self,
		signer: &Signer,
		record: RecordId,
		version: Version,
	) -> Result<Dek, Error> {
		let account = signer.account();
		let wraps = self.settled().wraps(record, version).await?;
		let own = Recipient::Account(account);
		if let Some((_, wrap)) = wraps.iter().find(|(recipient, _)| *recipient == own) {
			return self.open_own_wrap(signer, record, version, wrap).await;
		}
		let mut failure = None;
		for organisation in self.key_holder_of(&account).await? {
			let recipient = Recipient::Organisation(organisation);
			let Some((_, wrap)) = wraps.iter().find(|(other, _)| *other == recipient) else {
				continue;
			};
			match self.open_organisations_wrap(signer, organisation, record, version, wrap).await {
				// Another organisation's wrap would hide it.
				Err(error) if error.kind() == ErrorKind::Untrusted => return Err(error),
				Err(error) => failure = Some(error),
				opened => return opened,
			}
		}
		Err(failure.unwrap_or(Error::NoWrap { record, version, reader: account }))
	}

	/// Opens the key of a record version with the account's own wrap.
	pub(crate) async fn own_key(
		&self,
		signer: &Signer,
		record: RecordId,
		version: Version,
	) -> Result<Dek, Error> {
		let account = signer.account();
		let wrap = self
			.settled()
			.wrap(record, version, &Recipient::Account(account))
			.await?
			.ok_or(Error::NoWrap { record, version, reader: account })?;
		self.open_own_wrap(signer, record, version, &wrap).await
	}

	async fn open_own_wrap(
		&self,
		signer: &Signer,
		record: RecordId,
		version: Version,
		wrap: &Wrap,
	) -> Result<Dek, Error> {
		let secret = signer.key_agreement(wrap.key_version)?;
		match self.open_wrap(&secret, record, version, wrap) {
			Err(salus_envelope::Error::WrapRefused) => {}
			opened => return Ok(opened?),
		}
		let account = signer.account();
		let current = self.settled().key(&Recipient::Account(account)).await?;
		Err(match may_have_other_secret(signer, wrap.key_version, current.as_ref())? {
			true => Error::OtherKey(account),
			false => Error::ForeignWrap { record, version },
		})
	}

	/// Opens the key of a record version with an organisation's wrap, by the seed of the
	/// organisation's key.
	async fn open_organisations_wrap(
		&self,
		signer: &Signer,
		organisation: OrganisationId,
		record: RecordId,
		version: Version,
		wrap: &Wrap,
	) -> Result<Dek, Error> {
		let foreign = || Error::ForeignWrap { record, version };
		let seed = self.organisation_seed(signer, organisation, Some(wrap.key_version)).await;
		let seed = match seed {
			Err(Error::NoRecipientKey(_)) => return Err(foreign()),
			Err(error @ Error::NoKeyShare { .. }) => {
				// No share opens a key of a version that never existed.
				let current = self.proven().key(&Recipient::Organisation(organisation)).await?;
				return Err(match has_existed(wrap.key_version, current.as_ref()) {
					true => error,
					false => foreign(),
				});
			}
			seed => seed?,
		};
		match self.open_wrap(&seed.secret()?, record, version, wrap) {
			Err(salus_envelope::Error::WrapRefused) => {}
			opened => return Ok(opened?),
		}
		let current = self.proven().key(&Recipient::Organisation(organisation)).await?;
		Err(match is_earlier(wrap.key_version, current.as_ref()) {
			true => Error::NoKeyShare { organisation, reader: signer.account() },
			false => foreign(),
		})
	}

	fn open_wrap(
		&self,
		secret: &KeyAgreementSecret,
		record: RecordId,
		version: Version,
		wrap: &Wrap,
	) -> Result<Dek, salus_envelope::Error> {
		let context = record_context(self.genesis(), record, version);
		Ok(unwrap(secret, &context, &wrap.sealed)?.into())
	}

	/// Wraps the key of a record version.
	pub(crate) fn wrap_key(
		&self,
		record: RecordId,
		version: Version,
		dek: &Dek,
		key: &KeyAgreementKey,
	) -> Result<Wrap, KeyError> {
		let context = record_context(self.genesis(), record, version);
		let sealed = wrap(&key.public, &context, dek.expose())?;
		Ok(Wrap { key_version: key.version, sealed })
	}

	/// Returns the organisations whose key the account may hold, as records admin or as admin.
	async fn key_holder_of(&self, account: &Account) -> Result<Vec<OrganisationId>, Error> {
		let memberships = self.settled().memberships(account).await?;
		let mut organisations: Vec<OrganisationId> = memberships
			.iter()
			.filter(|info| info.role == Role::RecordsAdmin)
			.filter_map(|info| info.member.organisation)
			.collect();
		for organisation in self.settled().organisations().await? {
			if organisation.admins.contains(account) && !organisations.contains(&organisation.id) {
				organisations.push(organisation.id);
			}
		}
		Ok(organisations)
	}
}

/// Returns whether a key of this version has been published, by the current one. The chain counts
/// from 1.
fn has_existed(version: u32, current: Option<&KeyAgreementKey>) -> bool {
	current.is_some_and(|key| (1..=key.version).contains(&version))
}

/// Returns whether a key of this version was replaced. The chain no longer has its public key, so
/// an admin can share a wrong seed of it, for which the author of a wrap is not to blame.
fn is_earlier(version: u32, current: Option<&KeyAgreementKey>) -> bool {
	current.is_some_and(|key| (1..key.version).contains(&version))
}

/// Returns whether a key of this version may follow from a secret that the signer does not have, so
/// that a wrap for it is no alarm. The chain keeps only the account's current key:
///
/// - If that is not the signer's, another program has published it, or a patient was recovered.
///   Earlier ones may be of that secret, too.
/// - If it is the signer's, earlier ones count as the signer's, too, except those of a patient who
///   was recovered. That is not certain: the signer may have replaced a key of another program. But
///   before version 3 of the runtime, whoever made a wrap chose its version, so no version excuses
///   a wrap that does not open.
fn may_have_other_secret(
	signer: &Signer,
	version: u32,
	current: Option<&KeyAgreementKey>,
) -> Result<bool, KeyError> {
	let Some(key) = current.filter(|_| has_existed(version, current)) else {
		return Ok(false);
	};
	let is_own = signer.key_agreement(key.version)?.public() == key.public;
	Ok(!is_own || (signer.patient().is_some() && version < key.version))
}

fn record_context(genesis: Hash32, record: RecordId, version: Version) -> WrapContext {
	WrapContext { genesis, kind: WrapKind::Record(Binding { record: record.0, version }) }
}

#[cfg(test)]
mod tests {
	use super::*;

	fn key(signer: &Signer, version: u32) -> KeyAgreementKey {
		KeyAgreementKey { version, public: signer.key_agreement(version).unwrap().public() }
	}

	#[test]
	fn a_wrap_chooses_no_version_that_excuses_it() {
		let patient = Signer::generate().unwrap();
		let current = key(&patient, 3);
		for version in [0, 1, 2, 3, 4, u32::MAX] {
			let excused = may_have_other_secret(&patient, version, Some(&current)).unwrap();
			assert!(!excused, "{version}");
		}
		// Nobody can wrap for a key that was never published.
		assert!(!may_have_other_secret(&patient, 1, None).unwrap());
	}

	#[test]
	fn a_seed_of_an_earlier_version_blames_no_author() {
		let current = key(&Signer::generate().unwrap(), 2);
		for (version, earlier) in [(0, false), (1, true), (2, false), (3, false)] {
			assert_eq!(is_earlier(version, Some(&current)), earlier, "{version}");
		}
		assert!(!is_earlier(1, None));
	}

	#[test]
	fn a_key_of_another_program_excuses_its_wraps() {
		let patient = Signer::generate().unwrap();
		let other = key(&Signer::generate().unwrap(), 3);
		for (version, excused) in [(0, false), (1, true), (3, true), (4, false)] {
			let found = may_have_other_secret(&patient, version, Some(&other)).unwrap();
			assert_eq!(found, excused, "{version}");
		}
	}

	#[test]
	fn a_recovered_patient_lacks_the_secret_of_older_wraps() {
		let lost = Signer::generate().unwrap();
		let recovered = Signer::generate().unwrap().in_name_of(lost.account());
		let [before, after] = [key(&lost, 2), key(&recovered, 3)];
		assert!(may_have_other_secret(&recovered, 2, Some(&before)).unwrap());
		for (version, excused) in [(1, true), (2, true), (3, false), (4, false)] {
			let found = may_have_other_secret(&recovered, version, Some(&after)).unwrap();
			assert_eq!(found, excused, "{version}");
		}
	}
}
