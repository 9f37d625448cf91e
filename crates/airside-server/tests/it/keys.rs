//! Whose key goes where.

use airside_testkit::Received;
use airside_testkit::{Answer, Upstream};

use crate::harness::{CALLERS, Caller, HELLO, answer, call, gateway};

fn key(received: &Received) -> Option<String> {
    let header = |name: &str| received.headers.get(name)?.to_str().ok().map(str::to_owned);
    header("x-api-key").or(header("authorization"))
}

#[tokio::test]
async fn the_callers_key_arrives_in_the_providers_way() {
    let gateway = gateway(|_| {});
    for (caller, provider) in CALLERS.into_iter().flat_map(|one| CALLERS.map(|other| (one, other)))
    {
        let upstream = Upstream::start(move |_| Answer::json(200, answer(provider))).unwrap();
        for (name, value) in [("authorization", "Bearer sk-mine"), ("x-api-key", "sk-mine")] {
            let mut request = call(caller, provider, &upstream, HELLO);
            request.headers_mut().remove("authorization");
            request.headers_mut().insert(name, value.parse().unwrap());
            assert_eq!(gateway.whole(request).await.status, 200, "{caller:?} {provider:?} {name}");
        }
        for received in upstream.received() {
            let expected = match provider {
                Caller::OpenAi => "Bearer sk-mine",
                Caller::Anthropic => "sk-mine",
            };
            assert_eq!(key(&received).as_deref(), Some(expected));
            assert!(!received.headers.keys().any(|name| name.as_str().starts_with("x-airside-")));
        }
    }
}

#[tokio::test]
async fn no_key_at_all_is_401_in_the_callers_dialect() {
    let gateway = gateway(|_| {});
    for caller in CALLERS {
        let request = http::Request::post(caller.path())
            .header("x-airside-provider", caller.provider())
            .body(http_body_util::Full::from(HELLO))
            .unwrap();
        let reply = gateway.whole(request).await;
        assert_eq!(reply.status, 401);
        let message = caller.error(&reply.body);
        assert!(message.to_lowercase().contains("key"), "{message}");
    }
}

#[tokio::test]
async fn the_operators_key_never_goes_to_a_host_the_caller_chose() {
    let gateway = gateway(|config| {
        config.keys.insert("openai".into(), airside_config::Secret::from("sk-operator".to_owned()));
    });
    let upstream = Upstream::start(|_| Answer::json(200, answer(Caller::OpenAi))).unwrap();
    let mut request = call(Caller::OpenAi, Caller::OpenAi, &upstream, HELLO);
    request.headers_mut().remove("authorization");
    let reply = gateway.whole(request).await;
    for received in upstream.received() {
        assert!(!format!("{:?}", received.headers).contains("sk-operator"));
    }
    assert!(!String::from_utf8_lossy(&reply.body).contains("sk-operator"));
}

#[tokio::test]
async fn a_key_is_never_told_in_errors_and_records() {
    let gateway = gateway(|_| {});
    let upstream = Upstream::start(|_| Answer::json(500, "{}")).unwrap();
    for caller in CALLERS {
        let mut request = call(caller, caller.other(), &upstream, "{\"model\":5}");
        request.headers_mut().insert("authorization", "Bearer sk-secret-1".parse().unwrap());
        let reply = gateway.whole(request).await;
        assert!(!String::from_utf8_lossy(&reply.body).contains("sk-secret-1"));
        assert!(!format!("{:?}", reply.headers).contains("sk-secret-1"));
    }
    assert!(!format!("{:?}", gateway.ended()).contains("sk-secret-1"));
}
