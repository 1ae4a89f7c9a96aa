//! Opening a guarded record's key: requesting it on the chain, awaiting the hospitals' shares, and
//! combining them.
//!
//! The one-time secret lives while the release is in force, and no longer than the opening takes.
//! It is in this process's memory and, before the request is sent, sealed in the reader's state
//! folder, so that an interrupted opening continues with the same request.

mod arriving;
mod finality;
mod opening;
#[cfg(test)]
mod tests;

use std::{
	collections::{BTreeMap, BTreeSet},
	sync::Arc,
	time::Duration,
};

use futures::future::BoxFuture;
use salus_envelope::Dek;
use salus_primitives::{
	AccessRequest, Action, Basis, Decision, DenyReason, Epoch, LogEvent, MemberIndex, Moment,
	OrganisationId, Question, ReaderKey, RecordEntry, RecordId, Release, RequestId, SealedKey,
	Version,
};
use salus_threshold::{self as threshold, Binding, EpochPublic, ReleaseContext};
use tokio::{sync::Notify, time::Instant};
use tracing::{info_span, Instrument};

use super::{emergency::Emergency, request::Request};
use crate::{
	chain::{
		calls::{self, Call},
		submit::{Executed, Follow, SignedTransaction},
	},
	error::Missing,
	progress::{Milestone, Progress, Step},
	state::{
		folder::{JournalError, StateDir},
		readings::{InterruptedReading, OneTime, ReadingNote, ReadingSubject},
	},
	Account, Client, Error, Signer, SubmitError,
};
use opening::{Opening, OpeningOutcome, Source};

/// A key that hospitals released.
#[derive(Clone, Debug)]
pub struct Released {
	/// The record's key.
	pub dek: Dek,
	/// Number of the request.
	pub request: RequestId,
	/// Basis of the permit.
	pub basis: Basis,
	/// Hospitals that posted bad shares, by their index in the committee.
	pub bad: Vec<MemberIndex>,
}

/// Reports milestones with the time since the beginning.
struct Reporter<'a> {
	progress: &'a dyn Progress,
	began: Instant,
}

impl Reporter<'_> {
	fn report(&self, milestone: Milestone) {
		self.progress.reached(&milestone, self.began.elapsed());
	}
}

/// The committee of an epoch, as a reader needs it.
struct Committee {
	epoch: Epoch,
	public: EpochPublic,
	/// Known organisations of the members.
	organisations: BTreeMap<MemberIndex, OrganisationId>,
}

/// Reports that a reading cannot be resumed. It continues all the same.
fn not_kept(reporter: &Reporter<'_>, error: &JournalError) {
	reporter.report(Milestone::NotKept { why: error.to_string() });
}

/// A request that was sent before, as it was found.
enum Found {
	/// By its transaction.
	Executed(Executed),
	/// On the patient's log.
	OnLog(RequestId),
}

/// Returns whether a request is settled: refused, or never to be executed. After any other error,
/// it may still get its answer.
fn is_settled(error: &Error) -> bool {
	matches!(
		error,
		Error::Refused(_)
			| Error::NotFound(_)
			| Error::Erased(_)
			| Error::Submit(
				SubmitError::Chain(_)
					| SubmitError::Invalid { .. }
					| SubmitError::UnknownCall { .. }
			)
	)
}

/// Returns the question that a request settles.
fn question_of(reader: &Signer, subject: &ReadingSubject) -> Question<Account> {
	Question {
		reader: reader.account(),
		record: subject.record,
		version: Some(subject.version),
		purpose: subject.purpose,
		action: Action::Read,
	}
}

/// Way in which a key is requested.
#[derive(Clone, Copy)]
enum Way {
	/// From the members who hold it.
	Usual,
	/// From the members of this epoch, who have shares as well.
	From(Epoch),
	/// From those who hold it, with a case that the request opens.
	Emergency(Emergency),
}

/// Returns the call that requests the key.
fn call_for(subject: &ReadingSubject, way: Way, reader_key: ReaderKey) -> Call {
	let request = AccessRequest {
		record: subject.record,
		version: Some(subject.version),
		purpose: subject.purpose,
		reader_key,
	};
	match way {
		Way::Emergency(Emergency { organisation, reason, statement }) => {
			calls::access::request_in_emergency(organisation, reason, statement, &request)
		}
		Way::From(epoch) => calls::access::request_from(&request, epoch),
		Way::Usual => calls::access::request(&request),
	}
}

