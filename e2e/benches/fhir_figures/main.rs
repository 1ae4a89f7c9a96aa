//! Figures of the FHIR gateway beside HAPI's JPA server and the Rust SDK: `scripts/bench-fhir`.
//!
//! Ends with exit code 1 if a goal is missed: searches at 32 connections within 50 ms at the 99th
//! percentile, and less than 20 ms more than the SDK for any call: on average, or as the median of
//! pairs where each request waits for a block. Searches over many connections right after all
//! patients changed their consent have no goal.

mod load;
mod sdk;
mod tables;
mod web;

use load::{turn, Processes, Turn};
use salus_e2e::{fhir::FhirServer, files, People};
use sdk::{Opening, Sdk};
use serde_json::{json, Value};
use std::{fs, ops::Range, process::ExitCode, time::Instant};
use web::{Web, Work};

/// Size of content that is added and opened, in bytes.
const SIZE: u64 = 100 << 10;

/// Limit for the requests of a benchmark's client in a second, so that it limits nothing here.
const RATE: u32 = 100_000;

const USAGE: &str =
	"usage: fhir_figures [--short | --patients N] [--hapi BASE --processes HAPI,DATABASE]";

/// Counts of a run.
struct Options {
	is_short: bool,
	patients: usize,
	each: usize,
	doctors: usize,
	rounds: usize,
	/// HAPI's address, its processes, and its database's processes.
	hapi: Option<(String, Vec<Processes>)>,
}

impl Options {
	fn parse() -> Self {
		let mut arguments = std::env::args().skip(1).peekable();
		let is_short = arguments.next_if(|first| first == "--short").is_some();
		let mut options = match is_short {
			true => Self { is_short, patients: 2, each: 4, doctors: 2, rounds: 1, hapi: None },
			false => Self { is_short, patients: 100, each: 100, doctors: 8, rounds: 3, hapi: None },
		};
		if arguments.next_if(|first| first == "--patients").is_some() {
			let number = arguments.next().and_then(|text| text.parse().ok());
			options.patients = number.expect(USAGE);
		}
		if let Some(argument) = arguments.next() {
			assert_eq!(argument, "--hapi", "{USAGE}");
			let base = arguments.next().expect(USAGE);
			assert_eq!(arguments.next().as_deref(), Some("--processes"), "{USAGE}");
			let processes = arguments.next().expect(USAGE);
			let id = |text: &str| Processes(vec![text.parse().expect(USAGE)]);
			options.hapi = Some((base, processes.split(',').map(id).collect()));
		}
		options
	}

	/// Returns the connections with which a kind of work is measured, with the requests of a turn.
	fn loads(&self, work: Work) -> Vec<(usize, usize)> {
		let all = match work {
			Work::Search => [(1, 100), (32, 1_000)],
			// Each patient once: a second search would find decisions that are kept.
			Work::SearchAfterChange => {
				let most = if self.is_short { 2 } else { 32 };
				return vec![(1, self.patients), (most, self.patients)];
			}
			Work::Read => [(1, 300), (32, 3_000)],
			_ => [(1, 10), (8, 40)],
		};
		let short = |(connections, count)| (if connections == 1 { 1 } else { 2 }, count / 5);
		all.into_iter().map(|one| if self.is_short { short(one) } else { one }).collect()
	}
}

/// Everything that is measured.
struct Systems {
	server: FhirServer,
	gateway: Web,
	gateway_parts: Vec<Processes>,
	sdk: Sdk,
	hapi: Option<(Web, Vec<Processes>)>,
}

/// A kind of work at a number of connections, with the turns of each system.
pub struct Row {
	work: Work,
	name: &'static str,
	connections: usize,
	gateway: Vec<Turn>,
	sdk: Vec<Turn>,
	hapi: Vec<Turn>,
	/// How much longer each request of the gateway took than the SDK's beside it, in milliseconds.
	/// Only of one connection whose requests wait for blocks.
	pairs: Vec<f64>,
	/// Parts of the SDK's openings.
	openings: Vec<Opening>,
}

