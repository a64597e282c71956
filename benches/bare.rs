//! A bare Rust client, to compare with: so many pages with so many requests in flight, in order,
//! fetched and thrown away. It prints the seconds that it took.

#![expect(clippy::print_stdout, reason = "what it prints is read by the comparison")]

use std::time::Instant;

use futures_util::StreamExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, pages, width] = arguments.as_slice() else { return Err("bare URL PAGES WIDTH".into()) };
    let (pages, width): (u64, usize) = (pages.parse()?, width.parse()?);
    rustls::crypto::ring::default_provider().install_default().map_err(|_| "a provider is installed")?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    fetch(&client, url, 0).await?;
    let started = Instant::now();
    let mut answers =
        futures_util::stream::iter((0..pages).map(|page| fetch(&client, url, page))).buffered(width);
    let mut bytes = 0;
    while let Some(answer) = answers.next().await {
        bytes += answer?;
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("{{\"wall\": {seconds}, \"bytes\": {bytes}}}");
    Ok(())
}

async fn fetch(client: &reqwest::Client, url: &str, page: u64) -> Result<usize, reqwest::Error> {
    let body =
        format!(r#"{{"agent_id":"agent_123","project_key":"demo-key","limit":100,"offset":{}}}"#, page * 100);
    let request = client.post(format!("{url}/conversation/sessions"));
    let request = request.header("content-type", "application/json").body(body);
    Ok(request.send().await?.error_for_status()?.bytes().await?.len())
}
