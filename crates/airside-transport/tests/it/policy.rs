//! The address policy where it counts: before a connection is made.

use airside_transport::{
    AddressError, AddressPolicy, Client, Destination, TransportConfig, TransportError,
};

use crate::support::*;

async fn checked(client: &Client, url: &str) -> Result<String, TransportError> {
    let mut request = get(url);
    request.extensions_mut().insert(Destination::Checked);
    fetch(client, request).await
}

#[tokio::test]
async fn the_local_machine_is_reached_by_its_names_and_not_by_its_other_addresses() {
    let server = Server::answering(OK).await;
    let port = server.address.port();
    let localhost = [("localhost", server.address), ("api.localhost", server.address)];
    let client = client_with(|config| config.resolver = Some(Names::of(&localhost)));
    for host in ["127.0.0.1", "localhost", "api.localhost"] {
        assert_eq!(checked(&client, &format!("http://{host}:{port}/")).await.unwrap(), "ok");
    }
    let before = server.accepted();
    for host in ["127.0.0.2", "0.0.0.0", "[::ffff:127.0.0.1]", "2130706433", "127.1"] {
        let error = checked(&client, &format!("http://{host}:{port}/")).await.unwrap_err();
        assert!(matches!(error, TransportError::Refused(_)), "{host}: {error}");
        assert!(!error.may_have_been_sent());
    }
    assert_eq!(server.accepted(), before);
}

#[tokio::test]
async fn a_public_name_that_resolves_inwards_is_refused_without_saying_where_to() {
    let server = Server::answering(OK).await;
    let inward = ("rebound.example", server.address);
    let client = client_with(|config| config.resolver = Some(Names::of(&[inward])));
    let error = checked(&client, "http://rebound.example/").await.unwrap_err();
    assert!(matches!(error, TransportError::Refused(AddressError::Address { .. })), "{error}");
    assert!(!format!("{error} {error:?}").contains(&server.address.to_string()));
    assert_eq!(server.accepted(), 0);

    // The same name is reached when the operator chose it.
    assert_eq!(fetch(&client, get("http://rebound.example/")).await.unwrap(), "ok");
    // And still not by a caller, although there is a connection to it now.
    assert!(checked(&client, "http://rebound.example/").await.is_err());
}

#[tokio::test]
async fn one_refused_address_among_several_is_enough() {
    let server = Server::answering(OK).await;
    let names = Names {
        table: [("mixed.example", vec![([93, 184, 215, 14], 80).into(), server.address])].into(),
    };
    let client = client_with(|config| config.resolver = Some(std::sync::Arc::new(names)));
    let error = checked(&client, "http://mixed.example/").await.unwrap_err();
    assert!(matches!(error, TransportError::Refused(_)), "{error}");
}

#[tokio::test]
async fn what_an_operator_allows_is_reached() {
    let server = Server::answering(OK).await;
    let inward = [("vllm.svc.cluster.local", server.address)];
    for entry in [".svc.cluster.local", "vllm.svc.cluster.local"] {
        let mut config = TransportConfig::default();
        config.resolver = Some(Names::of(&inward));
        config.address_policy = AddressPolicy::default().allowing([entry]).unwrap();
        let client = Client::new(config).unwrap();
        assert_eq!(checked(&client, "http://vllm.svc.cluster.local/").await.unwrap(), "ok");
    }
}

#[tokio::test]
async fn a_request_that_does_not_say_is_checked() {
    let server = Server::answering(OK).await;
    let mut request = get(format!("http://127.0.0.2:{}/", server.address.port()));
    request.extensions_mut().clear();
    let error = fetch(&client(), request).await.unwrap_err();
    assert!(matches!(error, TransportError::Refused(_)), "{error}");
}
