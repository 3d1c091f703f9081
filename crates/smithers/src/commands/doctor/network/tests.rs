//! The line that uses a model on this machine is that of its recipe.

use super::{LOCAL, use_of};

const RECIPES: &str = include_str!("../../../../../../docs/models.md");

#[test]
fn the_name_of_a_model_stays_one_word_of_a_shell() {
    let line = use_of(1, "m'; touch x; '");

    assert!(line.ends_with(r"SMITHERS_MODEL='m'\''; touch x; '\''' smithers serve"), "{line}");
}

#[test]
fn each_server_of_models_has_a_recipe_with_its_usual_port() {
    for (name, port, _) in LOCAL {
        let recipe = RECIPES.split("\n## ").find(|recipe| recipe.starts_with(name));
        let recipe = recipe.unwrap_or_else(|| panic!("no recipe for {name}"));
        // On 8080 Smithers itself would listen.
        let in_recipe = if port == 8_080 { 8_081 } else { port };
        let address = format!("base_url = \"http://127.0.0.1:{in_recipe}/v1\"");
        let model = recipe.split("model = \"").nth(1).and_then(|rest| rest.split('"').next());

        assert!(recipe.contains(&address), "{name}: {recipe}");
        let line = use_of(in_recipe, model.unwrap_or_default());
        assert!(recipe.contains(&line), "{line} is not in the recipe of {name}");
    }
}
