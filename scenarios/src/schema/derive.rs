//! Makes the schemas: by listening to the readers while they read examples of everything, with what
//! only a person can say from `schema/words.toml`.

use super::lists::{events, fault_names, pages};
use super::quantities;
use crate::fields::board::{BOARD, BoardSlot};
use crate::fields::{FIELDS, Slot};
use crate::fill::STOCHASTIC;
use crate::heard::{Keys, Shape};
use crate::quantity::Dimension;
use crate::{faults, load, names, requirements, waiting};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What a person says about keys, by their paths.
pub(super) fn words() -> BTreeMap<String, String> {
    toml::from_str(include_str!("../../schema/words.toml")).expect("the words are well-formed")
}

/// Every key that the readers ask for while they read the examples.
pub(super) fn heard() -> Keys {
    let mut keys = Keys::new();
    for (name, text) in examples() {
        for (key, shapes) in load::overheard(&name, &text) {
            keys.entry(key).or_default().extend(shapes);
        }
    }
    keys
}

/// The suite, the examples of the document, and every fault.
fn examples() -> Vec<(String, String)> {
    let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
    let mut examples: Vec<_> = crate::suite::FILES.iter().map(owned).collect();
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/scenarios.md");
    let document = std::fs::read_to_string(document).expect("the document is there");
    for block in document.split("\n```toml").skip(1) {
        let block = block.split("\n```").next().unwrap_or_default();
        examples
            .push(("document".to_owned(), completed(block.split_once('\n').map_or("", |it| it.1))));
    }
    let primitives = faults::primitives::PRIMITIVES.iter().map(|primitive| primitive.name);
    let entries = faults::all().iter().map(|entry| entry.name.as_str());
    for name in primitives.chain(entries) {
        let text = format!("[[fault]]\nname = {name:?}\nat = \"1 s\"\n");
        examples.push(("fault".to_owned(), completed(&text)));
    }
    examples
}

/// A part of a file with what it lacks.
pub(super) fn completed(part: &str) -> String {
    let mut text = part.to_owned();
    if !part.contains("[scenario]") {
        text += "\n[scenario]\ntitle = \"t\"\nproduct = \"ps-15016\"\nduration = \"100 s\"\n";
    }
    if !part.contains("[pack]") && !part.contains("[forced]") {
        text += "\n[pack]\ncells = 16\ncell = \"lfp-100ah\"\nsoc = \"50 %\"\n";
    }
    text
}

/// Schema of scenario files.
pub(super) fn scenario() -> Value {
    let words = words();
    let keys = heard();
    let mut root = table(&keys, "", &words);
    // A case may say any key of the file, and any of [scenario].
    let mut case = Map::new();
    let keys_of = |schema: &Value| -> Vec<String> {
        schema["properties"].as_object().expect("it is a table").keys().cloned().collect()
    };
    for key in keys_of(&root) {
        case.insert(key.clone(), json!({"$ref": format!("#/properties/{key}")}));
    }
    ["scenario", "case", "include"].iter().for_each(|key| drop(case.remove(*key)));
    for key in keys_of(&root["properties"]["scenario"]) {
        let place = format!("#/properties/scenario/properties/{key}");
        case.insert(key, json!({ "$ref": place }));
    }
    case.insert("suffix".to_owned(), described(json!({"type": "string"}), "case[].suffix", &words));
    let refused = json!({"anyOf": [
        {"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1},
    ]});
    case.insert("refused".to_owned(), described(refused, "case[].refused", &words));
    let list = json!({"type": "array", "items": {
        "type": "object", "properties": case, "required": ["suffix"], "additionalProperties": false,
    }});
    let properties = root["properties"].as_object_mut().expect("it is a table");
    properties.insert("case".to_owned(), described(list, "case", &words));
    head("scenario", "A scenario of Packtwin", root)
}

/// Schema of product profiles.
pub(super) fn product() -> Value {
    let text = json!({"type": "string"});
    let count = json!({"type": "integer", "minimum": 1, "maximum": 255});
    let mut properties = parameters();
    properties.insert("board".to_owned(), board(true));
    properties.insert(
        "requirements".to_owned(),
        json!({
            "description": "Requirements and notes behind each parameter, by its name.",
            "type": "object",
        }),
    );
    properties.insert(
        "product".to_owned(),
        json!({
            "description": "What the product is called, and how many cells it takes.",
            "type": "object", "additionalProperties": false,
            "required": ["id", "name", "series-min", "series-max"],
            "properties": {"id": text, "name": text, "series-min": count, "series-max": count},
        }),
    );
    let required: Vec<_> =
        properties.keys().filter(|key| *key != "requirements").cloned().collect();
    head(
        "product",
        "A product profile of Packtwin",
        json!({
            "type": "object", "properties": properties, "required": required,
            "additionalProperties": false,
        }),
    )
}

/// Forms that no shipped cell takes.
const CELL_FORMS: &str = include_str!("../../schema/cell-forms.toml");

/// Schema of cell files: what the shipped cells say, and more forms. Other keys are not refused.
pub(super) fn cell() -> Value {
    let mut schema = Value::Null;
    for text in presets().into_iter().chain([CELL_FORMS.to_owned()]) {
        let value: toml::Value = toml::from_str(&text).expect("presets are TOML");
        merge(&mut schema, &value);
    }
    head("cell", "A cell of Packtwin", schema)
}

/// The texts of the shipped cells, in the order of their names.
pub(super) fn presets() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../cell-models/presets");
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("it can be read").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    paths.iter().map(|path| std::fs::read_to_string(path).expect("a preset is a text")).collect()
}

