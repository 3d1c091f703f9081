//! What an approval binds to.

use agent::digest::{of_call, of_value};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

#[test]
fn the_canonical_form_is_that_of_rfc_8785() {
    // SHA-256 of {"a":1,"b":[true,null,"€"]}, worked out with another implementation.
    let value = json!({"b": [true, null, "€"], "a": 1.0});

    let digest = of_value(&value).unwrap();

    assert_eq!(digest, "07f4a48bd10cda1fb677c0f929f54858b10248204eae7ab57172bd94dee154d3");
}

#[test]
fn tool_arguments_and_schema_all_count() {
    let arguments = json!({"title": "x"});
    let base = of_call("create_task", &arguments, "s1").unwrap();

    assert_ne!(base, of_call("update_task", &arguments, "s1").unwrap());
    assert_ne!(base, of_call("create_task", &json!({"title": "y"}), "s1").unwrap());
    assert_ne!(base, of_call("create_task", &arguments, "s2").unwrap());
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(".*", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn reversed(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let back: Map<String, Value> =
                fields.iter().rev().map(|(name, field)| (name.clone(), reversed(field))).collect();
            Value::Object(back)
        }
        Value::Array(items) => items.iter().map(reversed).collect(),
        other => other.clone(),
    }
}

proptest! {
    #[test]
    fn the_order_of_members_does_not_matter(value in any_json()) {
        prop_assert_eq!(of_value(&value).unwrap(), of_value(&reversed(&value)).unwrap());
    }
}