impl Systems {
	/// Gets a token for each connection of the gateway; they live for five minutes.
	async fn renew(&mut self) {
		let mut tokens = Vec::new();
		for number in 0..self.sdk.names.len() {
			tokens.push(self.server.token(&format!("his-{number}"), None).await);
		}
		self.gateway.tokens = tokens.into_iter().cycle().take(32).collect();
	}

	/// Returns the addresses of the content that is opened at the gateway.
	async fn addresses(&self) -> Vec<String> {
		let token = self.server.token("his-0", None).await;
		let mut all = Vec::new();
		for record in &self.sdk.opened {
			let path = format!("DocumentReference/{}", hex::encode(record.0));
			let document = self.server.get(&token, &path).await.json();
			let url = document["content"][0]["attachment"]["url"].as_str();
			all.push(url.unwrap_or_else(|| panic!("no address: {document}")).to_owned());
		}
		all
	}

	/// Gives each system its turns of a kind of work. Each round begins with a different system.
	async fn measure(&mut self, row: &mut Row, count: usize, rounds: usize) {
		for round in 0..rounds {
			let waits = row.work.waits_for_blocks().then_some(round * count);
			self.renew().await;
			if row.connections == 1 && waits.is_some() {
				self.measure_pairs(row, count, round).await;
				continue;
			}
			for place in 0..3 {
				let system = (place + round) % 3;
				let measured = self.turn_of(system, row, 0..count, waits).await;
				match system {
					0 => row.gateway.extend(measured),
					1 => row.sdk.extend(measured),
					_ => row.hapi.extend(measured),
				}
			}
		}
	}

	/// Lets the gateway and the SDK make their requests alternately. Each follows one that ended
	/// with a block, so both begin at the same time after a block, and wait equally long for the
	/// next.
	async fn measure_pairs(&self, row: &mut Row, count: usize, round: usize) {
		let waits = Some(round * count);
		let mut turns: [Vec<Turn>; 2] = Default::default();
		for number in 0..count {
			let mut pair = [None, None];
			for place in 0..2 {
				let system = (place + number + round) % 2;
				pair[system] = self.turn_of(system, row, number..number + 1, waits).await;
			}
			if let [Some(gateway), Some(sdk)] = &pair {
				row.pairs.push(gateway.percentile(1.0) - sdk.percentile(1.0));
			}
			for (turns, turn) in turns.iter_mut().zip(pair) {
				turns.extend(turn);
			}
		}
		let [gateway, sdk] = turns;
		row.gateway.extend(Turn::joined(gateway));
		row.sdk.extend(Turn::joined(sdk));
		let measured = self.turn_of(2, row, 0..count, waits).await;
		row.hapi.extend(measured);
	}

	/// Gives a system a turn: 0 is the gateway, 1 the SDK, 2 HAPI. Returns `None` if the system is
	/// not there, or does not do this work.
	async fn turn_of(
		&self,
		system: usize,
		row: &Row,
		numbers: Range<usize>,
		waits: Option<usize>,
	) -> Option<Turn> {
		let Self { gateway, gateway_parts, sdk, hapi, .. } = self;
		let (work, connections) = (row.work, row.connections);
		// The SDK keeps no decisions, but its calls meet the same blocks as the gateway's then.
		if work == Work::SearchAfterChange && system < 2 {
			sdk.change_consent().await;
		}
		match system {
			0 => {
				let call = |connection, number| gateway.call(work, connection, number);
				Some(turn(connections, numbers, waits, gateway_parts, call).await)
			}
			// The SDK sends a Binary and its document in one call. It keeps no decisions.
			1 if work != Work::AddByBinary => {
				let call = |connection, number| sdk.call(work, connection, number);
				Some(turn(connections, numbers, waits, &gateway_parts[1..], call).await)
			}
			// HAPI has no consent that could change.
			2 if work != Work::SearchAfterChange => {
				let (hapi, parts) = hapi.as_ref()?;
				let call = |connection, number| hapi.call(work, connection, number);
				Some(turn(connections, numbers, waits, parts, call).await)
			}
			_ => None,
		}
	}

