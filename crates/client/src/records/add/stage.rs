//! Sealing one file, and sending its blocks to the node.

use std::sync::Arc;

use salus_primitives::{VersionDetails, VersionState};
use tracing::info_span;

use super::StagedFile;
use crate::{
	files::input::NewFile,
	progress::Progress,
	records::{
		prepare::{prepare, PreparedFile, Target},
		upload::UploadReport,
	},
	state::{folder::StateDir, uploads::Note},
	threads::spawn_blocking,
	Account, Client, Error, Signer,
};

impl Client {
	/// Seals a file, or finds it sealed, and sends its blocks to the node.
	pub(super) async fn stage_file(
		&self,
		author: &Signer,
		state: &StateDir,
		target: &Target,
		new: &NewFile,
		progress: &Arc<dyn Progress>,
	) -> Result<StagedFile, Error> {
		loop {
			let PreparedFile { slot, mut note, dag, is_new } =
				self.seal(author, state, target, new, progress).await?;
			let on_chain = match is_new {
				true => None,
				false => self.registered_version(&note).await?,
			};
			let is_registered = on_chain.is_some();
			let known = on_chain
				.as_ref()
				.map(|version| (version.info.wraps as usize, version.sealed_to.is_some()));
			let on_chain = on_chain.map(|version| version.info.state);
			if !is_registered {
				let root = &note.content.root;
				progress.sealed(note.record, note.version, root).map_err(Error::NotNoted)?;
			}
			let upload = match (dag, on_chain) {
				// An earlier run registered it, and a fork or another version intervened.
				(None, None) => {
					slot.clear()?;
					continue;
				}
				(Some(_), None) if note.version != target.next_version() => {
					slot.clear()?;
					continue;
				}
				// The blocks of a pending version may have to be sent again; the node says so.
				(Some(dag), None | Some(VersionState::Pending | VersionState::Lost)) => {
					self.send_blocks(author, dag, slot.spool(), is_new, &**progress).await?
				}
				(dag, Some(_)) => {
					let blocks = dag.map_or(0, |dag| dag.block_count() as u64);
					UploadReport { blocks, resumed: blocks, ..Default::default() }
				}
			};
			if is_registered && !note.is_registered {
				// An earlier run ended between registration and note.
				slot.remember_registered(&mut note)?;
			}
			return Ok(StagedFile {
				file: new.given(),
				slot,
				note,
				upload,
				is_registered,
				known,
				registered: None,
			});
		}
	}

	/// Seals a file, or finds it sealed, in a thread of its own.
	async fn seal(
		&self,
		author: &Signer,
		state: &StateDir,
		target: &Target,
		new: &NewFile,
		progress: &Arc<dyn Progress>,
	) -> Result<PreparedFile, Error> {
		let (author, state, target) = (author.clone(), state.clone(), *target);
		let (new, progress) = (new.clone(), progress.clone());
		let genesis = self.genesis();
		spawn_blocking(info_span!("seal"), move || {
			prepare(&author, &state, genesis, &target, &new, &*progress)
		})
		.await?
	}

	/// Returns the version that a note is about, if it is on the chain.
	async fn registered_version(
		&self,
		note: &Note,
	) -> Result<Option<VersionDetails<Account>>, Error> {
		let used = self.settled().root(note.content.root).await?;
		if used.is_none_or(|used| (used.record, used.version) != (note.record, note.version)) {
			return Ok(None);
		}
		let details = self.settled().record(note.record).await?;
		Ok(details.and_then(|details| {
			let mut versions = details.versions.into_iter();
			versions.find(|version| version.version == note.version)
		}))
	}
}
