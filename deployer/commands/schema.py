"""`flowship schema`: a JSON Schema, printed."""


def schema_command(name: str) -> int:
    """Print the schema of that name; returns the exit code. That of the manifest has the platforms that packages add."""
    if name == "report":
        from deployer.render.json_report import schema

        print(schema(), end="")
        return 0
    import json

    from deployer.formats.schema_check import load_schema
    from deployer.schemas import text

    given, written = load_schema(name), text(name)
    print(written if given == json.loads(written) else json.dumps(given, ensure_ascii=False, indent=2) + "\n", end="")
    return 0
