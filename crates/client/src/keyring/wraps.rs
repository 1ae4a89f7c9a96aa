//! Wrapping record keys for accounts and organisations, and opening one's own wraps.

use salus_envelope::{unwrap, wrap, Binding, Dek, KeyAgreementSecret, WrapContext, WrapKind};
use salus_primitives::{
	Hash32, KeyAgreementKey, OrganisationId, Recipient, RecordId, Role, Version, Wrap,
};

use crate::{Account, Client, Error, KeyError, Signer};

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
			let seed = self.organisation_seed(signer, organisation, Some(wrap.key_version)).await;
			match seed {
				Ok(seed) => return Ok(self.open_wrap(&seed.secret()?, record, version, wrap)?),
				Err(error) => failure = Some(error),
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
		// A wrap that does not open is harmless if the account had another secret when it was made.
		let account = signer.account();
		let current = self.proven().key(&Recipient::Account(account)).await?;
		let was_own = current
			.is_some_and(|key| key.version == wrap.key_version && key.public == secret.public());
		Err(match was_own {
			true => Error::ForeignWrap { record, version },
			false => Error::OtherKey(account),
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

fn record_context(genesis: Hash32, record: RecordId, version: Version) -> WrapContext {
	WrapContext { genesis, kind: WrapKind::Record(Binding { record: record.0, version }) }
}
