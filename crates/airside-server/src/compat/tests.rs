//! Configs in, trees or errors out.

use std::fmt::Write as _;

use airside_call::{CallError, ErrorKind};
use airside_router::{Kind, Node, RouteSpec};
use airside_schema::Edit;
use airside_wire::{Path, RawJson};

use super::TargetConfig;
use super::config::{ParseCx, parse};

const INVALID: &str = "Invalid config passed";

/// Knows the providers `alpha`, `beta` and `free`; only `free` needs no key.
fn read_with(
    text: &str,
    provider_given: bool,
    has_key: bool,
) -> Result<RouteSpec<TargetConfig>, CallError> {
    let check_custom_host = |url: &str| {
        let is_allowed = url.starts_with("https://");
        is_allowed.then_some(()).ok_or_else(|| "Invalid custom host: expected https".to_owned())
    };
    let cx = ParseCx {
        provider_given,
        is_provider: &|name| matches!(name, "alpha" | "beta" | "free"),
        has_key: &|name| has_key || name == "free",
        check_custom_host: &check_custom_host,
    };
    parse(text, &cx)
}

fn read(text: &str) -> Result<RouteSpec<TargetConfig>, CallError> {
    read_with(text, false, false)
}

fn valid(text: &str) -> RouteSpec<TargetConfig> {
    read(text).unwrap_or_else(|error| panic!("{text}: {error} {:?}", error.details()))
}

/// Message and details.
fn refusal(text: &str) -> (String, Vec<String>) {
    let error = read(text).expect_err(text);
    assert_eq!((error.kind(), error.status().as_u16()), (ErrorKind::InvalidRequest, 400), "{text}");
    let details = error.details().iter().map(ToString::to_string).collect();
    (error.message().to_owned(), details)
}

/// The only target.
fn target(text: &str) -> TargetConfig {
    let spec = valid(text);
    let targets = spec.targets();
    assert_eq!(targets.len(), 1);
    targets[0].1.clone()
}

/// The shape of a tree: paths, providers, retries.
fn shape(node: &Node<TargetConfig>) -> String {
    let list = |of: &mut dyn Iterator<Item = String>| of.collect::<Vec<_>>().join(", ");
    let mut out = match &node.kind {
        Kind::Target(target) => {
            format!("{}={}", node.path, target.provider.as_deref().unwrap_or("?"))
        }
        Kind::Single(of) => format!("single({})", shape(of)),
        Kind::Fallback { on_status_codes, of } => {
            let codes = on_status_codes.as_ref().map(|codes| format!("{codes:?}"));
            format!("fallback{}({})", codes.unwrap_or_default(), list(&mut of.iter().map(shape)))
        }
        Kind::LoadBalance { of } => {
            let weighted = |(weight, node): &(f64, _)| format!("{weight}*{}", shape(node));
            format!("loadbalance({})", list(&mut of.iter().map(weighted)))
        }
        Kind::Conditional { conditions, default, of } => {
            let then = conditions.iter().map(|(_, then)| then).collect::<Vec<_>>();
            format!("conditional{then:?} else {default:?}({})", list(&mut of.iter().map(shape)))
        }
        _ => unreachable!("no other kind is made"),
    };
    if let Some(retry) = &node.retry {
        let _ = write!(out, " retry {}", retry.attempts());
    }
    out
}

const A: &str = r#"{"provider":"alpha","api_key":"k"}"#;
const B: &str = r#"{"provider":"beta","custom_host":"https://b"}"#;

/// Puts the targets above in for `A` and `B`.
fn filled(text: &str) -> String {
    text.replace('A', A).replace('B', B)
}

