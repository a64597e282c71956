//! Partitions of the emulator's list, over real sockets: each part by a client of its own, while the list moves.

use std::collections::HashMap;

use blocks_sessions::core::client::Client;
use blocks_sessions::core::config::Settings;
use blocks_sessions::core::error::{Error, Result};
use blocks_sessions::core::filter::{ChoiceRequest, Moment};
use blocks_sessions::core::listing::rechunk::Page;
use blocks_sessions::core::listing::{Listing, ListingRequest};
use blocks_sessions::core::model::report::Certificate;
use blocks_sessions::core::model::row_facts::IdClass;
use blocks_sessions::core::partition::{Part, PartEvidence, PartitionPlan, class_of, read};
use blocks_sessions::emulator::{Churn, Emulator, EmulatorOptions, Sessions};

fn start(count: u64, churn: Churn) -> Emulator {
    let agents = vec![("agent_123".into(), Sessions::Count(count))];
    Emulator::start(EmulatorOptions { agents, churn, ..Default::default() }).unwrap()
}

fn client(server: &Emulator) -> Client {
    let settings = Settings {
        project_key: Some("demo-key".into()),
        agent_id: Some("agent_123".into()),
        base_url: Some(server.url()),
        ..Settings::default()
    };
    Client::new(settings.resolve(&|_| None).unwrap()).unwrap()
}

fn moving() -> Churn {
    Churn { inserts: 0.4, touches: 0.6, deletes: 0.3, ..Churn::default() }
}

/// What a part yielded: the ids as they were sent and as hashes, and the evidence.
struct Read {
    sent: Vec<String>,
    ids: Vec<u128>,
    evidence: PartEvidence,
}

async fn ids(listing: &Listing) -> Result<Vec<String>> {
    let id = |page: &Page| -> Vec<String> {
        page.sessions().map(|s| s.get("session_id").unwrap().as_str().unwrap().to_owned()).collect()
    };
    let mut sent = Vec::new();
    while let Some(page) = listing.next_page().await? {
        sent.extend(id(&page));
    }
    Ok(sent)
}

async fn read_part(server: &Emulator, part: &Part) -> Result<Read> {
    // As on another machine: a client of its own, and a part that came as text.
    let part: Part = serde_json::from_str(&serde_json::to_string(part).unwrap()).unwrap();
    let listing = part.request(&ListingRequest::default())?.start(client(server), true)?;
    let sent = ids(&listing).await?;
    let (ids, evidence) = (listing.ids().await, part.evidence(&listing).await);
    Ok(Read { sent, ids, evidence })
}

async fn read_all(server: &Emulator, plan: &PartitionPlan) -> Vec<Read> {
    let reads = plan.parts.iter().map(|part| read_part(server, part));
    futures_util::future::try_join_all(reads).await.unwrap()
}

/// Everything that parts and classes yield, and the report of each class.
async fn settled(
    server: &Emulator,
    plan: &PartitionPlan,
    reads: &[Read],
    classes: u32,
) -> HashMap<String, usize> {
    let evidence: Vec<PartEvidence> = reads.iter().map(|read| read.evidence.clone()).collect();
    let mut counts: HashMap<String, usize> = HashMap::new();
    for read in reads {
        read.sent.iter().for_each(|id| *counts.entry(id.clone()).or_default() += 1);
    }
    for class in 0..classes {
        let known: Vec<u128> =
            reads.iter().flat_map(|r| &r.ids).copied().filter(|id| class_of(*id, classes) == class).collect();
        let held = known.len() as u64;
        let share = (classes > 1).then_some(IdClass { classes, class });
        let base = ListingRequest::default();
        let request = plan.settling(&base, &evidence, known, share).unwrap();
        let listing = request.expect("the list moves").start(client(server), true).unwrap();
        let late = ids(&listing).await.unwrap();
        let report = plan.report(&evidence, Some(&listing.report()), held + late.len() as u64);
        assert!(report.complete && report.region.is_none(), "{report:?}");
        assert!(matches!(report.certificate, Some(Certificate::KeyCover | Certificate::KeyClimb)));
        for id in late {
            *counts.entry(id).or_default() += 1;
        }
    }
    counts
}