/// Widens a schema so that it takes a value too.
fn merge(schema: &mut Value, value: &toml::Value) {
    if schema.is_null() {
        *schema = json!({});
    }
    let kind = match value {
        toml::Value::Table(_) => "object",
        toml::Value::Array(_) => "array",
        toml::Value::String(_) | toml::Value::Datetime(_) => "string",
        toml::Value::Integer(_) | toml::Value::Float(_) => "number",
        toml::Value::Boolean(_) => "boolean",
    };
    let kinds: BTreeSet<String> = match &schema["type"] {
        Value::String(one) => [one.clone()].into(),
        Value::Array(many) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => BTreeSet::new(),
    };
    let kinds: BTreeSet<_> = kinds.into_iter().chain([kind.to_owned()]).collect();
    schema["type"] = if kinds.len() == 1 { json!(kind) } else { json!(kinds) };
    match value {
        toml::Value::Table(table) => {
            for (key, value) in table {
                merge(&mut schema["properties"][key], value);
            }
        }
        toml::Value::Array(items) => {
            for item in items {
                merge(&mut schema["items"], item);
            }
        }
        _ => {}
    }
}

fn head(name: &str, title: &str, schema: Value) -> Value {
    let mut head = Map::new();
    head.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    head.insert("title".to_owned(), json!(title));
    head.insert("x-tombi-toml-version".to_owned(), json!("v1.0.0"));
    head.extend(schema.as_object().expect("a schema is a table").clone());
    if name != "cell" {
        head.insert("$defs".to_owned(), definitions());
    }
    Value::Object(head)
}

