//! The person who is signed in.

use app::{ProfileChange, User, UserRole};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ServerState;
use crate::access::CurrentUser;
use crate::extract::Body;
use crate::problem::Problem;

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
    role: Role,
    /// What they prefer.
    preferences: Preferences,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Role {
    Owner,
    Admin,
    Member,
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
            role: match user.role {
                UserRole::Owner => Role::Owner,
                UserRole::Admin => Role::Admin,
                UserRole::Member => Role::Member,
            },
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
pub(super) async fn get(CurrentUser(user): CurrentUser) -> Json<Me> {
    Json(user.into())
}

/// Changes one's own profile.
#[utoipa::path(patch, path = "/api/me", tag = "Identity", request_body = MeChange, responses((status = 200, body = Me)))]
pub(super) async fn patch(
    State(state): State<ServerState>,
    CurrentUser(user): CurrentUser,
    Body(body): Body<MeChange>,
) -> Result<Json<Me>, Problem> {
    let preferences = body.preferences.unwrap_or_default();
    let change = ProfileChange {
        name: body.name,
        timezone: preferences.timezone,
        locale: preferences.locale,
        instructions: preferences.instructions,
    };
    Ok(Json(state.app.update_profile(&user, change).await?.into()))
}