/// Converts the error for a request that is in a block, which is continued rather than repeated.
fn not_final_yet(error: SubmitError) -> Error {
	match error {
		SubmitError::NotFinal { block, finalized, seconds, .. } => {
			Error::RequestNotFinal { block, finalized, seconds }
		}
		error => error.into(),
	}
}

impl Client {
	/// Requests a guarded version's key, and opens it with the shares that hospitals release.
	///
	/// The request is logged for the patient, whether permitted or not. With a state folder, an
	/// interrupted opening continues with its request for as long as the release is in force.
	pub async fn open_guarded(
		&self,
		reader: &Signer,
		state: Option<&StateDir>,
		request: &Request,
		version: Version,
		progress: &Arc<dyn Progress>,
	) -> Result<Released, Error> {
		let (released, kept) =
			self.open_and_keep(reader, state, request, version, progress).await?;
		if let Some(kept) = kept {
			kept.forget();
		}
		Ok(released)
	}

	/// Does the same as [`Client::open_guarded`], and returns the note by which the key can be
	/// opened again.
	pub(crate) fn open_and_keep<'a>(
		&'a self,
		reader: &'a Signer,
		state: Option<&'a StateDir>,
		request: &'a Request,
		version: Version,
		progress: &'a Arc<dyn Progress>,
	) -> BoxFuture<'a, Result<(Released, Option<ReadingNote>), Error>> {
		Box::pin(async move {
			let reporter = Reporter { progress: &**progress, began: Instant::now() };
			let subject = ReadingSubject {
				genesis: self.genesis(),
				record: request.record,
				version,
				purpose: request.purpose,
			};
			let now = self.now().clock().await?;
			let way = match (request.emergency, request.epoch) {
				(Some(emergency), _) => Way::Emergency(emergency),
				(None, Some(epoch)) => Way::From(epoch),
				(None, None) => Way::Usual,
			};
			// An interrupted reading may wait for other members.
			let kept = state.filter(|_| !matches!(way, Way::From(_)));
			while let Some(interrupted) =
				kept.and_then(|state| state.kept_reading(reader, &subject, now))
			{
				let again = self.resume(reader, &subject, interrupted, &reporter);
				if let Some(released) = again.await? {
					return Ok(released);
				}
			}
			self.request_key(reader, state, &subject, way, now, &reporter).await
		})
	}

	/// Requests the key on the chain, and opens it once hospitals have released it.
	async fn request_key(
		&self,
		reader: &Signer,
		state: Option<&StateDir>,
		subject: &ReadingSubject,
		way: Way,
		now: Moment,
		reporter: &Reporter<'_>,
	) -> Result<(Released, Option<ReadingNote>), Error> {
		let one_time = OneTime::generate()?;
		// Once sent, the request may count, and nothing else opens its shares. So the secret is
		// kept first.
		let kept = state.and_then(|state| {
			let kept = state.keep_reading(reader, subject, now, &one_time);
			kept.inspect_err(|error| not_kept(reporter, error)).ok()
		});
		let call = call_for(subject, way, one_time.secret().public());
		let sent = self.send_request(reader, subject, &call, kept.as_ref(), reporter);
		let (submitted, committee) = sent.await;
		let answered = match submitted {
			Ok(executed) => self.answered(reader, subject, executed, reporter).await,
			Err(error) => Err(not_final_yet(error)),
		};
		let (number, block) = match answered {
			Ok(answered) => answered,
			Err(error) => {
				if let Some(kept) = kept.filter(|_| is_settled(&error)) {
					kept.forget();
				}
				return Err(error);
			}
		};
		let at = self.at(block);
		let (release, sealed) =
			tokio::try_join!(at.release(number), at.sealed_key(subject.record, subject.version))?;
		let release = release.ok_or(Error::ReleaseEnded(number))?.release;
		let sealed = sealed.ok_or(Error::Resealed)?;
		let opening = self.open_release(subject, release, sealed, committee, one_time, reporter);
		let released = opening.await;
		match (released, kept) {
			(Err(error @ (Error::ReleaseEnded(_) | Error::Resealed)), Some(kept)) => {
				kept.forget();
				Err(error)
			}
			(released, kept) => Ok((released?, kept)),
		}
	}

	/// Sends a request, and follows it until it is final. Meanwhile reads the committee that will
	/// answer; `None` if that takes longer.
	async fn send_request(
		&self,
		reader: &Signer,
		subject: &ReadingSubject,
		call: &Call,
		kept: Option<&ReadingNote>,
		reporter: &Reporter<'_>,
	) -> (Result<Executed, SubmitError>, Option<Committee>) {
		reporter.report(Milestone::Asked);
		let is_signed = Notify::new();
		let note = |signed: &SignedTransaction| {
			is_signed.notify_one();
			let noted = kept.map_or(Ok(()), |kept| kept.note(signed));
			let _ = noted.map_err(|error| not_kept(reporter, &error));
		};
		// Hospitals act on final blocks only, so waiting for finality here costs nothing.
		reporter.progress.begin(Step::Asking, 1);
		let follow = self.until_final(reporter);
		let submitted = self.submit(reader, call).noting(&note).follow(follow);
		let submitted = self.report_finality(submitted, reporter);
		let reading = async {
			// Earlier, it would only delay the request.
			is_signed.notified().await;
			self.committee_ahead(subject).await
		};
		tokio::pin!(submitted, reading);
		let mut committee = None;
		let submitted = loop {
			tokio::select! {
				submitted = &mut submitted => break submitted,
				read = &mut reading, if committee.is_none() => committee = Some(read),
			}
		};
		reporter.progress.end();
		(submitted, committee.flatten())
	}

	/// Returns how much longer the reader waits.
	fn left_to_wait(&self, reporter: &Reporter<'_>) -> Duration {
		let patience = self.inner.connection.patience();
		let release = patience.release.saturating_sub(reporter.began.elapsed());
		patience.left().map_or(release, |left| left.min(release))
	}

	/// Follows the request until it is final, for as long as the reader waits.
	fn until_final(&self, reporter: &Reporter<'_>) -> Follow {
		Follow { deadline: self.left_to_wait(reporter), ..Follow::finalized() }
	}

	/// Returns the number of a request that the chain permitted, and the block of the log entry.
	async fn answered(
		&self,
		reader: &Signer,
		subject: &ReadingSubject,
		executed: Executed,
		reporter: &Reporter<'_>,
	) -> Result<(RequestId, [u8; 32]), Error> {
		let Executed { included, logged, .. } = executed;
		// In an emergency, the case has a separate entry before it.
		let answer = logged.into_iter().find_map(|logged| match logged.entry.event {
			LogEvent::Requested { request, decision, .. } => Some((request, decision)),
			_ => None,
		});
		let (request, decision) = answer.ok_or(Error::NotLogged)?;
		match decision {
			Decision::Permit(_) => {
				let block = included.block;
				reporter.report(Milestone::Logged { request, block });
				Ok((request, included.block_hash))
			}
			Decision::Deny(reason) => {
				let question = question_of(reader, subject);
				let refused = self.refused(question, reason, included.block_hash);
				Err(refused.await?)
			}
		}
	}

	/// Returns the newest request of an interrupted reading on the patient's log. The log stays
	/// where the state of the request's block is gone.
	async fn request_on_log(
		&self,
		reader: &Signer,
		subject: &ReadingSubject,
		one_time: &OneTime,
	) -> Result<Option<RequestId>, Error> {
		let found = self.settled().record(subject.record).await?.map(|details| details.entry);
		let Some(RecordEntry::Live(record)) = found else { return Ok(None) };
		let log = self.access_log(&record.patient).await?;
		let reader = reader.account();
		for entry in log.entries.iter().rev().filter(|entry| entry.actor == reader) {
			let LogEvent::Requested { request, record, version, decision, .. } = entry.event else {
				continue;
			};
			if (record, version) != (subject.record, subject.version) || !decision.is_permit() {
				continue;
			}
			let found = self.settled().release(request).await?;
			if found.is_some_and(|found| found.release.reader_key == one_time.secret().public()) {
				return Ok(Some(request));
			}
		}
		Ok(None)
	}

	/// Continues an interrupted reading by following its transactions. Returns `None`, and removes
	/// the note, if there is nothing to continue.
	async fn resume(
		&self,
		reader: &Signer,
		subject: &ReadingSubject,
		interrupted: InterruptedReading,
		reporter: &Reporter<'_>,
	) -> Result<Option<(Released, Option<ReadingNote>)>, Error> {
		let found = self.follow_interrupted(reader, subject, &interrupted, reporter).await?;
		let InterruptedReading { kept, one_time, .. } = interrupted;
		let answered = match found {
			Some(Found::Executed(executed)) => {
				let answered = self.answered(reader, subject, executed, reporter).await;
				answered.map(|(request, _)| request)
			}
			Some(Found::OnLog(request)) => Ok(request),
			None => {
				kept.forget();
				return Ok(None);
			}
		};
		let number = match answered {
			Ok(number) => number,
			Err(error) if !is_settled(&error) => return Err(error),
			Err(error) => {
				kept.forget();
				// The patient may have permitted it since.
				return match self.now().decide(&question_of(reader, subject)).await?.is_permit() {
					true => Ok(None),
					false => Err(error),
				};
			}
		};
		match self.open_again(subject, number, one_time, reporter).await {
			Ok(Some(released)) => Ok(Some((released, Some(kept)))),
			// The release is over: revoked, expired, or sealed to another epoch.
			Ok(None) | Err(Error::ReleaseEnded(_) | Error::Resealed) => {
				kept.forget();
				Ok(None)
			}
			Err(error) => Err(error),
		}
	}

	/// Follows the transactions of an interrupted reading, and returns the request that one of them
	/// made. Returns `None` if none took effect, or can any more.
	async fn follow_interrupted(
		&self,
		reader: &Signer,
		subject: &ReadingSubject,
		interrupted: &InterruptedReading,
		reporter: &Reporter<'_>,
	) -> Result<Option<Found>, Error> {
		let account = reader.own_account();
		for signed in &interrupted.sent {
			reporter.report(Milestone::SentBefore);
			let follow = self.until_final(reporter);
			let followed = self.follow_sent(&account, signed, follow);
			let found = match self.report_finality(followed, reporter).await {
				Ok(executed) => executed.map(Found::Executed),
				Err(error @ (SubmitError::Pruned { .. } | SubmitError::Unknown { .. })) => {
					let one_time = &interrupted.one_time;
					let request = self.request_on_log(reader, subject, one_time).await?;
					let is_open = request.is_none() && matches!(error, SubmitError::Unknown { .. });
					if is_open && !self.has_expired(signed).await? {
						// It may still be carried out, and another one would use the grant again.
						return Err(error.into());
					}
					request.map(Found::OnLog)
				}
				Err(error) => return Err(not_final_yet(error)),
			};
			if found.is_some() {
				return Ok(found);
			}
		}
		Ok(None)
	}

	/// Continues with a request that this reader made before, without a new one. Returns `None` if
	/// its release is over.
	async fn open_again(
		&self,
		subject: &ReadingSubject,
		number: RequestId,
		one_time: OneTime,
		reporter: &Reporter<'_>,
	) -> Result<Option<Released>, Error> {
		// The permit may have been revoked. The best chain's word counts as well, because a
		// revocation in it takes long to become final while finality stalls.
		for view in [self.settled(), self.reported()] {
			if !view.release_stands(number).await? {
				return Ok(None);
			}
		}
		let Some(details) = self.settled().release(number).await? else {
			return Ok(None);
		};
		let release = details.release;
		let is_ours = release.reader_key == one_time.secret().public()
			&& (release.record, release.version) == (subject.record, subject.version)
			&& release.purpose == subject.purpose;
		let sealed = self.settled().sealed_key(subject.record, subject.version).await?;
		let (true, Some(sealed)) = (is_ours, sealed) else {
			return Ok(None);
		};
		reporter.report(Milestone::Resumed { request: number });
		let opening = self.open_release(subject, release, sealed, None, one_time, reporter);
		opening.await.map(Some)
	}

	/// Returns the committee that would release a version's key now. `None` if it cannot be read;
	/// it is read again once the request is final.
	async fn committee_ahead(&self, subject: &ReadingSubject) -> Option<Committee> {
		let sealed = self.now().sealed_key(subject.record, subject.version).await.ok()??;
		let holder = self.holder_of(sealed.epoch).await.ok()?;
		self.committee_of(holder).await.ok()
	}

	async fn committee_of(&self, epoch: Epoch) -> Result<Committee, Error> {
		let (public, organisations) =
			tokio::join!(self.epoch_public(epoch), self.committee_organisations(epoch));
		// Only for the hospitals' names, so the opening continues without.
		let organisations = organisations.unwrap_or_default();
		Ok(Committee { epoch, public: public?, organisations })
	}

	/// Awaits the shares of a release, and opens the key with them. `committee` is the one that was
	/// read before, if any.
	async fn open_release(
		&self,
		subject: &ReadingSubject,
		release: Release<Account>,
		sealed: SealedKey,
		committee: Option<Committee>,
		one_time: OneTime,
		reporter: &Reporter<'_>,
	) -> Result<Released, Error> {
		let SealedKey { epoch, sealed } = sealed;
		let committee = match committee.filter(|committee| committee.epoch == release.epoch) {
			Some(committee) => committee,
			None => self.committee_of(release.epoch).await?,
		};
		// The releasing epoch may have taken over the key of the one to which it is sealed, or the
		// other way round.
		let origin = committee.public.origin().epoch;
		let is_of_key = (origin..=release.epoch).contains(&epoch);
		if !is_of_key && self.origin_of(epoch).await? != origin {
			return Err(Error::Resealed);
		}
		let (number, basis) = (release.request, release.basis);
		let mut opening = Opening {
			public: committee.public,
			sealed: threshold::SealedKey::from_bytes(&sealed).map_err(Error::Committee)?,
			context: ReleaseContext {
				genesis: subject.genesis,
				binding: Binding { record: subject.record.0, version: subject.version },
				log_entry: release.entry,
				reader_key: one_time.secret().public(),
				purpose: subject.purpose as u8,
				expiry: release.expires,
			},
			one_time,
			organisations: committee.organisations,
			shares: Vec::new(),
			bad: BTreeSet::new(),
			in_doubt: BTreeSet::new(),
		};
		opening.check_sealed()?;
		let progress = reporter.progress;
		progress.begin(Step::Releasing, u64::from(opening.public.threshold()));
		let shares = self.collect_shares(&mut opening, number, release.epoch, reporter);
		let dek = shares.instrument(info_span!("shares")).await?;
		progress.end();
		reporter.report(Milestone::KeyOpened);
		Ok(Released { dek, request: number, basis, bad: opening.bad.into_iter().collect() })
	}

	/// Awaits shares until they open the key. Fails once the reader has waited long enough.
	async fn collect_shares(
		&self,
		opening: &mut Opening,
		request: RequestId,
		epoch: Epoch,
		reporter: &Reporter<'_>,
	) -> Result<Dek, Error> {
		let mut reported = None;
		let (mut arriving, posted) =
			tokio::join!(self.arriving_shares(request), self.posted_shares(request, Source::Node));
		let (mut shares, mut source) = (posted?, Source::Node);
		loop {
			let had = opening.counted();
			let outcome = opening.take(&shares, source, &|milestone| reporter.report(milestone))?;
			reporter.progress.advance(opening.counted().saturating_sub(had) as u64);
			let missing = match outcome {
				OpeningOutcome::Open(dek) => return Ok(dek),
				OpeningOutcome::Missing(missing) => missing,
			};
			if reported != Some(missing) {
				reported = Some(missing);
				reporter.report(Milestone::Waiting { missing });
			}
			let left = self.left_to_wait(reporter);
			if left.is_zero() {
				return Err(Error::TooFewHospitals {
					missing,
					seconds: reporter.began.elapsed().as_secs(),
					bad: opening.bad.iter().copied().collect(),
					// Without it, the error is still true.
					earlier: self.earlier_sharing(epoch).await.unwrap_or_default(),
				});
			}
			(shares, source) = match arriving.next(left).await {
				Some(shares) => (shares, Source::Node),
				None => {
					// A bad share is the member's fault only if it is in a block.
					let source = match opening.in_doubt.is_empty() {
						true => Source::Node,
						false => Source::Chain,
					};
					(self.posted_shares(request, source).await?, source)
				}
			};
		}
	}

	/// Returns the error for a request that the chain denied and logged.
	async fn refused(
		&self,
		question: Question<Account>,
		reason: DenyReason,
		block: [u8; 32],
	) -> Result<Error, Error> {
		let record: RecordId = question.record;
		Ok(match reason {
			DenyReason::UnknownRecord => Error::NotFound(Missing::Record(record)),
			DenyReason::UnknownVersion => {
				let version = question.version.unwrap_or_default();
				Error::NotFound(Missing::Version(record, version))
			}
			DenyReason::RecordErased => Error::Erased(record),
			reason => {
				let mut explanation = self.at(block).explain(&question).await?;
				// The logged decision counts, even if the rest of the block changed the rules.
				explanation.decision = Decision::Deny(reason);
				self.refusal(question, explanation).await.into()
			}
		})
	}
}