/// A quantity of each kind, an axis, a distribution.
fn definitions() -> Value {
    let mut defs: Map<_, _> =
        Dimension::ALL.iter().map(|it| (quantities::name(*it), quantities::written(*it))).collect();
    let ids: Vec<_> = requirements::all().iter().map(|row| row.id.as_str()).collect();
    let axis = json!({"$ref": "#/$defs/axis"});
    defs.insert(
        "requirement".to_owned(),
        json!({
            "description": "A requirement: packtwin explain shows it.",
            "anyOf": [{ "enum": ids }, axis],
        }),
    );
    let phase = json!({"type": "string", "pattern": "^phase .+ (begins|ends)$"});
    let told = "^(display shows .+|reply( [0-9A-Fa-f]{2})*)$";
    let told = json!({"type": "string", "pattern": told});
    let of_pack = json!({"type": "string", "pattern": "^pack [0-9]+: .+$"});
    defs.insert(
        "event".to_owned(),
        json!({
            "description": "An event, such as \"SC enters\".",
            "anyOf": [{ "enum": events() }, phase, told, of_pack, axis],
        }),
    );
    defs.insert(
        "axis".to_owned(),
        json!({
            "description": "The value of an axis of [matrix], or a text with one.",
            "type": "string", "pattern": r"\$\{[^}]*\}",
        }),
    );
    let value = json!({"type": ["string", "number", "boolean"]});
    defs.insert(
        "distribution".to_owned(),
        json!({
            "description": "Drawn when the file is read, from the seed of the run.",
            "type": "object", "additionalProperties": false,
            "oneOf": [{"required": ["normal", "deviation"]}, {"required": ["uniform"]},
                {"required": ["triangular"]}, {"required": ["choice"]}],
            "properties": {
                "normal": {"type": "string"}, "deviation": {"type": "string"},
                "within": {"type": "string"},
                "uniform": {"type": "array", "items": value, "minItems": 2, "maxItems": 2},
                "triangular": {"type": "array", "items": value, "minItems": 2, "maxItems": 3},
                "choice": {"type": "array", "items": value, "minItems": 1},
            },
        }),
    );
    Value::Object(defs)
}