#[tokio::test]
async fn parts_and_classes_hold_a_moving_list_once() {
    for classes in [1, 3] {
        let server = start(3_000, moving());
        let plan = read::plan(client(&server), ListingRequest::default(), 6, false).await.unwrap();
        assert!(plan.parts.len() > 4 && plan.is_open(), "{plan:?}");
        let reads = read_all(&server, &plan).await;
        let counts = settled(&server, &plan, &reads, classes).await;
        let existed = server.history("agent_123").unwrap().existed_throughout;
        assert!(existed.len() < 3_000, "it moved");
        let missed: Vec<_> = existed.iter().filter(|id| !counts.contains_key(*id)).collect();
        let repeated: Vec<_> = counts.iter().filter(|(_, count)| **count > 1).collect();
        assert!(missed.is_empty() && repeated.is_empty(), "missed {missed:?}, repeated {repeated:?}");
    }
}

#[tokio::test]
async fn a_plan_asks_little_and_a_bounded_one_needs_no_settling() {
    let server = start(5_000, Churn::default());
    let whole = read::plan(client(&server), ListingRequest::default(), 8, false).await.unwrap();
    assert_eq!(whole.parts.len(), 9, "eight, and the sessions without a key: {whole:?}");
    assert!(server.request_count() <= 8 + 6, "{} requests", server.request_count());
    let until = whole.parts[2].range.high.unwrap();
    let choice = ChoiceRequest {
        condition: Some("message_count > 3".into()),
        until: Some(Moment::At(until)),
        ..ChoiceRequest::default()
    };
    let wanted = ListingRequest { choice, ..ListingRequest::default() };
    let plan = read::plan(client(&server), wanted.clone(), 8, false).await.unwrap();
    assert!(!plan.is_open() && plan.parts.len() > 3);
    let reads = read_all(&server, &plan).await;
    let evidence: Vec<PartEvidence> = reads.iter().map(|read| read.evidence.clone()).collect();
    let found: Vec<String> = reads.iter().flat_map(|read| read.sent.clone()).collect();
    let base = ListingRequest::default();
    assert!(plan.settling(&base, &evidence, Vec::new(), None).unwrap().is_none());
    let report = plan.report(&evidence, None, found.len() as u64);
    assert!(report.complete && report.region.unwrap().contains(" < "));
    let listing = wanted.start(client(&server), true).unwrap();
    let (mut expected, mut found) = (ids(&listing).await.unwrap(), found);
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_small_share_of_the_list_is_cut_as_well() {
    let server = start(30_000, Churn::default());
    let whole = read::plan(client(&server), ListingRequest::default(), 25, false).await.unwrap();
    let before = server.request_count();
    let (high, low) = (whole.parts[7].range.high.unwrap(), whole.parts[8].range.low.unwrap());
    let choice = ChoiceRequest {
        since: Some(Moment::At(low)),
        until: Some(Moment::At(high)),
        ..ChoiceRequest::default()
    };
    let wanted = ListingRequest { choice, ..ListingRequest::default() };
    let plan = read::plan(client(&server), wanted.clone(), 4, false).await.unwrap();
    assert!(plan.parts.len() >= 3, "{} parts", plan.parts.len());
    assert!(server.request_count() - before < 30, "{} requests", server.request_count() - before);
    let reads = read_all(&server, &plan).await;
    let mut found: Vec<String> = reads.iter().flat_map(|read| read.sent.clone()).collect();
    let listing = wanted.start(client(&server), true).unwrap();
    let mut expected = ids(&listing).await.unwrap();
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn what_is_not_settled_is_said() {
    let server = start(3_000, Churn::default());
    let plan = read::plan(client(&server), ListingRequest::default(), 4, false).await.unwrap();
    let reads = read_all(&server, &plan).await;
    let some: Vec<PartEvidence> = reads.iter().skip(1).map(|read| read.evidence.clone()).collect();
    let refused = plan.settling(&ListingRequest::default(), &some, Vec::new(), None);
    assert!(
        matches!(refused, Err(Error::Configuration(why)) if why.starts_with("part 0 of the plan was not read"))
    );
    let short = start(40, Churn::default());
    let one = read::plan(client(&short), ListingRequest::default(), 4, false).await.unwrap();
    assert!(one.parts.len() == 1 && one.watermark.is_none() && !one.is_open());
    assert_eq!(read_all(&short, &one).await[0].sent.len(), 40);
}
