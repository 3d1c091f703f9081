//! The person who is signed in.

use app::{ProfileChange, User, UserRole};
use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Reply;
use crate::access::CurrentUser;
use crate::extract::Body;

/// A person.
#[derive(Serialize, ToSchema)]
pub(super) struct Me {
    /// Their id.
    #[schema(format = "uuid")]
    id: String,
    /// E-mail address.
    #[schema(example = "ada@example.org")]
    email: String,
    /// Name.
    #[schema(example = "Ada")]
    name: String,
    /// What they may do.
    role: UserRole,
    /// What they prefer.
    preferences: Preferences,
}

#[derive(Serialize, ToSchema)]
struct Preferences {
    /// IANA time zone.
    #[schema(example = "Europe/Berlin")]
    timezone: String,
    /// Language tag.
    #[schema(example = "en")]
    locale: String,
    /// What the agent should know of them.
    #[schema(example = "I work Monday to Thursday.")]
    instructions: String,
}

/// A change; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Ada", "preferences": {"timezone": "Europe/Berlin"}}))]
pub(super) struct MeChange {
    /// New name.
    name: Option<String>,
    /// New preferences.
    preferences: Option<PreferencesChange>,
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PreferencesChange {
    /// IANA time zone.
    #[schema(example = "Europe/Berlin")]
    timezone: Option<String>,
    /// Language tag.
    #[schema(example = "de-DE")]
    locale: Option<String>,
    /// At most 8000 characters.
    instructions: Option<String>,
}

impl From<User> for Me {
    fn from(user: User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email,
            name: user.name,
            role: user.role,
            preferences: Preferences {
                timezone: user.timezone,
                locale: user.locale,
                instructions: user.instructions,
            },
        }
    }
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/me", tag = "Identity", responses((status = 200, body = Me)))]
pub(super) async fn get(me: CurrentUser) -> Json<Me> {
    Json(me.user.into())
}

/// Changes one's own profile.
#[utoipa::path(patch, path = "/api/me", tag = "Identity", request_body = MeChange, responses((status = 200, body = Me)))]
pub(super) async fn patch(me: CurrentUser, Body(body): Body<MeChange>) -> Reply<Me> {
    let PreferencesChange { timezone, locale, instructions } = body.preferences.unwrap_or_default();
    let change = ProfileChange { name: body.name, timezone, locale, instructions };
    Ok(Json(me.app.update_profile(&me.user, change).await?.into()))
}