/// The schema of a table, from everything that was asked of it.
fn table(keys: &Keys, path: &str, words: &BTreeMap<String, String>) -> Value {
    let mut properties = Map::new();
    for ((table, key), shapes) in keys.iter().filter(|((table, _), _)| table == path) {
        let point = if table.is_empty() { "" } else { "." };
        let full = format!("{table}{point}{key}");
        let schema = special(&full).unwrap_or_else(|| any_of(keys, &full, shapes, words));
        properties.insert(key.clone(), described(schema, &full, words));
    }
    if properties.is_empty() {
        // No example shows what stands here; nothing is said about it.
        return json!({"type": "object"});
    }
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

fn any_of(
    keys: &Keys,
    full: &str,
    shapes: &BTreeSet<Shape>,
    words: &BTreeMap<String, String>,
) -> Value {
    let is_word = shapes.iter().any(|shape| matches!(shape, Shape::Words(_)));
    let plain = |shape: &&Shape| match shape {
        Shape::Any => false,
        Shape::Text => !is_word,
        _ => true,
    };
    let mut kinds = Vec::new();
    for shape in shapes.iter().filter(plain) {
        kinds.extend(schemas(keys, full, shape, words));
    }
    kinds.dedup();
    match kinds.len() {
        0 => json!({}),
        1 => kinds.remove(0),
        _ => json!({ "anyOf": kinds }),
    }
}

fn schemas(keys: &Keys, full: &str, shape: &Shape, words: &BTreeMap<String, String>) -> Vec<Value> {
    let axis = json!({"$ref": "#/$defs/axis"});
    match shape {
        Shape::Any => Vec::new(),
        Shape::Text => vec![json!({"type": "string"})],
        Shape::Texts => {
            vec![json!({"type": "string"}), json!({"type": "array", "items": {"type": "string"}})]
        }
        Shape::Boolean => vec![json!({"type": "boolean"}), axis],
        Shape::Count => vec![json!({"type": "integer", "minimum": 0}), axis],
        Shape::Quantity(dimension) => {
            let quantity = json!({"$ref": format!("#/$defs/{}", quantities::name(*dimension))});
            let first = full.split(['.', '[']).next().unwrap_or_default();
            let drawn = STOCHASTIC.contains(&first) && !full.starts_with("pack.spread");
            let drawn = drawn.then(|| json!({"$ref": "#/$defs/distribution"}));
            [Some(quantity), Some(axis), drawn].into_iter().flatten().collect()
        }
        Shape::Words(known) => vec![json!({ "enum": known }), axis],
        Shape::Table => vec![table(keys, full, words)],
        Shape::Tables => {
            vec![json!({"type": "array", "items": table(keys, &format!("{full}[]"), words)})]
        }
    }
}

/// Adds what a person says.
fn described(mut schema: Value, full: &str, words: &BTreeMap<String, String>) -> Value {
    if let (Some(text), Some(schema)) = (words.get(full), schema.as_object_mut()) {
        schema.insert("description".to_owned(), json!(text));
    }
    schema
}

/// Keys whose values the reader looks up in lists of its own.
fn special(full: &str) -> Option<Value> {
    let listed =
        |known: Vec<String>| json!({"anyOf": [{ "enum": known }, {"$ref": "#/$defs/axis"}]});
    let several = |known: Vec<String>| {
        let one = listed(known);
        json!({"anyOf": [one, {"type": "array", "items": one}]})
    };
    Some(match full {
        "scenario.product" => listed(waiting::products().into_iter().map(str::to_owned).collect()),
        "scenario.covers" | "expect[].requirement" => {
            let one = json!({"$ref": "#/$defs/requirement"});
            json!({"anyOf": [one, {"type": "array", "items": one}]})
        }
        "scenario.needs" => {
            several(waiting::capabilities().into_iter().map(str::to_owned).collect())
        }
        "expect[].event" | "expect[].never" | "expect[].count" => event(),
        "expect[].records" => json!({"anyOf": [event(), {"type": "array", "items": event()}]}),
        "expect[].order" => json!({"type": "array", "items": event(), "minItems": 2}),
        "expect[].value" | "expect[].mean" | "expect[].change" => {
            json!({"type": "string", "examples": names::signals()})
        }
        "expect[].display.page" => listed(pages()),
        "fault[].name" => listed(fault_names()),
        "step[].do" => json!({}),
        "params" => json!({"type": "object"}),
        "board" => board(false),
        "matrix" => json!({"type": "object"}),
        _ => return None,
    })
}

fn event() -> Value {
    json!({"$ref": "#/$defs/event"})
}

/// The constants of a board.
fn board(all: bool) -> Value {
    let kind = |slot: &BoardSlot| match slot {
        BoardSlot::Float(dimension, _) => *dimension,
        BoardSlot::Time(_) => Dimension::Time,
    };
    let quantity = |slot| quantity(kind(slot), !all);
    let properties: Map<_, _> =
        BOARD.iter().map(|(key, slot)| ((*key).to_owned(), quantity(slot))).collect();
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

fn quantity(dimension: Dimension, drawn: bool) -> Value {
    let quantity = json!({"$ref": format!("#/$defs/{}", quantities::name(dimension))});
    if !drawn {
        return quantity;
    }
    json!({"anyOf": [quantity, {"$ref": "#/$defs/axis"}, {"$ref": "#/$defs/distribution"}]})
}

/// The parameters of a product, group by group.
fn parameters() -> Map<String, Value> {
    let mut groups = Map::new();
    for field in FIELDS {
        let schema = match field.slot {
            Slot::Millivolts(_) | Slot::Microvolts(_) => quantity(Dimension::Voltage, false),
            Slot::Time(_) => quantity(Dimension::Time, false),
            Slot::Milliamps(_) => quantity(Dimension::Current, false),
            Slot::Degrees(_) => quantity(Dimension::Temperature, false),
            Slot::Share(_) => quantity(Dimension::Share, false),
            Slot::NanoOhm(_) => quantity(Dimension::Resistance, false),
            Slot::Milliamphours(_) => quantity(Dimension::Capacity, false),
            Slot::Count(_) => json!({"type": "integer", "minimum": 0, "maximum": 255}),
            Slot::Switch(_) => json!({"type": "boolean"}),
            _ => json!({}),
        };
        let path: Vec<&str> = field.key.split('.').collect();
        place(&mut groups, &path, schema);
    }
    groups
}

fn place(tables: &mut Map<String, Value>, path: &[&str], schema: Value) {
    let [first, rest @ ..] = path else { return };
    if rest.is_empty() {
        tables.insert((*first).to_owned(), schema);
        return;
    }
    let below = tables.entry((*first).to_owned()).or_insert_with(
        || json!({"type": "object", "properties": {}, "additionalProperties": false}),
    );
    let below = below["properties"].as_object_mut().expect("it is a table");
    place(below, rest, schema);
}