#[test]
fn configs_become_trees() {
    for (config, expected) in [
        ("A", "config=alpha"),
        ("B", "config=beta"),
        (r#"{"provider":"free"}"#, "config=free"),
        (r#"{"strategy":{"mode":"single"},"targets":[A,B]}"#, "single(config.targets[0]=alpha)"),
        (
            r#"{"strategy":{"mode":"fallback"},"targets":[A,B]}"#,
            "fallback(config.targets[0]=alpha, config.targets[1]=beta)",
        ),
        (
            r#"{"strategy":{"mode":"fallback","on_status_codes":[429,246]},"targets":[A]}"#,
            "fallback[429, 246](config.targets[0]=alpha)",
        ),
        (
            r#"{"strategy":{"mode":"loadbalance"},"targets":[A,{"provider":"free","weight":0.25},
                {"provider":"free","weight":0}]}"#,
            "loadbalance(1*config.targets[0]=alpha, 0.25*config.targets[1]=free, \
             0*config.targets[2]=free)",
        ),
        (
            r#"{"strategy":{"mode":"conditional","default":"y","conditions":[
                {"query":{"metadata.a":"1"},"then":"y"},{"query":{"metadata.a":"2"},"then":"x"}]},
                "targets":[{"name":"x","provider":"free"},{"name":"y","provider":"free"}]}"#,
            "conditional[1, 0] else Some(1)(config.targets[0]=free, config.targets[1]=free)",
        ),
        (
            r#"{"strategy":{"mode":"loadbalance"},"targets":[
                {"strategy":{"mode":"fallback"},"targets":[A,B],"weight":2},A]}"#,
            "loadbalance(2*fallback(config.targets[0].targets[0]=alpha, \
             config.targets[0].targets[1]=beta), 1*config.targets[1]=alpha)",
        ),
        (
            r#"{"retry":{"attempts":3},"strategy":{"mode":"single"},"targets":[A]}"#,
            "single(config.targets[0]=alpha retry 3)",
        ),
        (
            r#"{"retry":{"attempts":3},"strategy":{"mode":"fallback"},"targets":[A,
                {"provider":"free","retry":{"attempts":99}}]}"#,
            "fallback(config.targets[0]=alpha retry 3, config.targets[1]=free retry 10)",
        ),
        // What asks for nothing, or only for what every reply reports as switched off.
        (
            r#"{"provider":"free","cache":{"mode":"simple","max_age":60},"input_guardrails":[],
                "after_request_hooks":null,"passthrough":false,"unknown":{"x":1}}"#,
            "config=free",
        ),
        (
            r#"{"strategy":{"mode":"loadbalance","sticky":{"enabled":false},"cb_config":{}},
                "targets":[A]}"#,
            "loadbalance(1*config.targets[0]=alpha)",
        ),
    ] {
        assert_eq!(shape(&valid(&filled(config)).root), expected, "{config}");
    }
}

