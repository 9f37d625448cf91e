//! Queries against calls.

use airside_wire::RawJson;

use super::*;
use crate::testing::{call, call_with, predicate};

const METADATA: &str = r#"{"plan":"pro","age":"20","n":1,"yes":true,"none":null,"list":["a"],
    "a":"1","b":"2","user":{"tier":{"name":"gold"}},"user.tier":"dotted"}"#;
const PARAMS: &str = r#"{"model":"gpt-4o","temperature":0.50,"stream":true,
    "messages":[{"role":"system"},{"role":"user","content":"hi"}],"metadata":{"deep":{"x":7}}}"#;

fn meets(query: &str) -> bool {
    let call = call_with("/chat/completions?a=/embeddings", PARAMS, METADATA);
    predicate(query).matches(&call).expect("no pattern runs away")
}

#[test]
fn operators_compare_as_javascript_does() {
    for (query, expected) in [
        (r#"{"metadata.plan":"pro"}"#, true),
        (r#"{"metadata.plan":"free"}"#, false),
        (r#"{"metadata.n":1.0}"#, true),
        (r#"{"metadata.n":"1"}"#, false),
        (r#"{"metadata.yes":true}"#, true),
        (r#"{"metadata.none":null}"#, true),
        (r#"{"metadata.plan":{"$eq":"pro"}}"#, true),
        (r#"{"metadata.plan":{"$ne":"pro"}}"#, false),
        (r#"{"metadata.plan":{"$ne":"free"}}"#, true),
        (r#"{"metadata.plan":{"$in":["pro","team"]}}"#, true),
        (r#"{"metadata.plan":{"$in":[]}}"#, false),
        (r#"{"metadata.plan":{"$nin":["pro"]}}"#, false),
        (r#"{"metadata.plan":{"$nin":["team"]}}"#, true),
        (r#"{"metadata.age":{"$gt":18}}"#, true),
        (r#"{"metadata.age":{"$gt":"20"}}"#, false),
        (r#"{"metadata.age":{"$gte":20}}"#, true),
        (r#"{"metadata.age":{"$lt":20.5}}"#, true),
        (r#"{"metadata.age":{"$lte":19}}"#, false),
        (r#"{"metadata.plan":{"$gt":0}}"#, false),
        (r#"{"metadata.plan":{"$regex":"^p"}}"#, true),
        (r#"{"metadata.n":{"$regex":"^1$"}}"#, true),
        (r#"{"metadata.yes":{"$regex":"rue"}}"#, true),
        (r#"{"metadata.list":{"$eq":"a"}}"#, false),
        (r#"{"metadata.list":{"$ne":"a"}}"#, true),
        ("{}", true),
    ] {
        assert_eq!(meets(query), expected, "{query}");
    }
}

#[test]
fn what_is_not_there_equals_nothing_and_matches_nothing() {
    for (query, expected) in [
        (r#"{"metadata.gone":{"$eq":"x"}}"#, false),
        (r#"{"metadata.gone":null}"#, false),
        (r#"{"metadata.gone":{"$ne":"x"}}"#, true),
        (r#"{"metadata.gone":{"$nin":["x"]}}"#, true),
        (r#"{"metadata.gone":{"$lt":9}}"#, false),
        (r#"{"metadata.gone":{"$regex":"undefined"}}"#, false),
        (r#"{"metadata.gone":{"$regex":""}}"#, false),
    ] {
        assert_eq!(meets(query), expected, "{query}");
    }
    // Neither metadata nor a JSON body.
    let query = predicate(r#"{"$or":[{"metadata.plan":"pro"},{"params.model":"gpt-4o"}]}"#);
    assert_eq!(query.matches(&call()).ok(), Some(false));
}

#[test]
fn all_operators_of_one_field_hold_together() {
    for (query, expected) in [
        (r#"{"metadata.age":{"$gt":18,"$lt":30}}"#, true),
        (r#"{"metadata.age":{"$gt":18,"$lt":19}}"#, false),
        (r#"{"metadata.plan":{"$regex":"^p","$ne":"pro"}}"#, false),
        (r#"{"metadata.plan":{"$ne":"pro","$regex":"^p"}}"#, false),
    ] {
        assert_eq!(meets(query), expected, "{query}");
    }
}

#[test]
fn groups_and_their_sibling_keys_hold_together() {
    for (query, expected) in [
        (r#"{"$and":[{"metadata.a":"1"},{"metadata.b":"2"}]}"#, true),
        (r#"{"$and":[{"metadata.a":"1"},{"metadata.b":"x"}]}"#, false),
        (r#"{"$or":[{"metadata.a":"x"},{"metadata.b":"2"}]}"#, true),
        (r#"{"$or":[{"metadata.a":"x"},{"metadata.b":"x"}]}"#, false),
        (r#"{"$or":[{"metadata.a":"1"}],"metadata.b":"x"}"#, false),
        (r#"{"metadata.b":"x","$or":[{"metadata.a":"1"}]}"#, false),
        (r#"{"$and":[{"metadata.a":"1"}],"$or":[{"metadata.b":"x"}]}"#, false),
        (
            r#"{"$and":[{"$or":[{"metadata.a":"x"},{"metadata.b":"2"}]},{"metadata.plan":"pro"}]}"#,
            true,
        ),
        (r#"{"$and":[]}"#, true),
        (r#"{"$or":[]}"#, false),
        (r#"{"metadata.a":"1","metadata.b":"x"}"#, false),
    ] {
        assert_eq!(meets(query), expected, "{query}");
    }
}

#[test]
fn paths_reach_as_deep_as_they_say() {
    for (query, expected) in [
        (r#"{"metadata.user.tier.name":"gold"}"#, true),
        (r#"{"metadata.user.tier":"dotted"}"#, true),
        (r#"{"params.model":"gpt-4o"}"#, true),
        (r#"{"params.temperature":0.5}"#, true),
        (r#"{"params.stream":true}"#, true),
        (r#"{"params.metadata.deep.x":{"$gte":7}}"#, true),
        (r#"{"params.messages[1].role":"user"}"#, true),
        (r#"{"params.messages[0].role":"user"}"#, false),
        (r#"{"params.messages[9].role":{"$ne":"user"}}"#, true),
        (r#"{"url.pathname":"/v1/chat/completions"}"#, true),
        (r#"{"url.pathname":{"$regex":"embeddings"}}"#, false),
    ] {
        assert_eq!(meets(query), expected, "{query}");
    }
}

#[test]
fn queries_that_could_never_match_are_refused() {
    let deep = format!("{}{}{}", r#"{"$and":["#.repeat(20), "{}", "]}".repeat(20));
    for (query, message) in [
        ("[]", "`query`: expected an object, found a list"),
        (r#"{"$and":{}}"#, "`$and`: expected a list of queries, found an object"),
        (r#"{"$or":["x"]}"#, "`$or`: expected an object, found a string"),
        (
            r#"{"headers.x":"1"}"#,
            "`headers.x` cannot be asked about: use `metadata.…`, `params.…`, `url.pathname`, \
             `$and` or `$or`",
        ),
        (
            r#"{"metadata":"1"}"#,
            "`metadata` cannot be asked about: use `metadata.…`, `params.…`, `url.pathname`, \
             `$and` or `$or`",
        ),
        (
            r#"{"metadata.a":{"$like":"x"}}"#,
            "Unsupported operator used in the query router: $like; use $eq, $ne, $gt, $gte, $lt, \
             $lte, $in, $nin or $regex",
        ),
        (r#"{"metadata.a":{"$in":"x"}}"#, "`metadata.a.$in`: expected a list, found a string"),
        (
            r#"{"metadata.a":["x"]}"#,
            "`metadata.a`: expected a string, a number, true, false or null, found a list",
        ),
        (r#"{"metadata.a":{"$gt":"tall"}}"#, "`metadata.a.$gt`: expected a number, found a string"),
        (
            r#"{"metadata.a":{"$regex":5}}"#,
            "`metadata.a.$regex`: expected a string, found a number",
        ),
        (&deep, "the query is nested deeper than 16 levels"),
    ] {
        let query = RawJson::parse(query.to_owned()).expect("JSON");
        let error = Predicate::parse(&query, &mut PatternAllowance::default()).expect_err(message);
        assert_eq!(error.to_string(), message);
    }
    for query in [r#"{"metadata.":1}"#, r#"{"params.a[x]":1}"#, r#"{"params.a..b":1}"#] {
        let query = RawJson::parse(query.to_owned()).expect("JSON");
        assert!(Predicate::parse(&query, &mut PatternAllowance::default()).is_err(), "{query}");
    }
}
