# SPDX-License-Identifier: MIT
"""As much of JSON Schema as docs/openapi.json uses. A keyword that is not known here is an error, so that
nothing is taken for checked that was not."""
import re

TYPES = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
}
KNOWN = {"$ref", "type", "properties", "required", "additionalProperties", "items", "enum", "const",
         "pattern", "minimum", "maximum", "anyOf", "oneOf", "description"}


class Wrong(Exception):
    pass


def demand(condition, place, what):
    if not condition:
        raise Wrong(f"{place}: {what}")


def follow(document, reference):
    assert reference.startswith("#/"), reference
    for step in reference[2:].split("/"):
        document = document[step]
    return document


def fits(document, schema, value):
    try:
        check(document, schema, value)
        return True
    except Wrong:
        return False


def check_object(document, schema, value, place):
    for name in schema.get("required", []):
        demand(name in value, place, f"{name} is missing")
    known, other = schema.get("properties", {}), schema.get("additionalProperties", True)
    for name, member in value.items():
        if name in known:
            check(document, known[name], member, f"{place}.{name}")
        elif isinstance(other, dict):
            check(document, other, member, f"{place}.{name}")
        else:
            demand(other, place, f"{name} is not described")


def check(document, schema, value, place="$"):
    """Raises Wrong where the value is not as the schema says."""
    assert set(schema) <= KNOWN, set(schema) - KNOWN
    if "$ref" in schema:
        check(document, follow(document, schema["$ref"]), value, place)
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    demand(not kinds or any(TYPES[kind](value) for kind in kinds), place, f"{value!r:.80} is no {kinds}")
    demand("const" not in schema or value == schema["const"], place, f"{value!r:.80}")
    demand("enum" not in schema or value in schema["enum"], place, f"{value!r:.80}")
    if "pattern" in schema:
        demand(re.search(schema["pattern"], value), place, f"{value!r:.80} is not {schema['pattern']}")
    demand("minimum" not in schema or value >= schema["minimum"], place, f"{value!r:.80} is too small")
    demand("maximum" not in schema or value <= schema["maximum"], place, f"{value!r:.80} is too large")
    for word, enough in (("anyOf", lambda count: count > 0), ("oneOf", lambda count: count == 1)):
        if word in schema:
            count = sum(fits(document, each, value) for each in schema[word])
            demand(enough(count), place, f"fits {count} of {word}: {value!r:.200}")
    if isinstance(value, dict):
        check_object(document, schema, value, place)
    if isinstance(value, list) and "items" in schema:
        for number, each in enumerate(value):
            check(document, schema["items"], each, f"{place}[{number}]")