	/// Warms all systems up: HAPI's program is compiled while it runs, and both servers keep what
	/// they searched.
	async fn warm_up(&mut self, is_short: bool) {
		let count = if is_short { 2 } else { 1_500 };
		for work in [Work::Search, Work::Read] {
			self.renew().await;
			let Self { gateway, sdk, hapi, .. } = &*self;
			let few = count / 10 + 1;
			// Each client asks about each patient once.
			let clients = sdk.names.len();
			let each = (0..clients).map(|client| async move {
				for number in 0..gateway.patients.len() {
					gateway.call(work, client, number).await;
				}
			});
			futures::future::join_all(each).await;
			turn(4, 0..few, None, &[], |one, other| sdk.call(work, one, other)).await;
			if let Some((hapi, _)) = hapi {
				turn(4, 0..count, None, &[], |one, other| hapi.call(work, one, other)).await;
			}
		}
		for work in [Work::AddInline, Work::AddByBinary] {
			self.renew().await;
			let Self { gateway, sdk, hapi, .. } = &*self;
			turn(4, 0..8, None, &[], |one, other| gateway.call(work, one, other)).await;
			turn(4, 0..8, None, &[], |one, other| sdk.call(work, one, other)).await;
			if let Some((hapi, _)) = hapi {
				turn(4, 0..count / 10 + 1, None, &[], |one, other| hapi.call(work, one, other))
					.await;
			}
		}
	}

	/// Adds content to open, and opens it once.
	async fn add_opened(&mut self, count: usize) {
		self.sdk.add_opened(count).await;
		self.gateway.content = self.addresses().await;
		self.renew().await;
		let Self { gateway, sdk, hapi, .. } = &*self;
		let work = Work::Open;
		turn(count, 0..count, None, &[], |one, other| gateway.call(work, one, other)).await;
		turn(count, 0..count, None, &[], |one, other| sdk.call(work, one, other)).await;
		if let Some((hapi, _)) = hapi {
			turn(4, 0..20 * count, None, &[], |one, other| hapi.call(work, one, other)).await;
		}
	}
}

/// Finds the documents of each patient at the gateway, whole.
async fn found(server: &FhirServer, patients: &[String], each: usize) -> Vec<Value> {
	let mut all = Vec::new();
	for patient in patients {
		let token = server.token("his-0", None).await;
		let path = format!("DocumentReference?patient=Patient/{patient}&_count=100");
		let bundle = server.get(&token, &path).await.json();
		let entries = bundle["entry"].as_array().expect("entries");
		assert_eq!(entries.len(), each, "{patient}");
		all.extend(entries.iter().map(|entry| entry["resource"].clone()));
	}
	all
}

/// Gives HAPI the same patients and documents, and content to open.
async fn fill_hapi(hapi: &mut Web, gateway: &Web, documents: &[Value], opened: usize) {
	for number in 0..gateway.patients.len() {
		let id = format!("figures{number}");
		let patient = json!({ "resourceType": "Patient", "id": id });
		hapi.post(0, &format!("Patient/{id}"), &patient).await;
		hapi.patients.push(id);
	}
	hapi.further = "further".into();
	let patient = json!({ "resourceType": "Patient", "id": hapi.further });
	hapi.post(0, &format!("Patient/{}", hapi.further), &patient).await;
	for (number, batch) in documents.chunks(gateway.each).enumerate() {
		let entries = batch.iter().map(|document| {
			let mut document = document.clone();
			let subject = format!("Patient/figures{number}");
			document["subject"] = json!({ "reference": subject });
			// References to what is not stored there would be refused.
			for name in ["id", "meta", "author", "custodian"] {
				document.as_object_mut().expect("a resource").remove(name);
			}
			json!({ "resource": document,
				"request": { "method": "POST", "url": "DocumentReference" } })
		});
		let entries: Vec<_> = entries.collect();
		let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries });
		let answer = hapi.post(0, "", &bundle).await;
		let answer: Value = serde_json::from_slice(&answer).expect("JSON");
		for entry in answer["entry"].as_array().expect("entries") {
			let place = entry["response"]["location"].as_str().expect("a location");
			hapi.documents.push(place.split('/').nth(1).expect("an id").to_owned());
		}
	}
	hapi.each = gateway.each;
	for _ in 0..opened {
		hapi.content.push(hapi.store().await);
	}
}

