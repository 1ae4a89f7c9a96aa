//! Answers with content, part by part.

use super::*;
use crate::share::{Share, MAX_SIZE};
use std::sync::atomic::{AtomicBool, Ordering};

/// Returns content of the first version of a record.
pub(crate) fn of(content: &[u8], media_type: &str) -> Content {
	let scratch = Scratch::of(content).unwrap();
	let (size, media_type) = (content.len() as u64, media_type.to_owned());
	let patient = salus_client::parse_account("//Alice").unwrap();
	Content {
		scratch,
		size,
		media_type,
		record: RecordId([1; 32]),
		version: 1,
		patient,
		request: None,
		expires: OnceLock::new(),
		counted: Vec::new(),
		end: Mutex::default(),
		turn: Mutex::default(),
	}
}

#[test]
fn a_release_ends_when_its_time_is_over() {
	assert!(!is_over(2_000, 1_999));
	assert!(is_over(2_000, 2_000) && is_over(2_000, Moment::MAX));
}

#[test]
fn content_is_counted_once() {
	let (share, total) = (Share::default(), Arc::default());
	let mut before = share.count(&total);
	assert!(before.add(8));
	let content = Content { counted: vec![before], ..of(b"all is well", "text/plain") };
	let Ok(content) = content.counted_by(share.count(&total)) else { panic!("there is room") };
	assert_eq!(total.load(Ordering::Relaxed), 11);
	// Another one finds no room.
	let mut other = share.count(&total);
	assert!(!other.add(MAX_SIZE));
	assert!(content.counted_by(share.count(&total)).is_ok(), "its room is its own");
}

#[tokio::test]
async fn ranges_are_those_bytes() {
	let bytes: Vec<u8> = (0..2 * PART + 100).map(|byte| byte as u8).collect();
	let content = Arc::new(of(&bytes, "text/plain"));
	for (from, until) in [(0, bytes.len()), (PART - 1, PART + 1), (2 * PART, bytes.len()), (5, 5)] {
		let all: Vec<_> = parts(content.clone(), from as u64, until as u64).collect().await;
		let all: Vec<u8> = all.into_iter().flat_map(Result::unwrap).collect();
		assert_eq!(all, bytes[from..until]);
	}
}

#[tokio::test]
async fn content_becomes_a_resource_while_it_is_sent() {
	for length in [1, 2, 3, PART, PART + 1, 2 * PART + 100] {
		let content: Vec<u8> = (0..length).map(|byte| byte as u8).collect();
		let media_type = "text/plain; note=\"data\":\"";
		let of_content = Arc::new(of(&content, media_type));
		let (expected, text) = as_resource(of_content, "abc-1").unwrap();
		let text: Vec<_> = text.map(Result::unwrap).collect().await;
		assert!(text.iter().all(|part| part.len() <= PART / 3 * 4), "parts are bounded");
		let text = text.concat();
		assert_eq!(text.len() as u64, expected);
		let resource: serde_json::Value = serde_json::from_slice(&text).unwrap();
		assert_eq!(
			(&resource["id"], &resource["contentType"]),
			(&"abc-1".into(), &media_type.into())
		);
		assert_eq!(STANDARD.decode(resource["data"].as_str().unwrap()).unwrap(), content);
	}
}

#[tokio::test]
async fn a_range_of_a_resource_is_the_whole() {
	let content = Arc::new(of(b"abc", "text/plain"));
	let range = [(header::RANGE, HeaderValue::from_static("bytes=0-0"))].into_iter().collect();
	let answer = wrapped(content.clone(), "abc-1").unwrap();
	assert_eq!(
		(answer.status(), &answer.headers()[header::ACCEPT_RANGES]),
		(StatusCode::OK, &HeaderValue::from_static("none"))
	);
	assert_eq!(plain(content, &range).status(), StatusCode::PARTIAL_CONTENT);
}

