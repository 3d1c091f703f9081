//! A list that is not read beyond a limit, so that a hostile file costs no memory.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// The most messages of a conversation.
const MOST: usize = 20_000;

/// The members of an object or the elements of an array, which have no names; none for `null`.
pub(super) struct Capped<T>(pub(super) Vec<(String, T)>);

impl<T> Default for Capped<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Capped<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Members(PhantomData))
    }
}

struct Members<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = Capped<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("messages")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Capped::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(element) = array.next_element()? {
            add(&mut members, String::new(), element)?;
        }
        Ok(Capped(members))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((name, member)) = object.next_entry()? {
            add(&mut members, name, member)?;
        }
        Ok(Capped(members))
    }
}

fn add<T, E: serde::de::Error>(
    members: &mut Vec<(String, T)>,
    name: String,
    member: T,
) -> Result<(), E> {
    if members.len() == MOST {
        return Err(E::custom(format!("it has more than {MOST} messages")));
    }
    members.push((name, member));
    Ok(())
}