/// Starts and fills all systems.
async fn start(people: &People, options: &Options) -> Systems {
	let file = files::dicom(people.folder(), "scan.dcm", SIZE);
	let note = |number: usize| {
		let path = people.path(&format!("note-{number}.txt"));
		fs::write(&path, format!("all is well, {number}")).expect("the folder is writable");
		path
	};
	let notes: Vec<_> = (0..options.each).map(note).collect();
	let body = fs::read(&file).expect("it was written");
	let mut sdk = Sdk::start(people, options.doctors, file).await;
	let began = Instant::now();
	sdk.fill(options.patients, &notes).await;
	let names: Vec<_> = sdk
		.names
		.iter()
		.enumerate()
		.map(|(number, name)| (format!("his-{number}"), name.clone()))
		.collect();
	let clients: Vec<_> = names
		.iter()
		.map(|(id, account)| (&**id, &**account, "system/*.cruds", &["TREAT"][..]))
		.collect();
	let server = FhirServer::start_with_rate(people, &clients, RATE).await;
	let mut gateway = Web::new(format!("{}/fhir", server.base), 32, body.clone());
	gateway.patients = sdk.patients.iter().map(ToString::to_string).collect();
	gateway.further = sdk.further.to_string();
	gateway.each = options.each;
	let documents = found(&server, &gateway.patients, options.each).await;
	let id = |document: &Value| document["id"].as_str().expect("an id").to_owned();
	gateway.documents = documents.iter().map(id).collect();
	let opened = options.doctors;
	let mut hapi = None;
	if let Some((base, parts)) = &options.hapi {
		let mut web = Web::new(base.clone(), 32, body);
		fill_hapi(&mut web, &gateway, &documents, opened).await;
		hapi = Some((web, parts.clone()));
	}
	println!(
		"{} documents of {} patients, stored after {:.0} s",
		documents.len(),
		options.patients,
		began.elapsed().as_secs_f64()
	);
	let gateway_parts = [server.process_id(), people.node.process_id()];
	let gateway_parts = gateway_parts.into_iter().map(|id| Processes(vec![id])).collect();
	Systems { server, gateway, gateway_parts, sdk, hapi }
}

#[tokio::main]
async fn main() -> ExitCode {
	let options = Options::parse();
	let people = People::start().await;
	people.has_a_key().await;
	let mut systems = start(&people, &options).await;
	systems.warm_up(options.is_short).await;
	println!("load average before: {}", load_average());
	tables::print_head();
	let mut rows = Vec::new();
	for (work, name) in Work::ALL {
		if work == Work::Open {
			systems.add_opened(options.doctors).await;
		}
		for (connections, count) in options.loads(work) {
			let (gateway, sdk, hapi) = (Vec::new(), Vec::new(), Vec::new());
			let (pairs, openings) = (Vec::new(), Vec::new());
			let mut row = Row { work, name, connections, gateway, sdk, hapi, pairs, openings };
			// Openings of the warm-up do not count.
			systems.sdk.take_openings();
			systems.measure(&mut row, count, options.rounds).await;
			row.openings = systems.sdk.take_openings();
			tables::print_row(&row);
			rows.push(row);
		}
	}
	println!("\nload average after: {}", load_average());
	tables::print_openings(&rows);
	tables::print_overhead(&rows);
	match options.is_short || tables::goals_are_met(&rows) {
		true => ExitCode::SUCCESS,
		false => ExitCode::FAILURE,
	}
}

fn load_average() -> String {
	let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
	text.split(' ').next().unwrap_or_default().to_owned()
}
