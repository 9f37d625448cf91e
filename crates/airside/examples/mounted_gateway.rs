//! The whole gateway as a part of an axum application.
//!
//! `Gateway::http_service` is a tower service; the application keeps its own routes, its own
//! listener and its own way of going down. The request of this example is answered by `echo`, the
//! upstream that is built in, so it needs no key and no network.
//!
//! ```sh
//! cargo run -p airside --example mounted_gateway
//! ```

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::net::SocketAddr;

use airside::server::{Gateway, GatewayConfig};
use airside::transport::{Client, Destination, RequestBody, TransportConfig};
use axum::{Router, routing};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use tokio::net::TcpListener;
use tower::ServiceExt;

type Error = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    // What a configuration file would say, in code. `airside::config` reads files.
    let mut config = GatewayConfig::default();
    config.default_provider = Some("echo".into());
    let gateway = Gateway::builder(config).build()?;

    // Everything that is not a route of the application goes to the gateway.
    let app = Router::new()
        .route("/healthz", routing::get(|| async { "fine" }))
        .fallback_service(gateway.http_service());

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    // The gateway's drain ends the server; meanwhile its `/readyz` says that it goes down.
    let drain = gateway.drain().clone();
    let down = async move { drain.wait().await };
    let serving = axum::serve(listener, app).with_graceful_shutdown(down);

    let talking = async {
        let talked = talk(address).await;
        gateway.drain().start();
        talked
    };
    let (served, talked) = tokio::join!(serving.into_future(), talking);
    served?;
    talked
}

/// Asks the application and, through it, the gateway.
async fn talk(address: SocketAddr) -> Result<(), Error> {
    let client = Client::new(TransportConfig::default())?;

    let request = Request::get(format!("http://{address}/healthz"));
    let (status, body) = send(&client, request.body(RequestBody::empty())?).await?;
    assert_eq!((status, &*body), (StatusCode::OK, "fine"));

    let chat = r#"{"model":"echo","messages":[{"role":"user","content":"Is anybody there?"}]}"#;
    let request = Request::post(format!("http://{address}/v1/chat/completions"))
        .header("content-type", "application/json")
        .body(chat.into())?;
    let (status, body) = send(&client, request).await?;
    println!("{status} {body}");
    assert_eq!(status, StatusCode::OK);
    assert!(body.contains("Is anybody there?"));
    Ok(())
}

async fn send(
    client: &Client,
    mut request: Request<RequestBody>,
) -> Result<(StatusCode, String), Error> {
    // We chose this host ourselves; hosts that callers choose are `Checked`.
    request.extensions_mut().insert(Destination::Trusted);
    let response = client.clone().oneshot(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    Ok((status, String::from_utf8(body.into())?))
}
