//! What `GET /v1/models` says about a model. The vendor's own list says nothing; others add fields.

use agent::model::Capabilities;
use serde_json::Value;

/// Where a server says how long a conversation may be: vLLM, OpenRouter, llama.cpp.
const CONTEXT: [&str; 4] =
    ["/max_model_len", "/context_length", "/meta/n_ctx", "/meta/n_ctx_train"];

/// What the list says about that model, or else what was assumed.
pub(super) fn read(list: &Value, id: &str, assumed: &Capabilities) -> Capabilities {
    let models = list["data"].as_array().map(Vec::as_slice).unwrap_or_default();
    // llama.cpp serves one model and answers to any name.
    let entry = models.iter().find(|entry| entry["id"] == id).or(match models {
        [only] => Some(only),
        _ => None,
    });
    let Some(entry) = entry else { return assumed.clone() };
    let number = |path: &str| entry.pointer(path).and_then(Value::as_u64).filter(|n| *n > 0);
    let inputs = entry.pointer("/architecture/input_modalities").and_then(Value::as_array);
    let parameters = entry["supported_parameters"].as_array();
    let takes = |name: &str| parameters.map(|all| all.iter().any(|known| known == name));
    let longest = number("/top_provider/max_completion_tokens");
    Capabilities {
        context_window: assumed.context_window.or_else(|| CONTEXT.into_iter().find_map(number)),
        max_output_tokens: longest.and_then(|tokens| tokens.try_into().ok()),
        images: inputs.map_or(assumed.images, |inputs| inputs.iter().any(|kind| kind == "image")),
        documents: inputs
            .map_or(assumed.documents, |inputs| inputs.iter().any(|kind| kind == "file")),
        schemas: takes("structured_outputs").unwrap_or(assumed.schemas),
    }
}
