"""`flowship schema`: a JSON Schema, printed."""


def schema_command(name: str) -> int:
    """Print the schema of that name; returns the exit code."""
    if name == "report":
        from deployer.render.json_report import schema

        print(schema(), end="")
    else:
        from deployer.schemas import text

        print(text(name), end="")
    return 0