/// A client that leaves before the end must not need another request.
#[tokio::test]
async fn a_reading_ends_when_an_answer_has_been_sent() {
	let ended = Arc::new(AtomicBool::new(false));
	let content = || {
		let (ended, bytes) = (ended.clone(), vec![7u8; PART + 1]);
		let end: End = Box::new(move || ended.store(true, Ordering::Relaxed));
		let content = of(&bytes, "text/plain");
		Arc::new(Content { end: Mutex::new(Some(end)), ..content })
	};
	let range = [(header::RANGE, HeaderValue::from_static("bytes=0-9"))].into_iter().collect();
	// Each with the number of its parts.
	let answers = [
		(plain(content(), &HeaderMap::new()), 2),
		(plain(content(), &range), 1),
		(wrapped(content(), "abc-1").unwrap(), 4),
	];
	for (answer, parts) in answers {
		let mut body = answer.into_body().into_data_stream();
		for _ in 0..parts {
			assert!(!ended.load(Ordering::Relaxed));
			body.next().await.unwrap().unwrap();
		}
		assert!(ended.swap(false, Ordering::Relaxed));
	}
	let beyond = [(header::RANGE, HeaderValue::from_static("bytes=999999-"))];
	let refused = plain(content(), &beyond.into_iter().collect());
	assert_eq!(refused.status(), StatusCode::RANGE_NOT_SATISFIABLE);
	assert!(!ended.load(Ordering::Relaxed), "nothing of the content was sent");
}

/// Otherwise, several answers could be sent for one request on the patient's log.
#[tokio::test]
async fn the_next_reading_waits_until_an_answer_was_sent() {
	let queue = Arc::new(tokio::sync::Mutex::new(()));
	let next = || queue.clone().try_lock_owned().ok();
	let ended = Arc::new(AtomicBool::new(false));
	let answer = || {
		let (ended, queue) = (ended.clone(), queue.clone());
		let end: End = Box::new(move || {
			assert!(queue.try_lock().is_err(), "its turn ends after the reading");
			ended.store(true, Ordering::Relaxed);
		});
		let content = of(&[7; PART + 1], "text/plain");
		let content = Content { end: Mutex::new(Some(end)), ..content };
		Arc::new(content.in_turn(next().unwrap()))
	};
	let body = |content| plain(content, &HeaderMap::new()).into_body().into_data_stream();
	let mut whole = body(answer());
	whole.next().await.unwrap().unwrap();
	assert!(next().is_none());
	whole.next().await.unwrap().unwrap();
	assert!(next().is_some() && ended.swap(false, Ordering::Relaxed));

	// A body that breaks off leaves its request to the next.
	let mut broken = body(answer());
	broken.next().await.unwrap().unwrap();
	assert!(next().is_none());
	drop(broken);
	assert!(next().is_some());
	assert!(!ended.load(Ordering::Relaxed));
}

#[test]
fn resources_of_authors_are_wrapped_in_each_form() {
	for (media_type, expected) in [
		("application/fhir+json; charset=utf-8", true),
		("application/FHIR+xml", true),
		("application/xml+fhir", true),
		("application/xml", false),
	] {
		assert_eq!(is_resource(&of(b"x", media_type)), expected, "{media_type}");
	}
}

#[test]
fn only_a_client_of_fhir_gets_a_resource() {
	let takes = |accepts: &[&str]| {
		let mut headers = HeaderMap::new();
		for accept in accepts {
			headers.append(header::ACCEPT, HeaderValue::from_str(accept).unwrap());
		}
		takes_only_fhir(&headers)
	};
	assert!(takes(&["application/fhir+json"]));
	assert!(takes(&["application/fhir+json;q=1.0, application/json+fhir;q=0.9"]));
	// As HAPI asks.
	assert!(takes(&["application/fhir+xml;q=1.0, application/fhir+json;q=1.0", "text/xml"]));
	assert!(takes(&["application/fhir+json, application/pdf;q=0", "*/*; q=0.0"]));
	for accepts in [
		&[][..],
		&["*/*"],
		&["application/json"],
		&["application/fhir+json, */*;q=0.1"],
		&["application/pdf"],
		&["application/fhir+json;q=0, application/json"],
		&["application/json", "application/fhir+json; q=0.000"],
		&["application/fhir+json;q=0"],
	] {
		assert!(!takes(accepts), "{accepts:?}");
	}
}

#[test]
fn a_client_that_excludes_fhir_does_not_name_it() {
	let named = |accept: &'static str| {
		let accept = HeaderValue::from_static(accept);
		names_fhir(&HeaderMap::from_iter([(header::ACCEPT, accept)]))
	};
	for accept in [
		"application/fhir+json;fhirVersion=4.0, */*",
		"application/json+fhir, application/pdf",
		// The other range takes the resource, and the client knows FHIR's JSON.
		"application/fhir+json;fhirVersion=5.0, */*",
	] {
		assert!(named(accept), "{accept}");
	}
	for accept in [
		"*/*",
		"application/fhir+json;q=0, */*",
		"application/fhir+json;fhirVersion=5.0, application/pdf",
	] {
		assert!(!named(accept), "{accept}");
	}
}