#[test]
fn a_provider_named_outside_is_that_of_the_root_only() {
    let spec = read_with(r#"{"retry":{"attempts":1}}"#, true, true).expect("valid");
    assert_eq!(shape(&spec.root), "config=? retry 1");
    assert!(read_with("{}", true, false).is_ok());
    let nested = r#"{"strategy":{"mode":"single"},"targets":[{"api_key":"k"}]}"#;
    let error = read_with(nested, true, true).expect_err("no provider");
    let expected = "path: targets,0,provider, message: required: a target names its provider";
    assert_eq!(error.details(), [expected]);
}

#[test]
fn a_key_may_come_from_elsewhere() {
    assert!(read_with(r#"{"provider":"alpha"}"#, false, true).is_ok());
    assert!(read_with(r#"{"provider":"alpha","api_key":""}"#, false, false).is_err());
}

#[test]
fn what_is_no_config_at_all_is_refused_as_a_whole() {
    let no_provider = "Either x-portkey-provider needs to be passed. Or the x-portkey-config \
                       header should have a valid config with provider details in it.";
    for (text, message) in [
        ("{}", no_provider),
        (r#"{"cache":{"mode":"simple"}}"#, no_provider),
        (r#"{"provider":null,"api_key":"k"}"#, no_provider),
        ("{bad json", "Invalid config passed. You need to pass a valid json"),
        ("[", "Invalid config passed. You need to pass a valid json"),
        ("", "Invalid config passed. You need to pass a valid json"),
        ("{'provider':'openai'}", "Invalid config passed. You need to pass a valid json"),
        (
            "pc-saved-1234",
            "Invalid config passed: saved configs (`pc-…`) are not built yet. Pass the config \
             itself, as JSON",
        ),
        (
            r#"{"mode":"single","options":[{"provider":"alpha"}]}"#,
            "This version of config is not supported in this route. Please migrate to the latest \
             version",
        ),
    ] {
        assert_eq!(refusal(text).0, message, "{text}");
    }
}

#[test]
fn every_problem_is_listed_by_its_path() {
    let accepted = "one of: single, loadbalance, fallback, conditional";
    let no_key = "Invalid configuration: `provider` needs `api_key`, `custom_host`, or a key from \
                  the authorization header or the gateway's own configuration";
    let unknown = "Invalid provider value: there is no provider of that name";
    let mode = format!("strategy,mode, message: Invalid 'mode' value. It must be {accepted}");
    for (config, expected) in [
        ("[]", &[", message: expected an object, found an array"][..]),
        (r#"{"provider":"alpha"}"#, &[&format!(", message: {no_key}")]),
        (r#"{"provider":"x","api_key":"k"}"#, &[&format!("provider, message: {unknown}")]),
        (
            r#"{"provider":7,"api_key":["k"]}"#,
            &[
                "provider, message: expected a string, found a number",
                "api_key, message: expected a string, found an array",
            ],
        ),
        (
            r#"{"provider":"alpha","api_key":"a\r\nX: y"}"#,
            &["api_key, message: a key contains no control characters or line breaks"],
        ),
        (
            r#"{"provider":"free","provider":"free"}"#,
            &["provider, message: this key is given twice: give it once"],
        ),
        (
            r#"{"provider":"free","custom_host":"http://10.0.0.1"}"#,
            &["custom_host, message: Invalid custom host: expected https"],
        ),
        (r#"{"strategy":{"mode":"weird"},"targets":[A]}"#, &[&mode]),
        (
            r#"{"strategy":{"mode":"weird"},"targets":[]}"#,
            &[&mode, "targets, message: expected at least one target, found none"],
        ),
        (
            r#"{"strategy":{},"targets":[A]}"#,
            &[&format!("strategy,mode, message: required: {accepted}")],
        ),
        (
            r#"{"strategy":{"mode":"fallback","on_status_codes":"500"},"targets":[A]}"#,
            &["strategy,on_status_codes, message: expected an array of status codes \
                 (numbers), found a string"],
        ),
        (
            r#"{"strategy":{"mode":"fallback","on_status_codes":[500,"502"]},"targets":[A]}"#,
            &["strategy,on_status_codes, message: expected an array of status codes \
                 (numbers)"],
        ),
        (
            r#"{"provider":"free","strategy":{"mode":"single"}}"#,
            &["targets, message: required: a strategy chooses among targets"],
        ),
        (
            r#"{"targets":[A]}"#,
            &["strategy, message: required: it says how to choose among the targets"],
        ),
        (
            r#"{"strategy":{"mode":"single"},"targets":{"provider":"free"}}"#,
            &["targets, message: expected an array, found an object"],
        ),
        (
            r#"{"strategy":{"mode":"fallback"},"targets":[A,"x",{"provider":"alpha"}]}"#,
            &[
                "targets,1, message: expected an object, found a string",
                &format!("targets,2, message: {no_key}"),
            ],
        ),
        (
            r#"{"strategy":{"mode":"loadbalance"},"targets":[{"provider":"free","weight":-1}]}"#,
            &["targets,0,weight, message: expected a number from 0 on"],
        ),
        (
            r#"{"strategy":{"mode":"loadbalance"},"targets":[{"provider":"free","weight":0}]}"#,
            &["targets, message: all weights are 0: give one a weight above 0"],
        ),
        (
            r#"{"provider":"free","retry":{"on_status_codes":[500]}}"#,
            &["retry,attempts, message: required: how often a failed call is repeated"],
        ),
        (
            r#"{"provider":"free","retry":{"attempts":-1,"use_retry_after_header":"yes"}}"#,
            &[
                "retry,attempts, message: expected a whole number from 0 on",
                "retry,use_retry_after_header, message: expected true or false, found a string",
            ],
        ),
        (
            r#"{"provider":"free","cache":"simple","request_timeout":"5s","override_params":[]}"#,
            &[
                "request_timeout, message: expected a whole number from 0 on, found a string",
                "override_params, message: expected an object, found an array",
                "cache, message: expected an object, found a string",
            ],
        ),
        (
            r#"{"provider":"free","cache":{"mode":"magic"}}"#,
            &["cache,mode, message: Invalid 'cache.mode' value. It must be one of: simple, \
               semantic"],
        ),
        (
            r#"{"provider":"free","forward_headers":["x-a","X-Portkey-Forward-Headers","a b"]}"#,
            &[
                "forward_headers, message: it may not contain a header that lists others",
                "forward_headers, message: expected names of HTTP headers",
            ],
        ),
        (
            r#"{"provider":"free","drop_params":["a[*].b",""]}"#,
            &[
                "drop_params, message: `[*]` is not built yet: name each item, such as `a[0].b`",
                "drop_params, message: a path names a parameter, such as `a.b` or `a[0].b`",
            ],
        ),
    ] {
        let expected: Vec<_> = expected.iter().map(|item| format!("path: {item}")).collect();
        assert_eq!(refusal(&filled(config)), (INVALID.to_owned(), expected), "{config}");
    }
}

#[test]
fn conditions_that_lead_nowhere_are_refused() {
    let targets = r#""targets":[{"name":"x","provider":"free"}]"#;
    for (strategy, expected) in [
        ("", "strategy,conditions, message: No conditions passed in the query router"),
        (
            r#","conditions":[{"query":{},"then":"z"}]"#,
            "strategy,conditions,0,then, message: Invalid target name found in the query router: z",
        ),
        (
            r#","conditions":[{"query":{},"then":"x"}],"default":"z""#,
            "strategy,default, message: Invalid target name found in the query router: z",
        ),
        (
            r#","conditions":[{"query":{"metadata.a":{"$like":1}},"then":"x"}]"#,
            "strategy,conditions,0,query, message: Unsupported operator used in the query router: \
             $like; use $eq, $ne, $gt, $gte, $lt, $lte, $in, $nin or $regex",
        ),
        (
            r#","conditions":[{"then":"x"}]"#,
            "strategy,conditions,0,query, message: required: what a call must meet",
        ),
        (
            r#","conditions":[{"query":{}}]"#,
            "strategy,conditions,0,then, message: required: the target's `name`",
        ),
    ] {
        let config = format!(r#"{{"strategy":{{"mode":"conditional"{strategy}}},{targets}}}"#);
        assert_eq!(refusal(&config).1, [format!("path: {expected}")], "{config}");
    }
}

#[test]
fn what_is_not_built_yet_is_refused_and_named() {
    let guardrails = "guardrails are not built yet: remove this field, or the call would go \
                      unchecked";
    let mutators = "mutators are not built yet: remove this field, or the call would go unchanged";
    for (fields, place, message) in [
        (r#""input_guardrails":["pg-1"]"#, "input_guardrails", guardrails),
        (r#""output_guardrails":[{"default.contains":{}}]"#, "output_guardrails", guardrails),
        (r#""before_request_hooks":[{"id":"x"}]"#, "before_request_hooks", guardrails),
        (r#""after_request_hooks":[{"id":"x"}]"#, "after_request_hooks", guardrails),
        (r#""input_mutators":[{"default.addPrefix":{}}]"#, "input_mutators", mutators),
        (r#""output_mutators":[{}]"#, "output_mutators", mutators),
        (
            r#""virtual_key":"vk""#,
            "virtual_key",
            "virtual keys are not built yet: give `provider` and `api_key`",
        ),
        (
            r#""strategy":{"mode":"fallback","cb_config":{"failure_threshold":2}},"targets":[A]"#,
            "strategy,cb_config",
            "circuit breakers are not built yet: remove `cb_config`",
        ),
        (
            r#""strategy":{"mode":"loadbalance","sticky":{"enabled":true}},"targets":[A]"#,
            "strategy,sticky",
            "sticky load balancing is not built yet: remove `sticky`",
        ),
    ] {
        let config = filled(&format!(r#"{{"provider":"free",{fields}}}"#));
        let expected = (message.to_owned(), vec![format!("path: {place}, message: {message}")]);
        assert_eq!(refusal(&config), expected, "{config}");
    }
    let nested = r#"{"strategy":{"mode":"single"},"targets":[
        {"provider":"free","input_guardrails":["pg-1"]}]}"#;
    let expected = format!("path: targets,0,input_guardrails, message: {guardrails}");
    assert_eq!(refusal(nested).1, [expected]);
}

#[test]
fn a_target_inherits_settings_but_no_credentials() {
    let spec = valid(
        r#"{"strategy":{"mode":"fallback"},"api_key":"root","openai_organization":"root-org",
            "override_params":{"model":"root","max_tokens":5},"default_params":{"top_p":1},
            "drop_params":["user"],"request_timeout":250,"custom_host":"https://root",
            "forward_headers":["x-root"],"strict_open_ai_compliance":false,
            "targets":[{"provider":"alpha"},
                {"provider":"beta","api_key":"leaf","openai_organization":"leaf-org",
                 "override_params":{"model":"leaf"},"default_params":{"top_p":2,"n":1},
                 "drop_params":["a[0].b"],"request_timeout":99,"custom_host":"https://leaf",
                 "forward_headers":["x-leaf"],"strict_open_ai_compliance":true}]}"#,
    );
    let targets = spec.targets();
    let (first, second) = (targets[0].1, targets[1].1);
    let seen = |target: &TargetConfig| {
        (
            target.override_params.to_raw().to_string(),
            target.default_params.to_raw().to_string(),
            target.drop_params.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            target.request_timeout.map(|timeout| timeout.as_millis()),
            target.custom_host.clone(),
            target.forward_headers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            target.strict_open_ai_compliance,
        )
    };
    assert_eq!(
        seen(first),
        (
            r#"{"model":"root","max_tokens":5}"#.to_owned(),
            r#"{"top_p":1}"#.to_owned(),
            "user".to_owned(),
            Some(250),
            Some("https://root".into()),
            "x-root".to_owned(),
            Some(false),
        )
    );
    assert_eq!(
        seen(second),
        (
            r#"{"max_tokens":5,"model":"leaf"}"#.to_owned(),
            r#"{"top_p":2,"n":1}"#.to_owned(),
            "user a[0].b".to_owned(),
            Some(99),
            Some("https://leaf".into()),
            "x-leaf".to_owned(),
            Some(true),
        )
    );
    let key = |target: &TargetConfig| target.api_key.as_ref().map(|key| key.expose().to_owned());
    assert_eq!((key(first), key(second)), (None, Some("leaf".to_owned())));
    assert_eq!(first.options, []);
    assert_eq!(second.options, [("openai_organization".into(), "leaf-org".into())]);
}

#[test]
fn every_other_key_in_snake_case_is_an_option() {
    let target = target(
        r#"{"provider":"free","aws_region":"eu-west-1","api_version":2024.10,"deep":{"a": 1},
            "flag":true,"none":null,"camelCase":"no","name":"n","weight":1,
            "cache":{"mode":"simple"},"on_status_codes":[500]}"#,
    );
    let expected = [
        ("aws_region", "eu-west-1"),
        ("api_version", "2024.10"),
        ("deep", r#"{"a": 1}"#),
        ("flag", "true"),
    ];
    assert_eq!(target.options, expected.map(|(key, value)| (key.into(), value.into())));
}

#[test]
fn edits_are_defaults_then_overrides_then_removals() {
    let target = target(
        r#"{"provider":"free","drop_params":["user","messages[0].name"],
            "override_params":{"model":"m","stream":true,"temperature":0.10,"seed":null},
            "default_params":{"max_tokens":5}}"#,
    );
    let raw = |text: &str| RawJson::parse(text.to_owned()).expect("JSON");
    let set = |name: &'static str, value| Edit::SetParam { name: name.into(), value: raw(value) };
    let expected = [
        Edit::DefaultParam { name: "max_tokens".into(), value: raw("5") },
        Edit::SetModel("m".into()),
        Edit::SetStream(true),
        set("temperature", "0.10"),
        set("seed", "null"),
        Edit::Remove(Path::key("user")),
        Edit::Remove(Path::key("messages").join_index(0).join_key("name")),
    ];
    assert_eq!(target.edits(), expected);
}

#[test]
fn no_value_of_a_config_is_ever_shown() {
    const SECRET: &str = "sk-very-secret";
    for template in [
        r#"{"provider":"alpha","api_key":"S"#,
        r#"{"provider":"S","api_key":"S"}"#,
        r#"{"provider":"free","api_key":["S"],"retry":"S","cache":"S","request_timeout":"S"}"#,
        r#"{"provider":"free","api_key":"S\n","weight":"S","forward_headers":["S S"]}"#,
        r#"{"provider":"free","virtual_key":"S","custom_host":"http://S"}"#,
        r#"{"strategy":{"mode":"S"},"targets":["S"]}"#,
        r#"{"strategy":{"mode":"conditional","default":5,"conditions":["S"]},"targets":["S"]}"#,
        "pc-S",
        r#"["S"]"#,
        r#""S""#,
        "S",
    ] {
        let error = read(&template.replace('S', SECRET)).expect_err(template);
        let shown = format!("{error} {error:?} {:?} {}", error.details(), error.message());
        assert!(!shown.contains(SECRET), "{template}: {shown}");
    }
    let config = r#"{"provider":"free","api_key":"S","aws_secret_access_key":"S",
        "override_params":{"user":"S"},"default_params":{"user":"S"}}"#;
    let spec = valid(&config.replace('S', SECRET));
    assert!(!format!("{spec:?}").contains(SECRET), "{spec:?}");
}

#[test]
fn trees_are_bounded_in_width_and_depth() {
    let wide = |mode: &str, count: usize| {
        let targets = vec![r#"{"name":"x","provider":"free"}"#; count].join(",");
        format!(
            r#"{{"strategy":{{"mode":"{mode}","conditions":[{{"query":{{}},"then":"x"}}]}},
                "targets":[{targets}]}}"#
        )
    };
    let nested =
        |inner: String| format!(r#"{{"strategy":{{"mode":"single"}},"targets":[{inner}]}}"#);
    let deep = |levels: usize| {
        (1..levels).fold(r#"{"provider":"free"}"#.to_owned(), |inner, _| nested(inner))
    };
    for (config, problem) in [
        (wide("fallback", 100), None),
        (wide("fallback", 101), Some("targets, message: at most 100 targets are accepted here")),
        (nested(wide("fallback", 50)), None),
        (
            nested(wide("fallback", 51)),
            Some("targets,0,targets, message: at most 50 targets are accepted here"),
        ),
        (wide("conditional", 1000), None),
        (
            wide("conditional", 1001),
            Some("targets, message: at most 1000 targets are accepted here"),
        ),
        (deep(10), None),
        (
            deep(11),
            Some(
                "targets,0,targets,0,targets,0,targets,0,targets,0,targets,0,targets,0,targets,0,\
                 targets,0,targets, message: targets may be nested 10 levels deep",
            ),
        ),
    ] {
        match problem {
            None => assert!(read(&config).is_ok()),
            Some(problem) => assert_eq!(refusal(&config).1, [format!("path: {problem}")]),
        }
    }
}

#[test]
fn at_most_twenty_problems_are_listed() {
    let targets = vec!["5"; 60].join(",");
    let config = format!(r#"{{"strategy":{{"mode":"fallback"}},"targets":[{targets}]}}"#);
    assert_eq!(refusal(&config).1.len(), 20);
}
